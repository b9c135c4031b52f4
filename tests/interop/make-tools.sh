#!/bin/sh
# make-tools.sh DIR - what OpenSSL, NSS and GnuTLS write, from the keys in DIR/parts.
#
# OpenSSL is required. pk12util (NSS) and certtool (GnuTLS) are left out when they are not
# installed; so are formats that this OpenSSL cannot write.
set -eu
cd "$1"
export KSX_TEST_PASSWORD=changeit
key="-inkey parts/server.key -in parts/server.pem"

say() { echo "make-tools.sh: $*" >&2; }
# try FILE COMMAND... - an output that some version of a tool may not be able to write
try() {
    file=$1
    shift
    "$@" >tools.log 2>&1 || {
        say "left out $file: $(tail -n 1 tools.log)"
        rm -f "$file"
    }
}
p12() { # p12 NAME OPTION...
    out=$1
    shift
    try "$out" openssl pkcs12 -export -passout env:KSX_TEST_PASSWORD -out "$out" "$@"
}

# shellcheck disable=SC2086
{
    p12 p12-openssl.p12 $key -certfile parts/cas.pem -name Server
    p12 p12-openssl-caname.p12 $key -certfile parts/cas.pem -name server -caname one -caname two
    p12 p12-openssl-noname.p12 $key -certfile parts/cas.pem
    p12 p12-openssl-legacy.p12 $key -certfile parts/cas.pem -name server -legacy
    p12 p12-openssl-nomac.p12 $key -certfile parts/cas.pem -name server -nomac
    p12 p12-openssl-none.p12 $key -certfile parts/cas.pem -name server -keypbe NONE -certpbe NONE
    p12 p12-openssl-clear.p12 $key -name server -keypbe NONE -certpbe NONE -nomac
    p12 p12-openssl-noiter.p12 $key -name server -noiter -nomaciter
    p12 p12-openssl-aes192.p12 $key -name server -keypbe AES-192-CBC -certpbe AES-192-CBC
    p12 p12-openssl-camellia.p12 $key -name server -certpbe CAMELLIA-256-CBC
    p12 p12-openssl-descert.p12 $key -name server -descert -macalg sha512
    p12 p12-openssl-lmk.p12 $key -name server -LMK -CSP "Some Provider" -keyex
    p12 p12-openssl-nokeys.p12 -nokeys -in parts/cas.pem
    p12 p12-openssl-leaf-only.p12 $key -name server
}
openssl pkcs12 -export -passout pass: -out p12-openssl-emptypass.p12 -inkey parts/server.key \
    -in parts/server.pem -name server

if command -v pk12util >/dev/null && command -v certutil >/dev/null; then
    rm -rf nss
    mkdir nss
    printf %s "$KSX_TEST_PASSWORD" >parts/password
    : >parts/empty
    certutil -N -d sql:nss --empty-password
    pk12util -i p12-openssl.p12 -d sql:nss -w parts/password -K '' >tools.log 2>&1
    try p12-nss.p12 pk12util -o p12-nss.p12 -n Server -d sql:nss -w parts/password -K ''
    try p12-nss-legacy.p12 pk12util -o p12-nss-legacy.p12 -n Server -d sql:nss -w parts/password \
        -K '' -c "PKCS #12 V2 PBE With SHA-1 And 3KEY Triple DES-CBC" \
        -C "PKCS #12 V2 PBE With SHA-1 And 40 Bit RC2 CBC"
else
    say "left out NSS: no pk12util"
fi

if command -v certtool >/dev/null; then
    gnutls() { # gnutls FILE OPTION...
        out=$1
        shift
        try "$out" certtool --to-p12 --load-privkey parts/server.key \
            --load-certificate parts/server.pem --load-ca-certificate parts/cas.pem \
            --p12-name server --outder --outfile "$out" "$@"
    }
    gnutls p12-gnutls.p12 --password "$KSX_TEST_PASSWORD"
    gnutls p12-gnutls-3des.p12 --password "$KSX_TEST_PASSWORD" --pkcs-cipher 3des-pkcs12
    gnutls p12-gnutls-rc2.p12 --password "$KSX_TEST_PASSWORD" --pkcs-cipher rc2-40
    gnutls p12-null.p12 --null-password
    gnutls p12-empty.p12 --empty-password
else
    say "left out GnuTLS: no certtool"
fi

# ---- keys, requests and the rest ----
pkcs8() { # pkcs8 FILE OPTION...
    out=$1
    shift
    try "$out" openssl pkcs8 -topk8 -in parts/server.key -out "$out" \
        -passout env:KSX_TEST_PASSWORD "$@"
}
pkcs8 key-pkcs8-aes.pem -v2 aes-256-cbc -v2prf hmacWithSHA512
pkcs8 key-pkcs8-scrypt.pem -scrypt
pkcs8 key-pkcs8-3des.pem -v1 PBE-SHA1-3DES
pkcs8 key-pkcs8-md5des.pem -v1 PBE-MD5-DES -provider legacy -provider default
pkcs8 key-pkcs8-rc2.pem -v1 PBE-SHA1-RC2-40 -provider legacy -provider default
openssl pkcs8 -topk8 -nocrypt -in parts/server.key -out key-pkcs8.pem
openssl rsa -in parts/server.key -traditional -out key-rsa.pem 2>/dev/null
openssl rsa -in parts/server.key -traditional -outform DER -out key-rsa.der 2>/dev/null
openssl rsa -in parts/server.key -traditional -aes256 -passout env:KSX_TEST_PASSWORD \
    -out key-rsa-dek.pem 2>/dev/null
try key-rsa-dek-des3.pem openssl rsa -in parts/server.key -traditional -des3 \
    -passout env:KSX_TEST_PASSWORD -out key-rsa-dek-des3.pem
openssl ecparam -name prime256v1 -genkey -out key-ec-params.pem
openssl ec -in parts/other.key -out key-ec.pem 2>/dev/null
openssl ec -in parts/other.key -outform DER -out key-ec.der 2>/dev/null
openssl genpkey -algorithm ED25519 -out key-ed25519.pem
openssl rsa -in parts/server.key -pubout -out public.pem 2>/dev/null
openssl rsa -in parts/server.key -RSAPublicKey_out -out public-rsa.pem 2>/dev/null
openssl req -new -key parts/server.key -subj "/C=US/O=Example/CN=server.example.com" \
    -addext "subjectAltName=DNS:server.example.com" -out request.csr
openssl req -in request.csr -outform DER -out request.der
sed 's/ CERTIFICATE REQUEST/ NEW CERTIFICATE REQUEST/' request.csr >request-new.csr
openssl spkac -key parts/server.key -challenge words -out spkac.txt
openssl x509 -in parts/server.pem -trustout -setalias "an alias" -addtrust serverAuth \
    -out trusted.pem
openssl x509 -in parts/server.pem -text -out cert-text.pem
openssl pkcs12 -in p12-openssl.p12 -nodes -passin env:KSX_TEST_PASSWORD -out bag-attributes.pem
openssl crl2pkcs7 -nocrl -certfile parts/cas.pem -outform DER -out cas.p7b
openssl rsa -in parts/server.key -outform PVK -pvk-none -out key.pvk 2>/dev/null ||
    rm -f key.pvk
openssl rsa -in parts/server.key -outform MSBLOB -out key.msblob 2>/dev/null || rm -f key.msblob
rm -f tools.log
