#!/bin/sh
# A few hundred PKIs: what ksx says of them, what Java says, what OpenSSL says (agree.c).
#   agree.sh DIR AGREE JAVA CLASSES
set -eu
dir=$1 agree=$2 java=$3 classes=$4
rm -rf "$dir"
mkdir -p "$dir"
"$agree" make "$dir"
"$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dfile.encoding=UTF-8 -cp "$classes" Agree "$dir"
"$agree" compare "$dir"
