/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_classify.c - any error_log bytes get a sound verdict, twice the same.
 *
 * The input is an error_log excerpt: its lines are one request's messages. The
 * catalogue is the built-in one plus rules of every kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_classify.h"
#include "ecl_logline.h"

#define LINES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char extra[] =
    "- slug: fuzz.groups\n  who: owner\n  title: T\n  message: M\n"
    "  match:\n"
    "    - re: \"exec of '(?<file>[^']*)' failed\"\n"
    "    - re: 'line (?<line>\\d+) of (?<file>.*)'\n"
    "    - {re: 'denied', rank: root, warn: decisive}\n"
    "    - {re: '(?<host>[^ ]+):(?<port>\\d+)', rank: symptom}\n"
    "    - {re: '(?:a+)+evil', rank: generic}\n"
    "    - {ah: 1215, rank: context}\n"
    "    - {status: 5xx, handler: '^cgi'}\n";

static ecl_catalog_t *load(apr_pool_t *p)
{
    ecl_catalog_t *c = ecl_catalog_create(p);
    size_t n;
    const char *yaml = ecl_catalog_builtin(&n);

    if (ecl_catalog_add(c, "builtin", yaml, n, p)
        || ecl_catalog_add(c, "extra", extra, sizeof extra - 1, p)
        || ecl_catalog_compile(c, p)) {
        abort();
    }
    return c;
}

static int read_lines(ecl_msg_t *msgs, const char *s, size_t n, apr_pool_t *p)
{
    int lines = 0;

    while (n > 0 && lines < LINES_MAX) {
        const char *nl = memchr(s, '\n', n);
        size_t len = nl ? (size_t)(nl - s) : n;
        ecl_logline_t line;

        ecl_logline_parse(&line, s, len, p);
        msgs[lines++] = line.msg;
        s += len + (nl != NULL);
        n -= len + (nl != NULL);
    }
    return lines;
}

static void check(const ecl_verdict_t *v, const ecl_case_t *k)
{
    int sound = v->cause && v->msg >= -1 && v->msg < k->nmsgs
                && v->nalternatives <= ECL_ALTERNATIVES_MAX;

    for (int i = 0; sound && i < v->nalternatives; i++) {
        sound =
            v->alternatives[i].cause && v->alternatives[i].cause != v->cause;
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        sound &= !v->facts.v[f] || *v->facts.v[f];
    }
    if (!sound) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ecl_catalog_t *catalog;
    static apr_pool_t *root;
    ecl_msg_t msgs[LINES_MAX];
    ecl_case_t k = { .msgs = msgs, .handler = "cgi-script", .status = 500 };
    ecl_verdict_t one, two;
    apr_pool_t *p;

    if (!catalog) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&root, NULL);
        catalog = load(root);
    }
    apr_pool_create(&p, root);
    k.nmsgs = read_lines(msgs, (const char *)data, size, p);
    ecl_classify(&one, catalog, &k, p);
    ecl_classify(&two, catalog, &k, p);
    check(&one, &k);
    if (one.cause != two.cause || one.msg != two.msg) {
        abort();
    }
    apr_pool_destroy(p);
    return 0;
}
