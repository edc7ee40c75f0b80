# SPDX-License-Identifier: Apache-2.0
"""A private httpd: own ServerRoot, own port, own configuration."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

from . import client, paths

BASE = ["mod_authz_core", "mod_authz_host", "mod_access_compat", "mod_mime",
        "mod_dir", "mod_alias", "mod_env", "mod_setenvif", "mod_headers",
        "mod_rewrite", "mod_unique_id"]

# Variables of the configuration ({root}) are filled in by str.replace: httpd's
# own ${...} and %{...} stay as they are.
CONF = """\
ServerRoot {root}
ServerName test.example
Listen 127.0.0.1:${ERRC_PORT}
PidFile {root}/run/httpd.pid
DefaultRuntimeDir {root}/run
Mutex file:{root}/run default
DocumentRoot {root}/htdocs
ErrorLog {root}/logs/error.log
LogLevel warn
LogFormat "%{ERRCLARITY_ID}e %{ERRCLARITY_ID}n %>s %B %U" ids
CustomLog {root}/logs/access.log ids
TypesConfig /dev/null
AddType text/html .html
AddType text/plain .txt
DirectoryIndex index.html
KeepAliveTimeout 3
Timeout 20
<Directory />
    Require all granted
    AllowOverride None
</Directory>
"""

PROCESSES = {
    "event": """\
StartServers 1
MinSpareThreads 25
MaxSpareThreads 75
ThreadsPerChild 25
MaxRequestWorkers 50
""",
    "prefork": """\
