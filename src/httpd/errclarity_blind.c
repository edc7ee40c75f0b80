/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_blind.c - settings that hide causes from the module.
 *
 * A message that LogLevel holds back never reaches the error_log hook, and
 * what PHP writes to a file of its own never reaches httpd. An operator is
 * told once, when httpd starts, and again in an incident without evidence.
 * Only what stands in httpd's configuration is judged: php.ini and what a
 * script sets at run time cannot be seen from here. */
#include "errclarity_blind.h"
#include "errclarity.h"
#include "errclarity_log.h"

#include <string.h>

#include "ap_mpm.h"
#include "apr_hash.h"
#include "apr_strings.h"
#include "http_core.h"

#define TOLD "errclarity_blind"

#define LEVEL_HIDES ECL_LOGNO(0022)

/* Whose messages name causes, and from which level on. */
static const struct {
    const char *file;
    int needs;
} speakers[] = {
    { "core.c", APLOG_ERR },          { "mod_cgi.c", APLOG_ERR },
    { "mod_cgid.c", APLOG_ERR },      { "mod_proxy.c", APLOG_ERR },
    { "mod_php.c", APLOG_ERR },       { "mod_proxy_fcgi.c", APLOG_ERR },
    { "mod_wsgi.c", APLOG_ERR },      { "mod_proxy_http.c", APLOG_ERR },
    { "mod_fcgid.c", APLOG_WARNING },
};
#define NSPEAKERS ((int)(sizeof(speakers) / sizeof(speakers[0])))

static const char *const levels[] = { "emerg", "alert", "crit", "error",
                                      "warn" };

/* -- at the start ---------------------------------------------------------- */

/* The LogLevel at fault must not hide this as well. */
void errclarity_blind_tell(server_rec *s, const char *text)
{
    apr_pool_t *p = s->process->pool;
    int passes =
        ap_get_server_module_loglevel(s, errclarity_module.module_index);
    int level = passes < APLOG_WARNING ? passes : APLOG_WARNING;
    void *told = NULL;

    apr_pool_userdata_get(&told, TOLD, p);
    if (!told) {
        told = apr_hash_make(p);
        /* With a copy of the key: a restart may load us elsewhere. */
        apr_pool_userdata_set(told, TOLD, NULL, p);
    }
    if (!apr_hash_get(told, text, APR_HASH_KEY_STRING)) {
        text = apr_pstrdup(p, text);
        apr_hash_set(told, text, APR_HASH_KEY_STRING, text);
        ap_log_error(APLOG_MARK, APLOG_STARTUP | level, 0, s, "%s", text);
    }
}

static int any_on(const apr_array_header_t *sections)
{
    int i;

    for (i = 0; sections && i < sections->nelts; i++) {
        const errclarity_dir_t *d = ap_get_module_config(
            APR_ARRAY_IDX(sections, i, ap_conf_vector_t *), &errclarity_module);

        if (d && errclarity_mode(d) != ERRCLARITY_OFF) {
            return 1;
        }
    }
    return 0;
}

int errclarity_blind_is_on(const server_rec *s)
{
    const errclarity_dir_t *d =
        ap_get_module_config(s->lookup_defaults, &errclarity_module);
    const core_server_config *core =
        ap_get_core_module_config(s->module_config);

    return errclarity_mode(d) != ERRCLARITY_OFF || any_on(core->sec_url)
           || any_on(core->sec_dir);
}

const char *errclarity_blind_name(const server_rec *s, apr_pool_t *p)
{
    return s->is_virtual ? apr_psprintf(p, "Virtual host %s (%s line %u)",
                                        s->server_hostname, s->defn_name,
                                        s->defn_line_number)
                         : "The main server";
}

static int index_of(int i)
{
    const module *m = ap_find_linked_module(speakers[i].file);

    return m ? m->module_index : -1;
}

static void check_level(server_rec *main_server, const server_rec *s,
                        apr_pool_t *p)
{
    const char *hidden = NULL;
    int i, level = 0, needs = 0;

    for (i = 0; i < NSPEAKERS; i++) {
        int m = index_of(i);
        int have = m < 0 ? APLOG_DEBUG : ap_get_server_module_loglevel(s, m);

        if (have < speakers[i].needs) {
            const char *name = ap_find_module_short_name(m);

            hidden = hidden ? apr_pstrcat(p, hidden, ", ", name, NULL) : name;
            level = hidden == name || have < level ? have : level;
            needs = speakers[i].needs > needs ? speakers[i].needs : needs;
        }
    }
    if (!hidden) {
        return;
    }
    errclarity_blind_tell(main_server,
                          apr_psprintf(p,
                                       LEVEL_HIDES
                                       "%s: LogLevel %s hides the messages of "
                                       "%s that name the causes of failures: "
                                       "set LogLevel %s",
                                       errclarity_blind_name(s, p),
                                       levels[level], hidden, levels[needs]));
}

