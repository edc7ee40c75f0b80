/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_yaml.c - walk YAML documents and say exactly what is wrong in them. */
#include "ecl_yaml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

/* A file within a stream begins with this; see tools/embed.awk. */
#define FILE_MARK     "--- # "
#define FILE_MARK_LEN (sizeof FILE_MARK - 1)

/* Find the file that a line of the stream belongs to; lines count from 0. */
static void locate(ecl_yaml_t *y, size_t line)
{
    const char *s = y->text, *end = y->text + y->n;

    y->file = y->name;
    y->first = 0;
    for (size_t i = 0; i <= line && s < end; i++) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        const char *eol = nl ? nl : end;

        if ((size_t)(eol - s) > FILE_MARK_LEN
            && !memcmp(s, FILE_MARK, FILE_MARK_LEN)) {
            y->file = apr_pstrmemdup(y->p, s + FILE_MARK_LEN,
                                     (size_t)(eol - s) - FILE_MARK_LEN);
            y->first = i + 1;
        }
        s = nl ? nl + 1 : end;
    }
}

static const char *where(ecl_yaml_t *y, size_t line)
{
    return apr_psprintf(y->p, "%s:%" APR_SIZE_T_FMT, y->file,
                        line < y->first ? 1 : line - y->first + 1);
}

const char *ecl_yaml_where(ecl_yaml_t *y, const yaml_node_t *node)
{
    return where(y, node->start_mark.line);
}

int ecl_yaml_fail(ecl_yaml_t *y, const yaml_node_t *node, const char *fmt, ...)
{
    va_list ap;

    if (!y->error) {
        va_start(ap, fmt);
        y->error = apr_pstrcat(y->p, ecl_yaml_where(y, node), ": ",
                               apr_pvsprintf(y->p, fmt, ap), NULL);
        va_end(ap);
    }
    return 0;
}

static const char *syntax_error(ecl_yaml_t *y, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";
    const char *context = parser->context ? parser->context : "";

    locate(y, parser->problem_mark.line);
    return apr_psprintf(y->p, "%s: %s%s%s", where(y, parser->problem_mark.line),
                        problem, *context ? " " : "", context);
}

