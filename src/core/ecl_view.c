/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_view.c - a problem as a template sees it.
 *
 * Each object is a table of names, sorted, and a function that makes the value
 * of one. "has_" before a name is whether a section over it would be rendered:
 * Mustache cannot ask a list without going through it. */
#include "ecl_view.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "ecl_contact.h"
#include "ecl_render.h"

const char *const ecl_view_raw[] = { "json", "style", NULL };

typedef void make_fn(ecl_view_t *v, long long i, ecl_value_t *out);

typedef struct name_t {
    const char *name;
    make_fn *make;
} name_t;

/* A member without a value is "", not nothing: nothing would be looked for in
 * the objects around, and a log message without a number would show another
 * code. */
static void set_text(ecl_value_t *out, const char *s)
{
    out->kind = ECL_VALUE_TEXT;
    out->text = s ? s : "";
}

static void set_bool(ecl_value_t *out, int holds)
{
    out->kind = ECL_VALUE_BOOL;
    out->number = holds != 0;
}

/* 0 stands for "unknown" in a problem. */
static void set_number(ecl_value_t *out, long long n)
{
    set_text(out, "");
    if (n) {
        out->kind = ECL_VALUE_NUMBER;
        out->number = n;
    }
}

static void set_object(ecl_value_t *out, ecl_view_t *v, ecl_member_fn *member,
                       long long i)
{
    out->kind = ECL_VALUE_OBJECT;
    out->self = v;
    out->member = member;
    out->number = i;
}

static void set_list(ecl_value_t *out, ecl_view_t *v, ecl_item_fn *item,
                     long long n)
{
    out->kind = ECL_VALUE_LIST;
    out->self = v;
    out->item = item;
    out->number = n;
}

typedef struct wanted_t {
    const char *s;
    size_t n;
} wanted_t;

static int compare(const void *keyv, const void *namev)
{
    const wanted_t *key = keyv;
    const name_t *name = namev;
    int c = strncmp(key->s, name->name, key->n);

    return c ? c : -(name->name[key->n] != '\0');
}

/* The member of an object that such a table describes. */
static void find(const name_t *names, size_t count, ecl_view_t *v, long long i,
                 const char *s, size_t n, ecl_value_t *out)
{
    wanted_t key = { s, n };
    int has = n > 4 && memcmp(s, "has_", 4) == 0;
    const name_t *found;

    if (has) {
        key.s += 4;
        key.n -= 4;
    }
    found = bsearch(&key, names, count, sizeof(*names), compare);
    if (found) {
        found->make(v, i, out);
    }
    if (found && has) {
        int holds = ecl_value_holds(out);

        memset(out, 0, sizeof(*out));
        set_bool(out, holds);
    }
}

#define MEMBER(object)                                                         \
    static void object##_member(void *v, long long i, const char *s, size_t n, \
                                ecl_value_t *out)                              \
    {                                                                          \
        find(object, sizeof(object) / sizeof(object[0]), v, i, s, n, out);     \
    }

/* A name that is a text, or a number, of the problem or of its i-th part. */
#define TEXT(name, expr)                                                       \
    static void name(ecl_view_t *v, long long i, ecl_value_t *out)             \
    {                                                                          \
        set_text(out, expr);                                                   \
    }
#define NUMBER(name, expr)                                                     \
    static void name(ecl_view_t *v, long long i, ecl_value_t *out)             \
    {                                                                          \
        set_number(out, expr);                                                 \
    }

/* -- owner ----------------------------------------------------------------- */

TEXT(cause_title, v->pb->cause_title)
TEXT(cause_text, v->pb->cause_text)
TEXT(confidence, v->pb->confidence)
TEXT(who, v->pb->who)

TEXT(confidence_text, ecl_render_token(v->pb, "confidence_", v->pb->confidence))
TEXT(who_text, ecl_render_token(v->pb, "who_", v->pb->who))

/* The i-th fact that is known. */
static int nth_fact(const ecl_facts_t *facts, long long i)
{
    int f = 0;

    for (; facts && f < ECL_FACT_COUNT; f++) {
        if (facts->v[f] && i-- == 0) {
            break;
        }
    }
    return f;
}

TEXT(fact_name, ecl_fact_name(nth_fact(v->pb->facts, i)))
TEXT(fact_value, v->pb->facts->v[nth_fact(v->pb->facts, i)])

static const name_t fact[] = { { "name", fact_name }, { "value", fact_value } };
MEMBER(fact)

static void fact_item(void *v, long long i, ecl_value_t *out)
{
    set_object(out, v, fact_member, i);
}

static void facts(ecl_view_t *v, long long i, ecl_value_t *out)
{
    int n = 0;

    for (int f = 0; v->pb->facts && f < ECL_FACT_COUNT; f++) {
        n += v->pb->facts->v[f] != NULL;
    }
    set_list(out, v, fact_item, n);
}

static void hint_item(void *vv, long long i, ecl_value_t *out)
{
    ecl_view_t *v = vv;

    set_text(out, v->pb->hints[i]);
}

