#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each translation has what the English texts and the catalogue have, and
# nothing else.
. "$(dirname "$0")/lib.sh"
need "$(find src/data/messages -name '*.yaml' | wc -l)" "languages"
"${PYTHON:-/usr/bin/python3}" tools/check-languages > /dev/null ||
    bad "see above; make check-languages LANGS=xx checks one language"
finish
