/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_classify.c - decide the cause of one failed request.
 *
 * Every rule that speaks gives a hit; the hits are ordered and the first is
 * the verdict. A hit remembers no facts: only those of the few hits that
 * matter are read, by running their pattern again. */
#include "ecl_classify.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_catalog_priv.h"

/* Hits beyond these are ignored: so many, and so many more a statement. */
#define HITS      64
#define STMT_HITS 8

/* Hits that may complete the facts. */
#define HELPERS_MAX 16

typedef struct hit_t {
    const ecl_rule_t *rule;
    const ecl_stmt_t *stmt; /* NULL: a rule about the request */
    int rank;               /* after a warning's demotion */
    int survived;           /* the program went on after the statement */
} hit_t;

typedef struct hits_t {
    hit_t *v;
    int n;
    int max;
    const ecl_stmt_t *php_end; /* the last that PHP stopped at, or NULL */
} hits_t;

const char *ecl_confidence_name(ecl_confidence_e c)
{
    switch (c) {
    case ECL_CONFIDENCE_LOW:
        return "low";
    case ECL_CONFIDENCE_MEDIUM:
        return "medium";
    case ECL_CONFIDENCE_HIGH:
        return "high";
    }
    return "";
}

int ecl_precise_status(const ecl_cause_t *cause, int original)
{
    if (original < 400) {
        original = 500;
    }
    return original == 500 && cause->status ? cause->status : original;
}

/* -- hits ----------------------------------------------------------------- */

/* PHP goes on after most of its messages; after these it does not. */
static int is_php_end(const ecl_stmt_t *stmt)
{
    static const char *const ends[] = { "Fatal error:", "Parse error:",
                                        "Recoverable fatal error:",
                                        "Catchable fatal error:" };
    const char *s = stmt->text;
    size_t n = stmt->len;

    if (stmt->lang != ECL_LANG_PHP) {
        return 0;
    }
    if (n > 4 && !memcmp(s, "PHP ", 4)) {
        s += 4;
        n -= 4;
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t len = strlen(ends[i]);

        if (n >= len && !memcmp(s, ends[i], len)) {
            return 1;
        }
    }
    return stmt->exception != NULL;
}

/* Whether PHP went on to end at a later statement. What the application wrote
 * with error_log() bears no language, but came the same way. */
static int is_survived(const ecl_stmt_t *stmt, const ecl_stmt_t *end)
{
    if (!end || stmt >= end || is_php_end(stmt)) {
        return 0;
    }
    return stmt->lang == ECL_LANG_PHP
           || (stmt->lang == ECL_LANG_NONE && stmt->ah && stmt->ah == end->ah);
}

static const ecl_stmt_t *last_php_end(const ecl_stmt_t *stmts, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        if (is_php_end(&stmts[i])) {
            return &stmts[i];
        }
    }
    return NULL;
}

static void add_hit(hits_t *hits, const ecl_rule_t *rule,
                    const ecl_stmt_t *stmt)
{
    hit_t *h;

    if (hits->n == hits->max) {
        return;
    }
    h = &hits->v[hits->n++];
    h->rule = rule;
    h->stmt = stmt;
    h->rank = rule->rank;
    h->survived = stmt && is_survived(stmt, hits->php_end);
    if (stmt && stmt->weight == ECL_WEIGHT_CONTEXT && !rule->decisive
        && h->rank > ECL_RANK_CONTEXT) {
        h->rank = ECL_RANK_CONTEXT;
    }
}

