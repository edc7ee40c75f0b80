/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_evidence.h - a request's own error_log messages in fixed memory.
 *
 * Written inside httpd's error_log hook, where nothing may be allocated or
 * logged and every instruction counts: a message is one bounded memcpy of the
 * raw, still escaped text. Cleaning waits until the request is known to fail.
 * A flood keeps its first messages (the reason usually comes first) and its
 * last ones (so does the consequence), and counts what fell out between.
 * Threads: one writer at a time; the owner hands the store over whole. */
#ifndef ECL_EVIDENCE_H
#define ECL_EVIDENCE_H

#include <stddef.h>

#include <apr_pools.h>

#include "ecl_msg.h"

/** Bytes for the first messages and for the last ones. Either takes httpd's
 *  longest line (8192 bytes, server/log.c MAX_STRING_LEN) with its header. */
#define ECL_EVIDENCE_HEAD 16384
#define ECL_EVIDENCE_TAIL 16384

typedef struct ecl_evidence_t ecl_evidence_t;

#define ECL_EVIDENCE_NO_REQUEST 1u /* the call named no request */
#define ECL_EVIDENCE_SUBREQUEST 2u /* it named a part of the page (SSI) */
#define ECL_EVIDENCE_UNSURE     4u /* it may be another request's */

/** Bytes an ecl_evidence_t takes; the caller supplies the memory. */
size_t ecl_evidence_size(void);

/** Make mem (ecl_evidence_size() bytes, aligned as by malloc) an empty store.
 *  Touches only its first bytes: untouched pages cost nothing. */
ecl_evidence_t *ecl_evidence_init(void *mem);

/** Forget all messages. */
void ecl_evidence_reset(ecl_evidence_t *e);

int ecl_evidence_is_empty(const ecl_evidence_t *e);

/** Remember one message.
 * @param text       raw as the hook got it, n bytes; copied, cut at 8192
 * @param module     static, or lives as long as the process; may be NULL
 * @param os_error   apr_status_t of the call
 * @param flags      ECL_EVIDENCE_* */
void ecl_evidence_add(ecl_evidence_t *e, const char *text, size_t n,
                      const char *module, int level, int ah, int os_error,
                      unsigned flags);

/** Add all messages of src after those of dst, as if they were logged now. */
void ecl_evidence_append(ecl_evidence_t *dst, const ecl_evidence_t *src);

/** Whether a message passes a test, which sees its module, its flags and its
 *  raw text. */
typedef int ecl_evidence_test(const char *module, unsigned flags,
                              const char *raw, size_t n);
int ecl_evidence_any(const ecl_evidence_t *e, ecl_evidence_test *test);

/** How many were ever remembered, also those that fell out since. */
unsigned ecl_evidence_count(const ecl_evidence_t *e);

/** Messages that fell out between the first and the last ones. */
unsigned ecl_evidence_dropped(const ecl_evidence_t *e);

/** The messages in the order they were logged, unescaped, cleaned, without
 *  their "AHnnnnn: ".
 * @param msgs  *msgs: array allocated from p, texts too
 * @param first_tail  *first_tail: index of the first message after the gap,
 *              equal to the count when nothing was dropped; may be NULL
 * @return number of messages */
int ecl_evidence_messages(const ecl_evidence_t *e, ecl_msg_t **msgs,
                          int *first_tail, apr_pool_t *p);

#endif
