/* Distinguished names from text. */
#include "x509/dn.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "der_text.h"
#include "hex.h"

static void assert_der(const char *text, const char *notation)
{
    struct ks_buf got = KS_BUF_INIT, want = der_text(notation);
    struct ks_error err = {0};
    if (ks_dn_parse(text, &got, &err) != KS_OK)
        fail_msg("%s: %s", text, err.what);
    if (!ks_slice_equal(buf_slice(&got), der_slice(&want)))
        fail_msg("%s is encoded as %s", text, hex_of(got.data, got.len));
    ks_buf_free(&got);
    ks_buf_free(&want);
}

static void the_first_of_the_text_is_the_last_of_the_encoding(void **state)
{
    (void)state;
    assert_der("CN=iq.example.com,O=Example,C=US",
               "30{31{30{06=2.5.4.6 13'US'}} 31{30{06=2.5.4.10 0c'Example'}}"
               " 31{30{06=2.5.4.3 0c'iq.example.com'}}}");
    assert_der("", "30{}");
    assert_der("  ", "30{}");
    assert_der("(empty)", "30{}");
}

static void values_have_the_string_types_of_rfc_5280(void **state)
{
    (void)state;
    assert_der("C=DE", "30{31{30{06=2.5.4.6 13'DE'}}}");
    assert_der("EMAILADDRESS=a@b.example", "30{31{30{06=1.2.840.113549.1.9.1 16'a@b.example'}}}");
    assert_der("DC=example", "30{31{30{06=0.9.2342.19200300.100.1.25 16'example'}}}");
    assert_der("SERIALNUMBER=HRB 1-2", "30{31{30{06=2.5.4.5 13'HRB 1-2'}}}");
    assert_der("SERIALNUMBER=a_b", "30{31{30{06=2.5.4.5 0c'a_b'}}}");
    assert_der("L=M\xc3\xbcnchen", "30{31{30{06=2.5.4.7 0c'M\xc3\xbcnchen'}}}");
    assert_der("1.2.3.4=x", "30{31{30{06=1.2.3.4 0c'x'}}}");
}

static void keys_are_taken_in_every_usual_spelling(void **state)
{
    (void)state;
    static const char *const spellings[][2] = {
        {"cn=a", "CN=a"},
        {"S=a", "ST=a"},
        {"e=a", "EMAILADDRESS=a"},
        {"emailAddress=a", "EMAILADDRESS=a"},
        {"GN=a", "GIVENNAME=a"},
        {"SN=a", "SURNAME=a"},
        {"title=a", "T=a"},
        {"OID.2.5.4.3=a", "CN=a"},
        {"2.5.4.97=a", "organizationIdentifier=a"},
        {"organizationName=a", "O=a"},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct ks_buf name = KS_BUF_INIT, text = KS_BUF_INIT;
        assert_int_equal(ks_dn_parse(spellings[i][0], &name, NULL), KS_OK);
        ks_name_text(buf_slice(&name), &text);
        assert_string_equal(ks_buf_text(&text), spellings[i][1]);
        ks_buf_free(&name);
        ks_buf_free(&text);
    }
}

static void blanks_and_semicolons_separate(void **state)
{
    (void)state;
    static const char want[] = "30{31{30{06=2.5.4.6 13'US'}} 31{30{06=2.5.4.3 0c'a b'}}}";
    assert_der("CN=a b, C=US", want);
    assert_der(" CN = a b ; C = US ", want);
    assert_der("CN=\"a b\" , C=\"US\"", want);
}

