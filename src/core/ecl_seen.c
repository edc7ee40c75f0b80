/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_seen.c - since when, and how often, a problem has been seen.
 *
 * Does not know what a group is: a hash stands for it, and its low bits choose
 * the bucket. A slot that changes hands is written under its word
 * (ecl_owned.h); its time and count alone are changed without: should it
 * change hands in between, a sight is counted to another problem, no more. */
#include "ecl_seen.h"

#include <stdatomic.h>

#include "ecl_owned.h"

enum { EMPTY, WRITING, FULL };

typedef struct slot_t {
    _Atomic uint64_t word;
    _Atomic uint64_t group;
    _Atomic int64_t first;
    _Atomic int64_t last;
    _Atomic uint64_t count;
} slot_t;

#define WAYS 8 /* slots of a bucket */

struct ecl_seen_t {
    _Atomic uint64_t next; /* ticket */
    slot_t slots[ECL_SEEN_SLOTS / WAYS][WAYS] __attribute__((aligned(64)));
};

_Static_assert((ECL_SEEN_SLOTS & (ECL_SEEN_SLOTS - 1)) == 0, "a power of 2");

/* Looks at a bucket that others change, before a sight goes unnoted. */
#define TRIES 64

size_t ecl_seen_size(void)
{
    return sizeof(ecl_seen_t);
}

ecl_seen_t *ecl_seen_init(void *mem)
{
    return mem;
}

/* The slot that holds the group, or NULL. */
static slot_t *find(slot_t *bucket, uint64_t group)
{
    for (slot_t *s = bucket; s < bucket + WAYS; s++) {
        if (ecl_owned_state(atomic_load(&s->word)) == FULL
            && atomic_load(&s->group) == group) {
            return s;
        }
    }
    return NULL;
}

/* The slot to be had for a group that has none: an empty one, or the one seen
 * least recently. NULL when another process has written that group meanwhile,
 * or may be about to. */
static slot_t *oldest(slot_t *bucket, uint64_t group, uint64_t *word)
{
    slot_t *found = NULL;

    for (slot_t *s = bucket; s < bucket + WAYS; s++) {
        uint64_t w = atomic_load(&s->word);
        int is_writing = ecl_owned_state(w) == WRITING;

        if ((is_writing && ecl_owned_is_alive(w))
            || (ecl_owned_state(w) == FULL
                && atomic_load(&s->group) == group)) {
            return NULL;
        }
        if (!found || atomic_load(&s->last) < atomic_load(&found->last)) {
            found = s;
            *word = w;
        }
    }
    return found;
}

static int is_over(int64_t last, apr_time_t now)
{
    return now - last > ECL_SEEN_PAUSE;
}

ecl_sight_t ecl_seen_find(const ecl_seen_t *seen, uint64_t group,
                          apr_time_t now)
{
    ecl_sight_t known = { 0, 0 };
    ecl_seen_t *t = (ecl_seen_t *)(uintptr_t)seen; /* find() serves both */
    const slot_t *s = find(t->slots[group % (ECL_SEEN_SLOTS / WAYS)], group);

    if (s) {
        uint64_t word = atomic_load(&s->word);
        ecl_sight_t read = { atomic_load(&s->first),
                             (unsigned long)atomic_load(&s->count) };

        if (!is_over(atomic_load(&s->last), now)
            && ecl_owned_state(word) == FULL && atomic_load(&s->group) == group
            && atomic_load(&s->word) == word) {
            known = read;
        }
    }
    return known;
}

/* Make the slot the group's, seen once. @return 0: somebody was faster */
static int take(ecl_seen_t *seen, slot_t *s, uint64_t word, uint64_t group,
                apr_time_t now, long pid)
{
    uint64_t ticket = atomic_fetch_add(&seen->next, 1);

    if (!atomic_compare_exchange_strong(&s->word, &word,
                                        ecl_owned(ticket, pid, WRITING))) {
        return 0;
    }
    atomic_store(&s->group, group);
    atomic_store(&s->first, now);
    atomic_store(&s->last, now);
    atomic_store(&s->count, 1);
    atomic_store(&s->word, ecl_owned(ticket, 0, FULL));
    return 1;
}

ecl_sight_t ecl_seen_note(ecl_seen_t *seen, uint64_t group, apr_time_t now,
                          long pid)
{
    slot_t *bucket = seen->slots[group % (ECL_SEEN_SLOTS / WAYS)];

    for (int i = 0; i < TRIES; i++) {
        slot_t *s = find(bucket, group);
        uint64_t word = s ? atomic_load(&s->word) : 0;

        if (s && ecl_owned_state(word) == FULL
            && !is_over(atomic_load(&s->last), now)) {
            atomic_store(&s->last, now);
            return (ecl_sight_t){ atomic_load(&s->first),
                                  (unsigned long)atomic_fetch_add(&s->count, 1)
                                      + 1 };
        }
        s = s ? s : oldest(bucket, group, &word);
        if (s && take(seen, s, word, group, now, pid)) {
            break;
        }
    }
    return (ecl_sight_t){ now, 1 };
}
