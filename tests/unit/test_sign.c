/* Making certificates and requests; OpenSSL says whether they are any good. */
#include "x509/alt_names.h"
#include "x509/der.h"
#include "x509/dn.h"
#include "x509/keygen.h"
#include "x509/profile.h"
#include "x509/request.h"
#include "x509/sign.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/dsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "der_text.h"
#include "hex.h"

#define NOTHING ((struct ks_slice){0})

static bool holds(const struct ks_buf *in, const char *bytes, size_t len)
{
    for (size_t at = 0; at + len <= in->len; at++)
        if (memcmp(in->data + at, bytes, len) == 0)
            return true;
    return false;
}

/* ---- keys ---- */

static struct ks_secret *encode(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
    int len = i2d_PKCS8_PRIV_KEY_INFO(p8, &der);
    assert_true(len > 0);
    struct ks_secret *secret = ks_secret_new(der, (size_t)len);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(p8);
    EVP_PKEY_free(key);
    return secret;
}

static struct ks_secret *new_key(const char *word)
{
    struct ks_secret *key = NULL;
    assert_int_equal(ks_keygen(ks_key_type_named(word), NULL, &key, NULL), KS_OK);
    return key;
}

static struct ks_buf spki_of(const struct ks_secret *key)
{
    struct ks_buf spki = KS_BUF_INIT;
    assert_int_equal(ks_private_to_spki(key, &spki, NULL), KS_OK);
    return spki;
}

static struct ks_secret *limited_pss_key(const char *md, const char *mgf_md, int salt)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(ctx, md, NULL) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(ctx, mgf_md) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(ctx, salt) > 0 &&
                EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    return encode(key);
}

static struct ks_secret *rsa_key(unsigned bits)
{
    return encode(EVP_RSA_gen(bits));
}

static struct ks_secret *dsa_key(void)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    assert_true(EVP_PKEY_paramgen_init(ctx) > 0 &&
                EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) > 0 &&
                EVP_PKEY_generate(ctx, &params) > 0);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return encode(key);
}

/* ---- certificates ---- */

static struct ks_buf name_of(const char *text)
{
    struct ks_buf name = KS_BUF_INIT;
    assert_int_equal(ks_dn_parse(text, &name, NULL), KS_OK);
    return name;
}

static int64_t time_of(const char *text)
{
    int64_t t = 0;
    assert_true(ks_time_parse(text, &t));
    return t;
}

static struct ks_to_sign self_signed(const struct ks_buf *name, const struct ks_buf *spki)
{
    return (struct ks_to_sign){.subject = buf_slice(name),
                               .issuer = buf_slice(name),
                               .spki = buf_slice(spki),
                               .serial = {[15] = 1},
                               .not_before = time_of("2026-03-01"),
                               .not_after = time_of("2027-03-01")};
}

/* OpenSSL reads it, writes the very same from what it read, and verifies it. */
static void assert_verified(const struct ks_buf *der, const struct ks_buf *issuer_spki)
{
    const unsigned char *at = der->data, *spki = issuer_spki->data;
    X509 *cert = d2i_X509(NULL, &at, (long)der->len);
    assert_non_null(cert);
    assert_ptr_equal(at, der->data + der->len);
    EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, (long)issuer_spki->len);
    int good = X509_verify(cert, key);
    if (good != 1)
        fail_msg("OpenSSL says %d to %s", good, OBJ_nid2sn(X509_get_signature_nid(cert)));
    EVP_PKEY_free(key);
    unsigned char *again = NULL;
    assert_true(i2d_re_X509_tbs(cert, &again) > 0);
    OPENSSL_free(again);
    again = NULL;
    int len = i2d_X509(cert, &again);
    assert_int_equal(len, der->len);
    assert_memory_equal(again, der->data, der->len);
    OPENSSL_free(again);
    X509_free(cert);
}

