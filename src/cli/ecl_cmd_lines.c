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

/* More than a line, and enough for zlib to read a plain file straight into it.
 */
#define CHUNK (4 * ECL_CMD_LINE_MAX)

typedef struct reader_t {
    char text[ECL_CMD_LINE_MAX + CHUNK]; /* the rest of a line, a chunk */
    size_t rest;
    int cut; /* what comes before the next newline is too much */
    ecl_cmd_line_fn *fn;
    void *baton;
} reader_t;

static void take(reader_t *r, const char *s, size_t n)
{
    if (!r->cut) {
        r->fn(s, n < ECL_CMD_LINE_MAX ? n : ECL_CMD_LINE_MAX, r->baton);
    }
    r->cut = 0;
}

/* Lines of the text, n bytes with what was left of the one before; those after
 * the last newline wait for the next chunk. */
static void split(reader_t *r, size_t n)
{
    const char *s = r->text, *end = s + n, *from = s + r->rest, *nl;

    while ((nl = memchr(from, '\n', (size_t)(end - from)))) {
        take(r, s, (size_t)(nl - s));
        s = from = nl + 1;
    }
    r->rest = (size_t)(end - s);
    if (r->rest >= ECL_CMD_LINE_MAX) {
        take(r, s, r->rest);
        r->cut = 1;
        r->rest = 0;
    }
    memmove(r->text, s, r->rest);
}

static const char *read_all(gzFile f, reader_t *r)
{
    int n, code;

    while ((n = gzread(f, r->text + r->rest, CHUNK)) > 0) {
        split(r, r->rest + (size_t)n);
    }
    if (r->rest) {
        take(r, r->text, r->rest);
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

    r.rest = 0;
    r.cut = 0;
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
    gzbuffer(f, CHUNK / 2);
    wrong = read_all(f, &r);
    if (gzclose(f) == Z_BUF_ERROR && !wrong) {
        wrong = "the compressed file ends early";
    }
    return wrong;
}
