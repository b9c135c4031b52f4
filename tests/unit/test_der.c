/* The DER walker, the BER converter, times, strings, OIDs and the ASN.1 tree. */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/oid.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "der_text.h"
#include "hex.h"

/* ---- walking ---- */

static void an_element_is_taken_off_the_front(void **state)
{
    (void)state;
    struct ks_buf der = der_text("30{02:2a} 04:ff");
    struct ks_slice in = der_slice(&der);
    struct ks_tlv tlv;

    assert_true(ks_der_next(&in, &tlv));
    assert_int_equal(tlv.tag, KS_DER_SEQUENCE);
    assert_int_equal(tlv.number, 16);
    assert_int_equal(tlv.body.len, 3);
    assert_int_equal(tlv.whole.len, 5);
    assert_ptr_equal(tlv.whole.data, der.data);
    assert_true(ks_der_next(&in, &tlv));
    assert_int_equal(tlv.tag, KS_DER_OCTET_STRING);
    assert_false(ks_der_next(&in, &tlv));
    assert_int_equal(ks_der_peek(in), 0);
    ks_buf_free(&der);
}

static void going_down_may_reuse_one_variable(void **state)
{
    (void)state;
    struct ks_buf der = der_text("30{30{02:07}}");
    struct ks_slice in = der_slice(&der);
    struct ks_tlv tlv;
    assert_true(ks_der_next(&in, &tlv));
    assert_true(ks_der_expect(&tlv.body, KS_DER_SEQUENCE, &tlv));
    assert_true(ks_der_expect(&tlv.body, KS_DER_INTEGER, &tlv));
    assert_int_equal(tlv.body.data[0], 7);
    ks_buf_free(&der);
}

static void what_is_no_definite_length_element_is_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",                          /* nothing */
        "30",                        /* no length */
        "3001",                      /* no contents */
        "3002 05",                   /* short contents */
        "3080 0000",                 /* indefinite */
        "0000",                      /* end of contents is no element */
        "30ff",                      /* reserved length */
        "3089 000000000000000001",   /* length of nine octets */
        "3088 ffffffffffffffff 00",  /* length near SIZE_MAX */
        "3084 00ffffff 00",          /* length beyond the end */
        "3082 01",                   /* length cut off */
        "1f",                        /* high tag cut off */
        "1f81",                      /* high tag without an end */
        "1f8001 00",                 /* high tag with a leading zero */
        "1fffffffffffffff0100",      /* high tag beyond 32 bits */
        "1f81 80 80 80 80 80 00 00", /* the same, small digits */
        "1f21",                      /* high tag, no length */
        "3f1d00",                    /* high form of a low tag */
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct ks_buf bytes = hex_bytes(refused[i]);
        struct ks_slice in = buf_slice(&bytes), before = in;
        struct ks_tlv tlv;
        if (ks_der_next(&in, &tlv))
            fail_msg("taken: %s", refused[i]);
        assert_ptr_equal(in.data, before.data);
        assert_int_equal(in.len, before.len);
        ks_buf_free(&bytes);
    }
}

static void lengths_need_not_be_minimal_and_tags_may_be_high(void **state)
{
    (void)state;
    struct ks_buf bytes = hex_bytes("3084 00000003 020105  5f8a3c 01 ff");
    struct ks_slice in = buf_slice(&bytes);
    struct ks_tlv tlv;
    assert_true(ks_der_next(&in, &tlv));
    assert_int_equal(tlv.body.len, 3);
    assert_int_equal(tlv.whole.len, 9);
    assert_true(ks_der_next(&in, &tlv));
    assert_int_equal(tlv.tag, 0x5f);
    assert_int_equal(tlv.number, 10 * 128 + 0x3c);
    assert_int_equal(tlv.body.len, 1);
    ks_buf_free(&bytes);
}

static void numbers_of_eight_octets_at_most_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool good;
        uint64_t value;
    } cases[] = {
        {"0201 00", true, 0},
        {"0201 7f", true, 127},
        {"0202 0080", true, 128},
        {"0204 00000005", true, 5}, /* not minimal */
        {"0209 00ffffffffffffffff", true, UINT64_MAX},
        {"0209 01ffffffffffffffff", false, 0},
        {"0200", false, 0},
        {"0201 80", false, 0},
        {"0401 05", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf bytes = hex_bytes(cases[i].hex);
        struct ks_slice in = buf_slice(&bytes);
        uint64_t value = 0;
        assert_int_equal(ks_der_uint(&in, &value), cases[i].good);
        assert_int_equal(in.len, cases[i].good ? 0 : bytes.len);
        assert_true(value == cases[i].value);
        ks_buf_free(&bytes);
    }
}