/* Notices pass to a file whatever the LogLevel, but not to syslog. What PHP
 * scripts pass to error_log() are notices. */
static void check_syslog(server_rec *main_server, const server_rec *s,
                         apr_pool_t *p)
{
    const module *php = ap_find_linked_module("mod_php.c");
    const char *log =
        s->error_fname ? s->error_fname : main_server->error_fname;

    if (!php || !log || strncasecmp(log, "syslog", 6)
        || ap_get_server_module_loglevel(s, php->module_index)
               >= APLOG_NOTICE) {
        return;
    }
    errclarity_blind_tell(main_server,
                          apr_psprintf(p,
                                       LEVEL_HIDES
                                       "%s: with ErrorLog syslog this LogLevel "
                                       "hides what PHP scripts pass to "
                                       "error_log(): set LogLevel php:notice",
                                       errclarity_blind_name(s, p)));
}

/* Where mod_cgid does not pass it on, a script's stderr is read in the main
 * server's ErrorLog, which must be a file for that. */
static void check_cgid(server_rec *s)
{
#ifndef HAVE_CGID_FDPASSING
    const char *log = s->error_fname;
    static const char text[] =
        ECL_LOGNO(0023) "mod_cgid writes what scripts print to stderr to the "
                        "main ErrorLog, which is no file here and cannot be "
                        "read: set ErrorLog to a file, or use mod_cgi, which "
                        "works in every MPM";

    if (ap_find_linked_module("mod_cgid.c") && log
        && (*log == '|' || !strncasecmp(log, "syslog", 6))) {
        errclarity_blind_tell(s, text);
    }
#endif
}

static int is_off(const char *value)
{
    return !strcasecmp(value, "off") || !strcmp(value, "0")
           || !strcasecmp(value, "no") || !strcasecmp(value, "false");
}

/* Whether "php_admin_value error_log /x" or its like sends messages elsewhere.
 * @return the setting as a text, or NULL */
static const char *php_setting(const ap_directive_t *node, apr_pool_t *p)
{
    const char *args = node->args, *name, *value;

    if (strncasecmp(node->directive, "php_", 4)) {
        return NULL;
    }
    name = ap_getword_conf(p, &args);
    value = ap_getword_conf(p, &args);
    if ((!strcmp(name, "error_log") && *value && strcmp(value, "none"))
        || (!strcmp(name, "log_errors") && is_off(value))) {
        return apr_psprintf(p, "%s %s %s", node->directive, name, value);
    }
    return NULL;
}

static void check_php(server_rec *s, const ap_directive_t *node, apr_pool_t *p)
{
    for (; node; node = node->next) {
        const char *setting = php_setting(node, p);

        if (setting) {
            errclarity_blind_tell(
                s, apr_psprintf(p,
                                ECL_LOGNO(0024) "%s (%s line %d) keeps PHP's "
                                                "messages from httpd: remove "
                                                "it, or read the causes of "
                                                "PHP's failures where it "
                                                "sends them",
                                setting, node->filename, node->line_num));
        }
        check_php(s, node->first_child, p);
    }
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *main_server)
{
    server_rec *s;
    int on = 0;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    for (s = main_server; s; s = s->next) {
        if (errclarity_blind_is_on(s)) {
            on = 1;
            check_level(main_server, s, ptemp);
            check_syslog(main_server, s, ptemp);
        }
    }
    if (on) {
        check_cgid(main_server);
        check_php(main_server, ap_conftree, ptemp);
        errclarity_blind_paths(main_server, ptemp);
    }
    return OK;
}

void errclarity_blind_register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_LAST);
}

/* -- of a request ---------------------------------------------------------- */

const char *errclarity_blind_reason(request_rec *r)
{
    int i;

    for (i = 0; i < NSPEAKERS; i++) {
        int m = index_of(i);
        int have = m < 0 ? APLOG_DEBUG : ap_get_request_module_loglevel(r, m);

        if (have < speakers[i].needs) {
            return apr_pstrcat(r->pool, "LogLevel ", levels[have], NULL);
        }
    }
    return NULL;
}
