/*
 * Inside of the revocation checks: what OCSP responders and revocation lists say, judged. Nothing
 * here asks anybody.
 */
#ifndef KSX_NET_REVOKING_H
#define KSX_NET_REVOKING_H

#include "chain/status.h"

#include <stdarg.h>

#define KS_REVOKING_SKEW 300     /* seconds that clocks may differ */
#define KS_REVOKING_FRESH KS_DAY /* how long an answer without an end counts */
#define KS_NONCE_BYTES 32        /* RFC 8954: 1 to 32 */

/* Who is asked about, and when. */
struct ks_revoking {
    const struct ks_cert *cert, *issuer;
    int64_t now;
};

/* UNKNOWN with the reason. Always false. */
bool ks_revoking_fails(struct ks_status *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds to what is weak about an answer that says something. */
void ks_revoking_remark(struct ks_status *out, const char *words);
/* Remarks a signature over SHA-1; the whole AlgorithmIdentifier. */
void ks_revoking_remark_digest(struct ks_slice sig_alg, struct ks_status *out);
/* thisUpdate and nextUpdate of an answer, which are noted in `out`, hold now: without the latter
 * for KS_REVOKING_FRESH. */
bool ks_revoking_is_current(int64_t now, int64_t produced, int64_t until, struct ks_status *out);
/* What a verdict on a signature of that algorithm (whole TLV) means: NULL when it proves who made
 * it, else static words that follow a name: "is not signed by the issuer". */
const char *ks_revoking_distrust(enum ks_verdict verdict, struct ks_slice sig_alg);

/* ---- OCSP, RFC 6960 ---- */

/* The request in DER, appended; with a nonce unless `nonce` is NULL. False: OpenSSL refuses. */
bool ks_ocsp_request(const struct ks_revoking *r, const uint8_t *nonce, struct ks_buf *out);
/* The answer: word, dates, reason and why. `nonce` is the one of the request; NULL: there was none,
 * since the answer was stapled. False: it is UNKNOWN. */
bool ks_ocsp_judge(const struct ks_revoking *r, struct ks_slice answer, const uint8_t *nonce,
                   struct ks_status *out);

/* ---- revocation lists, RFC 5280 5 ---- */

/* The same of a list in DER. */
bool ks_crl_judge(const struct ks_revoking *r, struct ks_slice der, struct ks_status *out);
/* Is the list one of the CA that issued the certificate, by its name? */
bool ks_crl_concerns(const struct ks_revoking *r, struct ks_slice der);
/* DER as it is, PEM decoded; data NULL: it is neither. `room` holds what was decoded. */
struct ks_slice ks_crl_der(struct ks_slice answer, struct ks_buf *room);

#endif
