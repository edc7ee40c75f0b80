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

#include <apr_general.h>

#include "ecl_redact.h"
#include "ecl_redactor.h"

#define R ECL_REDACTED

typedef void redact_fn(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                       size_t n);

typedef struct row_t {
    const char *in, *out; /* out NULL: stays as it is */
} row_t;

static void check_with(const ecl_redactor_t *redactor, redact_fn *fn,
                       const row_t *rows, size_t n)
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
        fn(&b, redactor, exact, len);
        free(exact);
        if (strcmp(mem, want) != 0) {
            print_error("in   %s\nwant %s\ngot  %s\n", rows[i].in, want, mem);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static void check(redact_fn *fn, const row_t *rows, size_t n)
{
    check_with(NULL, fn, rows, n);
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

/* Keys by their form are put together here, so that no scanner of secrets
 * takes this file for a leak. */
static void test_tokens(void **state)
{
    static const row_t rows[] = {
        { "AI"
          "zaSyA0123456789abcdefghijklmnopqrstu",
          R },
        { "gh"
          "u_0123456789abcdefghij0123",
          R },
        { "github"
          "_pat_11ABCDEFG0abcdefghij_klmno",
          R },
        { "gl"
          "pat-abcdefghij0123456789",
          R },
        { "xo"
          "xb-1234567890-abcdefghij",
          R },
        { "xa"
          "pp-1-A0123456789-0123456789",
          R },
        { "sk"
          "_live_abcdefghij0123456789",
          R },
        { "rk"
          "_test_abcdefghij0123456789",
          R },
        { "wh"
          "sec_abcdefghij0123456789abcd",
          R },
        { "np"
          "m_abcdefghij0123456789abcdefghij012345",
          R },
        { "sk"
          "-ant-api03-abcdefghij0123456789",
          R },
        { "sk"
          "-proj-abcdefghij0123456789",
          R },
        { "S"
          "G.abcdefghijklmnopqrstuv.0123456789abcdefghijklmnopqr",
          R },
        { "ya"
          "29.a0AfB_byC0123456789abc",
          R },
        { "hv"
          "s.CAESIJ0123456789abcdefghij",
          R },
        { "GOC"
          "SPX-abcdefghij0123456789abcd",
          R },
        { "py"
          "pi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMA",
          R },
        { "https://hooks.slack.com/services/T00000000/B00000000/abcdefghij01",
          "https://hooks.slack.com/services/" R },
        { "https://discord.com/api/webhooks/123456789012345678/abcdefghijklm",
          "https://discord.com/api/webhooks/" R },
        { "https://api.telegram.org/bot123456789:"
          "AAabcdefghijklmnopqrstuvwxyz0123456/x",
          "https://api.telegram.org/bot123456789:" R "/x" },
        { "session_start(): open(/var/lib/php/sessions/sess_"
          "8kq3v1b2c3d4e5f6a7b8c9d0e1, O_RDWR) failed",
          "session_start(): open(/var/lib/php/sessions/sess_" R
          ", O_RDWR) failed" },
        /* what looks alike */
        { "sk-learn and npm_config and hf_hub, AIza, xoxb-, SG.", NULL },
        { "/srv/sess_handler.php:12 sess_start()", NULL },
        { "wp_options.sk_test_mode", NULL },
        { "commit 3f786850e387550fdab836ed7e6dc881de23001b", NULL },
        { "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00"
          "a08",
          NULL },
        { "id 123e4567-e89b-12d3-a456-426614174000", NULL },
        { "/usr/lib/python3/dist-packages/django/core/handlers/base.py", NULL },
        { "Illuminate\\Database\\QueryException at "
          "/srv/shop/vendor/laravel/framework/src/Illuminate/Database/"
          "Connection.php:829",
          NULL },
        { "at com.example.auth.TokenService.check(TokenService.java:42)",
          NULL },
        { "10:15:30:AAAA", NULL },
    };

    check(ecl_redact, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_private_keys(void **state)
{
    static const row_t rows[] = {
        { "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r",
          "-----BEGIN OPENSSH PRIVATE KEY-----" R },
        { "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF\n-----END PGP "
          "PRIVATE KEY BLOCK-----\nafter",
          "-----BEGIN PGP PRIVATE KEY BLOCK-----" R "-----END PGP PRIVATE KEY "
          "BLOCK-----\nafter" },
        { "x Yk3qAbCdEfGhIjKlMnOp\nQrStUvWx==\n-----END RSA PRIVATE KEY-----",
          "x " R "-----END RSA PRIVATE KEY-----" },
        { "openssl: MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi48e8hF0mZ1aQ5xT7wJ"
          "kLpRt2s",
          "openssl: " R },
        { "-----END CERTIFICATE-----", NULL },
        { "-----BEGIN PUBLIC KEY-----\nMIIB", NULL },
        { "------------------------------------------------", NULL },
        { "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          NULL },
    };

    check(ecl_redact, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_calls(void **state)
{
    static const row_t rows[] = {
        { "password_hash('p1', '2y')", "password_hash('" R "', '" R "')" },
        { "User->setPassword('p1')", "User->setPassword('" R "')" },
        { "define('DB_PASSWORD', 'p1')", "define('DB_PASSWORD', '" R "')" },
        { "os.environ.get(\"API_KEY\", \"k1\")",
          "os.environ.get(\"API_KEY\", \"" R "\")" },
        { "Connector->createPdoConnection('mysql:host=h', 'u', 'p1', Array)",
          "Connector->createPdoConnection('mysql:host=h', 'u', '" R
          "', Array)" },
        { "requests.get(url, auth=('bob', 'p1'))",
          "requests.get(url, auth=('" R "', '" R "'))" },
        { "{\"password\":[\"p1\",\"p2\"],\"n\":\"x\"}",
          "{\"password\":[\"" R "\",\"" R "\"],\"n\":\"x\"}" },
        { "define('DB_HOST', 'db.example')", NULL },
        { "require_once('/srv/password.php')", NULL },
        { "include('secret/config.php') failed", NULL },
        { "in foo('a', 'b') at line 3", NULL },
        { "PDO::query('SELECT 1') failed", NULL },
        { "Call to undefined function mysql_connect()", NULL },
    };

    check(ecl_redact, rows, sizeof(rows) / sizeof(rows[0]));
}

static void test_lines(void **state)
{
    static const row_t rows[] = {
        { "mysql -u root -pp1 shop", "mysql -u root -p" R " shop" },
        { "mysqldump -h db -p'p1' shop", "mysqldump -h db -p'" R "' shop" },
        { "sshpass -p p1 ssh u@h", "sshpass -p " R " ssh u@h" },
        { "curl -u bob:p1 https://h/", "curl -u bob:" R " https://h/" },
        { "bob:p1@tcp(db:3306)/shop", "bob:" R "@tcp(db:3306)/shop" },
        { "https://0123456789abcdef0123456789abcdef@o1.ingest.example/2",
          "https://" R "@o1.ingest.example/2" },
        { "HTTP_COOKIE=a=b; c=d", "HTTP_COOKIE=" R },
        { "[HTTP_COOKIE] => a=b; c=d\n", "[HTTP_COOKIE] => " R "\n" },
        { "'HTTP_COOKIE': 'a=b; c=d', 'X': 1",
          "'HTTP_COOKIE': '" R "', 'X': 1" },
        { "AccountKey=abc==;Endpoint=x", "AccountKey=" R ";Endpoint=x" },
        { "APP_KEY=base64:abc=", "APP_KEY=" R },
        { "Kennwort: p1", "Kennwort: " R },
        { "mkdir -p /srv/www", NULL },
        { "mysql -P 3306 --port 3306 -u root", NULL },
        { "tar -u x:y", NULL },
        { "ssh://git@github.com/a/b", NULL },
        { "ftp://anonymous@ftp.example/", NULL },
        { "error: x:y@z", NULL },
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
        { "errclarity=5KT8D-9QW2HX4B.1.ab", "errclarity=" R },
        { "next=%2Fin%3Ftoken%3Da1b2c3d4", "next=" R },
        { "url=https://u:p@h/", "url=" R },
        { "key=", NULL },
        { "password", NULL },
        { "&&=;=&", NULL },
        { "%", NULL },
        { "q=%", NULL },
        { "keyword=shoes", NULL },
        { "user=1&bob:pw", NULL },
        { "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", R },
        { "a=1&ghp%5F0123456789abcdefghij0123", "a=1&" R },
        { "AKIAIOSFODNN7EXAMPLE=1&b=2", R "&b=2" },
        { "", NULL },
    };

    check(ecl_redact_query, rows, sizeof(rows) / sizeof(rows[0]));
}

static ecl_redactor_t *choice(apr_pool_t *p, const char *const *words)
{
    ecl_redactor_t *r = ecl_redactor_create(p);

    for (; *words; words++) {
        const char *err = ecl_redactor_add(r, *words, p);

        if (err) {
            print_error("%s: %s\n", *words, err);
            fail();
        }
    }
    return r;
}

static void test_personal(void **state)
{
    static const char *const words[] = { "email", "card", NULL };
    static const row_t rows[] = {
        { "to anna.b+x@mail.example.com.", "to " R "." },
        { "<o'neil@example.org>", "<" R ">" },
        { "user=anna@example.com, b@example.de", "user=" R ", " R },
        { "4111 1111 1111 1111 declined", R " declined" },
        { "card 5500-0000-0000-0004.", "card " R "." },
        { "378282246310005", R },
        { "password=x4111111111111111", "password=" R },
        { "4111111111111112", NULL },  /* check digit */
        { "1234567890123452", NULL },  /* nobody issues these */
        { "a4111111111111111", NULL }, /* part of an id */
        { "41111111111111111111111", NULL },
        { "2024-05-06 07:08:09.123456 [pid 4111]", NULL },
        { "'shop'@'localhost' shop@localhost", NULL },
        { "lodash@4.17.21 node_modules/@babel/core", NULL },
        { "@ @. a@ @b.com a@b.", NULL },
        { "", NULL },
    };
    static const row_t queries[] = {
        { "to=anna%40example.com&n=1", "to=" R "&n=1" },
        { "anna@example.com", R },
        { "n=4111+1111+1111+1111", "n=" R },
    };
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    check_with(choice(p, words), ecl_redact, rows, 16);
    check_with(choice(p, words), ecl_redact_query, queries, 3);
    apr_pool_destroy(p);
}

static void test_patterns(void **state)
{
    static const char *const words[] = { "ACME-[0-9]+", "customer=(\\w+)",
                                         "(?i)x-tenant: \\S+", NULL };
    static const char *const off[] = { "off", NULL };
    static const row_t rows[] = {
        { "order ACME-12 of ACME-3", "order " R " of " R },
        { "customer=bob password=x", "customer=" R " password=" R },
        { "X-Tenant: a\nACME-", R "\nACME-" },
        { "acme-1", NULL },
    };
    static const row_t merged[] = {
        { "ACME-1 password=x", R " password=x" },
    };
    apr_pool_t *p;
    ecl_redactor_t *site, *host;

    apr_pool_create(&p, NULL);
    site = choice(p, words);
    host = choice(p, off);
    check_with(site, ecl_redact, rows, 4);
    check_with(ecl_redactor_merge(p, site, host), ecl_redact, merged, 1);
    check_with(ecl_redactor_merge(p, site, NULL), ecl_redact, rows, 4);
    assert_null(ecl_redactor_merge(p, NULL, NULL));
    assert_non_null(ecl_redactor_add(site, "(", p));
    assert_non_null(ecl_redactor_add(site, "", p));
    assert_non_null(ecl_redactor_add(site, "a*", p));
    apr_pool_destroy(p);
}

/* A pattern that gives up masks all; a text too long is cut, not shown. */
static void test_limits(void **state)
{
    static const char *const slow[] = { "(?:a+)+$", NULL };
    static const char *const plain[] = { "SECRET", NULL };
    char *s = calloc(1, 20000);
    char *mem = malloc(40000);
    apr_pool_t *p;
    ecl_buf_t b;

    apr_pool_create(&p, NULL);
    memset(s, 'a', 19999);
    s[5000] = 'b';
    ecl_buf_init(&b, mem, 40000);
    ecl_redact(&b, choice(p, slow), s, 5001);
    assert_string_equal(mem, R);
    memcpy(s + 19000, "SECRET", 6);
    ecl_buf_init(&b, mem, 40000);
    ecl_redact(&b, choice(p, plain), s, 19999);
    assert_int_equal(b.len, ECL_REDACT_MAX);
    assert_true(b.truncated);
    apr_pool_destroy(p);
    free(s);
    free(mem);
}

/* Texts made to provoke repeated looking back and ahead: eight times the
 * length may take little more than eight times the time. */
static void test_linear(void **state)
{
    static const char *const units[] = {
        "=",
        ":",
        "connect(",
        "connect('",
        "password=",
        "://",
        "eyJ",
        "-----BEGIN ",
        "password='",
        "a:b@",
        "((((",
        "Bearer ",
        "--password ",
        "<password>",
        "_",
        "eyJ.",
        "://a:",
        "-----BEGIN PRIVATE KEY-----",
        "\"'\\",
        "a:",
        " -p",
        "define('pw",
        "auth=(",
        "setPassword('x' ",
        "-----END PRIVATE KEY-----",
        "curl -u ",
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
        ecl_redact(&b, NULL, s, n);
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
            ecl_redact(&b, NULL, exact, n);
            ecl_redact_query(&b, NULL, exact, n);
            free(exact);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),         cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_private_keys), cmocka_unit_test(test_calls),
        cmocka_unit_test(test_lines),        cmocka_unit_test(test_query),
        cmocka_unit_test(test_personal),     cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_linear),
        cmocka_unit_test(test_bounds),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
