#!/bin/sh
echo "Hello, I am no header"
