/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_trace.c - what the readers of traces share: frames, classes, owners. */
#include "ecl_trace.h"

int ecl_trace_is_library(ecl_span_t path)
{
    static const char *const within[] = {
        "/site-packages/", "/dist-packages/",  "/vendor/",
        "/node_modules/",  "/gems/",           "/.cpan/",
        "/lib/python",     "/lib/ruby/",       "/lib/perl",
        "/share/perl",     "/helper-scripts/", "/3rdparty/",
    };
    static const char *const start[] = {
        "<",           "node:",        "internal/", "/usr/lib",
        "/usr/share/", "/opt/cpanel/", "(eval ",    "[internal function]",
        "phar://",
    };
    static const char firsts[] = "sdvng.lh3"; /* letters of within[] */
    const char *at = path.p, *end = path.p + path.n;
    size_t i;

    for (; at && (at = memchr(at, '/', (size_t)(end - at))); at++) {
        if (at + 1 == end || !strchr(firsts, at[1])) {
            continue;
        }
        for (i = 0; i < sizeof(within) / sizeof(within[0]); i++) {
            if (at[1] == within[i][1]
                && ecl_span_starts(ecl_span(at, (size_t)(end - at)),
                                   within[i])) {
                return 1;
            }
        }
    }
    for (i = 0; i < sizeof(start) / sizeof(start[0]); i++) {
        if (ecl_span_starts(path, start[i])) {
            return 1;
        }
    }
    return 0;
}

/* The first directory of s; with depth 2 "a/b". */
static ecl_span_t directory(ecl_span_t s, int depth)
{
    size_t i;

    if (s.n && s.p[0] == '@') {
        depth = 2; /* a scoped npm package */
    }
    for (i = 0; i < s.n; i++) {
        if (s.p[i] == '/' && --depth == 0) {
            return ecl_span(s.p, i);
        }
    }
    return ecl_span(s.p, 0);
}

/* "rack-2.2.4" without its version. */
static ecl_span_t without_version(ecl_span_t s)
{
    size_t i;

    for (i = s.n; i > 0; i--) {
        if (s.p[i - 1] == '-' && i < s.n && isdigit((unsigned char)s.p[i])) {
            return ecl_span(s.p, i - 1);
        }
    }
    return s;
}

ecl_span_t ecl_trace_component(ecl_span_t path, const char **kind)
{
    static const struct {
        const char *marker;
        const char *kind;
        int depth;
    } t[] = {
        { "/wp-content/plugins/", "plugin", 1 },
        { "/wp-content/mu-plugins/", "plugin", 1 },
        { "/wp-content/themes/", "theme", 1 },
        { "/modules/contrib/", "module", 1 },
        { "/modules/custom/", "module", 1 },
        { "/sites/all/modules/", "module", 1 },
        { "/vendor/", "package", 2 },
        { "/site-packages/", "package", 1 },
        { "/dist-packages/", "package", 1 },
        { "/node_modules/", "package", 1 },
        { "/gems/", "package", 1 },
    };
    static const char firsts[] = "wmsvdng"; /* letters of the markers */
    size_t best = sizeof(t) / sizeof(t[0]), i;
    ecl_span_t name = ecl_span(path.p, 0), head = path;
    const char *at;

    /* The innermost place of the first marker that there is. */
    while (head.n && (at = memrchr(head.p, '/', head.n))) {
        ecl_span_t rest = ecl_span(at, (size_t)(path.p + path.n - at));

        head.n = (size_t)(at - path.p);
        if (rest.n < 2 || !strchr(firsts, rest.p[1])) {
            continue;
        }
        for (i = 0; i < best; i++) {
            if (rest.p[1] == t[i].marker[1]
                && ecl_span_starts(rest, t[i].marker)) {
                ecl_span_t found = directory(
                    ecl_span_from(rest, strlen(t[i].marker)), t[i].depth);

                if (found.n) {
                    name = found;
                    best = i;
                }
            }
        }
    }
    *kind = name.n ? t[best].kind : "";
    return name.n && !strcmp(t[best].marker, "/gems/") ? without_version(name)
                                                       : name;
}

void ecl_trace_frame(ecl_trace_t *t, ecl_frame_t f)
{
    /* PHP's shutdown and Perl's eval have no file to go to. */
    if (!f.file.n || ecl_span_is(f.file, "Unknown")
        || ecl_span_starts(f.file, "(eval ")) {
        return;
    }
    if (!t->at.file.n) {
        t->at = f;
    }
    if (!t->own.file.n && !ecl_trace_is_library(f.file)) {
        t->own = f;
    }
}

size_t ecl_trace_class(ecl_span_t s)
{
    size_t i = 0;

    if (!s.n || (!isalpha((unsigned char)s.p[0]) && !strchr("_\\", s.p[0]))) {
        return 0;
    }
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];

        if (isalnum(c) || c == '_' || c == '$' || c >= 0x80) {
            i++;
        }
        else if ((c == '.' || c == '\\') && i + 1 < s.n
                 && (isalnum((unsigned char)s.p[i + 1]) || s.p[i + 1] == '_')) {
            i++;
        }
        else if (c == ':' && i + 2 < s.n && s.p[i + 1] == ':'
                 && isalpha((unsigned char)s.p[i + 2])) {
            i += 2;
        }
        else {
            break;
        }
    }
    return i;
}

int ecl_trace_is_exception(ecl_span_t name)
{
    static const char *const ends[] = {
        "Error",         "Exception",
        "Exit",          "Interrupt",
        "StopIteration", "Fault",
        "NotFound",      "Failure",
        "Denied",        "DoesNotExist",
        "Timeout",       "Forbidden",
        "Http404",       "ImproperlyConfigured",
    };
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (ecl_span_ends(name, ends[i])) {
            return 1;
        }
    }
    return 0;
}

ecl_span_t ecl_trace_join(ecl_span_t a, ecl_span_t b)
{
    if (a.p + a.n + 1 == b.p && a.p[a.n] == '\n') {
        a.n += b.n + 1;
    }
    return a;
}
