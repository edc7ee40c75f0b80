/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_ring.c - messages on their way from one process to another.
 *
 * Does not know what keys mean. A slot's word (ecl_owned.h) says its state and
 * the ticket it was written with. A writer never writes into a slot that a
 * living process writes; a reader copies, and looks at the word again: what
 * changed meanwhile was torn and does not count. */
#include "ecl_ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "ecl_owned.h"

enum { EMPTY, WRITING, FULL, TAKEN };

typedef struct slot_t {
    _Atomic uint64_t word;
    apr_time_t time;
    int32_t ah;
    int32_t os_error;
    uint32_t key_hash;
    uint16_t key_len;
    uint16_t len;
    int8_t kind;
    int8_t level;
    char module[16];
    char bytes[ECL_RING_BYTES]; /* key, then text */
} slot_t;

struct ecl_ring_t {
    _Atomic uint64_t next; /* ticket */
    _Atomic uint64_t overwritten;
    _Atomic uint64_t refused;
    slot_t slots[ECL_RING_SLOTS] __attribute__((aligned(64)));
};

_Static_assert((ECL_RING_SLOTS & (ECL_RING_SLOTS - 1)) == 0, "a power of 2");
_Static_assert(sizeof(slot_t) <= 1024, "a slot is a quarter of a page");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics across processes");

/* Slots that a writer tries before it gives up. */
#define TRIES 8
/* Of a longer text both ends are kept: a trace says what happened last. */
#define TEXT_END 256
static const char TEXT_GAP[] = " [...] ";
/* Two processes get tickets in another order than they looked at the clock. */
#define SLACK apr_time_from_sec(1)

size_t ecl_ring_size(void)
{
    return sizeof(ecl_ring_t);
}

ecl_ring_t *ecl_ring_init(void *mem)
{
    return mem;
}

int ecl_ring_is_unused(const ecl_ring_t *ring)
{
    return atomic_load_explicit(&ring->next, memory_order_relaxed) == 0;
}

/* FNV-1a: only to pass over other keys without comparing them. */
static uint32_t hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u;

    while (n--) {
        h = (h ^ (unsigned char)*s++) * 16777619u;
    }
    return h;
}

/* Get a slot to write into, and its ticket. */
static slot_t *get_slot(ecl_ring_t *ring, long pid, uint64_t *ticket)
{
    for (int i = 0; i < TRIES; i++) {
        uint64_t t = atomic_fetch_add(&ring->next, 1);
        slot_t *s = &ring->slots[t % ECL_RING_SLOTS];
        uint64_t word = atomic_load(&s->word);

        if (ecl_owned_state(word) == WRITING && ecl_owned_is_alive(word)) {
            continue;
        }
        if (atomic_compare_exchange_strong(&s->word, &word,
                                           ecl_owned(t, pid, WRITING))) {
            if (ecl_owned_state(word) == FULL) {
                atomic_fetch_add(&ring->overwritten, 1);
            }
            /* The state is seen before anything else changes. */
            atomic_thread_fence(memory_order_seq_cst);
            *ticket = t;
            return s;
        }
    }
    return NULL;
}

static void copy_text(slot_t *s, const char *text, size_t n)
{
    char *dst = s->bytes + s->key_len;
    size_t room = sizeof(s->bytes) - s->key_len;
    size_t gap = sizeof(TEXT_GAP) - 1;

    if (n <= room) {
        s->len = (uint16_t)n;
        if (n) {
            memcpy(dst, text, n);
        }
        return;
    }
    s->len = (uint16_t)room;
    room -= TEXT_END + gap;
    memcpy(dst, text, room);
    memcpy(dst + room, TEXT_GAP, gap);
    memcpy(dst + room + gap, text + n - TEXT_END, TEXT_END);
}

