#!/bin/sh
# make.sh - make the samples of this directory anew (see MANIFEST), and the seeds of tests/fuzz.
#
# Needs a JDK, Bouncy Castle (Debian: libbcprov-java libbcpkix-java), OpenSSL, pk12util, certtool.
# Keys are random, so every byte changes: tests that quote fingerprints must follow.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
jars=${BC_JARS:-/usr/share/java/bcprov.jar:/usr/share/java/bcpkix.jar:/usr/share/java/bcutil.jar}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

javac -d "$work/classes" -cp "$jars" "$here"/../interop/*.java
java -cp "$work/classes:$jars" Samples "$here"
java -cp "$work/classes:$jars" MakeStores "$work/all" "$here/../interop/make-tools.sh"
mkdir -p "$here/dialects"
sed -n 's,^dialects/\([^ ]*\) .*,\1,p' "$here/MANIFEST" | while read -r file; do
    cat "$work/all/$file" >"$here/dialects/$file"
done
rm -rf "$here/../fuzz/seeds"
cp -r "$work/all/seeds" "$here/../fuzz/seeds"
