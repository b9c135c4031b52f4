/* Certificate requests and revocation lists. */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/request.h"

#include "der_text.h"
#include "make_cert.h"

#define RSA_SIG "30{06=1.2.840.113549.1.1.11 05:}"
#define NAME(cn) "30{31{30{06=2.5.4.3 0c'" cn "'}}}"
#define SPKI "30{30{06=1.2.840.113549.1.1.1 05:} 03:00300702020fff020103}"
#define SAN "30{30{06=2.5.29.17 04{30{82'a'}}}}"
#define REQUEST(attributes) "30{30{02:00 " NAME("s") SPKI attributes "}" RSA_SIG "03:0011}"

static struct ks_blob *blob_of(unsigned char *der, int len)
{
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    return blob;
}

/* A request by OpenSSL, with an extension request and a challenge password. */
static struct ks_blob *openssl_request(EVP_PKEY *key)
{
    X509_REQ *req = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
    X509_EXTENSION *san = X509V3_EXT_nconf_nid(NULL, NULL, NID_subject_alt_name, "DNS:a.example");
    unsigned char *der = NULL;
    assert_true(sk_X509_EXTENSION_push(exts, san) > 0);
    make_name(X509_REQ_get_subject_name(req), "host.example.com", 0, 0, "Example");
    assert_true(X509_REQ_set_pubkey(req, key) && X509_REQ_add_extensions(req, exts) &&
                X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_ASC,
                                          (const unsigned char *)"hush", -1) &&
                X509_REQ_sign(req, key, EVP_sha256()) > 0);
    int len = i2d_X509_REQ(req, &der);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
    X509_REQ_free(req);
    return blob_of(der, len);
}

static void a_request_is_taken_apart(void **state)
{
    (void)state;
    struct ks_blob *der = openssl_request(make_key("host"));
    struct ks_request r;
    struct ks_ext ext;
    struct ks_buf text = KS_BUF_INIT;
    assert_true(ks_request_skim(ks_blob_slice(der), &r));
    ks_name_text(r.subject, &text);
    ks_spki_describe(r.spki, &text);
    ks_sig_alg_text(r.sig_alg, &text);
    assert_string_equal(ks_buf_text(&text), "CN=host.example.com,O=ExampleEC P-256SHA256withECDSA");
    assert_true(r.has_challenge);
    assert_int_equal(r.other_attributes, 0);
    assert_true(ks_ext_find(r.exts, ks_slice("\x55\x1d\x11", 3), &ext));
    assert_int_equal(ks_request_verify(&r), KS_VERDICT_GOOD);
    ks_buf_free(&text);
    ks_blob_unref(der);
}

static void a_changed_request_does_not_verify(void **state)
{
    (void)state;
    struct ks_blob *der = openssl_request(make_key("host"));
    struct ks_request r;
    assert_true(ks_request_skim(ks_blob_slice(der), &r));
    size_t at = (size_t)(r.subject.data - der->data) + r.subject.len - 1;
    uint8_t *bytes = ks_alloc(der->len);
    memcpy(bytes, der->data, der->len);
    bytes[at] ^= 1;
    assert_true(ks_request_skim(ks_slice(bytes, der->len), &r));
    assert_int_equal(ks_request_verify(&r), KS_VERDICT_BAD);
    free(bytes);
    ks_blob_unref(der);
}

static void attributes_of_a_request_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        bool exts, challenge;
        size_t others;
    } cases[] = {
        {REQUEST(""), false, false, 0},
        {REQUEST("a0{}"), false, false, 0},
        {REQUEST("a0{30{06=1.2.840.113549.1.9.14 31{" SAN "}}}"), true, false, 0},
        {REQUEST("a0{30{06=1.3.6.1.4.1.311.2.1.14 31{" SAN "}}}"), true, false, 0},
        {REQUEST("a0{30{06=1.2.840.113549.1.9.14 31{" SAN "}} 30{06=1.3.6.1.4.1.311.2.1.14 31{" SAN
                 "}}}"),
         true, false, 1},
        {REQUEST("a0{30{06=1.2.840.113549.1.9.7 31{0c'hush'}}}"), false, true, 0},
        {REQUEST("a0{30{06=1.3.6.1.4.1.311.13.2.3 31{16'6.1'}} 30{} 30{06=1.2.3}}"), false, false,
         3},
        {REQUEST("a0{30{06=1.2.840.113549.1.9.14 31{}}}"), false, false, 1},
        {REQUEST("a0{30{06=1.2.840.113549.1.9.14}}"), false, false, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf der = der_text(cases[i].notation);
        struct ks_request r;
        assert_true(ks_request_skim(der_slice(&der), &r));
        assert_int_equal(r.exts.len > 0, cases[i].exts);
        assert_int_equal(r.has_challenge, cases[i].challenge);
        assert_int_equal(r.other_attributes, cases[i].others);
        ks_buf_free(&der);
    }
}

