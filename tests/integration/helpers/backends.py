# SPDX-License-Identifier: Apache-2.0
"""What stands behind httpd: faulty HTTP backends and PHP-FPM."""
import gzip
import os
import pathlib
import socket
import struct
import subprocess
import threading

from . import paths
from .server import can_connect, free_port, stop_process, wait_for

APP_JSON = b'{"error":"the application says so"}'
APP_HTML = b"<!doctype html><title>The application's own page</title>"


def http_response(status, body, *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# What the backend answers, by the first part of the request's path.
ANSWERS = {
    "ok": http_response("200 OK", b"fine\n", "Content-Type: text/plain"),
    "json": http_response("500 Backend Oops", APP_JSON, 'ETag: "dead"',
                          "Content-Type: application/json"),
    "html": http_response("500 Oops", APP_HTML, "Content-Type: text/html"),
    "gzip": http_response("500 Oops", gzip.compress(APP_HTML, mtime=0),
                          "Content-Type: text/html",
                          "Content-Encoding: gzip"),
    "empty": http_response("500 Oops", b"", 'ETag: "dead"',
                           "Set-Cookie: site=1"),
    "truncated": http_response("200 OK", b"x" * 100).replace(
        b"Content-Length: 100", b"Content-Length: 100000"),
    "badheader": b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n",
    "garbage": b"SSH-2.0-OpenSSH_9.2\r\n",
    "fin": b"",
}


class Backend:
    """An HTTP server for one request a connection; the request's path says
    what goes wrong: a key of ANSWERS, "reset" or "silent"."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.sock.getsockname()[1]
        self.done = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.done.set()
        self.sock.close()

    def accept(self):
        while not self.done.is_set():
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(conn,),
                             daemon=True).start()

    def answer(self, conn):
        with conn:
            head = b""
            while b"\r\n\r\n" not in head:
                data = conn.recv(65536)
                if not data:
                    return
                head += data
            fault = head.split(b" ")[1].decode().strip("/").split("/")[-1]
            if fault == "reset":
                # Closing with SO_LINGER 0 sends RST.
                conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
            elif fault == "silent":
                self.done.wait(15)
            else:
                conn.sendall(ANSWERS[fault])


def refused_port():
    """A port where nobody listens."""
    return free_port()


class Fpm:
    """A private php-fpm with one pool on a Unix socket.

    pool  further settings of the pool, which win
    ini   values of PHP's settings"""

    def __init__(self, directory, pool="", **ini):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.socket = str(self.directory / "fpm.sock")
        user = (f"user = {paths.USER}\ngroup = {paths.USER}\n"
                f"listen.owner = {paths.USER}\n" if paths.ROOT else "")
        settings = "".join(f"php_admin_value[{name}] = {value}\n"
                           for name, value in ini.items())
        self.conf = self.directory / "fpm.conf"
        self.conf.write_text(f"""\
[global]
error_log = {self.directory}/fpm.log
daemonize = no
[www]
listen = {self.socket}
{user}pm = static
pm.max_children = 3
catch_workers_output = no
request_terminate_timeout = 3
php_flag[log_errors] = on
php_flag[opcache.enable] = off
{settings}{pool}""")
        self.proc = None

    def __enter__(self):
        fpm = paths.program("php-fpm8.2", "php-fpm")
        args = [fpm, "-F", "-y", str(self.conf)]
        console = (self.directory / "console.log").open("wb")
        self.proc = subprocess.Popen(
            args, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            env={**os.environ, "LC_ALL": "C"}, start_new_session=True)
        wait_for(lambda: self.proc.poll() is not None
                 or can_connect(self.socket), "php-fpm's start")
        assert self.proc.poll() is None, (
            self.directory / "console.log").read_text()
        return self

    def __exit__(self, *exc):
        stop_process(self.proc)
