/*
 * Keys are derived from the password and a word for what they are used for, each as a BMPString
 * with its terminator; an empty password is no bytes at all.
 *
 * Up to release 1.86, Bouncy Castle gives scrypt the block size r where the parallelization p
 * belongs. Both readings are tried; what is written says p = r, so that both lead to the same key.
 */
#include "format/bcfks_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/oid.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY KS_KDF_MAX_OUT
#define AES_256 32
#define NONCE_LEN 12
#define SHORT_NONCE_LEN 11 /* leaves four bytes for the length, see fits_nonce() */
#define TAG_LEN 8          /* what Bouncy Castle writes; the least that RFC 5084 recommends */
#define KWP_OVERHEAD 16    /* RFC 5649: eight bytes, and up to seven of padding */

/* ---- errors ---- */

static enum ks_code not_authentic(struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "the password does not fit, or the bytes were altered");
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static enum ks_code unreadable(struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged",
            "not decrypted: the description of its encryption cannot be read");
    return ks_fail_next(err, KS_ERR_DAMAGED,
                        "the file is damaged; look for a copy of it or a backup");
}

static enum ks_code unknown(struct ks_error *err, const char *what, struct ks_slice oid)
{
    struct ks_buf text = {.max = 200};

    ks_oid_text(oid, &text);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg", "%s %s is not one that ksx knows", what,
            ks_buf_text(&text));
    ks_buf_free(&text);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "Bouncy Castle does not know it either; ask the program that wrote it");
}

static enum ks_code openssl_failed(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "OpenSSL failed: %s", ks_crypto_reason());
}

static enum ks_code too_large(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_LIMIT, "limit", "it is too large for a single encryption");
}

/* ---- keys ---- */

static const char *const purposes[] = {
    [KS_BCFKS_FOR_STORE] = "STORE_ENCRYPTION",
    [KS_BCFKS_FOR_PRIVATE_KEY] = "PRIVATE_KEY_ENCRYPTION",
    [KS_BCFKS_FOR_SECRET_KEY] = "SECRET_KEY_ENCRYPTION",
    [KS_BCFKS_FOR_MAC] = "INTEGRITY_CHECK",
};

static struct ks_secret *with_purpose(const struct ks_secret *password,
                                      enum ks_bcfks_purpose purpose)
{
    const char *word = purposes[purpose];
    struct ks_secret *wide = ks_secret_is_empty(password) ? NULL : ks_secret_bmp(password);
    struct ks_slice front = ks_secret_bytes(wide);
    size_t len = front.len + 2 * (strlen(word) + 1);
    uint8_t *both = ks_alloc(len);

    if (front.len)
        memcpy(both, front.data, front.len);
    for (size_t i = 0; word[i]; i++)
        both[front.len + 2 * i + 1] = (uint8_t)word[i];
    struct ks_secret *out = ks_secret_new(both, len);
    ks_wipe(both, len);
    free(both);
    ks_secret_free(wide);
    return out;
}

/* The two values of scrypt's p, in the order in which they are tried. */
static size_t readings(const struct ks_pbe_scheme *s, uint64_t p[static 2])
{
    p[0] = s->r;
    p[1] = s->p;
    return s->kdf == KS_PBE_KDF_SCRYPT && s->r != s->p ? 2 : 1;
}

static enum ks_code derive(const struct ks_pbe_scheme *s, enum ks_bcfks_purpose purpose,
                           const struct ks_secret *password, uint64_t p, uint8_t *key, size_t len,
                           struct ks_job *job, struct ks_error *err)
{
    if (s->kdf == KS_PBE_KDF_UNKNOWN)
        return unknown(err, "the key derivation", s->kdf_oid);
    struct ks_secret *from = with_purpose(password, purpose);
    struct ks_slice pw = ks_secret_bytes(from);
    enum ks_code rc = s->kdf == KS_PBE_KDF_SCRYPT
                          ? ks_kdf_scrypt(pw, s->salt, s->n, s->r, p, key, len, job, err)
                          : ks_kdf_pbkdf2(s->hash, pw, s->salt, s->rounds, key, len, job, err);
    ks_secret_free(from);
    return rc;
}

