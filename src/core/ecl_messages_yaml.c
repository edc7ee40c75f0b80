/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages_yaml.c - load texts from YAML: the built-in ones, then
 * operators' files, whose entries replace those of before.
 *
 * The format is docs/languages.md. Whether built-in translations are whole is
 * the business of tools/check-languages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <yaml.h>

#include "ecl_facts.h"
#include "ecl_file.h"
#include "ecl_lang.h"
#include "ecl_messages_priv.h"

/* What loading needs to know, and where an error goes. */
typedef struct load_t {
    const char *name;
    yaml_document_t *doc;
    apr_pool_t *p;
    lang_t *lang;
    int builtin;
    const char *err;
} load_t;

static const char *where(const load_t *l, const yaml_node_t *n)
{
    return apr_psprintf(l->p, "%s:%lu", l->name,
                        (unsigned long)n->start_mark.line + 1);
}

static int fail(load_t *l, const yaml_node_t *n, const char *what,
                const char *detail)
{
    if (!l->err) {
        l->err = apr_psprintf(l->p, "%s: %s%s%s%s", where(l, n), what,
                              detail ? " \"" : "", detail ? detail : "",
                              detail ? "\"" : "");
    }
    return 0;
}

/* A scalar's text (YAML's own buffer), or NULL and an error. */
static const char *scalar(load_t *l, const yaml_node_t *n)
{
    if (n->type != YAML_SCALAR_NODE || n->data.scalar.length == 0
        || strlen((const char *)n->data.scalar.value)
               != n->data.scalar.length) {
        fail(l, n, "a text is expected here", NULL);
        return NULL;
    }
    return (const char *)n->data.scalar.value;
}

/* A text that lives as long as the set; folded blocks end with a newline. */
static const char *text(load_t *l, const yaml_node_t *n)
{
    const char *s = scalar(l, n);
    size_t len = s ? strlen(s) : 0;

    while (len && (s[len - 1] == '\n' || s[len - 1] == ' ')) {
        len--;
    }
    return s ? apr_pstrmemdup(l->p, s, len) : NULL;
}

typedef int member_fn(load_t *l, const char *key, const yaml_node_t *keynode,
                      const yaml_node_t *value, void *baton);

/* Call fn for each member of a mapping. @return 0 after an error */
static int each(load_t *l, const yaml_node_t *map, member_fn *fn, void *baton)
{
    const yaml_node_pair_t *pair;

    if (map->type != YAML_MAPPING_NODE) {
        return fail(l, map, "a mapping is expected here", NULL);
    }
    for (pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *k = yaml_document_get_node(l->doc, pair->key);
        const yaml_node_t *v = yaml_document_get_node(l->doc, pair->value);
        const char *key = scalar(l, k);

        if (!key || !fn(l, key, k, v, baton)) {
            return 0;
        }
    }
    return 1;
}

static int advice_of(load_t *l, const yaml_node_t *list, ecl_message_t *msg)
{
    const yaml_node_item_t *item;
    int n = 0;

    if (list->type != YAML_SEQUENCE_NODE) {
        return fail(l, list, "advice is a list of texts", NULL);
    }
    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(l->doc, *item);

        if (n == ECL_ADVICE_MAX) {
            return fail(l, node, "too much advice: 4 texts at most", NULL);
        }
        if (!(msg->advice[n++] = text(l, node))) {
            return 0;
        }
    }
    return 1;
}

static int message_member(load_t *l, const char *key, const yaml_node_t *k,
                          const yaml_node_t *v, void *baton)
{
    ecl_message_t *msg = baton;

    if (strcmp(key, "title") == 0) {
        return (msg->title = text(l, v)) != NULL;
    }
    if (strcmp(key, "text") == 0) {
        return (msg->text = text(l, v)) != NULL;
    }
    if (strcmp(key, "advice") == 0) {
        return advice_of(l, v, msg);
    }
    return fail(l, k, "unknown key (title, text, advice are allowed)", key);
}

static int add_message(load_t *l, const char *key, const yaml_node_t *v)
{
    ecl_message_t *msg = apr_pcalloc(l->p, sizeof(*msg));

    if (!each(l, v, message_member, msg)) {
        return 0;
    }
    if (!msg->title || !msg->text) {
        return fail(l, v, "title and text are both needed for", key);
    }
    apr_hash_set(l->lang->texts, apr_pstrdup(l->p, key), APR_HASH_KEY_STRING,
                 msg);
    return 1;
}

