/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_group.c - which lines of an error_log belong to one request.
 *
 * Does not diagnose and does not keep the lines (ecl_cmd_request.c). */
#include "ecl_cmd_group.h"

#include <stdlib.h>
#include <string.h>

/* Requests that are open at the same time; more are closed, oldest first. */
#define OPEN_MAX 64
/* A request's lines are rarely further apart; a slow one says nothing while it
 * waits, and its first and last words then count as two incidents. */
#define WINDOW apr_time_from_sec(5)
/* Lines without a client join across processes only when they are neighbours
 * (mod_cgid's daemon logs for the worker that asked it). */
#define NEAR apr_time_from_sec(1)

/* What a line is compared with first, side by side in memory. */
typedef struct slot_t {
    uint64_t client; /* client_hash */
    uint64_t thread; /* thread_of() */
    unsigned long long seen;
} slot_t;

struct ecl_grouper_t {
    ecl_group_t *open[OPEN_MAX]; /* oldest first */
    slot_t slots[OPEN_MAX];      /* of each, see note() */
    int nopen;
    ecl_group_t *spare[OPEN_MAX]; /* empty ones */
    int nspare;
    ecl_group_t *raw; /* output that waits for the line it explains, or NULL */
    unsigned long long line;
    apr_time_t now;
    apr_time_t next; /* no open group ends before */
    int single;
    ecl_group_fn *fn;
    void *baton;
};

ecl_grouper_t *ecl_grouper_create(int single, ecl_group_fn *fn, void *baton)
{
    ecl_grouper_t *g = calloc(1, sizeof(*g));

    if (!g) {
        abort();
    }
    g->single = single;
    g->fn = fn;
    g->baton = baton;
    return g;
}

static ecl_group_t *new_group(ecl_grouper_t *g)
{
    ecl_group_t *grp = g->nspare ? g->spare[--g->nspare] : ecl_group_create();

    grp->line = g->line;
    return grp;
}

static void free_group(ecl_grouper_t *g, ecl_group_t *grp)
{
    if (g->nspare == OPEN_MAX) {
        ecl_group_destroy(grp);
        return;
    }
    ecl_group_reset(grp);
    g->spare[g->nspare++] = grp;
}

static uint64_t thread_of(long pid, unsigned long long tid)
{
    return (uint64_t)pid * 0x9e3779b97f4a7c15U ^ tid;
}

/* To be called whenever the group's client, thread or last line changed. */
static void note(ecl_grouper_t *g, int i)
{
    const ecl_group_t *grp = g->open[i];

    g->slots[i].client = grp->client_hash;
    g->slots[i].thread = thread_of(grp->pid, grp->tid);
    g->slots[i].seen = grp->seen;
}

static void remove_at(ecl_grouper_t *g, int i)
{
    g->nopen--;
    memmove(&g->open[i], &g->open[i + 1],
            (size_t)(g->nopen - i) * sizeof(g->open[0]));
    memmove(&g->slots[i], &g->slots[i + 1],
            (size_t)(g->nopen - i) * sizeof(g->slots[0]));
}

/* The open group of a thread's lines that named no client yet, or -1. */
static int find_orphan(const ecl_grouper_t *g, long pid, unsigned long long tid)
{
    uint64_t thread = thread_of(pid, tid);
    int i;

    for (i = 0; i < g->nopen; i++) {
        if (!g->slots[i].client && g->slots[i].thread == thread
            && g->open[i]->pid == pid && g->open[i]->tid == tid) {
            return i;
        }
    }
    return -1;
}

static void close_at(ecl_grouper_t *g, int i)
{
    ecl_group_t *grp = g->open[i];
    int orphan;

    remove_at(g, i);
    /* Lines without a client that no later request claimed are the rest of
     * this one. */
    orphan = grp->client_hash ? find_orphan(g, grp->pid, grp->tid) : -1;
    if (orphan >= 0 && g->open[orphan]->first - grp->last <= NEAR) {
        ecl_group_t *rest = g->open[orphan];

        remove_at(g, orphan);
        ecl_group_join(grp, rest);
        free_group(g, rest);
    }
    grp = g->fn(grp, g->baton);
    if (grp) {
        free_group(g, grp);
    }
}

