#!/bin/sh
no-such-command-anywhere --now
