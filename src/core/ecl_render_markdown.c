/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render_markdown.c - a body as text/markdown (CommonMark), for tickets
 * and for assistants that read pages.
 *
 * Every value is escaped to mean itself; log messages stand in an indented
 * code block, where nothing needs escaping but the line's begin. */
#include <string.h>

#include "ecl_render.h"

/* Inside a code block nothing is escaped; the lines of a message after its
 * first are set in, so that none looks like a message of its own. */
static const char *indent(char c)
{
    return c == '\n' ? "\n        " : c == '\t' ? " " : NULL;
}

static void put(ecl_buf_t *b, const char *label, const char *s)
{
    size_t mark = b->len;

    if (s && *s) {
        ecl_buf_puts(b, "- ");
        ecl_render_escape(b, label, ecl_render_markdown_char);
        ecl_buf_puts(b, ": ");
        ecl_render_escape(b, s, ecl_render_markdown_char);
        ecl_buf_putc(b, '\n');
        ecl_render_keep(b, mark);
    }
}

static void paragraph(ecl_buf_t *b, const char *s)
{
    size_t mark = b->len;

    if (s && *s) {
        ecl_buf_putc(b, '\n');
        ecl_render_markdown_begin(b, s);
        ecl_buf_putc(b, '\n');
        ecl_render_keep(b, mark);
    }
}

static void heading(ecl_buf_t *b, const char *marks, const char *s)
{
    ecl_buf_printf(b, "\n%s ", marks);
    ecl_render_escape(b, s, ecl_render_markdown_char);
    ecl_buf_puts(b, "\n\n");
}

/* @param steps  in this order: numbered */
static void list(ecl_buf_t *b, const char *marks, const char *title,
                 const char *const *texts, int n, int steps)
{
    if (n == 0) {
        return;
    }
    heading(b, marks, title);
    for (int i = 0; i < n; i++) {
        size_t mark = b->len;

        if (steps) {
            ecl_buf_printf(b, "%d. ", i + 1);
        }
        else {
            ecl_buf_puts(b, "- ");
        }
        ecl_render_markdown_begin(b, texts[i]);
        ecl_buf_putc(b, '\n');
        ecl_render_keep(b, mark);
    }
}

static void owner_part(ecl_buf_t *b, const ecl_problem_t *pb)
{
    int any = 0;

    heading(b, "##", ecl_render_word(pb, ECL_WORD_FOR_OWNER));
    ecl_render_markdown_begin(b, pb->cause_title);
    ecl_buf_putc(b, '\n');
    paragraph(b, pb->cause_text);
    ecl_buf_putc(b, '\n');
    put(b, ecl_render_word(pb, ECL_WORD_CONFIDENCE),
        ecl_render_token(pb, "confidence_", pb->confidence));
    put(b, ecl_render_word(pb, ECL_WORD_WHO),
        ecl_render_token(pb, "who_", pb->who));
    for (int f = 0; pb->facts && f < ECL_FACT_COUNT; f++) {
        if (pb->facts->v[f] && *pb->facts->v[f]) {
            if (!any++) {
                heading(b, "###", ecl_render_word(pb, ECL_WORD_FACTS));
            }
            put(b, ecl_fact_name(f), pb->facts->v[f]);
        }
    }
    list(b, "###", ecl_render_word(pb, ECL_WORD_HINTS), pb->hints, pb->nhints,
         1);
    list(b, "###", ecl_render_word(pb, ECL_WORD_RECENT_CHANGES),
         pb->changes_lines, pb->nchanges, 0);
}

static void evidence(ecl_buf_t *b, const ecl_problem_t *pb)
{
    const ecl_incident_t *inc = pb->incident_full;
    char line[256];

    heading(b, "###", ecl_render_word(pb, ECL_WORD_EVIDENCE));
    for (int i = 0; i < inc->nmsgs; i++) {
        size_t mark = b->len;

        ecl_buf_puts(b, "    ");
        ecl_render_message(b, &inc->msgs[i], indent);
        ecl_buf_putc(b, '\n');
        ecl_render_keep(b, mark);
    }
    if (inc->dropped) {
        paragraph(b, ecl_render_count(line, sizeof(line),
                                      ecl_render_word(pb, ECL_WORD_DROPPED),
                                      inc->dropped));
    }
}

static void operator_part(ecl_buf_t *b, const ecl_problem_t *pb)
{
    const ecl_incident_t *inc = pb->incident_full;

    heading(b, "##", ecl_render_word(pb, ECL_WORD_FOR_OPERATOR));
    if (inc->nmsgs) {
        evidence(b, pb);
    }
    if (inc->nprobes) {
        heading(b, "###", ecl_render_word(pb, ECL_WORD_PROBES));
        for (int i = 0; i < inc->nprobes; i++) {
            put(b, inc->probes[i].name, inc->probes[i].value);
        }
    }
    if (inc->verdict.nalternatives) {
        heading(b, "###", ecl_render_word(pb, ECL_WORD_ALTERNATIVES));
        for (int i = 0; i < inc->verdict.nalternatives; i++) {
            const ecl_alternative_t *a = &inc->verdict.alternatives[i];

            ecl_buf_printf(b, "- %s (", a->cause->slug);
            ecl_render_escape(
                b,
                ecl_render_token(pb, "confidence_",
                                 ecl_confidence_name(a->confidence)),
                ecl_render_markdown_char);
            ecl_buf_puts(b, ")\n");
        }
    }
}

void ecl_render_markdown(ecl_buf_t *b, const ecl_problem_t *pb)
{
    char line[256];

    ecl_buf_puts(b, "# ");
    ecl_render_escape(b, pb->title, ecl_render_markdown_char);
    ecl_buf_puts(b, "\n\n");
    ecl_render_escape(b, ecl_render_word(pb, ECL_WORD_STATUS),
                      ecl_render_markdown_char);
    ecl_buf_printf(b, ": %d\n", pb->status);
    paragraph(b, pb->detail);
    paragraph(b, ecl_render_retry(line, sizeof(line), pb));
    list(b, "##", ecl_render_word(pb, ECL_WORD_WHAT_YOU_CAN_DO), pb->advice,
         pb->nadvice, 0);
    ecl_buf_puts(b, "\n---\n");
    paragraph(b, ecl_render_word(pb, ECL_WORD_QUOTE));
    ecl_buf_putc(b, '\n');
    put(b, ecl_render_word(pb, ECL_WORD_CONTACT), pb->contact);
    put(b, ecl_render_word(pb, ECL_WORD_REFERENCE), pb->incident);
    put(b, ecl_render_word(pb, ECL_WORD_TIME), pb->timestamp);
    put(b, "code", pb->code);
    put(b, "instance", pb->instance);
    put(b, "type", ecl_render_type(pb));
    if (pb->cause_title) {
        owner_part(b, pb);
    }
    if (pb->incident_full) {
        operator_part(b, pb);
    }
}
