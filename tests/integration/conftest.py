# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests; docs/testing.md is their manual."""
import os
import pathlib
import shutil
import tempfile

import pytest

from helpers import checks, paths, server as servers


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "expect_log(pattern, ...): log lines of level warn and "
        "above that this test provokes; all others fail it")
    config.addinivalue_line(
        "markers", "asan: also worth a run with a sanitized module")


# Files that drive the module through all its paths; the rest adds languages.
SANITIZED = ("test_010_basics", "test_100_cgi", "test_110_other_processes",
             "test_400_proxy", "test_500_config", "test_650_protocol",
             "test_670_subrequests", "test_700_http2", "test_800_directives",
             "test_810_templates", "test_815_links", "test_820_leaks",
             "test_835_injection", "test_850_record", "test_871_aborts",
             "test_873_edges", "test_880_rules", "test_895_blind")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SANITIZED and "crash" not in item.name:
            item.add_marker(pytest.mark.asan)


@pytest.fixture(scope="session", autouse=True)
def built():
    for needed in (paths.MODULE, paths.ECLTEST):
        if not needed.exists():
            pytest.exit(f"{needed} is not there: run make first", 2)


@pytest.fixture(scope="session")
def scratch():
    """A directory that httpd's user can enter (pytest's own are private),
    with a short name (a Unix socket's path has at most 107 characters).
    ERRCLARITY_KEEP=1 leaves it for inspection."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="ecl-"))
    path.chmod(0o755)
    yield path
    if os.environ.get("ERRCLARITY_KEEP"):
        print(f"\nkept: {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)


class Starter:
    """Starts servers, each in a ServerRoot of its own, and stops them."""

    def __init__(self, directory):
        self.directory = directory
        self.started = []

    def make(self, conf="", **kw):
        """A server that is configured but not started."""
        number = len(list(self.directory.iterdir()))
        return servers.Httpd(self.directory / f"s{number}", conf, **kw)

    def __call__(self, conf="", **kw):
        started = self.make(conf, **kw).start()
        self.started.append(started)
        return started

    def stop(self):
        problems = []
        for started in reversed(self.started):
            started.stop()
            problems += checks.check_server(started, (), final=True)
        assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def start(scratch):
    """start(conf, mpm=..., modules=...) gives a running server that lives
    until the file's last test."""
    starter = Starter(scratch)
    yield starter
    starter.stop()


@pytest.fixture(autouse=True)
def expect_log(request):
    """Strict: after each test no server may have logged anything loud that
    the test did not declare, and every record is sound. Call it, or use the
    marker of the same name, to declare patterns."""
    expected = [pattern for mark in request.node.iter_markers("expect_log")
                for pattern in mark.args]
    yield lambda *patterns: expected.extend(patterns)
    problems = []
    for server in servers.live:
        problems += checks.check_server(server, expected)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
