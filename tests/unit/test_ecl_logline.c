/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_logline.c - every shape of error_log line we know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <apr_general.h>

#include "ecl_logline.h"

typedef struct row_t {
    const char *line;
    const char *text;
    const char *module;
    int level;
    int ah;
    int os_error;
    int has_prefix;
    long pid;
    const char *client;
} row_t;

static const row_t ROWS[] = {
    /* rsyslog with an ISO time and no program's name */
    { "2019-09-28T11:43:35+01:00 web1 [Sat Sep 28 11:43:35 2019] [core:alert] "
      "[pid 7] [client 1.2.3.4:5] /a/.htaccess: x",
      "/a/.htaccess: x", "core", 1, 0, 0, 1, 7, "1.2.3.4:5" },
    { "Sep 28 11:43:35 web1 [Sat Sep 28 11:43:35 2019] [core:alert] [pid 7] "
      "/a/.htaccess: x",
      "/a/.htaccess: x", "core", 1, 0, 0, 1, 7, NULL },
    /* 2.4's default format */
    { "[Sun Nov 22 13:58:26.629513 2026] [http2:info] [pid 10491:tid 10546] "
      "[client 127.0.0.1:60276] AH10180: header: x-a, referer: http://a/b\n",
      "header: x-a", "http2", 6, 10180, 0, 1, 10491, "127.0.0.1:60276" },
    /* Python on Windows; a doubled backslash is the message's own */
    { "[Wed May 23 18:55:00.905605 2018] [wsgi:error] [pid 1880:tid 1296] "
      "[client ::1:18394]   import a\\r, referer: http://a/",
      "  import a", "wsgi", 3, 0, 0, 1, 1880, "::1:18394" },
    { "[Wed May 23 18:55:00.905605 2018] [wsgi:error] [pid 1880:tid 1296] "
      "[client ::1:18394] D:\\\\r",
      "D:\\r", "wsgi", 3, 0, 0, 1, 1880, "::1:18394" },
    { "[Sun Nov 22 14:00:35.431597 2026] [proxy:error] [pid 19132:tid 19201] "
      "(101)Network is unreachable: AH00957: http: attempt to connect",
      "http: attempt to connect", "proxy", 3, 957, 101, 1, 19132, NULL },
    { "[Sun Nov 22 14:00:35 2026] [core:error] [pid 7] (13)Permission denied: "
      "[client ::1:55714] AH00132: file permissions",
      "file permissions", "core", 3, 132, 13, 1, 7, "::1:55714" },
    { "[Sun Nov 22 14:00:35 2026] [core:debug] [pid 7:tid 8] core.c(3976): "
      "[client 1.2.3.4:5] AH00121: r->uri = /u",
      "r->uri = /u", "core", 7, 121, 0, 1, 7, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [core:debug] [pid 7] protocol.c(1118): "
      "(28)No space left on device: [client 1.2.3.4:5] Failed to read",
      "Failed to read", "core", 7, 0, 28, 1, 7, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [cgi:error] [pid 7] (-102)Unknown error "
      "-102: [client 1.2.3.4:5] AH01225: Error reading",
      "Error reading", "cgi", 3, 1225, -102, 1, 7, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [:error] [pid 9] [client 1.2.3.4:5] PHP x",
      "PHP x", "", 3, 0, 0, 1, 9, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [wsgi:error] [pid 9:tid 2] "
      "[remote 1.2.3.4:5]   File \"/a.py\", line 1, in f",
      "  File \"/a.py\", line 1, in f", "wsgi", 3, 0, 0, 1, 9, "1.2.3.4:5" },
    /* what stands in brackets after the prefix is the message's */
    { "[Sun Nov 22 14:00:35 2026] [security2:error] [pid 9] [client "
      "1.2.3.4:5] [client 1.2.3.4] ModSecurity: denied",
      "[client 1.2.3.4] ModSecurity: denied", "security2", 3, 0, 0, 1, 9,
      "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [wsgi:error] [pid 9] [remote 1.2.3.4:5] "
      "[2026-11-22 13:54:08,946] ERROR in app: Exception",
      "[2026-11-22 13:54:08,946] ERROR in app: Exception", "wsgi", 3, 0, 0, 1,
      9, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [php:notice] [pid 9] [client 1.2.3.4:5] "
      "[checkout] payment",
      "[checkout] payment", "php", 5, 0, 0, 1, 9, "1.2.3.4:5" },
    { "[Sun Nov 22 14:00:35 2026] [php:notice] [pid 9] [client 1.2.3.4:5] "
      "(in something) text: AH00001: x",
      "(in something) text: AH00001: x", "php", 5, 0, 0, 1, 9, "1.2.3.4:5" },
    /* 2.2 and 1.3 */
    { "[Wed May 28 17:00:35 2014] [error] (111)Connection refused: proxy: "
      "HTTP: attempt",
      "proxy: HTTP: attempt", "", 3, 0, 111, 1, 0, NULL },
    { "[Wed May 28 17:00:35 2014] [crit] [client 1.2.3.4] (13)Permission "
      "denied: /a/.htaccess pcfg_openfile: unable",
      "/a/.htaccess pcfg_openfile: unable", "", 2, 0, 13, 1, 0, "1.2.3.4" },
    { "[Fri Mar 21 12:29:27 2014] [warn] [client 2001:db8::35](104)Connection "
      "reset by peer: mod_fcgid: x",
      "mod_fcgid: x", "", 4, 0, 104, 1, 0, "2001:db8::35" },
    /* other languages, other systems */
    { "[Sun Nov 22 14:00:35 2026] [core:error] [pid 7] (2)Datei oder "
      "Verzeichnis nicht gefunden: [client 1.2.3.4:5] AH00036: x",
      "x", "core", 3, 36, 2, 1, 7, "1.2.3.4:5" },
    { "(OS 10061)No connection could be made because the target machine "
      "actively refused it.  : Unable to connect",
      "Unable to connect", "", -1, 0, 111, 0, 0, NULL },
    { "[Fri Jan 26 16:32:19 2024] [fcgid:warn] [pid 3:tid 2] (OS "
      "109)\xE7\xAE\xA1"
      "  : [client 1.2.3.4:5] mod_fcgid: x",
      "mod_fcgid: x", "fcgid", 4, 0, 104, 1, 3, "1.2.3.4:5" },
    /* carriers */
    { "web_1        | [Wed Jun 21 21:53:19 2017] [crit] [client 172.18.0.8] x",
      "x", "", 2, 0, 0, 1, 0, "172.18.0.8" },
    { "May 11 01:15:09 web01.example.org httpd[28036]: [Wed May 11 "
      "01:15:09.053645 2016] [env:warn] [pid 28036] AH01506: x",
      "x", "env", 4, 1506, 0, 1, 28036, NULL },
    { "Nov 22 10:00:00 host apache2[123]: PHP Fatal error:  x",
      "PHP Fatal error:  x", "", -1, 0, 0, 0, 0, NULL },
    { "2026-11-22T10:00:00+00:00 host apache2[123]: [core:error] x", "x",
      "core", 3, 0, 0, 1, 0, NULL },
    { "2026-11-22T10:00:00.123Z stderr F [core:error] [pid 3] x", "x", "core",
      3, 0, 0, 1, 3, NULL },
    { "2026-11-22T10:00:00.123456789Z [core:error] [pid 3] x", "x", "core", 3,
      0, 0, 1, 3, NULL },
    /* other formats */
    { "[2019-05-02 16:31:26.642410] [vhost: example.org] [core:alert] "
      "[pid*****] config.c(****): [client ...:*****] /a/.htaccess: x",
      "/a/.htaccess: x", "core", 1, 0, 0, 1, 0, "...:*****" },
    { "[2022-05-10T12:01:03.2547+09:00] [OHS] [ERROR:32] [AH00957] [proxy] "
      "[host_id: p] [host_addr: 1.2.3.4] [pid: 11809] [tid: 14] [user: proxy] "
      "[VirtualHost: main] (70007)The timeout specified has expired: AH00957: "
      "x",
      "x", "proxy", 3, 957, 70007, 1, 11809, NULL },
    { "2026-11-22 14:00:21.180474 www.example.com error 198.51.100.23:37929 "
      "AH01215: x",
      "x", "", 3, 1215, 0, 1, 0, "198.51.100.23:37929" },
    { "[Sun Jun 30 12:59:37 2019] [notice pid:13021 mpm_unix.c(436): AH00052: "
      "x",
      "x", "", 5, 52, 0, 1, 13021, NULL },
    /* cut off */
    { "error] [client ::1] Request exceeded", "Request exceeded", "", 3, 0, 0,
      1, 0, "::1" },
    { ":17 2020] [alert] [client 1.2.3.4] x", "x", "", 1, 0, 0, 1, 0,
      "1.2.3.4" },
    { "[Thu Jun 14 14:10:22 2018] [error] [client 192.0.2.81 Global symbol",
      "Global symbol", "", 3, 0, 0, 1, 0, "192.0.2.81" },
    { " AH00126: Invalid URI", "Invalid URI", "", -1, 126, 0, 0, 0, NULL },
    { "The timeout specified has expired: proxy: error reading",
      "proxy: error reading", "", -1, 0, 70007, 0, 0, NULL },
    { "Permission denied: /a/b", "Permission denied: /a/b", "", -1, 0, 13, 0, 0,
      NULL },
    /* no prefix at all */
    { "Traceback (most recent call last):",
      "Traceback (most recent call last):", "", -1, 0, 0, 0, 0, NULL },
    { "2026-11-22 14:01:05 - NoMethodError - x",
      "2026-11-22 14:01:05 - "
      "NoMethodError - x",
      "", -1, 0, 0, 0, 0, NULL },
    { "[ 2016-02-02 15:57:35.2656 1/7 a.cpp:304 ]: Could not",
      "[ 2016-02-02 15:57:35.2656 1/7 a.cpp:304 ]: Could not", "", -1, 0, 0, 0,
      0, NULL },
    { "[error", "[error", "", -1, 0, 0, 0, 0, NULL },
    { "", "", "", -1, 0, 0, 0, 0, NULL },
    /* escapes */
    { "[core:error] a\\nb \\xc3\\xbc \\\\", "a\nb \xC3\xBC \\", "core", 3, 0, 0,
      1, 0, NULL },
};

