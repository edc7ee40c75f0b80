# SPDX-License-Identifier: Apache-2.0
"""Secrets planted on every path into the module, looked for in all that comes
out of it. Each secret has a word of its own, so that a leak names its path."""
import re
import subprocess
import urllib.parse

import pytest

from helpers import cases, paths

CONF = """
ErrClarityStatus 4xx 5xx
ErrClarityRedact email card "tenant-([a-z]+)" (?i)acme-[a-z]+
LogFormat "%{id}^EC %{code}^EC %{title}^EC %{ERRCLARITY_ID}e" ours
CustomLog {root}/out/ours.log ours
CustomLog {root}/out/expr.log "%{ERRCLARITY_TITLE}n" \
"expr=%{ERRCLARITY_CODE} != ''"
Header always set X-Ours "expr=%{ERRCLARITY_CODE} %{ERRCLARITY_TITLE}"
ScriptAlias /cgi/ {root}/cgi/
Alias /none/ {root}/htdocs/none/
<LocationMatch "^/(owner|x/owner)">
    ErrClarityDetail owner
</LocationMatch>
<LocationMatch "^/(operator|x/operator)">
    ErrClarityDetail operator
</LocationMatch>
<LocationMatch "^/(visitor|owner|operator)/t">
    SetHandler ecltest
</LocationMatch>
ScriptAliasMatch "^/x/[a-z]+/(.*)" {root}/cgi/$1
ErrorDocument 503 "reference %{ERRCLARITY_ID} %{ERRCLARITY_TITLE}"
"""
LEVELS = ("visitor", "owner", "operator")
FORMATS = ("text/html", "application/problem+json", "application/problem+xml",
           "text/plain", "text/markdown")


def secret(where):
    """A value that can occur nowhere else; letters only, so that no form of
    its own gives it away."""
    return "zq" + where + "qz"


def message(name, where):
    text = MESSAGES[name].format(secret(where))
    return re.sub("(zq[a-z]*pemqz)K+", lambda m: m[1] + KEY[len(m[1]):], text)


MARK = re.compile(rb"zq[a-z]{2,20}qz", re.I)

# A line of a private key has 64 characters.
KEY = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi48e8hF0mZ1aQ5xT7wJkLpRt2s"

# What programs log: {} is a secret.
MESSAGES = {
    "pdo": "PHP Fatal error:  Uncaught PDOException: no in /srv/a.php:3\n"
           "Stack trace:\n#0 /srv/a.php(3): PDO->__construct('mysql:host=db;"
           "dbname=x', 'shop', '{}')\n#1 {{main}}\n  thrown in /srv/a.php on "
           "line 3",
    "mysqli": "#0 /srv/b.php(1): mysqli_connect('db', 'shop', '{}')",
    "wpdb": "#0 /srv/b.php(1): wpdb->__construct('shop', '{}', 'db', 'h')",
    "python": "Traceback (most recent call last):\n  File \"/srv/a.py\", line "
              "3, in f\n    connect(\"db\", \"shop\", \"{}\")\n"
              "OperationalError: no",
    "dsn": "cannot connect to postgres://shop:{}@db.example/shop",
    "godsn": "dial shop:{}@tcp(db:3306)/shop",
    "url": "GET https://u:{}@host/ failed",
    "bearer": "Authorization: Bearer {}",
    "basic": "Authorization: Basic {}",
    "cookie": "Cookie: theme=dark; sid={}",
    "cgicookie": "HTTP_COOKIE=theme=dark; sid={}",
    "json": '{{"client_secret":"{}","a":1}}',
    "yaml": "db_password: {}",
    "dump": "[api_key] => {}",
    "define": "define('DB_PASSWORD', '{}')",
    "option": "exec: mysql -u shop -p{} shop",
    "longoption": "exec: dump --password {} --all",
    "jwt": "token eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl refused",
    "github": "remote: gh" "p_{}0123456789abcdefghij",
    "aws": "aws_secret_access_key={}",
    "pem": "-----BEGIN RSA PRIVATE KEY-----\n{:K<64}\n-----END RSA PRIVATE KEY-----",
    "cutpem": "-----BEGIN PRIVATE KEY-----\n{:K<64}",
    "session": "open(/var/lib/php/sessions/sess_{}0123456789012345) failed",
    "email": "mail to {}@example.com bounced",
    "tenant": "no such tenant-{} here",
    "acme": "order ACME-{} failed",
}


def plant(path, more=True):
    """A failing request that carries secrets where clients put them."""
    query = more and urllib.parse.urlencode({
        "token": secret("querytoken"), "next": "/a?password="
        + secret("querynested"), "mail": secret("querymail") + "@example.com",
        "o": "acme-" + secret("queryown")})
    return [f"{path}?{query}" if more else path,
            "-A", f"curl password={secret('agent')}",
            "-H", f"Cookie: sid={secret('cookieheader')}",
            "-H", f"Authorization: Bearer {secret('authheader')}",
            "-H", f"Referer: http://h/?password={secret('referer')}",
            "-H", f"X-Request-Id: {secret('requestid')}"]


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_cgi"])
    fault = ready.root / "cgi" / "planted.cgi"
    lines = "\n".join(message(name, "std" + name) for name in MESSAGES)
    fault.write_text("#!/usr/bin/python3\nimport sys\n"
                     f"sys.stderr.write({lines!r})\n")
    page = ready.root / "cgi" / "page.cgi"
    page.write_text(
        "#!/usr/bin/python3\nprint('Status: 500\\nContent-Type: text/plain"
        f"\\n')\nprint({message('pdo', 'body')!r})\n")
    for path in (fault, page):
        path.chmod(0o755)
    return ready


