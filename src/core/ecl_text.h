/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_text.h - hostile bytes in, clean text out.
 *
 * Clean text is valid UTF-8 (RFC 3629) without control characters other than
 * newline and tab. Bytes that are no UTF-8 become U+FFFD, one for each maximal
 * ill-formed part as the Unicode Standard recommends (chapter 3.9), and so does
 * each noncharacter.
 * Threads: pure functions. */
#ifndef ECL_TEXT_H
#define ECL_TEXT_H

#include <stddef.h>

#include "ecl_buf.h"

/** Undo httpd's error-log escaping (server/util.c ap_escape_errorlog_item:
 *  \n \r \t \b \v \\ \" \xHH) so that the original bytes come back.
 * @param dst  room for n bytes (the result is never longer than the source);
 *             may equal src
 * @return bytes written; nothing is NUL-terminated */
size_t ecl_text_unescape(char *dst, const char *src, size_t n);

/** Append src as clean text. Terminal escape sequences (ECMA-48 CSI and OSC)
 *  are dropped whole, other control characters one by one; CR LF and CR become
 *  a newline. A full buffer is cut at a character's border. */
void ecl_text_clean(ecl_buf_t *dst, const char *src, size_t n);

/** Length of the longest prefix of s, at most max bytes, that does not end
 *  inside a UTF-8 sequence. @param s valid UTF-8 of n bytes */
size_t ecl_text_cut(const char *s, size_t n, size_t max);

/** Bytes of the valid UTF-8 sequence that starts at s, or 0 when there is
 *  none within n bytes. */
size_t ecl_text_seq(const char *s, size_t n);

#endif
