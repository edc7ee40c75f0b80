/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_shared.c - memory that all of the server's processes share.
 *
 * Does not know what is in its areas. Zeroed memory from the kernel is their
 * empty state, so that pages nobody uses are never touched. */
#include "errclarity_shared.h"

#include <stdint.h>
#include <string.h>

#include "apr_shm.h"
#include "http_core.h"

#include "errclarity.h"
#include "errclarity_log.h"

#define USERDATA "mod_errclarity:shared"

/* What the memory begins with; compared whole by a later load of the module,
 * perhaps another version of it. */
typedef struct header_t {
    char name[16];
    uint32_t layout;
    uint32_t header_size;
    uint64_t ring_size;
    uint64_t runs_size;
    uint64_t seen_size;
} header_t;

#define ALIGN(n) (((n) + 4095) & ~(apr_size_t)4095)

const errclarity_shared_t *errclarity_shared;

static errclarity_shared_t areas;

static void make_header(header_t *h)
{
    memset(h, 0, sizeof(*h));
    memcpy(h->name, "mod_errclarity", 14);
    h->layout = ERRCLARITY_SHARED_LAYOUT;
    h->header_size = sizeof(*h);
    h->ring_size = ecl_ring_size();
    h->runs_size = ecl_runs_size();
    h->seen_size = ecl_seen_size();
}

/* The memory of an earlier generation, or NULL when it is laid out in another
 * way; its users, who may live on for a while, then keep it to themselves. */
static char *find(const header_t *want, apr_pool_t *process_pool)
{
    void *mem = NULL;

    apr_pool_userdata_get(&mem, USERDATA, process_pool);
    return mem && memcmp(mem, want, sizeof(*want)) == 0 ? mem : NULL;
}

static apr_status_t make(char **mem, const header_t *want,
                         apr_pool_t *process_pool)
{
    /* A page more: APR keeps the size in front, so that what it hands out is
     * aligned to a word at best. */
    apr_size_t size = ALIGN(sizeof(*want)) + ALIGN(want->ring_size)
                      + ALIGN(want->runs_size) + ALIGN(want->seen_size)
                      + ALIGN(1);
    apr_shm_t *shm;
    apr_status_t rv = apr_shm_create(&shm, size, NULL, process_pool);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *mem = (char *)ALIGN((apr_uintptr_t)apr_shm_baseaddr_get(shm));
    memcpy(*mem, want, sizeof(*want));
    /* Not setn: the key's text goes when the module is unloaded. */
    return apr_pool_userdata_set(*mem, USERDATA, NULL, process_pool);
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    apr_status_t rv;
    header_t want;
    char *mem;

    errclarity_shared = NULL;
    if (!errclarity_armed
        || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    make_header(&want);
    mem = find(&want, s->process->pool);
    if (!mem) {
        rv = make(&mem, &want, s->process->pool);
        if (rv != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                         ECL_LOGNO(0010) "no shared memory: what other "
                                         "processes log about a request stays "
                                         "unknown");
            return OK;
        }
    }
    mem += ALIGN(sizeof(want));
    areas.ring = ecl_ring_init(mem);
    mem += ALIGN(want.ring_size);
    areas.runs = ecl_runs_init(mem);
    mem += ALIGN(want.runs_size);
    areas.seen = ecl_seen_init(mem);
    errclarity_shared = &areas;
    return OK;
}

void errclarity_shared_register_hooks(apr_pool_t *p)
{
    /* Before the modules that fork their daemons in this hook. */
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
