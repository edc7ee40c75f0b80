# SPDX-License-Identifier: Apache-2.0
"""Probes: what the log does not tell and a look at the machine does."""
import html
import os
import pathlib
import pwd
import re
import signal
import socket
import time

import pytest

from helpers import cases, paths, server as servers
from helpers.cases import Case

END = r"\[cgid?:error\].*End of script output before headers"
EXEC = r"AH01215: .*exec of|AH01241: exec of"
STDERR = "AH01215"
SILENT = "#!/bin/sh\nexit 0\n"
HEALTHY = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n"
NOBODY = 65534

needs_root = pytest.mark.skipif(not paths.ROOT,
                                reason="needs root: other users, mounts")


def put(path, text, mode=0o755, owner=None):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if owner is not None:
        os.chown(path, *owner)
    path.chmod(mode)
    return path


def fails(server, path, *args):
    """(problem, record) of a failing request."""
    response = server.get(path, *args)
    assert response.status >= 400, response
    return response.json, cases.record_of(server, cases.incident_id(response))


def probes(record):
    return record["errclarity"].get("probes", {})


def changes(record):
    return {c["path"]: c for c in
            record["errclarity"].get("recent_changes", [])}


# -- suEXEC ------------------------------------------------------------------

SUEXEC = """
ScriptAlias /s/ /var/www/s/
ScriptAlias /open/ /var/www/open/
ScriptAlias /out/ {root}/outside/
SuexecUserGroup nobody nogroup
<VirtualHost *:*>
    ServerName test.example
</VirtualHost>
<VirtualHost *:*>
    ServerName low.example
    SuexecUserGroup games games
</VirtualHost>
"""
SUEXEC_PROGRAMS = ("/usr/lib/apache2/suexec", "/usr/sbin/suexec")
# suEXEC's document root is compiled in: in this server's eyes it is ours.
SUEXEC_PRIVATE = """\
mkdir -p {root}/www {root}/suexec
mount --bind {root}/www /var/www
mount --bind {root}/suexec /var/log/apache2
"""


@pytest.fixture(scope="module", params=["mod_cgi", "mod_cgid"])
def suexec(request, start):
    if not any(pathlib.Path(p).exists() for p in SUEXEC_PROGRAMS):
        paths.missing("suexec")
    server = start(SUEXEC, private=SUEXEC_PRIVATE,
                   mpm="prefork" if request.param == "mod_cgi" else "event",
                   modules=["mod_suexec", request.param])
    www = server.root / "www"
    own = (NOBODY, NOBODY)
    for name, text, mode, owner in (
            ("s/ok.cgi", HEALTHY, 0o700, own),
            ("s/silent.cgi", SILENT, 0o700, own),
            ("s/group.cgi", HEALTHY, 0o775, own),
            ("s/setuid.cgi", HEALTHY, 0o4755, own),
            ("s/alien.cgi", HEALTHY, 0o755, (0, 0)),
            ("s/plain.cgi", HEALTHY, 0o644, own),
            ("s/crlf.cgi", "#!/bin/sh\r\nexit\r\n", 0o755, own),
            ("open/ok.cgi", HEALTHY, 0o755, own),
            ("../outside/ok.cgi", HEALTHY, 0o755, own)):
        put(www / name, text, mode, owner)
    (www / "s" / "link.cgi").symlink_to("ok.cgi")
    for name, mode in (("s", 0o755), ("open", 0o777), ("../outside", 0o755)):
        os.chown(www / name, *own)
        (www / name).chmod(mode)
    return server


SUEXEC_CASES = [
    ("/s/group.cgi", {"file": "group.cgi", "mode": "0775"}),
    ("/s/setuid.cgi", {"file": "setuid.cgi", "mode": "4755"}),
    ("/s/alien.cgi", {"file": "alien.cgi", "owner": "root:root",
                      "user": "nobody:nogroup"}),
    ("/s/link.cgi", {"file": "link.cgi"}),
    ("/open/ok.cgi", {"file": "/var/www/open/", "mode": "0777"}),
    ("/out/ok.cgi", {"file": "ok.cgi"}),
]


@needs_root
@pytest.mark.parametrize("path,facts", SUEXEC_CASES,
                         ids=[path for path, _facts in SUEXEC_CASES])
@pytest.mark.expect_log(END, STDERR)
def test_suexec_refuses(suexec, path, facts):
    _problem, record = fails(suexec, path)
    assert record["error"]["code"] == "permission.suexec"
    assert record["errclarity"]["confidence"] == "high"
    assert not cases.fact_problems(record["errclarity"]["facts"], facts)


