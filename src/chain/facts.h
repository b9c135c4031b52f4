/*
 * What a rule may know when the doctor runs it, beyond names and dates: signatures that were
 * verified, whether the private key fits, all other entries of the store, certificates and keys
 * from elsewhere, and what the store is for. The doctor gathers it (doctor/doctor.h), since keys
 * and files are nothing that this layer can open; the rules only read.
 */
#ifndef KSX_CHAIN_FACTS_H
#define KSX_CHAIN_FACTS_H

#include "base/index.h"
#include "chain/path.h"
#include "chain/status.h"

/* ---- the chain of one entry ---- */

enum ks_chain_end {
    KS_END_ROOT,      /* self-signed, and the signature is good */
    KS_END_MISSING,   /* no certificate of the issuer's name is stored */
    KS_END_OTHER_KEY, /* one is, and has another key: CHAIN-WRONG-ISSUER */
    KS_END_BROKEN, /* one is, its key id fits, and the signature does not: CHAIN-BROKEN-SIGNATURE */
    KS_END_LOOP,
    KS_END_UNKNOWN, /* a signature of an algorithm that is not supported here */
};
enum ks_key_state {
    KS_KEY_UNTRIED,        /* not opened: nothing is said about it */
    KS_KEY_FITS,           /* some stored certificate has it */
    KS_KEY_FOREIGN,        /* none has: KEY-CERT-MISMATCH */
    KS_KEY_OTHER_PASSWORD, /* does not open with the store's: STORE-KEYPASS-DIFFERS */
    KS_KEY_DAMAGED, /* it opened, and is none, or not of its own public half: KEY-DAMAGED */
};
#define KS_BEST_MAX 8

/* Issuers on the walk have faults, and what is sent has another way from the leaf without any. */
struct ks_around {
    const struct ks_cert *over; /* the leaf's issuer there; NULL: there is no such way */
    const struct ks_cert *end;  /* its last certificate */
    bool complete;              /* that is a root; else its issuer is not sent */
    /* These take the walk all the same, if they trust that root, which is assumed where it is not
     * sent. */
    bool java_refuses, openssl_refuses;
};

/* As it is and as it could be: what findings and repairs agree on. Borrowed from the store, the
 * pool and the look's own memory. */
struct ks_chain_look {
    const struct ks_cert **stored; /* JKS and the like: the array. PKCS#12: Java's chain, then
                                    * the other certificates of the file that names make an issuer
                                    * on the way. Each points into an entry's chain; the first ones
                                    * are the entry's own, in its order */
    size_t stored_count;
    size_t leaf; /* in stored */
    enum ks_key_state key;
    size_t
        walk[KS_PATH_MAX]; /* the leaf and its issuers among stored, each verified by signature */
    size_t walk_len;
    unsigned faults[KS_PATH_MAX]; /* of the walk: ks_issuer_faults() */
    struct ks_around around;
    size_t cross[KS_PATH_MAX];    /* in stored: other issuers of certificates on the walk */
    size_t cross_count;
    enum ks_chain_end end;
    size_t wrong; /* in stored: END_OTHER_KEY, END_BROKEN: the one that did not sign; END_LOOP: the
                   * one that the walk comes back to */
    struct ks_path best;                    /* over stored and candidates (issuers only) */
    size_t best_count;                      /* how many paths there are; at most KS_BEST_MAX */
    struct ks_path others[KS_BEST_MAX - 1]; /* the next best ones */
    bool java_differs;                      /* PKCS#12: what Java rebuilds is not the walk */
    bool cut;                               /* a bound was hit */
    bool unended; /* the walk itself ended at a bound: nobody knows what issued its last one */
    void *memory;                           /* private */
};

/* ---- the store as a whole ---- */

/* All certificates of a store. Walk those of one DER, name or key with the indexes:
 *   for (size_t i = ks_census_subject(c, cert); i != KS_NOWHERE; i = ks_index_next(&c->subjects,
 * i)) Hashes stand for names, so compare with ks_name_equal(). */
