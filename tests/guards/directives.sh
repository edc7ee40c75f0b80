#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each directive stands in the manual with httpd's fields, and the manual
# documents no directive that does not exist.
. "$(dirname "$0")/lib.sh"
manual=docs/mod_errclarity.md
code=$(grep -oE 'AP_INIT_[A-Z0-9_]+\("ErrClarity[A-Za-z]*"' src/httpd/errclarity_directives.c |
    sed 's/.*"\(.*\)"/\1/' | sort)
docs=$(grep -oE '^### <?ErrClarity[A-Za-z]*' "$manual" | sed 's/^### <*//' | sort)
need "$(echo "$code" | grep -c .)" "directives"
[ "$code" = "$docs" ] || bad "code has: $(echo $code); $manual has: $(echo $docs)"
for d in $code; do
    section=$(awk -v d="$d" '/^### / { on = ($2 == d) } on' "$manual")
    for field in Description Syntax Default Context Override Status Module Compatibility; do
        echo "$section" | grep -q "$field" || bad "$d: no $field in $manual"
    done
done
finish
