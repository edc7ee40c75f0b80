/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_incident.c - an incident's reference, fingerprint and names.
 *
 * Takes clock and chance as parameters; does not write records. */
#include "ecl_incident.h"

#include <stdint.h>
#include <string.h>

const char *ecl_body_name(ecl_body_e body)
{
    static const char *const names[] = {
        "none",   "canned",      "empty",         "leaking",
        "masked", "application", "errordocument", "sent",
    };

    return names[body];
}

const char *ecl_response_name(ecl_response_e response)
{
    static const char *const names[] = { "kept", "replaced", "too-late" };

    return names[response];
}

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* n characters of 5 bits each, the highest first. */
static void crockford(char *out, uint64_t bits, int n)
{
    while (n-- > 0) {
        out[n] = alphabet[bits & 31];
        bits >>= 5;
    }
}

void ecl_incident_id(char id[ECL_ID_LEN + 1], apr_time_t now,
                     const unsigned char random[5])
{
    uint64_t chance = 0;

    for (int i = 0; i < 5; i++) {
        chance = chance << 8 | random[i];
    }
    crockford(id, (uint64_t)apr_time_sec(now), 5);
    id[5] = '-';
    crockford(id + 6, chance, 8);
    id[ECL_ID_LEN] = '\0';
}

int ecl_incident_id_valid(const char *text)
{
    return strspn(text, alphabet) == 5 && text[5] == '-'
           && strspn(text + 6, alphabet) == 8 && !text[ECL_ID_LEN];
}

static char *digits(char *out, long v, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        out[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return out + n;
}

/* The Gregorian date of a day since 1970-01-01, counted in years that begin in
 * March: the leap day is then the last one. */
static char *date(char *out, long day)
{
    long of_era = (day += 719468) % 146097;
    long year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100);
    long month = (5 * of_year + 2) / 153;

    year += day / 146097 * 400 + (month >= 10);
    out = digits(out, year, 4);
    *out++ = '-';
    out = digits(out, month < 10 ? month + 3 : month - 9, 2);
    *out++ = '-';
    return digits(out, of_year - (153 * month + 2) / 5 + 1, 2);
}

void ecl_incident_time(char out[ECL_TIME_MAX], apr_time_t t, int micro)
{
    long seconds = (long)apr_time_sec(t);

    if (t < 0 || seconds > 253402300799) { /* 9999-12-31T23:59:59 */
        t = seconds = 0;
    }
    out = date(out, seconds / 86400);
    seconds %= 86400;
    *out++ = 'T';
    out = digits(out, seconds / 3600, 2);
    *out++ = ':';
    out = digits(out, seconds / 60 % 60, 2);
    *out++ = ':';
    out = digits(out, seconds % 60, 2);
    if (micro) {
        *out++ = '.';
        out = digits(out, (long)apr_time_usec(t), 6);
    }
    *out++ = 'Z';
    *out = '\0';
}

/* FNV-1a, 64 bits. The separator keeps "a"+"bc" and "ab"+"c" apart. */
static uint64_t mix(uint64_t h, const char *s)
{
    for (; s && *s; s++) {
        h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
    }
    return (h ^ 0xff) * 0x100000001b3ULL;
}

uint64_t ecl_incident_fingerprint(const ecl_incident_t *inc)
{
    static const ecl_fact_e place[] = {
        ECL_FACT_FILE, ECL_FACT_LINE,  ECL_FACT_DIRECTIVE,
        ECL_FACT_HOST, ECL_FACT_CLASS,
    };
    const ecl_verdict_t *v = &inc->verdict;
    uint64_t h = 0xcbf29ce484222325ULL;

    h = mix(h, inc->vhost);
    h = mix(h, v->cause ? v->cause->slug : NULL);
    for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
        h = mix(h, v->facts.v[place[i]]);
    }
    return h;
}

void ecl_incident_group(char out[17], const ecl_incident_t *inc)
{
    uint64_t h = ecl_incident_fingerprint(inc);

    for (int i = 0; i < 16; i++) {
        out[i] = "0123456789abcdef"[h >> (60 - 4 * i) & 15];
    }
    out[16] = '\0';
}
