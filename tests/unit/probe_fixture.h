/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* probe_fixture.h - a temporary tree for tests of the probes, and what they
 * found.
 *
 * Root may read and enter everything, so as root the probes run with the
 * effective user "nobody", as httpd's children do. */
#ifndef PROBE_FIXTURE_H
#define PROBE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_probe.h"
#include "ecl_probe_priv.h"
#include "ecl_text.h"

#define NOBODY 65534

typedef struct fixture_t {
    apr_pool_t *pool;
    char dir[64];
    ecl_probe_t pr;
} fixture_t;

static inline int setup(void **state)
{
    fixture_t *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    apr_pool_create(&f->pool, NULL);
    strncpy(f->dir, "/tmp/ecl-probe-XXXXXX", sizeof(f->dir) - 1);
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(chmod(f->dir, 0755), 0);
    *state = f;
    return 0;
}

static inline int drop(const char *path, const struct stat *st, int type,
                       struct FTW *ftw)
{
    return remove(path);
}

static inline int teardown(void **state)
{
    fixture_t *f = *state;

    chmod(apr_pstrcat(f->pool, f->dir, "/closed", NULL), 0755);
    nftw(f->dir, drop, 8, FTW_DEPTH | FTW_PHYS);
    apr_pool_destroy(f->pool);
    free(f);
    return 0;
}

/* The fixture's name for "@/x"; other texts stay. */
static inline const char *local(fixture_t *f, const char *s)
{
    const char *at;

    while ((at = strchr(s, '@')) != NULL) {
        s = apr_psprintf(f->pool, "%.*s%s%s", (int)(at - s), s, f->dir, at + 1);
    }
    return s;
}

static inline const char *make_file(fixture_t *f, const char *name,
                                    const void *bytes, size_t n, int mode)
{
    const char *path = local(f, name);
    FILE *out;

    unlink(path); /* an earlier one may not be writable */
    out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, (mode_t)mode), 0);
    return path;
}

/* Forget what was found, not what was given. */
static inline void afresh(fixture_t *f)
{
    f->pr.calls = 0;
    f->pr.nresults = 0;
    f->pr.nmsgs = 0;
    f->pr.pool = f->pool;
}

static inline void probe(fixture_t *f, const char *path, ecl_probe_use_e use)
{
    int root = geteuid() == 0;
    int i;

    afresh(f);
    if (root) {
        assert_int_equal(seteuid(NOBODY), 0);
    }
    ecl_probe_script(&f->pr, path, use);
    if (root) {
        assert_int_equal(seteuid(0), 0);
    }
    for (i = 0; i < f->pr.nmsgs; i++) {
        assert_string_equal(f->pr.msgs[i].module, "probe");
        assert_int_equal(f->pr.msgs[i].level, ECL_LEVEL_ERROR);
        assert_int_equal(f->pr.msgs[i].len, strlen(f->pr.msgs[i].text));
    }
}

static inline const char *value(fixture_t *f, const char *name)
{
    int i;

    for (i = 0; i < f->pr.nresults; i++) {
        if (!strcmp(f->pr.results[i].name, name)) {
            return f->pr.results[i].value;
        }
    }
    return "(none)";
}

/* All messages, each with a newline behind it. */
static inline const char *messages(fixture_t *f)
{
    const char *all = "";
    int i;

    for (i = 0; i < f->pr.nmsgs; i++) {
        all = apr_pstrcat(f->pool, all, f->pr.msgs[i].text, "\n", NULL);
    }
    return all;
}

#endif
