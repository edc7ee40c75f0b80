/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_statement.c - from log messages to what they state.
 *
 * Three steps: messages are unwrapped into parts (one call may carry several
 * parts), parts are cut into lines, and the readers of traces take the lines
 * they know; what they leave of a part is a statement of its own. Does not
 * judge: that is ecl_classify's work. */
#include "ecl_statement.h"

#include <apr_strings.h>

#include "ecl_buf.h"
#include "ecl_oserror.h"
#include "ecl_trace.h"
#include "ecl_unwrap.h"

/* Bytes of frames that a statement keeps. */
#define STACK_MAX 8192

/* The longest message of an exception. */
#define MESSAGE_MAX 8192

typedef struct state_t {
    const ecl_msg_t *msgs;
    ecl_part_t *parts;
    int nparts;
    ecl_span_t *text; /* of each line */
    int *part;        /* each line's part */
    int nlines;
    int run_part; /* a part whose source goes on up to line run_end */
    int run_end;
    ecl_stmt_t *out;
    int nout;
    apr_pool_t *pool;
} state_t;

const char *ecl_lang_name(ecl_lang_e lang)
{
    static const char *const names[] = { "",     "php",  "python",
                                         "perl", "ruby", "node",
                                         "java", "lua",  "shell" };

    return lang >= 0 && lang <= ECL_LANG_SHELL ? names[lang] : "";
}

static void cut_lines(state_t *st)
{
    int i, max = 0;

    for (i = 0; i < st->nparts; i++) {
        const char *p = st->parts[i].text.p, *end = p + st->parts[i].text.n;

        for (max++; (p = memchr(p, '\n', (size_t)(end - p))); p++) {
            max++;
        }
    }
    st->text = apr_palloc(st->pool, (size_t)(max + 1) * sizeof(*st->text));
    st->part = apr_palloc(st->pool, (size_t)(max + 1) * sizeof(*st->part));
    for (i = 0; i < st->nparts; i++) {
        ecl_span_t rest = st->parts[i].text;
        const char *nl;

        do {
            nl = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
            st->text[st->nlines] =
                ecl_span(rest.p, nl ? (size_t)(nl - rest.p) : rest.n);
            st->part[st->nlines++] = i;
            if (nl) {
                rest = ecl_span_from(rest, (size_t)(nl + 1 - rest.p));
            }
        } while (nl);
    }
}

/* Whether two parts come from the same writer, so that a trace may go on from
 * one to the other. */
static int same_source(const state_t *st, int a, int b)
{
    const ecl_part_t *x = &st->parts[a], *y = &st->parts[b];

    return a == b
           || (x->wrapper == y->wrapper
               && ((!x->boundary && !y->boundary)
                   || ecl_span_starts(y->text, "Stack trace:"))
               && !strcmp(st->msgs[x->msg].module, st->msgs[y->msg].module));
}

static const char *keep(const state_t *st, ecl_span_t s)
{
    return s.n ? apr_pstrmemdup(st->pool, s.p, s.n) : NULL;
}

/* The fields every statement has from its first message. */
static ecl_stmt_t *emit(state_t *st, int first, int last, ecl_span_t text)
{
    const ecl_part_t *part = &st->parts[st->part[first]];
    const ecl_msg_t *m = &st->msgs[part->msg];
    ecl_stmt_t *s;

    if (st->nout == ECL_STMT_MAX) {
        /* As evidence does: the first half stays, of the rest the newest. */
        memmove(&st->out[ECL_STMT_MAX / 2], &st->out[ECL_STMT_MAX / 2 + 1],
                (ECL_STMT_MAX / 2 - 1) * sizeof(*s));
        st->nout--;
    }
    s = &st->out[st->nout++];
    memset(s, 0, sizeof(*s));
    s->text = apr_pstrmemdup(st->pool, text.p, text.n);
    s->len = text.n;
    s->module = m->module;
    s->level = m->level;
    s->ah = m->ah;
    s->os_error = m->os_error;
    s->msg = part->msg;
    s->nmsgs = st->parts[st->part[last]].msg - part->msg + 1;
    s->script = keep(st, part->script);
    s->file = s->script;
    s->weight = m->level >= ECL_LEVEL_WARN && !part->wrapper
                    ? ECL_WEIGHT_CONTEXT
                    : ECL_WEIGHT_ERROR;
    if (!s->os_error) {
        /* A script may report as httpd does: "(8)Exec format error: ...". */
        ecl_oserror_numbered(text.p, text.n, &s->os_error);
    }
    return s;
}

