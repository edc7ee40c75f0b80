/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_call.c - secrets among the arguments that traces print.
 *
 * PHP prints them with each frame (zend_exceptions.c, zend.exception_ignore_
 * args), Python and others the source line of the call. */
#include "ecl_redact_scan.h"

/* How far a call's arguments are looked at. */
#define CALL_MAX 512

/* Which argument is a secret. */
enum { ARGUMENT_NONE = -1, ARGUMENT_ALL = -2 };

/* A name is matched by its end, the first match counts. */
static const struct {
    const char *end;
    int argument;
} calls[] = {
    { "mysqli_real_connect", 3 },
    { "oci_connect", 1 },
    { "oci_pconnect", 1 },
    { "connect", 2 },
    { "wpdb->__construct", 1 },
    { "pdo->__construct", 2 },
    { "pdo::__construct", 2 },
    { "mysqli->__construct", 2 },
    { "mysqli::__construct", 2 },
    { "connection->__construct", 2 },
    { "driver->__construct", 2 },
    { "database->__construct", 2 },
    { "createpdoconnection", 2 },
    { "ldap_bind", 2 },
    { "imap_open", 2 },
    { "ftp_login", 2 },
    { "ssh2_auth_password", 2 },
    { "setsaslauthdata", 1 },
    { ">auth", 0 },
    { "authenticate", 1 },
    { "login", 1 },
    { "basicauth", 1 },
    { "openssl_encrypt", 2 },
    { "openssl_decrypt", 2 },
    { "hash_hmac", 2 },
    { "crypt", 0 },
};

static int secret_argument(const char *name, size_t n)
{
    size_t from = n;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        size_t k = strlen(calls[i].end);

        if (n >= k && strncasecmp(name + n - k, calls[i].end, k) == 0) {
            return calls[i].argument;
        }
    }
    while (from > 0 && ecl_scan_is(name[from - 1], ECL_C_NAME)) {
        from--;
    }
    /* password_hash(), setPassword(), wp_check_password() ... */
    return ecl_secret_name(name + from, n - from) == ECL_SECRET_STRONG
               ? ARGUMENT_ALL
               : ARGUMENT_NONE;
}

/* Whether the call's first argument, at i, is the quoted name of a secret:
 * define('DB_PASSWORD', 'x'), getenv("API_KEY", "x"). */
static int names_secret(const ecl_scan_t *sc, size_t i)
{
    char quote = ecl_scan_at(sc, i);
    size_t end = i + 1;

    if (quote != '\'' && quote != '"') {
        return 0;
    }
    while (end < sc->n && end - i <= ECL_SECRET_NAME
           && ecl_scan_is(sc->s[end], ECL_C_NAME)) {
        end++;
    }
    return ecl_scan_at(sc, end) == quote
           && ecl_secret_name(sc->s + i + 1, end - i - 1) == ECL_SECRET_STRONG;
}

/* Remember the secret argument, so that those before it are scanned like other
 * text (a DSN may hold a secret of its own).
 * @return where scanning goes on */
static size_t arguments(ecl_scan_t *sc, size_t i, int wanted)
{
    size_t limit = sc->n - i > CALL_MAX ? i + CALL_MAX : sc->n;
    ecl_scan_t near = { .s = sc->s, .n = limit };
    int argument = 0;
    int depth = 0;
    size_t after = i + 1;

    for (size_t k = i + 1; k < limit && depth >= 0; k++) {
        char c = sc->s[k];

        if (c == '\'' || c == '"') {
            size_t end = ecl_scan_quoted(&near, k + 1, c, 0);

            if (wanted == ARGUMENT_ALL) {
                after =
                    ecl_scan_hide(sc, k + 1, ecl_scan_quoted(sc, k + 1, c, 0));
            }
            else if (argument == wanted && depth == 0) {
                sc->call_from = k + 1;
                sc->call_to = ecl_scan_quoted(sc, k + 1, c, 0);
                break;
            }
            k = end;
        }
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        argument += c == ',' && depth == 0;
    }
    return after;
}

size_t ecl_scan_call(ecl_scan_t *sc, size_t i)
{
    size_t name = i;
    int wanted = ARGUMENT_NONE;

    if (ecl_scan_is_digit(ecl_scan_at(sc, i + 1))
        || ecl_scan_at(sc, i + 1) == ')') {
        return i + 1; /* "file.php(12)", "f()" */
    }
    while (name > 0 && i - name < ECL_SECRET_NAME
           && (ecl_scan_is(sc->s[name - 1], ECL_C_NAME)
               || strchr(">:", sc->s[name - 1]))) {
        name--;
    }
    if (i - name >= 4) {
        wanted = secret_argument(sc->s + name, i - name);
    }
    if (wanted == ARGUMENT_NONE && i > name && names_secret(sc, i + 1)) {
        wanted = 1;
    }
    return wanted == ARGUMENT_NONE || sc->call_to > i
               ? i + 1
               : arguments(sc, i, wanted);
}
