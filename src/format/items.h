/*
 * Loose items: what PEM blocks, DER files, PKCS#7 and PkiPath files are made of. One mechanism
 * tells what a DER value is and turns it into entries, for files in PEM and in DER alike.
 *
 * A loader collects the items of its file in order and then finishes: keys are joined with their
 * certificates (by the public key if the key is clear, by OpenSSL's localKeyID text otherwise),
 * aliases are invented where the file has none, and the entries go to the store.
 */
#ifndef KSX_FORMAT_ITEMS_H
#define KSX_FORMAT_ITEMS_H

#include "base/job.h"
#include "store/store.h"

enum ks_item_type {
    KS_ITEM_UNKNOWN,
    KS_ITEM_CERT,
    KS_ITEM_TRUSTED_CERT, /* certificate and OpenSSL's X509_CERT_AUX; by PEM label only */
    KS_ITEM_PATH,         /* PkiPath: SEQUENCE OF Certificate, anchor first */
    KS_ITEM_PKCS7,        /* ContentInfo with SignedData */
    KS_ITEM_PKCS7_OTHER,  /* ContentInfo with anything else */
    KS_ITEM_PKCS8,        /* PrivateKeyInfo, OneAsymmetricKey */
    KS_ITEM_EPKI,         /* EncryptedPrivateKeyInfo */
    KS_ITEM_RSA_KEY,      /* RSAPrivateKey, RFC 8017 A.1.2 */
    KS_ITEM_DSA_KEY,      /* what OpenSSL calls the traditional DSA key */
    KS_ITEM_EC_KEY,       /* ECPrivateKey, RFC 5915 */
    KS_ITEM_SEALED_KEY,   /* one of these three under RFC 1421 encryption; by PEM header only */
    KS_ITEM_REQUEST,
    KS_ITEM_CRL,
    KS_ITEM_SPKI,       /* SubjectPublicKeyInfo */
    KS_ITEM_RSA_PUBLIC, /* RSAPublicKey, RFC 8017 A.1.1 */
    KS_ITEM_PARAMETERS, /* DH, DSA, EC parameters; by PEM label only */
    KS_ITEM_PKCS12,
    KS_ITEM_TYPES
};

/* ---- telling what a DER value is ---- */

/* An element that may be cut off by the end of what is there (the head of a file). */
struct ks_part {
    uint8_t tag;
    bool whole; /* false: `body` ends early */
    struct ks_slice body;
    struct ks_slice raw;
};
/* Takes the next element off the front; BER too. False at the end and on what is no element. */
bool ks_part_next(struct ks_slice *in, struct ks_part *out);

/* By structure alone; works on heads. A certificate is only known by its shape here. */
enum ks_item_type ks_item_classify(struct ks_slice der);
/* What the outermost definite length promises, 0 if there is none. */
uint64_t ks_item_claims(struct ks_slice der);
/* For a file listing: "certificate CN=a", "PKCS8 private key, encrypted", "PKCS7, 3 certificates".
 * `partial`: `der` is only the head of it. Appended. */
void ks_item_looks(enum ks_item_type type, struct ks_slice der, bool partial, struct ks_buf *out);

/* Counts in words: "3 certificates, 1 private key"; "more than 3 ..." when `partial`. Appended. */
struct ks_tally {
    size_t n[KS_ITEM_TYPES];
};
void ks_tally_text(const struct ks_tally *t, bool partial, struct ks_buf *out);

/* ---- collecting ---- */

#define KS_ITEMS_MAX 250000 /* entries of one file */
#define KS_ITEM_KEYS_MAX 16 /* clear keys whose public key is computed while loading */

struct ks_item {
    uint8_t type;  /* enum ks_item_type */
    uint8_t kind;  /* enum ks_kind */
    bool absorbed; /* no entry of its own: a certificate in a key's chain, skipped parameters */
    uint32_t notes;
    uint32_t where;           /* number of the block or value in the file, from 1 */
    uint32_t cert;            /* index into certs, KS_ITEM_NO_CERT without */
    struct ks_slice der;      /* the item itself */
    struct ks_slice raw;      /* where it came from in the file: the PEM block */
    struct ks_slice name;     /* alias as in the file; len 0 = none */
    struct ks_slice local_id; /* OpenSSL's localKeyID text; len 0 = none */
    struct ks_slice label;    /* PEM label, for the alias of an item without a name */
    struct ks_blob *blob; /* what `der` points into, if not the file; borrowed from the collector */
    const char *key_format;
    char *comment; /* owned; may be NULL */
};
#define KS_ITEM_NO_CERT UINT32_MAX

struct ks_items {
    struct ks_store *store;
    struct ks_job *job;
    struct ks_item *at;
    size_t count, cap;
    struct ks_cert *certs;
    uint32_t *cert_item; /* the item of each certificate */
    size_t cert_count, cert_cap;
    struct ks_blob **blobs; /* owned references */
    size_t blob_count;
    struct ks_tally tally;
    size_t bad; /* items that cannot be read */
    bool full;  /* KS_ITEMS_MAX reached; the rest is dropped */
    bool cut;   /* a value ended early; what was there of it is listed */
    bool weak;  /* a key under an encryption that is easily broken */
    bool ber;   /* indefinite lengths occurred */
};

/* Where an item comes from; zeroed fields are unknown. */
struct ks_item_from {
    uint32_t where;
    struct ks_slice raw, name, local_id, label;
    struct ks_blob *blob; /* NULL: the store's file */
    const char *remark;   /* words about the reading, for the comment; NULL = none */
};

void ks_items_init(struct ks_items *set, struct ks_store *store, struct ks_job *job);
void ks_items_drop(struct ks_items *set);
/* Keeps a blob (reference taken over) for as long as the collector lives; returns it. */
struct ks_blob *ks_items_keep(struct ks_items *set, struct ks_blob *blob);
/* Adds what `der` holds, as `type`: one item, or all members of a PKCS#7 or PkiPath. */
void ks_items_add(struct ks_items *set, enum ks_item_type type, struct ks_slice der,
                  const struct ks_item_from *from);
/* Adds something that is kept and shown but not understood. */
void ks_items_opaque(struct ks_items *set, struct ks_slice der, const struct ks_item_from *from,
                     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Makes the entries. Cancelled is the only failure. The collector is empty afterwards. */
KS_CHECK enum ks_code ks_items_finish(struct ks_items *set, struct ks_error *err);

/* ---- steps of finishing ---- */

/* Computes which certificates belong to which key. chains[i] of item i (keys only) is a malloc'd
 * list of certificate indices, leaf first. */
struct ks_item_chain {
    uint32_t *certs;
    size_t len;
};
void ks_items_pair(struct ks_items *set, struct ks_item_chain *chains);
/* Comments on certificates that occur twice. `aliases` by item. */
void ks_items_note_duplicates(struct ks_items *set, char **aliases);
/* Gives every item but the absorbed ones an alias (owned by the array). */
void ks_items_name(struct ks_items *set, const struct ks_item_chain *chains, char **aliases);

#endif
