#!/bin/sh
# run.sh [WHAT...] - build the release with its benchmarks and measure: open, list, term (all unless
# named). Prints one line a goal; a number without a quiet machine is worth little, a ratio more.
#
# Stores go to build/bench/stores. "list" needs a JDK and takes a few minutes.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/bench
bin=$build/tests/bench
stores=$build/stores
ksx=$build/ksx
[ $# -gt 0 ] || set -- open list term
export KSX_BENCH_PASSWORD=changeit

[ -f "$build/build.ninja" ] || (cd "$top" && cmake --preset bench >/dev/null)
cmake --build "$build" --target ksx mkstore bench_open bench_list bench_term >"$build/build.log" \
    2>&1 || {
    tail -n 20 "$build/build.log"
    exit 1
}
mkdir -p "$stores"
for n in 100 10000 100000; do
    for type in jks p12; do
        [ -s "$stores/trust-$n.$type" ] || "$bin/mkstore" -t $type -c $n "$stores/trust-$n.$type"
    done
done
for type in jks p12; do
    [ -s "$stores/keys-1000.$type" ] || "$bin/mkstore" -t $type -k 1000 "$stores/keys-1000.$type"
done

# The JDK's own trust store, if there is one.
cacerts() {
    home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    [ -s "$home/lib/security/cacerts" ] && cat "$home/lib/security/cacerts" >"$stores/cacerts.jks"
}

# keytool TURNS GOAL FILE - ksx list against keytool -list
keytool_goal() {
    "$bin/bench_list" "$1" G2 "$2" "keytool -list $3" "$ksx" list --pass env:KSX_BENCH_PASSWORD \
        "$stores/$3" -- keytool -list -keystore "$stores/$3" -storepass changeit || :
}
columns_goal() { # columns_goal TURNS GOAL FILE - against a Java program that fills a table
    "$bin/bench_list" "$1" G3 "$2" "Java table $3" "$ksx" list --pass env:KSX_BENCH_PASSWORD \
        "$stores/$3" -- java -Xmx3g -cp "$build/columns" Columns "$stores/$3" changeit || :
}

bench_list() {
    "$bin/bench_list" 21 G1 -1.7 "whole process, 10,000 (JKS), against one SHA-1" "$ksx" list \
        --quiet --filter no-such-name --pass env:KSX_BENCH_PASSWORD "$stores/trust-10000.jks" -- \
        "$bin/bench_open" -s "$stores/trust-10000.jks" || :
    if ! command -v keytool >/dev/null || ! command -v javac >/dev/null; then
        echo "no JDK: keytool is not measured"
        return
    fi
    cacerts && keytool_goal 5 30 cacerts.jks
    keytool_goal 3 30 trust-100.jks
    keytool_goal 3 30 trust-100.p12
    keytool_goal 3 30 keys-1000.jks
    keytool_goal 3 30 keys-1000.p12
    keytool_goal 1 100 trust-10000.jks
    keytool_goal 1 100 trust-10000.p12
    javac -d "$build/columns" "$top/tests/bench/Columns.java"
    for file in trust-100.jks trust-100.p12 trust-10000.jks trust-10000.p12 trust-100000.jks \
        trust-100000.p12; do
        columns_goal 3 20 $file
    done
    "$bin/bench_list" 3 G4 40 "openssl pkcs12 -nokeys trust-10000.p12" "$ksx" list --pass \
        env:KSX_BENCH_PASSWORD "$stores/trust-10000.p12" -- openssl pkcs12 -nokeys -passin \
        env:KSX_BENCH_PASSWORD -in "$stores/trust-10000.p12" || :
}

bench_term() {
    cacerts || :
    for size in 80x24 200x60; do
        [ ! -s "$stores/cacerts.jks" ] ||
            "$bin/bench_term" "$ksx" "$stores/cacerts.jks" $size 25 || :
        "$bin/bench_term" "$ksx" "$stores/trust-10000.jks" $size 40 || :
    done
    "$bin/bench_term" "$ksx" "$stores/trust-100000.jks" 80x24 450 || :
}

for what in "$@"; do
    echo "==== $what"
    case $what in
    open) "$bin/bench_open" "$stores" || : ;;
    list) bench_list ;;
    term) bench_term ;;
    *)
        echo "run.sh: open, list or term" >&2
        exit 2
        ;;
    esac
done
