/*
 * How the certificates of an entry hang together, by names and key ids (no signatures).
 */
#ifndef KSX_CHAIN_CHAIN_H
#define KSX_CHAIN_CHAIN_H

#include "store/store.h"

struct ks_chain {
    size_t present;       /* certificates stored */
    bool complete;        /* the walk from the leaf ends at a self-issued certificate */
    bool ordered;         /* each certificate is followed by its issuer */
    size_t walked;        /* length of the walk from the leaf */
    size_t extras;        /* stored, but not on the walk */
    int missing_after;    /* index of the last certificate reached when not complete, else -1 */
};
void ks_chain_look(const struct ks_entry *e, struct ks_chain *out);

/* The trusted certificate or chain certificate of this or another open store that may be the missing issuer:
 * returns the entry and the index in its chain; NULL if there is none. */
const struct ks_entry *ks_chain_candidate(const struct ks_cert *child,
                                          struct ks_store *const *stores, size_t count,
                                          size_t *store_index, size_t *cert_index);

#endif
