# SPDX-License-Identifier: Apache-2.0
"""mod_php under prefork: all its failures pass the ordinary filters."""
import re

import pytest

from helpers import cases
from helpers.cases import Case, parameters

CONF = """
Alias /php/ {root}/php/
<Directory {root}/php>
    AddHandler application/x-httpd-php .php
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>
php_flag log_errors on
php_flag display_errors off
php_flag html_errors off
"""
FATAL = r"\[php:error\].*PHP Fatal error:"
PARSE = r"\[php:error\].*PHP Parse error:"
WARN = r"\[php:warn\]"


def case(script, code, *args, **kw):
    kw.setdefault("body", "empty")
    kw.setdefault("log", (FATAL,))
    return Case(f"/php/{script}", code, *args, **kw)


CASES = [
    case("parse.php", "app.php-parse-error", log=(PARSE,),
         facts={"file": "parse.php", "line": 2}),
    case("exception.php", "app.php-uncaught-exception",
         facts={"file": "exception.php", "line": 4,
                "class": "DomainException"}),
    case("fatal.php", "app.php-fatal-error|app.php-uncaught-exception|"
         "deployment.missing-dependency",
         facts={"file": "fatal.php", "line": 2,
                "function": "undefined_function_here"}),
    case("missing-class.php", "deployment.missing-dependency",
         facts={"class": r"No\Such\Thing", "line": 2}),
    case("missing-file.php", "deployment.missing-file", log=(FATAL, WARN),
         facts={"file": "not-uploaded.inc.php"}),
    case("memory.php", "resource.memory-limit", facts={"limit": 4194304}),
    case("time.php", "timeout.script", 504, 500, facts={"timeout": 1}),
    case("database.php", "dependency.database-unreachable", 503, 500,
         facts={"sqlstate": "HY000"}),
    case("credentials.php", "dependency.database-credentials",
         facts={"user": "shop"}),
    case("silent-500.php", "app.error-status", log=()),
    case("own-500.php", "app.error-status", log=(), body="application",
         response="kept"),
    case("torn.php", "app.php-uncaught-exception|app.php-fatal-error",
         body="masked"),
    case("apology.php", "app.php-uncaught-exception|app.php-fatal-error",
         body="application", response="kept"),
    case("display.php", "app.php-uncaught-exception", original=200,
         body="masked", facts={"class": "RuntimeException"}),
    case("late.php", "app.php-uncaught-exception", original=200,
         body="masked"),
    case("flushed.php", "app.php-uncaught-exception", 200, body="sent",
         response="too-late"),
    case("nolog.php", "app.php-fatal-error", log=(),
         facts={"file": "nolog.php", "directive": "log_errors, error_log"}),
    case("shown.php", "app.php-uncaught-exception", original=200,
         body="masked", log=(),
         facts={"class": "RuntimeException", "file": "shown.php", "line": 5}),
    case("shown-html.php", "app.php-uncaught-exception", original=200,
         body="masked", log=(), facts={"class": "RuntimeException",
                                       "file": "shown-html.php", "line": 6}),
    case("shown-late.php", "app.php-uncaught-exception", 200, body="sent",
         response="too-late", log=(), facts={"line": 7}),
]


@pytest.fixture(scope="module")
def server(start):
    return start(CONF, mpm="prefork", modules=["libphp8.2", "mod_include"])


@pytest.mark.parametrize("one", parameters(CASES))
def test_mod_php(server, one, expect_log):
    cases.run_case(server, one, expect_log)


@pytest.mark.expect_log(FATAL)
def test_replaced_body_speaks_http_1_1(server):
    """PHP lowers the response to HTTP/1.0 when it dies; ours is whole."""
    response = server.get("/php/exception.php")
    assert response.version == "HTTP/1.1"
    assert response.header("Content-Length") == str(len(response.body))


@pytest.mark.expect_log(FATAL)
def test_head(server):
    get, head = (server.get("/php/exception.php", *a) for a in ((), ("-I",)))
    assert (head.status, head.body) == (500, b"")
    assert head.header("Content-Length") == get.header("Content-Length")


def test_message_of_the_page_is_evidence(server):
    """What display_errors printed is told as the log would have told it."""
    for script in ("shown.php", "shown-html.php"):
        response = server.get(f"/php/{script}")
        record = cases.record_of(server, cases.incident_id(response))
        said = record["errclarity"]["evidence"][0]["message"]
        line = 6 if "html" in script else 5
        assert re.fullmatch(
            "PHP Fatal error: +Uncaught RuntimeException: "
            r'a < b & "c" in App\\Model in /\S+:\d\nStack trace:\n#0 {main}\n'
            rf"  thrown in \S+/{script} on line {line}", said)


@pytest.mark.expect_log(FATAL, "unable to include")
def test_page_stands_when_a_part_of_it_dies(server, bare):
    """SSI includes a script that dies: a hole in a page, not a 500."""
    for one in (server, bare):
        (one.root / "php/page.shtml").write_text(
            'before <!--#include virtual="exception.php" --> after\n')
    cases.check_healthy(server, bare, "/php/page.shtml")


@pytest.mark.expect_log(WARN)
@pytest.mark.parametrize("path", ["/php/ok.php", "/php/warning.php",
                                  "/php/quotes.php", "/ok.html"])
def test_healthy(server, bare, path):
    cases.check_healthy(server, bare, path)


@pytest.fixture(scope="module")
def bare(start):
    return start(CONF, mpm="prefork",
                 modules=["libphp8.2", "mod_include"], errclarity=False)


BLIND = r"ECL002[24]: (.*)$"


@pytest.mark.expect_log(BLIND)
def test_syslog_hides_notices(start):
    server = start("""
<VirtualHost *:*>
    ServerName sys.example
    ErrorLog syslog:local7
</VirtualHost>
""", mpm="prefork", modules=["libphp8.2"], tolerate=[BLIND])
    text, = re.findall(BLIND, server.error_log(), re.M)
    assert text.endswith("set LogLevel php:notice")


@pytest.mark.expect_log(BLIND)
def test_php_settings(start):
    server = start("""
php_admin_value error_log {root}/out/php.log
<Location /x>
    php_admin_flag log_errors Off
    php_flag display_errors Off
</Location>
php_flag log_errors On
""", mpm="prefork", modules=["libphp8.2"], tolerate=[BLIND])
    texts = re.findall(BLIND, server.error_log(), re.M)
    assert [text.split(" (")[0] for text in texts] == [
        f"php_admin_value error_log {server.root}/out/php.log",
        "php_admin_flag log_errors Off"]
