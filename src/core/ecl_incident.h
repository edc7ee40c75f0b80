/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_incident.h - one failed request: everything that record and bodies say.
 *
 * A plain struct whose texts are borrowed from whoever filled it in (online:
 * the request's pool). Request texts may hold any bytes: the writers clean and
 * mask them. */
#ifndef ECL_INCIDENT_H
#define ECL_INCIDENT_H

#include <apr_time.h>

#include "ecl_classify.h"
#include "ecl_redact.h"
#include "ecl_seen.h"

/** "XXXXX-XXXXXXXX": 5 characters of time, 8 of chance. */
#define ECL_ID_LEN 14

/** What the response's body was when the failure was noticed. */
typedef enum ecl_body_e {
    ECL_BODY_NONE, /* no response was under way, e.g. early 408 */
    ECL_BODY_CANNED,
    ECL_BODY_EMPTY,
    ECL_BODY_LEAKING,
    ECL_BODY_MASKED,
    ECL_BODY_APPLICATION,
    ECL_BODY_ERRORDOCUMENT,
    ECL_BODY_SENT /* already on its way to the client */
} ecl_body_e;

/** "none", "canned", "empty", "leaking", "masked", "application",
 *  "errordocument", "sent". Static. */
const char *ecl_body_name(ecl_body_e body);

typedef enum ecl_response_e {
    ECL_RESPONSE_KEPT,
    ECL_RESPONSE_REPLACED,
    ECL_RESPONSE_TOO_LATE
} ecl_response_e;

/** "kept", "replaced", "too-late". Static. */
const char *ecl_response_name(ecl_response_e response);

typedef struct ecl_probe_result_t {
    const char *name;  /* e.g. "script.mode" */
    const char *value; /* e.g. "0644" */
} ecl_probe_result_t;

/** A file that changed shortly before the failure. */
typedef struct ecl_change_t {
    const char *what; /* "script", "htaccess" ... Static */
    const char *path; /* clean */
    apr_time_t time;
    long age;          /* seconds before the failure */
    int since;         /* after the problem was first seen: not its cause */
    int operator_only; /* lies outside of the site */
} ecl_change_t;

typedef struct ecl_incident_t {
    char id[ECL_ID_LEN + 1];
    apr_time_t time; /* when the request arrived, UTC */
    apr_interval_time_t duration;
    ecl_verdict_t verdict;
    int original_status; /* before us; 200 for a masked failure */
    int status;          /* that the client got */
    int retry_after;     /* seconds; 0 none */
    ecl_body_e body;
    ecl_response_e response;
    const char *hidden_by; /* what kept the failure out of the status that the
                              client got, see docs/record.md; NULL: nothing */
    const char *format;    /* "html", "json" ...; NULL: not replaced */

    const char *method, *path, *query, *domain; /* NULL unknown */
    const char *server_address;                 /* ServerName */
    int server_port;
    const char *vhost;  /* "name:port" */
    const char *client; /* address, already made private if asked */
    const char *user_agent;
    const char *handler;
    const char *script;
    const char *trace_id;   /* 32 lower-case hex digits (W3C), or NULL */
    const char *request_id; /* httpd's log id or UNIQUE_ID, or NULL */
    long pid;
    unsigned long tid;

    const ecl_redactor_t *redactor; /* what the site wants masked; NULL: the
                                       built-in masks alone */
    const ecl_msg_t *msgs;
    int nmsgs;
    int gap;          /* index of the first message after the gap */
    unsigned dropped; /* messages lost in the gap */
    int lost;         /* another process's may be lost as well */
    const ecl_probe_result_t *probes;
    int nprobes;
    const ecl_change_t *changes; /* as ecl_changes_t orders them */
    int nchanges;
    ecl_sight_t seen; /* its group, up to now; count 0: not known */
} ecl_incident_t;

/** Make an incident id in Crockford's base32 (no I, L, O, U).
 * @param now     the first 5 characters count seconds, wrapping every 388 days:
 *                ids sort by time within a year
 * @param random  40 bits from a cryptographic source: an id that is handed to
 *                a stranger must not tell the next one */
void ecl_incident_id(char id[ECL_ID_LEN + 1], apr_time_t now,
                     const unsigned char random[5]);

/** Whether text has the form of an incident id. */
int ecl_incident_id_valid(const char *text);

/** Bytes that ecl_incident_time() writes at most, NUL included. */
#define ECL_TIME_MAX 32

/** A time as RFC 3339 has it, in UTC: "2026-07-01T12:00:00Z".
 * @param micro  with microseconds: "2026-07-01T12:00:00.000123Z" */
void ecl_incident_time(char out[ECL_TIME_MAX], apr_time_t t, int micro);

/** Fingerprint of the problem behind an incident: same vhost, cause and place
 *  (file, line, directive, host) give the same group. */
uint64_t ecl_incident_fingerprint(const ecl_incident_t *inc);

/** The fingerprint as text.
 * @param out  receives 16 lower-case hex digits and NUL */
void ecl_incident_group(char out[17], const ecl_incident_t *inc);

#endif
