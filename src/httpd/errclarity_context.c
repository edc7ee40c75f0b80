/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_context.c - from a request_rec to its context and settings.
 *
 * The context hangs on the root request (the first of a chain of internal
 * redirects): httpd gives each redirected request a new request_config. */
#include "errclarity.h"

#include <string.h>

#include "http_core.h"
#include "http_request.h"
#include "apr_fnmatch.h"
#include "apr_strings.h"

request_rec *errclarity_root(const request_rec *r)
{
    for (;;) {
        if (r->main) {
            r = r->main;
        }
        else if (r->prev) {
            r = r->prev;
        }
        else {
            return (request_rec *)(apr_uintptr_t)r;
        }
    }
}

const request_rec *errclarity_last(const request_rec *root)
{
    while (root->next) {
        root = root->next;
    }
    return root;
}

errclarity_ctx_t *errclarity_ctx_get(const request_rec *root)
{
    return root->request_config
               ? ap_get_module_config(root->request_config, &errclarity_module)
               : NULL;
}

errclarity_ctx_t *errclarity_ctx_make(request_rec *root)
{
    errclarity_ctx_t *ctx = errclarity_ctx_get(root);

    if (!ctx) {
        ctx = apr_pcalloc(root->pool, sizeof(*ctx));
        ctx->root = root;
        ap_set_module_config(root->request_config, &errclarity_module, ctx);
    }
    return ctx;
}

/* Does a <Directory> section hold for a directory path (which ends in a
 * slash) or for one above it? After server/request.c ap_directory_walk(). */
static int directory_matches(const core_dir_config *sec, const char *dir,
                             apr_pool_t *p)
{
    const char *end = dir;
    unsigned n;

    if (sec->r) {
        return ap_regexec(sec->r, dir, 0, NULL, 0) == 0;
    }
    if (!sec->d_is_fnmatch) {
        return strncmp(sec->d, dir, strlen(sec->d)) == 0;
    }
    /* d_components counts slashes: cut dir to as many. */
    for (n = 0; n < sec->d_components; n++) {
        end = strchr(end, '/');
        if (!end) {
            return 0;
        }
        end++;
    }
    dir = apr_pstrmemdup(p, dir, (apr_size_t)(end - dir));
    return apr_fnmatch(sec->d, dir, APR_FNM_PATHNAME) == APR_SUCCESS;
}

/* Does a <Location> section hold? After server/request.c
 * ap_location_walk(). */
static int location_matches(const core_dir_config *sec, const char *uri,
                            apr_pool_t *unused)
{
    apr_size_t len = strlen(sec->d);

    if (sec->r) {
        return ap_regexec(sec->r, uri, 0, NULL, 0) == 0;
    }
    if (sec->d_is_fnmatch) {
        return apr_fnmatch(sec->d, uri, APR_FNM_PATHNAME) == APR_SUCCESS;
    }
    return strncmp(sec->d, uri, len) == 0
           && (len == 0 || sec->d[len - 1] == '/' || uri[len] == '/'
               || uri[len] == '\0');
}

typedef int matches_fn(const core_dir_config *sec, const char *place,
                       apr_pool_t *p);

static const errclarity_dir_t *merge_sections(const request_rec *r,
                                              const errclarity_dir_t *conf,
                                              const apr_array_header_t *secs,
                                              matches_fn *matches,
                                              const char *place)
{
    int i;

    for (i = 0; i < secs->nelts; i++) {
        ap_conf_vector_t *sec = APR_ARRAY_IDX(secs, i, ap_conf_vector_t *);
        void *ours = ap_get_module_config(sec, &errclarity_module);

        if (ours && matches(ap_get_core_module_config(sec), place, r->pool)) {
            conf = errclarity_dir_merge(r->pool, (void *)(apr_uintptr_t)conf,
                                        ours);
        }
    }
    return conf;
}

/* httpd installs the merged sections only when its walk has succeeded; until
 * then a request has the server's own settings (httpd drops even <Location>
 * before it reads .htaccess). Merge what the walk would have given, but for
 * <Files>, <If> and .htaccess itself, in httpd's order. */
static const errclarity_dir_t *conf_of_unwalked(const request_rec *r,
                                                const errclarity_dir_t *conf)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);

    if (r->filename) {
        const char *slash = strrchr(r->filename, '/');
        const char *dir =
            slash ? apr_pstrmemdup(r->pool, r->filename,
                                   (apr_size_t)(slash - r->filename) + 1)
                  : r->filename;

        conf = merge_sections(r, conf, core->sec_dir, directory_matches, dir);
    }
    if (r->uri) {
        conf = merge_sections(r, conf, core->sec_url, location_matches, r->uri);
    }
    return conf;
}

const errclarity_dir_t *errclarity_conf(const request_rec *r)
{
    const errclarity_dir_t *conf =
        ap_get_module_config(r->per_dir_config, &errclarity_module);

    return r->per_dir_config == r->server->lookup_defaults
               ? conf_of_unwalked(r, conf)
               : conf;
}

int errclarity_allows_override(const request_rec *r, const char *dir)
{
    const core_server_config *server =
        ap_get_core_module_config(r->server->module_config);
    const core_dir_config *core =
        ap_get_core_module_config(r->server->lookup_defaults);
    int override = core->override;
    const apr_table_t *list = core->override_list;
    int i;

    for (i = 0; i < server->sec_dir->nelts; i++) {
        ap_conf_vector_t *sec =
            APR_ARRAY_IDX(server->sec_dir, i, ap_conf_vector_t *);

        core = ap_get_core_module_config(sec);
        if (!directory_matches(core, dir, r->pool)) {
            continue;
        }
        if (!(core->override & OR_UNSET)) {
            override = core->override;
        }
        if (core->override_list) {
            list = core->override_list;
        }
    }
    return (override & ~OR_UNSET) != OR_NONE
           || (list && !apr_is_empty_table(list));
}
