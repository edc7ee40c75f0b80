/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_hidden.c - failures that the client's status does not show.
 *
 * Nothing of such a response is touched: it is only recorded. */
#include "errclarity_hidden.h"

#include <stdlib.h>
#include <string.h>

#include "http_core.h"
#include "http_protocol.h"
#include "mod_core.h"

/* -- ErrorDocument with a URL elsewhere ------------------------------------ */

/* ap_die() makes a 302 of the failing status (modules/http/http_request.c) and
 * leaves two traces of it: the URL, and whether the connection closes. */
static int may_be(request_rec *r, int status, const char *location)
{
    const char *own;

    if (ap_status_drops_connection(status)
        && r->connection->keepalive != AP_CONN_CLOSE) {
        return 0;
    }
    own = ap_response_code_string(r, ap_index_of_response(status));
    return own && !strcmp(own, location);
}

int errclarity_hidden_redirect(request_rec *r)
{
    static const int likely[] = { HTTP_INTERNAL_SERVER_ERROR,
                                  HTTP_SERVICE_UNAVAILABLE, HTTP_BAD_GATEWAY,
                                  HTTP_GATEWAY_TIME_OUT };
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *location;
    int i, unnamed = ap_index_of_response(HTTP_INTERNAL_SERVER_ERROR);

    if (r->status != HTTP_MOVED_TEMPORARILY || !core->response_code_exprs
        || !(location = apr_table_get(r->headers_out, "Location"))) {
        return 0;
    }
    for (i = 0; i < (int)(sizeof(likely) / sizeof(likely[0])); i++) {
        if (may_be(r, likely[i], location)) {
            return likely[i];
        }
    }
    for (i = HTTP_BAD_REQUEST; i < 600; i++) {
        if (ap_index_of_response(i) != unnamed && may_be(r, i, location)) {
            return i;
        }
    }
    return 0;
}

/* -- a part of a page ------------------------------------------------------ */

static const char returned[] = ", subrequest ";

static int is_include(const char *module, unsigned flags, const char *text,
                      size_t n)
{
    return *module == 'i' && !strcmp(module, "include")
           && memmem(text, n, returned, sizeof(returned) - 1);
}

/* "unable to include "x" in parsed file y, subrequest returned 500" and
 * "... subrequest setup returned 404" (modules/filters/mod_include.c). */
static int status_in(const ecl_msg_t *m)
{
    static const char word[] = " returned ";
    const char *end = m->text + m->len;
    const char *at = memmem(m->text, m->len, returned, sizeof(returned) - 1);
    long status = 0;

    if (at && !strcmp(m->module, "include")) {
        at = memmem(at, (size_t)(end - at), word, sizeof(word) - 1);
        status = at ? strtol(at + sizeof(word) - 1, NULL, 10) : 0;
    }
    return ap_is_HTTP_VALID_RESPONSE(status) ? (int)status : 0;
}

int errclarity_hidden_include(errclarity_ctx_t *ctx)
{
    ecl_msg_t *msgs;
    int i, n, worst = 0;

    errclarity_capture_take(ctx);
    if (!ctx->evidence || !ecl_evidence_any(ctx->evidence, is_include)) {
        return 0;
    }
    n = ecl_evidence_messages(ctx->evidence, &msgs, NULL, ctx->root->pool);
    for (i = 0; i < n; i++) {
        int status = status_in(&msgs[i]);

        worst = status > worst ? status : worst;
    }
    return worst;
}

/* -- a stale copy ---------------------------------------------------------- */

int errclarity_hidden_stale(const request_rec *r)
{
    const ap_filter_t *f;

    for (f = r->output_filters; f; f = f->next) {
        if (!strcmp(f->frec->name, "cache_out")) { /* httpd's are folded */
            return 1;
        }
    }
    return 0;
}
