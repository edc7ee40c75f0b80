/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_probe.c - faults of scripts, each made in a temporary directory. */
#include "probe_fixture.h"

typedef struct content_t {
    const char *bytes;
    int mode;
    const char *want; /* messages behind "script @/s: ", '|' between them */
} content_t;

static void check_contents(fixture_t *f, const content_t *t, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        const char *path =
            make_file(f, "@/s", t[i].bytes, strlen(t[i].bytes), t[i].mode);
        const char *want = "";
        char *rest = apr_pstrdup(f->pool, t[i].want), *one;

        while ((one = strsep(&rest, "|")) && *one) {
            want = apr_pstrcat(f->pool, want, "script ", path, ": ",
                               local(f, one), "\n", NULL);
        }
        probe(f, path, ECL_PROBE_RUN);
        assert_string_equal(messages(f), want);
    }
}

static void contents(void **state)
{
    static const content_t t[] = {
        { "#!/bin/sh\n", 0755, "" },
        { "#! /bin/sh -e \n", 0755, "" },
        { "#!/bin/sh", 0755, "" },
        { "#!/bin/sh\r\n", 0755, "shebang ends with CR: /bin/sh" },
        { "#!/bin/sh -e\r\n", 0755, "shebang ends with CR: /bin/sh -e" },
        { "#!/nonexistent\r\n", 0755, "shebang ends with CR: /nonexistent" },
        { "#!@/perl -w\r\n", 0755, "" },
        { "#!@/perl\r\n", 0755, "shebang ends with CR: @/perl" },
        { "echo\n", 0755, "no shebang" },
        { "", 0755, "no shebang" },
        { "#!\n/bin/sh", 0755, "no shebang" },
        { "#! \t\r\n", 0755, "no shebang" },
        { "\n#!/bin/sh\n", 0755, "no shebang" },
        { "\xEF\xBB\xBF#!/bin/sh\n", 0755,
          "byte order mark before the shebang" },
        { "\xEF\xBB\xBF<html>", 0755, "no shebang" },
        { "#!/nonexistent -x\n", 0755,
          "interpreter /nonexistent does not exist" },
        { "#!/etc/passwd/x\n", 0755,
          "interpreter /etc/passwd/x does not exist" },
        { "#!/etc/passwd\n", 0755,
          "interpreter /etc/passwd is not executable" },
        { "#!/usr\n", 0755, "interpreter /usr is not executable" },
        { "#!perl\n", 0755, "" },
        { "#!python\n", 0755, "interpreter python does not exist" },
        { "#!/bin/sh\n", 0644, "mode 0644 is not executable for the server" },
        { "#!/bin/sh\n", 0,
          "mode 0000 is not executable for the server"
          "|not readable for the server" },
        { "#!/bin/sh\r\n", 0644,
          "mode 0644 is not executable for the server"
          "|shebang ends with CR: /bin/sh" },
    };
    fixture_t *f = *state;
    size_t i;

    make_file(f, "@/perl", "", 0, 0755);
    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        content_t one = t[i];

        one.bytes = local(f, one.bytes);
        check_contents(f, &one, 1);
    }
}

