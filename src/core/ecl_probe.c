/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe.c - look at the file that could not be run or read.
 *
 * Does not decide which fault is the cause: every fault found is a message, in
 * the order in which the kernel meets them, and the catalogue weighs them.
 * Does not know suEXEC: the checks are those of the calling process.
 * Sources: Linux fs/exec.c, fs/binfmt_script.c, fs/open.c do_faccessat();
 * coreutils src/env.c; elf(5). */
#include "ecl_probe.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <apr_user.h>

#include "ecl_buf.h"
#include "ecl_span.h"
#include "ecl_text.h"

#define HEAD_MAX    512  /* bytes read of the script */
#define SHEBANG_MAX 254  /* the kernel reads 256 bytes, "#!" included */
#define SHOWN_MAX   1024 /* bytes of a path in a message */
#define LINKS_MAX   8    /* symbolic links followed for a closed directory */
#define DIRS_MAX    64   /* directories searched for env's target */

typedef struct probe_t {
    ecl_probe_t *out;
    const char *path; /* the script's, as it is */
    const char *name; /* the same as clean text */
    apr_pool_t *pool;
} probe_t;

static const char *clean(apr_pool_t *p, const char *s, size_t n)
{
    char mem[SHOWN_MAX + 1];
    ecl_buf_t b;

    ecl_buf_init(&b, mem, sizeof(mem));
    ecl_text_clean(&b, s, n);
    return apr_pstrmemdup(p, b.data, b.len);
}

static void result(probe_t *pb, const char *name, const char *value)
{
    ecl_probe_t *out = pb->out;

    if (out->nresults < ECL_PROBE_MAX) {
        out->results[out->nresults++] = (ecl_probe_result_t){ name, value };
    }
}

static void message(probe_t *pb, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void message(probe_t *pb, const char *fmt, ...)
{
    ecl_probe_t *out = pb->out;
    char mem[2 * SHOWN_MAX + 128]; /* two paths and the words: never cut */
    va_list ap;
    int n;

    if (out->nmsgs == ECL_PROBE_MAX) {
        return;
    }
    va_start(ap, fmt);
    n = apr_vsnprintf(mem, sizeof(mem), fmt, ap);
    va_end(ap);
    out->msgs[out->nmsgs++] = (ecl_msg_t){
        .text = apr_pstrmemdup(pb->pool, mem, (apr_size_t)n),
        .len = (size_t)n,
        .module = "probe",
        .level = ECL_LEVEL_ERROR,
    };
}

/* As the effective user, like the kernel's own checks. */
static int may(const char *path, int how)
{
    return faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

static int is_missing(int err)
{
    return err == ENOENT || err == ENOTDIR;
}

/* Where the symbolic link leads; NULL when it is none. */
static const char *link_target(const char *link, apr_pool_t *p)
{
    char to[PATH_MAX];
    ssize_t n = readlink(link, to, sizeof(to) - 1);
    const char *slash = strrchr(link, '/');

    if (n <= 0) {
        return NULL;
    }
    to[n] = '\0';
    return to[0] == '/'
               ? apr_pstrdup(p, to)
               : apr_psprintf(p, "%.*s/%s", (int)(slash - link), link, to);
}

/* Report the first directory on the way to path that we may not enter. Behind
 * a link it is one that the path does not name. */
static int closed_directory(probe_t *pb, const char *path, int links)
{
    char *dir = apr_pstrdup(pb->pool, path), *end = dir;
    const char *target;

    while ((end = strchr(end + 1, '/')) != NULL) {
        *end = '\0';
        if (!may(dir, X_OK)) {
            if (errno != EACCES) {
                return 0;
            }
            target = links ? link_target(dir, pb->pool) : NULL;
            if (!target
                || !closed_directory(
                    pb, apr_pstrcat(pb->pool, target, "/", NULL), links - 1)) {
                message(pb, "directory %s: not searchable for the server",
                        clean(pb->pool, dir, strlen(dir)));
            }
            return 1;
        }
        *end = '/';
    }
    target = links ? link_target(dir, pb->pool) : NULL;
    return target && closed_directory(pb, target, links - 1);
}

static void check_unreachable(probe_t *pb, int err)
{
    if (err == EACCES) {
        closed_directory(pb, pb->path, LINKS_MAX);
    }
    else if (is_missing(err)) {
        const char *target = link_target(pb->path, pb->pool);

        message(pb, "script %s: does not exist", pb->name);
        if (target) {
            result(pb, "script.link", clean(pb->pool, target, strlen(target)));
        }
    }
}

static const char *type_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return "file";
    case S_IFDIR:
        return "directory";
    case S_IFIFO:
        return "fifo";
    case S_IFSOCK:
        return "socket";
    default:
        return "device";
    }
}