static int is_status(const char *s)
{
    return strlen(s) == 3 && s[0] >= '1' && s[0] <= '5'
           && strspn(s, "0123456789") == 3;
}

static int status_member(load_t *l, const char *key, const yaml_node_t *k,
                         const yaml_node_t *v, void *baton)
{
    const char *family = baton;
    char full[KEY_MAX];

    if (!is_status(key)) {
        return fail(l, k, "no HTTP status", key);
    }
    snprintf(full, sizeof(full), "%s%s%s", family ? family : "",
             family ? "/" : "", key);
    return add_message(l, full, v);
}

static int class_member(load_t *l, const char *key, const yaml_node_t *k,
                        const yaml_node_t *v, void *baton)
{
    if (strcmp(key, "4xx") != 0 && strcmp(key, "5xx") != 0) {
        return fail(l, k, "no class (4xx, 5xx)", key);
    }
    return add_message(l, key, v);
}

static int family_member(load_t *l, const char *key, const yaml_node_t *k,
                         const yaml_node_t *v, void *baton)
{
    char family[KEY_MAX / 2];

    if (strlen(key) >= sizeof(family) || strpbrk(key, "./")) {
        return fail(l, k, "no cause family", key);
    }
    apr_cpystrn(family, key, sizeof(family));
    return each(l, v, status_member, family);
}

static int cause_member(load_t *l, const char *key, const yaml_node_t *k,
                        const yaml_node_t *v, void *baton)
{
    if (strlen(key) >= KEY_MAX || !strchr(key, '.')) {
        return fail(l, k, "no cause slug", key);
    }
    return add_message(l, key, v);
}

/* {seconds} and the like: those of the English word and no others. */
static int check_word(load_t *l, const yaml_node_t *n, const ecl_word_t *word,
                      const char *s)
{
    const char *want = strchr(word->english, '{');
    const char *have = strchr(s, '{');
    size_t len = want ? strcspn(want, "}") + 1 : 0;

    if (!want == !have && (!want || strncmp(have, want, len) == 0)) {
        return 1;
    }
    return fail(l, n, "placeholders are expected as in", word->english);
}

static int word_member(load_t *l, const char *key, const yaml_node_t *k,
                       const yaml_node_t *v, void *baton)
{
    for (int w = 0; w < ECL_WORD_COUNT; w++) {
        if (strcmp(key, ecl_messages_words[w].name) == 0) {
            return (l->lang->words[w] = text(l, v)) != NULL
                   && check_word(l, v, &ecl_messages_words[w],
                                 l->lang->words[w]);
        }
    }
    return fail(l, k, "unknown word", key);
}

/* A placeholder that names no fact would show up in front of a reader. */
static int check_facts(load_t *l, const yaml_node_t *n, const char *s)
{
    for (s = s ? strchr(s, '{') : NULL; s; s = strchr(s, '{')) {
        size_t k = strspn(++s, "abcdefghijklmnopqrstuvwxyz_");

        if (k && (s[k] == '}' || s[k] == '|' || s[k] == '?')
            && ecl_fact_by_name(s, k) < 0) {
            return fail(l, n, "placeholder is not a fact",
                        apr_pstrmemdup(l->p, s, k));
        }
    }
    return s == NULL;
}

static int hints_of(load_t *l, const yaml_node_t *list, ecl_cause_text_t *t)
{
    const yaml_node_item_t *item;
    const char **hints;

    if (list->type != YAML_SEQUENCE_NODE) {
        return fail(l, list, "hints is a list of texts", NULL);
    }
    item = list->data.sequence.items.start;
    hints = apr_palloc(
        l->p,
        sizeof(*hints) * (size_t)(list->data.sequence.items.top - item + 1));
    for (t->nhints = 0; item < list->data.sequence.items.top; item++) {
        const yaml_node_t *node = yaml_document_get_node(l->doc, *item);
        const char *hint = text(l, node);

        if (!hint || !check_facts(l, node, hint)) {
            return 0;
        }
        hints[t->nhints++] = hint;
    }
    t->hints = hints;
    return 1;
}

static int owner_text_member(load_t *l, const char *key, const yaml_node_t *k,
                             const yaml_node_t *v, void *baton)
{
    ecl_cause_text_t *t = baton;

    if (strcmp(key, "title") == 0) {
        return (t->title = text(l, v)) != NULL && check_facts(l, v, t->title);
    }
    if (strcmp(key, "message") == 0) {
        return (t->message = text(l, v)) != NULL
               && check_facts(l, v, t->message);
    }
    if (strcmp(key, "hints") == 0) {
        return hints_of(l, v, t);
    }
    return fail(l, k, "unknown key (title, message, hints are allowed)", key);
}

