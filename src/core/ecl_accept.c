/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_accept.c - choose the answer's format from what the client accepts.
 *
 * RFC 9110 sections 5.6 (lists, parameters, quoted strings), 12.4.2 (weights)
 * and 12.5.1 (Accept). A list element that is malformed is skipped; the others
 * still count. Reads each byte a constant number of times. */
#include "ecl_accept.h"

#include <string.h>
#include <strings.h>

typedef struct format_t {
    const char *name;
    const char *type;     /* sent */
    const char *alias[2]; /* what a client may call it as well */
} format_t;

static const format_t formats[ECL_FORMAT_COUNT] = {
    [ECL_FORMAT_HTML] = { "html", "text/html", { "application/xhtml+xml" } },
    [ECL_FORMAT_JSON] = { "json",
                          "application/problem+json",
                          { "application/json" } },
    [ECL_FORMAT_XML] = { "xml",
                         "application/problem+xml",
                         { "application/xml", "text/xml" } },
    [ECL_FORMAT_TEXT] = { "text", "text/plain" },
    [ECL_FORMAT_MARKDOWN] = { "markdown", "text/markdown" },
};

/* How exactly a media range names an offer; the most exact one decides. A
 * parameter we do not send ("text/html;level=1") makes a range a poor match,
 * which counts when nothing but a wildcard matches better: a client that asks
 * for JSON with an extension is served best with JSON. */
enum {
    MATCH_NONE,
    MATCH_ANY,   /* any type */
    MATCH_TYPE,  /* any subtype */
    MATCH_POOR,  /* with parameters that we do not send */
    MATCH_ALIAS, /* application/json for application/problem+json */
    MATCH_EXACT,
    MATCH_PARAMETERS /* with charset=utf-8 */
};

/* No field of httpd's is longer than LimitRequestFieldSize allows; whatever
 * comes after this many bytes is no preference of a real client. */
#define ACCEPT_MAX 8192

typedef struct slice_t {
    const char *s;
    size_t n;
} slice_t;

typedef struct range_t {
    slice_t type;   /* "text/html", "text/\*" */
    int parameters; /* media type parameters seen */
    int foreign;    /* ... that we do not send */
    int weight;     /* 0..1000; -1 until a q parameter came */
} range_t;

const char *ecl_format_name(ecl_format_e f)
{
    return formats[f].name;
}

const char *ecl_format_type(ecl_format_e f)
{
    return formats[f].type;
}

int ecl_format_by_name(const char *name)
{
    for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
        if (name && strcasecmp(name, formats[f].name) == 0) {
            return f;
        }
    }
    return -1;
}

/* RFC 9110 5.6.2 */
static int is_tchar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static int equals(slice_t a, const char *b)
{
    return a.n == strlen(b) && strncasecmp(a.s, b, a.n) == 0;
}

static const char *skip_space(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == '\t')) {
        s++;
    }
    return s;
}

/* A token at s; empty when there is none. */
static slice_t token(const char *s, const char *end)
{
    slice_t t = { s, 0 };

    while (s + t.n < end && is_tchar(s[t.n])) {
        t.n++;
    }
    return t;
}

/* Past the quoted string that starts at s, or NULL when it never ends. */
static const char *skip_quoted(const char *s, const char *end)
{
    for (s++; s < end && *s != '"'; s++) {
        if (*s == '\\' && s + 1 < end) {
            s++;
        }
    }
    return s < end ? s + 1 : NULL;
}

/* "0", "0.5", "1.000" in thousandths, or -1: at most three decimals, <= 1. */
static int weight_of(slice_t v)
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

/* The parameters from s to the element's end. The first q is the weight, what
 * comes behind it (accept-ext) means nothing. @return 0 when malformed */
