/*
 * One key of a BCFKS in clear, and key material under its protection.
 *
 *   private key  PrivateKeyInfo
 *   secret key   SEQUENCE { keyAlgorithm OID, key OCTET STRING }
 *   password     SEQUENCE { keyAlgorithm UTF8String, password OCTET STRING (UTF-16BE), ... }
 */
#include "format/bcfks_internal.h"

#include "base/alloc.h"
#include "base/text.h"
#include "x509/oid.h"

#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_KEY (1u << 20) /* ciphertext of one key */

const char ks_bcfks_secret_format[] = "EncryptedSecretKeyData";

/* ---- algorithms of secret keys ---- */

/* Names as Java's providers spell them; `bits` where the size chooses the OID. What
 * BcFKSKeyStoreSpi writes and reads. */
static const struct {
    const char *name;
    unsigned bits;
    uint8_t len;
    const char *oid;
} algorithms[] = {
    /* clang-format off */
    {"AES",            0, 8, "\x60\x86\x48\x01\x65\x03\x04\x01"},
    {"DESede",         0, 5, "\x2b\x0e\x03\x02\x11"},
    {"HmacSHA1",       0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x07"},
    {"HmacSHA224",     0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x08"},
    {"HmacSHA256",     0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x09"},
    {"HmacSHA384",     0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0a"},
    {"HmacSHA512",     0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0b"},
    {"HmacSHA512/224", 0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0c"},
    {"HmacSHA512/256", 0, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0d"},
    {"HmacSHA3-224",   0, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x0d"},
    {"HmacSHA3-256",   0, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x0e"},
    {"HmacSHA3-384",   0, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x0f"},
    {"HmacSHA3-512",   0, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x10"},
    {"SEED",           0, 8, "\x2a\x83\x1a\x8c\x9a\x44\x01\x04"},
    {"Camellia",     128, 11, "\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x02"},
    {"Camellia",     192, 11, "\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x03"},
    {"Camellia",     256, 11, "\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x01\x04"},
    {"ARIA",         128, 9, "\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x02"},
    {"ARIA",         192, 9, "\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x07"},
    {"ARIA",         256, 9, "\x2a\x83\x1a\x8c\x9a\x6e\x01\x01\x0c"},
    /* clang-format on */
};
#define ALGORITHMS (sizeof algorithms / sizeof algorithms[0])

/* Of an unknown one the dotted number, which put_oid() takes back. */
static void name_of(struct ks_slice oid, struct ks_buf *out)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (ks_der_oid_is(oid, algorithms[i].oid, algorithms[i].len)) {
            ks_buf_str(out, algorithms[i].name);
            return;
        }
    }
    ks_oid_dotted(oid, out);
}

static bool put_oid(const char *name, size_t key_len, struct ks_buf *out)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (strcasecmp(algorithms[i].name, name) == 0 &&
            (algorithms[i].bits == 0 || algorithms[i].bits == key_len * 8)) {
            ks_buf_append(out, algorithms[i].oid, algorithms[i].len);
            return true;
        }
    }
    return name[0] >= '0' && name[0] <= '2' && ks_oid_parse(name, out);
}

/* ---- in clear ---- */

static enum ks_code malformed(const struct ks_entry *entry, struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "the key of %.200s was decrypted, but cannot be read",
            entry->alias);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the file");
}

static bool take_private(struct ks_slice plain, struct ks_material *out)
{
    struct ks_slice in = plain;
    struct ks_tlv seq;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_INTEGER) ||
        !ks_der_skip(&seq.body, KS_DER_SEQUENCE) || ks_der_peek(seq.body) != KS_DER_OCTET_STRING)
        return false;
    out->bytes = ks_secret_new(plain.data, plain.len);
    return true;
}

static bool take_secret(struct ks_slice plain, struct ks_material *out)
{
    struct ks_buf name = {.max = sizeof out->algorithm - 1};
    struct ks_tlv seq, oid, key;

    if (!ks_der_expect(&plain, KS_DER_SEQUENCE, &seq) ||
        !ks_der_expect(&seq.body, KS_DER_OID, &oid) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &key))
        return false;
    name_of(oid.body, &name);
    OPENSSL_strlcpy(out->algorithm, ks_buf_text(&name), sizeof out->algorithm);
    ks_buf_free(&name);
    out->type = KS_MATERIAL_SECRET;
    out->bytes = ks_secret_new(key.body.data, key.body.len);
    return true;
}

static bool take_password(struct ks_slice plain, struct ks_material *out)
{
    struct ks_buf text = {.secret = true};
    struct ks_tlv seq, name, password;

    if (!ks_der_expect(&plain, KS_DER_SEQUENCE, &seq) ||
        !ks_der_expect(&seq.body, KS_DER_UTF8_STRING, &name) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &password))
        return false;
    OPENSSL_strlcpy(out->algorithm, "PBE", sizeof out->algorithm);
    if (name.body.len < sizeof out->algorithm) {
        memcpy(out->algorithm, name.body.data, name.body.len);
        out->algorithm[name.body.len] = '\0';
    }
    (void)ks_text_from_utf16be(password.body, &text);
    out->type = KS_MATERIAL_PASSWORD;
    out->bytes = ks_secret_new(text.data, text.len);
    ks_buf_wipe_free(&text);
    return true;
}

/* ---- reveal ---- */

/* A key that was encrypted before Bouncy Castle got it may be so in any way. */
static bool is_foreign(const struct ks_entry *entry, struct ks_slice alg)
{
    struct ks_pbe_scheme s;
    return entry->kind == KS_KIND_KEY && ks_pbe_scheme_parse(alg, &s) &&
           (s.family != KS_PBE_PBES2 || s.mode == KS_PBE_PADDED);
}

static enum ks_code decrypt(const struct ks_entry *entry, const struct ks_secret *password,
                            struct ks_job *job, struct ks_material *out, struct ks_error *err)
{
    struct ks_slice alg, content;
    struct ks_blob *blob = NULL;
    bool key = entry->kind == KS_KIND_KEY;

    if (!ks_pbe_epki_parts(entry->key, &alg, &content))
        return malformed(entry, err);
    if (content.len > MAX_KEY)
        return ks_fail(err, KS_ERR_LIMIT, "limit",
                       "not decrypted: a key of %zu bytes is larger than any real one",
                       content.len);
    if (is_foreign(entry, alg))
        return ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_BMP, job, &out->bytes, err);
    enum ks_code rc =
        ks_bcfks_decrypt(alg, content, key ? KS_BCFKS_FOR_PRIVATE_KEY : KS_BCFKS_FOR_SECRET_KEY,
                         password, job, &blob, err);
    if (rc != KS_OK)
        return rc;
    struct ks_slice plain = ks_blob_slice(blob);
    bool good = key                               ? take_private(plain, out)
                : entry->kind == KS_KIND_PASSWORD ? take_password(plain, out)
                                                  : take_secret(plain, out);
    ks_blob_unref(blob);
    return good ? KS_OK : malformed(entry, err);
}

enum ks_code ks_bcfks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                             const struct ks_secret *password, struct ks_job *job,
                             struct ks_material *out, struct ks_error *err)
{
    *out = (struct ks_material){.type = KS_MATERIAL_PRIVATE};
    if (entry->kind != KS_KIND_KEY && entry->kind != KS_KIND_SECRET &&
        entry->kind != KS_KIND_PASSWORD)
        return ks_fail(err, KS_ERR_USAGE, "no-key", "%.200s holds no key that can be unlocked",
                       entry->alias);
    if (!password)
        password = store->password;
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "the key of %.200s is still locked: its password is needed", entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type the password of the key");
    }
    enum ks_code rc = decrypt(entry, password, job, out, err);
    return rc == KS_ERR_PASSWORD ? ks_key_refused(store, entry, password, err) : rc;
}

