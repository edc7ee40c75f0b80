# SPDX-License-Identifier: Apache-2.0
"""The diagnostics record: hostile bytes, size, concurrency, targets; and what
belongs to whom when requests share a connection or a moment."""
import concurrent.futures
import json
import re
import socket
import time
import urllib.parse

import pytest

from helpers import cases, checks, server as servers

CONF = """
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
LimitRequestLine 65536
CacheQuickHandler off
CacheRoot {root}/out
ScriptAlias /cgi/ {root}/cgi/
<Location /cgi>
    CacheEnable disk
    CacheStaleOnError On
</Location>
<Location /deflate>
    SetHandler ecltest
    SetOutputFilter DEFLATE
</Location>
"""
MODULES = ["mod_cache", "mod_cache_disk", "mod_deflate", "mod_cgi"]
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]")


@pytest.fixture(scope="module")
def server(start):
    return start(CONF, modules=MODULES)


def fail(server, query, *args, **kw):
    """A failing request: its response and its record."""
    response = server.get(f"/t/x?{query}&die=500", *args, **kw)
    assert response.status >= 500
    return response, cases.record_of(server, cases.incident_id(response))


def messages(record):
    return [e["message"] for e in record["errclarity"].get("evidence", [])]


# -- hostile bytes ---------------------------------------------------------

@pytest.mark.parametrize("raw", [
    bytes(range(1, 256)), b"\xff" * 4000, "\u202egnp.exe \U0001f4a9".encode(),
    b'"}\n{"error":{"id":"FAKED-00000000"}}', b"\xed\xa0\x80\xf4\x90\x80\x80",
    b"AH00124: spoofed", b"x" * 8000, b"\\x00\\n\\", b"<script>alert(1)"],
    ids=["all", "ff", "bidi", "inject", "surrogate", "spoof", "long",
         "escapes", "script"])
def test_hostile_message(server, raw):
    """Whatever a script says, the record is one line of JSON in UTF-8 (the
    check after each test reads it) and no body repeats it."""
    before = len(cases.records(server))
    response, record = fail(server, "bytes=" + raw.hex(),
                            accept="text/html")
    assert len(cases.records(server)) == before + 1
    assert messages(record)
    assert "script>alert" not in response.text
    assert "FAKED" not in response.text
    assert record["error"]["code"] != "config.redirect-loop"


def test_hostile_request(server):
    """Bytes of the request line, of headers and of the query."""
    response = server.get("/t/%ff%0a%22%3Cb%3E?die=500&errno=%00%ff\"<script>",
                          "-H", "User-Agent: \xff\"\\<b>", "-H",
                          "Referer: http://x/\"><script>",
                          accept="text/html")
    assert "<b>" not in response.text and "<script>alert" not in response.text
    record = cases.record_of(server, cases.incident_id(response))
    assert record["url"]["path"]


@pytest.mark.parametrize("secret", [
    "password=hunter2", "api_key=hunter2", "token=hunter2",
    "access_token=hunter2"])
def test_secrets_are_masked(server, secret):
    """In the query and in what scripts log."""
    name, _, value = secret.partition("=")
    response, record = fail(
        server, f"log=error:login+failed+{name}%3D{value}+for+alice&"
        "sleep=0&body=" + urllib.parse.quote(secret))
    assert "hunter2" not in json.dumps(messages(record))
    assert "hunter2" not in response.text


def test_query_secret_is_masked(start):
    server = start("""
<Location /plain>
    Redirect 500 /plain
</Location>""")
    response = server.get("/plain?user=alice&password=hunter2&page=3")
    record = cases.record_of(server, cases.incident_id(response))
    assert "hunter2" not in json.dumps(record)
    assert "page=3" in record["url"]["query"]


def test_record_is_bounded(server):
    """A flood with the longest lines: 16 KiB, first, last, and the rest
    counted."""
    query = "logflood=500&" + "&".join(
        f"bytes={(b'%03d' % n + b'y' * 3000).hex()}" for n in range(2))
    _, record = fail(server, query)
    said = messages(record)
    assert said[0].startswith("flood 1 of 500")
    assert said[-1].startswith("001y")
    line, = [line for line in server.records_path.read_bytes().splitlines()
             if record["error"]["id"].encode() in line]
    assert len(line) < checks.RECORD_MAX


# -- who said what ---------------------------------------------------------

