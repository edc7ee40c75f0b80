/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_socket.c - the Unix socket of a backend.
 *
 * Nothing connects: a connection would take a place in the backend's queue.
 * Sources: unix(7) (connect needs write permission), proc(5) /proc/net/unix,
 * Linux net/unix/af_unix.c unix_seq_show(). */
#include "ecl_probe_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#define TABLE_MAX (256 * 1024) /* bytes of /proc/net/unix that are read */

/* Whether a line of the table is a listener at path:
 * "ffff88...: 00000002 00000000 00010000 0001 01 20591 /run/x.sock" */
static int is_listener(ecl_span_t line, const char *path)
{
    static const char flags[] = " 00010000 ";

    return ecl_span_ends(line, path) && line.p[line.n - strlen(path) - 1] == ' '
           && ecl_span_find(line, flags) >= 0;
}

/* @return 1, 0, or -1 when the table cannot be read or was not read whole */
static int is_listening(ecl_probe_t *pr, const char *path)
{
    char *mem;
    size_t have = 0;
    ssize_t n = -1;
    ecl_span_t rest;
    int fd =
        ecl_probe_step(pr) ? open("/proc/net/unix", O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0) {
        return -1;
    }
    mem = apr_palloc(pr->pool, TABLE_MAX);
    while (have < TABLE_MAX && ecl_probe_step(pr)
           && (n = read(fd, mem + have, TABLE_MAX - have)) > 0) {
        have += (size_t)n;
    }
    close(fd);
    rest = ecl_span(mem, have);
    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        size_t len = end ? (size_t)(end - rest.p) : rest.n;

        if (len > strlen(path) && is_listener(ecl_span(rest.p, len), path)) {
            return 1;
        }
        rest = ecl_span_from(rest, end ? len + 1 : len);
    }
    return n == 0 ? 0 : -1;
}

static void check(ecl_probe_t *pr, const char *path, const char *name,
                  const ecl_node_t *node)
{
    const struct stat *st = &node->st;
    int listening;

    ecl_probe_result(pr, "socket.type", ecl_probe_type(st->st_mode));
    ecl_probe_result(pr, "socket.mode", ecl_probe_mode(pr, st->st_mode));
    ecl_probe_result(pr, "socket.owner",
                     ecl_probe_owner(pr, st->st_uid, st->st_gid));
    if (!S_ISSOCK(st->st_mode)) {
        ecl_probe_message(pr, "socket %s: is no socket but a %s", name,
                          ecl_probe_type(st->st_mode));
        return;
    }
    if (!ecl_probe_may(pr, path, node, W_OK)) {
        ecl_probe_message(pr,
                          "socket %s: mode %04o, owner %s: not writable "
                          "for the server",
                          name, (unsigned)(st->st_mode & 07777),
                          ecl_probe_owner(pr, st->st_uid, st->st_gid));
    }
    listening = is_listening(pr, path);
    if (listening >= 0) {
        ecl_probe_result(pr, "socket.listening", listening ? "yes" : "no");
    }
}

void ecl_probe_socket(ecl_probe_t *pr, const char *path)
{
    const char *name;
    ecl_node_t node;
    int err;

    if (!ecl_probe_is_path(path)) {
        return;
    }
    name = ecl_probe_clean(pr, path, strlen(path));
    ecl_probe_result(pr, "socket.path", name);
    err = ecl_probe_open(pr, path, ECL_PROBE_ANYWHERE, &node);
    if (err == EACCES) {
        ecl_probe_message(pr,
                          "socket %s: a directory on its path is not "
                          "searchable for the server",
                          name);
        return;
    }
    if (ecl_probe_is_missing(err)) {
        ecl_probe_message(pr, "socket %s: does not exist", name);
    }
    if (!err) {
        check(pr, path, name, &node);
        ecl_probe_close(&node);
    }
}
