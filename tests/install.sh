#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs into an empty directory and uses what is there as a stranger would: pkg-config, the shared and the static library
# with docs/example.c, the symbols the shared library shows. LOGWASH_BUILD: the build directory.
set -u
here=$(cd "$(dirname "$0")/.." && pwd)
build=${LOGWASH_BUILD:-$here/build/release}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. "$here/scripts/check.sh"

check "cmake --install" env DESTDIR="$dir" cmake --install "$build"
[ "$failed" = 0 ] || check_end
pc=$(find "$dir" -name logwash.pc)
[ -n "$pc" ] || { echo "install: no logwash.pc"; failed=1; check_end; }
libdir=$(dirname "$(dirname "$pc")")
export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dir

public() { tr '\n' ' ' <"$here/include/logwash.h" | grep -oE 'LOGWASH_API [^;(]*\(' | grep -oE 'logwash_[a-z_]+\(' | tr -d '(' | sort -u; }
exported() { nm -D --defined-only "$libdir/liblogwash.so" | awk '{print $NF}' | sort -u; }
same_symbols() { diff <(public) <(exported); }
installed() { [ -s "$dir$1" ] || find "$dir" | sort; [ -s "$dir$1" ]; }
prefix=$(sed -n 's/^prefix=//p' "$pc")
compile() { cc -std=c11 -Wall -Wextra -Werror -o "$dir/$1" "$here/docs/example.c" "${@:2}"; }
# Two of the three lines hold something; none of it may be left, and the third stays as it is.
example_output() {
    local out
    out=$(LD_LIBRARY_PATH=$libdir "$dir/$1") || { echo "exit $?"; return 1; }
    printf '%s\n' "$out"
    ! grep -qE 'alice@|192\.0\.2\.7|not-a-real-one' <<<"$out" || { echo "raw data left"; return 1; }
    grep -qx 'nothing to see here' <<<"$out" && grep -q '\[REDACTED:password\]' <<<"$out" &&
        grep -q ': network\.ipv4 (ipv4), action pseudonym' <<<"$out"
}

check "pkg-config" pkg-config --exists --print-errors logwash
check "the header" installed "$prefix/include/logwash.h"
check "the program" installed "$prefix/bin/logwash"
check "the rule packs" bash -c 'ls "$1"/*.yaml' - "$dir$prefix/share/logwash/rules"
share=$prefix/share
check "the man page" installed "$share/man/man1/logwash.1"
check "completion for bash" installed "$share/bash-completion/completions/logwash"
check "completion for zsh" installed "$share/zsh/site-functions/_logwash"
check "completion for fish" installed "$share/fish/vendor_completions.d/logwash.fish"
check "only the symbols of logwash.h are exported" same_symbols
check "compiling against the shared library" compile shared $(pkg-config --cflags --libs logwash)
check "the example with the shared library" example_output shared
static=$(pkg-config --static --libs logwash)
check "compiling against the static library" compile static $(pkg-config --cflags logwash) ${static/-llogwash/-l:liblogwash.a}
check "the example with the static library" example_output static
check "the version" bash -c '[ "$("$1" --version | grep -o "[0-9.]*$")" = "$2" ]' - "$dir$prefix/bin/logwash" "$(sed -n 's/^Version: //p' "$pc")"
check_end
