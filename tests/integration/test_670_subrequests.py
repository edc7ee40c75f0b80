# SPDX-License-Identifier: Apache-2.0
"""Subrequests and internal redirects: parts of a page fail, or a page is
reached in several steps."""
import pytest

from helpers import cases

CONF = """
<Directory {root}/htdocs>
    Options +Includes
    AddOutputFilter INCLUDES .shtml
    AddType text/html .shtml
</Directory>
ScriptAlias /cgi/ {root}/cgi/
<IfModule errclarity_module>
    <Location /ecltest>
        ErrClarityStatus 5xx
    </Location>
</IfModule>
ErrorDocument 500 /sorry.html
ErrorDocument 503 "the site's own words"
<Location /broken>
    SetHandler ecltest
    ErrorDocument 500 /ecltest?die=500
</Location>
<Location /plain>
    SetHandler ecltest
    ErrorDocument 500 default
</Location>
<Location /external>
    SetHandler ecltest
    ErrorDocument 500 http://elsewhere.example/sorry
</Location>
<Location /shared>
    SetHandler ecltest
    ErrorDocument 404 http://elsewhere.example/gone
    ErrorDocument 500 http://elsewhere.example/sorry
    ErrorDocument 502 http://elsewhere.example/sorry
    ErrorDocument 504 http://elsewhere.example/sorry
</Location>
Redirect /moved http://elsewhere.example/new
RewriteEngine On
RewriteRule ^/rewritten$ /plain/x?log=error:after+rewrite&die=500 [PT]
"""
SORRY = "<!doctype html><p>the site's own page\n"
WHY = r"\[ecltest:error\]"


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=["mod_include", "mod_cgi"])
    docs = ready.root / "htdocs"
    (docs / "page.shtml").write_text(
        'before <!--#include virtual="/cgi/silent.cgi" --> after\n')
    (docs / "hole.shtml").write_text(
        'before <!--#include virtual="/nothing.html" --> after\n')
    (docs / "sorry.html").write_text(SORRY)
    return ready


@pytest.mark.expect_log("End of script output", "unable to include")
def test_failing_include_leaves_the_page(server):
    """The page is a 200 with a hole: nothing is replaced, but told."""
    before = len(cases.records(server))
    response = server.get("/page.shtml")
    assert response.status == 200
    assert response.text.startswith("before ")
    assert response.text.endswith(" after\n")
    assert response.header("Error-Id") is None
    record, = cases.new_records(server, before)
    assert record["error"]["code"] == "cgi.no-output"
    assert record["http"]["response"]["status_code"] == 200
    ecl = record["errclarity"]
    assert (ecl["original_status"], ecl["hidden_by"]) == (500, "include")
    assert (ecl["body"], ecl["response"]) == ("masked", "kept")


@pytest.mark.expect_log("unable to include")
def test_missing_include_counts_as_its_status(server):
    """A part that is not there is a 404, which is no failure here."""
    before = len(cases.records(server))
    assert server.get("/hole.shtml").status == 200
    assert cases.records(server)[before:] == []


@pytest.mark.expect_log(WHY)
def test_error_document_url_is_kept(server):
    before = len(cases.records(server))
    response = server.get("/ecltest?log=error:why&die=500")
    assert (response.status, response.text) == (500, SORRY)
    record, = cases.new_records(server, before)
    assert cases.incident_id(response) == record["error"]["id"]
    assert record["errclarity"]["body"] == "errordocument"
    assert record["errclarity"]["response"] == "kept"
    assert record["url"]["path"] == "/ecltest", "of the request, not the page"
    assert "why" in record["errclarity"]["evidence"][0]["message"]


@pytest.mark.expect_log(WHY)
def test_error_document_text_is_kept(server):
    before = len(cases.records(server))
    response = server.get("/ecltest?log=error:why&die=503")
    assert (response.status, response.text) == (503, "the site's own words")
    record, = cases.new_records(server, before)
    assert record["errclarity"]["body"] == "errordocument"
    assert cases.incident_id(response) == record["error"]["id"]


@pytest.mark.expect_log(WHY)
def test_broken_error_document(server):
    """httpd falls back to its canned page: one incident, ours to answer."""
    before = len(cases.records(server))
    response = server.get("/broken?log=error:why&die=500")
    cases.check_replaced(server, response)
    record, = cases.new_records(server, before)
    assert record["errclarity"]["body"] == "canned"
    assert "Additionally" not in response.text


@pytest.mark.expect_log(WHY)
def test_external_error_document(server):
    """The client sees a redirect; the record knows the failure."""
    before = len(cases.records(server))
    response = server.get("/external?log=error:why&die=500")
    assert response.status == 302
    assert response.header("Location") == "http://elsewhere.example/sorry"
    record, = cases.new_records(server, before)
    assert cases.incident_id(response) == record["error"]["id"]
    assert record["http"]["response"]["status_code"] == 302
    ecl = record["errclarity"]
    assert ecl["original_status"] == 500
    assert (ecl["body"], ecl["response"]) == ("errordocument", "kept")
    assert ecl["hidden_by"] == "errordocument-redirect"
    assert "why" in ecl["evidence"][0]["message"]


@pytest.mark.expect_log(WHY)
@pytest.mark.parametrize("status", [500, 502, 504])
def test_one_page_elsewhere_for_all(server, status):
    """Which failure it was is seen by what the connection does."""
    before = len(cases.records(server))
    assert server.get(f"/shared?log=error:why&die={status}").status == 302
    record, = cases.new_records(server, before)
    assert record["errclarity"]["original_status"] in (
        (500,) if status == 500 else (502, 504))


def test_other_redirects_are_none(server):
    before = len(cases.records(server))
    response = server.get("/shared?header=Location:http://x.example/&die=302")
    assert response.status == 302 and response.header("Error-Id") is None
    assert server.get("/shared?die=404").status == 302
    assert server.get("/moved").status == 302
    assert cases.records(server)[before:] == []


@pytest.mark.expect_log(WHY)
def test_rewritten_request_is_one_incident(server):
    before = len(cases.records(server))
    response = server.get("/rewritten")
    cases.check_replaced(server, response)
    record, = cases.new_records(server, before)
    assert "after rewrite" in [e["message"] for e in
                               record["errclarity"]["evidence"]]


@pytest.mark.expect_log(WHY)
def test_subrequest_evidence_belongs_to_its_parent(server):
    response = server.get("/plain?log=error:outer&status=500&subreq=/ecltest"
                          "%3Flog%3Derror:inner%26body%3Dnone&body=none")
    cases.check_replaced(server, response)
    record = cases.record_of(server, cases.incident_id(response))
    said = " ".join(e["message"] for e in record["errclarity"]["evidence"])
    assert "outer" in said and "inner" in said
