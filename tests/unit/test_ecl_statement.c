/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_statement.c - splitting, joining, unwrapping, reading traces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_statement.h"

#define LINES 20

typedef struct row_t {
    const char *module;
    int level;
    int ah;
    const char *msgs[LINES]; /* one text a message, NULL at the end */
    int count;               /* statements */
    int which;               /* the one that is looked at */
    const char *text;
    ecl_lang_e lang;
    ecl_weight_e weight;
    const char *exception, *file;
    int line;
    const char *function, *component, *script;
} row_t;

#define ERR ECL_WEIGHT_ERROR
#define CTX ECL_WEIGHT_CONTEXT

/* A row is a paragraph. */
/* clang-format off */
static const row_t ROWS[] = {
    /* plain */
    { "core", 3, 0, { "End of script output before headers: a.cgi" }, 1, 0,
      "End of script output before headers: a.cgi", ECL_LANG_NONE, ERR },
    { "core", 4, 0, { "something odd" }, 1, 0, "something odd", ECL_LANG_NONE,
      CTX },
    { "core", 3, 0, { "a\nb\n" }, 1, 0, "a\nb", ECL_LANG_NONE, ERR },
    { "core", 3, 0, { "" }, 0, 0, NULL, ECL_LANG_NONE, ERR },

    /* PHP behind FastCGI: glued by "; ", by a newline, by nothing */
    { "proxy_fcgi", 3, 1071,
      { "Got error 'PHP message: PHP Warning:  a in /x/a.php on line 1; PHP "
      "message: PHP Fatal error:  b in /x/b.php on line 2'" }, 2, 1,
      "PHP Fatal error:  b in /x/b.php on line 2", ECL_LANG_PHP, ERR, NULL,
      "/x/b.php", 2 },
    { "proxy_fcgi", 3, 1071,
      { "Got error 'PHP message: PHP Warning:  a in /x/a.php on line 1\nPHP "
      "message: PHP Fatal error:  b in /x/b.php on line 2\n'" }, 2, 0,
      "PHP Warning:  a in /x/a.php on line 1", ECL_LANG_PHP, CTX, NULL,
      "/x/a.php", 1 },
    { "proxy_fcgi", 3, 1071, { "Got error 'PHP message: one.PHP message: two" },
      2, 1, "two", ECL_LANG_NONE, ERR },
    { "proxy_fcgi", 3, 1071, { "Got error 'Primary script unknown'" }, 1, 0,
      "Primary script unknown", ECL_LANG_NONE, ERR },
    { "proxy_fcgi", 3, 1071, { "Got error 'Primary script unknown\n'" }, 1, 0,
      "Primary script unknown", ECL_LANG_NONE, ERR },

    /* uncaught, with previous exceptions, PHP 5, in one line, via mod_fcgid */
    { "php", 3, 0,
      { "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] no in "
      "/s/lib/Db.php:10\nStack trace:\n#0 /s/lib/Db.php(10): "
      "PDO->__construct()\n#1 {main}\n\nNext Shop\\DbError: wrapped in "
      "/s/x.php:3\nStack trace:\n#0 {main}\n  thrown in /s/x.php on line 3" },
      1, 0, "PDOException: SQLSTATE[HY000] [2002] no", ECL_LANG_PHP, ERR,
      "PDOException", "/s/lib/Db.php", 10, "PDO->__construct" },
    { "php", 3, 0,
      { "PHP Fatal error:  Uncaught exception 'A\\B' with message 'it is in "
      "vain' in /s/a.php:4\nStack trace:\n#0 {main}\n  thrown in /s/a.php on "
      "line 4" }, 1, 0, "A\\B: it is in vain", ECL_LANG_PHP, ERR, "A\\B",
      "/s/a.php", 4 },
    { "proxy_fcgi", 3, 1071,
      { "Got error 'PHP message: PHP Fatal error:  Uncaught TypeError: bad in "
      "/s/a.php:694 Stack trace: #0 /s/a.php(694): trim() #1 {main} thrown "
      "in /s/a.php on line 694'" }, 1, 0, "TypeError: bad", ECL_LANG_PHP, ERR,
      "TypeError", "/s/a.php", 694, "trim" },
    { "fcgid", 4, 0,
      { "mod_fcgid: stderr: PHP Fatal error:  Uncaught Error: Call to "
      "undefined function f() in /s/vendor/a/b/c.php:9",
      "mod_fcgid: stderr: Stack trace:",
      "mod_fcgid: stderr: #0 /s/wp-content/plugins/seo/x.php(43): g()",
      "mod_fcgid: stderr: #1 {main}",
      "mod_fcgid: stderr:   thrown in /s/vendor/a/b/c.php on line 9",
      "mod_fcgid: stderr: other" }, 2, 0,
      "Error: Call to undefined function f()", ECL_LANG_PHP, ERR, "Error",
      "/s/vendor/a/b/c.php", 9, "g", "plugin:seo" },
    { "php", 3, 0,
      { "PHP Fatal error:  Uncaught PDOException: one\n\ttwo in /s/a.php:3\n"
      "Stack trace:\n#0 {main}\n  thrown in /s/a.php on line 3" }, 1, 0,
      "PDOException: one\n\ttwo", ECL_LANG_PHP, ERR, "PDOException", "/s/a.php",
      3 },
    { "php", 4, 0,
      { "PHP Warning:  mail(): x in /s/wp-content/themes/t/f.php on line 5" },
      1, 0, "PHP Warning:  mail(): x in /s/wp-content/themes/t/f.php on line 5",
      ECL_LANG_PHP, CTX, NULL, "/s/wp-content/themes/t/f.php", 5, "mail",
      "theme:t" },
    { "proxy_fcgi", 3, 1071,
      { "Got error 'PHP message: Uncaught PHP Exception App\\X: \"gone\" at "
      "/s/src/A.php line 7'" }, 1, 0, "App\\X: gone", ECL_LANG_PHP, ERR,
      "App\\X", "/s/src/A.php", 7 },

    { "proxy_fcgi", 3, 1071,
      { "Got error 'PHP message: Error: no $x in /s/E.php on line 116 #0 "
      "/s/e.inc(65): A::b(Array)\n#1 {main}" }, 1, 0, "Error: no $x",
      ECL_LANG_PHP, ERR, "Error", "/s/E.php", 116, "A::b" },
    { "proxy_fcgi", 3, 1071, { "Got error 'PHP message: Uncaught Exception "
      "'X\\E': \"CSRF\" in /s/S.php:276; PHP message: Stack trace:\n#0 "
      "/s/i.php(3): A::b()\n#1 {main}; PHP message: other'" }, 2, 0,
      "X\\E: CSRF", ECL_LANG_PHP, ERR, "X\\E", "/s/S.php", 276, "A::b" },

    /* Python */
    { "wsgi", 3, 0, { "mod_wsgi (pid=7): Exception occurred processing WSGI "
      "script '/s/a.wsgi'.", "RuntimeError: not started" }, 2, 1,
      "RuntimeError: not started", ECL_LANG_PYTHON, ERR, "RuntimeError",
      "/s/a.wsgi" },
    { "wsgi", 3, 0,
      { "mod_wsgi (pid=1): Exception occurred processing WSGI script '/a'.",
      "Traceback (most recent call last):",
      "  File \"/srv/app/wsgi.py\", line 26, in full", "    f()",
      "  File \"/v/lib/python3.9/site-packages/flask/app.py\", line 9, in g",
      "    x()", "    ^^^", "ValueError: bad" }, 2, 1, "ValueError: bad",
      ECL_LANG_PYTHON, ERR, "ValueError", "/srv/app/wsgi.py", 26, "full",
      "package:flask" },
    { "wsgi", 3, 0, { "Traceback (most recent call last):",
      "  File \"/s/a.py\", line 1, in f", "ConnectionRefusedError: [Errno "
      "111] no", "",
      "During handling of the above exception, another exception occurred:",
      "", "Traceback (most recent call last):",
      "  File \"/s/b.py\", line 2, in g", "requests.ConnectionError: y",
      "next" }, 2, 0, "ConnectionRefusedError: [Errno 111] no", ECL_LANG_PYTHON,
      ERR, "ConnectionRefusedError", "/s/a.py", 1, "f" },
    { "wsgi", 3, 0, { "Traceback (most recent call last):",
      "  File \"/s/a.py\", line 1, in f", "KeyError: 'SECRET'", "",
      "During handling of the above exception, another exception occurred:",
      "", "Traceback (most recent call last):",
      "  File \"/s/b.py\", line 2, in g", "ImproperlyConfigured: set it" }, 1,
      0, "ImproperlyConfigured: set it", ECL_LANG_PYTHON, ERR,
      "ImproperlyConfigured", "/s/b.py", 2, "g" },
    { "wsgi", 3, 0, { "Traceback (most recent call last):",
      "  File \"/s/a.py\", line 1, in f", "KeyError: 'x'", "",
      "The above exception was the direct cause of the following exception:",
      "", "Traceback (most recent call last):",
      "  File \"/s/b.py\", line 2, in g", "B: y" }, 1, 0, "KeyError: 'x'",
      ECL_LANG_PYTHON, ERR, "KeyError", "/s/a.py", 1, "f" },
    { "wsgi", 3, 0, { "Traceback (most recent call last):",
      "  File \"/s/a.py\", line 1, in f", "E.OperationalError: refused",
      "\tIs the server running on host \"db\" and accepting",
      "\tTCP/IP connections on port 5432?", "next" }, 2, 0,
      "E.OperationalError: refused\n\tIs the server running on host \"db\" and "
      "accepting\n\tTCP/IP connections on port 5432?", ECL_LANG_PYTHON, ERR,
      "E.OperationalError", "/s/a.py", 1, "f" },
    { "wsgi", 3, 0, { "  + Exception Group Traceback (most recent call last):",
      "  |   File \"/s/a.wsgi\", line 9, in full", "  |     f()",
      "  | ExceptionGroup: unhandled errors (2 sub-exceptions)",
      "  +-+---------------- 1 ----------------",
      "    | Exception Group Traceback (most recent call last):",
      "    | ExceptionGroup: inner (1 sub-exception)",
      "    +-+---------------- 1 ----------------",
      "      | Traceback (most recent call last):",
      "      |   File \"/s/b.py\", line 4, in g", "      |     h()",
      "      | ValueError: bad", "      +------------------------------------",
      "    +---------------- 2 ----------------", "    | KeyError: 'x'",
      "    +------------------------------------", "next" }, 2, 0,
      "ValueError: bad", ECL_LANG_PYTHON, ERR, "ValueError", "/s/b.py", 4,
      "g" },
    { "", -1, 0,
      { "  File \"/c/bad.py\", line 2", "    name = 'x", "           ^",
      "SyntaxError: unterminated string literal" }, 1, 0,
      "SyntaxError: unterminated string literal", ECL_LANG_PYTHON, ERR,
      "SyntaxError", "/c/bad.py", 2 },
    { "cgi", 3, 1215, { "Traceback (most recent call last):: /c/a.cgi",
      "  File \"/c/a.cgi\", line 5, in <module>: /c/a.cgi",
      "    main(): /c/a.cgi", "AttributeError: no 'id': /c/a.cgi" }, 1, 0,
      "AttributeError: no 'id'", ECL_LANG_PYTHON, ERR, "AttributeError",
      "/c/a.cgi", 5, NULL, NULL, "/c/a.cgi" },
    { "wsgi", 3, 0, { "Traceback (most recent call last):",
      "  File \"/usr/share/a/a.wsgi\", line 11, in <module>",
      "    import b", "B: y" }, 1, 0, "B: y", ECL_LANG_PYTHON, ERR, "B",
      "/usr/share/a/a.wsgi", 11 },
    { "wsgi", 3, 0, { "OSError: failed to write data" }, 1, 0,
      "OSError: failed to write data", ECL_LANG_PYTHON, ERR, "OSError" },

    /* Perl, shell, Lua */
    { "cgi", 3, 1215, { "stderr from /c/a.cgi: /c/a.cgi: 3: ",
      "stderr from /c/a.cgi: nosuch: not found", "stderr from /c/a.cgi: " },
      1, 0, "/c/a.cgi: 3: nosuch: not found", ECL_LANG_SHELL, ERR, NULL, "/c/a.cgi", 3,
      NULL, NULL, "/c/a.cgi" },
    { "cgi", 3, 1215,
      { "stderr from /c/h.pl: semget failed: No space at /c/h.pl line 4." }, 1,
      0, "semget failed: No space at /c/h.pl line 4.", ECL_LANG_PERL, ERR, NULL,
      "/c/h.pl", 4, NULL, NULL, "/c/h.pl" },
    { "cgi", 3, 1215,
      { "stderr from /c/h.pl: Use of uninitialized value $x at /c/h.pl line 4, "
      "<STDIN> line 9." }, 1, 0,
      "Use of uninitialized value $x at /c/h.pl line 4, <STDIN> line 9.",
      ECL_LANG_PERL, CTX, NULL, "/c/h.pl", 4, NULL, NULL, "/c/h.pl" },
    { "cgi", 3, 1215,
      { "stderr from /c/p.pl: install_driver(Pg) failed: no at (eval 6) line "
      "3.", "stderr from /c/p.pl: Perhaps so,",
      "stderr from /c/p.pl:  at /c/p.pl line 4." }, 1, 0,
      "install_driver(Pg) failed: no at (eval 6) line 3.", ECL_LANG_PERL, ERR,
      NULL, "/c/p.pl", 4, NULL, NULL, "/c/p.pl" },
    { "", -1, 0, { "/b/php-wrap: 2: exec: /usr/bin/php: not found" }, 1, 0,
      "/b/php-wrap: 2: exec: /usr/bin/php: not found", ECL_LANG_SHELL, ERR,
      NULL, "/b/php-wrap", 2 },
    { "", -1, 0, { "x.sh: line 3: foo: command not found" }, 1, 0,
      "x.sh: line 3: foo: command not found", ECL_LANG_SHELL, ERR, NULL, "x.sh",
      3 },
    { "lua", 3, 2613, { "Error loading /l/m.lua: /l/m.lua:1: oops\n\tno" }, 1,
      0, "Error loading /l/m.lua: /l/m.lua:1: oops\n\tno", ECL_LANG_LUA, ERR,
      NULL, "/l/m.lua", 1 },

    /* Java, Node, Ruby */
    { "", -1, 0,
      { "org.x.ServletException: outer", "\tat org.apache.A.b(A.java:1)",
      "Caused by: java.net.ConnectException: Connection refused",
      "\tat java.net.C.d(C.java:7)", "\tat com.shop.Db.open(Db.java:42)",
      "\t... 12 more" }, 1, 0, "java.net.ConnectException: Connection refused",
      ECL_LANG_JAVA, ERR, "java.net.ConnectException", "Db.java", 42,
      "com.shop.Db.open" },
    { "cgi", 3, 1215,
      { "stderr from /c/c.cgi: /c/c.cgi:5", "stderr from /c/c.cgi: total(cart)",
      "stderr from /c/c.cgi:      ^",
      "stderr from /c/c.cgi: ", "stderr from /c/c.cgi: TypeError: null",
      "stderr from /c/c.cgi:     at f (/c/node_modules/@s/x/i.js:5:7)",
      "stderr from /c/c.cgi: ", "stderr from /c/c.cgi: Node.js v18.20.4" }, 1,
      0, "TypeError: null", ECL_LANG_NODE, ERR, "TypeError", "/c/c.cgi", 5,
      NULL, NULL, "/c/c.cgi" },
    { "", -1, 0,
      { "Error: Cannot find module 'x'", "Require stack:", "- /s/index.js",
      "    at Function._resolve (node:internal/modules:1:2)",
      "    at Object.<anonymous> (/s/index.js:3:1)" }, 1, 0,
      "Error: Cannot find module 'x'", ECL_LANG_NODE, ERR, "Error",
      "/s/index.js", 3 },
    { "", -1, 0,
      { "/s/app.rb:5:in `total': undefined method `x' for nil (NoMethodError)",
      "\tfrom /s/app.rb:9:in `<main>'" }, 1, 0,
      "NoMethodError: undefined method `x' for nil", ECL_LANG_RUBY, ERR,
      "NoMethodError", "/s/app.rb", 5, "total" },
    { "", -1, 0,
      { "App 206 output: 2026-11-22 14:01:07 - Mysql2::Error - Can't connect:",
      "App 206 output: \t/u/gems/mysql2-0.5/lib/c.rb:90:in `connect'",
      "App 206 output: \tconfig.ru:6:in `new'" }, 1, 0,
      "Mysql2::Error: Can't connect", ECL_LANG_RUBY, ERR, "Mysql2::Error",
      "config.ru", 6, "new", "package:mysql2" },
};
/* clang-format on */

