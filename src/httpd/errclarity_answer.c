/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_answer.c - the response that replaces a useless one.
 *
 * Headers that described the dead body go, headers that mean something to the
 * client stay (RFC 9110: Allow, WWW-Authenticate, Retry-After; cookies, CORS
 * and security headers of the site). Ours go to headers_out only: mod_cache
 * lets err_headers_out leak into stale answers. */
#include "errclarity.h"
#include "errclarity_link.h"
#include "errclarity_template.h"

#include <string.h>

#include "ap_mmn.h"
#include "apr_lib.h"
#include "apr_strings.h"
#include "http_protocol.h"

#include "ecl_problem.h"

/* Validators, encodings, ranges and lifetimes of the body that is gone. */
static const char *const dead_headers[] = {
    "Content-Length",
    "Content-Encoding",
    "Content-Language",
    "Content-MD5",
    "Content-Range",
    "Content-Disposition",
    "Content-Location",
    "Content-Digest",
    "Repr-Digest",
    "Digest",
    "ETag",
    "Last-Modified",
    "Accept-Ranges",
    "Transfer-Encoding",
    "Trailer",
    "Expires",
    "Age",
    "Cache-Control",
    "Pragma",
    "Refresh",
    "Link",
    "Location",
};

static void bury_headers(request_rec *r)
{
    /* A 416 tells by it what can be asked for (RFC 9110 14.4). */
    const char *range = r->status == HTTP_RANGE_NOT_SATISFIABLE
                            ? apr_table_get(r->headers_out, "Content-Range")
                            : NULL;
    size_t i;

    for (i = 0; i < sizeof(dead_headers) / sizeof(dead_headers[0]); i++) {
        apr_table_unset(r->headers_out, dead_headers[i]);
    }
    if (!apr_is_empty_table(r->err_headers_out)) {
        for (i = 0; i < sizeof(dead_headers) / sizeof(dead_headers[0]); i++) {
            apr_table_unset(r->err_headers_out, dead_headers[i]);
        }
    }
    if (range) {
        apr_table_setn(r->headers_out, "Content-Range", range);
    }
    r->content_encoding = NULL;
    r->content_languages = NULL;
}

/* httpd sends a 500 for every status without a line of its own, such as the
 * 520 of a proxied CDN; the body states the real one.
 * @return NULL where httpd's own line serves */
static const char *status_line(request_rec *r)
{
    char *end;
    const char *own = ap_get_status_line(r->status);

    return apr_strtoi64(own, &end, 10) == r->status
               ? NULL
               : apr_psprintf(r->pool, "%d Error", r->status);
}

static void set_type(request_rec *r, ecl_format_e format)
{
    const char *type =
        apr_pstrcat(r->pool, ecl_format_type(format),
                    format == ECL_FORMAT_JSON ? "" /* RFC 8259 11: no charset */
                                              : "; charset=utf-8",
                    NULL);

#if AP_MODULE_MAGIC_AT_LEAST(20120211, 132)
    ap_set_content_type_ex(r, type, 1);
#else
    ap_set_content_type(r, type);
#endif
}

/* A delay the handler stated itself is better than ours. HTTP dates are passed
 * on but not repeated in the body. @return seconds, 0 unknown */
static int retry_after(request_rec *r, int ours)
{
    const char *v = apr_table_get(r->headers_out, "Retry-After");
    char *end;
    apr_int64_t n;

    if (!v) {
        v = apr_table_get(r->err_headers_out, "Retry-After");
    }
    if (!v) {
        if (ours > 0) {
            apr_table_setn(r->headers_out, "Retry-After",
                           apr_itoa(r->pool, ours));
        }
        return ours;
    }
    n = apr_isdigit(*v) ? apr_strtoi64(v, &end, 10) : 0;
    return n > 0 && n <= APR_INT32_MAX && !*end ? (int)n : 0;
}

void errclarity_answer(errclarity_ctx_t *ctx, request_rec *r, char **body,
                       apr_size_t *len)
{
    ecl_incident_t *inc = &ctx->inc;
    ecl_words_t words = { 0 };
    ecl_problem_t problem;
    ecl_format_e format;
    const char *field;

    field = errclarity_language(ctx, r, &words);
    words.contact = ctx->conf->contact;
    words.page = errclarity_page();
    bury_headers(r);
    r->status = inc->status;
    r->status_line = status_line(r);
    if (r->proto_num < HTTP_VERSION(1, 1) && !strcmp(r->protocol, "HTTP/1.1")) {
        r->proto_num = HTTP_VERSION(1, 1); /* mod_php lowers it when it dies */
    }
    inc->retry_after = retry_after(r, inc->retry_after);
    format = errclarity_format(ctx, r, field);
    ecl_problem_build(
        &problem, inc,
        errclarity_link_detail(r, errclarity_detail(ctx->conf, r)), &words,
        errclarity_messages(), r->pool);
    *body = errclarity_template_body(ctx->conf, r, &problem, format, len);
    if (!*body) {
        *body = ecl_problem_render(&problem, format, len, r->pool);
    }
    set_type(r, format);
    ap_set_content_length(r, (apr_off_t)*len);
    apr_table_setn(r->headers_out, "Content-Language",
                   strcmp(problem.title_lang, problem.lang) ? apr_pstrcat(
                       r->pool, problem.title_lang, ", ", problem.lang, NULL)
                                                            : problem.lang);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Error-Id", inc->id);
    errclarity_proxy_status(ctx, r);
    inc->format = ecl_format_name(format);
    inc->response = ECL_RESPONSE_REPLACED;
}
