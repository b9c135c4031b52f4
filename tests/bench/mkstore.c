/*
 * mkstore: large keystores in no time, for the benchmarks and for tests that need many entries.
 *
 *   mkstore [-t jks|p12|pem] [-c CERTIFICATES] [-k KEYS] [-p PASSWORD] FILE
 *
 * Two certificates (RSA 2048 and P-256) are made and signed once; all others are copies in which
 * serial, names and dates are overwritten in place. So their signatures do not verify, but their
 * sizes, structures and spread of names and dates are those of real ones: every fifth is P-256; of
 * a hundred eight are expired and two are not valid before 2031. Aliases and common names are
 * cn-0000, cn-0001, ...; keys are key-0000, ..., each with a leaf, an issuing CA and a root, all of
 * them the same RSA key under encryption that is made once.
 *
 * Passwords of store and keys are "changeit" unless given.
 */
#include "base/bytes.h"
#include "x509/der.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 10000
#define CREATED_MS 1767571200000 /* 2026-01-05 */
#define WIDTH_MAX 9

static const char salt[] = "twenty octets here!!";
static const char iv[] = "sixteen octets!!";

static struct {
    enum { TYPE_JKS, TYPE_P12, TYPE_PEM } type;
    unsigned certs;
    unsigned keys;
    int width; /* digits in a name */
    const char *password;
    const char *file;
} opt = {.type = TYPE_JKS, .password = "changeit"};

static void die(const char *what)
{
    (void)fprintf(stderr, "mkstore: %s\n", what);
    exit(1);
}

static void need(bool ok, const char *what)
{
    if (!ok)
        die(what);
}

/* ---- certificates: made once, then patched ---- */

/* Where a pattern's varying parts are; each has the same length in all copies. */
struct pattern {
    uint8_t *der;
    size_t len;
    size_t serial, names[2], units[2], from, until;
    int name_count, unit_count;
};

static const uint8_t serial_mark[8] = {0x4b, 0x53, 0x58, 0x01, 0x02, 0x03, 0x04, 0x05};

static void add_name(X509_NAME *name, const char *unit, const char *cn)
{
    const struct {
        const char *type, *value;
    } parts[] = {{"C", "XX"}, {"O", "Bench Example Corporation"}, {"OU", unit}, {"CN", cn}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        need(X509_NAME_add_entry_by_txt(name, parts[i].type, MBSTRING_UTF8,
                                        (const unsigned char *)parts[i].value, -1, -1, 0) == 1,
             "name");
}

static void add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(e && X509_add_ext(x, e, -1) == 1, value);
    X509_EXTENSION_free(e);
}

static void add_extensions(X509 *x, X509 *issuer, bool ca)
{
    add_extension(x, issuer, NID_subject_key_identifier, "hash");
    add_extension(x, issuer, NID_authority_key_identifier, "keyid:always");
    add_extension(x, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(x, issuer, NID_key_usage,
                  ca ? "critical,keyCertSign,cRLSign"
                     : "critical,digitalSignature,keyEncipherment");
    if (ca)
        return;
    add_extension(x, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(x, issuer, NID_subject_alt_name, "DNS:www.bench.example,DNS:api.bench.example");
    add_extension(x, issuer, NID_crl_distribution_points, "URI:http://pki.bench.example/ca.crl");
    add_extension(x, issuer, NID_info_access, "OCSP;URI:http://ocsp.bench.example/");
}

/* A certificate that is valid from 2020 to 2040; `issuer` NULL: self-signed. */
static X509 *certificate(EVP_PKEY *key, EVP_PKEY *signer, X509 *issuer, const char *unit,
                         const char *cn, bool ca)
{
    X509 *x = X509_new();
    BIGNUM *serial = BN_bin2bn(serial_mark, sizeof serial_mark, NULL);
    need(x && serial, "certificate");
    (void)X509_set_version(x, X509_VERSION_3);
    (void)BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x));
    BN_free(serial);
    add_name(X509_get_subject_name(x), unit, cn);
    (void)X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
    (void)ASN1_TIME_set_string(X509_getm_notBefore(x), "200102120000Z");
    (void)ASN1_TIME_set_string(X509_getm_notAfter(x), "400102120000Z");
    (void)X509_set_pubkey(x, key);
    add_extensions(x, issuer ? issuer : x, ca);
    need(X509_sign(x, signer, EVP_sha256()) > 0, "sign");
    return x;
}

