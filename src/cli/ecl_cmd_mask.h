/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_mask.h - a finding without its secrets, for pasting elsewhere. */
#ifndef ECL_CMD_MASK_H
#define ECL_CMD_MASK_H

#include "ecl_classify.h"

/** Mask the secrets of a verdict's facts and of the message that decided.
 * @param v    a copy of the caller's; its texts are replaced, from p
 * @param msg  likewise a copy, or NULL */
void ecl_cmd_mask(ecl_verdict_t *v, ecl_msg_t *msg, apr_pool_t *p);

#endif
