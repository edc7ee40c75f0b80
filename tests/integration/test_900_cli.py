# SPDX-License-Identifier: Apache-2.0
"""errclarity(1): grouping, formats, exit codes."""
import gzip
import json
import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("ERRCLARITY_BUILD", "build"))
TOOL = BUILD / "errclarity"

REFUSED = """\
[Sun Nov 22 14:00:35.431597 2026] [proxy:error] [pid 7:tid 9] \
(111)Connection refused: AH00957: http: attempt to connect to \
127.0.0.1:8080 (127.0.0.1:8080) failed
[Sun Nov 22 14:00:35.431668 2026] [proxy_http:error] [pid 7:tid 9] \
[client 192.0.2.1:40444] AH01114: HTTP: failed to make connection to \
backend: 127.0.0.1
"""
PHP = """\
[Sun Nov 22 14:00:35.500000 2026] [php:error] [pid 8:tid 8] \
[client 192.0.2.2:5] PHP Fatal error:  Uncaught mysqli_sql_exception: Access \
denied for user 'alice'@'localhost' (using password: YES) in \
/srv/shop/db.php:4\\nStack trace:\\n#0 {main}\\n  thrown in /srv/shop/db.php \
on line 4
"""
PERL = """\
Can't locate My/Shop.pm in @INC (you may need to install the My::Shop \
module) at /srv/cgi/x.pl line 4.
BEGIN failed--compilation aborted at /srv/cgi/x.pl line 4.
[Sun Nov 22 14:00:36.000000 2026] [cgid:error] [pid 12:tid 5] \
[client 192.0.2.3:6] End of script output before headers: x.pl
"""
QUIET = """\
[Sun Nov 22 14:00:00.000000 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: \
Apache/2.4.71 (Unix) configured -- resuming normal operations
"""
REMARKS = """\
[Sun Nov 22 14:00:00.000000 2026] [php:warn] [pid 1:tid 1] \
[client 192.0.2.3:6] PHP Warning:  Undefined array key "a" in /srv/a.php on \
line 7
[Sun Nov 22 14:00:01.000000 2026] [ssl:warn] [pid 1:tid 1] AH01909: \
www.example.com:443:0 server certificate does NOT include an ID which matches \
the server name
[Sun Nov 22 14:00:02.000000 2026] [core:info] [pid 1:tid 1] \
[client 192.0.2.3:6] AH00128: File does not exist: /srv/favicon.ico
"""


