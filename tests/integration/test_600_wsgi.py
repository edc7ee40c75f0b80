# SPDX-License-Identifier: Apache-2.0
"""mod_wsgi, embedded and as a daemon: the daemon logs in a process of its
own, with a request that httpd never saw."""
import pytest

from helpers import cases
from helpers.cases import Case, parameters

COMMON = """
WSGISocketPrefix {root}/run/wsgi
WSGIScriptAlias /w/ {root}/wsgi/
WSGIRestrictEmbedded Off
WSGIScriptReloading On
"""
EMBEDDED = COMMON + "WSGIApplicationGroup %{GLOBAL}\n"
DAEMON = COMMON + """
WSGIDaemonProcess app home={root} processes=1 threads=4 \
socket-timeout=3 \
request-timeout=30 shutdown-timeout=1 display-name=%{GROUP}
WSGIProcessGroup app
WSGIApplicationGroup %{GLOBAL}
"""
WSGI = r"\[wsgi:error\]"


def case(script, code, *args, **kw):
    kw.setdefault("log", (WSGI,))
    return Case(f"/w/{script}", code, *args, **kw)


BOTH = [
    case("exception.wsgi", "app.python-exception",
         facts={"file": "exception.wsgi", "line": 2, "class": "KeyError"}),
    case("import.wsgi", "deployment.missing-dependency",
         facts={"module": "no_such_module_anywhere"}),
    case("syntax.wsgi", "app.python-syntax-error",
         facts={"file": "syntax.wsgi", "line": 1}),
    # after the first part of a response
    case("late.wsgi", "app.python-exception", 200, body="sent",
         response="too-late", facts={"class": "RuntimeError"}),
    case("late-short.wsgi", "app.python-exception", 200, body="sent",
         response="too-late", facts={"class": "KeyError", "line": 5}),
    case("own-500.wsgi", "app.error-status", body="application",
         response="kept", log=()),
]
ONLY_DAEMON = [
    case("suicide.wsgi", "upstream.reset", 502, 500,
         log=("Truncated or oversized response headers",)),
    case("sleep.wsgi", "timeout.script", 504, log=("Timeout when reading",)),
]


@pytest.fixture(scope="module")
def embedded(start):
    return start(EMBEDDED, modules=["mod_wsgi"])


@pytest.fixture(scope="module")
def daemon(start):
    return start(DAEMON, modules=["mod_wsgi"])


@pytest.mark.parametrize("one", parameters(BOTH))
def test_embedded(embedded, one, expect_log):
    cases.run_case(embedded, one, expect_log)


@pytest.mark.parametrize("one", parameters(BOTH + ONLY_DAEMON))
def test_daemon(daemon, one, expect_log):
    cases.run_case(daemon, one, expect_log)


@pytest.mark.parametrize("conf", [EMBEDDED, DAEMON],
                         ids=["embedded", "daemon"])
def test_healthy(conf, embedded, daemon, start):
    server = embedded if conf is EMBEDDED else daemon
    bare = start(conf, modules=["mod_wsgi"], errclarity=False)
    cases.check_healthy(server, bare, "/w/ok.wsgi")


@pytest.mark.expect_log(WSGI)
@pytest.mark.parametrize("mode", ["embedded", "daemon"])
def test_handled_exception_is_healthy(mode, request):
    """An application that logs a traceback and goes on."""
    server = request.getfixturevalue(mode)
    before = len(cases.records(server))
    for _ in range(3):
        assert server.get("/w/handles.wsgi").text == "first and second"
    assert len(cases.records(server)) == before


@pytest.mark.expect_log(WSGI)
def test_no_callable_is_404(embedded):
    assert embedded.get("/w/no-callable.wsgi").status in (404, 500)
