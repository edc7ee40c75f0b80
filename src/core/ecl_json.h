/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_json.h - write JSON (RFC 8259) into a bounded buffer.
 *
 * Jansson builds a tree on the heap and cannot stop at a limit; a record must
 * be one write of at most PIPE_BUF or 16 KiB, valid however it is cut, and is
 * written on the server's hot failure path. So this is our own, and a writer
 * only. Commas are the writer's business: callers state members. Texts may
 * hold any bytes; they come out as clean text (ecl_text.h).
 * Threads: a writer belongs to one thread. */
#ifndef ECL_JSON_H
#define ECL_JSON_H

#include <stddef.h>
#include <string.h>

#include "ecl_buf.h"

typedef struct ecl_json_t {
    ecl_buf_t *out; /* borrowed */
    int comma;      /* 1: the next value needs one; else 0 */
} ecl_json_t;

void ecl_json_init(ecl_json_t *j, ecl_buf_t *out);

/** The text of a string that was started, and its closing quote. */
void ecl_json_text(ecl_json_t *j, const char *s, size_t n);
void ecl_json_number(ecl_json_t *j, long long v);
void ecl_json_end_object(ecl_json_t *j); /* } */
void ecl_json_end_array(ecl_json_t *j);  /* ] */

/* key is NULL inside an array and at the top; else a literal of ours that
 * needs no escaping. Inline: the compiler then counts the literal's bytes and
 * copies them by a few moves; a record has some sixty members. */

static inline size_t ecl_json_length(const char *s)
{
    return s ? strlen(s) : 0;
}

/** A comma where one is due, the key, and c, which opens the value ('\0':
 *  nothing does). @param n  bytes of the key */
static inline void ecl_json_start(ecl_json_t *j, const char *key, size_t n,
                                  char c)
{
    ecl_buf_t *b = j->out;
    char *d = b->data + b->len;

    if (b->cap - b->len < n + 6) {
        b->truncated = 1;
        return;
    }
    *d = ',';
    d += j->comma;
    if (key) {
        *d++ = '"';
        memcpy(d, key, n);
        d += n;
        *d++ = '"';
        *d++ = ':';
    }
    if (c) {
        *d++ = c;
    }
    *d = '\0';
    b->len = (size_t)(d - b->data);
    j->comma = 1;
}

static inline void ecl_json_object(ecl_json_t *j, const char *key) /* { */
{
    ecl_json_start(j, key, ecl_json_length(key), '{');
    j->comma = 0;
}

static inline void ecl_json_array(ecl_json_t *j, const char *key) /* [ */
{
    ecl_json_start(j, key, ecl_json_length(key), '[');
    j->comma = 0;
}

static inline void ecl_json_strn(ecl_json_t *j, const char *key, const char *s,
                                 size_t n)
{
    ecl_json_start(j, key, ecl_json_length(key), '"');
    ecl_json_text(j, s, n);
}

static inline void ecl_json_str(ecl_json_t *j, const char *key, const char *s)
{
    ecl_json_strn(j, key, s, ecl_json_length(s));
}

static inline void ecl_json_int(ecl_json_t *j, const char *key, long long v)
{
    ecl_json_start(j, key, ecl_json_length(key), '\0');
    ecl_json_number(j, v);
}

/** Whether s is an integer as JSON writes it (no sign but "-", no leading
 *  zeros) that every reader keeps exactly (15 digits). @param v  its value */
int ecl_json_is_integer(const char *s, long long *v);
/** Members written out by the caller, e.g. "\"a\":1,\"b\":2": what is the same
 *  in every text need not be put together each time. */
void ecl_json_raw(ecl_json_t *j, const char *members, size_t n);
void ecl_json_bool(ecl_json_t *j, const char *key, int v);

#endif
