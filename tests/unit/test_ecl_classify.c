/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_classify.h"

static apr_pool_t *pool;
static ecl_catalog_t *catalog;

#define CAUSE(slug, rules)                                                     \
    "- slug: " slug "\n  who: owner\n  title: T\n  message: M\n  "             \
    "match:\n" rules

static const char yaml[] = CAUSE(
    "cgi.no-output",
    "    - {re: 'End of script output before headers: (?<file>.*)',"
    " rank: symptom}\n") CAUSE("cgi.bad-header",
                               "    - {re: 'malformed header from script'}\n")
    CAUSE("cgi.exec-format", "    - {re: '^exec of .* failed', errno: ENOEXEC, "
                             "rank: root}\n")
        CAUSE("app.fatal", "    - {re: 'Fatal error:', rank: generic}\n"
                           "    - {re: 'survivable trouble', rank: generic}\n")
            CAUSE("app.late",
                  "    - {re: 'Fatal error:  late', rank: "
                  "generic}\n") CAUSE("dep.database",
                                      "    - re: 'database "
                                      "(?<host>\\w+):(?<port>\\d+) refused'\n"
                                      "    - re: 'database is down'\n")
                CAUSE("dep.cache", "    - re: 'cache (?<host>\\w+) refused'\n")
                    CAUSE("up.refused", "    - {ah: 957, rank: root}\n"
                                        "    - {re: 'connection for host "
                                        "(?<host>\\w+) line (?<line>\\d+)'}\n")
                        CAUSE("up.symptom",
                              "    - re: 'proxy gave up on (?<host>\\w+) table "
                              "(?<table>\\w+)'\n"
                              "      rank: symptom\n")
                            CAUSE("timeout.script",
                                  "    - {re: 'Timeout waiting for output', "
                                  "warn: decisive}\n")
                                CAUSE(
                                    "client.aborted",
                                    "    - {aborted: true, confidence: high}\n")
                                    CAUSE("app.error-status",
                                          "    - {status: 5xx, handler: "
                                          "'^proxy:', rank: 5}\n")
                                        CAUSE("hint.soft",
                                              "    - {re: 'cannot find', rank: "
                                              "specific}\n")
                                            CAUSE("file.missing",
                                                  "    - {re: 'no such file "
                                                  "(?<file>\\S+)'}\n"
                                                  "    - {re: 'no class(?: "
                                                  "(?<class>\\w+))?'}\n")
                                                CAUSE("unknown.no-evidence",
                                                      "    []\n");

static int setup(void **state)
{
    const char *error;

    apr_initialize();
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 1;
    }
    catalog = ecl_catalog_create(pool);
    error = ecl_catalog_add(catalog, "test", yaml, sizeof yaml - 1, pool);
    if (error) {
        print_error("%s\n", error);
        return 1;
    }
    return ecl_catalog_compile(catalog, pool) != NULL;
}

static int teardown(void **state)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

static ecl_msg_t msg(int level, const char *text)
{
    return (ecl_msg_t){
        .text = text, .len = strlen(text), .module = "", .level = level
    };
}

static ecl_verdict_t classify(const ecl_msg_t *msgs, int n)
{
    ecl_case_t k = { .msgs = msgs, .nmsgs = n, .status = 500 };
    ecl_verdict_t v;

    ecl_classify(&v, catalog, &k, pool);
    return v;
}

/* Lines are errors, or warnings when they begin with "w ". */
typedef struct case_t {
    const char *lines[4];
    const char *cause;
    ecl_confidence_e confidence;
    int msg;
} case_t;

static const case_t cases[] = {
    { { NULL }, "unknown.no-evidence", ECL_CONFIDENCE_LOW, -1 },
    { { "nothing that is known" },
      "unknown.no-evidence",
      ECL_CONFIDENCE_LOW,
      -1 },
    { { "End of script output before headers: x" },
      "cgi.no-output",
      ECL_CONFIDENCE_LOW,
      0 },
    /* the deepest wins wherever it stands */
    { { "End of script output before headers: x", "database is down" },
      "dep.database",
      ECL_CONFIDENCE_HIGH,
      1 },
    { { "database is down", "End of script output before headers: x" },
      "dep.database",
      ECL_CONFIDENCE_HIGH,
      0 },
    /* of several as deep the first, and less surely */
    { { "cache a refused", "database is down" },
      "dep.cache",
      ECL_CONFIDENCE_MEDIUM,
      0 },
    { { "database is down", "cache a refused" },
      "dep.database",
      ECL_CONFIDENCE_MEDIUM,
      0 },
    { { "PHP message: PHP Fatal error:  first",
        "PHP message: PHP Fatal error:  late" },
      "app.fatal",
      ECL_CONFIDENCE_LOW,
      0 },
    /* warnings are context ... */
    { { "w cannot find it" }, "hint.soft", ECL_CONFIDENCE_LOW, 0 },
    { { "w cannot find it", "PHP message: PHP Fatal error:  x" },
      "app.fatal",
      ECL_CONFIDENCE_MEDIUM,
      1 },
    { { "w cannot find it", "End of script output before headers: x" },
      "cgi.no-output",
      ECL_CONFIDENCE_LOW,
      1 },
    /* ... unless the rule knows better */
    { { "w Timeout waiting for output",
        "End of script output before headers: x" },
      "timeout.script",
      ECL_CONFIDENCE_HIGH,
      0 },
};

