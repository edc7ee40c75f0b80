/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_catalog_yaml.c - read causes and rules from YAML.
 *
 * The format is docs/catalogue.md. One table of keys a mapping, one function a
 * kind of value. `examples` and `near` belong to the tests and are passed
 * over here (ecl_example.h reads them). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_catalog_priv.h"
#include "ecl_errno.h"
#include "ecl_file.h"
#include "ecl_yaml.h"

#define NELTS(a) (int)(sizeof(a) / sizeof((a)[0]))

/* One block of a file. */
typedef struct block_t {
    ecl_catalog_t *c;
    ecl_cause_t *cause;
    ecl_draft_t *draft;
} block_t;

static const char *const whos[] = { "visitor", "owner", "operator",
                                    "dependency" };

/* -- texts ---------------------------------------------------------------- */

/* A placeholder that names no fact would show up in front of a reader. */
static int check_placeholders(ecl_yaml_t *y, yaml_node_t *node, const char *s)
{
    for (s = strchr(s, '{'); s; s = strchr(s, '{')) {
        size_t n = strspn(++s, "abcdefghijklmnopqrstuvwxyz_");

        if (n && (s[n] == '}' || s[n] == '|' || s[n] == '?')
            && strchr(s + n, '}') && ecl_fact_by_name(s, n) < 0) {
            return ecl_yaml_fail(y, node,
                                 "placeholder \"{%.*s}\" is not a fact; "
                                 "docs/catalogue.md lists the facts",
                                 (int)n, s);
        }
    }
    return 1;
}

static const char *copy_text(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                             apr_pool_t *p)
{
    const char *s = ecl_yaml_text(y, v, key);
    size_t n;

    if (!s || !check_placeholders(y, v, s)) {
        return NULL;
    }
    n = strlen(s);
    while (n > 0 && isspace((unsigned char)s[n - 1])) {
        n--; /* a folded block ends with a newline */
    }
    if (n == 0) {
        ecl_yaml_fail(y, v, "%s: expected a text, it is empty", key);
        return NULL;
    }
    return apr_pstrmemdup(p, s, n);
}

static int set_title(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;

    b->cause->restated |= b->cause->title != NULL;
    return (b->cause->title = copy_text(y, v, key, b->c->pool)) != NULL;
}

static int set_message(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;

    b->cause->restated |= b->cause->message != NULL;
    return (b->cause->message = copy_text(y, v, key, b->c->pool)) != NULL;
}

static int set_meaning(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;

    return (b->cause->meaning = copy_text(y, v, key, b->c->pool)) != NULL;
}

/* -- the cause's other members -------------------------------------------- */

static int set_slug(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    block_t *b = to;
    const char *s = ecl_yaml_text(y, v, key);
    size_t family, rest;

    if (!s) {
        return 0;
    }
    family = strspn(s, chars);
    rest = s[family] == '.' ? strspn(s + family + 1, chars) : 0;
    if (!family || !rest || s[family + 1 + rest]) {
        return ecl_yaml_fail(y, v,
                             "slug \"%.80s\": expected family.cause in lower "
                             "case, digits and hyphens, e.g. cgi.bad-header",
                             s);
    }
    b->draft = ecl_catalog_open(b->c, s, ecl_yaml_where(y, v));
    b->cause = &b->draft->cause;
    return 1;
}

static int set_who(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;
    int who;

    if (!ecl_yaml_choice(y, v, key, whos, NELTS(whos), &who)) {
        return 0;
    }
    b->cause->who = (ecl_who_e)who;
    b->draft->has_who = 1;
    return 1;
}

static int set_status(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;

    return ecl_yaml_int(y, v, key, 400, 599, &b->cause->status);
}

static int set_retry(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const char *const names[] = { "no", "maybe", "yes" };
    block_t *b = to;
    int retry;

    if (!ecl_yaml_choice(y, v, key, names, NELTS(names), &retry)) {
        return 0;
    }
    b->cause->retry = (ecl_retry_e)retry;
    return 1;
}

static int set_retry_after(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                           void *to)
{
    block_t *b = to;

    return ecl_yaml_int(y, v, key, 1, 86400, &b->cause->retry_after);
}

/* A hint with the pool that its text shall live in. */
typedef struct hint_block_t {
    ecl_hint_t hint;
    apr_pool_t *pool;
    int has_who;
} hint_block_t;

