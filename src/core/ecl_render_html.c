/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render_html.c - a body as one self-contained HTML5 page.
 *
 * No script, no request to anywhere; follows the reader's light or dark
 * setting and any width. The same facts stand as JSON in a data block, for
 * tools that fetch the page. Colours keep WCAG 2.2 AA contrast. */
#include <string.h>
#include <strings.h>

#include "ecl_render.h"
#include "ecl_text.h"

static const char style[] =
    ":root{color-scheme:light dark;--b:#f4f5f7;--c:#fff;--t:#1c2024;"
    "--m:#555d66;--l:#d5d9de;--a:#0b57a4}"
    "@media(prefers-color-scheme:dark){:root{--b:#14171a;--c:#1e2226;"
    "--t:#e8eaed;--m:#a9b1ba;--l:#3a4047;--a:#8ab8f0}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--b);color:var(--t);"
    "font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}"
    "main{max-width:44rem;margin:clamp(1rem,8vh,5rem) auto;"
    "padding:clamp(1.25rem,5vw,2.5rem);background:var(--c);"
    "border:1px solid var(--l);border-radius:.75rem}"
    "h1{margin:0 0 .75rem;font-size:1.6rem;line-height:1.25}"
    "h2{margin:1.75rem 0 .5rem;font-size:1.1rem}"
    "h3{margin:1.25rem 0 .25rem;font-size:1rem}"
    "p,ul{margin:.5rem 0}ul{padding-inline-start:1.25rem}"
    "a{color:var(--a)}"
    "dl{display:grid;grid-template-columns:max-content 1fr;"
    "gap:.25rem 1rem;margin:.5rem 0}"
    "dt{color:var(--m)}dd{margin:0}"
    ".ref{margin-top:1.75rem;padding-top:1rem;"
    "border-top:1px solid var(--l);font-size:.9rem}"
    "code,pre{font:.9em ui-monospace,monospace}"
    ".ref code{user-select:all}"
    "pre{margin:.5rem 0;padding:.75rem;background:var(--b);"
    "white-space:pre-wrap;border-radius:.4rem}"
    "@media(max-width:30rem){main{margin:0;border:0;border-radius:0;"
    "min-height:100vh}dl{grid-template-columns:1fr}dd+dt{margin-top:.4rem}}";

/* An element that holds only text. */
static void put(ecl_buf_t *b, const char *open, const char *s,
                const char *close)
{
    size_t mark = b->len;

    if (s && *s) {
        ecl_buf_puts(b, open);
        ecl_render_escape(b, s, ecl_render_html_char);
        ecl_buf_puts(b, close);
        ecl_render_keep(b, mark);
    }
}

static void row(ecl_buf_t *b, const char *label, const char *s, int code)
{
    size_t mark = b->len;

    if (s && *s) {
        ecl_buf_puts(b, "<dt>");
        ecl_render_escape(b, label, ecl_render_html_char);
        ecl_buf_puts(b, code ? "</dt><dd><code>" : "</dt><dd>");
        ecl_render_escape(b, s, ecl_render_html_char);
        ecl_buf_puts(b, code ? "</code></dd>\n" : "</dd>\n");
        ecl_render_keep(b, mark);
    }
}

static void list(ecl_buf_t *b, const char *open, const char *title,
                 const char *close, const char *const *texts, int n)
{
    if (n == 0) {
        return;
    }
    put(b, open, title, close);
    ecl_buf_puts(b, "<ul>\n");
    for (int i = 0; i < n; i++) {
        put(b, "<li>", texts[i], "</li>\n");
    }
    ecl_buf_puts(b, "</ul>\n");
}

/* A link when the contact is an address that browsers open; a mail already
 * names the reference. Any other text stays text: no other scheme becomes a
 * link, javascript: least of all. */
