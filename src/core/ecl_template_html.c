/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_template_html.c - where in a page a value stands.
 *
 * Escaped text is safe between tags and inside quoted attributes, nowhere
 * else: an unquoted attribute ends at a blank, a script knows no references.
 * This follows a page's own text as HTML's tokenizer would (HTML 13.2.5),
 * roughly: enough to tell these places apart in a template that its author
 * wants to work. */
#include <string.h>
#include <strings.h>

#include "ecl_template_priv.h"

static int begins(const char *s, const char *end, const char *with)
{
    size_t n = strlen(with);

    return (size_t)(end - s) >= n && strncasecmp(s, with, n) == 0;
}

static int is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Whether a tag of that name begins at s, after its "<". */
static int names(const char *s, const char *end, const char *name)
{
    size_t n = strlen(name);

    return begins(s, end, name) && (s + n == end || !is_letter(s[n]));
}

/* Between tags. @return the next character to look at */
static const char *in_text(ecl_tpl_html_t *h, const char *s, const char *end)
{
    s = memchr(s, '<', (size_t)(end - s));
    if (!s) {
        return end;
    }
    s++;
    if (begins(s, end, "!--")) {
        h->state = ECL_TPL_HTML_COMMENT;
        return s + 3;
    }
    if (s == end || is_letter(*s) || *s == '/') {
        h->state = ECL_TPL_HTML_TAG;
        h->element = names(s, end, "script")  ? "</script"
                     : names(s, end, "style") ? "</style"
                                              : NULL;
    }
    return s;
}

/* Within a tag, outside of quotes. */
static const char *in_tag(ecl_tpl_html_t *h, const char *s)
{
    if (*s == '"' || *s == '\'') {
        h->state = ECL_TPL_HTML_QUOTED;
        h->quote = *s;
    }
    else if (*s == '>') {
        h->state = h->element ? ECL_TPL_HTML_RAW : ECL_TPL_HTML_TEXT;
    }
    else if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r') {
        h->ended = 1;
    }
    else if (*s == '=') {
        h->ended = 0; /* a value follows, perhaps after blanks */
    }
    else {
        h->n = h->ended ? 0 : h->n;
        h->ended = 0;
        if (h->n < sizeof(h->name)) {
            h->name[h->n++] = (char)(*s | 0x20);
        }
    }
    return s + 1;
}

void ecl_tpl_html_follow(ecl_tpl_html_t *h, const char *s, size_t n)
{
    const char *end = s + n, *found;

    while (s < end) {
        switch (h->state) {
        case ECL_TPL_HTML_TEXT:
            s = in_text(h, s, end);
            break;
        case ECL_TPL_HTML_TAG:
            s = in_tag(h, s);
            break;
        case ECL_TPL_HTML_QUOTED:
            found = memchr(s, h->quote, (size_t)(end - s));
            h->state = found ? ECL_TPL_HTML_TAG : h->state;
            h->ended = 1;
            s = found ? found + 1 : end;
            break;
        case ECL_TPL_HTML_COMMENT:
            found = memmem(s, (size_t)(end - s), "-->", 3);
            h->state = found ? ECL_TPL_HTML_TEXT : h->state;
            s = found ? found + 3 : end;
            break;
        case ECL_TPL_HTML_RAW:
            if (begins(s, end, h->element)) {
                h->state = ECL_TPL_HTML_TAG;
                h->element = NULL;
            }
            s++;
            break;
        }
    }
}

const char *ecl_tpl_html_forbids(const ecl_tpl_html_t *h, int raw)
{
    switch (h->state) {
    case ECL_TPL_HTML_RAW:
        return raw ? NULL : "a value in a script or style element";
    case ECL_TPL_HTML_TAG:
        return "a value in a tag, but not in a quoted attribute";
    case ECL_TPL_HTML_QUOTED:
        if (raw) {
            return "an unescaped value in an attribute";
        }
        return (h->n >= 2 && !memcmp(h->name, "on", 2))
                       || (h->n == 5 && !memcmp(h->name, "style", 5))
                   ? "a value in an attribute that holds a script or style"
                   : NULL;
    case ECL_TPL_HTML_TEXT:
    case ECL_TPL_HTML_COMMENT:
        break;
    }
    return NULL;
}
