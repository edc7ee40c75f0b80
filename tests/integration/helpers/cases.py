# SPDX-License-Identifier: Apache-2.0
"""A failing request and all that must be true of it: the tests are tables of
these."""
import dataclasses
import json
import re

import pytest

from . import checks
from .server import wait_for

PROBLEM = "application/problem+json"


@dataclasses.dataclass
class Case:
    """One request.

    code      cause slugs that are right, separated by "|"
    status    that the client must get
    original  status before the module refined it; None: the same
    body      what was there to answer with (the record's errclarity.body)
    response  replaced, kept or too-late
    facts     must be in the record; a path may be given by its end
    log       patterns of the log lines that the request provokes; each must
              come, and no other may
    args      further arguments for curl
    """
    path: str
    code: str
    status: int = 500
    original: int = None
    body: str = "canned"
    response: str = "replaced"
    facts: dict = dataclasses.field(default_factory=dict)
    log: tuple = ()
    args: tuple = ()
    name: str = None


def parameters(cases):
    """For pytest.mark.parametrize: the table with readable test ids."""
    return [pytest.param(case, id=case.name
                         or re.sub(r"[^\w.-]+", "-", case.path).strip("-"))
            for case in cases]


def records(server):
    """All records that the server wrote so far."""
    data = checks.whole_lines(checks.new_bytes(server.records_path, 0))
    return [json.loads(line) for line in data.splitlines()]


def record_of(server, incident):
    """The record of an incident; it is written after the response."""
    def find():
        return next((r for r in records(server)
                     if r["error"]["id"] == incident), None)
    return wait_for(find, f"the record of {incident}")


def new_records(server, before, count=1, seconds=10):
    """The records that came after before = len(records(server))."""
    wait_for(lambda: len(records(server)) >= before + count,
             f"{count} new records", seconds)
    return records(server)[before:]


def incident_id(response):
    value = response.header("Error-Id")
    assert value and checks.ID.fullmatch(value), f"Error-Id: {value}"
    return value


def fact_problems(facts, expected):
    found = []
    for name, value in expected.items():
        have = facts.get(name)
        same = str(have) == str(value) or (
            name in ("file", "interpreter", "socket")
            and str(have).endswith("/" + str(value))) or (
            name == "host" and str(have).partition(":")[0] == value)
        if not same:
            found.append(f"fact {name}: {have!r} instead of {value!r}")
    return found


def check_replaced(server, response):
    """A body of ours for a visitor who speaks JSON."""
    assert response.media_type == PROBLEM
    assert "no-store" in (response.header("Cache-Control") or "")
    assert "accept" in (", ".join(response.all("Vary"))).lower()
    problem = response.json
    incident = incident_id(response)
    assert problem["status"] == response.status
    assert problem["incident"] == incident
    assert problem["instance"] == f"urn:errclarity:incident:{incident}"
    assert isinstance(problem.get("advice", []), list)
    for member in ("type", "title", "detail", "code", "timestamp"):
        assert problem[member], member
    # Nothing of the inside reaches a visitor.
    for inner in ("cause", "facts", "hints", "evidence", "probes"):
        assert inner not in problem
    assert str(server.root) not in response.text
    assert "." not in problem["code"]
    return problem


def check_record(record, case):
    """The record against the case; all differences at once."""
    ecl = record["errclarity"]
    code = record["error"]["code"]
    wrong = []
    for what, have, want in (
            ("status", record["http"]["response"]["status_code"],
             case.status),
            ("original_status", ecl["original_status"],
             case.original or case.status),
            ("body", ecl["body"], case.body),
            ("response", ecl["response"], case.response)):
        if have != want:
            wrong.append(f"{what}: {have!r} instead of {want!r}")
    if code not in case.code.split("|"):
        wrong.append(f"code: {code!r} instead of {case.code!r}")
    wrong += fact_problems(ecl.get("facts", {}), case.facts)
    if wrong:
        said = "\n".join(f"  {e.get('module')}:{e.get('level')}: "
                         f"{e['message'][:300]}"
                         for e in ecl.get("evidence", []))
        pytest.fail("; ".join(wrong) + f"\nevidence:\n{said}\n"
                    f"facts: {ecl.get('facts')}", pytrace=False)


def run_case(server, case, expect_log):
    """Send the request, check response, record and error log."""
    expect_log(*case.log)
    before, log_before = len(records(server)), len(server.error_log())
    response = server.get(case.path, *case.args)
    assert response.status == case.status, response
    if case.response == "replaced":
        check_replaced(server, response)
        record = record_of(server, incident_id(response))
    else:
        record, = new_records(server, before)
        if case.response == "kept":
            assert incident_id(response) == record["error"]["id"]
    check_record(record, case)
    log = server.error_log()[log_before:]
    for pattern in case.log:
        assert re.search(pattern, log, re.M), f"not logged: {pattern}\n{log}"
    return response, record


def on_the_wire(server, response):
    """All of a response that must be the same from two servers: their ports
    differ, the clock differs."""
    text = repr((response.status, response.reason, response.version,
                 [h for h in response.headers if h[0].lower() != "date"],
                 response.body))
    return text.replace(str(server.port), "PORT")


def check_healthy(server, bare, path, below=400):
    """A healthy response is byte-identical with and without the module, and
    leaves no record."""
    before = len(records(server))
    with_module, without = server.get(path), bare.get(path)
    assert without.status < below, without
    assert on_the_wire(server, with_module) == on_the_wire(bare, without)
    assert len(records(server)) == before
