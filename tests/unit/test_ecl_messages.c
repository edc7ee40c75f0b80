/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_messages.c - texts are found by cause, family, status, class and
 * language; a wrong file is refused with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_messages.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL) != APR_SUCCESS;
}

static int teardown(void **state)
{
    apr_terminate();
    return 0;
}

static const char two[] = "lang: en\n"
                          "words: {reference: Ref}\n"
                          "class:\n"
                          "  5xx: {title: S5, text: t}\n"
                          "  4xx: {title: S4, text: t}\n"
                          "status:\n"
                          "  503: {title: S503, text: t, advice: [a, b]}\n"
                          "family:\n"
                          "  timeout:\n"
                          "    504: {title: F504, text: t}\n"
                          "cause:\n"
                          "  timeout.client: {title: C, text: t}\n"
                          "--- # second\n"
                          "lang: ar\n"
                          "dir: rtl\n"
                          "class:\n"
                          "  5xx: {title: A5, text: t}\n";

static ecl_messages_t *load(const char *yaml)
{
    ecl_messages_t *m = ecl_messages_create(pool);
    const char *err = ecl_messages_add(m, "x", yaml, strlen(yaml), pool);

    if (err) {
        print_error("%s\n", err);
        fail();
    }
    return m;
}

static void test_find(void **state)
{
    static const struct {
        const char *lang, *slug;
        int status;
        const char *title;
    } rows[] = {
        { "en", "timeout.client", 408, "C" },
        { "en", "timeout.upstream", 504, "F504" },
        { "en", "timeout.upstream", 503, "S503" },
        { "en", "app.php-parse-error", 503, "S503" },
        { "en", "app.php-parse-error", 500, "S5" },
        { "en", NULL, 404, "S4" },
        { "EN-gb", NULL, 404, "S4" },
        { "fr", NULL, 503, "S503" },
        { NULL, NULL, 503, "S503" },
        { "", NULL, 503, "S503" },
        { "ar-EG", NULL, 503, "A5" },
        { "ar", NULL, 404, "S4" },
        { "en", NULL, 200, "S5" },
    };
    ecl_messages_t *m = load(two);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(
            ecl_messages_find(m, rows[i].lang, rows[i].slug, rows[i].status)
                ->title,
            rows[i].title);
    }
    assert_string_equal(ecl_messages_word(m, "en", ECL_WORD_REFERENCE), "Ref");
    assert_string_equal(ecl_messages_word(m, "ar", ECL_WORD_TIME), "Time");
    assert_true(ecl_messages_rtl(m, "ar"));
    assert_false(ecl_messages_rtl(m, "en"));
    assert_string_equal(ecl_messages_lang(m, "AR-eg"), "ar");
    assert_string_equal(ecl_messages_lang(m, "xx"), "en");
    assert_string_equal(ecl_messages_find(m, "en", NULL, 503)->advice[1], "b");
}

/* An empty set still has words. */
static void test_empty(void **state)
{
    ecl_messages_t *m = ecl_messages_create(pool);

    assert_non_null(ecl_messages_find(m, "en", "a.b", 500)->title);
    for (int w = 0; w < ECL_WORD_COUNT; w++) {
        assert_true(strlen(ecl_messages_word(m, "en", w)) > 0);
    }
    assert_string_equal(ecl_messages_lang(m, NULL), "en");
}

