/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_seen.h - since when, and how often, a problem has been seen.
 *
 * A table of problem groups in memory that processes share. A problem that was
 * quiet for a day begins anew. Fixed size: of a bucket's groups the one that
 * was seen least recently makes room.
 * Threads and processes: as ecl_ring.h. */
#ifndef ECL_SEEN_H
#define ECL_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include <apr_time.h>

/** Groups remembered: a power of 2. */
#define ECL_SEEN_SLOTS 1024

/** Quiet for so long, a problem counts as a new one. */
#define ECL_SEEN_PAUSE apr_time_from_sec(24 * 3600)

typedef struct ecl_seen_t ecl_seen_t;

typedef struct ecl_sight_t {
    apr_time_t first; /* 0: never */
    unsigned long count;
} ecl_sight_t;

/** Bytes a table takes; the caller supplies the memory. */
size_t ecl_seen_size(void);

/** Make zeroed memory (ecl_seen_size() bytes, aligned to 64) an empty table:
 *  nothing is written. */
ecl_seen_t *ecl_seen_init(void *mem);

/** What is known of a group before a sight of now. Writes nothing. */
ecl_sight_t ecl_seen_find(const ecl_seen_t *seen, uint64_t group,
                          apr_time_t now);

/** A group is seen now, by this process.
 *  @return what is known of it then; when the table is in use by too many,
 *          that it was seen for the first time */
ecl_sight_t ecl_seen_note(ecl_seen_t *seen, uint64_t group, apr_time_t now,
                          long pid);

#endif
