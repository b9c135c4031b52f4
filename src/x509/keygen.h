/*
 * Making key pairs: the types on offer, as one table, and the making itself, by OpenSSL.
 */
#ifndef KSX_X509_KEYGEN_H
#define KSX_X509_KEYGEN_H

#include "base/error.h"
#include "base/job.h"
#include "base/secret.h"
#include "x509/skim.h"

struct ks_key_type {
    const char *word;    /* for --alg: "rsa:3072", "ec:p-256", "ed25519", "rsa-pss:3072" */
    const char *family;  /* "RSA", "RSA-PSS", "EC", "Ed25519", "Ed448": the first choice of a form */
    const char *size;    /* "3072", "P-256": the second; "" when there is none */
    enum ks_key_alg alg;
    unsigned bits;
    const char *group;   /* OpenSSL's name of the curve; NULL */
    const char *keytool; /* "-keyalg RSA -keysize 3072"; NULL: keytool of JDK 17 cannot */
    const char *openssl; /* arguments of `openssl genpkey`: "-algorithm RSA -pkeyopt rsa_keygen_bits:3072" */
    const char *remark;  /* what somebody should know: "no current Java reads it"; NULL */
    bool first;          /* of its family, the one to offer */
};
extern const struct ks_key_type ks_key_types[]; /* word NULL ends; the first is the default */
/* By word, ignoring case; also "rsa" alone, "RSA 3072", "secp256r1". NULL: none. */
const struct ks_key_type *ks_key_type_named(const char *word);
/* The one that made this key (SubjectPublicKeyInfo); NULL: none of the table. */
const struct ks_key_type *ks_key_type_of(struct ks_slice spki);
/* Whether this OpenSSL has it (Brainpool, secp256k1). */
bool ks_key_type_available(const struct ks_key_type *type);

/* A new key as PrivateKeyInfo (RFC 5208; without the public key of RFC 5958, which older Java does
 * not read).
 * `job` may stop it: KS_ERR_CANCELLED. */
KS_CHECK enum ks_code ks_keygen(const struct ks_key_type *type, struct ks_job *job,
                                struct ks_secret **pkcs8, struct ks_error *err);
/* The SubjectPublicKeyInfo of a private key in PKCS#8; appended. KS_ERR_UNSUPPORTED. */
KS_CHECK enum ks_code ks_private_to_spki(const struct ks_secret *pkcs8, struct ks_buf *out,
                                         struct ks_error *err);

/* KS_ERR_DAMAGED, slug "key-torn", when the private half does not belong to the public one that is
 * written beside it. What cannot be tested is fine. */
KS_CHECK enum ks_code ks_private_check(const struct ks_secret *pkcs8, struct ks_error *err);

#endif
