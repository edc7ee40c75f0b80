/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_template.h - Mustache templates: compiled once, rendered often.
 *
 * The subset of mustache(5): {{name}}, {{{name}}}, {{&name}}, {{a.b}}, {{.}},
 * sections, inverted sections, comments, set delimiters, standalone lines. No
 * partials, inheritance or lambdas: a template is one file and runs no code.
 *
 * Own engine, not a library: those in C that Debian and Enterprise Linux have
 * escape for HTML alone and bound neither output nor work, and whoever may
 * write .htaccess may write a template.
 *
 * Data come as ecl_value_t, looked up lazily through two callbacks.
 * Threads: a compiled template is immutable and may be shared; so may values
 * whose callbacks are. Rendering allocates nothing itself. */
#ifndef ECL_TEMPLATE_H
#define ECL_TEMPLATE_H

#include <stddef.h>

#include <apr_pools.h>

#include "ecl_accept.h"
#include "ecl_buf.h"

/** The longest template, in bytes. */
#define ECL_TEMPLATE_MAX 131072

/** How deep sections nest. */
#define ECL_TEMPLATE_DEPTH 16

/** Texts, values and section turns of one rendering at most: nested lists
 *  multiply. */
#define ECL_TEMPLATE_STEPS 20000

typedef enum ecl_value_e {
    ECL_VALUE_NONE, /* a name that nothing answers to */
    ECL_VALUE_BOOL,
    ECL_VALUE_NUMBER,
    ECL_VALUE_TEXT,
    ECL_VALUE_OBJECT,
    ECL_VALUE_LIST
} ecl_value_e;

typedef struct ecl_value_t ecl_value_t;

/** An object's member of that name (n bytes, no NUL); an unknown one leaves
 *  *out as it is, ECL_VALUE_NONE. */
typedef void ecl_member_fn(void *self, long long number, const char *name,
                           size_t n, ecl_value_t *out);

/** A list's i-th item, 0 <= i < number. */
typedef void ecl_item_fn(void *self, long long i, ecl_value_t *out);

/** One value; all pointers are borrowed. */
struct ecl_value_t {
    ecl_value_e kind;
    int safe;         /* TEXT: {{{name}}} may print it as it is */
    long long number; /* BOOL, NUMBER; LIST: items; OBJECT: for member() */
    const char *text;
    void *self; /* OBJECT, LIST: for the callback */
    ecl_member_fn *member;
    ecl_item_fn *item;
};

/** Whether a section over the value is rendered: not for nothing, false, 0,
 *  "" and the empty list. */
int ecl_value_holds(const ecl_value_t *v);

typedef struct ecl_template_t ecl_template_t;

/** Compile a template.
 * @param text    n bytes of UTF-8, copied
 * @param format  what {{name}} is escaped for
 * @param raw     names, NULL-terminated, that {{{name}}} and {{&name}} may
 *                name; NULL: any
 * @param err     *err: what is wrong, as "LINE: text", allocated from p
 * @return NULL on error; else allocated from p */
const ecl_template_t *ecl_template_compile(const char *text, size_t n,
                                           ecl_format_e format,
                                           const char *const *raw,
                                           const char **err, apr_pool_t *p);

/** Bytes of the template's own text: what a result takes beside its values. */
size_t ecl_template_text_len(const ecl_template_t *t);

typedef enum ecl_template_result_e {
    ECL_TEMPLATE_OK,
    ECL_TEMPLATE_FULL, /* the template's own text does not fit */
    ECL_TEMPLATE_STEPPED_OUT
} ecl_template_result_e;

/** Append the template filled from root to b. Whatever the values' lengths,
 *  the template's own text after them is whole: a value or a list's item (and
 *  all items after it) that would leave too little room for it is left out,
 *  and so is a section over a text when that text does not fit. {{{name}}}
 *  prints a value unescaped only if the value is safe. */
ecl_template_result_e ecl_template_render(const ecl_template_t *t,
                                          const ecl_value_t *root,
                                          ecl_buf_t *b);

#endif
