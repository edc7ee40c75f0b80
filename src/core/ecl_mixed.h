/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_mixed.h - one script's lines among those of several.
 *
 * Scripts that run side by side and share a log without prefixes may break off
 * each other's traces. This picks the lines that can only be of one script,
 * and rather none than another's. Threads: pure. */
#ifndef ECL_MIXED_H
#define ECL_MIXED_H

#include "ecl_span.h"

/** Keep the lines that name the script's path, and the Python tracebacks with
 *  a frame in it that no other line has broken into.
 *  @param lines  in the order they were written; what is kept moves up
 *  @param script its absolute path
 *  @return how many are kept */
int ecl_mixed_pick(ecl_span_t *lines, int n, const char *script);

#endif