static void test_errors(void **state)
{
    static const struct {
        const char *yaml, *want;
    } rows[] = {
        { "class: {}\n", "f:1: \"lang\"" },
        { "[]\n", "f:1: a mapping" },
        { "lang: e n\n", "f:1:" },
        { "lang: en\nfoo: 1\n", "f:2: unknown key \"foo\"" },
        { "lang: en\ndir: up\n", "f:2: dir" },
        { "lang: en\nwords:\n  nope: x\n", "f:3: unknown word \"nope\"" },
        { "lang: en\nstatus:\n  99: {title: a, text: b}\n", "f:3: no HTTP" },
        { "lang: en\nclass:\n  3xx: {title: a, text: b}\n", "f:3: no class" },
        { "lang: en\nstatus:\n  500: {title: a}\n", "f:3: title and text" },
        { "lang: en\nstatus:\n  500: {title: a, text: b, x: c}\n",
          "f:3: unknown key" },
        { "lang: en\nstatus:\n  500: {title: a, text: b, advice: c}\n",
          "f:3: advice is a list" },
        { "lang: en\nstatus:\n  500: {title: a, text: b,"
          " advice: [1,2,3,4,5]}\n",
          "f:3: too much advice" },
        { "lang: en\ncause:\n  nodot: {title: a, text: b}\n", "f:3: no cause" },
        { "lang: en\nfamily:\n  a.b: {500: {title: a, text: b}}\n",
          "f:3: no cause family" },
        { "lang: en\nwords: {subject: \"Hello {name}\"}\n",
          "f:2: placeholders are expected as in" },
        { "lang: en\nwords: {time: \"{seconds}\"}\n", "f:2: placeholders" },
        { "lang: d\n", "f:1: \"lang\"" },
        { "lang: en\ncauses:\n  a.b: {title: a}\n", "f:3: title and message" },
        { "lang: en\ncauses:\n  a.b: {title: a, message: b, hints: c}\n",
          "f:3: hints is a list" },
        { "lang: en\ncauses:\n  a.b: {title: a, message: \"{fiel}\"}\n",
          "f:3: placeholder is not a fact \"fiel\"" },
        { "lang: en\ncauses:\n  a.b: {title: a, text: b}\n",
          "f:3: unknown key" },
        { "lang: en\nclass: [\n", "f:" },
        { "lang: en\nclass: \"\\xff\"\n", "f:2:" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *err =
            ecl_messages_add(ecl_messages_create(pool), "f", rows[i].yaml,
                             strlen(rows[i].yaml), pool);

        if (!err || strncmp(err, rows[i].want, strlen(rows[i].want)) != 0) {
            print_error("%s: %s\n", rows[i].yaml, err ? err : "no error");
            fail();
        }
    }
}

static const char catalogue[] = "- slug: cgi.x\n"
                                "  who: owner\n"
                                "  title: T\n"
                                "  message: M {file}\n"
                                "  hints:\n"
                                "    - {who: owner, text: H1}\n"
                                "    - {who: operator, text: H2}\n";
static const char classes[] = "lang: fr\n"
                              "class:\n"
                              "  4xx: {title: a, text: b}\n"
                              "  5xx: {title: a, text: b}\n";

static ecl_catalog_t *catalog(const char *more)
{
    ecl_catalog_t *c = ecl_catalog_create(pool);

    assert_null(ecl_catalog_add(c, "c", catalogue, strlen(catalogue), pool));
    assert_null(ecl_catalog_add(c, "c", more, strlen(more), pool));
    assert_null(ecl_catalog_compile(c, pool));
    return c;
}

/* An operator's translation counts, and must fit the catalogue. */
static void test_causes(void **state)
{
    static const struct {
        const char *causes, *want;
    } rows[] = {
        { "causes:\n  cgi.x: {title: A, message: B, hints: [C, D]}\n", NULL },
        { "causes:\n  cgi.x: {title: A, message: B, hints: [C]}\n",
          "x:6: cgi.x: 1 hints, expected 2" },
        { "causes:\n  cgi.y: {title: A, message: B}\n",
          "x:6: cgi.y: no such cause" },
        { "---\nlang: cy\nstatus: {500: {title: a, text: b}}\n",
          "x:6: cy: a language needs" },
    };
    const ecl_catalog_t *c = catalog("");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const ecl_messages_t *m =
            load(apr_pstrcat(pool, classes, rows[i].causes, NULL));
        const char *err = ecl_messages_check(m, c, pool);
        const ecl_cause_text_t *t;

        if (!err != !rows[i].want
            || (err && strncmp(err, rows[i].want, strlen(rows[i].want)))) {
            print_error("%s: %s\n", rows[i].causes, err ? err : "no error");
            fail();
        }
        t = ecl_messages_cause(m, "fr", ecl_catalog_find(c, "cgi.x"));
        if (i == 0) {
            assert_string_equal(t->hints[1], "D");
        }
        else {
            assert_null(t);
        }
        assert_null(ecl_messages_cause(m, "en", ecl_catalog_find(c, "cgi.x")));
    }
}

/* Whose rules say something else than what was translated is told that. */
static void test_restated(void **state)
{
    ecl_catalog_t *c = ecl_catalog_create(pool);
    ecl_messages_t *m = ecl_messages_create(pool);
    const ecl_cause_t *cause;
    const char own[] = "- {slug: cgi.crlf-shebang, message: Call us.}\n";
    size_t n;
    const char *yaml = ecl_catalog_builtin(&n);

    assert_null(ecl_catalog_add(c, "c", yaml, n, pool));
    assert_null(ecl_messages_add_builtin(m, pool));
    assert_null(ecl_messages_check(m, c, pool));
    cause = ecl_catalog_find(c, "cgi.crlf-shebang");
    assert_non_null(ecl_messages_cause(m, "de", cause));
    assert_null(ecl_messages_cause(m, "en", cause));
    assert_null(ecl_catalog_add(c, "own", own, strlen(own), pool));
    assert_null(ecl_messages_cause(m, "de", cause));
}

static void test_langs(void **state)
{
    int n;
    const char *const *langs = ecl_messages_langs(
        load("lang: ar\n---\nlang: EN\n---\nlang: de\n"), &n);

    assert_int_equal(n, 3);
    assert_string_equal(langs[0], "EN");
    assert_string_equal(langs[1], "ar");
    assert_string_equal(langs[2], "de");
}

static void test_path(void **state)
{
    ecl_messages_t *m = ecl_messages_create(pool);

    assert_non_null(strstr(
        ecl_messages_add_path(m, "/nonexistent/x.yaml", pool), "cannot be"));
    assert_non_null(
        strstr(ecl_messages_add_path(m, "/proc/self/task", pool), "no file"));
}

/* What is built in loads, and has words of its own for each status. */
static void test_builtin(void **state)
{
    static const int statuses[] = { 400, 401, 403, 404, 405, 406, 408, 409,
                                    410, 411, 412, 413, 414, 415, 416, 417,
                                    421, 422, 423, 424, 425, 426, 428, 429,
                                    431, 451, 500, 501, 502, 503, 504, 505,
                                    506, 507, 508, 510, 511 };
    ecl_messages_t *m = ecl_messages_create(pool);
    size_t n;
    const char *yaml = ecl_messages_builtin(&n);
    const char *err = ecl_messages_add(m, "builtin", yaml, n, pool);

    if (err) {
        print_error("%s\n", err);
        fail();
    }
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        int s = statuses[i];
        const ecl_message_t *msg = ecl_messages_find(m, "en", NULL, s);

        assert_ptr_not_equal(
            msg, ecl_messages_find(m, "en", NULL, s < 500 ? 499 : 599));
        assert_non_null(msg->advice[0]);
        assert_true(strlen(msg->title) <= 60);
        assert_true(strlen(msg->text) <= 240);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),     cmocka_unit_test(test_empty),
        cmocka_unit_test(test_errors),   cmocka_unit_test(test_causes),
        cmocka_unit_test(test_restated), cmocka_unit_test(test_langs),
        cmocka_unit_test(test_path),     cmocka_unit_test(test_builtin),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
