/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_problem.c - decide once what a reader sees (RFC 9457), then print it.
 *
 * What a level may not show never gets into the ecl_problem_t, so no renderer
 * can show it. */
#include "ecl_problem.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_changes.h"
#include "ecl_redact.h"
#include "ecl_render.h"
#include "ecl_text.h"

/* The longest texts of a body, in bytes. */
#define TITLE_MAX  200
#define DETAIL_MAX 1000
#define FACT_MAX   512
#define HINT_MAX   800
#define HINTS_MAX  16

/* Evidence in a body: the record has all of it. */
#define EVIDENCE_COUNT 32
#define EVIDENCE_MAX   1000
#define EVIDENCE_TOTAL 6000

/* A visitor's page is small by design; details may take more. */
#define VISITOR_BODY_MAX 8192

const char *ecl_detail_name(ecl_detail_e d)
{
    static const char *const names[] = { "visitor", "owner", "operator" };

    return names[d];
}

/* Clean text of at most max bytes, not masked: the site's own words. */
static const char *site_text(const char *s, size_t max, apr_pool_t *p)
{
    char *mem = s ? apr_palloc(p, max + 1) : NULL;
    ecl_buf_t b;

    if (!s) {
        return NULL;
    }
    ecl_buf_init(&b, mem, max + 1);
    ecl_text_clean(&b, s, strlen(s));
    return mem;
}

/* Clean, masked text of at most max bytes. Masked before it is cut, so that a
 * cut cannot hide what makes a secret recognisable. */
static const char *masked_n(const char *s, size_t n, size_t max,
                            const ecl_redactor_t *r, apr_pool_t *p)
{
    char clean[8192];
    char mask[8192];
    ecl_buf_t c, m;

    ecl_buf_init(&c, clean, sizeof(clean));
    ecl_text_clean(&c, s, n);
    ecl_buf_init(&m, mask, sizeof(mask));
    ecl_redact(&m, r, c.data, c.len);
    return apr_pstrmemdup(p, m.data, ecl_text_cut(m.data, m.len, max));
}

static const char *masked(const char *s, size_t max, const ecl_redactor_t *r,
                          apr_pool_t *p)
{
    return s ? masked_n(s, strlen(s), max, r, p) : NULL;
}

/* A catalogue text with its facts, or NULL when it needs an unknown one. */
static const char *expanded(const char *s, const ecl_incident_t *inc,
                            size_t max, apr_pool_t *p)
{
    char mem[8192];
    ecl_buf_t b;

    if (!s || !strchr(s, '{')) {
        return s; /* our own words as they stand */
    }
    ecl_buf_init(&b, mem, sizeof(mem));
    if (!ecl_facts_expand(&b, s, &inc->verdict.facts)) {
        return NULL;
    }
    return masked_n(b.data, b.len, max, inc->redactor, p);
}

static void visitor_part(ecl_problem_t *pb, const ecl_incident_t *inc,
                         const ecl_words_t *words,
                         const ecl_messages_t *messages, apr_pool_t *p)
{
    const ecl_cause_t *cause = inc->verdict.cause;
    const ecl_message_t *msg =
        ecl_messages_find(messages, words->lang, cause->slug, inc->status);
    char *time = apr_palloc(p, ECL_TIME_MAX);

    ecl_incident_time(time, inc->time, 0);
    pb->lang = ecl_messages_lang(messages, words->lang);
    pb->title_lang =
        words->title && words->title_lang ? words->title_lang : pb->lang;
    pb->detail_lang = words->text ? pb->title_lang : pb->lang;
    pb->messages = messages;
    pb->page = words->page;
    pb->title =
        words->title ? site_text(words->title, TITLE_MAX, p) : msg->title;
    pb->detail =
        words->text ? site_text(words->text, DETAIL_MAX, p) : msg->text;
    pb->contact = site_text(words->contact, DETAIL_MAX, p);
    for (int i = 0; i < ECL_ADVICE_MAX && msg->advice[i]; i++) {
        pb->advice[pb->nadvice++] = msg->advice[i];
    }
    pb->status = inc->status;
    pb->incident = inc->id;
    pb->instance = apr_pstrcat(p, "urn:errclarity:incident:", inc->id, NULL);
    pb->code = cause->family;
    pb->retry = cause->retry;
    pb->retry_after = inc->retry_after > 0 ? inc->retry_after : 0;
    pb->timestamp = time;
}

