# SPDX-License-Identifier: Apache-2.0
# For tests/run and .ci/run (sourced): runs parts, each under a time limit, and adds up their "N passed, N failed" lines.
#
#   part NAME SECONDS COMMAND...
#
# A part that fails without having counted a failure, ends without a count, or runs into its limit counts as one failure.
# Its output goes to $logs/NAME.log and, when it failed, to the terminal. `skipped: why` lines are shown
# before the closing line.
passed=0 failed=0 skipped=
logs=${logs:?}
mkdir -p "$logs"

part() {
    local name=$1 limit=$2 status counts p f begin=$SECONDS log
    shift 2
    log=$logs/$name.log
    timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null
    status=$?
    counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    p=0 f=0
    if [ -n "$counts" ]; then
        p=${counts%% passed*}
        f=${counts#*, } f=${f%% failed*}
    elif grep -aq '^skipped: ' "$log" && [ "$status" = 0 ]; then
        : # nothing could be run, and the part says why
    else
        f=1
    fi
    [ "$status" != 0 ] && [ "$f" = 0 ] && f=1
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$f" != 0 ]; then
        tail -n "${PART_LINES:-60}" "$log"
        [ "$status" = 124 ] && echo "$name: stopped after $limit s"
    fi
    skip "$(grep -a '^skipped: ' "$log")"
    printf '%-14s %5d passed %4d failed %5d s\n' "$name" "$p" "$f" $((SECONDS - begin))
    [ "$f" = 0 ]
}

# Keeps a line "skipped: what: why" for the end.
skip() {
    [ -z "$1" ] || skipped=$skipped$1$'\n'
}

# The closing line, before it what was skipped. Fails when something failed or nothing ran.
parts_end() {
    [ -z "$skipped" ] || printf '%s' "$skipped" | sort -u
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
