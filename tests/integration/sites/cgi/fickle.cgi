#!/bin/sh
# Healthy until somebody makes the file "broken" beside the ServerRoot's out/.
if [ -e "${0%/*}/../out/broken" ]; then
    exit 1
fi
printf 'Content-Type: text/plain\nCache-Control: max-age=1\n'
printf 'ETag: "live"\n\nhealthy\n'