static int set_hint_who(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                        void *to)
{
    hint_block_t *h = to;
    int who;

    if (!ecl_yaml_choice(y, v, key, whos, NELTS(whos), &who)) {
        return 0;
    }
    if (who != ECL_WHO_OWNER && who != ECL_WHO_OPERATOR) {
        return ecl_yaml_fail(y, v,
                             "who \"%s\": a hint is for owner or "
                             "operator",
                             whos[who]);
    }
    h->hint.who = (ecl_who_e)who;
    h->has_who = 1;
    return 1;
}

static int set_hint_text(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                         void *to)
{
    hint_block_t *h = to;

    return (h->hint.text = copy_text(y, v, key, h->pool)) != NULL;
}

static int set_hints(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const ecl_yaml_key_t keys[] = { { "who", set_hint_who },
                                           { "text", set_hint_text } };
    block_t *b = to;
    int n = ecl_yaml_count(v);
    ecl_hint_t *hints = apr_pcalloc(b->c->pool, (size_t)n * sizeof *hints + 1);

    for (int i = 0; i < n; i++) {
        hint_block_t h = { .pool = b->c->pool };
        yaml_node_t *item = ecl_yaml_item(y, v, i);

        if (!ecl_yaml_mapping(y, item, "hint", keys, NELTS(keys), &h)) {
            return 0;
        }
        if (!h.has_who || !h.hint.text) {
            return ecl_yaml_fail(y, item, "hint: needs who and text");
        }
        hints[i] = h.hint;
    }
    b->cause->restated |= b->cause->hints != NULL;
    b->cause->hints = hints;
    b->cause->nhints = n;
    return 1;
}

/* -- rules ---------------------------------------------------------------- */

/* A rule with the pool that its memory comes from. */
typedef struct rule_block_t {
    ecl_rule_t *rule;
    apr_pool_t *pool;
} rule_block_t;

static int set_re(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    rule_block_t *b = to;
    const char *s = ecl_yaml_text(y, v, key);
    const char *error = s ? ecl_rule_set_re(b->rule, s, b->pool) : NULL;

    return s && (!error || ecl_yaml_fail(y, v, "re: %s", error));
}

static int set_handler(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    rule_block_t *b = to;
    const char *s = ecl_yaml_text(y, v, key), *error = NULL;

    if (!s) {
        return 0;
    }
    b->rule->handler = ecl_rule_pattern(s, &error, b->pool);
    return b->rule->handler || ecl_yaml_fail(y, v, "handler: %s", error);
}

/* Reads one number of a list. */
typedef int number_fn(ecl_yaml_t *y, yaml_node_t *v, const char *key, int *n);

static int numbers(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                   number_fn *read, ecl_ints_t *list, apr_pool_t *p)
{
    int n = ecl_yaml_count(v);
    int *out = apr_palloc(p, (size_t)n * sizeof *out + 1);

    if (n == 0) {
        return ecl_yaml_fail(y, v, "%s: the list is empty", key);
    }
    for (int i = 0; i < n; i++) {
        if (!read(y, ecl_yaml_item(y, v, i), key, &out[i])) {
            return 0;
        }
    }
    *list = (ecl_ints_t){ n, out };
    return 1;
}

static int read_ah(ecl_yaml_t *y, yaml_node_t *v, const char *key, int *n)
{
    return ecl_yaml_int(y, v, key, 1, 99999, n);
}

static int read_errno(ecl_yaml_t *y, yaml_node_t *v, const char *key, int *n)
{
    const char *s = ecl_yaml_text(y, v, key);

    if (!s) {
        return 0;
    }
    if (isdigit((unsigned char)*s) || *s == '-') { /* httpd's are negative */
        return ecl_yaml_int(y, v, key, -999, 9999999, n);
    }
    *n = ecl_errno_by_name(s);
    return *n
           || ecl_yaml_fail(y, v,
                            "errno \"%.80s\": expected a number or a name "
                            "such as ENOENT, EAI_NONAME or APR_TIMEUP",
                            s);
}

static int read_status(ecl_yaml_t *y, yaml_node_t *v, const char *key, int *n)
{
    const char *s = ecl_yaml_text(y, v, key);

    if (!s) {
        return 0;
    }
    if (strlen(s) == 3 && *s >= '1' && *s <= '5' && !strcmp(s + 1, "xx")) {
        *n = *s - '0';
        return 1;
    }
    if (strlen(s) == 3 && strspn(s, "0123456789") == 3 && *s >= '1'
        && *s <= '5') {
        *n = (int)strtol(s, NULL, 10);
        return 1;
    }
    return ecl_yaml_fail(y, v,
                         "status \"%.80s\": expected a status from 100 "
                         "to 599 or a class such as 5xx",
                         s);
}

