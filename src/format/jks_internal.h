/*
 * JKS and JCEKS (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore): one
 * container, big-endian, with two magic numbers.
 *
 *   jks_walk.c      records, one after the other; knows no store
 *   jks.c           records become entries; the JKS format
 *   jks_verdict.c   digest and password, what is wrong with the file, the facts of the summary
 *   jks_write.c     the way back: entries become records
 *   jks_seal.c      protects key material for an entry
 *   jceks.c         secret keys; the JCEKS format
 *   javaser.c       Java object streams, which secret keys are written as
 *
 *   header  u4 magic, u4 version (1, 2), s4 number of records
 *   record  u4 tag, utf alias, s8 creation date in ms, then
 *           1 private key          blk EncryptedPrivateKeyInfo, u4 n, n certificates
 *           2 trusted certificate  one certificate
 *           3 secret key           a Java object stream, which has no length (JCEKS)
 *   certificate: utf type ("X.509"; not in version 1), blk DER
 *   digest  SHA-1 of password in UTF-16BE, "Mighty Aphrodite" and everything before it
 *
 * utf = u2 length and modified UTF-8, blk = u4 length and bytes.
 */
#ifndef KSX_FORMAT_JKS_INTERNAL_H
#define KSX_FORMAT_JKS_INTERNAL_H

#include "base/aside.h"
#include "format/format.h"

#define KS_JKS_MAGIC 0xfeedfeedu
#define KS_JCEKS_MAGIC 0xcecececeu
#define KS_JKS_HEADER 12
#define KS_JAVA_NAME_SHOWN 200 /* bytes of a class, of a type of certificate */
#define KS_JKS_DIGEST 20

/* Bounds, far above real stores (the largest in the field hold some hundred entries, chains of 4).
 */
#define KS_JKS_MAX_RECORDS 1000000
#define KS_JKS_MAX_CERTS 2000000
#define KS_JKS_MAX_CHAIN 1000

enum { KS_JKS_KEY = 1, KS_JKS_TRUSTED = 2, KS_JKS_SECRET = 3 };

enum ks_jks_fault {
    KS_JKS_SOUND,
    KS_JKS_CUT,      /* the file ends inside the record */
    KS_JKS_BAD_TAG,  /* no record begins here */
    KS_JKS_NEGATIVE, /* a length that Java reads as negative */
    KS_JKS_STREAM,   /* a secret key whose object stream cannot be followed to its end */
    KS_JKS_LIMIT,    /* over one of the bounds above */
};

struct ks_jks_walk {
    struct ks_reader r; /* at the next record */
    uint32_t magic, version, claimed;
    size_t records, certs;   /* read so far */
    enum ks_jks_fault fault; /* why the walk ended before `claimed` records */
    size_t fault_at;         /* offset of the offending field */
    uint64_t fault_value;    /* the tag or the length there */
};

struct ks_jks_record {
    uint32_t tag;
    int64_t created;
    struct ks_slice raw;   /* all of it */
    struct ks_slice alias; /* modified UTF-8 */
    struct ks_slice key;   /* EncryptedPrivateKeyInfo, or the object stream */
    uint32_t chain_len;
    struct ks_reader certs; /* at the first of chain_len certificates, already bounded */
};

/* False when the header is no JKS or JCEKS header, or cut off. Any version is taken. */
bool ks_jks_open(struct ks_slice file, struct ks_jks_walk *out);
/* The next record. False at the first that cannot be read (fault is set; alias, key and raw of the
 * record hold what was found). Does not look at `claimed`. */
bool ks_jks_next(struct ks_jks_walk *w, struct ks_jks_record *out);
/* The next certificate of a record that ks_jks_next() has read. */
void ks_jks_cert(struct ks_reader *certs, uint32_t version, struct ks_slice *type,
                 struct ks_slice *der);

/* What the format with this magic bids for a file, format/format.h. */
int ks_jks_bid(struct ks_slice head, uint32_t magic);
/* Words for a file listing: "v2, 143 entries", "v2, damaged (ends early)". */
void ks_jks_looks(struct ks_slice head, uint64_t size, struct ks_buf *out);

