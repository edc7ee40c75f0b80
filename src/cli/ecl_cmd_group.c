/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_group.c - which lines of an error_log belong to one request.
 *
 * Does not diagnose. Texts are copied to the heap, because a group lives
 * shorter than the input and longer than a line. */
#include "ecl_cmd_group.h"

#include <stdint.h>
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
/* Bytes of texts kept of one group. */
#define BYTES_MAX (256 * 1024)

struct ecl_grouper_t {
    ecl_group_t *open[OPEN_MAX]; /* oldest first */
    size_t bytes[OPEN_MAX];
    int nopen;
    ecl_group_t *raw; /* output that waits for the line it explains */
    size_t raw_bytes;
    unsigned long long line;
    apr_time_t now;
    int single;
    ecl_group_fn *fn;
    void *baton;
};

static void *must(void *mem)
{
    if (!mem) {
        abort();
    }
    return mem;
}

static char *copy(const char *s)
{
    return s ? must(strdup(s)) : NULL;
}

ecl_grouper_t *ecl_grouper_create(int single, ecl_group_fn *fn, void *baton)
{
    ecl_grouper_t *g = must(calloc(1, sizeof(*g)));

    g->single = single;
    g->fn = fn;
    g->baton = baton;
    return g;
}

static void free_text(ecl_msg_t *m)
{
    free((void *)(uintptr_t)m->text);
    free((void *)(uintptr_t)m->module);
}

static void free_group(ecl_group_t *grp)
{
    int i;

    for (i = 0; i < grp->nmsgs; i++) {
        free_text(&grp->msgs[i]);
    }
    free(grp->client);
    free(grp->log_id);
    free(grp);
}

/* The oldest message after the first half makes room. */
static void drop_middle(ecl_group_t *grp, size_t *bytes)
{
    int at = grp->nmsgs / 2;

    *bytes -= grp->msgs[at].len;
    free_text(&grp->msgs[at]);
    memmove(&grp->msgs[at], &grp->msgs[at + 1],
            (size_t)(grp->nmsgs - at - 1) * sizeof(grp->msgs[0]));
    grp->nmsgs--;
    grp->dropped++;
    grp->gap = at;
}

static void add_msg(ecl_group_t *grp, size_t *bytes, ecl_msg_t m)
{
    while (grp->nmsgs > 1
           && (grp->nmsgs == ECL_GROUP_MSGS || *bytes + m.len > BYTES_MAX)) {
        drop_middle(grp, bytes);
    }
    *bytes += m.len;
    grp->msgs[grp->nmsgs++] = m;
}

static ecl_msg_t own(const ecl_msg_t *m)
{
    ecl_msg_t mine = *m;

    mine.text = copy(m->text);
    mine.module = copy(m->module);
    return mine;
}

static void remove_at(ecl_grouper_t *g, int i)
{
    g->nopen--;
    memmove(&g->open[i], &g->open[i + 1],
            (size_t)(g->nopen - i) * sizeof(g->open[0]));
    memmove(&g->bytes[i], &g->bytes[i + 1],
            (size_t)(g->nopen - i) * sizeof(g->bytes[0]));
}

/* Move what from holds to the end of to. */
static void move_msgs(ecl_group_t *to, size_t *bytes, ecl_group_t *from)
{
    int i;

    for (i = 0; i < from->nmsgs; i++) {
        add_msg(to, bytes, from->msgs[i]);
    }
    if (from->line < to->line) {
        to->line = from->line;
    }
    if (from->seen > to->seen) {
        to->seen = from->seen;
    }
    to->dropped += from->dropped;
    from->nmsgs = 0;
    free_group(from);
}

/* The open group of a thread's lines that named no client yet, or -1. */
static int find_orphan(const ecl_grouper_t *g, long pid, unsigned long long tid)
{
    int i;

    for (i = 0; i < g->nopen; i++) {
        if (!g->open[i]->client && g->open[i]->pid == pid
            && g->open[i]->tid == tid) {
            return i;
        }
    }
    return -1;
}

static void close_at(ecl_grouper_t *g, int i)
{
    ecl_group_t *grp = g->open[i];
    size_t bytes = g->bytes[i];
    int orphan;

    remove_at(g, i);
    /* Lines without a client that no later request claimed are the rest of
     * this one. */
    orphan = grp->client ? find_orphan(g, grp->pid, grp->tid) : -1;
    if (orphan >= 0 && g->open[orphan]->first - grp->last <= NEAR) {
        ecl_group_t *rest = g->open[orphan];

        remove_at(g, orphan);
        move_msgs(grp, &bytes, rest);
    }
    if (!grp->dropped) {
        grp->gap = grp->nmsgs;
    }
    g->fn(grp, g->baton);
    free_group(grp);
}

static int open_group(ecl_grouper_t *g, const ecl_logline_t *l)
{
    ecl_group_t *grp = must(calloc(1, sizeof(*grp)));

    if (g->nopen == OPEN_MAX) {
        close_at(g, 0);
    }
    grp->first = l->time;
    grp->line = g->line;
    grp->pid = l->pid;
    grp->tid = l->tid;
    g->open[g->nopen] = grp;
    g->bytes[g->nopen] = 0;
    return g->nopen++;
}

static int is_within(const ecl_grouper_t *g, const ecl_group_t *grp,
                     apr_time_t span)
{
    return !g->now || !grp->last || g->now - grp->last <= span;
}

static int same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* A client that fails twice on one connection writes the same first words,
 * with others between (a script may well say one thing many times over).
 * @param between  the thread has said something else since */
