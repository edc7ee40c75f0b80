#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file is one idea: at most 600 lines, at most 80 columns in C.
. "$(dirname "$0")/lib.sh"
n=0
for f in $(git ls-files '*.c' '*.h'); do
    n=$((n + 1))
    lines=$(wc -l < "$f")
    [ "$lines" -le 600 ] || bad "$f has $lines lines"
    case $f in
    src/* | mod_errclarity.c)
        awk -v f="$f" 'length($0) > 80 { print f ":" NR ": " length($0) " columns"; e = 1 } END { exit e }' "$f" ||
            bad "$f is too wide"
        head -1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || bad "$f has no licence line"
        ;;
    esac
done
need "$n" "C files"
finish
