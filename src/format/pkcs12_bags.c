/*
 * The safes and what is in them (RFC 7292 4.1, 4.2):
 *
 *   AuthenticatedSafe ::= SEQUENCE OF ContentInfo     data, encryptedData, in any order and number
 *   SafeContents      ::= SEQUENCE OF SafeBag
 *   SafeBag           ::= SEQUENCE { bagId OID, [0] EXPLICIT bagValue, SET OF Attribute OPTIONAL }
 *   Attribute         ::= SEQUENCE { OID, SET OF ANY }
 *
 * Each level may be BER on its own (NSS and Bouncy Castle write indefinite lengths and segmented
 * strings). What cannot be understood is kept as a bag of kind P12_FOREIGN or P12_LOCKED.
 */
#include "format/pkcs12_internal.h"

#include "x509/cert.h"

#include "base/alloc.h"
#include "base/text.h"
#include "format/pbe_scheme.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/request.h"

#include <stdlib.h>
#include <string.h>

#define ADVANCE_EVERY 256 /* bags between two looks at the job */

#define IS(oid, bytes) ks_der_oid_is(oid, bytes, sizeof bytes - 1)
#define OID_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define OID_ENVELOPED "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
#define OID_ENCRYPTED "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
#define OID_BAG "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01" /* and one arc more: 1 to 6 */
#define OID_CERT_X509 "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01"
#define OID_CRL_X509 "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x17\x01"
#define OID_FRIENDLY_NAME "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14"
#define OID_LOCAL_KEY_ID "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15"
#define OID_TRUSTED_KEY_USAGE "\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01"

enum { BAG_KEY = 1, BAG_SHROUDED, BAG_CERT, BAG_CRL, BAG_SECRET, BAG_SAFE };

/* Where the bags of one SafeContents come from. */
struct origin {
    uint32_t safe, blob;
    bool encrypted;
    unsigned depth; /* of safeContentsBags around it */
};

/* ---- pieces ---- */

static struct p12_bag *add(struct p12_file *f, enum p12_kind kind, const struct origin *from,
                           struct ks_slice raw)
{
    if (f->bag_count == f->bag_cap) {
        f->bag_cap = f->bag_cap ? f->bag_cap * 2 : 64;
        f->bags = ks_realloc(f->bags, f->bag_cap * sizeof *f->bags);
    }
    const struct p12_bag *last = f->bag_count ? &f->bags[f->bag_count - 1] : NULL;
    struct p12_bag *bag = &f->bags[f->bag_count++];
    *bag = (struct p12_bag){.kind = kind,
                            .safe = from->safe,
                            .index = last && last->safe == from->safe ? last->index + 1 : 0,
                            .blob = from->blob,
                            .encrypted = from->encrypted,
                            .nested = from->depth > 0,
                            .cert = P12_NONE,
                            .raw = raw};
    return bag;
}

/* A bag that Java's loader throws an exception for; the file as a whole is then refused. */
static void fatal(struct p12_file *f, struct p12_bag *bag, const char *why)
{
    ks_p12_comment(bag, "%s", why);
    if (bag->nested) /* Java does not look there */
        return;
    bag->notes |= KS_NOTE_JAVA_FATAL;
    ks_p12_java_refuses(f, "%s (item %u)", why, f->bag_count);
}

static void foreign(struct p12_file *f, struct p12_bag *bag, const char *why)
{
    bag->kind = P12_FOREIGN;
    fatal(f, bag, why);
}

/* ---- values ---- */

static void key_value(struct p12_file *f, struct p12_bag *bag, struct ks_slice in, bool shrouded)
{
    struct ks_slice alg, ciphertext;
    struct ks_buf text = {.max = 200};
    bool weak = false;

    bag->kind = shrouded ? P12_SHROUDED : P12_KEY;
    bag->value = ks_p12_span(bag, in);
    f->key_count++;
    if (!shrouded) {
        bag->notes |= KS_NOTE_KEY_CLEAR | KS_NOTE_JAVA_KEYBAG;
        ks_p12_phrase(&f->key_protection, "not encrypted");
        return;
    }
    if (!ks_pbe_epki_parts(in, &alg, &ciphertext)) {
        ks_p12_comment(bag, "its encryption cannot be read");
        return;
    }
    if (!ks_pbe_describe(alg, &text, &weak))
        ks_p12_comment(bag, "encrypted with %s, which ksx does not decrypt", ks_buf_text(&text));
    else if (!ks_p12_java_decrypts(alg))
        ks_p12_comment(bag, "Java lists this key but cannot decrypt it: %s", ks_buf_text(&text));
    if (weak)
        f->store->notes |= KS_STORE_WEAK;
    ks_p12_phrase(&f->key_protection, ks_buf_text(&text));
    ks_buf_free(&text);
}