static void test_verdicts(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ecl_msg_t msgs[4];
        ecl_verdict_t v;
        int n = 0;

        for (; n < 4 && cases[i].lines[n]; n++) {
            const char *s = cases[i].lines[n];

            msgs[n] = *s == 'w' && s[1] == ' ' ? msg(ECL_LEVEL_WARN, s + 2)
                                               : msg(ECL_LEVEL_ERROR, s);
        }
        v = classify(msgs, n);
        if (strcmp(v.cause->slug, cases[i].cause)
            || v.confidence != cases[i].confidence || v.msg != cases[i].msg) {
            fail_msg("case %d: %s, %s, message %d", (int)i, v.cause->slug,
                     ecl_confidence_name(v.confidence), v.msg);
        }
    }
}

static void test_what_php_survived_did_not_stop_it(void **state)
{
    ecl_msg_t msgs[] = {
        msg(ECL_LEVEL_ERROR, "PHP message: survivable trouble"),
        msg(ECL_LEVEL_ERROR, "PHP message: PHP Fatal error:  late"),
    };

    assert_string_equal(classify(msgs, 2).cause->slug, "app.fatal");
    msgs[0].ah = msgs[1].ah = 1071; /* both came from PHP */
    assert_string_equal(classify(msgs, 2).cause->slug, "app.late");
    assert_int_equal(classify(msgs, 2).msg, 1);
}

static void test_request_rules_need_no_statement(void **state)
{
    ecl_msg_t m = msg(ECL_LEVEL_ERROR, "nothing that is known");
    ecl_msg_t w = msg(ECL_LEVEL_WARN, "cannot find it");
    ecl_case_t k = { .status = 503, .handler = "proxy:fcgi://localhost" };
    ecl_verdict_t v;

    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "app.error-status");
    assert_int_equal(v.msg, -1);
    assert_null(v.error_message);
    k.msgs = &m;
    k.nmsgs = 1;
    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "app.error-status");
    k.aborted = 1;
    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "client.aborted");
    assert_int_equal(v.confidence, ECL_CONFIDENCE_HIGH);
    assert_int_equal(v.nalternatives, 1);
    k.msgs = &w; /* as deep as "aborted", but it says something */
    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "hint.soft");
}

static void test_alternatives(void **state)
{
    ecl_msg_t msgs[] = {
        msg(ECL_LEVEL_ERROR, "End of script output before headers: x"),
        msg(ECL_LEVEL_ERROR, "database is down"),
        msg(ECL_LEVEL_ERROR, "database is down"),
        msg(ECL_LEVEL_ERROR, "PHP message: PHP Fatal error:  late"),
        msg(ECL_LEVEL_ERROR, "cache a refused"),
    };
    ecl_verdict_t v = classify(msgs, 5);

    assert_string_equal(v.cause->slug, "dep.database");
    assert_int_equal(v.nalternatives, 3);
    assert_string_equal(v.alternatives[0].cause->slug, "dep.cache");
    assert_int_equal(v.alternatives[0].confidence, ECL_CONFIDENCE_MEDIUM);
    assert_string_equal(v.alternatives[1].cause->slug, "app.late");
    assert_string_equal(v.alternatives[2].cause->slug, "app.fatal");
    assert_int_equal(v.alternatives[2].confidence, ECL_CONFIDENCE_LOW);
}