static int owner_member(load_t *l, const char *key, const yaml_node_t *k,
                        const yaml_node_t *v, void *baton)
{
    cause_text_t *t = apr_pcalloc(l->p, sizeof(*t));

    t->builtin = l->builtin;
    t->where = where(l, k);
    if (!each(l, v, owner_text_member, &t->text)) {
        return 0;
    }
    if (!t->text.title || !t->text.message) {
        return fail(l, v, "title and message are both needed for", key);
    }
    apr_hash_set(l->lang->causes, apr_pstrdup(l->p, key), APR_HASH_KEY_STRING,
                 t);
    return 1;
}

static int top_member(load_t *l, const char *key, const yaml_node_t *k,
                      const yaml_node_t *v, void *baton)
{
    if (strcmp(key, "lang") == 0) {
        return 1; /* read before */
    }
    if (strcmp(key, "dir") == 0) {
        const char *dir = scalar(l, v);

        if (!dir || (strcmp(dir, "ltr") != 0 && strcmp(dir, "rtl") != 0)) {
            return fail(l, v, "dir is ltr or rtl", NULL);
        }
        l->lang->rtl = dir[0] == 'r';
        return 1;
    }
    if (strcmp(key, "words") == 0) {
        return each(l, v, word_member, NULL);
    }
    if (strcmp(key, "class") == 0) {
        return each(l, v, class_member, NULL);
    }
    if (strcmp(key, "status") == 0) {
        return each(l, v, status_member, NULL);
    }
    if (strcmp(key, "family") == 0) {
        return each(l, v, family_member, NULL);
    }
    if (strcmp(key, "cause") == 0) {
        return each(l, v, cause_member, NULL);
    }
    if (strcmp(key, "causes") == 0) {
        return each(l, v, owner_member, NULL);
    }
    return fail(l, k, "unknown key", key);
}

static int find_lang(load_t *l, const char *key, const yaml_node_t *k,
                     const yaml_node_t *v, void *baton)
{
    const char **tag = baton;

    if (strcmp(key, "lang") == 0) {
        *tag = text(l, v);
        return *tag != NULL;
    }
    return 1;
}

