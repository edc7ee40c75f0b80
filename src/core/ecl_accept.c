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

#include "ecl_field.h"

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

typedef struct range_t {
    ecl_slice_t type; /* "text/html", "text/\*" */
    int wild;         /* MATCH_ANY, MATCH_TYPE; or MATCH_NONE: no wildcard */
    int parameters;   /* media type parameters seen */
    int foreign;      /* ... that we do not send */
    int weight;       /* 0..1000; -1 until a q parameter came */
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

/* The parameters from s to the element's end. The first q is the weight, what
 * comes behind it (accept-ext) means nothing. @return 0 when malformed */
static int parse_parameters(range_t *r, const char *s, const char *end)
{
    while ((s = ecl_field_skip_space(s, end)) < end) {
        ecl_slice_t name, value;

        if (*s != ';') {
            return 0;
        }
        s = ecl_field_skip_space(s + 1, end);
        name = ecl_field_token(s, end);
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
        value = ecl_field_token(++s, end);
        if (s < end && *s == '"') {
            const char *after = ecl_field_skip_quoted(s, end);

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
        if (ecl_slice_is(name, "q")) {
            if ((r->weight = ecl_field_weight(value)) < 0) {
                return 0;
            }
        }
        else {
            r->parameters++;
            r->foreign |= !ecl_slice_is(name, "charset")
                          || !(ecl_slice_is(value, "utf-8")
                               || ecl_slice_is(value, "utf8"));
        }
    }
    return 1;
}

/* One list element. @return 0 when malformed */
static int parse_range(range_t *r, const char *s, const char *end)
{
    ecl_slice_t type, sub;

    memset(r, 0, sizeof(*r));
    r->weight = -1;
    type = ecl_field_token(s, end);
    s += type.n;
    if (type.n == 0 || s == end || *s != '/') {
        return 0;
    }
    sub = ecl_field_token(s + 1, end);
    if (ecl_slice_is(sub, "*")) {
        r->wild = ecl_slice_is(type, "*") ? MATCH_ANY : MATCH_TYPE;
    }
    else if (sub.n == 0 || ecl_slice_is(type, "*")) {
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
    int exact;

    if (r->wild == MATCH_ANY
        || (r->wild == MATCH_TYPE
            && strncasecmp(r->type.s, f->type, r->type.n - 1) == 0)) {
        return r->wild;
    }
    exact = ecl_slice_is(r->type, f->type);
    if (!exact && !(f->alias[0] && ecl_slice_is(r->type, f->alias[0]))
        && !(f->alias[1] && ecl_slice_is(r->type, f->alias[1]))) {
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

/* For each offer, the weight of the range that names it most exactly: 0 when
 * none does, -1 when it is refused (q=0). */
static void weigh(int *weights, const char *accept, const ecl_format_e *offers,
                  int n)
{
    int match_of[ECL_FORMAT_COUNT] = { MATCH_NONE };
    const char *s = accept;
    const char *end = s + strnlen(s, ECL_FIELD_MAX);

    for (; s < end; s++) {
        const char *e = ecl_field_element_end(s, end);
        range_t r;

        if (parse_range(&r, ecl_field_skip_space(s, e), e)) {
            int weight = r.weight ? r.weight : -1;

            for (int i = 0; i < n; i++) {
                int m = match(&r, &formats[offers[i]]);

                if (m != MATCH_NONE
                    && (m > match_of[i]
                        || (m == match_of[i] && weight > weights[i]))) {
                    match_of[i] = m;
                    weights[i] = weight;
                }
            }
        }
        s = e;
    }
}

unsigned ecl_accept_best(const char *accept, const ecl_format_e *offers, int n)
{
    int weights[ECL_FORMAT_COUNT] = { 0 };
    unsigned best = 0;
    int max = -1;

    if (n > ECL_FORMAT_COUNT) {
        n = ECL_FORMAT_COUNT;
    }
    weigh(weights, accept ? accept : "", offers, n);
    for (int i = 0; i < n; i++) {
        if (weights[i] > max) {
            max = weights[i];
            best = 0;
        }
        if (weights[i] == max) {
            best |= 1u << i;
        }
    }
    return best;
}

ecl_format_e ecl_accept_choose(const char *accept, const ecl_format_e *offers,
                               int n)
{
    unsigned best = ecl_accept_best(accept, offers, n);
    int i = 0;

    while (!(best >> i & 1)) {
        i++;
    }
    return offers[i];
}
