/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity.h - what the rooms of the shell share: the failing request's
 * context and the order in which the rooms pass it on. */
#ifndef ERRCLARITY_H
#define ERRCLARITY_H

#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "util_filter.h"

#include "ecl_catalog.h"
#include "ecl_evidence.h"
#include "ecl_incident.h"
#include "ecl_messages.h"
#include "ecl_probe.h"
#include "ecl_template.h"
#include "errclarity_config.h"

/** The one symbol the module exports; all else is compiled hidden. */
extern module AP_MODULE_DECLARE_DATA errclarity_module
    __attribute__((visibility("default")));

/** What is known of one client request that needs more than a glance: it
 *  fails, or its response comes in several brigades. Allocated from the root
 *  request's pool, found through its request_config. Healthy one-brigade
 *  responses never have one.
 *  Threads: a request is with one thread at a time. */
typedef struct errclarity_ctx_t {
    request_rec *root;            /* first of the chain of internal redirects */
    const errclarity_dir_t *conf; /* in force where it failed */
    ecl_evidence_t *evidence;     /* ours until the root's pool goes; or NULL */
    ecl_evidence_t *foreign;      /* from other processes; or NULL */
    ecl_incident_t inc;           /* valid once diagnosed */
    request_rec *failed_r;        /* the one of the chain that failed */
    const ecl_msg_t *leak;        /* what a leaking page says, or NULL */
    unsigned seen;                /* messages of these and leak that inc has */
    int nheld;                    /* brigades held back to look for leaks */
    int sent_status; /* in the header that went to the client; 0: not seen */
    unsigned diagnosed : 1;   /* inc is filled in, a record is due */
    unsigned data_passed : 1; /* body bytes went down the chain */
    unsigned eos_seen : 1;
    unsigned broken : 1; /* an error bucket followed data */
} errclarity_ctx_t;

/** Whether any place asked for more than Off so far. Until then every hook
 * returns at once: a module that is loaded but unused costs next to none. */
extern int errclarity_armed;

/* -- capture ---------------------------------------------------------------*/

void errclarity_capture_register_hooks(apr_pool_t *p);

/** A directive asks for more than Off.
 * @param now  by an .htaccess file, in the middle of a request */
void errclarity_capture_arm(int now);

/** Move the messages that the calling thread has kept for the context's
 *  request into the context. Cheap when there are none. */
void errclarity_capture_take(errclarity_ctx_t *ctx);

/** Whether this thread has kept a message for the root request. */
int errclarity_capture_has(const request_rec *root);

/** Add a message that came another way than through the log.
 * @param module  static @param text  as it is, not escaped */
void errclarity_capture_add(errclarity_ctx_t *ctx, const char *module,
                            int level, const char *text);

/* -- foreign, cgid ----------------------------------------------------------*/

/** Leave a message that this process, which serves no requests, has logged to
 *  the process whose request it is about, if it can be told.
 * @param ah  its number, or 0 */
void errclarity_foreign_post(const ap_errorlog_info *info, const char *errstr,
                             int ah);

/** Add what other processes have said about a failing request to ctx->foreign.
 *  May be called again: what comes later is added.
 * @param r  the request of ctx's chain that failed */
void errclarity_foreign_take(errclarity_ctx_t *ctx, request_rec *r);

/** Whether mod_wsgi's daemon has logged that an exception ended r's
 *  application, although the response is in good order as far as httpd can
 *  tell. Takes the messages. At the request's end: the daemon logs before it
 *  closes the connection. */
int errclarity_foreign_died(errclarity_ctx_t *ctx, request_rec *r);

/** ctx's record is written: wait for what is said of it later. */
void errclarity_foreign_recorded(const errclarity_ctx_t *ctx);

/** ctx->foreign, made now if need be. */
ecl_evidence_t *errclarity_foreign_store(errclarity_ctx_t *ctx);

/** Whether mod_cgid's scripts are watched: they are where there is shared
 *  memory and their stderr does not come with the request. */
extern int errclarity_cgid_on;

void errclarity_cgid_register_hooks(apr_pool_t *p);