const char *ecl_yaml_each(const char *name, const char *text, size_t n,
                          ecl_yaml_root_fn *fn, void *baton, apr_pool_t *p)
{
    ecl_yaml_t y = { .name = name, .text = text, .n = n, .p = p };
    yaml_parser_t parser;
    int more = 1;

    if (!yaml_parser_initialize(&parser)) {
        return apr_psprintf(p, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
    while (more && !y.error) {
        if (!yaml_parser_load(&parser, &y.doc)) {
            y.error = syntax_error(&y, &parser);
            break;
        }
        yaml_node_t *root = yaml_document_get_root_node(&y.doc);
        more = root != NULL;
        if (root
            && !(root->type == YAML_SCALAR_NODE
                 && root->data.scalar.length == 0)) {
            locate(&y, root->start_mark.line);
            more = fn(&y, root, baton);
        }
        yaml_document_delete(&y.doc);
    }
    yaml_parser_delete(&parser);
    return y.error;
}

const char *ecl_yaml_text(ecl_yaml_t *y, yaml_node_t *node, const char *key)
{
    if (node->type != YAML_SCALAR_NODE) {
        ecl_yaml_fail(y, node, "%s: expected one text, not a %s", key,
                      node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
        return NULL;
    }
    const char *s = (const char *)node->data.scalar.value;
    if (strlen(s) != node->data.scalar.length) {
        ecl_yaml_fail(y, node, "%s: a NUL byte is not allowed", key);
        return NULL;
    }
    return s;
}

int ecl_yaml_int(ecl_yaml_t *y, yaml_node_t *node, const char *key, int min,
                 int max, int *out)
{
    const char *s = ecl_yaml_text(y, node, key);
    char *end;
    long v;

    if (!s) {
        return 0;
    }
    v = strtol(s, &end, 10);
    if (end == s || *end || v < min || v > max) {
        return ecl_yaml_fail(y, node,
                             "%s \"%.80s\": expected a number from %d to %d",
                             key, s, min, max);
    }
    *out = (int)v;
    return 1;
}

int ecl_yaml_bool(ecl_yaml_t *y, yaml_node_t *node, const char *key, int *out)
{
    static const char *const names[] = { "false", "true" };

    return ecl_yaml_choice(y, node, key, names, 2, out);
}

int ecl_yaml_choice(ecl_yaml_t *y, yaml_node_t *node, const char *key,
                    const char *const *names, int n, int *out)
{
    const char *s = ecl_yaml_text(y, node, key);
    const char *list = "";

    if (!s) {
        return 0;
    }
    for (int i = 0; i < n; i++) {
        if (!strcmp(s, names[i])) {
            *out = i;
            return 1;
        }
        list = apr_pstrcat(y->p, list,
                           i == 0       ? ""
                           : i == n - 1 ? " or "
                                        : ", ",
                           names[i], NULL);
    }
    return ecl_yaml_fail(y, node, "%s \"%.80s\": expected %s", key, s, list);
}

int ecl_yaml_count(const yaml_node_t *node)
{
    return node->type == YAML_SEQUENCE_NODE
               ? (int)(node->data.sequence.items.top
                       - node->data.sequence.items.start)
               : 1;
}

yaml_node_t *ecl_yaml_item(ecl_yaml_t *y, yaml_node_t *node, int i)
{
    return node->type == YAML_SEQUENCE_NODE ? yaml_document_get_node(
               &y->doc, node->data.sequence.items.start[i])
                                            : node;
}

yaml_node_t *ecl_yaml_get(ecl_yaml_t *y, const yaml_node_t *map,
                          const char *key)
{
    if (map->type != YAML_MAPPING_NODE) {
        return NULL;
    }
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *k = yaml_document_get_node(&y->doc, pair->key);

        if (k->type == YAML_SCALAR_NODE
            && !strcmp((const char *)k->data.scalar.value, key)) {
            return yaml_document_get_node(&y->doc, pair->value);
        }
    }
    return NULL;
}

static const ecl_yaml_key_t *find_key(ecl_yaml_t *y, yaml_node_t *node,
                                      const char *what,
                                      const ecl_yaml_key_t *keys, int nkeys)
{
    const char *name = ecl_yaml_text(y, node, what);
    const char *list = "";

    if (!name) {
        return NULL;
    }
    for (int i = 0; i < nkeys; i++) {
        if (!strcmp(keys[i].name, name)) {
            return &keys[i];
        }
        list = apr_pstrcat(y->p, list, i == 0 ? "" : " ", keys[i].name, NULL);
    }
    ecl_yaml_fail(y, node, "%s: unknown key \"%.80s\": expected one of: %s",
                  what, name, list);
    return NULL;
}

int ecl_yaml_mapping(ecl_yaml_t *y, yaml_node_t *map, const char *what,
                     const ecl_yaml_key_t *keys, int nkeys, void *target)
{
    if (map->type != YAML_MAPPING_NODE) {
        return ecl_yaml_fail(y, map, "%s: expected \"key: value\" lines", what);
    }
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *k = yaml_document_get_node(&y->doc, pair->key);
        yaml_node_t *v = yaml_document_get_node(&y->doc, pair->value);
        const ecl_yaml_key_t *key = find_key(y, k, what, keys, nkeys);

        if (!key) {
            return 0;
        }
        if (ecl_yaml_get(y, map, key->name) != v) {
            return ecl_yaml_fail(y, k, "%s: \"%s\" is there twice", what,
                                 key->name);
        }
        if (key->set && !key->set(y, v, key->name, target)) {
            return 0;
        }
    }
    return 1;
}