static void test_facts_are_completed_from_neighbours(void **state)
{
    ecl_msg_t msgs[] = {
        msg(ECL_LEVEL_ERROR, "database is down"),
        msg(ECL_LEVEL_ERROR, "database db1:3306 refused"),
        msg(ECL_LEVEL_ERROR, "proxy gave up on web1 table users"),
        msg(ECL_LEVEL_ERROR, "cache c1 refused"),
    };
    ecl_verdict_t v;

    msgs[1].os_error = 111;
    v = classify(msgs, 4);
    assert_string_equal(v.cause->slug, "dep.database");
    assert_int_equal(v.msg, 0);
    assert_string_equal(v.error_message, "database is down");
    assert_string_equal(v.facts.v[ECL_FACT_HOST], "db1"); /* the same cause */
    assert_string_equal(v.facts.v[ECL_FACT_PORT], "3306");
    assert_string_equal(v.facts.v[ECL_FACT_ERRNO], "111");
    assert_string_equal(v.facts.v[ECL_FACT_TABLE], "users"); /* a symptom */

    v = classify(&msgs[2], 2); /* another cause's facts stay its own */
    assert_string_equal(v.cause->slug, "dep.cache");
    assert_string_equal(v.facts.v[ECL_FACT_HOST], "c1");
}

static void test_facts_of_two_places_are_not_mixed(void **state)
{
    ecl_msg_t msgs[] = {
        msg(ECL_LEVEL_ERROR, "cache c1 refused"),
        msg(ECL_LEVEL_ERROR, "database db1:3306 refused"),
        msg(ECL_LEVEL_ERROR, "End of script output before headers: x.cgi"),
    };
    ecl_verdict_t v = classify(msgs, 3);

    assert_string_equal(v.facts.v[ECL_FACT_HOST], "c1");
    assert_null(v.facts.v[ECL_FACT_PORT]);
    assert_string_equal(v.facts.v[ECL_FACT_FILE], "x.cgi");
}

/* What a trace adds to a specific rule's facts. */
static void test_traces_complete_facts(void **state)
{
    static const char trace[] =
        "PHP Fatal error:  Uncaught LogicException: no such file %s in "
        "/srv/a/b.php:7";
    static const struct {
        const char *file, *line;
    } places[] = {
        { "/srv/a/b.php", "7" },    { "b.php", "7" },   { "/srv/c.php", NULL },
        { "/x/srv/a/b.php", NULL }, { "xb.php", NULL },
    };
    ecl_msg_t m;
    ecl_verdict_t v;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        m = msg(ECL_LEVEL_ERROR, apr_psprintf(pool, trace, places[i].file));
        v = classify(&m, 1);
        assert_string_equal(v.cause->slug, "file.missing");
        assert_string_equal(v.facts.v[ECL_FACT_FILE], places[i].file);
        assert_string_equal(v.facts.v[ECL_FACT_CLASS], "LogicException");
        if (places[i].line) {
            assert_string_equal(v.facts.v[ECL_FACT_LINE], places[i].line);
        }
        else {
            assert_null(v.facts.v[ECL_FACT_LINE]);
        }
    }
    m = msg(ECL_LEVEL_ERROR, "PHP Fatal error:  Uncaught LogicException: no "
                             "class in /srv/a/b.php:7");
    v = classify(&m, 1);
    assert_null(v.facts.v[ECL_FACT_CLASS]); /* the rule means another one */
}

/* A class alone tells no place: a symptom may name the file. */
static void test_a_symptom_names_the_file(void **state)
{
    ecl_msg_t msgs[] = {
        msg(ECL_LEVEL_ERROR, "ValueError: database is down"),
        msg(ECL_LEVEL_ERROR, "End of script output before headers: x.py"),
    };
    ecl_verdict_t v;

    msgs[0].module = msgs[1].module = "wsgi";
    v = classify(msgs, 2);
    assert_string_equal(v.cause->slug, "dep.database");
    assert_string_equal(v.facts.v[ECL_FACT_CLASS], "ValueError");
    assert_string_equal(v.facts.v[ECL_FACT_FILE], "x.py");
}

static void test_errno_and_script_are_facts(void **state)
{
    ecl_msg_t m = msg(ECL_LEVEL_ERROR, "exec of it failed");
    ecl_case_t k = { .msgs = &m, .nmsgs = 1, .script = "/srv/it.cgi" };
    ecl_verdict_t v;

    m.os_error = 8;
    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "cgi.exec-format");
    assert_string_equal(v.facts.v[ECL_FACT_ERRNO], "8");
    assert_string_equal(v.facts.v[ECL_FACT_FILE], "/srv/it.cgi");
    m.os_error = 13; /* the rule asks for ENOEXEC */
    ecl_classify(&v, catalog, &k, pool);
    assert_string_equal(v.cause->slug, "unknown.no-evidence");
}

/* What may be another request's does not decide with high confidence. */
static void test_unsure_evidence_lowers_confidence(void **state)
{
    ecl_msg_t m[2] = { msg(ECL_LEVEL_ERROR, "database shop:3306 refused"),
                       msg(ECL_LEVEL_ERROR, "cache c1 refused") };
    ecl_verdict_t v = classify(m, 1);

    assert_int_equal(v.confidence, ECL_CONFIDENCE_HIGH);
    m[0].unsure = 1;
    v = classify(m, 1);
    assert_string_equal(v.cause->slug, "dep.database");
    assert_int_equal(v.confidence, ECL_CONFIDENCE_MEDIUM);
    m[0] = msg(ECL_LEVEL_ERROR, "Fatal error: x");
    m[0].unsure = 1;
    v = classify(m, 1);
    assert_int_equal(v.confidence, ECL_CONFIDENCE_MEDIUM);
}

