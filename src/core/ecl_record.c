/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_record.c - the diagnostics record: one JSON line an incident.
 *
 * Field names are the Elastic Common Schema's (nested objects) where it has
 * one, else ours under "errclarity". Written straight into memory of the
 * line's size: everything but the evidence first, then as much evidence as
 * there is room for. When even the rest is too long, it is written again with
 * tighter limits. Does not decide where the line goes. */
#include "ecl_record.h"

#include <string.h>

#include "ecl_changes.h"
#include "ecl_record_text.h"
#include "ecl_redact.h"
#include "ecl_text.h"
#include "ecl_version.h"

#define ECS_VERSION "8.11.0"

/* "],"dropped":4294967295,"evidence_lost":true,"truncated":true}}\n" and then
 * some. */
#define TAIL_ROOM 64

static const ecl_record_limits_t levels[] = {
    { 2048, 8192, 4096, 4096 },
    { 1024, 4096, 1024, 2048 },
    { 512, 2048, 0, 1024 },
    { 128, 512, 0, 0 },
    { 16, 0, 0, 0 }, /* fits in 2048 bytes whatever the texts hold */
};

#define LEVELS ((int)(sizeof(levels) / sizeof(levels[0])))

static void put_time(ecl_record_t *r)
{
    char t[ECL_TIME_MAX];

    ecl_incident_time(t, r->inc->time, 1);
    ecl_json_str(&r->j, "@timestamp", t);
}

/* The cause's sentence with its facts, or its title. */
static void put_message(ecl_record_t *r)
{
    const ecl_cause_t *cause = r->inc->verdict.cause;
    ecl_span_t s;

    if (!cause->message || !ecl_record_fill(r, cause->message, &s)) {
        s = ecl_span(cause->title, strlen(cause->title));
    }
    start_text(r, "message");
    ecl_record_end_clear(r, s, r->lim->text);
}

static void put_event(ecl_record_t *r)
{
    static const char members[] =
        "\"kind\":\"event\",\"category\":[\"web\"],"
        "\"dataset\":\"errclarity.incident\",\"outcome\":\"failure\"";
    ecl_json_t *j = &r->j;

    ecl_json_object(j, "event");
    ecl_json_raw(j, members, sizeof(members) - 1);
    if (r->inc->duration >= 0) {
        ecl_json_int(j, "duration", (long long)r->inc->duration * 1000);
    }
    ecl_json_end_object(j);
}

static void put_error(ecl_record_t *r)
{
    const ecl_verdict_t *v = &r->inc->verdict;

    ecl_json_object(&r->j, "error");
    ecl_json_str(&r->j, "id", r->inc->id);
    ecl_json_str(&r->j, "code", v->cause->slug);
    put(r, "type", v->error_type);
    put(r, "message", v->error_message);
    put_cut(r, "stack_trace", v->stack, r->lim->stack);
    r->cut |= v->stack && *v->stack && !r->lim->stack && !r->compact;
    ecl_json_end_object(&r->j);
}

static void put_http(ecl_record_t *r)
{
    const ecl_incident_t *inc = r->inc;

    ecl_json_object(&r->j, "http");
    if (inc->request_id || inc->method) {
        ecl_json_object(&r->j, "request");
        put_name(r, "id", inc->request_id);
        put_name(r, "method", inc->method);
        ecl_json_end_object(&r->j);
    }
    if (inc->status > 0) {
        ecl_json_object(&r->j, "response");
        ecl_json_int(&r->j, "status_code", inc->status);
        ecl_json_end_object(&r->j);
    }
    ecl_json_end_object(&r->j);
}

static void put_url(ecl_record_t *r)
{
    const ecl_incident_t *inc = r->inc;

    if (!inc->path && !inc->query && !inc->domain) {
        return;
    }
    ecl_json_object(&r->j, "url");
    put(r, "path", inc->path);
    if (inc->query && *inc->query) {
        size_t n = strnlen(inc->query, ECL_RECORD_TEXT_MAX);

        ecl_buf_rewind(&r->masked, 0);
        ecl_redact_query(&r->masked, inc->redactor, inc->query, n);
        if (r->masked.len > r->lim->text) {
            ecl_buf_rewind(
                &r->masked,
                ecl_record_cut_at(r->masked.data, r->masked.len, r->lim->text));
            r->cut = 1;
        }
        ecl_json_strn(&r->j, "query", r->masked.data, r->masked.len);
    }
    put(r, "domain", inc->domain);
    ecl_json_end_object(&r->j);
}