static void expect_and_skip_look_at_the_tag(void **state)
{
    (void)state;
    struct ks_buf der = der_text("01:ff 02:05");
    struct ks_slice in = der_slice(&der);
    struct ks_tlv tlv;
    assert_false(ks_der_skip(&in, KS_DER_INTEGER));
    assert_false(ks_der_expect(&in, KS_DER_INTEGER, &tlv));
    assert_true(ks_der_skip(&in, KS_DER_BOOLEAN));
    assert_true(ks_der_expect(&in, KS_DER_INTEGER, &tlv));
    assert_false(ks_der_skip(&in, KS_DER_INTEGER));
    ks_buf_free(&der);
}

/* ---- times ---- */

static void times_are_read_in_all_their_forms(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        {KS_DER_UTC_TIME, "250417000000Z", "2025-04-17T00:00:00Z"},
        {KS_DER_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"},
        {KS_DER_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"},
        {KS_DER_UTC_TIME, "2504171230Z", "2025-04-17T12:30:00Z"},
        {KS_DER_UTC_TIME, "250417123000+0200", "2025-04-17T10:30:00Z"},
        {KS_DER_UTC_TIME, "2504171230-0530", "2025-04-17T18:00:00Z"},
        {KS_DER_UTC_TIME, "250417123000", "2025-04-17T12:30:00Z"},
        {KS_DER_UTC_TIME, "250101000000+0100", "2024-12-31T23:00:00Z"},
        {KS_DER_UTC_TIME, "161231235960Z", "2016-12-31T23:59:59Z"}, /* leap second */
        {KS_DER_UTC_TIME, "25041712Z", NULL},
        {KS_DER_UTC_TIME, "250230000000Z", NULL},
        {KS_DER_UTC_TIME, "251301000000Z", NULL},
        {KS_DER_UTC_TIME, "250417240000Z", NULL},
        {KS_DER_UTC_TIME, "250417000000Zx", NULL},
        {KS_DER_UTC_TIME, "250417000000+2400", NULL},
        {KS_DER_UTC_TIME, "250417000000+01000", NULL},
        {KS_DER_UTC_TIME, "25041700000 Z", NULL},
        {KS_DER_UTC_TIME, "", NULL},
        {KS_DER_GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z"},
        {KS_DER_GENERALIZED_TIME, "99991231235959Z", "9999-12-31T23:59:59Z"},
        {KS_DER_GENERALIZED_TIME, "00000101000000Z", "0000-01-01T00:00:00Z"},
        {KS_DER_GENERALIZED_TIME, "20250417123000.5Z", "2025-04-17T12:30:00Z"},
        {KS_DER_GENERALIZED_TIME, "20250417123000,123456+0100", "2025-04-17T11:30:00Z"},
        {KS_DER_GENERALIZED_TIME, "2025041712Z", "2025-04-17T12:00:00Z"},
        {KS_DER_GENERALIZED_TIME, "2025041712+01", "2025-04-17T11:00:00Z"},
        {KS_DER_GENERALIZED_TIME, "202504171230", "2025-04-17T12:30:00Z"},
        {KS_DER_GENERALIZED_TIME, "20250417123000.Z", NULL},
        {KS_DER_GENERALIZED_TIME, "99991231235959-0100", NULL}, /* year 10000 */
        {KS_DER_GENERALIZED_TIME, "00000101000000+0100", NULL},
        {KS_DER_GENERALIZED_TIME, "2025041", NULL},
        {KS_DER_OCTET_STRING, "250417000000Z", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_tlv tlv = {.tag = cases[i].tag, .body = ks_slice_str(cases[i].text)};
        int64_t at = 0;
        char iso[24];
        bool good = ks_der_time(&tlv, &at);
        if (good != (cases[i].want != NULL))
            fail_msg("%s was %s", cases[i].text, good ? "taken" : "refused");
        if (good)
            assert_string_equal(ks_time_iso(at, iso), cases[i].want);
    }
}

/* ---- strings ---- */

static void strings_of_every_type_become_utf8(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *hex;
        bool good;
        const char *want;
    } cases[] = {
        {KS_DER_UTF8_STRING, "4ac3bc72", true, "J\xc3\xbcr"},
        {KS_DER_UTF8_STRING, "4afc", false, "J\xef\xbf\xbd"},
        {KS_DER_PRINTABLE_STRING, "6162402a", true, "ab@*"},
        {KS_DER_PRINTABLE_STRING, "c3bc", false, "\xc3\xbc"}, /* is UTF-8, says ASCII */
        {KS_DER_IA5_STRING, "fc", false, "\xc3\xbc"},
        {KS_DER_T61_STRING, "4afc72", true, "J\xc3\xbcr"},
        {KS_DER_BMP_STRING, "004a00fc0072", true, "J\xc3\xbcr"},
        {KS_DER_BMP_STRING, "d83dde00", true, "\xf0\x9f\x98\x80"},
        {KS_DER_UNIVERSAL_STRING, "0000004a0001f600", true, "J\xf0\x9f\x98\x80"},
        {KS_DER_VISIBLE_STRING, "41", true, "A"},
        {KS_DER_NUMERIC_STRING, "3132", true, "12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf bytes = hex_bytes(cases[i].hex), out = KS_BUF_INIT;
        struct ks_tlv tlv = {.tag = cases[i].tag, .body = buf_slice(&bytes)};
        assert_int_equal(ks_der_string(&tlv, &out), cases[i].good);
        assert_string_equal(ks_buf_text(&out), cases[i].want);
        ks_buf_free(&bytes);
        ks_buf_free(&out);
    }
}

static void a_string_of_no_string_type_is_shown_as_hex(void **state)
{
    (void)state;
    struct ks_buf der = der_text("03:00ff"), out = KS_BUF_INIT;
    struct ks_slice in = der_slice(&der);
    struct ks_tlv tlv;
    assert_true(ks_der_next(&in, &tlv));
    assert_false(ks_der_string(&tlv, &out));
    assert_string_equal(ks_buf_text(&out), "#030200ff");
    ks_buf_free(&der);
    ks_buf_free(&out);
}

/* ---- BER ---- */

static void ber_becomes_der(void **state)
{
    (void)state;
    static const struct {
        const char *ber, *der; /* NULL: is DER already */
    } cases[] = {
        {"30{02:05 04:ff}", NULL},
        {"30~{02:05 04:ff}", "30{02:05 04:ff}"},
        {"30~{30~{30~{}}}", "30{30{30{}}}"},
        {"24~{04:0102 04:0304}", "04:01020304"},
        {"24{04:0102 04: 04:03}", "04:010203"},
        {"24~{24~{04:01 04:02} 04:03 24{04:04}}", "04:01020304"},
        {"24~{}", "04:"},
        {"23~{03:0001 03:0002 03:04f0}", "03:040102f0"},
        {"2c{0c'ca' 04'fe'}", "0c'cafe'"},
        {"30{a0~{04:01 04:02}}", "30{a0{04:01 04:02}}"}, /* who knows what [0] is */
        {"30~{04:30800000}", "30{04:30800000}"},         /* contents of octet strings stay */
        {"30!4{02:05}", NULL},                           /* long lengths keep their octets */
        {"30~{30!2{02:05}}", "30{30!2{02:05}}"},
        {"30!2{30~{02:05}}", "30{30{02:05}}"},
        {"bf8a3c~{02:05}", "bf8a3c{02:05}"},
        {"30~{bf8a3c{24{04:07}}}", "30{bf8a3c{04:07}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf in = der_text(cases[i].ber), out = KS_BUF_INIT;
        struct ks_buf want = der_text(cases[i].der ? cases[i].der : cases[i].ber);
        assert_int_equal(ks_ber_length(der_slice(&in)), in.len);
        assert_int_equal(ks_ber_is_der(der_slice(&in)), cases[i].der == NULL);
        assert_true(ks_ber_to_der(der_slice(&in), &out));
        assert_int_equal(out.cap, out.len + 1); /* it never grew */
        if (!ks_slice_equal(der_slice(&out), der_slice(&want)))
            fail_msg("%s became something else", cases[i].ber);
        ks_buf_free(&in);
        ks_buf_free(&out);
        ks_buf_free(&want);
    }
}

static void bytes_behind_an_element_are_not_part_of_it(void **state)
{
    (void)state;
    struct ks_buf in = der_text("30~{02:05} 04:ff"), out = KS_BUF_INIT;
    assert_int_equal(ks_ber_length(der_slice(&in)), in.len - 3);
    assert_true(ks_ber_to_der(der_slice(&in), &out));
    assert_int_equal(out.len, 5);
    ks_buf_free(&in);
    ks_buf_free(&out);
}

static void malformed_ber_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "3080",
        "3080 0201",
        "3080 020105",
        "3080 020105 00",
        "0480 0000",
        "2480 020105 0000",
        "2380 0401 00 0000",
        "2380 0302 01ff 0302 00ff 0000",
        "3003 020205",
        "",
        "2380 0300 0000",
        "2380 0302 08ff 0000",
        "3005 3080 0201 05",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf in = hex_bytes(cases[i]), out = KS_BUF_INIT;
        if (ks_ber_to_der(buf_slice(&in), &out))
            fail_msg("converted: %s", cases[i]);
        assert_false(ks_ber_is_der(buf_slice(&in)));
        ks_buf_free(&in);
        ks_buf_free(&out);
    }
}

/* `depth` opened, `depth` closed. */
static struct ks_buf nested(unsigned depth, bool segmented)
{
    struct ks_buf out = KS_BUF_INIT;
    for (unsigned i = 0; i < depth; i++)
        ks_buf_append(&out, segmented ? "\x24\x80" : "\x30\x80", 2);
    for (unsigned i = 0; i < depth; i++)
        ks_buf_append(&out, "\0\0", 2);
    return out;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    for (int segmented = 0; segmented < 2; segmented++) {
        struct ks_buf deep = nested(64, segmented), out = KS_BUF_INIT;
        assert_int_equal(ks_ber_length(der_slice(&deep)), deep.len);
        assert_true(ks_ber_to_der(der_slice(&deep), &out));
        ks_buf_free(&deep);
        ks_buf_free(&out);

        deep = nested(20000, segmented);
        assert_int_equal(ks_ber_length(der_slice(&deep)), 0);
        assert_false(ks_ber_to_der(der_slice(&deep), &out));
        assert_false(ks_ber_is_der(der_slice(&deep)));
        ks_asn1_dump(der_slice(&deep), 1000, &out);
        assert_non_null(strstr(ks_buf_text(&out), "(not ASN.1)"));
        ks_buf_free(&deep);
        ks_buf_free(&out);
    }
}

static void deep_definite_nesting_is_bounded_too(void **state)
{
    (void)state;
    struct ks_buf deep = KS_BUF_INIT, out = KS_BUF_INIT;
    for (unsigned i = 0; i < 300; i++) {
        struct ks_buf wrapped = KS_BUF_INIT;
        ks_der_put(&wrapped, KS_DER_SEQUENCE, der_slice(&deep));
        ks_buf_free(&deep);
        deep = wrapped;
    }
    assert_false(ks_ber_is_der(der_slice(&deep)));
    assert_false(ks_ber_to_der(der_slice(&deep), &out));
    ks_asn1_dump(der_slice(&deep), 1000, &out);
    assert_non_null(strstr(ks_buf_text(&out), "(nested too deep)"));
    ks_buf_free(&deep);
    ks_buf_free(&out);
}

/* Whatever is cut off, nothing is read behind it (the sanitizer watches exact allocations). */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct ks_buf whole =
        der_text("30~{02:05 24~{04:0102 23~{03:0001}} bf8a3c!3{0c'x'} 30!2{17'2501'}}");
    for (size_t len = 0; len < whole.len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(whole.data, len));
        struct ks_buf out = KS_BUF_INIT;
        assert_int_equal(ks_ber_length(ks_blob_slice(cut)), 0);
        assert_false(ks_ber_to_der(ks_blob_slice(cut), &out));
        assert_false(ks_ber_is_der(ks_blob_slice(cut)));
        ks_asn1_dump(ks_blob_slice(cut), 100, &out);
        ks_buf_free(&out);
        ks_blob_unref(cut);
    }
    ks_buf_free(&whole);
}

