/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_prefilter.h - which rules can possibly match a text, in one pass.
 *
 * Each rule is known by a number (AH, errno, language, module), by literals of
 * which every match holds one (or one of each of two sets), or by nothing
 * ("always"). A literal is found by one of its 4-byte grams: the text's grams
 * are looked up in a bitmap of 8 KiB, hits are verified. May name rules that do
 * not match, never leaves out one that does.
 * Threads: immutable after ecl_prefilter_build(). */
#ifndef ECL_PREFILTER_H
#define ECL_PREFILTER_H

#include <stddef.h>
#include <stdint.h>

#include <apr_pools.h>

typedef struct ecl_prefilter_t ecl_prefilter_t;

/** For rules 0 to nrules - 1, nrules <= 65535. @param p owns everything */
ecl_prefilter_t *ecl_prefilter_create(int nrules, apr_pool_t *p);

/** The rule is a candidate whatever the text. */
void ecl_prefilter_always(ecl_prefilter_t *f, int rule);

/** Numbers that a statement bears beside its text. */
typedef enum ecl_key_e {
    ECL_KEY_AH,
    ECL_KEY_ERRNO,
    ECL_KEY_LANG,
    ECL_KEY_MODULE, /* ecl_prefilter_name() of it */
    ECL_KEY_COUNT
} ecl_key_e;

/** A number for a name, never 0. Two names may share one. */
int ecl_prefilter_name(const char *name);

/** The rule is a candidate when that number is n. */
void ecl_prefilter_number(ecl_prefilter_t *f, int rule, ecl_key_e key, int n);

/** The rule is a candidate when the text holds, in any case, one of the
 *  literals of its set 0 and, when it has any there, one of its set 1.
 * @param set  0 or 1
 * @param s    n >= 4 bytes; copied */
void ecl_prefilter_literal(ecl_prefilter_t *f, int rule, int set, const char *s,
                           size_t n);

/** Call once, after the last rule. */
void ecl_prefilter_build(ecl_prefilter_t *f);

/** 64-bit words of a candidate set: bit r % 64 of word r / 64 is rule r. */
size_t ecl_prefilter_words(const ecl_prefilter_t *f);

/** @param keys the statement's numbers
 *  @param set  room for twice as many words; the first half receives the
 *              candidates for text (n bytes) and numbers */
void ecl_prefilter_scan(const ecl_prefilter_t *f, const char *text, size_t n,
                        const int keys[ECL_KEY_COUNT], uint64_t *set);

#endif