static void a_certificate_is_no_request_and_no_list(void **state)
{
    (void)state;
    struct ks_blob *cert = make_cert(&(struct make_cert){.cn = "x"});
    struct ks_buf v1 = der_text("30{30{02:00 " RSA_SIG NAME(
        "i") "30{17'250101000000Z' 17'300101000000Z'}" NAME("s") SPKI "}" RSA_SIG "03:0011}");
    struct ks_request r;
    struct ks_crl crl;
    struct ks_cert c;
    assert_false(ks_request_skim(ks_blob_slice(cert), &r));
    assert_false(ks_crl_skim(ks_blob_slice(cert), &crl));
    assert_false(ks_crl_skim(der_slice(&v1), &crl));
    assert_true(ks_cert_skim(der_slice(&v1), &c));
    ks_blob_unref(cert);
    ks_buf_free(&v1);
}

static void a_request_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct ks_blob *der = openssl_request(make_key("host"));
    for (size_t len = 0; len < der->len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(der->data, len));
        struct ks_request r;
        struct ks_crl crl;
        assert_false(ks_request_skim(ks_blob_slice(cut), &r));
        assert_false(ks_crl_skim(ks_blob_slice(cut), &crl));
        ks_blob_unref(cut);
    }
    ks_blob_unref(der);
}

/* ---- revocation lists ---- */

static ASN1_TIME *asn1_time(const char *text)
{
    return ASN1_TIME_adj(NULL, (time_t)make_time(text), 0, 0);
}

static void revoke(X509_CRL *crl, long serial)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *when = asn1_time("2025-06-01");
    assert_true(ASN1_INTEGER_set(number, serial) && X509_REVOKED_set_serialNumber(entry, number) &&
                X509_REVOKED_set_revocationDate(entry, when) && X509_CRL_add0_revoked(crl, entry));
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(when);
}

static struct ks_blob *openssl_list(EVP_PKEY *key, long revoked)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = X509_NAME_new();
    ASN1_TIME *from = asn1_time("2026-01-01"), *to = asn1_time("2026-02-01");
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    unsigned char *der = NULL;
    make_name(issuer, "Some CA", 0, 0, NULL);
    assert_true(X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
                X509_CRL_set_issuer_name(crl, issuer) && X509_CRL_set1_lastUpdate(crl, from) &&
                X509_CRL_set1_nextUpdate(crl, to));
    for (long i = 1; i <= revoked; i++)
        revoke(crl, i);
    assert_true(ASN1_INTEGER_set(number, 7) &&
                X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) &&
                X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    int len = i2d_X509_CRL(crl, &der);
    ASN1_INTEGER_free(number);
    X509_NAME_free(issuer);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(crl);
    return blob_of(der, len);
}

static void the_entries_of_a_list_have_serial_date_and_reason(void **state)
{
    (void)state;
    struct ks_blob *der = openssl_list(make_key("Some CA"), 300);
    struct ks_crl crl;
    struct ks_revoked r;
    size_t count = 0;
    assert_true(ks_crl_skim(ks_blob_slice(der), &crl));
    for (struct ks_slice rest = crl.entries; ks_crl_next(&rest, &r); count++) {
        assert_int_equal(r.date, make_time("2025-06-01"));
        assert_int_equal(r.reason, -1);
    }
    assert_int_equal(count, 300);
    assert_true(ks_crl_lists(&crl, ks_slice("\x01\x2c", 2), &r)); /* 300 */
    assert_false(ks_crl_lists(&crl, ks_slice("\x01\x2d", 2), &r));
    ks_blob_unref(der);
}

/* The second entry names the CA it is of, and the third is of the same one: RFC 5280 5.3.3. */
static void an_indirect_list_speaks_of_its_own_issuer_only_up_to_another(void **state)
{
    (void)state;
    struct ks_buf der = der_text(
        "30{02:07 17'250601000000Z' 30{30{06=2.5.29.21 04{0a:01}}}} "
        "30{02:08 17'250601000000Z' 30{30{06=2.5.29.29 04{30{}}}}} 30{02:09 17'250601000000Z'}");
    struct ks_crl crl = {.entries = der_slice(&der)};
    struct ks_revoked r;
    assert_true(ks_crl_lists(&crl, ks_slice("\x07", 1), &r));
    assert_string_equal(ks_crl_reason(r.reason), "key compromise");
    assert_false(ks_crl_lists(&crl, ks_slice("\x08", 1), &r));
    assert_false(ks_crl_lists(&crl, ks_slice("\x09", 1), &r));
    ks_buf_free(&der);
}

