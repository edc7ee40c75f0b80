/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_accept.h - choose the answer's format from what the client accepts.
 *
 * RFC 9110 sections 12.4.2, 12.5.1. A failing answer never becomes 406: when
 * nothing offered is acceptable, the first offer is sent. Threads: pure. */
#ifndef ECL_ACCEPT_H
#define ECL_ACCEPT_H

typedef enum ecl_format_e {
    ECL_FORMAT_HTML,
    ECL_FORMAT_JSON,
    ECL_FORMAT_XML,
    ECL_FORMAT_TEXT,
    ECL_FORMAT_MARKDOWN,
    ECL_FORMAT_COUNT
} ecl_format_e;

/** "html", "json", "xml", "text", "markdown": names in ErrClarityFormat and
 *  in the record. Static. */
const char *ecl_format_name(ecl_format_e f);

/** The format of that name, or -1. */
int ecl_format_by_name(const char *name);

/** The media type sent, e.g. "application/problem+json". Static. */
const char *ecl_format_type(ecl_format_e f);

/** The offers the client likes best, as bits 1 << index, at least one: several
 *  when it has no preference among them, all when it states none. Of offers
 *  that it accepts none of, those that it does not refuse by q=0. Parameters
 *  as in ecl_accept_choose(). */
unsigned ecl_accept_best(const char *accept, const ecl_format_e *offers, int n);

/** The offer the client likes best; ties go to the earlier offer.
 * @param accept  the Accept field's value; NULL or empty: no preference
 * @param offers  n >= 1 formats in the server's order of preference. An offer
 *                stands for its generic types too: json for application/json
 *                and application/problem+json, xml for application/xml,
 *                text/xml and application/problem+xml, html for text/html and
 *                application/xhtml+xml */
ecl_format_e ecl_accept_choose(const char *accept, const ecl_format_e *offers,
                               int n);

#endif
