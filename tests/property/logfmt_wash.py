#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Properties of the whole program over generated logfmt records, checked against a reader of its own.

usage: logfmt_wash.py [--long] BINARY        LOGWASH_SEED repeats a run

P2 text between findings stays; P3 the same keys in the same order, and only washed values differ; P4 washing twice is washing once;
P5 the same bytes come out for any chunking of stdin, any -j, without the prefilter, with portable kernels, and with --format auto.
Prints what failed and closes with `N passed, N failed`.
"""
import json, random, re, sys

sys.dont_write_bytecode = True
from outside import outside_stays
from program import BLOCK, RECORDS, SEED, check, check_none, end, findings, run, run_in_chunks

OURS = re.compile(r"\[REDACTED:[a-z0-9_]+\]|[a-z0-9_]+_t_[a-z2-7]{26}|\*{3,}[0-9A-Za-z]*")

VALUES = ["alice@corp.example.com", "10.20.30.40", "2001:db8::17", "4111111111111111", "4111 1111 1111 1111", "hunter2!x", "00:1b:44:11:3a:b7", "AKIAIOSFODNN7EXAMPLE",
          "https://bob:s3cr3tpw@host.example/x", "Bearer abcdef0123456789abcdef0123456789", "plain words only", "", "x", "404", "3.5ms", "caf\u00e9 \U0001f600", "a=b", "/x?email=alice%40corp.example.com&n=1",
          'he said "alice@corp.example.com"', '{"password":"hunter2!x","n":[1]}', "back\\slash", "tab\there", "a1b2c3d4e5f60718293a4b5c6d7e8f9012345678", "two\nlines password=hunter2!x"]
KEYS = ["msg", "user", "password", "api_key", "client_ip", "http.email", "trace_id", "count", "level", "X-Forwarded-For", "authorization", "caf\u00e9", "db/name", "@ts"]
SECRETS = ["hunter2!x", '"hunter2 x\\"y"', '""', '"Bearer abcdef0123456789abcdef0123456789"', "Bearer abcdef0123456789abcdef0123456789", "10.20.30.40", '"/x?email=alice%40corp.example.com"']
TEXT = ["2026-01-02T03:04:05Z", "WARN", "[worker-3]", "debug", "done.", "from 10.20.30.40", "\x1b[32mok\x1b[0m", "(alice@corp.example.com)"]

rng = random.Random(SEED + 2)  # other records than wash.py has


def value():
    text = rng.choice(VALUES) if rng.random() < 0.8 else " ".join(rng.choice(VALUES) for _ in range(rng.randrange(1, 4)))
    if rng.random() < 0.6 and text and not re.search(r'[\s"=\\]', text):
        return text
    if not text and rng.random() < 0.5:
        return ""
    quoted = json.dumps(text, ensure_ascii=rng.random() < 0.3)
    return quoted.replace("@", "\\u0040") if rng.random() < 0.1 else quoted


def record():
    parts = [rng.choice(TEXT) for _ in range(rng.randrange(2))]
    for key in rng.sample(KEYS, rng.randrange(1, 8)):
        text = rng.choice(SECRETS) if key in ("authorization", "password", "api_key") else value()
        parts.append(key + "=" + text if rng.random() < 0.85 else rng.choice(["debug", "flag"]))
    parts += [rng.choice(TEXT) for _ in range(rng.randrange(2))]
    for i in range(len(parts) - 1):  # behind `key= ` a word is taken for its value
        if parts[i].endswith("=") and not re.match(r"[\w.@/-]+=[^=]", parts[i + 1]):
            parts[i] += '""'
    return " ".join(parts)


def pairs(line):
    """Key and value of each pair, the value's escapes undone; what is no pair has the key None."""
    out, at = [], 0
    pattern = re.compile(r'([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)|\S+')
    for m in pattern.finditer(line):
        key, text = m.group(1), m.group(2)
        if key is not None and text.startswith('"'):
            text = json.loads(text)
        out.append((key, text if key is not None else m.group(0)))
    return out


def same(a, b):
    a, b = pairs(a), pairs(b)
    a, b = [p for p in a if p[0]], [p for p in b if p[0]]
    return len(a) == len(b) and all(x[0] == y[0] and (x[1] == y[1] or OURS.search(y[1])) for x, y in zip(a, b))


def wash(data, *args):
    return run(data, "--format", "logfmt", *args)


def wash_in_chunks(data, size):
    return run_in_chunks(data, size, "--format", "logfmt")


for _ in range(RECORDS // BLOCK):
    records = [record() for _ in range(BLOCK)]
    data = "\n".join(records).encode() + b"\n"
    out = wash(data)
    before, after = data.split(b"\n"), out.split(b"\n")
    check("as many records", len(before) == len(after))
    found = findings(data, "--format", "logfmt")
    check_none("P2 only edits change", [(a, b) for i, (a, b) in enumerate(zip(before, after), 1) if a != b and not outside_stays(a, b, found.get(i, []))])
    bad = []
    for a, b in zip(before, after):
        try:
            if not same(a.decode(), b.decode()):
                bad.append((a, b))
        except ValueError:
            bad.append((a, b))
    check_none("P3 the same pairs", bad)
    changed = sum(a != b for a, b in zip(before, after))
    check("there was something to wash", changed > 5000, str(changed))
    check("nothing is left", b"alice@corp" not in out and b"10.20.30.40" not in out and b"4111111111111111" not in out and b"s3cr3tpw" not in out)
    again = wash(out).split(b"\n")
    check_none("P4 washed twice", [(a, b) for a, b in zip(after, again) if a != b])
    check("P5 -j2", wash(data, "-j2") == out)
    check("P5 portable kernels", wash(data, "--portable") == out)
    check("P5 --format auto", run(data) == out)
    check("P5 64 KiB at a time", wash_in_chunks(data, 65536) == out)
    small = "\n".join(records[:200]).encode() + b"\n"
    want = wash(small)
    check("P5 without the prefilter", wash(small, "--no-prefilter") == want)
    check("P5 7 bytes at a time", wash_in_chunks(small, 7) == want)
    check("P5 a byte at a time", wash_in_chunks(small[:4000], 1) == wash(small[:4000]))

end()
