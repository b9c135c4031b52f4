/* Distinguished names: text, labels, equality as RFC 5280 7.1 wants it. */
#include "x509/der.h"
#include "x509/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "der_text.h"
#include "hex.h"

#define CN(value) "31{30{06=2.5.4.3 " value "}}"
#define O(value) "31{30{06=2.5.4.10 " value "}}"
#define OU(value) "31{30{06=2.5.4.11 " value "}}"
#define C(value) "31{30{06=2.5.4.6 13'" value "'}}"
#define MAIL(value) "31{30{06=1.2.840.113549.1.9.1 16'" value "'}}"

static void assert_text(const char *notation, const char *want)
{
    struct ks_buf name = der_text(notation), out = KS_BUF_INIT;
    ks_name_text(der_slice(&name), &out);
    assert_string_equal(ks_buf_text(&out), want);
    assert_int_equal(out.len, strlen(want)); /* no U+0000 inside */
    ks_buf_free(&name);
    ks_buf_free(&out);
}

/* The expected texts are what X500Principal.getName() of JDK 17 returns. */
static void names_are_printed_as_java_prints_them(void **state)
{
    (void)state;
    assert_text("30{" C("US") O("13'Example'") CN("0c'iq.example.com'") "}",
                "CN=iq.example.com,O=Example,C=US");
    assert_text("30{" CN("0c'a=b'") "}", "CN=a\\=b");
    assert_text("30{" CN("0c'#a#b'") "}", "CN=\\#a\\#b");
    assert_text("30{" CN("0c'  a  b  '") "}", "CN=\\ \\ a  b\\ \\ ");
    assert_text("30{" CN("0c'   '") "}", "CN=\\ \\ \\ ");
    assert_text("30{" CN("0c'a,b+c\"d\\e<f>g;h'") "}", "CN=a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h");
    assert_text("30{" CN("0c:610062") "}", "CN=a\\00b");
    assert_text("30{" CN("0c:") "}", "CN=");
    assert_text("30{31{30{06=2.5.4.3 0c'a'} 30{06=2.5.4.10 0c'b'}} " C("DE") "}", "C=DE,CN=a+O=b");
}

static void other_attributes_keep_a_readable_name(void **state)
{
    (void)state;
    assert_text("30{" MAIL("a@b.example") "}", "EMAILADDRESS=a@b.example");
    assert_text("30{31{30{06=0.9.2342.19200300.100.1.25 16'example'}}}", "DC=example");
    assert_text("30{31{30{06=2.5.4.97 0c'VATDE-1'}}}", "organizationIdentifier=VATDE-1");
    assert_text("30{31{30{06=1.2.3.4 0c'x'}}}", "1.2.3.4=x");
    assert_text("30{31{30{06=2.5.4.45 03:00ff}}}", "x500UniqueIdentifier=#030200ff");
}

static void a_name_without_parts_says_so(void **state)
{
    (void)state;
    assert_text("30{}", "(empty)");
    assert_text("", "(unreadable name)");
    assert_text("04:00", "(unreadable name)");
    assert_text("30{04:00}", "(unreadable name)");
    assert_text("30{" CN("0c'a'") "31{30{06=2.5.4.10}}}", "CN=a"); /* what could be read */
}

static void a_name_of_indefinite_length_is_read(void **state)
{
    (void)state;
    assert_text("30~{31~{30~{06=2.5.4.3 0c'a'}}}", "CN=a");
}

static void parts_come_in_the_order_of_the_encoding(void **state)
{
    (void)state;
    struct ks_buf name = der_text("30{" C("DE") "31{30{06=2.5.4.3 1e:00fc} 30{06=2.5.4.5 13'7'}}"
                                                "31{30{06=2.5.4.10 0c:ff00}}}");
    struct ks_name_part *parts;
    size_t count = ks_name_parts(der_slice(&name), &parts);
    assert_int_equal(count, 4);
    assert_string_equal(parts[0].value, "DE");
    assert_int_equal(parts[0].string_tag, KS_DER_PRINTABLE_STRING);
    assert_string_equal(parts[1].value, "\xc3\xbc");
    assert_true(parts[1].decodable);
    assert_false(parts[1].joined);
    assert_true(parts[2].joined);
    assert_false(parts[3].joined);
    assert_false(parts[3].decodable);
    assert_int_equal(parts[3].value_len, 4); /* U+FFFD and U+0000 */
    ks_name_parts_free(parts, count);
    ks_buf_free(&name);
}

