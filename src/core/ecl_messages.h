/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages.h - what a visitor is told, by cause, family or status.
 *
 * Texts are data (src/data/messages/LANG.yaml), loaded once, immutable. */
#ifndef ECL_MESSAGES_H
#define ECL_MESSAGES_H

#include <stddef.h>

#include <apr_pools.h>

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

typedef struct ecl_messages_t ecl_messages_t;

/** An empty set. */
ecl_messages_t *ecl_messages_create(apr_pool_t *p);

/** Add one language's YAML text.
 * @return NULL, or what is wrong, with name and line, allocated from p */
const char *ecl_messages_add(ecl_messages_t *m, const char *name,
                             const char *yaml, size_t n, apr_pool_t *p);

/** The texts that are part of the program (all languages). Static. */
const char *ecl_messages_builtin(size_t *n);

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
