/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* mod_errclarity.c - the table of contents: module record and hooks.
 *
 * A failing request passes these rooms, each a file in src/httpd:
 *   capture   error_log hook: the request's own messages into fixed memory
 *   foreign   what other processes logged about it, through shared memory
 *   cgid      what a script of mod_cgid's wrote to the error log itself
 *   filter    on both routes of a response: notice the failure, answer it
 *   diagnose  request_rec -> ecl_incident_t, through the core's classifier
 *   exit      how a mod_cgi script ended
 *   probe     what of the file system and the limits explains it
 *   php       fatal errors that PHP did not log
 *   changes   files that changed shortly before
 *   seen      since when a problem is there
 *   hidden    failures that the client's status does not show
 *   nph       the status of a script that speaks to the client itself
 *   answer    incident -> status, headers and body of the response
 *   template  the site's own page in place of ours
 *   link      signed links that show the owner's details
 *   record    incident -> one JSON line, when the transaction is logged
 *   sink      where that line goes
 *   vars      the incident's id and cause for env, notes, ap_expr, CustomLog
 *   shared    memory that all of the server's processes share
 *   losses    what fell out of it, told at the end
 *   blind     settings that hide causes, told at the start
 *   crash     what a worker that dies by a signal leaves for its parent
 *   config    directives, merged over server, sections and .htaccess
 * The core (src/core) knows nothing of httpd. */
#include "httpd.h"
#include "http_config.h"

#include "errclarity.h"
#include "errclarity_blind.h"
#include "errclarity_config.h"
#include "errclarity_shared.h"
#include "errclarity_crash.h"
#include "errclarity_hidden.h"
#include "errclarity_probe.h"
#include "errclarity_template.h"

static void register_hooks(apr_pool_t *p)
{
    errclarity_blind_register_hooks(p);
    errclarity_catalog_register_hooks(p);
    errclarity_shared_register_hooks(p);
    errclarity_cgid_register_hooks(p);
    errclarity_capture_register_hooks(p);
    errclarity_crash_register_hooks(p);
    errclarity_crash_spool_register_hooks(p);
    errclarity_changes_register_hooks(p);
    errclarity_filter_register_hooks(p);
    errclarity_language_register_hooks(p);
    errclarity_leak_register_hooks(p);
    errclarity_losses_register_hooks(p);
    errclarity_nph_register_hooks(p);
    errclarity_record_register_hooks(p);
    errclarity_sink_register_hooks(p);
    errclarity_suexec_register_hooks(p);
    errclarity_template_register_hooks(p);
    errclarity_user_register_hooks(p);
    errclarity_vars_register_hooks(p);
}

AP_DECLARE_MODULE(errclarity) = {
    STANDARD20_MODULE_STUFF, errclarity_dir_create,
    errclarity_dir_merge,    errclarity_server_create,
    errclarity_server_merge, errclarity_directives,
    register_hooks,          0,
};
