/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_template.c - the site's own templates: directive, cache, use.
 *
 * Each child keeps the templates it has met, compiled and immutable, shared by
 * its threads. A version in use is counted, so that the last user of a
 * replaced one frees it; a lock guards counts and slots, never a file's I/O or
 * a rendering. Files are looked at on failing requests only, at most once a
 * second each. */
#include "errclarity.h"
#include "errclarity_log.h"
#include "errclarity_template.h"
#include "errclarity_template_file.h"

#include <string.h>
#include <unistd.h>

#include "apr_strings.h"
#include "apr_thread_mutex.h"
#include "http_log.h"

#include "ecl_page.h"
#include "ecl_view.h"

/* What a place's configuration names. */
typedef struct named_t {
    ecl_format_e format;
    const char *path; /* absolute; below tree: relative */
    const char *tree; /* the directory of .htaccess, or NULL */
} named_t;

/* One version of a template's file. */
typedef struct version_t {
    apr_pool_t *pool; /* its own: holds this struct, too */
    named_t name;
    errclarity_stamp_t stamp;
    const ecl_template_t *program; /* NULL: see err */
    const char *err;
    /* guarded by the lock */
    apr_time_t checked, used;
    int users; /* requests, and the slot */
    int told;  /* that it gives no usable answer */
} version_t;

/* The least recently used one gives way. */
#define SLOTS 128

static version_t *slots[SLOTS];
static apr_thread_mutex_t *lock;

/* -- directive ------------------------------------------------------------- */

static const char *bad(cmd_parms *cmd, const char *value, const char *what)
{
    return errclarity_bad_value(cmd, value, what, "html errors/page.html");
}

static int leads_up(const char *path)
{
    while (path) {
        if (!strncmp(path, "..", 2) && (path[2] == '/' || !path[2])) {
            return 1;
        }
        path = strchr(path, '/');
        path = path ? path + 1 : NULL;
    }
    return 0;
}

/* A template of the server's configuration must be good at the start. */
static const char *check_now(cmd_parms *cmd, const named_t *name)
{
    errclarity_stamp_t stamp;
    int fd = errclarity_template_open(NULL, name->path, &stamp);
    const char *err = NULL;

    if (fd < 0) {
        return apr_psprintf(cmd->pool, "%s: %s %s", cmd->cmd->name, name->path,
                            errclarity_template_why(&stamp, NULL, cmd->pool));
    }
    errclarity_template_read(fd, name->format, &err, cmd->temp_pool);
    return err ? apr_psprintf(cmd->pool, "%s: %s:%s", cmd->cmd->name,
                              name->path, err)
               : NULL;
}

const char *errclarity_set_template(cmd_parms *cmd, void *dv,
                                    const char *format, const char *path)
{
    errclarity_dir_t *d = dv;
    int f = ecl_format_by_name(format);
    named_t *name;
    const char *err;

    if (f < 0) {
        return bad(cmd, format, "expected html, json, xml, text or markdown");
    }
    name = apr_pcalloc(cmd->pool, sizeof(*name));
    name->format = (ecl_format_e)f;
    if (errclarity_in_htaccess(cmd)) {
        if (!*path || *path == '/' || leads_up(path)) {
            return bad(cmd, path,
                       "expected a file below this directory, without '..'");
        }
        name->path = path;
        name->tree = ap_make_dirstr_parent(cmd->pool, cmd->directive->filename);
    }
    else {
        name->path = ap_server_root_relative(cmd->pool, path);
        if (!*path || !name->path) {
            return bad(cmd, path, "expected a file");
        }
        err = check_now(cmd, name);
        if (err) {
            return err;
        }
    }
    if (!d->templates) {
        d->templates = apr_array_make(cmd->pool, 2, sizeof(void *));
    }
    APR_ARRAY_PUSH(d->templates, const named_t *) = name;
    return NULL;
}

static const named_t *named_for(const errclarity_dir_t *d, ecl_format_e format)
{
    int i;

    for (i = d->templates ? d->templates->nelts - 1 : -1; i >= 0; i--) {
        const named_t *name = APR_ARRAY_IDX(d->templates, i, const named_t *);

        if (name->format == format) {
            return name;
        }
    }
    return NULL;
}

/* -- cache ----------------------------------------------------------------- */

static int same_name(const named_t *a, const named_t *b)
{
    return a->format == b->format && !strcmp(a->path, b->path)
           && !a->tree == !b->tree && (!a->tree || !strcmp(a->tree, b->tree));
}

static version_t **slot_of(const named_t *name)
{
    int i;

    for (i = 0; i < SLOTS; i++) {
        if (slots[i] && same_name(&slots[i]->name, name)) {
            return &slots[i];
        }
    }
    return NULL;
}

static version_t **free_slot(void)
{
    version_t **oldest = &slots[0];
    int i;

    for (i = 0; i < SLOTS && *oldest; i++) {
        if (!slots[i] || slots[i]->used < (*oldest)->used) {
            oldest = &slots[i];
        }
    }
    return oldest;
}

/* With the lock held. */
static void drop(version_t *v)
{
    if (v && --v->users == 0) {
        apr_pool_destroy(v->pool);
    }
}

static void release(version_t *v)
{
    apr_thread_mutex_lock(lock);
    drop(v);
    apr_thread_mutex_unlock(lock);
}

