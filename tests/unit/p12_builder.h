/*
 * PKCS#12 files put together by hand, for what no tool writes. Every function gives a fresh buffer
 * and takes over the buffers it is given, so that a file is one expression:
 *
 *   pfx(SAFES(clear_safe(BAGS(cert_bag(der, SET_OF(name_attr("a")))))), mac_of("secret"))
 *
 * Certificates come without a signature worth the name: nothing that is tested looks at it.
 */
#ifndef KSX_TEST_P12_BUILDER_H
#define KSX_TEST_P12_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/crypto.h"
#include "format/format.h"
#include "format/pbe.h"
#include "x509/der.h"
#include "x509/oid.h"

/* ---- DER ---- */

static inline struct ks_buf raw(const void *data, size_t len)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_buf_append(&out, data, len);
    return out;
}

static inline struct ks_slice view(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

static inline struct ks_buf join(struct ks_buf *parts, size_t count)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        ks_buf_slice(&out, view(&parts[i]));
        ks_buf_free(&parts[i]);
    }
    return out;
}

static inline struct ks_buf wrap(uint8_t tag, struct ks_buf body)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_der_put(&out, tag, view(&body));
    ks_buf_free(&body);
    return out;
}

/* Indefinite length; 0 in front of the tags of BER builders. */
static inline struct ks_buf wrap_ber(uint8_t tag, struct ks_buf body)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_buf_byte(&out, tag);
    ks_buf_byte(&out, 0x80);
    ks_buf_slice(&out, view(&body));
    ks_buf_append(&out, "\0\0", 2);
    ks_buf_free(&body);
    return out;
}

#define PARTS(...)                                                                                 \
    join((struct ks_buf[]){__VA_ARGS__},                                                           \
         sizeof((struct ks_buf[]){__VA_ARGS__}) / sizeof(struct ks_buf))
#define SEQ(...) wrap(KS_DER_SEQUENCE, PARTS(__VA_ARGS__))
#define SET_OF(...) wrap(KS_DER_SET, PARTS(__VA_ARGS__))
#define CTX(n, ...) wrap(KS_DER_CONTEXT_CONS(n), PARTS(__VA_ARGS__))
#define BAGS(...) SEQ(__VA_ARGS__)
#define SAFES(...) SEQ(__VA_ARGS__)
#define NOTHING ((struct ks_buf)KS_BUF_INIT)

static inline struct ks_buf oid(const char *dotted)
{
    struct ks_buf body = KS_BUF_INIT;
    assert_true(ks_oid_parse(dotted, &body));
    return wrap(KS_DER_OID, body);
}

static inline struct ks_buf number(uint64_t value)
{
    uint8_t bytes[9] = {0};
    size_t at = 9;
    do {
        bytes[--at] = (uint8_t)value;
        value >>= 8;
    } while (value);
    if (bytes[at] & 0x80)
        at--;
    return wrap(KS_DER_INTEGER, raw(bytes + at, 9 - at));
}

static inline struct ks_buf octets(struct ks_buf body)
{
    return wrap(KS_DER_OCTET_STRING, body);
}

static inline struct ks_buf text(uint8_t tag, const char *value)
{
    return wrap(tag, raw(value, strlen(value)));
}

/* ASCII only, and `len` characters of it, so that U+0000 can be among them. */
static inline struct ks_buf bmp(const char *ascii, size_t len)
{
    struct ks_buf body = KS_BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        ks_buf_byte(&body, 0);
        ks_buf_byte(&body, (uint8_t)ascii[i]);
    }
    return wrap(KS_DER_BMP_STRING, body);
}

/* A segmented OCTET STRING of indefinite length, as NSS writes them. */
static inline struct ks_buf segments(uint8_t tag, struct ks_buf body)
{
    struct ks_buf parts = KS_BUF_INIT;
    size_t half = body.len / 2;
    ks_der_put(&parts, KS_DER_OCTET_STRING, ks_slice(body.data, half));
    ks_der_put(&parts, KS_DER_OCTET_STRING, ks_slice(body.data + half, body.len - half));
    ks_buf_free(&body);
    return wrap_ber(tag, parts);
}

/* ---- certificates ---- */

struct cert_spec {
    const char *subject, *issuer; /* common names; NULL issuer: self-issued */
    const char *ski, *aki;        /* key identifiers; may be NULL */
    unsigned serial;
};

