/*
 * Inside of the model: private keys in clear, PrivateKeyInfo of RFC 5208 and RFC 5958, and the way
 * from there, and from certificates, into OpenSSL.
 */
#ifndef KSX_X509_PRIVATE_H
#define KSX_X509_PRIVATE_H

#include "x509/skim.h"

#include <openssl/types.h>

/* Slices into the input. */
struct ks_private {
    struct ks_slice oid;        /* contents of the algorithm's OID */
    struct ks_slice alg;        /* AlgorithmIdentifier, whole TLV */
    struct ks_slice octets;     /* OCTET STRING, whole TLV */
    struct ks_slice key;        /* its contents */
    struct ks_slice public_key; /* RFC 5958 [1]: BIT STRING contents after the count of unused bits */
};
/* False, and *out zeroed, when it is no PrivateKeyInfo. */
bool ks_private_parse(struct ks_slice pkcs8, struct ks_private *out);
/* NULL when OpenSSL does not take it, or when it would take too long to. EVP_PKEY_free() wipes it. */
EVP_PKEY *ks_private_open(const struct ks_private *k);

enum ks_pairing {
    KS_PAIR_UNTESTED = -1, /* it cannot sign, or it would take too long */
    KS_PAIR_APART,         /* they do not belong together */
    KS_PAIR_FITS,
};
/* Whether what the private key signs, a random nonce, is verified by the public one, or by its own
 * public half (NULL): a file says both, and OpenSSL compares the public halves alone. Of keys for
 * key agreement, whose public half OpenSSL computes, that comparison is the test. */
enum ks_pairing ks_private_fits(EVP_PKEY *key, EVP_PKEY *public_key);

/* An RSA key of two primes, all of whose numbers fit each other, so that what it signs is verified
 * by its public half; *spki (NULL: not wanted): that, appended. False: it must be opened to know.
 */
bool ks_private_rsa_sound(const struct ks_private *k, struct ks_buf *spki);

/* NULL when OpenSSL cannot read it; its reason is in its queue. X509_free(). */
X509 *ks_cert_open(const struct ks_cert *cert);

#endif
