/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_cgid.c - what a script of mod_cgid's wrote to the error log.
 *
 * Where httpd is built without fd passing (Debian), a script's stderr is the
 * main server's ErrorLog itself: lines without a prefix, without a name. This
 * notes how long that file is when a script begins, and reads from there when
 * it has failed. Which lines are its own is only certain while no other script
 * ran; else those are taken that can be no other's (ecl_mixed.h).
 *
 * Works where ErrorLog is a file. Does nothing for requests that run no CGI
 * script, and for these one fstat and one slot in the table of runs. */
#include "errclarity.h"
#include "errclarity_shared.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apr_strings.h"
#include "http_core.h"
#include "mpm_common.h"
#include "util_cfgtree.h"

#include "ecl_logformat.h"
#include "ecl_mixed.h"

/* Read from the error log at most: so much from where the script began, and so
 * much from where it ended. */
#define WINDOW_HALF (64 * 1024)

/* A request that runs a script. */
typedef struct run_t {
    const request_rec *r;
    uint64_t number; /* in the table of runs */
    apr_time_t start;
    off_t seen; /* bytes of the error log, when it began; later: read */
    struct run_t *next;
} run_t;

#define USERDATA "mod_errclarity:cgid"

int errclarity_cgid_on;

static int log_fd = -1;             /* the main server's error log, or -1 */
static int has_other_writers;       /* whose programs write there at any time */
static apr_array_header_t *formats; /* const ecl_logformat_t * */

/* -- at start --------------------------------------------------------------*/

static apr_status_t log_close(void *unused)
{
    (void)unused;
    close(log_fd);
    log_fd = -1;
    return APR_SUCCESS;
}

/* What the scripts get as their stderr is this process's own: opened anew for
 * reading, whatever its name is by now. Closed in what a child executes. */
