/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_logline.c - read a line of an Apache error_log back into a message.
 *
 * A prefix is a run of "[...]" groups, source positions and errno texts, each
 * at most once: a group of a kind seen before is the message's own
 * ("[client x] [client x] ModSecurity: ..."). Does not join lines to requests.
 * Sources: httpd server/log.c (log_* items, default formats), 2.2 and 1.3
 * main/http_log.c. */
#include "ecl_logline.h"

#include "ecl_buf.h"
#include "ecl_logtime.h"
#include "ecl_oserror.h"
#include "ecl_span.h"
#include "ecl_text.h"

/* What has been seen of a prefix. */
enum {
    SEEN_TIME = 1,
    SEEN_LEVEL = 2,
    SEEN_PID = 4,
    SEEN_CLIENT = 8,
    SEEN_ID = 16,
    SEEN_SOURCE = 32,
    SEEN_ERRNO = 64,
    SEEN_OTHER = 128
};

typedef struct reader_t {
    ecl_loghead_t *out;
    ecl_span_t rest;
    unsigned seen;
} reader_t;

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_blanks(reader_t *r)
{
    while (r->rest.n && r->rest.p[0] == ' ') {
        r->rest = ecl_span_from(r->rest, 1);
    }
}

/* -- groups -- */

static int mark(reader_t *r, unsigned kind)
{
    if (r->seen & kind) {
        return 0;
    }
    r->seen |= kind;
    return 1;
}

/* "error", "proxy:error", ":error" */
static int read_level(reader_t *r, ecl_span_t s)
{
    const char *colon = memchr(s.p, ':', s.n);
    ecl_span_t name = s, module = { s.p, 0 };
    int level;

    if (colon) {
        module.n = (size_t)(colon - s.p);
        name = ecl_span_from(s, module.n + 1);
    }
    if (memchr(module.p, ' ', module.n) || module.n > 64) {
        return 0;
    }
    /* httpd writes lower case; "ERROR" is an application's. */
    if (!name.n || !islower((unsigned char)name.p[0])) {
        return 0;
    }
    level = ecl_level_by_name(name.p, name.n);
    if (level == ECL_LEVEL_UNKNOWN || !mark(r, SEEN_LEVEL)) {
        return 0;
    }
    r->out->level = level;
    r->out->module = module;
    return 1;
}

/* "pid 1:tid 2", "pid: 1", "tid: 2", "pid*****" */
static int read_pid(reader_t *r, ecl_span_t s)
{
    size_t i, used;
    long tid;

    if (!ecl_span_starts(s, "pid") && !ecl_span_starts(s, "tid")) {
        return 0;
    }
    tid = ecl_span_find(s, "tid");
    for (i = 3; i < s.n && (s.p[i] == ' ' || s.p[i] == ':'); i++) {
    }
    if (i == 3 && i < s.n && s.p[i] != '*') {
        return 0;
    }
    if (s.p[0] == 'p') {
        r->out->pid = (long)ecl_span_number(ecl_span_from(s, i), &used);
    }
    if (tid >= 0) {
        for (i = (size_t)tid + 3; i < s.n && !is_digit(s.p[i]); i++) {
        }
        r->out->tid =
            (unsigned long long)ecl_span_number(ecl_span_from(s, i), &used);
    }
    r->seen |= SEEN_PID;
    return 1;
}

static int read_client(reader_t *r, ecl_span_t s)
{
    static const char *const names[] = { "client ", "remote ", "client_id: " };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ecl_span_starts(s, names[i]) && mark(r, SEEN_CLIENT)) {
            s = ecl_span_from(s, strlen(names[i]));
            r->out->client = s.n < 256 ? s : ecl_span(s.p, 0);
            return 1;
        }
    }
    return 0;
}

static int read_time(reader_t *r, ecl_span_t s)
{
    apr_time_t t = 0;
    size_t n = ecl_logtime_ctime(s, &t);

    if (!n) {
        n = ecl_logtime_iso(s, &t);
    }
    if (n == 0 || n != s.n || !mark(r, SEEN_TIME)) {
        return 0;
    }
    r->out->time = t;
    return 1;
}

/* A request's id: httpd's own (11 characters of base64) or mod_unique_id's (24
 * and more), or whatever a format labels so. A word of the message that stands
 * in brackets is shorter, or has no digit or capital. */
