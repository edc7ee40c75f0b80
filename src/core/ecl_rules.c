/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_rules.c - one compiled rule, and matching it against one statement.
 *
 * Log text is hostile: every pattern runs under PCRE2's limits, and a request
 * whose text makes several patterns hit them gets no further ones. */
#include "ecl_rules.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_literal.h"

/* Steps of one match. The longest text takes a sane pattern some ten thousand;
 * this many are about half a millisecond of JIT code. */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 2000
#define HEAP_KIB    1024
#define STACK_BYTES (256 * 1024)
/* Of one classification: matches that hit a limit, bytes given to patterns. */
#define FAILURES_MAX 3
#define BYTES_MAX    (4 * 1024 * 1024)

static apr_status_t free_pattern(void *code)
{
    pcre2_code_free(code);
    return APR_SUCCESS;
}

pcre2_code *ecl_rule_pattern(const char *re, const char **error, apr_pool_t *p)
{
    PCRE2_UCHAR text[160];
    PCRE2_SIZE at;
    int rc;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)re, PCRE2_ZERO_TERMINATED,
                      PCRE2_DOTALL | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C,
                      &rc, &at, NULL);

    if (!code) {
        pcre2_get_error_message(rc, text, sizeof text);
        *error = apr_psprintf(p, "%s at \"%.40s\"", (char *)text, re + at);
        return NULL;
    }
    /* Where the system forbids executable memory the interpreter does it. */
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    apr_pool_cleanup_register(p, code, free_pattern, apr_pool_cleanup_null);
    return code;
}

const char *ecl_rule_set_re(ecl_rule_t *r, const char *re, apr_pool_t *p)
{
    const char *error = NULL;
    uint32_t groups = 0, names = 0, size = 0;
    PCRE2_SPTR table = NULL;
    signed char *facts;

    r->re = apr_pstrdup(p, re);
    r->code = ecl_rule_pattern(re, &error, p);
    if (!r->code) {
        return error;
    }
    pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &names);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
    r->ngroups = (int)groups + 1;
    facts = apr_palloc(p, (size_t)r->ngroups);
    memset(facts, -1, (size_t)r->ngroups);
    for (uint32_t i = 0; i < names; i++, table += size) {
        const char *name = (const char *)table + 2;
        int fact = ecl_fact_by_name(name, strlen(name));

        if (fact < 0 && *name != '_') {
            return apr_psprintf(p,
                                "group \"%s\" is not the name of a fact; "
                                "use (?:...) or a name that begins with _",
                                name);
        }
        facts[table[0] << 8 | table[1]] = (signed char)fact;
    }
    r->groups = facts;
    return NULL;
}

int ecl_rule_is_request(const ecl_rule_t *r)
{
    return !r->re && r->ah.n == 0 && r->errnos.n == 0 && r->modules.n == 0
           && r->langs == 0;
}

void ecl_rule_finish(ecl_rule_t *r, apr_pool_t *p)
{
    if (r->rank == 0) {
        r->rank = ecl_rule_is_request(r) ? ECL_RANK_CONTEXT : ECL_RANK_SPECIFIC;
    }
    /* A condition counts like a rather long literal. */
    r->weight = 16
                * ((r->ah.n > 0) + (r->errnos.n > 0) + (r->status.n > 0)
                   + (r->modules.n > 0) + (r->langs != 0) + (r->handler != NULL)
                   + r->truncated + r->aborted);
    if (r->re) {
        apr_pool_t *scratch;

        apr_pool_create(&scratch, p);
        r->weight += ecl_literals(r->re, scratch)->weight;
        apr_pool_destroy(scratch);
    }
}

static void *pool_alloc(size_t n, void *pool)
{
    return apr_palloc(pool, n);
}

static void pool_free(void *mem, void *pool)
{
}

static apr_status_t free_stack(void *stack)
{
    pcre2_jit_stack_free(stack);
    return APR_SUCCESS;
}

