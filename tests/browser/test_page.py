# SPDX-License-Identifier: Apache-2.0
"""The page in a real browser: it fits, nothing is loaded, nothing complains,
everybody can read it. What the screenshots show is for people to judge."""
import base64
import hashlib
import itertools
import urllib.parse

import pytest

from helpers import paths

DATABASE = ("PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] "
            "Connection refused in /srv/www/shop.example/htdocs/app/Database/"
            "ConnectionFactory.php:17\nStack trace:\n#0 {main}\n  thrown")
LONG = "/srv/" + "x" * 700

STYLE = (paths.REPO / "src" / "data" / "templates" / "page.css").read_bytes()
HASH = base64.b64encode(hashlib.sha256(STYLE).digest()).decode()
POLICIES = {"inline": "style-src 'unsafe-inline'; img-src data:",
            "hash": f"style-src 'sha256-{HASH}'; img-src data:",
            "nonce": "style-src 'nonce-%{ERRCLARITY_ID}e'; img-src data:",
            "bare": "style-src 'unsafe-inline'"}

# The built-in page as a site's own, with a nonce.
NONCE = (paths.REPO / "src" / "data" / "templates" / "page.html").read_text(
    "utf-8").replace("<style>", '<style nonce="{{incident}}">')

CONF = """
<LocationMatch "^/(visitor|owner|operator|long|csp)/">
    SetHandler ecltest
    ErrClarityContact mailto:help@shop.example
</LocationMatch>
<Location /owner/>
    ErrClarityDetail owner
</Location>
<LocationMatch "^/(operator|long)/">
    ErrClarityDetail operator
</LocationMatch>
<Location /long/>
    ErrClarityContact "{long}"
    ErrClarityMessage 503 "{long}" "{long}"
</Location>
""".format(long="W" * 190) + "".join(f"""
<Location /csp/{name}>
    ErrClarityDetail operator
    Header always set Content-Security-Policy \
        "default-src 'none'; {policy}" env=ERRCLARITY_ID
</Location>
""" for name, policy in POLICIES.items()) + """
<Location /csp/nonce>
    ErrClarityTemplate html {nonce}
</Location>
"""

LEVELS = ("visitor", "owner", "operator")
WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
LANGUAGES = {"ltr": "en", "rtl": "ar"}

pytestmark = pytest.mark.expect_log(r"\[ecltest:\w+\]", "AH")


@pytest.fixture(scope="module")
def server(start, scratch):
    template = scratch / "nonce.html"
    template.write_text(NONCE, "utf-8")
    return start(CONF.replace("{nonce}", str(template)))


def url(server, path, *messages):
    said = "".join("&log=error:" + urllib.parse.quote(m)
                   for m in messages or (DATABASE,))
    return server.url(f"{path}/x?errno=111{said}&die=500")


def load(browser, address):
    """Load the page; nothing else is requested, nobody complains but about
    the status itself. Returns the browser's other messages."""
    requested, said = browser.open(address)
    assert [r for r in requested if r != "data:,"] == [address]
    return [m for m in said if "status of 5" not in m]


