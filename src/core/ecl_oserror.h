/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_oserror.h - the errno texts that httpd prints before a message.
 *
 * "(104)Connection reset by peer: ", "(OS 10061)No connection ...  : ", and
 * the same in the server's language. Threads: pure. */
#ifndef ECL_OSERROR_H
#define ECL_OSERROR_H

#include <stddef.h>

/** A numbered errno text at the beginning of s: "(N)text: ".
 * @param os_error  *os_error: N; Windows socket errors (10000..) as the errno
 *                  that means the same
 * @return bytes it takes, with the colon and the blanks behind it; 0 none */
size_t ecl_oserror_numbered(const char *s, size_t n, int *os_error);

/** An errno text whose number was lost: "Connection refused: AH00957: ...".
 * @param os_error  *os_error: set when s begins with a well-known text
 * @return bytes to cut off; 0 as well when the text may be the message's own
 *         (os_error is set all the same) */
size_t ecl_oserror_worded(const char *s, size_t n, int *os_error);

#endif