static int open_group(ecl_grouper_t *g, const ecl_loghead_t *l)
{
    ecl_group_t *grp;

    if (g->nopen == OPEN_MAX) {
        close_at(g, 0);
    }
    grp = new_group(g);
    grp->first = l->time;
    grp->pid = l->pid;
    grp->tid = l->tid;
    g->open[g->nopen] = grp;
    note(g, g->nopen);
    return g->nopen++;
}

static int is_within(const ecl_grouper_t *g, const ecl_group_t *grp,
                     apr_time_t span)
{
    return !g->now || !grp->last || g->now - grp->last <= span;
}

static int same_span(ecl_span_t a, ecl_span_t b)
{
    return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* A client that fails twice on one connection writes the same first words,
 * with others between (a script may well say one thing many times over).
 * @param between  the thread has said something else since */
static int begins_anew(const ecl_group_t *grp, const ecl_loghead_t *l,
                       int between)
{
    int i;

    if (l->level < 0 || l->level > ECL_LEVEL_WARN || !l->text.n) {
        return 0;
    }
    for (i = 0; i < grp->nlines; i++) {
        if (!grp->lines[i].no_request) {
            return same_span(ecl_group_text(grp, i), l->text)
                   && (between
                       || !same_span(ecl_group_text(grp, grp->nlines - 1),
                                     l->text));
        }
    }
    return 0;
}

/* A line and what is compared most. */
typedef struct seeker_t {
    const ecl_loghead_t *l;
    uint64_t client, id, thread;
} seeker_t;

/* Whether a line belongs to an open group; the surer the higher, 0 is no. */
static int kinship(const ecl_grouper_t *g, const ecl_group_t *grp,
                   const seeker_t *s)
{
    const ecl_loghead_t *l = s->l;

    if (s->id && grp->id_hash) {
        return s->id == grp->id_hash && ecl_span_is(l->log_id, grp->log_id) ? 4
                                                                            : 0;
    }
    if (s->client && grp->client_hash) {
        return s->client == grp->client_hash && grp->pid == l->pid
                       && ecl_span_is(l->client, grp->client)
                       && is_within(g, grp, WINDOW)
                       && !begins_anew(grp, l,
                                       find_orphan(g, l->pid, l->tid) >= 0)
                   ? 3
                   : 0;
    }
    if (grp->client_hash) {
        return 0; /* wait: the line may belong to the thread's next request */
    }
    if (grp->pid == l->pid && grp->tid == l->tid
        && is_within(g, grp, l->pid ? WINDOW : NEAR)) {
        return 2;
    }
    /* Another process of the same module, right before or after. */
    return grp->seen + 1 == g->line && l->module.n && grp->nlines
           && is_within(g, grp, NEAR)
           && same_span(ecl_group_module(grp, grp->nlines - 1), l->module);
}

/* Whether kinship() is 0 by what the slot tells. */
static int is_strange(const ecl_grouper_t *g, const slot_t *slot,
                      const seeker_t *s)
{
    if (s->id) {
        return 0;
    }
    return slot->client
               ? slot->client != s->client
               : slot->thread != s->thread && slot->seen + 1 != g->line;
}

static int find_group(const ecl_grouper_t *g, const ecl_loghead_t *l)
{
    seeker_t s = { l, ecl_group_hash(l->client), ecl_group_hash(l->log_id),
                   thread_of(l->pid, l->tid) };
    int best = -1, most = 0, i;

    for (i = g->nopen - 1; i >= 0 && most < 4; i--) {
        int k;

        if (is_strange(g, &g->slots[i], &s)) {
            continue; /* nearly all are */
        }
        k = kinship(g, g->open[i], &s);
        if (k > most) {
            most = k;
            best = i;
        }
    }
    return best;
}

static void pass_time(ecl_grouper_t *g, apr_time_t now)
{
    apr_time_t next = 0;
    int i = 0;

    if (now) {
        g->now = now;
    }
    if (!now || now < g->next) {
        return;
    }
    while (i < g->nopen) {
        ecl_group_t *grp = g->open[i];

        if (!is_within(g, grp, WINDOW)) {
            close_at(g, i);
            i = 0; /* another one may have gone with it */
            next = 0;
            continue;
        }
        if (grp->last && (!next || grp->last < next)) {
            next = grp->last;
        }
        i++;
    }
    /* A group's last line only gets later; one opened now ends no earlier
     * than a window from now. */
    g->next = next ? next + WINDOW : now;
}

static void adopt_raw(ecl_grouper_t *g, int i)
{
    if (g->raw) {
        ecl_group_join(g->open[i], g->raw);
        free_group(g, g->raw);
        g->raw = NULL;
    }
}

/* Whether a line is what the server says after a script printed its last
 * words: those came before it. */
static int ends_a_script(ecl_span_t text)
{
    static const char *const starts[] = {
        "End of script output before headers",
        "Premature end of script",
        "malformed header from script",
        "Script timed out",
        "mod_fcgid: ",
    };
    size_t i;

    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (ecl_span_starts(text, starts[i])) {
            return 1;
        }
    }
    return 0;
}

