/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_record_text.c - mask, cut and escape a text for a record. */
#include "ecl_record_text.h"

#include "ecl_redact.h"
#include "ecl_text.h"

size_t ecl_record_cut_at(const char *s, size_t n, size_t max)
{
    size_t k = ecl_text_cut(s, n, max);

    return k + 4 > max || n <= max ? k : max;
}

void ecl_record_mask(ecl_record_t *r, const char *s, size_t n, size_t max)
{
    ecl_buf_rewind(&r->masked, 0);
    ecl_redact(&r->masked, r->inc->redactor, s,
               n < ECL_RECORD_TEXT_MAX ? n : ECL_RECORD_TEXT_MAX);
    if (n > ECL_RECORD_TEXT_MAX || r->masked.len > max) {
        ecl_buf_rewind(&r->masked,
                       ecl_record_cut_at(r->masked.data, r->masked.len, max));
        r->cut = 1;
    }
}

void ecl_record_end_masked(ecl_record_t *r, const char *s, size_t n, size_t max)
{
    ecl_record_mask(r, s, n, max);
    ecl_json_text(&r->j, r->masked.data, r->masked.len);
}

void ecl_record_end_clear(ecl_record_t *r, ecl_span_t s, size_t max)
{
    if (s.n > max) {
        s.n = ecl_record_cut_at(s.p, s.n, max);
        r->cut = 1;
    }
    ecl_json_text(&r->j, s.p, s.n);
}

int ecl_record_fill(ecl_record_t *r, const char *text, ecl_span_t *s)
{
    char mem[ECL_RECORD_TEXT_MAX];
    ecl_buf_t b;

    *s = ecl_span(text, strlen(text));
    if (!memchr(text, '{', s->n)) {
        return 1;
    }
    ecl_buf_init(&b, mem, sizeof(mem));
    if (!ecl_facts_expand(&b, text, &r->inc->verdict.facts)) {
        return 0;
    }
    ecl_record_mask(r, b.data, b.len, ECL_RECORD_TEXT_MAX);
    *s = ecl_span(r->masked.data, r->masked.len);
    return 1;
}
