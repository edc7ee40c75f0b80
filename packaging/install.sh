#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the mod_errclarity authors
# install.sh - what `make install` does; called with B, APXS, PREFIX, DESTDIR.
#
# The module goes where apxs says. On Debian a2enmod finds it then; elsewhere a
# file in conf.modules.d loads it at the next start. A configuration that is
# already there is kept.
set -eu

here=$(dirname "$0")
libexec=$("$APXS" -q LIBEXECDIR)
sysconf=$("$APXS" -q SYSCONFDIR)
modules_d=$(dirname "$sysconf")/conf.modules.d

# put MODE FILE TARGET
put() {
    mkdir -p "$(dirname "$DESTDIR$3")"
    install -m "$1" "$2" "$DESTDIR$3"
    echo "  INSTALL  $DESTDIR$3"
}

# put_conf LOGDIR TARGET TEMPLATE...: keeps what is there.
put_conf() {
    logdir=$1 target=$2
    shift 2
    if [ -e "$DESTDIR$target" ]; then
        echo "  KEEP     $DESTDIR$target"
        return
    fi
    made=$(mktemp)
    (cd "$here" && cat "$@") |
        sed -e "s|@LIBEXECDIR@|$libexec|" -e "s|@LOGDIR@|$logdir|" >"$made"
    put 644 "$made" "$target"
    rm -f "$made"
}

put 755 "$B/mod_errclarity.so" "$libexec/mod_errclarity.so"
if [ -e "$B/errclarity" ]; then
    put 755 "$B/errclarity" "$PREFIX/bin/errclarity"
fi
for file in "$here"/../src/data/templates/*; do
    [ -e "$file" ] || continue
    put 644 "$file" "$PREFIX/share/errclarity/templates/$(basename "$file")"
done
for page in "$here"/../docs/*.[18]; do
    [ -e "$page" ] || continue
    put 644 "$page" "$PREFIX/share/man/man${page##*.}/$(basename "$page")"
done

if [ -d "$sysconf/mods-available" ]; then
    # shellcheck disable=SC2016  # httpd's own variable
    put_conf '${APACHE_LOG_DIR}' "$sysconf/mods-available/errclarity.conf" \
        errclarity.conf
    put_conf '' "$sysconf/mods-available/errclarity.load" errclarity.load
    echo "Switch it on: a2enmod errclarity && apachectl configtest"
elif [ -d "$modules_d" ]; then
    put_conf logs "$modules_d/90-errclarity.conf" errclarity.load \
        errclarity.conf
    echo "Loaded at httpd's next start: apachectl configtest"
else
    echo "Add to httpd.conf:"
    sed -e "s|@LIBEXECDIR@|$libexec|" "$here/errclarity.load"
    echo "ErrClarity On"
fi
