/*
 * RSA keys by arithmetic: whether the private numbers belong to the public ones. Opening a key in
 * OpenSSL and signing with it takes a hundred times as long, which a keystore of a thousand keys
 * makes felt.
 */
#include "x509/private.h"

#include "base/crypto.h"
#include "x509/der.h"

#include <openssl/bn.h>

#define ALG_LEN 15 /* rsaEncryption with NULL, RFC 3279 2.3.1 */
#define BITS_LEAST 512
#define BITS_MOST 16384

/* RSAPrivateKey, RFC 8017 A.1.2, behind its version. */
enum part { N, E, D, P, Q, DP, DQ, QINV, PARTS };

/* Positive, and written in the one way of DER: what is not so is for OpenSSL to judge. */
static bool next_number(struct ks_slice *in, struct ks_tlv *out)
{
    if (!ks_der_expect(in, KS_DER_INTEGER, out) || out->body.len == 0 || out->body.data[0] & 0x80)
        return false;
    return out->body.len == 1 ? out->body.data[0] != 0
                              : out->body.data[0] != 0 || out->body.data[1] & 0x80;
}

static bool read_parts(const struct ks_private *k, struct ks_tlv parts[static PARTS])
{
    static const uint8_t rsa[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    struct ks_slice in = k->key;
    struct ks_tlv body;
    uint64_t version;

    if (k->alg.len != ALG_LEN || !ks_der_oid_is(k->oid, rsa, sizeof rsa) || !ks_der_expect(&in, KS_DER_SEQUENCE, &body) ||
        in.len || !ks_der_uint(&body.body, &version) || version != 0)
        return false;
    for (size_t i = 0; i < PARTS; i++)
        if (!next_number(&body.body, &parts[i]) || parts[i].body.len > BITS_MOST / 8 + 1)
            return false;
    return body.body.len == 0;
}

/* a * b mod (m - minus) is 1. */
static bool is_inverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_ULONG minus,
                       BN_CTX *ctx)
{
    bool fine = false;

    BN_CTX_start(ctx);
    BIGNUM *modulus = BN_CTX_get(ctx), *product = BN_CTX_get(ctx);
    if (product && BN_copy(modulus, m) && BN_sub_word(modulus, minus) && !BN_is_zero(modulus))
        fine = BN_mod_mul(product, a, b, modulus, ctx) && BN_is_one(product);
    BN_CTX_end(ctx);
    return fine;
}

/* What the Chinese remainder theorem computes with (RFC 8017 3.2): then a signature is good. */
static bool fit(BIGNUM *const n[static PARTS], BN_CTX *ctx)
{
    bool fine = false;

    BN_CTX_start(ctx);
    BIGNUM *product = BN_CTX_get(ctx);
    if (product && BN_mul(product, n[P], n[Q], ctx))
        fine = BN_cmp(product, n[N]) == 0;
    BN_CTX_end(ctx);
    return fine && is_inverse(n[DP], n[E], n[P], 1, ctx) && is_inverse(n[DQ], n[E], n[Q], 1, ctx) &&
           is_inverse(n[D], n[E], n[P], 1, ctx) && is_inverse(n[D], n[E], n[Q], 1, ctx) &&
           is_inverse(n[QINV], n[Q], n[P], 0, ctx);
}

static bool parts_fit(const struct ks_tlv parts[static PARTS])
{
    BN_CTX *ctx = BN_CTX_secure_new_ex(ks_crypto());
    BIGNUM *n[PARTS] = {NULL};
    bool fine = ctx != NULL;

    for (size_t i = 0; i < PARTS && fine; i++) {
        n[i] = BN_secure_new();
        fine = n[i] && BN_bin2bn(parts[i].body.data, (int)parts[i].body.len, n[i]);
    }
    fine = fine && BN_num_bits(n[N]) >= BITS_LEAST && BN_is_odd(n[N]) && fit(n, ctx);
    for (size_t i = 0; i < PARTS; i++)
        BN_clear_free(n[i]);
    BN_CTX_free(ctx);
    return fine;
}

static void put_public(const struct ks_private *k, const struct ks_tlv parts[static PARTS],
                       struct ks_buf *out)
{
    struct ks_buf numbers = KS_BUF_INIT, key = KS_BUF_INIT, info = KS_BUF_INIT;

    ks_der_put(&numbers, KS_DER_INTEGER, parts[N].body);
    ks_der_put(&numbers, KS_DER_INTEGER, parts[E].body);
    ks_buf_byte(&key, 0); /* no unused bits */
    ks_der_put(&key, KS_DER_SEQUENCE, ks_slice(numbers.data, numbers.len));
    ks_buf_slice(&info, k->alg);
    ks_der_put(&info, KS_DER_BIT_STRING, ks_slice(key.data, key.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(info.data, info.len));
    ks_buf_free(&numbers);
    ks_buf_free(&key);
    ks_buf_free(&info);
}

bool ks_private_rsa_sound(const struct ks_private *k, struct ks_buf *spki)
{
    struct ks_tlv parts[PARTS];

    if (!read_parts(k, parts) || !parts_fit(parts))
        return false;
    if (spki)
        put_public(k, parts, spki);
    return true;
}
