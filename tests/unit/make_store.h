/*
 * JKS and JCEKS files made field by field, so that each field can be made wrong.
 *
 *   struct ks_buf b = jks_begin(JKS, 2, 1);
 *   jks_head(&b, 2, "root", 1000);
 *   jks_cert(&b, 2, "X.509", der);
 *   jks_digest(&b, "changeit");
 *   struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
 */
#ifndef KSX_TESTS_MAKE_STORE_H
#define KSX_TESTS_MAKE_STORE_H

#include "base/crypto.h"
#include "base/secret.h"
#include "format/format.h"
#include "format/kdf.h"
#include "hex.h"
#include "x509/der.h"

#include <openssl/evp.h>

#define JKS 0xfeedfeedu
#define JCEKS 0xcecececeu

static inline void put_u32(struct ks_buf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ks_buf_byte(b, (uint8_t)(v >> shift));
}

static inline void put_u64(struct ks_buf *b, uint64_t v)
{
    put_u32(b, (uint32_t)(v >> 32));
    put_u32(b, (uint32_t)v);
}

static inline void put_utf(struct ks_buf *b, struct ks_slice text)
{
    ks_buf_byte(b, (uint8_t)(text.len >> 8));
    ks_buf_byte(b, (uint8_t)text.len);
    ks_buf_slice(b, text);
}

static inline void put_block(struct ks_buf *b, struct ks_slice bytes)
{
    put_u32(b, (uint32_t)bytes.len);
    ks_buf_slice(b, bytes);
}

/* ---- JKS ---- */

static inline struct ks_buf jks_begin(uint32_t magic, uint32_t version, uint32_t count)
{
    struct ks_buf b = KS_BUF_INIT;
    put_u32(&b, magic);
    put_u32(&b, version);
    put_u32(&b, count);
    return b;
}

static inline void jks_head_raw(struct ks_buf *b, uint32_t tag, struct ks_slice alias, int64_t date)
{
    put_u32(b, tag);
    put_utf(b, alias);
    put_u64(b, (uint64_t)date);
}

static inline void jks_head(struct ks_buf *b, uint32_t tag, const char *alias, int64_t date)
{
    jks_head_raw(b, tag, ks_slice_str(alias), date);
}

static inline void jks_cert(struct ks_buf *b, uint32_t version, const char *type,
                            struct ks_slice der)
{
    if (version != 1)
        put_utf(b, ks_slice_str(type));
    put_block(b, der);
}

static inline void jks_trusted(struct ks_buf *b, const char *alias, struct ks_slice der)
{
    jks_head(b, 2, alias, 1000000000000);
    jks_cert(b, 2, "X.509", der);
}

static inline void sha1_of(struct ks_slice a, struct ks_slice b, struct ks_slice c, uint8_t *out)
{
    struct ks_buf all = KS_BUF_INIT;
    ks_buf_slice(&all, a);
    ks_buf_slice(&all, b);
    ks_buf_slice(&all, c);
    ks_sha1(buf_slice(&all), out);
    ks_buf_free(&all);
}

static inline void jks_digest(struct ks_buf *b, const char *password)
{
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    struct ks_secret *wide = ks_secret_utf16be(pw);
    uint8_t digest[KS_SHA1_LEN];

    sha1_of(ks_secret_bytes(wide), ks_slice_str("Mighty Aphrodite"), buf_slice(b), digest);
    ks_buf_append(b, digest, sizeof digest);
    ks_secret_free(pw);
    ks_secret_free(wide);
}

/* Sun's key protector with the salt 00..13. */
static inline struct ks_buf jks_protect(struct ks_slice pkcs8, const char *password)
{
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    struct ks_secret *wide = ks_secret_utf16be(pw);
    struct ks_slice none = ks_slice(NULL, 0), key = ks_secret_bytes(wide);
    struct ks_buf blob = KS_BUF_INIT, body = KS_BUF_INIT, epki = KS_BUF_INIT;
    uint8_t digest[KS_SHA1_LEN];

    for (uint8_t i = 0; i < sizeof digest; i++)
        digest[i] = i;
    ks_buf_append(&blob, digest, sizeof digest);
    for (size_t i = 0; i < pkcs8.len; i++) {
        if (i % sizeof digest == 0)
            sha1_of(key, ks_slice(digest, sizeof digest), none, digest);
        ks_buf_byte(&blob, pkcs8.data[i] ^ digest[i % sizeof digest]);
    }
    sha1_of(key, pkcs8, none, digest);
    ks_buf_append(&blob, digest, sizeof digest);

    body = hex_bytes("300e060a2b060104012a021101010500");
    ks_der_put(&body, KS_DER_OCTET_STRING, buf_slice(&blob));
    ks_der_put(&epki, KS_DER_SEQUENCE, buf_slice(&body));
    ks_buf_free(&blob);
    ks_buf_free(&body);
    ks_secret_free(pw);
    ks_secret_free(wide);
    return epki;
}

static inline void jks_key(struct ks_buf *b, const char *alias, struct ks_slice pkcs8,
                           const char *password, uint32_t chain_len)
{
    struct ks_buf epki = jks_protect(pkcs8, password);
    jks_head(b, 1, alias, 1000000000000);
    put_block(b, buf_slice(&epki));
    put_u32(b, chain_len);
    ks_buf_free(&epki);
}

/* ---- JCEKS ---- */

