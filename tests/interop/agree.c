/*
 * A few hundred PKIs with everything that can go wrong in them, always the same ones, and what
 * becomes of each: ksx's judgement after the rules of Java against Java's own, ksx's search for
 * paths against OpenSSL's validation, and the chain that ksx shows of a PKCS#12 file against what
 * Java rebuilds from it. docs/chains.md tells of the differences that are meant.
 *
 *   agree make DIR      DIR/cases, and of each case N: N-sent.pem, N-trust.pem, N.p12
 *   (Agree.java         reads them and writes DIR/java)
 *   agree compare DIR   ends with 1 and says where they do not agree
 */
#include "chain/issuer.h"
#include "doctor/java.h"
#include "doctor/java_rules.h"
#include "file/open.h"
#include "x509/cert.h"
#include "x509/name.h"

#include "base/alloc.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NOW 1772323200 /* 2026-03-01 */
#define DAY 86400
#define HOST "www.example.test"
#ifndef CASES
#define CASES 300
#endif
#define CERTS 24
#define INTERMEDIATES 8

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            (void)fprintf(stderr, "agree: line %d: %s\n", __LINE__, #what);                        \
            ERR_print_errors_fp(stderr);                                                           \
            exit(2);                                                                               \
        }                                                                                          \
    } while (0)

/* ---- chance, the same in every run ---- */

static uint64_t chance_state;

static unsigned chance(unsigned below)
{
    chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(chance_state >> 33) % below;
}

static bool one_in(unsigned n)
{
    return chance(n) == 0;
}

/* ---- keys ---- */

enum { KEY_RSA_512 = 1000, KEY_RSA_1024, KEY_RSA_2048, KEY_P256, KEY_P224, KEYS_MADE = 5 };

/* Ed25519 of the number itself: key and signatures are the same in every run. */
static EVP_PKEY *key_of(int number)
{
    static EVP_PKEY *made[KEYS_MADE];
    if (number < KEY_RSA_512) {
        unsigned char seed[32] = {(unsigned char)number, (unsigned char)(number >> 8), 0x5a};
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    }
    EVP_PKEY **key = &made[number - KEY_RSA_512];
    if (!*key)
        *key = number == KEY_P256       ? EVP_EC_gen("P-256")
               : number == KEY_P224     ? EVP_EC_gen("P-224")
               : number == KEY_RSA_512  ? EVP_RSA_gen(512)
               : number == KEY_RSA_1024 ? EVP_RSA_gen(1024)
                                        : EVP_RSA_gen(2048);
    EVP_PKEY_up_ref(*key);
    return *key;
}

/* ---- certificates ---- */

enum ids { IDS_USUAL, IDS_NONE, IDS_WRONG, IDS_SERIAL, IDS_WRONG_SERIAL };

struct spec {
    char subject[48], issuer[48]; /* common names */
    int string_type;              /* of the subject's; 0: UTF-8 */
    int key, signer;
    int from, to; /* days from now */
    int ca;       /* -1: no basic constraints */
    int path_len; /* -1: none */
    const char *usage, *purpose, *constraints, *names;
    const char *digest;
    enum ids ids;
    long serial, issuer_serial;
    bool version_1, unknown_critical, broken;
};

static void add_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, NULL, x, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
    CHECK(ext && X509_add_ext(x, ext, -1));
    X509_EXTENSION_free(ext);
}

