/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_record.h - the diagnostics record: one JSON line an incident.
 *
 * Members and types: docs/record.md and docs/record.schema.json (a public
 * contract). Threads: pure. */
#ifndef ECL_RECORD_H
#define ECL_RECORD_H

#include <apr_pools.h>

#include "ecl_incident.h"

#define ECL_RECORD_MAX 16384

/** Write inc as one line with its newline, masked, valid JSON and UTF-8
 *  whatever the incident holds.
 * @param max  bytes the line may take, newline included; at least 2048. What
 *             does not fit is left out by importance: evidence first (from the
 *             middle), then stack trace, hints, long texts; the record says
 *             so with errclarity.truncated
 * @param len  *len: bytes
 * @return the line, allocated from p */
char *ecl_record_line(const ecl_incident_t *inc, size_t max, size_t *len,
                      apr_pool_t *p);

#endif
