/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_errno.c - names of the operating system's and APR's errors.
 *
 * Only those that httpd's messages can carry. getaddrinfo's errors reach the
 * log as APR_OS_START_EAIERR minus the code (APR network_io/unix/sockaddr.c).
 */
#include "ecl_errno.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include <apr_errno.h>
#include <apr_network_io.h>

#define E(name)                                                                \
    {                                                                          \
#name, name                                                            \
    }
#define EAI(name)                                                              \
    {                                                                          \
#name, APR_OS_START_EAIERR - (name)                                    \
    }

static const struct {
    const char *name;
    int number;
} errors[] = {
    E(E2BIG),         E(EACCES),       E(EADDRINUSE),      E(EADDRNOTAVAIL),
    E(EAFNOSUPPORT),  E(EAGAIN),       E(EBADF),           E(EBUSY),
    E(ECONNABORTED),  E(ECONNREFUSED), E(ECONNRESET),      E(EDQUOT),
    E(EEXIST),        E(EFAULT),       E(EFBIG),           E(EHOSTDOWN),
    E(EHOSTUNREACH),  E(EINPROGRESS),  E(EINTR),           E(EINVAL),
    E(EIO),           E(EISDIR),       E(ELOOP),           E(EMFILE),
    E(ENAMETOOLONG),  E(ENETDOWN),     E(ENETUNREACH),     E(ENFILE),
    E(ENOBUFS),       E(ENODEV),       E(ENOENT),          E(ENOEXEC),
    E(ENOLCK),        E(ENOMEM),       E(ENOSPC),          E(ENOSYS),
    E(ENOTCONN),      E(ENOTDIR),      E(ENOTSUP),         E(ENXIO),
    E(EPERM),         E(EPIPE),        E(EPROTO),          E(EROFS),
    E(ESTALE),        E(ESRCH),        E(ETIMEDOUT),       E(ETXTBSY),
    E(EWOULDBLOCK),   EAI(EAI_AGAIN),  EAI(EAI_FAIL),      EAI(EAI_FAMILY),
    EAI(EAI_MEMORY),  EAI(EAI_NONAME), EAI(EAI_SERVICE),   EAI(EAI_SYSTEM),
    E(APR_EGENERAL),  E(APR_EOF),      E(APR_INCOMPLETE),  E(APR_TIMEUP),
    E(APR_ENOSOCKET), E(APR_ENOTIMPL), E(APR_EINCOMPLETE),
};

int ecl_errno_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (!strcmp(errors[i].name, name)) {
            return errors[i].number;
        }
    }
    return 0;
}
