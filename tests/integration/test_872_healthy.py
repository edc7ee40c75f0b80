# SPDX-License-Identifier: Apache-2.0
"""Nothing healthy changes by a byte: a battery of requests, each to a server
with the module and to a twin without it."""
import socket

import pytest

from helpers import client, server as servers

CONF = """
AddOutputFilterByType DEFLATE text/html
Options +Indexes +Includes +MultiViews
AddOutputFilter INCLUDES .shtml
AddType text/html .shtml
AddLanguage en .en
AddLanguage de .de
ErrorDocument 404 "nothing here"
ErrorDocument 403 /ok.html
TraceEnable on
Protocols h2c http/1.1
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<Location /cgi>
    SetHandler cgi-script
    Options +ExecCGI
</Location>
Alias /cgi {root}/scripts
<Location /limited>
    SetOutputFilter RATE_LIMIT
    SetEnv rate-limit 4000
</Location>
Alias /limited {root}/htdocs
RewriteEngine On
RewriteRule ^/moved$ /ok.html [R=302,L]
RewriteRule ^/inside$ /ok.html [PT]
RewriteRule ^/gone$ - [G]
Redirect permanent /old /ok.html
<Location /secret>
    Require all denied
</Location>
"""
MODULES = ["mod_cgi", "mod_deflate", "mod_filter", "mod_include",
           "mod_autoindex", "mod_negotiation", "mod_http2", "mod_ratelimit"]

SCRIPTS = {
    "small": "echo Content-Type: text/plain; echo; echo hello",
    "large": "echo Content-Type: text/html; echo; head -c 300000 /dev/zero",
    "slow": "echo Content-Type: text/plain; echo; echo a; sleep .2; echo b",
    "none": "echo Content-Type: text/plain; echo",
    "nocontent": "echo Status: 204; echo",
    "notmodified": "echo Status: 304; echo ETag: x; echo",
    "missing": "echo Status: 404; echo Content-Type: text/plain; echo; "
               "echo own",
    "local": "echo Location: /ok.html; echo",
    "away": "echo Location: http://x.example/; echo",
    "warned": "echo careful >&2; echo Content-Type: text/plain; echo; echo a",
    "echo": "echo Content-Type: text/plain; echo; cat",
}


def add_files(server):
    htdocs = server.root / "htdocs"
    files = {
        htdocs / "big.bin": b"0123456789" * 30000,
        htdocs / "empty.txt": b"",
        htdocs / "page.shtml": b'<!--#include virtual="/ok.html" -->'
                               b'<!--#echo var="DOCUMENT_NAME" -->',
        htdocs / "both.html.en": b"english", htdocs / "both.html.de": b"deu",
        htdocs / "dir" / "a.txt": b"a", htdocs / "dir" / "b.html": b"b",
        htdocs / "index.html": b"index",
    }
    for name, text in SCRIPTS.items():
        files[server.root / "scripts" / name] = f"#!/bin/sh\n{text}\n".encode()
    for path, data in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    for path in (server.root / "scripts").iterdir():
        path.chmod(0o755)
    servers.make_readable(htdocs)
    servers.make_readable(server.root / "scripts")
    return server


@pytest.fixture(scope="module")
def twins(start):
    return [add_files(start(CONF, modules=MODULES, errclarity=which))
            for which in (True, False)]


def head(path, *lines, method="GET", version="HTTP/1.1", body=b""):
    text = "\r\n".join([f"{method} {path} {version}", "Host: test.example",
                        "Connection: close", *lines, "", ""])
    return text.encode() + body


