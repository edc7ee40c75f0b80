/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_token.c - secrets that are known by their own form.
 *
 * Prefixes as the services document them for secret scanners (GitHub, GitLab,
 * AWS IAM, Google Cloud, Slack, Stripe ...); JSON Web Tokens (RFC 7519); PEM
 * (RFC 7468); bearer and basic credentials (RFC 6750, RFC 7617). */
#include "ecl_redact_scan.h"

/* Keys that services mark with a prefix. The look starts at its byte at pos,
 * a rare one; min: bytes of the shortest key, prefix included. */
static const struct {
    const char *prefix;
    unsigned char pos;
    unsigned char min;
} keys[] = {
    { "AKIA", 1, 20 },
    { "ASIA", 1, 20 },
    { "AIza", 2, 35 },
    { "ghp_", 3, 24 },
    { "gho_", 3, 24 },
    { "ghu_", 3, 24 },
    { "ghs_", 3, 24 },
    { "ghr_", 3, 24 },
    { "github_pat_", 6, 24 },
    { "sk_live_", 2, 16 },
    { "sk_test_", 2, 16 },
    { "rk_live_", 2, 16 },
    { "rk_test_", 2, 16 },
    { "whsec_", 5, 24 },
    { "npm_", 3, 30 },
    { "hf_", 2, 30 },
    { "shpat_", 5, 30 },
    { "shpss_", 5, 30 },
    { "shpca_", 5, 30 },
    { "dop_v1_", 3, 40 },
    { "glsa_", 4, 30 },
    { "lin_api_", 3, 30 },
    { "xoxa-", 4, 16 },
    { "xoxb-", 4, 16 },
    { "xoxe-", 4, 16 },
    { "xoxp-", 4, 16 },
    { "xoxr-", 4, 16 },
    { "xoxs-", 4, 16 },
    { "xapp-", 4, 20 },
    { "glpat-", 5, 16 },
    { "gldt-", 4, 16 },
    { "glrt-", 4, 16 },
    { "glptt-", 5, 20 },
    { "sq0atp-", 6, 20 },
    { "sq0csp-", 6, 20 },
    { "sk-ant-", 2, 24 },
    { "sk-proj-", 2, 24 },
    { "sk-", 2, 43 },
    { "pypi-", 4, 40 },
    { "GOCSPX-", 6, 24 },
    { "NRAK-", 4, 24 },
    { "PMAK-", 4, 40 },
    { "AGE-SECRET-KEY-", 3, 40 },
    { "SG.", 2, 40 },
    { "ya29.", 4, 20 },
    { "hvs.", 3, 24 },
};

/* What a webhook's or a session's path ends with is its secret. */
static const struct {
    const char *prefix;
    unsigned char pos;
    unsigned char min; /* of what is masked */
} paths[] = {
    { "hooks.slack.com/services/", 5, 20 },
    { "discord.com/api/webhooks/", 7, 20 },
    { "discordapp.com/api/webhooks/", 10, 20 },
    { "sess_", 4, 22 },
};

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
    char c = sc->s[i];
    char before = i > 0 ? sc->s[i - 1] : '\0';

    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        size_t pos = keys[k].pos;

        if (keys[k].prefix[pos] == c && keys[k].prefix[pos - 1] == before
            && has_prefix(sc, i, keys[k].prefix, pos)) {
            size_t end = ecl_scan_run(sc, i, ECL_C_NAME);

            if (end - (i - pos) >= keys[k].min) {
                return ecl_scan_hide(sc, i - pos, end);
            }
        }
    }
    for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
        size_t pos = paths[k].pos;

        if (paths[k].prefix[pos] == c && paths[k].prefix[pos - 1] == before
            && has_prefix(sc, i, paths[k].prefix, pos)) {
            size_t from = i - pos + strlen(paths[k].prefix);
            size_t end = ecl_scan_run(sc, from, ECL_C_TOKEN);

            if (end - from >= paths[k].min) {
                return ecl_scan_hide(sc, from, end);
            }
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

size_t ecl_scan_key_line(const char *s, size_t n)
{
    size_t end = n;
    size_t from, len;
    int upper = 0, lower = 0, digit = 0, turns = 0;

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
    /* Lines of base64 as keys are printed (RFC 7468 2; OpenSSH; RFC 2045). */
    return (len == 64 || len == 70 || len == 76) && upper && lower && digit
                   && turns > 12
               ? from
               : n;
}
