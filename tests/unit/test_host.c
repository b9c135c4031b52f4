/* Which certificate answers for which host, by the rules of RFC 6125 and as clients apply them. */
#include "make_cert.h"

#include "x509/host.h"

#include <stdio.h>

/* ---- helpers ---- */

static enum ks_host_match asked(const struct make_cert *m, const char *host)
{
    struct ks_blob *der = make_cert(m);
    struct ks_cert cert;
    assert_true(ks_cert_skim(ks_blob_slice(der), &cert));
    enum ks_host_match found = ks_cert_answers_for(&cert, host);
    ks_blob_unref(der);
    return found;
}

static enum ks_host_match san(const char *names, const char *host)
{
    return asked(&(struct make_cert){.cn = "some server", .san = names}, host);
}

static enum ks_host_match cn(const char *name, const char *host)
{
    return asked(&(struct make_cert){.cn = name, .key = make_key("host")}, host);
}

struct row {
    const char *san, *host;
    enum ks_host_match match;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum ks_host_match found = san(rows[i].san, rows[i].host);
        if (found != rows[i].match)
            fail_msg("%s asked for %s: %d", rows[i].san, rows[i].host, (int)found);
    }
}
#define CHECK(rows) check(rows, sizeof rows / sizeof rows[0])

/* ---- names ---- */

static void a_name_is_compared_without_regard_to_case(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"DNS:www.example.com", "www.example.com", KS_HOST_MATCH},
        {"DNS:WWW.Example.COM", "www.exAMPle.com", KS_HOST_MATCH},
        {"DNS:a.example,DNS:b.example", "b.example", KS_HOST_MATCH},
        {"DNS:www.example.com", "example.com", KS_HOST_OTHER},
        {"DNS:example.com", "www.example.com", KS_HOST_OTHER},
        {"DNS:localhost", "localhost", KS_HOST_MATCH},
        {"email:a@b.example,DNS:b.example", "b.example", KS_HOST_MATCH},
    };
    CHECK(rows);
}

static void a_dot_at_the_end_of_the_host_is_ignored(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"DNS:www.example.com", "www.example.com.", KS_HOST_MATCH},
        {"DNS:*.example.com", "www.example.com.", KS_HOST_MATCH},
        {"DNS:www.example.com.", "www.example.com", KS_HOST_OTHER},
        {"DNS:www.example.com", "www.example.com..", KS_HOST_OTHER},
    };
    CHECK(rows);
}

static void a_wildcard_is_exactly_one_whole_left_label(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"DNS:*.example.com", "www.example.com", KS_HOST_MATCH},
        {"DNS:*.Example.com", "WWW.example.com", KS_HOST_MATCH},
        {"DNS:*.example.com", "example.com", KS_HOST_OTHER},
        {"DNS:*.example.com", "a.b.example.com", KS_HOST_OTHER},
        {"DNS:w*.example.com", "www.example.com", KS_HOST_OTHER},
        {"DNS:*w.example.com", "www.example.com", KS_HOST_OTHER},
        {"DNS:www.*.com", "www.example.com", KS_HOST_OTHER},
        {"DNS:*.*.com", "www.example.com", KS_HOST_OTHER},
        {"DNS:*", "localhost", KS_HOST_OTHER},
        {"DNS:*.com", "example.com", KS_HOST_OTHER},
        {"DNS:*.example.com", ".example.com", KS_HOST_OTHER},
        {"DNS:*.example.com", "xn--bcher-kva.example.com", KS_HOST_MATCH},
    };
    CHECK(rows);
}

static void a_host_in_unicode_is_compared_as_its_a_labels(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"DNS:xn--bcher-kva.example",
         "b\xc3\xbc"
         "cher.example",
         KS_HOST_MATCH},
        {"DNS:xn--bcher-kva.example",
         "B\xc3\x9c"
         "CHER.example",
         KS_HOST_MATCH},
        {"DNS:xn--bcher-kva.example",
         "bu\xcc\x88"
         "cher.example",
         KS_HOST_MATCH}, /* u, diaeresis */
        {"DNS:XN--BCHER-KVA.example", "xn--bcher-kva.example", KS_HOST_MATCH},
        {"DNS:*.xn--bcher-kva.example",
         "www.b\xc3\xbc"
         "cher.example",
         KS_HOST_MATCH},
        {"DNS:xn--bcher-kva.example", "bucher.example", KS_HOST_OTHER},
    };
    CHECK(rows);
}

/* ---- addresses ---- */

