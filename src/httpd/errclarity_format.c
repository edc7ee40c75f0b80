/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_format.c - the answer's format, from what the request tells.
 *
 * ecl_client.h decides; here is only where its values come from, and Vary. */
#include "errclarity.h"

#include "apr_strings.h"
#include "http_protocol.h"

#include "ecl_client.h"

/* Add fields to r's Vary that are not in it. Most answers have none yet. */
static void add_vary(request_rec *r, const char *const *fields, int n)
{
    const char *have = apr_table_get(r->headers_out, "Vary");
    int i;

    if (!have && n > 0) {
        const char *all = fields[0];

        for (i = 1; i < n; i++) {
            all = apr_pstrcat(r->pool, all, ", ", fields[i], NULL);
        }
        apr_table_setn(r->headers_out, "Vary", all);
        return;
    }
    for (i = 0; i < n; i++) {
        if (!ap_find_list_item(r->pool, have, fields[i])
            && !ap_find_list_item(r->pool, have, "*")) {
            apr_table_mergen(r->headers_out, "Vary", fields[i]);
        }
    }
}

ecl_format_e errclarity_format(const errclarity_ctx_t *ctx, request_rec *r,
                               const char *also)
{
    const char *vary[ECL_SIGNAL_COUNT + 1] = { also };
    const char *values[ECL_SIGNAL_COUNT] = { NULL };
    const char *field;
    ecl_format_e format;
    unsigned looked;
    int n, s, nvary = also != NULL;
    const ecl_format_e *offers = errclarity_formats(ctx->conf, &n);

    for (s = 0; s < ECL_SIGNAL_COUNT; s++) {
        field = ecl_signal_field((ecl_signal_e)s);
        values[s] = field ? apr_table_get(ctx->root->headers_in, field)
                          : ctx->root->uri;
    }
    format = ecl_client_format(values, offers, n, ctx->conf->formats != NULL,
                               &looked);
    for (s = 0; s < ECL_SIGNAL_COUNT; s++) {
        field = ecl_signal_field((ecl_signal_e)s);
        if ((looked >> s & 1) && field) {
            vary[nvary++] = field;
        }
    }
    add_vary(r, vary, nvary);
    return format;
}
