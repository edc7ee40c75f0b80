/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_print.c - print a diagnosis as text, Markdown or a line of JSON.
 *
 * The log's texts were cleaned when they were read: no escape sequence of a
 * hostile log reaches the terminal. */
#include "ecl_cmd_print.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_json.h"
#include "ecl_text.h"

#define LINE_MAX_BYTES 300
#define JSON_MAX       (64 * 1024)
#define SENTENCE_MAX   4096

/* A text of the catalogue with this finding's facts in it; NULL when it needs
 * a fact that nobody knows. */
static const char *expand(const char *text, const ecl_facts_t *facts,
                          apr_pool_t *p)
{
    ecl_buf_t b;

    ecl_buf_init(&b, apr_palloc(p, SENTENCE_MAX), SENTENCE_MAX);
    return text && ecl_facts_expand(&b, text, facts) ? b.data : NULL;
}

static const char *sentence(const ecl_verdict_t *v, apr_pool_t *p)
{
    const char *s = expand(v->cause->message, &v->facts, p);

    return s ? s : v->cause->title ? v->cause->title : v->cause->slug;
}

static const char *timestamp(apr_time_t t, apr_pool_t *p)
{
    apr_time_exp_t x;

    if (!t) {
        return NULL;
    }
    apr_time_exp_gmt(&x, t);
    return apr_psprintf(p, "%04d-%02d-%02d %02d:%02d:%02d", x.tm_year + 1900,
                        x.tm_mon + 1, x.tm_mday, x.tm_hour, x.tm_min, x.tm_sec);
}

static const char *retry_words(const ecl_cause_t *cause, apr_pool_t *p)
{
    switch (cause->retry) {
    case ECL_RETRY_YES:
        return cause->retry_after
                   ? apr_psprintf(p, "yes, after %d s", cause->retry_after)
                   : "yes";
    case ECL_RETRY_NO:
        return "no";
    case ECL_RETRY_MAYBE:
        break;
    }
    return "unknown";
}

/* -- JSON ------------------------------------------------------------------ */

static void json_facts(ecl_json_t *j, const ecl_facts_t *facts)
{
    int i;

    ecl_json_object(j, "facts");
    for (i = 0; i < ECL_FACT_COUNT; i++) {
        const char *s = facts->v[i];
        long long n;

        if (!s) {
            continue;
        }
        if (ecl_fact_is_number((ecl_fact_e)i) && ecl_json_is_integer(s, &n)) {
            ecl_json_int(j, ecl_fact_name((ecl_fact_e)i), n);
        }
        else {
            ecl_json_str(j, ecl_fact_name((ecl_fact_e)i), s);
        }
    }
    ecl_json_end_object(j);
}

static void json_hints(ecl_json_t *j, const ecl_verdict_t *v, apr_pool_t *p)
{
    int i;

    ecl_json_array(j, "hints");
    for (i = 0; i < v->cause->nhints; i++) {
        const char *text = expand(v->cause->hints[i].text, &v->facts, p);

        if (text) {
            ecl_json_object(j, NULL);
            ecl_json_str(j, "who", ecl_who_name(v->cause->hints[i].who));
            ecl_json_str(j, "text", text);
            ecl_json_end_object(j);
        }
    }
    ecl_json_end_array(j);
}

static void json_alternatives(ecl_json_t *j, const ecl_verdict_t *v)
{
    int i;

    ecl_json_array(j, "alternatives");
    for (i = 0; i < v->nalternatives; i++) {
        const ecl_alternative_t *a = &v->alternatives[i];

        ecl_json_object(j, NULL);
        ecl_json_str(j, "code", a->cause->slug);
        ecl_json_str(j, "confidence", ecl_confidence_name(a->confidence));
        ecl_json_end_object(j);
    }
    ecl_json_end_array(j);
}

static void json_where(ecl_json_t *j, const ecl_finding_t *f, apr_pool_t *p)
{
    const ecl_group_t *g = f->group;
    const char *time = timestamp(g->first, p);

    ecl_json_object(j, "log");
    ecl_json_str(j, "file", f->source);
    ecl_json_int(j, "line", (long long)g->line);
    ecl_json_int(j, "messages", g->nmsgs + (long long)g->dropped);
    if (time) {
        ecl_json_str(j, "time", time);
    }
    if (g->client) {
        ecl_json_str(j, "client", g->client);
    }
    if (g->pid > 0) {
        ecl_json_int(j, "pid", g->pid);
    }
    if (g->log_id) {
        ecl_json_str(j, "request_id", g->log_id);
    }
    ecl_json_end_object(j);
}

static void print_json(FILE *to, const ecl_finding_t *f, apr_pool_t *p)
{
    const ecl_verdict_t *v = f->verdict;
    ecl_json_t j;
    ecl_buf_t b;

    ecl_buf_init(&b, apr_palloc(p, JSON_MAX), JSON_MAX);
    ecl_json_init(&j, &b);
    ecl_json_object(&j, NULL);
    ecl_json_str(&j, "code", v->cause->slug);
    ecl_json_str(&j, "family", v->cause->family);
    ecl_json_str(&j, "confidence", ecl_confidence_name(v->confidence));
    ecl_json_int(&j, "status", ecl_precise_status(v->cause, 500));
    ecl_json_str(&j, "who", ecl_who_name(v->cause->who));
    if (v->cause->retry != ECL_RETRY_MAYBE) {
        ecl_json_bool(&j, "retryable", v->cause->retry == ECL_RETRY_YES);
    }
    if (v->cause->retry_after) {
        ecl_json_int(&j, "retry_after", v->cause->retry_after);
    }
    ecl_json_str(&j, "message", sentence(v, p));
    json_facts(&j, &v->facts);
    json_hints(&j, v, p);
    json_alternatives(&j, v);
    if (v->component) {
        ecl_json_str(&j, "component", v->component);
    }
    json_where(&j, f, p);
    ecl_json_end_object(&j);
    fwrite(b.data, 1, b.len, to);
    fputc('\n', to);
}

