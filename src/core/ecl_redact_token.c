/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_token.c - secrets that are known by their own form.
 *
 * Prefixes as the services document them for secret scanners (GitHub, GitLab,
 * AWS IAM, Google Cloud, Slack, Stripe ...); JSON Web Tokens (RFC 7519); PEM
 * (RFC 7468); bearer and basic credentials (RFC 6750, RFC 7617). */
#include "ecl_redact_scan.h"

/* Keys that services mark with a prefix, by the rare byte at pos that the look
 * starts at. Of a path that ends with its secret the prefix stays. */
typedef struct shape_t {
    const char *prefix;
    unsigned char pos;
    unsigned char min; /* bytes of the shortest key; of a path's, its rest */
    unsigned char path;
} shape_t;

static const shape_t letters[] = {
    { "AKIA", 1, 20, 0 },
    { "ASIA", 1, 20, 0 },
    { "AIza", 2, 35, 0 },
    { NULL },
};

static const shape_t underscores[] = {
    { "ghp_", 3, 24, 0 },
    { "gho_", 3, 24, 0 },
    { "ghu_", 3, 24, 0 },
    { "ghs_", 3, 24, 0 },
    { "ghr_", 3, 24, 0 },
    { "github_pat_", 6, 24, 0 },
    { "sk_live_", 2, 16, 0 },
    { "sk_test_", 2, 16, 0 },
    { "rk_live_", 2, 16, 0 },
    { "rk_test_", 2, 16, 0 },
    { "whsec_", 5, 24, 0 },
    { "npm_", 3, 30, 0 },
    { "hf_", 2, 30, 0 },
    { "shpat_", 5, 30, 0 },
    { "shpss_", 5, 30, 0 },
    { "shpca_", 5, 30, 0 },
    { "dop_v1_", 3, 40, 0 },
    { "glsa_", 4, 30, 0 },
    { "lin_api_", 3, 30, 0 },
    { "sess_", 4, 22, 1 },
    { NULL },
};

static const shape_t dashes[] = {
    { "xoxa-", 4, 16, 0 },           { "xoxb-", 4, 16, 0 },
    { "xoxe-", 4, 16, 0 },           { "xoxp-", 4, 16, 0 },
    { "xoxr-", 4, 16, 0 },           { "xoxs-", 4, 16, 0 },
    { "xapp-", 4, 20, 0 },           { "glpat-", 5, 16, 0 },
    { "gldt-", 4, 16, 0 },           { "glrt-", 4, 16, 0 },
    { "glptt-", 5, 20, 0 },          { "sq0atp-", 6, 20, 0 },
    { "sq0csp-", 6, 20, 0 },         { "sk-ant-", 2, 24, 0 },
    { "sk-proj-", 2, 24, 0 },        { "sk-", 2, 43, 0 },
    { "pypi-", 4, 40, 0 },           { "GOCSPX-", 6, 24, 0 },
    { "NRAK-", 4, 24, 0 },           { "PMAK-", 4, 40, 0 },
    { "AGE-SECRET-KEY-", 3, 40, 0 }, { NULL },
};

static const shape_t dots[] = {
    { "SG.", 2, 40, 0 },
    { "ya29.", 4, 20, 0 },
    { "hvs.", 3, 24, 0 },
    { "hooks.slack.com/services/", 5, 20, 1 },
    { "discord.com/api/webhooks/", 7, 20, 1 },
    { "discordapp.com/api/webhooks/", 10, 20, 1 },
    { NULL },
};

static const shape_t *shapes(char c)
{
    switch (c) {
    case '_':
        return underscores;
    case '-':
        return dashes;
    case '.':
        return dots;
    default:
        return letters;
    }
}

/* Whether prefix, whose byte at pos stands at i, begins a word there. */
static int has_prefix(const ecl_scan_t *sc, size_t i, const char *prefix,
                      size_t pos)
{
    size_t n = strlen(prefix);

    return i >= pos && i - pos >= sc->done && sc->n - (i - pos) >= n
           && memcmp(sc->s + i - pos, prefix, n) == 0
           && (i == pos || !ecl_scan_is_alnum(sc->s[i - pos - 1]));
}

size_t ecl_scan_service_key(ecl_scan_t *sc, size_t i)
{
    char before = i > 0 ? sc->s[i - 1] : '\0';

    for (const shape_t *k = shapes(sc->s[i]); k->prefix; k++) {
        size_t from, end;

        if (k->prefix[k->pos - 1] != before || k->prefix[k->pos] != sc->s[i]
            || !has_prefix(sc, i, k->prefix, k->pos)) {
            continue;
        }
        from = i - k->pos + (k->path ? strlen(k->prefix) : 0);
        end = ecl_scan_run(sc, from, k->path ? ECL_C_TOKEN : ECL_C_NAME);
        if (end - from >= k->min) {
            return ecl_scan_hide(sc, from, end);
        }
    }
    return i + 1;
}

