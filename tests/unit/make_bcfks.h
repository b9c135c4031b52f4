/*
 * BCFKS files made field by field, so that each field can be made wrong. Nothing here runs the code
 * under test: keys, ciphertext and MAC come from OpenSSL's own functions.
 *
 *   struct ks_buf objects = KS_BUF_INIT;
 *   bcfks_object(&objects, 0, "root", der, NULL);
 *   struct ks_buf data = bcfks_data(&objects, NULL), file = bcfks_file(&data, "changeit");
 */
#ifndef KSX_TESTS_MAKE_BCFKS_H
#define KSX_TESTS_MAKE_BCFKS_H

#include "make_store.h"

#include <openssl/hmac.h>
#include <stdint.h>

#define BCFKS_ROUNDS 16
#define BCFKS_SALT "\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
#define BCFKS_NONCE "\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b"
#define BCFKS_OLD "20240101000000Z" /* creation */
#define BCFKS_NEW "20250203040506Z" /* last change: 1738555506 */

#define OID_TLV(name, bytes) static const char name[] = bytes
OID_TLV(oid_pbes2, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
OID_TLV(oid_pbkdf2, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c");
OID_TLV(oid_scrypt, "\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x04\x0b");
OID_TLV(oid_ccm, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2f");
OID_TLV(oid_kwp, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x30");
OID_TLV(oid_aes, "\x06\x08\x60\x86\x48\x01\x65\x03\x04\x01");
OID_TLV(hmac_sha512, "\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x0b\x05\x00");
#define LITERAL(text) ks_slice(text, sizeof(text) - 1)

/* ---- DER ---- */

static inline void der_uint(struct ks_buf *out, uint64_t value)
{
    uint8_t bytes[9];
    size_t at = sizeof bytes;
    do {
        bytes[--at] = (uint8_t)value;
        value >>= 8;
    } while (value);
    if (bytes[at] & 0x80)
        bytes[--at] = 0;
    ks_der_put(out, KS_DER_INTEGER, ks_slice(bytes + at, sizeof bytes - at));
}

/* Puts everything in `body` into one element; `body` is empty then. */
static inline void der_wrap(struct ks_buf *out, uint8_t tag, struct ks_buf *body)
{
    ks_der_put(out, tag, buf_slice(body));
    ks_buf_free(body);
}

/* ---- algorithms ---- */

static inline struct ks_buf bcfks_pbkdf2(uint64_t rounds, uint64_t key_len)
{
    struct ks_buf params = KS_BUF_INIT, alg = KS_BUF_INIT, out = KS_BUF_INIT;
    ks_der_put(&params, KS_DER_OCTET_STRING, LITERAL(BCFKS_SALT));
    der_uint(&params, rounds);
    if (key_len)
        der_uint(&params, key_len);
    ks_buf_slice(&params, LITERAL(hmac_sha512));
    ks_buf_slice(&alg, LITERAL(oid_pbkdf2));
    der_wrap(&alg, KS_DER_SEQUENCE, &params);
    der_wrap(&out, KS_DER_SEQUENCE, &alg);
    return out;
}

static inline struct ks_buf bcfks_scrypt(uint64_t n, uint64_t r, uint64_t p, uint64_t key_len)
{
    struct ks_buf params = KS_BUF_INIT, alg = KS_BUF_INIT, out = KS_BUF_INIT;
    ks_der_put(&params, KS_DER_OCTET_STRING, LITERAL(BCFKS_SALT));
    der_uint(&params, n);
    der_uint(&params, r);
    der_uint(&params, p);
    der_uint(&params, key_len);
    ks_buf_slice(&alg, LITERAL(oid_scrypt));
    der_wrap(&alg, KS_DER_SEQUENCE, &params);
    der_wrap(&out, KS_DER_SEQUENCE, &alg);
    return out;
}

/* PBES2 of `kdf` (freed) and AES-CCM; tag_len 0: left out, which means 12. */
static inline struct ks_buf bcfks_ccm(struct ks_buf kdf, uint64_t tag_len)
{
    struct ks_buf params = KS_BUF_INIT, cipher = KS_BUF_INIT, out = KS_BUF_INIT, alg = KS_BUF_INIT;
    ks_der_put(&params, KS_DER_OCTET_STRING, LITERAL(BCFKS_NONCE));
    if (tag_len)
        der_uint(&params, tag_len);
    ks_buf_slice(&cipher, LITERAL(oid_ccm));
    der_wrap(&cipher, KS_DER_SEQUENCE, &params);
    der_wrap(&kdf, KS_DER_SEQUENCE, &cipher);
    ks_buf_slice(&alg, LITERAL(oid_pbes2));
    der_wrap(&alg, KS_DER_SEQUENCE, &kdf);
    der_wrap(&out, KS_DER_SEQUENCE, &alg);
    return out;
}

static inline struct ks_buf bcfks_kwp(struct ks_buf kdf)
{
    struct ks_buf out = KS_BUF_INIT, alg = KS_BUF_INIT;
    ks_der_put(&kdf, KS_DER_SEQUENCE, LITERAL(oid_kwp));
    ks_buf_slice(&alg, LITERAL(oid_pbes2));
    der_wrap(&alg, KS_DER_SEQUENCE, &kdf);
    der_wrap(&out, KS_DER_SEQUENCE, &alg);
    return out;
}

/* ---- what they do ---- */

/* Password (ASCII) and purpose as BMPStrings; an empty password is nothing. */
static inline struct ks_buf bcfks_password(const char *password, const char *purpose)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; password[0] && i <= strlen(password); i++) {
        ks_buf_byte(&out, 0);
        ks_buf_byte(&out, (uint8_t)password[i]);
    }
    for (size_t i = 0; i <= strlen(purpose); i++) {
        ks_buf_byte(&out, 0);
        ks_buf_byte(&out, (uint8_t)purpose[i]);
    }
    return out;
}

static inline void bcfks_key(const char *password, const char *purpose, int rounds, uint8_t *out,
                             size_t len)
{
    struct ks_buf pw = bcfks_password(password, purpose);
    if (PKCS5_PBKDF2_HMAC((const char *)pw.data, (int)pw.len, (const unsigned char *)BCFKS_SALT, 16,
                          rounds, EVP_sha512(), (int)len, out) != 1)
        abort();
    ks_buf_free(&pw);
}

static inline struct ks_buf ccm_encrypt(const uint8_t key[static 32], struct ks_slice plain,
                                        int tag_len)
{
    struct ks_buf out = KS_BUF_INIT;
    int len = 0;
    uint8_t tag[16], *sealed = malloc(plain.len + 1);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!sealed || EVP_EncryptInit_ex(ctx, EVP_aes_256_ccm(), NULL, NULL, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, NULL) != 1 ||
        EVP_EncryptInit_ex(ctx, NULL, NULL, key, (const unsigned char *)BCFKS_NONCE) != 1 ||
        EVP_EncryptUpdate(ctx, NULL, &len, NULL, (int)plain.len) != 1 ||
        EVP_EncryptUpdate(ctx, sealed, &len, plain.data, (int)plain.len) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, tag) != 1)
        abort();
    ks_buf_append(&out, sealed, plain.len);
    ks_buf_append(&out, tag, (size_t)tag_len);
    EVP_CIPHER_CTX_free(ctx);
    free(sealed);
    return out;
}

