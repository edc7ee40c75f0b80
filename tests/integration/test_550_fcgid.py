# SPDX-License-Identifier: Apache-2.0
"""mod_fcgid: what it knows comes as warnings without numbers."""
import re

import pytest

from helpers import cases
from helpers.cases import Case, parameters
from helpers.server import wait_for

CONF = """
Alias /fcgi/ {root}/fcgi/
<Directory {root}/fcgi>
    Options +ExecCGI
    SetHandler fcgid-script
</Directory>
FcgidIPCDir {root}/run
FcgidProcessTableFile {root}/run/fcgid.shm
FcgidIOTimeout 2
FcgidBusyTimeout 3
FcgidConnectTimeout 3
FcgidMaxRequestLen 1000
FcgidMaxProcesses 4
FcgidSpawnScoreUpLimit 1000
"""
END = r"End of script output before headers"
# The process manager tells of a death seconds later, perhaps during another
# test.
LATER = [r"\[fcgid:(warn|error)\].*mod_fcgid: process .* exit\(",
         r"mod_fcgid: process .* exited?",
         r"mod_fcgid: (child|process) .*(terminated|graceful)"]


def case(fault, code, *args, **kw):
    return Case(f"/fcgi/app.fcgi?fault={fault}", code, *args, name=fault,
                **kw)


CASES = [
    case("silent", "cgi.no-output|upstream.reset", log=(END,)),
    case("stderr", "cgi.no-output|upstream.reset",
         log=("mod_fcgid: stderr: cannot reach the moon", END)),
    case("bad-header", "cgi.bad-header", log=("malformed header",)),
    # Its signal is known to the process manager alone, and later.
    case("crash", "upstream.reset", 502, 500,
         log=(r"mod_fcgid: error reading data", END)),
    case("slow", "timeout.script", 504, 500,
         log=(r"mod_fcgid: read data timeout in 2 seconds", END)),
    case("own-500", "app.error-status", body="application", response="kept"),
    Case("/fcgi/app.fcgi", "client.body-too-large", 413, 500,
         log=("exceeds MaxRequestLen",), facts={"limit": 1000},
         args=("--data-binary", "x" * 5000), name="too-large"),
    Case("/fcgi/no-interpreter.fcgi", "cgi.interpreter-missing",
         log=(r"\[fcgid:(warn|error)\]", END),
         facts={"file": "no-interpreter.fcgi"}),
]


@pytest.fixture(scope="module")
def server(start):
    return start(CONF, modules=["mod_fcgid"], tolerate=LATER)


@pytest.mark.parametrize("one", parameters(CASES))
def test_fcgid(server, one, expect_log):
    cases.run_case(server, one, expect_log)


def test_late_signal_names_the_incident(start, expect_log):
    """The process manager learns of the signal when the record is long
    written."""
    server = start(CONF + "FcgidErrorScanInterval 1\n"
                   "FcgidZombieScanInterval 1\n", modules=["mod_fcgid"],
                   tolerate=LATER)
    expect_log("error reading data", END, "ECL0011")
    response = server.get("/fcgi/app.fcgi?fault=crash")
    line = wait_for(lambda: re.search(r"ECL0011: (.*)", server.error_log()),
                    "the late line", 20)[1]
    assert line.startswith(f"incident {cases.incident_id(response)}: process ")
    assert "signal 11" in line and "app.fcgi(" in line


def test_healthy(server, start):
    bare = start(CONF, modules=["mod_fcgid"], tolerate=LATER,
                 errclarity=False)
    cases.check_healthy(server, bare, "/fcgi/app.fcgi")
