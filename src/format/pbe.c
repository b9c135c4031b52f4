#include "format/pbe_scheme.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#define MAX_SECRET (1u << 20) /* plaintext that is kept in locked memory */
#define SUN_SALT 20
#define SUN_CHECK 20

/* ---- errors ---- */

static enum ks_code wrong_password(struct ks_error *err)
{
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "not decrypted: the password does not fit, or the bytes were altered");
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static enum ks_code damaged(struct ks_error *err, const char *why)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "not decrypted: %s", why);
    return ks_fail_next(err, KS_ERR_DAMAGED,
                        "the file is damaged; look for a copy of it or a backup");
}

static enum ks_code unknown_oid(struct ks_error *err, const char *what, struct ks_slice oid)
{
    struct ks_buf text = KS_BUF_INIT;

    ks_oid_text(oid, &text);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "not decrypted: %s %s is not one that ksx knows", what, ks_buf_text(&text));
    ks_buf_free(&text);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "decrypt it with the program that wrote the file, and write it again with "
                        "AES-256-CBC and PBKDF2");
}

static enum ks_code no_cipher(struct ks_error *err, const struct ks_pbe_cipher *cipher)
{
    (void)ks_crypto_reason();
    if (cipher->legacy && !ks_crypto_has_legacy()) {
        ks_fail(err, KS_ERR_UNSUPPORTED, "no-legacy-provider",
                "not decrypted: %s is in OpenSSL's legacy provider, which is not installed here",
                cipher->text);
        return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                            "install OpenSSL's legacy provider (legacy.so), or have the file "
                            "written again with AES-256");
    }
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "not decrypted: this OpenSSL has no cipher %s", cipher->text);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "have the file written again with AES-256");
}

/* ---- passwords ---- */

/* RFC 7292 B.1, and the two conventions for none. */
static struct ks_secret *pkcs12_password(const struct ks_secret *password,
                                         enum ks_empty_password empty)
{
    if (ks_secret_is_empty(password) && empty == KS_EMPTY_NONE)
        return ks_secret_new(NULL, 0);
    return ks_secret_bmp(password);
}

/* ---- ciphers ---- */

static bool cipher_start(EVP_CIPHER_CTX *ctx, EVP_CIPHER *evp, const struct ks_pbe_scheme *s,
                         const struct ks_pbe_keying *k, int encrypt)
{
    size_t bits = s->rc2_bits;
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};

    if (s->rc2_bits)
        params[0] = OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_RC2_KEYBITS, &bits);
    /* RC2's key schedule depends on the effective bits, so they come before the key. */
    return EVP_CipherInit_ex2(ctx, evp, NULL, NULL, encrypt, params) == 1 &&
           (s->cipher->key_len != 0 || EVP_CIPHER_CTX_set_key_length(ctx, (int)s->key_len) == 1) &&
           EVP_CipherInit_ex2(ctx, NULL, k->key, s->cipher->iv_len ? k->iv : NULL, encrypt,
                              NULL) == 1;
}

enum ks_code ks_pbe_cipher(const struct ks_pbe_scheme *s, const struct ks_pbe_keying *k,
                           bool encrypt, struct ks_slice in, uint8_t *out, size_t *out_len,
                           struct ks_error *err)
{
    int first = 0, last = 0;
    enum ks_code rc = KS_OK;

    if (in.len > INT32_MAX / 2)
        return ks_fail(err, KS_ERR_LIMIT, "limit", "not decrypted: %zu bytes are too many", in.len);
    if (!encrypt && s->cipher->iv_len && (in.len == 0 || in.len % s->cipher->iv_len != 0))
        return damaged(err, "the encrypted part is no whole number of blocks");
    EVP_CIPHER *evp = ks_crypto_cipher(s->cipher->openssl);
    EVP_CIPHER_CTX *ctx = evp ? EVP_CIPHER_CTX_new() : NULL;
    if (!ctx || !cipher_start(ctx, evp, s, k, encrypt))
        rc = no_cipher(err, s->cipher);
    else if (EVP_CipherUpdate(ctx, out, &first, in.data, (int)in.len) != 1 ||
             EVP_CipherFinal_ex(ctx, out + first, &last) != 1)
        rc = wrong_password(err);
    (void)ks_crypto_reason(); /* an empty error queue for the next one */
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(evp);
    *out_len = (size_t)(first + last);
    return rc;
}

/* ---- keys ---- */

