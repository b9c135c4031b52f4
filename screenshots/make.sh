#!/usr/bin/env bash
# screenshots/make.sh [BUILD-DIR]
# Takes the pictures of this directory anew: each is the real program in a pseudo-terminal, its cells
# written as SVG. The clock is pinned and the stores are the samples of tests/data, so that a picture
# changes only when the program does.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/dev}
cmake --build "$build" --target ksx screenshot >/dev/null
ksx=$PWD/$build/ksx
shot=$PWD/$build/tests/term/screenshot
out=$PWD/screenshots

# The samples as somebody's ~/tls, with fixed dates: no path of the host gets into a picture.
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir "$home/tls"
cp tests/data/*.p12 tests/data/*.jks tests/data/*.bks tests/data/*.crt tests/data/*.p7b "$home/tls"
touch -d '2026-02-27 16:40:00 UTC' "$home"/tls/*
export HOME=$home LSAN_OPTIONS=detect_leaks=0

# take NAME ROWSxCOLS KEYS WAIT FILE...: keys as in tests/term/terminal.h, "|" waits until the screen is quiet
take() {
    local name=$1 size=$2 keys=$3 wait=$4
    shift 4
    (cd "$home/tls" && "$shot" "$size" "$keys" "$wait" "$out/$name.svg" "$ksx" --at 2026-03-01T00:00:00Z "$@") >/dev/null ||
        { echo "screenshots/make.sh: $name failed" >&2; exit 1; }
    echo "screenshots/$name.svg"
}

unlock='changeit<Enter>|'
take explorer 24x80 "$unlock"'jl' 'issuer missing' inbound.p12
take wide 40x120 "$unlock"'gjl' 'issuer missing' inbound.p12 truststore.jks
take findings 24x80 "$unlock"'j7' 'CHAIN-MISSING-INTERMEDIATE' inbound.p12
take extensions 30x100 "$unlock"'j4' 'subjectAltName' inbound.p12
take expiry 24x80 "$unlock"'T' 'Expiry' inbound.p12
take open 24x80 'jj' 'looks like'
take help 24x80 "$unlock"'?' 'Help' inbound.p12
take hostile 24x80 "$unlock"'j' 'x1B' evil.p12
take password 24x80 '' 'Password' inbound.p12
change='jm<C-u>iq-2026<Enter>|<Enter>|'
take review 24x80 "$unlock"'jd' 'only copy' inbound.p12
take diff 24x80 "$unlock$change"'Dd|=' '= corp-root' inbound.p12
take subject 24x80 "$unlock"'ck<C-u>iq-2026<PgDn>|iq.example.com<Tab>Platform<Tab>Example<Tab><Tab><Tab>USA<Tab>' 'As DN' inbound.p12
take reply 24x80 "$unlock"'jiciq-reply.p7b<PgDn>|' 'key matches' inbound.p12
take reply-review 24x80 "$unlock"'jiciq-reply.p7b<PgDn>|<PgDn>|' 'BEFORE' inbound.p12
take export 24x80 "$unlock"'jep' 'Protection' inbound.p12
take csr 24x80 "$unlock"'jcr' 'Write to' inbound.p12
take trust 24x80 "$unlock"'itiq-reply.p7b<PgDn>|' 'Which of them' inbound.p12
take import-key 24x80 "$unlock"'ik' 'Step 1' inbound.p12
ca='ck<Tab><Right><Right><Right><Right><Tab><Right><Right><PgDn>|My CA<PgDn>|<PgDn>|<PgDn>||<Enter>||'
take renew 24x80 "$unlock$ca"'cw' 'With' inbound.p12
take sign 24x80 "$unlock$ca"'ca' 'The request to sign' inbound.p12
take broken-chain 24x80 "$unlock"'jl2' 'issuer missing' inbound.p12
take all-findings 24x80 "$unlock"'gF|' 'by entry' inbound.p12 truststore.jks
repair='gjr<PgDn>|<PgDn>|<PgDn>|'
take repair-review 24x80 "$unlock$repair" 'AFTER' inbound.p12 truststore.jks
take proof 30x80 "$unlock$repair"'p<PgDn>|' 'Verdict' inbound.p12 truststore.jks
# A server on loopback with the key of inbound.p12 and the issuer that it lacks.
export KSX_SHOT_PASSWORD=changeit
(
    cd "$home/tls"
    "$ksx" export inbound.p12 nexus-iq-server --what key --unencrypted --format pem --pass env:KSX_SHOT_PASSWORD -o ../key.pem
    "$ksx" export inbound.p12 nexus-iq-server --what cert --format pem --pass env:KSX_SHOT_PASSWORD -o ../leaf.pem
    "$ksx" export truststore.jks issuing-ca-3 --what cert --format pem --pass env:KSX_SHOT_PASSWORD -o ../issuer.pem
) >/dev/null
openssl s_server -accept 127.0.0.1:8443 -naccept 2 -cert "$home/leaf.pem" -key "$home/key.pem" \
    -cert_chain "$home/issuer.pem" >"$home/server" 2>&1 < <(sleep 600) &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$home"' EXIT
for _ in {1..100}; do grep -q '^ACCEPT' "$home/server" && break; sleep 0.1; done
capture='gis127.0.0.1:8443<Tab><Tab>iq.example.com<PgDn>|||'
take capture 24x80 "$unlock$capture" 'NOT a root' inbound.p12 truststore.jks
take judge 24x80 "$unlock$capture"'<PgDn>|' 'Judged by' inbound.p12 truststore.jks
said='javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target'
take explain 24x80 "${unlock}Y<Paste>$said</Paste>|<Tab>" 'YES' inbound.p12
