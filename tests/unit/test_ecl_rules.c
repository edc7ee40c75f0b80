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

#include "ecl_rules.h"

static apr_pool_t *pool;
static ecl_matcher_t matcher;

static int setup(void **state)
{
    apr_initialize();
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 1;
    }
    ecl_matcher_init(&matcher, 8, pool);
    return 0;
}

static int teardown(void **state)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

static ecl_stmt_t statement(const char *text)
{
    return (ecl_stmt_t){ .text = text, .len = strlen(text), .module = "" };
}

static int matches(const ecl_rule_t *r, ecl_stmt_t s)
{
    return ecl_rule_matches(r, &s, &matcher);
}

static void test_conditions_on_a_statement(void **state)
{
    static const int ah[] = { 1241, 1215 }, errnos[] = { 8 };
    static const char *const modules[] = { "cgi", "cgid" };
    ecl_rule_t r = { .ah = { 2, ah } };
    ecl_stmt_t s = statement("x");

    assert_false(matches(&r, s));
    s.ah = 1215;
    assert_true(matches(&r, s));
    r.errnos = (ecl_ints_t){ 1, errnos };
    assert_false(matches(&r, s));
    s.os_error = 8;
    assert_true(matches(&r, s));
    r.modules = (ecl_strings_t){ 2, modules };
    assert_true(matches(&r, s)); /* the log does not tell the module */
    s.module = "proxy";
    assert_false(matches(&r, s));
    s.module = "cgid";
    assert_true(matches(&r, s));
    r.langs = 1U << ECL_LANG_PHP | 1U << ECL_LANG_PERL;
    assert_false(matches(&r, s));
    s.lang = ECL_LANG_PERL;
    assert_true(matches(&r, s));
}

static void test_conditions_on_the_request(void **state)
{
    static const int status[] = { 404, 5 };
    const char *error = NULL;
    ecl_rule_t r = { .status = { 2, status } };
    ecl_case_t k = { .status = 500 };

    assert_true(ecl_rule_is_request(&r));
    assert_true(ecl_rule_holds(&r, &k, &matcher));
    k.status = 403;
    assert_false(ecl_rule_holds(&r, &k, &matcher));
    k.status = 404;
    assert_true(ecl_rule_holds(&r, &k, &matcher));
    r.aborted = 1;
    assert_false(ecl_rule_holds(&r, &k, &matcher));
    k.aborted = 1;
    assert_true(ecl_rule_holds(&r, &k, &matcher));
    r.truncated = 1;
    assert_false(ecl_rule_holds(&r, &k, &matcher));
    k.truncated = 1;
    r.handler = ecl_rule_pattern("^proxy:fcgi:", &error, pool);
    assert_false(ecl_rule_holds(&r, &k, &matcher));
    k.handler = "cgi-script";
    assert_false(ecl_rule_holds(&r, &k, &matcher));
    k.handler = "proxy:fcgi://localhost/";
    assert_true(ecl_rule_holds(&r, &k, &matcher));
}

static void test_groups_become_facts(void **state)
{
    ecl_rule_t r = {
        .set = { { [ECL_FACT_DIRECTIVE] = "Timeout", [ECL_FACT_PORT] = "80" } }
    };
    ecl_stmt_t s = statement("connect to db.example:3306 (user bob)");
    ecl_facts_t facts;

    assert_null(ecl_rule_set_re(
        &r,
        "to (?<host>[^:]+):(?<port>\\d+)(?: as (?<_x>.))? \\(user "
        "(?<user>\\w+)(?<table>)",
        pool));
    assert_true(matches(&r, s));
    ecl_rule_facts(&r, &s, &facts, &matcher);
    assert_string_equal(facts.v[ECL_FACT_HOST], "db.example");
    assert_string_equal(facts.v[ECL_FACT_PORT], "3306");
    assert_string_equal(facts.v[ECL_FACT_USER], "bob");
    assert_string_equal(facts.v[ECL_FACT_DIRECTIVE], "Timeout");
    assert_null(facts.v[ECL_FACT_TABLE]); /* empty is unknown */
    assert_null(facts.v[ECL_FACT_FILE]);
}

