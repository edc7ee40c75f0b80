# SPDX-License-Identifier: Apache-2.0
"""ErrClarityCrashReport: a worker that dies by a signal leaves a record."""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess

import pytest

from helpers import cases, server as servers

CONF = """
<IfModule errclarity_module>
    ErrClarityCrashReport On
</IfModule>
<VirtualHost *:*>
    ServerName test.example
</VirtualHost>
<VirtualHost *:*>
    ServerName other.example
    <IfModule errclarity_module>
        ErrClarityLog logs/other.json
    </IfModule>
    <Location />
        SetHandler ecltest
    </Location>
</VirtualHost>
"""
SIGNALS = {"segv": 11, "abort": 6, "fpe": 8, "overflow": 11}
pytestmark = pytest.mark.expect_log("exit signal", r"\[errclarity:")


@pytest.fixture(scope="module", params=["event", "prefork"])
def server(request, start):
    return start(CONF, mpm=request.param, tolerate=["exit signal"])


def lines(server, number):
    return re.findall(rf"^.*ECL{number:04}: .*$", server.error_log(), re.M)


@pytest.mark.parametrize("how", SIGNALS)
def test_record(server, how):
    before = len(cases.records(server))
    response = server.get(f"/ecltest?crash={how}&password=hunter2x&n=1")
    assert response.status == 0
    record, = cases.new_records(server, before)
    ecl = record["errclarity"]
    assert record["error"]["code"] == "server.child-crash"
    assert ecl["facts"]["signal"] == str(SIGNALS[how])
    assert ecl["confidence"] == "high"
    assert ecl["response"] == "too-late"
    assert ecl["handler"] == "ecltest"
    assert ecl["vhost"] == f"test.example:{server.port}"
    assert record["http"] == {"request": {"method": "GET"}}
    assert record["url"] == {
        "path": "/ecltest", "domain": "127.0.0.1",
        "query": f"crash={how}&password=[redacted]&n=1"}
    # httpd's own message has the same process; it handled the signal itself.
    pid = record["process"]["pid"]
    servers.wait_for(lambda: re.search(
        rf"AH0005[12]: child pid {pid} exit signal \D+ "
        rf"\({SIGNALS[how]}\)", server.error_log()), "AH00052")
    line, = [text for text in lines(server, 18) if f"[pid {pid}:" in text]
    assert record["error"]["id"] in line
    assert f'signal {SIGNALS[how]} while serving "GET /ecltest?' in line
    assert "hunter2x" not in server.error_log()
    assert f"test.example:{server.port}, handler ecltest" in line
    assert server.get("/ok.html").status == 200


def test_log_of_the_virtual_host(server):
    server.get("/x?crash=segv", "-H", "Host: other.example")
    path = server.root / "logs" / "other.json"
    servers.wait_for(lambda: path.exists() and path.read_bytes(), "a record")
    assert b'"/x"' in path.read_bytes()


def children(server):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.proc.pid)],
                         capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid in out.split()]


def test_idle_worker_blames_no_request(server):
    """The last request is over: it did not crash."""
    assert server.get("/ok.html").status == 200
    before = len(cases.records(server))
    pids = children(server)
    for pid in pids:
        os.kill(pid, signal.SIGSEGV)
    for record in cases.new_records(server, before, len(pids)):
        assert record["error"]["code"] == "server.child-crash"
        assert "url" not in record and "vhost" not in record["errclarity"]
        assert record["process"]["pid"] in pids


def test_many_at_once(server):
    """None is lost or told twice."""
    before = len(cases.records(server))
    written, recorded = len(lines(server, 18)), len(lines(server, 19))
    for _ in range(3):
        procs = [subprocess.Popen(
            ["curl", "-s", "-o", "/dev/null",
             server.url(f"/ecltest?crash=segv&n={n}")]) for n in range(4)]
        for proc in procs:
            proc.wait()
    servers.wait_for(lambda: len(lines(server, 19)) >= len(lines(server, 18)),
                     "the parent")
    told = [r["error"]["id"] for r in cases.records(server)[before:]]
    assert len(set(told)) == len(told) == len(lines(server, 19)) - recorded
    # Who is killed by another thread's crash before its own line is written
    # has a record all the same.
    assert {re.search(r"incident (\S+):", text)[1]
            for text in lines(server, 18)[written:]} <= set(told)


