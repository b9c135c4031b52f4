/*
 * Certificate requests (PKCS#10, RFC 2986) and revocation lists (RFC 5280 5): skimmed like
 * certificates, slices into the input.
 */
#ifndef KSX_X509_REQUEST_H
#define KSX_X509_REQUEST_H

#include "x509/cert.h"

struct ks_request {
    struct ks_slice der, subject, spki, sig_alg;
    struct ks_slice exts;      /* contents of the SEQUENCE OF Extension of extensionRequest (PKCS#9 or Microsoft); len 0 = none */
    bool has_challenge;        /* a challengePassword attribute; its value is not kept */
    size_t other_attributes;
};
bool ks_request_skim(struct ks_slice der, struct ks_request *out);
enum ks_verdict ks_request_verify(const struct ks_request *r); /* self-signature */

struct ks_crl {
    struct ks_slice der, issuer, sig_alg, exts;
    int64_t this_update, next_update; /* KS_TIME_NONE when absent */
    size_t revoked;                   /* number of entries */
    uint8_t version;
};
bool ks_crl_skim(struct ks_slice der, struct ks_crl *out);

#endif
