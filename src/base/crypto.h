/*
 * The door to OpenSSL: one library context of our own with the default provider, loaded on first
 * use because loading costs milliseconds that a first frame should not wait for; and the legacy
 * provider (RC2, RC4, DES live there), loaded when something of it is asked for here: who leaves
 * the fetching to OpenSSL calls ks_crypto_has_legacy() first. Fetched digests are kept for the life
 * of the process. The host's openssl.cnf is not read.
 * All functions are thread-safe.
 */
#ifndef KSX_BASE_CRYPTO_H
#define KSX_BASE_CRYPTO_H

#include "base/bytes.h"
#include <openssl/types.h>

OSSL_LIB_CTX *ks_crypto(void);
bool ks_crypto_has_legacy(void); /* false where legacy.so is not installed */

/* Cipher by OpenSSL name; NULL if there is none. EVP_CIPHER_free(). */
EVP_CIPHER *ks_crypto_cipher(const char *name);
/* Digest by OpenSSL name ("SHA1", "SHA256", "MD5", ...); NULL if there is none. Borrowed. */
const EVP_MD *ks_crypto_md(const char *name);
#define KS_SHA1_LEN 20
#define KS_SHA256_LEN 32
void ks_sha1(struct ks_slice in, uint8_t out[static KS_SHA1_LEN]);
void ks_sha256(struct ks_slice in, uint8_t out[static KS_SHA256_LEN]);

/* The reason of OpenSSL's last error in words, and an empty error queue. Never NULL. */
const char *ks_crypto_reason(void);

#endif
