/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_record.c - any bytes in every text of an incident: the record is one
 * line of JSON within its limit.
 *
 * The input is cut at its newlines into texts, so a seed reads like
 * what it stands for; the first byte chooses the limit. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_record.h"
#include "json_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXTS 64

typedef struct texts_t {
    const char *s[TEXTS];
    size_t n;
} texts_t;

static void cut(texts_t *t, char *s, size_t n)
{
    size_t start = 0;

    memset(t, 0, sizeof(*t));
    for (size_t i = 0; i <= n && t->n < TEXTS; i++) {
        if (i == n || s[i] == '\n') {
            s[i] = '\0';
            t->s[t->n++] = s + start;
            start = i + 1;
        }
    }
}

static void fill(ecl_incident_t *inc, ecl_cause_t *cause, const texts_t *t)
{
    const char **members[] = {
        &inc->path,          &inc->query,
        &inc->user_agent,    &inc->domain,
        &inc->method,        &inc->server_address,
        &inc->vhost,         &inc->client,
        &inc->handler,       &inc->script,
        &inc->trace_id,      &inc->request_id,
        &inc->format,        &inc->verdict.error_type,
        &inc->verdict.stack, &inc->verdict.error_message,
        &cause->title,       &cause->message,
    };
    size_t n = sizeof(members) / sizeof(members[0]);

    for (size_t i = 0; i < n; i++) {
        *members[i] = t->s[i % t->n];
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        inc->verdict.facts.v[f] = t->s[(n + (size_t)f) % t->n];
    }
    inc->verdict.cause = cause;
    inc->status = 500;
}

static void require(int holds, const char *what, const char *body)
{
    if (!holds) {
        fprintf(stderr, "%s: %s\n", what, body);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t maxima[] = { ECL_RECORD_MIN, 4096, ECL_RECORD_MAX };
    static apr_pool_t *pool;
    ecl_incident_t inc = { .id = "00000-00000000" };
    ecl_cause_t cause = { .slug = "unknown.no-evidence", .family = "unknown" };
    ecl_msg_t msgs[TEXTS] = { { 0 } };
    size_t max = maxima[size ? data[0] % 3 : 0];
    texts_t t;
    char *s;
    size_t n;

    if (!pool) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    apr_pool_clear(pool);
    s = apr_palloc(pool, size + 1);
    if (size) {
        memcpy(s, data, size);
    }
    cut(&t, s, size);
    fill(&inc, &cause, &t);
    for (size_t i = 0; i < t.n; i++) {
        msgs[i].text = t.s[i];
        msgs[i].len = strlen(t.s[i]);
        msgs[i].module = t.s[t.n - 1 - i];
    }
    inc.msgs = msgs;
    inc.nmsgs = (int)t.n;
    s = ecl_record_line(&inc, max, &n, pool);
    require(n <= max && strlen(s) == n && json_check_line(s, n), "record", s);
    s = ecl_record_compact(&inc, &n, pool);
    require(n <= ECL_RECORD_MIN && json_check_line(s, n), "compact", s);
    return 0;
}
