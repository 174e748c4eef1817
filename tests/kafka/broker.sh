#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real Apache Kafka on 127.0.0.1, from Maven's jars: broker and controller in one JVM a node (KRaft).
#
#   broker.sh fetch          the jars into the cache (once; about 45 MB)
#   broker.sh start N        a cluster of N nodes, formatted first if new; returns when all answer
#   broker.sh up ID          starts node ID again and waits for it
#   broker.sh kill ID        SIGKILL        broker.sh stop   SIGTERM to all, then SIGKILL
#   broker.sh bootstrap      prints the servers' addresses; 50 ports higher the same with SASL PLAIN, logwash:fake-password
#
# BROKER_DIR   data, logs and process ids (needed by all but fetch)
# BROKER_PORT  first port, 19092     BROKER_HEAP  256m     KAFKA_VERSION  4.4.0
# BROKER_PROBE command that gets HOST:PORT and succeeds when a broker answers there
#
# The jars are kept in ${XDG_CACHE_HOME:-~/.cache}/logwash/kafka-VERSION.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=${KAFKA_VERSION:-4.4.0}
port=${BROKER_PORT:-19092}
heap=${BROKER_HEAP:-256m}
jars=${XDG_CACHE_HOME:-$HOME/.cache}/logwash/kafka-$version
java_flags=(-Xms"$heap" -Xmx"$heap" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Djava.awt.headless=true
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true)

die() { echo "broker.sh: $*" >&2; exit 3; }
node_dir() { echo "$BROKER_DIR/node$1"; }
node_port() { echo $((port + $1 - 1)); }
nodes() { local d; for d in "$BROKER_DIR"/node*; do [ -d "$d" ] && echo "${d##*/node}"; done; true; }
is_alive() { local f; f=$(node_dir "$1")/pid; [ -f "$f" ] && kill -0 "$(cat "$f")" 2>/dev/null; }

fetch() {
  [ -f "$jars/.complete" ] && return
  command -v java >/dev/null || die "java is not installed"
  command -v mvn >/dev/null || die "mvn is not installed"
  mkdir -p "$jars"
  mvn -q -B -f "$here/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies \
    -DoutputDirectory="$jars" -DincludeScope=runtime >"$jars/fetch.log" 2>&1 ||
    die "Maven could not fetch Kafka $version: $(grep -m1 ERROR "$jars/fetch.log" | cut -c1-200)"
  touch "$jars/.complete"
}

properties() { # of node $1 in a cluster of $2
  local id=$1 n=$2 voters="" i
  local copies=$((n < 3 ? 1 : 3)) in_sync=$((n < 3 ? 1 : 2))
  for i in $(seq "$n"); do voters+="${voters:+,}$i@127.0.0.1:$((port + 100 + i))"; done
  cat <<X
process.roles=broker,controller
node.id=$id
controller.quorum.voters=$voters
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$(node_port "$id"),SASL://127.0.0.1:$(($(node_port "$id") + 50)),CONTROLLER://127.0.0.1:$((port + 100 + id))
advertised.listeners=PLAINTEXT://127.0.0.1:$(node_port "$id"),SASL://127.0.0.1:$(($(node_port "$id") + 50))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_logwash="fake-password";
log.dirs=$(node_dir "$id")/data
auto.create.topics.enable=false
default.replication.factor=$copies
min.insync.replicas=$in_sync
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$copies
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$in_sync
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$in_sync
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=8388608
log.segment.bytes=134217728
num.network.threads=2
num.io.threads=2
background.threads=2
X
}

launch() {
  local d; d=$(node_dir "$1")
  # A session of its own, so that an interrupt at the terminal ends the test first and the broker by `stop`.
  (cd "$d" && exec setsid java "${java_flags[@]}" -cp "$jars/*" kafka.Kafka server.properties >>log.txt 2>&1 </dev/null) &
  echo $! >"$d/pid"
}
wait_for() {
  local i
  for i in $(seq 300); do
    "$BROKER_PROBE" probe "127.0.0.1:$(node_port "$1")" >/dev/null 2>&1 && return
    is_alive "$1" || die "node $1 ended: $(tail -n 3 "$(node_dir "$1")/log.txt")"
    sleep 0.2
  done
  die "node $1 does not answer"
}
start() {
  local n=$1 i d
  fetch
  for i in $(seq "$n"); do
    d=$(node_dir "$i")
    [ -d "$d/data" ] && continue
    mkdir -p "$d"
    properties "$i" "$n" >"$d/server.properties"
    java "${java_flags[@]}" -cp "$jars/*" kafka.tools.StorageTool format -t logwashTestCluster0000 \
      -c "$d/server.properties" >"$d/format.txt" 2>&1 || die "format failed: $(tail -n 3 "$d/format.txt")"
  done
  for i in $(seq "$n"); do is_alive "$i" || launch "$i"; done
  for i in $(seq "$n"); do wait_for "$i"; done
}
stop() {
  local i
  for i in $(nodes); do is_alive "$i" && kill "$(cat "$(node_dir "$i")/pid")"; done
  for _ in $(seq 50); do
    local left=0
    for i in $(nodes); do is_alive "$i" && left=1; done
    [ $left = 0 ] && break
    sleep 0.1
  done
  for i in $(nodes); do
    is_alive "$i" && kill -9 "$(cat "$(node_dir "$i")/pid")"
    rm -f "$(node_dir "$i")/pid"
  done
  true
}

command=${1:-}
[ "$command" = fetch ] || : "${BROKER_DIR:?}"
case $command in
fetch) fetch ;;
start) start "${2:-1}" ;;
up) is_alive "$2" || launch "$2"; wait_for "$2" ;;
kill) kill -9 "$(cat "$(node_dir "$2")/pid")"; rm -f "$(node_dir "$2")/pid" ;;
stop) stop ;;
bootstrap) for i in $(nodes); do echo "127.0.0.1:$(node_port "$i")"; done | paste -sd, ;;
*) sed -n '3,18s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
