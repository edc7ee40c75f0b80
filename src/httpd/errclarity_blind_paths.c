/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_blind_paths.c - document roots that httpd's user cannot enter.
 *
 * Every request there fails, and the log says so only then. Judged by mode and
 * owner while httpd starts as root and knows as whom it will serve; a missing
 * directory is httpd's own to report (AH00112). Not under mpm-itk, where each
 * site has a user of its own. */
#include "errclarity_blind.h"
#include "errclarity.h"
#include "errclarity_log.h"
#include "errclarity_probe.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_core.h"
#include "unixd.h"

typedef struct look_t {
    server_rec *main_server;
    const ecl_identity_t *as;
    apr_pool_t *p;
} look_t;

static void look_at(const look_t *l, const char *what, const char *path)
{
    ecl_probe_t *pr;
    struct stat st;

    path = ap_server_root_relative(l->p, path);
    if (!path || stat(path, &st) != 0) {
        return;
    }
    pr = apr_pcalloc(l->p, sizeof(*pr));
    pr->pool = l->p;
    pr->as = l->as;
    if (S_ISDIR(st.st_mode)) {
        path = apr_pstrcat(l->p, path, "/", NULL);
    }
    if (ecl_probe_closed_directory(pr, path)) {
        errclarity_blind_tell(
            l->main_server,
            apr_psprintf(l->p,
                         ECL_LOGNO(0038) "%s: %s, so requests for it fail: "
                                         "give that directory the mode 0711 "
                                         "or 0755, or a group the user is in",
                         what, pr->msgs[0].text));
    }
}

/* ScriptAlias [URL] path, wherever it stands. */
static void look_at_aliases(const look_t *l, const ap_directive_t *node)
{
    for (; node; node = node->next) {
        const char *args = node->args, *path = NULL;

        if (!strcasecmp(node->directive, "ScriptAlias")) {
            while (*args) {
                path = ap_getword_conf(l->p, &args);
            }
        }
        if (path) {
            look_at(l,
                    apr_psprintf(l->p, "ScriptAlias %s (%s line %d)", path,
                                 node->filename, node->line_num),
                    path);
        }
        look_at_aliases(l, node->first_child);
    }
}

void errclarity_blind_paths(server_rec *main_server, apr_pool_t *p)
{
    look_t l = { .main_server = main_server, .p = p };
    const server_rec *s;

    if (geteuid() != 0 || ap_unixd_config.user_id == 0
        || ap_unixd_config.user_id == (uid_t)-1
        || ap_find_linked_module("mpm_itk.c")) {
        return;
    }
    l.as = errclarity_probe_identity(ap_unixd_config.user_id,
                                     ap_unixd_config.group_id, p);
    for (s = main_server; s; s = s->next) {
        const core_server_config *core =
            ap_get_core_module_config(s->module_config);

        if (core->ap_document_root && errclarity_blind_is_on(s)) {
            look_at(&l,
                    apr_pstrcat(p, errclarity_blind_name(s, p),
                                ": DocumentRoot ", core->ap_document_root,
                                NULL),
                    core->ap_document_root);
        }
    }
    look_at_aliases(&l, ap_conftree);
}
