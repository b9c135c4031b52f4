#!/usr/bin/env bash
# import.sh DIR KSX - what ksx import brings in, keytool and openssl find there; and the commands that
# ksx shows beside it bring in the same. DIR is made anew.
set -euo pipefail
dir=$1 ksx=$2
# shellcheck source=tests/interop/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
export KSX_P=changeit STOREPASS=changeit SRCPASS=of-the-key

own_files

chain() { # chain LENGTH STORE ALIAS
    run keytool -list -v -keystore "$2" -storepass:env STOREPASS -alias "$3"
    grep -qF "Certificate chain length: $1" out.txt || failed "$2: $3 has no chain of $1"
}

# a CA of two levels, of openssl
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3650 \
    -subj '/O=Example/CN=Example Root CA' -addext basicConstraints=critical,CA:TRUE 2>tools.log
openssl req -newkey rsa:2048 -nodes -keyout issuing.key -out issuing.csr \
    -subj '/O=Example/CN=Example Issuing CA' 2>>tools.log
printf 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n' >ca.ext
openssl x509 -req -in issuing.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1000 \
    -extfile ca.ext -out issuing.pem 2>>tools.log

# the reply of that CA, as keytool's users get it: PKCS#7, PEM with text, DER; in one file and in many
for type in JKS JCEKS PKCS12; do
    store=reply.$type
    keytool -genkeypair -keystore "$store" -storetype "$type" -storepass:env STOREPASS -alias web \
        -keyalg RSA -keysize 2048 -dname 'CN=www.example.com,O=Example' 2>>tools.log
    keytool -certreq -keystore "$store" -storepass:env STOREPASS -alias web -file www.csr 2>>tools.log
    openssl x509 -req -in www.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 300 \
        -out web.pem 2>>tools.log
    openssl x509 -in web.pem -outform DER -out web.cer
    openssl crl2pkcs7 -nocrl -certfile root.pem -certfile web.pem -certfile issuing.pem -outform DER \
        -out web.p7b
    {
        openssl x509 -in root.pem -text
        openssl x509 -in issuing.pem -text
        openssl x509 -in web.pem -text
    } >web-text.pem
    for reply in web.p7b web-text.pem; do
        cp "$store" "copy.$type"
        run ksx import "copy.$type" --reply "$reply"
        chain 3 "copy.$type" web
    done
    cp "$store" "copy.$type"
    run ksx import "copy.$type" --reply root.pem --reply issuing.pem --reply web.cer
    chain 3 "copy.$type" web
    cp "$store" "copy.$type"
    run ksx import "copy.$type" --reply web.p7b --without-root
    chain 2 "copy.$type" web
    # the issuers are trusted here: the reply may be the leaf alone
    cp "$store" "copy.$type"
    run ksx import "copy.$type" --cert issuing.pem --cert root.pem --all --yes
    run ksx import "copy.$type" --reply web.cer
    chain 3 "copy.$type" web
    # and nothing is said to be complete that is not
    cp "$store" "copy.$type"
    if ksx import "copy.$type" --reply web.cer --reply root.pem >out.txt 2>&1; then
        failed "$type: a chain with a gap was stored"
    fi
    cmp -s "$store" "copy.$type" || failed "$type: a refused import changed the file"
    # the commands that are shown do the same
    for reply in web.p7b web-text.pem; do
        cp "$store" "shown.$type"
        shown ksx import "shown.$type" --dry-run --reply "$reply"
        chain 3 "shown.$type" web
    done
    cp "$store" "shown.$type"
    shown ksx import "shown.$type" --dry-run --reply issuing.pem --reply web.cer --reply root.pem
    chain 3 "shown.$type" web
done

# key pairs of all kinds, each file of its own, into every type
openssl req -newkey rsa:2048 -nodes -keyout own.key -out own.csr -subj '/CN=own.example.com' \
    2>>tools.log
openssl x509 -req -in own.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 300 \
    -out own.pem 2>>tools.log
openssl pkcs8 -topk8 -in own.key -passout env:SRCPASS -out own-p8.key
openssl rsa -in own.key -traditional -aes256 -passout env:SRCPASS -out own-dek.key 2>>tools.log
openssl rsa -in own.key -outform DER -out own-der.key 2>>tools.log
openssl rsa -in own.key -provider default -provider legacy -outform PVK -pvk-strong \
    -passout env:SRCPASS -out own.pvk 2>>tools.log || rm -f own.pvk
openssl pkcs12 -export -inkey own.key -in own.pem -certfile issuing.pem -name own \
    -passout env:SRCPASS -out own.p12
for key in own.key own-p8.key own-dek.key own-der.key own.pvk; do
    [[ -s $key ]] || continue
    for type in jks pkcs12; do
        rm -f "pair.$type" "shown.$type"
        run "$ksx" import "pair.$type" --type "$type" --new-pass env:KSX_P --key "$key" \
            --key-pass env:SRCPASS --cert root.pem --cert issuing.pem --cert own.pem --alias own
        chain 3 "pair.$type" own
        shown "$ksx" import "shown.$type" --type "$type" --new-pass env:KSX_P --key "$key" \
            --key-pass env:SRCPASS --cert root.pem --cert issuing.pem --cert own.pem --alias own -n
        chain 3 "shown.$type" own
    done
    # it is this very key
    run openssl pkcs12 -in pair.pkcs12 -passin env:STOREPASS -nodes -nocerts -out out.key
    [[ $(openssl pkey -in out.key -pubout) == "$(openssl pkey -in own.key -pubout)" ]] ||
        failed "$key: another key came out"
done
rm -f pair.jks
run "$ksx" import pair.jks --type jks --new-pass env:KSX_P --key own.p12 \
    --in-pass env:SRCPASS --incomplete
chain 2 pair.jks own

# trusted certificates, into a copy of a truststore, and into a new one
for type in jks pkcs12; do
    rm -f "trust.$type"
    print=$(openssl x509 -in root.pem -noout -fingerprint -sha256)
    run "$ksx" import "trust.$type" --type "$type" --new-pass env:KSX_P --cert root.pem \
        --fingerprint "${print#*=}"
    run keytool -list -keystore "trust.$type" -storepass:env STOREPASS -alias example-root-ca
    grep -qF trustedCertEntry out.txt || failed "trust.$type: no trusted certificate"
    rm -f "shown.$type"
    shown "$ksx" import "shown.$type" --type "$type" --new-pass env:KSX_P --cert root.pem --yes -n
    run keytool -list -keystore "shown.$type" -storepass:env STOREPASS -alias example-root-ca
done

[[ $failures == 0 ]] || exit 1
echo "import.sh: all is well"
