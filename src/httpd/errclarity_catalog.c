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

/* A cause that a directive names. */
typedef struct expected_t {
    const char *key;  /* slug or "family.*" */
    const char *name; /* the directive */
    const char *file;
    int line;
} expected_t;

static ecl_catalog_t *catalog;
static ecl_messages_t *messages;
static apr_array_header_t *expected;   /* expected_t */
static apr_array_header_t *rule_files; /* const char * */

const ecl_catalog_t *errclarity_catalog(void)
{
    return catalog;
}

const ecl_messages_t *errclarity_messages(void)
{
    return messages;
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    catalog = NULL;
    messages = NULL;
    expected = apr_array_make(pconf, 8, sizeof(expected_t));
    rule_files = apr_array_make(pconf, 2, sizeof(const char *));
    return OK;
}

void errclarity_catalog_add_rules(const char *path)
{
    APR_ARRAY_PUSH(rule_files, const char *) = path;
}

/* NULL, or why key names no cause. */
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

const char *errclarity_catalog_expect(cmd_parms *cmd, const char *key)
{
    expected_t *e;

    if (errclarity_in_htaccess(cmd)) {
        return check_cause(cmd->pool, cmd->cmd->name, key);
    }
    e = apr_array_push(expected);
    e->key = key;
    e->name = cmd->cmd->name;
    e->file = cmd->directive->filename;
    e->line = cmd->directive->line_num;
    return NULL;
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
    size_t n;
    const char *yaml = ecl_messages_builtin(&n);
    const char *err = ecl_messages_add(m, "built-in texts", yaml, n, p);

    messages = err ? NULL : m;
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

        err = check_cause(ptemp, c->name, c->key);
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
