/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logformat.h - read log lines that a site's ErrorLogFormat shaped.
 *
 * The format's own syntax, as httpd parses it. Threads: a compiled format is
 * immutable. */
#ifndef ECL_LOGFORMAT_H
#define ECL_LOGFORMAT_H

#include <apr_pools.h>

#include "ecl_logline.h"

typedef struct ecl_logformat_t ecl_logformat_t;

/** Compile a format; ErrorLogFormat's argument without the quotes around it.
 * @param error  *error: what is wrong, allocated from p, when NULL is returned
 */
ecl_logformat_t *ecl_logformat_compile(const char *format, const char **error,
                                       apr_pool_t *p);

/** Read a line of n bytes, any, as ecl_logline_read() does.
 * @return 1, or 0 when the line is not of that format; out is then undefined */
int ecl_logformat_read(const ecl_logformat_t *f, ecl_loghead_t *out,
                       const char *line, size_t n);

#endif
