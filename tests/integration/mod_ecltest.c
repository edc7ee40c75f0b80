/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* mod_ecltest.c - a handler that fails on demand, for the integration tests.
 *
 * The query string is a little program: its arguments are carried out from
 * left to right, then the body is sent (docs/testing.md lists them). Nothing
 * here is meant for a public server: a request may crash the process. */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include <apr_buckets.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include <signal.h>
#include <stdlib.h>

/* httpd reads the status a handler returns; this one cuts the response off. */
#define CUT_OFF AP_FILTER_ERROR

#define BIG_CHUNK 8000

typedef struct program_t {
    request_rec *r;
    apr_bucket_brigade *out; /* what the body will be, not sent yet */
    apr_status_t rv;         /* goes with the next messages */
    int rc;                  /* what the handler returns */
} program_t;

static int log_level(const char *name)
{
    static const char *const names[] = { "emerg", "alert",  "crit", "error",
                                         "warn",  "notice", "info", "debug" };
    int i;

    for (i = 0; i < 8; i++) {
        if (!strcmp(names[i], name)) {
            return i;
        }
    }
    return APLOG_ERR;
}

static void do_status(program_t *pg, char *arg)
{
    pg->r->status = (int)apr_atoi64(arg);
}

static void do_die(program_t *pg, char *arg)
{
    pg->rc = (int)apr_atoi64(arg);
}

static void do_errno(program_t *pg, char *arg)
{
    pg->rv = (apr_status_t)apr_atoi64(arg);
}

/* level:message */
static void do_log(program_t *pg, char *arg)
{
    char *message = strchr(arg, ':');
    int level = APLOG_ERR;

    if (message) {
        *message++ = '\0';
        level = log_level(arg);
    }
    ap_log_rerror(APLOG_MARK, level, pg->rv, pg->r, "%s",
                  message ? message : arg);
}

/* As mod_proxy reports a failed connect: without the request. */
static void do_lognull(program_t *pg, char *arg)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, pg->rv, pg->r->server, "%s", arg);
}

static void do_logflood(program_t *pg, char *arg)
{
    int i, n = (int)apr_atoi64(arg);

    for (i = 1; i <= n; i++) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, pg->r, "flood %d of %d", i, n);
    }
}

/* Hexadecimal, for bytes that no URL may carry. */
static void do_bytes(program_t *pg, char *arg)
{
    apr_size_t i, n = strlen(arg) / 2;
    char *raw = apr_palloc(pg->r->pool, n + 1);

    for (i = 0; i < n; i++) {
        char two[3] = { arg[2 * i], arg[2 * i + 1], '\0' };

        raw[i] = (char)strtol(two, NULL, 16);
    }
    raw[n] = '\0';
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, pg->r, "%s", raw);
}

static void do_sleep(program_t *pg, char *arg)
{
    apr_sleep(apr_time_from_msec(apr_atoi64(arg)));
}

static void set_header(program_t *pg, apr_table_t *headers, char *arg)
{
    char *value = strchr(arg, ':');

    if (value) {
        *value++ = '\0';
        apr_table_add(headers, arg, value);
    }
}

static void do_header(program_t *pg, char *arg)
{
    set_header(pg, pg->r->headers_out, arg);
}

static void do_errheader(program_t *pg, char *arg)
{
    set_header(pg, pg->r->err_headers_out, arg);
}

static void do_type(program_t *pg, char *arg)
{
    ap_set_content_type(pg->r, arg);
}

static void do_body(program_t *pg, char *arg)
{
    static const struct {
        const char *name, *type, *text;
    } bodies[] = {
        { "text", "text/plain", "a deliberate text body\n" },
        { "json", "application/json", "{\"error\":\"deliberate\"}\n" },
        { "html", "text/html", "<!doctype html><title>Deliberate</title>\n" },
        { "none", NULL, "" },
    };
    apr_size_t i;

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        if (!strcmp(bodies[i].name, arg)) {
            if (bodies[i].type) {
                ap_set_content_type(pg->r, bodies[i].type);
            }
            arg = NULL;
            break;
        }
    }
    /* Any other value is the body itself. */
    apr_brigade_puts(pg->out, NULL, NULL, arg ? arg : bodies[i].text);
}

static void send_now(program_t *pg)
{
    if (APR_BRIGADE_EMPTY(pg->out)) {
        return;
    }
    ap_pass_brigade(pg->r->output_filters, pg->out);
    apr_brigade_cleanup(pg->out);
}