/* {"key":{"name":"value"}}, or nothing. */
static inline void put_nested(ecl_record_t *r, const char *key,
                              const char *name, const char *value)
{
    if (value && *value) {
        ecl_json_object(&r->j, key);
        put_name(r, name, value);
        ecl_json_end_object(&r->j);
    }
}

static void put_process(ecl_record_t *r)
{
    const ecl_incident_t *inc = r->inc;

    if (inc->server_address || inc->server_port > 0) {
        ecl_json_object(&r->j, "server");
        put_name(r, "address", inc->server_address);
        put_int(r, "port", inc->server_port);
        ecl_json_end_object(&r->j);
    }
    put_nested(r, "service", "name", inc->server_address);
    if (inc->pid > 0) {
        ecl_json_object(&r->j, "process");
        ecl_json_int(&r->j, "pid", inc->pid);
        if (inc->tid) {
            ecl_json_object(&r->j, "thread");
            ecl_json_int(&r->j, "id", (long long)(inc->tid & ~0ULL >> 1));
            ecl_json_end_object(&r->j);
        }
        ecl_json_end_object(&r->j);
    }
    if (inc->trace_id && strlen(inc->trace_id) == 32
        && strspn(inc->trace_id, "0123456789abcdef") == 32) {
        put_nested(r, "trace", "id", inc->trace_id);
    }
    put_nested(r, "transaction", "id", inc->request_id);
}

static void put_facts(ecl_record_t *r)
{
    const ecl_facts_t *facts = &r->inc->verdict.facts;
    size_t room = r->lim->facts;
    int open = 0;

    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        const char *s = facts->v[f];
        long long number;

        if (!s || !*s) {
            continue;
        }
        if (room < 32) {
            r->cut |= !r->compact;
            break;
        }
        if (!open++) {
            ecl_json_object(&r->j, "facts");
        }
        if (ecl_fact_is_number(f) && ecl_json_is_integer(s, &number)) {
            ecl_json_int(&r->j, ecl_fact_name(f), number);
            continue;
        }
        put_cut(r, ecl_fact_name(f), s,
                room < ECL_FACT_MAX ? room : ECL_FACT_MAX);
        room -= r->masked.len < room ? r->masked.len : room;
    }
    if (open) {
        ecl_json_end_object(&r->j);
    }
}

static void put_hints(ecl_record_t *r)
{
    const ecl_cause_t *cause = r->inc->verdict.cause;
    size_t room = r->lim->hints;
    int open = 0;

    for (int i = 0; i < cause->nhints; i++) {
        ecl_span_t s;

        if (!ecl_record_fill(r, cause->hints[i].text, &s)) {
            continue;
        }
        if (s.n > room) {
            r->cut |= !r->compact;
            break;
        }
        if (!open++) {
            ecl_json_array(&r->j, "hints");
        }
        ecl_json_strn(&r->j, NULL, s.p, s.n);
        room -= s.n;
    }
    if (open) {
        ecl_json_end_array(&r->j);
    }
}

static void put_probes(ecl_record_t *r)
{
    if (!r->inc->nprobes || !r->lim->hints) {
        r->cut |= r->inc->nprobes && !r->compact;
        return;
    }
    ecl_json_object(&r->j, "probes");
    for (int i = 0; i < r->inc->nprobes; i++) {
        put(r, r->inc->probes[i].name, r->inc->probes[i].value);
    }
    ecl_json_end_object(&r->j);
}

static void put_changes(ecl_record_t *r)
{
    const ecl_incident_t *inc = r->inc;
    size_t start = r->out.len;

    if (!inc->nchanges || !r->lim->hints) {
        r->cut |= inc->nchanges && !r->compact;
        return;
    }
    ecl_json_array(&r->j, "recent_changes");
    for (int i = 0; i < inc->nchanges; i++) {
        const ecl_change_t *c = &inc->changes[i];

        if (i > 0 && r->out.len - start > r->lim->hints / 2) {
            r->cut = 1;
            break;
        }
        ecl_json_object(&r->j, NULL);
        ecl_json_str(&r->j, "what", c->what);
        put_cut(r, "path", c->path, r->lim->text < 512 ? r->lim->text : 512);
        ecl_changes_put(&r->j, c);
        ecl_json_end_object(&r->j);
    }
    ecl_json_end_array(&r->j);
}

