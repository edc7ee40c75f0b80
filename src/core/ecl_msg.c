/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_msg.c - the names of httpd's log levels (include/http_log.h). */
#include "ecl_msg.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = { "emerg",  "alert",  "crit",   "error",
                                     "warn",   "notice", "info",   "debug",
                                     "trace1", "trace2", "trace3", "trace4",
                                     "trace5", "trace6", "trace7", "trace8" };
#define NNAMES (int)(sizeof names / sizeof names[0])

const char *ecl_level_name(int level)
{
    return level >= 0 && level < NNAMES ? names[level] : "";
}

int ecl_level_by_name(const char *name, size_t n)
{
    for (int i = 0; i < NNAMES; i++) {
        if (n && names[i][0] == (name[0] | 0x20) && strlen(names[i]) == n
            && !strncasecmp(names[i], name, n)) {
            return i;
        }
    }
    return ECL_LEVEL_UNKNOWN;
}
