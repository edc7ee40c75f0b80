/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_diagnose.c - from a failing request_rec to an incident.
 *
 * Gathers what the server knows, has the core classify it, and settles the
 * status. Runs on failure only, once a request. */
#include "errclarity.h"
#include "errclarity_blind.h"
#include "errclarity_crash.h"
#include "errclarity_php.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"

#include "ecl_classify.h"
#include "errclarity_probe.h"

/* W3C Trace Context 3.2.2: version 00, or a higher one whose known part is
 * well-formed. @return the trace id's 32 digits, or NULL */
static const char *trace_id(request_rec *r)
{
    const char *v = apr_table_get(r->headers_in, "traceparent");
    int i, nonzero = 0;

    if (!v || strlen(v) < 55 || !strncmp(v, "ff", 2) || v[2] != '-'
        || v[35] != '-' || v[52] != '-' || (v[55] && v[55] != '-')
        || (v[55] && !strncmp(v, "00", 2))) {
        return NULL;
    }
    for (i = 0; i < 55; i++) {
        int hex = apr_isdigit(v[i]) || (v[i] >= 'a' && v[i] <= 'f');

        if (i != 2 && i != 35 && i != 52 && !hex) {
            return NULL;
        }
        nonzero |= i > 2 && i < 35 && v[i] != '0';
    }
    return nonzero ? apr_pstrmemdup(r->pool, v + 3, 32) : NULL;
}

/* RFC 4291 2.5.5.2. */
static const unsigned char v4_mapped[12] = { 0, 0, 0, 0, 0,   0,
                                             0, 0, 0, 0, 255, 255 };

/* The client's address as far as records may tell it. */
static const char *client_address(const request_rec *root)
{
    const errclarity_server_t *conf =
        ap_get_module_config(root->server->module_config, &errclarity_module);
    const apr_sockaddr_t *sa = root->useragent_addr;
    const unsigned char *a = sa ? sa->ipaddr_ptr : NULL;

    if (conf->client == ERRCLARITY_CLIENT_NONE) {
        return NULL;
    }
    if (conf->client != ERRCLARITY_CLIENT_TRUNCATED) {
        return root->useragent_ip;
    }
    if (a && sa->ipaddr_len == 16 && !memcmp(a, v4_mapped, sizeof(v4_mapped))) {
        a += sizeof(v4_mapped);
    }
    else if (a && sa->ipaddr_len == 16) {
        return apr_psprintf(root->pool, "%x:%x:%x::", a[0] << 8 | a[1],
                            a[2] << 8 | a[3], a[4] << 8 | a[5]);
    }
    return a ? apr_psprintf(root->pool, "%d.%d.%d.0", a[0], a[1], a[2]) : NULL;
}

static void take_request(ecl_incident_t *inc, const errclarity_ctx_t *ctx,
                         request_rec *r)
{
    const request_rec *root = ctx->root;
    const errclarity_server_t *conf =
        ap_get_module_config(root->server->module_config, &errclarity_module);
    const char *vhost = r->server->server_hostname;

    inc->time = root->request_time ? root->request_time : apr_time_now();
    inc->method = root->method;
    inc->path = root->uri;
    inc->query = root->args;
    inc->domain = root->hostname;
    inc->server_address = vhost;
    /* Not ap_get_server_port(): of a request refused early it knows 80. */
    inc->server_port = root->connection->local_addr->port;
    inc->vhost = vhost ? apr_pstrcat(r->pool, vhost, ":",
                                     apr_itoa(r->pool, inc->server_port), NULL)
                       : NULL;
    inc->client = client_address(root);
    inc->redactor = conf->redactor;
    inc->user_agent = apr_table_get(root->headers_in, "User-Agent");
    inc->handler = r->handler;
    inc->script = r->filename;
    inc->trace_id = trace_id(ctx->root);
    inc->request_id = root->log_id
                          ? root->log_id
                          : apr_table_get(root->subprocess_env, "UNIQUE_ID");
    inc->pid = (long)getpid();
    inc->tid = (unsigned long)syscall(SYS_gettid); /* as in the error log */
}

