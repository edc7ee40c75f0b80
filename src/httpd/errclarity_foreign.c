/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_foreign.c - what other processes logged about a request.
 *
 * mod_wsgi's daemon has a request_rec of its own making with the log id of the
 * one it works for. mod_cgid's daemon and mod_fcgid's process manager log
 * without any; the script's path in the message has to do. What names neither
 * is left out, or, from mod_cgid, ascribed to a script that ran alone.
 * mod_fcgid learns of a signal seconds after the record is written: there the
 * incident waits in the ring for the message, which then says its id.
 * Sources: httpd modules/generators/mod_cgid.c (cgid_child_errfn, cgid_server),
 * APR threadproc/unix/proc.c ("exec of '%s' failed"), mod_fcgid
 * modules/fcgid/fcgid_proc_unix.c and fcgid_pm_main.c, mod_wsgi
 * wsgi_daemon.c. */
#include "errclarity.h"
#include "errclarity_log.h"
#include "errclarity_shared.h"

#include <string.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_core.h"

#include "ecl_span.h"

/* What a key in the ring is. */
enum {
    BY_LOG_ID = 1,
    BY_SCRIPT, /* absolute path */
    BY_CGID,   /* none: mod_cgid's, about some script */
    BY_FCGID   /* absolute path of a FastCGI program; the text is the id of an
                  incident, whose process seems to have died */
};

/* Messages of one script's failed start that a request takes: mod_fcgid says
 * the same twice, and tries again. */
#define STARTS_MAX 4

/* The path in a message about a script that could not be started, or an empty
 * span. */
static ecl_span_t script_in(const char *module, const char *text)
{
    static const struct {
        const char *module, *before, *after;
    } forms[] = {
        { "cgid", "exec of '", "' failed" },
        { "fcgid", "mod_fcgid: can't run ", NULL },
        { "fcgid", "mod_fcgid: spawn process ", " error" },
    };
    ecl_span_t s = ecl_span(text, strlen(text));

    for (apr_size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        long at = strcmp(module, forms[i].module) == 0
                      ? ecl_span_find(s, forms[i].before)
                      : -1;

        if (at >= 0) {
            s = ecl_span_from(s, (apr_size_t)at + strlen(forms[i].before));
            if (!forms[i].after) {
                return s;
            }
            return ecl_span_ends(s, forms[i].after)
                       ? ecl_span(s.p, s.n - strlen(forms[i].after))
                       : ecl_span(s.p, 0);
        }
    }
    return ecl_span(text, 0);
}

#define FCGID_PROCESS "mod_fcgid: process "
#define FCGID_EXIT    " exit(communication error)"
#define FCGID_LOST    "mod_fcgid: error reading data"
/* mod_fcgid looks for the dead every few seconds: FcgidErrorScanInterval,
 * FcgidZombieScanInterval. */
#define FCGID_WAIT apr_time_from_sec(30)

typedef struct ids_t {
    char text[128];
    apr_size_t len;
    int n;
} ids_t;

static void add_id(void *baton, const ecl_ring_entry_t *e)
{
    ids_t *ids = baton;

    if (ids->len + e->len + 2 < sizeof(ids->text)) {
        ids->len += (apr_size_t)apr_snprintf(
            ids->text + ids->len, sizeof(ids->text) - ids->len, "%s%.*s",
            ids->n ? ", " : "", (int)e->len, e->text);
    }
    ids->n++;
}

/* "mod_fcgid: process PATH(PID) exit(communication error), get unexpected
 * signal 11", in the process manager: say whose process that was. When several
 * of its requests failed, nobody knows which one of them it served. */
static void tell_death(const ap_errorlog_info *info, const char *errstr)
{
    ecl_span_t s = ecl_span(errstr, strlen(errstr)), path;
    long at = ecl_span_find(s, FCGID_PROCESS), end;
    ecl_ring_query_t q = { .kind = BY_FCGID, .max = 8 };
    ids_t ids = { .n = 0 };

    if (at < 0 || ecl_span_find(s, " signal ") < 0) {
        return;
    }
    s = ecl_span_from(s, (apr_size_t)at + strlen(FCGID_PROCESS));
    end = ecl_span_find(s, FCGID_EXIT);
    if (end <= 0) {
        return;
    }
    path = ecl_span(s.p, (apr_size_t)end);
    while (path.n && path.p[path.n - 1] != '(') {
        path.n--;
    }
    if (path.n < 2) {
        return;
    }
    q.key = path.p;
    q.key_len = path.n - 1;
    q.since = apr_time_now() - FCGID_WAIT;
    if (ecl_ring_take(errclarity_shared->ring, &q, add_id, &ids)) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, info->s,
                     ECL_LOGNO(0011) "%s %s: process %s",
                     ids.n > 1 ? "one of the incidents" : "incident", ids.text,
                     s.p);
    }
}

void errclarity_foreign_recorded(const errclarity_ctx_t *ctx)
{
    const ecl_incident_t *inc = &ctx->inc;
    ecl_ring_entry_t e = { .time = apr_time_now(),
                           .pid = (long)getpid(),
                           .kind = BY_FCGID,
                           .key = inc->script,
                           .text = inc->id,
                           .len = strlen(inc->id) };

    if (!errclarity_shared || !inc->handler || !inc->script
        || strcmp(inc->handler, "fcgid-script") != 0) {
        return;
    }
    for (int i = 0; i < inc->nmsgs; i++) {
        if (!strncmp(inc->msgs[i].text, FCGID_LOST, strlen(FCGID_LOST))) {
            e.key_len = strlen(e.key);
            ecl_ring_put(errclarity_shared->ring, &e);
            return;
        }
    }
}