static void an_address_is_matched_by_an_address_only(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"IP:192.0.2.1", "192.0.2.1", KS_HOST_MATCH},
        {"IP:192.0.2.1", "192.0.2.2", KS_HOST_OTHER},
        {"DNS:192.0.2.1", "192.0.2.1", KS_HOST_OTHER},
        {"DNS:*.0.2.1", "192.0.2.1", KS_HOST_OTHER},
        {"DNS:a.example,IP:192.0.2.1", "192.0.2.1", KS_HOST_MATCH},
        {"IP:192.0.2.1", "a.example", KS_HOST_OTHER},
        {"IP:2001:db8::1", "2001:db8::1", KS_HOST_MATCH},
        {"IP:2001:db8::1", "[2001:DB8:0:0::1]", KS_HOST_MATCH},
        {"IP:2001:db8::1", "2001:db8::2", KS_HOST_OTHER},
        {"IP:192.0.2.1", "::ffff:192.0.2.1", KS_HOST_OTHER},
    };
    CHECK(rows);
    assert_int_equal(cn("192.0.2.1", "192.0.2.1"), KS_HOST_NO_NAMES);
}

static void what_is_an_address(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "[2001:db8::1]", "::ffff:192.0.2.1"};
    static const char *const no[] = {
        "",     "192.0.2",      "192.0.2.256", "192.0.2.1.", "[192.0.2.1]", "[]",
        "[::1", "fe80::1%eth0", "1234",        "a.example",  "192.0.2.1 "};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!ks_host_is_address(yes[i], strlen(yes[i])))
            fail_msg("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (ks_host_is_address(no[i], strlen(no[i])))
            fail_msg("%s", no[i]);
    assert_false(ks_host_is_address("192.0.2.1\0", 10));
    assert_true(ks_host_is_address("192.0.2.19", 9));
}

static void an_address_among_the_dns_names_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *san, *address;
    } rows[] = {
        {"DNS:a.example,DNS:192.0.2.7,DNS:192.0.2.8", "192.0.2.7"},
        {"DNS:2001:db8::1", "2001:db8::1"},
        {"DNS:a.example,IP:192.0.2.7", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_blob *der = make_cert(&(struct make_cert){.cn = "x", .san = rows[i].san});
        struct ks_cert cert;
        assert_true(ks_cert_skim(ks_blob_slice(der), &cert));
        struct ks_slice found = ks_cert_address_as_dns(&cert);
        if (rows[i].address)
            assert_true(ks_slice_equal(found, ks_slice_str(rows[i].address)));
        else
            assert_null(found.data);
        ks_blob_unref(der);
    }
}

/* ---- the common name ---- */

static void the_common_name_counts_where_there_is_no_other_name(void **state)
{
    (void)state;
    assert_int_equal(cn("www.example.com", "www.example.com"), KS_HOST_BY_CN);
    assert_int_equal(cn("*.example.com", "www.example.com"), KS_HOST_BY_CN);
    assert_int_equal(cn("www.example.com", "www.example.org"), KS_HOST_NO_NAMES);
    struct make_cert other = {.cn = "www.example.com", .san = "DNS:other.example"};
    assert_int_equal(asked(&other, "www.example.com"), KS_HOST_OTHER);
    struct make_cert mail = {.cn = "www.example.com", .san = "email:a@b.example"};
    assert_int_equal(asked(&mail, "www.example.com"), KS_HOST_BY_CN);
    assert_int_equal(asked(&mail, "www.example.org"), KS_HOST_OTHER);
    struct make_cert address = {.cn = "www.example.com", .san = "IP:192.0.2.1"};
    assert_int_equal(asked(&address, "www.example.com"), KS_HOST_BY_CN_JAVA);
    assert_int_equal(asked(&address, "www.example.org"), KS_HOST_OTHER);
    assert_int_equal(asked(&address, "192.0.2.2"), KS_HOST_OTHER);
}

/* ---- hostile ---- */

static void a_name_with_a_nul_is_not_cut_there(void **state)
{
    (void)state;
    static const char deceiving[] = "www.example.com\0.evil.example";
    struct make_cert m = {.cn = deceiving,
                          .cn_len = sizeof deceiving - 1,
                          .string_type = V_ASN1_UTF8STRING,
                          .key = make_key("host")};
    assert_int_equal(asked(&m, "www.example.com"), KS_HOST_NO_NAMES);
    assert_int_equal(cn("www.example.com ", "www.example.com"), KS_HOST_NO_NAMES);
}

static bool put_raw_san(X509 *cert, const uint8_t *der, int len)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    assert_true(ASN1_OCTET_STRING_set(value, der, len));
    X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, NID_subject_alt_name, 0, value);
    bool put = X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(value);
    return put;
}

static enum ks_host_match raw_san(const void *der, size_t len, const char *host)
{
    struct ks_blob *plain = make_cert(&(struct make_cert){.cn = "a.example"});
    const unsigned char *at = plain->data;
    X509 *cert = d2i_X509(NULL, &at, (long)plain->len);
    struct ks_cert skimmed;
    assert_true(cert && put_raw_san(cert, der, (int)len));
    assert_true(X509_sign(cert, make_key("a.example"), EVP_sha256()) > 0);
    struct ks_blob *blob = make_der(cert);
    assert_true(ks_cert_skim(ks_blob_slice(blob), &skimmed));
    enum ks_host_match found = ks_cert_answers_for(&skimmed, host);
    (void)ks_cert_address_as_dns(&skimmed);
    X509_free(cert);
    ks_blob_unref(plain);
    ks_blob_unref(blob);
    return found;
}

