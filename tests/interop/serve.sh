#!/usr/bin/env bash
# serve.sh DIR KSX JAVA CLASSES [JARS] - servers really serve from what ksx made: JSSE with the
# options of `ksx snippet`, Jetty 9 with its settings; curl and openssl verify them against the root
# that ksx exports, and a Java client with the truststore that ksx put it into. DIR is made anew.
# CLASSES has ServeJsse and Fetch, and with JARS, those of Jetty, ServeJetty. What is missing on this
# host makes it end with 77, or with KSX_NO_SKIP=1 in the environment fail.
set -euo pipefail
dir=$1 ksx=$2 java=$3 classes=$4 jars=${5:-}
# shellcheck source=tests/interop/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
cacerts=/etc/ssl/certs/java/cacerts

missing=
[[ -x $java ]] || missing+=' a JDK 17,'
[[ -n $jars ]] || missing+=' Jetty 9 (libjetty9-java),'
[[ -r $cacerts ]] || missing+=' ca-certificates-java,'
needs "$missing" curl openssl

# blanks and quotes in a path are for the snippets to quote
rm -rf "$dir"
mkdir -p "$dir/it's \"here\""
cd "$dir/it's \"here\""
export KSX_P=changeit KSX_IN=of-the-key

jvm() { # jvm OPTIONS ARGUMENT... - OPTIONS: a file of `ksx snippet --for jvm`
    local options
    options=$(sed '/^#/d; s/KEYSTORE_PASSWORD/changeit/' "$1")
    shift
    # exec, so that the process that is waited for and ended is the JVM
    eval "exec \"\$java\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp \"\$classes:\$jars\" $options \"\$@\""
}

# ---- keystores ----

names=(--san dns:localhost --san dns:www.example.test --san ip:127.0.0.1)

# 1. a key pair, self-signed
run ksx gen self.p12 --alias web --alg ec:p-256 --dn 'CN=www.example.test,O=Example' "${names[@]}"
run ksx export self.p12 web --what cert -o self-root.pem

# 2. a request, signed by a CA of two levels: one of openssl, whose root a truststore has, one of ksx
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 3650 \
    -subj '/O=Example/CN=Example Root CA' 2>tools.log
openssl req -newkey rsa:2048 -nodes -keyout issuing.key -out issuing.csr \
    -subj '/O=Example/CN=Example Issuing CA' 2>>tools.log
printf 'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n' >ca.ext
openssl x509 -req -in issuing.csr -CA root.crt -CAkey root.key -CAcreateserial -days 1000 \
    -extfile ca.ext -out issuing.crt 2>>tools.log
run ksx gen signed.p12 --alias web --alg rsa:2048 --dn 'CN=www.example.test,O=Example' "${names[@]}"
run ksx csr signed.p12 web -o signed.csr
openssl x509 -req -in signed.csr -CA issuing.crt -CAkey issuing.key -CAcreateserial -days 300 \
    -copy_extensions copy -out signed.crt 2>>tools.log
cp "$cacerts" 'my cacerts'
chmod u+w 'my cacerts'
run ksx import 'my cacerts' --cert root.crt --alias 'example root' --yes
run ksx import signed.p12 --reply issuing.crt --reply signed.crt --from 'my cacerts' --in-pass env:KSX_P
run ksx export 'my cacerts' 'example root' --what cert -o signed-root.pem

run ksx gen ca.p12 --alias root --alg ec:p-384 --dn 'CN=Root,O=Example' --use ca
run ksx gen ca.p12 --alias issuing --alg rsa:3072 --dn 'CN=Issuing,O=Example' --use ca --path-len 0 \
    --signer root
run ksx gen own.p12 --alias web --alg rsa-pss:2048 --dn 'CN=www.example.test,O=Example' "${names[@]}"
run ksx csr own.p12 web -o own.csr
run ksx sign ca.p12 issuing --csr own.csr --chain -o own.crt
run ksx import own.p12 --reply own.crt
run ksx export ca.p12 root --what cert -o own-root.pem

# 3. a key and its chain, of openssl alone, into a new keystore
printf 'subjectAltName=DNS:localhost,DNS:www.example.test,IP:127.0.0.1\n' >server.ext
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-384 -passout env:KSX_IN -keyout given.key \
    -out given.csr -subj '/O=Example/CN=www.example.test' 2>>tools.log
openssl x509 -req -in given.csr -CA issuing.crt -CAkey issuing.key -CAcreateserial -days 300 \
    -extfile server.ext -out given.crt 2>>tools.log
cat root.crt issuing.crt given.crt >given.pem
run ksx import given.p12 --alias web --key given.key --cert given.pem --in-pass env:KSX_IN \
    --new-pass env:KSX_P
cp signed-root.pem given-root.pem

# 4. as JDK 8 needs it; and a key that joins another in what openssl made like that
run ksx export signed.p12 web --what pair --format p12 --protection legacy --new-pass env:KSX_P \
    -o legacy.p12
