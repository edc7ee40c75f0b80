/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_catalog.h - the causes and the rules that recognise them.
 *
 * Loaded once from YAML (the embedded catalogue, then operators' files),
 * compiled, and immutable from then on: any thread may read it.
 * docs/catalogue.md describes the format. */
#ifndef ECL_CATALOG_H
#define ECL_CATALOG_H

#include <stddef.h>

#include <apr_errno.h>
#include <apr_pools.h>

#include "ecl_cause.h"

typedef struct ecl_catalog_t ecl_catalog_t;

/** An empty catalogue. Its memory, the regexes' too, goes with p. */
ecl_catalog_t *ecl_catalog_create(apr_pool_t *p);

/** Add the causes and rules of one YAML text (one or several documents).
 *  A slug seen before gets further rules, and its texts where the new block
 *  states them: that is how an operator's file extends a built-in cause.
 * @param name  what errors call the text, e.g. the file's path
 * @return NULL, or what is wrong, with name and line, allocated from p */
const char *ecl_catalog_add(ecl_catalog_t *c, const char *name,
                            const char *yaml, size_t n, apr_pool_t *p);

/** ecl_catalog_add() for a file. */
const char *ecl_catalog_add_file(ecl_catalog_t *c, const char *path,
                                 apr_pool_t *p);

/** Compile what was added; call once, last. Required before any look-up.
 * @return NULL, or what is wrong, allocated from p */
const char *ecl_catalog_compile(ecl_catalog_t *c, apr_pool_t *p);

/** The catalogue that is part of the program: its YAML text. Static. */
const char *ecl_catalog_builtin(size_t *n);

int ecl_catalog_size(const ecl_catalog_t *c);

/** Cause number i, 0 <= i < size. Borrowed from c. */
const ecl_cause_t *ecl_catalog_at(const ecl_catalog_t *c, int i);

/** The cause of that slug, or NULL. Borrowed from c. */
const ecl_cause_t *ecl_catalog_find(const ecl_catalog_t *c, const char *slug);

/** Whether any cause belongs to that family ("cgi"). */
int ecl_catalog_has_family(const ecl_catalog_t *c, const char *family);

#endif