static void put_alternatives(ecl_record_t *r)
{
    const ecl_verdict_t *v = &r->inc->verdict;

    if (!v->nalternatives || r->compact) {
        return;
    }
    ecl_json_array(&r->j, "alternatives");
    for (int i = 0; i < v->nalternatives; i++) {
        const ecl_alternative_t *a = &v->alternatives[i];

        ecl_json_object(&r->j, NULL);
        ecl_json_str(&r->j, "code", a->cause->slug);
        ecl_json_str(&r->j, "confidence", ecl_confidence_name(a->confidence));
        ecl_json_end_object(&r->j);
    }
    ecl_json_end_array(&r->j);
}

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

/* "errclarity" but for its last members; leaves the object open. */
static void put_ours(ecl_record_t *r)
{
    const ecl_incident_t *inc = r->inc;
    const ecl_cause_t *cause = inc->verdict.cause;
    ecl_json_t *j = &r->j;
    static const char version[] =
        "\"schema\":" STRING(ECL_RECORD_SCHEMA) ",\"version\":\"" ECL_VERSION
                                                "\"";
    char group[17];

    ecl_incident_group(group, inc);
    ecl_json_object(j, "errclarity");
    ecl_json_raw(j, version, sizeof(version) - 1);
    ecl_json_str(j, "family", cause->family);
    ecl_json_str(j, "confidence", ecl_confidence_name(inc->verdict.confidence));
    put_int(r, "original_status", inc->original_status);
    ecl_json_str(j, "who", ecl_who_name(cause->who));
    if (cause->retry != ECL_RETRY_MAYBE) {
        ecl_json_bool(j, "retryable", cause->retry == ECL_RETRY_YES);
    }
    put_int(r, "retry_after", inc->retry_after);
    put(r, "handler", inc->handler);
    put_name(r, "vhost", inc->vhost);
    ecl_json_str(j, "group", group);
    ecl_changes_put_seen(j, &inc->seen);
    ecl_json_str(j, "body", ecl_body_name(inc->body));
    ecl_json_str(j, "response", ecl_response_name(inc->response));
    put_name(r, "hidden_by", inc->hidden_by);
    put_name(r, "format", inc->format);
    if (r->compact) {
        ecl_json_bool(j, "compact", 1);
        return;
    }
    put_facts(r);
    put_probes(r);
    put_changes(r);
    put_hints(r);
    put_alternatives(r);
}

#define LOG_LEVEL(level)                                                       \
    "\"ecs\":{\"version\":\"" ECS_VERSION "\"},"                               \
    "\"log\":{\"level\":\"" level "\"}"

/* Everything but the evidence. */
static void put_base(ecl_record_t *r)
{
    static const char error[] = LOG_LEVEL("error");
    static const char warning[] = LOG_LEVEL("warning");
    const ecl_incident_t *inc = r->inc;
    int client = inc->status >= 400 && inc->status < 500;

    ecl_json_init(&r->j, &r->out);
    ecl_json_object(&r->j, NULL);
    put_time(r);
    ecl_json_raw(&r->j, client ? warning : error,
                 client ? sizeof(warning) - 1 : sizeof(error) - 1);
    put_message(r);
    put_event(r);
    put_error(r);
    put_http(r);
    put_url(r);
    put_nested(r, "client", "address", inc->client);
    if (inc->user_agent && *inc->user_agent) {
        ecl_json_object(&r->j, "user_agent");
        put(r, "original", inc->user_agent);
        ecl_json_end_object(&r->j);
    }
    put_process(r);
    put_ours(r);
}