void ecl_matcher_init(ecl_matcher_t *m, int groups, apr_pool_t *p)
{
    memset(m, 0, sizeof *m);
    m->p = p;
    m->memory = pcre2_general_context_create(pool_alloc, pool_free, p);
    m->limits = pcre2_match_context_create(m->memory);
    m->data = pcre2_match_data_create((uint32_t)groups, m->memory);
    pcre2_set_match_limit(m->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(m->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(m->limits, HEAP_KIB);
}

/* Patterns run on 32 KiB of the thread's own stack; few need more. */
static int add_stack(ecl_matcher_t *m)
{
    m->stack = pcre2_jit_stack_create(32 * 1024, STACK_BYTES, NULL);
    if (!m->stack) {
        return 0;
    }
    apr_pool_cleanup_register(m->p, m->stack, free_stack,
                              apr_pool_cleanup_null);
    pcre2_jit_stack_assign(m->limits, NULL, m->stack);
    return 1;
}

/* Without options there is nothing that pcre2_match() would check before it
 * runs machine code. */
static int match(const pcre2_code *code, const char *text, size_t n,
                 ecl_matcher_t *m)
{
    PCRE2_SPTR s = (PCRE2_SPTR)text;
    int rc = pcre2_jit_match(code, s, n, 0, 0, m->data, m->limits);

    return rc == PCRE2_ERROR_JIT_BADOPTION /* there is none */
               ? pcre2_match(code, s, n, 0, 0, m->data, m->limits)
               : rc;
}

static int run_pattern(const pcre2_code *code, const char *text, size_t n,
                       ecl_matcher_t *m)
{
    int rc;

    if (n > ECL_MATCH_BYTES) {
        n = ECL_MATCH_BYTES;
    }
    rc = match(code, text, n, m);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT && !m->stack && add_stack(m)) {
        rc = match(code, text, n, m);
    }
    m->failures += rc < 0 && rc != PCRE2_ERROR_NOMATCH;
    m->bytes += n;
    return rc >= 0;
}

static int within_budget(const ecl_matcher_t *m)
{
    return m->failures < FAILURES_MAX && m->bytes < BYTES_MAX;
}

static int has_int(const ecl_ints_t *list, int v)
{
    for (int i = 0; i < list->n; i++) {
        if (list->v[i] == v) {
            return 1;
        }
    }
    return list->n == 0;
}

static int has_string(const ecl_strings_t *list, const char *s)
{
    for (int i = 0; i < list->n; i++) {
        if (list->v[i][0] == s[0] && !strcmp(list->v[i], s)) {
            return 1;
        }
    }
    return list->n == 0;
}

int ecl_rule_holds(const ecl_rule_t *r, const ecl_case_t *kase,
                   ecl_matcher_t *m)
{
    if (r->status.n && !has_int(&r->status, kase->status)
        && !has_int(&r->status, kase->status / 100)) {
        return 0;
    }
    if ((r->truncated && !kase->truncated) || (r->aborted && !kase->aborted)) {
        return 0;
    }
    return !r->handler
           || (kase->handler
               && run_pattern(r->handler, kase->handler, strlen(kase->handler),
                              m));
}

int ecl_rule_matches(const ecl_rule_t *r, const ecl_stmt_t *stmt,
                     ecl_matcher_t *m)
{
    return has_int(&r->ah, stmt->ah) && has_int(&r->errnos, stmt->os_error)
           && (!stmt->module || !*stmt->module
               || has_string(&r->modules, stmt->module))
           && (r->langs == 0 || r->langs >> stmt->lang & 1)
           && (!r->code
               || (within_budget(m)
                   && run_pattern(r->code, stmt->text, stmt->len, m)));
}

static const char *fact_text(const char *s, size_t n, apr_pool_t *p)
{
    return apr_pstrmemdup(p, s, n < ECL_FACT_MAX ? n : ECL_FACT_MAX);
}

void ecl_rule_facts(const ecl_rule_t *r, const ecl_stmt_t *stmt,
                    ecl_facts_t *facts, ecl_matcher_t *m)
{
    memset(facts, 0, sizeof *facts);
    if (r->code && stmt && run_pattern(r->code, stmt->text, stmt->len, m)) {
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->data);

        for (int g = 1; g < r->ngroups; g++) {
            int f = r->groups[g];

            if (f >= 0 && !facts->v[f] && at[2 * g] != PCRE2_UNSET
                && at[2 * g + 1] > at[2 * g]) {
                facts->v[f] = fact_text(stmt->text + at[2 * g],
                                        at[2 * g + 1] - at[2 * g], m->p);
            }
        }
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        if (!facts->v[f]) {
            facts->v[f] = r->set.v[f];
        }
    }
}
