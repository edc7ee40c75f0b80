/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_query.c - mask the secrets of a URL's query string.
 *
 * RFC 3986 3.4; parameters as the URL standard's form encoding has them. */
#include "ecl_redact.h"

#include <string.h>

#include "ecl_redact_scan.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode into out, or what fits. @return bytes */
static size_t decode(char *out, size_t size, const char *s, size_t n)
{
    size_t o = 0;

    for (size_t i = 0; i < n && o < size; i++) {
        if (s[i] == '%' && i + 2 < n && hex(s[i + 1]) >= 0
            && hex(s[i + 2]) >= 0) {
            out[o++] = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        }
        else {
            out[o++] = s[i] == '+' ? ' ' : s[i];
        }
    }
    return o;
}

static int secret_parameter(const char *s, size_t n)
{
    static const char *const words[] = { "code", "key",   "ticket",     "pin",
                                         "hash", "state", "errclarity", NULL };
    char name[ECL_SECRET_NAME + 1];

    n = decode(name, ECL_SECRET_NAME, s, n);
    name[n] = '\0';
    return ecl_secret_name(name, n) != ECL_SECRET_NONE
           || ecl_secret_in(name, words);
}

/* Whether a name or value that is no secret by its name holds one: a URL with
 * credentials, "next=/login?token=...". One too long to look at does. */
static int holds_secret(const ecl_redactor_t *r, const char *s, size_t n)
{
    char plain[4096];
    char masked[4096 + 1];
    ecl_buf_t b;

    n = decode(plain, sizeof(plain), s, n);
    ecl_buf_init(&b, masked, sizeof(masked));
    ecl_redact(&b, r, plain, n);
    return n == sizeof(plain) || b.truncated || b.len != n
           || memcmp(plain, masked, n) != 0;
}

static void parameter(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                      size_t n)
{
    const char *equal = memchr(s, '=', n);
    size_t name = equal ? (size_t)(equal - s) : n;

    if (n && holds_secret(r, s, name)) {
        ecl_buf_puts(dst, ECL_REDACTED);
    }
    else if (equal && name + 1 < n
             && ((ecl_redact_has_builtin(r) && secret_parameter(s, name))
                 || holds_secret(r, equal + 1, n - name - 1))) {
        ecl_buf_add(dst, s, name + 1);
        ecl_buf_puts(dst, ECL_REDACTED);
    }
    else {
        ecl_buf_add(dst, s, n);
    }
}

void ecl_redact_query(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                      size_t n)
{
    const char *end = s + n;

    while (s < end) {
        const char *stop = s;

        while (stop < end && *stop != '&' && *stop != ';') {
            stop++;
        }
        parameter(dst, r, s, (size_t)(stop - s));
        if (stop < end) {
            ecl_buf_putc(dst, *stop++);
        }
        s = stop;
    }
}