@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_parallel_requests_do_not_mix(start, server, mpm):
    """50 at a time, each with its own reasons, also without a request."""
    if mpm == "prefork":
        server = start(CONF, mpm=mpm, modules=MODULES)

    def one(n):
        _, record = fail(server, f"log=error:first-{n}-&lognull=second-{n}-"
                         f"&sleep={n % 7 * 10}&log=error:third-{n}-")
        return messages(record)
    with concurrent.futures.ThreadPoolExecutor(25) as pool:
        for n, said in enumerate(pool.map(one, range(50))):
            assert said == [f"first-{n}-", f"second-{n}-", f"third-{n}-"]


def request(path, close=False):
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\n"
            "Accept: application/problem+json\r\n"
            + ("Connection: close\r\n" if close else "") + "\r\n").encode()


def read_one(sock):
    """One response with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head, re.I).group(1))
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body


def test_keep_alive_requests_do_not_mix(server):
    """What the first request left must not explain the second."""
    before = len(cases.records(server))
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(request("/t/x?log=error:healthy-one&body=text"))
        assert b"200 OK" in read_one(sock)
        sock.sendall(request("/t/x?status=502&log=error:own&body=none"))
        assert b" 502 " in read_one(sock)
    record, = cases.new_records(server, before)
    assert messages(record) == ["own"]


def test_pipelined_requests_do_not_mix(server):
    """502 keeps the connection (500 closes it), so several fail in a row."""
    before = len(cases.records(server))
    responses = server.raw(
        request("/t/x?lognull=one&log=error:uno&status=502&body=none")
        + request("/t/x?body=text&log=error:between")
        + request("/t/x?lognull=two&log=error:due&status=504&body=none")
        + request("/t/x?status=503&body=none", close=True))
    assert [r.status for r in responses] == [502, 200, 504, 503]
    found = cases.new_records(server, before, 3)
    by_id = {r["error"]["id"]: r for r in found}
    assert messages(by_id[cases.incident_id(responses[0])]) == ["one", "uno"]
    assert messages(by_id[cases.incident_id(responses[2])]) == ["two", "due"]
    assert not messages(by_id[cases.incident_id(responses[3])])


def test_concurrent_writers_do_not_tear_lines(start):
    """Several processes, one file: each line whole (checked after)."""
    server = start(CONF, mpm="prefork", modules=MODULES)
    query = "&".join(f"log=error:{'z' * 700}" for _ in range(8)) + "&die=500"
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda n: server.get(f"/t/x?{query}"), range(60)))
    assert len(cases.new_records(server, 0, 60)) == 60


# -- responses under way ---------------------------------------------------

@pytest.mark.parametrize("query, body, response, status", [
    ("status=500&body=json", "application", "kept", 500),
    ("status=500&body=none", "empty", "replaced", 500),
    ("status=500&flush=1&body=none", "empty", "replaced", 500),
    ("status=503&big=200000", "application", "kept", 503),
    # The client has its 200 when the handler changes its mind.
    ("body=text&flush=1&status=500&body=none", "sent", "too-late", 200),
    ("partial=5000", "sent", "too-late", 200),
    ("error_bucket=502", "canned", "replaced", 502),
    ("die=507", "canned", "replaced", 507),
])
def test_body_class(server, query, body, response, status):
    before = len(cases.records(server))
    answer = server.get("/t/x?log=error:why&" + query)
    assert answer.status == status
    record, = cases.new_records(server, before)
    assert record["errclarity"]["body"] == body
    assert record["errclarity"]["response"] == response
    assert record["http"]["response"]["status_code"] == status
    assert messages(record)[0] == "why"


def test_dead_bodys_headers_go(server):
    gone = {"ETag": '"dead"', "Last-Modified":
            "Sun, 06 Nov 1994 08:49:37 GMT", "Content-Encoding": "br",
            "Content-Disposition": "attachment", "Accept-Ranges": "bytes",
            "Content-MD5": "x", "Age": "7",
            "Expires": "Sun, 06 Nov 2044 08:49:37 GMT",
            "Digest": "sha-256=x"}
    kept = {"Set-Cookie": "site=1", "Retry-After": "9", "Allow": "GET",
            "WWW-Authenticate": "Basic", "X-Request-ID": "r1",
            "Access-Control-Allow-Origin": "*",
            "Strict-Transport-Security": "max-age=1"}
    query = "&".join(
        f"header={n}:{urllib.parse.quote(v)}" for n, v in
        {**gone, **kept}.items())
    response = server.get(f"/t/x?{query}&status=500&body=none")
    cases.check_replaced(server, response)
    for name in gone:
        assert response.header(name) is None, name
    for name, value in kept.items():
        assert response.header(name) == value, name


def test_vary_is_appended(server):
    response = server.get("/t/x?header=Vary:Cookie&status=500&body=none")
    vary = ", ".join(response.all("Vary"))
    assert "Cookie" in vary and "Accept" in vary


@pytest.mark.expect_log("End of script output")
def test_stale_copy_stays_as_it_was(server):
    """mod_cache answers a failure with what it has: a healthy response, whose
    record tells what is behind it."""
    before = len(cases.records(server))
    fresh = server.get("/cgi/fickle.cgi")
    assert fresh.status == 200
    (server.root / "out" / "broken").touch()
    time.sleep(2.1)
    stale = server.get("/cgi/fickle.cgi")
    assert (stale.status, stale.body) == (200, fresh.body)
    assert stale.header("ETag") == fresh.header("ETag") == '"live"'
    assert stale.header("Cache-Control") == "max-age=1"
    assert stale.header("Error-Id") is None
    record, = cases.new_records(server, before)
    assert record["error"]["code"] == "cgi.no-output"
    assert record["http"]["response"]["status_code"] == 200
    ecl = record["errclarity"]
    assert (ecl["original_status"], ecl["hidden_by"]) == (500, "stale-cache")
    assert ecl["response"] == "kept"


def test_stale_copy_of_an_empty_answer(server):
    """The handler's own 500 goes past mod_cache later than our answer."""
    before = len(cases.records(server))
    fresh = server.get("/cgi/fickle-own.cgi")
    assert fresh.status == 200
    (server.root / "out" / "broken-own").touch()
    time.sleep(2.1)
    stale = server.get("/cgi/fickle-own.cgi")
    assert (stale.status, stale.body) == (200, fresh.body)
    assert stale.header("ETag") == '"live"'
    assert stale.header("Error-Id") is None
    record, = cases.new_records(server, before)
    ecl = record["errclarity"]
    assert (ecl["original_status"], ecl["hidden_by"]) == (500, "stale-cache")
    assert ecl["response"] == "kept" and "format" not in ecl


