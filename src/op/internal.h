/*
 * What the operations share: a list of entries that becomes the next version, names as Java
 * compares them, keys that are opened and protected anew.
 *
 *   plan.c     plans and remarks; what is judged of every new entry
 *   names.c    the list, its names
 *   keys.c     from one protection to another
 *   edit.c     rename, delete
 *   copy.c     copy and merge: entries from another store
 *   bring.c    what the imports share: gather.c, reply.c, import_key.c, trust.c
 *   passwd.c   passwords of stores and entries
 *   convert.c  new stores
 *   secret.c   secret keys and passphrases
 *   edit_commands.c  the same with keytool
 *   rebase.c   edits on top of a file that was changed meanwhile
 */
#ifndef KSX_OP_INTERNAL_H
#define KSX_OP_INTERNAL_H

#include "base/index.h"
#include "op/edit.h"

/* ---- the list ---- */

/* Entries of the version to be; each holds one reference. */
struct ks_list {
    struct ks_entry **at;
    size_t count, cap;
};

struct ks_list ks_list_of(const struct ks_version *version);
void ks_list_insert(struct ks_list *l, size_t place, struct ks_entry *entry /* taken */);
void ks_list_replace(struct ks_list *l, size_t place, struct ks_entry *entry /* taken */);
/* Where a new entry goes: at the end, but before an object that hides what follows it. */
size_t ks_list_end(const struct ks_list *l);
/* Place of this very object, or KS_NOWHERE. */
size_t ks_list_find(const struct ks_list *l, const struct ks_entry *entry);
void ks_list_drop(struct ks_list *l);

/* ---- names ---- */

/* As Java compares names in this type: folded, or as they are. Free with free(). */
char *ks_op_name(const struct ks_format *format, const char *alias);
/* KS_ERR_USAGE, slug "alias", for a new name that is no text: the terminal has another character
 * set. `who` was not `done` for it. */
KS_CHECK enum ks_code ks_op_check_text(const char *alias, const char *who, const char *done,
                                       struct ks_error *err);
/* As a new name is stored: JKS and JCEKS are looked up by the folded name only. Free with free(). */
char *ks_op_stored_alias(const struct ks_format *format, const char *alias);
/* The last entry with this name, which is the one that Java shows; but not `except`. */
size_t ks_list_named(const struct ks_list *l, const struct ks_format *format, const char *alias,
                     const struct ks_entry *except);
/* The entry by another name, which is as the type stores it. */
struct ks_entry *ks_op_entry_renamed(const struct ks_entry *entry, const char *alias);
/* Entries that Java did not show for a later one of the same name, which is gone. */
void ks_list_unhide(struct ks_list *l, const struct ks_format *format);

/* ---- starting and ending ---- */

/* Zeroes *out for an operation on `store`. KS_ERR_REFUSED, slug "not-writable", for a type that is
 * only read. */
KS_CHECK enum ks_code ks_op_start(struct ks_store *store, struct ks_plan *out,
                                  struct ks_error *err);
/* Makes the list (taken) the plan's result, and judges what is new in it. */
void ks_op_finish(struct ks_plan *plan, struct ks_list *l, struct ks_secret *password,
                  enum ks_protection protection, const char *label);
/* Place in store->now. KS_ERR_NOT_FOUND when the entry is not of it. */
KS_CHECK enum ks_code ks_op_place(const struct ks_list *l, const struct ks_entry *entry,
                                  size_t *place, struct ks_error *err);
/* Remarks about a new password of the store. NULL: none is set. */
void ks_op_judge_password(struct ks_plan *plan, const struct ks_format *format,
                          const struct ks_secret *password);
/* The keys that lists hold, by the public key of their certificate and by their bytes. The entries
 * are borrowed. */
struct ks_key_index {
    const struct ks_entry **at;
    size_t count;
    struct ks_index spkis, keys;
};
struct ks_key_index ks_key_index_new(size_t count); /* of entries, in all lists together */
void ks_key_index_add(struct ks_key_index *ix, struct ks_entry *const *entries, size_t count);
/* True when this private or secret key, or the key of this certificate, is among them. */
bool ks_key_index_has(const struct ks_key_index *ix, const struct ks_entry *entry);
void ks_key_index_drop(struct ks_key_index *ix);

