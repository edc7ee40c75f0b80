/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_directives.c - the directives' parsers and their table.
 *
 * Every error names the directive, the value given, what is allowed and an
 * example; httpd adds file and line. Manual: docs/mod_errclarity.md. */
#include "errclarity.h"
#include "errclarity_crash.h"
#include "errclarity_link.h"
#include "errclarity_log.h"
#include "errclarity_template.h"

#include <stdlib.h>
#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "ecl_lang.h"

static const char *set_mode(cmd_parms *cmd, void *dv, const char *arg)
{
    errclarity_dir_t *d = dv;

    if (!strcasecmp(arg, "Off")) {
        d->mode = ERRCLARITY_OFF;
    }
    else if (!strcasecmp(arg, "Log")) {
        d->mode = ERRCLARITY_LOG;
    }
    else if (!strcasecmp(arg, "On")) {
        d->mode = ERRCLARITY_ON;
    }
    else {
        return errclarity_bad_value(
            cmd, arg,
            "expected Off, Log (diagnose and record only) or On "
            "(answer too)",
            "On");
    }
    if (d->mode != ERRCLARITY_OFF) {
        errclarity_capture_arm(errclarity_in_htaccess(cmd));
    }
    return NULL;
}

/* Not httpd's own FLAG, whose message gives neither value nor example. */
static const char *set_flag(cmd_parms *cmd, void *dv, const char *arg)
{
    int on = !strcasecmp(arg, "On");

    if (!on && strcasecmp(arg, "Off")) {
        return errclarity_bad_value(cmd, arg, "expected On or Off", "On");
    }
    *(int *)((char *)dv + (apr_size_t)cmd->info) = on;
    return NULL;
}

/* "503", "5xx", each perhaps after "!". @return 0, or -1 when it is neither */
static int statuses_apply(errclarity_statuses_t *set, const char *arg)
{
    int off = arg[0] == '!', first, last;

    arg += off;
    if (strlen(arg) != 3 || (arg[0] != '4' && arg[0] != '5')) {
        return -1;
    }
    if (!strcasecmp(arg + 1, "xx")) {
        first = (arg[0] - '0') * 100;
        last = first + 99;
    }
    else if (apr_isdigit(arg[1]) && apr_isdigit(arg[2])) {
        first = last = (int)strtol(arg, NULL, 10);
    }
    else {
        return -1;
    }
    for (first -= 400, last -= 400; first <= last; first++) {
        if (off) {
            set->bits[first / 8] &= (unsigned char)~(1 << first % 8);
        }
        else {
            set->bits[first / 8] |= (unsigned char)(1 << first % 8);
        }
    }
    return 0;
}

static const char *set_status(cmd_parms *cmd, void *dv, int argc,
                              char *const argv[])
{
    errclarity_dir_t *d = dv;
    errclarity_statuses_t *set = apr_pcalloc(cmd->pool, sizeof(*set));
    int i;

    if (argc < 1) {
        return errclarity_bad_value(
            cmd, "", "expected codes from 400 to 599 or classes (4xx, 5xx)",
            "5xx 403 404");
    }
    if (argv[0][0] == '!') { /* only exceptions: from the default */
        statuses_apply(set, "5xx");
    }
    for (i = 0; i < argc; i++) {
        if (statuses_apply(set, argv[i]) != 0) {
            return errclarity_bad_value(
                cmd, argv[i],
                "expected a code from 400 to 599 or a class (4xx, "
                "5xx), each perhaps after '!' to leave it out",
                "5xx 403 404 !501");
        }
    }
    d->statuses = set;
    return NULL;
}

