/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_template_file.h - a template's file: opened safely, compiled. */
#ifndef ERRCLARITY_TEMPLATE_FILE_H
#define ERRCLARITY_TEMPLATE_FILE_H

#include <sys/types.h>
#include <time.h>

#include "apr_pools.h"

#include "ecl_template.h"

/** What tells one version of a file from the next; error is errno when it
 *  could not be opened, and all else 0 then. */
typedef struct errclarity_stamp_t {
    int error;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
} errclarity_stamp_t;

int errclarity_stamp_same(const errclarity_stamp_t *a,
                          const errclarity_stamp_t *b);

/** Open a template's file and see which version it is.
 * @param tree   NULL: path is absolute. Else a directory that path, which is
 *               relative, does not lead out of, not by symbolic links either
 * @param stamp  filled in
 * @return a descriptor, or -1 with stamp->error set */
int errclarity_template_open(const char *tree, const char *path,
                             errclarity_stamp_t *stamp);

/** Read and compile what was opened; closes fd.
 * @param err  *err: what is wrong, "LINE: ..." or a sentence, from p
 * @return NULL on error; else allocated from p */
const ecl_template_t *errclarity_template_read(int fd, ecl_format_e format,
                                               const char **err, apr_pool_t *p);

/** A sentence about stamp->error. Allocated from p or static. */
const char *errclarity_template_why(const errclarity_stamp_t *stamp,
                                    const char *tree, apr_pool_t *p);

#endif
