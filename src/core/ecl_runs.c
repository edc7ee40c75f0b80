/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_runs.c - which scripts run now, or ran a moment ago, in all processes.
 *
 * Does not know what a script is: a path stands for it, and a hash for the
 * path. A run keeps its slot until it ends; then the slot remembers when, until
 * a later run needs it. */
#include "ecl_runs.h"

#include <stdatomic.h>

#include "ecl_owned.h"

enum { EMPTY, RUNNING, ENDED };

typedef struct slot_t {
    _Atomic uint64_t word;
    _Atomic uint64_t script;
    _Atomic int64_t end;
} slot_t;

struct ecl_runs_t {
    _Atomic uint64_t next; /* ticket */
    slot_t slots[ECL_RUNS_SLOTS] __attribute__((aligned(64)));
};

_Static_assert((ECL_RUNS_SLOTS & (ECL_RUNS_SLOTS - 1)) == 0, "a power of 2");

/* Slots that a run tries before it goes unnoted. */
#define TRIES 64

size_t ecl_runs_size(void)
{
    return sizeof(ecl_runs_t);
}

ecl_runs_t *ecl_runs_init(void *mem)
{
    return mem;
}

/* FNV-1a. Two scripts with one hash would pass for the same, no more. */
static uint64_t hash(const char *s)
{
    uint64_t h = UINT64_C(14695981039346656037);

    while (*s) {
        h = (h ^ (unsigned char)*s++) * UINT64_C(1099511628211);
    }
    return h;
}

uint64_t ecl_runs_begin(ecl_runs_t *runs, const char *script, long pid)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t t = atomic_fetch_add(&runs->next, 1);
        slot_t *s = &runs->slots[t % ECL_RUNS_SLOTS];
        uint64_t word = atomic_load(&s->word);

        if (ecl_owned_state(word) == RUNNING && ecl_owned_is_alive(word)) {
            continue;
        }
        if (atomic_compare_exchange_strong(&s->word, &word,
                                           ecl_owned(t, pid, RUNNING))) {
            atomic_store(&s->script, hash(script));
            return t + 1;
        }
    }
    return 0;
}

void ecl_runs_end(ecl_runs_t *runs, uint64_t run, apr_time_t now)
{
    if (run) {
        slot_t *s = &runs->slots[(run - 1) % ECL_RUNS_SLOTS];
        uint64_t word = atomic_load(&s->word);

        /* Nobody else's, should it have ended before. */
        if (ecl_owned_state(word) == RUNNING
            && ecl_owned_has_ticket(word, run - 1)) {
            /* The time first: whoever sees the new state finds it. */
            atomic_store(&s->end, now);
            atomic_store(&s->word, ecl_owned(run - 1, 0, ENDED));
        }
    }
}

/* Did the run in this slot overlap with one that began at start? */
static int overlaps(const slot_t *s, apr_time_t start)
{
    uint64_t word = atomic_load(&s->word);

    switch (ecl_owned_state(word)) {
    case RUNNING:
        return ecl_owned_is_alive(word);
    case ENDED:
        return atomic_load(&s->end) >= start;
    default:
        return 0;
    }
}

unsigned ecl_runs_beside(const ecl_runs_t *runs, uint64_t run,
                         const char *script, apr_time_t start)
{
    const slot_t *own = &runs->slots[(run - 1) % ECL_RUNS_SLOTS];
    uint64_t key = hash(script);
    unsigned beside = 0;

    /* So many have begun since that some may be forgotten. */
    if (!run || atomic_load(&runs->next) - run >= ECL_RUNS_SLOTS / 2) {
        return ECL_RUNS_SAME | ECL_RUNS_OTHER;
    }
    for (const slot_t *s = runs->slots; s < runs->slots + ECL_RUNS_SLOTS; s++) {
        if (s != own && overlaps(s, start)) {
            beside |=
                atomic_load(&s->script) == key ? ECL_RUNS_SAME : ECL_RUNS_OTHER;
        }
    }
    return beside;
}
