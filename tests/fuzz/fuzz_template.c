/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_template.c - any bytes as a template, and as the texts it shows: the
 * compiler says where it is wrong or makes a program; a rendering ends, keeps
 * to its room, and no value's markup survives in a page.
 *
 * The input's first byte chooses format and room; a NUL parts the template
 * from the text that stands in the problem. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_text.h"
#include "ecl_view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *what, const char *text)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, text);
        abort();
    }
}

static void fill(ecl_incident_t *inc, ecl_msg_t *msgs, const char *text)
{
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        inc->verdict.facts.v[f] = text;
    }
    for (int i = 0; i < 40; i++) {
        msgs[i].text = text;
        msgs[i].len = strlen(text);
        msgs[i].module = "core";
    }
    inc->msgs = msgs;
    inc->nmsgs = 40;
    inc->status = 500;
}

static const char *render(const ecl_template_t *t, const ecl_problem_t *pb,
                          ecl_format_e format, size_t cap, apr_pool_t *p)
{
    char *out = apr_palloc(p, cap);
    ecl_template_result_e result;
    ecl_value_t root;
    ecl_view_t view;
    ecl_buf_t b;

    ecl_buf_init(&b, out, cap);
    ecl_view_init(&view, pb, format, "style", p);
    root = ecl_view_root(&view);
    result = ecl_template_render(t, &root, &b);
    require(b.len < cap && strlen(out) == b.len, "length", out);
    for (size_t i = 0, k; result == ECL_TEMPLATE_OK && i < b.len; i += k) {
        k = ecl_text_seq(out + i, b.len - i);
        require(k > 0, "UTF-8", out);
    }
    return out;
}

/* All that comes from outside, in a page without a tag of its own. */
static void check_values(const ecl_problem_t *pb, apr_pool_t *p)
{
    static const char text[] =
        "{{title}}{{#owner.facts}}{{value}}{{/owner.facts}}{{{json}}}"
        "{{#operator.evidence}}{{text}}{{/operator.evidence}}";
    const char *err = NULL;
    const char *out =
        render(ecl_template_compile(text, sizeof(text) - 1, ECL_FORMAT_HTML,
                                    ecl_view_raw, &err, p),
               pb, ECL_FORMAT_HTML, ECL_BODY_MAX, p);

    require(!strpbrk(out, "<>"), "markup", out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *pool;
    ecl_incident_t inc = { .id = "00000-00000000" };
    ecl_cause_t cause = { .slug = "unknown.no-evidence", .family = "unknown" };
    ecl_msg_t msgs[40] = { { 0 } };
    ecl_words_t words = { 0 };
    ecl_format_e format = size ? data[0] / 2 % ECL_FORMAT_COUNT : 0;
    const ecl_template_t *t;
    const char *err = NULL;
    ecl_problem_t pb;
    char *s;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    apr_pool_clear(pool);
    s = size ? apr_pstrmemdup(pool, (const char *)data + 1, size - 1) : "";
    t = ecl_template_compile(s, strlen(s), format, ecl_view_raw, &err, pool);
    require(!t == (err != NULL), "error", s);
    require(!err || (*err >= '1' && *err <= '9'), "line", err);
    words.title = strlen(s) + 1 < size ? s + strlen(s) + 1 : "<i>&\"'";
    fill(&inc, msgs, words.title);
    inc.verdict.cause = &cause;
    ecl_problem_build(&pb, &inc, ECL_DETAIL_OPERATOR, &words,
                      ecl_messages_create(pool), pool);
    if (t) {
        render(t, &pb, format, size && data[0] % 2 ? 300 : ECL_BODY_MAX, pool);
    }
    check_values(&pb, pool);
    return 0;
}
