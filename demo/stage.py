# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the mod_errclarity authors
"""stage.py - a folder, two httpd servers and a PHP-FPM, all private.

The two servers have the same sites and the same configuration; one of them
loads mod_errclarity. Everything listens on 127.0.0.1 only, writes only below
the stage's folder, and is gone after Stage.close()."""
import contextlib
import ctypes
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BASE = ["mpm_event", "authz_core", "authz_host", "mime", "dir", "alias",
        "env", "setenvif", "log_config", "unixd", "filter"]

# A component's httpd modules; "php" needs a program too.
COMPONENTS = {
    "cgi": ["cgi"],
    "proxy_fcgi": ["proxy", "proxy_fcgi"],
    "php": ["proxy", "proxy_fcgi"],
    "proxy_http": ["proxy", "proxy_http"],
    "rewrite": ["rewrite"],
    "wsgi": ["wsgi"],
}
PACKAGES = {"php": "php-fpm", "wsgi": "libapache2-mod-wsgi-py3"}

CONF = """\
ServerRoot {root}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {root}/run/{name}.pid
DefaultRuntimeDir {root}/run
DocumentRoot {root}/sites
ErrorLog {root}/logs/{name}-error.log
LogLevel warn
LogFormat "%h %t \\"%r\\" %>s %B" plain
CustomLog {root}/logs/{name}-access.log plain
TypesConfig /dev/null
AddType text/html .html
DirectoryIndex index.html index.php
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
GracefulShutdownTimeout 1
<Directory />
    AllowOverride None
    Require all denied
</Directory>
<Directory {root}/sites>
    Require all granted
</Directory>
"""

# A real site would ask for an address (-R '192.0.2.0/24') or a login; here the
# reader chooses the view by the URL, so that a browser can show all of them.
ERRCLARITY = """\
LoadModule errclarity_module {module}
ErrClarity On
ErrClarityLog {root}/logs/incidents.jsonl
ErrClarityStatus 5xx 403
ErrClarityContact mailto:support@example.com
ErrClarityDetail owner "expr=%{QUERY_STRING} == 'view=owner'"
ErrClarityDetail operator "expr=%{QUERY_STRING} == 'view=operator'"
"""

FPM = """\
[global]
error_log = {root}/logs/php-fpm.log
daemonize = no
[demo]
listen = {root}/run/php.sock
listen.mode = 0666
pm = static
pm.max_children = 1
php_admin_value[memory_limit] = 16M
php_admin_flag[log_errors] = on
php_flag[display_errors] = off
"""


class StageError(Exception):
    """The stage cannot be set up; the text says why."""


