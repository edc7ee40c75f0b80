# SPDX-License-Identifier: Apache-2.0
"""Configuration and files: broken .htaccess, loops, modes, denials."""
import os

import pytest

from helpers import cases, paths
from helpers.cases import Case, parameters

CONF = """
Alias /ht/ {root}/htaccess/
Alias /files/ {root}/files/
<Directory {root}/htaccess>
    AllowOverride All
    Require all granted
</Directory>
<IfModule errclarity_module>
    ErrClarityStatus 5xx 403 404
</IfModule>
<Location /handler>
    SetHandler no-such-handler
</Location>
<Directory {root}/files/nofollow>
    Options -FollowSymLinks
</Directory>
<Location /files/secret.txt>
    Require all denied
</Location>
"""
ALERT = r"\[core:alert\].*\.htaccess: "


def broken(name, code, **kw):
    kw.setdefault("log", (ALERT,))
    kw.setdefault("facts", {"file": f"htaccess/{name}/.htaccess"})
    return Case(f"/ht/{name}/", code, **kw)


HTACCESS = [
    broken("unknown", "config.unknown-directive",
           facts={"file": ".htaccess", "directive": "RewriteRuel"}),
    broken("php-value", "config.unknown-directive",
           facts={"file": ".htaccess", "directive": "php_value"}),
    broken("not-allowed", "config.directive-not-allowed",
           facts={"file": ".htaccess", "directive": "ServerName"}),
    broken("unclosed", "config.htaccess-syntax"),
    broken("regex", "config.htaccess-syntax"),
    broken("loop", "config.redirect-loop", log=("AH00124",),
           facts={"limit": 10}),
    Case("/ht/denied/", "config.access-denied", 403, log=("AH01630",)),
    Case("/ht/no-password-file/", "config.authn", log=("AH01620",),
         args=("-u", "alice:secret")),
]
FILES = [
    Case("/files/locked.txt", "permission.file-unreadable", 403,
         log=("AH00132",), facts={"file": "locked.txt", "errno": 13}),
    Case("/files/locked/x.txt", "permission.search-path|"
         "permission.htaccess-unreadable", 403, log=("AH00035|AH00529",)),
    Case("/files/secret.txt", "config.access-denied", 403,
         log=("AH01630",)),
    Case("/files/nofollow/link", "config.options-forbidden", 403,
         log=("AH00037",)),
    Case("/none.txt", "unknown.no-evidence|deployment.missing-file", 404),
]


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_auth_basic", "mod_authn_core",
                                 "mod_authn_file", "mod_authz_user"])
    files = ready.root / "files"
    for name in ("locked", "nofollow"):
        (files / name).mkdir(parents=True)
    for name in ("locked.txt", "secret.txt", "locked/x.txt"):
        (files / name).write_text("secret\n")
    (files / "nofollow" / "link").symlink_to(ready.root / "htdocs/ok.html")
    (files / "locked.txt").chmod(0)
    (files / "locked").chmod(0)
    (ready.root / "htaccess" / "unreadable").mkdir()
    hidden = ready.root / "htaccess" / "unreadable" / ".htaccess"
    hidden.write_text("# not for you\n")
    hidden.chmod(0)
    yield ready
    (files / "locked").chmod(0o755)


@pytest.mark.parametrize("one", parameters(HTACCESS + FILES))
def test_config(server, one, expect_log):
    cases.run_case(server, one, expect_log)


def test_unreadable_htaccess(server, expect_log):
    cases.run_case(server, Case(
        "/ht/unreadable/", "permission.htaccess-unreadable", 403,
        log=("AH00529",), facts={"file": "htaccess/unreadable/.htaccess"}),
        expect_log)


@pytest.mark.expect_log(ALERT)
def test_location_settings_reach_a_broken_htaccess(start):
    """httpd has thrown the Location's configuration away by then."""
    server = start(CONF + """
<IfModule errclarity_module>
    <Location /ht/unknown>
        ErrClarityDetail operator
    </Location>
</IfModule>""", modules=["mod_auth_basic", "mod_authn_core",
                         "mod_authn_file", "mod_authz_user"])
    problem = server.get("/ht/unknown/").json
    assert problem["code"] == "config.unknown-directive"
    assert problem["facts"]["directive"] == "RewriteRuel"


def test_method_unknown(server, expect_log):
    cases.run_case(server, Case("/ok.html", "client.bad-request|unknown."
                                "no-evidence|config.handler-missing", 501,
                                args=("-X", "FROBNICATE"), log=("AH00135",)),
                   expect_log)


def test_healthy(server, bare):
    cases.check_healthy(server, bare, "/ht/fine/")


@pytest.fixture(scope="module")
def bare(start):
    return start(CONF, errclarity=False,
                 modules=["mod_auth_basic", "mod_authn_core",
                          "mod_authn_file", "mod_authz_user"])


@pytest.mark.skipif(not paths.ROOT, reason="files of another owner need root")
def test_foreign_owner(server, expect_log):
    """The file's own mode is fine for its owner, who is not httpd."""
    theirs = server.root / "files" / "theirs.txt"
    theirs.write_text("x")
    theirs.chmod(0o600)
    os.chown(theirs, 12345, 12345)
    cases.run_case(server, Case(
        "/files/theirs.txt", "permission.file-unreadable", 403,
        log=("AH00132",)), expect_log)
