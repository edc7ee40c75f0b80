/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_filter.c - notice a failing response and answer it.
 *
 * One filter on both of httpd's routes to an error: the handler's own 5xx
 * passes the normal chain (insert_filter); ap_die() throws that chain away and
 * builds another (insert_error_filter). It stands just above the content-set
 * filters, so compression and mod_headers treat our body as any other, and
 * below mod_include and kin.
 *
 * A healthy response of one brigade costs a look at its status and its last
 * bucket; then the filter removes itself. A longer one keeps it to its end: a
 * response without one broke off. After httpd's "ten rules" for output
 * filters; never calls ap_die() or redirects. */
#include "errclarity.h"
#include "errclarity_hidden.h"
#include "errclarity_php.h"

#include <string.h>

#include "apr_buckets.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_connection.h"
#include "mod_core.h"
#include "http_request.h"

typedef enum state_e { STATE_UNDECIDED, STATE_PASSING, STATE_REPLACED } state_e;

/* One filter in one chain. */
typedef struct instance_t {
    errclarity_ctx_t *ctx;
    state_e state;
    int error_route;
    apr_bucket_brigade *held; /* a page that may leak: not all there yet */
} instance_t;

/* f->ctx of a filter that insert_error_filter added and nothing passed yet. */
static int error_route_mark;

static ap_filter_rec_t *filter_handle;

/* The request whose failure an ErrorDocument answers, or r itself. */
static request_rec *failed_request(request_rec *r)
{
    while (r->prev && ap_is_HTTP_ERROR(r->prev->status)) {
        r = r->prev;
    }
    return r;
}

/* Find out whether a body has data: a CGI's pipe only tells when it is read.
 * @return 1 data, 0 none so far; *end: the end of the response was seen */
static int has_data(apr_bucket_brigade *bb, int *end)
{
    apr_bucket *b;

    *end = 0;
    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;

        if (APR_BUCKET_IS_EOS(b)) {
            *end = 1;
            return 0;
        }
        if (APR_BUCKET_IS_METADATA(b)) {
            continue;
        }
        if (b->length == (apr_size_t)-1
            && apr_bucket_read(b, &data, &len, APR_BLOCK_READ) != APR_SUCCESS) {
            return 1; /* whoever reads it next will report it */
        }
        if (b->length) {
            return 1;
        }
    }
    return 0;
}

static int is_error_bucket(const apr_bucket *b)
{
    return AP_BUCKET_IS_ERROR(b);
}

/* Watch what passes, for the record's sake. The end of a response, and the
 * error before it, come last in a brigade. */
static void watch(errclarity_ctx_t *ctx, const apr_bucket_brigade *bb)
{
    apr_bucket *last = APR_BRIGADE_LAST(bb);

    if (APR_BUCKET_IS_EOS(last)) {
        ctx->eos_seen = 1;
        last = APR_BUCKET_PREV(last);
    }
    if (last != APR_BRIGADE_SENTINEL(bb)) {
        if (is_error_bucket(last)) {
            ctx->broken = ctx->data_passed;
        }
        else {
            ctx->data_passed = 1;
        }
    }
}

static apr_status_t pass(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;
    errclarity_ctx_t *ctx = in->ctx;
    apr_status_t rv;

    watch(ctx, bb);
    if (errclarity_php_maybe(f->r)) {
        errclarity_php_take_shown(ctx, f->r, bb);
    }
    if (ctx->eos_seen) {
        ap_remove_output_filter(f);
        errclarity_cgid_end(f->r);
    }
    rv = ap_pass_brigade(f->next, bb);
    if (!ctx->sent_status && f->r->sent_bodyct) {
        ctx->sent_status = f->r->status;
    }
    if (rv != APR_SUCCESS && ctx->data_passed && !f->c->aborted) {
        ctx->broken = 1; /* a script's pipe that failed as it was read */
    }
    /* What this thread has kept would be lost when another one logs the
     * transaction. */
    errclarity_capture_take(ctx);
    return rv;
}

