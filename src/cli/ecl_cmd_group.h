/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_group.h - which lines of an error_log belong to one request.
 *
 * By the request's id where the format prints one, else by process, thread and
 * client within a few seconds. A line without a client joins its thread's
 * neighbours; raw output without a prefix joins the line that it explains.
 * Memory is flat: a group is handed over and forgotten as soon as the log's
 * time has passed it. */
#ifndef ECL_CMD_GROUP_H
#define ECL_CMD_GROUP_H

#include <apr_pools.h>

#include "ecl_logline.h"

/** Messages kept of one request: the first and the last ones. */
#define ECL_GROUP_MSGS 256

typedef struct ecl_group_t {
    ecl_msg_t msgs[ECL_GROUP_MSGS];
    int nmsgs;
    int gap;                /* index of the first message after the gap */
    unsigned dropped;       /* messages lost in the gap */
    apr_time_t first, last; /* 0 unknown */
    long pid;
    unsigned long long tid;
    char *client;            /* or NULL */
    char *log_id;            /* or NULL */
    unsigned long long line; /* number of its first line in the input */
    unsigned long long seen; /* number of its last one */
} ecl_group_t;

/** Receives a complete group; it and its texts live until it returns. */
typedef void ecl_group_fn(const ecl_group_t *g, void *baton);

typedef struct ecl_grouper_t ecl_grouper_t;

/** @param single  all lines belong to one request */
ecl_grouper_t *ecl_grouper_create(int single, ecl_group_fn *fn, void *baton);

/** Take the next line of the log. @param p  scratch; may be cleared after */
void ecl_grouper_line(ecl_grouper_t *g, const char *line, size_t n,
                      apr_pool_t *p);

/** Hand over what is still open, and free everything. */
void ecl_grouper_finish(ecl_grouper_t *g);

#endif
