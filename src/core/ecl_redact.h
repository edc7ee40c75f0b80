/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact.h - mask secrets in texts that leave the server.
 *
 * Finds what is a secret by its shape: values of parameters whose names say so
 * (password=, token=, api_key=, Authorization:, Cookie: ...), credentials
 * within a URL, bearer and basic tokens, keys that services mark by a prefix,
 * private keys, arguments of functions in traces. What a site adds to that is
 * ecl_redactor.h's. Threads: pure. */
#ifndef ECL_REDACT_H
#define ECL_REDACT_H

#include "ecl_buf.h"

/** What stands in place of a secret. */
#define ECL_REDACTED "[redacted]"

/** The longest text that a site's own patterns look at, in bytes; what comes
 *  after it is left out of the result. */
#define ECL_REDACT_MAX 8192

/** A site's choice (ecl_redactor.h); NULL: the built-in masks alone. */
typedef struct ecl_redactor_t ecl_redactor_t;

/** Append s (n bytes of clean text) with its secrets masked. */
void ecl_redact(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                size_t n);

/** Append a URL's query string with the parameters masked that are secrets by
 *  their name or hold one. */
void ecl_redact_query(ecl_buf_t *dst, const ecl_redactor_t *r, const char *s,
                      size_t n);

#endif
