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

/** The same without a probe: the budget, the trees, the rights. */
ecl_probe_t *errclarity_probe_begin(errclarity_ctx_t *ctx, request_rec *r);

/** Find what changed lately, into ctx->inc, whose verdict is made.
 * @param pr  from errclarity_probe(); may be NULL */
void errclarity_changes(errclarity_ctx_t *ctx, request_rec *r, ecl_probe_t *pr);

void errclarity_changes_register_hooks(apr_pool_t *p);

/** A user with its groups. */
const ecl_identity_t *errclarity_probe_identity(uid_t uid, gid_t gid,
                                                apr_pool_t *p);

/** The file that was to answer, also behind PHP-FPM; NULL: none. */
const char *errclarity_script(request_rec *r);

/** The directories from the document root down to the script's, each with a
 *  slash at its end; allocated from r->pool. A script outside of the root has
 *  its own directory alone. @return how many, at most max */
int errclarity_directories(request_rec *r, const char **dirs, int max);

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
