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

typedef struct ecl_logline_t {
    ecl_msg_t msg;
    int has_prefix;         /* the line began with an error_log prefix; else it
                               is raw output (a script's stderr) or the
                               continuation of the line before */
    apr_time_t time;        /* local time read as UTC; 0 unknown */
    long pid;               /* 0 unknown */
    unsigned long long tid; /* 0 unknown */
    const char *client;     /* "192.0.2.1:4711", or NULL; allocated from p */
    const char *log_id;     /* request id the format printed, or NULL */
    const char *referer;    /* cut off the message's end, or NULL */
} ecl_logline_t;

/** @param line  n bytes, any; the newline need not be cut off
 *  @param p     for the texts */
void ecl_logline_parse(ecl_logline_t *out, const char *line, size_t n,
                       apr_pool_t *p);

#endif