static ASN1_OCTET_STRING *key_id(EVP_PKEY *key)
{
    X509 *probe = X509_new();
    unsigned char id[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    CHECK(X509_set_pubkey(probe, key) && X509_pubkey_digest(probe, EVP_sha1(), id, &len));
    X509_free(probe);
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    CHECK(ASN1_OCTET_STRING_set(s, id, (int)len));
    return s;
}

static void add_ids(X509 *x, const struct spec *s, EVP_PKEY *key, EVP_PKEY *signer)
{
    EVP_PKEY *nobody = key_of(999);
    ASN1_OCTET_STRING *own = key_id(key);
    CHECK(X509_add1_ext_i2d(x, NID_subject_key_identifier, own, 0, 0));
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
    aki->keyid = key_id(s->ids == IDS_WRONG ? nobody : signer);
    if (s->ids == IDS_SERIAL || s->ids == IDS_WRONG_SERIAL) {
        GENERAL_NAME *name = GENERAL_NAME_new();
        X509_NAME *dn = X509_NAME_new();
        X509_NAME_add_entry_by_txt(dn, "CN", MBSTRING_UTF8, (const unsigned char *)s->issuer, -1,
                                   -1, 0);
        GENERAL_NAME_set0_value(name, GEN_DIRNAME, dn);
        aki->issuer = GENERAL_NAMES_new();
        CHECK(sk_GENERAL_NAME_push(aki->issuer, name));
        aki->serial = ASN1_INTEGER_new();
        CHECK(
            ASN1_INTEGER_set(aki->serial, s->issuer_serial + (s->ids == IDS_WRONG_SERIAL ? 7 : 0)));
    }
    CHECK(X509_add1_ext_i2d(x, NID_authority_key_identifier, aki, 0, 0));
    AUTHORITY_KEYID_free(aki);
    EVP_PKEY_free(nobody);
}

static void add_unknown(X509 *x)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.55555.9", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    CHECK(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
    X509_EXTENSION *ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
    CHECK(ext && X509_add_ext(x, ext, -1));
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void add_extensions(X509 *x, const struct spec *s, EVP_PKEY *key, EVP_PKEY *signer)
{
    char text[64];
    if (s->ca >= 0) {
        (void)snprintf(text, sizeof text, "critical,CA:%s", s->ca ? "TRUE" : "FALSE");
        if (s->ca && s->path_len >= 0)
            (void)snprintf(text, sizeof text, "critical,CA:TRUE,pathlen:%d", s->path_len);
        add_extension(x, NID_basic_constraints, text);
    }
    if (s->ids != IDS_NONE)
        add_ids(x, s, key, signer);
    if (s->usage)
        add_extension(x, NID_key_usage, s->usage);
    if (s->purpose)
        add_extension(x, NID_ext_key_usage, s->purpose);
    if (s->constraints)
        add_extension(x, NID_name_constraints, s->constraints);
    if (s->names)
        add_extension(x, NID_subject_alt_name, s->names);
    if (s->unknown_critical)
        add_unknown(x);
}

static void set_name(X509_NAME *name, const char *cn, int type)
{
    unsigned char wide[128];
    int len = -1;
    const unsigned char *text = (const unsigned char *)cn;
    if (type == V_ASN1_BMPSTRING) {
        for (len = 0; cn[len / 2]; len += 2) {
            wide[len] = 0;
            wide[len + 1] = (unsigned char)cn[len / 2];
        }
        text = wide;
    }
    CHECK(X509_NAME_add_entry_by_txt(name, "CN", type ? type : MBSTRING_UTF8, text, len, -1, 0));
}

static void break_signature(X509 *x)
{
    const ASN1_BIT_STRING *signature;
    X509_get0_signature(&signature, NULL, x);
    signature->data[signature->length / 2] ^= 0x10;
}

static X509 *issue(const struct spec *s)
{
    X509 *x = X509_new();
    EVP_PKEY *key = key_of(s->key), *signer = key_of(s->signer);
    const EVP_MD *md = s->signer < KEY_RSA_512 ? NULL
                       : s->digest             ? EVP_get_digestbyname(s->digest)
                                               : EVP_sha256();
    CHECK(X509_set_version(x, s->version_1 ? X509_VERSION_1 : X509_VERSION_3));
    CHECK(ASN1_INTEGER_set(X509_get_serialNumber(x), s->serial));
    set_name(X509_get_subject_name(x), s->subject, s->string_type);
    set_name(X509_get_issuer_name(x), s->issuer, 0);
    CHECK(ASN1_TIME_adj(X509_getm_notBefore(x), NOW, s->from, 0));
    CHECK(ASN1_TIME_adj(X509_getm_notAfter(x), NOW, s->to, 0));
    CHECK(X509_set_pubkey(x, key));
    if (!s->version_1)
        add_extensions(x, s, key, signer);
    CHECK(X509_sign(x, signer, md) > 0);
    if (s->broken)
        break_signature(x);
    EVP_PKEY_free(key);
    EVP_PKEY_free(signer);
    return x;
}

/* ---- one PKI ---- */

struct pki {
    struct spec chain[INTERMEDIATES + 2]; /* leaf, intermediates, root */
    size_t depth;                         /* certificates in the chain */
    struct spec others[CERTS];            /* what else there is, to be sent or trusted */
    bool other_sent[CERTS], other_trusted[CERTS];
    size_t other_count;
    bool no_root_trusted, leaf_trusted, intermediate_trusted;
    const char *host;
    long serial;
    int keys;
    char what[200];
};

static void note(struct pki *p, const char *word)
{
    size_t len = strlen(p->what);
    (void)snprintf(p->what + len, sizeof p->what - len, "%s%s", len ? "," : "", word);
}

static struct spec ca(struct pki *p, const char *subject, const char *issuer, int key, int signer)
{
    struct spec s = {.key = key,
                     .signer = signer,
                     .from = -300,
                     .to = 900,
                     .ca = 1,
                     .path_len = -1,
                     .usage = "critical,keyCertSign,cRLSign",
                     .serial = ++p->serial};
    (void)snprintf(s.subject, sizeof s.subject, "%s", subject);
    (void)snprintf(s.issuer, sizeof s.issuer, "%s", issuer);
    return s;
}

static struct spec *other(struct pki *p, struct spec s, bool sent, bool trusted)
{
    CHECK(p->other_count < CERTS);
    p->other_sent[p->other_count] = sent;
    p->other_trusted[p->other_count] = trusted;
    p->others[p->other_count] = s;
    return &p->others[p->other_count++];
}

static struct spec *root_of(struct pki *p)
{
    return &p->chain[p->depth - 1];
}

/* An intermediate, or the root where there is none. */
static struct spec *some_ca(struct pki *p)
{
    return p->depth > 2 ? &p->chain[1 + chance((unsigned)p->depth - 2)] : root_of(p);
}

static struct spec *any_cert(struct pki *p)
{
    return &p->chain[chance((unsigned)p->depth)];
}

static void begin(struct pki *p, unsigned number)
{
    char name[48], above[48];
    *p = (struct pki){.host = HOST, .serial = (long)number * 100};
    size_t intermediates = one_in(12) ? 4 + chance(4) : chance(4);
    p->depth = intermediates + 2;
    p->keys = 1;
    (void)snprintf(above, sizeof above, "Root %u CA", number);
    *root_of(p) = ca(p, above, above, 1, 1);
    for (size_t i = p->depth - 2; i > 0; i--) {
        int signer = p->keys++;
        (void)snprintf(name, sizeof name, "Issuing %zu of %u", i, number);
        p->chain[i] = ca(p, name, above, p->keys, signer);
        p->chain[i].issuer_serial = p->chain[i + 1].serial;
        memcpy(above, name, sizeof name);
    }
    struct spec *leaf = &p->chain[0];
    int signer = p->keys++;
    *leaf = ca(p, HOST, above, p->keys, signer);
    leaf->issuer_serial = p->chain[1].serial;
    leaf->ca = one_in(3) ? 0 : -1;
    leaf->usage = one_in(2) ? "critical,digitalSignature" : NULL;
    leaf->purpose = one_in(2) ? "serverAuth,clientAuth" : NULL;
    leaf->names = "DNS:" HOST;
}

/* ---- what can be odd about it ---- */

static void expire(struct pki *p)
{
    struct spec *s = any_cert(p);
    s->to = -3;
    note(p, s == root_of(p) ? "expired-root" : s == p->chain ? "expired-leaf" : "expired-ca");
}
static void not_yet(struct pki *p)
{
    any_cert(p)->from = 3;
    note(p, "not-yet");
}
static void no_ca(struct pki *p)
{
    some_ca(p)->ca = (int)chance(2) - 1;
    note(p, "no-ca");
}
static void root_no_ca(struct pki *p)
{
    root_of(p)->ca = -1;
    note(p, "root-no-ca");
}
static void version_1(struct pki *p)
{
    some_ca(p)->version_1 = true;
    note(p, "v1");
}
static void version_1_root(struct pki *p)
{
    root_of(p)->version_1 = true;
    note(p, "v1-root");
}
static void no_cert_sign(struct pki *p)
{
    some_ca(p)->usage = "critical,cRLSign";
    note(p, "no-certsign");
}
static void no_usage(struct pki *p)
{
    some_ca(p)->usage = NULL;
    note(p, "no-usage");
}
static void path_len(struct pki *p)
{
    (one_in(3) ? root_of(p) : some_ca(p))->path_len = (int)chance(3);
    note(p, "pathlen");
}
static void leaf_usage(struct pki *p)
{
    p->chain[0].usage = "keyEncipherment";
    note(p, "leaf-ku");
}
static void leaf_purpose(struct pki *p)
{
    static const char *const all[] = {"clientAuth", "codeSigning,anyExtendedKeyUsage", "msSGC",
                                      "emailProtection"};
    p->chain[0].purpose = all[chance(4)];
    note(p, "leaf-eku");
}
static void ca_purpose(struct pki *p)
{
    some_ca(p)->purpose = one_in(2) ? "clientAuth" : "serverAuth";
    note(p, "ca-eku");
}
static void root_purpose(struct pki *p)
{
    root_of(p)->purpose = "clientAuth";
    note(p, "root-eku");
}
static void any_purpose(struct pki *p)
{
    p->chain[0].purpose = "anyExtendedKeyUsage";
    note(p, "any-eku");
}
static void gated(struct pki *p)
{
    p->chain[0].purpose = "msSGC";
    note(p, "gated");
}
static void unknown(struct pki *p)
{
    any_cert(p)->unknown_critical = true;
    note(p, "unknown-critical");
}
static void bad_signature(struct pki *p)
{
    any_cert(p)->broken = true;
    note(p, "bad-signature");
}
static void no_key_ids(struct pki *p)
{
    any_cert(p)->ids = IDS_NONE;
    note(p, "no-ids");
}
static void wrong_key_id(struct pki *p)
{
    any_cert(p)->ids = IDS_WRONG;
    note(p, "wrong-aki");
}
static void key_id_serial(struct pki *p)
{
    any_cert(p)->ids = one_in(2) ? IDS_SERIAL : IDS_WRONG_SERIAL;
    note(p, "aki-serial");
}

/* The key of a CA, and with it the signatures under it. */
static void rekey(struct pki *p, size_t i, int key, const char *digest)
{
    if (i == 0) {
        p->chain[0].key = key;
        return;
    }
    p->chain[i].key = key;
    p->chain[i - 1].signer = key;
    p->chain[i - 1].digest = digest;
    if (i == p->depth - 1)
        p->chain[i].signer = key;
}

static void weak_digest(struct pki *p)
{
    bool md5 = one_in(3);
    rekey(p, 1 + chance((unsigned)p->depth - 1), KEY_RSA_2048, md5 ? "MD5" : "SHA1");
    note(p, md5 ? "md5" : "sha1");
}
static void odd_digest(struct pki *p)
{
    static const char *const all[] = {"SHA384", "SHA512", "SHA3-256", "SHA224"};
    const char *digest = all[chance(4)];
    rekey(p, 1 + chance((unsigned)p->depth - 1), KEY_RSA_2048, digest);
    note(p, digest);
}
static void sha_512_256(struct pki *p)
{
    rekey(p, 1 + chance((unsigned)p->depth - 1), KEY_RSA_2048, "SHA512-256");
    note(p, "SHA512-256");
}
static void weak_key(struct pki *p)
{
    bool tiny = one_in(2);
    size_t i = chance((unsigned)p->depth);
    rekey(p, i, tiny ? KEY_RSA_512 : KEY_RSA_1024, i ? "SHA256" : NULL);
    note(p, tiny ? "rsa512" : "rsa1024");
}
static void curve(struct pki *p)
{
    bool odd = one_in(3);
    size_t i = chance((unsigned)p->depth);
    rekey(p, i, odd ? KEY_P224 : KEY_P256, i ? "SHA256" : NULL);
    note(p, odd ? "p224" : "p256");
}

static void name_constraint(struct pki *p)
{
    static const char *const all[] = {
        "critical,permitted;DNS:example.test",
        "critical,permitted;DNS:other.test",
        "critical,excluded;DNS:example.test",
        "critical,excluded;DNS:other.test",
        "critical,permitted;DNS:.example.test",
        "permitted;IP:192.0.2.0/255.255.255.0",
        "critical,permitted;email:example.test",
        "critical,permitted;DNS:ample.test",
        "critical,permitted;DNS:example.test,permitted;DNS:other.test",
    };
    (one_in(5) ? root_of(p) : some_ca(p))->constraints = all[chance(9)];
    note(p, "name-constraints");
    if (one_in(3)) {
        for (size_t i = 1; i + 1 < p->depth; i++) { /* names that might be hosts */
            char label[48];
            (void)snprintf(label, sizeof label, "Issuing-%zu", i);
            memcpy(p->chain[i].subject, label, sizeof label);
            memcpy(p->chain[i - 1].issuer, label, sizeof label);
        }
        note(p, "host-like-cas");
    }
}
static void names(struct pki *p)
{
    static const struct {
        const char *cn, *names, *host;
    } all[] = {
        {HOST, NULL, HOST},
        {"other.test", NULL, HOST},
        {HOST, "DNS:other.test", HOST},
        {"x", "DNS:*.example.test", HOST},
        {"x", "DNS:*.example.test", "a.b.example.test"},
        {"x", "DNS:w*w.example.test", HOST},
        {"x", "DNS:*", HOST},
        {"x", "DNS:WWW.Example.TEST", HOST},
        {"x", "IP:192.0.2.7", "192.0.2.7"},
        {"192.0.2.7", NULL, "192.0.2.7"},
        {"x", "DNS:192.0.2.7", "192.0.2.7"},
        {HOST, "IP:192.0.2.7", HOST},
        {HOST, "email:a@example.test", HOST},
        {"x", "IP:2001:db8::1", "2001:db8:0:0:0:0:0:1"},
        {"*.example.test", NULL, HOST},
        {"x", "DNS:www.example.test.", HOST},
        {"x", "DNS:example.test", HOST},
    };
    unsigned i = chance(sizeof all / sizeof all[0]);
    (void)snprintf(p->chain[0].subject, sizeof p->chain[0].subject, "%s", all[i].cn);
    p->chain[0].names = all[i].names;
    p->host = all[i].host;
    note(p, "names");
}
static void spelling(struct pki *p)
{
    size_t i = 1 + chance((unsigned)p->depth - 1);
    switch (chance(3)) {
    case 0:
        for (char *c = p->chain[i - 1].issuer; *c; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        break;
    case 1:
        memmove(p->chain[i - 1].issuer + 1, p->chain[i - 1].issuer, sizeof p->chain[0].issuer - 2);
        p->chain[i - 1].issuer[0] = ' ';
        break;
    default:
        p->chain[i].string_type = V_ASN1_BMPSTRING;
        note(p, "bmp");
    }
    note(p, "spelling");
}
static void leaf_is_ca(struct pki *p)
{
    p->chain[0].ca = 1;
    note(p, "leaf-ca");
}
static void self_signed_leaf(struct pki *p)
{
    p->chain[0].signer = p->chain[0].key;
    memcpy(p->chain[0].issuer, p->chain[0].subject, sizeof p->chain[0].issuer);
    note(p, "self-signed");
}

/* ---- more than one path ---- */

/* Another root certifies one of the CAs, too. */
static void cross(struct pki *p)
{
    struct spec *s = one_in(2) ? root_of(p) : some_ca(p);
    bool trusted = one_in(2);
    struct spec twin = ca(p, s->subject, "Cross CA", s->key, 900);
    if (one_in(4))
        twin.to = -1;
    other(p, twin, true, false);
    other(p, ca(p, "Cross CA", "Cross CA", 900, 900), one_in(3), trusted);
    p->no_root_trusted = trusted && one_in(2);
    note(p, "cross");
}
/* A root of the same name and another key. */
static void namesake_root(struct pki *p)
{
    struct spec s = ca(p, root_of(p)->subject, root_of(p)->subject, 901, 901);
    if (one_in(3))
        s.ids = IDS_NONE;
    if (one_in(3))
        s.version_1 = true;
    other(p, s, one_in(4), true);
    p->no_root_trusted = one_in(3);
    note(p, "namesake-root");
}
static void namesake_ca(struct pki *p)
{
    struct spec *real = some_ca(p);
    struct spec s = ca(p, real->subject, real->issuer, 902, real->signer);
    if (one_in(2))
        s.ids = IDS_NONE;
    other(p, s, true, one_in(5));
    note(p, "namesake-ca");
}
/* The same key again with other dates. */
static void renewed(struct pki *p)
{
    struct spec *s = one_in(2) ? root_of(p) : some_ca(p);
    struct spec again = *s;
    again.serial = ++p->serial;
    again.from -= 200;
    again.to = one_in(2) ? -10 : 2000;
    bool root = s == root_of(p);
    other(p, again, !root || one_in(3), root);
    p->no_root_trusted = root && one_in(2);
    note(p, root ? "renewed-root" : "renewed-ca");
}
/* RFC 4210 4.4: old and new key of a root certify each other. */
static void rollover(struct pki *p)
{
    struct spec *root = root_of(p);
    bool new_trusted = one_in(2);
    other(p, ca(p, root->subject, root->subject, root->key, 903), true, false); /* old with new */
    other(p, ca(p, root->subject, root->subject, 903, root->key), one_in(2), false);
    other(p, ca(p, root->subject, root->subject, 903, 903), one_in(3), new_trusted);
    p->no_root_trusted = new_trusted && one_in(2);
    note(p, "rollover");
}
/* Two CAs certify each other, and nobody else does. */
static void loop(struct pki *p)
{
    struct spec *top = some_ca(p);
    int key = top->key;
    other(p, ca(p, top->subject, "Loop CA", key, 904), true, false);
    other(p, ca(p, "Loop CA", top->subject, 904, key), true, false);
    if (one_in(2) && top != root_of(p)) {
        top->signer = 904;
        (void)snprintf(top->issuer, sizeof top->issuer, "Loop CA");
    }
    note(p, "loop");
}
static void unrelated(struct pki *p)
{
    other(p, ca(p, "Nobody CA", "Nobody CA", 905, 905), one_in(2), one_in(2));
    note(p, "unrelated");
}
static void pinned(struct pki *p)
{
    p->leaf_trusted = one_in(2);
    p->intermediate_trusted = !p->leaf_trusted;
    p->no_root_trusted = one_in(2);
    note(p, "pinned");
}
static void untrusted(struct pki *p)
{
    p->no_root_trusted = true;
    other(p, ca(p, "Nobody CA", "Nobody CA", 905, 905), false, true);
    note(p, "untrusted");
}

static void (*const oddities[])(struct pki *p) = {
    expire,       not_yet,       no_ca,           version_1,       version_1_root,
    no_cert_sign, no_usage,      path_len,        path_len,        leaf_usage,
    leaf_purpose, ca_purpose,    unknown,         bad_signature,   no_key_ids,
    wrong_key_id, key_id_serial, weak_digest,     odd_digest,      sha_512_256,
    weak_key,     curve,         name_constraint, name_constraint, name_constraint,
    names,        names,         spelling,        leaf_is_ca,      self_signed_leaf,
    cross,        cross,         cross,           namesake_root,   namesake_ca,
    namesake_ca,  renewed,       renewed,         rollover,        rollover,
    loop,         loop,          unrelated,       pinned,          untrusted,
    root_no_ca,   root_purpose,  any_purpose,     gated,
};
#define ODDITIES (sizeof oddities / sizeof oddities[0])

/* ---- writing ---- */

struct certs {
    X509 *at[CERTS * 2];
    size_t count;
};

static void add(struct certs *list, X509 *x)
{
    CHECK(list->count < CERTS * 2 && X509_up_ref(x));
    list->at[list->count++] = x;
}

static void drop(struct certs *list)
{
    for (size_t i = 0; i < list->count; i++)
        X509_free(list->at[i]);
    list->count = 0;
}

/* Behind the leaf. */
static void shuffle(struct certs *list)
{
    for (size_t i = list->count; i > 2; i--) {
        size_t k = 1 + chance((unsigned)i - 1);
        X509 *swap = list->at[i - 1];
        list->at[i - 1] = list->at[k];
        list->at[k] = swap;
    }
}

static void leave_out(struct certs *list, size_t at)
{
    X509_free(list->at[at]);
    for (list->count--; at < list->count; at++)
        list->at[at] = list->at[at + 1];
}

static FILE *open_in(const char *dir, unsigned number, const char *name, const char *mode)
{
    char path[1024];
    if (number)
        (void)snprintf(path, sizeof path, "%s/%u%s", dir, number, name);
    else
        (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, mode);
    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

static void write_pem(const char *dir, unsigned number, const char *name, const struct certs *list)
{
    FILE *f = open_in(dir, number, name, "w");
    for (size_t i = 0; i < list->count; i++)
        CHECK(PEM_write_X509(f, list->at[i]));
    CHECK(fclose(f) == 0);
}

/* One round of key derivation: there is nothing to protect. */
static void write_p12(const char *dir, unsigned number, int key_number, const struct certs *sent,
                      const struct certs *trust)
{
    STACK_OF(X509) *rest = sk_X509_new_null();
    EVP_PKEY *key = key_of(key_number);
    for (size_t i = 1; i < sent->count; i++)
        CHECK(sk_X509_push(rest, sent->at[i]));
    for (size_t i = 0; i < trust->count; i++)
        CHECK(sk_X509_push(rest, trust->at[i]));
    PKCS12 *p12 =
        PKCS12_create("agree", "leaf", key, sent->at[0], rest, NID_aes_256_cbc, -1, 1, 1, 0);
    CHECK(p12);
    FILE *f = open_in(dir, number, ".p12", "wb");
    CHECK(i2d_PKCS12_fp(f, p12) && fclose(f) == 0);
    PKCS12_free(p12);
    EVP_PKEY_free(key);
    sk_X509_free(rest);
}

static void gather(const struct pki *p, struct certs *sent, struct certs *trust)
{
    X509 *chain[INTERMEDIATES + 2], *others[CERTS];
    for (size_t i = 0; i < p->depth; i++)
        chain[i] = issue(&p->chain[i]);
    for (size_t i = 0; i < p->other_count; i++)
        others[i] = issue(&p->others[i]);
    bool with_root = one_in(3);
    for (size_t i = 0; i + !with_root < p->depth; i++)
        add(sent, chain[i]);
    for (size_t i = 0; i < p->other_count; i++) {
        if (p->other_sent[i])
            add(sent, others[i]);
        if (p->other_trusted[i])
            add(trust, others[i]);
    }
    if (!p->no_root_trusted)
        add(trust, chain[p->depth - 1]);
    if (p->leaf_trusted)
        add(trust, chain[0]);
    if (p->intermediate_trusted)
        add(trust, chain[1]);
    for (size_t i = 0; i < p->depth; i++)
        X509_free(chain[i]);
    for (size_t i = 0; i < p->other_count; i++)
        X509_free(others[i]);
}

static void arrange(struct pki *p, struct certs *sent)
{
    if (one_in(4)) {
        shuffle(sent);
        note(p, "shuffled");
    }
    if (sent->count > 1 && one_in(12)) {
        leave_out(sent, 1 + chance((unsigned)sent->count - 1));
        note(p, "gap");
    }
    if (one_in(16)) {
        add(sent, sent->at[chance((unsigned)sent->count)]);
        note(p, "twice");
    }
    while (sent->count > 10) /* which a handshake would refuse, and the trust manager does not */
        leave_out(sent, sent->count - 1);
}

static void make_case(const char *dir, unsigned number, FILE *cases)
{
    struct pki p;
    struct certs sent = {0}, trust = {0};
    chance_state = number * 7919u;
    begin(&p, number);
    if (number <= ODDITIES)
        oddities[number - 1](&p); /* each once alone */
    else
        for (unsigned left = chance(4); left > 0; left--)
            oddities[chance(ODDITIES)](&p);
    gather(&p, &sent, &trust);
    if (number > ODDITIES)
        arrange(&p, &sent);
    if (trust.count == 0) {
        X509 *root = issue(root_of(&p));
        add(&trust, root);
        X509_free(root);
    }
    write_pem(dir, number, "-sent.pem", &sent);
    write_pem(dir, number, "-trust.pem", &trust);
    write_p12(dir, number, p.chain[0].key, &sent, &trust);
    CHECK(fprintf(cases, "%u\t%s\t%s\n", number, p.host, *p.what ? p.what : "plain") > 0);
    drop(&sent);
    drop(&trust);
}

static int make(const char *dir)
{
    FILE *cases = open_in(dir, 0, "cases", "w");
    for (unsigned i = 1; i <= CASES; i++)
        make_case(dir, i, cases);
    CHECK(fclose(cases) == 0);
    return 0;
}

/* ---- comparing ---- */

struct java {
    unsigned number;
    char *trusted, *built, *chain; /* "ok" or what it says; fingerprints of the PKCS#12 file */
};

static struct ks_store *open_store(const char *dir, unsigned number, const char *name)
{
    char path[1024];
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    struct ks_secret *password = ks_secret_new("agree", 5);
    (void)snprintf(path, sizeof path, "%s/%u%s", dir, number, name);
    if (ks_open(path, password, NULL, &s, &err) != KS_OK) {
        (void)fprintf(stderr, "agree: %s: %s\n", path, err.what);
        exit(2);
    }
    ks_secret_free(password);
    return s;
}

static size_t all_certs(const struct ks_store *s, const struct ks_cert **out)
{
    size_t n = 0;
    for (size_t i = 0; i < ks_store_count(s); i++)
        for (size_t k = 0; k < ks_store_entry(s, i)->chain_len && n < CERTS * 2; k++)
            out[n++] = &ks_store_entry(s, i)->chain[k];
    return n;
}

static size_t differences;

static void differ(unsigned number, const char *what, const char *who, const char *a, const char *b)
{
    differences++;
    (void)printf("%u (%s): %s\n    %s\n    %s\n", number, what, who, a, b);
}

/* How names are put into text is Java's matter: commas with and without blanks are one. */
static bool same_words(const char *ours, const char *javas)
{
    const char *note = strstr(javas, "CN=");
    size_t len = note ? (size_t)(note - javas) : strlen(javas);
    return strncmp(ours, javas, len) == 0;
}

/* Which of several anchors of one name Java tries last, and so speaks of, changes from run to run.
 */
static bool has_namesakes(const struct ks_store *trust)
{
    const struct ks_cert *all[CERTS * 2];
    size_t n = all_certs(trust, all);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (ks_name_equal(ks_cert_part(all[i], all[i]->subject),
                              ks_cert_part(all[k], all[k]->subject)))
                return true;
    return false;
}

static void compare_java(const struct java *j, const char *what, const char *host,
                         const struct ks_cert *const *sent, size_t count,
                         const struct ks_store *trust)
{
    struct ks_java_verdict v;
    ks_java_judge(NULL, sent, count, trust, host, false, NOW, &v);
    bool accepted = strcmp(j->trusted, "ok") == 0;
    if (v.accepted != accepted)
        differ(j->number, what, "Java's verdict", v.text, j->trusted);
    else if (!accepted && !has_namesakes(trust) && !same_words(v.text, j->trusted))
        differ(j->number, what, "Java's words", v.text, j->trusted);
    else if (!accepted && !v.id)
        differ(j->number, what, "a refusal without a finding", v.text, "");
    ks_java_verdict_drop(&v);
}

static void compare_builder(const struct java *j, const char *what,
                            const struct ks_cert *const *sent, size_t count,
                            const struct ks_store *trust)
{
    const struct ks_cert *found[KS_PATH_MAX];
    size_t signatures = KS_PATH_TRIES, found_count, anchor;
    struct ks_java_fault fault = KS_JAVA_FAULT_INIT;
    struct ks_java_anchors anchors = ks_java_anchors_of(trust);
    struct ks_java_path path = {.now = NOW, .without_tls = true, .signatures = &signatures};
    bool built = ks_java_anchor_same(&anchors, sent[0]) != KS_NOWHERE ||
                 ks_java_build(&path, sent, count, &anchors, found, &found_count, &anchor, &fault);
    if (built != (strcmp(j->built, "ok") == 0))
        differ(j->number, what, "Java's builder", built ? "ok" : ks_buf_text(&fault.said),
               j->built);
    ks_java_fault_drop(&fault);
    ks_java_anchors_drop(&anchors);
}

/* ---- OpenSSL ---- */

static X509 *decode(const struct ks_cert *c)
{
    const unsigned char *at = c->der;
    X509 *x = d2i_X509(NULL, &at, (long)c->len);
    CHECK(x);
    return x;
}

/* As curl asks: any trusted certificate may end the path, security level 2. */
static int openssl_error(const struct ks_cert *const *sent, size_t count,
                         const struct ks_cert *const *trust, size_t trusted)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509 *leaf = decode(sent[0]);
    for (size_t i = 1; i < count; i++)
        CHECK(sk_X509_push(untrusted, decode(sent[i])));
    for (size_t i = 0; i < trusted; i++) {
        X509 *x = decode(trust[i]);
        CHECK(X509_STORE_add_cert(store, x));
        X509_free(x);
    }
    CHECK(X509_STORE_CTX_init(ctx, store, leaf, untrusted));
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, NOW);
    X509_VERIFY_PARAM_set_auth_level(param, 2);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    CHECK(X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER));
    int ok = X509_verify_cert(ctx) == 1, error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    sk_X509_pop_free(untrusted, X509_free);
    X509_free(leaf);
    ERR_clear_error();
    return ok ? X509_V_OK : error;
}

