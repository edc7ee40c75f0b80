/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_link.c - a link that shows a failure's details to whoever holds it. */
#include "ecl_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ecl_buf.h"

#define MAC_LEN 32 /* SHA-256 */

/* What the MAC is for, so that the key cannot be made to sign anything else;
 * the next version will say 2. */
static const char purpose[] = "mod_errclarity link 1";

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *read_key(ecl_link_key_t *key, apr_file_t *f, apr_pool_t *p)
{
    char *mem = apr_palloc(p, ECL_LINK_KEY_MAX + 2);
    apr_size_t n = 0;
    apr_finfo_t info;

    if (apr_file_info_get(&info, APR_FINFO_TYPE | APR_FINFO_PROT, f)
            != APR_SUCCESS
        || info.filetype != APR_REG) {
        return "is no ordinary file";
    }
    if (info.protection & (APR_WREAD | APR_WWRITE)) {
        return "can be read or written by anyone: chmod o-rw";
    }
    apr_file_read_full(f, mem, ECL_LINK_KEY_MAX + 2, &n);
    while (n > 0 && is_space(mem[n - 1])) {
        n--;
    }
    if (n < ECL_LINK_KEY_MIN || n > ECL_LINK_KEY_MAX) {
        return apr_psprintf(p,
                            "has a key of %" APR_SIZE_T_FMT
                            " bytes: %d to %d are needed, for example from "
                            "openssl rand -hex 32",
                            n, ECL_LINK_KEY_MIN, ECL_LINK_KEY_MAX);
    }
    key->bytes = (unsigned char *)mem;
    key->n = n;
    return NULL;
}

const char *ecl_link_key_read(ecl_link_key_t *key, const char *path,
                              apr_pool_t *p)
{
    apr_file_t *f;
    char text[128];
    apr_status_t rv = apr_file_open(&f, path, APR_READ | APR_BINARY, 0, p);
    const char *err;

    if (rv != APR_SUCCESS) {
        return apr_pstrcat(p, path, " cannot be opened: ",
                           apr_strerror(rv, text, sizeof(text)), NULL);
    }
    err = read_key(key, f, p);
    apr_file_close(f);
    return err ? apr_pstrcat(p, path, " ", err, NULL) : NULL;
}

int ecl_link_is_id(const char *s, size_t n)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    if (n != ECL_ID_LEN) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 5 ? s[i] != '-' : !s[i] || !strchr(digits, s[i])) {
            return 0;
        }
    }
    return 1;
}

/* The MAC of "purpose NUL server NUL ID.SECONDS", in hex and with NUL. */
static void sign(char hex[2 * MAC_LEN + 1], const ecl_link_key_t *key,
                 const char *server, const char *claim)
{
    unsigned char mac[EVP_MAX_MD_SIZE] = { 0 };
    unsigned char text[512];
    ecl_buf_t b;

    ecl_buf_init(&b, (char *)text, sizeof(text));
    ecl_buf_add(&b, purpose, sizeof(purpose));
    for (; *server && b.len < 400; server++) { /* a DNS name has 253 */
        ecl_buf_putc(&b, (char)apr_tolower(*server));
    }
    ecl_buf_putc(&b, '\0');
    ecl_buf_puts(&b, claim);
    HMAC(EVP_sha256(), key->bytes, (int)key->n, text, b.len, mac, NULL);
    for (int i = 0; i < MAC_LEN; i++) {
        snprintf(hex + 2 * i, 3, "%02x", mac[i]);
    }
}

void ecl_link_make(char token[ECL_LINK_TOKEN_MAX], const ecl_link_key_t *key,
                   const char *server, const char *id, long long expires)
{
    char hex[2 * MAC_LEN + 1];
    ecl_buf_t b;

    ecl_buf_init(&b, token, ECL_LINK_TOKEN_MAX);
    ecl_buf_printf(&b, "%.*s.%lld", ECL_ID_LEN, id, expires);
    sign(hex, key, server, token);
    ecl_buf_printf(&b, ".%s", hex);
}

int ecl_link_check(const ecl_link_key_t *key, const char *server,
                   const char *token, size_t n, long long now,
                   char id[ECL_ID_LEN + 1])
{
    char claim[ECL_LINK_TOKEN_MAX], hex[2 * MAC_LEN + 1];
    const char *seconds;
    long long expires;
    size_t len;

    if (n >= sizeof(claim) || n < ECL_ID_LEN + 3 + 2 * MAC_LEN) {
        return 0;
    }
    len = n - 2 * MAC_LEN - 1;
    memcpy(claim, token, len);
    claim[len] = '\0';
    if (token[len] != '.' || claim[ECL_ID_LEN] != '.'
        || !ecl_link_is_id(claim, ECL_ID_LEN)) {
        return 0;
    }
    seconds = claim + ECL_ID_LEN + 1;
    if (strspn(seconds, "0123456789") != len - ECL_ID_LEN - 1
        || len - ECL_ID_LEN - 1 > 12) {
        return 0;
    }
    sign(hex, key, server, claim);
    if (CRYPTO_memcmp(hex, token + len + 1, (size_t)2 * MAC_LEN) != 0) {
        return 0;
    }
    expires = strtoll(seconds, NULL, 10);
    if (expires <= now || expires - now > ECL_LINK_TIME_MAX) {
        return 0;
    }
    memcpy(id, claim, ECL_ID_LEN);
    id[ECL_ID_LEN] = '\0';
    return 1;
}
