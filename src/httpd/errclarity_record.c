/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_record.c - one record when a failed request is logged.
 *
 * log_transaction runs once a client request, when status and duration are
 * final, perhaps on a thread that serves others: it must not wait. */
#include "errclarity.h"
#include "errclarity_hidden.h"
#include "errclarity_log.h"

#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"

/* One line in the error log for those who read that. */
static void tell_error_log(request_rec *r, const ecl_incident_t *inc)
{
    int level = inc->original_status >= 500 || inc->status >= 500
                    ? APLOG_ERR
                    : APLOG_NOTICE;

    ap_log_rerror(APLOG_MARK, level, 0, r,
                  ECL_LOGNO(0001) "incident %s: %s (%s), status %d to %d",
                  inc->id, inc->verdict.cause->slug,
                  ecl_confidence_name(inc->verdict.confidence),
                  inc->original_status, inc->status);
}

/* A 204 or 304 has no body, whatever length it states (RFC 9110 8.6). */
static int has_body(const request_rec *r)
{
    return !r->header_only && !AP_STATUS_IS_HEADER_ONLY(r->status);
}

/* Did the response break off although it was under way? When the client has
 * gone, that is why. */
static int truncated(const errclarity_ctx_t *ctx, const request_rec *last)
{
    const char *length = apr_table_get(last->headers_out, "Content-Length");
    char *end;

    if (ctx->broken || last->connection->aborted) {
        return ctx->broken;
    }
    if (ctx->data_passed && !ctx->eos_seen) {
        return 1;
    }
    return ctx->eos_seen && length && has_body(last)
           && apr_strtoi64(length, &end, 10) > last->bytes_sent;
}

/* What the client got. A handler may set another status when its headers are
 * gone. */
static int status_sent(const errclarity_ctx_t *ctx, const request_rec *last)
{
    return ctx && ctx->sent_status ? ctx->sent_status : last->status;
}

/* A failure that no filter could answer: noticed only now. */
static void notice_late(errclarity_ctx_t *ctx, request_rec *last)
{
    errclarity_diagnose(ctx, last, last->status,
                        ctx->data_passed ? ECL_BODY_SENT : ECL_BODY_NONE);
    ctx->inc.status = status_sent(ctx, last);
    ctx->inc.response =
        ctx->data_passed ? ECL_RESPONSE_TOO_LATE : ECL_RESPONSE_KEPT;
}

/* A failure that stays hidden behind a status below 400, if there is one. */
static void notice_hidden(errclarity_ctx_t *ctx, const errclarity_dir_t *conf,
                          request_rec *last)
{
    int status = ctx->sent_status; /* of an nph- script */
    const char *hidden_by = ERRCLARITY_HIDDEN_NPH;
    ecl_body_e body = ECL_BODY_SENT;

    if (!ap_is_HTTP_ERROR(status)) {
        status = errclarity_hidden_include(ctx);
        hidden_by = ERRCLARITY_HIDDEN_INCLUDE;
        body = ECL_BODY_MASKED;
    }
    if (!errclarity_counts(conf, status)) {
        return;
    }
    errclarity_diagnose(ctx, last, status, body);
    ctx->inc.hidden_by = hidden_by;
    ctx->inc.status = status_sent(ctx, last);
}

static int should_record(const errclarity_dir_t *conf, errclarity_ctx_t *ctx,
                         request_rec *last)
{
    return errclarity_counts(conf, last->status)
           || (ctx && errclarity_counts(conf, HTTP_INTERNAL_SERVER_ERROR)
               && (truncated(ctx, last) || errclarity_exit_killed(last)
                   || (ap_is_HTTP_SUCCESS(last->status)
                       && (errclarity_is_fatal(ctx)
                           || errclarity_foreign_died(ctx, last)))))
           || (last->connection->aborted
               && errclarity_counts(conf, ERRCLARITY_CLIENT_ABORTED));
}

/* The incident of a request that nothing has diagnosed yet, or NULL. */
static errclarity_ctx_t *notice(errclarity_ctx_t *ctx, request_rec *root,
                                request_rec *last)
{
    const errclarity_dir_t *conf =
        ctx && ctx->conf ? ctx->conf : errclarity_conf(last);

    if (errclarity_mode(conf) == ERRCLARITY_OFF) {
        return NULL;
    }
    if (should_record(conf, ctx, last)) {
        ctx = errclarity_ctx_make(root);
        ctx->conf = conf;
        notice_late(ctx, last);
        return ctx;
    }
    if (ctx && ap_is_HTTP_SUCCESS(last->status)) {
        ctx->conf = conf;
        notice_hidden(ctx, conf, last);
    }
    return ctx && ctx->diagnosed ? ctx : NULL;
}

/* The incident of one that was diagnosed when it failed. */
static void finish(errclarity_ctx_t *ctx, const request_rec *last)
{
    ecl_incident_t *inc = &ctx->inc;

    errclarity_update(ctx);
    if (inc->response == ECL_RESPONSE_REPLACED
        && last->status < HTTP_BAD_REQUEST) {
        /* mod_cache threw our answer away, too (CacheStaleOnError). */
        inc->response = ECL_RESPONSE_KEPT;
        inc->hidden_by = ERRCLARITY_HIDDEN_STALE;
        inc->format = NULL;
    }
    if (inc->response != ECL_RESPONSE_REPLACED) {
        inc->status = status_sent(ctx, last);
    }
}

static int log_transaction(request_rec *root)
{
    errclarity_ctx_t *ctx;
    request_rec *last;

    if (!errclarity_armed) {
        return DECLINED;
    }
    ctx = ap_get_module_config(root->request_config, &errclarity_module);
    if (!ctx && root->status < HTTP_BAD_REQUEST && !root->next
        && !root->connection->aborted) {
        return DECLINED;
    }
    last = (request_rec *)(apr_uintptr_t)errclarity_last(root);
    if (ctx && ctx->diagnosed) {
        finish(ctx, last);
    }
    else {
        ctx = notice(ctx, root, last);
        if (!ctx) {
            return DECLINED;
        }
    }
    ctx->inc.duration = apr_time_now() - ctx->inc.time;
    errclarity_seen_note(&ctx->inc);
    errclarity_vars_publish(ctx, root);
    tell_error_log(root, &ctx->inc);
    errclarity_sink_write(root->server, &ctx->inc, root->pool);
    errclarity_foreign_recorded(ctx);
    return DECLINED;
}

void errclarity_record_register_hooks(apr_pool_t *p)
{
    /* First: CustomLog then finds the incident's variables. */
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_FIRST);
}
