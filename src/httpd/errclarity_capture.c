/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_capture.c - the error_log hook: a request's messages, kept.
 *
 * Every thread that serves requests owns one evidence store, which starts
 * empty with each request it begins. The hook only copies into it; nothing is
 * allocated from a pool, nothing is logged. When a request turns out to fail,
 * its context takes the store over (errclarity_capture_take) on the thread
 * that ran it. So messages which httpd logs without a request (mod_proxy's
 * failed connect, with its errno) fall to the right one without anybody ever
 * following a pointer to a request that may be gone: the thread compares the
 * pointer, no more. log_transaction may run on another thread; by then the
 * filter has taken the store.
 *
 * Threads that never began a request (main thread, daemons, cgid's children)
 * have no store; what they log may be of use to another process. */
#include "errclarity.h"
#include "errclarity_shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "apr_lib.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "mpm_common.h"

typedef struct errclarity_thread_t {
    const request_rec *root; /* begun here last; only ever compared */
    ecl_evidence_t *store;   /* malloc'ed; NULL until the first message */
} errclarity_thread_t;

/* pthread rather than APR: the key must outlive every pool, and its slot must
 * be freed by the thread itself. */
static pthread_key_t thread_key;
static int thread_key_made;

static void thread_free(void *data)
{
    errclarity_thread_t *t = data;

    free(t->store);
    free(t);
}

static errclarity_thread_t *thread_get(void)
{
    return thread_key_made ? pthread_getspecific(thread_key) : NULL;
}

static errclarity_thread_t *thread_make(void)
{
    errclarity_thread_t *t = thread_get();

    if (!t && thread_key_made) {
        t = calloc(1, sizeof(*t));
        if (t && pthread_setspecific(thread_key, t) != 0) {
            free(t);
            t = NULL;
        }
    }
    return t;
}

static apr_status_t thread_key_delete(void *unused)
{
    (void)unused;
    if (thread_key_made) {
        thread_key_made = 0;
        pthread_key_delete(thread_key);
    }
    return APR_SUCCESS;
}

/* The store a message of this thread goes to, or NULL without memory. */
static ecl_evidence_t *thread_store(errclarity_thread_t *t)
{
    if (!t->store) {
        void *mem = malloc(ecl_evidence_size());

        t->store = mem ? ecl_evidence_init(mem) : NULL;
    }
    return t->store;
}

int errclarity_armed;

void errclarity_capture_arm(int now)
{
    errclarity_armed = 1;
    if (now) {
        /* The request has begun unnoticed: have a store for what follows. */
        (void)thread_make();
    }
}

static int create_request(request_rec *r)
{
    if (errclarity_armed && !r->main && !r->prev) {
        errclarity_thread_t *t = thread_make();

        if (t) {
            t->root = r;
            if (t->store) {
                ecl_evidence_reset(t->store);
            }
        }
    }
    return OK;
}

/* The event MPM gives this thread a connection that another one served: what
 * has begun here is over, and its address may by now be another request's. */
static void resume_connection(conn_rec *c, request_rec *r)
{
    errclarity_thread_t *t = thread_get();

    if (t) {
        t->root = NULL;
        if (t->store) {
            ecl_evidence_reset(t->store);
        }
    }
}

/* What prints the format's first argument as the message's number: mod_cgi's
 * and mod_cgid's messages (modules/generators/cgi_common.h log_scripterror). */
#define NUMBER_IS_ARGUMENT "%sstderr from %s: %s"

/* The number of a message whose format begins "AHnnnnn: ", else 0. From the
 * format, not from the text: what a script prints cannot pretend to be
 * httpd. */
static int ah_number(const char *format, const char *text)
{
    int n = 0, i;

    if (format && format[0] == '%' && !strcmp(format, NUMBER_IS_ARGUMENT)) {
        format = text; /* httpd printed its beginning itself */
    }
    if (!format || format[0] != 'A' || format[1] != 'H') {
        return 0;
    }
    for (i = 2; apr_isdigit(format[i]) && i < 7; i++) {
        n = n * 10 + (format[i] - '0');
    }
    return i == 7 && format[7] == ':' ? n : 0;
}

/* The client's request that a message names, or NULL. What mod_proxy reads
 * from a backend it logs about a request of its own making
 * (ap_proxy_make_fake_req()), which belongs to the one this thread serves. */
static const request_rec *root_of(const request_rec *r)
{
    return r && r->proxyreq != PROXYREQ_RESPONSE ? errclarity_root(r) : NULL;
}

/* Where a message about root belongs on this thread, or NULL: nowhere. */
static ecl_evidence_t *store_for(errclarity_thread_t *t,
                                 const request_rec *root)
{
    errclarity_ctx_t *ctx = root ? errclarity_ctx_get(root) : NULL;

    if (ctx && ctx->evidence) {
        errclarity_capture_take(ctx); /* what came before it goes before it */
        return ctx->evidence;
    }
    if (root && t->root != root) {
        /* A request that another thread began (suspended and resumed, or made
         * by hand). Adopt it unless that would mix two requests' messages. */
        if (t->store && !ecl_evidence_is_empty(t->store)) {
            return NULL;
        }
        t->root = root;
    }
    return thread_store(t);
}

/* A thread that serves no request has logged. Kept apart: others come first. */
static void __attribute__((noinline))
leave_to_others(const ap_errorlog_info *info, const char *errstr)
{
    if (errclarity_shared
        && info->module_index != errclarity_module.module_index) {
        errclarity_foreign_post(info, errstr, ah_number(info->format, errstr));
    }
}

static void capture(const ap_errorlog_info *info, const char *errstr)
{
    errclarity_thread_t *t = thread_get();
    ecl_evidence_t *store;

    if (!errstr || info->level > APLOG_DEBUG) {
        return;
    }
    if (!t) {
        leave_to_others(info, errstr);
        return;
    }
    if (info->module_index == errclarity_module.module_index) {
        return;
    }
    store = store_for(t, root_of(info->r));
    if (store) {
        ecl_evidence_add(store, errstr, strlen(errstr),
                         info->module_index >= 0
                             ? ap_find_module_short_name(info->module_index)
                             : NULL,
                         info->level, ah_number(info->format, errstr),
                         info->status,
                         !info->r        ? ECL_EVIDENCE_NO_REQUEST
                         : info->r->main ? ECL_EVIDENCE_SUBREQUEST
                                         : 0);
    }
}

static apr_status_t store_free(void *data)
{
    free(data);
    return APR_SUCCESS;
}

void errclarity_capture_take(errclarity_ctx_t *ctx)
{
    errclarity_thread_t *t = thread_get();

    if (!t || t->root != ctx->root || !t->store
        || ecl_evidence_is_empty(t->store)) {
        return;
    }
    if (ctx->evidence) {
        ecl_evidence_append(ctx->evidence, t->store);
        ecl_evidence_reset(t->store);
        return;
    }
    ctx->evidence = t->store;
    t->store = NULL;
    apr_pool_cleanup_register(ctx->root->pool, ctx->evidence, store_free,
                              apr_pool_cleanup_null);
}

int errclarity_capture_has(const request_rec *root)
{
    errclarity_thread_t *t = thread_get();

    return t && t->root == root && t->store && !ecl_evidence_is_empty(t->store);
}

void errclarity_capture_add(errclarity_ctx_t *ctx, const char *module,
                            int level, const char *text)
{
    errclarity_thread_t *t = thread_get();
    ecl_evidence_t *store = t ? store_for(t, ctx->root) : NULL;
    char raw[MAX_STRING_LEN]; /* as httpd limits what it logs */

    if (store) {
        ap_escape_errorlog_item(raw, text, sizeof(raw));
        ecl_evidence_add(store, raw, strlen(raw), module, level, 0, 0, 0);
    }
}

/* The key belongs to a load of the module: a restart unloads the code that
 * its destructor points to. */
static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    errclarity_armed = 0;
    if (!thread_key_made && pthread_key_create(&thread_key, thread_free) == 0) {
        thread_key_made = 1;
        apr_pool_cleanup_register(pconf, NULL, thread_key_delete,
                                  apr_pool_cleanup_null);
    }
    return OK;
}

void errclarity_capture_register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* First: whatever other modules log about a new request is its own. */
    ap_hook_create_request(create_request, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_resume_connection(resume_connection, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_error_log(capture, NULL, NULL, APR_HOOK_MIDDLE);
}