const char *ks_op_file_name(const struct ks_store *store);

/* ---- keys ---- */

bool ks_op_has_key(const struct ks_entry *entry);

/* Opens keys; remembers the password that was given last. */
struct ks_opener {
    const struct ks_store *store;
    const struct ks_key_passwords *ask;
    struct ks_secret *given;
    struct ks_job *job;
};
/* Reveals with the store's password, the last one given, or one that is asked for. *used: one
 * reference to what opened it. KS_ERR_PASSWORD or KS_ERR_PASSWORD_NEEDED when nothing did. */
KS_CHECK enum ks_code ks_op_reveal(struct ks_opener *o, const struct ks_entry *entry,
                                   struct ks_material *out, struct ks_secret **used,
                                   struct ks_error *err);
void ks_opener_drop(struct ks_opener *o);

/* Whether that will be tried at all: the type holds keys, and a password is known. */
KS_CHECK enum ks_code ks_op_can_seal(const struct ks_store *into, const struct ks_version *version,
                                     const struct ks_secret *password, struct ks_error *err);
/* Protects `material` for `into`, as `version` of it says; `password` NULL: the version's. */
KS_CHECK enum ks_code ks_op_seal(const struct ks_store *into, const struct ks_version *version,
                                 const struct ks_material *material,
                                 const struct ks_secret *password, struct ks_job *job,
                                 struct ks_sealed *out, struct ks_error *err);
/* The draft with this key. Takes over sealed->key, and of the draft what ks_entry_new() takes. */
struct ks_entry *ks_op_entry_with_key(const struct ks_entry_draft *draft,
                                      const struct ks_sealed *sealed);

/* What is not about the password: a loss of this one entry, and not the end of the operation. */
bool ks_op_is_loss(enum ks_code rc);
/* Remarks about a key whose password is not the keystore's. */
void ks_op_judge_key_password(struct ks_plan *plan, const struct ks_entry *entry,
                              const struct ks_secret *password, const struct ks_secret *store);

/* ---- the same with keytool, into plan->commands ---- */

/* Whether keytool opens it at all. */
bool ks_command_knows(const struct ks_store *store);
void ks_plan_say_rename(struct ks_plan *plan, const struct ks_entry *entry, const char *alias);
void ks_plan_say_delete(struct ks_plan *plan, const struct ks_entry *const *entries, size_t count);
void ks_plan_say_copy(struct ks_plan *plan, const struct ks_store *from,
                      const struct ks_entry *const *entries, size_t count);
void ks_plan_say_passwd(struct ks_plan *plan, const struct ks_passwd *change);
void ks_plan_say_create(struct ks_plan *plan);
/* `algorithm` NULL: a passphrase; `bits` 0: of that many as were given. */
void ks_plan_say_secret(struct ks_plan *plan, const char *alias, const char *algorithm,
                        unsigned bits);

/* ---- copying ---- */

struct ks_transferred {
    size_t count;
    const struct ks_entry *last, *copy; /* the last of them, and its copy in the list */
    const struct ks_store *from;        /* where that was */
};

struct ks_transfer {
    const struct ks_copy *copy;
    const struct ks_version *as; /* the target's password and protection */
    bool reseal;                 /* also between stores of one type */
    bool keep_passwords;         /* keys keep a password of their own */
    struct ks_transferred *done; /* what became of it, counted on; may be NULL */
    const struct ks_secret *const *each_password; /* of the copied keys, one an entry, instead of
                                                   * copy->new_password; NULL: that */
};
/* Puts copies of copy->entries into the list, which is the target's. Remarks go to the plan. What
 * the target has already, the same, is left as it is. */
KS_CHECK enum ks_code ks_op_transfer(struct ks_plan *plan, struct ks_list *l,
                                     const struct ks_transfer *how, struct ks_job *job,
                                     struct ks_error *err);

#endif
