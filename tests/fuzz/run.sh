#!/bin/sh
# run.sh [BUILD_DIR [SECONDS [NAME...]]] - build the libFuzzer programs and run each for a while.
#
# BUILD_DIR (build/fuzz unless given) keeps the growing corpora in corpus/NAME; an input that fails is
# left as BUILD_DIR/NAME-crash-... , and shown as base64 when it is small. Every run begins with the same
# seed, so that what failed fails again; KSX_FUZZ_SEED=0 takes another each time. Exits 77 without clang.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$top/build/fuzz}
seconds=${2:-60}
[ $# -lt 2 ] || shift
[ $# -lt 1 ] || shift

echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 1 ? 0 : 0; }' |
    clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null || {
    echo "SKIPPED: no clang that has libFuzzer (Debian: clang libclang-rt-14-dev)"
    exit 77
}
[ -f "$build/build.ninja" ] || cmake -S "$top" -B "$build" --preset fuzz >"$build.log" 2>&1 || {
    cat "$build.log"
    exit 1
}
cmake --build "$build" --target fuzzers >"$build.log" 2>&1 || {
    tail -n 40 "$build.log"
    exit 1
}

if [ $# -eq 0 ]; then
    for source in "$top"/tests/fuzz/fuzz_*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi
# Samples into a corpus: the small ones, without those whose key derivation takes long on purpose.
seed() {
    find "$top/tests/fuzz/seeds" "$top/tests/data" "$top/demo" -type f -size -24k \
        ! -name '*.sh' ! -name MANIFEST ! -name '*.md' ! -name 'p12-n*' ! -name 'p12-gnutls*' \
        ! -name 'p12-empty.p12' ! -name 'p12-rounds*' ! -name 'jceks.*' -exec cp {} "$1" \;
}

# show NAME - the inputs that made it fail: where this runs, files may be gone afterwards
show() {
    find "$build" -maxdepth 1 -type f -newer "$build/$1.started" \( -name "$1-crash-*" \
        -o -name "$1-leak-*" -o -name "$1-timeout-*" -o -name "$1-oom-*" \) | while read -r input; do
        echo "input that fails: $input, $(wc -c <"$input") bytes"
        if [ -n "$(find "$input" -size -9k)" ]; then
            echo "to have it again: base64 -d >input <<'END'"
            base64 "$input"
            echo END
        fi
    done
}

failed=0
for name in "$@"; do
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    seed "$corpus"
    : >"$build/$name.started"
    echo "== $name, $seconds seconds"
    if "$build/tests/fuzz/$name" -seed="${KSX_FUZZ_SEED:-1}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -max_len=24576 -dict="$top/tests/fuzz/ksx.dict" -artifact_prefix="$build/$name-" \
        -print_final_stats=1 -verbosity=0 "$corpus" >"$build/$name.log" 2>&1; then
        grep -E '^stat::(number_of|new_units|slowest|peak)' "$build/$name.log"
    else
        grep -v '# Uses:' "$build/$name.log" | tail -n 60
        show "$name"
        failed=1
    fi
done
exit $failed