/* -- text and Markdown ----------------------------------------------------- */

typedef struct style_t {
    const char *head, *dim, *off; /* terminal escapes or Markdown's marks */
    const char *item;
} style_t;

/* One line of a message, shortened. */
static void print_clipped(FILE *to, const char *s, size_t n)
{
    const char *nl = memchr(s, '\n', n);
    size_t line = nl ? (size_t)(nl - s) : n;
    size_t cut = ecl_text_cut(s, line, LINE_MAX_BYTES);

    fwrite(s, 1, cut, to);
    if (cut < n) {
        fputs(" ...", to);
    }
}

static void print_evidence(FILE *to, const ecl_finding_t *f)
{
    const ecl_msg_t *m;

    if (f->verdict->msg < 0 || f->verdict->msg >= f->group->nmsgs) {
        return;
    }
    m = &f->group->msgs[f->verdict->msg];
    if (m->module[0] || m->level >= 0) {
        fprintf(to, "[%s:%s] ", m->module, ecl_level_name(m->level));
    }
    if (m->os_error) {
        fprintf(to, "(%d) ", m->os_error);
    }
    if (m->ah) {
        fprintf(to, "AH%05d: ", m->ah);
    }
    print_clipped(to, m->text, m->len);
}

static void print_facts(FILE *to, const ecl_verdict_t *v, const style_t *st)
{
    int i, n = 0;

    for (i = 0; i < ECL_FACT_COUNT; i++) {
        if (v->facts.v[i]) {
            fprintf(to, "%s%s: ", n++ ? ", " : st->item,
                    ecl_fact_name((ecl_fact_e)i));
            print_clipped(to, v->facts.v[i], strlen(v->facts.v[i]));
        }
    }
    if (v->component) {
        fprintf(to, "%scomponent: %s", n++ ? ", " : st->item, v->component);
    }
    if (n) {
        fputc('\n', to);
    }
}

static void print_head(FILE *to, const ecl_finding_t *f, const style_t *st,
                       apr_pool_t *p)
{
    const ecl_group_t *g = f->group;
    const char *time = timestamp(g->first, p);

    fprintf(to, "%s%s%s (%s confidence)\n", st->head, f->verdict->cause->slug,
            st->off, ecl_confidence_name(f->verdict->confidence));
    fprintf(to, "%s%s:%llu", st->item, f->source, g->line);
    if (time) {
        fprintf(to, ", %s", time);
    }
    if (g->client) {
        fprintf(to, ", client %s", g->client);
    }
    if (g->pid > 0) {
        fprintf(to, ", pid %ld", g->pid);
    }
    fputc('\n', to);
}

static void print_words(FILE *to, const ecl_finding_t *f, const style_t *st,
                        apr_pool_t *p)
{
    const ecl_verdict_t *v = f->verdict;
    int i;

    print_head(to, f, st, p);
    fprintf(to, "%s%s\n", st->item, sentence(v, p));
    print_facts(to, v, st);
    fprintf(to, "%swho must act: %s; try again: %s; status: %d\n", st->item,
            ecl_who_name(v->cause->who), retry_words(v->cause, p),
            ecl_precise_status(v->cause, 500));
    for (i = 0; i < v->cause->nhints; i++) {
        const char *text = expand(v->cause->hints[i].text, &v->facts, p);

        if (text) {
            fprintf(to, "%s%s: %s\n", st->item,
                    ecl_who_name(v->cause->hints[i].who), text);
        }
    }
    for (i = 0; i < v->nalternatives; i++) {
        fprintf(to, "%s%s (%s)", i ? ", " : st->item,
                v->alternatives[i].cause->slug,
                ecl_confidence_name(v->alternatives[i].confidence));
    }
    fputs(v->nalternatives ? " is also possible\n" : "", to);
    if (v->msg >= 0) {
        fprintf(to, "%s%s", st->item, st->dim);
        print_evidence(to, f);
        fprintf(to, "%s\n", st->off);
    }
    fputc('\n', to);
}

void ecl_cmd_print(FILE *to, const ecl_finding_t *f, ecl_cmd_format_e format,
                   int color, apr_pool_t *p)
{
    static const style_t plain = { "", "", "", "  " };
    static const style_t colored = { "\x1b[1m", "\x1b[2m", "\x1b[0m", "  " };
    static const style_t markdown = { "### ", "", "", "- " };

    switch (format) {
    case ECL_CMD_JSON:
        print_json(to, f, p);
        break;
    case ECL_CMD_MARKDOWN:
        print_words(to, f, &markdown, p);
        break;
    case ECL_CMD_TEXT:
        print_words(to, f, color ? &colored : &plain, p);
        break;
    }
}
