/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_crash_spool.c - from a dead worker's last words to a record.
 *
 * The spool is a small file that the parent maps before the first child
 * exists: a dying worker only copies memory, and what it left survives the
 * parent, too. The parent empties it when a child has exited and when it
 * starts. A slot is free again when its record is written: none is lost, and
 * one is written twice only when the parent itself is killed in between (with
 * the same id). */
#include "errclarity.h"
#include "errclarity_crash.h"
#include "errclarity_log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "apr_general.h"
#include "apr_signal.h"
#include "apr_strings.h"
#include "http_core.h"
#include "mpm_common.h"

#define SPOOL_NAME  "errclarity-crashes"
#define SPOOL_MAGIC 0x45434c43u /* "ECLC" */

typedef struct spool_t {
    apr_uint32_t magic, layout, slots, slot_size;
    apr_uint32_t lost; /* crashes that found no free slot; atomic */
    apr_uint32_t reserved[3];
    errclarity_crash_t slot[ERRCLARITY_CRASH_SLOTS];
} spool_t;

static spool_t *spool; /* NULL: none */

errclarity_crash_t *errclarity_crash_slot(pid_t pid)
{
    int i;

    for (i = 0; spool && i < ERRCLARITY_CRASH_SLOTS; i++) {
        apr_uint32_t state = ERRCLARITY_CRASH_FREE;

        if (__atomic_compare_exchange_n(&spool->slot[i].state, &state,
                                        (apr_uint32_t)pid, 0, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
            return &spool->slot[i];
        }
    }
    if (spool) {
        __atomic_fetch_add(&spool->lost, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* -- the record ------------------------------------------------------------ */

#define END(text) (text)[sizeof(text) - 1] = '\0'

/* No time of ours is older than the epoch or leaves no room to calculate. */
static void check_time(apr_int64_t *t)
{
    if (*t < 0 || *t > APR_INT64_MAX / 2) {
        *t = 0;
    }
}

/* A worker wrote this, perhaps one whose memory was in disorder, or whoever
 * runs code in one: what reads it may be root. */
static void take_copy(errclarity_crash_t *to, const errclarity_crash_t *from)
{
    errclarity_crash_request_t *q = &to->request;

    memcpy(to, from, sizeof(*to));
    END(q->id);
    END(q->method);
    END(q->host);
    END(q->path);
    END(q->query);
    END(q->handler);
    END(q->script);
    END(q->server);
    check_time(&to->time);
    check_time(&q->time);
    if (to->signal < 0 || to->signal > SIGRTMAX) {
        to->signal = 0; /* APR may have a table and no look at its size */
    }
    if (strspn(q->id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-") != ECL_ID_LEN
        || q->id[ECL_ID_LEN]) {
        q->id[0] = '\0';
    }
}

/* The virtual host whose log the record belongs to. */
static server_rec *server_of(server_rec *main_server,
                             const errclarity_crash_request_t *q)
{
    server_rec *s;

    for (s = main_server->next; s; s = s->next) {
        const server_addr_rec *a;

        if (!s->server_hostname || strcmp(s->server_hostname, q->server)) {
            continue;
        }
        for (a = s->addrs; a; a = a->next) {
            if (!a->host_port || a->host_port == q->port) {
                return s;
            }
        }
    }
    return main_server;
}

static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

static void take_request(ecl_incident_t *inc, const errclarity_crash_t *c,
                         apr_pool_t *p)
{
    const errclarity_crash_request_t *q = &c->request;

    inc->time = q->time ? q->time : c->time;
    inc->duration = c->time - inc->time;
    inc->pid = (long)c->pid;
    inc->tid = (unsigned long)c->tid;
    inc->response = ECL_RESPONSE_TOO_LATE;
    if (!q->time) {
        return;
    }
    inc->method = or_null(q->method);
    inc->path = or_null(q->path);
    inc->query = or_null(q->query);
    inc->domain = or_null(q->host);
    inc->handler = or_null(q->handler);
    inc->script = or_null(q->script);
    inc->server_address = or_null(q->server);
    inc->server_port = q->port;
    inc->vhost = apr_psprintf(p, "%s:%d", q->server, q->port);
}

static void record(server_rec *main_server, const errclarity_crash_t *slot,
                   apr_pool_t *p)
{
    errclarity_crash_t *c = apr_palloc(p, sizeof(*c));
    ecl_incident_t *inc = apr_pcalloc(p, sizeof(*inc));
    ecl_msg_t *msg = apr_pcalloc(p, sizeof(*msg));
    ecl_case_t kase = { .msgs = msg, .nmsgs = 1 };
    server_rec *s;

    take_copy(c, slot);
    s = server_of(main_server, &c->request);
    take_request(inc, c, p);
    if (c->request.id[0]) {
        memcpy(inc->id, c->request.id, sizeof(inc->id));
    }
    else {
        unsigned char random[5] = { 0 };

        apr_generate_random_bytes(random, sizeof(random));
        ecl_incident_id(inc->id, inc->time, random);
    }
    msg->text =
        apr_psprintf(p, "child pid %" APR_INT64_T_FMT " exit signal %s (%d)",
                     c->pid, apr_signal_description_get(c->signal), c->signal);
    msg->len = strlen(msg->text);
    msg->module = "errclarity";
    msg->level = ECL_LEVEL_CRIT;
    kase.handler = inc->handler;
    kase.script = inc->script;
    ecl_classify(&inc->verdict, errclarity_catalog(), &kase, p);
    inc->msgs = msg;
    inc->nmsgs = 1;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 ECL_LOGNO(0019) "incident %s: %s, process %" APR_INT64_T_FMT
                                 " died by signal %d: recorded",
                 inc->id, inc->verdict.cause->slug, c->pid, c->signal);
    errclarity_seen_note(inc);
    errclarity_sink_write(s, inc, p);
}

/* -- emptying -------------------------------------------------------------- */

/* A worker that was killed while it wrote leaves its slot behind. */
static int is_stale(apr_uint32_t state)
{
    return state != ERRCLARITY_CRASH_FREE
           && (state > APR_INT32_MAX
               || (kill((pid_t)state, 0) != 0 && errno == ESRCH));
}

static void collect(server_rec *s, apr_pool_t *pool)
{
    apr_uint32_t lost;
    int i;

    for (i = 0; i < ERRCLARITY_CRASH_SLOTS; i++) {
        errclarity_crash_t *c = &spool->slot[i];
        apr_uint32_t state = __atomic_load_n(&c->state, __ATOMIC_ACQUIRE);

        if (state == ERRCLARITY_CRASH_FULL || is_stale(state)) {
            apr_pool_t *p;

            apr_pool_create(&p, pool);
            apr_pool_tag(p, "errclarity_crash");
            record(s, c, p);
            apr_pool_destroy(p);
            /* The next one must not be taken for this one if it is cut off. */
            memset((char *)c + sizeof(c->state), 0,
                   sizeof(*c) - sizeof(c->state));
            __atomic_store_n(&c->state, ERRCLARITY_CRASH_FREE,
                             __ATOMIC_RELEASE);
        }
    }
    lost = __atomic_exchange_n(&spool->lost, 0, __ATOMIC_ACQ_REL);
    if (lost) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                     ECL_LOGNO(0020) "%u crashes found no room for a record: "
                                     "their lines in this log (ECL0018) are "
                                     "all there is",
                     lost);
    }
}

static void child_status(server_rec *s, pid_t pid, ap_generation_t gen,
                         int slot, mpm_child_status state)
{
    if (spool && state == MPM_CHILD_EXITED) {
        collect(s, s->process->pool);
    }
}

static apr_status_t unmap(void *data)
{
    munmap(spool, sizeof(*spool));
    spool = NULL;
    return APR_SUCCESS;
}

static apr_status_t close_spool(void *fd)
{
    close((int)(intptr_t)fd);
    return APR_SUCCESS;
}

/* The file, ours alone: two servers would take each other's crashes.
 * @return its descriptor or -1 */
static int open_spool(const char *path, apr_pool_t *p)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
        && fcntl(fd, F_SETLK, &lock) == 0
        && (st.st_size == sizeof(spool_t)
            || (ftruncate(fd, 0) == 0
                && ftruncate(fd, sizeof(spool_t)) == 0))) {
        apr_pool_cleanup_register(p, (void *)(intptr_t)fd, close_spool,
                                  close_spool);
        return fd;
    }
    close(fd);
    return -1;
}

