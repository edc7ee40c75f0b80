/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_catalog.c - load the catalogue and the texts before serving.
 *
 * In check_config, so that `httpd -t` finds a broken rule file, and in the
 * parent, so that all children share the compiled patterns' memory. */
#include "errclarity.h"
#include "errclarity_log.h"

#include <string.h>

#include "apr_strings.h"
#include "http_main.h"

#include "ecl_page.h"

/* NULL, or why the key that a directive names is not there. */
typedef const char *check_fn(apr_pool_t *p, const char *name, const char *key);

/* What a directive names. */
typedef struct expected_t {
    check_fn *check;
    const char *key;  /* slug or "family.*"; language */
    const char *name; /* the directive */
    const char *file;
    int line;
} expected_t;

static ecl_catalog_t *catalog;
static ecl_messages_t *messages;
static apr_array_header_t *expected;      /* expected_t */
static apr_array_header_t *rule_files;    /* const char * */
static apr_array_header_t *message_files; /* const char * */
static const ecl_template_t *page;

const ecl_catalog_t *errclarity_catalog(void)
{
    return catalog;
}

const ecl_messages_t *errclarity_messages(void)
{
    return messages;
}

const ecl_template_t *errclarity_page(void)
{
    return page;
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    catalog = NULL;
    messages = NULL;
    page = NULL;
    expected = apr_array_make(pconf, 8, sizeof(expected_t));
    rule_files = apr_array_make(pconf, 2, sizeof(const char *));
    message_files = apr_array_make(pconf, 2, sizeof(const char *));
    return OK;
}

void errclarity_catalog_add_rules(const char *path)
{
    APR_ARRAY_PUSH(rule_files, const char *) = path;
}

void errclarity_catalog_add_messages(const char *path)
{
    APR_ARRAY_PUSH(message_files, const char *) = path;
}

static const char *check_cause(apr_pool_t *p, const char *name, const char *key)
{
    apr_size_t n = strlen(key);

    if (n > 2 && strcmp(key + n - 2, ".*") == 0
            ? ecl_catalog_has_family(catalog, apr_pstrmemdup(p, key, n - 2))
            : ecl_catalog_find(catalog, key) != NULL) {
        return NULL;
    }
    return apr_psprintf(p,
                        "%s: unknown cause '%s': expected a slug or family.* "
                        "of the catalogue (docs/causes.md). Example: "
                        "dependency.database-unreachable, upstream.*",
                        name, key);
}

static const char *check_lang(apr_pool_t *p, const char *name, const char *tag)
{
    const char *list = "";
    int n, i;
    const char *const *langs = ecl_messages_langs(messages, &n);

    for (i = 0; i < n; i++) {
        if (!strcasecmp(langs[i], tag)) {
            return NULL;
        }
        list = apr_pstrcat(p, list, i ? " " : "", langs[i], NULL);
    }
    return apr_psprintf(p,
                        "%s: no texts in the language '%s': expected some of "
                        "%s, or one that ErrClarityMessages adds. Example: "
                        "%s fr en",
                        name, tag, list, name);
}

static const char *expect(cmd_parms *cmd, const char *key, check_fn *check)
{
    expected_t *e;

    if (errclarity_in_htaccess(cmd)) {
        return check(cmd->pool, cmd->cmd->name, key);
    }
    e = apr_array_push(expected);
    e->check = check;
    e->key = key;
    e->name = cmd->cmd->name;
    e->file = cmd->directive->filename;
    e->line = cmd->directive->line_num;
    return NULL;
}

const char *errclarity_catalog_expect(cmd_parms *cmd, const char *key)
{
    return expect(cmd, key, check_cause);
}

const char *errclarity_catalog_expect_lang(cmd_parms *cmd, const char *tag)
{
    return expect(cmd, tag, check_lang);
}

static const char *load_catalog(apr_pool_t *p)
{
    ecl_catalog_t *c = ecl_catalog_create(p);
    const char *err, *yaml;
    size_t n;
    int i;

    yaml = ecl_catalog_builtin(&n);
    err = ecl_catalog_add(c, "built-in catalogue", yaml, n, p);
    for (i = 0; !err && i < rule_files->nelts; i++) {
        err = ecl_catalog_add_file(
            c, APR_ARRAY_IDX(rule_files, i, const char *), p);
        if (err) {
            err = apr_pstrcat(p, "ErrClarityRules: ", err, NULL);
        }
    }
    if (!err) {
        err = ecl_catalog_compile(c, p);
    }
    catalog = err ? NULL : c;
    return err;
}

static const char *load_messages(apr_pool_t *p)
{
    ecl_messages_t *m = ecl_messages_create(p);
    const char *err = ecl_messages_add_builtin(m, p);
    int i;

    for (i = 0; !err && i < message_files->nelts; i++) {
        err = ecl_messages_add_path(
            m, APR_ARRAY_IDX(message_files, i, const char *), p);
    }
    if (!err) {
        err = ecl_messages_check(m, catalog, p);
    }
    if (err) {
        err = apr_pstrcat(p, "ErrClarityMessages: ", err, NULL);
    }
    messages = err ? NULL : m;
    page = ecl_page_compile(p);
    return err;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    const char *err = load_catalog(pconf);
    int i;

    if (!err) {
        err = load_messages(pconf);
    }
    if (err) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s,
                     ECL_LOGNO(0002) "%s", err);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    for (i = 0; i < expected->nelts; i++) {
        const expected_t *c = &APR_ARRAY_IDX(expected, i, expected_t);

        err = c->check(ptemp, c->name, c->key);
        if (err) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s,
                         ECL_LOGNO(0003) "Error on line %d of %s: %s", c->line,
                         c->file, err);
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

void errclarity_catalog_register_hooks(apr_pool_t *p)
{
    /* First: directives that name causes are read after it. */
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
}
