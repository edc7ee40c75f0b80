/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace_stack.c - Java, Node.js and Ruby: a headline, then the frames.
 *
 * Sources: java.lang.Throwable.printStackTrace(); V8's stack trace API and
 * node lib/internal/process/execution.js (source line, caret, error);
 * MRI error.c error_print(), Rack's and Passenger's own formats. */
#include "ecl_trace.h"

/* Blank lines and arrows between a headline and its frames. */
#define GAP_MAX 12

static ecl_span_t word_after(ecl_span_t s, size_t skip)
{
    return ecl_span_trim(ecl_span_from(s, skip));
}

/* "X: m" or "X" into class and message. */
static int read_headline(ecl_span_t s, ecl_trace_t *t)
{
    size_t n = ecl_trace_class(s);
    ecl_span_t rest;

    if (!n) {
        return 0;
    }
    rest = ecl_span_from(s, n);
    /* Node puts its code behind the class: "TypeError [ERR_X]: m". */
    if (ecl_span_starts(rest, " [") && ecl_span_find(rest, "]") > 0) {
        rest = ecl_span_from(rest, (size_t)ecl_span_find(rest, "]") + 1);
    }
    if (rest.n && rest.p[0] != ':') {
        return 0;
    }
    t->exception = ecl_span(s.p, n);
    t->message = rest.n ? word_after(rest, 1) : ecl_span(s.p, 0);
    return 1;
}

/* -- Java ------------------------------------------------------------------ */

/* "\tat pkg.Class.method(File.java:12)" */
static int java_frame(ecl_span_t s, ecl_frame_t *f)
{
    ecl_span_t name;
    long open, colon;
    size_t used;

    s = ecl_span_trim(s);
    if (!ecl_span_starts(s, "at ") || !ecl_span_ends(s, ")")) {
        return 0;
    }
    s = ecl_span_from(s, 3);
    open = ecl_span_rfind(s, "(");
    if (open <= 0) {
        return 0;
    }
    name = ecl_span(s.p, (size_t)open);
    if (!memchr(name.p, '.', name.n) || memchr(name.p, ' ', name.n)) {
        return 0;
    }
    s = ecl_span(s.p + open + 1, s.n - (size_t)open - 2);
    memset(f, 0, sizeof(*f));
    f->function = name;
    colon = ecl_span_rfind(s, ":");
    if (ecl_span_is(s, "Native Method") || ecl_span_is(s, "Unknown Source")) {
        return 1;
    }
    if (colon < 0) {
        return ecl_span_ends(s, ".java");
    }
    f->file = ecl_span(s.p, (size_t)colon);
    f->line = (int)ecl_span_number(ecl_span_from(s, (size_t)colon + 1), &used);
    return ecl_span_ends(f->file, ".java") || ecl_span_ends(f->file, ".kt")
           || ecl_span_ends(f->file, ".scala")
           || ecl_span_ends(f->file, ".groovy");
}

/* Java frames name classes, not paths: a library is known by its package. */
static int java_is_library(ecl_span_t function)
{
    static const char *const packages[] = {
        "java.",          "javax.",       "jdk.",        "sun.",
        "com.sun.",       "jakarta.",     "org.apache.", "org.springframework.",
        "org.hibernate.", "com.mysql.",   "com.zaxxer.", "org.postgresql.",
        "org.eclipse.",   "io.undertow.", "org.jboss.",  "org.mariadb.",
    };
    size_t i;

    for (i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
        if (ecl_span_starts(function, packages[i])) {
            return 1;
        }
    }
    return 0;
}

static void java_note(ecl_trace_t *t, ecl_frame_t f)
{
    if (!f.file.n) {
        return;
    }
    if (!t->at.file.n) {
        t->at = f;
    }
    if (!t->own.file.n && !java_is_library(f.function)) {
        t->own = f;
    }
}

/* What a container or a thread says before the class. */
static ecl_span_t java_head(ecl_span_t s)
{
    long quote;

    if (ecl_span_starts(s, "Caused by: ")) {
        return ecl_span_from(s, 11);
    }
    if (ecl_span_starts(s, "Exception in thread \"")) {
        s = ecl_span_from(s, 21);
        quote = ecl_span_find(s, "\" ");
        return quote < 0 ? s : ecl_span_from(s, (size_t)quote + 2);
    }
    return s;
}

