/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_mixed.c - one script's lines among those of several.
 *
 * Interpreters write a line at a time. Python's last line of a traceback names
 * no file: it is taken to close the one that is open, unless two are, or one
 * exception too many was seen, which shows that a line went astray.
 * Source: CPython Python/pythonrun.c print_exception(). */
#include "ecl_mixed.h"

static int is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '/';
}

/* Does the line name that very file, not one whose path it is a part of? */
static int names(ecl_span_t line, const char *script)
{
    size_t n = strlen(script);
    long at;

    while ((at = ecl_span_find(line, script)) >= 0) {
        ecl_span_t rest = ecl_span_from(line, (size_t)at + n);
        int begins =
            !at || !(is_name_byte(line.p[at - 1]) || line.p[at - 1] == '.');
        int ends = !rest.n
                   || !(is_name_byte(rest.p[0])
                        || (rest.p[0] == '.' && rest.n > 1
                            && is_name_byte(rest.p[1])));

        if (begins && ends) {
            return 1;
        }
        line = rest;
    }
    return 0;
}

/* "KeyError: 'price'", "requests.exceptions.Timeout": a dotted name whose last
 * part has a capital, then nothing or a colon. */
static int is_exception(ecl_span_t line)
{
    size_t i, last = 0;

    for (i = 0; i < line.n
                && (isalnum((unsigned char)line.p[i]) || line.p[i] == '_'
                    || line.p[i] == '.');
         i++) {
        if (line.p[i] == '.') {
            last = i + 1;
        }
    }
    return i > last && isupper((unsigned char)line.p[last])
           && (i == line.n || line.p[i] == ':');
}

typedef enum kind_e { OTHER, HEAD, FRAME, EXCEPTION } kind_e;

static kind_e kind_of(ecl_span_t line)
{
    if (ecl_span_is(line, "Traceback (most recent call last):")) {
        return HEAD;
    }
    if (ecl_span_starts(line, "  ")) {
        return FRAME;
    }
    return is_exception(line) ? EXCEPTION : OTHER;
}

/* The end of the traceback that begins at lines[0], when it is whole and the
 * script's; else 0. */
static int own_traceback(const ecl_span_t *lines, int n, const char *script)
{
    int own = 0;

    for (int i = 1; i < n; i++) {
        switch (kind_of(lines[i])) {
        case FRAME:
            own |= names(lines[i], script);
            break;
        case EXCEPTION:
            return own ? i + 1 : 0;
        case HEAD:
        case OTHER:
        default:
            return 0;
        }
    }
    return 0;
}

/* Did every exception have a traceback of its own to close? */
static int are_paired(const ecl_span_t *lines, int n)
{
    int open = 0;

    for (int i = 0; i < n; i++) {
        kind_e kind = kind_of(lines[i]);

        if ((kind == HEAD && open) || (kind == EXCEPTION && !open)) {
            return 0;
        }
        open = kind == HEAD || (open && kind != EXCEPTION);
    }
    return 1;
}

int ecl_mixed_pick(ecl_span_t *lines, int n, const char *script)
{
    int paired = are_paired(lines, n), kept = 0, i = 0;

    while (i < n) {
        int end = paired && kind_of(lines[i]) == HEAD
                      ? own_traceback(lines + i, n - i, script)
                      : 0;

        if (end) {
            memmove(lines + kept, lines + i, (size_t)end * sizeof(*lines));
            kept += end;
            i += end;
            continue;
        }
        if (kind_of(lines[i]) != FRAME && names(lines[i], script)) {
            lines[kept++] = lines[i];
        }
        i++;
    }
    return kept;
}
