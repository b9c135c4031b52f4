/*
 * Has a CA taken back a certificate? Asked on request only, of the OCSP responder (RFC 6960, with a
 * nonce) or the revocation list (RFC 5280 5) that the certificate names, of a given list, or told
 * by an answer that a server stapled. Answers are believed when the issuer, or a responder that it
 * authorised, signed them, and for the time that they are good for.
 */
#ifndef KSX_NET_REVOCATION_H
#define KSX_NET_REVOCATION_H

#include "chain/status.h"
#include "net/http.h"

struct ks_revocation_ask {
    const struct ks_cert *cert;
    const struct ks_cert *issuer;  /* of it, by signature */
    bool ocsp, crl;                /* what may be asked; both: OCSP first, the list when it fails */
    const char *responder;         /* another URL than the certificate's; NULL */
    struct ks_slice stapled;       /* an OCSP response to be judged instead; data NULL: none */
    const struct ks_store *lists;  /* revocation lists of a file, instead; NULL */
    struct ks_fetch how;           /* url and post are left out of account */
    int64_t now;
};
/* Always fills `out` (KS_STATUS_UNKNOWN with the reason when nothing could be learnt), which takes
 * the certificate as borrowed. KS_ERR_CANCELLED is the only failure. */
KS_CHECK enum ks_code ks_revocation(const struct ks_revocation_ask *ask, struct ks_job *job,
                                    struct ks_status *out, struct ks_error *err);
/* The URLs that would be asked: OCSP and lists, one a line. Appended. */
void ks_revocation_urls(const struct ks_cert *cert, struct ks_buf *out);

#endif
