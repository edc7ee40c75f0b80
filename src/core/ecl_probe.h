/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe.h - look at what a failed request needed: its script, the way
 * there, the space, the socket, the limits.
 *
 * Runs on failure only. Bounded: every system call counts against a budget and
 * against a deadline between calls (a single call on a dead network file
 * system cannot be cut short). Nothing is executed or written, nothing is
 * connected to, and only regular files are opened: a name is first opened with
 * O_PATH, which neither blocks nor acts, and what it then holds is judged
 * through that descriptor. What is found comes back twice: as results for the
 * record, and as messages (module "probe") that the catalogue's rules match
 * like any other evidence, so that what a probe decides is data too. A message
 * may reach a site's owner as a fact: of a file that symbolic links lead to,
 * outside of the request's own document tree, it tells neither mode nor owner
 * nor content.
 * Threads: pure but for the file system and the system's limits. */
#ifndef ECL_PROBE_H
#define ECL_PROBE_H

#include <sys/resource.h>
#include <sys/types.h>

#include <apr_pools.h>
#include <apr_time.h>

#include "ecl_incident.h"

#define ECL_PROBE_MAX   48  /* results */
#define ECL_PROBE_MSGS  16  /* messages */
#define ECL_PROBE_CALLS 256 /* system calls of one incident */

/** Whose rights count, when they are not the calling process's. */
typedef struct ecl_identity_t {
    const char *user; /* clean name, or its number */
    uid_t uid;
    gid_t gid;
    const gid_t *groups; /* supplementary ones */
    int ngroups;
} ecl_identity_t;

typedef struct ecl_probe_t {
    /* given */
    apr_pool_t *pool;         /* for the texts */
    const char *env_path;     /* the PATH in which env(1) will search; NULL:
                                 unknown, so its target is not judged */
    const ecl_identity_t *as; /* NULL: the calling process */
    const char *trees[2];     /* directories that are the request's own; NULL:
                                 nothing is foreign */
    apr_time_t (*now)(void);  /* NULL: no deadline */
    apr_time_t until;
    /* kept */
    int calls;
    /* found: clean texts, allocated from pool */
    ecl_probe_result_t results[ECL_PROBE_MAX];
    int nresults;
    ecl_msg_t msgs[ECL_PROBE_MSGS];
    int nmsgs;
} ecl_probe_t;

typedef enum ecl_probe_use_e {
    ECL_PROBE_DESCRIBE, /* somebody unknown uses it: nothing is judged */
    ECL_PROBE_READ,     /* it is read (PHP, WSGI) */
    ECL_PROBE_WRAPPED,  /* a wrapper may run it: it is judged as a program
                           only when its first bytes say that it is one */
    ECL_PROBE_RUN       /* it is executed by its shebang (CGI) */
} ecl_probe_use_e;

/** The script and its interpreter: exists, regular file, mode, owner, may be
 *  read and executed, each directory on its path searchable, file system
 *  mounted noexec, shebang, CR at its end, byte order mark, interpreter (or
 *  the script itself) exists, is executable, for this machine, with a loader
 *  that exists, "env" target in PATH.
 *  Messages come in the order in which the kernel meets the faults; there is
 *  none when all is well or cannot be judged.
 * @param pr      zeroed but for what is given
 * @param script  absolute path */
void ecl_probe_script(ecl_probe_t *pr, const char *script, ecl_probe_use_e use);

/** Report the first directory on the way to path that pr->as may not enter.
 *  Behind a link it is one that the path does not name.
 * @return whether there is one */
int ecl_probe_closed_directory(ecl_probe_t *pr, const char *path);

/** suEXEC as it was built or configured ("suexec -V"). */
typedef struct ecl_suexec_t {
    const char *docroot; /* NULL: unknown, not judged */
    const char *userdir; /* suffix behind the home directory; NULL: unknown */
    const char *path;    /* the PATH that it gives; NULL: unknown */
    unsigned long uid_min, gid_min; /* 0: unknown */
} ecl_suexec_t;

/** suEXEC's own rules for running the script as pr->as, one by one, in its
 *  order; a message for each that refuses.
 * @param is_userdir  the request is for ~user */
void ecl_probe_suexec(ecl_probe_t *pr, const char *script,
                      const ecl_suexec_t *rules, int is_userdir);

/** The .htaccess file of a directory: exists, regular, readable for the
 *  server, mode, owner, size, time. Nothing is said of one that is not there.
 * @param path  of the file
 * @param n     its number in the chain, from 1 */
void ecl_probe_htaccess(ecl_probe_t *pr, const char *path, int n);

/** Room for an unprivileged user on a file system, blocks and inodes.
 * @param name  of the results: NAME.free; static
 * @param what  for the message, e.g. "document root" */
void ecl_probe_space(ecl_probe_t *pr, const char *name, const char *what,
                     const char *path);

/** The calling user's own quota on a file system, where the kernel tells it
 *  (quotactl_fd, Linux 5.14). Otherwise nothing. */
void ecl_probe_quota(ecl_probe_t *pr, const char *path);

/** A Unix socket that a backend should listen at: exists, is a socket, may be
 *  written to, somebody listens (by /proc/net/unix: of this network namespace
 *  only, so a result and no message). Nothing connects. */
void ecl_probe_socket(ecl_probe_t *pr, const char *path);

/** Limits that httpd sets for the programs it starts; NULL: as its own. */
typedef struct ecl_limits_t {
    const struct rlimit *cpu, *memory, *processes;
} ecl_limits_t;

/** Open files, processes, address space: what is in force for the calling
 *  process, and what httpd gives to programs. Results only. */
void ecl_probe_limits(ecl_probe_t *pr, const ecl_limits_t *programs);

#endif
