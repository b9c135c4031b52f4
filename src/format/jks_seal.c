/*
 * Protecting key material for JKS and JCEKS, as JDKs 8 to 25 write it.
 *
 *   JKS    private key: sun.security.provider.KeyProtector, a SHA-1 keystream without rounds
 *   JCEKS  private key: PBEWithMD5AndTripleDES, 200,000 rounds
 *          secret key:  an object stream sealed with the same, in an object stream
 *
 * Inside the seal is a javax.crypto.spec.SecretKeySpec; passwords are a java.security.KeyRep, which
 * is what keytool -importpass leaves. Java reads no other classes back (jceks.key.serialFilter).
 */
#include "format/jks_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "format/kdf.h"
#include "x509/der.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

#define SUN_SALT 20
#define SEAL_SALT 8
#define SEAL_ROUNDS 200000u /* jdk.jceks.iterationCount */
#define SEAL_BLOCK 8
#define SEAL_NAME "PBEWithMD5AndTripleDES"
#define PASSWORD_ALGORITHM "PBEWithMD5AndDES" /* of keytool -importpass */
#define MAX_KEY (1u << 20)

/* Text with its length in front, as a class or field name stands in an object stream. */
#define TEXT(len, text) "\0" len text

#define BYTE_ARRAY "\x75\x72" TEXT("\2", "[B") "\xac\xf3\x17\xf8\x06\x08\x54\xe0\2\0\0\x78\x70"

/* com.sun.crypto.provider.SealedObjectForKeyProtector up to the length of its encodedParams. */
static const char seal_start[] =
    "\xac\xed\0\5\x73\x72" TEXT("\x33", "com.sun.crypto.provider.SealedObjectForKeyProtector")
    "\xcd\x57\xca\x59\xe7\x30\xbb\x53\2\0\0\x78\x72" TEXT("\x19", "javax.crypto.SealedObject")
    "\x3e\x36\x3d\xa6\xc3\xb7\x54\x70\2\0\4"
    "[" TEXT("\x0d", "encodedParams") "\x74" TEXT("\2", "[B")
    "[" TEXT("\x10", "encryptedContent") "\x71\0\x7e\0\2"
    "L" TEXT("\x09", "paramsAlg") "\x74" TEXT("\x12", "Ljava/lang/String;")
    "L" TEXT("\x07", "sealAlg") "\x71\0\x7e\0\3"
    "\x78\x70" BYTE_ARRAY;
/* Between encodedParams and the length of encryptedContent. */
static const char seal_middle[] = "\x75\x71\0\x7e\0\5";
static const char seal_end[] = "\x74" TEXT("\x16", SEAL_NAME) "\x74" TEXT("\x16", SEAL_NAME);

/* Up to the algorithm's name; after it comes the key as a byte array. */
static const char spec_start[] =
    "\xac\xed\0\5\x73\x72" TEXT("\x1f", "javax.crypto.spec.SecretKeySpec")
    "[G\x0b\x66\xe2\x30\x61\x4d\2\0\2"
    "L" TEXT("\x09", "algorithm") "\x74" TEXT("\x12", "Ljava/lang/String;")
    "[" TEXT("\x03", "key") "\x74" TEXT("\2", "[B") "\x78\x70\x74";
static const char rep_start[] =
    "\xac\xed\0\5\x73\x72" TEXT("\x14", "java.security.KeyRep")
    "\xbd\xf9\x4f\xb3\x88\x9a\xa5\x43\2\0\4"
    "L" TEXT("\x09", "algorithm") "\x74" TEXT("\x12", "Ljava/lang/String;")
    "[" TEXT("\x07", "encoded") "\x74" TEXT("\2", "[B")
    "L" TEXT("\x06", "format") "\x71\0\x7e\0\1"
    "L" TEXT("\x04", "type") "\x74" TEXT("\x1b", "Ljava/security/KeyRep$Type;")
    "\x78\x70\x74";
static const char key_array[] = BYTE_ARRAY;
static const char rep_end[] =
    "\x74" TEXT("\x03", "RAW") "\x7e\x72" TEXT("\x19", "java.security.KeyRep$Type")
    "\0\0\0\0\0\0\0\0\x12\0\0\x78\x72" TEXT("\x0e", "java.lang.Enum")
    "\0\0\0\0\0\0\0\0\x12\0\0\x78\x70\x74" TEXT("\x06", "SECRET");

