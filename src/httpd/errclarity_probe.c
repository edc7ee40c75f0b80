/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_probe.c - which probes look at a failing request, and as whom.
 *
 * The table below says it: by handler, and by what was heard. A probe judges
 * with the rights that the script runs with: suEXEC's user where it is in use;
 * otherwise our own, which mpm-itk has switched already. The user of PHP-FPM
 * and of a WSGI daemon is unknown here, so their scripts are described and not
 * judged. */
#include "errclarity.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "apr_strings.h"
#include "http_core.h"
#include "unixd.h"

#include "ecl_probe.h"
#include "ecl_span.h"
#include "errclarity_probe.h"

/* All probes of a request together; each call may still take its own time. */
#define PROBE_TIME apr_time_from_msec(500)

#define GROUPS_MAX 64 /* a user's groups that are looked at */
#define PASSWD_MAX 16384
#define CHAIN_MAX  16 /* .htaccess files of a request */

/* Kinds of handlers, a bit each. */
enum {
    KIND_CGI = 1,
    KIND_FCGI = 2, /* a process manager of httpd's own runs it */
    KIND_PHP = 4,  /* the server itself reads it */
    KIND_FPM = 8,
    KIND_PROXY = 16,
    KIND_WSGI = 32, /* perhaps in a daemon of another user */
    KIND_OTHER = 64,
    KIND_PROGRAM = KIND_CGI | KIND_FCGI,
    KIND_SCRIPT = KIND_PROGRAM | KIND_PHP | KIND_FPM | KIND_WSGI,
    KIND_ANY = 127
};

/* What the request's messages are about, a bit each. */
enum {
    HEARD_HTACCESS = 1,
    HEARD_SPACE = 2,
    HEARD_CONNECT = 4,
    HEARD_LIMIT = 8,
    HEARD_SYMPTOM = 16, /* nothing but that a script ended */
    ALWAYS = 32
};

typedef void probe_fn(ecl_probe_t *pr, request_rec *r, unsigned kind);

static probe_fn probe_script, probe_suexec, probe_htaccess, probe_space,
    probe_socket, probe_limits;

/* When to probe what: a handler of the first set and something heard of the
 * first, or the same of the second. */
static const struct {
    probe_fn *probe;
    unsigned kinds, heard;
    unsigned more_kinds, more_heard;
} table[] = {
    { probe_suexec, KIND_PROGRAM, ALWAYS, 0, 0 }, /* before the kernel can */
    { probe_script, KIND_SCRIPT, ALWAYS, 0, 0 },
    { probe_socket, KIND_FPM | KIND_PROXY, HEARD_CONNECT, 0, 0 },
    { probe_htaccess, KIND_ANY, HEARD_HTACCESS, 0, 0 },
    { probe_space, KIND_ANY, HEARD_SPACE, KIND_SCRIPT, HEARD_SYMPTOM },
    { probe_limits, KIND_ANY, HEARD_LIMIT, KIND_PROGRAM, HEARD_SYMPTOM },
};

/* -- when ------------------------------------------------------------------*/

static int is_php(const char *handler)
{
    return strstr(handler, "httpd-php") || !strcmp(handler, "php-script")
           || !strncmp(handler, "php", 3);
}

static unsigned kind_of(const request_rec *r)
{
    const char *h = r->handler;

    if (!h || !r->filename) {
        return KIND_OTHER;
    }
    if (!strcmp(h, "cgi-script")) {
        return KIND_CGI;
    }
    if (!strcmp(h, "fcgid-script") || !strcmp(h, "fastcgi-script")) {
        return KIND_FCGI;
    }
    if (!strncmp(r->filename, "proxy:", 6) || !strncmp(h, "proxy:", 6)) {
        return strstr(r->filename, "fcgi://") ? KIND_FPM : KIND_PROXY;
    }
    if (!strcmp(h, "wsgi-script")) {
        return KIND_WSGI;
    }
    return is_php(h) ? KIND_PHP : KIND_OTHER;
}

typedef struct sound_t {
    const char *words;
    unsigned heard;
} sound_t;

static unsigned heard_in_words(const ecl_msg_t *m)
{
    static const sound_t sounds[] = {
        { "No space left", HEARD_SPACE },
        { "uota exceeded", HEARD_SPACE },
        { "errno=28", HEARD_SPACE },
        { "errno=122", HEARD_SPACE },
        { "rite failed", HEARD_SPACE },
        { "annot write", HEARD_SPACE },
        { "disk full", HEARD_SPACE },
        { "disk is full", HEARD_SPACE },
        { "to connect to", HEARD_CONNECT },
        { "make connection to backend", HEARD_CONNECT },
        { "Too many open files", HEARD_LIMIT },
        { "esource temporarily unavailable", HEARD_LIMIT },
        { "annot allocate memory", HEARD_LIMIT },
        { "ut of memory", HEARD_LIMIT },
        { "annot fork", HEARD_LIMIT },
        { "End of script output", HEARD_SYMPTOM },
        { "Premature end of script", HEARD_SYMPTOM },
        { "error reading data", HEARD_SYMPTOM },
    };
    unsigned heard = 0;
    size_t i;

    for (i = 0; i < sizeof(sounds) / sizeof(sounds[0]); i++) {
        if (memmem(m->text, m->len, sounds[i].words, strlen(sounds[i].words))) {
            heard |= sounds[i].heard;
        }
    }
    return heard;
}