static const char *component(const state_t *st, const ecl_trace_t *t)
{
    const char *kind;
    ecl_span_t name = ecl_trace_component(t->own.file, &kind);

    if (!name.n && t->at.file.p != t->own.file.p) {
        name = ecl_trace_component(t->at.file, &kind);
    }
    return name.n ? apr_psprintf(st->pool, "%s:%.*s", kind, (int)name.n, name.p)
                  : NULL;
}

static const char *stack(const state_t *st, int first, const ecl_trace_t *t)
{
    size_t room = 1;
    int i;
    ecl_buf_t b;

    if (!t->nstack) {
        return NULL;
    }
    for (i = 0; i < t->nstack && room < STACK_MAX; i++) {
        room += st->text[first + t->stack + i].n + 1;
    }
    if (room > STACK_MAX) {
        room = STACK_MAX;
    }
    ecl_buf_init(&b, apr_palloc(st->pool, room), room);
    for (i = 0; i < t->nstack && !b.truncated; i++) {
        ecl_span_t s = st->text[first + t->stack + i];

        if (i) {
            ecl_buf_putc(&b, '\n');
        }
        ecl_buf_add(&b, s.p, s.n);
    }
    return b.data;
}

/* Where to look. PHP names one place itself, the one people search for, and
 * one-line reports have no other. Of the others' frames only the site's own
 * are of use: nobody mends a library. */
static ecl_frame_t place(const ecl_trace_t *t)
{
    switch (t->lang) {
    case ECL_LANG_PYTHON:
    case ECL_LANG_RUBY:
    case ECL_LANG_NODE:
    case ECL_LANG_JAVA:
        return t->own;
    case ECL_LANG_NONE:
    case ECL_LANG_PHP:
    case ECL_LANG_PERL:
    case ECL_LANG_LUA:
    case ECL_LANG_SHELL:
        break;
    }
    return t->at;
}

/* "Class: message", with the lines in which the message goes on. */
static ecl_span_t exception_text(const state_t *st, int first,
                                 const ecl_trace_t *t)
{
    const ecl_span_t *rest = &st->text[first + t->rest];
    size_t room = t->exception.n + t->message.n + 3;
    int i, n;
    ecl_buf_t b;

    for (n = 0; n < t->nrest && room + rest[n].n < MESSAGE_MAX; n++) {
        room += rest[n].n + 1;
    }
    ecl_buf_init(&b, apr_palloc(st->pool, room), room);
    ecl_buf_add(&b, t->exception.p, t->exception.n);
    if (t->message.n) {
        ecl_buf_puts(&b, ": ");
        ecl_buf_add(&b, t->message.p, t->message.n);
    }
    for (i = 0; i < n; i++) {
        ecl_buf_putc(&b, '\n');
        ecl_buf_add(&b, rest[i].p, rest[i].n);
    }
    return ecl_span(b.data, b.len);
}

static void emit_trace(state_t *st, int first, int n, const ecl_trace_t *t)
{
    ecl_frame_t at = place(t);
    ecl_span_t text = t->message.n ? t->message : st->text[first];
    ecl_stmt_t *s;

    if (t->exception.n) {
        text = exception_text(st, first, t);
    }
    s = emit(st, first, first + n - 1, text);
    s->lang = t->lang;
    if (t->weight == ECL_WEIGHT_CONTEXT || t->exception.n
        || t->lang == ECL_LANG_PHP) {
        s->weight = t->weight;
    }
    s->exception = keep(st, t->exception);
    if (at.file.n) {
        s->file = keep(st, at.file);
        s->line = at.line;
    }
    s->function = keep(st, at.function);
    s->component = component(st, t);
    s->stack = stack(st, first, t);
}

