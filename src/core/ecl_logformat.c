/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logformat.c - read log lines that a site's ErrorLogFormat shaped.
 *
 * httpd drops a whole field when one of its items is empty, so a line is
 * matched by trying each field present, then absent, with a budget. Does not
 * read lines of the once-per-request formats. Sources: httpd server/core.c
 * parse_errorlog_string(), server/log.c do_errorlog_format() and log_*(). */
#include "ecl_logformat.h"

#include <apr_strings.h>
#include <apr_tables.h>

#include "ecl_logtime.h"
#include "ecl_oserror.h"

/* Attempts a line is given: hostile text must not stall the reader. */
#define BUDGET 20000
/* The longest value of a header, note or variable that is looked for. */
#define VALUE_MAX 1024

typedef struct item_t {
    char kind;       /* httpd's letter; 'x' for constant text */
    const char *arg; /* in braces, or the constant text; NULL none */
    size_t n;        /* bytes of a constant */
    int separates;   /* begins a field */
    int hyphen;      /* "-" when empty */
} item_t;

struct ecl_logformat_t {
    apr_array_header_t *items; /* item_t */
};

/* -- compiling -- */

/* Constant text ends where a field may begin: at a blank that is not leading.
 * A backslash takes the next character as it is. */
static const char *read_constant(item_t *it, const char *s, apr_pool_t *p)
{
    char *text = apr_palloc(p, strlen(s) + 1), *d = text;
    int leading = 1;

    for (; *s && *s != '%' && (*s != ' ' || leading); s++) {
        if (*s == '\\' && s[1]) {
            s++;
            *d++ = *s == 'r' ? '\r' : *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
            continue;
        }
        leading &= *s == ' ';
        *d++ = *s;
    }
    *d = '\0';
    it->kind = 'x';
    it->arg = text;
    it->n = (size_t)(d - text);
    return s;
}

/* What follows a "%". @return behind it, or NULL and *error */
static const char *read_directive(item_t *it, const char *s, const char **error,
                                  apr_pool_t *p)
{
    for (; *s; s++) {
        if (*s == '{') {
            const char *end = strchr(s, '}');

            if (!end) {
                break;
            }
            it->arg = apr_pstrmemdup(p, s + 1, (apr_size_t)(end - s - 1));
            s = end;
        }
        else if (*s == '-') {
            it->hyphen = 1;
        }
        else if (*s == '+') {
            *error = "the '+' flag is for once-per-request formats only";
            return NULL;
        }
        else if (*s < '0' || *s > '9') {
            break; /* digits: the level from which on the item is printed */
        }
    }
    if (!*s || *s == '{') {
        *error = "it ends in the middle of an item";
        return NULL;
    }
    if (!strchr("aAeEFiklLmMnPtTvV", *s)) {
        *error = apr_psprintf(p, "%%%c is no item of ErrorLogFormat", *s);
        return NULL;
    }
    it->kind = *s;
    return s + 1;
}

static const char *read_item(item_t *it, const char *s, const char **error,
                             apr_pool_t *p)
{
    while (s[0] == '%' && s[1] == ' ') {
        it->separates = 1;
        s += 2;
    }
    if (*s != '%') {
        it->separates |= *s == ' ';
        return read_constant(it, s, p);
    }
    if (s[1] == '%') {
        it->kind = 'x';
        it->arg = "%";
        it->n = 1;
        return s + 2;
    }
    return read_directive(it, s + 1, error, p);
}

ecl_logformat_t *ecl_logformat_compile(const char *format, const char **error,
                                       apr_pool_t *p)
{
    ecl_logformat_t *f = apr_palloc(p, sizeof(*f));
    int messages = 0;

    f->items = apr_array_make(p, 32, sizeof(item_t));
    while (*format) {
        item_t it = { 0 };

        format = read_item(&it, format, error, p);
        if (!format) {
            return NULL;
        }
        messages += it.kind == 'M';
        APR_ARRAY_PUSH(f->items, item_t) = it;
    }
    if (messages != 1) {
        *error = "%M, the message, must stand in it once";
        return NULL;
    }
    return f;
}

