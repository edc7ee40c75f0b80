#!/usr/bin/python3
with open("/etc/order.lock", "w", encoding="ascii") as lock:
    lock.write("mine\n")
