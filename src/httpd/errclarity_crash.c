/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_crash.c - a worker that dies by a signal leaves word of it.
 *
 * Every thread keeps a copy of the request it serves in memory of fixed size:
 * at the time of a crash the request_rec itself may be half built or
 * overwritten. The signal handler copies that into the spool
 * (errclarity_crash_spool.c), from which the parent makes the record, writes
 * one line to standard error, which httpd has made its error log, and gives
 * the signal back to the handler that was there before: core dump and AH00052
 * come as ever. It needs nothing of httpd's own exception hook, which Debian
 * does not build.
 *
 * In the handler only what POSIX calls async-signal-safe is called, our own
 * pure functions, and pthread_getspecific(), which reads the thread's block in
 * glibc and musl. Unless the directive is On there is no hook and no handler.
 */
#include "errclarity.h"
#include "errclarity_crash.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "http_protocol.h"
#include "http_request.h"

#include "ecl_redact.h"

/* Room for the handler where the thread's own stack has overflowed. */
#define STACK_SIZE 65536

typedef struct thread_t {
    const request_rec *r; /* whose copy this is; atomic; NULL: none */
    errclarity_crash_request_t request;
    void *stack;
    struct thread_t *next; /* in the list of those no thread uses */
} thread_t;

typedef struct claim_t {
    thread_t *t;
    const request_rec *r;
} claim_t;

static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
#define NSIGNALS ((int)(sizeof(signals) / sizeof(signals[0])))

static int wanted;
static int hooked;   /* the hooks that requests pass are there */
static pid_t worker; /* the process that installed the handler */
static struct sigaction before[NSIGNALS];
static pthread_key_t key;
static int key_made;

/* A request may end on another thread after its own has gone: what it then
 * clears must still be there. So these are never freed, but used again. */
static pthread_mutex_t unused_lock = PTHREAD_MUTEX_INITIALIZER;
static thread_t *unused;

int errclarity_crash_wanted(void)
{
    return wanted;
}

/* -- the copy of a thread's request ---------------------------------------- */

static void thread_free(void *data)
{
    thread_t *t = data;
    stack_t off = { .ss_flags = SS_DISABLE };

    if (t->stack) {
        sigaltstack(&off, NULL);
        free(t->stack);
        t->stack = NULL;
    }
    __atomic_store_n(&t->r, NULL, __ATOMIC_RELEASE);
    pthread_mutex_lock(&unused_lock);
    t->next = unused;
    unused = t;
    pthread_mutex_unlock(&unused_lock);
}

/* An alternate stack is a thread's own: a module or a language runtime that
 * has set one up keeps it. */
static void make_stack(thread_t *t)
{
    stack_t have, ours = { .ss_size = STACK_SIZE };

    if (sigaltstack(NULL, &have) != 0 || !(have.ss_flags & SS_DISABLE)) {
        return;
    }
    t->stack = ours.ss_sp = malloc(STACK_SIZE);
    if (t->stack && sigaltstack(&ours, NULL) != 0) {
        free(t->stack);
        t->stack = NULL;
    }
}

static thread_t *thread_make(void)
{
    thread_t *t;

    pthread_mutex_lock(&unused_lock);
    t = unused;
    if (t) {
        unused = t->next;
    }
    pthread_mutex_unlock(&unused_lock);
    if (!t) {
        t = calloc(1, sizeof(*t));
    }
    if (t && pthread_setspecific(key, t) != 0) {
        thread_free(t);
        return NULL;
    }
    if (t) {
        make_stack(t);
    }
    return t;
}

/* The response is out and logged, perhaps by another thread. */
static apr_status_t forget(void *data)
{
    const claim_t *claim = data;
    const request_rec *r = claim->r;

    __atomic_compare_exchange_n(&claim->t->r, &r, NULL, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_RELAXED);
    return APR_SUCCESS;
}

static void copy(char *to, apr_size_t size, const char *from)
{
    apr_size_t n = from ? strnlen(from, size - 1) : 0;

    if (n) {
        memcpy(to, from, n);
    }
    to[n] = '\0';
}

