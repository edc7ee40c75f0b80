/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_redact.c - masks and the search for leaks read any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include <apr_general.h>

#include "ecl_leak.h"
#include "ecl_redactor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static apr_pool_t *global;
    static const ecl_leaks_t *leaks;
    static ecl_redactor_t *own;
    const char *error = NULL;
    const char *s = (const char *)data;
    char *mem = malloc(4096);
    apr_pool_t *p;
    ecl_leak_t leak;
    ecl_buf_t b;

    if (!global) {
        apr_initialize();
        atexit(apr_terminate);
        apr_pool_create(&global, NULL);
        leaks = ecl_leaks_create(&error, global);
        own = ecl_redactor_create(global);
        if (!leaks || ecl_redactor_add(own, "email", global)
            || ecl_redactor_add(own, "card", global)
            || ecl_redactor_add(own, "a(b+)+c", global)) {
            abort();
        }
    }
    apr_pool_create(&p, global);
    ecl_buf_init(&b, mem, 4096);
    ecl_redact(&b, NULL, s, size);
    ecl_buf_init(&b, mem, 4096);
    ecl_redact(&b, own, s, size);
    ecl_redact_query(&b, own, s, size);
    for (int m = ECL_MARKUP_NONE; m <= (int)ECL_MARKUP_JSON; m++) {
        ecl_leaks_find(leaks, &leak, s, size, (ecl_markup_e)m, "/srv", p);
    }
    apr_pool_destroy(p);
    free(mem);
    return 0;
}
