/*
 * Making certificates: a key pair with a self-signed certificate or one signed by a CA entry of an
 * open store, requests, the answer to somebody's request, and renewals.
 */
#ifndef KSX_OP_MAKE_H
#define KSX_OP_MAKE_H

#include "op/command.h"
#include "op/edit.h"
#include "x509/keygen.h"
#include "x509/profile.h"
#include "x509/request.h"
#include "x509/sign.h"

/* The longest validity, in days, that all clients take of a server: Apple's platforms set it, also
 * for private CAs. */
#define KS_SERVER_DAYS 825

/* Who signs: a private key with its certificate, of any open store. */
struct ks_signer {
    const struct ks_store *store;
    const struct ks_entry *entry;
    struct ks_key_passwords passwords;
};
/* Whether the entry can sign certificates of others as Java and OpenSSL will take them: a key, a
 * certificate with CA:TRUE and, when it says any key usage, keyCertSign. KS_ERR_REFUSED, slug
 * "not-a-ca", says why not. */
KS_CHECK enum ks_code ks_op_can_sign(const struct ks_entry *entry, struct ks_error *err);

/* What a certificate says. */
struct ks_wanted {
    struct ks_slice subject; /* Name, whole TLV (x509/dn.h) */
    const struct ks_profile *profile;
    int64_t not_before, not_after;
    const char *signature;          /* NULL: the usual one of the key that signs */
    const struct ks_signer *signer; /* NULL: self-signed */
};

/* ---- checks of single values, for forms and options ---- */
/* An alias for a new entry: not empty, not taken, what the type can hold. */
KS_CHECK enum ks_code ks_op_alias_check(const struct ks_store *store, const char *alias,
                                        struct ks_error *err);
/* "2026-03-01", "2026-03-01 00:00:00", with or without T and Z: UTC. KS_ERR_USAGE, slug "date". */
KS_CHECK enum ks_code ks_op_date_parse(const char *text, int64_t *out, struct ks_error *err);
/* Days of validity, 1 to 36500, or a date: the last second that counts. KS_ERR_USAGE, slug "days". */
KS_CHECK enum ks_code ks_op_until_parse(const char *text, int64_t from, int64_t *until,
                                        struct ks_error *err);
/* Days that a template is for (NULL: none) unless something else is said: 365 days are what public
 * CAs sign and all clients take; a CA outlives what it signs. */
unsigned ks_op_usual_days(const struct ks_template *t);
/* The end, but not beyond that of the signer's chain (NULL: nobody's): what nobody asked for is not
 * to outlive its issuer. It stays where that is before the beginning. */
int64_t ks_op_until_within(const struct ks_signer *signer, int64_t from, int64_t until);

/* ---- key pairs ---- */
struct ks_generate {
    const char *alias;
    const struct ks_key_type *type;
    struct ks_wanted wanted;
    const struct ks_secret *password; /* of the key; NULL: the store's */
};
/* The chain is the new certificate, and those of the signer's chain. Remarks: "key-strength",
 * "expired" (ends in the past), "validity-long" (over 825 days for a server), "no-names" (a server
 * without alternative names), "no-cn-name" (of a server whose common name is not among them),
 * "usage-odd" (key usages that do not go together, or not with the key),
 * "beyond-issuer" (outlives its issuer), "java-key" (key type that Java does not read). */
KS_CHECK enum ks_code ks_op_generate(struct ks_store *store, const struct ks_generate *what,
                                     struct ks_job *job, struct ks_plan *out, struct ks_error *err);

/* ---- renewal ---- */
struct ks_renew {
    const struct ks_entry *entry;
    const struct ks_key_type *type;  /* a new key of this type; NULL: the same key */
    const char *alias;               /* of the entry with the new key; NULL: it takes the old one's place */
    int64_t not_before, not_after;
    const struct ks_signer *signer;  /* NULL: self-signed, as the old certificate must be then */
    struct ks_key_passwords passwords; /* of the entry */
    const struct ks_secret *password;  /* of a new key; NULL: the store's */
};
/* Whether the key of this entry signed that certificate, in the name of that issuer. */
enum ks_verdict ks_op_issued_by(const struct ks_cert *cert, const struct ks_entry *signer);
/* The certificate again, with the same subject and extensions, new dates and a new serial. What
 * another CA signed cannot be renewed here: KS_ERR_REFUSED, slug "signed-by-other", next: a CSR.
 * Remark "issuer-changed": it is not the present issuer that signs. */
KS_CHECK enum ks_code ks_op_renew(struct ks_store *store, const struct ks_renew *what,
                                  struct ks_job *job, struct ks_plan *out, struct ks_error *err);

/* ---- requests ---- */
struct ks_ask { /* what a request says */
    struct ks_slice subject;
    const struct ks_profile *profile;
    const char *challenge; /* NULL: none */
    const char *signature; /* NULL: the usual one */
};
/* The subject and the profile of the entry's certificate, to start from. The slice is borrowed
 * from the entry. */
void ks_op_ask_of(const struct ks_entry *entry, struct ks_slice *subject,
                  struct ks_profile *profile);
/* The request in DER, appended. The store is not changed. */
KS_CHECK enum ks_code ks_op_request(const struct ks_store *store, const struct ks_entry *entry,
                                    const struct ks_ask *what,
                                    const struct ks_key_passwords *passwords, struct ks_job *job,
                                    struct ks_buf *out, struct ks_error *err);
/* The same with keytool and openssl. */
void ks_op_request_commands(const struct ks_store *store, const struct ks_entry *entry,
                            const struct ks_ask *what, const char *output, bool der,
                            struct ks_commands *out);

/* ---- signing ---- */
/* The request of a file: KS_ERR_FORMAT, slug "no-request", when there is none, KS_ERR_USAGE, slug
 * "several-requests", when there are several. A slice into the store. */
KS_CHECK enum ks_code ks_op_request_of(const struct ks_store *file, struct ks_request *out,
                                       struct ks_error *err);
/* What the certificate for a request is to say, to start from: what it asks for, and for one that
 * does not say what for (or NULL, that asks nothing) what servers need. It makes no CA, which could
 * sign certificates for everything: true when the request asks for that, and somebody has to
 * decide it. */
bool ks_op_profile_of_request(const struct ks_request *request, enum ks_key_alg key,
                              struct ks_profile *profile);
/* A certificate for the request's key, appended in DER. The request's own signature is checked
 * first: KS_ERR_REFUSED, slug "request-signature". wanted->signer is needed. */
KS_CHECK enum ks_code ks_op_sign(const struct ks_request *request, const struct ks_wanted *wanted,
                                 struct ks_job *job, struct ks_buf *out, struct ks_error *err);
/* The remarks of ks_op_generate() about that certificate, put into a plan that is otherwise empty.
 * And "extension-copied", of each that is taken over as it is, "extension-repeated", and
 * "java-refuses", which has to be agreed to: Java reads no certificate for such a key. */
void ks_op_sign_remarks(const struct ks_request *request, const struct ks_wanted *wanted,
                        struct ks_plan *out);
enum ks_sign_file { /* what is written */
    KS_SIGN_PEM,
    KS_SIGN_CHAIN, /* PEM, and the certificates of the CA behind it */
    KS_SIGN_DER,
};
void ks_op_sign_commands(const char *request_path, const struct ks_wanted *wanted,
                         const char *output, enum ks_sign_file file, struct ks_commands *out);

#endif
