/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_explain.c - diagnose the failures in an error_log. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ecl_cmd.h"
#include "ecl_cmd_diagnose.h"
#include "ecl_cmd_group.h"
#include "ecl_cmd_lines.h"
#include "ecl_cmd_pipe.h"
#include "ecl_cmd_problems.h"
#include "ecl_cmd_wrap.h"
#include "ecl_logformat.h"
#include "ecl_logtime.h"

/* Lines between two looks at the progress. */
#define PROGRESS 65536
/* Smaller inputs are read before anybody wonders. */
#define PROGRESS_BYTES (50 * 1024 * 1024)

typedef struct explain_t {
    ecl_diagnoser_t *diagnoser;
    ecl_grouper_t *grouper;
    ecl_pipe_t *pipe;         /* from the grouper to take_group() */
    ecl_problems_t *problems; /* NULL: every incident is printed */
    const char *source;
    const char *log_format;        /* ErrorLogFormat's argument, or NULL */
    const ecl_logformat_t *format; /* the same, compiled */
    ecl_print_t print;
    ecl_wrap_t *wrap; /* of the file being read */
    int single;
    int all;
    int progress; /* standard error is a terminal */
    unsigned long long lines, bytes;
    unsigned long long findings; /* counted by the pipe's thread */
} explain_t;

static const char HELP[] =
    "Usage: errclarity explain [OPTION...] [FILE...]\n\n"
    "Read lines of an Apache error_log (2.4, 2.2, 1.3; behind syslog, journald "
    "or\ncontainer prefixes; compressed by gzip or not), group them by request "
    "and say why\neach failed. Without FILE, or with -, read standard "
    "input.\n\n"
    "  --single             all lines belong to one request\n"
    "  --log-format FORMAT  the site's ErrorLogFormat, when it is not a "
    "default "
    "one\n"
    "  --all                list every incident, also of the same problem\n"
    "  --redact             mask passwords, tokens and keys\n"
    "  --format FORMAT      text (default), json (every incident, an object a "
    "line)\n"
    "                       or markdown\n"
    "  --color WHEN         auto (default), always or never\n"
    "  --help\n\n"
    "Exit code: 0 nothing found, 1 findings, 2 wrong usage or unreadable "
    "input.\n";

static void take_group(const ecl_group_t *g, void *baton)
{
    explain_t *x = baton;
    ecl_words_t *words = ecl_diagnose(x->diagnoser, g);
    ecl_place_t place = { .source = x->source,
                          .line = g->line,
                          .messages = (unsigned)g->nlines + g->dropped,
                          .times = 1,
                          .first = g->first,
                          .last = g->last ? g->last : g->first,
                          .client = g->client,
                          .vhost = g->vhost,
                          .log_id = g->log_id,
                          .pid = g->pid };

    if (!words) {
        return;
    }
    __atomic_fetch_add(&x->findings, 1, __ATOMIC_RELAXED);
    if (!x->problems) {
        ecl_diagnose_say(x->diagnoser, g);
        ecl_print_finding(stdout, &x->print, words, &place);
    }
    else if (!ecl_problems_count(x->problems, words->problem, &place)) {
        ecl_diagnose_say(x->diagnoser, g);
        ecl_problems_add(x->problems, words, &place);
    }
}

static ecl_group_t *pass_on(ecl_group_t *g, void *baton)
{
    explain_t *x = baton;

    return ecl_pipe_put(x->pipe, g);
}

static void show_progress(const explain_t *x, const char *end)
{
    fprintf(stderr, "\r%llu MB, %llu lines, %llu incidents%s", x->bytes >> 20,
            x->lines, __atomic_load_n(&x->findings, __ATOMIC_RELAXED), end);
}

/* A server that starts writes default lines before it knows its format. */
static void read_line(const explain_t *x, ecl_loghead_t *l, const char *line,
                      size_t n)
{
    size_t skip;

    if (x->format) {
        if (ecl_logformat_read(x->format, l, line, n)) {
            return;
        }
        skip = ecl_logtime_transport(ecl_span(line, n));
        if (skip && ecl_logformat_read(x->format, l, line + skip, n - skip)) {
            return;
        }
    }
    ecl_logline_read(l, line, n);
}

static void take_head(explain_t *x, const ecl_loghead_t *l)
{
    if (ecl_diagnose_is_healthy(x->diagnoser, l)) {
        ecl_grouper_skip(x->grouper, l->time);
    }
    else {
        ecl_grouper_line(x->grouper, l);
    }
}

/* The line held is whole: nothing that follows belongs to it. */
static void release(explain_t *x)
{
    ecl_wrap_t *w = x->wrap;
    ecl_loghead_t l;

    if (w->n) {
        read_line(x, &l, w->text, w->n);
        take_head(x, &l);
        for (; w->lines > 1; w->lines--) {
            ecl_grouper_skip(x->grouper, l.time);
        }
        w->n = 0;
    }
}

static void take_line(const char *line, size_t n, void *baton)
{
    explain_t *x = baton;
    ecl_loghead_t l;

    read_line(x, &l, line, n);
    if (!ecl_wrap_join(x->wrap, &l, line, n)) {
        release(x);
        if (!ecl_wrap_hold(x->wrap, &l, line, n)) {
            take_head(x, &l);
        }
    }
    x->bytes += n + 1;
    if (++x->lines % PROGRESS == 0 && x->progress
        && x->bytes > PROGRESS_BYTES) {
        show_progress(x, "");
    }
}

