/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cause.h - what the catalogue says about one cause. Plain structs.
 *
 * Read from YAML (docs/catalogue.md) by ecl_catalog.h, immutable afterwards. */
#ifndef ECL_CAUSE_H
#define ECL_CAUSE_H

/** Who must act. */
typedef enum ecl_who_e {
    ECL_WHO_VISITOR,
    ECL_WHO_OWNER,
    ECL_WHO_OPERATOR,
    ECL_WHO_DEPENDENCY
} ecl_who_e;

/** "visitor", "owner", "operator", "dependency". Static. */
const char *ecl_who_name(ecl_who_e who);

typedef enum ecl_retry_e {
    ECL_RETRY_NO,
    ECL_RETRY_MAYBE, /* unknown: bodies then say nothing about it */
    ECL_RETRY_YES
} ecl_retry_e;

/** One thing a person can do. */
typedef struct ecl_hint_t {
    ecl_who_e who;    /* owner or operator */
    const char *text; /* with {fact} placeholders, see ecl_facts_expand() */
} ecl_hint_t;

typedef struct ecl_cause_t {
    const char *slug;    /* "cgi.bad-header" */
    const char *family;  /* "cgi" */
    const char *title;   /* short, no placeholders */
    const char *message; /* one plain sentence with placeholders */
    const char *meaning; /* what it means, for the documentation */
    const ecl_hint_t *hints;
    int nhints;
    ecl_who_e who;
    int status; /* replaces a generic 500; 0 keeps it */
    ecl_retry_e retry;
    int retry_after; /* seconds; 0 is unknown */
    int index;       /* position in the catalogue, from 0 */
    int restated;    /* a later block replaced a text of an earlier one */
} ecl_cause_t;

#endif
