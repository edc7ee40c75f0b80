/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_problem.h - what a body says, the same in every format (RFC 9457).
 *
 * ecl_problem_build() decides once what this reader may see; the renderers
 * only print. So nothing can leak through one format that another hides. */
#ifndef ECL_PROBLEM_H
#define ECL_PROBLEM_H

#include <apr_pools.h>

#include "ecl_accept.h"
#include "ecl_buf.h"
#include "ecl_incident.h"
#include "ecl_messages.h"
#include "ecl_template.h"

/** What a body may show. Each level includes the ones before. */
typedef enum ecl_detail_e {
    ECL_DETAIL_VISITOR,
    ECL_DETAIL_OWNER,
    ECL_DETAIL_OPERATOR
} ecl_detail_e;

/** "visitor", "owner", "operator". Static. */
const char *ecl_detail_name(ecl_detail_e d);

/** The site's own words and links. Borrowed; NULL is "not configured". */
typedef struct ecl_words_t {
    const char *title; /* ErrClarityMessage */
    const char *text;
    const char *title_lang; /* of these two; NULL: as lang */
    const char *contact;    /* ErrClarityContact: URI or text */
    const char *lang;       /* of the visitor's texts, e.g. "en" */
    const char *type_uri;   /* base of problem type URIs; NULL: about:blank */
    const ecl_template_t *page; /* HTML; NULL: compile the built-in one */
} ecl_words_t;

typedef struct ecl_problem_t {
    const char *type; /* documentation URI, or "about:blank" */
    const char *title;
    int status;
    const char *detail;
    const char *instance;  /* "urn:errclarity:incident:<id>" */
    const char *incident;  /* the id */
    const char *code;      /* family at visitor, slug from owner on */
    ecl_retry_e retry;     /* MAYBE: bodies leave "retryable" out */
    int retry_after;       /* seconds; 0 none */
    const char *timestamp; /* RFC 3339, UTC, seconds */
    const char *advice[ECL_ADVICE_MAX + 1];
    int nadvice;
    const char *contact;
    const char *lang;       /* of the texts for visitors and of all labels */
    const char *title_lang; /* of title; most often lang */
    const char *detail_lang;
    ecl_detail_e level;
    const ecl_messages_t *messages;
    const ecl_template_t *page;
    /* from owner on, else NULL */
    const char *owner_lang; /* of cause_title, cause_text and hints: lang, or
                               "en" where they are not translated */
    const char *cause_title;
    const char *cause_text;   /* NULL when a fact it needs is unknown */
    const char *confidence;   /* "low", "medium", "high" */
    const char *who;          /* must act: "owner" ... */
    const ecl_facts_t *facts; /* NULL when none is known */
    const char *const *hints;
    int nhints;
    const ecl_change_t *changes;      /* that this reader may know */
    const char *const *changes_lines; /* one text for each */
    int nchanges;
    /* operator only, else NULL */
    const ecl_incident_t *incident_full; /* evidence, probes, alternatives;
                                            a copy, masked and shortened */
} ecl_problem_t;

/** @param pb  filled in; texts borrowed from inc, words, messages or allocated
 *             from p, secrets masked */
void ecl_problem_build(ecl_problem_t *pb, const ecl_incident_t *inc,
                       ecl_detail_e detail, const ecl_words_t *words,
                       const ecl_messages_t *messages, apr_pool_t *p);

/** The longest body. */
#define ECL_BODY_MAX 65536

/** Print the problem in a format.
 * @param len  *len: bytes
 * @return the body, allocated from p; valid in its format whatever the
 *         problem holds */
char *ecl_problem_render(const ecl_problem_t *pb, ecl_format_e format,
                         size_t *len, apr_pool_t *p);

#endif
