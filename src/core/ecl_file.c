/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_file.c - read an operator's file whole. */
#include "ecl_file.h"

#include <apr_file_io.h>
#include <apr_strings.h>

#define FILE_BYTES_MAX (4 * 1024 * 1024)

const char *ecl_file_read(const char *path, const char **text, size_t *n,
                          apr_pool_t *p)
{
    char reason[120];
    char *bytes = NULL;
    apr_finfo_t info;
    apr_file_t *file;
    apr_status_t rv;

    *n = 0;
    rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, p);
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
        if (rv == APR_SUCCESS && info.size < FILE_BYTES_MAX) {
            bytes = apr_palloc(p, (apr_size_t)info.size + 1);
            rv = apr_file_read_full(file, bytes, (apr_size_t)info.size + 1, n);
        }
        apr_file_close(file);
    }
    if (rv == APR_SUCCESS) { /* no end of file: too large, or it is growing */
        return apr_psprintf(p, "%s: expected less than %d bytes", path,
                            FILE_BYTES_MAX);
    }
    if (rv != APR_EOF) {
        return apr_psprintf(p, "%s: cannot be read: %s", path,
                            apr_strerror(rv, reason, sizeof reason));
    }
    *text = bytes;
    return NULL;
}
