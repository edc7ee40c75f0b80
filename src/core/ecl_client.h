/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_client.h - the answer's format from all that a request tells.
 *
 * Accept decides (ecl_accept.h). Where it leaves several offers equal, signals
 * do: what a request says about who reads the answer. Then the server's order.
 * The table of signals is in docs/mod_errclarity.md. Threads: pure. */
#ifndef ECL_CLIENT_H
#define ECL_CLIENT_H

#include "ecl_accept.h"

/** What may be looked at, in this order. */
typedef enum ecl_signal_e {
    ECL_SIGNAL_ACCEPT,
    ECL_SIGNAL_PATH, /* its suffix */
    ECL_SIGNAL_FETCH_DEST,
    ECL_SIGNAL_FETCH_MODE,
    ECL_SIGNAL_REQUESTED_WITH,
    ECL_SIGNAL_CONTENT_TYPE, /* of the request's body */
    ECL_SIGNAL_USER_AGENT,   /* whether it is a browser */
    ECL_SIGNAL_COUNT
} ecl_signal_e;

/** The request field that bears the signal, NULL for the path. Static. */
const char *ecl_signal_field(ecl_signal_e s);

/** The format for a client.
 * @param values   by signal: the field's value or the path; NULL: none
 * @param offers   n >= 1 formats, the preferred one first
 * @param ordered  the order is the administrator's: without a signal the first
 *                 offer is sent, whatever the client is
 * @param looked   *looked: bit 1 << signal for each one that the choice
 *                 depended on */
ecl_format_e ecl_client_format(const char *const values[ECL_SIGNAL_COUNT],
                               const ecl_format_e *offers, int n, int ordered,
                               unsigned *looked);

#endif
