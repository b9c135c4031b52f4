#!/usr/bin/env bash
# revoked.sh DIR KSX JAVA CLASSES - `ksx check --revocation` asks the responder of openssl and fetches
# lists by HTTP, and says what Java's revocation checker says of the same certificates. DIR is made
# anew; CLASSES has Verdicts. What is missing on this host makes it end with 77, or with KSX_NO_SKIP=1
# in the environment fail.
set -euo pipefail
dir=$1 ksx=$2 java=$3 classes=$4
# shellcheck source=tests/interop/common.sh
. "${BASH_SOURCE[0]%/*}/common.sh"

missing=
[[ -x $java ]] || missing+=' a JDK 17,'
needs "$missing" openssl

rm -rf "$dir"
mkdir -p "$dir/web"
cd "$dir"
export no_proxy='*'

# ---- the CA, its responder and the web server of its lists ----

ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
# shellcheck disable=SC2086
openssl req $ec -x509 -days 30 -keyout ca.key -out ca.pem -subj '/CN=Revoking CA' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>tools.log
sign() { # sign NAME SERIAL EXTENSIONS
    printf '%b' "$3" >"$1.ext"
    # shellcheck disable=SC2086
    openssl req $ec -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>>tools.log
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$2" -days 20 \
        -extfile "$1.ext" -out "$1.pem" 2>>tools.log
    cat "$1.pem" ca.pem >"$1-chain.pem"
}
sign responder 0x05 'extendedKeyUsage=OCSPSigning\n'
row() { # row STATE REVOKED SERIAL
    printf '%s\t491231235959Z\t%s\t%s\tunknown\t/CN=%s\n' "$@" "$3"
}
{
    row V '' 10
    row R 260203100000Z,keyCompromise 11
    row V '' 20
    row R 260204100000Z,superseded 21
} >index.txt
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\n' >ca.cnf
echo 01 >number
openssl ca -config ca.cnf -gencrl -crldays 7 -cert ca.pem -keyfile ca.key -out ca.crl 2>>tools.log
openssl crl -in ca.crl -outform DER -out web/ca.crl

mkfifo ocsp.out to from
openssl ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key -port 0 -ndays 1 \
    >ocsp.out 2>ocsp.log &
responder=$!
"$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$classes" Verdicts web <to >from 2>java.log &
jvm=$!
exec {to}>to {from}<from {accepted}<ocsp.out
# The JVM ends with its standard input.
trap 'exec {to}>&-; kill $responder 2>/dev/null || true; wait $responder $jvm 2>/dev/null || true' EXIT
hear() { # hear DESCRIPTOR WHO - the next line, as $said
    read -r -t 60 -u "$1" said || {
        echo "FAILED: $2 says nothing" >&2
        cat ocsp.log java.log >&2
        exit 1
    }
}
hear "$from" Java
list=http://127.0.0.1:$said/ca.crl
hear "$accepted" 'the responder' # ACCEPT [::]:34165 PID=9401
said=${said%% PID*}
ocsp=http://127.0.0.1:${said##*:}/

access="authorityInfoAccess=OCSP;URI:$ocsp\n" points="crlDistributionPoints=URI:$list\n"
sign good-ocsp 0x10 "$access"
sign revoked-ocsp 0x11 "$access"
sign unknown-ocsp 0x12 "$access"
sign good-list 0x20 "$points"
sign revoked-list 0x21 "$points"

# ---- the same of both ----

java_says() { # java_says HOW NAME WORDS
    echo "$1 ca.pem $2.pem" >&"$to"
    hear "$from" Java
    [[ $said == *"$3"* ]] || failed "Java says of $2: $said"
}
ksx_says() { # ksx_says STATUS NAME WORDS OPTION...
    local status=0
    "$ksx" check "$2-chain.pem" --ignore CERT-EXPIRES-SOON "${@:4}" >out.txt 2>asked.txt || status=$?
    [[ $status == "$1" ]] || failed "ksx ends with $status, not $1, for $2" out.txt
    grep -qF -- "$3" out.txt || failed "ksx does not say of $2: $3" out.txt
}
java_says ocsp good-ocsp good
ksx_says 0 good-ocsp "is not revoked, says OCSP $ocsp" --revocation --private
grep -qFx "ksx: asking $ocsp" asked.txt || failed 'the URL is not told' asked.txt
java_says ocsp revoked-ocsp 'Certificate has been revoked, reason: KEY_COMPROMISE'
ksx_says 1 revoked-ocsp 'was revoked 2026-02-03 (key compromise), says OCSP' --revocation --private
java_says ocsp unknown-ocsp "Certificate's revocation status is unknown"
ksx_says 0 unknown-ocsp 'the responder does not know the certificate' --revocation --private
java_says crl good-list good
ksx_says 0 good-list "is not revoked, says list $list" --revocation --private
java_says crl revoked-list 'Certificate has been revoked, reason: SUPERSEDED'
ksx_says 1 revoked-list 'was revoked 2026-02-04 (superseded), says list' --revocation --private

# ---- what was not asked for is not done ----

ksx_says 0 revoked-ocsp 'its port is neither 80 nor 443' --revocation
ksx_says 0 revoked-ocsp 'nothing found'
[[ ! -s asked.txt ]] || failed 'somebody was asked' asked.txt
# A list at hand needs nobody; a responder that is named is asked in place of the certificate's.
kill "$responder"
wait "$responder" 2>/dev/null || true
ksx_says 1 revoked-ocsp 'was revoked 2026-02-03 (key compromise), says list ca.crl' --crl ca.crl
ksx_says 0 good-ocsp 'is not revoked, says list web/ca.crl' --crl web/ca.crl
ksx_says 0 good-ocsp 'REVOCATION-UNKNOWN' --revocation --private

[[ $failures == 0 ]] || exit 1
echo "revoked.sh: all is well"
