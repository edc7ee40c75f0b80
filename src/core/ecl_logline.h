/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logline.h - read a line of an Apache error_log back into a message.
 *
 * Understands the default formats of 2.2 and 2.4 (and 1.3), with or without
 * vhost, request id and source position, behind syslog, journald and container
 * prefixes, and bare messages without any prefix. Threads: pure. */
#ifndef ECL_LOGLINE_H
#define ECL_LOGLINE_H

#include <apr_pools.h>
#include <apr_time.h>

#include "ecl_msg.h"
#include "ecl_span.h"

/** What a line says, as it stands there: pieces of the line, not cleaned, empty
 *  when unknown. Reading it allocates nothing. */
typedef struct ecl_loghead_t {
    int level; /* ecl_level_e */
    int ah;
    int os_error;
    int has_prefix;  /* the line began with an error_log prefix; else it is raw
                        output (a script's stderr) or the continuation of the
                        line before */
    apr_time_t time; /* local time read as UTC; 0 unknown */
    long pid;        /* 0 unknown */
    unsigned long long tid; /* 0 unknown */
    ecl_span_t module;
    ecl_span_t client; /* "192.0.2.1:4711" */
    ecl_span_t vhost;  /* only custom formats tell */
    ecl_span_t log_id; /* request id that the format printed */
    ecl_span_t text;   /* the message, escaped as httpd wrote it */
    ecl_span_t referer;
} ecl_loghead_t;

/** Read a line of n bytes, any; the newline need not be cut off. */
void ecl_logline_read(ecl_loghead_t *out, const char *line, size_t n);

/** Read a message without its prefix: number, errno text, referer. */
void ecl_logline_message(ecl_loghead_t *out, ecl_span_t text);

/** A clean copy (ecl_text.h) of a message, httpd's escapes undone.
 * @param n  *n: its bytes; may be NULL */
char *ecl_logline_clean(ecl_span_t text, size_t *n, apr_pool_t *p);

/** A line read and cleaned. Texts are allocated from p; NULL is unknown. */
typedef struct ecl_logline_t {
    ecl_msg_t msg;
    int has_prefix;         /* as above */
    apr_time_t time;        /* as above */
    long pid;               /* 0 unknown */
    unsigned long long tid; /* 0 unknown */
    const char *client;
    const char *log_id;
    const char *referer;
} ecl_logline_t;

/** ecl_logline_read() with clean copies.
 *  @param p  for the texts */
void ecl_logline_parse(ecl_logline_t *out, const char *line, size_t n,
                       apr_pool_t *p);

#endif
