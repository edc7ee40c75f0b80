/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_elf.c - a program's machine, and the loader that it names.
 *
 * The kernel reports ENOEXEC for another machine, but ENOENT for a program
 * that is there and whose loader is not: a binary from Alpine on Debian.
 * Reads only headers in this machine's byte order. Sources: elf(5), Linux
 * fs/binfmt_elf.c load_elf_binary(). */
#include "ecl_probe_priv.h"

#include <elf.h>
#include <link.h>
#include <string.h>

#include <apr_strings.h>

#define HEADERS_MAX 4096 /* bytes of program headers that are read */
#define LOADER_MAX  256

/* The linker's name for our own ELF header: what this machine runs. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Whether the kernel may run the other machine's programs too. */
static int is_sibling(unsigned own, unsigned other)
{
    return (own == EM_X86_64 && other == EM_386)
           || (own == EM_AARCH64 && other == EM_ARM);
}

static int is_runnable(unsigned machine)
{
    unsigned own = __ehdr_start.e_machine;

    return machine == own || is_sibling(own, machine);
}

static unsigned machine_of(const unsigned char *head)
{
    const unsigned char *m = head + offsetof(Elf32_Ehdr, e_machine);

    return head[EI_DATA] == ELFDATA2MSB ? m[0] * 256u + m[1]
                                        : m[1] * 256u + m[0];
}

/* A part of the file. */
typedef struct part_t {
    unsigned long long at, size;
} part_t;

static unsigned long long number(const unsigned char *p, size_t n)
{
    uint64_t wide;
    uint32_t word;
    uint16_t half;

    switch (n) {
    case sizeof(wide):
        memcpy(&wide, p, n);
        return wide;
    case sizeof(word):
        memcpy(&word, p, n);
        return word;
    default:
        memcpy(&half, p, sizeof(half));
        return half;
    }
}

#define FIELD(p, type, name)                                                   \
    number((p) + offsetof(type, name), sizeof(((type *)0)->name))
#define EITHER(is64, p, type, name)                                            \
    ((is64) ? FIELD(p, Elf64_##type, name) : FIELD(p, Elf32_##type, name))

/* Where the name of the loader stands; size 0: it needs none. */
static part_t find_loader(ecl_probe_t *pr, const ecl_node_t *node,
                          const unsigned char *head, int is64)
{
    unsigned char mem[HEADERS_MAX];
    unsigned long long at = EITHER(is64, head, Ehdr, e_phoff);
    size_t size = (size_t)EITHER(is64, head, Ehdr, e_phentsize);
    size_t count = (size_t)EITHER(is64, head, Ehdr, e_phnum);
    part_t none = { 0, 0 };
    ssize_t n;
    size_t i;

    if (at > 0x7FFFFFFF
        || size != (is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr))) {
        return none;
    }
    n = ecl_probe_read(pr, node, mem, sizeof(mem), (apr_off_t)at);
    for (i = 0; i < count && (ssize_t)((i + 1) * size) <= n; i++) {
        const unsigned char *h = mem + i * size;

        if (EITHER(is64, h, Phdr, p_type) == PT_INTERP) {
            return (part_t){ EITHER(is64, h, Phdr, p_offset),
                             EITHER(is64, h, Phdr, p_filesz) };
        }
    }
    return none;
}

static void check_loader(ecl_probe_t *pr, const char *whose,
                         const ecl_node_t *node, const unsigned char *head)
{
    char loader[LOADER_MAX + 1];
    part_t part = find_loader(pr, node, head, head[EI_CLASS] == ELFCLASS64);
    ecl_node_t found;
    ssize_t n;

    if (part.size == 0 || part.size > LOADER_MAX || part.at > 0x7FFFFFFF) {
        return;
    }
    n = ecl_probe_read(pr, node, loader, (size_t)part.size, (apr_off_t)part.at);
    if (n <= 0) {
        return;
    }
    loader[n] = '\0';
    if (loader[0] != '/') {
        return;
    }
    if (ecl_probe_is_missing(
            ecl_probe_open(pr, loader, ECL_PROBE_ANYWHERE, &found))) {
        ecl_probe_message(pr, "%s: its loader %s does not exist", whose,
                          ecl_probe_clean(pr, loader, strlen(loader)));
    }
    ecl_probe_close(&found);
}

void ecl_probe_elf(ecl_probe_t *pr, const char *whose, const ecl_node_t *node,
                   ecl_span_t head)
{
    const unsigned char *h = (const unsigned char *)head.p;
    unsigned machine;

    if (head.n < sizeof(Elf32_Ehdr) || !ecl_span_starts(head, ELFMAG)) {
        return;
    }
    machine = machine_of(h);
    if (!is_runnable(machine)) {
        ecl_probe_message(pr, "%s: built for another machine (e_machine %u)",
                          whose, machine);
    }
    else if (h[EI_DATA] == __ehdr_start.e_ident[EI_DATA]
             && (h[EI_CLASS] == ELFCLASS32
                 || (h[EI_CLASS] == ELFCLASS64
                     && head.n >= sizeof(Elf64_Ehdr)))) {
        check_loader(pr, whose, node, h);
    }
}