static const char *set_replace(cmd_parms *cmd, void *dv, int argc,
                               char *const argv[])
{
    static const ecl_body_e classes[] = { ECL_BODY_CANNED, ECL_BODY_EMPTY,
                                          ECL_BODY_LEAKING, ECL_BODY_MASKED,
                                          ECL_BODY_APPLICATION };
    static const char *const allowed =
        "expected canned, empty, leaking, masked, application, or all or none "
        "alone";
    errclarity_dir_t *d = dv;
    int i, all = 0, mask = 0;
    apr_size_t k;

    for (k = 0; k < sizeof(classes) / sizeof(classes[0]); k++) {
        all |= 1 << classes[k];
    }
    for (i = 0; i < argc; i++) {
        int bit = !strcasecmp(argv[i], "all") ? all : 0;

        for (k = 0; !bit && k < sizeof(classes) / sizeof(classes[0]); k++) {
            bit = !strcasecmp(argv[i], ecl_body_name(classes[k]))
                      ? 1 << classes[k]
                      : 0;
        }
        if (!bit && (strcasecmp(argv[i], "none") || argc > 1)) {
            return errclarity_bad_value(cmd, argv[i], allowed,
                                        "canned empty masked");
        }
        mask |= bit;
    }
    if (argc < 1) {
        return errclarity_bad_value(cmd, "", allowed, "canned empty masked");
    }
    d->replace = mask;
    return NULL;
}

static const char *set_format(cmd_parms *cmd, void *dv, int argc,
                              char *const argv[])
{
    static const char *const allowed =
        "expected html, json, xml, text, markdown, each at most once, the "
        "preferred one first";
    errclarity_dir_t *d = dv;
    ecl_format_e *formats =
        apr_pcalloc(cmd->pool, ECL_FORMAT_COUNT * sizeof(*formats));
    int i, k, n = 0;

    for (i = 0; i < argc; i++) {
        int f = ecl_format_by_name(argv[i]);

        for (k = 0; f >= 0 && k < n; k++) {
            if ((int)formats[k] == f) {
                f = -1; /* named twice */
            }
        }
        if (f < 0) {
            return errclarity_bad_value(cmd, argv[i], allowed, "json html");
        }
        formats[n++] = (ecl_format_e)f;
    }
    if (n == 0) {
        return errclarity_bad_value(cmd, "", allowed, "json html");
    }
    d->formats = formats;
    d->nformats = n;
    return NULL;
}

static const char *set_detail(cmd_parms *cmd, void *dv, const char *name,
                              const char *cond)
{
    errclarity_dir_t *d = dv;
    apr_array_header_t **list =
        errclarity_in_htaccess(cmd) ? &d->htaccess_details : &d->details;
    errclarity_detail_t e = { ECL_DETAIL_VISITOR, NULL };
    const char *err = NULL;

    while (e.level <= ECL_DETAIL_OPERATOR
           && strcasecmp(name, ecl_detail_name(e.level))) {
        e.level++;
    }
    if (e.level > ECL_DETAIL_OPERATOR) {
        return errclarity_bad_value(cmd, name,
                                    "expected visitor, owner or operator",
                                    "owner \"expr=-R '192.0.2.0/24'\"");
    }
    if (cond) {
        if (strncasecmp(cond, "expr=", 5) != 0) {
            return errclarity_bad_value(cmd, cond,
                                        "expected expr= with an expression",
                                        "owner \"expr=-R '192.0.2.0/24'\"");
        }
        e.when = ap_expr_parse_cmd(cmd, cond + 5, AP_EXPR_FLAG_DONT_VARY, &err,
                                   NULL);
        if (err) {
            return apr_psprintf(cmd->pool,
                                "%s: cannot parse the expression '%s': %s. "
                                "Example: %s owner "
                                "\"expr=-R '192.0.2.0/24'\"",
                                cmd->cmd->name, cond + 5, err, cmd->cmd->name);
        }
    }
    if (!*list) {
        *list = apr_array_make(cmd->pool, 2, sizeof(e));
    }
    APR_ARRAY_PUSH(*list, errclarity_detail_t) = e;
    return NULL;
}

static const char *set_map(cmd_parms *cmd, void *dv, const char *key,
                           const char *code, const char *retry)
{
    errclarity_dir_t *d = dv;
    errclarity_map_t m = { key, 0, -1 };
    const char *err = errclarity_catalog_expect(cmd, key);
    char *end;

    if (err) {
        return err;
    }
    m.status = (int)strtol(code, &end, 10);
    if (*end || m.status < 400 || m.status > 599
        || m.status == ERRCLARITY_CLIENT_ABORTED) {
        return errclarity_bad_value(
            cmd, code, "expected a status from 400 to 599, not 499",
            "dependency.* 503 retry-after=30");
    }
    if (retry) {
        long seconds = strncasecmp(retry, "retry-after=", 12) == 0
                           ? strtol(retry + 12, &end, 10)
                           : -1;

        if (seconds < 0 || seconds > 31536000 || !retry[12] || *end) {
            return errclarity_bad_value(
                cmd, retry,
                "expected retry-after= with seconds from 0 to "
                "31536000",
                "dependency.* 503 retry-after=30");
        }
        m.retry_after = (int)seconds;
    }
    if (!d->maps) {
        d->maps = apr_array_make(cmd->pool, 4, sizeof(m));
    }
    APR_ARRAY_PUSH(d->maps, errclarity_map_t) = m;
    return NULL;
}

