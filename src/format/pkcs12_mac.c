/*
 * The MAC over the contents of the authSafe, in two shapes:
 *
 *   MacData ::= SEQUENCE {                     RFC 7292 4
 *     SEQUENCE { digestAlgorithm, digest OCTET STRING },
 *     macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
 *
 * and PBMAC1 (RFC 9579), where digestAlgorithm is 1.2.840.113549.1.5.14 with the parameters
 * SEQUENCE { PBKDF2 AlgorithmIdentifier, HMAC AlgorithmIdentifier } and the rest is ignored.
 */
#include "format/pkcs12_internal.h"

#include "base/aside.h"
#include "base/alloc.h"
#include "base/crypto.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"
#include "x509/oid.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY KS_KDF_MAX_OUT /* bytes of a PBMAC1 key */

struct digest {
    uint8_t oid_len;
    const char *oid;
    const char *openssl; /* name for ks_crypto_md */
    const char *text;
    bool java; /* SunJCE has HmacPBE... for it */
    bool weak;
};

#define OID(bytes) sizeof bytes - 1, bytes
/* clang-format off */
static const struct digest digests[] = {
    {OID("\x2b\x0e\x03\x02\x1a"),                         "SHA1",       "SHA1",       true,  true},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x01"),         "SHA256",     "SHA256",     true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x02"),         "SHA384",     "SHA384",     true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x03"),         "SHA512",     "SHA512",     true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x04"),         "SHA224",     "SHA224",     true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x05"),         "SHA512-224", "SHA512/224", true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x06"),         "SHA512-256", "SHA512/256", true,  false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x07"),         "SHA3-224",   "SHA3-224",   false, false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x08"),         "SHA3-256",   "SHA3-256",   false, false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x09"),         "SHA3-384",   "SHA3-384",   false, false},
    {OID("\x60\x86\x48\x01\x65\x03\x04\x02\x0a"),         "SHA3-512",   "SHA3-512",   false, false},
    {OID("\x2a\x86\x48\x86\xf7\x0d\x02\x05"),             "MD5",        "MD5",        false, true},
    {OID("\x2b\x24\x03\x02\x01"),                         "RIPEMD160",  "RIPEMD160",  false, false},
    {OID("\x2a\x81\x1c\xcf\x55\x01\x83\x11"),             "SM3",        "SM3",        false, false},
};
/* hmacWithSHA1 ... hmacWithSHA512-256 are 1.2.840.113549.2.7 to 13 */
static const struct { uint8_t arc; const char *openssl, *text; } hmacs[] = {
    {7, "SHA1", "SHA1"},     {8, "SHA224", "SHA224"},  {9, "SHA256", "SHA256"},
    {10, "SHA384", "SHA384"}, {11, "SHA512", "SHA512"}, {12, "SHA512-224", "SHA512/224"},
    {13, "SHA512-256", "SHA512/256"},
};
/* clang-format on */
#define OID_PBMAC1 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e"
#define OID_HMAC "\x2a\x86\x48\x86\xf7\x0d\x02"

struct mac {
    bool pbmac1;
    const char *hash;     /* of the HMAC, OpenSSL name; NULL: not one we know */
    const char *kdf_hash; /* PBMAC1: of PBKDF2 */
    struct ks_slice expected, salt;
    uint64_t rounds;
    size_t key_len; /* PBMAC1 */
};

/* ---- reading ---- */

static bool take_octets(struct ks_slice *in, struct ks_slice *out)
{
    struct ks_tlv tlv;
    if (!ks_der_expect(in, KS_DER_OCTET_STRING, &tlv))
        return false;
    *out = tlv.body;
    return true;
}

/* The keyLength of PBKDF2-params, which RFC 9579 4 makes mandatory: 0 when it is missing. */
static size_t pbkdf2_key_len(struct ks_slice params)
{
    struct ks_tlv outer, alg, kdf;
    struct ks_slice salt;
    uint64_t rounds, len;

    if (!ks_der_expect(&params, KS_DER_SEQUENCE, &outer) ||
        !ks_der_expect(&outer.body, KS_DER_SEQUENCE, &alg) || !ks_der_skip(&alg.body, KS_DER_OID) ||
        !ks_der_expect(&alg.body, KS_DER_SEQUENCE, &kdf) || !take_octets(&kdf.body, &salt) ||
        !ks_der_uint(&kdf.body, &rounds) || !ks_der_uint(&kdf.body, &len) || len > MAX_KEY)
        return 0;
    return (size_t)len;
}

