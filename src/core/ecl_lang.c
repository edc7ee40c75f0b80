/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_lang.c - choose the answer's language from what the client accepts.
 *
 * Which tags stand for each other: Unicode CLDR, likely subtags and language
 * matching; IANA's registry for the tags that were replaced. */
#include "ecl_lang.h"

#include <string.h>
#include <strings.h>

#include "ecl_field.h"

/* A field names a handful of languages; more are not a person's choice. */
#define RANGES_MAX 64

/* What else serves who asks for a tag. Once one is reached, subtags are not
 * taken away any more: a reader of Traditional Chinese is not served by
 * Simplified Chinese before the languages named next. */
static const struct {
    const char *tag;
    const char *others[6];
} same[] = {
    { "zh-hant", { "zh-Hant", "zh-TW", "zh-HK", "zh" } },
    { "zh-tw", { "zh-TW", "zh-Hant", "zh-HK", "zh" } },
    { "zh-hk", { "zh-HK", "zh-Hant", "zh-TW", "zh" } },
    { "zh-mo", { "zh-HK", "zh-Hant", "zh-TW", "zh" } },
    { "zh-hans", { "zh-Hans", "zh-CN", "zh" } },
    { "zh", { "zh", "zh-CN", "zh-Hans", "zh-TW", "zh-Hant" } },
    { "cmn", { "zh", "zh-CN", "zh-Hans", "zh-TW", "zh-Hant" } },
    { "yue", { "zh-HK", "zh-Hant", "zh-TW", "zh", "zh-CN" } },
    { "no", { "no", "nb", "nn" } },
    { "nb", { "nb", "no", "nn" } },
    { "nn", { "nn", "no", "nb" } },
    { "sh", { "sr-Latn", "hr", "bs", "sr" } },
    { "sr-me", { "sr-Latn", "sr" } },
    { "pt", { "pt", "pt-PT", "pt-BR" } },
    { "iw", { "he" } },
    { "in", { "id" } },
    { "ji", { "yi" } },
    { "mo", { "ro" } },
    { "tl", { "fil", "tl" } },
    { "fil", { "fil", "tl" } },
};

typedef struct range_t {
    ecl_slice_t tag;
    int weight;
} range_t;

/* RFC 4647 2.1: 1*8ALPHA *("-" 1*8alphanum); a tag begins with two letters. */
static int is_tag(ecl_slice_t t)
{
    size_t sub = 0;
    int first = 1;

    if (t.n < 2 || t.n > ECL_LANG_MAX) {
        return 0;
    }
    for (size_t i = 0; i <= t.n; i++) {
        char c = (char)(i < t.n ? t.s[i] | 0x20 : 0);

        if (i == t.n || t.s[i] == '-') {
            if (sub < (first ? 2 : 1) || sub > 8) {
                return 0;
            }
            sub = 0;
            first = 0;
        }
        else if ((c >= 'a' && c <= 'z')
                 || (!first && t.s[i] >= '0' && t.s[i] <= '9')) {
            sub++;
        }
        else {
            return 0;
        }
    }
    return 1;
}

int ecl_lang_valid(const char *s)
{
    ecl_slice_t t = { s, strlen(s) };

    return is_tag(t);
}

static int index_of(ecl_slice_t tag, const char *const *offers, int n)
{
    for (int i = 0; i < n; i++) {
        if (ecl_slice_is(tag, offers[i])) {
            return i;
        }
    }
    return -1;
}

/* Whether the range covers the tag: it is it, or begins it (RFC 4647 3.3.1,
 * basic filtering). */
static int covers(ecl_slice_t range, const char *tag)
{
    return strncasecmp(range.s, tag, range.n) == 0
           && (tag[range.n] == '\0' || tag[range.n] == '-');
}

/* The offer behind another name of the tag.
 * @return its index, -1 when none is offered, -2 when it has no other name */
static int other_name(ecl_slice_t tag, const char *const *offers, int n)
{
    for (size_t k = 0; k < sizeof(same) / sizeof(same[0]); k++) {
        if (ecl_slice_is(tag, same[k].tag)) {
            int found = -1;

            for (int o = 0; found < 0 && o < 6 && same[k].others[o]; o++) {
                ecl_slice_t other = { same[k].others[o],
                                      strlen(same[k].others[o]) };

                found = index_of(other, offers, n);
            }
            return found;
        }
    }
    return -2;
}

