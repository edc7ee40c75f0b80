/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_view.c - every name of docs/templates.md, and nothing beyond the
 * reader's level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "../fuzz/json_check.h"
#include "ecl_contact.h"
#include "ecl_view.h"
#include "sample.h"

static apr_pool_t *pool;
static ecl_messages_t *messages;

static int setup(void **state)
{
    apr_initialize();
    if (apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return 1;
    }
    messages = sample_messages(pool);
    return messages == NULL;
}

static const char *fill(const ecl_problem_t *pb, ecl_format_e format,
                        const char *text)
{
    const char *err = NULL;
    const ecl_template_t *t = ecl_template_compile(text, strlen(text), format,
                                                   ecl_view_raw, &err, pool);
    char *out = apr_palloc(pool, 65536);
    ecl_view_t view;
    ecl_value_t root;
    ecl_buf_t b;

    assert_null(err);
    ecl_buf_init(&b, out, 65536);
    ecl_view_init(&view, pb, format, "p{color:red}", pool);
    root = ecl_view_root(&view);
    assert_int_equal(ecl_template_render(t, &root, &b), ECL_TEMPLATE_OK);
    return out;
}

#define MAIL_BODY                                                              \
    "body=Reference%3A%2005V30-0123456Z%0D%0A"                                 \
    "Time%3A%202026-07-01T12%3A00%3A00Z%0D%0A%0D%0A"

static void build(ecl_problem_t *pb, ecl_detail_e level)
{
    static const ecl_words_t words = {
        .lang = "en",
        .contact = "mailto:help@shop.example",
        .type_uri = "https://shop.example/problems#",
    };
    static ecl_change_t changes[] = {
        { "script", "/srv/shop/db.php", 1782906600000000LL, 600, 0, 0 },
        { "module", "/usr/lib/mod_x.so", 1782906600000000LL, 600, 0, 1 },
    };
    static ecl_incident_t inc;

    inc = sample_incident();
    inc.dropped = 3;
    inc.changes = changes;
    inc.nchanges = 2;
    ecl_problem_build(pb, &inc, level, &words, messages, pool);
}

static void check(const ecl_problem_t *pb, const char *text,
                  const char *expected)
{
    const char *got = fill(pb, ECL_FORMAT_HTML, text);

    if (strcmp(got, expected) != 0) {
        fail_msg("%s\n  expected: %s\n  got: %s", text, expected, got);
    }
}

static void test_visitor(void **state)
{
    ecl_problem_t pb;

    build(&pb, ECL_DETAIL_VISITOR);
    check(&pb, "{{status}} {{incident}} {{instance}} {{timestamp}}",
          "503 05V30-0123456Z urn:errclarity:incident:05V30-0123456Z "
          "2026-07-01T12:00:00Z");
    check(&pb, "{{code}} {{type}} {{lang}} {{dir}} {{format}}",
          "dependency https://shop.example/problems#dependency en ltr html");
    check(&pb, "{{title}}|{{detail}}",
          apr_pstrcat(pool, pb.title, "|", pb.detail, NULL));
    check(&pb,
          "{{#retryable}}yes{{/retryable}}{{#permanent}}no{{/permanent}} "
          "{{retry_after}} {{retry}}",
          "yes 30 Please try again in 30 s.");
    check(&pb, "{{#advice}}1{{/advice}}",
          apr_pstrmemdup(pool, "1111", (size_t)pb.nadvice));
    check(&pb, "{{contact}} {{contact_text}} {{contact_href}}",
          "mailto:help@shop.example help@shop.example "
          "mailto:help@shop.example?subject=Error%20report%20"
          "05V30-0123456Z&amp;" MAIL_BODY);
    check(&pb, "{{time}}", "2026-07-01 12:00:00 UTC");
    check(&pb, "{{words.reference}} {{words.confidence_low}} {{words.nope}}",
          "Reference low ");
    check(&pb, "{{#words}}{{time}}{{/words}} {{{style}}}", "Time p{color:red}");
    check(&pb, "{{#has_advice}}1{{/has_advice}}{{^has_retry}}2{{/has_retry}}",
          pb.nadvice ? "1" : "");
    check(&pb,
          "{{#owner}}1{{/owner}}{{#operator}}2{{/operator}}{{facts}}{{hints}}"
          "{{cause_title}}{{owner.cause_title}}{{operator.evidence}}"
          "{{#has_owner}}3{{/has_owner}}",
          "");
}