static int set_ah(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    rule_block_t *b = to;

    return numbers(y, v, key, read_ah, &b->rule->ah, b->pool);
}

static int set_errno(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    rule_block_t *b = to;

    return numbers(y, v, key, read_errno, &b->rule->errnos, b->pool);
}

static int set_statuses(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                        void *to)
{
    rule_block_t *b = to;

    return numbers(y, v, key, read_status, &b->rule->status, b->pool);
}

static int set_module(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    rule_block_t *b = to;
    int n = ecl_yaml_count(v);
    const char **names = apr_palloc(b->pool, (size_t)n * sizeof *names + 1);

    for (int i = 0; i < n; i++) {
        const char *s = ecl_yaml_text(y, ecl_yaml_item(y, v, i), key);

        if (!s) {
            return 0;
        }
        if (!*s || strchr(s, '.') || !strncmp(s, "mod_", 4)) {
            return ecl_yaml_fail(y, v,
                                 "module \"%.80s\": expected the short "
                                 "name, e.g. proxy_fcgi",
                                 s);
        }
        names[i] = apr_pstrdup(b->pool, s);
    }
    b->rule->modules = (ecl_strings_t){ n, names };
    return 1;
}

static int set_lang(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const char *const names[] = { "php",  "python", "perl", "ruby",
                                         "node", "java",   "lua",  "shell" };
    rule_block_t *b = to;
    int lang;

    for (int i = 0; i < ecl_yaml_count(v); i++) {
        if (!ecl_yaml_choice(y, ecl_yaml_item(y, v, i), key, names,
                             NELTS(names), &lang)) {
            return 0;
        }
        b->rule->langs |= 1U << (lang + ECL_LANG_PHP);
    }
    return 1;
}

/* A condition that only "true" makes sense for. */
static int read_true(ecl_yaml_t *y, yaml_node_t *v, const char *key, int *out)
{
    return ecl_yaml_bool(y, v, key, out)
           && (*out
               || ecl_yaml_fail(y, v,
                                "%s \"false\": expected true, or "
                                "leave it out",
                                key));
}

static int set_truncated(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                         void *to)
{
    return read_true(y, v, key, &((rule_block_t *)to)->rule->truncated);
}

static int set_aborted(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    return read_true(y, v, key, &((rule_block_t *)to)->rule->aborted);
}

static int set_rank(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const struct {
        const char *name;
        int rank;
    } ranks[] = { { "context", ECL_RANK_CONTEXT },
                  { "symptom", ECL_RANK_SYMPTOM },
                  { "generic", ECL_RANK_GENERIC },
                  { "specific", ECL_RANK_SPECIFIC },
                  { "root", ECL_RANK_ROOT } };
    rule_block_t *b = to;
    const char *s = ecl_yaml_text(y, v, key);

    if (!s) {
        return 0;
    }
    for (int i = 0; i < NELTS(ranks); i++) {
        if (!strcmp(s, ranks[i].name)) {
            b->rule->rank = ranks[i].rank;
            return 1;
        }
    }
    int n = (int)strtol(s, NULL, 10);

    if (strspn(s, "0123456789") == strlen(s) && strlen(s) <= 2 && n > 0) {
        b->rule->rank = n;
        return 1;
    }
    return ecl_yaml_fail(y, v,
                         "rank \"%.80s\": expected context, symptom, "
                         "generic, specific, root or a number from 1 "
                         "to 99",
                         s);
}

static int set_confidence(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                          void *to)
{
    static const char *const names[] = { "low", "medium", "high" };
    rule_block_t *b = to;

    return ecl_yaml_choice(y, v, key, names, NELTS(names),
                           &b->rule->confidence);
}

static int set_warn(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    static const char *const names[] = { "context", "decisive" };
    rule_block_t *b = to;

    return ecl_yaml_choice(y, v, key, names, NELTS(names), &b->rule->decisive);
}