/** A request is about to run its handler: note it if that is a script of
 *  mod_cgid's. */
void errclarity_cgid_begin(request_rec *r);

/** The script's output has ended: so has, as a rule, the script. Sooner than
 *  with the request's pool, so that the client's next one runs alone. */
void errclarity_cgid_end(const request_rec *r);

/** When r's script began, or 0: r runs none that is watched.
 * @param beside  *beside: ECL_RUNS_* of those that ran with it */
apr_time_t errclarity_cgid_since(const request_rec *r, unsigned *beside);

/** Add what r's script has written to stderr to ctx->foreign. */
void errclarity_cgid_take(errclarity_ctx_t *ctx, request_rec *r);

/* -- context ---------------------------------------------------------------*/

/** The client's own request behind a subrequest or an internal redirect. */
request_rec *errclarity_root(const request_rec *r);

/** The last request of the chain of internal redirects: whose status counts. */
const request_rec *errclarity_last(const request_rec *root);

/** The root's context, or NULL. @param root from errclarity_root() */
errclarity_ctx_t *errclarity_ctx_get(const request_rec *root);

/** The root's context, made now if need be. */
errclarity_ctx_t *errclarity_ctx_make(request_rec *root);

/** Our settings for r. Where httpd has not reached or not finished its walk of
 *  sections (an early 400, a broken .htaccess), the <Directory> and <Location>
 *  sections that match are merged here. Allocated from r->pool when merged. */
const errclarity_dir_t *errclarity_conf(const request_rec *r);

/** Whether AllowOverride lets httpd read an .htaccess file in a directory.
 * @param dir  ends in a slash */
int errclarity_allows_override(const request_rec *r, const char *dir);

/* -- diagnose --------------------------------------------------------------*/

/** The catalogue and texts in force: loaded before the first child exists.
 *  NULL in a server that failed to load them, which then does not start. */
const ecl_catalog_t *errclarity_catalog(void);
const ecl_messages_t *errclarity_messages(void);

/** The built-in page, compiled; set before the first child. */
const ecl_template_t *errclarity_page(void);

void errclarity_catalog_register_hooks(apr_pool_t *p);

/** A directive names a cause: a slug or "family.*". In .htaccess it is checked
 *  now, in the server's configuration once all rule files are read (one of
 *  them may define it).
 * @param key  lives as long as the configuration
 * @return NULL, or what is wrong, allocated from cmd->pool */
const char *errclarity_catalog_expect(cmd_parms *cmd, const char *key);

/** Read that file, too. @param path  lives as long as the configuration */
void errclarity_catalog_add_rules(const char *path);

/** Fill in ctx->inc and publish its variables. Does its work once.
 * @param r       the request that failed, of ctx's chain
 * @param status  before us; below 400: a masked failure
 * @param body    what its response is */
void errclarity_diagnose(errclarity_ctx_t *ctx, request_rec *r, int status,
                         ecl_body_e body);

/** Take in what was logged since the diagnosis. The verdict changes only when
 *  the client has not been given the first one. */
void errclarity_update(errclarity_ctx_t *ctx);

/** Whether a message captured so far says that a script was killed by its own
 *  fatal error: what makes a 2xx a masked failure. */
int errclarity_is_fatal(errclarity_ctx_t *ctx);

/* -- exit ------------------------------------------------------------------*/

/** Add to a probe how r's mod_cgi script ended: its exit status unless 0, or
 *  the signal. Nothing where that is not certain. Waits 10 ms at most for a
 *  script that is about to end. On the thread that ran r's handler.
 * @param answered  it gave a response of its own: then its exit status is a
 *                  result, but no reason */
void errclarity_exit_probe(ecl_probe_t *pr, const request_rec *r, int answered,
                           apr_pool_t *p);

/** Whether r's mod_cgi script was killed by a signal that was not httpd's or
 *  the client's doing. Waits 2 ms at most. */
int errclarity_exit_killed(const request_rec *r);

/** ErrClarityLanguage names a language: it must be there. Checked as
 *  errclarity_catalog_expect() does. */
const char *errclarity_catalog_expect_lang(cmd_parms *cmd, const char *tag);

