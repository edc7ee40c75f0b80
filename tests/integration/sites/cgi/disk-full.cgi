#!/usr/bin/python3
with open("/dev/full", "w", encoding="ascii") as spool:
    spool.write("order 17\n")
