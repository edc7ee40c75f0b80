/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_builtin.c - the data that is part of the program.
 *
 * .incbin instead of a generated C array: megabytes of text compile in no
 * time, and the linker maps them read-only and shared by all processes. */
#include "ecl_catalog.h"
#include "ecl_messages.h"
#include "ecl_page.h"

#define EMBED(symbol, file)                                                    \
    __asm__(".section .rodata\n"                                               \
            ".global " #symbol "\n.hidden " #symbol "\n"                       \
            ".global " #symbol "_end\n.hidden " #symbol "_end\n" #symbol       \
            ":\n.incbin \"" file "\"\n" #symbol "_end:\n.byte 0\n.text\n");    \
    extern const char symbol[];                                                \
    extern const char symbol##_end[]

EMBED(ecl_builtin_causes, "causes.yaml");
EMBED(ecl_builtin_messages, "messages.yaml");
EMBED(ecl_builtin_hints, "hints.yaml");
EMBED(ecl_builtin_page, "page.html");
EMBED(ecl_builtin_style, "page.css");

const char *ecl_catalog_builtin(size_t *n)
{
    *n = (size_t)(ecl_builtin_causes_end - ecl_builtin_causes);
    return ecl_builtin_causes;
}

const char *ecl_messages_builtin(size_t *n)
{
    *n = (size_t)(ecl_builtin_messages_end - ecl_builtin_messages);
    return ecl_builtin_messages;
}

const char *ecl_messages_builtin_hints(size_t *n)
{
    *n = (size_t)(ecl_builtin_hints_end - ecl_builtin_hints);
    return ecl_builtin_hints;
}

const char *ecl_page_builtin(size_t *n)
{
    *n = (size_t)(ecl_builtin_page_end - ecl_builtin_page);
    return ecl_builtin_page;
}

const char *ecl_page_style(void)
{
    return ecl_builtin_style; /* ends with a NUL like all of these */
}