/* An owner gets the steps that are in an owner's power, an operator all. */
static void take_hints(ecl_problem_t *pb, const ecl_incident_t *inc,
                       const ecl_cause_text_t *own, apr_pool_t *p)
{
    const ecl_verdict_t *v = &inc->verdict;
    const char **hints = apr_palloc(p, HINTS_MAX * sizeof(*hints));

    for (int i = 0; i < v->cause->nhints && pb->nhints < HINTS_MAX; i++) {
        const ecl_hint_t *h = &v->cause->hints[i];
        const char *text;

        if (h->who == ECL_WHO_OPERATOR && pb->level < ECL_DETAIL_OPERATOR) {
            continue;
        }
        text = expanded(own ? own->hints[i] : h->text, inc, HINT_MAX, p);
        if (text) {
            hints[pb->nhints++] = text;
        }
    }
    pb->hints = hints;
}

/* "/x.php (script): 2026-07-01T11:48:00Z, -12 min", in every language; "since"
 * is the record's word for a change after the problem was first seen. */
static const char *change_line(const ecl_change_t *c, apr_pool_t *p)
{
    char time[ECL_TIME_MAX];
    char age[ECL_CHANGES_AGE_TEXT];

    ecl_incident_time(time, c->time, 0);
    ecl_changes_age(age, c->age);
    return apr_psprintf(p, "%s (%s%s): %s, %s", c->path, c->what,
                        c->since ? ", since" : "", time, age);
}

static void take_changes(ecl_problem_t *pb, const ecl_incident_t *inc,
                         apr_pool_t *p)
{
    size_t n = (size_t)inc->nchanges;
    ecl_change_t *changes;
    const char **lines;

    if (!n) {
        return;
    }
    changes = apr_palloc(p, n * sizeof(*changes));
    lines = apr_palloc(p, n * sizeof(*lines));
    for (int i = 0; i < inc->nchanges; i++) {
        ecl_change_t *c = &changes[pb->nchanges];

        *c = inc->changes[i];
        if (!c->operator_only || pb->level >= ECL_DETAIL_OPERATOR) {
            c->path = masked(c->path, FACT_MAX, inc->redactor, p);
            lines[pb->nchanges++] = change_line(c, p);
        }
    }
    pb->changes = changes;
    pb->changes_lines = lines;
}

static void owner_part(ecl_problem_t *pb, const ecl_incident_t *inc,
                       apr_pool_t *p)
{
    const ecl_verdict_t *v = &inc->verdict;
    const ecl_cause_text_t *own =
        ecl_messages_cause(pb->messages, pb->lang, v->cause);
    ecl_facts_t *facts = apr_pcalloc(p, sizeof(*facts));

    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        if (v->facts.v[f] && *v->facts.v[f]) {
            facts->v[f] = masked(v->facts.v[f], FACT_MAX, inc->redactor, p);
            pb->facts = facts;
        }
    }
    pb->code = v->cause->slug;
    pb->owner_lang = own ? pb->lang : "en";
    pb->cause_title = own ? own->title : v->cause->title;
    pb->cause_text =
        expanded(own ? own->message : v->cause->message, inc, DETAIL_MAX, p);
    pb->confidence = ecl_confidence_name(v->confidence);
    pb->who = ecl_who_name(v->cause->who);
    take_hints(pb, inc, own, p);
    take_changes(pb, inc, p);
}