/* ---- ciphers ---- */

/* Bouncy Castle takes the length of the key from the derivation, whatever the OID says. */
static size_t cipher_key_len(const struct ks_pbe_scheme *s)
{
    if (s->kdf_key_len == 0)
        return AES_256;
    bool fits = s->kdf_key_len == 16 || s->kdf_key_len == 24 || s->kdf_key_len == AES_256;
    return fits ? (size_t)s->kdf_key_len : 0;
}

static EVP_CIPHER *fetch(const struct ks_pbe_scheme *s, size_t key_len)
{
    static const char *const names[][3] = {
        [KS_PBE_CCM] = {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"},
        [KS_PBE_KWP] = {"AES-128-WRAP-PAD", "AES-192-WRAP-PAD", "AES-256-WRAP-PAD"},
    };
    return ks_crypto_cipher(names[s->mode][key_len / 8 - 2]);
}

/* RFC 3610 counts the plaintext in the bytes that the nonce leaves of 15. */
static bool fits_nonce(size_t len, size_t nonce_len)
{
    size_t bits = 8 * (15 - nonce_len);
    return bits >= 8 * sizeof len || len >> bits == 0;
}

static bool ccm_start(EVP_CIPHER_CTX *ctx, EVP_CIPHER *evp, const struct ks_pbe_scheme *s,
                      const uint8_t *key, const uint8_t *tag, int len, bool encrypt)
{
    int ignored = 0;
    return EVP_CipherInit_ex(ctx, evp, NULL, NULL, NULL, encrypt) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)s->iv.len, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, s->tag_len, (void *)(uintptr_t)tag) ==
               1 &&
           EVP_CipherInit_ex(ctx, NULL, NULL, key, s->iv.data, encrypt) == 1 &&
           EVP_CipherUpdate(ctx, NULL, &ignored, NULL, len) == 1;
}

static bool kwp_start(EVP_CIPHER_CTX *ctx, EVP_CIPHER *evp, const uint8_t *key, bool encrypt)
{
    EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    return EVP_CipherInit_ex(ctx, evp, NULL, key, NULL, encrypt) == 1;
}

/* Either direction, of `in` without the tag; *out_len is set on KS_OK. */
static enum ks_code run(const struct ks_pbe_scheme *s, struct ks_slice key, struct ks_slice in,
                        uint8_t *tag, bool encrypt, uint8_t *out, size_t *out_len,
                        struct ks_error *err)
{
    int len = 0;
    enum ks_code rc = KS_OK;
    EVP_CIPHER *evp = fetch(s, key.len);
    EVP_CIPHER_CTX *ctx = evp ? EVP_CIPHER_CTX_new() : NULL;
    bool ccm = s->mode == KS_PBE_CCM;
    bool started =
        ctx && (ccm ? ccm_start(ctx, evp, s, key.data, encrypt ? NULL : tag, (int)in.len, encrypt)
                    : kwp_start(ctx, evp, key.data, encrypt));

    if (!started)
        rc = openssl_failed(err);
    else if (EVP_CipherUpdate(ctx, out, &len, in.data, (int)in.len) != 1 || len <= 0)
        rc = encrypt ? openssl_failed(err) : not_authentic(err);
    else if (encrypt && ccm &&
             EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, s->tag_len, tag) != 1)
        rc = openssl_failed(err);
    (void)ks_crypto_reason(); /* an empty error queue for the next one */
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(evp);
    *out_len = rc == KS_OK ? (size_t)len : 0;
    return rc;
}

/* ---- decryption ---- */