static void env_targets(void **state)
{
    static const content_t t[] = {
        { "#!/usr/bin/env tool\n", 0755, "" },
        { "#!/usr/bin/env python9\n", 0755,
          "env target python9 is not in PATH" },
        /* The kernel passes one argument: env looks for "tool -u". */
        { "#!/usr/bin/env tool -u\n", 0755,
          "env target tool -u is not in PATH" },
        { "#!/usr/bin/env -S tool -u\n", 0755, "" },
        { "#!/usr/bin/env -S A=1 B=2 python9 -u\n", 0755,
          "env target python9 is not in PATH" },
        { "#!/usr/bin/env -S -i python9\n", 0755, "" },
        { "#!/usr/bin/env -S\n", 0755, "" },
        { "#!/usr/bin/env -\n", 0755, "" },
        { "#!/usr/bin/env\n", 0755, "" },
        { "#!/usr/bin/env plain\n", 0755, "env target plain is not in PATH" },
        { "#!/usr/bin/env folder\n", 0755, "env target folder is not in PATH" },
        { "#!/usr/bin/env ./python9\n", 0755,
          "interpreter ./python9 does not exist" },
        { "#!/usr/bin/env tool\r\n", 0755,
          "shebang ends with CR: /usr/bin/env tool" },
    };
    static const content_t unknown = { "#!/usr/bin/env python9\n", 0755, "" };
    fixture_t *f = *state;

    assert_int_equal(mkdir(local(f, "@/bin"), 0755), 0);
    assert_int_equal(mkdir(local(f, "@/bin/folder"), 0755), 0);
    make_file(f, "@/bin/tool", "", 0, 0755);
    make_file(f, "@/bin/plain", "", 0, 0644);
    check_contents(f, &unknown, 1);
    f->pr.env_path = local(f, "/nonexistent:@/bin");
    check_contents(f, t, sizeof(t) / sizeof(t[0]));
    check_contents(f, t, 1);
    assert_string_equal(value(f, "script.env_target"), local(f, "@/bin/tool"));
}

/* A PATH longer than what is searched allows no verdict. */
static void env_path_is_bounded(void **state)
{
    fixture_t *f = *state;
    char longer[1024];
    size_t i;

    for (i = 0; i < sizeof(longer) - 1; i++) {
        longer[i] = "/x:"[i % 3];
    }
    longer[i] = '\0';
    make_file(f, "@/s", "#!/usr/bin/env tool\n", 20, 0755);
    f->pr.env_path = longer;
    probe(f, local(f, "@/s"), ECL_PROBE_RUN);
    assert_string_equal(messages(f), "");
}

static void describes(void **state)
{
    fixture_t *f = *state;
    const char *path = make_file(f, "@/s", "#!/bin/sh -e\n", 13, 0755);
    const struct timespec times[2] = { { 0, UTIME_OMIT }, { 951782400, 0 } };

    assert_int_equal(utimensat(-1, path, times, 0), 0);
    probe(f, path, ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 0);
    assert_string_equal(value(f, "script.type"), "file");
    assert_string_equal(value(f, "script.mode"), "0755");
    assert_string_equal(value(f, "script.size"), "13");
    assert_string_equal(value(f, "script.mtime"), "2000-02-29T00:00:00Z");
    assert_string_equal(value(f, "script.shebang"), "/bin/sh -e");
    assert_string_equal(value(f, "script.interpreter"), "/bin/sh");
    if (geteuid() == 0) {
        assert_string_equal(value(f, "script.owner"), "root:root");
        assert_int_equal(chown(path, 2000000001, 2000000002), 0);
        probe(f, path, ECL_PROBE_RUN);
        assert_string_equal(value(f, "script.owner"), "2000000001:2000000002");
    }
}

/* PHP reads its scripts: neither the mode's x nor a shebang matters. */
static void reads_only(void **state)
{
    fixture_t *f = *state;

    probe(f, make_file(f, "@/s", "<?php\n", 6, 0644), ECL_PROBE_READ);
    assert_int_equal(f->pr.nmsgs, 0);
    assert_string_equal(value(f, "script.mode"), "0644");
    assert_string_equal(value(f, "script.shebang"), "(none)");
    probe(f, make_file(f, "@/s", "<?php\n", 6, 0), ECL_PROBE_READ);
    assert_string_equal(messages(f),
                        local(f, "script @/s: not readable for the server\n"));
}

static void missing(void **state)
{
    static const char *const names[] = { "@/none", "@/none/s", "@/file/s",
                                         "@/dangling" };
    fixture_t *f = *state;
    size_t i;

    make_file(f, "@/file", "", 0, 0755);
    assert_int_equal(symlink("gone/x", local(f, "@/dangling")), 0);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *path = local(f, names[i]);

        probe(f, path, ECL_PROBE_RUN);
        assert_string_equal(
            messages(f),
            apr_psprintf(f->pool, "script %s: does not exist\n", path));
    }
    assert_string_equal(value(f, "script.link"), local(f, "@/gone/x"));
}

