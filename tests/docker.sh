#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Checks docker/ without Docker: the structure of the files, that every COPY source and every mounted file exists, that the
# runtime packages hold every library the program needs, the health check against a real socket, the log generator, and the
# configuration. hadolint runs too when it is on the PATH. LOGWASH: the program.
set -u
cd "$(dirname "$0")/.." || exit 2
logwash=${LOGWASH:-build/release/logwash}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. scripts/check.sh

structure() {
    /usr/bin/python3 - <<'PY'
import glob, json, re, sys, yaml
wrong = []
def need(ok, what):
    if not ok: wrong.append(what)

lines = open("docker/Dockerfile").read().replace("\\\n", " ").split("\n")
steps = [l.split(None, 1) for l in lines if l.strip() and not l.startswith("#")]
known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"}
names = [s[0] for s in steps]
for name in names: need(name in known, "unknown instruction " + name)
froms = [s[1] for s in steps if s[0] == "FROM"]
need(len(froms) == 2 and all(f.startswith("debian:12-slim") for f in froms), "two stages of debian:12-slim")
last = steps[len(names) - names[::-1].index("FROM") - 1:]
for want in ("USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"):
    need(any(s[0] == want for s in last), "the last stage has no " + want)
need(not any(s[0] == "USER" and s[1].split(":")[0] in ("0", "root") for s in last), "runs as root")
copied = set()
for name, rest in steps:
    if name == "COPY" and "--from" not in rest:
        for source in rest.split()[:-1]:
            need(glob.glob(source), "COPY source missing: " + source)
            copied.add(source)
    if name in ("ENTRYPOINT", "CMD", "VOLUME"): need(isinstance(json.loads(rest), list), name + " is no JSON list")
# What CMakeLists.txt reads must have been copied.
for folder in set(re.findall(r"PROJECT_SOURCE_DIR}/(\w+)", open("CMakeLists.txt").read())) - {"tests", "bench"}:
    need(folder in copied, "CMakeLists.txt reads %s/, the Dockerfile does not copy it" % folder)

compose = yaml.safe_load(open("docker/compose.yaml"))
services = compose["services"]
washers = {n: s for n, s in services.items() if s.get("image") == "logwash" and "entrypoint" not in s}
need(len(washers) == 2, "two instances of logwash")
need(len({s["environment"]["LOGWASH_INSTANCE"] for s in washers.values()}) == 2, "different instance ids")
for n, s in washers.items():
    need(s.get("read_only") is True and s.get("tmpfs") and s.get("cap_drop") == ["ALL"], n + ": read only, tmpfs, no capabilities")
for n, s in services.items():
    need("image" in s, n + ": no image")
    need(not (set(s) - {"image", "build", "environment", "healthcheck", "depends_on", "entrypoint", "command", "volumes",
                        "read_only", "tmpfs", "cap_drop", "security_opt", "restart", "ports"}), n + ": unknown key")
    for other in s.get("depends_on", {}): need(other in services, n + " depends on unknown " + other)
    for port in s.get("ports", []): need(port.startswith("127.0.0.1:"), n + ": port open to the world")
    for v in s.get("volumes", []):
        source = v.split(":")[0]
        if source.startswith("."): need(glob.glob("docker/" + source), n + ": mounts missing " + source)
        else: need(source in compose["volumes"], n + ": unknown volume " + source)
    if "build" in s: need(glob.glob("docker/%s/%s" % (s["build"]["context"], s["build"]["dockerfile"])), n + ": no Dockerfile")

# The topics of the configuration are those the compose file creates.
conf = yaml.safe_load(open("docker/logwash.yaml"))
topics = {t for i in conf["inputs"] for t in (i["topic"], i["output"])} | {conf["quarantine"]["topic"]}
created = set(re.search(r"for topic in (.*); do", services["topics"]["command"][0]).group(1).split())
need(topics == created, "topics: configuration %s, created %s" % (sorted(topics), sorted(created)))
print("\n".join(wrong))
sys.exit(bool(wrong))
PY
}
# Every library the program loads belongs to a package of the runtime group (or to what those and the base image bring).
runtime_libraries() {
    local packages
    packages=$(scripts/setup --list runtime) || return 1
    packages=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
        --no-enhances $packages 2>/dev/null | grep -E '^[a-z]' | sort -u)
    ldd "$logwash" | awk '$3 ~ /^\// {print $3}' >"$dir/libraries"
    [ -s "$dir/libraries" ] || { echo "$logwash: no libraries listed"; return 1; }
    while IFS= read -r file; do
        owner=$(dpkg-query -S "$(readlink -f "$file")" 2>/dev/null || dpkg-query -S "${file#/usr}" 2>/dev/null || dpkg-query -S "/usr$file")
        owner=${owner%%:*}
        grep -qx "$owner" <<<"$packages" || { echo "$file: package '$owner' is not in the runtime group"; return 1; }
    done <"$dir/libraries"
}
# A server that answers once with the given status line, then the health check against it.
health() {
    local port
    /usr/bin/python3 - "$1" "$dir/port" <<'PY' &
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
s.settimeout(10)
open(sys.argv[2] + ".new", "w").write(str(s.getsockname()[1]))
import os; os.rename(sys.argv[2] + ".new", sys.argv[2])
c, _ = s.accept()
c.recv(4096)
c.sendall(("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % sys.argv[1]).encode())
c.shutdown(socket.SHUT_WR)
while c.recv(4096): pass  # closing with something unread would reset the connection under the answer
c.close()
PY
    for _ in $(seq 100); do [ -s "$dir/port" ] && break; sleep 0.05; done
    port=$(cat "$dir/port")
    rm -f "$dir/port"
    docker/health "$port"
    local code=$?
    wait
    return $code
}
unhealthy() { ! health "503 Service Unavailable"; }
nobody_there() { ! docker/health 1; }
generated() { [ "$(docker/generate "$1" 8 | wc -l)" = 8 ]; }
# What the generator makes up must be found; nothing of it may pass.
generated_is_washed() {
    local out
    out=$(docker/generate request 8 | "$logwash" -q) || return 1
    ! grep -E '203\.0\.113|@example' <<<"$out"
}
# `check` reads the ring; the service container has it at /keys/ring.
configuration() {
    sed "s|/keys/ring|$dir/ring|" docker/logwash.yaml >"$dir/logwash.yaml"
    "$logwash" keys new --id k1 -o "$dir/ring" && LOGWASH_INSTANCE=one "$logwash" check -c "$dir/logwash.yaml"
}

check "the structure of Dockerfile and compose.yaml" structure
check "the runtime packages" runtime_libraries
check "health: 200" health "200 OK"
check "health: 503" unhealthy
check "health: nobody there" nobody_there
check "the generator, request" generated request
check "the generator, build" generated build
check "washing what is generated" generated_is_washed
check "docker/logwash.yaml" configuration
hadolint=$(command -v hadolint || ls build/tools/bin/hadolint 2>/dev/null)
[ -z "$hadolint" ] || check hadolint "$hadolint" docker/Dockerfile
check_end
