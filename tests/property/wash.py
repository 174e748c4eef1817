#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Properties of the whole program over generated records and, where it is there, over a corpus of real logs.

usage: wash.py [--long] BINARY        LOGWASH_SEED repeats a run, LOGWASH_LOGS names a folder of logs

P2 bytes outside of findings stay as they were (checked against `scan --json`)
P3 valid JSON stays valid, and only washed leaves differ (checked against Python's own parser)
P4 washing twice is washing once
P5 the same bytes come out for any chunking of stdin, any -j, without the prefilter, with portable kernels
Prints what failed and closes with `N passed, N failed`.
"""
import json, os, random, re, sys

sys.dont_write_bytecode = True
from outside import outside_stays
from program import BLOCK, LONG, RECORDS, SEED, check, check_none, end, findings, run as wash, run_in_chunks as wash_in_chunks

LOGS = os.environ.get("LOGWASH_LOGS", os.path.join(os.path.dirname(__file__), "../../../shared/corpora/logs"))
OURS = re.compile(r"\[REDACTED:[a-z0-9_]+\]|[a-z0-9_]+_t_[a-z2-7]{26}|\*{3,}[0-9A-Za-z]*")

VALUES = ["alice@corp.example.com", "10.20.30.40", "2001:db8::17", "4111111111111111", "4111 1111 1111 1111", "hunter2!x", "00:1b:44:11:3a:b7",
          "AKIAIOSFODNN7EXAMPLE", "https://bob:s3cr3tpw@host.example/x", "Bearer abcdef0123456789abcdef0123456789", "+49 30 901820",
          "plain words only", "", "x", "404 not found", "Chrome/32.0.1700.77", "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678", "caf\u00e9 \U0001f600", "tab\there"]
KEYS = ["message", "msg", "user", "password", "api_key", "client_ip", "email", "trace_id", "count", "nested", "items", "a.b", "X-Forwarded-For", "authorization"]


def scalar(rng):
    kind = rng.randrange(10)
    if kind < 6:
        return rng.choice(VALUES) if rng.random() < 0.7 else " ".join(rng.choice(VALUES) for _ in range(rng.randrange(1, 4)))
    return [rng.randrange(10 ** 6), 4111111111111111, 1.5, True, None, False, -7][rng.randrange(7)]


def tree(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.5:
        return scalar(rng)
    if kind < 0.65:
        return [tree(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {k: tree(rng, depth - 1) for k in rng.sample(KEYS, rng.randrange(1, 5))}


def spell(rng, value):
    """JSON text with odd but valid spelling: blanks, escapes, JSON in JSON."""
    if isinstance(value, str):
        if rng.random() < 0.1:
            value = json.dumps({"inner": value})
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
        if rng.random() < 0.2:
            text = text.replace("@", "\\u0040").replace("/", "\\/")
        return text
    if isinstance(value, dict):
        gap = rng.choice(["", " ", "  ", "\t"])
        members = [json.dumps(k) + rng.choice([":", " : "]) + spell(rng, v) for k, v in value.items() for _ in range(1 + (rng.random() < 0.05))]
        return "{" + gap + ("," + gap).join(members) + gap + "}"
    if isinstance(value, list):
        return "[" + rng.choice([", ", ","]).join(spell(rng, v) for v in value) + "]"
    if isinstance(value, float):
        return rng.choice(["1.50", "15e-1", "-0", "1E5", "1e+05", "123456789012345678901234567890", "1.0000000000000000000001"])
    return json.dumps(value)


def text_line(rng):
    return " ".join(rng.choice(["GET /x?email=alice%40corp.example.com", "user=", "password=hunter2", "\x1b[32mok\x1b[0m", "at"] + VALUES) for _ in range(rng.randrange(1, 8)))


def is_withheld(spans):
    return any(rule == "withheld" for _, _, rule in spans)


class Members(list):
    """Of an object, in their order, with all that have the same key."""


class Number(str):
    """As it is spelt."""


def parse(text):
    return json.loads(text, object_pairs_hook=Members, parse_int=Number, parse_float=Number)


def same_tree(a, b):
    """b is a with some leaves (or containers under a key rule) washed."""
    if isinstance(b, str) and OURS.search(b):
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, Members):
        return len(a) == len(b) and all(same_tree(x, y) and (k1 == k2 or OURS.search(k2)) for (k1, x), (k2, y) in zip(a, b))
    if isinstance(a, list):
        return len(a) == len(b) and all(same_tree(x, y) for x, y in zip(a, b))
    return a == b


rng = random.Random(SEED)


def document():
    return spell(rng, {k: tree(rng, 3) for k in rng.sample(KEYS, 3)} if rng.random() < 0.8 else tree(rng, 3))


def sets():
    """Names and data: generated ones, BLOCK records at a time, and the beginnings of real logs."""
    for _ in range(RECORDS // BLOCK):
        yield "json", "\n".join(document() for _ in range(BLOCK)).encode("utf-8", "surrogatepass") + b"\n"
        yield "text", "\r\n".join(text_line(rng) for _ in range(BLOCK)).encode("utf-8") + b"\n"
    if not os.path.isdir(LOGS):
        print("skipped: real logs: no folder of logs here")
        return
    for name in sorted(os.listdir(LOGS)):
        yield name, open(os.path.join(LOGS, name), "rb").read()[: None if LONG else 400000]


for name, data in sets():
    out = wash(data, "-j1")
    raw_lines, out_lines = data.split(b"\n"), out.split(b"\n")
    check(name + ": one line out for each line in", len(raw_lines) == len(out_lines), "%d %d" % (len(raw_lines), len(out_lines)))
    found = findings(data)
    bad = [(a, b) for i, (a, b) in enumerate(zip(raw_lines, out_lines), 1) if a != b and not is_withheld(found.get(i, [])) and not outside_stays(a, b, found.get(i, []))]
    check_none(name + ": P2 only edits change", bad)
    bad = []
    for a, b in zip(raw_lines, out_lines):
        try:
            before = parse(a)
        except ValueError:
            continue
        try:
            if not same_tree(before, parse(b)):
                bad.append((a, b))
        except ValueError:
            bad.append((a, b))
    check_none(name + ": P3 valid JSON stays valid", bad)
    again = wash(out, "-j1").split(b"\n")
    check_none(name + ": P4 washed twice", [(a, b) for a, b in zip(out_lines, again) if a != b])
    check(name + ": P5 -j2", wash(data, "-j2") == out)
    check(name + ": P5 portable kernels", wash(data, "--portable") == out)
    small = b"\n".join(raw_lines[:200])[:40000].rsplit(b"\n", 1)[0] + b"\n"
    want = wash(small)
    check(name + ": P5 without the prefilter", wash(small, "--no-prefilter") == want)
    check(name + ": P5 stdin a byte at a time", wash_in_chunks(small[:4000], 1) == wash(small[:4000]))
    check(name + ": P5 stdin 7 bytes at a time", wash_in_chunks(small, 7) == want)
    check(name + ": P5 stdin 64 KiB at a time", wash_in_chunks(data, 65536) == out)

end()
