/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_template.c - each rule of the template language that we claim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_template.h"

static apr_pool_t *pool;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL);
}

/* -- data ------------------------------------------------------------------- */

static void set_text(ecl_value_t *out, const char *s)
{
    out->kind = ECL_VALUE_TEXT;
    out->text = s;
}

static void person_member(void *self, long long number, const char *name,
                          size_t n, ecl_value_t *out)
{
    static const char *const names[] = { "Ann", "Bob", "Eve" };

    if (n == 4 && memcmp(name, "name", 4) == 0) {
        set_text(out, names[number]);
    }
    if (n == 6 && memcmp(name, "person", 6) == 0) {
        out->kind = ECL_VALUE_OBJECT;
        out->member = person_member;
    }
}

static void person(void *self, long long i, ecl_value_t *out)
{
    out->kind = ECL_VALUE_OBJECT;
    out->member = person_member;
    out->number = i;
}

static void letter(void *self, long long i, ecl_value_t *out)
{
    static const char *const letters[] = { "a", "<", "c" };

    set_text(out, letters[i % 3]);
}

static const char markup[] = "<b> & \"q\" 'a' \\ `c` *e* _u_ [l](x)";

static void root_member(void *self, long long number, const char *name,
                        size_t n, ecl_value_t *out)
{
    const char *key = apr_pstrmemdup(pool, name, n);
    long long items = !strcmp(key, "letters")  ? 3
                      : !strcmp(key, "many")   ? 100000
                      : !strcmp(key, "people") ? 3
                                               : 0;

    if (items || !strcmp(key, "nobody")) {
        out->kind = ECL_VALUE_LIST;
        out->number = items;
        out->item = !strcmp(key, "people") ? person : letter;
    }
    else if (!strcmp(key, "yes") || !strcmp(key, "no")) {
        out->kind = ECL_VALUE_BOOL;
        out->number = *key == 'y';
    }
    else if (!strcmp(key, "person")) {
        person(NULL, 1, out);
    }
    else if (!strcmp(key, "name")) {
        set_text(out, "outer");
    }
    else if (!strcmp(key, "empty")) {
        set_text(out, "");
    }
    else if (!strcmp(key, "markup") || !strcmp(key, "safe")) {
        set_text(out, markup);
        out->safe = *key == 's';
    }
    else if (!strcmp(key, "long")) {
        char *s = apr_palloc(pool, 1001);

        memset(s, 'x', 1000);
        s[1000] = '\0';
        set_text(out, s);
    }
    else if (!strcmp(key, "lines")) {
        set_text(out, "one\ntwo\tthree\x1b[31m\x01");
    }
    else if (!strcmp(key, "list_like")) {
        set_text(out, "1. first");
    }
    else if (!strcmp(key, "number")) {
        out->kind = ECL_VALUE_NUMBER;
        out->number = 42;
    }
}

static const ecl_value_t root = { .kind = ECL_VALUE_OBJECT,
                                  .member = root_member };
static const char *const raw[] = { "safe", "markup", NULL };

static const char *render(const char *text, ecl_format_e format, size_t cap,
                          ecl_template_result_e expected)
{
    const char *err = NULL;
    const ecl_template_t *t =
        ecl_template_compile(text, strlen(text), format, raw, &err, pool);
    char *out = apr_palloc(pool, cap);
    ecl_buf_t b;

    if (!t) {
        return err;
    }
    ecl_buf_init(&b, out, cap);
    assert_int_equal(ecl_template_render(t, &root, &b), expected);
    return out;
}

static void check(const char *text, const char *expected)
{
    const char *got = render(text, ECL_FORMAT_HTML, 65536, ECL_TEMPLATE_OK);

    if (strcmp(got, expected) != 0) {
        fail_msg("%s\n  expected: %s\n  got: %s", text, expected, got);
    }
}

/* -- tests ------------------------------------------------------------------ */

