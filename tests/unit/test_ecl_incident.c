/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_incident.c - references, times and fingerprints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "sample.h"

static void test_id(void **state)
{
    static const unsigned char none[5] = { 0 };
    static const unsigned char all[5] = { 0xff, 0xff, 0xff, 0xff, 0xff };
    static const unsigned char some[5] = { 0x01, 0x23, 0x45, 0x67, 0x89 };
    char id[ECL_ID_LEN + 1];

    ecl_incident_id(id, 0, none);
    assert_string_equal(id, "00000-00000000");
    ecl_incident_id(id, apr_time_from_sec((1 << 25) - 1), all);
    assert_string_equal(id, "ZZZZZ-ZZZZZZZZ");
    ecl_incident_id(id, apr_time_from_sec((1 << 25) + 1), some);
    assert_string_equal(id, "00001-04HMASW9");
    assert_int_equal(strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"),
                     ECL_ID_LEN);
}

static void test_id_form(void **state)
{
    static const char *const wrong[] = {
        "",
        "00001-04HMASW",
        "00001-04HMASW99",
        "00001-04hmasw9",
        "00001004HMASW9",
        "0000I-04HMASW9",
        "00001-04HMASW9 ",
        "00001-04HMASW9, 00001-04HMASW9",
        "-0000104HMASW9",
    };

    assert_true(ecl_incident_id_valid("00001-04HMASW9"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(ecl_incident_id_valid(wrong[i]));
    }
}

static void test_time(void **state)
{
    char t[ECL_TIME_MAX];

    ecl_incident_time(t, 1782907200000123LL, 1);
    assert_string_equal(t, "2026-07-01T12:00:00.000123Z");
    ecl_incident_time(t, 951782400999999LL, 0);
    assert_string_equal(t, "2000-02-29T00:00:00Z");
    ecl_incident_time(t, -1, 0);
    assert_string_equal(t, "1970-01-01T00:00:00Z");
    ecl_incident_time(t, INT64_MAX, 0);
    assert_string_equal(t, "1970-01-01T00:00:00Z");
}

static void test_group(void **state)
{
    ecl_incident_t a = sample_incident();
    ecl_incident_t b = sample_incident();
    char ga[17], gb[17];

    b.id[0] = 'X';
    b.time++;
    b.path = "/other";
    b.client = "198.51.100.1";
    ecl_incident_group(ga, &a);
    ecl_incident_group(gb, &b);
    assert_string_equal(ga, gb);
    assert_int_equal(strspn(ga, "0123456789abcdef"), 16);

    const char **parts[] = { &b.vhost,
                             &b.verdict.facts.v[ECL_FACT_FILE],
                             &b.verdict.facts.v[ECL_FACT_LINE],
                             &b.verdict.facts.v[ECL_FACT_DIRECTIVE],
                             &b.verdict.facts.v[ECL_FACT_HOST],
                             &b.verdict.facts.v[ECL_FACT_CLASS] };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *before = *parts[i];

        *parts[i] = "another";
        ecl_incident_group(gb, &b);
        assert_string_not_equal(ga, gb);
        *parts[i] = before;
    }
    b.verdict.cause = &sample_other;
    ecl_incident_group(gb, &b);
    assert_string_not_equal(ga, gb);
    /* The same text in another member is another place. */
    a.verdict.facts.v[ECL_FACT_DIRECTIVE] = "x";
    b = a;
    b.verdict.facts.v[ECL_FACT_DIRECTIVE] = NULL;
    b.verdict.facts.v[ECL_FACT_CLASS] = "x";
    ecl_incident_group(ga, &a);
    ecl_incident_group(gb, &b);
    assert_string_not_equal(ga, gb);
}

static void test_names(void **state)
{
    assert_string_equal(ecl_body_name(ECL_BODY_NONE), "none");
    assert_string_equal(ecl_body_name(ECL_BODY_CANNED), "canned");
    assert_string_equal(ecl_body_name(ECL_BODY_MASKED), "masked");
    assert_string_equal(ecl_body_name(ECL_BODY_ERRORDOCUMENT), "errordocument");
    assert_string_equal(ecl_body_name(ECL_BODY_SENT), "sent");
    assert_string_equal(ecl_response_name(ECL_RESPONSE_KEPT), "kept");
    assert_string_equal(ecl_response_name(ECL_RESPONSE_REPLACED), "replaced");
    assert_string_equal(ecl_response_name(ECL_RESPONSE_TOO_LATE), "too-late");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_id),
        cmocka_unit_test(test_id_form),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
