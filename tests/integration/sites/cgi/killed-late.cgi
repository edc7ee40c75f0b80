#!/bin/sh
printf "Content-Type: text/plain\n\n"
head -c 20000 /dev/zero
kill -KILL $$
