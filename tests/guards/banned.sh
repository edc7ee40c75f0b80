#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Functions without bounds or with hidden state have no place here.
. "$(dirname "$0")/lib.sh"
need "$(git ls-files 'src/*.c' mod_errclarity.c | wc -l)" "sources"
git ls-files 'src/*.c' 'src/*.h' mod_errclarity.c | xargs grep -nE \
    '(^|[^a-zA-Z0-9_])(sprintf|vsprintf|strcpy|strcat|gets|strtok|atoi|atol|system|popen|alloca|localtime|gmtime)[ ]*\(' \
    && bad "banned function"
finish
