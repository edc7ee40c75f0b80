# SPDX-License-Identifier: Apache-2.0
"""Other modules that stand around our body: compression, headers, caches,
firewalls, rate limits; and what HTTP's own machinery does with it."""
import gzip
import shutil
import socket
import subprocess
import threading

import pytest

from helpers import backends, cases, paths

WHY = r"\[ecltest:error\]"
pytestmark = pytest.mark.expect_log(WHY)

COMPRESSED = """
SetOutputFilter %s
<Location /typed>
    SetHandler ecltest
</Location>
"""


def decoded(response, coding):
    assert response.header("Content-Encoding") == coding, response.headers
    if coding == "gzip":
        return gzip.decompress(response.body)
    tool = shutil.which("brotli") or paths.missing("brotli")
    return subprocess.run([tool, "-d", "-c"], input=response.body,
                          capture_output=True, check=True).stdout


@pytest.mark.parametrize("module, name, coding", [
    ("mod_deflate", "DEFLATE", "gzip"),
    ("mod_brotli", "BROTLI_COMPRESS", "br")])
def test_compression(start, module, name, coding):
    """Our body is compressed as any other, once, and says so."""
    server = start(COMPRESSED % name, modules=[module, "mod_filter"])
    ask = ["-H", f"Accept-Encoding: {coding}"]
    for path in ("/ecltest?status=500&body=none",
                 "/ecltest?status=500&type=text/plain&body="
                 "goroutine%201%20[running]:%0ax"):
        response = server.get(path, *ask)
        assert response.status == 500
        body = decoded(response, coding)
        assert b'"incident"' in body and len(body) != len(response.body)
        vary = ", ".join(response.all("Vary")).lower()
        assert "accept-encoding" in vary and "accept" in vary.replace(
            "accept-encoding", "").replace("accept-language", "")
        length = response.header("Content-Length")
        assert length is None or int(length) == len(response.body)
    # httpd compresses nothing on ap_die()'s way.
    response = server.get("/ecltest?die=500", *ask)
    if response.header("Content-Encoding") is None:
        cases.check_replaced(server, response)
    plain = server.get("/ecltest?status=500&body=none")
    cases.check_replaced(server, plain)
    assert plain.header("Content-Encoding") is None
    kept = server.get("/ecltest?status=500&type=text/plain&big=3000", *ask)
    assert len(decoded(kept, coding)) == 3000, "a kept body too"


HEADERS = """
Header always set Strict-Transport-Security "max-age=600"
Header always set Content-Security-Policy "default-src 'none'"
Header set X-Frame-Options DENY
Header always set Access-Control-Allow-Origin "https://app.example"
Header always append Vary Origin
Header always set X-Incident "expr=%{ERRCLARITY_ID}"
Header always set X-Cause "%{ERRCLARITY_ID}e" "expr=%{ERRCLARITY_CODE} != ''"
Header onsuccess set X-Family "expr=%{ERRCLARITY_FAMILY}"
RequestHeader set X-In "1"
"""


@pytest.mark.parametrize("query", ["die=500", "status=500&body=none",
                                   "status=500&body=html"])
def test_headers(start, query):
    server = start(HEADERS)
    response = server.get(
        f"/ecltest?{query}&header=Access-Control-Expose-Headers:X-A"
        "&errheader=X-Site:1&errheader=Set-Cookie:a%3Db")
    assert response.status == 500
    incident = cases.incident_id(response)
    assert response.header("X-Incident") == incident
    assert response.header("X-Cause") == incident
    assert response.header("Strict-Transport-Security") == "max-age=600"
    assert response.header("Content-Security-Policy") == "default-src 'none'"
    assert response.header("Access-Control-Allow-Origin") \
        == "https://app.example"
    assert response.header("X-Site") == "1"
    assert response.header("Set-Cookie") == "a=b"
    assert "Origin" in ", ".join(response.all("Vary"))
    if "status" in query:
        # ap_die() throws headers_out away; what is to live through it stands
        # in err_headers_out.
        assert response.header("Access-Control-Expose-Headers") == "X-A"
        assert response.header("X-Frame-Options") == "DENY"
        assert response.header("X-Family")
    healthy = server.get("/ok.html")
    assert healthy.header("X-Cause") is None
    assert not healthy.header("X-Incident")


CACHE = """
CacheRoot {root}/out
CacheQuickHandler Off
CacheStaleOnError On
CacheDefaultExpire 1
<Location /app>
    CacheEnable disk
    SetHandler ecltest
</Location>
<Location /cgi>
    CacheEnable disk
</Location>
ScriptAlias /cgi/ {root}/cgi/
"""


