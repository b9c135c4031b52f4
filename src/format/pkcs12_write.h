/*
 * Writing PKCS#12: what its parts share.
 *
 *   pkcs12_write.c        the file: outline of the old one, safes and MAC of the new one
 *   pkcs12_write_plan.c   which bags stay, change, go and come
 *   pkcs12_write_bag.c    one SafeBag, taken apart and put together
 *   pkcs12_write_check.c  whether Java still finds each key's certificate
 *   pkcs12_seal.c         key material under a password; what the type cannot hold
 *
 * The old file is taken as it was first read. Its items are known by number of safe and place in
 * the safe, which the entries' pieces carry; what was encrypted comes from the blobs that those
 * entries hold, so that nothing is decrypted again. A safe in which nothing changes is written as
 * it was, still encrypted, and so is one that was never opened.
 */
#ifndef KSX_FORMAT_PKCS12_WRITE_H
#define KSX_FORMAT_PKCS12_WRITE_H

#include "base/index.h"
#include "format/pkcs12_internal.h"

/* ---- pkcs12_write_bag.c ---- */

struct p12_view {
    unsigned type;         /* last arc of a bag type of PKCS#12, 0 for any other OID */
    struct ks_slice oid;   /* whole TLV, as are the following three */
    struct ks_slice value; /* [0] */
    struct ks_slice attributes;
    struct ks_slice rest; /* whatever follows them */
    struct ks_slice cert; /* DER of an X.509 certificate; data NULL: it is none */
    struct ks_slice name; /* friendlyName, contents; data NULL without one */
    uint8_t name_tag;
    struct ks_slice id; /* localKeyID, contents; data NULL without one */
    bool trusted;
};
/* False when the bytes are no SafeBag. */
bool ks_p12_view(struct ks_slice raw, struct p12_view *out);
/* Do they have the same name as Java compares it; no name is like no other. */
bool ks_p12_same_name(const struct p12_view *a, const struct p12_view *b);

/* What is to be another in a bag; everything else of it stays, in its order. */
struct p12_change {
    struct ks_slice value; /* bagId and [0] value, two TLVs */
    const char *alias;     /* friendlyName, UTF-8 */
    struct ks_slice id;    /* localKeyID */
    bool unname, trust, distrust;
};
/* Appends the bag; `raw` without data makes a new one. */
void ks_p12_rewrite(struct ks_slice raw, const struct p12_change *change, struct ks_buf *out);

/* bagId and value; appended. */
void ks_p12_put_cert(struct ks_slice der, struct ks_buf *out);
void ks_p12_put_crl(struct ks_slice der, struct ks_buf *out);
/* False when the entry's key is in a form that PKCS#12 has no bag for. */
bool ks_p12_put_key(const struct ks_entry *entry, struct ks_buf *out);

/* ---- the writer's view of both files ---- */

struct p12_item { /* a bag of the old file */
    struct ks_slice raw;
    const struct ks_entry *owner; /* the entry of the version that it is */
    uint32_t users;               /* entries of the version that have it */
    uint32_t keys;                /* keys among them */
    bool known;                   /* an entry of the first version had it: it can go */
    bool nested;
    struct p12_change *change; /* NULL: stays as it is */
};

struct p12_safe {
    bool encrypted, keys, certs; /* keys, certs: what is in it, not counting nested items */
    bool rewritten;              /* was BER */
    bool seen;                   /* something in it, or all of it, is an entry */
    struct ks_slice raw;         /* the ContentInfo; data NULL: a new one */
    struct ks_slice alg;         /* encrypted: AlgorithmIdentifier; data NULL: to be made */
    struct ks_slice contents;    /* SafeContents, DER; data NULL: not known, stays closed */
    uint32_t first, count;       /* in items */
    struct ks_buf added;         /* bags that come to the end */
};

struct p12_known_cert { /* that a chain can refer to */
    struct ks_slice der;
    uint32_t item; /* P12_NONE: a new bag */
};

struct p12_writing {
    struct p12_file file; /* the old file's outside; its store is a stand-in. Must be first */
    struct ks_store stand_in;
    const struct ks_store *store;
    const struct ks_version *version, *first; /* first: as the file was read */
    struct ks_job *job;
    bool changed_password; /* another than that of the first version */
    bool protect;          /* what was not protected shall be */
    bool moved;            /* items come or go, or change their names */

    struct p12_item *items;
    uint32_t item_count, item_cap;
    struct p12_safe *safes;
    uint32_t safe_count, safe_cap;
    struct ks_blob **made; /* bytes that changes refer to */
    size_t made_count, made_cap;
    struct p12_known_cert *certs;
    uint32_t cert_count, cert_cap;
    struct p12_table by_der; /* certs */
    struct ks_index ids;     /* localKeyIDs: by item, then of entries that come */
    size_t id_count, id_cap;
};

/* ---- pkcs12_write.c ---- */
enum ks_code ks_p12_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err);
/* The version that the store was read as. */
const struct ks_version *ks_p12_first(const struct ks_store *store);
/* How this file spells an empty password. `f` has the outside and the store's password. */
KS_CHECK enum ks_code ks_p12_find_empty(struct p12_file *f, struct ks_error *err);
struct p12_safe *ks_p12_new_safe(struct p12_writing *w);
/* Takes over the buffer's bytes and keeps them as long as the writing lasts. */
struct ks_slice ks_p12_keep(struct p12_writing *w, struct ks_buf *bytes);
struct p12_change *ks_p12_change(struct p12_item *item);
/* SafeContents as they will be; appended. False when nothing is left. */
bool ks_p12_contents(const struct p12_writing *w, const struct p12_safe *safe, struct ks_buf *out);
/* SEQUENCE { data, [0] OCTET STRING }; appended. */
void ks_p12_put_data(struct ks_slice octets, struct ks_buf *out);

/* ---- pkcs12_write_plan.c ---- */
/* NULL when the piece is not of this store's file: entries may come from another one. */
struct p12_item *ks_p12_item(const struct p12_writing *w, const struct ks_piece *piece);
KS_CHECK enum ks_code ks_p12_plan(struct p12_writing *w, struct ks_error *err);

/* ---- pkcs12_write_check.c ---- */
/* Keys without localKeyID find their certificate by name or place. Where that no longer works,
 * both get one. */
KS_CHECK enum ks_code ks_p12_pin_keys(struct p12_writing *w, struct ks_error *err);

/* ---- pkcs12_seal.c ---- */
enum ks_code ks_p12_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
const char *ks_p12_refuses(const struct ks_entry *entry);

#endif
