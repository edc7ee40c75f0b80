/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_leak.c - bodies that show internals, and bodies that only look
 * like it; hostile bytes in bounded time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_general.h>

#include "ecl_leak.h"

#define TAGS ECL_MARKUP_TAGS
#define JSON ECL_MARKUP_JSON
#define TEXT ECL_MARKUP_NONE

typedef struct row_t {
    const char *kind; /* NULL: none */
    ecl_markup_e markup;
    const char *body;
    const char *says; /* must be in the text; NULL: any */
} row_t;

static const row_t leaking[] = {
    { "php error", TAGS,
      "<br />\n<b>Fatal error</b>:  Uncaught Exception: boom in "
      "/srv/shop/a.php:3\nStack trace:\n#0 {main}\n  thrown in "
      "<b>/srv/shop/a.php</b> on line <b>3</b><br />",
      "Fatal error:  Uncaught Exception: boom" },
    { "php error", TAGS,
      "<br />\n<b>Warning</b>:  Undefined variable $x in <b>C:\\www\\a.php</b> "
      "on line <b>9</b><br />",
      NULL },
    { "php error", TEXT,
      "\nParse error: syntax error, unexpected '}' in /srv/a.php on line 7\n",
      NULL },
    { "php trace", TEXT,
      "exception 'PDOException' with message 'gone'\nStack trace:\n#0 "
      "/srv/db.php(12): PDO->query()\n#1 {main}",
      "PDOException" },
    { "php trace", JSON,
      "{\"message\":\"Server Error\",\"trace\":\"#0 \\/srv\\/app\\/a.php(12): "
      "f()\\n#1 {main}\"}",
      "/srv/app/a.php(12)" },
    { "source path", JSON,
      "{\"message\": \"x\", \"exception\": \"ErrorException\", \"file\": "
      "\"/srv/app/A.php\", \"line\": 12}",
      NULL },
    { "php error", TAGS,
      "The website encountered an unexpected error. <em "
      "class=\"placeholder\">Error</em>: Call to a member function x() on null "
      "in <em>f()</em> (line <em>33</em> of <em>modules/x/x.module</em>).",
      NULL },
    { "xdebug page", TAGS,
      "<br />\n<font size='1'><table class='xdebug-error xe-fatal-error' "
      "dir='ltr'><tr><th>( ! )</th></tr></table>",
      NULL },
    { "laravel debug page", TAGS,
      "<html><head><title>\xf0\x9f\xa7\xa8 Undefined variable $a</title>"
      "<script>window.data = {\"report\":{}}</script>",
      NULL },
    { "whoops debug page", TAGS,
      "<!DOCTYPE html><!--\n\nRuntimeException: no in file /srv/a.php on line "
      "4\nStack trace:\n  1. RuntimeException-&gt;() /srv/a.php:4\n\n-->"
      "<html><head><title>Whoops! There was an error.</title>",
      "RuntimeException: no in file" },
    { "symfony debug page", TAGS,
      "<!-- An exception occurred (500 Internal Server Error) -->\n"
      "<!DOCTYPE html>\n<html><head><title>x</title>",
      NULL },
    { "symfony debug page", TAGS,
      "<body><div class=\"exception-summary \"><div class=\"container\">",
      NULL },
    { "tracy debug page", TAGS, "<div><tracy-div id=\"tracy-bs\"><a>", NULL },
    { "python trace", TEXT,
      "Traceback (most recent call last):\n  File \"/srv/app.wsgi\", line 3, "
      "in application\n    1/0\nZeroDivisionError: division by zero\n",
      "ZeroDivisionError" },
    { "python trace", TAGS,
      "<pre>Traceback (most recent call last):\n  File &quot;/srv/a.py&quot;, "
      "line 3, in &lt;module&gt;\nKeyError: &#x27;a&#x27;</pre>",
      "KeyError: 'a'" },
    { "python trace", JSON,
      "{\"detail\":\"Traceback (most recent call last):\\n  File "
      "\\\"a.py\\\", line 1, in f\\nValueError: x\\n\"}",
      "ValueError: x" },
    { "django debug page", TAGS,
      "<html lang=\"en\"><head>\n  <meta name=\"robots\" "
      "content=\"NONE,NOARCHIVE\">\n  <title>ZeroDivisionError\n          at "
      "/x</title>",
      "ZeroDivisionError" },
    { "django debug page", TEXT,
      "You're seeing this error because you have DEBUG = True in your Django "
      "settings file.",
      NULL },
    { "werkzeug debug page", TAGS,
      "<title>NameError: name &#39;a&#39; is not defined\n // Werkzeug "
      "Debugger</title>",
      "NameError" },
    { "java trace", TAGS,
      "<pre>java.lang.IllegalStateException: no\n\tat "
      "org.example.Shop.&lt;init&gt;(Shop.java:12)\n</pre>",
      "java.lang.IllegalStateException: no" },
    { "java trace", JSON,
      "{\"status\":500,\"trace\":\"java.lang.Error\\n\\tat "
      "java.base/java.lang.Thread.run(Thread.java:829)\\n\"}",
      NULL },
    { "java exception", JSON,
      "{\"status\":500,\"exception\":\"org.springframework.dao.X"
      "DataException\"}",
      NULL },
    { "tomcat report", TAGS,
      "<h1>HTTP Status 500</h1><p><b>Type</b> Exception Report</p>", NULL },
    { "node trace", TAGS,
      "<pre>TypeError: Cannot read properties of undefined<br> &nbsp; "
      "&nbsp;at /srv/app/index.js:3:9<br> &nbsp; &nbsp;at Layer.handle "
      "(/srv/app/node_modules/express/lib/router/layer.js:95:5)</pre>",
      "TypeError: Cannot read" },
    { "node trace", JSON,
      "{\"error\":\"x\",\"stack\":\"Error: x\\n    at async f "
      "(file:///srv/a.mjs:3:9)\"}",
      NULL },
    { ".net trace", TEXT,
      "System.NullReferenceException: no\n   at Shop.Home.Index(Int32 id) in "
      "/src/Shop/Home.cs:line 12\n",
      "NullReferenceException" },
    { "asp.net debug page", TAGS,
      "<h1>Server Error in '/' Application.</h1> <b> Exception Details: </b>"
      "System.DivideByZeroException",
      NULL },
    { "ruby trace", TAGS,
      "<pre>app/models/a.rb:3:in `total&#39;\nlib/x.rb:9:in `y&#39;</pre>",
      NULL },
    { "ruby trace", TEXT, "boom\n/srv/a.rb:3:in 'Object#x': no (E)", NULL },
    { "rails debug page", TAGS,
      "<title>Action Controller: Exception caught</title>", NULL },
    { "rack debug page", TAGS,
      "because you use <code>Rack::ShowExceptions</code>.", NULL },
    { "go trace", TEXT,
      "panic: nil map\n\ngoroutine 7 [running]:\nmain.f(...)\n", NULL },
    { "go trace", TEXT, "main.f()\n\t/src/a.go:12 +0x1d", NULL },
    { "perl error", TAGS,
      "<h1>Software error:</h1>\n<pre>no such thing at /srv/x.cgi line 4.\n"
      "</pre>",
      "no such thing at" },
    { "perl error", TEXT, "Can't locate A.pm at /srv/x.pl line 4.", NULL },
    { "rust panic", TEXT, "thread 'main' panicked at src/main.rs:3:5:", NULL },
    { "elixir trace", TAGS,
      "<pre>** (RuntimeError) no\n    (shop 0.1.0) lib/shop/a.ex:12: "
      "Shop.a/1</pre>",
      NULL },
    { "database error", TAGS,
      "<p>SQLSTATE[42S02]: Base table or view not found: 1146</p>", NULL },
    { "database error", TEXT,
      "You have an error in your SQL syntax; check the manual that "
      "corresponds to your MariaDB server version",
      NULL },
    { "database error", TAGS,
      "Access denied for user &#039;shop&#039;@&#039;localhost&#039;", NULL },
    { "database error", TEXT, "ORA-00942: table or view does not exist", NULL },
    { "database error", TEXT,
      "ERROR:  relation \"users\" does not exist\nLINE 1: SELECT", NULL },
    { "database error", TEXT,
      "Unclosed quotation mark after the character string ''.", NULL },
    { "database error", JSON,
      "{\"error\":\"SQLITE_ERROR: no such table: users\"}", NULL },
    { "source path", TEXT, "Could not include /var/www/html/db/config.php",
      NULL },
    { "source path", TAGS, "<p>Failed in /srv/app/main.py:33</p>", NULL },
    { "source path", TEXT, "See /data/site/templates/a.html", NULL },
    { "source path", TEXT, "bad C:\\inetpub\\wwwroot\\shop\\a.php now", NULL },
};

