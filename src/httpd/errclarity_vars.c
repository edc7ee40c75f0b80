/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_vars.c - an incident's variables for other modules.
 *
 * The id as env and note ERRCLARITY_ID; all of them in the environment of an
 * ErrorDocument's handler (SSI, PHP, CGI), as ap_expr's %{ERRCLARITY_*}
 * (Header, ErrorDocument texts, CustomLog expr=) and as CustomLog's own
 * %{id}^EC. */
#include "errclarity.h"

#include <string.h>

#include "ap_expr.h"
#include "apr_optional.h"
#include "apr_strings.h"
#include "mod_log_config.h"

typedef enum var_e {
    VAR_ID,
    VAR_CODE,
    VAR_FAMILY,
    VAR_TITLE,
    VAR_CONFIDENCE,
    VAR_STATUS,
    VAR_ORIGINAL_STATUS,
    VAR_COUNT
} var_e;

static const struct {
    const char *name; /* of env, note, ap_expr */
    const char *item; /* of the log format */
    var_e var;
} vars[VAR_COUNT] = {
    [VAR_ID] = { "ERRCLARITY_ID", "id", VAR_ID },
    [VAR_CODE] = { "ERRCLARITY_CODE", "code", VAR_CODE },
    [VAR_FAMILY] = { "ERRCLARITY_FAMILY", "family", VAR_FAMILY },
    [VAR_TITLE] = { "ERRCLARITY_TITLE", "title", VAR_TITLE },
    [VAR_CONFIDENCE] = { "ERRCLARITY_CONFIDENCE", "confidence",
                         VAR_CONFIDENCE },
    [VAR_STATUS] = { "ERRCLARITY_STATUS", "status", VAR_STATUS },
    [VAR_ORIGINAL_STATUS] = { "ERRCLARITY_ORIGINAL_STATUS", "original_status",
                              VAR_ORIGINAL_STATUS },
};

static const char *value(const errclarity_ctx_t *ctx, var_e var, apr_pool_t *p)
{
    const ecl_incident_t *inc = &ctx->inc;

    switch (var) {
    case VAR_ID:
        return inc->id;
    case VAR_CODE:
        return inc->verdict.cause->slug;
    case VAR_FAMILY:
        return inc->verdict.cause->family;
    case VAR_TITLE:
        return inc->verdict.cause->title;
    case VAR_CONFIDENCE:
        return ecl_confidence_name(inc->verdict.confidence);
    case VAR_STATUS:
        return apr_itoa(p, inc->status);
    case VAR_ORIGINAL_STATUS:
        return apr_itoa(p, inc->original_status);
    case VAR_COUNT:
        break;
    }
    return NULL;
}

void errclarity_vars_publish(const errclarity_ctx_t *ctx, request_rec *r)
{
    apr_table_setn(r->subprocess_env, vars[VAR_ID].name, ctx->inc.id);
    apr_table_setn(r->notes, vars[VAR_ID].name, ctx->inc.id);
}

void errclarity_vars_export(const errclarity_ctx_t *ctx, request_rec *r)
{
    var_e v;

    for (v = 0; v < VAR_COUNT; v++) {
        apr_table_setn(r->subprocess_env, vars[v].name, value(ctx, v, r->pool));
    }
}

static const errclarity_ctx_t *diagnosed(const request_rec *r)
{
    const errclarity_ctx_t *ctx = errclarity_ctx_get(errclarity_root(r));

    return ctx && ctx->diagnosed ? ctx : NULL;
}

static const char *expr_var(ap_expr_eval_ctx_t *ectx, const void *data)
{
    const errclarity_ctx_t *ctx = ectx->r ? diagnosed(ectx->r) : NULL;

    return ctx ? value(ctx, *(const var_e *)data, ectx->p) : "";
}

static int expr_lookup(ap_expr_lookup_parms *parms)
{
    var_e v;

    if (parms->type != AP_EXPR_FUNC_VAR
        || strncasecmp(parms->name, "ERRCLARITY_", 11) != 0) {
        return DECLINED;
    }
    for (v = 0; v < VAR_COUNT; v++) {
        if (!strcasecmp(parms->name, vars[v].name)) {
            *parms->func = (const void *)expr_var;
            *parms->data = &vars[v].var;
            return OK;
        }
    }
    return DECLINED;
}

static const char *log_item(request_rec *r, char *name)
{
    const errclarity_ctx_t *ctx = diagnosed(r);
    var_e v;

    for (v = 0; ctx && v < VAR_COUNT; v++) {
        if (!strcmp(name && *name ? name : "id", vars[v].item)) {
            return value(ctx, v, r->pool);
        }
    }
    return NULL; /* "-" */
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    APR_OPTIONAL_FN_TYPE(ap_register_log_handler) *reg =
        APR_RETRIEVE_OPTIONAL_FN(ap_register_log_handler);

    if (reg) {
        reg(pconf, "^EC", log_item, 0);
    }
    return OK;
}

void errclarity_vars_register_hooks(apr_pool_t *p)
{
    static const char *const after[] = { "mod_log_config.c", NULL };

    ap_hook_pre_config(pre_config, after, NULL, APR_HOOK_MIDDLE);
    ap_hook_expr_lookup(expr_lookup, NULL, NULL, APR_HOOK_MIDDLE);
}
