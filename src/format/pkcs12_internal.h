/*
 * PKCS#12 (RFC 7292): what its parts share. A file goes through these steps:
 *
 *   pkcs12.c         the PFX on the outside; entries and facts from what the others found
 *   pkcs12_mac.c     does the password fit, was the file altered
 *   pkcs12_bags.c    the safes: decrypted, brought into DER, walked; one struct p12_bag an item
 *   pkcs12_java.c    what Java makes of the items: what it shows, by which name, what it refuses
 *   pkcs12_chain.c   which certificates belong to a key
 *   pkcs12_reveal.c  one key in clear
 *   pkcs12_write.h   and all the way back
 *
 * Everything is linear in the size of the file: whatever is looked up goes through a struct
 * p12_table. Bytes are never copied; a bag's slices point into one of the file's blobs, which are
 * the file itself, decrypted safes, and what had to be rewritten from BER.
 */
#ifndef KSX_FORMAT_PKCS12_INTERNAL_H
#define KSX_FORMAT_PKCS12_INTERNAL_H

#include "format/format.h"
#include "format/pbe.h"

#define P12_MAX_DEPTH 8       /* safeContentsBags within each other */
#define P12_MAX_ITEMS 1000000 /* bags of one file */
#define P12_MAX_CHAIN 100     /* certificates of one key */
#define P12_NONE UINT32_MAX

enum p12_kind {
    P12_SHROUDED, /* encrypted private key */
    P12_KEY,      /* private key in clear */
    P12_CERT,     /* X.509 certificate */
    P12_SECRET,
    P12_CRL,
    P12_FOREIGN, /* a bag or safe that is kept without being understood */
    P12_LOCKED,  /* a whole safe that stays encrypted */
};

/* A part of a bag, counted from the start of its `raw`; off 0 = it has none. */
struct p12_span {
    uint32_t off, len;
};

struct p12_bag {
    uint8_t kind;        /* enum p12_kind */
    uint8_t name_tag;    /* string type of `name`, 0 = no friendlyName */
    bool nested;         /* inside a safeContentsBag */
    bool first;          /* the first bag of its SafeContents */
    bool trusted;        /* has Oracle's trustedKeyUsage */
    bool encrypted;      /* its safe was */
    bool bare;           /* P12_SECRET: not an EncryptedPrivateKeyInfo */
    bool java_default;   /* Java gives it the localKeyID "01" */
    uint32_t notes;      /* KS_NOTE_... */
    uint32_t safe;       /* number of its ContentInfo, from 1 */
    uint32_t index;      /* which of the items of that safe, from 0; nested ones count in their place */
    uint32_t blob;       /* index in p12_file.blobs */
    uint32_t cert;       /* P12_CERT: index in p12_file.certs, else P12_NONE */
    uint32_t attributes; /* how many others than friendlyName, localKeyID and trustedKeyUsage */
    uint32_t chain_at, chain_len; /* keys: indexes of certificates, in p12_file.links */
    struct p12_span value;        /* key, CRL or secret without its wrappings */
    struct p12_span name;         /* friendlyName, contents octets */
    struct p12_span key_id;       /* localKeyID */
    struct ks_slice raw;          /* the SafeBag, or the ContentInfo of a locked or foreign safe */
    char *alias;                  /* NULL until ks_p12_java() has run; chain members keep none */
    char *comment;
};

static inline struct ks_slice ks_p12_part(const struct p12_bag *bag, struct p12_span span)
{
    return span.off ? ks_slice(bag->raw.data + span.off, span.len) : ks_slice(NULL, 0);
}
static inline struct p12_span ks_p12_span(const struct p12_bag *bag, struct ks_slice part)
{
    return (struct p12_span){(uint32_t)(part.data - bag->raw.data), (uint32_t)part.len};
}
/* The localKeyID that Java goes by; data NULL: none. */
static inline struct ks_slice ks_p12_java_id(const struct p12_bag *bag)
{
    return bag->java_default ? ks_slice("01", 2) : ks_p12_part(bag, bag->key_id);
}

struct p12_cert {
    struct ks_cert cert;
    uint32_t bag;
    uint32_t twin; /* the same certificate once more: next of a list, P12_NONE ends */
    bool used;     /* in the chain of a key, or the twin of one that is */
};

/* A few different phrases, in the order they came. */
struct p12_phrases {
    char *text[4];
    size_t count;
    bool more;
};

struct p12_file {
    struct ks_store *store;
    const struct ks_secret *password; /* NULL = none given */
    struct ks_job *job;

    struct ks_slice octets; /* contents of the authSafe's OCTET STRING: what the MAC covers */
    uint32_t octets_blob;
    struct ks_slice mac;          /* MacData, whole; data NULL without one */
    bool cut;                     /* the file ends early */
    enum ks_empty_password empty; /* how this file spells an empty password */
    bool empty_known;
    char mac_text[160];    /* "HMAC-SHA256, 10000 iterations"; empty without a MAC */
    struct p12_hmac *hmac; /* of a large file: running beside the walk; NULL when it is done */
    bool mac_differs;

    struct ks_blob **blobs; /* [0] is the file */
    uint32_t blob_count, blob_cap;
    struct p12_bag *bags;
    uint32_t bag_count, bag_cap;
    struct p12_cert *certs;
    uint32_t cert_count, cert_cap;
    uint32_t *links;
    uint32_t link_count, link_cap;
    uint32_t key_count; /* P12_SHROUDED and P12_KEY */