static apr_status_t replace(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;
    request_rec *r = f->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_size_t len;
    char *body;

    errclarity_answer(in->ctx, r, &body, &len);
    in->state = STATE_REPLACED;
    in->ctx->eos_seen = 1;
    apr_brigade_cleanup(bb);
    APR_BRIGADE_INSERT_TAIL(bb,
                            apr_bucket_pool_create(body, len, r->pool, alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(alloc));
    return ap_pass_brigade(f->next, bb);
}

static apr_status_t keep(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;
    errclarity_ctx_t *ctx = in->ctx;

    in->state = STATE_PASSING;
    ctx->inc.response = ECL_RESPONSE_KEPT;
    ctx->inc.status = f->r->status;
    if (errclarity_mode(ctx->conf) == ERRCLARITY_ON) {
        apr_table_setn(f->r->headers_out, "Error-Id", ctx->inc.id);
        errclarity_proxy_status(ctx, f->r);
    }
    return pass(f, bb);
}

/* Is the site's ErrorDocument for r's status a text? */
static int has_own_text(request_rec *r)
{
    const char *own =
        ap_response_code_string(r, ap_index_of_response(r->status));

    return own && own[0] == '"';
}

/* The longest beginning of a page that may be torn: less than a handler's
 * buffer, so that all that was written is in the first brigade. */
#define TORN_MAX 4096

/* Is this the beginning of an HTML page whose script died as it wrote it? A
 * page that ends as pages do is deliberate: WordPress and others write one
 * when a shutdown function finds a fatal error. */
static int is_torn(errclarity_ctx_t *ctx, const request_rec *r,
                   const apr_bucket_brigade *bb)
{
    char page[TORN_MAX];
    apr_size_t len = sizeof(page);

    if (!r->content_type || strncasecmp(r->content_type, "text/html", 9)
        || apr_table_get(r->headers_out, "Content-Encoding")
        || !errclarity_is_fatal(ctx)
        || apr_brigade_flatten((apr_bucket_brigade *)(apr_uintptr_t)bb, page,
                               &len)
               != APR_SUCCESS
        || len == sizeof(page)) {
        return 0;
    }
    while (len && apr_isspace(page[len - 1])) {
        len--;
    }
    return len < 7 || strncasecmp(page + len - 7, "</html>", 7) != 0;
}

/* Would a GET have had a body? A backend answers HEAD by that body's length. */
static int head_states_length(request_rec *r)
{
    const char *length = apr_table_get(r->headers_out, "Content-Length");

    return r->header_only
           && (r->clength > 0 || (length && strcmp(length, "0")));
}

/* What the body of a failing response is. */
static ecl_body_e body_class(const instance_t *in, request_rec *r, int data)
{
    if (in->error_route) {
        return has_own_text(r) ? ECL_BODY_ERRORDOCUMENT : ECL_BODY_CANNED;
    }
    if (failed_request(r) != r) {
        return ECL_BODY_ERRORDOCUMENT;
    }
    if (!ap_is_HTTP_ERROR(r->status)) {
        return ECL_BODY_MASKED;
    }
    if (data || head_states_length(r)) {
        return ECL_BODY_APPLICATION;
    }
    return ECL_BODY_EMPTY;
}

static apr_status_t answer_failure(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;
    errclarity_ctx_t *ctx = in->ctx;
    request_rec *r = f->r;
    ecl_body_e body;
    int end, data = has_data(bb, &end);

    if (!data && !end && !in->error_route) {
        /* A flush before the body: passing it would send the headers. */
        apr_brigade_cleanup(bb);
        return APR_SUCCESS;
    }
    body = body_class(in, r, data);
    if (body == ECL_BODY_APPLICATION && data) {
        if (!errclarity_leak_look(ctx, f, &in->held, bb, &body)) {
            return APR_SUCCESS;
        }
        if (body == ECL_BODY_APPLICATION && is_torn(ctx, r, bb)) {
            body = ECL_BODY_MASKED;
        }
    }
    errclarity_diagnose(ctx, failed_request(r), r->status, body);
    ctx->inc.body = body;
    if (errclarity_mode(ctx->conf) == ERRCLARITY_ON
        && errclarity_replaces(ctx->conf, body) && !r->assbackwards) {
        return replace(f, bb);
    }
    return keep(f, bb);
}

static int fails(const instance_t *in, const request_rec *r)
{
    if (ap_is_HTTP_ERROR(r->status)) {
        return errclarity_counts(in->ctx->conf, r->status);
    }
    return ap_is_HTTP_SUCCESS(r->status)
           && errclarity_counts(in->ctx->conf, HTTP_INTERNAL_SERVER_ERROR)
           && errclarity_is_fatal(in->ctx);
}

/* The first brigade decides, or all that a page was held back in. */
static apr_status_t decide(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;
    apr_bucket *b;

    if (in->held) {
        APR_BRIGADE_PREPEND(bb, in->held);
    }
    for (b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        if (AP_BUCKET_IS_EOC(b)) {
            ap_remove_output_filter(f);
            return ap_pass_brigade(f->next, bb);
        }
        if (is_error_bucket(b) && !ap_is_HTTP_ERROR(f->r->status)) {
            /* A filter's error: the header filter makes an ap_die() of it,
             * whose chain has an instance of its own. */
            in->state = STATE_PASSING;
            return ap_pass_brigade(f->next, bb);
        }
    }
    errclarity_php_take_shown(in->ctx, f->r, bb);
    if (fails(in, f->r)) {
        if (!errclarity_hidden_stale(f->r)) {
            return answer_failure(f, bb);
        }
        /* No failure for the client; touching the headers would corrupt the
         * copy. */
        errclarity_diagnose(in->ctx, f->r, f->r->status, ECL_BODY_CANNED);
        in->ctx->inc.hidden_by = ERRCLARITY_HIDDEN_STALE;
    }
    in->state = STATE_PASSING;
    return pass(f, bb);
}

static void begin(ap_filter_t *f)
{
    instance_t *in = apr_pcalloc(f->r->pool, sizeof(*in));

    in->error_route = f->ctx == &error_route_mark;
    in->ctx = errclarity_ctx_make(errclarity_root(f->r));
    if (!in->ctx->conf || in->error_route) {
        in->ctx->conf = errclarity_conf(failed_request(f->r));
    }
    f->ctx = in;
}

/* Nothing can go wrong with the rest of this response: its end is here, and
 * what comes before it is neither an error nor a pipe yet to be read. */
static int is_complete(const apr_bucket_brigade *bb)
{
    apr_bucket *last = APR_BRIGADE_LAST(bb);
    apr_bucket *prev = APR_BUCKET_PREV(last);

    return APR_BUCKET_IS_EOS(last)
           && (prev == APR_BRIGADE_SENTINEL(bb)
               || (prev->length != (apr_size_t)-1 && !is_error_bucket(prev)));
}

static apr_status_t out_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    instance_t *in = f->ctx;

    if (APR_BRIGADE_EMPTY(bb)) {
        /* The header filter takes any brigade for the response's beginning. */
        return ap_is_HTTP_ERROR(f->r->status) ? APR_SUCCESS
                                              : ap_pass_brigade(f->next, bb);
    }
    if (!in && f->r->status < HTTP_BAD_REQUEST && is_complete(bb)
        && !errclarity_capture_has(errclarity_root(f->r))
        && !(errclarity_php_maybe(f->r)
             && errclarity_php_shows_fatal(f->r, bb))) {
        ap_remove_output_filter(f);
        return ap_pass_brigade(f->next, bb);
    }
    if (!in || in == (instance_t *)&error_route_mark) {
        begin(f);
        in = f->ctx;
    }
    switch (in->state) {
    case STATE_UNDECIDED:
        return decide(f, bb);
    case STATE_PASSING:
        return pass(f, bb);
    case STATE_REPLACED:
        break;
    }
    apr_brigade_cleanup(bb); /* the rest of what was replaced */
    return APR_SUCCESS;
}

