/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_literal.c - the literal text that a match of a regex must contain.
 *
 * A recursive descent over pcre2pattern(3). A sequence offers its runs of
 * literal characters and the sets of its mandatory groups, and the best offer
 * stands for the whole; an alternation is the union of its branches. */
#include "ecl_literal.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define DEPTH_MAX 16

typedef struct parser_t {
    const char *s; /* next character */
    apr_pool_t *p;
    int depth;
    int lost; /* met something unknown: nothing can be said */
} parser_t;

/* A positive assertion must be true of the text, but is no part of the match.
 */
typedef enum atom_e { ATOM_CHAR, ATOM_GROUP, ATOM_LOOK, ATOM_OTHER } atom_e;

typedef struct atom_t {
    atom_e kind;
    char c;
    const ecl_literals_t *group;
} atom_t;

static const ecl_literals_t *parse_alternatives(parser_t *ps);

static size_t shortest(const ecl_literals_t *set)
{
    size_t n = set->v[0].n;

    for (int i = 1; i < set->n; i++) {
        n = set->v[i].n < n ? set->v[i].n : n;
    }
    return n;
}

/* Few and long literals are the best; beyond 12 bytes length adds little. */
static int worth(const ecl_literals_t *set)
{
    size_t n = shortest(set);

    return (int)(n > 12 ? 12 : n) * 4 - set->n;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, apr_tolower(c)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* After "\x". */
static atom_t parse_hex(parser_t *ps)
{
    int braces = *ps->s == '{', v = 0, digits = 0;

    ps->s += braces;
    while (hex_digit(*ps->s) >= 0 && digits < (braces ? 6 : 2)) {
        v = v * 16 + hex_digit(*ps->s++);
        digits++;
    }
    if (braces && *ps->s++ != '}') {
        ps->lost = 1;
        ps->s = "";
    }
    return v < 256 ? (atom_t){ ATOM_CHAR, (char)v, NULL }
                   : (atom_t){ ATOM_OTHER, 0, NULL };
}

/* After a backslash. */
static atom_t parse_escape(parser_t *ps)
{
    static const char control[] = "t\tn\nr\rf\fa\ae\033";
    char c = *ps->s;
    const char *at;

    if (!c) {
        ps->lost = 1;
        return (atom_t){ ATOM_OTHER, 0, NULL };
    }
    ps->s++;
    if (!apr_isalnum(c)) {
        return (atom_t){ ATOM_CHAR, c, NULL };
    }
    if (c == 'x') {
        return parse_hex(ps);
    }
    for (at = control; *at; at += 2) {
        if (*at == c) {
            return (atom_t){ ATOM_CHAR, at[1], NULL };
        }
    }
    if (apr_isdigit(c)) { /* back reference or octal */
        while (apr_isdigit(*ps->s)) {
            ps->s++;
        }
    }
    else if (!strchr("dDwWsShHvVRbBAzZGK", c)) {
        ps->lost = 1;
    }
    return (atom_t){ ATOM_OTHER, 0, NULL };
}

/* After "[". A class of one character, "[.]", is that character. */
static atom_t parse_class(parser_t *ps)
{
    if (ps->s[0] && !strchr("^\\[]", ps->s[0]) && ps->s[1] == ']') {
        ps->s += 2;
        return (atom_t){ ATOM_CHAR, ps->s[-2], NULL };
    }
    ps->s += *ps->s == '^';
    ps->s += *ps->s == ']';
    while (*ps->s && *ps->s != ']') {
        if (ps->s[0] == '\\' && ps->s[1]) {
            ps->lost |= ps->s[1] == 'Q';
            ps->s += 2;
        }
        else if (ps->s[0] == '[' && ps->s[1] == ':') {
            size_t n = strspn(ps->s + 2, "^abcdefghijklmnopqrstuvwxyz");

            ps->s += ps->s[2 + n] == ':' && ps->s[3 + n] == ']' ? n + 4 : 1;
        }
        else {
            ps->s++;
        }
    }
    ps->lost |= !*ps->s;
    ps->s += *ps->s == ']';
    return (atom_t){ ATOM_OTHER, 0, NULL };
}

static void skip_name(parser_t *ps, char end)
{
    const char *at = strchr(ps->s, end);

    ps->lost |= !at;
    ps->s = at ? at + 1 : "";
}

/* After "(?": move to where the group's body begins.
 * Returns what the body is to the match. */
static atom_e parse_group_head(parser_t *ps)
{
    const char *s = ps->s;
    size_t look = *s == '=' ? 1 : *s == '<' && s[1] == '=' ? 2 : 0;

    if (look) {
        ps->s += look;
        return ATOM_LOOK;
    }

    if (*s == ':' || *s == '|' || *s == '>') {
        ps->s++;
        return ATOM_GROUP;
    }
    if (*s == '<' && s[1] != '=' && s[1] != '!') {
        skip_name(ps, '>');
        return ATOM_GROUP;
    }
    if (*s == 'P' && s[1] == '<') {
        skip_name(ps, '>');
        return ATOM_GROUP;
    }
    if (*s == '\'') {
        ps->s++;
        skip_name(ps, '\'');
        return ATOM_GROUP;
    }
    while (apr_isalpha(*s) || *s == '^' || *s == '-') { /* option letters */
        ps->lost |= *s == 'x';                          /* free spacing */
        s++;
    }
    if (s > ps->s && *s == ':') {
        ps->s = s + 1;
        return ATOM_GROUP;
    }
    return ATOM_OTHER; /* negations, conditions, recursion, options */
}

/* After "(". */
static atom_t parse_group(parser_t *ps)
{
    const ecl_literals_t *body;
    atom_e kind = ATOM_GROUP;

    if (*ps->s == '*' || (ps->s[0] == '?' && ps->s[1] == '#')) {
        ps->lost = 1; /* verbs and comments */
    }
    if (*ps->s == '?') {
        ps->s++;
        kind = parse_group_head(ps);
    }
    if (++ps->depth > DEPTH_MAX || ps->lost) {
        ps->lost = 1;
        return (atom_t){ ATOM_OTHER, 0, NULL };
    }
    body = parse_alternatives(ps);
    ps->depth--;
    ps->lost |= *ps->s != ')';
    ps->s += *ps->s == ')';
    return (atom_t){ kind, 0, body };
}

static atom_t parse_atom(parser_t *ps)
{
    char c = *ps->s++;

    switch (c) {
    case '\\':
        return parse_escape(ps);
    case '[':
        return parse_class(ps);
    case '(':
        return parse_group(ps);
    case '^':
    case '$':
    case '.':
        return (atom_t){ ATOM_OTHER, 0, NULL };
    default:
        return (atom_t){ ATOM_CHAR, c, NULL };
    }
}

/* Returns 1 when a quantifier follows; *optional: it allows zero times. What
 * only looks like "{n,m}" is taken for one that allows zero: no harm. */
static int parse_quantifier(parser_t *ps, int *optional)
{
    char c = *ps->s;

    *optional = c == '?' || c == '*';
    if (c == '{') {
        size_t n = strspn(ps->s + 1, "0123456789, ");

        if (n == 0 || ps->s[1 + n] != '}') {
            return 0;
        }
        *optional = ps->s[1] < '1' || ps->s[1] > '9';
        ps->s += n + 1;
    }
    else if (!*optional && c != '+') {
        return 0;
    }
    ps->s++;
    ps->s += *ps->s == '?' || *ps->s == '+'; /* lazy, possessive */
    return 1;
}

/* The two best sets of a sequence, the best first. */
typedef struct offers_t {
    const ecl_literals_t *best, *second;
    int weight;
} offers_t;

static void offer(offers_t *o, const ecl_literals_t *set)
{
    if (!o->best || worth(set) > worth(o->best)) {
        o->second = o->best;
        o->best = set;
    }
    else if (!o->second || worth(set) > worth(o->second)) {
        o->second = set;
    }
}

static void end_run(parser_t *ps, offers_t *o, const char *run, size_t *n)
{
    o->weight += (int)*n;
    if (*n >= ECL_LITERAL_MIN) {
        ecl_literals_t *one = apr_pcalloc(ps->p, sizeof *one);

        one->n = 1;
        one->v[0].s = apr_pstrmemdup(ps->p, run, *n);
        one->v[0].n = *n;
        offer(o, one);
    }
    *n = 0;
}

static ecl_literals_t *result_of(const offers_t *o, apr_pool_t *p)
{
    ecl_literals_t *set = apr_pcalloc(p, sizeof *set);

    if (o->best) {
        *set = *o->best;
    }
    if (o->second) {
        ecl_literals_t *also = apr_pmemdup(p, o->second, sizeof *also);

        also->also = NULL;
        set->also = also;
    }
    set->weight = o->weight;
    return set;
}

static ecl_literals_t *parse_sequence(parser_t *ps)
{
    char *run = apr_palloc(ps->p, strlen(ps->s) + 1);
    offers_t o = { NULL, NULL, 0 };
    size_t n = 0;

    while (*ps->s && *ps->s != '|' && *ps->s != ')' && !ps->lost) {
        atom_t a = parse_atom(ps);
        int optional = 0, repeated = parse_quantifier(ps, &optional);

        if (a.kind == ATOM_CHAR && !optional) {
            run[n++] = a.c;
        }
        if (a.kind != ATOM_CHAR || repeated) {
            end_run(ps, &o, run, &n);
        }
        if ((a.kind == ATOM_GROUP || a.kind == ATOM_LOOK) && !optional) {
            o.weight += a.kind == ATOM_GROUP ? a.group->weight : 0;
            if (a.group->n) {
                offer(&o, a.group);
            }
            if (a.group->also) {
                offer(&o, a.group->also);
            }
        }
    }
    end_run(ps, &o, run, &n);
    return result_of(&o, ps->p);
}

static const ecl_literals_t *parse_alternatives(parser_t *ps)
{
    ecl_literals_t *all = parse_sequence(ps);

    while (*ps->s == '|' && !ps->lost) {
        ps->s++;
        ecl_literals_t *next = parse_sequence(ps);

        all->also = NULL; /* other branches need not have it */
        if (next->weight < all->weight) {
            all->weight = next->weight;
        }
        if (all->n == 0 || next->n == 0
            || all->n + next->n > ECL_LITERALS_MAX) {
            all->n = 0;
            continue;
        }
        memcpy(all->v + all->n, next->v, (size_t)next->n * sizeof next->v[0]);
        all->n += next->n;
    }
    return all;
}

const ecl_literals_t *ecl_literals(const char *re, apr_pool_t *p)
{
    parser_t ps = { .s = re, .p = p };
    const ecl_literals_t *set = parse_alternatives(&ps);

    if (ps.lost || *ps.s) {
        ecl_literals_t *none = apr_pcalloc(p, sizeof *none);

        none->weight = set->weight;
        return none;
    }
    return set;
}
