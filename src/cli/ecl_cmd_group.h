/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_group.h - which lines of an error_log belong to one request.
 *
 * By the request's id where the format prints one, else by process, thread and
 * client within a few seconds. A line without a client joins its thread's
 * neighbours; raw output without a prefix joins the line that it explains.
 * Memory is flat: a group is handed over and its memory used again as soon as
 * the log's time has passed it. */
#ifndef ECL_CMD_GROUP_H
#define ECL_CMD_GROUP_H

#include "ecl_cmd_request.h"

/** Receives a complete group, which is its own from then on.
 * @return a group that is to be used again, it or another one; or NULL */
typedef ecl_group_t *ecl_group_fn(ecl_group_t *g, void *baton);

typedef struct ecl_grouper_t ecl_grouper_t;

/** @param single  all lines belong to one request */
ecl_grouper_t *ecl_grouper_create(int single, ecl_group_fn *fn, void *baton);

/** Take the next line of the log: copied as far as it is needed. */
void ecl_grouper_line(ecl_grouper_t *g, const ecl_loghead_t *l);

/** Count a line that belongs to nothing, and let time pass. */
void ecl_grouper_skip(ecl_grouper_t *g, apr_time_t time);

/** Hand over what is still open, and free everything. */
void ecl_grouper_finish(ecl_grouper_t *g);

#endif