static int post_read_request(request_rec *r)
{
    thread_t *t;
    errclarity_crash_request_t *q;
    claim_t *claim;

    if (r->main || r->prev) {
        return DECLINED;
    }
    t = pthread_getspecific(key);
    if (!t) {
        t = thread_make();
    }
    if (!t) {
        return DECLINED;
    }
    __atomic_store_n(&t->r, NULL, __ATOMIC_RELEASE);
    q = &t->request;
    q->time = r->request_time;
    q->port = r->connection->local_addr->port;
    q->id[0] = q->handler[0] = q->script[0] = '\0';
    copy(q->method, sizeof(q->method), r->method);
    copy(q->host, sizeof(q->host), r->hostname);
    copy(q->path, sizeof(q->path), r->uri);
    copy(q->query, sizeof(q->query), r->args);
    copy(q->server, sizeof(q->server), r->server->server_hostname);
    claim = apr_palloc(r->pool, sizeof(*claim));
    claim->t = t;
    claim->r = r;
    apr_pool_cleanup_register(r->pool, claim, forget, apr_pool_cleanup_null);
    __atomic_store_n(&t->r, r, __ATOMIC_RELEASE);
    return DECLINED;
}

static thread_t *thread_of(const request_rec *root)
{
    thread_t *t = key_made ? pthread_getspecific(key) : NULL;

    return t && __atomic_load_n(&t->r, __ATOMIC_ACQUIRE) == root ? t : NULL;
}

/* Before the handler runs: the one that may crash. */
static int handler(request_rec *r)
{
    thread_t *t = r->main ? NULL : thread_of(errclarity_root(r));

    if (t) {
        copy(t->request.handler, sizeof(t->request.handler), r->handler);
        copy(t->request.script, sizeof(t->request.script), r->filename);
    }
    return DECLINED;
}

void errclarity_crash_name(const request_rec *root, const char *id)
{
    thread_t *t = wanted ? thread_of(root) : NULL;

    if (t) {
        copy(t->request.id, sizeof(t->request.id), id);
    }
}

/* -- in the signal handler ------------------------------------------------- */

static void put_number(ecl_buf_t *b, apr_int64_t n, int width)
{
    char digits[24];
    int i = (int)sizeof(digits);

    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (i > 0 && (n > 0 || (int)sizeof(digits) - i < width));
    ecl_buf_add(b, digits + i, sizeof(digits) - (apr_size_t)i);
}

/* Seconds since the epoch: the calendar functions take locks. */
static void put_time(ecl_buf_t *b, apr_time_t t)
{
    put_number(b, apr_time_sec(t), 1);
    ecl_buf_putc(b, '.');
    put_number(b, apr_time_usec(t), 6);
}

/* As ecl_buf_puts(), with what could forge a line of the log left out. */
static void put_text(ecl_buf_t *b, const char *s)
{
    for (; *s; s++) {
        ecl_buf_putc(b, *s >= ' ' && *s < 0x7f ? *s : '?');
    }
}

static void write_line(const errclarity_crash_t *c)
{
    const errclarity_crash_request_t *q = &c->request;
    char mem[2560];
    ecl_buf_t b;
    ssize_t unused_result;

    ecl_buf_init(&b, mem, sizeof(mem) - 1); /* and the newline */
    ecl_buf_puts(&b, "[");
    put_time(&b, c->time);
    ecl_buf_puts(&b, "] [errclarity:crit] [pid ");
    put_number(&b, c->pid, 1);
    ecl_buf_puts(&b, ":tid ");
    put_number(&b, c->tid, 1);
    ecl_buf_puts(&b, "] ECL0018: incident ");
    put_text(&b, q->id);
    ecl_buf_puts(&b, ": crash by signal ");
    put_number(&b, c->signal, 1);
    if (q->time) {
        ecl_buf_puts(&b, " while serving \"");
        put_text(&b, q->method);
        ecl_buf_puts(&b, " ");
        put_text(&b, q->path);
        ecl_buf_puts(&b, q->query[0] ? "?" : "");
        put_text(&b, q->query);
        ecl_buf_puts(&b, "\", virtual host ");
        put_text(&b, q->server);
        ecl_buf_puts(&b, ":");
        put_number(&b, q->port, 1);
        ecl_buf_puts(&b, ", handler ");
        put_text(&b, q->handler[0] ? q->handler : "none yet");
    }
    else {
        ecl_buf_puts(&b, " outside of any request");
    }
    mem[b.len] = '\n';
    unused_result = write(STDERR_FILENO, mem, b.len + 1);
    (void)unused_result;
}

static void make_id(errclarity_crash_t *c)
{
    unsigned char random[5];

    if (c->request.id[0]) {
        return; /* the client may have been told it already */
    }
    /* getrandom(2) itself: the C library's function may take a lock. */
    if (syscall(SYS_getrandom, random, sizeof(random), 1 /* GRND_NONBLOCK */)
        != (long)sizeof(random)) {
        memcpy(random, &c->time, sizeof(random));
    }
    ecl_incident_id(c->request.id, c->request.time ? c->request.time : c->time,
                    random);
}