/* ---- writing ---- */

static void lengths_are_written_as_short_as_possible(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *want;
    } cases[] = {
        {0, "0400"},       {127, "047f"},       {128, "048180"},       {255, "0481ff"},
        {256, "04820100"}, {65535, "0482ffff"}, {65536, "0483010000"}, {16777216, "048401000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf out = KS_BUF_INIT;
        ks_der_put_header(&out, KS_DER_OCTET_STRING, cases[i].len);
        char *hex = hex_of(out.data, out.len);
        assert_string_equal(hex, cases[i].want);
        free(hex);
        ks_buf_free(&out);
    }
}

/* ---- OIDs ---- */

static void oids_go_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *dotted, *hex;
    } cases[] = {
        {"2.5.29.15", "551d0f"},
        {"1.2.840.113549.1.1.11", "2a864886f70d01010b"},
        {"0.0", "00"},
        {"0.39", "27"},
        {"1.39", "4f"},
        {"2.0", "50"},
        {"2.40", "78"},
        {"2.999.3", "883703"},
        {"2.16.840.1.113730.1.13", "6086480186f842010d"},
        {"1.2.18446744073709551615", "2a81ffffffffffffffff7f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf out = KS_BUF_INIT, text = KS_BUF_INIT;
        assert_true(ks_oid_parse(cases[i].dotted, &out));
        char *hex = hex_of(out.data, out.len);
        assert_string_equal(hex, cases[i].hex);
        ks_oid_dotted(der_slice(&out), &text);
        assert_string_equal(ks_buf_text(&text), cases[i].dotted);
        free(hex);
        ks_buf_free(&out);
        ks_buf_free(&text);
    }
}

