#!/opt/python2.7/bin/python
print("Content-Type: text/plain")
print("")
print("paid")