static enum ks_code read_scheme(struct ks_slice alg, struct ks_pbe_scheme *s, struct ks_error *err)
{
    if (!ks_pbe_scheme_parse(alg, s))
        return unreadable(err);
    if (s->family != KS_PBE_PBES2)
        return unknown(err, "the encryption", s->oid);
    if (!s->cipher || s->mode == KS_PBE_PADDED)
        return unknown(err, "the cipher", s->cipher_oid);
    return cipher_key_len(s) ? KS_OK : unreadable(err);
}

static enum ks_code decrypt_with(const struct ks_pbe_scheme *s, struct ks_slice key,
                                 struct ks_slice in, struct ks_blob **out, struct ks_error *err)
{
    uint8_t tag[16] = {0};
    size_t len = 0, room = in.len;

    if (s->mode == KS_PBE_CCM) {
        in.len -= s->tag_len;
        memcpy(tag, in.data + in.len, s->tag_len);
    }
    uint8_t *plain = ks_alloc(room);
    enum ks_code rc = run(s, key, in, tag, false, plain, &len, err);
    ks_wipe(plain + len, room - len); /* the blob wipes only what it knows of */
    if (rc == KS_OK) {
        *out = ks_blob_take(plain, len, true);
        return KS_OK;
    }
    ks_wipe(plain, room);
    free(plain);
    return rc;
}

static enum ks_code check_length(const struct ks_pbe_scheme *s, struct ks_slice in,
                                 struct ks_error *err)
{
    if (in.len > INT32_MAX / 2)
        return too_large(err);
    bool good = s->mode == KS_PBE_CCM ? in.len > s->tag_len : in.len >= 16 && in.len % 8 == 0;
    if (good)
        return KS_OK;
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "not decrypted: %zu bytes are no whole ciphertext",
            in.len);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of the file or a backup");
}

enum ks_code ks_bcfks_decrypt(struct ks_slice alg, struct ks_slice content,
                              enum ks_bcfks_purpose purpose, const struct ks_secret *password,
                              struct ks_job *job, struct ks_blob **out, struct ks_error *err)
{
    struct ks_pbe_scheme s;
    uint8_t key[AES_256];
    uint64_t p[2];
    enum ks_code rc = read_scheme(alg, &s, err);

    if (rc == KS_OK)
        rc = check_length(&s, content, err);
    if (rc != KS_OK)
        return rc;
    size_t len = cipher_key_len(&s), count = readings(&s, p);
    for (size_t i = 0; i < count; i++) {
        struct ks_error why = {0};
        rc = derive(&s, purpose, password, p[i], key, len, job, &why);
        if (rc == KS_OK)
            rc = decrypt_with(&s, ks_slice(key, len), content, out, &why);
        if (rc != KS_OK && i == 0 && err)
            *err = why;
        if (rc != KS_ERR_PASSWORD && rc != KS_ERR_LIMIT)
            break;
    }
    ks_wipe(key, sizeof key);
    return rc;
}

/* ---- algorithms that are written ---- */

#define ZERO_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define OID_PBES2 "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define OID_AES_256_CCM "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2f"
#define KEY_LENGTH_AT 88

/* PBKDF2 with a salt of 64 bytes, 51,200 rounds of hmacWithSHA512, for a key of 32 bytes. */
static const char default_kdf[] =
    "\x30\x65\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c\x30\x58"
    "\x04\x40" ZERO_16 ZERO_16 ZERO_16 ZERO_16 "\x02\x03\x00\xc8\x00\x02\x01\x20"
    "\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x0b\x05\x00";
static_assert(sizeof default_kdf - 1 == 0x65 + 2, "the length in its header");

static const char default_mac[] = "\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x0b\x05\x00";

struct ks_slice ks_bcfks_default_mac(void)
{
    return ks_slice(default_mac, sizeof default_mac - 1);
}

static void put_default_kdf(uint8_t key_len, struct ks_buf *out)
{
    size_t at = out->len;
    ks_buf_append(out, default_kdf, sizeof default_kdf - 1);
    out->data[at + KEY_LENGTH_AT] = key_len;
}

