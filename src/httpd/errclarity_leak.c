/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_leak.c - does the page that a failing application wrote show
 * internals?
 *
 * Its beginning is held back until the end, a flush or a bound is reached, so
 * that a leaking page can be replaced whole. One pass; a streaming response is
 * not stalled, an encoded one not looked at, and what is kept passes byte for
 * byte. What counts as internals is ecl_leak.h's. */
#include "errclarity.h"
#include "errclarity_log.h"

#include <string.h>

#include "apr_buckets.h"
#include "apr_strings.h"
#include "http_core.h"

#include "ecl_leak.h"

/* The most brigades that are held back. */
#define BRIGADES_MAX 64

/* A script that has written a part of its page is given this time in all to
 * write more of it; a pause beyond it counts as a flush. */
#define PAUSE_MAX  apr_time_from_msec(200)
#define PAUSE_STEP apr_time_from_msec(10)

static const ecl_leaks_t *leaks;

/* Whether a media type is a text's, and how it is written. Not event streams,
 * whose parts want to be there at once. */
static int is_text(const char *type, ecl_markup_e *markup)
{
    apr_size_t n = type ? strcspn(type, "; \t") : 0;

    *markup = ECL_MARKUP_TAGS;
    if (!n) {
        return 1;
    }
    if (n >= 4
        && (!strncasecmp(type + n - 4, "json", 4)
            || !strncasecmp(type, "text/javascript", 15))) {
        *markup = ECL_MARKUP_JSON;
        return 1;
    }
    if (n >= 3
        && (!strncasecmp(type + n - 3, "xml", 3)
            || !strncasecmp(type, "text/html", 9))) {
        return 1;
    }
    *markup = ECL_MARKUP_NONE;
    return !strncasecmp(type, "text/", 5)
           && strncasecmp(type, "text/event-stream", 17);
}

static int is_encoded(const request_rec *r)
{
    const char *encoding = apr_table_get(r->headers_out, "Content-Encoding");

    if (!encoding) {
        encoding = apr_table_get(r->err_headers_out, "Content-Encoding");
    }
    if (!encoding) {
        encoding = r->content_encoding;
    }
    return encoding && strcasecmp(encoding, "identity");
}

/* Read a script's pipe for as long as it has more, or a short while. */
static apr_status_t read_pipe(apr_bucket *b, apr_interval_time_t *left)
{
    for (;;) {
        const char *data;
        apr_size_t len;
        apr_status_t rv = apr_bucket_read(b, &data, &len, APR_NONBLOCK_READ);

        if (!APR_STATUS_IS_EAGAIN(rv) || *left <= 0) {
            return rv;
        }
        apr_sleep(PAUSE_STEP);
        *left -= PAUSE_STEP;
    }
}

/* Whether the class of the page has to be decided with what bb holds.
 * @param wait  for more from a pipe */
static int is_enough(apr_bucket_brigade *bb, int wait)
{
    apr_interval_time_t left = wait ? PAUSE_MAX : 0;
    apr_size_t total = 0;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_METADATA(b)) {
            if (!APR_BUCKET_IS_FLUSH(b) || total) {
                return 1; /* the end, an error, or of a kind we don't know */
            }
            continue;
        }
        if (b->length == (apr_size_t)-1 && read_pipe(b, &left) != APR_SUCCESS) {
            return 1;
        }
        total += b->length;
        if (total >= ECL_LEAK_BODY) {
            return 1;
        }
    }
    return 0;
}

/* The beginning of the page as far as it is in memory. */
static apr_size_t flatten(char *page, const apr_bucket_brigade *bb)
{
    apr_size_t n = 0;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb);
         b != APR_BRIGADE_SENTINEL(bb) && n < ECL_LEAK_BODY;
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;

        if (APR_BUCKET_IS_METADATA(b)) {
            continue;
        }
        if (b->length == (apr_size_t)-1
            || apr_bucket_read(b, &data, &len, APR_BLOCK_READ) != APR_SUCCESS) {
            break;
        }
        len = len < ECL_LEAK_BODY - n ? len : ECL_LEAK_BODY - n;
        memcpy(page + n, data, len);
        n += len;
    }
    return n;
}

static int leaks_internals(errclarity_ctx_t *ctx, request_rec *r,
                           const apr_bucket_brigade *bb, ecl_markup_e markup)
{
    char *page = apr_palloc(r->pool, ECL_LEAK_BODY);
    ecl_leak_t leak;
    ecl_msg_t *msg;

    if (!ecl_leaks_find(leaks, &leak, page, flatten(page, bb), markup,
                        ap_document_root(r), r->pool)) {
        return 0;
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                  ECL_LOGNO(0030) "the page that came with status %d leaks: %s",
                  r->status, leak.kind);
    msg = apr_pcalloc(ctx->root->pool, sizeof(*msg));
    msg->text = leak.text;
    msg->len = leak.len;
    msg->module = "body";
    msg->level = ECL_LEVEL_ERROR;
    ctx->leak = msg;
    return 1;
}

int errclarity_leak_look(errclarity_ctx_t *ctx, ap_filter_t *f,
                         apr_bucket_brigade **held, apr_bucket_brigade *bb,
                         ecl_body_e *body)
{
    request_rec *r = f->r;
    /* Whose page stays gets none of it later. */
    int wait = errclarity_mode(ctx->conf) == ERRCLARITY_ON
               && errclarity_replaces(ctx->conf, ECL_BODY_LEAKING)
               && !errclarity_replaces(ctx->conf, ECL_BODY_APPLICATION);
    ecl_markup_e markup;

    if (!leaks || is_encoded(r) || !is_text(r->content_type, &markup)) {
        return 1;
    }
    if (!is_enough(bb, wait) && wait && ctx->nheld < BRIGADES_MAX) {
        ctx->nheld++;
        return ap_save_brigade(f, held, &bb, r->pool) != APR_SUCCESS;
    }
    if (leaks_internals(ctx, r, bb, markup)) {
        *body = ECL_BODY_LEAKING;
    }
    return 1;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    const char *error;

    leaks = ecl_leaks_create(&error, pconf);
    if (!leaks) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s,
                     ECL_LOGNO(0031) "patterns of leaking pages: %s", error);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

void errclarity_leak_register_hooks(apr_pool_t *p)
{
    /* In the parent, so that all children share the compiled patterns. */
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
}
