# SPDX-License-Identifier: Apache-2.0
"""Evidence that other processes hold: what mod_cgid's child and mod_wsgi's
daemon log, and what a script writes to the error log itself. It must reach its
own request, and no other."""
import concurrent.futures
import os
import re

import pytest

from helpers import cases, server as servers

CONF = """
<Directory {root}/scripts>
    Options +ExecCGI
    AddHandler cgi-script .cgi
</Directory>
Alias /s/ {root}/scripts/
CGIDScriptTimeout 10
"""
WSGI_CONF = """
WSGISocketPrefix {root}/run/wsgi
WSGIScriptAlias /w/ {root}/scripts/
WSGIRestrictEmbedded Off
WSGIDaemonProcess app home={root} processes=2 threads=4 shutdown-timeout=1
WSGIProcessGroup app
WSGIApplicationGroup %{GLOBAL}
"""
END = r"End of script output before headers"
EXEC = r"AH01241"
WSGI = r"\[wsgi:error\]"

SCRIPTS = {
    # five kinds of failure
    "denied.cgi": (0o644, "#!/bin/sh\n"),
    "nowhere.cgi": (0o755, "#!/opt/nowhere/bin/python9\n"),
    "perl.cgi": (0o755, "#!/usr/bin/perl\nuse No::Such::Module;\n"),
    "shell.cgi": (0o755, "#!/bin/sh\nno-such-command-anywhere\n"),
    "python.cgi": (0o755, "#!/usr/bin/python3\n{}['absent-from-python']\n"),
    # speaks without a name; waits for the test in between
    "mute.cgi": (0o755, "#!/bin/sh\necho 'mute: the moon is far' >&2\n"
                        "echo \"$0: line 3: jq: command not found\" >&2\n"
                        "printf '%s\\n' 'C:\\new\\table' >&2\n"),
    "waits.cgi": (0o755, "#!/bin/sh\necho 'a secret of another tenant' >&2\n"
                         "touch ../out/waits\n"
                         "while [ -e ../out/waits ]; do sleep .05; done\n"
                         "echo 'Content-Type: text/plain'; echo; echo ok\n"),
    "waits-and-fails.cgi": (0o755, "#!/bin/sh\necho \"$0: no such thing\" >&2\n"
                            "touch ../out/waits\n"
                            "while [ -e ../out/waits ]; do sleep .05; done\n"),
    "flood.cgi": (0o755, "#!/bin/sh\nseq 60000 >&2\n"
                         "echo 'last words of the flood' >&2\n"),
    "files.cgi": (0o755, "#!/bin/sh\necho 'Content-Type: text/plain'; echo\n"
                         "for fd in /proc/$$/fd/*; do\n"
                         "echo \"$(readlink $fd)"
                         " $(sed -n 's/^flags:.*\\(.\\)$/\\1/p'"
                         " /proc/$$/fdinfo/${fd##*/})\"; done\n"),
    "fail.wsgi": (0o644, "def application(environ, start_response):\n"
                         "    raise KeyError(environ['QUERY_STRING'])\n"),
    "chatty.wsgi": (0o644, """\
def application(environ, start_response):
    for i in range(int(environ['QUERY_STRING'])):
        print('chatter', i, file=environ['wsgi.errors'])
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
"""),
    "long.wsgi": (0o644, """\
def application(environ, start_response):
    for i in range(6000):
        print('preface', i, file=environ['wsgi.errors'])
    raise ValueError('x' * 5000)
"""),
    # what a program that a daemon runs says, and what the daemon may read
    "shell.wsgi": (0o644, """\
import os
def application(environ, start_response):
    os.system("echo 'a secret of the daemon' >&2")
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [str(os.getpid()).encode()]
"""),
}


def with_scripts(server):
    directory = server.root / "scripts"
    directory.mkdir()
    for name, (mode, text) in SCRIPTS.items():
        (directory / name).write_text(text)
        (directory / name).chmod(mode)
    directory.chmod(0o755)
    return server


@pytest.fixture(scope="module")
def cgid(start):
    return with_scripts(start(CONF, modules=["mod_cgid"]))


@pytest.fixture(scope="module")
def wsgi(start):
    return with_scripts(start(WSGI_CONF, modules=["mod_wsgi"]))


def incident(server, path):
    """The record of a request that fails."""
    return cases.record_of(server, cases.incident_id(server.get(path)))


def said(record):
    """The messages of its evidence, one text."""
    return "\n".join(e["message"]
                     for e in record["errclarity"].get("evidence", []))


