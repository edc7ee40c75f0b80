/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_htaccess.c - one .htaccess file of the chain.
 *
 * Source: httpd server/config.c ap_parse_htaccess(). */
#include "ecl_probe_priv.h"

#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

void ecl_probe_htaccess(ecl_probe_t *pr, const char *path, int n)
{
    char time[ECL_TIME_MAX];
    const char *name, *key;
    ecl_node_t node;

    if (!ecl_probe_is_path(path)
        || ecl_probe_open(pr, path, ECL_PROBE_OWN, &node) != 0) {
        return;
    }
    name = ecl_probe_clean(pr, path, strlen(path));
    key = apr_psprintf(pr->pool, "htaccess.%d", n);
    if (node.foreign) {
        ecl_probe_result(
            pr, key,
            apr_pstrcat(pr->pool, name,
                        ": a symbolic link leads out of the document tree",
                        NULL));
    }
    else {
        ecl_incident_time(time, apr_time_from_sec(node.st.st_mtime), 0);
        ecl_probe_result(
            pr, key,
            apr_psprintf(pr->pool,
                         "%s: %s, mode %04o, owner %s, %" APR_OFF_T_FMT
                         " bytes, changed %s",
                         name, ecl_probe_type(node.st.st_mode),
                         (unsigned)(node.st.st_mode & 07777),
                         ecl_probe_owner(pr, node.st.st_uid, node.st.st_gid),
                         (apr_off_t)node.st.st_size, time));
    }
    if (!ecl_probe_may(pr, path, &node, R_OK)) {
        ecl_probe_message(pr, "htaccess %s: not readable for the server", name);
    }
    ecl_probe_close(&node);
}
