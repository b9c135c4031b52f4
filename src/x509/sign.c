#include "x509/sign.h"

#include "x509/der.h"
#include "x509/keygen.h"
#include "x509/name.h"
#include "x509/oid.h"
#include "x509/parts.h"
#include "x509/private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RSA_BITS 16384 /* as much as OpenSSL verifies */
#define MAX_CHALLENGE 255  /* RFC 2985 5.4.1, pkcs-9-ub-challengePassword */

/* ---- algorithms ---- */

struct hash {
    const char *name; /* as Java has it inside of a signature's name, and OpenSSL alone */
    const char *oid;
    unsigned len; /* octets */
};
static const struct hash hashes[] = {
    {"SHA256", "2.16.840.1.101.3.4.2.1", 32},
    {"SHA384", "2.16.840.1.101.3.4.2.2", 48},
    {"SHA512", "2.16.840.1.101.3.4.2.3", 64},
    {"SHA224", "2.16.840.1.101.3.4.2.4", 28},
    {"SHA1", "1.3.14.3.2.26", 20},
};
#define SHA256 (&hashes[0])
#define SHA384 (&hashes[1])
#define SHA512 (&hashes[2])

/* The order is that of the choice, behind the hash that fits the key. Of DSA there is no more: with
 * a larger hash OpenSSL 3.0 verifies no certificate. */
struct way {
    const char *name; /* Java's */
    const char *oid;
    enum ks_key_alg key;
    const struct hash *hash; /* NULL: part of the algorithm, or of PSS's parameters */
};
static const char rsassa_pss[] = "1.2.840.113549.1.1.10";
static const struct way ways[] = {
    {"SHA256withRSA", "1.2.840.113549.1.1.11", KS_KEY_RSA, SHA256},
    {"SHA384withRSA", "1.2.840.113549.1.1.12", KS_KEY_RSA, SHA384},
    {"SHA512withRSA", "1.2.840.113549.1.1.13", KS_KEY_RSA, SHA512},
    {"RSASSA-PSS", rsassa_pss, KS_KEY_RSA, NULL},
    {"RSASSA-PSS", rsassa_pss, KS_KEY_RSA_PSS, NULL},
    {"SHA256withECDSA", "1.2.840.10045.4.3.2", KS_KEY_EC, SHA256},
    {"SHA384withECDSA", "1.2.840.10045.4.3.3", KS_KEY_EC, SHA384},
    {"SHA512withECDSA", "1.2.840.10045.4.3.4", KS_KEY_EC, SHA512},
    {"SHA256withDSA", "2.16.840.1.101.3.4.3.2", KS_KEY_DSA, SHA256},
    {"Ed25519", "1.3.101.112", KS_KEY_ED25519, NULL},
    {"Ed448", "1.3.101.113", KS_KEY_ED448, NULL},
};
#define WAYS (sizeof ways / sizeof ways[0])

/* What the public key says about signatures. */
struct kind {
    enum ks_key_alg alg;
    unsigned bits;
    const struct hash *strength;   /* sun.security.util.SignatureUtil: as strong as the key */
    const struct hash *hash, *mgf; /* of PSS; NULL: none that is known here */
    unsigned salt;
};

static const struct hash *strength_of(enum ks_key_alg alg, unsigned bits)
{
    if (alg == KS_KEY_EC)
        return bits >= 512 ? SHA512 : bits >= 384 ? SHA384 : SHA256;
    return bits > 7680 ? SHA512 : bits > 3072 ? SHA384 : SHA256;
}

static const struct hash *hash_of(struct ks_slice oid)
{
    struct ks_buf dotted = KS_BUF_INIT;
    const struct hash *found = NULL;
    ks_buf_str(&dotted, oid.len ? "" : "1.3.14.3.2.26"); /* the default of RFC 4055 */
    if (oid.len)
        ks_oid_dotted(oid, &dotted);
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        if (strcmp(hashes[i].oid, ks_buf_text(&dotted)) == 0)
            found = &hashes[i];
    ks_buf_free(&dotted);
    return found;
}

