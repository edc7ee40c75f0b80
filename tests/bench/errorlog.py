#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An error_log such as a busy server of many sites writes in a day.

The same bytes for the same arguments. Times go on, clients, processes and
threads are many, and lines of different requests stand between each other.

    errorlog.py [--seed N] [--level warn|info] MEBIBYTES > FILE

With info (the default here) six of ten requests are healthy and leave one line
of level info or debug by mod_ssl, mod_http2, mod_authz_core or mod_deflate.
With warn none is: the hardest log there is. Of 100 requests that are not:

    19  ask for what is not there, or for nonsense (scanners): AH00128, AH00126,
        AH00135, AH10244; every second one with a path of its own
     9  are refused: AH01630, AH01617, AH01618, AH01797
     9  break off in TLS or as slow headers: AH02008, AH02032, AH01382 (info)
    20  PHP warnings and notices under FPM, one to four in an AH01071
     8  PHP fatal errors with their trace in an AH01071
     4  FPM's "Primary script unknown", a warning of mod_fcgid, or AH01067
     6  faults of an .htaccess (alert)
     8  proxy failures, two lines each: AH00957, AH01114, AH00898, AH01102, ...
     5  CGI: AH01215 from stderr, then "End of script output before headers"
     3  a traceback of Python under mod_wsgi, 9 to 13 lines
     3  ModSecurity's long lines
     2  rewrite loops and lost files: AH00124, AH00670
     3  say what the server does: notices of the MPM, AH00052, AH00489
     1  an application's own words through mod_php, without an AH number

