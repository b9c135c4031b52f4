#!/usr/bin/env bash
# capture.sh DIR KSX JAVA CLASSES - servers on loopback send what servers send: openssl s_server a whole
# chain, one without its intermediate, one in the wrong order, one that has expired, and one to clients
# with a certificate only; nginx, where it is installed; a JVM, directly and through tinyproxy. What
# `ksx capture` says of them is looked at; and a Java client that fails with "PKIX path building failed"
# connects after the commands that it shows. DIR is made anew; CLASSES has ServeJsse and Fetch. What is
# missing on this host makes it end with 77, or with KSX_NO_SKIP=1 in the environment fail.
set -euo pipefail
dir=$1 ksx=$2 java=$3 classes=$4
failures=0
cacerts=/etc/ssl/certs/java/cacerts

missing=
[[ -x $java ]] || missing+=' a JDK 17,'
[[ -r $cacerts ]] || missing+=' ca-certificates-java,'
for program in openssl tinyproxy; do
    command -v "$program" >/dev/null || missing+=" $program,"
done
if [[ -n $missing ]]; then
    echo "SKIPPED: needs${missing%,}" >&2
    [[ -z ${KSX_NO_SKIP:-} ]] || exit 1
    exit 77
fi
PATH=$PATH:/usr/sbin

rm -rf "$dir"
mkdir -p "$dir"
cd "$dir"
export KSX_P=changeit KSX_PROXY=of-the-proxy
unset https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

failed() { # failed WORDS [FILE]
    echo "FAILED: $1" >&2
    [[ -z ${2:-} ]] || cat "$2" >&2
    failures=$((failures + 1))
}

# ---- certificates ----

ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
ca() { # ca NAME SUBJECT [SIGNER]
    local by=()
    [[ -z ${3:-} ]] || by=(-CA "$3.pem" -CAkey "$3.key")
    # shellcheck disable=SC2086
    openssl req $ec -x509 -days 3650 "${by[@]}" -keyout "$1.key" -out "$1.pem" -subj "$2" \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>>tools.log
}
ca root '/CN=Corp Root'
ca issuing '/CN=Corp Issuing' root
# shellcheck disable=SC2086
openssl req $ec -keyout web.key -out web.csr -subj '/CN=localhost' \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>>tools.log
sign() { # sign NAME OPTION...
    "$ksx" sign ca.p12 issuing --csr web.csr -o "$1.pem" --pass env:KSX_P "${@:2}" >>tools.log 2>&1
}
openssl pkcs12 -export -inkey issuing.key -in issuing.pem -name issuing -passout env:KSX_P -out ca.p12
sign web --days 300
sign old --from 2024-01-01 --until 2024-12-31
openssl pkcs12 -export -inkey web.key -in web.pem -certfile issuing.pem -name web \
    -passout env:KSX_P -out web.p12
# shellcheck disable=SC2086
openssl req $ec -x509 -days 300 -CA root.pem -CAkey root.key -keyout client.key -out client.pem \
    -subj '/CN=client' -addext 'extendedKeyUsage=clientAuth' -addext 'basicConstraints=critical,CA:FALSE' \
    2>>tools.log
cat client.key >>client.pem
chmod 600 client.pem
printf 'V\t491231235959Z\t\t%s\tunknown\t/CN=localhost\n' \
    "$(openssl x509 -in web.pem -noout -serial | sed 's/.*=//')" >index.txt
openssl ocsp -issuer issuing.pem -cert web.pem -reqout request.der -no_nonce >>tools.log 2>&1
openssl ocsp -index index.txt -CA issuing.pem -rsigner issuing.pem -rkey issuing.key -ndays 1 \
    -reqin request.der -respout answer.der >>tools.log 2>&1
cat root.pem issuing.pem >turned.pem
cat web.pem issuing.pem >chain.pem

# ---- servers ----

servers=()
stop() {
    local pid
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
    done
}
trap stop EXIT