static void insert_filter(request_rec *r)
{
    request_rec *failed;
    const errclarity_dir_t *conf;

    if (errclarity_cgid_on) {
        errclarity_cgid_begin(r);
    }
    if (!errclarity_armed || r->main) {
        return;
    }
    failed = failed_request(r);
    conf = failed == r /* whose walk of sections is over */
               ? ap_get_module_config(r->per_dir_config, &errclarity_module)
               : errclarity_conf(failed);
    if (errclarity_mode(conf) == ERRCLARITY_OFF) {
        return;
    }
    if (failed != r && errclarity_counts(conf, failed->status)) {
        /* An ErrorDocument is about to run: it may want to say what failed. */
        errclarity_ctx_t *ctx = errclarity_ctx_make(errclarity_root(r));

        ctx->conf = conf;
        errclarity_diagnose(ctx, failed, failed->status,
                            ECL_BODY_ERRORDOCUMENT);
        errclarity_vars_export(ctx, r);
    }
    ap_add_output_filter_handle(filter_handle, NULL, r, r->connection);
    if (errclarity_nph_maybe(r)) {
        errclarity_nph_watch(r, conf);
    }
}

/* ap_die() has turned a failure into a redirect to the site's page for it. */
static void note_redirect(request_rec *r)
{
    const errclarity_dir_t *conf = errclarity_conf(r);
    errclarity_ctx_t *ctx;
    int status;

    if (errclarity_mode(conf) == ERRCLARITY_OFF
        || !(status = errclarity_hidden_redirect(r))
        || !errclarity_counts(conf, status)) {
        return;
    }
    ctx = errclarity_ctx_make(errclarity_root(r));
    ctx->conf = conf;
    errclarity_diagnose(ctx, r, status, ECL_BODY_ERRORDOCUMENT);
    ctx->inc.hidden_by = ERRCLARITY_HIDDEN_REDIRECT;
    if (errclarity_mode(conf) == ERRCLARITY_ON) {
        /* httpd is about to make these the headers of the redirect. */
        apr_table_setn(r->err_headers_out, "Error-Id", ctx->inc.id);
    }
}

