#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The core and the command line know nothing of httpd, and not of each other's
# upper rooms: no such include in their sources (the include path already
# keeps the compiler from finding one), no ap_ symbol in the core's archive.
. "$(dirname "$0")/lib.sh"
n=$(ls src/core/*.[ch] | wc -l)
need "$n" "core sources"
grep -nE '#[ \t]*include[ \t]*[<"](httpd|http_[a-z]+|ap_[a-z]+|util_[a-z]+|mod_[a-z_]+|errclarity[a-z_]*)\.h' \
    src/core/*.[ch] src/cli/*.[ch] && bad "httpd or shell header below the shell"
grep -nE '#[ \t]*include[ \t]*"ecl_cmd' src/core/*.[ch] && bad "core includes the CLI"
nm -u "$B/libecl.a" | grep -E ' U (ap_|errclarity_)' && bad "core calls httpd"
finish
