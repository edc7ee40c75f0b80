#!/bin/sh
printf 'Content-Type: text/plain\nBad Name: x\n\nbody\n'
