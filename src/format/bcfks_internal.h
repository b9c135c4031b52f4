/*
 * BCFKS, the FIPS keystore of Bouncy Castle (org.bouncycastle.jcajce.provider.keystore.bcfks), in
 * DER:
 *
 *   ObjectStore ::= SEQUENCE { storeData, integrityCheck }
 *   storeData   ::= SEQUENCE { AlgorithmIdentifier (PBES2), OCTET STRING }, or ObjectStoreData
 *   ObjectStoreData ::= SEQUENCE { version INTEGER, integrityAlgorithm AlgorithmIdentifier,
 *       created GeneralizedTime, lastModified GeneralizedTime, SEQUENCE OF ObjectData,
 *       comment UTF8String OPTIONAL }
 *   ObjectData  ::= SEQUENCE { type INTEGER, identifier UTF8String, created GeneralizedTime,
 *       lastModified GeneralizedTime, data OCTET STRING, comment UTF8String OPTIONAL }
 *   integrityCheck ::= SEQUENCE { macAlgorithm, pbkdAlgorithm, mac OCTET STRING }
 *       or [0] SEQUENCE { signatureAlgorithm, [0] SEQUENCE OF Certificate OPTIONAL, BIT STRING }
 *
 *   type 0    a certificate
 *        1 3  SEQUENCE { EncryptedPrivateKeyInfo, SEQUENCE OF Certificate }
 *        2 4  SEQUENCE { AlgorithmIdentifier (PBES2), OCTET STRING }: a secret key
 *        5    the same: a password for key derivation
 *
 * 3 and 4 are keys that came to Bouncy Castle encrypted already. integrityAlgorithm repeats that of
 * the check, which covers the whole TLV of storeData, encrypted as it is.
 *
 *   bcfks_parse.c   the layers taken apart; knows no store
 *   bcfks_crypt.c   keys from the password, AES-CCM and AES key wrap, the MAC
 *   bcfks.c         opening: integrity, decryption, what the summary says; the format
 *   bcfks_entry.c   objects become entries
 *   bcfks_key.c     one key in clear, and back under protection
 *   bcfks_write.c   saving
 */
#ifndef KSX_FORMAT_BCFKS_INTERNAL_H
#define KSX_FORMAT_BCFKS_INTERNAL_H

#include "format/format.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"

/* Bounds, far above real stores. */
#define KS_BCFKS_MAX_OBJECTS 1000000
#define KS_BCFKS_MAX_CERTS 2000000
#define KS_BCFKS_MAX_CHAIN 1000

enum ks_bcfks_type {
    KS_BCFKS_CERTIFICATE = 0,
    KS_BCFKS_PRIVATE_KEY = 1,
    KS_BCFKS_SECRET_KEY = 2,
    KS_BCFKS_PROTECTED_PRIVATE_KEY = 3,
    KS_BCFKS_PROTECTED_SECRET_KEY = 4,
    KS_BCFKS_PBE_KEY = 5,
};

/* ---- bcfks_parse.c ---- */

enum ks_bcfks_check {
    KS_BCFKS_CUT, /* the file ends before or inside it */
    KS_BCFKS_MAC,
    KS_BCFKS_SIGNED,
    KS_BCFKS_STRANGE, /* neither of the two */
};

/* ObjectStore. */
struct ks_bcfks_file {
    struct ks_slice data;    /* storeData, whole TLV */
    bool clear;              /* it is an ObjectStoreData; else: */
    struct ks_slice alg;     /* AlgorithmIdentifier, whole TLV */
    struct ks_slice content; /* ciphertext */
    bool cut;                /* storeData is not there to its end */
    enum ks_bcfks_check check;
    struct ks_slice check_alg; /* of the MAC or signature, whole TLV */
    struct ks_slice kdf, mac;  /* KS_BCFKS_MAC: AlgorithmIdentifier, whole TLV; octets */
    struct ks_slice certs;     /* KS_BCFKS_SIGNED: contents of the SEQUENCE OF; len 0: none */
    struct ks_slice signature; /* BIT STRING, whole TLV */
    struct ks_slice trailing;  /* bytes after the end */
};
/* False when it is no BCFKS as far as it goes. */
bool ks_bcfks_open(struct ks_slice file, struct ks_bcfks_file *out);

/* ObjectStoreData. Parts are whole TLVs. */
struct ks_bcfks_data {
    struct ks_slice version, integrity, created, modified;
    struct ks_slice objects; /* contents of the SEQUENCE OF */
    struct ks_slice comment; /* whatever follows the objects; len 0: nothing */
    bool cut;
};
bool ks_bcfks_data(struct ks_slice data, struct ks_bcfks_data *out);

