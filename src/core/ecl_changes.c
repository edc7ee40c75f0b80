/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the mod_errclarity authors */
/* ecl_changes.c - what changed shortly before a failure. */
#include "ecl_changes.h"

#include <stdio.h>
#include <string.h>

#include "ecl_probe_priv.h"

/* Files are stamped by the kernel's coarse clock, requests by the fine one. */
#define CLOCK_SLACK apr_time_from_sec(1)

/* Whether a comes before b: what may be the cause first, then the newest. */
static int is_before(const ecl_change_t *a, const ecl_change_t *b)
{
    return a->since != b->since ? !a->since : a->time > b->time;
}

void ecl_changes_add(ecl_changes_t *c, const char *what, const char *path,
                     apr_time_t time, int operator_only)
{
    ecl_change_t one = {
        .what = what, .path = path, .time = time, .operator_only = operator_only
    };
    apr_time_t from = time > c->first ? c->now : c->first;
    int i;

    if (time > c->now + CLOCK_SLACK || time < from - ECL_CHANGES_AGE) {
        return;
    }
    for (i = 0; i < c->n; i++) {
        if (!strcmp(c->v[i].path, path)) {
            return;
        }
    }
    one.since = time > c->first && c->first < c->now;
    one.age = time < c->now ? (long)apr_time_sec(c->now - time) : 0;
    if (c->n < ECL_CHANGES_MAX) {
        c->n++;
    }
    else if (!is_before(&one, &c->v[c->n - 1])) {
        return;
    }
    for (i = c->n - 1; i > 0 && is_before(&one, &c->v[i - 1]); i--) {
        c->v[i] = c->v[i - 1];
    }
    c->v[i] = one;
}

void ecl_changes_look(ecl_changes_t *c, ecl_probe_t *pr, const char *what,
                      const char *path, ecl_changes_of_e of)
{
    static const ecl_probe_how_e how[] = { ECL_PROBE_OWN, ECL_PROBE_INSIDE,
                                           ECL_PROBE_ANYWHERE };
    ecl_node_t node;

    if (!ecl_probe_is_path(path)
        || ecl_probe_open(pr, path, how[of], &node) != 0) {
        return;
    }
    if (S_ISREG(node.st.st_mode) && !node.foreign) {
        ecl_changes_add(c, what, ecl_probe_clean(pr, path, strlen(path)),
                        apr_time_from_sec(node.st.st_ctim.tv_sec)
                            + node.st.st_ctim.tv_nsec / 1000,
                        of == ECL_CHANGES_SYSTEM);
    }
    ecl_probe_close(&node);
}

void ecl_changes_age(char out[ECL_CHANGES_AGE_TEXT], long seconds)
{
    long n = seconds < 60     ? seconds
             : seconds < 3600 ? seconds / 60
                              : seconds / 3600;
    const char *unit = seconds < 60 ? "s" : seconds < 3600 ? "min" : "h";

    snprintf(out, ECL_CHANGES_AGE_TEXT, "-%ld %s", n, unit);
}

void ecl_changes_put(ecl_json_t *j, const ecl_change_t *c)
{
    char time[ECL_TIME_MAX];

    ecl_incident_time(time, c->time, 0);
    ecl_json_str(j, "time", time);
    ecl_json_int(j, "age", c->age);
    if (c->since) {
        ecl_json_bool(j, "since", 1);
    }
}

void ecl_changes_put_seen(ecl_json_t *j, const ecl_sight_t *seen)
{
    char first[ECL_TIME_MAX];

    if (seen->count) {
        ecl_incident_time(first, seen->first, 1);
        ecl_json_object(j, "group_seen");
        ecl_json_str(j, "first", first);
        ecl_json_int(j, "count", (long long)seen->count);
        ecl_json_end_object(j);
    }
}
