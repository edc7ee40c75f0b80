/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_value.c - secrets that a parameter's name gives away.
 *
 * password=x, "api_key": "x", [secret] => x, <password>x</password>,
 * --password x, Authorization: x, scheme://user:x@host. The names are
 * ecl_secret.c's. */
#include "ecl_redact.h"
#include "ecl_redact_scan.h"

/* How far a list of values, a command line or a user's name is looked at. */
#define LIST_MAX    512
#define COMMAND_MAX 128
#define USER_MAX    64

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
        digit |= ecl_scan_is_digit(s[i]);
        letter |= ecl_scan_is_alnum(s[i]) && !ecl_scan_is_digit(s[i]);
    }
    return digit && (letter || n >= 12);
}

/* Authorization keeps its scheme; a header written within quotes ends where
 * they do. */
static size_t header_value(ecl_scan_t *sc, size_t name, size_t v)
{
    char quote = name > 0 ? sc->s[name - 1] : '\0';
    size_t end = v;
    size_t word = ecl_scan_run(sc, v, ECL_C_NAME);

    if (quote != '"' && quote != '\'') {
        quote = '\n';
    }
    while (end < sc->n && sc->s[end] != '\n' && sc->s[end] != quote) {
        end++;
    }
    if (ecl_scan_at(sc, word) == ' ' && word > v && word + 1 < end) {
        v = word + 1;
    }
    return tells_nothing(sc->s + v, end - v) ? end : ecl_scan_hide(sc, v, end);
}

/* Skip what dumps put between name and value: blanks, "string(6) ", u"". */
static size_t value_start(const ecl_scan_t *sc, size_t v, int arrow)
{
    size_t limit = v + 64;

    while (v < sc->n && v < limit
           && (sc->s[v] == ' ' || (arrow && sc->s[v] == '\n'))) {
        v++;
    }
    if (ecl_scan_starts(sc, v, "string(")) {
        size_t digits = v + 7;

        while (digits < limit && ecl_scan_is_digit(ecl_scan_at(sc, digits))) {
            digits++;
        }
        if (ecl_scan_at(sc, digits) == ')'
            && ecl_scan_at(sc, digits + 1) == ' ') {
            v = digits + 2;
        }
    }
    if ((ecl_scan_at(sc, v) == 'u' || ecl_scan_at(sc, v) == 'b')
        && (ecl_scan_at(sc, v + 1) == '\'' || ecl_scan_at(sc, v + 1) == '"')) {
        v++;
    }
    return v;
}

/* ("user", "x") and ["x"]: all that is quoted in a list that begins at v.
 * @return where it ends, or v when nothing is quoted there */
static size_t list(ecl_scan_t *sc, size_t v)
{
    char close = sc->s[v] == '(' ? ')' : sc->s[v] == '[' ? ']' : '}';
    size_t limit = sc->n - v > LIST_MAX ? v + LIST_MAX : sc->n;
    int found = 0;
    size_t i;

    for (i = v + 1; i < limit && sc->s[i] != close && sc->s[i] != '\n'; i++) {
        if (sc->s[i] == '"' || sc->s[i] == '\'') {
            size_t end = ecl_scan_quoted(sc, i + 1, sc->s[i], 0);

            ecl_scan_hide(sc, i + 1, end);
            found = 1;
            i = end;
        }
    }
    return found ? (i < sc->n ? i : sc->n) : v;
}

/* The value at v of a parameter of that kind; sep is what stood between. */
static size_t value(ecl_scan_t *sc, size_t v, ecl_secret_e kind, char sep)
{
    int escaped = ecl_scan_at(sc, v) == '\\';
    char quote = ecl_scan_at(sc, v + (escaped ? 1 : 0));
    size_t end = v;

    if (quote == '"' || quote == '\'') {
        v += escaped ? 2 : 1;
        end = ecl_scan_quoted(sc, v, quote, escaped);
        return tells_nothing(sc->s + v, end - v) ? end
                                                 : ecl_scan_hide(sc, v, end);
    }
    if (quote == '(' || quote == '[' || quote == '{') {
        end = list(sc, v);
        if (end > v) {
            return end;
        }
    }
    while (end < sc->n && !ecl_scan_is(sc->s[end], ECL_C_END)) {
        end++;
    }
    if (tells_nothing(sc->s + v, end - v)
        || (kind == ECL_SECRET_WEAK && sep == ':'
            && !looks_random(sc->s + v, end - v))) {
        return end > v ? end : v;
    }
    return ecl_scan_hide(sc, v, end);
}

/* "scheme://user:password@host": the password, up to the last "@". A lone
 * name that is long and random is a key (Sentry, GitHub). */
static size_t userinfo(ecl_scan_t *sc, size_t i)
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
        ecl_scan_hide(sc, colon + 1, sign);
    }
    else if (!colon && sign >= start + 20
             && looks_random(sc->s + start, sign - start)) {
        ecl_scan_hide(sc, start, sign);
    }
    return colon || sign ? end : start;
}

/* ":" at i in a form without a scheme: Go's "user:x@tcp(host)", and a
 * Telegram bot's "bot123456789:AAx".
 * @return where it ends, or 0 */
