/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_text.c - hostile bytes in, clean text out.
 *
 * Does not judge what a text says and does not hide secrets (ecl_redact).
 * Sources: RFC 3629 section 4; The Unicode Standard 3.9, table 3-7; ECMA-48
 * 5.4 and 5.6; httpd server/util.c ap_escape_errorlog_item(). */
#include "ecl_text.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The byte an escape letter stands for, or 0 when httpd writes no such. */
static char escaped(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'v':
        return '\v';
    case '\\':
    case '"':
        return c;
    default:
        return 0;
    }
}

size_t ecl_text_unescape(char *dst, const char *src, size_t n)
{
    size_t i = 0, o = 0;

    while (i < n) {
        char c = src[i++];

        if (c == '\\' && i < n) {
            char e = escaped(src[i]);

            if (e) {
                c = e;
                i++;
            }
            else if (src[i] == 'x' && n - i > 2 && hex_digit(src[i + 1]) >= 0
                     && hex_digit(src[i + 2]) >= 0) {
                c = (char)(hex_digit(src[i + 1]) << 4 | hex_digit(src[i + 2]));
                i += 3;
            }
        }
        dst[o++] = c;
    }
    return o;
}

/* Length of the UTF-8 sequence at s; 0 when there is none, and then *bad is
 * the length of the maximal ill-formed part (at least 1). */
static size_t sequence(const unsigned char *s, size_t n, size_t *bad)
{
    unsigned char lo = 0x80, hi = 0xBF;
    size_t need, i;

    if (s[0] < 0x80) {
        return 1;
    }
    *bad = 1;
    if (s[0] < 0xC2 || s[0] > 0xF4) {
        return 0;
    }
    need = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    /* The second byte's range keeps overlong forms, surrogates and everything
     * beyond U+10FFFF out. */
    switch (s[0]) {
    case 0xE0:
        lo = 0xA0;
        break;
    case 0xED:
        hi = 0x9F;
        break;
    case 0xF0:
        lo = 0x90;
        break;
    case 0xF4:
        hi = 0x8F;
        break;
    default:
        break;
    }
    for (i = 1; i < need; i++) {
        if (i == n || s[i] < lo || s[i] > hi) {
            *bad = i;
            return 0;
        }
        lo = 0x80;
        hi = 0xBF;
    }
    return need;
}

size_t ecl_text_seq(const char *s, size_t n)
{
    size_t bad;

    return n ? sequence((const unsigned char *)s, n, &bad) : 0;
}

size_t ecl_text_cut(const char *s, size_t n, size_t max)
{
    if (n <= max) {
        return n;
    }
    while (max && ((unsigned char)s[max] & 0xC0) == 0x80) {
        max--;
    }
    return max;
}

/* Bytes of a control sequence's parameters and final byte, 0 when it has no
 * end (then only its introducer is dropped, and the rest is harmless text). */
static size_t csi_length(const unsigned char *s, size_t n)
{
    size_t i = 0;

    while (i < n && s[i] >= 0x30 && s[i] <= 0x3F) {
        i++;
    }
    while (i < n && s[i] >= 0x20 && s[i] <= 0x2F) {
        i++;
    }
    return i < n && s[i] >= 0x40 && s[i] <= 0x7E ? i + 1 : 0;
}

/* Bytes of an operating system command up to and with BEL or ST. A newline or
 * another escape ends the search, so that it stays linear and an open command
 * cannot swallow the lines that follow. */
static size_t osc_length(const unsigned char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n && s[i] != '\n'; i++) {
        if (s[i] == 0x07) {
            return i + 1;
        }
        if (s[i] == 0x1B) {
            return i + 1 < n && s[i + 1] == '\\' ? i + 2 : 0;
        }
        if (s[i] == 0xC2 && i + 1 < n && s[i + 1] == 0x9C) {
            return i + 2;
        }
    }
    return 0;
}

/* Bytes to drop for the control character at s, which is len bytes long:
 * itself, or the terminal escape sequence that it begins. */
static size_t control_length(const unsigned char *s, size_t n, size_t len)
{
    unsigned char kind = 0;
    size_t intro = len, rest = 0;

    if (s[0] == 0x1B && n > 1 && (s[1] == '[' || s[1] == ']')) {
        kind = s[1];
        intro = 2;
    }
    else if (len == 2 && (s[1] == 0x9B || s[1] == 0x9D)) {
        kind = s[1] == 0x9B ? '[' : ']';
    }
    if (kind) {
        rest = kind == '[' ? csi_length(s + intro, n - intro)
                           : osc_length(s + intro, n - intro);
    }
    return rest ? intro + rest : len;
}

static int is_plain(unsigned char c)
{
    return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t';
}

static void add_whole(ecl_buf_t *dst, const char *s, size_t n)
{
    if (dst->cap - 1 - dst->len < n) {
        dst->truncated = 1;
        return;
    }
    ecl_buf_add(dst, s, n);
}

/* Unicode's noncharacters (chapter 23.7): U+FDD0..FDEF and the last two of each
 * plane. No text has them; in HTML they are errors, in XML U+FFFE and U+FFFF
 * are forbidden. @param len  of the valid sequence at s */
static int is_noncharacter(const unsigned char *s, size_t len)
{
    if (len == 3) {
        return s[0] == 0xEF
               && ((s[1] == 0xBF && s[2] >= 0xBE)
                   || (s[1] == 0xB7 && s[2] >= 0x90 && s[2] <= 0xAF));
    }
    return len == 4 && (s[1] & 0x0F) == 0x0F && s[2] == 0xBF && s[3] >= 0xBE;
}

void ecl_text_clean(ecl_buf_t *dst, const char *src, size_t n)
{
    const unsigned char *s = (const unsigned char *)src;
    size_t i = 0;

    while (i < n && !dst->truncated) {
        size_t len, bad = 1, start = i;

        while (i < n && is_plain(s[i])) {
            i++;
        }
        if (i > start) {
            ecl_buf_add(dst, src + start, i - start);
            continue;
        }
        if (s[i] == '\r') {
            i += i + 1 < n && s[i + 1] == '\n' ? 2 : 1;
            ecl_buf_add(dst, "\n", 1);
            continue;
        }
        len = sequence(s + i, n - i, &bad);
        if (!len) {
            add_whole(dst, "\xEF\xBF\xBD", 3);
            i += bad;
        }
        else if (len == 1 || (len == 2 && s[i] == 0xC2 && s[i + 1] < 0xA0)) {
            i += control_length(s + i, n - i, len);
        }
        else if (is_noncharacter(s + i, len)) {
            add_whole(dst, "\xEF\xBF\xBD", 3);
            i += len;
        }
        else {
            add_whole(dst, src + i, len);
            i += len;
        }
    }
}
