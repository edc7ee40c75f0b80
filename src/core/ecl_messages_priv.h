/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_messages_priv.h - the texts' inside, for their loader and for the
 * look-up alone. */
#ifndef ECL_MESSAGES_PRIV_H
#define ECL_MESSAGES_PRIV_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "ecl_messages.h"

#define KEY_MAX 128

typedef struct lang_t {
    const char *tag;
    int rtl;
    apr_hash_t *texts;  /* key -> ecl_message_t */
    apr_hash_t *causes; /* slug -> cause_text_t */
    const char *words[ECL_WORD_COUNT];
    const char *where; /* "file:line" that defined it */
} lang_t;

typedef struct cause_text_t {
    ecl_cause_text_t text;
    int builtin;       /* made for the built-in catalogue's texts */
    const char *where; /* "file:line" */
} cause_text_t;

struct ecl_messages_t {
    apr_hash_t *langs;        /* lower-case tag -> lang_t */
    apr_array_header_t *tags; /* const char *, English first */
};

/** A word's name in the file, and the word of last resort. */
typedef struct ecl_word_t {
    const char *name, *english;
} ecl_word_t;

extern const ecl_word_t ecl_messages_words[ECL_WORD_COUNT];

#endif
