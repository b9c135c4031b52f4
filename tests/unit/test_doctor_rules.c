/*
 * What the doctor says of stores, keys, leaves, issuers and trust: exactly these findings. Each
 * case is written as a real file and read again. Certificates are known by short names; a store is
 * a list of entries:
 *
 *   "k server=L I R; t root=R"    a key entry with its chain, a trusted entry
 *   "k server:other=L"            the key of another name than the certificate's
 *   "k server!=L I R"             a key with a password of its own
 */
#include "doctor/doctor.h"

#include "chain/rules.h"
#include "doctor/explain.h"
#include "file/open.h"
#include "op_store.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>

#define HOST "app.example"
#define PASSWORD "changeit"
#define CERTS_MAX 48

/* ---- certificates by name ---- */

#define LEAF .cn = HOST, .san = "DNS:" HOST, .purpose = "serverAuth"
#define BY_I .issuer = "Issuing"
#define ISSUING .cn = "Issuing", .issuer = "Root"

static const struct recipe {
    const char *name;
    struct make_cert cert;
    const char *key, *signer; /* by name; NULL: of the common names */
} recipes[] = {
    {"R", {.cn = "Root", .ca = true}, NULL, NULL},
    {"I", {ISSUING, .ca = true}, NULL, NULL},
    {"L", {LEAF, BY_I}, NULL, NULL},
    {"S", {LEAF}, NULL, NULL}, /* self-signed, with the key of L */
    {"K", {LEAF, BY_I, .serial = 9}, "another leaf", NULL},
    /* issuers */
    {"Inobasic", {ISSUING}, NULL, NULL},
    {"Inoca", {ISSUING, .basic = true}, NULL, NULL},
    {"Iv1", {ISSUING, .version = 1}, NULL, NULL},
    {"Inosign", {ISSUING, .ca = true, .usage = "critical,digitalSignature"}, NULL, NULL},
    {"Isign", {ISSUING, .ca = true, .usage = "critical,keyCertSign"}, NULL, NULL},
    {"I0", {ISSUING, .basics = "critical,CA:TRUE,pathlen:0"}, NULL, NULL},
    {"I1", {ISSUING, .basics = "critical,CA:TRUE,pathlen:1"}, NULL, NULL},
    {"I2", {.cn = "Sub", BY_I, .ca = true}, NULL, NULL},
    {"L2", {LEAF, .issuer = "Sub"}, NULL, NULL},
    {"Iself", {.cn = "Issuing", BY_I, .ca = true, .serial = 5}, "new Issuing", "Issuing"},
    {"Lself", {LEAF, BY_I}, NULL, "new Issuing"},
    {"Iexcl", {ISSUING, .ca = true, .constraints = "excluded;DNS:" HOST}, NULL, NULL},
    {"Iperm", {ISSUING, .ca = true, .constraints = "permitted;DNS:" HOST}, NULL, NULL},
    {"Ieku", {ISSUING, .ca = true, .purpose = "clientAuth"}, NULL, NULL},
    {"Iboth", {ISSUING, .ca = true, .purpose = "serverAuth,clientAuth"}, NULL, NULL},
    /* signatures */
    {"Lsha1", {LEAF, BY_I, .digest = "SHA1"}, NULL, NULL},
    {"Isha1", {ISSUING, .ca = true, .digest = "SHA1"}, NULL, NULL},
    {"Rsha1", {.cn = "Root", .ca = true, .digest = "SHA1"}, NULL, NULL},
    {"Irsa", {ISSUING, .ca = true}, "rsa2048", NULL},
    {"Lmd5", {LEAF, BY_I, .digest = "MD5"}, NULL, "rsa2048"},
    /* dates; the tests are on 2026-03-01 */
    {"Lold", {LEAF, BY_I, .to = "2026-02-28"}, NULL, NULL},
    {"Llater", {LEAF, BY_I, .from = "2026-03-02"}, NULL, NULL},
    {"Lsoon", {LEAF, BY_I, .to = "2026-03-11"}, NULL, NULL},
    {"L31", {LEAF, BY_I, .to = "2026-04-01"}, NULL, NULL},
    {"Rold", {.cn = "Root", .ca = true, .to = "2026-01-01", .serial = 2}, NULL, NULL},
    {"Iold", {ISSUING, .ca = true, .to = "2026-01-01", .serial = 2}, NULL, NULL},
    /* names */
    {"Lnosan", {.cn = HOST, BY_I, .purpose = "serverAuth"}, NULL, NULL},
    {"Lmail", {.cn = HOST, BY_I, .san = "email:a@b.example"}, NULL, NULL},
    {"Lperson", {.cn = "Jo Doe", BY_I}, NULL, NULL},
    {"Lother", {.cn = HOST, BY_I, .san = "DNS:other.example"}, NULL, NULL},
    {"Lwild", {.cn = HOST, BY_I, .san = "DNS:*.d.example"}, NULL, NULL},
    {"Lipdns", {.cn = HOST, BY_I, .san = "DNS:192.0.2.1"}, NULL, NULL},
    {"Lip", {.cn = HOST, BY_I, .san = "IP:192.0.2.1"}, NULL, NULL},
    /* usages */
    {"Lclient", {.cn = HOST, BY_I, .san = "DNS:" HOST, .purpose = "clientAuth"}, NULL, NULL},
    {"Lencipher", {LEAF, BY_I, .usage = "critical,keyEncipherment"}, NULL, NULL},
    {"Lsign", {LEAF, BY_I, .usage = "critical,digitalSignature"}, NULL, NULL},
    {"Lunknown", {LEAF, BY_I, .unknown = true}, NULL, NULL},
    {"Lca", {LEAF, BY_I, .ca = true}, NULL, NULL},
    {"Lany", {.cn = HOST, BY_I, .san = "DNS:" HOST, .purpose = "anyExtendedKeyUsage"}, NULL, NULL},
    {"Lsgc", {.cn = HOST, BY_I, .san = "DNS:" HOST, .purpose = "nsSGC"}, NULL, NULL},
    {"Ltype", {LEAF, BY_I, .ext = "nsCertType", .ext_value = "client"}, NULL, NULL},
    {"Lpoints", {LEAF, BY_I, .ext = "2.5.29.31", .ext_value = "critical,DER:3000"}, NULL, NULL},
    {"Lbadext", {LEAF, BY_I, .ext = "2.5.29.31", .ext_value = "DER:300501"}, NULL, NULL},
    {"Ineg", {ISSUING, .ext = "2.5.29.19", .ext_value = "critical,DER:30060101FF0201FF"}, NULL, NULL},
    {"Ipolicy", {ISSUING, .ca = true, .policies = "critical,requireExplicitPolicy:0"}, NULL, NULL},
    {"Reku", {.cn = "Root", .ca = true, .purpose = "clientAuth"}, NULL, NULL},
    /* types of keys */
    {"Lrsa1024", {LEAF, BY_I}, "rsa1024", NULL},
    {"Lrsa2048", {LEAF, BY_I}, "rsa2048", NULL},
    {"Lk1", {LEAF, BY_I}, "secp256k1", NULL},
    {"Led", {LEAF, BY_I}, "ed25519", NULL},
    {"Rweak", {.cn = "Weak Root", .ca = true}, "rsa1024", NULL},
    /* chains that are wrong */
    {"I'", {ISSUING, .ca = true}, "another Issuing", NULL},
    {"Lid", {LEAF, BY_I, .wrong_aki = true}, NULL, NULL},
    {"A(B)", {.cn = "A", .issuer = "B", .ca = true}, NULL, NULL},
    {"B(A)", {.cn = "B", .issuer = "A", .ca = true}, NULL, NULL},
    {"LA", {LEAF, .issuer = "A"}, NULL, NULL},
    {"I(X)", {.cn = "Issuing", .issuer = "Other Root", .ca = true}, NULL, NULL},
    /* others */
    {"R'", {.cn = "Root", .ca = true}, "another Root", "another Root"},
    {"X", {.cn = "Other Root", .ca = true}, NULL, NULL},
    {"Xleaf", {.cn = "x.example", .san = "DNS:x.example"}, NULL, NULL},
};
#define RECIPES (sizeof recipes / sizeof recipes[0])

