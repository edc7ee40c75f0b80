/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_probe.h - which probes look at a failing request, and as whom. */
#ifndef ERRCLARITY_PROBE_H
#define ERRCLARITY_PROBE_H

#include "errclarity.h"

#include "ecl_probe.h"

/** Probe what the request's handler and its messages (ctx->inc.msgs) suggest.
 * @return what was found, allocated from the root's pool; NULL when nothing
 *         needed a look */
ecl_probe_t *errclarity_probe(errclarity_ctx_t *ctx, request_rec *r);

/** The names under which httpd looks for .htaccess files for r: from the
 *  document root down, where AllowOverride lets it. Whether they exist is not
 *  looked at.
 * @param paths  receives at most max paths, allocated from r->pool
 * @return how many */
int errclarity_htaccess_chain(request_rec *r, const char **paths, int max);

/** What "suexec -V" said when the server started; members are unknown where it
 *  is not in use. Never NULL. */
const ecl_suexec_t *errclarity_suexec(void);

void errclarity_suexec_register_hooks(apr_pool_t *p);

#endif
