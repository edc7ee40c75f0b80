/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_main.c - errclarity(1): find the command, hand over. */
#include "ecl_cmd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_version.h"

typedef struct command_t {
    const char *name;
    int (*run)(int argc, char **argv, apr_pool_t *p);
    const char *help;
} command_t;

static const command_t COMMANDS[] = {
    { "explain", ecl_cmd_explain, "diagnose the failures in an error_log" },
    { "causes", ecl_cmd_causes, "print what is known of each cause" },
    { "template", ecl_cmd_template,
      "print the built-in page, check one's own" },
    { "link", ecl_cmd_link, "make a link that shows the owner's details" },
};
#define NCOMMANDS (sizeof(COMMANDS) / sizeof(COMMANDS[0]))

int ecl_cmd_complain(const char *fmt, ...)
{
    va_list ap;

    fputs("errclarity: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return ECL_EXIT_USAGE;
}

int ecl_cmd_format(const char *value, ecl_cmd_format_e *format)
{
    static const char *const names[] = { "text", "json", "markdown" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(value, names[i])) {
            *format = (ecl_cmd_format_e)i;
            return 1;
        }
    }
    ecl_cmd_complain("--format '%s': must be text, json or markdown, for "
                     "example --format json",
                     value);
    return 0;
}

const ecl_catalog_t *ecl_cmd_catalog(apr_pool_t *p)
{
    ecl_catalog_t *c = ecl_catalog_create(p);
    size_t n;
    const char *yaml = ecl_catalog_builtin(&n);
    const char *wrong = ecl_catalog_add(c, "built-in", yaml, n, p);

    if (!wrong) {
        wrong = ecl_catalog_compile(c, p);
    }
    if (wrong) {
        ecl_cmd_complain("%s", wrong);
        return NULL;
    }
    return c;
}

static void print_help(FILE *to)
{
    size_t i;

    fputs("Usage: errclarity COMMAND [OPTION...] [ARGUMENT...]\n"
          "       errclarity COMMAND --help\n\n"
          "Say why a request to Apache HTTP Server failed.\n\nCommands:\n",
          to);
    for (i = 0; i < NCOMMANDS; i++) {
        fprintf(to, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].help);
    }
    fputs("\nExit code: 0 fine, 1 findings, 2 wrong usage or unreadable "
          "input.\n",
          to);
}

static int run(int argc, char **argv, apr_pool_t *p)
{
    size_t i;

    if (argc < 2) {
        print_help(stderr);
        return ECL_EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(stdout);
        return ECL_EXIT_FINE;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        puts("errclarity " ECL_VERSION);
        return ECL_EXIT_FINE;
    }
    for (i = 0; i < NCOMMANDS; i++) {
        if (!strcmp(argv[1], COMMANDS[i].name)) {
            return COMMANDS[i].run(argc - 1, argv + 1, p);
        }
    }
    return ecl_cmd_complain("'%s' is no command; see errclarity --help",
                            argv[1]);
}

int main(int argc, char **argv)
{
    apr_pool_t *p;
    int code;

    if (apr_initialize() != APR_SUCCESS) {
        return ECL_EXIT_USAGE;
    }
    apr_pool_create(&p, NULL);
    code = run(argc, argv, p);
    apr_pool_destroy(p);
    apr_terminate();
    if (fflush(stdout) || ferror(stdout)) {
        code = ecl_cmd_complain("cannot write the output");
    }
    return code;
}
