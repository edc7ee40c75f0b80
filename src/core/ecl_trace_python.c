/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace_python.c - Python's tracebacks, chained ones too.
 *
 * Sources: CPython Lib/traceback.py (format), PEP 3134 (chaining).
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
 *   failed import is a fallback: then the next as well. */
#include "ecl_trace.h"

typedef struct block_t {
    ecl_trace_t t;
    int next; /* the line after the block */
} block_t;

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

/* One traceback from line i on. */
static int read_block(const ecl_span_t *l, int n, int i, block_t *b)
{
    int frames = 0;
    ecl_frame_t f;

    memset(b, 0, sizeof(*b));
    b->t.stack = i;
    if (is_header(l[i])) {
        i++;
    }
    for (; i < n; i++) {
        if (read_frame(l[i], &f)) {
            note_frame(&b->t, f);
            frames++;
        }
        else if (!l[i].n || !isspace((unsigned char)l[i].p[0])) {
            break;
        }
    }
    b->t.nstack = i - b->t.stack;
    if (!frames && !b->t.nstack) {
        return 0;
    }
    if (i < n && read_exception(l[i], &b->t)) {
        i++;
        /* The rest of a message in several lines. */
        while (i < n && l[i].n
               && (l[i].p[0] == '\t' || ecl_span_starts(l[i], "[SQL: ")
                   || ecl_span_starts(l[i], "(Background on this error at:")
                   || (l[i].p[0] == ' ' && !read_frame(l[i], &f)))) {
            b->t.message = ecl_trace_join(b->t.message, l[i]);
            i++;
        }
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
static int chained(const ecl_span_t *l, int n, int i, int *direct)
{
    int blank;

    for (blank = 0; i < n && blank < 3 && !ecl_span_trim(l[i]).n; blank++) {
        i++;
    }
    if (i >= n) {
        return 0;
    }
    *direct = ecl_span_starts(l[i], "The above exception was the direct cause");
    if (!*direct
        && !ecl_span_starts(l[i], "During handling of the above exception")) {
        return 0;
    }
    for (i++, blank = 0; i < n && blank < 3 && !ecl_span_trim(l[i]).n;
         blank++) {
        i++;
    }
    return i < n && is_header(l[i]) ? i : 0;
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
    block_t root, b;
    ecl_frame_t f;
    int i, at, direct;

    if (!is_header(l[0]) && !read_frame(l[0], &f)) {
        return 0;
    }
    if (!read_block(l, n, 0, &root)) {
        return 0;
    }
    for (i = root.next; (at = chained(l, n, i, &direct)) > 0; i = b.next) {
        if (!read_block(l, n, at, &b)) {
            break;
        }
        if (!direct && is_superseded(root.t.exception, b.t.exception)) {
            root = b;
        }
    }
    *t = root.t;
    t->stack = 0;
    t->nstack = i;
    t->lang = ECL_LANG_PYTHON;
    t->weight = ECL_WEIGHT_ERROR;
    return i;
}
