#!/bin/sh
exec sleep 8
