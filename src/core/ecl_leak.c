/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_leak.c - find internals in the body of a failing response.
 *
 * The patterns are data: what a runtime or a framework prints when it reports
 * an error in the response, from its sources (named at each). A prefilter by
 * their literals leaves few of them to run, under PCRE2's limits. */
#include "ecl_leak.h"

#include <string.h>

#include <apr_strings.h>

#include "ecl_buf.h"
#include "ecl_literal.h"
#include "ecl_prefilter.h"
#include "ecl_rules.h"
#include "ecl_text.h"

#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 2000
#define HEAP_KIB    1024

/* Text before a match that belongs to it: the exception above its frames. */
#define BEFORE_MAX   1024
#define BEFORE_LINES 3

/* Paths of source files as servers have them. */
#define PATH "(?:/|[A-Za-z]:[\\\\/])[^\\n\"'<>|*?]{1,400}?"
#define SRC                                                                    \
    "\\.(?:php\\d?|phtml|inc|module|py|rb|erb|pl|pm|cgi|jsp|js|mjs|cjs|tsx?|"  \
    "java|kt|go|cs|cshtml|vb|lua|exs?|rs)"

typedef enum look_e {
    LOOK_TEXT, /* at the text without markup */
    LOOK_RAW   /* at the body as it is */
} look_e;

