/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_template.c - errclarity template: the built-in page to start from,
 * a check before httpd uses one. */
#include "ecl_cmd.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "ecl_page.h"
#include "ecl_view.h"

static const char help[] =
    "Usage: errclarity template [html]\n"
    "       errclarity template --check FORMAT FILE...\n\n"
    "Print the built-in page's template, as a start for one of your own. Other "
    "formats\nhave none.\n\n"
    "With --check, check templates of ErrClarityTemplate: an error is told as "
    "FILE:LINE: text.\n\n"
    "  FORMAT  html, json, xml, text or markdown\n";

/* @return the exit code */
static int check(ecl_format_e format, const char *path, apr_pool_t *p)
{
    char *text = apr_palloc(p, ECL_TEMPLATE_MAX + 1);
    apr_size_t n = 0;
    apr_file_t *f;
    char why[128];
    const char *err = NULL;
    apr_status_t rv = apr_file_open(&f, path, APR_READ | APR_BINARY, 0, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(f, text, ECL_TEMPLATE_MAX + 1, &n);
        apr_file_close(f);
    }
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EOF(rv)) {
        return ecl_cmd_complain("%s: %s", path,
                                apr_strerror(rv, why, sizeof(why)));
    }
    if (ecl_template_compile(text, n, format, ecl_view_raw, &err, p)) {
        return ECL_EXIT_FINE;
    }
    printf("%s:%s\n", path, err);
    return ECL_EXIT_FINDINGS;
}

int ecl_cmd_template(int argc, char **argv, apr_pool_t *p)
{
    int format = argc > 2 ? ecl_format_by_name(argv[2]) : -1;
    int code = ECL_EXIT_FINE;
    size_t n;
    const char *page = ecl_page_builtin(&n);

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(help, stdout);
        return ECL_EXIT_FINE;
    }
    if (argc == 1 || (argc == 2 && !strcmp(argv[1], "html"))) {
        fwrite(page, 1, n, stdout);
        return ECL_EXIT_FINE;
    }
    if (argc < 4 || strcmp(argv[1], "--check") != 0) {
        return ecl_cmd_complain("expected html, or --check with a format and "
                                "a file; see errclarity template --help");
    }
    if (format < 0) {
        return ecl_cmd_complain("'%s' is no format: must be html, json, xml, "
                                "text or markdown",
                                argv[2]);
    }
    for (int i = 3; i < argc; i++) {
        int one = check((ecl_format_e)format, argv[i], p);

        code = one > code ? one : code;
    }
    return code;
}