def run(*args, text="", data=None):
    """Exit code, standard output and error of the tool."""
    done = subprocess.run([TOOL, *args], capture_output=True, check=False,
                          input=data if data is not None else text.encode(),
                          timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def explain(text, *args):
    code, out, err = run("explain", "--format", "json", *args, text=text)
    assert err == ""
    found = [json.loads(line) for line in out.splitlines()]
    assert code == (1 if found else 0)
    return found


class TestExplain:

    def test_neighbour_without_client_joins(self):
        [found] = explain(REFUSED)
        assert found["code"] == "upstream.refused"
        assert found["family"] == "upstream"
        assert found["log"]["client"] == "192.0.2.1:40444"
        assert found["log"]["messages"] == 2

    @pytest.mark.parametrize("args", [(), ("--single",)])
    def test_wrapped_lines_join(self, args):
        wrapped = """\
[Thu Mar 19 09:24:28.947228 2015] [authn_file:error] [pid 20993]
(2)No such file or directory: [client 127.0.0.1:59950] AH01620: Could
not open password file: /etc/apache2/auth.htpasswd
"""
        [found] = explain(wrapped, *args)
        assert found["code"] == "config.authn"
        assert found["facts"]["file"] == "/etc/apache2/auth.htpasswd"
        [crash] = explain("[Tue Nov 09 20:09:09 2010] [notice] child pid 11851 "
                          "exit signal Segmentation \nfault (11)\n", *args)
        assert crash["code"] == "server.child-crash"

    def test_empty_message_joins_no_trace(self):
        """A line of its own after an empty message stays one."""
        head = "[Sun Nov 22 14:00:35.500000 2026] [wsgi:error] [pid 8:tid 8] "
        [found] = explain(head + "[client 192.0.2.2:5] \n" + "".join(
            f"{head}[client 192.0.2.2:5] {line}\n" for line in (
                "Traceback (most recent call last):",
                '  File "/srv/a.py", line 7, in f', "KeyError: 'a'")))
        assert found["facts"]["file"] == "/srv/a.py"
        assert found["facts"]["line"] == 7

    def test_members(self):
        [found] = explain(PHP)
        assert found["code"] == "dependency.database-credentials"
        assert found["confidence"] in ("low", "medium", "high")
        assert found["who"] in ("visitor", "owner", "operator", "dependency")
        assert found["status"] == 500
        assert found["retryable"] is False
        assert found["facts"]["file"] == "/srv/shop/db.php"
        assert found["facts"]["line"] == 4
        assert found["facts"]["user"] == "alice"
        assert all(h["who"] and h["text"] for h in found["hints"])
        assert isinstance(found["alternatives"], list)
        assert "{" not in found["message"]

    def test_raw_output_joins_the_line_it_explains(self):
        [found] = explain(PERL)
        assert found["code"] == "deployment.missing-dependency"
        assert found["log"]["messages"] == 3
        assert found["log"]["line"] == 1

    def test_interleaved_requests(self):
        lines = [*REFUSED.splitlines(True), *PHP.splitlines(True)]
        text = lines[0] + lines[2] + lines[1]
        assert {f["code"] for f in explain(text)} == {
            "upstream.refused", "dependency.database-credentials"}

    def test_same_client_later_is_another_incident(self):
        later = REFUSED.replace("14:00:35", "14:00:55")
        assert len(explain(REFUSED + later)) == 2

    def test_same_connection_failing_twice(self):
        again = REFUSED.replace("35.431", "36.000")
        assert len(explain(REFUSED + again)) == 2

    def test_other_clients_are_other_incidents(self):
        other = REFUSED.replace("192.0.2.1:", "192.0.2.9:")
        assert len(explain(REFUSED + other)) == 2

    def test_ids_bind_across_threads(self):
        text = ("[Sun Nov 22 14:00:35 2026] [proxy:error] [pid 7:tid 9] "
                "[R:aBcDeF12345] (111)Connection refused: AH00957: http: "
                "attempt to connect to 127.0.0.1:1 (127.0.0.1:1) failed\n"
                "[Sun Nov 22 14:00:35 2026] [proxy_http:error] [pid 7:tid 8] "
                "[R:aBcDeF12345] [client 192.0.2.1:4] AH01114: HTTP: failed "
                "to make connection to backend: 127.0.0.1\n")
        [found] = explain(text)
        assert found["log"]["request_id"] == "aBcDeF12345"
        assert found["log"]["messages"] == 2

    def test_single(self):
        [found] = explain(REFUSED + PHP, "--single")
        assert found["log"]["messages"] == 3

    def test_single_without_evidence(self):
        """Whoever says that the lines are a failure hears that they do not
        tell why; that is a finding."""
        [found] = explain(QUIET, "--single")
        assert found["code"] == "unknown.no-evidence"
        assert explain("", "--single") == []

    @pytest.mark.parametrize("text", ["", QUIET, "\n\n", "\0\xff\x1b[31m\n",
                                      "nothing of interest\n", REMARKS])
    def test_nothing_found(self, text):
        assert explain(text) == []

    def test_text_and_markdown(self):
        code, out, _ = run("explain", text=REFUSED)
        assert code == 1
        assert out.startswith("upstream.refused (")
        assert "127.0.0.1:8080" in out
        assert "\x1b" not in out
        _, out, _ = run("explain", "--format", "markdown", text=REFUSED)
        assert out.startswith("### upstream.refused")

    def test_same_problem_is_counted(self):
        text = "".join(REFUSED.replace("14:00:35", f"14:{m:02}:35")
                       for m in range(27)) + PHP.replace("14:00", "14:59")
        code, out, _ = run("explain", text=text)
        assert code == 1
        assert out.startswith("upstream.refused (")
        assert out.count("upstream.refused (") == 1
        assert "27, the last at 2026-11-22 14:26:35" in out
        assert out.endswith("28 incidents of 2 problems in 55 lines.\n")
        out = run("explain", "--all", text=text)[1]
        assert out.count("upstream.refused (") == 27
        assert run("explain", text="")[1] == "No failure in 0 lines.\n"

    def test_text_is_narrow(self):
        out = run("explain", text=REFUSED + PHP)[1]
        assert max(map(len, out.splitlines())) <= 100

    def test_equal_messages_keep_their_places(self):
        """What is said of equal messages is made once; the place is not."""
        found = explain(REFUSED + REFUSED.replace("14:00", "15:00")
                        .replace("192.0.2.1:40444", "192.0.2.8:7"))
        assert [f["log"]["client"] for f in found] == [
            "192.0.2.1:40444", "192.0.2.8:7"]
        assert [f["log"]["line"] for f in found] == [1, 3]

    def test_color(self):
        assert "\x1b[1;31m" in run("explain", "--color", "always",
                                text=REFUSED)[1]
        assert "\x1b" not in run("explain", "--color=never", text=REFUSED)[1]

    def test_hostile_log_does_not_reach_the_terminal(self):
        text = REFUSED.replace("127.0.0.1:8080", "\x1b]0;x\x07\x9b31m\\x1b[2J")
        out = run("explain", "--color", "never", text=text)[1]
        assert "\x1b" not in out and "\x07" not in out

    def test_files_and_gzip(self, tmp_path):
        (tmp_path / "a.log").write_text(REFUSED)
        with gzip.open(tmp_path / "b.log.gz", "wb") as f:
            f.write(PHP.encode())
        code, out, _ = run("explain", "--format", "json",
                           tmp_path / "a.log", tmp_path / "b.log.gz")
        found = [json.loads(line) for line in out.splitlines()]
        assert code == 1
        assert [pathlib.Path(f["log"]["file"]).name for f in found] == [
            "a.log", "b.log.gz"]

    def test_unreadable(self, tmp_path):
        code, _, err = run("explain", tmp_path / "missing")
        assert code == 2
        assert "No such file" in err
        code, _, err = run("explain", tmp_path)
        assert code == 2
        assert "directory" in err
        cut = tmp_path / "cut.gz"
        cut.write_bytes(gzip.compress(REFUSED.encode() * 99)[:-20])
        code, _, err = run("explain", cut)
        assert code == 2
        assert "ends early" in err or "damaged" in err

    def test_memory_stays_flat(self, tmp_path):
        path = tmp_path / "big.log"
        with path.open("w") as f:
            for i in range(20000):
                f.write(REFUSED.replace("192.0.2.1:40444",
                                        f"192.0.2.1:{i}"))
                f.write("raw output " + "x" * 500 + "\n")
        done = subprocess.run(
            ["sh", "-c", f"ulimit -v 200000; exec {TOOL} explain --format "
             f"json {path} | wc -l"], capture_output=True, check=True,
            timeout=120)
        assert int(done.stdout) == 20000


FORMATS = [
    # from httpd's manual
    r"[%{uc}t] [%-m:%-l] [R:%L] [C:%{C}L] %7F: %E: %M",
    r"[%t] [%l] %7F: %E: [client\ %a] %M% ,\ referer\ %{Referer}i",
    # without brackets, hyphens for what is missing
    "%{cu}t|%v|%-L|%-a|%P:%{g}T|%m.%l|%-E|%-{Host}i% |%M",
]


@pytest.mark.expect_log(r"AH00957|AH01114|AH00526|Invalid command|NoSuch")
@pytest.mark.parametrize("form", FORMATS)
def test_log_format_of_a_real_server(start, form):
    server = start(f"""
ErrorLogFormat "{form}"
ProxyPass /gone http://127.0.0.1:1/ retry=0
<Directory {{root}}/htdocs/broken>
    AllowOverride All
</Directory>
""", modules=["mod_proxy", "mod_proxy_http"], errclarity=False)
    broken = server.root / "htdocs" / "broken"
    broken.mkdir(exist_ok=True)
    (broken / ".htaccess").write_text("NoSuchDirective on\n")
    assert server.get("/gone/").status == 503
    assert server.get("/broken/", "-e", "http://a/, b").status == 500
    code, out, _ = run("explain", "--format", "json", "--log-format", form,
                       server.root / "logs" / "error.log")
    found = {f["code"]: f for f in map(json.loads, out.splitlines())}
    assert code == 1
    assert set(found) == {"upstream.refused", "config.unknown-directive"}
    refused = found["upstream.refused"]
    assert refused["log"]["messages"] >= 2  # no pid: the start's words too
    assert refused["facts"]["errno"] == 111
    assert found["config.unknown-directive"]["facts"]["directive"] == (
        "NoSuchDirective")
    assert all("time" in f["log"] for f in found.values())
    if "%a" in form:
        assert refused["log"]["client"].startswith("127.0.0.1:")
    if "%v" in form:
        assert refused["log"]["vhost"] == "test.example"


class TestUsage:

    def test_version_and_help(self):
        code, out, _ = run("--version")
        assert code == 0 and out.startswith("errclarity ")
        for args in (["--help"], ["explain", "--help"], ["causes", "--help"]):
            code, out, err = run(*args)
            assert code == 0 and "Usage:" in out and err == ""

    @pytest.mark.parametrize("args", [
        [], ["nonsense"], ["explain", "--nonsense"],
        ["explain", "--format", "xml"], ["explain", "--color", "sometimes"],
        ["explain", "--log-format", "%t"], ["explain", "--log-format", "%q %M"],
        ["explain", "--log-format", "%M %{x"],
        ["causes", "no.such-cause"], ["causes", "--format", "xml"],
    ])
    def test_wrong_usage(self, args):
        code, out, err = run(*args)
        assert code == 2 and out == "" and err


class TestCauses:

    def test_all_as_json(self):
        code, out, _ = run("causes", "--format", "json")
        causes = [json.loads(line) for line in out.splitlines()]
        assert code == 0
        assert [c["code"] for c in causes] == sorted(c["code"]
                                                     for c in causes)
        assert {"upstream.refused", "unknown.no-evidence"} <= {
            c["code"] for c in causes}

    def test_one_as_markdown(self):
        code, out, _ = run("causes", "--format", "markdown",
                           "upstream.refused")
        assert code == 0
        assert out.count("\n## ") + out.startswith("## ") == 1
        assert 'id="upstream.refused"' in out