static void a_revocation_list_is_taken_apart(void **state)
{
    (void)state;
    static const long sizes[] = {0, 1, 1500};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct ks_blob *der = openssl_list(make_key("Some CA"), sizes[i]);
        struct ks_blob *ca = make_cert(&(struct make_cert){.cn = "Some CA"});
        struct ks_crl crl;
        struct ks_cert c;
        struct ks_ext ext;
        struct ks_buf text = KS_BUF_INIT;
        assert_true(ks_crl_skim(ks_blob_slice(der), &crl));
        assert_true(ks_cert_skim(ks_blob_slice(ca), &c));
        assert_int_equal(crl.version, 2);
        assert_int_equal(crl.revoked, sizes[i]);
        assert_int_equal(crl.this_update, make_time("2026-01-01"));
        assert_int_equal(crl.next_update, make_time("2026-02-01"));
        ks_name_text(crl.issuer, &text);
        assert_string_equal(ks_buf_text(&text), "CN=Some CA");
        assert_true(ks_ext_find(crl.exts, ks_slice("\x55\x1d\x14", 3), &ext));
        ks_buf_clear(&text);
        assert_true(ks_ext_text(&ext, &text));
        assert_string_equal(ks_buf_text(&text), "7");
        assert_int_equal(ks_signed_verify(crl.der, ks_cert_part(&c, c.spki)), KS_VERDICT_GOOD);
        ks_buf_free(&text);
        ks_blob_unref(der);
        ks_blob_unref(ca);
    }
}

static void revocation_lists_come_in_several_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        unsigned version;
        size_t revoked;
        bool next, exts;
    } cases[] = {
        {"30{30{" RSA_SIG NAME("i") "17'250101000000Z'}" RSA_SIG "03:0011}", 1, 0, false, false},
        {"30{30{02:01 " RSA_SIG NAME("i") "17'250101000000Z' 17'250201000000Z' 30{}}" RSA_SIG
                                          "03:0011}",
         2, 0, true, false},
        {"30{30{02:01 " RSA_SIG NAME(
             "i") "17'250101000000Z' 30{30{02:01 17'250101000000Z'} 30{}}}" RSA_SIG "03:0011}",
         2, 2, false, false},
        {"30~{30~{02:01 " RSA_SIG NAME(
             "i") "17'250101000000Z' 30~{30~{}} a0~{30~{30{06=2.5.29.20 04:020107}}}}" RSA_SIG
                  "03:0011}",
         2, 1, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf der = der_text(cases[i].notation);
        struct ks_crl crl;
        assert_true(ks_crl_skim(der_slice(&der), &crl));
        assert_int_equal(crl.version, cases[i].version);
        assert_int_equal(crl.revoked, cases[i].revoked);
        assert_int_equal(crl.this_update, make_time("2025-01-01"));
        assert_int_equal(crl.next_update != KS_TIME_NONE, cases[i].next);
        assert_int_equal(crl.exts.len > 0, cases[i].exts);
        ks_buf_free(&der);
    }
}

static void a_revocation_list_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct ks_blob *der = openssl_list(make_key("Some CA"), 2);
    for (size_t len = 0; len < der->len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(der->data, len));
        struct ks_crl crl;
        assert_false(ks_crl_skim(ks_blob_slice(cut), &crl));
        assert_true(crl.next_update == KS_TIME_NONE);
        ks_blob_unref(cut);
    }
    ks_blob_unref(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_taken_apart),
        cmocka_unit_test(a_changed_request_does_not_verify),
        cmocka_unit_test(attributes_of_a_request_are_counted),
        cmocka_unit_test(a_certificate_is_no_request_and_no_list),
        cmocka_unit_test(a_request_cut_anywhere_is_refused),
        cmocka_unit_test(the_entries_of_a_list_have_serial_date_and_reason),
        cmocka_unit_test(an_indirect_list_speaks_of_its_own_issuer_only_up_to_another),
        cmocka_unit_test(a_revocation_list_is_taken_apart),
        cmocka_unit_test(revocation_lists_come_in_several_shapes),
        cmocka_unit_test(a_revocation_list_cut_anywhere_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