static int find(ecl_slice_t tag, const char *const *offers, int n)
{
    for (;;) {
        int i = index_of(tag, offers, n);
        int other = i < 0 ? other_name(tag, offers, n) : -2;

        if (i >= 0 || other > -2) {
            return i >= 0 ? i : other;
        }
        if (!memchr(tag.s, '-', tag.n)) {
            break;
        }
        while (tag.s[--tag.n] != '-') {
        }
        if (tag.n > 1 && tag.s[tag.n - 2] == '-') {
            tag.n -= 2; /* a single letter only introduces what follows it */
        }
    }
    for (int i = 0; i < n; i++) {
        if (covers(tag, offers[i])) {
            return i;
        }
    }
    return -1;
}

int ecl_lang_find(const char *tag, const char *const *offers, int n)
{
    ecl_slice_t t = { tag, strlen(tag) };

    return is_tag(t) ? find(t, offers, n) : -1;
}

/* One list element: a range and perhaps its weight. @return 0: malformed */
static int parse_range(range_t *r, const char *s, const char *end)
{
    ecl_slice_t name;

    r->tag = ecl_field_token(s, end);
    r->weight = 1000;
    if (!is_tag(r->tag) && !ecl_slice_is(r->tag, "*")) {
        return 0;
    }
    s = ecl_field_skip_space(r->tag.s + r->tag.n, end);
    if (s == end) {
        return 1;
    }
    if (*s != ';') {
        return 0;
    }
    s = ecl_field_skip_space(s + 1, end);
    name = ecl_field_token(s, end);
    s += name.n;
    if (!ecl_slice_is(name, "q") || s == end || *s != '=') {
        return 0;
    }
    name = ecl_field_token(s + 1, end);
    r->weight = ecl_field_weight(name);
    return r->weight >= 0 && ecl_field_skip_space(name.s + name.n, end) == end;
}

/* Sorted by weight, the field's order among equals. @return how many */
static int parse(range_t *ranges, const char *accept)
{
    const char *s = accept;
    const char *end = s + strnlen(s, ECL_FIELD_MAX);
    int n = 0;

    for (; s < end && n < RANGES_MAX; s++) {
        const char *e = ecl_field_element_end(s, end);
        range_t r;

        if (parse_range(&r, ecl_field_skip_space(s, e), e)) {
            int at = n++;

            for (; at > 0 && ranges[at - 1].weight < r.weight; at--) {
                ranges[at] = ranges[at - 1];
            }
            ranges[at] = r;
        }
        s = e;
    }
    return n;
}

/* Whether the longest range that covers the tag is one of q=0. */
static int refused(const range_t *ranges, int nranges, const char *tag)
{
    size_t longest = 0;
    int weight = 1;

    for (int i = 0; i < nranges; i++) {
        if (ranges[i].tag.n > longest && covers(ranges[i].tag, tag)) {
            longest = ranges[i].tag.n;
            weight = ranges[i].weight;
        }
    }
    return weight == 0;
}

static int named(const range_t *ranges, int nranges, const char *tag)
{
    for (int i = 0; i < nranges; i++) {
        if (covers(ranges[i].tag, tag)) {
            return 1;
        }
    }
    return 0;
}

int ecl_lang_choose(const char *accept, const char *const *offers, int n)
{
    range_t ranges[RANGES_MAX];
    int nranges = parse(ranges, accept ? accept : "");
    int i, k;

    for (i = 0; i < nranges && ranges[i].weight > 0; i++) {
        if (!ecl_slice_is(ranges[i].tag, "*")) {
            k = find(ranges[i].tag, offers, n);
            if (k >= 0 && !refused(ranges, nranges, offers[k])) {
                return k;
            }
            continue;
        }
        for (k = 0; k < n; k++) { /* the rest of the world */
            if (!named(ranges, nranges, offers[k])) {
                return k;
            }
        }
    }
    for (k = 0; nranges && k < n; k++) {
        if (refused(ranges, nranges, offers[0])
            && !refused(ranges, nranges, offers[k])) {
            return k; /* not the default, anything but that */
        }
    }
    return -1;
}
