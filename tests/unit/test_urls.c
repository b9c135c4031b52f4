/* The places that certificates name: of issuers, responders and revocation lists. */
#include "make_cert.h"

#include "x509/cert.h"
#include "x509/der.h"

/* All of a kind, separated by blanks. */
static char *urls(const struct make_cert *m, enum ks_url_kind kind)
{
    struct ks_blob *der = make_cert(m);
    struct ks_buf all = KS_BUF_INIT, one = KS_BUF_INIT;
    struct ks_cert c;
    size_t at = 0;

    assert_true(ks_cert_skim(ks_blob_slice(der), &c));
    while (ks_cert_url_next(&c, kind, &at, &one)) {
        ks_buf_printf(&all, "%s%s", all.len ? " " : "", ks_buf_text(&one));
        ks_buf_clear(&one);
    }
    assert_int_equal(one.len, 0);
    ks_buf_free(&one);
    ks_blob_unref(der);
    return ks_buf_steal(&all);
}

static void check(const struct make_cert *m, enum ks_url_kind kind, const char *expected)
{
    char *found = urls(m, kind);
    assert_string_equal(found, expected);
    free(found);
}

static void every_url_of_a_kind_is_given_in_order(void **state)
{
    static const struct make_cert leaf = {
        .cn = "leaf",
        .issuer = "ca",
        .access = "caIssuers;URI:ldap://ca/x,OCSP;URI:http://o1/,caIssuers;URI:http://ca/i.crt,"
                  "caIssuers;DNS:ca.example,OCSP;URI:http://o2/",
        .points = "URI:http://ca/1.crl,URI:ldap://ca/2,DNS:ca.example,URI:http://ca/3.crl"};
    (void)state;
    check(&leaf, KS_URL_ISSUER, "ldap://ca/x http://ca/i.crt");
    check(&leaf, KS_URL_OCSP, "http://o1/ http://o2/");
    check(&leaf, KS_URL_CRL, "http://ca/1.crl ldap://ca/2 http://ca/3.crl");
}

static void a_certificate_that_says_nothing_has_none(void **state)
{
    static const struct make_cert plain = {.cn = "plain"}, old = {.cn = "old", .version = 1};
    (void)state;
    for (int kind = KS_URL_ISSUER; kind <= KS_URL_CRL; kind++) {
        check(&plain, (enum ks_url_kind)kind, "");
        check(&old, (enum ks_url_kind)kind, "");
    }
}

/* OpenSSL's words for extensions cannot say these: the bytes are put in by hand. */
static void check_raw(int nid, struct ks_slice value, enum ks_url_kind kind, size_t count)
{
    X509 *x = X509_new();
    EVP_PKEY *key = make_key("raw");
    ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
    struct ks_buf out = KS_BUF_INIT;
    struct ks_cert c;
    size_t at = 0, seen = 0;

    make_name(X509_get_subject_name(x), "raw", 0, 0, NULL);
    make_name(X509_get_issuer_name(x), "raw", 0, 0, NULL);
    make_dates(x, &(struct make_cert){.cn = "raw"});
    assert_true(X509_set_version(x, X509_VERSION_3) && X509_set_pubkey(x, key));
    assert_true(ASN1_OCTET_STRING_set(s, value.data, (int)value.len));
    X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, nid, 0, s);
    assert_true(X509_add_ext(x, ext, -1) && X509_sign(x, key, EVP_sha256()) > 0);
    struct ks_blob *der = make_der(x);
    assert_true(ks_cert_skim(ks_blob_slice(der), &c));
    while (ks_cert_url_next(&c, kind, &at, &out))
        seen++;
    assert_int_equal(seen, count);
    ks_buf_free(&out);
    ks_blob_unref(der);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(s);
    X509_free(x);
}

static void put_access(struct ks_buf *list, struct ks_slice url)
{
    static const uint8_t method[] = {6, 8, 0x2b, 6, 1, 5, 5, 7, 48, 2};
    struct ks_buf access = KS_BUF_INIT;
    ks_buf_append(&access, method, sizeof method);
    ks_der_put(&access, KS_DER_CONTEXT(6), url);
    ks_der_put(list, KS_DER_SEQUENCE, ks_slice(access.data, access.len));
    ks_buf_free(&access);
}

static void check_accesses(struct ks_slice odd, size_t times, size_t count)
{
    struct ks_buf list = KS_BUF_INIT, whole = KS_BUF_INIT;
    for (size_t i = 0; i < times; i++)
        put_access(&list, odd);
    put_access(&list, ks_slice_str("http://ca/"));
    ks_der_put(&whole, KS_DER_SEQUENCE, ks_slice(list.data, list.len));
    check_raw(NID_info_access, ks_slice(whole.data, whole.len), KS_URL_ISSUER, count);
    ks_buf_free(&list);
    ks_buf_free(&whole);
}

static void what_cannot_be_a_url_is_passed_over(void **state)
{
    char *longest = ks_alloc(2001);
    (void)state;
    memset(longest, 'a', 2001);
    check_accesses(ks_slice(NULL, 0), 1, 1);
    check_accesses(ks_slice("http://a\0b", 10), 1, 1);
    check_accesses(ks_slice(longest, 2001), 1, 1);
    check_accesses(ks_slice(longest, 2000), 1, 2);
    free(longest);
}

static void more_than_sixty_four_are_not_looked_at(void **state)
{
    (void)state;
    check_accesses(ks_slice_str("http://other/"), 63, 64);
    check_accesses(ks_slice_str("http://other/"), 1000, 64);
}

static void damaged_lists_end_the_search(void **state)
{
    (void)state;
    check_raw(NID_info_access, ks_slice("\x30\x05\x30\x10\x06\x01\x2b", 7), KS_URL_ISSUER, 0);
    check_raw(NID_info_access, ks_slice("\x04\x00", 2), KS_URL_OCSP, 0);
    check_raw(NID_crl_distribution_points, ks_slice("\x30\x04\x30\x02\xa0\x00", 6), KS_URL_CRL, 0);
    check_raw(NID_crl_distribution_points, ks_slice("\x30\x06\x30\x04\xa0\x02\xa1\x00", 8),
              KS_URL_CRL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_url_of_a_kind_is_given_in_order),
        cmocka_unit_test(a_certificate_that_says_nothing_has_none),
        cmocka_unit_test(what_cannot_be_a_url_is_passed_over),
        cmocka_unit_test(more_than_sixty_four_are_not_looked_at),
        cmocka_unit_test(damaged_lists_end_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
