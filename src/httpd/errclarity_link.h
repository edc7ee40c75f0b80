/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_link.h - signed links that show the owner's details. */
#ifndef ERRCLARITY_LINK_H
#define ERRCLARITY_LINK_H

#include "httpd.h"
#include "http_config.h"

#include "ecl_problem.h"

/** Parser of ErrClarityLinkKey. The key is read now, as the user that starts
 *  httpd. */
const char *errclarity_set_link_key(cmd_parms *cmd, void *unused,
                                    const char *path);

/** What a body for r may show: level, or owner when that is more and the
 *  client came by a good link. */
ecl_detail_e errclarity_link_detail(request_rec *r, ecl_detail_e level);

#endif