void ks_bcfks_protection(const struct ks_entry *entry, struct ks_buf *out)
{
    struct ks_slice alg, ciphertext;

    if ((entry->kind == KS_KIND_KEY || entry->kind == KS_KIND_SECRET ||
         entry->kind == KS_KIND_PASSWORD) &&
        ks_pbe_epki_parts(entry->key, &alg, &ciphertext))
        (void)ks_pbe_describe(alg, out, NULL);
}

/* ---- seal ---- */

static enum ks_code no_room_for(const struct ks_material *m, struct ks_error *err)
{
    if (m->type == KS_MATERIAL_PASSWORD)
        ks_fail(err, KS_ERR_REFUSED, "type-loss",
                "the password was not stored: BCFKS holds no stored passwords");
    else
        ks_fail(err, KS_ERR_REFUSED, "type-loss",
                "the secret key was not stored: BCFKS has no name for %s keys of %zu bits",
                m->algorithm, ks_secret_bytes(m->bytes).len * 8);
    return ks_fail_next(err, KS_ERR_REFUSED, "JCEKS holds it");
}

static bool put_secret(const struct ks_material *m, struct ks_buf *out)
{
    struct ks_slice key = ks_secret_bytes(m->bytes);
    struct ks_buf oid = KS_BUF_INIT, body = {.secret = true};
    bool known = m->type == KS_MATERIAL_SECRET && put_oid(m->algorithm, key.len, &oid);

    if (known) {
        ks_der_put(&body, KS_DER_OID, ks_slice(oid.data, oid.len));
        ks_der_put(&body, KS_DER_OCTET_STRING, key);
        ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    }
    ks_buf_free(&oid);
    ks_buf_wipe_free(&body);
    return known;
}

/* How the file is encrypted is how Bouncy Castle would encrypt a key that it adds. */
static struct ks_slice algorithm_of(const struct ks_store *store)
{
    struct ks_bcfks_file f;
    if (!store->file || !ks_bcfks_open(ks_blob_slice(store->file), &f) || f.cut)
        return ks_slice(NULL, 0);
    return f.alg;
}

enum ks_code ks_bcfks_seal(const struct ks_store *into, const struct ks_version *version,
                           const struct ks_material *material, const struct ks_secret *password,
                           struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    bool key = material->type == KS_MATERIAL_PRIVATE;
    struct ks_slice plain = ks_secret_bytes(material->bytes);
    struct ks_buf secret = {.secret = true}, sealed = KS_BUF_INIT;

    (void)version;
    if (!key && !put_secret(material, &secret))
        return no_room_for(material, err);
    if (!key)
        plain = ks_slice(secret.data, secret.len);
    enum ks_code rc = ks_bcfks_encrypt(algorithm_of(into), plain,
                                       key ? KS_BCFKS_FOR_PRIVATE_KEY : KS_BCFKS_FOR_SECRET_KEY,
                                       password, job, &sealed, err);
    ks_buf_wipe_free(&secret);
    if (rc != KS_OK) {
        ks_buf_free(&sealed);
        return rc;
    }
    size_t len = sealed.len;
    *out = (struct ks_sealed){
        .kind = key ? KS_KIND_KEY : KS_KIND_SECRET,
        .key_format = key ? "EncryptedPrivateKeyInfo" : ks_bcfks_secret_format,
        .key = ks_blob_take((uint8_t *)ks_buf_steal(&sealed), len, false),
    };
    return KS_OK;
}
