#!/bin/sh
printf 'Status: 500 Own\nContent-Type: text/plain\n\nown error page\n'
