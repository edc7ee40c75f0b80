# SPDX-License-Identifier: Apache-2.0
"""Hostile bytes in all that a client, a script or a file system chooses: each
body stays valid in its format and says what it would say without them, no
header or line is split."""
import html.parser
import json
import os
import re
import urllib.parse
import xml.etree.ElementTree

import pytest

from helpers import cases

CONF = """
ErrClarityStatus 4xx 5xx
ErrClarityDetail operator
ScriptAlias /cgi/ {root}/cgi/
Alias /files/ {root}/htdocs/
<Location /t>
    SetHandler ecltest
</Location>
LogFormat "%{id}^EC %{code}^EC %{title}^EC" ours
CustomLog {root}/out/ours.log ours
"""
FORMATS = ("text/html", "application/problem+json", "application/problem+xml",
           "text/plain", "text/markdown")

# What would act in one of the formats if it got there as it is.
HOSTILE = {
    "html": b"</p></pre></script><script>EVIL()</script><img src=x "
            b"onerror=EVIL()>",
    "attribute": b"\" onload=\"EVIL()\" ' onload='EVIL()' x=\"",
    "xml": b"]]></detail><EVIL/>&EVIL;<!ENTITY EVIL SYSTEM 'file:///x'><?EVIL?>",
    "json": b"\",\"EVIL\":\"x\\\",\"EVIL\":[{",
    "markdown": b"\n# EVIL\n[EVIL](javascript:EVIL()) ![EVIL](http://e/)\n"
                b"```\nEVIL\n```\n<EVIL>",
    "terminal": b"\x1b]0;EVIL\x07\x1b[31mEVIL\x1b[2J\x9b31m\x08\x08\x07\x0c",
    "lines": b"a\r\nX-Evil: EVIL\r\n\r\nHTTP/1.1 200 OK\r\n\n[x] [core:error] "
             b"EVIL",
    "utf8": b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 \xe2\x80\xae\xef"
            b"\xbf\xbf \xc3",
    "template": b"{{EVIL}} {{{EVIL}}} {host} {file|EVIL} %{ERRCLARITY_ID} %s%n",
    "nul": b"a\x00b\x01\x02\x7f\x80\x9f",
}


class Page(html.parser.HTMLParser):
    """The elements and attributes of a page, and whether they nest."""
    VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.seen, self.attributes = [], set(), set()
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()


def check_body(response, clean):
    """The body against that of the same failure without hostile bytes."""
    text = response.body.decode("utf-8")
    kind = response.media_type
    control = re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert not control, f"{kind}: control characters {control}"
    assert len(response.body) == int(response.header("Content-Length"))
    if kind == "text/html":
        have, want = Page(text), Page(clean.text)
        extra = {"ul", "li", "ol", "dl", "dt", "dd", "pre", "code", "p", "h2",
                 "h3", "details", "summary", "section", "div", "span", "a"}
        assert have.seen <= want.seen | extra, have.seen - want.seen
        assert have.seen >= {"html", "head", "title", "body"}
        assert not [a for a in have.attributes if a.startswith("on")]
        assert have.attributes <= want.attributes | {"class", "href", "id",
                                                     "open", "lang", "dir"}
    elif kind.endswith("json"):
        assert set(response.json) <= set(clean.json) | {
            "facts", "hints", "evidence", "probes", "recent_changes",
            "alternatives", "cause", "retry_after", "retryable"}
    elif kind.endswith("xml"):
        root = xml.etree.ElementTree.fromstring(response.body)
        names = {element.tag for element in root.iter()}
        assert not [name for name in names if "EVIL" in name]
        assert "<!" not in text and "<?EVIL" not in text
    elif kind == "text/markdown":
        # Log text stands in indented code, a block after a heading.
        outside = re.sub(r"(?m)(?<=\n\n)(?: {4}.*\n)+", "", text)
        outside = re.sub(r"(`+)[^`].*?\1", "", outside)
        assert not re.search(r"(?m)^\s{0,3}#+ EVIL", outside), outside
        assert not re.search(r"(?<!\\)\[EVIL(?<!\\)\]\(", outside), outside
        assert not re.search(r"(?<!\\)<(EVIL|script|img)", outside), outside


def check_head(response):
    names = {name.lower() for name, _ in response.headers}
    assert "x-evil" not in names
    assert response.status in (400, 403, 404, 500, 502, 503)
    for name, value in response.headers:
        assert "EVIL" not in name + value or name == "Location", (name, value)
    assert not re.search(r"[\r\n\x00\x1b]", repr(response.headers)
                         .encode().decode("unicode_escape"))


@pytest.fixture(scope="module")
def server(start):
    return start(CONF, modules=["mod_cgi"])


@pytest.fixture(scope="module")
def clean(server):
    """The same failure, told by a decent program."""
    return {accept: server.get("/t?log=error:fine&die=500", accept=accept)
            for accept in FORMATS}


