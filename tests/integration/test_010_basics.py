# SPDX-License-Identifier: Apache-2.0
"""The module loads, is switched, and leaves healthy responses alone."""
import re

import pytest

from helpers import cases, checks, server as servers

CONF = """
<IfModule errclarity_module>
    <Location /off>
        ErrClarity Off
    </Location>
    <Location /log>
        ErrClarity Log
    </Location>
</IfModule>
<LocationMatch "^/(off|log|on)/">
    SetHandler ecltest
</LocationMatch>
"""
FAIL = "?log=error:why&die=500"
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\].* why")


@pytest.fixture(scope="module", params=["event", "prefork"])
def pair(request, start):
    """The server under test and its twin without the module."""
    return (start(CONF, mpm=request.param),
            start(CONF, mpm=request.param, errclarity=False))


def test_off_is_as_without(pair):
    server, bare = pair
    with_module, without = (s.get("/off/x" + FAIL) for s in pair)
    assert (cases.on_the_wire(server, with_module)
            == cases.on_the_wire(bare, without))
    assert not cases.records(server)


def test_log_changes_nothing_but_records(pair):
    server, bare = pair
    before = len(cases.records(server))
    with_module, without = (s.get("/log/x" + FAIL) for s in pair)
    assert (cases.on_the_wire(server, with_module)
            == cases.on_the_wire(bare, without))
    record, = cases.new_records(server, before)
    assert record["errclarity"]["response"] == "kept"
    assert record["errclarity"]["body"] == "canned"


def test_on_answers(pair):
    server, _ = pair
    response = server.get("/on/x" + FAIL)
    assert response.status == 500
    cases.check_replaced(server, response)
    record = cases.record_of(server, cases.incident_id(response))
    assert record["errclarity"]["response"] == "replaced"
    assert record["errclarity"]["format"] == "json"


def test_id_is_the_same_everywhere(pair):
    """Header, body, record, error log, environment and note."""
    server, _ = pair
    response = server.get("/on/x" + FAIL)
    incident = cases.incident_id(response)
    assert response.json["incident"] == incident
    assert cases.record_of(server, incident)
    assert re.search(rf"\[errclarity:\w+\].*{incident}", server.error_log())
    line, = [line for line in server.access_log().splitlines()
             if incident in line]
    assert line.split()[:3] == [incident, incident, "500"]


def test_record_tells_the_request(pair):
    server, _ = pair
    response = server.get("/on/x" + FAIL, "-A", "a browser", "-X", "POST")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["http"]["request"]["method"] == "POST"
    assert record["url"]["path"] == "/on/x"
    assert record["client"]["address"] == "127.0.0.1"
    assert record["user_agent"]["original"] == "a browser"
    assert record["event"]["dataset"] == "errclarity.incident"
    assert record["event"]["outcome"] == "failure"
    assert 0 < record["event"]["duration"] < 20e9
    assert record["errclarity"]["handler"] == "ecltest"
    assert record["process"]["pid"] > 1
    assert "why" in [e["message"] for e in record["errclarity"]["evidence"]]


@pytest.mark.parametrize("path", [
    "/ok.html", "/ecltest", "/ecltest?body=json&header=ETag:%22x%22",
    "/ecltest?big=300000", "/ecltest?flush=1&body=text",
    "/ecltest?log=warn:only+a+warning", "/ecltest?status=404&body=text",
    "/ecltest?status=302&header=Location:/x&body=none", "/no-such-file"])
def test_healthy_is_byte_identical(pair, path, expect_log):
    """Statuses below 500 are not failures unless ErrClarityStatus says so."""
    expect_log("only a warning")
    cases.check_healthy(*pair, path, below=500)


def test_head_like_get(pair):
    server, _ = pair
    get, head = server.get("/on/x" + FAIL), server.get("/on/x" + FAIL, "-I")
    assert head.status == get.status
    assert head.body == b""
    assert head.media_type == get.media_type
    assert checks.ID.fullmatch(head.header("Error-Id"))
    # The id has one length, so the bodies have.
    assert head.header("Content-Length") == get.header("Content-Length")


def test_graceful_restart(start, expect_log):
    server = start(CONF)
    first = cases.incident_id(server.get("/on/x" + FAIL))
    server.graceful()
    servers.wait_for(lambda: "AH00493" in server.error_log()
                   and server.error_log().count("resuming normal") == 2,
                   "the graceful restart")
    second = cases.incident_id(server.get("/on/x" + FAIL))
    assert cases.record_of(server, first)
    assert cases.record_of(server, second)


@pytest.mark.expect_log("exit signal")
@pytest.mark.parametrize("how", ["segv", "abort"])
def test_crash_is_recorded(start, how):
    """The child dies: the client gets no response, the record is all there
    is."""
    server = start(CONF, tolerate=["exit signal"])
    response = server.get(f"/on/crash?crash={how}")
    assert response.status == 0
    servers.wait_for(lambda: "exit signal" in server.error_log(), "AH00052")
    assert server.get("/ok.html").status == 200


def test_version_is_told_once(pair):
    """One line at the start, so that an operator sees that it is there."""
    server, _ = pair
    assert not checks.loud_lines(
        "\n".join(line for line in server.error_log().splitlines()
                  if "errclarity" in line and not checks.ID.search(line)))
