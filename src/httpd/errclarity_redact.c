/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_redact.c - ErrClarityRedact: what a server wants masked.
 *
 * Not in .htaccess: who may write one could unmask what others log. The masks
 * are ecl_redactor.h's. */
#include "errclarity.h"

#include "apr_strings.h"

#include "ecl_redactor.h"

const char *errclarity_redact_set(cmd_parms *cmd, void *unused, const char *arg)
{
    errclarity_server_t *s =
        ap_get_module_config(cmd->server->module_config, &errclarity_module);
    const char *err;

    if (!s->redactor) {
        s->redactor = ecl_redactor_create(cmd->pool);
    }
    err = ecl_redactor_add(s->redactor, arg, cmd->pool);
    return err ? apr_psprintf(cmd->pool,
                              "%s: invalid value '%s': %s: expected on, off, "
                              "email, card or a regular expression. Example: "
                              "%s email \"customer=(\\w+)\"",
                              cmd->cmd->name, arg, err, cmd->cmd->name)
               : NULL;
}