@needs_root
@pytest.mark.expect_log(END, STDERR)
def test_suexec_minimum(suexec):
    _problem, record = fails(suexec, "/s/ok.cgi", "-H", "Host: low.example")
    assert record["error"]["code"] == "permission.suexec"
    facts = record["errclarity"]["facts"]
    assert (facts["user"], facts["requested"]) == ("games", "5")


@needs_root
@pytest.mark.expect_log(END, STDERR)
def test_suexec_own_script_is_well(suexec):
    """Mode 0700 of its owner: closed to the server, not to suEXEC's user."""
    assert suexec.get("/s/ok.cgi").status == 200
    _problem, record = fails(suexec, "/s/silent.cgi")
    assert record["error"]["code"] == "cgi.no-output"
    assert probes(record)["suexec.target"] == "nobody:nogroup"


@needs_root
@pytest.mark.expect_log(END, STDERR)
def test_suexec_passes_what_the_kernel_refuses(suexec):
    _problem, record = fails(suexec, "/s/crlf.cgi")
    assert record["error"]["code"] == "cgi.crlf-shebang"
    _problem, record = fails(suexec, "/s/plain.cgi")
    assert record["error"]["code"] in ("permission.script-not-executable",
                                       "permission.suexec")
    assert record["errclarity"]["facts"]["user"] == "nobody"


# -- mpm-itk -----------------------------------------------------------------

@needs_root
@pytest.mark.expect_log(END, STDERR)
def test_mpm_itk(start):
    """The process has switched to the site's user already."""
    server = start("ScriptAlias /s/ {root}/own/\nAssignUserId nobody nogroup\n",
                   mpm="prefork", modules=["mpm_itk", "mod_cgi"])
    own = (NOBODY, NOBODY)
    put(server.root / "own" / "silent.cgi", SILENT, 0o700, own)
    put(server.root / "own" / "plain.cgi", HEALTHY, 0o600, own)
    put(server.root / "own" / "alien.cgi", HEALTHY, 0o700, (0, 0))
    for name, code in (("silent", "cgi.no-output"),
                       ("plain", "permission.script-not-executable"),
                       ("alien", "permission.script-not-executable")):
        _problem, record = fails(server, f"/s/{name}.cgi")
        assert record["error"]["code"] == code, name
    assert probes(record)["script.owner"] == "root:root"


# -- mounts ------------------------------------------------------------------

@needs_root
@pytest.mark.expect_log(EXEC, END)
def test_noexec(start):
    server = start("ScriptAlias /s/ {root}/mnt/\n", mpm="prefork",
                   modules=["mod_cgi"], private="""\
mkdir {root}/mnt
mount -t tmpfs -o noexec,mode=755 none {root}/mnt
cp {root}/cgi/ok.cgi {root}/mnt/
""")
    _problem, record = fails(server, "/s/ok.cgi")
    assert record["error"]["code"] == "permission.script-not-executable"
    assert probes(record)["script.mount"] == "noexec"


@needs_root
@pytest.mark.expect_log(STDERR, END)
@pytest.mark.parametrize("what", ["blocks", "inodes"])
def test_full_disk(start, what):
    """Decides where nothing else explains the failure, and only there."""
    full = ("size=256k" if what == "blocks" else "size=8m,nr_inodes=3")
    fill = ("cat /dev/zero > {root}/mnt/x 2>/dev/null || true"
            if what == "blocks" else
            "touch {root}/mnt/1 {root}/mnt/2 {root}/mnt/3 2>/dev/null || true")
    server = start("ScriptAlias /s/ {root}/cgi/\nDocumentRoot {root}/mnt\n",
                   mpm="prefork", modules=["mod_cgi"], private=f"""\
mkdir {{root}}/mnt
mount -t tmpfs -o mode=755,{full} none {{root}}/mnt
{fill}
""")
    problem, record = fails(server, "/s/silent.cgi")
    assert record["error"]["code"] == "resource.disk-full"
    assert record["errclarity"]["confidence"] == "medium"
    assert problem["status"] == 507
    assert probes(record)["docroot.free"].startswith(
        "0 bytes" if what == "blocks" else "8") \
        or " 0 inodes" in probes(record)["docroot.free"]
    _problem, record = fails(server, "/s/traceback.cgi")
    assert record["error"]["code"] == "app.python-exception"


# -- scripts -----------------------------------------------------------------

CGI = """
ScriptAlias /cgi/ {root}/cgi/
ScriptAlias /limits/ {root}/cgi/
<Location /limits>
    RLimitCPU 7
    RLimitMEM 123456789
</Location>
<Directory {root}/htdocs/deep>
    AllowOverride All
</Directory>
<Location /cgi/off>
    ErrClarityProbe Off
</Location>
<IfModule errclarity_module>
    ErrClarityStatus 5xx 403 404
    ErrClarityDetail owner "expr=%{HTTP:X-Detail} == 'owner'"
    ErrClarityDetail operator "expr=%{HTTP:X-Detail} == 'operator'"
</IfModule>
"""
OWNER = ("-H", "X-Detail: owner")
OPERATOR = ("-H", "X-Detail: operator")