static bool unknown_critical(const struct ks_cert *c)
{
    X509 *x = decode(c);
    bool unknown = X509_get_extension_flags(x) & EXFLAG_CRITICAL;
    X509_free(x);
    return unknown;
}

static bool fits_alone(const struct ks_cert *c)
{
    return c->not_before <= NOW && NOW <= c->not_after && !unknown_critical(c);
}

/* What the search has found holds: it ends at an anchor, and nothing on it is at fault. */
static bool holds(const struct ks_path *p)
{
    if (!p->anchored || p->faults || p->unverified)
        return false;
    for (size_t i = 0; i < p->len; i++)
        if (unknown_critical(p->at[i]->cert))
            return false;
    return true;
}

/* The best of the paths that hold is left in *path. */
static bool ours_finds(struct ks_pool *pool, const struct ks_cert *const *sent, size_t count,
                       const struct ks_cert *const *trust, size_t trusted, struct ks_path *path)
{
    struct ks_path paths[8];
    bool found = false;
    for (size_t i = 1; i < count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = sent[i]});
    for (size_t i = 0; i < trusted; i++) {
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = trust[i], .anchor = true});
        found = found || ks_slice_equal(ks_cert_der(trust[i]), ks_cert_der(sent[0]));
    }
    const struct ks_pool *pools[] = {pool};
    struct ks_path_ask ask = {
        .pools = pools, .pool_count = 1, .leaf = sent[0], .now = NOW, .purpose = KS_PURPOSE_SERVER};
    size_t n = ks_paths_find(&ask, paths, 8);
    for (size_t i = 0; i < n && !found; i++)
        if (holds(&paths[i])) {
            *path = paths[i];
            found = true;
        }
    return found && fits_alone(sent[0]) && ks_cert_allows(sent[0], KS_PURPOSE_SERVER) &&
           !ks_cert_key_weak(sent[0]) && ks_cert_digest(sent[0]) == KS_DIGEST_SOUND;
}