def test_deflate_still_works(server):
    response = server.get("/deflate?status=500&body=none", "--compressed")
    cases.check_replaced(server, response)


def test_conditional_and_range_requests(server):
    for header in ("Range: bytes=0-3", 'If-None-Match: "x"',
                   "If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT"):
        cases.check_replaced(server, server.get("/t/x?die=500", "-H", header))


def test_client_that_leaves(server):
    """The client closes before the response: recorded, nothing breaks."""
    before = len(cases.records(server))
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(request("/t/x?sleep=200&log=error:gone&die=500"))
    record, = cases.new_records(server, before)
    assert messages(record) == ["gone"]


# -- targets ---------------------------------------------------------------

def test_piped_log(start):
    """At most PIPE_BUF a line, so that writers never tear each other's."""
    server = start("""
<IfModule errclarity_module>
    ErrClarityLog "|/bin/sh -c 'exec cat >> {root}/out/piped.json'"
</IfModule>
""" + CONF, mpm="prefork", modules=MODULES)
    (server.root / "logs" / "incidents.json").touch()
    query = "&".join(f"log=error:{'z' * 700}" for _ in range(8)) + "&die=500"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: server.get(f"/t/x?{query}"), range(30)))
    piped = server.root / "out" / "piped.json"

    def lines():
        return piped.exists() and piped.read_bytes().count(b"\n") >= 30
    servers.wait_for(lines, "30 piped records")
    found, problems = checks.parse_records(piped.read_bytes())
    assert not problems
    assert len({r["error"]["id"] for r in found}) == 30
    assert max(map(len, piped.read_bytes().splitlines())) < 4096


def test_without_a_log_the_record_goes_to_the_error_log(start):
    server = start.make("")
    text = server.conf_file.read_text().replace(
        "ErrClarityLog logs/incidents.json", "")
    server.conf_file.write_text(text)
    with server:
        response = server.get("/ecltest?log=error:why&die=500")
        incident = cases.incident_id(response)
        line = servers.wait_for(
            lambda: next((line for line in server.error_log().splitlines()
                          if f'"{incident}"' in line
                          or rf'\"{incident}\"' in line), None),
            "the record in the error log")
        assert "{" in line


def test_log_that_cannot_be_opened(start):
    done = start.make("""
<IfModule errclarity_module>
    ErrClarityLog nowhere/at/all.json
</IfModule>""")
    with pytest.raises(servers.StartError, match="nowhere/at/all.json"):
        done.start()
    servers.stop_process(done.proc)


def test_client_address(start):
    for value, address in (("truncated", "127.0.0.0"), ("none", None)):
        with start.make(f"""
<IfModule errclarity_module>
    ErrClarityClientAddress {value}
</IfModule>""") as server:
            response = server.get("/ecltest?die=500")
            record = cases.record_of(server, cases.incident_id(response))
            assert record.get("client", {}).get("address") == address
