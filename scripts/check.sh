# SPDX-License-Identifier: Apache-2.0
# For test scripts (sourced): single checks, counted.
#
#   check WHAT COMMAND...     one test; the command's output is shown when it fails
#   check_end                 the closing line "N passed, N failed"; ends the script
passed=0 failed=0

check() {
    local what=$1 out
    shift
    if out=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s: %s failed\n%s\n' "$(basename "$0" .sh)" "$what" "$out"
    fi
}

check_end() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