static void more_than_256_parts_are_not_read(void **state)
{
    (void)state;
    struct ks_buf rdns = KS_BUF_INIT, name = KS_BUF_INIT, other = KS_BUF_INIT,
                  part = der_text(CN("0c'a'"));
    for (int i = 0; i < 300; i++)
        ks_buf_slice(&rdns, der_slice(&part));
    ks_der_put(&name, KS_DER_SEQUENCE, der_slice(&rdns));
    struct ks_name_part *parts;
    size_t count = ks_name_parts(der_slice(&name), &parts);
    assert_int_equal(count, 256);
    ks_name_parts_free(parts, count);
    assert_true(ks_name_equal(der_slice(&name), der_slice(&name)));
    rdns.data[rdns.len - 1] = 'b'; /* beyond what is read: not equal all the same */
    ks_der_put(&other, KS_DER_SEQUENCE, der_slice(&rdns));
    assert_false(ks_name_equal(der_slice(&name), der_slice(&other)));
    ks_buf_free(&rdns);
    ks_buf_free(&name);
    ks_buf_free(&other);
    ks_buf_free(&part);
}

static void the_label_is_the_most_specific_part(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"30{" C("US") O("0c'Org'") OU("0c'Unit'") CN("0c'host'") "}", "host"},
        {"30{" CN("0c'Users'") CN("0c'alice'") "}", "alice"},
        {"30{" C("US") O("0c'Org'") OU("0c'Unit'") "}", "Unit"},
        {"30{" C("US") O("0c'Org'") "}", "Org"},
        {"30{" C("US") MAIL("a@b") "}", "a@b"},
        {"30{" C("US") CN("0c:") O("0c'Org'") "}", "Org"}, /* an empty CN names nothing */
        {"30{" C("US") "}", "C=US"},
        {"30{}", "(empty)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf name = der_text(cases[i].name), out = KS_BUF_INIT;
        ks_name_label(der_slice(&name), &out);
        assert_string_equal(ks_buf_text(&out), cases[i].want);
        ks_buf_free(&name);
        ks_buf_free(&out);
    }
}

/* ---- equality ---- */

struct pair {
    const char *a, *b;
};

static void assert_pair(const struct pair *pair, bool equal)
{
    struct ks_buf a = der_text(pair->a), b = der_text(pair->b);
    if (ks_name_equal(der_slice(&a), der_slice(&b)) != equal ||
        ks_name_equal(der_slice(&b), der_slice(&a)) != equal)
        fail_msg("%s and %s are%s equal", pair->a, pair->b, equal ? " not" : "");
    if (equal)
        assert_true(ks_name_hash(der_slice(&a)) == ks_name_hash(der_slice(&b)));
    else
        assert_true(ks_name_hash(der_slice(&a)) != ks_name_hash(der_slice(&b)));
    ks_buf_free(&a);
    ks_buf_free(&b);
}

static void names_are_equal_whatever_case_spaces_and_string_types(void **state)
{
    (void)state;
    static const struct pair equal[] = {
        {"30{" CN("0c'ALDER  x'") "}", "30{" CN("0c'Alder x'") "}"},
        {"30{" CN("0c' a b '") "}", "30{" CN("13'A  B'") "}"},
        {"30{" CN("13'Example'") "}", "30{" CN("1e:004500780061006d0070006c0065") "}"},
        {"30{" CN("0c:c3bc") "}", "30{" CN("1e:00dc") "}"}, /* u with diaeresis, both cases */
        {"30{" CN("14:fc") "}", "30{" CN("1c:000000fc") "}"},
        {"30{" CN("0c:f09f9880") "}", "30{" CN("1e:d83dde00") "}"},
        {"30{" CN("16'a'") "}", "30{" CN("1a'A'") "}"},
        {"30{31{30{06=2.5.4.3 0c'a'} 30{06=2.5.4.10 0c'b'}}}",
         "30{31{30{06=2.5.4.10 0c'B'} 30{06=2.5.4.3 0c'A'}}}"},
        {"30{}", "30~{}"},
        {"30{" CN("0c:") "}", "30{" CN("0c'  '") "}"},
        {"30{" CN("0c'a b'") "}", "30{" CN("0c:61c2a062") "}"}, /* no-break space is white space */
    };
    for (size_t i = 0; i < sizeof equal / sizeof equal[0]; i++)
        assert_pair(&equal[i], true);
}