static bool kind_of(struct ks_slice spki, struct kind *out)
{
    struct ks_spki parts;
    struct ks_pss pss;
    uint8_t alg;
    uint16_t bits;
    if (!ks_spki_open(spki, &parts) || !ks_spki_skim(spki, &alg, &bits, NULL))
        return false;
    const struct hash *strength = strength_of(alg, bits);
    *out = (struct kind){.alg = alg, .bits = bits, .strength = strength};
    out->hash = out->mgf = strength;
    out->salt = strength->len;
    if (alg != KS_KEY_RSA_PSS || parts.params.len == 0)
        return true;
    if (!ks_pss_params(parts.params, &pss) || pss.salt_len > MAX_RSA_BITS / 8)
        return false;
    out->hash = hash_of(pss.hash); /* RFC 4055 3.3: these, and no shorter salt */
    out->mgf = hash_of(pss.mgf_hash);
    if (out->hash)
        out->salt = pss.salt_len > out->hash->len ? (unsigned)pss.salt_len : out->hash->len;
    return true;
}

/* A small RSA key has no room for a large hash: RFC 8017 9.1.1, 9.2. */
static bool has_room(const struct way *way, const struct kind *kind)
{
    bool rsa = kind->alg == KS_KEY_RSA || kind->alg == KS_KEY_RSA_PSS;
    if (!rsa)
        return true;
    if (kind->bits < 8 || kind->bits > MAX_RSA_BITS)
        return false;
    if (way->hash)
        return kind->bits / 8 >= way->hash->len + 19 + 11;
    return kind->hash && kind->mgf && (kind->bits + 6) / 8 >= kind->hash->len + kind->salt + 2;
}

static bool fits(const struct way *way, const struct kind *kind)
{
    return way->key == kind->alg && has_room(way, kind);
}

static size_t names_of(const struct kind *kind, const char *names[static 8])
{
    size_t count = 0;
    for (size_t i = 0; i < WAYS; i++)
        if (fits(&ways[i], kind) && ways[i].hash == kind->strength)
            names[count++] = ways[i].name;
    for (size_t i = 0; i < WAYS; i++)
        if (fits(&ways[i], kind) && ways[i].hash != kind->strength)
            names[count++] = ways[i].name;
    return count;
}

size_t ks_signatures_of(struct ks_slice spki, const char *names[static 8])
{
    struct kind kind;
    return kind_of(spki, &kind) ? names_of(&kind, names) : 0;
}

size_t ks_signatures_of_type(const struct ks_key_type *type, const char *names[static 8])
{
    const struct hash *strength = strength_of(type->alg, type->bits);
    return names_of(&(struct kind){.alg = type->alg,
                                   .bits = type->bits,
                                   .strength = strength,
                                   .hash = strength,
                                   .mgf = strength,
                                   .salt = strength->len},
                    names);
}

static const char *find_name(struct ks_slice spki, const char *name)
{
    const char *names[8];
    size_t count = ks_signatures_of(spki, names);
    for (size_t i = 0; i < count; i++)
        if (!name || OPENSSL_strcasecmp(names[i], name) == 0)
            return names[i];
    return NULL;
}

enum ks_code ks_signature_check(struct ks_slice spki, const char *name, struct ks_error *err)
{
    const char *names[8];
    struct ks_buf key = KS_BUF_INIT, list = KS_BUF_INIT;
    if (find_name(spki, name))
        return KS_OK;
    size_t count = ks_signatures_of(spki, names);
    for (size_t i = 0; i < count; i++)
        ks_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    ks_spki_describe(spki, &key);
    enum ks_code code = ks_fail(err, KS_ERR_USAGE, "signature", "no '%.60s' with this key: %.100s",
                                name ? name : "signature", ks_buf_text(&key));
    if (count)
        (void)ks_fail_next(err, code, "it makes %s", ks_buf_text(&list));
    ks_buf_free(&key);
    ks_buf_free(&list);
    return code;
}

/* ---- DER ---- */

static struct ks_slice slice_of(const struct ks_buf *b)
{
    return ks_slice(b->data, b->len);
}

/* Frees the contents. */
static void put_and_free(struct ks_buf *out, uint8_t tag, struct ks_buf *body)
{
    ks_der_put(out, tag, slice_of(body));
    ks_buf_free(body);
}

static void put_oid(struct ks_buf *out, const char *dotted)
{
    struct ks_buf oid = KS_BUF_INIT;
    (void)ks_oid_parse(dotted, &oid);
    put_and_free(out, KS_DER_OID, &oid);
}

/* INTEGER from big-endian octets. */
static void put_unsigned(struct ks_buf *out, const uint8_t *octets, size_t len)
{
    struct ks_buf body = KS_BUF_INIT;
    for (; len > 1 && *octets == 0; len--)
        octets++;
    if (*octets & 0x80)
        ks_buf_byte(&body, 0);
    ks_buf_append(&body, octets, len);
    put_and_free(out, KS_DER_INTEGER, &body);
}

