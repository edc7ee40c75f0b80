#!/bin/sh
i=0
while [ $i -lt 3000 ]; do i=$((i + 1)); echo "complaint $i"; done >&2
