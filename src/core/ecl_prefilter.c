/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_prefilter.c - which rules can possibly match a text, in one pass.
 *
 * Upper and lower case fold by | 0x20 on all four bytes at once. That merges
 * a few other characters too ('[' and '{'), which costs a wasted regex at
 * worst. */
#include "ecl_prefilter.h"

#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>

#define GRAM    4
#define HASHES  65536
#define NONE    UINT16_MAX
#define NO_USER UINT32_MAX

/* A literal, once however many rules ask for it. */
typedef struct literal_t {
    const unsigned char *s; /* folded */
    size_t n;
    size_t at;      /* where in s the gram stands that finds it */
    uint32_t users; /* the first, or NO_USER */
    uint16_t next;  /* of the same hash, or NONE */
} literal_t;

/* A rule that asks for a literal. */
typedef struct user_t {
    uint32_t bit;  /* in the two sets, one after the other */
    uint32_t next; /* of the same literal, or NO_USER */
} user_t;

typedef struct number_t {
    int key; /* ecl_key_e */
    int n;
    int rule;
} number_t;

struct ecl_prefilter_t {
    apr_pool_t *pool;
    size_t words;
    uint64_t *always;             /* to begin with: set 0, then set 1 */
    apr_array_header_t *literals; /* literal_t */
    apr_array_header_t *users;    /* user_t */
    apr_hash_t *known;            /* index into literals + 1, by folded text */
    apr_array_header_t *numbers;  /* number_t, sorted by build */
    uint64_t bitmap[HASHES / 64];
    uint16_t *first; /* by hash: literal or NONE */
};

static uint32_t fold_gram(const unsigned char *s)
{
    uint32_t g;

    memcpy(&g, s, GRAM);
    return g | 0x20202020U;
}

static uint32_t hash_gram(uint32_t gram)
{
    return (gram * 2654435761U) >> 16; /* Knuth's multiplicative hash */
}

static void set_bit(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << (i % 64);
}

ecl_prefilter_t *ecl_prefilter_create(int nrules, apr_pool_t *p)
{
    ecl_prefilter_t *f = apr_pcalloc(p, sizeof *f);

    f->pool = p;
    f->words = (size_t)nrules / 64 + 1;
    f->always = apr_palloc(p, 2 * f->words * sizeof *f->always);
    memset(f->always, 0, f->words * sizeof *f->always);
    memset(f->always + f->words, 0xff, f->words * sizeof *f->always);
    f->literals = apr_array_make(p, nrules + 1, sizeof(literal_t));
    f->users = apr_array_make(p, nrules + 1, sizeof(user_t));
    f->known = apr_hash_make(p);
    f->numbers = apr_array_make(p, nrules + 1, sizeof(number_t));
    return f;
}

void ecl_prefilter_always(ecl_prefilter_t *f, int rule)
{
    set_bit(f->always, (size_t)rule);
}

int ecl_prefilter_name(const char *name)
{
    uint32_t h = 2166136261U; /* FNV-1a */

    for (; name && *name; name++) {
        h = (h ^ (unsigned char)*name) * 16777619U;
    }
    return (int)(h & 0x3fffffff) + 1;
}

void ecl_prefilter_number(ecl_prefilter_t *f, int rule, ecl_key_e key, int n)
{
    APR_ARRAY_PUSH(f->numbers, number_t) = (number_t){ (int)key, n, rule };
}

/* The literal of that text in any case, or NULL when there is no room. */
static literal_t *literal_of(ecl_prefilter_t *f, const char *s, size_t n)
{
    unsigned char *folded = apr_pmemdup(f->pool, s, n);
    uintptr_t known;

    for (size_t i = 0; i < n; i++) {
        folded[i] |= 0x20;
    }
    known = (uintptr_t)apr_hash_get(f->known, folded, (apr_ssize_t)n);
    if (!known) {
        if (f->literals->nelts == NONE) {
            return NULL;
        }
        APR_ARRAY_PUSH(f->literals, literal_t) =
            (literal_t){ folded, n, 0, NO_USER, NONE };
        known = (uintptr_t)f->literals->nelts;
        apr_hash_set(f->known, folded, (apr_ssize_t)n, (void *)known);
    }
    return &APR_ARRAY_IDX(f->literals, known - 1, literal_t);
}

