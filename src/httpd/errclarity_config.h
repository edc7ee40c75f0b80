/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_config.h - our settings: structures, merging, directives.
 *
 * Manual: docs/mod_errclarity.md. Unset is a sentinel, merging takes what is
 * set, defaults apply on reading (the accessor functions below). */
#ifndef ERRCLARITY_CONFIG_H
#define ERRCLARITY_CONFIG_H

#include "httpd.h"
#include "http_config.h"
#include "ap_expr.h"
#include "apr_tables.h"

#include "ecl_accept.h"
#include "ecl_incident.h"
#include "ecl_problem.h"

typedef enum errclarity_mode_e {
    ERRCLARITY_UNSET = -1,
    ERRCLARITY_OFF = 0,
    ERRCLARITY_LOG = 1,
    ERRCLARITY_ON = 2
} errclarity_mode_e;

/** Statuses that count as failures: a bit each for 400 to 599. */
typedef struct errclarity_statuses_t {
    unsigned char bits[200 / 8];
} errclarity_statuses_t;

/** nginx's number for "the client closed the connection": in ErrClarityStatus
 *  it chooses client aborts; never sent to anyone. */
#define ERRCLARITY_CLIENT_ABORTED 499

/** One ErrClarityDetail. */
typedef struct errclarity_detail_t {
    ecl_detail_e level;
    const ap_expr_info_t *when; /* NULL: always */
} errclarity_detail_t;

/** One ErrClarityMapStatus or ErrClarityMessage. Its key is a slug, "family.*"
 *  or (messages only) a status. */
typedef struct errclarity_map_t {
    const char *key;
    int status;
    int retry_after; /* -1: as the catalogue has it */
} errclarity_map_t;

typedef struct errclarity_words_t {
    const char *key;
    const char *lang; /* NULL: any */
    const char *title;
    const char *text; /* NULL: the built-in one */
} errclarity_words_t;

/** Settings of a place. Arrays are NULL when unset, never changed once
 *  made. */
typedef struct errclarity_dir_t {
    int mode; /* errclarity_mode_e */
    const errclarity_statuses_t *statuses;
    int replace; /* bit 1 << ecl_body_e; -1 unset */
    const ecl_format_e *formats;
    int nformats;
    const char *const *langs; /* offered, the default first */
    int nlangs;
    apr_array_header_t *details; /* errclarity_detail_t, of the server's
                                       configuration */
    apr_array_header_t *htaccess_details; /* those of .htaccess: never shown
                                       beyond the highest level in details */
    apr_array_header_t *maps;             /* errclarity_map_t, later ones win */
    int precise;                          /* -1 unset */
    apr_array_header_t *words; /* errclarity_words_t, later ones win */
    const char *contact;
    int probe;                     /* -1 unset */
    apr_array_header_t *templates; /* errclarity_template.c's, later ones win */
    const char *proxy_name;        /* ErrClarityProxyStatus; "": off */
} errclarity_dir_t;

/** Settings of a server or virtual host. */
typedef enum errclarity_client_e {
    ERRCLARITY_CLIENT_UNSET,
    ERRCLARITY_CLIENT_FULL,
    ERRCLARITY_CLIENT_TRUNCATED, /* IPv4 to /24, IPv6 to /48 */
    ERRCLARITY_CLIENT_NONE
} errclarity_client_e;

typedef struct errclarity_server_t {
    const char *log;                 /* ErrClarityLog's target, or NULL */
    errclarity_client_e client;      /* how much of its address records tell */
    struct ecl_redactor_t *redactor; /* ErrClarityRedact, or NULL */
    struct errclarity_log_t *sink;   /* opened by record; NULL: error log */
    const struct ecl_link_key_t *link_key; /* NULL: links show nothing */
} errclarity_server_t;

void *errclarity_dir_create(apr_pool_t *p, char *dir);
void *errclarity_dir_merge(apr_pool_t *p, void *base, void *add);
void *errclarity_server_create(apr_pool_t *p, server_rec *s);
void *errclarity_server_merge(apr_pool_t *p, void *base, void *add);

/** Setters of the rooms' own directives, for the table. */
const char *errclarity_redact_set(cmd_parms *cmd, void *unused,
                                  const char *arg);

const char *errclarity_proxy_status_set(cmd_parms *cmd, void *dv,
                                        const char *arg);

extern const command_rec errclarity_directives[];

/** Why a directive is refused, in the words all of them use.
 * @param allowed  "expected ..." @param example  its arguments
 * @return allocated from cmd->pool */
const char *errclarity_bad_value(cmd_parms *cmd, const char *value,
                                 const char *allowed, const char *example);

int errclarity_mode(const errclarity_dir_t *d);
int errclarity_precise(const errclarity_dir_t *d);
int errclarity_probes(const errclarity_dir_t *d);

/** Whether that status counts as a failure here (default: 500 to 599). */
int errclarity_counts(const errclarity_dir_t *d, int status);

/** Whether bodies of that class are replaced here (default: canned, empty,
 *  leaking, masked). */
int errclarity_replaces(const errclarity_dir_t *d, ecl_body_e body);

/** What a body for r may show: the highest level whose condition holds. */
ecl_detail_e errclarity_detail(const errclarity_dir_t *d, request_rec *r);

/** The formats offered here. @param n *n: how many, at least 1 */
const ecl_format_e *errclarity_formats(const errclarity_dir_t *d, int *n);

/** The status and Retry-After for a cause here.
 * @param retry_after  in: the catalogue's; out: what applies; seconds */
int errclarity_status_for(const errclarity_dir_t *d, const ecl_cause_t *cause,
                          int original, int *retry_after);

/** Whether the site's words are about a failure, in whatever language. */
int errclarity_words_match(const errclarity_words_t *words,
                           const ecl_cause_t *cause, int status);

/** A directive of the whole server that names a file of data: resolve it
 *  against ServerRoot and hand it to add.
 * @param example  of a right value
 * @return NULL, or what is wrong, allocated from cmd->pool */
const char *errclarity_add_file(cmd_parms *cmd, const char *arg,
                                const char *example,
                                void (*add)(const char *path));

/** Whether a directive stands in an .htaccess file (as
 *  ap_check_cmd_context(NOT_IN_HTACCESS) tells it). */
#define errclarity_in_htaccess(cmd) ((cmd)->pool == (cmd)->temp_pool)

#endif
