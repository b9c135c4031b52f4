/*
 * Keys in BKS and UBER. A key record says what the key is; Bouncy Castle seals it under the
 * password of its entry, which may differ from the keystore's. A record in clear is what old
 * versions wrote, or an application that encrypts its keys itself.
 */
#include "format/bks_internal.h"

#include "base/alloc.h"
#include "base/crypto.h"
#include "base/text.h"
#include "format/pbe.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

#define BLOCK 8         /* of triple DES */
#define MIN_ROUNDS 1024 /* BcKeyStoreSpi adds 0 to 1,023 to it at random */

const char ks_bks_sealed_format[] = "BKS sealed key";

bool ks_bks_is_sealed(const struct ks_entry *entry)
{
    return entry->key_format && strcmp(entry->key_format, ks_bks_sealed_format) == 0;
}

/* ---- key records ---- */

bool ks_bks_key(struct ks_reader *r, struct ks_bks_key *out)
{
    struct ks_reader ahead = *r;

    if (!ks_read_u8(&ahead, &out->type) || !ks_read_utf(&ahead, &out->format) ||
        !ks_read_utf(&ahead, &out->algorithm) || !ks_read_block(&ahead, &out->encoding))
        return false;
    *r = ahead;
    return true;
}

static bool is(struct ks_slice text, const char *word)
{
    return ks_slice_equal(text, ks_slice_str(word));
}

/* What Bouncy Castle makes a key of; both spellings are in its reader. */
static bool is_private(const struct ks_bks_key *k)
{
    return k->type == KS_BKS_PRIVATE && (is(k->format, "PKCS#8") || is(k->format, "PKCS8"));
}

static bool is_public(const struct ks_bks_key *k)
{
    return k->type == KS_BKS_PUBLIC && (is(k->format, "X.509") || is(k->format, "X509"));
}

static bool is_secret(const struct ks_bks_key *k)
{
    return k->type == KS_BKS_SECRET && is(k->format, "RAW");
}

/* A key of an algorithm for password-based encryption is a passphrase in UTF-8 (javax.crypto.spec.
 * PBEKeySpec). */
static bool is_passphrase(const struct ks_bks_key *k)
{
    return is_secret(k) && k->algorithm.len >= 3 && memcmp(k->algorithm.data, "PBE", 3) == 0;
}

static void name_algorithm(const struct ks_bks_key *k, struct ks_material *out)
{
    char *name = ks_text_java_name(k->algorithm, sizeof out->algorithm - 4);

    OPENSSL_strlcpy(out->algorithm, name, sizeof out->algorithm);
    free(name);
}

static void take(const struct ks_bks_key *k, struct ks_material *out)
{
    out->type = is_private(k)      ? KS_MATERIAL_PRIVATE
                : is_passphrase(k) ? KS_MATERIAL_PASSWORD
                                   : KS_MATERIAL_SECRET;
    if (out->type != KS_MATERIAL_PRIVATE)
        name_algorithm(k, out);
    out->bytes = ks_secret_new(k->encoding.data, k->encoding.len);
}

void ks_bks_draft_key(const struct ks_bks_record *rec, struct ks_entry_draft *draft)
{
    struct ks_reader r = ks_reader(rec->content);
    struct ks_bks_key key = {0};

    (void)ks_bks_key(&r, &key);
    draft->key = key.encoding;
    if (is_private(&key)) {
        draft->kind = KS_KIND_KEY;
        draft->key_format = "PrivateKeyInfo";
        draft->notes |= KS_NOTE_KEY_CLEAR | (rec->chain_len == 0 ? KS_NOTE_NO_CHAIN : 0u);
    } else if (is_public(&key)) {
        draft->kind = KS_KIND_PUBLIC;
        draft->key_format = "SubjectPublicKeyInfo";
    } else if (is_secret(&key)) {
        draft->kind = is_passphrase(&key) ? KS_KIND_PASSWORD : KS_KIND_SECRET;
        draft->key_format = "RAW";
        draft->notes |= KS_NOTE_KEY_CLEAR;
    } else {
        draft->kind = KS_KIND_OPAQUE;
        draft->key_format = "key in clear";
        char *format = ks_text_java_name(key.format, KS_BKS_NAME_SHOWN);
        draft->comment = ks_asprintf(
            "key of type %u in a format that Bouncy Castle does not read: %s", key.type, format);
        free(format);
    }
}