def test_hangs_on_to_an_id(server):
    """The client has been given a reference when the worker dies."""
    before = len(cases.records(server))
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(b"GET /ecltest?status=500&body=none&flush=1&body=text"
                     b"&flush=1&crash=segv HTTP/1.1\r\nHost: x\r\n\r\n")
        head = sock.makefile("rb").read()
    incident = re.search(rb"Error-Id: (\S+)", head)[1].decode()
    record, = cases.new_records(server, before)
    assert record["error"]["id"] == incident
    assert record["error"]["code"] == "server.child-crash"


def test_crash_while_nobody_watches(start):
    """The parent is dead, too: the next start writes the record, once."""
    server = start.make(CONF, mpm="prefork").start()
    server.get("/ok.html")
    orphans = children(server)
    server.proc.kill()
    server.proc.wait()
    server.pid_file.unlink()
    try:
        assert server.get("/ecltest?crash=segv").status == 0
    finally:
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    assert not cases.records(server)
    with server:
        record, = cases.new_records(server, 0)
        assert record["url"]["path"] == "/ecltest"
    with server:
        pass
    assert len(cases.records(server)) == 1


@pytest.mark.parametrize("state", [1, 0x3fffff, 0xffffffff],
                         ids=["full", "of-the-dead", "nonsense"])
def test_what_a_worker_left_is_not_trusted(start, state):
    """Whoever runs code in a worker can write it; who reads it may be root."""
    server = start.make(CONF).start()
    # httpd's own children may crash when they are stopped as they start.
    server.get("/")
    servers.stop_process(server.proc)
    spool = server.root / "run" / "errclarity-crashes"
    data = bytearray(spool.read_bytes())
    size = struct.unpack_from("<4I", data)[3]
    for slot in range(32, len(data), size):
        data[slot:slot + size] = b"\xff" * size
        struct.pack_into("<Ii", data, slot, state, 2 ** 31 - 1)
        struct.pack_into("<qq", data, slot + 24, -2 ** 63, 2 ** 63 - 1)
    spool.write_bytes(data)
    server.start()
    start.started.append(server)
    assert len(cases.records(server)) == (len(data) - 32) // size
    assert server.get("/ok.html").status == 200
    assert not any(spool.read_bytes()[32:]), "the slots are free again"


def test_http2(start):
    server = start(CONF + "Protocols h2c http/1.1\n", modules=["mod_http2"],
                   tolerate=["exit signal"])
    server.get("/ecltest?crash=segv", "--http2-prior-knowledge")
    record, = cases.new_records(server, 0)
    assert record["url"]["path"] == "/ecltest"
    assert record["errclarity"]["facts"]["signal"] == "11"


def test_after_a_graceful_restart(start):
    server = start(CONF, tolerate=["exit signal"])
    server.graceful()
    servers.wait_for(lambda: server.error_log().count("resuming normal") == 2,
                     "the graceful restart")
    server.get("/ecltest?crash=segv")
    record, = cases.new_records(server, 0)
    assert record["error"]["code"] == "server.child-crash"


def test_off_by_default(start):
    server = start(CONF.replace("Report On", "Report Off"),
                   tolerate=["exit signal"])
    server.get("/ecltest?crash=segv")
    servers.wait_for(lambda: "exit signal" in server.error_log(), "AH00052")
    assert not lines(server, 18) and not cases.records(server)


@pytest.mark.parametrize("conf, said", [
    ("ErrClarityCrashReport maybe", "'maybe': expected On or Off"),
    ("<VirtualHost *:*>\nErrClarityCrashReport On\n</VirtualHost>",
     "cannot occur within <VirtualHost> section"),
])
def test_wrong(start, conf, said):
    result = start.make(conf).test_config()
    assert result.returncode != 0
    assert said in result.stderr
    assert "ErrClarityCrashReport" in result.stderr