static void malformed_oids_are_refused(void **state)
{
    (void)state;
    static const char *const dotted[] = {"",
                                         "1",
                                         "1.",
                                         "3.1",
                                         "1.40",
                                         "1..2",
                                         "1.2.",
                                         "1.2.x",
                                         "1.2 3",
                                         "01.2.3",
                                         "1.2.03",
                                         "-1.2",
                                         "2.18446744073709551615",
                                         "1.2.18446744073709551616"};
    static const char *const contents[] = {"",       "80", "2a80",
                                           "2a8001", "81", "2a83ffffffffffffffffff7f"};
    for (size_t i = 0; i < sizeof dotted / sizeof dotted[0]; i++) {
        struct ks_buf out = KS_BUF_INIT;
        ks_buf_str(&out, "kept");
        if (ks_oid_parse(dotted[i], &out))
            fail_msg("parsed: %s", dotted[i]);
        assert_int_equal(out.len, 4);
        ks_buf_free(&out);
    }
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        struct ks_buf in = hex_bytes(contents[i]), out = KS_BUF_INIT;
        ks_oid_text(buf_slice(&in), &out);
        assert_string_equal(ks_buf_text(&out), "(bad OID)");
        ks_buf_free(&in);
        ks_buf_free(&out);
    }
}

/* Reads the table's own source: each row is found under its number, so no number is there twice. */
static void every_row_of_the_oid_table_is_found(void **state)
{
    (void)state;
    FILE *source = fopen(KSX_SOURCE "/src/x509/oid.c", "r");
    char line[256], dotted[128], name[128];
    size_t rows = 0;
    assert_non_null(source);
    while (fgets(line, sizeof line, source)) {
        if (sscanf(line, " {\"%127[0-9.]\", \"%127[^\"]\"}", dotted, name) != 2)
            continue;
        struct ks_buf contents = KS_BUF_INIT;
        assert_true(ks_oid_parse(dotted, &contents));
        const char *found = ks_oid_name(der_slice(&contents));
        if (!found || strcmp(found, name) != 0)
            fail_msg("%s is %s, not %s", dotted, found ? found : "unknown", name);
        ks_buf_free(&contents);
        rows++;
    }
    (void)fclose(source);
    assert_true(rows > 600);
}

