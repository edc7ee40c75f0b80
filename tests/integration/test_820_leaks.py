# SPDX-License-Identifier: Apache-2.0
"""Pages of failing applications that show internals are replaced; others
pass byte for byte, and a streaming one is not stalled."""
import gzip
import socket
import threading

import pytest

from helpers import backends, cases

CONF = """
ScriptAlias /cgi/ {root}/cgi/
ScriptAlias /log/ {root}/cgi/
ScriptAlias /kept/ {root}/cgi/
ScriptAlias /shown/ {root}/cgi/
<Location /log>
    ErrClarity Log
</Location>
<Location /kept>
    ErrClarityReplace canned empty
</Location>
<Location /shown>
    ErrClarityDetail operator
</Location>
"""

TRACE = """<html><title>Oops</title><h1>Oops</h1><pre>
Traceback (most recent call last):
  File &quot;/srv/shop/views.py&quot;, line 12, in pay
    charge(card)
  File &quot;/srv/shop/bank.py&quot;, line 3, in charge
    raise BankDown(&quot;no line to the bank&quot;)
shop.bank.BankDown: no line to the bank
</pre></html>"""
FRIENDLY = """<html><title>Sorry</title><p>An error occurred. Warning: our
stack of traces is a breakfast. Please try again.</p></html>"""


def script(server, name, *parts, head="Content-Type: text/html", pause=""):
    """A CGI script that answers 500 with these parts, a write each."""
    writes = f"\n{pause}\n".join(
        f"sys.stdout.buffer.write({part.encode('latin-1')!r})\n"
        "sys.stdout.buffer.flush()" for part in parts)
    path = server.root / "cgi" / name
    path.write_text("#!/usr/bin/python3\nimport os, sys, time\n"
                    f"print('Status: 500\\n{head}\\n', flush=True)\n{writes}\n")
    path.chmod(0o755)


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_cgi"])
    script(ready, "trace.cgi", TRACE)
    script(ready, "pieces.cgi", TRACE[:40], TRACE[40:200], TRACE[200:])
    script(ready, "friendly.cgi", FRIENDLY)
    script(ready, "image.cgi", TRACE, head="Content-Type: image/png")
    script(ready, "events.cgi", TRACE, head="Content-Type: text/event-stream")
    script(ready, "encoded.cgi", gzip.compress(TRACE.encode(), mtime=0)
           .decode("latin-1"),
           head="Content-Type: text/html\\nContent-Encoding: gzip")
    script(ready, "named.cgi", TRACE,
           head="Content-Type: text/html\\nContent-Encoding: identity")
    script(ready, "long.cgi", FRIENDLY, "x" * 100000, TRACE)
    script(ready, "untyped.cgi", "Fatal error: Uncaught Exception: no in "
           "/srv/a.php:3\nStack trace:\n#0 {main}\n  thrown in /srv/a.php on "
           "line 3", head="X-Site: 1")
    script(ready, "json.cgi", '{"message":"no","trace":"java.lang.Error: no'
           '\\n\\tat org.example.Shop.pay(Shop.java:12)"}',
           head="Content-Type: application/json")
    script(ready, "root.cgi", f"cannot read {ready.root}/htdocs/.env",
           head="Content-Type: text/plain")
    return ready


def incident(server, path, *args):
    response = server.get(path, *args)
    return response, cases.record_of(server, cases.incident_id(response))


@pytest.mark.parametrize("name", ["trace", "pieces", "named", "untyped",
                                  "json", "root"])
def test_leaking_page_is_replaced(server, name):
    response, record = incident(server, f"/cgi/{name}.cgi")
    cases.check_replaced(server, response)
    assert record["errclarity"]["body"] == "leaking"
    assert record["errclarity"]["response"] == "replaced"
    assert record["errclarity"]["evidence"][-1]["module"] == "body"
    assert response.header("Content-Encoding") is None


def test_what_the_page_says_is_evidence(server):
    """Nothing was logged: the page alone names the exception."""
    _, record = incident(server, "/cgi/trace.cgi")
    said = record["errclarity"]["evidence"][-1]["message"]
    assert "shop.bank.BankDown: no line to the bank" in said
    assert "&quot;" not in said and "<" not in said
    assert record["error"]["type"] == "shop.bank.BankDown"
    assert record["error"]["code"] == "app.python-exception"
    assert record["errclarity"]["facts"]["file"] == "/srv/shop/bank.py"
    _, record = incident(server, "/cgi/json.cgi")
    assert record["error"]["type"] == "java.lang.Error"
    _, record = incident(server, "/cgi/untyped.cgi")
    assert record["errclarity"]["facts"]["file"] == "/srv/a.php"
    response, _ = incident(server, "/shown/trace.cgi")
    assert "BankDown" in response.text, "an operator may see it"


KEPT = {
    "friendly": FRIENDLY.encode(),
    "image": TRACE.encode(),
    "events": TRACE.encode(),
    "encoded": gzip.compress(TRACE.encode(), mtime=0),
    "long": (FRIENDLY + "x" * 100000 + TRACE).encode(),
}


