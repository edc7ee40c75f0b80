/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_mixed.c - whose line is it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ecl_mixed.h"

#define SCRIPT "/srv/a/run.py"
#define HEAD   "Traceback (most recent call last):"
#define OWN    "  File \"/srv/a/run.py\", line 3, in <module>"
#define LIB    "  File \"/usr/lib/python3/x.py\", line 9, in get"
#define ALIEN  "  File \"/srv/b/run.py\", line 7, in <module>"
#define CODE   "    total(rows)"
#define END    "KeyError: 'price'"

typedef struct row_t {
    const char *in[10];
    const char *out[10];
} row_t;

static const row_t rows[] = {
    /* single lines: this path, and no other that contains it */
    { { "/srv/a/run.py: 3: jq: not found", "/srv/b/x.sh: 3: jq: not found" },
      { "/srv/a/run.py: 3: jq: not found" } },
    { { "oops at /srv/a/run.py line 4.", "oops at /srv/a/run.pyc line 4." },
      { "oops at /srv/a/run.py line 4." } },
    { { "see /srv/a/run.py.", "see /srv/a/run.py.bak", "see /x/srv/a/run.py",
        "see ./srv/a/run.py" },
      { "see /srv/a/run.py." } },
    { { "/srv/a/run.py.old and /srv/a/run.py" },
      { "/srv/a/run.py.old and /srv/a/run.py" } },
    { { "cannot reach the moon", "" }, { 0 } },
    /* tracebacks: whole ones */
    { { HEAD, OWN, CODE, LIB, CODE, END },
      { HEAD, OWN, CODE, LIB, CODE, END } },
    { { HEAD, ALIEN, CODE, END }, { 0 } },
    { { HEAD, ALIEN, CODE, END, HEAD, OWN, "requests.exceptions.Timeout" },
      { HEAD, OWN, "requests.exceptions.Timeout" } },
    /* another one broke in, somewhere */
    { { HEAD, OWN, HEAD, ALIEN, CODE, END, END }, { 0 } },
    { { HEAD, ALIEN, CODE, HEAD, OWN, CODE, "ValueError: b's", END }, { 0 } },
    { { HEAD, OWN, CODE, "Error: node's", END }, { 0 } },
    { { HEAD, OWN, "/srv/b/x.sh: 3: jq: not found", CODE, END }, { 0 } },
    { { OWN, CODE, END }, { 0 } },
    { { HEAD, OWN, CODE }, { 0 } },
};

static void picks_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ecl_span_t lines[10];
        int n, want, got;

        for (n = 0; n < 10 && rows[i].in[n]; n++) {
            lines[n] = ecl_span(rows[i].in[n], strlen(rows[i].in[n]));
        }
        for (want = 0; want < 10 && rows[i].out[want]; want++) {
            continue;
        }
        got = ecl_mixed_pick(lines, n, SCRIPT);
        if (got != want) {
            fail_msg("row %zu: %d lines instead of %d", i, got, want);
        }
        for (n = 0; n < got; n++) {
            assert_true(ecl_span_is(lines[n], rows[i].out[n]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(picks_its_own) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
