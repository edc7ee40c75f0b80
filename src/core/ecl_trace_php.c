/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace_php.c - PHP's own messages and its uncaught exceptions.
 *
 * Sources: php-src main/main.c php_error_cb() (the kinds, "in F on line N"),
 * Zend/zend_exceptions.c (Uncaught, "Next", "Stack trace:", "thrown"), PHP 5's
 * "Uncaught exception 'X' with message 'm'"; Symfony's and Drupal's
 * "Uncaught PHP Exception X: "m" at F line N". */
#include "ecl_trace.h"

/* A message in more lines than these is cut. */
#define MESSAGE_LINES 40

typedef struct kind_t {
    const char *name;
    ecl_weight_e weight;
} kind_t;

/* html_errors=0; display_errors=stderr leaves "PHP " out. */
static const kind_t KINDS[] = {
    { "Fatal error: ", ECL_WEIGHT_ERROR },
    { "Parse error: ", ECL_WEIGHT_ERROR },
    { "Core Error: ", ECL_WEIGHT_ERROR },
    { "Compile Error: ", ECL_WEIGHT_ERROR },
    { "Recoverable fatal error: ", ECL_WEIGHT_ERROR },
    { "Catchable fatal error: ", ECL_WEIGHT_ERROR },
    { "Warning: ", ECL_WEIGHT_CONTEXT },
    { "Core Warning: ", ECL_WEIGHT_CONTEXT },
    { "Compile Warning: ", ECL_WEIGHT_CONTEXT },
    { "Notice: ", ECL_WEIGHT_CONTEXT },
    { "Deprecated: ", ECL_WEIGHT_CONTEXT },
    { "Strict Standards: ", ECL_WEIGHT_CONTEXT },
    { "Unknown error: ", ECL_WEIGHT_ERROR },
};

/* "FILE on line N" or "FILE:N" right at the beginning of s, up to its end or
 * to what may follow. */
static int read_place(ecl_span_t s, ecl_frame_t *at)
{
    long on = ecl_span_find(s, " on line ");
    size_t used, i;
    long long line;

    if (on > 0 && !memchr(s.p, '\n', (size_t)on)) {
        line = ecl_span_number(ecl_span_from(s, (size_t)on + 9), &used);
        if (used) {
            at->file = ecl_span(s.p, (size_t)on);
            at->line = (int)line;
            return 1;
        }
    }
    for (i = 1; i < s.n && s.p[i] != '\n'; i++) {
        if (s.p[i] == ':') {
            line = ecl_span_number(ecl_span_from(s, i + 1), &used);
            if (used
                && (i + 1 + used == s.n
                    || isspace((unsigned char)s.p[i + 1 + used]))) {
                at->file = ecl_span(s.p, i);
                at->line = (int)line;
                return 1;
            }
        }
    }
    return 0;
}

/* Cut the last " in FILE on line N" or " in FILE:N" off s. A text that was cut
 * short ends in " in /path" or in "$". */
static ecl_span_t cut_place(ecl_span_t s, ecl_frame_t *at)
{
    ecl_span_t head = s;

    for (;;) {
        long in = ecl_span_rfind(head, " in ");

        if (in < 0) {
            return s;
        }
        if (read_place(ecl_span_from(s, (size_t)in + 4), at)) {
            return ecl_span(s.p, (size_t)in);
        }
        head.n = (size_t)in;
    }
}

/* Monolog's form: `"m" at FILE line N`, with its context behind. */
static ecl_span_t cut_at_place(ecl_span_t s, ecl_frame_t *at)
{
    long start = ecl_span_rfind(s, "\" at ");
    ecl_span_t rest = ecl_span_from(s, (size_t)start + 5);
    long line = ecl_span_find(rest, " line ");
    size_t used;

    if (line <= 0) {
        return s;
    }
    at->file = ecl_span(rest.p, (size_t)line);
    at->line =
        (int)ecl_span_number(ecl_span_from(rest, (size_t)line + 6), &used);
    return ecl_span(s.p, (size_t)start + 1);
}

/* "#0 /path/x.php(12): Class->method('a')" */
static int read_frame(ecl_span_t s, ecl_frame_t *f)
{
    size_t used, i;
    long long line;

    s = ecl_span_trim(s);
    if (s.n < 3 || s.p[0] != '#') {
        return 0;
    }
    ecl_span_number(ecl_span_from(s, 1), &used);
    if (!used || used + 1 >= s.n || s.p[used + 1] != ' ') {
        return 0;
    }
    s = ecl_span_from(s, used + 2);
    memset(f, 0, sizeof(*f));
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '(') {
            line = ecl_span_number(ecl_span_from(s, i + 1), &used);
            if (used && ecl_span_starts(ecl_span_from(s, i + 1 + used), ")")) {
                f->file = ecl_span(s.p, i);
                f->line = (int)line;
                s = ecl_span_from(s, i + 2 + used);
                break;
            }
        }
    }
    if (ecl_span_starts(s, ": ")) {
        s = ecl_span_from(s, 2);
        for (i = 0; i < s.n && s.p[i] != '('; i++) {
        }
        f->function = ecl_span(s.p, i);
    }
    return 1;
}

