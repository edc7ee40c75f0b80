# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the mod_errclarity authors
"""demo.py - show what a broken site says, without and with mod_errclarity.

Starts two private servers on 127.0.0.1 (stage.py) with the same broken sites
(sites.py), requests each as a browser, an API client and the site's owner
would, and prints the answers beside each other. On a terminal the servers then
stay up until Ctrl-C; otherwise, and with --once, the demo ends by itself.
The exit code is 0 when every site got the right diagnosis and an answer."""
import argparse
import html.parser
import http.client
import json
import os
import shutil
import signal
import sys
import textwrap
import time

sys.dont_write_bytecode = True  # leave the source tree as it is

import sites as sample  # noqa: E402
import stage as stages  # noqa: E402

WIDTH = max(80, min(100, shutil.get_terminal_size((96, 24)).columns))
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
API = "application/json"


# -- requests ----------------------------------------------------------------

class Answer:
    """One response, as far as the demo shows it."""

    def __init__(self, port, path, accept):
        conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            conn.request("GET", path, headers={"Accept": accept})
            response = conn.getresponse()
            self.status, self.reason = response.status, response.reason
            self.headers = response.headers
            self.text = response.read().decode("utf-8", "replace")
        finally:
            conn.close()
        self.type = (self.headers["Content-Type"] or "").split(";")[0]
        self.incident = self.headers["Error-Id"]

    @property
    def line(self):
        return f"{self.status} {self.reason}"

    @property
    def page(self):
        """What can be read on the page, a paragraph an item."""
        parser = PageText()
        parser.feed(self.text)
        return [text for block in parser.blocks
                if (text := " ".join("".join(block).split()))]


class PageText(html.parser.HTMLParser):
    """What a visitor reads of an HTML page."""
    HIDDEN = ("title", "style", "script")
    BLOCKS = ("p", "ul", "ol", "li", "h1", "h2", "div", "dl", "dt", "br", "tr")

    def __init__(self):
        super().__init__()
        self.blocks, self.hidden = [[]], None

    def handle_starttag(self, tag, attrs):
        if tag in self.HIDDEN:
            self.hidden = tag
        elif tag in self.BLOCKS:
            self.blocks.append([])
        elif tag == "dd":
            self.handle_data(" ")

    def handle_endtag(self, tag):
        if tag == self.hidden:
            self.hidden = None
        elif tag in self.BLOCKS and tag != "dt":
            self.blocks.append([])

    def handle_data(self, data):
        if self.hidden is None:
            self.blocks[-1].append(data)


def find_record(path, incident, seconds=5):
    """The record is written when the response has gone out."""
    end = time.monotonic() + seconds
    while incident and time.monotonic() < end:
        for line in path.read_text("utf-8").splitlines():
            if f'"{incident}"' in line:
                return json.loads(line)
        time.sleep(0.02)
    return None


# -- printing ----------------------------------------------------------------

def style(code, text):
    return f"\033[{code}m{text}\033[0m" if sys.stdout.isatty() else text


def bold(text):
    return style("1", text)


def dim(text):
    return style("2", text)


def columns(left, right):
    half = (WIDTH - 3) // 2
    for i in range(max(len(left), len(right))):
        a = left[i] if i < len(left) else ""
        b = right[i] if i < len(right) else ""
        print(f"  {a:<{half - 2}} {dim('|')} {b}".rstrip())


def view(label, answer, lines, root):
    """Status and words of a page, for one of the two columns."""
    width = (WIDTH - 3) // 2 - 2
    out = [label, "HTTP " + answer.line, ""]
    for block in answer.page or ["(an empty page)"]:
        out += textwrap.wrap(block.replace(root, ""), width)
    if len(out) > lines:
        out[lines - 1:] = ["..."]
    return out


def heading(label, note=""):
    print(f"\n  {bold(label)}  {dim(note)}".rstrip())


def print_json(text):
    try:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        pass
    for line in text.splitlines():
        start = "    " + " " * (len(line) - len(line.lstrip()))
        print(textwrap.fill(line.strip(), WIDTH, initial_indent=start,
                            subsequent_indent=start + "    ",
                            break_long_words=False))


def print_fields(fields, root):
    """root is cut out of paths: here it is long and says nothing."""
    for name, value in fields:
        if value:
            print(textwrap.fill(f"{name:<9} {value}".replace(root, ""), WIDTH,
                                initial_indent="    ",
                                subsequent_indent=" " * 14,
                                break_on_hyphens=False))


def owner_fields(problem):
    cause = problem.get("cause") or {}
    yield "cause", (f"{cause.get('code')} ({cause.get('confidence')} "
                    f"confidence): {cause.get('text')}")
    yield "facts", facts(problem.get("facts"))
    for hint in problem.get("hints") or ():
        yield "to do", hint


