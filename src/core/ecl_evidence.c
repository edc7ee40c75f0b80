/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_evidence.c - a request's own error_log messages in fixed memory.
 *
 * Does not read what a message says: cleaning and judging wait until the
 * request is known to fail. Two areas: the head fills once; the tail is a ring
 * of whole records, whose oldest make room for the newest. */
#include "ecl_evidence.h"

#include <stdint.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_text.h"

#define TEXT_MAX 8192
/* Of a longer text both ends are kept: "thrown in FILE on line N" is last. */
#define TEXT_END 1024
static const char TEXT_GAP[] = " [...] ";

typedef struct record_t {
    const char *module;
    int32_t ah;
    int32_t os_error;
    uint16_t len; /* of the text, which follows */
    int8_t level;
    uint8_t flags;
} record_t;

#define ALIGN(n)       (((n) + sizeof(void *) - 1) & ~(sizeof(void *) - 1))
#define RECORD_SIZE(n) (sizeof(record_t) + ALIGN(n))

_Static_assert(ECL_EVIDENCE_HEAD >= sizeof(record_t) + TEXT_MAX, "one fits");
_Static_assert(ECL_EVIDENCE_TAIL >= sizeof(record_t) + TEXT_MAX, "one fits");

struct ecl_evidence_t {
    uint32_t head_used; /* bytes */
    uint32_t head_n;    /* records */
    uint32_t tail_n;
    uint32_t oldest; /* where the tail's oldest record starts */
    uint32_t end;    /* where its newest one stops */
    uint32_t wrap;   /* where the records before the ring's seam stop; only
                         while oldest >= end and there are records */
    uint32_t dropped;
    uint32_t longest; /* text, in bytes */
    char head[ECL_EVIDENCE_HEAD] __attribute__((aligned(sizeof(void *))));
    char tail[ECL_EVIDENCE_TAIL] __attribute__((aligned(sizeof(void *))));
};

size_t ecl_evidence_size(void)
{
    return sizeof(ecl_evidence_t);
}

void ecl_evidence_reset(ecl_evidence_t *e)
{
    memset(e, 0, offsetof(ecl_evidence_t, head));
}

ecl_evidence_t *ecl_evidence_init(void *mem)
{
    ecl_evidence_reset(mem);
    return mem;
}

int ecl_evidence_is_empty(const ecl_evidence_t *e)
{
    return e->head_n == 0;
}

unsigned ecl_evidence_count(const ecl_evidence_t *e)
{
    return e->head_n + e->tail_n + e->dropped;
}

unsigned ecl_evidence_dropped(const ecl_evidence_t *e)
{
    return e->dropped;
}

/* The record after the one at position at of the tail. */
static uint32_t tail_next(const ecl_evidence_t *e, uint32_t at)
{
    record_t r;

    memcpy(&r, e->tail + at, sizeof(r));
    at += (uint32_t)RECORD_SIZE(r.len);
    return at == e->wrap ? 0 : at;
}

static void tail_evict(ecl_evidence_t *e)
{
    uint32_t next = tail_next(e, e->oldest);

    if (next == 0) {
        e->wrap = 0;
    }
    e->oldest = next;
    e->tail_n--;
    e->dropped++;
}

/* Room for size bytes in the ring, at its seam if need be. */
static char *tail_reserve(ecl_evidence_t *e, uint32_t size)
{
    char *room;

    if (e->tail_n && e->end + size > sizeof(e->tail)) {
        /* What still lies beyond the end is older than all before it. */
        while (e->tail_n && e->oldest >= e->end) {
            tail_evict(e);
        }
        e->wrap = e->end;
        e->end = 0;
    }
    while (e->tail_n && e->oldest >= e->end && e->oldest < e->end + size) {
        tail_evict(e);
    }
    if (!e->tail_n) {
        e->oldest = e->end = e->wrap = 0;
    }
    room = e->tail + e->end;
    e->end += size;
    e->tail_n++;
    return room;
}

/* Kept apart: httpd's own lines are never that long. */
static void __attribute__((noinline))
copy_ends(char *dst, const char *text, size_t n)
{
    size_t gap = sizeof(TEXT_GAP) - 1;
    size_t start = TEXT_MAX - TEXT_END - gap;

    memcpy(dst, text, start);
    memcpy(dst + start, TEXT_GAP, gap);
    memcpy(dst + start + gap, text + n - TEXT_END, TEXT_END);
}

