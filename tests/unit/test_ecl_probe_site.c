/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_probe_site.c - rights of other users, suEXEC's rules, links that lead
 * out, bounds, sockets, space. */
#include "probe_fixture.h"

/* Another user's rights are read from the mode. */
static void as_another_user(void **state)
{
    static const gid_t groups[] = { 4711 };
    static const ecl_identity_t as = { "bob", 4700, 4701, groups, 1 };
    static const struct {
        mode_t mode;
        uid_t uid;
        gid_t gid;
        const char *want; /* NULL: well */
    } t[] = {
        { 0700, 4700, 1, NULL },
        { 0070, 1, 4701, NULL },
        { 0070, 1, 4711, NULL },
        { 0007, 1, 1, NULL },
        { 0077, 4700, 4701, "mode 0077 is not executable for user bob" },
        { 0705, 1, 4711, "mode 0705 is not executable for user bob" },
    };
    fixture_t *f = *state;
    size_t i;

    if (geteuid() != 0) {
        skip();
    }
    f->pr.as = &as;
    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        const char *path = make_file(f, "@/s", "#!/bin/sh\n", 10, 0);

        assert_int_equal(chown(path, t[i].uid, t[i].gid), 0);
        assert_int_equal(chmod(path, t[i].mode), 0);
        probe(f, path, ECL_PROBE_RUN);
        if (t[i].want) {
            assert_true(f->pr.nmsgs >= 1);
            assert_string_equal(
                f->pr.msgs[0].text,
                apr_psprintf(f->pool, "script %s: %s", path, t[i].want));
        }
        else {
            assert_int_equal(f->pr.nmsgs, 0);
        }
    }
}

/* suEXEC's rules, each broken alone. */
static void suexec_rules(void **state)
{
    static const struct {
        mode_t dir, file;
        uid_t owner;
        unsigned long uid_min;
        const char *want; /* behind "suexec refuses: ", up to its end */
    } t[] = {
        { 0755, 0755, 4700, 100, NULL },
        { 0755, 0700, 4700, 4700, NULL },
        { 0755, 0755, 4700, 4701, "user bob: its id 4700 is below 4701" },
        { 0775, 0755, 4700, 0, "directory " },
        { 0755, 0757, 4700, 0, "mode 0757 is writable for others" },
        { 0755, 04755, 4700, 0, "mode 4755 is setuid or setgid" },
        { 0755, 0755, 4702, 0, "owner 4702:4701 instead of 4700:4701" },
    };
    static const ecl_identity_t as = { "bob", 4700, 4701, NULL, 0 };
    fixture_t *f = *state;
    const char *dir = local(f, "@/cgi"), *path;
    ecl_suexec_t rules = { .docroot = f->dir };
    size_t i;

    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mkdir(dir, 0755), 0);
    f->pr.as = &as;
    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        path = make_file(f, "@/cgi/s", "#!/bin/sh\n", 10, 0);
        assert_int_equal(chown(dir, 4700, 4701), 0);
        assert_int_equal(chmod(dir, t[i].dir), 0);
        assert_int_equal(chown(path, t[i].owner, 4701), 0);
        assert_int_equal(chmod(path, t[i].file), 0);
        rules.uid_min = t[i].uid_min;
        afresh(f);
        ecl_probe_suexec(&f->pr, path, &rules, 0);
        assert_int_equal(f->pr.nmsgs, t[i].want != NULL);
        if (t[i].want) {
            assert_non_null(strstr(
                f->pr.msgs[0].text,
                apr_pstrcat(f->pool, ": suexec refuses: ", t[i].want, NULL)));
        }
    }
    rules = (ecl_suexec_t){ .docroot = "/usr" };
    path = make_file(f, "@/cgi/s", "", 0, 0755);
    assert_int_equal(chown(path, 4700, 4701), 0);
    afresh(f);
    ecl_probe_suexec(&f->pr, path, &rules, 0);
    assert_string_equal(
        messages(f), apr_psprintf(f->pool,
                                  "script %s: suexec refuses: its directory is "
                                  "not inside of /usr\n",
                                  path));
}

/* A file that a link leads to outside: judged, but not described. */
static void foreign_files(void **state)
{
    fixture_t *f = *state;
    const char *path;

    assert_int_equal(mkdir(local(f, "@/site"), 0755), 0);
    assert_int_equal(mkdir(local(f, "@/site/sub"), 0755), 0);
    make_file(f, "@/secret", "#!/opt/x\r\n", 10, 0644);
    make_file(f, "@/site/sub/s", "#!/bin/sh\n", 10, 0755);
    path = local(f, "@/site/link");
    assert_int_equal(symlink("../secret", path), 0);
    assert_int_equal(symlink("sub/s", local(f, "@/site/inner")), 0);
    f->pr.trees[0] = local(f, "@/site");
    probe(f, path, ECL_PROBE_RUN);
    assert_string_equal(
        messages(f),
        local(f, "script @/site/link: mode is not executable for the "
                 "server\n"));
    assert_int_equal(f->pr.nresults, 1);
    assert_string_equal(f->pr.results[0].name, "script.outside");
    probe(f, local(f, "@/site/inner"), ECL_PROBE_RUN);
    assert_string_equal(messages(f), "");
    assert_string_equal(value(f, "script.mode"), "0755");
}

