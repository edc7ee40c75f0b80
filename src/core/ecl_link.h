/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_link.h - a link that shows a failure's details to whoever holds it.
 *
 * The link is the failing URL with a parameter "errclarity=TOKEN". The token
 * states an incident (the one somebody asked about), a time after which it is
 * worthless, and a MAC over both and the server's name: TOKEN is
 * "ID.SECONDS.MAC", with HMAC-SHA256 (RFC 2104, FIPS 180-4) in 64 hex digits.
 * No state is kept, so a link cannot be taken back but by a new key.
 *
 * libcrypto does the cryptography: Debian and Enterprise Linux have it, it
 * compares in constant time, and a server with mod_ssl has it loaded anyway.
 * Threads: pure functions. */
#ifndef ECL_LINK_H
#define ECL_LINK_H

#include <apr_pools.h>

#include "ecl_incident.h"

/** The parameter's name. */
#define ECL_LINK_PARAMETER "errclarity"

/** Bytes of a key, without white space at its end. */
#define ECL_LINK_KEY_MIN 32
#define ECL_LINK_KEY_MAX 4096

/** A link is good for so long at most, in seconds. */
#define ECL_LINK_TIME_MAX (31 * 86400)

/** Room for a token and NUL. */
#define ECL_LINK_TOKEN_MAX 128

typedef struct ecl_link_key_t {
    const unsigned char *bytes;
    size_t n;
} ecl_link_key_t;

/** Read a key from a file that others must not be able to read.
 * @return NULL, or what is wrong, allocated from p */
const char *ecl_link_key_read(ecl_link_key_t *key, const char *path,
                              apr_pool_t *p);

/** Whether s has the form of an incident id. */
int ecl_link_is_id(const char *s, size_t n);

/** Make a token.
 * @param server   the virtual host's ServerName, in any case
 * @param id       an incident's, well formed
 * @param expires  seconds since 1970 */
void ecl_link_make(char token[ECL_LINK_TOKEN_MAX], const ecl_link_key_t *key,
                   const char *server, const char *id, long long expires);

/** Whether n bytes of any kind are a good token for that server now.
 * @param now  seconds since 1970
 * @param id   receives the incident's id when they are */
int ecl_link_check(const ecl_link_key_t *key, const char *server,
                   const char *token, size_t n, long long now,
                   char id[ECL_ID_LEN + 1]);

#endif
