/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* body_check.h - is a body what its format promises, as far as C can tell
 * without a parser of it? The integration tests have the parsers. */
#ifndef BODY_CHECK_H
#define BODY_CHECK_H

#include <stddef.h>
#include <string.h>

#include "ecl_text.h"

static inline int is_utf8_text(const char *s, size_t n)
{
    for (size_t k; n > 0; s += k, n -= k) {
        unsigned char c = (unsigned char)*s;

        k = ecl_text_seq(s, n);
        if (k == 0 || c == 0x7f || (c < 0x20 && c != '\n' && c != '\t')) {
            return 0;
        }
    }
    return 1;
}

/* Elements nest and close, "&" begins a reference, "<" a tag. @param html
 *  void elements, and raw text in style and script */
static inline int is_well_formed(const char *s, int html)
{
    char stack[32][32];
    int depth = 0;

    for (; *s; s++) {
        size_t n;

        if (*s == '&') {
            n = strcspn(s, ";");
            if (n > 7 || !s[n] || strcspn(s, " <") < n) {
                return 0;
            }
        }
        if (*s != '<') {
            continue;
        }
        if (s[1] == '?' || s[1] == '!') {
            s = strchr(s, '>');
            continue;
        }
        n = strcspn(s + 1, " >");
        if (s[1] == '/') {
            if (depth == 0 || strlen(stack[depth - 1]) != n - 1
                || strncmp(stack[depth - 1], s + 2, n - 1) != 0) {
                return 0;
            }
            depth--;
        }
        else {
            if (depth == 32 || n >= 32 || n == 0) {
                return 0;
            }
            memcpy(stack[depth], s + 1, n);
            stack[depth][n] = '\0';
            if (!html
                || (strcmp(stack[depth], "meta") != 0
                    && strcmp(stack[depth], "link") != 0)) {
                depth++;
            }
            if (html && depth > 0
                && (!strcmp(stack[depth - 1], "style")
                    || !strcmp(stack[depth - 1], "script"))) {
                s = strstr(s, "</") - 1;
                continue;
            }
        }
        s = strchr(s, '>');
        if (!s) {
            return 0;
        }
    }
    return depth == 0;
}

#endif