static inline struct ks_buf kwp_encrypt(const uint8_t key[static 32], struct ks_slice plain)
{
    struct ks_buf out = KS_BUF_INIT;
    int len = 0;
    uint8_t *sealed = malloc(plain.len + 16);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    if (!sealed || EVP_EncryptInit_ex(ctx, EVP_aes_256_wrap_pad(), NULL, key, NULL) != 1 ||
        EVP_EncryptUpdate(ctx, sealed, &len, plain.data, (int)plain.len) != 1)
        abort();
    ks_buf_append(&out, sealed, (size_t)len);
    EVP_CIPHER_CTX_free(ctx);
    free(sealed);
    return out;
}

/* SEQUENCE { alg, OCTET STRING }; frees both. */
static inline struct ks_buf bcfks_pair(struct ks_buf alg, struct ks_buf ciphertext)
{
    struct ks_buf out = KS_BUF_INIT;
    der_wrap(&alg, KS_DER_OCTET_STRING, &ciphertext);
    der_wrap(&out, KS_DER_SEQUENCE, &alg);
    return out;
}

static inline struct ks_buf bcfks_seal(struct ks_slice plain, const char *purpose,
                                       const char *password)
{
    uint8_t key[32];
    bcfks_key(password, purpose, BCFKS_ROUNDS, key, sizeof key);
    return bcfks_pair(bcfks_ccm(bcfks_pbkdf2(BCFKS_ROUNDS, 32), 8), ccm_encrypt(key, plain, 8));
}

/* ---- the layers ---- */

