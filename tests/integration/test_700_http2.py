# SPDX-License-Identifier: Apache-2.0
"""HTTP/2: the same answers by another chain of filters and threads."""
import concurrent.futures

import pytest

from helpers import cases
from helpers.cases import Case, parameters

CONF = """
Protocols h2c http/1.1
ScriptAlias /cgi/ {root}/cgi/
CGIDScriptTimeout 2
ProxyPass /refused/ http://127.0.0.1:%d/ retry=0
LimitRequestFieldSize 500
<IfModule errclarity_module>
    ErrClarityStatus 5xx 431
</IfModule>
"""
H2 = ("--http2-prior-knowledge",)
# mod_ecltest is no application that could have answered by itself.
UNKNOWN = "unknown.no-evidence|app.error-status"
WHY = r"\[ecltest:error\]"

CASES = [
    Case("/ecltest?die=500", "unknown.no-evidence", args=H2, name="die"),
    Case("/ecltest?log=error:why&die=503", "unknown.no-evidence", 503,
         args=H2, log=(WHY,), name="die-503"),
    Case("/ecltest?status=500&body=json", UNKNOWN,
         body="application", response="kept", args=H2, name="kept"),
    Case("/ecltest?status=500&body=none", UNKNOWN, body="empty",
         args=H2, name="empty"),
    Case("/ecltest?status=500&flush=1&body=none", UNKNOWN,
         body="empty", args=H2, name="flushed-empty"),
    Case("/cgi/silent.cgi", "cgi.no-output", args=H2,
         log=("End of script output",)),
    Case("/cgi/slow.cgi", "timeout.script", 504, args=H2,
         log=("Script timed out",)),
    Case("/refused/", "upstream.refused", 503, args=H2,
         log=("AH00957", "AH01114"), facts={"host": "127.0.0.1"}),
]


@pytest.fixture(scope="module")
def conf():
    from helpers import backends
    return CONF % backends.refused_port()


MODULES = ["mod_http2", "mod_cgid", "mod_proxy", "mod_proxy_http"]


@pytest.fixture(scope="module")
def server(start, conf):
    return start(conf, modules=MODULES)


@pytest.mark.parametrize("one", parameters(CASES))
def test_http2(server, one, expect_log):
    response, _ = cases.run_case(server, one, expect_log)
    assert response.version == "HTTP/2"


def test_header_too_long(server):
    before = len(cases.records(server))
    response = server.get("/ok.html", *H2, "-H", "X-A: " + "x" * 2000)
    assert response.status == 431
    record, = cases.new_records(server, before)
    assert record["error"]["code"] == "client.header-too-large"


def test_head(server):
    response = server.get("/ecltest?die=500", *H2, "-I")
    assert (response.status, response.body) == (500, b"")
    cases.incident_id(response)


@pytest.mark.expect_log(WHY)
def test_streams_do_not_mix(server):
    """Many streams at once, each with a reason of its own."""
    def fail(n):
        response = server.get(f"/ecltest?log=error:reason-{n}-&sleep=50"
                              "&die=500", *H2)
        record = cases.record_of(server, cases.incident_id(response))
        return [e["message"] for e in record["errclarity"]["evidence"]]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for n, said in enumerate(pool.map(fail, range(20))):
            assert said == [f"reason-{n}-"]


def test_healthy(server, start, conf):
    bare = start(conf, modules=MODULES, errclarity=False)
    for path in ("/ok.html", "/ecltest", "/cgi/ok.cgi"):
        seen = [cases.on_the_wire(s, s.get(path, *H2))
                for s in (server, bare)]
        assert seen[0] == seen[1]
