/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_causes.c - print the catalogue: the documentation of each cause.
 *
 * docs/causes.md is this command's Markdown. */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "ecl_cmd.h"
#include "ecl_cmd_print.h"
#include "ecl_example.h"
#include "ecl_json.h"

#define JSON_MAX (64 * 1024)
/* Examples of each sort that are printed of a cause. */
#define EXAMPLES_MAX 3

typedef struct page_t {
    ecl_cmd_format_e format;
    apr_array_header_t *examples; /* ecl_example_t, of all causes */
    apr_pool_t *p;
} page_t;

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

static void keep_example(const ecl_example_t *ex, void *baton)
{
    page_t *page = baton;

    APR_ARRAY_PUSH(page->examples, ecl_example_t) = *ex;
}

static void print_lines(const ecl_example_t *ex, apr_pool_t *p)
{
    int i;

    fputs("```\n", stdout);
    for (i = 0; i < ex->kase.nmsgs; i++) {
        puts(ecl_print_message(&ex->kase.msgs[i], p));
    }
    fputs("```\n\n", stdout);
}

/* What the log says then; or, near, what looks alike and is something else. */
static void print_examples(const ecl_cause_t *c, const page_t *page, int near)
{
    int i, n = 0;

    for (i = 0; i < page->examples->nelts && n < EXAMPLES_MAX; i++) {
        const ecl_example_t *ex =
            &APR_ARRAY_IDX(page->examples, i, ecl_example_t);

        if (strcmp(ex->slug, c->slug) || ex->near != near || !ex->kase.nmsgs) {
            continue;
        }
        if (!near && !n) {
            fputs("What the log says, for example:\n\n", stdout);
        }
        if (near && ex->cause) {
            printf("Not this, but [%s](#%s):\n\n", ex->cause, ex->cause);
        }
        else if (near) {
            fputs("Not this:\n\n", stdout);
        }
        print_lines(ex, page->p);
        n++;
    }
}

/* A hint with FILE for the fact file, and so on. */
static const char *in_general(const char *text, apr_pool_t *p)
{
    size_t size = 2 * strlen(text) + 256;
    ecl_facts_t facts;
    ecl_buf_t b;
    int i;

    for (i = 0; i < ECL_FACT_COUNT; i++) {
        char *name = apr_pstrdup(p, ecl_fact_name((ecl_fact_e)i)), *s;

        for (s = name; *s; s++) {
            *s = (char)toupper((unsigned char)*s);
        }
        facts.v[i] = name;
    }
    ecl_buf_init(&b, apr_palloc(p, size), size);
    return ecl_facts_expand(&b, text, &facts) ? b.data : text;
}

static void print_hints(const ecl_cause_t *c, ecl_who_e who, const char *title,
                        apr_pool_t *p)
{
    int i, n = 0;

    for (i = 0; i < c->nhints; i++) {
        if (c->hints[i].who == who) {
            printf("%s%d. %s\n", n ? "" : title, n + 1,
                   in_general(c->hints[i].text, p));
            n++;
        }
    }
    if (n) {
        putchar('\n');
    }
}

static void print_markdown(const ecl_cause_t *c, const page_t *page)
{
    /* The anchor is what a problem's type URI points to. */
    printf("## <a id=\"%s\"></a>%s\n\n", c->slug, c->slug);
    if (c->title) {
        printf("**%s**\n\n", c->title);
    }
    print_paragraph("", c->meaning);
    printf("\n| Who must act | Status | Temporary |\n| --- | --- | --- |\n"
           "| %s | ",
           ecl_who_name(c->who));
    print_status(c);
    printf(" | %s", retry_name(c->retry));
    if (c->retry_after) {
        printf(", try again after %d s", c->retry_after);
    }
    fputs(" |\n\n", stdout);
    print_hints(c, ECL_WHO_OWNER, "The site's owner:\n\n", page->p);
    print_hints(c, ECL_WHO_OPERATOR, "The server's operator:\n\n", page->p);
    print_examples(c, page, 0);
    print_examples(c, page, 1);
}

static void print_cause(const ecl_cause_t *c, const page_t *page)
{
    switch (page->format) {
    case ECL_CMD_JSON:
        print_json(c, page->p);
        break;
    case ECL_CMD_MARKDOWN:
        print_markdown(c, page);
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

static void print_contents(const ecl_cause_t *const *all, int n)
{
    const char *family = "";
    int i;

    fputs("<!-- Generated by errclarity causes --format markdown from "
          "src/data/causes. -->\n# Causes\n\n"
          "Every cause that errclarity names: what it means, who must act, the "
          "status that\nreplaces a generic 500, what to do, what the log says "
          "then, and what looks alike\nand is something else. FILE, LINE, HOST "
          "and other words in capitals stand for the\nfacts of an incident.\n",
          stdout);
    for (i = 0; i < n; i++) {
        if (strcmp(family, all[i]->family)) {
            family = all[i]->family;
            printf("\n- %s:", family);
        }
        printf("\n  [%s](#%s)", all[i]->slug + strlen(family) + 1,
               all[i]->slug);
    }
    fputs("\n\n", stdout);
}

static void print_all(const ecl_catalog_t *c, const page_t *page)
{
    int n = ecl_catalog_size(c), i;
    const ecl_cause_t **all =
        apr_palloc(page->p, (size_t)(n + 1) * sizeof(*all));

    for (i = 0; i < n; i++) {
        all[i] = ecl_catalog_at(c, i);
    }
    qsort(all, (size_t)n, sizeof(*all), by_slug);
    if (page->format == ECL_CMD_MARKDOWN) {
        print_contents(all, n);
    }
    for (i = 0; i < n; i++) {
        print_cause(all[i], page);
    }
}

/* The built-in catalogue's examples; none when they cannot be read, which a
 * test notices. */
static void read_examples(page_t *page)
{
    size_t n;
    const char *yaml = ecl_catalog_builtin(&n);

    page->examples = apr_array_make(page->p, 512, sizeof(ecl_example_t));
    if (page->format == ECL_CMD_MARKDOWN) {
        ecl_examples("built-in", yaml, n, keep_example, page, page->p);
    }
}

int ecl_cmd_causes(int argc, char **argv, apr_pool_t *p)
{
    static const struct option options[] = {
        { "format", required_argument, NULL, 'f' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    page_t page = { .format = ECL_CMD_TEXT, .p = p };
    const ecl_catalog_t *catalog;
    int c, code = ECL_EXIT_FINE;

    while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(HELP, stdout);
            return ECL_EXIT_FINE;
        }
        if (c != 'f' || !ecl_cmd_format(optarg, &page.format)) {
            fputs("See errclarity causes --help\n", stderr);
            return ECL_EXIT_USAGE;
        }
    }
    catalog = ecl_cmd_catalog(p);
    if (!catalog) {
        return ECL_EXIT_USAGE;
    }
    read_examples(&page);
    if (optind == argc) {
        print_all(catalog, &page);
    }
    for (; optind < argc; optind++) {
        const ecl_cause_t *cause = ecl_catalog_find(catalog, argv[optind]);

        if (cause) {
            print_cause(cause, &page);
        }
        else {
            code = ecl_cmd_complain("'%s' is no cause; errclarity causes "
                                    "lists them",
                                    argv[optind]);
        }
    }
    return code;
}