@pytest.mark.parametrize("name", KEPT)
def test_other_pages_are_kept(server, name):
    response, record = incident(server, f"/cgi/{name}.cgi")
    assert response.status == 500
    assert response.body == KEPT[name]
    assert record["errclarity"]["body"] == "application"
    assert record["errclarity"]["response"] == "kept"


def test_kept_where_it_is_not_chosen(server):
    response, record = incident(server, "/kept/trace.cgi")
    assert response.body == TRACE.encode()
    assert record["errclarity"]["body"] == "leaking"
    assert record["errclarity"]["response"] == "kept"


def test_log_only_never_touches_it(server):
    before = len(cases.records(server))
    response = server.get("/log/trace.cgi")
    assert response.body == TRACE.encode()
    assert response.header("Error-Id") is None
    record, = cases.new_records(server, before)
    assert record["errclarity"]["body"] == "leaking"
    assert record["error"]["type"] == "shop.bank.BankDown"


def test_head(server):
    response, record = incident(server, "/cgi/trace.cgi", "--head")
    assert response.status == 500 and not response.body
    assert record["errclarity"]["body"] == "leaking"
    assert response.media_type == cases.PROBLEM


@pytest.mark.parametrize("flush", ["", "&flush=1"])
def test_any_handler(server, flush):
    """With a flush before the page, and in one brigade with its end."""
    path = (f"/ecltest?status=500{flush}&type=text/plain&body=goroutine%207%20"
            "[running]:%0amain.f()")
    response, record = incident(server, path)
    cases.check_replaced(server, response)
    assert record["errclarity"]["body"] == "leaking"


def test_streaming_is_not_stalled(server):
    """A page that pauses comes before the script goes on, which it does only
    when the client has got the beginning."""
    gate = server.root / "out" / "gate"
    script(server, "stream.cgi", "<p>first</p>", TRACE,
           pause=f"while not os.path.exists({str(gate)!r}): time.sleep(0.02)")
    with socket.create_connection(("127.0.0.1", server.port),
                                  timeout=20) as sock:
        sock.sendall(b"GET /cgi/stream.cgi HTTP/1.1\r\nHost: x\r\n"
                     b"Connection: close\r\n\r\n")
        got = b""
        while b"first" not in got:
            data = sock.recv(65536)
            assert data
            got += data
        gate.write_text("")
        while data := sock.recv(65536):
            got += data
    assert b"BankDown" in got, "what is under way goes on unchanged"
    record = cases.records(server)[-1]
    assert record["errclarity"]["body"] == "application"


def backend(answers):
    """An HTTP server that sends each of the parts in a packet of its own."""
    sock = socket.create_server(("127.0.0.1", 0))

    def serve():
        for parts in answers:
            conn, _ = sock.accept()
            with conn:
                conn.recv(65536)
                for part in parts:
                    conn.sendall(part)
    threading.Thread(target=serve, daemon=True).start()
    return sock


def test_proxied(start):
    page = TRACE.encode()
    head = (b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length: "
            b"%d\r\nETag: \"x\"\r\n\r\n" % len(page))
    plain = head.replace(b"text/html", b"text/html\r\nContent-Encoding: br")
    with backend([[head + page], [plain + page]]) as sock:
        proxy = start(f"ProxyPass / http://127.0.0.1:{sock.getsockname()[1]}/ "
                      "disablereuse=on",
                      modules=["mod_proxy", "mod_proxy_http"])
        response = proxy.get("/a")
        cases.check_replaced(proxy, response)
        assert response.header("ETag") is None
        record = cases.record_of(proxy, cases.incident_id(response))
        assert record["errclarity"]["body"] == "leaking"
        assert record["error"]["type"] == "shop.bank.BankDown"
        assert proxy.get("/b").body == page, "encoded: not looked at"


def test_php_display_errors(start, scratch):
    """With a log of its own nothing but the page tells httpd."""
    with backends.Fpm(scratch / "leak-fpm", error_log="/dev/null",
                      display_errors="1", html_errors="1") as fpm:
        server = start(f"""
Alias /php/ {{root}}/php/
<FilesMatch "\\.php$">
    SetHandler "proxy:unix:{fpm.socket}|fcgi://localhost"
</FilesMatch>
""", modules=["mod_proxy", "mod_proxy_fcgi"])
        page = server.root / "php" / "shown.php"
        page.write_text("<?php\nhttp_response_code(500);\nfunction pay($pin) "
                        "{\n  throw new DomainException('no');\n}\npay(1);\n")
        response, record = incident(server, "/php/shown.php")
    cases.check_replaced(server, response)
    # A page that PHP tore off as it died is masked, whatever it shows.
    assert record["errclarity"]["body"] in ("leaking", "masked")
    assert record["error"]["type"] == "DomainException"
    assert record["errclarity"]["facts"]["line"] == 4