static lang_t *lang_for(ecl_messages_t *m, load_t *l, const char *tag,
                        const yaml_node_t *root)
{
    char *key = apr_pstrdup(l->p, tag);
    lang_t *lang;

    for (char *c = key; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    lang = apr_hash_get(m->langs, key, APR_HASH_KEY_STRING);
    if (!lang) {
        lang = apr_pcalloc(l->p, sizeof(*lang));
        lang->tag = tag;
        lang->texts = apr_hash_make(l->p);
        lang->causes = apr_hash_make(l->p);
        lang->where = where(l, root);
        apr_hash_set(m->langs, key, APR_HASH_KEY_STRING, lang);
        APR_ARRAY_PUSH(m->tags, const char *) = tag;
        if (strcmp(key, "en") == 0) { /* first, whatever files are called */
            const char **tags = (const char **)m->tags->elts;

            memmove(tags + 1, tags,
                    sizeof(*tags) * (size_t)(m->tags->nelts - 1));
            tags[0] = tag;
        }
    }
    return lang;
}

static const char *add_document(ecl_messages_t *m, const char *name,
                                yaml_document_t *doc, int builtin,
                                apr_pool_t *p)
{
    load_t l = { name, doc, p, NULL, builtin, NULL };
    const yaml_node_t *root = yaml_document_get_root_node(doc);
    const char *tag = NULL;

    if (each(&l, root, find_lang, &tag)) {
        if (!tag || !ecl_lang_valid(tag)) {
            fail(&l, root, "\"lang\" must name the language, e.g. en", NULL);
        }
        else {
            l.lang = lang_for(m, &l, tag, root);
            each(&l, root, top_member, NULL);
        }
    }
    return l.err;
}

static const char *add(ecl_messages_t *m, const char *name, const char *yaml,
                       size_t n, int builtin, apr_pool_t *p)
{
    yaml_parser_t parser;
    const char *err = NULL;
    int more = 1;

    if (!yaml_parser_initialize(&parser)) {
        return apr_psprintf(p, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, n);
    while (!err && more) {
        yaml_document_t doc;

        if (!yaml_parser_load(&parser, &doc)) {
            err = apr_psprintf(p, "%s:%lu: %s", name,
                               (unsigned long)parser.problem_mark.line + 1,
                               parser.problem ? parser.problem : "bad YAML");
            break;
        }
        if (yaml_document_get_root_node(&doc)) {
            err = add_document(m, name, &doc, builtin, p);
        }
        else {
            more = 0;
        }
        yaml_document_delete(&doc);
    }
    yaml_parser_delete(&parser);
    return err;
}

const char *ecl_messages_add(ecl_messages_t *m, const char *name,
                             const char *yaml, size_t n, apr_pool_t *p)
{
    return add(m, name, yaml, n, 0, p);
}

const char *ecl_messages_add_builtin(ecl_messages_t *m, apr_pool_t *p)
{
    size_t n;
    const char *yaml = ecl_messages_builtin(&n);
    const char *err = add(m, "built-in texts", yaml, n, 1, p);

    if (!err) {
        yaml = ecl_messages_builtin_hints(&n);
        err = add(m, "built-in hints", yaml, n, 1, p);
    }
    return err;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The directory's *.yaml files, in order. @return NULL or what is wrong */
static const char *list_files(apr_array_header_t *files, const char *path,
                              apr_pool_t *p)
{
    apr_finfo_t entry;
    apr_dir_t *dir;
    char reason[120];
    apr_status_t rv = apr_dir_open(&dir, path, p);

    if (rv != APR_SUCCESS) {
        return apr_psprintf(p, "%s: cannot be read: %s", path,
                            apr_strerror(rv, reason, sizeof(reason)));
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        size_t n = strlen(entry.name);

        if (entry.name[0] != '.' && n > 5
            && strcmp(entry.name + n - 5, ".yaml") == 0) {
            APR_ARRAY_PUSH(files, const char *) =
                apr_pstrcat(p, path, "/", entry.name, NULL);
        }
    }
    apr_dir_close(dir);
    qsort(files->elts, (size_t)files->nelts, sizeof(const char *), by_name);
    return files->nelts
               ? NULL
               : apr_psprintf(p, "%s: no file *.yaml in this directory", path);
}

const char *ecl_messages_add_path(ecl_messages_t *m, const char *path,
                                  apr_pool_t *p)
{
    apr_array_header_t *files = apr_array_make(p, 8, sizeof(const char *));
    const char *err = NULL;
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_TYPE, p) == APR_SUCCESS
        && info.filetype == APR_DIR) {
        err = list_files(files, path, p);
    }
    else {
        APR_ARRAY_PUSH(files, const char *) = path;
    }
    for (int i = 0; !err && i < files->nelts; i++) {
        const char *name = APR_ARRAY_IDX(files, i, const char *), *yaml;
        size_t n;

        err = ecl_file_read(name, &yaml, &n, p);
        if (!err) {
            err = ecl_messages_add(m, name, yaml, n, p);
        }
    }
    return err;
}

static const char *check_causes(const lang_t *lang, const ecl_catalog_t *c,
                                apr_pool_t *p)
{
    apr_hash_index_t *hi;

    for (hi = apr_hash_first(p, lang->causes); hi; hi = apr_hash_next(hi)) {
        const char *slug = apr_hash_this_key(hi);
        const cause_text_t *t = apr_hash_this_val(hi);
        const ecl_cause_t *cause = ecl_catalog_find(c, slug);

        if (!cause && !t->builtin) {
            return apr_psprintf(p,
                                "%s: %s: no such cause; errclarity causes "
                                "lists them",
                                t->where, slug);
        }
        if (!t->builtin && cause->nhints != t->text.nhints) {
            return apr_psprintf(p,
                                "%s: %s: %d hints, expected %d: one for each "
                                "of the catalogue's, in its order",
                                t->where, slug, t->text.nhints, cause->nhints);
        }
    }
    return NULL;
}

const char *ecl_messages_check(const ecl_messages_t *m, const ecl_catalog_t *c,
                               apr_pool_t *p)
{
    apr_hash_index_t *hi;
    const char *err = NULL;

    for (hi = apr_hash_first(p, m->langs); hi && !err; hi = apr_hash_next(hi)) {
        const lang_t *lang = apr_hash_this_val(hi);

        if (!apr_hash_get(lang->texts, "4xx", APR_HASH_KEY_STRING)
            || !apr_hash_get(lang->texts, "5xx", APR_HASH_KEY_STRING)) {
            err = apr_psprintf(p,
                               "%s: %s: a language needs at least texts for "
                               "class 4xx and class 5xx",
                               lang->where, lang->tag);
        }
        else {
            err = check_causes(lang, c, p);
        }
    }
    return err;
}
