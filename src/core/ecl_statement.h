/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_statement.h - from log messages to what they state.
 *
 * A message is what a program happened to hand to the log in one call; a
 * statement is one thing it said. AH01071 packs many "PHP message: " parts in
 * one message; a Python traceback is a message a line. This file splits the
 * former, joins the latter, strips wrappers ("stderr from /x: ",
 * "mod_fcgid: stderr: ") and reads the traces of the common languages.
 * Pure: no I/O, no clock, no globals. */
#ifndef ECL_STATEMENT_H
#define ECL_STATEMENT_H

#include <apr_pools.h>

#include "ecl_msg.h"

typedef enum ecl_lang_e {
    ECL_LANG_NONE,
    ECL_LANG_PHP,
    ECL_LANG_PYTHON,
    ECL_LANG_PERL,
    ECL_LANG_RUBY,
    ECL_LANG_NODE,
    ECL_LANG_JAVA,
    ECL_LANG_LUA,
    ECL_LANG_SHELL
} ecl_lang_e;

/** "php", "python" ...; "" for none. Static. */
const char *ecl_lang_name(ecl_lang_e lang);

/** What a statement is worth as a verdict. */
typedef enum ecl_weight_e {
    ECL_WEIGHT_CONTEXT, /* PHP warnings and notices, LogLevel warn and below:
                           explains only when nothing else does */
    ECL_WEIGHT_ERROR
} ecl_weight_e;

typedef struct ecl_stmt_t {
    const char *text; /* what rules match; clean text, wrapper stripped. For
                           a trace: "Class: message", of the root exception */
    size_t len;
    const char *module; /* of the (first) message; "" unknown */
    int level;
    int ah; /* of the wrapper too, so that AH01215 stays known */
    int os_error;
    ecl_lang_e lang; /* of a trace or of a language's own message */
    ecl_weight_e weight;
    int msg;   /* index of its first message */
    int nmsgs; /* messages it spans */
    /* of a trace, else NULL or 0; allocated from the pool */
    const char *exception; /* class of the root exception */
    const char *file;      /* where it happened; of frames the site's own
                              rather than a library's. Of any statement: else
                              the script that a wrapper named */
    int line;
    const char *function;
    const char *component; /* plugin, theme or package, e.g. "plugin:seo" */
    const char *stack;     /* the frames as they were printed */
    const char *script;    /* the script a wrapper named */
} ecl_stmt_t;

/** The most statements one request yields; further ones are ignored from the
 *  middle, as evidence does. */
#define ECL_STMT_MAX 128

/** @param out  *out: array allocated from p; texts are borrowed from msgs or
 *              allocated from p
 *  @return number of statements, in the order of the messages */
int ecl_statements(const ecl_msg_t *msgs, int nmsgs, ecl_stmt_t **out,
                   apr_pool_t *p);

#endif