static enum ks_code derive_pkcs12(const struct ks_pbe_scheme *s, const struct ks_secret *password,
                                  enum ks_empty_password empty, struct ks_pbe_keying *k,
                                  struct ks_job *job, struct ks_error *err)
{
    struct ks_secret *bmp = pkcs12_password(password, empty);
    struct ks_slice pw = ks_secret_bytes(bmp);
    enum ks_code rc =
        ks_kdf_pkcs12(s->hash, 1, pw, s->salt, s->rounds, k->key, s->key_len, job, err);

    if (rc == KS_OK && s->cipher->iv_len)
        rc = ks_kdf_pkcs12(s->hash, 2, pw, s->salt, s->rounds, k->iv, s->cipher->iv_len, job, err);
    ks_secret_free(bmp);
    return rc;
}

/* RFC 8018 6.1: eight bytes of key, eight of IV. */
static enum ks_code derive_pkcs5(const struct ks_pbe_scheme *s, struct ks_slice password,
                                 struct ks_pbe_keying *k, struct ks_job *job, struct ks_error *err)
{
    enum ks_code rc = ks_kdf_pbkdf1(s->hash, password, s->salt, s->rounds, k->key, 16, job, err);
    memcpy(k->iv, k->key + 8, 8);
    return rc;
}

static enum ks_code derive_pbes2(const struct ks_pbe_scheme *s, struct ks_slice password,
                                 struct ks_pbe_keying *k, struct ks_job *job, struct ks_error *err)
{
    if (s->kdf == KS_PBE_KDF_UNKNOWN)
        return unknown_oid(err, "the key derivation", s->kdf_oid);
    if (!s->cipher || s->mode != KS_PBE_PADDED)
        return unknown_oid(err, "the cipher", s->cipher_oid);
    if (s->iv.len != s->cipher->iv_len)
        return damaged(err, "the cipher's IV has the wrong length");
    memcpy(k->iv, s->iv.data, s->iv.len);
    if (s->kdf == KS_PBE_KDF_SCRYPT)
        return ks_kdf_scrypt(password, s->salt, s->n, s->r, s->p, k->key, s->key_len, job, err);
    return ks_kdf_pbkdf2(s->hash, password, s->salt, s->rounds, k->key, s->key_len, job, err);
}

static enum ks_code derive_sun_jceks(const struct ks_pbe_scheme *s, struct ks_slice password,
                                     bool old_swap, struct ks_pbe_keying *k, struct ks_job *job,
                                     struct ks_error *err)
{
    uint8_t both[32];

    if (s->salt.len != 8)
        return damaged(err, "the salt is not 8 bytes long");
    enum ks_code rc = ks_kdf_sun_md5(password, s->salt.data, s->rounds, old_swap, both, job, err);
    memcpy(k->key, both, 24);
    memcpy(k->iv, both + 24, 8);
    ks_wipe(both, sizeof both);
    return rc;
}

enum ks_code ks_pbe_derive(const struct ks_pbe_scheme *s, const struct ks_secret *password,
                           enum ks_empty_password empty, struct ks_pbe_keying *k,
                           struct ks_job *job, struct ks_error *err)
{
    struct ks_slice pw = ks_secret_bytes(password);

    switch (s->family) {
    case KS_PBE_PKCS12:
        return derive_pkcs12(s, password, empty, k, job, err);
    case KS_PBE_PKCS5:
        return derive_pkcs5(s, pw, k, job, err);
    case KS_PBE_PBES2:
        return derive_pbes2(s, pw, k, job, err);
    default:
        return unknown_oid(err, "the encryption", s->oid);
    }
}

/* ---- Sun's key protector for JKS ---- */

/* sun.security.provider.KeyProtector: salt(20) || PKCS#8 XOR keystream || check(20), where the
 * keystream is d1, d2, ... with d(i+1) = SHA1(password || d(i)) and d0 the salt, and the check is
 * SHA1(password || PKCS#8). */
