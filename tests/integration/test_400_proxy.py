# SPDX-License-Identifier: Apache-2.0
"""mod_proxy_http in front of backends that fail in every way we know."""
import itertools

import pytest

from helpers import backends, cases
from helpers.cases import Case, parameters

CONF = """
ProxyTimeout 2
ProxyPass /b/ http://127.0.0.1:%(backend)d/ retry=0 disablereuse=on
ProxyPass /override/ http://127.0.0.1:%(backend)d/
<Location /override>
    ProxyErrorOverride On
</Location>
ProxyPass /refused/ http://127.0.0.1:%(refused)d/ retry=0
ProxyPass /dns/ http://nonexistent.invalid/ retry=0
ProxyPass /socket/ unix:{root}/run/none.sock|http://socket/ retry=0
ProxyPass /handler/ scgi://127.0.0.1:%(refused)d/
ProxyPass /tls/ https://127.0.0.1:%(backend)d/
SSLProxyEngine off
ProxyPass /balancer/ balancer://all/
<Proxy balancer://all>
    BalancerMember http://127.0.0.1:%(refused2)d retry=60
    ProxySet forcerecovery=Off
</Proxy>
"""
MODULES = ["mod_proxy", "mod_proxy_http", "mod_proxy_balancer",
           "mod_lbmethod_byrequests", "mod_slotmem_shm", "mod_socache_shmcb",
           "mod_ssl"]
# What a bare mod_ssl says of itself at the start.
SSL = ["AH01882", "AH01873"]
REFUSED = ("AH00957", "AH01114")
BROKEN = ("AH01102", "AH00898")

CASES = [
    Case("/refused/", "upstream.refused", 503, log=REFUSED,
         facts={"host": "127.0.0.1"}),
    Case("/b/reset", "upstream.reset", 502, log=BROKEN),
    Case("/b/fin", "upstream.reset", 502, log=BROKEN),
    # httpd says 502 when a backend is silent; the cause says 504 only where
    # the catalogue refines more than a generic 500
    Case("/b/silent", "timeout.upstream", 502, log=BROKEN),
    Case("/b/badheader", "upstream.bad-response", 502, log=("AH01106|AH0",)),
    Case("/b/truncated", "upstream.truncated", 200, body="sent",
         response="too-late", log=("AH01110",)),
    Case("/dns/", "upstream.dns", 502, 500, log=("AH00898: DNS lookup",),
         facts={"host": "nonexistent.invalid"}),
    Case("/socket/", "upstream.socket-missing", 503, log=("AH02454", "AH01"),
         facts={"socket": "none.sock"}),
    # mod_proxy_scgi is not loaded
    Case("/handler/", "config.handler-missing", log=("AH01144",)),
    Case("/tls/", "config.tls-proxy", log=("AH0",)),
    Case("/balancer/", "upstream.refused|upstream.no-worker", 503,
         log=("AH00957", "AH00959", "AH01114")),
    Case("/balancer/", "upstream.no-worker", 503, log=("AH01170",),
         name="balancer-again"),
    Case("/b/json", "app.error-status", body="application", response="kept"),
    Case("/b/html", "app.error-status", body="application", response="kept"),
    Case("/b/gzip", "app.error-status", body="application", response="kept"),
    Case("/b/empty", "app.error-status", body="empty"),
    Case("/override/json", "app.error-status"),
]


@pytest.fixture(scope="module")
def conf():
    with backends.Backend() as backend:
        yield CONF % {"backend": backend.port,
                      "refused": backends.refused_port(),
                      "refused2": backends.refused_port()}


@pytest.fixture(scope="module")
def server(start, conf):
    return start(conf, modules=MODULES, tolerate=SSL)


@pytest.fixture(scope="module")
def bare(start, conf):
    return start(conf, modules=MODULES, tolerate=SSL, errclarity=False)


@pytest.mark.parametrize("one", parameters(CASES))
def test_proxy(server, one, expect_log):
    cases.run_case(server, one, expect_log)


def test_kept_body_is_the_backends(server, bare):
    """Body, status line, ETag and encoding of a kept page stay; only the
    reference is added. HEAD tells the same of it."""
    for path, *args in itertools.product(("/b/json", "/b/html", "/b/gzip"),
                                         ("--get", "--head")):
        with_module, without = server.get(path, *args), bare.get(path, *args)
        with_module.headers = [h for h in with_module.headers
                               if h[0] != "Error-Id"]
        assert (cases.on_the_wire(server, with_module)
                == cases.on_the_wire(bare, without)), path


def test_dead_bodys_headers_go_the_sites_stay(server):
    response = server.get("/b/empty")
    assert response.header("ETag") is None
    assert response.header("Set-Cookie") == "site=1"
    assert response.reason != "Oops"


@pytest.mark.expect_log("AH00898")
def test_internal_name_is_not_shown(server):
    """httpd's own page would tell visitors the backend's name."""
    for accept in ("text/html", "application/problem+json", "text/plain"):
        assert "nonexistent" not in server.get("/dns/", accept=accept).text


def test_healthy(server, bare):
    cases.check_healthy(server, bare, "/b/ok")


@pytest.mark.expect_log("AH0")
def test_garbage_is_http_0_9(server):
    """httpd takes a banner for an HTTP/0.9 body: nothing to see, nothing to
    break."""
    assert server.get("/b/garbage").status in (200, 502)


BEHIND = """
SetHandler ecltest
<Location /forged>
    Header always set Error-Id "FORGED <b>"
</Location>
<IfModule errclarity_module>
    <Location /forged>
        ErrClarity Off
    </Location>
</IfModule>
"""


@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_one_reference_through_two_servers(start):
    """What the body of a backend that runs the module, too, says is what the
    header and both records say."""
    behind = start(BEHIND, modules=["mod_headers"])
    front = start(f"ProxyPass / {behind.url('/')}",
                  modules=["mod_proxy", "mod_proxy_http"])
    answer = front.get("/x?log=error:why&die=500")
    assert answer.status == 500
    assert answer.all("Error-Id") == [answer.json["incident"]]
    for server in (front, behind):
        assert cases.record_of(server, answer.json["incident"])
    answer = front.get("/forged?status=500&body=none")
    assert answer.json["incident"] == answer.header("Error-Id")
    assert "FORGED" not in str(answer.headers)
