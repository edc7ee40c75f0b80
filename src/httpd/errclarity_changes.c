/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_changes.c - which files a recent change may have broken.
 *
 * The script and the file that the log blames, .htaccess, PHP's own settings
 * and Composer's files from the document root down to the script; for the
 * operator also the machine's package database and httpd's configuration,
 * whose files and times were noted when it was read. */
#include "errclarity_probe.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_hash.h"
#include "apr_strings.h"
#include "http_core.h"

#include "ecl_changes.h"

#define DIRS_MAX     16
#define CONFIGS_MAX  512 /* configuration files that are noted */
#define CONFIGS_TOLD 4   /* of them in an incident, the newest */

typedef struct config_file_t {
    const char *path;
    apr_time_t time;
} config_file_t;

/* The newest configuration files; written before the first child exists. */
static config_file_t configs[CONFIGS_TOLD];
static int nconfigs;

/* -- at start --------------------------------------------------------------*/

static void note_config(const char *path, apr_pool_t *p)
{
    apr_finfo_t info;
    int i;

    if (apr_stat(&info, path, APR_FINFO_CTIME | APR_FINFO_TYPE, p)
            != APR_SUCCESS
        || info.filetype != APR_REG) {
        return;
    }
    if (nconfigs < CONFIGS_TOLD) {
        nconfigs++;
    }
    else if (configs[nconfigs - 1].time >= info.ctime) {
        return;
    }
    for (i = nconfigs - 1; i > 0 && configs[i - 1].time < info.ctime; i--) {
        configs[i] = configs[i - 1];
    }
    configs[i] = (config_file_t){ apr_pstrdup(p, path), info.ctime };
}

/* Directives of one file follow each other, but sections and includes come
 * back to the file around them. */
static void note_tree(const ap_directive_t *d, apr_hash_t *seen, apr_pool_t *p)
{
    const char *last = NULL;

    for (; d; d = d->next) {
        if (d->filename && d->filename != last) {
            last = d->filename;
            if (!apr_hash_get(seen, last, APR_HASH_KEY_STRING)
                && apr_hash_count(seen) < CONFIGS_MAX) {
                apr_hash_set(seen, last, APR_HASH_KEY_STRING, "");
                note_config(last, p);
            }
        }
        note_tree(d->first_child, seen, p);
    }
}

static int note_configs(apr_pool_t *p, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    nconfigs = 0;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
        note_tree(ap_conftree, apr_hash_make(ptemp), p);
    }
    return OK;
}

void errclarity_changes_register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(note_configs, NULL, NULL, APR_HOOK_MIDDLE);
}

/* -- after a failure -------------------------------------------------------*/

/* Files of one directory on the way from the document root to the script. */
static void look_into(ecl_changes_t *c, ecl_probe_t *pr, const char *dir,
                      int is_php)
{
    static const struct {
        const char *name;
        const char *what;
    } files[] = {
        { "composer.json", "composer" },
        { "composer.lock", "composer" },
        { ".user.ini", "php-config" },
        { "php.ini", "php-config" },
    };
    size_t i;

    for (i = 0; is_php && i < sizeof(files) / sizeof(files[0]); i++) {
        ecl_changes_look(c, pr, files[i].what,
                         apr_pstrcat(pr->pool, dir, files[i].name, NULL),
                         ECL_CHANGES_OWN);
    }
}

/* Composer's files lie above a document root named public or the like. That
 * directory is the site's when one user, who is neither root nor the server,
 * owns both. */
static void look_above(ecl_changes_t *c, ecl_probe_t *pr, const char *dir)
{
    const char *above = apr_pstrcat(pr->pool, dir, "../", NULL);
    struct stat in, up;
    const char *parent;
    apr_size_t n = strlen(dir) - 1;

    if (stat(dir, &in) != 0 || stat(above, &up) != 0 || in.st_uid == 0
        || in.st_uid != up.st_uid || in.st_uid == geteuid()) {
        return;
    }
    while (n > 0 && dir[n - 1] != '/') {
        n--;
    }
    parent = apr_pstrmemdup(pr->pool, dir, n);
    ecl_changes_look(c, pr, "composer",
                     apr_pstrcat(pr->pool, parent, "composer.json", NULL),
                     ECL_CHANGES_OWN);
    ecl_changes_look(c, pr, "composer",
                     apr_pstrcat(pr->pool, parent, "composer.lock", NULL),
                     ECL_CHANGES_OWN);
}

static void look_at_site(ecl_changes_t *c, ecl_probe_t *pr, request_rec *r,
                         const ecl_verdict_t *v)
{
    const char *script = errclarity_script(r);
    const char *blamed = v->facts.v[ECL_FACT_FILE];
    const char *paths[DIRS_MAX];
    int is_php = script && strstr(script, ".php") != NULL;
    int n, i;

    if (!script || script[0] != '/') {
        return;
    }
    ecl_changes_look(c, pr, "script", script, ECL_CHANGES_OWN);
    if (blamed && blamed[0] == '/' && strcmp(blamed, script) != 0) {
        ecl_changes_look(c, pr, "file", blamed, ECL_CHANGES_NAMED);
    }
    n = errclarity_htaccess_chain(r, paths, DIRS_MAX);
    for (i = 0; i < n; i++) {
        ecl_changes_look(c, pr, "htaccess", paths[i], ECL_CHANGES_OWN);
    }
    n = is_php ? errclarity_directories(r, paths, DIRS_MAX) : 0;
    for (i = 0; i < n; i++) {
        look_into(c, pr, paths[i], is_php);
    }
    if (n) {
        look_above(c, pr, paths[0]);
    }
}

static void look_at_machine(ecl_changes_t *c, ecl_probe_t *pr)
{
    static const char *const databases[] = {
        "/var/lib/dpkg/status",
        "/var/lib/rpm/rpmdb.sqlite",
        "/usr/lib/sysimage/rpm/rpmdb.sqlite",
        "/var/lib/rpm/Packages",
    };
    size_t i;

    for (i = 0; i < sizeof(databases) / sizeof(databases[0]); i++) {
        ecl_changes_look(c, pr, "packages", databases[i], ECL_CHANGES_SYSTEM);
    }
    for (i = 0; i < (size_t)nconfigs; i++) {
        ecl_changes_add(c, "server-config", configs[i].path, configs[i].time,
                        1);
    }
}

void errclarity_changes(errclarity_ctx_t *ctx, request_rec *r, ecl_probe_t *pr)
{
    ecl_incident_t *inc = &ctx->inc;
    ecl_changes_t *c;

    /* A visitor's doing has no such reason, and without a file, a script or a
     * fault of configuration nothing leads to a change. */
    if (inc->verdict.cause->who == ECL_WHO_VISITOR
        || (!pr && r->finfo.filetype != APR_REG
            && strcmp(inc->verdict.cause->family, "config") != 0)) {
        return;
    }
    pr = pr ? pr : errclarity_probe_begin(ctx, r);
    c = apr_pcalloc(pr->pool, sizeof(*c));
    c->now = apr_time_now();
    c->first = errclarity_seen_since(inc, c->now);
    look_at_site(c, pr, r, &inc->verdict);
    look_at_machine(c, pr);
    inc->changes = c->v;
    inc->nchanges = c->n;
}
