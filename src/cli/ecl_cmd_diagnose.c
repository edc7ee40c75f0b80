/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_diagnose.c - from a request's lines to what is to be said about it.
 *
 * Three memories, each a table whose slots the newest takes: words by the
 * exact messages; quiet warnings by messages without their numbers; healthy
 * kinds of info messages by their AH number. */
#include "ecl_cmd_diagnose.h"

#include <stdlib.h>
#include <string.h>

#include "ecl_incident.h"

#define WORDS_MAX 32768 /* powers of two */
#define SAID_MAX  1024  /* bodies of these, some KiB each */
#define QUIET_MAX 8192
#define KINDS_MAX 4096

typedef struct known_t {
    ecl_group_key_t key;
    ecl_words_t words; /* body NULL: not said yet */
    int speaks;        /* there is something to say */
} known_t;

typedef struct kind_t {
    uint64_t module;
    int ah; /* 0: empty slot */
    int healthy;
} kind_t;

struct ecl_diagnoser_t {
    const ecl_catalog_t *catalog;
    const ecl_print_t *print;
    int single;
    apr_pool_t *scratch, *glance; /* for what another thread may ask */
    /* The verdict in scratch, and whose it is: said only when asked for. */
    ecl_verdict_t verdict;
    const ecl_msg_t *msgs;
    const known_t *judged;
    known_t *asked; /* whom the last diagnosis is about */
    known_t known[WORDS_MAX];
    known_t *said[SAID_MAX]; /* in turn; has a body unless it lost it since */
    unsigned turn;
    ecl_group_key_t quiet[QUIET_MAX];
    kind_t kinds[KINDS_MAX];
};

ecl_diagnoser_t *ecl_diagnoser_create(const ecl_catalog_t *catalog,
                                      const ecl_print_t *print, int single,
                                      apr_pool_t *p)
{
    ecl_diagnoser_t *d = calloc(1, sizeof(*d));

    if (!d) {
        abort();
    }
    d->catalog = catalog;
    d->print = print;
    d->single = single;
    apr_pool_create(&d->scratch, p);
    apr_pool_create(&d->glance, p);
    return d;
}

void ecl_diagnoser_destroy(ecl_diagnoser_t *d)
{
    size_t i;

    for (i = 0; i < WORDS_MAX; i++) {
        free(d->known[i].words.body);
    }
    apr_pool_destroy(d->scratch);
    apr_pool_destroy(d->glance);
    free(d);
}

static int same_key(ecl_group_key_t a, ecl_group_key_t b)
{
    return a.a == b.a && a.b == b.b;
}

static int is_php_remark(const char *s)
{
    static const char *const starts[] = {
        "Warning:",      "Notice:",      "Deprecated:",     "Strict Standards:",
        "User Warning:", "User Notice:", "User Deprecated:"
    };
    size_t i;

    s += !strncmp(s, "PHP ", 4) ? 4 : 0;
    for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (!strncmp(s, starts[i], strlen(starts[i]))) {
            return 1;
        }
    }
    return 0;
}

/* Whether a verdict on lines of which nobody said that they are a failure
 * reports one. A remark in passing (a warning, a notice) does when it says of
 * itself what happened, not when it would only be better than nothing. */
static int is_failure(const ecl_verdict_t *v, const ecl_group_t *g,
                      const ecl_msg_t *msgs)
{
    if (!strcmp(v->cause->family, "unknown")) {
        return 0;
    }
    if (v->confidence > ECL_CONFIDENCE_LOW || v->msg < 0) {
        return 1;
    }
    if (msgs[v->msg].level == ECL_LEVEL_UNKNOWN) {
        return g->grave; /* else the words of nobody knows whom */
    }
    return msgs[v->msg].level < ECL_LEVEL_WARN
           && !is_php_remark(v->error_message ? v->error_message : "");
}

