/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_buf.h - append to a fixed piece of memory, never past its end.
 *
 * Every text this project builds has a named limit; a full buffer drops the
 * rest and remembers that it did. Nothing here allocates or fails.
 * Threads: a buffer belongs to one thread at a time. */
#ifndef ECL_BUF_H
#define ECL_BUF_H

#include <stdarg.h>
#include <stddef.h>

typedef struct ecl_buf_t {
    char *data;    /* borrowed; always NUL-terminated when cap > 0 */
    size_t cap;    /* bytes of data, the NUL included */
    size_t len;    /* bytes used, the NUL not included */
    int truncated; /* something did not fit */
} ecl_buf_t;

/** Start with an empty text in mem. @param mem borrowed, cap > 0 bytes */
void ecl_buf_init(ecl_buf_t *b, char *mem, size_t cap);

/** Append n bytes, or what fits. */
void ecl_buf_add(ecl_buf_t *b, const char *s, size_t n);

/** Append a NUL-terminated text; NULL counts as empty. */
void ecl_buf_puts(ecl_buf_t *b, const char *s);

static inline void ecl_buf_putc(ecl_buf_t *b, char c)
{
    if (b->len + 1 < b->cap) {
        b->data[b->len++] = c;
        b->data[b->len] = '\0';
    }
    else {
        b->truncated = 1;
    }
}

/** Append formatted text (vsnprintf's rules). */
void ecl_buf_printf(ecl_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/** Cut back to len bytes (no-op when it is shorter) and forget truncation. */
void ecl_buf_rewind(ecl_buf_t *b, size_t len);

#endif
