# SPDX-License-Identifier: Apache-2.0
"""ErrClarityRules: an operator's own causes and rules, and their mistakes."""
import pytest

from helpers import cases

OWN = """
- slug: app.shop-queue
  who: owner
  status: 503
  retry: yes
  retry_after: 45
  title: The shop's queue is full
  message: "The queue {limit?of {limit} orders }is full."
  hints:
    - who: owner
      text: "Empty the queue."
  match:
    - re: "^shopd: queue of (?<limit>[0-9]+) orders is full"
- slug: upstream.refused
  match:
    - re: "^shopd: nobody answers at (?<host>[a-z]+)"
"""


@pytest.fixture(scope="module")
def server(start, scratch):
    rules = scratch / "own-rules.yaml"
    rules.write_text(OWN)
    return start(f"""
<IfModule errclarity_module>
    ErrClarityRules {rules}
    ErrClarityMapStatus app.shop-queue 429
    <Location /plain>
        ErrClarityPreciseStatus Off
    </Location>
</IfModule>
<Location /plain>
    SetHandler ecltest
</Location>""")


@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_own_cause(server):
    response = server.get(
        "/ecltest?die=500&log=error:shopd:+queue+of+7+orders+is+full")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["error"]["code"] == "app.shop-queue"
    assert record["errclarity"]["facts"] == {"limit": "7"}
    assert record["message"] == "The queue of 7 orders is full."
    # The directive names an own cause: checked when the rules are read.
    assert response.status == 429
    assert response.header("Retry-After") == "45"


@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_own_rule_of_a_built_in_cause(server):
    response = server.get(
        "/ecltest?die=500&log=error:shopd:+nobody+answers+at+warehouse")
    record = cases.record_of(server, cases.incident_id(response))
    assert record["error"]["code"] == "upstream.refused"
    assert record["errclarity"]["facts"]["host"] == "warehouse"
    assert response.status == 502


@pytest.mark.expect_log(r"\[ecltest:error\]")
def test_imprecise(server):
    response = server.get(
        "/plain?die=500&log=error:shopd:+queue+of+7+orders+is+full")
    assert response.status == 500


@pytest.mark.parametrize("text, line, said", [
    ("- slug: app.x\n  who: nobody\n", 2, "nobody"),
    ("- slug: app.x\n  who: owner\n  title: t\n  message: m\n"
     "  match:\n    - re: 'a(b'\n", 6, "parenthesis"),
    ("- slug: app.x\n  sulg: y\n", 2, "sulg"),
    ("- {\n", 2, "flow node"),
    ("- slug: app.x\n  match:\n    - re: 'abcd'\n", 1, "app.x"),
], ids=["who", "regex", "key", "yaml", "incomplete"])
def test_broken_rules_are_explained(start, scratch, text, line, said):
    rules = scratch / "broken-rules.yaml"
    rules.write_text(text)
    done = start.make(f"ErrClarityRules {rules}").test_config()
    assert done.returncode == 1, "httpd -t took it"
    assert f"{rules}:{line}:" in done.stderr
    assert said in done.stderr


def test_missing_rules_are_explained(start):
    done = start.make("ErrClarityRules /nowhere/rules.yaml").test_config()
    assert done.returncode == 1
    assert "/nowhere/rules.yaml" in done.stderr
    assert "No such file" in done.stderr
