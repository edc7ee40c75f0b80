/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_lines.h - read a file line by line, compressed or not. */
#ifndef ECL_CMD_LINES_H
#define ECL_CMD_LINES_H

#include <stddef.h>

/** A longer line is cut; httpd's own have at most 8 KiB. */
#define ECL_CMD_LINE_MAX 65536

/** Receives a line without its newline; it lives until the function returns.
 *  It may be changed. */
typedef void ecl_cmd_line_fn(const char *line, size_t n, void *baton);

/** @param path  a file, gzip's format or plain; "-" is standard input
 *  @return NULL, or why it could not be read (static) */
const char *ecl_cmd_lines(const char *path, ecl_cmd_line_fn *fn, void *baton);

#endif
