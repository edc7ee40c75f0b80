/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_print.h - a diagnosis as text, Markdown or a line of JSON.
 *
 * What is the same for equal messages is made once (ecl_words_t); when and
 * where it happened is added for each request. */
#ifndef ECL_CMD_PRINT_H
#define ECL_CMD_PRINT_H

#include "ecl_classify.h"
#include "ecl_cmd.h"
#include "ecl_cmd_request.h"

typedef struct ecl_print_t {
    ecl_cmd_format_e format;
    int color;  /* terminal escapes in text format */
    int redact; /* mask secrets */
} ecl_print_t;

typedef struct ecl_words_t {
    char *body;       /* malloc'd: a heading line and the rest, or the members
                         of a JSON object; NULL: not made yet */
    size_t head, n;   /* bytes of the heading, of all */
    char problem[17]; /* same problem, same fingerprint */
    int failure;      /* a cause was found */
} ecl_words_t;

/** When and where. */
typedef struct ecl_place_t {
    const char *source; /* name of the input */
    unsigned long long line;
    unsigned messages;
    unsigned long long times;            /* how often, in [first, last] */
    apr_time_t first, last;              /* 0 unknown */
    const char *client, *vhost, *log_id; /* "" unknown */
    long pid;
} ecl_place_t;

/** Fill in body, head and n. @param p  scratch */
void ecl_print_words(ecl_words_t *words, const ecl_print_t *how,
                     const ecl_verdict_t *v, const ecl_msg_t *msgs,
                     apr_pool_t *p);

/** A message's first line, shortened, with what its prefix said. */
const char *ecl_print_message(const ecl_msg_t *m, apr_pool_t *p);

/** Print it. */
void ecl_print_finding(FILE *to, const ecl_print_t *how,
                       const ecl_words_t *words, const ecl_place_t *place);

#endif
