/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_contact.c - whom a visitor may turn to, as a link. */
#include "ecl_contact.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "ecl_render.h"

static const char mailto[] = "mailto:";
static const char tel[] = "tel:";
static const char subject[] = "subject=";
static const char body[] = "body=";

/* The longest subject and body, percent-encoded. */
#define MAIL_MAX 2048

static int begins(const char *s, const char *with)
{
    return strncasecmp(s, with, strlen(with)) == 0;
}

/* RFC 3986 2.1: everything but unreserved characters. */
static void percent(ecl_buf_t *b, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];

        if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
            || strchr("-._~", c)) {
            ecl_buf_putc(b, s[i]);
        }
        else {
            ecl_buf_printf(b, "%%%02X", c);
        }
    }
}

/* The value of a field of a mailto URI, or NULL. */
static const char *own(const char *s, const char *field)
{
    const char *q = strchr(s, '?');

    while (q && !begins(q + 1, field)) {
        q = strchr(q + 1, '&');
    }
    return q ? q + 1 + strlen(field) : NULL;
}

/* The begin of a field: what follows is its value. */
static void field(ecl_buf_t *b, const char *name)
{
    ecl_buf_putc(b, strchr(b->data, '?') ? '&' : '?');
    ecl_buf_puts(b, name);
}

static void line(ecl_buf_t *b, const ecl_problem_t *pb, ecl_word_e word,
                 const char *s)
{
    const char *label = ecl_render_word(pb, word);

    percent(b, label, strlen(label));
    percent(b, ": ", 2);
    percent(b, s, strlen(s));
    percent(b, "\r\n", 2); /* RFC 6068 5 */
}

static void put_subject(ecl_buf_t *b, const ecl_problem_t *pb)
{
    static const char name[] = "{reference}";
    const char *words = ecl_render_word(pb, ECL_WORD_SUBJECT);
    const char *at = strstr(words, name);

    field(b, subject);
    percent(b, words, at ? (size_t)(at - words) : strlen(words));
    if (at) {
        percent(b, pb->incident, strlen(pb->incident));
        at += sizeof(name) - 1;
        percent(b, at, strlen(at));
    }
}

/* What the site's owner needs to find the incident; room for the visitor's
 * own words after it. Where the site has words of its own for both fields, its
 * subject gets the reference. */
static const char *mail_href(const ecl_problem_t *pb, apr_pool_t *p)
{
    const char *title = own(pb->contact, subject);
    const char *text = own(pb->contact, body);
    size_t n = strlen(pb->contact) + MAIL_MAX;
    ecl_buf_t b;

    ecl_buf_init(&b, apr_palloc(p, n), n);
    if (title && text) {
        title += strcspn(title, "&");
        ecl_buf_printf(&b, "%.*s%%20%s%s", (int)(title - pb->contact),
                       pb->contact, pb->incident, title);
        return b.truncated ? pb->contact : b.data;
    }
    ecl_buf_puts(&b, pb->contact);
    if (!title) {
        put_subject(&b, pb);
    }
    if (!text) {
        field(&b, body);
        line(&b, pb, ECL_WORD_REFERENCE, pb->incident);
        line(&b, pb, ECL_WORD_TIME, pb->timestamp);
        percent(&b, "\r\n", 2);
    }
    return b.truncated ? pb->contact : b.data;
}

/* RFC 3966: a number with its usual separators, no parameters. */
static int is_phone(const char *s)
{
    const char *number = s + sizeof(tel) - 1;

    return begins(s, tel) && *number
           && !number[strspn(number, "+0123456789-.()")];
}

const char *ecl_contact_href(const ecl_problem_t *pb, apr_pool_t *p)
{
    const char *s = pb->contact;

    if (!s || strpbrk(s, " \t\r\n\"<>")) {
        return NULL;
    }
    if (begins(s, "https://") || begins(s, "http://") || is_phone(s)) {
        return s;
    }
    if (!begins(s, mailto)) {
        return NULL;
    }
    return mail_href(pb, p);
}

const char *ecl_contact_text(const ecl_problem_t *pb, apr_pool_t *p)
{
    const char *s = pb->contact;

    if (s && is_phone(s)) {
        return s + sizeof(tel) - 1;
    }
    if (!s || !begins(s, mailto)) {
        return s;
    }
    s += sizeof(mailto) - 1;
    return apr_pstrmemdup(p, s, strcspn(s, "?"));
}
