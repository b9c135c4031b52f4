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
    KS_CAP_WRITE = 32,         /* has `save` and `seal` */
    KS_CAP_FOLDS = 64,         /* Java takes aliases that differ in case only for one */
    KS_CAP_SECRETS = 128,      /* holds secret keys and stored passwords */
    KS_CAP_DATES = 256,        /* keeps a creation date of trusted certificates */
    KS_CAP_MUST_PASSWORD = 512, /* cannot be written without a password (an empty one is one) */
    KS_CAP_PROTECTION = 1024,  /* a choice of modern or legacy protection */
    KS_CAP_KEY_NEEDS_CERT = 2048, /* a private key without certificates makes Java fail */
    KS_CAP_SEALED = 4096,      /* holds nothing secret in clear: a file is not wiped */
    KS_CAP_BESIDE = 8192,      /* REFUSED: lies about beside keystores and certificates, is none */
};

/* What unlocking an entry's key tells; key material itself is not kept here. */
struct ks_unlocked {
    char algorithm[64];   /* "RSA 2048", "AES 256", "HmacSHA256 512", "password, 12 characters" */
    int matches_leaf;     /* 1 yes, 0 no, -1 no certificate or not comparable */
    bool tested;          /* what the key signs was verified: its two halves belong together */
    bool torn;            /* what it signs was not: matches_leaf is not 1 */
    uint8_t key_id[20];   /* SHA-1 of the public key's BIT STRING */
    bool has_key_id;
};

/* Key material in clear, for as long as it takes to describe it, to protect it anew or to give it
 * away. */
enum ks_material_type {
    KS_MATERIAL_PRIVATE,  /* bytes: PrivateKeyInfo (PKCS#8) in DER */
    KS_MATERIAL_SECRET,   /* bytes: the key itself */
    KS_MATERIAL_PASSWORD, /* bytes: the passphrase in UTF-8 */
};
struct ks_material {
    enum ks_material_type type;
    char algorithm[64]; /* Java's name: "AES", "HmacSHA256", "DESede"; of a passphrase the PBE
                         * algorithm it is stored under, "PBEWithMD5AndDES"; empty for PRIVATE */
    struct ks_secret *bytes;
};
/* For formats whose keys may have passwords of their own: the error for one that did not fit. The
 * keystore's own says so, slug "entry-password". Returns KS_ERR_PASSWORD. */
enum ks_code ks_key_refused(const struct ks_store *store, const struct ks_entry *entry,
                            const struct ks_secret *password, struct ks_error *err);
void ks_material_drop(struct ks_material *material); /* wipes; zeroes the struct */
/* In words, and whether it is the key of the certificate whose SubjectPublicKeyInfo is given (data
 * NULL: nothing to compare). */
KS_CHECK enum ks_code ks_material_describe(const struct ks_material *material,
                                           struct ks_slice leaf_spki, struct ks_unlocked *out,
                                           struct ks_error *err);

/* Key material as an entry of a format keeps it: what ks_entry.kind, .key and .key_format become. */
struct ks_sealed {
    enum ks_kind kind;
    const char *key_format; /* static */
    struct ks_blob *key;    /* a reference; secret when the format stores keys in clear */
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
    /* Decrypts the entry's key; entry->home is this format. `password` NULL = the store's own. A
     * wrong one is KS_ERR_PASSWORD, slug "entry-password". NULL where there are no keys. */
    enum ks_code (*reveal)(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err);
    /* Protects key material for an entry of `into`, with `password`, never NULL (formats that have no
     * entry passwords are given the store's), the way its newest version says. What the
     * format cannot hold is KS_ERR_REFUSED, slug "type-loss". */
    enum ks_code (*seal)(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
    /*
     * The file as `version` of `store` says, appended to `out` (wiped by the caller). Entries that
     * were read from this store and not edited keep their bytes; of edited ones (ks_entry.edited)
     * everything that the edit did not name; parameters (algorithms, rounds, lengths of salts,
     * format version) are those of store->file unless version->protection says otherwise, and the
     * defaults of a new file when store->file is empty. Salts of what is encrypted again are new.
     * Entries without pieces, or of another home, are made from kind, alias, created, key (which is
     * sealed for this format) and chain. KS_ERR_PASSWORD_NEEDED without a password that is needed.
     */
    enum ks_code (*save)(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err);
    /* Why an entry of this kind cannot be in a store of this type, in words that follow its alias:
     * "JKS holds no secret keys"; NULL when it can. Looks at kind, chain and alias only. */
    const char *(*refuses)(const struct ks_entry *entry);
    /* For types whose aliases are but remarks, which not every file has: whether the new entries of
     * `into` keep theirs, and whether this one can be written down. NULL: always. */
    bool (*keeps_aliases)(const struct ks_store *into);
    bool (*fits_alias)(const char *alias);
    /* How the key is protected: "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations"; appended. May be NULL. */
    void (*protection)(const struct ks_entry *entry, struct ks_buf *out);
};

extern const struct ks_format *const ks_formats[]; /* NULL-terminated, defined in formats.c */

extern const struct ks_format ks_format_jks;
extern const struct ks_format ks_format_jceks;
extern const struct ks_format ks_format_pkcs12;
extern const struct ks_format ks_format_bks;    /* versions 1 and 2 */
extern const struct ks_format ks_format_uber;
extern const struct ks_format ks_format_bcfks;
extern const struct ks_format ks_format_pem;    /* PEM bundles, also bare base64 */
extern const struct ks_format ks_format_der;    /* certificate, PKCS#7, PkiPath, keys, request, CRL, SPKI */
extern const struct ks_format ks_format_pvk;    /* one private key of Microsoft's */
extern const struct ks_format ks_format_others[]; /* recognised and refused with advice; `name` NULL ends */

/* Decrypts the entry's key only to describe it and to compare it with its certificate. */
enum ks_code ks_unlock(const struct ks_store *store, const struct ks_entry *entry,
                       const struct ks_secret *password, struct ks_job *job,
                       struct ks_unlocked *out, struct ks_error *err);

/* By name, ignoring case: "pkcs12", "p12" and the like; NULL for none. */
const struct ks_format *ks_format_by_name(const char *name);

/* Highest bid; NULL if nobody bids. */
const struct ks_format *ks_format_detect(struct ks_slice head, uint64_t size);

#endif