/* Read and compile a version. @param fd  -1: it could not be opened */
static version_t *load(const named_t *name, int fd,
                       const errclarity_stamp_t *stamp)
{
    apr_pool_t *pool;
    version_t *v;

    apr_pool_create_unmanaged(&pool); /* freed by whichever thread is last */
    v = apr_pcalloc(pool, sizeof(*v));
    v->pool = pool;
    v->name = *name;
    v->name.path = apr_pstrdup(pool, name->path);
    v->name.tree = apr_pstrdup(pool, name->tree);
    v->stamp = *stamp;
    if (fd < 0) {
        v->err = errclarity_template_why(stamp, name->tree, pool);
    }
    else {
        v->program = errclarity_template_read(fd, name->format, &v->err, pool);
    }
    v->users = 1;
    return v;
}

static void complain(request_rec *r, const named_t *name, const char *what)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  ECL_LOGNO(0025) "ErrClarityTemplate: %s%s: %s; the built-in "
                                  "answer is sent",
                  name->tree ? name->tree : "", name->path, what);
}

/* Put v where its name is kept, unless another thread just did.
 * @return what is there now, for the caller to release */
static version_t *install(version_t *v, request_rec *r, apr_time_t now)
{
    version_t **slot, *other;

    apr_thread_mutex_lock(lock);
    slot = slot_of(&v->name);
    other = slot ? *slot : NULL;
    if (other && errclarity_stamp_same(&other->stamp, &v->stamp)) {
        drop(v);
        v = other;
    }
    else {
        slot = slot ? slot : free_slot();
        drop(*slot);
        *slot = v;
        other = NULL;
    }
    v->users++;
    v->checked = v->used = now;
    apr_thread_mutex_unlock(lock);
    if (!other && v->err) {
        complain(r, &v->name, v->err);
    }
    return v;
}

/* The file's present version, as of less than a second ago. To be released. */
static version_t *acquire(const named_t *name, request_rec *r)
{
    apr_time_t now = apr_time_now();
    errclarity_stamp_t stamp;
    version_t **slot, *v;
    int due, fd;

    apr_thread_mutex_lock(lock);
    slot = slot_of(name);
    v = slot ? *slot : NULL;
    due = !v || now - v->checked >= APR_USEC_PER_SEC || now < v->checked;
    if (v) {
        v->users++;
        v->used = now;
        v->checked = due ? now : v->checked; /* one thread looks */
    }
    apr_thread_mutex_unlock(lock);
    if (!due) {
        return v;
    }
    fd = errclarity_template_open(name->tree, name->path, &stamp);
    if (v && errclarity_stamp_same(&v->stamp, &stamp)) {
        if (fd >= 0) {
            close(fd);
        }
        return v;
    }
    if (v) {
        release(v);
    }
    return install(load(name, fd, &stamp), r, now);
}

static void child_init(apr_pool_t *p, server_rec *s)
{
    apr_thread_mutex_create(&lock, APR_THREAD_MUTEX_DEFAULT, p);
}

/* -- use ------------------------------------------------------------------- */

/* What a body may take beside the template's own text. */
#define VISITOR_VALUES 16384

/* Some browsers show a page of their own instead of a shorter one. */
#define PAGE_MIN 512

static int is_blank(const char *s)
{
    return !s[strspn(s, " \t\r\n")];
}

static const char *fill(const ecl_template_t *program, const ecl_problem_t *pb,
                        ecl_format_e format, ecl_buf_t *b, apr_pool_t *p)
{
    ecl_view_t view;
    ecl_value_t root;

    ecl_view_init(&view, pb, format, ecl_page_style(), p);
    root = ecl_view_root(&view);
    switch (ecl_template_render(program, &root, b)) {
    case ECL_TEMPLATE_STEPPED_OUT:
        return "its lists within lists have too many turns";
    case ECL_TEMPLATE_FULL:
        return "its text is too long";
    case ECL_TEMPLATE_OK:
        break;
    }
    if (is_blank(b->data)) {
        return "it gave an empty answer";
    }
    while (format == ECL_FORMAT_HTML && b->len < PAGE_MIN) {
        ecl_buf_putc(b, '\n');
    }
    return NULL;
}

/* Say once of a version that it cannot be used. */
static void tell(version_t *v, request_rec *r, const char *what)
{
    int told;

    apr_thread_mutex_lock(lock);
    told = v->told;
    v->told = 1;
    apr_thread_mutex_unlock(lock);
    if (!told) {
        complain(r, &v->name, what);
    }
}

char *errclarity_template_body(const errclarity_dir_t *d, request_rec *r,
                               const ecl_problem_t *pb, ecl_format_e format,
                               apr_size_t *len)
{
    const named_t *name = named_for(d, format);
    const char *err = NULL;
    ecl_buf_t b = { 0 };
    version_t *v;
    apr_size_t cap;

    if (!name || !lock) {
        return NULL;
    }
    v = acquire(name, r);
    if (v->program) {
        cap =
            ecl_template_text_len(v->program) + 1
            + (pb->level == ECL_DETAIL_VISITOR ? VISITOR_VALUES : ECL_BODY_MAX);
        ecl_buf_init(&b, apr_palloc(r->pool, cap), cap);
        err = fill(v->program, pb, format, &b, r->pool);
    }
    if (err) {
        tell(v, r, err);
    }
    *len = b.len;
    cap = v->program && !err;
    release(v);
    return cap ? b.data : NULL;
}

void errclarity_template_register_hooks(apr_pool_t *p)
{
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
}