def check_records(server):
    data = server.records_path.read_bytes()
    for line in data.splitlines():
        record = json.loads(line)
        assert "EVIL" not in record and "EVIL" not in record["errclarity"]
        assert not re.search(rb"[\x00-\x1f\x7f]", line)
    for line in server.error_log().splitlines():
        if "errclarity:" in line:
            assert line.startswith("["), line
    for line in (server.root / "out" / "ours.log").read_text().splitlines():
        assert re.match(r"(-|[0-9A-Z]{5}-[0-9A-Z]{8}) ", line), line


@pytest.mark.expect_log(r"\[ecltest:", "AH0", "")
@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("what", HOSTILE)
def test_messages(server, clean, what, accept):
    response = server.get(f"/t?bytes={HOSTILE[what].hex()}&die=500",
                          accept=accept)
    check_head(response)
    check_body(response, clean[accept])
    check_records(server)


@pytest.mark.expect_log("")
@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_client_says(server, clean, what, accept):
    """Path, query, and the bytes of headers that a server lets through."""
    raw = HOSTILE[what]
    path = "/none/" + urllib.parse.quote(raw.replace(b"\x00", b"").replace(
        b"/", b"|"))
    response = server.get(path + "?q=" + urllib.parse.quote(raw),
                          accept=accept)
    check_head(response)
    check_body(response, clean[accept])
    line = re.sub(rb"[\x00-\x1f\x7f]", b" ", raw)
    found = server.raw(
        b"GET /t?die=500&log=error:x HTTP/1.1\r\nHost: test.example\r\n"
        b"Accept: " + accept.encode() + b"\r\nUser-Agent: " + line
        + b"\r\nReferer: " + line + b"\r\nX-Request-ID: " + line
        + b"\r\nConnection: close\r\n\r\n")
    assert len(found) == 1, "one response"
    check_head(found[0])
    check_body(found[0], clean[accept])
    check_records(server)


@pytest.mark.expect_log("")
@pytest.mark.parametrize("host", [
    b"<script>EVIL()</script>", b"a\"EVIL", b"EVIL\x1b[0m", b"a\tEVIL",
    b"[EVIL", b"\xffEVIL", b"EVIL:99999999"])
def test_host(server, clean, host):
    for accept in FORMATS:
        found = server.raw(
            b"GET /none HTTP/1.1\r\nHost: " + host + b"\r\nAccept: "
            + accept.encode() + b"\r\nConnection: close\r\n\r\n")
        assert len(found) == 1
        check_head(found[0])
        if found[0].media_type in FORMATS:
            check_body(found[0], clean[found[0].media_type])
    check_records(server)


@pytest.mark.expect_log("")
@pytest.mark.parametrize("accept", FORMATS)
def test_scripts_and_file_names(server, clean, accept):
    """What a script says on its way out, in a file whose name is hostile."""
    name = "x\n<script>EVIL()<|script>\x1b[31m&\"'`.cgi"
    path = server.root / "cgi" / name
    path.write_bytes(b"#!/usr/bin/python3\nimport sys\nsys.stderr.buffer.write("
                     + repr(b"\n".join(HOSTILE.values())).encode() + b")\n")
    path.chmod(0o755)
    response = server.get("/cgi/" + urllib.parse.quote(name), accept=accept)
    assert response.status in (404, 500)
    check_head(response)
    check_body(response, clean[accept])
    plain = server.root / "cgi" / "hostile.cgi"
    plain.write_bytes(path.read_bytes())
    plain.chmod(0o755)
    os.chmod(path, 0o644)
    for url in ("/cgi/hostile.cgi", "/cgi/" + urllib.parse.quote(name)):
        response = server.get(url, accept=accept)
        check_head(response)
        check_body(response, clean[accept])
    check_records(server)


@pytest.mark.expect_log("")
@pytest.mark.parametrize("value", [
    "120", "-1", "99999999999999999999", "EVIL", "1%0d%0aX-Evil:%20EVIL",
    "Sun,%2006%20Nov%201994%2008:49:37%20GMT", "1;EVIL", "%00", "0x10"])
@pytest.mark.parametrize("where", ["header", "errheader"])
def test_headers_of_the_application(server, clean, where, value):
    """Retry-After stays as the application said it and, when it is a number,
    stands in the body; httpd refuses to send what would split a header."""
    response = server.get(f"/t?status=503&body=none&{where}=Retry-After:"
                          + value)
    names = {name.lower() for name, _ in response.headers}
    assert "x-evil" not in names
    assert response.status in (500, 503)
    check_body(response, clean["application/problem+json"])
    if value == "120":
        assert response.json["retry_after"] == 120
    else:
        assert isinstance(response.json.get("retry_after", 0), int)
        assert response.json.get("retry_after") != 16
    check_records(server)
