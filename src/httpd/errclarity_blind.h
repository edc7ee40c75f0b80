/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_blind.h - settings that hide causes from the module. */
#ifndef ERRCLARITY_BLIND_H
#define ERRCLARITY_BLIND_H

#include "httpd.h"

/** Warn at the start, once for each setting. */
void errclarity_blind_register_hooks(apr_pool_t *p);

/** The setting that keeps the reasons of r's failure out of the log, such as
 *  "LogLevel crit", or NULL. Static or allocated from r->pool. */
const char *errclarity_blind_reason(request_rec *r);

#endif
