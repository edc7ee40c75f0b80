# SPDX-License-Identifier: Apache-2.0
"""mpm-itk: each request runs as its site's user, in a process of its own.
Records, the shared memory and the probes must work after the switch."""
import os
import re

import pytest

from helpers import cases, paths
from helpers.cases import Case, parameters

pytestmark = pytest.mark.skipif(not paths.ROOT,
                                reason="a uid a request needs root")

NOBODY = 65534
CONF = """
AssignUserID nobody nogroup
ScriptAlias /s/ {root}/tenant/
Alias /files/ {root}/tenant/
Alias /other/ {root}/neighbour/
<Directory {root}/tenant>
    <FilesMatch "\\.php$">
        SetHandler application/x-httpd-php
    </FilesMatch>
</Directory>
php_admin_flag display_errors off
php_admin_flag log_errors on
<IfModule errclarity_module>
    ErrClarityStatus 5xx 403
</IfModule>
"""
HEALTHY = "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nhello\\n'\n"
FILES = {
    # name: (mode, text)
    "ok.cgi": (0o700, HEALTHY),
    "silent.cgi": (0o700, "#!/bin/sh\nexit 0\n"),
    "says.cgi": (0o700, "#!/bin/sh\nid -un >&2\nno-such-command-anywhere\n"),
    "writes.py": (0o700, "#!/usr/bin/python3\nopen('locked/cache', 'w')\n"),
    "ok.php": (0o600, "<?php echo exec('id -un');\n"),
    "throws.php": (0o600, "<?php\nthrow new DomainException('no rates');\n"),
    "writes.php": (0o600, "<?php\n$f = new SplFileObject("
                          "__DIR__ . '/locked/cache', 'w');\n"),
    "page.txt": (0o600, "the tenant's own\n"),
}


def own(path):
    os.chown(path, NOBODY, NOBODY)


@pytest.fixture(scope="module")
def itk(start):
    server = start(CONF, mpm="prefork",
                   modules=["mpm_itk", "mod_cgi", "libphp8.2"])
    tenant = server.root / "tenant"
    (tenant / "locked").mkdir(parents=True)
    for name, (mode, text) in FILES.items():
        (tenant / name).write_text(text)
        (tenant / name).chmod(mode)
        own(tenant / name)
    (tenant / "locked").chmod(0o555)
    own(tenant)
    tenant.chmod(0o700)
    other = server.root / "neighbour"
    other.mkdir()
    (other / "page.txt").write_text("somebody else's\n")
    other.chmod(0o700)
    return server
END = r"End of script output before headers"
STDERR = r"AH01215"
PHP = r"\[php:error\]"
CASES = [
    Case("/s/silent.cgi", "cgi.no-output", log=(END,)),
    Case("/s/says.cgi", "deployment.missing-dependency", log=(END, STDERR),
         facts={"line": 3, "command": "no-such-command-anywhere"}),
    Case("/s/writes.py", "app.write-denied|permission.write-denied",
         log=(END, STDERR), facts={"file": "locked/cache"}),
    Case("/files/throws.php", "app.php-uncaught-exception", body="empty",
         log=(PHP,), facts={"file": "throws.php", "line": 2}),
    Case("/files/writes.php", "app.write-denied|permission.write-denied",
         body="empty", log=(PHP,), facts={"file": "locked/cache"}),
]


@pytest.mark.parametrize("one", parameters(CASES))
def test_failure(itk, one, expect_log):
    _response, record = cases.run_case(itk, one, expect_log)
    # Written by a descriptor that was opened before the switch: the log is
    # root's, and closed to the tenant.
    assert itk.records_path.stat().st_uid == 0
    assert record["process"]["pid"] != itk.proc.pid


@pytest.mark.expect_log(END, STDERR)
def test_runs_as_the_tenant(itk):
    record = cases.record_of(itk, cases.incident_id(itk.get("/s/says.cgi")))
    assert any(re.search(r"\bnobody\b", e["message"])
               for e in record["errclarity"]["evidence"])


@pytest.mark.expect_log(END)
def test_private_script_is_healthy(itk):
    """Mode 0700, the tenant's: for that user nothing is wrong with it."""
    record = cases.record_of(itk, cases.incident_id(itk.get("/s/silent.cgi")))
    found = record["errclarity"]["probes"]
    assert found["script.mode"] == "0700"
    assert found["script.owner"] == "nobody:nogroup"
    assert "path.closed" not in found


@pytest.mark.parametrize("path, body", [("/s/ok.cgi", "hello\n"),
                                        ("/files/ok.php", "nobody"),
                                        ("/files/page.txt",
                                         "the tenant's own\n")])
def test_healthy(itk, path, body):
    before = len(cases.records(itk))
    assert itk.get(path).text == body
    assert len(cases.records(itk)) == before


@pytest.mark.expect_log("AH00035", "AH00132")
def test_neighbour_is_closed(itk):
    response = itk.get("/other/page.txt")
    assert response.status == 403
    record = cases.record_of(itk, cases.incident_id(response))
    assert record["error"]["code"].startswith("permission.")


@pytest.mark.expect_log(END)
def test_shared_memory_after_the_switch(itk):
    """Each request's process counts in the table of all."""
    counts = []
    for _ in range(3):
        record = cases.record_of(itk,
                                 cases.incident_id(itk.get("/s/silent.cgi")))
        counts.append(record["errclarity"]["group_seen"]["count"])
    assert counts == [counts[0], counts[0] + 1, counts[0] + 2]
    pids = {r["process"]["pid"] for r in cases.records(itk)}
    assert len(pids) > 1
