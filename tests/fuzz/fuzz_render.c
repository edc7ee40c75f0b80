/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_render.c - any bytes in every text of an incident and of the site: each
 * body is what its format promises, at every level, within its limit.
 *
 * The input is cut at its form feeds into texts, so that a text may have
 * lines. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "body_check.h"
#include "ecl_problem.h"
#include "json_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXTS 24

/* A visitor's body is smaller. */
#define VISITOR_MAX 8192

static size_t cut(const char **texts, char *s, size_t n)
{
    size_t start = 0, count = 0;

    for (size_t i = 0; i <= n && count < TEXTS; i++) {
        if (i == n || s[i] == '\f') {
            s[i] = '\0';
            texts[count++] = s + start;
            start = i + 1;
        }
    }
    return count;
}

static void require(int holds, const char *what, const char *body)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, body);
        abort();
    }
}

/* CommonMark 2.4 and 4.4: outside of code blocks a backslash stands before
 * every "<", so that nothing becomes HTML or a link. */
static int is_plain_markdown(const char *s)
{
    int code = strncmp(s, "    ", 4) == 0;

    for (const char *c = s; *c; c++) {
        if (*c == '<' && !code && (c == s || c[-1] != '\\')) {
            return 0;
        }
        if (*c == '\n') {
            code = strncmp(c + 1, "    ", 4) == 0;
        }
    }
    return 1;
}

static int is_page(const char *s)
{
    const char *script = strstr(s, "<script");

    return is_well_formed(s, 1) && strlen(s) >= 512
           && (!script || !strstr(script + 1, "<script"));
}

static void check_bodies(const ecl_incident_t *inc, const ecl_words_t *words,
                         const ecl_messages_t *messages, apr_pool_t *p)
{
    ecl_problem_t pb;

    for (int level = 0; level <= ECL_DETAIL_OPERATOR; level++) {
        ecl_problem_build(&pb, inc, level, words, messages, p);
        for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
            size_t n, max = level ? ECL_BODY_MAX : VISITOR_MAX;
            char *body = ecl_problem_render(&pb, f, &n, p);

            require(n <= max && strlen(body) == n, "length", body);
            require(is_utf8_text(body, n), "bytes", body);
            require(f != ECL_FORMAT_JSON || json_check_line(body, n), "json",
                    body);
            require(f != ECL_FORMAT_XML || is_well_formed(body, 0), "xml",
                    body);
            require(f != ECL_FORMAT_HTML || is_page(body), "html", body);
            require(f != ECL_FORMAT_MARKDOWN || is_plain_markdown(body),
                    "markdown", body);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ecl_cause_t other = { .slug = "app.other", .family = "app" };
    static apr_pool_t *pool;
    const char *t[TEXTS] = { NULL };
    ecl_msg_t msgs[TEXTS] = { { 0 } };
    ecl_probe_result_t probes[2] = { { 0 } };
    ecl_cause_t cause = { .slug = "app.any", .family = "app" };
    ecl_hint_t hint = { ECL_WHO_OWNER, NULL };
    ecl_incident_t inc = { .id = "00000-00000000", .status = 500 };
    ecl_words_t words = { 0 };
    size_t n;
    char *s;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    apr_pool_clear(pool);
    s = apr_palloc(pool, size + 1);
    if (size) {
        memcpy(s, data, size);
    }
    n = cut(t, s, size);
    words.title = t[0];
    words.text = t[1 % n];
    words.contact = t[2 % n];
    cause.title = t[3 % n];
    cause.message = t[4 % n];
    hint.text = t[5 % n];
    cause.hints = &hint;
    cause.nhints = 1;
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        inc.verdict.facts.v[f] = t[(size_t)f % n];
    }
    for (size_t i = 0; i < n; i++) {
        msgs[i].text = t[i];
        msgs[i].len = strlen(t[i]);
        msgs[i].module = t[n - 1 - i];
        msgs[i].level = (int)i - 1;
        msgs[i].os_error = (int)i;
    }
    for (size_t i = 0; i < 2; i++) {
        probes[i].name = i ? "a.b" : t[0];
        probes[i].value = t[n - 1];
    }
    inc.verdict.cause = &cause;
    inc.verdict.alternatives[0].cause = &other;
    inc.verdict.nalternatives = 1;
    inc.msgs = msgs;
    inc.nmsgs = (int)n;
    inc.probes = probes;
    inc.nprobes = 2;
    check_bodies(&inc, &words, ecl_messages_create(pool), pool);
    return 0;
}
