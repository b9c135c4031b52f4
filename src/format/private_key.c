/*
 * What a clear PrivateKeyInfo (RFC 5208, RFC 5958) holds, in words. Secret keys travel in the same
 * shape in PKCS#12 (sun.security.pkcs12.PKCS12KeyStore), so their algorithms are known here too.
 */
#include "format/pbe.h"

#include "base/crypto.h"
#include "base/text.h"
#include "format/format.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/private.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

/* ---- secret keys ---- */

#define OID(bytes) bytes, sizeof bytes - 1

static const struct {
    const char *oid;
    size_t oid_len;
    const char *name;
} secret_algorithms[] = {
    /* clang-format off */
    {OID("\x60\x86\x48\x01\x65\x03\x04\x01"), "AES"},
    {OID("\x2b\x0e\x03\x02\x11"), "DESede"},
    {OID("\x2b\x0e\x03\x02\x07"), "DES"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x03\x04"), "ARCFOUR"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x07"), "HmacSHA1"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x08"), "HmacSHA224"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x09"), "HmacSHA256"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0a"), "HmacSHA384"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x0b"), "HmacSHA512"},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03"), "PBEWithMD5AndDES"}, /* keytool -importpass */
    /* clang-format on */
};

static size_t count_characters(struct ks_slice text)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len; count++) {
        int32_t cp;
        at += ks_utf8_next((const char *)text.data + at, text.len - at, &cp);
    }
    return count;
}

/* DES keys carry a parity bit in each byte. */
static size_t key_bits(const char *algorithm, size_t bytes)
{
    return bytes * (strncmp(algorithm, "DES", 3) == 0 ? 7 : 8);
}

void ks_secret_key_text(const char *algorithm, struct ks_slice key, struct ks_buf *out)
{
    size_t characters = count_characters(key);

    if (strncmp(algorithm, "PBE", 3) == 0)
        ks_buf_printf(out, "password, %zu character%s", characters, characters == 1 ? "" : "s");
    else
        ks_buf_printf(out, "%s %zu", algorithm, key_bits(algorithm, key.len));
}

static bool describe_secret(const struct ks_private *k, struct ks_buf *out)
{
    for (size_t i = 0; i < sizeof secret_algorithms / sizeof secret_algorithms[0]; i++) {
        if (!ks_der_oid_is(k->oid, secret_algorithms[i].oid, secret_algorithms[i].oid_len))
            continue;
        ks_secret_key_text(secret_algorithms[i].name, k->key, out);
        return true;
    }
    return false;
}

/* ---- private keys ---- */

/* subjectPublicKey's bits. */
static bool public_bits(struct ks_slice spki, struct ks_slice *out)
{
    struct ks_tlv seq, bits;
    if (!ks_der_expect(&spki, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_SEQUENCE) ||
        !ks_der_expect(&seq.body, KS_DER_BIT_STRING, &bits) || bits.body.len < 2)
        return false;
    *out = ks_slice_part(bits.body, 1, bits.body.len - 1);
    return true;
}

/* The same key may be written differently (compressed points, explicit parameters, RSA-PSS), so
 * unequal bytes are a matter for OpenSSL. */
static int compare(EVP_PKEY *key, struct ks_slice own_bits, struct ks_slice leaf_spki)
{
    struct ks_slice bits;

    if (!leaf_spki.data || !public_bits(leaf_spki, &bits))
        return -1;
    if (ks_slice_equal(bits, own_bits))
        return 1;
    const unsigned char *at = leaf_spki.data;
    EVP_PKEY *leaf = d2i_PUBKEY_ex(NULL, &at, (long)leaf_spki.len, ks_crypto(), NULL);
    int equal = leaf ? EVP_PKEY_eq(key, leaf) : -2;
    EVP_PKEY_free(leaf);
    (void)ks_crypto_reason();
    if (equal == -1) /* different types */
        return 0;
    return equal >= 0 ? equal : -1;
}

/* A key whose private half is another one's is nobody's, whatever its public half says. */
static void describe_pair(EVP_PKEY *key, struct ks_unlocked *out)
{
    enum ks_pairing pairing = ks_private_fits(key, NULL);

    out->tested = pairing == KS_PAIR_FITS;
    out->torn = pairing == KS_PAIR_APART;
    if (out->torn && out->matches_leaf > 0)
        out->matches_leaf = 0;
    ks_wipe_stack();
    (void)ks_crypto_reason();
}

static void describe_private(EVP_PKEY *key, struct ks_slice leaf_spki, struct ks_unlocked *out,
                             struct ks_buf *text)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    struct ks_slice bits;

    if (len > 0) {
        struct ks_slice spki = ks_slice(der, (size_t)len);
        ks_spki_describe(spki, text);
        if (public_bits(spki, &bits)) {
            ks_spki_key_id(spki, out->key_id);
            out->has_key_id = true;
            out->matches_leaf = compare(key, bits, leaf_spki);
        }
        OPENSSL_free(der);
    } else {
        const char *name = EVP_PKEY_get0_type_name(key);
        ks_buf_printf(text, "%s %d", name ? name : "private key", EVP_PKEY_get_bits(key));
        (void)ks_crypto_reason();
    }
}

/* A key that OpenSSL does not take: what RFC 5958 adds may still tell whose it is. */
static void describe_unknown(const struct ks_private *k, struct ks_slice leaf_spki,
                             struct ks_unlocked *out, struct ks_buf *text)
{
    struct ks_slice bits;

    ks_oid_text(k->oid, text);
    if (k->public_key.len == 0)
        return;
    ks_sha1(k->public_key, out->key_id);
    out->has_key_id = true;
    if (leaf_spki.data && public_bits(leaf_spki, &bits))
        out->matches_leaf = ks_slice_equal(bits, k->public_key);
}

enum ks_code ks_private_key_describe(struct ks_slice pkcs8, struct ks_slice leaf_spki,
                                     struct ks_unlocked *out, struct ks_error *err)
{
    struct ks_private info;
    struct ks_buf text = KS_BUF_INIT;

    *out = (struct ks_unlocked){.matches_leaf = -1};
    if (!ks_private_parse(pkcs8, &info)) {
        ks_fail(err, KS_ERR_DAMAGED, "damaged",
                "the key was decrypted but cannot be read: it is no PrivateKeyInfo");
        return ks_fail_next(err, KS_ERR_DAMAGED,
                            "the file is damaged; look for a copy of it or a backup");
    }
    if (!describe_secret(&info, &text)) {
        EVP_PKEY *key = ks_private_open(&info);
        if (key) {
            describe_private(key, leaf_spki, out, &text);
            describe_pair(key, out);
        } else {
            describe_unknown(&info, leaf_spki, out, &text);
        }
        EVP_PKEY_free(key);
    }
    OPENSSL_strlcpy(out->algorithm, ks_buf_text(&text), sizeof out->algorithm);
    ks_buf_free(&text);
    return KS_OK;
}
