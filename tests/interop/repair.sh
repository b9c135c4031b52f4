#!/usr/bin/env bash
# repair.sh DIR KSX JAVA CLASSES - keystores that are broken in several ways are served by JSSE and
# refused by curl and by a Java client; `ksx repair` mends them, and both accept what is served then.
# What was said of the broken ones, `ksx explain` knows. DIR is made anew; CLASSES has Clinic. What is
# missing on this host makes it end with 77, or with KSX_NO_SKIP=1 in the environment fail.
set -euo pipefail
dir=$1 ksx=$2 java=$3 classes=$4
# shellcheck source=tests/interop/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

missing=
[[ -x $java ]] || missing+=' a JDK 17,'
needs "$missing" curl openssl

rm -rf "$dir"
mkdir -p "$dir/ca"
cd "$dir"
export KSX_P=changeit KSX_K=of-the-key

# ---- certificates ----

ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
ca() { # ca NAME SUBJECT SIGNER - a CA; SIGNER - for itself
    local by=(-x509 -days 3650)
    [[ $3 == - ]] || by=(-x509 -days 3650 -CA "$3.pem" -CAkey "$3.key")
    # shellcheck disable=SC2086
    openssl req $ec "${by[@]}" -keyout "$1.key" -out "$1.pem" -subj "$2" \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>>tools.log
}
ca root '/CN=Corp Root' -
ca issuing '/CN=Corp Issuing' root
ca other '/CN=Corp Issuing' root # the same name, another key
for i in 1 2 3 4 5 6 7 8 9; do
    ca "stranger$i" "/CN=Stranger $i" -
done
names='subjectAltName=DNS:localhost,IP:127.0.0.1'
# shellcheck disable=SC2086
openssl req $ec -x509 -days 300 -keyout web.key -out self.pem -subj '/CN=localhost' -addext "$names" \
    2>>tools.log
openssl req -new -key web.key -out web.csr -subj '/CN=localhost' -addext "$names" 2>>tools.log
openssl x509 -req -in web.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 300 \
    -copy_extensions copy -out web.pem 2>>tools.log
openssl pkcs8 -topk8 -nocrypt -outform DER -in web.key -out web.der
cat issuing.pem root.pem >ca/chain.pem
cp stranger1.pem ca

# ---- one JVM for all of it ----

mkfifo to from
"$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$classes" Clinic <to >from 2>clinic.log &
clinic=$!
exec {to}>to {from}<from
# The JVM ends with its standard input.
trap 'exec {to}>&-; wait $clinic 2>/dev/null || true' EXIT
ask() { # ask COMMAND... - the answer, as $said
    echo "$*" >&$to
    read -r -t 60 -u "$from" said || {
        echo "FAILED: no answer to $*" >&2
        cat clinic.log >&2
        exit 1
    }
}
make() { # make COMMAND...
    ask "$@"
    [[ $said == made ]] || failed "$*: $said"
}

make key trust.p12 PKCS12 web.der changeit self.pem # to begin with
"$ksx" delete trust.p12 web --pass env:KSX_P --backup no -q
make trust trust.p12 PKCS12 root root.pem

# ---- what is shown beside a repair mends the same ----

export PATH=$PATH:${java%/*} STOREPASS=changeit KEYPASS=$KSX_K TMPDIR=$dir/tmp
mkdir tmp
prints() { # prints FILE - aliases, and the certificates of each
    keytool -list -v -keystore "$1" -storepass:env STOREPASS 2>&1 |
        grep -E '^Alias name|^Entry type|SHA256:' | tr -d ' \t'
}
shown() { # shown FILE OPTION... - the commands make of a copy what the repair makes of FILE
    local file=$1 copy=copy-of-$1
    shift
    cp "$file" "repaired-$file"
    cp "$file" "$copy"
    "$ksx" repair "$copy" "$@" --pass env:KSX_P --dry-run >repair.txt 2>&1 ||
        failed "ksx repair $copy $*" repair.txt
    "$ksx" repair "repaired-$file" "$@" --pass env:KSX_P >again.txt 2>&1 ||
        failed "ksx repair repaired-$file $*" again.txt
    sed -n '/^The same with other programs/,$s/^  *//p' repair.txt >commands.sh
    grep -q '^[^#]' commands.sh || failed "no commands: $file $*" repair.txt
    sh -e commands.sh >shown.txt 2>&1 || failed "the commands shown for $file fail" shown.txt
    prints "$copy" >copy.txt
    prints "repaired-$file" >repaired.txt
    cmp -s copy.txt repaired.txt && grep -q SHA256 copy.txt || {
        failed "the commands shown make something else of $file" commands.sh
        diff repaired.txt copy.txt >&2 || true
    }
    cmp -s "$file" "repaired-$file" && failed "$file was not repaired"
    [[ -z $(ls tmp) ]] || failed "left behind by the commands for $file: $(ls tmp)"
}

strangers=(stranger{1..9}.pem)
make key leaf-only.jks JKS web.der changeit web.pem
make key wrong-issuer.jks JKS web.der changeit web.pem other.pem root.pem
make key wrong-order.jks JKS web.der changeit root.pem issuing.pem web.pem
make key too-long.jks JKS web.der changeit web.pem issuing.pem root.pem "${strangers[@]}"
make key misplaced.p12 PKCS12 web.der changeit self.pem
make trust misplaced.p12 PKCS12 reply web.pem
make key own-password.jks JKS web.der "$KSX_K" web.pem issuing.pem root.pem
openssl pkcs12 -export -nokeys -in root.pem -name root -passout env:KSX_P -out invisible.p12