@pytest.fixture(scope="module")
def cgi(start):
    return start(CGI, mpm="prefork", modules=["mod_cgi"])


@pytest.mark.expect_log(EXEC, END)
def test_interpreter_without_loader(cgi):
    """The kernel's "No such file" means the loader."""
    program = pathlib.Path("/bin/true").read_bytes()
    broken, count = re.subn(rb"(/lib[^\0]*/)ld-([^\0]*\.so\.\d)\0",
                            rb"\1xx-\2\0", program, count=1)
    assert count == 1
    interpreter = put(cgi.root / "musl" / "tool", broken)
    put(cgi.root / "cgi" / "loader.cgi", f"#!{interpreter}\n")
    _problem, record = fails(cgi, "/cgi/loader.cgi")
    assert record["error"]["code"] == "cgi.interpreter-missing"
    assert "/xx-" in record["errclarity"]["facts"]["interpreter"]


@pytest.mark.expect_log(EXEC, END)
def test_interpreter_for_another_machine(cgi):
    program = bytearray(pathlib.Path("/bin/true").read_bytes())
    program[18:20] = b"\x02\x01"  # LoongArch
    interpreter = put(cgi.root / "musl" / "other", bytes(program))
    put(cgi.root / "cgi" / "machine.cgi", f"#!{interpreter}\n")
    _problem, record = fails(cgi, "/cgi/machine.cgi")
    assert record["error"]["code"] == "cgi.exec-format"
    assert record["errclarity"]["facts"]["interpreter"] == str(interpreter)


@pytest.mark.expect_log(EXEC, END)
def test_links_tell_nothing_of_others(cgi):
    """A link to a file outside of the site: neither mode nor owner nor content
    of it is told, to nobody."""
    put(cgi.root / "neighbour" / "secret.cgi", "#!/opt/secret/bin\r\n", 0o640)
    put(cgi.root / "neighbour" / "run.cgi", "#!/opt/secret/bin\r\n", 0o755)
    for name in ("secret", "run"):
        (cgi.root / "cgi" / f"{name}.cgi").symlink_to(
            f"../neighbour/{name}.cgi")
    for name in ("secret", "run"):
        problem, record = fails(cgi, f"/cgi/{name}.cgi", *OWNER)
        found = probes(record)
        assert "link leads out" in found["script.outside"]
        assert not {"script.mode", "script.owner", "script.shebang",
                    "script.size"} & found.keys()
        assert "mode" not in record["errclarity"]["facts"]
        assert "/opt/secret" not in str(record["errclarity"]["facts"])
        assert "neighbour" not in str(problem.get("recent_changes"))


@pytest.mark.expect_log(END)
def test_limits(cgi):
    _problem, record = fails(cgi, "/limits/silent.cgi")
    found = probes(record)
    assert found["limit.program_cpu"] == "7 seconds"
    assert found["limit.program_memory"] == "123456789 bytes"
    assert re.fullmatch(r"\d+|unlimited", found["limit.open_files"])
    assert found.keys() >= {"docroot.free", "tmp.free"}


@pytest.mark.expect_log(END)
def test_off(cgi):
    put(cgi.root / "cgi" / "off", SILENT)
    _problem, record = fails(cgi, "/cgi/off")
    assert "probes" not in record["errclarity"]
    assert "recent_changes" not in record["errclarity"]


# -- .htaccess and recent changes --------------------------------------------

@pytest.mark.expect_log("not_a_directive")
def test_htaccess_chain(cgi):
    deep = cgi.root / "htdocs" / "deep"
    put(cgi.root / "htdocs" / ".htaccess", "not_read\n", 0o644)
    put(deep / ".htaccess", "# fine\n", 0o644)
    put(deep / "er" / ".htaccess", "not_a_directive\n", 0o640,
        (0, pwd.getpwnam(paths.USER).pw_gid) if paths.ROOT else None)
    put(deep / "er" / "page.html", "page\n", 0o644)
    problem, record = fails(cgi, "/deep/er/page.html", *OWNER)
    assert record["error"]["code"] == "config.unknown-directive"
    chain = [value for name, value in probes(record).items()
             if name.startswith("htaccess.")]
    assert [value.partition(":")[0] for value in chain] == [
        str(deep / ".htaccess"), str(deep / "er" / ".htaccess")]
    assert "mode 0640" in chain[1]
    blamed = changes(record)[str(deep / "er" / ".htaccess")]
    assert blamed["what"] in ("htaccess", "file")
    assert str(cgi.root / "htdocs" / ".htaccess") not in changes(record)
    assert any(c["path"].endswith("er/.htaccess")
               for c in problem["recent_changes"])