static const row_t harmless[] = {
    { NULL, TAGS, "<h1>Sorry</h1><p>An error occurred. Please try again.</p>",
      NULL },
    { NULL, TAGS,
      "<p>There has been a critical error on this website.</p><p><a "
      "href=\"https://wordpress.org/documentation/article/faq-troubleshooting/"
      "\">Learn more about troubleshooting WordPress.</a></p>",
      NULL },
    { NULL, TAGS, "<h1>Error establishing a database connection</h1>", NULL },
    { NULL, TAGS, "<h1>Server Error (500)</h1>", NULL },
    { NULL, TAGS, "<title>We're sorry, but something went wrong (500)</title>",
      NULL },
    { NULL, TAGS,
      "<h1>Whitelabel Error Page</h1><p>There was an unexpected error "
      "(type=Internal Server Error, status=500).</p>",
      NULL },
    { NULL, TAGS, "<title>Server Error</title><div>500 | Server Error</div>",
      NULL },
    { NULL, TAGS,
      "<h2>Reading a stack trace</h2><p>A stack trace lists the calls that "
      "led to a fatal error, with file and line. Warning: enable it in "
      "development only.</p>",
      NULL },
    { NULL, TAGS,
      "<p>Fatal error: the train to line 7 is late. Notice in the hall on "
      "line 3.</p>",
      NULL },
    { NULL, TAGS,
      "<p>Meet us at Central (Platform 3) on line 5, exception: Sundays</p>",
      NULL },
    { NULL, TAGS,
      "<p>The page /shop/index.php was not found. <a href=\"/home/a.php\">"
      "Home</a> <script src=\"/js/app.js\"></script></p>",
      NULL },
    { NULL, JSON,
      "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
      "\"status\":500,\"instance\":\"/orders/7\"}",
      NULL },
    { NULL, JSON,
      "{\"timestamp\":\"2024-01-01T00:00:00Z\",\"status\":500,\"error\":"
      "\"Internal Server Error\",\"path\":\"/api/a\"}",
      NULL },
    { NULL, JSON,
      "{\"errors\":[{\"message\":\"Internal server error\",\"locations\":[{"
      "\"line\":2,\"column\":3}],\"path\":[\"user\"]}]}",
      NULL },
    { NULL, JSON, "{\"error\":\"ValidationException\",\"file\":\"cv.pdf\"}",
      NULL },
    { NULL, TEXT, "upstream connect error or disconnect/reset before headers",
      NULL },
    { NULL, TEXT, "Cannot GET /admin.php", NULL },
    { NULL, TEXT, "The SQL server is being upgraded. Back at 12:30:45.", NULL },
    { NULL, TEXT, "Look at https://example.com:8443/a.js:1 for news", NULL },
    { NULL, TEXT, "Table 'breakfast' is free", NULL },
    { NULL, TEXT, "data/site is down", NULL },
    { NULL, TEXT, "", NULL },
    { NULL, TAGS, "<", NULL },
    { NULL, TAGS, "<!--", NULL },
    { NULL, JSON, "\\", NULL },
    { NULL, JSON, "\\u00", NULL },
};