#define BYTES(text) ks_slice(text, sizeof(text) - 1)

static void put_u32(struct ks_buf *out, size_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ks_buf_byte(out, (uint8_t)(v >> shift));
}

static enum ks_code no_crypto(struct ks_error *err)
{
    return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "the key was not encrypted: %s",
                   ks_crypto_reason());
}

static enum ks_code check_material(const struct ks_material *m, struct ks_error *err)
{
    size_t len = ks_secret_bytes(m->bytes).len;

    if (len > MAX_KEY)
        return ks_fail(err, KS_ERR_LIMIT, "limit",
                       "the key was not encrypted: %zu bytes are more than any real key has", len);
    if (len > 0 || m->type == KS_MATERIAL_PRIVATE)
        return KS_OK;
    ks_fail(err, KS_ERR_REFUSED, "type-loss", "the key was not stored: it is empty");
    return ks_fail_next(err, KS_ERR_REFUSED, "Java reads back no key without bytes");
}

static struct ks_sealed sealed_as(enum ks_kind kind, const char *format, struct ks_buf *bytes)
{
    struct ks_sealed out = {.kind = kind, .key_format = format};
    size_t len = bytes->len;

    out.key = ks_blob_take((uint8_t *)ks_buf_steal(bytes), len, false);
    return out;
}

/* EncryptedPrivateKeyInfo of an AlgorithmIdentifier in DER and the ciphertext. */
static struct ks_sealed private_key_of(struct ks_slice alg, struct ks_slice ciphertext)
{
    struct ks_buf body = KS_BUF_INIT, epki = KS_BUF_INIT;

    ks_buf_slice(&body, alg);
    ks_der_put(&body, KS_DER_OCTET_STRING, ciphertext);
    ks_der_put(&epki, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
    return sealed_as(KS_KIND_KEY, "EncryptedPrivateKeyInfo", &epki);
}

/* ---- JKS ---- */

struct keystream {
    EVP_MD_CTX *keyed, *ctx; /* keyed: has the password */
    uint8_t digest[SUN_SALT];
};

static bool keystream_start(struct keystream *s, const struct ks_secret *wide,
                            const uint8_t *salt)
{
    struct ks_slice pw = ks_secret_bytes(wide);
    const EVP_MD *sha1 = ks_crypto_md("SHA1");

    memcpy(s->digest, salt, SUN_SALT);
    s->keyed = EVP_MD_CTX_new();
    s->ctx = EVP_MD_CTX_new();
    return s->keyed && s->ctx && sha1 && EVP_DigestInit_ex(s->keyed, sha1, NULL) == 1 &&
           EVP_DigestUpdate(s->keyed, pw.data, pw.len) == 1;
}

static bool keystream_next(struct keystream *s)
{
    return EVP_MD_CTX_copy_ex(s->ctx, s->keyed) == 1 &&
           EVP_DigestUpdate(s->ctx, s->digest, sizeof s->digest) == 1 &&
           EVP_DigestFinal_ex(s->ctx, s->digest, NULL) == 1;
}

static bool keystream_check(struct keystream *s, struct ks_slice plain, uint8_t *out)
{
    return EVP_DigestUpdate(s->keyed, plain.data, plain.len) == 1 &&
           EVP_DigestFinal_ex(s->keyed, out, NULL) == 1;
}

static void keystream_end(struct keystream *s)
{
    EVP_MD_CTX_free(s->keyed);
    EVP_MD_CTX_free(s->ctx);
    ks_wipe(s->digest, sizeof s->digest);
}

/* salt, plain XOR keystream, check; `out` has room for all three. */
static bool sun_protect(struct ks_slice plain, const struct ks_secret *password, uint8_t *out)
{
    struct keystream s = {0};
    struct ks_secret *wide = ks_secret_utf16be(password);
    bool good = keystream_start(&s, wide, out);

    for (size_t i = 0; good && i < plain.len; i++) {
        if (i % SUN_SALT == 0)
            good = keystream_next(&s);
        out[SUN_SALT + i] = plain.data[i] ^ s.digest[i % SUN_SALT];
    }
    good = good && keystream_check(&s, plain, out + SUN_SALT + plain.len);
    keystream_end(&s);
    ks_secret_free(wide);
    return good;
}

bool ks_jks_protect(struct ks_slice plain, const struct ks_secret *password,
                    const uint8_t salt[static 20], struct ks_sealed *out)
{
    static const char alg[] = "\x30\x0e\x06\x0a\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01\x05\x00";
    size_t len = SUN_SALT + plain.len + SUN_SALT;
    uint8_t *blob = ks_alloc(len);

    memcpy(blob, salt, SUN_SALT);
    bool good = sun_protect(plain, password, blob);
    if (good)
        *out = private_key_of(BYTES(alg), ks_slice(blob, len));
    free(blob);
    return good;
}

enum ks_code ks_jks_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    uint8_t salt[SUN_SALT];
    enum ks_code rc = check_material(material, err);

