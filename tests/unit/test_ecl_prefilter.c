/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_literal.h"
#include "ecl_prefilter.h"
#include "ecl_rules.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL) != APR_SUCCESS;
}

static int teardown(void **state)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

/* The literals of a pattern, joined by commas. */
static const char *literals(const char *re)
{
    const ecl_literals_t *set = ecl_literals(re, pool);
    const char *out = "";

    for (int i = 0; i < set->n; i++) {
        out = apr_pstrcat(pool, out, i ? "," : "",
                          apr_pstrmemdup(pool, set->v[i].s, set->v[i].n), NULL);
    }
    return out;
}

static void test_literals(void **state)
{
    static const struct {
        const char *re, *literals;
    } cases[] = {
        { "abcd", "abcd" },
        { "abc", "" },
        { "^exec of '(?<file>[^']*)' failed", "exec of '" },
        { "End of script output before headers: (.*)",
          "End of script output before headers: " },
        { "abcd?", "" },
        { "abcde?", "abcd" },
        { "abcde*fghi", "abcd" },
        { "abcde+fghijk", "fghijk" },
        { "abcde{2}fghijk", "fghijk" },
        { "abcde{0,2}fghijk", "fghijk" },
        { "abcde{0}", "abcd" },
        { "a{b}cdef", "a{b}cdef" },
        { "first|other", "first,other" },
        { "first|no", "" },
        { "(?:first|other) x", "first,other" },
        { "(?:first|other)? thing", " thing" },
        { "(?:first|other)* thing", " thing" },
        { "(?i)Access denied", "Access denied" },
        { "(?i:Access) denied", " denied" },
        { "(?x) some text", "" },
        { "(?x:some) text here", "" },
        { "(?!never this)abcd", "abcd" },
        { "(?=look)[x]", "look" },
        { "[x]: (?<=a1|bcd: )[x]", "" },
        { "[x]: (?<=ab1: |bcd: )[x]", "ab1: ,bcd: " },
        { "(?<!look behind)abcd", "abcd" },
        { "(?<name>captured)", "captured" },
        { "(?P<name>captured)", "captured" },
        { "(?'name'captured)", "captured" },
        { "(?>atomic) x", "atomic" },
        { "\\(8\\)Exec\\.", "(8)Exec." },
        { "dir[.]file", "dir.file" },
        { "one[ab]four", "four" },
        { "one[]x]four", "four" },
        { "one[^]x]four", "four" },
        { "one[\\]x]four", "four" },
        { "one[[:alpha:]]four", "four" },
        { "tab\\there", "tab\there" },
        { "hex\\x41here", "hexAhere" },
        { "hex\\x{41}here", "hexAhere" },
        { "back(.)\\1more", "back" },
        { "\\Qliteral\\E", "" },
        { "(?#comment)abcd", "" },
        { "(*ANYCRLF)abcd", "" },
        { "(?|one1|two2)", "one1,two2" },
        { "ab.cd.efghi", "efghi" },
        { "(?:a|(?:long1|long2))end", "" },
        { "(?(?=x)yes it|not it)abcd", "abcd" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(literals(cases[i].re), cases[i].literals);
    }
}

/* Patterns of every construct, and texts made by splicing pieces of them. */
static const char *const patterns[] = {
    "^exec of '(?<file>[^']*)' failed",
    "(?i)ACCESS denied for user '(?<user>[^'@]*)'",
    "Connection (?:refused|reset by peer)",
    "colou?r mode (?:is|was)",
    "(?:No such file|Permission denied)(?: or directory)?",
    "abcd|efgh|ijkl",
    "x{2,}abcd{1,3}",
    "(?:maybe )?server reached MaxRequestWorkers",
    "end of file$",
    "[Ff]atal [Ee]rror",
    "a.c",
    "Uncaught (?<class>[\\w\\\\]+)(?:: | \\()",
    "(?<_q>['\"])quoted text\\k<_q>",
    "(?=.*denied)user",
    "tab\\tnl\\nend",
    "\\x5bclient\\]",
};
#define NPATTERNS (int)(sizeof patterns / sizeof patterns[0])

static const char *const pieces[] = {
    "exec of '",
    "/x.cgi",
    "' failed",
    "access DENIED for user '",
    "bob'",
    "Connection ",
    "refused",
    "REFUSED",
    "reset by peer",
    "color mode ",
    "colour mode ",
    "is",
    "No such file",
    "Permission denied",
    " or directory",
    "ijkl",
    "ABCD",
    "xxabcddd",
    "server reached MaxRequestWorkers",
    "end of file",
    "\n",
    "fatal Error",
    "abc",
    "Uncaught ",
    "PDO\\Exception",
    ": ",
    "'quoted text'",
    "\"quoted text\"",
    "user denied",
    "tab\tnl\nend",
    "[client]",
    "maybe ",
    " ",
    "efg",
    "xxabc",
};
#define NPIECES (int)(sizeof pieces / sizeof pieces[0])

static const int no_keys[ECL_KEY_COUNT];

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16 & 0x7fff;
}