REQUESTS = {
    "static": head("/ok.html"), "static-head": head("/ok.html", method="HEAD"),
    "index": head("/"), "empty": head("/empty.txt"), "big": head("/big.bin"),
    "http10": head("/ok.html", version="HTTP/1.0"),
    "http09": b"GET /ok.html\r\n",
    "range": head("/big.bin", "Range: bytes=10-19"),
    "ranges": head("/big.bin", "Range: bytes=-5"),
    "range-bad": head("/big.bin", "Range: bytes=999999999-"),
    "since": head("/ok.html", "If-Modified-Since: "
                  "Sun, 09 Sep 2035 01:46:40 GMT"),
    "if-match": head("/ok.html", 'If-Match: "none"'),
    "none-match": head("/ok.html", "If-None-Match: *"),
    "gzip": head("/ok.html", "Accept-Encoding: gzip"),
    "gzip-cgi": head("/cgi/large", "Accept-Encoding: gzip"),
    "options": head("/ok.html", method="OPTIONS"),
    "options-all": head("*", method="OPTIONS"),
    "trace": head("/ok.html", method="TRACE"),
    "connect": b"CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n",
    "post-static": head("/ok.html", "Content-Length: 3", method="POST",
                        body=b"abc"),
    "delete": head("/ok.html", method="DELETE"),
    "listing": head("/dir/"), "slash": head("/dir"),
    "ssi": head("/page.shtml"), "ssi-gzip": head("/page.shtml",
                                                 "Accept-Encoding: gzip"),
    "negotiated": head("/both", "Accept-Language: de"),
    "not-acceptable": head("/both.html", "Accept-Language: fr"),
    "redirect": head("/moved"), "redirect-old": head("/old"),
    "rewritten": head("/inside"), "gone": head("/gone"),
    "missing": head("/nowhere"), "denied": head("/secret"),
    "limited": head("/limited/ok.html"),
    **{f"cgi-{name}": head(f"/cgi/{name}") for name in SCRIPTS},
    "cgi-head": head("/cgi/large", method="HEAD"),
    "cgi-10": head("/cgi/large", version="HTTP/1.0"),
    "cgi-post": head("/cgi/echo", "Content-Length: 5", method="POST",
                     body=b"12345"),
    "cgi-chunked": head("/cgi/echo", "Transfer-Encoding: chunked",
                        method="POST", body=b"3\r\nabc\r\n0\r\n\r\n"),
    "expect": head("/t/x?body=text", "Content-Length: 2",
                       "Expect: 100-continue", method="POST", body=b"ab"),
    "flush": head("/t/x?body=text&flush=1&body=text"),
    "flush-first": head("/t/x?flush=1&body=text"),
    "logged": head("/t/x?log=error:minor&body=text"),
    "logged-flush": head("/t/x?log=error:minor&flush=1&big=50000"),
    "status-206": head("/t/x?status=206&body=text"),
    "bad-line": b"GET\r\n\r\n", "bad-host": b"GET / HTTP/1.1\r\n\r\n",
    "bad-version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
}


def wire(server, data):
    """All bytes of the answer but for clock, port and chance."""
    received = b""
    with socket.create_connection(("127.0.0.1", server.port), 20) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        try:
            while chunk := sock.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    # The order in Allow is that of a hash table with a random seed.
    lines = [bytes(sorted(line)) if line.startswith(b"Allow: ") else line
             for line in received.split(b"\r\n")
             if not line.startswith(b"Date: ")]
    return b"\r\n".join(lines).replace(b":%d" % server.port, b":PORT")


FRAMING = ("content-length", "transfer-encoding", "keep-alive")


def unframed(data, methods=("GET",)):
    """A script's output comes in pieces that depend on the moment, and so does
    httpd's choice between a length and chunks."""
    return [(r.status, r.reason, r.version, r.body,
             [h for h in r.headers if h[0].lower() not in FRAMING])
            for r in client.parse_responses(data, methods)]


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.expect_log(r"\[(ecltest|cgi|negotiation|authz_core|core):error\]")
def test_same_bytes(twins, name):
    with_module, without = [wire(s, REQUESTS[name]) for s in twins]
    assert without
    if "cgi" in name:
        method = REQUESTS[name].split(b" ")[0].decode()
        assert unframed(with_module, [method]) == unframed(without, [method])
    else:
        assert with_module == without


@pytest.mark.expect_log(r"\[(ecltest|cgi|negotiation|authz_core|core):error\]")
def test_same_bytes_pipelined(twins):
    names = ["static", "missing", "cgi-small", "range", "redirect", "flush"]
    data = b"".join(REQUESTS[n].replace(b"Connection: close\r\n", b"")
                    for n in names * 3) + REQUESTS["empty"]
    with_module, without = [unframed(wire(s, data)) for s in twins]
    assert len(without) == 19
    assert with_module == without