static void add_cert(struct p12_file *f, struct p12_bag *bag, struct ks_slice der)
{
    if (f->cert_count == f->cert_cap) {
        f->cert_cap = f->cert_cap ? f->cert_cap * 2 : 64;
        f->certs = ks_realloc(f->certs, f->cert_cap * sizeof *f->certs);
    }
    struct p12_cert *c = &f->certs[f->cert_count];
    *c = (struct p12_cert){.bag = f->bag_count - 1, .twin = P12_NONE};
    bag->kind = P12_CERT;
    bag->value = ks_p12_span(bag, der);
    bag->cert = f->cert_count++;
    if (!bag->encrypted)
        f->store->notes |= KS_STORE_CLEAR_CERTS;
    if (!ks_cert_skim(der, &c->cert)) {
        bag->notes |= KS_NOTE_CERT_BROKEN;
        fatal(f, bag, "a certificate cannot be parsed");
        return;
    }
    const char *why = ks_cert_java_refusal(&c->cert);
    if (!why)
        return;
    struct ks_buf words = KS_BUF_INIT;
    ks_buf_printf(&words, "a certificate that Java refuses: %s", why);
    fatal(f, bag, ks_buf_text(&words));
    ks_buf_free(&words);
}

/* CertBag ::= SEQUENCE { certId OID, [0] EXPLICIT OCTET STRING }; CRLBag has the same shape. */
static bool typed_octets(struct ks_slice in, struct ks_slice *type, struct ks_slice *octets)
{
    struct ks_slice seq, wrapped;
    return ks_der_body(&in, KS_DER_SEQUENCE, &seq) && ks_der_body(&seq, KS_DER_OID, type) &&
           ks_der_body(&seq, KS_DER_CONTEXT_CONS(0), &wrapped) &&
           ks_der_body(&wrapped, KS_DER_OCTET_STRING, octets);
}

static void cert_value(struct p12_file *f, struct p12_bag *bag, struct ks_slice in)
{
    struct ks_slice seq, type, der;

    if (typed_octets(in, &type, &der) && IS(type, OID_CERT_X509)) {
        add_cert(f, bag, der);
        return;
    }
    if (ks_der_body(&in, KS_DER_SEQUENCE, &seq) && ks_der_body(&seq, KS_DER_OID, &type) &&
        !IS(type, OID_CERT_X509)) {
        bag->notes |= KS_NOTE_CERT_TYPE;
        foreign(f, bag, "a certificate is not of type X.509");
        return;
    }
    foreign(f, bag, "a certificate bag is malformed");
}

static void crl_value(struct p12_bag *bag, struct ks_slice in)
{
    struct ks_slice type, der;
    struct ks_crl crl;

    bag->notes |= KS_NOTE_JAVA_IGNORED;
    if (!typed_octets(in, &type, &der) || !IS(type, OID_CRL_X509)) {
        bag->kind = P12_FOREIGN;
        ks_p12_comment(bag, "a CRL bag of another type");
        return;
    }
    bag->kind = P12_CRL;
    bag->value = ks_p12_span(bag, der);
    if (ks_crl_skim(der, &crl))
        ks_p12_comment(bag, "%zu revoked", crl.revoked);
    else
        ks_p12_comment(bag, "the CRL cannot be parsed");
}

/*
 * SecretBag ::= SEQUENCE { secretTypeId OID, [0] EXPLICIT ANY }. Java puts an OCTET STRING there
 * that holds an EncryptedPrivateKeyInfo, under the OID of the shrouded key bag; Bouncy Castle the
 * key's bytes in clear, under the OID of the algorithm.
 */
