#!/opt/nowhere/bin/python9
print()
