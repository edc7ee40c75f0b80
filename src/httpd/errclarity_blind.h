/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_blind.h - settings that hide causes from the module. */
#ifndef ERRCLARITY_BLIND_H
#define ERRCLARITY_BLIND_H

#include "httpd.h"

/** Warn at the start, once for each setting. */
void errclarity_blind_register_hooks(apr_pool_t *p);

/** Tell a text once since httpd was started: a graceful restart says only what
 *  is new. */
void errclarity_blind_tell(server_rec *s, const char *text);

/** Whether ErrClarity is on for the server or for a section of it. */
int errclarity_blind_is_on(const server_rec *s);

/** "The main server", "Virtual host NAME (FILE line N)". */
const char *errclarity_blind_name(const server_rec *s, apr_pool_t *p);

/** Tell of document roots and ScriptAlias targets that httpd's user cannot
 *  enter. */
void errclarity_blind_paths(server_rec *main_server, apr_pool_t *p);

/** The setting that keeps the reasons of r's failure out of the log, such as
 *  "LogLevel crit", or NULL. Static or allocated from r->pool. */
const char *errclarity_blind_reason(request_rec *r);

#endif