static int map_spool(const char *path, apr_pool_t *p)
{
    int fd = open_spool(path, p);
    spool_t *m = fd < 0 ? MAP_FAILED
                        : mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
                               MAP_SHARED, fd, 0);

    if (m == MAP_FAILED) {
        return 0;
    }
    if (m->magic != SPOOL_MAGIC || m->layout != ERRCLARITY_CRASH_LAYOUT
        || m->slots != ERRCLARITY_CRASH_SLOTS
        || m->slot_size != sizeof(errclarity_crash_t)) {
        memset(m, 0, sizeof(*m)); /* of another version, or new */
        m->magic = SPOOL_MAGIC;
        m->layout = ERRCLARITY_CRASH_LAYOUT;
        m->slots = ERRCLARITY_CRASH_SLOTS;
        m->slot_size = sizeof(errclarity_crash_t);
    }
    spool = m;
    apr_pool_cleanup_register(p, NULL, unmap, apr_pool_cleanup_null);
    return 1;
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    const char *path;

    if (!errclarity_crash_wanted()
        || ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    path = ap_runtime_dir_relative(ptemp, SPOOL_NAME);
    errno = 0;
    if (path && map_spool(path, pconf)) {
        collect(s, ptemp); /* what the last parent could not see to */
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, errno, s,
                     ECL_LOGNO(0021) "ErrClarityCrashReport: cannot use %s "
                                     "(does another server use it?): crashes "
                                     "leave a line in this log, no record",
                     path ? path : SPOOL_NAME);
    }
    return OK;
}

void errclarity_crash_spool_register_hooks(apr_pool_t *p)
{
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_child_status(child_status, NULL, NULL, APR_HOOK_MIDDLE);
}
