/*
 * The rules behind chain/findings.h. A rule is two functions: one that decides, cheap and without
 * memory, since it runs for every row of a large store; and one that puts the evidence into words,
 * which runs only for what somebody looks at. To add a rule, add a row here, the two functions in
 * rules_*.c, a row in catalogue.c, and a case in tests/unit/test_findings.c or, for what only the
 * doctor runs, in tests/unit/test_doctor_rules.c.
 */
#ifndef KSX_CHAIN_RULES_H
#define KSX_CHAIN_RULES_H

#include "chain/chain.h"
#include "chain/facts.h"
#include "chain/findings.h"
#include "chain/issuer.h"

/*
 * X(scope, function, id, worst severity, title). A rule may judge milder than its row says: an
 * expired certificate is an error in a key entry, and a warning as a trust anchor.
 *
 * Scopes STORE, ENTRY and CERT run for every row of a list, and for the doctor as well, which then
 * gives them facts to judge by. STORE_DEEP, ENTRY_DEEP and CERT_DEEP run for the doctor only: there
 * the facts are never NULL. The table goes by scopes, in the order of enum ks_scope.
 */
/* clang-format off */
#define KS_FINDINGS(X) \
    X(STORE, store_damaged,              "STORE-DAMAGED",               KS_ERROR,    "The file is damaged") \
    X(STORE, store_truncated,            "STORE-TRUNCATED",             KS_ERROR,    "The file was cut off") \
    X(STORE, store_not_keystore,         "STORE-NOT-A-KEYSTORE",        KS_ERROR,    "The file is no keystore") \
    X(STORE, store_not_intact,           "STORE-WRONG-PASSWORD",        KS_ERROR,    "The password does not fit, or the file was altered") \
    X(STORE, java_refuses_store,         "JAVA-REFUSES-STORE",          KS_ERROR,    "Java refuses the whole file") \
    X(STORE, java_shows_nothing,         "JAVA-SHOWS-NOTHING",          KS_ERROR,    "Java shows no entry of it") \
    X(STORE, store_empty,                "STORE-EMPTY",                 KS_ERROR,    "There is nothing inside") \
    X(STORE, type_mismatch,              "STORE-TYPE-MISMATCH",         KS_WARNING,  "The name promises another type") \
    X(STORE, p12_weak_encryption,        "STORE-LEGACY-ENCRYPTION",     KS_NOTE,     "The encryption is weak") \
    X(STORE, p12_no_mac,                 "P12-NO-MAC",                  KS_WARNING,  "Nothing protects it against change") \
    X(STORE, legacy_missing,             "LEGACY-PROVIDER-MISSING",     KS_WARNING,  "OpenSSL's legacy provider is not installed") \
    X(STORE, file_mode,                  "STORE-FILE-MODE",             KS_WARNING,  "Other users can read the file with its keys") \
    X(STORE, store_not_verified,         "STORE-NOT-VERIFIED",          KS_NOTE,     "The integrity was not checked") \
    X(STORE, store_locked,               "STORE-LOCKED",                KS_NOTE,     "Part of it is still locked") \
    X(STORE, store_trailing,             "STORE-TRAILING",              KS_NOTE,     "Bytes follow the end") \
    X(STORE_DEEP, store_no_key,          "STORE-NO-KEY",                KS_ERROR,    "There is no private key") \
    X(STORE_DEEP, store_many_keys,       "STORE-MANY-KEYS",             KS_WARNING,  "Several private keys, of which Java picks one") \
    X(STORE_DEEP, cannot_anchor,         "TRUST-CANNOT-ANCHOR",         KS_ERROR,    "No path to a trusted certificate") \
    X(STORE_DEEP, no_public_cas,         "STORE-NO-PUBLIC-CAS",         KS_WARNING,  "No public CA is trusted") \
    X(STORE_DEEP, type_nonstandard,      "STORE-TYPE-NONSTANDARD",      KS_WARNING,  "Only Bouncy Castle opens this type") \
    X(STORE_DEEP, legacy_format,         "STORE-LEGACY-FORMAT",         KS_NOTE,     "The type is outdated") \
    X(STORE_DEEP, p12_hidden_certs,      "P12-NO-PASSWORD-CERTS",       KS_NOTE,     "Java needs the password to see the certificates") \
    X(STORE_DEEP, store_mixed,           "STORE-MIXED",                 KS_NOTE,     "Keys and trusted certificates in one keystore") \
    X(STORE_DEEP, bundle_old,            "TRUST-BUNDLE-OLD",            KS_NOTE,     "The public CAs are out of date") \
    X(ENTRY, chain_incomplete,           "CHAIN-MISSING-INTERMEDIATE",  KS_ERROR,    "The issuer is not in the chain") \
    X(ENTRY, chain_out_of_order,         "CHAIN-OUT-OF-ORDER",          KS_ERROR,    "The chain is out of order") \
    X(ENTRY, no_chain,                   "KEY-NO-CERTIFICATE",          KS_ERROR,    "The private key has no certificate") \
    X(ENTRY, entry_unreachable,          "ENTRY-UNREACHABLE",           KS_ERROR,    "Nothing after this entry could be read") \
    X(ENTRY, java_refuses_item,          "JAVA-REFUSES-ITEM",           KS_ERROR,    "Java refuses the whole store because of it") \
    X(ENTRY, alias_not_reachable,        "ALIAS-NOT-REACHABLE",         KS_ERROR,    "Java cannot look up this alias") \
    X(ENTRY, no_san,                     "CERT-NO-SAN",                 KS_ERROR,    "The certificate names no host") \
    X(ENTRY, chain_unrelated,            "CHAIN-UNRELATED-CERT",        KS_WARNING,  "Certificates that do not belong to the chain") \
    X(ENTRY, chain_too_long,             "CHAIN-TOO-LONG",              KS_WARNING,  "Java clients refuse so many certificates") \
    X(ENTRY, chain_duplicate,            "CHAIN-DUPLICATE-CERT",        KS_WARNING,  "The same certificate is in the chain twice") \
    X(ENTRY, self_signed,                "CERT-SELF-SIGNED",            KS_WARNING,  "The certificate is self-signed") \
    X(ENTRY, alias_duplicate,            "STORE-ALIAS-COLLISION",       KS_WARNING,  "A later entry with the same alias replaces it in Java") \
    X(ENTRY, alias_encoding,             "ALIAS-ENCODING",              KS_WARNING,  "The alias is not valid text") \
    X(ENTRY, p12_trust_invisible,        "P12-TRUST-INVISIBLE",         KS_ERROR,    "Java does not show this certificate") \
    X(ENTRY, java_hides_keybag,          "JAVA-HIDES-KEY",              KS_WARNING,  "Java does not show this key") \
    X(ENTRY, java_drops_key,             "JAVA-DROPS-KEY",              KS_WARNING,  "Java drops this key") \
    X(ENTRY, java_nested_safe,           "JAVA-NESTED-SAFE",            KS_WARNING,  "Java does not look into this part") \
    X(ENTRY, java_ignores_item,          "JAVA-IGNORES-ITEM",           KS_NOTE,     "Java ignores this item") \
    X(ENTRY, key_in_clear,               "KEY-IN-CLEAR",                KS_WARNING,  "The private key is not encrypted") \
    X(ENTRY, key_class_unknown,          "KEY-CLASS-UNKNOWN",           KS_WARNING,  "Java may refuse this key") \
    X(ENTRY, cert_type_unknown,          "CERT-TYPE-UNKNOWN",           KS_WARNING,  "A certificate that is not X.509") \
    X(ENTRY, name_hidden_chars,          "NAME-HIDDEN-CHARS",           KS_WARNING,  "A name holds invisible characters") \
    X(ENTRY, name_mixed_scripts,         "NAME-MIXED-SCRIPTS",          KS_NOTE,     "A name mixes alphabets") \
    X(ENTRY, crl_outdated,               "CRL-OUTDATED",                KS_WARNING,  "The revocation list is out of date") \
    X(ENTRY, chain_locked,               "CHAIN-LOCKED",                KS_NOTE,     "The certificates are still locked") \
    X(ENTRY, chain_no_root,              "CHAIN-MISSING-ROOT",          KS_NOTE,     "The chain ends before a root") \
    X(ENTRY_DEEP, key_damaged,           "KEY-DAMAGED",                 KS_ERROR,    "The private key is damaged") \
    X(ENTRY_DEEP, key_mismatch,          "KEY-CERT-MISMATCH",           KS_ERROR,    "The certificate is not that of the key") \
    X(ENTRY_DEEP, wrong_issuer,          "CHAIN-WRONG-ISSUER",          KS_ERROR,    "An issuer has the right name and the wrong key") \
    X(ENTRY_DEEP, broken_signature,      "CHAIN-BROKEN-SIGNATURE",      KS_ERROR,    "A signature in the chain is broken") \
    X(ENTRY_DEEP, aki_mismatch,          "CHAIN-AKI-MISMATCH",          KS_ERROR,    "A key id names another issuer") \
    X(ENTRY_DEEP, chain_loop,            "CHAIN-LOOP",                  KS_WARNING,  "The issuers certify each other in a circle") \
    X(ENTRY_DEEP, issuer_unknown,        "CHAIN-ISSUER-UNKNOWN",        KS_WARNING,  "Nothing at hand completes the chain") \
    X(ENTRY_DEEP, p12_rebuilt,           "CHAIN-P12-REBUILT",           KS_WARNING,  "Java reads another chain from the file") \
    X(ENTRY_DEEP, alternate_path,        "CHAIN-ALTERNATE-PATH",        KS_NOTE,     "There is another way to a root") \
    X(ENTRY_DEEP, p12_surplus,           "P12-SURPLUS-BAGS",            KS_NOTE,     "Certificates that belong to no chain") \
    X(ENTRY_DEEP, reply_misplaced,       "TRUST-REPLY-MISPLACED",       KS_ERROR,    "The CA's reply was imported as a trusted certificate") \
    X(ENTRY_DEEP, host_mismatch,         "CERT-HOST-MISMATCH",          KS_ERROR,    "The certificate is for other hosts") \
    X(ENTRY_DEEP, eku_other,             "CERT-EKU-NOT-SERVER",         KS_ERROR,    "The certificate is not for this use") \
    X(ENTRY_DEEP, ku_no_digsig,          "CERT-KU-NO-DIGSIG",           KS_ERROR,    "The key usage lacks digitalSignature") \
    X(ENTRY_DEEP, key_unsupported,       "KEY-TYPE-UNSUPPORTED",        KS_ERROR,    "TLS servers cannot use this type of key") \
    X(ENTRY_DEEP, keypass_differs,       "STORE-KEYPASS-DIFFERS",       KS_WARNING,  "The key has another password than the keystore") \
    X(ENTRY_DEEP, client_no_match,       "KEY-CLIENT-NO-MATCH",         KS_WARNING,  "The server accepts none of the issuers") \
    X(ENTRY_DEEP, reply_available,       "REPLY-AVAILABLE",             KS_WARNING,  "A better certificate of this key is at hand") \
    X(ENTRY_DEEP, ip_as_dns,             "CERT-IP-IN-DNS-SAN",          KS_WARNING,  "An address is named as if it were a host") \
    X(ENTRY_DEEP, alias_case,            "STORE-ALIAS-CASE",            KS_WARNING,  "Java spells the alias in lower case") \
    X(ENTRY_DEEP, trust_namesake,        "TRUST-SAME-NAME-OTHER-KEY",   KS_WARNING,  "Two trusted certificates have one name and different keys") \
    X(ENTRY_DEEP, trust_duplicate,       "TRUST-DUPLICATE",             KS_WARNING,  "The same certificate is trusted twice") \
    X(ENTRY_DEEP, trust_intermediate,    "TRUST-INTERMEDIATE",          KS_WARNING,  "An intermediate is trusted without its root") \
    X(ENTRY_DEEP, trust_not_ca,          "TRUST-NOT-CA",                KS_NOTE,     "A certificate that is no CA is trusted") \
    X(ENTRY_DEEP, key_limited,           "KEY-TYPE-LIMITED",            KS_NOTE,     "Browsers cannot use this type of key") \
    X(ENTRY_DEEP, ca_as_leaf,            "CERT-CA-AS-LEAF",             KS_NOTE,     "The certificate is marked as a CA") \
    X(ENTRY_DEEP, long_validity,         "CERT-LONG-VALIDITY",          KS_NOTE,     "The certificate is valid longer than browsers allow") \
    X(CERT, cert_expired,                "CERT-EXPIRED",                KS_ERROR,    "The certificate has expired") \
    X(CERT, chain_expired,               "CHAIN-EXPIRED-INTERMEDIATE",  KS_ERROR,    "An issuer in the chain has expired") \
    X(CERT, chain_expired_root,          "CHAIN-EXPIRED-ROOT",          KS_WARNING,  "The root of the chain has expired") \
    X(CERT, trust_expired,               "TRUST-EXPIRED",               KS_WARNING,  "The trusted certificate has expired") \
    X(CERT, cert_not_yet_valid,          "CERT-NOT-YET-VALID",          KS_ERROR,    "The certificate is not valid yet") \
    X(CERT, chain_not_yet_valid,         "CHAIN-NOT-YET-VALID",         KS_ERROR,    "An issuer in the chain is not valid yet") \
    X(CERT, cert_unreadable,             "CERT-UNREADABLE",             KS_ERROR,    "A certificate cannot be parsed") \
    X(CERT, weak_key,                    "KEY-WEAK",                    KS_ERROR,    "The key is too short") \
    X(CERT, sig_sha1,                    "SIG-SHA1",                    KS_ERROR,    "The signature is over SHA-1") \
    X(CERT, sig_md5,                     "SIG-MD5",                     KS_ERROR,    "The signature is over MD5 or MD2") \
    X(CERT, trust_weak,                  "TRUST-WEAK",                  KS_WARNING,  "The trusted certificate is weak") \
    X(CERT, cert_expiring,               "CERT-EXPIRES-SOON",           KS_WARNING,  "The certificate expires soon") \
    X(CERT, cert_date_unreadable,        "CERT-DATE-UNREADABLE",        KS_WARNING,  "A validity date cannot be read") \
    X(CERT_DEEP, ca_not_ca,              "CA-NOT-CA",                   KS_ERROR,    "An issuer is no CA") \
    X(CERT_DEEP, ca_no_cert_sign,        "CA-NO-KEYCERTSIGN",           KS_ERROR,    "An issuer may not sign certificates") \
    X(CERT_DEEP, ca_path_len,            "CA-PATHLEN",                  KS_ERROR,    "More CAs in the chain than an issuer allows") \
    X(CERT_DEEP, ca_names,               "CA-NAME-CONSTRAINT",          KS_ERROR,    "An issuer may not issue for a name") \
    X(CERT_DEEP, ca_eku,                 "CA-EKU",                      KS_ERROR,    "An issuer may not issue for this use") \
    X(CERT_DEEP, critical_unknown,       "CERT-CRITICAL-UNKNOWN",       KS_ERROR,    "A critical extension that clients do not know") \
    X(CERT_DEEP, malformed,              "CERT-MALFORMED",              KS_ERROR,    "Some clients cannot read the certificate") \
    X(CERT_DEEP, cert_revoked,           "CERT-REVOKED",                KS_ERROR,    "The certificate was revoked") \
    X(CERT_DEEP, ca_revoked,             "CA-REVOKED",                  KS_ERROR,    "An issuer was revoked") \
    X(CERT_DEEP, revocation_unknown,     "REVOCATION-UNKNOWN",          KS_WARNING,  "Nobody tells whether it was revoked") \
    X(CERT_DEEP, policy_unjudged,        "CHAIN-POLICY-UNJUDGED",       KS_NOTE,     "Certificate policies are not judged")