static void contact(ecl_buf_t *b, const ecl_problem_t *pb)
{
    const char *s = pb->contact;
    int mail = s && strncasecmp(s, "mailto:", 7) == 0;
    int web = s
              && (strncasecmp(s, "https://", 8) == 0
                  || strncasecmp(s, "http://", 7) == 0);
    size_t mark = b->len;

    if (!s || !*s) {
        return;
    }
    put(b, "<p>", ecl_render_word(pb, ECL_WORD_CONTACT), ": ");
    if ((mail || web) && !strpbrk(s, " \t\n")) {
        put(b, "<a href=\"", s, "");
        if (mail && !strstr(s, "subject=")) {
            put(b, strchr(s, '?') ? "&amp;subject=" : "?subject=", pb->incident,
                "");
        }
        ecl_buf_puts(b, "\">");
        if (mail) {
            char address[256];
            ecl_buf_t a;

            ecl_buf_init(&a, address, sizeof(address));
            ecl_buf_add(&a, s + 7, strcspn(s + 7, "?"));
            put(b, "", address, "");
        }
        else {
            put(b, "", s, "");
        }
        ecl_buf_puts(b, "</a>");
    }
    else {
        put(b, "", s, "");
    }
    ecl_buf_puts(b, "</p>\n");
    ecl_render_keep(b, mark);
}

static void reference(ecl_buf_t *b, const ecl_problem_t *pb)
{
    char status[16];
    ecl_buf_t n;

    ecl_buf_init(&n, status, sizeof(status));
    ecl_buf_printf(&n, "%d", pb->status);
    ecl_buf_puts(b, "<dl class=\"ref\">\n");
    row(b, ecl_render_word(pb, ECL_WORD_REFERENCE), pb->incident, 1);
    row(b, ecl_render_word(pb, ECL_WORD_TIME), pb->timestamp, 0);
    row(b, ecl_render_word(pb, ECL_WORD_STATUS), status, 0);
    ecl_buf_puts(b, "</dl>\n");
}

static void owner_part(ecl_buf_t *b, const ecl_problem_t *pb)
{
    put(b, "<h2>", ecl_render_word(pb, ECL_WORD_FOR_OWNER), "</h2>\n");
    put(b, "<p><strong>", pb->cause_title, "</strong></p>\n");
    put(b, "<p>", pb->cause_text, "</p>\n");
    ecl_buf_puts(b, "<dl>\n");
    row(b, ecl_render_word(pb, ECL_WORD_CAUSE), pb->code, 1);
    row(b, ecl_render_word(pb, ECL_WORD_CONFIDENCE), pb->confidence, 0);
    row(b, ecl_render_word(pb, ECL_WORD_WHO), pb->who, 0);
    ecl_buf_puts(b, "</dl>\n");
    if (pb->facts) {
        put(b, "<h3>", ecl_render_word(pb, ECL_WORD_FACTS), "</h3>\n");
        ecl_buf_puts(b, "<dl>\n");
        for (int f = 0; f < ECL_FACT_COUNT; f++) {
            row(b, ecl_fact_name(f), pb->facts->v[f], 1);
        }
        ecl_buf_puts(b, "</dl>\n");
    }
    list(b, "<h3>", ecl_render_word(pb, ECL_WORD_HINTS), "</h3>\n", pb->hints,
         pb->nhints);
    list(b, "<h3>", ecl_render_word(pb, ECL_WORD_RECENT_CHANGES), "</h3>\n",
         pb->changes_lines, pb->nchanges);
}

static void evidence(ecl_buf_t *b, const ecl_problem_t *pb)
{
    const ecl_incident_t *inc = pb->incident_full;
    char line[256];

    put(b, "<h3>", ecl_render_word(pb, ECL_WORD_EVIDENCE), "</h3>\n");
    for (int i = 0; i < inc->nmsgs; i++) {
        const ecl_msg_t *m = &inc->msgs[i];
        size_t mark = b->len;

        ecl_buf_puts(b, "<pre>[");
        ecl_render_escape(b, m->module ? m->module : "", ecl_render_html_char);
        ecl_buf_printf(b, ":%s] ", ecl_level_name(m->level));
        if (m->os_error) {
            ecl_buf_printf(b, "(%d) ", m->os_error);
        }
        if (m->ah > 0) {
            ecl_buf_printf(b, "AH%05d: ", m->ah);
        }
        ecl_render_escape(b, m->text, ecl_render_html_char);
        ecl_buf_puts(b, "</pre>\n");
        ecl_render_keep(b, mark);
    }
    if (inc->dropped) {
        put(b, "<p>",
            ecl_render_count(line, sizeof(line),
                             ecl_render_word(pb, ECL_WORD_DROPPED),
                             inc->dropped),
            "</p>\n");
    }
}

