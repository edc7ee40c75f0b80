# SPDX-License-Identifier: Apache-2.0
"""The helpers can fail: a check that never fails would hide every bug."""
import json
import types

import pytest

from helpers import cases, checks, client, server as servers

LINE = "[Sun Nov 22 13:00:00.1 2026] [{}] [pid 1:tid 2] {}\n"
ERROR = LINE.format("core:error", "AH00124: loop")


@pytest.mark.parametrize("text, expected, problems", [
    ("", [], 0),
    (LINE.format("mpm_event:notice", "AH00489: started"), [], 0),
    ("raw stderr of a script: [core:error]\n", [], 0),
    (ERROR, [], 1),
    (ERROR, ["AH00125"], 1),
    (ERROR, ["AH00124"], 0),
    (ERROR + LINE.format("php:warn", "other"), ["AH00124"], 1),
    (LINE.format("core:emerg", "x"), [], 1),
    (LINE.format("core:notice", "AH00052: child pid 9 exit signal "
                 "Segmentation fault (11)"), ["AH00052"], 1),
    (LINE.format("core:notice", "AH00052: child pid 9 exit signal "
                 "Segmentation fault (11)"), ["exit signal"], 0),
    ("src/x.c:7:9: runtime error: null pointer passed\n", [], 1),
    (LINE.format("errclarity:error", "incident 0ABCD-01234567 x"), [], 0),
    (LINE.format("errclarity:error", "cannot open the log"), [], 1),
])
def test_log_problems(text, expected, problems):
    assert len(checks.log_problems(text, expected)) == problems


@pytest.mark.parametrize("line, problem", [
    (b"{not json}\n", "not JSON"),
    (b"\xff\xfe\n", "not JSON"),
    (b'{"error": {"id": "x"}}', "unfinished"),
    (b'{"error": {}}\n', "schema"),
    (b'"' + b"x" * 17000 + b'"\n', "bytes"),
], ids=["text", "not-utf8", "unfinished", "schema", "long"])
def test_bad_record_is_noticed(line, problem):
    assert any(problem in p for p in checks.parse_records(line)[1])


def test_bad_ids_are_noticed():
    record = json.dumps({"error": {"id": "0ABCD-01234567"}}).encode() + b"\n"
    assert any("twice" in p
               for p in checks.record_problems(record * 2, set()))
    record = json.dumps({"error": {"id": "0abcd-o1234567"}}).encode() + b"\n"
    assert any("incident id" in p
               for p in checks.record_problems(record, set()))


def test_unfinished_line_waits(tmp_path):
    for name in ("logs", "out"):
        (tmp_path / name).mkdir()
    log = tmp_path / "logs" / "error.log"
    fake = types.SimpleNamespace(
        root=tmp_path, records_path=tmp_path / "logs" / "none", log_seen=0,
        records_seen=0, ids=set(), tolerate=[])
    # The form of a sanitizer's report.
    (tmp_path / "out" / "sanitizer.1").write_text("heap-use-after-free")
    assert checks.check_server(fake, []) == ["heap-use-after-free"]
    (tmp_path / "out" / "sanitizer.1").unlink()
    log.write_text(ERROR[:-1])
    assert not checks.check_server(fake, [])
    log.write_text(ERROR)
    assert len(checks.check_server(fake, [])) == 1
    assert not checks.check_server(fake, []), "a line is reported once"
    log.write_text(ERROR + ERROR[:-1])
    assert len(checks.check_server(fake, [], final=True)) == 1


def test_facts_are_compared():
    have = {"file": "/srv/a/x.cgi", "line": 7}
    assert not cases.fact_problems(have, {"file": "x.cgi", "line": 7})
    assert cases.fact_problems(have, {"file": "y.cgi"})
    assert cases.fact_problems(have, {"file": ".cgi"})
    assert cases.fact_problems(have, {"line": 8})
    assert cases.fact_problems(have, {"host": "x"})
    assert not cases.fact_problems({"host": "x:80"}, {"host": "x"})
    assert cases.fact_problems({"host": "xy:80"}, {"host": "x"})


def test_case_is_compared():
    record = {"http": {"response": {"status_code": 500}},
              "error": {"code": "cgi.no-output"},
              "errclarity": {"original_status": 500, "body": "canned",
                             "response": "replaced", "facts": {}}}
    cases.check_record(record, cases.Case("/x", "a.b|cgi.no-output"))
    for wrong in (cases.Case("/x", "cgi.bad-header"),
                  cases.Case("/x", "cgi.no-output", 503, 500),
                  cases.Case("/x", "cgi.no-output", original=502),
                  cases.Case("/x", "cgi.no-output", body="empty"),
                  cases.Case("/x", "cgi.no-output", response="kept"),
                  cases.Case("/x", "cgi.no-output", facts={"line": 1})):
        with pytest.raises(pytest.fail.Exception):
            cases.check_record(record, wrong)


def test_responses_are_parsed():
    one = b"HTTP/1.1 500 Oops\r\nA: 1\r\nContent-Length: 3\r\n\r\nabc"
    two = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           b"2\r\nhi\r\n0\r\n\r\n")
    found = client.parse_responses(one + two + one)
    assert [(r.status, r.body) for r in found] == [
        (500, b"abc"), (200, b"hi"), (500, b"abc")]
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    found = client.parse_responses(head + one, ("HEAD", "GET"))
    assert [r.body for r in found] == [b"", b"abc"]
    interim = client.split_head(b"HTTP/1.1 100 Continue\r\n\r\n" + one)
    assert (interim.status, interim.reason) == (500, "Oops")
    assert interim.header("a") == "1"
    assert interim.header("b") is None
    with pytest.raises(AssertionError):
        client.Response(200, "", "", [("a", "1"), ("A", "2")], b"").header("a")


def test_port_collision_is_retried(scratch, monkeypatch):
    """The first port that the kernel offers is taken by somebody else."""
    taken = servers.socket.create_server(("127.0.0.1", 0))
    offers = [taken.getsockname()[1], servers.free_port()]
    ours = servers.Httpd(scratch / "collide", "", errclarity=False)
    monkeypatch.setattr(servers, "free_port", lambda: offers.pop(0))
    with taken, ours:
        assert not offers
        assert ours.get("/ok.html").status == 200
        # What the failed attempt left is not of the run that is checked.
        ours.log_seen = len(ours.error_log())


def test_broken_configuration_is_told(scratch):
    broken = servers.Httpd(scratch / "broken", "NoSuchDirective on",
                           errclarity=False)
    assert "NoSuchDirective" in broken.test_config().stderr
    with pytest.raises(servers.StartError, match="NoSuchDirective"):
        broken.start()
    assert broken.proc.poll() is not None


def test_missing_component(monkeypatch):
    from helpers import paths
    monkeypatch.setattr(paths, "REQUIRE_ALL", True)
    with pytest.raises(pytest.fail.Exception):
        paths.program("no-such-program-anywhere")
    with pytest.raises(pytest.fail.Exception):
        paths.load_module("mod_nowhere")
    monkeypatch.setattr(paths, "REQUIRE_ALL", False)
    with pytest.raises(pytest.skip.Exception):
        paths.load_module("mod_nowhere")
