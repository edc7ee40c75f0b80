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
        if (word[0] == (*list)[0] && strcmp(word, *list) == 0) {
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

typedef enum where_e {
    WHERE_WHOLE, /* the name is the word */
    WHERE_IN,    /* the name holds the word */
    WHERE_LAST,  /* the name's last part is the word */
    WHERE_END    /* the name ends with the word */
} where_e;

/* Words that share letters: a name without those letters ("error", "line")
 * is never compared with them. */
typedef struct group_t {
    unsigned letters;
    where_e where;
    ecl_secret_e kind;
    const char *words[8];
} group_t;

static const group_t groups[] = {
    { L('c') | L('o') | L('k') | L('i') | L('e'),
      WHERE_WHOLE,
      ECL_SECRET_HEADER,
      { "cookie", "setcookie", "httpcookie", "redirecthttpcookie" } },
    { L('a') | L('u') | L('t') | L('h') | L('z'),
      WHERE_WHOLE,
      ECL_SECRET_HEADER,
      { "authorization", "proxyauthorization", "httpauthorization",
        "redirecthttpauthorization" } },
    { L('p') | L('a') | L('s'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "password", "passwd", "passphrase", "passwort" } },
    { L('m') | L('o') | L('t') | L('d') | L('e'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "motdepasse" } },
    { L('e') | L('n') | L('a') | L('s'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "contrasena" } },
    { L('e') | L('n') | L('o') | L('r') | L('w'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "kennwort", "wachtwoord" } },
    { L('p') | L('w'),
      WHERE_LAST,
      ECL_SECRET_STRONG,
      { "pwd", "pw", "userpwd" } },
    { L('p') | L('a') | L('s'), WHERE_LAST, ECL_SECRET_STRONG, { "pass" } },
    { L('s') | L('e') | L('c') | L('r') | L('t'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "secret" } },
    { L('k') | L('e') | L('y'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "apikey", "accesskey", "privatekey", "signingkey", "masterkey",
        "encryptionkey", "authkey" } },
    { L('k') | L('e') | L('y'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "accountkey", "subscriptionkey", "sharedkey" } },
    { L('a') | L('p') | L('k') | L('e') | L('y'),
      WHERE_WHOLE,
      ECL_SECRET_STRONG,
      { "appkey" } },
    { L('c') | L('r') | L('e') | L('d'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "credential" } },
    { L('t') | L('o') | L('k') | L('e') | L('n'),
      WHERE_IN,
      ECL_SECRET_STRONG,
      { "accesstoken", "authtoken" } },
    { L('t') | L('o') | L('k') | L('e') | L('n'),
      WHERE_END,
      ECL_SECRET_WEAK,
      { "token", "tokens" } },
    { L('s') | L('e') | L('i') | L('d'),
      WHERE_END,
      ECL_SECRET_WEAK,
      { "sessid", "sessionid" } },
    { L('s') | L('e') | L('i') | L('o') | L('n'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "session" } },
    { L('a') | L('u') | L('t') | L('h'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "auth" } },
    { L('c') | L('o') | L('k') | L('i') | L('e'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "cookie", "cookies" } },
    { L('s') | L('i'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "sid", "sig", "signature" } },
    { L('s') | L('r') | L('f'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "csrf", "xsrf" } },
    { L('n') | L('o') | L('c') | L('e'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "nonce" } },
    { L('s') | L('a') | L('l') | L('t'),
      WHERE_LAST,
      ECL_SECRET_WEAK,
      { "salt" } },
    { L('t'), WHERE_LAST, ECL_SECRET_WEAK, { "jwt", "otp" } },
};

static int matches(const group_t *g, const char *name, const char *last)
{
    size_t n = strlen(name);

    for (int i = 0; g->words[i]; i++) {
        const char *word = g->words[i];
        size_t k = strlen(word);

        if ((g->where == WHERE_WHOLE && strcmp(name, word) == 0)
            || (g->where == WHERE_IN && strstr(name, word))
            || (g->where == WHERE_LAST && strcmp(last, word) == 0)
            || (g->where == WHERE_END && n >= k
                && strcmp(name + n - k, word) == 0)) {
            return 1;
        }
    }
    return 0;
}

ecl_secret_e ecl_secret_name(const char *s, size_t n)
{
    char name[ECL_SECRET_NAME + 1];
    const char *last = NULL;
    unsigned letters = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned c = (unsigned char)s[i] | 32u;

        letters |= c >= 'a' && c <= 'z' ? L(c) : 0;
    }
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if ((letters & groups[i].letters) == groups[i].letters) {
            if (!last) {
                normalise(name, &last, s, n);
            }
            if (matches(&groups[i], name, last)) {
                return groups[i].kind;
            }
        }
    }
    return ECL_SECRET_NONE;
}
