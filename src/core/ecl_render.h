/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render.h - what the body renderers share. Internal to ecl_render_*.c,
 * ecl_problem.c and the template engine.
 *
 * A renderer prints every member that the problem has, in one order, and
 * escapes; what the reader may see was decided before. Parts that may be long
 * are kept only when they fit whole, so a body is well formed at any length. */
#ifndef ECL_RENDER_H
#define ECL_RENDER_H

#include "ecl_problem.h"

/** Bytes kept free for what closes a body. */
#define ECL_RENDER_CLOSE 768

void ecl_render_html(ecl_buf_t *b, const ecl_problem_t *pb, apr_pool_t *p);
void ecl_render_json(ecl_buf_t *b, const ecl_problem_t *pb);
void ecl_render_xml(ecl_buf_t *b, const ecl_problem_t *pb);
void ecl_render_text(ecl_buf_t *b, const ecl_problem_t *pb);
void ecl_render_markdown(ecl_buf_t *b, const ecl_problem_t *pb);

/** What replaces an ASCII character, or NULL when it stands for itself. */
typedef const char *ecl_render_escape_fn(char c);

/** Append any bytes as valid UTF-8 without control characters other than
 *  newline and tab, ASCII escaped by fn. */
void ecl_render_escape(ecl_buf_t *b, const char *s, ecl_render_escape_fn *fn);

/** Escapes of the formats: ecl_render_html_char() serves XML as well. */
ecl_render_escape_fn ecl_render_html_char, ecl_render_markdown_char,
    ecl_render_text_char;

/** Escapes nothing. */
ecl_render_escape_fn ecl_render_plain_char;

/** Markdown text that begins a block: what would make it a list, a rule or a
 *  heading is escaped, too. */
void ecl_render_markdown_begin(ecl_buf_t *b, const char *s);

/** Append any bytes as a value of a format: text or the inside of a quoted
 *  attribute (html, xml), the inside of a string (json), a line (text,
 *  markdown). */
void ecl_render_value(ecl_buf_t *b, const char *s, ecl_format_e format);

/** Keep what was written since mark when the body can still be closed, else
 *  take it back. @return whether it was kept */
int ecl_render_keep(ecl_buf_t *b, size_t mark);

/** One of the page's words in the problem's language. */
const char *ecl_render_word(const ecl_problem_t *pb, ecl_word_e word);

/** A word with its {placeholder} replaced by a number, in out. */
const char *ecl_render_count(char *out, size_t size, const char *word,
                             long long number);

/** The sentence about trying again, in out or static; NULL for none. */
const char *ecl_render_retry(char *out, size_t size, const ecl_problem_t *pb);

/** The word for a token of a closed set, e.g. "confidence_" and "high"; the
 *  token itself where there is none. */
const char *ecl_render_token(const ecl_problem_t *pb, const char *prefix,
                             const char *token);

/** A log message as a line for people, "[module:level] (errno) AH01071: text";
 *  what is not known is left out. */
void ecl_render_message(ecl_buf_t *b, const ecl_msg_t *m,
                        ecl_render_escape_fn *fn);

/** The documentation's URI for people: NULL where there is none. */
const char *ecl_render_type(const ecl_problem_t *pb);

/** "AH01071" in out, or NULL for none. */
const char *ecl_render_ah(char out[16], int ah);

/** Whether a name may be a JSON key and an XML element as it is. */
int ecl_render_is_name(const char *s);

#endif