/* Before a key is made the same are offered as afterwards. */
static void assert_same_as_of_type(const struct ks_buf *spki, const char *const *made, size_t count)
{
    const char *offered[8];
    const struct ks_key_type *type = ks_key_type_of(ks_slice(spki->data, spki->len));
    if (!type)
        return;
    assert_int_equal(ks_signatures_of_type(type, offered), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(offered[i], made[i]);
}

static void assert_every_signature(struct ks_secret *key, const char *names)
{
    const char *made[8];
    struct ks_buf spki = spki_of(key), name = name_of("CN=iq.example.com,O=Example,C=US");
    struct ks_buf list = KS_BUF_INIT;
    size_t count = ks_signatures_of(buf_slice(&spki), made);
    assert_same_as_of_type(&spki, made, count);
    struct ks_to_sign what = self_signed(&name, &spki);
    for (size_t i = 0; i < count; i++) {
        struct ks_buf der = KS_BUF_INIT, text = KS_BUF_INIT;
        struct ks_error err = {0};
        struct ks_cert cert;
        ks_buf_printf(&list, "%s%s", i ? " " : "", made[i]);
        if (ks_sign_certificate(&what, key, i ? made[i] : NULL, &der, &err) != KS_OK)
            fail_msg("%s: %s", made[i], err.what);
        assert_verified(&der, &spki);
        assert_true(ks_cert_skim(buf_slice(&der), &cert));
        assert_int_equal(ks_cert_verify(&cert, buf_slice(&spki)), KS_VERDICT_GOOD);
        assert_null(ks_cert_java_refusal(&cert));
        ks_cert_signature_text(&cert, &text);
        if (strcmp(made[i], "RSASSA-PSS") == 0)
            assert_non_null(strstr(ks_buf_text(&text), "withRSAandMGF1"));
        else
            assert_string_equal(ks_buf_text(&text), made[i]);
        ks_buf_free(&der);
        ks_buf_free(&text);
    }
    assert_string_equal(ks_buf_text(&list), names);
    ks_buf_free(&list);
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_secret_free(key);
}

static void every_key_signs_in_every_way_it_can(void **state)
{
    (void)state;
    assert_every_signature(new_key("rsa:2048"),
                           "SHA256withRSA SHA384withRSA SHA512withRSA RSASSA-PSS");
    assert_every_signature(new_key("rsa-pss:2048"), "RSASSA-PSS");
    assert_every_signature(new_key("p-256"), "SHA256withECDSA SHA384withECDSA SHA512withECDSA");
    assert_every_signature(new_key("p-384"), "SHA384withECDSA SHA256withECDSA SHA512withECDSA");
    assert_every_signature(new_key("p-521"), "SHA512withECDSA SHA256withECDSA SHA384withECDSA");
    assert_every_signature(new_key("ed25519"), "Ed25519");
    assert_every_signature(new_key("ed448"), "Ed448");
    assert_every_signature(dsa_key(), "SHA256withDSA");
    if (ks_key_type_available(ks_key_type_named("secp256k1")))
        assert_every_signature(new_key("secp256k1"),
                               "SHA256withECDSA SHA384withECDSA SHA512withECDSA");
    if (ks_key_type_available(ks_key_type_named("brainpoolP512r1")))
        assert_every_signature(new_key("brainpoolP512r1"),
                               "SHA512withECDSA SHA256withECDSA SHA384withECDSA");
}

static void small_rsa_keys_have_no_room_for_large_hashes(void **state)
{
    (void)state;
    assert_every_signature(rsa_key(1024), "SHA256withRSA SHA384withRSA SHA512withRSA RSASSA-PSS");
    assert_every_signature(rsa_key(512), "SHA256withRSA");
    assert_every_signature(rsa_key(640), "SHA256withRSA SHA384withRSA RSASSA-PSS");
}

static void the_strength_of_the_hash_is_that_of_the_key(void **state)
{
    (void)state;
    static const struct {
        unsigned octets;
        const char *first;
    } cases[] = {{256, "SHA256withRSA"}, {384, "SHA256withRSA"}, {385, "SHA384withRSA"},
                 {512, "SHA384withRSA"}, {960, "SHA384withRSA"}, {1024, "SHA512withRSA"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf notation = KS_BUF_INIT;
        const char *names[8];
        ks_buf_str(&notation, "30{02:00");
        for (unsigned n = 0; n < cases[i].octets; n++)
            ks_buf_str(&notation, n ? "ff" : "80");
        ks_buf_str(&notation, " 02:010001}");
        struct ks_buf key = der_text(ks_buf_text(&notation)), bits = KS_BUF_INIT, all = KS_BUF_INIT;
        struct ks_buf alg = der_text("30{06=1.2.840.113549.1.1.1 05:}"), body = KS_BUF_INIT;
        ks_buf_byte(&bits, 0);
        ks_buf_append(&bits, key.data, key.len);
        ks_buf_append(&body, alg.data, alg.len);
        ks_der_put(&body, KS_DER_BIT_STRING, buf_slice(&bits));
        ks_der_put(&all, KS_DER_SEQUENCE, buf_slice(&body));
        assert_int_equal(ks_signatures_of(buf_slice(&all), names), 4);
        assert_string_equal(names[0], cases[i].first);
        assert_string_equal(names[3], "RSASSA-PSS");
        ks_buf_free(&notation);
        ks_buf_free(&key);
        ks_buf_free(&bits);
        ks_buf_free(&all);
        ks_buf_free(&alg);
        ks_buf_free(&body);
    }
}

static void limits_of_pss_keys_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *md, *mgf;
        int salt;
    } cases[] = {{"SHA256", "SHA256", 32},
                 {"SHA512", "SHA512", 20},
                 {"SHA256", "SHA384", 100},
                 {"SHA1", "SHA1", 20}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_every_signature(limited_pss_key(cases[i].md, cases[i].mgf, cases[i].salt),
                               "RSASSA-PSS");
}

static void a_pss_key_for_unknown_hashes_signs_nothing(void **state)
{
    (void)state;
    static const char *const params[] = {
        "30{a0{30{06=2.16.840.1.101.3.4.2.8}}}",            /* SHA3-256 */
        "30{a1{30{06=1.2.840.113549.1.1.8 30{06=1.2.3}}}}", /* a mask of something */
        "30{a2{02:7fff}}", /* more salt than any key has room for */
        "30{a3{02:02}}",   /* another trailer */
    };
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        const char *names[8];
        struct ks_buf notation = KS_BUF_INIT, zeros = KS_BUF_INIT;
        for (int n = 0; n < 255; n++)
            ks_buf_str(&zeros, "aa");
        ks_buf_printf(&notation,
                      "30{30{06=1.2.840.113549.1.1.10 %s} 03:0030820109028201007f%s0203010001}",
                      params[i], ks_buf_text(&zeros));
        struct ks_buf spki = der_text(ks_buf_text(&notation));
        assert_int_equal(ks_signatures_of(der_slice(&spki), names), 0);
        assert_int_equal(ks_signature_check(der_slice(&spki), "RSASSA-PSS", NULL), KS_ERR_USAGE);
        ks_buf_free(&spki);
        ks_buf_free(&notation);
        ks_buf_free(&zeros);
    }
}