/* -- matching -- */

typedef struct match_t {
    const item_t *items;
    int n;
    ecl_span_t line;
    ecl_loghead_t *out;
    ecl_span_t message;
    int budget;
} match_t;

static size_t run_of(ecl_span_t s, const char *more, int letters)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (!(c >= '0' && c <= '9')
            && !(letters && ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            && !(c && strchr(more, c))) {
            break;
        }
    }
    return i;
}

static size_t read_time(ecl_span_t s, apr_time_t *t)
{
    size_t n = ecl_logtime_ctime(s, t);

    n = n ? n : ecl_logtime_iso(s, t);
    /* %{z}t: " +0100" */
    if (n && ecl_span_from(s, n).n > 5 && s.p[n] == ' '
        && (s.p[n + 1] == '+' || s.p[n + 1] == '-')
        && ecl_span_like(ecl_span_from(s, n + 2), "0000")) {
        n += 6;
    }
    return n;
}

/* "::1:55714", "[::1]:55714", "192.0.2.1:55714" */
static size_t read_address(ecl_span_t s)
{
    size_t n = 0;

    if (s.n && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.n);

        n = end ? (size_t)(end - s.p) + 1 : 0;
    }
    return n + run_of(ecl_span_from(s, n), ":.%_-", 1);
}

static int is_strftime(const item_t *it)
{
    return it->kind == 't' && it->arg && strchr(it->arg, '%');
}

/* Bytes of a value whose end shows by itself; 0 when there is none, -1 when
 * only what follows shows the end. */
static long value_length(const item_t *it, ecl_span_t s)
{
    apr_time_t t;
    size_t n;

    switch (it->kind) {
    case 't':
        return is_strftime(it) ? -1 : (long)read_time(s, &t);
    case 'l':
        n = run_of(s, "", 1);
        return ecl_level_by_name(s.p, n) == ECL_LEVEL_UNKNOWN ? 0 : (long)n;
    case 'P':
    case 'k':
        return (long)run_of(s, "", 0);
    case 'T':
    case 'm':
        return (long)run_of(s, "_-", 1);
    case 'v':
    case 'V':
        return (long)run_of(s, "_-.:*", 1);
    case 'L':
        return (long)run_of(s, "@_-+/=", 1);
    case 'a':
    case 'A':
        return (long)read_address(s);
    case 'F':
        n = run_of(s, "_-./\\", 1);
        if (n && n < s.n && s.p[n] == '(') {
            n += 1 + run_of(ecl_span_from(s, n + 1), "", 0);
            return n < s.n && s.p[n] == ')' ? (long)n + 1 : 0;
        }
        return 0;
    case 'E':
        return s.n && s.p[0] == '(' ? -1 : 0;
    default:
        return -1;
    }
}

static void keep_errno(ecl_loghead_t *out, ecl_span_t v)
{
    char text[320];

    if (v.n + 2 <= sizeof(text)) {
        memcpy(text, v.p, v.n);
        memcpy(text + v.n, ": ", 2);
        ecl_oserror_numbered(text, v.n + 2, &out->os_error);
    }
}

static void keep_value(match_t *m, const item_t *it, ecl_span_t v)
{
    ecl_loghead_t *out = m->out;
    size_t used;

    switch (it->kind) {
    case 't':
        read_time(v, &out->time);
        break;
    case 'l':
        out->level = ecl_level_by_name(v.p, v.n);
        break;
    case 'm':
        out->module = v;
        break;
    case 'P':
        out->pid = (long)ecl_span_number(v, &used);
        break;
    case 'T':
        out->tid = (unsigned long long)ecl_span_number(v, &used);
        break;
    case 'a':
        out->client = v;
        break;
    case 'v':
    case 'V':
        out->vhost = v;
        break;
    case 'L':
        if (!it->arg) { /* else the connection's */
            out->log_id = v;
        }
        break;
    case 'e':
        if (it->arg && !strcmp(it->arg, "UNIQUE_ID")) {
            out->log_id = v;
        }
        break;
    case 'E':
        keep_errno(out, v);
        break;
    case 'M':
        m->message = v;
        break;
    default:
        break;
    }
}

