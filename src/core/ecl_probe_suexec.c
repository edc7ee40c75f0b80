/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_suexec.c - suEXEC's own rules, one by one.
 *
 * suEXEC tells its reason only to a log of its own. A rule that refuses is
 * certain: suEXEC checks the same before it runs anything. Whether the file
 * may be executed is ecl_probe_script()'s. Source: httpd support/suexec.c
 * main(), whose order this keeps. */
#include "ecl_probe_priv.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>

#define PASSWD_MAX 16384

typedef struct check_t {
    ecl_probe_t *pr;
    const char *script;
    const char *name; /* the same as clean text */
    const ecl_suexec_t *rules;
} check_t;

#define REFUSE(c, fmt, ...)                                                    \
    ecl_probe_message((c)->pr, "script %s: suexec refuses: " fmt, (c)->name,   \
                      __VA_ARGS__)

static void check_identity(const check_t *c)
{
    const ecl_identity_t *as = c->pr->as;

    if (as->uid == 0 || as->uid < c->rules->uid_min) {
        REFUSE(c, "user %s: its id %lu is below %lu", as->user,
               (unsigned long)as->uid, c->rules->uid_min);
    }
    if (as->gid == 0 || as->gid < c->rules->gid_min) {
        REFUSE(c, "user %s: the id %lu of its group is below %lu", as->user,
               (unsigned long)as->gid, c->rules->gid_min);
    }
}

/* The document root for this user; NULL when it is unknown. */
static const char *docroot(const check_t *c, int is_userdir)
{
    const ecl_suexec_t *rules = c->rules;
    struct passwd pw, *found = NULL;
    char *mem;

    if (!is_userdir) {
        return rules->docroot;
    }
    mem = apr_palloc(c->pr->pool, PASSWD_MAX);
    if (!rules->userdir || !ecl_probe_step(c->pr)
        || getpwuid_r(c->pr->as->uid, &pw, mem, PASSWD_MAX, &found) != 0
        || !found) {
        return NULL;
    }
    return apr_pstrcat(c->pr->pool, pw.pw_dir, "/", rules->userdir, NULL);
}

static void check_place(const check_t *c, const ecl_node_t *dir,
                        const char *root)
{
    ecl_node_t top;
    const char *real, *allowed;
    const char *shown;

    if (!root || !ecl_probe_is_path(root)) {
        return;
    }
    shown = ecl_probe_clean(c->pr, root, strlen(root));
    if (ecl_probe_is_missing(
            ecl_probe_open(c->pr, root, ECL_PROBE_ANYWHERE, &top))) {
        REFUSE(c, "its document root %s does not exist", shown);
    }
    if (top.fd < 0) {
        return;
    }
    real = ecl_probe_real(c->pr, dir);
    allowed = ecl_probe_real(c->pr, &top);
    ecl_probe_close(&top);
    /* A plain prefix, as suEXEC compares. */
    if (real && allowed && strncmp(real, allowed, strlen(allowed)) != 0) {
        REFUSE(c, "its directory is not inside of %s", shown);
    }
}

static int is_owned(const ecl_identity_t *as, const struct stat *st)
{
    return st->st_uid == as->uid && st->st_gid == as->gid;
}

static void check_nodes(const check_t *c, const ecl_node_t *dir,
                        const ecl_node_t *prog, const char *dir_name)
{
    ecl_probe_t *pr = c->pr;
    const ecl_identity_t *as = pr->as;
    const char *target = ecl_probe_owner(pr, as->uid, as->gid);
    const struct stat *d = &dir->st, *f = &prog->st;

    ecl_probe_result(pr, "suexec.target", target);
    if (d->st_mode & (S_IWGRP | S_IWOTH)) {
        REFUSE(c, "directory %s: mode %04o is writable for others", dir_name,
               (unsigned)(d->st_mode & 07777));
    }
    if (S_ISLNK(f->st_mode)) {
        REFUSE(c, "%s", "it is a symbolic link");
        return;
    }
    if (f->st_mode & (S_IWGRP | S_IWOTH)) {
        REFUSE(c, "mode %04o is writable for others",
               (unsigned)(f->st_mode & 07777));
    }
    if (f->st_mode & (S_ISUID | S_ISGID)) {
        REFUSE(c, "mode %04o is setuid or setgid",
               (unsigned)(f->st_mode & 07777));
    }
    if (!is_owned(as, d)) {
        REFUSE(c, "directory %s: owner %s instead of %s", dir_name,
               ecl_probe_owner(pr, d->st_uid, d->st_gid), target);
    }
    if (!is_owned(as, f)) {
        REFUSE(c, "owner %s instead of %s",
               ecl_probe_owner(pr, f->st_uid, f->st_gid), target);
    }
}

void ecl_probe_suexec(ecl_probe_t *pr, const char *script,
                      const ecl_suexec_t *rules, int is_userdir)
{
    check_t c = { pr, script, NULL, rules };
    ecl_node_t dir, prog;
    const char *parent;

    if (!pr->as || !ecl_probe_is_path(script)) {
        return;
    }
    c.name = ecl_probe_clean(pr, script, strlen(script));
    parent = apr_pstrmemdup(pr->pool, script,
                            (apr_size_t)(strrchr(script, '/') - script) + 1);
    check_identity(&c);
    if (ecl_probe_open(pr, parent, ECL_PROBE_OWN, &dir) != 0) {
        return; /* a closed or missing directory: the script's probe tells */
    }
    check_place(&c, &dir, docroot(&c, is_userdir));
    if (!dir.foreign
        && ecl_probe_open(pr, script, ECL_PROBE_NOFOLLOW, &prog) == 0) {
        check_nodes(&c, &dir, &prog,
                    ecl_probe_clean(pr, parent, strlen(parent)));
        ecl_probe_close(&prog);
    }
    ecl_probe_close(&dir);
}