static void the_parameters_of_pss_are_spelled_as_cas_must(void **state)
{
    (void)state;
    struct ks_secret *key = new_key("rsa:2048");
    struct ks_buf spki = spki_of(key), name = name_of("CN=a"), der = KS_BUF_INIT;
    struct ks_buf want =
        der_text("30{06=1.2.840.113549.1.1.10 30{a0{30{06=2.16.840.1.101.3.4.2.1 05:}}"
                 " a1{30{06=1.2.840.113549.1.1.8 30{06=2.16.840.1.101.3.4.2.1 05:}}} a2{02:20}}}");
    struct ks_to_sign what = self_signed(&name, &spki);
    struct ks_cert cert;
    assert_int_equal(ks_sign_certificate(&what, key, "rsassa-pss", &der, NULL), KS_OK);
    assert_true(ks_cert_skim(buf_slice(&der), &cert));
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.sig_alg), der_slice(&want)));
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_buf_free(&der);
    ks_buf_free(&want);
    ks_secret_free(key);
}

static void a_key_makes_its_own_signatures_only(void **state)
{
    (void)state;
    struct ks_secret *key = new_key("p-256");
    struct ks_buf spki = spki_of(key), name = name_of("CN=a"), der = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_to_sign what = self_signed(&name, &spki);
    assert_int_equal(ks_signature_check(buf_slice(&spki), "sha512withecdsa", &err), KS_OK);
    assert_int_equal(ks_signature_check(buf_slice(&spki), "SHA256withRSA", &err), KS_ERR_USAGE);
    assert_string_equal(err.slug, "signature");
    assert_string_equal(err.what, "no 'SHA256withRSA' with this key: EC P-256");
    assert_string_equal(err.next, "it makes SHA256withECDSA, SHA384withECDSA, SHA512withECDSA");
    assert_int_equal(ks_sign_certificate(&what, key, "SHA1withECDSA", &der, &err), KS_ERR_USAGE);
    assert_int_equal(ks_sign_request(buf_slice(&name), NOTHING, NULL, key, "Ed25519", &der, &err),
                     KS_ERR_USAGE);
    assert_int_equal(der.len, 0);
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_secret_free(key);
}