static void same(const char *got, const char *want)
{
    assert_int_equal(got == NULL, want == NULL);
    if (want) {
        assert_string_equal(got, want);
    }
}

static int statements(const char *const *texts, const row_t *r,
                      ecl_stmt_t **out, apr_pool_t *p)
{
    ecl_msg_t m[LINES] = { { 0 } };
    int n;

    for (n = 0; n < LINES && texts[n]; n++) {
        m[n].text = texts[n];
        m[n].len = strlen(texts[n]);
        m[n].module = r->module;
        m[n].level = r->level;
        m[n].ah = r->ah;
    }
    return ecl_statements(m, n, out, p);
}

static void rows(void **state)
{
    apr_pool_t *p = *state;
    size_t i;

    for (i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const row_t *r = &ROWS[i];
        ecl_stmt_t *s;
        int n = statements(r->msgs, r, &s, p);

        if (n != r->count) {
            print_message("row %d: %s\n", (int)i, r->msgs[0]);
        }
        assert_int_equal(n, r->count);
        if (!n) {
            continue;
        }
        s += r->which;
        if (strcmp(s->text, r->text) || s->line != r->line
            || !s->function != !r->function || !s->file != !r->file
            || (int)s->lang != (int)r->lang || !s->component != !r->component
            || !s->script != !r->script) {
            print_message("row %d: %s line %d in %s\n", (int)i, s->text,
                          s->line, s->function ? s->function : "-");
        }
        assert_string_equal(s->text, r->text);
        assert_int_equal(s->len, strlen(r->text));
        assert_int_equal(s->lang, r->lang);
        assert_int_equal(s->weight, r->weight);
        same(s->exception, r->exception);
        same(s->file, r->file);
        assert_int_equal(s->line, r->line);
        same(s->function, r->function);
        same(s->component, r->component);
        same(s->script, r->script);
    }
}

