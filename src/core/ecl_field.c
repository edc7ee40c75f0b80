/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_field.c - the syntax that HTTP fields share (RFC 9110 5.6, 12.4.2). */
#include "ecl_field.h"

#include <string.h>
#include <strings.h>

/* RFC 9110 5.6.2 */
static int is_tchar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

int ecl_slice_is(ecl_slice_t a, const char *b)
{
    return a.n == strlen(b) && strncasecmp(a.s, b, a.n) == 0;
}

const char *ecl_field_skip_space(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == '\t')) {
        s++;
    }
    return s;
}

ecl_slice_t ecl_field_token(const char *s, const char *end)
{
    ecl_slice_t t = { s, 0 };

    while (s + t.n < end && is_tchar(s[t.n])) {
        t.n++;
    }
    return t;
}

const char *ecl_field_skip_quoted(const char *s, const char *end)
{
    for (s++; s < end && *s != '"'; s++) {
        if (*s == '\\' && s + 1 < end) {
            s++;
        }
    }
    return s < end ? s + 1 : NULL;
}

int ecl_field_weight(ecl_slice_t v)
{
    int w = 0;
    int unit = 100;

    if (v.n == 0 || v.n > 5 || (v.s[0] != '0' && v.s[0] != '1')
        || (v.n > 1 && v.s[1] != '.')) {
        return -1;
    }
    for (size_t i = 2; i < v.n; i++, unit /= 10) {
        if (v.s[i] < '0' || v.s[i] > '9') {
            return -1;
        }
        w += (v.s[i] - '0') * unit;
    }
    w += v.s[0] == '1' ? 1000 : 0;
    return w <= 1000 ? w : -1;
}

const char *ecl_field_element_end(const char *s, const char *end)
{
    while (s < end && *s != ',') {
        const char *after = *s == '"' ? ecl_field_skip_quoted(s, end) : s + 1;

        s = after ? after : end;
    }
    return s;
}
