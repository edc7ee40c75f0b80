/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_owned.h - the word that says who has a slot of shared memory.
 *
 * One atomic 64-bit word: ticket (40 bits), process (22), state (2). A writer
 * gets a slot by compare-and-swap, so it is never anybody else's while its
 * process lives; a slot of a process that died can be had again. No lock, so
 * nothing to leave behind, and no file, so nothing that a change of uid
 * (mpm-itk, suexec) can close. Header only, for ecl_ring and ecl_runs.
 * Sources: Linux include/linux/threads.h PID_MAX_LIMIT (2^22). */
#ifndef ECL_OWNED_H
#define ECL_OWNED_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#define ECL_OWNED_TICKET_BITS 40
#define ECL_OWNED_PID_BITS    22

static inline uint64_t ecl_owned(uint64_t ticket, long pid, unsigned state)
{
    return ticket << (ECL_OWNED_PID_BITS + 2)
           | ((uint64_t)pid & ((1u << ECL_OWNED_PID_BITS) - 1)) << 2 | state;
}

static inline unsigned ecl_owned_state(uint64_t word)
{
    return (unsigned)(word & 3);
}

static inline long ecl_owned_pid(uint64_t word)
{
    return (long)(word >> 2 & ((1u << ECL_OWNED_PID_BITS) - 1));
}

/** Whether the word was written with that ticket. */
static inline int ecl_owned_has_ticket(uint64_t word, uint64_t ticket)
{
    return ((word >> (ECL_OWNED_PID_BITS + 2) ^ ticket)
            & ((UINT64_C(1) << ECL_OWNED_TICKET_BITS) - 1))
           == 0;
}

/** Whether the process behind a word is there; another user's is (EPERM). */
static inline int ecl_owned_is_alive(uint64_t word)
{
    return kill((pid_t)ecl_owned_pid(word), 0) == 0 || errno != ESRCH;
}

#endif
