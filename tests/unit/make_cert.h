/*
 * Certificates, entries and stores made on the spot. A certificate is one compound literal; keys
 * are P-256 and known by a name, so "signed by the key of root" is `.signer = make_key("root")`.
 *
 *   struct ks_blob *leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
 *   struct ks_entry *e = make_entry(KS_KIND_KEY, "server", 0, 2, leaf, root);
 *
 * Dates are 2025-01-01 to 2030-01-01 unless said; MAKE_NOW lies between them.
 */
#ifndef KSX_TEST_MAKE_CERT_H
#define KSX_TEST_MAKE_CERT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/store.h"

#define MAKE_NOW make_time("2026-03-01")
#define MAKE_CHAIN_MAX 80

static inline int64_t make_time(const char *text)
{
    int64_t t = 0;
    assert_true(ks_time_parse(text, &t));
    return t;
}

/* ---- keys ---- */

/* The same key for the same name; "rsa1024", "rsa2048", "p192", "secp256k1" and "ed25519" are of
 * that type. */
static inline EVP_PKEY *make_key(const char *name)
{
    static struct {
        char name[48];
        EVP_PKEY *key;
    } known[96];
    size_t i = 0;
    for (; i < 96 && known[i].key; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].key;
    assert_true(i < 96 && strlen(name) < sizeof known[0].name);
    memcpy(known[i].name, name, strlen(name) + 1);
    if (strncmp(name, "rsa", 3) == 0)
        known[i].key = EVP_RSA_gen((unsigned)atoi(name + 3));
    else if (strcmp(name, "p192") == 0)
        known[i].key = EVP_EC_gen("prime192v1");
    else if (strcmp(name, "secp256k1") == 0)
        known[i].key = EVP_EC_gen(name);
    else if (strcmp(name, "ed25519") == 0)
        known[i].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        known[i].key = EVP_EC_gen("prime256v1");
    assert_non_null(known[i].key);
    return known[i].key;
}

/* ---- certificates ---- */

struct make_cert {
    const char *cn;
    const char *o;       /* organisation of the subject; NULL = none */
    const char *email;   /* emailAddress of the subject; NULL = none */
    const char *issuer;  /* its common name; NULL = self-issued */
    int string_type;     /* of the common name: MBSTRING_UTF8 (0), V_ASN1_BMPSTRING with raw bytes, ... */
    int cn_len;          /* 0 = strlen */
    EVP_PKEY *key;       /* NULL = make_key(cn) */
    EVP_PKEY *signer;    /* NULL = make_key(issuer) */
    const char *from, *to;
    const char *digest;  /* "SHA256"; "none" for Ed25519 */
    const char *san;     /* "DNS:a,IP:192.0.2.1" */
    const char *purpose; /* extendedKeyUsage: "serverAuth" */
    const char *usage;   /* keyUsage: "critical,digitalSignature" */
    bool ca;
    bool basic;          /* basicConstraints CA:FALSE */
    const char *basics;  /* basicConstraints in words, instead: "critical,CA:TRUE,pathlen:0" */
    const char *constraints; /* nameConstraints: "excluded;DNS:example.com" */
    const char *access;  /* authorityInfoAccess: "caIssuers;URI:http://ca.example/i.crt" */
    const char *points;  /* crlDistributionPoints: "URI:http://ca.example/i.crl" */
    const char *policies;    /* policyConstraints: "critical,requireExplicitPolicy:0" */
    const char *mappings;    /* policyMappings: "1.2.3.4:1.2.3.5" */
    bool unknown;        /* an extension that nobody knows, marked critical */
    const char *ext;     /* the OID of one more: "2.5.29.31" */
    const char *ext_value;   /* of it: "critical,DER:3000" */
    bool nameless;       /* an empty subject */
    int version;         /* 0 = 3; 1 is without extensions */
    bool no_ids;         /* neither subject nor authority key identifier */
    bool wrong_aki;      /* an authority key identifier that fits nothing */
    long serial;         /* 0 = 1 */
};

static inline void make_ext(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    assert_non_null(ext);
    assert_true(X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
}

/* RFC 5280 4.2.1.2 method 1 of a key, as a key identifier. */
static inline ASN1_OCTET_STRING *make_key_id(EVP_PKEY *key)
{
    X509 *probe = X509_new();
    unsigned char id[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    assert_true(X509_set_pubkey(probe, key) && X509_pubkey_digest(probe, EVP_sha1(), id, &len));
    X509_free(probe);
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    assert_true(ASN1_OCTET_STRING_set(s, id, (int)len));
    return s;
}

static inline void make_ids(X509 *cert, const struct make_cert *m, EVP_PKEY *key, EVP_PKEY *signer)
{
    ASN1_OCTET_STRING *ski = make_key_id(key);
    assert_true(X509_add1_ext_i2d(cert, NID_subject_key_identifier, ski, 0, 0));
    ASN1_OCTET_STRING_free(ski);
    AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
    aki->keyid = make_key_id(m->wrong_aki ? make_key("nobody's key") : signer);
    assert_true(X509_add1_ext_i2d(cert, NID_authority_key_identifier, aki, 0, 0));
    AUTHORITY_KEYID_free(aki);
}

static inline void make_name(X509_NAME *name, const char *cn, int len, int type, const char *o)
{
    if (o)
        assert_true(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                               (const unsigned char *)o, -1, -1, 0));
    assert_true(X509_NAME_add_entry_by_txt(name, "CN", type ? type : MBSTRING_UTF8,
                                           (const unsigned char *)cn, len ? len : -1, -1, 0));
}

static inline void make_dates(X509 *cert, const struct make_cert *m)
{
    int64_t from = make_time(m->from ? m->from : "2025-01-01");
    int64_t to = make_time(m->to ? m->to : "2030-01-01");
    assert_non_null(ASN1_TIME_adj(X509_getm_notBefore(cert), (time_t)from, 0, 0));
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(cert), (time_t)to, 0, 0));
}

