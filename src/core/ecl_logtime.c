/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logtime.c - times in log lines, and what carriers put before a line.
 *
 * Does not know httpd's own prefix. Sources: httpd server/log.c log_ctime(),
 * RFC 3164, RFC 5424, RFC 3339; the line formats of docker-compose, docker
 * logs -t and the Kubernetes container runtime interface. */
#include "ecl_logtime.h"

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int digits(const char *p, int n)
{
    int v = 0;

    while (n-- > 0) {
        v = v * 10 + (*p++ - '0');
    }
    return v;
}

static int month_of(const char *name)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int i;

    for (i = 0; i < 12; i++) {
        if (!memcmp(months + 3 * i, name, 3)) {
            return i;
        }
    }
    return -1;
}

/* Microseconds from a fraction ".629513" at the beginning of s. */
static int fraction(ecl_span_t s, size_t *used)
{
    int us = 0, scale = 100000;
    size_t i;

    *used = 0;
    if (!s.n || (s.p[0] != '.' && s.p[0] != ',')) {
        return 0;
    }
    for (i = 1; i < s.n && is_digit(s.p[i]); i++) {
        us += (s.p[i] - '0') * scale;
        scale /= 10;
    }
    *used = i;
    return us;
}

/* Days since 1970-01-01 in the Gregorian calendar (years from 1 March, so that
 * the leap day is the last). */
static long days_since_1970(long year, int mon, int day)
{
    long y = year - (mon < 2), era = y / 400, of_era = y - era * 400;
    long of_year = (153 * (mon + (mon < 2 ? 10 : -2)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
           - 719468;
}

static apr_time_t time_of(int year, int mon, int day, const char *hms, int us)
{
    long s =
        digits(hms, 2) * 3600L + digits(hms + 3, 2) * 60L + digits(hms + 6, 2);

    if (mon < 0 || mon > 11 || day < 1 || day > 31 || year < 1970) {
        return 0;
    }
    return (days_since_1970(year, mon, day) * 86400L + s) * APR_USEC_PER_SEC
           + us;
}

size_t ecl_logtime_iso(ecl_span_t s, apr_time_t *t)
{
    size_t used, i = 19;

    /* Nearly everything that is asked is no time at all. */
    if (s.n < 19 || s.p[4] != '-' || s.p[16] != ':') {
        return 0;
    }
    if (!ecl_span_like(s, "0000-00-00 00:00:00")
        && !ecl_span_like(s, "0000-00-00T00:00:00")) {
        return 0;
    }
    *t = time_of(digits(s.p, 4), digits(s.p + 5, 2) - 1, digits(s.p + 8, 2),
                 s.p + 11, fraction(ecl_span_from(s, 19), &used));
    i += used;
    if (i < s.n && s.p[i] == 'Z') {
        return i + 1;
    }
    if (ecl_span_like(ecl_span_from(s, i + (i < s.n)), "00:00")) {
        return i + 6;
    }
    if (ecl_span_like(ecl_span_from(s, i + (i < s.n)), "0000")) {
        return i + 5;
    }
    return i;
}

size_t ecl_logtime_ctime(ecl_span_t s, apr_time_t *t)
{
    size_t used, i = 19;
    int day, us;

    if (s.n < 19 || s.p[13] != ':' || s.p[16] != ':') {
        return 0;
    }
    if (!ecl_span_like(s, "aaa aaa 00 00:00:00")
        && !ecl_span_like(s, "aaa aaa  0 00:00:00")) {
        return 0;
    }
    day = (s.p[8] == ' ' ? 0 : 10 * (s.p[8] - '0')) + (s.p[9] - '0');
    us = fraction(ecl_span_from(s, i), &used);
    i += used;
    if (ecl_span_like(ecl_span_from(s, i), " 0000")) {
        *t = time_of(digits(s.p + i + 1, 4), month_of(s.p + 4), day, s.p + 11,
                     us);
        i += 5;
    }
    return i;
}

/* "Nov 22 10:00:00 host httpd[123]: " or the same with an ISO time; the host
 * may be missing. */
static size_t syslog_prefix(ecl_span_t s)
{
    apr_time_t t;
    size_t i = 0;
    int words;

    if (ecl_span_like(s, "aaa 00 00:00:00 ")
        || ecl_span_like(s, "aaa  0 00:00:00 ")) {
        i = 15;
    }
    else {
        i = ecl_logtime_iso(s, &t);
    }
    for (words = 0; i && words < 2; words++) {
        size_t start = ++i, end;

        while (i < s.n && s.p[i] != ' ' && s.p[i] != '[' && s.p[i] != ':') {
            i++;
        }
        end = i;
        if (i < s.n && s.p[i] == '[' && end > start) {
            for (i++; i < s.n && is_digit(s.p[i]); i++) {
            }
            if (i + 2 >= s.n || s.p[i] != ']' || s.p[i + 1] != ':') {
                return 0;
            }
            return i + 2 + (s.p[i + 2] == ' ');
        }
        if (i >= s.n || s.p[i] != ' ' || end == start) {
            return 0;
        }
        /* A host and no program: httpd's own bracket follows, "[Sun " or
         * "[core:"; no program's name begins so. */
        if (words == 0 && i + 1 < s.n && s.p[i + 1] == '[') {
            return i + 1;
        }
    }
    return 0;
}

/* "2026-11-22T10:00:00.1Z stderr F " (Kubernetes), or the time alone in front
 * of a bracket (docker logs -t). */
static size_t container_prefix(ecl_span_t s)
{
    apr_time_t t;
    size_t i = ecl_logtime_iso(s, &t);
    ecl_span_t rest;

    if (!i || i >= s.n || s.p[i] != ' ') {
        return 0;
    }
    rest = ecl_span_from(s, i + 1);
    if (ecl_span_starts(rest, "stderr F ")
        || ecl_span_starts(rest, "stdout F ")) {
        return i + 10;
    }
    return s.p[10] == 'T' && ecl_span_starts(rest, "[") ? i + 1 : 0;
}

/* "web_1        | " */
static size_t compose_prefix(ecl_span_t s)
{
    size_t i = 0;

    while (i < s.n
           && (isalnum((unsigned char)s.p[i]) || strchr("_.-", s.p[i]))) {
        i++;
    }
    if (i == 0 || i > 64) {
        return 0;
    }
    while (i < s.n && s.p[i] == ' ') {
        i++;
    }
    return i + 1 < s.n && s.p[i] == '|' && s.p[i + 1] == ' ' ? i + 2 : 0;
}

size_t ecl_logtime_transport(ecl_span_t s)
{
    static size_t (*const kinds[])(
        ecl_span_t) = { compose_prefix, container_prefix, syslog_prefix };
    size_t total = 0, k;

    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        total += kinds[k](ecl_span_from(s, total));
    }
    return total;
}
