# shellcheck shell=bash
# Made by docs/refresh from the tables of the program: do not edit.
_ksx()
{
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local options commands='' values=''
    COMPREPLY=()
    case $previous in
        --pass) values='prompt none env: file: fd:' ;;
        --key-pass) values='prompt none env: file: fd:' ;;
        --to) values='jks jceks pkcs12 bks uber bcfks pem' ;;
        --type) values='jks jceks pkcs12 bks uber bcfks pem' ;;
        --new-pass) values='prompt env: file: fd:' ;;
        --new-key-pass) values='prompt env: file: fd:' ;;
        --clash) values='fail skip replace rename' ;;
        --protection) values='modern legacy keep' ;;
        --by) values='alias fingerprint' ;;
        --alg) values='rsa:2048 rsa:3072 rsa:4096 rsa:8192 rsa-pss:3072 ec:p-256 ec:p-384 ec:p-521 ed25519 ed448' ;;
        --san) values='dns: ip: email: uri:' ;;
        --use) values='server client server+client code ca none' ;;
        --ku) values='digitalSignature keyEncipherment keyAgreement keyCertSign cRLSign' ;;
        --eku) values='serverAuth clientAuth codeSigning emailProtection timeStamping' ;;
        --days) values='90 365 825 3650' ;;
        --sig) values='SHA256withRSA SHA384withRSA SHA512withRSA RSASSA-PSS SHA256withECDSA SHA384withECDSA Ed25519' ;;
        --in-pass) values='prompt none env: file: fd:' ;;
        --what) values='cert chain pubkey key pair' ;;
        --for) values='jvm java-opts dropwizard jetty tomcat spring kafka nginx' ;;
        --purpose) values='auto server client ca trust' ;;
        --trust-reference) values='system cacerts' ;;
        --warn-days) values='14 30 60 90' ;;
        --ignore) values='STORE-DAMAGED STORE-TRUNCATED STORE-EMPTY-FILE STORE-NOT-A-KEYSTORE STORE-WRONG-PASSWORD JAVA-REFUSES-STORE JAVA-SHOWS-NOTHING STORE-EMPTY STORE-TYPE-MISMATCH STORE-TYPE-NONSTANDARD STORE-LEGACY-ENCRYPTION STORE-LEGACY-FORMAT P12-NO-MAC P12-NO-PASSWORD-CERTS LEGACY-PROVIDER-MISSING STORE-FILE-MODE STORE-NOT-VERIFIED STORE-LOCKED STORE-TRAILING STORE-NO-KEY STORE-MANY-KEYS STORE-ALIAS-CASE STORE-ALIAS-COLLISION STORE-MIXED STORE-NO-PUBLIC-CAS TRUST-BUNDLE-OLD TRUST-CANNOT-ANCHOR KEY-DAMAGED KEY-CERT-MISMATCH CHAIN-MISSING-INTERMEDIATE CHAIN-OUT-OF-ORDER CHAIN-WRONG-ISSUER CHAIN-BROKEN-SIGNATURE CHAIN-AKI-MISMATCH CHAIN-LOOP CHAIN-ISSUER-UNKNOWN CHAIN-DUPLICATE-CERT CHAIN-UNRELATED-CERT CHAIN-TOO-LONG CHAIN-P12-REBUILT CHAIN-EXPIRED-INTERMEDIATE CHAIN-EXPIRED-ROOT CHAIN-NOT-YET-VALID CHAIN-POLICY-UNJUDGED CHAIN-MISSING-ROOT CHAIN-ALTERNATE-PATH P12-SURPLUS-BAGS CHAIN-LOCKED CA-NOT-CA CA-NO-KEYCERTSIGN CA-PATHLEN CA-NAME-CONSTRAINT CA-EKU SIG-SHA1 SIG-MD5 CERT-EXPIRED CERT-NOT-YET-VALID CERT-EXPIRES-SOON CERT-SELF-SIGNED CERT-NO-SAN CERT-HOST-MISMATCH CERT-IP-IN-DNS-SAN CERT-EKU-NOT-SERVER CERT-KU-NO-DIGSIG CERT-CRITICAL-UNKNOWN CERT-MALFORMED CERT-REVOKED CA-REVOKED REVOCATION-UNKNOWN KEY-WEAK KEY-TYPE-UNSUPPORTED KEY-TYPE-LIMITED CERT-CA-AS-LEAF CERT-LONG-VALIDITY REPLY-AVAILABLE KEY-CLIENT-NO-MATCH STORE-KEYPASS-DIFFERS KEY-NO-CERTIFICATE KEY-IN-CLEAR KEY-CLASS-UNKNOWN CERT-UNREADABLE CERT-TYPE-UNKNOWN CERT-DATE-UNREADABLE CRL-OUTDATED TRUST-REPLY-MISPLACED TRUST-EXPIRED TRUST-SAME-NAME-OTHER-KEY TRUST-DUPLICATE TRUST-INTERMEDIATE TRUST-NOT-CA TRUST-WEAK P12-TRUST-INVISIBLE ENTRY-UNREACHABLE JAVA-REFUSES-ITEM ALIAS-NOT-REACHABLE ALIAS-ENCODING JAVA-HIDES-KEY JAVA-DROPS-KEY JAVA-NESTED-SAFE JAVA-IGNORES-ITEM NAME-HIDDEN-CHARS NAME-MIXED-SCRIPTS' ;;
        --proxy) values='none http:// socks5://' ;;
        --proxy-pass) values='prompt env: file: fd:' ;;
        --trust) values='system cacerts' ;;
        --trust-pass) values='prompt none env: file: fd:' ;;
        --starttls) values='none smtp imap pop3 ftp ldap xmpp postgres mysql' ;;
        --sni) values='none' ;;
        --alpn) values='h2,http/1.1' ;;
        --timeout) values='5 10 30' ;;
        --backup) values='yes no' ;;
        --filter | -f) values='type:key type:cert type:secret exp:expired exp:<30d sev:error sev:warning' ;;
        --sort | -s) values='file expiry name type status key' ;;
        --section) values='summary chain cert ext key pem findings' ;;
        --within | -w) values='30d 90d 6m 1y' ;;
        --color) values='auto never always 8 256' ;;
    esac
    case ${COMP_WORDS[1]}$previous in
        csr--format | sign--format | export--format) values='pem der p7b pkipath p12 pkcs8' ;;
        check--fail | capture--fail) values='error warning note' ;;
        check--format) values='text json nagios prometheus ics' ;;
    esac
    if [[ -n $values ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
        [[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace
        return
    fi
    case ${COMP_WORDS[1]} in
        list) options=' --pass --filter --sort --reverse --json --quiet --at --color --ascii --utf8 --help' ;;
        show) options=' --pass --key-pass --filter --section --cert --raw --json --quiet --at --color --ascii --utf8 --help' ;;
        expiry) options=' --pass --filter --reverse --within --ics --fail --json --quiet --at --color --ascii --utf8 --help' ;;
        scan) options=' --pass --filter --reverse --within --ics --fail --all --one-file-system --json --quiet --at --color --ascii --utf8 --help' ;;
        diff) options=' --pass --by --json --quiet --at --color --ascii --utf8 --help' ;;
        check) options=' --pass --from --system --cacerts --host --purpose --trust-reference --warn-days --fail --ignore --format --revocation --crl --responder --fetch --private --proxy --proxy-pass --json --quiet --at --color --ascii --utf8 --help' ;;
        explain) options=' --pass --from --system --cacerts --host --purpose --trust-reference --in --json --quiet --at --color --ascii --utf8 --help' ;;
        prove) options=' --pass --key-pass --host --trust --trust-pass --client --json --quiet --at --color --ascii --utf8 --help' ;;
        capture) options=' --pass --key-pass --output --from --system --cacerts --warn-days --fail --revocation --crl --responder --fetch --private --proxy --proxy-pass --trust --trust-pass --servers --starttls --sni --alpn --ipv4 --ipv6 --compare-direct --timeout --client --pem --force --json --quiet --at --color --ascii --utf8 --help' ;;
        rename) options=' --pass --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        delete) options=' --pass --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        copy) options=' --pass --key-pass --to --new-key-pass --clash --skip-known --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        merge) options=' --pass --key-pass --to --new-key-pass --clash --skip-known --drop --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        passwd) options=' --pass --key-pass --new-pass --new-key-pass --empty-password --entry --all-entries --protection --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        create) options=' --pass --type --new-pass --empty-password --protection --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        convert) options=' --pass --key-pass --to --output --new-pass --empty-password --drop --protection --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        gen) options=' --pass --key-pass --type --new-pass --new-key-pass --alias --alg --dn --san --no-cn-san --use --ku --eku --path-len --from --days --until --sig --signer --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        csr) options=' --pass --key-pass --output --dn --san --use --ku --eku --path-len --sig --challenge --format --no-copy --dry-run --force --json --quiet --at --color --ascii --utf8 --help' ;;
        sign) options=' --pass --key-pass --output --dn --san --use --ku --eku --path-len --from --days --until --sig --csr --format --chain --no-copy --dry-run --force --json --quiet --at --color --ascii --utf8 --help' ;;
        renew) options=' --pass --key-pass --new-key-pass --alias --alg --from --days --until --signer --new-key --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        export) options=' --pass --key-pass --output --new-pass --protection --format --what --unencrypted --key-output --text --dry-run --force --json --quiet --at --color --ascii --utf8 --help' ;;
        snippet) options=' --pass --for --json --quiet --at --color --ascii --utf8 --help' ;;
        import) options=' --pass --key-pass --type --new-pass --new-key-pass --entry --clash --alias --dn --san --no-cn-san --use --ku --eku --path-len --from --days --until --sig --reply --key --in-pass --all --fingerprint --yes --without-root --incomplete --older --no-cacerts --self-signed --dry-run --force --backup --cert --json --quiet --at --color --ascii --utf8 --help' ;;
        repair) options=' --pass --key-pass --from --system --cacerts --host --purpose --trust-reference --fetch --private --proxy --proxy-pass --leave-root --keep-extras --keep-leftover --add-public --choice --dry-run --force --backup --json --quiet --at --color --ascii --utf8 --help' ;;
        keys) options=' --markdown --json --quiet --ascii --utf8 --help' ;;
        help) options=' --help' ;;
        *)
            options=' --pass --at --color --ascii --utf8 --plain --read-only --mouse --help --version'
            ((COMP_CWORD > 1)) || commands=' list show expiry scan diff check explain prove capture rename delete copy merge passwd create convert gen csr sign renew export snippet import repair keys help'
            ;;
    esac
    case $word in
        -*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word"; compgen -f -- "$word") ;;
    esac
}
complete -o filenames -F _ksx ksx
