/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_accept.c - any bytes as the fields that an answer is negotiated by.
 *
 * A line each for the signals in their order, the rest Accept-Language. The
 * first byte says which formats are offered and by whom. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ecl_client.h"
#include "ecl_lang.h"

#define LEN_MAX 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition) {
        abort();
    }
}

/* Some of the formats, the preferred one first. @return how many */
static int offers_of(unsigned bits, ecl_format_e *offers)
{
    int n = 0;

    for (int f = 0; f < ECL_FORMAT_COUNT; f++) {
        if (bits >> f & 1) {
            offers[n++] = (ecl_format_e)f;
        }
    }
    if (n == 0) {
        offers[n++] = ECL_FORMAT_HTML;
    }
    return n;
}

static void check_formats(const char *const *values, unsigned bits)
{
    ecl_format_e offers[ECL_FORMAT_COUNT], got;
    int n = offers_of(bits, offers), found = 0;
    unsigned looked;

    got = ecl_client_format(values, offers, n, bits >> 5 & 1, &looked);
    for (int i = 0; i < n; i++) {
        found |= got == offers[i];
    }
    must(found);
    must(looked >> ECL_SIGNAL_COUNT == 0);
    must((n == 1) == (looked == 0));
    must(ecl_accept_best(values[ECL_SIGNAL_ACCEPT], offers, n) != 0);
}

static void check_languages(const char *accept)
{
    static const char *const offers[] = { "en", "de",    "pt-BR", "zh-TW",
                                          "zh", "sr",    "nb",    "he",
                                          "x",  "de-AT", "" };
    int i = ecl_lang_choose(accept, offers, 9);

    must(i >= -1 && i < 9);
    i = ecl_lang_find(accept, offers, 10);
    must(i >= -1 && i < 10);
    must(i < 0 || ecl_lang_valid(accept));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *values[ECL_SIGNAL_COUNT] = { NULL };
    unsigned bits = size ? data[0] : 0;
    char *text, *rest;

    if (size > LEN_MAX) {
        return 0;
    }
    text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    rest = size ? text + 1 : text;
    for (int s = 0; s < ECL_SIGNAL_COUNT && rest; s++) {
        char *nl = strchr(rest, '\n');

        if (nl) {
            *nl++ = '\0';
        }
        values[s] = *rest ? rest : NULL;
        rest = nl;
    }
    check_formats(values, bits);
    check_languages(rest ? rest : "");
    free(text);
    return 0;
}