static int read_id(reader_t *r, ecl_span_t s)
{
    static const char *const names[] = { "R:",   "unique_id ", "request_id ",
                                         "id: ", "rid ",       "ID " };
    int capital = 0, digit = 0, labelled = 0;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]) && !labelled; i++) {
        if (ecl_span_starts(s, names[i])) {
            s = ecl_span_from(s, strlen(names[i]));
            labelled = 1;
        }
    }
    for (i = 0; i < s.n; i++) {
        capital |= isupper((unsigned char)s.p[i]);
        digit |= is_digit(s.p[i]);
        if (!isalnum((unsigned char)s.p[i]) && !strchr("@_-+/=", s.p[i])) {
            return 0;
        }
    }
    if ((!labelled && (s.n < 11 || !capital || !digit)) || !s.n || s.n > 128
        || !mark(r, SEEN_ID)) {
        return 0;
    }
    r->out->log_id = s;
    return 1;
}

/* Items that formats print and that tell nothing here: virtual host, host,
 * connection id; Oracle's "OHS", "ERROR:32", "AH00957", "proxy". */
static int read_other(reader_t *r, ecl_span_t s)
{
    static const char *const names[] = {
        "vhost", "host", "C:", "user:", "VirtualHost", "server ", "local "
    };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ecl_span_starts(s, names[i])) {
            return 1;
        }
    }
    if (ecl_span_is(s, "OHS")) {
        return mark(r, SEEN_OTHER);
    }
    if (!(r->seen & SEEN_OTHER)) {
        return 0;
    }
    if (ecl_span_starts(s, "ERROR:")) {
        r->out->level = ECL_LEVEL_ERROR;
        return mark(r, SEEN_LEVEL);
    }
    if (!ecl_span_like(s, "AH00000") && !memchr(s.p, ' ', s.n)
        && !r->out->module.n) {
        r->out->module = s;
        return 1;
    }
    return ecl_span_like(s, "AH00000");
}

static int read_group(reader_t *r, ecl_span_t s)
{
    return read_time(r, s) || read_level(r, s) || read_pid(r, s)
           || read_client(r, s) || read_other(r, s)
           || (r->seen && read_id(r, s));
}

/* A group whose bracket was lost: "[client 192.0.2.1 text", "[notice pid:1 ".
 * Its first words must be a group by themselves. */
static int read_open_group(reader_t *r)
{
    ecl_span_t s = ecl_span_from(r->rest, 1);
    size_t n =
        ecl_span_starts(s, "client ") || ecl_span_starts(s, "remote ") ? 7 : 0;

    while (n < s.n && s.p[n] != ' ') {
        n++;
    }
    if (n == 0 || n == s.n || memchr(s.p, ']', n)) {
        return 0;
    }
    if (!read_client(r, ecl_span(s.p, n)) && !read_level(r, ecl_span(s.p, n))) {
        return 0;
    }
    r->rest = ecl_span_from(s, n);
    return 1;
}

static int read_bracket(reader_t *r)
{
    ecl_span_t s = r->rest;
    const char *end;
    size_t n;

    if (s.n < 2 || s.p[0] != '[') {
        return 0;
    }
    end = memchr(s.p, ']', s.n);
    /* An IPv6 address may stand in brackets of its own. */
    if (end
        && (ecl_span_starts(s, "[client [")
            || ecl_span_starts(s, "[remote ["))) {
        end = memchr(end + 1, ']', s.n - (size_t)(end + 1 - s.p));
    }
    n = end ? (size_t)(end - s.p) : 0;
    if (end && read_group(r, ecl_span(s.p + 1, n - 1))) {
        r->rest = ecl_span_from(s, n + 1);
        return 1;
    }
    return read_open_group(r);
}

/* "pid:13021 " without brackets */
static int read_bare_pid(reader_t *r)
{
    const char *end = memchr(r->rest.p, ' ', r->rest.n);

    if (!end || !ecl_span_starts(r->rest, "pid:")
        || !read_pid(r, ecl_span(r->rest.p, (size_t)(end - r->rest.p)))) {
        return 0;
    }
    r->rest = ecl_span_from(r->rest, (size_t)(end - r->rest.p));
    return 1;
}

/* "mod_proxy.c(123): ", also in C++ and with the digits masked. */
static int read_source(reader_t *r)
{
    ecl_span_t s = r->rest;
    size_t i = 0;

    while (i < s.n
           && (isalnum((unsigned char)s.p[i]) || strchr("_.-/\\*", s.p[i]))) {
        i++;
    }
    if (i < 3 || i >= s.n || s.p[i] != '(') {
        return 0;
    }
    if (!ecl_span_ends(ecl_span(s.p, i), ".c")
        && !ecl_span_ends(ecl_span(s.p, i), ".cpp")
        && !ecl_span_ends(ecl_span(s.p, i), ".h")) {
        return 0;
    }
    for (i++; i < s.n && (is_digit(s.p[i]) || s.p[i] == '*'); i++) {
    }
    if (!ecl_span_starts(ecl_span_from(s, i), "): ") || !mark(r, SEEN_SOURCE)) {
        return 0;
    }
    r->rest = ecl_span_from(s, i + 3);
    return 1;
}

