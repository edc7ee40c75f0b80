/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "ecl_catalog.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL) != APR_SUCCESS;
}

static int teardown(void **state)
{
    apr_pool_destroy(pool);
    apr_terminate();
    return 0;
}

#define HEAD "- slug: a.b\n  who: owner\n  title: T\n  message: M\n"

static const char *add(ecl_catalog_t *c, const char *yaml)
{
    return ecl_catalog_add(c, "site.yaml", yaml, strlen(yaml), pool);
}

static void test_a_cause_is_read_whole(void **state)
{
    ecl_catalog_t *c = ecl_catalog_create(pool);
    const ecl_cause_t *cause;

    assert_null(add(c, "- slug: cgi.exec-format\n"
                       "  who: dependency\n"
                       "  status: 502\n"
                       "  retry: yes\n"
                       "  retry_after: 30\n"
                       "  title: Title\n"
                       "  message: \"{file|The script} is none.\"\n"
                       "  meaning: >\n    Two\n    lines.\n"
                       "  hints:\n"
                       "    - {who: owner, text: Do this.}\n"
                       "    - {who: operator, text: Do that.}\n"
                       "- slug: app.x\n  who: visitor\n  title: T\n"
                       "  message: M\n"));
    assert_null(ecl_catalog_compile(c, pool));
    assert_int_equal(ecl_catalog_size(c), 2);
    cause = ecl_catalog_find(c, "cgi.exec-format");
    assert_ptr_equal(cause, ecl_catalog_at(c, 0));
    assert_string_equal(cause->slug, "cgi.exec-format");
    assert_string_equal(cause->family, "cgi");
    assert_string_equal(cause->title, "Title");
    assert_string_equal(cause->message, "{file|The script} is none.");
    assert_string_equal(cause->meaning, "Two lines.");
    assert_int_equal(cause->who, ECL_WHO_DEPENDENCY);
    assert_int_equal(cause->status, 502);
    assert_int_equal(cause->retry, ECL_RETRY_YES);
    assert_int_equal(cause->retry_after, 30);
    assert_int_equal(cause->nhints, 2);
    assert_int_equal(cause->hints[1].who, ECL_WHO_OPERATOR);
    assert_string_equal(cause->hints[1].text, "Do that.");
    assert_int_equal(ecl_catalog_at(c, 1)->index, 1);
    assert_int_equal(ecl_catalog_at(c, 1)->retry, ECL_RETRY_NO);
    assert_true(ecl_catalog_has_family(c, "app"));
    assert_false(ecl_catalog_has_family(c, "ap"));
    assert_null(ecl_catalog_find(c, "app"));
}

static void test_a_later_block_extends_a_cause(void **state)
{
    ecl_catalog_t *c = ecl_catalog_create(pool);
    const ecl_cause_t *cause;

    assert_null(add(c, HEAD "  hints: [{who: owner, text: old}]\n"));
    assert_null(add(c, "- slug: a.b\n  title: New\n"));
    cause = ecl_catalog_find(c, "a.b");
    assert_int_equal(ecl_catalog_size(c), 1);
    assert_string_equal(cause->title, "New");
    assert_string_equal(cause->message, "M");
    assert_string_equal(cause->hints[0].text, "old");
}

