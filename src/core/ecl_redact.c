/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact.c - find secrets by their shape and mask them.
 *
 * One pass over the text: a table says which bytes may belong to a secret's
 * shape ("=", ":", "(", ...), all others cost one look-up. Every look back or
 * ahead is bounded or consumes what it reads, so time is linear whatever comes
 * in. Errs on the side of masking; hosts, paths, users and error texts stay. */
#include "ecl_redact.h"

#include <string.h>
#include <strings.h>

#include "ecl_secret.h"

/* How far a call's arguments are looked at. */
#define CALL_MAX 512

typedef struct scan_t {
    ecl_buf_t *dst;
    const char *s;
    size_t n;
    size_t done;               /* s[0..done) is in dst */
    size_t call_from, call_to; /* an argument ahead that is a secret */
} scan_t;

enum { C_NAME = 1, C_TOKEN = 2, C_TRIGGER = 4, C_END = 8 };

/* NAME: a parameter's name; TOKEN: base64 and JWT; TRIGGER: look closer; END:
 * ends a value without quotes. */
static const unsigned char class_of[256] = {
    ['0' ... '9'] = C_NAME | C_TOKEN,
    ['A'] = C_NAME | C_TOKEN,
    ['B'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['C' ... 'I'] = C_NAME | C_TOKEN,
    ['J' ... 'K'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['L' ... 'R'] = C_NAME | C_TOKEN,
    ['S'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['T' ... 'Z'] = C_NAME | C_TOKEN,
    ['a'] = C_NAME | C_TOKEN,
    ['b'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['c' ... 'z'] = C_NAME | C_TOKEN,
    ['_'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['-'] = C_NAME | C_TOKEN | C_TRIGGER,
    ['.'] = C_NAME | C_TOKEN,
    ['+'] = C_TOKEN,
    ['/'] = C_TOKEN,
    ['='] = C_TOKEN | C_TRIGGER,
    [':'] = C_TRIGGER,
    ['('] = C_TRIGGER,
    ['>'] = C_TRIGGER | C_END,
    [' '] = C_END,
    ['\t'] = C_END,
    ['\n'] = C_END,
    ['\r'] = C_END,
    [','] = C_END,
    [';'] = C_END,
    ['&'] = C_END,
    [')'] = C_END,
    [']'] = C_END,
    ['}'] = C_END,
    ['<'] = C_END,
    ['\''] = C_END,
    ['"'] = C_END,
};

static int is(char c, int class)
{
    return class_of[(unsigned char)c] & class;
}

static int is_alnum(char c)
{
    return is(c, C_NAME) && c != '_' && c != '-' && c != '.';
}

/* The byte at i, or NUL outside of the text. */
static char at(const scan_t *sc, size_t i)
{
    return i < sc->n ? sc->s[i] : '\0';
}

static int starts(const scan_t *sc, size_t i, const char *word)
{
    size_t n = strlen(word);

    return i <= sc->n && sc->n - i >= n && strncasecmp(sc->s + i, word, n) == 0;
}

/* Where word first stands in s[i..limit), or the text's end. */
static size_t find(const scan_t *sc, size_t i, size_t limit, const char *word)
{
    while (i < limit && i < sc->n && !starts(sc, i, word)) {
        i++;
    }
    return i < limit && i < sc->n ? i : sc->n;
}

static size_t run(const scan_t *sc, size_t i, int class)
{
    while (i < sc->n && is(sc->s[i], class)) {
        i++;
    }
    return i;
}

/* Mask s[from..to). @return to, where scanning goes on */
static size_t hide(scan_t *sc, size_t from, size_t to)
{
    if (from < sc->done || to <= from) {
        return to;
    }
    ecl_buf_add(sc->dst, sc->s + sc->done, from - sc->done);
    ecl_buf_puts(sc->dst, ECL_REDACTED);
    sc->done = to;
    return to;
}

/* -- values --------------------------------------------------------------- */

/* Values that say whether there is a secret, not which. */
static int tells_nothing(const char *s, size_t n)
{
    static const char *const words[] = {
        "ja",        "nein",   "oui",       "non",        "si",   "yes",
        "no",        "null",   "none",      "nil",        "true", "false",
        "undefined", "string", "[redacted", ECL_REDACTED, "...",  NULL
    };

    for (int i = 0; words[i]; i++) {
        if (strlen(words[i]) == n && strncasecmp(s, words[i], n) == 0) {
            return 1;
        }
    }
    while (n > 0 && s[n - 1] == '*') {
        n--;
    }
    return n == 0;
}

/* Random characters rather than a word of a sentence. */
static int looks_random(const char *s, size_t n)
{
    int digit = 0;
    int letter = 0;

    if (n < 6 || *s == '/') {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        digit |= s[i] >= '0' && s[i] <= '9';
        letter |= is_alnum(s[i]) && !(s[i] >= '0' && s[i] <= '9');
    }
    return digit && (letter || n >= 12);
}

/* Where the quoted text that starts at i (behind its quote) ends. */
static size_t quoted_end(const scan_t *sc, size_t i, char quote, int escaped)
{
    for (; i < sc->n && sc->s[i] != quote; i++) {
        if (sc->s[i] == '\\') {
            if (escaped && at(sc, i + 1) == quote) {
                return i;
            }
            i++;
        }
    }
    return i < sc->n ? i : sc->n;
}

/* Authorization keeps its scheme; a header written within quotes ends where
 * they do. */
static size_t header_value(scan_t *sc, size_t name, size_t v)
{
    char quote = name > 0 ? sc->s[name - 1] : '\0';
    size_t end = v;
    size_t word = run(sc, v, C_NAME);

    if (quote != '"' && quote != '\'') {
        quote = '\n';
    }
    while (end < sc->n && sc->s[end] != '\n' && sc->s[end] != quote) {
        end++;
    }
    if (at(sc, word) == ' ' && word > v && word + 1 < end) {
        v = word + 1;
    }
    return tells_nothing(sc->s + v, end - v) ? end : hide(sc, v, end);
}

/* Skip what dumps put between name and value: blanks, "string(6) ", u"". */
static size_t value_start(const scan_t *sc, size_t v, int arrow)
{
    size_t limit = v + 64;

    while (v < sc->n && v < limit
           && (sc->s[v] == ' ' || (arrow && sc->s[v] == '\n'))) {
        v++;
    }
    if (starts(sc, v, "string(")) {
        size_t digits = v + 7;

        while (digits < limit && at(sc, digits) >= '0'
               && at(sc, digits) <= '9') {
            digits++;
        }
        if (at(sc, digits) == ')' && at(sc, digits + 1) == ' ') {
            v = digits + 2;
        }
    }
    if ((at(sc, v) == 'u' || at(sc, v) == 'b')
        && (at(sc, v + 1) == '\'' || at(sc, v + 1) == '"')) {
        v++;
    }
    return v;
}

/* The value at v of a parameter of that kind; sep is what stood between. */
static size_t value(scan_t *sc, size_t v, ecl_secret_e kind, char sep)
{
    int escaped = at(sc, v) == '\\';
    char quote = at(sc, v + (escaped ? 1 : 0));
    size_t end = v;

    if (quote == '"' || quote == '\'') {
        v += escaped ? 2 : 1;
        end = quoted_end(sc, v, quote, escaped);
        return tells_nothing(sc->s + v, end - v) ? end : hide(sc, v, end);
    }
    while (end < sc->n && !is(sc->s[end], C_END)) {
        end++;
    }
    if (tells_nothing(sc->s + v, end - v)
        || (kind == ECL_SECRET_WEAK && sep == ':'
            && !looks_random(sc->s + v, end - v))) {
        return end > v ? end : v;
    }
    return hide(sc, v, end);
}

/* "scheme://user:password@host": the password, up to the last "@". */
static size_t userinfo(scan_t *sc, size_t i)
{
    size_t start = i + 3;
    size_t end = start;
    size_t colon = 0;
    size_t sign = 0;

    for (; end < sc->n && !strchr("/?# \t\n'\"<>", sc->s[end]); end++) {
        if (sc->s[end] == ':' && !colon) {
            colon = end;
        }
        if (sc->s[end] == '@') {
            sign = end;
        }
    }
    if (colon && sign > colon + 1) {
        hide(sc, colon + 1, sign);
    }
    return end;
}

/* "=" or ":" at i. */
static size_t assignment(scan_t *sc, size_t i)
{
    const char *s = sc->s;
    char sep = s[i];
    size_t end = i;
    size_t name;
    size_t v = i + 1;
    int arrow;
    ecl_secret_e kind;

    if (sep == ':' && at(sc, v) == '/' && at(sc, v + 1) == '/') {
        return userinfo(sc, i);
    }
    if (sep == ':' && at(sc, v) == ':') {
        return i + 2;
    }
    for (int k = 0; k < 6 && end > sc->done && strchr(" ]'\"\\", s[end - 1]);
         k++) {
        end--;
    }
    name = end;
    while (name > sc->done && end - name < ECL_SECRET_NAME
           && is(s[name - 1], C_NAME)) {
        name--;
    }
    kind = ecl_secret_name(s + name, end - name);
    if (kind == ECL_SECRET_NONE) {
        return v;
    }
    arrow = sep == '=' && at(sc, v) == '>';
    v += arrow || at(sc, v) == '=';
    v = value_start(sc, v, arrow);
    if (kind == ECL_SECRET_HEADER && sep == ':' && end == i) {
        return header_value(sc, name, v);
    }
    return value(sc, v, kind, sep);
}

/* -- calls in traces ------------------------------------------------------ */

/* Which argument of a function is a secret; -1 none. A name is matched by its
 * end, the first match counts. */
static int secret_argument(const char *name, size_t n)
{
    static const struct {
        const char *end;
        int argument;
    } calls[] = {
        { "mysqli_real_connect", 3 }, { "oci_connect", 1 },
        { "oci_pconnect", 1 },        { "connect", 2 },
        { "wpdb->__construct", 1 },   { "pdo->__construct", 2 },
        { "pdo::__construct", 2 },    { "mysqli->__construct", 2 },
        { "mysqli::__construct", 2 }, { "connection->__construct", 2 },
        { "driver->__construct", 2 }, { "database->__construct", 2 },
        { "ldap_bind", 2 },           { "imap_open", 2 },
        { "ftp_login", 2 },           { "ssh2_auth_password", 2 },
        { "password_verify", 0 },     { "password_hash", 0 },
        { "setpassword", 0 },         { ">auth", 0 },
        { "authenticate", 1 },        { "login", 1 },
        { "openssl_encrypt", 2 },     { "openssl_decrypt", 2 },
        { "hash_hmac", 2 },
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        size_t k = strlen(calls[i].end);

        if (n >= k && strncasecmp(name + n - k, calls[i].end, k) == 0) {
            return calls[i].argument;
        }
    }
    return -1;
}

/* "(" at i: remember the secret argument, so that those before it are scanned
 * like other text (a DSN may hold a secret of its own). */
static size_t call(scan_t *sc, size_t i)
{
    size_t name = i;
    size_t limit = sc->n - i > CALL_MAX ? i + CALL_MAX : sc->n;
    scan_t near = { .s = sc->s, .n = limit };
    int wanted;
    int argument = 0;
    int depth = 0;

    while (name > 0 && i - name < ECL_SECRET_NAME
           && (is(sc->s[name - 1], C_NAME) || strchr(">:", sc->s[name - 1]))) {
        name--;
    }
    wanted = i - name < 4 ? -1 : secret_argument(sc->s + name, i - name);
    if (wanted < 0 || sc->call_to > i) {
        return i + 1;
    }
    for (size_t k = i + 1; k < limit && depth >= 0; k++) {
        char c = sc->s[k];

        if (c == '\'' || c == '"') {
            if (argument == wanted && depth == 0) {
                sc->call_from = k + 1;
                sc->call_to = quoted_end(sc, k + 1, c, 0);
                break;
            }
            k = quoted_end(&near, k + 1, c, 0);
        }
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        argument += c == ',' && depth == 0;
    }
    return i + 1;
}

/* -- tokens known by their form ------------------------------------------- */

/* "eyJ...": a JSON Web Token, at its J. */
static size_t web_token(scan_t *sc, size_t i)
{
    size_t start = i - 2;
    size_t end;

    if (i < 2 || start < sc->done || sc->s[start] != 'e' || sc->s[i - 1] != 'y'
        || (start > 0 && is_alnum(sc->s[start - 1]))) {
        return i + 1;
    }
    end = run(sc, i, C_TOKEN);
    return end - start >= 20 && memchr(sc->s + start, '.', end - start)
               ? hide(sc, start, end)
               : end;
}

/* Keys that services mark with a prefix; the trigger is its byte at pos. */
static size_t service_key(scan_t *sc, size_t i)
{
    static const struct {
        const char *prefix;
        size_t pos;
        size_t min;
    } keys[] = {
        { "AKIA", 1, 20 },     { "ASIA", 1, 20 },     { "ghp_", 3, 24 },
        { "gho_", 3, 24 },     { "ghs_", 3, 24 },     { "github_pat_", 6, 24 },
        { "sk_live_", 2, 16 }, { "rk_live_", 2, 16 }, { "xoxb-", 4, 16 },
        { "xoxp-", 4, 16 },    { "glpat-", 5, 16 },
    };

    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        size_t start = i - keys[k].pos;

        if (keys[k].prefix[keys[k].pos] == sc->s[i] && i >= keys[k].pos
            && start >= sc->done
            && strncmp(sc->s + start, keys[k].prefix, keys[k].pos) == 0
            && starts(sc, start, keys[k].prefix)
            && (start == 0 || !is_alnum(sc->s[start - 1]))) {
            size_t end = run(sc, start, C_NAME);

            if (end - start >= keys[k].min) {
                return hide(sc, start, end);
            }
        }
    }
    return i + 1;
}

/* "-": a PEM key, "--password x", or the end of a service key's prefix. */
static size_t dash(scan_t *sc, size_t i)
{
    size_t name, end;

    if (at(sc, i + 1) != '-') {
        return service_key(sc, i);
    }
    if (starts(sc, i, "-----BEGIN ")) {
        size_t type = find(sc, i, i + 64, "PRIVATE KEY-----");

        if (type < sc->n) {
            return hide(sc, type + 16, find(sc, type, sc->n, "-----END"));
        }
    }
    name = i + 2;
    end = name;
    while (end < sc->n && end - name < ECL_SECRET_NAME
           && is(sc->s[end], C_NAME)) {
        end++;
    }
    if (at(sc, end) == ' '
        && ecl_secret_name(sc->s + name, end - name) == ECL_SECRET_STRONG) {
        return value(sc, end + 1, ECL_SECRET_STRONG, '=');
    }
    return at(sc, i + 2) == '-' ? i + 1 : name;
}

/* "Bearer x", "Basic x" without a header's name. A word of a sentence such as
 * "Basic authentication" has neither digits nor capitals within. */
static size_t scheme(scan_t *sc, size_t i)
{
    size_t from = i + (starts(sc, i, "bearer ") ? 7 : 6);
    size_t end;
    int mixed = 0;

    if ((i > 0 && is_alnum(sc->s[i - 1]))
        || !(starts(sc, i, "bearer ") || starts(sc, i, "basic "))) {
        return i + 1;
    }
    end = run(sc, from, C_TOKEN);
    for (size_t k = from + 1; k < end; k++) {
        mixed |= !(sc->s[k] >= 'a' && sc->s[k] <= 'z') && sc->s[k] != '.';
    }
    return mixed && end - from >= 8 ? hide(sc, from, end) : i + 1;
}

/* ">" at i: "<password>x</password>". */
static size_t element(scan_t *sc, size_t i)
{
    size_t name = i;

    while (name > sc->done && i - name < ECL_SECRET_NAME
           && is(sc->s[name - 1], C_NAME)) {
        name--;
    }
    if (name == 0 || sc->s[name - 1] != '<'
        || ecl_secret_name(sc->s + name, i - name) != ECL_SECRET_STRONG) {
        return i + 1;
    }
    for (name = i + 1; name < sc->n && sc->s[name] != '<';) {
        name++;
    }
    return hide(sc, i + 1, name);
}

static size_t look(scan_t *sc, size_t i)
{
    switch (sc->s[i]) {
    case '=':
    case ':':
        return assignment(sc, i);
    case '(':
        return call(sc, i);
    case '-':
        return dash(sc, i);
    case 'B':
    case 'b':
        return scheme(sc, i);
    case '>':
        return element(sc, i);
    case 'J':
        return web_token(sc, i);
    case '_':
        /* "ghp_", "gho_", "ghs_", "github_pat_", "sk_live_", "rk_live_" */
        return i > 0 && strchr("posbk", sc->s[i - 1]) ? service_key(sc, i)
                                                      : i + 1;
    default: /* K and S: "AKIA", "ASIA" */
        return at(sc, i + 1) == 'I' ? service_key(sc, i) : i + 1;
    }
}

void ecl_redact(ecl_buf_t *dst, const char *s, size_t n)
{
    scan_t sc = { dst, s, n, 0, 0, 0 };
    size_t i = 0;

    for (;;) {
        /* Up to the next byte that may mean something, or to the argument. */
        size_t stop = sc.call_to ? sc.call_from : n;

        while (i < stop && !is(s[i], C_TRIGGER)) {
            i++;
        }
        if (i < stop) {
            i = look(&sc, i);
        }
        else if (sc.call_to) {
            i = i < sc.call_to ? hide(&sc, i, sc.call_to) : i;
            sc.call_to = 0;
        }
        else {
            break;
        }
    }
    ecl_buf_add(dst, s + sc.done, n - sc.done);
}
