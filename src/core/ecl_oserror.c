/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_oserror.c - the errno texts that httpd prints before a message.
 *
 * Does not translate: a localised text is known by its number alone. Sources:
 * httpd server/log.c log_apr_status(); glibc's and APR's error texts
 * (misc/unix/errorcodes.c); Windows Sockets error codes. */
#include "ecl_oserror.h"

#include <errno.h>

#include <apr_errno.h>

#include "ecl_span.h"

/* The longest errno text (Windows' for 10060 has some 160 bytes). */
#define TEXT_MAX 300

typedef struct worded_t {
    const char *text;
    int os_error;
} worded_t;

static const worded_t WORDED[] = {
    { "Address already in use", EADDRINUSE },
    { "Bad address", EFAULT },
    { "Bad file descriptor", EBADF },
    { "Broken pipe", EPIPE },
    { "Cannot allocate memory", ENOMEM },
    { "Connection refused", ECONNREFUSED },
    { "Connection reset by peer", ECONNRESET },
    { "Connection timed out", ETIMEDOUT },
    { "DSO load failed", APR_EDSOOPEN },
    { "Disk quota exceeded", EDQUOT },
    { "End of file found", APR_EOF },
    { "Exec format error", ENOEXEC },
    { "File name too long", ENAMETOOLONG },
    { "Function not implemented", ENOSYS },
    { "Input/output error", EIO },
    { "Internal error (specific information not available)", APR_EGENERAL },
    { "Internal error", APR_EGENERAL },
    { "Invalid argument", EINVAL },
    { "Is a directory", EISDIR },
    { "Network is unreachable", ENETUNREACH },
    { "No route to host", EHOSTUNREACH },
    { "No space left on device", ENOSPC },
    { "No such file or directory", ENOENT },
    { "Not a directory", ENOTDIR },
    { "Operation not permitted", EPERM },
    { "Partial results are valid but processing is incomplete",
      APR_INCOMPLETE },
    { "Permission denied", EACCES },
    { "Read-only file system", EROFS },
    { "Resource temporarily unavailable", EAGAIN },
    { "Software caused connection abort", ECONNABORTED },
    { "Text file busy", ETXTBSY },
    { "The timeout specified has expired", APR_TIMEUP },
    { "Too many levels of symbolic links", ELOOP },
    { "Too many open files in system", ENFILE },
    { "Too many open files", EMFILE },
    { "Transport endpoint is not connected", ENOTCONN },
};

/* Windows' numbers for what has an errno: rules know one number a meaning.
 * 2, 8 and 13 are other things there, so only what is safe is translated. */
static int from_windows(int code)
{
    switch (code) {
    case 2:
    case 3:
        return ENOENT;
    case 5:
    case 10013:
        return EACCES;
    case 109:
    case 10054:
        return ECONNRESET;
    case 112:
        return ENOSPC;
    case 193:
        return ENOEXEC;
    case 10051:
        return ENETUNREACH;
    case 10053:
        return ECONNABORTED;
    case 10055:
        return ENOBUFS;
    case 10060:
        return ETIMEDOUT;
    case 10061:
        return ECONNREFUSED;
    case 10065:
        return EHOSTUNREACH;
    default:
        return code;
    }
}

size_t ecl_oserror_numbered(const char *s, size_t n, int *os_error)
{
    ecl_span_t t = { s, n };
    int windows = ecl_span_starts(t, "(OS "), negative;
    size_t i = windows ? 4 : 1, used;
    long long code;
    long colon;

    if (n < 6 || s[0] != '(') {
        return 0;
    }
    negative = s[i] == '-';
    i += (size_t)negative;
    code = ecl_span_number(ecl_span_from(t, i), &used);
    i += used;
    /* The text follows at once; "(2) things" is a message's own. */
    if (!used || used > 6 || i + 2 >= n || s[i] != ')'
        || isspace((unsigned char)s[i + 1])) {
        return 0;
    }
    t = ecl_span_from(t, i + 1);
    colon = ecl_span_find(ecl_span(t.p, t.n < TEXT_MAX ? t.n : TEXT_MAX), ": ");
    if (colon <= 0) {
        return 0;
    }
    *os_error = negative  ? -(int)code
                : windows ? from_windows((int)code)
                          : (int)code;
    return i + 1 + (size_t)colon + 2;
}

size_t ecl_oserror_worded(const char *s, size_t n, int *os_error)
{
    ecl_span_t t = { s, n }, rest;
    size_t i, len;

    if (ecl_span_starts(t, "AH") || memchr(s, ':', n) == NULL) {
        return 0;
    }
    for (i = 0; i < sizeof(WORDED) / sizeof(WORDED[0]); i++) {
        if (s[0] != WORDED[i].text[0]) {
            continue;
        }
        len = strlen(WORDED[i].text);
        if (!ecl_span_starts(t, WORDED[i].text)
            || !ecl_span_starts(ecl_span_from(t, len), ": ")) {
            continue;
        }
        *os_error = WORDED[i].os_error;
        rest = ecl_span_from(t, len + 2);
        return ecl_span_starts(rest, "AH0") || ecl_span_starts(rest, "AH1")
                       || ecl_span_starts(rest, "proxy: ")
                       || ecl_span_starts(rest, "mod_")
                   ? len + 2
                   : 0;
    }
    return 0;
}
