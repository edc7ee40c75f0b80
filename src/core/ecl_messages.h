/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages.h - what a visitor is told, by cause, family or status, and
 * the catalogue's texts for owners in other languages than English.
 *
 * Texts are data (src/data/messages/LANG.yaml, src/data/hints/LANG.yaml),
 * loaded once, immutable. */
#ifndef ECL_MESSAGES_H
#define ECL_MESSAGES_H

#include <stddef.h>

#include <apr_pools.h>

#include "ecl_catalog.h"

#define ECL_ADVICE_MAX 4

typedef struct ecl_message_t {
    const char *title;                  /* short, e.g. "Service unavailable" */
    const char *text;                   /* what happened, plain words */
    const char *advice[ECL_ADVICE_MAX]; /* what to do; NULL after the last */
} ecl_message_t;

/** The page's own words ("Reference", "Time", ...). */
typedef enum ecl_word_e {
    ECL_WORD_REFERENCE,
    ECL_WORD_TIME,
    ECL_WORD_STATUS,
    ECL_WORD_WHAT_YOU_CAN_DO,
    ECL_WORD_CONTACT,
    ECL_WORD_QUOTE,         /* asks to name the reference in a report */
    ECL_WORD_SUBJECT,       /* of a mail about it: "Error report {reference}" */
    ECL_WORD_RETRY_AFTER,   /* "Please try again in {seconds} s." */
    ECL_WORD_RETRY_MINUTES, /* "Please try again in {minutes} min." */
    ECL_WORD_TEMPORARY,
    ECL_WORD_PERMANENT,
    ECL_WORD_FOR_OWNER,
    ECL_WORD_FOR_OPERATOR,
    ECL_WORD_CAUSE,
    ECL_WORD_FACTS,
    ECL_WORD_HINTS,
    ECL_WORD_EVIDENCE,
    ECL_WORD_PROBES,
    ECL_WORD_ALTERNATIVES,
    ECL_WORD_CONFIDENCE,
    ECL_WORD_CONFIDENCE_LOW,
    ECL_WORD_CONFIDENCE_MEDIUM,
    ECL_WORD_CONFIDENCE_HIGH,
    ECL_WORD_WHO, /* who must act */
    ECL_WORD_WHO_VISITOR,
    ECL_WORD_WHO_OWNER,
    ECL_WORD_WHO_OPERATOR,
    ECL_WORD_WHO_DEPENDENCY,
    ECL_WORD_RECENT_CHANGES,
    ECL_WORD_DROPPED, /* "Log messages not shown here: {count}" */
    ECL_WORD_COUNT
} ecl_word_e;

/** A cause's texts in another language; placeholders as in ecl_cause_t. */
typedef struct ecl_cause_text_t {
    const char *title;
    const char *message;
    const char *const *hints; /* by the index of the cause's own */
    int nhints;
} ecl_cause_text_t;

typedef struct ecl_messages_t ecl_messages_t;

/** An empty set. */
ecl_messages_t *ecl_messages_create(apr_pool_t *p);

/** Add YAML text, a document a language. An entry replaces the one of before.
 * @return NULL, or what is wrong, with name and line, allocated from p */
const char *ecl_messages_add(ecl_messages_t *m, const char *name,
                             const char *yaml, size_t n, apr_pool_t *p);

/** The texts that are part of the program (all languages). Static. */
const char *ecl_messages_builtin(size_t *n);

/** The translations of the catalogue that are part of the program. Static. */
const char *ecl_messages_builtin_hints(size_t *n);

/** Add both. @return as ecl_messages_add() */
const char *ecl_messages_add_builtin(ecl_messages_t *m, apr_pool_t *p);

/** ecl_messages_add() for a file, or for all *.yaml files of a directory in
 *  the order of their names. */
const char *ecl_messages_add_path(ecl_messages_t *m, const char *path,
                                  apr_pool_t *p);

/** Whether what was added can serve: each language has texts for every
 *  status, each translated cause is one of c and fits it.
 * @return NULL, or what is wrong, with name and line, allocated from p */
const char *ecl_messages_check(const ecl_messages_t *m, const ecl_catalog_t *c,
                               apr_pool_t *p);

/** The tags of all languages, English first. Borrowed from m.
 * @param n  *n: how many */
const char *const *ecl_messages_langs(const ecl_messages_t *m, int *n);

/** The cause's texts in that language, or NULL: the catalogue's English ones
 *  serve, also when an operator's rules replaced what was translated. Borrowed
 *  from m. */
const ecl_cause_text_t *ecl_messages_cause(const ecl_messages_t *m,
                                           const char *lang,
                                           const ecl_cause_t *cause);

/** Words for a failure: those of the slug, else of its family when status is
 *  one the family has words for, else of the status, else of its class.
 * @param lang  BCP 47 tag that was loaded, else English is used
 * @return borrowed from m, never NULL */
const ecl_message_t *ecl_messages_find(const ecl_messages_t *m,
                                       const char *lang, const char *slug,
                                       int status);

/** One of the page's words; English where the language lacks it. Borrowed
 *  from m or static, never NULL. */
const char *ecl_messages_word(const ecl_messages_t *m, const char *lang,
                              ecl_word_e word);

/** The word of that name (n bytes) in the files, or ECL_WORD_COUNT. */
ecl_word_e ecl_word_by_name(const char *name, size_t n);

/** Whether the language is written from right to left. */
int ecl_messages_rtl(const ecl_messages_t *m, const char *lang);

/** The loaded language that serves a tag: itself, else its primary language
 *  ("de" for "de-AT"), else "en". Borrowed from m or static, never NULL. */
const char *ecl_messages_lang(const ecl_messages_t *m, const char *lang);

#endif