static void rows(void **state)
{
    apr_pool_t *p = *state;
    size_t i;

    for (i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const row_t *r = &ROWS[i];
        ecl_logline_t l;

        ecl_logline_parse(&l, r->line, strlen(r->line), p);
        assert_string_equal(l.msg.text, r->text);
        assert_int_equal(l.msg.len, strlen(r->text));
        assert_string_equal(l.msg.module, r->module);
        assert_int_equal(l.msg.level, r->level);
        assert_int_equal(l.msg.ah, r->ah);
        assert_int_equal(l.msg.os_error, r->os_error);
        assert_int_equal(l.has_prefix, r->has_prefix);
        assert_int_equal(l.pid, r->pid);
        assert_int_equal(l.client == NULL, r->client == NULL);
        if (r->client) {
            assert_string_equal(l.client, r->client);
        }
    }
}

static void details(void **state)
{
    static const char line[] =
        "[Sun Nov 22 13:58:26.629513 2026] [core:error] [pid 1:tid 2] "
        "[awL1CIwu32WW60uEd18iOQAAAAQ] [client 1.2.3.4:5] x, referer: "
        "http://a/, referer: b";
    apr_pool_t *p = *state;
    ecl_logline_t l;

    ecl_logline_parse(&l, line, sizeof(line) - 1, p);
    assert_true(l.time == APR_INT64_C(1795355906629513));
    assert_true(l.tid == 2);
    assert_string_equal(l.log_id, "awL1CIwu32WW60uEd18iOQAAAAQ");
    assert_string_equal(l.referer, "b");
    assert_string_equal(l.msg.text, "x, referer: http://a/");
}