    uint32_t twins; /* certificates that are there more than once because of a chain */
    uint32_t safes, encrypted, opened, misfits; /* misfits: the password did not open them */
    bool has_nested;
    uint32_t java_entries;  /* what Java would list */
    char java_refuses[200]; /* why Java does not open the file; empty: it does */
    char java_needs[120];   /* which Java does */
    struct p12_phrases cert_protection, key_protection;
};

/* ---- pkcs12.c ---- */
/* The outside: octets and mac. */
KS_CHECK enum ks_code ks_p12_outside(struct p12_file *f, struct ks_error *err);
void ks_p12_release(struct p12_file *f);
/* Records the first damage only; the store stays usable. */
void ks_p12_damage(struct p12_file *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Asked for each of many items: was the job stopped? It looks now and then. */
static inline bool ks_p12_stopped(const struct p12_file *f, uint32_t item)
{
    return item % 64 == 0 && ks_job_stopped(f->job);
}
/* Takes the blob over; returns its index. */
uint32_t ks_p12_blob(struct p12_file *f, struct ks_blob *blob);
void ks_p12_phrase(struct p12_phrases *p, const char *text);
/* One more phrase for the entry's comment, separated by "; ": each once, up to 1 KiB in all. */
void ks_p12_comment(struct p12_bag *bag, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The element at the front of *in, taken as far as it goes when it is cut off (*cut set then). */
bool ks_p12_take(struct ks_slice *in, uint8_t tag, struct ks_slice *body, bool *cut);
/* `in` with definite lengths and whole strings: `in` itself, or a rewritten copy in a new blob. */
struct ks_slice ks_p12_level(struct p12_file *f, struct ks_slice in, uint32_t *blob);

/* ---- pkcs12_mac.c ---- */
/*
 * Sets the store's integrity; KS_ERR_PASSWORD when the MAC differs. The MAC of a large file takes
 * as long as everything else, so it is computed by a thread of its own: KS_OK then only says that
 * it was started, and ks_p12_mac_wait() gives the verdict, as often as it is asked.
 */
KS_CHECK enum ks_code ks_p12_mac(struct p12_file *f, struct ks_error *err);
KS_CHECK enum ks_code ks_p12_mac_wait(struct p12_file *f, struct ks_error *err);

/* MacData (whole TLV) over `octets` with f->password, appended. KS_PROTECT_KEEP: f->mac with
 * another salt and digest and otherwise the same bytes. */
KS_CHECK enum ks_code ks_p12_mac_make(struct p12_file *f, enum ks_protection how,
                                      struct ks_slice octets, struct ks_buf *out,
                                      struct ks_error *err);

/* ---- pkcs12_bags.c ---- */
/* A ContentInfo of type encryptedData, taken apart; `joined` holds the ciphertext's bytes when it
 * comes in segments (is not empty then), and is the caller's to free. */
bool ks_p12_encrypted_parts(struct ks_slice info, struct ks_slice *alg, struct ks_slice *data,
                            struct ks_buf *joined);
/* Collects the bags of all safes. KS_ERR_PASSWORD when no encrypted safe opens and there was no
 * MAC to tell. */
KS_CHECK enum ks_code ks_p12_walk(struct p12_file *f, struct ks_error *err);

/* ---- pkcs12_java.c ---- */
void ks_p12_java_refuses(struct p12_file *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Can Java decrypt this: sun.security.pkcs12.PKCS12KeyStore and SunJCE's PBES2Parameters. */
bool ks_p12_java_decrypts(struct ks_slice alg);
/* Notes, names and chains for all bags. False when the job was stopped meanwhile. */
KS_CHECK bool ks_p12_java(struct p12_file *f);

/* ---- pkcs12_chain.c ---- */
KS_CHECK bool ks_p12_chains(struct p12_file *f); /* false: stopped */

/* ---- pkcs12_reveal.c ---- */
enum ks_code ks_p12_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err);
void ks_p12_protection(const struct ks_entry *entry, struct ks_buf *out);
/* Java's name of a secret key's algorithm -> contents of the OID that Java writes for it, and
 * whether NULL follows it; appended. False: Java has none. */
bool ks_p12_secret_oid(const struct ks_material *material, struct ks_buf *oid, bool *null);

/* ---- pkcs12_table.c: hash tables of item numbers ---- */
struct p12_slot {
    uint64_t hash;
    uint32_t first, last; /* items + 1; 0 = none. The meaning is the user's */
};
struct p12_table {
    struct p12_slot *slots;
    size_t mask;
};
typedef bool (*p12_same)(const struct p12_file *f, uint32_t item, const void *key);

void ks_p12_table_init(struct p12_table *t, size_t items);
void ks_p12_table_free(struct p12_table *t);
/* The slot whose `first` item has this key; NULL if there is none. */
struct p12_slot *ks_p12_table_get(const struct p12_table *t, const struct p12_file *f,
                                  uint64_t hash, p12_same same, const void *key);
/* The same, or a free slot to fill. NULL when a file was made so that its hashes collide. */
struct p12_slot *ks_p12_table_put(struct p12_table *t, const struct p12_file *f, uint64_t hash,
                                  p12_same same, const void *key);
uint64_t ks_p12_hash(uint64_t seed, struct ks_slice bytes);
/* Of names as Java compares them, by String.toLowerCase(). */
uint64_t ks_p12_alias_hash(const char *alias);
bool ks_p12_alias_equal(const char *a, const char *b);

#endif