static int read_color(const char *when, int *color)
{
    if (!strcmp(when, "always") || !strcmp(when, "never")) {
        *color = when[0] == 'a';
        return 1;
    }
    if (!strcmp(when, "auto")) {
        *color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
        return 1;
    }
    ecl_cmd_complain("--color '%s': must be auto, always or never", when);
    return 0;
}

/* @return -1 to go on, else the exit code */
static int read_options(int argc, char **argv, explain_t *x)
{
    static const struct option options[] = {
        { "single", no_argument, NULL, 's' },
        { "log-format", required_argument, NULL, 'l' },
        { "all", no_argument, NULL, 'a' },
        { "redact", no_argument, NULL, 'r' },
        { "format", required_argument, NULL, 'f' },
        { "color", required_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int c;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (c) {
        case 's':
            x->single = 1;
            break;
        case 'l':
            x->log_format = optarg;
            break;
        case 'a':
            x->all = 1;
            break;
        case 'f':
            if (!ecl_cmd_format(optarg, &x->print.format)) {
                return ECL_EXIT_USAGE;
            }
            break;
        case 'r':
            x->print.redact = 1;
            break;
        case 'c':
            if (!read_color(optarg, &x->print.color)) {
                return ECL_EXIT_USAGE;
            }
            break;
        case 'h':
            fputs(HELP, stdout);
            return ECL_EXIT_FINE;
        default:
            fputs("See errclarity explain --help\n", stderr);
            return ECL_EXIT_USAGE;
        }
    }
    return -1;
}

static int read_format(explain_t *x, apr_pool_t *p)
{
    const char *wrong;

    if (x->log_format) {
        x->format = ecl_logformat_compile(x->log_format, &wrong, p);
        if (!x->format) {
            ecl_cmd_complain(
                "--log-format '%s': %s; for example --log-format "
                "'[%%{cu}t] [%%-m:%%l] [pid %%P] %%E: [client %%a] "
                "%%M'",
                x->log_format, wrong);
            return 0;
        }
    }
    return 1;
}

static int explain_file(explain_t *x, const char *path)
{
    static ecl_wrap_t wrap;
    const char *wrong;

    wrap.n = 0;
    x->wrap = &wrap;
    x->source = strcmp(path, "-") ? path : "(standard input)";
    x->grouper = ecl_grouper_create(x->single, pass_on, x);
    wrong = ecl_cmd_lines(path, take_line, x);
    release(x);
    ecl_grouper_finish(x->grouper);
    ecl_pipe_drain(x->pipe);
    return wrong ? ecl_cmd_complain("%s: %s", x->source, wrong) : ECL_EXIT_FINE;
}

/* The last words: what was found, in numbers. */
static void sum_up(explain_t *x)
{
    unsigned long long beyond =
        x->problems ? ecl_problems_beyond(x->problems) : 0;
    unsigned n =
        x->problems ? ecl_problems_print(x->problems, stdout, &x->print) : 0;

    if (x->progress && x->bytes > PROGRESS_BYTES) {
        show_progress(x, "\n");
    }
    if (x->print.format != ECL_CMD_TEXT) {
        return;
    }
    if (!x->findings) {
        printf("No failure in %llu line%s.\n", x->lines,
               x->lines == 1 ? "" : "s");
        return;
    }
    printf("%llu incident%s", x->findings, x->findings == 1 ? "" : "s");
    if (n) {
        printf(" of %u problem%s", n, n == 1 ? "" : "s");
    }
    printf(" in %llu line%s.\n", x->lines, x->lines == 1 ? "" : "s");
    if (beyond) {
        printf("%llu of them are of further problems, which are not listed.\n",
               beyond);
    }
}

int ecl_cmd_explain(int argc, char **argv, apr_pool_t *p)
{
    explain_t x = { .print = { .format = ECL_CMD_TEXT } };
    const ecl_catalog_t *catalog;
    int code, worst = ECL_EXIT_FINE, i;

    read_color("auto", &x.print.color);
    code = read_options(argc, argv, &x);
    if (code >= 0) {
        return code;
    }
    x.progress = isatty(STDERR_FILENO);
    if (!read_format(&x, p)) {
        return ECL_EXIT_USAGE;
    }
    catalog = ecl_cmd_catalog(p);
    if (!catalog) {
        return ECL_EXIT_USAGE;
    }
    x.diagnoser = ecl_diagnoser_create(catalog, &x.print, x.single, p);
    if (x.print.format != ECL_CMD_JSON && !x.all) {
        x.problems = ecl_problems_create();
    }
    x.pipe = ecl_pipe_create(take_group, &x);
    if (optind == argc) {
        worst = explain_file(&x, "-");
    }
    for (i = optind; i < argc; i++) {
        code = explain_file(&x, argv[i]);
        worst = code > worst ? code : worst;
    }
    ecl_pipe_destroy(x.pipe);
    sum_up(&x);
    if (x.problems) {
        ecl_problems_destroy(x.problems);
    }
    ecl_diagnoser_destroy(x.diagnoser);
    return worst ? worst : x.findings ? ECL_EXIT_FINDINGS : ECL_EXIT_FINE;
}
