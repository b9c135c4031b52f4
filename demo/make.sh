#!/bin/sh
# make.sh [-d DATE] [DIR] - make the demonstration keystores anew.
#
# DATE (2026-03-01 unless given; "today" works) is the day on which expiring.jks has twelve days
# left. DIR is where they go (this directory unless given). Needs a JDK's keytool, OpenSSL and
# GNU date. Keys are random, so a second run gives other bytes that say the same.
set -eu

day=2026-03-01
while getopts d: option; do
    case $option in
    d) day=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here}"
out=$(cd "${1:-$here}" && pwd)
day=$(date -u -d "$day" +%F)

export KSX_DEMO_PASSWORD=changeit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

kt() {
    keytool -J-Duser.timezone=UTC -J-XX:TieredStopAtLevel=1 "$@" >keytool.log 2>&1 || {
        echo "keytool $*" >&2
        cat keytool.log >&2
        exit 1
    }
}
relative() { date -u -d "$day $1 days" +%F; }
# validity FROM TO: keytool's words for a period; both days at 00:00:00 UTC.
validity() {
    from=$(date -u -d "$1" +%s)
    to=$(date -u -d "$2" +%s)
    start="$(date -u -d "$1" +%Y/%m/%d) 00:00:00"
    days=$(((to - from) / 86400))
}

# ca ALIAS KEYALG SIZE SUBJECT FROM TO [SIGNER] - a CA in cas.p12 and ALIAS.pem
ca() {
    validity "$5" "$6"
    if [ "$2" = EC ]; then size="-groupname $3"; else size="-keysize $3"; fi
    # shellcheck disable=SC2086
    kt -genkeypair -keystore cas.p12 -storepass:env KSX_DEMO_PASSWORD -alias "$1" -keyalg "$2" \
        $size -dname "$4" -startdate "$start" -validity "$days" \
        -ext bc:critical=ca:true -ext ku:critical=keyCertSign,cRLSign ${7:+-signer "$7"}
    kt -exportcert -rfc -keystore cas.p12 -storepass:env KSX_DEMO_PASSWORD -alias "$1" \
        -file "$1.pem"
}

# leaf NAME ALGORITHM SUBJECT SANS FROM TO - NAME.key and NAME.pem, issued by issuing-ca
leaf() {
    case $2 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" 2>/dev/null ;;
    ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
    esac
    openssl req -new -key "$1.key" -subj "$3" -out "$1.csr"
    validity "$5" "$6"
    kt -gencert -rfc -keystore cas.p12 -storepass:env KSX_DEMO_PASSWORD -alias issuing-ca \
        -infile "$1.csr" -outfile reply.pem -startdate "$start" -validity "$days" \
        -ext ku:critical=digitalSignature,keyEncipherment -ext eku=serverAuth -ext "san=$4"
    openssl x509 -in reply.pem -out "$1.pem" # keytool adds the issuing CA
}

p12() { openssl pkcs12 -export -passout env:KSX_DEMO_PASSWORD "$@"; }
trust() { # trust ALIAS STORE
    kt -importcert -noprompt -storetype JKS -keystore "$2" -storepass:env KSX_DEMO_PASSWORD \
        -alias "$1" -file "$1.pem"
}
key() { # key NAME STORE FILE... - a key with this chain, by way of PKCS#12
    name=$1
    store=$2
    shift 2
    cat "$@" >chain.pem
    p12 -inkey "$name.key" -in chain.pem -name "$name" -out one.p12
    kt -importkeystore -noprompt -srckeystore one.p12 -srcstorepass:env KSX_DEMO_PASSWORD \
        -destkeystore "$store" -deststoretype JKS -deststorepass:env KSX_DEMO_PASSWORD
}

ca example-root RSA 3072 "CN=Example Root CA, O=Example, C=US" 2020-01-01 2050-01-01
ca issuing-ca RSA 2048 "CN=Example Issuing CA 3, O=Example, C=US" 2021-01-01 2048-01-01 example-root
ca partner-root EC secp256r1 "CN=Partner Root R1, O=Partner, C=DE" 2022-06-01 2047-06-01
ca old-root RSA 2048 "CN=Example Root CA 2003, O=Example, C=US" 2003-05-01 2023-05-01
ca next-root EC secp384r1 "CN=Example Root CA 2060, O=Example, C=US" 2060-01-01 2090-01-01

leaf www rsa "/C=US/O=Example/OU=Web/CN=www.example.com" \
    "dns:www.example.com,dns:example.com" 2024-01-01 2046-01-01
leaf api ec "/C=US/O=Example/OU=Platform/CN=api.example.com" \
    "dns:api.example.com,ip:192.0.2.10" 2024-01-01 2046-01-01
leaf intranet-2024 rsa "/C=US/O=Example/OU=Intranet/CN=intranet.example.com" \
    "dns:intranet.example.com" 2023-06-30 2024-06-30
leaf mail rsa "/C=US/O=Example/OU=Mail/CN=mail.example.com" \
    "dns:mail.example.com,dns:smtp.example.com" "$(relative -353)" "$(relative +12)"
leaf ldap ec "/C=US/O=Example/OU=Directory/CN=ldap.example.com" \
    "dns:ldap.example.com" "$(relative -300)" "$(relative +65)"

# A key with its complete chain: nothing to find.
cat www.pem issuing-ca.pem example-root.pem >chain.pem
p12 -inkey www.key -in chain.pem -name www -out healthy.p12

# The most frequent mistake: the certificate of a CA, and the CA is not there.
p12 -inkey api.key -in api.pem -name api -out broken-chain.p12

for name in intranet-2024 mail ldap www; do
    key "$name" expiring.jks "$name.pem" issuing-ca.pem example-root.pem
done

for alias in example-root issuing-ca partner-root old-root next-root; do
    trust "$alias" truststore.jks
done

for file in healthy.p12 broken-chain.p12 expiring.jks truststore.jks; do
    cat "$file" >"$out/$file"
    chmod 600 "$out/$file"
    echo "$out/$file"
done
