/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages.c - load the visitor's texts from YAML, find them.
 *
 * A language is one table: "404", "5xx", "timeout/504" and
 * "client.body-too-large" are its keys, so that a look-up is a few probes.
 * Does not choose the language: the caller names it. */
#include "ecl_messages.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <yaml.h>

#include "ecl_buf.h"

#define KEY_MAX 128

typedef struct lang_t {
    const char *tag;
    int rtl;
    apr_hash_t *texts; /* key -> ecl_message_t */
    const char *words[ECL_WORD_COUNT];
} lang_t;

struct ecl_messages_t {
    apr_hash_t *langs; /* lower-case tag -> lang_t */
};

/* The names in the file, and the words of last resort. */
static const struct {
    const char *name, *english;
} words[ECL_WORD_COUNT] = {
    [ECL_WORD_REFERENCE] = { "reference", "Reference" },
    [ECL_WORD_TIME] = { "time", "Time" },
    [ECL_WORD_STATUS] = { "status", "Status" },
    [ECL_WORD_WHAT_YOU_CAN_DO] = { "what_you_can_do", "What you can do" },
    [ECL_WORD_CONTACT] = { "contact", "Contact" },
    [ECL_WORD_QUOTE] = { "quote", "Please quote this reference when you "
                                  "report the problem." },
    [ECL_WORD_SUBJECT] = { "subject", "Error report {reference}" },
    [ECL_WORD_RETRY_AFTER] = { "retry_after",
                               "Please try again in {seconds} s." },
    [ECL_WORD_RETRY_MINUTES] = { "retry_minutes",
                                 "Please try again in {minutes} min." },
    [ECL_WORD_TEMPORARY] = { "temporary",
                             "This is probably temporary: please try "
                             "again in a few minutes." },
    [ECL_WORD_PERMANENT] = { "permanent",
                             "Trying again will probably not help." },
    [ECL_WORD_FOR_OWNER] = { "for_owner", "For the site's owner" },
    [ECL_WORD_FOR_OPERATOR] = { "for_operator", "For the server's operator" },
    [ECL_WORD_CAUSE] = { "cause", "Cause" },
    [ECL_WORD_FACTS] = { "facts", "Details" },
    [ECL_WORD_HINTS] = { "hints", "How to repair it" },
    [ECL_WORD_EVIDENCE] = { "evidence", "Log messages" },
    [ECL_WORD_PROBES] = { "probes", "Checks" },
    [ECL_WORD_ALTERNATIVES] = { "alternatives", "Other possible causes" },
    [ECL_WORD_CONFIDENCE] = { "confidence", "Confidence" },
    [ECL_WORD_CONFIDENCE_LOW] = { "confidence_low", "low" },
    [ECL_WORD_CONFIDENCE_MEDIUM] = { "confidence_medium", "medium" },
    [ECL_WORD_CONFIDENCE_HIGH] = { "confidence_high", "high" },
    [ECL_WORD_WHO] = { "who", "Who can repair it" },
    [ECL_WORD_WHO_VISITOR] = { "who_visitor", "whoever made the request" },
    [ECL_WORD_WHO_OWNER] = { "who_owner", "the site's owner" },
    [ECL_WORD_WHO_OPERATOR] = { "who_operator", "the server's operator" },
    [ECL_WORD_WHO_DEPENDENCY] = { "who_dependency",
                                  "whoever runs a service the site needs" },
    [ECL_WORD_RECENT_CHANGES] = { "recent_changes", "Changed recently" },
    [ECL_WORD_DROPPED] = { "dropped", "Log messages not shown here: {count}" },
};

static const ecl_message_t last_resort = {
    "Something went wrong",
    "This page cannot be shown at the moment.",
    { NULL },
};

/* What loading needs to know, and where an error goes. */
typedef struct load_t {
    const char *name;
    yaml_document_t *doc;
    apr_pool_t *p;
    lang_t *lang;
    const char *err;
} load_t;

ecl_messages_t *ecl_messages_create(apr_pool_t *p)
{
    ecl_messages_t *m = apr_palloc(p, sizeof(*m));

    m->langs = apr_hash_make(p);
    return m;
}

