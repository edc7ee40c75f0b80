/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_space.c - room on a file system: blocks, inodes, the own quota.
 *
 * Sources: statvfs(3), quotactl(2), Linux fs/quota/quota.c. */
#include "ecl_probe_priv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/quota.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <apr_strings.h>

/* What QCMD(Q_GETQUOTA, USRQUOTA) means: that macro overflows an int. */
#define GET_QUOTA ((unsigned)Q_GETQUOTA << SUBCMDSHIFT | USRQUOTA)

/* Less than this is full: nothing of use can be written. */
#define ROOM_MIN (64 * 1024ULL)

void ecl_probe_space(ecl_probe_t *pr, const char *name, const char *what,
                     const char *path)
{
    apr_uint64_t room;
    ecl_node_t node;
    struct statvfs fs;
    const char *shown;
    int inodes_full;

    if (!ecl_probe_is_path(path)
        || ecl_probe_open(pr, path, ECL_PROBE_ANYWHERE, &node) != 0) {
        return;
    }
    if (ecl_probe_step(pr) && fstatvfs(node.fd, &fs) == 0) {
        room = (apr_uint64_t)fs.f_bavail * fs.f_frsize;
        /* No inodes at all: a file system without that limit. */
        inodes_full = fs.f_files > 0 && fs.f_favail == 0;
        shown = ecl_probe_clean(pr, path, strlen(path));
        ecl_probe_result(
            pr, name,
            fs.f_files > 0
                ? apr_psprintf(pr->pool,
                               "%" APR_UINT64_T_FMT " bytes, %" APR_UINT64_T_FMT
                               " inodes",
                               room, (apr_uint64_t)fs.f_favail)
                : apr_psprintf(pr->pool, "%" APR_UINT64_T_FMT " bytes", room));
        /* A read-only file system is full by nature. */
        if (fs.f_blocks > 0 && room < ROOM_MIN && !(fs.f_flag & ST_RDONLY)) {
            ecl_probe_message(
                pr, "%s %s: no space left: %" APR_UINT64_T_FMT " bytes", what,
                shown, room);
        }
        else if (inodes_full && !(fs.f_flag & ST_RDONLY)) {
            ecl_probe_message(pr, "%s %s: no inodes left", what, shown);
        }
    }
    ecl_probe_close(&node);
}

#ifdef SYS_quotactl_fd
static void tell_quota(ecl_probe_t *pr, const struct dqblk *q, const char *path)
{
    /* Limits in units of 1024 bytes, use in bytes (quotactl(2)). */
    apr_uint64_t used = q->dqb_curspace,
                 hard = (apr_uint64_t)q->dqb_bhardlimit * 1024;
    const char *shown = ecl_probe_clean(pr, path, strlen(path));

    if (!hard && !q->dqb_ihardlimit) {
        return;
    }
    ecl_probe_result(pr, "quota",
                     apr_psprintf(pr->pool,
                                  "%" APR_UINT64_T_FMT " of %" APR_UINT64_T_FMT
                                  " bytes, %" APR_UINT64_T_FMT
                                  " of %" APR_UINT64_T_FMT " inodes",
                                  used, hard, (apr_uint64_t)q->dqb_curinodes,
                                  (apr_uint64_t)q->dqb_ihardlimit));
    if (hard && used + 4096 > hard) {
        ecl_probe_message(pr,
                          "quota on %s: %" APR_UINT64_T_FMT
                          " of %" APR_UINT64_T_FMT " bytes used",
                          shown, used, hard);
    }
    else if (q->dqb_ihardlimit && q->dqb_curinodes >= q->dqb_ihardlimit) {
        ecl_probe_message(pr,
                          "quota on %s: %" APR_UINT64_T_FMT
                          " of %" APR_UINT64_T_FMT " inodes used",
                          shown, (apr_uint64_t)q->dqb_curinodes,
                          (apr_uint64_t)q->dqb_ihardlimit);
    }
}
#endif

void ecl_probe_quota(ecl_probe_t *pr, const char *path)
{
#ifdef SYS_quotactl_fd
    struct dqblk q;
    ecl_node_t node;
    char name[64];
    int fd;

    if (!ecl_probe_is_path(path)
        || ecl_probe_open(pr, path, ECL_PROBE_ANYWHERE, &node) != 0) {
        return;
    }
    memset(&q, 0, sizeof(q));
    apr_snprintf(name, sizeof(name), "/proc/self/fd/%d", node.fd);
    /* The call takes no O_PATH descriptor. */
    fd = S_ISDIR(node.st.st_mode) && ecl_probe_step(pr)
             ? open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)
             : -1;
    if (fd >= 0) {
        if (ecl_probe_step(pr)
            && syscall(SYS_quotactl_fd, fd, GET_QUOTA, (int)geteuid(), &q)
                   == 0) {
            tell_quota(pr, &q, path);
        }
        close(fd);
    }
    ecl_probe_close(&node);
#else
    (void)pr;
    (void)path;
#endif
}