/*
 * The differences that are meant, each told of in docs/chains.md. All of them must occur, so that
 * none is told of that is gone.
 */
enum reason { BACKTRACKING, ODD_DIGEST, IMPLIED_CA, REASONS };
static const char *const reason_words[REASONS] = {
    [BACKTRACKING] = "OpenSSL does not go back to another issuer of the name",
    [ODD_DIGEST] = "OpenSSL finds no issuer for an RSA signature with SHA-512/256",
    [IMPLIED_CA] = "OpenSSL takes a trusted certificate with keyCertSign alone for a CA",
};
static unsigned reasons_seen[REASONS];

static bool is_implied_ca(const struct ks_cert *c)
{
    unsigned usage;
    return !(c->flags & KS_CERT_BASIC) && ks_cert_key_usage(c, &usage) && usage & 1u << 5;
}

static bool has_odd_digest(const struct ks_cert *c)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_cert_signature_text(c, &text);
    bool odd = strcmp(ks_buf_text(&text), "SHA512/256withRSA") == 0;
    ks_buf_free(&text);
    return odd;
}

/* Why OpenSSL refuses where a path holds. */
static enum reason why_refused(const struct ks_cert *leaf, const struct ks_path *path)
{
    const struct ks_cert *alone[KS_PATH_MAX + 1] = {leaf}, *end = leaf;
    for (size_t i = 0; i < path->len; i++)
        end = alone[i + 1] = path->at[i]->cert;
    if (openssl_error(alone, path->len, &end, 1) == X509_V_OK)
        return BACKTRACKING;
    for (size_t i = 0; i <= path->len; i++)
        if (has_odd_digest(alone[i]))
            return ODD_DIGEST;
    return REASONS;
}

