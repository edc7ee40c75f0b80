/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logtime.h - times in log lines, and what carriers put before a line.
 *
 * Syslog, journald, docker-compose and Kubernetes each print something of
 * their own first. Threads: pure. */
#ifndef ECL_LOGTIME_H
#define ECL_LOGTIME_H

#include <apr_time.h>

#include "ecl_span.h"

/** Read "2026-11-22 13:58:26.629513" (T or a blank between; a zone may follow
 *  and is ignored) at the beginning of s.
 * @param t  *t: the time, read as UTC
 * @return bytes read; 0 when s begins with no such time */
size_t ecl_logtime_iso(ecl_span_t s, apr_time_t *t);

/** The same for "Sun Nov 22 13:58:26.629513 2026"; without a year *t stays. */
size_t ecl_logtime_ctime(ecl_span_t s, apr_time_t *t);

/** Bytes that carriers put before the program's own line, blanks included. */
size_t ecl_logtime_transport(ecl_span_t s);

#endif