void ecl_prefilter_literal(ecl_prefilter_t *f, int rule, int set, const char *s,
                           size_t n)
{
    size_t bit = (size_t)set * f->words * 64 + (size_t)rule;
    literal_t *lit = literal_of(f, s, n);

    if (!lit) {
        set_bit(f->always, bit);
        return;
    }
    if (set == 1) {
        f->always[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
    }
    APR_ARRAY_PUSH(f->users, user_t) = (user_t){ (uint32_t)bit, lit->users };
    lit->users = (uint32_t)f->users->nelts - 1;
}

static int compare_numbers(const void *a, const void *b)
{
    const number_t *x = a, *y = b;

    if (x->key != y->key) {
        return x->key - y->key;
    }
    return x->n != y->n ? (x->n < y->n ? -1 : 1) : x->rule - y->rule;
}

/* The gram that the fewest literals share: every other literal of its bucket
 * is one more to verify whenever a text holds the gram. */
static size_t rarest_gram(const literal_t *lit, const uint16_t *shared)
{
    size_t best = 0;

    for (size_t i = 1; i + GRAM <= lit->n; i++) {
        if (shared[hash_gram(fold_gram(lit->s + i))]
            < shared[hash_gram(fold_gram(lit->s + best))]) {
            best = i;
        }
    }
    return best;
}

void ecl_prefilter_build(ecl_prefilter_t *f)
{
    literal_t *lits = (literal_t *)f->literals->elts;
    uint16_t *shared = apr_pcalloc(f->pool, HASHES * sizeof *shared);

    for (int l = 0; l < f->literals->nelts; l++) {
        for (size_t i = 0; i + GRAM <= lits[l].n; i++) {
            uint16_t *count = &shared[hash_gram(fold_gram(lits[l].s + i))];
            *count += *count < UINT16_MAX;
        }
    }
    for (int l = 0; l < f->literals->nelts; l++) {
        lits[l].at = rarest_gram(&lits[l], shared);
    }
    f->first = shared; /* the counts have done their work */
    memset(f->first, 0xff, HASHES * sizeof *f->first);
    for (int l = f->literals->nelts - 1; l >= 0; l--) {
        uint32_t h = hash_gram(fold_gram(lits[l].s + lits[l].at));

        set_bit(f->bitmap, h);
        lits[l].next = f->first[h];
        f->first[h] = (uint16_t)l;
    }
    qsort(f->numbers->elts, (size_t)f->numbers->nelts, sizeof(number_t),
          compare_numbers);
}

size_t ecl_prefilter_words(const ecl_prefilter_t *f)
{
    return f->words;
}

static uint64_t fold_word(const unsigned char *s)
{
    uint64_t w;

    memcpy(&w, s, sizeof w);
    return w | UINT64_C(0x2020202020202020);
}

/* n >= GRAM. The last word may overlap the one before. */
static int equal_folded(const unsigned char *a, const unsigned char *b,
                        size_t n)
{
    if (n < 8) {
        return fold_gram(a) == fold_gram(b)
               && fold_gram(a + n - GRAM) == fold_gram(b + n - GRAM);
    }
    for (size_t i = 0; i + 8 < n; i += 8) {
        if (fold_word(a + i) != fold_word(b + i)) {
            return 0;
        }
    }
    return fold_word(a + n - 8) == fold_word(b + n - 8);
}

static void add_literals(const ecl_prefilter_t *f, uint32_t hash,
                         const unsigned char *text, size_t n, size_t at,
                         uint64_t *set)
{
    const literal_t *lits = (const literal_t *)f->literals->elts;
    const user_t *users = (const user_t *)f->users->elts;

    for (uint16_t l = f->first[hash]; l != NONE; l = lits[l].next) {
        const literal_t *lit = &lits[l];

        if (at >= lit->at && n - (at - lit->at) >= lit->n
            && equal_folded(text + at - lit->at, lit->s, lit->n)) {
            for (uint32_t u = lit->users; u != NO_USER; u = users[u].next) {
                set_bit(set, users[u].bit);
            }
        }
    }
}

static void add_numbers(const ecl_prefilter_t *f, int key, int n, uint64_t *set)
{
    const number_t wanted = { key, n, -1 };
    const number_t *v = (const number_t *)f->numbers->elts;
    int low = 0, high = f->numbers->nelts;

    while (low < high) {
        int mid = low + (high - low) / 2;

        if (compare_numbers(&v[mid], &wanted) < 0) {
            low = mid + 1;
        }
        else {
            high = mid;
        }
    }
    for (; low < f->numbers->nelts && v[low].key == key && v[low].n == n;
         low++) {
        set_bit(set, (size_t)v[low].rule);
    }
}

void ecl_prefilter_scan(const ecl_prefilter_t *f, const char *text, size_t n,
                        const int keys[ECL_KEY_COUNT], uint64_t *set)
{
    const unsigned char *s = (const unsigned char *)text;

    memcpy(set, f->always, 2 * f->words * sizeof *set);
    for (int k = 0; k < ECL_KEY_COUNT; k++) {
        if (keys[k]) {
            add_numbers(f, k, keys[k], set);
        }
    }
    for (size_t i = 0; i + GRAM <= n; i++) {
        uint32_t h = hash_gram(fold_gram(s + i));

        if (f->bitmap[h / 64] >> (h % 64) & 1) {
            add_literals(f, h, s, n, i, set);
        }
    }
    for (size_t w = 0; w < f->words; w++) {
        set[w] &= set[f->words + w];
    }
}