static void append_bytes(program_t *pg, apr_off_t n)
{
    char chunk[BIG_CHUNK];

    memset(chunk, 'x', sizeof(chunk));
    while (n > 0) {
        apr_size_t len = n < BIG_CHUNK ? (apr_size_t)n : BIG_CHUNK;

        apr_brigade_write(pg->out, NULL, NULL, chunk, len);
        send_now(pg);
        n -= (apr_off_t)len;
    }
}

static void do_big(program_t *pg, char *arg)
{
    append_bytes(pg, apr_atoi64(arg));
}

static void do_flush(program_t *pg, char *arg)
{
    APR_BRIGADE_INSERT_TAIL(
        pg->out, apr_bucket_flush_create(pg->r->connection->bucket_alloc));
    send_now(pg);
}

/* So many bytes reach the client, then the response breaks off. */
static void do_partial(program_t *pg, char *arg)
{
    append_bytes(pg, apr_atoi64(arg));
    do_flush(pg, NULL);
    pg->rc = CUT_OFF;
}

static void do_error_bucket(program_t *pg, char *arg)
{
    APR_BRIGADE_INSERT_TAIL(
        pg->out, ap_bucket_error_create((int)apr_atoi64(arg), NULL, pg->r->pool,
                                        pg->r->connection->bucket_alloc));
}

static void do_subreq(program_t *pg, char *arg)
{
    request_rec *sub = ap_sub_req_lookup_uri(arg, pg->r, pg->r->output_filters);

    send_now(pg);
    if (sub->status == HTTP_OK) {
        ap_run_sub_req(sub);
    }
    ap_destroy_sub_req(sub);
}

/* Until the stack is used up: by a pointer, or the compiler sees it coming. */
static int recurse(volatile char *above);
static int (*volatile again)(volatile char *above) = recurse;

static int recurse(volatile char *above)
{
    volatile char here[4096];

    here[0] = above ? above[0] : 1;
    return again(here) + here[0];
}

static void do_crash(program_t *pg, char *arg)
{
    volatile int *nowhere = NULL;

    if (!strcmp(arg, "abort")) {
        abort();
    }
    if (!strcmp(arg, "fpe")) {
        raise(SIGFPE);
    }
    if (!strcmp(arg, "overflow")) {
        pg->rc = recurse(NULL);
    }
    *nowhere = 1;
}

static const struct {
    const char *name;
    void (*run)(program_t *pg, char *arg);
} actions[] = {
    { "big", do_big },         { "body", do_body },
    { "bytes", do_bytes },     { "crash", do_crash },
    { "die", do_die },         { "errheader", do_errheader },
    { "errno", do_errno },     { "error_bucket", do_error_bucket },
    { "flush", do_flush },     { "header", do_header },
    { "log", do_log },         { "logflood", do_logflood },
    { "lognull", do_lognull }, { "partial", do_partial },
    { "sleep", do_sleep },     { "status", do_status },
    { "subreq", do_subreq },   { "type", do_type },
};

/* An unknown argument is a mistake in a test and must not pass unseen. */
static int run_action(program_t *pg, const char *name, char *arg)
{
    apr_size_t i;

    for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!strcmp(actions[i].name, name)) {
            actions[i].run(pg, arg);
            return OK;
        }
    }
    ap_log_rerror(APLOG_MARK, APLOG_CRIT, 0, pg->r,
                  "mod_ecltest knows no argument \"%s\"", name);
    return HTTP_BAD_REQUEST;
}

static int ecltest_handler(request_rec *r)
{
    program_t pg = { r, NULL, 0, OK };
    char *args, *pair, *last;

    if (!r->handler || strcmp(r->handler, "ecltest")) {
        return DECLINED;
    }
    pg.rc = ap_discard_request_body(r);
    if (pg.rc != OK) {
        return pg.rc;
    }
    ap_set_content_type(r, "text/plain");
    pg.out = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    args = apr_pstrdup(r->pool, r->args ? r->args : "body=text");
    for (pair = apr_strtok(args, "&", &last); pair;
         pair = apr_strtok(NULL, "&", &last)) {
        char *value = strchr(pair, '=');

        if (value) {
            *value++ = '\0';
            ap_unescape_urlencoded(value);
        }
        if (run_action(&pg, pair, value ? value : (char *)"") != OK) {
            return HTTP_BAD_REQUEST;
        }
    }
    if (pg.rc == OK) {
        APR_BRIGADE_INSERT_TAIL(
            pg.out, apr_bucket_eos_create(r->connection->bucket_alloc));
        send_now(&pg);
    }
    return pg.rc;
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_handler(ecltest_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(ecltest) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks,
};
