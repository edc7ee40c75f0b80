/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_ring.c - messages between processes, and who runs beside whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ecl_owned.h"
#include "ecl_ring.h"
#include "ecl_runs.h"

#define CHUNK    4096
#define STATE_OF 1u /* of a slot that is being written, of a run */

static void *shared(size_t size)
{
    void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(mem, MAP_FAILED);
    return mem;
}

static int setup_ring(void **state)
{
    *state = ecl_ring_init(shared(ecl_ring_size()));
    return 0;
}

static int teardown_ring(void **state)
{
    return munmap(*state, ecl_ring_size());
}

static int setup_runs(void **state)
{
    *state = ecl_runs_init(shared(ecl_runs_size()));
    return 0;
}

static int teardown_runs(void **state)
{
    return munmap(*state, ecl_runs_size());
}

/* A process that is no more. */
static long dead_pid(void)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return (long)pid;
}

static int put(ecl_ring_t *ring, const char *key, const char *text,
               apr_time_t time)
{
    ecl_ring_entry_t e = { .time = time,
                           .pid = (long)getpid(),
                           .kind = 1,
                           .key = key,
                           .key_len = strlen(key),
                           .module = "wsgi",
                           .level = 3,
                           .ah = 1241,
                           .os_error = 13,
                           .text = text,
                           .len = strlen(text) };

    return ecl_ring_put(ring, &e);
}

typedef struct got_t {
    char text[64 * 1024];
    ecl_ring_entry_t last;
    char module[16];
} got_t;

static void keep(void *baton, const ecl_ring_entry_t *e)
{
    got_t *got = baton;
    size_t n = strlen(got->text);

    snprintf(got->text + n, sizeof(got->text) - n, "%.*s|", (int)e->len,
             e->text);
    got->last = *e;
    snprintf(got->module, sizeof(got->module), "%s", e->module);
}

static int take(ecl_ring_t *ring, const char *key, apr_time_t since, int max,
                got_t *got)
{
    ecl_ring_query_t q = { .kind = 1,
                           .key = key,
                           .key_len = strlen(key),
                           .since = since,
                           .max = max };

    memset(got, 0, sizeof(*got));
    return ecl_ring_take(ring, &q, keep, got);
}

static void takes_its_own_in_order(void **state)
{
    ecl_ring_t *ring = *state;
    static got_t got;

    assert_true(ecl_ring_is_unused(ring));
    assert_int_equal(take(ring, "a", 0, 9, &got), 0);
    put(ring, "a", "one", 10);
    put(ring, "b", "other", 10);
    put(ring, "a", "two", 11);
    put(ring, "", "keyless", 11);
    assert_false(ecl_ring_is_unused(ring));
    assert_int_equal(take(ring, "a", 0, 9, &got), 2);
    assert_string_equal(got.text, "one|two|");
    assert_string_equal(got.module, "wsgi");
    assert_int_equal(got.last.ah, 1241);
    assert_int_equal(got.last.os_error, 13);
    assert_int_equal(got.last.level, 3);
    assert_int_equal(got.last.time, 11);
    assert_int_equal(got.last.pid, getpid());
    /* Taken is taken. */
    assert_int_equal(take(ring, "a", 0, 9, &got), 0);
    assert_int_equal(take(ring, "", 0, 9, &got), 1);
    assert_int_equal(take(ring, "b", 0, 9, &got), 1);
}

static void takes_no_more_and_none_older(void **state)
{
    ecl_ring_t *ring = *state;
    static got_t got;

    put(ring, "a", "old", 10);
    put(ring, "a", "one", 20);
    put(ring, "a", "two", 21);
    assert_int_equal(take(ring, "a", 20, 1, &got), 1);
    assert_string_equal(got.text, "one|");
    assert_int_equal(take(ring, "a", 20, 9, &got), 1);
    assert_string_equal(got.text, "two|");
    assert_int_equal(take(ring, "a", 0, 9, &got), 1);
}

/* The clock of a slow writer is a little behind its neighbours'. */
static void order_of_tickets_is_not_that_of_times(void **state)
{
    apr_time_t now = apr_time_from_sec(1000);
    ecl_ring_t *ring = *state;
    static got_t got;

    put(ring, "a", "late", now + 5);
    put(ring, "b", "early", now - 5);
    assert_int_equal(take(ring, "a", now, 9, &got), 1);
}

