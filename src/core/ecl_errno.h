/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_errno.h - names of the operating system's and APR's errors. */
#ifndef ECL_ERRNO_H
#define ECL_ERRNO_H

/** The number that httpd logs for "ENOENT", "EAI_NONAME" or "APR_TIMEUP";
 *  0 when the name is not known. */
int ecl_errno_by_name(const char *name);

#endif
