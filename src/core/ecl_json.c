/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_json.c - write JSON (RFC 8259) into a bounded buffer.
 *
 * Nearly all text is plain ASCII: such runs are found by one table look-up a
 * byte and copied whole. Does not keep a full buffer valid: the caller looks
 * at truncated, rewinds and says less. */
#include "ecl_json.h"

#include <stdint.h>
#include <string.h>

#include "ecl_text.h"

/* What stands in a JSON string as it is: printable ASCII but " and \. */
static const unsigned char plain[256] = {
    [0x20 ... 0x21] = 1,
    [0x23 ... 0x5b] = 1,
    [0x5d ... 0x7e] = 1,
};

void ecl_json_init(ecl_json_t *j, ecl_buf_t *out)
{
    j->out = out;
    j->comma = 0;
}

void ecl_json_end_object(ecl_json_t *j)
{
    ecl_buf_putc(j->out, '}');
    j->comma = 1;
}

void ecl_json_end_array(ecl_json_t *j)
{
    ecl_buf_putc(j->out, ']');
    j->comma = 1;
}

/* The letter after the backslash, or 0 when c needs none. Clean text has no
 * other control characters. */
static char letter_of(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\n':
        return 'n';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

/* Escape the clean text that stands at the buffer's end, where it is: from
 * its last byte to its first, so that nothing is overwritten unread. */
static void escape_tail(ecl_buf_t *b, size_t mark)
{
    size_t from = b->len;
    size_t to = b->len;

    for (size_t i = mark; i < b->len; i++) {
        to += letter_of(b->data[i]) != 0;
    }
    if (to > b->cap - 1) {
        ecl_buf_rewind(b, mark);
        b->truncated = 1;
        return;
    }
    b->len = to;
    b->data[to] = '\0';
    while (to > from) {
        char c = b->data[--from];
        char letter = letter_of(c);

        b->data[--to] = letter ? letter : c;
        if (letter) {
            b->data[--to] = '\\';
        }
    }
}

/* Whether a character that is no control character starts at s. */
static size_t clean_seq(const char *s, size_t n)
{
    size_t k = (unsigned char)*s >= 0xc2 ? ecl_text_seq(s, n) : 0;
    int c1 =
        k == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;

    return c1 ? 0 : k;
}

#define ONES 0x0101010101010101ULL
#define TOPS (ONES * 0x80)

/* TOPS has none of these bits when all eight bytes of w are plain: none of
 * them is above 0x7f, none is below 0x20, DEL, a quote or a backslash. */
static inline uint64_t not_plain(uint64_t w)
{
    return w | (w + ONES) | (w - ONES * 0x20) | ((w ^ ONES * '"') - ONES)
           | ((w ^ ONES * '\\') - ONES);
}

/* Copy the word at s to d. @return whether it is plain */
static inline int copy_word(char *d, const char *s)
{
    uint64_t w;

    memcpy(&w, s, sizeof(w));
    memcpy(d, &w, sizeof(w));
    return !(not_plain(w) & TOPS);
}

/* The same for sixteen bytes: signed, all above 0x7f are below 0x20, too. */
static inline int copy_vector(char *d, const char *s)
{
    typedef signed char vector_t __attribute__((vector_size(16)));
    uint64_t halves[2];
    vector_t v;

    memcpy(&v, s, sizeof(v));
    memcpy(d, &v, sizeof(v));
    v = (v < 0x20) | (v == '"') | (v == '\\') | (v == 0x7f);
    memcpy(halves, &v, sizeof(v));
    return !(halves[0] | halves[1]);
}

/* Copy the run of plain characters at s; there is room for all up to end.
 * Words at a time: most texts are one long run. The last word of a text
 * overlaps the one before it.
 * @return where the run ends */
static const char *copy_plain(ecl_buf_t *b, const char *s, const char *end)
{
    char *d = b->data + b->len;

    if (end - s >= 8) {
        while (end - s >= 16 && copy_vector(d, s)) {
            s += 16;
            d += 16;
        }
        while (end - s >= 8 && copy_word(d, s)) {
            s += 8;
            d += 8;
        }
        if (end - s < 8 && copy_word(d + (end - s) - 8, end - 8)) {
            d += end - s;
            s = end;
        }
    }
    while (s < end && plain[(unsigned char)*s]) {
        *d++ = *s++;
    }
    *d = '\0';
    b->len = (size_t)(d - b->data);
    return s;
}

/* The character at s, which is not plain, or the end of the room.
 * @return where the text goes on */
static const char *add_special(ecl_buf_t *b, const char *s, const char *end)
{
    char letter = letter_of(*s);
    size_t k = 1;

    if (letter) {
        char pair[2] = { '\\', letter };

        ecl_buf_add(b, pair, 2);
    }
    else if (plain[(unsigned char)*s]) {
        ecl_buf_putc(b, *s);
    }
    else if ((k = clean_seq(s, (size_t)(end - s))) != 0) {
        ecl_buf_add(b, s, k);
    }
    else {
        /* Hostile bytes: the rest goes the long way. */
        size_t mark = b->len;

        ecl_text_clean(b, s, (size_t)(end - s));
        escape_tail(b, mark);
        return end;
    }
    return s + k;
}

void ecl_json_text(ecl_json_t *j, const char *s, size_t n)
{
    ecl_buf_t *b = j->out;
    const char *end = s + n;

    while (s < end) {
        size_t room = b->cap - 1 - b->len;

        s = copy_plain(b, s, (size_t)(end - s) < room ? end : s + room);
        if (s < end) {
            s = add_special(b, s, end);
        }
    }
    ecl_buf_putc(b, '"');
}

void ecl_json_number(ecl_json_t *j, long long v)
{
    char digits[24];
    char *d = digits + sizeof(digits);
    unsigned long long u =
        v < 0 ? 0ULL - (unsigned long long)v : (unsigned long long)v;

    do {
        *--d = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0) {
        *--d = '-';
    }
    ecl_buf_add(j->out, d, (size_t)(digits + sizeof(digits) - d));
}

void ecl_json_raw(ecl_json_t *j, const char *members, size_t n)
{
    ecl_json_start(j, NULL, 0, '\0');
    ecl_buf_add(j->out, members, n);
}

void ecl_json_bool(ecl_json_t *j, const char *key, int v)
{
    ecl_json_start(j, key, strlen(key), '\0');
    ecl_buf_puts(j->out, v ? "true" : "false");
}

int ecl_json_is_integer(const char *s, long long *v)
{
    const char *d = s + (*s == '-');
    size_t n = 0;

    while (d[n] >= '0' && d[n] <= '9') {
        n++;
    }
    if (n == 0 || n > 15 || d[n] || (*d == '0' && (n > 1 || d > s))) {
        return 0;
    }
    for (*v = 0; *d; d++) {
        *v = *v * 10 + (*d - '0');
    }
    *v = *s == '-' ? -*v : *v;
    return 1;
}
