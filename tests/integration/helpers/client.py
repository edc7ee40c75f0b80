# SPDX-License-Identifier: Apache-2.0
"""Clients: curl as users have it, and raw sockets for what curl won't say."""
import dataclasses
import http.client
import io
import json
import socket
import subprocess

from . import bodies, paths


@dataclasses.dataclass
class Response:
    status: int
    reason: str
    version: str
    headers: list       # of (name, value), in the order of the wire
    body: bytes
    exit_code: int = 0  # curl's: 18 is a body that ended early

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def header(self, name):
        """The one value of a header, None when it is not there."""
        values = self.all(name)
        assert len(values) < 2, f"{name} {len(values)} times: {values}"
        return values[0] if values else None

    @property
    def media_type(self):
        return (self.header("Content-Type") or "").split(";")[0].strip()

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


def split_head(data):
    """Headers of the final response and what follows them."""
    while True:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status, *reason = lines[0].split(" ", 2)
        if 100 <= int(status) < 200 and int(status) != 101:
            data = rest
            continue
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return Response(int(status), reason[0] if reason else "", version,
                        headers, rest)


def curl(url, *args, timeout=30):
    """One request by curl. Status 0 when the server sent no response. A body
    of ours must be valid."""
    done = subprocess.run(
        [paths.program("curl"), "-q", "-sS", "-i", "-g",
         "--path-as-is",
         "--max-time", str(timeout), *args, url],
        capture_output=True, timeout=timeout + 10, check=False)
    if not done.stdout:
        return Response(0, done.stderr.decode(), "", [], b"", done.returncode)
    response = split_head(done.stdout)
    response.exit_code = done.returncode
    return bodies.check(response)


class _Unclosable(io.BytesIO):
    """http.client closes the stream after each response; the next one of the
    same connection still stands in it."""

    def close(self):
        pass


def parse_responses(data, methods=("GET",)):
    """All responses in the bytes of one connection; methods: of the requests
    in their order (HEAD has no body), the last stands for all that follow."""
    stream = _Unclosable(data)

    class Wire:
        def makefile(self, *_args, **_kw):
            return stream

    found = []
    while stream.tell() < len(data):
        method = methods[min(len(found), len(methods) - 1)]
        parsed = http.client.HTTPResponse(Wire(), method=method)
        parsed.begin()
        found.append(Response(parsed.status, parsed.reason,
                              f"HTTP/{parsed.version / 10}",
                              parsed.getheaders(), parsed.read()))
    return found


def raw(address, data, half_close=False, timeout=20, methods=("GET",)):
    """Send bytes, read until the server closes, return the responses."""
    received = b""
    with socket.create_connection(address, timeout=timeout) as sock:
        sock.sendall(data)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        try:
            while chunk := sock.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    return [bodies.check(response)
            for response in parse_responses(received, methods)]
