/* Certificates that can be read and that Java's factory refuses; each was tried with JDK 17. */
#include "base/alloc.h"
#include "x509/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "der_text.h"

#define SIG " 30{06=1.2.840.113549.1.1.11 05:}"
#define NAME "30{31{30{06=2.5.4.3 0c'n'}}}"
#define DATES "30{17'250101000000Z' 17'300101000000Z'}"
#define EXTS "a3{30{30{06=2.5.29.19 04{30{}}}}}"
#define P256 "06=1.2.840.10045.3.1.7"
#define ED25519_KEY(octets) "30{30{06=1.3.101.112} 03:00" octets "}"
#define OCTETS_31 "11111111111111111111111111111111111111111111111111111111111111"
#define PLAIN_KEY ED25519_KEY("11" OCTETS_31)
#define AROUND(before, dates, subject, key, exts)                                                  \
    "30{30{a0{02:02} 02:05" SIG before dates subject key exts "}" SIG "03:0011}"
#define WITH_DATE(date) AROUND(NAME, "30{" date " 17'300101000000Z'}", NAME, PLAIN_KEY, "")
#define WITH_EXTS(exts) AROUND(NAME, DATES, NAME, PLAIN_KEY, "a3{30{" exts "}}")
#define WITH_KEY(key) AROUND(NAME, DATES, NAME, key, "")
#define EXT(oid, critical) "30{" oid " " critical " 04:00}"

static const char *refusal_of(struct ks_slice der)
{
    struct ks_cert c;
    (void)ks_cert_skim(der, &c);
    return ks_cert_java_refusal(&c);
}

static const char *refusal_of_text(const char *notation)
{
    struct ks_buf der = der_text(notation);
    const char *why = refusal_of(der_slice(&der));
    ks_buf_free(&der);
    return why;
}

/* A certificate around SubjectPublicKeyInfo { algorithm, 00 || key }. */
static const char *refusal_of_key(const char *algorithm, struct ks_slice key)
{
    struct ks_buf head = der_text("a0{02:02} 02:05" SIG NAME DATES NAME), alg = der_text(algorithm);
    struct ks_buf tail = der_text(SIG "03:0011"), bits = KS_BUF_INIT, spki = KS_BUF_INIT;
    struct ks_buf tbs = KS_BUF_INIT, body = KS_BUF_INIT, cert = KS_BUF_INIT;
    ks_buf_byte(&bits, 0);
    ks_buf_slice(&bits, key);
    ks_buf_slice(&spki, der_slice(&alg));
    ks_der_put(&spki, KS_DER_BIT_STRING, der_slice(&bits));
    ks_buf_slice(&tbs, der_slice(&head));
    ks_der_put(&tbs, KS_DER_SEQUENCE, der_slice(&spki));
    ks_der_put(&body, KS_DER_SEQUENCE, der_slice(&tbs));
    ks_buf_slice(&body, der_slice(&tail));
    ks_der_put(&cert, KS_DER_SEQUENCE, der_slice(&body));
    const char *why = refusal_of(der_slice(&cert));
    struct ks_buf *all[] = {&head, &alg, &tail, &bits, &spki, &tbs, &body, &cert};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ks_buf_free(all[i]);
    return why;
}

/* RSAPublicKey with a modulus of that many bits. */
static const char *refusal_of_rsa(size_t bits, struct ks_slice exponent)
{
    struct ks_buf modulus = KS_BUF_INIT, numbers = KS_BUF_INIT, key = KS_BUF_INIT;
    ks_buf_byte(&modulus, 0);
    ks_buf_byte(&modulus, (uint8_t)(1u << (bits - 1) % 8));
    while (modulus.len < (bits + 7) / 8 + 1)
        ks_buf_byte(&modulus, 1);
    ks_der_put(&numbers, KS_DER_INTEGER, der_slice(&modulus));
    ks_der_put(&numbers, KS_DER_INTEGER, exponent);
    ks_der_put(&key, KS_DER_SEQUENCE, der_slice(&numbers));
    const char *why = refusal_of_key("30{06=1.2.840.113549.1.1.1 05:}", der_slice(&key));
    ks_buf_free(&modulus);
    ks_buf_free(&numbers);
    ks_buf_free(&key);
    return why;
}