/* clang-format on */

enum ks_scope {
    KS_SCOPE_STORE,
    KS_SCOPE_STORE_DEEP,
    KS_SCOPE_ENTRY,
    KS_SCOPE_ENTRY_DEEP,
    KS_SCOPE_CERT,
    KS_SCOPE_CERT_DEEP,
    KS_SCOPES,
};

/* What a rule looks at. */
struct ks_look {
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL for whole-store rules */
    const struct ks_cert *cert;   /* for certificate rules */
    int index; /* of `cert` in the chain; an entry rule may set it to what it found */
    int64_t now;
    int warn_days;
    /* What the doctor knows; NULL in the pass over a list, which must cost microseconds. */
    const struct ks_facts *facts;
    /* Where `cert` is: 0 the leaf, 1 its issuer and so on; KS_NOWHERE: not on the way from the leaf
     * to the root. Without facts it is the place in the chain as stored, unverified. Always 0 for
     * what is no key entry. */
    size_t at;
    unsigned faults; /* of `cert` where it is on the way: enum ks_issuer_fault; 0 without facts */
    bool named;      /* odd[] is filled */
    int odd[2]; /* where a name has KS_ODD_HIDDEN, KS_ODD_MIXED: -2 nowhere, -1 the alias, else a
                   certificate */
    struct ks_chain chain; /* of a key entry whose certificates can be read; present 0 otherwise */
};

