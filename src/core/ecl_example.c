/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_example.c - the catalogue's own examples, for tests and documentation. */
#include "ecl_example.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_logline.h"
#include "ecl_yaml.h"

#define NELTS(a) (int)(sizeof(a) / sizeof((a)[0]))

/* Stands for the time that examples leave out. */
#define TIME "[Thu Jan 01 00:00:00.000000 1970] "

typedef struct walk_t {
    ecl_example_fn *fn;
    void *baton;
} walk_t;

typedef struct draft_t {
    ecl_example_t ex;
    apr_pool_t *pool;
} draft_t;

static int copy(ecl_yaml_t *y, yaml_node_t *v, const char *key, const char **to,
                apr_pool_t *p)
{
    const char *s = ecl_yaml_text(y, v, key);

    *to = s ? apr_pstrdup(p, s) : NULL;
    return s != NULL;
}

/* "[module:level]" or "[level]" begins a prefix without its time. */
static int lacks_time(const char *line)
{
    size_t n;

    if (*line != '[') {
        return 0;
    }
    n = strcspn(line + 1, "]: ");
    if (line[1 + n] == ':') {
        line += n + 1;
        n = strcspn(line + 1, "]: ");
    }
    return line[1 + n] == ']'
           && ecl_level_by_name(line + 1, n) != ECL_LEVEL_UNKNOWN;
}

static int set_log(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    draft_t *d = to;
    int n = ecl_yaml_count(v);
    ecl_msg_t *msgs = apr_pcalloc(d->pool, (size_t)n * sizeof *msgs + 1);

    for (int i = 0; i < n; i++) {
        const char *s = ecl_yaml_text(y, ecl_yaml_item(y, v, i), key);
        ecl_logline_t line;

        if (!s) {
            return 0;
        }
        s = apr_pstrcat(d->pool, lacks_time(s) ? TIME : "", s, NULL);
        ecl_logline_parse(&line, s, strlen(s), d->pool);
        msgs[i] = line.msg;
    }
    d->ex.kase.msgs = msgs;
    d->ex.kase.nmsgs = n;
    return 1;
}

static int set_facts(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    draft_t *d = to;

    if (v->type != YAML_MAPPING_NODE) {
        return ecl_yaml_fail(y, v, "facts: expected a mapping");
    }
    for (yaml_node_pair_t *pair = v->data.mapping.pairs.start;
         pair < v->data.mapping.pairs.top; pair++) {
        yaml_node_t *k = yaml_document_get_node(&y->doc, pair->key);
        const char *name = ecl_yaml_text(y, k, key);
        int f = name ? ecl_fact_by_name(name, strlen(name)) : -1;

        if (name && f < 0) {
            return ecl_yaml_fail(y, k, "facts: \"%s\" is not a fact", name);
        }
        if (f < 0
            || !copy(y, yaml_document_get_node(&y->doc, pair->value), key,
                     &d->ex.facts.v[f], d->pool)) {
            return 0;
        }
    }
    return 1;
}

static int set_cause(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    draft_t *d = to;

    return copy(y, v, key, &d->ex.cause, d->pool);
}

static int set_status(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    return ecl_yaml_int(y, v, key, 100, 599, &((draft_t *)to)->ex.kase.status);
}

static int set_handler(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    draft_t *d = to;

    return copy(y, v, key, &d->ex.kase.handler, d->pool);
}

static int set_script(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    draft_t *d = to;

    return copy(y, v, key, &d->ex.kase.script, d->pool);
}

static int set_truncated(ecl_yaml_t *y, yaml_node_t *v, const char *key,
                         void *to)
{
    return ecl_yaml_bool(y, v, key, &((draft_t *)to)->ex.kase.truncated);
}

static int set_aborted(ecl_yaml_t *y, yaml_node_t *v, const char *key, void *to)
{
    return ecl_yaml_bool(y, v, key, &((draft_t *)to)->ex.kase.aborted);
}

static const ecl_yaml_key_t keys[] = {
    { "log", set_log },
    { "facts", set_facts },
    { "cause", set_cause },
    { "status", set_status },
    { "handler", set_handler },
    { "script", set_script },
    { "truncated", set_truncated },
    { "aborted", set_aborted },
};

static int read_list(ecl_yaml_t *y, yaml_node_t *cause, int near, walk_t *w)
{
    const char *key = near ? "near" : "examples";
    yaml_node_t *list = ecl_yaml_get(y, cause, key);
    yaml_node_t *slug = ecl_yaml_get(y, cause, "slug");

    for (int i = 0; list && i < ecl_yaml_count(list); i++) {
        yaml_node_t *item = ecl_yaml_item(y, list, i);
        draft_t d = { .pool = y->p };

        d.ex.near = near;
        d.ex.where = ecl_yaml_where(y, item);
        if (!slug || !copy(y, slug, "slug", &d.ex.slug, y->p)
            || !ecl_yaml_mapping(y, item, key, keys, NELTS(keys), &d)) {
            return 0;
        }
        if (!near && !d.ex.cause) {
            d.ex.cause = d.ex.slug;
        }
        w->fn(&d.ex, w->baton);
    }
    return 1;
}

static int read_root(ecl_yaml_t *y, yaml_node_t *root, void *baton)
{
    for (int i = 0; i < ecl_yaml_count(root); i++) {
        yaml_node_t *cause = ecl_yaml_item(y, root, i);

        if (!read_list(y, cause, 0, baton) || !read_list(y, cause, 1, baton)) {
            return 0;
        }
    }
    return 1;
}

const char *ecl_examples(const char *name, const char *yaml, size_t n,
                         ecl_example_fn *fn, void *baton, apr_pool_t *p)
{
    walk_t w = { fn, baton };

    return ecl_yaml_each(name, yaml, n, read_root, &w, p);
}
