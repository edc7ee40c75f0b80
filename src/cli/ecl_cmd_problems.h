/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_problems.h - count the incidents of one problem instead of listing
 * them. */
#ifndef ECL_CMD_PROBLEMS_H
#define ECL_CMD_PROBLEMS_H

#include "ecl_cmd_print.h"

/** Problems that are told apart; incidents of further ones are only counted. */
#define ECL_PROBLEMS_MAX 4096

typedef struct ecl_problems_t ecl_problems_t;

ecl_problems_t *ecl_problems_create(void);

/** Count an incident of a problem.
 * @return 0 when it is the first: ecl_problems_add() it */
int ecl_problems_count(ecl_problems_t *ps, const char *problem,
                       const ecl_place_t *place);

/** Add a problem by its first incident. Takes the body of words over; what it
 *  needs of place is copied. */
void ecl_problems_add(ecl_problems_t *ps, ecl_words_t *words,
                      const ecl_place_t *place);

/** Print them, the most frequent first. @return how many there are */
unsigned ecl_problems_print(ecl_problems_t *ps, FILE *to,
                            const ecl_print_t *how);

/** Incidents of problems beyond ECL_PROBLEMS_MAX. */
unsigned long long ecl_problems_beyond(const ecl_problems_t *ps);

void ecl_problems_destroy(ecl_problems_t *ps);

#endif
