#!/usr/bin/python3
import no_such_module_anywhere
