/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_diagnose.h - from a request's lines to what is to be said about it.
 *
 * Most of a log repeats itself: what was said about equal messages is kept, in
 * bounded memory, and said again. */
#ifndef ECL_CMD_DIAGNOSE_H
#define ECL_CMD_DIAGNOSE_H

#include "ecl_cmd.h"
#include "ecl_cmd_print.h"

typedef struct ecl_diagnoser_t ecl_diagnoser_t;

/** @param print  how words are chosen; borrowed
 *  @param p      must outlive it */
ecl_diagnoser_t *ecl_diagnoser_create(const ecl_catalog_t *catalog,
                                      const ecl_print_t *print, int single,
                                      apr_pool_t *p);

/** Which problem the lines report, or NULL when they report no failure. It
 *  lives until the next call, and may lack its body. */
ecl_words_t *ecl_diagnose(ecl_diagnoser_t *d, const ecl_group_t *g);

/** Give the words that ecl_diagnose() returned for g, at once before, their
 *  body: most incidents are counted and never told. */
void ecl_diagnose_say(ecl_diagnoser_t *d, const ecl_group_t *g);

/** Whether a line can be passed over: a healthy server's message of level info
 *  and below, with a number whose kind never explains a failure. May be called
 *  in one thread while another diagnoses. */
int ecl_diagnose_is_healthy(ecl_diagnoser_t *d, const ecl_loghead_t *l);

void ecl_diagnoser_destroy(ecl_diagnoser_t *d);

#endif
