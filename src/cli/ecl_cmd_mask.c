/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_mask.c - explain --redact: the built-in masks of ecl_redact.h. */
#include "ecl_cmd_mask.h"

#include <string.h>

#include <apr_pools.h>

#include "ecl_redact.h"

/* What masking may add to a text: each mask is longer than what it hides only
 * when that is short. */
static const char *masked(const char *s, size_t n, size_t *len, apr_pool_t *p)
{
    size_t size = 2 * n + 256;
    ecl_buf_t b;

    ecl_buf_init(&b, apr_palloc(p, size), size);
    ecl_redact(&b, NULL, s, n);
    if (len) {
        *len = b.len;
    }
    return b.data;
}

void ecl_cmd_mask(ecl_verdict_t *v, ecl_msg_t *msg, apr_pool_t *p)
{
    for (int i = 0; i < ECL_FACT_COUNT; i++) {
        if (v->facts.v[i]) {
            v->facts.v[i] =
                masked(v->facts.v[i], strlen(v->facts.v[i]), NULL, p);
        }
    }
    if (v->component) {
        v->component = masked(v->component, strlen(v->component), NULL, p);
    }
    if (msg) {
        msg->text = masked(msg->text, msg->len, &msg->len, p);
    }
}