void ecl_evidence_add(ecl_evidence_t *e, const char *text, size_t n,
                      const char *module, int level, int ah, int os_error,
                      unsigned flags)
{
    uint32_t len = n > TEXT_MAX ? TEXT_MAX : (uint32_t)n;
    uint32_t size = (uint32_t)RECORD_SIZE(len);
    record_t r = { .module = module,
                   .ah = ah,
                   .os_error = os_error,
                   .len = (uint16_t)len,
                   .level = (int8_t)level,
                   .flags = (uint8_t)flags };
    char *room;

    /* Once the tail has begun the head is closed: order is meaning. */
    if (!e->tail_n && e->head_used + size <= sizeof(e->head)) {
        room = e->head + e->head_used;
        e->head_used += size;
        e->head_n++;
    }
    else {
        room = tail_reserve(e, size);
    }
    memcpy(room, &r, sizeof(r));
    room += sizeof(r);
    if (n > TEXT_MAX) {
        copy_ends(room, text, n);
    }
    else if (n) {
        memcpy(room, text, n);
    }
    if (len > e->longest) {
        e->longest = len;
    }
}

/* A walk through all records, the head's before the tail's. */
typedef struct walk_t {
    const ecl_evidence_t *e;
    uint32_t n;  /* records seen */
    uint32_t at; /* the next one's place in its area */
} walk_t;

/* The next record, its header copied to *r, or NULL. */
static const char *walk(walk_t *w, record_t *r)
{
    const ecl_evidence_t *e = w->e;
    const char *place;

    if (w->n == e->head_n) {
        w->at = e->oldest;
    }
    if (w->n == e->head_n + e->tail_n) {
        return NULL;
    }
    place = (w->n < e->head_n ? e->head : e->tail) + w->at;
    memcpy(r, place, sizeof(*r));
    w->at = w->n < e->head_n ? w->at + (uint32_t)RECORD_SIZE(r->len)
                             : tail_next(e, w->at);
    w->n++;
    return place;
}

int ecl_evidence_any(const ecl_evidence_t *e, ecl_evidence_test *test)
{
    walk_t w = { .e = e };
    const char *place;
    record_t r;

    while ((place = walk(&w, &r)) != NULL) {
        if (test(r.module ? r.module : "", r.flags, place + sizeof(r), r.len)) {
            return 1;
        }
    }
    return 0;
}

void ecl_evidence_append(ecl_evidence_t *dst, const ecl_evidence_t *src)
{
    walk_t w = { .e = src };
    const char *place;
    record_t r;

    dst->dropped += src->dropped;
    while ((place = walk(&w, &r)) != NULL) {
        ecl_evidence_add(dst, place + sizeof(r), r.len, r.module, r.level, r.ah,
                         r.os_error, r.flags);
    }
}

#define AH_PREFIX 9

/* Bytes of "AHnnnnn: " at the beginning of text when nnnnn is ah. */
static size_t ah_prefix(const char *text, size_t n, int ah)
{
    size_t i;

    if (ah <= 0 || n < AH_PREFIX || text[0] != 'A' || text[1] != 'H'
        || text[7] != ':' || text[8] != ' ') {
        return 0;
    }
    for (i = 6; i > 1; i--, ah /= 10) {
        if (text[i] != '0' + ah % 10) {
            return 0;
        }
    }
    return AH_PREFIX;
}

static void read_record(ecl_msg_t *m, const record_t *r, const char *text,
                        char *raw, ecl_buf_t *clean, apr_pool_t *p)
{
    size_t skip = ah_prefix(text, r->len, r->ah);
    size_t n = ecl_text_unescape(raw, text + skip, r->len - skip);

    ecl_buf_rewind(clean, 0);
    ecl_text_clean(clean, raw, n);
    *m = (ecl_msg_t){ .text = apr_pstrmemdup(p, clean->data, clean->len),
                      .len = clean->len,
                      .module = r->module ? r->module : "",
                      .level = r->level,
                      .ah = r->ah,
                      .os_error = r->os_error,
                      .subrequest = (r->flags & ECL_EVIDENCE_SUBREQUEST) != 0,
                      .no_request = (r->flags & ECL_EVIDENCE_NO_REQUEST) != 0,
                      .unsure = (r->flags & ECL_EVIDENCE_UNSURE) != 0 };
}

int ecl_evidence_messages(const ecl_evidence_t *e, ecl_msg_t **msgs,
                          int *first_tail, apr_pool_t *p)
{
    uint32_t count = e->head_n + e->tail_n;
    ecl_msg_t *m = apr_palloc(p, (count + 1) * sizeof(*m));
    char *raw = apr_palloc(p, e->longest + 1);
    /* A byte that is no UTF-8 becomes three. */
    size_t cap = 3 * (size_t)e->longest + 1;
    walk_t w = { .e = e };
    const char *place;
    ecl_buf_t clean;
    record_t r;

    ecl_buf_init(&clean, apr_palloc(p, cap), cap);
    while ((place = walk(&w, &r)) != NULL) {
        read_record(&m[w.n - 1], &r, place + sizeof(r), raw, &clean, p);
    }
    if (first_tail) {
        *first_tail = (int)(e->dropped ? e->head_n : count);
    }
    *msgs = m;
    return (int)count;
}
