/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_explain.c - diagnose the failures in an error_log. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ecl_cmd.h"
#include "ecl_cmd_lines.h"
#include "ecl_cmd_print.h"

/* Lines between two words of progress. */
#define PROGRESS 262144

typedef struct explain_t {
    const ecl_catalog_t *catalog;
    ecl_grouper_t *grouper;
    const char *source;
    ecl_cmd_format_e format;
    int single;
    int color;
    int progress; /* standard error is a terminal */
    unsigned long long lines;
    unsigned long long findings;
    apr_pool_t *line_pool, *group_pool;
} explain_t;

static const char HELP[] =
    "Usage: errclarity explain [OPTION...] [FILE...]\n\n"
    "Read lines of an Apache error_log (2.4, 2.2, 1.3; behind syslog, journald "
    "or\ncontainer prefixes; compressed by gzip or not), group them by request "
    "and say why\neach failed. Without FILE, or with -, read standard "
    "input.\n\n"
    "  --single             all lines belong to one request\n"
    "  --format FORMAT      text (default), json (an object a line) or "
    "markdown\n"
    "  --color WHEN         auto (default), always or never\n"
    "  --help\n\n"
    "Exit code: 0 nothing found, 1 findings, 2 wrong usage or unreadable "
    "input.\n";

static void diagnose(const ecl_group_t *g, void *baton)
{
    explain_t *x = baton;
    ecl_case_t kase = { .msgs = g->msgs, .nmsgs = g->nmsgs };
    ecl_verdict_t v;
    ecl_finding_t f = { g, &v, x->source };
    int found;

    apr_pool_clear(x->group_pool);
    ecl_classify(&v, x->catalog, &kase, x->group_pool);
    found = strcmp(v.cause->family, "unknown") != 0;
    x->findings += (unsigned)found;
    /* A log is full of lines that are no failure; only who says that these
     * lines are one wants to hear that they tell nothing. */
    if (found || x->single) {
        ecl_cmd_print(stdout, &f, x->format, x->color, x->group_pool);
    }
}

static void take_line(const char *line, size_t n, void *baton)
{
    explain_t *x = baton;

    apr_pool_clear(x->line_pool);
    ecl_grouper_line(x->grouper, line, n, x->line_pool);
    if (x->progress && ++x->lines % PROGRESS == 0) {
        fprintf(stderr, "\r%llu lines, %llu findings ", x->lines, x->findings);
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
        case 'f':
            if (!ecl_cmd_format(optarg, &x->format)) {
                return ECL_EXIT_USAGE;
            }
            break;
        case 'c':
            if (!read_color(optarg, &x->color)) {
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

static int explain_file(explain_t *x, const char *path)
{
    const char *wrong;

    x->source = strcmp(path, "-") ? path : "(standard input)";
    x->grouper = ecl_grouper_create(x->single, diagnose, x);
    wrong = ecl_cmd_lines(path, take_line, x);
    ecl_grouper_finish(x->grouper);
    return wrong ? ecl_cmd_complain("%s: %s", x->source, wrong) : ECL_EXIT_FINE;
}

int ecl_cmd_explain(int argc, char **argv, apr_pool_t *p)
{
    explain_t x = { .format = ECL_CMD_TEXT };
    int code, worst = ECL_EXIT_FINE, i;

    read_color("auto", &x.color);
    code = read_options(argc, argv, &x);
    if (code >= 0) {
        return code;
    }
    x.progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    x.catalog = ecl_cmd_catalog(p);
    if (!x.catalog) {
        return ECL_EXIT_USAGE;
    }
    apr_pool_create(&x.line_pool, p);
    apr_pool_create(&x.group_pool, p);
    if (optind == argc) {
        worst = explain_file(&x, "-");
    }
    for (i = optind; i < argc; i++) {
        code = explain_file(&x, argv[i]);
        worst = code > worst ? code : worst;
    }
    if (x.progress && x.lines >= PROGRESS) {
        fprintf(stderr, "\r%llu lines, %llu findings\n", x.lines, x.findings);
    }
    return worst ? worst : x.findings ? ECL_EXIT_FINDINGS : ECL_EXIT_FINE;
}
