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
    (docs / "sorry.html").write_text(SORRY)
    return ready


@pytest.mark.expect_log("End of script output", "unable to include")
def test_failing_include_leaves_the_page(server):
    """The page is a 200 with a hole: nothing is replaced."""
    response = server.get("/page.shtml")
    assert response.status == 200
    assert response.text.startswith("before ")
    assert response.text.endswith(" after\n")


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
    response = server.get("/external?log=error:why&die=500")
    assert response.status == 302
    assert response.header("Location") == "http://elsewhere.example/sorry"


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