/* PBES2 of this key derivation and AES-256-CCM; the nonce is still to be filled in. */
static void put_ccm(struct ks_slice kdf, size_t nonce_len, uint8_t tag_len, struct ks_buf *out)
{
    static const uint8_t zeros[NONCE_LEN];
    struct ks_buf params = KS_BUF_INIT, cipher = KS_BUF_INIT, both = KS_BUF_INIT;
    struct ks_buf alg = KS_BUF_INIT;

    ks_der_put(&params, KS_DER_OCTET_STRING, ks_slice(zeros, nonce_len));
    ks_der_put(&params, KS_DER_INTEGER, ks_slice(&tag_len, 1));
    ks_buf_append(&cipher, OID_AES_256_CCM, sizeof OID_AES_256_CCM - 1);
    ks_der_put(&cipher, KS_DER_SEQUENCE, ks_slice(params.data, params.len));
    ks_buf_slice(&both, kdf);
    ks_der_put(&both, KS_DER_SEQUENCE, ks_slice(cipher.data, cipher.len));
    ks_buf_append(&alg, OID_PBES2, sizeof OID_PBES2 - 1);
    ks_der_put(&alg, KS_DER_SEQUENCE, ks_slice(both.data, both.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(alg.data, alg.len));
    ks_buf_free(&params);
    ks_buf_free(&cipher);
    ks_buf_free(&both);
    ks_buf_free(&alg);
}

/* The key derivation of a PBES2 algorithm, whole TLV. */
static struct ks_slice kdf_of(struct ks_slice alg)
{
    struct ks_tlv outer, params, kdf;

    if (!ks_der_expect(&alg, KS_DER_SEQUENCE, &outer) || !ks_der_skip(&outer.body, KS_DER_OID) ||
        !ks_der_expect(&outer.body, KS_DER_SEQUENCE, &params) ||
        !ks_der_expect(&params.body, KS_DER_SEQUENCE, &kdf))
        return ks_slice(NULL, 0);
    return kdf.whole;
}

/* `like`, unless there is none or its nonce leaves no room to count the plaintext. */
static void put_like(struct ks_slice like, const struct ks_pbe_scheme *s, size_t plain_len,
                     struct ks_buf *out)
{
    struct ks_buf kdf = KS_BUF_INIT;
    size_t nonce_len = fits_nonce(plain_len, NONCE_LEN) ? NONCE_LEN : SHORT_NONCE_LEN;

    if (like.len == 0) {
        put_default_kdf(AES_256, &kdf);
        put_ccm(ks_slice(kdf.data, kdf.len), nonce_len, TAG_LEN, out);
    } else if (s->mode == KS_PBE_CCM && !fits_nonce(plain_len, s->iv.len)) {
        put_ccm(kdf_of(like), nonce_len, s->tag_len, out);
    } else {
        ks_buf_slice(out, like);
    }
    ks_buf_free(&kdf);
}

static bool renew(struct ks_slice part, struct ks_buf *in)
{
    return part.len == 0 ||
           RAND_bytes_ex(ks_crypto(), in->data + (part.data - in->data), part.len, 0) == 1;
}

/* p := r, see above; in the rare case that the two numbers have unequal lengths p stays, and the
 * key is the one that Bouncy Castle derives. */
static void level_p(const struct ks_pbe_scheme *s, struct ks_buf *in)
{
    size_t at = (size_t)(s->salt.data - in->data) + s->salt.len;
    struct ks_slice rest = ks_slice(in->data + at, in->len - at);
    struct ks_tlv r, p;

    if (s->kdf != KS_PBE_KDF_SCRYPT || !ks_der_skip(&rest, KS_DER_INTEGER) ||
        !ks_der_expect(&rest, KS_DER_INTEGER, &r) || !ks_der_expect(&rest, KS_DER_INTEGER, &p) ||
        r.body.len == 0 || r.body.len != p.body.len)
        return;
    memcpy(in->data + (p.body.data - in->data), r.body.data, r.body.len);
}

/* What `s` was parsed from, in `in`, gets a new salt and nonce; everything else stays. */
static enum ks_code freshen(const struct ks_pbe_scheme *s, struct ks_buf *in, struct ks_error *err)
{
    if (!renew(s->salt, in) || !renew(s->iv, in))
        return openssl_failed(err);
    level_p(s, in);
    return KS_OK;
}

/* ---- encryption ---- */

static enum ks_code encrypt_with(const struct ks_pbe_scheme *s, struct ks_slice key,
                                 struct ks_slice plain, struct ks_buf *out, struct ks_error *err)
{
    uint8_t tag[16];
    size_t len = 0;
    uint8_t *sealed = ks_alloc(plain.len + KWP_OVERHEAD);
    enum ks_code rc = run(s, key, plain, tag, true, sealed, &len, err);

    if (rc == KS_OK) {
        ks_buf_append(out, sealed, len);
        if (s->mode == KS_PBE_CCM)
            ks_buf_append(out, tag, s->tag_len);
    }
    free(sealed);
    return rc;
}

/* The algorithm in `alg`, all of it, with the ciphertext behind. */
static enum ks_code encrypt_as(struct ks_buf *alg, struct ks_slice plain,
                               enum ks_bcfks_purpose purpose, const struct ks_secret *password,
                               struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_pbe_scheme s;
    uint8_t key[AES_256];
    struct ks_buf sealed = KS_BUF_INIT;
    enum ks_code rc = read_scheme(ks_slice(alg->data, alg->len), &s, err);

    if (rc == KS_OK)
        rc = freshen(&s, alg, err);
    if (rc == KS_OK)
        rc = derive(&s, purpose, password, s.r, key, cipher_key_len(&s), job, err);
    if (rc == KS_OK)
        rc = encrypt_with(&s, ks_slice(key, cipher_key_len(&s)), plain, &sealed, err);
    if (rc == KS_OK) {
        ks_der_put(alg, KS_DER_OCTET_STRING, ks_slice(sealed.data, sealed.len));
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(alg->data, alg->len));
    }
    ks_buf_free(&sealed);
    ks_wipe(key, sizeof key);
    return rc;
}

