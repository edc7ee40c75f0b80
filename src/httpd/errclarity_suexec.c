/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_suexec.c - how suEXEC was built, asked once at start.
 *
 * Its limits are compiled in, and only root and httpd's user may ask:
 * "suexec -V" prints them. Debian's configurable one (apache2-suexec-custom)
 * names a directory instead, with a file of two lines for httpd's user. What
 * cannot be learnt is not judged. Source: httpd support/suexec.c. */
#include "errclarity_probe.h"

#include <string.h>

#include "apr_file_io.h"
#include "apr_strings.h"
#include "apr_thread_proc.h"
#include "http_core.h"
#include "unixd.h"

#define ANSWER_MAX  4096
#define ANSWER_WAIT apr_time_from_sec(2)

static ecl_suexec_t suexec; /* written before the first child exists */

const ecl_suexec_t *errclarity_suexec(void)
{
    return &suexec;
}

/* What follows NAME= in the answer, without its quotes; NULL: not there. */
static const char *value(const char *answer, const char *name, apr_pool_t *p)
{
    const char *at = strstr(answer, apr_pstrcat(p, "-D ", name, "=", NULL));
    apr_size_t n;

    if (!at) {
        return NULL;
    }
    at = strchr(at, '=') + 1;
    at += *at == '"';
    n = strcspn(at, "\"\r\n");
    return n ? apr_pstrmemdup(p, at, n) : NULL;
}

static unsigned long number(const char *answer, const char *name, apr_pool_t *p)
{
    const char *digits = value(answer, name, p);
    apr_int64_t n = digits ? apr_atoi64(digits) : 0;

    return n > 0 ? (unsigned long)n : 0;
}

/* All that the file gives, at most ANSWER_MAX bytes. */
static const char *read_all(apr_file_t *f, apr_pool_t *p)
{
    char *mem = apr_palloc(p, ANSWER_MAX + 1);
    apr_size_t n = 0;

    apr_file_read_full(f, mem, ANSWER_MAX, &n);
    mem[n] = '\0';
    return mem;
}

static const char *ask(apr_pool_t *p, apr_pool_t *ptemp)
{
    const char *argv[] = { SUEXEC_BIN, "-V", NULL };
    apr_procattr_t *attr;
    apr_proc_t *proc = apr_pcalloc(ptemp, sizeof(*proc));
    const char *answer;

    if (apr_procattr_create(&attr, ptemp) != APR_SUCCESS
        || apr_procattr_io_set(attr, APR_NO_PIPE, APR_NO_PIPE, APR_FULL_BLOCK)
               != APR_SUCCESS
        || apr_procattr_cmdtype_set(attr, APR_PROGRAM) != APR_SUCCESS
        || apr_proc_create(proc, SUEXEC_BIN, argv, NULL, attr, ptemp)
               != APR_SUCCESS) {
        return "";
    }
    /* It prints to stderr. Whatever it does, the start goes on. */
    apr_file_pipe_timeout_set(proc->err, ANSWER_WAIT);
    answer = read_all(proc->err, ptemp);
    apr_file_close(proc->err);
    apr_pool_note_subprocess(ptemp, proc, APR_KILL_AFTER_TIMEOUT);
    return answer;
}

/* The two lines of Debian's file; one that begins with "#" forbids. */
static void read_custom(const char *dir, apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, dir, "/", ap_unixd_config.user_name, NULL);
    const char *text, *second;
    apr_file_t *f;

    if (apr_file_open(&f, path, APR_FOPEN_READ, APR_OS_DEFAULT, p)
        != APR_SUCCESS) {
        return;
    }
    text = read_all(f, p);
    apr_file_close(f);
    second = strchr(text, '\n');
    if (text[0] == '/') {
        suexec.docroot = apr_pstrmemdup(p, text, strcspn(text, "\r\n"));
    }
    if (second && second[1] && second[1] != '#') {
        suexec.userdir =
            apr_pstrmemdup(p, second + 1, strcspn(second + 1, "\r\n"));
    }
}

static int learn(apr_pool_t *p, apr_pool_t *plog, apr_pool_t *ptemp,
                 server_rec *s)
{
    const char *answer, *dir;

    memset(&suexec, 0, sizeof(suexec));
    if (!ap_unixd_config.suexec_enabled
        || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    answer = ask(p, ptemp);
    suexec.docroot = value(answer, "AP_DOC_ROOT", p);
    suexec.userdir = value(answer, "AP_USERDIR_SUFFIX", p);
    suexec.path = value(answer, "AP_SAFE_PATH", p);
    suexec.uid_min = number(answer, "AP_UID_MIN", p);
    suexec.gid_min = number(answer, "AP_GID_MIN", p);
    dir = value(answer, "SUEXEC_CONFIG_DIR", p);
    if (dir) {
        read_custom(dir, p);
    }
    return OK;
}

void errclarity_suexec_register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(learn, NULL, NULL, APR_HOOK_MIDDLE);
}
