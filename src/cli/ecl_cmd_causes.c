/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_causes.c - print the catalogue: the documentation of each cause.
 *
 * docs/causes.md is this command's Markdown. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_cmd.h"
#include "ecl_json.h"

#define JSON_MAX (64 * 1024)

static const char HELP[] =
    "Usage: errclarity causes [--format FORMAT] [SLUG...]\n\n"
    "Print what is known of every cause, or of those named.\n\n"
    "  --format FORMAT      text (default), markdown or json (an object a "
    "line)\n"
    "  --help\n\n"
    "Exit code: 0, or 2 for wrong usage or an unknown cause.\n";

static const char *retry_name(ecl_retry_e retry)
{
    return retry == ECL_RETRY_YES  ? "yes"
           : retry == ECL_RETRY_NO ? "no"
                                   : "maybe";
}

static void print_json(const ecl_cause_t *c, apr_pool_t *p)
{
    ecl_json_t j;
    ecl_buf_t b;
    int i;

    ecl_buf_init(&b, apr_palloc(p, JSON_MAX), JSON_MAX);
    ecl_json_init(&j, &b);
    ecl_json_object(&j, NULL);
    ecl_json_str(&j, "code", c->slug);
    ecl_json_str(&j, "family", c->family);
    ecl_json_str(&j, "who", ecl_who_name(c->who));
    if (c->status) {
        ecl_json_int(&j, "status", c->status);
    }
    ecl_json_str(&j, "retry", retry_name(c->retry));
    if (c->retry_after) {
        ecl_json_int(&j, "retry_after", c->retry_after);
    }
    ecl_json_str(&j, "title", c->title ? c->title : "");
    ecl_json_str(&j, "message", c->message ? c->message : "");
    ecl_json_str(&j, "meaning", c->meaning ? c->meaning : "");
    ecl_json_array(&j, "hints");
    for (i = 0; i < c->nhints; i++) {
        ecl_json_object(&j, NULL);
        ecl_json_str(&j, "who", ecl_who_name(c->hints[i].who));
        ecl_json_str(&j, "text", c->hints[i].text);
        ecl_json_end_object(&j);
    }
    ecl_json_end_array(&j);
    ecl_json_end_object(&j);
    puts(b.data);
}

static void print_status(const ecl_cause_t *c)
{
    if (c->status) {
        printf("%d", c->status);
    }
    else {
        fputs("as the server gave it", stdout);
    }
}

/* The meaning without the newline that YAML's ">" leaves. */
static void print_paragraph(const char *indent, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    while (n && (text[n - 1] == '\n' || text[n - 1] == ' ')) {
        n--;
    }
    if (n) {
        printf("%s%.*s\n", indent, (int)n, text);
    }
}

static void print_text(const ecl_cause_t *c)
{
    int i;

    printf("%s\n", c->slug);
    print_paragraph("  ", c->title);
    print_paragraph("  ", c->meaning);
    fputs("  status: ", stdout);
    print_status(c);
    printf("; who must act: %s; try again: %s\n", ecl_who_name(c->who),
           retry_name(c->retry));
    for (i = 0; i < c->nhints; i++) {
        printf("  %s: %s\n", ecl_who_name(c->hints[i].who), c->hints[i].text);
    }
    putchar('\n');
}

static void print_markdown(const ecl_cause_t *c)
{
    int i;

    /* The anchor is what a problem's type URI points to. */
    printf("## <a id=\"%s\"></a>%s\n\n", c->slug, c->slug);
    if (c->title) {
        printf("**%s**\n\n", c->title);
    }
    print_paragraph("", c->meaning);
    printf("\n| Status | Who must act | Try again |\n| --- | --- | --- |\n| ");
    print_status(c);
    printf(" | %s | %s |\n\n", ecl_who_name(c->who), retry_name(c->retry));
    for (i = 0; i < c->nhints; i++) {
        printf("- %s: %s\n", ecl_who_name(c->hints[i].who), c->hints[i].text);
    }
    if (c->nhints) {
        putchar('\n');
    }
}

static void print_cause(const ecl_cause_t *c, ecl_cmd_format_e format,
                        apr_pool_t *p)
{
    switch (format) {
    case ECL_CMD_JSON:
        print_json(c, p);
        break;
    case ECL_CMD_MARKDOWN:
        print_markdown(c);
        break;
    case ECL_CMD_TEXT:
        print_text(c);
        break;
    }
}

static int by_slug(const void *a, const void *b)
{
    const ecl_cause_t *const *x = a, *const *y = b;

    return strcmp((*x)->slug, (*y)->slug);
}

static void print_all(const ecl_catalog_t *c, ecl_cmd_format_e format,
                      apr_pool_t *p)
{
    int n = ecl_catalog_size(c), i;
    const ecl_cause_t **all = apr_palloc(p, (size_t)(n + 1) * sizeof(*all));

    for (i = 0; i < n; i++) {
        all[i] = ecl_catalog_at(c, i);
    }
    qsort(all, (size_t)n, sizeof(*all), by_slug);
    for (i = 0; i < n; i++) {
        print_cause(all[i], format, p);
    }
}

int ecl_cmd_causes(int argc, char **argv, apr_pool_t *p)
{
    static const struct option options[] = {
        { "format", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    ecl_cmd_format_e format = ECL_CMD_TEXT;
    const ecl_catalog_t *catalog;
    int c, code = ECL_EXIT_FINE;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(HELP, stdout);
            return ECL_EXIT_FINE;
        }
        if (c != 'f' || !ecl_cmd_format(optarg, &format)) {
            fputs("See errclarity causes --help\n", stderr);
            return ECL_EXIT_USAGE;
        }
    }
    catalog = ecl_cmd_catalog(p);
    if (!catalog) {
        return ECL_EXIT_USAGE;
    }
    if (optind == argc) {
        print_all(catalog, format, p);
    }
    for (; optind < argc; optind++) {
        const ecl_cause_t *cause = ecl_catalog_find(catalog, argv[optind]);

        if (cause) {
            print_cause(cause, format, p);
        }
        else {
            code = ecl_cmd_complain("'%s' is no cause; errclarity causes "
                                    "lists them",
                                    argv[optind]);
        }
    }
    return code;
}