static void hints(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, hint_item, v->pb->nhints);
}

TEXT(owner_lang, v->pb->owner_lang)

TEXT(change_line, v->pb->changes_lines[i])
TEXT(change_path, v->pb->changes[i].path)
TEXT(change_what, v->pb->changes[i].what)

static void change_when(ecl_view_t *v, long long i, ecl_value_t *out)
{
    char *time = apr_palloc(v->p, ECL_TIME_MAX);

    ecl_incident_time(time, v->pb->changes[i].time, 0);
    set_text(out, time);
}

static const name_t change[] = {
    { "line", change_line },
    { "path", change_path },
    { "what", change_what },
    { "when", change_when },
};
MEMBER(change)

static void change_item(void *v, long long i, ecl_value_t *out)
{
    set_object(out, v, change_member, i);
}

static void changes(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, change_item, v->pb->nchanges);
}

static const name_t owner[] = {
    { "cause_text", cause_text },
    { "cause_title", cause_title },
    { "changes", changes },
    { "confidence", confidence },
    { "confidence_text", confidence_text },
    { "facts", facts },
    { "hints", hints },
    { "lang", owner_lang },
    { "who", who },
    { "who_text", who_text },
};
MEMBER(owner)

/* -- operator -------------------------------------------------------------- */

static const ecl_msg_t *msg(const ecl_view_t *v, long long i)
{
    return &v->pb->incident_full->msgs[i];
}

static const char *ah(const ecl_view_t *v, int number)
{
    char *out = apr_palloc(v->p, 16);

    return ecl_render_ah(out, number);
}

TEXT(evidence_code, ah(v, msg(v, i)->ah))
TEXT(evidence_level, ecl_level_name(msg(v, i)->level))
TEXT(evidence_module, msg(v, i)->module)
NUMBER(evidence_os_error, msg(v, i)->os_error)
TEXT(evidence_text, msg(v, i)->text)

/* The message as the other formats for people print it. */
static void evidence_line(ecl_view_t *v, long long i, ecl_value_t *out)
{
    const ecl_msg_t *m = msg(v, i);
    size_t n = strlen(m->text) + (m->module ? strlen(m->module) : 0);
    ecl_buf_t b;

    n = 3 * n + 64; /* a byte that is no text becomes U+FFFD */
    ecl_buf_init(&b, apr_palloc(v->p, n), n);
    ecl_render_message(&b, m, ecl_render_plain_char);
    set_text(out, b.data);
}

static const name_t message[] = {
    { "code", evidence_code },         { "level", evidence_level },
    { "line", evidence_line },         { "module", evidence_module },
    { "os_error", evidence_os_error }, { "text", evidence_text },
};
MEMBER(message)

static void message_item(void *v, long long i, ecl_value_t *out)
{
    set_object(out, v, message_member, i);
}

static void evidence(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, message_item, v->pb->incident_full->nmsgs);
}

TEXT(probe_name, v->pb->incident_full->probes[i].name)
TEXT(probe_value, v->pb->incident_full->probes[i].value)

static const name_t probe[] = { { "name", probe_name },
                                { "value", probe_value } };
MEMBER(probe)

static void probe_item(void *v, long long i, ecl_value_t *out)
{
    set_object(out, v, probe_member, i);
}

static void probes(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, probe_item, v->pb->incident_full->nprobes);
}

static const ecl_alternative_t *other(const ecl_view_t *v, long long i)
{
    return &v->pb->incident_full->verdict.alternatives[i];
}

TEXT(alternative_code, other(v, i)->cause->slug)
TEXT(alternative_confidence, ecl_confidence_name(other(v, i)->confidence))

TEXT(alternative_confidence_text,
     ecl_render_token(v->pb, "confidence_",
                      ecl_confidence_name(other(v, i)->confidence)))

static const name_t alternative[] = {
    { "code", alternative_code },
    { "confidence", alternative_confidence },
    { "confidence_text", alternative_confidence_text },
};
MEMBER(alternative)

static void alternative_item(void *v, long long i, ecl_value_t *out)
{
    set_object(out, v, alternative_member, i);
}

static void alternatives(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, alternative_item,
             v->pb->incident_full->verdict.nalternatives);
}

static void dropped(ecl_view_t *v, long long i, ecl_value_t *out)
{
    unsigned n = v->pb->incident_full->dropped;
    const char *text = ecl_render_word(v->pb, ECL_WORD_DROPPED);

    set_text(out,
             n ? ecl_render_count(apr_palloc(v->p, 256), 256, text, n) : NULL);
}

static const name_t operator[] = {
    { "alternatives", alternatives },
    { "dropped", dropped },
    { "evidence", evidence },
    { "probes", probes },
};
MEMBER(operator)

/* -- the problem ----------------------------------------------------------- */

