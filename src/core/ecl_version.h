/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_version.h - the one place that states the version. */
#ifndef ECL_VERSION_H
#define ECL_VERSION_H

#define ECL_VERSION "0.1.0"

/** Version of the diagnostics record's layout (docs/record.md). It grows when
 *  a member is renamed, removed or changes its type; new members keep it. */
#define ECL_RECORD_SCHEMA 1

#endif
