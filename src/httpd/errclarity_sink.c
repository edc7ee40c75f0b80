/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_sink.c - where records go: a file, a program, syslog, the error
 * log.
 *
 * Targets are opened once, as root, before the first child: no open a request,
 * and no lock between processes, since O_APPEND and one write(2) a line keep
 * lines whole. */
#include "errclarity.h"
#include "errclarity_log.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "apr_file_io.h"
#include "apr_hash.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "http_core.h"

#include "ecl_record.h"

typedef struct errclarity_log_t {
    apr_file_t *file; /* file or pipe; NULL: syslog */
    apr_size_t max;   /* bytes a line */
    int facility;
} errclarity_log_t;

int errclarity_syslog_facility(const char *target)
{
    static const struct {
        const char *name;
        int facility;
    } names[] = {
        { "daemon", LOG_DAEMON }, { "user", LOG_USER },
        { "mail", LOG_MAIL },     { "news", LOG_NEWS },
        { "auth", LOG_AUTH },     { "cron", LOG_CRON },
        { "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
        { "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
        { "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
        { "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
    };
    size_t i;

    if (!target[6]) { /* "syslog" alone: as ErrorLog's default */
        return LOG_LOCAL7;
    }
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcasecmp(target + 7, names[i].name)) {
            return names[i].facility;
        }
    }
    return -1;
}

/* A line longer than PIPE_BUF may be torn when several processes write to one
 * pipe (POSIX write(2)). */
static apr_size_t line_max(apr_file_t *file)
{
    apr_os_file_t fd;
    struct stat st;

    if (apr_os_file_get(&fd, file) == APR_SUCCESS && fstat(fd, &st) == 0
        && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
        return PIPE_BUF;
    }
    return ECL_RECORD_MAX;
}

static errclarity_log_t *open_target(apr_pool_t *p, server_rec *s,
                                     const char *target)
{
    errclarity_log_t *log = apr_pcalloc(p, sizeof(*log));

    log->max = PIPE_BUF;
    if (*target == '|') {
        /* As CustomLog: "||" and "|" run the program, "|$" a shell. */
        apr_cmdtype_e type = APR_PROGRAM_ENV;
        piped_log *pl;

        target++;
        if (*target == '|') {
            target++;
        }
        else if (*target == '$') {
            type = APR_SHELLCMD_ENV;
            target++;
        }
        pl = ap_open_piped_log_ex(p, target, type);
        log->file = pl ? ap_piped_log_write_fd(pl) : NULL;
        return pl ? log : NULL;
    }
    if (!strncasecmp(target, "syslog", 6) && (!target[6] || target[6] == ':')) {
        log->facility = errclarity_syslog_facility(target);
        return log;
    }
    target = ap_server_root_relative(p, target);
    if (target) {
        apr_status_t rv = apr_file_open(&log->file, target,
                                        APR_WRITE | APR_APPEND | APR_CREATE,
                                        APR_UREAD | APR_UWRITE | APR_GREAD, p);

        if (rv == APR_SUCCESS) {
            log->max = line_max(log->file);
            return log;
        }
        ap_log_error(
            APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, rv, s,
            ECL_LOGNO(
                0004) "ErrClarityLog: cannot open %s for "
                      "appending: make its directory exist and writable for "
                      "the user that starts httpd",
            target);
    }
    return NULL;
}

static int open_logs(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                     server_rec *main_server)
{
    apr_hash_t *opened = apr_hash_make(ptemp);
    server_rec *s;

    for (s = main_server; s; s = s->next) {
        errclarity_server_t *conf =
            ap_get_module_config(s->module_config, &errclarity_module);

        if (!conf->log) {
            continue;
        }
        conf->sink = apr_hash_get(opened, conf->log, APR_HASH_KEY_STRING);
        if (!conf->sink) {
            conf->sink = open_target(pconf, s, conf->log);
            if (!conf->sink) {
                ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, s,
                             ECL_LOGNO(0005) "ErrClarityLog %s: could not "
                                             "be opened",
                             conf->log);
                return DONE; /* as mod_log_config: httpd does not start */
            }
            apr_hash_set(opened, conf->log, APR_HASH_KEY_STRING, conf->sink);
        }
    }
    return OK;
}

static void write_line(server_rec *s, apr_file_t *file, const char *line,
                       apr_size_t len)
{
    apr_size_t done = len;
    apr_status_t rv = apr_file_write(file, line, &done);

    if (rv != APR_SUCCESS || done != len) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     ECL_LOGNO(0006) "record not written: %" APR_SIZE_T_FMT
                                     " of %" APR_SIZE_T_FMT
                                     " bytes; it was: %s",
                     done, len, line);
    }
}

void errclarity_sink_write(server_rec *s, const ecl_incident_t *inc,
                           apr_pool_t *p)
{
    const errclarity_server_t *conf =
        ap_get_module_config(s->module_config, &errclarity_module);
    const errclarity_log_t *log = conf->sink;
    apr_file_t *file = log ? log->file : s->error_log;
    apr_size_t max = log ? log->max : file ? line_max(file) : PIPE_BUF;
    apr_size_t len;
    const char *line = ecl_record_line(inc, max, &len, p);

    if (file) {
        write_line(s, file, line, len);
    }
    else {
        syslog(LOG_ERR | (log ? log->facility : 0), "%s", line);
    }
}

void errclarity_sink_register_hooks(apr_pool_t *p)
{
    ap_hook_open_logs(open_logs, NULL, NULL, APR_HOOK_MIDDLE);
}
