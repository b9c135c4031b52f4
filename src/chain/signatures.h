/*
 * Signatures that were verified, remembered by what they depend on: the bytes of the certificate
 * and the public key. So a certificate is checked once against a key, however many entries and
 * searches ask, and whatever becomes of the store that it was in.
 */
#ifndef KSX_CHAIN_SIGNATURES_H
#define KSX_CHAIN_SIGNATURES_H

#include "x509/cert.h"

struct ks_signatures;
struct ks_signatures *ks_signatures_new(void);
void ks_signatures_free(struct ks_signatures *s); /* NULL is fine */

/* What a computation may cost: `left` goes down with each signature that is not known yet, by 1 for
 * P-256 and RSA up to 4096 bits, by more for keys that take more (ks_spki_cost()); `asks` with each
 * question, since looking up what is known is cheap and yet not for nothing, by more than 1 where
 * certificates are long. Where one does not suffice the answer is BAD and `cut` is set. */
struct ks_effort {
    size_t left, asks;
    bool cut;
};
/* Does the key in `spki` verify the signature on `child`? */
enum ks_verdict ks_signatures_verify(struct ks_signatures *s, const struct ks_cert *child,
                                     struct ks_slice spki, struct ks_effort *effort);
/* Did `issuer` issue `child`: names equal (RFC 5280 7.1) and the signature good. Where the
 * algorithm is not supported here, key ids must do: UNKNOWN when they do not differ. */
enum ks_verdict ks_signatures_edge(struct ks_signatures *s, const struct ks_cert *child,
                                   const struct ks_cert *issuer, struct ks_effort *effort);

#endif