static inline struct ks_blob *make_der(X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    return blob;
}

static inline void make_unknown(X509 *cert)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2));
    X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    assert_true(X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static inline void make_exts(X509 *cert, const struct make_cert *m, EVP_PKEY *key, EVP_PKEY *signer)
{
    if (m->basics)
        make_ext(cert, NID_basic_constraints, m->basics);
    else if (m->ca || m->basic)
        make_ext(cert, NID_basic_constraints, m->ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (!m->no_ids)
        make_ids(cert, m, key, signer);
    if (m->san)
        make_ext(cert, NID_subject_alt_name, m->san);
    if (m->purpose)
        make_ext(cert, NID_ext_key_usage, m->purpose);
    if (m->usage)
        make_ext(cert, NID_key_usage, m->usage);
    if (m->access)
        make_ext(cert, NID_info_access, m->access);
    if (m->points)
        make_ext(cert, NID_crl_distribution_points, m->points);
    if (m->constraints)
        make_ext(cert, NID_name_constraints, m->constraints);
    if (m->policies)
        make_ext(cert, NID_policy_constraints, m->policies);
    if (m->mappings)
        make_ext(cert, NID_policy_mappings, m->mappings);
    if (m->unknown)
        make_unknown(cert);
    if (m->ext) {
        X509_EXTENSION *ext = X509V3_EXT_nconf(NULL, NULL, m->ext, m->ext_value);
        assert_non_null(ext);
        assert_true(X509_add_ext(cert, ext, -1));
        X509_EXTENSION_free(ext);
    }
}

static inline struct ks_blob *make_cert(const struct make_cert *m)
{
    X509 *cert = X509_new();
    EVP_PKEY *key = m->key ? m->key : make_key(m->cn);
    EVP_PKEY *signer = m->signer ? m->signer : m->issuer ? make_key(m->issuer) : key;
    const char *digest = m->digest ? m->digest : "SHA256";
    assert_true(X509_set_version(cert, m->version == 1 ? X509_VERSION_1 : X509_VERSION_3));
    assert_true(ASN1_INTEGER_set(X509_get_serialNumber(cert), m->serial ? m->serial : 1));
    if (!m->nameless)
        make_name(X509_get_subject_name(cert), m->cn, m->cn_len, m->string_type, m->o);
    if (m->email)
        assert_true(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "emailAddress",
                                               MBSTRING_ASC, (const unsigned char *)m->email, -1,
                                               -1, 0));
    if (m->issuer)
        make_name(X509_get_issuer_name(cert), m->issuer, 0, 0, NULL);
    else
        make_name(X509_get_issuer_name(cert), m->cn, m->cn_len, m->string_type, m->o);
    make_dates(cert, m);
    assert_true(X509_set_pubkey(cert, key));
    if (m->version != 1)
        make_exts(cert, m, key, signer);
    const EVP_MD *md = strcmp(digest, "none") == 0 ? NULL : EVP_get_digestbyname(digest);
    assert_true(X509_sign(cert, signer, md) > 0);
    struct ks_blob *blob = make_der(cert);
    X509_free(cert);
    return blob;
}

/* ---- entries and stores ---- */

/* Takes over `count` blobs, leaf first. */
static inline struct ks_entry *make_entry(enum ks_kind kind, const char *alias, uint32_t notes,
                                          size_t count, ...)
{
    struct ks_cert chain[MAKE_CHAIN_MAX];
    struct ks_blob *blobs[MAKE_CHAIN_MAX];
    va_list args;
    assert_true(count <= MAKE_CHAIN_MAX);
    va_start(args, count);
    for (size_t i = 0; i < count; i++) {
        blobs[i] = va_arg(args, struct ks_blob *);
        (void)ks_cert_skim(ks_blob_slice(blobs[i]), &chain[i]);
    }
    va_end(args);
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){.kind = (uint8_t)kind,
                                                               .notes = notes,
                                                               .created = KS_TIME_NONE,
                                                               .alias = ks_strdup(alias),
                                                               .chain = chain,
                                                               .chain_len = count,
                                                               .blobs = blobs,
                                                               .blob_count = count});
    for (size_t i = 0; i < count; i++)
        ks_blob_unref(blobs[i]);
    return e;
}

/* An entry whose contents are one DER object: a request, a revocation list, a public key. Takes `der`. */
static inline struct ks_entry *make_item(enum ks_kind kind, const char *alias, uint32_t notes,
                                         struct ks_blob *der)
{
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){.kind = (uint8_t)kind,
                                                               .notes = notes,
                                                               .created = KS_TIME_NONE,
                                                               .alias = ks_strdup(alias),
                                                               .key = ks_blob_slice(der),
                                                               .blobs = &der,
                                                               .blob_count = 1});
    ks_blob_unref(der);
    return e;
}

/* Takes over `count` entries. */
static inline struct ks_store *make_store(const char *path, const char *type, size_t count, ...)
{
    struct ks_store *s = ks_store_new(path, ks_blob_copy(ks_slice_str("the bytes of a file")));
    struct ks_loading loading = {0};
    va_list args;
    va_start(args, count);
    for (size_t i = 0; i < count; i++)
        ks_loading_add(&loading, va_arg(args, struct ks_entry *));
    va_end(args);
    ks_loading_finish(&loading, s);
    ks_store_set_type(s, type);
    s->mode = 0600;
    s->integrity = KS_INTEGRITY_VERIFIED;
    return s;
}

#endif
