/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_request.c - the lines of one request, as the log has them.
 *
 * One block of memory a group, used again and again. */
#include "ecl_cmd_request.h"

#include <stdlib.h>
#include <string.h>

/* Memory that an empty group keeps. */
#define KEEP_BYTES (16 * 1024)

static void *must(void *mem)
{
    if (!mem) {
        abort();
    }
    return mem;
}

ecl_group_t *ecl_group_create(void)
{
    ecl_group_t *g = must(calloc(1, sizeof(*g)));

    ecl_group_reset(g);
    return g;
}

void ecl_group_reset(ecl_group_t *g)
{
    if (g->size > KEEP_BYTES) {
        free(g->mem);
        g->mem = NULL;
        g->size = 0;
    }
    g->nlines = 0;
    g->used = 0;
    g->dropped = 0;
    g->worst = ECL_LEVEL_DEBUG;
    g->grave = 0;
    g->first = g->last = 0;
    g->pid = 0;
    g->tid = 0;
    g->client[0] = g->vhost[0] = g->log_id[0] = '\0';
    g->client_hash = g->id_hash = 0;
    g->line = g->seen = 0;
}

void ecl_group_destroy(ecl_group_t *g)
{
    if (g) {
        free(g->lines);
        free(g->mem);
        free(g);
    }
}

/* -- lines -- */

static size_t line_bytes(const ecl_group_line_t *l)
{
    return (size_t)l->module_n + l->text_n;
}

/* Drop lines after the first half until size bytes more have room with some
 * to spare, then close the hole. */
static void drop_middle(ecl_group_t *g, size_t size)
{
    size_t live = 0, want = size + ECL_GROUP_BYTES / 4;
    int at = g->nlines / 2, end = at, i;

    for (i = 0; i < g->nlines; i++) {
        live += line_bytes(&g->lines[i]);
    }
    /* Of what came last the latest line stays. */
    while (end < g->nlines - 1
           && (end == at || live + want > ECL_GROUP_BYTES)) {
        live -= line_bytes(&g->lines[end++]);
    }
    memmove(&g->lines[at], &g->lines[end],
            (size_t)(g->nlines - end) * sizeof(g->lines[0]));
    g->nlines -= end - at;
    g->dropped += (unsigned)(end - at);
    for (i = 0, g->used = 0; i < g->nlines; i++) {
        ecl_group_line_t *l = &g->lines[i];

        memmove(g->mem + g->used, g->mem + l->at, line_bytes(l));
        l->at = (uint32_t)g->used;
        g->used += line_bytes(l);
    }
}

static void make_room(ecl_group_t *g, size_t size)
{
    if (g->nlines > 1
        && (g->nlines == ECL_GROUP_MSGS || g->used + size > ECL_GROUP_BYTES)) {
        drop_middle(g, size);
    }
    if (g->nlines == g->room) {
        g->room = g->room ? 2 * g->room : 8;
        g->lines =
            must(realloc(g->lines, (size_t)g->room * sizeof(g->lines[0])));
    }
    if (g->used + size > g->size) {
        g->size = 2 * (g->used + size) + 512;
        g->mem = must(realloc(g->mem, g->size));
    }
}

static void append(ecl_group_t *g, ecl_group_line_t l, const char *module,
                   const char *text)
{
    make_room(g, line_bytes(&l));
    l.at = (uint32_t)g->used;
    if (l.module_n) {
        memcpy(g->mem + g->used, module, l.module_n);
    }
    if (l.text_n) {
        memcpy(g->mem + g->used + l.module_n, text, l.text_n);
    }
    g->used += line_bytes(&l);
    g->lines[g->nlines++] = l;
    g->grave |= l.level >= 0 && l.level < ECL_LEVEL_WARN;
    if (l.level < g->worst) {
        g->worst = l.level;
    }
}

void ecl_group_add(ecl_group_t *g, const ecl_loghead_t *h, int no_request)
{
    ecl_group_line_t l = { .module_n = (uint32_t)h->module.n,
                           .text_n = (uint32_t)h->text.n,
                           .level = h->level,
                           .ah = h->ah,
                           .os_error = h->os_error,
                           .no_request = no_request };

    append(g, l, h->module.p, h->text.p);
}

void ecl_group_join(ecl_group_t *g, ecl_group_t *from)
{
    int i;

    for (i = 0; i < from->nlines; i++) {
        append(g, from->lines[i], ecl_group_module(from, i).p,
               ecl_group_text(from, i).p);
    }
    if (from->line < g->line) {
        g->line = from->line;
    }
    if (from->seen > g->seen) {
        g->seen = from->seen;
    }
    g->dropped += from->dropped;
    from->nlines = 0;
}