static void spans_of_messages(void **state)
{
    static const row_t r = { "wsgi", 3, 0 };
    static const char *const texts[] = { "before",
                                         "Traceback (most recent call last):",
                                         "  File \"/a.py\", line 1, in f",
                                         "X: y",
                                         "after",
                                         NULL };
    ecl_stmt_t *s;
    int n = statements(texts, &r, &s, *state);

    assert_int_equal(n, 3);
    assert_int_equal(s[1].msg, 1);
    assert_int_equal(s[1].nmsgs, 3);
    assert_string_equal(s[1].stack, "Traceback (most recent call last):\n"
                                    "  File \"/a.py\", line 1, in f\nX: y");
    assert_int_equal(s[2].msg, 4);
    assert_string_equal(s[2].text, "after");
}

static void keeps_ends_of_many(void **state)
{
    apr_pool_t *p = *state;
    static ecl_msg_t m[1000];
    ecl_stmt_t *s;
    int i;

    for (i = 0; i < 1000; i++) {
        m[i].text = apr_itoa(p, i);
        m[i].len = strlen(m[i].text);
        m[i].module = "";
    }
    assert_int_equal(ecl_statements(m, 1000, &s, p), ECL_STMT_MAX);
    assert_string_equal(s[0].text, "0");
    assert_string_equal(s[ECL_STMT_MAX / 2 - 1].text, "63");
    assert_string_equal(s[ECL_STMT_MAX - 1].text, "999");
    assert_string_equal(s[ECL_STMT_MAX / 2].text, "936");
}

