/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_template.c - compile a template.
 *
 * Rules: mustache(5) and the tests of github.com/mustache/spec (version 1.4),
 * whose words "standalone" and "delimiters" are used here. */
#include "ecl_template.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "ecl_template_priv.h"
#include "ecl_text.h"

#define DELIMITER_MAX 8

typedef struct compile_t {
    const char *src, *end;
    const char *open, *close; /* the delimiters, NUL-terminated */
    const char *const *raw;
    ecl_format_e format;
    ecl_tpl_html_t html;
    apr_array_header_t *ops;          /* ecl_tpl_op_t */
    int sections[ECL_TEMPLATE_DEPTH]; /* open ones: index in ops */
    int depth;
    const char *err;
    apr_pool_t *p;
} compile_t;

/* A tag: "{{", its sigil, what it names, "}}". */
typedef struct tag_t {
    const char *start, *end; /* of the whole tag */
    char sigil;              /* '\0': an ordinary value */
    const char *s;           /* what it names, without white space around */
    size_t n;
} tag_t;

static int fail(compile_t *c, const char *at, const char *what, const char *s,
                size_t n)
{
    int line = 1;

    for (const char *p = c->src; p < at; p++) {
        line += *p == '\n';
    }
    if (n > 60) {
        n = ecl_text_cut(s, n, 60);
    }
    c->err = apr_psprintf(c->p, n ? "%d: %s: \"%.*s\"" : "%d: %s", line, what,
                          (int)n, s ? s : "");
    return 0;
}

static ecl_tpl_op_t *push(compile_t *c, ecl_tpl_op_e op, const char *s,
                          size_t n)
{
    ecl_tpl_op_t *o = apr_array_push(c->ops);

    memset(o, 0, sizeof(*o));
    o->op = op;
    o->s = s;
    o->n = n;
    return o;
}

static const char *find(const char *s, const char *end, const char *needle)
{
    return memmem(s, (size_t)(end - s), needle, strlen(needle));
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **s, const char **end)
{
    while (*s < *end && is_space(**s)) {
        (*s)++;
    }
    while (*end > *s && is_space((*end)[-1])) {
        (*end)--;
    }
}

/* Names are what a template in any format may spell without escaping. */
static int is_name(const char *s, size_t n)
{
    size_t part = 0;

    if (n == 1 && *s == '.') {
        return 1;
    }
    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c == '.' && part > 0) {
            part = 0;
        }
        else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                 || (c >= '0' && c <= '9') || c == '_' || c == '-') {
            part++;
        }
        else {
            return 0;
        }
    }
    return part > 0;
}

/* Read the tag that begins at s, which holds the opening delimiter. */
static int read_tag(compile_t *c, const char *s, tag_t *t)
{
    const char *from = s + strlen(c->open), *to;
    const char *close = c->close;

    t->start = s;
    t->sigil =
        from < c->end && strchr("#^/!&{=><$*", *from) && *from ? *from : '\0';
    from += t->sigil != '\0';
    if (t->sigil == '{' || t->sigil == '=') {
        close = apr_pstrcat(c->p, t->sigil == '{' ? "}" : "=", close, NULL);
    }
    to = find(from, c->end, close);
    if (!to) {
        return fail(c, s, "a tag without its end", NULL, 0);
    }
    t->end = to + strlen(close);
    trim(&from, &to);
    t->s = from;
    t->n = (size_t)(to - from);
    return 1;
}

/* {{=<% %>=}} */
static int set_delimiters(compile_t *c, const tag_t *t)
{
    const char *end = t->s + t->n, *gap = t->s, *next;
    size_t n, m;

    while (gap < end && !is_space(*gap)) {
        gap++;
    }
    next = gap;
    while (next < end && is_space(*next)) {
        next++;
    }
    n = (size_t)(gap - t->s);
    m = (size_t)(end - next);
    if (n == 0 || m == 0 || n > DELIMITER_MAX || m > DELIMITER_MAX
        || memchr(t->s, '=', n) || memchr(next, '=', m)
        || strcspn(next, " \t\r\n") < m) {
        return fail(c, t->start, "not two delimiters", t->s, t->n);
    }
    c->open = apr_pstrmemdup(c->p, t->s, n);
    c->close = apr_pstrmemdup(c->p, next, m);
    return 1;
}

static int open_section(compile_t *c, const tag_t *t)
{
    if (c->depth == ECL_TEMPLATE_DEPTH) {
        return fail(c, t->start, "sections nest too deep", t->s, t->n);
    }
    c->sections[c->depth++] = c->ops->nelts;
    push(c, t->sigil == '#' ? ECL_TPL_SECTION : ECL_TPL_INVERTED, t->s, t->n);
    return 1;
}

static int close_section(compile_t *c, const tag_t *t)
{
    ecl_tpl_op_t *o;

    if (c->depth == 0) {
        return fail(c, t->start, "the end of a section that is not open", t->s,
                    t->n);
    }
    o = &APR_ARRAY_IDX(c->ops, c->sections[c->depth - 1], ecl_tpl_op_t);
    if (o->n != t->n || memcmp(o->s, t->s, t->n) != 0) {
        return fail(c, t->start, "the end of another section than the open one",
                    t->s, t->n);
    }
    o->end = c->ops->nelts;
    c->depth--;
    return 1;
}