def outputs(server):
    """All that the module wrote; httpd's own lines are httpd's."""
    found = {name: server.root.joinpath(name).read_bytes()
             for name in ("logs/incidents.json", "out/ours.log",
                          "out/expr.log")}
    found["error_log"] = "\n".join(
        line for line in server.error_log().splitlines()
        if "[errclarity:" in line).partition(", referer")[0].encode()
    return found


def check_clean(what, data):
    left = sorted({m.decode() for m in MARK.findall(data)})
    assert not left, f"{what} tells {left}"


@pytest.mark.expect_log(r"\[ecltest:error\]")
@pytest.mark.parametrize("accept", FORMATS)
@pytest.mark.parametrize("level", LEVELS)
def test_logged(server, level, accept):
    """A hundred messages do not fit; so a request for some at a time."""
    names = list(MESSAGES)
    for i in range(0, len(names), 5):
        logged = "&".join("log=error:" + urllib.parse.quote(
            message(name, name), safe="")
            for name in names[i:i + 5])
        response = server.get(*plant(f"/{level}/t?{logged}&die=500", more=False),
                              accept=accept)
        assert response.status in (500, 503)
        check_clean("headers", repr(response.headers).encode())
        check_clean(f"{level} {accept}", response.body)
        if level == "operator":
            assert b"redacted" in response.body


@pytest.mark.expect_log("AH01215", "End of script")
@pytest.mark.parametrize("script", ["planted.cgi", "page.cgi"])
@pytest.mark.parametrize("level", LEVELS)
def test_from_scripts(server, level, script):
    for accept in FORMATS:
        response = server.get(*plant(f"/x/{level}/{script}"), accept=accept)
        check_clean(f"{level} {accept}", response.body)
        check_clean("headers", repr(response.headers).encode())


@pytest.mark.expect_log("AH0")
@pytest.mark.parametrize("path", [
    f"/owner/password={secret('path')}", f"/none/token=1{secret('pathtoken')}2",
    f"/operator/{secret('pathmail')}@example.com/x",
    f"/operator/acme-{secret('pathown')}"])
def test_in_the_path(server, path):
    response = server.get(path)
    assert response.status == 404
    check_clean(path, response.body)


@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_error_document(server):
    response = server.get(*plant("/operator/t?log=error:password%3D"
                                 + secret("document") + "&die=503", False))
    assert response.text.startswith("reference ")
    check_clean("ErrorDocument", response.body)


def test_proxy_message(start):
    """The URL of a backend with credentials stands in mod_proxy's messages."""
    with start.make(f"""
ErrClarityDetail operator
ProxyPass /p/ http://nonexistent.invalid/?password={secret('backend')} retry=0
""", modules=["mod_proxy", "mod_proxy_http"]) as server:
        server.tolerate.append("AH0")
        for accept in FORMATS:
            response = server.get("/p/", accept=accept)
            assert response.status == 502
            check_clean(accept, response.body)
        check_clean("records", server.records_path.read_bytes())


def test_nothing_got_out(server):
    """After all of the above."""
    assert len(cases.records(server)) >= 48
    for name, data in outputs(server).items():
        assert data, name
        check_clean(name, data)


def test_command_line(server):
    tool = paths.BUILD / "errclarity"
    log = server.root / "out" / "planted.log"
    log.write_text("".join(
        f"[Sun Jul 05 12:00:{i:02}.000000 2026] [php:error] [pid {i}:tid {i}] "
        f"[client 192.0.2.{i}:5] "
        + message(name, name).replace("\n", "\\n") + "\n"
        for i, name in enumerate(MESSAGES)
        if name not in ("email", "tenant", "acme")))
    for form in ("text", "json", "markdown"):
        done = subprocess.run([tool, "explain", "--redact", "--all",
                               "--format", form, log], capture_output=True,
                              check=False)
        assert done.returncode == 1 and not done.stderr
        check_clean(form, done.stdout)


def test_off_in_a_virtual_host(start):
    """Only the server's configuration can do that; its own masks stay."""
    with start.make("""
ErrClarityStatus 4xx
ErrClarityRedact email
<VirtualHost *>
    ErrClarityRedact off ACME
</VirtualHost>
""") as server:
        response = server.get("/none?password=open&m=a@example.com&o=ACME"
                              "&h=postgres://u:open@h/")
        record = cases.record_of(server, cases.incident_id(response))
        assert "password=open" in record["url"]["query"]
        assert "m=[redacted]&o=[redacted]" in record["url"]["query"]
        assert "u:open@h" in record["url"]["query"]


@pytest.mark.parametrize("value", ["(", "a*", "[z-a]"])
def test_wrong_patterns(start, value):
    done = start.make(f"ErrClarityRedact {value}").test_config()
    assert done.returncode != 0
    assert f"ErrClarityRedact: invalid value '{value}'" \
        in done.stderr
    assert "Example: ErrClarityRedact email" in done.stderr


def test_not_in_htaccess(start, expect_log):
    expect_log("not allowed here")
    with start.make("""
<Directory {root}/htdocs>
    AllowOverride All
</Directory>
""") as server:
        (server.root / "htdocs" / ".htaccess").write_text(
            "ErrClarityRedact off\n")
        assert server.get("/ok.html").status == 500