static const char *set_message(cmd_parms *cmd, void *dv, int argc,
                               char *const argv[])
{
    errclarity_dir_t *d = dv;
    errclarity_words_t w = { argc > 0 ? argv[0] : "", NULL, NULL, NULL };
    int i = 1, status = (int)strtol(w.key, NULL, 10);

    if (argc > i && strncasecmp(argv[i], "lang=", 5) == 0) {
        w.lang = argv[i++] + 5;
    }
    if (w.lang && !ecl_lang_valid(w.lang)) {
        return errclarity_bad_value(cmd, argv[1],
                                    "expected lang= with a tag (BCP 47)",
                                    "503 lang=pt-BR \"Voltamos logo\"");
    }
    if (argc - i < 1 || argc - i > 2 || !argv[i][0]) {
        return errclarity_bad_value(
            cmd, w.key,
            "expected a cause, family.* or status, perhaps "
            "lang=xx, then \"title\" and perhaps \"text\"",
            "503 lang=en \"Back soon\" \"We are upgrading.\"");
    }
    w.title = argv[i++];
    w.text = i < argc ? argv[i] : NULL;
    if (!apr_isdigit(w.key[0])) {
        const char *err = errclarity_catalog_expect(cmd, w.key);

        if (err) {
            return err;
        }
    }
    else if (strlen(w.key) != 3 || status < 400 || status > 599) {
        return errclarity_bad_value(cmd, w.key,
                                    "expected a status from 400 to 599",
                                    "503 \"Back soon\"");
    }
    if (!d->words) {
        d->words = apr_array_make(cmd->pool, 4, sizeof(w));
    }
    APR_ARRAY_PUSH(d->words, errclarity_words_t) = w;
    return NULL;
}

static const char *set_contact(cmd_parms *cmd, void *dv, const char *arg)
{
    errclarity_dir_t *d = dv;

    if (!*arg) {
        return errclarity_bad_value(cmd, arg, "expected a URI or a text",
                                    "mailto:support@example.com");
    }
    d->contact = arg;
    return NULL;
}

static const char *set_log(cmd_parms *cmd, void *unused, const char *arg)
{
    errclarity_server_t *s =
        ap_get_module_config(cmd->server->module_config, &errclarity_module);

    if (!*arg || (*arg == '|' && !arg[strspn(arg, "|$ \t")])) {
        return errclarity_bad_value(
            cmd, arg, "expected a file, \"|command\" or syslog[:facility]",
            "logs/errclarity.jsonl");
    }
    if (strncasecmp(arg, "syslog", 6) == 0 && (!arg[6] || arg[6] == ':')
        && errclarity_syslog_facility(arg) < 0) {
        return errclarity_bad_value(
            cmd, arg,
            "unknown facility: expected daemon, user, mail, news, "
            "auth, cron or local0 to local7",
            "syslog:local7");
    }
    s->log = arg;
    return NULL;
}

static const char *set_client(cmd_parms *cmd, void *unused, const char *arg)
{
    errclarity_server_t *s =
        ap_get_module_config(cmd->server->module_config, &errclarity_module);

    if (!strcasecmp(arg, "full")) {
        s->client = ERRCLARITY_CLIENT_FULL;
    }
    else if (!strcasecmp(arg, "truncated")) {
        s->client = ERRCLARITY_CLIENT_TRUNCATED;
    }
    else if (!strcasecmp(arg, "none")) {
        s->client = ERRCLARITY_CLIENT_NONE;
    }
    else {
        return errclarity_bad_value(
            cmd, arg,
            "expected full, truncated (IPv4 to /24, IPv6 to /48) "
            "or none",
            "truncated");
    }
    return NULL;
}