/* In the order of what they tell: the first that matches gives the text. */
static const struct {
    const char *kind;
    look_e look;
    const char *re;
} patterns[] = {
    /* PHP main/main.c php_error_cb(); zend_exceptions.c */
    { "php error", LOOK_TEXT,
      "(?:(?:Fatal|Parse|Recoverable fatal|Catchable fatal) error"
      "|Warning|Notice|Deprecated): {1,2}[^\\n].{0,4000}? in " PATH
      " on line \\d+" },
    { "php trace", LOOK_TEXT,
      "#\\d{1,3}:? " PATH "\\.(?:php\\d?|phtml|inc|module)\\(\\d+\\):" },
    { "php trace", LOOK_TEXT,
      " in file " PATH " on line \\d+\\s{1,8}Stack trace:" },
    /* Drupal core/lib/Drupal/Core/Utility/Error.php */
    { "php error", LOOK_TEXT,
      " \\(line \\d+ of [^)\\n]{1,400}\\.(?:php|inc|module)\\)" },
    /* CodeIgniter application/views/errors/html/error_php.php */
    { "php error", LOOK_TEXT, "A PHP Error was encountered\\s{1,16}Severity:" },
    /* CPython Lib/traceback.py; cgitb.py */
    { "python trace", LOOK_TEXT,
      "Traceback \\(most recent call last\\):\\s{1,64}File \"" },
    { "python trace", LOOK_TEXT,
      "\\bFile \"[^\"\\n]{1,400}\", line \\d+, in " },
    { "python trace", LOOK_TEXT,
      "A problem occurred in a Python script\\.\\s" },
    /* OpenJDK Throwable.printStackTrace() */
    { "java trace", LOOK_TEXT,
      "\\bat (?:[\\w.@-]{1,64}/){0,2}[\\w$.]{3,300}(?:<\\w{4,6}>)?"
      "\\((?:[\\w$]{1,128}\\.(?:java|kt|scala|groovy|clj):\\d+"
      "|Native Method|Unknown Source)\\)" },
    { "java exception", LOOK_TEXT,
      "\"exception\"\\s?:\\s?\"(?:[a-z_]\\w{0,63}\\.){1,12}"
      "[A-Z]\\w{0,99}(?:Exception|Error)\"" },
    /* V8 messages.cc: "    at fn (file:line:column)" */
    { "node trace", LOOK_TEXT,
      "[ \\t]at (?:async |new )?(?:[\\w$.<>\\[\\] ]{1,200} \\()?"
      "(?:file://|node:|webpack|/|[A-Za-z]:\\\\)[^\\s()\"]{1,400}:\\d+:\\d+" },
    /* .NET System.Diagnostics.StackTrace */
    { ".net trace", LOOK_TEXT,
      "\\bat [\\w.`<>\\[\\],+]{3,300}\\([^)\\n]{0,300}\\) in "
      "(?:/|[A-Za-z]:\\\\)[^\\n:]{1,400}:line \\d+" },
    { ".net trace", LOOK_TEXT,
      "\\bat (?:System|Microsoft)\\.[\\w.`]{3,300}\\([\\w.\\[\\], &`]{0,300}"
      "\\)" },
    /* ruby error.c; Rack, Rails */
    { "ruby trace", LOOK_TEXT,
      "[\\w./-]{1,300}\\.(?:rb|erb|ru|rake):\\d+:in [`'][^'\\n]{1,200}'" },
    /* Go runtime/panic.go, traceback.go */
    { "go trace", LOOK_TEXT, "\\bgoroutine \\d+ \\[[^\\]\\n]{1,64}\\]:\\s" },
    { "go trace", LOOK_TEXT, "\\.go:\\d+ \\+0x[0-9a-f]{1,16}" },
    /* perl util.c; CGI/Carp.pm fatalsToBrowser */
    { "perl error", LOOK_TEXT,
      " at (?:\\.{0,2}/|[A-Za-z]:[\\\\/])[^\\s\"]{1,400}"
      "\\.(?:pl|pm|cgi|fcgi|psgi|t) line \\d+" },
    { "perl error", LOOK_RAW, "<h1>Software error:</h1>\\s{0,8}<pre>" },
    /* Rust std/src/panicking.rs; Lua lauxlib.c; Elixir Exception */
    { "rust panic", LOOK_TEXT, "thread '[^'\\n]{0,100}' panicked at " },
    { "lua trace", LOOK_TEXT, "stack traceback:\\s{1,8}\\S" },
    { "elixir trace", LOOK_TEXT,
      "\\(\\w{1,64} \\d+\\.\\d+[\\w.-]{0,16}\\) (?:lib|src)/[\\w/.-]{1,300}"
      "\\.(?:ex|erl):\\d+:" },
    /* databases: MySQL errmsg-utf8.txt, PostgreSQL, Oracle, SQL Server,
     * SQLite, PDO, MongoDB */
    { "database error", LOOK_TEXT, "\\bSQLSTATE\\[\\w{5}\\]" },
    { "database error", LOOK_TEXT,
      "You have an error in your SQL syntax; check the manual" },
    { "database error", LOOK_TEXT,
      "Access denied for user '[^'\\n]{0,128}'@'[^'\\n]{0,128}'" },
    { "database error", LOOK_TEXT,
      "Unknown column '[^'\\n]{1,200}' in '[a-z ]{5,20}'" },
    { "database error", LOOK_TEXT, "Table '[\\w$.-]{1,200}' doesn't exist" },
    { "database error", LOOK_TEXT,
      "Duplicate entry '[^'\\n]{0,500}' for key '" },
    { "database error", LOOK_TEXT, "\\bORA-\\d{5}: " },
    { "database error", LOOK_TEXT,
      "ERROR: {1,2}(?:syntax error at or near \"|(?:relation|column|function) "
      "[^\\n]{1,200} does not exist|duplicate key value violates)" },
    { "database error", LOOK_TEXT,
      "password authentication failed for user \"" },
    { "database error", LOOK_TEXT,
      "Unclosed quotation mark after the character string" },
    { "database error", LOOK_TEXT, "Incorrect syntax near (?:the keyword )?'" },
    { "database error", LOOK_TEXT,
      "\\[(?:Microsoft|FreeTDS|unixODBC|MySQL)\\]\\[[^\\]\\n]{0,64}" },
    { "database error", LOOK_TEXT,
      "SQLITE_ERROR|near \"[^\"\\n]{1,200}\": syntax error"
      "|no such table: \\w" },
    { "database error", LOOK_TEXT, "E11000 duplicate key error collection" },
    { "database error", LOOK_TEXT, "WordPress database error:? " },
    { "database error", LOOK_TEXT,
      "(?:pg|mysqli?|odbc|sqlsrv|oci)_\\w{3,32}\\(\\): " },
    /* debug pages; each by what stands early in it */
    { "xdebug page", LOOK_RAW, "class=['\"]xdebug-error" },
    { "laravel debug page", LOOK_RAW,
      "\"shareableReport\"\\s?:|\"notifier\":\"Laravel Client\""
      "|<title>\\xf0\\x9f\\xa7\\xa8 " },
    { "whoops debug page", LOOK_RAW,
      "class=\"Whoops[ \"]|<title>Whoops! There was an error" },
    { "symfony debug page", LOOK_RAW,
      "<div class=\"exception-(?:summary|hero|message-wrapper)"
      "|class=\"trace trace-as-(?:html|text)\""
      "|^<!--[^>]{1,2000}\\([45]\\d\\d [\\w ]{3,40}\\) -->" },
    { "tracy debug page", LOOK_RAW, "<(?:tracy-div )?id=\"tracy-bs" },
    { "django debug page", LOOK_RAW,
      "because you have (?:<code>)?DEBUG = True"
      "|content=\"NONE,NOARCHIVE\">\\s{0,16}<title>[^<]{1,300} at /" },
    { "werkzeug debug page", LOOK_RAW,
      "// Werkzeug Debugger</title>|\\bEVALEX = (?:true|false)" },
    { "rails debug page", LOOK_RAW,
      "Rails\\.root: |<title>Action Controller: Exception caught</title>"
      "|id=\"Application-Trace" },
    { "rack debug page", LOOK_RAW,
      "Rack::ShowExceptions|<code>show_exceptions</code> setting"
      "|BetterErrors\\.|class=['\"]better-errors" },
    { "asp.net debug page", LOOK_RAW,
      "<b> ?(?:Exception Details|Source File|Stack Trace): ?</b>"
      "|rawExceptionStackTrace|<div id=\"stackpage\"" },
    { "tomcat report", LOOK_RAW, "<b>[Tt]ype</b> Exception [Rr]eport" },
    { "phoenix debug page", LOOK_RAW, "Plug\\.Debugger|phoenix-error-page" },
    /* JSON of any framework: the place in the source */
    { "source path", LOOK_TEXT,
      "\"file\"\\s?:\\s?\"" PATH SRC
      "\"\\s?,\\s{0,32}\"line\"\\s?:\\s?\"?\\d" },
    { "source path", LOOK_TEXT,
      "(?:/[\\w.@+~-]{1,100}){2,20}" SRC
      "(?::\\d+|\\(\\d+\\)|,? (?:on )?line \\d)" },
    { "source path", LOOK_TEXT,
      "[A-Za-z]:\\\\(?:[\\w .@()-]{1,100}\\\\){1,20}[\\w.-]{1,100}" SRC "\\b" },
    { "source path", LOOK_TEXT,
      "(?:/var/www|/srv/www|/home/[\\w.-]{1,64}/(?:public_html|www|htdocs))"
      "/[\\w./@+~-]{1,300}" SRC "\\b" },
};

