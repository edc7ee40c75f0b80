/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_json.c - commas, escapes, hostile bytes, full buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "../fuzz/json_check.h"
#include "ecl_json.h"

static void test_structure(void **state)
{
    char mem[256];
    ecl_buf_t b;
    ecl_json_t j;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_json_init(&j, &b);
    ecl_json_object(&j, NULL);
    ecl_json_array(&j, "a");
    ecl_json_int(&j, NULL, LLONG_MIN);
    ecl_json_int(&j, NULL, 0);
    ecl_json_object(&j, NULL);
    ecl_json_end_object(&j);
    ecl_json_end_array(&j);
    ecl_json_bool(&j, "t", 1);
    ecl_json_bool(&j, "f", 0);
    ecl_json_str(&j, "s", NULL);
    ecl_json_end_object(&j);
    assert_string_equal(mem, "{\"a\":[-9223372036854775808,0,{}],\"t\":true,"
                             "\"f\":false,\"s\":\"\"}");
}

static void test_strings(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "plain /~", "plain /~" },
        { "a\"b\\c\nd\te", "a\\\"b\\\\c\\nd\\te" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
        { "a\x01z\x7f\"", "az\\\"" },
        { "\x1b[31mred\x1b[0m \"q\"", "red \\\"q\\\"" },
        { "x\xff\"y\"\n", "x\xef\xbf\xbd\\\"y\\\"\\n" },
        { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xc2\x9b"
          "31m",
          "" },
        { "cut \xe2\x82", "cut \xef\xbf\xbd" },
    };
    char mem[256];
    ecl_buf_t b;
    ecl_json_t j;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ecl_buf_init(&b, mem, sizeof(mem));
        ecl_json_init(&j, &b);
        ecl_json_str(&j, NULL, rows[i].in);
        mem[b.len - 1] = '\0';
        assert_string_equal(mem + 1, rows[i].out);
    }
}

/* Whatever the size, nothing is written past the end, and what is not marked
 * as truncated is whole. */
static void test_bounds(void **state)
{
    static const char s[] = "ab\"\\\n\xff\x1b[0m\xe2\x82\xac\"\"\"\"";
    char mem[64];
    ecl_buf_t b;
    ecl_json_t j;

    for (size_t cap = 1; cap < sizeof(mem); cap++) {
        memset(mem, '#', sizeof(mem));
        ecl_buf_init(&b, mem, cap);
        ecl_json_init(&j, &b);
        ecl_json_array(&j, NULL);
        ecl_json_str(&j, NULL, s);
        ecl_json_end_array(&j);
        ecl_buf_putc(&b, '\n');
        assert_true(b.len < cap);
        assert_int_equal(mem[cap], '#');
        if (!b.truncated) {
            assert_true(json_check_line(mem, b.len));
        }
    }
}

static void test_integer(void **state)
{
    static const struct {
        const char *s;
        int is;
        long long v;
    } rows[] = {
        { "0", 1, 0 },
        { "17", 1, 17 },
        { "-1", 1, -1 },
        { "", 0, 0 },
        { "-", 0, 0 },
        { "01", 0, 0 },
        { "-0", 0, 0 },
        { "1.5", 0, 0 },
        { " 1", 0, 0 },
        { "1k", 0, 0 },
        { "999999999999999", 1, 999999999999999LL },
        { "1000000000000000", 0, 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long long v = 0;

        assert_int_equal(ecl_json_is_integer(rows[i].s, &v), rows[i].is);
        if (rows[i].is) {
            assert_true(v == rows[i].v);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_integer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
