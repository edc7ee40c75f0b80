/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_text.c - unescaping, cleaning, cutting at borders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ecl_text.h"

#define FFFD "\xEF\xBF\xBD"

typedef struct pair_t {
    const char *in;
    const char *out;
} pair_t;

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static void check_clean(const char *in, size_t n, const char *want)
{
    char mem[256];
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_text_clean(&b, in, n);
    assert_string_equal(b.data, want);
}

static void unescape_table(void **state)
{
    static const pair_t t[] = {
        { "plain", "plain" },         { "a\\nb\\tc\\rd", "a\nb\tc\rd" },
        { "\\b\\v", "\b\v" },         { "C:\\\\x \\\"q\\\"", "C:\\x \"q\"" },
        { "\\xc3\\xBC", "\xC3\xBC" }, { "\\x4", "\\x4" },
        { "\\xg1", "\\xg1" },         { "\\q", "\\q" },
        { "end\\", "end\\" },         { "\\\\n", "\\n" },
    };
    size_t i;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        char out[64];
        size_t n = ecl_text_unescape(out, t[i].in, strlen(t[i].in));

        assert_int_equal(n, strlen(t[i].out));
        assert_memory_equal(out, t[i].out, n);
    }
}

/* What ap_escape_errorlog_item() writes; the inverse must give src back. */
static size_t escape(char *dst, const unsigned char *src, size_t n)
{
    static const char letters[] = "\nn\rr\tt\bb\vv\\\\";
    size_t i, o = 0;

    for (i = 0; i < n; i++) {
        const char *l = src[i] ? strchr(letters, src[i]) : NULL;

        if (l && (l - letters) % 2 == 0) {
            dst[o++] = '\\';
            dst[o++] = l[1];
        }
        else if (src[i] >= 0x20 && src[i] < 0x7F) {
            dst[o++] = (char)src[i];
        }
        else {
            o += (size_t)snprintf(dst + o, 5, "\\x%02x", src[i]);
        }
    }
    return o;
}

static void unescape_inverts(void **state)
{
    unsigned seed = 7, round;

    for (round = 0; round < 2000; round++) {
        unsigned char src[40];
        char text[200];
        size_t n = next_random(&seed) % sizeof(src), i;

        for (i = 0; i < n; i++) {
            src[i] = (unsigned char)next_random(&seed);
        }
        i = escape(text, src, n);
        assert_int_equal(ecl_text_unescape(text, text, i), n);
        assert_memory_equal(text, src, n);
    }
}

static void clean_table(void **state)
{
    static const pair_t t[] = {
        { "Gr\xC3\xBC\xC3\x9F"
          "e \xF0\x9F\x90\x98",
          "Gr\xC3\xBC\xC3\x9F"
          "e \xF0\x9F\x90\x98" },
        { "a\r\nb\rc\nd\te", "a\nb\nc\nd\te" },
        { "\r\r\n", "\n\n" },
        { "a\x01\x02\x7F"
          "b",
          "ab" },
        { "\x1B[31mred\x1B[0m", "red" },
        { "\x1B[38;5;1;2 qx", "x" },
        { "\x1B]0;title\x07x", "x" },
        { "\x1B]8;;http://x\x1B\\x", "x" },
        { "\xC2\x9B"
          "31mred",
          "red" },
        { "\xC2\x9D"
          "0;t\xC2\x9Cx",
          "x" },
        { "\xC2\x85x\xC2\xA0", "x\xC2\xA0" },
        { "\x1B]open\nnext", "]open\nnext" },
        { "\x1B[31", "[31" },
        { "\x1B", "" },
        /* RFC 3629: overlong, surrogates, beyond U+10FFFF, cut short. */
        { "\xC0\xAF", FFFD FFFD },
        { "\xE0\x80\xAF", FFFD FFFD FFFD },
        { "\xED\xA0\x80", FFFD FFFD FFFD },
        { "\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80" },
        { "\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD },
        { "\xF4\x8F\xBF\xBD", "\xF4\x8F\xBF\xBD" },
        /* Noncharacters and their neighbours. */
        { "\xEF\xBF\xBE\xEF\xBF\xBF", FFFD FFFD },
        { "\xF4\x8F\xBF\xBF\xF0\x9F\xBF\xBE", FFFD FFFD },
        { "\xEF\xB7\x8F\xEF\xB7\x90\xEF\xB7\xAF\xEF\xB7\xB0",
          "\xEF\xB7\x8F" FFFD FFFD "\xEF\xB7\xB0" },
        { "\xF0\x9E\xBF\xBF\xE1\xBF\xBF", "\xF0\x9E\xBF\xBF\xE1\xBF\xBF" },
        { "\xF8\x88\x80\x80\x80", FFFD FFFD FFFD FFFD FFFD },
        { "\xF0\x9F\x90"
          "x",
          FFFD "x" },
        { "\xE2\x82", FFFD },
        { "\x80x\xFF", FFFD "x" FFFD },
        /* The example of The Unicode Standard, table 3-8. */
        { "a\xF1\x80\x80\xE1\x80\xC2"
          "b\x80"
          "c\x80\xBF"
          "d",
          "a" FFFD FFFD FFFD "b" FFFD "c" FFFD FFFD "d" },
    };
    size_t i;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        check_clean(t[i].in, strlen(t[i].in), t[i].out);
    }
    check_clean("a\0b", 3, "ab");
}

