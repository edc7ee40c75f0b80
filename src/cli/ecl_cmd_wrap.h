/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_wrap.h - put lines together that an editor or a mail wrapped. */
#ifndef ECL_CMD_WRAP_H
#define ECL_CMD_WRAP_H

#include "ecl_cmd_lines.h"
#include "ecl_logline.h"

typedef struct ecl_wrap_t {
    char text[ECL_CMD_LINE_MAX];
    size_t n;        /* 0: nothing is held */
    int lines;       /* how many of the file's text is made of */
    int in_sentence; /* goes on in a small letter only */
} ecl_wrap_t;

/** Hold a line that goes on in the next: nothing but httpd's prefix, or broken
 *  within a sentence.
 *  @param l  line, read
 *  @return whether it is held now; never when another already is */
int ecl_wrap_hold(ecl_wrap_t *w, const ecl_loghead_t *l, const char *line,
                  size_t n);

/** Append a line to the one held.
 *  @param l  line, read
 *  @return 0 when it does not belong there, or nothing is held */
int ecl_wrap_join(ecl_wrap_t *w, const ecl_loghead_t *l, const char *line,
                  size_t n);

#endif