enum ks_code ks_bcfks_encrypt(struct ks_slice like, struct ks_slice plain,
                              enum ks_bcfks_purpose purpose, const struct ks_secret *password,
                              struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_pbe_scheme s = {0};
    struct ks_buf alg = KS_BUF_INIT;
    enum ks_code rc = like.len ? read_scheme(like, &s, err) : KS_OK;

    if (rc != KS_OK)
        return rc;
    if (plain.len > INT32_MAX / 2)
        return too_large(err);
    put_like(like, &s, plain.len, &alg);
    rc = encrypt_as(&alg, plain, purpose, password, job, out, err);
    ks_buf_free(&alg);
    return rc;
}

/* ---- MAC ---- */

struct mac {
    const char *hash; /* OpenSSL name */
    struct ks_pbe_scheme kdf;
};

static enum ks_code read_mac(struct ks_slice mac_alg, struct ks_slice kdf, struct mac *out,
                             struct ks_error *err)
{
    struct ks_tlv seq, oid;

    if (!ks_der_expect(&mac_alg, KS_DER_SEQUENCE, &seq) ||
        !ks_der_expect(&seq.body, KS_DER_OID, &oid) || !ks_pbe_kdf_parse(kdf, &out->kdf))
        return ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
                       "the description of its MAC cannot be read");
    out->hash = ks_pbe_hmac_hash(oid.body);
    if (!out->hash)
        return unknown(err, "the MAC", oid.body);
    if (out->kdf.kdf == KS_PBE_KDF_UNKNOWN)
        return unknown(err, "the key derivation", out->kdf.kdf_oid);
    if (out->kdf.kdf_key_len == 0)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
                       "its MAC does not say how long the key is");
    if (out->kdf.kdf_key_len > MAX_KEY)
        return ks_fail(err, KS_ERR_LIMIT, "limit", "its MAC asks for a key of %llu bytes",
                       (unsigned long long)out->kdf.kdf_key_len);
    return KS_OK;
}

