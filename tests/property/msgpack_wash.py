#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Properties of MessagePack records, judged by Python's msgpack, which shares no code with logwash.

usage: msgpack_wash.py [--long] BINARY        LOGWASH_SEED repeats a run

P2 only edits change: leaves that were not washed are the same, and an object in which nothing was found has the same bytes
P3 what comes out is MessagePack of the same shape
P4 washing twice is washing once
P5 the same bytes for any chunking of stdin, any -j, without the prefilter, with portable kernels
Ends with `N passed, N failed`. Runs with Debian's Python, which has Debian's msgpack.
"""
import os, random, re, struct, subprocess, sys, tempfile, threading

try:
    import msgpack
except ImportError:
    print("skipped: properties of MessagePack: no Python module msgpack (Debian: python3-msgpack)")
    sys.exit(0)

LONG = "--long" in sys.argv
BINARY = [a for a in sys.argv[1:] if not a.startswith("--")][0]
SEED = int(os.environ.get("LOGWASH_SEED", "20260101"))
RECORDS = 1000000 if LONG else 10000
OURS = re.compile(rb"\[REDACTED:[a-z0-9_]+\]|[a-z0-9_]+_t_[a-z2-7]{26}|\*{3,}[0-9A-Za-z]*")
VALUES = ["alice@corp.example.com", "10.20.30.40", "2001:db8::17", "4111111111111111", "hunter2!x", "https://bob:s3cr3tpw@host.example/x",
          "plain words only", "", "x", "404 not found", "caf\u00e9 \U0001f600", "alice%40corp.example.com", "{\"password\":\"hunter2x\"}", "\x1b[32mok\x1b[0m"]
KEYS = ["message", "msg", "user", "password", "api_key", "client_ip", "email", "trace_id", "count", "nested", "items", "a.b", "authorization"]

rng = random.Random(SEED)


def leaf():
    kind = rng.randrange(16)
    text = " ".join(rng.choice(VALUES) for _ in range(rng.randrange(1, 4))) + rng.choice(["", "", "", " " + "y" * rng.randrange(300), " " + "z" * rng.randrange(70000) if rng.random() < 0.02 else ""])
    if kind < 8:
        return text
    if kind < 10:
        return text.encode()
    return [rng.randrange(100), rng.randrange(2 ** 63), 4111111111111111, -rng.randrange(2 ** 40), rng.choice([1.5, -0.25, 1e300]), rng.choice([True, False, None]),
            msgpack.ExtType(rng.randrange(1, 120), text.encode())][kind - 10 if kind < 16 else 0]


def tree(depth):
    kind = rng.random()
    if depth == 0 or kind < 0.4:
        return leaf()
    if kind < 0.6:
        return [tree(depth - 1) for _ in range(rng.choice([0, 1, 2, 3, 17]))]
    return {rng.choice(KEYS) if rng.random() < 0.9 else rng.choice([7, True, "bob@corp.example.com"]): tree(depth - 1) for _ in range(rng.randrange(6))}


def event():
    time = msgpack.ExtType(0, struct.pack(">II", 1700000000 + rng.randrange(1000), rng.randrange(10 ** 9)))
    return [rng.choice([time, 1700000000, msgpack.Timestamp(1700000000, 5)]), tree(2)]


def record():
    kind = rng.randrange(10)
    if kind < 6:
        return tree(3) if kind else {"a": tree(3)}
    if kind == 6:
        return ["tag"] + event()
    if kind == 7:
        return ["tag", [event() for _ in range(3)]]
    return ["tag", b"".join(msgpack.packb(event()) for _ in range(rng.randrange(1, 4))), {"size": 3}]


def is_top(value):
    return isinstance(value, (list, dict, str, bytes, msgpack.ExtType))


def unpack(data):
    reader = msgpack.Unpacker(strict_map_key=False, raw=True, max_buffer_size=2 ** 31 - 1, object_pairs_hook=lambda pairs: ("map", pairs))
    reader.feed(data)
    out, ends = [], []
    while True:
        try:
            out.append(reader.unpack())
        except msgpack.OutOfData:
            break
        ends.append(reader.tell())
    assert not ends or ends[-1] == len(data), "bytes behind the last object"
    return out, ends


def same(a, b, nested=True):
    """b is a with leaves, or containers under a key rule, washed."""
    payload = b.data if isinstance(b, msgpack.ExtType) else b
    if isinstance(payload, bytes) and a != b:
        if OURS.search(payload):
            return True
        return False
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def wash(data, *args):
    with tempfile.TemporaryFile() as f:
        f.write(data)
        f.seek(0)
        done = subprocess.run([BINARY, "-f", "msgpack", "--keyring", ring.name, *args], stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("msgpack_wash.py: exit %d: %s" % (done.returncode, done.stderr.decode(errors="replace")[-500:]))
    return done.stdout


def wash_in_chunks(data, size):
    p = subprocess.Popen([BINARY, "-f", "msgpack", "--keyring", ring.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = []
    reader = threading.Thread(target=lambda: out.append(p.stdout.read()))
    reader.start()
    for i in range(0, len(data), size):
        os.write(p.stdin.fileno(), data[i:i + size])
    p.stdin.close()
    reader.join()
    p.wait()
    return out[0]


passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED %s (seed %d) %s" % (name, SEED, detail))


ring = tempfile.NamedTemporaryFile(suffix=".ring")
ring.write(b"logwash-keyring 1\nepoch t 1970-01-01T00:00:00Z " + b"00" * 31 + b"01\n")
ring.flush()
os.chmod(ring.name, 0o600)

for start in range(0, RECORDS, 10000):
    records = []
    while len(records) < 10000:
        value = record()
        if is_top(value):
            records.append(msgpack.packb(value))
    data = b"".join(records)
    out = wash(data)
    before, _ = unpack(data)
    after, ends = unpack(out)
    check("P3 as many objects", len(before) == len(after))
    starts = [0] + ends[:-1]
    bad = [i for i, (a, b) in enumerate(zip(before, after)) if not same(a, b)]
    check("P3 the same shape", not bad, "%d, first %r -> %r" % (len(bad), before[bad[0]], after[bad[0]]) if bad else "")
    bad = [i for i, (a, b) in enumerate(zip(before, after)) if a == b and out[starts[i]:ends[i]] != records[i]]
    check("P2 clean objects keep their bytes", not bad, "%d" % len(bad))
    changed = sum(a != b for a, b in zip(before, after))
    check("there was something to wash", changed > 2000, str(changed))
    check("nothing is left", b"alice@corp" not in out and b"10.20.30.40" not in out and struct.pack(">Q", 4111111111111111) not in out)
    check("P4 washed twice", wash(out) == out)
    check("P5 -j2", wash(data, "-j2") == out)
    check("P5 portable kernels", wash(data, "--portable") == out)
    check("P5 64 KiB at a time", wash_in_chunks(data, 65536) == out)
    small = b"".join(r for r in records[:120] if len(r) < 1000)
    want = wash(small)
    check("P5 without the prefilter", wash(small, "--no-prefilter") == want)
    check("P5 7 bytes at a time", wash_in_chunks(small, 7) == want)
    tiny = b"".join(r for r in records[:60] if len(r) < 200)
    check("P5 a byte at a time", wash_in_chunks(tiny, 1) == wash(tiny))

print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
