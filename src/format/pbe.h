/*
 * Password-based encryption: key derivation and decryption for every scheme that occurs in
 * keystores. Derivations are bounded (5,000,000 rounds at a time, the sum per file by the job)
 * and can be cancelled.
 *
 *   PKCS#12 KDF         RFC 7292 appendix B
 *   PBES1 of PKCS#12    1.2.840.113549.1.12.1.N
 *   PBES1 of PKCS#5     1.2.840.113549.1.5.{1,3,4,6,10,11}
 *   PBES2               RFC 8018: PBKDF2 or scrypt; also with the doubled OID of JDK-8202837
 *   Sun key protector   1.3.6.1.4.1.42.2.17.1.1, sun.security.provider.KeyProtector
 *   Sun PBE-MD5-3DES    1.3.6.1.4.1.42.2.19.1, com.sun.crypto.provider.PBES1Core
 */
#ifndef KSX_FORMAT_PBE_H
#define KSX_FORMAT_PBE_H

#include "base/error.h"
#include "base/job.h"
#include "base/secret.h"

#define KS_KDF_MAX_ROUNDS 5000000u

enum ks_empty_password { /* the two spellings of an empty password in PKCS#12 */
    KS_EMPTY_BMP,  /* 0000: Java, OpenSSL "" */
    KS_EMPTY_NONE, /* no bytes: GnuTLS --null-password, Bouncy Castle */
};

KS_CHECK enum ks_code ks_kdf_pbkdf2(const char *hash, struct ks_slice password, struct ks_slice salt,
                                    uint64_t rounds, uint8_t *out, size_t len, struct ks_job *job,
                                    struct ks_error *err);
/* `password` already in BMP form; id 1 key, 2 IV, 3 MAC key. */
KS_CHECK enum ks_code ks_kdf_pkcs12(const char *hash, uint8_t id, struct ks_slice password,
                                    struct ks_slice salt, uint64_t rounds, uint8_t *out, size_t len,
                                    struct ks_job *job, struct ks_error *err);

/* Decrypts with the AlgorithmIdentifier `alg` (whole TLV). On success *out holds the plaintext (wiped
 * on free). Wrong password: KS_ERR_PASSWORD; unknown algorithm: KS_ERR_UNSUPPORTED naming it. */
KS_CHECK enum ks_code ks_pbe_decrypt(struct ks_slice alg, struct ks_slice ciphertext,
                                     const struct ks_secret *password, enum ks_empty_password empty,
                                     struct ks_job *job, struct ks_secret **out, struct ks_error *err);
/* EncryptedPrivateKeyInfo -> PrivateKeyInfo (its outer SEQUENCE checked). */
KS_CHECK enum ks_code ks_pbe_decrypt_epki(struct ks_slice epki, const struct ks_secret *password,
                                          enum ks_empty_password empty, struct ks_job *job,
                                          struct ks_secret **out, struct ks_error *err);
/* "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations"; appended. *weak set for RC2-40, RC4, DES, 3DES,
 * the Sun schemes (may be NULL). False if the algorithm is not known (its OID is appended). */
bool ks_pbe_describe(struct ks_slice alg, struct ks_buf *out, bool *weak);
/* The AlgorithmIdentifier of an EncryptedPrivateKeyInfo. */
bool ks_pbe_epki_parts(struct ks_slice epki, struct ks_slice *alg, struct ks_slice *ciphertext);

/* Plaintext can be larger than KS_SECRET_MAX (certificate bags): use this for bulk contents. */
KS_CHECK enum ks_code ks_pbe_decrypt_blob(struct ks_slice alg, struct ks_slice ciphertext,
                                          const struct ks_secret *password,
                                          enum ks_empty_password empty, struct ks_job *job,
                                          struct ks_blob **out, struct ks_error *err);

/* ---- encryption: PBES2 and both PBES1; Sun's schemes are with JKS and JCEKS ---- */

enum ks_pbe_profile {
    KS_PBE_MODERN, /* as JDK 17: PBES2, AES-256-CBC, PBKDF2-HMAC-SHA256, 10,000 rounds */
    KS_PBE_LEGACY, /* as JDK 8: PKCS#12's PBES1, 3DES-CBC, SHA-1, 50,000 rounds */
};

/* An AlgorithmIdentifier (whole TLV) with a new salt and IV; appended. */
KS_CHECK enum ks_code ks_pbe_make(enum ks_pbe_profile profile, struct ks_buf *alg,
                                  struct ks_error *err);
/* `like` (an AlgorithmIdentifier, whole TLV) with another salt and IV of the same lengths, and
 * otherwise the same bytes; appended. KS_ERR_UNSUPPORTED when ksx does not encrypt with it. */
KS_CHECK enum ks_code ks_pbe_renew(struct ks_slice like, struct ks_buf *alg, struct ks_error *err);
bool ks_pbe_can_encrypt(struct ks_slice alg);
/* Encrypts with exactly this AlgorithmIdentifier, salt and IV included: from one of the two above.
 * The ciphertext is appended. */
KS_CHECK enum ks_code ks_pbe_encrypt(struct ks_slice alg, struct ks_slice plain,
                                     const struct ks_secret *password,
                                     enum ks_empty_password empty, struct ks_job *job,
                                     struct ks_buf *out, struct ks_error *err);
/* The same, as an EncryptedPrivateKeyInfo. */
KS_CHECK enum ks_code ks_pbe_encrypt_epki(struct ks_slice alg, struct ks_slice pkcs8,
                                          const struct ks_secret *password,
                                          enum ks_empty_password empty, struct ks_job *job,
                                          struct ks_buf *out, struct ks_error *err);

/* Describes a clear PrivateKeyInfo and compares its public key with `leaf_spki` (data NULL: nothing
 * to compare). Used by every format's unlock. */
struct ks_unlocked;
KS_CHECK enum ks_code ks_private_key_describe(struct ks_slice pkcs8, struct ks_slice leaf_spki,
                                              struct ks_unlocked *out, struct ks_error *err);

/* A secret key in words from Java's name of its algorithm: "AES 128", "DESede 168"; a key for
 * password-based encryption is a password: "password, 12 characters". Appended. */
void ks_secret_key_text(const char *algorithm, struct ks_slice key, struct ks_buf *out);

#endif
