/*
 * What the imports share: certificates by their public key, names for new entries, and entries
 * that are made of what is brought.
 */
#ifndef KSX_OP_BRING_H
#define KSX_OP_BRING_H

#include "chain/facts.h"
#include "op/import.h"
#include "op/internal.h"

/* ---- public keys ---- */

/* "A0:77:1C:…", the first bytes of the key id (RFC 5280 4.2.1.2 method 1); appended. */
void ks_bring_key_id(struct ks_slice spki, struct ks_buf *out);

/* Certificates by their key. Those of one key, the best first: not self-signed, valid, the newest.
 */
struct ks_by_key {
    const struct ks_cert **at;
    size_t count;
    struct ks_index index; /* of `at`, by the key's bits */
};
struct ks_by_key ks_by_key_of(const struct ks_gathered *certs, size_t count, int64_t now);
void ks_by_key_drop(struct ks_by_key *x);
/* NULL: none. */
const struct ks_cert *ks_by_key_first(const struct ks_by_key *x, struct ks_slice bits);

/* ---- certificates ---- */

/* The certificates in memory of their own, so that where they are from may go. `out` has room for
 * `count`; the blob is the caller's. */
struct ks_blob *ks_bring_copies(const struct ks_cert *const *certs, size_t count,
                                struct ks_cert *out);
/* The entry with another chain, leaf first; key, alias and date stay. */
struct ks_entry *ks_bring_with_chain(const struct ks_entry *entry,
                                     const struct ks_cert *const *certs, size_t count);
/* " (key id A0:77:…)", at most so many bytes of the id of the key that signed it; appended. */
void ks_bring_put_aki(const struct ks_cert *cert, size_t most, struct ks_buf *out);
/* Its missing issuer in words: name, key id, where the CA publishes it. The caller's. */
char *ks_bring_missing(const struct ks_cert *cert);
/* Warnings about the issuers of a chain, leaf first, that clients will refuse: no CA, no right to
 * sign, a path that is too long, a key identifier that differs. */
void ks_bring_judge_chain(struct ks_plan *plan, const char *alias,
                          const struct ks_cert *const *chain, size_t count);
/* "Example Root CA", at most 200 bytes; appended. */
void ks_bring_label(const struct ks_cert *cert, struct ks_buf *out);
/* Whether it is of a file, and not typed or pasted. */
bool ks_bring_is_file(const struct ks_store *store);

/* The first lines of commands: which variables hold which passwords. */
void ks_bring_say_passwords(struct ks_commands *commands, const struct ks_store *into,
                            bool from_store);

/* "keytool -exportcert -rfc ...", with SRCPASS as the password; appended. */
void ks_bring_exportcert(struct ks_buf *out, const struct ks_store *from,
                         const struct ks_entry *entry);

/* The certificates of a source, in PEM, into a file of the scratch directory or behind what is there;
 * what was pasted is taken from a file "pasted.pem". */
void ks_bring_put_file(struct ks_commands *commands, const struct ks_store *from, const char *into,
                       bool first);

/* A certificate of another keystore behind what is in such a file; a remark where keytool cannot. */
void ks_bring_put_issuer(struct ks_commands *commands, const struct ks_pool_cert *cert,
                         const char *into, bool first);
/* "keytool -importcert ..." of a chain into the entry; `file` as for ks_command_file(); `jvm`:
 * issuers are in cacerts. */
void ks_bring_put_import(struct ks_commands *commands, const struct ks_store *store,
                         const struct ks_entry *entry, const char *file, bool jvm);

/* ---- names ---- */

/* Names that are taken, as Java compares them in a type. */
struct ks_names {
    const struct ks_format *format;
    char **at;
    size_t *next; /* the number to try for another one of this name */
    size_t count, cap;
    struct ks_index index; /* for `cap` names */
};
/* Those of a store (NULL: none), with room for `more`. */
struct ks_names ks_names_of(const struct ks_store *store, size_t more);
void ks_names_drop(struct ks_names *names);
/* "alias", or "alias-2", "alias-3", ... which is free, and then taken. The caller's. */
char *ks_names_take(struct ks_names *names, const char *alias);
/* The label of a certificate as an alias: lower case, '-' for blanks. The caller's. */
char *ks_bring_alias(const struct ks_cert *cert);

/* ---- entries on their way ---- */

/* A store in memory whose entries are copied into another with ks_op_transfer(). */
struct ks_store *ks_bring_store(struct ks_entry **entries, size_t count); /* references are taken */
/* Trusted certificates as such a store. */
struct ks_store *ks_bring_trust_store(const struct ks_trust_pick *picks, size_t count);
/* Puts all entries of such a store into the list, which is the target's. What it cannot hold is
 * KS_ERR_REFUSED: nobody brings something to have it left out. `passwords`: of the keys, one an
 * entry; NULL, or one that is NULL: the target's. */
KS_CHECK enum ks_code ks_bring_transfer(struct ks_plan *plan, struct ks_list *l,
                                        const struct ks_store *from, enum ks_clash clash,
                                        const struct ks_secret *const *passwords,
                                        struct ks_job *job, struct ks_error *err);

#endif
