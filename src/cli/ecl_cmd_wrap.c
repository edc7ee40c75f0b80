/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_wrap.c - put lines together that an editor or a mail wrapped.
 *
 * httpd writes a message in one line, so a prefix without a message, and a
 * message that breaks off at a blank, are traces of a paste. Does not join the
 * lines of a stack trace: those are indented. */
#include "ecl_cmd_wrap.h"

#include <ctype.h>
#include <string.h>

/* httpd's 8 KiB in lines of 72 columns would be 113; posts have less. */
#define LINES_MAX 16

static size_t trimmed(const char *s, size_t n)
{
    while (n && isspace((unsigned char)s[n - 1])) {
        n--;
    }
    return n;
}

static void append(ecl_wrap_t *w, const char *s, size_t n)
{
    size_t room = sizeof(w->text) - w->n;

    n = n > room ? room : n;
    memcpy(w->text + w->n, s, n);
    w->n += n;
}

int ecl_wrap_hold(ecl_wrap_t *w, const ecl_loghead_t *l, const char *line,
                  size_t n)
{
    int bare = !l->text.n && !l->ah && !l->os_error && !l->client.n;

    if (w->n || !l->has_prefix || !n || (!bare && line[n - 1] != ' ')) {
        return 0;
    }
    append(w, line, trimmed(line, n));
    w->lines = 1;
    w->in_sentence = !bare;
    return w->n > 0;
}

int ecl_wrap_join(ecl_wrap_t *w, const ecl_loghead_t *l, const char *line,
                  size_t n)
{
    /* The client may stand behind the break, time and level never do. */
    int starts = l->time || l->level != ECL_LEVEL_UNKNOWN;

    n = trimmed(line, n);
    if (!w->n || starts || !n || isspace((unsigned char)line[0])
        || w->lines >= LINES_MAX
        || (w->in_sentence && !islower((unsigned char)line[0]))) {
        return 0;
    }
    append(w, " ", 1);
    append(w, line, n);
    w->lines++;
    return 1;
}