static void test_a_fact_is_cut(void **state)
{
    char *text = malloc(4001);
    ecl_rule_t r = { .re = NULL };
    ecl_facts_t facts;
    ecl_stmt_t s;

    memset(text, 'x', 4000);
    text[4000] = '\0';
    s = statement(text);
    assert_null(ecl_rule_set_re(&r, "(?<file>x+)", pool));
    ecl_rule_facts(&r, &s, &facts, &matcher);
    assert_int_equal(strlen(facts.v[ECL_FACT_FILE]), ECL_FACT_MAX);
    free(text);
}

static void test_only_the_beginning_is_matched(void **state)
{
    char *text = malloc(ECL_MATCH_BYTES + 10);
    ecl_rule_t r = { .re = NULL };

    memset(text, 'x', ECL_MATCH_BYTES);
    memcpy(text + ECL_MATCH_BYTES - 3, "needle", 7);
    assert_null(ecl_rule_set_re(&r, "needle", pool));
    assert_false(matches(&r, statement(text)));
    memcpy(text + ECL_MATCH_BYTES - 6, "needle", 7);
    assert_true(matches(&r, statement(text)));
    free(text);
}

static void test_deep_recursion_gets_a_larger_stack(void **state)
{
    char *text = malloc(2001);
    ecl_rule_t r = { .re = NULL };

    memset(text, 'a', 2000);
    text[2000] = '\0';
    assert_null(ecl_rule_set_re(&r, "^(?:(a)|b)+$", pool));
    assert_true(matches(&r, statement(text)));
    assert_int_equal(matcher.failures, 0);
    free(text);
}

static void test_runaway_patterns_are_stopped(void **state)
{
    char *text = malloc(ECL_MATCH_BYTES + 1);
    ecl_rule_t bad = { .re = NULL }, good = { .re = NULL };
    ecl_stmt_t s;

    memset(text, 'a', ECL_MATCH_BYTES);
    text[ECL_MATCH_BYTES - 1] = 'x';
    text[ECL_MATCH_BYTES] = '\0';
    s = statement(text);
    assert_null(ecl_rule_set_re(&bad, "(?:a+)+$", pool));
    assert_null(ecl_rule_set_re(&good, "ax$", pool));
    assert_false(matches(&bad, s));
    assert_int_equal(matcher.failures, 1);
    assert_true(matches(&good, s));
    for (int i = 0; i < 1000; i++) {
        assert_false(matches(&bad, s));
    }
    assert_true(matcher.failures < 10); /* it was not even tried */
    free(text);
}

static void test_the_narrower_rule_weighs_more(void **state)
{
    static const int ah[] = { 1 };
    ecl_rule_t wide = { .re = NULL }, narrow = { .re = NULL },
               with_ah = { .ah = { 1, ah } };

    assert_null(ecl_rule_set_re(&wide, "denied", pool));
    assert_null(ecl_rule_set_re(&narrow, "denied for (?:user|host)", pool));
    assert_null(ecl_rule_set_re(&with_ah, "denied", pool));
    ecl_rule_finish(&wide, pool);
    ecl_rule_finish(&narrow, pool);
    ecl_rule_finish(&with_ah, pool);
    assert_true(narrow.weight > wide.weight);
    assert_true(with_ah.weight > wide.weight);
    assert_int_equal(wide.rank, ECL_RANK_SPECIFIC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_conditions_on_a_statement, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_conditions_on_the_request, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_groups_become_facts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_fact_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_the_beginning_is_matched,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_deep_recursion_gets_a_larger_stack,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_runaway_patterns_are_stopped,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_narrower_rule_weighs_more,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