static void names_differ_where_it_counts(void **state)
{
    (void)state;
    static const struct pair different[] = {
        {"30{" CN("0c'a'") "}", "30{" CN("0c'b'") "}"},
        {"30{" CN("0c'ab'") "}", "30{" CN("0c'a b'") "}"},
        {"30{" CN("0c'a'") "}", "30{" O("0c'a'") "}"},
        {"30{" CN("0c'a'") "}", "30{" CN("0c'a'") CN("0c'a'") "}"},
        {"30{" CN("0c:610062") "}", "30{" CN("0c:610063") "}"}, /* behind a U+0000 */
        {"30{" CN("0c:6100") "}", "30{" CN("0c:61") "}"},
        {"30{" CN("0c:ff") "}", "30{" CN("0c:fe") "}"}, /* neither is UTF-8 */
        {"30{" CN("0c:ff") "}", "30{" CN("14:ff") "}"},
        {"30{" CN("1e:d800") "}", "30{" CN("1e:d801") "}"},
        {"30{" CN("03:00") "}", "30{" CN("04:00") "}"},
        {"30{" CN("03:00") "}", "30{" CN("0c:00") "}"},
    };
    for (size_t i = 0; i < sizeof different / sizeof different[0]; i++)
        assert_pair(&different[i], false);
}

static void the_order_of_rdns_counts(void **state)
{
    (void)state;
    struct ks_buf a = der_text("30{" CN("0c'a'") O("0c'b'") "}");
    struct ks_buf b = der_text("30{" O("0c'b'") CN("0c'a'") "}");
    struct ks_buf joined = der_text("30{31{30{06=2.5.4.3 0c'a'} 30{06=2.5.4.10 0c'b'}}}");
    assert_false(ks_name_equal(der_slice(&a), der_slice(&b)));
    assert_false(ks_name_equal(der_slice(&a), der_slice(&joined)));
    assert_true(ks_name_hash(der_slice(&a)) != ks_name_hash(der_slice(&b)));
    assert_true(ks_name_hash(der_slice(&a)) != ks_name_hash(der_slice(&joined)));
    ks_buf_free(&a);
    ks_buf_free(&b);
    ks_buf_free(&joined);
}

/* One RDN whose parts have the values from, from + step, ... */
static struct ks_buf name_of_one_rdn(int count, int from, int step)
{
    struct ks_buf parts = KS_BUF_INIT, rdn = KS_BUF_INIT, name = KS_BUF_INIT;
    for (int i = 0; i < count; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "30{06=2.5.4.3 0c'part %03d'}", from + i * step);
        struct ks_buf part = der_text(text);
        ks_buf_slice(&parts, der_slice(&part));
        ks_buf_free(&part);
    }
    ks_der_put(&rdn, KS_DER_SET, der_slice(&parts));
    ks_der_put(&name, KS_DER_SEQUENCE, der_slice(&rdn));
    ks_buf_free(&parts);
    ks_buf_free(&rdn);
    return name;
}

static void only_few_parts_of_an_rdn_are_compared_in_any_order(void **state)
{
    (void)state;
    struct ks_buf few = name_of_one_rdn(16, 0, 1), turned = name_of_one_rdn(16, 15, -1);
    struct ks_buf many = name_of_one_rdn(200, 0, 1), back = name_of_one_rdn(200, 199, -1);
    assert_true(ks_name_equal(der_slice(&few), der_slice(&turned)));
    assert_true(ks_name_hash(der_slice(&few)) == ks_name_hash(der_slice(&turned)));
    assert_false(ks_name_equal(der_slice(&many), der_slice(&back)));
    assert_true(ks_name_hash(der_slice(&many)) != ks_name_hash(der_slice(&back)));
    many.data[many.len - 8] = 'P'; /* case does not count there either */
    struct ks_buf same = name_of_one_rdn(200, 0, 1);
    assert_true(ks_name_equal(der_slice(&many), der_slice(&same)));
    assert_true(ks_name_hash(der_slice(&many)) == ks_name_hash(der_slice(&same)));
    ks_buf_free(&few);
    ks_buf_free(&turned);
    ks_buf_free(&many);
    ks_buf_free(&back);
    ks_buf_free(&same);
}

