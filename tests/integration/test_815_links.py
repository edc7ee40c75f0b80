# SPDX-License-Identifier: Apache-2.0
"""Signed links: owner detail for whoever holds one, for its server and time,
and the token nowhere else."""
import hmac
import pathlib
import re
import subprocess
import time

import pytest

from helpers import cases, paths

KEY = "k" * 40
OTHER = "o" * 40
ID = "05V30-0123456Z"
CONF = """
LogLevel info
LogFormat "%r|%q|%{Referer}i|%{errclarity-link}n" all
CustomLog {root}/logs/all.log all
ScriptAlias /cgi/ {root}/cgi/
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<Location /t/operator>
    ErrClarityDetail operator
</Location>
ErrClarityStatus 4xx 5xx
<VirtualHost 127.0.0.1:${ERRC_PORT}>
    ServerName a.example
    ServerAlias www.a.example
    ErrClarityLinkKey a.key
</VirtualHost>
<VirtualHost 127.0.0.1:${ERRC_PORT}>
    ServerName b.example
    ErrClarityLinkKey a.key
</VirtualHost>
<VirtualHost 127.0.0.1:${ERRC_PORT}>
    ServerName none.example
</VirtualHost>
"""
DIE = "?log=error:why&die=500"
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]", "ECL0026")


def token(server="a.example", key=KEY, incident=ID, seconds=3600):
    claim = f"{incident}.{int(time.time()) + seconds}"
    text = f"mod_errclarity link 1\0{server}\0{claim}"
    return f"{claim}.{hmac.new(key.encode(), text.encode(), 'sha256').hexdigest()}"


@pytest.fixture(scope="module")
def server(start):
    ready = start.make(CONF, modules=["mod_cgi"])
    (ready.root / "a.key").write_text(KEY + "\n")
    (ready.root / "a.key").chmod(0o600)
    start.started.append(ready.start())
    return ready


def get(server, query, *args, host="a.example", path="/t/x", **kw):
    return server.get(path + DIE + query, "-H", f"Host: {host}", *args, **kw)


def shows(response):
    assert response.status == 500
    assert "evidence" not in response.json
    return "cause" in response.json


def test_a_good_link(server):
    response = get(server, "&errclarity=" + token())
    assert shows(response)
    assert "." in response.json["code"]
    assert response.header("Referrer-Policy") == "no-referrer"
    assert response.header("Cache-Control") == "no-store"
    assert f"link for incident {ID}" in server.error_log()
    assert shows(get(server, "&errclarity=" + token(), host="www.a.example"))
    assert shows(get(server, "", "-H", "Errclarity-Link: " + token()))
    assert shows(get(server, "&errclarity=" + token() + "&type=a/b"))


@pytest.mark.parametrize("query", [
    "", "&errclarity=", "&errclarity=x", "&errclarity=" + "9" * 300,
    "&errclarity=" + token(seconds=-1),
    "&errclarity=" + token(seconds=40 * 86400),
    "&errclarity=" + token(key=OTHER),
    "&errclarity=" + token(server="b.example"),
    "&errclarity=" + token()[:-1], "&errclarity=" + token() + "0",
    "&errclarity=" + token().replace(ID, "05V30-0123456Y"),
    "&type=xerrclarity=" + token(), "&type=errclarity=" + token(),
], ids=range(13))
def test_any_other_shows_nothing(server, query):
    assert not shows(get(server, query))


def test_good_for_one_server(server):
    assert shows(get(server, "&errclarity=" + token("b.example"),
                     host="b.example"))
    assert not shows(get(server, "&errclarity=" + token(), host="b.example"))
    assert not shows(get(server, "&errclarity=" + token("none.example"),
                         host="none.example"))


def test_owner_at_most_and_no_less(server):
    assert shows(get(server, "&errclarity=" + token()))
    more = get(server, "&errclarity=" + token(), path="/t/operator").json
    assert "evidence" in more


def test_a_page_without_failure_pays_nothing(server):
    plain = server.get("/ok.html", "-H", "Host: a.example")
    linked = server.get("/ok.html?errclarity=" + token(),
                        "-H", "Host: a.example")
    assert linked.status == 200
    assert linked.body == plain.body


def test_the_token_is_nowhere(server, expect_log):
    """Not in any log or record, not in what a script gets, whatever host,
    place in the query or goodness."""
    expect_log("End of script output", "AH01215", "knows no argument")
    there = "05V30-0000000A"  # in this test only
    tokens = [token(incident=there), token(key=OTHER, incident=there),
              token("b.example", incident=there)]
    for secret in tokens:
        for query in (f"?errclarity={secret}&a=1", f"?a=1&errclarity={secret}",
                      f"?a=1;errclarity={secret};b=2", f"?errclarity={secret}",
                      f"?errclarity={secret}&errclarity={secret}"):
            for path in ("/t/x", "/ok.html", "/missing", "/cgi/stderr.cgi"):
                for host in ("a.example", "none.example"):
                    server.get(path + query, "-H", f"Host: {host}",
                               "-e", f"http://{host}/x{query}")
        server.get("/cgi/silent.cgi", "-H", f"Errclarity-Link: {secret}")
        # Refused before its headers are read.
        server.raw(f"GET /early?errclarity={secret} HTTP/1.1\r\n"
                   "Host: a.example\r\nbad header\r\n\r\n".encode())
    for log in (server.root / "logs").iterdir():
        text = log.read_text("utf-8", "replace")
        for secret in tokens:
            assert secret not in text, log
            assert secret.split(".")[2] not in text, log
    lines = (server.root / "logs" / "all.log").read_text()
    assert re.search(r"^GET /t/x\?a=1 HTTP/1.1\|\?a=1\|"
                     r"http://a.example/x\?a=1\|", lines, re.M)
    assert re.search(r"^GET /t/x\?a=1;b=2 HTTP/1.1\|\?a=1;b=2\|", lines, re.M)
    assert re.search(r"^GET /t/x HTTP/1.1\|\|http://a.example/x\|", lines,
                     re.M)


