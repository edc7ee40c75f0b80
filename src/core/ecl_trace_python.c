/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace_python.c - Python's tracebacks, chained ones and groups too.
 *
 * Sources: CPython Lib/traceback.py (format), PEP 3134 (chaining), PEP 654
 * (exception groups).
 *
 * Which exception of a chain is the root:
 * - "The above exception was the direct cause" (raise Y from X): X. The
 *   programmer says so.
 * - "During handling of the above exception, another exception occurred": the
 *   last one killed the request, but nearly always it is a library's
 *   translation (ConnectionRefusedError -> NewConnectionError ->
 *   MaxRetryError), so the first is the reason. Not when the first is a mere
 *   look-up whose failure is ordinary control flow (KeyError before
 *   ImproperlyConfigured): then the next. A failed import before another
 *   failed import is a fallback: then the next as well.
 * - A group of exceptions says nothing itself: the first of its members that
 *   is no group does. Their lines stand behind a gutter, "    | ". */
#include "ecl_trace.h"

typedef struct block_t {
    ecl_trace_t t;
    int next; /* the line after the block */
} block_t;

/* The lines of a report, those of a group without their gutter. */
typedef struct lines_t {
    const ecl_span_t *l;
    int n;
    int group; /* the line whose gutter is the first; n: there is no group */
    size_t margin; /* by so much whitespace all lines are set in */
} lines_t;

static size_t indent(ecl_span_t s)
{
    size_t n = 0;

    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t')) {
        n++;
    }
    return n;
}

static ecl_span_t line(const lines_t *ls, int i)
{
    ecl_span_t s = ls->l[i], t = ecl_span_trim(s);
    size_t margin = ls->margin ? indent(s) : 0;

    if (margin) {
        s = ecl_span_from(s, margin < ls->margin ? margin : ls->margin);
    }
    if (i < ls->group || !t.n || !strchr("|+", t.p[0])) {
        return s;
    }
    s = ecl_span_from(s, (size_t)(t.p - s.p) + 1);
    return s.n && s.p[0] == ' ' ? ecl_span_from(s, 1) : s;
}

/* `  File "x", line 4, in f` */
static int read_frame(ecl_span_t s, ecl_frame_t *f)
{
    size_t used;
    long quote;

    s = ecl_span_trim(s);
    if (!ecl_span_starts(s, "File \"")) {
        return 0;
    }
    s = ecl_span_from(s, 6);
    quote = ecl_span_find(s, "\", line ");
    if (quote <= 0) {
        return 0;
    }
    memset(f, 0, sizeof(*f));
    f->file = ecl_span(s.p, (size_t)quote);
    s = ecl_span_from(s, (size_t)quote + 8);
    f->line = (int)ecl_span_number(s, &used);
    s = ecl_span_from(s, used);
    if (ecl_span_starts(s, ", in ") && !ecl_span_is(s, ", in <module>")) {
        f->function = ecl_span_from(s, 5);
    }
    return used > 0;
}

static int is_header(ecl_span_t s)
{
    return ecl_span_ends(ecl_span_trim(s),
                         "Traceback (most recent call last):");
}

static int is_group(ecl_span_t s)
{
    return ecl_span_ends(ecl_span_trim(s),
                         "Exception Group Traceback (most recent call last):");
}

/* "+---------------- 2 ----------------", "+-+---------------- 1 ---", and
 * the line that closes a group. */
static int is_rule(const lines_t *ls, int i)
{
    ecl_span_t s = ecl_span_trim(ls->l[i]);

    return i >= ls->group
           && (ecl_span_starts(s, "+----") || ecl_span_starts(s, "+-+----"));
}

/* "Class: message" or "Class" at the left margin. */
static int read_exception(ecl_span_t s, ecl_trace_t *t)
{
    size_t n = ecl_trace_class(s);

    while (s.n && isspace((unsigned char)s.p[s.n - 1])) {
        s.n--;
    }
    if (!n || (n < s.n && !ecl_span_starts(ecl_span_from(s, n), ":"))) {
        return 0;
    }
    t->exception = ecl_span(s.p, n);
    t->message =
        n < s.n ? ecl_span_trim(ecl_span_from(s, n + 1)) : ecl_span(s.p, 0);
    return 1;
}

/* Frames print the innermost last, so a later one wins. A WSGI script is the
 * site's own, though a package may have put it below /usr/share. */
static void note_frame(ecl_trace_t *t, ecl_frame_t f)
{
    t->at = f;
    if (!ecl_trace_is_library(f.file) || ecl_span_ends(f.file, ".wsgi")) {
        t->own = f;
    }
}

/* Does line i go on with the message of the exception before it? */
static int goes_on(const lines_t *ls, int i)
{
    ecl_span_t s = line(ls, i);
    ecl_frame_t f;

    return s.n && !is_rule(ls, i)
           && (s.p[0] == '\t' || ecl_span_starts(s, "[SQL: ")
               || ecl_span_starts(s, "(Background on this error at:")
               || (s.p[0] == ' ' && !read_frame(s, &f) && !is_header(s)));
}