def test_cache(start):
    """An error is not cached, and a stale page answers instead of it."""
    server = start(CACHE, modules=["mod_cache", "mod_cache_disk", "mod_cgi"])
    first = server.get("/app?status=500&body=none"
                       "&header=Cache-Control:max-age%3D600")
    again = server.get("/app?status=500&body=none"
                       "&header=Cache-Control:max-age%3D600")
    assert first.status == again.status == 500
    assert cases.incident_id(first) != cases.incident_id(again)
    assert first.header("Cache-Control") == "no-store"

    broken = server.root / "out" / "broken"
    script = server.root / "cgi" / "aging.cgi"
    script.write_text(f"""#!/usr/bin/python3
import os, sys
if os.path.exists({str(broken)!r}):
    print('Status: 500\\nContent-Type: text/plain\\n')
else:
    print('Content-Type: text/plain\\nCache-Control: max-age=600\\n'
          'ETag: "fresh"\\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\\n\\n'
          'fresh')
""")
    script.chmod(0o755)
    fresh = server.get("/cgi/aging.cgi")
    assert (fresh.status, fresh.body) == (200, b"fresh\n")
    broken.write_text("")
    again = server.get("/cgi/aging.cgi")
    assert again.status == 200, "from the cache"
    stale = server.get("/cgi/aging.cgi", "-H", "Cache-Control: max-age=0")
    assert (stale.status, stale.body) == (200, b"fresh\n")
    assert stale.header("ETag") == '"fresh"'
    assert stale.header("Error-Id") is None
    assert stale.header("Cache-Control") == "max-age=600"


SECURITY = """
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html
SecTmpDir {root}/out
SecDataDir {root}/out
SecAuditEngine Off
SecRule ARGS:evil "@streq 1" "id:1,phase:1,deny,status:403"
SecRule ARGS:evil "@streq 2" "id:2,phase:2,deny,status:406"
SecRule RESPONSE_STATUS "@streq 203" "id:3,phase:3,deny,status:502"
SecRule RESPONSE_BODY "@contains forbidden" "id:4,phase:4,deny,status:503"
ErrClarityStatus 4xx 5xx
<LocationMatch "^/(here|plain)">
    SetHandler ecltest
</LocationMatch>
Alias /files/ {root}/htdocs/
"""


@pytest.mark.parametrize("path, status, phase", [
    ("/ok.html?evil=1", 403, 1), ("/ok.html?evil=2", 406, 2),
    ("/here?status=203&body=text", 502, 3), ("/files/bad.html", 503, 4)])
def test_mod_security(start, expect_log, path, status, phase):
    """A denial of each phase is one answer of ours and one incident."""
    expect_log("ModSecurity", r"\[security2:")
    server = start(SECURITY, modules=["mod_security2"])
    (server.root / "htdocs" / "bad.html").write_text("what is forbidden\n")
    before = len(cases.records(server))
    response = server.get(path)
    assert response.status == status, response
    cases.check_replaced(server, response)
    assert b"forbidden" not in response.body.replace(b"Forbidden", b"")
    record, = cases.new_records(server, before)
    assert record["error"]["code"] == "security.waf-blocked" \
        or record["error"]["code"].startswith("security."), record["error"]
    assert len(response.all("Content-Type")) == 1


def test_ratelimit(start):
    server = start("""
<Location /ecltest>
    SetOutputFilter RATE_LIMIT
    SetEnv rate-limit 400
</Location>
""", modules=["mod_ratelimit"])
    for query in ("die=500", "status=500&body=none", "status=500&body=html"):
        response = server.get(f"/ecltest?{query}")
        assert response.status == 500 and cases.incident_id(response)
        assert int(response.header("Content-Length")
                   or len(response.body)) == len(response.body)


DOCUMENTS = """
Options +Includes
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
ScriptAlias /cgi/ {root}/cgi/
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<Location /t/ssi>
    ErrorDocument 500 /sorry.shtml
</Location>
<Location /t/cgi>
    ErrorDocument 500 /cgi/sorry.cgi
</Location>
<Location /t/php>
    ErrorDocument 500 /php/sorry.php
</Location>
<Location /t/text>
    ErrorDocument 500 "Reference %{ERRCLARITY_ID} (%{ERRCLARITY_FAMILY})"
</Location>
Alias /php/ {root}/php/
"""


@pytest.mark.parametrize("kind", ["ssi", "cgi", "php", "text"])
def test_error_documents_know_the_incident(start, kind):
    server = start(DOCUMENTS + ("""
<Directory {root}/php>
    AddHandler application/x-httpd-php .php
</Directory>
""" if kind == "php" else ""), mpm="prefork" if kind == "php" else "event",
        modules=["mod_include", "mod_cgi"]
        + (["libphp8.2"] if kind == "php" else []))
    (server.root / "htdocs" / "sorry.shtml").write_text(
        'Reference <!--#echo var="ERRCLARITY_ID" --> '
        '(<!--#echo var="ERRCLARITY_FAMILY" -->)')
    script = server.root / "cgi" / "sorry.cgi"
    script.write_text('#!/bin/sh\nprintf "Content-Type: text/html\\n\\n"\n'
                      'printf "Reference %s (%s)" "$ERRCLARITY_ID" '
                      '"$ERRCLARITY_FAMILY"\n')
    script.chmod(0o755)
    (server.root / "php" / "sorry.php").write_text(
        'Reference <?= $_SERVER["ERRCLARITY_ID"] ?> '
        '(<?= $_SERVER["ERRCLARITY_FAMILY"] ?>)')
    before = len(cases.records(server))
    response = server.get(f"/t/{kind}?log=error:why&die=500")
    record, = cases.new_records(server, before)
    assert response.status == 500
    assert response.text == (f"Reference {record['error']['id']} "
                             f"({record['errclarity']['family']})")
    assert cases.incident_id(response) == record["error"]["id"]
    assert record["errclarity"]["body"] == "errordocument"


