/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_id.c - the reference of an incident.
 *
 * One failure has one reference on its whole way: when an HTTP backend that
 * runs this module, too, has named it already, its name is taken over, so that
 * the body which the backend made, the header and the records of both servers
 * agree. Application servers (FastCGI, SCGI, uwsgi, AJP) are not asked: on
 * shared hosts they are the tenants'. Deliberately no trust beyond that: a
 * value of any other form is ignored. */
#include "errclarity.h"

#include <string.h>

#include "apr_general.h"

static int from_http_backend(const request_rec *r)
{
    static const char *const schemes[] = { "http:", "https:", "h2:", "h2c:",
                                           "balancer:" };
    apr_size_t i;

    if (r->proxyreq != PROXYREQ_REVERSE || !r->filename
        || strncmp(r->filename, "proxy:", 6) != 0) {
        return 0;
    }
    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (!strncmp(r->filename + 6, schemes[i], strlen(schemes[i]))) {
            return 1;
        }
    }
    return 0;
}

void errclarity_id(ecl_incident_t *inc, const request_rec *r)
{
    const char *theirs = apr_table_get(r->headers_out, "Error-Id");
    unsigned char random[5] = { 0 };

    if (theirs && ecl_incident_id_valid(theirs) && from_http_backend(r)) {
        memcpy(inc->id, theirs, sizeof(inc->id));
        return;
    }
    if (apr_generate_random_bytes(random, sizeof(random)) != APR_SUCCESS) {
        /* An id that may be guessed is better than one that repeats. */
        apr_time_t now = apr_time_now();

        memcpy(random, &now, sizeof(random));
    }
    ecl_incident_id(inc->id, inc->time, random);
}