static void rsa_keys_have_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t bits;
        const char *exponent;
        size_t len;
        const char *why;
    } cases[] = {
        {2048, "\x01\0\x01", 3, NULL},
        {1024, "\x04", 1, NULL},
        {505, "\x03", 1, NULL}, /* rounded up to 512 */
        {504, "\x03", 1, "its RSA key has less than 512 bits"},
        {16384, "\x03", 1, NULL},
        {16385, "\x03", 1, "its RSA key has more than 16384 bits"},
        {1024, "\x01", 1, "the exponent of its RSA key is below 3"},
        {1024, "\0", 1, "the exponent of its RSA key is below 3"},
        {3072, "\x40\0\0\0\0\0\0\0\x01", 9, NULL},
        {3073, "\x40\0\0\0\0\0\0\x01", 8, NULL},
        {3073, "\x40\0\0\0\0\0\0\0\x01", 9, "the exponent of its RSA key has more than 64 bits"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = refusal_of_rsa(cases[i].bits, ks_slice(cases[i].exponent, cases[i].len));
        if (!why != !cases[i].why || (why && strcmp(why, cases[i].why) != 0))
            fail_msg("case %zu: %s", i, why ? why : "taken");
    }
}

static void points_are_plain_and_curves_have_names(void **state)
{
    (void)state;
    static const char named[] = "30{06=1.2.840.10045.2.1 " P256 "}";
    static const char spelled_out[] =
        "30{06=1.2.840.10045.2.1 30{02:01 30{06=1.2.840.10045.1.1 02:7f}}}";
    uint8_t point[133] = {4};
    assert_null(refusal_of_key(named, ks_slice(point, 65)));
    assert_null(refusal_of_key("30{06=1.2.840.10045.2.1 06=1.3.132.0.35}", ks_slice(point, 133)));
    assert_string_equal(refusal_of_key(named, ks_slice(point, 61)),
                        "the point of its EC key has the wrong length");
    assert_string_equal(refusal_of_key(spelled_out, ks_slice(point, 65)),
                        "the curve of its EC key is spelled out instead of named");
    point[0] = 2;
    assert_string_equal(refusal_of_key(named, ks_slice(point, 33)),
                        "the point of its EC key is compressed");
}

static void fields_have_to_be_what_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *why;
    } cases[] = {
        {"30{30{a0{02:02} 02:05" SIG NAME DATES NAME PLAIN_KEY EXTS "}" SIG "03:0011}", NULL},
        {"30{30{a0{02:02} 02:05" SIG NAME DATES "30{}" PLAIN_KEY "}" SIG "03:0011}", NULL},
        {"30{30{02:05" SIG NAME DATES NAME PLAIN_KEY "}" SIG "03:0011}", NULL},
        {"30{30{02:05" SIG NAME DATES NAME PLAIN_KEY EXTS "}" SIG "03:0011}",
         "it has extensions, but is not of version 3"},
        {"30{30{a0{02:01} 02:05" SIG NAME DATES NAME PLAIN_KEY EXTS "}" SIG "03:0011}",
         "it has extensions, but is not of version 3"},
        {"30{30{a0{02:02} 02:05" SIG "30{}" DATES NAME PLAIN_KEY "}" SIG "03:0011}",
         "its issuer has no name"},
        {"30{30{a0{02:02} 02:" SIG NAME DATES NAME PLAIN_KEY "}" SIG "03:0011}",
         "its serial number is empty"},
        {"30{30{a0{02:02} 02:05" SIG NAME "30{17'259901000000Z' 17'300101000000Z'}" NAME PLAIN_KEY
         "}" SIG "03:0011}",
         "a validity date of it is no date"},
        {"30{02:05}", "it cannot be read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = refusal_of_text(cases[i].notation);
        if (!why != !cases[i].why || (why && strcmp(why, cases[i].why) != 0))
            fail_msg("case %zu: %s", i, why ? why : "taken");
    }
}

static void assert_refused(const char *notation, const char *why)
{
    const char *told = refusal_of_text(notation);
    if (!told != !why || (why && strcmp(told, why) != 0))
        fail_msg("%.300s: %s", notation, told ? told : "taken");
}

