/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_facts.h - the named facts of a cause: what a person needs to go there.
 *
 * The names are a public contract (docs/record.md): never renamed or reused. */
#ifndef ECL_FACTS_H
#define ECL_FACTS_H

#include <stddef.h>

typedef enum ecl_fact_e {
    ECL_FACT_FILE,
    ECL_FACT_LINE,
    ECL_FACT_DIRECTIVE,
    ECL_FACT_FUNCTION,
    ECL_FACT_CLASS,
    ECL_FACT_MODULE,
    ECL_FACT_HOST,
    ECL_FACT_PORT,
    ECL_FACT_LIMIT,
    ECL_FACT_REQUESTED,
    ECL_FACT_SIGNAL,
    ECL_FACT_EXIT_CODE,
    ECL_FACT_USER,
    ECL_FACT_MODE,
    ECL_FACT_OWNER,
    ECL_FACT_INTERPRETER,
    ECL_FACT_SOCKET,
    ECL_FACT_DATABASE,
    ECL_FACT_TABLE,
    ECL_FACT_ERRNO,
    ECL_FACT_SQLSTATE,
    ECL_FACT_COMMAND,
    ECL_FACT_TIMEOUT,
    ECL_FACT_COUNT
} ecl_fact_e;

/** The longest value a fact keeps, in bytes; longer ones are cut. */
#define ECL_FACT_MAX 1024

/** Values by name; NULL means unknown. Whoever fills it states who owns the
 *  texts (in a verdict: allocated from the verdict's pool). */
typedef struct ecl_facts_t {
    const char *v[ECL_FACT_COUNT];
} ecl_facts_t;

/** Name of a fact, e.g. "exit_code". Static. */
const char *ecl_fact_name(ecl_fact_e f);

/** The fact of that name, or -1 when there is none. */
int ecl_fact_by_name(const char *name, size_t n);

/** Whether the record and the bodies print the fact as a JSON number when its
 *  value is one (line, port, exit_code, errno). */
int ecl_fact_is_number(ecl_fact_e f);

/** Replace placeholders in a text by fact values: {name}; {name|else}, else
 *  when the fact is unknown; {name?text}, text with further {names} when the
 *  fact is known, nothing when it or one of those is not.
 * @param out  receives the text; borrowed
 * @return 1, or 0 when a placeholder without an alternative has no value (the
 *         sentence then claims what nobody knows, and is to be dropped) */
struct ecl_buf_t;
int ecl_facts_expand(struct ecl_buf_t *out, const char *text,
                     const ecl_facts_t *facts);

#endif