static void a_certificate_says_what_it_was_asked_to(void **state)
{
    (void)state;
    struct ks_secret *root_key = new_key("p-384"), *key = new_key("ed25519");
    struct ks_buf root_spki = spki_of(root_key), spki = spki_of(key), der = KS_BUF_INIT;
    struct ks_buf root = name_of("CN=Root,O=Example"), leaf = name_of(""), exts = KS_BUF_INIT;
    struct ks_buf san = KS_BUF_INIT, serial = KS_BUF_INIT;
    struct ks_profile p = {0};
    struct ks_cert cert;
    uint8_t root_id[20];
    ks_spki_key_id(buf_slice(&root_spki), root_id);
    ks_profile_from_template(&p, ks_template_named("server"), KS_KEY_ED25519);
    assert_int_equal(ks_profile_add_name(&p, "iq.example.com", NULL), KS_OK);
    assert_int_equal(
        ks_profile_put(&p, buf_slice(&spki), ks_slice(root_id, sizeof root_id), true, &exts, NULL),
        KS_OK);
    struct ks_to_sign what = {.subject = buf_slice(&leaf),
                              .issuer = buf_slice(&root),
                              .spki = buf_slice(&spki),
                              .serial = {0, 0, 0x80, [15] = 7},
                              .not_before = time_of("1949-12-31T23:59:59Z"),
                              .not_after = time_of("2050-01-01"),
                              .exts = buf_slice(&exts)};
    assert_int_equal(ks_sign_certificate(&what, root_key, NULL, &der, NULL), KS_OK);
    assert_verified(&der, &root_spki);
    assert_true(ks_cert_skim(buf_slice(&der), &cert));
    assert_int_equal(cert.version, 3);
    assert_int_equal(cert.not_before, what.not_before);
    assert_int_equal(cert.not_after, what.not_after);
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.issuer), what.issuer));
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.subject), what.subject));
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.spki), what.spki));
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.exts), what.exts));
    assert_true(ks_slice_equal(ks_cert_part(&cert, cert.aki), ks_slice(root_id, sizeof root_id)));
    ks_cert_san(&cert, &san);
    assert_string_equal(ks_buf_text(&san), "dns:iq.example.com");
    ks_cert_serial_hex(&cert, &serial);
    assert_string_equal(ks_buf_text(&serial), "8000000000000000000000000007");
    assert_true(holds(&der,
                      "\x18\x0f"
                      "19491231235959Z",
                      17));
    assert_true(holds(&der,
                      "\x18\x0f"
                      "20500101000000Z",
                      17));
    ks_profile_drop(&p);
    struct ks_buf *all[] = {&root_spki, &spki, &der, &root, &leaf, &exts, &san, &serial};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ks_buf_free(all[i]);
    ks_secret_free(root_key);
    ks_secret_free(key);
}

static void dates_have_two_digits_of_the_year_while_they_may(void **state)
{
    (void)state;
    struct ks_secret *key = new_key("ed25519");
    struct ks_buf spki = spki_of(key), name = name_of("CN=a"), der = KS_BUF_INIT;
    struct ks_to_sign what = self_signed(&name, &spki);
    what.not_before = time_of("1950-01-01");
    what.not_after = time_of("2049-12-31T23:59:59Z");
    assert_int_equal(ks_sign_certificate(&what, key, NULL, &der, NULL), KS_OK);
    assert_true(holds(&der,
                      "\x17\x0d"
                      "500101000000Z",
                      15));
    assert_true(holds(&der,
                      "\x17\x0d"
                      "491231235959Z",
                      15));
    assert_verified(&der, &spki);
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_buf_free(&der);
    ks_secret_free(key);
}