/* mod_wsgi's "Exception occurred processing WSGI script '/x'.": what follows
 * may be an exception without frames. */
static int wsgi_script(ecl_span_t s, ecl_span_t *script)
{
    static const char words[] = "Exception occurred processing WSGI script '";
    long at = ecl_span_find(s, words);
    long end;

    if (at < 0) {
        return 0;
    }
    s = ecl_span_from(s, (size_t)at + sizeof(words) - 1);
    end = ecl_span_rfind(s, "'");
    *script = ecl_span(s.p, end < 0 ? 0 : (size_t)end);
    return 1;
}

/* mod_wsgi prints an exception without frames as one line. */
static int read_lone(const state_t *st, int i, ecl_trace_t *t)
{
    const ecl_msg_t *m = &st->msgs[st->parts[st->part[i]].msg];
    int named = i > 0 && wsgi_script(st->text[i - 1], &t->own.file);

    return (named || !strcmp(m->module, "wsgi"))
           && ecl_trace_python_lone(st->text[i], t);
}

/* The line where the source of line i ends. Neighbours of one source share
 * their end, so that it is not looked for again and again. */
static int source_end(state_t *st, int i)
{
    int end = i + 1;

    if (i < st->run_end
        && st->parts[st->part[i]].boundary
               == st->parts[st->run_part].boundary) {
        return st->run_end;
    }
    while (end < st->nlines && same_source(st, st->part[i], st->part[end])) {
        end++;
    }
    st->run_part = st->part[i];
    st->run_end = end;
    return end;
}

/* The reader that knows the report at line i, and how many lines it takes. */
static int read_trace(state_t *st, int i, ecl_trace_t *t)
{
    static const ecl_trace_reader_t readers[] = {
        ecl_trace_php,  ecl_trace_python, ecl_trace_java, ecl_trace_node,
        ecl_trace_ruby, ecl_trace_lua,    ecl_trace_perl, ecl_trace_shell,
    };
    int max = source_end(st, i) - i, n;
    size_t r;

    if (max > ECL_TRACE_LINES) {
        max = ECL_TRACE_LINES;
    }
    memset(t, 0, sizeof(*t));
    for (r = 0; r < sizeof(readers) / sizeof(readers[0]); r++) {
        n = readers[r](&st->text[i], max, t);
        if (n > 0) {
            return n;
        }
        memset(t, 0, sizeof(*t));
    }
    return read_lone(st, i, t);
}

/* Lines first..last-1 of one part that no reader knew. */
static void emit_plain(state_t *st, int first, int last)
{
    ecl_span_t text, whole;

    if (first >= last) {
        return;
    }
    text = st->text[first];
    whole = ecl_span(
        text.p, (size_t)(st->text[last - 1].p + st->text[last - 1].n - text.p));
    text = ecl_span_trim(whole);
    if (text.n) {
        emit(st, first, last - 1, text);
    }
}

int ecl_statements(const ecl_msg_t *msgs, int nmsgs, ecl_stmt_t **out,
                   apr_pool_t *p)
{
    state_t st = { .msgs = msgs, .pool = p };
    int i, plain = 0, n;
    ecl_trace_t t;

    st.nparts = ecl_unwrap(msgs, nmsgs, &st.parts, p);
    cut_lines(&st);
    n = st.nlines < ECL_STMT_MAX ? st.nlines : ECL_STMT_MAX;
    st.out = apr_palloc(p, (size_t)n * sizeof(*st.out));
    *out = st.out;
    for (i = 0; i < st.nlines; i += n) {
        if (st.part[plain] != st.part[i]) {
            emit_plain(&st, plain, i);
            plain = i;
        }
        n = read_trace(&st, i, &t);
        if (n) {
            emit_plain(&st, plain, i);
            emit_trace(&st, i, n, &t);
            plain = i + n;
        }
        else {
            n = 1;
        }
    }
    emit_plain(&st, plain, st.nlines);
    return st.nout;
}
