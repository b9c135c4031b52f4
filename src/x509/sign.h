/*
 * Making certificates and requests: what is to be signed, and the signature, by OpenSSL.
 */
#ifndef KSX_X509_SIGN_H
#define KSX_X509_SIGN_H

#include "base/error.h"
#include "base/job.h"
#include "base/secret.h"
#include "x509/cert.h"

/* Java's names of the signature algorithms that a key can make, the one to offer first:
 * "SHA256withRSA", "SHA384withECDSA", "RSASSA-PSS", "Ed25519". Returns how many, at most 8. With
 * RSA-PSS parameters in the key, only what they allow. */
size_t ks_signatures_of(struct ks_slice spki, const char *names[static 8]);
/* The same of a key that is not made yet. */
struct ks_key_type;
size_t ks_signatures_of_type(const struct ks_key_type *type, const char *names[static 8]);
/* KS_ERR_USAGE, slug "signature": this key does not make it; lists those it does. */
KS_CHECK enum ks_code ks_signature_check(struct ks_slice spki, const char *name,
                                         struct ks_error *err);

#define KS_SERIAL_BYTES 16
/* Random and positive, as RFC 5280 4.1.2.2 and the CA/Browser Forum want it. Zero, which no
 * certificate is made with, if this host gives no randomness. */
void ks_serial_random(uint8_t serial[static KS_SERIAL_BYTES]);

struct ks_to_sign {
    struct ks_slice subject, issuer; /* Names, whole TLVs */
    struct ks_slice spki;            /* of the subject */
    uint8_t serial[KS_SERIAL_BYTES];
    int64_t not_before, not_after;   /* seconds since 1970; years 1 to 9999 */
    struct ks_slice exts;            /* Extension TLVs of ks_profile_put(); len 0 = none */
};
/* A version 3 certificate, appended in DER. `key` is the issuer's, in PKCS#8; `signature` NULL: the
 * first of ks_signatures_of(). KS_ERR_USAGE, slugs "validity", "serial", "issuer" (no name),
 * "signature"; KS_ERR_UNSUPPORTED for a key that OpenSSL does not take. */
KS_CHECK enum ks_code ks_sign_certificate(const struct ks_to_sign *what, const struct ks_secret *key,
                                          const char *signature, struct ks_buf *out,
                                          struct ks_error *err);
/* The text of a challenge, up to 255 characters; KS_ERR_USAGE, slug "challenge". */
KS_CHECK enum ks_code ks_challenge_check(const char *challenge, struct ks_error *err);
/* A PKCS#10 request (RFC 2986), appended in DER. `challenge` NULL or empty: none; it is
 * readable by everybody. */
KS_CHECK enum ks_code ks_sign_request(struct ks_slice subject, struct ks_slice exts,
                                      const char *challenge, const struct ks_secret *key,
                                      const char *signature, struct ks_buf *out,
                                      struct ks_error *err);

#endif
