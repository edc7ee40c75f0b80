/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_proxy_status.h - a gateway's failure in the words of RFC 9209.
 *
 * Says what kind of failure it was and what the backend answered; never which
 * backend (no next-hop, no details). Pure. */
#ifndef ECL_PROXY_STATUS_H
#define ECL_PROXY_STATUS_H

#include <apr_pools.h>

#include "ecl_incident.h"

/** The proxy error type of a cause (RFC 9209 2.3) for an intermediary that
 *  made the response, or NULL. Static. */
const char *ecl_proxy_error(const char *slug);

/** Whether a deployment's name can be an item of a structured field (RFC 8941
 *  3.3.3): printable ASCII, not empty. */
int ecl_proxy_is_name(const char *name);

/** The field's member for an incident of a request that was forwarded:
 *  "name; error=connection_refused" or "name; received-status=500".
 * @param name  of this gateway, ecl_proxy_is_name()
 * @return allocated from p; NULL when the failure was not the backend's */
const char *ecl_proxy_status(const ecl_incident_t *inc, const char *name,
                             apr_pool_t *p);

#endif
