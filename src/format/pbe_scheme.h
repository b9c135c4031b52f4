/*
 * What an AlgorithmIdentifier says about password-based encryption, taken apart: parsed once, then
 * either put into words or carried out.
 */
#ifndef KSX_FORMAT_PBE_SCHEME_H
#define KSX_FORMAT_PBE_SCHEME_H

#include "format/kdf.h"

enum ks_pbe_family {
    KS_PBE_UNKNOWN, /* the algorithm's OID is in no table */
    KS_PBE_PKCS12,  /* PBES1 with the PKCS#12 KDF */
    KS_PBE_PKCS5,   /* PBES1 with PBKDF1 */
    KS_PBE_PBES2,
    KS_PBE_SUN_JKS,   /* SHA-1 keystream */
    KS_PBE_SUN_JCEKS, /* PBEWithMD5AndTripleDES */
};

enum ks_pbe_kdf {
    KS_PBE_KDF_UNKNOWN, /* PBES2 only: neither PBKDF2 nor scrypt, or an unknown PRF */
    KS_PBE_KDF_PBKDF2,
    KS_PBE_KDF_SCRYPT,
};

/* How the cipher is run, and what tells that the key is wrong. */
enum ks_pbe_mode {
    KS_PBE_PADDED, /* CBC or a stream cipher: the padding, if any */
    KS_PBE_CCM,    /* RFC 3610: authenticated. Bouncy Castle's BCFKS only */
    KS_PBE_KWP,    /* AES key wrap with padding, RFC 5649: authenticated. The same */
};

struct ks_pbe_cipher {
    const char *openssl; /* name for EVP_CIPHER_fetch */
    const char *text;    /* as shown */
    uint8_t key_len;     /* 0: variable */
    uint8_t iv_len;      /* 0: a stream cipher */
    bool legacy;         /* OpenSSL's legacy provider has it */
    bool weak;
};

struct ks_pbe_scheme {
    enum ks_pbe_family family;
    struct ks_slice oid;                /* contents octets of the outer algorithm */
    const struct ks_pbe_cipher *cipher; /* NULL: not known, see cipher_oid */
    struct ks_slice cipher_oid;         /* PBES2 */
    struct ks_slice kdf_oid;            /* PBES2: the KDF's, or the PRF's when that is unknown */
    enum ks_pbe_kdf kdf;
    const char *hash; /* OpenSSL name: of the KDF, of the PRF */
    struct ks_slice salt;
    uint64_t rounds;
    uint64_t n, r, p;     /* scrypt */
    struct ks_slice iv;   /* CCM: the nonce */
    size_t key_len;       /* bytes to derive for the cipher */
    uint64_t kdf_key_len; /* what the KDF's parameters say; 0 = nothing */
    uint16_t rc2_bits;    /* effective key bits; 0 = as many as the key has */
    uint8_t mode;         /* enum ks_pbe_mode */
    uint8_t tag_len;      /* CCM: bytes behind the ciphertext */
};

/* False when the bytes are no AlgorithmIdentifier, or the parameters of a known algorithm cannot
 * be read. Unknown algorithms are read as far as they can be and leave family, kdf or cipher open.
 */
bool ks_pbe_scheme_parse(struct ks_slice alg, struct ks_pbe_scheme *out);
/* The same for the AlgorithmIdentifier of a key derivation alone: fills kdf, its parameters and
 * kdf_key_len. */
bool ks_pbe_kdf_parse(struct ks_slice alg, struct ks_pbe_scheme *out);
/* "PBKDF2-HMAC-SHA256, 10000 iterations", "scrypt N=16384 r=8 p=1"; appended. */
void ks_pbe_kdf_text(const struct ks_pbe_scheme *s, struct ks_buf *out);
/* OpenSSL's name of the digest in an HMAC algorithm, by the OID's contents octets; NULL if unknown.
 */
const char *ks_pbe_hmac_hash(struct ks_slice oid);

/* ---- carried out; the schemes of PKCS#5 and PKCS#12 only, not Sun's ---- */

struct ks_pbe_keying { /* wiped by whoever has it */
    uint8_t key[KS_KDF_MAX_OUT];
    uint8_t iv[16];
};
KS_CHECK enum ks_code ks_pbe_derive(const struct ks_pbe_scheme *s, const struct ks_secret *password,
                                    enum ks_empty_password empty, struct ks_pbe_keying *k,
                                    struct ks_job *job, struct ks_error *err);
/* `out` has room for `in` and one block more. When decrypting, a bad padding is the wrong password:
 * KS_ERR_PASSWORD. */
KS_CHECK enum ks_code ks_pbe_cipher(const struct ks_pbe_scheme *s, const struct ks_pbe_keying *k,
                                    bool encrypt, struct ks_slice in, uint8_t *out, size_t *out_len,
                                    struct ks_error *err);

#endif
