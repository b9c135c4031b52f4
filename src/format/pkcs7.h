/*
 * PKCS#7 and CMS SignedData (RFC 2315, RFC 5652) as a carrier of certificates and CRLs. Signatures
 * on the carried data are not looked at. BER is walked as it is, so the slices point into the
 * input.
 */
#ifndef KSX_FORMAT_PKCS7_H
#define KSX_FORMAT_PKCS7_H

#include "base/bytes.h"

struct ks_pkcs7 {
    struct ks_slice certs;   /* contents of the [0] set of CertificateChoices */
    struct ks_slice crls;    /* contents of the [1] set of RevocationInfoChoice */
    struct ks_slice content; /* OID of the signed data's type */
    bool has_content;        /* data was signed: not the degenerate form of a certificate file */
    size_t signers;
    bool cut; /* the message ends early */
};

/* False if it is no SignedData. Takes the head of a file too. */
bool ks_pkcs7_open(struct ks_slice der, struct ks_pkcs7 *out);
/* "1.2.840.113549.1.7.3" in words ("enveloped data"); NULL if it is no content type of PKCS#7. */
const char *ks_pkcs7_content_type(struct ks_slice oid);

#endif
