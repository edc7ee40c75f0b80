# SPDX-License-Identifier: Apache-2.0
"""A condition on REMOTE_USER believes nobody who has not proved who they are."""
import pytest

MODULES = ["mod_auth_basic", "mod_authn_core", "mod_authn_file",
           "mod_authz_user"]

CONF = """
SetHandler ecltest
<IfModule errclarity_module>
    ErrClarityStatus 4xx 5xx
    ErrClarityReplace all
    <Location /gate/>
        ErrClarityDetail owner "expr=%{AUTH_TYPE} != ''"
        ErrClarityDetail operator "expr=%{REMOTE_USER} == 'ops'"
    </Location>
</IfModule>
<Location /gate/>
    AuthType Basic
    AuthName gate
    AuthUserFile {root}/users
    Require user visitor
</Location>
<Location /gate/ops>
    Require user ops
</Location>
<Location /gate/lost>
    AuthUserFile {root}/no-such-file
</Location>
"""

pytestmark = [pytest.mark.expect_log(r"\[ecltest:error\]"),
              pytest.mark.expect_log(r"\[auth_basic:error\]"),
              pytest.mark.expect_log(r"\[authn_file:error\]"),
              pytest.mark.expect_log(r"\[authz_core:error\]")]


@pytest.fixture(scope="module")
def server(start):
    ready = start(CONF, modules=MODULES)
    (ready.root / "users").write_text(
        "ops:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
        "visitor:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    return ready


def level(body):
    if "evidence" in body:
        return "operator"
    return "owner" if "cause" in body else "visitor"


@pytest.mark.parametrize("path, who, status, want", [
    ("/gate/ops?log=error:why&die=500", "ops:secret", 500, "operator"),
    ("/gate/ops?log=error:why&die=500", "ops:guess", 401, "visitor"),
    ("/gate/ops?log=error:why&die=500", "", 401, "visitor"),
    # signed in, though not allowed here
    ("/gate/other?log=error:why&die=500", "ops:secret", 401, "operator"),
    ("/gate/other?log=error:why&die=500", "visitor:secret", 500, "owner"),
    ("/gate/ops?log=error:why&die=500", "visitor:secret", 401, "owner"),
    # nobody can look at the password
    ("/gate/lost?log=error:why&die=500", "ops:secret", 500, "visitor"),
])
def test_only_a_proved_user_opens_the_gate(server, path, who, status, want):
    answer = server.get(path, *(["-u", who] if who else []))
    assert answer.status == status
    assert level(answer.json) == want