static void secret_value(struct p12_file *f, struct p12_bag *bag, struct ks_slice in)
{
    struct ks_slice seq, type, any, octets, alg, ciphertext;
    struct ks_buf text = {.max = 200};
    bool weak = false;

    if (!ks_der_body(&in, KS_DER_SEQUENCE, &seq) || !ks_der_body(&seq, KS_DER_OID, &type) ||
        !ks_der_body(&seq, KS_DER_CONTEXT_CONS(0), &any)) {
        foreign(f, bag, "a secret bag is malformed");
        return;
    }
    bag->kind = P12_SECRET;
    if (!ks_der_body(&any, KS_DER_OCTET_STRING, &octets)) {
        octets = any;
        fatal(f, bag, "a secret is not in an OCTET STRING");
    }
    bag->value = ks_p12_span(bag, octets);
    bag->bare = !ks_pbe_epki_parts(octets, &alg, &ciphertext);
    if (!bag->bare) {
        (void)ks_pbe_describe(alg, &text, &weak);
        if (weak)
            f->store->notes |= KS_STORE_WEAK;
        ks_p12_phrase(&f->key_protection, ks_buf_text(&text));
    } else {
        ks_oid_text(type, &text);
        ks_p12_comment(bag, "of type %s", ks_buf_text(&text));
    }
    ks_buf_free(&text);
}

/* ---- attributes ---- */

static void friendly_name(struct p12_file *f, struct p12_bag *bag, struct ks_slice values)
{
    struct ks_tlv tlv;

    if (!ks_der_next(&values, &tlv)) {
        fatal(f, bag, "a friendlyName has no value");
        return;
    }
    bag->name = ks_p12_span(bag, tlv.body);
    bag->name_tag = tlv.tag;
    if (tlv.tag != KS_DER_BMP_STRING)
        fatal(f, bag, "a friendlyName is not a BMPString");
}

static void local_key_id(struct p12_file *f, struct p12_bag *bag, struct ks_slice values)
{
    struct ks_slice octets;

    if (!ks_der_body(&values, KS_DER_OCTET_STRING, &octets))
        fatal(f, bag, "a localKeyID is not an OCTET STRING");
    else
        bag->key_id = ks_p12_span(bag, octets);
}

static void attributes(struct p12_file *f, struct p12_bag *bag, struct ks_slice set)
{
    struct ks_slice one, oid, values;

    while (set.len > 0) {
        if (!ks_der_body(&set, KS_DER_SEQUENCE, &one)) {
            fatal(f, bag, "an attribute is malformed");
            return;
        }
        if (!ks_der_body(&one, KS_DER_OID, &oid) || !ks_der_body(&one, KS_DER_SET, &values)) {
            fatal(f, bag, "an attribute is malformed");
            bag->attributes++;
        } else if (IS(oid, OID_FRIENDLY_NAME)) {
            friendly_name(f, bag, values);
        } else if (IS(oid, OID_LOCAL_KEY_ID)) {
            local_key_id(f, bag, values);
        } else if (IS(oid, OID_TRUSTED_KEY_USAGE)) {
            bag->trusted = true;
        } else {
            bag->attributes++;
        }
    }
}

/* ---- SafeContents ---- */

static enum ks_code walk_contents(struct p12_file *f, struct ks_slice contents,
                                  const struct origin *from, struct ks_error *err);

/* The last arc of a PKCS#12 bag type, 0 for any other OID. */
static unsigned bag_type(struct ks_slice oid)
{
    if (oid.len != sizeof OID_BAG || memcmp(oid.data, OID_BAG, sizeof OID_BAG - 1) != 0)
        return 0;
    return oid.data[sizeof OID_BAG - 1];
}

static void other_value(struct p12_bag *bag, struct ks_slice oid)
{
    struct ks_buf text = {.max = 200};

    bag->kind = P12_FOREIGN;
    bag->notes |= KS_NOTE_JAVA_IGNORED;
    ks_oid_text(oid, &text);
    ks_p12_comment(bag, "of type %s", ks_buf_text(&text));
    ks_buf_free(&text);
}

static enum ks_code walk_nested(struct p12_file *f, struct ks_slice raw, struct ks_slice value,
                                struct ks_slice rest, const struct origin *from,
                                struct ks_error *err)
{
    struct origin inside = *from;
    struct ks_slice set;

