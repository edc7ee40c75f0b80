# SPDX-License-Identifier: Apache-2.0
"""Templates of the server and of .htaccess: used, escaped, reloaded, and
replaced by the built-in answer when they cannot be used."""
import concurrent.futures
import os
import subprocess

import pytest

from helpers import bodies, cases, paths, server as servers

PAGE = """<!doctype html><title>{{title}}</title>
<p class="own">{{status}} {{incident}}</p>
{{#owner}}<b>{{cause_title}}</b>{{#facts}}<i>{{name}}={{value}}</i>{{/facts}}
{{/owner}}
{{#operator}}{{#evidence}}<pre>{{text}}</pre>{{/evidence}}{{/operator}}
<script type="application/problem+json">{{{json}}}</script>
"""
CONF = """
ErrClarityTemplate html {root}/tpl/page.html
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<Location /t/json>
    ErrClarityTemplate json tpl/error.json
</Location>
<Location /t/other>
    ErrClarityTemplate html tpl/other.html
</Location>
<Location /t/text>
    ErrClarityTemplate text tpl/text.txt
</Location>
<Location /t/owner>
    ErrClarityDetail owner
</Location>
<Location /t/operator>
    ErrClarityDetail operator
</Location>
<Location /t/bomb>
    ErrClarityTemplate html tpl/bomb.html
    ErrClarityDetail operator
</Location>
<Location /t/empty>
    ErrClarityTemplate html tpl/empty.html
</Location>
Alias /ht/ {root}/dirs/
<Directory {root}/dirs>
    AllowOverride FileInfo
    Options FollowSymLinks
    SetHandler ecltest
</Directory>
<Location /ht/later>
    ErrClarityTemplate html tpl/other.html
</Location>
"""
BOMB = "{{#operator.evidence}}" * 16 + "{{/operator.evidence}}" * 16
FILES = {
    "page.html": PAGE,
    "other.html": "other {{incident}}\n",
    "error.json": '{"error": {{{json}}}, "title": "{{title}}"}\n',
    "text.txt": "{{! first line }}\n{{title}}\n",
    "bomb.html": BOMB + "x",
    "empty.html": "\n {{#owner}}never{{/owner}}\n",
}
HTACCESS = {
    "own": "own.html",
    "below": "sub/own.html",
    "link-in": "link.html",
    "link-out": "link.html",
    "dir-out": "away/secret.html",
    "missing": "missing.html",
    "fifo": "fifo.html",
    "broken": "broken.html",
    "change": "change.html",
    "later": "own.html",
}
DIE = "?log=error:why&die=500"
SCRIPT = "?log=error:%3Cscript%3Ealert(1)%3C/script%3E%26%7B%7Btitle%7D%7D&die=500"
FLOOD = "?logflood=40&log=error:why&die=500"
TOLD = r"ECL0025.*built-in"
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]")


@pytest.fixture(autouse=True)
def bodies_of_the_site(monkeypatch):
    """A site's own template need not be what a built-in body is."""
    monkeypatch.setattr(bodies, "check", lambda response: response)


@pytest.fixture(scope="module")
def server(start):
    ready = start.make(CONF)
    (ready.root / "tpl").mkdir()
    for name, text in FILES.items():
        (ready.root / "tpl" / name).write_text(text)
    dirs = ready.root / "dirs"
    dirs.mkdir()
    (dirs / "secret.html").write_text("stolen {{incident}}\n")
    for name, path in HTACCESS.items():
        where = dirs / name
        (where / "sub").mkdir(parents=True)
        (where / ".htaccess").write_text(f"ErrClarityTemplate html {path}\n")
        (where / "own.html").write_text("tenant {{incident}}\n")
        (where / "sub" / "own.html").write_text("below {{incident}}\n")
        (where / "change.html").write_text("before {{incident}}\n")
        (where / "broken.html").write_text("\n{{#owner}}\n")
    (dirs / "link-in" / "link.html").symlink_to("sub/own.html")
    (dirs / "link-out" / "link.html").symlink_to("../secret.html")
    (dirs / "dir-out" / "away").symlink_to("..")
    os.mkfifo(dirs / "fifo" / "fifo.html")
    start.started.append(ready.start())
    return ready


