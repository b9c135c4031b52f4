#include "x509/private.h"

#include "x509/der.h"
#include "x509/oid.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL computes the public half of a DSA or DH key by a modular exponentiation as wide as the
 * file says; 16,384 bits take half a second. Others are read in linear time. */
#define MAX_DECODED 65536
#define MAX_DISCRETE_LOG 8192

bool ks_private_parse(struct ks_slice in, struct ks_private *out)
{
    struct ks_tlv seq, alg, oid, octets, tlv;

    *out = (struct ks_private){0};
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_INTEGER) ||
        !ks_der_expect(&seq.body, KS_DER_SEQUENCE, &alg) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &octets))
        return false;
    struct ks_slice inside = alg.body;
    if (!ks_der_expect(&inside, KS_DER_OID, &oid))
        return false;
    *out = (struct ks_private){.oid = oid.body, .alg = alg.whole, .octets = octets.whole};
    out->key = octets.body;
    while (ks_der_next(&seq.body, &tlv))
        if (tlv.tag == KS_DER_CONTEXT(1) && tlv.body.len > 1)
            out->public_key = ks_slice_part(tlv.body, 1, tlv.body.len - 1);
    return true;
}

/* ---- by their numbers ---- */

/*
 * OpenSSL's decoders leave copies of elliptic keys in freed memory (EC_PRIVATEKEY_free does not
 * wipe). What is not written as it usually is, is left to them all the same.
 */
#define MAX_SCALAR 72 /* octets: 571 bits are the largest curve of OpenSSL */

static EVP_PKEY *open_raw(const struct ks_private *k)
{
    static const struct {
        const char *oid, *name;
    } curves[] = {{"\x2b\x65\x70", "ED25519"},
                  {"\x2b\x65\x71", "ED448"},
                  {"\x2b\x65\x6e", "X25519"},
                  {"\x2b\x65\x6f", "X448"}};
    struct ks_slice in = k->key;
    struct ks_tlv raw;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (ks_der_oid_is(k->oid, curves[i].oid, 3) &&
            ks_der_expect(&in, KS_DER_OCTET_STRING, &raw))
            return EVP_PKEY_new_raw_private_key_ex(ks_crypto(), curves[i].name, NULL, raw.body.data,
                                                   raw.body.len);
    return NULL;
}

/* ECPrivateKey, RFC 5915, of a curve that is named outside of it, with its uncompressed point. */
static bool parse_ec(const struct ks_private *k, struct ks_slice *scalar, struct ks_slice *point)
{
    struct ks_slice in = k->key;
    struct ks_tlv seq, number, field;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_INTEGER) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &number) ||
        !ks_der_expect(&seq.body, KS_DER_CONTEXT_CONS(1), &field) ||
        !ks_der_expect(&field.body, KS_DER_BIT_STRING, &field) || field.body.len < 2 ||
        field.body.data[1] != 4)
        return false;
    *scalar = number.body;
    *point = ks_slice_part(field.body, 1, field.body.len - 1);
    return scalar->len > 0 && scalar->len <= MAX_SCALAR;
}

static EVP_PKEY *key_from(OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(ks_crypto(), "EC", NULL);
    if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *open_ec(const struct ks_private *k)
{
    struct ks_slice alg = k->alg, scalar, point;
    struct ks_tlv outer, curve;
    if (!ks_der_oid_is(k->oid, "\x2a\x86\x48\xce\x3d\x02\x01", 7) ||
        !parse_ec(k, &scalar, &point) || !ks_der_expect(&alg, KS_DER_SEQUENCE, &outer) ||
        !ks_der_skip(&outer.body, KS_DER_OID) || !ks_der_expect(&outer.body, KS_DER_OID, &curve))
        return NULL;
    struct ks_buf dotted = KS_BUF_INIT;
    ks_oid_dotted(curve.body, &dotted);
    const char *name = OBJ_nid2sn(OBJ_txt2nid(ks_buf_text(&dotted)));
    ks_buf_free(&dotted);
    uint8_t number[MAX_SCALAR];
    const uint16_t one = 1; /* OSSL_PARAM wants the order of the host */
    bool little = *(const uint8_t *)&one == 1;
    for (size_t i = 0; i < scalar.len; i++)
        number[little ? scalar.len - 1 - i : i] = scalar.data[i];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)name, 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number, scalar.len),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.data,
                                          point.len),
        OSSL_PARAM_construct_end()};
    EVP_PKEY *key = name ? key_from(params) : NULL;
    ks_wipe(number, sizeof number);
    return key;
}

/* ---- by OpenSSL's decoders ---- */

