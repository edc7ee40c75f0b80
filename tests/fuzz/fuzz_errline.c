/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* fuzz_errline.c - any bytes as log lines and as messages of the hook.
 *
 * Every line goes both ways that text comes in: through the log parser (the
 * command-line tool) and through the evidence store (the module). What comes
 * out must be clean text within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>

#include "ecl_evidence.h"
#include "ecl_logline.h"
#include "ecl_statement.h"
#include "ecl_text.h"

#define LINES_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition) {
        abort();
    }
}

static void check_clean(const char *s, size_t n)
{
    size_t i, len;

    must(strlen(s) == n);
    for (i = 0; i < n; i += len) {
        len = ecl_text_seq(s + i, n - i);
        must(len > 0);
        must(len > 1 || s[i] == '\n' || s[i] == '\t'
             || ((unsigned char)s[i] >= 0x20 && s[i] != 0x7F));
    }
}

static void check_statements(const ecl_msg_t *msgs, int n, apr_pool_t *p)
{
    ecl_stmt_t *s;
    int count = ecl_statements(msgs, n, &s, p), i;

    must(count >= 0 && count <= ECL_STMT_MAX);
    for (i = 0; i < count; i++) {
        must(strlen(s[i].text) == s[i].len);
        must(s[i].msg >= 0 && s[i].nmsgs > 0 && s[i].msg + s[i].nmsgs <= n);
        must(i == 0 || s[i].msg >= s[i - 1].msg);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ecl_msg_t msgs[LINES_MAX];
    ecl_evidence_t *e = ecl_evidence_init(malloc(ecl_evidence_size()));
    const char *s = (const char *)data, *end = s + size;
    ecl_msg_t *stored;
    apr_pool_t *p;
    int n = 0, count, i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    while (s < end && n < LINES_MAX) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        size_t len = (size_t)((nl ? nl : end) - s);
        ecl_logline_t l;

        ecl_logline_parse(&l, s, len, p);
        check_clean(l.msg.text, l.msg.len);
        msgs[n] = l.msg;
        ecl_evidence_add(e, s, len, n % 2 ? "cgi" : NULL, l.msg.level, l.msg.ah,
                         l.msg.os_error, n % 2);
        n++;
        s = nl ? nl + 1 : end;
    }
    check_statements(msgs, n, p);
    count = ecl_evidence_messages(e, &stored, NULL, p);
    must(count + (int)ecl_evidence_dropped(e) == n);
    for (i = 0; i < count; i++) {
        check_clean(stored[i].text, stored[i].len);
    }
    check_statements(stored, count, p);
    apr_pool_destroy(p);
    free(e);
    return 0;
}
