/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* test_ecl_link.c - a token is good for one server, one time and one key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "ecl_link.h"

#define NOW 1782907200LL
#define ID  "05V30-0123456Z"

static apr_pool_t *pool;
static const ecl_link_key_t key = {
    (const unsigned char *)"0123456789abcdef0123456789abcdef", 32
};
static const ecl_link_key_t other = {
    (const unsigned char *)"0123456789abcdef0123456789abcdeF", 32
};

static int setup(void **state)
{
    apr_initialize();
    return apr_pool_create(&pool, NULL);
}

static int check(const char *token, const char *server, long long now)
{
    char id[ECL_ID_LEN + 1] = "";
    int good = ecl_link_check(&key, server, token, strlen(token), now, id);

    assert_string_equal(id, good ? ID : "");
    return good;
}

static void test_good_until_it_expires(void **state)
{
    char token[ECL_LINK_TOKEN_MAX];

    ecl_link_make(token, &key, "shop.example", ID, NOW + 3600);
    assert_int_equal(strncmp(token, ID ".1782910800.", 26), 0);
    assert_true(check(token, "shop.example", NOW));
    assert_true(check(token, "Shop.Example", NOW + 3599));
    assert_false(check(token, "shop.example", NOW + 3600));
    assert_false(
        check(token, "shop.example", NOW + 3600 - ECL_LINK_TIME_MAX - 1));
}

static void test_one_server_one_key(void **state)
{
    char token[ECL_LINK_TOKEN_MAX], id[ECL_ID_LEN + 1];

    ecl_link_make(token, &key, "shop.example", ID, NOW + 3600);
    assert_false(check(token, "www.shop.example", NOW));
    assert_false(check(token, "", NOW));
    assert_false(
        ecl_link_check(&other, "shop.example", token, strlen(token), NOW, id));
}

/* Any other byte, more or fewer bytes: no. */
static void test_forged(void **state)
{
    char token[ECL_LINK_TOKEN_MAX], forged[2 * ECL_LINK_TOKEN_MAX];
    size_t n;

    ecl_link_make(token, &key, "shop.example", ID, NOW + 3600);
    n = strlen(token);
    for (size_t i = 0; i < n; i++) {
        memcpy(forged, token, n + 1);
        forged[i] = forged[i] == '1' ? '2' : '1';
        assert_false(check(forged, "shop.example", NOW));
        memcpy(forged, token, n + 1);
        forged[i] = '\0';
        assert_false(check(forged, "shop.example", NOW));
    }
    assert_false(
        check(apr_pstrcat(pool, token, "0", NULL), "shop.example", NOW));
    assert_false(
        check(apr_pstrcat(pool, "0", token, NULL), "shop.example", NOW));
    assert_false(
        check(apr_pstrcat(pool, token, token, NULL), "shop.example", NOW));
    assert_false(check("", "shop.example", NOW));
    assert_false(check("..", "shop.example", NOW));
}

/* The MAC is HMAC-SHA256 of "mod_errclarity link 1" NUL server NUL claim, as
 * python3's hmac computes it. */
static void test_known_answer(void **state)
{
    char token[ECL_LINK_TOKEN_MAX];

    ecl_link_make(token, &key, "Shop.Example", ID, 1782910800);
    assert_string_equal(
        token,
        "05V30-0123456Z.1782910800."
        "47cc6f426da2c8201ef01af8b8776390eb0416aab19116da905caca6e9743240");
}

static const char *read_file(const char *text, mode_t mode)
{
    const char *path =
        apr_psprintf(pool, "/tmp/ecl-link-%ld.key", (long)getpid());
    FILE *f = fopen(path, "w");
    ecl_link_key_t read = { NULL, 0 };
    const char *err;

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    chmod(path, mode);
    err = ecl_link_key_read(&read, path, pool);
    unlink(path);
    assert_int_equal(read.n, err ? 0 : 32);
    return err ? err + strlen(path) : "fine";
}

static void test_key_file(void **state)
{
    static const char good[] = "0123456789abcdef0123456789abcdef\n";
    static char long_key[5001];
    ecl_link_key_t none = { NULL, 0 };

    memset(long_key, 'x', 5000);
    assert_string_equal(read_file(good, 0600), "fine");
    assert_string_equal(read_file(good, 0640), "fine");
    assert_non_null(strstr(read_file(good, 0644), "by anyone"));
    assert_non_null(strstr(read_file(good, 0602), "by anyone"));
    assert_non_null(strstr(read_file(good + 2, 0600), "30 bytes"));
    assert_non_null(strstr(read_file("\n\n", 0600), " 0 bytes"));
    assert_non_null(strstr(read_file(long_key, 0600), " bytes"));
    assert_non_null(strstr(ecl_link_key_read(&none, "/no/such", pool),
                           "/no/such cannot be opened: No such file"));
    assert_non_null(
        strstr(ecl_link_key_read(&none, "/tmp", pool), "no ordinary file"));
}

static void test_ids(void **state)
{
    assert_true(ecl_link_is_id(ID, ECL_ID_LEN));
    assert_false(ecl_link_is_id(ID, ECL_ID_LEN - 1));
    assert_false(ecl_link_is_id("05V30-0123456z", ECL_ID_LEN));
    assert_false(ecl_link_is_id("05V30-0123456U", ECL_ID_LEN));
    assert_false(ecl_link_is_id("05V3000123456Z", ECL_ID_LEN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_until_it_expires),
        cmocka_unit_test(test_one_server_one_key),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_known_answer),
        cmocka_unit_test(test_key_file),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