static enum reason why_accepted(const struct ks_cert *const *trust, size_t trusted)
{
    for (size_t i = 0; i < trusted; i++)
        if (is_implied_ca(trust[i]))
            return IMPLIED_CA;
    return REASONS;
}

static void compare_openssl(const struct java *j, const char *what,
                            const struct ks_cert *const *sent, size_t count,
                            const struct ks_cert *const *trust, size_t trusted)
{
    struct ks_path path = {0};
    struct ks_pool *pool = ks_pool_new();
    int error = openssl_error(sent, count, trust, trusted);
    bool ours = ours_finds(pool, sent, count, trust, trusted, &path);
    if (ours != (error == X509_V_OK)) {
        enum reason reason = ours ? why_refused(sent[0], &path) : why_accepted(trust, trusted);
        if (reason == REASONS)
            differ(j->number, what, "OpenSSL", ours ? "a path holds" : "no path holds",
                   X509_verify_cert_error_string(error));
        else
            reasons_seen[reason]++;
    }
    ks_pool_free(pool);
}

static void tell_reasons(void)
{
    for (int i = 0; i < REASONS; i++) {
        (void)printf("%5u %s\n", reasons_seen[i], reason_words[i]);
        differences += reasons_seen[i] == 0;
    }
}

/* ---- PKCS#12 ---- */

