/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_unwrap.c - take the wrappers off a gateway's messages.
 *
 * Sources: httpd modules/proxy/mod_proxy_fcgi.c (AH01071), modules/generators/
 * cgi_common.h and mod_cgi.c (AH01215: "stderr from %s: %s", before 2.4.59
 * "%s" alone or "%s: script"); mod_fcgid fcgid_proc_unix.c ("mod_fcgid:
 * stderr: %s"); mod_fastcgi fcgi_protocol.c; Passenger's "App %d output: "; php
 * sapi/fpm/fpm/fpm_stdio.c and main/fastcgi.c ("PHP message: ", glued by "; "
 * since PHP 7.3 or so, by a newline or nothing before). */
#include "ecl_unwrap.h"

#include <apr_strings.h>
#include <apr_tables.h>

#define PHP_MESSAGE "PHP message: "

static void add(apr_array_header_t *parts, const ecl_part_t *like,
                ecl_span_t text)
{
    ecl_part_t *part = apr_array_push(parts);

    *part = *like;
    part->text = text;
}

/* "PHP message: a; PHP message: b". Between two parts stand "; ", a newline,
 * or nothing at all. A text cut off by the gateway may end anywhere. */
static void add_php_messages(apr_array_header_t *parts, ecl_part_t *part,
                             ecl_span_t s)
{
    long at = ecl_span_find(s, PHP_MESSAGE);

    part->boundary = 1;
    if (at > 0 && ecl_span_trim(ecl_span(s.p, (size_t)at)).n) {
        add(parts, part, ecl_span(s.p, (size_t)at));
    }
    while (at >= 0) {
        long next;
        ecl_span_t one;

        s = ecl_span_from(s, (size_t)at + strlen(PHP_MESSAGE));
        next = ecl_span_find(s, PHP_MESSAGE);
        one = ecl_span_trim(next < 0 ? s : ecl_span(s.p, (size_t)next));
        if (next >= 0 && ecl_span_ends(one, ";")) {
            one = ecl_span_trim(ecl_span(one.p, one.n - 1));
        }
        add(parts, part, one);
        at = next;
    }
}

/* "Got error 'PHP message: ...'": the quote at the end may be cut off. */
static void unwrap_fcgi(apr_array_header_t *parts, ecl_part_t *part,
                        ecl_span_t s)
{
    s = ecl_span_trim(s);
    if (ecl_span_ends(s, "'")) {
        s.n--;
    }
    s = ecl_span_trim(s);
    part->wrapper = ECL_WRAPPER_FCGI;
    if (ecl_span_find(s, PHP_MESSAGE) >= 0) {
        add_php_messages(parts, part, s);
    }
    else {
        add(parts, part, s);
    }
}

/* "stderr from /path: line". A path may hold ": "; the script's name cannot be
 * known better than by its first ": ". */
static int unwrap_cgi(apr_array_header_t *parts, ecl_part_t *part, int ah)
{
    ecl_span_t s = part->text;
    long colon;

    part->wrapper = ECL_WRAPPER_CGI;
    if (ecl_span_starts(s, "stderr from ")) {
        s = ecl_span_from(s, 12);
        colon = ecl_span_find(s, ": ");
        if (colon < 0 && ecl_span_ends(s, ":")) {
            colon = (long)s.n - 1; /* an empty line, its blank trimmed */
        }
        if (colon >= 0) {
            part->script = ecl_span(s.p, (size_t)colon);
            s = ecl_span_from(s, (size_t)colon + 1);
            add(parts, part, s.n ? ecl_span_from(s, 1) : s);
            return 1;
        }
    }
    else if (ah == 1215) {
        colon = ecl_span_rfind(s, ": /");
        if (colon >= 0 && !memchr(s.p + colon + 2, ' ', s.n - (size_t)colon - 2)
            && !memchr(s.p + colon + 2, ':', s.n - (size_t)colon - 2)) {
            part->script = ecl_span_from(s, (size_t)colon + 2);
            s.n = (size_t)colon;
        }
        add(parts, part, s);
        return 1;
    }
    part->wrapper = ECL_WRAPPER_NONE;
    return 0;
}

/* "App 206 output: line", "App 206 stderr: line" */
static int unwrap_passenger(apr_array_header_t *parts, ecl_part_t *part)
{
    static const char *const kinds[] = { " output:", " stderr:", " stdout:" };
    ecl_span_t s = part->text;
    size_t used, i;

    if (!ecl_span_starts(s, "App ")) {
        return 0;
    }
    s = ecl_span_from(s, 4);
    ecl_span_number(s, &used);
    s = ecl_span_from(s, used);
    for (i = 0; used && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (ecl_span_starts(s, kinds[i])) {
            s = ecl_span_from(s, strlen(kinds[i]));
            part->wrapper = ECL_WRAPPER_PASSENGER;
            add(parts, part, ecl_span_starts(s, " ") ? ecl_span_from(s, 1) : s);
            return 1;
        }
    }
    return 0;
}

/* `FastCGI: server "/x" stderr: line` */
static int unwrap_fastcgi(apr_array_header_t *parts, ecl_part_t *part)
{
    ecl_span_t s = part->text;
    long end;

    if (!ecl_span_starts(s, "FastCGI: server \"")) {
        return 0;
    }
    s = ecl_span_from(s, 17);
    end = ecl_span_find(s, "\" stderr: ");
    if (end < 0) {
        return 0;
    }
    part->script = ecl_span(s.p, (size_t)end);
    part->wrapper = ECL_WRAPPER_FASTCGI;
    s = ecl_span_from(s, (size_t)end + 10);
    if (ecl_span_starts(s, PHP_MESSAGE)) {
        add_php_messages(parts, part, s);
    }
    else {
        add(parts, part, s);
    }
    return 1;
}

static void unwrap_one(apr_array_header_t *parts, const ecl_msg_t *m, int i)
{
    static const char fcgid[] = "mod_fcgid: stderr: ";
    static const char fcgi[] = "Got error '";
    ecl_part_t part = { .text = { m->text, m->len }, .msg = i };

    if (ecl_span_starts(part.text, fcgi)) {
        unwrap_fcgi(parts, &part, ecl_span_from(part.text, sizeof(fcgi) - 1));
    }
    else if (ecl_span_starts(part.text, fcgid)) {
        part.wrapper = ECL_WRAPPER_FCGID;
        add(parts, &part, ecl_span_from(part.text, sizeof(fcgid) - 1));
    }
    else if (!unwrap_cgi(parts, &part, m->ah) && !unwrap_passenger(parts, &part)
             && !unwrap_fastcgi(parts, &part)) {
        if (ecl_span_starts(part.text, PHP_MESSAGE)) {
            part.wrapper = ECL_WRAPPER_FCGI;
            add_php_messages(parts, &part, part.text);
        }
        else {
            add(parts, &part, part.text);
        }
    }
}

/* "/x: 3:", "/x: line 3:": what a shell writes before it says what went wrong,
 * in a write(2) of its own, so that the gateway may log it as a line. */
static int is_begun(ecl_span_t s)
{
    size_t n;

    s = ecl_span_trim(s);
    if (!ecl_span_ends(s, ":")) {
        return 0;
    }
    for (n = --s.n; s.n && isdigit((unsigned char)s.p[s.n - 1]); s.n--) {
    }
    return s.n < n && (ecl_span_ends(s, ": ") || ecl_span_ends(s, ": line "));
}

/* Put the pieces of a shell's line together again. */
static void join_begun(apr_array_header_t *parts, apr_pool_t *p)
{
    ecl_part_t *part = (ecl_part_t *)(void *)parts->elts;
    int i, n = 0;

    for (i = 0; i < parts->nelts; i++) {
        ecl_part_t *last = n ? &part[n - 1] : NULL;

        if (last && last->wrapper == ECL_WRAPPER_CGI
            && part[i].wrapper == ECL_WRAPPER_CGI
            && last->script.n == part[i].script.n
            && (!last->script.n
                || !memcmp(last->script.p, part[i].script.p, last->script.n))
            && is_begun(last->text)) {
            ecl_span_t begun = ecl_span_trim(last->text);
            const char *whole =
                apr_psprintf(p, "%.*s %.*s", (int)begun.n, begun.p,
                             (int)part[i].text.n, part[i].text.p);

            last->text = ecl_span(whole, strlen(whole));
            continue;
        }
        part[n++] = part[i];
    }
    parts->nelts = n;
}

int ecl_unwrap(const ecl_msg_t *msgs, int nmsgs, ecl_part_t **out,
               apr_pool_t *p)
{
    apr_array_header_t *parts =
        apr_array_make(p, nmsgs > 0 ? nmsgs : 1, sizeof(ecl_part_t));
    int i;

    for (i = 0; i < nmsgs; i++) {
        unwrap_one(parts, &msgs[i], i);
    }
    join_begun(parts, p);
    *out = (ecl_part_t *)(void *)parts->elts;
    return parts->nelts;
}
