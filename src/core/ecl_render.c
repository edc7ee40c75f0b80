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

/* What stands for a character of k bytes, NULL: itself, and "" for a control
 * character: nothing. */
static const char *instead(const char *s, size_t *k, size_t n,
                           ecl_render_escape_fn *fn)
{
    unsigned char c = (unsigned char)*s;
    const char *replaced;

    if (c >= 0x80) {
        size_t seq = ecl_text_seq(s, n);

        *k = seq ? seq : 1;
        return seq && is_character(s, seq) ? NULL : REPLACEMENT;
    }
    *k = 1;
    replaced = fn(*s);
    return replaced || (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t'
               ? replaced
               : "";
}

void ecl_render_escape(ecl_buf_t *b, const char *s, ecl_render_escape_fn *fn)
{
    const char *run = s, *end = s ? s + strlen(s) : NULL;
    size_t k;

    for (; s < end; s += k) {
        const char *replaced = instead(s, &k, (size_t)(end - s), fn);

        if (replaced) {
            ecl_buf_add(b, run, (size_t)(s - run));
            ecl_buf_puts(b, replaced);
            run = s + k;
        }
    }
    if (run) {
        ecl_buf_add(b, run, (size_t)(end - run));
    }
}

/* Good for XML 1.0 too: text and quoted attributes. */
const char *ecl_render_html_char(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* CommonMark 2.4: any ASCII punctuation may follow a backslash. */
const char *ecl_render_markdown_char(char c)
{
    static const struct {
        char c;
        const char *s;
    } special[] = {
        { '\\', "\\\\" }, { '`', "\\`" }, { '*', "\\*" }, { '_', "\\_" },
        { '[', "\\[" },   { ']', "\\]" }, { '<', "\\<" }, { '>', "\\>" },
        { '#', "\\#" },   { '|', "\\|" }, { '~', "\\~" }, { '&', "\\&" },
        { '!', "\\!" },   { '$', "\\$" }, { '\n', " " },  { '\t', " " },
    };

    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (special[i].c == c) {
            return special[i].s;
        }
    }
    return NULL;
}

/* Text that begins a block: what would make it a list or a rule, too. */
void ecl_render_markdown_begin(ecl_buf_t *b, const char *s)
{
    size_t digits;

    s += strspn(s, " \t\n");
    digits = strspn(s, "0123456789");
    if (*s == '-' || *s == '+' || *s == '=') {
        ecl_buf_putc(b, '\\');
    }
    else if (digits && (s[digits] == '.' || s[digits] == ')')) {
        ecl_buf_add(b, s, digits);
        ecl_buf_putc(b, '\\');
        s += digits;
    }
    ecl_render_escape(b, s, ecl_render_markdown_char);
}

const char *ecl_render_plain_char(char c)
{
    return NULL;
}

/* A line of a value is one line of the page. */
const char *ecl_render_text_char(char c)
{
    return c == '\n' || c == '\t' ? " " : NULL;
}

/* Inside a string (RFC 8259 7). "<" and "&" also as escapes: JSON often stands
 * in a page. */
static const char *json_char(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\t':
        return "\\t";
    case '<':
        return "\\u003c";
    case '&':
        return "\\u0026";
    default:
        return NULL;
    }
}

/* Whether what comes next may begin a block in Markdown: nothing is known to
 * stand before it in its line but white space, quotes and list bullets. */
static int begins_block(const ecl_buf_t *b)
{
    size_t i = b->len, far = b->len > 64 ? b->len - 64 : 0;

    while (i > far && strchr(" \t>*+-", b->data[i - 1])) {
        i--;
    }
    return i == far || b->data[i - 1] == '\n';
}

void ecl_render_value(ecl_buf_t *b, const char *s, ecl_format_e format)
{
    static ecl_render_escape_fn *const escapes[ECL_FORMAT_COUNT] = {
        [ECL_FORMAT_HTML] = ecl_render_html_char,
        [ECL_FORMAT_JSON] = json_char,
        [ECL_FORMAT_XML] = ecl_render_html_char,
        [ECL_FORMAT_TEXT] = ecl_render_text_char,
        [ECL_FORMAT_MARKDOWN] = ecl_render_markdown_char,
    };

    if (format == ECL_FORMAT_MARKDOWN && begins_block(b)) {
        ecl_render_markdown_begin(b, s);
    }
    else {
        ecl_render_escape(b, s, escapes[format]);
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

const char *ecl_render_token(const ecl_problem_t *pb, const char *prefix,
                             const char *token)
{
    char name[64];
    ecl_buf_t b;
    ecl_word_e w;

    ecl_buf_init(&b, name, sizeof(name));
    ecl_buf_puts(&b, prefix);
    ecl_buf_puts(&b, token);
    w = ecl_word_by_name(b.data, b.len);
    return w == ECL_WORD_COUNT ? token : ecl_render_word(pb, w);
}

void ecl_render_message(ecl_buf_t *b, const ecl_msg_t *m,
                        ecl_render_escape_fn *fn)
{
    const char *module = m->module ? m->module : "";
    int level = m->level != ECL_LEVEL_UNKNOWN;

    if (*module || level) {
        ecl_buf_putc(b, '[');
        ecl_render_escape(b, module, fn);
        ecl_buf_puts(b, *module && level ? ":" : "");
        ecl_buf_puts(b, level ? ecl_level_name(m->level) : "");
        ecl_buf_puts(b, "] ");
    }
    if (m->os_error) {
        ecl_buf_printf(b, "(%d) ", m->os_error);
    }
    if (m->ah > 0) {
        ecl_buf_printf(b, "AH%05d: ", m->ah);
    }
    ecl_render_escape(b, m->text, fn);
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

const char *ecl_render_type(const ecl_problem_t *pb)
{
    return strcmp(pb->type, "about:blank") ? pb->type : NULL;
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
