#!/usr/bin/python3
"""A FastCGI responder without libraries (FastCGI Specification 1.0). The
query string says what goes wrong."""
import os
import signal
import socket
import struct
import time

STDIN, STDOUT, STDERR, END, PARAMS = 5, 6, 7, 3, 4


def read(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def records(conn):
    while True:
        _, kind, _, size, pad, _ = struct.unpack("!BBHHBB", read(conn, 8))
        content = read(conn, size)
        read(conn, pad)
        yield kind, content


def send(conn, kind, content=b""):
    conn.sendall(struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0)
                 + content)


def answer(conn, params):
    """Everything that a request may ask for; "ok" when nothing matches."""
    fault = next((f for f in (b"silent", b"bad-header", b"crash", b"slow",
                              b"stderr", b"own-500", b"late")
                  if b"fault=" + f in params), b"ok")
    if fault == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if fault == b"slow":
        time.sleep(8)
    if fault == b"stderr":
        send(conn, STDERR, b"cannot reach the moon: no rocket\n")
    text = {b"ok": b"Content-Type: text/plain\r\n\r\nhealthy\n",
            b"own-500": b"Status: 500 Own\r\nContent-Type: text/plain\r\n"
                        b"\r\nown error page\n",
            b"bad-header": b"Hello, I am no header\n",
            b"late": b"Content-Type: text/plain\r\n\r\n" + b"x" * 20000,
            }.get(fault, b"")
    if text:
        send(conn, STDOUT, text)
    if fault == b"late":
        os.kill(os.getpid(), signal.SIGKILL)
    send(conn, STDOUT)
    send(conn, END, struct.pack("!IB3x", 0, 0))


listener = socket.socket(fileno=0)
while True:
    connection, _ = listener.accept()
    with connection:
        environment = b""
        try:
            for record_kind, body in records(connection):
                if record_kind == PARAMS:
                    environment += body
                if record_kind == STDIN and not body:
                    answer(connection, environment)
                    break
        except (EOFError, OSError):
            pass
