#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Betterleaks, or gitleaks, whose command line it keeps: reports secrets, changes nothing.
# rules: its own
tool=$(command -v betterleaks || command -v gitleaks)
case $1 in
check) [ -n "$tool" ] && echo "${tool##*/} $("$tool" version 2>&1 | head -n 1)" || { echo "neither betterleaks nor gitleaks is installed"; exit 1; } ;;
run) exec "$tool" stdin --no-banner --exit-code 0 --report-format json --report-path /dev/stdout <"$2" ;;
esac