static size_t bare_credential(ecl_scan_t *sc, size_t i)
{
    size_t end = i + 1;
    size_t digits = i;

    while (digits > sc->done && i - digits < 11
           && ecl_scan_is_digit(sc->s[digits - 1])) {
        digits--;
    }
    if (i - digits >= 8 && ecl_scan_starts(sc, end, "AA")) {
        end = ecl_scan_run(sc, end, ECL_C_NAME);
        return end - i >= 34 ? ecl_scan_hide(sc, i + 1, end) : 0;
    }
    while (end < sc->n && end - i < USER_MAX
           && !ecl_scan_is(sc->s[end], ECL_C_END)) {
        if (sc->s[end] == '@'
            && (ecl_scan_starts(sc, end, "@tcp(")
                || ecl_scan_starts(sc, end, "@unix("))) {
            return ecl_scan_hide(sc, i + 1, end);
        }
        end++;
    }
    return 0;
}

/* Whether the name is that of a header in a CGI environment, whose value may
 * hold blanks and semicolons. */
static int is_cgi_header(const ecl_scan_t *sc, size_t name)
{
    return ecl_scan_starts(sc, name, "HTTP_")
           || ecl_scan_starts(sc, name, "REDIRECT_HTTP_");
}

size_t ecl_scan_assignment(ecl_scan_t *sc, size_t i)
{
    const char *s = sc->s;
    char sep = s[i];
    size_t end = i;
    size_t name;
    size_t v = i + 1;
    int arrow;
    ecl_secret_e kind;

    if (sep == ':' && ecl_scan_at(sc, v) == '/'
        && ecl_scan_at(sc, v + 1) == '/') {
        return userinfo(sc, i);
    }
    if (sep == ':' && ecl_scan_at(sc, v) == ':') {
        return i + 2;
    }
    for (int k = 0; k < 6 && end > sc->done && strchr(" ]'\"\\", s[end - 1]);
         k++) {
        end--;
    }
    name = ecl_scan_name(sc, sc->done, end);
    kind = ecl_secret_name(s + name, end - name);
    if (kind == ECL_SECRET_NONE) {
        size_t found = sep == ':' && end == i ? bare_credential(sc, i) : 0;

        return found ? found : v;
    }
    arrow = sep == '=' && ecl_scan_at(sc, v) == '>';
    v += arrow || ecl_scan_at(sc, v) == '=';
    v = value_start(sc, v, arrow);
    if (kind == ECL_SECRET_HEADER
        && ((sep == ':' && end == i)
            || (is_cgi_header(sc, name) && ecl_scan_at(sc, v) != '\''
                && ecl_scan_at(sc, v) != '"'))) {
        return header_value(sc, name, v);
    }
    return value(sc, v, kind, sep);
}

/* Whether a program's name stands in the line before i. */
static int after_command(const ecl_scan_t *sc, size_t i,
                         const char *const *names)
{
    size_t from = i > COMMAND_MAX ? i - COMMAND_MAX : 0;

    for (size_t k = from; k < i; k++) {
        for (int n = 0; names[n]; n++) {
            if (sc->s[k] == names[n][0] && ecl_scan_starts(sc, k, names[n])) {
                return 1;
            }
        }
    }
    return 0;
}

/* "mysql -px", "sshpass -p x", "curl -u user:x". */
static size_t short_option(ecl_scan_t *sc, size_t i)
{
    static const char *const mysql[] = { "mysql", "mariadb", NULL };
    static const char *const sshpass[] = { "sshpass", NULL };
    static const char *const curl[] = { "curl", "wget", NULL };
    size_t v = i + 2;
    size_t next = v + (ecl_scan_at(sc, v) == ' ');

    if (ecl_scan_at(sc, i + 1) == 'u' && after_command(sc, i, curl)) {
        while (next < sc->n && sc->s[next] != ':'
               && !ecl_scan_is(sc->s[next], ECL_C_END)) {
            next++;
        }
        if (ecl_scan_at(sc, next) == ':') {
            return value(sc, next + 1, ECL_SECRET_STRONG, '=');
        }
    }
    else if (ecl_scan_at(sc, i + 1) == 'p') {
        if (next == v && ecl_scan_at(sc, v) && after_command(sc, i, mysql)) {
            return value(sc, v, ECL_SECRET_STRONG, '=');
        }
        if (after_command(sc, i, sshpass)) {
            return value(sc, next, ECL_SECRET_STRONG, '=');
        }
    }
    return i + 1;
}

size_t ecl_scan_option(ecl_scan_t *sc, size_t i)
{
    size_t name = i + 2;
    size_t end = name;

    if (ecl_scan_at(sc, i + 1) != '-') {
        return short_option(sc, i);
    }
    while (end < sc->n && end - name < ECL_SECRET_NAME
           && ecl_scan_is(sc->s[end], ECL_C_NAME)) {
        end++;
    }
    if (ecl_scan_at(sc, end) == ' '
        && ecl_secret_name(sc->s + name, end - name) == ECL_SECRET_STRONG) {
        return value(sc, end + 1, ECL_SECRET_STRONG, '=');
    }
    return name;
}

size_t ecl_scan_element(ecl_scan_t *sc, size_t i)
{
    size_t name = ecl_scan_name(sc, sc->done, i);
    size_t end = i + 1;

    if (name == 0 || sc->s[name - 1] != '<'
        || ecl_secret_name(sc->s + name, i - name) != ECL_SECRET_STRONG) {
        return i + 1;
    }
    while (end < sc->n && sc->s[end] != '<') {
        end++;
    }
    return ecl_scan_hide(sc, i + 1, end);
}
