/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_link.c - signed links that show the owner's details.
 *
 * A token is taken out of the request before any module can see it, so that no
 * log, no record, no backend and no script gets one: out of the URL in all its
 * copies, and out of the Referer of what follows. What stays is a note: which
 * incident's link it was, or "" for a token that is not good here.
 *
 * The hooks exist only while some server has a key: others pay nothing. */
#include "errclarity.h"
#include "errclarity_link.h"
#include "errclarity_log.h"

#include <string.h>

#include "apr_strings.h"
#include "http_protocol.h"

#include "ecl_link.h"

static const char parameter[] = ECL_LINK_PARAMETER "=";
static const char header[] = "Errclarity-Link";
static const char note[] = "errclarity-link";

/* Before modules that log a request as it comes (mod_log_forensic). */
#define FIRST (APR_HOOK_REALLY_FIRST - 10)

static int hooked;

/* Where a URL or query string has the parameter, or NULL. */
static char *find(const char *s)
{
    char *at = (char *)(apr_uintptr_t)s;

    while (at && (at = strstr(at, parameter)) != NULL) {
        if (at == s || strchr("?&;", at[-1])) {
            return at;
        }
        at++;
    }
    return NULL;
}

/* A copy of a URL or query string, or of a line that holds one, without the
 * parameter, and without "?" when no other is left. One copy, however often a
 * client repeats it. */
static char *without(apr_pool_t *p, const char *s)
{
    char *copy = apr_pstrdup(p, s), *at, *end;

    while ((at = find(copy)) != NULL) {
        end = at + strcspn(at, "&;# \t");
        if ((at == copy || at[-1] == '?') && (*end == '&' || *end == ';')) {
            end++;
        }
        else if (at > copy) {
            at--;
        }
        memmove(at, end, strlen(end) + 1);
    }
    return copy;
}

/* The token that came with a request, by the header first, for programs. */
static const char *token_of(const request_rec *r)
{
    const char *token = apr_table_get(r->headers_in, header);
    const char *at = token ? NULL : find(r->args);

    if (at) {
        at += sizeof(parameter) - 1;
        token = apr_pstrmemdup(r->pool, at, strcspn(at, "&;"));
    }
    return token;
}

static void hide(request_rec *r)
{
    const char *referer = apr_table_get(r->headers_in, "Referer");

    if (find(referer)) {
        apr_table_setn(r->headers_in, "Referer", without(r->pool, referer));
    }
    apr_table_unset(r->headers_in, header);
    if (r->the_request && find(r->the_request)) {
        r->the_request = without(r->pool, r->the_request);
    }
    if (find(r->args)) {
        r->unparsed_uri = without(r->pool, r->unparsed_uri);
        r->args = without(r->pool, r->args);
        r->args = *r->args ? r->args : NULL;
        r->parsed_uri.query = r->args;
    }
}

static int take_token(request_rec *r)
{
    const errclarity_server_t *conf =
        ap_get_module_config(r->server->module_config, &errclarity_module);
    const char *token = token_of(r);
    char id[ECL_ID_LEN + 1] = "";

    if (token) {
        if (conf->link_key) {
            ecl_link_check(conf->link_key, r->server->server_hostname, token,
                           strlen(token), apr_time_sec(r->request_time), id);
        }
        apr_table_setn(r->notes, note, apr_pstrdup(r->pool, id));
        /* The address bar still has it. */
        apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    }
    hide(r);
    return DECLINED;
}

static int unhook(void *unused)
{
    hooked = 0;
    return APR_SUCCESS;
}

/* httpd sorts its hooks again once it has read its configuration. */
static void hook(apr_pool_t *pconf)
{
    if (!hooked) {
        hooked = 1;
        apr_pool_cleanup_register(pconf, NULL, unhook, apr_pool_cleanup_null);
        ap_hook_post_read_request(take_token, NULL, NULL, FIRST);
        /* Of a request that was refused before. */
        ap_hook_log_transaction(take_token, NULL, NULL, FIRST);
    }
}

const char *errclarity_set_link_key(cmd_parms *cmd, void *unused,
                                    const char *path)
{
    errclarity_server_t *s =
        ap_get_module_config(cmd->server->module_config, &errclarity_module);
    ecl_link_key_t *key = apr_palloc(cmd->pool, sizeof(*key));
    const char *file = ap_server_root_relative(cmd->pool, path), *err;

    if (!*path || !file) {
        return errclarity_bad_value(cmd, path, "expected a file with a key",
                                    "conf/errclarity.key");
    }
    err = ecl_link_key_read(key, file, cmd->pool);
    if (err) {
        return apr_pstrcat(cmd->pool, cmd->cmd->name, ": ", err, NULL);
    }
    s->link_key = key;
    hook(cmd->pool);
    return NULL;
}

ecl_detail_e errclarity_link_detail(request_rec *r, ecl_detail_e level)
{
    const char *id =
        hooked ? apr_table_get(errclarity_root(r)->notes, note) : NULL;

    if (!id) {
        return level;
    }
    apr_table_unset(r->err_headers_out, "Referrer-Policy");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
    if (!*id || level >= ECL_DETAIL_OWNER) {
        return level;
    }
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  ECL_LOGNO(0026) "owner detail shown by the link for incident "
                                  "%s",
                  id);
    return ECL_DETAIL_OWNER;
}