static int begins_anew(const ecl_group_t *grp, const ecl_msg_t *m, int between)
{
    int i;

    if (m->level < 0 || m->level > ECL_LEVEL_WARN || !m->len) {
        return 0;
    }
    for (i = 0; i < grp->nmsgs; i++) {
        if (!grp->msgs[i].no_request) {
            return !strcmp(grp->msgs[i].text, m->text)
                   && (between
                       || strcmp(grp->msgs[grp->nmsgs - 1].text, m->text));
        }
    }
    return 0;
}

/* Whether a line belongs to an open group; the surer the higher, 0 is no. */
static int kinship(const ecl_grouper_t *g, const ecl_group_t *grp,
                   const ecl_logline_t *l)
{
    int same_thread = grp->pid == l->pid && grp->tid == l->tid;

    if (l->log_id && grp->log_id) {
        return same_text(l->log_id, grp->log_id) ? 4 : 0;
    }
    if (l->client && grp->client) {
        return same_text(l->client, grp->client) && grp->pid == l->pid
                       && is_within(g, grp, WINDOW)
                       && !begins_anew(grp, &l->msg,
                                       find_orphan(g, l->pid, l->tid) >= 0)
                   ? 3
                   : 0;
    }
    if (grp->client) {
        return 0; /* wait: the line may belong to the thread's next request */
    }
    if (same_thread && is_within(g, grp, l->pid ? WINDOW : NEAR)) {
        return 2;
    }
    /* Another process of the same module, right before or after. */
    return l->msg.module[0] && grp->nmsgs && is_within(g, grp, NEAR)
           && grp->seen + 1 == g->line
           && !strcmp(grp->msgs[grp->nmsgs - 1].module, l->msg.module);
}

static int find_group(const ecl_grouper_t *g, const ecl_logline_t *l)
{
    int best = -1, most = 0, i;

    for (i = g->nopen - 1; i >= 0; i--) {
        int k = kinship(g, g->open[i], l);

        if (k > most) {
            most = k;
            best = i;
        }
    }
    return best;
}

static void close_passed(ecl_grouper_t *g)
{
    int i = 0;

    while (i < g->nopen) {
        if (is_within(g, g->open[i], WINDOW)) {
            i++;
        }
        else {
            close_at(g, i);
        }
    }
}

static void adopt_raw(ecl_grouper_t *g, int i)
{
    if (g->raw) {
        move_msgs(g->open[i], &g->bytes[i], g->raw);
        g->raw = NULL;
    }
}

/* Whether a line is what the server says after a script printed its last
 * words: those came before it. */
static int ends_a_script(const ecl_msg_t *m)
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
        if (!strncmp(m->text, starts[i], strlen(starts[i]))) {
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
static void settle_raw(ecl_grouper_t *g, const ecl_logline_t *l)
{
    int i = latest(g);

    if (g->raw && i < 0) {
        i = open_group(g, l);
        g->open[i]->pid = -1; /* nobody's */
    }
    if (g->raw) {
        adopt_raw(g, i);
    }
}

static void add_raw(ecl_grouper_t *g, const ecl_msg_t *m)
{
    if (!g->raw) {
        g->raw = must(calloc(1, sizeof(*g->raw)));
        g->raw->line = g->line;
        g->raw_bytes = 0;
    }
    add_msg(g->raw, &g->raw_bytes, own(m));
}

/* A request known before goes on: what its thread said in between is its.
 * @return where the group is now */
static int adopt_orphan(ecl_grouper_t *g, int i, const ecl_logline_t *l)
{
    int orphan =
        l->client && g->open[i]->client ? find_orphan(g, l->pid, l->tid) : -1;
    ecl_group_t *from;

    if (orphan < 0 || orphan == i) {
        return i;
    }
    from = g->open[orphan];
    remove_at(g, orphan);
    i -= orphan < i;
    move_msgs(g->open[i], &g->bytes[i], from);
    return i;
}

static void add_line(ecl_grouper_t *g, const ecl_logline_t *l)
{
    ecl_group_t *grp;
    ecl_msg_t m;
    int i;

    if (g->raw && !ends_a_script(&l->msg)) {
        settle_raw(g, l);
    }
    if (l->time) {
        g->now = l->time;
        close_passed(g);
    }
    i = find_group(g, l);
    if (i < 0) {
        i = open_group(g, l);
    }
    i = adopt_orphan(g, i, l);
    adopt_raw(g, i);
    grp = g->open[i];
    if (!grp->client && l->client) {
        /* The request has spoken: the thread's lines before are its own. */
        grp->client = copy(l->client);
        grp->pid = l->pid;
        grp->tid = l->tid;
    }
    if (!grp->log_id && l->log_id) {
        grp->log_id = copy(l->log_id);
    }
    m = own(&l->msg);
    m.no_request = !l->client;
    add_msg(grp, &g->bytes[i], m);
    grp->seen = g->line;
    if (l->time) {
        grp->last = l->time;
    }
}

void ecl_grouper_line(ecl_grouper_t *g, const char *line, size_t n,
                      apr_pool_t *p)
{
    ecl_logline_t l;

    g->line++;
    ecl_logline_parse(&l, line, n, p);
    if (g->single) {
        int i = g->nopen ? 0 : open_group(g, &l);
        ecl_group_t *grp = g->open[i];

        if (!grp->client) {
            grp->client = copy(l.client);
        }
        if (!grp->first) {
            grp->first = l.time;
        }
        add_msg(grp, &g->bytes[i], own(&l.msg));
    }
    else if (l.has_prefix) {
        add_line(g, &l);
    }
    else {
        add_raw(g, &l.msg);
    }
}

void ecl_grouper_finish(ecl_grouper_t *g)
{
    ecl_logline_t none = { 0 };

    settle_raw(g, &none);
    while (g->nopen) {
        close_at(g, 0);
    }
    free(g);
}
