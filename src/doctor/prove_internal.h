/*
 * Inside of doctor: what the parts of a proof share. OpenSSL objects are made once, of a library
 * context of ksx's own.
 */
#ifndef KSX_DOCTOR_PROVE_INTERNAL_H
#define KSX_DOCTOR_PROVE_INTERNAL_H

#include "doctor/prove.h"

#include <openssl/x509.h>

#define KS_PROVE_ANCHORS 256 /* of the names that the chain leads to; more are passed over */

struct ks_proving {
    const struct ks_proof_args *args;
    const struct ks_store *trust; /* what the peers trust; never NULL */
    char *host;                   /* that is asked for; NULL: none, or a client's chain */
    X509 *leaf;                   /* NULL: OpenSSL cannot read it */
    STACK_OF(X509) * issuers;     /* the rest of the chain */
    const struct ks_cert *anchors[KS_PROVE_ANCHORS];
    X509 *anchor_certs[KS_PROVE_ANCHORS]; /* NULL: OpenSSL cannot read it */
    size_t anchor_count;
    size_t *tries; /* signatures that may still be verified to find issuers */
};

/* All or none of the objects: what OpenSSL does not read is said in `check`. */
bool ks_proving_decode(struct ks_proving *p, struct ks_proof_check *check);
void ks_proving_drop(struct ks_proving *p);

/* A truststore of nothing but this certificate. */
struct ks_store *ks_proving_trust_in(const struct ks_cert *anchor);

/* Sets a check that has not been tried yet; `fmt` as printf. */
void ks_check_set(struct ks_proof_check *check, bool good, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The trusted certificates, what to verify for, and when, for a verifying side. `level`: OpenSSL's
 * security level. */
X509_STORE *ks_proving_store(const struct ks_proving *p);
void ks_proving_demand(const struct ks_proving *p, X509_VERIFY_PARAM *param, int level);
enum { KS_OPENSSL_LENIENT, KS_OPENSSL_CURL, KS_OPENSSL_STRICT }; /* strict: up to a root */

/* One check each. */
void ks_prove_openssl(const struct ks_proving *p, int manner, struct ks_proof_check *out);
void ks_prove_key(const struct ks_proving *p, struct ks_proof_check *out);
void ks_prove_handshake(const struct ks_proving *p, struct ks_proof *out);

#endif
