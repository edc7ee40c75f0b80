# SPDX-License-Identifier: Apache-2.0
"""Where things are: the tree, the build, the programs of the machine."""
import functools
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent
REPO = HERE.parent.parent
SITES = HERE / "sites"
BUILD = pathlib.Path(os.environ.get("ERRCLARITY_BUILD", REPO / "build"))
MODULE = BUILD / "mod_errclarity.so"
ECLTEST = BUILD / "mod_ecltest.so"
SCHEMA = REPO / "docs" / "record.schema.json"

REQUIRE_ALL = bool(os.environ.get("CI")
                   or os.environ.get("ERRCLARITY_REQUIRE_ALL"))
# The module was built with sanitizers: httpd needs their runtime.
ASAN = bool(os.environ.get("ERRCLARITY_ASAN"))
ROOT = os.geteuid() == 0
USER = os.environ.get("ERRCLARITY_TEST_USER", "www-data")


def missing(what):
    """A component is not there: a failure in CI, a skip on a laptop."""
    if REQUIRE_ALL:
        pytest.fail(f"{what} is missing and everything is required here",
                    pytrace=False)
    pytest.skip(f"{what} is missing")


def program(*names):
    """The first of these programs that is installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return missing(" or ".join(names))


@functools.lru_cache(maxsize=None)
def apxs(query):
    out = subprocess.run([program("apxs", "apxs2"), "-q", query],
                         capture_output=True, text=True, check=True)
    return out.stdout.strip()


def httpd():
    return program("apache2", "httpd")


@functools.lru_cache(maxsize=None)
def builtin_modules():
    out = subprocess.run([httpd(), "-l"], capture_output=True, text=True,
                         check=True)
    return {line.strip()[:-2] for line in out.stdout.splitlines()
            if line.strip().endswith(".c")}


def load_module(name):
    """The LoadModule line for a module by its file's name, or "" when it is
    compiled in."""
    if name in builtin_modules():
        return ""
    path = pathlib.Path(apxs("LIBEXECDIR")) / f"{name}.so"
    if not path.exists():
        return missing(f"{name}.so")
    symbol = ("php" if name.startswith("libphp")
              else name[len("mod_"):] if name.startswith("mod_") else name)
    return f"LoadModule {symbol}_module {path}"


@functools.lru_cache(maxsize=None)
def runtime(name):
    out = subprocess.run([program("gcc", "cc"), f"-print-file-name={name}"],
                         capture_output=True, text=True, check=True)
    return out.stdout.strip()


def sanitizer(log):
    """Environment of an httpd whose module was built with ASan and UBSan.
    Leaks are not looked for: httpd keeps its pools until the process ends."""
    options = f"log_path={log}:exitcode=99"
    return {"LD_PRELOAD": f"{runtime('libasan.so')}:{runtime('libubsan.so')}",
            "ASAN_OPTIONS": f"detect_leaks=0:{options}",
            "UBSAN_OPTIONS": f"print_stacktrace=1:{options}"}
