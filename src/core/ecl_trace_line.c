/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace_line.c - Perl, Lua and shell: the report is one line.
 *
 * Sources: perl util.c Perl_mess_sv() (" at FILE line N, <FH> line M."); Lua
 * ldebug.c luaG_addinfo() ("FILE:N: msg") and lauxlib.c luaL_traceback();
 * bash error.c ("FILE: line N: msg"), dash error.c ("FILE: N: msg"). */
#include "ecl_trace.h"

/* -- Perl ------------------------------------------------------------------ */

static int is_perl_warning(ecl_span_t s)
{
    static const char *const starts[] = {
        "Use of uninitialized value",
        "Name \"",
        "Odd number of elements",
        "Subroutine ",
        "Scalar value @",
        "Useless use of",
        "Deep recursion",
        "\"my\" variable",
        "Argument \"",
        "Possible ",
        "Wide character in",
        "Smartmatch is",
        "given is experimental",
        "CGI::param called in list",
    };
    size_t i;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (ecl_span_starts(s, starts[i])) {
            return 1;
        }
    }
    return 0;
}

/* The last " at FILE line N" of s, followed by its end, "." or ",". */
static int perl_place(ecl_span_t s, ecl_frame_t *f)
{
    ecl_span_t head = s;
    size_t used;

    for (;;) {
        long line = ecl_span_rfind(head, " line "), at;
        ecl_span_t rest;

        if (line < 0) {
            return 0;
        }
        head.n = (size_t)line;
        rest = ecl_span_from(s, (size_t)line + 6);
        f->line = (int)ecl_span_number(rest, &used);
        rest = ecl_span_from(rest, used);
        at = ecl_span_rfind(head, " at ");
        if (!used || (at < 0 && !ecl_span_starts(head, "at "))
            || (rest.n && rest.p[0] != '.' && rest.p[0] != ',')) {
            continue;
        }
        f->file = ecl_span_from(head, at < 0 ? 3 : (size_t)at + 4);
        if (f->file.n && !memchr(f->file.p, '"', f->file.n)
            && ecl_span_find(f->file, " line ") < 0) {
            return 1;
        }
    }
}

int ecl_trace_perl(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_span_t s = ecl_span_trim(l[0]);
    ecl_frame_t f = { 0 };
    int i = 1, k;

    if (!perl_place(s, &f)) {
        return 0;
    }
    /* A string eval has no file; DBI and others go on for some lines and name
     * the caller's at last. */
    for (k = 1; ecl_span_starts(f.file, "(eval ") && k < n && k < 8; k++) {
        if (ecl_span_starts(l[k], " at ")
            && perl_place(ecl_span_trim(l[k]), &f)) {
            i = k + 1;
        }
    }
    t->lang = ECL_LANG_PERL;
    t->message = l[0];
    t->weight = is_perl_warning(s) ? ECL_WEIGHT_CONTEXT : ECL_WEIGHT_ERROR;
    ecl_trace_frame(t, f);
    return i;
}

/* -- Lua ------------------------------------------------------------------- */

int ecl_trace_lua(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    long ext = ecl_span_rfind(l[0], ".lua:");
    ecl_frame_t f = { 0 };
    ecl_span_t s = l[0];
    size_t used, start;
    int i;

    if (ext < 0) {
        return 0;
    }
    f.line = (int)ecl_span_number(ecl_span_from(s, (size_t)ext + 5), &used);
    if (!used
        || !ecl_span_starts(ecl_span_from(s, (size_t)ext + 5 + used), ":")) {
        return 0;
    }
    for (start = (size_t)ext;
         start > 0 && s.p[start - 1] != ' ' && s.p[start - 1] != '\t';
         start--) {
    }
    f.file = ecl_span(s.p + start, (size_t)ext + 4 - start);
    t->lang = ECL_LANG_LUA;
    t->weight = ECL_WEIGHT_ERROR;
    t->message = s;
    ecl_trace_frame(t, f);
    for (i = 1; i < n && l[i].n && l[i].p[0] == '\t'; i++) {
        t->message = ecl_trace_join(t->message, l[i]);
    }
    if (i < n && ecl_span_starts(l[i], "stack traceback:")) {
        t->stack = i;
        for (i++; i < n && l[i].n && l[i].p[0] == '\t'; i++) {
        }
        t->nstack = i - t->stack;
    }
    return i;
}

/* -- shell ----------------------------------------------------------------- */

int ecl_trace_shell(const ecl_span_t *l, int n, ecl_trace_t *t)
{
    ecl_span_t s = l[0], rest;
    long colon = ecl_span_find(s, ": ");
    ecl_frame_t f = { 0 };
    size_t used, i;

    if (colon <= 0) {
        return 0;
    }
    f.file = ecl_span(s.p, (size_t)colon);
    for (i = 0; i < f.file.n; i++) {
        if (isspace((unsigned char)f.file.p[i]) || f.file.p[i] == '(') {
            return 0;
        }
    }
    rest = ecl_span_from(s, (size_t)colon + 2);
    if (ecl_span_starts(rest, "line ")) {
        rest = ecl_span_from(rest, 5);
    }
    else if (!memchr(f.file.p, '/', f.file.n)
             && !ecl_span_ends(f.file, ".sh")) {
        return 0; /* dash names its file alone: it should look like one */
    }
    f.line = (int)ecl_span_number(rest, &used);
    if (!used || !ecl_span_starts(ecl_span_from(rest, used), ": ")) {
        return 0;
    }
    t->lang = ECL_LANG_SHELL;
    t->weight = ECL_WEIGHT_ERROR;
    t->message = s;
    ecl_trace_frame(t, f);
    return 1;
}
