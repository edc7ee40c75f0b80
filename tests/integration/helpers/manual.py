# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/problem.md: answers of a real server to one failure,
with the reference and the time of the manual."""
import json
import re

from . import bodies, paths

PAGE = paths.REPO / "docs" / "problem.md"
ID, TIME = "05V30-0123456Z", "2026-07-01T12:00:00Z"
LEVELS = ("visitor", "owner", "operator")
NAMES = dict(zip(("html", "json", "xml", "text", "markdown"),
                 bodies.FORMATS))
MARK = re.compile(r"(<!-- (\w+) (\w+) -->\n).*?(?=<!-- end -->)", re.S)


def shown(response, name):
    """A body as the manual prints it: JSON indented, a page without its style
    sheet."""
    text = response.text.replace(response.header("Error-Id"), ID)
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", TIME, text)
    text = re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?= UTC)", TIME[:10] + " "
                  + TIME[11:19], text)
    text = re.sub(r"20\d\d-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ",
                  TIME.replace(":", "%3A"), text)
    if name == "json":
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    if name == "html":
        text = re.sub(r"(?<=<style>).*?(?=</style>)", "...", text, flags=re.S)
    return text.rstrip("\n")


def sizes(bodies_of):
    """A table of the bodies' lengths."""
    lines = ["| detail | " + " | ".join(NAMES) + " |",
             "| --- |" + " ---: |" * len(NAMES)]
    lines += [f"| {level} | " + " | ".join(
        str(len(bodies_of[level, name].body)) for name in NAMES) + " |"
        for level in LEVELS]
    return "\n".join(lines)


def updated(text, bodies_of):
    """The manual with what stands between its marks made new."""
    def part(match):
        mark, level, name = match.groups()
        if level == "sizes":
            return mark + sizes(bodies_of) + "\n"
        body = shown(bodies_of[level, name], name)
        return f"{mark}````{name}\n{body}\n````\n"
    return MARK.sub(part, text)
