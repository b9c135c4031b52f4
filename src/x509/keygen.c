#include "x509/keygen.h"

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/parts.h"
#include "x509/private.h"

#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

/* What JDK 17 and 25 do: "Curve not supported", says sun.security.ec.ECDSASignature, while
 * keystores and certificates with such keys are read and written as ever. */
#define NOT_IN_JAVA "JDK 16 and later store this key but cannot sign or verify with it"
#define PSS_IN_JAVA "Java reads it from JDK 11 on (8u251)"
#define EDDSA_IN_JAVA "Java reads it from JDK 15 on; public CAs do not sign it"

#define RSA(n, note, is_first)                                                                     \
    {                                                                                              \
        .word = "rsa:" #n, .family = "RSA", .size = #n, .alg = KS_KEY_RSA, .bits = n,              \
        .keytool = "-keyalg RSA -keysize " #n,                                                     \
        .openssl = "-algorithm RSA -pkeyopt rsa_keygen_bits:" #n, .remark = note,                  \
        .first = is_first                                                                          \
    }
#define PSS(n, is_first)                                                                           \
    {                                                                                              \
        .word = "rsa-pss:" #n, .family = "RSA-PSS", .size = #n, .alg = KS_KEY_RSA_PSS, .bits = n,  \
        .keytool = "-keyalg RSASSA-PSS -keysize " #n,                                              \
        .openssl = "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:" #n, .remark = PSS_IN_JAVA,       \
        .first = is_first                                                                          \
    }
#define EC(name, size_text, size_bits, ssl, java, note, is_first)                                  \
    {                                                                                              \
        .word = "ec:" name, .family = "EC", .size = size_text, .alg = KS_KEY_EC,                   \
        .bits = size_bits, .group = ssl, .keytool = java,                                          \
        .openssl = "-algorithm EC -pkeyopt ec_paramgen_curve:" ssl, .remark = note,                \
        .first = is_first                                                                          \
    }
#define EDDSA(name, text, kind, size_bits)                                                         \
    {                                                                                              \
        .word = name, .family = text, .size = "", .alg = kind, .bits = size_bits,                  \
        .keytool = "-keyalg " text, .openssl = "-algorithm " text, .remark = EDDSA_IN_JAVA,        \
        .first = true                                                                              \
    }
#define GROUP "-keyalg EC -groupname "

const struct ks_key_type ks_key_types[] = {
    /* clang-format off */
    RSA(3072, NULL, true),
    RSA(2048, "enough until 2030, says NIST SP 800-57", false),
    RSA(4096, "may take some seconds to make", false),
    RSA(8192, "may take a minute to make; each handshake is slow", false),
    PSS(3072, true),
    PSS(2048, false),
    PSS(4096, false),
    EC("p-256", "P-256", 256, "prime256v1", GROUP "secp256r1", NULL, true),
    EC("p-384", "P-384", 384, "secp384r1", GROUP "secp384r1", NULL, false),
    EC("p-521", "P-521", 521, "secp521r1", GROUP "secp521r1", NULL, false),
    EC("secp256k1", "secp256k1", 256, "secp256k1", NULL, NOT_IN_JAVA, false),
    EC("brainpoolp256r1", "brainpoolP256r1", 256, "brainpoolP256r1", NULL, NOT_IN_JAVA, false),
    EC("brainpoolp384r1", "brainpoolP384r1", 384, "brainpoolP384r1", NULL, NOT_IN_JAVA, false),
    EC("brainpoolp512r1", "brainpoolP512r1", 512, "brainpoolP512r1", NULL, NOT_IN_JAVA, false),
    EDDSA("ed25519", "Ed25519", KS_KEY_ED25519, 256),
    EDDSA("ed448", "Ed448", KS_KEY_ED448, 448),
    {0},
    /* clang-format on */
};

/* ---- finding one ---- */

