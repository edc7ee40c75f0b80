/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_user.c - who has proved to be somebody.
 *
 * mod_auth_basic and mod_auth_digest name the user before they have looked at
 * the password, and the name stays when it is wrong or when the password file
 * cannot be read. A condition on REMOTE_USER must not believe it. The phase of
 * authorisation begins only when authentication has succeeded
 * (server/request.c, ap_process_request_internal). Both hooks run for places
 * that ask for a user alone. A user who was set in another way (SSLUserName)
 * is believed. */
#include "errclarity.h"

#include "http_request.h"

#define NOTE "errclarity-unproven"

static int check_user_id(request_rec *r)
{
    if (errclarity_armed) {
        apr_table_setn(r->notes, NOTE, "");
    }
    return DECLINED;
}

static int auth_checker(request_rec *r)
{
    if (errclarity_armed) {
        apr_table_unset(r->notes, NOTE);
    }
    return DECLINED;
}

int errclarity_user_unproven(const request_rec *r)
{
    /* Internal redirects and subrequests inherit the user. */
    for (; r; r = r->prev ? r->prev : r->main) {
        if (apr_table_get(r->notes, NOTE)) {
            return 1;
        }
    }
    return 0;
}

void errclarity_user_register_hooks(apr_pool_t *p)
{
    ap_hook_check_authn(check_user_id, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authz(auth_checker, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}
