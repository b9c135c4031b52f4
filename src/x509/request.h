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
    struct ks_slice said_alg;         /* of the signature, as what is signed says it */
    int64_t this_update, next_update; /* KS_TIME_NONE when absent or unreadable */
    bool bad_end;                     /* there is a nextUpdate, and it cannot be read */
    size_t revoked;                   /* number of entries */
    struct ks_slice entries;          /* contents of revokedCertificates; len 0 = none */
    uint8_t version;
    /* Something in what is signed is none of the fields above, nor where RFC 5280 5.1.2 has them:
     * it was passed over, and may have been entries. To be shown, but not to be relied on. */
    bool unread;
};
bool ks_crl_skim(struct ks_slice der, struct ks_crl *out);
/* Does the key in `spki` verify its signature? BAD as well when it names two algorithms (RFC 5280
 * 5.1.1.2). */
enum ks_verdict ks_crl_verify(const struct ks_crl *crl, struct ks_slice spki);

#define KS_CRL_SHOWN 1000      /* entries that are listed; the others are counted */
#define KS_CRL_SEARCHED 200000 /* entries that a search looks at */

struct ks_revoked {         /* one entry: RFC 5280 5.3 */
    struct ks_slice serial; /* contents octets of the INTEGER */
    int64_t date;           /* KS_TIME_NONE when it cannot be read */
    int reason;             /* CRLReason; -1 = none given */
    bool other_issuer; /* it, and what follows, is of another CA than the list: an indirect CRL */
    bool odd;    /* an extension is critical, and neither of 5.3.1 to 5.3.3 */
    bool unread; /* there is something in it that was passed over, since it cannot be read */
};
/* Takes an entry off the front of crl.entries; false at the end, or where they cannot be parsed. */
bool ks_crl_next(struct ks_slice *entries, struct ks_revoked *out);
/* Are the contents of two INTEGERs the same number? Leading zeros make no other one of it. */
bool ks_serial_equal(struct ks_slice a, struct ks_slice b);
/* Whether a certificate of the list's own issuer is on it. Verifies nothing. */
bool ks_crl_lists(const struct ks_crl *crl, struct ks_slice serial, struct ks_revoked *out);
/* "key compromise", "superseded"; "" for none. */
const char *ks_crl_reason(int reason);

#endif
