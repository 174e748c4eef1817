#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The layers of docs/architecture.md, kept by reading the #include lines of src/ and include/: which folder may include
# which, which outside library belongs to which folder, and each header of those in one file of the folder only (a private
# header that wraps it counts as that one file).
#
#   tests/layering.sh [DIR]     DIR: the tree to check; without one this tree, after a test that the check can fail
set -u
here=$(cd "$(dirname "$0")/.." && pwd)

# Prints violations as file:line: what; the last line is "N passed, N failed", counted by file.
check() {
    (cd "$1" && find include src -name '*.[ch]' | LC_ALL=C sort | xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include\>' /dev/null) |
        awk '
    function layer(folder, may, libraries,    list, i, n) {
        n = split(may, list, " ")
        for (i = 1; i <= n; i++) allowed[folder, list[i]] = 1
        n = split(libraries, list, " ")
        for (i = 1; i <= n; i++) library_of[folder, list[i]] = 1
        known[folder] = 1
    }
    function library(header) {
        if (header == "yaml.h") return "libyaml"
        if (header ~ /^openssl\//) return "libcrypto"
        if (header == "pcre2.h") return "pcre2"
        if (header ~ /^msgpack/) return "msgpack"
        if (header ~ /^librdkafka\//) return "librdkafka"
        if (header ~ /^(uv\.h|uv\/)/) return "libuv"
        if (header == "microhttpd.h") return "libmicrohttpd"
        if (header == "zlib.h") return "zlib"
        if (header ~ /^zstd(_errors)?\.h$/) return "libzstd"
        if (header ~ /^(pthread|threads|semaphore)\.h$/) return "threads"
        return ""
    }
    function bad(what) { print where ": " what; broken[file] = 1 }
    BEGIN {
        # folder, what it may include (folder, or folder/file.h), outside libraries
        layer("include", "", "")
        layer("base", "base", "libyaml libcrypto")
        layer("detect", "base detect", "pcre2")
        layer("transform", "base transform", "libcrypto")
        layer("record", "base record", "msgpack")
        layer("core", "base detect transform record core logwash.h", "")
        layer("run", "base run logwash.h", "threads")
        # io counts commits (stats.h) and answers the admin thread (a lock); admin writes errors as the ends do (end.h).
        layer("io", "base io run/end.h run/batch.h run/stats.h logwash.h", "librdkafka libuv zlib libzstd threads")
        layer("admin", "base admin run/end.h run/stats.h logwash.h", "libuv libmicrohttpd")
        layer("cli", "base run io admin cli core/tools.h logwash.h", "")
        n = split("assert ctype errno float inttypes iso646 limits locale math setjmp signal stdalign stdarg " \
                  "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings time uchar wchar " \
                  "dirent endian fcntl netdb getopt libgen poll sched spawn termios unistd immintrin cpuid", system_list, " ")
        for (i = 1; i <= n; i++) is_system[system_list[i] ".h"] = 1
    }
    {
        split($0, part, ":")
        file = part[1]
        where = part[1] ":" part[2]
        text = $0
        sub(/^[^:]*:[^:]*:/, "", text)
        seen[file] = 1
        folder = file
        if (!sub(/^src\//, "", folder)) folder = "include"
        sub(/\/.*/, "", folder)
        if (!(folder in known)) { bad("folder " folder " is not in the table"); next }
        if (match(text, /"[^"]*"/)) {
            header = substr(text, RSTART + 1, RLENGTH - 2)
            target = header
            sub(/\/.*/, "", target)
            if (!((folder, target) in allowed) && !((folder, header) in allowed))
                bad(folder " may not include " header)
        } else if (match(text, /<[^>]*>/)) {
            header = substr(text, RSTART + 1, RLENGTH - 2)
            name = library(header)
            if (name == "") {
                if (!(header in is_system) && header !~ /^(sys|netinet|arpa|net|linux|sanitizer)\//)
                    bad("unknown header <" header ">: name its library in tests/layering.sh")
            } else if (!((folder, name) in library_of)) {
                bad(folder " may not use " name " (<" header ">)")
            } else if (name != "threads") {
                if ((folder, header) in owner && owner[folder, header] != file)
                    bad("<" header "> is already included by " owner[folder, header])
                else
                    owner[folder, header] = file
            }
        } else {
            bad("an #include that cannot be read")
        }
    }
    END {
        for (file in seen) if (file in broken) failed++; else passed++
        print passed + 0 " passed, " failed + 0 " failed"
    }'
}

# A tree with one wrong include of each kind: each must be found, and nothing else.
self_test() {
    local dir expected got
    dir=$(mktemp -d) || return 1
    mkdir -p "$dir"/include "$dir"/src/{base,detect,transform,record,core,run,io,admin,cli,extra}
    echo '#include <stddef.h>' >"$dir/include/logwash.h"
    printf '#include "base/b.h"\n#include "detect/rule.h"\n' >"$dir/src/base/a.c"
    printf '#include "base/a.h"\n#include "transform/ip.h"\n' >"$dir/src/detect/a.c"
    printf '#include <pcre2.h>\n' >"$dir/src/detect/one.c"
    printf '#include "detect/rule.h"\n  #  include <pcre2.h>\n' >"$dir/src/detect/two.c"
    printf '#include <openssl/evp.h>\n#include <openssl/hmac.h>\n' >"$dir/src/transform/crypto.c"
    printf '#include "core/tools.h"\n' >"$dir/src/record/a.c"
    printf '#include "detect/rule.h"\n#include <pthread.h>\n' >"$dir/src/core/a.c"
    printf '#include <pthread.h>\n#include "logwash.h"\n#include "core/tools.h"\n' >"$dir/src/run/a.c"
    printf '#include "run/end.h"\n#include "run/ring.h"\n' >"$dir/src/io/a.c"
    printf '#include "core/tools.h"\n#include "core/engine.h"\n' >"$dir/src/cli/a.c"
    printf '#include <curl/curl.h>\n' >"$dir/src/admin/a.c"
    printf '#include <stdio.h>\n' >"$dir/src/extra/a.c"
    expected="src/admin/a.c:1 src/base/a.c:2 src/cli/a.c:2 src/core/a.c:2 src/detect/a.c:2 src/detect/two.c:2 src/extra/a.c:1 src/io/a.c:2 src/record/a.c:1 src/run/a.c:3 3 passed, 10 failed"
    got=$(check "$dir" | sed 's/^\([^:]*:[0-9]*\):.*/\1/' | tr '\n' ' ')
    rm -rf "$dir"
    [ "$got" = "$expected " ] && return 0
    echo "layering.sh: self-test: expected $expected" >&2
    echo "layering.sh: self-test:      got $got" >&2
    return 1
}

if [ $# -gt 0 ]; then
    out=$(check "$1")
else
    self_test || { echo "0 passed, 1 failed"; exit 1; }
    out=$(check "$here")
fi
echo "$out"
case $out in
*" 0 failed") case $out in "0 passed"*) exit 1 ;; *) exit 0 ;; esac ;;
*) exit 1 ;;
esac