/* Reads a store of either magic. */
enum ks_code ks_jks_load(struct ks_store *into, const struct ks_secret *password,
                         struct ks_job *job, struct ks_error *err);
enum ks_code ks_jks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err);
void ks_jks_protection(const struct ks_entry *entry, struct ks_buf *out);

/* ---- jks_write.c, jks_seal.c: of format/format.h; save serves both types ---- */
enum ks_code ks_jks_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err);
const char *ks_jks_refuses(const struct ks_entry *entry);
const char *ks_jceks_refuses(const struct ks_entry *entry);
enum ks_code ks_jks_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
enum ks_code ks_jceks_seal(const struct ks_store *into, const struct ks_version *version,
                           const struct ks_material *material, const struct ks_secret *password,
                           struct ks_job *job, struct ks_sealed *out, struct ks_error *err);

/* The same with a salt of the caller's: known answers. False when OpenSSL has no SHA-1. */
bool ks_jks_protect(struct ks_slice plain, const struct ks_secret *password,
                    const uint8_t salt[static 20], struct ks_sealed *out);
struct ks_jceks_sealing {
    const struct ks_secret *password;
    uint8_t salt[8];
    uint32_t rounds;
    struct ks_job *job;
};
enum ks_code ks_jceks_seal_with(const struct ks_jceks_sealing *s, const struct ks_material *m,
                                struct ks_sealed *out, struct ks_error *err);

/* ---- jks_verdict.c ---- */

/* What the digest says. */
enum ks_jks_digest {
    KS_JKS_DIGEST_UNCHECKED, /* no password */
    KS_JKS_DIGEST_GOOD,      /* right after the last record, as it has to be */
    KS_JKS_DIGEST_AT_END,    /* fits at the end of the file, though the records end elsewhere */
    KS_JKS_DIGEST_MISSING,   /* there are no 20 bytes for it */
    KS_JKS_DIGEST_BAD,
};

/* The digest of all but the last 20 bytes, where it nearly always ends: computed beside the walk. */
struct ks_jks_hashing {
    struct ks_aside aside;
    struct ks_slice file;
    struct ks_secret *wide; /* the password as the digest takes it; NULL = none */
    struct ks_job *job;
    uint8_t digest[KS_JKS_DIGEST];
    bool computed;
};
void ks_jks_hash_start(struct ks_jks_hashing *h, struct ks_slice file,
                       const struct ks_secret *password, struct ks_job *job);
void ks_jks_hash_end(struct ks_jks_hashing *h);

/* The digest of a whole file but for its digest. False when OpenSSL has no SHA-1. */
bool ks_jks_digest(struct ks_slice bytes, const struct ks_secret *password,
                   uint8_t out[static KS_JKS_DIGEST]);

/* `end`: offset after the last record. KS_ERR_CANCELLED, or KS_OK with *out set. */
KS_CHECK enum ks_code ks_jks_check_digest(struct ks_jks_hashing *h, size_t end,
                                          enum ks_jks_digest *out, struct ks_error *err);

/* Sets integrity, damage, notes and facts from the walk and the digest; the entries are in place.
 * KS_ERR_PASSWORD when the password is to blame: then nothing of it counts. */
KS_CHECK enum ks_code ks_jks_verdict(struct ks_store *into, const struct ks_jks_walk *w,
                                     enum ks_jks_digest digest, struct ks_error *err);

/* ---- jceks.c ---- */

/* Kind, notes, key_format and comment of a secret key from its object stream. */
void ks_jceks_draft(struct ks_slice stream, struct ks_entry_draft *draft);
enum ks_code ks_jceks_reveal(const struct ks_entry *entry, const struct ks_secret *password,
                             struct ks_job *job, struct ks_material *out, struct ks_error *err);
void ks_jceks_protection(struct ks_slice stream, struct ks_buf *out);

#endif