static void judge(ecl_diagnoser_t *d, const ecl_group_t *g,
                  const known_t *known)
{
    ecl_case_t kase = { .nmsgs = g->nlines };

    apr_pool_clear(d->scratch);
    kase.msgs = d->msgs = ecl_group_messages(g, d->scratch);
    ecl_classify(&d->verdict, d->catalog, &kase, d->scratch);
    d->judged = known;
}

static void take_note(ecl_diagnoser_t *d, const ecl_group_t *g, known_t *known)
{
    ecl_words_t *words = &known->words;

    judge(d, g, known);
    free(words->body);
    words->body = NULL;
    words->failure = is_failure(&d->verdict, g, d->msgs);
    known->speaks = words->failure || d->single;
    if (known->speaks) {
        ecl_incident_t inc = { .verdict = d->verdict, .vhost = g->vhost };

        ecl_incident_group(words->problem, &inc);
    }
}

ecl_words_t *ecl_diagnose(ecl_diagnoser_t *d, const ecl_group_t *g)
{
    ecl_group_key_t key = ecl_group_key(g, 0);
    known_t *known;

    if (g->vhost[0]) {
        key.b ^= ecl_group_hash(ecl_span(g->vhost, strlen(g->vhost)));
    }
    known = d->asked = &d->known[key.a % WORDS_MAX];
    if (!same_key(known->key, key)) {
        /* Remarks that report nothing differ in numbers, and are many. */
        int remarks = !d->single && g->worst >= ECL_LEVEL_WARN;
        ecl_group_key_t masked = { 0, 0 };

        if (remarks) {
            masked = ecl_group_key(g, 1);
            if (same_key(d->quiet[masked.a % QUIET_MAX], masked)) {
                return NULL;
            }
        }
        take_note(d, g, known);
        known->key = key;
        if (remarks && !known->speaks) {
            d->quiet[masked.a % QUIET_MAX] = masked;
        }
    }
    return known->speaks ? &known->words : NULL;
}

/* Room for one more body, that of a known one. */
static void forget_one(ecl_diagnoser_t *d, known_t *known)
{
    known_t **oldest = &d->said[d->turn++ % SAID_MAX];

    if (*oldest && *oldest != known) {
        free((*oldest)->words.body);
        (*oldest)->words.body = NULL;
    }
    *oldest = known;
}

void ecl_diagnose_say(ecl_diagnoser_t *d, const ecl_group_t *g)
{
    known_t *known = d->asked;

    if (known->words.body) {
        return;
    }
    if (d->judged != known) {
        judge(d, g, known);
    }
    ecl_print_words(&known->words, d->print, &d->verdict, d->msgs, d->scratch);
    forget_one(d, known);
}

static int explains_nothing(ecl_diagnoser_t *d, const ecl_loghead_t *l)
{
    ecl_msg_t m = { .level = l->level, .ah = l->ah, .os_error = l->os_error };
    ecl_case_t kase = { .msgs = &m, .nmsgs = 1 };
    ecl_verdict_t v;

    apr_pool_clear(d->glance);
    m.text = ecl_logline_clean(l->text, &m.len, d->glance);
    m.module = l->module.n ? ecl_logline_clean(l->module, NULL, d->glance) : "";
    ecl_classify(&v, d->catalog, &kase, d->glance);
    return !strcmp(v.cause->family, "unknown");
}

int ecl_diagnose_is_healthy(ecl_diagnoser_t *d, const ecl_loghead_t *l)
{
    uint64_t module;
    kind_t *kind;

    if (l->level < ECL_LEVEL_INFO || !l->ah || !l->has_prefix || d->single) {
        return 0;
    }
    module = ecl_group_hash(l->module);
    kind = &d->kinds[(module ^ (unsigned)l->ah) % KINDS_MAX];
    if (kind->ah != l->ah || kind->module != module) {
        kind->healthy = explains_nothing(d, l);
        kind->ah = l->ah;
        kind->module = module;
    }
    return kind->healthy;
}