/* The first and the last messages, as many as a body takes. */
static void take_evidence(ecl_incident_t *copy, const ecl_incident_t *inc,
                          apr_pool_t *p)
{
    int keep = inc->nmsgs < EVIDENCE_COUNT ? inc->nmsgs : EVIDENCE_COUNT;
    ecl_msg_t *msgs = apr_pcalloc(p, sizeof(*msgs) * EVIDENCE_COUNT);
    size_t left = EVIDENCE_TOTAL;
    int n = 0;

    for (int i = 0; i < keep && left > 0; i++) {
        int from = i < (keep + 1) / 2 ? i : inc->nmsgs - keep + i;
        size_t share = left / (size_t)(keep - i);
        size_t max = share > EVIDENCE_MAX ? EVIDENCE_MAX
                     : share < 100        ? 100
                                          : share;
        ecl_msg_t *m = &msgs[n++];

        *m = inc->msgs[from];
        m->text = masked_n(m->text, m->len, max, inc->redactor, p);
        m->len = strlen(m->text);
        m->module = masked(m->module, 64, inc->redactor, p);
        left -= m->len < left ? m->len : left;
    }
    copy->msgs = msgs;
    copy->nmsgs = n;
    copy->dropped = inc->dropped + (unsigned)(inc->nmsgs - n);
}

static void operator_part(ecl_problem_t *pb, const ecl_incident_t *inc,
                          apr_pool_t *p)
{
    ecl_incident_t *copy = apr_pmemdup(p, inc, sizeof(*inc));
    ecl_probe_result_t *probes =
        apr_pcalloc(p, sizeof(*probes) * (size_t)(inc->nprobes + 1));

    take_evidence(copy, inc, p);
    copy->nprobes = 0;
    for (int i = 0; i < inc->nprobes; i++) {
        if (ecl_render_is_name(inc->probes[i].name)) {
            probes[copy->nprobes].name = inc->probes[i].name;
            probes[copy->nprobes++].value =
                masked(inc->probes[i].value, FACT_MAX, inc->redactor, p);
        }
    }
    copy->probes = probes;
    pb->incident_full = copy;
}

void ecl_problem_build(ecl_problem_t *pb, const ecl_incident_t *inc,
                       ecl_detail_e detail, const ecl_words_t *words,
                       const ecl_messages_t *messages, apr_pool_t *p)
{
    memset(pb, 0, sizeof(*pb));
    pb->level = detail;
    visitor_part(pb, inc, words, messages, p);
    if (detail >= ECL_DETAIL_OWNER) {
        owner_part(pb, inc, p);
    }
    if (detail >= ECL_DETAIL_OPERATOR) {
        operator_part(pb, inc, p);
    }
    pb->type = words->type_uri ? apr_pstrcat(p, words->type_uri, pb->code, NULL)
                               : "about:blank";
}

char *ecl_problem_render(const ecl_problem_t *pb, ecl_format_e format,
                         size_t *len, apr_pool_t *p)
{
    static void (*const render[ECL_FORMAT_COUNT])(ecl_buf_t *,
                                                  const ecl_problem_t *) = {
        [ECL_FORMAT_JSON] = ecl_render_json,
        [ECL_FORMAT_XML] = ecl_render_xml,
        [ECL_FORMAT_TEXT] = ecl_render_text,
        [ECL_FORMAT_MARKDOWN] = ecl_render_markdown,
    };
    size_t cap =
        pb->level == ECL_DETAIL_VISITOR ? VISITOR_BODY_MAX : ECL_BODY_MAX;
    char *body = apr_palloc(p, cap + 1);
    ecl_buf_t b;

    ecl_buf_init(&b, body, cap + 1);
    if (format == ECL_FORMAT_HTML) {
        ecl_render_html(&b, pb, p);
    }
    else {
        render[format](&b, pb);
    }
    *len = b.len;
    return body;
}