    f->has_nested = true;
    inside.depth++;
    if (inside.depth <= P12_MAX_DEPTH)
        return walk_contents(f, value, &inside, err);
    struct p12_bag *bag = add(f, P12_FOREIGN, &inside, raw);
    ks_p12_comment(bag, "nested more than %d deep, not opened", P12_MAX_DEPTH);
    if (ks_der_body(&rest, KS_DER_SET, &set))
        attributes(f, bag, set); /* its name, which somebody may have given it here */
    return KS_OK;
}

static enum ks_code walk_bag(struct p12_file *f, struct ks_slice raw, bool first,
                             const struct origin *from, struct ks_error *err)
{
    struct ks_slice in = raw, body, oid, value, set;

    if (f->bag_count >= P12_MAX_ITEMS)
        return ks_fail(err, KS_ERR_LIMIT, "too-many-items", "the file holds more than %d items",
                       P12_MAX_ITEMS);
    if (f->bag_count % ADVANCE_EVERY == 0 && !ks_job_advance(f->job, f->bag_count))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading the items");
    bool shaped = ks_der_body(&in, KS_DER_SEQUENCE, &body) &&
                  ks_der_body(&body, KS_DER_OID, &oid) &&
                  ks_der_body(&body, KS_DER_CONTEXT_CONS(0), &value);
    if (shaped && bag_type(oid) == BAG_SAFE)
        return walk_nested(f, raw, value, body, from, err);

    struct p12_bag *bag = add(f, P12_FOREIGN, from, raw);
    bag->first = first;
    if (!shaped) {
        foreign(f, bag, "an item is no SafeBag");
        return KS_OK;
    }
    switch (bag_type(oid)) {
    case BAG_KEY:
        key_value(f, bag, value, false);
        break;
    case BAG_SHROUDED:
        key_value(f, bag, value, true);
        break;
    case BAG_CERT:
        cert_value(f, bag, value);
        break;
    case BAG_CRL:
        crl_value(bag, value);
        break;
    case BAG_SECRET:
        secret_value(f, bag, value);
        break;
    default:
        other_value(bag, oid);
        break;
    }
    if (ks_der_body(&body, KS_DER_SET, &set))
        attributes(f, bag, set);
    return KS_OK;
}

static enum ks_code walk_contents(struct p12_file *f, struct ks_slice contents,
                                  const struct origin *from, struct ks_error *err)
{
    struct ks_slice list;
    struct ks_tlv bag;
    bool cut = false;
    uint32_t before = f->bag_count;

    if (!ks_p12_take(&contents, KS_DER_SEQUENCE, &list, &cut)) {
        ks_p12_damage(f, "safe %u holds no list of items", from->safe);
        return KS_OK;
    }
    for (bool first = true; list.len > 0; first = false) {
        if (!ks_der_next(&list, &bag)) {
            ks_p12_damage(f, "safe %u ends inside its item %u, or was altered there", from->safe,
                          f->bag_count - before + 1);
            break;
        }
        enum ks_code rc = walk_bag(f, bag.whole, first, from, err);
        if (rc != KS_OK)
            return rc;
    }
    if (cut)
        ks_p12_damage(f, "safe %u ends early", from->safe);
    return KS_OK;
}

/* ---- safes ---- */

static void lock(struct p12_file *f, struct ks_slice raw, struct origin *from, const char *what,
                 const char *why)
{
    struct p12_bag *bag = add(f, P12_LOCKED, from, raw);

    if (what && *what)
        ks_p12_comment(bag, "%s", what);
    ks_p12_comment(bag, "%s", why);
    f->store->notes |= KS_STORE_LOCKED_PARTS;
}

/* A wrong password leaves a padding that looks right once in 256 times; RC4 has none at all. */
static bool is_safe_contents(struct p12_file *f, struct ks_slice plain)
{
    size_t len = ks_der_peek(plain) == KS_DER_SEQUENCE ? ks_ber_length(plain) : 0;
    if (len == 0 || len == plain.len)
        return len != 0;
    return ks_p12_mac_wait(f, NULL) == KS_OK && f->store->integrity == KS_INTEGRITY_VERIFIED;
}

