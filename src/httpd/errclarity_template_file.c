/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_template_file.c - a template's file: opened safely, compiled.
 *
 * Who may write .htaccess names files that httpd's user opens: they must lie
 * below that .htaccess. openat2(2) has the kernel see to that, links included;
 * where it is missing (Linux before 5.6, containers that forbid it), the path
 * is walked and no link is followed at all. */
#include "errclarity_template_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

#include "apr_errno.h"
#include "apr_strings.h"

#include "ecl_view.h"

/* A FIFO must not make a worker wait. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int errclarity_stamp_same(const errclarity_stamp_t *a,
                          const errclarity_stamp_t *b)
{
    return a->error == b->error && a->dev == b->dev && a->ino == b->ino
           && a->size == b->size && a->mtime.tv_sec == b->mtime.tv_sec
           && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* Component by component, following no link. */
static int walk(int dir, const char *path)
{
    int fd = dup(dir);

    while (fd >= 0 && *path) {
        char name[256];
        size_t n = strcspn(path, "/");
        int next, last;

        if (n >= sizeof(name)) {
            close(fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, path, n);
        name[n] = '\0';
        path += n;
        path += strspn(path, "/");
        last = !*path;
        if (n == 0 || !strcmp(name, ".")) {
            continue;
        }
        next = strcmp(name, "..") ? openat(
                   fd, name, OPEN_FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY))
                                  : -1;
        if (next < 0 && !strcmp(name, "..")) {
            errno = EXDEV;
        }
        dir = errno;
        close(fd);
        errno = dir;
        fd = next;
    }
    return fd;
}

static int open_beneath(const char *tree, const char *path)
{
    int dir = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1, error;

    if (dir < 0) {
        return -1;
    }
    errno = ENOSYS;
#ifdef RESOLVE_BENEATH
    {
        struct open_how how = { .flags = OPEN_FLAGS,
                                .resolve =
                                    RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };

        fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
    }
#endif
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        fd = walk(dir, path);
    }
    error = errno;
    close(dir);
    errno = error;
    return fd;
}

int errclarity_template_open(const char *tree, const char *path,
                             errclarity_stamp_t *stamp)
{
    int fd = tree ? open_beneath(tree, path) : open(path, OPEN_FLAGS);
    struct stat st;

    memset(stamp, 0, sizeof(*stamp));
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        stamp->error = fd < 0 ? errno : EINVAL;
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    stamp->dev = st.st_dev;
    stamp->ino = st.st_ino;
    stamp->size = st.st_size;
    stamp->mtime = st.st_mtim;
    return fd;
}

const ecl_template_t *errclarity_template_read(int fd, ecl_format_e format,
                                               const char **err, apr_pool_t *p)
{
    char *text = apr_palloc(p, ECL_TEMPLATE_MAX + 1);
    size_t n = 0;
    ssize_t got;

    do {
        got = read(fd, text + n, ECL_TEMPLATE_MAX + 1 - n);
        n += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && n <= ECL_TEMPLATE_MAX) || (got < 0 && errno == EINTR));
    *err = got < 0 ? apr_pstrcat(p, "cannot be read: ", strerror(errno), NULL)
                   : NULL;
    close(fd);
    return *err ? NULL
                : ecl_template_compile(text, n, format, ecl_view_raw, err, p);
}

const char *errclarity_template_why(const errclarity_stamp_t *stamp,
                                    const char *tree, apr_pool_t *p)
{
    char text[128];

    if (stamp->error == EINVAL) {
        return "is no ordinary file";
    }
    if (tree && (stamp->error == EXDEV || stamp->error == ELOOP)) {
        return apr_pstrcat(p, "leads out of ", tree, " by a symbolic link",
                           NULL);
    }
    return apr_pstrcat(p, "cannot be opened: ",
                       apr_strerror(stamp->error, text, sizeof(text)), NULL);
}
