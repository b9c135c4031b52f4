#include "format/loose_key.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "format/pbe.h"
#include "format/pem_scan.h"
#include "x509/der.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* ---- kinds of keys ---- */

static const struct {
    enum ks_item_type type;
    const char *format;
} formats[] = {
    {KS_ITEM_PKCS8, "PrivateKeyInfo"},  {KS_ITEM_EPKI, "EncryptedPrivateKeyInfo"},
    {KS_ITEM_RSA_KEY, "RSAPrivateKey"}, {KS_ITEM_DSA_KEY, "DSAPrivateKey"},
    {KS_ITEM_EC_KEY, "ECPrivateKey"},   {KS_ITEM_SEALED_KEY, "encrypted PEM key"},
};
#define FORMATS (sizeof formats / sizeof formats[0])

const char *ks_loose_key_format(enum ks_item_type type)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i].type == type)
            return formats[i].format;
    return NULL;
}

static enum ks_item_type type_of(const struct ks_entry *entry)
{
    for (size_t i = 0; i < FORMATS && entry->key_format; i++)
        if (strcmp(formats[i].format, entry->key_format) == 0)
            return formats[i].type;
    return KS_ITEM_UNKNOWN;
}

/* ---- traditional keys as PKCS#8 ---- */

static const uint8_t version_0[] = {0x02, 0x01, 0x00};
/* rsaEncryption 1.2.840.113549.1.1.1 with NULL parameters */
static const uint8_t rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t dsa_oid[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01};
static const uint8_t ec_oid[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

static struct ks_slice filled(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* PrivateKeyInfo ::= SEQUENCE { 0, algorithm, OCTET STRING key } */
static struct ks_secret *wrap(struct ks_slice algorithm, struct ks_slice key)
{
    struct ks_buf inner = KS_BUF_INIT, outer = KS_BUF_INIT;
    ks_buf_append(&inner, version_0, sizeof version_0);
    ks_buf_slice(&inner, algorithm);
    ks_der_put(&inner, KS_DER_OCTET_STRING, key);
    ks_der_put(&outer, KS_DER_SEQUENCE, filled(&inner));
    struct ks_secret *pkcs8 = ks_secret_new(outer.data, outer.len);
    ks_buf_wipe_free(&inner);
    ks_buf_wipe_free(&outer);
    return pkcs8;
}

static bool wrap_rsa(struct ks_slice der, struct ks_secret **out)
{
    *out = wrap(ks_slice(rsa_algorithm, sizeof rsa_algorithm), der);
    return true;
}

/* SEQUENCE { 0, p, q, g, y, x }: p, q and g become the parameters, x is the key. */
static bool wrap_dsa(struct ks_slice der, struct ks_secret **out)
{
    struct ks_slice in = der;
    struct ks_tlv whole, version, number[5];
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &whole))
        return false;
    in = whole.body;
    if (!ks_der_expect(&in, KS_DER_INTEGER, &version))
        return false;
    for (size_t i = 0; i < 5; i++)
        if (!ks_der_expect(&in, KS_DER_INTEGER, &number[i]))
            return false;
    struct ks_buf pqg = KS_BUF_INIT, body = KS_BUF_INIT, algorithm = KS_BUF_INIT;
    for (size_t i = 0; i < 3; i++)
        ks_buf_slice(&pqg, number[i].whole);
    ks_buf_append(&body, dsa_oid, sizeof dsa_oid);
    ks_der_put(&body, KS_DER_SEQUENCE, filled(&pqg));
    ks_der_put(&algorithm, KS_DER_SEQUENCE, filled(&body));
    *out = wrap(filled(&algorithm), number[4].whole);
    ks_buf_free(&pqg);
    ks_buf_free(&body);
    ks_buf_free(&algorithm);
    return true;
}

/* SEQUENCE { 1, OCTET STRING, [0] parameters, [1] public key }: the curve is in [0]. */
static bool wrap_ec(struct ks_slice der, struct ks_secret **out)
{
    struct ks_slice in = der;
    struct ks_tlv whole, part, curve;
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &whole))
        return false;
    in = whole.body;
    if (!ks_der_expect(&in, KS_DER_INTEGER, &part) ||
        !ks_der_expect(&in, KS_DER_OCTET_STRING, &part) ||
        !ks_der_expect(&in, KS_DER_CONTEXT_CONS(0), &curve))
        return false;
    struct ks_buf body = KS_BUF_INIT, algorithm = KS_BUF_INIT;
    ks_buf_append(&body, ec_oid, sizeof ec_oid);
    ks_buf_slice(&body, curve.body);
    ks_der_put(&algorithm, KS_DER_SEQUENCE, filled(&body));
    *out = wrap(filled(&algorithm), der);
    ks_buf_free(&body);
    ks_buf_free(&algorithm);
    return true;
}

