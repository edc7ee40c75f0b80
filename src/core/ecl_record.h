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

/** Every record fits into this many bytes, if it has to. */
#define ECL_RECORD_MIN 2048

/** Write inc as one line with its newline, masked, valid JSON and UTF-8
 *  whatever the incident holds.
 * @param max  bytes the line may take, newline included; at least
 *             ECL_RECORD_MIN. What does not fit is left out by importance:
 *             evidence first (from the middle), then stack trace, hints, long
 *             texts; the record says so with errclarity.truncated
 * @param len  *len: bytes
 * @return the line, allocated from p */
char *ecl_record_line(const ecl_incident_t *inc, size_t max, size_t *len,
                      apr_pool_t *p);

/** The record of one more incident of a group that was told in full lately:
 *  who, what and when, without evidence, facts and hints; says so with
 *  errclarity.compact. At most ECL_RECORD_MIN bytes.
 * @return the line, allocated from p */
char *ecl_record_compact(const ecl_incident_t *inc, size_t *len, apr_pool_t *p);

#endif