/* Add a store's messages to the incident's. */
static void add_messages(ecl_incident_t *inc, const ecl_msg_t *more, int n,
                         apr_pool_t *p)
{
    if (inc->nmsgs) {
        ecl_msg_t *all =
            apr_palloc(p, (apr_size_t)(inc->nmsgs + n) * sizeof(*all));

        memcpy(all, inc->msgs, (apr_size_t)inc->nmsgs * sizeof(*all));
        memcpy(all + inc->nmsgs, more, (apr_size_t)n * sizeof(*all));
        more = all;
    }
    inc->msgs = more;
    inc->nmsgs += n;
}

static void add_evidence(ecl_incident_t *inc, const ecl_evidence_t *e,
                         apr_pool_t *p)
{
    ecl_msg_t *more;
    int gap, n;

    if (!e) {
        return;
    }
    n = ecl_evidence_messages(e, &more, &gap, p);
    if (!inc->dropped) {
        inc->gap = inc->nmsgs + gap;
    }
    add_messages(inc, more, n, p);
    inc->dropped += ecl_evidence_dropped(e);
}

static unsigned count_of(const ecl_evidence_t *e)
{
    return e ? ecl_evidence_count(e) : 0;
}

/* What other processes said comes first: it is the reason, and what httpd says
 * of the request the consequence. @return whether there is anything new */
static int take_evidence(errclarity_ctx_t *ctx)
{
    ecl_incident_t *inc = &ctx->inc;
    unsigned seen;

    errclarity_capture_take(ctx);
    errclarity_foreign_take(ctx, ctx->failed_r);
    seen =
        count_of(ctx->foreign) + count_of(ctx->evidence) + (ctx->leak != NULL);
    if (seen == ctx->seen) {
        return 0;
    }
    ctx->seen = seen;
    inc->nmsgs = 0;
    inc->dropped = 0;
    add_evidence(inc, ctx->foreign, ctx->root->pool);
    add_evidence(inc, ctx->evidence, ctx->root->pool);
    if (ctx->leak) {
        /* Last: what the log says comes from the program itself. */
        add_messages(inc, ctx->leak, 1, ctx->root->pool);
    }
    return 1;
}

/* What httpd tells its canned page but not the log (r->notes "error-notes":
 * the reason of an early 400, a proxy's). HTML, so without its tags.
 * @return number of messages, 0 or 1 */
static int error_notes(const request_rec *r, ecl_msg_t *m)
{
    const char *notes = apr_table_get(r->notes, "error-notes");
    char *text, *to;

    if (!notes) {
        return 0;
    }
    text = to = apr_pstrdup(r->pool, notes);
    for (; *notes; notes++) {
        if (*notes == '<') {
            notes += strcspn(notes, ">");
            if (!*notes) {
                break;
            }
        }
        else {
            *to++ = *notes >= ' ' ? *notes : ' '; /* one byte each: ASCII */
        }
    }
    *to = '\0';
    *m = (ecl_msg_t){ .text = text,
                      .len = (size_t)(to - text),
                      .module = "core",
                      .level = ECL_LEVEL_ERROR };
    return 1;
}

/* The status that a failure without one of its own stands for. */
static int case_status(const errclarity_ctx_t *ctx, const request_rec *r,
                       int status)
{
    if (status >= HTTP_BAD_REQUEST) {
        return status;
    }
    return r->connection->aborted && !ctx->broken ? ERRCLARITY_CLIENT_ABORTED
                                                  : HTTP_INTERNAL_SERVER_ERROR;
}

/* Notes and probes speak after the log: their messages are appended to a copy
 * that only the classifier sees. */