static const char *hmac_hash(struct ks_slice oid, const char **text)
{
    if (oid.len != sizeof OID_HMAC || memcmp(oid.data, OID_HMAC, sizeof OID_HMAC - 1) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof hmacs / sizeof hmacs[0]; i++) {
        if (hmacs[i].arc == oid.data[oid.len - 1]) {
            *text = hmacs[i].text;
            return hmacs[i].openssl;
        }
    }
    return NULL;
}

/* The parameters have the shape of PBES2's, so the same parser reads them: the "cipher" is the
 * HMAC. `wrapped` holds the bytes that the result points into. */
static bool read_pbmac1(struct p12_file *f, struct ks_slice params, struct ks_buf *wrapped,
                        struct mac *mac)
{
    static const char pbes2[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    struct ks_pbe_scheme scheme;
    const char *text = "?";

    mac->pbmac1 = true;
    ks_der_put_header(wrapped, KS_DER_SEQUENCE, sizeof pbes2 - 1 + params.len);
    ks_buf_append(wrapped, pbes2, sizeof pbes2 - 1);
    ks_buf_slice(wrapped, params);
    if (!ks_pbe_scheme_parse(ks_slice(wrapped->data, wrapped->len), &scheme))
        return false;
    mac->key_len = pbkdf2_key_len(params);
    mac->salt = scheme.salt;
    mac->rounds = scheme.rounds;
    mac->kdf_hash = scheme.hash;
    mac->hash = hmac_hash(scheme.cipher_oid, &text);
    if (!mac->hash || scheme.kdf != KS_PBE_KDF_PBKDF2) {
        mac->hash = NULL;
        (void)snprintf(f->mac_text, sizeof f->mac_text, "PBMAC1 of an unknown kind");
        return true;
    }
    (void)snprintf(f->mac_text, sizeof f->mac_text,
                   "PBMAC1: HMAC-%s, PBKDF2-HMAC-%s, %llu iteration%s", text, mac->kdf_hash,
                   (unsigned long long)mac->rounds, mac->rounds == 1 ? "" : "s");
    (void)snprintf(f->java_needs, sizeof f->java_needs,
                   "JDK 26 or later opens the file: older ones do not know PBMAC1");
    if (mac->key_len == 0) {
        mac->hash = NULL;
        (void)snprintf(f->mac_text, sizeof f->mac_text,
                       "PBMAC1 without the key length that RFC 9579 requires");
        ks_p12_java_refuses(f, "its PBMAC1 has no key length");
    }
    return true;
}

static void read_digest(struct p12_file *f, struct ks_slice oid, struct mac *mac)
{
    struct ks_buf name = {.max = 100};

    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        const struct digest *d = &digests[i];
        if (!ks_der_oid_is(oid, d->oid, d->oid_len))
            continue;
        mac->hash = d->openssl;
        ks_buf_str(&name, d->text);
        if (!d->java)
            ks_p12_java_refuses(f, "it has no MAC with %s", d->text);
        if (d->weak)
            f->store->notes |= KS_STORE_WEAK;
    }
    if (!mac->hash) {
        ks_oid_text(oid, &name);
        ks_p12_java_refuses(f, "it does not know the MAC's digest %s", ks_buf_text(&name));
    }
    (void)snprintf(f->mac_text, sizeof f->mac_text, "HMAC-%s, %llu iteration%s", ks_buf_text(&name),
                   (unsigned long long)mac->rounds, mac->rounds == 1 ? "" : "s");
    ks_buf_free(&name);
}

/* A number of rounds that does not even fit 8 bytes is as good as any that is too large. */
static bool take_rounds(struct ks_slice *in, uint64_t *rounds)
{
    struct ks_tlv tlv;

    *rounds = 1;
    if (in->len == 0 || ks_der_uint(in, rounds))
        return true;
    if (!ks_der_expect(in, KS_DER_INTEGER, &tlv) || tlv.body.len <= 8 || tlv.body.data[0] & 0x80)
        return false;
    *rounds = UINT64_MAX;
    return true;
}

