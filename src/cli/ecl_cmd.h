/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd.h - errclarity(1): what its commands share.
 *
 * The same core as the module, offline. A command prints to standard output,
 * complains to standard error and returns its exit code. */
#ifndef ECL_CMD_H
#define ECL_CMD_H

#include <stdio.h>

#include <apr_pools.h>

#include "ecl_catalog.h"

enum {
    ECL_EXIT_FINE = 0,
    ECL_EXIT_FINDINGS = 1,
    ECL_EXIT_USAGE = 2 /* wrong usage or unreadable input */
};

typedef enum ecl_cmd_format_e {
    ECL_CMD_TEXT,
    ECL_CMD_JSON,
    ECL_CMD_MARKDOWN
} ecl_cmd_format_e;

/* A command. argv[0] is its name. */
int ecl_cmd_explain(int argc, char **argv, apr_pool_t *p);
int ecl_cmd_template(int argc, char **argv, apr_pool_t *p);
int ecl_cmd_link(int argc, char **argv, apr_pool_t *p);
int ecl_cmd_causes(int argc, char **argv, apr_pool_t *p);

/** The built-in catalogue, compiled; NULL after a complaint. */
const ecl_catalog_t *ecl_cmd_catalog(apr_pool_t *p);

/** Read the value of --format.
 * @return 1, or 0 after a complaint that names what is allowed */
int ecl_cmd_format(const char *value, ecl_cmd_format_e *format);

/** "errclarity: ..." to standard error. @return ECL_EXIT_USAGE */
int ecl_cmd_complain(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