static void described_only(void **state)
{
    fixture_t *f = *state;

    probe(f, make_file(f, "@/s", "", 0, 0), ECL_PROBE_DESCRIBE);
    assert_int_equal(f->pr.nmsgs, 0);
    assert_string_equal(value(f, "script.mode"), "0000");
    probe(f, local(f, "@/none"), ECL_PROBE_DESCRIBE);
    assert_int_equal(f->pr.nmsgs, 0);
}

/* A wrapper may run what is no program by itself. */
static void wrapped(void **state)
{
    fixture_t *f = *state;

    probe(f, make_file(f, "@/s", "<?php\n", 6, 0644), ECL_PROBE_WRAPPED);
    assert_int_equal(f->pr.nmsgs, 0);
    probe(f, make_file(f, "@/s", "#!/bin/sh\n", 10, 0644), ECL_PROBE_WRAPPED);
    assert_int_equal(f->pr.nmsgs, 1);
}

static apr_time_t late(void)
{
    return 2;
}

/* Neither calls nor time beyond what is granted. */
static void bounded(void **state)
{
    fixture_t *f = *state;
    const char *path = make_file(f, "@/s", "#!/bin/sh\r\n", 11, 0755);
    char *deep = apr_palloc(f->pool, 4002);
    int i;

    f->pr.now = late;
    f->pr.until = 1;
    probe(f, path, ECL_PROBE_RUN);
    assert_int_equal(f->pr.nresults + f->pr.nmsgs, 0);
    f->pr.until = 2;
    probe(f, path, ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 1);
    for (i = 0; i < 4000; i++) {
        deep[i] = "/."[i % 2];
    }
    memcpy(deep + 4000, "/", 2);
    afresh(f);
    ecl_probe_closed_directory(&f->pr, deep);
    assert_int_equal(f->pr.calls, ECL_PROBE_CALLS);
}

static void sockets(void **state)
{
    fixture_t *f = *state;
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(sa.sun_path, local(f, "@/sock"), sizeof(sa.sun_path) - 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    afresh(f);
    ecl_probe_socket(&f->pr, sa.sun_path);
    assert_int_equal(f->pr.nmsgs, 0);
    assert_string_equal(value(f, "socket.listening"), "no");
    assert_int_equal(listen(fd, 1), 0);
    afresh(f);
    ecl_probe_socket(&f->pr, sa.sun_path);
    assert_string_equal(value(f, "socket.listening"), "yes");
    assert_string_equal(value(f, "socket.type"), "socket");
    close(fd);
    afresh(f);
    ecl_probe_socket(&f->pr, local(f, "@/none"));
    assert_string_equal(messages(f),
                        local(f, "socket @/none: does not exist\n"));
    afresh(f);
    ecl_probe_socket(&f->pr, make_file(f, "@/plain", "", 0, 0666));
    assert_string_equal(messages(f),
                        local(f, "socket @/plain: is no socket but a file\n"));
}

static void space_and_limits(void **state)
{
    static const struct rlimit cpu = { 7, 9 };
    static const ecl_limits_t programs = { .cpu = &cpu };
    fixture_t *f = *state;

    afresh(f);
    ecl_probe_space(&f->pr, "docroot.free", "document root", f->dir);
    assert_non_null(strstr(value(f, "docroot.free"), " bytes"));
    ecl_probe_space(&f->pr, "none", "none", local(f, "@/none"));
    ecl_probe_quota(&f->pr, f->dir);
    ecl_probe_limits(&f->pr, &programs);
    assert_string_equal(value(f, "limit.program_cpu"), "7 seconds");
    assert_string_equal(value(f, "limit.program_memory"), "(none)");
    assert_string_not_equal(value(f, "limit.open_files"), "(none)");
}

/* Programs whose headers lie: nothing beyond the file is read or believed. */
static void hostile_programs(void **state)
{
    fixture_t *f = *state;
    unsigned char program[8192];
    FILE *in = fopen("/bin/sh", "r");
    size_t n;
    unsigned seed = 7;
    int round, k;

    assert_non_null(in);
    n = fread(program, 1, sizeof(program), in);
    fclose(in);
    for (round = 0; round < 400; round++) {
        unsigned char bad[sizeof(program)];

        memcpy(bad, program, n);
        for (k = 0; k < 6; k++) { /* headers lie within the first 512 bytes */
            bad[16 + rand_r(&seed) % 496] =
                (unsigned char)(round % 2 ? rand_r(&seed) : 0xFF);
        }
        probe(f, make_file(f, "@/s", bad, n >> round % 6, 0755), ECL_PROBE_RUN);
        assert_in_range(f->pr.nmsgs, 0, 1);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(as_another_user), T(suexec_rules),     T(foreign_files),
        T(described_only),  T(wrapped),          T(bounded),
        T(sockets),         T(space_and_limits), T(hostile_programs),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
