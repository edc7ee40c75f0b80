/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_facts.c - names of facts, and texts with facts filled in. */
#include "ecl_facts.h"

#include <string.h>

#include "ecl_buf.h"

static const char *const names[ECL_FACT_COUNT] = {
    [ECL_FACT_FILE] = "file",           [ECL_FACT_LINE] = "line",
    [ECL_FACT_DIRECTIVE] = "directive", [ECL_FACT_FUNCTION] = "function",
    [ECL_FACT_CLASS] = "class",         [ECL_FACT_MODULE] = "module",
    [ECL_FACT_HOST] = "host",           [ECL_FACT_PORT] = "port",
    [ECL_FACT_LIMIT] = "limit",         [ECL_FACT_REQUESTED] = "requested",
    [ECL_FACT_SIGNAL] = "signal",       [ECL_FACT_EXIT_CODE] = "exit_code",
    [ECL_FACT_USER] = "user",           [ECL_FACT_MODE] = "mode",
    [ECL_FACT_OWNER] = "owner",         [ECL_FACT_INTERPRETER] = "interpreter",
    [ECL_FACT_SOCKET] = "socket",       [ECL_FACT_DATABASE] = "database",
    [ECL_FACT_TABLE] = "table",         [ECL_FACT_ERRNO] = "errno",
    [ECL_FACT_SQLSTATE] = "sqlstate",   [ECL_FACT_COMMAND] = "command",
    [ECL_FACT_TIMEOUT] = "timeout",
};

const char *ecl_fact_name(ecl_fact_e f)
{
    return names[f];
}

int ecl_fact_by_name(const char *name, size_t n)
{
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        if (strlen(names[f]) == n && !memcmp(names[f], name, n)) {
            return f;
        }
    }
    return -1;
}

int ecl_fact_is_number(ecl_fact_e f)
{
    return f == ECL_FACT_LINE || f == ECL_FACT_PORT || f == ECL_FACT_EXIT_CODE
           || f == ECL_FACT_ERRNO;
}

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz_"

/* The brace that closes the one before s, or NULL at the text's end. */
static const char *closing(const char *s, const char *end)
{
    int depth = 1;

    for (; s < end; s++) {
        depth += *s == '{' ? 1 : *s == '}' ? -1 : 0;
        if (depth == 0) {
            return s;
        }
    }
    return NULL;
}

/* @param top  outside of any {name?...}, whose texts hold no further one */
static int expand(ecl_buf_t *out, const char *s, const char *end,
                  const ecl_facts_t *facts, int top)
{
    int complete = 1;

    while (s < end) {
        const char *run = memchr(s, '{', (size_t)(end - s));
        const char *op, *close;
        size_t name;
        int f;

        if (run != s) {
            run = run ? run : end;
            ecl_buf_add(out, s, (size_t)(run - s));
            s = run;
            continue;
        }
        name = strspn(s + 1, NAME_CHARS);
        op = s + 1 + name;
        close = name ? closing(s + 1, end) : NULL;
        f = close && (op == close || *op == '|' || (top && *op == '?'))
                ? ecl_fact_by_name(s + 1, name)
                : -1;

        if (f < 0) { /* a brace that is meant as a brace */
            ecl_buf_putc(out, *s++);
            continue;
        }
        if (*op == '?') {
            size_t before = out->len;

            if (!facts->v[f] || !expand(out, op + 1, close, facts, 0)) {
                ecl_buf_rewind(out, before);
            }
        }
        else if (facts->v[f]) {
            ecl_buf_puts(out, facts->v[f]);
        }
        else if (*op == '|') {
            ecl_buf_add(out, op + 1, (size_t)(close - op - 1));
        }
        else {
            complete = 0;
        }
        s = close + 1;
    }
    return complete;
}

int ecl_facts_expand(ecl_buf_t *out, const char *text, const ecl_facts_t *facts)
{
    return expand(out, text, text + strlen(text), facts, 1);
}
