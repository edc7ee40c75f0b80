/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_config.c - our settings: creating, merging, reading.
 *
 * The directives' parsers are in errclarity_directives.c. */
#include "errclarity.h"

#include <stdlib.h>
#include <string.h>

#include "apr_strings.h"

#include "ecl_redactor.h"

void *errclarity_dir_create(apr_pool_t *p, char *dir)
{
    errclarity_dir_t *d = apr_pcalloc(p, sizeof(*d));

    d->mode = ERRCLARITY_UNSET;
    d->replace = -1;
    d->precise = -1;
    d->probe = -1;
    return d;
}

static apr_array_header_t *join(apr_pool_t *p, apr_array_header_t *base,
                                apr_array_header_t *add)
{
    return !base ? add : !add ? base : apr_array_append(p, base, add);
}

void *errclarity_dir_merge(apr_pool_t *p, void *basev, void *addv)
{
    const errclarity_dir_t *base = basev, *add = addv;
    errclarity_dir_t *d = apr_palloc(p, sizeof(*d));

#define MERGE(field, unset)                                                    \
    d->field = add->field != (unset) ? add->field : base->field
    MERGE(mode, ERRCLARITY_UNSET);
    MERGE(statuses, NULL);
    MERGE(replace, -1);
    MERGE(formats, NULL);
    d->nformats = add->formats ? add->nformats : base->nformats;
    MERGE(langs, NULL);
    d->nlangs = add->langs ? add->nlangs : base->nlangs;
    MERGE(precise, -1);
    MERGE(contact, NULL);
    MERGE(proxy_name, NULL);
    MERGE(probe, -1);
#undef MERGE
    /* httpd merges <Directory> with .htaccess before it lays both over the
     * server's settings: the two kinds are kept apart until they are read. A
     * section of the server's that comes later (<Location>) ends both. */
    d->details = add->details ? add->details : base->details;
    d->htaccess_details = add->details || add->htaccess_details
                              ? add->htaccess_details
                              : base->htaccess_details;
    d->maps = join(p, base->maps, add->maps);
    d->words = join(p, base->words, add->words);
    d->templates = join(p, base->templates, add->templates);
    return d;
}

void *errclarity_server_create(apr_pool_t *p, server_rec *s)
{
    return apr_pcalloc(p, sizeof(errclarity_server_t));
}

void *errclarity_server_merge(apr_pool_t *p, void *basev, void *addv)
{
    const errclarity_server_t *base = basev, *add = addv;
    errclarity_server_t *s = apr_pcalloc(p, sizeof(*s));

    s->log = add->log ? add->log : base->log;
    s->link_key = add->link_key ? add->link_key : base->link_key;
    s->client = add->client ? add->client : base->client;
    s->redactor = ecl_redactor_merge(p, base->redactor, add->redactor);
    return s;
}

int errclarity_mode(const errclarity_dir_t *d)
{
    return d->mode == ERRCLARITY_UNSET ? ERRCLARITY_OFF : d->mode;
}

int errclarity_precise(const errclarity_dir_t *d)
{
    return d->precise != 0;
}

int errclarity_probes(const errclarity_dir_t *d)
{
    return d->probe != 0;
}

int errclarity_counts(const errclarity_dir_t *d, int status)
{
    int bit = status - 400;

    if (bit < 0 || bit >= 200) {
        return 0;
    }
    if (!d->statuses) {
        return status >= 500;
    }
    return (d->statuses->bits[bit / 8] >> (bit % 8)) & 1;
}

int errclarity_replaces(const errclarity_dir_t *d, ecl_body_e body)
{
    int mask = d->replace >= 0
                   ? d->replace
                   : 1 << ECL_BODY_CANNED | 1 << ECL_BODY_EMPTY
                         | 1 << ECL_BODY_LEAKING | 1 << ECL_BODY_MASKED;

    return (mask >> body) & 1;
}

static ecl_detail_e highest(const apr_array_header_t *details, request_rec *r)
{
    ecl_detail_e max = ECL_DETAIL_VISITOR;
    int i;

    for (i = 0; details && i < details->nelts; i++) {
        const errclarity_detail_t *d =
            &APR_ARRAY_IDX(details, i, errclarity_detail_t);
        const char *err = NULL;

        if (d->level > max
            && (!r || !d->when
                || (ap_expr_exec(r, d->when, &err) > 0 && !err))) {
            max = d->level;
        }
    }
    return max;
}

static ecl_detail_e allowed(const errclarity_dir_t *d, request_rec *r)
{
    ecl_detail_e asked, ceiling;

    if (!d->htaccess_details) {
        return highest(d->details, r);
    }
    asked = highest(d->htaccess_details, r);
    ceiling = highest(d->details, NULL); /* whatever the conditions say */
    return asked < ceiling ? asked : ceiling;
}

ecl_detail_e errclarity_detail(const errclarity_dir_t *d, request_rec *r)
{
    char *user = r->user, *type = r->ap_auth_type;
    ecl_detail_e level;

    if ((user || type) && errclarity_user_unproven(r)) {
        r->user = r->ap_auth_type = NULL;
    }
    level = allowed(d, r);
    r->user = user;
    r->ap_auth_type = type;
    return level;
}

const ecl_format_e *errclarity_formats(const errclarity_dir_t *d, int *n)
{
    static const ecl_format_e all[] = { ECL_FORMAT_HTML, ECL_FORMAT_JSON,
                                        ECL_FORMAT_XML, ECL_FORMAT_TEXT,
                                        ECL_FORMAT_MARKDOWN };

    *n = d->formats ? d->nformats : (int)(sizeof(all) / sizeof(all[0]));
    return d->formats ? d->formats : all;
}

/* Whether key ("slug" or "family.*") names the cause. */
static int key_matches(const char *key, const ecl_cause_t *cause)
{
    apr_size_t n = strlen(cause->family);

    return strcmp(key, cause->slug) == 0
           || (strncmp(key, cause->family, n) == 0
               && strcmp(key + n, ".*") == 0);
}

int errclarity_status_for(const errclarity_dir_t *d, const ecl_cause_t *cause,
                          int original, int *retry_after)
{
    int i;

    if (!errclarity_precise(d)) {
        return original < 400 ? 500 : original;
    }
    for (i = d->maps ? d->maps->nelts - 1 : -1; i >= 0; i--) {
        const errclarity_map_t *m =
            &APR_ARRAY_IDX(d->maps, i, errclarity_map_t);

        if (key_matches(m->key, cause)) {
            if (m->retry_after >= 0) {
                *retry_after = m->retry_after;
            }
            return m->status;
        }
    }
    return ecl_precise_status(cause, original);
}

int errclarity_words_match(const errclarity_words_t *words,
                           const ecl_cause_t *cause, int status)
{
    return key_matches(words->key, cause)
           || strtol(words->key, NULL, 10) == status;
}

const char *errclarity_bad_value(cmd_parms *cmd, const char *value,
                                 const char *allowed, const char *example)
{
    return apr_psprintf(cmd->pool, "%s: invalid value '%s': %s. Example: %s %s",
                        cmd->cmd->name, value, allowed, cmd->cmd->name,
                        example);
}