static enum ks_code compute_mac(const struct mac *m, struct ks_slice data, uint64_t p,
                                const struct ks_secret *password, struct ks_job *job,
                                uint8_t out[static KS_KDF_MAX_HASH], size_t *out_len,
                                struct ks_error *err)
{
    uint8_t key[MAX_KEY];
    size_t len = (size_t)m->kdf.kdf_key_len;
    enum ks_code rc = derive(&m->kdf, KS_BCFKS_FOR_MAC, password, p, key, len, job, err);

    if (rc == KS_OK && !EVP_Q_mac(ks_crypto(), "HMAC", NULL, m->hash, NULL, key, len, data.data,
                                  data.len, out, KS_KDF_MAX_HASH, out_len))
        rc = openssl_failed(err);
    ks_wipe(key, sizeof key);
    return rc;
}

enum ks_code ks_bcfks_mac_check(const struct ks_bcfks_file *f, const struct ks_secret *password,
                                struct ks_job *job, bool *strict, struct ks_error *err)
{
    struct mac m;
    uint8_t found[KS_KDF_MAX_HASH];
    size_t len = 0;
    uint64_t p[2];
    enum ks_code rc = read_mac(f->check_alg, f->kdf, &m, err);

    if (rc != KS_OK)
        return rc;
    size_t count = readings(&m.kdf, p);
    for (size_t i = 0; i < count; i++) {
        struct ks_error why = {0};
        rc = compute_mac(&m, f->data, p[i], password, job, found, &len, &why);
        if (rc == KS_OK && (len != f->mac.len || CRYPTO_memcmp(found, f->mac.data, len) != 0))
            rc = not_authentic(&why);
        if (rc != KS_OK && i == 0 && err)
            *err = why;
        *strict = i > 0;
        if (rc != KS_ERR_PASSWORD && rc != KS_ERR_LIMIT)
            break;
    }
    return rc;
}

enum ks_code ks_bcfks_mac_put(struct ks_slice mac_alg, struct ks_slice kdf, struct ks_slice data,
                              const struct ks_secret *password, struct ks_job *job,
                              struct ks_buf *out, struct ks_error *err)
{
    struct mac m;
    uint8_t found[KS_KDF_MAX_HASH];
    size_t len = 0;
    struct ks_buf derivation = KS_BUF_INIT, body = KS_BUF_INIT;

    if (kdf.len)
        ks_buf_slice(&derivation, kdf);
    else
        put_default_kdf(KS_KDF_MAX_HASH, &derivation);
    enum ks_code rc = read_mac(mac_alg, ks_slice(derivation.data, derivation.len), &m, err);
    if (rc == KS_OK)
        rc = freshen(&m.kdf, &derivation, err);
    if (rc == KS_OK)
        rc = compute_mac(&m, data, m.kdf.r, password, job, found, &len, err);
    if (rc == KS_OK) {
        ks_buf_slice(&body, mac_alg);
        ks_buf_append(&body, derivation.data, derivation.len);
        ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(found, len));
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    }
    ks_buf_free(&derivation);
    ks_buf_free(&body);
    return rc;
}

void ks_bcfks_mac_text(const struct ks_bcfks_file *f, struct ks_buf *out)
{
    struct mac m;
    enum ks_code rc = read_mac(f->check_alg, f->kdf, &m, NULL);

    if (rc != KS_OK && rc != KS_ERR_LIMIT) {
        ks_buf_str(out, "a MAC of an unknown kind");
        return;
    }
    ks_buf_printf(out, "HMAC-%s, ", m.hash);
    ks_pbe_kdf_text(&m.kdf, out);
}