def page(server, path, **kw):
    response = server.get(path, accept="text/html", **kw)
    assert cases.incident_id(response) in response.text
    return response


def test_template_of_the_server(server):
    response = page(server, "/t/x" + DIE)
    assert response.status == 500
    assert response.media_type == "text/html"
    assert int(response.header("Content-Length")) == len(response.body)
    assert f'<p class="own">500 {cases.incident_id(response)}</p>' \
        in response.text
    assert "<b>" not in response.text and "why" not in response.text
    record = cases.record_of(server, cases.incident_id(response))
    assert record["errclarity"]["format"] == "html"


def test_short_page_is_filled_up(server):
    """Browsers that replace error pages below 512 bytes leave it alone."""
    response = page(server, "/t/other" + DIE)
    assert response.text.rstrip("\n") \
        == f"other {cases.incident_id(response)}"
    assert len(response.body) == 512
    text = server.get("/t/text" + DIE, accept="text/plain")
    assert len(text.body) < 512, "other formats are left alone"


def test_place_and_format_choose(server):
    assert page(server, "/t/other" + DIE).text.startswith("other ")
    assert 'class="own"' not in server.get("/t/x" + DIE).text
    own = server.get("/t/json" + DIE)
    assert own.media_type == cases.PROBLEM
    assert own.json["error"]["status"] == 500
    assert own.json["title"] == own.json["error"]["title"]
    text = server.get("/t/text" + DIE, accept="text/plain")
    assert text.body.count(b"\n") == 1


def test_level_decides_what_exists(server):
    owner = page(server, "/t/owner" + DIE)
    assert "<b>" in owner.text and "<pre>" not in owner.text
    assert "<pre>why</pre>" in page(server, "/t/operator" + DIE).text


def test_hostile_text_stays_text(server):
    response = page(server, "/t/operator" + SCRIPT)
    assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;&amp;{{title}}</pre>" \
        in response.text
    assert "<script>" not in response.text


def test_htaccess(server):
    assert page(server, "/ht/own/x" + DIE).text.startswith("tenant ")
    assert page(server, "/ht/below/x" + DIE).text.startswith("below ")
    assert page(server, "/ht/link-in/x" + DIE).text.startswith("below ")


def test_section_that_comes_later_wins(server):
    assert page(server, "/ht/later/x" + DIE).text.startswith("other ")


@pytest.mark.parametrize("name, said", [
    ("link-out", "leads out of"), ("dir-out", "leads out of"),
    ("missing", "No such file"), ("fifo", "no ordinary file"),
    ("broken", "2: a section without its end"),
])
def test_unusable_template(server, expect_log, name, said):
    """The built-in page, and one line in the log however many requests."""
    expect_log(TOLD)
    for _ in range(3):
        response = page(server, f"/ht/{name}/x" + DIE)
        assert response.status == 500
        assert response.text.startswith("<!")
        assert "stolen" not in response.text
    lines = [line for line in server.error_log().splitlines()
             if "ECL0025" in line and f"/dirs/{name}/" in line]
    assert len(lines) == 1
    assert said in lines[0]


@pytest.mark.parametrize("path, said", [
    ("/t/bomb" + FLOOD, "too many turns"), ("/t/empty" + DIE, "empty answer")])
def test_unusable_result(server, expect_log, path, said):
    expect_log(TOLD)
    for _ in range(2):
        assert "<!" in page(server, path).text[:10]
    assert server.error_log().count(said) == 1


def test_reload(server, expect_log):
    """Changed, broken, repaired, removed, put back: each is noticed."""
    path = "/ht/change/x" + DIE
    file = server.root / "dirs" / "change" / "change.html"

    def answers(begin):
        return servers.wait_for(
            lambda: page(server, path).text.startswith(begin), begin)

    expect_log(TOLD)
    assert answers("before ")
    file.write_text("after {{incident}}\n")
    assert answers("after ")
    file.write_text("{{")
    assert answers("<!")
    other = file.with_suffix(".new")
    other.write_text("moved {{incident}}\n")
    other.rename(file)
    assert answers("moved ")
    file.unlink()
    assert answers("<!")
    file.write_text("back {{incident}}\n")
    assert answers("back ")