/* ---- sealed keys ---- */

bool ks_bks_seal_parts(struct ks_slice sealed, struct ks_bks_seal *out)
{
    struct ks_reader r = ks_reader(sealed);

    if (!ks_read_block(&r, &out->salt) || !ks_read_u32be(&r, &out->rounds))
        return false;
    out->ciphertext = ks_slice(r.at, ks_reader_left(&r));
    return out->ciphertext.len > 0 && out->ciphertext.len % BLOCK == 0;
}

/* pbeWithSHAAnd3-KeyTripleDES-CBC of PKCS#12, which is what the seal is without saying so. No
 * iterations are one: the derivation begins with it (PKCS12ParametersGenerator). */
static void put_algorithm(struct ks_slice salt, uint32_t rounds, struct ks_buf *out)
{
    static const uint8_t oid[] = {KS_DER_OID, 10,   0x2a, 0x86, 0x48, 0x86,
                                  0xf7,       0x0d, 0x01, 0x0c, 0x01, 0x03};
    struct ks_buf params = KS_BUF_INIT, body = KS_BUF_INIT;
    uint32_t n = rounds ? rounds : 1;
    const uint8_t number[] = {0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                              (uint8_t)n};
    size_t skip = 0;

    while (skip < 4 && number[skip] == 0 && number[skip + 1] < 0x80)
        skip++;
    ks_der_put(&params, KS_DER_OCTET_STRING, salt);
    ks_der_put(&params, KS_DER_INTEGER, ks_slice(number + skip, sizeof number - skip));
    ks_buf_append(&body, oid, sizeof oid);
    ks_der_put(&body, KS_DER_SEQUENCE, ks_slice(params.data, params.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&params);
    ks_buf_free(&body);
}

void ks_bks_protection(const struct ks_entry *entry, struct ks_buf *out)
{
    struct ks_bks_seal seal;
    struct ks_buf alg = KS_BUF_INIT;

    if (!ks_bks_is_sealed(entry) || !ks_bks_seal_parts(entry->key, &seal))
        return;
    put_algorithm(seal.salt, seal.rounds, &alg);
    (void)ks_pbe_describe(ks_slice(alg.data, alg.len), out, NULL);
    ks_buf_free(&alg);
}

/* ---- opening ---- */

static enum ks_code wrong_password(const struct ks_store *store, const struct ks_entry *entry,
                                   const struct ks_secret *password, struct ks_error *err)
{
    if (ks_secret_equal(store->password, password)) {
        ks_fail(err, KS_ERR_PASSWORD, "entry-password",
                "the key of %.200s is still locked: it has its own password, not the keystore's",
                entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD, "type the password of this key");
    }
    ks_fail(err, KS_ERR_PASSWORD, "entry-password",
            "the key of %.200s is still locked: the password does not fit, or the key was altered",
            entry->alias);
    return ks_fail_next(err, KS_ERR_PASSWORD, "try another password");
}

static enum ks_code damaged(const struct ks_entry *entry, struct ks_error *err)
{
    ks_fail(err, KS_ERR_DAMAGED, "damaged", "the key of %.200s is damaged: it cannot be decrypted",
            entry->alias);
    return ks_fail_next(err, KS_ERR_DAMAGED, "look for a copy of the keystore or a backup");
}

static enum ks_code check_seal_rounds(const struct ks_entry *entry, uint32_t rounds,
                                      struct ks_error *err)
{
    if (rounds > INT32_MAX)
        return damaged(entry, err);
    if (rounds <= KS_BKS_MAX_ROUNDS)
        return KS_OK;
    ks_fail(err, KS_ERR_LIMIT, "too-many-iterations",
            "the key of %.200s is still locked: its password is to be hashed %u times, and ksx "
            "stops at %u",
            entry->alias, rounds, KS_BKS_MAX_ROUNDS);
    return ks_fail_next(err, KS_ERR_LIMIT, "the file is damaged, or made to keep programs busy");
}

static enum ks_code not_a_secret(const struct ks_entry *entry, const struct ks_bks_key *key,
                                 struct ks_error *err)
{
    char *format = ks_text_java_name(key->format, KS_BKS_NAME_SHOWN);

    if (is_public(key))
        ks_fail(err, KS_ERR_UNSUPPORTED, "public-key",
                "%.200s was decrypted, and holds only a public key", entry->alias);
    else
        ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-alg",
                "%.200s was decrypted, but not read: it is a key of type %u in the format %s",
                entry->alias, key->type, format);
    free(format);
    return ks_fail_next(err, KS_ERR_UNSUPPORTED,
                        "only the program that wrote it knows what to do with it");
}