static size_t find(const struct pattern *t, size_t from, const void *what, size_t len)
{
    for (size_t i = from; i + len <= t->len; i++) {
        if (memcmp(t->der + i, what, len) == 0)
            return i;
    }
    return t->len;
}

static int find_all(const struct pattern *t, const void *what, size_t len, size_t out[2])
{
    int count = 0;
    for (size_t at = find(t, 0, what, len); at < t->len && count < 2;
         at = find(t, at + 1, what, len))
        out[count++] = at;
    return count;
}

/* The common name while it is a pattern: "cn-" or "key" and a '-', then zeros. */
static void name_mark(char out[static WIDTH_MAX + 8], const char *prefix)
{
    (void)snprintf(out, WIDTH_MAX + 8, "%s-%0*d", prefix, opt.width, 0);
}

static struct pattern pattern_of(X509 *x, const char *prefix)
{
    char mark[WIDTH_MAX + 8];
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    need(len > 0, "encode");
    X509_free(x);
    struct pattern t = {.der = der, .len = (size_t)len};
    name_mark(mark, prefix);
    t.serial = find(&t, 0, serial_mark, sizeof serial_mark);
    t.name_count = find_all(&t, mark, strlen(mark), t.names);
    t.unit_count = find_all(&t, "Unit 00", 7, t.units);
    t.from = find(&t, 0, "200102120000Z", 13);
    t.until = find(&t, t.from + 1, "400102120000Z", 13);
    need(t.serial < t.len && t.name_count > 0 && t.until < t.len, "pattern");
    return t;
}

static void put_digits(uint8_t *at, unsigned value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10)
        at[i] = (uint8_t)('0' + value % 10);
}

/* Turns the pattern into certificate number i. */
static void patch(struct pattern *t, size_t prefix_len, unsigned i)
{
    unsigned from = 12 + i % 12, until = i % 100 < 8 ? 19 + i % 6 : 27 + i % 22;
    if (until <= from)
        from = until - 5;
    if (i % 100 >= 98) {
        from = 31;
        until = 49;
    }
    for (int n = 0; n < t->name_count; n++)
        put_digits(t->der + t->names[n] + prefix_len + 1, i, opt.width);
    for (int n = 0; n < t->unit_count; n++)
        put_digits(t->der + t->units[n] + 5, i % 97, 2);
    for (int n = 0; n < 4; n++)
        t->der[t->serial + 4 + (size_t)n] = (uint8_t)(i >> (24 - 8 * n));
    put_digits(t->der + t->from, from, 2);
    put_digits(t->der + t->from + 2, 1 + i % 12, 2);
    put_digits(t->der + t->until, until, 2);
    put_digits(t->der + t->until + 2, 1 + i % 12, 2);
}

static struct {
    EVP_PKEY *rsa, *ec;
    struct pattern by_key[2]; /* self-signed: RSA, P-256 */
    struct pattern leaf;
    struct pattern cas[2]; /* never patched: issuing CA, root */
    struct ks_buf pkcs8;
} made;

static struct pattern fixed(X509 *x)
{
    struct pattern t = {0};
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    need(len > 0, "encode");
    t.der = der;
    t.len = (size_t)len;
    return t;
}

static void make_patterns(void)
{
    char mark[WIDTH_MAX + 8];
    unsigned char *p8 = NULL;
    made.rsa = EVP_RSA_gen(2048);
    made.ec = EVP_EC_gen("P-256");
    need(made.rsa && made.ec, "keys");
    name_mark(mark, "cn");
    made.by_key[0] = pattern_of(certificate(made.rsa, made.rsa, NULL, "Unit 00", mark, true), "cn");
    made.by_key[1] = pattern_of(certificate(made.ec, made.ec, NULL, "Unit 00", mark, true), "cn");

    X509 *root = certificate(made.rsa, made.rsa, NULL, "Roots", "Bench Root", true);
    X509 *ca = certificate(made.ec, made.rsa, root, "Issuing", "Bench Issuing CA", true);
    name_mark(mark, "key");
    made.leaf = pattern_of(certificate(made.rsa, made.ec, ca, "Unit 00", mark, false), "key");
    made.cas[0] = fixed(ca);
    made.cas[1] = fixed(root);
    X509_free(root);
    X509_free(ca);

    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(made.rsa);
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &p8);
    need(len > 0, "key");
    ks_buf_append(&made.pkcs8, p8, (size_t)len);
    PKCS8_PRIV_KEY_INFO_free(info);
    OPENSSL_free(p8);
}

