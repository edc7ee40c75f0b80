#!/usr/bin/python3
def total(rows):
    return sum(row["price"] for row in rows)


print("Content-Type: text/plain\n", total([{"cost": 1}]))
