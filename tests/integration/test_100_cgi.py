# SPDX-License-Identifier: Apache-2.0
"""CGI: mod_cgi (stderr comes with the request) and mod_cgid (what its daemon
logs comes from another process, a script's stderr from the error log)."""
import dataclasses
import time

import pytest

from helpers import cases
from helpers.cases import Case, parameters

CONF = """
ScriptAlias /cgi/ {root}/cgi/
Alias /noexec/ {root}/cgi/
<Location /noexec>
    SetHandler cgi-script
    Options -ExecCGI
</Location>
<IfModule errclarity_module>
    ErrClarityStatus 5xx 403 404
</IfModule>
CGIDScriptTimeout 2
"""
CONF_CGI = CONF.replace("CGIDScriptTimeout", "CGIScriptTimeout")

END = r"\[cgid?:error\].*End of script output before headers"
STDERR = r"AH01215"
TIMED_OUT = r"Script timed out before returning headers"
EXEC = r"AH01215: .*exec of|AH01241: exec of"


def case(script, code, *args, **kw):
    kw.setdefault("facts", {"file": script})
    return Case(f"/cgi/{script}", code, *args, **kw)


BOTH = [
    case("silent.cgi", "cgi.no-output", log=(END,)),
    case("bad-header.cgi", "cgi.bad-header", log=(r"malformed header",)),
    case("bad-name.cgi", "cgi.bad-header", log=("AH02429",), facts={}),
    case("not-executable.cgi", "permission.script-not-executable",
         log=(EXEC, END)),
    case("no-interpreter.cgi", "cgi.interpreter-missing", log=(EXEC, END),
         facts={"file": "no-interpreter.cgi",
                "interpreter": "/opt/nowhere/bin/python9"}),
    case("crlf.cgi", "cgi.crlf-shebang", log=(EXEC, END)),
    case("bom.cgi", "cgi.exec-format", log=(EXEC, END)),
    case("no-shebang.cgi", "cgi.exec-format", log=(EXEC, END)),
    case("gone.cgi", "cgi.script-not-found", 404, log=("AH02811|AH01264",)),
    Case("/noexec/ok.cgi", "config.options-forbidden", 403,
         log=("AH02809|AH01262",), facts={"file": "ok.cgi"}),
    case("own-500.cgi", "app.error-status", body="application",
         response="kept", facts={}),
    case("own-500-empty.cgi", "app.error-status", body="empty", facts={}),
]
CGI = [
    case("stderr.cgi", "cgi.no-output", log=(STDERR, END)),
    case("exit-3.cgi", "cgi.no-output", log=(END,),
         facts={"file": "exit-3.cgi", "exit_code": 3}),
    case("crlf-env.cgi", "cgi.crlf-shebang", log=(STDERR, END)),
    case("killed.cgi", "cgi.killed-by-signal", log=(END,),
         facts={"file": "killed.cgi", "signal": 11}),
    case("killed-late.cgi", "cgi.killed-by-signal", 200, body="sent",
         response="too-late", facts={"signal": 9}),
    case("own-500-exit.cgi", "app.error-status", body="application",
         response="kept", facts={}),
    case("traceback.cgi", "app.python-exception", log=(STDERR, END),
         facts={"file": "traceback.cgi", "line": 3, "class": "KeyError"}),
    case("missing-module.cgi", "deployment.missing-dependency",
         log=(STDERR, END), facts={"module": "no_such_module_anywhere"}),
    case("perl-syntax.cgi", "app.perl-syntax-error", log=(STDERR, END)),
    case("shell-error.cgi", "app.shell-error|deployment.missing-dependency",
         log=(STDERR, END)),
    case("database.cgi", "dependency.database-unreachable", 503, 500,
         log=(STDERR, END), facts={"host": "127.0.0.1"}),
    case("disk-full.cgi", "resource.disk-full", 507, 500,
         log=(STDERR, END), facts={"line": 2}),
    case("write-denied.cgi", "permission.write-denied", log=(STDERR, END),
         facts={"file": "/etc/order.lock"}),
    case("missing-env.cgi", "deployment.missing-env|app.python-exception",
         log=(STDERR, END), facts={"line": 3}),
    case("chatty.cgi", "cgi.no-output", log=(STDERR, END)),
    # the threads of event block the signal, and scripts inherit that
    case("cpu-limit.cgi", "resource.cpu-limit", 503, 500, log=(END,)),
    case("slow.cgi", "timeout.script", 504, log=("AH01220", TIMED_OUT)),
    case("slow-body.cgi", "timeout.script", 200, body="sent",
         response="too-late", log=("AH01220", "AH00574"), facts={}),
]
# Without fd passing: stderr is the error log, and no message; the child is the
# daemon's.
CGID = [dataclasses.replace(one, log=(END,), facts={
            name: fact for name, fact in one.facts.items()
            if name != "exit_code"})
        for one in CGI if one.log == (STDERR, END)] + [
    case("slow-body.cgi", "timeout.script", 200, body="sent",
         response="too-late", log=("AH00574",), facts={}),
    case("slow.cgi", "timeout.script", 504, log=(TIMED_OUT,)),
]