static bool read_mac(struct p12_file *f, struct ks_buf *wrapped, struct mac *mac)
{
    struct ks_slice in = f->mac;
    struct ks_tlv seq, info, alg, oid;

    *mac = (struct mac){0};
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) ||
        !ks_der_expect(&seq.body, KS_DER_SEQUENCE, &info) ||
        !ks_der_expect(&info.body, KS_DER_SEQUENCE, &alg) ||
        !take_octets(&info.body, &mac->expected) || !take_octets(&seq.body, &mac->salt) ||
        !take_rounds(&seq.body, &mac->rounds) || !ks_der_expect(&alg.body, KS_DER_OID, &oid))
        return false;
    if (ks_der_oid_is(oid.body, OID_PBMAC1, sizeof OID_PBMAC1 - 1))
        return read_pbmac1(f, alg.body, wrapped, mac);
    read_digest(f, oid.body, mac);
    return true;
}

/* ---- checking ---- */

static enum ks_code derive(const struct p12_file *f, const struct mac *mac,
                           enum ks_empty_password empty, uint8_t *key, size_t *key_len,
                           struct ks_error *err)
{
    if (mac->pbmac1) {
        *key_len = mac->key_len;
        return ks_kdf_pbkdf2(mac->kdf_hash, ks_secret_bytes(f->password), mac->salt, mac->rounds,
                             key, *key_len, f->job, err);
    }
    *key_len = (size_t)EVP_MD_get_size(ks_crypto_md(mac->hash));
    struct ks_secret *bmp = NULL;
    if (!ks_secret_is_empty(f->password) || empty == KS_EMPTY_BMP)
        bmp = ks_secret_bmp(f->password);
    enum ks_code rc = ks_kdf_pkcs12(mac->hash, 3, ks_secret_bytes(bmp), mac->salt, mac->rounds, key,
                                    *key_len, f->job, err);
    ks_secret_free(bmp);
    return rc;
}

/* ---- HMAC ---- */

struct p12_hmac {
    struct ks_aside aside;
    const char *hash;
    struct ks_slice data, expected;
    uint8_t key[MAX_KEY];
    size_t key_len;
    bool computed, matches;
};

static void hmac_run(void *arg)
{
    struct p12_hmac *h = arg;
    uint8_t out[EVP_MAX_MD_SIZE];
    size_t len = 0;

    h->computed = EVP_Q_mac(ks_crypto(), "HMAC", NULL, h->hash, NULL, h->key, h->key_len,
                            h->data.data, h->data.len, out, sizeof out, &len) != NULL;
    h->matches =
        h->computed && len == h->expected.len && CRYPTO_memcmp(out, h->expected.data, len) == 0;
    (void)ks_crypto_reason(); /* an empty error queue, also in a thread that ends */
}

static void hmac_free(struct p12_hmac *h)
{
    ks_wipe(h->key, sizeof h->key);
    free(h);
}

/* The verdict of an HMAC that has run, which is freed. */
static enum ks_code conclude(struct p12_file *f, struct p12_hmac *h, struct ks_error *err)
{
    bool computed = h->computed, matches = h->matches;

    hmac_free(h);
    if (!computed) {
        f->store->integrity = KS_INTEGRITY_UNKNOWN;
        return KS_OK;
    }
    f->mac_differs = !matches;
    if (matches)
        f->store->integrity = KS_INTEGRITY_VERIFIED;
    return ks_p12_mac_wait(f, err);
}

enum ks_code ks_p12_mac_wait(struct p12_file *f, struct ks_error *err)
{
    if (f->hmac) {
        struct p12_hmac *h = f->hmac;
        f->hmac = NULL;
        ks_aside_join(&h->aside);
        return conclude(f, h, err);
    }
    if (!f->mac_differs)
        return KS_OK;
    ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
            "the password does not fit, or the file was altered: its MAC does not match");
    return ks_fail_next(err, KS_ERR_PASSWORD,
                        "try another password, or open it without one to list what is clear");
}

/* ---- checking ---- */

static enum ks_code prepare(const struct p12_file *f, const struct mac *mac,
                            enum ks_empty_password empty, struct p12_hmac **out,
                            struct ks_error *err)
{
    struct p12_hmac *h = ks_alloc(sizeof *h);
    enum ks_code rc = derive(f, mac, empty, h->key, &h->key_len, err);

