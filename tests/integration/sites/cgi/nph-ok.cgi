#!/bin/sh
printf 'HTTP/1.0 200 Own\r\nContent-Type: text/plain\r\n\r\nraw\n'