int ecl_trace_java(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_frame_t f;
    int i = 1, frames = 0;

    if (n < 2 || !read_headline(java_head(l[0]), t)) {
        return 0;
    }
    while (i < n && i < 4 && !java_frame(l[i], &f)) {
        i++;
    }
    if (i == n || !java_frame(l[i], &f)) {
        return 0;
    }
    t->stack = 1;
    for (; i < n; i++) {
        ecl_span_t s = ecl_span_trim(l[i]);

        if (java_frame(s, &f)) {
            java_note(t, f);
            frames++;
        }
        else if (ecl_span_starts(s, "Caused by: ")) {
            /* The deepest cause is the root: start over. */
            memset(&t->at, 0, sizeof(t->at));
            memset(&t->own, 0, sizeof(t->own));
            read_headline(java_head(s), t);
        }
        else if (!ecl_span_starts(s, "... ")
                 && !ecl_span_starts(s, "Suppressed: ")) {
            break;
        }
    }
    t->nstack = i - 1;
    t->lang = ECL_LANG_JAVA;
    t->weight = ECL_WEIGHT_ERROR;
    return frames ? i : 0;
}

/* -- Node.js --------------------------------------------------------------- */

/* "/path/file.js:5" or with a column, also with file:// before. */
static int node_place(ecl_span_t s, ecl_frame_t *f)
{
    size_t used;
    long colon;
    long long last;

    s = ecl_span_trim(s);
    if (ecl_span_starts(s, "file://")) {
        s = ecl_span_from(s, 7);
    }
    colon = ecl_span_rfind(s, ":");
    if (colon <= 0) {
        return 0;
    }
    last = ecl_span_number(ecl_span_from(s, (size_t)colon + 1), &used);
    if (!used || (size_t)colon + 1 + used != s.n) {
        return 0;
    }
    s.n = (size_t)colon;
    f->file = s;
    f->line = (int)last;
    colon = ecl_span_rfind(s, ":");
    if (colon > 0) {
        last = ecl_span_number(ecl_span_from(s, (size_t)colon + 1), &used);
        if (used && (size_t)colon + 1 + used == s.n) {
            f->file.n = (size_t)colon;
            f->line = (int)last;
        }
    }
    return memchr(f->file.p, ' ', f->file.n) == NULL;
}

/* "    at f (file:1:2)", "    at async file:1:2" */
static int node_frame(ecl_span_t s, ecl_frame_t *f)
{
    long open;

    s = ecl_span_trim(s);
    if (!ecl_span_starts(s, "at ")) {
        return 0;
    }
    s = ecl_span_from(s, 3);
    if (ecl_span_starts(s, "async ")) {
        s = ecl_span_from(s, 6);
    }
    memset(f, 0, sizeof(*f));
    open = ecl_span_rfind(s, " (");
    if (open > 0 && ecl_span_ends(s, ")")) {
        f->function = ecl_span(s.p, (size_t)open);
        s = ecl_span(s.p + open + 2, s.n - (size_t)open - 3);
        /* "Object.<anonymous>" is the top level of a file. */
        if (ecl_span_ends(f->function, "<anonymous>")) {
            f->function.n = 0;
        }
    }
    return node_place(s, f) || ecl_span_is(s, "<anonymous>")
           || ecl_span_is(s, "native");
}

static int is_caret(ecl_span_t s)
{
    size_t i;

    s = ecl_span_trim(s);
    for (i = 0; i < s.n && (s.p[i] == '^' || s.p[i] == '~'); i++) {
    }
    return s.n && i == s.n;
}

/* The lines before the error: "file:5", source, caret, blank. */
static int node_preamble(const ecl_span_t *l, int n, ecl_frame_t *at)
{
    int i;

    if (!node_place(l[0], at)) {
        return 0;
    }
    for (i = 1; i < n && i < GAP_MAX; i++) {
        if (is_caret(l[i])) {
            for (i++; i < n && !ecl_span_trim(l[i]).n; i++) {
            }
            return i;
        }
    }
    return 0;
}

int ecl_trace_node(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_frame_t at = { 0 }, f;
    int pre = node_preamble(l, n, &at), i, frames = 0;
    ecl_span_t head;

    if (pre == n || n < 2) {
        return 0;
    }
    head = ecl_span_trim(l[pre]);
    if (ecl_span_starts(head, "Uncaught ")) {
        head = ecl_span_from(head, 9);
    }
    if (!read_headline(head, t)
        || (!pre && !ecl_trace_is_exception(t->exception))) {
        return 0;
    }
    for (i = pre + 1; i < n && i < pre + GAP_MAX && !node_frame(l[i], &f);
         i++) {
        /* "Require stack:" and its files stand between. */
        if (!pre && !ecl_span_starts(l[i], "Require stack:")
            && !ecl_span_starts(l[i], "- ")) {
            break;
        }
    }
    t->stack = i;
    for (; i < n && node_frame(l[i], &f); i++, frames++) {
        ecl_trace_frame(t, f);
    }
    if (!frames) {
        if (!pre) {
            return 0;
        }
        i = pre + 1; /* a syntax error in the main file has no frames */
    }
    if (at.file.n && (!ecl_trace_is_library(at.file) || !t->at.file.n)) {
        at.function = t->own.file.n && t->own.line == at.line
                          ? t->own.function
                          : ecl_span(at.file.p, 0);
        t->at = t->own = at;
    }
    t->nstack = i - t->stack;
    while (i < n
           && (!ecl_span_trim(l[i]).n || l[i].p[0] == ' '
               || ecl_span_is(l[i], "}")
               || ecl_span_starts(l[i], "Node.js v"))) {
        i++;
    }
    t->lang = ECL_LANG_NODE;
    t->weight = ECL_WEIGHT_ERROR;
    return i;
}