static int value(compile_t *c, const tag_t *t, ecl_tpl_op_e op)
{
    const char *why = c->format == ECL_FORMAT_HTML
                          ? ecl_tpl_html_forbids(&c->html, op == ECL_TPL_RAW)
                          : NULL;

    if (why) {
        return fail(c, t->start, why, t->s, t->n);
    }
    push(c, op, t->s, t->n);
    return 1;
}

/* A text of the template's own. */
static void text(compile_t *c, const char *s, const char *end)
{
    if (end > s) {
        push(c, ECL_TPL_TEXT, s, (size_t)(end - s));
        ecl_tpl_html_follow(&c->html, s, (size_t)(end - s));
    }
}

static int raw_value(compile_t *c, const tag_t *t)
{
    const char *const *r = c->raw;

    while (r && *r && (strncmp(*r, t->s, t->n) != 0 || (*r)[t->n])) {
        r++;
    }
    if (r && !*r) {
        return fail(c, t->start, "only safe values can be put in unescaped",
                    t->s, t->n);
    }
    return value(c, t, ECL_TPL_RAW);
}

static int take_tag(compile_t *c, const tag_t *t)
{
    switch (t->sigil) {
    case '!':
        return 1;
    case '=':
        return set_delimiters(c, t);
    case '>':
    case '<':
    case '$':
    case '*':
        return fail(c, t->start, "no partials or inheritance here", t->s, t->n);
    default:
        break;
    }
    if (!is_name(t->s, t->n)) {
        return fail(c, t->start,
                    "not a name (letters, digits, \"_\", \"-\", dots between)",
                    t->s, t->n);
    }
    switch (t->sigil) {
    case '#':
    case '^':
        return open_section(c, t);
    case '/':
        return close_section(c, t);
    case '&':
    case '{':
        return raw_value(c, t);
    default:
        return value(c, t, ECL_TPL_VALUE);
    }
}

/* A tag that prints nothing and has its line for itself takes the line away
 * with it: the white space before (back to *from) and what follows up to and
 * with the line's end (*to). */
static void take_line(const compile_t *c, const tag_t *t, const char **from,
                      const char **to)
{
    const char *s = t->start, *e = t->end;

    if (!strchr("#^/!=", t->sigil) || !t->sigil) {
        return;
    }
    while (s > c->src && (s[-1] == ' ' || s[-1] == '\t')) {
        s--;
    }
    while (e < c->end && (*e == ' ' || *e == '\t')) {
        e++;
    }
    if (e + 1 < c->end && *e == '\r') {
        e++;
    }
    if ((s == c->src || s[-1] == '\n') && (e == c->end || *e == '\n')) {
        *from = s;
        *to = e == c->end ? e : e + 1;
    }
}

static int compile(compile_t *c)
{
    const char *s = c->src, *next;
    tag_t t;

    while ((next = find(s, c->end, c->open))) {
        const char *to;

        if (!read_tag(c, next, &t)) {
            return 0;
        }
        to = t.end;
        take_line(c, &t, &next, &to);
        text(c, s, next);
        if (!take_tag(c, &t)) {
            return 0;
        }
        s = to;
    }
    text(c, s, c->end);
    if (c->depth) {
        const ecl_tpl_op_t *o =
            &APR_ARRAY_IDX(c->ops, c->sections[c->depth - 1], ecl_tpl_op_t);

        return fail(c, o->s, "a section without its end", o->s, o->n);
    }
    return 1;
}

/* The result is served as UTF-8. */
static int check_bytes(compile_t *c)
{
    const char *s = c->src;

    while (s < c->end) {
        size_t k = ecl_text_seq(s, (size_t)(c->end - s));

        if (k == 0 || *s == '\0') {
            return fail(c, s, "a byte that is no UTF-8 text", NULL, 0);
        }
        s += k;
    }
    return 1;
}

const ecl_template_t *ecl_template_compile(const char *text, size_t n,
                                           ecl_format_e format,
                                           const char *const *raw,
                                           const char **err, apr_pool_t *p)
{
    compile_t c = {
        .open = "{{", .close = "}}", .raw = raw, .format = format, .p = p
    };
    ecl_template_t *t = apr_pcalloc(p, sizeof(*t));
    ecl_tpl_op_t *ops;

    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    c.src = apr_pstrmemdup(p, text, n);
    c.end = c.src + n;
    c.ops = apr_array_make(p, 64, sizeof(ecl_tpl_op_t));
    if (n > ECL_TEMPLATE_MAX) {
        *err = apr_psprintf(p, "1: longer than %d bytes", ECL_TEMPLATE_MAX);
        return NULL;
    }
    if (!check_bytes(&c) || !compile(&c)) {
        *err = c.err;
        return NULL;
    }
    ops = (ecl_tpl_op_t *)(void *)c.ops->elts;
    for (int i = c.ops->nelts - 1; i >= 0; i--) {
        ops[i].after = t->text_len;
        t->text_len += ops[i].op == ECL_TPL_TEXT ? ops[i].n : 0;
    }
    t->ops = ops;
    t->nops = c.ops->nelts;
    t->format = format;
    return t;
}

size_t ecl_template_text_len(const ecl_template_t *t)
{
    return t->text_len;
}
