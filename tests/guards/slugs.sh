#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The slugs are a contract: each one of slugs.txt is in the catalogue with who
# acts and which status replaces a generic 500, and none is there unlisted.
. "$(dirname "$0")/lib.sh"
list=tests/guards/slugs.txt
need "$(grep -cv '^#' $list)" "slugs"
# A slug may have several blocks; the one with a title states the texts.
cat src/data/causes/*.yaml | awk '
    function flush() { if (slug && titled) print slug, who, status }
    /^- slug: / { flush(); slug = $3; who = "?"; status = "-"; titled = 0 }
    /^  who: / { who = $2 }
    /^  status: / { status = $2 }
    /^  title: / { titled = 1 }
    END { flush() }' |
    awk -v list=$list '
    BEGIN { while ((getline line < list) > 0) if (line !~ /^#/) {
        split(line, f, " "); who[f[1]] = f[2]; status[f[1]] = f[3] } }
    !($1 in who) { print $1 ": not in " list; next }
    seen[$1]++ { print $1 ": its texts are stated twice" }
    index("|" who[$1] "|", "|" $2 "|") == 0 { print $1 ": who is " $2 ", not " who[$1] }
    status[$1] != $3 { print $1 ": status " $3 ", not " status[$1] }
    END { for (s in who) if (!(s in seen)) print s ": not in the catalogue" }' |
    sort > "${TMPDIR:-/tmp}/guard.$$"
while read -r line; do bad "$line"; done < "${TMPDIR:-/tmp}/guard.$$"
rm -f "${TMPDIR:-/tmp}/guard.$$"
finish
