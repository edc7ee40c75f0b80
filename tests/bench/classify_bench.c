/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* classify_bench.c - diagnose one incident of 40 lines, over and over.
 *
 *     classify_bench COUNT
 *
 * A script under CGI that PHP runs: what a shop logs before it dies, its
 * trace, and what httpd says about it. bench.py counts the instructions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_classify.h"
#include "ecl_logline.h"

#define LINES 40
#define CGI                                                                    \
    "[cgid:error] [pid 7:tid 8] AH01215: stderr from /srv/shop/index.php: "
#define LIB "/srv/shop/vendor/acme/orm/src/"

static const char *const lines[LINES] = {
    "[ssl:info] [pid 7:tid 8] AH01964: Connection to child 3 established "
    "(server shop.example:443)",
    "[authz_core:debug] [pid 7:tid 8] AH01626: authorization result of "
    "Require all granted: granted",
    "[rewrite:trace2] [pid 7:tid 8] rewrite '/cart/7' -> '/index.php'",
    CGI "PHP Deprecated:  Creation of dynamic property Shop\\Cart::$items is "
        "deprecated in /srv/shop/src/Cart.php on line 31",
    CGI "PHP Deprecated:  Return type of Shop\\Bag::offsetGet($k) should be "
        "compatible with ArrayAccess in /srv/shop/src/Bag.php on line 18",
    CGI "PHP Notice:  Undefined index: lang in /srv/shop/src/Locale.php on "
        "line 12",
    CGI "PHP Warning:  Undefined array key \"currency\" in "
        "/srv/shop/src/Price.php on line 77",
    CGI "PHP Warning:  Undefined variable $rate in /srv/shop/src/Price.php on "
        "line 80",
    CGI "PHP Warning:  foreach() argument must be of type array|object, null "
        "given in /srv/shop/src/Menu.php on line 9",
    CGI "PHP Warning:  file_get_contents(/srv/shop/var/cache/menu.json): "
        "Failed to open stream: No such file or directory in "
        "/srv/shop/src/Menu.php on line 22",
    CGI "PHP Warning:  session_start(): Session cannot be started after "
        "headers have already been sent in /srv/shop/src/Session.php on "
        "line 5",
    CGI "PHP Warning:  mkdir(): File exists in /srv/shop/src/Cache.php on "
        "line 40",
    CGI "PHP Warning:  Attempt to read property \"name\" on null in "
        "/srv/shop/src/User.php on line 64",
    CGI "PHP Warning:  Trying to access array offset on value of type null in "
        "/srv/shop/src/User.php on line 65",
    CGI "shop: cart 7 loaded for customer 4711 (3 items)",
    CGI "shop: price list 12 is stale, reading it again",
    CGI "[2026-11-22T10:00:00+00:00] shop.INFO: Matched route \"cart\". []",
    CGI "PHP Warning:  PDO::__construct(): php_network_getaddresses: "
        "getaddrinfo for db.example failed: Name or service not known in " LIB
        "Driver.php on line 30",
    CGI "PHP Fatal error:  Uncaught PDOException: PDO::__construct(): "
        "php_network_getaddresses: getaddrinfo for db.example failed: Name "
        "or service not known in " LIB "Driver.php:30",
    CGI "Stack trace:",
    CGI "#0 " LIB "Driver.php(30): PDO->__construct()",
    CGI "#1 " LIB "Connection.php(112): Acme\\Driver->connect()",
    CGI "#2 " LIB "Connection.php(145): Acme\\Connection->open()",
    CGI "#3 " LIB "Query.php(58): Acme\\Connection->run()",
    CGI "#4 " LIB "Repository.php(91): Acme\\Query->fetch()",
    CGI "#5 /srv/shop/src/Cart.php(44): Acme\\Repository->find()",
    CGI "#6 /srv/shop/src/Controller.php(20): Shop\\Cart->load()",
    CGI "#7 /srv/shop/index.php(14): Shop\\Controller->show()",
    CGI "#8 {main}",
    CGI "  thrown in " LIB "Driver.php on line 30",
    CGI "sh: 1: /usr/sbin/sendmail: not found",
    CGI "mailer exited with code 127",
    "[cgid:error] [pid 7:tid 8] (70007)The timeout specified has expired: "
    "AH01220: Timeout waiting for output from CGI script /srv/shop/index.php",
    "[cgid:error] [pid 7:tid 8] AH02429: Response header name 'Set Cookie' "
    "contains invalid characters, aborting request",
    "[core:error] [pid 7:tid 8] End of script output before headers: "
    "index.php",
    "[cgid:error] [pid 7:tid 8] [client 192.0.2.7:4711] AH02651: No script "
    "output was read from /srv/shop/index.php",
    "[core:info] [pid 7:tid 8] (32)Broken pipe: AH00468: request body was not "
    "read to its end",
    "[reqtimeout:info] [pid 7:tid 8] AH01382: Request header read timeout",
    "[core:debug] [pid 7:tid 8] AH00566: request failed: malformed request "
    "line",
    "[core:error] [pid 7:tid 8] AH00082: an unknown filter was not added: "
    "DEFLATE",
};

int main(int argc, char **argv)
{
    ecl_msg_t msgs[LINES];
    ecl_case_t kase = { .msgs = msgs, .nmsgs = LINES, .status = 500 };
    ecl_verdict_t verdict = { NULL };
    apr_pool_t *pool, *once;
    ecl_catalog_t *catalog;
    const char *yaml, *error;
    size_t n;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    apr_pool_create(&once, pool);
    catalog = ecl_catalog_create(pool);
    yaml = ecl_catalog_builtin(&n);
    error = ecl_catalog_add(catalog, "built-in catalogue", yaml, n, pool);
    if (!error) {
        error = ecl_catalog_compile(catalog, pool);
    }
    if (error || argc != 2) {
        fprintf(stderr, "%s\n", error ? error : "usage: classify_bench COUNT");
        return 2;
    }
    for (int i = 0; i < LINES; i++) {
        ecl_logline_t line;

        ecl_logline_parse(&line, lines[i], strlen(lines[i]), pool);
        msgs[i] = line.msg;
    }
    for (long k = strtol(argv[1], NULL, 10); k > 0; k--) {
        apr_pool_clear(once);
        ecl_classify(&verdict, catalog, &kase, once);
    }
    if (verdict.cause) {
        printf("%s %s\n", verdict.cause->slug,
               ecl_confidence_name(verdict.confidence));
    }
    return 0;
}
