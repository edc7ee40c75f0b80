/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_scan.h - one pass over a text: what the rooms of ecl_redact*.c
 * share. Internal to them.
 *
 * Each room looks at the text around one byte that may mean something, masks
 * what it finds by ecl_scan_hide() and returns where scanning goes on, which
 * is never before that byte. Every look back or ahead is bounded or consumes
 * what it reads, so time is linear whatever comes in. */
#ifndef ECL_REDACT_SCAN_H
#define ECL_REDACT_SCAN_H

#include <string.h>
#include <strings.h>

#include "ecl_redact.h"
#include "ecl_secret.h"

typedef struct ecl_scan_t {
    ecl_buf_t *dst;
    const char *s;
    size_t n;
    size_t done;               /* s[0..done) is in dst */
    size_t call_from, call_to; /* an argument ahead that is a secret */
} ecl_scan_t;

/** Whether a site's choice, or none, leaves the built-in masks on. */
int ecl_redact_has_builtin(const ecl_redactor_t *r);

/** Append s with what the built-in masks find masked. */
void ecl_redact_builtin(ecl_buf_t *dst, const char *s, size_t n);

/** Classes of bytes. */
enum {
    ECL_C_NAME = 1,    /* a parameter's name */
    ECL_C_TOKEN = 2,   /* base64 and JWT */
    ECL_C_TRIGGER = 4, /* look closer */
    ECL_C_END = 8      /* ends a value without quotes */
};

extern const unsigned char ecl_scan_class[256];

static inline int ecl_scan_is(char c, int class)
{
    return ecl_scan_class[(unsigned char)c] & class;
}

static inline int ecl_scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline int ecl_scan_is_alnum(char c)
{
    return ecl_scan_is(c, ECL_C_NAME) && c != '_' && c != '-' && c != '.';
}

/** The byte at i, or NUL outside of the text. */
static inline char ecl_scan_at(const ecl_scan_t *sc, size_t i)
{
    return i < sc->n ? sc->s[i] : '\0';
}

/** Whether word stands at i, in any case. */
static inline int ecl_scan_starts(const ecl_scan_t *sc, size_t i,
                                  const char *word)
{
    size_t n = strlen(word);

    return i <= sc->n && sc->n - i >= n && strncasecmp(sc->s + i, word, n) == 0;
}

/** Where the run of a class that begins at i ends. */
static inline size_t ecl_scan_run(const ecl_scan_t *sc, size_t i, int class)
{
    while (i < sc->n && ecl_scan_is(sc->s[i], class)) {
        i++;
    }
    return i;
}

/** Where the name that ends before i begins: not before `from`, and at most
 *  ECL_SECRET_NAME bytes back. */
static inline size_t ecl_scan_name(const ecl_scan_t *sc, size_t from, size_t i)
{
    size_t name = i;

    while (name > from && i - name < ECL_SECRET_NAME
           && ecl_scan_is(sc->s[name - 1], ECL_C_NAME)) {
        name--;
    }
    return name;
}

/** Where the quoted text that starts at i (behind its quote) ends.
 *  @param escaped  its quotes are written \" */
size_t ecl_scan_quoted(const ecl_scan_t *sc, size_t i, char quote, int escaped);

/** Mask s[from..to). @return to */
size_t ecl_scan_hide(ecl_scan_t *sc, size_t from, size_t to);

/* -- values of named parameters (ecl_redact_value.c) --
 * i: "=" or ":"; the ">" of "<password>"; the "-" of "--password x" */
size_t ecl_scan_assignment(ecl_scan_t *sc, size_t i);
size_t ecl_scan_element(ecl_scan_t *sc, size_t i);
size_t ecl_scan_option(ecl_scan_t *sc, size_t i);

/* -- arguments of functions in traces (ecl_redact_call.c); i: "(" -- */
size_t ecl_scan_call(ecl_scan_t *sc, size_t i);

/* -- tokens known by their form (ecl_redact_token.c) --
 * i: the byte a prefix is known by; the J of "eyJ"; the B of "Bearer"; the
 * first "-" of a PEM line */
size_t ecl_scan_service_key(ecl_scan_t *sc, size_t i);
size_t ecl_scan_web_token(ecl_scan_t *sc, size_t i);
size_t ecl_scan_scheme(ecl_scan_t *sc, size_t i);
size_t ecl_scan_pem(ecl_scan_t *sc, size_t i);

/** Bytes of a text of one line before the line of a private key that it ends
 *  with, as a program prints it whose every line is a message; n when there
 *  is none. */
size_t ecl_scan_key_line(const char *s, size_t n);

#endif
