/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_pipe.h - one thread reads and groups, the other diagnoses.
 *
 * Groups come out in the order in which they went in, so the output does not
 * depend on the threads. Those on their way are bounded in number and bytes:
 * the reader waits. */
#ifndef ECL_CMD_PIPE_H
#define ECL_CMD_PIPE_H

#include "ecl_cmd_request.h"

typedef struct ecl_pipe_t ecl_pipe_t;

/** Called for each group in the second thread; g lives until it returns. */
typedef void ecl_pipe_fn(const ecl_group_t *g, void *baton);

/** Aborts when memory is out. Where the system gives no thread, the pipe calls
 *  fn itself. */
ecl_pipe_t *ecl_pipe_create(ecl_pipe_fn *fn, void *baton);

/** Send a group and give it away.
 * @return one that has been through, to use again; or NULL */
ecl_group_t *ecl_pipe_put(ecl_pipe_t *pipe, ecl_group_t *g);

/** Wait until everything has been through. */
void ecl_pipe_drain(ecl_pipe_t *pipe);

/** Drain it, end the thread, free everything. */
void ecl_pipe_destroy(ecl_pipe_t *pipe);

#endif