def record_fields(record, root):
    ours = record["errclarity"]
    yield "error", (f"{record['error']['code']} "
                    f"({ours['confidence']} confidence), "
                    f"for the {ours['who']}")
    yield "message", record["message"]
    yield "status", (f"{ours['original_status']} -> "
                     f"{record['http']['response']['status_code']}, "
                     f"body {ours['body']}, {ours['response']}")
    yield "facts", facts(ours.get("facts"))
    for item in (ours.get("evidence") or [])[:2]:
        message = item.get("message", "")
        yield "evidence", f"[{item.get('module', '-')}] " + textwrap.shorten(
            message.replace(root, ""), 200, placeholder=" ...")
    yield "group", ours.get("group")


def facts(values):
    return ", ".join(f"{k}={v}" for k, v in (values or {}).items())


# -- the show ----------------------------------------------------------------

class Show:
    """Runs the sites one after the other and counts what is not right."""

    def __init__(self, stage, ports):
        self.root, self.ports = str(stage.root), ports
        self.records = stage.root / "logs" / "incidents.jsonl"
        self.wrong = []

    def get(self, server, path, accept):
        return Answer(self.ports[server], path, accept)

    def site(self, site, number, count):
        print("\n" + bold(f" {number}/{count}  {site.title}"))
        print(dim(f"       {site.path}"))
        print(dim("-" * WIDTH))
        before = self.get("bare", site.path, BROWSER)
        after = self.get("errclarity", site.path, BROWSER)
        columns(view("BEFORE, in a browser", before, 9, self.root),
                view("AFTER, in a browser", after, 18, self.root))
        answer = self.get("errclarity", site.path, API)
        heading("API CLIENT", f"Accept: {API}  ->  {answer.line}, "
                              f"{answer.type}")
        print_json(answer.text)
        owner = self.get("errclarity", site.path + "?view=owner", API)
        heading("OWNER", "where ErrClarityDetail allows it")
        if owner.type == "application/problem+json":
            print_fields(owner_fields(json.loads(owner.text)), self.root)
        record = find_record(self.records, answer.incident)
        heading("LOG", f"record {answer.incident}")
        if record:
            print_fields(record_fields(record, self.root), self.root)
        self.judge(site, answer, record)

    def judge(self, site, answer, record):
        code = record and record["error"]["code"]
        if answer.type != "application/problem+json" or answer.status < 400:
            self.wrong.append(f"{site.name}: answered {answer.line}, "
                              f"{answer.type}")
        elif code != site.cause:
            self.wrong.append(f"{site.name}: diagnosed as {code} instead of "
                              f"{site.cause}")

    def healthy(self):
        """The module must not touch what works."""
        bare, ours = (self.get(server, "/healthy.html", BROWSER)
                      for server in ("bare", "errclarity"))
        for answer in (bare, ours):
            del answer.headers["Date"]
        same = (bare.text, bare.headers.items()) == (ours.text,
                                                     ours.headers.items())
        print("\n" + bold(" And a healthy page: ")
              + ("the same bytes from both servers." if same
                 else "DIFFERENT from the two servers."))
        if not same:
            self.wrong.append("healthy.html: the two servers differ")


def print_urls(shown, ports, records):
    print("\n" + bold(" Try it") + " while this runs:")
    for site in shown:
        print(f"   http://127.0.0.1:{ports['errclarity']}{site.path}")
    print(f"   with ?view=owner or ?view=operator for more detail; "
          f"the bare server: port {ports['bare']}")
    print(f"   curl -si -H 'Accept: application/json' "
          f"http://127.0.0.1:{ports['errclarity']}{shown[0].path}")
    print(f"   tail -f {records}")
    print("\n Stop with " + bold("Ctrl-C") + ".", flush=True)


def show_all(stage, stay):
    sites, skipped = [], []
    for site in sample.SITES:
        why = stage.missing(site.needs)
        if why:
            skipped.append((site, why))
        else:
            sites.append(site)
    show = Show(stage, stage.start(sites))
    print(f"{len(sites)} broken sites, each asked for twice: from httpd as "
          "it is, and with mod_errclarity.")
    for number, site in enumerate(sites, 1):
        show.site(site, number, len(sites))
    show.healthy()
    for site, why in skipped:
        print(f" Not shown: {site.title}: {why}")
    for wrong in show.wrong:
        print(f" WRONG: {wrong}")
    if stay:
        print_urls(sites, show.ports, show.records)
        while True:
            signal.pause()
    return 1 if show.wrong else 0


class Stopped(Exception):
    """A signal asks the demo to end."""


def on_signal(number, _frame):
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # clean up in peace
    raise Stopped(number)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--module", default="build/mod_errclarity.so",
                        help="the module to show (%(default)s)")
    parser.add_argument("--once", action="store_true",
                        help="end after the last site, on a terminal too")
    return parser.parse_args()


def main():
    args = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    stay = not args.once and sys.stdin.isatty() and sys.stdout.isatty()
    stage = None
    try:
        stage = stages.Stage(args.module)
        return show_all(stage, stay)
    except stages.StageError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except Stopped as stopped:
        print("\n stopped")
        return 0 if stay else 128 + stopped.args[0]
    except BrokenPipeError:  # "make demo | head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    finally:
        if stage:
            stage.close()


if __name__ == "__main__":
    sys.exit(main())
