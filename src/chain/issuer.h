/*
 * What speaks against an issuer on a path: what its own certificate says of itself, and of what it
 * issued. One list, which findings, the ranking of paths and the remarks of plans share. Only
 * names, dates and extensions are looked at: whether it signed is not asked here.
 */
#ifndef KSX_CHAIN_ISSUER_H
#define KSX_CHAIN_ISSUER_H

#include "chain/facts.h"

enum ks_issuer_fault {
    KS_ISSUER_EXPIRED = 1 << 0,
    KS_ISSUER_NOT_YET_VALID = 1 << 1,
    KS_ISSUER_NO_CA = 1 << 2,        /* no basicConstraints CA:TRUE; a root of version 1 excepted */
    KS_ISSUER_NO_CERT_SIGN = 1 << 3, /* key usage without keyCertSign */
    KS_ISSUER_PATH_LEN = 1 << 4,     /* more CAs below it than it allows */
    KS_ISSUER_NAMES = 1 << 5,        /* name constraints that forbid a name below it */
    KS_ISSUER_NAMES_COMPLEX = 1 << 6, /* too many names and constraints to compare all */
    KS_ISSUER_EKU = 1 << 7, /* extended key usage without the purpose, as OpenSSL has it */
    KS_ISSUER_WEAK_KEY = 1 << 8,
    KS_ISSUER_OTHER_ID = 1 << 9, /* what it issued names another key id or serial number */
    KS_ISSUER_SHA1 = 1 << 10,    /* its own signature, unless it signed itself */
    KS_ISSUER_MD5 = 1 << 11,     /* MD2, MD4, MD5 */
};
/* Those that do not break a connection by themselves. */
#define KS_ISSUER_MILD KS_ISSUER_NAMES_COMPLEX

/* A certificate where it stands on a path. */
struct ks_issuing {
    const struct ks_cert *cert;
    /* What is under it, the leaf first; the last is what it issued. None: `cert` is the leaf, of
     * which only the signature is judged. */
    const struct ks_cert *const *below;
    size_t below_count;
    bool self_signed; /* the end of the path */
    int64_t now;
    enum ks_purpose purpose;
    size_t *names_left; /* comparisons with name constraints, of a whole search; NULL: the bound of
                         * one certificate alone */
    bool java; /* name constraints as a JVM has them, not the strictest of all clients */
};
unsigned ks_issuer_faults(const struct ks_issuing *x);

/* ---- one by one ---- */

bool ks_issuer_is_ca(const struct ks_cert *c, bool self_signed);
bool ks_issuer_may_sign(const struct ks_cert *c); /* no key usage, or one with keyCertSign */
int ks_issuer_path_len(const struct ks_cert *c);  /* -1: no limit */
/* A path length below 0, which RFC 5280 does not allow. */
bool ks_issuer_negative_len(const struct ks_cert *c);
/* CAs on a path that count toward the limit: those that are not self-issued. */
int ks_issuer_cas_below(const struct ks_issuing *x);
bool ks_issuer_other_id(const struct ks_cert *issuer, const struct ks_cert *child);

/* The extended key usage allows the purpose to every client, or there is none: chain/refusers.h.
 * True for KS_PURPOSE_CA and TRUST. */
bool ks_cert_allows(const struct ks_cert *c, enum ks_purpose purpose);
enum ks_digest { KS_DIGEST_SOUND, KS_DIGEST_SHA1, KS_DIGEST_MD5 }; /* MD5: MD2, MD4, MD5 */
enum ks_digest ks_cert_digest(const struct ks_cert *c);
/* The same of any signature: the whole AlgorithmIdentifier. */
enum ks_digest ks_sig_alg_digest(struct ks_slice sig_alg);
bool ks_cert_key_weak(const struct ks_cert *c); /* RSA, DSA below 2048 bits, EC below 224 */
/* Bits of the key usage as in RFC 5280 4.2.1.3: bit 0 digitalSignature, 5 keyCertSign. False:
 * there is none. */
bool ks_cert_key_usage(const struct ks_cert *c, unsigned *bits);

/* Java's key managers send a chain when one of its certificates was issued by a name (whole Name
 * TLV) that the server accepts. */
bool ks_issuer_accepted(const struct ks_slice *names, size_t name_count,
                        const struct ks_cert *const *chain, size_t count);

/* The OID of an extension that is critical and that OpenSSL or Java does not process; empty: there
 * is none. */
struct ks_slice ks_cert_critical_unknown(const struct ks_cert *c);

/* Which name below it an issuer forbids, in words: "DNS name a.example is not under permitted
 * b.example"; appended, nothing when all are allowed. Quotes external text. */
void ks_issuer_say_names(const struct ks_issuing *x, struct ks_buf *out);

#endif
