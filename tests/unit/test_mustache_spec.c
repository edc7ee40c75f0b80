/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_mustache_spec.c - the public tests of the Mustache language.
 *
 * Reads the folder named by MUSTACHE_SPEC (specs/ of
 * https://github.com/mustache/spec); without it, skips. Files of features that
 * templates here don't have are left out, and so are the tests of partials in
 * the file about delimiters. JSON is YAML, so libyaml reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <yaml.h>

#include "ecl_template.h"

static apr_pool_t *pool;
static yaml_document_t doc;

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL);
}

static yaml_node_t *child(const yaml_node_t *map, const char *key, size_t n)
{
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        yaml_node_t *k = yaml_document_get_node(&doc, p->key);

        if (k->data.scalar.length == n
            && memcmp(k->data.scalar.value, key, n) == 0) {
            return yaml_document_get_node(&doc, p->value);
        }
    }
    return NULL;
}

static const char *text_of(const yaml_node_t *map, const char *key)
{
    yaml_node_t *n = child(map, key, strlen(key));

    return n ? (const char *)n->data.scalar.value : NULL;
}

static void to_value(yaml_node_t *n, ecl_value_t *out);

static void member(void *self, long long number, const char *name, size_t n,
                   ecl_value_t *out)
{
    yaml_node_t *found = child(self, name, n);

    if (found) {
        to_value(found, out);
    }
}

static void item(void *self, long long i, ecl_value_t *out)
{
    yaml_node_t *list = self;

    to_value(yaml_document_get_node(&doc, list->data.sequence.items.start[i]),
             out);
}

static void to_value(yaml_node_t *n, ecl_value_t *out)
{
    out->self = n;
    if (n->type == YAML_MAPPING_NODE) {
        out->kind = ECL_VALUE_OBJECT;
        out->member = member;
    }
    else if (n->type == YAML_SEQUENCE_NODE) {
        out->kind = ECL_VALUE_LIST;
        out->item = item;
        out->number = n->data.sequence.items.top - n->data.sequence.items.start;
    }
    else {
        const char *s = (const char *)n->data.scalar.value;
        int plain = n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

        if (plain && (!strcmp(s, "true") || !strcmp(s, "false"))) {
            out->kind = ECL_VALUE_BOOL;
            out->number = *s == 't';
        }
        else if (!plain || strcmp(s, "null") != 0) {
            out->kind = ECL_VALUE_TEXT;
            out->text = s;
            out->safe = 1;
        }
        else {
            out->kind = ECL_VALUE_BOOL; /* known, and nothing */
        }
    }
}

static int passes(const char *file, const yaml_node_t *test)
{
    const char *template = text_of(test, "template"), *err = NULL;
    const char *expected = text_of(test, "expected");
    const ecl_template_t *t = ecl_template_compile(
        template, strlen(template), ECL_FORMAT_HTML, NULL, &err, pool);
    char out[4096] = "";
    ecl_value_t root = { 0 };
    ecl_buf_t b;

    ecl_buf_init(&b, out, sizeof(out));
    to_value(child(test, "data", 4), &root);
    if (t) {
        ecl_template_render(t, &root, &b);
    }
    if (!t || strcmp(out, expected) != 0) {
        print_error("%s: %s: %s\n  expected: %s\n  got: %s\n", file,
                    text_of(test, "name"), err ? err : "", expected, out);
        return 0;
    }
    return 1;
}

static void check_file(const char *dir, const char *name)
{
    const char *path = apr_pstrcat(pool, dir, "/", name, ".json", NULL);
    FILE *f = fopen(path, "rb");
    yaml_parser_t parser;
    yaml_node_t *tests;
    int passed = 0, count = 0;

    if (!f) {
        fail_msg("%s: cannot be opened", path);
    }
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, f);
    assert_true(yaml_parser_load(&parser, &doc));
    tests = child(yaml_document_get_root_node(&doc), "tests", 5);
    for (yaml_node_item_t *i = tests->data.sequence.items.start;
         i < tests->data.sequence.items.top; i++) {
        yaml_node_t *test = yaml_document_get_node(&doc, *i);

        if (!child(test, "partials", 8)) {
            passed += passes(name, test);
            count++;
        }
    }
    print_message("%s: %d of %d\n", name, passed, count);
    yaml_document_delete(&doc);
    yaml_parser_delete(&parser);
    fclose(f);
    assert_true(count > 0);
    assert_int_equal(passed, count);
}

static void test_spec(void **state)
{
    static const char *const files[] = { "comments", "delimiters",
                                         "interpolation", "inverted",
                                         "sections" };
    const char *dir = getenv("MUSTACHE_SPEC");

    if (!dir) {
        skip();
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        check_file(dir, files[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_spec) };

    return cmocka_run_group_tests(tests, setup, NULL);
}