const char *errclarity_add_file(cmd_parms *cmd, const char *arg,
                                const char *example,
                                void (*add)(const char *path))
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *path = ap_server_root_relative(cmd->pool, arg);

    if (err) {
        return err;
    }
    if (!path) {
        return errclarity_bad_value(cmd, arg, "not a path", example);
    }
    add(path);
    return NULL;
}

static const char *add_rules(cmd_parms *cmd, void *unused, const char *arg)
{
    return errclarity_add_file(cmd, arg, "conf/errclarity-site.yaml",
                               errclarity_catalog_add_rules);
}

#define PLACES  (OR_FILEINFO)
#define FLAG(f) (void *)APR_OFFSETOF(errclarity_dir_t, f)

const command_rec errclarity_directives[] = {
    AP_INIT_TAKE1("ErrClarity", set_mode, NULL, PLACES,
                  "Off, Log (diagnose and record failing requests) or On "
                  "(answer them too)"),
    AP_INIT_TAKE1("ErrClarityLog", set_log, NULL, RSRC_CONF,
                  "file, \"|command\" or syslog[:facility] for the records"),
    AP_INIT_TAKE_ARGV("ErrClarityStatus", set_status, NULL, PLACES,
                      "status codes and classes that count as failures"),
    AP_INIT_TAKE_ARGV("ErrClarityReplace", set_replace, NULL, PLACES,
                      "classes of bodies that may be replaced"),
    AP_INIT_TAKE_ARGV("ErrClarityFormat", set_format, NULL, PLACES,
                      "formats offered, the preferred one first"),
    AP_INIT_TAKE_ARGV("ErrClarityLanguage", errclarity_set_language, NULL,
                      PLACES, "languages offered, the default first"),
    AP_INIT_ITERATE("ErrClarityMessages", errclarity_add_messages, NULL,
                    RSRC_CONF,
                    "files or directories with further or other texts"),
    AP_INIT_TAKE12("ErrClarityDetail", set_detail, NULL, PLACES,
                   "visitor, owner or operator, and perhaps expr=..."),
    AP_INIT_TAKE23("ErrClarityMapStatus", set_map, NULL, PLACES,
                   "cause or family.*, status, and perhaps retry-after=N"),
    AP_INIT_TAKE1("ErrClarityPreciseStatus", set_flag, FLAG(precise), PLACES,
                  "On or Off: refine a generic 500 by its cause"),
    AP_INIT_TAKE_ARGV("ErrClarityMessage", set_message, NULL, PLACES,
                      "cause, family.* or status, perhaps lang=xx, title, "
                      "and perhaps text"),
    AP_INIT_TAKE1("ErrClarityContact", set_contact, NULL, PLACES,
                  "URI or text: whom a visitor may turn to"),
    AP_INIT_TAKE1("ErrClarityProbe", set_flag, FLAG(probe), PLACES,
                  "On or Off: look at a script that failed"),
    AP_INIT_TAKE2("ErrClarityTemplate", errclarity_set_template, NULL, PLACES,
                  "format, and the file of the site's own template"),
    AP_INIT_TAKE1("ErrClarityLinkKey", errclarity_set_link_key, NULL, RSRC_CONF,
                  "file with the key of links that show the owner's details"),
    AP_INIT_TAKE1("ErrClarityClientAddress", set_client, NULL, RSRC_CONF,
                  "full, truncated or none: the client's address in records"),
    AP_INIT_TAKE1("ErrClarityCrashReport", errclarity_crash_set, NULL,
                  RSRC_CONF, "On or Off: record crashes of worker processes"),
    AP_INIT_TAKE1("ErrClarityProxyStatus", errclarity_proxy_status_set, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "this gateway's name in the header Proxy-Status, or Off"),
    AP_INIT_ITERATE("ErrClarityRedact", errclarity_redact_set, NULL, RSRC_CONF,
                    "on, off, email, card or regular expressions of secrets"),
    AP_INIT_ITERATE("ErrClarityRules", add_rules, NULL, RSRC_CONF,
                    "files with further causes and rules"),
    { NULL },
};
