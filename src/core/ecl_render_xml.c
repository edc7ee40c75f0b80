/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render_xml.c - a body as application/problem+xml (RFC 9457 appendix B).
 *
 * The namespace is still RFC 7807's; an array is a row of <i> elements. */
#include <string.h>

#include "ecl_render.h"

static void open_tag(ecl_buf_t *b, const char *name)
{
    ecl_buf_putc(b, '<');
    ecl_buf_puts(b, name);
    ecl_buf_putc(b, '>');
}

static void close_tag(ecl_buf_t *b, const char *name)
{
    ecl_buf_add(b, "</", 2);
    ecl_buf_puts(b, name);
    ecl_buf_add(b, ">\n", 2);
}

static void put(ecl_buf_t *b, const char *name, const char *s)
{
    size_t mark = b->len;

    if (s) {
        open_tag(b, name);
        ecl_render_escape(b, s, ecl_render_html_char);
        close_tag(b, name);
        ecl_render_keep(b, mark);
    }
}

static void put_int(ecl_buf_t *b, const char *name, long long v)
{
    ecl_buf_printf(b, "<%s>%lld</%s>\n", name, v, name);
}

static void list(ecl_buf_t *b, const char *name, const char *const *texts,
                 int n)
{
    if (n == 0) {
        return;
    }
    open_tag(b, name);
    for (int i = 0; i < n; i++) {
        put(b, "i", texts[i]);
    }
    close_tag(b, name);
}

static void evidence(ecl_buf_t *b, const ecl_incident_t *inc)
{
    open_tag(b, "evidence");
    for (int i = 0; i < inc->nmsgs; i++) {
        const ecl_msg_t *m = &inc->msgs[i];
        size_t mark = b->len;
        char ah[16];

        open_tag(b, "i");
        put(b, "module", m->module && *m->module ? m->module : NULL);
        if (m->level != ECL_LEVEL_UNKNOWN) {
            put(b, "level", ecl_level_name(m->level));
        }
        if (m->os_error) {
            put_int(b, "os_error", m->os_error);
        }
        put(b, "code", ecl_render_ah(ah, m->ah));
        put(b, "message", m->text);
        close_tag(b, "i");
        ecl_render_keep(b, mark);
    }
    close_tag(b, "evidence");
    if (inc->dropped) {
        put_int(b, "dropped", inc->dropped);
    }
}

static void operator_part(ecl_buf_t *b, const ecl_incident_t *inc)
{
    if (inc->nmsgs) {
        evidence(b, inc);
    }
    if (inc->nprobes) {
        open_tag(b, "probes");
        for (int i = 0; i < inc->nprobes; i++) {
            put(b, inc->probes[i].name, inc->probes[i].value);
        }
        close_tag(b, "probes");
    }
    if (inc->verdict.nalternatives) {
        open_tag(b, "alternatives");
        for (int i = 0; i < inc->verdict.nalternatives; i++) {
            const ecl_alternative_t *a = &inc->verdict.alternatives[i];
            size_t mark = b->len;

            open_tag(b, "i");
            put(b, "code", a->cause->slug);
            put(b, "confidence", ecl_confidence_name(a->confidence));
            close_tag(b, "i");
            ecl_render_keep(b, mark);
        }
        close_tag(b, "alternatives");
    }
}

static void changes(ecl_buf_t *b, const ecl_problem_t *pb)
{
    if (!pb->nchanges) {
        return;
    }
    open_tag(b, "recent_changes");
    for (int i = 0; i < pb->nchanges; i++) {
        const ecl_change_t *c = &pb->changes[i];
        size_t mark = b->len;
        char time[ECL_TIME_MAX];

        ecl_incident_time(time, c->time, 0);
        open_tag(b, "i");
        put(b, "what", c->what);
        put(b, "path", c->path);
        put(b, "time", time);
        put_int(b, "age", c->age);
        if (c->since) {
            put(b, "since", "true");
        }
        close_tag(b, "i");
        ecl_render_keep(b, mark);
    }
    close_tag(b, "recent_changes");
}

static void owner_part(ecl_buf_t *b, const ecl_problem_t *pb)
{
    open_tag(b, "cause");
    put(b, "title", pb->cause_title);
    put(b, "code", pb->code);
    put(b, "text", pb->cause_text);
    put(b, "confidence", pb->confidence);
    put(b, "who", pb->who);
    close_tag(b, "cause");
    if (pb->facts) {
        open_tag(b, "facts");
        for (int f = 0; f < ECL_FACT_COUNT; f++) {
            put(b, ecl_fact_name(f), pb->facts->v[f]);
        }
        close_tag(b, "facts");
    }
    list(b, "hints", pb->hints, pb->nhints);
    changes(b, pb);
}

void ecl_render_xml(ecl_buf_t *b, const ecl_problem_t *pb)
{
    ecl_buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<problem xmlns=\"urn:ietf:rfc:7807\">\n");
    put(b, "type", pb->type);
    put(b, "title", pb->title);
    put_int(b, "status", pb->status);
    put(b, "detail", pb->detail);
    if (pb->retry != ECL_RETRY_MAYBE) {
        put(b, "retryable", pb->retry == ECL_RETRY_YES ? "true" : "false");
    }
    if (pb->retry_after > 0) {
        put_int(b, "retry_after", pb->retry_after);
    }
    list(b, "advice", pb->advice, pb->nadvice);
    put(b, "contact", pb->contact);
    put(b, "incident", pb->incident);
    put(b, "timestamp", pb->timestamp);
    put(b, "code", pb->code);
    put(b, "instance", pb->instance);
    if (pb->cause_title) {
        owner_part(b, pb);
    }
    if (pb->incident_full) {
        operator_part(b, pb->incident_full);
    }
    ecl_buf_puts(b, "</problem>\n");
}