int ecl_ring_put(ecl_ring_t *ring, const ecl_ring_entry_t *e)
{
    uint64_t ticket = 0;
    slot_t *s = e->key_len <= ECL_RING_BYTES / 2
                    ? get_slot(ring, e->pid, &ticket)
                    : NULL;

    if (!s) {
        atomic_fetch_add(&ring->refused, 1);
        return 0;
    }
    s->time = e->time;
    s->ah = e->ah;
    s->os_error = e->os_error;
    s->kind = (int8_t)e->kind;
    s->level = (int8_t)e->level;
    s->key_len = (uint16_t)e->key_len;
    s->key_hash = hash(e->key, e->key_len);
    memset(s->module, 0, sizeof(s->module));
    if (e->module) {
        memcpy(s->module, e->module, strnlen(e->module, sizeof(s->module) - 1));
    }
    if (e->key_len) {
        memcpy(s->bytes, e->key, e->key_len);
    }
    copy_text(s, e->text, e->len);
    atomic_store(&s->word, ecl_owned(ticket, e->pid, FULL));
    return 1;
}

/* The oldest ticket worth a look: the slots of the last lap, as far as they
 * were written since. */
static uint64_t first_since(ecl_ring_t *ring, uint64_t end, apr_time_t since)
{
    uint64_t t = end, stop = end > ECL_RING_SLOTS ? end - ECL_RING_SLOTS : 0;

    while (t > stop) {
        const slot_t *s = &ring->slots[(t - 1) % ECL_RING_SLOTS];

        if (ecl_owned_state(atomic_load(&s->word)) >= FULL
            && s->time < since - SLACK) {
            break;
        }
        t--;
    }
    return t;
}

/* A copy of the slot if it is what is asked for, whole, and now ours. */
static int take_slot(slot_t *s, uint64_t ticket, const ecl_ring_query_t *q,
                     uint32_t key_hash, slot_t *copy)
{
    uint64_t word = atomic_load(&s->word);

    if (ecl_owned_state(word) != FULL || !ecl_owned_has_ticket(word, ticket)
        || s->kind != q->kind || s->key_hash != key_hash) {
        return 0;
    }
    memcpy((char *)copy + sizeof(copy->word), (char *)s + sizeof(s->word),
           sizeof(*s) - sizeof(s->word));
    if (copy->key_len != q->key_len || copy->time < q->since
        || (size_t)copy->key_len + copy->len > sizeof(copy->bytes)
        || (q->key_len && memcmp(copy->bytes, q->key, q->key_len) != 0)) {
        return 0;
    }
    /* Fails when a writer has begun in it since, or another reader took it. */
    atomic_store_explicit(&copy->word, word, memory_order_relaxed);
    return atomic_compare_exchange_strong(
        &s->word, &word, ecl_owned(ticket, ecl_owned_pid(word), TAKEN));
}

int ecl_ring_take(ecl_ring_t *ring, const ecl_ring_query_t *q,
                  ecl_ring_taker *taker, void *baton)
{
    uint32_t key_hash = hash(q->key, q->key_len);
    uint64_t end = atomic_load(&ring->next);
    int n = 0;

    for (uint64_t t = first_since(ring, end, q->since); t < end && n < q->max;
         t++) {
        slot_t copy;
        ecl_ring_entry_t e;

        if (!take_slot(&ring->slots[t % ECL_RING_SLOTS], t, q, key_hash,
                       &copy)) {
            continue;
        }
        e = (ecl_ring_entry_t){ .time = copy.time,
                                .pid = ecl_owned_pid(copy.word),
                                .kind = copy.kind,
                                .key = q->key,
                                .key_len = q->key_len,
                                .module = copy.module,
                                .level = copy.level,
                                .ah = copy.ah,
                                .os_error = copy.os_error,
                                .text = copy.bytes + copy.key_len,
                                .len = copy.len };
        copy.module[sizeof(copy.module) - 1] = '\0';
        taker(baton, &e);
        n++;
    }
    return n;
}

int ecl_ring_is_lapped(const ecl_ring_t *ring, apr_time_t since)
{
    uint64_t end = atomic_load(&ring->next);

    if (end < ECL_RING_SLOTS) {
        return 0;
    }
    for (uint64_t t = end; t < end + TRIES; t++) {
        const slot_t *s = &ring->slots[t % ECL_RING_SLOTS];

        if (ecl_owned_state(atomic_load(&s->word)) >= FULL) {
            return s->time >= since;
        }
    }
    return 1; /* the oldest are being overwritten right now */
}

void ecl_ring_stats(const ecl_ring_t *ring, ecl_ring_stats_t *stats)
{
    stats->overwritten = (unsigned long)atomic_load(&ring->overwritten);
    stats->refused = (unsigned long)atomic_load(&ring->refused);
}
