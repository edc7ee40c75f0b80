/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render_json.c - a body as application/problem+json (RFC 9457). */
#include <string.h>

#include "ecl_changes.h"
#include "ecl_json.h"
#include "ecl_render.h"

/* Keep the member that was begun at mark if there is room for the rest. */
static int keep(ecl_json_t *j, size_t mark)
{
    if (!ecl_render_keep(j->out, mark)) {
        j->comma = mark > 0 && j->out->data[mark - 1] != '{'
                   && j->out->data[mark - 1] != '[';
        return 0;
    }
    return 1;
}

static void put(ecl_json_t *j, const char *key, const char *s)
{
    size_t mark = j->out->len;

    if (s) {
        ecl_json_str(j, key, s);
        keep(j, mark);
    }
}

static void list(ecl_json_t *j, const char *key, const char *const *texts,
                 int n)
{
    if (n == 0) {
        return;
    }
    ecl_json_array(j, key);
    for (int i = 0; i < n; i++) {
        put(j, NULL, texts[i]);
    }
    ecl_json_end_array(j);
}

static void facts(ecl_json_t *j, const ecl_facts_t *f)
{
    ecl_json_object(j, "facts");
    for (int i = 0; i < ECL_FACT_COUNT; i++) {
        long long number;

        if (f->v[i] && ecl_fact_is_number(i)
            && ecl_json_is_integer(f->v[i], &number)) {
            ecl_json_int(j, ecl_fact_name(i), number);
        }
        else {
            put(j, ecl_fact_name(i), f->v[i]);
        }
    }
    ecl_json_end_object(j);
}

static void evidence(ecl_json_t *j, const ecl_incident_t *inc)
{
    ecl_json_array(j, "evidence");
    for (int i = 0; i < inc->nmsgs; i++) {
        const ecl_msg_t *m = &inc->msgs[i];
        size_t mark = j->out->len;
        char ah[16];

        ecl_json_object(j, NULL);
        if (m->module && *m->module) {
            ecl_json_str(j, "module", m->module);
        }
        if (m->level != ECL_LEVEL_UNKNOWN) {
            ecl_json_str(j, "level", ecl_level_name(m->level));
        }
        if (m->os_error) {
            ecl_json_int(j, "os_error", m->os_error);
        }
        if (ecl_render_ah(ah, m->ah)) {
            ecl_json_str(j, "code", ah);
        }
        ecl_json_strn(j, "message", m->text, m->len);
        ecl_json_end_object(j);
        keep(j, mark);
    }
    ecl_json_end_array(j);
    if (inc->dropped) {
        ecl_json_int(j, "dropped", inc->dropped);
    }
}

static void changes(ecl_json_t *j, const ecl_problem_t *pb)
{
    if (!pb->nchanges) {
        return;
    }
    ecl_json_array(j, "recent_changes");
    for (int i = 0; i < pb->nchanges; i++) {
        const ecl_change_t *c = &pb->changes[i];
        size_t mark = j->out->len;

        ecl_json_object(j, NULL);
        ecl_json_str(j, "what", c->what);
        ecl_json_str(j, "path", c->path);
        ecl_changes_put(j, c);
        ecl_json_end_object(j);
        keep(j, mark);
    }
    ecl_json_end_array(j);
}

static void operator_part(ecl_json_t *j, const ecl_incident_t *inc)
{
    if (inc->nmsgs) {
        evidence(j, inc);
    }
    if (inc->nprobes) {
        ecl_json_object(j, "probes");
        for (int i = 0; i < inc->nprobes; i++) {
            put(j, inc->probes[i].name, inc->probes[i].value);
        }
        ecl_json_end_object(j);
    }
    if (inc->verdict.nalternatives) {
        ecl_json_array(j, "alternatives");
        for (int i = 0; i < inc->verdict.nalternatives; i++) {
            const ecl_alternative_t *a = &inc->verdict.alternatives[i];
            size_t mark = j->out->len;

            ecl_json_object(j, NULL);
            ecl_json_str(j, "code", a->cause->slug);
            ecl_json_str(j, "confidence", ecl_confidence_name(a->confidence));
            ecl_json_end_object(j);
            keep(j, mark);
        }
        ecl_json_end_array(j);
    }
}

void ecl_render_json(ecl_buf_t *b, const ecl_problem_t *pb)
{
    ecl_json_t j;

    ecl_json_init(&j, b);
    ecl_json_object(&j, NULL);
    put(&j, "type", pb->type);
    put(&j, "title", pb->title);
    ecl_json_int(&j, "status", pb->status);
    put(&j, "detail", pb->detail);
    if (pb->retry != ECL_RETRY_MAYBE) {
        ecl_json_bool(&j, "retryable", pb->retry == ECL_RETRY_YES);
    }
    if (pb->retry_after > 0) {
        ecl_json_int(&j, "retry_after", pb->retry_after);
    }
    list(&j, "advice", pb->advice, pb->nadvice);
    put(&j, "contact", pb->contact);
    put(&j, "incident", pb->incident);
    put(&j, "timestamp", pb->timestamp);
    put(&j, "code", pb->code);
    put(&j, "instance", pb->instance);
    if (pb->cause_title) {
        ecl_json_object(&j, "cause");
        put(&j, "title", pb->cause_title);
        put(&j, "code", pb->code);
        put(&j, "text", pb->cause_text);
        put(&j, "confidence", pb->confidence);
        put(&j, "who", pb->who);
        ecl_json_end_object(&j);
    }
    if (pb->facts) {
        facts(&j, pb->facts);
    }
    list(&j, "hints", pb->hints, pb->nhints);
    changes(&j, pb);
    if (pb->incident_full) {
        operator_part(&j, pb->incident_full);
    }
    ecl_json_end_object(&j);
    ecl_buf_putc(b, '\n');
}
