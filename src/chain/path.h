/*
 * Paths: from a certificate over its issuers to a root, out of a pool of certificates from
 * anywhere. Each step is checked by names, key ids and the signature. Work is bounded: a pool of
 * 250,000 certificates is indexed by subject once, a path is at most KS_PATH_MAX long, and at most
 * KS_PATH_TRIES signatures are verified.
 */
#ifndef KSX_CHAIN_PATH_H
#define KSX_CHAIN_PATH_H

#include "base/job.h"
#include "chain/purpose.h"
#include "chain/signatures.h"
#include "store/store.h"

#define KS_PATH_MAX 16
#define KS_PATH_TRIES 2000  /* a quarter of a second */
#define KS_PATH_ASKS 100000 /* signatures that are known already; the same */
#define KS_POOL_MAX 250000  /* certificates; what is added beyond is passed over */

/* A certificate of the pool, and where it is from. All borrowed. */
struct ks_pool_cert {
    const struct ks_cert *cert;
    const struct ks_store *store; /* NULL: none */
    const struct ks_entry *entry; /* NULL: none */
    int index;                    /* in the entry's chain */
    bool anchor;                  /* a trusted certificate: a path may end here */
    unsigned rank; /* the smaller is preferred: the given files, this entry's own chain,
                    * this store, other stores, cacerts */
};
struct ks_pool; /* indexed by subject */
struct ks_pool *ks_pool_new(void);
void ks_pool_free(struct ks_pool *pool); /* NULL is fine */
/* Copies the row; what it points to must live as long. Certificates that are there already (same
 * bytes) are kept once, with the smaller rank, and as an anchor if either is one. Broken ones are
 * passed over. */
void ks_pool_add(struct ks_pool *pool, const struct ks_pool_cert *cert);
/* All certificates of a store. */
void ks_pool_add_store(struct ks_pool *pool, const struct ks_store *store, unsigned rank);
size_t ks_pool_count(const struct ks_pool *pool);
/* The row lives as long as the pool. */
const struct ks_pool_cert *ks_pool_at(const struct ks_pool *pool, size_t i);
/* Those with a public key (ks_cert_key_bits() of chain/facts.h): the first and the one after `i`;
 * KS_NOWHERE: no more. */
size_t ks_pool_of_key(const struct ks_pool *pool, struct ks_slice bits);
size_t ks_pool_next_of_key(const struct ks_pool *pool, size_t i);
/* The same of those with a subject; a hash stands for it, so compare with ks_name_equal(). */
size_t ks_pool_of_name(const struct ks_pool *pool, struct ks_slice name);
size_t ks_pool_next_of_name(const struct ks_pool *pool, size_t i);

struct ks_path {
    const struct ks_pool_cert *at[KS_PATH_MAX]; /* the issuers, without the leaf: at[0] issued it */
    size_t len;
    bool complete;     /* ends at a self-issued certificate that signed itself */
    bool anchored;     /* ends at an anchor (also when that is no root) */
    bool leaf_is_root; /* the leaf is self-signed: complete with len 0 */
    bool unverified;   /* some signature is of an algorithm that is not supported here */
    bool cut;          /* the search ended at a bound: there may be better ones */
    unsigned faults;   /* what clients may refuse it for, counted: enum ks_issuer_fault of each
                        * issuer, and signatures that could not be checked */
    size_t kept;       /* how many of its first issuers are those of the walk that was given */
    int64_t ends;      /* the earliest end of a certificate on it */
    unsigned strength; /* bits of security of its weakest key, roughly */
};

/* What a search goes by. Zeroed fields are left out of account. */
struct ks_path_ask {
    const struct ks_pool *const *pools; /* of a certificate that is in several the first counts */
    size_t pool_count;
    const struct ks_cert *leaf;
    int64_t now;
    enum ks_purpose purpose; /* of the leaf: which extended key usages issuers must allow */
    const struct ks_cert *const *walk; /* the issuers that it has now: what works is kept */
    size_t walk_len;
    struct ks_signatures *signatures; /* NULL: remembered for this search only */
    struct ks_effort *effort;         /* NULL: KS_PATH_TRIES signatures */
    struct ks_job *job;               /* cancelled, the search ends as at a bound */
};
/*
 * The paths from the leaf, best first, at most `max`:
 *
 *   complete before incomplete, of incomplete ones the longer, which know more
 *   fewer faults; anchored; more of the walk kept; shorter; ending later; stronger; smaller ranks
 *
 * and the walk itself first of all when it is complete and without a fault. At least one (maybe of
 * length 0) is returned when max > 0.
 */
size_t ks_paths_find(const struct ks_path_ask *ask, struct ks_path *out, size_t max);
/* The same in one pool, for nothing in particular. */
size_t ks_paths(const struct ks_pool *pool, const struct ks_cert *leaf, int64_t now,
                struct ks_path *out, size_t max);
/* The certificate whose issuer is missing, when not complete: the last of the path or the leaf. */
const struct ks_cert *ks_path_end(const struct ks_path *path, const struct ks_cert *leaf);

#endif