@pytest.fixture(scope="module")
def plain(start):
    return start("""
ErrClarityStatus 4xx 5xx
<Location /small>
    LimitRequestBody 10
    SetHandler ecltest
</Location>
""")


@pytest.mark.parametrize("query", ["die=500", "status=500&body=none"])
@pytest.mark.parametrize("headers", [
    ["Range: bytes=0-9"], ["If-None-Match: *"],
    ["If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT"],
    ['If-Range: "x"', "Range: bytes=5-"], ['If-Match: "x"']])
def test_ranges_and_conditions(plain, headers, query):
    """A part of an error, or a 304 for one, would be nonsense."""
    args = [a for h in headers for a in ("-H", h)]
    response = plain.get(f"/ecltest?{query}&header=ETag:%22x%22", *args)
    assert response.status == 500, response
    cases.check_replaced(plain, response)
    for dead in ("ETag", "Content-Range", "Accept-Ranges", "Last-Modified"):
        assert response.header(dead) is None


@pytest.mark.parametrize("query", ["die=500", "status=500&body=none",
                                   "status=500&body=html"])
def test_head_is_get_without_a_body(plain, query):
    def same(response):
        return sorted((n, v) for n, v in response.headers
                      if n not in ("Date", "Error-Id"))
    get = plain.get(f"/ecltest?{query}")
    head = plain.get(f"/ecltest?{query}", "--head")
    assert head.status == get.status and not head.body
    if "html" not in query:  # httpd does not know a kept body's length
        assert [n for n, _ in same(head)] == [n for n, _ in same(get)]
        assert abs(int(head.header("Content-Length"))
                   - int(get.header("Content-Length"))) < 10


def test_expect_with_a_body_too_large(plain):
    response, = plain.raw(
        b"POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        b"Content-Length: 5000\r\nAccept: application/json\r\n\r\n")
    assert response.status == 413
    assert response.header("Connection") == "close"
    cases.incident_id(response)


GATEWAY = """
ErrClarityProxyStatus "edge one"
ProxyPass /b/ http://127.0.0.1:%d/ retry=0 disablereuse=on
ProxyPass /refused/ http://127.0.0.1:%d/ retry=0
ProxyPass /dns/ http://nonexistent.invalid/ retry=0
ProxyPass /unnamed/ http://127.0.0.1:%d/ retry=0
ProxyPass /behind/ http://127.0.0.1:%d/
<Location /unnamed>
    ErrClarityProxyStatus Off
</Location>
<Location /quiet>
    ErrClarity Log
</Location>
ProxyPass /quiet/ http://127.0.0.1:%d/ retry=0
ProxyTimeout 1
"""


@pytest.fixture(scope="module")
def gateway(start):
    behind = socket.create_server(("127.0.0.1", 0))

    def answer():
        conn, _ = behind.accept()
        with conn:
            conn.recv(65536)
            conn.sendall(backends.http_response(
                "503 No", b"", "Proxy-Status: inner; error=dns_error"))
    threading.Thread(target=answer, daemon=True).start()
    refused = backends.refused_port()
    with backends.Backend() as backend, behind:
        yield start(GATEWAY % (backend.port, refused, refused,
                               behind.getsockname()[1], refused),
                    modules=["mod_proxy", "mod_proxy_http"])


@pytest.mark.expect_log("AH0")
@pytest.mark.parametrize("path, member", [
    ("/refused/", '"edge one"; error=connection_refused'),
    ("/dns/", '"edge one"; error=dns_error'),
    ("/b/reset", '"edge one"; error=connection_terminated'),
    ("/b/silent", '"edge one"; error=connection_read_timeout'),
    ("/b/badheader", '"edge one"; error=http_protocol_error'),
    ("/b/json", '"edge one"; received-status=500'),
    ("/b/empty", '"edge one"; received-status=500'),
    ("/behind/", 'inner; error=dns_error, "edge one"; received-status=503'),
    ("/unnamed/", None), ("/quiet/", None), ("/b/ok", None),
    ("/ecltest?die=500", None)])
def test_proxy_status(gateway, path, member):
    response = gateway.get(path)
    assert ", ".join(response.all("Proxy-Status")) == (member or "")
    assert "127.0.0.1" not in (member or "")


@pytest.mark.parametrize("value", ['"a\tb"', '"k\u00e4se"'])
def test_proxy_status_refused(start, value):
    done = start.make(f"ErrClarityProxyStatus {value}").test_config()
    assert done.returncode != 0
    assert "ErrClarityProxyStatus: invalid value '" in done.stderr
    assert "Example: ErrClarityProxyStatus edge.example.com" in done.stderr
