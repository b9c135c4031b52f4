/*
 * The derivations run on OpenSSL's low-level digest contexts. EVP costs two to three times as much
 * a round: it looks up a context and copies it through function tables for 64 bytes of input, and a
 * private key of a PKCS#12 takes 10,000 rounds, of NSS 600,000. A plain struct can be copied, so
 * the state after the HMAC pads is computed once, and each round is two compressions of a block
 * whose padding never changes. An own loop can also stop between two rounds, which EVP cannot.
 * The low-level functions are deprecated in 3.0 in favour of EVP, not removed; digests without one
 * (SHA-3, SHA-512/256) go through EVP below.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "format/kdf.h"

#include "base/alloc.h"
#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STEP 4096     /* rounds between two looks at the job */
#define SHORT 20000   /* rounds that are over before a progress line is seen */
#define MAX_BLOCK 144 /* bytes of the longest digest block: SHA3-224 */
#define SCRYPT_MAX_MEMORY (UINT64_C(1) << 30)

/* ---- low-level digests ---- */

union raw_state {
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    MD5_CTX md5;
};

struct raw_hash {
    const char *name;
    const char *other_name;
    size_t digest_len;
    size_t block_len;
    bool little_endian;
    void (*init)(union raw_state *s);
    void (*update)(union raw_state *s, const void *data, size_t len);
    void (*final)(union raw_state *s, uint8_t *out);
    void (*compress)(union raw_state *s, const uint8_t *block);
    void (*words)(const union raw_state *s, uint8_t *out); /* the state as a digest */
};

/* As one store: this is half of what a round costs under a sanitizer, which checks each. */
static void put_be32(uint8_t *out, uint32_t v)
{
    uint32_t big = htobe32(v);
    memcpy(out, &big, sizeof big);
}

static void put_le32(uint8_t *out, uint32_t v)
{
    out[0] = (uint8_t)v;
    out[1] = (uint8_t)(v >> 8);
    out[2] = (uint8_t)(v >> 16);
    out[3] = (uint8_t)(v >> 24);
}

/* The calls of one digest behind the types of the table. */
#define RAW_HASH(id, member, Init, Update, Final, Transform)                                       \
    static void id##_init(union raw_state *s)                                                      \
    {                                                                                              \
        Init(&s->member);                                                                          \
    }                                                                                              \
    static void id##_update(union raw_state *s, const void *data, size_t len)                      \
    {                                                                                              \
        Update(&s->member, data, len);                                                             \
    }                                                                                              \
    static void id##_final(union raw_state *s, uint8_t *out)                                       \
    {                                                                                              \
        Final(out, &s->member);                                                                    \
    }                                                                                              \
    static void id##_compress(union raw_state *s, const uint8_t *block)                            \
    {                                                                                              \
        Transform(&s->member, block);                                                              \
    }

RAW_HASH(md5, md5, MD5_Init, MD5_Update, MD5_Final, MD5_Transform)
RAW_HASH(sha1, sha1, SHA1_Init, SHA1_Update, SHA1_Final, SHA1_Transform)
RAW_HASH(sha224, sha256, SHA224_Init, SHA224_Update, SHA224_Final, SHA256_Transform)
RAW_HASH(sha256, sha256, SHA256_Init, SHA256_Update, SHA256_Final, SHA256_Transform)
RAW_HASH(sha384, sha512, SHA384_Init, SHA384_Update, SHA384_Final, SHA512_Transform)
RAW_HASH(sha512, sha512, SHA512_Init, SHA512_Update, SHA512_Final, SHA512_Transform)

static void md5_words(const union raw_state *s, uint8_t *out)
{
    put_le32(out, s->md5.A);
    put_le32(out + 4, s->md5.B);
    put_le32(out + 8, s->md5.C);
    put_le32(out + 12, s->md5.D);
}

static void sha1_words(const union raw_state *s, uint8_t *out)
{
    put_be32(out, s->sha1.h0);
    put_be32(out + 4, s->sha1.h1);
    put_be32(out + 8, s->sha1.h2);
    put_be32(out + 12, s->sha1.h3);
    put_be32(out + 16, s->sha1.h4);
}

static void sha224_words(const union raw_state *s, uint8_t *out)
{
    for (size_t i = 0; i < 7; i++)
        put_be32(out + 4 * i, s->sha256.h[i]);
}