static void classify(errclarity_ctx_t *ctx, request_rec *r, int status)
{
    ecl_incident_t *inc = &ctx->inc;
    apr_pool_t *p = ctx->root->pool;
    ecl_probe_t *pr;
    ecl_msg_t *msgs;
    ecl_case_t kase = { .status = case_status(ctx, r, status),
                        .handler = r->handler,
                        .script = r->filename };

    kase.aborted = r->connection->aborted;
    kase.truncated =
        ctx->broken || (ctx->data_passed && !ctx->eos_seen && !kase.aborted);
    pr = errclarity_probe(ctx, r);
    msgs = apr_palloc(p, (apr_size_t)(inc->nmsgs + 2 + (pr ? pr->nmsgs : 0))
                             * sizeof(*msgs));
    for (; kase.nmsgs < inc->nmsgs; kase.nmsgs++) {
        msgs[kase.nmsgs] = inc->msgs[kase.nmsgs];
    }
    kase.nmsgs += error_notes(r, msgs + kase.nmsgs);
    kase.nmsgs += errclarity_php_died(ctx, r, msgs + kase.nmsgs);
    if (pr) {
        inc->probes = pr->results;
        inc->nprobes = pr->nresults;
        memcpy(msgs + kase.nmsgs, pr->msgs,
               (apr_size_t)pr->nmsgs * sizeof(*msgs));
        kase.nmsgs += pr->nmsgs;
    }
    kase.msgs = msgs;
    ecl_classify(&inc->verdict, errclarity_catalog(), &kase, p);
    if (!inc->nmsgs && !strcmp(inc->verdict.cause->family, "unknown")) {
        inc->verdict.facts.v[ECL_FACT_DIRECTIVE] = errclarity_blind_reason(r);
    }
    if (errclarity_probes(ctx->conf)) {
        errclarity_changes(ctx, r, pr);
    }
}

void errclarity_diagnose(errclarity_ctx_t *ctx, request_rec *r, int status,
                         ecl_body_e body)
{
    ecl_incident_t *inc = &ctx->inc;

    if (ctx->diagnosed) {
        return;
    }
    ctx->diagnosed = 1;
    ctx->failed_r = r;
    if (!ctx->conf) {
        ctx->conf = errclarity_conf(r);
    }
    take_request(inc, ctx, r);
    errclarity_id(inc, r);
    errclarity_crash_name(ctx->root, inc->id);
    take_evidence(ctx);
    inc->original_status = status;
    inc->body = body;
    inc->response = ECL_RESPONSE_KEPT;
    classify(ctx, r, status);
    inc->retry_after = inc->verdict.cause->retry_after;
    inc->status = errclarity_status_for(ctx->conf, inc->verdict.cause, status,
                                        &inc->retry_after);
    errclarity_vars_publish(ctx, r);
}

void errclarity_update(errclarity_ctx_t *ctx)
{
    if (take_evidence(ctx) && ctx->inc.response != ECL_RESPONSE_REPLACED) {
        classify(ctx, ctx->failed_r, ctx->inc.original_status);
    }
}

/* PHP's names of errors that end the script (main/main.c php_error_cb), from
 * those who run PHP for us: a CGI script may print the same words about
 * another program and be well. Not of a part of a page: the rest stands. */
static int says_fatal(const char *module, unsigned flags, const char *text,
                      size_t n)
{
    static const char *const names[] = { "PHP Fatal error:", "PHP Parse error:",
                                         "PHP Recoverable fatal error:" };
    size_t i;

    if (*module != 'p' || (flags & ECL_EVIDENCE_SUBREQUEST)
        || (strncmp(module, "php", 3) && strcmp(module, "proxy_fcgi"))) {
        return 0;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (memmem(text, n, names[i], strlen(names[i]))) {
            return 1;
        }
    }
    return 0;
}

int errclarity_is_fatal(errclarity_ctx_t *ctx)
{
    errclarity_capture_take(ctx);
    return ctx->evidence && ecl_evidence_any(ctx->evidence, says_fatal);
}