static enum ks_code decrypt_once(struct p12_file *f, struct ks_slice alg, struct ks_slice data,
                                 enum ks_empty_password empty, struct ks_blob **out,
                                 struct ks_error *err)
{
    enum ks_code rc = ks_pbe_decrypt_blob(alg, data, f->password, empty, f->job, out, err);

    if (rc != KS_OK || is_safe_contents(f, ks_blob_slice(*out)))
        return rc;
    ks_blob_unref(*out);
    *out = NULL;
    return ks_fail(err, KS_ERR_PASSWORD, "wrong-password", "it does not open with this password");
}

/* An empty password has two spellings; the MAC or the first safe that opens tells which. */
static enum ks_code decrypt(struct p12_file *f, struct ks_slice alg, struct ks_slice data,
                            struct ks_blob **out, struct ks_error *err)
{
    enum ks_empty_password empty = f->empty_known ? f->empty : KS_EMPTY_BMP;
    enum ks_code rc = decrypt_once(f, alg, data, empty, out, err);

    if (rc == KS_ERR_PASSWORD && ks_secret_is_empty(f->password) && !f->empty_known) {
        empty = KS_EMPTY_NONE;
        rc = decrypt_once(f, alg, data, empty, out, err);
    }
    if (rc == KS_OK && !f->empty_known) {
        struct ks_pbe_scheme scheme;
        f->empty = empty;
        /* only PKCS#12's own derivation makes a difference between the two */
        f->empty_known = ks_pbe_scheme_parse(alg, &scheme) && scheme.family == KS_PBE_PKCS12;
    }
    return rc;
}

/* EncryptedContentInfo's [0] IMPLICIT OCTET STRING: whole, or in segments that no one but us can
 * know to be a string. `joined` holds the bytes then. */
static bool ciphertext(struct ks_slice in, struct ks_buf *joined, struct ks_slice *out)
{
    struct ks_slice segments, one;

    if (ks_der_body(&in, KS_DER_CONTEXT(0), out))
        return true;
    if (!ks_der_body(&in, KS_DER_CONTEXT_CONS(0), &segments))
        return false;
    while (ks_der_body(&segments, KS_DER_OCTET_STRING, &one))
        ks_buf_slice(joined, one);
    *out = ks_slice(joined->data, joined->len);
    return segments.len == 0 && !joined->overflow;
}

static void describe(struct p12_file *f, struct ks_slice alg, struct ks_buf *text)
{
    struct ks_pbe_scheme scheme;
    bool weak = false;

    (void)ks_pbe_describe(alg, text, &weak);
    if (weak)
        f->store->notes |= KS_STORE_WEAK;
    if (!ks_p12_java_decrypts(alg))
        ks_p12_java_refuses(f, "it cannot decrypt %s", ks_buf_text(text));
    else if (ks_pbe_scheme_parse(alg, &scheme) && scheme.rounds > KS_KDF_MAX_ROUNDS)
        ks_p12_java_refuses(f, "%llu iterations are too many", (unsigned long long)scheme.rounds);
}

static const char *locked_why(struct p12_file *f, enum ks_code rc, const struct ks_error *why)
{
    if (strcmp(why->slug, "no-legacy-provider") == 0)
        f->store->notes |= KS_STORE_NO_LEGACY;
    if (rc != KS_ERR_PASSWORD)
        return why->what;
    f->misfits++;
    ks_p12_java_refuses(f, "safe %u does not open with the store's password", f->safes);
    return "does not open with the store's password";
}

/* Without a MAC only the contents tell a wrong password, each at the price of a derivation: a file
 * of ten thousand encrypted parts must not cost ten thousand of them. */
#define MISFITS_TRIED 8

static enum ks_code open_safe(struct p12_file *f, struct ks_slice raw, struct ks_slice alg,
                              struct ks_slice data, struct origin *from, const char *text,
                              struct ks_error *err)
{
    struct ks_blob *plain = NULL;
    struct ks_error why = {0};
    uint32_t certs = f->cert_count;

