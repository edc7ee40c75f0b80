#!/bin/sh
# Ends after its output was read: always chunked, so always comparable.
printf "Content-Type: text/plain\r\n\r\nhealthy\n"
exec sleep 0.2