static const char *owner_name(const struct stat *st, apr_pool_t *p)
{
    char *user, *group;

    if (apr_uid_name_get(&user, st->st_uid, p) != APR_SUCCESS) {
        user = apr_psprintf(p, "%lu", (unsigned long)st->st_uid);
    }
    if (apr_gid_name_get(&group, st->st_gid, p) != APR_SUCCESS) {
        group = apr_psprintf(p, "%lu", (unsigned long)st->st_gid);
    }
    return apr_pstrcat(p, user, ":", group, NULL);
}

static const char *time_text(time_t t, apr_pool_t *p)
{
    apr_time_exp_t x;

    apr_time_exp_gmt(&x, apr_time_from_sec(t));
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ", x.tm_year + 1900,
                        x.tm_mon + 1, x.tm_mday, x.tm_hour, x.tm_min, x.tm_sec);
}

static void describe(probe_t *pb, const struct stat *st)
{
    apr_pool_t *p = pb->pool;

    result(pb, "script.type", type_name(st->st_mode));
    result(pb, "script.mode",
           apr_psprintf(p, "%04o", (unsigned)(st->st_mode & 07777)));
    result(pb, "script.owner", owner_name(st, p));
    result(pb, "script.size",
           apr_psprintf(p, "%" APR_OFF_T_FMT, (apr_off_t)st->st_size));
    result(pb, "script.mtime", time_text(st->st_mtime, p));
}