static inline void bcfks_object(struct ks_buf *out, uint64_t type, const char *name,
                                struct ks_slice data, const char *comment)
{
    struct ks_buf body = KS_BUF_INIT;
    der_uint(&body, type);
    ks_der_put(&body, KS_DER_UTF8_STRING, ks_slice_str(name));
    ks_der_put(&body, KS_DER_GENERALIZED_TIME, LITERAL(BCFKS_OLD));
    ks_der_put(&body, KS_DER_GENERALIZED_TIME, LITERAL(BCFKS_NEW));
    ks_der_put(&body, KS_DER_OCTET_STRING, data);
    if (comment)
        ks_der_put(&body, KS_DER_UTF8_STRING, ks_slice_str(comment));
    der_wrap(out, KS_DER_SEQUENCE, &body);
}

/* A private key with one certificate, under its own password. */
static inline void bcfks_private(struct ks_buf *out, const char *name, struct ks_slice pkcs8,
                                 struct ks_slice cert, const char *password)
{
    struct ks_buf body = bcfks_seal(pkcs8, "PRIVATE_KEY_ENCRYPTION", password);
    struct ks_buf data = KS_BUF_INIT;
    ks_der_put(&body, KS_DER_SEQUENCE, cert);
    der_wrap(&data, KS_DER_SEQUENCE, &body);
    bcfks_object(out, 1, name, buf_slice(&data), NULL);
    ks_buf_free(&data);
}

static inline void bcfks_secret(struct ks_buf *out, uint64_t type, const char *name,
                                struct ks_slice key, const char *password)
{
    struct ks_buf body = KS_BUF_INIT, plain = KS_BUF_INIT;
    ks_buf_slice(&body, LITERAL(oid_aes));
    ks_der_put(&body, KS_DER_OCTET_STRING, key);
    der_wrap(&plain, KS_DER_SEQUENCE, &body);
    struct ks_buf data = bcfks_seal(buf_slice(&plain), "SECRET_KEY_ENCRYPTION", password);
    bcfks_object(out, type, name, buf_slice(&data), NULL);
    ks_buf_free(&plain);
    ks_buf_free(&data);
}

/* ObjectStoreData of the objects, which are freed. */
static inline struct ks_buf bcfks_data(struct ks_buf *objects, const char *comment)
{
    struct ks_buf body = KS_BUF_INIT, out = KS_BUF_INIT;
    der_uint(&body, 1);
    ks_buf_slice(&body, LITERAL(hmac_sha512));
    ks_der_put(&body, KS_DER_GENERALIZED_TIME, LITERAL(BCFKS_OLD));
    ks_der_put(&body, KS_DER_GENERALIZED_TIME, LITERAL(BCFKS_NEW));
    der_wrap(&body, KS_DER_SEQUENCE, objects);
    if (comment)
        ks_der_put(&body, KS_DER_UTF8_STRING, ks_slice_str(comment));
    der_wrap(&out, KS_DER_SEQUENCE, &body);
    return out;
}

/* ObjectStore: storeData (freed) and a check (freed). */
static inline struct ks_buf bcfks_with_check(struct ks_buf store_data, struct ks_buf check)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_buf_slice(&store_data, buf_slice(&check));
    ks_buf_free(&check);
    der_wrap(&out, KS_DER_SEQUENCE, &store_data);
    return out;
}

/* PbkdMacIntegrityCheck with the key given; `kdf` is freed. */
static inline struct ks_buf bcfks_mac(struct ks_slice store_data, struct ks_buf kdf,
                                      struct ks_slice key)
{
    struct ks_buf body = KS_BUF_INIT, out = KS_BUF_INIT;
    uint8_t mac[64];
    unsigned len = 0;
    if (!HMAC(EVP_sha512(), key.data, (int)key.len, store_data.data, store_data.len, mac, &len))
        abort();
    ks_buf_slice(&body, LITERAL(hmac_sha512));
    ks_buf_slice(&body, buf_slice(&kdf));
    ks_buf_free(&kdf);
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(mac, len));
    der_wrap(&out, KS_DER_SEQUENCE, &body);
    return out;
}

static inline struct ks_buf bcfks_checked(struct ks_buf store_data, const char *password)
{
    uint8_t key[64];
    bcfks_key(password, "INTEGRITY_CHECK", BCFKS_ROUNDS, key, sizeof key);
    struct ks_buf mac = bcfks_mac(buf_slice(&store_data), bcfks_pbkdf2(BCFKS_ROUNDS, sizeof key),
                                  ks_slice(key, sizeof key));
    return bcfks_with_check(store_data, mac);
}

/* The whole file of an ObjectStoreData, which is freed. */
static inline struct ks_buf bcfks_file(struct ks_buf *data, const char *password)
{
    struct ks_buf sealed = bcfks_seal(buf_slice(data), "STORE_ENCRYPTION", password);
    ks_buf_free(data);
    return bcfks_checked(sealed, password);
}

#endif