@pytest.fixture(scope="module")
def prefork(start):
    return start(CONF_CGI, mpm="prefork", modules=["mod_cgi"])


@pytest.fixture(scope="module")
def event(start):
    return start(CONF, modules=["mod_cgid"])


@pytest.fixture(scope="module")
def event_cgi(start):
    return start(CONF_CGI, modules=["mod_cgi"])


@pytest.mark.parametrize("one", parameters(BOTH + CGI))
def test_mod_cgi(prefork, one, expect_log):
    cases.run_case(prefork, one, expect_log)


@pytest.mark.parametrize("one", parameters(BOTH + CGID))
def test_mod_cgid(event, one, expect_log):
    cases.run_case(event, one, expect_log)


@pytest.mark.parametrize("one", parameters(CGI[:6] + BOTH[:6]))
def test_mod_cgi_in_threads(event_cgi, one, expect_log):
    cases.run_case(event_cgi, one, expect_log)


@pytest.mark.expect_log(STDERR, END)
def test_flood_keeps_first_last_and_count(prefork):
    """3000 lines on stderr: the record stays small and says what fell out."""
    response = prefork.get("/cgi/chatty.cgi")
    record = cases.record_of(prefork, cases.incident_id(response))
    said = [e["message"] for e in record["errclarity"]["evidence"]]
    assert any("complaint 1" in m for m in said[:2])
    assert any("End of script output" in m for m in said[-2:])
    assert len(said) < 300


def test_nph_script_is_left_alone(prefork):
    """An nph- script speaks to the client itself: nothing is touched, but the
    record has the status that httpd does not know."""
    before = len(cases.records(prefork))
    response = prefork.get("/cgi/nph-fail.cgi")
    assert response.status == 500
    assert response.body == b"raw\n"
    record, = cases.new_records(prefork, before)
    assert record["http"]["response"]["status_code"] == 500
    ecl = record["errclarity"]
    assert (ecl["original_status"], ecl["hidden_by"]) == (500, "nph")
    assert (ecl["body"], ecl["response"]) == ("sent", "kept")


def test_healthy_nph_script(prefork):
    before = len(cases.records(prefork))
    assert prefork.get("/cgi/nph-ok.cgi").body == b"raw\n"
    time.sleep(0.1)
    assert cases.records(prefork)[before:] == []


@pytest.mark.parametrize("name", ["prefork", "event"])
def test_healthy(name, request, start):
    server = request.getfixturevalue(name)
    bare = start(CONF_CGI if name == "prefork" else CONF, mpm=name,
                 modules=["mod_cgi" if name == "prefork" else "mod_cgid"],
                 errclarity=False)
    cases.check_healthy(server, bare, "/cgi/ok.cgi")
    cases.check_healthy(server, bare, "/ok.html")
