/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_nph.c - the status of a script that speaks to the client itself.
 *
 * What an nph- script prints passes no filter of the request's, only those of
 * the connection (modules/generators/mod_cgi.c): one of those reads the
 * script's status line as it passes. Present for such scripts alone. */
#include "errclarity_hidden.h"

#include <stdlib.h>
#include <string.h>

#include "apr_buckets.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"
#include "http_request.h"

/* "HTTP/1.1 500" */
#define LINE_LEN 12

static ap_filter_rec_t *filter_handle;

static int parse_status(const char *line)
{
    const char *digits;

    if (strncmp(line, "HTTP/", 5) != 0) {
        return 0;
    }
    digits = line + strcspn(line, " ");
    return *digits ? (int)strtol(digits, NULL, 10) : 0;
}

static apr_status_t nph_filter(ap_filter_t *f, apr_bucket_brigade *bb)
{
    errclarity_ctx_t *ctx = f->ctx;
    int done = 0;
    apr_bucket *b;

    for (b = APR_BRIGADE_FIRST(bb); !done && b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        char line[LINE_LEN + 1];
        const char *data;
        apr_size_t n;

        if (APR_BUCKET_IS_METADATA(b)) {
            done = AP_BUCKET_IS_EOR(b);
            continue;
        }
        done = 1;
        if (apr_bucket_read(b, &data, &n, APR_BLOCK_READ) != APR_SUCCESS) {
            break; /* whoever reads it next will report it */
        }
        if (n == 0) {
            done = 0;
        }
        else {
            n = n < LINE_LEN ? n : LINE_LEN;
            memcpy(line, data, n);
            line[n] = '\0';
            ctx->sent_status = parse_status(line);
        }
    }
    if (done) {
        ap_remove_output_filter(f);
    }
    return ap_pass_brigade(f->next, bb);
}

static int is_nph(const request_rec *r)
{
    return !strcmp(r->handler, "cgi-script") && r->filename
           && !strncmp(apr_filepath_name_get(r->filename), "nph-", 4);
}

void errclarity_nph_watch(request_rec *r, const errclarity_dir_t *conf)
{
    if (is_nph(r)) {
        errclarity_ctx_t *ctx = errclarity_ctx_make(errclarity_root(r));

        ctx->conf = conf;
        ap_add_output_filter_handle(filter_handle, ctx, r, r->connection);
    }
}

void errclarity_nph_register_hooks(apr_pool_t *p)
{
    filter_handle = ap_register_output_filter("ERRCLARITY_NPH", nph_filter,
                                              NULL, AP_FTYPE_CONNECTION);
}