/* Letters and digits alone, in lower case: "RSA 3072", "rsa:3072" and "rsa-3072" are the same. */
static bool squash(const char *text, char out[static 64])
{
    size_t len = 0;
    for (; *text; text++) {
        bool upper = *text >= 'A' && *text <= 'Z';
        if (!upper && !(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9'))
            continue;
        if (len == 63)
            return false;
        out[len++] = (char)(upper ? *text | 0x20 : *text);
    }
    out[len] = '\0';
    return len > 0;
}

static bool same(const char *squashed, const char *text)
{
    char other[64];
    return text && squash(text, other) && strcmp(squashed, other) == 0;
}

/* The name of the curve or algorithm that ends keytool's options. */
static const char *java_name(const struct ks_key_type *type)
{
    const char *blank =
        type->keytool && type->alg == KS_KEY_EC ? strrchr(type->keytool, ' ') : NULL;
    return blank ? blank + 1 : NULL;
}

const struct ks_key_type *ks_key_type_named(const char *word)
{
    char wanted[64];
    if (!squash(word, wanted))
        return NULL;
    if (strncmp(wanted, "rsassapss", 9) == 0) /* Java's name of RSA-PSS */
        memmove(wanted + 3, wanted + 6, strlen(wanted + 6) + 1);
    for (const struct ks_key_type *t = ks_key_types; t->word; t++) {
        bool curve = t->alg == KS_KEY_EC && (same(wanted, t->size) || same(wanted, t->group));
        if (curve || same(wanted, t->word) || same(wanted, java_name(t)) ||
            (t->first && same(wanted, t->family)))
            return t;
    }
    return NULL;
}

static bool has_curve(const struct ks_key_type *type, struct ks_slice spki)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_spki_describe(spki, &text); /* "EC P-256" */
    bool good = text.len > 3 && strcmp(ks_buf_text(&text) + 3, type->size) == 0;
    ks_buf_free(&text);
    return good;
}

const struct ks_key_type *ks_key_type_of(struct ks_slice spki)
{
    uint8_t alg;
    uint16_t bits;
    if (!ks_spki_skim(spki, &alg, &bits, NULL))
        return NULL;
    for (const struct ks_key_type *t = ks_key_types; t->word; t++)
        if (t->alg == (enum ks_key_alg)alg && t->bits == bits &&
            (alg != KS_KEY_EC || has_curve(t, spki)))
            return t;
    return NULL;
}

/* Distributions leave curves out; everything else is in every OpenSSL 3. */
bool ks_key_type_available(const struct ks_key_type *type)
{
    if (!type->group)
        return true;
    EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(ks_crypto(), NULL, OBJ_sn2nid(type->group));
    bool there = group != NULL;
    EC_GROUP_free(group);
    (void)ks_crypto_reason();
    return there;
}

/* ---- making one ---- */

/* Called between the candidates for a prime. */
static int still_wanted(EVP_PKEY_CTX *ctx)
{
    return !ks_job_stopped(EVP_PKEY_CTX_get_app_data(ctx));
}

static bool set_up(EVP_PKEY_CTX *ctx, const struct ks_key_type *type)
{
    if (EVP_PKEY_keygen_init(ctx) <= 0)
        return false;
    if (type->group)
        return EVP_PKEY_CTX_set_group_name(ctx, type->group) > 0;
    bool rsa = type->alg == KS_KEY_RSA || type->alg == KS_KEY_RSA_PSS;
    return !rsa || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)type->bits) > 0;
}

static EVP_PKEY *generate(const struct ks_key_type *type, struct ks_job *job)
{
    EVP_PKEY *key = NULL; /* OpenSSL's names of the algorithms are those of the families */
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(ks_crypto(), type->family, NULL);
    if (ctx && set_up(ctx, type)) {
        EVP_PKEY_CTX_set_app_data(ctx, job);
        EVP_PKEY_CTX_set_cb(ctx, still_wanted);
        if (EVP_PKEY_generate(ctx, &key) <= 0)
            key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* ---- as PrivateKeyInfo ---- */

/*
 * EVP_PKEY2PKCS8() leaves copies of the key in freed memory (ASN1_i2d_bio does not wipe). The
 * numbers are asked for one by one instead, and written here; every buffer is of the secret kind.
 */
#define MAX_NUMBER (8192 / 8)

static void put_and_free(struct ks_buf *out, uint8_t tag, struct ks_buf *body)
{
    ks_buf_reserve(out, body->len + 6);
    ks_der_put_header(out, tag, body->len);
    ks_buf_append(out, body->data, body->len);
    ks_buf_free(body);
}

/* OSSL_PARAM has unsigned integers in the order of the host. */
static void to_big_endian(uint8_t *number, size_t len)
{
    const uint16_t one = 1;
    if (*(const uint8_t *)&one != 1)
        return;
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t octet = number[i];
        number[i] = number[len - 1 - i];
        number[len - 1 - i] = octet;
    }
}

/* Big-endian, padded with zeros in front. */
static bool get_number(EVP_PKEY *key, const char *name, uint8_t *out, size_t len)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(name, out, len), OSSL_PARAM_construct_end()};
    if (EVP_PKEY_get_params(key, params) <= 0)
        return false;
    to_big_endian(out, len);
    return true;
}

