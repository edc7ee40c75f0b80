/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_log.h - for the files that log: ap_log_*error() under our name.
 *
 * Not for mod_errclarity.c, whose AP_DECLARE_MODULE() says the same. */
#ifndef ERRCLARITY_LOG_H
#define ERRCLARITY_LOG_H

#include "http_log.h"

APLOG_USE_MODULE(errclarity);

/** Our messages carry stable numbers like httpd's AH ones (docs/internals.md);
 *  never renumbered or reused. */
#define ECL_LOGNO(n) "ECL" #n ": "

#endif