static void operator_part(ecl_buf_t *b, const ecl_problem_t *pb)
{
    const ecl_incident_t *inc = pb->incident_full;

    if (inc->nmsgs) {
        evidence(b, pb);
    }
    if (inc->nprobes) {
        put(b, "<h3>", ecl_render_word(pb, ECL_WORD_PROBES), "</h3>\n");
        ecl_buf_puts(b, "<dl>\n");
        for (int i = 0; i < inc->nprobes; i++) {
            row(b, inc->probes[i].name, inc->probes[i].value, 1);
        }
        ecl_buf_puts(b, "</dl>\n");
    }
    if (inc->verdict.nalternatives) {
        put(b, "<h3>", ecl_render_word(pb, ECL_WORD_ALTERNATIVES), "</h3>\n");
        ecl_buf_puts(b, "<dl>\n");
        for (int i = 0; i < inc->verdict.nalternatives; i++) {
            const ecl_alternative_t *a = &inc->verdict.alternatives[i];

            row(b, a->cause->slug, ecl_confidence_name(a->confidence), 0);
        }
        ecl_buf_puts(b, "</dl>\n");
    }
}

/* The problem as JSON, for tools; "<" as an escape, so that nothing in it can
 * end the element (HTML 4.12.1.3). Left out when it does not fit. */
static void data_block(ecl_buf_t *b, const ecl_problem_t *pb)
{
    static const char open[] = "<script type=\"application/problem+json\">";
    char mem[ECL_BODY_MAX / 4];
    size_t mark = b->len;
    ecl_buf_t json;

    ecl_buf_init(&json, mem, sizeof(mem));
    ecl_render_json(&json, pb);
    ecl_buf_add(b, open, sizeof(open) - 1);
    for (const char *s = json.data; *s;) {
        size_t n = strcspn(s, "<");

        ecl_buf_add(b, s, n);
        s += n;
        if (*s) {
            ecl_buf_puts(b, "\\u003c");
            s++;
        }
    }
    ecl_buf_puts(b, "</script>\n");
    ecl_render_keep(b, mark);
}

void ecl_render_html(ecl_buf_t *b, const ecl_problem_t *pb)
{
    char line[256];

    put(b, "<!DOCTYPE html>\n<html lang=\"", pb->lang, "\" dir=\"");
    ecl_buf_puts(b, ecl_messages_rtl(pb->messages, pb->lang) ? "rtl" : "ltr");
    ecl_buf_puts(b, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" "
                    "content=\"width=device-width,initial-scale=1\">\n"
                    "<meta name=\"robots\" content=\"noindex\">\n");
    put(b, "<title>", pb->title, "</title>\n");
    ecl_buf_puts(b, "<style>");
    ecl_buf_add(b, style, sizeof(style) - 1);
    ecl_buf_puts(b, "</style>\n</head>\n<body>\n<main>\n");
    put(b, "<h1>", pb->title, "</h1>\n");
    put(b, "<p>", pb->detail, "</p>\n");
    put(b, "<p>", ecl_render_retry(line, sizeof(line), pb), "</p>\n");
    list(b, "<h2>", ecl_render_word(pb, ECL_WORD_WHAT_YOU_CAN_DO), "</h2>\n",
         pb->advice, pb->nadvice);
    contact(b, pb);
    reference(b, pb);
    if (pb->cause_title) {
        owner_part(b, pb);
    }
    if (pb->incident_full) {
        operator_part(b, pb);
    }
    ecl_buf_puts(b, "</main>\n");
    data_block(b, pb);
    ecl_buf_puts(b, "</body>\n</html>\n");
}
