/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_accept.c - negotiation by RFC 9110 12.5.1, and any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ecl_accept.h"

static const ecl_format_e all[] = { ECL_FORMAT_HTML, ECL_FORMAT_JSON,
                                    ECL_FORMAT_XML, ECL_FORMAT_TEXT,
                                    ECL_FORMAT_MARKDOWN };

#define H ECL_FORMAT_HTML
#define J ECL_FORMAT_JSON
#define X ECL_FORMAT_XML
#define T ECL_FORMAT_TEXT
#define M ECL_FORMAT_MARKDOWN

static void test_choose(void **state)
{
    static const struct {
        const char *accept;
        ecl_format_e want;
    } rows[] = {
        { NULL, H },
        { "", H },
        { "  \t ", H },
        { "*/*", H },
        { "application/json", J },
        { "APPLICATION/Problem+JSON", J },
        { "application/xhtml+xml", H },
        { "text/xml", X },
        { "text/plain", T },
        { "text/markdown, text/plain;q=0.9", M },
        { "image/png", H },
        { "text/html;q=0.5, application/json", J },
        { "text/html;q=0.5, application/json;q=0.500", H },
        { "text/*;q=0.3, text/html;q=0.7, text/html;level=1,"
          " text/html;level=2;q=0.4, */*;q=0.5",
          H },
        { "text/html;level=1;q=1, text/html;q=0.4, application/json;q=0.7", J },
        { "*/*;q=0.1, application/json;q=0", H },
        { "*/*, text/html;q=0", J },
        { "text/*;q=0, */*", J },
        { "*/*;q=0", H },
        { "application/*", J },
        { "text/*", H },
        { "application/json;odata=verbose, */*;q=0.1", J },
        { "application/json; charset=UTF-8", J },
        { "application/json ; q=0.2 , text/plain ; q=0.3", T },
        { "application/json;Q=0.2, text/plain;Q=0.3", T },
        { "application/json;a=\"x,y;q=0\";q=0.9, text/html;q=0.5", J },
        { "application/json;a=\"\\\"\";q=0.9, text/html;q=0.5", J },
        { "application/json;q=0.9;q=0;ext, text/html;q=0.5", J },
        { "application/json;q=1.5, text/plain;q=0.1", T },
        { "application/json;q=1.001, text/plain;q=0.1", T },
        { "application/json;q=0.1234, text/plain;q=0.1", T },
        { "application/json;q=, text/plain;q=0.1", T },
        { "application/json;q, text/plain;q=0.1", T },
        { "application/json;q=\"0.9\", text/plain;q=0.1", J },
        { "application/json;q=0.000, text/plain;q=0.001", T },
        { "application/json;q=1., text/plain;q=0.1", J },
        { ",,;,/,json,*/json,text/plain", T },
        { "*; q=.2, application/json;q=0.1", J },
        { "application/json garbage, text/plain;q=0.1", T },
        { "application/json;;q=0.5, text/plain;q=0.6", T },
        { "application/json;a=\"open, text/plain", H },
        { "application/problem+json;q=0.2, application/json, text/plain;q=0.5",
          T },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,"
          "image/avif,image/webp,*/*;q=0.8",
          H },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ecl_format_e got = ecl_accept_choose(rows[i].accept, all, 5);

        if (got != rows[i].want) {
            print_error("%s: %s instead of %s\n", rows[i].accept,
                        ecl_format_name(got), ecl_format_name(rows[i].want));
            fail();
        }
    }
}

static void test_offers(void **state)
{
    static const ecl_format_e json_first[] = { J, H };

    assert_int_equal(ecl_accept_choose("*/*", json_first, 2), J);
    assert_int_equal(ecl_accept_choose("text/html", json_first, 2), H);
    assert_int_equal(ecl_accept_choose("text/xml", json_first, 2), J);
    assert_int_equal(ecl_accept_choose("text/html", json_first, 1), J);
}

static void test_names(void **state)
{
    for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
        assert_int_equal(ecl_format_by_name(ecl_format_name(f)), f);
        assert_non_null(strchr(ecl_format_type(f), '/'));
    }
    assert_int_equal(ecl_format_by_name("pdf"), -1);
    assert_int_equal(ecl_format_by_name(NULL), -1);
}

/* Random mixtures of the grammar's own characters, in exact memory. */
static void test_hostile(void **state)
{
    static const char bits[] = "*/,;=q01. \"\\textjson\t\xff";
    unsigned seed = 1;

    for (int i = 0; i < 200000; i++) {
        size_t n = (seed = seed * 1103515245u + 12345u) >> 16 & 31;
        char *s = malloc(n + 1);

        for (size_t k = 0; k < n; k++) {
            seed = seed * 1103515245u + 12345u;
            s[k] = bits[(seed >> 16) % (sizeof(bits) - 1)];
        }
        s[n] = '\0';
        assert_in_range(ecl_accept_choose(s, all, 5), 0, ECL_FORMAT_COUNT - 1);
        free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