static void names_are_those_that_java_users_know(void **state)
{
    (void)state;
    static const struct {
        const char *dotted, *name;
    } cases[] = {
        {"2.5.4.3", "CN"},
        {"1.2.840.113549.1.9.1", "EMAILADDRESS"},
        {"1.2.840.113549.1.1.11", "SHA256withRSA"},
        {"1.2.840.10045.4.3.3", "SHA384withECDSA"},
        {"1.3.101.112", "Ed25519"},
        {"2.5.29.17", "subjectAltName"},
        {"1.3.6.1.5.5.7.3.1", "serverAuth"},
        {"1.2.840.10045.3.1.7", "secp256r1"},
        {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
        {"2.16.840.1.101.3.4.4.2", "ML-KEM-768"},
        {"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128S"},
        {"1.2.643.7.1.1.1.1", "GOST R 34.10-2012 (256)"},
        {"1.2.840.113549.1.12.1.6", "PBEWithSHA1AndRC2_40"},
        {"1.2.840.113549.1.12.10.1.3", "certBag"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf contents = KS_BUF_INIT;
        assert_true(ks_oid_parse(cases[i].dotted, &contents));
        assert_string_equal(ks_oid_name(der_slice(&contents)), cases[i].name);
        ks_buf_free(&contents);
    }
    assert_null(ks_oid_name(ks_slice("\x55\x04\x7f", 3)));
    assert_null(ks_oid_name(ks_slice(NULL, 0)));
}

/* ---- the tree ---- */

static void assert_dump(const char *notation, size_t max_lines, const char *want)
{
    struct ks_buf der = der_text(notation), out = KS_BUF_INIT;
    ks_asn1_dump(der_slice(&der), max_lines, &out);
    assert_string_equal(ks_buf_text(&out), want);
    ks_buf_free(&der);
    ks_buf_free(&out);
}

static void a_tree_shows_every_type(void **state)
{
    (void)state;
    assert_dump("30{06=2.5.29.15 01:ff 04{03:05a0}}", 100,
                "SEQUENCE\n"
                "  OBJECT IDENTIFIER 2.5.29.15 keyUsage\n"
                "  BOOLEAN true\n"
                "  OCTET STRING (4 B) holding\n"
                "    BIT STRING (2 B) 05 A0");
    assert_dump("31{02:ff 02:0100ff 05: 0a:03}", 100,
                "SET\n  INTEGER -1\n  INTEGER 65791 (0x100ff)\n  NULL\n  ENUMERATED 3");
    assert_dump("30{0c'a\nb' 16'x' 1e:d800 17'250417000000Z' 18'never'}", 100,
                "SEQUENCE\n  UTF8String \"a\\x0Ab\"\n  IA5String \"x\"\n"
                "  BMPString \"\xef\xbf\xbd\" (2 B) D8 00\n  UTCTime 2025-04-17T00:00:00Z\n"
                "  GeneralizedTime (5 B) 6E 65 76 65 72");
    assert_dump("30~{a0{} 81:beef 5f8a3c:00}", 100,
                "SEQUENCE (indefinite length)\n  [0] (empty)\n  [1] (2 B) BE EF\n"
                "  [APPLICATION 1340] (1 B) 00");
    assert_dump(
        "04:0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021", 100,
        "OCTET STRING (33 B) 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 "
        "16 17 18 19 1A 1B 1C 1D 1E 1F 20 …");
    assert_dump("", 100, "(empty)");
}

static void a_long_tree_ends_early(void **state)
{
    (void)state;
    assert_dump("30{02:01 02:02 02:03}", 3, "SEQUENCE\n  INTEGER 1\n  INTEGER 2\n(… more)");
    assert_dump("30{02:01 02:02}", 3, "SEQUENCE\n  INTEGER 1\n  INTEGER 2");
    assert_dump("02:01", 0, "(… more)");
}

static void a_tree_says_where_asn1_ends(void **state)
{
    (void)state;
    struct ks_buf bytes = hex_bytes("3005 020105 04ff"), out = KS_BUF_INIT;
    ks_asn1_dump(buf_slice(&bytes), 10, &out);
    assert_string_equal(ks_buf_text(&out), "SEQUENCE\n  INTEGER 5\n  (not ASN.1) (2 B) 04 FF");
    ks_buf_free(&bytes);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_taken_off_the_front),
        cmocka_unit_test(going_down_may_reuse_one_variable),
        cmocka_unit_test(what_is_no_definite_length_element_is_refused),
        cmocka_unit_test(lengths_need_not_be_minimal_and_tags_may_be_high),
        cmocka_unit_test(numbers_of_eight_octets_at_most_are_read),
        cmocka_unit_test(expect_and_skip_look_at_the_tag),
        cmocka_unit_test(times_are_read_in_all_their_forms),
        cmocka_unit_test(strings_of_every_type_become_utf8),
        cmocka_unit_test(a_string_of_no_string_type_is_shown_as_hex),
        cmocka_unit_test(ber_becomes_der),
        cmocka_unit_test(bytes_behind_an_element_are_not_part_of_it),
        cmocka_unit_test(malformed_ber_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(deep_definite_nesting_is_bounded_too),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(lengths_are_written_as_short_as_possible),
        cmocka_unit_test(oids_go_both_ways),
        cmocka_unit_test(malformed_oids_are_refused),
        cmocka_unit_test(every_row_of_the_oid_table_is_found),
        cmocka_unit_test(names_are_those_that_java_users_know),
        cmocka_unit_test(a_tree_shows_every_type),
        cmocka_unit_test(a_long_tree_ends_early),
        cmocka_unit_test(a_tree_says_where_asn1_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
