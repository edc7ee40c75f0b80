/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_hidden.h - failures that the client's status does not show. */
#ifndef ERRCLARITY_HIDDEN_H
#define ERRCLARITY_HIDDEN_H

#include "errclarity.h"

/** What a record's hidden_by says. */
#define ERRCLARITY_HIDDEN_REDIRECT "errordocument-redirect"
#define ERRCLARITY_HIDDEN_STALE    "stale-cache"
#define ERRCLARITY_HIDDEN_INCLUDE  "include"
#define ERRCLARITY_HIDDEN_NPH      "nph"

/** The failing status whose external ErrorDocument r is being redirected to,
 *  or 0. Where several have the same URL, the likeliest of them. */
int errclarity_hidden_redirect(request_rec *r);

/** The worst status of a part that mod_include could not put into the page, or
 *  0, by what it logged. */
int errclarity_hidden_include(errclarity_ctx_t *ctx);

/** Whether mod_cache is about to answer r's failure with a stale copy
 *  (CacheStaleOnError). */
int errclarity_hidden_stale(const request_rec *r);

void errclarity_nph_register_hooks(apr_pool_t *p);

/** A glance that spares others a call: may r run an nph- script? */
static inline int errclarity_nph_maybe(const request_rec *r)
{
    return r->handler && r->handler[0] == 'c';
}

/** Read the status that r's script sends to the client past all filters into
 *  its context's sent_status, if it is an nph- script.
 * @param conf  in force for r */
void errclarity_nph_watch(request_rec *r, const errclarity_dir_t *conf);

#endif
