/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_print.c - a diagnosis as text, Markdown or a line of JSON.
 *
 * Messages come cleaned; names of the log's prefix are cleaned here: no escape
 * sequence of a hostile log reaches the terminal. */
#include "ecl_cmd_print.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_cmd_mask.h"
#include "ecl_incident.h"
#include "ecl_json.h"
#include "ecl_text.h"

#define WIDTH        92  /* columns of text */
#define LABEL        13  /* columns of the labels */
#define EVIDENCE_MAX 400 /* bytes shown of a message */
#define JSON_MAX     (64 * 1024)
#define SENTENCE_MAX 4096

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

static const char *title(const ecl_cause_t *cause)
{
    return cause->title ? cause->title : "";
}

static const char *retry_words(const ecl_cause_t *cause, apr_pool_t *p)
{
    switch (cause->retry) {
    case ECL_RETRY_YES:
        return cause->retry_after
                   ? apr_psprintf(p, "may help after %d s", cause->retry_after)
                   : "may help";
    case ECL_RETRY_NO:
        return "does not help";
    case ECL_RETRY_MAYBE:
        break;
    }
    return NULL;
}

/* "2026-11-22 14:00:35" */
static void time_words(char out[ECL_TIME_MAX], apr_time_t t)
{
    ecl_incident_time(out, t, 0);
    out[10] = ' ';
    out[19] = '\0';
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

/* An object without its end: the place follows. */
static void json_words(FILE *to, const char *problem, const ecl_verdict_t *v,
                       apr_pool_t *p)
{
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
    ecl_json_str(&j, "title", title(v->cause));
    ecl_json_str(&j, "message", sentence(v, p));
    json_facts(&j, &v->facts);
    json_hints(&j, v, p);
    json_alternatives(&j, v);
    if (v->component) {
        ecl_json_str(&j, "component", v->component);
    }
    ecl_json_str(&j, "group", problem);
    fwrite(b.data, 1, b.len, to);
}

static void json_place(FILE *to, const ecl_place_t *at)
{
    char mem[4096], time[ECL_TIME_MAX];
    ecl_json_t j;
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_json_init(&j, &b);
    j.comma = 1;
    ecl_json_object(&j, "log");
    ecl_json_str(&j, "file", at->source);
    ecl_json_int(&j, "line", (long long)at->line);
    ecl_json_int(&j, "messages", at->messages);
    if (at->first) {
        time_words(time, at->first);
        ecl_json_str(&j, "time", time);
    }
    if (at->client[0]) {
        ecl_json_str(&j, "client", at->client);
    }
    if (at->vhost[0]) {
        ecl_json_str(&j, "vhost", at->vhost);
    }
    if (at->pid > 0) {
        ecl_json_int(&j, "pid", at->pid);
    }
    if (at->log_id[0]) {
        ecl_json_str(&j, "request_id", at->log_id);
    }
    ecl_json_end_object(&j);
    ecl_json_end_object(&j);
    fwrite(b.data, 1, b.len, to);
    fputc('\n', to);
}

/* -- text and Markdown ----------------------------------------------------- */

/* How a format marks things. */
typedef struct style_t {
    const char *head, *head_end, *label, *dim, *off;
    int markdown;
} style_t;

static const style_t *style_of(const ecl_print_t *how)
{
    static const style_t plain = { "", "", "", "", "", 0 };
    static const style_t colored = { "\x1b[1;31m", "\x1b[0m", "\x1b[36m",
                                     "\x1b[2m",    "\x1b[0m", 0 };
    static const style_t markdown = { "### ", "", "", "", "", 1 };

    return how->format == ECL_CMD_MARKDOWN ? &markdown
           : how->color                    ? &colored
                                           : &plain;
}

static int columns(const char *s, size_t n)
{
    int c = 0;

    for (; n; n--, s++) {
        c += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return c;
}

/* Words from column on, wrapped to WIDTH; a longer word stays whole. Newlines
 * count as blanks. */
static void wrap(FILE *to, const char *s, int column)
{
    int at = column;

    while (*s) {
        size_t n = strcspn(s, " \n\t");
        int w = columns(s, n);

        if (at > column && at + 1 + w > WIDTH) {
            fprintf(to, "\n%*s", column, "");
            at = column;
        }
        else if (at > column && n) {
            fputc(' ', to);
            at++;
        }
        fwrite(s, 1, n, to);
        at += w;
        s += n + strspn(s + n, " \n\t");
    }
    fputc('\n', to);
}

/* "  Label     text", or "- **Label:** text" */
static void item(FILE *to, const style_t *st, const char *label,
                 const char *text)
{
    if (st->markdown) {
        fprintf(to, "- %s%s%s%s\n", label[0] ? "**" : "", label,
                label[0] ? ":** " : "", text);
        return;
    }
    fprintf(to, "  %s%-*s%s", st->label, LABEL - 2, label, st->off);
    wrap(to, text, LABEL);
}

const char *ecl_print_message(const ecl_msg_t *m, apr_pool_t *p)
{
    const char *nl = memchr(m->text, '\n', m->len);
    size_t line = nl ? (size_t)(nl - m->text) : m->len;
    size_t cut = ecl_text_cut(m->text, line, EVIDENCE_MAX);
    const char *s = "";

    if (m->module[0] || m->level >= 0) {
        s = apr_psprintf(p, "[%s%s%s] ", m->module, m->module[0] ? ":" : "",
                         ecl_level_name(m->level));
    }
    if (m->os_error) {
        s = apr_psprintf(p, "%s(%d) ", s, m->os_error);
    }
    if (m->ah) {
        s = apr_psprintf(p, "%sAH%05d: ", s, m->ah);
    }
    return apr_psprintf(p, "%s%.*s%s", s, (int)cut, m->text,
                        cut < m->len ? " ..." : "");
}

static void put_facts(FILE *to, const style_t *st, const ecl_verdict_t *v,
                      apr_pool_t *p)
{
    const char *s = NULL;
    int i;

    for (i = 0; i < ECL_FACT_COUNT; i++) {
        if (v->facts.v[i]) {
            s = apr_psprintf(p, "%s%s%s %s", s ? s : "", s ? ", " : "",
                             ecl_fact_name((ecl_fact_e)i), v->facts.v[i]);
        }
    }
    if (v->component) {
        s = apr_psprintf(p, "%s%scomponent %s", s ? s : "", s ? ", " : "",
                         v->component);
    }
    if (s) {
        item(to, st, "facts", s);
    }
}

/* Steps, those of whoever must act first. */
static void put_hints(FILE *to, const style_t *st, const ecl_verdict_t *v,
                      apr_pool_t *p)
{
    static const ecl_who_e whos[] = { ECL_WHO_OWNER, ECL_WHO_OPERATOR };
    int first = v->cause->who == ECL_WHO_OPERATOR, k, i;

    for (k = 0; k < 2; k++) {
        ecl_who_e who = whos[(k + first) % 2];
        int n = 0;

        for (i = 0; i < v->cause->nhints; i++) {
            const ecl_hint_t *h = &v->cause->hints[i];
            const char *text =
                h->who == who ? expand(h->text, &v->facts, p) : NULL;

            if (text && st->markdown) {
                fprintf(to, "%s%d. %s\n",
                        n ? ""
                          : apr_psprintf(p, "\n%s:\n\n", ecl_who_name(who)),
                        n + 1, text);
                n++;
            }
            else if (text) {
                item(to, st, n ? "" : ecl_who_name(who),
                     apr_psprintf(p, "%d.\xc2\xa0%s", n + 1, text));
                n++;
            }
        }
    }
}

static void put_verdict(FILE *to, const style_t *st, const ecl_verdict_t *v,
                        apr_pool_t *p)
{
    const char *retry = retry_words(v->cause, p), *maybe = NULL;
    int i;

    item(to, st, "cause", sentence(v, p));
    put_facts(to, st, v, p);
    item(to, st, "who acts",
         apr_psprintf(p, "%s; status %d%s%s", ecl_who_name(v->cause->who),
                      ecl_precise_status(v->cause, 500),
                      retry ? "; trying again " : "", retry ? retry : ""));
    for (i = 0; i < v->nalternatives; i++) {
        maybe =
            apr_psprintf(p, "%s%s%s (%s)", maybe ? maybe : "",
                         maybe ? ", " : "", v->alternatives[i].cause->slug,
                         ecl_confidence_name(v->alternatives[i].confidence));
    }
    if (maybe) {
        item(to, st, "or perhaps", maybe);
    }
}

static void put_words(FILE *to, const style_t *st, const ecl_verdict_t *v,
                      const char *said, apr_pool_t *p)
{
    put_verdict(to, st, v, p);
    if (said && st->markdown) {
        fprintf(to, "\n```\n%s\n```\n", said);
    }
    else if (said) {
        fprintf(to, "  %s%-*s%s%s", st->label, LABEL - 2, "log says", st->off,
                st->dim);
        wrap(to, said, LABEL);
        fputs(st->off, to);
    }
    put_hints(to, st, v, p);
    fputc('\n', to);
}

static const char *clean(const char *s, char *mem, size_t size)
{
    ecl_buf_t b;

    ecl_buf_init(&b, mem, size);
    ecl_text_clean(&b, s, strlen(s));
    return mem;
}

static void put_name(FILE *to, const char *what, const char *s)
{
    char mem[3 * ECL_GROUP_NAME + 1];

    if (s[0]) {
        fprintf(to, ", %s%s", what, clean(s, mem, sizeof(mem)));
    }
}

static void put_place(FILE *to, const style_t *st, const ecl_place_t *at)
{
    char first[ECL_TIME_MAX], last[ECL_TIME_MAX], name[1024];

    if (st->markdown) {
        fputs("\n- **where:** ", to);
    }
    else {
        fprintf(to, "  %s%-*s%s", st->label, LABEL - 2, "where", st->off);
    }
    fprintf(to, "%s:%llu", clean(at->source, name, sizeof(name)), at->line);
    if (at->first) {
        time_words(first, at->first);
        fprintf(to, ", %s", first);
    }
    put_name(to, "", at->vhost);
    put_name(to, "client ", at->client);
    if (at->pid > 0) {
        fprintf(to, ", pid %ld", at->pid);
    }
    put_name(to, "request ", at->log_id);
    fputc('\n', to);
    if (at->times > 1) {
        if (st->markdown) {
            fputs("- **times:** ", to);
        }
        else {
            fprintf(to, "  %s%-*s%s", st->label, LABEL - 2, "times", st->off);
        }
        fprintf(to, "%llu", at->times);
        if (at->first && at->last > at->first) {
            time_words(last, at->last);
            fprintf(to, ", the last at %s", last);
        }
        fputc('\n', to);
    }
}

/* -- both ------------------------------------------------------------------ */

void ecl_print_words(ecl_words_t *words, const ecl_print_t *how,
                     const ecl_verdict_t *v, const ecl_msg_t *msgs,
                     apr_pool_t *p)
{
    const style_t *st = style_of(how);
    FILE *to = open_memstream(&words->body, &words->n);
    const char *said = NULL;
    ecl_verdict_t verdict = *v;
    ecl_msg_t msg = { 0 };

    if (!to) {
        abort();
    }
    if (v->msg >= 0) {
        msg = msgs[v->msg];
    }
    if (how->redact) {
        ecl_cmd_mask(&verdict, v->msg >= 0 ? &msg : NULL, p);
        v = &verdict;
    }
    words->head = 0;
    if (how->format == ECL_CMD_JSON) {
        json_words(to, words->problem, v, p);
    }
    else {
        fprintf(to, "%s%s%s (%s confidence): %s\n", st->head, v->cause->slug,
                st->head_end, ecl_confidence_name(v->confidence),
                title(v->cause));
        fflush(to);
        words->head = words->n;
        if (v->msg >= 0) {
            said = ecl_print_message(&msg, p);
        }
        put_words(to, st, v, said, p);
    }
    if (fclose(to)) {
        abort();
    }
}

void ecl_print_finding(FILE *to, const ecl_print_t *how,
                       const ecl_words_t *words, const ecl_place_t *place)
{
    fwrite(words->body, 1, words->head, to);
    if (how->format != ECL_CMD_JSON) {
        put_place(to, style_of(how), place);
    }
    fwrite(words->body + words->head, 1, words->n - words->head, to);
    if (how->format == ECL_CMD_JSON) {
        json_place(to, place);
    }
}
