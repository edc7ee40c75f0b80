# SPDX-License-Identifier: Apache-2.0
"""The format of an answer: Accept, then what the request tells, then order."""
import pytest

from helpers import cases, client

CONF = """
<Location /t>
    SetHandler ecltest
</Location>
Alias /ht {root}/dirs
<Directory {root}/dirs>
    AllowOverride FileInfo
    Require all granted
    SetHandler ecltest
</Directory>
<Directory {root}/variants>
    Options +MultiViews
    Require all granted
    AddLanguage de .de
    AddLanguage fr .fr
    LanguagePriority de fr
    ForceLanguagePriority Prefer Fallback
    AddType text/html .html
    AddHandler ecltest .html
</Directory>
Alias /variants {root}/variants
<IfModule errclarity_module>
    <Location /t/api>
        ErrClarityFormat json html
    </Location>
    <Location /t/one>
        ErrClarityFormat json
    </Location>
    <Location /t/page>
        ErrClarityFormat html text
    </Location>
</IfModule>
"""
DIE = "?die=500&log=error:why"
HTML, JSON, XML, TEXT, MARKDOWN = (
    "text/html", "application/problem+json", "application/problem+xml",
    "text/plain", "text/markdown")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]", r"AH00035|AH00037")


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_negotiation"])
    for name, text in (("ordered", "ErrClarityFormat markdown html"),
                       ("wrong", "ErrClarityFormat markdown pdf")):
        where = ready.root / "dirs" / name
        where.mkdir(parents=True)
        (where / ".htaccess").write_text(text + "\n")
        (where / "x").write_text("")
    where = ready.root / "variants"
    where.mkdir()
    for lang in ("de", "fr"):
        (where / f"page.html.{lang}").write_text("")
    return ready


def vary(response):
    return [f.strip() for v in response.all("Vary") for f in v.split(",")]


@pytest.mark.parametrize("path, fields, media", [
    # Accept decides, whatever else is said.
    ("/t/x.json", ["Accept: text/html", "Sec-Fetch-Dest: empty"], HTML),
    ("/t/x", ["Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
              "image/avif,*/*;q=0.8"], HTML),
    ("/t/x", ["Accept: application/json, text/javascript, */*; q=0.01",
              "X-Requested-With: XMLHttpRequest"], JSON),
    ("/t/x", ["Accept: application/json;q=0, text/markdown;q=0.1"], MARKDOWN),
    ("/t/x", ["Accept: text/html;q=1.5, application/xml;q=0.001"], XML),
    # The path.
    ("/t/x.json", ["Accept: */*"], JSON),
    ("/t/x.xml", ["Accept:"], XML),
    ("/t/x.txt", ["Accept: */*"], TEXT),
    ("/t/x.md", ["Accept: */*"], MARKDOWN),
    ("/t/x.html", ["Accept: */*"], HTML),
    ("/t/logo.png", ["Accept: image/avif,image/webp,*/*;q=0.8",
                     f"User-Agent: {BROWSER}"], TEXT),
    # What a browser says it wants the answer for.
    ("/t/x", ["Accept: */*", "Sec-Fetch-Dest: document"], HTML),
    ("/t/x", ["Accept: */*", "Sec-Fetch-Dest: iframe"], HTML),
    ("/t/x", ["Accept: */*", "Sec-Fetch-Dest: empty"], JSON),
    ("/t/x", ["Accept: */*", "Sec-Fetch-Dest: script"], TEXT),
    ("/t/x", ["Accept: */*", "Sec-Fetch-Mode: navigate"], HTML),
    ("/t/x", ["Accept: */*", "X-Requested-With: XMLHttpRequest",
              f"User-Agent: {BROWSER}"], JSON),
    ("/t/x", ["Accept: */*", "Content-Type: application/json"], JSON),
    ("/t/x", ["Accept: */*", "Content-Type: application/soap+xml; a=b"], XML),
    # curl -d, which always says so, means nothing by it.
    ("/t/x", ["Accept: */*",
              "Content-Type: application/x-www-form-urlencoded"], TEXT),
    ("/t/x", ["Accept: */*", f"User-Agent: {BROWSER}"], HTML),
    ("/t/x", ["Accept: */*", "User-Agent:"], TEXT),
    # An order of the administrator's.
    ("/t/api/x", ["Accept: */*"], JSON),
    ("/t/api/x", ["Accept: */*", f"User-Agent: {BROWSER}"], JSON),
    ("/t/api/x", ["Accept: */*", "Sec-Fetch-Dest: document"], HTML),
    ("/t/api/x", ["Accept: text/plain"], JSON),
    ("/t/page/x", ["Accept:"], HTML),
    ("/t/page/x", ["Accept: */*", "X-Requested-With: XMLHttpRequest"], HTML),
    ("/t/one/x.html", ["Accept: text/html"], JSON),
    ("/ht/ordered/x", ["Accept: */*"], MARKDOWN),
])
def test_format(server, path, fields, media):
    args = [a for f in fields for a in ("-H", f)]
    response = client.curl(server.url(path + DIE), *args)
    assert response.status == 500, "never a 406"
    assert response.media_type == media


def test_vary_names_what_was_looked_at(server):
    assert vary(server.get("/t/x" + DIE)) == ["Accept-Language", "Accept"]
    assert vary(server.get("/t/one/x" + DIE)) == ["Accept-Language"]
    looked = vary(server.get("/t/x" + DIE, "-H", "Sec-Fetch-Mode: navigate",
                             accept="*/*"))
    assert looked == ["Accept-Language", "Accept", "Sec-Fetch-Dest",
                      "Sec-Fetch-Mode"]
    looked = vary(server.get("/t/x" + DIE, accept="*/*"))
    assert looked == ["Accept-Language", "Accept", "Sec-Fetch-Dest",
                      "Sec-Fetch-Mode", "X-Requested-With", "Content-Type",
                      "User-Agent"]
    # Neither text nor json nor xml is on offer: nothing else can decide.
    looked = vary(server.get("/t/api/x" + DIE, accept="*/*"))
    assert "User-Agent" not in looked and "Accept" in looked


@pytest.mark.parametrize("accept", ["de", "tlh", None])
def test_beside_mod_negotiation(server, accept):
    """A variant that mod_negotiation chose fails: its Vary is kept, without a
    field twice, and where the client names no language of ours the variant's
    own counts."""
    args = ["-H", f"Accept-Language: {accept}"] if accept else []
    response = server.get("/variants/page" + DIE, *args, accept="text/html")
    assert response.status == 500
    assert response.media_type == HTML
    assert response.header("Content-Language") == "de"
    fields = [f.lower() for f in vary(response)]
    assert len(fields) == len(set(fields)), fields
    assert "accept-language" in fields and "accept" in fields


def test_wrong_htaccess(server, expect_log):
    expect_log(r"pdf")
    response = server.get("/ht/wrong/x" + DIE)
    assert response.status == 500
    record = cases.record_of(server, cases.incident_id(response))
    assert record["error"]["code"].startswith("config.")


def test_head(server):
    response = server.get("/t/x.json" + DIE, "-I", accept="*/*")
    assert response.media_type == JSON
    assert response.body == b""
