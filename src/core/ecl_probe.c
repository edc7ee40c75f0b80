/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe.c - what the probes share: the budget, names opened safely,
 * rights, texts.
 *
 * Does not decide which fault is the cause: every fault found is a message, in
 * the order in which the kernel meets them, and the catalogue weighs them.
 * Sources: open(2) O_PATH, proc(5) /proc/pid/fd, Linux fs/namei.c
 * acl_permission_check(). */
#include "ecl_probe_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_user.h>

#include "ecl_buf.h"
#include "ecl_text.h"

#define SHOWN_MAX 1024 /* bytes of a path in a message */

int ecl_probe_step(ecl_probe_t *pr)
{
    if (pr->calls >= ECL_PROBE_CALLS || (pr->now && pr->now() > pr->until)) {
        return 0;
    }
    pr->calls++;
    return 1;
}

const char *ecl_probe_clean(const ecl_probe_t *pr, const char *s, size_t n)
{
    char mem[SHOWN_MAX + 1];
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_text_clean(&b, s, n);
    return apr_pstrmemdup(pr->pool, b.data, b.len);
}

int ecl_probe_is_path(const char *path)
{
    return path && path[0] == '/' && strnlen(path, PATH_MAX) < PATH_MAX;
}

void ecl_probe_result(ecl_probe_t *pr, const char *name, const char *value)
{
    if (pr->nresults < ECL_PROBE_MAX) {
        pr->results[pr->nresults++] = (ecl_probe_result_t){ name, value };
    }
}

void ecl_probe_message(ecl_probe_t *pr, const char *fmt, ...)
{
    char mem[3 * SHOWN_MAX + 256]; /* three paths and the words: never cut */
    va_list ap;
    int n;

    if (pr->nmsgs == ECL_PROBE_MSGS) {
        return;
    }
    va_start(ap, fmt);
    n = vsnprintf(mem, sizeof(mem), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(mem)) {
        return;
    }
    pr->msgs[pr->nmsgs++] = (ecl_msg_t){
        .text = apr_pstrmemdup(pr->pool, mem, (apr_size_t)n),
        .len = (size_t)n,
        .module = "probe",
        .level = ECL_LEVEL_ERROR,
    };
}

int ecl_probe_is_missing(int err)
{
    return err == ENOENT || err == ENOTDIR;
}

/* -- names ---------------------------------------------------------------- */

const char *ecl_probe_real(ecl_probe_t *pr, const ecl_node_t *node)
{
    char name[64], real[PATH_MAX];
    ssize_t n;

    if (!ecl_probe_step(pr)) {
        return NULL;
    }
    apr_snprintf(name, sizeof(name), "/proc/self/fd/%d", node->fd);
    n = readlink(name, real, sizeof(real));
    return n > 0 && n < (ssize_t)sizeof(real) && real[0] == '/'
               ? apr_pstrmemdup(pr->pool, real, (apr_size_t)n)
               : NULL;
}

static int is_below(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    while (n && dir[n - 1] == '/') {
        n--;
    }
    return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

/* Whether links led out of the request's trees. What cannot be told, and what
 * the budget leaves no room for, is taken for foreign. */
static int is_foreign(ecl_probe_t *pr, const char *path, ecl_probe_how_e how,
                      const ecl_node_t *node)
{
    const char *real;
    size_t i;

    if (!pr->trees[0]) {
        return how == ECL_PROBE_INSIDE;
    }
    real = ecl_probe_real(pr, node);
    if (!real) {
        return 1;
    }
    if (how == ECL_PROBE_OWN && !strcmp(real, path)) {
        return 0; /* no link on the way: the server itself chose the place */
    }
    for (i = 0; i < sizeof(pr->trees) / sizeof(pr->trees[0]); i++) {
        ecl_node_t tree;
        const char *top;

        if (!pr->trees[i] || !ecl_probe_step(pr)) {
            break;
        }
        tree.fd = open(pr->trees[i], O_PATH | O_CLOEXEC | O_DIRECTORY);
        if (tree.fd < 0) {
            continue;
        }
        top = ecl_probe_real(pr, &tree);
        close(tree.fd);
        if (top && is_below(real, top)) {
            return 0;
        }
    }
    return 1;
}

int ecl_probe_open(ecl_probe_t *pr, const char *path, ecl_probe_how_e how,
                   ecl_node_t *node)
{
    int flags = O_PATH | O_CLOEXEC;

    node->fd = -1;
    node->foreign = 0;
    if (!ecl_probe_step(pr)) {
        return EAGAIN;
    }
    node->fd =
        open(path, how == ECL_PROBE_NOFOLLOW ? flags | O_NOFOLLOW : flags);
    if (node->fd < 0) {
        return errno;
    }
    if (fstat(node->fd, &node->st) != 0) {
        int err = errno;

        ecl_probe_close(node);
        return err;
    }
    node->foreign = (how == ECL_PROBE_OWN || how == ECL_PROBE_INSIDE)
                    && is_foreign(pr, path, how, node);
    return 0;
}

void ecl_probe_close(ecl_node_t *node)
{
    if (node->fd >= 0) {
        close(node->fd);
        node->fd = -1;
    }
}

ssize_t ecl_probe_read(ecl_probe_t *pr, const ecl_node_t *node, void *mem,
                       size_t n, apr_off_t at)
{
    char name[64];
    ssize_t got;
    int fd;

    if (!S_ISREG(node->st.st_mode) || node->foreign || !ecl_probe_step(pr)) {
        return -1;
    }
    /* The same file again, whatever stands under its name by now. */
    apr_snprintf(name, sizeof(name), "/proc/self/fd/%d", node->fd);
    fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return -1;
    }
    do {
        got = pread(fd, mem, n, at);
    } while (got < 0 && errno == EINTR);
    close(fd);
    return got;
}