static void long_texts_keep_both_ends(void **state)
{
    ecl_ring_t *ring = *state;
    char text[CHUNK];
    static got_t got;

    memset(text, 'x', sizeof(text));
    memcpy(text, "begin", 5);
    memcpy(text + sizeof(text) - 4, "end", 4);
    assert_true(put(ring, "key", text, 1));
    assert_int_equal(take(ring, "key", 0, 9, &got), 1);
    assert_int_equal(got.last.len, ECL_RING_BYTES - 3);
    assert_memory_equal(got.text, "begin", 5);
    assert_memory_equal(got.text + got.last.len - 3, "end|", 4);
    assert_non_null(strstr(got.text, " [...] "));
}

static void long_keys_are_refused_and_counted(void **state)
{
    ecl_ring_t *ring = *state;
    ecl_ring_stats_t stats;
    char key[CHUNK];

    memset(key, 'k', sizeof(key));
    key[sizeof(key) - 1] = '\0';
    assert_false(put(ring, key, "x", 1));
    ecl_ring_stats(ring, &stats);
    assert_int_equal(stats.refused, 1);
    assert_int_equal(stats.overwritten, 0);
}

static void full_ring_loses_the_oldest_and_counts(void **state)
{
    ecl_ring_t *ring = *state;
    ecl_ring_stats_t stats;
    static got_t got;
    int i;

    for (i = 0; i < ECL_RING_SLOTS + 10; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        assert_true(put(ring, "a", text, 1));
    }
    ecl_ring_stats(ring, &stats);
    assert_int_equal(stats.overwritten, 10);
    assert_int_equal(take(ring, "a", 0, 2, &got), 2);
    assert_string_equal(got.text, "10|11|");
    /* What was taken is no loss. */
    for (i = 0; i < 12; i++) {
        put(ring, "b", "x", 1);
    }
    ecl_ring_stats(ring, &stats);
    assert_int_equal(stats.overwritten, 20);
}

static void lapped_since(void **state)
{
    ecl_ring_t *ring = *state;
    int i;

    for (i = 0; i < ECL_RING_SLOTS - 1; i++) {
        put(ring, "a", "x", 100 + i);
    }
    assert_false(ecl_ring_is_lapped(ring, 0));
    for (; i < ECL_RING_SLOTS + 10; i++) {
        put(ring, "a", "x", 100 + i);
    }
    /* The oldest that is left came at 110. */
    assert_true(ecl_ring_is_lapped(ring, 110));
    assert_false(ecl_ring_is_lapped(ring, 111));
}

/* The first word of a slot is its state: see a writer in the middle. */
static uint64_t *word_of(ecl_ring_t *ring, int slot)
{
    size_t one = (ecl_ring_size() - 64) / ECL_RING_SLOTS;

    return (uint64_t *)(void *)((char *)ring + 64 + (size_t)slot * one);
}

static void slot_being_written_is_left_alone(void **state)
{
    ecl_ring_t *ring = *state;
    static got_t got;

    *word_of(ring, 0) = ecl_owned(0, (long)getppid(), STATE_OF);
    assert_true(put(ring, "a", "next slot", 1));
    assert_int_equal(ecl_owned_state(*word_of(ring, 0)), STATE_OF);
    assert_int_equal(take(ring, "a", 0, 9, &got), 1);
}

static void slot_of_a_dead_writer_is_had_again(void **state)
{
    ecl_ring_t *ring = *state;
    static got_t got;

    *word_of(ring, 0) = ecl_owned(0, dead_pid(), STATE_OF);
    assert_int_equal(take(ring, "a", 0, 9, &got), 0);
    assert_true(put(ring, "a", "again", 1));
    assert_int_equal(ecl_owned_pid(*word_of(ring, 0)), getpid());
    assert_int_equal(take(ring, "a", 0, 9, &got), 1);
}

