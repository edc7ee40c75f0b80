# SPDX-License-Identifier: Apache-2.0
"""Settings that hide causes are told when httpd starts, once, and again in an
incident without evidence."""
import os
import pwd
import re

import pytest

from helpers import cases, paths, server as servers

SAID = [r"ECL002[234]: "]


def told(server):
    return re.findall(r"ECL(002[234]): (.*)$", server.error_log(), re.M)


VHOSTS = """
<VirtualHost *:*>
    ServerName loud.example
</VirtualHost>
<VirtualHost *:*>
    ServerName quiet.example
    LogLevel crit
    <Location />
        SetHandler ecltest
    </Location>
</VirtualHost>
<VirtualHost *:*>
    ServerName off.example
    LogLevel emerg
    <IfModule errclarity_module>
        ErrClarity Off
    </IfModule>
</VirtualHost>
"""


@pytest.mark.expect_log(*SAID)
@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_log_level(start, mpm):
    server = start(VHOSTS, mpm=mpm, tolerate=SAID)
    (number, text), = told(server)
    assert number == "0022"
    assert re.match(r"Virtual host quiet\.example \(\S+httpd\.conf line \d+\): "
                    r"LogLevel crit hides the messages of core\b.*: "
                    r"set LogLevel error", text), text
    server.graceful()
    servers.wait_for(lambda: server.error_log().count("resuming normal") == 2,
                     "the graceful restart")
    assert len(told(server)) == 1
    response = server.get("/x?log=error:unheard&die=500", "-H",
                          "Host: quiet.example")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["error"]["code"] == "unknown.no-evidence"
    assert record["errclarity"]["facts"] == {"directive": "LogLevel crit"}
    assert "LogLevel crit hides error messages here" in \
        record["errclarity"]["hints"][0]


@pytest.mark.expect_log(*SAID)
def test_fcgid_needs_warn(start):
    server = start("LogLevel error", modules=["mod_fcgid"], tolerate=SAID)
    (number, text), = told(server)
    assert number == "0022" and "The main server: LogLevel error" in text
    assert "messages of fcgid that" in text and "LogLevel warn" in text


def test_one_module_alone(start):
    """The server's level is low, but what names causes is heard."""
    server = start("LogLevel crit core:error ecltest:error\n"
                   "LogLevel rewrite:emerg")
    assert not told(server)


@pytest.mark.expect_log(*SAID)
def test_cgid_without_a_file(start):
    server = start('ErrorLog "|$exec cat >> {root}/logs/error.log"\n',
                   modules=["mod_cgid"], tolerate=SAID)
    servers.wait_for(lambda: told(server), "the warning")
    (number, text), = told(server)
    assert number == "0023" and "mod_cgi, which works in every MPM" in text


@pytest.mark.skipif(not paths.ROOT, reason="judged where httpd starts as root")
@pytest.mark.expect_log(r"ECL0038: ")
def test_closed_document_root(start):
    server = start.make("""
ScriptAlias /open/ {root}/cgi/
ScriptAlias /closed/ {root}/closed/inner/
<VirtualHost *:*>
    ServerName closed.example
    DocumentRoot {root}/closed
</VirtualHost>
<VirtualHost *:*>
    ServerName group.example
    DocumentRoot {root}/group
</VirtualHost>
<VirtualHost *:*>
    ServerName off.example
    DocumentRoot {root}/closed/inner
    <IfModule errclarity_module>
        ErrClarity Off
    </IfModule>
</VirtualHost>
""", tolerate=[r"ECL0038: "])
    (server.root / "closed" / "inner").mkdir(parents=True)
    (server.root / "closed").chmod(0o700)
    (server.root / "group").mkdir(mode=0o710)
    os.chown(server.root / "group", 0, pwd.getpwnam(paths.USER).pw_gid)
    with server:
        lines = re.findall(r"ECL0038: (.*)$", server.error_log(), re.M)
        document_root, alias = sorted(lines, reverse=True)
        assert document_root.startswith("Virtual host closed.example (")
        assert f"DocumentRoot {server.root}/closed: directory " \
            f"{server.root}/closed: not searchable for user {paths.USER}, " \
            in document_root
        assert alias.startswith(f"ScriptAlias {server.root}/closed/inner/ (")
        server.graceful()
        servers.wait_for(
            lambda: server.error_log().count("resuming normal") == 2,
            "the graceful restart")
        assert server.error_log().count("ECL0038") == 2


def test_nothing_to_say(start):
    assert not told(start("LogLevel info", modules=["mod_fcgid", "mod_cgid"]))


def test_off_says_nothing(start):
    assert not told(start("LogLevel crit\nErrClarity Off\n"))
