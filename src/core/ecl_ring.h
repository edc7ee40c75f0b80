/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_ring.h - messages on their way from one process to another.
 *
 * A ring of slots in memory that processes share. Whoever logs about a request
 * that another process serves puts the message in, with a key by which that
 * one finds it. Fixed size, oldest overwritten first; a message is taken once.
 * Threads and processes: any number put and take at the same time, without a
 * lock; one that dies in the middle costs its own message. */
#ifndef ECL_RING_H
#define ECL_RING_H

#include <stddef.h>

#include <apr_time.h>

/** Slots, a power of 2. Memory is touched as slots are used. */
#define ECL_RING_SLOTS 4096

/** Bytes of a key and a text together. A longer text keeps its beginning and
 *  its end; a key that leaves less than half for the text is refused. */
#define ECL_RING_BYTES 944

typedef struct ecl_ring_t ecl_ring_t;

typedef struct ecl_ring_entry_t {
    apr_time_t time;
    long pid;        /* who puts it in */
    int kind;        /* the caller's: what the key is; 0 to 127 */
    const char *key; /* bytes */
    size_t key_len;
    const char *module; /* short name, cut at 15; NULL unknown */
    int level, ah, os_error;
    const char *text; /* raw, as the log hook got it */
    size_t len;
} ecl_ring_entry_t;

/** What fell out so far. */
typedef struct ecl_ring_stats_t {
    unsigned long overwritten; /* before anybody took them */
    unsigned long refused;     /* never got in */
} ecl_ring_stats_t;

/** Bytes a ring takes; the caller supplies the memory. */
size_t ecl_ring_size(void);

/** Make zeroed memory (ecl_ring_size() bytes, aligned to 64) an empty ring:
 *  nothing is written. */
ecl_ring_t *ecl_ring_init(void *mem);

/** Nobody ever put anything in: one load. */
int ecl_ring_is_unused(const ecl_ring_t *ring);

/** Copy a message in.
 *  @return 1, or 0: refused and counted */
int ecl_ring_put(ecl_ring_t *ring, const ecl_ring_entry_t *e);

/** What to take: messages of a kind with that very key, logged since. */
typedef struct ecl_ring_query_t {
    int kind;
    const char *key;
    size_t key_len;
    apr_time_t since;
    int max; /* at most so many, the oldest first */
} ecl_ring_query_t;

/** Called with a copy of each message that was taken; key is the query's. */
typedef void ecl_ring_taker(void *baton, const ecl_ring_entry_t *e);

/** Take messages out, oldest first: no other caller gets the same one.
 *  @return how many */
int ecl_ring_take(ecl_ring_t *ring, const ecl_ring_query_t *q,
                  ecl_ring_taker *taker, void *baton);

/** Whether so many messages came since that time that some of them may have
 *  been overwritten: even the oldest slot is younger. A few loads. */
int ecl_ring_is_lapped(const ecl_ring_t *ring, apr_time_t since);

void ecl_ring_stats(const ecl_ring_t *ring, ecl_ring_stats_t *stats);

#endif