/* Several processes put at once: each message arrives whole, once. */
#define WRITERS  4
#define MESSAGES 500
static void processes_do_not_mix(void **state)
{
    ecl_ring_t *ring = *state;
    static got_t got;
    pid_t pids[WRITERS];
    int i, w, status;

    for (w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        if (pids[w] == 0) {
            char key[2] = { (char)('a' + w), 0 }, text[64];

            for (i = 0; i < MESSAGES; i++) {
                snprintf(text, sizeof(text), "%c%04d%c", 'a' + w, i, 'a' + w);
                put(ring, key, text, 1);
            }
            _exit(0);
        }
    }
    for (w = 0; w < WRITERS; w++) {
        assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
        assert_int_equal(status, 0);
    }
    for (w = 0; w < WRITERS; w++) {
        char key[2] = { (char)('a' + w), 0 }, want[64];
        const char *at;

        assert_int_equal(take(ring, key, 0, 9999, &got), MESSAGES);
        for (i = 0, at = got.text; i < MESSAGES; i++, at += strlen(want)) {
            snprintf(want, sizeof(want), "%c%04d%c|", 'a' + w, i, 'a' + w);
            assert_memory_equal(at, want, strlen(want));
        }
    }
}

static void runs_know_their_neighbours(void **state)
{
    ecl_runs_t *runs = *state;
    long pid = (long)getpid();
    uint64_t a, b, c;

    a = ecl_runs_begin(runs, "/a", pid);
    assert_int_not_equal(a, 0);
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100), 0);
    b = ecl_runs_begin(runs, "/b", pid);
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100), ECL_RUNS_OTHER);
    assert_int_equal(ecl_runs_beside(runs, b, "/b", 110), ECL_RUNS_OTHER);
    ecl_runs_end(runs, b, 120);
    /* b ended after a began, and before c did. */
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100), ECL_RUNS_OTHER);
    c = ecl_runs_begin(runs, "/a", pid);
    assert_int_equal(ecl_runs_beside(runs, c, "/a", 130), ECL_RUNS_SAME);
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100),
                     ECL_RUNS_SAME | ECL_RUNS_OTHER);
    ecl_runs_end(runs, a, 140);
    assert_int_equal(ecl_runs_beside(runs, c, "/a", 150), 0);
    ecl_runs_end(runs, c, 160);
    ecl_runs_end(runs, a, 170); /* twice: as if once */
    c = ecl_runs_begin(runs, "/a", pid);
    assert_int_equal(ecl_runs_beside(runs, c, "/a", 165), 0);
}

static void run_of_a_dead_process_is_over(void **state)
{
    ecl_runs_t *runs = *state;
    uint64_t a;

    (void)ecl_runs_begin(runs, "/gone", dead_pid());
    a = ecl_runs_begin(runs, "/a", (long)getpid());
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100), 0);
}

static void unsure_means_others(void **state)
{
    const unsigned both = ECL_RUNS_SAME | ECL_RUNS_OTHER;
    ecl_runs_t *runs = *state;
    long pid = (long)getpid();
    uint64_t a = ecl_runs_begin(runs, "/a", pid);
    int i;

    assert_int_equal(ecl_runs_beside(runs, 0, "/a", 100), both);
    for (i = 0; i < ECL_RUNS_SLOTS - 1; i++) {
        ecl_runs_end(runs, ecl_runs_begin(runs, "/b", pid), 50);
    }
    /* So many came by that one may have been forgotten. */
    assert_int_equal(ecl_runs_beside(runs, a, "/a", 100), both);
    for (i = 0; i < ECL_RUNS_SLOTS - 1; i++) {
        assert_int_not_equal(ecl_runs_begin(runs, "/b", pid), 0);
    }
    assert_int_equal(ecl_runs_begin(runs, "/b", pid), 0); /* all are busy */
    ecl_runs_end(runs, 0, 1);
}

#define RING(t) cmocka_unit_test_setup_teardown(t, setup_ring, teardown_ring)
#define RUNS(t) cmocka_unit_test_setup_teardown(t, setup_runs, teardown_runs)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING(takes_its_own_in_order),
        RING(takes_no_more_and_none_older),
        RING(order_of_tickets_is_not_that_of_times),
        RING(long_texts_keep_both_ends),
        RING(long_keys_are_refused_and_counted),
        RING(full_ring_loses_the_oldest_and_counts),
        RING(lapped_since),
        RING(slot_being_written_is_left_alone),
        RING(slot_of_a_dead_writer_is_had_again),
        RING(processes_do_not_mix),
        RUNS(runs_know_their_neighbours),
        RUNS(run_of_a_dead_process_is_over),
        RUNS(unsure_means_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
