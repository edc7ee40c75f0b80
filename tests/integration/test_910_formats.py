# SPDX-License-Identifier: Apache-2.0
"""One contract, five formats: they say the same in the same order, and are
valid whatever bytes came in. That every other body of every other test is
valid, too, helpers/bodies.py sees to."""
import base64
import hashlib
import json
import os
import types
import urllib.parse

import pytest

from helpers import bodies, client, manual, paths

DATABASE = ("PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] "
            "Connection refused in /srv/www/shop/db.php:17")
HOSTILE = ("<script>alert(1)</script> [a](http://x.example/) ![i](//x/) "
           "<http://y.example/> # h `c` *b* _e_ ]]> &amp; \\ | ~~~ \" ' "
           "\x1b]0;x\x07 \xc2\x85")
UNITS = ["<", "&", '"', "]]>", "\x01", "\xff", "`*_[", "</script>", "\x1b[2J",
         "- ", "# ", "1. ", "    ", "---\n", "\xe2\x80\xae", "{{title}}"]

CONF = """
<LocationMatch "^/(visitor|owner|operator|plain|long)/">
    SetHandler ecltest
    ErrClarityContact mailto:help@shop.example
</LocationMatch>
<Location /owner/>
    ErrClarityDetail owner
</Location>
<Location /operator/>
    ErrClarityDetail operator
</Location>
<Directory "{{root}}/htdocs/changed">
    AllowOverride All
</Directory>
<Location /changed/>
    ErrClarityDetail operator
</Location>
<Location /plain/>
    ErrClarityDetail operator
    ErrClarityContact "# Call <Ann> [now](http://x.example/)"
    ErrClarityMessage 500 "1. *Closed* <b>" "- it & [that](javascript:x)"
</Location>
<Location /long/>
    ErrClarityContact "{contact}"
    ErrClarityMessage 500 "{title}" "{text}"
</Location>
""".format(contact="c" * 900, title="\u0915" * 190, text="&" * 990)

pytestmark = pytest.mark.expect_log(r"\[ecltest:\w+\]", "AH", "Nonsense")


@pytest.fixture(scope="module")
def server(start):
    return start(CONF)


def fail(level, *messages, status=500):
    said = "".join("&log=error:" + urllib.parse.quote(m.encode("latin-1"))
                   for m in messages)
    return f"/{level}/x?errno=111{said}&die={status}"


def known(found, response):
    """Contents without what differs from one incident to the next and what
    the format leaves out; a page shows the address of a mailto URI."""
    left_out = bodies.LEFT_OUT[response.media_type]
    return [(name, "-" if name in ("incident", "timestamp", "instance")
             else value.removeprefix("mailto:"))
            for name, value in found if name not in left_out]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("messages", [
    (), (DATABASE,), (HOSTILE,), (DATABASE, HOSTILE, "a\nb\n\tc\nd")],
    ids=["none", "database", "hostile", "lines"])
@pytest.mark.parametrize("level", ["visitor", "owner", "operator", "plain"])
def test_same_content_in_the_same_order(server, level, messages, status):
    path = fail(level, *messages, status=status)
    whole = server.get(path, accept=bodies.JSON)
    expected = bodies.contents(whole)
    assert len(expected) > 7
    for accept in bodies.FORMATS:
        response = server.get(path, accept=accept)
        assert response.media_type == accept
        assert (known(bodies.contents(response), response)
                == known(expected, response))


def test_same_changes(server):
    """A file that changed just before it failed."""
    site = server.root / "htdocs" / "changed"
    site.mkdir()
    (site / ".htaccess").write_text("Nonsense on\n")
    expected = bodies.contents(server.get("/changed/"))
    assert "changes" in [name for name, _ in expected]
    for accept in bodies.FORMATS:
        response = server.get("/changed/", accept=accept)
        assert (known(bodies.contents(response), response)
                == known(expected, response))


