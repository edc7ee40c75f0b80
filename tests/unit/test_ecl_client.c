/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_client.c - the table of signals, and what an answer depended on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ecl_client.h"

#define H ECL_FORMAT_HTML
#define J ECL_FORMAT_JSON
#define X ECL_FORMAT_XML
#define T ECL_FORMAT_TEXT
#define M ECL_FORMAT_MARKDOWN

static const ecl_format_e all[] = { H, J, X, T, M };

/* What the choice depended on. */
#define A       (1u << ECL_SIGNAL_ACCEPT)
#define UPTO(s) ((2u << ECL_SIGNAL_##s) - 1)

typedef struct row_t {
    const char *values[ECL_SIGNAL_COUNT];
    ecl_format_e want;
    unsigned looked;
} row_t;

static void run(const row_t *rows, size_t n, const ecl_format_e *offers,
                int noffers, int ordered)
{
    for (size_t i = 0; i < n; i++) {
        unsigned looked;
        ecl_format_e got = ecl_client_format(rows[i].values, offers, noffers,
                                             ordered, &looked);

        if (got != rows[i].want || looked != rows[i].looked) {
            print_error("row %d: %s instead of %s, looked at %x instead of "
                        "%x\n",
                        (int)i, ecl_format_name(got),
                        ecl_format_name(rows[i].want), looked, rows[i].looked);
            fail();
        }
    }
}

#define RUN(rows, offers, n, ordered)                                          \
    run(rows, sizeof(rows) / sizeof((rows)[0]), offers, n, ordered)

/* By default: five formats, an order that nobody chose. */
static void test_default(void **state)
{
    static const row_t rows[] = {
        /* Accept alone */
        { { "application/json", "/a.html", "document" }, J, A },
        { { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "/x.json", "empty" },
          H,
          A },
        /* suffixes */
        { { "*/*", "/x.json" }, J, UPTO(PATH) },
        { { NULL, "/x.JSON" }, J, UPTO(PATH) },
        { { NULL, "/feed.xml" }, X, UPTO(PATH) },
        { { NULL, "/notes.md" }, M, UPTO(PATH) },
        { { NULL, "/a.txt" }, T, UPTO(PATH) },
        { { NULL, "/a.htm" }, H, UPTO(PATH) },
        { { "image/avif,image/webp,*/*;q=0.8", "/logo.png" }, T, UPTO(PATH) },
        { { "image/png", "/logo", "image" }, T, UPTO(FETCH_DEST) },
        /* no suffix */
        { { "*/*", "/json", "document" }, H, UPTO(FETCH_DEST) },
        { { "*/*", "/a.json/x", "document" }, H, UPTO(FETCH_DEST) },
        { { "*/*", "html", "empty" }, J, UPTO(FETCH_DEST) },
        { { "*/*", "/x.", "empty" }, J, UPTO(FETCH_DEST) },
        { { "*/*", "", "empty" }, J, UPTO(FETCH_DEST) },
        /* Fetch metadata */
        { { "*/*", "/x", "Iframe" }, H, UPTO(FETCH_DEST) },
        { { "*/*", "/x", "script" }, T, UPTO(FETCH_DEST) },
        { { "*/*", "/x", "nonsense", "navigate" }, H, UPTO(FETCH_MODE) },
        { { "*/*", "/x", NULL, "cors", "XMLHttpRequest" },
          J,
          UPTO(REQUESTED_WITH) },
        { { "*/*", "/x", NULL, NULL, "com.example.app", "application/json" },
          J,
          UPTO(CONTENT_TYPE) },
        { { "*/*", "/x", NULL, NULL, NULL, "application/ld+json; a=b" },
          J,
          UPTO(CONTENT_TYPE) },
        { { "*/*", "/x", NULL, NULL, NULL, "application/soap+xml" },
          X,
          UPTO(CONTENT_TYPE) },
        /* nothing: programs get text, browsers html */
        { { "*/*", "/x", NULL, NULL, NULL, "application/x-www-form-urlencoded",
            "curl/8.5.0" },
          T,
          UPTO(USER_AGENT) },
        { { NULL }, T, UPTO(USER_AGENT) },
        { { "*/*", "/x", NULL, NULL, NULL, NULL, "Mozilla/5.0 (X11)" },
          H,
          UPTO(USER_AGENT) },
        { { "garbage", "/x", NULL, NULL, NULL, NULL, "Mozilla" },
          T,
          UPTO(USER_AGENT) },
        /* Only those that Accept leaves equal: json is not one of them, so
         * what can only mean json is not even looked at. */
        { { "text/*", "/x.json", "empty", NULL, "XMLHttpRequest", NULL,
            "Mozilla/5.0" },
          H,
          A | 1u << ECL_SIGNAL_PATH | 1u << ECL_SIGNAL_FETCH_DEST
              | 1u << ECL_SIGNAL_FETCH_MODE | 1u << ECL_SIGNAL_USER_AGENT },
        { { "*/*, text/html;q=0", "/x", "document", NULL, NULL, NULL,
            "Mozilla/5.0" },
          J,
          UPTO(USER_AGENT) & ~(1u << ECL_SIGNAL_FETCH_MODE) },
        { { "text/html, application/json", "/x", NULL, NULL, "XMLHttpRequest" },
          J,
          UPTO(REQUESTED_WITH) },
    };

    RUN(rows, all, 5, 0);
}

/* An administrator's order: signals choose, else the first is sent. */
static void test_ordered(void **state)
{
    static const ecl_format_e two[] = { J, H };
    static const row_t rows[] = {
        { { "*/*", "/x", NULL, NULL, NULL, NULL, "curl/8" },
          J,
          UPTO(CONTENT_TYPE) },
        { { "*/*", "/x", NULL, NULL, NULL, NULL, "Mozilla/5.0" },
          J,
          UPTO(CONTENT_TYPE) },
        { { "*/*", "/x", "document" }, H, UPTO(FETCH_DEST) },
        { { "*/*", "/x", "image" }, J, UPTO(CONTENT_TYPE) },
        { { "text/html", "/x.json" }, H, A },
    };

    RUN(rows, two, 2, 1);
}

static void test_single(void **state)
{
    static const row_t rows[] = {
        { { "text/html", "/x.html", "document" }, J, 0 },
        { { NULL }, J, 0 },
    };

    RUN(rows, all + 1, 1, 1);
    RUN(rows, all + 1, 1, 0);
}

static void test_fields(void **state)
{
    assert_string_equal(ecl_signal_field(ECL_SIGNAL_ACCEPT), "Accept");
    assert_null(ecl_signal_field(ECL_SIGNAL_PATH));
    assert_string_equal(ecl_signal_field(ECL_SIGNAL_USER_AGENT), "User-Agent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),
        cmocka_unit_test(test_ordered),
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
