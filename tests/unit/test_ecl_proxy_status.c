/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_proxy_status.c - every slug that has a type exists, names become
 * items, the backend's own error is told from the gateway's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_catalog.h"
#include "ecl_proxy_status.h"

static void test_all_of_upstream_has_a_type(void **state)
{
    static const char *const slugs[] = {
        "upstream.refused",     "upstream.reset",
        "upstream.dns",         "upstream.tls",
        "upstream.unreachable", "upstream.truncated",
        "upstream.no-worker",   "upstream.bad-response",
        "timeout.upstream",     "upstream.socket-missing",
        "timeout.script",
    };
    apr_pool_t *p;
    ecl_catalog_t *c;
    const char *yaml;
    size_t n;

    apr_pool_create(&p, NULL);
    c = ecl_catalog_create(p);
    yaml = ecl_catalog_builtin(&n);
    assert_null(ecl_catalog_add(c, "builtin", yaml, n, p));
    for (size_t i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++) {
        assert_non_null(ecl_catalog_find(c, slugs[i]));
        assert_non_null(ecl_proxy_error(slugs[i]));
    }
    assert_null(ecl_proxy_error("app.php-fatal-error"));
    assert_null(ecl_proxy_error("upstream"));
    assert_string_equal(ecl_proxy_error("config.tls-proxy"),
                        "proxy_configuration_error");
    apr_pool_destroy(p);
}

static void test_members(void **state)
{
    static const struct {
        const char *slug;
        int status;
        ecl_body_e body;
        const char *name;
        const char *want;
    } rows[] = {
        { "upstream.refused", 503, ECL_BODY_CANNED, "edge",
          "edge; error=connection_refused" },
        { "upstream.dns", 500, ECL_BODY_ERRORDOCUMENT, "a b\"c\\",
          "\"a b\\\"c\\\\\"; error=dns_error" },
        { "upstream.dns", 500, ECL_BODY_CANNED, "1a",
          "\"1a\"; error=dns_error" },
        { "app.error-status", 502, ECL_BODY_APPLICATION, "edge.example:80/x",
          "edge.example:80/x; received-status=502" },
        { "app.error-status", 500, ECL_BODY_CANNED, "e",
          "e; received-status=500" },
        { "resource.memory-limit", 500, ECL_BODY_EMPTY, "e",
          "e; received-status=500" },
        { "resource.workers", 503, ECL_BODY_CANNED, "e",
          "e; error=proxy_internal_error" },
        { "permission.denied", 403, ECL_BODY_CANNED, "e", NULL },
        { "client.body-too-large", 413, ECL_BODY_CANNED, "e", NULL },
    };
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ecl_cause_t cause = { .slug = rows[i].slug };
        ecl_incident_t inc = { .original_status = rows[i].status,
                               .body = rows[i].body };
        const char *got;

        inc.verdict.cause = &cause;
        got = ecl_proxy_status(&inc, rows[i].name, p);
        if (rows[i].want) {
            assert_string_equal(got, rows[i].want);
        }
        else {
            assert_null(got);
        }
    }
    apr_pool_destroy(p);
}

static void test_names(void **state)
{
    assert_true(ecl_proxy_is_name("edge.example.com"));
    assert_true(ecl_proxy_is_name("my \"edge\""));
    assert_false(ecl_proxy_is_name(""));
    assert_false(ecl_proxy_is_name("a\nb"));
    assert_false(ecl_proxy_is_name("k\xc3\xa4se"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_upstream_has_a_type),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_names),
    };

    apr_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
