/*
 * Edits of one store. Entries are given by object: those of store->now, so that an index never
 * means another entry than the one that was looked at.
 */
#ifndef KSX_OP_EDIT_H
#define KSX_OP_EDIT_H

#include "op/plan.h"

/* KS_ERR_REFUSED, slug "alias-clash", when another entry has the name as Java compares it; slug
 * "alias" when the type cannot hold it (65,535 bytes). The name that it has already makes an empty
 * plan that says so. */
KS_CHECK enum ks_code ks_op_rename(struct ks_store *store, const struct ks_entry *entry,
                                   const char *alias, struct ks_plan *out, struct ks_error *err);

/* Remarks name every private key whose only copy among `open` (other stores) goes: a loss. With
 * `open` NULL nothing is known of other stores, and it is a warning. */
KS_CHECK enum ks_code ks_op_delete(struct ks_store *store, const struct ks_entry *const *entries,
                                   size_t count, struct ks_store *const *open, size_t open_count,
                                   struct ks_plan *out, struct ks_error *err);

/* The keys that are in memory alone: nothing on disk has them, of this keystore and of the other open
 * ones. Entries of the store, in its order; the array is the caller's: free(). */
const struct ks_entry **ks_op_unsaved_keys(const struct ks_store *store,
                                           struct ks_store *const *open, size_t open_count,
                                           size_t *count);
/* Whether the entry is one of those, as far as its own keystore is concerned. */
bool ks_op_key_is_unsaved(const struct ks_store *store, const struct ks_entry *entry);

/* What a copy or merge does with an alias that the target has already. */
enum ks_clash {
    KS_CLASH_ASK,     /* fails with KS_ERR_REFUSED, slug "alias-clash", naming the first */
    KS_CLASH_SKIP,    /* the target's stays */
    KS_CLASH_REPLACE, /* the copy takes its place */
    KS_CLASH_RENAME,  /* the copy becomes "alias-2", "alias-3", ... */
};

/*
 * Passwords of the entries that are copied to another type: their keys are decrypted and protected
 * anew. Asked once an entry: a reference to a secret, or NULL to leave the entry out (a loss). Try
 * the store's own first (`password` NULL of format->reveal).
 */
struct ks_key_passwords {
    struct ks_secret *(*ask)(void *ctx, const struct ks_store *store, const struct ks_entry *entry,
                             const struct ks_error *why);
    void *ctx;
};

struct ks_copy {
    const struct ks_store *from;
    const struct ks_entry *const *entries;
    size_t count;
    enum ks_clash clash;
    bool skip_known; /* leave out certificates that the target has under any alias, and keys
                      * whose leaf it has */
    struct ks_secret *new_password; /* of the copied keys; NULL: the target's store password */
    struct ks_key_passwords passwords;
};
/* Between types, or when new_password is given, keys are decrypted and sealed; between stores of
 * one type they are copied as they are, under the password that they have (a remark says so when
 * it is not the target's). An entry that the target's type cannot hold is left out: a loss. */
KS_CHECK enum ks_code ks_op_copy(struct ks_store *to, const struct ks_copy *copy,
                                 struct ks_job *job, struct ks_plan *out, struct ks_error *err);
/* The same from several stores, one after the other, as one plan. */
KS_CHECK enum ks_code ks_op_merge(struct ks_store *to, const struct ks_copy *copies, size_t count,
                                  struct ks_job *job, struct ks_plan *out, struct ks_error *err);

/* ---- passwords ---- */
struct ks_passwd {
    struct ks_secret *store_password; /* new; NULL: stays. A reference is taken */
    bool all_entries; /* set all keys to the (new) store password; else those that have the old one
                       * get the new one, and the others keep theirs */
    const struct ks_entry *entry;     /* or only this one, to: */
    struct ks_secret *entry_password;
    enum ks_protection protection;     /* KS_PROTECT_KEEP unless an upgrade is wanted */
    struct ks_key_passwords passwords; /* the present ones of entries that have their own */
};
/* Remarks name the entries that keep a password of their own: a loss, slug "key-locked", where all
 * were to be set. */
KS_CHECK enum ks_code ks_op_passwd(struct ks_store *store, const struct ks_passwd *change,
                                   struct ks_job *job, struct ks_plan *out, struct ks_error *err);

/* ---- stores ---- */

/* An empty store that is not on disk yet. */
KS_CHECK enum ks_code ks_op_create(const char *path, const struct ks_format *format,
                                   struct ks_secret *password, enum ks_protection protection,
                                   struct ks_plan *out, struct ks_error *err);

struct ks_convert {
    const struct ks_format *format;
    const char *path;
    struct ks_secret *password; /* of the new store; NULL: the old one's */
    enum ks_protection protection;
    const struct ks_entry *const *drop; /* entries that are left out on purpose */
    size_t drop_count;
    bool keep_key_passwords; /* each key keeps its own, where the type can */
    struct ks_key_passwords passwords;
};
/* A new store, not on disk yet, with the entries of `from`. */
KS_CHECK enum ks_code ks_op_convert(const struct ks_store *from, const struct ks_convert *how,
                                    struct ks_job *job, struct ks_plan *out, struct ks_error *err);

/* ---- secret keys and passphrases ---- */

/* Random, of this many bits: "AES" 128..256, "HmacSHA256", "DESede", ... */
KS_CHECK enum ks_code ks_op_make_secret(struct ks_store *store, const char *alias,
                                        const char *algorithm, unsigned bits,
                                        const struct ks_secret *password, struct ks_job *job,
                                        struct ks_plan *out, struct ks_error *err);
/* Given material: a key's raw bytes, or a passphrase. KS_ERR_USAGE, slug "no-size", for a number of
 * bytes that the algorithm has no keys of. */
KS_CHECK enum ks_code ks_op_add_material(struct ks_store *store, const char *alias,
                                         const struct ks_material *material,
                                         const struct ks_secret *password, struct ks_job *job,
                                         struct ks_plan *out, struct ks_error *err);

/* The algorithms that can be made, with their sizes in bits; name NULL ends. */
struct ks_secret_algorithm {
    const char *name;
    unsigned bits[6]; /* 0 ends; the first is the one to offer */
};
extern const struct ks_secret_algorithm ks_secret_algorithms[];

/* ---- after the file changed on disk ---- */

/* The edits of `mine` since it was last saved, on top of `theirs` (the same file, read again).
 * Remarks tell where both changed the same entry: mine wins. When the password is another there,
 * keys that are added get that one. */
KS_CHECK enum ks_code ks_op_rebase(const struct ks_store *mine, struct ks_store *theirs,
                                   struct ks_job *job, struct ks_plan *out, struct ks_error *err);

#endif
