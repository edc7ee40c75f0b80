/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_leak_plain.c - a body's text without its markup.
 *
 * As much of HTML (WHATWG 13.5 for the references that error pages use) and
 * JSON (RFC 8259 7) as reading a trace needs. Comments stay: frameworks put
 * the plain trace there. One pass, never longer than its source. */
#include "ecl_leak.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    char c;
} references[] = {
    { "amp;", '&' },   { "lt;", '<' },    { "gt;", '>' },    { "quot;", '"' },
    { "apos;", '\'' }, { "nbsp;", ' ' },  { "#039;", '\'' }, { "#39;", '\'' },
    { "#34;", '"' },   { "#x27;", '\'' }, { "#x2F;", '/' },  { "#47;", '/' },
    { "#x60;", '`' },  { "#x3D;", '=' },  { "#160;", ' ' },  { "#8203;", ' ' },
    { "#10;", '\n' },  { "#92;", '\\' },  { "#96;", '`' },
};

/* "&amp;" at s. @return its bytes, 0 when it is none we know; *c: what for */
static size_t reference(const char *s, size_t n, char *c)
{
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        size_t k = strlen(references[i].name);

        if (n > k && strncasecmp(s + 1, references[i].name, k) == 0) {
            *c = references[i].c;
            return k + 1;
        }
    }
    return 0;
}

/* Whether the tag at s begins or ends a block: a line for the reader. */
static int is_block(const char *s, size_t n)
{
    static const char *const names[] = {
        "br",      "p",        "div",   "li",      "tr", "pre", "h1",
        "h2",      "h3",       "ul",    "ol",      "td", "th",  "dt",
        "dd",      "table",    "title", "section", "hr", "h4",  "details",
        "summary", "textarea", "body",  NULL
    };
    size_t at = n > 1 && s[1] == '/' ? 2 : 1;

    for (int i = 0; names[i]; i++) {
        size_t k = strlen(names[i]);

        if (n > at + k && strncasecmp(s + at, names[i], k) == 0
            && strchr(" />\t\r\n", s[at + k])) {
            return 1;
        }
    }
    return 0;
}

/* What begins with "<" at s. @return its bytes; 0 when it is text */
static size_t tag(const char *s, size_t n, int *block)
{
    const char *end;

    *block = 0;
    if (n >= 4 && memcmp(s, "<!--", 4) == 0) {
        *block = 1;
        return 4;
    }
    if (n < 2
        || !((s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z')
             || s[1] == '/' || s[1] == '!' || s[1] == '?')) {
        return 0;
    }
    end = memchr(s, '>', n < 4096 ? n : 4096);
    if (!end) {
        return 0;
    }
    *block = is_block(s, n);
    return (size_t)(end - s) + 1;
}

static size_t plain_tags(char *dst, const char *s, size_t n)
{
    size_t o = 0;

    for (size_t i = 0; i < n;) {
        int block = 0;
        size_t used = s[i] == '<' ? tag(s + i, n - i, &block) : 0;
        char c = s[i];

        if (used) {
            if (block && o && dst[o - 1] != '\n') {
                dst[o++] = '\n';
            }
            i += used;
            continue;
        }
        used = c == '&' ? reference(s + i, n - i, &c) : 0;
        dst[o++] = c;
        i += used ? used : 1;
    }
    return o;
}

static int hex4(const char *s)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int c = s[i] | 32;

        if (c >= '0' && c <= '9') {
            v = v * 16 + c - '0';
        }
        else if (c >= 'a' && c <= 'f') {
            v = v * 16 + c - 'a' + 10;
        }
        else {
            return -1;
        }
    }
    return v;
}

static size_t plain_json(char *dst, const char *s, size_t n)
{
    size_t o = 0;

    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c == '\\' && i + 1 < n) {
            int code = s[i + 1] == 'u' && i + 5 < n ? hex4(s + i + 2) : -1;

            i++;
            c = s[i] == 'n'   ? '\n'
                : s[i] == 't' ? '\t'
                : s[i] == 'r' ? '\r'
                              : s[i];
            if (code >= 0) {
                c = code > 0 && code < 128 ? (char)code : '?';
                i += 4;
            }
        }
        dst[o++] = c;
    }
    return o;
}

size_t ecl_leak_plain(char *dst, const char *s, size_t n, ecl_markup_e markup)
{
    switch (markup) {
    case ECL_MARKUP_TAGS:
        return plain_tags(dst, s, n);
    case ECL_MARKUP_JSON:
        return plain_json(dst, s, n);
    case ECL_MARKUP_NONE:
        break;
    }
    if (n) {
        memcpy(dst, s, n);
    }
    return n;
}