static inline struct ks_buf name_of(const char *cn)
{
    return SEQ(SET_OF(SEQ(oid("2.5.4.3"), text(KS_DER_UTF8_STRING, cn))));
}

static inline struct ks_buf key_id_extension(const char *type, struct ks_buf value)
{
    return SEQ(oid(type), octets(value));
}

static inline struct ks_buf test_spki(void)
{
    static const uint8_t point[66] = {0, 4, 1, 2, 3};
    return SEQ(SEQ(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
               wrap(KS_DER_BIT_STRING, raw(point, sizeof point)));
}

static inline struct ks_buf certificate(struct cert_spec s)
{
    struct ks_buf exts = NOTHING;
    if (s.ski) {
        struct ks_buf ext = key_id_extension("2.5.29.14", octets(raw(s.ski, strlen(s.ski))));
        ks_buf_slice(&exts, view(&ext));
        ks_buf_free(&ext);
    }
    if (s.aki) {
        struct ks_buf ext =
            key_id_extension("2.5.29.35", SEQ(wrap(KS_DER_CONTEXT(0), raw(s.aki, strlen(s.aki)))));
        ks_buf_slice(&exts, view(&ext));
        ks_buf_free(&ext);
    }
    struct ks_buf tail = exts.len ? CTX(3, SEQ(exts)) : exts;
    struct ks_buf tbs =
        SEQ(CTX(0, number(2)), number(s.serial ? s.serial : 1), SEQ(oid("1.2.840.10045.4.3.2")),
            name_of(s.issuer ? s.issuer : s.subject),
            SEQ(text(KS_DER_UTC_TIME, "250101000000Z"), text(KS_DER_UTC_TIME, "450101000000Z")),
            name_of(s.subject), test_spki(), tail);
    uint8_t signature[KS_SHA256_LEN + 1] = {0};
    ks_sha256(view(&tbs), signature + 1);
    return SEQ(tbs, SEQ(oid("1.2.840.10045.4.3.2")),
               wrap(KS_DER_BIT_STRING, raw(signature, sizeof signature)));
}

static inline struct ks_buf ca(const char *subject)
{
    return certificate((struct cert_spec){.subject = subject});
}

static inline struct ks_buf signed_by(const char *subject, const char *issuer)
{
    return certificate((struct cert_spec){.subject = subject, .issuer = issuer});
}

/* ---- encryption ---- */

enum { AES256, AES192, DES3, DOUBLE_OID };

static inline struct ks_buf run_cipher(const char *name, const uint8_t *key, const uint8_t *iv,
                                       struct ks_buf plain)
{
    struct ks_buf out = KS_BUF_INIT;
    uint8_t *cipher = ks_alloc(plain.len + 32);
    int first = 0, last = 0;
    EVP_CIPHER *evp = ks_crypto_cipher(name);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    assert_non_null(evp);
    assert_int_equal(EVP_EncryptInit_ex2(ctx, evp, key, iv, NULL), 1);
    assert_int_equal(EVP_EncryptUpdate(ctx, cipher, &first, plain.data, (int)plain.len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(ctx, cipher + first, &last), 1);
    ks_buf_append(&out, cipher, (size_t)(first + last));
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(evp);
    free(cipher);
    ks_buf_free(&plain);
    return out;
}

static const uint8_t test_salt[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint64_t test_rounds = 7;

/* What a password is to PKCS#12's own derivation; NULL: no bytes at all. */
static inline struct ks_buf bmp_password(const char *password)
{
    struct ks_buf out = NOTHING;
    if (!password)
        return out;
    struct ks_secret *plain = ks_secret_new(password, strlen(password));
    struct ks_secret *wide = ks_secret_bmp(plain);
    ks_buf_slice(&out, ks_secret_bytes(wide));
    ks_secret_free(wide);
    ks_secret_free(plain);
    return out;
}

static inline void pkcs12_key(const char *hash, uint8_t id, const char *password, uint64_t rounds,
                              uint8_t *out, size_t len)
{
    struct ks_buf pw = bmp_password(password);
    assert_int_equal(
        ks_kdf_pkcs12(hash, id, view(&pw), ks_slice(test_salt, 16), rounds, out, len, NULL, NULL),
        KS_OK);
    ks_buf_free(&pw);
}

static inline struct ks_buf pbkdf2_params(uint64_t rounds)
{
    return SEQ(oid("1.2.840.113549.1.5.12"),
               SEQ(octets(raw(test_salt, 16)), number(rounds),
                   SEQ(oid("1.2.840.113549.2.9"), wrap(KS_DER_NULL, NOTHING))));
}

/* Two parts: *alg is the AlgorithmIdentifier, the result the ciphertext. */
static inline struct ks_buf encrypt(int how, const char *password, struct ks_buf plain,
                                    struct ks_buf *alg)
{
    uint8_t key[32], iv[16] = {9};
    struct ks_slice pw = password ? ks_slice_str(password) : ks_slice(NULL, 0);
    if (how == DES3) {
        pkcs12_key("SHA1", 1, password, test_rounds, key, 24);
        pkcs12_key("SHA1", 2, password, test_rounds, iv, 8);
        *alg = SEQ(oid("1.2.840.113549.1.12.1.3"),
                   SEQ(octets(raw(test_salt, 16)), number(test_rounds)));
        return run_cipher("DES-EDE3-CBC", key, iv, plain);
    }
    assert_int_equal(
        ks_kdf_pbkdf2("SHA256", pw, ks_slice(test_salt, 16), test_rounds, key, 32, NULL, NULL),
        KS_OK);
    struct ks_buf inner =
        SEQ(pbkdf2_params(test_rounds),
            SEQ(oid(how == AES192 ? "2.16.840.1.101.3.4.1.22" : "2.16.840.1.101.3.4.1.42"),
                octets(raw(iv, 16))));
    if (how == DOUBLE_OID)
        inner = SEQ(oid("1.2.840.113549.1.5.13"), inner);
    *alg = SEQ(oid("1.2.840.113549.1.5.13"), inner);
    return run_cipher(how == AES192 ? "AES-192-CBC" : "AES-256-CBC", key, iv, plain);
}

static inline struct ks_buf epki(int how, const char *password, struct ks_buf pkcs8)
{
    struct ks_buf alg, cipher = encrypt(how, password, pkcs8, &alg);
    return SEQ(alg, octets(cipher));
}

/* Shaped like one: enough for everything that does not unlock it. */
static inline struct ks_buf any_epki(void)
{
    return epki(
        AES256, "secret",
        SEQ(number(0), SEQ(oid("2.16.840.1.101.3.4.1")), octets(raw("0123456789abcdef", 16))));
}

/* ---- bags ---- */

static inline struct ks_buf attr(const char *type, struct ks_buf value)
{
    return SEQ(oid(type), SET_OF(value));
}

static inline struct ks_buf name_attr(const char *ascii)
{
    return attr("1.2.840.113549.1.9.20", bmp(ascii, strlen(ascii)));
}

static inline struct ks_buf id_attr(const char *id)
{
    return attr("1.2.840.113549.1.9.21", octets(raw(id, strlen(id))));
}

static inline struct ks_buf trusted_attr(void)
{
    return attr("2.16.840.1.113894.746875.1.1", oid("2.5.29.37.0"));
}

static inline struct ks_buf bag(unsigned type, struct ks_buf value, struct ks_buf attrs)
{
    char dotted[64];
    (void)snprintf(dotted, sizeof dotted, "1.2.840.113549.1.12.10.1.%u", type);
    return SEQ(oid(dotted), CTX(0, value), attrs);
}

static inline struct ks_buf cert_bag(struct ks_buf der, struct ks_buf attrs)
{
    return bag(3, SEQ(oid("1.2.840.113549.1.9.22.1"), CTX(0, octets(der))), attrs);
}

static inline struct ks_buf key_bag(struct ks_buf attrs)
{
    return bag(2, any_epki(), attrs);
}

static inline struct ks_buf clear_key_bag(struct ks_buf attrs)
{
    return bag(1,
               SEQ(number(0), SEQ(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
                   octets(raw("not a key", 9))),
               attrs);
}

static inline struct ks_buf java_secret_bag(struct ks_buf encrypted, struct ks_buf attrs)
{
    return bag(5, SEQ(oid("1.2.840.113549.1.12.10.1.2"), CTX(0, octets(encrypted))), attrs);
}

/* ---- safes ---- */

static inline struct ks_buf clear_safe(struct ks_buf contents)
{
    return SEQ(oid("1.2.840.113549.1.7.1"), CTX(0, octets(contents)));
}

static inline struct ks_buf encrypted_data(struct ks_buf alg, struct ks_buf data)
{
    return SEQ(oid("1.2.840.113549.1.7.6"),
               CTX(0, SEQ(number(0), SEQ(oid("1.2.840.113549.1.7.1"), alg, data))));
}

static inline struct ks_buf encrypted_safe(int how, const char *password, struct ks_buf contents)
{
    struct ks_buf alg, cipher = encrypt(how, password, contents, &alg);
    return encrypted_data(alg, wrap(KS_DER_CONTEXT(0), cipher));
}

/* ---- the PFX ---- */

struct mac_spec {
    const char *hash; /* NULL: no MAC */
    const char *digest_oid;
    const char *password; /* NULL: no bytes at all */
    uint64_t rounds;      /* 0: the field is absent, which means 1 */
};
static const struct mac_spec no_mac = {0};

static inline struct mac_spec mac_of(const char *password)
{
    return (struct mac_spec){"SHA256", "2.16.840.1.101.3.4.2.1", password, 5};
}

static inline struct ks_buf mac_data(const struct mac_spec *m, struct ks_slice covered)
{
    uint8_t key[64], digest[64];
    size_t len = 0, key_len = (size_t)EVP_MD_get_size(ks_crypto_md(m->hash));
    /* a number of rounds that is refused need not be carried out */
    uint64_t rounds = m->rounds == 0 || m->rounds > 1000000 ? 1 : m->rounds;
    pkcs12_key(m->hash, 3, m->password, rounds, key, key_len);
    assert_non_null(EVP_Q_mac(ks_crypto(), "HMAC", NULL, m->hash, NULL, key, key_len, covered.data,
                              covered.len, digest, sizeof digest, &len));
    return SEQ(SEQ(SEQ(oid(m->digest_oid), wrap(KS_DER_NULL, NOTHING)), octets(raw(digest, len))),
               octets(raw(test_salt, 16)), m->rounds ? number(m->rounds) : NOTHING);
}

static inline struct ks_buf pfx_with(struct ks_buf safes, struct ks_buf mac)
{
    return SEQ(number(3), SEQ(oid("1.2.840.113549.1.7.1"), CTX(0, octets(safes))), mac);
}

static inline struct ks_buf pfx(struct ks_buf safes, struct mac_spec mac)
{
    struct ks_buf data = mac.hash ? mac_data(&mac, view(&safes)) : NOTHING;
    return pfx_with(safes, data);
}

/* ---- loading ---- */

/* Loads and frees the bytes. NULL password: none. The store is NULL when it fails. */
static inline struct ks_store *load_p12(struct ks_buf bytes, const char *password,
                                        enum ks_code *code, struct ks_error *err)
{
    struct ks_secret *secret = password ? ks_secret_new(password, strlen(password)) : NULL;
    struct ks_store *store = ks_store_new("test.p12", ks_blob_copy(view(&bytes)));
    store->format = &ks_format_pkcs12;
    *code = ks_format_pkcs12.load(store, secret, NULL, err);
    ks_secret_free(secret);
    ks_buf_free(&bytes);
    if (*code == KS_OK)
        return store;
    ks_store_free(store);
    return NULL;
}

static inline struct ks_store *must_load(struct ks_buf bytes, const char *password)
{
    struct ks_error err = {0};
    enum ks_code code;
    struct ks_store *store = load_p12(bytes, password, &code, &err);
    if (!store)
        fail_msg("not loaded: %s", err.what);
    return store;
}

static inline const struct ks_entry *must_find(const struct ks_store *store, const char *alias)
{
    for (size_t i = 0; i < ks_store_count(store); i++)
        if (strcmp(ks_store_entry(store, i)->alias, alias) == 0)
            return ks_store_entry(store, i);
    fail_msg("no entry '%s'", alias);
    return NULL;
}

static inline const char *fact_of(const struct ks_store *store, const char *label)
{
    for (size_t i = 0; i < store->fact_count; i++)
        if (strcmp(store->facts[i].label, label) == 0)
            return store->facts[i].text;
    return "";
}

#endif
