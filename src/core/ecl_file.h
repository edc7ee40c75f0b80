/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_file.h - read an operator's file whole. */
#ifndef ECL_FILE_H
#define ECL_FILE_H

#include <stddef.h>

#include <apr_pools.h>

/** The bytes of a file, at most 4 MiB: such files are written by hand.
 * @param text  *text, *n: allocated from p
 * @return NULL, or why not, with the path, allocated from p */
const char *ecl_file_read(const char *path, const char **text, size_t *n,
                          apr_pool_t *p);

#endif
