#!/usr/bin/python3
import os
print("Content-Type: text/plain\n\n", os.environ["SHOP_DATABASE_URL"])
