/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redactor.h - what a site wants masked beyond, or instead of, the
 * built-in masks.
 *
 * Threads: immutable once complete. */
#ifndef ECL_REDACTOR_H
#define ECL_REDACTOR_H

#include <apr_pools.h>

#include "ecl_redact.h"

/** A choice that says nothing yet. @param p owns it and its patterns */
ecl_redactor_t *ecl_redactor_create(apr_pool_t *p);

/** Add a word of a choice: "on", "off" (the built-in masks), "email", "card"
 *  (payment card numbers), else a PCRE2 pattern: what it matches is masked, of
 *  one with a group only what its first group matches. A match that runs into
 *  PCRE2's limits masks the whole text.
 * @param word  lives as long as the choice
 * @return NULL, or what is wrong, allocated from p or static */
const char *ecl_redactor_add(ecl_redactor_t *r, const char *word,
                             apr_pool_t *p);

/** The words of both; on or off as add says, if it does.
 * @param base  or NULL
 * @param add   or NULL
 * @return allocated from p, or one of them, which both must outlive it */
ecl_redactor_t *ecl_redactor_merge(apr_pool_t *p, const ecl_redactor_t *base,
                                   const ecl_redactor_t *add);

/** Mark the e-mail addresses (RFC 5321's form, with a domain) in s.
 * @param hide  n bytes; those of an address are set to 1 */
void ecl_redact_emails(unsigned char *hide, const char *s, size_t n);

/** Mark the payment card numbers in s: 13 to 19 digits, perhaps in groups, of
 *  a known issuer's length and with the check digit of ISO/IEC 7812-1. */
void ecl_redact_cards(unsigned char *hide, const char *s, size_t n);

#endif