static void mask_query(char *query, apr_size_t size)
{
    char masked[1024];
    ecl_buf_t b;

    ecl_buf_init(&b, masked, size < sizeof(masked) ? size : sizeof(masked));
    ecl_redact_query(&b, NULL, query, strnlen(query, size - 1));
    memcpy(query, masked, b.len + 1);
}

static void report(int sig)
{
    const thread_t *t = pthread_getspecific(key);
    errclarity_crash_t *c = errclarity_crash_slot(worker);
    errclarity_crash_t local;
    struct timespec now = { 0, 0 };
    int spooled = c != NULL;

    c = c ? c : &local;
    c->pid = worker;
    clock_gettime(CLOCK_REALTIME, &now);
    c->time = (apr_int64_t)now.tv_sec * APR_USEC_PER_SEC + now.tv_nsec / 1000;
    c->signal = sig;
    c->tid = syscall(SYS_gettid);
    if (t && __atomic_load_n(&t->r, __ATOMIC_ACQUIRE)) {
        memcpy(&c->request, &t->request, sizeof(c->request));
        mask_query(c->request.query, sizeof(c->request.query));
    }
    else {
        memset(&c->request, 0, sizeof(c->request));
    }
    make_id(c);
    write_line(c);
    if (spooled) {
        __atomic_store_n(&c->state, ERRCLARITY_CRASH_FULL, __ATOMIC_RELEASE);
    }
}

/* Not SA_RESETHAND: of two threads that crash at the same moment, the second
 * would end the process before the first has reported. A fault within the
 * handler ends it all the same, since its signal is then blocked. */
static void on_signal(int sig, siginfo_t *info, void *context)
{
    int i;

    if (getpid() == worker) { /* not in a child on its way to exec() */
        report(sig);
    }
    for (i = 0; i < NSIGNALS; i++) {
        if (signals[i] == sig) {
            sigaction(sig, &before[i], NULL);
        }
    }
    /* A fault of the machine comes again when the instruction is run again,
     * with its address; one that was sent does not. */
    if (info->si_code <= 0 || sig == SIGABRT) {
        syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
    }
}

/* -- life ------------------------------------------------------------------ */

static apr_status_t restore(void *data)
{
    int i;

    for (i = 0; i < NSIGNALS; i++) {
        struct sigaction now;

        if (sigaction(signals[i], NULL, &now) == 0
            && now.sa_sigaction == on_signal) {
            sigaction(signals[i], &before[i], NULL);
        }
    }
    return APR_SUCCESS;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    struct sigaction sa = { .sa_sigaction = on_signal,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK };
    int i;

    if (!wanted || !key_made) {
        return;
    }
    worker = getpid();
    for (i = 0; i < NSIGNALS; i++) {
        sigaddset(&sa.sa_mask, signals[i]);
    }
    for (i = 0; i < NSIGNALS; i++) {
        sigaction(signals[i], &sa, &before[i]);
    }
    apr_pool_cleanup_register(pchild, NULL, restore, apr_pool_cleanup_null);
}

static apr_status_t key_delete(void *data)
{
    if (key_made) {
        key_made = 0;
        pthread_key_delete(key);
    }
    return APR_SUCCESS;
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    wanted = hooked = 0;
    if (!key_made && pthread_key_create(&key, thread_free) == 0) {
        key_made = 1;
        apr_pool_cleanup_register(pconf, NULL, key_delete,
                                  apr_pool_cleanup_null);
    }
    return OK;
}

const char *errclarity_crash_set(cmd_parms *cmd, void *none, const char *arg)
{
    const char *err = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    int on = !strcasecmp(arg, "On");

    if (err) {
        return err;
    }
    if (!on && strcasecmp(arg, "Off")) {
        return errclarity_bad_value(cmd, arg, "expected On or Off", "On");
    }
    wanted = on;
    if (on && !hooked) {
        /* In time: httpd sorts its hooks once more when it has read its
         * configuration. Without the directive no request passes these. */
        hooked = 1;
        ap_hook_post_read_request(post_read_request, NULL, NULL,
                                  APR_HOOK_REALLY_FIRST);
        ap_hook_handler(handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    }
    return NULL;
}

void errclarity_crash_register_hooks(apr_pool_t *p)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_REALLY_FIRST);
    /* Last: what other modules have installed is what comes after us. */
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_REALLY_LAST);
}