static struct ks_slice cert_number(unsigned i)
{
    struct pattern *t = &made.by_key[i % 5 == 4];
    patch(t, 2, i);
    return ks_slice(t->der, t->len);
}

static struct ks_slice leaf_number(unsigned i)
{
    patch(&made.leaf, 3, i);
    return ks_slice(made.leaf.der, made.leaf.len);
}

static void free_patterns(void)
{
    OPENSSL_free(made.by_key[0].der);
    OPENSSL_free(made.by_key[1].der);
    OPENSSL_free(made.leaf.der);
    OPENSSL_free(made.cas[0].der);
    OPENSSL_free(made.cas[1].der);
    ks_buf_free(&made.pkcs8);
    EVP_PKEY_free(made.rsa);
    EVP_PKEY_free(made.ec);
}

/* ---- JKS ---- */

static void put_u32(struct ks_buf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ks_buf_byte(b, (uint8_t)(v >> shift));
}

static void put_utf(struct ks_buf *b, const char *text)
{
    size_t len = strlen(text);
    ks_buf_byte(b, (uint8_t)(len >> 8));
    ks_buf_byte(b, (uint8_t)len);
    ks_buf_str(b, text);
}

static void put_block(struct ks_buf *b, struct ks_slice s)
{
    put_u32(b, (uint32_t)s.len);
    ks_buf_slice(b, s);
}

static void jks_entry_head(struct ks_buf *b, uint32_t tag, const char *prefix, unsigned i)
{
    char alias[WIDTH_MAX + 16];
    (void)snprintf(alias, sizeof alias, "%s-%0*u", prefix, opt.width, i);
    put_u32(b, tag);
    put_utf(b, alias);
    put_u32(b, (uint32_t)((uint64_t)CREATED_MS >> 32));
    put_u32(b, (uint32_t)(CREATED_MS & 0xffffffff));
}

static void jks_cert(struct ks_buf *b, struct ks_slice der)
{
    put_utf(b, "X.509");
    put_block(b, der);
}

static void utf16be(struct ks_buf *b, const char *ascii)
{
    for (; *ascii; ascii++) {
        ks_buf_byte(b, 0);
        ks_buf_byte(b, (uint8_t)*ascii);
    }
}

/* sun.security.provider.KeyProtector */
static void jks_protect(struct ks_buf *out)
{
    static const uint8_t algorithm[] = {0x30, 0x0e, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                                        0x01, 0x2a, 0x02, 0x11, 0x01, 0x01, 0x05, 0x00};
    uint8_t digest[20];
    struct ks_buf pw = KS_BUF_INIT, blob = KS_BUF_INIT, body = KS_BUF_INIT;
    memcpy(digest, salt, sizeof digest);
    ks_buf_append(&blob, digest, sizeof digest);
    for (size_t at = 0; at < made.pkcs8.len; at++) {
        if (at % 20 == 0) {
            ks_buf_clear(&pw);
            utf16be(&pw, opt.password);
            ks_buf_append(&pw, digest, sizeof digest);
            (void)SHA1(pw.data, pw.len, digest);
        }
        ks_buf_byte(&blob, made.pkcs8.data[at] ^ digest[at % 20]);
    }
    ks_buf_clear(&pw);
    utf16be(&pw, opt.password);
    ks_buf_append(&pw, made.pkcs8.data, made.pkcs8.len);
    (void)SHA1(pw.data, pw.len, digest);
    ks_buf_append(&blob, digest, sizeof digest);
    ks_buf_append(&body, algorithm, sizeof algorithm);
    ks_der_put(&body, KS_DER_OCTET_STRING, ks_slice(blob.data, blob.len));
    ks_der_put(out, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&pw);
    ks_buf_free(&blob);
    ks_buf_free(&body);
}

