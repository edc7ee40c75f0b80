/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact.c - find secrets by their shape and mask them.
 *
 * One pass over the text: a table says which bytes may belong to a secret's
 * shape ("=", ":", "(", ...), all others cost one look-up. What a shape is, is
 * in ecl_redact_value.c, _call.c and _token.c. Errs on the side of masking;
 * hosts, paths, users and error texts stay. */
#include "ecl_redact.h"

#include "ecl_redact_scan.h"

#define NAME    (ECL_C_NAME | ECL_C_TOKEN)
#define TRIGGER (NAME | ECL_C_TRIGGER)

const unsigned char ecl_scan_class[256] = {
    ['0' ... '9'] = NAME,
    ['A'] = NAME,
    ['B'] = TRIGGER,
    ['C' ... 'I'] = NAME,
    ['J' ... 'K'] = TRIGGER,
    ['L' ... 'R'] = NAME,
    ['S'] = TRIGGER,
    ['T' ... 'Z'] = NAME,
    ['a'] = NAME,
    ['b'] = TRIGGER,
    ['c' ... 'y'] = NAME,
    ['z'] = TRIGGER,
    ['_'] = TRIGGER,
    ['-'] = TRIGGER,
    ['.'] = TRIGGER,
    ['+'] = ECL_C_TOKEN,
    ['/'] = ECL_C_TOKEN,
    ['='] = ECL_C_TOKEN | ECL_C_TRIGGER,
    [':'] = ECL_C_TRIGGER,
    ['('] = ECL_C_TRIGGER,
    ['>'] = ECL_C_TRIGGER | ECL_C_END,
    [' '] = ECL_C_END,
    ['\t'] = ECL_C_END,
    ['\n'] = ECL_C_END,
    ['\r'] = ECL_C_END,
    [','] = ECL_C_END,
    [';'] = ECL_C_END,
    ['&'] = ECL_C_END,
    [')'] = ECL_C_END,
    [']'] = ECL_C_END,
    ['}'] = ECL_C_END,
    ['<'] = ECL_C_END,
    ['\''] = ECL_C_END,
    ['"'] = ECL_C_END,
};

size_t ecl_scan_hide(ecl_scan_t *sc, size_t from, size_t to)
{
    if (from < sc->done || to <= from) {
        return to;
    }
    ecl_buf_add(sc->dst, sc->s + sc->done, from - sc->done);
    ecl_buf_puts(sc->dst, ECL_REDACTED);
    sc->done = to;
    return to;
}

size_t ecl_scan_quoted(const ecl_scan_t *sc, size_t i, char quote, int escaped)
{
    for (; i < sc->n && sc->s[i] != quote; i++) {
        if (sc->s[i] == '\\') {
            if (escaped && ecl_scan_at(sc, i + 1) == quote) {
                return i;
            }
            i++;
        }
    }
    return i < sc->n ? i : sc->n;
}

static size_t dash(ecl_scan_t *sc, size_t i)
{
    if (ecl_scan_at(sc, i + 1) == '-' && ecl_scan_at(sc, i + 2) == '-') {
        return ecl_scan_pem(sc, i);
    }
    if (i == 0 || ecl_scan_is(sc->s[i - 1], ECL_C_END)
        || ecl_scan_at(sc, i + 1) == '-') {
        return ecl_scan_option(sc, i);
    }
    return ecl_scan_service_key(sc, i);
}

static size_t look(ecl_scan_t *sc, size_t i)
{
    switch (sc->s[i]) {
    case '=':
    case ':':
        return ecl_scan_assignment(sc, i);
    case '(':
        return ecl_scan_call(sc, i);
    case '-':
        return dash(sc, i);
    case 'B':
    case 'b':
        return ecl_scan_scheme(sc, i);
    case '>':
        return ecl_scan_element(sc, i);
    case 'J':
        return ecl_scan_web_token(sc, i);
    default:
        return ecl_scan_service_key(sc, i);
    }
}

void ecl_redact_builtin(ecl_buf_t *dst, const char *s, size_t n)
{
    size_t text = ecl_scan_key_line(s, n);
    ecl_scan_t sc = { dst, s, text, 0, 0, 0 };
    size_t i = 0;

    for (;;) {
        /* Up to the next byte that may mean something, or to the argument. */
        size_t stop = sc.call_to ? sc.call_from : text;

        while (i < stop && !ecl_scan_is(s[i], ECL_C_TRIGGER)) {
            i++;
        }
        if (i < stop) {
            i = look(&sc, i);
        }
        else if (sc.call_to) {
            i = i < sc.call_to ? ecl_scan_hide(&sc, i, sc.call_to) : i;
            sc.call_to = 0;
        }
        else {
            break;
        }
    }
    if (sc.done < text) {
        ecl_buf_add(dst, s + sc.done, text - sc.done);
    }
    if (text < n) {
        ecl_buf_puts(dst, ECL_REDACTED);
    }
}
