/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_shebang.c - which program a script names, and whether it is there.
 *
 * Sources: Linux fs/binfmt_script.c, fs/binfmt_elf.c, fs/exec.c; coreutils
 * src/env.c. */
#include "ecl_probe_priv.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#define SHEBANG_MAX 254 /* the kernel reads 256 bytes, "#!" included */
#define DIRS_MAX    64  /* directories searched for env's target */

typedef struct script_t {
    ecl_probe_t *pr;
    const char *path;
    const char *name; /* the same as clean text */
} script_t;

/* A relative name as CGI scripts see it: they run in their own directory. */
static const char *from_directory(const script_t *s, const char *name)
{
    return name[0] == '/' ? name
                          : apr_psprintf(s->pr->pool, "%.*s/%s",
                                         (int)(strrchr(s->path, '/') - s->path),
                                         s->path, name);
}

/* Of the interpreter's own file only machine and loader are told. */
static void check_binary(const script_t *s, const ecl_node_t *node,
                         const char *shown)
{
    unsigned char head[ECL_PROBE_HEAD + 1];
    ssize_t n = ecl_probe_read(s->pr, node, head, ECL_PROBE_HEAD, 0);

    if (n > 0) {
        head[n] = '\0';
        ecl_probe_elf(s->pr,
                      apr_pstrcat(s->pr->pool, "script ", s->name,
                                  ": interpreter ", shown, NULL),
                      node, ecl_span((const char *)head, (size_t)n));
    }
}

/* A program that a shebang names by its path. */
static void check_interpreter(const script_t *s, ecl_span_t name)
{
    const char *shown = ecl_probe_clean(s->pr, name.p, name.n);
    const char *path =
        from_directory(s, apr_pstrmemdup(s->pr->pool, name.p, name.n));
    ecl_node_t node;
    int err = ecl_probe_open(s->pr, path, ECL_PROBE_ANYWHERE, &node);

    if (ecl_probe_is_missing(err)) {
        ecl_probe_message(s->pr, "script %s: interpreter %s does not exist",
                          s->name, shown);
        return;
    }
    if (err && err != EACCES) {
        return;
    }
    if (!err && S_ISREG(node.st.st_mode)
        && ecl_probe_may(s->pr, path, &node, X_OK)) {
        check_binary(s, &node, shown);
    }
    else {
        ecl_probe_message(s->pr, "script %s: interpreter %s is not executable",
                          s->name, shown);
    }
    ecl_probe_close(&node);
}

/* @return the program's path; NULL: in no directory; "": not searched to the
 *         end */
static const char *find_program(const script_t *s, const char *name)
{
    ecl_probe_t *pr = s->pr;
    ecl_span_t rest = { pr->env_path, strlen(pr->env_path) };
    int i;

    for (i = 0; i < DIRS_MAX; i++) {
        size_t n = strcspn(rest.p, ":");
        const char *dir = n ? apr_pstrmemdup(pr->pool, rest.p, n) : ".";
        const char *file = apr_pstrcat(pr->pool, dir, "/", name, NULL);
        ecl_node_t node = { .fd = -1 };

        file = from_directory(s, file);
        if (!ecl_probe_step(pr)) {
            return "";
        }
        if (stat(file, &node.st) == 0 && S_ISREG(node.st.st_mode)
            && ecl_probe_may(pr, file, &node, X_OK)) {
            return file;
        }
        if (n == rest.n) {
            return NULL;
        }
        rest = ecl_span_from(rest, n + 1);
    }
    return "";
}

static ecl_span_t first_word(ecl_span_t s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t') {
        n++;
    }
    return ecl_span(s.p, n);
}

/* What env(1) runs. The kernel hands everything behind the interpreter over as
 * one argument, which only "-S" splits. Other options are not judged. */
static ecl_span_t env_target(ecl_span_t arg)
{
    ecl_span_t word = arg;

    if (ecl_span_starts(arg, "-S")) {
        word = ecl_span(arg.p, 2);
        do { /* over "-S" and the variables */
            arg = ecl_span_trim(ecl_span_from(arg, word.n));
            word = first_word(arg);
        } while (word.n && memchr(word.p, '=', word.n));
    }
    return word.n && (word.p[0] == '-' || memchr(word.p, '=', word.n))
               ? ecl_span(word.p, 0)
               : word;
}

