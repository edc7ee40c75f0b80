/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_changes.h - what changed shortly before a failure.
 *
 * "What did you change?" is the first question of every helper. A change is a
 * file's ctime: its content, mode, owner or name; also an upload that keeps
 * the old mtime. What changed after the problem was first seen did not cause
 * it, but is told as well. Looks through the probes' budget (ecl_probe.h).
 * Threads: pure but for the file system. */
#ifndef ECL_CHANGES_H
#define ECL_CHANGES_H

#include "ecl_incident.h"
#include "ecl_json.h"
#include "ecl_probe.h"

#define ECL_CHANGES_MAX 12
#define ECL_CHANGES_AGE apr_time_from_sec(24 * 3600)

/** The newest changes: those of the 24 hours before the problem was first seen,
 *  newest first, then those since, of the last 24 hours, newest first. */
typedef struct ecl_changes_t {
    apr_time_t now;   /* given: the time of this failure */
    apr_time_t first; /* given: when its problem was first seen, or now */
    ecl_change_t v[ECL_CHANGES_MAX];
    int n;
} ecl_changes_t;

/** Remember a change if it is recent, and none of that path yet.
 * @param what  static: script, file, htaccess, php-config, composer, packages,
 *              server-config
 * @param path  clean; borrowed
 * @param operator_only  a site's owner is not told */
void ecl_changes_add(ecl_changes_t *c, const char *what, const char *path,
                     apr_time_t time, int operator_only);

typedef enum ecl_changes_of_e {
    ECL_CHANGES_OWN,   /* the server names it; links must not lead out of the
                          trees */
    ECL_CHANGES_NAMED, /* the log names it: it must lie in one of them */
    ECL_CHANGES_SYSTEM /* of the machine: for the operator alone */
} ecl_changes_of_e;

/** Look at a file; one that is missing, foreign or not regular is passed over.
 * @param path  any bytes; the text kept is clean, from pr->pool */
void ecl_changes_look(ecl_changes_t *c, ecl_probe_t *pr, const char *what,
                      const char *path, ecl_changes_of_e of);

/** Bytes of an age's text, NUL included. */
#define ECL_CHANGES_AGE_TEXT 32

/** "-12 min", "-1 h" of an age in seconds: units that no language inflects. */
void ecl_changes_age(char out[ECL_CHANGES_AGE_TEXT], long seconds);

/** Members "time", "age" and "since" of a change. */
void ecl_changes_put(ecl_json_t *j, const ecl_change_t *c);

/** Member "group_seen", unless nothing is known. */
void ecl_changes_put_seen(ecl_json_t *j, const ecl_sight_t *seen);

#endif