static struct ks_buf long_name(char c)
{
    struct ks_buf value = KS_BUF_INIT, pair = der_text("06=2.5.4.3"), out = KS_BUF_INIT;
    for (int i = 0; i < 10000; i++)
        ks_buf_byte(&value, (uint8_t)c);
    ks_der_put(&pair, KS_DER_UTF8_STRING, der_slice(&value));
    ks_buf_clear(&value);
    ks_der_put(&value, KS_DER_SEQUENCE, der_slice(&pair));
    ks_buf_clear(&pair);
    ks_der_put(&pair, KS_DER_SET, der_slice(&value));
    ks_der_put(&out, KS_DER_SEQUENCE, der_slice(&pair));
    ks_buf_free(&value);
    ks_buf_free(&pair);
    return out;
}

static void a_name_of_absurd_length_is_its_bytes(void **state)
{
    (void)state;
    struct ks_buf a = long_name('a'), again = long_name('a'), b = long_name('A');
    assert_true(ks_name_equal(der_slice(&a), der_slice(&again)));
    assert_true(ks_name_hash(der_slice(&a)) == ks_name_hash(der_slice(&again)));
    assert_false(ks_name_equal(der_slice(&a), der_slice(&b)));
    ks_buf_free(&a);
    ks_buf_free(&again);
    ks_buf_free(&b);
}

static void unreadable_names_are_equal_byte_by_byte_only(void **state)
{
    (void)state;
    struct ks_buf a = der_text("30{" CN("0c'a'") "02:05}"),
                  same = der_text("30{" CN("0c'a'") "02:05}");
    struct ks_buf b = der_text("30{" CN("0c'A'") "02:05}");
    assert_true(ks_name_equal(der_slice(&a), der_slice(&same)));
    assert_false(ks_name_equal(der_slice(&a), der_slice(&b)));
    ks_buf_free(&a);
    ks_buf_free(&same);
    ks_buf_free(&b);
}

static void a_name_cut_anywhere_is_read_without_harm(void **state)
{
    (void)state;
    struct ks_buf name = der_text("30{" C(
        "US") "31{30{06=2.5.4.3 1e:00610062} 30{06=2.5.4.10 1c:00000061}}" CN("0c:c3bc") "}");
    for (size_t len = 0; len < name.len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(name.data, len));
        struct ks_buf out = KS_BUF_INIT;
        ks_name_text(ks_blob_slice(cut), &out);
        ks_name_label(ks_blob_slice(cut), &out);
        assert_false(ks_name_equal(ks_blob_slice(cut), der_slice(&name)));
        (void)ks_name_hash(ks_blob_slice(cut));
        ks_buf_free(&out);
        ks_blob_unref(cut);
    }
    ks_buf_free(&name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_printed_as_java_prints_them),
        cmocka_unit_test(other_attributes_keep_a_readable_name),
        cmocka_unit_test(a_name_without_parts_says_so),
        cmocka_unit_test(a_name_of_indefinite_length_is_read),
        cmocka_unit_test(parts_come_in_the_order_of_the_encoding),
        cmocka_unit_test(more_than_256_parts_are_not_read),
        cmocka_unit_test(the_label_is_the_most_specific_part),
        cmocka_unit_test(names_are_equal_whatever_case_spaces_and_string_types),
        cmocka_unit_test(names_differ_where_it_counts),
        cmocka_unit_test(the_order_of_rdns_counts),
        cmocka_unit_test(only_few_parts_of_an_rdn_are_compared_in_any_order),
        cmocka_unit_test(a_name_of_absurd_length_is_its_bytes),
        cmocka_unit_test(unreadable_names_are_equal_byte_by_byte_only),
        cmocka_unit_test(a_name_cut_anywhere_is_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
