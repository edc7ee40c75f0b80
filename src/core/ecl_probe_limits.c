/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_probe_limits.c - the limits in force for the server and its programs.
 *
 * Soft limits, which are what a process meets. Sources: getrlimit(2), httpd's
 * RLimitCPU, RLimitMEM, RLimitNPROC (server/core.c, modules/arch/unix). */
#include "ecl_probe_priv.h"

#include <apr_strings.h>

static void tell(ecl_probe_t *pr, const char *name, const struct rlimit *limit,
                 const char *unit)
{
    if (limit) {
        ecl_probe_result(pr, name,
                         limit->rlim_cur == RLIM_INFINITY
                             ? "unlimited"
                             : apr_psprintf(pr->pool, "%" APR_UINT64_T_FMT "%s",
                                            (apr_uint64_t)limit->rlim_cur,
                                            unit));
    }
}

void ecl_probe_limits(ecl_probe_t *pr, const ecl_limits_t *programs)
{
    static const struct {
        int resource;
        const char *name;
        const char *unit;
    } own[] = {
        { RLIMIT_NOFILE, "limit.open_files", "" },
        { RLIMIT_NPROC, "limit.processes", "" },
        { RLIMIT_AS, "limit.address_space", " bytes" },
    };
    size_t i;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        struct rlimit limit;

        if (ecl_probe_step(pr)
            && getrlimit((__rlimit_resource_t)own[i].resource, &limit) == 0) {
            tell(pr, own[i].name, &limit, own[i].unit);
        }
    }
    if (programs) {
        tell(pr, "limit.program_cpu", programs->cpu, " seconds");
        tell(pr, "limit.program_memory", programs->memory, " bytes");
        tell(pr, "limit.program_processes", programs->processes, "");
    }
}
