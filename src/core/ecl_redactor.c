/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redactor.c - a site's own masks, before the built-in ones.
 *
 * All of them look at the text as it came and mark its bytes, so no mask hides
 * from another what it needs to see. Text is hostile: patterns run under
 * PCRE2's limits, and one that exhausts them masks all. */
#include "ecl_redactor.h"

#include <string.h>
#include <strings.h>

#include <apr_tables.h>

#include "ecl_redact_scan.h"
#include "ecl_rules.h"

#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 1000
#define HEAP_KIB    256

/* What may come out of ECL_REDACT_MAX bytes. */
#define MASKED_MAX ((size_t)2 * ECL_REDACT_MAX)

struct ecl_redactor_t {
    int builtin; /* -1 unset */
    int emails, cards;
    apr_array_header_t *patterns; /* pcre2_code * */
};

ecl_redactor_t *ecl_redactor_create(apr_pool_t *p)
{
    ecl_redactor_t *r = apr_pcalloc(p, sizeof(*r));

    r->builtin = -1;
    r->patterns = apr_array_make(p, 2, sizeof(pcre2_code *));
    return r;
}

int ecl_redact_has_builtin(const ecl_redactor_t *r)
{
    return !r || r->builtin != 0;
}

/* The first match of code in s[from..n).
 * @return 1 and [*a, *b), 0 none, -1 a limit was hit */
static int match(const pcre2_code *code, pcre2_match_data *data,
                 pcre2_match_context *limits, const char *s, size_t from,
                 size_t n, size_t *a, size_t *b)
{
    int rc =
        pcre2_match(code, (PCRE2_SPTR)s, n, from, PCRE2_NOTEMPTY, data, limits);
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);

    if (rc <= 0) {
        return rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
    }
    *a = at[0];
    *b = at[1];
    if (rc > 1 && at[2] != PCRE2_UNSET && at[3] > at[2]) {
        *a = at[2];
        *b = at[3];
    }
    return *a < *b && *b <= n ? 1 : -1;
}

const char *ecl_redactor_add(ecl_redactor_t *r, const char *word, apr_pool_t *p)
{
    const char *err = NULL;
    pcre2_code *code;
    pcre2_match_data *data;
    int rc;

    if (!strcasecmp(word, "on") || !strcasecmp(word, "off")) {
        r->builtin = word[1] == 'n' || word[1] == 'N';
        return NULL;
    }
    if (!strcasecmp(word, "email")) {
        r->emails = 1;
        return NULL;
    }
    if (!strcasecmp(word, "card")) {
        r->cards = 1;
        return NULL;
    }
    code = *word ? ecl_rule_pattern(word, &err, p) : NULL;
    if (!code) {
        return err ? err : "it is empty";
    }
    data = pcre2_match_data_create(1, NULL);
    rc = data ? pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, NULL) : 0;
    pcre2_match_data_free(data);
    if (rc >= 0) {
        return "it matches the empty text";
    }
    APR_ARRAY_PUSH(r->patterns, pcre2_code *) = code;
    return NULL;
}

ecl_redactor_t *ecl_redactor_merge(apr_pool_t *p, const ecl_redactor_t *base,
                                   const ecl_redactor_t *add)
{
    ecl_redactor_t *r = apr_pcalloc(p, sizeof(*r));

    if (!base || !add) {
        const ecl_redactor_t *one = base ? base : add;

        return one ? memcpy(r, one, sizeof(*r)) : NULL;
    }
    r->builtin = add->builtin >= 0 ? add->builtin : base->builtin;
    r->emails = base->emails || add->emails;
    r->cards = base->cards || add->cards;
    r->patterns = apr_array_append(p, base->patterns, add->patterns);
    return r;
}

/* Mark what a pattern matches. @return 0, or -1 when it gave up */
static int mark(unsigned char *hide, const pcre2_code *code, const char *s,
                size_t n)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    size_t from = 0, a, b;
    int found = -1;

    if (data && limits) {
        pcre2_set_match_limit(limits, MATCH_LIMIT);
        pcre2_set_depth_limit(limits, DEPTH_LIMIT);
        pcre2_set_heap_limit(limits, HEAP_KIB);
        while ((found = match(code, data, limits, s, from, n, &a, &b)) > 0) {
            memset(hide + a, 1, b - a);
            from = b > from ? b : from + 1;
        }
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return found;
}

/* s without what the site's own masks found. @return 0 when one gave up */
static int own_masks(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                     size_t n)
{
    unsigned char hide[ECL_REDACT_MAX] = { 0 };

    if (r->emails) {
        ecl_redact_emails(hide, s, n);
    }
    if (r->cards) {
        ecl_redact_cards(hide, s, n);
    }
    for (int i = 0; i < r->patterns->nelts; i++) {
        if (mark(hide, APR_ARRAY_IDX(r->patterns, i, pcre2_code *), s, n) < 0) {
            return 0;
        }
    }
    for (size_t i = 0; i < n;) {
        const unsigned char *next = memchr(hide + i, !hide[i], n - i);
        size_t end = next ? (size_t)(next - hide) : n;

        if (hide[i]) {
            ecl_buf_puts(dst, ECL_REDACTED);
        }
        else {
            ecl_buf_add(dst, s + i, end - i);
        }
        i = end;
    }
    return 1;
}

void ecl_redact(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                size_t n)
{
    char mem[MASKED_MAX];
    ecl_buf_t b;

    if (!r) {
        ecl_redact_builtin(dst, s, n);
        return;
    }
    if (n > ECL_REDACT_MAX) {
        n = ECL_REDACT_MAX;
        dst->truncated = 1;
    }
    if (r->emails || r->cards || r->patterns->nelts) {
        ecl_buf_init(&b, mem, sizeof(mem));
        if (!own_masks(&b, r, s, n)) {
            ecl_buf_puts(dst, ECL_REDACTED);
            return;
        }
        s = b.data;
        n = b.len;
    }
    if (ecl_redact_has_builtin(r)) {
        ecl_redact_builtin(dst, s, n);
    }
    else {
        ecl_buf_add(dst, s, n);
    }
}
