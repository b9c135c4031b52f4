/*
 * One key of a PKCS#12 file in clear. A key may have a password of its own, although keytool never
 * makes such a file.
 */
#include "format/pkcs12_internal.h"

#include "x509/der.h"
#include "x509/oid.h"

#include <openssl/crypto.h>
#include <string.h>

static bool is_format(const struct ks_entry *entry, const char *name)
{
    return entry->key_format && strcmp(entry->key_format, name) == 0;
}

void ks_p12_protection(const struct ks_entry *entry, struct ks_buf *out)
{
    struct ks_slice alg, ciphertext;

    if (is_format(entry, "EncryptedPrivateKeyInfo")) {
        if (ks_pbe_epki_parts(entry->key, &alg, &ciphertext))
            (void)ks_pbe_describe(alg, out, NULL);
        else
            ks_buf_str(out, "an encryption that cannot be read");
    } else if (entry->key_format) {
        ks_buf_str(out, "none: stored in clear");
    }
}

/* ---- secrets ---- */

/* Java's names, com.sun.crypto.provider and sun.security.util.KnownOIDs; the others by the table
 * of OIDs. DES comes back from Java as "DES/CBC", for its OID is the mode's. */
static const struct {
    uint8_t len;
    const char *oid;
    const char *name;
} secrets[] = {
    {8, "\x60\x86\x48\x01\x65\x03\x04\x01", "AES"},
    {9, "\x60\x86\x48\x01\x65\x03\x04\x01\x02", "AES"},
    {9, "\x60\x86\x48\x01\x65\x03\x04\x01\x2a", "AES"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x02\x07", "HmacSHA1"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x02\x08", "HmacSHA224"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x02\x09", "HmacSHA256"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0a", "HmacSHA384"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x02\x0b", "HmacSHA512"},
    {5, "\x2b\x0e\x03\x02\x11", "DESede"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x03\x07", "DESede"},
    {5, "\x2b\x0e\x03\x02\x07", "DES"},
    {8, "\x2a\x86\x48\x86\xf7\x0d\x03\x04", "ARCFOUR"},
};
#define OID_DES "\x2b\x0e\x03\x02\x07"
#define OID_PASSWORD "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03" /* what keytool -importpass writes */

/* Of several OIDs with one name the first is the one that Java writes. */
bool ks_p12_secret_oid(const struct ks_material *m, struct ks_buf *oid, bool *null)
{
    *null = m->type == KS_MATERIAL_PASSWORD || OPENSSL_strcasecmp(m->algorithm, "DESede") == 0;
    if (m->type == KS_MATERIAL_PASSWORD) {
        ks_buf_append(oid, OID_PASSWORD, sizeof OID_PASSWORD - 1);
        return true;
    }
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (OPENSSL_strcasecmp(secrets[i].name, m->algorithm) == 0) {
            ks_buf_append(oid, secrets[i].oid, secrets[i].len);
            return true;
        }
    }
    if (OPENSSL_strcasecmp(m->algorithm, "DES/CBC") == 0) {
        ks_buf_append(oid, OID_DES, sizeof OID_DES - 1);
        return true;
    }
    return strchr(m->algorithm, '.') && ks_oid_parse(m->algorithm, oid); /* as it was revealed */
}

static void name_of(struct ks_slice oid, struct ks_buf *out)
{
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (ks_der_oid_is(oid, secrets[i].oid, secrets[i].len)) {
            ks_buf_str(out, secrets[i].name);
            return;
        }
    }
    ks_oid_text(oid, out);
}

static void take_secret(struct ks_slice oid, struct ks_slice key, struct ks_material *out)
{
    struct ks_buf name = {.max = sizeof out->algorithm - 1};
    bool password = ks_der_oid_is(oid, OID_PASSWORD, sizeof OID_PASSWORD - 1);

    if (password)
        ks_buf_str(&name, "PBEWithMD5AndDES");
    else
        name_of(oid, &name);
    OPENSSL_strlcpy(out->algorithm, ks_buf_text(&name), sizeof out->algorithm);
    ks_buf_free(&name);
    out->type = password ? KS_MATERIAL_PASSWORD : KS_MATERIAL_SECRET;
    out->bytes = ks_secret_new(key.data, key.len);
}