static void insert_error_filter(request_rec *r)
{
    const errclarity_dir_t *conf;
    const ap_filter_t *f;

    if (!errclarity_armed || r->main) {
        return;
    }
    if (!ap_is_HTTP_ERROR(r->status)) {
        if (r->status == HTTP_MOVED_TEMPORARILY) {
            note_redirect(r);
        }
        return;
    }
    conf = errclarity_conf(r);
    if (errclarity_mode(conf) == ERRCLARITY_OFF
        || !errclarity_counts(conf, r->status)) {
        return;
    }
    if (r->sent_bodyct) {
        /* The handler gave up in the middle of its response. httpd puts its
         * page behind what is sent; there is nothing left to answer. */
        errclarity_capture_take(errclarity_ctx_make(errclarity_root(r)));
        return;
    }
    if (errclarity_mode(conf) == ERRCLARITY_ON) {
        /* httpd keeps counting from the body that ap_die() threw away, and
         * states a wrong Content-Length (AH02429 and kin). */
        r->bytes_sent = 0;
    }
    for (f = r->output_filters; f; f = f->next) {
        if (f->frec == filter_handle) {
            return; /* re-entered */
        }
    }
    ap_add_output_filter_handle(filter_handle, &error_route_mark, r,
                                r->connection);
    if (has_own_text(r)) {
        /* httpd evaluates it next, and it may want to name the incident. */
        errclarity_ctx_t *ctx = errclarity_ctx_make(errclarity_root(r));

        ctx->conf = conf;
        errclarity_diagnose(ctx, r, r->status, ECL_BODY_ERRORDOCUMENT);
    }
}

void errclarity_filter_register_hooks(apr_pool_t *p)
{
    filter_handle =
        ap_register_output_filter("ERRCLARITY_OUT", out_filter, NULL,
                                  (ap_filter_type)(AP_FTYPE_CONTENT_SET - 1));
    /* Last: the handler's other filters then stand before ours. */
    ap_hook_insert_filter(insert_filter, NULL, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL, APR_HOOK_LAST);
}
