#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Vector with one remap (VRL) over each line: its own `redact` with four patterns.
# rules: 4
case $1 in
check) command -v vector >/dev/null && vector --version || { echo "vector is not installed"; exit 1; } ;;
run)
    dir=$(mktemp -d) || exit 3
    trap 'rm -rf "$dir"' EXIT
    cat >"$dir/vector.yaml" <<'END'
data_dir: /tmp
sources: {in: {type: stdin, max_length: 2097152}}
transforms:
  wash:
    type: remap
    inputs: [in]
    source: |
      .message = redact(string!(.message), filters: [
        r'\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b', r'[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}',
        r'eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}', r'(?i)(?:password|token)[=:][^\s&,;]{4,}'])
sinks: {out: {type: console, inputs: [wash], encoding: {codec: text}}}
END
    vector --quiet --threads 1 --config "$dir/vector.yaml" <"$2"
    ;;
esac
