/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_path.c - which directory on the way to a file is closed.
 *
 * Sources: Linux fs/namei.c link_path_walk(). */
#include "ecl_probe_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#define LINKS_MAX 8 /* symbolic links followed for a closed directory */

/* @return 0 when it may be entered, else errno */
static int enter(ecl_probe_t *pr, const char *dir)
{
    struct stat st;

    if (!pr->as) {
        return !ecl_probe_step(pr)
                       || faccessat(AT_FDCWD, dir, X_OK, AT_EACCESS) == 0
                   ? 0
                   : errno;
    }
    if (!ecl_probe_step(pr) || stat(dir, &st) != 0) {
        return 0; /* the server itself cannot look there */
    }
    return ecl_probe_may(pr, dir, &(ecl_node_t){ .fd = -1, .st = st }, X_OK)
               ? 0
               : EACCES;
}

/* @param named  the request's own path names dir */
static void report(ecl_probe_t *pr, const char *dir, int named)
{
    const char *name = ecl_probe_clean(pr, dir, strlen(dir));
    struct stat st;

    ecl_probe_message(pr, "directory %s: not searchable for %s", name,
                      ecl_probe_whom(pr));
    if (named && ecl_probe_step(pr) && lstat(dir, &st) == 0
        && S_ISDIR(st.st_mode)) {
        ecl_probe_result(pr, "path.closed",
                         apr_pstrcat(pr->pool, name, ": mode ",
                                     ecl_probe_mode(pr, st.st_mode), ", owner ",
                                     ecl_probe_owner(pr, st.st_uid, st.st_gid),
                                     NULL));
    }
}

static int find_closed(ecl_probe_t *pr, const char *path, int links)
{
    char *dir = apr_pstrdup(pr->pool, path), *end = dir;
    const char *target;

    while ((end = strchr(end + 1, '/')) != NULL) {
        int err;

        *end = '\0';
        err = enter(pr, dir);
        if (err) {
            if (err != EACCES) {
                return 0;
            }
            target = links ? ecl_probe_link(pr, dir) : NULL;
            if (!target
                || !find_closed(pr, apr_pstrcat(pr->pool, target, "/", NULL),
                                links - 1)) {
                report(pr, dir, links == LINKS_MAX);
            }
            return 1;
        }
        *end = '/';
    }
    target = links ? ecl_probe_link(pr, dir) : NULL;
    return target && find_closed(pr, target, links - 1);
}

int ecl_probe_closed_directory(ecl_probe_t *pr, const char *path)
{
    return find_closed(pr, path, LINKS_MAX);
}