/* RFC 4055 2.1: with NULL, as the Baseline Requirements for certificates spell it out. */
static void put_hash(struct ks_buf *out, const struct hash *hash)
{
    struct ks_buf body = KS_BUF_INIT;
    put_oid(&body, hash->oid);
    ks_der_put(&body, KS_DER_NULL, ks_slice(NULL, 0));
    put_and_free(out, KS_DER_SEQUENCE, &body);
}

/* RSASSA-PSS-params, where SHA-1 and its 20 octets of salt are the defaults, which DER leaves out.
 */
static void put_pss_params(struct ks_buf *out, const struct kind *kind)
{
    const struct hash *sha1 = &hashes[4];
    uint8_t salt[2] = {(uint8_t)(kind->salt >> 8), (uint8_t)kind->salt};
    struct ks_buf params = KS_BUF_INIT, field = KS_BUF_INIT, mgf = KS_BUF_INIT;
    if (kind->hash != sha1) {
        put_hash(&field, kind->hash);
        put_and_free(&params, KS_DER_CONTEXT_CONS(0), &field);
    }
    if (kind->mgf != sha1) {
        put_oid(&mgf, "1.2.840.113549.1.1.8");
        put_hash(&mgf, kind->mgf);
        put_and_free(&field, KS_DER_SEQUENCE, &mgf);
        put_and_free(&params, KS_DER_CONTEXT_CONS(1), &field);
    }
    if (kind->salt != sha1->len) {
        put_unsigned(&field, salt, sizeof salt);
        put_and_free(&params, KS_DER_CONTEXT_CONS(2), &field);
    }
    put_and_free(out, KS_DER_SEQUENCE, &params);
}

static void put_algorithm(struct ks_buf *out, const struct way *way, const struct kind *kind)
{
    struct ks_buf body = KS_BUF_INIT;
    put_oid(&body, way->oid);
    if (way->oid == rsassa_pss)
        put_pss_params(&body, kind);
    else if (way->key == KS_KEY_RSA)
        ks_der_put(&body, KS_DER_NULL,
                   ks_slice(NULL, 0)); /* RFC 3279 2.2.1; the others have none */
    put_and_free(out, KS_DER_SEQUENCE, &body);
}

/* ---- the signature ---- */

struct signer {
    EVP_PKEY *key;
    struct ks_buf spki;
    struct ks_buf algorithm; /* AlgorithmIdentifier, whole TLV */
    struct kind kind;
    const struct way *way;
};

static void close_signer(struct signer *s)
{
    EVP_PKEY_free(s->key);
    ks_buf_free(&s->spki);
    ks_buf_free(&s->algorithm);
    ks_wipe_stack();
}

static const struct way *way_named(const char *name, enum ks_key_alg key)
{
    for (size_t i = 0; i < WAYS; i++)
        if (ways[i].key == key && strcmp(ways[i].name, name) == 0)
            return &ways[i];
    return NULL;
}

static enum ks_code open_signer(const struct ks_secret *key, const char *signature,
                                struct signer *out, struct ks_error *err)
{
    struct ks_private parts;
    *out = (struct signer){0};
    enum ks_code code = ks_private_to_spki(key, &out->spki, err);
    struct ks_slice spki = slice_of(&out->spki);
    if (code == KS_OK)
        code = ks_signature_check(spki, signature, err);
    if (code != KS_OK)
        return code;
    (void)kind_of(spki, &out->kind);
    out->way = way_named(find_name(spki, signature), out->kind.alg);
    put_algorithm(&out->algorithm, out->way, &out->kind);
    if (ks_private_parse(ks_secret_bytes(key), &parts))
        out->key = ks_private_open(&parts);
    if (!out->key)
        return ks_fail(err, KS_ERR_UNSUPPORTED, "key-type",
                       "OpenSSL does not take the private key");
    return KS_OK;
}

static bool set_pss(EVP_PKEY_CTX *ctx, const struct kind *kind)
{
    const EVP_MD *mgf = ks_crypto_md(kind->mgf->name);
    return mgf && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mgf) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)kind->salt) > 0;
}