static void assert_is_clean(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t len = ecl_text_seq(s + i, n - i);
        unsigned char c = (unsigned char)s[i];

        assert_int_not_equal(len, 0);
        assert_true(len > 1 || c == '\n' || c == '\t'
                    || (c >= 0x20 && c != 0x7F));
        assert_false(c == 0xC2 && (unsigned char)s[i + 1] < 0xA0);
        i += len;
    }
}

static void clean_any_bytes(void **state)
{
    static const char common[] = "\x1B[];m\x07\xC2\x9B\xE2\x82\xAC\r\n a";
    unsigned seed = 11, round;

    for (round = 0; round < 20000; round++) {
        char in[48], one[160], two[160];
        size_t n = next_random(&seed) % sizeof(in), i;
        ecl_buf_t a, b;

        for (i = 0; i < n; i++) {
            in[i] = next_random(&seed) % 3
                        ? common[next_random(&seed) % (sizeof(common) - 1)]
                        : (char)next_random(&seed);
        }
        ecl_buf_init(&a, one,
                     round % 2 ? sizeof(one) : 1 + next_random(&seed) % 40);
        ecl_text_clean(&a, in, n);
        assert_is_clean(a.data, a.len);
        ecl_buf_init(&b, two, sizeof(two));
        ecl_text_clean(&b, a.data, a.len);
        assert_string_equal(a.data, b.data);
    }
}

static void clean_cuts_at_border(void **state)
{
    char mem[6];
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_text_clean(&b, "abc\xE2\x82\xACz", 7);
    assert_string_equal(b.data, "abc");
    assert_true(b.truncated);
    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_text_clean(&b, "ab\xE2\x82\xAC", 5);
    assert_string_equal(b.data, "ab\xE2\x82\xAC");
    assert_false(b.truncated);
}

static void cut_and_seq(void **state)
{
    const char *s = "a\xC3\xBC\xE2\x82\xAC";

    assert_int_equal(ecl_text_cut(s, 6, 9), 6);
    assert_int_equal(ecl_text_cut(s, 6, 6), 6);
    assert_int_equal(ecl_text_cut(s, 6, 5), 3);
    assert_int_equal(ecl_text_cut(s, 6, 3), 3);
    assert_int_equal(ecl_text_cut(s, 6, 2), 1);
    assert_int_equal(ecl_text_cut(s, 6, 0), 0);
    assert_int_equal(ecl_text_seq("", 0), 0);
    assert_int_equal(ecl_text_seq("\xE2\x82\xAC", 3), 3);
    assert_int_equal(ecl_text_seq("\xE2\x82\xAC", 2), 0);
    assert_int_equal(ecl_text_seq("\x80", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unescape_table),
        cmocka_unit_test(unescape_inverts),
        cmocka_unit_test(clean_table),
        cmocka_unit_test(clean_any_bytes),
        cmocka_unit_test(clean_cuts_at_border),
        cmocka_unit_test(cut_and_seq),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
