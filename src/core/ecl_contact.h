/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_contact.h - whom a visitor may turn to, as a link.
 *
 * A contact is what ErrClarityContact was given: a URI or any text. */
#ifndef ECL_CONTACT_H
#define ECL_CONTACT_H

#include "ecl_problem.h"

/** What a link to the contact points to: an http, https or tel URI as it is; a
 *  mailto URI (RFC 6068) whose subject names the incident and whose body
 *  names it and the time. A subject or body of its own stays; where it has
 *  both, the incident is added to the subject.
 * @return NULL for any other scheme (javascript: least of all becomes a link),
 *         for plain text and for none; else borrowed or allocated from p. Not
 *         escaped for any format */
const char *ecl_contact_href(const ecl_problem_t *pb, apr_pool_t *p);

/** What a reader sees: a mailto URI's address, a tel URI's number, else the
 *  contact as it is.
 * @return NULL for none; else borrowed or allocated from p */
const char *ecl_contact_text(const ecl_problem_t *pb, apr_pool_t *p);

#endif
