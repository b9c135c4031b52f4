/*
 * BKS and UBER, the keystores of Bouncy Castle (org.bouncycastle.jcajce.provider.keystore.bc.
 * BcKeyStoreSpi): one list of records, big-endian, that either is followed by a MAC (BKS) or is
 * encrypted as a whole (UBER).
 *
 *   bks_walk.c      records, one after the other; knows no store
 *   bks_key.c       key records, and how they are sealed
 *   bks.c           records become entries; the BKS format
 *   bks_verdict.c   MAC and password, what is wrong with the file, the facts of the summary
 *   bks_write.c     entries become records; BKS files
 *   uber.c          the UBER format
 *
 *   header  u4 version (BKS 1, 2; UBER 1), blk salt, s4 iterations
 *   record  u1 type, utf alias, s8 creation date in ms, s4 n, n certificates, then
 *           1 certificate    one certificate
 *           2 key in clear   key record
 *           3 bytes          blk
 *           4 sealed key     blk { blk salt, s4 iterations, key record under 3DES }
 *   end     u1 0
 *   BKS     HMAC-SHA1 of records and end; its key has 20 bytes, in version 1 two
 *   UBER    SHA-1 of records and end; records, end and SHA-1 are encrypted with Twofish
 *
 *   certificate: utf type ("X.509"), blk DER
 *   key record:  u1 0 private, 1 public, 2 secret; utf format, utf algorithm, blk encoding
 *
 * utf = u2 length and modified UTF-8, blk = u4 length and bytes. All keys are derived by the KDF of
 * PKCS#12 with SHA-1, from no bytes when the password is empty.
 */
#ifndef KSX_FORMAT_BKS_INTERNAL_H
#define KSX_FORMAT_BKS_INTERNAL_H

#include "format/format.h"

#define KS_BKS_DIGEST 20 /* bytes of the MAC, and of UBER's SHA-1 */
#define KS_BKS_SALT 20   /* bytes, as Bouncy Castle writes it */

/* Bounds, far above real stores. Bouncy Castle's own for iterations are these: 2^20
 * (org.bouncycastle.bks.max_it_count), and 1,024 shifted by 6 for UBER. */
#define KS_BKS_MAX_RECORDS 1000000
#define KS_BKS_MAX_CERTS 2000000
#define KS_BKS_MAX_CHAIN 1000
#define KS_BKS_MAX_ROUNDS (1u << 20)
#define KS_UBER_MAX_ROUNDS 65536u
#define KS_BKS_MAX_ALIAS 65535 /* bytes of modified UTF-8 */
#define KS_BKS_NAME_SHOWN 100  /* bytes of a type's or a format's name that are shown */

enum { KS_BKS_END, KS_BKS_CERT, KS_BKS_KEY, KS_BKS_BYTES, KS_BKS_SEALED, KS_BKS_TYPES };

/* ---- bks_walk.c ---- */

struct ks_bks_header {
    uint32_t version;
    struct ks_slice salt;
    uint32_t rounds;
    size_t len; /* the records begin here */
};
/* False when the file ends inside its header. Any version is taken. */
bool ks_bks_header(struct ks_slice file, struct ks_bks_header *out);

enum ks_bks_fault {
    KS_BKS_SOUND,
    KS_BKS_CUT,      /* the file ends inside the record, or before the end mark */
    KS_BKS_BAD_TYPE, /* no record begins here */
    KS_BKS_NEGATIVE, /* a length that Java reads as negative */
    KS_BKS_LIMIT,    /* over one of the bounds above */
};

struct ks_bks_walk {
    struct ks_reader r;    /* at the next record; behind the end mark once that was read */
    size_t records, certs; /* read so far */
    bool ended;            /* the end mark was read */
    enum ks_bks_fault fault;
    size_t fault_at;      /* offset of the offending field */
    uint64_t fault_value; /* the type or the length there; 0 when there is none */
};

struct ks_bks_record {
    uint8_t type;
    int64_t created;
    struct ks_slice raw;   /* all of it */
    struct ks_slice alias; /* modified UTF-8 */
    uint32_t chain_len;
    struct ks_reader certs;    /* at the first of chain_len certificates, already bounded */
    struct ks_slice chain;     /* their number and they themselves */
    struct ks_slice body;      /* what follows the chain, to the end of the record */
    struct ks_slice cert_type; /* of a certificate */
    struct ks_slice content;   /* DER of a certificate, key record, or what is in the blk */
};

/* Begins at byte `from` of `bytes`; offsets are counted from the start of `bytes`. */
struct ks_bks_walk ks_bks_walk(struct ks_slice bytes, size_t from);
/* The next record. False at the end mark (`ended` is set) and at the first record that cannot be
 * read (`fault` is set). */
bool ks_bks_next(struct ks_bks_walk *w, struct ks_bks_record *out);
/* The next certificate of a record that ks_bks_next() has read. */
void ks_bks_cert(struct ks_reader *certs, struct ks_slice *type, struct ks_slice *der);

