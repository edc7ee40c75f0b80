/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_redact.c - secrets are masked, everything else stays; in linear
 * time and within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ecl_redact.h"

#define R ECL_REDACTED

typedef void redact_fn(ecl_buf_t *dst, const char *s, size_t n);

typedef struct row_t {
    const char *in, *out; /* out NULL: stays as it is */
} row_t;

static void check(redact_fn *fn, const row_t *rows, size_t n)
{
    char mem[4096];
    int bad = 0;
    ecl_buf_t b;

    for (size_t i = 0; i < n; i++) {
        const char *want = rows[i].out ? rows[i].out : rows[i].in;
        char *exact = malloc(strlen(rows[i].in) + 1);
        size_t len = strlen(rows[i].in);

        /* Without its NUL, so that reading past the end is caught. */
        memcpy(exact, rows[i].in, len);
        exact = realloc(exact, len ? len : 1);
        ecl_buf_init(&b, mem, sizeof(mem));
        fn(&b, exact, len);
        free(exact);
        if (strcmp(mem, want) != 0) {
            print_error("in   %s\nwant %s\ngot  %s\n", rows[i].in, want, mem);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static void test_text(void **state)
{
    static const row_t rows[] = {
        { "password=hunter2", "password=" R },
        { "DB_PASSWORD = hunter2", "DB_PASSWORD = " R },
        { "host=db password=a;user=b", "host=db password=" R ";user=b" },
        { "mysql:host=db;dbname=x;password=p w",
          "mysql:host=db;dbname=x;password=" R " w" },
        { "\"api_key\":\"k1\",\"n\":1", "\"api_key\":\"" R "\",\"n\":1" },
        { "'secret' => 'it\\'s', 'a' => 'b'",
          "'secret' => '" R "', 'a' => 'b'" },
        { "{\\\"client_secret\\\":\\\"abc\\\"}",
          "{\\\"client_secret\\\":\\\"" R "\\\"}" },
        { "[\"password\"]=>\n  string(6) \"abcdef\"",
          "[\"password\"]=>\n  string(6) \"" R "\"" },
        { "[db_passwd] => abc\n", "[db_passwd] => " R "\n" },
        { "u'password': u'x1'", "u'password': u'" R "'" },
        { "userPwd: x1", "userPwd: " R },
        { "connect postgres://bob:s3cr3t@db.example/x failed",
          "connect postgres://bob:" R "@db.example/x failed" },
        { "https://example.org:8443/a@b", NULL },
        { "redis://:pw@cache:6379", "redis://:" R "@cache:6379" },
        { "http://u:p@x@h/", "http://u:" R "@h/" },
        { "Authorization: Bearer abc.def", "Authorization: Bearer " R },
        { "Authorization: Basic dXNlcjpwYXNz\nHost: x",
          "Authorization: Basic " R "\nHost: x" },
        { "curl -H 'Authorization: Token x' http://h/",
          "curl -H 'Authorization: Token " R "' http://h/" },
        { "Cookie: a=b; c=d", "Cookie: " R },
        { "Set-Cookie: sid=1; Path=/", "Set-Cookie: " R },
        { "got Basic dXNlcjpwYXNz there", "got Basic " R " there" },
        { "Bearer AbCdEf012345", "Bearer " R },
        { "Basic authentication failed", NULL },
        { "bearer of good news", NULL },
        { "key AKIAIOSFODNN7EXAMPLE used", "key " R " used" },
        { "ghp_0123456789abcdefghij0123", R },
        { "MYAKIAIOSFODNN7EXAMPLE", NULL },
        { "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!", "jwt " R "!" },
        { "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE "
          "KEY-----",
          "-----BEGIN RSA PRIVATE KEY-----" R "-----END RSA PRIVATE KEY-----" },
        { "-----BEGIN CERTIFICATE-----\nMIIE", NULL },
        { "#0 /srv/a.php(3): mysqli->__construct('localhost', 'root', 'pw', "
          "'db')",
          "#0 /srv/a.php(3): mysqli->__construct('localhost', 'root', '" R
          "', 'db')" },
        { "PDO->__construct('mysql:host=h', 'user', 'pw')",
          "PDO->__construct('mysql:host=h', 'user', '" R "')" },
        { "PDO->__construct('mysql:host=h;password=a', 'user', 'pw')",
          "PDO->__construct('mysql:host=h;password=" R "', 'user', '" R "')" },
        { "mysqli_connect('h', 'u', 'p,w')",
          "mysqli_connect('h', 'u', '" R "')" },
        { "mysqli_real_connect(Object(mysqli), 'h', 'u', 'p')",
          "mysqli_real_connect(Object(mysqli), 'h', 'u', '" R "')" },
        { "wpdb->__construct('u', 'p', 'db', 'h')",
          "wpdb->__construct('u', '" R "', 'db', 'h')" },
        { "Redis->auth('p')", "Redis->auth('" R "')" },
        { "mysqli_connect(): (HY000/2002): Connection refused", NULL },
        { "Access denied for user 'shop'@'localhost' (using password: YES)",
          NULL },
        { "Access denied for user 'x'@'h' (using password: NO)", NULL },
        { "Zugriff verweigert (verwendetes Passwort: JA)", NULL },
        { "PHP Fatal error:  Uncaught Error: Call to a::b() in /x/a.php:12",
          NULL },
        { "/srv/www/password.php:33", NULL },
        { "Undefined index: password in /srv/a.php on line 3", NULL },
        { "Unexpected token: punc ())", NULL },
        { "session: could not open /var/lib/php", NULL },
        { "token: a8f5f167f44f4964e6c998dee827110c", "token: " R },
        { "php_value session.save_path = /tmp", NULL },
        { "password=", NULL },
        { "password='", NULL },
        { "password='abc", "password='" R },
        { "if (password == x)", "if (password == " R ")" },
        { "cmd --password hunter2 --host h", "cmd --password " R " --host h" },
        { "<soap:password>x</soap:password>", NULL },
        { "<password>x</password>", "<password>" R "</password>" },
        { "compass: north-1234567", NULL },
        { "", NULL },
        { "=", NULL },
        { ":", NULL },
        { "(", NULL },
        { "connect(", NULL },
        { "eyJ", NULL },
        { "://", NULL },
        { "\xff\xfe=\x80", NULL },
    };

    check(ecl_redact, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_query(void **state)
{
    static const row_t rows[] = {
        { "a=1&b=2", NULL },
        { "item=7&token=abc123&x=y", "item=7&token=" R "&x=y" },
        { "code=4%2FabC&state=xyz", "code=" R "&state=" R },
        { "%70assword=x", "%70assword=" R },
        { "pass%77ord=x;q=1", "pass%77ord=" R ";q=1" },
        { "X-Amz-Signature=abcd&n=1", "X-Amz-Signature=" R "&n=1" },
        { "next=%2Fin%3Ftoken%3Da1b2c3d4", "next=" R },
        { "url=https://u:p@h/", "url=" R },
        { "key=", NULL },
        { "password", NULL },
        { "&&=;=&", NULL },
        { "%", NULL },
        { "q=%", NULL },
        { "keyword=shoes", NULL },
        { "", NULL },
    };

    check(ecl_redact_query, rows, sizeof(rows) / sizeof(rows[0]));
}

/* Texts made to provoke repeated looking back and ahead: eight times the
 * length may take little more than eight times the time. */
static void test_linear(void **state)
{
    static const char *const units[] = {
        "=",           ":",           "connect(",
        "connect('",   "password=",   "://",
        "eyJ",         "-----BEGIN ", "password='",
        "a:b@",        "((((",        "Bearer ",
        "--password ", "<password>",  "_",
        "eyJ.",        "://a:",       "-----BEGIN PRIVATE KEY-----",
        "\"'\\",
    };
    size_t n = 400000;
    char *s = malloc(n);
    char *mem = malloc(4 * n);
    ecl_buf_t b;

    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        size_t k = strlen(units[u]);
        clock_t start = clock();

        for (size_t i = 0; i < n; i++) {
            s[i] = units[u][i % k];
        }
        ecl_buf_init(&b, mem, 4 * n);
        ecl_redact(&b, s, n);
        if (clock() - start > 2 * CLOCKS_PER_SEC) {
            print_error("%s\n", units[u]);
            fail();
        }
    }
    free(s);
    free(mem);
}

/* Every cut of every shape, into every size of buffer. */
static void test_bounds(void **state)
{
    static const char s[] = "--password 'x' Cookie: y PDO->__construct('a', 'b'"
                            ", 'c') eyJhbGciOi.eyJzdWIiOiIxIn0.c2 http://u:p@h"
                            " <pw>x</pw> AKIAIOSFODNN7EXAMPLE key=\\\"\xff";
    char mem[300];
    ecl_buf_t b;

    for (size_t from = 0; from < sizeof(s); from++) {
        for (size_t n = 0; n < sizeof(s) - from; n++) {
            char *exact = malloc(n ? n : 1);

            memcpy(exact, s + from, n);
            ecl_buf_init(&b, mem, 1 + n % sizeof(mem));
            ecl_redact(&b, exact, n);
            ecl_redact_query(&b, exact, n);
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
