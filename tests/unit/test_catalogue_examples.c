/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* Every example and near miss of the embedded catalogue gets its verdict, and
 * the prefilter loses none of the matches on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "ecl_catalog_priv.h"
#include "ecl_example.h"

typedef struct run_t {
    ecl_catalog_t *catalog;
    apr_pool_t *pool;
    char *seen; /* by cause: it has an example */
    int total, failed;
} run_t;

static int wrong_facts(const ecl_example_t *ex, const ecl_verdict_t *v)
{
    int wrong = 0;

    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        const char *expected = ex->facts.v[f], *got = v->facts.v[f];

        if (expected && (!got || strcmp(expected, got))) {
            print_error("%s: %s: expected \"%s\", got \"%s\"\n", ex->where,
                        ecl_fact_name((ecl_fact_e)f), expected, got ? got : "");
            wrong = 1;
        }
    }
    return wrong;
}

static int lost_matches(const ecl_example_t *ex, const run_t *run)
{
    const ecl_catalog_t *c = run->catalog;
    uint64_t *set =
        apr_palloc(run->pool, 2 * ecl_prefilter_words(c->filter) * sizeof *set);
    ecl_matcher_t m;
    ecl_stmt_t *stmts;
    int lost = 0;
    int n = ecl_statements(ex->kase.msgs, ex->kase.nmsgs, &stmts, run->pool);

    ecl_matcher_init(&m, c->max_groups, run->pool);
    for (int i = 0; i < n; i++) {
        const int keys[ECL_KEY_COUNT] = { stmts[i].ah, stmts[i].os_error,
                                          (int)stmts[i].lang,
                                          ecl_prefilter_name(stmts[i].module) };

        ecl_prefilter_scan(c->filter, stmts[i].text, stmts[i].len, keys, set);
        for (int r = 0; r < c->rules->nelts; r++) {
            const ecl_rule_t *rule = APR_ARRAY_IDX(c->rules, r, ecl_rule_t *);

            m.bytes = 0;
            if (!ecl_rule_is_request(rule) && !(set[r / 64] >> (r % 64) & 1)
                && ecl_rule_matches(rule, &stmts[i], &m)) {
                print_error("%s: prefilter loses the rule of %s\n", ex->where,
                            rule->where);
                lost = 1;
            }
        }
    }
    return lost;
}

static void check(const ecl_example_t *ex, void *baton)
{
    run_t *run = baton;
    ecl_verdict_t v;
    int wrong;

    ecl_classify(&v, run->catalog, &ex->kase, run->pool);
    wrong = ex->cause ? strcmp(v.cause->slug, ex->cause) != 0
                      : !strcmp(v.cause->slug, ex->slug);
    if (wrong) {
        print_error("%s: expected %s%s, got %s\n", ex->where,
                    ex->cause ? "" : "anything but ",
                    ex->cause ? ex->cause : ex->slug, v.cause->slug);
    }
    if (!ex->near) {
        run->seen[ecl_catalog_find(run->catalog, ex->slug)->index] = 1;
    }
    run->failed += wrong || wrong_facts(ex, &v) || lost_matches(ex, run);
    run->total++;
}

static void test_examples(void **state)
{
    run_t run = { NULL };
    size_t n;
    const char *yaml = ecl_catalog_builtin(&n), *error;

    apr_initialize();
    apr_pool_create(&run.pool, NULL);
    run.catalog = ecl_catalog_create(run.pool);
    error = ecl_catalog_add(run.catalog, "causes.yaml", yaml, n, run.pool);
    if (!error) {
        error = ecl_catalog_compile(run.catalog, run.pool);
    }
    if (!error) {
        run.seen = calloc((size_t)ecl_catalog_size(run.catalog) + 1, 1);
        error = ecl_examples("causes.yaml", yaml, n, check, &run, run.pool);
    }
    if (error) {
        fail_msg("%s", error);
    }
    for (int i = 0; i < ecl_catalog_size(run.catalog); i++) {
        if (!run.seen[i]) {
            print_error("%s: has no example\n",
                        ecl_catalog_at(run.catalog, i)->slug);
            run.failed++;
        }
    }
    print_message("%d causes, %d examples\n", ecl_catalog_size(run.catalog),
                  run.total);
    assert_int_equal(run.failed, 0);
    assert_true(run.total > 0);
    free(run.seen);
    apr_pool_destroy(run.pool);
    apr_terminate();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_examples) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