/* httpd parses .htaccess with level alert; AH00529: it may not read one;
 * AH00124: redirects loop, which rules there mostly do. */
static int is_about_htaccess(const ecl_msg_t *m)
{
    return (m->level == ECL_LEVEL_ALERT || m->ah == 529 || m->ah == 124)
           && !strcmp(m->module, "core");
}

/* httpd's own modules log errno; programs only say it. */
static unsigned heard_in(const ecl_msg_t *m, unsigned kind)
{
    unsigned heard = kind == KIND_OTHER ? 0 : heard_in_words(m);

    switch (m->os_error) {
    case ENOSPC:
    case EDQUOT:
        heard |= HEARD_SPACE;
        break;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
        heard |= HEARD_LIMIT;
        break;
    default:
        break;
    }
    return is_about_htaccess(m) ? heard | HEARD_HTACCESS : heard;
}

static unsigned heard_of(const ecl_incident_t *inc, unsigned kind)
{
    unsigned heard = ALWAYS;
    int only_symptoms = 1;
    int i;

    for (i = 0; i < inc->nmsgs; i++) {
        unsigned one = heard_in(&inc->msgs[i], kind);

        only_symptoms &= one == HEARD_SYMPTOM;
        heard |= one & ~(unsigned)HEARD_SYMPTOM;
    }
    return only_symptoms ? heard | HEARD_SYMPTOM : heard;
}

/* -- what ------------------------------------------------------------------*/

static const char *script_of(request_rec *r, unsigned kind)
{
    const char *host;

    if (kind != KIND_FPM) {
        return r->filename;
    }
    host = strstr(r->filename, "://"); /* proxy:fcgi://localhost/srv/x.php */
    return host ? strchr(host + 3, '/') : NULL;
}

static void probe_script(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    ecl_probe_script(pr, script_of(r, kind),
                     kind == KIND_CGI    ? ECL_PROBE_RUN
                     : kind == KIND_FCGI ? ECL_PROBE_WRAPPED
                     : kind == KIND_PHP  ? ECL_PROBE_READ
                                         : ECL_PROBE_DESCRIBE);
}

static void probe_suexec(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    const ap_unix_identity_t *id = ap_run_get_suexec_identity(r);

    if (pr->as && id) {
        ecl_probe_suexec(pr, r->filename, errclarity_suexec(), id->userdir);
    }
}

const char *errclarity_script(request_rec *r)
{
    return r->filename ? script_of(r, kind_of(r)) : NULL;
}

int errclarity_directories(request_rec *r, const char **dirs, int max)
{
    const char *root = ap_context_document_root(r);
    const char *path = errclarity_script(r);
    apr_size_t len = root ? strlen(root) : 0;
    const char *slash;
    int n = 0;

    if (!path || path[0] != '/') {
        return 0;
    }
    while (len > 1 && root[len - 1] == '/') {
        len--;
    }
    if (!len || strncmp(path, root, len) != 0 || path[len] != '/') {
        len = (apr_size_t)(strrchr(path, '/') - path); /* its own alone */
    }
    for (slash = path + len; slash && n < max; slash = strchr(slash + 1, '/')) {
        dirs[n++] =
            apr_pstrmemdup(r->pool, path, (apr_size_t)(slash - path) + 1);
    }
    return n;
}

int errclarity_htaccess_chain(request_rec *r, const char **paths, int max)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);
    const char *name = core->access_name ? core->access_name : ".htaccess";
    int n = errclarity_directories(r, paths, max), kept = 0, i;

    name = apr_pstrmemdup(r->pool, name, strcspn(name, " "));
    for (i = 0; i < n; i++) {
        if (errclarity_allows_override(r, paths[i])) {
            paths[kept++] = apr_pstrcat(r->pool, paths[i], name, NULL);
        }
    }
    return kept;
}

static void probe_htaccess(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    const char *paths[CHAIN_MAX];
    int n = errclarity_htaccess_chain(r, paths, CHAIN_MAX), i;

    for (i = 0; i < n; i++) {
        ecl_probe_htaccess(pr, paths[i], i + 1);
    }
}

static void probe_space(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    const char *root = ap_document_root(r);

    ecl_probe_space(pr, "docroot.free", "document root", root);
    ecl_probe_quota(pr, root);
    ecl_probe_space(pr, "tmp.free", "temporary directory", "/tmp");
}

