# SPDX-License-Identifier: Apache-2.0
"""Clients that leave, and responses without a body that state a length:
neither is a failure of the server's."""
import socket
import struct
import time

import pytest

from helpers import cases, server as servers

CONF = """
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
<Location /cgi>
    SetHandler cgi-script
    Options +ExecCGI
</Location>
Alias /cgi {root}/scripts
"""
MODULES = ["mod_cgi"]

SCRIPTS = {
    "slow": "echo Content-Type: text/plain; echo\n"
            "for i in $(seq 200); do head -c 60000 /dev/zero; sleep .01; done",
    "silent": "echo Status: 500; echo",
}


def with_scripts(server):
    directory = server.root / "scripts"
    directory.mkdir()
    for name, text in SCRIPTS.items():
        (directory / name).write_text(f"#!/bin/sh\n{text}\n")
        (directory / name).chmod(0o755)
    directory.chmod(0o755)
    return server


@pytest.fixture(scope="module")
def server(start):
    return with_scripts(start(CONF, modules=MODULES))


@pytest.fixture(scope="module")
def choosing(start):
    return with_scripts(start(CONF + "ErrClarityStatus 5xx 499\n",
                              modules=MODULES))


def leave(server, path):
    """Read the response's beginning, then reset the connection."""
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        sock.recv(1000)
        time.sleep(0.1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    # the access log's line follows the record
    servers.wait_for(lambda: path.partition("?")[0] in server.access_log(),
                     f"the end of {path}")


LONG = ["/cgi/slow", "/t/x?body=html&big=8000000",
        "/t/y?flush=1&big=8000000"]


@pytest.mark.parametrize("path", LONG)
def test_abort_is_no_failure(server, path):
    leave(server, path)
    assert cases.records(server) == []


@pytest.mark.parametrize("path", LONG)
def test_abort_chosen(choosing, path):
    before = len(cases.records(choosing))
    leave(choosing, path)
    record, = cases.records(choosing)[before:]
    assert record["error"]["code"] == "client.aborted"
    assert record["errclarity"]["response"] == "too-late"


@pytest.mark.parametrize("status", [304, 204])
@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_no_body_with_a_length(server, status):
    """A message makes the module look closer; a stated length is none."""
    before = len(cases.records(server))
    response = server.get(f"/t/z?log=error:minor&status={status}"
                          "&header=Content-Length:100")
    assert response.status == status
    time.sleep(0.1)
    assert cases.records(server)[before:] == []


def test_script_without_any_message(server):
    """No message at all, but probes: an empty list goes through them."""
    response = server.get("/cgi/silent")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["errclarity"]["body"] == "empty"
