/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_msg.h - one error_log message, wherever it came from. A plain struct. */
#ifndef ECL_MSG_H
#define ECL_MSG_H

#include <stddef.h>

/** syslog's numbers, as httpd's APLOG_* have them. */
typedef enum ecl_level_e {
    ECL_LEVEL_UNKNOWN = -1,
    ECL_LEVEL_EMERG = 0,
    ECL_LEVEL_ALERT = 1,
    ECL_LEVEL_CRIT = 2,
    ECL_LEVEL_ERROR = 3,
    ECL_LEVEL_WARN = 4,
    ECL_LEVEL_NOTICE = 5,
    ECL_LEVEL_INFO = 6,
    ECL_LEVEL_DEBUG = 7 /* trace1..trace8 follow as 8..15 */
} ecl_level_e;

/** "emerg" ... "debug", "trace1" ... "trace8"; "" for unknown. Static. */
const char *ecl_level_name(int level);

/** The level of that name, or ECL_LEVEL_UNKNOWN. */
int ecl_level_by_name(const char *name, size_t n);

typedef struct ecl_msg_t {
    const char *text;   /* clean text (ecl_text.h) with neither httpd's prefix
                           nor "AHnnnnn: " nor ", referer: ..." */
    size_t len;         /* bytes of text */
    const char *module; /* short name, e.g. "proxy_fcgi"; "" unknown */
    int level;          /* ecl_level_e */
    int ah;             /* nnnnn of the call site's AHnnnnn; 0 none. Online it
                           comes from the format, so text cannot forge it */
    int os_error;       /* the apr_status_t logged with it, which is errno for
                           the operating system's errors; 0 none */
    unsigned subrequest : 1; /* about a part of the request's page (SSI) */
    unsigned no_request : 1; /* logged without a request (r == NULL) and joined
                                to this one by the thread that logged it */
    unsigned unsure : 1;     /* joined to this request by circumstances, which
                                fit another one as well */
} ecl_msg_t;

#endif