@pytest.mark.parametrize("level", ["visitor", "operator", "long"])
@pytest.mark.parametrize("unit", UNITS, ids=range(len(UNITS)))
def test_valid_whatever_came_in(server, level, unit):
    """client.curl() checks each body; here it must also be within limits."""
    for accept in bodies.FORMATS:
        for times in (1, 60, 2000 // len(unit)):
            response = server.get(fail(level, unit * times), accept=accept)
            assert bodies.is_ours(response)
            assert len(response.body) <= (
                bodies.BODY_MAX if level == "operator" else
                bodies.VISITOR_MAX)


def test_page_holds_the_problem(server):
    """The data block is the problem+json answer."""
    page = server.get(fail("operator", HOSTILE), accept=bodies.HTML)
    block, = bodies.data_blocks(page.text)
    problem = json.loads(block)
    assert problem["incident"] == page.header("Error-Id")
    assert "<script>alert(1)" in problem["evidence"][0]["message"]
    twin = server.get(fail("operator", HOSTILE)).json
    assert list(problem) == list(twin)


def test_page_names_nothing_else(server):
    """No address besides the site's own contact, no handler, no script."""
    text = server.get(fail("visitor"), accept=bodies.HTML).text
    for word in ("http:", "https:", "url(", "@import", "src=", "onload",
                 "style=", "javascript"):
        assert word not in text
    assert text.count("<script") == 1
    for name, content in (("robots", "noindex"), ("referrer", "no-referrer"),
                          ("color-scheme", "light dark")):
        assert f'<meta name="{name}" content="{content}">' in text


def test_mail_carries_the_reference(server):
    response = server.get(fail("visitor"), accept=bodies.HTML)
    tree = bodies.library("html5lib").parse(
        response.text, namespaceHTMLElements=False)
    href = tree.find(".//a").get("href")
    assert all(0x20 < ord(c) < 0x7f for c in href)
    uri = urllib.parse.urlsplit(href)
    fields = urllib.parse.parse_qs(uri.query, strict_parsing=True)
    assert (uri.scheme, uri.path) == ("mailto", "help@shop.example")
    assert response.header("Error-Id") in fields["subject"][0]
    assert response.header("Error-Id") in fields["body"][0]
    assert tree.find(".//time").get("datetime") in fields["body"][0]


def test_hash_of_the_style_sheet(server):
    """The hash that the manual names is that of the page's style element."""
    text = server.get(fail("owner"), accept=bodies.HTML).text
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = hashlib.sha256(style.encode()).digest()
    manual = (paths.REPO / "docs" / "problem.md").read_text("utf-8")
    assert f"'sha256-{base64.b64encode(digest).decode()}'" in manual


def test_examples_of_the_manual(server):
    """docs/problem.md shows what the server answers. To renew it:
    ERRCLARITY_WRITE_MANUAL=1 pytest -k examples_of_the_manual"""
    answers = {(level, name): server.get(fail(level, DATABASE), accept=media)
               for level in manual.LEVELS
               for name, media in manual.NAMES.items()}
    have = manual.PAGE.read_text("utf-8")
    new = manual.updated(have, answers)
    assert have.count("<!-- end -->") >= len(manual.NAMES) + 1
    if os.environ.get("ERRCLARITY_WRITE_MANUAL"):
        manual.PAGE.write_text(new, "utf-8")
    else:
        assert have == new


JSON_BODY = {"type": "about:blank", "title": "T", "status": 500,
             "detail": "D", "incident": "05V30-0123456Z",
             "timestamp": "2026-07-01T12:00:00Z", "code": "app",
             "instance": "urn:errclarity:incident:05V30-0123456Z"}


def dumps(problem):
    return json.dumps(problem, separators=(",", ":"))


XML = '<?xml version="1.0"?>\n<problem xmlns="urn:ietf:rfc:7807"'
PAGE = '<!DOCTYPE html>\n<html lang="en" dir="ltr">\n<title>x</title><p>x'


def body(kind, data):
    return client.Response(200, "", "", [
        ("Content-Type", kind), ("Cache-Control", "no-store"),
        ("Error-Id", "05V30-0123456Z")], data.encode())


@pytest.mark.parametrize("kind, data", [
    (bodies.JSON, '{"type":'),
    (bodies.JSON, dumps({**JSON_BODY, "unknown": 1})),
    (bodies.JSON, dumps({**JSON_BODY, "status": "500"})),
    (bodies.JSON, '{"type":"a","type":"b"}'),
    (bodies.XML, XML + "/>"), (bodies.XML, XML + ">"),
    (bodies.HTML, PAGE + "</div>" + " " * 600), (bodies.HTML, PAGE),
    (bodies.MARKDOWN, "# a\n\n[x](http://y)\n"),
    (bodies.MARKDOWN, "# a\n\n<b>x</b>\n"),
    (bodies.MARKDOWN, "# a\n\n# b\n"),
    (bodies.TEXT, "a\x1b[1m"), (bodies.TEXT, "a\u0085"),
])
def test_bad_body_is_noticed(kind, data):
    with pytest.raises(Exception):
        bodies.check(body(kind, data))
    assert bodies.check(body(bodies.JSON, dumps(JSON_BODY)))


def test_other_bodies_are_not_looked_at():
    other = types.SimpleNamespace(media_type=bodies.JSON, body=b"{",
                                  header=lambda name: None)
    assert bodies.check(other) is other
