#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Properties of MessagePack records and of Fluentd's messages, judged by Python's msgpack, which shares no code with logwash.

usage: msgpack_wash.py [--long] BINARY        LOGWASH_SEED repeats a run

P2 only edits change: what was not washed has the same bytes, also in a string of which a part was; heads keep their form where they can
P3 what comes out is MessagePack of the same shape
P4 washing twice is washing once
P5 the same bytes for any chunking of stdin, any -j, without the prefilter, with portable kernels
Ends with `N passed, N failed`. Runs with Debian's Python, which has Debian's msgpack.
"""
import random, re, struct, sys

sys.dont_write_bytecode = True
from outside import outside_stays
from program import BLOCK, RECORDS, SEED, check, check_none, end, findings, run, run_in_chunks

try:
    import msgpack
except ImportError:
    print("skipped: properties of MessagePack: no Python module msgpack (Debian: python3-msgpack)")
    sys.exit(0)

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
    return msgpack.packb(rng.choice([tree(3), {"a": tree(3)}]))


def forward():
    """A message of Fluentd's Forward protocol: Message, Forward or PackedForward mode, perhaps with its option."""
    option = [rng.choice([{"size": 3}, {"chunk": "p8n9gmxTQVC8/nh2wlKKeQ==", "note": "from 10.20.30.40"}, None])] if rng.random() < 0.5 else []
    kind = rng.randrange(4)
    if kind == 0:
        return msgpack.packb(["tag.alice"] + event() + option)
    if kind == 1:
        return msgpack.packb(["tag", [event() for _ in range(rng.randrange(4))]] + option)
    entries = b"".join(msgpack.packb(event()) for _ in range(rng.randrange(1, 4)))
    return msgpack.packb(["tag", entries] + option, use_bin_type=kind == 2)


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


def same(a, b):
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


# ---- P2, by a walk over the bytes ----

FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
SIZED = {0xD9: ("str", 1), 0xDA: ("str", 2), 0xDB: ("str", 4), 0xC4: ("bin", 1), 0xC5: ("bin", 2), 0xC6: ("bin", 4), 0xC7: ("ext", 1), 0xC8: ("ext", 2), 0xC9: ("ext", 4),
         0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4)}
FORMS = {"str": [(0, 31), (1, 255), (2, 65535), (4, 2 ** 32)], "bin": [(1, 255), (2, 65535), (4, 2 ** 32)]}


def head(data, at):
    """Kind, bytes of the length, where the payload begins, its bytes or items, the ext's type."""
    lead = data[at]
    if lead in FIXED:
        return "scalar", 0, at + 1, FIXED[lead], 0
    if lead < 0x80 or lead >= 0xE0:
        return "scalar", 0, at + 1, 0, 0
    if lead < 0xC0:
        kind = "map" if lead < 0x90 else "array" if lead < 0xA0 else "str"
        return kind, 0, at + 1, lead & (31 if kind == "str" else 15), 0
    if 0xD4 <= lead <= 0xD8:
        return "ext", 0, at + 2, 1 << (lead - 0xD4), data[at + 1]
    kind, size = SIZED[lead]
    count = int.from_bytes(data[at + 1:at + 1 + size], "big")
    if kind == "ext":
        return kind, size, at + 2 + size, count, data[at + 1 + size]
    return kind, size, at + 1 + size, count, 0


def skip(data, at):
    open_items = 1
    while open_items:
        kind, _, at, count, _ = head(data, at)
        open_items += {"array": count, "map": 2 * count}.get(kind, 0) - 1
        at += 0 if kind in ("array", "map") else count
    return at


def run_stays(a, i, end, b, j, behind, spans):
    """The objects of a[i:end] and those of b[j:behind], one by one."""
    while i < end and j < behind:
        if not object_stays(a, i, b, j, spans):
            return False
        i, j = skip(a, i), skip(b, j)
    return i == end and j == behind


def object_stays(a, i, b, j, spans):
    """Is the object of b at j the one of a at i but for what stands in `spans` of a?"""
    end, behind = skip(a, i), skip(b, j)
    inside = [s for s in spans if s[0] < end and s[1] > i]
    if not inside:
        return a[i:end] == b[j:behind]
    (kind, size, i_at, count, ext), (b_kind, b_size, j_at, b_count, b_ext) = head(a, i), head(b, j)
    if kind != b_kind:  # went as a whole
        return b_kind == "str" and OURS.search(b[j_at:behind]) is not None
    if kind in ("array", "map"):
        return a[i:i_at] == b[j:j_at] and run_stays(a, i_at, end, b, j_at, behind, inside)
    if kind == "ext" and ext != b_ext or kind == "scalar":
        return False
    if kind in FORMS:
        fit = min(f for f, most in FORMS[kind] if b_count <= most)
        if b_size != max(size, fit):
            return False
    if outside_stays(a[i_at:end], b[j_at:behind], [(max(s[0], i_at) - i_at, min(s[1], end) - i_at) for s in inside]):
        return True
    return kind != "ext" and run_stays(a, i_at, end, b, j_at, behind, inside)  # entries packed into a bin


def wash(data, *args):
    return run(data, "-f", "msgpack", *args)


def wash_in_chunks(data, size):
    return run_in_chunks(data, size, "-f", "msgpack")


def check_block(name, make):
    records = []
    while len(records) < BLOCK:
        record = make()
        if is_top(msgpack.unpackb(record, raw=True, strict_map_key=False)):
            records.append(record)
    data = b"".join(records)
    out = wash(data)
    before, _ = unpack(data)
    after, ends = unpack(out)
    check(name + ": P3 as many objects", len(before) == len(after))
    washed = [out[i:j] for i, j in zip([0] + ends[:-1], ends)]
    check_none(name + ": P3 the same shape", [(a, b) for a, b in zip(before, after) if not same(a, b)])
    found = findings(data, "-f", "msgpack")
    check_none(name + ": P2 only edits change", [(a, b) for i, (a, b) in enumerate(zip(records, washed), 1) if not object_stays(a, 0, b, 0, found.get(i, []))])
    changed = sum(a != b for a, b in zip(records, washed))
    check(name + ": there was something to wash", changed > 2000, str(changed))
    check(name + ": nothing is left", b"alice@corp" not in out and b"10.20.30.40" not in out and struct.pack(">Q", 4111111111111111) not in out)
    check(name + ": P4 washed twice", wash(out) == out)
    check(name + ": P5 -j2", wash(data, "-j2") == out)
    check(name + ": P5 portable kernels", wash(data, "--portable") == out)
    check(name + ": P5 64 KiB at a time", wash_in_chunks(data, 65536) == out)
    small = b"".join(r for r in records[:120] if len(r) < 1000)
    want = wash(small)
    check(name + ": P5 without the prefilter", wash(small, "--no-prefilter") == want)
    check(name + ": P5 7 bytes at a time", wash_in_chunks(small, 7) == want)
    tiny = b"".join(r for r in records[:60] if len(r) < 200)
    check(name + ": P5 a byte at a time", wash_in_chunks(tiny, 1) == wash(tiny))


for _ in range(RECORDS // BLOCK):
    check_block("msgpack", record)
    check_block("forward", forward)

end()
