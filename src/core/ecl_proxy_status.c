/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_proxy_status.c - Proxy-Status (RFC 9209), structured fields (RFC 8941).
 */
#include "ecl_proxy_status.h"

#include <string.h>

#include <apr_strings.h>

/* Slugs, or families with "*". */
static const struct {
    const char *cause;
    const char *type;
} types[] = {
    { "upstream.refused", "connection_refused" },
    { "upstream.reset", "connection_terminated" },
    { "upstream.dns", "dns_error" },
    { "upstream.unreachable", "destination_ip_unroutable" },
    { "upstream.tls", "tls_protocol_error" },
    { "upstream.socket-missing", "destination_unavailable" },
    { "upstream.no-worker", "destination_unavailable" },
    { "upstream.bad-response", "http_protocol_error" },
    { "upstream.truncated", "http_response_incomplete" },
    { "timeout.upstream", "connection_read_timeout" },
    { "timeout.script", "connection_read_timeout" },
    { "config.*", "proxy_configuration_error" },
    { "server.*", "proxy_internal_error" },
    { "resource.*", "proxy_internal_error" },
};

const char *ecl_proxy_error(const char *slug)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t n = strlen(types[i].cause);

        if (types[i].cause[n - 1] == '*'
                ? strncmp(slug, types[i].cause, n - 1) == 0
                : strcmp(slug, types[i].cause) == 0) {
            return types[i].type;
        }
    }
    return NULL;
}

int ecl_proxy_is_name(const char *name)
{
    const char *c = name;

    while (*c >= ' ' && *c < 127) {
        c++;
    }
    return *name && !*c;
}

/* RFC 8941 3.3.4. */
static int is_token(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return strchr(letters, *s)
           && !s[strspn(s, "0123456789!#$%&'*+-.^_`|~:/"
                           "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

static const char *item(const char *name, apr_pool_t *p)
{
    char *quoted, *to;

    if (is_token(name)) {
        return name;
    }
    quoted = to = apr_palloc(p, 2 * strlen(name) + 3);
    *to++ = '"';
    for (; *name; name++) {
        if (*name == '"' || *name == '\\') {
            *to++ = '\\';
        }
        *to++ = *name;
    }
    *to++ = '"';
    *to = '\0';
    return quoted;
}

/* The backend answered, and what it said was an error. */
static int was_received(const ecl_incident_t *inc)
{
    return inc->original_status >= 400
           && (inc->body == ECL_BODY_APPLICATION || inc->body == ECL_BODY_EMPTY
               || inc->body == ECL_BODY_LEAKING || inc->body == ECL_BODY_MASKED
               || strcmp(inc->verdict.cause->slug, "app.error-status") == 0);
}

const char *ecl_proxy_status(const ecl_incident_t *inc, const char *name,
                             apr_pool_t *p)
{
    const char *type;

    if (was_received(inc)) {
        return apr_psprintf(p, "%s; received-status=%d", item(name, p),
                            inc->original_status);
    }
    type = ecl_proxy_error(inc->verdict.cause->slug);
    return type ? apr_psprintf(p, "%s; error=%s", item(name, p), type) : NULL;
}