static void test_errors_say_where_and_what(void **state)
{
    static const struct {
        const char *yaml, *error;
    } cases[] = {
        { HEAD "  match:\n    - {re: abcd, rank: deep}\n",
          "site.yaml:6: rank \"deep\": expected context, symptom, generic, "
          "specific, root or a number from 1 to 99" },
        { HEAD "  match: [{re: abcd, rank: 100}]\n", "rank \"100\"" },
        { HEAD "  match: [{re: abcd, rank: 0}]\n", "rank \"0\"" },
        { HEAD "  wo: x\n",
          "site.yaml:5: cause: unknown key \"wo\": expected one of: slug who" },
        { HEAD "  title: T2\n",
          "site.yaml:5: cause: \"title\" is there twice" },
        { HEAD "  status: 200\n",
          "status \"200\": expected a number from 400 to 599" },
        { HEAD "  status: 5e2\n", "status \"5e2\"" },
        { HEAD "  retry: perhaps\n",
          "retry \"perhaps\": expected no, maybe or yes" },
        { HEAD "  match: [{module: cgi}]\n",
          "site.yaml:5: rule: needs at least one of re, ah, status" },
        { HEAD "  match: [{re: \"(\"}]\n", "re: missing closing parenthesis" },
        { HEAD "  match: [{re: \"(?<nofact>x)\"}]\n", "group \"nofact\"" },
        { HEAD "  match: [{ah: 1241, errno: EFOO}]\n", "errno \"EFOO\"" },
        { HEAD "  match: [{ah: AH01241}]\n", "ah \"AH01241\"" },
        { HEAD "  match: [{ah: []}]\n", "ah: the list is empty" },
        { HEAD "  match: [{re: abcd, module: mod_cgi}]\n",
          "module \"mod_cgi\": expected the short name" },
        { HEAD "  match: [{re: abcd, lang: cobol}]\n", "lang \"cobol\"" },
        { HEAD "  match: [{re: abcd, set: {nofact: 1}}]\n", "\"nofact\"" },
        { HEAD "  match: [{status: 6xx}]\n", "status \"6xx\"" },
        { HEAD "  match: [{aborted: false}]\n", "aborted \"false\"" },
        { HEAD "  match: [{re: abcd, warn: no}]\n",
          "warn \"no\": expected context or decisive" },
        { HEAD "  hints: [{who: visitor, text: x}]\n", "owner or operator" },
        { HEAD "  hints: [{who: owner}]\n", "hint: needs who and text" },
        { HEAD "  meaning: \"at {flie}\"\n", "placeholder \"{flie}\"" },
        { HEAD "  meaning: \"a\\0b\"\n", "NUL" },
        { HEAD "  meaning: [x]\n", "meaning: expected one text, not a list" },
        { "- slug: A.b\n", "slug \"A.b\": expected family.cause" },
        { "- slug: a\n", "slug \"a\"" },
        { "- slug: a.b.c\n", "slug \"a.b.c\"" },
        { "- who: owner\n", "site.yaml:1: expected a cause that begins" },
        { "slug: a.b\n", "site.yaml:1: expected a list of causes" },
        { "- slug: a.b\n  who: [\n", "site.yaml:" },
        { "- plain\n", "expected a cause" },
        { "--- # src/x.yaml\n- slug: a.b\n  bad: 1\n",
          "src/x.yaml:2: cause: unknown key \"bad\"" },
        { "--- # src/x.yaml\n" HEAD "--- # src/y.yaml\n- slug: 7\n",
          "src/y.yaml:1: slug \"7\"" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *error = add(ecl_catalog_create(pool), cases[i].yaml);

        assert_non_null(error);
        if (!strstr(error, cases[i].error)) {
            fail_msg("case %d: \"%s\" lacks \"%s\"", (int)i, error,
                     cases[i].error);
        }
    }
}

static void test_a_cause_must_be_complete_in_the_end(void **state)
{
    ecl_catalog_t *c = ecl_catalog_create(pool);
    const char *error;

    assert_null(add(c, "\n- slug: a.b\n  title: first\n"));
    error = ecl_catalog_compile(c, pool);
    assert_non_null(error);
    assert_non_null(strstr(error, "site.yaml:2: a.b: a cause needs who"));
    assert_null(add(c, HEAD));
    assert_null(ecl_catalog_compile(c, pool));
    assert_int_equal(ecl_catalog_size(c), 1);
}

static void test_harmless_texts(void **state)
{
    static const char *const texts[] = {
        "",
        "# nothing\n",
        "---\n",
        "[]\n",
        "---\n--- # a\n---\n[]\n",
        HEAD "  examples: [{anything: goes}]\n  near: {a: b}\n",
        HEAD "  meaning: 'RewriteCond %{HTTP_HOST} {} {X}'\n",
        HEAD "  match: [{re: abcd, errno: [ENOENT, 13, APR_TIMEUP], ah: 1}]\n",
        HEAD "  match: {status: [5xx, 404], handler: \"^proxy:\"}\n",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ecl_catalog_t *c = ecl_catalog_create(pool);

        assert_null(add(c, texts[i]));
        assert_null(ecl_catalog_compile(c, pool));
    }
}

static void test_a_missing_file_is_an_error(void **state)
{
    const char *error = ecl_catalog_add_file(ecl_catalog_create(pool),
                                             "/nonexistent/x.yaml", pool);

    assert_non_null(error);
    assert_non_null(strstr(error, "/nonexistent/x.yaml: cannot be read: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_cause_is_read_whole, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_later_block_extends_a_cause,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors_say_where_and_what, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_a_cause_must_be_complete_in_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_harmless_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_file_is_an_error, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