static bool put_number(EVP_PKEY *key, const char *name, struct ks_buf *out)
{
    uint8_t number[1 + MAX_NUMBER] = {0}; /* room for a zero in front of a high bit */
    bool good = get_number(key, name, number + 1, MAX_NUMBER);
    size_t skip = 0;
    while (skip < MAX_NUMBER && number[skip] == 0 && !(number[skip + 1] & 0x80))
        skip++;
    ks_buf_reserve(out, sizeof number + 4);
    ks_der_put(out, KS_DER_INTEGER, ks_slice(number + skip, sizeof number - skip));
    ks_wipe(number, sizeof number);
    return good;
}

/* RSAPrivateKey, RFC 8017 A.1.2. */
static bool put_rsa(EVP_PKEY *key, struct ks_buf *out)
{
    static const char *const numbers[] = {
        OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
        OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    struct ks_buf body = {.secret = true};
    bool good = true;
    ks_der_put(&body, KS_DER_INTEGER, ks_slice("\0", 1));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && good; i++)
        good = put_number(key, numbers[i], &body);
    put_and_free(out, KS_DER_SEQUENCE, &body);
    return good;
}

/* ECPrivateKey, RFC 5915 3, with the public key and without the curve, which is told outside. */
static bool put_ec(EVP_PKEY *key, const struct ks_spki *spki, struct ks_buf *out)
{
    uint8_t scalar[MAX_NUMBER];
    size_t len = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    struct ks_buf body = {.secret = true}, bits = KS_BUF_INIT, public = KS_BUF_INIT;
    bool good = len <= sizeof scalar && get_number(key, OSSL_PKEY_PARAM_PRIV_KEY, scalar, len);
    ks_der_put(&body, KS_DER_INTEGER, ks_slice("\1", 1));
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(scalar, good ? len : 0));
    ks_wipe(scalar, sizeof scalar);
    ks_buf_byte(&bits, 0);
    ks_buf_slice(&bits, spki->key);
    put_and_free(&public, KS_DER_BIT_STRING, &bits);
    put_and_free(&body, KS_DER_CONTEXT_CONS(1), &public);
    put_and_free(out, KS_DER_SEQUENCE, &body);
    return good;
}

/* CurvePrivateKey, RFC 8410 7. */
static bool put_raw(EVP_PKEY *key, struct ks_buf *out)
{
    uint8_t raw[MAX_NUMBER];
    size_t len = sizeof raw;
    bool good = EVP_PKEY_get_raw_private_key(key, raw, &len) > 0;
    ks_der_put(out, KS_DER_OCTET_STRING, ks_slice(raw, good ? len : 0));
    ks_wipe(raw, sizeof raw);
    return good;
}

static bool put_private(EVP_PKEY *key, enum ks_key_alg alg, const struct ks_spki *spki,
                        struct ks_buf *out)
{
    switch (alg) {
    case KS_KEY_RSA:
    case KS_KEY_RSA_PSS:
        return put_rsa(key, out);
    case KS_KEY_EC:
        return put_ec(key, spki, out);
    default:
        return put_raw(key, out);
    }
}