/* The verdict, KS_FINE if there is nothing to say. */
#define KS_RULE_DECLARE(scope, name, id, severity, title)                                          \
    enum ks_severity ks_rule_##name(struct ks_look *l);                                            \
    void ks_say_##name(const struct ks_look *l, struct ks_buf *out);
KS_FINDINGS(KS_RULE_DECLARE)
#undef KS_RULE_DECLARE

/*
 * Findings that no rule makes, since it takes a file that could not be opened. They have their rows
 * in the catalogue as well.
 */
/* clang-format off */
#define KS_FINDINGS_WITHOUT_RULE(X) \
    X("STORE-EMPTY-FILE",    KS_ERROR,   "The file is empty")
/* clang-format on */

/* Runs all rules of a scope and appends what they find. */
void ks_rules_run(struct ks_look *l, enum ks_scope scope, struct ks_findings *out);

/* ---- shared by the rules ---- */

static inline enum ks_severity ks_when(bool holds, enum ks_severity severity)
{
    return holds ? severity : KS_FINE;
}

/* `cert` as it stands on the verified way to the root, for the words about its faults. `below` has
 * room for KS_PATH_MAX; false without facts, or when it is not on the way. */
bool ks_look_issuing(const struct ks_look *l, const struct ks_cert **below, struct ks_issuing *out);

/* What a repair that nobody asked for would put in the place of the present certificate; NULL: the
 * key has none of its own. */
bool ks_look_reply_fits(const struct ks_look *l, const struct ks_cert *reply,
                        const struct ks_cert *present);
/* The trusted certificate that is looked at is better than what its key has, and yet would lose a
 * name or a use of it. */
bool ks_look_reply_differs(const struct ks_look *l);

/* The type is one that Java (or Bouncy Castle) loads as a keystore. */
bool ks_look_is_keystore(const struct ks_store *s);

#endif
