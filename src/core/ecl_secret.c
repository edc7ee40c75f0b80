/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_secret.c - which names of parameters belong to secrets.
 *
 * Judges names only; values are ecl_redact.c's. */
#include "ecl_secret.h"

#include <string.h>

int ecl_secret_in(const char *word, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(word, *list) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A name without case and separators: "X-Api_Key" is "xapikey". *last is its
 * last part: "key". What stands before a dot is a scope or a file. */
static void normalise(char out[ECL_SECRET_NAME + 1], const char **last,
                      const char *s, size_t n)
{
    size_t o = 0;
    size_t part = 0;

    for (size_t i = 0; i < n && o < ECL_SECRET_NAME; i++) {
        int upper = s[i] >= 'A' && s[i] <= 'Z';

        if (s[i] == '.') {
            o = part = 0;
        }
        else if (s[i] == '_' || s[i] == '-') {
            part = o;
        }
        else {
            if (upper && i && s[i - 1] >= 'a' && s[i - 1] <= 'z') {
                part = o;
            }
            out[o++] = (char)(upper ? s[i] + 32 : s[i]);
        }
    }
    out[o] = '\0';
    *last = out + part;
}

#define L(c) (1u << ((c) - 'a'))

/* Whether any word of the lists below can be spelt with the letters of a name:
 * most names ("error", "line", "Host") are dismissed by this alone. */
static int may_be_secret(const char *s, size_t n)
{
    static const unsigned sets[] = {
        L('p') | L('w'),                            /* pw, pwd */
        L('p') | L('a') | L('s'),                   /* pass... */
        L('k') | L('e') | L('y'),                   /* ...key */
        L('t') | L('o') | L('k') | L('e') | L('n'), /* token */
        L('s') | L('e') | L('c') | L('r') | L('t'), /* secret */
        L('a') | L('u') | L('t') | L('h'),          /* auth... */
        L('s') | L('i') | L('d'),                   /* sid, sessid */
        L('s') | L('e') | L('i') | L('o') | L('n'), /* session */
        L('s') | L('i') | L('g'),                   /* sig... */
        L('c') | L('o') | L('k') | L('i') | L('e'), /* cookie */
        L('c') | L('r') | L('e') | L('d'),          /* credential */
        L('s') | L('r') | L('f'),                   /* csrf, xsrf */
        L('n') | L('o') | L('c') | L('e'),          /* nonce */
        L('s') | L('a') | L('l') | L('t'),          /* salt */
        L('j') | L('w') | L('t'),                   /* jwt */
        L('o') | L('t') | L('p'),                   /* otp */
    };
    unsigned letters = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned char)s[i] | 32u;

        letters |= c >= 'a' && c <= 'z' ? L(c) : 0;
    }
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if ((letters & sets[i]) == sets[i]) {
            return 1;
        }
    }
    return 0;
}

ecl_secret_e ecl_secret_name(const char *s, size_t n)
{
    static const char *const headers[] = { "authorization",
                                           "proxyauthorization", "cookie",
                                           "setcookie", NULL };
    static const char *const strong[] = {
        "password",      "passwd",      "passphrase", "secret",     "apikey",
        "accesskey",     "privatekey",  "credential", "signingkey", "masterkey",
        "encryptionkey", "accesstoken", "authtoken",  "userpwd",    "authkey",
        "passwort",      NULL
    };
    static const char *const strong_last[] = { "pwd", "pw", "pass", NULL };
    static const char *const weak_last[] = {
        "token",  "tokens",    "auth",       "session",   "sid",
        "sessid", "cookie",    "cookies",    "csrf",      "xsrf",
        "sig",    "signature", "jwt",        "otp",       "nonce",
        "salt",   "phpsessid", "jsessionid", "sessionid", NULL
    };
    char name[ECL_SECRET_NAME + 1];
    const char *last;

    if (n < 2 || !may_be_secret(s, n)) {
        return ECL_SECRET_NONE;
    }
    normalise(name, &last, s, n);
    if (ecl_secret_in(name, headers)) {
        return ECL_SECRET_HEADER;
    }
    for (int i = 0; strong[i]; i++) {
        if (strstr(name, strong[i])) {
            return ECL_SECRET_STRONG;
        }
    }
    if (ecl_secret_in(last, strong_last)) {
        return ECL_SECRET_STRONG;
    }
    if (ecl_secret_in(last, weak_last)) {
        return ECL_SECRET_WEAK;
    }
    /* "csrftoken", "PHPSESSID": written together. */
    n = strlen(name);
    return (n > 5 && strcmp(name + n - 5, "token") == 0)
                   || (n > 6 && strcmp(name + n - 6, "sessid") == 0)
               ? ECL_SECRET_WEAK
               : ECL_SECRET_NONE;
}
