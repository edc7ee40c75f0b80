/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_view.h - a problem as a template sees it. Names: docs/templates.md.
 *
 * What the reader's level forbids is not in the ecl_problem_t, so no template
 * can name it. Values are made when they are asked for. */
#ifndef ECL_VIEW_H
#define ECL_VIEW_H

#include "ecl_problem.h"
#include "ecl_template.h"

/** The names that {{{name}}} may name: "json" and "style". */
extern const char *const ecl_view_raw[];

typedef struct ecl_view_t {
    const ecl_problem_t *pb;
    ecl_format_e format;
    const char *style; /* {{{style}}}: our own style sheet; NULL: none */
    apr_pool_t *p;
    const char *json; /* made once */
} ecl_view_t;

/** @param v  filled in; borrows pb and p, which must outlive it. Belongs to
 *            one thread */
void ecl_view_init(ecl_view_t *v, const ecl_problem_t *pb, ecl_format_e format,
                   const char *style, apr_pool_t *p);

/** The value to render a template from; borrows v. */
ecl_value_t ecl_view_root(ecl_view_t *v);

#endif