static void compare_chain(const struct java *j, const char *what, const struct ks_store *p12)
{
    struct ks_buf text = KS_BUF_INIT;
    size_t at;
    CHECK(ks_store_find(p12, "leaf", &at));
    const struct ks_entry *e = ks_store_entry(p12, at);
    for (size_t i = 0; i < e->chain_len; i++) {
        uint8_t print[32];
        ks_cert_sha256(&e->chain[i], print);
        if (i)
            ks_buf_byte(&text, ' ');
        for (size_t k = 0; k < sizeof print; k++)
            ks_buf_printf(&text, "%02x", print[k]);
    }
    if (strcmp(ks_buf_text(&text), j->chain) != 0)
        differ(j->number, what, "the chain of the PKCS#12 file", ks_buf_text(&text), j->chain);
    ks_buf_free(&text);
}

/* ---- all ---- */

static char *cut(char **at, char end)
{
    char *word = *at, *stop = strchr(word, end);
    CHECK(stop);
    *stop = '\0';
    *at = stop + 1;
    return word;
}

static void compare_case(const char *dir, const struct java *j, const char *host, const char *what)
{
    const struct ks_cert *sent[CERTS * 2], *trust[CERTS * 2];
    struct ks_store *s = open_store(dir, j->number, "-sent.pem");
    struct ks_store *t = open_store(dir, j->number, "-trust.pem");
    struct ks_store *p12 = open_store(dir, j->number, ".p12");
    size_t count = all_certs(s, sent), trusted = all_certs(t, trust);
    compare_java(j, what, host, sent, count, t);
    compare_builder(j, what, sent, count, t);
    compare_openssl(j, what, sent, count, trust, trusted);
    compare_chain(j, what, p12);
    ks_store_free(p12);
    ks_store_free(t);
    ks_store_free(s);
}

