# SPDX-License-Identifier: Apache-2.0
"""Values at the edge: empty parts of arguments, statuses that httpd has no
name for, many requests in one packet."""
import pytest

from helpers import cases

CONF = """
ErrClarityStatus 4xx 5xx
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<LocationMatch "^/off/">
    ErrClarity Off
    SetHandler ecltest
</LocationMatch>
"""
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]")


@pytest.fixture(scope="module")
def server(start):
    return start(CONF)


@pytest.mark.parametrize("line", [
    'ErrClarityMessage 503 lang= "Back soon"', 'ErrClarityLog "||"',
    'ErrClarityLog "|$ "', 'ErrClarityLog "| "',
    "ErrClarityPreciseStatus Perhaps", "ErrClarityProbe Perhaps"])
def test_refused(start, line):
    done = start.make(line).test_config()
    directive, value = line.split()[:2]
    assert done.returncode != 0
    assert f"{directive}: invalid value '" in done.stderr
    assert f"Example: {directive} " in done.stderr
    assert value.strip('"') in done.stderr


@pytest.mark.parametrize("query", ["status=520&body=none", "die=520"])
def test_status_without_a_name(server, query):
    """The body states the real status, so the status line must too."""
    response = server.get(f"/t/x?{query}")
    assert response.status == response.json["status"] == 520
    record = cases.record_of(server, cases.incident_id(response))
    assert record["http"]["response"]["status_code"] == 520


def test_range_that_cannot_be(server):
    response = server.get("/t/x?status=416&body=none"
                          "&header=Content-Range:bytes%20*/7")
    assert response.status == response.json["status"] == 416
    assert response.header("Content-Range") == "bytes */7"


def test_pipelined_messages(server):
    """What a request logged where the module is off stays out of the next
    one's record, also in one packet."""
    get = "GET %s HTTP/1.1\r\nHost: test.example\r\n%s\r\n"
    before = len(cases.records(server))
    # A 502 lets the connection live.
    data = "".join(get % (f"/off/x?log=error:off{i}&body=text", "")
                   + get % (f"/t/x?log=error:on{i}&die=502", "")
                   for i in range(10))
    data += get % ("/ok.html", "Connection: close\r\n")
    statuses = [r.status for r in server.raw(data.encode())]
    assert statuses == [200, 502] * 10 + [200]
    records = cases.new_records(server, before, 10)
    assert [[e["message"] for e in r["errclarity"]["evidence"]]
            for r in records] == [[f"on{i}"] for i in range(10)]
