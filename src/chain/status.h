/*
 * What is known of the revocation of a certificate. Facts for the rules of the doctor; asking is
 * net/revocation.h.
 */
#ifndef KSX_CHAIN_STATUS_H
#define KSX_CHAIN_STATUS_H

#include "x509/cert.h"

enum ks_status_word {
    KS_STATUS_UNKNOWN, /* nobody could be asked, or the answer proves nothing: `why` */
    KS_STATUS_GOOD,
    KS_STATUS_REVOKED,
    KS_STATUS_FOREIGN, /* the responder does not know the certificate */
};
struct ks_status {
    const struct ks_cert *cert; /* borrowed */
    enum ks_status_word word;
    int64_t revoked_at;         /* KS_TIME_NONE */
    int reason;                 /* CRLReason; -1: none given */
    int64_t produced;           /* thisUpdate of the answer; KS_TIME_NONE */
    int64_t until;              /* nextUpdate; KS_TIME_NONE: the responder always knows better */
    int64_t asked;              /* when */
    char *from;                 /* "OCSP http://ocsp.example.com", "list http://...", "stapled" */
    char *why;                  /* of UNKNOWN and FOREIGN, in words; NULL */
};
void ks_status_drop(struct ks_status *s); /* a zeroed one is fine */

#endif
