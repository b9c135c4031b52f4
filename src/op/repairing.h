/*
 * Inside of op: what the parts of ks_op_repair() share.
 *
 *   repair.c          the operation: what is looked at, the new list, what it would be read as
 *   repair_chain.c    chains of key pairs, and replies that belong to them
 *   repair_store.c    everything else: trusted certificates, passwords, names
 *   repair_rows.c     BEFORE and AFTER, steps, and the words for them
 *   repair_clients.c  who takes a chain before and after
 *   repair_commands.c the same with keytool
 *
 * Each entry of the store has a struct ks_fix, by its place; steps are made one on top of the
 * other, and the list is put together at last.
 */
#ifndef KSX_OP_REPAIRING_H
#define KSX_OP_REPAIRING_H

#include "chain/reply.h"
#include "op/bring.h"
#include "op/repair.h"

/* What becomes of an entry. */
struct ks_fix {
    struct ks_entry *made;      /* a reference; NULL: stays as it is */
    struct ks_entry *unchained; /* a reference: `made` without its new chain; NULL: it has none */
    struct ks_entry *moved;     /* a reference: the same in another place of the file; NULL */
    bool gone;
    size_t
        leftover_of; /* a trusted entry that goes: place of the key pair that it is a reply for */
    const struct ks_store *key_from; /* whose key it was joined with; NULL */
    bool rewritten; /* PKCS#12: what stood in the way of its chain was moved or dropped */
    size_t row;     /* of the look, KS_NOWHERE: none */
};

struct ks_repairing {
    const struct ks_repair *what;
    const struct ks_context *context; /* `asking` */
    struct ks_context asking;         /* as it was given, and with `effort` */
    struct ks_effort effort;          /* for all entries together */
    struct ks_signatures *signatures; /* among what is stored, beside the doctor's */
    struct ks_replying replying; /* what is asked of replies */
    struct ks_doctor *doctor;
    struct ks_store *store;
    struct ks_job *job;
    struct ks_repair_look *look;
    struct ks_plan *plan;
    struct ks_census *census; /* of the store */
    struct ks_index ders;     /* of look->pool */
    struct ks_index replies;  /* marked entries that may be replies, by their public keys */
    size_t *found;            /* in look->before: the first of each entry, by its place */
    struct ks_fix *fixes;     /* one an entry of the store */
    size_t row_cap;
    struct ks_trust_pick *picks; /* certificates to be trusted; the aliases are owned */
    size_t pick_count, pick_cap;
    struct ks_names names; /* for them */
    struct ks_error *err;
};

/* ---- repair.c ---- */
/* Of the entry as it is meant to be so far. */
const struct ks_entry *ks_repair_now(const struct ks_repairing *r, size_t place);
/* Takes over a reference. */
void ks_repair_make(struct ks_repairing *r, size_t place, struct ks_entry *made);
/* Whether the doctor found this in the entry (`place` KS_NOWHERE: the store), and it may be mended
 * unasked, or the entry was named. */
bool ks_repair_asked(const struct ks_repairing *r, size_t place, const char *id);
/* The row of the pool with this certificate; NULL: none. */
const struct ks_pool_cert *ks_repair_source(const struct ks_repairing *r,
                                            const struct ks_cert *cert);

/* ---- repair_chain.c ---- */
KS_CHECK enum ks_code ks_repair_chain(struct ks_repairing *r, size_t place);
/* The certificate, and its issuers up to the root. False, with the words in *missing (the
 * caller's), when there is a gap. `out` has room for KS_PATH_MAX + 1. */
bool ks_repair_path(struct ks_repairing *r, const struct ks_cert *leaf, const struct ks_cert **out,
                    size_t *count, char **missing);
/* What is needed to go on from this certificate, and what was rejected. The caller's. */
char *ks_repair_needed(const struct ks_repairing *r, const struct ks_cert *end);

/* ---- repair_clients.c ---- */
/* KS_ERR_REFUSED, slug "would-break", when a client takes a chain as it is and would not take the
 * planned one. */
KS_CHECK enum ks_code ks_repair_compare(const struct ks_repairing *r);

/* ---- repair_store.c ---- */
KS_CHECK enum ks_code ks_repair_key_password(struct ks_repairing *r, size_t place);
KS_CHECK enum ks_code ks_repair_trusted(struct ks_repairing *r, size_t place);
void ks_repair_alias(struct ks_repairing *r, size_t place);
void ks_repair_public(struct ks_repairing *r);
/* PKCS#12: moves or drops what Java would take in place of the issuers of this chain. False when
 * there is nothing of that kind. */
bool ks_repair_rewrite(struct ks_repairing *r, size_t place);

/* ---- repair_rows.c ---- */
/* The entry's row (KS_NOWHERE: the store's), made at first. Another call may move it. */
struct ks_repair_row *ks_repair_row(struct ks_repairing *r, size_t place);
void ks_repair_did(struct ks_repair_row *row, enum ks_repair_step step, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Takes the text over; one that is there already stays. */
void ks_repair_lacks(struct ks_repair_row *row, char *missing);
/* AFTER, and the steps from BEFORE; `installed`: the first of it is a reply. */
void ks_repair_rows_chain(struct ks_repairing *r, size_t place, const struct ks_cert *const *chain,
                          size_t count, bool installed);
/* The chain stays what it was. */
void ks_repair_rows_revert(struct ks_repairing *r, size_t place);
void ks_repair_rows_drop(struct ks_repair_row *row);
/* "Example Issuing CA 3". The caller's. */
char *ks_repair_label(const struct ks_cert *cert);
/* "chain.pem, certificate 2 of 3". The caller's. */
char *ks_repair_where(const struct ks_repairing *r, const struct ks_cert *cert);
/* Why the first path and not the second: by what decides in ks_paths_find(). The caller's. */
char *ks_repair_why(const struct ks_path *best, const struct ks_path *other, int64_t now);

/* ---- repair_commands.c ---- */
void ks_repair_say(struct ks_repairing *r);

#endif
