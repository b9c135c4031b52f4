#!/bin/sh
# make-stores.sh DIR CLASSES JARS - one store of every dialect into DIR, and what Java reads from
# each of them as DIR/oracle.json. Does nothing when they are newer than what makes them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
classes=$2
jars=$3

if [ -f "$dir/oracle.json" ] && [ -z "$(find "$here/fixtures.txt" "$here/make-tools.sh" \
    "$classes/built" -newer "$dir/oracle.json")" ]; then
    echo "up to date"
    exit 0
fi
rm -rf "$dir"
exec "${JAVA:-java}" -XX:+UseSerialGC -Xmx512m -Dfile.encoding=UTF-8 -cp "$classes:$jars" MakeStores \
    "$dir" "$here/make-tools.sh" "$here/fixtures.txt"
