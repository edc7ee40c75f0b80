/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_problem.c - who sees what, in every format; nothing internal
 * reaches a visitor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_problem.h"
#include "sample.h"

#define MARK "ZQXJ"

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

/* The mark in every member that a visitor must not see. */
static void plant(ecl_incident_t *inc, ecl_cause_t *cause, ecl_msg_t *msgs,
                  ecl_probe_result_t *probes)
{
    static const ecl_hint_t hints[] = { { ECL_WHO_OWNER, MARK "hint1" },
                                        { ECL_WHO_OPERATOR, MARK "hint2" } };
    const char **texts[] = {
        &inc->verdict.error_type,
        &inc->verdict.error_message,
        &inc->verdict.stack,
        &inc->verdict.component,
        &inc->method,
        &inc->path,
        &inc->query,
        &inc->domain,
        &inc->server_address,
        &inc->vhost,
        &inc->client,
        &inc->user_agent,
        &inc->handler,
        &inc->script,
        &inc->trace_id,
        &inc->request_id,
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = MARK;
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        inc->verdict.facts.v[f] = MARK "<script>alert(1)</script>";
    }
    *cause = sample_cause;
    cause->slug = "dependency." MARK;
    cause->title = MARK "title";
    cause->message = MARK "message {file}";
    cause->meaning = MARK;
    cause->hints = hints;
    cause->nhints = 2;
    inc->verdict.cause = cause;
    inc->verdict.alternatives[0].cause = cause;
    msgs[0] = (ecl_msg_t){ .text = MARK "evidence </script> password=hunter2",
                           .module = MARK,
                           .ah = 1071 };
    msgs[0].len = strlen(msgs[0].text);
    inc->msgs = msgs;
    inc->nmsgs = 1;
    probes[0] = (ecl_probe_result_t){ "script.mode", MARK "probe" };
    inc->probes = probes;
    inc->nprobes = 1;
}

static void test_visitor_sees_nothing(void **state)
{
    ecl_words_t words = { .lang = "en", .type_uri = "https://e.example/" };
    ecl_incident_t inc = sample_incident();
    ecl_probe_result_t probes[1];
    ecl_msg_t msgs[1];
    ecl_cause_t cause;
    ecl_problem_t pb;

    plant(&inc, &cause, msgs, probes);
    for (int d = 0; d <= ECL_DETAIL_OPERATOR; d++) {
        ecl_problem_build(&pb, &inc, d, &words, messages, pool);
        for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
            size_t n;
            char *body = ecl_problem_render(&pb, f, &n, pool);

            assert_int_equal(strlen(body), n);
            assert_int_equal(strstr(body, MARK) != NULL, d > 0);
            assert_int_equal(strstr(body, "evidence ") != NULL, d > 1);
            assert_int_equal(strstr(body, MARK "hint1") != NULL, d > 0);
            assert_int_equal(strstr(body, MARK "hint2") != NULL, d > 1);
            assert_int_equal(strstr(body, MARK "probe") != NULL, d > 1);
            assert_null(strstr(body, "hunter2"));
            assert_non_null(strstr(body, "05V30-0123456Z"));
            if (f == ECL_FORMAT_HTML || f == ECL_FORMAT_XML) {
                assert_null(strstr(body, "<script>"));
            }
            if (f == ECL_FORMAT_MARKDOWN) {
                assert_null(strstr(body, MARK "<"));
            }
        }
    }
}

