# SPDX-License-Identifier: Apache-2.0
"""P2, for the scripts beside this one: is every byte outside of findings where it was?"""
import re

OURS = re.compile(rb'(?:\\*")?(?:\[REDACTED:[a-z0-9_]+\]|[a-z0-9_]+?_t_[a-z2-7]{26}|\*{3,})+')
KEPT = re.compile(rb"[0-9A-Za-z]{0,12}")  # behind the stars of a mask
QUOTE = re.compile(rb'(?:\\*")?')


def _ends(out, at):
    """Where what stands in the place of a finding at `at` may end: a bare value has got quotes, a mask keeps some characters."""
    m = OURS.match(out, at)
    if not m:
        return
    kept = KEPT.match(out, m.end()).end() if out[m.end() - 1:m.end()] == b"*" else m.end()
    for end in range(m.end(), kept + 1):
        yield end
        quoted = QUOTE.match(out, end).end()
        if quoted > end:
            yield quoted


def outside_stays(raw, out, spans):
    """Is `out` the bytes `raw` with something of ours, and nothing else, in the place of each run of (start, end, ...) spans?"""
    pieces, at = [], 0
    for span in sorted(spans):
        if not pieces or span[0] > at:
            pieces.append(raw[at:span[0]])
        at = max(at, span[1])
    pieces.append(raw[at:])
    todo = [(0, 0)]
    while todo:
        i, at = todo.pop()
        if not out.startswith(pieces[i], at):
            continue
        at += len(pieces[i])
        if i + 1 < len(pieces):
            todo += [(i + 1, end) for end in _ends(out, at)]
        elif at == len(out):
            return True
    return False
