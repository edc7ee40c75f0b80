/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_evidence.c - what a flood keeps, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "ecl_evidence.h"

typedef struct fixture_t {
    apr_pool_t *pool;
    ecl_evidence_t *e;
} fixture_t;

static int setup(void **state)
{
    fixture_t *f = malloc(sizeof(*f));
    void *mem = malloc(ecl_evidence_size());

    assert_non_null(f);
    assert_non_null(mem);
    /* Memory comes as it is: nothing may rely on zeros. */
    memset(mem, 0xA5, ecl_evidence_size());
    apr_pool_create(&f->pool, NULL);
    f->e = ecl_evidence_init(mem);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_t *f = *state;

    apr_pool_destroy(f->pool);
    free(f->e);
    free(f);
    return 0;
}

static void add(ecl_evidence_t *e, const char *text, int ah)
{
    ecl_evidence_add(e, text, strlen(text), "cgi", 3, ah, 0, 0);
}

static void keeps_all_fields(void **state)
{
    static const char raw[] = "AH01241: no\\n\\xc3\\xbc\\x1b[1m";
    fixture_t *f = *state;
    ecl_msg_t *m;
    int gap;

    assert_true(ecl_evidence_is_empty(f->e));
    assert_int_equal(ecl_evidence_messages(f->e, &m, &gap, f->pool), 0);
    assert_int_equal(gap, 0);
    ecl_evidence_add(f->e, raw, strlen(raw), "cgid", 3, 1241, 8,
                     ECL_EVIDENCE_NO_REQUEST | ECL_EVIDENCE_UNSURE);
    ecl_evidence_add(f->e, NULL, 0, NULL, 15, 0, -3, 0);
    assert_false(ecl_evidence_is_empty(f->e));
    assert_int_equal(ecl_evidence_messages(f->e, &m, &gap, f->pool), 2);
    assert_int_equal(gap, 2);
    assert_string_equal(m[0].text, "no\n\xC3\xBC");
    assert_int_equal(m[0].len, 5);
    assert_string_equal(m[0].module, "cgid");
    assert_int_equal(m[0].level, 3);
    assert_int_equal(m[0].ah, 1241);
    assert_int_equal(m[0].os_error, 8);
    assert_int_equal(m[0].no_request, 1);
    assert_int_equal(m[0].unsure, 1);
    assert_int_equal(m[0].subrequest, 0);
    assert_int_equal(m[1].unsure, 0);
    assert_string_equal(m[1].text, "");
    assert_string_equal(m[1].module, "");
    assert_int_equal(m[1].level, 15);
    assert_int_equal(m[1].os_error, -3);
    ecl_evidence_reset(f->e);
    assert_true(ecl_evidence_is_empty(f->e));
    assert_int_equal(ecl_evidence_messages(f->e, &m, NULL, f->pool), 0);
}

static void strips_its_own_number_only(void **state)
{
    fixture_t *f = *state;
    ecl_msg_t *m;

    add(f->e, "AH01215: AH00037: forged", 1215);
    add(f->e, "AH00037: forged", 1215);
    add(f->e, "AH01215: x", 0);
    add(f->e, "AH10180: y", 10180);
    assert_int_equal(ecl_evidence_messages(f->e, &m, NULL, f->pool), 4);
    assert_string_equal(m[0].text, "AH00037: forged");
    assert_string_equal(m[1].text, "AH00037: forged");
    assert_string_equal(m[2].text, "AH01215: x");
    assert_string_equal(m[3].text, "y");
}

static void long_text_keeps_both_ends(void **state)
{
    fixture_t *f = *state;
    size_t n = 100000;
    char *big = malloc(n);
    ecl_msg_t *m;

    assert_non_null(big);
    memset(big, 'x', n);
    memcpy(big, "begin", 5);
    memcpy(big + n - 3, "end", 3);
    ecl_evidence_add(f->e, big, n, "php", 3, 0, 0, 0);
    ecl_evidence_add(f->e, big, 8192, "php", 3, 0, 0, 0);
    assert_int_equal(ecl_evidence_messages(f->e, &m, NULL, f->pool), 2);
    assert_int_equal(m[0].len, 8192);
    assert_memory_equal(m[0].text, "begin", 5);
    assert_string_equal(m[0].text + 8189, "end");
    assert_non_null(strstr(m[0].text, " [...] "));
    assert_int_equal(m[1].len, 8192);
    assert_memory_equal(m[1].text, big, 8192);
    free(big);
}

/* Every flood: a first run, a gap that is counted, a last run, in order. */
static void check_flood(fixture_t *f, int total)
{
    ecl_msg_t *m;
    int gap, i, n = ecl_evidence_messages(f->e, &m, &gap, f->pool);
    int dropped = (int)ecl_evidence_dropped(f->e);

    assert_int_equal(n + dropped, total);
    assert_int_equal(gap == n, dropped == 0);
    for (i = 0; i < n; i++) {
        int id = i < gap ? i : i + dropped;

        assert_int_equal(strtol(m[i].text, NULL, 10), id);
        assert_int_equal(m[i].os_error, id);
        assert_int_equal(
            m[i].len, m[i].text[m[i].len - 1] == '.' ? strlen(m[i].text) : 0);
    }
    assert_true(total == 0 || m[n - 1].os_error == total - 1);
}

static void flood_keeps_first_and_last(void **state)
{
    fixture_t *f = *state;
    unsigned seed = 3;
    int round;

    for (round = 0; round < 60; round++) {
        static char text[9000];
        int max = round % 3 == 0 ? 8192 : round % 3 == 1 ? 300 : 3000;
        int total = round * 10, i;

        apr_pool_clear(f->pool);
        ecl_evidence_reset(f->e);
        for (i = 0; i < total; i++) {
            int n = snprintf(text, sizeof(text), "%d ", i), len;

            seed = seed * 1103515245u + 12345u;
            len = n + 1 + (int)((seed >> 16) % (unsigned)(max - n));
            memset(text + n, 'y', (size_t)(len - n));
            text[len - 1] = '.';
            ecl_evidence_add(f->e, text, (size_t)len, "m", 3, 0, i, 0);
            if (i % 37 == 0) {
                check_flood(f, i + 1);
            }
        }
        check_flood(f, total);
    }
}

static void largest_messages_fit(void **state)
{
    fixture_t *f = *state;
    static char text[8192];
    ecl_msg_t *m;
    int i, gap;

    memset(text, 'z', sizeof(text));
    for (i = 0; i < 50; i++) {
        ecl_evidence_add(f->e, text, sizeof(text), "m", 3, 0, i, 0);
    }
    assert_int_equal(ecl_evidence_messages(f->e, &m, &gap, f->pool), 2);
    assert_int_equal(gap, 1);
    assert_int_equal(m[0].os_error, 0);
    assert_int_equal(m[1].os_error, 49);
    assert_int_equal(ecl_evidence_dropped(f->e), 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_all_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(strips_its_own_number_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(long_text_keeps_both_ends, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(flood_keeps_first_and_last, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(largest_messages_fit, setup, teardown),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