static int check(const row_t *rows, size_t n)
{
    const char *error = NULL;
    const ecl_leaks_t *leaks;
    apr_pool_t *p;
    int bad = 0;

    apr_pool_create(&p, NULL);
    leaks = ecl_leaks_create(&error, p);
    if (!leaks) {
        print_error("%s\n", error);
        fail();
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(rows[i].body);
        char *exact = malloc(len ? len : 1);
        ecl_leak_t leak = { 0 };
        int found;

        memcpy(exact, rows[i].body, len);
        found = ecl_leaks_find(leaks, &leak, exact, len, rows[i].markup,
                               "/data/site", p);
        free(exact);
        if (!found != !rows[i].kind
            || (found && strcmp(leak.kind, rows[i].kind) != 0)
            || (found && rows[i].says && !strstr(leak.text, rows[i].says))) {
            print_error("%s\n  want %s, got %s\n  text: %s\n", rows[i].body,
                        rows[i].kind ? rows[i].kind : "none",
                        found ? leak.kind : "none", found ? leak.text : "");
            bad++;
        }
    }
    apr_pool_destroy(p);
    return bad;
}

static void test_leaking(void **state)
{
    assert_int_equal(check(leaking, sizeof(leaking) / sizeof(leaking[0])), 0);
}

static void test_harmless(void **state)
{
    assert_int_equal(check(harmless, sizeof(harmless) / sizeof(harmless[0])),
                     0);
}

/* Bodies made to keep patterns busy, each 64 KiB. */
static void test_bounded(void **state)
{
    static const char *const units[] = {
        "#0 /",
        "at a.",
        "Warning: a in /",
        "File \"",
        "/a/b/c",
        "<",
        "&",
        "\\u0041",
        "<!-- (500 ",
        "C:\\a\\",
        " at /",
        "in file /",
        "\"file\":\"/",
        "goroutine 1 [",
        "\n",
        "\xff",
        "SELECT",
        "<title>Whoops! There was an error",
    };
    const char *error = NULL;
    const ecl_leaks_t *leaks;
    char *s = malloc(ECL_LEAK_BODY);
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    leaks = ecl_leaks_create(&error, p);
    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        size_t k = strlen(units[u]);
        clock_t start = clock();
        ecl_leak_t leak;

        for (size_t i = 0; i < ECL_LEAK_BODY; i++) {
            s[i] = units[u][i % k];
        }
        for (int m = TEXT; m <= (int)JSON; m++) {
            ecl_leaks_find(leaks, &leak, s, ECL_LEAK_BODY, (ecl_markup_e)m,
                           NULL, p);
        }
        if (clock() - start > CLOCKS_PER_SEC) {
            print_error("%s: %ld us\n", units[u], (long)(clock() - start));
            fail();
        }
    }
    apr_pool_destroy(p);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaking),
        cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_bounded),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