static enum ks_code sun_jks(struct ks_slice in, const struct ks_secret *password, uint8_t *out,
                            size_t *out_len, struct ks_job *job, struct ks_error *err)
{
    uint8_t digest[SUN_CHECK];
    enum ks_code rc;

    if (in.len <= SUN_SALT + SUN_CHECK)
        return damaged(err, "the encrypted key is too short");
    size_t len = in.len - SUN_SALT - SUN_CHECK;
    rc = ks_job_charge(job, len / SUN_SALT + 1, err);
    if (rc != KS_OK)
        return rc;
    struct ks_secret *wide = ks_secret_utf16be(password);
    struct ks_slice pw = ks_secret_bytes(wide);
    const EVP_MD *sha1 = ks_crypto_md("SHA1");
    EVP_MD_CTX *keyed = EVP_MD_CTX_new(), *ctx = EVP_MD_CTX_new();
    bool good = keyed && ctx && sha1 && EVP_DigestInit_ex(keyed, sha1, NULL) == 1 &&
                EVP_DigestUpdate(keyed, pw.data, pw.len) == 1;

    memcpy(digest, in.data, SUN_SALT);
    for (size_t i = 0; good && i < len; i++) {
        if (i % SUN_SALT == 0)
            good = EVP_MD_CTX_copy_ex(ctx, keyed) == 1 &&
                   EVP_DigestUpdate(ctx, digest, sizeof digest) == 1 &&
                   EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
        out[i] = in.data[SUN_SALT + i] ^ digest[i % SUN_SALT];
        if (i % (1u << 20) == 0 && !ks_job_advance(job, i / SUN_SALT))
            break;
    }
    good = good && EVP_DigestUpdate(keyed, out, len) == 1 &&
           EVP_DigestFinal_ex(keyed, digest, NULL) == 1;
    if (!ks_job_advance(job, len / SUN_SALT))
        rc = ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while decrypting");
    else if (!good)
        rc = ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "not decrypted: %s", ks_crypto_reason());
    else if (CRYPTO_memcmp(digest, in.data + SUN_SALT + len, SUN_CHECK) != 0)
        rc = wrong_password(err);
    *out_len = len;
    EVP_MD_CTX_free(ctx);
    EVP_MD_CTX_free(keyed);
    ks_secret_free(wide);
    ks_wipe(digest, sizeof digest);
    return rc;
}

/* ---- Sun's PBEWithMD5AndTripleDES ---- */

/* Nothing but the shape of the plaintext tells the two forms of an equal-halves salt apart: what
 * follows is a DER SEQUENCE (a private key) or an object stream. */
static bool looks_like_key(const uint8_t *plain, size_t len)
{
    return len > 2 && (plain[0] == KS_DER_SEQUENCE || (plain[0] == 0xac && plain[1] == 0xed));
}

static enum ks_code sun_jceks(const struct ks_pbe_scheme *s, struct ks_slice in,
                              struct ks_slice password, struct ks_pbe_keying *k, uint8_t *out,
                              size_t *out_len, struct ks_job *job, struct ks_error *err)
{
    enum ks_code rc = derive_sun_jceks(s, password, false, k, job, err);
    if (rc != KS_OK)
        return rc;
    rc = ks_pbe_cipher(s, k, false, in, out, out_len, err);
    bool fits = rc == KS_OK && looks_like_key(out, *out_len);
    if (fits || (rc != KS_OK && rc != KS_ERR_PASSWORD) ||
        !ks_kdf_sun_md5_has_old_swap(s->salt.data))
        return rc;

    uint8_t *second = ks_alloc(in.len + EVP_MAX_BLOCK_LENGTH);
    size_t second_len = 0;
    struct ks_error quiet = {0};
    enum ks_code again = derive_sun_jceks(s, password, true, k, job, &quiet);
    if (again == KS_OK)
        again = ks_pbe_cipher(s, k, false, in, second, &second_len, &quiet);
    if (again == KS_OK && (rc != KS_OK || looks_like_key(second, second_len))) {
        memcpy(out, second, second_len);
        *out_len = second_len;
        rc = KS_OK;
    }
    ks_wipe(second, in.len + EVP_MAX_BLOCK_LENGTH);
    free(second);
    return rc;
}

/* ---- all of them ---- */

static enum ks_code run_scheme(const struct ks_pbe_scheme *s, struct ks_slice in,
                               const struct ks_secret *password, enum ks_empty_password empty,
                               uint8_t *out, size_t *out_len, struct ks_job *job,
                               struct ks_error *err)
{
    struct ks_pbe_keying k = {0};
    enum ks_code rc;

    if (s->family == KS_PBE_SUN_JKS)
        return sun_jks(in, password, out, out_len, job, err);
    if (s->family == KS_PBE_SUN_JCEKS) {
        rc = sun_jceks(s, in, ks_secret_bytes(password), &k, out, out_len, job, err);
    } else {
        rc = ks_pbe_derive(s, password, empty, &k, job, err);
        if (rc == KS_OK)
            rc = ks_pbe_cipher(s, &k, false, in, out, out_len, err);
    }
    ks_wipe(&k, sizeof k);
    return rc;
}

