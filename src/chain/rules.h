/*
 * The rules behind chain/findings.h. A rule is two functions: one that decides, cheap and without
 * memory, since it runs for every row of a large store; and one that puts the evidence into words,
 * which runs only for what somebody looks at. To add a rule, add a row here, the two functions in
 * rules_*.c, and a case in tests/unit/test_findings.c.
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
    X(STORE, store_damaged,       "STORE-DAMAGED",           KS_ERROR,   "The file is damaged") \
    X(STORE, store_not_intact,    "STORE-WRONG-PASSWORD",        KS_ERROR,   "The integrity check fails") \
    X(STORE, java_refuses_store,  "JAVA-REFUSES-STORE",      KS_ERROR,   "Java refuses the whole file") \
    X(STORE, java_shows_nothing,  "JAVA-SHOWS-NOTHING",      KS_ERROR,   "Java shows no entry of it") \
    X(STORE, store_empty,         "STORE-EMPTY",             KS_WARNING, "There is nothing inside") \
    X(STORE, p12_weak_encryption, "STORE-LEGACY-ENCRYPTION",     KS_WARNING, "The encryption is weak") \
    X(STORE, p12_no_mac,          "P12-NO-MAC",              KS_WARNING, "Nothing protects it against change") \
    X(STORE, legacy_missing,      "LEGACY-PROVIDER-MISSING", KS_WARNING, "OpenSSL's legacy provider is not installed") \
    X(STORE, file_mode,           "STORE-FILE-MODE",               KS_WARNING, "Other users can read the file with its keys") \
    X(STORE, store_not_verified,  "STORE-NOT-VERIFIED",      KS_NOTE,    "The integrity was not checked") \
    X(STORE, store_locked,        "STORE-LOCKED",            KS_NOTE,    "Part of it is still locked") \
    X(STORE, store_trailing,      "STORE-TRAILING",          KS_NOTE,    "Bytes follow the end") \
    X(ENTRY, chain_incomplete,    "CHAIN-MISSING-INTERMEDIATE",        KS_ERROR,   "The issuer is not in the chain") \
    X(ENTRY, chain_out_of_order,  "CHAIN-OUT-OF-ORDER",      KS_ERROR,   "The chain is out of order") \
    X(ENTRY, no_chain,            "KEY-NO-CERTIFICATE",                KS_ERROR,   "The private key has no certificate") \
    X(ENTRY, entry_unreachable,   "ENTRY-UNREACHABLE",       KS_ERROR,   "Nothing after this entry could be read") \
    X(ENTRY, java_refuses_item,   "JAVA-REFUSES-ITEM",       KS_ERROR,   "Java refuses the whole store because of it") \
    X(ENTRY, alias_not_reachable, "ALIAS-NOT-REACHABLE",     KS_ERROR,   "Java cannot look up this alias") \
    X(ENTRY, no_san,              "CERT-NO-SAN",                  KS_ERROR,   "The certificate names no host") \
    X(ENTRY, chain_unrelated,     "CHAIN-UNRELATED-CERT",         KS_WARNING, "Certificates that do not belong to the chain") \
    X(ENTRY, self_signed,         "CERT-SELF-SIGNED",             KS_WARNING, "The certificate is self-signed") \
    X(ENTRY, alias_duplicate,     "STORE-ALIAS-COLLISION",         KS_WARNING, "A later entry with the same alias replaces it in Java") \
    X(ENTRY, alias_encoding,      "ALIAS-ENCODING",          KS_WARNING, "The alias is not valid text") \
    X(ENTRY, p12_trust_invisible, "P12-TRUST-INVISIBLE",     KS_WARNING, "Java does not show this certificate") \
    X(ENTRY, java_hides_keybag,   "JAVA-HIDES-KEY",       KS_WARNING, "Java does not show this key") \
    X(ENTRY, java_drops_key,      "JAVA-DROPS-KEY",   KS_WARNING, "Java drops this key") \
    X(ENTRY, java_nested_safe,    "JAVA-NESTED-SAFE",        KS_WARNING, "Java does not look into this part") \
    X(ENTRY, java_ignores_item,   "JAVA-IGNORES-ITEM",       KS_NOTE,    "Java ignores this item") \
    X(ENTRY, key_in_clear,        "KEY-IN-CLEAR",            KS_WARNING, "The private key is not encrypted") \
    X(ENTRY, key_class_unknown,   "KEY-CLASS-UNKNOWN",       KS_WARNING, "Java may refuse this key") \
    X(ENTRY, cert_type_unknown,   "CERT-TYPE-UNKNOWN",       KS_WARNING, "A certificate that is not X.509") \
    X(ENTRY, name_hidden_chars,   "NAME-HIDDEN-CHARS",       KS_WARNING, "A name holds invisible characters") \
    X(ENTRY, name_mixed_scripts,  "NAME-MIXED-SCRIPTS",      KS_NOTE,    "A name mixes alphabets") \
    X(ENTRY, crl_outdated,        "CRL-OUTDATED",            KS_WARNING, "The revocation list is out of date") \
    X(ENTRY, chain_locked,        "CHAIN-LOCKED",            KS_NOTE,    "The certificates are still locked") \
    X(ENTRY, chain_no_root,       "CHAIN-MISSING-ROOT",           KS_NOTE,    "The chain ends before a root") \
    X(CERT,  cert_expired,        "CERT-EXPIRED",            KS_ERROR,   "The certificate has expired") \
    X(CERT,  cert_not_yet_valid,  "CERT-NOT-YET-VALID",      KS_ERROR,   "The certificate is not valid yet") \
    X(CERT,  cert_unreadable,     "CERT-UNREADABLE",         KS_ERROR,   "A certificate cannot be parsed") \
    X(CERT,  weak_key,            "KEY-WEAK",                KS_ERROR,   "The key is too short") \
    X(CERT,  weak_signature,      "SIG-WEAK",          KS_ERROR,   "The signature uses a broken digest") \
    X(CERT,  cert_expiring,       "CERT-EXPIRES-SOON",           KS_WARNING, "The certificate expires soon") \
    X(CERT,  cert_date_unreadable, "CERT-DATE-UNREADABLE",   KS_WARNING, "A validity date cannot be read")
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

/* Runs all rules of a scope and appends what they find. */
void ks_rules_run(struct ks_look *l, enum ks_scope scope, struct ks_findings *out);

/* ---- shared by the rules ---- */

/* `cert` as it stands on the verified way to the root, for the words about its faults. `below` has
 * room for KS_PATH_MAX; false without facts, or when it is not on the way. */
bool ks_look_issuing(const struct ks_look *l, const struct ks_cert **below, struct ks_issuing *out);

/* The type is one that Java (or Bouncy Castle) loads as a keystore. */
bool ks_look_is_keystore(const struct ks_store *s);

#endif