def turn(browser, direction):
    """The page's direction, also while no language with it is there."""
    browser.run("document.documentElement.dir = arguments[0]", direction)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("direction", LANGUAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_everybody_can_read_it(browser, server, axe, shots, level, direction,
                               scheme):
    for width in WIDTHS:
        browser.look(width, language=LANGUAGES[direction],
                     prefers_color_scheme=scheme)
        assert load(browser, url(server, f"/{level}")) == []
        turn(browser, direction)
        browser.screenshot(
            shots / f"{level}-{direction}-{scheme}-{width}.png")
        assert browser.overflow() == []
        assert browser.axe(axe) == []
        background = browser.run(
            "return getComputedStyle(document.documentElement)"
            ".backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(background) > 380) == (scheme == "light")


@pytest.mark.parametrize("path, messages", [
    ("/visitor", (DATABASE,)), ("/operator", (DATABASE, LONG)),
    ("/long", (LONG, DATABASE, LONG))], ids=["visitor", "operator", "long"])
@pytest.mark.parametrize("direction", LANGUAGES)
def test_nobody_scrolls_sideways(browser, server, shots, path, messages,
                                 direction):
    """Reflow at 400 % of 1280 pixels, text alone at 200 %, and the spacing of
    WCAG 1.4.12; with words that have no place to break."""
    address = url(server, path, *messages)
    for size, spaced in itertools.product(("100%", "200%"), (False, True)):
        browser.look(320)
        assert load(browser, address) == []
        turn(browser, direction)
        browser.run("""
            document.documentElement.style.fontSize = arguments[0];
            if (arguments[1])
                for (const e of document.querySelectorAll('*')) {
                    e.style.lineHeight = '1.5';
                    e.style.letterSpacing = '.12em';
                    e.style.wordSpacing = '.16em';
                }""", size, spaced)
        assert browser.overflow() == []
    browser.screenshot(shots / f"zoom{path.replace('/', '-')}-{direction}.png")


@pytest.mark.parametrize("name", POLICIES)
def test_content_security_policy(browser, server, name):
    """Without img-src the browser says that it does not load the icon, which
    is none; nothing else."""
    browser.look()
    said = load(browser, url(server, f"/csp/{name}"))
    assert len(said) == (name == "bare")
    assert all("'data:,'" in message for message in said)
    styled = browser.run("return getComputedStyle("
                         "document.querySelector('header')).display")
    assert styled == "flex"


def test_a_policy_that_forbids_the_style_is_noticed(browser, server):
    """The test above can fail."""
    browser.look()
    _, said = browser.open(url(server, "/visitor"))
    assert not any("Content" in m for m in said)
    browser.run("""
        const meta = document.createElement('meta');
        meta.httpEquiv = 'Content-Security-Policy';
        meta.content = "style-src 'none'";
        document.head.append(meta);
        document.head.append(document.createElement('style'))
        document.head.lastChild.textContent = 'p{color:red}'""")
    assert any("Content" in entry["message"]
               for entry in browser.driver.get_log("browser"))


def test_what_is_hard_to_read_is_noticed(browser, server, axe):
    """axe-core and the look for overflow can fail."""
    browser.look()
    assert load(browser, url(server, "/visitor")) == []
    browser.run("""
        document.querySelector('h1').style.color = '#ddd';
        document.querySelector('.lead').style.marginInlineStart = '60rem';
        """)
    assert any(m.startswith("color-contrast") for m in browser.axe(axe))
    assert browser.overflow()


@pytest.mark.parametrize("features", [
    {"forced_colors": "active"}, {"prefers_contrast": "more"},
    {"prefers_contrast": "more", "prefers_color_scheme": "dark"}],
    ids=["forced", "contrast", "contrast-dark"])
def test_contrast(browser, server, axe, shots, features):
    browser.look(**features)
    assert load(browser, url(server, "/operator")) == []
    assert browser.overflow() == []
    assert browser.axe(axe) == []
    browser.screenshot(shots / f"{'-'.join(features)}.png")


def test_reference_is_copied_by_one_click(browser, server):
    browser.look()
    assert load(browser, url(server, "/visitor")) == []
    for selector in (".ref code", ".ref time"):
        assert browser.run(
            "return getComputedStyle(document.querySelector(arguments[0]))"
            ".userSelect", selector) == "all"


def test_it_is_operated_by_keyboard(browser, server):
    """Each control can be reached and shows that it was."""
    browser.look()
    assert load(browser, url(server, "/operator")) == []
    seen = browser.run("""
        return [...document.querySelectorAll('a,summary')].map(e => {
            e.focus({focusVisible: true});
            return [document.activeElement === e,
                    getComputedStyle(e).outlineStyle];
        });""")
    assert seen == [[True, "solid"]] * 2


def test_print(browser, server, shots):
    browser.look(width=800, media="print")
    assert load(browser, url(server, "/operator")) == []
    assert browser.overflow() == []
    assert browser.run("return getComputedStyle(document.documentElement)"
                       ".backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("return document.querySelector('pre')"
                       ".getClientRects().length") == 1
    printed = browser.pdf()
    assert printed.startswith(b"%PDF-") and len(printed) > 5000
    (shots / "print.pdf").write_bytes(printed)
