/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_seen.c - since when a problem is there, in all processes. */
#include "errclarity.h"
#include "errclarity_shared.h"

#include <unistd.h>

apr_time_t errclarity_seen_since(const ecl_incident_t *inc, apr_time_t now)
{
    ecl_sight_t sight = { 0, 0 };

    if (errclarity_shared) {
        sight = ecl_seen_find(errclarity_shared->seen,
                              ecl_incident_fingerprint(inc), now);
    }
    return sight.count ? sight.first : now;
}

void errclarity_seen_note(ecl_incident_t *inc)
{
    if (errclarity_shared) {
        inc->seen = ecl_seen_note(errclarity_shared->seen,
                                  ecl_incident_fingerprint(inc),
                                  inc->time + inc->duration, (long)getpid());
    }
}