StartServers 3
MinSpareServers 2
MaxSpareServers 10
MaxRequestWorkers 60
""",
}

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

live = []  # servers whose logs are checked after every test


class StartError(Exception):
    pass


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for(condition, what, seconds=10):
    """Poll until condition() is true; its value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def can_connect(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    try:
        with socket.socket(family) as sock:
            sock.settimeout(1)
            sock.connect(address)
        return True
    except OSError:
        return False


def stop_process(proc, seconds=15):
    """SIGTERM, then SIGKILL; returns the exit code, None when it had to be
    killed."""
    if proc.poll() is None:
        proc.send_signal(signal.SIGTERM)
        try:
            return proc.wait(seconds)
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()
            return None
    return proc.returncode


def make_readable(root):
    """As after an upload, whatever the umask of the checkout was; one time
    for all, so that ETag and Last-Modified of two servers are the same."""
    for path in [root, *root.rglob("*")]:
        mode = path.stat().st_mode
        wanted = 0o755 if path.is_dir() or mode & 0o100 else 0o644
        path.chmod(wanted)
        os.utime(path, (1e9, 1e9))


class Httpd:
    """One server.

    root      directory that becomes the ServerRoot; sites/ are copied there
    conf      configuration that follows the common part
    modules   names of further modules ("mod_cgid", "libphp8.2")
    errclarity  load the module under test; False makes the bare twin that
                healthy responses are compared with
    private   shell commands that root runs in a mount namespace of the
              server's own before it starts: nothing of them is seen outside
    tolerate  patterns of log lines that may come at any time, e.g. after
              the test that provoked them
    """

    def __init__(self, root, conf, mpm="event", modules=(), errclarity=True,
                 tolerate=(), env=None, private=None):
        self.root = pathlib.Path(root)
        self.mpm = mpm
        self.errclarity = errclarity
        self.tolerate = list(tolerate)
        self.env = env or {}
        self.private = private
        self.port = None
        self.proc = None
        self.log_seen = 0       # bytes of error_log checked so far
        self.records_seen = 0   # bytes of incidents.json checked so far
        self.ids = set()        # incident ids met so far
        self.conf_file = self.root / "httpd.conf"
        self.pid_file = self.root / "run" / "httpd.pid"
        self.make_tree()
        self.conf_file.write_text(self.configuration(conf, modules))

    # -- before the start --------------------------------------------------

    def make_tree(self):
        for name in ("logs", "run", "htdocs", "out"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        for site in paths.SITES.iterdir():
            if site.is_dir():
                shutil.copytree(site, self.root / site.name,
                                dirs_exist_ok=True)
        (self.root / "htdocs" / "ok.html").write_text(
            "<!doctype html><title>ok</title><p>healthy\n")
        make_readable(self.root)
        for name in ("run", "out"):
            (self.root / name).chmod(0o777)

    def configuration(self, conf, modules):
        names = [f"mod_mpm_{self.mpm}", *BASE, *modules]
        lines = [paths.load_module(name) for name in dict.fromkeys(names)]
        lines.append(f"LoadModule ecltest_module {paths.ECLTEST}")
        if self.errclarity:
            lines.append(f"LoadModule errclarity_module {paths.MODULE}")
        lines += [PROCESSES[self.mpm], CONF]
        if paths.ROOT:
            lines += [f"User {paths.USER}", f"Group {paths.USER}"]
        lines += ["<IfModule errclarity_module>", "ErrClarity On",
                  "ErrClarityLog logs/incidents.json", "</IfModule>",
                  "<Location /ecltest>", "SetHandler ecltest", "</Location>",
                  conf]
        return "\n".join(lines).replace("{root}", str(self.root))

    # -- life --------------------------------------------------------------

    def command(self, *args):
        return [paths.httpd(), "-d", str(self.root), "-f",
                str(self.conf_file), "-C", f"Define ERRC_PORT {self.port}",
                *args]

    def environment(self):
        # A developer's own PATH may hold what httpd's user may not enter.
        env = {**os.environ, "LC_ALL": "C", "PATH": SYSTEM_PATH, **self.env}
        if paths.ASAN:
            env.update(paths.sanitizer(self.root / "out" / "sanitizer"))
        return env

    def alone(self):
        """Arguments before httpd's; httpd keeps the process id."""
        if not self.private:
            return []
        if subprocess.run([paths.program("unshare"), "--mount", "true"],
                          capture_output=True, check=False).returncode:
            paths.missing("the right to make a mount namespace")
        commands = self.private.replace("{root}", str(self.root))
        return [paths.program("unshare"), "--mount", "sh", "-ec",
                commands + '\nexec "$@"', "sh"]

    def start(self):
        """Start in the foreground; another port when this one was taken.

        httpd listens before it opens its logs, and may still give up then: it
        is up once it has written its PidFile."""
        for _ in range(5):
            self.port = free_port()
            output = (self.root / "logs" / "console.log").open("w+b")
            self.proc = subprocess.Popen(
                self.alone() + self.command("-DFOREGROUND"), stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, env=self.environment(),
                start_new_session=True)
            try:
                wait_for(lambda: self.proc.poll() is not None
                         or self.pid_file.exists()
                         and can_connect(("127.0.0.1", self.port)),
                         "httpd's start", 20)
            except TimeoutError:
                stop_process(self.proc)
                raise StartError(self.console()) from None
            if self.proc.poll() is None:
                live.append(self)
                return self
            if "could not bind" not in self.console():
                break
        raise StartError(f"ended with {self.proc.returncode}\n"
                         + self.console())

    def console(self):
        text = (self.root / "logs" / "console.log").read_text("utf-8",
                                                              "replace")
        return text + self.error_log()

    def stop(self):
        if self in live:
            live.remove(self)
        code = stop_process(self.proc)
        assert code == 0, f"httpd ended with {code}: {self.console()[-2000:]}"

    def graceful(self):
        self.proc.send_signal(signal.SIGUSR1)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    def test_config(self, *args):
        """httpd -t; returns the finished process with its text in stderr."""
        self.port = self.port or free_port()
        return subprocess.run(self.command("-t", *args), text=True,
                              capture_output=True, timeout=30,
                              env=self.environment(), check=False)

    # -- what it says ------------------------------------------------------

    def error_log(self):
        path = self.root / "logs" / "error.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def access_log(self):
        return (self.root / "logs" / "access.log").read_text("utf-8")

    @property
    def records_path(self):
        return self.root / "logs" / "incidents.json"

    def url(self, path, scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}{path}"

    def get(self, path, *args, accept="application/problem+json"):
        """Request path with curl; see client.curl()."""
        head = ["-H", f"Accept: {accept}"] if accept else ["-H", "Accept:"]
        return client.curl(self.url(path), *head, *args)

    def raw(self, data, **kw):
        return client.raw(("127.0.0.1", self.port), data, **kw)