/* The fields up to the key itself as version 0: OpenSSL 3.0 fails on RFC 5958 keys, whose version
 * is 1 and which carry the public key. Wiped by the caller. */
static uint8_t *as_version_0(const struct ks_private *k, size_t *len)
{
    static const uint8_t version[] = {KS_DER_INTEGER, 1, 0};
    struct ks_buf header = KS_BUF_INIT;
    size_t body = sizeof version + k->alg.len + k->octets.len;

    ks_der_put_header(&header, KS_DER_SEQUENCE, body);
    *len = header.len + body;
    uint8_t *der = ks_alloc(*len), *at = der;
    memcpy(at, header.data, header.len);
    memcpy(at += header.len, version, sizeof version);
    memcpy(at += sizeof version, k->alg.data, k->alg.len);
    memcpy(at + k->alg.len, k->octets.data, k->octets.len);
    ks_buf_free(&header);
    return der;
}

#define OID(bytes) bytes, sizeof bytes - 1

static bool is_discrete_log(const struct ks_private *k)
{
    static const struct {
        const char *oid;
        size_t len;
    } oids[] = {
        {OID("\x2a\x86\x48\xce\x38\x04\x01")},         /* id-dsa */
        {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01")}, /* dhKeyAgreement */
        {OID("\x2a\x86\x48\xce\x3e\x02\x01")},         /* dhpublicnumber */
    };

    for (size_t i = 0; i < sizeof oids / sizeof oids[0]; i++)
        if (ks_der_oid_is(k->oid, oids[i].oid, oids[i].len))
            return true;
    return false;
}

static EVP_PKEY *decode(const struct ks_private *k)
{
    size_t len = 0;
    EVP_PKEY *key = NULL;

    if (k->alg.len + k->octets.len > (is_discrete_log(k) ? MAX_DISCRETE_LOG : MAX_DECODED))
        return NULL;
    uint8_t *der = as_version_0(k, &len);
    const unsigned char *at = der;
    PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)len);
    if (p8)
        key = EVP_PKCS82PKEY_ex(p8, ks_crypto(), NULL);
    PKCS8_PRIV_KEY_INFO_free(p8);
    ks_wipe(der, len);
    free(der);
    return key;
}

EVP_PKEY *ks_private_open(const struct ks_private *k)
{
    EVP_PKEY *key = open_raw(k);
    if (!key)
        key = open_ec(k);
    if (!key)
        key = decode(k);
    (void)ks_crypto_reason();
    return key;
}

/* ---- pairs ---- */

#define NONCE 32
#define SIGNATURE_MAX 4096
#define BITS_TRIED 16384 /* RSA: what OpenSSL verifies at most; half a second */

static bool only_agrees(const EVP_PKEY *key)
{
    static const char *const kinds[] = {"X25519", "X448", "DH", "DHX"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (EVP_PKEY_is_a(key, kinds[i]))
            return true;
    return false;
}

/* With the digest that the key asks for: one of RSA-PSS may allow no other. */
static size_t sign(EVP_PKEY *key, const uint8_t nonce[static NONCE], uint8_t *signature)
{
    size_t len = SIGNATURE_MAX;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool fine = ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, ks_crypto(), NULL, key, NULL) > 0 &&
                EVP_DigestSign(ctx, signature, &len, nonce, NONCE) > 0;
    EVP_MD_CTX_free(ctx);
    return fine ? len : 0;
}

static bool verifies(EVP_PKEY *key, const uint8_t nonce[static NONCE], const uint8_t *signature,
                     size_t len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool fine = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, NULL, ks_crypto(), NULL, key, NULL) > 0 &&
                EVP_DigestVerify(ctx, signature, len, nonce, NONCE) == 1;
    EVP_MD_CTX_free(ctx);
    return fine;
}

enum ks_pairing ks_private_fits(EVP_PKEY *key, EVP_PKEY *public_key)
{
    uint8_t nonce[NONCE], signature[SIGNATURE_MAX];
    size_t len = 0;
    if (public_key && !EVP_PKEY_is_a(key, EVP_PKEY_get0_type_name(public_key)))
        return KS_PAIR_APART;
    if (only_agrees(key))
        return !public_key || EVP_PKEY_eq(key, public_key) == 1 ? KS_PAIR_FITS : KS_PAIR_APART;
    if (EVP_PKEY_get_bits(key) <= BITS_TRIED &&
        RAND_bytes_ex(ks_crypto(), nonce, sizeof nonce, 0) > 0)
        len = sign(key, nonce, signature);
    if (len == 0)
        return KS_PAIR_UNTESTED;
    return verifies(public_key ? public_key : key, nonce, signature, len) ? KS_PAIR_FITS
                                                                          : KS_PAIR_APART;
}