static void assert_refused(const struct ks_to_sign *what, const struct ks_secret *key,
                           const char *slug)
{
    struct ks_buf der = KS_BUF_INIT;
    struct ks_error err = {0};
    assert_int_equal(ks_sign_certificate(what, key, NULL, &der, &err), KS_ERR_USAGE);
    assert_string_equal(err.slug, slug);
    assert_int_equal(der.len, 0);
}

static void impossible_certificates_are_refused(void **state)
{
    (void)state;
    struct ks_secret *key = new_key("ed25519");
    struct ks_buf spki = spki_of(key), name = name_of("CN=a"), none = name_of("");
    struct ks_to_sign what = self_signed(&name, &spki), bad = what;
    bad.not_after = bad.not_before - 1;
    assert_refused(&bad, key, "validity");
    bad = what;
    bad.not_after = INT64_MAX;
    assert_refused(&bad, key, "validity");
    bad = what;
    bad.not_before = INT64_MIN;
    assert_refused(&bad, key, "validity");
    bad = what;
    memset(bad.serial, 0, sizeof bad.serial);
    assert_refused(&bad, key, "serial");
    bad = self_signed(&none, &spki);
    assert_refused(&bad, key, "issuer");
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_buf_free(&none);
    ks_secret_free(key);
}

static void serial_numbers_are_positive_and_differ(void **state)
{
    (void)state;
    uint8_t a[KS_SERIAL_BYTES], b[KS_SERIAL_BYTES];
    for (int i = 0; i < 100; i++) {
        ks_serial_random(a);
        ks_serial_random(b);
        assert_true((a[0] & 0xc0) == 0x40 && (b[0] & 0xc0) == 0x40);
        assert_memory_not_equal(a, b, sizeof a);
    }
}

/* ---- requests ---- */

static void assert_request(const struct ks_buf *der, const struct ks_buf *spki,
                           const char *challenge)
{
    const unsigned char *at = der->data;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, (long)der->len);
    assert_non_null(request);
    assert_ptr_equal(at, der->data + der->len);
    assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
    int where = X509_REQ_get_attr_by_NID(request, NID_pkcs9_challengePassword, -1);
    assert_int_equal(where >= 0, challenge != NULL);
    if (challenge) {
        X509_ATTRIBUTE *attribute = X509_REQ_get_attr(request, where);
        const ASN1_STRING *s = X509_ATTRIBUTE_get0_type(attribute, 0)->value.asn1_string;
        assert_int_equal(ASN1_STRING_length(s), strlen(challenge));
        assert_memory_equal(ASN1_STRING_get0_data(s), challenge, strlen(challenge));
    }
    unsigned char *again = NULL;
    assert_true(i2d_re_X509_REQ_tbs(request, &again) > 0);
    OPENSSL_free(again);
    again = NULL;
    int len = i2d_X509_REQ(request, &again);
    assert_int_equal(len, der->len);
    assert_memory_equal(again, der->data, der->len);
    OPENSSL_free(again);
    X509_REQ_free(request);
    struct ks_request skimmed;
    assert_true(ks_request_skim(buf_slice(der), &skimmed));
    assert_int_equal(ks_request_verify(&skimmed), KS_VERDICT_GOOD);
    assert_true(ks_slice_equal(skimmed.spki, buf_slice(spki)));
    assert_int_equal(skimmed.has_challenge, challenge != NULL);
    assert_int_equal(skimmed.other_attributes, 0);
}

static void requests_are_signed_by_every_kind_of_key(void **state)
{
    (void)state;
    static const char *const words[] = {"rsa:2048", "rsa-pss:2048", "p-256",
                                        "p-521",    "ed25519",      "ed448"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct ks_secret *key = new_key(words[i]);
        struct ks_buf spki = spki_of(key), name = name_of("CN=a,C=DE"), der = KS_BUF_INIT;
        assert_int_equal(ks_sign_request(buf_slice(&name), NOTHING, NULL, key, NULL, &der, NULL),
                         KS_OK);
        assert_request(&der, &spki, NULL);
        ks_buf_free(&spki);
        ks_buf_free(&name);
        ks_buf_free(&der);
        ks_secret_free(key);
    }
}