static void test_owner(void **state)
{
    ecl_problem_t pb;

    build(&pb, ECL_DETAIL_OWNER);
    check(&pb,
          "{{code}}{{#owner}} {{cause_title}} {{confidence}} {{who}} "
          "({{confidence_text}}, {{who_text}}){{/owner}}",
          "dependency.database-unreachable The database cannot be reached "
          "high dependency (high, whoever runs a service the site needs)");
    check(&pb, "{{owner.cause_text}}",
          "The database on db.internal does not answer.");
    check(&pb, "{{#owner.facts}}{{name}}={{value}};{{/owner.facts}}",
          "file=/srv/shop/db.php;line=17;host=db.internal;");
    check(&pb, "{{#owner}}{{#hints}}{{.}};{{/hints}}{{/owner}}",
          "Start the database on db.internal.;");
    check(&pb,
          "{{#owner.changes}}{{what}} {{path}} {{when}}{{#has_line}}!"
          "{{/has_line}};{{/owner.changes}}",
          "script /srv/shop/db.php 2026-07-01T11:50:00Z!;");
    check(&pb,
          "{{#owner.has_hints}}1{{/owner.has_hints}}{{#operator}}2"
          "{{/operator}}{{owner.evidence}}",
          "1");
}

static void test_operator(void **state)
{
    ecl_problem_t pb;

    build(&pb, ECL_DETAIL_OPERATOR);
    check(&pb,
          "{{#operator}}{{#evidence}}[{{module}}:{{level}}:{{code}}:"
          "{{os_error}}] {{#has_text}}{{text}}{{/has_text}}\n{{/evidence}}"
          "{{dropped}}{{/operator}}",
          "[proxy_fcgi:error:AH01071:] PHP Fatal error:  Uncaught "
          "PDOException: SQLSTATE[HY000] [2002] Connection refused in "
          "/srv/shop/db.php:17\n[php:notice::111] password=[redacted]\n"
          "Log messages not shown here: 3");
    check(&pb,
          "{{#operator.probes}}{{name}}={{value}};{{/operator.probes}}"
          "{{#operator.alternatives}}{{code}} {{confidence}}"
          "{{/operator.alternatives}}",
          "script.mode=0644;script.owner=web1;app.php-uncaught-exception low");
}

/* The JSON may stand in a script element and in XML, and is still JSON. */
static void test_json(void **state)
{
    ecl_problem_t pb;
    const char *json;

    build(&pb, ECL_DETAIL_OWNER);
    pb.title = "</script><!-- & ]]>";
    json = fill(&pb, ECL_FORMAT_HTML, "{{{json}}}");
    assert_null(strpbrk(json, "<>&"));
    assert_non_null(strstr(json, "\\u003c/script\\u003e\\u003c!-- \\u0026"));
    assert_int_equal(
        json_check_line(apr_pstrcat(pool, json, "\n", NULL), strlen(json) + 1),
        1);
    check(&pb, "{{#json}}{{title}}{{/json}}",
          "&lt;/script&gt;&lt;!-- &amp; ]]&gt;");
}

static void test_contact(void **state)
{
    static const struct {
        const char *contact, *href, *text;
    } cases[] = {
        { NULL, NULL, NULL },
        { "Call Ann", NULL, "Call Ann" },
        { "javascript:alert(1)", NULL, "javascript:alert(1)" },
        { "JavaScript://x.example/%0aalert(1)", NULL,
          "JavaScript://x.example/%0aalert(1)" },
        { "data:text/html,x", NULL, "data:text/html,x" },
        { "https://a.example/?x=1", "https://a.example/?x=1",
          "https://a.example/?x=1" },
        { "https://a.example/ x", NULL, "https://a.example/ x" },
        { "mailto:a@b.example?cc=c@d.example",
          "mailto:a@b.example?cc=c@d.example&subject="
          "Error%20report%2005V30-0123456Z&" MAIL_BODY,
          "a@b.example" },
        { "mailto:a@b.example?cc=x&Subject=Hi",
          "mailto:a@b.example?cc=x&Subject=Hi&" MAIL_BODY, "a@b.example" },
        { "mailto:a@b.example?Body=Ho&subject=Hi",
          "mailto:a@b.example?Body=Ho&subject=Hi%2005V30-0123456Z",
          "a@b.example" },
        { "mailto:a@b.example?subject=&body=Ho",
          "mailto:a@b.example?subject=%2005V30-0123456Z&body=Ho",
          "a@b.example" },
        { "tel:+49-(0)711.4711", "tel:+49-(0)711.4711", "+49-(0)711.4711" },
        { "tel:", NULL, "tel:" },
        { "tel:1;ext=2", NULL, "tel:1;ext=2" },
    };
    ecl_problem_t pb;

    build(&pb, ECL_DETAIL_VISITOR);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *href, *text;

        pb.contact = cases[i].contact;
        href = ecl_contact_href(&pb, pool);
        text = ecl_contact_text(&pb, pool);
        assert_string_equal(href ? href : "-",
                            cases[i].href ? cases[i].href : "-");
        assert_string_equal(text ? text : "-",
                            cases[i].text ? cases[i].text : "-");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_visitor),  cmocka_unit_test(test_owner),
        cmocka_unit_test(test_operator), cmocka_unit_test(test_json),
        cmocka_unit_test(test_contact),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