@pytest.mark.expect_log(END)
def test_first_seen(cgi):
    """What changed after a problem was first seen did not cause it. A restart
    does not make an old problem new."""
    first = put(cgi.root / "cgi" / "again.cgi", "#!/bin/sh\n")
    _problem, record = fails(cgi, "/cgi/again.cgi")
    begun = record["errclarity"]["group_seen"]
    assert begun["count"] == 1
    assert begun["first"] >= record["@timestamp"]
    assert "since" not in changes(record)[str(first)]
    time.sleep(0.02)  # the kernel's coarse clock
    put(first, "#!/bin/sh\n# tried\n")
    problem, record = fails(cgi, "/cgi/again.cgi", *OWNER)
    assert record["errclarity"]["group_seen"] == {**begun, "count": 2}
    assert changes(record)[str(first)]["since"] is True
    assert problem["recent_changes"][0]["since"] is True
    for accept, words in (("application/problem+xml", "<since>true</since>"),
                          ("text/html", "(script, since)"),
                          ("text/plain", "(script, since)")):
        assert words in cgi.get("/cgi/again.cgi", *OWNER, accept=accept).text
    for sig in (signal.SIGUSR1, signal.SIGHUP):
        begins = cgi.error_log().count("resuming normal")
        cgi.proc.send_signal(sig)
        servers.wait_for(
            lambda: cgi.error_log().count("resuming normal") > begins,
            "the restart")
    _problem, record = fails(cgi, "/cgi/again.cgi")
    assert record["errclarity"]["group_seen"] == {**begun, "count": 6}


@pytest.mark.expect_log(END)
def test_recent_changes_by_reader(cgi):
    """The site's files are the owner's to know, the server's the operator's."""
    _problem, record = fails(cgi, "/cgi/silent.cgi")
    kinds = {c["what"] for c in record["errclarity"]["recent_changes"]}
    assert {"script", "server-config"} <= kinds
    problem, _record = fails(cgi, "/cgi/silent.cgi")
    assert "recent_changes" not in problem
    problem, _record = fails(cgi, "/cgi/silent.cgi", *OWNER)
    assert {c["what"] for c in problem["recent_changes"]} == {"script"}
    problem, _record = fails(cgi, "/cgi/silent.cgi", *OPERATOR)
    assert "server-config" in {c["what"] for c in problem["recent_changes"]}
    for accept in ("text/html", "application/problem+xml", "text/plain",
                   "text/markdown"):
        text = cgi.get("/cgi/silent.cgi", *OWNER, accept=accept).text
        assert "silent.cgi" in text
        plain = html.unescape(text).replace("\\", "")
        assert ("<recent_changes>" in text if "xml" in accept
                else re.search(r"\(script\): \S+Z, -\d+ (s|min|h)\b", plain))
        assert "httpd.conf" not in text


# -- sockets -----------------------------------------------------------------

PROXY = """
<Location /missing>
    ProxyPass unix:{root}/run/none.sock|http://missing
</Location>
<Location /closed>
    ProxyPass unix:{root}/run/closed.sock|http://closed
</Location>
<Location /file>
    ProxyPass unix:{root}/run/file.sock|http://file
</Location>
<Location /dead>
    ProxyPass unix:{root}/run/dead.sock|http://dead
</Location>
"""


@pytest.fixture(scope="module")
def proxy(start):
    server = start(PROXY, modules=["mod_proxy", "mod_proxy_http"])
    run = server.root / "run"
    opened = []
    for name in ("closed", "dead"):
        one = socket.socket(socket.AF_UNIX)
        one.bind(str(run / f"{name}.sock"))
        opened.append(one)
    opened[0].listen()
    opened[1].close()  # its file stays
    (run / "closed.sock").chmod(0o600)
    (run / "dead.sock").chmod(0o777)
    put(run / "file.sock", "", 0o666)
    yield server
    opened[0].close()


@pytest.mark.parametrize("name,code,found", [
    ("missing", "upstream.socket-missing", {}),
    pytest.param("closed", "permission.socket",
                 {"socket.mode": "0600", "socket.listening": "yes"},
                 marks=needs_root),
    ("file", "upstream.socket-missing", {"socket.type": "file"}),
    ("dead", "upstream.refused", {"socket.listening": "no"}),
])
@pytest.mark.expect_log("AH02454|AH01114|AH00957|AH00959")
def test_socket(proxy, name, code, found):
    _problem, record = fails(proxy, f"/{name}/x")
    assert record["error"]["code"] == code
    assert probes(record).items() >= found.items()
    assert probes(record)["socket.path"].startswith(str(proxy.root))