/* The path as mod_proxy's AH02454 says it: "... to Unix domain socket PATH
 * (WORKER) failed". A worker of its own keeps it to itself. */
static void probe_socket(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    static const char before[] = "to Unix domain socket ";
    const errclarity_ctx_t *ctx = errclarity_ctx_get(errclarity_root(r));
    int i;

    for (i = 0; i < ctx->inc.nmsgs; i++) {
        const ecl_msg_t *m = &ctx->inc.msgs[i];
        ecl_span_t rest = ecl_span(m->text, m->len);
        long at = m->ah == 2454 ? ecl_span_find(rest, before) : -1;

        if (at >= 0) {
            rest = ecl_span_from(rest, (size_t)at + strlen(before));
            at = ecl_span_rfind(rest, " (");
            ecl_probe_socket(
                pr, at > 0 ? apr_pstrmemdup(pr->pool, rest.p, (apr_size_t)at)
                           : NULL);
            return;
        }
    }
}

static void probe_limits(ecl_probe_t *pr, request_rec *r, unsigned kind)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    ecl_limits_t programs = { NULL, NULL, NULL };

    if (kind & KIND_PROGRAM) {
#ifdef RLIMIT_CPU
        programs.cpu = core->limit_cpu;
#endif
#if defined(RLIMIT_DATA) || defined(RLIMIT_VMEM) || defined(RLIMIT_AS)
        programs.memory = core->limit_mem;
#endif
#ifdef RLIMIT_NPROC
        programs.processes = core->limit_nproc;
#endif
    }
    ecl_probe_limits(pr, &programs);
}

/* -- as whom ---------------------------------------------------------------*/

const ecl_identity_t *errclarity_probe_identity(uid_t uid, gid_t gid,
                                                apr_pool_t *p)
{
    ecl_identity_t *as = apr_pcalloc(p, sizeof(*as));
    char *mem = apr_palloc(p, PASSWD_MAX);
    struct passwd pw, *found = NULL;
    gid_t groups[GROUPS_MAX];
    int n = GROUPS_MAX;

    as->uid = uid;
    as->gid = gid;
    as->user = apr_psprintf(p, "%lu", (unsigned long)uid);
    if (getpwuid_r(uid, &pw, mem, PASSWD_MAX, &found) == 0 && found) {
        as->user = pw.pw_name;
        if (getgrouplist(pw.pw_name, gid, groups, &n) > 0) {
            as->groups = apr_pmemdup(p, groups, (apr_size_t)n * sizeof(gid_t));
            as->ngroups = n;
        }
    }
    return as;
}

static const ecl_identity_t *identity_of(request_rec *r, unsigned kind,
                                         apr_pool_t *p)
{
    const ap_unix_identity_t *id;

    if (!(kind & KIND_PROGRAM) || !ap_unixd_config.suexec_enabled) {
        return NULL;
    }
    id = ap_run_get_suexec_identity(r);
    return id ? errclarity_probe_identity(id->uid, id->gid, p) : NULL;
}

ecl_probe_t *errclarity_probe_begin(errclarity_ctx_t *ctx, request_rec *r)
{
    apr_pool_t *p = ctx->root->pool;
    ecl_probe_t *pr = apr_pcalloc(p, sizeof(*pr));

    pr->pool = p;
    pr->now = apr_time_now;
    pr->until = apr_time_now() + PROBE_TIME;
    pr->trees[0] = ap_context_document_root(r);
    pr->trees[1] = ap_document_root(r);
    pr->as = identity_of(r, kind_of(r), p);
    /* The PATH that the script got, where env(1) searches. */
    pr->env_path = pr->as ? errclarity_suexec()->path
                          : apr_table_get(r->subprocess_env, "PATH");
    return pr;
}

/* Whether the body that was found is the handler's own. */
static int has_answered(ecl_body_e body)
{
    return body != ECL_BODY_NONE && body != ECL_BODY_CANNED
           && body != ECL_BODY_ERRORDOCUMENT;
}

ecl_probe_t *errclarity_probe(errclarity_ctx_t *ctx, request_rec *r)
{
    unsigned kind = kind_of(r);
    unsigned heard = heard_of(&ctx->inc, kind);
    int is_on = errclarity_probes(ctx->conf);
    ecl_probe_t *pr = NULL;
    size_t i;

    for (i = 0; is_on && i < sizeof(table) / sizeof(table[0]); i++) {
        if (((table[i].kinds & kind) && (table[i].heard & heard))
            || ((table[i].more_kinds & kind)
                && (table[i].more_heard & heard))) {
            pr = pr ? pr : errclarity_probe_begin(ctx, r);
            table[i].probe(pr, r, kind);
        }
    }
    /* How a script of ours ended is no look at files. */
    if (kind == KIND_CGI) {
        pr = pr ? pr : errclarity_probe_begin(ctx, r);
        errclarity_exit_probe(pr, r, has_answered(ctx->inc.body), pr->pool);
    }
    return pr;
}
