#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# httpd loads modules with RTLD_GLOBAL: the module record is all we export.
. "$(dirname "$0")/lib.sh"
got=$(nm -D --defined-only "$B/mod_errclarity.so" | awk '{ print $NF }' | sort | tr '\n' ' ')
[ "$got" = "errclarity_module " ] || bad "exports: $got"
finish
