/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_record.c - the record is one bounded line of valid JSON, whatever
 * the incident holds, and says what it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "../fuzz/json_check.h"
#include "ecl_record.h"
#include "sample.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL) != APR_SUCCESS;
}

static int teardown(void **state)
{
    apr_terminate();
    return 0;
}

static void assert_line(const char *line, size_t n, size_t max)
{
    if (!json_check_line(line, n)) {
        print_error("%s\n", line);
        fail();
    }
    assert_true(n <= max);
    assert_int_equal(strlen(line), n);
}

static void assert_has(const char *line, const char *part)
{
    if (!strstr(line, part)) {
        print_error("no %s\n", part);
        fail();
    }
}

static void test_members(void **state)
{
    static const char *const want[] = {
        "{\"@timestamp\":\"2026-07-01T12:00:00.000123Z\"",
        "\"ecs\":{\"version\":\"8.11.0\"}",
        "\"log\":{\"level\":\"error\"}",
        "\"message\":\"The database on db.internal does not answer.\"",
        "\"event\":{\"kind\":\"event\",\"category\":[\"web\"],"
        "\"dataset\":\"errclarity.incident\",\"outcome\":\"failure\","
        "\"duration\":1500000}",
        "\"error\":{\"id\":\"05V30-0123456Z\","
        "\"code\":\"dependency.database-unreachable\","
        "\"type\":\"PDOException\",",
        "\"http\":{\"request\":{\"id\":\"aSCx3Xk1\",\"method\":\"GET\"},"
        "\"response\":{\"status_code\":503}}",
        "\"url\":{\"path\":\"/cart\",\"query\":\"item=7&token=[redacted]\","
        "\"domain\":\"shop.example\"}",
        "\"client\":{\"address\":\"192.0.2.7\"}",
        "\"user_agent\":{\"original\":\"Mozilla/5.0\"}",
        "\"server\":{\"address\":\"shop.example\",\"port\":443}",
        "\"service\":{\"name\":\"shop.example\"}",
        "\"process\":{\"pid\":4711,\"thread\":{\"id\":140000000000001}}",
        "\"trace\":{\"id\":\"0af7651916cd43dd8448eb211c80319c\"}",
        "\"transaction\":{\"id\":\"aSCx3Xk1\"}",
        "\"facts\":{\"file\":\"/srv/shop/db.php\",\"line\":17,"
        "\"host\":\"db.internal\"}",
        "\"probes\":{\"script.mode\":\"0644\",\"script.owner\":\"web1\"}",
        "\"hints\":[\"Start the database on db.internal.\","
        "\"Look at port 3306.\"]",
        "\"alternatives\":[{\"code\":\"app.php-uncaught-exception\","
        "\"confidence\":\"low\"}]",
        "{\"level\":\"error\",\"module\":\"proxy_fcgi\",\"code\":\"AH01071\","
        "\"message\":\"PHP Fatal",
        "\"os_error\":111,\"message\":\"password=[redacted]\"}]}}\n",
        "\"retryable\":true,\"retry_after\":30,",
        "PDO->__construct('mysql:host=d', 'shop', '[redacted]')\\n#1 {main}",
    };
    ecl_incident_t inc = sample_incident();
    size_t n;
    char *line = ecl_record_line(&inc, ECL_RECORD_MAX, &n, pool);

    assert_line(line, n, ECL_RECORD_MAX);
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        assert_has(line, want[i]);
    }
    assert_null(strstr(line, "truncated"));
    assert_null(strstr(line, "dropped"));
}

/* Unknown values are left out, not null or empty. */
static void test_bare(void **state)
{
    ecl_incident_t inc = { .id = "05V30-0123456Z", .status = 404 };
    size_t n;
    char *line;

    inc.verdict.cause = &sample_other;
    line = ecl_record_line(&inc, ECL_RECORD_MAX, &n, pool);
    assert_line(line, n, ECL_RECORD_MAX);
    assert_has(line, "\"level\":\"warning\"");
    assert_has(line, "\"message\":\"Uncaught exception\"");
    assert_null(strstr(line, "null"));
    assert_null(strstr(line, "\"\""));
    assert_null(strstr(line, "{}"));
    assert_null(strstr(line, "[]"));
}

