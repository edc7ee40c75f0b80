# SPDX-License-Identifier: Apache-2.0
"""The language of an answer: negotiation, built-in and operators' texts."""
import html.parser
import json
import pathlib
import shutil
import subprocess
import unicodedata

import pytest
import yaml



ROOT = pathlib.Path(__file__).resolve().parents[2]
TAGS = sorted(p.stem for p in (ROOT / "src/data/messages").glob("*.yaml"))
HINTS = sorted(p.stem for p in (ROOT / "src/data/hints").glob("*.yaml"))
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
<Location /t/prefer>
    SetEnv prefer-language de
</Location>
<Location /t/resource>
    DefaultLanguage de
</Location>
<IfModule errclarity_module>
    <Location /t/owner>
        ErrClarityDetail owner
    </Location>
    <Location /t/two>
        ErrClarityLanguage de en
    </Location>
    <Location /t/one>
        ErrClarityLanguage de
    </Location>
    <Location /t/words>
        ErrClarityMessage 500 "Any title"
        ErrClarityMessage 500 lang=de "Unser Titel" "Unser Text"
        ErrClarityMessage 500 lang=cy "Ein teitl" "Ein testun"
        ErrClarityMessage 404 lang=gd "Tiotal"
    </Location>
    <Location /t/words/two>
        ErrClarityLanguage en de
    </Location>
</IfModule>
"""
DIE = "?die=500&log=error:why"
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]")


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF)
    for name, text in (("fine", "ErrClarityLanguage de"),
                       ("unknown", "ErrClarityLanguage tlh")):
        where = ready.root / "dirs" / name
        where.mkdir(parents=True)
        (where / ".htaccess").write_text(text + "\n")
        (where / "x").write_text("")
    return ready


def ask(server, path, accept_language=None, **kw):
    args = ["-H", f"Accept-Language: {accept_language}"] \
        if accept_language else []
    return server.get(path, *args, **kw)


def texts(tag, kind="messages"):
    return yaml.load((ROOT / f"src/data/{kind}/{tag}.yaml").read_text("utf-8"),
                     Loader=yaml.BaseLoader)


class Page(html.parser.HTMLParser):
    """Elements are closed in order; what the root and headings say."""
    VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}

    def __init__(self, text):
        super().__init__()
        self.open, self.root, self.seen, self.text = [], {}, [], ""
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        names = [n for n, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> {names}"
        if tag == "html":
            self.root = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}>"

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("tag", TAGS)
def test_page_of_each_language(server, tag):
    for status in (404, 500, 503):
        response = ask(server, f"/t/x?die={status}&log=error:why", tag,
                       accept="text/html")
        if status == 404:
            continue  # counts as no failure here
        page = Page(response.text)
        want = texts(tag)["status"][str(status)]
        assert page.root["lang"] == tag
        assert page.root.get("dir", "ltr") == texts(tag)["dir"]
        assert page.seen.count("h1") == 1
        assert want["title"] in page.text
        assert want["advice"][0] in page.text
        assert response.header("Content-Language") == tag
        assert len(response.body) <= 8192, len(response.body)
        assert unicodedata.is_normalized("NFC", response.text)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("media", ["application/problem+json",
                                   "application/problem+xml", "text/plain",
                                   "text/markdown"])
def test_other_formats(server, tag, media):
    response = ask(server, "/t/x" + DIE, tag, accept=media)
    assert response.media_type == media
    title = texts(tag)["status"]["500"]["title"]
    if media == "application/problem+json":
        assert response.json["title"] == title
    elif media != "text/markdown":
        assert title.replace("'", "&#39;") in response.text \
            or title.replace("'", "&apos;") in response.text \
            or title in response.text
    assert response.header("Content-Language") == tag


@pytest.mark.parametrize("path, accept, tag", [
    ("/t/x", None, "en"),
    ("/t/x", "de-CH", "de"),
    ("/t/x", "xx, de;q=0.1", "de"),
    ("/t/x", "en;q=0.1, de;q=0.2", "de"),
    ("/t/x", "tlh", "en"),
    ("/t/x", "de;q=2, en;q=0.1", "en"),
    ("/t/prefer", "en", "de"),
    ("/t/resource/x.txt", None, "de"),
    ("/t/resource/x.txt", "tlh", "de"),
    ("/t/resource/x.txt", "en", "en"),
    ("/t/two", None, "de"),
    ("/t/two", "en-GB", "en"),
    ("/t/two", "fr", "de"),
    ("/t/two", "de;q=0", "en"),
    ("/t/one", "en", "de"),
    ("/ht/fine/x", "en", "de"),
])
def test_choice(server, path, accept, tag):
    response = ask(server, path + DIE, accept)
    assert response.header("Content-Language") == tag
    varies = "Accept-Language" in ",".join(response.all("Vary"))
    assert varies == (path not in ("/t/one", "/ht/fine/x"))


def test_unknown_language_in_htaccess(server, expect_log):
    expect_log("tlh")
    response = ask(server, "/ht/unknown/x" + DIE)
    assert response.status == 500


def test_own_words(server):
    def title(accept, path="/t/words"):
        response = ask(server, path + DIE, accept)
        return response.json["title"], response.header("Content-Language")

    assert title("de-AT") == ("Unser Titel", "de")
    assert title("en") == ("Any title", "en")
    # Words in a language that has no texts.
    assert title("cy, en") == ("Ein teitl", "cy, en")
    # Those about another failure are no offer.
    assert title("gd, de;q=0.5") == ("Unser Titel", "de")
    assert title("cy, de;q=0.5", "/t/words/two") == ("Unser Titel", "de")


@pytest.mark.parametrize("tag", HINTS)
def test_hints_of_each_language(server, tag):
    response = ask(server, "/t/owner" + DIE, tag)
    own = texts(tag, "hints")["causes"][response.json["code"]]
    assert response.json["cause"] == own["title"] \
        or own["title"] in json.dumps(response.json, ensure_ascii=False)
    assert set(response.json["hints"]) <= set(own["hints"])


def test_hints_in_english_where_not_translated(start, scratch):
    tag = scratch / "cy.yaml"
    tag.write_text(WELSH)
    ready = start(CONF + f"ErrClarityMessages {tag}\n")
    english = ask(ready, "/t/owner" + DIE, "en").json
    welsh = ask(ready, "/t/owner" + DIE, "cy").json
    assert welsh["title"] == "Aeth rhywbeth o'i le"
    assert welsh["hints"] == english["hints"]


WELSH = """
lang: cy
class:
  4xx: {title: Na, text: Ni all y gweinydd ateb y cais hwn.}
  5xx: {title: "Aeth rhywbeth o'i le", text: Mae gan y wefan broblem.}