/* What the formats bid for a file, format/format.h. Version 1 of BKS and UBER begin alike. */
int ks_bks_bid(struct ks_slice head, uint64_t size);
int ks_uber_bid(struct ks_slice head, uint64_t size);
/* Words for a file listing: "v2, 3 entries", "v1, damaged". */
void ks_bks_looks(struct ks_slice head, uint64_t size, struct ks_buf *out);

/* ---- bks_key.c ---- */

enum { KS_BKS_PRIVATE, KS_BKS_PUBLIC, KS_BKS_SECRET };

struct ks_bks_key {
    uint8_t type;
    struct ks_slice format, algorithm, encoding;
};
/* Reads a key record of any type, format and algorithm; false (and *r unchanged) when it is cut. */
bool ks_bks_key(struct ks_reader *r, struct ks_bks_key *out);
/* Kind, key, key_format, notes and comment of a key in clear. */
void ks_bks_draft_key(const struct ks_bks_record *rec, struct ks_entry_draft *draft);

/* ks_entry.key_format of a sealed key; its key is what the blk holds. */
extern const char ks_bks_sealed_format[];
bool ks_bks_is_sealed(const struct ks_entry *entry);
/* Salt, iterations and ciphertext; false when it is cut or no whole number of blocks. */
struct ks_bks_seal {
    struct ks_slice salt, ciphertext;
    uint32_t rounds;
};
bool ks_bks_seal_parts(struct ks_slice sealed, struct ks_bks_seal *out);

/* Of format/format.h, for both types. */
enum ks_code ks_bks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err);
enum ks_code ks_bks_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
void ks_bks_protection(const struct ks_entry *entry, struct ks_buf *out);
/* The same with a salt and a number of iterations of the caller's: known answers. */
enum ks_code ks_bks_seal_with(const struct ks_material *material, const struct ks_secret *password,
                              struct ks_slice salt, uint32_t rounds, struct ks_job *job,
                              struct ks_sealed *out, struct ks_error *err);

/* The password as all derivations here take it: UTF-16BE with a terminator, or nothing at all. */
struct ks_secret *ks_bks_password(const struct ks_secret *password);
/* A salt as long as `len`, and iterations as Bouncy Castle chooses them. */
KS_CHECK enum ks_code ks_bks_renew(uint8_t *salt, size_t len, uint32_t *rounds,
                                   struct ks_error *err);

/* ---- bks.c ---- */

/* Makes entries of all records that can be read. Their slices point into `bytes`, which is what
 * `walk` was begun with. KS_ERR_CANCELLED is the only failure. */
KS_CHECK enum ks_code ks_bks_read(struct ks_store *into, struct ks_blob *bytes,
                                  struct ks_bks_walk *walk, struct ks_job *job,
                                  struct ks_error *err);

/* ---- bks_verdict.c ---- */

enum ks_bks_check {
    KS_BKS_UNCHECKED, /* no password */
    KS_BKS_GOOD,
    KS_BKS_MISSING, /* the file ends before it */
    KS_BKS_BAD,
};

/* HMAC-SHA1 of `content` as a BKS of this version has it. */
KS_CHECK enum ks_code ks_bks_mac(const struct ks_bks_header *header,
                                 const struct ks_secret *password, struct ks_slice content,
                                 uint8_t out[static KS_BKS_DIGEST], struct ks_job *job,
                                 struct ks_error *err);
/* Sets integrity, damage, notes and facts from the walk and from the check of the MAC, or of UBER's
 * SHA-1; the entries are in place. */
void ks_bks_verdict(struct ks_store *into, const struct ks_bks_walk *walk, enum ks_bks_check check);
/* Iterations of the header that are more than `most`, or negative: not derived. */
KS_CHECK enum ks_code ks_bks_check_rounds(const struct ks_store *store, uint32_t rounds,
                                          uint32_t most, struct ks_error *err);

/* ---- bks_write.c ---- */

/* Records of all entries and the end mark, appended. */
KS_CHECK enum ks_code ks_bks_put_records(const struct ks_store *store,
                                         const struct ks_version *version, struct ks_job *job,
                                         struct ks_buf *out, struct ks_error *err);
/* The header of the file, or of a new one with this version, with a new salt that is in `room`. */
KS_CHECK enum ks_code ks_bks_new_header(const struct ks_store *store, uint32_t version,
                                        struct ks_buf *room, struct ks_bks_header *out,
                                        struct ks_error *err);
void ks_bks_put_header(const struct ks_bks_header *header, struct ks_buf *out);
/* Bytes of `from` behind the check at its end, which Bouncy Castle ignores; appended. */
void ks_bks_put_trailing(const struct ks_store *store, struct ks_slice from, size_t records,
                         struct ks_buf *out);
const char *ks_bks_refuses(const struct ks_entry *entry);
const char *ks_uber_refuses(const struct ks_entry *entry);
enum ks_code ks_bks_save(const struct ks_store *store, const struct ks_version *version,
                         struct ks_job *job, struct ks_buf *out, struct ks_error *err);

void ks_bks_put_u16(struct ks_buf *out, size_t v);
void ks_bks_put_u32(struct ks_buf *out, uint32_t v);
void ks_bks_put_utf(struct ks_buf *out, struct ks_slice bytes);
void ks_bks_put_block(struct ks_buf *out, struct ks_slice bytes);

#endif
