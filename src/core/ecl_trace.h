/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace.h - read what language runtimes print when a program fails.
 *
 * Internal to ecl_statement. Every reader looks at lines that came from one
 * source in one go, without wrappers, and says how many of them belong to the
 * report that begins at the first one. Nothing is copied. Threads: pure. */
#ifndef ECL_TRACE_H
#define ECL_TRACE_H

#include "ecl_span.h"
#include "ecl_statement.h"

/** The most lines one trace may take. */
#define ECL_TRACE_LINES 2000

typedef struct ecl_frame_t {
    ecl_span_t file;     /* n == 0: none */
    ecl_span_t function; /* n == 0: unknown, or the top level */
    int line;
} ecl_frame_t;

typedef struct ecl_trace_t {
    ecl_lang_e lang;
    ecl_weight_e weight;
    ecl_span_t exception; /* class; n == 0: the report names none */
    ecl_span_t message;   /* of the exception, or the whole of a plain report.
                             Borrowed from the lines */
    int rest;             /* the message goes on in this line */
    int nrest;            /* and so many; 0: it does not */
    ecl_frame_t at;       /* where it happened, as the runtime says */
    ecl_frame_t own;      /* the innermost frame in the site's own code */
    int stack;            /* the first line of the frames */
    int nstack;           /* 0: no frames */
} ecl_trace_t;

/** Reader of one language. @param n  > 0
 *  @return lines read, 0 when l[0] begins no report of that language */
typedef int (*ecl_trace_reader_t)(const ecl_span_t *l, int n, ecl_trace_t *t);

int ecl_trace_php(const ecl_span_t *l, int n, ecl_trace_t *t);
int ecl_trace_python(const ecl_span_t *l, int n, ecl_trace_t *t);
/** One line "Class: message", where only Python can have printed it. */
int ecl_trace_python_lone(ecl_span_t s, ecl_trace_t *t);
int ecl_trace_java(const ecl_span_t *l, int n, ecl_trace_t *t);
int ecl_trace_node(const ecl_span_t *l, int n, ecl_trace_t *t);
int ecl_trace_ruby(const ecl_span_t *l, int n, ecl_trace_t *t);
/* These say it in one line. */
int ecl_trace_lua(const ecl_span_t *l, int n, ecl_trace_t *t);
int ecl_trace_shell(const ecl_span_t *l, int n, ecl_trace_t *t);
int ecl_trace_perl(const ecl_span_t *l, int n, ecl_trace_t *t);

/* -- what the readers share -- */

/** Whether a path belongs to a runtime or an installed package rather than to
 *  the site. */
int ecl_trace_is_library(ecl_span_t path);

/** "plugin:x", "theme:x", "module:x" or "package:x" that a path belongs to.
 * @param kind  *kind: that word, static
 * @return its name, n == 0 when there is none */
ecl_span_t ecl_trace_component(ecl_span_t path, const char **kind);

/** Take note of a frame; the innermost comes first. */
void ecl_trace_frame(ecl_trace_t *t, ecl_frame_t f);

/** Length of the class name at the beginning of s: words of letters, digits
 *  and _ joined by ".", "::", "\" or "$"; 0 when s begins with no name. */
size_t ecl_trace_class(ecl_span_t s);

/** Whether a class name is an exception's by the languages' custom. */
int ecl_trace_is_exception(ecl_span_t name);

/** a to b when both lie in one text with a newline between, else a. */
ecl_span_t ecl_trace_join(ecl_span_t a, ecl_span_t b);

#endif
