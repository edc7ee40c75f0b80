/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_php.c - fatal errors that PHP did not log.
 *
 * Two signs are left of them: with display_errors the message is the end of
 * the page, whose status stays 200; without, the answer is an empty 500, and
 * mod_php lowers the protocol to HTTP/1.0. Only the end of a response is looked
 * at: a healthy page costs the comparison of its last bytes. (main/main.c
 * php_error_cb(), sapi/apache2handler.) */
#include "errclarity.h"
#include "errclarity_php.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"
#include "http_log.h"
#include "http_protocol.h"

#include "errclarity_probe.h"

/* How far before the end of a page its message may begin. */
#define MESSAGE_MAX 8192

/* The names of errors that end a script, as html_errors has them. */
static const char *const names[] = { "Fatal error", "Parse error",
                                     "Recoverable fatal error" };

static int runs_mod_php(const request_rec *r)
{
    return r->handler
           && (!strcmp(r->handler, "application/x-httpd-php")
               || !strcmp(r->handler, "php-script"));
}

/* A handler that may be PHP: mod_php's or a FastCGI backend. */
static int may_be_php(const request_rec *r)
{
    const char *h = r->handler;

    if (!errclarity_php_maybe(r)) {
        return 0;
    }
    if (!strcmp(h, "proxy-server")) { /* ProxyPass */
        return r->filename && !strncmp(r->filename, "proxy:fcgi:", 11);
    }
    return runs_mod_php(r) || (!strncmp(h, "proxy:", 6) && strstr(h, "fcgi:"));
}

/* The text at the end of what a brigade holds so far, where it is at hand.
 * @return its length, 0 none */
static apr_size_t last_text(const apr_bucket_brigade *bb, const char **text)
{
    apr_bucket *b = APR_BRIGADE_LAST(bb);
    apr_size_t n = 0;

    while (b != APR_BRIGADE_SENTINEL(bb) && APR_BUCKET_IS_METADATA(b)) {
        b = APR_BUCKET_PREV(b);
    }
    if (b == APR_BRIGADE_SENTINEL(bb)
        || !(APR_BUCKET_IS_HEAP(b) || APR_BUCKET_IS_TRANSIENT(b)
             || APR_BUCKET_IS_POOL(b) || APR_BUCKET_IS_IMMORTAL(b))
        || apr_bucket_read(b, text, &n, APR_NONBLOCK_READ) != APR_SUCCESS) {
        return 0;
    }
    while (n && apr_isspace((*text)[n - 1])) {
        n--;
    }
    return n;
}

static int ends_with(const char *s, apr_size_t n, const char *end)
{
    apr_size_t len = strlen(end);

    return n >= len && !memcmp(s + n - len, end, len);
}

/* "... on line <b>3</b><br />" or "... on line 3": what PHP's messages end
 * with. */
static int ends_as_message(const char *s, apr_size_t n)
{
    static const char html[] = "</b><br />", place[] = " on line ";

    if (ends_with(s, n, html)) {
        n -= sizeof(html) - 1;
    }
    if (!n || !apr_isdigit(s[n - 1])) {
        return 0;
    }
    while (n && apr_isdigit(s[n - 1])) {
        n--;
    }
    if (ends_with(s, n, "<b>")) {
        n -= 3;
    }
    return ends_with(s, n, place);
}

/* Where in s the last fatal message begins: at its name. NULL: none. */
static const char *message_start(const char *s, apr_size_t n)
{
    const char *found = NULL;
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *at = s, *next;
        apr_size_t len = strlen(names[i]);

        while ((next = memmem(at, (apr_size_t)(s + n - at), names[i], len))) {
            int line = next == s || next[-1] == '\n' || next[-1] == '>';
            const char *after = next + len;
            apr_size_t left = (apr_size_t)(s + n - after);

            if (line
                && ((left > 5 && !memcmp(after, "</b>:", 5))
                    || (left > 1 && *after == ':'))) {
                found = !found || next > found ? next : found;
            }
            at = after;
        }
    }
    return found;
}

/* One character of HTML as PHP writes it (tags b, br, a; htmlspecialchars()).
 * @return bytes it takes; *c: the character, 0 for a tag */