static ecl_span_t unquote(ecl_span_t s)
{
    s = ecl_span_trim(s);
    return s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"'
               ? ecl_span(s.p + 1, s.n - 2)
               : s;
}

/* Frame #0 names the function that threw; the place came before. */
static void note_frame(ecl_trace_t *t, ecl_frame_t f)
{
    if (!t->at.function.n) {
        t->at.function = f.function;
        if (t->own.file.p == t->at.file.p) {
            t->own.function = f.function;
        }
    }
    ecl_trace_frame(t, f);
}

/* "X: m", "X", "exception 'X' with message 'm'" -> class and message */
static void read_exception(ecl_span_t s, ecl_trace_t *t)
{
    size_t n;
    long quote;

    if (ecl_span_starts(s, "exception '")) {
        s = ecl_span_from(s, 11);
        quote = ecl_span_find(s, "'");
        if (quote < 0) {
            return;
        }
        t->exception = ecl_span(s.p, (size_t)quote);
        s = ecl_span_from(s, (size_t)quote);
        t->message = ecl_span(s.p, 0);
        if (ecl_span_starts(s, "' with message '")) {
            t->message = ecl_span_from(s, 16);
            if (ecl_span_ends(t->message, "'")) {
                t->message.n--;
            }
        }
        return;
    }
    n = ecl_trace_class(s);
    if (n && ecl_span_starts(ecl_span_from(s, n), " '")) {
        /* "Exception 'X': "m"", as frameworks word it */
        ecl_span_t name = ecl_span_from(s, n + 2);
        size_t len = ecl_trace_class(name);

        if (len && ecl_span_starts(ecl_span_from(name, len), "': ")) {
            t->exception = ecl_span(name.p, len);
            t->message = unquote(ecl_span_from(name, len + 3));
            return;
        }
    }
    if (n && n < s.n && s.p[n] == ':') {
        t->exception = ecl_span(s.p, n);
        t->message = unquote(ecl_span_from(s, n + 1));
    }
    else if (n == s.n) {
        t->exception = s;
        t->message = ecl_span(s.p, 0);
    }
}

static int begins_stack(ecl_span_t s)
{
    s = ecl_span_trim(s);
    return ecl_span_starts(s, "Stack trace:") || ecl_span_is(s, "STACKTRACE:")
           || ecl_span_starts(s, "thrown in ")
           || ecl_span_like(s, "#0 "); /* any number: #0 may be in line */
}

/* Frames from line i on, up to the "thrown in" or the last frame; later "Next"
 * exceptions belong to the same report but the first one is the root: PHP
 * prints the previous exception before the one that wraps it. */
static int read_stack(const ecl_span_t *l, int n, int i, ecl_trace_t *t)
{
    int nexts = 0;

    t->stack = i;
    for (; i < n; i++) {
        ecl_span_t s = ecl_span_trim(l[i]);
        ecl_frame_t f;

        if (read_frame(s, &f)) {
            if (!nexts) {
                note_frame(t, f);
            }
        }
        else if (ecl_span_starts(s, "thrown in ")) {
            i++;
            break;
        }
        else if (ecl_span_starts(s, "Next ")) {
            nexts++;
        }
        else if (s.n && !begins_stack(s)
                 && (!nexts || !ecl_span_starts(s, "in "))) {
            /* A "Next" exception's message may take lines of its own. */
            if (!nexts || ecl_span_starts(s, "PHP ")) {
                break;
            }
        }
    }
    t->nstack = i - t->stack;
    return i;
}

/* Everything on one line, as newer FPM pools log it. */
static void read_inline_stack(ecl_span_t s, long at, ecl_trace_t *t)
{
    ecl_span_t rest = ecl_span_from(s, (size_t)at);
    long next;
    ecl_frame_t f;

    while ((next = ecl_span_find(rest, "#")) >= 0) {
        ecl_span_t frame = ecl_span_from(rest, (size_t)next);
        long end = ecl_span_find(ecl_span_from(frame, 1), " #");

        if (end > 0) {
            frame.n = (size_t)end + 1;
        }
        if (read_frame(frame, &f)) {
            note_frame(t, f);
        }
        rest = ecl_span_from(frame, frame.n);
        rest.n = (size_t)(s.p + s.n - rest.p);
    }
}

/* The exception's headline: a message may go on for lines until its place.
 * @return lines read */
