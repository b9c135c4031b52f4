#!/bin/sh
# openssl-reads.sh DIR REWRITE - OpenSSL reads the same of a PKCS#12 file after one of its entries
# was renamed: the same bags, attributes, keys and certificates, but for that name.
#
# DIR holds the stores of make-stores.sh. What OpenSSL does not read before is left out.
set -u
dir=$1
rewrite=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=0
failed=0

fail() { # fail FILE WHY
    echo "$1: $2"
    failed=$((failed + 1))
}

show() { # show FILE OUT
    timeout 20 openssl pkcs12 -in "$1" -passin env:KSX_TEST_PASSWORD -nodes -provider legacy \
        -provider default >"$2" 2>"$work/errors"
}

check() { # check FILE
    name=$(basename "$1")
    show "$1" "$work/before" || return 0
    alias=$(sed -n 's/^ *friendlyName: //p' "$work/before" | head -n 1)
    case $alias in
    "" | *\\*) return 0 ;; # nothing to rename, or not as it is in the file
    esac
    if ! "$rewrite" "$1" "$KSX_TEST_PASSWORD" "$work/$name" rename "$alias" renamed-entry; then
        fail "$name" "was not written"
    elif ! show "$work/$name" "$work/after"; then
        fail "$name" "OpenSSL does not read it: $(head -n 1 "$work/errors")"
    elif ! grep -q renamed-entry "$work/after"; then
        fail "$name" "the new name is not in it"
    elif ! sed "s/renamed-entry/$alias/" "$work/after" | cmp -s - "$work/before"; then
        fail "$name" "OpenSSL reads something else than before"
    fi
    checked=$((checked + 1))
}

for file in "$dir"/p12-*.p12; do
    case ${file##*/} in
    *-huge.p12 | *-many.p12) continue ;; # OpenSSL has no bound for rounds
    *-nested-deep.p12 | *-nul-name.p12 | *-surrogate-name.p12) continue ;; # nothing to name it by
    *empty.p12 | *null.p12 | *emptypass*) export KSX_TEST_PASSWORD= ;;
    *) export KSX_TEST_PASSWORD=changeit ;;
    esac
    check "$file"
done
echo "$checked files rewritten and read by OpenSSL, $failed are wrong"
[ "$failed" -eq 0 ] && [ "$checked" -ge 20 ]
