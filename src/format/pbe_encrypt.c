/*
 * Password-based encryption, the other direction of pbe.c. What a file used is kept by changing
 * nothing of its AlgorithmIdentifier but the bytes of salt and IV: whatever a writer left out or
 * wrote in its own way (a missing keyLength, a PRF without NULL, JDK-8202837's doubled OID) stays.
 */
#include "format/pbe_scheme.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdlib.h>

/* ---- profiles ---- */

/* Salts (of 20) and IV are zero here, and renewed. */
#define ZERO_4 "\0\0\0\0"
#define ZERO_16 ZERO_4 ZERO_4 ZERO_4 ZERO_4
#define ZERO_20 ZERO_16 ZERO_4

static const char modern[] =
    "\x30\x66"                                     /* AlgorithmIdentifier */
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d" /* PBES2 */
    "\x30\x59\x30\x38"
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"             /* PBKDF2 */
    "\x30\x2b\x04\x14" ZERO_20 "\x02\x02\x27\x10"              /* salt, 10,000 rounds */
    "\x02\x01\x20"                                             /* keyLength 32 */
    "\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09\x05\x00" /* hmacWithSHA256 */
    "\x30\x1d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10" ZERO_16; /* aes256-CBC */

static const char legacy[] =
    "\x30\x29"
    "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03" /* pbeWithSHAAnd3-KeyTripleDES-CBC */
    "\x30\x1b\x04\x14" ZERO_20 "\x02\x03\x00\xc3\x50"; /* salt, 50,000 rounds */

enum ks_code ks_pbe_make(enum ks_pbe_profile profile, struct ks_buf *alg, struct ks_error *err)
{
    if (profile == KS_PBE_LEGACY)
        return ks_pbe_renew(ks_slice(legacy, sizeof legacy - 1), alg, err);
    return ks_pbe_renew(ks_slice(modern, sizeof modern - 1), alg, err);
}

/* ---- what a file used ---- */

static bool can_encrypt(const struct ks_pbe_scheme *s)
{
    if (!s->cipher || (s->cipher->legacy && !ks_crypto_has_legacy()))
        return false;
    switch (s->family) {
    case KS_PBE_PKCS12:
        return true;
    case KS_PBE_PKCS5:
        return ks_crypto_md(s->hash) != NULL;
    case KS_PBE_PBES2:
        return s->kdf != KS_PBE_KDF_UNKNOWN && s->iv.len == s->cipher->iv_len;
    default:
        return false;
    }
}

bool ks_pbe_can_encrypt(struct ks_slice alg)
{
    struct ks_pbe_scheme s;
    return ks_pbe_scheme_parse(alg, &s) && can_encrypt(&s);
}

static enum ks_code unsupported(struct ks_slice alg, struct ks_error *err)
{
    struct ks_buf text = {.max = 200};

    (void)ks_pbe_describe(alg, &text, NULL);
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
            "not encrypted: %s is nothing that ksx can write here", ks_buf_text(&text));
    ks_buf_free(&text);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "choose the modern protection instead");
}

/* New bytes for a part of the copy; what is not in there (a default) stays. */
static bool renew_part(struct ks_slice like, struct ks_slice part, uint8_t *copy)
{
    if (part.len == 0 || part.data < like.data || part.data >= like.data + like.len)
        return true;
    return RAND_bytes_ex(ks_crypto(), copy + (part.data - like.data), part.len, 0) == 1;
}

enum ks_code ks_pbe_renew(struct ks_slice like, struct ks_buf *alg, struct ks_error *err)
{
    struct ks_pbe_scheme s;
    size_t at = alg->len;

    if (!ks_pbe_scheme_parse(like, &s) || !can_encrypt(&s))
        return unsupported(like, err);
    ks_buf_slice(alg, like);
    if (alg->overflow)
        return ks_fail(err, KS_ERR_LIMIT, "too-large", "not encrypted: too large");
    if (!renew_part(like, s.salt, alg->data + at) || !renew_part(like, s.iv, alg->data + at))
        return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "not encrypted: no random bytes: %s",
                       ks_crypto_reason());
    return KS_OK;
}

/* ---- carrying it out ---- */

enum ks_code ks_pbe_encrypt(struct ks_slice alg, struct ks_slice plain,
                            const struct ks_secret *password, enum ks_empty_password empty,
                            struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_pbe_scheme s;
    struct ks_pbe_keying k = {0};
    size_t len = 0;

    if (!ks_pbe_scheme_parse(alg, &s) || !can_encrypt(&s))
        return unsupported(alg, err);
    enum ks_code rc = ks_pbe_derive(&s, password, empty, &k, job, err);
    if (rc == KS_OK) {
        uint8_t *room = ks_alloc(plain.len + EVP_MAX_BLOCK_LENGTH);
        rc = ks_pbe_cipher(&s, &k, true, plain, room, &len, err);
        if (rc == KS_OK)
            ks_buf_append(out, room, len);
        free(room);
    }
    ks_wipe(&k, sizeof k);
    return rc;
}

enum ks_code ks_pbe_encrypt_epki(struct ks_slice alg, struct ks_slice pkcs8,
                                 const struct ks_secret *password, enum ks_empty_password empty,
                                 struct ks_job *job, struct ks_buf *out, struct ks_error *err)
{
    struct ks_buf ciphertext = KS_BUF_INIT, body = KS_BUF_INIT;
    enum ks_code rc = ks_pbe_encrypt(alg, pkcs8, password, empty, job, &ciphertext, err);

    if (rc == KS_OK) {
        ks_buf_slice(&body, alg);
        ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(ciphertext.data, ciphertext.len));
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    }
    ks_buf_free(&ciphertext);
    ks_buf_free(&body);
    return rc;
}