static int read_headline(const ecl_span_t *l, int n, ecl_span_t text,
                         ecl_trace_t *t)
{
    ecl_frame_t at = { 0 };
    int i = 1;
    ecl_span_t head = cut_place(text, &at);

    while (i < n && i < MESSAGE_LINES && !at.file.n && !begins_stack(l[i])
           && ecl_trace_join(text, l[i]).n > text.n) {
        text = ecl_trace_join(text, l[i++]);
        head = cut_place(text, &at);
    }
    if (ecl_span_find(text, "\" at ") > 0) {
        head = cut_at_place(text, &at);
    }
    read_exception(head, t);
    ecl_trace_frame(t, at);
    return i;
}

/* text begins with the exception ("X: m in F:N"); the frames follow, in the
 * same line or in lines of their own. */
static int read_uncaught(const ecl_span_t *l, int n, ecl_span_t text,
                         ecl_trace_t *t)
{
    long stack = ecl_span_find(text, " Stack trace: #");
    int i;

    if (stack < 0) {
        stack = ecl_span_find(text, " #0 ");
    }
    if (stack < 0) {
        i = read_headline(l, n, text, t);
    }
    else {
        i = read_headline(l, 1, ecl_span(text.p, (size_t)stack), t);
        read_inline_stack(text, stack, t);
    }
    if (i < n && begins_stack(l[i])) {
        i = read_stack(l, n, i, t);
    }
    if (stack >= 0) {
        t->stack = 0;
        t->nstack = i;
    }
    return i;
}

/* "Uncaught X: m", "Uncaught exception 'X' ...", Symfony's variant. */
static int uncaught(ecl_span_t s, ecl_span_t *rest)
{
    static const char *const t[] = { "Uncaught PHP Exception ",
                                     "PHP Exception ", "Uncaught " };
    size_t i;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        if (ecl_span_starts(s, t[i])) {
            *rest = ecl_span_from(s, strlen(t[i]));
            return 1;
        }
    }
    *rest = s;
    return ecl_span_starts(s, "exception '");
}

/* "mysqli_connect(): (HY000/2002): ...", "require(x.php): Failed to open" */
static ecl_span_t function_of(ecl_span_t body)
{
    size_t n = ecl_trace_class(body);

    return n && ecl_span_starts(ecl_span_from(body, n), "(")
                   && ecl_span_find(body, "): ") > 0
               ? ecl_span(body.p, n)
               : ecl_span(body.p, 0);
}

/* "X: m in F on line N #0 ...": an application logged what it caught. Other
 * languages print "X: m" too, so PHP's frames must follow. */
static int is_logged(const ecl_span_t *l, int n)
{
    size_t name = ecl_trace_class(l[0]);
    ecl_span_t next = n > 1 ? ecl_span_trim(l[1]) : ecl_span(l[0].p, 0);

    return name && ecl_span_starts(ecl_span_from(l[0], name), ": ")
           && ecl_trace_is_exception(ecl_span(l[0].p, name))
           && (ecl_span_find(l[0], " #0 ") > 0 || ecl_span_starts(next, "#0 ")
               || ecl_span_is(next, "Stack trace:")
               || ecl_span_is(next, "STACKTRACE:"));
}

int ecl_trace_php(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_span_t s = l[0], rest;
    size_t i;
    int prefixed = ecl_span_starts(s, "PHP ");

    if (prefixed) {
        s = ecl_span_trim(ecl_span_from(s, 4));
    }
    for (i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        if (ecl_span_starts(s, KINDS[i].name)) {
            break;
        }
    }
    if (i < sizeof(KINDS) / sizeof(KINDS[0])) {
        ecl_span_t body =
            ecl_span_trim(ecl_span_from(s, strlen(KINDS[i].name)));
        ecl_frame_t at = { 0 };

        if (uncaught(body, &rest)) {
            t->lang = ECL_LANG_PHP;
            t->weight = ECL_WEIGHT_ERROR;
            return read_uncaught(l, n, rest, t);
        }
        cut_place(body, &at);
        if (!prefixed && !at.file.n) {
            return 0;
        }
        t->lang = ECL_LANG_PHP;
        at.function = function_of(body);
        t->at.function = at.function;
        t->weight = KINDS[i].weight;
        t->message = l[0];
        ecl_trace_frame(t, at);
        if (n > 1 && ecl_span_starts(l[1], "Stack trace:")) {
            return read_stack(l, n, 1, t);
        }
        return 1;
    }
    if ((uncaught(l[0], &rest) && ecl_trace_class(rest) > 2)
        || is_logged(l, n)) {
        t->lang = ECL_LANG_PHP;
        t->weight = ECL_WEIGHT_ERROR;
        return read_uncaught(l, n, rest, t);
    }
    return 0;
}