TEXT(type, v->pb->type)
TEXT(title, v->pb->title)
NUMBER(status, v->pb->status)
TEXT(detail, v->pb->detail)
TEXT(instance, v->pb->instance)
TEXT(incident, v->pb->incident)
TEXT(code, v->pb->code)
NUMBER(retry_after, v->pb->retry_after)
TEXT(retry, ecl_render_retry(apr_palloc(v->p, 256), 256, v->pb))
TEXT(timestamp, v->pb->timestamp)

/* The same for people: "2026-07-01 12:00:00 UTC". */
TEXT(time, apr_psprintf(v->p, "%.10s %.8s UTC", v->pb->timestamp,
                        v->pb->timestamp + 11))
TEXT(contact, v->pb->contact)
TEXT(contact_href, ecl_contact_href(v->pb, v->p))
TEXT(contact_text, ecl_contact_text(v->pb, v->p))
TEXT(lang, v->pb->lang)
TEXT(title_lang, v->pb->title_lang)
TEXT(detail_lang, v->pb->detail_lang)
TEXT(dir, ecl_messages_rtl(v->pb->messages, v->pb->lang) ? "rtl" : "ltr")
TEXT(format, ecl_format_name(v->format))

static void retryable(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_bool(out, v->pb->retry == ECL_RETRY_YES);
}

static void permanent(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_bool(out, v->pb->retry == ECL_RETRY_NO);
}

static void advice_item(void *vv, long long i, ecl_value_t *out)
{
    ecl_view_t *v = vv;

    set_text(out, v->pb->advice[i]);
}

static void advice(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_list(out, v, advice_item, v->pb->nadvice);
}

static void word_member(void *vv, long long i, const char *name, size_t n,
                        ecl_value_t *out)
{
    ecl_view_t *v = vv;
    ecl_word_e w = ecl_word_by_name(name, n);

    if (w != ECL_WORD_COUNT) {
        set_text(out, ecl_render_word(v->pb, w));
    }
}

static void words(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_object(out, v, word_member, 0);
}

static void owner_object(ecl_view_t *v, long long i, ecl_value_t *out)
{
    if (v->pb->cause_title) {
        set_object(out, v, owner_member, 0);
    }
}

static void operator_object(ecl_view_t *v, long long i, ecl_value_t *out)
{
    if (v->pb->incident_full) {
        set_object(out, v, operator_member, 0);
    }
}

/* The problem as JSON for use inside another text: what HTML and XML would
 * take as theirs is escaped (HTML 4.12.1.3), so that it is safe in both. */
static const char *embedded_json(ecl_view_t *v)
{
    static const char special[] = "<>&";
    char *mem = apr_palloc(v->p, ECL_BODY_MAX / 4);
    ecl_buf_t json, b;
    size_t n = 0;

    ecl_buf_init(&json, mem, ECL_BODY_MAX / 4);
    ecl_render_json(&json, v->pb);
    while (json.len && json.data[json.len - 1] == '\n') {
        ecl_buf_rewind(&json, json.len - 1);
    }
    for (const char *s = strpbrk(mem, special); s;
         s = strpbrk(s + 1, special)) {
        n++;
    }
    n = json.len + 5 * n + 1;
    ecl_buf_init(&b, apr_palloc(v->p, n), n);
    for (const char *s = mem; *s; s += n) {
        if (strchr(special, *s)) {
            ecl_buf_printf(&b, "\\u%04x", *s);
            n = 1;
        }
        else {
            n = strcspn(s, special);
            ecl_buf_add(&b, s, n);
        }
    }
    return b.data;
}

static void json(ecl_view_t *v, long long i, ecl_value_t *out)
{
    v->json = v->json ? v->json : embedded_json(v);
    set_text(out, v->json);
    out->safe = 1;
}

static void style(ecl_view_t *v, long long i, ecl_value_t *out)
{
    set_text(out, v->style);
    out->safe = 1;
}

static const name_t root[] = {
    { "advice", advice },
    { "code", code },
    { "contact", contact },
    { "contact_href", contact_href },
    { "contact_text", contact_text },
    { "detail", detail },
    { "detail_lang", detail_lang },
    { "dir", dir },
    { "format", format },
    { "incident", incident },
    { "instance", instance },
    { "json", json },
    { "lang", lang },
    { "operator", operator_object },
    { "owner", owner_object },
    { "permanent", permanent },
    { "retry", retry },
    { "retry_after", retry_after },
    { "retryable", retryable },
    { "status", status },
    { "style", style },
    { "time", time },
    { "timestamp", timestamp },
    { "title", title },
    { "title_lang", title_lang },
    { "type", type },
    { "words", words },
};
MEMBER(root)

void ecl_view_init(ecl_view_t *v, const ecl_problem_t *pb, ecl_format_e format,
                   const char *style, apr_pool_t *p)
{
    memset(v, 0, sizeof(*v));
    v->pb = pb;
    v->format = format;
    v->style = style;
    v->p = p;
}

ecl_value_t ecl_view_root(ecl_view_t *v)
{
    ecl_value_t root_value = { 0 };

    set_object(&root_value, v, root_member, 0);
    return root_value;
}
