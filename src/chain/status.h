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
    int64_t revoked_at; /* KS_TIME_NONE */
    int reason;         /* CRLReason; -1: none given */
    int64_t produced;   /* thisUpdate of the answer; KS_TIME_NONE */
    int64_t until;      /* nextUpdate; KS_TIME_NONE: the responder always knows better */
    int64_t asked;      /* when */
    char *from;         /* "OCSP http://ocsp.example.com", "list http://...", "list FILE", "stapled";
                         * NULL: there was nobody to ask */
    char *why;          /* of UNKNOWN and FOREIGN, in words; of the others what is weak about
                         * the answer, mostly NULL. Quotes external text */
    bool agreement;     /* UNKNOWN: some address is a private one, or a port is odd, and
                         * nobody has agreed to that yet (ks_fetch.private_too, any_port) */
};
void ks_status_drop(struct ks_status *s); /* a zeroed one is fine */
/* "unknown", "good", "revoked", "foreign": the JSON words. */
const char *ks_status_name(enum ks_status_word word);
/* "good until 2026-03-08 12:00:00", "unknown: the answer is signed by somebody else". Appended. */
void ks_status_text(const struct ks_status *s, struct ks_buf *out);
/* Somebody was, by the network: no file was looked into instead. */
bool ks_status_was_asked(const struct ks_status *s);
/* ", says OCSP http://ocsp.example.com, asked 2026-03-01 12:00:00": appended. */
void ks_status_source(const struct ks_status *s, struct ks_buf *out);
/* Of a good one: "'server' is not revoked, says ..., until 2026-03-08 12:00:00 (the answer has no
 * nonce: it was signed in advance)". Appended; quotes external text. */
void ks_status_good_text(const struct ks_status *s, struct ks_buf *out);

/* All that was asked, each certificate once, as copies of its own: they outlive the stores. */
struct ks_statuses {
    struct ks_status *at;
    size_t count, cap;
};
void ks_statuses_drop(struct ks_statuses *s); /* a zeroed one is fine */
/* Takes the status over, in place of an older one of the same certificate. Broken certificates are
 * passed over. */
void ks_statuses_take(struct ks_statuses *s, struct ks_status *status);
/* All of `from`, which is empty then. */
void ks_statuses_join(struct ks_statuses *to, struct ks_statuses *from);
/* By the bytes of the certificate; NULL: it was not asked about. `s` may be NULL. */
const struct ks_status *ks_statuses_of(const struct ks_statuses *s, const struct ks_cert *cert);

#endif
