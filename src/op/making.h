/*
 * Inside of op: what the makers of certificates share.
 *
 *   make.c           single values; key pairs
 *   certify.c        a certificate and its chain; what is to be known about it before
 *   renew.c          the same certificate again, with new dates, or for a new key
 *   request.c        requests, and certificates for them
 *   make_commands.c  the same with keytool and openssl
 */
#ifndef KSX_OP_MAKING_H
#define KSX_OP_MAKING_H

#include "op/internal.h"
#include "op/make.h"

/* ---- certificates ---- */

struct ks_making {
    struct ks_slice subject;        /* Name */
    struct ks_slice spki;           /* of the subject */
    const struct ks_secret *key;    /* of the subject, for a self-signed one; NULL with a signer */
    const struct ks_wanted *wanted; /* all but its subject */
    struct ks_job *job;
};
/* One certificate, appended; its signature was checked. */
KS_CHECK enum ks_code ks_op_certify(const struct ks_making *m, struct ks_buf *out,
                                    struct ks_error *err);
/* An empty subject where there has to be one: KS_ERR_REFUSED, slug "no-subject". */
KS_CHECK enum ks_code ks_op_subject_check(struct ks_slice subject, const struct ks_wanted *wanted,
                                          struct ks_error *err);
/* Dates that can be written, and the end behind the beginning. */
KS_CHECK enum ks_code ks_op_dates_check(int64_t not_before, int64_t not_after,
                                        struct ks_error *err);

/* A new certificate and those of its signer's chain, in a blob of their own. */
struct ks_op_chain {
    struct ks_blob *blob;
    struct ks_cert *certs;
    size_t count;
};
struct ks_op_chain ks_op_chain_new(struct ks_slice leaf, const struct ks_signer *signer);
void ks_op_chain_drop(struct ks_op_chain *chain);
/* The entry with another chain; the blobs that this points into are referenced. One reference. */
struct ks_entry *ks_op_entry_with_chain(const struct ks_entry *e, const struct ks_cert *chain,
                                        size_t count, struct ks_blob *const *blobs,
                                        size_t blob_count);
/* PKCS#12 keeps no chains: readers put them together by names and key ids, so that of a renewed
 * issuer's certificates all entries get the same. They get that of `made`. */
void ks_op_align_chains(struct ks_plan *plan, struct ks_list *l, const struct ks_entry *made);

/* Remarks about the certificate: how long, for whom, by whom. `alias` may be NULL. */
void ks_op_judge_wanted(struct ks_plan *plan, const char *alias, const struct ks_wanted *wanted,
                        enum ks_key_alg key);
/* Remarks about a key of this type. */
void ks_op_judge_key_type(struct ks_plan *plan, const char *alias, const struct ks_key_type *type,
                          int64_t not_after);

/* ---- key pairs ---- */

struct ks_op_pair {
    struct ks_secret *pkcs8;
    struct ks_buf spki;
};
/* A new key. Its store is asked first whether it would take it. */
KS_CHECK enum ks_code ks_op_pair_make(const struct ks_store *store, const char *alias,
                                      const struct ks_key_type *type,
                                      const struct ks_secret *password, struct ks_job *job,
                                      struct ks_op_pair *out, struct ks_error *err);
void ks_op_pair_drop(struct ks_op_pair *pair);
/* The entry of such a key; *out has one reference. */
KS_CHECK enum ks_code ks_op_pair_entry(const struct ks_store *store, const char *alias,
                                       const struct ks_op_pair *pair,
                                       const struct ks_op_chain *chain,
                                       const struct ks_secret *password, struct ks_job *job,
                                       struct ks_entry **out, struct ks_error *err);

/* ---- commands ---- */

void ks_op_generate_commands(const struct ks_store *store, const struct ks_generate *what,
                             struct ks_commands *out);
/* A certificate of the entry's own key, renewed. */
void ks_op_renew_commands(const struct ks_store *store, const struct ks_renew *what,
                          const struct ks_wanted *wanted, struct ks_commands *out);

#endif
