/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* json_check.h - is this text JSON (RFC 8259) in UTF-8 (RFC 3629)?
 *
 * Written apart from the code under test, so that one mistake is not made
 * twice. Stricter than the RFC in what we promise: a line is one line, and
 * texts hold no control character, escaped or not, but newline and tab. */
#ifndef JSON_CHECK_H
#define JSON_CHECK_H

#include <stddef.h>
#include <string.h>

typedef struct json_check_t {
    const unsigned char *s, *end;
    int depth;
} json_check_t;

static inline int json_value(json_check_t *c);

static inline int json_utf8(json_check_t *c)
{
    unsigned cp, min, n;
    unsigned b = *c->s++;

    if (b < 0x80) {
        return b >= 0x20 && b != 0x7f;
    }
    if (b >= 0xc0 && b < 0xe0) {
        cp = b & 0x1f, n = 1, min = 0x80;
    }
    else if (b >= 0xe0 && b < 0xf0) {
        cp = b & 0x0f, n = 2, min = 0x800;
    }
    else if (b >= 0xf0 && b < 0xf8) {
        cp = b & 0x07, n = 3, min = 0x10000;
    }
    else {
        return 0;
    }
    while (n--) {
        if (c->s == c->end || (*c->s & 0xc0) != 0x80) {
            return 0;
        }
        cp = cp << 6 | (*c->s++ & 0x3f);
    }
    return cp >= min && cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff)
           && !(cp >= 0x80 && cp < 0xa0);
}

static inline int json_string(json_check_t *c)
{
    if (c->s == c->end || *c->s++ != '"') {
        return 0;
    }
    while (c->s < c->end && *c->s != '"') {
        if (*c->s == '\\') {
            c->s++;
            if (c->end - c->s >= 5 && *c->s == 'u'
                && strspn((const char *)c->s + 1, "0123456789abcdef") >= 4) {
                c->s += 5;
                continue;
            }
            if (c->s == c->end || !*c->s || !strchr("\"\\nt", *c->s)) {
                return 0;
            }
            c->s++;
        }
        else if (!json_utf8(c)) {
            return 0;
        }
    }
    return c->s < c->end && *c->s++ == '"';
}

static inline int json_list(json_check_t *c, char close, int keys)
{
    c->s++;
    if (++c->depth > 16) {
        return 0;
    }
    if (c->s < c->end && *c->s == close) {
        c->s++;
        c->depth--;
        return 1;
    }
    for (;;) {
        if (keys && (!json_string(c) || c->s == c->end || *c->s++ != ':')) {
            return 0;
        }
        if (!json_value(c) || c->s == c->end) {
            return 0;
        }
        if (*c->s == close) {
            c->s++;
            c->depth--;
            return 1;
        }
        if (*c->s++ != ',') {
            return 0;
        }
    }
}

static inline int json_word(json_check_t *c, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(c->end - c->s) < n || memcmp(c->s, word, n) != 0) {
        return 0;
    }
    c->s += n;
    return 1;
}

static inline int json_value(json_check_t *c)
{
    const unsigned char *start;

    if (c->s == c->end) {
        return 0;
    }
    switch (*c->s) {
    case '{':
        return json_list(c, '}', 1);
    case '[':
        return json_list(c, ']', 0);
    case '"':
        return json_string(c);
    case 't':
        return json_word(c, "true");
    case 'f':
        return json_word(c, "false");
    default:
        c->s += *c->s == '-';
        start = c->s;
        while (c->s < c->end && *c->s >= '0' && *c->s <= '9') {
            c->s++;
        }
        return c->s > start && (*start != '0' || c->s == start + 1);
    }
}

/* Whether s is one JSON value without blanks, followed by one newline. */
static inline int json_check_line(const char *s, size_t n)
{
    json_check_t c = { (const unsigned char *)s, (const unsigned char *)s + n,
                       0 };

    return json_value(&c) && c.end - c.s == 1 && *c.s == '\n';
}

#endif
