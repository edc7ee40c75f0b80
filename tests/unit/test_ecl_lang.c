/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_lang.c - lookup by RFC 4647 3.4, weights by RFC 9110, any bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ecl_lang.h"

#define MANY "en", "de", "fr", "he", "nb", "pt", "pt-BR", "sr", "zh-CN", "zh-TW"

static const char *const many[] = { MANY };

/* @return the tag, NULL when none is named */
static const char *choose(const char *accept, const char *const *offers, int n)
{
    int i = ecl_lang_choose(accept, offers, n);

    return i < 0 ? NULL : offers[i];
}

static void test_choose(void **state)
{
    static const struct {
        const char *accept, *want;
    } rows[] = {
        { NULL, NULL },
        { "", NULL },
        { "de", "de" },
        { "DE", "de" },
        { "de-CH", "de" },
        { "de-CH-1996", "de" },
        { "de-x-private", "de" },
        { "xx, de;q=0.1", "de" },
        { "fr;q=0.8, de;q=0.9", "de" },
        { "fr, de", "fr" },
        { "fr;q=0.5, de;q=0.5", "fr" },
        { "de-CH, fr, de", "de" },
        { "xx", NULL },
        { "d", NULL },
        { "dex", NULL },
        { "*", "en" },
        { "xx, *;q=0.5", "en" },
        { "en;q=0.1, *", "de" },
        { "*;q=0.1, fr;q=0.2", "fr" },
        { "*;q=0", NULL },
        { "de, *;q=0", "de" },
        { "en;q=0", "de" },
        { "en;q=0, xx", "de" },
        { "de;q=0, de-CH", NULL },
        { "de;q=0, fr;q=0.1", "fr" },
        { "pt-BR", "pt-BR" },
        { "pt-AO", "pt" },
        { "pt;q=0, pt-BR", "pt-BR" },
        { "zh", "zh-CN" },
        { "zh-Hans-SG", "zh-CN" },
        { "zh-SG", "zh-CN" },
        { "zh-Hant", "zh-TW" },
        { "zh-Hant-HK", "zh-TW" },
        { "zh-HK, en;q=0.5", "zh-TW" },
        { "zh-MO", "zh-TW" },
        { "yue", "zh-TW" },
        { "no", "nb" },
        { "nn-NO", "nb" },
        { "sr-Latn-RS", "sr" },
        { "sh", "sr" },
        { "iw", "he" },
        { "de;q=1.1, fr;q=0.1", "fr" },
        { "de;q=0.1234, fr;q=0.1", "fr" },
        { "de;q, fr;q=0.1", "fr" },
        { "de;q=0.9;x=1, fr;q=0.1", "fr" },
        { "de;level=1, fr;q=0.1", "fr" },
        { "de garbage, fr;q=0.1", "fr" },
        { ",;,=,de_DE,-,fr", "fr" },
        { "de ; q=0.2 , fr ; q=0.3", "fr" },
        { "abcdefghi, fr", "fr" },
        { "de-abcdefghi, fr", "fr" },
        { "de--x, fr", "fr" },
        { "12, fr", "fr" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = choose(rows[i].accept, many, 10);

        if (!got != !rows[i].want || (got && strcmp(got, rows[i].want))) {
            print_error("%s: %s instead of %s\n", rows[i].accept,
                        got ? got : "none",
                        rows[i].want ? rows[i].want : "none");
            fail();
        }
    }
}

/* What is offered decides what a range can find. */
static void test_offers(void **state)
{
    static const char *const british[] = { "de", "en-GB" };
    static const char *const han[] = { "en", "zh-Hant", "zh" };
    static const char *const brazil[] = { "en", "pt-BR" };
    static const char *const simple[] = { "en", "zh-CN" };

    assert_string_equal(choose("en-US", british, 2), "en-GB");
    assert_string_equal(choose("en", british, 2), "en-GB");
    assert_string_equal(choose("zh-TW", han, 3), "zh-Hant");
    assert_string_equal(choose("zh-CN", han, 3), "zh");
    assert_string_equal(choose("pt-PT", brazil, 2), "pt-BR");
    /* Traditional characters are not served by simplified ones. */
    assert_string_equal(choose("zh-TW, en;q=0.1", simple, 2), "en");
    assert_null(choose("de", british, 0));
}

static void test_find(void **state)
{
    assert_int_equal(ecl_lang_find("de-AT", many, 10), 1);
    assert_int_equal(ecl_lang_find("zh-hant-tw", many, 10), 9);
    assert_int_equal(ecl_lang_find("xx", many, 10), -1);
    assert_int_equal(ecl_lang_find("", many, 10), -1);
    assert_int_equal(ecl_lang_find("*", many, 10), -1);
}

static void test_valid(void **state)
{
    static const char *const good[] = { "de",          "pt-BR",   "zh-Hant-TW",
                                        "sl-nedis",    "de-1996", "tlh",
                                        "en-a-bbb-x-a" };
    static const char *const bad[] = { "",
                                       "d",
                                       "*",
                                       "de_DE",
                                       "de-",
                                       "-de",
                                       "de--x",
                                       "deutsches",
                                       "d1",
                                       "de-CH.utf8",
                                       "\xc3\xa4\xc3\xb6",
                                       "de-aaaaaaaa-bbbbbbbb-cccccccc-dddddd" };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(ecl_lang_valid(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(ecl_lang_valid(bad[i]));
    }
}

/* More ranges than anyone has, and a field longer than is read. */
static void test_long(void **state)
{
    size_t n = 20000;
    char *s = malloc(n + 1);

    memset(s, ',', n);
    s[n] = '\0';
    assert_null(choose(s, many, 10));
    for (size_t i = 0; i + 3 <= n; i += 3) {
        memcpy(s + i, "xx,", 3);
    }
    memcpy(s + n - 2, "de", 2);
    assert_null(choose(s, many, 10));
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose), cmocka_unit_test(test_offers),
        cmocka_unit_test(test_find),   cmocka_unit_test(test_valid),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
