/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_leak.h - does the body of a failing response show internals?
 *
 * Stack traces, paths of source files, database errors and the debug pages of
 * frameworks: what ErrClarityReplace calls `leaking`. Precise rather than
 * greedy: a page that merely speaks of errors is none.
 * Threads: the patterns are immutable, a search is pure. */
#ifndef ECL_LEAK_H
#define ECL_LEAK_H

#include <stddef.h>

#include <apr_pools.h>

/** Bytes of a body that are looked at, from its beginning. */
#define ECL_LEAK_BODY ((size_t)65536)

/** The longest text that is taken out of a body. */
#define ECL_LEAK_TEXT 4096

/** How a body's text is written. */
typedef enum ecl_markup_e {
    ECL_MARKUP_NONE,
    ECL_MARKUP_TAGS, /* HTML, XML: tags and character references */
    ECL_MARKUP_JSON  /* escapes within strings */
} ecl_markup_e;

typedef struct ecl_leaks_t ecl_leaks_t; /* the patterns */

typedef struct ecl_leak_t {
    const char *kind; /* e.g. "java trace", "database error". Static */
    const char *text; /* what it says, clean lines without markup; secrets are
                         in it. Allocated from the search's pool */
    size_t len;
} ecl_leak_t;

/** Compile the patterns.
 * @param error  *error: what is wrong, when it returns NULL; from p
 * @param p      owns everything */
const ecl_leaks_t *ecl_leaks_create(const char **error, apr_pool_t *p);

/** Look for internals in the first n bytes of a body.
 * @param root  the site's own directory, whose mention is a leak; may be NULL
 * @param leak  filled in when there is one
 * @param p     for leak and scratch memory, about three times n
 * @return whether there is one */
int ecl_leaks_find(const ecl_leaks_t *leaks, ecl_leak_t *leak, const char *s,
                   size_t n, ecl_markup_e markup, const char *root,
                   apr_pool_t *p);

/** s as a reader sees it: without markup, a line for each block.
 * @param dst  n bytes
 * @return bytes written */
size_t ecl_leak_plain(char *dst, const char *s, size_t n, ecl_markup_e markup);

#endif
