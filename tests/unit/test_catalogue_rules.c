/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* No rule of the embedded catalogue is dead: none says what another one says,
 * none asks for less than what a deeper one of another cause takes away. Every
 * cause has its examples and a near miss. */
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

#define EXAMPLES_MIN 2
#define NEAR_MIN     1

typedef struct counts_t {
    const ecl_catalog_t *catalog;
    int *examples, *near; /* by cause */
} counts_t;

static apr_pool_t *pool;
static ecl_catalog_t *catalog;
static const char *yaml;
static size_t yaml_n;

static int load(void **state)
{
    const char *error;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    catalog = ecl_catalog_create(pool);
    yaml = ecl_catalog_builtin(&yaml_n);
    error = ecl_catalog_add(catalog, "causes.yaml", yaml, yaml_n, pool);
    if (!error) {
        error = ecl_catalog_compile(catalog, pool);
    }
    if (error) {
        print_error("%s\n", error);
    }
    return error != NULL;
}

static int unload(void **state)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/* -- conditions ----------------------------------------------------------- */

/* Each of these: whether whatever b allows, a allows too. */

static int ints_cover(const ecl_ints_t *a, const ecl_ints_t *b)
{
    for (int i = 0; i < b->n; i++) {
        int found = a->n == 0;

        for (int k = 0; k < a->n; k++) {
            found |= a->v[k] == b->v[i];
        }
        if (!found) {
            return 0;
        }
    }
    return a->n == 0 || b->n > 0;
}

static int strings_cover(const ecl_strings_t *a, const ecl_strings_t *b)
{
    for (int i = 0; i < b->n; i++) {
        int found = a->n == 0;

        for (int k = 0; k < a->n; k++) {
            found |= !strcmp(a->v[k], b->v[i]);
        }
        if (!found) {
            return 0;
        }
    }
    return a->n == 0 || b->n > 0;
}

/* The same pattern, or none that asks for anything. What two different
 * patterns have in common is not known. */
static int pattern_covers(const ecl_rule_t *a, const ecl_rule_t *b)
{
    return !a->re || (b->re && !strcmp(a->re, b->re));
}

static int covers(const ecl_rule_t *a, const ecl_rule_t *b)
{
    return pattern_covers(a, b) && ints_cover(&a->ah, &b->ah)
           && ints_cover(&a->errnos, &b->errnos)
           && ints_cover(&a->status, &b->status)
           && strings_cover(&a->modules, &b->modules)
           && (a->langs == 0 || (b->langs && !(b->langs & ~a->langs)))
           && !a->handler && (!a->truncated || b->truncated)
           && (!a->aborted || b->aborted)
           && ecl_rule_is_request(a) == ecl_rule_is_request(b);
}

/* Whether a hit of a goes before one of b for the same statement, whatever the
 * statement. */
static int outranks(const ecl_rule_t *a, const ecl_rule_t *b)
{
    return a->rank > b->rank && (a->decisive || !b->decisive);
}

static const ecl_rule_t *rule_at(int i)
{
    return APR_ARRAY_IDX(catalog->rules, i, ecl_rule_t *);
}

static void test_no_rule_twice(void **state)
{
    int wrong = 0;

    for (int i = 0; i < catalog->rules->nelts; i++) {
        for (int k = 0; k < i; k++) {
            const ecl_rule_t *a = rule_at(k), *b = rule_at(i);

            if (covers(a, b) && covers(b, a)) {
                print_error("%s: says the same as %s\n", b->where, a->where);
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_no_rule_is_shadowed(void **state)
{
    int wrong = 0;

    for (int i = 0; i < catalog->rules->nelts; i++) {
        for (int k = 0; k < catalog->rules->nelts; k++) {
            const ecl_rule_t *a = rule_at(k), *b = rule_at(i);

            if (i != k && a->cause != b->cause && outranks(a, b)
                && covers(a, b)) {
                print_error("%s: %s never wins: %s (%s) takes all of it\n",
                            b->where, b->cause->slug, a->where, a->cause->slug);
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

/* Both checks must be able to find something. */
static void test_covers(void **state)
{
    const int numbers[] = { 1241, 1242 };
    const ecl_cause_t one = { .slug = "a.b" }, other = { .slug = "c.d" };
    const ecl_rule_t wide = { .cause = &one, .re = "x", .rank = 60 };
    ecl_rule_t narrow = wide;

    narrow.cause = &other;
    narrow.ah = (ecl_ints_t){ 1, numbers };
    narrow.rank = 40;
    assert_true(covers(&wide, &narrow));
    assert_false(covers(&narrow, &wide));
    assert_true(outranks(&wide, &narrow));
    narrow.decisive = 1;
    assert_false(outranks(&wide, &narrow));
    narrow.re = "y";
    assert_false(covers(&wide, &narrow));
    assert_true(ints_cover(&(ecl_ints_t){ 2, numbers }, &narrow.ah));
    assert_false(ints_cover(&narrow.ah, &(ecl_ints_t){ 2, numbers }));
    assert_false(ints_cover(&narrow.ah, &(ecl_ints_t){ 0, NULL }));
}

/* -- examples ------------------------------------------------------------- */

static void count(const ecl_example_t *ex, void *baton)
{
    counts_t *c = baton;
    int i = ecl_catalog_find(c->catalog, ex->slug)->index;

    (ex->near ? c->near : c->examples)[i]++;
}

static void test_every_cause_has_examples(void **state)
{
    int n = ecl_catalog_size(catalog), wrong = 0;
    counts_t c = { catalog, apr_pcalloc(pool, (size_t)n * sizeof(int)),
                   apr_pcalloc(pool, (size_t)n * sizeof(int)) };
    const char *error =
        ecl_examples("causes.yaml", yaml, yaml_n, count, &c, pool);

    if (error) {
        fail_msg("%s", error);
    }
    for (int i = 0; i < n; i++) {
        if (c.examples[i] < EXAMPLES_MIN || c.near[i] < NEAR_MIN) {
            print_error("%s: %d examples, %d near misses: needs %d and %d\n",
                        ecl_catalog_at(catalog, i)->slug, c.examples[i],
                        c.near[i], EXAMPLES_MIN, NEAR_MIN);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_no_rule_twice),
        cmocka_unit_test(test_no_rule_is_shadowed),
        cmocka_unit_test(test_every_cause_has_examples),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