    (void)into, (void)version, (void)job;
    if (rc != KS_OK)
        return rc;
    if (material->type != KS_MATERIAL_PRIVATE) {
        ks_fail(err, KS_ERR_REFUSED, "type-loss", "not stored: JKS holds no %s",
                material->type == KS_MATERIAL_SECRET ? "secret keys" : "stored passwords");
        return ks_fail_next(err, KS_ERR_REFUSED, "choose JCEKS or PKCS12");
    }
    if (RAND_bytes_ex(ks_crypto(), salt, sizeof salt, 0) != 1 ||
        !ks_jks_protect(ks_secret_bytes(material->bytes), password, salt, out))
        return no_crypto(err);
    return KS_OK;
}

/* ---- JCEKS ---- */

/* SEQUENCE { OCTET STRING salt, INTEGER rounds } */
static void put_params(const struct ks_jceks_sealing *s, struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT;
    uint8_t rounds[4] = {(uint8_t)(s->rounds >> 24), (uint8_t)(s->rounds >> 16),
                         (uint8_t)(s->rounds >> 8), (uint8_t)s->rounds};
    size_t from = 0;

    while (from < 3 && rounds[from] == 0 && rounds[from + 1] < 0x80)
        from++;
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(s->salt, sizeof s->salt));
    ks_der_put(&body, KS_DER_INTEGER, ks_slice(rounds + from, sizeof rounds - from));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

/* The plaintext comes in parts, so that no copy of the key is made to join them. */
static bool encrypt(const uint8_t key[static 32], const struct ks_slice *parts, size_t count,
                    struct ks_buf *out)
{
    EVP_CIPHER *cipher = ks_crypto_cipher("DES-EDE3-CBC");
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool good = cipher && ctx && EVP_EncryptInit_ex2(ctx, cipher, key, key + 24, NULL) == 1;
    uint8_t *room = NULL;
    int len = 0;

    for (size_t i = 0; good && i < count; i++) {
        room = ks_realloc(room, parts[i].len + SEAL_BLOCK);
        good = EVP_EncryptUpdate(ctx, room, &len, parts[i].data, (int)parts[i].len) == 1;
        if (good)
            ks_buf_append(out, room, (size_t)len);
    }
    good = good && EVP_EncryptFinal_ex(ctx, room, &len) == 1;
    if (good)
        ks_buf_append(out, room, (size_t)len);
    free(room);
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return good;
}

static enum ks_code encrypt_parts(const struct ks_jceks_sealing *s, const struct ks_slice *parts,
                                  size_t count, struct ks_buf *out, struct ks_error *err)
{
    uint8_t key[32];
    enum ks_code rc = ks_kdf_sun_md5(ks_secret_bytes(s->password), s->salt, s->rounds, false, key,
                                     s->job, err);

    if (rc == KS_OK && !encrypt(key, parts, count, out))
        rc = no_crypto(err);
    ks_wipe(key, sizeof key);
    return rc;
}

