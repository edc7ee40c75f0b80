# SPDX-License-Identifier: Apache-2.0
"""Bodies of ours: valid in their format, and what they say as a list.

Every response that a test receives goes through check(); contents() makes the
five formats comparable. Written apart from the renderers: it reads what they
wrote with parsers of others."""
import functools
import importlib
import json
import re

import jsonschema
import yaml

from . import paths

JSON = "application/problem+json"
XML = "application/problem+xml"
TEXT = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
FORMATS = (HTML, JSON, XML, TEXT, MARKDOWN)
VISITOR_MAX = 8192
BODY_MAX = 65536
NAMESPACE = "{urn:ietf:rfc:7807}"

# What no body of ours holds: control characters but newline and tab.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# Members that a format for people does not repeat: they are addresses, or
# stand there once under another name. A page has them in its data block.
LEFT_OUT = {HTML: {"type", "code", "instance"},
            TEXT: {"type", "cause.code"}, MARKDOWN: {"type", "cause.code"},
            JSON: {"type"}, XML: {"type"}}


def library(name):
    """A parser of the distribution; None when it is not here."""
    try:
        return importlib.import_module(name)
    except ImportError:
        assert not paths.REQUIRE_ALL, f"{name} is missing"
        return None


@functools.lru_cache(maxsize=None)
def schema():
    text = (paths.REPO / "docs" / "problem.schema.json").read_text("utf-8")
    cls = jsonschema.Draft202012Validator
    cls.check_schema(json.loads(text))
    return cls(json.loads(text), format_checker=jsonschema.FormatChecker())


@functools.lru_cache(maxsize=None)
def relaxng():
    etree = library("lxml.etree")
    return etree and etree.RelaxNG(
        etree.parse(str(paths.REPO / "docs" / "problem.rng")))