/* -- names -- */

uint64_t ecl_group_hash(ecl_span_t s)
{
    uint64_t h = s.n ? 0x9e3779b97f4a7c15U ^ s.n : 0, w;

    for (; s.n >= 8; s = ecl_span_from(s, 8)) {
        memcpy(&w, s.p, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdU;
        h ^= h >> 32;
    }
    if (s.n) {
        w = 0;
        memcpy(&w, s.p, s.n);
        h = (h ^ w) * 0xc4ceb9fe1a85ec53U;
        h ^= h >> 29;
    }
    return h;
}

static void set_name(char *dst, uint64_t *hash, ecl_span_t s)
{
    if (!dst[0] && s.n && s.n <= ECL_GROUP_NAME) {
        memcpy(dst, s.p, s.n);
        dst[s.n] = '\0';
        if (hash) {
            *hash = ecl_group_hash(s);
        }
    }
}

void ecl_group_name(ecl_group_t *g, const ecl_loghead_t *l)
{
    set_name(g->client, &g->client_hash, l->client);
    set_name(g->log_id, &g->id_hash, l->log_id);
    set_name(g->vhost, NULL, l->vhost);
}

/* -- messages -- */

ecl_span_t ecl_group_module(const ecl_group_t *g, int i)
{
    return ecl_span(g->mem ? g->mem + g->lines[i].at : "",
                    g->lines[i].module_n);
}

ecl_span_t ecl_group_text(const ecl_group_t *g, int i)
{
    const ecl_group_line_t *l = &g->lines[i];

    return ecl_span(g->mem ? g->mem + l->at + l->module_n : "", l->text_n);
}

ecl_msg_t *ecl_group_messages(const ecl_group_t *g, apr_pool_t *p)
{
    ecl_msg_t *msgs = apr_pcalloc(p, (size_t)(g->nlines + 1) * sizeof(msgs[0]));
    int i;

    for (i = 0; i < g->nlines; i++) {
        const ecl_group_line_t *l = &g->lines[i];
        ecl_msg_t *m = &msgs[i];

        m->text = ecl_logline_clean(ecl_group_text(g, i), &m->len, p);
        m->module = l->module_n
                        ? ecl_logline_clean(ecl_group_module(g, i), NULL, p)
                        : "";
        m->level = l->level;
        m->ah = l->ah;
        m->os_error = l->os_error;
        m->no_request = (unsigned)l->no_request & 1;
    }
    return msgs;
}

/* -- keys -- */

static void mix(ecl_group_key_t *k, uint64_t w)
{
    k->a = (k->a ^ w) * 0xff51afd7ed558ccdU;
    k->a ^= k->a >> 32;
    k->b = (k->b + w) * 0x9ddfea08eb382d69U;
    k->b ^= k->b >> 29;
}

static void mix_text(ecl_group_key_t *k, ecl_span_t s)
{
    uint64_t w = 0;

    for (; s.n >= 8; s = ecl_span_from(s, 8)) {
        memcpy(&w, s.p, 8);
        mix(k, w);
    }
    w = 0;
    if (s.n) {
        memcpy(&w, s.p, s.n);
    }
    mix(k, w);
}

/* A run of digits counts as one digit. */
static void mix_masked(ecl_group_key_t *k, ecl_span_t s)
{
    uint64_t w = 0;
    int digits = 0;

    for (; s.n; s = ecl_span_from(s, 1)) {
        unsigned char c = (unsigned char)s.p[0];

        if (c >= '0' && c <= '9') {
            if (digits) {
                continue;
            }
            digits = 1;
            c = '0';
        }
        else {
            digits = 0;
        }
        if (w >> 56) {
            mix(k, w);
            w = 0;
        }
        w = w << 8 | c;
    }
    mix(k, w);
}

ecl_group_key_t ecl_group_key(const ecl_group_t *g, int masked)
{
    ecl_group_key_t k = { 0x243f6a8885a308d3U, 0x13198a2e03707344U };
    int i;

    mix(&k, (uint64_t)g->dropped);
    for (i = 0; i < g->nlines; i++) {
        const ecl_group_line_t *l = &g->lines[i];

        mix(&k, (uint64_t)l->text_n * (masked == 0) << 32 | l->module_n);
        mix(&k, (uint64_t)(uint32_t)l->ah << 32 | (uint32_t)l->os_error);
        mix(&k, (uint64_t)(uint32_t)l->level << 1 | (uint32_t)l->no_request);
        mix_text(&k, ecl_group_module(g, i));
        if (masked) {
            mix_masked(&k, ecl_group_text(g, i));
        }
        else {
            mix_text(&k, ecl_group_text(g, i));
        }
    }
    return k;
}
