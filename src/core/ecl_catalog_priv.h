/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_catalog_priv.h - the catalogue's inside, for its loader and for the
 * classifier alone. */
#ifndef ECL_CATALOG_PRIV_H
#define ECL_CATALOG_PRIV_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "ecl_catalog.h"
#include "ecl_prefilter.h"
#include "ecl_rules.h"

#define ECL_UNKNOWN_SLUG "unknown.no-evidence"

struct ecl_catalog_t {
    apr_pool_t *pool;
    apr_array_header_t *causes; /* ecl_cause_t *, by index */
    apr_hash_t *by_slug;        /* ecl_cause_t */
    apr_array_header_t *rules;  /* ecl_rule_t *, in the order of the files */
    ecl_prefilter_t *filter;    /* NULL until compiled */
    apr_array_header_t
        *request_rules; /* ecl_rule_t *, that need no statement */
    const ecl_cause_t *unknown;
    int max_groups;
};

/** A cause with what only loading needs. */
typedef struct ecl_draft_t {
    ecl_cause_t cause; /* first: a pointer to it is one to the draft */
    const char *where; /* "file:line" of its first block */
    int has_who;
} ecl_draft_t;

/** The cause of that slug to be written to, made when it is new.
 * @param where  "file:line"; copied */
ecl_draft_t *ecl_catalog_open(ecl_catalog_t *c, const char *slug,
                              const char *where);

#endif
