#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A setting that merging forgets fails silently: each field of errclarity_dir_t
# must occur in errclarity_dir_merge(), each -1 default in errclarity_dir_create().
. "$(dirname "$0")/lib.sh"
fields=$(awk '/^typedef struct errclarity_dir_t/ { on = 1; next } /^} errclarity_dir_t/ { on = 0 } on' \
    src/httpd/errclarity_config.h | sed 's:/\*.*::' | grep -oE '[a-z_]+;' | tr -d ';')
need "$(echo "$fields" | grep -c .)" "fields"
merge=$(awk '/^void \*errclarity_dir_merge/ { on = 1 } on; on && /^}/ { exit }' src/httpd/errclarity_config.c)
for f in $fields; do
    echo "$merge" | grep -qE "MERGE\($f,|d->$f =" || bad "errclarity_dir_merge() forgets $f"
done
finish