struct ks_census_cert {
    const struct ks_cert *cert; /* never a broken one */
    const struct ks_entry *entry;
    size_t place;     /* of the entry in the store */
    size_t index;     /* in the entry's chain */
    uint64_t subject; /* ks_name_hash() */
};
struct ks_census {
    const struct ks_store *store;
    struct ks_census_cert *at; /* in the order of the store */
    size_t count;
    struct ks_index ders, subjects, keys; /* of `at`; keys by ks_cert_key_bits() */
    size_t by_kind[16];                   /* entries, by enum ks_kind */
};
/* The first row with the DER of `cert`, with its subject, with the name of its issuer, with its
 * public key. */
size_t ks_census_der(const struct ks_census *c, const struct ks_cert *cert);
size_t ks_census_subject(const struct ks_census *c, const struct ks_cert *cert);
size_t ks_census_issuer(const struct ks_census *c, const struct ks_cert *cert);
size_t ks_census_key(const struct ks_census *c, struct ks_slice bits);
struct ks_census *ks_census_new(const struct ks_store *store);
void ks_census_free(struct ks_census *c); /* NULL is fine */

/* A private key: of the store, or of those that the context brings. */
struct ks_known_key {
    const struct ks_store *store;
    const struct ks_entry *entry;
    size_t place;
    struct ks_slice bits; /* of its public key, as ks_cert_key_bits() */
    bool proven;          /* of the private key itself; else what its first certificate says */
    bool loose;           /* not of the store that is looked at */
    const struct ks_cert *leaf; /* the certificate that it is used with; NULL: none */
};
struct ks_known_keys {
    struct ks_known_key *at; /* the store's first */
    size_t count;
    struct ks_index bits; /* of `at` */
};

/* What a server sent, and what it takes from clients (net/capture.h). All borrowed. */
struct ks_peer {
    const char *name;                   /* "ldap.example.com:636" */
    const struct ks_cert *const *chain; /* as it was sent: the first is the server's; or none */
    size_t count;
    const struct ks_slice *accepts; /* issuers of clients' certificates, Names as whole TLVs; none:
                                     * it did not say */
    size_t accept_count;
};
enum ks_peer_trust {
    KS_PEER_UNKNOWN,  /* no chain, or the search was cut */
    KS_PEER_ANCHORED, /* a trusted certificate is on some path of it */
    KS_PEER_STRANGE,  /* none is */
};

struct ks_facts {
    enum ks_purpose asked;    /* what the user says; may be AUTO */
    enum ks_purpose purpose;  /* of the entry, or of the store: never AUTO */
    const char *const *hosts; /* names that the entry is asked for; may be none */
    size_t host_count;
    const struct ks_pool *candidates;  /* certificates from elsewhere; NULL: none */
    const struct ks_census *store;     /* all that is in the store */
    const struct ks_census *reference; /* the public CAs; NULL: not asked for */
    const struct ks_known_keys *keys;
    const struct ks_chain_look *look; /* of the entry; NULL: no key entry, or no readable chain */
    const struct ks_entry *reply; /* trusted under a name of its own: a better certificate of the
                                   * entry's key (TRUST-REPLY-MISPLACED); NULL: none */
    const struct ks_entry *picked;    /* of the store: ks_java_picks(); NULL: no key */
    const struct ks_statuses *statuses; /* what was asked about revocation; NULL: nothing was */
    const struct ks_peer *peer;       /* NULL: none was asked */
    enum ks_peer_trust peer_trust;    /* of the store */
    const struct ks_cert *peer_end;   /* KS_PEER_STRANGE: as far as the best path goes */
};

/* subjectPublicKey without what is around it: equal for two certificates of one key, also where one
 * calls it RSA and the other RSASSA-PSS. */
struct ks_slice ks_cert_key_bits(const struct ks_cert *cert);
struct ks_slice ks_spki_key_bits(struct ks_slice spki);

#endif