static void sha256_words(const union raw_state *s, uint8_t *out)
{
    for (size_t i = 0; i < 8; i++)
        put_be32(out + 4 * i, s->sha256.h[i]);
}

static void sha512_some_words(const union raw_state *s, uint8_t *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_be32(out + 8 * i, (uint32_t)(s->sha512.h[i] >> 32));
        put_be32(out + 8 * i + 4, (uint32_t)s->sha512.h[i]);
    }
}

static void sha384_words(const union raw_state *s, uint8_t *out)
{
    sha512_some_words(s, out, 6);
}

static void sha512_words(const union raw_state *s, uint8_t *out)
{
    sha512_some_words(s, out, 8);
}

#define RAW(id) id##_init, id##_update, id##_final, id##_compress, id##_words

static const struct raw_hash raw_hashes[] = {
    /* clang-format off */
    {"SHA1",   "SHA-1",   20, 64,  false, RAW(sha1)},
    {"SHA256", "SHA-256", 32, 64,  false, RAW(sha256)},
    {"SHA512", "SHA-512", 64, 128, false, RAW(sha512)},
    {"SHA384", "SHA-384", 48, 128, false, RAW(sha384)},
    {"SHA224", "SHA-224", 28, 64,  false, RAW(sha224)},
    {"MD5",    "MD5",     16, 64,  true,  RAW(md5)},
    /* clang-format on */
};

static const struct raw_hash *raw_find(const char *name)
{
    for (size_t i = 0; i < sizeof raw_hashes / sizeof raw_hashes[0]; i++)
        if (strcasecmp(name, raw_hashes[i].name) == 0 ||
            strcasecmp(name, raw_hashes[i].other_name) == 0)
            return &raw_hashes[i];
    return NULL;
}

/* Padding of a last block that begins with a digest, after `before` bytes of earlier blocks. */
static void raw_pad(const struct raw_hash *h, uint8_t *block, size_t before)
{
    uint32_t bits = (uint32_t)((before + h->digest_len) * 8);

    memset(block + h->digest_len, 0, h->block_len - h->digest_len);
    block[h->digest_len] = 0x80;
    if (h->little_endian)
        put_le32(block + h->block_len - 8, bits);
    else
        put_be32(block + h->block_len - 4, bits);
}

/* ---- a digest of either kind ---- */

struct hasher {
    const struct raw_hash *raw; /* NULL: through EVP */
    const EVP_MD *md;
    EVP_MD_CTX *ctx;
    size_t digest_len;
    size_t block_len;
};

static enum ks_code hasher_open(struct hasher *h, const char *name, struct ks_error *err)
{
    *h = (struct hasher){.raw = raw_find(name)};
    if (h->raw) {
        h->digest_len = h->raw->digest_len;
        h->block_len = h->raw->block_len;
        return KS_OK;
    }
    h->md = ks_crypto_md(name);
    int digest = h->md ? EVP_MD_get_size(h->md) : 0;
    int block = h->md ? EVP_MD_get_block_size(h->md) : 0;
    if (digest <= 0 || digest > KS_KDF_MAX_HASH || block < digest || block > MAX_BLOCK) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
                "no key can be derived: this OpenSSL has no digest %s", name);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                            "use a newer OpenSSL, or have the file written with SHA-256");
    }
    h->digest_len = (size_t)digest;
    h->block_len = (size_t)block;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "no key can be derived: %s",
                       ks_crypto_reason());
    return KS_OK;
}

static void hasher_close(struct hasher *h)
{
    EVP_MD_CTX_free(h->ctx);
}

/* Digest of two pieces. */
static bool hash_two(struct hasher *h, struct ks_slice a, struct ks_slice b, uint8_t *out)
{
    if (h->raw) {
        union raw_state s;
        h->raw->init(&s);
        h->raw->update(&s, a.data, a.len);
        h->raw->update(&s, b.data, b.len);
        h->raw->final(&s, out);
        ks_wipe(&s, sizeof s);
        return true;
    }
    return EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1 &&
           EVP_DigestUpdate(h->ctx, a.data, a.len) == 1 &&
           EVP_DigestUpdate(h->ctx, b.data, b.len) == 1 &&
           EVP_DigestFinal_ex(h->ctx, out, NULL) == 1;
}

