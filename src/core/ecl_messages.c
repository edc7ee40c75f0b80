/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages.c - find texts by language and by what failed.
 *
 * A language is one table: "404", "5xx", "timeout/504" and
 * "client.body-too-large" are its keys, so that a look-up is a few probes.
 * Reading YAML is ecl_messages_yaml.c's business, choosing the language the
 * caller's (ecl_lang.h). */
#include "ecl_messages.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_buf.h"
#include "ecl_messages_priv.h"

/* The names in the file, and the words of last resort. */
const ecl_word_t ecl_messages_words[ECL_WORD_COUNT] = {
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

ecl_messages_t *ecl_messages_create(apr_pool_t *p)
{
    ecl_messages_t *m = apr_palloc(p, sizeof(*m));

    m->langs = apr_hash_make(p);
    m->tags = apr_array_make(p, 40, sizeof(const char *));
    return m;
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

    return l && l->words[word] ? l->words[word]
                               : ecl_messages_words[word].english;
}

ecl_word_e ecl_word_by_name(const char *name, size_t n)
{
    int w = 0;

    while (w < ECL_WORD_COUNT
           && (strncmp(ecl_messages_words[w].name, name, n) != 0
               || ecl_messages_words[w].name[n])) {
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

const char *const *ecl_messages_langs(const ecl_messages_t *m, int *n)
{
    *n = m->tags->nelts;
    return (const char *const *)m->tags->elts;
}

const ecl_cause_text_t *ecl_messages_cause(const ecl_messages_t *m,
                                           const char *lang,
                                           const ecl_cause_t *cause)
{
    const lang_t *l = lang_of(m, lang);
    const cause_text_t *t =
        l ? apr_hash_get(l->causes, cause->slug, APR_HASH_KEY_STRING) : NULL;

    return t && t->text.nhints == cause->nhints
                   && !(t->builtin && cause->restated)
               ? &t->text
               : NULL;
}