static struct {
    struct ks_blob *blob;
    struct ks_cert cert;
} made[RECIPES];

/* The same bytes for the same name. */
static const struct ks_cert *cert(const char *name, size_t len)
{
    size_t i = 0;
    while (i < RECIPES && (strlen(recipes[i].name) != len || strncmp(recipes[i].name, name, len)))
        i++;
    if (i == RECIPES)
        fail_msg("no certificate %.*s", (int)len, name);
    if (made[i].blob)
        return &made[i].cert;
    struct make_cert m = recipes[i].cert;
    m.key = recipes[i].key ? make_key(recipes[i].key) : NULL;
    m.signer = recipes[i].signer ? make_key(recipes[i].signer) : NULL;
    made[i].blob = make_cert(&m);
    assert_true(ks_cert_skim(ks_blob_slice(made[i].blob), &made[i].cert));
    return &made[i].cert;
}

static size_t certs(const char *names, size_t len, const struct ks_cert **out)
{
    size_t count = 0;
    for (size_t at = 0; at < len;) {
        size_t n = strcspn(names + at, " ;");
        n = n < len - at ? n : len - at;
        assert_true(count < CERTS_MAX);
        if (n > 0)
            out[count++] = cert(names + at, n);
        at += n + 1;
    }
    return count;
}

static int forget_certs(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECIPES; i++)
        ks_blob_unref(made[i].blob);
    return 0;
}

/* ---- stores ---- */

static const char *key_of_cert(const struct ks_cert *c)
{
    for (size_t i = 0; i < RECIPES; i++)
        if (made[i].blob && ks_slice_equal(ks_cert_der(&made[i].cert), ks_cert_der(c)))
            return recipes[i].key ? recipes[i].key : recipes[i].cert.cn;
    fail_msg("whose key?");
    return NULL;
}

static void add_trusted(struct ks_store *s, const char *alias, const struct ks_cert *c)
{
    struct ks_blob *blob = ks_blob_copy(ks_cert_der(c));
    op_add_trusted(s, alias, blob);
    ks_blob_unref(blob);
}

static void copy_word(char out[static 64], const char *from, size_t len)
{
    assert_true(len < 64);
    memcpy(out, from, len);
    out[len] = '\0';
}

/* One entry: "k alias:key!=names", "t alias=name". */
static void add_entry(struct ks_store *s, const char *text, size_t len)
{
    const struct ks_cert *list[CERTS_MAX];
    const char *equals = memchr(text, '=', len);
    char alias[64], key[64];
    assert_non_null(equals);
    size_t count = certs(equals + 1, len - (size_t)(equals + 1 - text), list);
    bool own_password = equals[-1] == '!';
    size_t head = (size_t)(equals - text) - 2 - own_password;
    const char *colon = memchr(text + 2, ':', head);
    copy_word(alias, text + 2, colon ? (size_t)(colon - text) - 2 : head);
    if (*text == 't') {
        add_trusted(s, alias, list[0]);
        return;
    }
    copy_word(key, colon ? colon + 1 : "", colon ? head - (size_t)(colon - text) + 1 : 0);
    op_add_pair(s, alias, colon ? key : key_of_cert(list[0]),
                own_password ? "a password of its own" : PASSWORD, list, count);
}

static void add_entries(struct ks_store *s, const char *text)
{
    while (*text) {
        text += strspn(text, " ;");
        size_t len = strcspn(text, ";");
        if (len > 0)
            add_entry(s, text, len);
        text += len;
    }
}

static struct ks_store *opened(const char *name, struct ks_slice bytes, const char *password)
{
    struct ks_error err = {0};
    struct ks_store *s = NULL;
    struct ks_secret *secret = op_secret(password);
    if (ks_open_bytes(name, bytes, secret, NULL, &s, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_secret_free(secret);
    s->mode = 0600;
    return s;
}

static struct ks_buf written(const struct ks_format *format, const char *entries)
{
    struct ks_store *s = op_store(format, PASSWORD);
    add_entries(s, entries);
    struct ks_buf bytes = op_written(s, s->now);
    ks_store_free(s);
    return bytes;
}

static struct ks_store *store_of(const struct ks_format *format, const char *entries)
{
    struct ks_buf bytes = written(format, entries);
    struct ks_store *s = opened("made.ks", ks_slice(bytes.data, bytes.len), PASSWORD);
    ks_buf_free(&bytes);
    return s;
}

/* A PEM file with nothing but a private key. */
static struct ks_store *loose_key(const char *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, make_key(name), NULL, NULL, 0, NULL, NULL));
    long len = BIO_get_mem_data(bio, &text);
    struct ks_store *s = opened("loose.key", ks_slice(text, (size_t)len), NULL);
    BIO_free(bio);
    return s;
}

static struct ks_pool *pool_of(const char *names)
{
    const struct ks_cert *list[CERTS_MAX];
    size_t count = certs(names, strlen(names), list);
    struct ks_pool *pool = ks_pool_new();
    for (size_t i = 0; i < count; i++)
        ks_pool_add(pool, &(struct ks_pool_cert){.cert = list[i], .rank = 1});
    return pool;
}

/* ---- findings ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In the order of the alphabet, each once. */
static char *ids_of(const struct ks_diagnosis *d, enum ks_severity least, enum ks_severity most)
{
    const char *ids[256];
    size_t count = 0;
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < d->count; i++) {
        enum ks_severity severity = d->at[i].found.severity;
        if (severity >= least && severity <= most && count < 256)
            ids[count++] = d->at[i].found.id;
    }
    qsort(ids, count, sizeof *ids, by_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(ids[i - 1], ids[i]) != 0)
            ks_buf_printf(&out, "%s%s", out.len ? " " : "", ids[i]);
    return ks_buf_steal(&out);
}

static bool is(const char *label, const char *type, char *got, const char *wanted)
{
    bool same = strcmp(got, wanted) == 0;
    if (!same)
        print_error("%s in %s: found \"%s\", not \"%s\"\n", label, type, got, wanted);
    free(got);
    return same;
}

static const struct ks_diagnosed *find(const struct ks_diagnosis *d, const char *id)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->at[i].found.id, id) == 0)
            return &d->at[i];
    return NULL;
}

static bool reads_well(const char *label, const struct ks_diagnosis *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const char *text = d->at[i].found.text;
        size_t len = strlen(text);
        if (len >= 20 && text[len - 1] == '.' && !strstr(text, "  ") && !strstr(text, " . ") &&
            !strstr(text, " ,") && !strstr(text, "()"))
            continue;
        print_error("%s: %s reads badly: %s\n", label, d->at[i].found.id, text);
        return false;
    }
    return true;
}

/* ---- the cases ---- */