static void make_jks(struct ks_buf *out)
{
    struct ks_buf seed = KS_BUF_INIT, key = KS_BUF_INIT;
    uint8_t digest[20];
    put_u32(out, 0xfeedfeed);
    put_u32(out, 2);
    put_u32(out, opt.certs + opt.keys);
    if (opt.keys)
        jks_protect(&key);
    for (unsigned i = 0; i < opt.keys; i++) {
        jks_entry_head(out, 1, "key", i);
        put_block(out, ks_slice(key.data, key.len));
        put_u32(out, 3);
        jks_cert(out, leaf_number(i));
        jks_cert(out, ks_slice(made.cas[0].der, made.cas[0].len));
        jks_cert(out, ks_slice(made.cas[1].der, made.cas[1].len));
    }
    for (unsigned i = 0; i < opt.certs; i++) {
        jks_entry_head(out, 2, "cn", i);
        jks_cert(out, cert_number(i));
    }
    utf16be(&seed, opt.password);
    ks_buf_str(&seed, "Mighty Aphrodite");
    EVP_MD_CTX *sha1 = EVP_MD_CTX_new();
    need(sha1 && EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) == 1 &&
             EVP_DigestUpdate(sha1, seed.data, seed.len) == 1 &&
             EVP_DigestUpdate(sha1, out->data, out->len) == 1 &&
             EVP_DigestFinal_ex(sha1, digest, NULL) == 1,
         "digest");
    EVP_MD_CTX_free(sha1);
    ks_buf_append(out, digest, sizeof digest);
    ks_buf_free(&seed);
    ks_buf_free(&key);
}

/* ---- PKCS#12, as JDK 17 writes it ---- */

/* *b becomes the element `tag` with its former contents. */
static void wrap(struct ks_buf *b, uint8_t tag)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_der_put(&out, tag, ks_slice(b->data, b->len));
    ks_buf_free(b);
    *b = out;
}

static void put_oid(struct ks_buf *b, const char *dotted)
{
    ASN1_OBJECT *o = OBJ_txt2obj(dotted, 1);
    need(o != NULL, dotted);
    ks_der_put(b, KS_DER_OID, ks_slice(OBJ_get0_data(o), OBJ_length(o)));
    ASN1_OBJECT_free(o);
}

static void put_integer(struct ks_buf *b, unsigned v)
{
    uint8_t bytes[2] = {(uint8_t)(v >> 8), (uint8_t)v};
    ks_der_put(b, KS_DER_INTEGER, v > 127 ? ks_slice(bytes, 2) : ks_slice(bytes + 1, 1));
}

