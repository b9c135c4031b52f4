/*
 * Giving away what a store holds, as bytes for a file of its own. Private keys leave encrypted,
 * unless it is said in so many words that they should not.
 */
#ifndef KSX_OP_EXPORT_H
#define KSX_OP_EXPORT_H

#include "op/command.h"
#include "op/edit.h"

enum ks_export_what {
    KS_EXPORT_CERT,   /* the leaf, or the trusted certificate */
    KS_EXPORT_CHAIN,  /* leaf first */
    KS_EXPORT_PUBLIC, /* SubjectPublicKeyInfo */
    KS_EXPORT_KEY,    /* the private key */
    KS_EXPORT_PAIR,   /* the private key and its chain */
};
enum ks_export_format {
    KS_EXPORT_PEM,
    KS_EXPORT_DER,
    KS_EXPORT_PKCS7,
    KS_EXPORT_PKIPATH,
    KS_EXPORT_PKCS12,
    KS_EXPORT_PKCS8, /* of a key: DER; its PEM form is KS_EXPORT_PEM */
};
struct ks_export_word {
    const char *word;  /* "cert", "pem": for options */
    const char *label; /* for forms */
    const char *suffix; /* of a format: ".pem" */
};
extern const struct ks_export_word ks_export_whats[];   /* by the enum; word NULL ends */
extern const struct ks_export_word ks_export_formats[]; /* by the enum; word NULL ends */
/* Which formats carry what: for the choices of a form. */
bool ks_export_fits(enum ks_export_what what, enum ks_export_format format);
/* Whether an entry has that; false and in words why not ("it holds no private key"). */
bool ks_export_has(const struct ks_entry *entry, enum ks_export_what what, const char **why);

struct ks_export {
    const struct ks_store *store;
    const struct ks_entry *const *entries; /* one; several for certificates and chains only: into one
                                            * file, in issuer order, each certificate once */
    size_t count;
    enum ks_export_what what;
    enum ks_export_format format;
    bool with_text;              /* PEM: subject and issuer above each certificate */
    const struct ks_secret *password; /* of the key that leaves; NULL with `unencrypted` */
    bool unencrypted;
    enum ks_protection protection;    /* of a PKCS#12 */
    struct ks_key_passwords passwords; /* of the entries */
    const char *key_output; /* for the commands: a pair in two files, and this is the key's; NULL */
};
/* The bytes, appended; wiped by the caller when ks_export_secret(). KS_ERR_REFUSED, slugs
 * "export-what", "export-format", "unencrypted" (no password and not said). */
KS_CHECK enum ks_code ks_op_export(const struct ks_export *how, struct ks_job *job,
                                   struct ks_buf *out, struct ks_error *err);
/* Whether the file holds a private key: mode 0600. */
bool ks_export_secret(enum ks_export_what what);
unsigned ks_export_mode(enum ks_export_what what); /* 0600 or 0644 */
/* A file name: the alias without what a file name should not have, and the format's suffix. The caller's. */
char *ks_export_name(const struct ks_entry *entry, enum ks_export_what what,
                     enum ks_export_format format);
void ks_op_export_commands(const struct ks_export *how, const char *output,
                           struct ks_commands *out);

#endif
