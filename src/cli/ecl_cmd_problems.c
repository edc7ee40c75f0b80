/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_problems.c - count the incidents of one problem.
 *
 * A hash table with open addressing; of each problem the first incident's
 * words stay. */
#include "ecl_cmd_problems.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * ECL_PROBLEMS_MAX)

typedef struct problem_t {
    ecl_words_t words;
    ecl_place_t place;
    char *names[4]; /* that place borrows */
} problem_t;

struct ecl_problems_t {
    problem_t *slots[SLOTS];
    problem_t *all[ECL_PROBLEMS_MAX]; /* in the order of their first incident */
    unsigned n;
    unsigned long long beyond;
};

static void *must(void *mem)
{
    if (!mem) {
        abort();
    }
    return mem;
}

ecl_problems_t *ecl_problems_create(void)
{
    return must(calloc(1, sizeof(ecl_problems_t)));
}

static problem_t **find(ecl_problems_t *ps, const char *fingerprint)
{
    size_t n = strlen(fingerprint);
    uint64_t i = ecl_group_hash(ecl_span(fingerprint, n)) % SLOTS;

    while (ps->slots[i] && strcmp(ps->slots[i]->words.problem, fingerprint)) {
        i = (i + 1) % SLOTS;
    }
    return &ps->slots[i];
}

static const char *copy(problem_t *p, int i, const char *s)
{
    return p->names[i] = must(strdup(s));
}

int ecl_problems_count(ecl_problems_t *ps, const char *problem,
                       const ecl_place_t *place)
{
    problem_t *p = *find(ps, problem);

    if (p) {
        p->place.times++;
        if (place->last > p->place.last) {
            p->place.last = place->last;
        }
        return 1;
    }
    if (ps->n == ECL_PROBLEMS_MAX) {
        ps->beyond++;
        return 1;
    }
    return 0;
}

void ecl_problems_add(ecl_problems_t *ps, ecl_words_t *words,
                      const ecl_place_t *place)
{
    problem_t *p = must(calloc(1, sizeof(*p)));

    *find(ps, words->problem) = ps->all[ps->n++] = p;
    p->words = *words;
    words->body = NULL;
    p->place = *place;
    p->place.source = copy(p, 0, place->source);
    p->place.client = copy(p, 1, place->client);
    p->place.vhost = copy(p, 2, place->vhost);
    p->place.log_id = copy(p, 3, place->log_id);
}

/* A stable order: the sort of libc keeps none. */
static int by_times(const void *a, const void *b)
{
    const problem_t *x = *(problem_t *const *)a, *y = *(problem_t *const *)b;
    int order =
        (x->place.times < y->place.times) - (x->place.times > y->place.times);

    if (!order) {
        order = (x->place.first > y->place.first)
                - (x->place.first < y->place.first);
    }
    return order ? order
                 : (x->place.line > y->place.line)
                       - (x->place.line < y->place.line);
}

unsigned ecl_problems_print(ecl_problems_t *ps, FILE *to,
                            const ecl_print_t *how)
{
    unsigned i;

    qsort(ps->all, ps->n, sizeof(ps->all[0]), by_times);
    for (i = 0; i < ps->n; i++) {
        ecl_print_finding(to, how, &ps->all[i]->words, &ps->all[i]->place);
    }
    return ps->n;
}

unsigned long long ecl_problems_beyond(const ecl_problems_t *ps)
{
    return ps->beyond;
}

void ecl_problems_destroy(ecl_problems_t *ps)
{
    unsigned i;
    int k;

    for (i = 0; i < ps->n; i++) {
        for (k = 0; k < 4; k++) {
            free(ps->all[i]->names[k]);
        }
        free(ps->all[i]->words.body);
        free(ps->all[i]);
    }
    free(ps);
}