/* The plaintext in fresh memory; `room` is what has to be wiped. */
static enum ks_code decrypt(struct ks_slice alg, struct ks_slice in,
                            const struct ks_secret *password, enum ks_empty_password empty,
                            uint8_t **out, size_t *out_len, size_t *room, struct ks_job *job,
                            struct ks_error *err)
{
    struct ks_pbe_scheme scheme;

    if (!ks_pbe_scheme_parse(alg, &scheme))
        return damaged(err, "the description of its encryption cannot be read");
    *room = in.len + EVP_MAX_BLOCK_LENGTH;
    *out = ks_realloc(NULL, *room); /* zeros would be written over */
    enum ks_code rc = run_scheme(&scheme, in, password, empty, *out, out_len, job, err);
    if (rc == KS_OK)
        return KS_OK;
    ks_wipe(*out, *room);
    free(*out);
    *out = NULL;
    return rc;
}

enum ks_code ks_pbe_decrypt(struct ks_slice alg, struct ks_slice ciphertext,
                            const struct ks_secret *password, enum ks_empty_password empty,
                            struct ks_job *job, struct ks_secret **out, struct ks_error *err)
{
    uint8_t *plain;
    size_t len = 0, room;

    if (ciphertext.len > MAX_SECRET)
        return ks_fail(err, KS_ERR_LIMIT, "limit",
                       "not decrypted: a key of %zu bytes is larger than any real one",
                       ciphertext.len);
    enum ks_code rc = decrypt(alg, ciphertext, password, empty, &plain, &len, &room, job, err);
    if (rc != KS_OK)
        return rc;
    *out = ks_secret_new(plain, len);
    ks_wipe(plain, room);
    free(plain);
    return KS_OK;
}

enum ks_code ks_pbe_decrypt_blob(struct ks_slice alg, struct ks_slice ciphertext,
                                 const struct ks_secret *password, enum ks_empty_password empty,
                                 struct ks_job *job, struct ks_blob **out, struct ks_error *err)
{
    uint8_t *plain;
    size_t len = 0, room;
    enum ks_code rc = decrypt(alg, ciphertext, password, empty, &plain, &len, &room, job, err);

    if (rc != KS_OK)
        return rc;
    ks_wipe(plain + len, room - len); /* the blob wipes only what it knows of */
    *out = ks_blob_take(plain, len, true);
    return KS_OK;
}

bool ks_pbe_epki_parts(struct ks_slice epki, struct ks_slice *alg, struct ks_slice *ciphertext)
{
    struct ks_tlv outer, id, octets;

    if (!ks_der_expect(&epki, KS_DER_SEQUENCE, &outer) ||
        !ks_der_expect(&outer.body, KS_DER_SEQUENCE, &id) ||
        !ks_der_expect(&outer.body, KS_DER_OCTET_STRING, &octets))
        return false;
    *alg = id.whole;
    *ciphertext = octets.body;
    return true;
}

/* PrivateKeyInfo ::= SEQUENCE { version INTEGER, AlgorithmIdentifier, OCTET STRING, ... } */
static bool is_private_key_info(struct ks_slice plain)
{
    struct ks_tlv seq;
    return ks_der_expect(&plain, KS_DER_SEQUENCE, &seq) && ks_der_skip(&seq.body, KS_DER_INTEGER) &&
           ks_der_skip(&seq.body, KS_DER_SEQUENCE) && ks_der_peek(seq.body) == KS_DER_OCTET_STRING;
}

enum ks_code ks_pbe_decrypt_epki(struct ks_slice epki, const struct ks_secret *password,
                                 enum ks_empty_password empty, struct ks_job *job,
                                 struct ks_secret **out, struct ks_error *err)
{
    struct ks_slice alg, ciphertext;

    if (!ks_pbe_epki_parts(epki, &alg, &ciphertext))
        return damaged(err, "it is no EncryptedPrivateKeyInfo");
    enum ks_code rc = ks_pbe_decrypt(alg, ciphertext, password, empty, job, out, err);
    if (rc != KS_OK || is_private_key_info(ks_secret_bytes(*out)))
        return rc;
    /* One wrong password in 256 leaves a padding that looks right; RC4 has none. */
    ks_secret_free(*out);
    *out = NULL;
    return wrong_password(err);
}