/* Every part of every row, in memory that ends where the text does. */
static void cuts(void **state)
{
    apr_pool_t *p = *state;
    size_t i, cut, k;

    for (i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        for (cut = 0; cut < 200; cut += 3) {
            ecl_msg_t m[LINES] = { { 0 } };
            ecl_stmt_t *s;
            size_t n = 0;

            for (k = 0; k < LINES && ROWS[i].msgs[k]; k++, n++) {
                size_t len = strlen(ROWS[i].msgs[k]);
                char *copy;

                len = len > cut ? cut : len;
                copy = malloc(len + 1);
                memcpy(copy, ROWS[i].msgs[k], len);
                copy[len] = '\0';
                m[k].text = copy;
                m[k].len = len;
                m[k].module = ROWS[i].module;
                m[k].ah = ROWS[i].ah;
            }
            ecl_statements(m, (int)n, &s, p);
            for (k = 0; k < n; k++) {
                free((void *)(uintptr_t)m[k].text);
            }
            apr_pool_clear(p);
        }
    }
    assert_string_equal(ecl_lang_name(ECL_LANG_SHELL), "shell");
    assert_string_equal(ecl_lang_name(ECL_LANG_NONE), "");
}

static int setup(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows, setup, teardown),
        cmocka_unit_test_setup_teardown(spans_of_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_ends_of_many, setup, teardown),
        cmocka_unit_test_setup_teardown(cuts, setup, teardown),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
