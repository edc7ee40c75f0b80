# SPDX-License-Identifier: Apache-2.0
# Join YAML files to one stream: a document a file, named for error messages.
FNR == 1 { print "--- # " FILENAME }
{ print }
