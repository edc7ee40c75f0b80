#!/bin/sh
# As fickle.cgi, but with a failing answer of its own.
if [ -e "${0%/*}/../out/broken-own" ]; then
    printf 'Status: 500\n\n'
    exit 0
fi
printf 'Content-Type: text/plain\nCache-Control: max-age=1\n'
printf 'ETag: "live"\n\nhealthy\n'
