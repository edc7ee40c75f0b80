# SPDX-License-Identifier: Apache-2.0
"""mod_lua and mod_perl: programs inside httpd's own processes. Some of their
messages carry no request."""
import pytest

from helpers import cases
from helpers.cases import Case, parameters

LUA_CONF = """
Alias /lua/ {root}/lua/
<Directory {root}/lua>
    AddHandler lua-script .lua
</Directory>
LuaMapHandler /mapped/ {root}/lua/mapped.lua no_such_function
LuaMapHandler /dies/ {root}/lua/mapped.lua dies
"""
LUA = {
    "ok.lua": "function handle(r)\n  r:puts('ok')\n  return apache2.OK\nend\n",
    "syntax.lua": "function handle(r)\n  local x = = 1\nend\n",
    "runtime.lua": "function handle(r)\n  local cfg\n\n"
                   "  r:puts(cfg.name)\nend\n",
    "own.lua": "function handle(r)\n  error('no rates today')\nend\n",
    "module.lua": "local s = require 'no.such.module'\n"
                  "function handle(r)\nend\n",
    "late.lua": "function handle(r)\n  r:puts(string.rep('x', 70000))\n"
                "  r:flush()\n  local t = nil + 1\nend\n",
    "entry.lua": "function handel(r)\nend\n",
    "mapped.lua": "function dies(r)\n  error('mapped')\nend\n",
}

# PerlHandlers of our own, scripts by ModPerl::Registry, messages without a
# request.
PERL_CONF = """
PerlSwitches -I{root}/perl
Alias /perl/ {root}/perl/
<Directory {root}/perl>
    Options +ExecCGI
    <FilesMatch "\\.pl$">
        SetHandler perl-script
        PerlResponseHandler ModPerl::Registry
        PerlOptions +ParseHeaders
    </FilesMatch>
</Directory>
<Location /handler>
    SetHandler modperl
    PerlResponseHandler Shop
</Location>
<Location /nowhere>
    SetHandler modperl
    PerlResponseHandler No::Such::Handler
</Location>
<Location /broken>
    SetHandler modperl
    PerlResponseHandler Broken
</Location>
"""
HEADER = "print \"Content-Type: text/plain\\n\\n\";\n"
PERL = {
    "ok.pl": HEADER + "print 'ok';\n",
    "dies.pl": "use strict;\nmy %c;\n\ndie 'no rates today';\n",
    "method.pl": "use strict;\nmy $db;\n$db->prepare('x');\n",
    "syntax.pl": "use strict;\nmy $x = (1;\n",
    "strict.pl": "use strict;\n$undeclared = 1;\n",
    "module.pl": "use No::Such::Module;\n",
    "warns.pl": "use warnings;\nmy $x;\nmy $y = \"$x\" . 1;\nwarn 'first';\n"
                "die 'then';\n",
    "late.pl": HEADER + "$| = 1; print 'x' x 70000;\ndie 'in the middle';\n",
    "Shop.pm": "package Shop;\nuse strict;\nsub handler {\n"
               "  my $r = shift;\n  die 'shop is closed';\n}\n1;\n",
    "Broken.pm": "package Broken;\nuse strict;\nsub handler {\n  $oops = 1;\n}\n1;\n",
}

LUA_WARN = r"\[lua:warn\] \[pid \d+:tid \d+\] AH01471: Lua error"
LUA_FIND = r"\[lua:crit\].*Unable to find entry function"


def lua(script, code="app.lua-error", log=(LUA_WARN,), **kw):
    path = script if script.startswith("/") else f"/lua/{script}"
    kw.setdefault("facts", {}).setdefault(
        "file", "mapped.lua" if script.startswith("/") else script)
    return Case(path, code, log=log, **kw)


LUA_CASES = [
    # mod_lua does not say why it cannot load the file
    lua("syntax.lua", log=("AH01482: Error loading",)),
    # its failures at run time: a warning without the request
    lua("runtime.lua", body="leaking", facts={"line": 4}),
    lua("own.lua", body="leaking", facts={"line": 2}),
    lua("/dies/now", facts={"line": 2}),
    lua("late.lua", status=200, original=500, body="sent",
        response="too-late", facts={"line": 4}),
    lua("module.lua", "deployment.missing-dependency",
        log=("AH02613: Error loading",),
        facts={"line": 1, "module": "no.such.module"}),
    lua("entry.lua", log=(LUA_FIND,), facts={"function": "handle"}),
    lua("/mapped/x", log=(LUA_FIND,), facts={"function": "no_such_function"}),
]
# ModPerl::Registry logs without the request, mod_perl's own handlers with it.
PERL_BARE = r"\[:error\] \[pid \d+:tid \d+\] (?!\[client)"
PERL_OWN = r"\[perl:error\] \[pid \d+:tid \d+\] \[client"


def perl(path, code="app.perl-error", line=None, **kw):
    bare = path.endswith(".pl")
    kw.setdefault("log", (PERL_BARE if bare else PERL_OWN,))
    facts = kw.setdefault("facts", {})
    if bare:
        facts["file"] = path
    if line:
        facts["line"] = line
    return Case(f"/perl/{path}" if bare else path, code, **kw)


PERL_CASES = [
    perl("dies.pl", line=4),
    perl("method.pl", line=3, facts={"function": "prepare"}),
    perl("syntax.pl", "app.perl-syntax-error", line=2),
    perl("strict.pl", "app.perl-syntax-error", line=2),
    perl("module.pl", "deployment.missing-dependency",
         facts={"module": "No::Such::Module"}),
    # Perl's warnings are not the reason; they go to httpd's own stderr.
    perl("warns.pl", line=5),
    perl("late.pl", line=3, status=200, original=500, body="sent",
         response="too-late"),
    perl("/handler", line=5, facts={"file": "Shop.pm"}),
    perl("/nowhere", "deployment.missing-dependency",
         facts={"module": "No::Such::Handler"}),
    perl("/broken", "app.perl-syntax-error", line=4,
         facts={"file": "Broken.pm"}),
]


def with_programs(server, name, programs):
    directory = server.root / name
    directory.mkdir()
    for file, text in programs.items():
        (directory / file).write_text(text)
        (directory / file).chmod(0o755)
    directory.chmod(0o755)
    return server


@pytest.fixture(scope="module", params=["event", "prefork"])
def lua_server(start, request):
    return with_programs(start(LUA_CONF, mpm=request.param,
                               modules=["mod_lua"]), "lua", LUA)


@pytest.fixture(scope="module", params=["event", "prefork"])
def perl_server(start, request):
    return with_programs(start(PERL_CONF, mpm=request.param,
                               modules=["mod_perl"]), "perl", PERL)


@pytest.mark.parametrize("one", parameters(LUA_CASES))
def test_lua(lua_server, one, expect_log):
    cases.run_case(lua_server, one, expect_log)


@pytest.mark.parametrize("one", parameters(PERL_CASES))
def test_perl(perl_server, one, expect_log):
    cases.run_case(perl_server, one, expect_log)


def test_healthy(lua_server, perl_server):
    for server, path in ((lua_server, "/lua/ok.lua"),
                         (perl_server, "/perl/ok.pl")):
        before = len(cases.records(server))
        assert server.get(path).text == "ok"
        assert len(cases.records(server)) == before


@pytest.mark.expect_log(PERL_BARE)
def test_late_response_is_httpds(perl_server):
    """Nothing of ours is put behind a response that is under way."""
    response = perl_server.get("/perl/late.pl")
    assert response.status == 200 and not response.header("Error-Id")
    assert "errclarity" not in response.text and "about:blank" not in \
        response.text