static void match_statement(hits_t *hits, const ecl_catalog_t *c,
                            const ecl_case_t *kase, const ecl_stmt_t *stmt,
                            uint64_t *set, ecl_matcher_t *m)
{
    const int keys[ECL_KEY_COUNT] = { [ECL_KEY_AH] = stmt->ah,
                                      [ECL_KEY_ERRNO] = stmt->os_error,
                                      [ECL_KEY_LANG] = (int)stmt->lang,
                                      [ECL_KEY_MODULE] =
                                          ecl_prefilter_name(stmt->module) };
    size_t n = stmt->len < ECL_MATCH_BYTES ? stmt->len : ECL_MATCH_BYTES;
    size_t words = ecl_prefilter_words(c->filter);

    ecl_prefilter_scan(c->filter, stmt->text, n, keys, set);
    for (size_t w = 0; w < words; w++) {
        for (uint64_t bits = set[w]; bits; bits &= bits - 1) {
            int i = (int)(w * 64) + __builtin_ctzll(bits);
            const ecl_rule_t *rule = APR_ARRAY_IDX(c->rules, i, ecl_rule_t *);

            if (ecl_rule_matches(rule, stmt, m)
                && ecl_rule_holds(rule, kase, m)) {
                add_hit(hits, rule, stmt);
            }
        }
    }
}

static void collect_hits(hits_t *hits, const ecl_catalog_t *c,
                         const ecl_case_t *kase, const ecl_stmt_t *stmts,
                         int nstmts, ecl_matcher_t *m)
{
    uint64_t *set =
        apr_palloc(m->p, 2 * ecl_prefilter_words(c->filter) * sizeof *set);

    hits->max = c->request_rules->nelts + HITS + STMT_HITS * nstmts;
    hits->v = apr_palloc(m->p, (size_t)hits->max * sizeof *hits->v);
    hits->n = 0;
    hits->php_end = last_php_end(stmts, nstmts);
    for (int i = 0; i < c->request_rules->nelts; i++) {
        const ecl_rule_t *rule =
            APR_ARRAY_IDX(c->request_rules, i, const ecl_rule_t *);

        if (ecl_rule_holds(rule, kase, m)) {
            add_hit(hits, rule, NULL);
        }
    }
    for (int i = 0; i < nstmts; i++) {
        match_statement(hits, c, kase, &stmts[i], set, m);
    }
}

/* The order of hits, the cause of the failure first. Several errors of the
 * same depth: the first is the reason, later ones follow from it; but what PHP
 * survived did not stop it. What a message says goes before what the request's
 * state alone suggests. Among rules for one statement the narrower one wins. */
static int compare_hits(const void *a, const void *b)
{
    const hit_t *x = a, *y = b;

    if (x->rank != y->rank) {
        return y->rank - x->rank;
    }
    if (!x->stmt != !y->stmt) {
        return x->stmt ? -1 : 1;
    }
    if (x->survived != y->survived) {
        return x->survived - y->survived;
    }
    if (x->rule->rank != y->rule->rank) { /* among warnings */
        return y->rule->rank - x->rule->rank;
    }
    if (x->stmt != y->stmt) {
        return x->stmt < y->stmt ? -1 : 1;
    }
    if (x->rule->weight != y->rule->weight) {
        return y->rule->weight - x->rule->weight;
    }
    return x->rule->index - y->rule->index;
}

/* -- facts ---------------------------------------------------------------- */

/* Facts that only make sense together, the leading one first: a line belongs
 * to a file, a port to a host. A class alone tells no place. */
static const signed char bundles[][5] = {
    { ECL_FACT_FILE, ECL_FACT_LINE, ECL_FACT_FUNCTION, ECL_FACT_CLASS, -1 },
    { ECL_FACT_HOST, ECL_FACT_PORT, -1 },
    { ECL_FACT_DATABASE, ECL_FACT_TABLE, ECL_FACT_USER, -1 },
    { ECL_FACT_LIMIT, ECL_FACT_REQUESTED, -1 },
    { ECL_FACT_SIGNAL, ECL_FACT_EXIT_CODE, -1 },
};
#define NBUNDLES (int)(sizeof bundles / sizeof bundles[0])

/* The same name, or the same but for directories that one leaves out. */
static int is_same(const char *a, const char *b)
{
    size_t n = strlen(a), k = strlen(b);

    if (n < k) {
        return is_same(b, a);
    }
    return !strcmp(a + n - k, b) && (n == k || a[n - k - 1] == '/');
}

