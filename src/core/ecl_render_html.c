/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_render_html.c - a body as one self-contained HTML5 page.
 *
 * The page itself is data (ecl_page.h): no script, no request to anywhere. The
 * same facts stand as JSON in a data block, for tools that fetch the page. */
#include "ecl_page.h"
#include "ecl_render.h"
#include "ecl_view.h"

const ecl_template_t *ecl_page_compile(apr_pool_t *p)
{
    const char *err, *text;
    size_t n;

    text = ecl_page_builtin(&n);
    return ecl_template_compile(text, n, ECL_FORMAT_HTML, ecl_view_raw, &err,
                                p);
}

static void put(ecl_buf_t *b, const char *open, const char *s,
                const char *close)
{
    ecl_buf_puts(b, open);
    ecl_render_value(b, s, ECL_FORMAT_HTML);
    ecl_buf_puts(b, close);
}

/* What a visitor needs at least, should the page fail. */
static void minimal(ecl_buf_t *b, const ecl_problem_t *pb)
{
    put(b, "<!DOCTYPE html>\n<html lang=\"", pb->lang, "\">\n");
    put(b, "<meta charset=\"utf-8\">\n<title>", pb->title, "</title>\n");
    ecl_buf_puts(b, "<meta name=\"robots\" content=\"noindex\">\n<style>");
    ecl_buf_puts(b, ecl_page_style());
    put(b, "</style>\n<main>\n<h1>", pb->title, "</h1>\n");
    put(b, "<p>", pb->detail, "</p>\n");
    put(b, "<p><code>", pb->incident, "</code></p>\n</main>\n");
}

void ecl_render_html(ecl_buf_t *b, const ecl_problem_t *pb, apr_pool_t *p)
{
    const ecl_template_t *page = pb->page ? pb->page : ecl_page_compile(p);
    ecl_value_t root;
    ecl_view_t view;

    ecl_view_init(&view, pb, ECL_FORMAT_HTML, ecl_page_style(), p);
    root = ecl_view_root(&view);
    if (!page || ecl_template_render(page, &root, b) != ECL_TEMPLATE_OK) {
        ecl_buf_rewind(b, 0);
        minimal(b, pb);
    }
}
