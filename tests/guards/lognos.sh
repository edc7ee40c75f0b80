#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our log numbers are unique and documented.
. "$(dirname "$0")/lib.sh"
nos=$(grep -ohE 'ECL_LOGNO\([0-9]+\)' src/httpd/*.c | tr -dc '0-9\n' | sort)
need "$(echo "$nos" | grep -c .)" "log numbers"
dup=$(echo "$nos" | uniq -d)
[ -z "$dup" ] || bad "used twice: $dup"
for n in $nos; do
    grep -q "ECL$n" docs/mod_errclarity.md || bad "ECL$n is not in docs/mod_errclarity.md"
done
finish
