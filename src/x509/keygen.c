#include "x509/keygen.h"

#include "x509/cert.h"
#include "x509/oid.h"
#include "x509/private.h"

#include "base/crypto.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
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

static struct ks_secret *encode(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    struct ks_secret *secret = NULL;
    PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
    int len = p8 ? i2d_PKCS8_PRIV_KEY_INFO(p8, &der) : 0;
    if (len > 0) {
        secret = ks_secret_new(der, (size_t)len);
        OPENSSL_clear_free(der, (size_t)len);
    }
    PKCS8_PRIV_KEY_INFO_free(p8);
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
        *pkcs8 = encode(key);
    EVP_PKEY_free(key);
    const char *reason = ks_crypto_reason();
    if (*pkcs8)
        return KS_OK;
    if (ks_job_stopped(job))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "no key was made: stopped");
    return ks_fail(err, KS_ERR_UNSUPPORTED, "key-type", "no %s %s key was made: %s", type->family,
                   type->size, reason);
}

enum ks_code ks_private_to_spki(const struct ks_secret *pkcs8, struct ks_buf *out,
                                struct ks_error *err)
{
    struct ks_private parts;
    unsigned char *der = NULL;
    if (!ks_private_parse(ks_secret_bytes(pkcs8), &parts))
        return ks_fail(err, KS_ERR_UNSUPPORTED, "key-type", "the private key is no PKCS#8");
    EVP_PKEY *key = ks_private_open(&parts);
    int len = key ? i2d_PUBKEY(key, &der) : 0;
    if (len > 0)
        ks_buf_append(out, der, (size_t)len);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
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