#define PATTERNS ((int)(sizeof(patterns) / sizeof(patterns[0])))

struct ecl_leaks_t {
    pcre2_code *code[PATTERNS];
    ecl_prefilter_t *filter;
    size_t words;
};

static void add_literals(ecl_prefilter_t *f, int rule, const char *re,
                         apr_pool_t *p)
{
    const ecl_literals_t *lits = ecl_literals(re, p);

    if (!lits->n) {
        ecl_prefilter_always(f, rule);
    }
    for (int set = 0; lits && lits->n; lits = lits->also, set++) {
        for (int i = 0; i < lits->n; i++) {
            ecl_prefilter_literal(f, rule, set, lits->v[i].s, lits->v[i].n);
        }
    }
}

const ecl_leaks_t *ecl_leaks_create(const char **error, apr_pool_t *p)
{
    ecl_leaks_t *leaks = apr_pcalloc(p, sizeof(*leaks));

    leaks->filter = ecl_prefilter_create(PATTERNS, p);
    for (int i = 0; i < PATTERNS; i++) {
        leaks->code[i] = ecl_rule_pattern(patterns[i].re, error, p);
        if (!leaks->code[i]) {
            *error = apr_psprintf(p, "%s: %s", patterns[i].kind, *error);
            return NULL;
        }
        add_literals(leaks->filter, i, patterns[i].re, p);
    }
    ecl_prefilter_build(leaks->filter);
    leaks->words = ecl_prefilter_words(leaks->filter);
    return leaks;
}

/* One search. */
typedef struct search_t {
    const ecl_leaks_t *leaks;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    uint64_t *candidates;
    ecl_markup_e markup;
    const char *text[2]; /* by look_e */
    size_t len[2];
} search_t;

/* Where pattern i matches, or -1. */
static long match(const search_t *q, int i)
{
    look_e look = patterns[i].look;
    int rc = pcre2_match(q->leaks->code[i], (PCRE2_SPTR)q->text[look],
                         q->len[look], 0, 0, q->data, q->limits);

    return rc >= 0 ? (long)pcre2_get_ovector_pointer(q->data)[0] : -1;
}

/* The first pattern of that kind of look that matches, or -1. */
static int first_match(const search_t *q, look_e look, long *at)
{
    static const int none[ECL_KEY_COUNT];

    ecl_prefilter_scan(q->leaks->filter, q->text[look], q->len[look], none,
                       q->candidates);
    for (int i = 0; i < PATTERNS; i++) {
        if (patterns[i].look == look
            && (q->candidates[i / 64] >> (i % 64) & 1)) {
            *at = match(q, i);
            if (*at >= 0) {
                return i;
            }
        }
    }
    return -1;
}

/* Where the text around a match begins: with the match's line, and the lines
 * above it up to an empty one. */