/* -- Ruby ------------------------------------------------------------------ */

/* "file:5:in `meth'" with "from " before; the rest, if any, is ": message".
 * Ruby 3.4 quotes 'Class#meth'. */
static int ruby_frame(ecl_span_t s, ecl_frame_t *f, ecl_span_t *rest)
{
    size_t used, i;
    long in;

    s = ecl_span_trim(s);
    if (ecl_span_starts(s, "from ")) {
        s = ecl_span_from(s, 5);
    }
    in = ecl_span_find(s, ":in ");
    if (in <= 0 || (size_t)in + 4 >= s.n
        || (s.p[in + 4] != '`' && s.p[in + 4] != '\'')) {
        return 0;
    }
    for (i = (size_t)in; i > 0 && isdigit((unsigned char)s.p[i - 1]); i--) {
    }
    if (i == (size_t)in || i < 2 || s.p[i - 1] != ':' || memchr(s.p, ' ', i)) {
        return 0;
    }
    memset(f, 0, sizeof(*f));
    f->file = ecl_span(s.p, i - 1);
    f->line = (int)ecl_span_number(ecl_span_from(s, i), &used);
    s = ecl_span_from(s, (size_t)in + 5);
    in = ecl_span_find(s, "'");
    if (in < 0) {
        in = (long)s.n;
    }
    f->function = ecl_span(s.p, (size_t)in);
    if (ecl_span_starts(f->function, "<")) {
        f->function.n = 0;
    }
    *rest = ecl_span_from(s, (size_t)in + ((size_t)in < s.n));
    return 1;
}

/* "message (Class)", "Class (message):", "Class - message:",
 * "2026-11-22 14:01:05 - Class - message:" */
static int ruby_headline(ecl_span_t s, ecl_trace_t *t)
{
    long open = ecl_span_rfind(s, " ("), dash;
    ecl_span_t name;
    size_t n;

    s = ecl_span_trim(s);
    if (open > 0 && ecl_span_ends(s, ")")) {
        name = ecl_span(s.p + open + 2, s.n - (size_t)open - 3);
        if (ecl_trace_class(name) == name.n
            && isupper((unsigned char)name.p[0])) {
            t->exception = name;
            t->message = ecl_span(s.p, (size_t)open);
            return 1;
        }
    }
    if (ecl_span_like(s, "0000-00-00 00:00:00 - ")) {
        s = ecl_span_from(s, 22);
    }
    n = ecl_trace_class(s);
    if (!n || !isupper((unsigned char)s.p[0])) {
        return 0;
    }
    t->exception = ecl_span(s.p, n);
    if (ecl_span_ends(s, ":")) {
        s.n--;
    }
    dash = n < s.n ? ecl_span_find(ecl_span_from(s, n), " - ") : -1;
    if (dash == 0) {
        t->message = ecl_span_from(s, n + 3);
        return 1;
    }
    if (n + 2 < s.n && s.p[n] == ' ' && s.p[n + 1] == '('
        && ecl_span_ends(s, ")")) {
        t->message = ecl_span(s.p + n + 2, s.n - n - 3);
        return 1;
    }
    return 0;
}

int ecl_trace_ruby(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_span_t rest;
    ecl_frame_t f;
    int i = 1;

    if (ruby_frame(l[0], &f, &rest)) {
        /* "file:5:in `meth': message (Class)" */
        if (!ecl_span_starts(rest, ": ")) {
            return 0;
        }
        rest = ecl_span_from(rest, 2);
        if (!ruby_headline(rest, t)) {
            t->message = rest;
        }
        ecl_trace_frame(t, f);
    }
    else {
        long label = ecl_span_find(l[0], "Message from application: ");
        ecl_span_t head =
            label < 0 ? l[0] : ecl_span_from(l[0], (size_t)label + 26);

        if (n < 2 || !ruby_headline(head, t)) {
            return 0;
        }
        while (i < n && i < 4 && !ecl_span_trim(l[i]).n) {
            i++;
        }
        if (i >= n || !ruby_frame(l[i], &f, &rest)) {
            return 0;
        }
    }
    t->stack = i;
    for (; i < n && ruby_frame(l[i], &f, &rest) && !rest.n; i++) {
        ecl_trace_frame(t, f);
    }
    t->nstack = i - t->stack;
    t->lang = ECL_LANG_RUBY;
    t->weight = ECL_WEIGHT_ERROR;
    return i;
}