PHP, CGI, WSGI and .htaccess repeat themselves: a site has up to twelve faults
of each of these kinds, and one request in twenty-five fails in a new way. What
scanners ask for, who logs in, what a proxy was asked and what ModSecurity saw
is drawn anew each time.
"""
import argparse
import functools
import random
import sys
import time

SITES = [f"www.site{n}.example" for n in range(40)]
SCANS = ["wp-login.php", "xmlrpc.php", ".env", "favicon.ico", "robots.txt",
         "vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "admin.php",
         "apple-touch-icon.png", ".git/config", "wp-content/uploads/a.php"]
WORDS = ("cart order price user session cache media theme menu search stock "
         "mail login profile invoice report import export image locale"
         ).split()
NOTICES = [
    "PHP Warning:  Undefined array key \"{w}\" in {root}/src/{c}.php on line "
    "{n}",
    "PHP Warning:  Undefined variable ${w} in {root}/src/{c}.php on line {n}",
    "PHP Notice:  Undefined index: {w} in {root}/lib/{c}.php on line {n}",
    "PHP Deprecated:  Creation of dynamic property Shop\\{c}::${w} is "
    "deprecated in {root}/src/{c}.php on line {n}",
    "PHP Warning:  Attempt to read property \"{w}\" on null in "
    "{root}/wp-content/plugins/{w}/{c}.php on line {n}",
    "PHP Warning:  foreach() argument must be of type array|object, null given "
    "in {root}/wp-content/themes/{w}/functions.php on line {n}",
    "PHP Warning:  file_get_contents({root}/var/cache/{w}.json): Failed to "
    "open "
    "stream: No such file or directory in {root}/src/{c}.php on line {n}",
    "PHP Warning:  Cannot modify header information - headers already sent by "
    "(output started at {root}/lib/{c}.php:{n}) in {root}/index.php on line 12",
]
FATALS = [
    "PHP Fatal error:  Uncaught Error: Call to undefined function {w}_{w}() in "
    "{root}/src/{c}.php:{n}",
    "PHP Fatal error:  Uncaught TypeError: Shop\\{c}::{w}(): Argument #1 must "
    "be of type array, null given in {root}/src/{c}.php:{n}",
    "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] "
    "Connection "
    "refused in {root}/vendor/acme/orm/src/Driver.php:{n}",
    "PHP Fatal error:  Uncaught mysqli_sql_exception: Access denied for user "
    "'{w}'@'localhost' (using password: YES) in {root}/lib/{c}.php:{n}",
]
OUT_OF_MEMORY = [
    "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried "
    "to allocate {n} bytes) in {root}/src/{c}.php on line 77",
]
STDERR = [
    "Can't locate {c}/{w}.pm in @INC (you may need to install the {c} module) "
    "at "
    "{root}/cgi-bin/x.pl line {n}.",
    "Use of uninitialized value $name in concatenation at {root}/cgi-bin/x.pl "
    "line {n}.",
    "{w}: command not found",
]
EXCEPTIONS = [
    "KeyError: '{w}'",
    "AttributeError: 'NoneType' object has no attribute '{w}'",
    "django.db.utils.OperationalError: could not connect to server: Connection "
    "refused",
]
HTACCESS = [
    "Invalid command 'php_value', perhaps misspelled or defined by a module "
    "not included in the server configuration",
    "Invalid command 'Header', perhaps misspelled or defined by a module not "
    "included in the server configuration",
    "Options not allowed here",
    "RewriteRule: cannot compile regular expression '^({w}'",
    "</IfModule> without matching <IfModule> section",
]


class Log:
    """Draws what happens; request() gives the lines of one request."""

    def __init__(self, seed, level):
        self.draw = random.Random(seed)
        self.healthy_share = 0.6 if level == "info" else 0
        self.clock = 1793491200 * 1000000  # 2026-11-01
        self.second = None
        self.stamp = ""
        self.known = {}  # by site and kind
        new = [(19, self.missing), (9, self.refused), (9, self.broken_off),
               (8, self.proxy), (3, self.modsecurity), (3, self.server),
               (1, self.application)]
        old = [(20, self.php_notices), (8, self.php_fatal), (4, self.fpm),
               (6, self.htaccess), (5, self.cgi), (3, self.wsgi),
               (2, self.rewrite)]
        self.kinds = [kind for share, kind in new for _ in range(share)]
        self.kinds += [functools.partial(self.again, kind)
                       for share, kind in old for _ in range(share)]

    def below(self, n):
        return int(self.draw.random() * n)

    def one(self, of):
        return of[int(self.draw.random() * len(of))]

    def again(self, kind, root, site):
        """What the site's software did before, or in one of 25 cases does for
        the first time."""
        known = self.known.setdefault((site, kind), [])
        if known and len(known) >= 12 and self.below(25):
            return self.one(known)
        lines = kind(root, site)
        if len(known) < 12:
            known.append(lines)
        return lines

    def words(self, texts, root):
        w = self.one(WORDS)
        return self.one(texts).format(root=root, w=w, c=w.capitalize(),
                                      n=10 + self.below(900))

    def time(self):
        self.clock += self.below(4000)
        second, micro = divmod(self.clock, 1000000)
        if second != self.second:
            self.second = second
            self.stamp = time.strftime("%a %b %d %H:%M:%S", time.gmtime(second))
            self.year = time.strftime("%Y", time.gmtime(second))
        return f"{self.stamp}.{micro:06d} {self.year}"

    def request(self):
        """(module and level, text) of each line, drawn with its client."""
        site = self.one(SITES)
        draw = self.draw.random
        client = (f"{1 + int(draw() * 222)}.{int(draw() * 256)}."
                  f"{int(draw() * 256)}.{1 + int(draw() * 254)}:"
                  f"{1024 + int(draw() * 64000)}")
        thread = (f"[pid {900 + int(draw() * 24)}:tid "
                  f"{140000000000000 + 8192 * int(draw() * 25)}]")
        kind = self.healthy if draw() < self.healthy_share \
            else self.one(self.kinds)
        return thread, client, kind(f"/srv/www/{site}", site)

    # -- what happens to a request ------------------------------------------

    def healthy(self, root, site):
        kind = self.below(5)
        n = self.below(100000)
        if kind < 2:
            return [("ssl:info", f"AH01964: Connection to child {n} "
                                 f"established (server {site}:443)")]
        if kind < 3:
            return [("authz_core:debug", "AH01626: authorization result of "
                                         "Require all granted: granted, "
                     f"referer: https://{site}/p/{n}")]
        if kind < 4:
            return [("http2:info", f"AH03068: h2_stream({n}-3,OPEN): rst, "
                                   "error=8")]
        return [("deflate:debug", f"AH01384: Zlib: Compressed {n} to 812 : "
                                  f"URL /shop/item/{n}")]

    def missing(self, root, site):
        kind = self.below(19)
        path = self.one(SCANS) if self.below(2) else \
            (f"{self.one(WORDS)}/{self.below(1 << 32):08x}."
             f"{self.one(('php', 'jpg', 'html'))}")
        if kind < 11:
            return [("core:info",
                     f"AH00128: File does not exist: {root}/{path}")]
        if kind < 14:
            return [("php:error", f"script '{root}/{path}' not found or "
                                  "unable to stat")]
        if kind < 16:
            return [("core:error", "AH10244: invalid URI path "
                                   f"(/cgi-bin/.%2e/.%2e/{path})")]
        if kind < 18:
            return [("core:error", "AH00126: Invalid URI in request GET "
                                   f"/{path}%ff HTTP/1.1")]
        return [("core:error", "AH00135: Invalid method in request "
                               "\\x16\\x03\\x01\\x02")]

    def refused(self, root, site):
        kind = self.below(9)
        if kind < 5:
            return [("authz_core:error", "AH01630: client denied by server "
                     f"configuration: {root}/{self.one(SCANS)}")]
        if kind < 7:
            return [("auth_basic:error", f"AH01618: user {self.one(WORDS)} "
                                         f"not found: /{self.one(WORDS)}")]
        if kind < 8:
            return [("auth_basic:error", f"AH01617: user {self.one(WORDS)}: "
                                         "authentication failure "
                     f"for \"/{self.one(WORDS)}\": Password Mismatch")]
        return [("access_compat:error", "AH01797: client denied by server "
                 f"configuration: {root}/{self.one(WORDS)}")]

    def broken_off(self, root, site):
        kind = self.below(9)
        if kind < 5:
            return [("ssl:info", "AH02008: SSL library error 1 in handshake "
                                 f"(server {site}:443)"),
                    ("ssl:info", "SSL Library Error: error:0A000412:SSL "
                                 "routines::ssl/tls alert "
                     "bad certificate (SSL alert number 42)")][:1 + kind % 2]
        if kind < 7:
            return [("ssl:error", f"AH02032: Hostname {site} provided via SNI "
                                  "and hostname "
                     f"{self.one(SITES)} provided via HTTP have no compatible "
                     "SSL setup")]
        return [("reqtimeout:info", "AH01382: Request header read timeout")]

    def php_notices(self, root, site):
        said = "; ".join("PHP message: " + self.words(NOTICES, root)
                         for _ in range(1 + self.below(4)))
        return [("proxy_fcgi:error", f"AH01071: Got error '{said}', "
                 f"referer: https://{site}/{self.one(WORDS)}")]

    def php_fatal(self, root, site):
        if self.below(4) == 0:
            said = self.words(OUT_OF_MEMORY, root)
        else:
            frames = "\\n".join(
                f"#{n} "
                f"{root}/src/{self.one(WORDS).capitalize()}.php({30 + n}): "
                f"Shop\\\\{self.one(WORDS)}()"
                for n in range(2 + self.below(4)))
            said = (self.words(FATALS, root)
                    + f"\\nStack trace:\\n{frames}\\n#9 {{main}}\\n  thrown in "
                    f"{root}/index.php on line 12")
        return [("proxy_fcgi:error",
                 f"AH01071: Got error 'PHP message: {said}'")]

    def fpm(self, root, site):
        kind = self.below(4)
        if kind < 2:
            return [("proxy_fcgi:error", "AH01071: Got error 'Primary script "
                                         "unknown'")]
        if kind < 3:
            return [("fcgid:warn", "mod_fcgid: stderr: "
                                   f"{self.words(NOTICES, root)}")]
        return [("proxy_fcgi:error", "(70014)End of file found: AH01067: "
                                     "Failed to read FastCGI header"),
                ("proxy_fcgi:error", "(104)Connection reset by peer: AH01075: "
                                     "Error dispatching request to : ")]

    def htaccess(self, root, site):
        return [("core:alert",
                 f"{root}/.htaccess: {self.words(HTACCESS, root)}")]

    def proxy(self, root, site):
        kind = self.below(8)
        port = 8000 + self.below(12)
        if kind < 4:
            return [("proxy:error", "(111)Connection refused: AH00957: http: "
                                    "attempt to connect to "
                     f"127.0.0.1:{port} (127.0.0.1:{port}) failed"),
                    ("proxy_http:error", "AH01114: HTTP: failed to make "
                                         "connection to backend: 127.0.0.1")]
        if kind < 6:
            return [("proxy_http:error", "(70007)The timeout specified has "
                                         "expired: AH01102: error "
                     "reading status line from remote server "
                     f"127.0.0.1:{port}"),
                    ("proxy:error", "AH00898: Error reading from remote "
                                    "server returned by "
                     f"/{self.one(WORDS)}/{self.below(500)}")]
        if kind < 7:
            return [("proxy_fcgi:error", "(2)No such file or directory: "
                                         "AH02454: FCGI: attempt to connect "
                     "to Unix domain socket /run/php/php8.2-fpm.sock (*:80) "
                     "failed"),
                    ("proxy_fcgi:error", "AH01079: failed to make connection "
                                         "to backend: httpd-UDS")]
        return [("proxy:error", "AH00898: DNS lookup failure for: "
                                f"{self.one(WORDS)}.internal returned by /")]

    def cgi(self, root, site):
        script = f"{root}/cgi-bin/{self.one(WORDS)}.pl"
        return [("cgid:error", f"AH01215: stderr from {script}: "
                               f"{self.words(STDERR, root)}"),
                ("cgid:error", "End of script output before headers: "
                               f"{self.one(WORDS)}.pl")]

    def wsgi(self, root, site):
        lines = [f"mod_wsgi (pid={900 + self.below(24)}): Exception occurred "
                 "processing "
                 f"WSGI script '{root}/app/wsgi.py'.", "Traceback (most "
                                                       "recent call last):"]
        for _ in range(3 + self.below(3)):
            w = self.one(WORDS)
            lines += [f"  File \"{root}/app/{w}.py\", line "
                      f"{10 + self.below(90)}, in {self.one(WORDS)}",
                      f"    return self.{w}.load(request)"]
        lines.append(self.words(EXCEPTIONS, root))
        return [("wsgi:error", line) for line in lines]

    def modsecurity(self, root, site):
        return [(":error", "ModSecurity: Access denied with code 403 (phase "
                           "2). Pattern match "
                 f"\"(?i:union\\\\s+select)\" at ARGS:{self.one(WORDS)}. "
                 "[file \"/etc/modsecurity/crs/rules/"
                 "REQUEST-942-APPLICATION-ATTACK-SQLI.conf\"] [line \"45\"] "
                 "[id \"942100\"] [msg \"SQL "
                 "Injection Attack Detected\"] [severity \"CRITICAL\"] [tag "
                 "\"attack-sqli\"] [hostname "
                 f"\"{site}\"] [uri \"/{self.one(WORDS)}\"] [unique_id "
                 f"\"{self.below(1 << 60):015x}Qx7AAAA\"]")]

    def rewrite(self, root, site):
        if self.below(2):
            return [("core:error", "AH00124: Request exceeded the limit of 10 "
                                   "internal redirects due "
                     "to probable configuration error. Use "
                     "'LimitInternalRecursion' to increase the "
                     "limit if necessary. Use 'LogLevel debug' to get a "
                     "backtrace.")]
        return [("rewrite:error", "AH00670: Options FollowSymLinks and "
                                  "SymLinksIfOwnerMatch are both off, so "
                 "the RewriteRule directive is also forbidden due to its "
                 "similar ability to circumvent "
                 f"directory restrictions : {root}/{self.one(WORDS)}")]

    def server(self, root, site):
        kind = self.below(3)
        if kind < 1:
            return [("mpm_event:notice", "AH00489: Apache/2.4.71 (Debian) "
                                         "OpenSSL/3.0.15 configured -- "
                     "resuming normal operations"),
                    ("core:notice",
                     "AH00094: Command line: '/usr/sbin/apache2'")]
        if kind < 2:
            return [("core:notice", "AH00052: child pid "
                                    f"{900 + self.below(9999)} exit signal "
                     "Segmentation fault (11)")]
        return [("mpm_event:error", "AH10159: server is within "
                                    "MinSpareThreads of MaxRequestWorkers, "
                 "consider raising the MaxRequestWorkers setting")]

    def application(self, root, site):
        return [("php:notice", f"[{self.one(WORDS)}] {self.one(WORDS)} "
                               f"{self.below(10**7)} is stale, "
                 f"reading it again ({self.below(1 << 32):08x})")]


def write(to, size, seed=7, level="info"):
    """Lines of about size bytes. Those of up to six requests mingle."""
    log = Log(seed, level)
    pending = []
    while size > 0:
        while len(pending) < 6:
            pending.append(list(log.request()))
        out = []
        for _ in range(512):
            at = log.below(len(pending))
            thread, client, lines = pending[at]
            module, text = lines[0]
            where = "" if module.startswith(("mpm", "core:notice")) \
                else f" [client {client}]"
            out.append(f"[{log.time()}] [{module}] {thread}{where} {text}\n")
            pending[at][2] = lines[1:]
            if not pending[at][2]:
                pending[at] = list(log.request())
        block = "".join(out).encode()
        to.write(block)
        size -= len(block)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--level", choices=("warn", "info"), default="info")
    parser.add_argument("mebibytes", type=int)
    args = parser.parse_args()
    write(sys.stdout.buffer, args.mebibytes << 20, args.seed, args.level)


if __name__ == "__main__":
    main()