    if (!f->password) {
        lock(f, raw, from, text, "needs the password");
        ks_p12_phrase(&f->cert_protection, text);
        return KS_OK;
    }
    if (f->opened == 0 && f->misfits >= MISFITS_TRIED) {
        f->misfits++;
        lock(f, raw, from, text, "not tried: the password opened none of the parts before it");
        return KS_OK;
    }
    enum ks_code rc = decrypt(f, alg, data, &plain, &why);
    if (rc == KS_ERR_CANCELLED) {
        if (err)
            *err = why;
        return rc;
    }
    if (rc == KS_ERR_PASSWORD && ks_p12_mac_wait(f, err) != KS_OK)
        return rc;
    if (rc != KS_OK) {
        lock(f, raw, from, text, locked_why(f, rc, &why));
        ks_p12_phrase(&f->cert_protection, text);
        return KS_OK;
    }
    f->opened++;
    from->blob = ks_p12_blob(f, plain);
    struct ks_slice contents = ks_p12_level(f, ks_blob_slice(plain), &from->blob);
    rc = walk_contents(f, contents, from, err);
    if (f->cert_count > certs)
        ks_p12_phrase(&f->cert_protection, text);
    return rc;
}

/* EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, AlgorithmIdentifier, [0] } } */
static bool encrypted_parts(struct ks_slice content, struct ks_slice *alg, struct ks_slice *data,
                            struct ks_buf *joined)
{
    struct ks_slice seq, info;
    struct ks_tlv id;

    if (!ks_der_body(&content, KS_DER_SEQUENCE, &seq) || !ks_der_skip(&seq, KS_DER_INTEGER) ||
        !ks_der_body(&seq, KS_DER_SEQUENCE, &info) || !ks_der_skip(&info, KS_DER_OID) ||
        !ks_der_expect(&info, KS_DER_SEQUENCE, &id) || !ciphertext(info, joined, data))
        return false;
    *alg = id.whole;
    return true;
}

bool ks_p12_encrypted_parts(struct ks_slice in, struct ks_slice *alg, struct ks_slice *data,
                            struct ks_buf *joined)
{
    struct ks_slice info, oid, content;

    return ks_der_body(&in, KS_DER_SEQUENCE, &info) && ks_der_body(&info, KS_DER_OID, &oid) &&
           IS(oid, OID_ENCRYPTED) && ks_der_body(&info, KS_DER_CONTEXT_CONS(0), &content) &&
           encrypted_parts(content, alg, data, joined);
}

static enum ks_code encrypted_safe(struct p12_file *f, struct ks_slice raw, struct ks_slice content,
                                   bool cut, struct origin *from, struct ks_error *err)
{
    struct ks_slice alg, data;
    struct ks_buf joined = KS_BUF_INIT, text = {.max = 200};
    enum ks_code rc = KS_OK;

    f->encrypted++;
    from->encrypted = true;
    if (cut) {
        lock(f, raw, from, NULL, "the file ends inside it");
        ks_p12_damage(f, "it ends inside safe %u", from->safe);
        return KS_OK;
    }
    if (encrypted_parts(content, &alg, &data, &joined)) {
        describe(f, alg, &text);
        rc = open_safe(f, raw, alg, data, from, ks_buf_text(&text), err);
    } else {
        lock(f, raw, from, NULL, "its encryption cannot be read: the file is damaged");
        ks_p12_damage(f, "safe %u is encrypted in a way that cannot be read", from->safe);
    }
    ks_buf_free(&joined);
    ks_buf_free(&text);
    return rc;
}

static enum ks_code clear_safe(struct p12_file *f, struct ks_slice content, struct origin *from,
                               struct ks_error *err)
{
    struct ks_slice octets;
    bool cut = false;
    uint32_t certs = f->cert_count;

    if (!ks_p12_take(&content, KS_DER_OCTET_STRING, &octets, &cut)) {
        ks_p12_damage(f, "safe %u holds no data", from->safe);
        return KS_OK;
    }
    struct ks_slice contents = ks_p12_level(f, octets, &from->blob);
    enum ks_code rc = walk_contents(f, contents, from, err);
    if (cut)
        ks_p12_damage(f, "it ends inside safe %u", from->safe);
    if (f->cert_count > certs)
        ks_p12_phrase(&f->cert_protection, "not encrypted");
    return rc;
}