/* digest := H(digest), n times. */
static bool hash_again(struct hasher *h, uint8_t *digest, uint64_t n)
{
    if (!h->raw) {
        for (uint64_t i = 0; i < n; i++)
            if (!hash_two(h, ks_slice(digest, h->digest_len), ks_slice(NULL, 0), digest))
                return false;
        return true;
    }
    uint8_t block[MAX_BLOCK] __attribute__((aligned(16)));
    union raw_state start, s;
    h->raw->init(&start);
    memcpy(block, digest, h->digest_len);
    raw_pad(h->raw, block, 0);
    for (uint64_t i = 0; i < n; i++) {
        s = start;
        h->raw->compress(&s, block);
        h->raw->words(&s, block);
    }
    memcpy(digest, block, h->digest_len);
    ks_wipe(block, sizeof block);
    ks_wipe(&s, sizeof s);
    return true;
}

/* ---- bounds, progress ---- */

static enum ks_code begin(uint64_t rounds, struct ks_slice salt, size_t len, struct ks_job *job,
                          struct ks_error *err)
{
    if (salt.len > KS_KDF_MAX_SALT || len > KS_KDF_MAX_OUT)
        return ks_fail(err, KS_ERR_LIMIT, "limit",
                       "no key was derived: a salt of %zu bytes for a key of %zu bytes", salt.len,
                       len);
    enum ks_code rc = ks_job_charge(job, rounds, err);
    if (rc == KS_OK && rounds >= SHORT)
        ks_job_phase(job, "deriving the key", rounds);
    return rc;
}

/* Each further block of a long key costs all the rounds again. */
static enum ks_code begin_block(bool further, uint64_t rounds, struct ks_job *job,
                                struct ks_error *err)
{
    return further ? ks_job_charge(job, rounds, err) : KS_OK;
}

static enum ks_code stopped(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while deriving the key");
}

static enum ks_code openssl_failed(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "no key can be derived: %s",
                   ks_crypto_reason());
}

static uint64_t next_step(uint64_t left)
{
    return left < STEP ? left : STEP;
}

/* digest := H^n(digest), in steps between which it can be stopped. */
static enum ks_code hash_many(struct hasher *h, uint8_t *digest, uint64_t n, struct ks_job *job,
                              struct ks_error *err)
{
    for (uint64_t done = 0; done < n;) {
        uint64_t step = next_step(n - done);
        if (!hash_again(h, digest, step))
            return openssl_failed(err);
        done += step;
        if (!ks_job_advance(job, done))
            return stopped(err);
    }
    return KS_OK;
}

/* ---- PBKDF1 ---- */

enum ks_code ks_kdf_pbkdf1(const char *hash, struct ks_slice password, struct ks_slice salt,
                           uint64_t rounds, uint8_t *out, size_t len, struct ks_job *job,
                           struct ks_error *err)
{
    struct hasher h;
    uint8_t digest[KS_KDF_MAX_HASH];
    enum ks_code rc = begin(rounds, salt, len, job, err);

    if (rc != KS_OK)
        return rc;
    rc = hasher_open(&h, hash, err);
    if (rc == KS_OK && len > h.digest_len)
        rc = ks_fail(err, KS_ERR_USAGE, "usage", "PBKDF1 gives at most %zu bytes", h.digest_len);
    if (rc == KS_OK && !hash_two(&h, password, salt, digest))
        rc = openssl_failed(err);
    if (rc == KS_OK)
        rc = hash_many(&h, digest, rounds - 1, job, err);
    if (rc == KS_OK)
        memcpy(out, digest, len);
    ks_wipe(digest, sizeof digest);
    hasher_close(&h);
    return rc;
}

/* ---- PBKDF2 ---- */

struct prf {
    struct hasher hash;
    union raw_state inner, outer; /* after the pads */
    EVP_MAC_CTX *mac;             /* without a low-level digest */
};

