/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_priv.h - what the probes share. Internal to ecl_probe*.c.
 *
 * All file system calls of the probes go through here: they count, and stop
 * when the budget or the time is used up. */
#ifndef ECL_PROBE_PRIV_H
#define ECL_PROBE_PRIV_H

#include <limits.h>
#include <sys/stat.h>

#include "ecl_probe.h"
#include "ecl_span.h"

/** A name that was opened with O_PATH. */
typedef struct ecl_node_t {
    int fd; /* -1: closed */
    struct stat st;
    int foreign; /* links lead outside of the request's trees */
} ecl_node_t;

/** Whether one more system call may be made; counts it. */
int ecl_probe_step(ecl_probe_t *pr);

/** Clean text of at most 1024 bytes. */
const char *ecl_probe_clean(const ecl_probe_t *pr, const char *s, size_t n);

/** Whether a path is absolute and not too long to be one. */
int ecl_probe_is_path(const char *path);

/** @param value  clean, lives as long as the pool */
void ecl_probe_result(ecl_probe_t *pr, const char *name, const char *value);

void ecl_probe_message(ecl_probe_t *pr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

typedef enum ecl_probe_how_e {
    ECL_PROBE_OWN,      /* follow links, and tell where they lead */
    ECL_PROBE_INSIDE,   /* somebody else named it: it must be in the trees */
    ECL_PROBE_ANYWHERE, /* follow links; it lies outside by nature */
    ECL_PROBE_NOFOLLOW  /* a symbolic link is the thing itself */
} ecl_probe_how_e;

/** Open a name without acting on what it is.
 * @return 0, or errno; EAGAIN: the budget is used up. After 0 the node is to
 *         be closed */
int ecl_probe_open(ecl_probe_t *pr, const char *path, ecl_probe_how_e how,
                   ecl_node_t *node);
void ecl_probe_close(ecl_node_t *node);

/** The path of an open node without links; NULL unknown. */
const char *ecl_probe_real(ecl_probe_t *pr, const ecl_node_t *node);

/** Bytes of a node that is a regular file.
 * @return how many; -1 when it may not be read */
ssize_t ecl_probe_read(ecl_probe_t *pr, const ecl_node_t *node, void *mem,
                       size_t n, apr_off_t at);

/** Whether pr->as, or the calling process, may use the node.
 * @param how  R_OK, W_OK or X_OK */
int ecl_probe_may(ecl_probe_t *pr, const char *path, const ecl_node_t *node,
                  int how);

/** Whether errno means that no such file exists. */
int ecl_probe_is_missing(int err);

/** Who pr->as is: "the server", "user bob". */
const char *ecl_probe_whom(const ecl_probe_t *pr);

/** "0644". */
const char *ecl_probe_mode(const ecl_probe_t *pr, mode_t mode);

/** "bob:users". */
const char *ecl_probe_owner(const ecl_probe_t *pr, uid_t uid, gid_t gid);

/** "file", "directory", "link" ... Static. */
const char *ecl_probe_type(mode_t mode);

/** Where a symbolic link leads, as a path from /; NULL when it is none. */
const char *ecl_probe_link(ecl_probe_t *pr, const char *link);

/** What the file says of the program that runs it.
 * @param name  the script's path as clean text
 * @param head  NUL-terminated behind its n bytes */
void ecl_probe_shebang(ecl_probe_t *pr, const char *script, const char *name,
                       ecl_span_t head);

/** Whether a file's first bytes are a program's: "#!" or ELF. */
int ecl_probe_is_program(ecl_span_t head);

/** An ELF program's machine and loader.
 * @param whose  "script /x" or "script /x: interpreter /y", clean
 * @param head   its first bytes; nothing happens when it is none */
void ecl_probe_elf(ecl_probe_t *pr, const char *whose, const ecl_node_t *node,
                   ecl_span_t head);

/** Bytes that are read of a file's begin. */
#define ECL_PROBE_HEAD 512

#endif
