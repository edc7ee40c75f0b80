/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_logformat.c - lines of custom formats; tests/integration has those
 * that a real httpd writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "ecl_logformat.h"

typedef struct row_t {
    const char *format;
    const char *line;
    const char *text; /* NULL: not of that format */
    int level, ah, os_error;
    long pid;
    const char *client, *id, *vhost, *module;
} row_t;

static const row_t ROWS[] = {
    { "[%t] [%l] [pid %P] %F: %E: [client %a] %M",
      "[Sun Nov 22 14:00:35 2026] [error] [pid 7] core.c(9): (13)Permission "
      "denied: [client ::1:55714] AH00132: no",
      "no", 3, 132, 13, 7, "::1:55714", "", "", "" },
    /* every field but the message may be missing */
    { "[%t] [%l] [pid %P] %F: %E: [client %a] %M",
      "[Sun Nov 22 14:00:35 2026] [error] [pid 7] [client x] no", "no", 3, 0, 0,
      7, "x", "", "", "" },
    { "[%t] [%l] [pid %P] %F: %E: [client %a] %M",
      "[Sun Nov 22 14:00:35 2026] [error] AH00001: a [b] c", "a [b] c", 3, 1, 0,
      0, "", "", "", "" },
    /* compact time with a zone, ids, a hyphen for what is empty */
    { "%{cuz}t %-L %-a %m:%l %M",
      "2026-11-22 14:00:35.123456 +0100 aBcDeF12345 - cgi:error End", "End", 3,
      0, 0, 0, "", "aBcDeF12345", "", "cgi" },
    /* a field separator without a blank, a value in the end */
    { "%t|%v% |%M% ,\\ referer\\ %{Referer}i",
      "Sun Nov 22 14:00:35 2026|www.example.com|gone, referer http://a/, b",
      "gone", -1, 0, 0, 0, "", "", "www.example.com", "" },
    { "%t|%v% |%M% ,\\ referer\\ %{Referer}i",
      "Sun Nov 22 14:00:35 2026|www.example.com|gone", "gone", -1, 0, 0, 0, "",
      "", "www.example.com", "" },
    /* a time of one's own ends where the next constant begins */
    { "<%{%d.%m. %H:%M}t> %%%l %M", "<22.11. 14:00> %crit x", "x", 2, 0, 0, 0,
      "", "", "", "" },
    { "%L %{UNIQUE_ID}e %l %M", "a b%c warn x", "x", 4, 0, 0, 0, "", "a", "",
      "" },
    /* no such line */
    { "[%t] [%l] %M", "PHP Warning:  x", NULL, 0, 0, 0, 0, "", "", "", "" },
    { "[%t] [%l] %M", "", NULL, 0, 0, 0, 0, "", "", "", "" },
    { "%M", "x", NULL, 0, 0, 0, 0, "", "", "", "" },
};

static int is(ecl_span_t s, const char *want)
{
    return ecl_span_is(s, want);
}

static void test_rows(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const row_t *row = &ROWS[i];
        const char *error = NULL;
        ecl_logformat_t *f = ecl_logformat_compile(row->format, &error, p);
        ecl_loghead_t h;
        int read;

        if (!f) {
            fail_msg("row %zu: %s", i, error);
        }
        read = ecl_logformat_read(f, &h, row->line, strlen(row->line));
        if (read != (row->text != NULL)) {
            fail_msg("row %zu: read %d", i, read);
        }
        if (read
            && (!is(h.text, row->text) || !is(h.client, row->client)
                || !is(h.log_id, row->id) || !is(h.vhost, row->vhost)
                || !is(h.module, row->module) || h.level != row->level
                || h.ah != row->ah || h.os_error != row->os_error
                || h.pid != row->pid)) {
            fail_msg("row %zu: text '%.*s' client '%.*s' level %d ah %d errno "
                     "%d pid %ld",
                     i, (int)h.text.n, h.text.p, (int)h.client.n, h.client.p,
                     h.level, h.ah, h.os_error, h.pid);
        }
    }
}

static void test_errors(void **state)
{
    static const char *const bad[] = { "",       "%t",   "%M %M", "%q %M",
                                       "%M %{x", "%M %", "%+a %M" };
    const char *error;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        error = NULL;
        assert_null(ecl_logformat_compile(bad[i], &error, *state));
        assert_non_null(error);
    }
}

/* Many open values before text full of their ends: the budget holds. */
static void test_hostile(void **state)
{
    const char *error;
    ecl_logformat_t *f = ecl_logformat_compile(
        "%{a}i %{b}i %{c}i %{d}i %{e}i %{f}i %{g}i|%M", &error, *state);
    char line[8192];
    ecl_loghead_t h;

    memset(line, ' ', sizeof line);
    assert_non_null(f);
    assert_int_equal(ecl_logformat_read(f, &h, line, sizeof line), 0);
    for (size_t n = 0; n < 300; n++) {
        ecl_logformat_read(f, &h, line, n);
    }
}

static int set_up(void **state)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    apr_pool_destroy(*state);
    apr_terminate();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
