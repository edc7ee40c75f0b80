/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_proxy_status.c - the header Proxy-Status of a gateway's failure.
 *
 * Only for requests that httpd forwarded, and only where a directive names this
 * gateway. What it says is ecl_proxy_status.h's. */
#include "errclarity.h"

#include <string.h>

#include "ecl_proxy_status.h"

void errclarity_proxy_status(const errclarity_ctx_t *ctx, request_rec *r)
{
    const char *name = ctx->conf->proxy_name;
    const char *member = name && *name && ctx->failed_r->proxyreq
                             ? ecl_proxy_status(&ctx->inc, name, r->pool)
                             : NULL;

    if (member) {
        /* After those of the proxies behind this one (RFC 9209 2). */
        apr_table_mergen(r->headers_out, "Proxy-Status", member);
    }
}

const char *errclarity_proxy_status_set(cmd_parms *cmd, void *dv,
                                        const char *arg)
{
    errclarity_dir_t *d = dv;

    if (!ecl_proxy_is_name(arg)) {
        return errclarity_bad_value(cmd, arg,
                                    "expected Off or a name of this gateway in "
                                    "printable ASCII",
                                    "edge.example.com");
    }
    d->proxy_name = strcasecmp(arg, "Off") == 0 ? "" : arg;
    return NULL;
}