static void test_ah_numbers(void **state)
{
    ecl_msg_t m = msg(ECL_LEVEL_ERROR, "in whatever words");

    m.ah = 957;
    assert_string_equal(classify(&m, 1).cause->slug, "up.refused");
    m.ah = 958;
    assert_string_equal(classify(&m, 1).cause->slug, "unknown.no-evidence");
}

static void test_a_catalogue_without_the_unknown_cause(void **state)
{
    ecl_catalog_t *empty = ecl_catalog_create(pool);
    ecl_case_t k = { .status = 500 };
    ecl_verdict_t v;

    ecl_classify(&v, empty, &k, pool); /* not even compiled */
    assert_string_equal(v.cause->slug, "unknown.no-evidence");
    assert_null(ecl_catalog_compile(empty, pool));
    ecl_classify(&v, empty, &k, pool);
    assert_string_equal(v.cause->slug, "unknown.no-evidence");
    assert_string_equal(v.cause->family, "unknown");
}

static void test_precise_status(void **state)
{
    ecl_cause_t precise = { .status = 503 }, none = { .status = 0 };

    assert_int_equal(ecl_precise_status(&precise, 500), 503);
    assert_int_equal(ecl_precise_status(&precise, 200), 503);
    assert_int_equal(ecl_precise_status(&precise, 502), 502);
    assert_int_equal(ecl_precise_status(&precise, 404), 404);
    assert_int_equal(ecl_precise_status(&none, 500), 500);
    assert_int_equal(ecl_precise_status(&none, 200), 500);
    assert_int_equal(ecl_precise_status(&none, 404), 404);
}

/* Every statement hits several rules, and texts are the longest there are. */
static void test_a_flood_is_bounded_and_deterministic(void **state)
{
    enum { N = 300, LEN = 9000 };
    ecl_msg_t *msgs = calloc(N, sizeof *msgs);
    char *text = malloc(LEN + 1);
    ecl_verdict_t a, b;

    for (size_t i = 0; i < LEN; i++) {
        text[i] =
            "database d:1 refuse cache x Fatal error: cannot find "[i % 53];
    }
    text[LEN] = '\0';
    for (int i = 0; i < N; i++) {
        msgs[i] = msg(ECL_LEVEL_ERROR, text);
    }
    a = classify(msgs, N);
    b = classify(msgs, N);
    assert_ptr_equal(a.cause, b.cause);
    assert_int_equal(a.msg, b.msg);
    assert_string_equal(a.cause->slug, "hint.soft");
    free(text);
    free(msgs);
}

static void test_pathological_text_cannot_stall(void **state)
{
    static const char evil[] = "- slug: x.y\n  who: owner\n  title: T\n"
                               "  message: M\n  match:\n"
                               "    - re: '(?:a+)+evil'\n"
                               "    - re: '(?:a*)*evil'\n"
                               "    - re: '(.*)(.*)(.*)(.*)=evil'\n"
                               "    - re: '(\\w+\\s*)+evil'\n";
    ecl_catalog_t *c = ecl_catalog_create(pool);
    char *text = malloc(8193);
    ecl_msg_t msgs[64];
    ecl_case_t k = { .msgs = msgs, .nmsgs = 64 };
    ecl_verdict_t v;

    memset(text, 'a', 8192);
    memcpy(text + 8100, "!evi evix =evil", 15);
    text[8115] = '!';
    text[8192] = '\0';
    for (int i = 0; i < 64; i++) {
        msgs[i] = msg(ECL_LEVEL_ERROR, text);
    }
    assert_null(ecl_catalog_add(c, "evil", evil, sizeof evil - 1, pool));
    assert_null(ecl_catalog_compile(c, pool));
    ecl_classify(&v, c, &k, pool); /* returns at all: unbounded takes years */
    assert_non_null(v.cause);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_php_survived_did_not_stop_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_request_rules_need_no_statement,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_alternatives, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_facts_are_completed_from_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts_of_two_places_are_not_mixed,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_traces_complete_facts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_symptom_names_the_file, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_errno_and_script_are_facts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_unsure_evidence_lowers_confidence,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_ah_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_catalogue_without_the_unknown_cause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_precise_status, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_flood_is_bounded_and_deterministic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pathological_text_cannot_stall,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