/* Nothing of the bundle is known yet, or both speak of the same thing. */
static int bundle_agrees(const signed char *bundle, const ecl_facts_t *facts,
                         const ecl_facts_t *more)
{
    const char *lead = facts->v[bundle[0]], *other = more->v[bundle[0]];
    int known = 0;

    for (const signed char *f = bundle; *f >= 0; f++) {
        known |= *f != ECL_FACT_CLASS && facts->v[*f];
    }
    return !known || (lead && other && is_same(lead, other));
}

/* Fill what is empty without mixing two places or two peers. */
static void complete_facts(ecl_facts_t *facts, const ecl_facts_t *more)
{
    uint32_t bundled = 0;

    for (int b = 0; b < NBUNDLES; b++) {
        for (const signed char *f = bundles[b]; *f >= 0; f++) {
            bundled |= UINT32_C(1) << *f;
        }
        if (!bundle_agrees(bundles[b], facts, more)) {
            continue;
        }
        for (const signed char *f = bundles[b]; *f >= 0; f++) {
            if (!facts->v[*f]) {
                facts->v[*f] = more->v[*f];
            }
        }
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        if (!facts->v[f] && !(bundled >> f & 1)) {
            facts->v[f] = more->v[f];
        }
    }
}

static int has_group(const ecl_rule_t *r, ecl_fact_e fact)
{
    for (int g = 1; g < r->ngroups; g++) {
        if (r->groups[g] == (signed char)fact) {
            return 1;
        }
    }
    return 0;
}

/* What a statement's own members add to the rule's groups. */
static void stmt_facts(const hit_t *h, ecl_facts_t *facts, apr_pool_t *p)
{
    const ecl_stmt_t *stmt = h->stmt;
    const char **v = facts->v;
    int is_place = !v[ECL_FACT_FILE] && !v[ECL_FACT_LINE];

    /* A rule that looks for a class means another one: the one that is
     * missing, say. */
    if (!v[ECL_FACT_CLASS] && !has_group(h->rule, ECL_FACT_CLASS)) {
        v[ECL_FACT_CLASS] = stmt->exception;
    }
    if (is_place) {
        v[ECL_FACT_FILE] = stmt->file;
    }
    if (stmt->line > 0 && !v[ECL_FACT_LINE]
        && (is_place
            || (stmt->file && is_same(v[ECL_FACT_FILE], stmt->file)))) {
        v[ECL_FACT_LINE] = apr_itoa(p, stmt->line);
    }
    if (!v[ECL_FACT_FUNCTION]) {
        v[ECL_FACT_FUNCTION] = stmt->function;
    }
    if (!v[ECL_FACT_ERRNO] && stmt->os_error) {
        v[ECL_FACT_ERRNO] = apr_itoa(p, stmt->os_error);
    }
}

static void hit_facts(const hit_t *h, ecl_facts_t *facts, ecl_matcher_t *m)
{
    ecl_rule_facts(h->rule, h->stmt, facts, m);
    if (h->stmt) {
        stmt_facts(h, facts, m->p);
    }
}

static int is_symptom(const hit_t *h)
{
    return h->rank >= ECL_RANK_SYMPTOM && h->rank < ECL_RANK_GENERIC;
}

/* The deciding hit's facts, then what other hits of the same cause know, then
 * what its symptoms know. Other causes may speak of another matter. */
static void verdict_facts(ecl_facts_t *facts, const hits_t *hits,
                          const ecl_case_t *kase, ecl_matcher_t *m)
{
    const hit_t *best = &hits->v[0];
    int helpers = 0;

    hit_facts(best, facts, m);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 1; i < hits->n && helpers < HELPERS_MAX; i++) {
            const hit_t *h = &hits->v[i];
            int same = h->rule->cause == best->rule->cause;
            ecl_facts_t more;

            if (pass == 0 ? same : !same && is_symptom(h)) {
                hit_facts(h, &more, m);
                complete_facts(facts, &more);
                helpers++;
            }
        }
    }
    if (!facts->v[ECL_FACT_FILE] && !strcmp(best->rule->cause->family, "cgi")) {
        facts->v[ECL_FACT_FILE] = best->stmt && best->stmt->script
                                      ? best->stmt->script
                                      : kase->script;
    }
}

