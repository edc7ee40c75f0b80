/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_lines.c - read a file line by line, compressed or not.
 *
 * Memory does not grow with the file. zlib reads plain files as they are. */
#include "ecl_cmd_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

typedef struct reader_t {
    char line[ECL_CMD_LINE_MAX];
    size_t n;
    ecl_cmd_line_fn *fn;
    void *baton;
} reader_t;

static void take(reader_t *r, const char *s, size_t n)
{
    size_t room = sizeof(r->line) - r->n;

    n = n > room ? room : n;
    memcpy(r->line + r->n, s, n);
    r->n += n;
}

static void split(reader_t *r, const char *s, size_t n)
{
    const char *nl;

    while ((nl = memchr(s, '\n', n))) {
        size_t len = (size_t)(nl - s);

        take(r, s, len);
        r->fn(r->line, r->n, r->baton);
        r->n = 0;
        s += len + 1;
        n -= len + 1;
    }
    take(r, s, n);
}

static const char *read_all(gzFile f, reader_t *r)
{
    static char chunk[256 * 1024];
    int n, code;

    while ((n = gzread(f, chunk, sizeof(chunk))) > 0) {
        split(r, chunk, (size_t)n);
    }
    if (r->n) {
        r->fn(r->line, r->n, r->baton);
        r->n = 0;
    }
    if (n < 0) {
        gzerror(f, &code);
        return code == Z_ERRNO ? strerror(errno)
                               : "the compressed file is damaged";
    }
    return NULL;
}

const char *ecl_cmd_lines(const char *path, ecl_cmd_line_fn *fn, void *baton)
{
    static reader_t r;
    const char *wrong;
    gzFile f;
    int fd = STDIN_FILENO;

    r.n = 0;
    r.fn = fn;
    r.baton = baton;
    errno = 0;
    if (!strcmp(path, "-")) {
        fd = dup(fd);
        f = fd < 0 ? NULL : gzdopen(fd, "rb");
    }
    else {
        f = gzopen(path, "rb");
    }
    if (!f) {
        return errno ? strerror(errno) : "out of memory";
    }
    gzbuffer(f, 128 * 1024);
    wrong = read_all(f, &r);
    if (gzclose(f) == Z_BUF_ERROR && !wrong) {
        wrong = "the compressed file ends early";
    }
    return wrong;
}