#define ANY KS_PURPOSE_AUTO
#define SERVER KS_PURPOSE_SERVER
#define CLIENT KS_PURPOSE_CLIENT
#define CA KS_PURPOSE_CA
#define TRUST KS_PURPOSE_TRUST

/* Types: J JKS, C JCEKS, P PKCS12, B BKS, U UBER, F BCFKS. */
static const struct rule_case {
    const char *label, *types, *entries, *candidates;
    enum ks_purpose purpose;
    const char *host;      /* NULL: none is asked for */
    const char *found;     /* errors and warnings, exactly */
    const char *noted;     /* one of the notes; NULL: they do not matter */
    const char *loose;     /* a private key from elsewhere */
    const char *reference; /* public CAs */
} cases[] = {
    /* clang-format off */
    {"T1", "JP", "k server=L I R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T30 no constraints", "JP", "k server=L Inobasic R", "", SERVER, HOST, "CA-NOT-CA", NULL, NULL, NULL},
    {"T30 CA:FALSE", "JP", "k server=L Inoca R", "", SERVER, HOST, "CA-NOT-CA", NULL, NULL, NULL},
    {"T30 v1", "JP", "k server=L Iv1 R", "", SERVER, HOST, "CA-NOT-CA", NULL, NULL, NULL},
    {"T31", "JP", "k server=L Inosign R", "", SERVER, HOST, "CA-NO-KEYCERTSIGN", NULL, NULL, NULL},
    {"may sign", "JP", "k server=L Isign R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T32", "JP", "k server=L2 I2 I0 R", "", SERVER, HOST, "CA-PATHLEN", NULL, NULL, NULL},
    {"long enough", "JP", "k server=L2 I2 I1 R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T33", "JP", "k server=Lself Iself I0 R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T34", "JP", "k server=L Iexcl R", "", SERVER, HOST, "CA-NAME-CONSTRAINT", NULL, NULL, NULL},
    {"permitted", "JP", "k server=L Iperm R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T35", "JP", "k server=L Ieku R", "", SERVER, HOST, "CA-EKU", NULL, NULL, NULL},
    {"issues for servers, too", "JP", "k server=L Iboth R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"issues for clients", "J", "k me=Lclient Ieku R", "", CLIENT, NULL, "", NULL, NULL, NULL},
    {"T36 leaf", "JP", "k server=Lsha1 I R", "", SERVER, HOST, "SIG-SHA1", NULL, NULL, NULL},
    {"T36 issuer", "JP", "k server=L Isha1 R", "", SERVER, HOST, "SIG-SHA1", NULL, NULL, NULL},
    {"T36 root", "JP", "k server=L I Rsha1", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T37", "JP", "k server=Lmd5 Irsa R", "", SERVER, HOST, "SIG-MD5", NULL, NULL, NULL},
    {"T38 expired", "JP", "k server=Lold I R", "", SERVER, HOST, "CERT-EXPIRED", NULL, NULL, NULL},
    {"T38 later", "JP", "k server=Llater I R", "", SERVER, HOST, "CERT-NOT-YET-VALID", NULL, NULL, NULL},
    {"T38 soon", "JP", "k server=Lsoon I R", "", SERVER, HOST, "CERT-EXPIRES-SOON", NULL, NULL, NULL},
    {"not that soon", "JP", "k server=L31 I R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T39 no SAN", "JP", "k server=Lnosan I R", "", SERVER, HOST, "CERT-NO-SAN", NULL, NULL, NULL},
    {"no SAN, nobody asks", "J", "k server=Lnosan I R", "", ANY, NULL, "CERT-NO-SAN", NULL, NULL, NULL},
    {"a mail address is no host", "J", "k server=Lmail I R", "", ANY, NULL, "CERT-NO-SAN", NULL, NULL, NULL},
    {"a person", "J", "k jo=Lperson I R", "", ANY, NULL, "", NULL, NULL, NULL},
    {"a person as a server", "J", "k jo=Lperson I R", "", SERVER, NULL, "CERT-NO-SAN", NULL, NULL, NULL},
    {"a client needs no host", "J", "k me=Lclient I R", "", CLIENT, HOST, "", NULL, NULL, NULL},
    {"T39 other", "JP", "k server=Lother I R", "", SERVER, HOST, "CERT-HOST-MISMATCH", NULL, NULL, NULL},
    {"no name at all", "J", "k server=Lnosan I R", "", SERVER, "other.example", "CERT-HOST-MISMATCH CERT-NO-SAN", NULL, NULL, NULL},
    {"an address and the CN", "J", "k server=Lip I R", "", SERVER, HOST, "CERT-HOST-MISMATCH", NULL, NULL, NULL},
    {"no host asked for", "J", "k server=Lother I R", "", SERVER, NULL, "", NULL, NULL, NULL},
    {"T39 wildcard", "JP", "k server=Lwild I R", "", SERVER, "a.b.d.example", "CERT-HOST-MISMATCH", NULL, NULL, NULL},
    {"wildcard", "J", "k server=Lwild I R", "", SERVER, "a.d.example", "", NULL, NULL, NULL},
    {"T39 address", "JP", "k server=Lipdns I R", "", SERVER, "192.0.2.1", "CERT-HOST-MISMATCH CERT-IP-IN-DNS-SAN", NULL, NULL, NULL},
    {"address", "J", "k server=Lip I R", "", SERVER, "192.0.2.1", "", NULL, NULL, NULL},
    {"T40 usage", "JP", "k server=Lclient I R", "", SERVER, HOST, "CERT-EKU-NOT-SERVER", NULL, NULL, NULL},
    {"a server's as a client's", "J", "k me=L I R", "", CLIENT, NULL, "CERT-EKU-NOT-SERVER", NULL, NULL, NULL},
    {"T40 key usage", "JP", "k server=Lencipher I R", "", SERVER, HOST, "CERT-KU-NO-DIGSIG", NULL, NULL, NULL},
    {"key usage", "J", "k server=Lsign I R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T40 unknown", "JP", "k server=Lunknown I R", "", SERVER, HOST, "CERT-CRITICAL-UNKNOWN", NULL, NULL, NULL},
    {"critical CRL distribution points", "J", "k server=Lpoints I R", "", SERVER, HOST, "CERT-CRITICAL-UNKNOWN", NULL, NULL, NULL},
    {"any usage", "JP", "k server=Lany I R", "", SERVER, HOST, "CERT-EKU-NOT-SERVER", NULL, NULL, NULL},
    {"Server Gated Cryptography", "J", "k server=Lsgc I R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"Netscape's type", "J", "k server=Ltype I R", "", SERVER, HOST, "CERT-EKU-NOT-SERVER", NULL, NULL, NULL},
    {"an extension that cannot be read", "JP", "k server=Lbadext I R", "", SERVER, HOST, "CERT-MALFORMED", NULL, NULL, NULL},
    {"a negative path length", "J", "k server=L Ineg R", "", SERVER, HOST, "CERT-MALFORMED", NULL, NULL, NULL},
    {"policies", "J", "k server=L Ipolicy R", "", SERVER, HOST, "", "CHAIN-POLICY-UNJUDGED", NULL, NULL},
    {"the usage of a root", "J", "k server=L I Reku", "", SERVER, HOST, "CA-EKU", NULL, NULL, NULL},
    {"T41 RSA 1024", "JP", "k server=Lrsa1024 I R", "", SERVER, HOST, "KEY-WEAK", NULL, NULL, NULL},
    {"RSA 2048", "J", "k server=Lrsa2048 I R", "", SERVER, HOST, "", NULL, NULL, NULL},
    {"T41 secp256k1", "JP", "k server=Lk1 I R", "", SERVER, HOST, "KEY-TYPE-UNSUPPORTED", NULL, NULL, NULL},
    {"a CA may have any curve", "J", "k ca=Lk1 I R", "", CA, NULL, "CA-NOT-CA", NULL, NULL, NULL},
    {"T41 Ed25519", "JP", "k server=Led I R", "", SERVER, HOST, "", "KEY-TYPE-LIMITED", NULL, NULL},
    {"T42", "JP", "k server:another leaf=L I R", "", SERVER, HOST, "KEY-CERT-MISMATCH", NULL, NULL, NULL},
    {"T42 with a reply", "JP", "k server:another leaf=L I R", "K I R", SERVER, HOST, "KEY-CERT-MISMATCH REPLY-AVAILABLE", NULL, NULL, NULL},
    {"T43", "JP", "k server=S; t reply=L; t issuing=I; t root=R", "", ANY, HOST, "CERT-SELF-SIGNED TRUST-REPLY-MISPLACED", "STORE-MIXED", NULL, NULL},
    {"T44", "JP", "k server=S", "L I R", ANY, HOST, "CERT-SELF-SIGNED REPLY-AVAILABLE", NULL, NULL, NULL},
    {"no better reply", "J", "k server=L I R", "S", ANY, HOST, "", NULL, NULL, NULL},
    {"an expired reply", "J", "k server=S", "Lold I R", ANY, HOST, "CERT-SELF-SIGNED", NULL, NULL, NULL},
    {"the reply of another key", "J", "k server=S", "K I R", ANY, HOST, "CERT-SELF-SIGNED", NULL, NULL, NULL},
    {"T45", "JP", "t reply=L", "I R", ANY, NULL, "STORE-NO-KEY TRUST-REPLY-MISPLACED", "TRUST-NOT-CA", HOST, NULL},
    {"T46", "JP", "t reply=L", "", ANY, NULL, "STORE-NO-KEY", "TRUST-NOT-CA", NULL, NULL},
    {"pinned, and said so", "JP", "t reply=L", "", TRUST, NULL, "", "TRUST-NOT-CA", NULL, NULL},
    {"trusted, self-signed", "J", "t x=Xleaf", "", ANY, NULL, "", "TRUST-NOT-CA", NULL, NULL},
    {"a trust store as a key store", "J", "t root=R", "", SERVER, NULL, "STORE-NO-KEY", NULL, NULL, NULL},
    {"T47", "JP", "k server=Lold I R; t renewed=L", "", ANY, HOST, "CERT-EXPIRED TRUST-REPLY-MISPLACED", NULL, NULL, NULL},
    {"its own certificate trusted as well", "JP", "k server=L I R; t own=L", "", ANY, HOST, "", NULL, NULL, NULL},
    {"T49", "JC", "k server!=L I R", "", SERVER, HOST, "STORE-KEYPASS-DIFFERS", NULL, NULL, NULL},
    {"T50 two keys", "JP", "k a=L I R; k p=K I R", "", SERVER, HOST, "STORE-MANY-KEYS", NULL, NULL, NULL},
    {"two keys of CAs", "J", "k a=I R; k p=R", "", CA, NULL, "", NULL, NULL, NULL},
    {"T50 alias", "P", "k MyApp=L I R", "", SERVER, HOST, "STORE-ALIAS-CASE", NULL, NULL, NULL},
    {"trusted alias", "P", "t My_CA=R", "", ANY, NULL, "", "P12-NO-PASSWORD-CERTS", NULL, NULL},
    {"T51 expired", "JP", "t old=Rold", "", ANY, NULL, "TRUST-EXPIRED", NULL, NULL, NULL},
    {"T51 two of a name", "JP", "t a=R; t b=R'", "", ANY, NULL, "TRUST-SAME-NAME-OTHER-KEY", NULL, NULL, NULL},
    {"two of a name and a key", "JP", "t a=R; t b=Rsha1", "", ANY, NULL, "", NULL, NULL, NULL},
    {"T51 twice", "JP", "t a=R; t b=R", "", ANY, NULL, "TRUST-DUPLICATE", NULL, NULL, NULL},
    {"T51 only I", "JP", "t i=I", "", ANY, NULL, "TRUST-INTERMEDIATE", NULL, NULL, NULL},
    {"I and R", "JP", "t i=I; t r=R", "", ANY, NULL, "", NULL, NULL, NULL},
    {"I and another root", "JP", "t i=I; t r=R'", "", ANY, NULL, "TRUST-INTERMEDIATE", NULL, NULL, NULL},
    {"T51 plain", "JP", "t r=R; t x=X", "", ANY, NULL, "", NULL, NULL, NULL},
    {"weak root", "JP", "t weak=Rweak", "", ANY, NULL, "TRUST-WEAK", NULL, NULL, NULL},
    {"T52 empty", "JP", "", "", ANY, NULL, "STORE-EMPTY", NULL, NULL, NULL},
    {"types of Bouncy Castle", "BUF", "t r=R", "", ANY, NULL, "STORE-TYPE-NONSTANDARD", NULL, NULL, NULL},
    {"old types", "JC", "t r=R", "", ANY, NULL, "", "STORE-LEGACY-FORMAT", NULL, NULL},
    {"no public CA", "JP", "t r=R", "", TRUST, NULL, "STORE-NO-PUBLIC-CAS", NULL, NULL, "t x=X; t r2=R'"},
    {"one public CA", "JP", "t r=R; t x=X", "", TRUST, NULL, "", NULL, NULL, "t x=X; t r2=R'"},
    {"a key store is not asked for public CAs", "J", "k server=L I R", "", SERVER, HOST, "", NULL, NULL, "t x=X"},
    {"long valid, of a public CA", "J", "k server=L I R", "", SERVER, HOST, "", "CERT-LONG-VALIDITY", NULL, "t r=R"},
    {"a CA as a server", "JP", "k server=Lca I R", "", SERVER, HOST, "", "CERT-CA-AS-LEAF", NULL, NULL},
    {"a key that signs", "JP", "k ca=Isign R", "", CA, NULL, "", NULL, NULL, NULL},
    {"a key that cannot sign", "J", "k ca=Inosign R", "", CA, NULL, "CA-NO-KEYCERTSIGN", NULL, NULL, NULL},
    /* chains, for the sake of their rules; tests/unit/test_doctor.c has them all */
    {"T4", "J", "k server=L", "", SERVER, HOST, "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE", NULL, NULL, NULL},
    {"T15", "J", "k server=L I' R", "", SERVER, HOST, "CHAIN-WRONG-ISSUER", NULL, NULL, NULL},
    {"T19", "P", "k server=Lid I R", "", SERVER, HOST, "CHAIN-AKI-MISMATCH CHAIN-P12-REBUILT", NULL, NULL, NULL},
    {"T20", "J", "k server=LA A(B) B(A)", "", SERVER, HOST, "CHAIN-LOOP", NULL, NULL, NULL},
    {"two ways", "J", "k server=L I R", "I(X) X", SERVER, HOST, "", "CHAIN-ALTERNATE-PATH", NULL, NULL},
    {"expired issuer", "JP", "k server=L Iold R", "", SERVER, HOST, "CHAIN-EXPIRED-INTERMEDIATE", NULL, NULL, NULL},
    {"expired root", "JP", "k server=L I Rold", "", SERVER, HOST, "CHAIN-EXPIRED-ROOT", NULL, NULL, NULL},
    /* clang-format on */
};
#define CASES (sizeof cases / sizeof cases[0])

static const struct ks_format *format_of(char letter)
{
    switch (letter) {
    case 'J':
        return &ks_format_jks;
    case 'C':
        return &ks_format_jceks;
    case 'P':
        return &ks_format_pkcs12;
    case 'B':
        return &ks_format_bks;
    case 'U':
        return &ks_format_uber;
    default:
        return &ks_format_bcfks;
    }
}

/* One patient; NULLs where the case has none. */
struct ward {
    struct ks_doctor *doctor;
    struct ks_store *store, *loose, *reference;
    struct ks_pool *pool;
    struct ks_context context;
    struct ks_diagnosis found;
};

static void admit(struct ward *w, const struct rule_case *c, char type)
{
    *w = (struct ward){.doctor = ks_doctor_new(), .store = store_of(format_of(type), c->entries)};
    w->pool = *c->candidates ? pool_of(c->candidates) : NULL;
    w->loose = c->loose ? loose_key(c->loose) : NULL;
    w->reference = c->reference ? store_of(&ks_format_jks, c->reference) : NULL;
    w->context = (struct ks_context){.now = MAKE_NOW,
                                     .purpose = c->purpose,
                                     .hosts = &c->host,
                                     .host_count = c->host ? 1 : 0,
                                     .candidates = w->pool,
                                     .key_stores = &w->loose,
                                     .key_store_count = w->loose ? 1 : 0,
                                     .reference = w->reference,
                                     .open_keys = true};
}

static void examine(struct ward *w)
{
    struct ks_error err = {0};
    ks_diagnosis_drop(&w->found);
    if (ks_diagnose(w->doctor, w->store, &w->context, NULL, &w->found, &err) != KS_OK)
        fail_msg("%s", err.what);
}

static void discharge(struct ward *w)
{
    ks_diagnosis_drop(&w->found);
    ks_store_free(w->store);
    ks_store_free(w->loose);
    ks_store_free(w->reference);
    ks_pool_free(w->pool);
    ks_doctor_free(w->doctor);
}

/* Which rules were seen to say something. */
static bool seen[256];

static void note_seen(const struct ks_diagnosis *d)
{
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; ks_rules()[k].id && k < 256; k++)
            seen[k] = seen[k] || strcmp(ks_rules()[k].id, d->at[i].found.id) == 0;
}

static bool check(const struct rule_case *c, char type)
{
    struct ward w;
    admit(&w, c, type);
    examine(&w);
    const char *name = format_of(type)->name;
    bool good = is(c->label, name, ids_of(&w.found, KS_WARNING, KS_ERROR), c->found);
    good = reads_well(c->label, &w.found) && good;
    if (c->noted && !find(&w.found, c->noted)) {
        print_error("%s in %s: no %s\n", c->label, name, c->noted);
        good = false;
    }
    note_seen(&w.found);
    discharge(&w);
    return good;
}

static void every_case_has_exactly_its_findings(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < CASES; i++)
        for (const char *type = cases[i].types; *type; type++)
            good = check(&cases[i], *type) && good;
    assert_true(good);
}

/* ---- files that cannot be made by entries ---- */

static struct ks_diagnosis diagnosed(const struct ks_store *s)
{
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {.now = MAKE_NOW, .open_keys = true};
    struct ks_diagnosis found;
    struct ks_error err = {0};
    if (ks_diagnose(doctor, s, &context, NULL, &found, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_doctor_free(doctor);
    note_seen(&found);
    return found;
}

/* Frees the store. */
static void assert_found(const char *label, struct ks_store *s, const char *wanted)
{
    struct ks_diagnosis found = diagnosed(s);
    bool good = is(label, s->type, ids_of(&found, KS_WARNING, KS_ERROR), wanted);
    assert_true(reads_well(label, &found) && good);
    ks_diagnosis_drop(&found);
    ks_store_free(s);
}

/* As openssl pkcs12 -export -nokeys writes it. */
static struct ks_buf certificates_only(const struct ks_cert *c)
{
    const unsigned char *at = c->der;
    unsigned char *der = NULL;
    X509 *x = d2i_X509(NULL, &at, (long)c->len);
    STACK_OF(X509) *list = sk_X509_new_null();
    struct ks_buf out = KS_BUF_INIT;
    assert_true(x && sk_X509_push(list, x));
    PKCS12 *p12 = PKCS12_create(PASSWORD, "ca", NULL, NULL, list, 0, 0, 0, 0, 0);
    int len = i2d_PKCS12(p12, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS12_free(p12);
    sk_X509_pop_free(list, X509_free);
    return out;
}

static void certificates_of_openssl_are_invisible_to_java(void **state)
{
    (void)state;
    struct ks_buf bytes = certificates_only(cert("R", 1));
    struct ks_store *s = opened("ca.p12", ks_slice(bytes.data, bytes.len), PASSWORD);
    ks_buf_free(&bytes);
    struct ks_diagnosis found = diagnosed(s);
    assert_int_equal(find(&found, "P12-TRUST-INVISIBLE")->found.severity, KS_ERROR);
    assert_int_equal(find(&found, "P12-TRUST-INVISIBLE")->remedy, KS_REMEDY_REPAIR);
    ks_diagnosis_drop(&found);
    assert_found("T52 openssl -nokeys", s, "P12-TRUST-INVISIBLE");
}

/* openssl adds what keytool wrote: a store of which Java shows a part. */
static void beside_visible_ones_invisible_certificates_are_a_warning(void **state)
{
    (void)state;
    struct ks_store *s =
        make_store("ca.p12", "PKCS12", 2,
                   make_entry(KS_KIND_TRUSTED, "seen", 0, 1,
                              make_cert(&(struct make_cert){.cn = "A", .ca = true})),
                   make_entry(KS_KIND_CERT, "unseen", KS_NOTE_JAVA_NO_TRUST, 1,
                              make_cert(&(struct make_cert){.cn = "B", .ca = true})));
    s->notes = KS_STORE_CLEAR_CERTS;
    assert_found("half seen", s, "P12-TRUST-INVISIBLE");
}

static void a_name_that_promises_another_type_is_noticed(void **state)
{
    (void)state;
    struct ks_buf jks = written(&ks_format_jks, "t r=R"), pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_cert_der(cert("R", 1)), &pem);
    struct ks_slice bytes = ks_slice(jks.data, jks.len), text = ks_slice(pem.data, pem.len);
    assert_found("T52 JKS as .p12", opened("a.p12", bytes, PASSWORD), "STORE-TYPE-MISMATCH");
    assert_found("JKS as .jks", opened("a.jks", bytes, PASSWORD), "");
    assert_found("JKS as .JKS", opened("A.JKS", bytes, PASSWORD), "");
    assert_found("JKS as cacerts", opened("lib/security/cacerts", bytes, PASSWORD), "");
    assert_found("JKS as .bks", opened("a.bks", bytes, PASSWORD), "STORE-TYPE-MISMATCH");
    assert_found("T52 PEM as .p12", opened("a.p12", text, NULL), "STORE-NOT-A-KEYSTORE");
    assert_found("PEM as .keystore", opened("my.keystore", text, NULL), "STORE-NOT-A-KEYSTORE");
    assert_found("PEM as .pem", opened("a.pem", text, NULL), "");
    ks_buf_free(&jks);
    ks_buf_free(&pem);
}

static void a_file_that_was_cut_off_is_said_to_be_that_and_nothing_else(void **state)
{
    (void)state;
    struct ks_buf jks = written(&ks_format_jks, "t a=R; t b=X");
    struct ks_slice bytes = ks_slice(jks.data, jks.len - 60);
    assert_found("T52 cut", opened("a.jks", bytes, PASSWORD), "STORE-TRUNCATED");
    ks_buf_free(&jks);
}

/* The finding of a file that does not open. */
static void assert_failure(const char *label, struct ks_slice bytes, const char *wanted)
{
    struct ks_error err = {0};
    struct ks_store *s = NULL;
    struct ks_secret *secret = op_secret(PASSWORD);
    struct ks_diagnosis found = {0};
    assert_int_not_equal(ks_open_bytes("a.jks", bytes, secret, NULL, &s, &err), KS_OK);
    assert_true(ks_diagnose_failure("a.jks", &err, &found));
    bool good = is(label, "JKS", ids_of(&found, KS_NOTE, KS_ERROR), wanted);
    assert_true(good && reads_well(label, &found));
    note_seen(&found);
    ks_diagnosis_drop(&found);
    ks_secret_free(secret);
}

static void files_that_do_not_open_have_findings_as_well(void **state)
{
    (void)state;
    struct ks_buf jks = written(&ks_format_jks, "t a=R");
    assert_failure("T52 0 bytes", ks_slice("", 0), "STORE-EMPTY-FILE");
    jks.data[jks.len / 2] ^= 1;
    assert_failure("T52 a changed byte", ks_slice(jks.data, jks.len), "STORE-WRONG-PASSWORD");
    ks_buf_free(&jks);
    jks = written(&ks_format_jks, "t a=R");
    jks.data[jks.len - 1] ^= 1; /* of the digest: as another password would have it */
    assert_failure("T52 password", ks_slice(jks.data, jks.len), "STORE-WRONG-PASSWORD");
    ks_buf_free(&jks);
    assert_failure("no keystore", ks_slice_str("<html>not found</html>"), "STORE-NOT-A-KEYSTORE");
}

static void an_empty_store_is_an_error_once_it_is_used(void **state)
{
    (void)state;
    struct rule_case c = {.label = "empty", .entries = "", .candidates = "", .purpose = TRUST};
    struct ward w;
    admit(&w, &c, 'J');
    examine(&w);
    assert_int_equal(find(&w.found, "STORE-EMPTY")->found.severity, KS_ERROR);
    w.context.purpose = KS_PURPOSE_AUTO;
    examine(&w);
    assert_int_equal(find(&w.found, "STORE-EMPTY")->found.severity, KS_WARNING);
    discharge(&w);
}

/* ---- a server that was asked ---- */

#define PEER "ldap.example:636"

/* Exactly these findings with a server that sends and accepts these certificates' subjects; one of
 * them says so. */
static void assert_of_peer(const char *entries, enum ks_purpose purpose, const char *sent,
                           const char *accepted, const char *wanted, const char *says)
{
    const struct ks_cert *chain[CERTS_MAX], *named[CERTS_MAX];
    struct ks_slice names[CERTS_MAX];
    struct rule_case c = {.entries = entries, .candidates = "", .purpose = purpose};
    struct ks_peer peer = {.name = PEER, .chain = chain, .accepts = names};
    struct ward w;
    peer.count = certs(sent, strlen(sent), chain);
    peer.accept_count = certs(accepted, strlen(accepted), named);
    for (size_t i = 0; i < peer.accept_count; i++)
        names[i] = ks_cert_part(named[i], named[i]->subject);
    admit(&w, &c, 'J');
    w.context.peer = &peer;
    examine(&w);
    assert_true(is(entries, "JKS", ids_of(&w.found, KS_WARNING, KS_ERROR), wanted));
    assert_true(reads_well(entries, &w.found));
    bool said = !says;
    for (size_t i = 0; i < w.found.count; i++)
        said = said || strstr(w.found.at[i].found.text, says);
    if (!said)
        fail_msg("nothing says \"%s\"", says);
    note_seen(&w.found);
    discharge(&w);
}

static void a_server_that_nothing_trusted_leads_to_is_found(void **state)
{
    (void)state;
    assert_of_peer("t x=X", ANY, "L I", "", "TRUST-CANNOT-ANCHOR",
                   "of what " PEER " sent, which ends at 'Issuing', issued by 'Root'.");
    assert_of_peer("t x=X", TRUST, "L I R", "", "TRUST-CANNOT-ANCHOR",
                   "which ends at 'Root', a root (SHA-256 ");
    assert_of_peer("t r=R'", ANY, "L I", "", "TRUST-CANNOT-ANCHOR", "Nothing that is trusted");
    assert_of_peer("t r=R", ANY, "L", "", "TRUST-CANNOT-ANCHOR", "issued by 'Issuing'");
    assert_of_peer("k server=K I R; t x=X", ANY, "S", "", "TRUST-CANNOT-ANCHOR", "a root");
    /* a trusted one is on the way */
    assert_of_peer("t r=R", ANY, "L I", "", "", NULL);
    assert_of_peer("t r=R", ANY, "L R I", "", "", NULL);
    assert_of_peer("t r=R; t i=I", ANY, "L", "", "", NULL);
    assert_of_peer("t i=I; t r=R", ANY, "L I R", "", "", NULL);
    assert_of_peer("t i=I", ANY, "L I R", "", "TRUST-INTERMEDIATE", NULL);
    assert_of_peer("t s=S", TRUST, "S", "", "", NULL);
    /* it is not asked of those, or nothing is known */
    assert_of_peer("k server=K I R; t x=X", SERVER, "L I", "", "", NULL);
    assert_of_peer("k server=K I R", ANY, "S", "", "", NULL);
    assert_of_peer("t x=X", ANY, "", "", "", NULL);
}

/* Without a server the absence of these findings says nothing. */
static void what_takes_a_server_is_not_answered_without_one(void **state)
{
    (void)state;
    static const char *const ids[] = {"TRUST-CANNOT-ANCHOR", "KEY-CLIENT-NO-MATCH"};
    struct ks_store *s = store_of(&ks_format_jks, "t r=R");
    const struct ks_cert *leaf = cert("L", 1);
    struct ks_slice name = ks_cert_part(leaf, leaf->issuer);
    struct ks_peer sent = {.chain = &leaf, .count = 1};
    struct ks_peer accepts = {.accepts = &name, .accept_count = 1};
    struct ks_context context = {.now = MAKE_NOW};
    for (size_t i = 0; i < 2; i++) {
        context.peer = NULL;
        assert_non_null(ks_explain_unasked(ids[i], s, KS_OK, &context));
        context.peer = i == 0 ? &accepts : &sent;
        assert_non_null(ks_explain_unasked(ids[i], s, KS_OK, &context));
        context.peer = i == 0 ? &sent : &accepts;
        assert_null(ks_explain_unasked(ids[i], s, KS_OK, &context));
    }
    ks_store_free(s);
}

static void a_client_whose_issuers_no_server_names_is_found(void **state)
{
    (void)state;
    assert_of_peer("k me=Lclient I R", CLIENT, "", "X", "KEY-CLIENT-NO-MATCH",
                   PEER " takes client certificates of Other Root, and no issuer in the chain of "
                        "'me' is one of them: it ends with one of 'Root'.");
    assert_of_peer("k me=Lclient", CLIENT, "", "R",
                   "CHAIN-ISSUER-UNKNOWN CHAIN-MISSING-INTERMEDIATE "
                   "KEY-CLIENT-NO-MATCH",
                   "one of 'Issuing'");
    assert_of_peer("k me=Lclient I", CLIENT, "", "X R", "CHAIN-ISSUER-UNKNOWN", NULL);
    assert_of_peer("k me=Lclient I R", CLIENT, "", "I", "", NULL);
    /* a server's key, and a server that takes any */
    assert_of_peer("k server=L I R", SERVER, "", "X", "", NULL);
    assert_of_peer("k me=Lclient I R", CLIENT, "", "", "", NULL);
}

/* ---- what was asked about revocation ---- */

#define ASKED "OCSP http://ocsp.example"

static void know(struct ks_statuses *known, const char *name, struct ks_status status)
{
    status.cert = cert(name, strlen(name));
    status.asked = make_time("2026-03-01T12:00:00Z");
    status.from = status.from ? ks_strdup(status.from) : NULL;
    status.why = status.why ? ks_strdup(status.why) : NULL;
    ks_statuses_take(known, &status);
}

static struct ks_status revoked(const char *when, int reason)
{
    return (struct ks_status){.word = KS_STATUS_REVOKED,
                              .revoked_at = when ? make_time(when) : KS_TIME_NONE,
                              .reason = reason,
                              .from = ASKED};
}

/* Exactly these findings, and one of them says so. Takes what is known over. */
static void assert_told(const char *entries, struct ks_statuses *known, const char *wanted,
                        const char *says)
{
    struct rule_case c = {.entries = entries, .candidates = "", .purpose = ANY};
    struct ward w;
    bool said = !says;
    admit(&w, &c, 'J');
    w.context.statuses = known;
    examine(&w);
    assert_true(is(entries, "JKS", ids_of(&w.found, KS_WARNING, KS_ERROR), wanted));
    assert_true(reads_well(entries, &w.found));
    for (size_t i = 0; i < w.found.count; i++)
        said = said || strstr(w.found.at[i].found.text, says);
    if (!said)
        fail_msg("nothing says \"%s\"", says);
    note_seen(&w.found);
    discharge(&w);
    ks_statuses_drop(known);
}

static void revoked_certificates_are_found_where_they_count(void **state)
{
    (void)state;
    struct ks_statuses known = {0};
    know(&known, "L", revoked("2026-02-03", 1));
    assert_told("k server=L I R", &known, "CERT-REVOKED",
                "'server' was revoked 2026-02-03 (key compromise), says " ASKED
                ", asked 2026-03-01 12:00:00. Clients that check refuse it. Make a new key pair");
    know(&known, "L", revoked(NULL, -1));
    assert_told("k server=L I R", &known, "CERT-REVOKED",
                "'server' was revoked, says " ASKED ", asked 2026-03-01 12:00:00. Clients that "
                "check refuse it. Ask the CA");
    know(&known, "I", revoked("2026-02-03", 2));
    assert_told("k server=L I R", &known, "CA-REVOKED",
                "'Issuing' (certificate 1 of the chain of 'server') was revoked 2026-02-03 (CA "
                "compromise)");
    know(&known, "I", revoked("2026-02-03", 2));
    assert_told("t i=I; t r=R", &known, "CA-REVOKED", "'i' was revoked");
    know(&known, "K", revoked("2026-02-03", 1)); /* of another certificate */
    know(&known, "X", revoked("2026-02-03", 1));
    assert_told("k server=L I R", &known, "", NULL);
    know(&known, "X", revoked("2026-02-03", 1)); /* in the chain, and no part of it */
    assert_told("k server=L I R X", &known, "CHAIN-UNRELATED-CERT", NULL);
}

static void what_nobody_tells_of_revocation_is_a_finding_too(void **state)
{
    (void)state;
    const char *why = ASKED ": the responder says: try later";
    struct ks_status later = {.from = ASKED, .why = (char *)(uintptr_t)why};
    struct ks_statuses known = {0};
    know(&known, "L", later);
    assert_told("k server=L I R", &known, "REVOCATION-UNKNOWN",
                "Nobody tells whether 'server' was revoked: " ASKED
                ": the responder says: try later (asked 2026-03-01 12:00:00).");
    later.word = KS_STATUS_FOREIGN;
    know(&known, "L", later);
    assert_told("k server=L I R", &known, "REVOCATION-UNKNOWN", NULL);
    later.word = KS_STATUS_GOOD;
    know(&known, "L", later);
    know(&known, "I", later);
    assert_told("k server=L I R", &known, "", NULL);
    /* Nobody to ask, and nobody who agreed to ask: no fault. */
    later.word = KS_STATUS_UNKNOWN;
    later.agreement = true;
    know(&known, "L", later);
    assert_told("k server=L I R", &known, "", "Nobody tells whether 'server' was revoked");
    later.from = NULL;
    later.agreement = false;
    know(&known, "I", later);
    assert_told("k server=L I R", &known, "", "Nobody tells whether 'Issuing'");
}

/* ---- what they say ---- */

static char *text_of(const struct rule_case *c, char type, const char *id)
{
    struct ward w;
    admit(&w, c, type);
    examine(&w);
    const struct ks_diagnosed *item = find(&w.found, id);
    if (!item)
        fail_msg("no %s", id);
    char *text = ks_strdup(item->found.text);
    discharge(&w);
    return text;
}

static void findings_quote_their_evidence(void **state)
{
    (void)state;
    static const struct {
        struct rule_case c;
        const char *id, *says;
    } rows[] = {
        {{.entries = "k a=L I R; k p=K I R"}, "STORE-MANY-KEYS", "takes 'p'"},
        {{.entries = "k aaa=L I R; k zzz=K I R"}, "STORE-MANY-KEYS", "takes 'aaa'"},
        {{.entries = "k server=S; t reply=L"},
         "TRUST-REPLY-MISPLACED",
         "'reply' is a trusted certificate, and its private key is 'server'"},
        {{.entries = "k server=Lother I R; k b=L I R", .host = HOST},
         "CERT-HOST-MISMATCH",
         "The entry 'b' answers for app.example"},
        {{.entries = "k server=Lother I R", .host = HOST},
         "CERT-HOST-MISMATCH",
         "its certificate is for dns:other.example"},
        {{.entries = "k server=Lclient I R"}, "CERT-EKU-NOT-SERVER", "clientAuth"},
        {{.entries = "k server=Lencipher I R"}, "CERT-KU-NO-DIGSIG", "keyEncipherment"},
        {{.entries = "k server=L Iexcl R"}, "CA-NAME-CONSTRAINT", "app.example"},
        {{.entries = "k server=L Inosign R"}, "CA-NO-KEYCERTSIGN", "digitalSignature"},
        {{.entries = "k server=L2 I2 I0 R"},
         "CA-PATHLEN",
         "allows no CA below itself (path length), and there is 1"},
        {{.entries = "k server=Lunknown I R"}, "CERT-CRITICAL-UNKNOWN", "1.3.6.1.4.1.99999.1"},
        {{.entries = "t a=R; t b=R"},
         "TRUST-DUPLICATE",
         "'b' is the same certificate as 'a' (SHA-256 "},
        {{.entries = "t a=R; t b=R'"}, "TRUST-SAME-NAME-OTHER-KEY", "key id "},
        {{.entries = "t i=I"}, "TRUST-INTERMEDIATE", "its issuer 'Root' is not trusted here"},
        {{.entries = "t reply=L"},
         "STORE-NO-KEY",
         "'reply' is the certificate of 'app.example' alone"},
        {{.entries = "k server=S", .candidates = "L I R"},
         "REPLY-AVAILABLE",
         "valid until 2030-01-01"},
        {{.entries = "k server=L Iold R"},
         "CHAIN-EXPIRED-INTERMEDIATE",
         "'Issuing' (certificate 1 of the chain of 'server') expired"},
        {{.entries = "t r=R", .purpose = TRUST, .reference = "t x=X"},
         "STORE-NO-PUBLIC-CAS",
         "None of the 1 public CAs"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rule_case c = rows[i].c;
        c.candidates = c.candidates ? c.candidates : "";
        char *text = text_of(&c, 'J', rows[i].id);
        if (!strstr(text, rows[i].says))
            fail_msg("%s does not say \"%s\": %s", rows[i].id, rows[i].says, text);
        free(text);
    }
}

static void a_date_in_the_future_can_be_asked_about(void **state)
{
    (void)state;
    struct rule_case c = {.entries = "k server=L I R", .candidates = "", .purpose = SERVER};
    struct ward w;
    admit(&w, &c, 'J');
    w.context.now = make_time("2030-01-02");
    examine(&w);
    assert_true(is("later", "JKS", ids_of(&w.found, KS_WARNING, KS_ERROR),
                   "CERT-EXPIRED CHAIN-EXPIRED-INTERMEDIATE CHAIN-EXPIRED-ROOT"));
    w.context.now = make_time("2029-10-01");
    w.context.warn_days = 100;
    examine(&w);
    assert_true(is("100 days", "JKS", ids_of(&w.found, KS_WARNING, KS_ERROR), "CERT-EXPIRES-SOON"));
    discharge(&w);
}

/* ---- a bundle of public CAs ---- */

#define BUNDLE 40

static struct ks_store *bundle(size_t from, size_t to, size_t expired)
{
    struct ks_store *s = op_store(&ks_format_jks, PASSWORD);
    for (size_t i = from; i < to; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "Public CA %zu", i);
        struct ks_blob *blob = make_cert(&(struct make_cert){
            .cn = name, .ca = true, .to = i - from < expired ? "2026-01-01" : NULL});
        op_add_trusted(s, name + strlen("Public CA "), blob);
        ks_blob_unref(blob);
    }
    return op_reopened(s, PASSWORD);
}

static bool is_old(struct ks_store *s, struct ks_store *reference)
{
    struct ks_doctor *doctor = ks_doctor_new();
    struct ks_context context = {.now = MAKE_NOW, .reference = reference};
    struct ks_diagnosis found;
    struct ks_error err = {0};
    assert_int_equal(ks_diagnose(doctor, s, &context, NULL, &found, &err), KS_OK);
    bool old = find(&found, "TRUST-BUNDLE-OLD") != NULL;
    assert_null(find(&found, "STORE-NO-PUBLIC-CAS"));
    note_seen(&found);
    ks_diagnosis_drop(&found);
    ks_doctor_free(doctor);
    ks_store_free(s);
    return old;
}

static void a_bundle_is_old_when_many_of_it_expired_or_are_missing(void **state)
{
    (void)state;
    struct ks_store *reference = bundle(0, BUNDLE + 2, 0);
    assert_false(is_old(bundle(0, BUNDLE, 2), NULL)); /* five percent */
    assert_true(is_old(bundle(0, BUNDLE, 3), NULL));
    assert_false(is_old(bundle(0, BUNDLE, 0), reference));
    assert_false(is_old(bundle(0, 22, 0), reference));
    assert_true(is_old(bundle(0, 21, 0), reference));
    assert_false(is_old(bundle(0, 3, 3), reference)); /* never was one */
    ks_store_free(reference);
}

/* ---- hostile ---- */

/* Thousands of one name, one key or one certificate cost no more than looking at each. */
static void many_of_one_name_are_looked_at_in_no_time(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, PASSWORD);
    struct ks_entry **list = ks_alloc_array(20000, sizeof *list);
    struct ks_blob *root = make_cert(&(struct make_cert){.cn = "Root", .ca = true});
    for (size_t i = 0; i < 20000; i++) {
        char alias[32];
        (void)snprintf(alias, sizeof alias, "a%zu", i);
        list[i] = make_entry(KS_KIND_TRUSTED, alias, 0, 1, ks_blob_ref(root));
    }
    ks_store_push(s, ks_version_new("many", list, 20000, NULL, KS_PROTECT_KEEP));
    struct ks_diagnosis found = diagnosed(s);
    assert_int_equal(found.by_severity[KS_WARNING], 19999);
    ks_diagnosis_drop(&found);
    ks_blob_unref(root);
    ks_store_free(s);
}

/* ---- the table as a whole ---- */

/* Those of the scopes *_DEEP; the others are triggered in tests/unit/test_findings.c. */
static const char *const deep[] = {
#define DEEP_STORE(id)
#define DEEP_ENTRY(id)
#define DEEP_CERT(id)
#define DEEP_STORE_DEEP(id) id,
#define DEEP_ENTRY_DEEP(id) id,
#define DEEP_CERT_DEEP(id) id,
#define DEEP(scope, name, id, severity, title) DEEP_##scope(id)
    KS_FINDINGS(DEEP)};

/* Seen elsewhere: a signature that was altered, bags that nobody needs, a torn key
 * (tests/unit/test_doctor.c). */
static const char *const elsewhere[] = {"CHAIN-BROKEN-SIGNATURE", "P12-SURPLUS-BAGS",
                                        "KEY-DAMAGED"};

static bool is_elsewhere(const char *id)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (strcmp(elsewhere[i], id) == 0)
            return true;
    return false;
}

/* Runs last: what the cases above have triggered. */
static void every_rule_of_the_doctor_was_triggered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deep / sizeof deep[0]; i++) {
        size_t k = 0;
        while (strcmp(ks_rules()[k].id, deep[i]) != 0)
            k++;
        if (!seen[k] && !is_elsewhere(deep[i]))
            fail_msg("no case triggers %s", deep[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_has_exactly_its_findings),
        cmocka_unit_test(certificates_of_openssl_are_invisible_to_java),
        cmocka_unit_test(beside_visible_ones_invisible_certificates_are_a_warning),
        cmocka_unit_test(a_name_that_promises_another_type_is_noticed),
        cmocka_unit_test(a_file_that_was_cut_off_is_said_to_be_that_and_nothing_else),
        cmocka_unit_test(files_that_do_not_open_have_findings_as_well),
        cmocka_unit_test(an_empty_store_is_an_error_once_it_is_used),
        cmocka_unit_test(a_server_that_nothing_trusted_leads_to_is_found),
        cmocka_unit_test(a_client_whose_issuers_no_server_names_is_found),
        cmocka_unit_test(what_takes_a_server_is_not_answered_without_one),
        cmocka_unit_test(revoked_certificates_are_found_where_they_count),
        cmocka_unit_test(what_nobody_tells_of_revocation_is_a_finding_too),
        cmocka_unit_test(findings_quote_their_evidence),
        cmocka_unit_test(a_date_in_the_future_can_be_asked_about),
        cmocka_unit_test(a_bundle_is_old_when_many_of_it_expired_or_are_missing),
        cmocka_unit_test(many_of_one_name_are_looked_at_in_no_time),
        cmocka_unit_test(every_rule_of_the_doctor_was_triggered),
    };
    return cmocka_run_group_tests(tests, NULL, forget_certs);
}