/* -- the verdict ---------------------------------------------------------- */

static ecl_confidence_e confidence_of(const hit_t *h)
{
    if (h->rule->confidence >= 0) {
        return (ecl_confidence_e)h->rule->confidence;
    }
    if (h->rank >= ECL_RANK_SPECIFIC) {
        return ECL_CONFIDENCE_HIGH;
    }
    return h->rank >= ECL_RANK_GENERIC ? ECL_CONFIDENCE_MEDIUM
                                       : ECL_CONFIDENCE_LOW;
}

static ecl_confidence_e lower(ecl_confidence_e c)
{
    return c == ECL_CONFIDENCE_HIGH ? ECL_CONFIDENCE_MEDIUM
                                    : ECL_CONFIDENCE_LOW;
}

static int is_named(const ecl_verdict_t *v, const ecl_cause_t *cause)
{
    for (int i = 0; i < v->nalternatives; i++) {
        if (v->alternatives[i].cause == cause) {
            return 1;
        }
    }
    return v->cause == cause;
}

/* The next causes in order. A symptom of the failure explains nothing, so it
 * is no alternative to an explanation. */
static void add_alternatives(ecl_verdict_t *v, const hits_t *hits)
{
    const hit_t *best = &hits->v[0];

    for (int i = 1; i < hits->n && v->nalternatives < ECL_ALTERNATIVES_MAX;
         i++) {
        const hit_t *h = &hits->v[i];

        if (is_named(v, h->rule->cause)
            || (best->rank >= ECL_RANK_GENERIC && is_symptom(h))) {
            continue;
        }
        v->alternatives[v->nalternatives++] =
            (ecl_alternative_t){ h->rule->cause, lower(confidence_of(h)) };
        if (h->rank == best->rank && v->nalternatives == 1) {
            v->confidence = lower(v->confidence);
        }
    }
}

static void decide(ecl_verdict_t *v, const hits_t *hits, const ecl_case_t *kase,
                   ecl_matcher_t *m)
{
    const hit_t *best = &hits->v[0];
    const ecl_stmt_t *stmt = best->stmt;

    v->cause = best->rule->cause;
    v->confidence = confidence_of(best);
    verdict_facts(&v->facts, hits, kase, m);
    add_alternatives(v, hits);
    if (stmt) {
        v->msg = stmt->msg;
        v->error_type = stmt->exception;
        v->error_message = apr_pstrmemdup(m->p, stmt->text, stmt->len);
        v->stack = stmt->stack;
        v->component = stmt->component;
        if (kase->msgs[v->msg].unsure
            && v->confidence > ECL_CONFIDENCE_MEDIUM) {
            v->confidence = ECL_CONFIDENCE_MEDIUM;
        }
    }
}

void ecl_classify(ecl_verdict_t *v, const ecl_catalog_t *c,
                  const ecl_case_t *kase, apr_pool_t *p)
{
    ecl_stmt_t *stmts = NULL;
    ecl_matcher_t m;
    hits_t hits;
    int n;

    memset(v, 0, sizeof *v);
    v->cause = c->unknown;
    v->confidence = ECL_CONFIDENCE_LOW;
    v->msg = -1;
    if (!c->filter) {
        return;
    }
    n = ecl_statements(kase->msgs, kase->nmsgs, &stmts, p);
    ecl_matcher_init(&m, c->max_groups, p);
    collect_hits(&hits, c, kase, stmts, n, &m);
    if (hits.n > 0) {
        qsort(hits.v, (size_t)hits.n, sizeof *hits.v, compare_hits);
        decide(v, &hits, kase, &m);
    }
}