static size_t beginning(const char *s, size_t at)
{
    size_t from = at;
    int lines = 0;

    while (from > 0 && at - from < BEFORE_MAX) {
        if (s[from - 1] == '\n') {
            if (lines++ == BEFORE_LINES || (from > 1 && s[from - 2] == '\n')) {
                break;
            }
        }
        from--;
    }
    while (from < at && (s[from] == '\n' || s[from] == '\r')) {
        from++;
    }
    return from;
}

/* A trace in a JSON string begins where the string does. */
static size_t after_name(const char *s, size_t from, size_t at)
{
    const char *eol = memchr(s + from, '\n', at - from);
    size_t end = eol ? (size_t)(eol - s) : at;

    for (size_t i = from; i + 2 < end; i++) {
        size_t blank = s[i + 2] == ' ' ? 1 : 0;

        if (s[i] == '"' && s[i + 1] == ':' && i + 2 + blank < end
            && s[i + 2 + blank] == '"') {
            from = i + 3 + blank;
        }
    }
    return from;
}

/* And ends where the string does, as far as its quotes tell. */
static size_t string_end(const char *s, size_t at, size_t n)
{
    for (size_t i = at; i + 1 < n; i++) {
        if (s[i] == '"'
            && (s[i + 1] == '}' || s[i + 1] == ']'
                || (s[i + 1] == ',' && i + 2 < n && s[i + 2] == '"'))) {
            return i;
        }
    }
    return n;
}

/* Clean text from `from` on. */
static void take(ecl_leak_t *leak, const char *s, size_t from, size_t n,
                 apr_pool_t *p)
{
    char *mem = apr_palloc(p, ECL_LEAK_TEXT + 1);
    ecl_buf_t b;

    ecl_buf_init(&b, mem, ECL_LEAK_TEXT + 1);
    ecl_text_clean(&b, s + from, n - from);
    leak->text = mem;
    leak->len = b.len;
}

static long root_at(const search_t *q, const char *root)
{
    size_t n = root ? strlen(root) : 0;
    const char *s = q->text[LOOK_TEXT];
    const char *at = n > 4 ? memmem(s, q->len[LOOK_TEXT], root, n) : NULL;

    return at && at + n < s + q->len[LOOK_TEXT] && at[n] == '/' ? at - s : -1;
}

static int find(const search_t *q, ecl_leak_t *leak, const char *root,
                apr_pool_t *p)
{
    const char *s = q->text[LOOK_TEXT];
    size_t n = q->len[LOOK_TEXT];
    long at = 0, raw_at;
    size_t from = 0;
    int text = first_match(q, LOOK_TEXT, &at);
    int raw = first_match(q, LOOK_RAW, &raw_at);

    if (text < 0 && raw < 0) {
        at = root_at(q, root);
        if (at < 0) {
            return 0;
        }
    }
    leak->kind = raw >= 0    ? patterns[raw].kind
                 : text >= 0 ? patterns[text].kind
                             : "source path";
    if (at > 0) {
        from = beginning(s, (size_t)at);
        if (q->markup == ECL_MARKUP_JSON) {
            from = after_name(s, from, (size_t)at);
            n = string_end(s, (size_t)at, n);
        }
    }
    take(leak, s, from, n, p);
    return 1;
}

int ecl_leaks_find(const ecl_leaks_t *leaks, ecl_leak_t *leak, const char *s,
                   size_t n, ecl_markup_e markup, const char *root,
                   apr_pool_t *p)
{
    search_t q = { .leaks = leaks, .markup = markup };
    char *plain;
    int found = 0;

    n = n < ECL_LEAK_BODY ? n : ECL_LEAK_BODY;
    plain = apr_palloc(p, n + 1);
    q.text[LOOK_RAW] = s;
    q.len[LOOK_RAW] = n;
    q.text[LOOK_TEXT] = plain;
    q.len[LOOK_TEXT] = ecl_leak_plain(plain, s, n, markup);
    q.candidates = apr_palloc(p, 2 * leaks->words * sizeof(uint64_t));
    q.data = pcre2_match_data_create(1, NULL);
    q.limits = pcre2_match_context_create(NULL);
    if (q.data && q.limits) {
        pcre2_set_match_limit(q.limits, MATCH_LIMIT);
        pcre2_set_depth_limit(q.limits, DEPTH_LIMIT);
        pcre2_set_heap_limit(q.limits, HEAP_KIB);
        found = find(&q, leak, root, p);
    }
    pcre2_match_data_free(q.data);
    pcre2_match_context_free(q.limits);
    return found;
}