/* Contents of the BIT STRING. */
static bool compute(const struct signer *s, struct ks_slice tbs, struct ks_buf *out)
{
    EVP_PKEY_CTX *key_ctx = NULL; /* belongs to ctx */
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool pss = s->way->oid == rsassa_pss;
    const struct hash *hash = pss ? s->kind.hash : s->way->hash;
    size_t len = 0;
    bool good = ctx &&
                EVP_DigestSignInit_ex(ctx, &key_ctx, hash ? hash->name : NULL, ks_crypto(), NULL,
                                      s->key, NULL) > 0 &&
                (!pss || set_pss(key_ctx, &s->kind)) &&
                EVP_DigestSign(ctx, NULL, &len, tbs.data, tbs.len) > 0;
    uint8_t *signature = ks_alloc(len + 1); /* in front: no bits are unused */
    good = good && EVP_DigestSign(ctx, signature + 1, &len, tbs.data, tbs.len) > 0;
    if (good)
        ks_buf_append(out, signature, len + 1);
    free(signature);
    EVP_MD_CTX_free(ctx);
    return good;
}

/* SEQUENCE { to be signed, algorithm, signature } */
static enum ks_code put_signed(const struct signer *s, struct ks_slice tbs, struct ks_buf *out,
                               struct ks_error *err)
{
    struct ks_buf body = KS_BUF_INIT, bits = KS_BUF_INIT;
    bool good = compute(s, tbs, &bits);
    const char *reason = ks_crypto_reason();
    ks_buf_slice(&body, tbs);
    ks_buf_slice(&body, slice_of(&s->algorithm));
    put_and_free(&body, KS_DER_BIT_STRING, &bits);
    if (good)
        ks_der_put(out, KS_DER_SEQUENCE, slice_of(&body));
    ks_buf_free(&body);
    return good ? KS_OK
                : ks_fail(err, KS_ERR_UNSUPPORTED, "signature", "no %s signature was made: %s",
                          s->way->name, reason);
}

/* ---- certificates ---- */

#define YEAR_1 INT64_C(-62135596800)
#define YEAR_9999_END INT64_C(253402300799)

/* All zeros where there is no randomness, which ks_sign_certificate() refuses. */
void ks_serial_random(uint8_t serial[static KS_SERIAL_BYTES])
{
    if (RAND_bytes_ex(ks_crypto(), serial, KS_SERIAL_BYTES, 0) != 1) {
        (void)ks_crypto_reason();
        memset(serial, 0, KS_SERIAL_BYTES);
        return;
    }
    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and always as long */
}

/* RFC 5280 4.1.2.5: UTCTime through 2049. */
static void put_time(struct ks_buf *out, int64_t seconds)
{
    struct ks_civil c = ks_time_to_civil(seconds);
    bool utc = c.year >= 1950 && c.year < 2050;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_printf(&text, utc ? "%02d" : "%04d", utc ? c.year % 100 : c.year);
    ks_buf_printf(&text, "%02d%02d%02d%02d%02dZ", c.month, c.day, c.hour, c.minute, c.second);
    put_and_free(out, utc ? KS_DER_UTC_TIME : KS_DER_GENERALIZED_TIME, &text);
}

static bool is_zero(const uint8_t *octets, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= octets[i];
    return any == 0;
}

static enum ks_code check(const struct ks_to_sign *what, struct ks_error *err)
{
    if (what->not_before < YEAR_1 || what->not_after > YEAR_9999_END)
        return ks_fail(err, KS_ERR_USAGE, "validity", "a date before year 1 or after year 9999");
    if (what->not_after < what->not_before)
        return ks_fail(err, KS_ERR_USAGE, "validity", "the validity ends before it begins");
    if (is_zero(what->serial, KS_SERIAL_BYTES))
        return ks_fail(err, KS_ERR_USAGE, "serial", "the serial number is zero");
    if (ks_name_is_empty(what->issuer)) {
        ks_fail(err, KS_ERR_USAGE, "issuer", "the issuer has no name");
        return ks_fail_next(err, KS_ERR_USAGE,
                            "Java reads no such certificate; a self-signed one needs a subject");
    }
    return KS_OK;
}

/* TBSCertificate, whole. */
static void put_certificate_info(const struct ks_to_sign *what, struct ks_slice algorithm,
                                 struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT, part = KS_BUF_INIT;
    ks_der_put(&part, KS_DER_INTEGER, ks_slice("\x02", 1)); /* version 3 */
    put_and_free(&body, KS_DER_CONTEXT_CONS(0), &part);
    put_unsigned(&body, what->serial, KS_SERIAL_BYTES);
    ks_buf_slice(&body, algorithm);
    ks_buf_slice(&body, what->issuer);
    put_time(&part, what->not_before);
    put_time(&part, what->not_after);
    put_and_free(&body, KS_DER_SEQUENCE, &part);
    ks_buf_slice(&body, what->subject);
    ks_buf_slice(&body, what->spki);
    if (what->exts.len) {
        ks_der_put(&part, KS_DER_SEQUENCE, what->exts);
        put_and_free(&body, KS_DER_CONTEXT_CONS(3), &part);
    }
    put_and_free(out, KS_DER_SEQUENCE, &body);
}

