#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ripgrep, one rule: four numbers with dots; lines without one pass.
# rules: 1
# same: perl
case $1 in
check) command -v rg >/dev/null && rg --version | head -n 1 || { echo "ripgrep is not installed"; exit 1; } ;;
run) exec rg -j1 --no-config --color=never --no-unicode --passthru -N -a \
    -r '[REDACTED:ipv4]' '\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b' "$2" ;;
esac
