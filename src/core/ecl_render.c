/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render.c - what the body renderers share: escaping, words, room. */
#include "ecl_render.h"

#include <stdio.h>
#include <string.h>

#include "ecl_text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* U+FFFE and U+FFFF are valid UTF-8 but no XML characters; C1 controls are
 * nobody's text. */
static int is_character(const char *s, size_t k)
{
    const unsigned char *u = (const unsigned char *)s;

    return !(k == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe)
           && !(k == 2 && u[0] == 0xc2 && u[1] < 0xa0);
}

void ecl_render_escape(ecl_buf_t *b, const char *s, ecl_render_escape_fn *fn)
{
    const char *end = s ? s + strlen(s) : NULL;

    while (s < end) {
        unsigned char c = (unsigned char)*s;
        const char *replaced = c < 0x80 ? fn(*s) : NULL;
        size_t k = 1;

        if (replaced) {
            ecl_buf_puts(b, replaced);
        }
        else if (c >= 0x80) {
            k = ecl_text_seq(s, (size_t)(end - s));
            if (k && is_character(s, k)) {
                ecl_buf_add(b, s, k);
            }
            else {
                ecl_buf_puts(b, REPLACEMENT);
                k = k ? k : 1;
            }
        }
        else if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') {
            ecl_buf_putc(b, *s);
        }
        s += k;
    }
}

int ecl_render_keep(ecl_buf_t *b, size_t mark)
{
    if (b->truncated || b->len + ECL_RENDER_CLOSE >= b->cap) {
        ecl_buf_rewind(b, mark);
        return 0;
    }
    return 1;
}

const char *ecl_render_word(const ecl_problem_t *pb, ecl_word_e word)
{
    return ecl_messages_word(pb->messages, pb->lang, word);
}

const char *ecl_render_count(char *out, size_t size, const char *word,
                             long long number)
{
    const char *open = strchr(word, '{');
    const char *close = open ? strchr(open, '}') : NULL;

    if (!close) {
        return word;
    }
    snprintf(out, size, "%.*s%lld%s", (int)(open - word), word, number,
             close + 1);
    return out;
}

const char *ecl_render_retry(char *out, size_t size, const ecl_problem_t *pb)
{
    if (pb->retry_after > 120) {
        return ecl_render_count(out, size,
                                ecl_render_word(pb, ECL_WORD_RETRY_MINUTES),
                                (pb->retry_after + 59) / 60);
    }
    if (pb->retry_after > 0) {
        return ecl_render_count(out, size,
                                ecl_render_word(pb, ECL_WORD_RETRY_AFTER),
                                pb->retry_after);
    }
    if (pb->retry == ECL_RETRY_YES) {
        return ecl_render_word(pb, ECL_WORD_TEMPORARY);
    }
    if (pb->retry == ECL_RETRY_NO && pb->status >= 500) {
        return ecl_render_word(pb, ECL_WORD_PERMANENT);
    }
    return NULL;
}

const char *ecl_render_ah(char out[16], int ah)
{
    if (ah <= 0) {
        return NULL;
    }
    snprintf(out, 16, "AH%05d", ah);
    return out;
}

int ecl_render_is_name(const char *s)
{
    size_t n = s ? strlen(s) : 0;

    return n > 0 && n <= 64 && *s >= 'a' && *s <= 'z'
           && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n;
}