size_t ecl_scan_web_token(ecl_scan_t *sc, size_t i)
{
    size_t start = i - 2;
    size_t end;

    if (i < 2 || start < sc->done || sc->s[start] != 'e' || sc->s[i - 1] != 'y'
        || (start > 0 && ecl_scan_is_alnum(sc->s[start - 1]))) {
        return i + 1;
    }
    end = ecl_scan_run(sc, i, ECL_C_TOKEN);
    return end - start >= 20 && memchr(sc->s + start, '.', end - start)
               ? ecl_scan_hide(sc, start, end)
               : end;
}

/* A word of a sentence such as "Basic authentication" has neither digits nor
 * capitals within. */
size_t ecl_scan_scheme(ecl_scan_t *sc, size_t i)
{
    size_t from = i + (ecl_scan_starts(sc, i, "bearer ") ? 7 : 6);
    size_t end;
    int mixed = 0;

    if ((i > 0 && ecl_scan_is_alnum(sc->s[i - 1]))
        || !(ecl_scan_starts(sc, i, "bearer ")
             || ecl_scan_starts(sc, i, "basic "))) {
        return i + 1;
    }
    end = ecl_scan_run(sc, from, ECL_C_TOKEN);
    for (size_t k = from + 1; k < end; k++) {
        mixed |= !(sc->s[k] >= 'a' && sc->s[k] <= 'z') && sc->s[k] != '.';
    }
    return mixed && end - from >= 8 ? ecl_scan_hide(sc, from, end) : i + 1;
}

/* -- private keys ---------------------------------------------------------- */

/* Where word first stands in s[i..limit), or the text's end. */
static size_t find(const ecl_scan_t *sc, size_t i, size_t limit,
                   const char *word)
{
    limit = limit < sc->n ? limit : sc->n;
    while (i < limit && !ecl_scan_starts(sc, i, word)) {
        i++;
    }
    return i < limit ? i : sc->n;
}

/* The line "-----BEGIN x PRIVATE KEY-----" (or KEY BLOCK) at i.
 * @return its end, or i when it is none */
static size_t key_label(const ecl_scan_t *sc, size_t i, const char *begin)
{
    size_t type, end;

    if (!ecl_scan_starts(sc, i, begin)) {
        return i;
    }
    type = find(sc, i + strlen(begin), i + 64, "PRIVATE KEY");
    end = type < sc->n ? find(sc, type, type + 20, "-----") : sc->n;
    return end < sc->n ? end + 5 : i;
}

/* A block that is cut goes to the end of the text, or began before it. */
size_t ecl_scan_pem(ecl_scan_t *sc, size_t i)
{
    size_t end = key_label(sc, i, "-----BEGIN ");
    size_t from = i;

    if (end > i) {
        return ecl_scan_hide(sc, end, find(sc, end, sc->n, "-----END "));
    }
    if (key_label(sc, i, "-----END ") == i) {
        return i + 1;
    }
    while (from > sc->done
           && (ecl_scan_is(sc->s[from - 1], ECL_C_TOKEN)
               || strchr("\r\n\\", sc->s[from - 1]))) {
        from--;
    }
    if (i - from >= 16) {
        ecl_scan_hide(sc, from, i);
    }
    return i + 5;
}

/* Lines of base64 as keys are printed (RFC 7468 2; OpenSSH; RFC 2045). */
#define KEY_LINE_MIN 64

size_t ecl_scan_key_line(const char *s, size_t n)
{
    size_t end = n;
    size_t from, len;
    int upper = 0, lower = 0, digit = 0, turns = 0;

    if (n < KEY_LINE_MIN) {
        return n;
    }
    while (end > 0 && n - end < 3 && strchr("\r\n ", s[end - 1])) {
        end--;
    }
    for (from = end; from > 0 && end - from <= 76; from--) {
        char c = s[from - 1];
        int is_upper = c >= 'A' && c <= 'Z';

        if (!ecl_scan_is_alnum(c) && c != '+' && c != '/' && c != '=') {
            break;
        }
        turns += from < end && (is_upper != (s[from] >= 'A' && s[from] <= 'Z'));
        upper |= is_upper;
        lower |= c >= 'a' && c <= 'z';
        digit |= ecl_scan_is_digit(c);
    }
    len = end - from;
    return (len == KEY_LINE_MIN || len == 70 || len == 76) && upper && lower
                   && digit && turns > 12
               ? from
               : n;
}
