/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_runs.h - which scripts run now, or ran a moment ago, in all processes.
 *
 * What a script writes to a log that all scripts share names nobody. This
 * table tells whether another script ran at the same time, so that such lines
 * are only ascribed to one when they can be its alone. When it cannot tell, it
 * says that others ran.
 * Threads and processes: as ecl_ring.h. */
#ifndef ECL_RUNS_H
#define ECL_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include <apr_time.h>

/** Runs remembered, a power of 2. */
#define ECL_RUNS_SLOTS 1024

typedef struct ecl_runs_t ecl_runs_t;

/** Bytes a table takes; the caller supplies the memory. */
size_t ecl_runs_size(void);

/** Make zeroed memory (ecl_runs_size() bytes, aligned to 64) an empty table:
 *  nothing is written. */
ecl_runs_t *ecl_runs_init(void *mem);

/** A script begins to run for a request of this process.
 *  @return its number, or 0: no room */
uint64_t ecl_runs_begin(ecl_runs_t *runs, const char *script, long pid);

/** It has ended. @param run  from ecl_runs_begin(); 0 does nothing */
void ecl_runs_end(ecl_runs_t *runs, uint64_t run, apr_time_t now);

#define ECL_RUNS_SAME  1u /* the same script, for another request */
#define ECL_RUNS_OTHER 2u /* another script */

/** Who else ran while a run did, which has not ended.
 *  @param start  when it began
 *  @return ECL_RUNS_* bits; both for run 0 */
unsigned ecl_runs_beside(const ecl_runs_t *runs, uint64_t run,
                         const char *script, apr_time_t start);

#endif