static bool prf_open_raw(struct prf *f, struct ks_slice key)
{
    const struct raw_hash *raw = f->hash.raw;
    uint8_t pad[MAX_BLOCK] = {0};

    if (key.len > raw->block_len)
        hash_two(&f->hash, key, ks_slice(NULL, 0), pad);
    else if (key.len > 0)
        memcpy(pad, key.data, key.len);
    for (size_t i = 0; i < raw->block_len; i++)
        pad[i] ^= 0x36;
    raw->init(&f->inner);
    raw->update(&f->inner, pad, raw->block_len);
    for (size_t i = 0; i < raw->block_len; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    raw->init(&f->outer);
    raw->update(&f->outer, pad, raw->block_len);
    ks_wipe(pad, sizeof pad);
    return true;
}

static bool prf_open_evp(struct prf *f, struct ks_slice key)
{
    char name[64];
    OSSL_PARAM params[2];
    EVP_MAC *mac = EVP_MAC_fetch(ks_crypto(), "HMAC", NULL);

    f->mac = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (!f->mac)
        return false;
    OPENSSL_strlcpy(name, EVP_MD_get0_name(f->hash.md), sizeof name);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    /* A NULL key would mean "as before". */
    return EVP_MAC_init(f->mac, key.len ? key.data : (const uint8_t *)"", key.len, params) == 1;
}

static void prf_close(struct prf *f)
{
    EVP_MAC_CTX_free(f->mac);
    hasher_close(&f->hash);
    ks_wipe(&f->inner, sizeof f->inner);
    ks_wipe(&f->outer, sizeof f->outer);
}

static bool prf_once_evp(struct prf *f, struct ks_slice a, struct ks_slice b, uint8_t *out)
{
    size_t len = 0;
    return EVP_MAC_init(f->mac, NULL, 0, NULL) == 1 && EVP_MAC_update(f->mac, a.data, a.len) == 1 &&
           EVP_MAC_update(f->mac, b.data, b.len) == 1 &&
           EVP_MAC_final(f->mac, out, &len, KS_KDF_MAX_HASH) == 1;
}

static bool prf_once(struct prf *f, struct ks_slice a, struct ks_slice b, uint8_t *out)
{
    const struct raw_hash *raw = f->hash.raw;
    if (!raw)
        return prf_once_evp(f, a, b, out);

    union raw_state s = f->inner;
    raw->update(&s, a.data, a.len);
    raw->update(&s, b.data, b.len);
    raw->final(&s, out);
    s = f->outer;
    raw->update(&s, out, raw->digest_len);
    raw->final(&s, out);
    ks_wipe(&s, sizeof s);
    return true;
}

/* u := PRF(u), t ^= u, n times. */
static void prf_run_raw(const struct prf *f, uint8_t *u, uint8_t *t, uint64_t n)
{
    const struct raw_hash *raw = f->hash.raw;
    size_t len = raw->digest_len;
    uint8_t block[MAX_BLOCK] __attribute__((aligned(16)));
    union raw_state s;

    memcpy(block, u, len);
    raw_pad(raw, block, raw->block_len); /* the same for the inner and the outer hash */
    for (uint64_t i = 0; i < n; i++) {
        s = f->inner;
        raw->compress(&s, block);
        raw->words(&s, block);
        s = f->outer;
        raw->compress(&s, block);
        raw->words(&s, block);
        for (size_t j = 0; j < len; j++)
            t[j] ^= block[j];
    }
    memcpy(u, block, len);
    ks_wipe(block, sizeof block);
    ks_wipe(&s, sizeof s);
}

static bool prf_run_evp(struct prf *f, uint8_t *u, uint8_t *t, uint64_t n)
{
    size_t len = f->hash.digest_len;
    for (uint64_t i = 0; i < n; i++) {
        if (!prf_once_evp(f, ks_slice(u, len), ks_slice(NULL, 0), u))
            return false;
        for (size_t j = 0; j < len; j++)
            t[j] ^= u[j];
    }
    return true;
}

/* One block T_i of RFC 8018 5.2. */
static enum ks_code pbkdf2_block(struct prf *f, struct ks_slice salt, uint32_t number,
                                 uint64_t rounds, uint8_t *t, struct ks_job *job,
                                 struct ks_error *err)
{
    uint8_t index[4];
    uint8_t u[KS_KDF_MAX_HASH];
    enum ks_code rc = KS_OK;

    put_be32(index, number);
    if (!prf_once(f, salt, ks_slice(index, sizeof index), u))
        return openssl_failed(err);
    memcpy(t, u, f->hash.digest_len);
    for (uint64_t done = 1; done < rounds && rc == KS_OK;) {
        uint64_t step = next_step(rounds - done);
        if (f->hash.raw)
            prf_run_raw(f, u, t, step);
        else if (!prf_run_evp(f, u, t, step))
            rc = openssl_failed(err);
        done += step;
        if (rc == KS_OK && !ks_job_advance(job, done))
            rc = stopped(err);
    }
    ks_wipe(u, sizeof u);
    return rc;
}

enum ks_code ks_kdf_pbkdf2(const char *hash, struct ks_slice password, struct ks_slice salt,
                           uint64_t rounds, uint8_t *out, size_t len, struct ks_job *job,
                           struct ks_error *err)
{
    struct prf f = {0};
    uint8_t t[KS_KDF_MAX_HASH];
    enum ks_code rc = begin(rounds, salt, len, job, err);

    if (rc != KS_OK)
        return rc;
    rc = hasher_open(&f.hash, hash, err);
    if (rc == KS_OK && !(f.hash.raw ? prf_open_raw(&f, password) : prf_open_evp(&f, password)))
        rc = openssl_failed(err);
    for (uint32_t number = 1; rc == KS_OK && len > 0; number++) {
        rc = begin_block(number > 1, rounds, job, err);
        if (rc == KS_OK)
            rc = pbkdf2_block(&f, salt, number, rounds, t, job, err);
        if (rc != KS_OK)
            break;
        size_t part = len < f.hash.digest_len ? len : f.hash.digest_len;
        memcpy(out, t, part);
        out += part;
        len -= part;
    }
    ks_wipe(t, sizeof t);
    prf_close(&f);
    return rc;
}

/* ---- PKCS#12, RFC 7292 appendix B.2 ---- */

/* Fills whole blocks of `block_len` with repetitions of `from`; nothing of nothing. */
static size_t repeat_to_blocks(struct ks_slice from, size_t block_len, uint8_t *out)
{
    size_t len = (from.len + block_len - 1) / block_len * block_len;
    for (size_t i = 0; out && i < len; i++)
        out[i] = from.data[i % from.len];
    return len;
}

/* I_j := (I_j + B + 1) mod 2^(8v) for each block, where B repeats the digest. */
static void add_digest(uint8_t *blocks, size_t len, size_t block_len, const uint8_t *digest,
                       size_t digest_len)
{
    for (size_t at = 0; at < len; at += block_len) {
        unsigned carry = 1;
        for (size_t i = block_len; i-- > 0;) {
            carry += (unsigned)blocks[at + i] + digest[i % digest_len];
            blocks[at + i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
}

enum ks_code ks_kdf_pkcs12(const char *hash, uint8_t id, struct ks_slice password,
                           struct ks_slice salt, uint64_t rounds, uint8_t *out, size_t len,
                           struct ks_job *job, struct ks_error *err)
{
    struct hasher h;
    uint8_t diversifier[MAX_BLOCK];
    uint8_t digest[KS_KDF_MAX_HASH];
    enum ks_code rc = begin(rounds, salt, len, job, err);

    if (rc != KS_OK)
        return rc;
    rc = hasher_open(&h, hash, err);
    if (rc != KS_OK)
        return rc;
    memset(diversifier, id, h.block_len);
    size_t salt_len = repeat_to_blocks(salt, h.block_len, NULL);
    size_t total = salt_len + repeat_to_blocks(password, h.block_len, NULL);
    uint8_t *blocks = ks_alloc(total);
    repeat_to_blocks(salt, h.block_len, blocks);
    repeat_to_blocks(password, h.block_len, blocks + salt_len);
    for (size_t number = 1; rc == KS_OK && len > 0; number++) {
        rc = begin_block(number > 1, rounds, job, err);
        if (rc == KS_OK && !hash_two(&h, ks_slice(diversifier, h.block_len), ks_slice(blocks, total), digest))
            rc = openssl_failed(err);
        if (rc == KS_OK)
            rc = hash_many(&h, digest, rounds - 1, job, err);
        if (rc != KS_OK)
            break;
        size_t part = len < h.digest_len ? len : h.digest_len;
        memcpy(out, digest, part);
        out += part;
        len -= part;
        add_digest(blocks, total, h.block_len, digest, h.digest_len);
    }
    ks_wipe(blocks, total);
    free(blocks);
    ks_wipe(digest, sizeof digest);
    hasher_close(&h);
    return rc;
}

/* ---- scrypt ---- */

/* RFC 7914 2: N is a power of two above 1. The bound on the work keeps `p` in check, which costs
 * no memory; scrypt runs in one piece inside OpenSSL and cannot be stopped. */
static enum ks_code scrypt_bounds(uint64_t n, uint64_t r, uint64_t p, struct ks_job *job,
                                  struct ks_error *err)
{
    if (n < 2 || (n & (n - 1)) != 0 || r == 0 || p == 0)
        return ks_fail(err, KS_ERR_DAMAGED, "damaged",
                       "no key can be derived: scrypt with N=%llu r=%llu p=%llu",
                       (unsigned long long)n, (unsigned long long)r, (unsigned long long)p);
    uint64_t units = SCRYPT_MAX_MEMORY / 128;
    bool memory = n > units || r > units || n * r > units;
    if (memory || p > units || n * r * p / 2 > KS_KDF_MAX_ROUNDS) {
        ks_fail(err, KS_ERR_LIMIT, "too-many-iterations",
                "no key was derived: scrypt with N=%llu r=%llu p=%llu takes %s",
                (unsigned long long)n, (unsigned long long)r, (unsigned long long)p,
                memory ? "more than 1 GiB" : "too long");
        return ks_fail_next(err, KS_ERR_LIMIT,
                            "the file is damaged, or made to keep programs busy");
    }
    return ks_job_charge(job, n * r * p / 2 + 1, err);
}

enum ks_code ks_kdf_scrypt(struct ks_slice password, struct ks_slice salt, uint64_t n, uint64_t r,
                           uint64_t p, uint8_t *out, size_t len, struct ks_job *job,
                           struct ks_error *err)
{
    enum ks_code rc = scrypt_bounds(n, r, p, job, err);
    if (rc != KS_OK)
        return rc;
    if (salt.len > KS_KDF_MAX_SALT || len > KS_KDF_MAX_OUT)
        return ks_fail(err, KS_ERR_LIMIT, "limit",
                       "no key was derived: a salt of %zu bytes for a key of %zu bytes", salt.len,
                       len);

    /* V takes 128*N*r bytes, B and T 128*r*(p+2) more; OpenSSL's own default is 32 MiB. */
    uint64_t memory = SCRYPT_MAX_MEMORY + (UINT64_C(64) << 20) + 128 * r * (p + 2);
    uint8_t nothing = 0;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_PASSWORD, password.len ? (void *)(uintptr_t)password.data : &nothing,
            password.len),
        OSSL_PARAM_construct_octet_string(
            OSSL_KDF_PARAM_SALT, salt.len ? (void *)(uintptr_t)salt.data : &nothing, salt.len),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end(),
    };
    ks_job_phase(job, "deriving the key", 0);
    EVP_KDF *kdf = EVP_KDF_fetch(ks_crypto(), "SCRYPT", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool good = ctx && EVP_KDF_derive(ctx, out, len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    if (!good)
        return openssl_failed(err);
    return ks_job_advance(job, 0) ? KS_OK : stopped(err);
}

/* ---- Sun MD5 ---- */

bool ks_kdf_sun_md5_has_old_swap(const uint8_t salt[static 8])
{
    return memcmp(salt, salt + 4, 4) == 0 && !(salt[0] == salt[2] && salt[0] == salt[3]);
}

static void swap_half(uint8_t half[static 4], bool old_swap)
{
    uint8_t a = half[0], b = half[1], c = half[2], d = half[3];
    half[0] = d;
    half[1] = old_swap ? a : c;
    half[2] = b;
    half[3] = old_swap ? d : a;
}

enum ks_code ks_kdf_sun_md5(struct ks_slice password, const uint8_t salt[static 8], uint64_t rounds,
                            bool old_swap, uint8_t out[static 32], struct ks_job *job,
                            struct ks_error *err)
{
    MD5_CTX md5;
    enum ks_code rc = begin(rounds, ks_slice(salt, 8), 32, job, err);

    if (rc != KS_OK)
        return rc;
    for (int half = 0; half < 2 && rc == KS_OK; half++) {
        uint8_t *x = out + 16 * half;
        size_t len = 4;
        rc = begin_block(half > 0, rounds, job, err);
        if (rc != KS_OK)
            break;
        memcpy(x, salt + 4 * half, 4);
        if (half == 0 && memcmp(salt, salt + 4, 4) == 0)
            swap_half(x, old_swap);
        for (uint64_t i = 1; i <= rounds; i++) {
            MD5_Init(&md5);
            MD5_Update(&md5, x, len);
            MD5_Update(&md5, password.data, password.len);
            MD5_Final(x, &md5);
            len = MD5_DIGEST_LENGTH;
            if (i % STEP == 0 && !ks_job_advance(job, i)) {
                rc = stopped(err);
                break;
            }
        }
    }
    ks_wipe(&md5, sizeof md5);
    return rc;
}
