/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact.h - mask secrets in texts that leave the server.
 *
 * Finds what is a secret by its shape: values of parameters whose names say so
 * (password=, token=, api_key=, Authorization:, Cookie: ...), credentials
 * within a URL, bearer and basic tokens, private keys, arguments of connecting
 * functions in PHP traces. Threads: pure. */
#ifndef ECL_REDACT_H
#define ECL_REDACT_H

#include "ecl_buf.h"

/** What stands in place of a secret. */
#define ECL_REDACTED "[redacted]"

/** Append s (n bytes of clean text) with its secrets masked. */
void ecl_redact(ecl_buf_t *dst, const char *s, size_t n);

/** Append a URL's query string with the values of secret parameters masked. */
void ecl_redact_query(ecl_buf_t *dst, const char *s, size_t n);

#endif