/** Read that file's or directory's texts, too. @param path  as above */
void errclarity_catalog_add_messages(const char *path);
/* -- seen ------------------------------------------------------------------*/

/** When the incident's problem was first seen, or now: never before. */
apr_time_t errclarity_seen_since(const ecl_incident_t *inc, apr_time_t now);

/** Count the incident, whose verdict is final, and fill in inc->seen. */
void errclarity_seen_note(ecl_incident_t *inc);

/* -- proxy status ----------------------------------------------------------*/

/** Say in r's header Proxy-Status what failed, when ctx's diagnosed request
 *  was forwarded and its place names this gateway. */
void errclarity_proxy_status(const errclarity_ctx_t *ctx, request_rec *r);

/* -- leak ------------------------------------------------------------------*/

void errclarity_leak_register_hooks(apr_pool_t *p);

/** Look whether a failing application's page leaks internals.
 * @param held  *held: where a page is kept back that is not all there; the
 *              caller puts it before the next brigade
 * @param bb    the page so far
 * @param body  *body: ECL_BODY_LEAKING when it does
 * @return 1 decided, 0 all of bb is kept back until more comes */
int errclarity_leak_look(errclarity_ctx_t *ctx, ap_filter_t *f,
                         apr_bucket_brigade **held, apr_bucket_brigade *bb,
                         ecl_body_e *body);

/* -- answer ----------------------------------------------------------------*/

/** Set status and headers of r for ctx's diagnosed incident and make its body.
 * @param body  *body, *len: allocated from r->pool */
void errclarity_answer(errclarity_ctx_t *ctx, request_rec *r, char **body,
                       apr_size_t *len);

/** The format of ctx's answer; says in r's Vary what the answer depends on.
 * @param also  the field that errclarity_language() looked at, or NULL */
ecl_format_e errclarity_format(const errclarity_ctx_t *ctx, request_rec *r,
                               const char *also);

/** Fill in the language of ctx's answer and the site's own words in it. To be
 *  called while r still has the languages of the resource.
 * @return the request's field that they depend on, static, or NULL */
const char *errclarity_language(const errclarity_ctx_t *ctx, request_rec *r,
                                ecl_words_t *words);

void errclarity_language_register_hooks(apr_pool_t *p);

/** Directives' setters. */
const char *errclarity_set_language(cmd_parms *cmd, void *dv, int argc,
                                    char *const argv[]);
const char *errclarity_add_messages(cmd_parms *cmd, void *unused,
                                    const char *arg);

/* -- id --------------------------------------------------------------------*/

/** Name the incident (inc->time is set): by the name that an HTTP backend has
 *  given it, else by a new one. */
void errclarity_id(ecl_incident_t *inc, const request_rec *r);

/* -- user ------------------------------------------------------------------*/

void errclarity_user_register_hooks(apr_pool_t *p);

/** Whether r->user, if any, is only what the client claims: authentication was
 *  begun for r, or a request that it comes from, and has not succeeded. */
int errclarity_user_unproven(const request_rec *r);

/* -- filter, record, sink, vars --------------------------------------------*/

void errclarity_filter_register_hooks(apr_pool_t *p);
void errclarity_record_register_hooks(apr_pool_t *p);
void errclarity_sink_register_hooks(apr_pool_t *p);

/** Write an incident's record, in one write, to the target of the virtual host
 *  s. A record that cannot be written goes to the error log.
 * @param p  for the line; may be cleared afterwards */
void errclarity_sink_write(server_rec *s, const ecl_incident_t *inc,
                           apr_pool_t *p);

/** The syslog facility that "syslog[:name]" means, or -1. */
int errclarity_syslog_facility(const char *target);

void errclarity_vars_register_hooks(apr_pool_t *p);

/** Set env and note ERRCLARITY_ID of r from ctx's diagnosed incident. */
void errclarity_vars_publish(const errclarity_ctx_t *ctx, request_rec *r);

/** Set all variables in r's environment, for a handler that will run. */
void errclarity_vars_export(const errclarity_ctx_t *ctx, request_rec *r);

#endif
