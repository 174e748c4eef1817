# SPDX-License-Identifier: Apache-2.0
"""The program under test and the counting of checks, for the scripts beside this one.

LONG, BINARY and SEED are those of the command line `[--long] BINARY` and of LOGWASH_SEED; RECORDS and BLOCK say how much to generate."""
import json, os, subprocess, sys, tempfile, threading

LONG = "--long" in sys.argv
BINARY = [a for a in sys.argv[1:] if not a.startswith("--")][0]
SEED = int(os.environ.get("LOGWASH_SEED", "20260101"))
RECORDS = 1000000 if LONG else 10000
BLOCK = 10000

ring = tempfile.NamedTemporaryFile(suffix=".ring")
ring.write(b"logwash-keyring 1\nepoch t 1970-01-01T00:00:00Z " + b"00" * 31 + b"01\n")
ring.flush()
os.chmod(ring.name, 0o600)


def run(data, *args):
    """What the program makes of the data."""
    with tempfile.TemporaryFile() as f:
        f.write(data)
        f.seek(0)
        done = subprocess.run([BINARY, *args, "--keyring", ring.name], stdin=f, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode not in (0, 1):
        sys.exit("%s: exit %d: %s" % (os.path.basename(sys.argv[0]), done.returncode, done.stderr.decode(errors="replace")[-500:]))
    return done.stdout


def run_in_chunks(data, size, *args):
    """The same, with the data written to a pipe `size` bytes at a time."""
    p = subprocess.Popen([BINARY, *args, "--keyring", ring.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    out = []
    reader = threading.Thread(target=lambda: out.append(p.stdout.read()))
    reader.start()
    for i in range(0, len(data), size):
        os.write(p.stdin.fileno(), data[i:i + size])
    p.stdin.close()
    reader.join()
    p.wait()
    return out[0]


def findings(data, *args):
    """(start, end, rule) of what `scan --json` finds, by record."""
    out = {}
    for line in run(data, "scan", "--json", *args).splitlines():
        f = json.loads(line)
        out.setdefault(f["record"], []).append((f["start"], f["end"], f["rule"]))
    return out


passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("FAILED %s (seed %d) %s" % (name, SEED, detail))


def check_none(name, bad):
    """`bad` holds pairs of before and after that show what is wrong."""
    check(name, not bad, "%d, first %.400r -> %.400r" % (len(bad), bad[0][0], bad[0][1]) if bad else "")


def end():
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)