static void requests_carry_extensions_and_a_challenge(void **state)
{
    (void)state;
    static const char *const challenges[] = {"secret 1", "se_cret", "gehe\xc3\xadm",
                                             "a challenge that is a good deal longer than all of "
                                             "the extensions that are asked for, which puts the "
                                             "attributes the other way round, for a SET is sorted"};
    struct ks_secret *key = new_key("p-256");
    struct ks_buf spki = spki_of(key), name = name_of("CN=a"), exts = KS_BUF_INIT;
    struct ks_profile p = {0};
    ks_profile_from_template(&p, ks_template_named("client"), KS_KEY_EC);
    assert_int_equal(ks_profile_add_name(&p, "a@b", NULL), KS_OK);
    assert_int_equal(ks_profile_put(&p, NOTHING, NOTHING, false, &exts, NULL), KS_OK);
    for (size_t i = 0; i < sizeof challenges / sizeof challenges[0]; i++) {
        struct ks_buf der = KS_BUF_INIT;
        struct ks_request request;
        assert_int_equal(ks_sign_request(buf_slice(&name), buf_slice(&exts), challenges[i], key,
                                         "SHA384withECDSA", &der, NULL),
                         KS_OK);
        assert_request(&der, &spki, challenges[i]);
        assert_true(ks_request_skim(buf_slice(&der), &request));
        assert_true(ks_slice_equal(request.exts, buf_slice(&exts)));
        ks_buf_free(&der);
    }
    ks_profile_drop(&p);
    ks_buf_free(&spki);
    ks_buf_free(&name);
    ks_buf_free(&exts);
    ks_secret_free(key);
}

static void bad_challenges_are_refused(void **state)
{
    (void)state;
    char longest[257];
    struct ks_secret *key = new_key("ed25519");
    struct ks_buf name = name_of("CN=a"), der = KS_BUF_INIT;
    struct ks_error err = {0};
    memset(longest, 'a', 256);
    longest[256] = '\0';
    assert_int_equal(ks_challenge_check(longest + 1, NULL), KS_OK);
    const char *bad[] = {longest, "a\nb", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ks_sign_request(buf_slice(&name), NOTHING, bad[i], key, NULL, &der, &err),
                         KS_ERR_USAGE);
        assert_string_equal(err.slug, "challenge");
        assert_int_equal(der.len, 0);
    }
    ks_buf_free(&name);
    ks_secret_free(key);
}

static void what_is_no_private_key_signs_nothing(void **state)
{
    (void)state;
    struct ks_secret *key = ks_secret_new("no key", 6);
    struct ks_buf name = name_of("CN=a"), der = KS_BUF_INIT;
    struct ks_to_sign what = self_signed(&name, &name);
    assert_int_equal(ks_sign_certificate(&what, key, NULL, &der, NULL), KS_ERR_UNSUPPORTED);
    assert_int_equal(ks_sign_request(buf_slice(&name), NOTHING, NULL, key, NULL, &der, NULL),
                     KS_ERR_UNSUPPORTED);
    assert_int_equal(der.len, 0);
    ks_buf_free(&name);
    ks_secret_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_signs_in_every_way_it_can),
        cmocka_unit_test(small_rsa_keys_have_no_room_for_large_hashes),
        cmocka_unit_test(the_strength_of_the_hash_is_that_of_the_key),
        cmocka_unit_test(limits_of_pss_keys_are_kept),
        cmocka_unit_test(a_pss_key_for_unknown_hashes_signs_nothing),
        cmocka_unit_test(the_parameters_of_pss_are_spelled_as_cas_must),
        cmocka_unit_test(a_key_makes_its_own_signatures_only),
        cmocka_unit_test(a_certificate_says_what_it_was_asked_to),
        cmocka_unit_test(dates_have_two_digits_of_the_year_while_they_may),
        cmocka_unit_test(impossible_certificates_are_refused),
        cmocka_unit_test(serial_numbers_are_positive_and_differ),
        cmocka_unit_test(requests_are_signed_by_every_kind_of_key),
        cmocka_unit_test(requests_carry_extensions_and_a_challenge),
        cmocka_unit_test(bad_challenges_are_refused),
        cmocka_unit_test(what_is_no_private_key_signs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