def test_answer_holds_no_token(server):
    secret = token()
    for accept in ("text/html", "application/problem+json", "text/plain"):
        response = get(server, "&errclarity=" + secret, accept=accept)
        assert secret not in response.text
        assert secret not in str(response.headers)


def test_the_command_makes_good_links(server):
    key = server.root / "a.key"

    def link(*args):
        return subprocess.run(
            [paths.BUILD / "errclarity", "link", ID, "--key-file", key, *args],
            capture_output=True, text=True, check=False)

    url = "http://a.example/t/x" + DIE + "#part"
    done = link("--for", "1h", "--url", url)
    assert done.returncode == 0, done.stderr
    made = re.fullmatch(re.escape(url[:-5]) + r"&(errclarity=\S+)#part\n",
                        done.stdout)
    assert shows(get(server, "&" + made.group(1)))
    done = link("--for", "90s", "--server", "b.example",
                "--url", "https://b.example:8443/x")
    assert done.stdout.startswith("https://b.example:8443/x?errclarity=")
    assert shows(get(server, "&" + done.stdout.split("?")[1].strip(),
                     host="b.example"))
    done = link("--for", "2d", "--server", "a.example")
    assert shows(get(server, "&" + done.stdout.strip()))


@pytest.mark.parametrize("args, said", [
    ([ID, "--for", "1h", "--server", "a"], "--key-file"),
    ([ID, "--key-file", "{key}", "--for", "1h"], "one server"),
    ([ID, "--key-file", "{key}", "--for", "1y", "--server", "a"], "1y"),
    ([ID, "--key-file", "{key}", "--for", "32d", "--server", "a"], "32d"),
    ([ID, "--key-file", "{key}", "--for", "0s", "--server", "a"], "0s"),
    (["nonsense", "--key-file", "{key}", "--for", "1h", "--server", "a"],
     "nonsense"),
    ([ID, "--key-file", "/no/key", "--for", "1h", "--server", "a"],
     "/no/key"),
    ([ID, "--what"], "--what"),
])
def test_the_command_refuses(server, args, said):
    args = [a.replace("{key}", str(server.root / "a.key")) for a in args]
    done = subprocess.run([paths.BUILD / "errclarity", "link", *args],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr and not done.stdout


def peaks(server):
    """The most memory that each of httpd's processes has had, in KiB."""
    pids = [server.proc.pid]
    for pid in pids:
        pids += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children")
                    .read_text("ascii").split())
    return {pid: int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path(
        f"/proc/{pid}/status").read_text("ascii")).group(1)) for pid in pids}


@pytest.mark.skipif(paths.ASAN, reason="memory is not httpd's own")
def test_a_token_repeated_takes_no_memory(server):
    get(server, "&errclarity=" + token())
    before = peaks(server)
    repeated = "&errclarity=x" * 600
    assert not shows(get(server, repeated, "-e", "/x?" + repeated[1:]))
    after = peaks(server)
    assert max(after[pid] - before[pid] for pid in before) < 4096
    assert "errclarity=x" not in (server.root / "logs/all.log").read_text("utf-8")


@pytest.mark.parametrize("text, mode, said", [
    (KEY, 0o644, "by anyone"), ("short", 0o600, "5 bytes"),
    (None, 0, "cannot be opened")])
def test_bad_key_files(start, text, mode, said):
    broken = start.make("ErrClarityLinkKey x.key")
    if text is not None:
        (broken.root / "x.key").write_text(text)
        (broken.root / "x.key").chmod(mode)
    done = broken.test_config()
    assert done.returncode == 1
    assert said in done.stderr and "ErrClarityLinkKey" in done.stderr


def test_not_in_htaccess(start, expect_log):
    expect_log(r"\[core:alert\].*not allowed here")
    server = start("""
Alias /ht/ {root}/dirs/
<Directory {root}/dirs>
    AllowOverride All
</Directory>
""")
    (server.root / "dirs").mkdir()
    (server.root / "dirs" / ".htaccess").write_text("ErrClarityLinkKey a\n")
    assert server.get("/ht/x").status == 500


@pytest.mark.expect_log("AH00488")
def test_restart_keeps_links(server):
    server.graceful()
    secret = token()
    for _ in range(3):
        assert shows(get(server, "&errclarity=" + secret))
