#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The version is stated once and the changelog begins with it.
. "$(dirname "$0")/lib.sh"
v=$(sed -n 's/#define ECL_VERSION "\(.*\)"/\1/p' src/core/ecl_version.h)
[ -n "$v" ] || bad "no ECL_VERSION"
grep -m1 '^## ' CHANGELOG.md | grep -qF "$v" || bad "CHANGELOG.md does not begin with $v"
finish