/* AlgorithmIdentifier without, or with NULL, parameters. */
static void put_algorithm(struct ks_buf *b, const char *oid)
{
    struct ks_buf body = KS_BUF_INIT;
    put_oid(&body, oid);
    ks_der_put(&body, KS_DER_NULL, ks_slice(NULL, 0));
    ks_der_put(b, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

/* PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC. */
static void put_pbes2(struct ks_buf *b)
{
    struct ks_buf kdf = KS_BUF_INIT, cipher = KS_BUF_INIT, body = KS_BUF_INIT;
    ks_der_put(&kdf, KS_DER_OCTET_STRING, ks_slice(salt, 20));
    put_integer(&kdf, ROUNDS);
    put_integer(&kdf, 32);
    put_algorithm(&kdf, "1.2.840.113549.2.9");
    wrap(&kdf, KS_DER_SEQUENCE);
    put_oid(&body, "1.2.840.113549.1.5.12");
    ks_buf_append(&body, kdf.data, kdf.len);
    wrap(&body, KS_DER_SEQUENCE);
    put_oid(&cipher, "2.16.840.1.101.3.4.1.42");
    ks_der_put(&cipher, KS_DER_OCTET_STRING, ks_slice(iv, 16));
    wrap(&cipher, KS_DER_SEQUENCE);
    ks_buf_append(&body, cipher.data, cipher.len);
    wrap(&body, KS_DER_SEQUENCE);
    ks_buf_clear(&kdf);
    put_oid(&kdf, "1.2.840.113549.1.5.13");
    ks_buf_append(&kdf, body.data, body.len);
    wrap(&kdf, KS_DER_SEQUENCE);
    ks_buf_append(b, kdf.data, kdf.len);
    ks_buf_free(&kdf);
    ks_buf_free(&cipher);
    ks_buf_free(&body);
}

/* Encrypts *b in place, under put_pbes2()'s parameters. */
static void encrypt(struct ks_buf *b)
{
    uint8_t key[32];
    int len = 0, last = 0;
    need(PKCS5_PBKDF2_HMAC(opt.password, -1, (const unsigned char *)salt, 20, ROUNDS, EVP_sha256(),
                           sizeof key, key) == 1,
         "PBKDF2");
    uint8_t *out = malloc(b->len + 16);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    need(out && ctx &&
             EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, (const unsigned char *)iv) ==
                 1 &&
             EVP_EncryptUpdate(ctx, out, &len, b->data, (int)b->len) == 1 &&
             EVP_EncryptFinal_ex(ctx, out + len, &last) == 1,
         "encrypt");
    EVP_CIPHER_CTX_free(ctx);
    ks_buf_clear(b);
    ks_buf_append(b, out, (size_t)(len + last));
    free(out);
}

static void put_attribute(struct ks_buf *b, const char *oid, uint8_t tag, struct ks_slice value)
{
    struct ks_buf set = KS_BUF_INIT, body = KS_BUF_INIT;
    ks_der_put(&set, tag, value);
    wrap(&set, KS_DER_SET);
    put_oid(&body, oid);
    ks_buf_append(&body, set.data, set.len);
    ks_der_put(b, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&set);
    ks_buf_free(&body);
}

static void put_names(struct ks_buf *b, const char *prefix, unsigned i, bool trusted)
{
    char text[64];
    static const uint8_t any_purpose[] = {0x55, 0x1d, 0x25, 0x00};
    struct ks_buf name = KS_BUF_INIT;
    (void)snprintf(text, sizeof text, "%s-%0*u", prefix, opt.width, i);
    utf16be(&name, text);
    put_attribute(b, "1.2.840.113549.1.9.20", KS_DER_BMP_STRING, ks_slice(name.data, name.len));
    ks_buf_free(&name);
    (void)snprintf(text, sizeof text, "Time %llu", CREATED_MS + (unsigned long long)i);
    if (trusted)
        put_attribute(b, "2.16.840.1.113894.746875.1.1", KS_DER_OID, ks_slice(any_purpose, 4));
    else
        put_attribute(b, "1.2.840.113549.1.9.21", KS_DER_OCTET_STRING, ks_slice_str(text));
}

/* SafeBag 1.2.840.113549.1.12.10.1.N */
static void put_bag(struct ks_buf *b, uint8_t n, struct ks_slice value, const struct ks_buf *names)
{
    uint8_t oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, n};
    struct ks_buf body = KS_BUF_INIT;
    ks_der_put(&body, KS_DER_OID, ks_slice(oid, sizeof oid));
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), value);
    if (names->len)
        ks_der_put(&body, KS_DER_SET, ks_slice(names->data, names->len));
    ks_der_put(b, KS_DER_SEQUENCE, ks_slice(body.data, body.len));
    ks_buf_free(&body);
}

static void put_cert_bag(struct ks_buf *b, struct ks_slice der, const struct ks_buf *names)
{
    static const uint8_t x509[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x16, 0x01};
    struct ks_buf octets = KS_BUF_INIT, body = KS_BUF_INIT;
    ks_der_put(&octets, KS_DER_OCTET_STRING, der);
    ks_der_put(&body, KS_DER_OID, ks_slice(x509, sizeof x509));
    ks_der_put(&body, KS_DER_CONTEXT_CONS(0), ks_slice(octets.data, octets.len));
    wrap(&body, KS_DER_SEQUENCE);
    put_bag(b, 3, ks_slice(body.data, body.len), names);
    ks_buf_free(&octets);
    ks_buf_free(&body);
}