static int read_errno(reader_t *r)
{
    int os_error;
    size_t n;

    if (r->seen & SEEN_ERRNO) {
        return 0;
    }
    n = ecl_oserror_numbered(r->rest.p, r->rest.n, &os_error);
    if (!n) {
        return 0;
    }
    r->seen |= SEEN_ERRNO;
    r->out->os_error = os_error;
    r->rest = ecl_span_from(r->rest, n);
    return 1;
}

/* "error] [client ::1] text", ":17 2020] [alert] text": the line's beginning
 * was lost somewhere within its first groups. */
static void read_cut_start(reader_t *r)
{
    const char *end = memchr(r->rest.p, ']', r->rest.n < 48 ? r->rest.n : 48);
    ecl_span_t s;
    size_t i;

    if (!end) {
        return;
    }
    s = ecl_span(r->rest.p, (size_t)(end - r->rest.p));
    if (memchr(s.p, '[', s.n)
        || !ecl_span_starts(ecl_span_from(r->rest, s.n), "] ")) {
        return;
    }
    for (i = 0; i < s.n; i++) {
        if (!isalnum((unsigned char)s.p[i]) && !strchr("_:. ", s.p[i])) {
            return;
        }
    }
    if (s.n >= 5 && ecl_span_like(ecl_span_from(s, s.n - 5), " 0000")
        && ecl_span_starts(ecl_span_from(r->rest, s.n), "] [")) {
        r->seen |= SEEN_TIME;
    }
    else if (!read_level(r, s)) {
        return;
    }
    r->rest = ecl_span_from(r->rest, s.n + 1);
}

/* A format without brackets: time, then within three words the level, and
 * perhaps the client. "2026-11-22 14:00:21.18 www.example.com error
 * 198.51.100.23:37929 AH01215: text" */
static void read_bare(reader_t *r)
{
    reader_t trial = *r;
    apr_time_t t = 0;
    size_t n = ecl_logtime_iso(r->rest, &t), i;
    int words;

    if (!n) {
        n = ecl_logtime_ctime(r->rest, &t);
    }
    if (!n) {
        return;
    }
    trial.rest = ecl_span_from(r->rest, n);
    for (words = 0; words < 3 && !(trial.seen & SEEN_LEVEL); words++) {
        skip_blanks(&trial);
        for (i = 0; i < trial.rest.n && trial.rest.p[i] != ' '; i++) {
        }
        read_level(&trial, ecl_span(trial.rest.p, i));
        trial.rest = ecl_span_from(trial.rest, i);
    }
    if (!(trial.seen & SEEN_LEVEL)) {
        return;
    }
    trial.out->time = t;
    trial.seen |= SEEN_TIME;
    skip_blanks(&trial);
    for (i = 0; i < trial.rest.n && trial.rest.p[i] != ' '; i++) {
        if (!isxdigit((unsigned char)trial.rest.p[i])
            && !strchr(".:[]", trial.rest.p[i])) {
            i = 0;
            break;
        }
    }
    if (i > 6 && i < trial.rest.n && trial.rest.p[i - 1] != ':') {
        trial.out->client = ecl_span(trial.rest.p, i);
        trial.seen |= SEEN_CLIENT;
        trial.rest = ecl_span_from(trial.rest, i);
    }
    *r = trial;
}

static void read_prefix(reader_t *r)
{
    ecl_span_t start = r->rest;

    if (r->rest.n && r->rest.p[0] != '[') {
        read_cut_start(r);
        if (!r->seen) {
            read_bare(r);
        }
    }
    for (;;) {
        ecl_span_t here = r->rest;

        skip_blanks(r);
        if (read_bracket(r) || read_errno(r)) {
            continue;
        }
        if (r->seen && (read_source(r) || read_bare_pid(r))) {
            continue;
        }
        /* One blank is httpd's; more are the message's (a trace's frame). */
        r->rest = here;
        if (r->seen && here.n && here.p[0] == ' ') {
            r->rest = ecl_span_from(here, 1);
        }
        break;
    }
    r->out->has_prefix = (r->seen & (SEEN_LEVEL | SEEN_CLIENT | SEEN_PID)) != 0;
    /* A time alone is some program's own log line. */
    if (!r->out->has_prefix && !(r->seen & SEEN_ERRNO)) {
        r->rest = start;
    }
}

/* -- the message -- */

/* Where ", referer: " last begins, or -1. */
static long find_referer(ecl_span_t s)
{
    static const char mark_text[] = ", referer: ";
    const char *comma;

    while ((comma = memrchr(s.p, ',', s.n))) {
        size_t at = (size_t)(comma - s.p);

        if (ecl_span_starts(ecl_span_from(s, at), mark_text)) {
            return (long)at;
        }
        /* The mark itself has one comma: what lies behind is shorter. */
        s.n = at;
    }
    return -1;
}

