/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_classify.h - decide the cause of one failed request.
 *
 * Pure: no I/O, no clock, no globals. The catalogue is immutable, so any
 * thread may call. Same evidence, same verdict. */
#ifndef ECL_CLASSIFY_H
#define ECL_CLASSIFY_H

#include <apr_pools.h>

#include "ecl_catalog.h"
#include "ecl_facts.h"
#include "ecl_msg.h"
#include "ecl_statement.h"

/** Calibrated: high is wrong in at most 1 of 100, medium in 1 of 5. */
typedef enum ecl_confidence_e {
    ECL_CONFIDENCE_LOW,
    ECL_CONFIDENCE_MEDIUM,
    ECL_CONFIDENCE_HIGH
} ecl_confidence_e;

/** "low", "medium", "high". Static. */
const char *ecl_confidence_name(ecl_confidence_e c);

#define ECL_ALTERNATIVES_MAX 3

typedef struct ecl_alternative_t {
    const ecl_cause_t *cause;
    ecl_confidence_e confidence;
} ecl_alternative_t;

/** What is known of a failed request. Borrowed texts; NULL is unknown. */
typedef struct ecl_case_t {
    const ecl_msg_t *msgs;
    int nmsgs;
    int status;          /* that the server or the handler gave; 0 unknown */
    const char *handler; /* e.g. "cgi-script", "proxy:fcgi://localhost" */
    const char *script;  /* path of the file that was to answer */
    int truncated;       /* the response broke off */
    int aborted;         /* the client went away */
} ecl_case_t;

typedef struct ecl_verdict_t {
    const ecl_cause_t *cause; /* never NULL: at least unknown.no-evidence */
    ecl_confidence_e confidence;
    ecl_facts_t facts; /* texts allocated from p */
    ecl_alternative_t alternatives[ECL_ALTERNATIVES_MAX];
    int nalternatives;
    int msg;                   /* index of the message that decided; -1 none */
    const char *error_type;    /* exception class, or NULL */
    const char *error_message; /* the deciding statement's text, or NULL */
    const char *stack;         /* the trace's frames, or NULL */
    const char *component;     /* plugin, theme, package, or NULL */
} ecl_verdict_t;

/** @param v  filled in; texts borrowed from the case or allocated from p,
 *            causes borrowed from c */
void ecl_classify(ecl_verdict_t *v, const ecl_catalog_t *c,
                  const ecl_case_t *kase, apr_pool_t *p);

/** The status that replaces original for this cause: the cause's own when
 *  original is a generic 500 (or below 400: a masked failure, which counts as
 *  500), else original. */
int ecl_precise_status(const ecl_cause_t *cause, int original);

#endif
