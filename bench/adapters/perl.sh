#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Perl, one rule: four numbers with dots.
# rules: 1
case $1 in
check) perl -e 'print "perl $^V\n"' ;;
run) exec perl -pe 's/\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b/[REDACTED:ipv4]/g' "$2" ;;
esac