static void escapes_are_taken_back(void **state)
{
    (void)state;
    assert_der("CN=a\\,b", "30{31{30{06=2.5.4.3 0c'a,b'}}}");
    assert_der("CN=a=b", "30{31{30{06=2.5.4.3 0c'a=b'}}}");
    assert_der("CN=\\C3\\bc", "30{31{30{06=2.5.4.3 0c'\xc3\xbc'}}}");
    assert_der("CN=\\ a\\ ", "30{31{30{06=2.5.4.3 0c' a '}}}");
    assert_der("CN=\"a,b+c;\\\"d\\\\\"", "30{31{30{06=2.5.4.3 0c'a,b+c;\"d\\'}}}");
    assert_der("CN=\\#a", "30{31{30{06=2.5.4.3 0c'#a'}}}");
    assert_der("x500UniqueIdentifier=#030200ff", "30{31{30{06=2.5.4.45 03:00ff}}}");
}

static void joined_parts_are_sorted_as_der_wants_it(void **state)
{
    (void)state;
    static const char want[] =
        "30{31{30{06=2.5.4.6 13'DE'}} 31{30{06=2.5.4.3 0c'a'} 30{06=2.5.4.10 0c'b'}}}";
    assert_der("CN=a+O=b,C=DE", want);
    assert_der("O=b + CN=a,C=DE", want);
}

static void what_is_printed_is_taken_again(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "CN=iq.example.com,OU=Platform,O=Example\\, Inc.,L=Z\xc3\xbcrich,ST=ZH,C=CH",
        "CN=\\ \\ a  b\\ \\ ",
        "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i\\#j",
        "C=DE,CN=a+O=b",
        "1.2.3.4=x,x500UniqueIdentifier=#030200ff",
        "UID=u,DC=example,DC=org",
        "jurisdictionC=DE,businessCategory=Private Organization,unstructuredName=n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ks_buf name = KS_BUF_INIT, text = KS_BUF_INIT;
        struct ks_error err = {0};
        if (ks_dn_parse(texts[i], &name, &err) != KS_OK)
            fail_msg("%s: %s", texts[i], err.what);
        ks_name_text(buf_slice(&name), &text);
        assert_string_equal(ks_buf_text(&text), texts[i]);
        ks_buf_free(&name);
        ks_buf_free(&text);
    }
}

static void bad_names_are_refused_with_the_part_that_is_wrong(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"iq.example.com", "'iq.example.com' has no '='"},
        {"CN=a,O", "'O' has no '='"},
        {"CN=a,", "ends with a separator"},
        {"CN=a,,O=b", "has no '='"},
        {"CN=a+b", "'b' has no '='"},
        {"=a", "does not say what it is"},
        {"FOO=a", "'FOO'"},
        {"2.5.=a", "'2.5.'"},
        {"3.1.2=a", "'3.1.2'"},
        {"CN=", "CN has no value"},
        {"CN=  ,O=b", "CN has no value"},
        {"C=USA", "C is two letters"},
        {"C=D", "C is two letters"},
        {"C=1a", "C is two letters"},
        {"CN=a\\", "CN has a backslash"},
        {"CN=a\\xb", "CN has a backslash"},
        {"CN=\"a", "CN has a quote that does not end"},
        {"CN=\"a\"b", "goes on behind"},
        {"CN=a\"b", "CN has a quote inside"},
        {"CN=#zz", "no"},
        {"CN=#", "no DER"},
        {"CN=#0c0261", "no DER"},
        {"CN=#0c016100", "no DER"},
        {"CN=#0c02ffff", "no UTF-8"},
        {"CN=#0c020a61", "control characters"},
        {"C=#1303444555", "two letters"},
        {"CN=#02017f", "none that OpenSSL reads"},
        {"CN=#04020500", "none that OpenSSL reads"},
        {"1.2.3=#0500", "none that OpenSSL reads"},
        {"CN=a\\00b", "control characters"},
        {"CN=a\tb", "control characters"},
        {"CN=\\ff", "no UTF-8"},
        {"E=\xc3\xbc@b", "ASCII"},
        {"CN=0123456789012345678901234567890123456789012345678901234567890123x", "64 are the most"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf name = KS_BUF_INIT;
        struct ks_error err = {0};
        if (ks_dn_parse(cases[i][0], &name, &err) != KS_ERR_USAGE)
            fail_msg("%s was taken", cases[i][0]);
        assert_string_equal(err.slug, "dn");
        if (!strstr(err.what, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], err.what);
        assert_int_equal(name.len, 0);
        ks_buf_free(&name);
    }
}

