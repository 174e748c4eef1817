#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A careful Rust program: one RegexSet over each line, then the patterns that it named. Built by cargo when that is there.
# rules: 40
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../build/bench/rust
case $1 in
check)
    command -v cargo >/dev/null || { echo "cargo is not installed"; exit 1; }
    CARGO_TARGET_DIR=$target timeout 300 cargo build -q --release --manifest-path "$here/rust-regexset/Cargo.toml" >/dev/null 2>&1 ||
        { echo "cargo cannot build it (no network?)"; exit 1; }
    rustc --version
    ;;
run) exec "$target/release/rust-regexset" "$2" ;;
esac
