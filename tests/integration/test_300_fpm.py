# SPDX-License-Identifier: Apache-2.0
"""PHP-FPM behind mod_proxy_fcgi, and what happens when it is not there."""
import concurrent.futures
import socket

import pytest

from helpers import backends, cases, server as servers
from helpers.cases import Case, parameters

CONF = """
Alias /php/ {root}/php/
<Directory {root}/php>
    <FilesMatch "\\.php$">
        SetHandler "proxy:unix:%(fpm)s|fcgi://localhost"
    </FilesMatch>
</Directory>
<Proxy "fcgi://localhost" enablereuse=off timeout=6>
</Proxy>
<Location /timeout>
    ProxyPass "unix:%(silent)s|fcgi://silent/" timeout=1
</Location>
<Location /missing>
    ProxyPass "unix:{root}/run/none.sock|fcgi://missing/"
</Location>
<Location /denied>
    ProxyPass "unix:{root}/closed/fpm.sock|fcgi://denied/"
</Location>
<Location /refused>
    ProxyPass "fcgi://127.0.0.1:%(refused)d/"
</Location>
"""
GOT = r"AH01071: Got error"


def case(script, code, *args, **kw):
    kw.setdefault("body", "empty")
    kw.setdefault("log", (GOT,))
    return Case(f"/php/{script}", code, *args, **kw)


CASES = [
    case("parse.php", "app.php-parse-error",
         facts={"file": "parse.php", "line": 2}),
    case("exception.php", "app.php-uncaught-exception",
         facts={"file": "exception.php", "line": 4,
                "class": "DomainException"}),
    case("env.php", "app.php-uncaught-exception", facts={"line": 3}),
    case("missing-class.php", "deployment.missing-dependency",
         facts={"class": r"No\Such\Thing"}),
    case("missing-file.php", "deployment.missing-file",
         facts={"file": "not-uploaded.inc.php"}),
    case("memory.php", "resource.memory-limit", facts={"limit": 4194304}),
    case("time.php", "timeout.script", 504, 500),
    case("database.php", "dependency.database-unreachable", 503, 500),
    # That is what it looks like, too, when a script means it.
    case("silent-500.php", "app.php-fatal-error", log=()),
    case("own-500.php", "app.error-status", log=(), body="application",
         response="kept"),
    case("torn.php", "app.php-uncaught-exception|app.php-fatal-error",
         body="masked"),
    case("apology.php", "app.php-uncaught-exception|app.php-fatal-error",
         body="application", response="kept"),
    case("display.php", "app.php-uncaught-exception", original=200,
         body="masked"),
    case("shown-html.php", "app.php-uncaught-exception", original=200,
         body="masked", log=(), facts={"line": 6}),
    case("nolog.php", "app.php-fatal-error", log=(),
         facts={"file": "nolog.php", "directive": "log_errors, error_log"}),
    case("warned-500.php", "app.error-status"),
    # request_terminate_timeout kills the child
    case("sleep.php", "timeout.script|upstream.reset", 503, body="canned",
         log=("AH01067", "AH01075")),
    Case("/missing/x.php", "upstream.socket-missing", 503,
         log=("AH02454", "AH01079"), facts={"socket": "none.sock"}),
    Case("/refused/x.php", "upstream.refused", 503,
         log=("AH00957", "AH01079"), facts={"host": "127.0.0.1"}),
    Case("/timeout/x.php", "timeout.upstream", 504, log=("AH01075",)),
]
DENIED = Case("/denied/x.php", "permission.socket", 503,
              log=("AH02454", "AH01079"), facts={"socket": "fpm.sock"})


@pytest.fixture(scope="module")
def fpm(scratch):
    with backends.Fpm(scratch / "fpm") as running:
        yield running


@pytest.fixture(scope="module")
def silent(scratch):
    """A socket that accepts and never answers."""
    path = str(scratch / "silent.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen(20)
        (scratch / "silent.sock").chmod(0o777)
        yield path


@pytest.fixture(scope="module")
def conf(fpm, silent):
    return CONF % {"fpm": fpm.socket, "silent": silent,
                   "refused": backends.refused_port()}


MODULES = ["mod_proxy", "mod_proxy_fcgi"]


@pytest.fixture(scope="module")
def server(start, conf):
    return start(conf, modules=MODULES)


@pytest.mark.parametrize("one", parameters(CASES))
def test_fpm(server, one, expect_log):
    cases.run_case(server, one, expect_log)


def test_unlogged_is_a_guess(server):
    response = server.get("/php/nolog.php")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["errclarity"]["confidence"] == "low"
    assert any("log_errors=On" in h for h in record["errclarity"]["hints"])
    assert [a["code"] for a in record["errclarity"]["alternatives"]] == [
        "app.error-status"]


def test_socket_denied(server, expect_log):
    """A socket behind a directory that httpd's user may not enter."""
    closed = server.root / "closed"
    closed.mkdir()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(closed / "fpm.sock"))
        sock.listen(1)
        closed.chmod(0)
        cases.run_case(server, DENIED, expect_log)
        closed.chmod(0o755)


@pytest.mark.expect_log(GOT)
@pytest.mark.parametrize("path", ["/php/ok.php", "/php/warning.php"])
def test_healthy(server, bare, path):
    """AH01071 also carries mere warnings: no reason to touch a 200."""
    cases.check_healthy(server, bare, path)


@pytest.fixture(scope="module")
def bare(start, conf):
    return start(conf, modules=MODULES, errclarity=False)


# -- a pool whose children are all busy ----------------------------------------

HOLD = """<?php
touch('%(flag)s');
while (file_exists('%(flag)s')) { usleep(20000); clearstatcache(); }
echo 'done';
"""
BUSY = """
pm.max_children = 1
listen.backlog = 1
request_terminate_timeout = 30
"""


@pytest.mark.expect_log("AH01075")
def test_saturated_pool(start, scratch):
    """Who waits for a child longer than ProxyTimeout gets 504. FPM tells its
    own log that the pool is full; httpd learns of nothing but the silence."""
    with backends.Fpm(scratch / "busy", pool=BUSY) as pool:
        server = start(CONF % {"fpm": pool.socket, "silent": pool.socket,
                               "refused": 1}, modules=MODULES)
        flag = server.root / "out" / "held"
        hold = server.root / "php" / "hold.php"
        hold.write_text(HOLD % {"flag": flag})
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            held = executor.submit(server.get, "/php/hold.php")
            try:
                servers.wait_for(flag.exists, "the busy child")
                before = len(cases.records(server))
                response = server.get("/timeout/x.php")
                record, = cases.new_records(server, before)
            finally:
                flag.unlink(missing_ok=True)
            assert held.result().text == "done"
    assert response.status == 504
    assert record["error"]["code"] == "timeout.upstream"
    assert record["errclarity"]["retryable"] is True