bool ks_loose_key_pkcs8(enum ks_item_type type, struct ks_slice der, struct ks_secret **out)
{
    switch (type) {
    case KS_ITEM_PKCS8:
        *out = ks_secret_new(der.data, der.len);
        return true;
    case KS_ITEM_RSA_KEY:
        return wrap_rsa(der, out);
    case KS_ITEM_DSA_KEY:
        return wrap_dsa(der, out);
    case KS_ITEM_EC_KEY:
        return wrap_ec(der, out);
    default:
        return false;
    }
}

/* ---- RFC 1421 encryption ---- */

struct dek {
    char cipher[32];
    uint8_t iv[EVP_MAX_IV_LENGTH];
    size_t iv_len;
};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(struct ks_slice hex, uint8_t *out, size_t room, size_t *len)
{
    if (hex.len % 2 || hex.len / 2 > room)
        return false;
    for (size_t i = 0; i < hex.len; i += 2) {
        int high = hex_digit(hex.data[i]), low = hex_digit(hex.data[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    *len = hex.len / 2;
    return true;
}

static bool is_cipher_name(struct ks_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '-')
            return false;
    }
    return name.len > 0;
}

static bool parse_dek(struct ks_slice headers, struct dek *out)
{
    struct ks_slice value;
    memset(out, 0, sizeof *out);
    if (!ks_pem_header(headers, "DEK-Info", &value))
        return false;
    const uint8_t *comma = memchr(value.data, ',', value.len);
    if (!comma)
        return false;
    struct ks_slice name = ks_trim(ks_slice(value.data, (size_t)(comma - value.data)));
    struct ks_slice hex =
        ks_trim(ks_slice(comma + 1, (size_t)(value.data + value.len - comma - 1)));
    if (!is_cipher_name(name) || name.len >= sizeof out->cipher)
        return false;
    memcpy(out->cipher, name.data, name.len);
    return parse_hex(hex, out->iv, sizeof out->iv, &out->iv_len) && out->iv_len >= 8;
}

/* The headers are read again from the block that the entry keeps. */
static bool dek_of_entry(const struct ks_entry *entry, struct dek *out)
{
    struct ks_pem_block block;
    size_t at = 0;
    return entry->piece_count > 0 && ks_pem_next(entry->pieces[0].raw, &at, &block) &&
           parse_dek(block.headers, out);
}

static enum ks_code wrong_password(const struct ks_entry *entry, struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "%s is still locked: the password does not fit, or the file was altered", entry->alias);
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static enum ks_code no_cipher(const char *cipher, struct ks_error *err)
{
    (void)ks_crypto_reason();
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "the key was not decrypted: algorithm %s is not in this OpenSSL", cipher);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "%s",
                        ks_crypto_has_legacy() ? "convert the key where it was made"
                                               : "install OpenSSL's legacy provider");
}

static enum ks_code bad_dek(const struct ks_entry *entry, struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "%s was not read: its DEK-Info is malformed",
            entry->alias);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of the file");
}

/* Modes that need no more than a key and an IV. */
static bool is_plain(const EVP_CIPHER *evp)
{
    int mode = EVP_CIPHER_get_mode(evp);
    return mode == EVP_CIPH_CBC_MODE || mode == EVP_CIPH_CFB_MODE || mode == EVP_CIPH_OFB_MODE ||
           mode == EVP_CIPH_CTR_MODE;
}

static enum ks_code fetch_cipher(const struct ks_entry *entry, const struct dek *dek,
                                 EVP_CIPHER **out, struct ks_error *err)
{
    EVP_CIPHER *evp = ks_crypto_cipher(dek->cipher);
    enum ks_code rc = KS_OK;
    if (!evp || !is_plain(evp))
        rc = no_cipher(dek->cipher, err);
    else if (EVP_CIPHER_get_iv_length(evp) != (int)dek->iv_len)
        rc = bad_dek(entry, err);
    if (rc != KS_OK)
        EVP_CIPHER_free(evp);
    else
        *out = evp;
    return rc;
}