static void dates_are_read_as_java_reads_them(void **state)
{
    (void)state;
    static const char *const taken[] = {
        WITH_DATE("17'2001010000Z'"),         WITH_DATE("17'200101000000+0100'"),
        WITH_DATE("17'200101000000-2359'"),   WITH_DATE("18'202001010000Z'"),
        WITH_DATE("18'20200101000000.123Z'"), WITH_DATE("18'20200101000000,5+0100'"),
        WITH_DATE("17'210229000000Z'"), /* the first of March */
        WITH_DATE("17'210431000000Z'"),
    };
    static const char *const refused[] = {
        WITH_DATE("17'2001010000+0100'"),   WITH_DATE("17'200101000000'"),
        WITH_DATE("17'20010100Z'"),         WITH_DATE("17'200101000000+2400'"),
        WITH_DATE("17'200101000000+0060'"), WITH_DATE("17'200101000000Z1234'"),
        WITH_DATE("17'200101000000.5Z'"),   WITH_DATE("17'210132000000Z'"),
        WITH_DATE("17'211301000000Z'"),     WITH_DATE("18'202001010000+0100'"),
        WITH_DATE("18'20200101000000.Z'"),  WITH_DATE("18'20200101000000.5'"),
        WITH_DATE("18'2020010100Z'"),       WITH_DATE("0c'200101000000Z'"),
    };
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        assert_refused(taken[i], NULL);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_refused(refused[i], "a validity date of it is no date");
}

static void extensions_come_once_and_say_what_they_are(void **state)
{
    (void)state;
    static const char neither[] =
        "an extension of it says neither that it is critical nor that it is not";
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "") EXT("06=1.2.4", "")), NULL);
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "01:ff")), NULL);
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "01:01")), NULL);
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "") EXT("06=1.2.4", "") EXT("06=1.2.3", "")),
                   "it has an extension twice");
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "01:00ff")), neither);
    assert_refused(WITH_EXTS(EXT("06=1.2.3", "01:")), neither);
}

#define NAMED(oid) "30{31{30{" oid " 0c'n'}}}"

static void object_identifiers_have_to_be_whole(void **state)
{
    (void)state;
    static const char *const bad[] = {"06:", "06:80", "06:8001", "06:2a8001", "06:2a86"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        static const char *const places[] = {
            AROUND(NAMED("%s"), DATES, NAME, PLAIN_KEY, ""),
            AROUND(NAME, DATES, NAMED("%s"), PLAIN_KEY, ""),
            WITH_EXTS("30{%s 04:00}"),
            WITH_KEY("30{30{%s} 03:0011}"),
            "30{30{a0{02:02} 02:05 30{%s 05:}" NAME DATES NAME PLAIN_KEY "}" SIG "03:0011}",
            "30{30{a0{02:02} 02:05" SIG NAME DATES NAME PLAIN_KEY "} 30{%s 05:} 03:0011}",
        };
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            const char *gap = strstr(places[k], "%s");
            char *notation =
                ks_asprintf("%.*s%s%s", (int)(gap - places[k]), places[k], bad[i], gap + 2);
            assert_refused(notation, "an object identifier in it is malformed");
            free(notation);
        }
    }
    assert_refused(AROUND(NAMED("06:2a"), DATES, NAME, PLAIN_KEY, ""), NULL);
    assert_refused(AROUND(NAMED("06:ffffffffffffffffffffff7f"), DATES, NAME, PLAIN_KEY, ""), NULL);
}

static void an_issuer_of_empty_sets_has_no_name(void **state)
{
    (void)state;
    assert_refused(AROUND("30{31{}}", DATES, NAME, PLAIN_KEY, ""), "its issuer has no name");
    assert_refused(AROUND("30{31{} 31{}}", DATES, NAME, PLAIN_KEY, ""), "its issuer has no name");
    assert_refused(AROUND("30{31{} 31{30{06=2.5.4.3 0c'n'}}}", DATES, NAME, PLAIN_KEY, ""), NULL);
    assert_refused(AROUND(NAME, DATES, "30{31{}}", PLAIN_KEY, ""), NULL);
}

#define NAMELESS(version, exts)                                                                    \
    "30{30{" version " 02:05" SIG NAME DATES "30{}" PLAIN_KEY exts "}" SIG "03:0011}"
#define NAMELESS_WITH(exts) NAMELESS("a0{02:02}", "a3{30{" exts "}}")
#define ALT_NAMES(critical, value) "30{06=2.5.29.17 " critical " 04{" value "}}"
#define OTHER "30{06=2.5.29.19 04{30{}}}"

static void a_subject_without_a_name_needs_critical_alternative_names(void **state)
{
    (void)state;
    static const char none[] = "its subject has no name, and it has no alternative names";
    static const char mild[] =
        "its subject has no name, and its alternative names are not critical";
    assert_refused(NAMELESS("a0{02:02}", ""), NULL);
    assert_refused(NAMELESS("", ""), "it is of version 1, and its subject has no name");
    assert_refused(NAMELESS_WITH(OTHER), none);
    assert_refused(NAMELESS_WITH(OTHER ALT_NAMES("", "30{82'a'}")), mild);
    assert_refused(NAMELESS_WITH(OTHER ALT_NAMES("01:00", "30{82'a'}")), mild);
    assert_refused(NAMELESS_WITH(ALT_NAMES("01:ff", "30{82'a'}") OTHER), NULL);
    assert_refused(NAMELESS_WITH(ALT_NAMES("01:ff", "30{}")), none);
    assert_refused(NAMELESS_WITH(ALT_NAMES("01:ff", "05:")), none);
    assert_refused(AROUND(NAME, DATES, "30{31{}}", PLAIN_KEY, "a3{30{" OTHER "}}"), none);
}