static void names_that_cannot_be_read_are_not_replaced_by_the_common_name(void **state)
{
    (void)state;
    static const uint8_t junk[] = {0x04, 0x01, 0x00};
    static const uint8_t cut[] = {0x30, 0x0c, 0x82, 0x20, 'a', '.', 'e',
                                  'x',  'a',  'm',  'p',  'l', 'e', 0};
    static const uint8_t blank[] = {0x30, 0x02, 0x82, 0x00};
    static const uint8_t short_ip[] = {0x30, 0x05, 0x87, 0x03, 192, 0, 2};
    assert_int_equal(raw_san(junk, sizeof junk, "a.example"), KS_HOST_OTHER);
    assert_int_equal(raw_san(cut, sizeof cut, "a.example"), KS_HOST_OTHER);
    assert_int_equal(raw_san(blank, sizeof blank, "a.example"), KS_HOST_OTHER);
    assert_int_equal(raw_san(short_ip, sizeof short_ip, "192.0.2.0"), KS_HOST_OTHER);
}

static void hosts_that_cannot_be_are_refused_and_answered_for_by_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *host, *why;
    } rows[] = {
        {"", "no host name"},
        {"https://a.example/", "'/'"},
        {"a.example:443", "':'"},
        {"fe80::1%eth0", "':'"},
        {"*.example.com", "'*'"},
        {"192.0.2", "IPv4"},
        {"192.0.2.256", "IPv4"},
        {"192.0.2.0x1", "IPv4"},
        {"0xc0000201.", "IPv4"},
        {"a..example", "empty"},
        {".example", "empty"},
        {".", "empty"},
        {"a b.example", "blank"},
        {" a.example", "blank"},
        {"a_b!.example", "character"},
        {"a\x1b[31m.example", "character"},
        {"\xff\xfe.example", "character"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", "63"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *why = ks_host_refusal(rows[i].host);
        if (!why || !strstr(why, rows[i].why))
            fail_msg("%s: %s", rows[i].host, why ? why : "taken");
        assert_int_equal(san("DNS:a.example,DNS:*.example.com", rows[i].host), KS_HOST_OTHER);
    }
    assert_non_null(ks_host_refusal(NULL));
    char *endless = ks_alloc(1 << 20);
    memset(endless, 'a', 1 << 20);
    endless[(1 << 20) - 1] = '\0';
    assert_non_null(ks_host_refusal(endless));
    assert_int_equal(san("DNS:a.example", endless), KS_HOST_OTHER);
    free(endless);
}

static void hosts_that_can_be_are_taken(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost",
                                        "a.example",
                                        "a.example.",
                                        "A_b-c.example",
                                        "192.0.2.1",
                                        "::1",
                                        "[::1]",
                                        "b\xc3\xbc"
                                        "cher.example",
                                        "3com.example",
                                        "0x7f.example",
                                        "xn--bcher-kva.example"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (ks_host_refusal(hosts[i]))
            fail_msg("%s: %s", hosts[i], ks_host_refusal(hosts[i]));
}

static void what_is_no_certificate_answers_for_nothing(void **state)
{
    (void)state;
    struct ks_cert broken;
    assert_false(ks_cert_skim(ks_slice_str("junk"), &broken));
    assert_int_equal(ks_cert_answers_for(&broken, "a.example"), KS_HOST_NO_NAMES);
    assert_null(ks_cert_address_as_dns(&broken).data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_compared_without_regard_to_case),
        cmocka_unit_test(a_dot_at_the_end_of_the_host_is_ignored),
        cmocka_unit_test(a_wildcard_is_exactly_one_whole_left_label),
        cmocka_unit_test(a_host_in_unicode_is_compared_as_its_a_labels),
        cmocka_unit_test(an_address_is_matched_by_an_address_only),
        cmocka_unit_test(what_is_an_address),
        cmocka_unit_test(an_address_among_the_dns_names_is_found),
        cmocka_unit_test(the_common_name_counts_where_there_is_no_other_name),
        cmocka_unit_test(a_name_with_a_nul_is_not_cut_there),
        cmocka_unit_test(names_that_cannot_be_read_are_not_replaced_by_the_common_name),
        cmocka_unit_test(hosts_that_cannot_be_are_refused_and_answered_for_by_nothing),
        cmocka_unit_test(hosts_that_can_be_are_taken),
        cmocka_unit_test(what_is_no_certificate_answers_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
