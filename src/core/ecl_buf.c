/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_buf.c - append to a fixed piece of memory, never past its end. */
#include "ecl_buf.h"

#include <stdio.h>
#include <string.h>

void ecl_buf_init(ecl_buf_t *b, char *mem, size_t cap)
{
    b->data = mem;
    b->cap = cap;
    b->len = 0;
    b->truncated = 0;
    mem[0] = '\0';
}

void ecl_buf_add(ecl_buf_t *b, const char *s, size_t n)
{
    size_t room = b->cap - 1 - b->len;

    if (n > room) {
        n = room;
        b->truncated = 1;
    }
    memcpy(b->data + b->len, s, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void ecl_buf_puts(ecl_buf_t *b, const char *s)
{
    if (s) {
        ecl_buf_add(b, s, strlen(s));
    }
}

void ecl_buf_printf(ecl_buf_t *b, const char *fmt, ...)
{
    size_t room = b->cap - b->len;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(b->data + b->len, room, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->data[b->len] = '\0';
    }
    else if ((size_t)n >= room) {
        b->len = b->cap - 1;
        b->truncated = 1;
    }
    else {
        b->len += (size_t)n;
    }
}

void ecl_buf_rewind(ecl_buf_t *b, size_t len)
{
    if (len < b->len) {
        b->len = len;
        b->data[len] = '\0';
    }
    b->truncated = 0;
}
