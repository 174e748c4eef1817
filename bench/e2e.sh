#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The whole program: a file in memory to /dev/null, with one worker and with two, beside `cat`. Runs are interleaved, so that a
# noisy minute hits all of them. First it checks that the output does not depend on the number of workers.
#
#   bench/e2e.sh LOGWASH LOG [BYTES [SAMPLES]]
set -u
logwash=$1 log=$2 bytes=${3:-67108864} samples=${4:-10}
tmp=/dev/shm
[ -w "$tmp" ] || tmp=${TMPDIR:-/tmp}
dir=$(mktemp -d "$tmp/logwash-bench.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
TIMEFORMAT='%R %U %S'

file=$dir/log
size=$(stat -c %s "$log")
for ((i = 0; i * size < bytes; i++)); do cat "$log"; done >"$file"
size=$(stat -c %s "$file")

passed=0 failed=0
one=$("$logwash" -q --redact -j 1 "$file" | cksum)
two=$("$logwash" -q --redact -j 2 "$file" | cksum)
if [ -n "$one" ] && [ "$one" = "$two" ] && [ "$one" != "$(cksum <"$file")" ]; then passed=1; else
    failed=1
    echo "e2e: the output depends on the number of workers, or nothing was changed"
fi

sample() { # NAME COMMAND...: appends "wall cpu" to the case's samples
    local name=$1 out
    shift
    out=$({ time "$@" >/dev/null 2>&1; } 2>&1)
    awk '{print $1, $2 + $3}' <<<"$out" >>"$dir/$name"
}
for ((i = 0; i < samples; i++)); do
    sample cat cat "$file"
    sample redact-j1 "$logwash" -q --redact -j 1 "$file"
    sample redact-j2 "$logwash" -q --redact -j 2 "$file"
    sample default-j1 "$logwash" -q -j 1 "$file"
done

printf '%-22s %-12s %10s %10s %12s %12s\n' log case 'wall MB/s' median 'CPU MB/s' median
for name in cat redact-j1 redact-j2 default-j1; do
    sort -n "$dir/$name" | awk -v size="$size" -v log_name="${log##*/}" -v name="$name" '
        { wall[NR] = $1; cpu[NR] = $2 }
        function rate(sec) { return sec > 0 ? size / sec / 1e6 : 0 }
        END {
            middle = int((NR + 1) / 2)
            sort_cpu()
            printf "%-22s %-12s %10.0f %10.0f %12.0f %12.0f\n", log_name, name, rate(wall[1]), rate(wall[middle]), rate(cpu[1]), rate(cpu[middle])
        }
        function sort_cpu(    i, j, t) {
            for (i = 2; i <= NR; i++) for (j = i; j > 1 && cpu[j - 1] > cpu[j]; j--) { t = cpu[j]; cpu[j] = cpu[j - 1]; cpu[j - 1] = t }
        }'
done
best() { sort -n "$dir/$1" | awk 'NR == 1 {print $1}'; }
awk -v one="$(best redact-j1)" -v two="$(best redact-j2)" 'BEGIN { printf "two workers: %.2f x one (wall)\n", one / two }'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
