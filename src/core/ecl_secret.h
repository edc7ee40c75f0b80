/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_secret.h - which names of parameters belong to secrets. Internal to
 * ecl_redact*.c. Threads: pure. */
#ifndef ECL_SECRET_H
#define ECL_SECRET_H

#include <stddef.h>

/** The longest name that is looked at, in bytes. */
#define ECL_SECRET_NAME 64

typedef enum ecl_secret_e {
    ECL_SECRET_NONE,
    ECL_SECRET_WEAK, /* a common word too: the value must look like one */
    ECL_SECRET_STRONG,
    ECL_SECRET_HEADER /* the rest of the line is the value */
} ecl_secret_e;

/** Judge a name of n bytes, e.g. "db_password", "X-Api-Key", "userPwd". */
ecl_secret_e ecl_secret_name(const char *s, size_t n);

/** Whether word is in a NULL-terminated list. */
int ecl_secret_in(const char *word, const char *const *list);

#endif
