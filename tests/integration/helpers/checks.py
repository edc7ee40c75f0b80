# SPDX-License-Identifier: Apache-2.0
"""What must hold after every test: a quiet error log and sound records."""
import functools
import json
import re

import jsonschema

from . import paths

LOUD = ("warn", "error", "crit", "alert", "emerg")
PREFIX = re.compile(r"^\[[^\]]*\] \[([\w-]*):(\w+)\] ")
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{8}")
RECORD_MAX = 16384

# The module's own line of an incident belongs to the incident.
OWN_LINE = re.compile(r"\[errclarity:\w+\] .*" + ID.pattern)
CRASH = re.compile(r"AH0005[12]|exit signal|ERROR: AddressSanitizer|"
                   r": runtime error: ")


def loud_lines(text):
    """Lines of a level that an operator would look at. Raw lines without a
    prefix (stderr of a CGI script under mod_cgid) have no level."""
    return [line for line in text.splitlines()
            if (m := PREFIX.match(line)) and m.group(2) in LOUD]


def log_problems(text, expected):
    """Why this piece of error log is not as expected: one text a problem.

    Every loud line must match one of the expected patterns; a crash must be
    expected by a pattern that says so ("exit signal")."""
    problems = []
    for line in loud_lines(text):
        if not (OWN_LINE.search(line)
                or any(re.search(p, line) for p in expected)):
            problems.append(f"unexpected in the error log: {line}")
    for line in text.splitlines():
        if CRASH.search(line) and not any("exit signal" in p
                                          for p in expected):
            problems.append(f"a process crashed: {line}")
    return problems


@functools.lru_cache(maxsize=None)
def validator():
    schema = json.loads(paths.SCHEMA.read_text("utf-8"))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema, format_checker=jsonschema.FormatChecker())


def parse_records(data):
    """(records, problems) of the bytes of a diagnostics log."""
    records, problems = [], []
    if data and not data.endswith(b"\n"):
        problems.append(f"unfinished record: {data[-80:]!r}")
    for line in data.splitlines():
        if len(line) + 1 > RECORD_MAX:
            problems.append(f"record of {len(line) + 1} bytes")
        try:
            record = json.loads(line.decode("utf-8"))
        except ValueError as err:
            problems.append(f"record is not JSON in UTF-8: {err}: "
                            f"{line[:200]!r}")
            continue
        records.append(record)
        problems += [f"record against the schema: {e.json_path}: {e.message}"
                     for e in validator().iter_errors(record)]
    return records, problems


def record_problems(data, known_ids):
    """Problems of new records; their ids join known_ids."""
    records, problems = parse_records(data)
    for record in records:
        number = record.get("error", {}).get("id")
        if not ID.fullmatch(number or ""):
            problems.append(f"incident id {number!r}")
        elif number in known_ids:
            problems.append(f"incident id {number} twice")
        known_ids.add(number)
    return problems


def new_bytes(path, seen):
    if not path.exists():
        return b""
    with path.open("rb") as stream:
        stream.seek(seen)
        return stream.read()


def whole_lines(data):
    """A line may still be on its way."""
    return data[:data.rfind(b"\n") + 1]


def check_server(server, expected, final=False):
    """Check what a server wrote since the last check."""
    trim = (lambda data: data) if final else whole_lines
    log = trim(new_bytes(server.root / "logs" / "error.log",
                         server.log_seen))
    server.log_seen += len(log)
    records = trim(new_bytes(server.records_path, server.records_seen))
    server.records_seen += len(records)
    reports = [path.read_text("utf-8", "replace")[:3000]
               for path in server.root.glob("out/sanitizer*")]
    return (reports + log_problems(log.decode("utf-8", "replace"),
                         [*expected, *server.tolerate])
            + record_problems(records, server.ids))