static void test_language(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        /* values */
        { "", "" },
        { "no tag { } }} here", "no tag { } }} here" },
        { "<p>{{name}}</p>", "<p>outer</p>" },
        { "{{ name }}|{{\tnumber\n}}", "outer|42" },
        { "{{nothing}}|{{yes}}|{{person}}|{{letters}}", "|||" },
        { "{{person.name}} {{person.age}} {{nothing.name}}", "Bob  " },
        { "{{person.name.name}}", "" },
        { "{{person.person.name}}", "Ann" },
        /* sections */
        { "{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{#empty}}3{{/empty}}", "1" },
        { "{{#nothing}}1{{/nothing}}{{#nobody}}2{{/nobody}}", "" },
        { "{{#person}}{{name}}{{/person}}", "Bob" },
        { "{{#person}}{{number}}{{/person}}", "42" },
        { "{{#letters}}({{.}}){{/letters}}", "(a)(&lt;)(c)" },
        { "{{#people}}{{name}},{{/people}}", "Ann,Bob,Eve," },
        { "{{#name}}{{.}}={{name}}{{/name}}", "outer=outer" },
        { "{{#number}}{{.}}{{/number}}", "42" },
        { "{{#person.name}}{{.}}{{/person.name}}", "Bob" },
        { "{{#yes}}{{#yes}}{{name}}{{/yes}}{{/yes}}", "outer" },
        { "{{#people}}{{#letters}}{{.}}{{/letters}};{{/people}}",
          "a&lt;c;a&lt;c;a&lt;c;" },
        /* the first part decides where a dotted name is looked for */
        { "{{#people}}{{person.name}}{{/people}}", "AnnAnnAnn" },
        /* inverted */
        { "{{^yes}}1{{/yes}}{{^no}}2{{/no}}{{^empty}}3{{/empty}}", "23" },
        { "{{^nothing}}1{{/nothing}}{{^nobody}}2{{/nobody}}", "12" },
        { "{{^people}}1{{/people}}{{^person.age}}2{{/person.age}}", "2" },
        /* comments, delimiters */
        { "a{{! any }thing\n }}b", "ab" },
        { "{{=<% %>=}}<%name%> {{name}} <%={{ }}=%>{{name}}",
          "outer {{name}} outer" },
        { "{{=| |=}}|#yes||name||/yes|", "outer" },
        /* a tag alone on its line leaves no line */
        { "a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n" },
        { "a\n \t{{#yes}} \nb\n  {{/yes}}", "a\nb\n" },
        { "a\r\n{{! x }}\r\nb", "a\r\nb" },
        { "  {{=| |=}}\n|name|", "outer" },
        { "a {{#yes}}\nb{{/yes}}\n", "a \nb\n" },
        { " {{#yes}} {{/yes}}\n", "  \n" },
        { "  {{name}}\n", "  outer\n" },
        { "\xef\xbb\xbf{{name}}", "outer" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(cases[i].text, cases[i].expected);
    }
}