trust() { # trust FILE ALIAS CERTIFICATE
    keytool -importcert -noprompt -keystore "$1" -storetype JKS -storepass:env STOREPASS -alias "$2" \
        -file "$3" 2>>tools.log
}
trust doubled.jks root root.pem
trust doubled.jks again root.pem
trust ca.jks issuing issuing.pem
cp ca.jks issuing.jks
trust ca.jks root root.pem
keytool -genkeypair -keystore renewed.p12 -storepass:env STOREPASS -alias ca -keyalg EC -dname CN=Old \
    -ext bc:c -startdate 2020/01/01 -validity 100 2>>tools.log
keytool -exportcert -rfc -keystore renewed.p12 -storepass:env STOREPASS -alias ca >old.pem 2>>tools.log
trust old.jks old old.pem
"$ksx" renew renewed.p12 ca --pass env:KSX_P --backup no -q
keytool -exportcert -rfc -keystore renewed.p12 -storepass:env STOREPASS -alias ca >new.pem 2>>tools.log
for file in leaf-only.jks wrong-issuer.jks too-long.jks misplaced.p12; do
    shown "$file" --from ca # a file of several, and the keystore itself
done
shown leaf-only.jks --from issuing.pem --from root.pem
openssl x509 -in root.pem -outform DER -out root.cer
shown leaf-only.jks --from issuing.pem --from root.cer
SRCPASS=changeit shown leaf-only.jks --from ca.jks
shown own-password.jks --key-pass env:KSX_K
shown invisible.p12
shown doubled.jks
shown issuing.jks issuing --from root.pem
shown old.jks old --from new.pem

# ---- refused, repaired, accepted ----

curl_to() { # curl_to PORT
    curl -sS --noproxy '*' --max-time 30 --cacert root.pem "https://localhost:$1/" \
        --resolve "localhost:$1:127.0.0.1" >curl.txt 2>&1
}
explained() { # explained FINDING FILE - what is in the file is recognised
    # 1: it does not know the text
    "$ksx" explain "$2" >explain.txt 2>&1 && grep -qF "$1" explain.txt ||
        failed "explain does not say $1 of: $(cat "$2")" explain.txt
}
serve() { # serve FILE - as $port; empty, and $said, when it does not start
    ask serve "$1"
    port=
    [[ ! $said =~ ^[0-9]+$ ]] || port=$said
}
refused() { # refused FILE CURL JAVA - the findings that their words lead to; - accepts
    serve "$1"
    [[ -n $port ]] || failed "$1 is not served: $said"
    if curl_to "$port"; then
        [[ $2 == - ]] || failed "curl accepts the broken $1"
    else
        [[ $2 != - ]] || failed "curl refuses $1" curl.txt
        [[ $2 == - ]] || explained "$2" curl.txt
    fi
    ask fetch "https://localhost:$port/" trust.p12
    echo "$said" >java.txt
    [[ $said != served ]] || failed "Java accepts the broken $1"
    explained "$3" java.txt
}
repair() { # repair FILE OPTION...
    "$ksx" repair "$@" --pass env:KSX_P >repair.txt 2>&1 || failed "ksx repair $*" repair.txt
    "$ksx" repair "$@" --pass env:KSX_P --dry-run >again.txt 2>&1 &&
        grep -qF 'there is nothing to repair' again.txt || failed "$1 is not mended" again.txt
}
accepted() { # accepted FILE
    serve "$1"
    [[ -n $port ]] || failed "$1 is not served: $said"
    curl_to "$port" && grep -qFx served curl.txt || failed "curl does not accept $1" curl.txt
    ask fetch "https://localhost:$port/" trust.p12
    [[ $said == served ]] || failed "Java does not accept $1: $said"
}

refused leaf-only.jks CHAIN-MISSING-INTERMEDIATE CHAIN-MISSING-INTERMEDIATE
refused wrong-issuer.jks CHAIN-WRONG-ISSUER CHAIN-WRONG-ISSUER
refused wrong-order.jks CHAIN-OUT-OF-ORDER CHAIN-OUT-OF-ORDER
refused too-long.jks - CHAIN-TOO-LONG
refused misplaced.p12 CERT-SELF-SIGNED CERT-SELF-SIGNED
for file in leaf-only.jks wrong-issuer.jks wrong-order.jks too-long.jks misplaced.p12; do
    repair "$file" --from ca
    accepted "$file"
done

serve own-password.jks
[[ -z $port ]] || failed 'a key with a password of its own is served'
echo "$said" >java.txt
explained STORE-KEYPASS-DIFFERS java.txt
"$ksx" repair own-password.jks --pass env:KSX_P --key-pass env:KSX_K >repair.txt 2>&1 ||
    failed 'own-password.jks is not repaired' repair.txt
accepted own-password.jks

ask fetch "https://localhost:$port/" invisible.p12
echo "$said" >java.txt
explained P12-TRUST-INVISIBLE java.txt
repair invisible.p12
ask fetch "https://localhost:$port/" invisible.p12
[[ $said == served ]] || failed "Java does not see what was repaired: $said"

[[ $failures == 0 ]] || exit 1
echo "repair.sh: all is well"
