/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_render.c - every body is well formed in its format, whatever its
 * texts hold, and has what its readers need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "../fuzz/body_check.h"
#include "../fuzz/json_check.h"
#include "ecl_page.h"
#include "ecl_problem.h"
#include "ecl_render.h"
#include "sample.h"

static apr_pool_t *pool;
static ecl_messages_t *messages;

static int setup(void **state)
{
    apr_initialize();
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 1;
    }
    messages = sample_messages(pool);
    return messages == NULL;
}

static int teardown(void **state)
{
    apr_terminate();
    return 0;
}

static void check(const ecl_problem_t *pb, const char *what)
{
    for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
        size_t n;
        char *body = ecl_problem_render(pb, f, &n, pool);
        int good =
            n <= ECL_BODY_MAX && strlen(body) == n && is_utf8_text(body, n);

        good = good && (f != ECL_FORMAT_JSON || json_check_line(body, n));
        good = good && (f != ECL_FORMAT_XML || is_well_formed(body, 0));
        good = good && (f != ECL_FORMAT_HTML || is_well_formed(body, 1));
        if (!good) {
            print_error("%s, %s:\n%.3000s\n", what, ecl_format_name(f), body);
            fail();
        }
    }
}

static void test_sample(void **state)
{
    ecl_words_t words = { .lang = "en", .contact = "mailto:a@b.example" };
    ecl_incident_t inc = sample_incident();
    ecl_problem_t pb;

    for (int d = 0; d <= ECL_DETAIL_OPERATOR; d++) {
        ecl_problem_build(&pb, &inc, d, &words, messages, pool);
        check(&pb, ecl_detail_name(d));
    }
}

static void test_hostile(void **state)
{
    static const char *const units[] = {
        "<",
        "&",
        "\"",
        "'",
        "]]>",
        "\x01",
        "\xff",
        "\n",
        "`*_[",
        "</script>",
        "\xef\xbf\xbf",
        "\xed\xa0\x80",
        "\x1b]0;x\x07",
        "\xc2\x85",
        "a",
        "-----",
    };
    static const size_t sizes[] = { 1, 7, 500, 9000 };

    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            char *s = apr_palloc(pool, sizes[k] + 1);
            ecl_words_t words = { .title = s, .text = s, .contact = s };
            ecl_incident_t inc = sample_incident();
            ecl_cause_t cause = sample_cause;
            ecl_probe_result_t probes[40];
            ecl_msg_t msgs[200] = { { 0 } };
            ecl_problem_t pb;

            for (size_t i = 0; i < sizes[k]; i++) {
                s[i] = units[u][i % strlen(units[u])];
            }
            s[sizes[k]] = '\0';
            cause.title = cause.message = s;
            inc.verdict.cause = &cause;
            for (int f = 0; f < ECL_FACT_COUNT; f++) {
                inc.verdict.facts.v[f] = s;
            }
            for (int i = 0; i < 200; i++) {
                msgs[i].text = msgs[i].module = s;
                msgs[i].len = sizes[k];
            }
            for (int i = 0; i < 40; i++) {
                probes[i].name = i ? "a.b" : s;
                probes[i].value = s;
            }
            inc.msgs = msgs;
            inc.nmsgs = 200;
            inc.probes = probes;
            inc.nprobes = 40;
            for (int d = 0; d <= ECL_DETAIL_OPERATOR; d++) {
                ecl_problem_build(&pb, &inc, d, &words, messages, pool);
                check(&pb, units[u]);
            }
        }
    }
}

static char *html(ecl_words_t *words, size_t *n)
{
    ecl_incident_t inc = sample_incident();
    ecl_problem_t pb;

    ecl_problem_build(&pb, &inc, ECL_DETAIL_VISITOR, words, messages, pool);
    return ecl_problem_render(&pb, ECL_FORMAT_HTML, n, pool);
}

static void test_html(void **state)
{
    static const struct {
        const char *contact, *want;
    } rows[] = {
        { "mailto:a@b.example",
          "<a href=\"mailto:a@b.example?subject=Error%20report%2005V30-" },
        { "mailto:a@b.example?cc=c@d.example", "%0D%0A\">a@b.example</a>" },
        { "https://h.example/?a=1&b",
          "<a href=\"https://h.example/?a=1&amp;b\">" },
        { "Call \"Ann\"", "<dd><bdi>Call &quot;Ann&quot;</bdi></dd>" },
        { "javascript:alert(1)", "<dd><bdi>javascript:alert(1)</bdi></dd>" },
    };
    static const char *const always[] = {
        "<!DOCTYPE html>",
        "<html lang=\"en\" dir=\"ltr\">",
        "<meta name=\"robots\" content=\"noindex\">",
        "<meta name=\"viewport\"",
        "<main>",
        "<h1 lang=\"en\">",
        "<code dir=\"ltr\">05V30-0123456Z</code>",
        "<meta name=\"referrer\" content=\"no-referrer\">",
        "<script type=\"application/problem+json\">{\"type\":",
        "prefers-color-scheme:dark",
    };
    size_t n;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ecl_words_t words = { .contact = rows[i].contact };
        char *body = html(&words, &n);

        assert_true(n >= 512 && n <= 8192);
        if (!strstr(body, rows[i].want)) {
            print_error("no %s in %s\n", rows[i].want, body);
            fail();
        }
        assert_null(strstr(body, "http://"));
        for (size_t k = 0; k < sizeof(always) / sizeof(always[0]); k++) {
            assert_non_null(strstr(body, always[k]));
        }
    }
}