static void test_errors(void **state)
{
    static const struct {
        const char *text, *err;
    } cases[] = {
        { "a\nb {{name", "2: a tag without its end" },
        { "{{{name}}", "1: a tag without its end" },
        { "\n\n{{#a}}\n", "3: a section without its end: \"a\"" },
        { "{{/a}}", "1: the end of a section that is not open: \"a\"" },
        { "{{#a}}{{#b}}{{/a}}{{/b}}",
          "1: the end of another section than the open one: \"a\"" },
        { "{{> header }}", "1: no partials or inheritance here: \"header\"" },
        { "{{< page }}", "1: no partials or inheritance here: \"page\"" },
        { "{{}}", "1: not a name (letters, digits, \"_\", \"-\", dots "
                  "between)" },
        { "{{a b}}", "1: not a name (letters, digits, \"_\", \"-\", dots "
                     "between): \"a b\"" },
        { "{{a..b}}", "1: not a name (letters, digits, \"_\", \"-\", dots "
                      "between): \"a..b\"" },
        { "{{name.}}", "1: not a name (letters, digits, \"_\", \"-\", dots "
                       "between): \"name.\"" },
        { "{{=<%=}}", "1: not two delimiters: \"<%\"" },
        { "{{=a b c=}}", "1: not two delimiters: \"a b c\"" },
        { "{{{name}}}",
          "1: only safe values can be put in unescaped: \"name\"" },
        { "\n{{& name }}",
          "2: only safe values can be put in unescaped: \"name\"" },
        { "{{{.}}}", "1: only safe values can be put in unescaped: \".\"" },
        { "a\n\xff", "2: a byte that is no UTF-8 text" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(cases[i].text, cases[i].err);
    }
}

/* A value means itself in every format; only a safe one is printed raw. */
static void test_escaping(void **state)
{
    static const struct {
        ecl_format_e format;
        const char *text, *expected;
    } cases[] = {
        { ECL_FORMAT_HTML, "{{markup}}",
          "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39; \\ `c` *e* _u_ [l](x)" },
        { ECL_FORMAT_XML, "<a x=\"{{markup}}\"/>",
          "<a x=\"&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39; \\ `c` *e* _u_ "
          "[l](x)\"/>" },
        { ECL_FORMAT_JSON, "\"{{markup}}\"",
          "\"\\u003cb> \\u0026 \\\"q\\\" 'a' \\\\ `c` *e* _u_ [l](x)\"" },
        { ECL_FORMAT_MARKDOWN, "{{markup}}",
          "\\<b\\> \\& \"q\" 'a' \\\\ \\`c\\` \\*e\\* \\_u\\_ \\[l\\](x)" },
        { ECL_FORMAT_TEXT, "{{markup}}", markup },
        { ECL_FORMAT_HTML, "{{{safe}}}{{&safe}}",
          "<b> & \"q\" 'a' \\ `c` *e* _u_ [l](x)"
          "<b> & \"q\" 'a' \\ `c` *e* _u_ [l](x)" },
        { ECL_FORMAT_HTML, "{{{markup}}}",
          "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39; \\ `c` *e* _u_ [l](x)" },
        /* one line, nothing that a terminal obeys */
        { ECL_FORMAT_TEXT, "{{lines}}", "one two three[31m" },
        { ECL_FORMAT_JSON, "{{lines}}", "one\\ntwo\\tthree[31m" },
        { ECL_FORMAT_HTML, "{{lines}}", "one\ntwo\tthree[31m" },
        { ECL_FORMAT_MARKDOWN, "{{lines}}", "one two three\\[31m" },
        /* no new block in Markdown */
        { ECL_FORMAT_MARKDOWN, "{{list_like}}", "1\\. first" },
        { ECL_FORMAT_MARKDOWN, "a\n- {{list_like}}", "a\n- 1\\. first" },
        { ECL_FORMAT_MARKDOWN, "a {{list_like}}", "a 1. first" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *got =
            render(cases[i].text, cases[i].format, 65536, ECL_TEMPLATE_OK);

        if (strcmp(got, cases[i].expected) != 0) {
            fail_msg("%s\n  expected: %s\n  got: %s", cases[i].text,
                     cases[i].expected, got);
        }
    }
}

/* What does not fit is left out; the template's own text never is. */
static void test_places_in_a_page(void **state)
{
    static const struct {
        const char *text;
        const char *err; /* NULL: a value is safe there */
    } cases[] = {
        { "<p>{{name}}</p> a < b {{name}} {{name}}={{name}}", NULL },
        { "<a title=\"{{name}}\" id = '{{name}}'>{{name}}</a>", NULL },
        { "<!-- <script> {{name}} -->{{{safe}}}", NULL },
        { "<script type=\"x/json\">{{{safe}}}</script>{{name}}", NULL },
        { "<style>a>b{}</style><title>{{name}}</title>", NULL },
        { "<scripted>{{name}}</scripted>", NULL },
        { "<a onclick=\"x('a')\" title=\"{{name}}\">", NULL },
        { "<script>\nvar a = '{{name}}'</script>",
          "2: a value in a script or style element: \"name\"" },
        { "<STYLE>{{name}}", "1: a value in a script or style element: "
                             "\"name\"" },
        { "<a title={{name}}>",
          "1: a value in a tag, but not in a quoted attribute: \"name\"" },
        { "<a {{name}}>",
          "1: a value in a tag, but not in a quoted attribute: \"name\"" },
        { "<{{name}}>",
          "1: a value in a tag, but not in a quoted attribute: \"name\"" },
        { "</{{name}}>",
          "1: a value in a tag, but not in a quoted attribute: \"name\"" },
        { "<a title=\"{{{safe}}}\">",
          "1: an unescaped value in an attribute: \"safe\"" },
        { "<a id=x onClick = \"f('{{name}}')\">",
          "1: a value in an attribute that holds a script or style: "
          "\"name\"" },
        { "<a id=\"x\" style='color:{{name}}'>",
          "1: a value in an attribute that holds a script or style: "
          "\"name\"" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *err = NULL;

        ecl_template_compile(cases[i].text, strlen(cases[i].text),
                             ECL_FORMAT_HTML, raw, &err, pool);
        assert_string_equal(err ? err : "fine",
                            cases[i].err ? cases[i].err : "fine");
    }
    /* other formats have no such places */
    assert_string_equal(
        render("<{{name}}>", ECL_FORMAT_TEXT, 100, ECL_TEMPLATE_OK), "<outer>");
}

static void test_bounds(void **state)
{
    assert_string_equal(
        render("<p>{{long}}</p>", ECL_FORMAT_HTML, 1000, ECL_TEMPLATE_OK),
        "<p></p>");
    assert_string_equal(
        render("<ul>{{#letters}}<li>{{.}}</li>{{/letters}}</ul>",
               ECL_FORMAT_HTML, 32, ECL_TEMPLATE_OK),
        "<ul><li>a</li></ul>");
    assert_string_equal(render("{{#letters}}<i>{{long}}</i>{{/letters}}end",
                               ECL_FORMAT_HTML, 100, ECL_TEMPLATE_OK),
                        "end");
    assert_string_equal(render("{{#long}}<s>{{.}}</s>{{/long}}{{name}}",
                               ECL_FORMAT_HTML, 100, ECL_TEMPLATE_OK),
                        "outer");
    assert_string_equal(render("{{#person}}<s>{{long}}</s>{{/person}}",
                               ECL_FORMAT_HTML, 100, ECL_TEMPLATE_OK),
                        "<s></s>");
    assert_string_equal(
        render("a longer text", ECL_FORMAT_HTML, 5, ECL_TEMPLATE_FULL), "a lo");
    /* every size: whole or said not to be */
    for (size_t cap = 60; cap < 200; cap++) {
        const char *got =
            render("<a>{{markup}}</a>{{#letters}}<i>{{.}}</i>{{/letters}}"
                   "{{#person}}<b>{{name}}</b>{{/person}}.",
                   ECL_FORMAT_HTML, cap, ECL_TEMPLATE_OK);

        assert_string_equal(got + strlen(got) - 1, ".");
        assert_int_equal(strstr(got, "</a>") != NULL, 1);
        assert_int_equal(strstr(got, "</b>") != NULL, 1);
    }
}

static void test_no_bombs(void **state)
{
    char *deep = apr_pstrdup(pool, "");
    const char *err = NULL;

    render("{{#many}}{{/many}}", ECL_FORMAT_HTML, 4096,
           ECL_TEMPLATE_STEPPED_OUT);
    render("{{#letters}}{{#many}}{{no}}{{/many}}{{/letters}}", ECL_FORMAT_HTML,
           4096, ECL_TEMPLATE_STEPPED_OUT);
    render("{{#many}}{{.}}{{/many}}", ECL_FORMAT_HTML, 100, ECL_TEMPLATE_OK);
    for (int i = 0; i <= ECL_TEMPLATE_DEPTH; i++) {
        deep = apr_pstrcat(pool, "{{#yes}}", deep, "{{/yes}}", NULL);
    }
    assert_null(ecl_template_compile(deep, strlen(deep), ECL_FORMAT_HTML, raw,
                                     &err, pool));
    assert_string_equal(err, "1: sections nest too deep: \"yes\"");
    deep[strlen(deep) - 8] = '\0';
    check(deep + 8, "");
    deep = apr_pcalloc(pool, ECL_TEMPLATE_MAX + 2);
    memset(deep, 'x', ECL_TEMPLATE_MAX + 1);
    assert_non_null(ecl_template_compile(deep, ECL_TEMPLATE_MAX,
                                         ECL_FORMAT_HTML, raw, &err, pool));
    assert_null(ecl_template_compile(deep, ECL_TEMPLATE_MAX + 1,
                                     ECL_FORMAT_HTML, raw, &err, pool));
    assert_string_equal(err, "1: longer than 131072 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_language),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_places_in_a_page),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_bombs),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