static int fail(load_t *l, const yaml_node_t *n, const char *what,
                const char *detail)
{
    if (!l->err) {
        l->err = apr_psprintf(l->p, "%s:%lu: %s%s%s%s", l->name,
                              (unsigned long)n->start_mark.line + 1, what,
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

static int word_member(load_t *l, const char *key, const yaml_node_t *k,
                       const yaml_node_t *v, void *baton)
{
    for (int w = 0; w < ECL_WORD_COUNT; w++) {
        if (strcmp(key, words[w].name) == 0) {
            return (l->lang->words[w] = text(l, v)) != NULL;
        }
    }
    return fail(l, k, "unknown word", key);
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

static lang_t *lang_for(ecl_messages_t *m, const char *tag, apr_pool_t *p)
{
    char *key = apr_pstrdup(p, tag);
    lang_t *lang;

    for (char *c = key; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    lang = apr_hash_get(m->langs, key, APR_HASH_KEY_STRING);
    if (!lang) {
        lang = apr_pcalloc(p, sizeof(*lang));
        lang->tag = tag;
        lang->texts = apr_hash_make(p);
        apr_hash_set(m->langs, key, APR_HASH_KEY_STRING, lang);
    }
    return lang;
}

static const char *add_document(ecl_messages_t *m, const char *name,
                                yaml_document_t *doc, apr_pool_t *p)
{
    load_t l = { name, doc, p, NULL, NULL };
    const yaml_node_t *root = yaml_document_get_root_node(doc);
    const char *tag = NULL;

    if (each(&l, root, find_lang, &tag)) {
        if (!tag || strlen(tag) >= KEY_MAX
            || strspn(tag, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
                   != strlen(tag)) {
            fail(&l, root, "\"lang\" must name the language, e.g. en", NULL);
        }
        else {
            l.lang = lang_for(m, tag, p);
            each(&l, root, top_member, NULL);
        }
    }
    return l.err;
}

const char *ecl_messages_add(ecl_messages_t *m, const char *name,
                             const char *yaml, size_t n, apr_pool_t *p)
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
            err = add_document(m, name, &doc, p);
        }
        else {
            more = 0;
        }
        yaml_document_delete(&doc);
    }
    yaml_parser_delete(&parser);
    return err;
}

static const lang_t *lang_of(const ecl_messages_t *m, const char *tag)
{
    char key[KEY_MAX];
    const lang_t *lang = NULL;
    char *dash;

    for (size_t i = 0; tag && *tag && i < sizeof(key); i++) {
        char c = tag[i];

        key[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (!c) {
            lang = apr_hash_get(m->langs, key, APR_HASH_KEY_STRING);
            if (!lang && (dash = strchr(key, '-'))) {
                *dash = '\0';
                lang = apr_hash_get(m->langs, key, APR_HASH_KEY_STRING);
            }
            break;
        }
    }
    return lang ? lang : apr_hash_get(m->langs, "en", APR_HASH_KEY_STRING);
}

static const ecl_message_t *find_in(const lang_t *lang, const char *slug,
                                    int status)
{
    const ecl_message_t *msg = NULL;
    char key[KEY_MAX];
    ecl_buf_t b;

    ecl_buf_init(&b, key, sizeof(key));
    if (slug) {
        msg = apr_hash_get(lang->texts, slug, APR_HASH_KEY_STRING);
        ecl_buf_add(&b, slug, strcspn(slug, "."));
        ecl_buf_putc(&b, '/');
    }
    if (!msg) {
        size_t mark = b.len;

        ecl_buf_putc(&b, (char)('0' + status / 100 % 10));
        ecl_buf_putc(&b, (char)('0' + status / 10 % 10));
        ecl_buf_putc(&b, (char)('0' + status % 10));
        if (slug) {
            msg = apr_hash_get(lang->texts, key, APR_HASH_KEY_STRING);
        }
        if (!msg) {
            msg = apr_hash_get(lang->texts, key + mark, APR_HASH_KEY_STRING);
        }
    }
    if (!msg) {
        msg = apr_hash_get(lang->texts,
                           status >= 400 && status < 500 ? "4xx" : "5xx",
                           APR_HASH_KEY_STRING);
    }
    return msg;
}

const ecl_message_t *ecl_messages_find(const ecl_messages_t *m,
                                       const char *lang, const char *slug,
                                       int status)
{
    const lang_t *l = lang_of(m, lang);
    const ecl_message_t *msg = l ? find_in(l, slug, status) : NULL;

    if (!msg && (l = lang_of(m, NULL))) {
        msg = find_in(l, slug, status);
    }
    return msg ? msg : &last_resort;
}

const char *ecl_messages_word(const ecl_messages_t *m, const char *lang,
                              ecl_word_e word)
{
    const lang_t *l = lang_of(m, lang);

    return l && l->words[word] ? l->words[word] : words[word].english;
}

ecl_word_e ecl_word_by_name(const char *name, size_t n)
{
    int w = 0;

    while (w < ECL_WORD_COUNT
           && (strncmp(words[w].name, name, n) != 0 || words[w].name[n])) {
        w++;
    }
    return w;
}

int ecl_messages_rtl(const ecl_messages_t *m, const char *lang)
{
    const lang_t *l = lang_of(m, lang);

    return l && l->rtl;
}

const char *ecl_messages_lang(const ecl_messages_t *m, const char *lang)
{
    const lang_t *l = lang_of(m, lang);

    return l ? l->tag : "en";
}
