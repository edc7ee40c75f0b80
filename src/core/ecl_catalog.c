/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_catalog.c - the causes and the rules that recognise them.
 *
 * Reading YAML is ecl_catalog_yaml.c's business. */
#include "ecl_catalog.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_catalog_priv.h"
#include "ecl_literal.h"

/* Stands in where a catalogue does not describe it: a verdict always has a
 * cause. */
static const ecl_cause_t no_evidence = {
    .slug = ECL_UNKNOWN_SLUG,
    .family = "unknown",
    .title = "Nothing in the log explains this failure",
    .message = "The request failed and no known message says why.",
    .meaning = "No rule recognised a message of this request.",
    .who = ECL_WHO_OPERATOR,
    .retry = ECL_RETRY_MAYBE,
    .index = -1,
};

const char *ecl_who_name(ecl_who_e who)
{
    switch (who) {
    case ECL_WHO_VISITOR:
        return "visitor";
    case ECL_WHO_OWNER:
        return "owner";
    case ECL_WHO_OPERATOR:
        return "operator";
    case ECL_WHO_DEPENDENCY:
        return "dependency";
    }
    return "";
}

ecl_catalog_t *ecl_catalog_create(apr_pool_t *p)
{
    ecl_catalog_t *c = apr_pcalloc(p, sizeof *c);

    c->pool = p;
    c->causes = apr_array_make(p, 128, sizeof(ecl_cause_t *));
    c->by_slug = apr_hash_make(p);
    c->rules = apr_array_make(p, 1024, sizeof(ecl_rule_t *));
    c->request_rules = apr_array_make(p, 16, sizeof(ecl_rule_t *));
    c->unknown = &no_evidence;
    c->max_groups = 1;
    return c;
}

ecl_draft_t *ecl_catalog_open(ecl_catalog_t *c, const char *slug,
                              const char *where)
{
    ecl_draft_t *d = apr_hash_get(c->by_slug, slug, APR_HASH_KEY_STRING);

    if (!d) {
        d = apr_pcalloc(c->pool, sizeof *d);
        d->where = apr_pstrdup(c->pool, where);
        d->cause.slug = apr_pstrdup(c->pool, slug);
        d->cause.family = apr_pstrmemdup(c->pool, slug, strcspn(slug, "."));
        d->cause.index = c->causes->nelts;
        APR_ARRAY_PUSH(c->causes, ecl_cause_t *) = &d->cause;
        apr_hash_set(c->by_slug, d->cause.slug, APR_HASH_KEY_STRING, d);
    }
    return d;
}

/* Blocks of one cause may stand in any order, so only the end can tell. */
static const char *incomplete_cause(const ecl_catalog_t *c, apr_pool_t *p)
{
    for (int i = 0; i < c->causes->nelts; i++) {
        const ecl_draft_t *d = APR_ARRAY_IDX(c->causes, i, ecl_draft_t *);

        if (!d->has_who || !d->cause.title || !d->cause.message) {
            return apr_psprintf(p,
                                "%s: %s: a cause needs who, title and "
                                "message; is its slug misspelt?",
                                d->where, d->cause.slug);
        }
    }
    return NULL;
}

static void index_numbers(ecl_catalog_t *c, int i, ecl_key_e key,
                          const ecl_ints_t *list)
{
    for (int k = 0; k < list->n; k++) {
        ecl_prefilter_number(c->filter, i, key, list->v[k]);
    }
}

static void index_langs(ecl_catalog_t *c, int i, unsigned langs)
{
    for (int k = 0; langs >> k; k++) {
        if (langs >> k & 1) {
            ecl_prefilter_number(c->filter, i, ECL_KEY_LANG, k);
        }
    }
}

