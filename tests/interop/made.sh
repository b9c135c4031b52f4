#!/usr/bin/env bash
# made.sh DIR KSX - what gen, csr, sign and renew make, keytool and openssl take; and the commands
# that ksx shows beside it make the same. DIR is made anew.
set -euo pipefail
dir=$1 ksx=$2
# shellcheck source=tests/interop/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"
rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
export KSX_P=changeit STOREPASS=changeit CAPASS=changeit NEWPASS=of-the-key

own_files

says() { # says WORDS COMMAND...
    local words=$1
    shift
    run "$@"
    grep -qF -- "$words" out.txt || failed "'$words' is not said by: $*"
}
facts() { # facts CERTIFICATE - all but key, dates and serial number
    openssl x509 -in "$1" -noout -subject 2>/dev/null || true
    for ext in basicConstraints keyUsage extendedKeyUsage subjectAltName; do
        openssl x509 -in "$1" -noout -ext "$ext" 2>/dev/null || true
    done
}

# a CA and a server of each kind of key: pair, request, certificate, chain
for type in rsa:2048 rsa-pss:2048 ec:p-256 ec:p-384 ed25519 ed448; do
    name=${type//:/-}
    run ksx gen "$name.p12" --alias ca --alg "$type" --dn "CN=Root $name,O=Example" --use ca
    run ksx gen "$name.p12" --alias web --alg "$type" --dn 'CN=www.example.com,O=Example,C=US' \
        --signer ca --san dns:www.example.com --san ip:192.0.2.1
    run ksx csr "$name.p12" web -o "$name.csr" --challenge open
    run ksx sign "$name.p12" ca --csr "$name.csr" --chain -o "$name.pem"
    "$ksx" show "$name.p12" ca --section pem --pass env:KSX_P >"$name-ca.pem"
    "$ksx" show "$name.p12" web --section pem --pass env:KSX_P >"$name-web.pem"

    says 'verify OK' openssl req -in "$name.csr" -verify -noout
    says 'DNS:www.example.com' openssl req -in "$name.csr" -noout -text
    says 'CN=www.example.com, O=Example, C=US' keytool -printcertreq -file "$name.csr"
    says "$name.pem: OK" openssl verify -x509_strict -purpose sslserver \
        -verify_hostname www.example.com -CAfile "$name-ca.pem" "$name.pem"
    says "$name-web.pem: OK" openssl verify -x509_strict -purpose sslserver -verify_ip 192.0.2.1 \
        -CAfile "$name-ca.pem" "$name-web.pem"
    says 'Certificate chain length: 2' keytool -list -v -keystore "$name.p12" \
        -storepass:env STOREPASS -alias web
    grep -qF 'IPAddress: 192.0.2.1' out.txt || failed "$type: keytool sees no address"
    [[ $(facts "$name.pem") == "$(facts "$name-web.pem")" ]] ||
        failed "$type: the certificate for the request says something else"
done

# a renewed CA still vouches for what it signed
run ksx renew rsa-2048.p12 ca --days 4000
"$ksx" show rsa-2048.p12 ca --section pem --pass env:KSX_P >renewed.pem
says 'rsa-2048.pem: OK' openssl verify -CAfile renewed.pem rsa-2048.pem
says 'Certificate chain length: 2' keytool -list -v -keystore rsa-2048.p12 \
    -storepass:env STOREPASS -alias web
run ksx renew ec-p-256.p12 web --new-key --signer ca
says 'Certificate chain length: 2' keytool -list -v -keystore ec-p-256.p12 \
    -storepass:env STOREPASS -alias web

# every type of keystore that keytool has without Bouncy Castle
for type in jks jceks pkcs12; do
    run ksx gen "made.$type" --type "$type" --alias web --alg ec:p-256 --dn CN=web
    says PrivateKeyEntry keytool -list -keystore "made.$type" -storepass:env STOREPASS
done

# the commands that are shown make the same
same() { # same TYPE OPTION...
    local type=$1
    shift
    rm -f shown.p12 ours.p12
    shown ksx gen shown.p12 --dry-run --alias web --alg "$type" "$@"
    run ksx gen ours.p12 --alias web --alg "$type" "$@"
    "$ksx" show shown.p12 web --section pem --pass env:KSX_P >shown.pem || failed "no shown.p12: $*"
    "$ksx" show ours.p12 web --section pem --pass env:KSX_P >ours.pem || failed "no ours.p12: $*"
    [[ -n $(facts ours.pem) && $(facts shown.pem) == "$(facts ours.pem)" ]] || {
        failed "the commands shown for $type $* make something else"
        diff <(facts shown.pem) <(facts ours.pem) >&2 || true
    }
}
same rsa:2048 --dn "CN=it's\\; a \\\"name\\\",O=A\\, B,C=US" --use ca --path-len 1
same ec:p-256 --dn 'CN=www.example.com,OU=a+OU=b' --use server+client --eku 1.3.6.1.4.1.99999.1 \
    --san uri:https://www.example.com/a,b --san dir:CN=x --from 2026-01-01
shown ksx csr ours.p12 web --dry-run -o shown.csr
run ksx csr ours.p12 web -o ours.csr
[[ $(openssl req -in shown.csr -noout -subject) == "$(openssl req -in ours.csr -noout -subject)" ]] ||
    failed 'the command shown for a request makes another subject'

same secp256k1 --dn 'CN=www.example.com,O=A/B\+C' --use server --san email:a@example.com

# by a CA below a root, which is in the same keystore, in another, or in none of keytool's
chain() { # chain LENGTH STORE
    says "Certificate chain length: $1" keytool -list -v -keystore "$2" -storepass:env STOREPASS -alias web
}
run ksx gen root.p12 --alias root --alg ec:p-256 --dn 'CN=Root,O=Example' --use ca
run ksx gen ca.p12 --alias issuing-ca --alg ec:p-256 --dn 'CN=Issuing CA,O=Example' --use ca \
    --signer root.p12:root
run ksx gen server.p12 --alias web --alg ec:p-256 --dn CN=www.example.com
shown ksx renew server.p12 web --signer ca.p12:issuing-ca --dry-run
chain 3 server.p12
cp ca.p12 both.p12
run ksx gen both.p12 --alias web --alg ec:p-256 --dn CN=www.example.com
shown ksx renew both.p12 web --signer issuing-ca --dry-run
chain 3 both.p12
run ksx gen empty.p12 --alias other --alg ec:p-256 --dn CN=other
shown ksx gen empty.p12 --alias web --alg ec:p-256 --dn CN=www.example.com \
    --signer ca.p12:issuing-ca --dry-run
chain 3 empty.p12
run ksx csr server.p12 web -o chained.csr
shown ksx sign ca.p12 issuing-ca --csr chained.csr -o chained.pem --chain --dry-run
"$ksx" show root.p12 root --section pem --pass env:KSX_P | sed -n 2p >root.line
grep -qFf root.line chained.pem || failed 'the commands shown leave out the root'
shown ksx sign ca.p12 issuing-ca --csr chained.csr -o alone.der --format der --dry-run
run openssl x509 -inform DER -in alone.der -noout

# what leaves a keystore
print_of() { # print_of FILE - of its first certificate
    openssl x509 -in "$1" -noout -fingerprint -sha256
}
"$ksx" show both.p12 web --section pem --pass env:KSX_P >web.line
shown ksx export both.p12 web --what chain --format p7b -o web.p7b --dry-run
openssl pkcs7 -inform DER -in web.p7b -print_certs >web-p7b.pem
shown ksx export both.p12 web --what pair --format pem -o pair.pem --new-pass env:NEWPASS --dry-run
shown ksx export both.p12 web --what pair --format pem -o split.pem --key-output split.key \
    --new-pass env:NEWPASS --dry-run
for file in web-p7b.pem pair.pem split.pem; do
    [[ $(print_of "$file") == "$(print_of web.line)" ]] || failed "$file: not the certificate of web"
done
shown ksx export both.p12 web --what key --format pkcs8 -o key.p8 --new-pass env:NEWPASS --dry-run
shown ksx export both.p12 web --what pubkey --format pem -o public.pem --dry-run
for form in 'split.key' 'pair.pem' 'key.p8 -inform DER'; do
    # shellcheck disable=SC2086 # name and options
    [[ $(openssl pkey -in $form -passin env:NEWPASS -pubout) == "$(cat public.pem)" ]] ||
        failed "$form: another key"
done

[[ $failures == 0 ]] || exit 1
echo "made.sh: all is well"
