# SPDX-License-Identifier: Apache-2.0
"""Requests that httpd refuses before any handler, by raw sockets."""
import socket
import time

import pytest

from helpers import cases
from helpers.cases import Case, check_record, check_replaced

CONF = """
<IfModule errclarity_module>
    ErrClarityStatus 4xx 5xx !404
</IfModule>
LimitRequestLine 500
LimitRequestFieldSize 500
RequestReadTimeout header=1 body=1
<Location /small>
    LimitRequestBody 100
    SetHandler ecltest
</Location>
"""
JSON = "Accept: application/problem+json\r\n"
TAIL = f"Host: x\r\n{JSON}Connection: close\r\n\r\n"


def raw(name, data, code, status, **kw):
    return pytest.param(data.encode("latin-1"),
                        Case("", code, status, **kw), id=name)


CASES = [
    raw("no-host", f"GET / HTTP/1.1\r\n{JSON}\r\n", "client.bad-request",
        400),
    raw("bad-line", f"GARBAGE\r\n{TAIL}", "client.bad-request", 400),
    raw("bad-header", f"GET / HTTP/1.1\r\nno colon\r\n{TAIL}",
        "client.bad-request", 400),
    raw("long-header", f"GET / HTTP/1.1\r\nX-A: {'x' * 2000}\r\n{TAIL}",
        "client.header-too-large", 400),
    raw("long-line", f"GET /{'x' * 2000} HTTP/1.1\r\n{TAIL}",
        "client.uri-too-long", 414),
    raw("dotdot", f"GET /../../etc/passwd HTTP/1.1\r\n{TAIL}",
        "client.bad-request", 400, log=("AH10244",)),
    raw("bad-te", f"POST /small HTTP/1.1\r\nTransfer-Encoding: x\r\n{TAIL}",
        "client.bad-request|unknown.no-evidence", 400),
    raw("body-too-large",
        f"POST /small HTTP/1.1\r\nContent-Length: 5000\r\n{TAIL}{'x' * 5000}",
        "client.body-too-large", 413),
    raw("slow-headers", "GET /ok.html HTTP/1.1\r\nHost: x\r\n",
        "timeout.client", 408),
    raw("slow-body", f"POST /small HTTP/1.1\r\nContent-Length: 50\r\n{TAIL}x",
        "timeout.client", 408),
]


@pytest.fixture(scope="module")
def server(start):
    return start(CONF, modules=["mod_reqtimeout"])


@pytest.mark.parametrize("data, one", CASES)
def test_refused(server, data, one, expect_log):
    """A refused request has no Location: the server's settings apply."""
    expect_log(*one.log)
    before = len(cases.records(server))
    response, = server.raw(data)
    assert response.status == one.status, response
    if b"problem+json" in data and "line" not in one.code:
        # What httpd has not read, e.g. Accept after a bad line, cannot count.
        assert response.body
    record, = cases.new_records(server, before)
    assert cases.incident_id(response) == record["error"]["id"]
    check_record(record, one)


def test_accept_counts_when_it_was_read(server):
    response, = server.raw(f"GET / HTTP/1.1\r\n{JSON}\r\n".encode())
    check_replaced(server, response)


def test_closed_without_a_request(server):
    """An idle connection is no failing request."""
    before = len(cases.records(server))
    with socket.create_connection(("127.0.0.1", server.port)):
        pass
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(b"\r\n")
    time.sleep(0.3)
    assert len(cases.records(server)) == before



def test_after_all_that_it_still_serves(server):
    assert server.get("/ok.html").status == 200


def test_expect_continue_is_answered_at_once(server):
    response, = server.raw(
        b"POST /small HTTP/1.1\r\nExpect: 100-continue\r\n"
        b"Content-Length: 5000\r\n" + TAIL.encode())
    assert response.status == 413
    check_replaced(server, response)
