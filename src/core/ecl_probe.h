/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe.h - look at the file that could not be run or read.
 *
 * Runs on failure only, as whoever calls. Bounded: a few stat calls and one
 * read of 512 bytes; nothing is ever executed, and a special file is not
 * opened. What is found comes back twice: as results for the record, and as
 * messages (module "probe") that the catalogue's rules match like any other
 * evidence, so that what a probe decides is data too.
 * Threads: pure but for the file system. */
#ifndef ECL_PROBE_H
#define ECL_PROBE_H

#include <apr_pools.h>

#include "ecl_incident.h"

#define ECL_PROBE_MAX 16

typedef struct ecl_probe_t {
    const char *env_path; /* given: the PATH in which env(1) will search;
                             NULL: unknown, so its target is not judged */
    ecl_probe_result_t results[ECL_PROBE_MAX];
    int nresults;
    ecl_msg_t msgs[ECL_PROBE_MAX];
    int nmsgs;
} ecl_probe_t;

/** Probe a script and its interpreter: exists, regular file, mode, owner,
 *  executable by us, each directory on its path searchable, shebang, CR at
 *  the shebang's end, byte order mark, interpreter exists and is executable,
 *  "env" target in PATH.
 *  Messages come in the order in which the kernel meets the faults; there is
 *  none when all is well or cannot be judged.
 * @param pr      zeroed but for env_path; texts are clean and allocated from p
 * @param script  absolute path
 * @param exec    the script is executed by its shebang (CGI); otherwise it is
 *                only read (PHP)
 * @param p       for the texts */
void ecl_probe_script(ecl_probe_t *pr, const char *script, int exec,
                      apr_pool_t *p);

#endif
