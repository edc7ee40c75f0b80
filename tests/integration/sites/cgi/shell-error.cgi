#!/bin/bash
no-such-command-anywhere --now
