/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_client.c - the answer's format from all that a request tells.
 *
 * Sources: W3C Fetch Metadata Request Headers and the Fetch standard
 * (destinations); RFC 6839 (+json, +xml). X-Requested-With is what JavaScript
 * libraries have sent since before there was a standard. No program is known
 * by its name here: "Mozilla/" is how every browser begins its own. */
#include "ecl_client.h"

#include <string.h>
#include <strings.h>

#include "ecl_field.h"

static const char *const fields[ECL_SIGNAL_COUNT] = {
    [ECL_SIGNAL_ACCEPT] = "Accept",
    [ECL_SIGNAL_FETCH_DEST] = "Sec-Fetch-Dest",
    [ECL_SIGNAL_FETCH_MODE] = "Sec-Fetch-Mode",
    [ECL_SIGNAL_REQUESTED_WITH] = "X-Requested-With",
    [ECL_SIGNAL_CONTENT_TYPE] = "Content-Type",
    [ECL_SIGNAL_USER_AGENT] = "User-Agent",
};

typedef struct meaning_t {
    ecl_signal_e signal;
    ecl_format_e format;
    const char *const *values; /* up to a NULL */
} meaning_t;

#define VALUES(...)                                                            \
    (const char *const[])                                                      \
    {                                                                          \
        __VA_ARGS__, NULL                                                      \
    }

/* A script, a style sheet or a picture is never read by a person: its answer
 * shall be small, and readable in a browser's tools. */
static const meaning_t meanings[] = {
    { ECL_SIGNAL_PATH, ECL_FORMAT_HTML, VALUES("html", "htm", "xhtml") },
    { ECL_SIGNAL_PATH, ECL_FORMAT_JSON, VALUES("json") },
    { ECL_SIGNAL_PATH, ECL_FORMAT_XML, VALUES("xml") },
    { ECL_SIGNAL_PATH, ECL_FORMAT_MARKDOWN, VALUES("md", "markdown") },
    { ECL_SIGNAL_PATH, ECL_FORMAT_TEXT,
      VALUES("txt", "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif",
             "webp", "avif", "svg", "ico", "woff", "woff2", "ttf", "mp3", "mp4",
             "webm", "vtt", "wasm") },
    { ECL_SIGNAL_FETCH_DEST, ECL_FORMAT_HTML,
      VALUES("document", "iframe", "frame", "object", "embed") },
    { ECL_SIGNAL_FETCH_DEST, ECL_FORMAT_JSON, VALUES("empty", "json") },
    { ECL_SIGNAL_FETCH_DEST, ECL_FORMAT_TEXT,
      VALUES("audio", "audioworklet", "font", "image", "manifest",
             "paintworklet", "report", "script", "serviceworker",
             "sharedworker", "style", "track", "video", "webidentity", "worker",
             "xslt") },
    { ECL_SIGNAL_FETCH_MODE, ECL_FORMAT_HTML, VALUES("navigate") },
    { ECL_SIGNAL_REQUESTED_WITH, ECL_FORMAT_JSON, VALUES("XMLHttpRequest") },
    { ECL_SIGNAL_CONTENT_TYPE, ECL_FORMAT_JSON,
      VALUES("application/json", "+json") },
    { ECL_SIGNAL_CONTENT_TYPE, ECL_FORMAT_XML,
      VALUES("application/xml", "text/xml", "+xml") },
};

const char *ecl_signal_field(ecl_signal_e s)
{
    return fields[s];
}

/* What of a value says something: a path's suffix, a media type without its
 * parameters. */
static ecl_slice_t essence(ecl_signal_e signal, const char *value)
{
    const char *end = value + strnlen(value, ECL_FIELD_MAX);
    ecl_slice_t v = { value, (size_t)(end - value) };

    if (signal == ECL_SIGNAL_PATH) {
        v.s = end;
        while (v.s > value && v.s[-1] != '.' && v.s[-1] != '/') {
            v.s--;
        }
        if (v.s == value || v.s[-1] == '/') {
            v.s = end; /* no suffix */
        }
        v.n = (size_t)(end - v.s);
    }
    else {
        v.n = strcspn(value, "; \t,");
    }
    return v;
}

/* "+json" stands for every type with that structured syntax suffix. */
static int is_value(ecl_slice_t v, const char *want)
{
    size_t n = strlen(want);

    if (*want == '+' && v.n > n) {
        v.s += v.n - n;
        v.n = n;
    }
    return ecl_slice_is(v, want);
}

/* @return the format, or -1 when the value means none */
static int meaning_of(ecl_signal_e signal, const char *value)
{
    ecl_slice_t v = essence(signal, value);

    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        const meaning_t *m = &meanings[i];

        for (int k = 0; m->signal == signal && m->values[k]; k++) {
            if (is_value(v, m->values[k])) {
                return (int)m->format;
            }
        }
    }
    return -1;
}

/* The place of a format among the offers that are still equal, or -1. */
static int candidate(unsigned equal, int format, const ecl_format_e *offers,
                     int n)
{
    for (int i = 0; i < n; i++) {
        if ((equal >> i & 1) && (int)offers[i] == format) {
            return i;
        }
    }
    return -1;
}

/* Whether some value of the signal could choose among the equal offers. */
static int can_choose(ecl_signal_e signal, unsigned equal,
                      const ecl_format_e *offers, int n)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].signal == signal
            && candidate(equal, meanings[i].format, offers, n) >= 0) {
            return 1;
        }
    }
    return 0;
}

ecl_format_e ecl_client_format(const char *const values[ECL_SIGNAL_COUNT],
                               const ecl_format_e *offers, int n, int ordered,
                               unsigned *looked)
{
    unsigned equal;
    int i = -1, first = 0;

    *looked = 0;
    if (n < 2) {
        return offers[0];
    }
    equal = ecl_accept_best(values[ECL_SIGNAL_ACCEPT], offers, n);
    *looked = 1u << ECL_SIGNAL_ACCEPT;
    while (!(equal >> first & 1)) {
        first++;
    }
    if (equal == 1u << first) { /* one is liked best */
        return offers[first];
    }
    for (ecl_signal_e s = ECL_SIGNAL_PATH; s < ECL_SIGNAL_USER_AGENT; s++) {
        int format = values[s] ? meaning_of(s, values[s]) : -1;

        if (!can_choose(s, equal, offers, n)) {
            continue;
        }
        *looked |= 1u << s;
        if (format >= 0 && (i = candidate(equal, format, offers, n)) >= 0) {
            return offers[i];
        }
    }
    if (!ordered && candidate(equal, ECL_FORMAT_TEXT, offers, n) >= 0) {
        const char *agent = values[ECL_SIGNAL_USER_AGENT];

        *looked |= 1u << ECL_SIGNAL_USER_AGENT;
        if (!agent || strncmp(agent, "Mozilla/", 8) != 0) {
            i = candidate(equal, ECL_FORMAT_TEXT, offers, n);
        }
    }
    return offers[i >= 0 ? i : first];
}
