#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kafka to Kafka, exactly once, on a real broker started here: the service with one and with two workers beside the identity
# loop (bench/kafka_tool.c), each over the same records, interleaved. CPU seconds a GB of values and MB/s on the clock; ratio =
# identity / service.
#
#   bench/kafka.sh LOGWASH LOG [BYTES [PARTITIONS [ROUNDS]]]     BENCH_CSV: a file that gets rows like those of bench/whole
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
logwash=$1 log=$2 bytes=${3:-268435456} partitions=${4:-4} rounds=${5:-3}
tool=$here/build/release/kafka_tool broker=$here/tests/kafka/broker.sh
dir=$(mktemp -d) || exit 3
export BROKER_DIR=$dir/broker BROKER_PORT=${BROKER_PORT:-19492} BROKER_PROBE=$tool BROKER_HEAP=${BROKER_HEAP:-512m}
finish() {
    "$broker" stop >/dev/null 2>&1
    rm -rf "$dir"
}
trap finish EXIT
TIMEFORMAT='%R %U %S'

"$here/scripts/setup" kafka >/dev/null 2>&1 || { echo "skipped: kafka bench: Java and Maven cannot be had"; exit 0; }
"$broker" start 1 >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
at=$("$broker" bootstrap)
"$tool" topic "$at" input "$partitions" && "$tool" topic "$at" quarantine 1 || exit 3
read -r records size < <("$tool" load "$at" input "$partitions" "$bytes" "$log")
[ "${records:-0}" -gt 0 ] || { echo "0 passed, 1 failed"; exit 1; }
"$logwash" keys new --id k1 -o "$dir/ring" || exit 3

passed=0 failed=0
# One run of a case; appends "wall cpu" to its samples.
sample() {
    local name=$1 out code
    shift
    out=$({ time "$@" >"$dir/$name.log" 2>&1; } 2>&1)
    code=$?
    awk 'END {print $1, $2 + $3}' <<<"$out" >>"$dir/$name"
    if [ "$code" = 0 ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        tail -n 5 "$dir/$name.log"
    fi
}
# Washes with $1 workers in round $2.
service() {
    "$tool" topic "$at" "clean-$1-$2" "$partitions" || exit 3
    cat >"$dir/logwash.yaml" <<X
version: 1
kafka: {bootstrap.servers: '$at'}
consumer: {group.id: bench-$1-$2, auto.offset.reset: earliest}
service: {instance: bench, delivery: exactly_once, workers: $1}
inputs: [{topic: input, output: clean-$1-$2}]
retention: {tiers: {standard: 30d}, default_tier: standard}
quarantine: {topic: quarantine}
keys: {ring: $dir/ring}
admin: {listen: '127.0.0.1:0', log: {level: warn}}
X
    sample "workers-$1" "$logwash" run -c "$dir/logwash.yaml" --stop-at-end
}
for ((i = 1; i <= rounds; i++)); do
    "$tool" topic "$at" "identity-$i" "$partitions" || exit 3
    sample identity "$tool" identity "$at" input "identity-$i" "$records"
    service 1 "$i"
    service 2 "$i"
done

echo "${log##*/}: $records records, $size bytes, $partitions partitions, $rounds rounds"
printf '%-12s %12s %14s\n' case 'best MB/s' 'best CPU s/GB'
best() { sort -n -k "$2,$2" "$dir/$1" | awk -v column="$2" 'NR == 1 {print $column}'; }
for name in identity workers-1 workers-2; do
    [ -z "${BENCH_CSV:-}" ] || echo "kafka,${log##*/},$name,,$size,$records,$rounds,1,$(best $name 2),$(best $name 2),$(
        sort -n -k 2,2 "$dir/$name" | awk 'END {print $2}'),$(best $name 1),0" >>"$BENCH_CSV"
    awk -v name=$name -v size="$size" -v wall="$(best $name 1)" -v cpu="$(best $name 2)" \
        'BEGIN { printf "%-12s %12.1f %14.2f\n", name, size / wall / 1e6, cpu / size * 1e9 }'
done
for n in 1 2; do
    awk -v n=$n -v a="$(best identity 1)" -v b="$(best workers-$n 1)" -v c="$(best identity 2)" -v d="$(best workers-$n 2)" \
        'BEGIN { printf "workers: %d against identity: %.2f on the clock, %.2f of CPU\n", n, a / b, c / d }'
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
