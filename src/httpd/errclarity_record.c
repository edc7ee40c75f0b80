/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_record.c - one record when a failed request is logged.
 *
 * log_transaction runs once a client request, when status and duration are
 * final, perhaps on a thread that serves others: it must not wait. */
#include "errclarity.h"
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

/* A failure that no filter could answer: noticed only now. */
static void notice_late(errclarity_ctx_t *ctx, request_rec *last, int status)
{
    errclarity_diagnose(ctx, last, status,
                        ctx->data_passed ? ECL_BODY_SENT : ECL_BODY_NONE);
    ctx->inc.status = last->status;
    ctx->inc.response =
        ctx->data_passed ? ECL_RESPONSE_TOO_LATE : ECL_RESPONSE_KEPT;
}

static int should_record(const errclarity_dir_t *conf, errclarity_ctx_t *ctx,
                         const request_rec *last)
{
    return errclarity_counts(conf, last->status)
           || (ctx && errclarity_counts(conf, HTTP_INTERNAL_SERVER_ERROR)
               && (truncated(ctx, last) || errclarity_exit_killed(last)
                   || (ap_is_HTTP_SUCCESS(last->status)
                       && errclarity_is_fatal(ctx))))
           || (last->connection->aborted
               && errclarity_counts(conf, ERRCLARITY_CLIENT_ABORTED));
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
    if (!ctx || !ctx->diagnosed) {
        const errclarity_dir_t *conf =
            ctx && ctx->conf ? ctx->conf : errclarity_conf(last);

        if (errclarity_mode(conf) == ERRCLARITY_OFF
            || !should_record(conf, ctx, last)) {
            return DECLINED;
        }
        ctx = errclarity_ctx_make(root);
        ctx->conf = conf;
        notice_late(ctx, last, last->status);
    }
    else {
        errclarity_update(ctx);
        if (ctx->inc.response != ECL_RESPONSE_REPLACED) {
            ctx->inc.status = last->status;
        }
    }
    ctx->inc.duration = apr_time_now() - ctx->inc.time;
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