enum ks_code ks_sign_certificate(const struct ks_to_sign *what, const struct ks_secret *key,
                                 const char *signature, struct ks_buf *out, struct ks_error *err)
{
    struct signer signer = {0};
    struct ks_buf tbs = KS_BUF_INIT;
    enum ks_code code = check(what, err);
    if (code == KS_OK)
        code = open_signer(key, signature, &signer, err);
    if (code == KS_OK) {
        put_certificate_info(what, slice_of(&signer.algorithm), &tbs);
        code = put_signed(&signer, slice_of(&tbs), out, err);
    }
    ks_buf_free(&tbs);
    close_signer(&signer);
    return code;
}

/* ---- requests ---- */

enum ks_code ks_challenge_check(const char *challenge, struct ks_error *err)
{
    size_t count = ks_count_characters(ks_slice_str(challenge));
    if (count == SIZE_MAX)
        return ks_fail(err, KS_ERR_USAGE, "challenge",
                       "the challenge has control characters or is no UTF-8");
    if (count > MAX_CHALLENGE)
        return ks_fail(err, KS_ERR_USAGE, "challenge",
                       "the challenge has %zu characters, %d are the most", count, MAX_CHALLENGE);
    return KS_OK;
}

/* Attribute with one value, whole. Frees the value. */
static void put_attribute(struct ks_buf *out, const char *oid, struct ks_buf *value)
{
    struct ks_buf body = KS_BUF_INIT;
    put_oid(&body, oid);
    put_and_free(&body, KS_DER_SET, value);
    put_and_free(out, KS_DER_SEQUENCE, &body);
}

/* A SET: its elements ascend (X.690 11.6), and differ in the octets of their lengths at the latest.
 */
static void put_attributes(struct ks_slice exts, struct ks_slice challenge, struct ks_buf *out)
{
    struct ks_buf word = KS_BUF_INIT, asked = KS_BUF_INIT, value = KS_BUF_INIT, set = KS_BUF_INIT;
    if (challenge.len) {
        bool printable = ks_is_printable_string(challenge);
        ks_der_put(&value, printable ? KS_DER_PRINTABLE_STRING : KS_DER_UTF8_STRING, challenge);
        put_attribute(&word, "1.2.840.113549.1.9.7", &value);
    }
    if (exts.len) {
        ks_der_put(&value, KS_DER_SEQUENCE, exts);
        put_attribute(&asked, "1.2.840.113549.1.9.14", &value);
    }
    size_t both = word.len < asked.len ? word.len : asked.len;
    bool swapped = both > 0 && memcmp(word.data, asked.data, both) > 0;
    ks_buf_slice(&set, slice_of(swapped ? &asked : &word));
    ks_buf_slice(&set, slice_of(swapped ? &word : &asked));
    put_and_free(out, KS_DER_CONTEXT_CONS(0), &set);
    ks_buf_free(&word);
    ks_buf_free(&asked);
}

/* CertificationRequestInfo, whole. */
static void put_request_info(struct ks_slice subject, struct ks_slice spki, struct ks_slice exts,
                             struct ks_slice challenge, struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT;
    ks_der_put(&body, KS_DER_INTEGER, ks_slice("\0", 1)); /* version 1 */
    ks_buf_slice(&body, subject);
    ks_buf_slice(&body, spki);
    put_attributes(exts, challenge, &body);
    put_and_free(out, KS_DER_SEQUENCE, &body);
}

enum ks_code ks_sign_request(struct ks_slice subject, struct ks_slice exts, const char *challenge,
                             const struct ks_secret *key, const char *signature, struct ks_buf *out,
                             struct ks_error *err)
{
    struct signer signer = {0};
    struct ks_buf info = KS_BUF_INIT;
    struct ks_slice word = ks_slice_str(challenge ? challenge : "");
    enum ks_code code = ks_challenge_check(challenge ? challenge : "", err);
    if (code == KS_OK)
        code = open_signer(key, signature, &signer, err);
    if (code == KS_OK) {
        put_request_info(subject, slice_of(&signer.spki), exts, word, &info);
        code = put_signed(&signer, slice_of(&info), out, err);
    }
    ks_buf_free(&info);
    close_signer(&signer);
    return code;
}
