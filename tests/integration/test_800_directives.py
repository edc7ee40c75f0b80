# SPDX-License-Identifier: Apache-2.0
"""Directives: wrong values, merging, .htaccess, what a visitor may see."""
import pytest

from helpers import cases

WRONG = [
    # directive line, the value that must be named, what must be offered
    ("ErrClarity Maybe", "Maybe", ["Off", "Log", "On"]),
    ("ErrClarityStatus 99", "99", ["5xx"]),
    ("ErrClarityStatus 6xx", "6xx", ["4xx", "5xx"]),
    ("ErrClarityStatus 200", "200", ["5xx"]),
    ("ErrClarityReplace everything", "everything", ["canned", "leaking"]),
    ("ErrClarityFormat pdf", "pdf", ["html", "json", "markdown"]),
    ("ErrClarityDetail all", "all", ["visitor", "owner", "operator"]),
    ("ErrClarityDetail owner \"expr=((\"", "((", ["expr"]),
    ("ErrClarityDetail owner when=x", "when=x", ["expr="]),
    ("ErrClarityMapStatus no.such-cause 503", "no.such-cause", ["family"]),
    ("ErrClarityMapStatus cgi.no-output 200", "200", ["400", "599"]),
    ("ErrClarityMapStatus upstream.* 503 retry-after=soon", "soon",
     ["seconds"]),
    ("ErrClarityMessage no.such \"t\"", "no.such", ["family"]),
    ("ErrClarityMessage 503 lang=d_e \"t\"", "lang=d_e", ["BCP 47"]),
    ("ErrClarityMapStatus cgi.no-output 499", "499", ["not 499"]),
    ("ErrClarityStatus", "''", ["400", "4xx"]),
    ("ErrClarityReplace", "''", ["canned", "application", "none"]),
    ("ErrClarityFormat", "''", ["html", "markdown"]),
    ("ErrClarityLog syslog:kitchen", "kitchen", ["local7"]),
    ("ErrClarityClientAddress half", "half", ["full", "truncated", "none"]),
    ("ErrClarityPreciseStatus Perhaps", "PreciseStatus", ["On", "Off"]),
    ("ErrClarityProbe Perhaps", "Probe", ["On", "Off"]),
]


@pytest.mark.parametrize("line, value, offers", WRONG,
                         ids=[w[0].replace(" ", "-") for w in WRONG])
def test_wrong_value_is_explained(start, line, value, offers):
    done = start.make(line).test_config()
    assert done.returncode == 1, "httpd -t took it"
    name = line.split()[0]
    assert name in done.stderr
    assert value in done.stderr
    for offer in offers:
        assert offer in done.stderr
    assert "xample" in done.stderr or name.endswith(
        ("PreciseStatus", "Probe")), "an example helps"


GOOD = """
ErrClarity Log
ErrClarityStatus 4xx 5xx !501
ErrClarityReplace all
ErrClarityFormat json html xml text markdown
ErrClarityDetail visitor
ErrClarityDetail operator "expr=-R '192.0.2.0/24'"
ErrClarityMapStatus dependency.* 503 retry-after=30
ErrClarityPreciseStatus Off
ErrClarityMessage 503 lang=de "Gleich zurück" "Wir bauen um."
ErrClarityMessage cgi.* "Oops"
ErrClarityContact mailto:help@example.org
ErrClarityProbe Off
ErrClarityClientAddress truncated
"""


def test_good_values_are_taken(start):
    done = start.make(GOOD).test_config()
    assert done.returncode == 0, done.stderr


CONF = """
<LocationMatch "^/t/">
    SetHandler ecltest
</LocationMatch>
Alias /ht/ {root}/dirs/
<Directory {root}/dirs>
    AllowOverride FileInfo
    SetHandler ecltest
</Directory>
ScriptAlias /cgi/ {root}/cgi/
<IfModule errclarity_module>
    <Location /t/404>
        ErrClarityStatus 404
    </Location>
    <Location /t/404/not>
        ErrClarityStatus !404
    </Location>
    <Location /t/all>
        ErrClarityReplace all
    </Location>
    <Location /t/none>
        ErrClarityReplace none
    </Location>
    <Location /t/text>
        ErrClarityFormat text json
    </Location>
    <Location /t/owner>
        ErrClarityDetail owner
    </Location>
    <Location /t/operator>
        ErrClarityDetail operator "expr=%{QUERY_STRING} =~ /letmein/"
        ErrClarityDetail owner
    </Location>
    <Location /t/map>
        ErrClarityMapStatus unknown.* 503 retry-after=77
    </Location>
    <Location /t/imprecise>
        ErrClarityPreciseStatus Off
    </Location>
    <Location /t/words>
        ErrClarityMessage 500 "Our own title" "Our own text"
        ErrClarityMessage 500 lang=de "Unser Titel" "Unser Text"
        ErrClarityContact mailto:help@example.org
    </Location>
    <Directory {root}/dirs/ceiling>
        ErrClarityDetail owner "expr=false"
    </Directory>
</IfModule>
"""
DIE = "?log=error:why&die=500"
DATABASE = ("?log=error:PHP+Fatal+error:++Uncaught+PDOException:+SQLSTATE"
            "[HY000]+[2002]+Connection+refused+in+/srv/a.php:3&die=500")
HTACCESS = {
    "off": "ErrClarity Off",
    "wider": "ErrClarityDetail operator",
    "ceiling": "ErrClarityDetail operator",
    "words": 'ErrClarityMessage 500 "From htaccess"',
    "wrong": "ErrClarityDetail everything",
    "forbidden": "ErrClarityLog logs/mine.json",
}
pytestmark = pytest.mark.expect_log(r"\[ecltest:error\]")


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_cgi"])
    for name, text in HTACCESS.items():
        where = ready.root / "dirs" / name
        where.mkdir(parents=True)
        (where / ".htaccess").write_text(text + "\n")
        (where / "x").write_text("")
    return ready