void errclarity_foreign_post(const ap_errorlog_info *info, const char *errstr,
                             int ah)
{
    const char *module = info->module_index >= 0
                             ? ap_find_module_short_name(info->module_index)
                             : NULL;
    ecl_ring_entry_t e = { .module = module ? module : "",
                           .level = info->level,
                           .ah = ah,
                           .os_error = info->status,
                           .text = errstr,
                           .len = strlen(errstr) };

    if (info->r) {
        /* A request that mod_wsgi made has no more than it needs. */
        if (!info->r->log_id) {
            return;
        }
        e.kind = BY_LOG_ID;
        e.key = info->r->log_id;
        e.key_len = strlen(e.key);
    }
    else {
        ecl_span_t script = script_in(e.module, errstr);

        if (!script.n && !strcmp(e.module, "fcgid")) {
            tell_death(info, errstr);
            return;
        }
        if (!script.n && (strcmp(e.module, "cgid") != 0 || info->startup)) {
            return;
        }
        e.kind = script.n ? BY_SCRIPT : BY_CGID;
        e.key = script.p;
        e.key_len = script.n;
    }
    e.time = apr_time_now();
    e.pid = (long)getpid();
    ecl_ring_put(errclarity_shared->ring, &e);
}

typedef struct taking_t {
    errclarity_ctx_t *ctx;
    const char *module; /* of the last message: they mostly are all one's */
    unsigned flags;
} taking_t;

ecl_evidence_t *errclarity_foreign_store(errclarity_ctx_t *ctx)
{
    if (!ctx->foreign) {
        ctx->foreign =
            ecl_evidence_init(apr_palloc(ctx->root->pool, ecl_evidence_size()));
    }
    return ctx->foreign;
}

static void keep(void *baton, const ecl_ring_entry_t *e)
{
    taking_t *t = baton;

    if (!t->module || strcmp(t->module, e->module) != 0) {
        t->module = apr_pstrdup(t->ctx->root->pool, e->module);
    }
    ecl_evidence_add(errclarity_foreign_store(t->ctx), e->text, e->len,
                     t->module, e->level, e->ah, e->os_error, t->flags);
}

static void take(errclarity_ctx_t *ctx, int kind, const char *key,
                 apr_time_t since, int max, unsigned flags)
{
    taking_t baton = { .ctx = ctx, .flags = flags };
    ecl_ring_query_t q = { .kind = kind,
                           .key = key,
                           .key_len = strlen(key),
                           .since = since,
                           .max = max };

    ecl_ring_take(errclarity_shared->ring, &q, keep, &baton);
}

/* One exec failure of mod_cgid's is one request's. When the same script failed
 * for others at the same time, it may be that of one of them. */
static void take_by_script(errclarity_ctx_t *ctx, request_rec *r)
{
    unsigned beside = 0, flags = ECL_EVIDENCE_NO_REQUEST;
    apr_time_t since = errclarity_cgid_since(r, &beside);

    if (ctx->foreign) {
        return; /* had */
    }
    if (since) {
        take(ctx, BY_SCRIPT, r->filename, since, 1,
             beside & ECL_RUNS_SAME ? flags | ECL_EVIDENCE_UNSURE : flags);
        if (!beside) {
            take(ctx, BY_CGID, "", since, STARTS_MAX, flags);
        }
    }
    else if (r->handler && r->filename && !strcmp(r->handler, "fcgid-script")) {
        take(ctx, BY_SCRIPT, r->filename, r->request_time, STARTS_MAX,
             flags | ECL_EVIDENCE_UNSURE);
    }
}

/* Does another process of the server's work for r? */
static int has_helper(const request_rec *r)
{
    unsigned beside;

    return (r->handler
            && (!strcmp(r->handler, "wsgi-script")
                || !strcmp(r->handler, "fcgid-script")))
           || errclarity_cgid_since(r, &beside);
}

void errclarity_foreign_take(errclarity_ctx_t *ctx, request_rec *r)
{
    const char *id = ctx->root->log_id;

    if (!errclarity_shared) {
        return;
    }
    if (!ecl_ring_is_unused(errclarity_shared->ring)) {
        if (id) {
            take(ctx, BY_LOG_ID, id, ctx->root->request_time, ECL_RING_SLOTS,
                 0);
        }
        if (r->log_id && (!id || strcmp(r->log_id, id) != 0)) {
            take(ctx, BY_LOG_ID, r->log_id, r->request_time, ECL_RING_SLOTS, 0);
        }
        take_by_script(ctx, r);
        if (has_helper(r)
            && ecl_ring_is_lapped(errclarity_shared->ring,
                                  ctx->root->request_time)) {
            ctx->inc.lost = 1;
        }
    }
    errclarity_cgid_take(ctx, r);
}

/* mod_wsgi src/server/wsgi_logger.c wsgi_log_python_error(): what it says
 * before the traceback of an exception that nothing caught. */
static int says_died(const char *module, unsigned flags, const char *text,
                     size_t n)
{
    static const char said[] = "): Exception occurred processing WSGI script ";

    return !strcmp(module, "wsgi") && memmem(text, n, said, sizeof(said) - 1);
}

int errclarity_foreign_died(errclarity_ctx_t *ctx, request_rec *r)
{
    if (!errclarity_shared || !r->handler || strcmp(r->handler, "wsgi-script")
        || ecl_ring_is_unused(errclarity_shared->ring)) {
        return 0;
    }
    errclarity_foreign_take(ctx, r);
    return ctx->foreign && ecl_evidence_any(ctx->foreign, says_died);
}
