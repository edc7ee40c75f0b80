/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_example.h - the catalogue's own examples, for tests and documentation.
 *
 * The catalogue passes `examples` and `near` over; this reads nothing else. */
#ifndef ECL_EXAMPLE_H
#define ECL_EXAMPLE_H

#include <stddef.h>

#include <apr_pools.h>

#include "ecl_classify.h"

typedef struct ecl_example_t {
    const char *slug;  /* of the cause it stands at */
    const char *where; /* "file:line" */
    int near;          /* a near miss: slug must not win */
    const char *cause; /* that must win; NULL for a near miss that leaves it
                          open */
    ecl_facts_t facts; /* that the verdict must hold */
    ecl_case_t kase;   /* with the log lines as messages */
} ecl_example_t;

/** Called with each example; everything it holds is allocated from the pool
 *  given to ecl_examples(). */
typedef void ecl_example_fn(const ecl_example_t *ex, void *baton);

/** Read the examples of one catalogue text.
 * @return NULL, or what is wrong, with name and line, allocated from p */
const char *ecl_examples(const char *name, const char *yaml, size_t n,
                         ecl_example_fn *fn, void *baton, apr_pool_t *p);

#endif
