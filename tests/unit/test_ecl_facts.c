/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ecl_buf.h"
#include "ecl_facts.h"
#include "ecl_msg.h"

static void test_every_name_leads_back(void **state)
{
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        const char *name = ecl_fact_name((ecl_fact_e)f);

        assert_non_null(name);
        assert_int_equal(ecl_fact_by_name(name, strlen(name)), f);
    }
    assert_int_equal(ecl_fact_by_name("fil", 3), -1);
    assert_int_equal(ecl_fact_by_name("file", 3), -1);
    assert_int_equal(ecl_fact_by_name("", 0), -1);
    assert_string_equal(ecl_fact_name(ECL_FACT_EXIT_CODE), "exit_code");
}

static void test_numbers(void **state)
{
    assert_true(ecl_fact_is_number(ECL_FACT_LINE));
    assert_true(ecl_fact_is_number(ECL_FACT_PORT));
    assert_true(ecl_fact_is_number(ECL_FACT_EXIT_CODE));
    assert_true(ecl_fact_is_number(ECL_FACT_ERRNO));
    assert_false(ecl_fact_is_number(ECL_FACT_MODE));
    assert_false(ecl_fact_is_number(ECL_FACT_LIMIT));
}

static void test_expand(void **state)
{
    static const struct {
        const char *text, *expected;
        int complete;
    } cases[] = {
        { "", "", 1 },
        { "plain", "plain", 1 },
        { "in {file}", "in /a.php", 1 },
        { "{file}:{line}", "/a.php:7", 1 },
        { "{host}", "", 0 },
        { "ask {host} or {file}", "ask  or /a.php", 0 },
        { "{host|the database}", "the database", 1 },
        { "{file|the script}", "/a.php", 1 },
        { "{host|}", "", 1 },
        { "{host|a {file}", "{host|a /a.php", 1 },
        { "{host|a {file}}", "a {file}", 1 },
        { "died{file? in {file}}{line?, line {line}}.",
          "died in /a.php, line 7.", 1 },
        { "died{host? at {host}}.", "died.", 1 },
        { "died{file? in {file} of {host}}.", "died.", 1 },
        { "died{file? in {file} of {host|some host}}.",
          "died in /a.php of some host.", 1 },
        { "{file?a {line?b} c}", "a {line?b} c", 1 },
        { "%{HTTP_HOST} {} { {nofact} {file",
          "%{HTTP_HOST} {} { {nofact} {file", 1 },
        { "{{file}}", "{/a.php}", 1 },
        { "{file }", "{file }", 1 },
    };
    ecl_facts_t facts = {
        .v = { [ECL_FACT_FILE] = "/a.php", [ECL_FACT_LINE] = "7" }
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char mem[128];
        ecl_buf_t b;

        ecl_buf_init(&b, mem, sizeof mem);
        assert_int_equal(ecl_facts_expand(&b, cases[i].text, &facts),
                         cases[i].complete);
        assert_string_equal(mem, cases[i].expected);
    }
}

static void test_expand_fills_no_more_than_the_buffer(void **state)
{
    ecl_facts_t facts = { .v = { [ECL_FACT_FILE] = "/long/path" } };
    char mem[8];
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof mem);
    ecl_facts_expand(&b, "in {file} there", &facts);
    assert_string_equal(mem, "in /lon");
    assert_true(b.truncated);
}

static void test_levels(void **state)
{
    for (int level = 0; level <= ECL_LEVEL_DEBUG + 8; level++) {
        const char *name = ecl_level_name(level);

        assert_int_equal(ecl_level_by_name(name, strlen(name)), level);
    }
    assert_string_equal(ecl_level_name(ECL_LEVEL_ERROR), "error");
    assert_string_equal(ecl_level_name(15), "trace8");
    assert_string_equal(ecl_level_name(ECL_LEVEL_UNKNOWN), "");
    assert_string_equal(ecl_level_name(16), "");
    assert_int_equal(ecl_level_by_name("erro", 4), ECL_LEVEL_UNKNOWN);
    assert_int_equal(ecl_level_by_name("errors", 6), ECL_LEVEL_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_leads_back),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_expand_fills_no_more_than_the_buffer),
        cmocka_unit_test(test_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
