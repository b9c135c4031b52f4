/*
 * Replies: certificates for a key that has another one. When one is better than what is there, and
 * whether it may take its place without loss. What the doctor says is at hand and what a repair
 * installs are the same.
 */
#ifndef KSX_CHAIN_REPLY_H
#define KSX_CHAIN_REPLY_H

#include "chain/purpose.h"
#include "x509/skim.h"

/* What the certificate is asked for. */
struct ks_replying {
    enum ks_purpose purpose;  /* may be AUTO: what the present one is for */
    const char *const *hosts; /* names that it is asked for; may be none */
    size_t host_count;
    bool named; /* somebody named the entry: only the purpose and the hosts count */
};

/* `present`: the certificate that the key has; NULL: none of its own. */

/* Another one would be better: it has none, or one that it signed itself, or that is not valid. */
bool ks_reply_wanted(const struct ks_cert *present, int64_t now);
/* This one is: somebody else signed it, it is valid, and it is no cross certificate of a root. */
bool ks_reply_improves(const struct ks_cert *c, const struct ks_cert *present, int64_t now);
/* Nothing that works now may fail with it: its use, and the hosts that are asked for; unless the
 * entry is named, all its names and uses. */
bool ks_reply_may_take_place(const struct ks_replying *r, const struct ks_cert *c,
                             const struct ks_cert *present);

/* It is for what the present one is for, or for what is asked. */
bool ks_reply_serves(const struct ks_replying *r, const struct ks_cert *c,
                     const struct ks_cert *present);
/* The DNS names and addresses of the present one are its own, too. */
bool ks_reply_covers_names(const struct ks_cert *c, const struct ks_cert *present);

#endif