static void p12_keys(struct ks_buf *out)
{
    struct ks_buf epki = KS_BUF_INIT, key = KS_BUF_INIT, names = KS_BUF_INIT;
    ks_buf_append(&key, made.pkcs8.data, made.pkcs8.len);
    encrypt(&key);
    put_pbes2(&epki);
    ks_der_put(&epki, KS_DER_OCTET_STRING, ks_slice(key.data, key.len));
    wrap(&epki, KS_DER_SEQUENCE);
    for (unsigned i = 0; i < opt.keys; i++) {
        ks_buf_clear(&names);
        put_names(&names, "key", i, false);
        put_bag(out, 2, ks_slice(epki.data, epki.len), &names);
    }
    ks_buf_free(&epki);
    ks_buf_free(&key);
    ks_buf_free(&names);
}

static void p12_certs(struct ks_buf *out)
{
    struct ks_buf names = KS_BUF_INIT;
    for (unsigned i = 0; i < opt.keys; i++) {
        ks_buf_clear(&names);
        put_names(&names, "key", i, false);
        put_cert_bag(out, leaf_number(i), &names);
    }
    ks_buf_clear(&names);
    for (size_t i = 0; i < 2 && opt.keys; i++)
        put_cert_bag(out, ks_slice(made.cas[i].der, made.cas[i].len), &names);
    for (unsigned i = 0; i < opt.certs; i++) {
        ks_buf_clear(&names);
        put_names(&names, "cn", i, true);
        put_cert_bag(out, cert_number(i), &names);
    }
    ks_buf_free(&names);
}

/* ContentInfo of type data around *b. */
static void wrap_data(struct ks_buf *b)
{
    struct ks_buf body = KS_BUF_INIT;
    wrap(b, KS_DER_OCTET_STRING);
    wrap(b, KS_DER_CONTEXT_CONS(0));
    put_oid(&body, "1.2.840.113549.1.7.1");
    ks_buf_append(&body, b->data, b->len);
    wrap(&body, KS_DER_SEQUENCE);
    ks_buf_free(b);
    *b = body;
}

/* ContentInfo of type encryptedData around *b, which is encrypted. */
static void wrap_encrypted(struct ks_buf *b)
{
    struct ks_buf inner = KS_BUF_INIT, body = KS_BUF_INIT;
    encrypt(b);
    put_oid(&inner, "1.2.840.113549.1.7.1");
    put_pbes2(&inner);
    ks_der_put(&inner, KS_DER_CONTEXT(0), ks_slice(b->data, b->len));
    wrap(&inner, KS_DER_SEQUENCE);
    ks_buf_free(b);
    put_integer(b, 0);
    ks_buf_append(b, inner.data, inner.len);
    ks_buf_free(&inner);
    wrap(b, KS_DER_SEQUENCE);
    wrap(b, KS_DER_CONTEXT_CONS(0));
    put_oid(&body, "1.2.840.113549.1.7.6");
    ks_buf_append(&body, b->data, b->len);
    wrap(&body, KS_DER_SEQUENCE);
    ks_buf_free(b);
    *b = body;
}

static void mac_key(uint8_t out[static 32])
{
    int id = 3, rounds = ROUNDS;
    struct ks_buf pw = KS_BUF_INIT;
    utf16be(&pw, opt.password);
    ks_buf_append(&pw, "\0", 2);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "PKCS12KDF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    char digest[] = "SHA256", salt_copy[sizeof salt];
    memcpy(salt_copy, salt, sizeof salt);
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string("digest", digest, 0),
                           OSSL_PARAM_octet_string("pass", pw.data, pw.len),
                           OSSL_PARAM_octet_string("salt", salt_copy, 20),
                           OSSL_PARAM_int("iter", &rounds),
                           OSSL_PARAM_int("id", &id),
                           OSSL_PARAM_END};
    need(ctx && EVP_KDF_derive(ctx, out, 32, params) == 1, "PKCS12KDF");
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    ks_buf_free(&pw);
}

