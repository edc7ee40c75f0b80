#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The slugs are a contract: each one of slugs.txt is in the catalogue, with who
# acts and which status replaces a generic 500, and none is there unlisted.
. "$(dirname "$0")/lib.sh"
want=$(grep -v '^#' tests/guards/slugs.txt | awk '{ print $1 }' | sort)
have=$(grep -hE '^- slug: ' src/data/causes/*.yaml | awk '{ print $3 }' | sort -u)
need "$(echo "$want" | grep -c .)" "slugs"
[ "$want" = "$have" ] || {
    echo "$want" > "${TMPDIR:-/tmp}/slugs.want.$$"
    echo "$have" | diff "${TMPDIR:-/tmp}/slugs.want.$$" - >&2
    rm -f "${TMPDIR:-/tmp}/slugs.want.$$"
    bad "slugs.txt and catalogue differ"
}
finish