"""


def test_operators_texts(start, scratch):
    """A directory: a language more, and an entry replaced."""
    where = scratch / "texts"
    where.mkdir()
    (where / "cy.yaml").write_text(WELSH)
    (where / "own.yaml").write_text(
        "lang: de\nstatus:\n  500: {title: Ganz anders, text: Neuer Text.}\n"
        "causes:\n  unknown.no-evidence:\n    title: A\n    message: B\n"
        "    hints: [Rufen Sie an., Zwei., Drei., Vier.]\n")
    (where / "README").write_text("not read")
    ready = start(CONF + f"ErrClarityMessages {where}\n"
                  "<Location /t/cy>\nErrClarityLanguage cy en\n</Location>\n")
    response = ask(ready, "/t/cy" + DIE)
    assert response.json["title"] == "Aeth rhywbeth o'i le"
    assert response.header("Content-Language") == "cy"
    german = ask(ready, "/t/owner" + DIE, "de").json
    assert german["title"] == "Ganz anders"
    assert "Zwei." in german["hints"]
    # What the file does not mention stays.
    assert ask(ready, "/t/x?die=503&log=error:why", "de").json["title"] \
        == texts("de")["status"]["503"]["title"]


@pytest.mark.parametrize("text, line, said", [
    ("lang: de\nstatus:\n  200x: {title: a, text: b}\n", 3, "200x"),
    ("lang: de\nstatus:\n  500: {title: a}\n", 3, "title and text"),
    ("lang: de\nwords:\n  nonsense: a\n", 3, "nonsense"),
    ("lang: de\nwords:\n  subject: \"Nr. {id}\"\n", 3, "{reference}"),
    ("lang: de\ncauses:\n  cgi.nonsense: {title: a, message: b}\n", 3,
     "no such cause"),
    ("lang: de\ncauses:\n  unknown.no-evidence:\n    title: a\n"
     "    message: b\n    hints: [c]\n", 3, "1 hints, expected 4"),
    ("lang: cy\n", 1, "class 4xx"),
    ("lang: d e\n", 1, "lang"),
    ("lang: de\n  x: [\n", 2, ""),
])
def test_wrong_files_are_explained(start, scratch, text, line, said):
    path = scratch / "broken.yaml"
    path.write_text(text)
    done = start.make(f"ErrClarityMessages {path}").test_config()
    assert done.returncode == 1, "httpd -t took it"
    assert "ErrClarityMessages" in done.stderr
    assert f"{path}:{line}:" in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("line, said", [
    ("ErrClarityLanguage", "expected languages"),
    ("ErrClarityLanguage de_DE", "de_DE"),
    ("ErrClarityLanguage de DE", "twice"),
    ("ErrClarityLanguage tlh", "en de"),
    ("ErrClarityMessages /nowhere", "/nowhere"),
    ("ErrClarityMessage 500 lang=d \"a\"", "lang= with a tag"),
    ("<Directory />\nErrClarityMessages x\n</Directory>", "ErrClarityMessages"),
])
def test_wrong_directives(start, line, said):
    done = start.make(line).test_config()
    assert done.returncode == 1, "httpd -t took it"
    assert "ErrClarity" in done.stderr
    if said != "en de":
        assert said in done.stderr
    else:
        for tag in TAGS:
            assert tag in done.stderr


# -- tools/check-languages can fail ------------------------------------------


@pytest.fixture(scope="module")
def tree(scratch_module):
    for part in ("tools", "src/data"):
        shutil.copytree(ROOT / part, scratch_module / part)
    return scratch_module


@pytest.fixture(scope="module")
def scratch_module(tmp_path_factory):
    return tmp_path_factory.mktemp("languages")


def check_languages(tree, tag):
    return subprocess.run(
        ["/usr/bin/python3", tree / "tools/check-languages", tag],
        capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind, old, new, said", [
    ("messages", "{seconds}", "{sekunden}", "placeholder {seconds}"),
    ("messages", "  reference:", "  referenz:", '"reference" is missing'),
    ("messages", "\n  404:", "\n  499:", 'status: "404" is missing'),
    ("messages", "dir: ltr", "dir: rtl", "does not fit the script"),
    ("messages", "lang: de", "lang: fr", "as the file is named"),
    ("messages", "  time: Zeit", "  time: Ze\u202eit", "U+202E"),
    ("messages", "  time: Zeit", "  time: Zeit\u0308", "NFC"),
    ("messages", "  time: Zeit", "  reference: Zeit", "there twice"),
    ("hints", "\n  upstream.dns:", "\n  upstream.dnx:",
     "upstream.dns: is missing"),
    ("hints", "{line? in Zeile {line}}", "in Zeile {line}",
     "placeholder {line?...}"),
    ("hints", "FcgidIOTimeout", "FcgidZeitlimit", "must stay as it is"),
    ("hints", '      - "Nur der Hoster oder der Betreiber des Backends kann '
     'das beheben."\n', "", "2 hints, in English 3"),
])
def test_check_languages_finds(tree, kind, old, new, said):
    path = tree / "src/data" / kind / "de.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    try:
        done = check_languages(tree, "de")
    finally:
        path.write_text(text, "utf-8")
    assert done.returncode == 1
    assert said in done.stderr
    assert f"src/data/{kind}/de.yaml:" in done.stderr


def test_check_languages_is_content(tree):
    done = check_languages(tree, "de")
    assert done.returncode == 0, done.stderr
