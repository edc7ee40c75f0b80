# SPDX-License-Identifier: Apache-2.0
# Shared by the guards: a guard prints what is wrong and ends non-zero; one
# that finds nothing to look at fails too.
set -u
cd "$(dirname "$0")/../.." || exit 2
B=${B:-build}
guard=$(basename "$0" .sh)
failed=0

bad() {
    echo "$guard: $*" >&2
    failed=1
}

# need N WHAT: at least one of WHAT must have been looked at.
need() {
    [ "$1" -gt 0 ] || bad "found no $2 to look at"
}

finish() {
    if [ "$failed" -eq 0 ]; then
        echo "ok   $guard"
    else
        echo "FAIL $guard"
    fi
    exit "$failed"
}