/* One wrong password in 256 leaves a padding that looks right, but no key record. */
static enum ks_code read_inside(const struct ks_entry *entry, struct ks_slice plain,
                                struct ks_material *out, struct ks_error *err)
{
    struct ks_reader r = ks_reader(plain);
    struct ks_bks_key key;

    if (!ks_bks_key(&r, &key) || key.type > KS_BKS_SECRET)
        return KS_ERR_PASSWORD;
    if (!is_private(&key) && !is_secret(&key))
        return not_a_secret(entry, &key, err);
    take(&key, out);
    return KS_OK;
}

static enum ks_code unseal(const struct ks_entry *entry, const struct ks_secret *password,
                           struct ks_job *job, struct ks_material *out, struct ks_error *err)
{
    struct ks_bks_seal seal;
    struct ks_secret *plain = NULL;
    struct ks_buf alg = KS_BUF_INIT;

    if (!ks_bks_seal_parts(entry->key, &seal))
        return damaged(entry, err);
    enum ks_code rc = check_seal_rounds(entry, seal.rounds, err);
    if (rc != KS_OK)
        return rc;
    put_algorithm(seal.salt, seal.rounds, &alg);
    rc = ks_pbe_decrypt(ks_slice(alg.data, alg.len), seal.ciphertext, password, KS_EMPTY_NONE, job,
                        &plain, err);
    if (rc == KS_OK)
        rc = read_inside(entry, ks_secret_bytes(plain), out, err);
    ks_secret_free(plain);
    ks_buf_free(&alg);
    return rc;
}

/* The record that the entry was read from says of which algorithm a secret key is. */
static void name_clear_secret(const struct ks_entry *entry, struct ks_material *out)
{
    struct ks_bks_record rec;
    struct ks_bks_key key;

    if (entry->piece_count == 0)
        return;
    struct ks_bks_walk w = ks_bks_walk(entry->pieces[0].raw, 0);
    if (!ks_bks_next(&w, &rec) || rec.type != KS_BKS_KEY)
        return;
    struct ks_reader r = ks_reader(rec.content);
    if (ks_bks_key(&r, &key))
        name_algorithm(&key, out);
}

static enum ks_code reveal_clear(const struct ks_entry *entry, struct ks_material *out)
{
    out->type = entry->kind == KS_KIND_KEY        ? KS_MATERIAL_PRIVATE
                : entry->kind == KS_KIND_PASSWORD ? KS_MATERIAL_PASSWORD
                                                  : KS_MATERIAL_SECRET;
    if (out->type != KS_MATERIAL_PRIVATE)
        name_clear_secret(entry, out);
    out->bytes = ks_secret_new(entry->key.data, entry->key.len);
    return KS_OK;
}

enum ks_code ks_bks_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err)
{
    bool key = entry->kind == KS_KIND_KEY || entry->kind == KS_KIND_SECRET ||
               entry->kind == KS_KIND_PASSWORD;

    *out = (struct ks_material){0};
    if (!key)
        return ks_fail(err, KS_ERR_USAGE, "no-key", "%.200s holds no key that can be unlocked",
                       entry->alias);
    if (!ks_bks_is_sealed(entry))
        return reveal_clear(entry, out);
    if (!password)
        password = store->password;
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "the key of %.200s is still locked: its password is needed", entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "type the password of the key");
    }
    enum ks_code rc = unseal(entry, password, job, out, err);
    return rc == KS_ERR_PASSWORD ? wrong_password(store, entry, password, err) : rc;
}

/* ---- sealing ---- */

struct ks_secret *ks_bks_password(const struct ks_secret *password)
{
    return ks_secret_is_empty(password) ? ks_secret_new(NULL, 0) : ks_secret_bmp(password);
}

