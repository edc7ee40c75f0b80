/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_print.h - print a diagnosis. */
#ifndef ECL_CMD_PRINT_H
#define ECL_CMD_PRINT_H

#include "ecl_classify.h"
#include "ecl_cmd.h"
#include "ecl_cmd_group.h"

typedef struct ecl_finding_t {
    const ecl_group_t *group;
    const ecl_verdict_t *verdict;
    const char *source; /* name of the input */
} ecl_finding_t;

/** @param color  terminal escapes in text format */
void ecl_cmd_print(FILE *to, const ecl_finding_t *f, ecl_cmd_format_e format,
                   int color, apr_pool_t *p);

#endif