static int compare(const char *dir)
{
    char line[8192], other[1024];
    unsigned accepted = 0, count = 0;
    FILE *java = open_in(dir, 0, "java", "r"), *cases = open_in(dir, 0, "cases", "r");
    while (fgets(line, sizeof line, java)) {
        char *at = line, *known = other;
        CHECK(fgets(other, sizeof other, cases));
        struct java j = {.number = (unsigned)strtoul(cut(&at, '\t'), NULL, 10)};
        j.trusted = cut(&at, '\t');
        j.built = cut(&at, '\t');
        j.chain = cut(&at, '\n');
        CHECK(j.number == strtoul(cut(&known, '\t'), NULL, 10));
        char *host = cut(&known, '\t');
        compare_case(dir, &j, host, cut(&known, '\n'));
        accepted += strcmp(j.trusted, "ok") == 0;
        count++;
    }
    (void)fclose(java);
    (void)fclose(cases);
    tell_reasons();
    (void)printf("%u PKIs, of which Java accepts %u: %zu differences\n", count, accepted,
                 differences);
    return count == CASES && differences == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "make") == 0)
        return make(argv[2]);
    if (argc == 3 && strcmp(argv[1], "compare") == 0)
        return compare(argv[2]);
    (void)fprintf(stderr, "usage: agree make|compare DIR\n");
    return 2;
}