static enum ks_code seal_private(const struct ks_jceks_sealing *s, struct ks_slice pkcs8,
                                 struct ks_sealed *out, struct ks_error *err)
{
    static const uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x13, 0x01};
    struct ks_buf body = KS_BUF_INIT, alg = KS_BUF_INIT, ciphertext = KS_BUF_INIT;
    enum ks_code rc = encrypt_parts(s, &pkcs8, 1, &ciphertext, err);

    if (rc == KS_OK) {
        ks_der_put(&body, KS_DER_OID, ks_slice(oid, sizeof oid));
        put_params(s, &body);
        ks_der_put(&alg, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
        *out = private_key_of(ks_slice(alg.data, alg.len),
                              ks_slice(ciphertext.data, ciphertext.len));
    }
    ks_buf_free(&body);
    ks_buf_free(&alg);
    ks_buf_free(&ciphertext);
    return rc;
}

/* The object stream around a secret key: what comes before its bytes, and after them. */
static void put_inner(const struct ks_material *m, struct ks_buf *before, struct ks_buf *after)
{
    bool password = m->type == KS_MATERIAL_PASSWORD;
    struct ks_buf name = KS_BUF_INIT;

    ks_text_to_modified_utf8(password && !m->algorithm[0] ? PASSWORD_ALGORITHM : m->algorithm,
                             &name);
    ks_buf_slice(before, password ? BYTES(rep_start) : BYTES(spec_start));
    ks_buf_byte(before, (uint8_t)(name.len >> 8));
    ks_buf_byte(before, (uint8_t)name.len);
    ks_buf_append(before, name.data, name.len);
    ks_buf_slice(before, BYTES(key_array));
    put_u32(before, ks_secret_bytes(m->bytes).len);
    if (password)
        ks_buf_slice(after, BYTES(rep_end));
    ks_buf_free(&name);
}

static void put_outer(const struct ks_jceks_sealing *s, struct ks_slice content,
                      struct ks_buf *out)
{
    struct ks_buf params = KS_BUF_INIT;

    put_params(s, &params);
    ks_buf_slice(out, BYTES(seal_start));
    put_u32(out, params.len);
    ks_buf_append(out, params.data, params.len);
    ks_buf_slice(out, BYTES(seal_middle));
    put_u32(out, content.len);
    ks_buf_slice(out, content);
    ks_buf_slice(out, BYTES(seal_end));
    ks_buf_free(&params);
}

static enum ks_code seal_secret(const struct ks_jceks_sealing *s, const struct ks_material *m,
                                struct ks_sealed *out, struct ks_error *err)
{
    struct ks_buf before = KS_BUF_INIT, after = KS_BUF_INIT, content = KS_BUF_INIT,
                  stream = KS_BUF_INIT;

    put_inner(m, &before, &after);
    struct ks_slice parts[] = {ks_slice(before.data, before.len), ks_secret_bytes(m->bytes),
                               ks_slice(after.data, after.len)};
    enum ks_code rc = encrypt_parts(s, parts, after.len ? 3 : 2, &content, err);
    if (rc == KS_OK) {
        put_outer(s, ks_slice(content.data, content.len), &stream);
        /* Which of the two it is, only its password tells the next reader. */
        *out = sealed_as(KS_KIND_SECRET, "SealedObject", &stream);
    }
    ks_buf_free(&before);
    ks_buf_free(&after);
    ks_buf_free(&content);
    return rc;
}

enum ks_code ks_jceks_seal_with(const struct ks_jceks_sealing *s, const struct ks_material *m,
                                struct ks_sealed *out, struct ks_error *err)
{
    if (m->type == KS_MATERIAL_PRIVATE)
        return seal_private(s, ks_secret_bytes(m->bytes), out, err);
    return seal_secret(s, m, out, err);
}

enum ks_code ks_jceks_seal(const struct ks_store *into, const struct ks_version *version,
                           const struct ks_material *material, const struct ks_secret *password,
                           struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    struct ks_jceks_sealing s = {.password = password, .rounds = SEAL_ROUNDS, .job = job};
    enum ks_code rc = check_material(material, err);

    (void)into, (void)version;
    if (rc != KS_OK)
        return rc;
    do { /* JDKs disagree about salts with equal halves */
        if (RAND_bytes_ex(ks_crypto(), s.salt, sizeof s.salt, 0) != 1)
            return no_crypto(err);
    } while (memcmp(s.salt, s.salt + SEAL_SALT / 2, SEAL_SALT / 2) == 0);
    return ks_jceks_seal_with(&s, material, out, err);
}
