/*
 * Bringing in what others made: a CA's reply to a request, key pairs, trusted certificates.
 */
#ifndef KSX_OP_IMPORT_H
#define KSX_OP_IMPORT_H

#include "chain/path.h"
#include "op/command.h"
#include "op/edit.h"
#include "op/gather.h"

struct ks_wanted; /* op/make.h */

/* ---- CA reply ---- */

enum ks_reply_role {
    KS_REPLY_LEAF,      /* has the entry's key */
    KS_REPLY_ISSUER,    /* on the path */
    KS_REPLY_ROOT,      /* on the path, and left out as was wished (`leave_root`) */
    KS_REPLY_UNRELATED, /* left out */
};
struct ks_reply_row {
    struct ks_gathered from; /* entry NULL: from a store, not from the reply */
    const struct ks_pool_cert *found; /* where an added issuer comes from; NULL: the reply */
    enum ks_reply_role role;
    size_t position;         /* in the new chain */
    const struct ks_cert *cert;
};
/* An entry that a reply fits. */
struct ks_reply_fit {
    struct ks_store *store;
    const struct ks_entry *entry;
};
struct ks_reply {
    struct ks_store *store;
    const struct ks_entry *entry;     /* NULL: the one entry of `store` that fits */
    const struct ks_gather *given;
    struct ks_store *const *others;   /* further open stores; cacerts last */
    size_t other_count;
    bool leave_root;                  /* without the root at the end */
    bool older;                       /* a leaf that is older than the present one is fine */
    bool incomplete;                  /* a chain with a gap is fine: it is said, and written as it is */
    int64_t now;
};
struct ks_reply_look {
    const struct ks_entry *entry;     /* that the reply is for */
    struct ks_reply_row *rows;        /* the new chain in order, then what is left out; the leaf first */
    size_t count;
    bool complete;
    bool unverified;                  /* some signature is of an algorithm that is not supported here */
    char *missing;                    /* issuer DN, key id and AIA of what is missing; NULL */
    bool root_missing; /* incomplete behind a CA that another one signed: mostly that is the root */
    struct ks_pool *pool;             /* rows point into it */
};
/*
 * What the certificates are to the entry, without changing anything. KS_ERR_REFUSED:
 *   "key-mismatch"  no certificate has the entry's key; the error names the entry that one of them
 *                   fits, of this store or another, and *fit is that entry (may be NULL)
 *   "no-entry"      entry NULL, and no key of the store fits; *fit as above
 *   "several-entries" entry NULL, and more than one fits: the same key twice
 *   "older"         the reply's certificate began before the present one (unless `older`)
 *   "incomplete"    some issuer is nowhere to be found (unless `incomplete`)
 * For "older" and "incomplete" the look is filled all the same. A self-signed stand-in is never
 * newer than a reply: CAs date back. KS_ERR_NOT_FOUND, slug "no-certificate": nothing is given.
 */
KS_CHECK enum ks_code ks_reply_look(const struct ks_reply *reply, struct ks_job *job,
                                    struct ks_reply_look *out, struct ks_reply_fit *fit,
                                    struct ks_error *err);
void ks_reply_look_drop(struct ks_reply_look *look);
/* The entry with its new chain; key, alias and date stay. */
KS_CHECK enum ks_code ks_op_reply(const struct ks_reply *reply, struct ks_job *job,
                                  struct ks_plan *out, struct ks_error *err);

/* ---- key pairs ---- */

/* A private key of the sources, with the certificates that belong to it. */
struct ks_candidate {
    const struct ks_store *store;
    const struct ks_entry *entry;
    struct ks_material key;      /* PKCS#8 */
    struct ks_slice spki;        /* of the key; in `bytes` */
    struct ks_buf bytes;
    const struct ks_cert **chain; /* leaf first, out of all sources; the array is owned */
    const struct ks_store **from; /* the source of each of them, or `into`; the array is owned */
    size_t chain_len;            /* 0: no certificate has this key */
    bool complete;
    char *alias;                 /* proposed: the entry's own, or the CN, made unique */
};
struct ks_candidates {
    struct ks_candidate *at;
    size_t count;
    struct ks_pool *pool;
    size_t certs;        /* certificates of the sources */
    size_t left_out;     /* keys that could not be opened */
    struct ks_error why; /* of the first of them */
};
/* Opens every private key of the sources (asking for passwords), and joins it with the certificates
 * of all sources by the public key; issuers that they do not have are taken from `into`. A key that comes twice is one candidate. `into` NULL: a new
 * store. KS_ERR_NOT_FOUND, slug "no-key"; KS_ERR_PASSWORD when a password that was asked for does not
 * fit; a key whose password nobody gives is left out, and if no other remains that is the error. */
KS_CHECK enum ks_code ks_import_candidates(const struct ks_store *into, const struct ks_gather *given,
                                           const struct ks_key_passwords *passwords,
                                           struct ks_job *job, struct ks_candidates *out,
                                           struct ks_error *err);
void ks_candidates_drop(struct ks_candidates *c);

struct ks_import_key {
    const struct ks_candidate *from;
    const char *alias;
    const struct ks_secret *password; /* of the key; NULL: the store's */
    /* What makes a certificate for a key that came without one, its subject included; NULL: refused,
     * slug "no-certificate". */
    const struct ks_wanted *self_signed;
    bool incomplete; /* a chain with a gap is fine */
};
/* KS_ERR_REFUSED: "no-certificate", "incomplete", "alias-clash", or what would be lost. */
KS_CHECK enum ks_code ks_op_import_keys(struct ks_store *store, const struct ks_import_key *keys,
                                        size_t count, enum ks_clash clash, struct ks_job *job,
                                        struct ks_plan *out, struct ks_error *err);

/* ---- trusted certificates ---- */

/* What a certificate would be in the store. */
struct ks_trust_row {
    struct ks_gathered from;
    char *alias;                    /* proposed: the CN in lower case, made unique; owned */
    const struct ks_entry *already; /* the entry that has it; NULL */
    const struct ks_store *key_store; /* with key_entry: the key pair that it belongs to: a CA reply */
    const struct ks_entry *key_entry;
    bool ca, root;                  /* root: self-signed, and the signature is good */
    bool proposed;                  /* to be ticked at first: a CA, new, no issuer of it among the rows */
    const char *why_not;            /* static: "already here", "not needed with its issuer", "expired" ...; NULL */
};
/* `open`: stores to look for the keys in. The array is the caller's: ks_trust_rows_free(). */
struct ks_trust_row *ks_trust_rows(const struct ks_store *into, const struct ks_gather *given,
                                   struct ks_store *const *open, size_t open_count, int64_t now,
                                   size_t *count);
void ks_trust_rows_free(struct ks_trust_row *rows, size_t count);

struct ks_trust_pick {
    const struct ks_cert *cert;
    const struct ks_store *from; /* keeps its bytes */
    const struct ks_entry *entry;
    const char *alias;
};
KS_CHECK enum ks_code ks_op_trust(struct ks_store *store, const struct ks_trust_pick *picks,
                                  size_t count, enum ks_clash clash, struct ks_plan *out,
                                  struct ks_error *err);
/* An alias for a certificate: its label in lower case, blanks as '-', made unique in the store and
 * among `taken`. The caller's. */
char *ks_op_propose_alias(const struct ks_store *store, const struct ks_cert *cert,
                          char *const *taken, size_t taken_count);

#endif
