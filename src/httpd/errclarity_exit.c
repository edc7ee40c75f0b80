/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_exit.c - how a mod_cgi script ended.
 *
 * mod_cgi's script is a child of the thread that serves the request, and stays
 * a zombie until the request's pool goes: waitid(WNOWAIT) looks at it and
 * leaves it for httpd to reap. Linux lists the children of each thread
 * (proc(5), /proc/pid/task/tid/children), so that this is right in threaded
 * MPMs, too. Where there is more than one child nobody can say which was the
 * script, and nothing is said. Scripts of mod_cgid are its daemon's children:
 * out of sight. */
#include "errclarity.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_signal.h"
#include "apr_strings.h"

/* A script closes its pipes a moment before it is a zombie. */
#define WAIT_STEP 500 /* microseconds */

/* The one child of this thread.
 * @return its id, 0 when there is none or there are more, -1 unknown */
static pid_t only_child(void)
{
    char path[64], list[64], *end;
    ssize_t n;
    long pid;
    int fd;

    apr_snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
                 (long)syscall(SYS_gettid));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    n = read(fd, list, sizeof(list) - 1);
    close(fd);
    if (n <= 0) {
        return 0;
    }
    list[n] = '\0';
    pid = strtol(list, &end, 10);
    return pid > 0 && end[strspn(end, " ")] == '\0' ? (pid_t)pid : 0;
}

static int is_threaded(void)
{
    int threaded = AP_MPMQ_NOT_SUPPORTED;

    return ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) != APR_SUCCESS
           || threaded != AP_MPMQ_NOT_SUPPORTED;
}

/* @param wait  microseconds @return 1 and *si, or 0: it is not known */
static int peek(siginfo_t *si, int wait)
{
    pid_t pid = only_child();

    if (pid == 0 || (pid < 0 && is_threaded())) {
        return 0;
    }
    for (;; wait -= WAIT_STEP) {
        memset(si, 0, sizeof(*si));
        if (waitid(pid > 0 ? P_PID : P_ALL, pid > 0 ? (id_t)pid : 0, si,
                   WEXITED | WNOHANG | WNOWAIT)
            != 0) {
            return 0;
        }
        if (si->si_pid || wait <= 0) {
            return si->si_pid != 0;
        }
        apr_sleep(WAIT_STEP);
    }
}

static int runs_cgi(const request_rec *r)
{
    return r->handler && !strcmp(r->handler, "cgi-script");
}

static int is_signal(const siginfo_t *si)
{
    return si->si_code == CLD_KILLED || si->si_code == CLD_DUMPED;
}

int errclarity_exit_killed(const request_rec *r)
{
    siginfo_t si;

    /* httpd itself stops reading, and a script that goes on writing dies of
     * it, when nobody wants the body. */
    return runs_cgi(r) && !r->header_only && !r->connection->aborted
           && peek(&si, 4 * WAIT_STEP) && is_signal(&si)
           && si.si_status != SIGPIPE && si.si_status != SIGTERM;
}

void errclarity_exit_probe(ecl_probe_t *pr, const request_rec *r, int answered,
                           apr_pool_t *p)
{
    ecl_msg_t *m = &pr->msgs[pr->nmsgs];
    siginfo_t si;

    if (!runs_cgi(r) || pr->nmsgs == ECL_PROBE_MAX
        || pr->nresults == ECL_PROBE_MAX || !peek(&si, 20 * WAIT_STEP)
        || si.si_status == 0) {
        return;
    }
    pr->results[pr->nresults++] = (ecl_probe_result_t){
        .name = is_signal(&si) ? "script.signal" : "script.exit_status",
        .value = apr_itoa(p, si.si_status),
    };
    if (answered && !is_signal(&si)) {
        return;
    }
    m->text = is_signal(&si)
                  ? apr_psprintf(p, "the script was ended by signal %d (%s)",
                                 si.si_status,
                                 apr_signal_description_get(si.si_status))
                  : apr_psprintf(p, "the script ended with exit status %d",
                                 si.si_status);
    m->len = strlen(m->text);
    m->module = "probe";
    m->level = ECL_LEVEL_ERROR;
    pr->nmsgs++;
}
