/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_template.h - the site's own templates: directive, cache, use. */
#ifndef ERRCLARITY_TEMPLATE_H
#define ERRCLARITY_TEMPLATE_H

#include "httpd.h"
#include "http_config.h"

#include "errclarity_config.h"

/** Parser of ErrClarityTemplate. */
const char *errclarity_set_template(cmd_parms *cmd, void *dir,
                                    const char *format, const char *path);

/** The problem in the site's own template for that format and place.
 * @param len  *len: bytes
 * @return NULL when there is none, or none that can be used (the error log
 *         says why, once for each version of the file and child process); else
 *         allocated from r->pool */
char *errclarity_template_body(const errclarity_dir_t *d, request_rec *r,
                               const ecl_problem_t *pb, ecl_format_e format,
                               apr_size_t *len);

void errclarity_template_register_hooks(apr_pool_t *p);

#endif