static void put_mac(struct ks_buf *b, struct ks_slice content)
{
    uint8_t key[32], mac[32];
    unsigned len = sizeof mac;
    struct ks_buf info = KS_BUF_INIT;
    mac_key(key);
    need(HMAC(EVP_sha256(), key, sizeof key, content.data, content.len, mac, &len) != NULL, "HMAC");
    put_algorithm(&info, "2.16.840.1.101.3.4.2.1");
    ks_der_put(&info, KS_DER_OCTET_STRING, ks_slice(mac, len));
    wrap(&info, KS_DER_SEQUENCE);
    ks_der_put(&info, KS_DER_OCTET_STRING, ks_slice(salt, 20));
    put_integer(&info, ROUNDS);
    ks_der_put(b, KS_DER_SEQUENCE, ks_slice(info.data, info.len));
    ks_buf_free(&info);
}

static void make_p12(struct ks_buf *out)
{
    struct ks_buf keys = KS_BUF_INIT, certs = KS_BUF_INIT, mac = KS_BUF_INIT;
    p12_keys(&keys);
    wrap(&keys, KS_DER_SEQUENCE);
    wrap_data(&keys);
    p12_certs(&certs);
    wrap(&certs, KS_DER_SEQUENCE);
    wrap_encrypted(&certs);
    if (opt.keys)
        ks_buf_append(out, keys.data, keys.len);
    ks_buf_append(out, certs.data, certs.len);
    ks_buf_free(&keys);
    ks_buf_free(&certs);
    wrap(out, KS_DER_SEQUENCE);
    put_mac(&mac, ks_slice(out->data, out->len));
    wrap_data(out);
    put_integer(&keys, 3);
    ks_buf_append(&keys, out->data, out->len);
    ks_buf_append(&keys, mac.data, mac.len);
    ks_buf_free(out);
    *out = keys;
    wrap(out, KS_DER_SEQUENCE);
    ks_buf_free(&mac);
}

/* ---- PEM ---- */

static void put_pem(struct ks_buf *out, struct ks_slice der)
{
    uint8_t line[80];
    ks_buf_str(out, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < der.len; at += 48) {
        size_t take = der.len - at < 48 ? der.len - at : 48;
        int len = EVP_EncodeBlock(line, der.data + at, (int)take);
        ks_buf_append(out, line, (size_t)len);
        ks_buf_byte(out, '\n');
    }
    ks_buf_str(out, "-----END CERTIFICATE-----\n");
}

static void make_pem(struct ks_buf *out)
{
    for (unsigned i = 0; i < opt.certs; i++)
        put_pem(out, cert_number(i));
}

/* ---- command line ---- */

static unsigned number(const char *text)
{
    char *end = NULL;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (errno || *end || end == text || n > 250000)
        die("a number up to 250000 is wanted");
    return (unsigned)n;
}

static void parse(int argc, char **argv)
{
    static const char *const types[] = {"jks", "p12", "pem"};
    int option;
    while ((option = getopt(argc, argv, "t:c:k:p:")) != -1) {
        switch (option) {
        case 't':
            for (opt.type = TYPE_JKS; strcmp(optarg, types[opt.type]) != 0; opt.type++)
                need(opt.type < TYPE_PEM, "-t jks, -t p12 or -t pem");
            break;
        case 'c':
            opt.certs = number(optarg);
            break;
        case 'k':
            opt.keys = number(optarg);
            break;
        case 'p':
            opt.password = optarg;
            break;
        default:
            exit(2);
        }
    }
    need(optind == argc - 1, "mkstore [-t jks|p12|pem] [-c N] [-k N] [-p PASSWORD] FILE");
    opt.file = argv[optind];
    opt.width = 4;
    for (unsigned n = 10000; opt.certs > n || opt.keys > n; n *= 10)
        opt.width++;
}

int main(int argc, char **argv)
{
    struct ks_buf out = {.max = 1u << 30};
    parse(argc, argv);
    make_patterns();
    (opt.type == TYPE_JKS ? make_jks : opt.type == TYPE_P12 ? make_p12 : make_pem)(&out);
    FILE *f = fopen(opt.file, "wb");
    if (!f || fwrite(out.data, 1, out.len, f) != out.len || fclose(f) != 0) {
        perror(opt.file);
        return 1;
    }
    ks_buf_free(&out);
    free_patterns();
    return 0;
}