/* One traceback from line i on. */
static int read_block(const lines_t *ls, int i, block_t *b)
{
    int frames = 0;
    ecl_frame_t f;

    memset(b, 0, sizeof(*b));
    b->t.stack = i;
    if (is_header(line(ls, i))) {
        i++;
    }
    for (; i < ls->n; i++) {
        ecl_span_t s = line(ls, i);

        if (read_frame(s, &f)) {
            note_frame(&b->t, f);
            frames++;
        }
        else if (!s.n || !isspace((unsigned char)s.p[0])) {
            break;
        }
    }
    b->t.nstack = i - b->t.stack;
    if (!frames && !b->t.nstack) {
        return 0;
    }
    if (i < ls->n && read_exception(line(ls, i), &b->t)) {
        b->t.rest = ++i;
        while (i < ls->n && goes_on(ls, i)) {
            i++;
        }
        b->t.nrest = i - b->t.rest;
    }
    else if (frames == 0) {
        return 0;
    }
    b->next = i;
    return 1;
}

static int is_named(ecl_span_t name, const char *const *names, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (ecl_span_is(name, names[i])) {
            return 1;
        }
    }
    return 0;
}

/* Whether the later exception of two, the former being handled, is the root. */
static int is_superseded(ecl_span_t former, ecl_span_t later)
{
    static const char *const lookups[] = { "KeyError", "AttributeError",
                                           "IndexError", "StopIteration",
                                           "LookupError" };
    static const char *const imports[] = { "ImportError",
                                           "ModuleNotFoundError" };

    return is_named(former, lookups, 5)
           || (is_named(former, imports, 2) && is_named(later, imports, 2));
}

/* The line after the words that chain the next traceback, or 0. */
static int skip_blank(const lines_t *ls, int i)
{
    int blank;

    for (blank = 0; i < ls->n && blank < 3 && !ecl_span_trim(line(ls, i)).n;
         blank++) {
        i++;
    }
    return i;
}

static int chained(const lines_t *ls, int i, int *direct)
{
    ecl_span_t s;

    i = skip_blank(ls, i);
    if (i >= ls->n) {
        return 0;
    }
    s = line(ls, i);
    *direct = ecl_span_starts(s, "The above exception was the direct cause");
    if (!*direct
        && !ecl_span_starts(s, "During handling of the above exception")) {
        return 0;
    }
    i = skip_blank(ls, i + 1);
    return i < ls->n && is_header(line(ls, i)) ? i : 0;
}

/* A traceback and those chained to it: *root is the one to believe.
 * @return the line after them, 0 when there is none at i */
static int read_chain(const lines_t *ls, int i, block_t *root)
{
    block_t b;
    int at, direct;

    if (!read_block(ls, i, root)) {
        return 0;
    }
    for (i = root->next; (at = chained(ls, i, &direct)) > 0; i = b.next) {
        if (!read_block(ls, at, &b)) {
            break;
        }
        if (!direct && is_superseded(root->t.exception, b.t.exception)) {
            *root = b;
        }
        else if (!root->t.own.file.n) {
            root->t.own = b.t.own; /* the root lies within libraries */
        }
    }
    return i;
}

/* The members of a group, whose own block ends before line i. *root becomes
 * the first that is no group; where none of its frames is the site's own, those
 * of the group tell the way.
 * @return the line after the group */
static int read_members(const lines_t *ls, int i, block_t *root)
{
    block_t b;
    int found = 0;

    while (i < ls->n) {
        int grouped, next;

        if (is_rule(ls, i)) {
            i++;
            continue;
        }
        if (ecl_span_trim(ls->l[i]).n == 0
            || !strchr("|+", ecl_span_trim(ls->l[i]).p[0])) {
            break;
        }
        grouped = is_group(line(ls, i));
        next = !found && is_header(line(ls, i)) ? read_chain(ls, i, &b) : 0;
        if (next) {
            i = next;
            if (!b.t.own.file.n) {
                b.t.own = root->t.own;
            }
            *root = b;
            found = !grouped;
            continue;
        }
        i++;
    }
    return i;
}

int ecl_trace_python_lone(ecl_span_t s, ecl_trace_t *t)
{
    if (!read_exception(s, t) || !ecl_trace_is_exception(t->exception)) {
        memset(t, 0, sizeof(*t));
        return 0;
    }
    t->lang = ECL_LANG_PYTHON;
    t->weight = ECL_WEIGHT_ERROR;
    return 1;
}

int ecl_trace_python(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    lines_t ls = { l, n, n, 0 };
    ecl_frame_t f;
    block_t root;
    int next;

    if (!is_header(l[0]) && !read_frame(l[0], &f)) {
        return 0;
    }
    if (is_group(l[0])) {
        ls.group = 0;
    }
    else if (is_header(l[0])) {
        ls.margin = indent(l[0]);
    }
    next = read_chain(&ls, 0, &root);
    if (!next) {
        return 0;
    }
    if (is_group(l[0])) {
        next = read_members(&ls, next, &root);
    }
    *t = root.t;
    t->stack = 0;
    t->nstack = next;
    t->lang = ECL_LANG_PYTHON;
    t->weight = ECL_WEIGHT_ERROR;
    return next;
}