def once(pairs):
    """For json.loads: a name twice is an error."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"a name twice in {names}"
    return dict(pairs)


def check_json(text):
    problem = json.loads(text, object_pairs_hook=once)
    wrong = [f"{e.json_path}: {e.message[:300]}"
             for e in schema().iter_errors(problem)]
    assert not wrong, f"JSON against the schema: {wrong}\n{text}"


def check_xml(text):
    if not relaxng():
        return
    tree = library("lxml.etree").fromstring(text.encode())
    assert relaxng().validate(tree), f"{relaxng().error_log}\n{text}"


def check_html(text):
    html5lib = library("html5lib")
    if html5lib:
        html5lib.HTMLParser(strict=True).parse(text)
    assert len(text.encode()) >= 512
    for block in data_blocks(text):
        check_json(block)


def check_text(text):
    assert "\t" not in text


def check_markdown(text):
    """No text became a link, an image or HTML; one title, the first block."""
    if not library("markdown_it"):
        return
    tokens = parse_markdown(text)
    kinds = [t.type for t in every(tokens)]
    for kind in ("html_block", "html_inline", "link_open", "image", "fence"):
        assert kind not in kinds, f"{kind} in:\n{text}"
    assert [t.tag for t in tokens if t.type == "heading_open"].count("h1") == 1
    assert tokens[0].tag == "h1", text


CHECKS = {JSON: check_json, XML: check_xml, HTML: check_html,
          TEXT: check_text, MARKDOWN: check_markdown}


# How built-in bodies begin; a site's own template may be anything.
BEGIN = {HTML: rb'<!DOCTYPE html>\n<html lang="[\w-]+" dir="(ltr|rtl)">\n',
         JSON: rb'\{"type":', XML: rb"<\?xml [^>]*>\n<problem ",
         TEXT: b"", MARKDOWN: b"# "}


def is_ours(response):
    """Whether the body is one that the module wrote, in its own form."""
    return (response.media_type in CHECKS and response.body
            and re.match(BEGIN[response.media_type], response.body)
            and response.header("Error-Id")
            and response.all("Cache-Control") == ["no-store"]
            and not response.all("Content-Encoding")
            and response.exit_code == 0)


def check(response):
    """Assert that a body of ours is what its media type says."""
    if not is_ours(response):
        return response
    text = response.body.decode("utf-8")
    assert not CONTROL.search(text), f"control characters in {text!r}"
    assert len(response.body) <= BODY_MAX
    CHECKS[response.media_type](text)
    return response


# -- what a body says ---------------------------------------------------------

@functools.lru_cache(maxsize=None)
def words(lang="en"):
    path = paths.REPO / "src" / "data" / "messages" / f"{lang}.yaml"
    return yaml.safe_load(path.read_text("utf-8"))["words"]


def plain(value):
    """A value as one line, as every format but JSON may write it."""
    return " ".join(str(value).split())


def retry_sentence(problem, w):
    seconds = problem.get("retry_after", 0)
    if seconds > 120:
        return w["retry_minutes"].replace("{minutes}",
                                          str((seconds + 59) // 60))
    if seconds:
        return w["retry_after"].replace("{seconds}", str(seconds))
    if problem.get("retryable"):
        return w["temporary"]
    if problem.get("retryable") is False and problem["status"] >= 500:
        return w["permanent"]
    return None


def evidence_line(message):
    where = ":".join(message[k] for k in ("module", "level") if k in message)
    return (f"[{where}] " * bool(where)
            + f"({message.get('os_error')}) " * ("os_error" in message)
            + f"{message.get('code')}: " * ("code" in message)
            + message["message"])


def of_problem(problem, w):
    """The list of contents that the members of a problem make."""
    found = []
    for name, value in problem.items():
        if name in ("retryable", "retry_after"):
            sentence = retry_sentence(problem, w)
            if sentence and ("retry", sentence) not in found:
                found.append(("retry", sentence))
        elif name == "cause":
            for part, v in value.items():
                if part in ("confidence", "who"):
                    v = w[f"{part}_{v}"]
                found.append((f"cause.{part}", v))
        elif name in ("facts", "probes"):
            found += [(f"{name}.{k}", v) for k, v in value.items()]
        elif name == "evidence":
            found += [("evidence", evidence_line(m)) for m in value]
        elif name == "alternatives":
            found += [("alternatives", f"{a['code']} "
                       f"({w['confidence_' + a['confidence']]})")
                      for a in value]
        elif name == "recent_changes":
            found += [("changes", f"{c['path']} ({c['what']}): {c['time']}")
                      for c in value]
        elif name == "dropped":
            found.append((name, w["dropped"].replace("{count}", str(value))))
        elif isinstance(value, list):
            found += [(name, v) for v in value]
        else:
            found.append((name, value))
    return found


def of_xml(text, w):
    etree = library("lxml.etree")

    def value(element):
        children = list(element)
        if not children:
            return element.text or ""
        if {c.tag for c in children} == {NAMESPACE + "i"}:
            return [value(c) for c in children]
        return {c.tag.removeprefix(NAMESPACE): value(c) for c in children}

    problem = value(etree.fromstring(text.encode()))
    for name, convert in (("status", int), ("retry_after", int),
                          ("retryable", "true".__eq__)):
        if name in problem:
            problem[name] = convert(problem[name])
    return of_problem(problem, w)


class Reader:
    """Puts the parts of a text for people back to members, by their labels
    and headings."""

    LABELS = ("status", "contact", "reference", "time", "confidence", "who")
    LISTS = {"what_you_can_do": "advice", "facts": "facts", "hints": "hints",
             "recent_changes": "changes", "evidence": "evidence",
             "probes": "probes", "alternatives": "alternatives"}
    NAMES = {"reference": "incident", "time": "timestamp",
             "confidence": "cause.confidence", "who": "cause.who"}

    def __init__(self, w):
        self.found = []
        self.labels = {w[k]: self.NAMES.get(k, k) for k in self.LABELS}
        self.labels.update({k: k for k in ("code", "instance", "type")})
        self.lists = {w[k]: v for k, v in self.LISTS.items()}
        self.parts = {w["for_owner"]: ["cause.title", "cause.text"],
                      w["for_operator"]: []}
        self.quote = w["quote"]
        self.dropped = w["dropped"].replace("{count}", "")
        self.paragraphs = ["detail", "retry"]
        self.section = None

    def heading(self, text):
        self.section = self.lists.get(text)
        if text in self.parts:
            self.paragraphs = list(self.parts[text])
        else:
            assert self.section, f"unknown heading {text!r}"

    def paragraph(self, text):
        name, colon, value = text.partition(": ")
        if colon and name in self.labels:
            self.found.append((self.labels[name], value))
        elif self.dropped in text:
            self.found.append(("dropped", text))
        elif text != self.quote:
            self.found.append((self.paragraphs.pop(0), text))

    def item(self, text):
        """An item of a list; of the labelled ones when no heading began it."""
        if self.section in ("facts", "probes"):
            name, _, value = text.partition(": ")
            self.found.append((f"{self.section}.{name}", value))
        elif self.section == "changes":
            # The sentence ends with the file's age in words.
            self.found.append((self.section, text.rpartition(", ")[0]))
        elif self.section:
            self.found.append((self.section, text))
        else:
            self.paragraph(text)


def of_text(text, w):
    reader = Reader(w)
    title, *lines = text.splitlines()
    reader.found.append(("title", title))
    for line in lines:
        bare = line.strip()
        if line.startswith("    "):   # a message goes on
            name, value = reader.found[-1]
            reader.found[-1] = (name, f"{value} {bare}")
        elif line.startswith("  "):
            if reader.dropped in bare:
                reader.paragraph(bare)
            else:
                reader.item(re.sub(r"^(- |\d+\. )", "", bare))
        elif line.endswith(":") and line[:-1] in reader.lists:
            reader.heading(line[:-1])
        elif line in reader.parts:
            reader.heading(line)
        elif line:
            reader.section = None
            reader.paragraph(line)
    return reader.found


def parse_markdown(text):
    return library("markdown_it").MarkdownIt("commonmark").parse(text)


def every(tokens):
    for token in tokens:
        yield token
        yield from every(token.children or [])


def inline(token):
    return "".join(" " if t.type == "softbreak" else t.content
                   for t in token.children)


def of_markdown(text, w):
    reader = Reader(w)
    tokens = parse_markdown(text)
    for i, token in enumerate(tokens):
        if token.type == "hr":
            reader.section = None
        elif token.type == "code_block":
            for line in token.content.splitlines():
                if line.startswith("    "):
                    name, value = reader.found[-1]
                    reader.found[-1] = (name, f"{value} {line}")
                else:
                    reader.item(line)
        elif token.type == "inline":
            said, before = inline(token), tokens[i - 1]
            if before.tag == "h1":
                reader.found.append(("title", said))
            elif before.type == "heading_open":
                reader.heading(said)
            elif tokens[i - 2].type == "list_item_open":
                reader.item(said)
            else:
                reader.paragraph(said)
    return reader.found


def data_blocks(text):
    return re.findall(r'<script type="application/problem\+json">(.*?)'
                      r"</script>", text, re.S)


def of_html(text, w):
    """From the tree: headings, paragraphs, dt with dd, list items, pre."""
    tree = library("html5lib").parse(text, treebuilder="lxml",
                                     namespaceHTMLElements=False)
    reader, label = Reader(w), None
    for element in tree.find("body/main").iter():
        said = plain("".join(element.itertext()))
        if element.tag == "h1":
            reader.found.append(("title", said))
        elif element.tag in ("h2", "h3", "summary"):
            reader.heading(said)
        elif element.get("class") == "ref":
            reader.section = None
        elif element.tag == "p" and element.getparent().tag == "header":
            name, _, value = said.rpartition(" ")
            reader.paragraph(f"{name}: {value}")
        elif element.tag == "p" and element.find("code") is not None:
            reader.found.append(("cause.code", said))
        elif element.tag == "p":
            reader.paragraph(said)
        elif element.tag == "dt":
            label = said
        elif element.tag == "dd":
            time = element.find("time")
            reader.item(f"{label}: "
                        f"{said if time is None else time.get('datetime')}")
        elif element.tag in ("li", "pre"):
            reader.item(said)
    return reader.found


def contents(response, lang="en"):
    """What a body says: a list of (member, value) in its order."""
    w = words(lang)
    kind, text = response.media_type, response.text
    found = {JSON: lambda: of_problem(response.json, w),
             XML: lambda: of_xml(text, w), TEXT: lambda: of_text(text, w),
             MARKDOWN: lambda: of_markdown(text, w),
             HTML: lambda: of_html(text, w)}[kind]()
    return [(name, plain(value)) for name, value in found]