/* Python on Windows ends its lines in \r\n: httpd escapes the \r, which is no
 * part of the message. */
static size_t without_cr(ecl_span_t s)
{
    while (ecl_span_ends(s, "\\r") && (s.n < 3 || s.p[s.n - 3] != '\\')) {
        s.n -= 2;
    }
    return s.n;
}

static void read_message(reader_t *r)
{
    ecl_loghead_t *out = r->out;
    ecl_span_t rest;
    size_t used;
    long referer;

    if (!out->os_error) {
        used = ecl_oserror_worded(r->rest.p, r->rest.n, &out->os_error);
        r->rest = ecl_span_from(r->rest, used);
    }
    rest = r->rest;
    while (rest.n && rest.p[0] == ' ') {
        rest = ecl_span_from(rest, 1);
    }
    if (ecl_span_like(rest, "AH00000: ")) {
        out->ah = (int)ecl_span_number(ecl_span(rest.p + 2, 5), &used);
        r->rest = ecl_span_from(rest, 9);
    }
    referer = find_referer(r->rest);
    if (referer >= 0) {
        out->referer = ecl_span_from(r->rest, (size_t)referer + 11);
        r->rest.n = (size_t)referer;
    }
    r->rest.n = without_cr(r->rest);
    out->text = r->rest;
}

void ecl_logline_read(ecl_loghead_t *out, const char *line, size_t n)
{
    reader_t r = { .out = out, .rest = { line, n } };

    memset(out, 0, sizeof(*out));
    out->level = ECL_LEVEL_UNKNOWN;
    while (r.rest.n
           && (line[r.rest.n - 1] == '\n' || line[r.rest.n - 1] == '\r')) {
        r.rest.n--;
    }
    if (r.rest.n && r.rest.p[0] != '[') {
        r.rest = ecl_span_from(r.rest, ecl_logtime_transport(r.rest));
    }
    read_prefix(&r);
    read_message(&r);
}

void ecl_logline_message(ecl_loghead_t *out, ecl_span_t text)
{
    reader_t r = { .out = out, .rest = text };

    read_message(&r);
}

/* -- clean copies -- */

/* httpd doubles backslashes. Where a drive's path has single ones, the text
 * never went through its escaping (PHP's own log on Windows, a paste into a
 * forum), and "\new" is a directory's name. */
static int is_unescaped(ecl_span_t s)
{
    const char *at = s.p, *end = s.p + s.n;

    while ((at = memmem(at, (size_t)(end - at), ":\\", 2))) {
        const char *q = at + 3;

        if (at > s.p && isalpha((unsigned char)at[-1])
            && (at - 1 == s.p || !isalnum((unsigned char)at[-2])) && q < end
            && q[-1] != '\\') {
            while (q < end && !isspace((unsigned char)*q)
                   && !strchr("\"'<>|*?", *q)) {
                if (*q == '.' || *q == '\\') {
                    return 1;
                }
                q++;
            }
        }
        at += 2;
    }
    return 0;
}

char *ecl_logline_clean(ecl_span_t s, size_t *n, apr_pool_t *p)
{
    size_t cap = 3 * s.n + 1;
    char *mem = apr_palloc(p, cap);
    ecl_buf_t b;

    ecl_buf_init(&b, mem, cap);
    if (s.n && memchr(s.p, '\\', s.n) && !is_unescaped(s)) {
        char *raw = apr_palloc(p, s.n);

        s.n = ecl_text_unescape(raw, s.p, s.n);
        s.p = raw;
    }
    ecl_text_clean(&b, s.p, s.n);
    if (n) {
        *n = b.len;
    }
    return mem;
}

static char *keep(ecl_span_t s, apr_pool_t *p)
{
    size_t cap = 3 * s.n + 1;
    ecl_buf_t b;

    if (!s.n) {
        return NULL;
    }
    ecl_buf_init(&b, apr_palloc(p, cap), cap);
    ecl_text_clean(&b, s.p, s.n);
    return b.data;
}

void ecl_logline_parse(ecl_logline_t *out, const char *line, size_t n,
                       apr_pool_t *p)
{
    ecl_loghead_t h;
    const char *module;

    ecl_logline_read(&h, line, n);
    memset(out, 0, sizeof(*out));
    module = keep(h.module, p);
    out->msg.module = module ? module : "";
    out->msg.level = h.level;
    out->msg.ah = h.ah;
    out->msg.os_error = h.os_error;
    out->msg.text = ecl_logline_clean(h.text, &out->msg.len, p);
    out->has_prefix = h.has_prefix;
    out->time = h.time;
    out->pid = h.pid;
    out->tid = h.tid;
    out->client = keep(h.client, p);
    out->log_id = keep(h.log_id, p);
    out->referer = keep(h.referer, p);
}
