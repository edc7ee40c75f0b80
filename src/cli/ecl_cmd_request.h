/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_request.h - the lines of one request, as the log has them.
 *
 * Bounded: the first and the last lines are kept. Nothing is cleaned before
 * somebody asks for the messages, since most requests are like one before. */
#ifndef ECL_CMD_REQUEST_H
#define ECL_CMD_REQUEST_H

#include <stdint.h>

#include <apr_pools.h>

#include "ecl_logline.h"

/** Messages kept of one request. */
#define ECL_GROUP_MSGS 256
/** Bytes of texts kept of one request. */
#define ECL_GROUP_BYTES (256 * 1024)
/** The longest client address or request id. */
#define ECL_GROUP_NAME 255

typedef struct ecl_group_line_t {
    uint32_t at;       /* of the module's name in mem; the text follows */
    uint32_t module_n; /* bytes */
    uint32_t text_n;
    int level, ah, os_error;
    int no_request; /* the line named no client */
} ecl_group_line_t;

typedef struct ecl_group_t {
    ecl_group_line_t *lines;
    int nlines, room;
    char *mem;
    size_t used, size;
    unsigned dropped;       /* lines lost in the middle */
    int worst;              /* the gravest level; unknown is graver than any */
    int grave;              /* a line of level error or worse is among them */
    apr_time_t first, last; /* 0 unknown */
    long pid;
    unsigned long long tid;
    char client[ECL_GROUP_NAME + 1]; /* "" unknown */
    char vhost[ECL_GROUP_NAME + 1];
    char log_id[ECL_GROUP_NAME + 1];
    uint64_t client_hash, id_hash; /* 0 unknown */
    unsigned long long line;       /* number of its first line in the input */
    unsigned long long seen;       /* number of its last one */
} ecl_group_t;

/** An empty one. Aborts when memory is out. */
ecl_group_t *ecl_group_create(void);
/** Make it empty, and keep its memory unless it is large. */
void ecl_group_reset(ecl_group_t *g);
void ecl_group_destroy(ecl_group_t *g);

/** Append a line's message. */
void ecl_group_add(ecl_group_t *g, const ecl_loghead_t *l, int no_request);

/** Append the lines of another one, which is empty afterwards. */
void ecl_group_join(ecl_group_t *g, ecl_group_t *from);

/** Remember who asked; what is known already stays. */
void ecl_group_name(ecl_group_t *g, const ecl_loghead_t *l);

/** The text of line i, as it stands in the log. */
ecl_span_t ecl_group_text(const ecl_group_t *g, int i);
ecl_span_t ecl_group_module(const ecl_group_t *g, int i);

/** Clean messages, g->nlines of them, allocated from p. */
ecl_msg_t *ecl_group_messages(const ecl_group_t *g, apr_pool_t *p);

/** 128 bits by which groups with equal messages are known again; different
 *  ones collide by chance only.
 * @param masked  numbers do not count */
typedef struct ecl_group_key_t {
    uint64_t a, b;
} ecl_group_key_t;
ecl_group_key_t ecl_group_key(const ecl_group_t *g, int masked);

/** A hash of a name; never 0 unless it is empty. */
uint64_t ecl_group_hash(ecl_span_t s);

#endif