static int set_constants(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                         void *to)
{
    rule_block_t *b = to;

    if (v->type != YAML_MAPPING_NODE) {
        return ecl_yaml_fail(y, v,
                             "set: expected facts, e.g. "
                             "{directive: LimitRequestBody}");
    }
    for (yaml_node_pair_t *pair = v->data.mapping.pairs.start;
         pair < v->data.mapping.pairs.top; pair++) {
        yaml_node_t *k = yaml_document_get_node(&y->doc, pair->key);
        const char *name = ecl_yaml_text(y, k, key);
        const char *value =
            ecl_yaml_text(y, yaml_document_get_node(&y->doc, pair->value), key);
        int fact = name ? ecl_fact_by_name(name, strlen(name)) : -1;

        if (!name || !value) {
            return 0;
        }
        if (fact < 0) {
            return ecl_yaml_fail(y, k,
                                 "set: \"%.80s\" is not the name of a "
                                 "fact",
                                 name);
        }
        b->rule->set.v[fact] = apr_pstrdup(b->pool, value);
    }
    return 1;
}

static const ecl_yaml_key_t rule_keys[] = {
    { "re", set_re },
    { "ah", set_ah },
    { "module", set_module },
    { "errno", set_errno },
    { "lang", set_lang },
    { "status", set_statuses },
    { "handler", set_handler },
    { "truncated", set_truncated },
    { "aborted", set_aborted },
    { "rank", set_rank },
    { "confidence", set_confidence },
    { "warn", set_warn },
    { "set", set_constants },
};

static int set_match(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    block_t *b = to;

    for (int i = 0; i < ecl_yaml_count(v); i++) {
        yaml_node_t *item = ecl_yaml_item(y, v, i);
        rule_block_t rb = { apr_pcalloc(b->c->pool, sizeof *rb.rule),
                            b->c->pool };
        ecl_rule_t *r = rb.rule;

        r->cause = b->cause;
        r->index = b->c->rules->nelts;
        r->where = apr_pstrdup(b->c->pool, ecl_yaml_where(y, item));
        r->confidence = -1;
        if (!ecl_yaml_mapping(y, item, "rule", rule_keys, NELTS(rule_keys),
                              &rb)) {
            return 0;
        }
        if (!r->re && !r->ah.n && !r->status.n && !r->truncated
            && !r->aborted) {
            return ecl_yaml_fail(y, item,
                                 "rule: needs at least one of re, "
                                 "ah, status, truncated, aborted");
        }
        ecl_rule_finish(r, b->c->pool);
        APR_ARRAY_PUSH(b->c->rules, ecl_rule_t *) = r;
    }
    return 1;
}

/* -- blocks --------------------------------------------------------------- */

static const ecl_yaml_key_t cause_keys[] = {
    { "slug", NULL }, /* read first, see load_cause() */
    { "who", set_who },         { "status", set_status },
    { "retry", set_retry },     { "retry_after", set_retry_after },
    { "title", set_title },     { "message", set_message },
    { "meaning", set_meaning }, { "hints", set_hints },
    { "match", set_match },     { "examples", NULL },
    { "near", NULL },
};

static int load_cause(ecl_yaml_t *y, yaml_node_t *node, ecl_catalog_t *c)
{
    block_t b = { .c = c };
    yaml_node_t *slug = ecl_yaml_get(y, node, "slug");

    if (!slug) {
        return ecl_yaml_fail(y, node,
                             "expected a cause that begins with \"slug:\"");
    }
    return set_slug(y, slug, "slug", &b)
           && ecl_yaml_mapping(y, node, "cause", cause_keys, NELTS(cause_keys),
                               &b);
}

static int load_root(ecl_yaml_t *y, yaml_node_t *root, void *baton)
{
    if (root->type != YAML_SEQUENCE_NODE) {
        return ecl_yaml_fail(y, root,
                             "expected a list of causes, \"- slug: "
                             "family.cause\"");
    }
    for (int i = 0; i < ecl_yaml_count(root); i++) {
        if (!load_cause(y, ecl_yaml_item(y, root, i), baton)) {
            return 0;
        }
    }
    return 1;
}

const char *ecl_catalog_add(ecl_catalog_t *c, const char *name,
                            const char *yaml, size_t n, apr_pool_t *p)
{
    return ecl_yaml_each(name, yaml, n, load_root, c, p);
}

const char *ecl_catalog_add_file(ecl_catalog_t *c, const char *path,
                                 apr_pool_t *p)
{
    const char *text;
    size_t n;
    const char *error = ecl_file_read(path, &text, &n, p);

    return error ? error : ecl_catalog_add(c, path, text, n, p);
}