static void check_env(const script_t *s, ecl_span_t arg)
{
    ecl_probe_t *pr = s->pr;
    ecl_span_t target = env_target(arg);
    const char *found, *name;

    if (!target.n) {
        return;
    }
    if (memchr(target.p, '/', target.n)) {
        check_interpreter(s, target);
        return;
    }
    if (!pr->env_path) {
        return;
    }
    name = ecl_probe_clean(pr, target.p, target.n);
    found = find_program(s, apr_pstrmemdup(pr->pool, target.p, target.n));
    if (!found) {
        ecl_probe_message(pr, "script %s: env target %s is not in PATH",
                          s->name, name);
    }
    else if (found[0]) {
        ecl_probe_result(pr, "script.env_target",
                         ecl_probe_clean(pr, found, strlen(found)));
    }
}

static ecl_span_t base_name(ecl_span_t path)
{
    return ecl_span_from(path, (size_t)(ecl_span_rfind(path, "/") + 1));
}

/* A CR becomes part of the line's last word. Perl alone takes one behind its
 * options (perl.c moreswitches()). */
static int is_harmful_cr(ecl_span_t interpreter, ecl_span_t arg)
{
    return !arg.n || !ecl_span_starts(base_name(interpreter), "perl");
}

/* @param line  what follows "#!", up to the line's end
 * @param cr    a CR ends it */
static void check_line(const script_t *s, ecl_span_t line, int cr)
{
    ecl_probe_t *pr = s->pr;
    ecl_span_t interpreter, arg;

    line = ecl_span_trim(line);
    interpreter = first_word(line);
    arg = ecl_span_trim(ecl_span_from(line, interpreter.n));
    ecl_probe_result(pr, "script.shebang", ecl_probe_clean(pr, line.p, line.n));
    ecl_probe_result(pr, "script.interpreter",
                     ecl_probe_clean(pr, interpreter.p, interpreter.n));
    /* With a CR no program of that name exists: the other checks would only
     * repeat it in other words. */
    if (cr && is_harmful_cr(interpreter, arg)) {
        ecl_probe_message(pr, "script %s: shebang ends with CR: %s", s->name,
                          ecl_probe_clean(pr, line.p, line.n));
        return;
    }
    check_interpreter(s, interpreter);
    if (ecl_span_is(base_name(interpreter), "env")) {
        check_env(s, arg);
    }
}

/* A byte order mark (UTF-8, UTF-16) and "#!" behind it. */
static int is_marked(ecl_span_t head)
{
    static const ecl_span_t marked[] = {
        { "\xEF\xBB\xBF#!", 5 },
        { "\xFF\xFE#\0!\0", 6 },
        { "\xFE\xFF\0#\0!", 6 },
    };
    size_t i;

    for (i = 0; i < sizeof(marked) / sizeof(marked[0]); i++) {
        if (head.n >= marked[i].n
            && !memcmp(head.p, marked[i].p, marked[i].n)) {
            return 1;
        }
    }
    return 0;
}

static int is_elf(ecl_span_t head)
{
    return head.n >= sizeof(Elf32_Ehdr) && ecl_span_starts(head, ELFMAG);
}

int ecl_probe_is_program(ecl_span_t head)
{
    return is_elf(head) || ecl_span_starts(head, "#!") || is_marked(head);
}

void ecl_probe_shebang(ecl_probe_t *pr, const char *script, const char *name,
                       ecl_span_t head)
{
    const script_t s = { pr, script, name };
    ecl_span_t line;
    size_t n;

    if (is_elf(head)) {
        return;
    }
    if (is_marked(head)) {
        ecl_probe_message(pr, "script %s: byte order mark before the shebang",
                          name);
        return;
    }
    line = ecl_span_from(head, ecl_span_starts(head, "#!") ? 2 : head.n);
    n = strcspn(line.p, "\r\n");
    if (ecl_span_trim(ecl_span(line.p, n)).n == 0) {
        ecl_probe_message(pr, "script %s: no shebang", name);
    }
    else if (n < SHEBANG_MAX) {
        check_line(&s, ecl_span(line.p, n), line.p[n] == '\r');
    }
}
