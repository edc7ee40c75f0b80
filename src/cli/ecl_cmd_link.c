/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_cmd_link.c - errclarity link: make a link that shows the owner's
 * details of a failing URL for a while. */
#include "ecl_cmd.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "ecl_link.h"

typedef struct options_t {
    const char *id, *key_file, *lifetime, *url, *server;
} options_t;

static const char help[] =
    "Usage: errclarity link ID --key-file FILE --for TIME\n"
    "                       (--url URL | --server NAME)\n\n"
    "Print a link that shows whoever holds it the owner's details when the URL "
    "fails\nagain. ID is the reference of the failure that was reported.\n\n"
    "  --key-file FILE  the key of ErrClarityLinkKey\n"
    "  --for TIME       how long: 90s, 30m, 1h, 7d; at most 31d\n"
    "  --url URL        the failing URL; its host is the server's name\n"
    "  --server NAME    the virtual host's ServerName, if it is another one;\n"
    "                   without --url the query parameter alone is printed\n";

/* @return 1, or 0 after a complaint */
static int parse(options_t *o, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {
        { "--key-file", &o->key_file },
        { "--for", &o->lifetime },
        { "--url", &o->url },
        { "--server", &o->server },
    };
    const size_t n = sizeof(options) / sizeof(options[0]);

    for (int i = 1; i < argc; i++) {
        size_t k = 0;

        while (k < n && strcmp(argv[i], options[k].name) != 0) {
            k++;
        }
        if (k < n && i + 1 < argc) {
            *options[k].value = argv[++i];
        }
        else if (k < n) {
            ecl_cmd_complain("%s needs a value; see errclarity link --help",
                             argv[i]);
            return 0;
        }
        else if (*argv[i] == '-' || o->id) {
            ecl_cmd_complain("'%s' is unknown; see errclarity link --help",
                             argv[i]);
            return 0;
        }
        else {
            o->id = argv[i];
        }
    }
    return 1;
}

/* "90s", "30m", "1h", "7d". @return seconds, or 0 */
static long long seconds_of(const char *s)
{
    static const char units[] = "smhd";
    static const long long sizes[] = { 1, 60, 3600, 86400 };
    size_t digits = strspn(s, "0123456789");
    const char *unit = s[digits] ? strchr(units, s[digits]) : NULL;
    long long n;

    if (digits == 0 || digits > 9 || !unit || s[digits + 1]) {
        return 0;
    }
    n = strtoll(s, NULL, 10) * sizes[unit - units];
    return n <= ECL_LINK_TIME_MAX ? n : 0;
}

/* The host of a URL, or NULL. */
static const char *host_of(const char *url, apr_pool_t *p)
{
    const char *host = strstr(url, "://"), *at;
    size_t n;

    if (!host) {
        return NULL;
    }
    host += 3;
    n = strcspn(host, "/?#");
    at = memchr(host, '@', n);
    if (at) {
        n -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    return n ? apr_pstrmemdup(p, host, n) : NULL;
}

static void print_link(const char *url, const char *token)
{
    size_t n = url ? strcspn(url, "#") : 0;

    if (url) {
        printf("%.*s%c", (int)n, url, memchr(url, '?', n) ? '&' : '?');
    }
    printf("%s=%s%s\n", ECL_LINK_PARAMETER, token, url ? url + n : "");
}

int ecl_cmd_link(int argc, char **argv, apr_pool_t *p)
{
    options_t o = { NULL, NULL, NULL, NULL, NULL };
    char token[ECL_LINK_TOKEN_MAX];
    ecl_link_key_t key;
    const char *err, *server;
    long long seconds;

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(help, stdout);
        return ECL_EXIT_FINE;
    }
    if (!parse(&o, argc, argv)) {
        return ECL_EXIT_USAGE;
    }
    if (!o.id || !ecl_link_is_id(o.id, strlen(o.id))) {
        return ecl_cmd_complain("'%s' is no reference; one looks like "
                                "5KT8D-9QW2HX4B",
                                o.id ? o.id : "");
    }
    if (!o.key_file || !o.lifetime) {
        return ecl_cmd_complain("--key-file and --for are needed; see "
                                "errclarity link --help");
    }
    seconds = seconds_of(o.lifetime);
    if (!seconds) {
        return ecl_cmd_complain("--for '%s': must be a time of at most 31 "
                                "days, for example --for 1h",
                                o.lifetime);
    }
    server = o.server ? o.server : o.url ? host_of(o.url, p) : NULL;
    if (!server) {
        return ecl_cmd_complain("--url with a host, or --server, is needed: a "
                                "link is good for one server");
    }
    err = ecl_link_key_read(&key, o.key_file, p);
    if (err) {
        return ecl_cmd_complain("%s", err);
    }
    ecl_link_make(token, &key, server, o.id,
                  apr_time_sec(apr_time_now()) + seconds);
    print_link(o.url, token);
    return ECL_EXIT_FINE;
}
