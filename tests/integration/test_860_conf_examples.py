# SPDX-License-Identifier: Apache-2.0
"""Each example loads, starts and does what its first lines say; the form of
these lines is in conf-examples/README.md."""
import re
import shlex
import shutil
import subprocess

import pytest

from helpers import client, paths, server as servers

EXAMPLES = sorted((paths.REPO / "conf-examples").glob("*.conf"))
LINE = re.compile(r"# (Who|What|Curl|Expect): (.+)")


def header(text):
    """The (name, value) lines at a file's top; continuation lines joined."""
    found = []
    for line in text.splitlines():
        named = LINE.fullmatch(line)
        if named:
            found.append(list(named.groups()))
        elif line.startswith("#  ") and found:
            found[-1][1] += " " + line[1:].strip()
        elif not line.startswith("#"):
            break
    return found


def calls(text):
    """(curl's arguments, status, media type, text or None) of a file."""
    lines = header(text)
    curls = [v for n, v in lines if n == "Curl"]
    expects = [v for n, v in lines if n == "Expect"]
    assert [n for n, _ in lines[:2]] == ["Who", "What"]
    assert curls and len(curls) == len(expects)
    found = []
    for line, expected in zip(curls, expects):
        status, media, *more = expected.split(" ", 2)
        found.append((shlex.split(line)[1:], int(status), media,
                      more[0] if more else None))
    return found


def test_there_are_examples():
    assert EXAMPLES


def test_header_is_read():
    text = ("# Who: you\n# What: a\n#   b\n# Curl: curl -s 'http://x/'\n"
            "# Expect: 503 text/html some words\nListen 1\n# Curl: curl no\n")
    assert header(text)[1] == ["What", "a b"]
    assert calls(text) == [(["-s", "http://x/"], 503, "text/html",
                            "some words")]
    with pytest.raises(AssertionError):
        calls("# Who: you\n# What: a\n# Curl: curl x\n")


class Example(servers.Httpd):
    """An example with its sample site in a ServerRoot of its own."""

    def make_tree(self):
        for name in ("htdocs", "templates"):
            shutil.copytree(paths.REPO / "conf-examples" / name,
                            self.root / name)
        servers.make_readable(self.root)
        (self.root / "logs").mkdir()

        self.pid_file = self.root / "logs" / "httpd.pid"

    def configuration(self, conf, modules):
        return conf

    @property
    def records_path(self):
        return self.root / "logs" / "errclarity.jsonl"

    def command(self, *args):
        defines = {"ERRC_ROOT": self.root, "ERRC_PORT": self.port,
                   "ERRC_MODULES": paths.apxs("LIBEXECDIR"),
                   "ERRC_SO": paths.MODULE, "ERRC_USER": paths.USER}
        return [paths.httpd(), "-f", str(self.conf_file),
                *(part for name, value in defines.items()
                  for part in ("-C", f"Define {name} {value}")), *args]


@pytest.mark.parametrize("path", EXAMPLES, ids=[p.stem for p in EXAMPLES])
@pytest.mark.expect_log(".")
def test_example(scratch, path):
    text = path.read_text("utf-8")
    expected = calls(text)
    example = Example(scratch / path.stem, text)
    done = example.test_config()
    assert done.returncode == 0, done.stderr
    with example:
        for args, status, media, words in expected:
            assert "http://127.0.0.1:${ERRC_PORT}/" in " ".join(args)
            args = [a.replace("${ERRC_PORT}", str(example.port))
                    for a in args]
            done = subprocess.run([paths.program("curl"), "-i", *args],
                                  capture_output=True, timeout=30, check=True)
            response = client.split_head(done.stdout)
            assert (response.status, response.media_type) == (status, media)
            assert words is None or words in response.text