static void closed_directories(void **state)
{
    static const char *const names[] = { "@/closed/s", "@/closed/sub/s",
                                         "@/link/s",   "@/deep/s",
                                         "@/direct",   "@/again" };
    fixture_t *f = *state;
    size_t i;

    assert_int_equal(mkdir(local(f, "@/closed"), 0755), 0);
    assert_int_equal(mkdir(local(f, "@/closed/sub"), 0755), 0);
    make_file(f, "@/closed/s", "#!/bin/sh\n", 10, 0755);
    make_file(f, "@/closed/sub/s", "#!/bin/sh\n", 10, 0755);
    assert_int_equal(symlink("closed", local(f, "@/link")), 0);
    assert_int_equal(symlink(local(f, "@/closed/sub"), local(f, "@/deep")), 0);
    assert_int_equal(symlink("closed/s", local(f, "@/direct")), 0);
    assert_int_equal(symlink("link", local(f, "@/twice")), 0);
    assert_int_equal(symlink("direct", local(f, "@/again")), 0);
    assert_int_equal(chmod(local(f, "@/closed"), 0600), 0);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        probe(f, local(f, names[i]), ECL_PROBE_RUN);
        assert_string_equal(
            messages(f),
            local(f, "directory @/closed: not searchable for the server\n"));
        /* What lies behind a link is not described. */
        if (strncmp(names[i], "@/closed", 8)) {
            assert_int_equal(f->pr.nresults, 0);
        }
        else {
            assert_true(strstr(value(f, "path.closed"), ": mode 0600, owner "));
        }
    }
}

static void link_loops_end(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(symlink("b", local(f, "@/a")), 0);
    assert_int_equal(symlink("a", local(f, "@/b")), 0);
    probe(f, local(f, "@/a"), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 0);
    probe(f, local(f, "@/a/s"), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 0);
}

static void special_files_stay_closed(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(mkfifo(local(f, "@/fifo"), 0755), 0);
    probe(f, local(f, "@/fifo"),
          ECL_PROBE_RUN); /* an open would wait for a writer */
    assert_string_equal(value(f, "script.type"), "fifo");
    probe(f, f->dir, ECL_PROBE_RUN);
    assert_string_equal(value(f, "script.type"), "directory");
    probe(f, "/dev/zero", ECL_PROBE_RUN);
    assert_string_equal(value(f, "script.type"), "device");
    assert_int_equal(f->pr.nmsgs, 0);
}

static void binaries(void **state)
{
    fixture_t *f = *state;
    unsigned char elf[64] = { 0x7F, 'E', 'L', 'F', 2, 1, 1 };
    const char *want =
        local(f, "script @/s: built for another machine (e_machine 258)\n");

    elf[18] = 2; /* little-endian: 258, LoongArch */
    elf[19] = 1;
    probe(f, make_file(f, "@/s", elf, sizeof(elf), 0755), ECL_PROBE_RUN);
#ifndef __loongarch__
    assert_string_equal(messages(f), want);
#endif
    elf[5] = 2;
    elf[18] = 0; /* big-endian: 21, PowerPC64 */
    elf[19] = 21;
    want = local(f, "script @/s: built for another machine (e_machine 21)\n");
    probe(f, make_file(f, "@/s", elf, sizeof(elf), 0755), ECL_PROBE_RUN);
#ifndef __powerpc64__
    assert_string_equal(messages(f), want);
#endif
    probe(f, "/bin/ls", ECL_PROBE_RUN);
    assert_string_equal(messages(f), "");
    /* Too short for an ELF header: neither a program nor a script. */
    probe(f, make_file(f, "@/s", elf, 20, 0755), ECL_PROBE_RUN);
    assert_string_equal(messages(f), local(f, "script @/s: no shebang\n"));
}