static int match_item(match_t *m, int i, size_t at);

/* At the beginning of a field, which may be missing. */
static int match_field(match_t *m, int i, size_t at)
{
    int has_message = 0;

    if (i == m->n) {
        return at == m->line.n;
    }
    if (match_item(m, i, at)) {
        return 1;
    }
    do {
        has_message |= m->items[i].kind == 'M';
        i++;
    } while (i < m->n && !m->items[i].separates);
    return !has_message && match_field(m, i, at);
}

static int match_rest(match_t *m, int i, size_t at)
{
    if (i == m->n || m->items[i].separates) {
        return match_field(m, i, at);
    }
    return match_item(m, i, at);
}

/* The longest message that what follows leaves; a field that may follow is
 * rather there than not. */
static int match_message(match_t *m, int i, size_t at)
{
    size_t n;

    for (n = m->line.n - at + 1; n-- > 0 && m->budget > 0;) {
        if (match_item(m, i + 1, at + n)) {
            keep_value(m, &m->items[i], ecl_span(m->line.p + at, n));
            return 1;
        }
    }
    if (m->items[i + 1].separates && match_rest(m, i + 1, m->line.n)) {
        keep_value(m, &m->items[i], ecl_span(m->line.p + at, m->line.n - at));
        return 1;
    }
    return 0;
}

/* A value that only what follows ends: the shortest that fits. */
static int match_open(match_t *m, int i, size_t at)
{
    const item_t *it = &m->items[i];
    size_t left = m->line.n - at, n;

    if (i + 1 == m->n) {
        keep_value(m, it, ecl_span(m->line.p + at, left));
        return left > 0 || it->kind == 'M';
    }
    if (it->kind == 'M') {
        return match_message(m, i, at);
    }
    for (n = 1; n <= left && n <= VALUE_MAX && m->budget > 0; n++) {
        if (match_rest(m, i + 1, at + n)) {
            keep_value(m, it, ecl_span(m->line.p + at, n));
            return 1;
        }
    }
    return 0;
}

static int match_item(match_t *m, int i, size_t at)
{
    const item_t *it = &m->items[i];
    ecl_span_t s = ecl_span_from(m->line, at);
    long n;

    if (--m->budget < 0) {
        return 0;
    }
    if (it->kind == 'x') {
        return it->n <= s.n && !memcmp(s.p, it->arg, it->n)
               && match_rest(m, i + 1, at + it->n);
    }
    if (it->hyphen && s.n && s.p[0] == '-' && match_rest(m, i + 1, at + 1)) {
        return 1;
    }
    n = value_length(it, s);
    if (n < 0) {
        return match_open(m, i, at);
    }
    if (n == 0 || !match_rest(m, i + 1, at + (size_t)n)) {
        return 0;
    }
    keep_value(m, it, ecl_span(s.p, (size_t)n));
    return 1;
}

int ecl_logformat_read(const ecl_logformat_t *f, ecl_loghead_t *out,
                       const char *line, size_t n)
{
    match_t m = { .items = (const item_t *)f->items->elts,
                  .n = f->items->nelts,
                  .out = out,
                  .budget = BUDGET };

    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) {
        n--;
    }
    memset(out, 0, sizeof(*out));
    out->level = ECL_LEVEL_UNKNOWN;
    m.line = ecl_span(line, n);
    if (!match_field(&m, 0, 0)) {
        return 0;
    }
    /* A format of %M alone, or all fields missing: nothing is known. */
    out->has_prefix = out->level >= 0 || out->client.n || out->pid || out->time;
    ecl_logline_message(out, m.message);
    return out->has_prefix;
}
