/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* sample.h - incidents for the tests of what is written about them. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <string.h>

#include "ecl_incident.h"
#include "ecl_messages.h"

static const ecl_hint_t sample_hints[] = {
    { ECL_WHO_OWNER, "Start the database on {host}." },
    { ECL_WHO_OWNER, "Needs {table}, which nobody knows." },
    { ECL_WHO_OPERATOR, "Look at port {port|3306}." },
};

static const ecl_cause_t sample_cause = {
    .slug = "dependency.database-unreachable",
    .family = "dependency",
    .title = "The database cannot be reached",
    .message = "The database on {host} does not answer.",
    .hints = sample_hints,
    .nhints = 3,
    .who = ECL_WHO_DEPENDENCY,
    .status = 503,
    .retry = ECL_RETRY_YES,
};

static const ecl_cause_t sample_other = {
    .slug = "app.php-uncaught-exception",
    .family = "app",
    .title = "Uncaught exception",
};

static ecl_msg_t sample_msgs[] = {
    { .text = "PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] "
              "[2002] Connection refused in /srv/shop/db.php:17",
      .module = "proxy_fcgi",
      .level = ECL_LEVEL_ERROR,
      .ah = 1071 },
    { .text = "password=hunter2",
      .module = "php",
      .level = ECL_LEVEL_NOTICE,
      .os_error = 111 },
};

static ecl_probe_result_t sample_probes[] = {
    { "script.mode", "0644" },
    { "script.owner", "web1" },
};

/* A failure with every member filled in. */
static inline ecl_incident_t sample_incident(void)
{
    ecl_incident_t i = { .id = "05V30-0123456Z" };

    for (size_t k = 0; k < 2; k++) {
        sample_msgs[k].len = strlen(sample_msgs[k].text);
    }
    i.time = 1782907200000123LL; /* 2026-07-01T12:00:00.000123Z */
    i.duration = 1500;
    i.verdict.cause = &sample_cause;
    i.verdict.confidence = ECL_CONFIDENCE_HIGH;
    i.verdict.facts.v[ECL_FACT_HOST] = "db.internal";
    i.verdict.facts.v[ECL_FACT_FILE] = "/srv/shop/db.php";
    i.verdict.facts.v[ECL_FACT_LINE] = "17";
    i.verdict.alternatives[0].cause = &sample_other;
    i.verdict.alternatives[0].confidence = ECL_CONFIDENCE_LOW;
    i.verdict.nalternatives = 1;
    i.verdict.error_type = "PDOException";
    i.verdict.error_message = "SQLSTATE[HY000] [2002] Connection refused";
    i.verdict.stack = "#0 /srv/shop/db.php(17): "
                      "PDO->__construct('mysql:host=d', 'shop', 'pa55')\n"
                      "#1 {main}";
    i.original_status = 500;
    i.status = 503;
    i.retry_after = 30;
    i.body = ECL_BODY_EMPTY;
    i.response = ECL_RESPONSE_REPLACED;
    i.format = "html";
    i.method = "GET";
    i.path = "/cart";
    i.query = "item=7&token=abc123";
    i.domain = "shop.example";
    i.server_address = "shop.example";
    i.server_port = 443;
    i.vhost = "shop.example:443";
    i.client = "192.0.2.7";
    i.user_agent = "Mozilla/5.0";
    i.handler = "proxy:fcgi://localhost";
    i.script = "/srv/shop/index.php";
    i.trace_id = "0af7651916cd43dd8448eb211c80319c";
    i.request_id = "aSCx3Xk1";
    i.pid = 4711;
    i.tid = 140000000000001UL;
    i.msgs = sample_msgs;
    i.nmsgs = 2;
    i.gap = 2;
    i.probes = sample_probes;
    i.nprobes = 2;
    return i;
}

/* The texts that are part of the program; NULL when they do not load. */
static inline ecl_messages_t *sample_messages(apr_pool_t *p)
{
    ecl_messages_t *m = ecl_messages_create(p);
    size_t n;
    const char *yaml = ecl_messages_builtin(&n);

    return ecl_messages_add(m, "builtin", yaml, n, p) ? NULL : m;
}

#endif
