/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_lang.h - choose the answer's language from what the client accepts.
 *
 * RFC 9110 12.5.4 (Accept-Language, weights), RFC 4647 3.4 (lookup), and
 * which tags name the same language (zh-TW and zh-Hant). Never 406: who
 * accepts nothing offered gets the default. Threads: pure. */
#ifndef ECL_LANG_H
#define ECL_LANG_H

/** The longest tag that is taken for one, in bytes. */
#define ECL_LANG_MAX 35

/** Whether s has the shape of a BCP 47 tag: subtags of 1 to 8 letters and
 *  digits, the first of 2 to 8 letters. */
int ecl_lang_valid(const char *s);

/** Lookup of one tag: the offer of that tag, else of the tag without its last
 *  subtags ("de-CH" finds "de"), else of another name of it, else an offer
 *  that says more than the tag ("pt" finds "pt-BR").
 * @param offers  n tags
 * @return its index, or -1 */
int ecl_lang_find(const char *tag, const char *const *offers, int n);

/** The offer that an Accept-Language field asks for.
 * @param accept  the field's value; NULL: no preference
 * @return its index, or -1 when the client names none of them */
int ecl_lang_choose(const char *accept, const char *const *offers, int n);

#endif
