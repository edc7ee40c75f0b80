/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_losses.c - what fell out of the shared memory, told at a restart
 * and at the end.
 *
 * One line at level info, and none when nothing fell out. httpd has no hook at
 * its end: pools are what is left. At a restart the configuration's pool goes
 * first, with this code in it; at the end that of the logs does. */
#include "errclarity.h"
#include "errclarity_log.h"
#include "errclarity_shared.h"

#include <unistd.h>

static pid_t parent; /* children and daemons inherit the cleanups */

static apr_status_t tell(void *main_server)
{
    ecl_ring_stats_t stats;

    if (getpid() != parent || !errclarity_shared) {
        return APR_SUCCESS;
    }
    parent = 0; /* said */
    ecl_ring_stats(errclarity_shared->ring, &stats);
    if (stats.overwritten || stats.refused) {
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server,
                     ECL_LOGNO(0039) "of the messages that other processes "
                                     "logged about requests since the start, "
                                     "%lu were overwritten before a failing "
                                     "request took them, %lu found no room",
                     stats.overwritten, stats.refused);
    }
    return APR_SUCCESS;
}

typedef struct end_t {
    apr_pool_t *plog;
    server_rec *main_server;
} end_t;

static apr_status_t at_restart(void *data)
{
    end_t *end = data;

    if (parent) {
        apr_pool_cleanup_kill(end->plog, end->main_server, tell);
        tell(end->main_server);
    }
    return APR_SUCCESS;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    end_t *end;

    parent = 0;
    if (!errclarity_shared) {
        return OK;
    }
    parent = getpid();
    end = apr_palloc(pconf, sizeof(*end));
    end->plog = plog;
    end->main_server = s;
    apr_pool_pre_cleanup_register(plog, s, tell);
    apr_pool_pre_cleanup_register(pconf, end, at_restart);
    return OK;
}

void errclarity_losses_register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_LAST);
}