/* A page that cannot be made: lists in lists until the engine gives up. */
static void test_minimal_page(void **state)
{
    static const char bomb[] =
        "{{#advice}}{{#advice}}{{#advice}}{{#advice}}{{#advice}}{{#advice}}"
        "{{#advice}}{{#advice}}{{#advice}}{{#advice}}{{#advice}}{{#advice}}x"
        "{{/advice}}{{/advice}}{{/advice}}{{/advice}}{{/advice}}{{/advice}}"
        "{{/advice}}{{/advice}}{{/advice}}{{/advice}}{{/advice}}{{/advice}}";
    const char *err;
    ecl_words_t words = { .title = "<Closed>" };
    ecl_incident_t inc = sample_incident();
    ecl_problem_t pb;
    char *body;
    size_t n;

    words.page = ecl_template_compile(bomb, sizeof(bomb) - 1, ECL_FORMAT_HTML,
                                      NULL, &err, pool);
    assert_non_null(words.page);
    ecl_problem_build(&pb, &inc, ECL_DETAIL_VISITOR, &words, messages, pool);
    for (pb.nadvice = 0; pb.nadvice < ECL_ADVICE_MAX; pb.nadvice++) {
        pb.advice[pb.nadvice] = "x";
    }
    body = ecl_problem_render(&pb, ECL_FORMAT_HTML, &n, pool);
    assert_true(n >= 512);
    assert_non_null(strstr(body, "<h1>&lt;Closed&gt;</h1>"));
    assert_non_null(strstr(body, "<code>05V30-0123456Z</code>"));
}

/* Whoever has a Content-Security-Policy names the style sheet's hash. */
static void test_style_is_constant(void **state)
{
    const char *style =
        apr_pstrcat(pool, "<style>", ecl_page_style(), "</style>", NULL);
    ecl_words_t words = { .title = "</style>", .contact = "x" };
    size_t n;

    assert_null(strpbrk(ecl_page_style(), "<&"));
    assert_non_null(strstr(html(&words, &n), style));
}

/* What is not known about a message is left out of its line. */
static void test_message_line(void **state)
{
    static const struct {
        ecl_msg_t m;
        const char *line;
    } rows[] = {
        { { .text = "a\tb\nc",
            .module = "core",
            .level = ECL_LEVEL_ERROR,
            .ah = 124,
            .os_error = 2 },
          "[core:error] (2) AH00124: a\tb\nc" },
        { { .text = "a", .level = ECL_LEVEL_WARN }, "[warn] a" },
        { { .text = "a", .module = "cgi", .level = ECL_LEVEL_UNKNOWN },
          "[cgi] a" },
        { { .text = "a\x1b[1m", .module = "", .level = ECL_LEVEL_UNKNOWN },
          "a[1m" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[128];
        ecl_buf_t b;

        ecl_buf_init(&b, line, sizeof(line));
        ecl_render_message(&b, &rows[i].m, ecl_render_plain_char);
        assert_string_equal(line, rows[i].line);
    }
}

/* The formats carry the same members in the same order. */
static void test_same(void **state)
{
    static const char *const order[] = {
        "type",        "title",    "status",      "detail",   "retryable",
        "retry_after", "advice",   "contact",     "incident", "timestamp",
        "code",        "instance", "cause",       "facts",    "hints",
        "evidence",    "probes",   "alternatives"
    };
    ecl_words_t words = { .lang = "en", .contact = "x" };
    ecl_incident_t inc = sample_incident();
    ecl_problem_t pb;
    const char *json, *xml;
    size_t n;

    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words, messages, pool);
    json = ecl_problem_render(&pb, ECL_FORMAT_JSON, &n, pool);
    xml = ecl_problem_render(&pb, ECL_FORMAT_XML, &n, pool);
    assert_non_null(strstr(xml, "<problem xmlns=\"urn:ietf:rfc:7807\">"));
    assert_non_null(strstr(xml, "<advice><i>"));
    assert_non_null(strstr(json, "\"line\":17"));
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        char key[32];
        ecl_buf_t b;

        ecl_buf_init(&b, key, sizeof(key));
        ecl_buf_printf(&b, "\"%s\":", order[i]);
        json = strstr(json, key);
        ecl_buf_rewind(&b, 0);
        ecl_buf_printf(&b, "<%s>", order[i]);
        xml = strstr(xml, key);
        if (!json || !xml) {
            print_error("%s is missing or out of order\n", order[i]);
            fail();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_minimal_page),
        cmocka_unit_test(test_style_is_constant),
        cmocka_unit_test(test_message_line),
        cmocka_unit_test(test_same),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