def test_status(server):
    assert server.get("/t/404?die=404").media_type == cases.PROBLEM
    assert server.get("/t/x?die=404").media_type == "text/html"
    assert server.get("/t/404/not?die=404").media_type == "text/html"
    # A list of one's own replaces the default.
    assert server.get("/t/404?die=500").media_type == "text/html"


def test_replace(server):
    kept = "?status=500&body=json"
    assert server.get("/t/x" + kept).media_type == "application/json"
    assert server.get("/t/all" + kept).media_type == cases.PROBLEM
    response = server.get("/t/none" + DIE)
    assert response.media_type == "text/html"
    cases.incident_id(response)


@pytest.mark.parametrize("path, accept, media", [
    ("/t/x", "application/problem+json", "application/problem+json"),
    ("/t/x", "application/json", "application/problem+json"),
    ("/t/x", "text/html", "text/html"),
    ("/t/x", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
     "text/html"),
    ("/t/x", "application/problem+xml", "application/problem+xml"),
    ("/t/x", "application/xml", "application/problem+xml"),
    ("/t/x", "text/plain", "text/plain"),
    ("/t/x", "text/markdown", "text/markdown"),
    # curl and other programs that state nothing: test_810 has the signals.
    ("/t/x", "*/*", "text/plain"),
    ("/t/x", None, "text/plain"),
    ("/t/x", "image/png", "text/plain"),
    ("/t/x", "text/html;q=0, application/problem+json",
     "application/problem+json"),
    ("/t/x", "this is, no; accept=header;;", "text/plain"),
    ("/t/text", None, "text/plain"),
    ("/t/text", "text/html", "text/plain"),
    ("/t/text", "application/problem+json;q=0.5, text/html",
     "application/problem+json"),
])
def test_negotiation(server, path, accept, media):
    response = server.get(path + DIE, accept=accept)
    assert response.status == 500, "never a 406"
    assert response.media_type in (
        media, media.replace("problem+", "") if "xml" in media else media)
    assert "accept" in ", ".join(response.all("Vary")).lower()
    assert cases.incident_id(response) in response.text


def test_formats_hold_the_same(server):
    """Each format names reference and status, none the inside."""
    for accept in ("text/html", "application/xml", "text/plain",
                   "text/markdown", "application/json"):
        response = server.get("/t/x" + DIE, accept=accept)
        assert "500" in response.text
        assert "why" not in response.text
        assert str(server.root) not in response.text


def test_detail(server):
    owner = server.get("/t/owner" + DIE).json
    assert "." in owner["code"]
    assert owner["cause"]
    assert "evidence" not in owner
    assert "." in server.get("/t/operator" + DIE).json["code"]
    operator = server.get("/t/operator" + DIE + "&errno=0&type=x/letmein").json
    assert "why" in str(operator["evidence"])


def test_map_status(server):
    response = server.get("/t/map" + DIE)
    assert response.status == 503
    assert response.header("Retry-After") == "77"
    assert response.json["retry_after"] == 77
    record = cases.record_of(server, cases.incident_id(response))
    assert record["errclarity"]["original_status"] == 500
    # Only a generic 500 is refined by the built-in map.
    assert server.get("/t/x" + DATABASE).status == 503
    assert server.get("/t/imprecise" + DATABASE).status == 500


def test_words(server):
    problem = server.get("/t/words" + DIE).json
    assert problem["title"] == "Our own title"
    assert problem["detail"] == "Our own text"
    german = server.get("/t/words" + DIE, "-H", "Accept-Language: de-CH")
    assert german.json["title"] == "Unser Titel"
    assert german.header("Content-Language") == "de"
    other = server.get("/t/words" + DIE, "-H", "Accept-Language: xx")
    assert other.json["title"] == "Our own title"
    assert "mailto:help@example.org" in server.get("/t/words" + DIE,
                                                   accept="text/html").text


def test_htaccess_merges(server):
    assert server.get("/ht/off/x" + DIE).header("Error-Id") is None
    assert server.get("/ht/words/x" + DIE).json["title"] == "From htaccess"


def test_htaccess_never_widens(server):
    """The ceiling is what the server names for that place."""
    assert "." not in server.get("/ht/wider/x" + DIE).json["code"]
    problem = server.get("/ht/ceiling/x" + DIE).json
    assert "." in problem["code"]
    assert "evidence" not in problem


@pytest.mark.parametrize("name, said", [
    ("wrong", "everything"), ("forbidden", "not allowed here")])
def test_htaccess_wrong(server, expect_log, name, said):
    expect_log(rf"\[core:alert\].*{said}")
    response = server.get(f"/ht/{name}/x")
    assert response.status == 500
    assert said in server.error_log()


def test_vhosts_do_not_mix(start):
    """Two virtual hosts, two settings, one port."""
    server = start("""
<VirtualHost 127.0.0.1:${ERRC_PORT}>
    ServerName a.example
    ErrClarityContact mailto:a@example.org
</VirtualHost>
<VirtualHost 127.0.0.1:${ERRC_PORT}>
    ServerName b.example
    ErrClarity Off
</VirtualHost>
""")
    there = server.get("/ecltest" + DIE, "-H", "Host: a.example")
    assert there.json["code"] == "unknown"
    record = cases.record_of(server, cases.incident_id(there))
    assert record["errclarity"]["vhost"].startswith("a.example")
    assert record["url"]["domain"] == "a.example"
    other = server.get("/ecltest" + DIE, "-H", "Host: b.example")
    assert other.header("Error-Id") is None