static ecl_prefilter_t *build_filter(ecl_rule_t *rules)
{
    ecl_prefilter_t *f = ecl_prefilter_create(NPATTERNS, pool);

    for (int i = 0; i < NPATTERNS; i++) {
        const ecl_literals_t *set = ecl_literals(patterns[i], pool);

        memset(&rules[i], 0, sizeof rules[i]);
        assert_null(ecl_rule_set_re(&rules[i], patterns[i], pool));
        if (set->n == 0) {
            ecl_prefilter_always(f, i);
        }
        for (int k = 0; k < set->n; k++) {
            ecl_prefilter_literal(f, i, 0, set->v[k].s, set->v[k].n);
        }
        for (int k = 0; set->also && k < set->also->n; k++) {
            ecl_prefilter_literal(f, i, 1, set->also->v[k].s,
                                  set->also->v[k].n);
        }
    }
    ecl_prefilter_build(f);
    return f;
}

static void test_no_match_is_lost(void **state)
{
    static ecl_rule_t rules[NPATTERNS];
    ecl_prefilter_t *f = build_filter(rules);
    int matches = 0, skipped = 0;
    unsigned seed = 20;
    ecl_matcher_t m;

    ecl_matcher_init(&m, 8, pool);
    for (int round = 0; round < 4000; round++) {
        char text[256] = "";
        ecl_stmt_t stmt = { .text = text, .module = "" };
        uint64_t set[2];

        for (unsigned i = next_random(&seed) % 6; i < 6; i++) {
            apr_cpystrn(text + strlen(text),
                        pieces[next_random(&seed) % NPIECES],
                        sizeof text - strlen(text));
        }
        stmt.len = strlen(text);
        m.bytes = 0;
        ecl_prefilter_scan(f, text, stmt.len, no_keys, set);
        for (int r = 0; r < NPATTERNS; r++) {
            int candidate = set[0] >> r & 1;
            int match = ecl_rule_matches(&rules[r], &stmt, &m);

            if (match && !candidate) {
                fail_msg("\"%s\" matches \"%s\" but is no candidate",
                         patterns[r], text);
            }
            matches += match;
            skipped += !candidate;
        }
    }
    assert_true(matches > 2000);  /* the texts do exercise the patterns */
    assert_true(skipped > 30000); /* and the filter filters */
}

static void test_numbers_and_always(void **state)
{
    ecl_prefilter_t *f = ecl_prefilter_create(130, pool);
    uint64_t set[6];

    assert_int_equal(ecl_prefilter_words(f), 3);
    ecl_prefilter_number(f, 129, ECL_KEY_AH, 1241);
    ecl_prefilter_number(f, 3, ECL_KEY_AH, 1241);
    ecl_prefilter_number(f, 4, ECL_KEY_AH, 1242);
    ecl_prefilter_number(f, 7, ECL_KEY_ERRNO, 1241);
    ecl_prefilter_number(f, 8, ECL_KEY_ERRNO, -3);
    ecl_prefilter_number(f, 9, ECL_KEY_LANG, 2);
    ecl_prefilter_always(f, 64);
    ecl_prefilter_literal(f, 5, 0, "AbCd", 4);
    ecl_prefilter_literal(f, 6, 0, "AbCd", 4);
    ecl_prefilter_literal(f, 6, 1, "wxyz", 4);
    ecl_prefilter_build(f);
    ecl_prefilter_scan(f, "", 0, no_keys, set);
    assert_true(set[0] == 0 && set[1] == 1 && set[2] == 0);
    ecl_prefilter_scan(f, "abc", 3, (int[ECL_KEY_COUNT]){ 1241 }, set);
    assert_true(set[0] == 8 && set[1] == 1 && set[2] == 2);
    ecl_prefilter_scan(f, "xxaBcD", 6, (int[ECL_KEY_COUNT]){ 1240 }, set);
    assert_true(set[0] == 32 && set[1] == 1 && set[2] == 0);
    ecl_prefilter_scan(f, "WXYZaBcD", 8, no_keys, set);
    assert_true(set[0] == 96);
    ecl_prefilter_scan(f, "xxaBcD", 5, no_keys, set);
    assert_true(set[0] == 0);
    ecl_prefilter_scan(f, "", 0, (int[ECL_KEY_COUNT]){ 0, 1241, 3 }, set);
    assert_true(set[0] == 128);
    ecl_prefilter_scan(f, "", 0, (int[ECL_KEY_COUNT]){ 0, -3, 2 }, set);
    assert_true(set[0] == 768);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_literals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_match_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_and_always, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