/* `out` has room for in.len and a block more. */
static bool decrypt(const EVP_CIPHER *evp, const struct dek *dek, struct ks_slice in,
                    struct ks_slice password, uint8_t *out, size_t *out_len)
{
    uint8_t key[EVP_MAX_KEY_LENGTH];
    int first = 0, last = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && ks_crypto_md("MD5") &&
              EVP_BytesToKey(evp, ks_crypto_md("MD5"), dek->iv, password.data, (int)password.len, 1,
                             key, NULL) > 0 &&
              EVP_DecryptInit_ex2(ctx, evp, key, dek->iv, NULL) == 1 &&
              EVP_DecryptUpdate(ctx, out, &first, in.data, (int)in.len) == 1 &&
              EVP_DecryptFinal_ex(ctx, out + first, &last) == 1;
    *out_len = ok ? (size_t)first + (size_t)last : 0;
    EVP_CIPHER_CTX_free(ctx);
    ks_wipe(key, sizeof key);
    (void)ks_crypto_reason();
    return ok;
}

#define SEALED_MAX (1u << 20) /* the largest private keys are some ten kilobytes */

static enum ks_code unseal(const struct ks_entry *entry, const struct ks_secret *password,
                           struct ks_secret **out, struct ks_error *err)
{
    struct dek dek;
    struct ks_slice pw = ks_secret_bytes(password);
    if (!dek_of_entry(entry, &dek) || entry->key.len > SEALED_MAX || pw.len > SEALED_MAX)
        return bad_dek(entry, err);
    EVP_CIPHER *evp = NULL;
    enum ks_code rc = fetch_cipher(entry, &dek, &evp, err);
    if (rc != KS_OK)
        return rc;
    size_t room = entry->key.len + EVP_MAX_BLOCK_LENGTH, len = 0;
    uint8_t *plain = ks_alloc(room);
    enum ks_item_type type = KS_ITEM_UNKNOWN;
    if (decrypt(evp, &dek, entry->key, pw, plain, &len))
        type = ks_item_classify(ks_slice(plain, len));
    bool ok = ks_loose_key_pkcs8(type, ks_slice(plain, len), out);
    ks_wipe(plain, room);
    free(plain);
    EVP_CIPHER_free(evp);
    return ok ? KS_OK : wrong_password(entry, err);
}

/* ---- the key in clear ---- */

static enum ks_code decrypt_pkcs8(const struct ks_entry *entry, const struct ks_secret *password,
                                  struct ks_job *job, struct ks_secret **out, struct ks_error *err)
{
    enum ks_code rc = ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_BMP, job, out, err);
    if (rc == KS_ERR_PASSWORD && ks_secret_is_empty(password))
        rc = ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_NONE, job, out, err);
    return rc == KS_ERR_PASSWORD ? wrong_password(entry, err) : rc;
}

static enum ks_code clear_key(const struct ks_entry *entry, const struct ks_secret *password,
                              struct ks_job *job, struct ks_secret **out, struct ks_error *err)
{
    enum ks_item_type type = type_of(entry);
    if (type == KS_ITEM_UNKNOWN || entry->kind != KS_KIND_KEY)
        return ks_fail(err, KS_ERR_USAGE, "no-key", "%s has no private key", entry->alias);
    if (type != KS_ITEM_EPKI && type != KS_ITEM_SEALED_KEY) {
        if (ks_loose_key_pkcs8(type, entry->key, out))
            return KS_OK;
        return ks_fail(err, KS_ERR_DAMAGED, "damaged",
                       "%s was not read: its %s is malformed or names no curve", entry->alias,
                       entry->key_format);
    }
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed", "%s was not read: it is encrypted",
                entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give its password");
    }
    return type == KS_ITEM_EPKI ? decrypt_pkcs8(entry, password, job, out, err)
                                : unseal(entry, password, out, err);
}

enum ks_code ks_loose_key_reveal(const struct ks_store *store, const struct ks_entry *entry,
                                 const struct ks_secret *password, struct ks_job *job,
                                 struct ks_material *out, struct ks_error *err)
{
    (void)store;
    *out = (struct ks_material){.type = KS_MATERIAL_PRIVATE};
    return clear_key(entry, password, job, &out->bytes, err);
}

void ks_loose_key_protection(const struct ks_entry *entry, struct ks_buf *out)
{
    enum ks_item_type type = type_of(entry);
    struct ks_slice algorithm, ciphertext;
    struct dek dek;
    if (entry->kind != KS_KIND_KEY || type == KS_ITEM_UNKNOWN)
        return;
    if (type == KS_ITEM_EPKI) {
        if (ks_pbe_epki_parts(entry->key, &algorithm, &ciphertext))
            (void)ks_pbe_describe(algorithm, out, NULL);
        else
            ks_buf_str(out, "not readable");
    } else if (type == KS_ITEM_SEALED_KEY) {
        if (dek_of_entry(entry, &dek))
            ks_buf_printf(out, "%s, key made from the password with MD5, 1 iteration", dek.cipher);
        else
            ks_buf_str(out, "encrypted, DEK-Info line not readable");
    } else {
        ks_buf_str(out, "none: the key is stored in clear");
    }
}