/* Any cut of any line is read without leaving its bytes. */
static void cuts(void **state)
{
    apr_pool_t *p = *state;
    size_t i, from, to;

    for (i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        size_t n = strlen(ROWS[i].line);

        for (from = 0; from < n; from += 3) {
            for (to = from; to <= n; to += 7) {
                char *copy = malloc(to - from + 1);
                ecl_logline_t l;

                memcpy(copy, ROWS[i].line + from, to - from);
                ecl_logline_parse(&l, copy, to - from, p);
                assert_int_equal(strlen(l.msg.text), l.msg.len);
                free(copy);
            }
            apr_pool_clear(p);
        }
    }
}

/* What httpd escaped comes back; a Windows path that it never saw stays. */
static void escapes(void **state)
{
    static const char *const t[][2] = {
        { "a\\nb", "a\nb" },
        { "in C:\\\\new\\\\a.php:1\\n#0", "in C:\\new\\a.php:1\n#0" },
        { "in C:\\new\\test.php:14", "in C:\\new\\test.php:14" },
        { "(C:\\test.php)", "(C:\\test.php)" },
        { "Plan B:\\nnext line", "Plan B:\nnext line" },
        { "ab:\\new.x", "ab:\new.x" },
        { "C:\\", "C:\\" },
    };

    for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        size_t n;

        assert_string_equal(
            ecl_logline_clean(ecl_span(t[i][0], strlen(t[i][0])), &n, *state),
            t[i][1]);
    }
}

static int setup(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    apr_pool_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows, setup, teardown),
        cmocka_unit_test_setup_teardown(details, setup, teardown),
        cmocka_unit_test_setup_teardown(cuts, setup, teardown),
        cmocka_unit_test_setup_teardown(escapes, setup, teardown),
    };
    int failed;

    apr_initialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
