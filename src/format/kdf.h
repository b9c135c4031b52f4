/*
 * Key derivations that only the password-based schemes of this directory need, beside the two in
 * format/pbe.h. All of them are bounded, charged to the job and stop when it is cancelled.
 */
#ifndef KSX_FORMAT_KDF_H
#define KSX_FORMAT_KDF_H

#include "format/pbe.h"

#define KS_KDF_MAX_HASH 64    /* bytes of the longest digest */
#define KS_KDF_MAX_OUT 1024   /* bytes that one derivation may give */
#define KS_KDF_MAX_SALT 65536 /* bytes */

/* PBKDF1, RFC 8018 5.1: `len` is at most the digest's length. */
KS_CHECK enum ks_code ks_kdf_pbkdf1(const char *hash, struct ks_slice password,
                                    struct ks_slice salt, uint64_t rounds, uint8_t *out, size_t len,
                                    struct ks_job *job, struct ks_error *err);

/* scrypt, RFC 7914, in at most 1 GiB. */
KS_CHECK enum ks_code ks_kdf_scrypt(struct ks_slice password, struct ks_slice salt, uint64_t n,
                                    uint64_t r, uint64_t p, uint8_t *out, size_t len,
                                    struct ks_job *job, struct ks_error *err);

/*
 * com.sun.crypto.provider.PBES1Core with MD5 and triple DES: 24 bytes of key, 8 of IV, from a salt
 * of 8. When both halves of the salt are equal the first is turned round; JDKs up to early 7 turned
 * [a,b,c,d] into [d,a,b,d] instead of [d,c,b,a], which `old_swap` repeats.
 */
KS_CHECK enum ks_code ks_kdf_sun_md5(struct ks_slice password, const uint8_t salt[static 8],
                                     uint64_t rounds, bool old_swap, uint8_t out[static 32],
                                     struct ks_job *job, struct ks_error *err);

/* True when the two forms of the swap differ for this salt. */
bool ks_kdf_sun_md5_has_old_swap(const uint8_t salt[static 8]);

#endif
