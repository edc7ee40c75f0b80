/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_page.h - the built-in page, a template like a site's own
 * (src/data/templates/page.html, page.css). */
#ifndef ECL_PAGE_H
#define ECL_PAGE_H

#include "ecl_template.h"

/** The template's text. Static. */
const char *ecl_page_builtin(size_t *n);

/** The style sheet, the same bytes in every page, so that a site's
 *  Content-Security-Policy can name their hash. Static. */
const char *ecl_page_style(void);

/** The page compiled, to be kept and shared. Allocated from p. */
const ecl_template_t *ecl_page_compile(apr_pool_t *p);

#endif