s_server() { # s_server NAME OPTION... - at the port $port
    local name=$1 output line
    mkfifo "$name.out"
    openssl s_server -accept 127.0.0.1:0 -www -key web.key "${@:2}" >"$name.out" 2>"$name.log" &
    servers+=($!)
    exec {output}<"$name.out"
    port=
    while read -r -t 30 -u "$output" line; do
        [[ $line != ACCEPT* ]] || { port=${line##*:} && return; }
    done
    failed "openssl s_server does not start: $name" "$name.log"
}
reachable() { # reachable PID PORT - waits until it is
    until { exec {probe}<>"/dev/tcp/127.0.0.1/$2"; } 2>/dev/null; do
        kill -0 "$1" 2>/dev/null && ((SECONDS < 60)) || return 1
    done
    exec {probe}>&-
}
at_free_port() { # at_free_port NAME FUNCTION - which starts a server at $port, with its pid in $!
    local try
    for try in 1 2 3 4 5 6 7 8; do
        port=$((20000 + RANDOM % 12000))
        ! { exec {probe}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || { exec {probe}>&- && continue; }
        "$2" "$1"
        reachable $! "$port" && servers+=($!) && return
        wait $! || true
    done
    failed "$1 does not start" "$1.log"
}
nginx_here() {
    cat >"$1.conf" <<EOF
daemon off;
master_process off;
pid $PWD/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $PWD/t1;
    proxy_temp_path $PWD/t2;
    fastcgi_temp_path $PWD/t3;
    uwsgi_temp_path $PWD/t4;
    scgi_temp_path $PWD/t5;
    server {
        listen 127.0.0.1:$port ssl http2;
        ssl_certificate $PWD/chain.pem;
        ssl_certificate_key $PWD/web.key;
    }
}
EOF
    nginx -p "$PWD" -e "$PWD/$1.log" -c "$PWD/$1.conf" >>"$1.log" 2>&1 &
}
tinyproxy_here() {
    printf '%s\n' "Port $port" 'Listen 127.0.0.1' 'Allow 127.0.0.1' 'Timeout 30' "$proxy_more" >"$1.conf"
    tinyproxy -d -c "$1.conf" >"$1.log" 2>&1 &
}
jvm() { # jvm OPTIONS ARGUMENT... - OPTIONS: a file of `ksx snippet --for jvm`
    local options
    options=$(sed '/^#/d; s/KEYSTORE_PASSWORD/changeit/' "$1")
    shift
    # exec, so that the process that is waited for and ended is the JVM
    eval "exec \"\$java\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp \"\$classes\" $options \"\$@\""
}
"$ksx" snippet web.p12 --for jvm --pass env:KSX_P >web.jvm
mkfifo jsse.in jsse.out
jvm web.jvm ServeJsse <jsse.in >jsse.out 2>jsse.log &
servers+=($!)
exec {hold}>jsse.in {jsse_says}<jsse.out

# ---- what ksx says of them ----

capture() { # capture EXIT OPTION... - into out.txt
    local wanted=$1 got=0
    shift
    "$ksx" capture --pass env:KSX_P "$@" >out.txt 2>err.txt || got=$?
    cat err.txt >>out.txt
    [[ $got == "$wanted" ]] || failed "ksx capture $* ends with $got, not $wanted" out.txt
}
says() { # says WORDS... - each in a line of what it said last
    local words
    for words in "$@"; do
        grep -qF -- "$words" out.txt || failed "not said: $words" out.txt
    done
}

s_server whole -cert web.pem -cert_chain issuing.pem
whole=localhost:$port
capture 0 "$whole" --from root.pem
says 'sent 0 leaf   CN=localhost' 'sent 1 issuer CN=Corp Issuing' 'unsent root   CN=Corp Root' \
    'the certificate answers for localhost' 'Not verified'
capture 0 "$whole" --json
says '"sent":2' '"role":"issuer"' '"protocol":"TLSv1.3"' '"verified":false'
capture 0 "$whole" --pem
cmp -s out.txt chain.pem || failed 'what was sent is another chain' out.txt

s_server stapled -cert web.pem -cert_chain issuing.pem -status_file answer.der
capture 0 "localhost:$port"
says 'stapled: good until'

s_server alone -cert web.pem
capture 1 "127.0.0.1:$port"
says CHAIN-MISSING-INTERMEDIATE 'Needed: the CA certificate of CN=Corp Issuing'

s_server turned -cert web.pem -cert_chain turned.pem
capture 0 "localhost:$port"
says 'sent 1 root   CN=Corp Root' 'sent 2 issuer CN=Corp Issuing' CHAIN-OUT-OF-ORDER

s_server old -cert old.pem -cert_chain issuing.pem
capture 1 "localhost:$port" --trust root.pem
says CERT-EXPIRED 'no trusted certificate changes that'

s_server demands -cert web.pem -cert_chain issuing.pem -Verify 2 -verify_return_error -CAfile root.pem
capture 0 "localhost:$port"
says 'a certificate is demanded' 'accepts: CN=Corp Root'
capture 0 "localhost:$port" --client client.pem
says 'that of --client was shown'

if command -v nginx >/dev/null; then
    at_free_port nginx nginx_here
    capture 0 "localhost:$port" --alpn h2,http/1.1 --trust root.pem
    says 'ALPN h2' 'trusted by root.pem'
fi

read -r -t 60 -u "$jsse_says" port || failed 'the JVM does not serve' jsse.log
jsse=localhost:$port
capture 0 "$jsse" --trust root.pem
says 'sent 1 issuer CN=Corp Issuing' 'trusted by root.pem'

# ---- through proxies ----

proxy_more=
at_free_port proxy tinyproxy_here
capture 0 "$jsse" --proxy "127.0.0.1:$port" --compare-direct
says "the proxy: 127.0.0.1:$port" 'sent 0 leaf   CN=localhost' 'the same certificate directly'
export https_proxy=http://127.0.0.1:$port
capture 0 "$jsse"
says 'asking through the proxy 127.0.0.1' '(https_proxy)'
unset https_proxy

proxy_more='BasicAuth me of-the-proxy'
at_free_port guarded tinyproxy_here
capture 7 "$jsse" --proxy "127.0.0.1:$port"
says 'wants a user and a password'
capture 0 "$jsse" --proxy "http://me@127.0.0.1:$port" --proxy-pass env:KSX_PROXY
says 'sent 0 leaf   CN=localhost'
! grep -qF of-the-proxy out.txt || failed 'the password of the proxy is shown' out.txt

# ---- the Java client that does not connect ----

fetched() { # fetched OPTIONS
    (jvm "$1" Fetch "https://$jsse/") >out.txt 2>&1 || failed 'the Java client fails' out.txt
}
: >default.jvm
fetched default.jvm
says 'PKIX path building failed'
capture 1 "$jsse" --trust "$cacerts" --trust-pass env:KSX_P --from root.pem
says 'Corp Root is missing there' 'PKIX path building failed'
sed -n 's/^ *\(ksx [cis][a-z]* .*\)$/\1 --pass env:KSX_P/p' out.txt >commands.sh
[[ $(wc -l <commands.sh) == 3 ]] || failed 'there are not three commands' out.txt
(
    ksx() { "$ksx" "$@"; }
    # shellcheck disable=SC1091
    . ./commands.sh
) >after.txt 2>&1 || failed 'the commands shown do not work' after.txt
grep '^ *-Djavax' after.txt >after.jvm || failed 'no flags are shown' after.txt
fetched after.jvm
says 'served by JSSE'
capture 0 "$jsse" --trust outbound.p12
says 'the chain ends at its entry corp-root'

[[ $failures == 0 ]] || exit 1
echo "capture.sh: all is well"
