/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* errclarity_language.c - the answer's language, and whose words it uses.
 *
 * As httpd's own error documents find theirs (mod_negotiation): the variable
 * prefer-language, then Accept-Language; then the language of the resource
 * that failed (mod_mime's AddLanguage, DefaultLanguage), then the first one
 * offered. */
#include "errclarity.h"

#include <string.h>

#include "http_request.h"
#include "http_protocol.h"

#include "ecl_lang.h"

/* The note that keeps the resource's language: httpd forgets it before it
 * makes an error page of its own. */
#define NOTE "errclarity-language"

const char *errclarity_set_language(cmd_parms *cmd, void *dv, int argc,
                                    char *const argv[])
{
    errclarity_dir_t *d = dv;
    const char **langs =
        apr_palloc(cmd->pool, sizeof(*langs) * (apr_size_t)(argc + 1));
    int i;

    if (argc < 1) {
        return errclarity_bad_value(
            cmd, "", "expected languages, the default first", "fr en");
    }
    for (i = 0; i < argc; i++) {
        const char *err;

        if (!ecl_lang_valid(argv[i])) {
            return errclarity_bad_value(
                cmd, argv[i],
                "expected language tags (BCP 47), the default "
                "first",
                "pt-BR en");
        }
        if (ecl_lang_find(argv[i], langs, i) >= 0
            && strcasecmp(langs[ecl_lang_find(argv[i], langs, i)], argv[i])
                   == 0) {
            return errclarity_bad_value(cmd, argv[i], "it is named twice",
                                        "pt-BR en");
        }
        err = errclarity_catalog_expect_lang(cmd, argv[i]);
        if (err) {
            return err;
        }
        langs[i] = argv[i];
    }
    d->langs = langs;
    d->nlangs = argc;
    return NULL;
}

const char *errclarity_add_messages(cmd_parms *cmd, void *unused,
                                    const char *arg)
{
    return errclarity_add_file(cmd, arg, "conf/errclarity-texts",
                               errclarity_catalog_add_messages);
}

/* The languages of this answer: those configured, or all there are and those
 * of the site's own words about this failure. */
static const char *const *offers_of(const errclarity_ctx_t *ctx, request_rec *r,
                                    int *n)
{
    const errclarity_dir_t *d = ctx->conf;
    const char *const *all = ecl_messages_langs(errclarity_messages(), n);
    const char **offers;
    int i;

    if (d->langs) {
        *n = d->nlangs;
        return d->langs;
    }
    if (!d->words) {
        return all;
    }
    offers = apr_palloc(r->pool, sizeof(*offers)
                                     * (apr_size_t)(*n + d->words->nelts + 1));
    memcpy(offers, all, sizeof(*offers) * (apr_size_t)*n);
    for (i = 0; i < d->words->nelts; i++) {
        const errclarity_words_t *w =
            &APR_ARRAY_IDX(d->words, i, errclarity_words_t);

        if (w->lang
            && errclarity_words_match(w, ctx->inc.verdict.cause,
                                      ctx->inc.status)) {
            offers[(*n)++] = w->lang;
        }
    }
    return offers;
}

/* What the resource is written in. @return a tag, or NULL: not known */
static const char *resource_language(const request_rec *r)
{
    return apr_is_empty_array(r->content_languages)
               ? apr_table_get(r->notes, NOTE)
               : APR_ARRAY_IDX(r->content_languages, 0, const char *);
}

static int find(const char *tag, const char *const *offers, int n)
{
    return tag ? ecl_lang_find(tag, offers, n) : -1;
}

/* @param field  *field: what of the request decided, or NULL */
static const char *choose(const errclarity_ctx_t *ctx, request_rec *r,
                          const char **field)
{
    int n, i;
    const char *const *offers = offers_of(ctx, r, &n);

    i = find(apr_table_get(r->subprocess_env, "prefer-language"), offers, n);
    *field = n > 1 ? "Accept-Language" : NULL;
    if (n > 1) {
        if (i < 0) {
            i = ecl_lang_choose(apr_table_get(ctx->root->headers_in, *field),
                                offers, n);
        }
        if (i < 0) {
            i = find(resource_language(r), offers, n);
        }
    }
    return offers[i < 0 ? 0 : i];
}

/* The last words that count for this failure in that language. Its language
 * finds theirs by look-up: a page in pt-BR takes words in pt. */
static const errclarity_words_t *own_words(const errclarity_ctx_t *ctx,
                                           request_rec *r, const char *lang)
{
    const apr_array_header_t *words = ctx->conf->words;
    const errclarity_words_t *any = NULL, *found = NULL;
    int i;

    for (i = words ? words->nelts - 1 : -1; i >= 0 && !any; i--) {
        const errclarity_words_t *w =
            &APR_ARRAY_IDX(words, i, errclarity_words_t);

        if (!errclarity_words_match(w, ctx->inc.verdict.cause,
                                    ctx->inc.status)) {
            continue;
        }
        if (!w->lang) {
            any = w;
        }
        else if (!strcasecmp(w->lang, lang)) {
            return w;
        }
        else if (!found && ecl_lang_find(lang, &w->lang, 1) == 0) {
            found = w;
        }
    }
    return found ? found : any;
}

const char *errclarity_language(const errclarity_ctx_t *ctx, request_rec *r,
                                ecl_words_t *words)
{
    const char *field;
    const char *lang = choose(ctx, r, &field);
    const errclarity_words_t *own = own_words(ctx, r, lang);
    int n;
    const char *const *all = ecl_messages_langs(errclarity_messages(), &n);
    int i = ecl_lang_find(lang, all, n);

    /* Words of a language that has no texts: the rest of the page is in the
     * site's default. */
    words->lang = i >= 0             ? all[i]
                  : ctx->conf->langs ? ctx->conf->langs[0]
                                     : all[0];
    if (own) {
        words->title = own->title;
        words->text = own->text;
        words->title_lang = own->lang;
    }
    return field;
}

static void remember_language(request_rec *r)
{
    if (errclarity_armed && !apr_is_empty_array(r->content_languages)) {
        apr_table_setn(r->notes, NOTE,
                       APR_ARRAY_IDX(r->content_languages, 0, const char *));
    }
}

void errclarity_language_register_hooks(apr_pool_t *p)
{
    ap_hook_insert_error_filter(remember_language, NULL, NULL, APR_HOOK_MIDDLE);
}