/* Needs a mount of its own, so it is the last test; only root can try it. */
static void noexec(void **state)
{
    fixture_t *f = *state;
    const char *dir = local(f, "@/mnt");

    assert_int_equal(mkdir(dir, 0755), 0);
    if (unshare(CLONE_NEWNS) != 0
        || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0
        || mount("none", dir, "tmpfs", MS_NOEXEC, "mode=0755") != 0) {
        skip();
    }
    probe(f, make_file(f, "@/mnt/s", "#!/bin/sh\n", 10, 0755), ECL_PROBE_RUN);
    assert_string_equal(
        messages(f),
        local(f, "script @/mnt/s: on a file system mounted noexec\n"));
    probe(f, make_file(f, "@/mnt/s", "#!/bin/sh\n", 10, 0644), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 2);
    umount(dir);
}

static void unusable_paths(void **state)
{
    fixture_t *f = *state;
    char *longer = apr_palloc(f->pool, 8192);

    memset(longer, '/', 8191);
    longer[8191] = '\0';
    probe(f, NULL, ECL_PROBE_RUN);
    probe(f, "relative", ECL_PROBE_RUN);
    probe(f, longer, ECL_PROBE_RUN);
    memset(longer + 1, 'x', 4000);
    longer[4001] = '\0';
    probe(f, longer, ECL_PROBE_RUN); /* ENAMETOOLONG */
    assert_int_equal(f->pr.nmsgs, 0);
    assert_int_equal(f->pr.nresults, 0);
}

static void assert_clean(const char *s)
{
    size_t n = strlen(s), i = 0, len;

    while (i < n) {
        len = ecl_text_seq(s + i, n - i);
        assert_int_not_equal(len, 0);
        assert_true(len > 1 || s[i] == '\n' || s[i] == '\t'
                    || ((unsigned char)s[i] >= 0x20 && s[i] != 0x7F));
        i += len;
    }
}

static void hostile_bytes(void **state)
{
    static const char common[] = "#!/\r\n \t-S=envperl\x1B[\xEF\xBB\xBF";
    fixture_t *f = *state;
    unsigned seed = 5;
    int round, i;

    f->pr.env_path = "/usr/bin:/bin";
    for (round = 0; round < 1500; round++) {
        char head[600];
        size_t n = (unsigned)rand_r(&seed) % sizeof(head), k;

        for (k = 0; k < n; k++) {
            head[k] = k < 2 && round % 4 ? "#!"[k]
                      : rand_r(&seed) % 4
                          ? common[(size_t)rand_r(&seed) % sizeof(common)]
                          : (char)rand_r(&seed);
        }
        probe(f, make_file(f, "@/s\xFF\x1B[1m", head, n, 0755), ECL_PROBE_RUN);
        assert_in_range(f->pr.nmsgs, 0, 2);
        for (i = 0; i < f->pr.nmsgs; i++) {
            assert_clean(f->pr.msgs[i].text);
        }
        for (i = 0; i < f->pr.nresults; i++) {
            assert_clean(f->pr.results[i].value);
        }
        if (round % 50 == 0) {
            const char *env_path = f->pr.env_path;

            apr_pool_clear(f->pool);
            f->pr.env_path = env_path;
        }
    }
}

static void long_shebangs(void **state)
{
    fixture_t *f = *state;
    char head[700] = "#!";
    size_t i;

    for (i = 2; i < sizeof(head); i++) {
        head[i] = "/x"[i % 2];
    }
    probe(f, make_file(f, "@/s", head, sizeof(head), 0755), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 0); /* longer than the kernel reads */
    head[200] = '\n';
    probe(f, make_file(f, "@/s", head, sizeof(head), 0755), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 1);
    assert_non_null(strstr(f->pr.msgs[0].text, " does not exist"));
    assert_int_equal(strlen(value(f, "script.interpreter")), 198);
    probe(f, make_file(f, "@/s", "#!/bin/sh\0\r\n", 12, 0755), ECL_PROBE_RUN);
    assert_int_equal(f->pr.nmsgs, 0);
    assert_string_equal(value(f, "script.shebang"), "/bin/sh");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(contents),           T(env_targets),    T(env_path_is_bounded),
        T(describes),          T(reads_only),     T(missing),
        T(closed_directories), T(link_loops_end), T(special_files_stay_closed),
        T(binaries),           T(noexec),         T(unusable_paths),
        T(hostile_bytes),      T(long_shebangs),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