/* The group whose line was the last one read, or -1. */
static int latest(const ecl_grouper_t *g)
{
    int best = -1, i;

    for (i = 0; i < g->nopen; i++) {
        if (best < 0 || g->open[i]->seen > g->open[best]->seen) {
            best = i;
        }
    }
    return best;
}

/* Raw output that no line claimed belongs to the line before it. */
static void settle_raw(ecl_grouper_t *g, const ecl_loghead_t *l)
{
    int i = latest(g);

    if (g->raw && i < 0) {
        i = open_group(g, l);
        g->open[i]->pid = -1; /* nobody's */
    }
    if (g->raw) {
        adopt_raw(g, i);
        note(g, i);
    }
}

/* A request known before goes on: what its thread said in between is its.
 * @return where the group is now */
static int adopt_orphan(ecl_grouper_t *g, int i, const ecl_loghead_t *l)
{
    int orphan = l->client.n && g->open[i]->client_hash
                     ? find_orphan(g, l->pid, l->tid)
                     : -1;
    ecl_group_t *from;

    if (orphan < 0 || orphan == i) {
        return i;
    }
    from = g->open[orphan];
    remove_at(g, orphan);
    i -= orphan < i;
    ecl_group_join(g->open[i], from);
    free_group(g, from);
    return i;
}

static void add_line(ecl_grouper_t *g, const ecl_loghead_t *l)
{
    ecl_group_t *grp;
    int i;

    if (g->raw && !ends_a_script(l->text)) {
        settle_raw(g, l);
    }
    pass_time(g, l->time);
    i = find_group(g, l);
    if (i < 0) {
        i = open_group(g, l);
    }
    else {
        i = adopt_orphan(g, i, l);
    }
    adopt_raw(g, i);
    grp = g->open[i];
    if (!grp->client_hash && l->client.n) {
        /* The request has spoken: the thread's lines before are its own. */
        grp->pid = l->pid;
        grp->tid = l->tid;
    }
    ecl_group_name(grp, l);
    ecl_group_add(grp, l, !l->client.n);
    grp->seen = g->line;
    note(g, i);
    if (l->time) {
        grp->last = l->time;
        if (g->next > l->time + WINDOW) {
            g->next = l->time + WINDOW; /* the log's time went back */
        }
    }
}

void ecl_grouper_line(ecl_grouper_t *g, const ecl_loghead_t *l)
{
    g->line++;
    if (g->single) {
        int i = g->nopen ? 0 : open_group(g, l);
        ecl_group_t *grp = g->open[i];

        ecl_group_name(grp, l);
        grp->first = grp->first ? grp->first : l->time;
        ecl_group_add(grp, l, 0);
    }
    else if (l->has_prefix) {
        add_line(g, l);
    }
    else {
        if (!g->raw) {
            g->raw = new_group(g);
        }
        ecl_group_add(g->raw, l, 0);
    }
}

void ecl_grouper_skip(ecl_grouper_t *g, apr_time_t time)
{
    ecl_loghead_t none = { .time = time };

    g->line++;
    if (g->raw) {
        settle_raw(g, &none);
    }
    pass_time(g, time);
}

void ecl_grouper_finish(ecl_grouper_t *g)
{
    ecl_loghead_t none = { 0 };

    settle_raw(g, &none);
    while (g->nopen) {
        close_at(g, 0);
    }
    while (g->nspare) {
        ecl_group_destroy(g->spare[--g->nspare]);
    }
    free(g);
}