/* com.sun.crypto.provider.SealedObjectForKeyProtector up to its first field, as JDKs write it. */
#define JCEKS_SEALED                                                                               \
    "aced000573720033636f6d2e73756e2e63727970746f2e70726f76696465722e5365616c65644f626a656374466f" \
    "724b657950726f746563746f72cd57ca59e730bb53020000787200196a617661782e63727970746f2e5365616c65" \
    "644f626a6563743e363da6c3b754700200045b000d656e636f646564506172616d737400025b425b0010656e6372" \
    "7970746564436f6e74656e7471007e00024c0009706172616d73416c677400124c6a6176612f6c616e672f537472" \
    "696e673b4c00077365616c416c6771007e00037870757200025b42acf317f8060854e00200007870"
/* The same object as a bare javax.crypto.SealedObject. */
#define JCEKS_BARE_SEALED                                                                          \
    "aced00057372"                                                                                 \
    "00196a617661782e63727970746f2e5365616c65644f626a6563743e363da6c3b754700200045b000d656e636f64" \
    "6564506172616d737400025b425b0010656e63727970746564436f6e74656e7471007e00014c000970617261"     \
    "6d73416c677400124c6a6176612f6c616e672f537472696e673b4c00077365616c416c6771007e00027870757200" \
    "025b42acf317f8060854e00200007870"

/* 3DES under the key of Sun's derivation from the salt 0102030405060708. */
static inline struct ks_buf sun_encrypt(struct ks_slice plain, const char *password,
                                        uint32_t rounds)
{
    static const uint8_t salt[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct ks_buf out = KS_BUF_INIT;
    uint8_t key[32], *sealed = malloc(plain.len + 16);
    int first = 0, last = 0;

    if (!sealed || ks_kdf_sun_md5(ks_slice_str(password), salt, rounds, false, key, NULL, NULL))
        abort();
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (EVP_EncryptInit_ex(ctx, EVP_des_ede3_cbc(), NULL, key, key + 24) != 1 ||
        EVP_EncryptUpdate(ctx, sealed, &first, plain.data, (int)plain.len) != 1 ||
        EVP_EncryptFinal_ex(ctx, sealed + first, &last) != 1)
        abort();
    EVP_CIPHER_CTX_free(ctx);
    ks_buf_append(&out, sealed, (size_t)(first + last));
    free(sealed);
    return out;
}

/* SEQUENCE { salt, rounds } */
static inline struct ks_buf sun_params(uint32_t rounds)
{
    struct ks_buf body = hex_bytes("04080102030405060708"), number = KS_BUF_INIT, out = KS_BUF_INIT;
    for (int shift = 32; shift >= 0; shift -= 8) { /* from a first octet that is 0 */
        uint8_t octet = (uint8_t)((uint64_t)rounds >> shift);
        bool needed = shift == 0 || (uint64_t)rounds >> (shift - 1) != 0;
        if (needed)
            ks_buf_byte(&number, octet);
    }
    ks_der_put(&body, KS_DER_INTEGER, buf_slice(&number));
    ks_der_put(&out, KS_DER_SEQUENCE, buf_slice(&body));
    ks_buf_free(&number);
    ks_buf_free(&body);
    return out;
}

/* An object stream that seals `plain`; `start` is JCEKS_SEALED or JCEKS_BARE_SEALED. */
static inline struct ks_buf jceks_seal(const char *start, struct ks_slice params,
                                       struct ks_slice content, const char *algorithm)
{
    bool bare = strcmp(start, JCEKS_BARE_SEALED) == 0;
    struct ks_buf out = hex_bytes(start);

    put_block(&out, params);
    ks_buf_append(&out, bare ? "\x75\x71\0\x7e\0\4" : "\x75\x71\0\x7e\0\5", 6);
    put_block(&out, content);
    for (int i = 0; i < 2; i++) {
        ks_buf_byte(&out, 0x74);
        put_utf(&out, ks_slice_str(algorithm));
    }
    return out;
}

static inline void jceks_secret(struct ks_buf *b, const char *alias, struct ks_slice inner,
                                const char *password)
{
    struct ks_buf params = sun_params(20), content = sun_encrypt(inner, password, 20);
    struct ks_buf stream =
        jceks_seal(JCEKS_SEALED, buf_slice(&params), buf_slice(&content), "PBEWithMD5AndTripleDES");
    jks_head(b, 3, alias, 1000000000000);
    ks_buf_slice(b, buf_slice(&stream));
    ks_buf_free(&params);
    ks_buf_free(&content);
    ks_buf_free(&stream);
}

/* ---- opening ---- */

struct opened {
    enum ks_code rc;
    struct ks_store *store; /* NULL unless rc is KS_OK */
    struct ks_error err;
};

/* `password` NULL = none. The bytes are copied into memory of exactly their size. */
static inline struct opened open_bytes(const struct ks_format *format, const struct ks_buf *bytes,
                                       const char *password)
{
    struct opened o = {0};
    struct ks_secret *pw = password ? ks_secret_new(password, strlen(password)) : NULL;

    o.store = ks_store_new("dir/test.ks", ks_blob_copy(buf_slice(bytes)));
    o.store->format = format;
    o.rc = format->load(o.store, pw, NULL, &o.err);
    if (o.rc == KS_OK && (o.store->password || pw)) {
        ks_store_learn(o.store, o.store->password ? o.store->password : pw);
    } else if (o.rc != KS_OK) {
        ks_store_free(o.store);
        o.store = NULL;
    }
    ks_secret_free(pw);
    return o;
}

static inline enum ks_code unlock(const struct ks_store *store, size_t index, const char *password,
                                  struct ks_unlocked *out, struct ks_error *err)
{
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    enum ks_code rc =
        ks_unlock(store, ks_store_entry(store, index), pw, NULL, out, err);
    ks_secret_free(pw);
    return rc;
}

static inline const char *fact(const struct ks_store *s, const char *label)
{
    for (size_t i = 0; i < s->fact_count; i++)
        if (strcmp(s->facts[i].label, label) == 0)
            return s->facts[i].text;
    return "";
}

#endif