static void log_open(const char *name, apr_pool_t *p)
{
    struct stat st;

    if (!name || name[0] == '|' || !strncmp(name, "syslog", 6)) {
        return;
    }
    log_fd =
        open("/proc/self/fd/2", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (log_fd < 0) {
        return;
    }
    if (fstat(log_fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        log_close(NULL);
        return;
    }
    apr_pool_cleanup_register(p, NULL, log_close, apr_pool_cleanup_null);
}

/* The last moment as root, and none but httpd's own children come here:
 * daemons that the parent forks to run the programs of one user or another
 * (mod_wsgi) must not inherit a descriptor that reads everybody's log. */
static int drop_privileges(apr_pool_t *pchild, server_rec *s)
{
    if (errclarity_cgid_on) {
        log_open(s->error_fname, pchild);
    }
    return OK;
}

/* All ErrorLogFormats of the configuration: virtual hosts may share the file.
 * The last argument is the format, those before it say of what. */
static void read_formats(const ap_directive_t *node, apr_pool_t *pconf)
{
    for (; node; node = node->next) {
        if (!strcasecmp(node->directive, "ErrorLogFormat")) {
            const char *args = node->args, *format = NULL, *err;
            const ecl_logformat_t *compiled;

            while (*args) {
                format = ap_getword_conf(pconf, &args);
            }
            compiled =
                format ? ecl_logformat_compile(format, &err, pconf) : NULL;
            if (compiled) {
                APR_ARRAY_PUSH(formats, const ecl_logformat_t *) = compiled;
            }
        }
        read_formats(node->first_child, pconf);
    }
}

/* Programs that these modules run, or their programs run, have the error log
 * as stderr, and are in no table of ours. */
static int any_other_writer(void)
{
    static const char *const modules[] = {
        "mod_fcgid.c", "mod_fastcgi.c", "mod_passenger.c", "mod_wsgi.c",
        "mod_php.c",   "mod_php7.c",    "mod_php5.c",      "mod_perl.c",
        "mod_lua.c",   "mod_include.c", "mod_ext_filter.c"
    };

    for (apr_size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        if (ap_find_linked_module(modules[i])) {
            return 1;
        }
    }
    return 0;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
#ifndef HAVE_CGID_FDPASSING
    if (errclarity_shared && ap_find_linked_module("mod_cgid.c")) {
        errclarity_cgid_on = 1;
        has_other_writers = any_other_writer();
        formats = apr_array_make(pconf, 2, sizeof(const ecl_logformat_t *));
        read_formats(ap_conftree, pconf);
    }
#endif
    return OK;
}

/* -- while scripts run -----------------------------------------------------*/

/* mod_cgid goes by the handler, which defaults to the content type. */
static int runs_cgi(const request_rec *r)
{
    return r->handler
               ? !strcmp(r->handler, "cgi-script")
                     || !strcmp(r->handler, CGI_MAGIC_TYPE)
               : r->content_type && !strcmp(r->content_type, CGI_MAGIC_TYPE);
}

/* Once it has ended, what comes later is only its own for sure when it says
 * so: run 0 always has others beside it. */
static apr_status_t run_end(void *data)
{
    run_t *run = data;

    ecl_runs_end(errclarity_shared->runs, run->number, apr_time_now());
    run->number = 0;
    return APR_SUCCESS;
}

static off_t log_size(void)
{
    struct stat st;

    return log_fd >= 0 && fstat(log_fd, &st) == 0 ? st.st_size : 0;
}

void errclarity_cgid_begin(request_rec *r)
{
    void *others = NULL;
    run_t *run;

    if (!r->filename || !runs_cgi(r)) {
        return;
    }
    apr_pool_userdata_get(&others, USERDATA, r->pool);
    run = apr_palloc(r->pool, sizeof(*run));
    run->r = r;
    run->next = others;
    /* In this order: a run that ended before start wrote before seen. */
    run->start = apr_time_now();
    run->number =
        ecl_runs_begin(errclarity_shared->runs, r->filename, (long)getpid());
    run->seen = log_size();
    apr_pool_userdata_setn(run, USERDATA, NULL, r->pool);
    apr_pool_cleanup_register(r->pool, run, run_end, apr_pool_cleanup_null);
}

/* -- when one has failed ---------------------------------------------------*/

static run_t *run_of(const request_rec *r)
{
    void *run = NULL;

    if (!errclarity_cgid_on) {
        return NULL;
    }
    apr_pool_userdata_get(&run, USERDATA, r->pool);
    while (run && ((run_t *)run)->r != r) {
        run = ((run_t *)run)->next;
    }
    return run;
}

void errclarity_cgid_end(const request_rec *r)
{
    run_t *run = run_of(r);

    if (run) {
        run_end(run);
    }
}

static unsigned beside(const run_t *run)
{
    return ecl_runs_beside(errclarity_shared->runs, run->number,
                           run->r->filename, run->start);
}

apr_time_t errclarity_cgid_since(const request_rec *r, unsigned *others)
{
    const run_t *run = run_of(r);

    if (!run) {
        return 0;
    }
    *others = beside(run);
    return run->start;
}

/* Is this line httpd's own? */
static int is_httpds(ecl_span_t line)
{
    ecl_loghead_t head;

    for (int i = 0; i < formats->nelts; i++) {
        if (ecl_logformat_read(
                APR_ARRAY_IDX(formats, i, const ecl_logformat_t *), &head,
                line.p, line.n)) {
            return 1;
        }
    }
    /* The default format, also that of lines from before a format applied; a
     * script's own "[date] name: " (CGI::Carp) has no level. A format may leave
     * nothing but the message. */
    ecl_logline_read(&head, line.p, line.n);
    return (head.has_prefix && head.level != ECL_LEVEL_UNKNOWN) || head.ah;
}

/* Cut text into lines, without httpd's own and empty ones.
 * @param lines  *lines: malloc'ed; NULL without memory
 * @return how many */
static int split(ecl_span_t text, ecl_span_t **lines)
{
    apr_size_t max = 1;
    int n = 0;

    for (apr_size_t i = 0; i < text.n; i++) {
        max += text.p[i] == '\n';
    }
    *lines = malloc(max * sizeof(**lines));
    while (text.n && *lines) {
        const char *end = memchr(text.p, '\n', text.n);
        apr_size_t len = end ? (apr_size_t)(end - text.p) : text.n;
        ecl_span_t line = ecl_span(text.p, len);

        if (line.n && !is_httpds(line)) {
            (*lines)[n++] = line;
        }
        text = ecl_span_from(text, len + (end ? 1 : 0));
    }
    return n;
}

/* The longest line that is kept, before and after backslashes are doubled. */
#define LINE_MAX_KEPT 2048

/* As mod_cgi logs it. A backslash is doubled, as httpd does: evidence is kept
 * as the log hook gets it. */
static void add_line(ecl_evidence_t *to, const char *script, ecl_span_t line,
                     unsigned flags)
{
    char text[3 * LINE_MAX_KEPT];
    int n = apr_snprintf(text, LINE_MAX_KEPT, "stderr from %s: ", script);
    apr_size_t i, used = (apr_size_t)n;

    for (i = 0; i < line.n && i < LINE_MAX_KEPT; i++) {
        if (line.p[i] == '\\') {
            text[used++] = '\\';
        }
        text[used++] = line.p[i];
    }
    ecl_evidence_add(to, text, used, "cgid", ECL_LEVEL_ERROR, 0, 0, flags);
}

static apr_size_t read_at(char *buf, apr_size_t n, off_t from)
{
    ssize_t got = pread(log_fd, buf, n, from);

    return got > 0 ? (apr_size_t)got : 0;
}

/* Read [from, to) of the error log into buf, both its ends when it is longer:
 * then without the lines that are cut.
 * @return bytes */
static apr_size_t read_window(char *buf, off_t from, off_t to)
{
    apr_size_t head, tail;
    const char *cut;

    if (to - from <= 2 * WINDOW_HALF) {
        return read_at(buf, (apr_size_t)(to - from), from);
    }
    head = read_at(buf, WINDOW_HALF, from);
    while (head && buf[head - 1] != '\n') {
        head--;
    }
    tail = read_at(buf + head, WINDOW_HALF, to - WINDOW_HALF);
    cut = memchr(buf + head, '\n', tail);
    if (!cut) {
        return head;
    }
    tail -= (apr_size_t)(cut + 1 - (buf + head));
    memmove(buf + head, cut + 1, tail);
    return head + tail;
}

/* Add the script's own lines of the log, up to end. */
static void take_lines(errclarity_ctx_t *ctx, run_t *run, off_t end)
{
    const char *script = run->r->filename;
    unsigned others, flags = ECL_EVIDENCE_NO_REQUEST;
    ecl_span_t *lines = NULL;
    char *buf = malloc(2 * WINDOW_HALF);
    int n;

    if (!buf) {
        return;
    }
    /* After the end is known: who begins from now on writes beyond it. */
    others = beside(run) | (has_other_writers ? ECL_RUNS_OTHER : 0);
    n = split(ecl_span(buf, read_window(buf, run->seen, end)), &lines);
    if (others & ECL_RUNS_OTHER) {
        n = ecl_mixed_pick(lines, n, script);
    }
    if (others) {
        flags |= ECL_EVIDENCE_UNSURE;
    }
    for (int i = 0; i < n; i++) {
        add_line(errclarity_foreign_store(ctx), script, lines[i], flags);
    }
    run->seen = end;
    free(lines);
    free(buf);
}

void errclarity_cgid_take(errclarity_ctx_t *ctx, request_rec *r)
{
    run_t *run = run_of(r);
    off_t end = run ? log_size() : 0;

    if (!run) {
        return;
    }
    /* Shorter: it was truncated meanwhile, and nobody knows what is whose. */
    if (end > run->seen) {
        take_lines(ctx, run, end);
    }
    if (r->status != HTTP_GATEWAY_TIME_OUT) {
        run_end(run); /* else the script is yet to be killed */
    }
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    errclarity_cgid_on = 0;
    return OK;
}

void errclarity_cgid_register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* After the shared memory is there. */
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_drop_privileges(drop_privileges, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