static apr_size_t next_char(const char *s, const char *end, char *c)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = { { "&lt;", '<' },
                     { "&gt;", '>' },
                     { "&quot;", '"' },
                     { "&#039;", '\'' },
                     { "&amp;", '&' } };
    const char *stop;
    apr_size_t i;

    *c = *s;
    if (*s == '<' && end - s > 1 && strchr("/ab", s[1])
        && (stop = memchr(s, '>', (apr_size_t)(end - s)))) {
        *c = '\0';
        return (apr_size_t)(stop + 1 - s);
    }
    for (i = 0; *s == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
        apr_size_t len = strlen(entities[i].name);

        if ((apr_size_t)(end - s) >= len && !memcmp(s, entities[i].name, len)) {
            *c = entities[i].c;
            return len;
        }
    }
    return 1;
}

/* As the error log would have had it. */
static char *plain(const char *s, apr_size_t n, apr_pool_t *p)
{
    static const char prefix[] = "PHP ";
    char *text = apr_palloc(p, sizeof(prefix) + n);
    char *to = text + sizeof(prefix) - 1;
    const char *end = s + n;

    memcpy(text, prefix, sizeof(prefix) - 1);
    while (s < end) {
        char c;

        s += next_char(s, end, &c);
        if (c) {
            *to++ = c;
        }
    }
    *to = '\0';
    return text;
}

/* The fatal message that a brigade ends with, or NULL. @param n  *n: length */
static const char *shown(const request_rec *r, const apr_bucket_brigade *bb,
                         apr_size_t *n)
{
    const char *s, *start;

    if (!may_be_php(r) || !r->content_type
        || strncmp(r->content_type, "text/html", 9) || !(*n = last_text(bb, &s))
        || !ends_as_message(s, *n)) {
        return NULL;
    }
    if (*n > MESSAGE_MAX) {
        s += *n - MESSAGE_MAX;
        *n = MESSAGE_MAX;
    }
    start = message_start(s, *n);
    if (start) {
        *n -= (apr_size_t)(start - s);
    }
    return start;
}

int errclarity_php_shows_fatal(const request_rec *r,
                               const apr_bucket_brigade *bb)
{
    apr_size_t n;

    return shown(r, bb, &n) != NULL;
}

void errclarity_php_take_shown(errclarity_ctx_t *ctx, const request_rec *r,
                               const apr_bucket_brigade *bb)
{
    apr_size_t n;
    const char *s = shown(r, bb, &n);

    if (s && !errclarity_is_fatal(ctx)) {
        errclarity_capture_add(ctx, "php", APLOG_ERR, plain(s, n, r->pool));
    }
}

/* Is it PHP that answers for a FastCGI backend? */
static int is_php(const request_rec *r, const char *script)
{
    const char *by = apr_table_get(r->headers_out, "X-Powered-By");
    apr_size_t n = strlen(script);

    return (by && !strncmp(by, "PHP", 3)) || ends_with(script, n, ".php");
}

/* What PHP did with the script of an empty 500, or NULL. mod_php's own sign is
 * certain; a script behind FastCGI may have meant it, unless something was
 * logged. */
static const char *verb(const errclarity_ctx_t *ctx, const request_rec *r,
                        const char *script)
{
    if (runs_mod_php(r)) {
        return r->proto_num == HTTP_VERSION(1, 0)
                       && !strcmp(r->protocol, "HTTP/1.1")
                   ? "ended"
                   : NULL;
    }
    return !ctx->inc.nmsgs && may_be_php(r) && is_php(r, script)
               ? "may have ended"
               : NULL;
}

int errclarity_php_died(const errclarity_ctx_t *ctx, request_rec *r,
                        ecl_msg_t *m)
{
    const char *script, *did;

    if (ctx->inc.body != ECL_BODY_EMPTY
        || r->status != HTTP_INTERNAL_SERVER_ERROR
        || !(script = errclarity_script(r)) || !(did = verb(ctx, r, script))) {
        return 0;
    }
    m->text = apr_psprintf(r->pool,
                           "PHP %s the script %s by a fatal error that it did "
                           "not log here",
                           did, script);
    m->len = strlen(m->text);
    m->module = "probe";
    m->level = ECL_LEVEL_ERROR;
    return 1;
}
