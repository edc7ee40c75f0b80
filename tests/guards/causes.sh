#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/causes.md is what the program prints of its catalogue, and every cause
# has its anchor there: problem types and error messages point to it.
. "$(dirname "$0")/lib.sh"
page=docs/causes.md
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$B/errclarity" causes --format markdown >"$made" || bad "the program failed"
need "$(grep -c '^## <a id=' "$made")" "causes"
cmp -s "$made" "$page" ||
    bad "$page is stale: $B/errclarity causes --format markdown > $page"
finish