@pytest.mark.parametrize("line, said", [
    ("ErrClarityTemplate html ../up.html", "below this directory"),
    ("ErrClarityTemplate html a/../../up.html", "below this directory"),
    ("ErrClarityTemplate html /etc/passwd", "below this directory"),
    ("ErrClarityTemplate pdf x.html", "expected html"),
])
def test_htaccess_wrong(server, expect_log, line, said):
    expect_log(rf"\[core:alert\].*{said}")
    where = server.root / "dirs" / "wrong"
    where.mkdir(exist_ok=True)
    (where / ".htaccess").write_text(line + "\n")
    assert server.get("/ht/wrong/x").status == 500
    assert said in server.error_log()


@pytest.mark.parametrize("text, said", [
    ("a\n{{#b}}", "bad.html:2: a section without its end"),
    ("{{{title}}}", "bad.html:1: only safe values"),
    ("{{> head}}", "bad.html:1: no partials"),
    (None, "No such file"),
])
def test_config_test_finds_it(start, text, said):
    broken = start.make("# line\nErrClarityTemplate html bad.html")
    if text is not None:
        (broken.root / "bad.html").write_text(text)
    done = broken.test_config()
    assert done.returncode == 1
    assert said in done.stderr
    assert "httpd.conf" in done.stderr and "on line " in done.stderr


@pytest.mark.skipif(not paths.ROOT, reason="needs root")
def test_unreadable_for_httpds_user(start, expect_log):
    expect_log(TOLD)
    server = start.make("ErrClarityTemplate html page.html")
    (server.root / "page.html").write_text(PAGE)
    (server.root / "page.html").chmod(0o600)
    start.started.append(server.start())
    assert 'class="own"' not in page(server, "/ecltest" + DIE).text
    assert "Permission denied" in server.error_log()


def test_many_threads_one_template(start):
    """Parallel requests while the file changes: always a whole answer."""
    server = start.make("ErrClarityTemplate html page.html")
    file = server.root / "page.html"
    file.write_text("0 {{incident}}" + "." * 5000 + "end\n")
    start.started.append(server.start())
    for i in range(4):
        new = file.with_suffix(".new")
        new.write_text(f"{i} {{{{incident}}}}" + "." * 5000 + "end\n")
        new.rename(file)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for response in pool.map(
                    lambda _: server.get("/ecltest?die=500",
                                         accept="text/html"), range(24)):
                assert cases.incident_id(response) in response.text
                assert response.body.endswith(b".end\n")


@pytest.mark.parametrize("fmt, text, code, said", [
    ("html", PAGE, 0, ""), ("html", "a\n{{#b}}", 1, ":2: a section"),
    ("html", "<a title={{title}}>", 1, ":1: a value in a tag"),
    ("text", "<a title={{title}}>", 0, ""), ("pdf", "", 2, "pdf"),
    ("html", None, 2, "No such file")])
def test_the_command_checks(tmp_path, fmt, text, code, said):
    file = tmp_path / "x.html"
    if text is not None:
        file.write_text(text)
    done = subprocess.run([paths.BUILD / "errclarity", "template", "--check",
                           fmt, file], capture_output=True, text=True,
                          check=False)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_the_built_in_page_is_a_template(start, tmp_path):
    """What the command prints, used as a template, gives the same page."""
    done = subprocess.run([paths.BUILD / "errclarity", "template"],
                          capture_output=True, check=True)
    server = start.make("ErrClarityTemplate html page.html")
    (server.root / "page.html").write_bytes(done.stdout)
    start.started.append(server.start())
    own = page(server, "/ecltest" + DIE).text
    twin = start("")
    builtin = page(twin, "/ecltest" + DIE).text
    begin = "<main>"
    assert begin in own
    assert own.split(begin)[0] == builtin.split(begin)[0]
