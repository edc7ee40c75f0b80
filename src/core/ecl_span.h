/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_span.h - a piece of somebody else's text: pointer and length.
 *
 * Log text is cut, never copied, while it is read; a span has no NUL at its
 * end. Header only, for the readers of lines and traces. Threads: pure. */
#ifndef ECL_SPAN_H
#define ECL_SPAN_H

#include <ctype.h>
#include <stddef.h>
#include <string.h>

typedef struct ecl_span_t {
    const char *p; /* borrowed */
    size_t n;
} ecl_span_t;

static inline ecl_span_t ecl_span(const char *p, size_t n)
{
    return (ecl_span_t){ p, n };
}

static inline int ecl_span_is(ecl_span_t s, const char *want)
{
    return strlen(want) == s.n && (!s.n || !memcmp(s.p, want, s.n));
}

/** Whether s begins with want, which is not empty. */
static inline int ecl_span_starts(ecl_span_t s, const char *want)
{
    size_t n;

    if (!s.n || s.p[0] != want[0]) {
        return 0; /* nearly always */
    }
    n = strlen(want);
    return n <= s.n && !memcmp(s.p, want, n);
}

static inline int ecl_span_ends(ecl_span_t s, const char *want)
{
    size_t n = strlen(want);

    return n <= s.n && !memcmp(s.p + s.n - n, want, n);
}

/** s without its first n bytes. */
static inline ecl_span_t ecl_span_from(ecl_span_t s, size_t n)
{
    return ecl_span(s.p + n, s.n - n);
}

/** The byte of want to search for: blanks are the commonest of all. */
static inline size_t ecl_span_anchor(const char *want)
{
    return want[0] == ' ' && want[1] ? 1 : 0;
}

/** Where want, which is not empty, first begins in s, or -1. */
static inline long ecl_span_find(ecl_span_t s, const char *want)
{
    size_t n = strlen(want), k = ecl_span_anchor(want);
    size_t i = k;

    while (i + n <= s.n + k) {
        const char *at = memchr(s.p + i, want[k], s.n + k - n + 1 - i);

        if (!at) {
            break;
        }
        i = (size_t)(at - s.p);
        if (!memcmp(at - k, want, n)) {
            return (long)(i - k);
        }
        i++;
    }
    return -1;
}

/** Where want, which is not empty, last begins in s, or -1. */
static inline long ecl_span_rfind(ecl_span_t s, const char *want)
{
    size_t n = strlen(want), k = ecl_span_anchor(want);
    size_t room = s.n < n ? 0 : s.n - n + 1; /* places to begin at */

    while (room > 0) {
        const char *at = memrchr(s.p + k, want[k], room);

        if (!at) {
            break;
        }
        room = (size_t)(at - s.p) - k;
        if (!memcmp(at - k, want, n)) {
            return (long)room;
        }
    }
    return -1;
}

/** s without blanks and newlines at either end. */
static inline ecl_span_t ecl_span_trim(ecl_span_t s)
{
    while (s.n && isspace((unsigned char)s.p[0])) {
        s = ecl_span_from(s, 1);
    }
    while (s.n && isspace((unsigned char)s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

/** Whether s begins like pattern, where 0 is any digit, a any letter, and the
 *  rest stands for itself. */
static inline int ecl_span_like(ecl_span_t s, const char *pattern)
{
    size_t i;

    for (i = 0; pattern[i]; i++) {
        unsigned char c = i < s.n ? (unsigned char)s.p[i] : 0;

        if (pattern[i] == '0'   ? c < '0' || c > '9'
            : pattern[i] == 'a' ? (c | 0x20) < 'a' || (c | 0x20) > 'z'
                                : c != (unsigned char)pattern[i]) {
            return 0;
        }
    }
    return 1;
}

/** Digits at the beginning of s as a number.
 * @param used  *used: how many; 0 when there are none. The number stops
 *              growing at 18 digits */
static inline long long ecl_span_number(ecl_span_t s, size_t *used)
{
    long long v = 0;
    size_t i = 0;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9') {
        if (i < 18) {
            v = v * 10 + (s.p[i] - '0');
        }
        i++;
    }
    *used = i;
    return v;
}

#endif
