/* Subject alternative names from lines of text. */
#include "x509/alt_names.h"
#include "x509/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "der_text.h"
#include "hex.h"

static void good_lines_have_one_spelling(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"iq.example.com", "dns:iq.example.com"},
        {"  DNS: iq.example.com ", "dns:iq.example.com"},
        {"localhost", "dns:localhost"},
        {"*.example.com", "dns:*.example.com"},
        {"my_host-1.corp", "dns:my_host-1.corp"},
        {"b\xc3\xbc"
         "cher.example",
         "dns:xn--bcher-kva.example"},
        {"B\xc3\x9c"
         "CHER.example",
         "dns:xn--bcher-kva.example"},
        {"bu\xcc\x88"
         "cher.example",
         "dns:xn--bcher-kva.example"}, /* decomposed */
        {"*.\xe4\xbe\x8b\xe5\xad\x90.example", "dns:*.xn--fsqu00a.example"},
        {"stra\xc3\x9f"
         "e.example",
         "dns:xn--strae-oqa.example"},
        {"192.0.2.1", "ip:192.0.2.1"},
        {"ip:192.0.2.1", "ip:192.0.2.1"},
        {"2001:DB8:0::1", "ip:2001:db8::1"},
        {"::1", "ip:::1"},
        {"IP:::ffff:192.0.2.1", "ip:::ffff:c000:201"},
        {"a.b+c@example.com", "email:a.b+c@example.com"},
        {"rfc822:a@b\xc3\xbc.example", "email:a@xn--b-eha.example"},
        {"https://iq.example.com:8443/x?y=%20", "uri:https://iq.example.com:8443/x?y=%20"},
        {"urn:uuid:f81d4fae", "uri:urn:uuid:f81d4fae"},
        {"uri:spiffe://a/b", "uri:spiffe://a/b"},
        {"dir:CN=a, O=b", "dir:CN=a,O=b"},
        {"dirName:CN=a", "dir:CN=a"},
        {"oid:1.2.3.4", "oid:1.2.3.4"},
        {"RID:1.2.3.4", "oid:1.2.3.4"},
        {"other:userPrincipalName=a@b", "other:userPrincipalName=a@b"},
        {"other:1.3.6.1.4.1.311.20.2.3=a@b", "other:userPrincipalName=a@b"},
        {"der:82016a", "dns:j"},
        {"der:870101", "der:870101"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf got = KS_BUF_INIT, again = KS_BUF_INIT;
        struct ks_error err = {0};
        if (ks_alt_name_check(cases[i][0], &got, &err) != KS_OK)
            fail_msg("%s: %s", cases[i][0], err.what);
        assert_string_equal(ks_buf_text(&got), cases[i][1]);
        assert_int_equal(ks_alt_name_check(ks_buf_text(&got), &again, NULL), KS_OK);
        assert_string_equal(ks_buf_text(&again), ks_buf_text(&got));
        ks_buf_free(&got);
        ks_buf_free(&again);
    }
}

static void bad_lines_say_why(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "no name"},
        {"dns:", "no host name"},
        {"iq.example.com.", "a dot at the end"},
        {".example.com", "two dots"},
        {"a..b", "two dots"},
        {"*", "'*'"},
        {"*example.com", "'*'"},
        {"f*.example.com", "'*'"},
        {"a.*.example.com", "'*'"},
        {"*.*.example.com", "'*'"},
        {"-a.example", "'-'"},
        {"a-.example", "'-'"},
        {"a b.example", "a blank"},
        {"a,b", "','"},
        {"iq.example.com:8443", "no port"},
        {"iq.example.com/x", "without scheme and path"},
        {"10.0.0.0/8", "'/'"},
        {"ip:10.0.0.0/8", "an address, not a network"},
        {"300.1.1.1", "not an IPv4 address"},
        {"1.2.3", "not an IPv4 address"},
        {"ip:host", "not an IPv4 address"},
        {"ip:1:2", "not an IPv6 address"},
        {"ip:[::1]", "not an IPv6 address"},
        {"a\xe2\x80\x8d"
         "b.example",
         "no host name has"}, /* joiner */
        {"a\xe2\x80\xae"
         "b.example",
         "no host name has"}, /* right-to-left override */
        {"\xf0\x9f\x98\x80.example", "no host name has"},
        {"\xff.example", "not UTF-8"},
        {"a234567890123456789012345678901234567890123456789012345678901234.example", "63"},
        {"email:a", "no '@'"},
        {"@b", "in front of the '@'"},
        {"a b@c", "in front of the '@'"},
        {".a@c", "in front of the '@'"},
        {"a@", "no host name"},
        {"a@*.b", "'*'"},
        {"uri:x", "a scheme"},
        {"uri:https://", "a scheme alone"},
        {"https://a b", "%XX"},
        {"https://\xc3\xbc/", "%XX"},
        {"dir:", "an empty name"},
        {"dir:C=USA", "C is two letters"},
        {"oid:1", "not an OID"},
        {"oid:a.b", "not an OID"},
        {"other:x", "OID=text"},
        {"other:1.2.3=", "OID=text"},
        {"der:0c0161", "general name in hex"},
        {"der:8201", "general name in hex"},
        {"der:8", "general name in hex"},
        {"der:8\x12"
         "016a",
         "general name in hex"},
        {"der:", "general name in hex"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf got = KS_BUF_INIT;
        struct ks_error err = {0};
        if (ks_alt_name_check(cases[i][0], &got, &err) != KS_ERR_USAGE)
            fail_msg("%s was taken", cases[i][0]);
        assert_string_equal(err.slug, "alt-name");
        if (!strstr(err.what, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], err.what);
        assert_int_equal(got.len, 0);
    }
}