static void foreign_safe(struct p12_file *f, struct ks_slice raw, struct ks_slice oid,
                         struct origin *from)
{
    struct ks_buf text = {.max = 200};

    if (IS(oid, OID_ENVELOPED)) {
        lock(f, raw, from, NULL, "encrypted for the holder of a key, not with a password");
    } else {
        struct p12_bag *bag = add(f, P12_FOREIGN, from, raw);
        ks_oid_text(oid, &text);
        ks_p12_comment(bag, "contents of type %s", ks_buf_text(&text));
    }
    f->bags[f->bag_count - 1].notes |= KS_NOTE_JAVA_FATAL;
    ks_p12_java_refuses(f, "safe %u is neither data nor encrypted data", from->safe);
    ks_buf_free(&text);
}

static enum ks_code walk_safe(struct p12_file *f, struct ks_slice in, uint32_t blob,
                              struct ks_error *err)
{
    struct ks_slice raw = in, info, oid, content;
    struct origin from = {.safe = ++f->safes, .blob = blob};
    bool cut = false;

    if (f->bag_count >= P12_MAX_ITEMS || f->safes >= P12_MAX_ITEMS)
        return ks_fail(err, KS_ERR_LIMIT, "too-many-items", "the file holds more than %d items",
                       P12_MAX_ITEMS);
    if (!ks_job_advance(f->job, f->bag_count))
        return ks_fail(err, KS_ERR_CANCELLED, "cancelled", "stopped while reading the items");
    if (!ks_p12_take(&in, KS_DER_SEQUENCE, &info, &cut) || !ks_der_body(&info, KS_DER_OID, &oid) ||
        !ks_p12_take(&info, KS_DER_CONTEXT_CONS(0), &content, &cut)) {
        ks_p12_damage(f, "safe %u is malformed", from.safe);
        return KS_OK;
    }
    if (cut)
        ks_p12_damage(f, "it ends inside safe %u", from.safe);
    if (IS(oid, OID_DATA))
        return clear_safe(f, content, &from, err);
    if (IS(oid, OID_ENCRYPTED))
        return encrypted_safe(f, raw, content, cut, &from, err);
    foreign_safe(f, raw, oid, &from);
    return KS_OK;
}

static enum ks_code no_safe_opens(const struct p12_file *f, struct ks_error *err)
{
    if (f->encrypted == 1)
        ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
                "the password does not fit, or the file was altered: its encrypted part does not "
                "open");
    else
        ks_fail(err, KS_ERR_PASSWORD, "wrong-password",
                "the password does not fit, or the file was altered: none of its %u encrypted "
                "parts opens",
                f->encrypted);
    return ks_fail_next(err, KS_ERR_PASSWORD,
                        "try another password, or open it without one to list what is clear");
}

static enum ks_code walk_safes(struct p12_file *f, struct ks_error *err)
{
    uint32_t blob = f->octets_blob;
    struct ks_slice in = ks_p12_level(f, f->octets, &blob), list;
    bool cut = false;

    ks_job_phase(f->job, "reading the items", 0);
    if (!ks_p12_take(&in, KS_DER_SEQUENCE, &list, &cut)) {
        ks_p12_damage(f, "it holds no list of safes");
        return KS_OK;
    }
    while (list.len > 0) {
        struct ks_slice rest = list, ignored;
        bool last_cut = false;
        if (!ks_p12_take(&rest, ks_der_peek(list), &ignored, &last_cut)) {
            ks_p12_damage(f, "it ends inside safe %u, or was altered there", f->safes + 1);
            break;
        }
        enum ks_code rc = walk_safe(f, ks_slice(list.data, list.len - rest.len), blob, err);
        if (rc != KS_OK)
            return rc;
        list = rest;
    }
    if (cut)
        ks_p12_damage(f, "its list of safes ends early");
    return KS_OK;
}

enum ks_code ks_p12_walk(struct p12_file *f, struct ks_error *err)
{
    enum ks_code rc = walk_safes(f, err);

    if (rc == KS_OK)
        rc = ks_p12_mac_wait(f, err);
    if (rc != KS_OK)
        return rc;
    if (f->misfits > 0 && f->opened == 0 && f->store->integrity != KS_INTEGRITY_VERIFIED)
        return no_safe_opens(f, err);
    return KS_OK;
}
