/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_redact_personal.c - e-mail addresses and payment card numbers.
 *
 * RFC 5321 4.1.2 as far as addresses are used; ISO/IEC 7812-1 with the
 * issuers' ranges, so that ids, times and line numbers stay readable. */
#include "ecl_redact_scan.h"
#include "ecl_redactor.h"

#define LOCAL_MAX  64  /* RFC 5321 4.5.3.1.1 */
#define DOMAIN_MAX 255 /* 4.5.3.1.2 */

static int is_domain(char c)
{
    return ecl_scan_is_alnum(c) || c == '-' || c == '.';
}

/* Where the domain that begins at i ends; 0 when it has no dot or no letters
 * after its last dot, as package@1.2.3. */
static size_t domain_end(const char *s, size_t i, size_t n)
{
    size_t end = i;
    size_t dot = 0;

    while (end < n && end - i < DOMAIN_MAX && is_domain(s[end])) {
        end++;
    }
    while (end > i && (s[end - 1] == '.' || s[end - 1] == '-')) {
        end--; /* the sentence's */
    }
    for (size_t k = i; k < end; k++) {
        dot = s[k] == '.' ? k : dot;
    }
    if (!dot || dot == i || end - dot < 3) {
        return 0;
    }
    for (size_t k = dot + 1; k < end; k++) {
        if (ecl_scan_is_digit(s[k])) {
            return 0;
        }
    }
    return end;
}

void ecl_redact_emails(unsigned char *hide, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *sign = memchr(s + i, '@', n - i);
        size_t from, end;

        if (!sign) {
            return;
        }
        i = (size_t)(sign - s);
        for (from = i; from > 0 && i - from < LOCAL_MAX; from--) {
            char c = s[from - 1];

            if (!ecl_scan_is(c, ECL_C_NAME) && c != '+' && c != '\''
                && !((unsigned char)c >= 0x80)) {
                break;
            }
        }
        while (from < i && (s[from] == '\'' || s[from] == '.')) {
            from++;
        }
        end = from < i ? domain_end(s, i + 1, n) : 0;
        if (end) {
            memset(hide + from, 1, end - from);
            i = end - 1;
        }
    }
}

/* Whether an issuer has numbers that begin so and are so long. */
static int is_issued(const char *d, int n)
{
    int two = (d[0] - '0') * 10 + d[1] - '0';
    int four = two * 100 + (d[2] - '0') * 10 + d[3] - '0';

    switch (d[0]) {
    case '4': /* Visa */
        return n == 13 || n == 16 || n == 19;
    case '5': /* Mastercard, Maestro */
        return n == 16 && ((two >= 51 && two <= 55) || two == 50 || two >= 56);
    case '2':
        return n == 16 && four >= 2221 && four <= 2720;
    case '3': /* American Express; Diners Club; JCB */
        return ((two == 34 || two == 37) && n == 15)
               || ((two == 30 || two == 36 || two == 38) && n == 14)
               || (two == 35 && n == 16);
    case '6': /* Discover, UnionPay, Maestro */
        return n >= 16;
    default:
        return 0;
    }
}

static int luhn(const char *d, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        int v = d[n - 1 - i] - '0';

        v = i % 2 ? 2 * v : v;
        sum += v > 9 ? v - 9 : v;
    }
    return sum % 10 == 0;
}

void ecl_redact_cards(unsigned char *hide, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char digits[20];
        int count = 0;
        size_t k = i, end = i;

        if (!ecl_scan_is_digit(s[i])
            || (i > 0 && (ecl_scan_is(s[i - 1], ECL_C_NAME)))) {
            continue;
        }
        while (k < n && count < 20) {
            if (ecl_scan_is_digit(s[k])) {
                digits[count++] = s[k++];
                end = k;
            }
            else if ((s[k] == ' ' || s[k] == '-') && k + 1 < n
                     && ecl_scan_is_digit(s[k + 1])) {
                k++;
            }
            else {
                break;
            }
        }
        if (count >= 13 && count <= 19 && is_issued(digits, count)
            && luhn(digits, count)
            && (end == n || s[end] == '.'
                || !ecl_scan_is(s[end], ECL_C_NAME))) {
            memset(hide + i, 1, end - i);
        }
        i = end - 1;
    }
}