/* A log may not tell the module: the rule holds then, too. */
static void index_modules(ecl_catalog_t *c, int i, const ecl_strings_t *list)
{
    for (int k = 0; k < list->n; k++) {
        ecl_prefilter_number(c->filter, i, ECL_KEY_MODULE,
                             ecl_prefilter_name(list->v[k]));
    }
    ecl_prefilter_number(c->filter, i, ECL_KEY_MODULE, ecl_prefilter_name(""));
}

/* 0 is no number: a statement without one is never looked up. */
static int has_zero(const ecl_ints_t *list)
{
    for (int k = 0; k < list->n; k++) {
        if (list->v[k] == 0) {
            return 1;
        }
    }
    return 0;
}

/* Make the rule a candidate by what tells the most about a statement. */
static void index_rule(ecl_catalog_t *c, int i, const ecl_rule_t *rule,
                       apr_pool_t *scratch)
{
    const ecl_literals_t *lits;

    if (ecl_rule_is_request(rule)) {
        APR_ARRAY_PUSH(c->request_rules, const ecl_rule_t *) = rule;
        return;
    }
    if (rule->ah.n) {
        index_numbers(c, i, ECL_KEY_AH, &rule->ah);
        return;
    }
    lits = rule->re ? ecl_literals(rule->re, scratch) : NULL;
    if (lits && lits->n) {
        for (int k = 0; k < lits->n; k++) {
            ecl_prefilter_literal(c->filter, i, 0, lits->v[k].s, lits->v[k].n);
        }
        for (int k = 0; lits->also && k < lits->also->n; k++) {
            ecl_prefilter_literal(c->filter, i, 1, lits->also->v[k].s,
                                  lits->also->v[k].n);
        }
    }
    else if (rule->errnos.n && !has_zero(&rule->errnos)) {
        index_numbers(c, i, ECL_KEY_ERRNO, &rule->errnos);
    }
    else if (rule->langs && !(rule->langs & 1)) {
        index_langs(c, i, rule->langs);
    }
    else if (rule->modules.n) {
        index_modules(c, i, &rule->modules);
    }
    else {
        ecl_prefilter_always(c->filter, i);
    }
}

const char *ecl_catalog_compile(ecl_catalog_t *c, apr_pool_t *p)
{
    apr_pool_t *scratch;
    const char *error;

    if (c->rules->nelts > UINT16_MAX) {
        return apr_psprintf(p, "%d rules: at most %d are possible",
                            c->rules->nelts, UINT16_MAX);
    }
    error = incomplete_cause(c, p);
    if (error) {
        return error;
    }
    c->filter = ecl_prefilter_create(c->rules->nelts, c->pool);
    apr_pool_create(&scratch, p);
    for (int i = 0; i < c->rules->nelts; i++) {
        const ecl_rule_t *rule = APR_ARRAY_IDX(c->rules, i, ecl_rule_t *);

        apr_pool_clear(scratch);
        index_rule(c, i, rule, scratch);
        if (rule->ngroups > c->max_groups) {
            c->max_groups = rule->ngroups;
        }
    }
    apr_pool_destroy(scratch);
    ecl_prefilter_build(c->filter);
    if (ecl_catalog_find(c, ECL_UNKNOWN_SLUG)) {
        c->unknown = ecl_catalog_find(c, ECL_UNKNOWN_SLUG);
    }
    return NULL;
}

int ecl_catalog_size(const ecl_catalog_t *c)
{
    return c->causes->nelts;
}

const ecl_cause_t *ecl_catalog_at(const ecl_catalog_t *c, int i)
{
    return APR_ARRAY_IDX(c->causes, i, ecl_cause_t *);
}

const ecl_cause_t *ecl_catalog_find(const ecl_catalog_t *c, const char *slug)
{
    return apr_hash_get(c->by_slug, slug, APR_HASH_KEY_STRING);
}

int ecl_catalog_has_family(const ecl_catalog_t *c, const char *family)
{
    for (int i = 0; i < c->causes->nelts; i++) {
        if (!strcmp(ecl_catalog_at(c, i)->family, family)) {
            return 1;
        }
    }
    return 0;
}
