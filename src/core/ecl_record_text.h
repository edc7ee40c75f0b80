/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_record_text.h - how a foreign text gets into a record: masked, cut,
 * escaped. Internal to ecl_record*.c.
 *
 * Threads: a record belongs to whoever writes it. */
#ifndef ECL_RECORD_TEXT_H
#define ECL_RECORD_TEXT_H

#include <string.h>

#include "ecl_incident.h"
#include "ecl_json.h"
#include "ecl_span.h"

/* The longest text that is looked at; masking comes before cutting, so that a
 * cut cannot hide what makes a secret recognisable. */
#define ECL_RECORD_TEXT_MAX 8192

/** How much may be said, in bytes a text. */
typedef struct ecl_record_limits_t {
    size_t text;  /* of one text of the request or the verdict */
    size_t facts; /* of all facts together */
    size_t stack;
    size_t hints; /* of all hints together */
} ecl_record_limits_t;

/** A record as it is written. */
typedef struct ecl_record_t {
    ecl_json_t j;
    ecl_buf_t out;
    const ecl_incident_t *inc;
    const ecl_record_limits_t *lim;
    ecl_buf_t masked; /* the text at hand, secrets masked */
    int cut;          /* something was left out */
    int compact;
} ecl_record_t;

/** Where to cut s (n bytes) at max bytes. What is no UTF-8 has no characters to
 *  spare. @return bytes to keep */
size_t ecl_record_cut_at(const char *s, size_t n, size_t max);

/** Leave s (n bytes) masked and cut at max bytes in r->masked. */
void ecl_record_mask(ecl_record_t *r, const char *s, size_t n, size_t max);

/** The value that was started as a string: s masked, cut at max bytes. */
void ecl_record_end_masked(ecl_record_t *r, const char *s, size_t n,
                           size_t max);

/** The same for what holds no secret any more. */
void ecl_record_end_clear(ecl_record_t *r, ecl_span_t s, size_t max);

/** A text of the catalogue with its facts, masked. One without facts is our
 *  own: it is used as it stands.
 * @param s  *s: borrowed from text or from r->masked
 * @return 0 when it needs a fact that is unknown */
int ecl_record_fill(ecl_record_t *r, const char *text, ecl_span_t *s);

/* Members of a text. Inline: of a literal key ecl_json.h makes a few moves. */

static inline void start_text(ecl_record_t *r, const char *key)
{
    ecl_json_start(&r->j, key, strlen(key), '"');
}

static inline void put_cut(ecl_record_t *r, const char *key, const char *s,
                           size_t max)
{
    if (s && *s && max) {
        start_text(r, key);
        ecl_record_end_masked(r, s, strlen(s), max);
    }
}

/* A text that the request, the log or a file supplied. */
static inline void put(ecl_record_t *r, const char *key, const char *s)
{
    put_cut(r, key, s, r->lim->text);
}

/* What cannot hold a secret: addresses, names from the configuration, ids. */
static inline void put_name(ecl_record_t *r, const char *key, const char *s)
{
    if (s && *s) {
        start_text(r, key);
        ecl_record_end_clear(r, ecl_span(s, strlen(s)), r->lim->text);
    }
}

static inline void put_int(ecl_record_t *r, const char *key, long long v)
{
    if (v > 0) {
        ecl_json_int(&r->j, key, v);
    }
}

#endif