/* Every text member of an incident, for filling them with the same bytes. */
static void fill(ecl_incident_t *inc, const char *s)
{
    const char **texts[] = {
        &inc->verdict.error_type,
        &inc->verdict.error_message,
        &inc->verdict.stack,
        &inc->verdict.component,
        &inc->format,
        &inc->method,
        &inc->path,
        &inc->query,
        &inc->domain,
        &inc->server_address,
        &inc->vhost,
        &inc->client,
        &inc->user_agent,
        &inc->handler,
        &inc->script,
        &inc->trace_id,
        &inc->request_id,
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = s;
    }
    for (int f = 0; f < ECL_FACT_COUNT; f++) {
        inc->verdict.facts.v[f] = s;
    }
}

static char *repeat(const char *unit, size_t total)
{
    size_t n = strlen(unit);
    char *s = apr_palloc(pool, total + 1);

    for (size_t i = 0; i < total; i++) {
        s[i] = unit[i % n];
    }
    s[total] = '\0';
    return s;
}

static void test_hostile(void **state)
{
    static const char *const units[] = {
        "a",          "\"",           "\\",
        "\n",         "\x01",         "\xff",
        "\xc3\xa9",   "\xed\xa0\x80", "\xf0\x9f\x98\x80",
        "\x1b[0m",    "\xc2\x9b",     "\"\\\n\xff",
        "password='", "\x80",         "connect('a','b','",
        "://a:b@",    "&a=%",         "\r\n",
    };
    static const size_t sizes[] = { 1, 15, 40, 300, 3000, 20000 };
    static const size_t maxima[] = { 2048, 4096, ECL_RECORD_MAX };
    size_t n;

    for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            char *s = repeat(units[u], sizes[k]);
            ecl_incident_t inc = sample_incident();
            ecl_msg_t msgs[40] = { { 0 } };
            char *line;

            fill(&inc, s);
            for (int i = 0; i < 40; i++) {
                msgs[i].text = s;
                msgs[i].len = strlen(s);
                msgs[i].module = s;
            }
            inc.msgs = msgs;
            inc.nmsgs = 40;
            for (size_t m = 0; m < 3; m++) {
                line = ecl_record_line(&inc, maxima[m], &n, pool);

                assert_line(line, n, maxima[m]);
                if (maxima[m] > ECL_RECORD_MIN) {
                    assert_has(line, "\"evidence\":[{");
                }
            }
            line = ecl_record_compact(&inc, &n, pool);
            assert_line(line, n, ECL_RECORD_MIN);
            apr_pool_clear(pool);
        }
    }
}

/* A flood keeps both ends; the middle is counted. */
static void test_truncation(void **state)
{
    ecl_incident_t inc = sample_incident();
    char texts[300][64];
    ecl_msg_t msgs[300] = { { 0 } };
    char *line;
    size_t n;

    for (int i = 0; i < 300; i++) {
        snprintf(texts[i], sizeof(texts[i]), "message number %d of a flood", i);
        msgs[i].text = texts[i];
        msgs[i].len = strlen(texts[i]);
        msgs[i].level = ECL_LEVEL_ERROR;
    }
    inc.msgs = msgs;
    inc.nmsgs = 300;
    inc.dropped = 5;
    line = ecl_record_line(&inc, 4096, &n, pool);
    assert_line(line, n, 4096);
    assert_true(n > 3800);
    assert_has(line, "message number 0 of");
    assert_has(line, "message number 299 of");
    assert_null(strstr(line, "message number 150 of"));
    assert_has(line, "\"truncated\":true");
    assert_has(line, "\"dropped\":2");
    line = ecl_record_line(&inc, 60000, &n, pool);
    assert_has(line, "message number 150 of");
    assert_has(line, "\"dropped\":5}}");
    assert_null(strstr(line, "truncated"));
}

static void test_compact(void **state)
{
    ecl_incident_t inc = sample_incident();
    size_t n;
    char *line = ecl_record_compact(&inc, &n, pool);

    assert_line(line, n, ECL_RECORD_MIN);
    assert_has(line, "\"id\":\"05V30-0123456Z\"");
    assert_has(line, "\"compact\":true");
    assert_null(strstr(line, "evidence"));
    assert_null(strstr(line, "\"facts\""));
    assert_null(strstr(line, "truncated"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members), cmocka_unit_test(test_bare),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_compact),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
