/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_script.c - the file that could not be run or read.
 *
 * Sources: Linux fs/exec.c do_open_execat(), fs/open.c do_faccessat(). */
#include "ecl_probe_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <apr_strings.h>

static void missing(ecl_probe_t *pr, const char *script, const char *name)
{
    const char *target = ecl_probe_link(pr, script);

    ecl_probe_message(pr, "script %s: does not exist", name);
    if (target) {
        ecl_probe_result(pr, "script.link",
                         ecl_probe_clean(pr, target, strlen(target)));
    }
}

static void describe(ecl_probe_t *pr, const ecl_node_t *node)
{
    char *time = apr_palloc(pr->pool, ECL_TIME_MAX);
    const struct stat *st = &node->st;

    if (node->foreign) {
        ecl_probe_result(pr, "script.outside",
                         "a symbolic link leads out of the document tree");
        return;
    }
    ecl_incident_time(time, apr_time_from_sec(st->st_mtime), 0);
    ecl_probe_result(pr, "script.type", ecl_probe_type(st->st_mode));
    ecl_probe_result(pr, "script.mode", ecl_probe_mode(pr, st->st_mode));
    ecl_probe_result(pr, "script.owner",
                     ecl_probe_owner(pr, st->st_uid, st->st_gid));
    ecl_probe_result(
        pr, "script.size",
        apr_psprintf(pr->pool, "%" APR_OFF_T_FMT, (apr_off_t)st->st_size));
    ecl_probe_result(pr, "script.mtime", time);
}

static void check_executable(ecl_probe_t *pr, const char *script,
                             const char *name, const ecl_node_t *node)
{
    struct statvfs fs;
    int noexec = ecl_probe_step(pr) && fstatvfs(node->fd, &fs) == 0
                 && (fs.f_flag & ST_NOEXEC) != 0;

    /* On such a file system the kernel denies X_OK whatever the mode is. */
    if (!(node->st.st_mode & 0111)
        || (!noexec && !ecl_probe_may(pr, script, node, X_OK))) {
        ecl_probe_message(
            pr, "script %s: mode %sis not executable for %s", name,
            node->foreign
                ? ""
                : apr_pstrcat(pr->pool, ecl_probe_mode(pr, node->st.st_mode),
                              " ", NULL),
            ecl_probe_whom(pr));
    }
    if (noexec) {
        ecl_probe_result(pr, "script.mount", "noexec");
        ecl_probe_message(pr, "script %s: on a file system mounted noexec",
                          name);
    }
}

static void check(ecl_probe_t *pr, const char *script, const char *name,
                  const ecl_node_t *node, ecl_probe_use_e use)
{
    unsigned char head[ECL_PROBE_HEAD + 1];
    ecl_span_t begin = { (const char *)head, 0 };
    ssize_t n = -1;

    if (use >= ECL_PROBE_WRAPPED) {
        n = ecl_probe_read(pr, node, head, ECL_PROBE_HEAD, 0);
        begin.n = n > 0 ? (size_t)n : 0;
        head[begin.n] = '\0';
    }
    if (use == ECL_PROBE_WRAPPED && !ecl_probe_is_program(begin)) {
        use = ECL_PROBE_READ;
        n = -1;
    }
    if (use >= ECL_PROBE_WRAPPED) {
        check_executable(pr, script, name, node);
    }
    if (!ecl_probe_may(pr, script, node, R_OK)) {
        ecl_probe_message(pr, "script %s: not readable for %s", name,
                          ecl_probe_whom(pr));
    }
    else if (n >= 0) {
        ecl_probe_shebang(pr, script, name, begin);
        ecl_probe_elf(pr, apr_pstrcat(pr->pool, "script ", name, NULL), node,
                      begin);
    }
}

void ecl_probe_script(ecl_probe_t *pr, const char *script, ecl_probe_use_e use)
{
    const char *name;
    ecl_node_t node;
    int err;

    if (!ecl_probe_is_path(script)) {
        return;
    }
    name = ecl_probe_clean(pr, script, strlen(script));
    err = ecl_probe_open(pr, script, ECL_PROBE_OWN, &node);
    if (err) {
        if (use != ECL_PROBE_DESCRIBE && err == EACCES) {
            ecl_probe_closed_directory(pr, script);
        }
        else if (use != ECL_PROBE_DESCRIBE && ecl_probe_is_missing(err)) {
            missing(pr, script, name);
        }
        return;
    }
    describe(pr, &node);
    /* Another user may be shut out where the server is not. */
    if (S_ISREG(node.st.st_mode) && use != ECL_PROBE_DESCRIBE
        && !(pr->as && ecl_probe_closed_directory(pr, script))) {
        check(pr, script, name, &node, use);
    }
    ecl_probe_close(&node);
}
