/*
 * Has a CA taken back a certificate? Asked on request only, of the OCSP responder (RFC 6960, with a
 * nonce) or the revocation list (RFC 5280 5) that the certificate names, of a given list, or told
 * by an answer that a server stapled. Answers are believed when the issuer, or a responder that it
 * authorised, signed them, and for the time that they are good for.
 *
 *   struct ks_issued issued[KS_PATH_MAX];
 *   size_t count = ks_revocable(doctor, store, entry, &context, job, issued);
 *   struct ks_revocation_ask ask = {.ocsp = true, .crl = true, .now = ks_now()};
 *   struct ks_statuses known = {0};
 *   if (ks_revocation_chain(&ask, issued, count, job, &known, &err) == KS_OK) ...
 *   context.statuses = &known; and the doctor tells of it
 *
 * Bounds: of a certificate 4 responders and 4 lists; answers of KS_FETCH_BYTES and KS_FETCH_CRL.
 */
#ifndef KSX_NET_REVOCATION_H
#define KSX_NET_REVOCATION_H

#include "chain/status.h"
#include "doctor/doctor.h"
#include "net/http.h"

/* What a run remembers by URL: lists that were fetched, since most certificates share them, and
 * who could not be reached. At most 64 of 64 MiB in all; what is beyond is asked each time. One
 * thread at a time. */
struct ks_revocation_cache;
struct ks_revocation_cache *ks_revocation_cache_new(void);
void ks_revocation_cache_free(struct ks_revocation_cache *cache); /* NULL is fine */

struct ks_revocation_ask {
    const struct ks_cert *cert;
    const struct ks_cert *issuer; /* of it, by signature */
    bool ocsp, crl;               /* what may be asked; both: OCSP first, the list when it fails */
    const char *responder;        /* instead of all that the certificate names; NULL */
    struct ks_slice stapled;      /* an OCSP response to be judged instead; data NULL: none */
    /* Revocation lists of files, instead of those that the certificate names; may be none. */
    const struct ks_store *const *lists;
    size_t list_count;
    struct ks_fetch how; /* url and post are left out of account */
    int64_t now;
    struct ks_revocation_cache *cache; /* NULL: nothing is remembered */
    /* Called before each request; may be NULL. `url` is external text. */
    void (*asking)(void *ctx, const struct ks_cert *cert, const char *url);
    void *ctx;
};
/* Always fills `out` (KS_STATUS_UNKNOWN with the reason when nothing could be learnt), which takes
 * the certificate as borrowed. KS_ERR_CANCELLED is the only failure. */
KS_CHECK enum ks_code ks_revocation(const struct ks_revocation_ask *ask, struct ks_job *job,
                                    struct ks_status *out, struct ks_error *err);
/* The URLs that would be asked: OCSP and lists, one a line. Appended. */
void ks_revocation_urls(const struct ks_cert *cert, struct ks_buf *out);

/* ---- chains ---- */

struct ks_issued {
    const struct ks_cert *cert;
    const struct ks_cert *issuer; /* by signature; NULL: not at hand */
};
/* The certificates of an entry that somebody could revoke: the leaf and its issuers up to the root,
 * which nobody can. At most KS_PATH_MAX; borrowed from the store and the context's candidates, from
 * which also the issuer of the last one may be. 0 for an entry without readable certificates. It
 * takes what the context's effort allows, and ends early when it is cancelled. */
size_t ks_revocable(struct ks_doctor *doctor, const struct ks_store *store,
                    const struct ks_entry *entry, const struct ks_context *context,
                    struct ks_job *job, struct ks_issued out[static KS_PATH_MAX]);
/* Of all of them, as `ask` says beside cert, issuer and stapled; one step of the job each. What is
 * known in `out` already is not asked again, unless it is UNKNOWN. KS_ERR_CANCELLED: `out` has
 * those before. */
KS_CHECK enum ks_code ks_revocation_chain(const struct ks_revocation_ask *ask,
                                          const struct ks_issued *issued, size_t count,
                                          struct ks_job *job, struct ks_statuses *out,
                                          struct ks_error *err);

#endif
