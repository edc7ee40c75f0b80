#!/bin/sh
echo "DBI connect('shop','alice',...) failed: Can't connect to MySQL server on '127.0.0.1' (111) at $0 line 4." >&2
exit 111
