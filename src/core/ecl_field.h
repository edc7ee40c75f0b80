/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_field.h - the syntax that HTTP fields share: lists, tokens, quoted
 * strings, weights (RFC 9110 sections 5.6 and 12.4.2).
 *
 * Internal to the readers of fields. All texts are borrowed, bounded by end,
 * and need no NUL. Threads: pure. */
#ifndef ECL_FIELD_H
#define ECL_FIELD_H

#include <stddef.h>

/** No preference of a real client stands behind this many bytes; more is not
 *  read. */
#define ECL_FIELD_MAX 8192

typedef struct ecl_slice_t {
    const char *s;
    size_t n;
} ecl_slice_t;

/** Whether a is b, in any case. */
int ecl_slice_is(ecl_slice_t a, const char *b);

const char *ecl_field_skip_space(const char *s, const char *end);

/** The token at s; empty when there is none. */
ecl_slice_t ecl_field_token(const char *s, const char *end);

/** Past the quoted string that starts at s, or NULL when it never ends. */
const char *ecl_field_skip_quoted(const char *s, const char *end);

/** The comma that ends the list element at s, or end. */
const char *ecl_field_element_end(const char *s, const char *end);

/** "0", "0.5", "1.000" in thousandths, or -1: at most three decimals, <= 1. */
int ecl_field_weight(ecl_slice_t v);

#endif