static int parse_parameters(range_t *r, const char *s, const char *end)
{
    while ((s = skip_space(s, end)) < end) {
        slice_t name, value;

        if (*s != ';') {
            return 0;
        }
        s = skip_space(s + 1, end);
        name = token(s, end);
        s += name.n;
        if (name.n == 0) {
            continue; /* ";;" and a ";" at the end are allowed */
        }
        if (s == end || *s != '=') {
            if (r->weight < 0) {
                return 0;
            }
            continue; /* an accept-ext may have no value */
        }
        value = token(++s, end);
        if (s < end && *s == '"') {
            const char *after = skip_quoted(s, end);

            if (!after) {
                return 0;
            }
            value.s = s + 1;
            value.n = (size_t)(after - s) - 2;
            s = after;
        }
        else if (value.n == 0) {
            return 0;
        }
        else {
            s += value.n;
        }
        if (r->weight >= 0) {
            continue;
        }
        if (equals(name, "q")) {
            if ((r->weight = weight_of(value)) < 0) {
                return 0;
            }
        }
        else {
            r->parameters++;
            r->foreign |= !equals(name, "charset")
                          || !(equals(value, "utf-8") || equals(value, "utf8"));
        }
    }
    return 1;
}

/* One list element. @return 0 when malformed */
static int parse_range(range_t *r, const char *s, const char *end)
{
    slice_t type, sub;

    memset(r, 0, sizeof(*r));
    r->weight = -1;
    type = token(s, end);
    s += type.n;
    if (type.n == 0 || s == end || *s != '/') {
        return 0;
    }
    sub = token(s + 1, end);
    if (sub.n == 0 || (equals(type, "*") && !equals(sub, "*"))) {
        return 0;
    }
    r->type.s = type.s;
    r->type.n = type.n + 1 + sub.n;
    if (!parse_parameters(r, s + 1 + sub.n, end)) {
        return 0;
    }
    if (r->weight < 0) {
        r->weight = 1000;
    }
    return 1;
}

static int match(const range_t *r, const format_t *f)
{
    size_t major = strcspn(f->type, "/") + 1;
    int exact = equals(r->type, f->type);

    if (equals(r->type, "*/*")) {
        return MATCH_ANY;
    }
    if (r->type.n == major + 1 && r->type.s[major] == '*'
        && strncasecmp(r->type.s, f->type, major) == 0) {
        return MATCH_TYPE;
    }
    if (!exact && !(f->alias[0] && equals(r->type, f->alias[0]))
        && !(f->alias[1] && equals(r->type, f->alias[1]))) {
        return MATCH_NONE;
    }
    if (r->foreign) {
        return MATCH_POOR;
    }
    if (!exact) {
        return MATCH_ALIAS;
    }
    return r->parameters ? MATCH_PARAMETERS : MATCH_EXACT;
}

/* The comma that ends the element at s, or end. */
static const char *element_end(const char *s, const char *end)
{
    while (s < end && *s != ',') {
        const char *after = *s == '"' ? skip_quoted(s, end) : s + 1;

        s = after ? after : end;
    }
    return s;
}

ecl_format_e ecl_accept_choose(const char *accept, const ecl_format_e *offers,
                               int n)
{
    struct {
        int match, weight;
    } best[ECL_FORMAT_COUNT] = { { 0 } };
    const char *s = accept ? accept : "";
    const char *end = s + strnlen(s, ACCEPT_MAX);
    int chosen = 0;

    if (n > ECL_FORMAT_COUNT) {
        n = ECL_FORMAT_COUNT;
    }
    if (skip_space(s, end) == end) {
        return offers[0];
    }
    for (; s < end; s++) {
        const char *e = element_end(s, end);
        range_t r;

        if (parse_range(&r, skip_space(s, e), e)) {
            for (int i = 0; i < n; i++) {
                int m = match(&r, &formats[offers[i]]);

                if (m != MATCH_NONE
                    && (m > best[i].match
                        || (m == best[i].match && r.weight > best[i].weight))) {
                    best[i].match = m;
                    best[i].weight = r.weight;
                }
            }
        }
        s = e;
    }
    for (int i = 1; i < n; i++) {
        if (best[i].weight > best[chosen].weight) {
            chosen = i;
        }
    }
    return offers[chosen];
}
