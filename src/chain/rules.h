/*
 * The rules behind chain/findings.h. A rule is two functions: one that decides, cheap and without
 * memory, since it runs for every row of a large store; and one that puts the evidence into words,
 * which runs only for what somebody looks at. To add a rule, add a row here, the two functions in
 * rules_*.c, and a case in tests/unit/test_findings.c.
 */
#ifndef KSX_CHAIN_RULES_H
#define KSX_CHAIN_RULES_H

#include "chain/chain.h"
#include "chain/findings.h"

/*
 * X(scope, function, id, worst severity, title). A rule may judge milder than its row says: an
 * expired certificate is an error in a key entry, and a warning as a trust anchor.
 */
/* clang-format off */
#define KS_FINDINGS(X) \
    X(STORE, store_damaged,       "store-damaged",           KS_ERROR,   "The file is damaged") \
    X(STORE, store_not_intact,    "store-not-intact",        KS_ERROR,   "The integrity check fails") \
    X(STORE, java_refuses_store,  "java-refuses-store",      KS_ERROR,   "Java refuses the whole file") \
    X(STORE, java_shows_nothing,  "java-shows-nothing",      KS_ERROR,   "Java shows no entry of it") \
    X(STORE, store_empty,         "store-empty",             KS_WARNING, "There is nothing inside") \
    X(STORE, p12_weak_encryption, "p12-weak-encryption",     KS_WARNING, "The encryption is weak") \
    X(STORE, p12_no_mac,          "p12-no-mac",              KS_WARNING, "Nothing protects it against change") \
    X(STORE, legacy_missing,      "legacy-provider-missing", KS_WARNING, "OpenSSL's legacy provider is not installed") \
    X(STORE, file_mode,           "file-mode",               KS_WARNING, "Other users can read the file with its keys") \
    X(STORE, store_not_verified,  "store-not-verified",      KS_NOTE,    "The integrity was not checked") \
    X(STORE, store_locked,        "store-locked",            KS_NOTE,    "Part of it is still locked") \
    X(STORE, store_trailing,      "store-trailing",          KS_NOTE,    "Bytes follow the end") \
    X(ENTRY, chain_incomplete,    "chain-incomplete",        KS_ERROR,   "The issuer is not in the chain") \
    X(ENTRY, chain_out_of_order,  "chain-out-of-order",      KS_ERROR,   "The chain is out of order") \
    X(ENTRY, no_chain,            "no-chain",                KS_ERROR,   "The private key has no certificate") \
    X(ENTRY, entry_unreachable,   "entry-unreachable",       KS_ERROR,   "Nothing after this entry could be read") \
    X(ENTRY, java_refuses_item,   "java-refuses-item",       KS_ERROR,   "Java refuses the whole store because of it") \
    X(ENTRY, alias_not_reachable, "alias-not-reachable",     KS_ERROR,   "Java cannot look up this alias") \
    X(ENTRY, no_san,              "no-san",                  KS_ERROR,   "The certificate names no host") \
    X(ENTRY, chain_unrelated,     "chain-unrelated",         KS_WARNING, "Certificates that do not belong to the chain") \
    X(ENTRY, self_signed,         "self-signed",             KS_WARNING, "The certificate is self-signed") \
    X(ENTRY, alias_duplicate,     "alias-duplicate",         KS_WARNING, "A later entry with the same alias replaces it in Java") \
    X(ENTRY, alias_encoding,      "alias-encoding",          KS_WARNING, "The alias is not valid text") \
    X(ENTRY, p12_trust_invisible, "p12-trust-invisible",     KS_WARNING, "Java does not show this certificate") \
    X(ENTRY, java_hides_keybag,   "java-hides-keybag",       KS_WARNING, "Java does not show this key") \
    X(ENTRY, java_drops_key,      "java-drops-second-key",   KS_WARNING, "Java drops this key") \
    X(ENTRY, java_nested_safe,    "java-nested-safe",        KS_WARNING, "Java does not look into this part") \
    X(ENTRY, java_ignores_item,   "java-ignores-item",       KS_NOTE,    "Java ignores this item") \
    X(ENTRY, key_in_clear,        "key-in-clear",            KS_WARNING, "The private key is not encrypted") \
    X(ENTRY, key_class_unknown,   "key-class-unknown",       KS_WARNING, "Java may refuse this key") \
    X(ENTRY, cert_type_unknown,   "cert-type-unknown",       KS_WARNING, "A certificate that is not X.509") \
    X(ENTRY, name_hidden_chars,   "name-hidden-chars",       KS_WARNING, "A name holds invisible characters") \
    X(ENTRY, name_mixed_scripts,  "name-mixed-scripts",      KS_NOTE,    "A name mixes alphabets") \
    X(ENTRY, crl_outdated,        "crl-outdated",            KS_WARNING, "The revocation list is out of date") \
    X(ENTRY, chain_locked,        "chain-locked",            KS_NOTE,    "The certificates are still locked") \
    X(ENTRY, chain_no_root,       "chain-no-root",           KS_NOTE,    "The chain ends before a root") \
    X(CERT,  cert_expired,        "cert-expired",            KS_ERROR,   "The certificate has expired") \
    X(CERT,  cert_not_yet_valid,  "cert-not-yet-valid",      KS_ERROR,   "The certificate is not valid yet") \
    X(CERT,  cert_unreadable,     "cert-unreadable",         KS_ERROR,   "A certificate cannot be parsed") \
    X(CERT,  weak_key,            "weak-key",                KS_ERROR,   "The key is too short") \
    X(CERT,  weak_signature,      "weak-signature",          KS_ERROR,   "The signature uses a broken digest") \
    X(CERT,  cert_expiring,       "cert-expiring",           KS_WARNING, "The certificate expires soon") \
    X(CERT,  cert_date_unreadable, "cert-date-unreadable",   KS_WARNING, "A validity date cannot be read")
/* clang-format on */

enum ks_scope { KS_SCOPE_STORE, KS_SCOPE_ENTRY, KS_SCOPE_CERT };

/* What a rule looks at. */
struct ks_look {
    const struct ks_store *store;
    const struct ks_entry *entry; /* NULL for whole-store rules */
    const struct ks_cert *cert;   /* for certificate rules */
    int index;                    /* of `cert` in the chain; an entry rule may set it to what it found */
    int64_t now;
    bool named;            /* odd[] is filled */
    int odd[2];            /* where a name has KS_ODD_HIDDEN, KS_ODD_MIXED: -2 nowhere, -1 the alias, else a certificate */
    struct ks_chain chain; /* of a key entry whose certificates can be read; present 0 otherwise */
};

/* The verdict, KS_FINE if there is nothing to say. */
#define KS_RULE_DECLARE(scope, name, id, severity, title)                                          \
    enum ks_severity ks_rule_##name(struct ks_look *l);                                            \
    void ks_say_##name(const struct ks_look *l, struct ks_buf *out);
KS_FINDINGS(KS_RULE_DECLARE)
#undef KS_RULE_DECLARE

/* ---- shared by the rules ---- */

/* The type is one that Java (or Bouncy Castle) loads as a keystore. */
bool ks_look_is_keystore(const struct ks_store *s);

#endif