/* A secret key has the shape of a PrivateKeyInfo: SEQUENCE { 0, AlgorithmIdentifier, key }. */
static enum ks_code take_clear_secret(struct ks_slice pkcs8, struct ks_material *out,
                                      struct ks_error *err)
{
    struct ks_tlv seq, alg, oid, key;

    if (!ks_der_expect(&pkcs8, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq.body, KS_DER_INTEGER) ||
        !ks_der_expect(&seq.body, KS_DER_SEQUENCE, &alg) ||
        !ks_der_expect(&alg.body, KS_DER_OID, &oid) ||
        !ks_der_expect(&seq.body, KS_DER_OCTET_STRING, &key)) {
        ks_fail(err, KS_ERR_DAMAGED, "damaged", "the secret was decrypted, but is malformed");
        return ks_fail_next(err, KS_ERR_DAMAGED, "look for another copy of the file");
    }
    take_secret(oid.body, key.body, out);
    return KS_OK;
}

/* Bouncy Castle's form: the type of the bag is the algorithm, the value the key's bytes. */
static enum ks_code take_bare_secret(const struct ks_entry *entry, struct ks_material *out,
                                     struct ks_error *err)
{
    struct ks_slice in = entry->piece_count ? entry->pieces[0].raw : ks_slice(NULL, 0);
    struct ks_tlv bag, value, secret, type;

    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &bag) || !ks_der_skip(&bag.body, KS_DER_OID) ||
        !ks_der_expect(&bag.body, KS_DER_CONTEXT_CONS(0), &value) ||
        !ks_der_expect(&value.body, KS_DER_SEQUENCE, &secret) ||
        !ks_der_expect(&secret.body, KS_DER_OID, &type))
        return ks_fail(err, KS_ERR_DAMAGED, "damaged", "the secret bag is malformed");
    take_secret(type.body, entry->key, out);
    return KS_OK;
}

/* ---- private keys ---- */

static enum ks_code take(const struct ks_entry *entry, struct ks_secret *clear /* taken */,
                         struct ks_material *out, struct ks_error *err)
{
    if (entry->kind == KS_KIND_KEY) {
        out->bytes = clear;
        return KS_OK;
    }
    enum ks_code rc = take_clear_secret(ks_secret_bytes(clear), out, err);
    ks_secret_free(clear);
    return rc;
}

static enum ks_code decrypt(const struct ks_entry *entry, const struct ks_secret *password,
                            struct ks_job *job, struct ks_material *out, struct ks_error *err)
{
    struct ks_secret *clear = NULL;
    struct ks_error first = {0};
    enum ks_code rc = ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_BMP, job, &clear, &first);

    /* the other spelling of an empty password, which the file need not use throughout */
    if (rc == KS_ERR_PASSWORD && ks_secret_is_empty(password))
        rc = ks_pbe_decrypt_epki(entry->key, password, KS_EMPTY_NONE, job, &clear, &first);
    if (rc == KS_OK)
        return take(entry, clear, out, err);
    if (err)
        *err = first;
    return rc;
}

enum ks_code ks_p12_reveal(const struct ks_store *store, const struct ks_entry *entry,
                           const struct ks_secret *password, struct ks_job *job,
                           struct ks_material *out, struct ks_error *err)
{
    *out = (struct ks_material){.type = KS_MATERIAL_PRIVATE};
    if (entry->kind != KS_KIND_KEY && entry->kind != KS_KIND_SECRET)
        return ks_fail(err, KS_ERR_USAGE, "no-key", "'%s' holds no key", entry->alias);
    if (is_format(entry, "PrivateKeyInfo"))
        return take(entry, ks_secret_new(entry->key.data, entry->key.len), out, err);
    if (is_format(entry, "SecretBag"))
        return take_bare_secret(entry, out, err);
    if (!password)
        password = store->password;
    if (!password) {
        ks_fail(err, KS_ERR_PASSWORD_NEEDED, "password-needed",
                "the key of '%s' is encrypted and needs a password", entry->alias);
        return ks_fail_next(err, KS_ERR_PASSWORD_NEEDED, "give the keystore's or the key's own");
    }
    return decrypt(entry, password, job, out, err);
}