def parallel(calls, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return [f.result() for f in [pool.submit(c) for c in calls]]


class Beside:
    """A script that runs, and has spoken, while the block does."""

    def __init__(self, server, path="/s/waits.cgi", status=200):
        self.server, self.path, self.status = server, path, status
        self.flag = server.root / "out" / "waits"

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.response = self.pool.submit(self.server.get, self.path)
        servers.wait_for(self.flag.exists, "the other script")
        return self

    def __exit__(self, *exc):
        self.flag.unlink()
        assert self.response.result().status == self.status
        self.pool.shutdown()


# -- mod_cgid: what the forked child logs --------------------------------------

@pytest.mark.expect_log(EXEC, END)
def test_exec_failure_has_its_errno(cgid):
    record = incident(cgid, "/s/denied.cgi")
    first = record["errclarity"]["evidence"][0]
    assert first["code"] == "AH01241" and first["module"] == "cgid"
    assert first["os_error"] == 13 and "unsure" not in first
    assert record["error"]["code"] == "permission.script-not-executable"
    assert record["errclarity"]["confidence"] == "high"
    assert len(record["errclarity"]["evidence"]) == 2  # and it was taken once


@pytest.mark.expect_log(EXEC, END)
def test_same_failure_at_once_is_one_each_and_unsure(cgid):
    before = len(cases.records(cgid))
    with Beside(cgid):
        parallel([lambda: cgid.get("/s/nowhere.cgi")] * 8, 8)
    for record in cases.new_records(cgid, before, 8):
        failed = [e for e in record["errclarity"]["evidence"]
                  if e.get("code") == "AH01241"]
        assert len(failed) == 1
        assert failed[0]["os_error"] == 2
        assert record["error"]["code"] == "cgi.interpreter-missing"


# -- mod_cgid: what the script writes ------------------------------------------

@pytest.mark.expect_log(END)
def test_stderr_of_a_script_that_ran_alone(cgid):
    record = incident(cgid, "/s/mute.cgi")
    assert "mute: the moon is far" in said(record)
    assert "C:\\new\\table" in said(record)
    assert END not in said(record).partition("\n")[0]
    assert said(record).count(END) == 1  # httpd's own line is no stderr
    assert "unsure" not in record["errclarity"]["evidence"][0]
    # A later one does not see it again.
    assert said(incident(cgid, "/s/mute.cgi")).count("moon") == 1


@pytest.mark.expect_log(END)
def test_stderr_beside_another_script(cgid):
    """Only what names the script is its own, and not for sure."""
    with Beside(cgid):
        record = incident(cgid, "/s/mute.cgi")
    assert "jq: command not found" in said(record)
    assert "moon" not in said(record)
    assert "secret" not in str(record)
    assert record["errclarity"]["evidence"][0]["unsure"] is True
    assert record["errclarity"]["confidence"] != "high"


@pytest.mark.expect_log(END)
def test_stderr_where_others_write_at_any_time(start):
    """mod_fcgid's programs write to the same log, unseen."""
    server = with_scripts(start(
        CONF + "FcgidIPCDir {root}/run\n"
        "FcgidProcessTableFile {root}/run/fcgid.shm\n",
        modules=["mod_cgid", "mod_fcgid"]))
    record = incident(server, "/s/mute.cgi")
    assert "jq: command not found" in said(record)
    assert "moon" not in said(record)
    assert record["errclarity"]["confidence"] != "high"


@pytest.mark.expect_log(END)
def test_stderr_flood_keeps_both_ends(cgid):
    """It is longer than what is read at most."""
    record = incident(cgid, "/s/flood.cgi")
    text = said(record)
    assert re.search(r": 1$", text, re.M) and "last words of the flood" in text
    assert record["errclarity"]["dropped"] > 0
    numbers = [int(n) for n in re.findall(r": (\d+)$", text, re.M)]
    assert numbers == sorted(numbers)


FIVE = {
    "denied": ("permission.script-not-executable",),
    "nowhere": ("cgi.interpreter-missing",),
    "perl": ("deployment.missing-dependency",),
    "shell": ("deployment.missing-dependency",),
    # Its last line names no file: it may have to be left out.
    "python": ("app.python-exception", "cgi.no-output"),
}
MARKS = {"denied": "denied.cgi", "nowhere": "nowhere.cgi",
         "perl": "No/Such/Module", "shell": "no-such-command-anywhere",
         "python": "absent-from-python"}


@pytest.mark.expect_log(EXEC, END, "AH10159")
def test_fifty_failures_of_five_kinds_at_once(cgid):
    kinds = list(FIVE) * 10
    calls = [lambda k=k: (k, cgid.get(f"/s/{k}.cgi?detail"))
             for k in kinds]
    answers = parallel(calls, 50)
    explained = 0
    for kind, response in answers:
        record = cases.record_of(cgid, cases.incident_id(response))
        assert record["error"]["code"] in FIVE[kind], said(record)
        explained += record["error"]["code"] == FIVE[kind][0]
        for other, mark in MARKS.items():
            assert other == kind or mark not in str(record), (kind, mark)
    assert explained >= 41, "no traceback was whole"


@pytest.mark.expect_log(END)
def test_one_after_the_other_is_not_beside(cgid):
    """A client's next request may come before the last one is logged."""
    paths = ["/s/mute.cgi", "/s/files.cgi"] + ["/s/mute.cgi"] * 20
    for response in [cgid.get(path) for path in paths]:
        if response.status == 500:
            record = cases.record_of(cgid, cases.incident_id(response))
            assert "unsure" not in str(record["errclarity"]["evidence"])


# -- mod_wsgi's daemon ---------------------------------------------------------

@pytest.mark.expect_log(WSGI)
def test_tracebacks_of_a_daemon_are_never_mixed_up(wsgi):
    calls = [lambda i=i: (i, wsgi.get(f"/w/fail.wsgi?key-{i}-"))
             for i in range(50)]
    for i, response in parallel(calls, 25):
        record = cases.record_of(wsgi, cases.incident_id(response))
        assert record["error"]["code"] == "app.python-exception"
        assert record["error"]["type"] == "KeyError"
        assert record["errclarity"]["facts"]["line"] == 2
        assert "unsure" not in str(record["errclarity"]["evidence"])
        assert set(re.findall(r"'key-(\d+)-'", said(record))) == {str(i)}


@pytest.mark.expect_log(WSGI)
def test_full_ring_does_no_harm(wsgi):
    """Healthy requests that log more than there are slots, while others
    fail."""
    calls = [lambda: wsgi.get("/w/chatty.wsgi?3000")] * 3 \
        + [lambda: wsgi.get("/w/fail.wsgi?key")] * 5
    for response in parallel(calls, 8):
        assert response.status in (200, 500)
    record = incident(wsgi, "/w/fail.wsgi?after")
    assert record["error"]["type"] == "KeyError"
    assert "chatter" not in said(record)


@pytest.mark.expect_log(WSGI)
def test_flood_of_one_request_is_counted(wsgi):
    record = incident(wsgi, "/w/long.wsgi")
    assert record["error"]["type"] == "ValueError"
    assert record["errclarity"]["dropped"] > 1000
    # 6000 messages are more than the ring holds.
    assert record["errclarity"]["evidence_lost"] is True
    assert "evidence_lost" not in incident(
        wsgi, "/w/fail.wsgi?quiet")["errclarity"]


@pytest.mark.expect_log(WSGI)
def test_losses_are_told(start):
    """At a restart, and at the end; not when there are none."""
    server = with_scripts(start.make(WSGI_CONF + "LogLevel errclarity:info\n",
                                     modules=["mod_wsgi"],
                                     tolerate=["AH00488"]))
    told = r"ECL0039: .* (\d+) were overwritten .*, (\d+) found no room"
    with server:
        assert server.get("/ok.html").status == 200  # its signals are caught
        restart(server, 1)
        assert not re.findall(told, server.error_log())
        incident(server, "/w/long.wsgi")
        restart(server, 10)
        (overwritten, refused), = re.findall(told, server.error_log())
        assert int(overwritten) > 1000 and refused == "0"
    assert len(re.findall(told, server.error_log())) == 2


# -- restarts ------------------------------------------------------------------

def restart(server, how):
    path = server.root / "logs" / "error.log"
    lines = len(re.findall(r"resuming normal operations", server.error_log()))
    server.proc.send_signal(how)
    servers.wait_for(
        lambda: len(re.findall(r"resuming normal operations",
                               path.read_text("utf-8", "replace"))) > lines,
        "the restart")


@pytest.mark.parametrize("how", [10, 1], ids=["graceful", "hard"])
@pytest.mark.expect_log(WSGI, EXEC, END, "SIGHUP|SIGUSR1|Graceful")
def test_restarts(start, how):
    server = with_scripts(start(CONF + WSGI_CONF,
                                modules=["mod_cgid", "mod_wsgi"],
                                tolerate=["AH00488"]))
    for _ in range(3):
        assert "jq" in said(incident(server, "/s/mute.cgi"))
        assert incident(server, "/w/fail.wsgi?x")["error"]["type"] == "KeyError"
        assert "AH01241" in str(incident(server, "/s/denied.cgi"))
        assert len(shared_memory(server.proc.pid)) == 1
        restart(server, how)


@pytest.mark.skipif(os.geteuid() != 0, reason="a uid a request needs root")
@pytest.mark.expect_log(WSGI)
def test_mpm_itk(start):
    """Whoever fails may read what the daemon wrote, whatever its uid."""
    server = with_scripts(start(
        WSGI_CONF.replace("shutdown", "socket-user=nobody shutdown")
        + "AssignUserID nobody nogroup\n", mpm="prefork",
        modules=["mpm_itk", "mod_wsgi"]))
    for i in range(5):
        record = incident(server, f"/w/fail.wsgi?key-{i}-")
        assert record["error"]["type"] == "KeyError"
        assert set(re.findall(r"'key-(\d+)-'", said(record))) == {str(i)}


@pytest.mark.expect_log(END, "Graceful")
def test_rotated_log_is_read_after_a_graceful_restart(start):
    server = with_scripts(start(CONF, modules=["mod_cgid"],
                                tolerate=["AH00488"]))
    log = server.root / "logs" / "error.log"
    assert "moon" in said(incident(server, "/s/mute.cgi"))
    log.rename(log.with_name("error.log.1"))
    server.log_seen = 0
    server.proc.send_signal(10)
    servers.wait_for(lambda: log.exists() and "resuming" in server.error_log(),
                     "the restart")
    assert "moon" in said(incident(server, "/s/mute.cgi"))


@pytest.mark.expect_log(END)
def test_truncated_log_is_nobodys(cgid):
    """copytruncate, between a script's begin and its end."""
    log = cgid.root / "logs" / "error.log"
    with Beside(cgid):
        os.truncate(log, 0)
        cgid.log_seen = 0
    assert "moon" in said(incident(cgid, "/s/mute.cgi"))


# -- formats, privileges, Off --------------------------------------------------

@pytest.mark.expect_log(END, ".")
def test_own_lines_of_another_format_are_left_out(start):
    server = with_scripts(start(
        CONF + 'ErrorLogFormat "%{cu}t %-m|%l pid=%P <%E %a> %M"\n'
        "LogLevel info\n", modules=["mod_cgid"]))
    record = incident(server, "/s/mute.cgi")
    assert "moon" in said(record)
    stderr = [line for line in said(record).splitlines()
              if line.startswith("stderr from")]
    assert len(stderr) == 3, stderr


def test_scripts_do_not_inherit_the_log(cgid):
    """Not even its descriptor: the flags' last digit 0 is for reading."""
    files = cgid.get("/s/files.cgi").text.splitlines()
    log = [line for line in files if "error.log" in line]
    assert log and not [line for line in log if line.endswith(" 0")], files


def shared_memory(pid):
    """Sizes of the process's shared mappings of a megabyte or more."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        spans = [line.split("-", 1)[0:1] + line.split()[0].split("-")[1:]
                 for line in maps if " rw-s " in line]
    sizes = [int(end, 16) - int(begin, 16) for begin, end in spans]
    return [size for size in sizes if size >= 1 << 20]


def log_readers(pid, name="error.log"):
    """Descriptors of the process that read the error log."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            with open(f"/proc/{pid}/fdinfo/{fd}", encoding="utf-8") as info:
                flags = re.search(r"flags:\s*0*(\d+)", info.read()).group(1)
        except OSError:
            continue
        if target.endswith(name) and int(flags, 8) & 3 == os.O_RDONLY:
            found.append(fd)
    return found


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as pids:
        return [int(child) for child in pids.read().split()]


@pytest.fixture(scope="module")
def both(start):
    return with_scripts(start(CONF + WSGI_CONF,
                              modules=["mod_cgid", "mod_wsgi"]))


def test_daemons_of_other_users_do_not_inherit_the_log(both):
    daemon = int(both.get("/w/shell.wsgi").text)
    assert daemon in children(both.proc.pid)
    assert not log_readers(daemon)
    assert not log_readers(both.proc.pid), "the next daemon would inherit it"


@pytest.mark.expect_log(END)
def test_programs_of_other_modules_are_beside(both):
    """What mod_wsgi's daemon runs while a script fails is in no table."""
    with Beside(both, "/s/waits-and-fails.cgi", 500) as beside:
        assert both.get("/w/shell.wsgi").status == 200
    record = cases.record_of(both, cases.incident_id(beside.response.result()))
    assert "secret" not in str(record)
    assert "waits-and-fails.cgi: no such thing" in said(record)


def test_off_has_no_memory_and_no_descriptor(start):
    for mode, some in (("Off", 0), ("Log", 1)):
        server = start(CONF + "ErrClarity " + mode, modules=["mod_cgid"],
                       errclarity=True) if mode == "Log" else None
        if server is None:
            server = start.make(CONF, modules=["mod_cgid"])
            text = server.conf_file.read_text().replace("ErrClarity On",
                                                        "ErrClarity Off")
            server.conf_file.write_text(text)
            server.start()
            start.started.append(server)
        assert len(shared_memory(server.proc.pid)) == some, mode
        readers = [log_readers(pid) for pid in children(server.proc.pid)]
        assert any(readers) == some, mode
        assert not log_readers(server.proc.pid), mode


def test_no_descriptor_without_mod_cgid(wsgi):
    assert len(shared_memory(wsgi.proc.pid)) == 1
    assert not any(map(log_readers, children(wsgi.proc.pid)))