static void check_executable(probe_t *pb, const struct stat *st)
{
    struct statvfs fs;
    int noexec = statvfs(pb->path, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0;

    /* On such a file system the kernel denies X_OK whatever the mode is. */
    if (!(st->st_mode & 0111) || (!noexec && !may(pb->path, X_OK))) {
        message(pb, "script %s: mode %04o is not executable for the server",
                pb->name, (unsigned)(st->st_mode & 07777));
    }
    if (noexec) {
        message(pb, "script %s: on a file system mounted noexec", pb->name);
    }
}

/* The file's first bytes; -1 when they cannot be read. */
static ssize_t read_head(const char *path, unsigned char *head)
{
    /* A fifo or device put there since the stat must neither block nor act. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;
    struct stat st;

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        do {
            n = pread(fd, head, HEAD_MAX, 0);
        } while (n < 0 && errno == EINTR);
    }
    close(fd);
    return n;
}

/* The linker's name for our own ELF header: what this machine runs. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Whether the kernel may run the other machine's programs too. */
static int is_sibling(unsigned own, unsigned other)
{
    return (own == EM_X86_64 && other == EM_386)
           || (own == EM_AARCH64 && other == EM_ARM);
}

static void check_machine(probe_t *pb, const unsigned char *head)
{
    const unsigned char *m = head + offsetof(Elf32_Ehdr, e_machine);
    unsigned machine =
        head[EI_DATA] == ELFDATA2MSB ? m[0] * 256u + m[1] : m[1] * 256u + m[0];
    unsigned own = __ehdr_start.e_machine;

    if (machine != own && !is_sibling(own, machine)) {
        message(pb, "script %s: built for another machine (e_machine %u)",
                pb->name, machine);
    }
}

/* A program that a shebang names by its path. */
static void check_interpreter(probe_t *pb, ecl_span_t name)
{
    const char *path = apr_pstrmemdup(pb->pool, name.p, name.n);
    const char *slash = strrchr(pb->path, '/');
    const char *shown = clean(pb->pool, name.p, name.n);
    struct stat st;

    if (path[0] != '/') { /* CGI scripts run in their own directory */
        path = apr_psprintf(pb->pool, "%.*s/%s", (int)(slash - pb->path),
                            pb->path, path);
    }
    if (stat(path, &st) != 0) {
        if (is_missing(errno)) {
            message(pb, "script %s: interpreter %s does not exist", pb->name,
                    shown);
            return;
        }
        if (errno != EACCES) {
            return;
        }
    }
    else if (S_ISREG(st.st_mode) && may(path, X_OK)) {
        return;
    }
    message(pb, "script %s: interpreter %s is not executable", pb->name, shown);
}

static const char *find_program(probe_t *pb, const char *name)
{
    ecl_span_t rest = { pb->out->env_path, strlen(pb->out->env_path) };
    int i;

    for (i = 0; i < DIRS_MAX; i++) {
        size_t n = strcspn(rest.p, ":");
        const char *dir = n ? apr_pstrmemdup(pb->pool, rest.p, n) : ".";
        const char *file;
        struct stat st;

        if (dir[0] != '/') {
            dir = apr_psprintf(pb->pool, "%.*s/%s",
                               (int)(strrchr(pb->path, '/') - pb->path),
                               pb->path, dir);
        }
        file = apr_pstrcat(pb->pool, dir, "/", name, NULL);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode) && may(file, X_OK)) {
            return file;
        }
        if (n == rest.n) {
            return NULL;
        }
        rest = ecl_span_from(rest, n + 1);
    }
    return ""; /* not searched to the end: say nothing */
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

static void check_env(probe_t *pb, ecl_span_t arg)
{
    ecl_span_t target = env_target(arg);
    const char *found, *name;

    if (!target.n) {
        return;
    }
    if (memchr(target.p, '/', target.n)) {
        check_interpreter(pb, target);
        return;
    }
    if (!pb->out->env_path) {
        return;
    }
    name = clean(pb->pool, target.p, target.n);
    found = find_program(pb, apr_pstrmemdup(pb->pool, target.p, target.n));
    if (!found) {
        message(pb, "script %s: env target %s is not in PATH", pb->name, name);
    }
    else if (found[0]) {
        result(pb, "script.env_target", clean(pb->pool, found, strlen(found)));
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
static void check_shebang(probe_t *pb, ecl_span_t line, int cr)
{
    ecl_span_t interpreter, arg;

    line = ecl_span_trim(line);
    interpreter = first_word(line);
    arg = ecl_span_trim(ecl_span_from(line, interpreter.n));
    result(pb, "script.shebang", clean(pb->pool, line.p, line.n));
    result(pb, "script.interpreter",
           clean(pb->pool, interpreter.p, interpreter.n));
    /* With a CR no program of that name exists: the other checks would only
     * repeat it in other words. */
    if (cr && is_harmful_cr(interpreter, arg)) {
        message(pb, "script %s: shebang ends with CR: %s", pb->name,
                clean(pb->pool, line.p, line.n));
        return;
    }
    check_interpreter(pb, interpreter);
    if (ecl_span_is(base_name(interpreter), "env")) {
        check_env(pb, arg);
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

/* @param head  NUL-terminated behind its n bytes */
static void check_head(probe_t *pb, ecl_span_t head)
{
    ecl_span_t line;
    size_t n;

    if (head.n >= sizeof(Elf32_Ehdr) && ecl_span_starts(head, ELFMAG)) {
        check_machine(pb, (const unsigned char *)head.p);
        return;
    }
    if (is_marked(head)) {
        message(pb, "script %s: byte order mark before the shebang", pb->name);
        return;
    }
    line = ecl_span_from(head, ecl_span_starts(head, "#!") ? 2 : head.n);
    n = strcspn(line.p, "\r\n");
    if (ecl_span_trim(ecl_span(line.p, n)).n == 0) {
        message(pb, "script %s: no shebang", pb->name);
    }
    else if (n < SHEBANG_MAX) {
        check_shebang(pb, ecl_span(line.p, n), line.p[n] == '\r');
    }
}

void ecl_probe_script(ecl_probe_t *pr, const char *script, int exec,
                      apr_pool_t *p)
{
    probe_t pb = { pr, script, NULL, p };
    unsigned char head[HEAD_MAX + 1];
    struct stat st;
    ssize_t n;

    if (!script || script[0] != '/' || strlen(script) >= PATH_MAX) {
        return;
    }
    pb.name = clean(p, script, strlen(script));
    if (stat(script, &st) != 0) {
        check_unreachable(&pb, errno);
        return;
    }
    describe(&pb, &st);
    if (!S_ISREG(st.st_mode)) {
        return;
    }
    if (exec) {
        check_executable(&pb, &st);
    }
    if (!may(script, R_OK)) {
        message(&pb, "script %s: not readable for the server", pb.name);
    }
    else if (exec && (n = read_head(script, head)) >= 0) {
        head[n] = '\0';
        check_head(&pb, ecl_span((const char *)head, (size_t)n));
    }
}