static void test_build(void **state)
{
    ecl_words_t words = { .lang = "xx",
                          .contact = "mailto:help@shop.example",
                          .type_uri = "https://e.example/" };
    ecl_incident_t inc = sample_incident();
    ecl_problem_t pb;

    ecl_problem_build(&pb, &inc, ECL_DETAIL_VISITOR, &words, messages, pool);
    assert_string_equal(pb.type, "https://e.example/dependency");
    assert_string_equal(pb.code, "dependency");
    assert_string_equal(pb.instance, "urn:errclarity:incident:05V30-0123456Z");
    assert_string_equal(pb.timestamp, "2026-07-01T12:00:00Z");
    assert_string_equal(pb.lang, "en");
    assert_int_equal(pb.status, 503);
    assert_int_equal(pb.retry_after, 30);
    assert_null(pb.facts);
    assert_null(pb.cause_title);
    assert_null(pb.hints);
    assert_null(pb.incident_full);

    words.title = "We are moving";
    words.text = "Back soon.";
    words.type_uri = NULL;
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OWNER, &words, messages, pool);
    assert_string_equal(pb.type, "about:blank");
    assert_string_equal(pb.title, "We are moving");
    assert_string_equal(pb.detail, "Back soon.");
    assert_string_equal(pb.code, "dependency.database-unreachable");
    assert_string_equal(pb.cause_text,
                        "The database on db.internal does not answer.");
    assert_int_equal(pb.nhints, 1);
    assert_null(pb.incident_full);

    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words, messages, pool);
    assert_int_equal(pb.nhints, 2);
    assert_int_equal(pb.incident_full->nmsgs, 2);
    assert_string_equal(pb.incident_full->msgs[1].text, "password=[redacted]");
}

/* What is not known is left out, headings and all. */
static void test_bare(void **state)
{
    ecl_words_t words = { 0 };
    ecl_incident_t inc = { .id = "05V30-0123456Z", .status = 404 };
    ecl_problem_t pb;

    inc.verdict.cause = &sample_other;
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words, messages, pool);
    assert_null(pb.facts);
    for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
        size_t n;
        char *body = ecl_problem_render(&pb, f, &n, pool);

        assert_null(strstr(body, "acts"));
        assert_null(strstr(body, "Details"));
        assert_null(strstr(body, "vidence"));
        assert_null(strstr(body, "null"));
    }
}

/* A flood: both ends, and the count of what is not shown. */
static void test_flood(void **state)
{
    ecl_words_t words = { .lang = "en" };
    ecl_incident_t inc = sample_incident();
    ecl_msg_t msgs[100];
    ecl_problem_t pb;

    for (int i = 0; i < 100; i++) {
        msgs[i] = sample_msgs[0];
        msgs[i].os_error = i;
    }
    inc.msgs = msgs;
    inc.nmsgs = 100;
    inc.dropped = 3;
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words, messages, pool);
    assert_int_equal(pb.incident_full->nmsgs, 32);
    assert_int_equal(pb.incident_full->dropped, 71);
    assert_int_equal(pb.incident_full->msgs[0].os_error, 0);
    assert_int_equal(pb.incident_full->msgs[31].os_error, 99);
}

/* The owner's part is in the page's language, or says that it is English. */
static void test_owner_language(void **state)
{
    static const char yaml[] =
        "lang: de\nclass:\n  5xx: {title: S, text: T}\n"
        "  4xx: {title: S, text: T}\n"
        "causes:\n  dependency.database-unreachable:\n"
        "    title: Keine Datenbank\n    message: \"{host} schweigt.\"\n"
        "    hints: [Eins., \"Zwei {table}.\", Drei.]\n"
        "---\nlang: fr\nclass:\n  5xx: {title: S, text: T}\n";
    ecl_words_t words = { .lang = "de-AT" };
    ecl_incident_t inc = sample_incident();
    ecl_messages_t *m = ecl_messages_create(pool);
    ecl_problem_t pb;

    assert_null(ecl_messages_add(m, "t", yaml, sizeof(yaml) - 1, pool));
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words, m, pool);
    assert_string_equal(pb.lang, "de");
    assert_string_equal(pb.owner_lang, "de");
    assert_string_equal(pb.cause_title, "Keine Datenbank");
    assert_non_null(strstr(pb.cause_text, " schweigt."));
    assert_int_equal(pb.nhints, 2);
    assert_string_equal(pb.hints[1], "Drei.");
    words.lang = "fr";
    words.title = "Teitl";
    words.title_lang = "cy";
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OWNER, &words, m, pool);
    assert_string_equal(pb.lang, "fr");
    assert_string_equal(pb.title_lang, "cy");
    assert_string_equal(pb.owner_lang, "en");
    assert_string_equal(pb.cause_title, sample_cause.title);
    ecl_problem_build(&pb, &inc, ECL_DETAIL_VISITOR, &words, m, pool);
    assert_null(pb.owner_lang);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visitor_sees_nothing),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_owner_language),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_flood),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
