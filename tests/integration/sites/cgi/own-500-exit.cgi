#!/bin/sh
printf "Status: 500\nContent-Type: text/plain\n\nsorry\n"
exit 3