/* One message, its text at most max bytes. */
static void put_evidence(ecl_record_t *r, const ecl_msg_t *m, size_t max)
{
    ecl_json_t *j = &r->j;
    char code[16];
    ecl_buf_t b;

    ecl_json_object(j, NULL);
    if (m->level != ECL_LEVEL_UNKNOWN) {
        ecl_json_str(j, "level", ecl_level_name(m->level));
    }
    put_cut(r, "module", m->module, max < 64 ? max : 64);
    if (m->ah > 0) {
        ecl_buf_init(&b, code, sizeof(code));
        ecl_buf_printf(&b, "AH%05d", m->ah);
        ecl_json_strn(j, "code", b.data, b.len);
    }
    if (m->os_error) {
        ecl_json_int(j, "os_error", m->os_error);
    }
    if (m->unsure) {
        ecl_json_bool(j, "unsure", 1);
    }
    start_text(r, "message");
    ecl_record_end_masked(r, m->text, m->len, max);
    ecl_json_end_object(j);
}

/* As many messages from both ends as fit into room bytes, the first one first
 * of all. @return how many were left out */
static int put_both_ends(ecl_record_t *r, size_t room)
{
    const ecl_incident_t *inc = r->inc;
    size_t max = room / 4 > 64 ? room / 4 : 64;
    size_t start = r->out.len;
    int comma = r->j.comma;
    int head = 0;
    int tail = inc->nmsgs;
    size_t used = 0;

    for (int turn = 0; head < tail; turn++) {
        int i = turn & 1 ? tail - 1 : head;
        size_t size;

        put_evidence(r, &inc->msgs[i], max);
        size = r->out.len - start + 1;
        if (r->out.truncated || used + size > room) {
            break;
        }
        used += size;
        ecl_buf_rewind(&r->out, start);
        head += i == head;
        tail -= i != head && turn & 1;
    }
    ecl_buf_rewind(&r->out, start);
    r->j.comma = comma;
    for (int i = 0; i < inc->nmsgs; i++) {
        if (i < head || i >= tail) {
            put_evidence(r, &inc->msgs[i], max);
        }
    }
    return tail - head;
}

static void finish(ecl_record_t *r, size_t max)
{
    const ecl_incident_t *inc = r->inc;
    long long dropped = inc->dropped;
    size_t start = r->out.len;

    if (inc->nmsgs && !r->compact) {
        ecl_json_array(&r->j, "evidence");
        for (int i = 0; i < inc->nmsgs && !r->out.truncated; i++) {
            put_evidence(r, &inc->msgs[i], r->lim->text);
        }
        if (r->out.truncated || r->out.len + TAIL_ROOM > max) {
            ecl_buf_rewind(&r->out, start);
            r->j.comma = 1;
            r->cut = 1;
            ecl_json_array(&r->j, "evidence");
            dropped += put_both_ends(r, max - r->out.len - TAIL_ROOM);
        }
        ecl_json_end_array(&r->j);
    }
    put_int(r, "dropped", dropped);
    if (inc->lost && !r->compact) {
        ecl_json_bool(&r->j, "evidence_lost", 1);
    }
    if (r->cut && !r->compact) {
        ecl_json_bool(&r->j, "truncated", 1);
    }
    ecl_json_end_object(&r->j);
    ecl_json_end_object(&r->j);
    ecl_buf_putc(&r->out, '\n');
}

static char *write_line(ecl_record_t *r, int level, size_t max, size_t *len,
                        apr_pool_t *p)
{
    size_t room = r->inc->nmsgs && !r->compact ? max / 4 : TAIL_ROOM;
    char *line = apr_palloc(p, max + 1);

    ecl_buf_init(&r->masked, apr_palloc(p, ECL_RECORD_TEXT_MAX + 1),
                 ECL_RECORD_TEXT_MAX + 1);
    for (; level < LEVELS; level++) {
        r->lim = &levels[level];
        r->cut = level > 0;
        ecl_buf_init(&r->out, line, max + 1);
        put_base(r);
        if (!r->out.truncated && r->out.len + room <= max) {
            break;
        }
    }
    finish(r, max);
    *len = r->out.len;
    return line;
}

char *ecl_record_line(const ecl_incident_t *inc, size_t max, size_t *len,
                      apr_pool_t *p)
{
    ecl_record_t r = { .inc = inc };

    return write_line(&r, 0, max < ECL_RECORD_MIN ? ECL_RECORD_MIN : max, len,
                      p);
}

char *ecl_record_compact(const ecl_incident_t *inc, size_t *len, apr_pool_t *p)
{
    ecl_record_t r = { .inc = inc, .compact = 1 };

    return write_line(&r, LEVELS - 2, ECL_RECORD_MIN, len, p);
}
