#!/opt/nowhere/bin/python9
