/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_rules.h - one compiled rule, and matching it against one statement.
 *
 * Internal to the catalogue and the classifier. docs/catalogue.md says what
 * the conditions mean. Threads: a rule is immutable once its catalogue is
 * compiled; a matcher belongs to one call. */
#ifndef ECL_RULES_H
#define ECL_RULES_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <apr_pools.h>

#include "ecl_cause.h"
#include "ecl_classify.h"
#include "ecl_facts.h"
#include "ecl_statement.h"

/** How deep a statement reaches into the failure. */
enum {
    ECL_RANK_CONTEXT = 10,
    ECL_RANK_SYMPTOM = 20,
    ECL_RANK_GENERIC = 40,
    ECL_RANK_SPECIFIC = 60,
    ECL_RANK_ROOT = 80
};

/** Bytes of a statement that patterns look at, from its beginning. httpd's
 *  longest line is as long (server/log.c MAX_STRING_LEN). */
#define ECL_MATCH_BYTES 8192

typedef struct ecl_ints_t {
    int n;
    const int *v;
} ecl_ints_t;

typedef struct ecl_strings_t {
    int n;
    const char *const *v;
} ecl_strings_t;

/** Statuses: 404 is itself, 5 is the class 5xx. */
typedef struct ecl_rule_t {
    const ecl_cause_t *cause;
    int index;         /* position in the catalogue, from 0 */
    const char *where; /* "file:line" */
    /* conditions; empty ones hold */
    const char *re;
    pcre2_code *code;    /* of re; freed with the catalogue's pool */
    pcre2_code *handler; /* the same */
    ecl_ints_t ah, errnos, status;
    ecl_strings_t modules;
    unsigned langs;         /* bit ecl_lang_e */
    int truncated, aborted; /* must be true */
    /* results */
    int rank;       /* 0: default */
    int confidence; /* ecl_confidence_e; -1: by rank */
    int decisive;   /* keeps its rank when only a warning */
    ecl_facts_t set;
    int ngroups;               /* capture groups, the whole match included */
    const signed char *groups; /* ecl_fact_e by group number; -1 none */
    int weight;                /* specificity, see ecl_rule_finish() */
} ecl_rule_t;

/** Compile a pattern. @param p its memory is freed with p
 *  @return the pattern, or NULL and *error, allocated from p */
pcre2_code *ecl_rule_pattern(const char *re, const char **error, apr_pool_t *p);

/** Set the pattern and read its groups.
 * @return NULL, or what is wrong, allocated from p */
const char *ecl_rule_set_re(ecl_rule_t *r, const char *re, apr_pool_t *p);

/** Whether the rule speaks of the request rather than of a statement. */
int ecl_rule_is_request(const ecl_rule_t *r);

/** Fill in the defaults; the rule is complete from then on. */
void ecl_rule_finish(ecl_rule_t *r, apr_pool_t *p);

/** Scratch memory and the budget of one classification. */
typedef struct ecl_matcher_t {
    pcre2_general_context *memory;
    pcre2_match_context *limits;
    pcre2_match_data *data;
    pcre2_jit_stack *stack; /* NULL until a pattern needs a large one */
    apr_pool_t *p;
    int failures; /* matches that hit a limit */
    size_t bytes; /* given to patterns so far */
} ecl_matcher_t;

/** @param groups  the most groups any rule has
 *  @param p       owns the scratch memory */
void ecl_matcher_init(ecl_matcher_t *m, int groups, apr_pool_t *p);

/** Whether the conditions on the request hold. */
int ecl_rule_holds(const ecl_rule_t *r, const ecl_case_t *kase,
                   ecl_matcher_t *m);

/** Whether the conditions on a statement hold, the pattern last. */
int ecl_rule_matches(const ecl_rule_t *r, const ecl_stmt_t *stmt,
                     ecl_matcher_t *m);

/** The facts that the rule takes from a statement it matches, or from none
 *  (stmt NULL): named groups, then `set`. Allocated from the matcher's pool. */
void ecl_rule_facts(const ecl_rule_t *r, const ecl_stmt_t *stmt,
                    ecl_facts_t *facts, ecl_matcher_t *m);

#endif
