/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_shared.h - memory that all of the server's processes share.
 *
 * Anonymous, made once in the parent before any other module's post_config, so
 * that the daemons which mod_cgid, mod_wsgi and mod_fcgid fork there have it
 * too. It survives graceful and hard restarts (it hangs on the process's pool)
 * and ends with the server. Not there while no directive of the server's
 * configuration asks for more than Off.
 * To add an area: a member here, its size and start in errclarity_shared.c, and
 * ERRCLARITY_SHARED_LAYOUT counted up. */
#ifndef ERRCLARITY_SHARED_H
#define ERRCLARITY_SHARED_H

#include "apr_pools.h"

#include "ecl_ring.h"
#include "ecl_runs.h"
#include "ecl_seen.h"

/** Counts up with every change of what lies in the memory: after an upgrade
 *  and a restart the new module starts with memory of its own. */
#define ERRCLARITY_SHARED_LAYOUT 2

/** The areas, at the same addresses in all processes. */
typedef struct errclarity_shared_t {
    ecl_ring_t *ring; /* messages for requests of other processes */
    ecl_runs_t *runs; /* which CGI scripts run */
    ecl_seen_t *seen; /* since when a problem is there */
} errclarity_shared_t;

/** The areas, or NULL: there are none. From post_config on, everywhere. */
extern const errclarity_shared_t *errclarity_shared;

void errclarity_shared_register_hooks(apr_pool_t *p);

/** Tell at a restart and at the end what fell out of the ring. */
void errclarity_losses_register_hooks(apr_pool_t *p);

#endif