/* The algorithm is written as for the public key: RFC 8017 A.1, RFC 5915, RFC 8410 3. */
static bool put_private_key_info(EVP_PKEY *key, enum ks_key_alg alg, struct ks_slice spki,
                                 struct ks_buf *out)
{
    struct ks_spki parts;
    struct ks_buf inside = {.secret = true}, body = {.secret = true}, algorithm = KS_BUF_INIT;
    bool good = ks_spki_open(spki, &parts) && put_private(key, alg, &parts, &inside);
    if (good) {
        ks_der_put(&algorithm, KS_DER_OID, parts.oid);
        ks_buf_slice(&algorithm, parts.params);
        ks_der_put(&body, KS_DER_INTEGER, ks_slice("\0", 1));
        put_and_free(&body, KS_DER_SEQUENCE, &algorithm);
        put_and_free(&body, KS_DER_OCTET_STRING, &inside);
        put_and_free(out, KS_DER_SEQUENCE, &body);
    }
    ks_buf_free(&inside);
    return good;
}

static struct ks_secret *encode(EVP_PKEY *key, enum ks_key_alg alg)
{
    unsigned char *spki = NULL;
    struct ks_secret *secret = NULL;
    struct ks_buf der = {.secret = true};
    int len = i2d_PUBKEY(key, &spki);
    if (len > 0 && put_private_key_info(key, alg, ks_slice(spki, (size_t)len), &der))
        secret = ks_secret_new(der.data, der.len);
    ks_buf_free(&der);
    OPENSSL_free(spki);
    return secret;
}

enum ks_code ks_keygen(const struct ks_key_type *type, struct ks_job *job, struct ks_secret **pkcs8,
                       struct ks_error *err)
{
    *pkcs8 = NULL;
    if (!ks_key_type_available(type)) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "key-type", "OpenSSL on this host has no %s %s",
                type->family, type->size);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED, "choose P-256, P-384 or P-521");
    }
    ks_job_phase(job, "making the key", 0);
    EVP_PKEY *key = ks_job_stopped(job) ? NULL : generate(type, job);
    if (key && !ks_job_stopped(job))
        *pkcs8 = encode(key, type->alg);
    EVP_PKEY_free(key);
    ks_wipe_stack();
    const char *reason = ks_crypto_reason();
    if (*pkcs8)
        return KS_OK;
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "no key was made: stopped");
    return ks_fail(err, KS_ERR_UNSUPPORTED, "key-type", "no %s %s key was made: %s", type->family,
                   type->size, reason);
}

enum ks_code ks_private_check(const struct ks_secret *pkcs8, struct ks_error *err)
{
    struct ks_private parts;
    EVP_PKEY *key = NULL;
    if (ks_private_parse(ks_secret_bytes(pkcs8), &parts)) {
        if (ks_private_rsa_sound(&parts, NULL))
            return KS_OK;
        key = ks_private_open(&parts);
    }
    bool torn = key && ks_private_fits(key, NULL) == KS_PAIR_APART;
    EVP_PKEY_free(key);
    ks_wipe_stack();
    (void)ks_crypto_reason();
    if (!torn)
        return KS_OK;
    ks_fail(err, KS_ERR_DAMAGED, "key-torn",
            "the private key is damaged: it does not fit the public key that is written beside it");
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the key");
}

enum ks_code ks_private_to_spki(const struct ks_secret *pkcs8, struct ks_buf *out,
                                struct ks_error *err)
{
    struct ks_private parts;
    unsigned char *der = NULL;
    if (!ks_private_parse(ks_secret_bytes(pkcs8), &parts))
        return ks_fail(err, KS_ERR_UNSUPPORTED, "key-type", "the private key is no PKCS#8");
    if (ks_private_rsa_sound(&parts, out))
        return KS_OK;
    EVP_PKEY *key = ks_private_open(&parts);
    int len = key ? i2d_PUBKEY(key, &der) : 0;
    if (len > 0)
        ks_buf_append(out, der, (size_t)len);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    ks_wipe_stack();
    (void)ks_crypto_reason();
    if (len > 0)
        return KS_OK;
    struct ks_buf name = KS_BUF_INIT;
    ks_oid_text(parts.oid, &name);
    enum ks_code code = ks_fail(err, KS_ERR_UNSUPPORTED, "key-type",
                                "OpenSSL takes no such private key: %.100s", ks_buf_text(&name));
    ks_buf_free(&name);
    return code;
}