static void long_host_names_are_refused(void **state)
{
    (void)state;
    struct ks_buf host = KS_BUF_INIT;
    for (int i = 0; i < 50; i++)
        ks_buf_str(&host, "abcd.");
    ks_buf_str(&host, "abc");
    assert_int_equal(host.len, 253);
    assert_int_equal(ks_alt_name_check(ks_buf_text(&host), NULL, NULL), KS_OK);
    ks_buf_str(&host, "d");
    assert_int_equal(ks_alt_name_check(ks_buf_text(&host), NULL, NULL), KS_ERR_USAGE);
    ks_buf_free(&host);
}

static void lines_become_general_names(void **state)
{
    (void)state;
    static const char *const lines[] = {"a.example",
                                        "",
                                        "  ",
                                        "192.0.2.1",
                                        "DNS:a.example",
                                        "email:a@b",
                                        "uri:https://a/",
                                        "dir:CN=a",
                                        "oid:1.2.3",
                                        "::1",
                                        "other:userPrincipalName=a@b"};
    struct ks_buf got = KS_BUF_INIT, text = KS_BUF_INIT;
    struct ks_buf want = der_text(
        "30{82'a.example' 87:c0000201 81'a@b' 86'https://a/' a4{30{31{30{06=2.5.4.3 0c'a'}}}}"
        " 88=1.2.3 87:00000000000000000000000000000001"
        " a0{06=1.3.6.1.4.1.311.20.2.3 a0{0c'a@b'}}}");
    assert_int_equal(ks_alt_names_put(lines, sizeof lines / sizeof lines[0], &got, NULL), KS_OK);
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.data, want.data, want.len);
    assert_true(ks_ext_general_names(buf_slice(&got), &text));
    assert_string_equal(ks_buf_text(&text),
                        "dns:a.example\nip:192.0.2.1\nemail:a@b\nuri:https://a/\ndir:CN=a\n"
                        "oid:1.2.3\nip:::1\nother:userPrincipalName=a@b");
    ks_buf_free(&got);
    ks_buf_free(&want);
    ks_buf_free(&text);
}

static void a_bad_line_is_named(void **state)
{
    (void)state;
    static const char *const lines[] = {"a.example", "", "b..example"};
    struct ks_buf got = KS_BUF_INIT;
    struct ks_error err = {0};
    assert_int_equal(ks_alt_names_put(lines, 3, &got, &err), KS_ERR_USAGE);
    assert_string_equal(err.what, "line 3, 'b..example': two dots in a row, or one in front");
    assert_int_equal(got.len, 0);
    assert_int_equal(ks_alt_names_put(lines + 1, 1, &got, &err), KS_OK);
    assert_int_equal(got.len, 0);
}

static void their_number_is_bounded(void **state)
{
    (void)state;
    enum { MORE = KS_ALT_NAMES_MAX + 1 };
    char(*text)[24] = calloc(MORE, sizeof *text);
    const char **lines = calloc(MORE, sizeof *lines);
    struct ks_buf got = KS_BUF_INIT;
    for (int i = 0; i < MORE; i++) {
        (void)snprintf(text[i], sizeof text[i], "h%d.example", i);
        lines[i] = text[i];
    }
    assert_int_equal(ks_alt_names_put(lines, KS_ALT_NAMES_MAX, &got, NULL), KS_OK);
    assert_int_equal(ks_alt_names_put(lines, MORE, &got, NULL), KS_ERR_USAGE);
    ks_buf_free(&got);
    free(text);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines_have_one_spelling),
        cmocka_unit_test(bad_lines_say_why),
        cmocka_unit_test(long_host_names_are_refused),
        cmocka_unit_test(lines_become_general_names),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(their_number_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
