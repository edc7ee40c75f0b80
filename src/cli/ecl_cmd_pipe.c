/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_pipe.c - one thread reads and groups, the other diagnoses.
 *
 * Groups travel in batches, so that the threads seldom meet at the lock. Does
 * not know what a group is but for its size. */
#include "ecl_cmd_pipe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Groups of a batch, and batches on their way. */
#define BATCH 64
#define QUEUE 4
/* A batch of many bytes leaves before it is full. */
#define BATCH_BYTES (1024 * 1024)

typedef struct batch_t {
    ecl_group_t *groups[BATCH];
    int n;
    size_t bytes;
} batch_t;

struct ecl_pipe_t {
    ecl_pipe_fn *fn;
    void *baton;
    batch_t filling; /* the reader's own */
    batch_t used;    /* been through; the reader's own */
    pthread_t thread;
    int threaded;
    /* shared */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    batch_t queue[QUEUE];
    unsigned put, taken; /* batches so far */
    batch_t done;        /* groups to use again */
    int closed;
};

static void *must(void *mem)
{
    if (!mem) {
        abort();
    }
    return mem;
}

static void run(ecl_pipe_t *pipe, batch_t *b)
{
    int i;

    for (i = 0; i < b->n; i++) {
        pipe->fn(b->groups[i], pipe->baton);
    }
}

static void destroy(batch_t *b)
{
    while (b->n) {
        ecl_group_destroy(b->groups[--b->n]);
    }
}

static void *consume(void *arg)
{
    ecl_pipe_t *pipe = arg;

    pthread_mutex_lock(&pipe->lock);
    for (;;) {
        batch_t *b = &pipe->queue[pipe->taken % QUEUE];

        while (pipe->put == pipe->taken && !pipe->closed) {
            pthread_cond_wait(&pipe->moved, &pipe->lock);
        }
        if (pipe->put == pipe->taken) {
            break;
        }
        /* The slot is this thread's own until it counts as taken. */
        pthread_mutex_unlock(&pipe->lock);
        run(pipe, b);
        pthread_mutex_lock(&pipe->lock);
        destroy(&pipe->done); /* the reader needed none of them */
        pipe->done = *b;
        pipe->taken++;
        pthread_cond_signal(&pipe->moved);
    }
    pthread_mutex_unlock(&pipe->lock);
    return NULL;
}

ecl_pipe_t *ecl_pipe_create(ecl_pipe_fn *fn, void *baton)
{
    ecl_pipe_t *pipe = must(calloc(1, sizeof(*pipe)));

    pipe->fn = fn;
    pipe->baton = baton;
    pthread_mutex_init(&pipe->lock, NULL);
    pthread_cond_init(&pipe->moved, NULL);
    pipe->threaded = !pthread_create(&pipe->thread, NULL, consume, pipe);
    return pipe;
}

/* Put what is filling into the queue, which has room in time. */
static void send_batch(ecl_pipe_t *pipe)
{
    batch_t *b = &pipe->filling;

    if (!pipe->threaded) {
        run(pipe, b);
        destroy(&pipe->used);
        pipe->used = *b;
    }
    else {
        pthread_mutex_lock(&pipe->lock);
        while (pipe->put - pipe->taken == QUEUE) {
            pthread_cond_wait(&pipe->moved, &pipe->lock);
        }
        pipe->queue[pipe->put++ % QUEUE] = *b;
        if (!pipe->used.n) {
            pipe->used = pipe->done;
            pipe->done.n = 0;
        }
        pthread_cond_signal(&pipe->moved);
        pthread_mutex_unlock(&pipe->lock);
    }
    b->n = 0;
    b->bytes = 0;
}

ecl_group_t *ecl_pipe_put(ecl_pipe_t *pipe, ecl_group_t *g)
{
    batch_t *b = &pipe->filling;

    b->groups[b->n++] = g;
    b->bytes += g->size;
    if (b->n == BATCH || b->bytes >= BATCH_BYTES) {
        send_batch(pipe);
    }
    return pipe->used.n ? pipe->used.groups[--pipe->used.n] : NULL;
}

void ecl_pipe_drain(ecl_pipe_t *pipe)
{
    send_batch(pipe);
    pthread_mutex_lock(&pipe->lock);
    while (pipe->put != pipe->taken) {
        pthread_cond_wait(&pipe->moved, &pipe->lock);
    }
    pthread_mutex_unlock(&pipe->lock);
}

void ecl_pipe_destroy(ecl_pipe_t *pipe)
{
    ecl_pipe_drain(pipe);
    pthread_mutex_lock(&pipe->lock);
    pipe->closed = 1;
    pthread_cond_signal(&pipe->moved);
    pthread_mutex_unlock(&pipe->lock);
    if (pipe->threaded) {
        pthread_join(pipe->thread, NULL);
    }
    destroy(&pipe->used);
    destroy(&pipe->done);
    pthread_cond_destroy(&pipe->moved);
    pthread_mutex_destroy(&pipe->lock);
    free(pipe);
}