static void names_are_bounded(void **state)
{
    (void)state;
    struct ks_buf text = KS_BUF_INIT, name = KS_BUF_INIT;
    struct ks_error err = {0};
    for (int i = 0; i < 128; i++)
        ks_dn_add(&text, "OU", "x");
    assert_int_equal(ks_dn_parse(ks_buf_text(&text), &name, &err), KS_OK);
    ks_dn_add(&text, "OU", "x");
    assert_int_equal(ks_dn_parse(ks_buf_text(&text), &name, &err), KS_ERR_USAGE);
    ks_buf_clear(&text);
    ks_buf_str(&text, "OU=a");
    for (int i = 0; i < 16; i++)
        ks_buf_str(&text, "+OU=b");
    assert_int_equal(ks_dn_parse(ks_buf_text(&text), &name, &err), KS_ERR_USAGE);
    ks_buf_free(&text);
    ks_buf_free(&name);
}

static const struct ks_dn_field *field(const char *key)
{
    const struct ks_dn_field *f = ks_dn_fields;
    while (f->key && strcmp(f->key, key) != 0)
        f++;
    assert_non_null(f->key);
    return f;
}

static void single_values_are_checked(void **state)
{
    (void)state;
    char longest[66];
    memset(longest, 'a', 65);
    longest[65] = '\0';
    assert_int_equal(ks_dn_check(field("CN"), "", NULL), KS_OK);
    assert_int_equal(ks_dn_check(field("CN"), "a, b + c \"d\"", NULL), KS_OK);
    assert_int_equal(ks_dn_check(field("CN"), longest + 1, NULL), KS_OK);
    assert_int_equal(ks_dn_check(field("CN"), longest, NULL), KS_ERR_USAGE);
    assert_int_equal(ks_dn_check(field("L"), longest, NULL), KS_OK);
    assert_int_equal(ks_dn_check(field("C"), " de ", NULL), KS_OK);
    assert_int_equal(ks_dn_check(field("C"), "Germany", NULL), KS_ERR_USAGE);
    assert_int_equal(ks_dn_check(field("O"), "a\nb", NULL), KS_ERR_USAGE);
    assert_int_equal(ks_dn_check(field("O"), "\xff", NULL), KS_ERR_USAGE);
}

static void single_values_are_put_together(void **state)
{
    (void)state;
    struct ks_buf text = KS_BUF_INIT, name = KS_BUF_INIT, again = KS_BUF_INIT;
    ks_dn_add(&text, "CN", " iq ");
    ks_dn_add(&text, "OU", "");
    ks_dn_add(&text, "O", "Example, Inc. #1");
    ks_dn_add(&text, "C", "US");
    assert_string_equal(ks_buf_text(&text), "CN=iq,O=Example\\, Inc. \\#1,C=US");
    assert_int_equal(ks_dn_parse(ks_buf_text(&text), &name, NULL), KS_OK);
    ks_name_text(buf_slice(&name), &again);
    assert_string_equal(ks_buf_text(&again), ks_buf_text(&text));
    ks_buf_free(&text);
    ks_buf_free(&name);
    ks_buf_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_the_text_is_the_last_of_the_encoding),
        cmocka_unit_test(values_have_the_string_types_of_rfc_5280),
        cmocka_unit_test(keys_are_taken_in_every_usual_spelling),
        cmocka_unit_test(blanks_and_semicolons_separate),
        cmocka_unit_test(escapes_are_taken_back),
        cmocka_unit_test(joined_parts_are_sorted_as_der_wants_it),
        cmocka_unit_test(what_is_printed_is_taken_again),
        cmocka_unit_test(bad_names_are_refused_with_the_part_that_is_wrong),
        cmocka_unit_test(names_are_bounded),
        cmocka_unit_test(single_values_are_checked),
        cmocka_unit_test(single_values_are_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