    if (rc != KS_OK) {
        hmac_free(h);
        return rc;
    }
    h->hash = mac->hash;
    h->data = f->octets;
    h->expected = mac->expected;
    *out = h;
    return KS_OK;
}

/* Both spellings of an empty password; the one that fits is remembered. */
static enum ks_code check_empty(struct p12_file *f, const struct mac *mac, struct ks_error *err)
{
    static const enum ks_empty_password spellings[] = {KS_EMPTY_BMP, KS_EMPTY_NONE};
    struct p12_hmac *h = NULL;

    for (size_t i = 0; i < 2; i++) {
        enum ks_code rc = prepare(f, mac, spellings[i], &h, err);
        if (rc != KS_OK)
            return rc;
        hmac_run(h);
        f->empty = spellings[i];
        f->empty_known = h->matches && !mac->pbmac1;
        if (h->matches || i == 1)
            break;
        hmac_free(h);
    }
    return conclude(f, h, err);
}

static enum ks_code check(struct p12_file *f, const struct mac *mac, struct ks_error *err)
{
    struct p12_hmac *h = NULL;

    ks_job_phase(f->job, "checking the MAC", 0);
    if (ks_secret_is_empty(f->password))
        return check_empty(f, mac, err);
    enum ks_code rc = prepare(f, mac, KS_EMPTY_BMP, &h, err);
    if (rc != KS_OK)
        return rc;
    ks_aside_start(&h->aside, f->octets.len, hmac_run, h);
    if (h->aside.running) {
        f->hmac = h;
        return KS_OK;
    }
    ks_aside_join(&h->aside);
    return conclude(f, h, err);
}

enum ks_code ks_p12_mac(struct p12_file *f, struct ks_error *err)
{
    struct ks_buf wrapped = KS_BUF_INIT;
    struct mac mac;
    enum ks_code rc = KS_OK;

    if (!f->mac.data) {
        f->store->integrity = f->cut ? KS_INTEGRITY_BAD : KS_INTEGRITY_NONE;
        f->store->notes |= f->cut ? 0 : KS_STORE_NO_MAC;
        return KS_OK;
    }
    if (!read_mac(f, &wrapped, &mac)) {
        f->store->integrity = KS_INTEGRITY_BAD;
        (void)snprintf(f->mac_text, sizeof f->mac_text, "a MAC that cannot be read");
        ks_p12_damage(f, "its MAC cannot be read: the file ends early or was altered");
    } else if (!f->password) {
        f->store->integrity = KS_INTEGRITY_UNVERIFIED;
    } else if (!mac.hash || !ks_crypto_md(mac.hash)) {
        f->store->integrity = KS_INTEGRITY_UNKNOWN;
    } else {
        struct ks_error failure = {0};
        rc = check(f, &mac, &failure);
        if (rc == KS_ERR_UNSUPPORTED) {
            f->store->integrity = KS_INTEGRITY_UNKNOWN;
            rc = KS_OK;
        } else if (rc != KS_OK && err) {
            *err = failure;
        }
    }
    ks_buf_free(&wrapped);
    return rc;
}

/* ---- making ---- */

/* clang-format off */
#define ZERO_4 "\0\0\0\0"
#define ZERO_20 ZERO_4 ZERO_4 ZERO_4 ZERO_4 ZERO_4
#define ZERO_32 ZERO_20 ZERO_4 ZERO_4 ZERO_4

/* Java's, with zeros where digest and salt will be: HMAC-SHA256 with 10,000 rounds, and HMAC-SHA1
 * with 100,000. */
static const char modern[] =
    "\x30\x4d\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20" ZERO_32
    "\x04\x14" ZERO_20 "\x02\x02\x27\x10";
static const char legacy[] =
    "\x30\x3e\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14" ZERO_20
    "\x04\x14" ZERO_20 "\x02\x03\x01\x86\xa0";
/* clang-format on */

static enum ks_code cannot_make(const struct p12_file *f, struct ks_error *err)
{
    ks_fail(err, KS_ERR_UNSUPPORTED, "unsupported-mac",
            "not written: the file's integrity check is nothing that ksx can make (%s)",
            f->mac_text[0] ? f->mac_text : "it cannot be read");
    return ks_fail_next(err, KS_ERR_UNSUPPORTED, "choose the modern protection instead");
}

