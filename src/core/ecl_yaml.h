/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_yaml.h - walk YAML documents and say exactly what is wrong in them.
 *
 * Every function that can find a fault returns 0 or NULL and leaves one error
 * text, "file:line: key \"value\": what is expected". Internal to the loaders.
 * Threads: a walk belongs to one thread. */
#ifndef ECL_YAML_H
#define ECL_YAML_H

#include <stddef.h>

#include <apr_pools.h>
#include <yaml.h>

typedef struct ecl_yaml_t {
    yaml_document_t doc; /* the one that is being walked */
    const char *name;    /* borrowed: of the whole text */
    const char *text;    /* borrowed, n bytes */
    size_t n;
    const char *file; /* that the document comes from */
    size_t first;     /* line of the stream where that file begins */
    apr_pool_t *p;
    const char *error; /* the first one; allocated from p */
} ecl_yaml_t;

/** Called with each document's root; 0 stops. */
typedef int ecl_yaml_root_fn(ecl_yaml_t *y, yaml_node_t *root, void *baton);

/** Parse a stream and hand over its documents; empty ones are passed over. A
 *  line "--- # NAME" makes errors below it name NAME and count from there.
 * @return NULL, or the error, allocated from p */
const char *ecl_yaml_each(const char *name, const char *text, size_t n,
                          ecl_yaml_root_fn *fn, void *baton, apr_pool_t *p);

/** Remember an error at that node. @return 0 */
int ecl_yaml_fail(ecl_yaml_t *y, const yaml_node_t *node, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** "file:line" of a node, allocated from y->p. */
const char *ecl_yaml_where(ecl_yaml_t *y, const yaml_node_t *node);

/** A scalar's text, borrowed from the document, or NULL with an error. */
const char *ecl_yaml_text(ecl_yaml_t *y, yaml_node_t *node, const char *key);

/** A decimal number from min to max. */
int ecl_yaml_int(ecl_yaml_t *y, yaml_node_t *node, const char *key, int min,
                 int max, int *out);

/** "true" or "false". */
int ecl_yaml_bool(ecl_yaml_t *y, yaml_node_t *node, const char *key, int *out);

/** One of n names; *out is its index. */
int ecl_yaml_choice(ecl_yaml_t *y, yaml_node_t *node, const char *key,
                    const char *const *names, int n, int *out);

/** Items of a sequence; anything else counts as a list of itself. */
int ecl_yaml_count(const yaml_node_t *node);
yaml_node_t *ecl_yaml_item(ecl_yaml_t *y, yaml_node_t *node, int i);

/** The value of a key in a mapping, or NULL. */
yaml_node_t *ecl_yaml_get(ecl_yaml_t *y, const yaml_node_t *map,
                          const char *key);

/** Stores one key's value in target. */
typedef int ecl_yaml_set_fn(ecl_yaml_t *y, yaml_node_t *value, const char *key,
                            void *target);

typedef struct ecl_yaml_key_t {
    const char *name;
    ecl_yaml_set_fn *set; /* NULL: known, but of no interest here */
} ecl_yaml_key_t;

/** Store a mapping's values; an unknown or repeated key is an error.
 * @param what  names the mapping in errors, e.g. "rule" */
int ecl_yaml_mapping(ecl_yaml_t *y, yaml_node_t *map, const char *what,
                     const ecl_yaml_key_t *keys, int nkeys, void *target);

#endif