const char *ecl_probe_link(ecl_probe_t *pr, const char *link)
{
    char to[PATH_MAX];
    const char *slash = strrchr(link, '/');
    ssize_t n = ecl_probe_step(pr) ? readlink(link, to, sizeof(to) - 1) : -1;

    if (n <= 0) {
        return NULL;
    }
    to[n] = '\0';
    return to[0] == '/' ? apr_pstrdup(pr->pool, to)
                        : apr_psprintf(pr->pool, "%.*s/%s", (int)(slash - link),
                                       link, to);
}

/* -- rights --------------------------------------------------------------- */

static int is_member(const ecl_identity_t *as, gid_t gid)
{
    int i;

    for (i = 0; i < as->ngroups; i++) {
        if (as->groups[i] == gid) {
            return 1;
        }
    }
    return as->gid == gid;
}

/* Another user's rights by the mode. An access list may give more than the
 * mode tells, so a file that has one is not judged. */
static int may_by_mode(ecl_probe_t *pr, const char *path, const struct stat *st,
                       int how)
{
    const ecl_identity_t *as = pr->as;
    unsigned bits = st->st_mode & 07;

    if (as->uid == 0) {
        return how != X_OK || S_ISDIR(st->st_mode) || (st->st_mode & 0111);
    }
    if (as->uid == st->st_uid) {
        bits = st->st_mode >> 6 & 07;
    }
    else if (is_member(as, st->st_gid)) {
        bits = st->st_mode >> 3 & 07;
    }
    return (bits & (unsigned)how) == (unsigned)how || !ecl_probe_step(pr)
           || getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

int ecl_probe_may(ecl_probe_t *pr, const char *path, const ecl_node_t *node,
                  int how)
{
    if (pr->as) {
        return may_by_mode(pr, path, &node->st, how);
    }
    /* As the effective user, like the kernel's own checks. */
    return !ecl_probe_step(pr)
           || faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

/* -- texts ---------------------------------------------------------------- */

const char *ecl_probe_whom(const ecl_probe_t *pr)
{
    return pr->as ? apr_pstrcat(pr->pool, "user ", pr->as->user, NULL)
                  : "the server";
}

const char *ecl_probe_mode(const ecl_probe_t *pr, mode_t mode)
{
    return apr_psprintf(pr->pool, "%04o", (unsigned)(mode & 07777));
}

const char *ecl_probe_owner(const ecl_probe_t *pr, uid_t uid, gid_t gid)
{
    char *user, *group;

    if (apr_uid_name_get(&user, uid, pr->pool) != APR_SUCCESS) {
        user = apr_psprintf(pr->pool, "%lu", (unsigned long)uid);
    }
    if (apr_gid_name_get(&group, gid, pr->pool) != APR_SUCCESS) {
        group = apr_psprintf(pr->pool, "%lu", (unsigned long)gid);
    }
    return apr_pstrcat(pr->pool, user, ":", group, NULL);
}

const char *ecl_probe_type(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFLNK:
        return "link";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "device";
    }
}
