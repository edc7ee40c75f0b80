# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the browser tests: a real httpd as in tests/integration, a real
Chromium, and axe-core from the npm registry."""
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

INTEGRATION = pathlib.Path(__file__).resolve().parent.parent / "integration"
sys.path.insert(0, str(INTEGRATION))

spec = importlib.util.spec_from_file_location("integration_fixtures",
                                              INTEGRATION / "conftest.py")
fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)
built, scratch = fixtures.built, fixtures.scratch
start, expect_log = fixtures.start, fixtures.expect_log

from helpers import paths                                     # noqa: E402


def pytest_configure(config):
    fixtures.pytest_configure(config)


@pytest.fixture(scope="session")
def browser(scratch):
    """One headless Chromium for all tests; its profile goes with it."""
    try:
        from chromium import Browser
    except ImportError:
        paths.missing("selenium")
    opened = Browser(paths.program("chromium", "chromium-browser"),
                     paths.program("chromedriver"), scratch / "profile")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, fetched once into the build directory."""
    home = pathlib.Path(paths.BUILD).resolve() / "axe"
    source = home / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        home.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [paths.program("npm"), "install", "--prefix", str(home),
             "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"],
            capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            why = f"npm cannot get axe-core: {done.stderr[-500:]}"
            if paths.REQUIRE_ALL:
                pytest.fail(why, pytrace=False)
            pytest.skip(why)
    return source.read_text("utf-8")


@pytest.fixture(scope="session")
def shots():
    """Where screenshots go: artefacts of the run, never committed."""
    path = pathlib.Path(paths.BUILD).resolve() / "screenshots"
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path
