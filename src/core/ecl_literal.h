/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_literal.h - the literal text that a match of a regex must contain.
 *
 * Reads PCRE2 syntax conservatively: whatever it does not know makes it give
 * up, which costs time at matching but never a match. Pure. */
#ifndef ECL_LITERAL_H
#define ECL_LITERAL_H

#include <stddef.h>

#include <apr_pools.h>

/** Shorter texts are too common to be worth a look-up. */
#define ECL_LITERAL_MIN 4

/** The most alternatives a pattern may have and still be of use. */
#define ECL_LITERALS_MAX 48

typedef struct ecl_literal_t {
    const char *s; /* allocated from the pool; case as in the pattern */
    size_t n;      /* at least ECL_LITERAL_MIN */
} ecl_literal_t;

typedef struct ecl_literals_t ecl_literals_t;

struct ecl_literals_t {
    int n; /* every match contains at least one of these, in some case;
              0: nothing is known */
    ecl_literal_t v[ECL_LITERALS_MAX];
    int weight; /* literal bytes that every match has: how specific it is */
    const ecl_literals_t *also; /* a second set of which the same is true, or
                                   NULL; its own `also` is NULL */
};

/** @param re  a pattern that PCRE2 compiled (not PCRE2_EXTENDED, not UTF)
 *  @return allocated from p */
const ecl_literals_t *ecl_literals(const char *re, apr_pool_t *p);

#endif
