/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_crash.h - what a dying worker leaves for its parent.
 *
 * Fixed-size texts only: a signal handler fills it in, in memory that all
 * processes share and that outlives them (a mapped file). Whoever reads it
 * takes nothing in it for granted. */
#ifndef ERRCLARITY_CRASH_H
#define ERRCLARITY_CRASH_H

#include "httpd.h"

#include "ecl_incident.h"

/** The request that a thread serves, or what of it has been read so far. */
typedef struct errclarity_crash_request_t {
    apr_int64_t time;        /* of its arrival, as apr_time_t; 0 no request */
    apr_int32_t port;        /* that it came in on */
    char id[ECL_ID_LEN + 2]; /* "" when it was not diagnosed before */
    char method[16], host[128]; /* method and domain of the request */
    char path[768], query[512];
    char handler[64], script[512];
    char server[128]; /* ServerName of its virtual host */
} errclarity_crash_request_t;

/** Must be the same in every process that maps the file: a change of this
 *  structure changes ERRCLARITY_CRASH_LAYOUT. */
#define ERRCLARITY_CRASH_LAYOUT 2

typedef struct errclarity_crash_t {
    apr_uint32_t state; /* ERRCLARITY_CRASH_*, or the process that writes it, so
                           that the slot of one killed meanwhile is known;
                           atomic */
    apr_int32_t signal;
    apr_int64_t pid, tid;
    apr_int64_t time; /* of the crash */
    errclarity_crash_request_t request;
} errclarity_crash_t;

#define ERRCLARITY_CRASH_FREE 0u
#define ERRCLARITY_CRASH_FULL 1u

/** How many crashes may wait for the parent; further ones are counted. */
#define ERRCLARITY_CRASH_SLOTS 64

/** ErrClarityCrashReport. */
const char *errclarity_crash_set(cmd_parms *cmd, void *unused, const char *arg);

/** Whether the directive is On. */
int errclarity_crash_wanted(void);

void errclarity_crash_register_hooks(apr_pool_t *p);
void errclarity_crash_spool_register_hooks(apr_pool_t *p);

/** The request has been given an id: a crash from now on has the same.
 *  Does nothing unless the directive is On. */
void errclarity_crash_name(const request_rec *root, const char *id);

/** A slot for one crash of the calling process pid, or NULL: none is free or
 *  there is no spool. Async-signal-safe. */
errclarity_crash_t *errclarity_crash_slot(pid_t pid);

#endif