/* ObjectData. Parts are whole TLVs. */
struct ks_bcfks_object {
    struct ks_slice raw; /* all of it */
    uint64_t type;
    struct ks_slice type_tlv, identifier, created, modified, data;
    struct ks_slice comment; /* whatever follows the data; len 0: nothing */
};
/* `raw` is one element. False when it is no ObjectData. */
bool ks_bcfks_object(struct ks_slice raw, struct ks_bcfks_object *out);
/* The contents octets of an element that is known to be whole. */
struct ks_slice ks_bcfks_body(struct ks_slice tlv);

/* A private key's data: its EncryptedPrivateKeyInfo, and the contents of the SEQUENCE OF
 * Certificate. */
bool ks_bcfks_key_parts(struct ks_slice data, struct ks_slice *epki, struct ks_slice *certs);

/* ---- bcfks_crypt.c ---- */

/* What a key is derived for; it is part of what it is derived from. */
enum ks_bcfks_purpose {
    KS_BCFKS_FOR_STORE,
    KS_BCFKS_FOR_PRIVATE_KEY,
    KS_BCFKS_FOR_SECRET_KEY,
    KS_BCFKS_FOR_MAC,
};

/* KS_ERR_PASSWORD when the ciphertext is not authentic under this password. */
KS_CHECK enum ks_code ks_bcfks_decrypt(struct ks_slice alg, struct ks_slice content,
                                       enum ks_bcfks_purpose purpose,
                                       const struct ks_secret *password, struct ks_job *job,
                                       struct ks_blob **out, struct ks_error *err);

/* Encrypts the way `like` (an AlgorithmIdentifier) says, with a new salt and nonce, or as a new
 * Bouncy Castle does when it is empty. Appends SEQUENCE { AlgorithmIdentifier, OCTET STRING },
 * which is storeData, EncryptedPrivateKeyInfo and the shape of secret keys in one. */
KS_CHECK enum ks_code ks_bcfks_encrypt(struct ks_slice like, struct ks_slice plain,
                                       enum ks_bcfks_purpose purpose,
                                       const struct ks_secret *password, struct ks_job *job,
                                       struct ks_buf *out, struct ks_error *err);

/* KS_ERR_PASSWORD when the MAC of `data` is another one; KS_ERR_UNSUPPORTED when it is of a kind
 * that cannot be computed. *strict: it fits when scrypt's p is taken for what it says. */
KS_CHECK enum ks_code ks_bcfks_mac_check(const struct ks_bcfks_file *f,
                                         const struct ks_secret *password, struct ks_job *job,
                                         bool *strict, struct ks_error *err);

/* Appends integrityCheck: SEQUENCE { mac_alg, `kdf` with a new salt, MAC of `data` }. Empty `kdf`:
 * the default. */
KS_CHECK enum ks_code ks_bcfks_mac_put(struct ks_slice mac_alg, struct ks_slice kdf,
                                       struct ks_slice data, const struct ks_secret *password,
                                       struct ks_job *job, struct ks_buf *out,
                                       struct ks_error *err);
/* HMAC-SHA512, what Bouncy Castle uses unless told otherwise; whole TLV. */
struct ks_slice ks_bcfks_default_mac(void);

/* "HMAC-SHA512, PBKDF2-HMAC-SHA512, 51200 iterations"; appended. */
void ks_bcfks_mac_text(const struct ks_bcfks_file *f, struct ks_buf *out);

/* ---- bcfks_entry.c ---- */

/* Objects to entries of `into`, whose bytes are in `blob`. Damage goes to `into`. */
KS_CHECK enum ks_code ks_bcfks_entries(struct ks_store *into, const struct ks_bcfks_data *data,
                                       struct ks_blob *blob, struct ks_job *job,
                                       struct ks_error *err);
/* Records the first damage only. */
void ks_bcfks_damage(struct ks_store *into, const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- bcfks_key.c ---- */

extern const char ks_bcfks_secret_format[]; /* key_format of secret keys */

enum ks_code ks_bcfks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                             const struct ks_secret *password, struct ks_job *job,
                             struct ks_material *out, struct ks_error *err);
enum ks_code ks_bcfks_seal(const struct ks_store *into, const struct ks_version *version,
                           const struct ks_material *material, const struct ks_secret *password,
                           struct ks_job *job, struct ks_sealed *out, struct ks_error *err);
void ks_bcfks_protection(const struct ks_entry *entry, struct ks_buf *out);

/* ---- bcfks_write.c ---- */

enum ks_code ks_bcfks_save(const struct ks_store *store, const struct ks_version *version,
                           struct ks_job *job, struct ks_buf *out, struct ks_error *err);
const char *ks_bcfks_refuses(const struct ks_entry *entry);

#endif