enum ks_code ks_bks_renew(uint8_t *salt, size_t len, uint32_t *rounds, struct ks_error *err)
{
    uint8_t more[2];

    if ((len > 0 && RAND_bytes_ex(ks_crypto(), salt, len, 0) != 1) ||
        RAND_bytes_ex(ks_crypto(), more, sizeof more, 0) != 1)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "not encrypted: no random bytes: %s",
                       ks_crypto_reason());
    *rounds = MIN_ROUNDS + (((uint32_t)more[0] << 8 | more[1]) & (MIN_ROUNDS - 1));
    return KS_OK;
}

/* Java's name of a private key's algorithm: its OID by name, or in digits. Bouncy Castle reads the
 * OID itself, older ones look the name up. */
static void put_private_algorithm(struct ks_slice pkcs8, struct ks_buf *out)
{
    struct ks_tlv info, alg, oid;
    struct ks_buf name = KS_BUF_INIT;

    if (ks_der_expect(&pkcs8, KS_DER_SEQUENCE, &info) && ks_der_skip(&info.body, KS_DER_INTEGER) &&
        ks_der_expect(&info.body, KS_DER_SEQUENCE, &alg) &&
        ks_der_expect(&alg.body, KS_DER_OID, &oid))
        ks_oid_text(oid.body, &name);
    ks_bks_put_utf(out, ks_slice(name.data, name.len));
    ks_buf_free(&name);
}

static void put_key(const struct ks_material *m, struct ks_buf *out)
{
    bool private = m->type == KS_MATERIAL_PRIVATE;
    struct ks_buf name = KS_BUF_INIT;

    ks_buf_byte(out, private ? KS_BKS_PRIVATE : KS_BKS_SECRET);
    ks_bks_put_utf(out, ks_slice_str(private ? "PKCS#8" : "RAW"));
    if (private) {
        put_private_algorithm(ks_secret_bytes(m->bytes), out);
    } else {
        ks_text_to_modified_utf8(m->algorithm, &name);
        ks_bks_put_utf(out, ks_slice(name.data, name.len));
        ks_buf_free(&name);
    }
    ks_bks_put_block(out, ks_secret_bytes(m->bytes));
}

enum ks_code ks_bks_seal_with(const struct ks_material *material, const struct ks_secret *password,
                              struct ks_slice salt, uint32_t rounds, struct ks_job *job,
                              struct ks_sealed *out, struct ks_error *err)
{
    struct ks_buf alg = KS_BUF_INIT, plain = {.secret = true}, sealed = KS_BUF_INIT;

    put_key(material, &plain);
    put_algorithm(salt, rounds, &alg);
    ks_bks_put_block(&sealed, salt);
    ks_bks_put_u32(&sealed, rounds);
    enum ks_code rc = ks_pbe_encrypt(ks_slice(alg.data, alg.len), ks_slice(plain.data, plain.len),
                                     password, KS_EMPTY_NONE, job, &sealed, err);
    if (rc == KS_OK) {
        *out = (struct ks_sealed){
            .kind = material->type == KS_MATERIAL_PRIVATE ? KS_KIND_KEY : KS_KIND_SECRET,
            .key_format = ks_bks_sealed_format,
            .key = ks_blob_copy(ks_slice(sealed.data, sealed.len)),
        };
    }
    ks_buf_free(&plain);
    ks_buf_free(&alg);
    ks_buf_free(&sealed);
    return rc;
}

/* A passphrase is a secret key here: the file does not tell them apart until it is unsealed. */
enum ks_code ks_bks_seal(const struct ks_store *into, const struct ks_version *version,
                         const struct ks_material *material, const struct ks_secret *password,
                         struct ks_job *job, struct ks_sealed *out, struct ks_error *err)
{
    uint8_t salt[KS_BKS_SALT];
    uint32_t rounds;

    (void)into;
    (void)version;
    *out = (struct ks_sealed){0};
    enum ks_code rc = ks_bks_renew(salt, sizeof salt, &rounds, err);
    if (rc != KS_OK)
        return rc;
    return ks_bks_seal_with(material, password, ks_slice(salt, sizeof salt), rounds, job, out, err);
}