static void public_keys_are_whole_and_of_their_length(void **state)
{
    (void)state;
    assert_refused(WITH_KEY("30{30{06=1.2.3} 03:}"), "its public key is empty");
    assert_refused(WITH_KEY("30{30{06=1.2.3} 03:00}"), NULL);
    assert_refused(WITH_KEY("30{30{06=1.2.3} 03:07}"), "its public key is no whole BIT STRING");
    assert_refused(WITH_KEY("30{30{06=1.2.3} 03:0811}"), "its public key is no whole BIT STRING");
    assert_refused(WITH_KEY("30{30{06=1.2.840.10040.4.1} 03:0011}"), "its DSA key cannot be read");
    assert_refused(WITH_KEY("30{30{06=1.2.840.10040.4.1} 03:00020105}"), NULL);
    assert_refused(WITH_KEY(ED25519_KEY(OCTETS_31)), "its public key has the wrong length");
    assert_refused(WITH_KEY(ED25519_KEY("1111" OCTETS_31)), "its public key has the wrong length");
}

/* ---- what nobody looks at twice ---- */

#define POINT "04" OCTETS_31 "22" OCTETS_31 "33"
#define USUAL                                                                                      \
    "30{30{a0{02:02} 02:05" SIG NAME DATES "30{31{30{06=2.5.4.10 0c'o'} 30{06=2.5.4.3 0c'm'}}}"    \
    "30{30{06=1.2.840.10045.2.1 " P256 "} 03:00" POINT "}"                                         \
    "a3{30{" EXT("06=2.5.29.19", "01:ff") EXT("06=2.5.29.15", "") EXT("06=1.3.6.1.5.5.7.1.1", "")  \
        EXT("06=1.3.6.1.5.5.7.1.11", "") "}}}" SIG "03:0011}"

static void a_usual_certificate_is_not_odd(void **state)
{
    (void)state;
    struct ks_cert c;
    struct ks_buf der = der_text(USUAL);
    assert_true(ks_cert_skim(der_slice(&der), &c));
    assert_false(c.flags & KS_CERT_ODD);
    assert_null(ks_cert_java_refusal(&c));
    ks_buf_free(&der);
}

/* Whatever one octet of it becomes: when the skim sees nothing odd, there is nothing to refuse. */
static void what_is_refused_is_odd(void **state)
{
    (void)state;
    struct ks_cert c;
    struct ks_buf der = der_text(USUAL);
    size_t odd = 0;
    for (size_t at = 0; at < der.len; at++) {
        uint8_t was = der.data[at];
        for (unsigned octet = 0; octet < 256; octet++) {
            der.data[at] = (uint8_t)octet;
            if (!ks_cert_skim(der_slice(&der), &c))
                continue;
            odd += (c.flags & KS_CERT_ODD) != 0;
            bool usual = !(c.flags & KS_CERT_ODD);
            c.flags |= KS_CERT_ODD; /* now it is looked at closely */
            assert_false(usual && ks_cert_java_refusal(&c));
        }
        der.data[at] = was;
    }
    assert_true(odd > 1000);
    ks_buf_free(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_usual_certificate_is_not_odd),
        cmocka_unit_test(what_is_refused_is_odd),
        cmocka_unit_test(rsa_keys_have_bounds),
        cmocka_unit_test(points_are_plain_and_curves_have_names),
        cmocka_unit_test(fields_have_to_be_what_they_should),
        cmocka_unit_test(dates_are_read_as_java_reads_them),
        cmocka_unit_test(extensions_come_once_and_say_what_they_are),
        cmocka_unit_test(object_identifiers_have_to_be_whole),
        cmocka_unit_test(an_issuer_of_empty_sets_has_no_name),
        cmocka_unit_test(a_subject_without_a_name_needs_critical_alternative_names),
        cmocka_unit_test(public_keys_are_whole_and_of_their_length),
    };
    return cmocka_run_group_tests_name("java_cert", tests, NULL, NULL);
}
