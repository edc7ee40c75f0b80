/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_unwrap.h - take the wrappers off a gateway's messages.
 *
 * Internal to ecl_statement. A gateway module logs what a program wrote to its
 * standard error inside a sentence of its own. Threads: pure. */
#ifndef ECL_UNWRAP_H
#define ECL_UNWRAP_H

#include <apr_pools.h>

#include "ecl_msg.h"
#include "ecl_span.h"

typedef enum ecl_wrapper_e {
    ECL_WRAPPER_NONE,
    ECL_WRAPPER_FCGI,     /* AH01071: Got error '...' */
    ECL_WRAPPER_FCGID,    /* mod_fcgid: stderr: */
    ECL_WRAPPER_FASTCGI,  /* FastCGI: server "/x" stderr: */
    ECL_WRAPPER_CGI,      /* AH01215: stderr from /x: */
    ECL_WRAPPER_PASSENGER /* App 12 output: */
} ecl_wrapper_e;

typedef struct ecl_part_t {
    ecl_span_t text; /* borrowed from the message, or from the pool */
    ecl_span_t
        script; /* the script or program the wrapper names; n == 0 none */
    ecl_wrapper_e wrapper;
    int msg;      /* index of the message */
    int boundary; /* one of several parts: nothing goes on beyond it */
} ecl_part_t;

/** @param out  *out: array allocated from p
 *  @return number of parts, in the order of the messages */
int ecl_unwrap(const ecl_msg_t *msgs, int nmsgs, ecl_part_t **out,
               apr_pool_t *p);

#endif
