/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_template_priv.h - a compiled template, between compiler and renderer.
 *
 * A flat array of operations; a section names the one after its end. */
#ifndef ECL_TEMPLATE_PRIV_H
#define ECL_TEMPLATE_PRIV_H

#include "ecl_template.h"

typedef enum ecl_tpl_op_e {
    ECL_TPL_TEXT,     /* print s */
    ECL_TPL_VALUE,    /* print the value named s, escaped */
    ECL_TPL_RAW,      /* print the value named s as it is */
    ECL_TPL_SECTION,  /* for the value or its items, until end */
    ECL_TPL_INVERTED, /* when the value does not hold, until end */
} ecl_tpl_op_e;

typedef struct ecl_tpl_op_t {
    ecl_tpl_op_e op;
    const char *s; /* a text, or a name: "a.b", "." */
    size_t n;
    int end;      /* sections: index of the first operation after it */
    size_t after; /* bytes of text that the operations after this one print
                     when each is run once */
} ecl_tpl_op_t;

/** Where in a page its own text so far has led to. */
typedef enum ecl_tpl_html_e {
    ECL_TPL_HTML_TEXT,   /* between tags */
    ECL_TPL_HTML_TAG,    /* within a tag, outside of quotes */
    ECL_TPL_HTML_QUOTED, /* within a quoted attribute */
    ECL_TPL_HTML_RAW,    /* within a script or style element */
    ECL_TPL_HTML_COMMENT
} ecl_tpl_html_e;

typedef struct ecl_tpl_html_t {
    ecl_tpl_html_e state;
    char quote;
    const char *element; /* "</script", "</style": ends the raw text */
    char name[6];        /* the attribute's, its begin, lower case */
    size_t n;
    int ended; /* the name is complete */
} ecl_tpl_html_t;

/** Read on: n bytes of the template's own text. */
void ecl_tpl_html_follow(ecl_tpl_html_t *h, const char *s, size_t n);

/** Why a value cannot stand here, or NULL. @param raw  unescaped */
const char *ecl_tpl_html_forbids(const ecl_tpl_html_t *h, int raw);

struct ecl_template_t {
    const ecl_tpl_op_t *ops;
    int nops;
    size_t text_len;
    ecl_format_e format;
};

#endif