/* Where the salt stands in f->mac. PBMAC1's was read from a copy of the parameters, which end both
 * the copy and the AlgorithmIdentifier. */
static bool salt_in_mac(const struct p12_file *f, const struct mac *mac,
                        const struct ks_buf *wrapped, size_t *at)
{
    struct ks_slice in = f->mac;
    struct ks_tlv seq, info, alg;

    if (!mac->pbmac1) {
        *at = (size_t)(mac->salt.data - f->mac.data);
        return true;
    }
    if (!ks_der_expect(&in, KS_DER_SEQUENCE, &seq) ||
        !ks_der_expect(&seq.body, KS_DER_SEQUENCE, &info) ||
        !ks_der_expect(&info.body, KS_DER_SEQUENCE, &alg))
        return false;
    size_t from_end = (size_t)(wrapped->data + wrapped->len - mac->salt.data);
    *at = (size_t)(alg.whole.data + alg.whole.len - f->mac.data) - from_end;
    return true;
}

static enum ks_code new_salt(struct p12_file *f, uint8_t *copy, struct ks_error *err)
{
    struct ks_buf wrapped = KS_BUF_INIT;
    struct mac mac;
    enum ks_code rc = KS_OK;
    size_t at;

    if (!read_mac(f, &wrapped, &mac) || !mac.hash || !ks_crypto_md(mac.hash) ||
        !salt_in_mac(f, &mac, &wrapped, &at))
        rc = cannot_make(f, err);
    else if (mac.salt.len && RAND_bytes_ex(ks_crypto(), copy + at, mac.salt.len, 0) != 1)
        rc = ks_fail(err, KS_ERR_UNSUPPORTED, "openssl", "not written: no random bytes: %s",
                     ks_crypto_reason());
    ks_buf_free(&wrapped);
    return rc;
}

/* `copy` is what f->mac is; its digest is put in. */
static enum ks_code new_digest(struct p12_file *f, struct ks_slice octets, uint8_t *copy,
                               struct ks_error *err)
{
    struct ks_buf wrapped = KS_BUF_INIT;
    uint8_t key[MAX_KEY];
    size_t key_len = 0, len = 0;
    struct mac mac;

    if (!read_mac(f, &wrapped, &mac)) {
        ks_buf_free(&wrapped);
        return cannot_make(f, err);
    }
    enum ks_code rc = derive(f, &mac, f->empty, key, &key_len, err);
    uint8_t out[EVP_MAX_MD_SIZE];
    if (rc == KS_OK &&
        (!EVP_Q_mac(ks_crypto(), "HMAC", NULL, mac.hash, NULL, key, key_len, octets.data,
                    octets.len, out, sizeof out, &len) ||
         len != mac.expected.len))
        rc = cannot_make(f, err);
    if (rc == KS_OK)
        memcpy(copy + (mac.expected.data - f->mac.data), out, len);
    (void)ks_crypto_reason();
    ks_wipe(key, sizeof key);
    ks_buf_free(&wrapped);
    return rc;
}

enum ks_code ks_p12_mac_make(struct p12_file *f, enum ks_protection how, struct ks_slice octets,
                             struct ks_buf *out, struct ks_error *err)
{
    struct ks_slice old = f->mac, like = old;

    if (how == KS_PROTECT_MODERN)
        like = ks_slice(modern, sizeof modern - 1);
    else if (how == KS_PROTECT_LEGACY)
        like = ks_slice(legacy, sizeof legacy - 1);
    if (!like.data)
        return cannot_make(f, err);
    uint8_t *copy = ks_alloc(like.len);
    memcpy(copy, like.data, like.len);
    f->mac = like;
    ks_job_phase(f->job, "making the MAC", 0);
    enum ks_code rc = new_salt(f, copy, err);
    f->mac = ks_slice(copy, like.len);
    if (rc == KS_OK)
        rc = new_digest(f, octets, copy, err);
    if (rc == KS_OK)
        ks_buf_append(out, copy, like.len);
    f->mac = old;
    free(copy);
    return rc;
}
