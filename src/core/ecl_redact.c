/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
#include "ecl_redact.h"

void ecl_redact(ecl_buf_t *dst, const char *s, size_t n)
{
    ecl_buf_add(dst, s, n);
}

void ecl_redact_query(ecl_buf_t *dst, const char *s, size_t n)
{
    ecl_buf_add(dst, s, n);
}
