/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_seen.c - since when problems are there, over many processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ecl_owned.h"
#include "ecl_seen.h"

#define NOW     apr_time_from_sec(1000000)
#define BUCKETS (ECL_SEEN_SLOTS / 8)

static int setup(void **state)
{
    *state = ecl_seen_init(mmap(NULL, ecl_seen_size(), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    return *state == MAP_FAILED;
}

static int teardown(void **state)
{
    return munmap(*state, ecl_seen_size());
}

static void first_and_count(void **state)
{
    ecl_seen_t *seen = *state;
    ecl_sight_t sight;

    assert_int_equal(ecl_seen_find(seen, 7, NOW).count, 0);
    assert_int_equal(ecl_seen_find(seen, 0, NOW).count, 0);
    for (unsigned long i = 1; i <= 3; i++) {
        sight = ecl_seen_note(seen, 7, NOW + (apr_time_t)i, getpid());
        assert_int_equal(sight.first, NOW + 1);
        assert_int_equal(sight.count, i);
        sight = ecl_seen_find(seen, 7, NOW + (apr_time_t)i);
        assert_int_equal(sight.first, NOW + 1);
        assert_int_equal(sight.count, i);
    }
    sight = ecl_seen_note(seen, 7 + BUCKETS, NOW + 9, getpid());
    assert_int_equal(sight.first, NOW + 9);
    assert_int_equal(sight.count, 1);
    assert_int_equal(ecl_seen_find(seen, 7, NOW).count, 3);
    assert_int_equal(ecl_seen_note(seen, 0, NOW, getpid()).count, 1);
    assert_int_equal(ecl_seen_find(seen, 0, NOW).count, 1);
}

static void quiet_for_a_day(void **state)
{
    ecl_seen_t *seen = *state;
    apr_time_t later = NOW + ECL_SEEN_PAUSE;

    ecl_seen_note(seen, 7, NOW, getpid());
    assert_int_equal(ecl_seen_note(seen, 7, later, getpid()).first, NOW);
    later += ECL_SEEN_PAUSE + 1;
    assert_int_equal(ecl_seen_find(seen, 7, later).count, 0);
    assert_int_equal(ecl_seen_note(seen, 7, later, getpid()).first, later);
    assert_int_equal(ecl_seen_find(seen, 7, later).count, 1);
}

static void least_recent_makes_room(void **state)
{
    ecl_seen_t *seen = *state;
    uint64_t g;

    for (g = 0; g < 8; g++) {
        ecl_seen_note(seen, g * BUCKETS, NOW + (apr_time_t)g, getpid());
    }
    ecl_seen_note(seen, 0, NOW + 20, getpid());
    ecl_seen_note(seen, 8 * BUCKETS, NOW + 21, getpid());
    assert_int_equal(ecl_seen_find(seen, 0, NOW).count, 2);
    assert_int_equal(ecl_seen_find(seen, BUCKETS, NOW).count, 0);
    for (g = 2; g <= 8; g++) {
        assert_int_equal(ecl_seen_find(seen, g * BUCKETS, NOW).count, 1);
    }
}

/* A writer that died in the middle costs its slot until the next one. */
static void dead_writer(void **state)
{
    ecl_seen_t *seen = *state;
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (uint64_t g = 0; g < 8; g++) {
        ecl_seen_note(seen, g * BUCKETS, NOW + 1, getpid());
    }
    /* The second slot of the table's first bucket. */
    uint64_t *word = (uint64_t *)((char *)seen + 64 + 40);
    assert_int_equal(ecl_owned_state(*word), 2);
    *word = ecl_owned(99, pid, 1);
    assert_int_equal(ecl_seen_find(seen, BUCKETS, NOW).count, 0);
    assert_int_equal(ecl_seen_note(seen, 9 * BUCKETS, NOW + 2, getpid()).count,
                     1);
    /* Nobody waits for ever for one that lives: the sight goes unnoted. */
    *word = ecl_owned(99, getpid(), 1);
    assert_int_equal(ecl_seen_note(seen, 10 * BUCKETS, NOW + 3, getpid()).count,
                     1);
    assert_int_equal(ecl_seen_find(seen, 10 * BUCKETS, NOW).count, 0);
}

#define PROCESSES 4
#define SIGHTS    20000

/* Each process sees the same groups: of each there is one slot, and no sight
 * is lost. */
static void many_processes(void **state)
{
    ecl_seen_t *seen = *state;
    unsigned long count = 0;

    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            for (int k = 0; k < SIGHTS; k++) {
                ecl_seen_note(seen, (uint64_t)(k % 100) * 5, NOW + k, getpid());
            }
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 1;

        wait(&status);
        assert_int_equal(status, 0);
    }
    for (uint64_t g = 0; g < 100; g++) {
        count += ecl_seen_find(seen, g * 5, NOW + SIGHTS).count;
    }
    assert_int_equal(count, PROCESSES * SIGHTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_and_count, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_for_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(least_recent_makes_room, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(dead_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(many_processes, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
