/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_php.h - fatal errors that PHP did not log. */
#ifndef ERRCLARITY_PHP_H
#define ERRCLARITY_PHP_H

#include "errclarity.h"

/** A glance that spares others a call: may r's handler be PHP? */
static inline int errclarity_php_maybe(const request_rec *r)
{
    return r->handler && (r->handler[0] == 'a' || r->handler[0] == 'p');
}

/** Whether a response ends with PHP's message about a fatal error, as
 *  display_errors prints it, as far as the brigade has it. */
int errclarity_php_shows_fatal(const request_rec *r,
                               const apr_bucket_brigade *bb);

/** Take that message as evidence, unless it was logged. */
void errclarity_php_take_shown(errclarity_ctx_t *ctx, const request_rec *r,
                               const apr_bucket_brigade *bb);

/** Whether r's empty 500 is a fatal error of PHP's, as against a script that
 *  sets this status: certain of mod_php; of FastCGI it may be one when nothing
 *  was logged. @param m  filled in with a message that says so */
int errclarity_php_died(const errclarity_ctx_t *ctx, request_rec *r,
                        ecl_msg_t *m);

#endif