openssl pkcs12 -in legacy.p12 -legacy -passin env:KSX_P -info -noout 2>info.txt
grep -qF pbeWithSHA1And3-KeyTripleDES-CBC info.txt || failed 'legacy.p12 is not legacy' info.txt
cp signed-root.pem legacy-root.pem
openssl pkcs12 -export -legacy -inkey root.key -in root.crt -name other -passout env:KSX_P \
    -out joined.p12
joined_alias='Web & "Co"'
run ksx import joined.p12 --alias "$joined_alias" --key given.key --cert given.pem --in-pass env:KSX_IN
cp signed-root.pem joined-root.pem

# ---- servers ----

# A server ends with its standard input, which this script holds open.
servers=()
declare -A said=()
stop() {
    local pid
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
}
trap stop EXIT
start() { # start NAME OPTIONS CLASS ARGUMENT...
    local name=$1 hold output
    shift
    mkfifo "$name.in" "$name.out"
    jvm "$@" <"$name.in" >"$name.out" 2>"$name.log" &
    servers+=($!)
    exec {hold}>"$name.in" {output}<"$name.out"
    said[$name]=$output
}
next_port() { # next_port NAME - the next that this server says, as $port
    read -r -t 60 -u "${said[$1]}" port || {
        echo "FAILED: $1 is not served" >&2
        cat "$1.log" >&2
        exit 1
    }
}

curl_as() { # curl_as ROOT URL OPTION...
    curl -sS --noproxy '*' --max-time 30 --cacert "$1" "${@:2}" >out.txt 2>&1
}
openssl_as() { # openssl_as ROOT HOST PORT
    openssl s_client -connect "127.0.0.1:$3" -CAfile "$1" -no-CApath -no-CAstore -verify_return_error \
        -verify_hostname "$2" -servername "$2" </dev/null >out.txt 2>&1
}
fetch() { # fetch NAME SERVER PORT - all who check it get through to it, by name and by address
    local root=$1-root.pem what="$1, by $2" answer="served by $2" port=$3 host=www.example.test
    curl_as "$root" "https://$host:$port/" --resolve "$host:$port:127.0.0.1" &&
        grep -qFx "$answer" out.txt || failed "curl does not get $what, by name" out.txt
    curl_as "$root" "https://127.0.0.1:$port/" --tls-max 1.2 && grep -qFx "$answer" out.txt ||
        failed "curl does not get $what, by address" out.txt
    openssl_as "$root" "$host" "$port" && grep -qF 'Verify return code: 0 (ok)' out.txt ||
        failed "openssl does not verify $what" out.txt
}
refuse() { # refuse NAME PORT - that they check it: no other root of that name, no other host
    ! curl_as other-root.pem "https://127.0.0.1:$2/" && grep -qF 'SSL certificate problem' out.txt ||
        failed "curl verifies $1 with another root" out.txt
    ! openssl_as "$1-root.pem" other.example.test "$2" && grep -qF 'ostname mismatch' out.txt ||
        failed "openssl verifies $1 by another name" out.txt
}

openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other-root.pem \
    -subj '/O=Example/CN=Example Root CA' 2>>tools.log
by_jsse=(self signed given legacy) by_jetty=(self signed given legacy own joined)
for name in "${by_jsse[@]}"; do
    ksx snippet "$name.p12" --for jvm >"$name.jvm"
    start "$name" "$name.jvm" ServeJsse
done
snippets=()
for name in "${by_jetty[@]}"; do
    alias=web
    [[ $name != joined ]] || alias=$joined_alias
    ksx snippet "$name.p12" "$alias" --for jetty | sed 's/KEYSTORE_PASSWORD/changeit/' >"$name.jetty"
    snippets+=("$name.jetty")
done
start jetty /dev/null ServeJetty "${snippets[@]}"

urls=()
for name in "${by_jsse[@]}"; do
    next_port "$name"
    fetch "$name" JSSE "$port"
    urls+=("https://localhost:$port/")
    [[ $name != signed ]] || refuse "$name" "$port"
done
for name in "${by_jetty[@]}"; do
    next_port jetty
    fetch "$name" Jetty "$port"
done

# ---- a Java client ----

fetched() { # fetched OPTIONS URL...
    (jvm "$1" Fetch "${@:2}") >out.txt 2>&1 || failed 'the Java client fails' out.txt
}
cp "$cacerts" 'as it was'
ksx snippet 'as it was' --for jvm >before.jvm
fetched before.jvm "${urls[1]}"
grep -qF 'PKIX path building failed' out.txt || failed 'Java trusts a root that it was not given' out.txt
ksx snippet 'my cacerts' --for jvm >after.jvm
fetched after.jvm "${urls[@]:1}"
[[ $(grep -cFx 'served by JSSE' out.txt) == 3 ]] || failed 'Java does not trust the imported root' out.txt
# and a truststore made for it alone
run ksx import trust.p12 --cert self-root.pem --alias web --yes --new-pass env:KSX_P
ksx snippet trust.p12 --for jvm >trust.jvm
fetched trust.jvm "${urls[0]}"
grep -qFx 'served by JSSE' out.txt || failed 'Java does not trust the root of a new truststore' out.txt

[[ $failures == 0 ]] || exit 1
echo "serve.sh: all is well"