def fill(template, **values):
    """httpd's own %{...} stays as it is."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", str(value))
    return template


def program(*patterns):
    """The first installed program, by name or glob pattern; or None."""
    path = os.environ.get("PATH", "").split(":") + [
        "/usr/sbin", "/usr/local/sbin", "/sbin"]
    for pattern in patterns:
        for folder in filter(None, path):
            for found in sorted(glob.glob(f"{folder}/{pattern}")):
                if os.access(found, os.X_OK):
                    return found
    return None


def die_with_parent():
    """In the child: get SIGTERM when the demo is killed (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def readable_by_all(folder):
    folder = pathlib.Path(folder).resolve()
    return all(p.stat().st_mode & 0o001 for p in [folder, *folder.parents])


def temp_folder():
    """Servers started by root run as another user, who must get there."""
    for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if os.path.isdir(folder) and readable_by_all(folder):
            return pathlib.Path(tempfile.mkdtemp(prefix="errclarity-demo-",
                                                 dir=folder))
    raise StageError("no temporary folder that the servers' user can enter")


def worker_user():
    """Whom the servers run as; None: as whoever starts the demo."""
    if os.geteuid() != 0:
        return None
    for name in ("www-data", "apache", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise StageError("no user www-data, apache or nobody to run servers as")


def answers(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(1)
        return sock.connect_ex(address) == 0


class Stage:
    """Set up with start(), always end with close()."""

    def __init__(self, module):
        self.module = pathlib.Path(module).resolve()
        self.procs = []
        self.root = None
        self.sockets = []
        self.user = worker_user()
        self.httpd = program("apache2", "httpd")
        self.fpm = program("php-fpm", "php-fpm[0-9]*")
        if not self.httpd:
            raise StageError("no httpd found (apache2 or httpd): make deps")
        if not self.module.exists():
            raise StageError(f"{self.module} is missing: run make first")
        self.libexec = self.module_folder()
        self.builtin = self.run(self.httpd, "-l")

    @staticmethod
    def run(*args):
        return subprocess.run(args, capture_output=True, text=True,
                              check=False).stdout

    def module_folder(self):
        apxs = program("apxs", "apxs2")
        folder = self.run(apxs, "-q", "LIBEXECDIR").strip() if apxs else ""
        return pathlib.Path(folder or "/usr/lib/apache2/modules")

    # -- what is there -----------------------------------------------------

    def missing(self, needs):
        """Why a site with these needs cannot be shown, or None."""
        for need in needs:
            if need == "php" and not self.fpm:
                return f"no php-fpm (package {PACKAGES['php']})"
            for name in COMPONENTS[need]:
                if self.load(name) is None:
                    package = PACKAGES.get(need)
                    return f"no mod_{name}" + (
                        f" (package {package})" if package else "")
        return None

    def load(self, name):
        """The LoadModule line, "" when compiled in, None when missing."""
        if f"mod_{name}.c" in self.builtin or f" {name}.c" in self.builtin:
            return ""
        path = self.libexec / f"mod_{name}.so"
        return f"LoadModule {name}_module {path}\n" if path.exists() else None

    # -- setting up --------------------------------------------------------

    def hold_port(self):
        """A port of our own: free for a server, or refused while held."""
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        return sock

    def write_sites(self, sites):
        for site in sites:
            folder = self.root / "sites" / site.name
            folder.mkdir()
            folder.chmod(0o755)
            for name, (mode, data) in site.files.items():
                path = folder / name
                path.write_bytes(data)
                path.chmod(mode)
        healthy = self.root / "sites" / "healthy.html"
        healthy.write_text("<!doctype html><title>ok</title><p>healthy\n")
        healthy.chmod(0o644)

    def configuration(self, sites, name, port, closed_port):
        modules = dict.fromkeys(BASE + [m for site in sites
                                        for need in site.needs
                                        for m in COMPONENTS[need]])
        parts = [self.load(m) or "" for m in modules]
        parts.append(CONF)
        if self.user:
            parts.append(f"User {self.user.pw_name}\n"
                         f"Group #{self.user.pw_gid}\n")
        if name == "errclarity":
            parts.append(ERRCLARITY)
        values = {"root": self.root, "name": name, "port": port,
                  "module": self.module, "closed_port": closed_port}
        text = fill("".join(parts), **values)
        return text + "".join(
            fill(s.conf, dir=self.root / "sites" / s.name, **values)
            for s in sites)

    def start(self, sites):
        """Servers up. @return {name: port}"""
        self.root = temp_folder()
        for name in ("", "run", "logs", "sites"):
            (self.root / name).mkdir(exist_ok=True)
            (self.root / name).chmod(0o755)
        self.write_sites(sites)
        closed = self.hold_port()  # bound, never listening: refuses
        self.sockets.append(closed)
        if any("php" in site.needs for site in sites):
            self.start_fpm()
        return {name: self.start_httpd(sites, name, closed.getsockname()[1])
                for name in ("bare", "errclarity")}

    def start_httpd(self, sites, name, closed_port):
        conf = self.root / f"{name}.conf"
        for _ in range(5):
            with self.hold_port() as sock:
                port = sock.getsockname()[1]
            conf.write_text(self.configuration(sites, name, port,
                                               closed_port))
            proc = self.spawn(name, [self.httpd, "-d", str(self.root), "-f",
                                     str(conf), "-DFOREGROUND"])
            if self.wait_for(proc, ("127.0.0.1", port)):
                return port
            if "could not bind" not in self.output(name):
                break
        raise StageError(f"httpd did not start:\n{self.output(name)}")

    def start_fpm(self):
        text = fill(FPM, root=self.root)
        if self.user:
            text += f"user = {self.user.pw_name}\n"
        conf = self.root / "php-fpm.conf"
        conf.write_text(text)
        proc = self.spawn("php-fpm", [self.fpm, "-F", "-y", str(conf)])
        if not self.wait_for(proc, str(self.root / "run/php.sock")):
            raise StageError("php-fpm did not start:\n"
                             + self.output("php-fpm"))

    def spawn(self, name, args):
        """A session of its own: Ctrl-C reaches the demo alone, which stops
        the servers in order."""
        with (self.root / "logs" / f"{name}-console.log").open("wb") as out:
            proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=out, start_new_session=True,
                                    preexec_fn=die_with_parent,
                                    env={**os.environ, "LC_ALL": "C"})
        self.procs.append(proc)
        return proc

    @staticmethod
    def wait_for(proc, address, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end and proc.poll() is None:
            if answers(address):
                return True
            time.sleep(0.05)
        return False

    def output(self, name):
        return "".join(
            path.read_text("utf-8", "replace")
            for path in sorted((self.root / "logs").glob(f"{name}-*.log"))
            if "access" not in path.name)[-3000:].strip()

    # -- taking down -------------------------------------------------------

    def close(self):
        """Stop what was started, remove the folder. Safe to call twice."""
        for proc in self.procs:
            proc.send_signal(signal.SIGTERM)
        for proc in self.procs:
            try:
                proc.wait(10)
            except subprocess.TimeoutExpired:
                proc.kill()
                proc.wait()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(proc.pid, signal.SIGKILL)  # a worker left behind
        self.procs.clear()
        for sock in self.sockets:
            sock.close()
        self.sockets.clear()
        if self.root:
            shutil.rmtree(self.root, ignore_errors=True)
            self.root = None
