/*
 * Formats: small modules behind one door. Each has one const struct ks_format in ks_formats[].
 * Detection is by content only: every format bids on the first bytes, the highest bid wins.
 *
 * A loader walks everything it can, keeps the exact bytes, decrypts no private key, and never
 * trusts a length, a count, a depth or an iteration count. What it cannot interpret becomes an
 * entry of kind OPAQUE or LOCKED. It is more tolerant than Java, and notes where Java is not.
 */
#ifndef KSX_FORMAT_FORMAT_H
#define KSX_FORMAT_FORMAT_H

#include "base/job.h"
#include "store/store.h"

enum {
    KS_CAP_STORE = 1,          /* a keystore; without it: a loose file (PEM, DER, PKCS#7) */
    KS_CAP_PASSWORD = 2,       /* has a store password */
    KS_CAP_LIST_UNLOCKED = 4,  /* can be listed (in part) without the password */
    KS_CAP_ENTRY_PASSWORD = 8, /* an entry can have a password of its own */
    KS_CAP_REFUSED = 16,       /* recognised only: load always fails with a helpful error */
};

/* What unlocking an entry's key tells; key material itself is not kept here. */
struct ks_unlocked {
    char algorithm[64];   /* "RSA 2048", "AES 256", "HmacSHA256 512", "password, 12 characters" */
    int matches_leaf;     /* 1 yes, 0 no, -1 no certificate or not comparable */
    uint8_t key_id[20];   /* SHA-1 of the public key's BIT STRING */
    bool has_key_id;
};

struct ks_format {
    const char *name;    /* as keytool spells it: "JKS", "PKCS12" */
    const char *summary; /* one line for help, man page and README */
    unsigned caps;
    /* 0 not mine ... 100 magic and version fit. `head` is up to 64 KiB, `size` the file's size. */
    int (*sniff)(struct ks_slice head, uint64_t size);
    /* Words for a file listing beyond the name, from the head alone: "3 certificates", "v2, 143 entries",
     * "damaged (ends early)"; appended. May be NULL. */
    void (*looks)(struct ks_slice head, uint64_t size, struct ks_buf *out);
    /* Fills `into` (file is set) from into->file. `password` NULL = none: list what can be listed.
     * A wrong password is KS_ERR_PASSWORD; a damaged file that still shows something is KS_OK with
     * into->damage set and KS_STORE_DAMAGED. */
    enum ks_code (*load)(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err);
    /* Decrypts the entry's key only to describe and compare it. NULL where there are no keys. */
    enum ks_code (*unlock)(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_unlocked *out, struct ks_error *err);
    /* How the key is protected: "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations"; appended. May be NULL. */
    void (*protection)(const struct ks_entry *entry, struct ks_buf *out);
};

extern const struct ks_format *const ks_formats[]; /* NULL-terminated, defined in formats.c */

extern const struct ks_format ks_format_jks;
extern const struct ks_format ks_format_jceks;
extern const struct ks_format ks_format_pkcs12;
extern const struct ks_format ks_format_pem;    /* PEM bundles, also bare base64 */
extern const struct ks_format ks_format_der;    /* certificate, PKCS#7, PkiPath, keys, request, CRL, SPKI */
extern const struct ks_format ks_format_others[]; /* recognised and refused with advice; `name` NULL ends */

/* Highest bid; NULL if nobody bids. */
const struct ks_format *ks_format_detect(struct ks_slice head, uint64_t size);

#endif
