# SPDX-License-Identifier: Apache-2.0
"""A private httpd for the benchmark, bare or under a measuring tool.

Its own ServerRoot and port, no more modules than it needs, so that the
difference between two servers is the module's. When root runs the benchmark
the server runs as an ordinary user from its first instruction on: tools and
log files then belong to one user.
"""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("ERRCLARITY_BUILD", "build")).resolve()
USER = os.environ.get("ERRCLARITY_TEST_USER", "www-data")

CONF = """\
ServerRoot {root}
ServerName bench.example
Listen 127.0.0.1:{port}
PidFile {root}/httpd.pid
DefaultRuntimeDir {root}
Mutex file:{root} default
DocumentRoot {root}/htdocs
ErrorLog {root}/error.log
LogLevel warn
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{{Referer}}i\\" \\
\\"%{{User-Agent}}i\\"" combined
CustomLog {root}/access.log combined
TypesConfig /dev/null
AddType text/html .html
KeepAlive On
MaxKeepAliveRequests 0
{modules}
<Directory />
    AllowOverride None
    Require all granted
</Directory>
<Location /fail>
    SetHandler ecltest
</Location>
{extra}
"""

MODULE_CONF = """\
LoadModule errclarity_module {build}/mod_errclarity.so
ErrClarity {mode}
ErrClarityLog {root}/incidents.json
"""


class MissingTool(Exception):
    pass


def program(*names):
    for name in names:
        found = shutil.which(name, path=os.environ.get("PATH", "")
                             + ":/usr/sbin:/usr/local/sbin")
        if found:
            return found
    raise MissingTool(f"{' or '.join(names)}: not installed")


def modules_dir():
    out = subprocess.run([program("apxs", "apxs2"), "-q", "LIBEXECDIR"],
                         capture_output=True, text=True, check=True)
    return out.stdout.strip()


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def as_user():
    """Arguments for subprocess that shed root's rights."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Httpd:
    """with Httpd(directory, mode="On") as server: ..."""

    def __init__(self, directory, mode=None, mpm="prefork", extra="",
                 wrap=(), single=True):
        """
        mode    None: without the module; else the argument of ErrClarity
        wrap    the measuring command that runs the server, as a list
        single  one process in the foreground (httpd -X)
        """
        self.root = pathlib.Path(directory)
        self.port = free_port()
        self.argv = [*wrap, program("apache2", "httpd"),
                     "-X" if single else "-DFOREGROUND",
                     "-d", str(self.root), "-f", str(self.root / "conf")]
        (self.root / "htdocs").mkdir(parents=True)
        (self.root / "htdocs" / "1k.html").write_bytes(b"x" * 1023 + b"\n")
        loaded = ["authz_core", "mime", f"mpm_{mpm}"]
        lines = [f"LoadModule {name}_module {modules_dir()}/mod_{name}.so"
                 for name in loaded]
        lines.append(f"LoadModule ecltest_module {BUILD}/mod_ecltest.so")
        if mode:
            lines.append(MODULE_CONF.format(build=BUILD, mode=mode,
                                            root=self.root))
        (self.root / "conf").write_text(CONF.format(
            root=self.root, port=self.port, modules="\n".join(lines),
            extra=extra))
        if os.geteuid() == 0:
            for path in (self.root, self.root / "htdocs"):
                shutil.chown(path, USER)
        self.process = None

    def __enter__(self):
        with open(self.root / "console", "wb") as console:
            self.process = subprocess.Popen(
                self.argv, cwd=self.root, stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, **as_user())
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc):
        # A tracer leaves its server behind when it is told to end.
        for pid in [*self.pids(), self.process.pid]:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_until_ready(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                self.get("/1k.html")
                return
            except ConnectionError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start:\n"
                           + (self.root / "console").read_text("utf-8",
                                                               "replace")
                           + self.text("error.log"))

    def text(self, name):
        try:
            return (self.root / name).read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def pids(self):
        """Process ids of the server: the first, then its children."""
        try:
            first = int(self.text("httpd.pid"))
        except ValueError:
            return []
        found = [first]
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text("utf-8", "replace").rpartition(")")[2]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields.split()[1]) == first:
                found.append(int(stat.parent.name))
        return found

    def settled(self, name):
        """The size of a log once nothing is added any more."""
        before, size = -1, 0
        while size != before:
            time.sleep(0.3)
            before, size = size, (self.root / name).stat().st_size
        return size

    def get(self, path, accept="*/*"):
        """One request on a new connection: (status, head, body)."""
        request = (f"GET {path} HTTP/1.1\r\nHost: bench.example\r\n"
                   f"User-Agent: bench\r\nAccept: {accept}\r\n"
                   "Connection: close\r\n\r\n")
        parts = []
        with socket.create_connection(("127.0.0.1", self.port), 60) as sock:
            sock.sendall(request.encode())
            while True:
                part = sock.recv(65536)
                if not part:
                    break
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        if not head:
            raise ConnectionError("no response")
        return int(head.split()[1]), head.decode("latin-1"), body


class Callgrind(Httpd):
    """Counts the instructions that requests cost."""

    def __init__(self, directory, mode=None, **kw):
        self.dumps = 0
        super().__init__(directory, mode, wrap=[
            program("valgrind"), "--tool=callgrind",
            f"--callgrind-out-file={directory}/callgrind.out",
            f"--vgdb-prefix={directory}/vgdb"], **kw)

    def command(self, word):
        subprocess.run(
            [program("vgdb"), f"--vgdb-prefix={self.root}/vgdb",
             f"--pid={self.process.pid}", word],
            capture_output=True, check=True, timeout=60, **as_user())

    def instructions(self, path, count, accept="*/*"):
        """Instructions a request, the mean of count."""
        for _ in range(10):
            self.get(path, accept)
        self.command("zero")
        for _ in range(count):
            self.get(path, accept)
        self.command("dump")
        self.dumps += 1
        dump = self.text(f"callgrind.out.{self.dumps}")
        total = re.search(r"^(?:totals|summary): (\d+)", dump, re.M)
        if not total:
            raise RuntimeError("callgrind wrote no totals")
        return int(total[1]) / count


class Strace(Httpd):
    """Lists the system calls that requests make."""

    def __init__(self, directory, mode=None, **kw):
        super().__init__(directory, mode, wrap=[
            program("strace"), "-f", "-y", "-o", f"{directory}/trace"], **kw)

    def calls(self, path, count, accept="*/*"):
        """The system calls of count requests, one a line."""
        for _ in range(10):
            self.get(path, accept)
        skip = self.settled("trace")
        for _ in range(count):
            self.get(path, accept)
        self.settled("trace")
        with open(self.root / "trace", "rb") as trace:
            trace.seek(skip)
            lines = trace.read().decode("utf-8", "replace").splitlines()
        # The accept that waits is written in two halves: count the first one.
        return [line for line in lines if re.match(r"\d+ +\w+\(", line)]


def memory(pid, field):
    """VmRSS or VmHWM in KiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M)[1])


def reset_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
