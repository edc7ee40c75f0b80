/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_changes.c - which changes count, in which order, for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_changes.h"

#define NOW apr_time_from_sec(1000000)

static void ages(void **state)
{
    static const struct {
        long seconds;
        const char *want;
    } t[] = { { 0, "-0 s" },     { 1, "-1 s" },       { 59, "-59 s" },
              { 60, "-1 min" },  { 3599, "-59 min" }, { 3600, "-1 h" },
              { 86400, "-24 h" } };
    char text[ECL_CHANGES_AGE_TEXT];
    size_t i;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        ecl_changes_age(text, t[i].seconds);
        assert_string_equal(text, t[i].want);
    }
}

static void only_the_last_day(void **state)
{
    ecl_changes_t c = { .now = NOW, .first = NOW };

    ecl_changes_add(&c, "script", "/old", NOW - ECL_CHANGES_AGE - 1, 0);
    ecl_changes_add(&c, "script", "/future", NOW + apr_time_from_sec(2), 0);
    assert_int_equal(c.n, 0);
    ecl_changes_add(&c, "script", "/day", NOW - ECL_CHANGES_AGE, 0);
    ecl_changes_add(&c, "script", "/just", NOW + 1, 1);
    assert_int_equal(c.n, 2);
    assert_string_equal(c.v[0].path, "/just");
    assert_int_equal(c.v[0].age, 0);
    assert_int_equal(c.v[0].operator_only, 1);
    assert_int_equal(c.v[1].age, 86400);
}

static void newest_first_without_repeats(void **state)
{
    static const char *const names[] = { "/0",  "/1",  "/2",  "/3",  "/4",
                                         "/5",  "/6",  "/7",  "/8",  "/9",
                                         "/10", "/11", "/12", "/13", "/14" };
    ecl_changes_t c = { .now = NOW, .first = NOW };
    int i;

    for (i = 0; i < 15; i++) { /* 7 is prime to 15: any order */
        int k = i * 7 % 15;

        ecl_changes_add(&c, "file", names[k], NOW - apr_time_from_sec(k), 0);
        ecl_changes_add(&c, "script", names[k], NOW, 0);
    }
    assert_int_equal(c.n, ECL_CHANGES_MAX);
    for (i = 0; i < c.n; i++) {
        assert_true(i == 0 || c.v[i].time <= c.v[i - 1].time);
        assert_true(i == 0 || strcmp(c.v[i].path, c.v[i - 1].path) != 0);
    }
}

#define HOUR apr_time_from_sec(3600)

/* The problem is an hour and a half old. */
static void after_the_first_sight(void **state)
{
    ecl_changes_t c = { .now = NOW, .first = NOW - HOUR * 3 / 2 };
    int i;

    ecl_changes_add(&c, "script", "/before", NOW - 25 * HOUR, 0);
    ecl_changes_add(&c, "script", "/older", NOW - 26 * HOUR, 0);
    ecl_changes_add(&c, "script", "/cause", c.first, 0);
    ecl_changes_add(&c, "script", "/later", NOW - HOUR, 0);
    ecl_changes_add(&c, "script", "/now", NOW, 0);
    assert_int_equal(c.n, 4);
    assert_string_equal(c.v[0].path, "/cause");
    assert_string_equal(c.v[1].path, "/before");
    assert_int_equal(c.v[1].since, 0);
    assert_int_equal(c.v[1].age, 25 * 3600);
    assert_string_equal(c.v[2].path, "/now");
    assert_string_equal(c.v[3].path, "/later");
    assert_int_equal(c.v[3].since, 1);
    /* Of too many, what may be the cause stays. */
    for (i = 0; i < 2 * ECL_CHANGES_MAX; i++) {
        static char paths[2 * ECL_CHANGES_MAX][16];

        snprintf(paths[i], sizeof(paths[i]), "/%d", i);
        ecl_changes_add(&c, "file", paths[i], NOW - i, 0);
    }
    assert_int_equal(c.n, ECL_CHANGES_MAX);
    assert_string_equal(c.v[1].path, "/before");
    /* A month later, only the last day's are told besides. */
    c = (ecl_changes_t){ .now = NOW, .first = NOW - 30 * 24 * HOUR };
    ecl_changes_add(&c, "script", "/week", NOW - 7 * 24 * HOUR, 0);
    assert_int_equal(c.n, 0);
    ecl_changes_add(&c, "script", "/cause", c.first - HOUR, 0);
    ecl_changes_add(&c, "script", "/today", NOW - HOUR, 0);
    assert_int_equal(c.n, 2);
}

/* A tree, a neighbour, and links from the one to the other. */
static void only_own_files(void **state)
{
    apr_pool_t *p;
    char dir[] = "/tmp/ecl-changes-XXXXXX";
    ecl_probe_t pr = { 0 };
    ecl_changes_t c = { 0 };
    const char *site, *own, *other, *link, *fifo;
    int i;

    apr_pool_create(&p, NULL);
    assert_non_null(mkdtemp(dir));
    site = apr_pstrcat(p, dir, "/site", NULL);
    own = apr_pstrcat(p, site, "/own", NULL);
    other = apr_pstrcat(p, dir, "/other", NULL);
    link = apr_pstrcat(p, site, "/link", NULL);
    fifo = apr_pstrcat(p, site, "/fifo", NULL);
    assert_int_equal(mkdir(site, 0755), 0);
    fclose(fopen(own, "w"));
    fclose(fopen(other, "w"));
    assert_int_equal(symlink("../other", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    pr.pool = p;
    pr.trees[0] = site;
    c.now = c.first = apr_time_now();
    ecl_changes_look(&c, &pr, "script", link, ECL_CHANGES_OWN);
    ecl_changes_look(&c, &pr, "file", other, ECL_CHANGES_NAMED);
    ecl_changes_look(&c, &pr, "file", "relative", ECL_CHANGES_NAMED);
    ecl_changes_look(&c, &pr, "script", fifo, ECL_CHANGES_OWN);
    ecl_changes_look(&c, &pr, "script", site, ECL_CHANGES_OWN);
    assert_int_equal(c.n, 0);
    ecl_changes_look(&c, &pr, "file", own, ECL_CHANGES_NAMED);
    assert_int_equal(c.n, 1);
    assert_string_equal(c.v[0].path, own);
    assert_int_equal(c.v[0].operator_only, 0);
    ecl_changes_look(&c, &pr, "packages", other, ECL_CHANGES_SYSTEM);
    assert_int_equal(c.n, 2);
    for (i = 0; i < c.n; i++) {
        assert_int_equal(c.v[i].operator_only, !strcmp(c.v[i].path, other));
    }
    pr.calls = ECL_PROBE_CALLS; /* the budget is used up */
    c.n = 0;
    ecl_changes_look(&c, &pr, "script", own, ECL_CHANGES_OWN);
    assert_int_equal(c.n, 0);
    unlink(own);
    unlink(link);
    unlink(fifo);
    unlink(other);
    rmdir(site);
    rmdir(dir);
    apr_pool_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages),
        cmocka_unit_test(only_the_last_day),
        cmocka_unit_test(newest_first_without_repeats),
        cmocka_unit_test(after_the_first_sight),
        cmocka_unit_test(only_own_files),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
