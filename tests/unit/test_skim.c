/* The skim of certificates and public keys: every field, every damage, and OpenSSL as the judge. */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

#include "base/clock.h"

#include "der_text.h"
#include "hex.h"
#include "make_cert.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* ---- certificates written down ---- */

#define RSA_ALG "30{06=1.2.840.113549.1.1.1 05:}"
#define RSA_SIG "30{06=1.2.840.113549.1.1.11 05:}"
#define NAME(cn) "30{31{30{06=2.5.4.3 0c'" cn "'}}}"
#define DATES "30{17'250101000000Z' 17'300101000000Z'}"
#define SPKI "30{" RSA_ALG "03:00300702020fff020103}"
#define CERT(version, serial, issuer, dates, subject, spki, tail)                                  \
    "30{30{" version " " serial " " RSA_SIG issuer dates subject spki tail "}" RSA_SIG "03:0011}"
#define V3 "a0{02:02}"
#define PLAIN CERT(V3, "02:05", NAME("i"), DATES, NAME("s"), SPKI, "")

static struct ks_buf skim_text(const char *notation, struct ks_cert *c)
{
    struct ks_buf der = der_text(notation);
    if (!ks_cert_skim(der_slice(&der), c))
        fail_msg("not skimmed: %s", notation);
    return der;
}

static void a_certificate_is_taken_apart(void **state)
{
    (void)state;
    struct ks_cert c;
    struct ks_buf der = skim_text(
        CERT(V3, "02:05", NAME("i"), DATES, NAME("s"), SPKI,
             "81:00ff a3{30{30{06=2.5.29.19 01:ff 04{30{01:ff 02:01}}} 30{06=2.5.29.14 04{04:aabb}}"
             "30{06=2.5.29.35 04{30{80:ccdd}}}}}"),
        &c);
    struct ks_buf text = KS_BUF_INIT;
    assert_int_equal(c.version, 3);
    assert_int_equal(c.key_alg, KS_KEY_RSA);
    assert_int_equal(c.key_bits, 12);
    assert_int_equal(c.flags, KS_CERT_CA | KS_CERT_BASIC | KS_CERT_ODD); /* 12 bits */
    assert_int_equal(c.not_before, make_time("2025-01-01"));
    assert_int_equal(c.not_after, make_time("2030-01-01"));
    assert_int_equal(c.len, der.len);
    ks_name_text(ks_cert_part(&c, c.subject), &text);
    ks_name_text(ks_cert_part(&c, c.issuer), &text);
    assert_string_equal(ks_buf_text(&text), "CN=sCN=i");
    assert_memory_equal(ks_cert_part(&c, c.ski).data, "\xaa\xbb", 2);
    assert_memory_equal(ks_cert_part(&c, c.aki).data, "\xcc\xdd", 2);
    assert_int_equal(c.ski.len + c.aki.len, 4);
    assert_true(c.exts.len > 0 && c.sig_alg.len == 15);
    ks_buf_free(&der);
    ks_buf_free(&text);
}

static void versions_are_counted_from_one(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        unsigned version;
    } cases[] = {
        {CERT("", "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), 1},
        {CERT("a0{02:00}", "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), 1},
        {CERT("a0{02:01}", "02:05", NAME("i"), DATES, NAME("s"), SPKI, "81:00ff 82:00ff"), 2},
        {CERT("a0{02:02}", "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), 3},
        {CERT("a0{02:07}", "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), 8},
        {CERT("a0{02:ff}", "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_cert c;
        struct ks_buf der = skim_text(cases[i].notation, &c);
        assert_int_equal(c.version, cases[i].version);
        ks_buf_free(&der);
    }
}

static void serial_numbers_of_every_kind_are_shown(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *hex, *dec;
    } cases[] = {
        {CERT(V3, "02:05", NAME("i"), DATES, NAME("s"), SPKI, ""), "05", "5"},
        {CERT(V3, "02:00", NAME("i"), DATES, NAME("s"), SPKI, ""), "00", "0"},
        {CERT(V3, "02:", NAME("i"), DATES, NAME("s"), SPKI, ""), "00", "0"},
        {CERT(V3, "02:e1", NAME("i"), DATES, NAME("s"), SPKI, ""), "-1f", "-31"},
        {CERT(V3, "02:80", NAME("i"), DATES, NAME("s"), SPKI, ""), "-80", "-128"},
        {CERT(V3, "02:ff00", NAME("i"), DATES, NAME("s"), SPKI, ""), "-0100", "-256"},
        {CERT(V3, "02:00000100", NAME("i"), DATES, NAME("s"), SPKI, ""), "0100", "256"},
        {CERT(V3, "02:3b9aca00", NAME("i"), DATES, NAME("s"), SPKI, ""), "3b9aca00", "1000000000"},
        {CERT(V3, "02:7fffffffffffffffffffffffffffffffffffffffffff", NAME("i"), DATES, NAME("s"),
              SPKI, ""),
         "7fffffffffffffffffffffffffffffffffffffffffff",
         "47890485652059026823698344598447161988085597568237567"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_cert c;
        struct ks_buf der = skim_text(cases[i].notation, &c), out = KS_BUF_INIT;
        ks_cert_serial_hex(&c, &out);
        assert_string_equal(ks_buf_text(&out), cases[i].hex);
        ks_buf_clear(&out);
        ks_cert_serial_dec(&c, &out);
        assert_string_equal(ks_buf_text(&out), cases[i].dec);
        ks_buf_free(&out);
        ks_buf_free(&der);
    }
}

static void a_huge_serial_number_takes_no_time(void **state)
{
    (void)state;
    struct ks_buf serial = KS_BUF_INIT, out = KS_BUF_INIT;
    for (int i = 0; i < 100000; i++)
        ks_buf_byte(&serial, 0x11);
    struct ks_cert c = {.der = serial.data, .len = (uint32_t)serial.len, .serial = {0, 100000}};
    ks_cert_serial_dec(&c, &out);
    assert_memory_equal(out.data, "0x1111", 6);
    assert_int_equal(out.len, 200002);
    ks_buf_free(&serial);
    ks_buf_free(&out);
}

static void dates_that_cannot_be_read_are_marked(void **state)
{
    (void)state;
    static const struct {
        const char *notation;
        const char *from, *to;
    } cases[] = {
        {CERT(V3, "02:05", NAME("i"), "30{17'500101000000Z' 18'99991231235959Z'}", NAME("s"), SPKI,
              ""),
         "1950-01-01T00:00:00Z", "9999-12-31T23:59:59Z"},
        {CERT(V3, "02:05", NAME("i"), "30{17'2501010000+0100' 18'20300101000000.5Z'}", NAME("s"),
              SPKI, ""),
         "2024-12-31T23:00:00Z", "2030-01-01T00:00:00Z"},
        {CERT(V3, "02:05", NAME("i"), "30{17'soon' 17'300101000000Z'}", NAME("s"), SPKI, ""), NULL,
         "2030-01-01T00:00:00Z"},
        {CERT(V3, "02:05", NAME("i"), "30{17'250101000000Z'}", NAME("s"), SPKI, ""),
         "2025-01-01T00:00:00Z", NULL},
        {CERT(V3, "02:05", NAME("i"), "30{}", NAME("s"), SPKI, ""), NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_cert c;
        char iso[24];
        struct ks_buf der = skim_text(cases[i].notation, &c);
        assert_string_equal(ks_time_iso(c.not_before, iso), cases[i].from ? cases[i].from : "-");
        assert_string_equal(ks_time_iso(c.not_after, iso), cases[i].to ? cases[i].to : "-");
        bool bad = !cases[i].from || !cases[i].to;
        assert_int_equal((c.flags & KS_CERT_BAD_TIME) != 0, bad);
        ks_buf_free(&der);
    }
}

static void what_is_no_certificate_stays_as_bytes(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "04:00",
        "30{}",
        "30{30{} " RSA_SIG "03:00}",
        "30{30{02:05} " RSA_SIG "03:00}",
        "30{30{02:00 30{} " SPKI "} " RSA_SIG "03:00}", /* near to a request */
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct ks_buf der = der_text(broken[i]), text = KS_BUF_INIT;
        struct ks_cert c;
        assert_false(ks_cert_skim(der_slice(&der), &c));
        assert_int_equal(c.flags, KS_CERT_BROKEN);
        assert_ptr_equal(c.der, der.data);
        assert_int_equal(c.len, der.len);
        assert_true(c.not_after == KS_TIME_NONE);
        ks_cert_key_text(&c, &text);
        ks_cert_signature_text(&c, &text);
        assert_int_equal(ks_cert_verify(&c, ks_cert_part(&c, c.spki)), KS_VERDICT_UNKNOWN);
        ks_buf_free(&der);
        ks_buf_free(&text);
    }
}

static void bytes_behind_a_certificate_are_noticed(void **state)
{
    (void)state;
    struct ks_cert c;
    struct ks_buf der = der_text(PLAIN " 04:00");
    assert_true(ks_cert_skim(der_slice(&der), &c));
    assert_true(c.flags & KS_CERT_TRAILING);
    assert_int_equal(c.len, der.len - 3); /* so that fingerprints are those of the certificate */
    ks_buf_free(&der);
}

static void a_certificate_in_ber_is_skimmed_where_it_is(void **state)
{
    (void)state;
    struct ks_cert c;
    struct ks_buf der = skim_text(
        "30~{30~{a0~{02:02} 02:05 " RSA_SIG "30~{31~{30~{06=2.5.4.3 0c'i'}}} " DATES
        "30~{31~{30~{06=2.5.4.3 0c's'}}} 30~{" RSA_ALG "03:00300702020fff020103}"
        "a3~{30~{30~{06=2.5.29.19 04:30030101ff} 30~{06=2.5.29.14 24~{04{04:aabb}}}}}} " RSA_SIG
        "03:0011}",
        &c);
    struct ks_buf text = KS_BUF_INIT;
    assert_int_equal(c.len, der.len);
    assert_int_equal(c.version, 3);
    assert_int_equal(c.key_bits, 12);
    assert_true(c.flags & KS_CERT_CA);
    ks_name_text(ks_cert_part(&c, c.subject), &text);
    ks_cert_key_text(&c, &text);
    assert_string_equal(ks_buf_text(&text), "CN=sRSA 12");
    ks_buf_free(&der);
    ks_buf_free(&text);
}

static void damaged_extensions_do_no_harm(void **state)
{
    (void)state;
    static const char *const tails[] = {"a3{}",
                                        "a3{02:05}",
                                        "a3{30{02:05}}",
                                        "a3{30{30{}}}",
                                        "a3{30{30{06=2.5.29.19}}}",
                                        "a3{30{30{06=2.5.29.19 04{02:05}}}}",
                                        "a3{30{30{06=2.5.29.14 04:ff}}}",
                                        "a3{30{30{06=2.5.29.35 04{30{}}}}}",
                                        "04:00"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        char notation[1024];
        struct ks_cert c;
        snprintf(notation, sizeof notation,
                 "30{30{" V3 "02:05 " RSA_SIG NAME("i") DATES NAME("s") SPKI "%s} " RSA_SIG
                                                                             "03:0011}",
                 tails[i]);
        struct ks_buf der = skim_text(notation, &c);
        assert_int_equal(c.flags, KS_CERT_ODD);
        assert_int_equal(c.ski.len + c.aki.len, 0);
        ks_buf_free(&der);
    }
}

/* ---- damage ---- */

static bool touch_extension(void *ctx, const struct ks_ext *ext)
{
    (void)ks_ext_text(ext, ctx);
    return true;
}

static void use_everything(struct ks_slice der)
{
    struct ks_cert c;
    struct ks_buf out = KS_BUF_INIT;
    if (ks_cert_skim(der, &c)) {
        ks_name_text(ks_cert_part(&c, c.subject), &out);
        ks_cert_key_text(&c, &out);
        ks_spki_details(ks_cert_part(&c, c.spki), &out);
        ks_cert_signature_text(&c, &out);
        ks_cert_san(&c, &out);
        ks_ext_each(ks_cert_part(&c, c.exts), touch_extension, &out);
        (void)ks_cert_may_issue(&c, &c);
    }
    ks_asn1_dump(der, 1000, &out);
    ks_buf_free(&out);
}

static struct ks_blob *leaf_cert(void)
{
    return make_cert(&(struct make_cert){.cn = "host.example.com",
                                         .o = "Example",
                                         .issuer = "Some CA",
                                         .ca = true,
                                         .san = "DNS:a.example,IP:192.0.2.1,email:a@b.example",
                                         .purpose = "serverAuth,clientAuth",
                                         .usage = "critical,digitalSignature"});
}

static void a_certificate_cut_anywhere_is_broken(void **state)
{
    (void)state;
    struct ks_blob *whole = leaf_cert();
    for (size_t len = 0; len < whole->len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(whole->data, len));
        struct ks_cert c;
        assert_false(ks_cert_skim(ks_blob_slice(cut), &c));
        assert_int_equal(c.flags, KS_CERT_BROKEN);
        use_everything(ks_blob_slice(cut));
        ks_blob_unref(cut);
    }
    ks_blob_unref(whole);
}

static void a_certificate_with_any_octet_changed_does_no_harm(void **state)
{
    (void)state;
    static const uint8_t values[] = {0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xa0, 0xff};
    struct ks_blob *whole = leaf_cert();
    for (size_t at = 0; at < whole->len; at++) {
        for (size_t v = 0; v < sizeof values; v++) {
            uint8_t *bytes = ks_alloc(whole->len);
            memcpy(bytes, whole->data, whole->len);
            bytes[at] = values[v];
            use_everything(ks_slice(bytes, whole->len));
            free(bytes);
        }
    }
    ks_blob_unref(whole);
}

/* ---- who may have issued whom ---- */

static void issuers_are_recognised_by_name_and_key_id(void **state)
{
    (void)state;
    static const struct {
        const char *issuer, *subject;
        bool may;
    } cases[] = {
        {CERT(V3, "02:05", NAME("x"), DATES, NAME("CA  one"), SPKI, ""),
         CERT(V3, "02:05", NAME("ca one"), DATES, NAME("s"), SPKI, ""), true},
        {CERT(V3, "02:05", NAME("x"), DATES, NAME("ca two"), SPKI, ""),
         CERT(V3, "02:05", NAME("ca one"), DATES, NAME("s"), SPKI, ""), false},
        {CERT(V3, "02:05", NAME("x"), DATES, NAME("ca"), SPKI,
              "a3{30{30{06=2.5.29.14 04{04:aa}}}}"),
         CERT(V3, "02:05", NAME("ca"), DATES, NAME("s"), SPKI,
              "a3{30{30{06=2.5.29.35 04{30{80:aa}}}}}"),
         true},
        {CERT(V3, "02:05", NAME("x"), DATES, NAME("ca"), SPKI,
              "a3{30{30{06=2.5.29.14 04{04:aa}}}}"),
         CERT(V3, "02:05", NAME("ca"), DATES, NAME("s"), SPKI,
              "a3{30{30{06=2.5.29.35 04{30{80:bb}}}}}"),
         false},
        {CERT(V3, "02:05", NAME("x"), DATES, NAME("ca"), SPKI, ""),
         CERT(V3, "02:05", NAME("ca"), DATES, NAME("s"), SPKI,
              "a3{30{30{06=2.5.29.35 04{30{80:bb}}}}}"),
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_cert issuer, subject, broken;
        struct ks_buf a = skim_text(cases[i].issuer, &issuer),
                      b = skim_text(cases[i].subject, &subject);
        assert_int_equal(ks_cert_may_issue(&issuer, &subject), cases[i].may);
        assert_false(ks_cert_skim(ks_slice("", 0), &broken));
        assert_false(ks_cert_may_issue(&broken, &subject));
        assert_false(ks_cert_may_issue(&issuer, &broken));
        ks_buf_free(&a);
        ks_buf_free(&b);
    }
}

/* ---- public keys ---- */

static struct ks_blob *spki_of(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    assert_true(len > 0);
    struct ks_blob *blob = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    return blob;
}

static void assert_key(EVP_PKEY *key, enum ks_key_alg alg, unsigned bits, uint32_t flags,
                       const char *want)
{
    assert_non_null(key);
    struct ks_blob *spki = spki_of(key);
    struct ks_buf text = KS_BUF_INIT, details = KS_BUF_INIT;
    uint8_t found;
    uint16_t size;
    uint32_t seen = 0;
    assert_true(ks_spki_skim(ks_blob_slice(spki), &found, &size, &seen));
    assert_int_equal(found, alg);
    assert_int_equal(size, bits);
    assert_int_equal(seen & ~(uint32_t)KS_CERT_ODD, flags);
    ks_spki_describe(ks_blob_slice(spki), &text);
    assert_string_equal(ks_buf_text(&text), want);
    ks_spki_details(ks_blob_slice(spki), &details);
    assert_non_null(strstr(ks_buf_text(&details), "algorithm: "));
    for (size_t len = 0; len < spki->len; len++) {
        struct ks_blob *cut = ks_blob_copy(ks_slice(spki->data, len));
        assert_false(ks_spki_skim(ks_blob_slice(cut), &found, &size, &seen));
        ks_blob_unref(cut);
    }
    ks_buf_free(&text);
    ks_buf_free(&details);
    ks_blob_unref(spki);
    EVP_PKEY_free(key);
}

/* `encoding` is "named_curve" or "explicit". */
static EVP_PKEY *ec_key(const char *curve, const char *encoding)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("group", (char *)curve, 0),
                           OSSL_PARAM_construct_utf8_string("encoding", (char *)encoding, 0),
                           OSSL_PARAM_construct_end()};
    assert_true(EVP_PKEY_CTX_set_params(ctx, params) > 0 && EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *pss_key(int bits)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) > 0 &&
                EVP_PKEY_generate(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *parameter_key(const char *type, int nid, unsigned bits)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    assert_true(EVP_PKEY_paramgen_init(ctx) > 0);
    if (nid)
        assert_true(EVP_PKEY_CTX_set_dh_nid(ctx, nid) > 0);
    else
        assert_true(EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, (int)bits) > 0);
    assert_true(EVP_PKEY_paramgen(ctx, &params) > 0);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_keygen(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static void keys_of_every_algorithm_are_described(void **state)
{
    (void)state;
    assert_key(EVP_RSA_gen(1024), KS_KEY_RSA, 1024, 0, "RSA 1024");
    assert_key(EVP_RSA_gen(1030), KS_KEY_RSA, 1030, 0, "RSA 1030");
    assert_key(pss_key(1024), KS_KEY_RSA_PSS, 1024, 0, "RSASSA-PSS 1024");
    assert_key(EVP_EC_gen("P-256"), KS_KEY_EC, 256, 0, "EC P-256");
    assert_key(EVP_EC_gen("P-384"), KS_KEY_EC, 384, 0, "EC P-384");
    assert_key(EVP_EC_gen("P-521"), KS_KEY_EC, 521, 0, "EC P-521");
    assert_key(EVP_EC_gen("secp256k1"), KS_KEY_EC, 256, 0, "EC secp256k1");
    assert_key(EVP_EC_gen("brainpoolP384r1"), KS_KEY_EC, 384, 0, "EC brainpoolP384r1");
    assert_key(ec_key("P-256", "explicit"), KS_KEY_EC, 256, KS_CERT_EXPLICIT_EC,
               "EC explicit parameters 256");
    assert_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), KS_KEY_ED25519, 256, 0, "Ed25519");
    assert_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), KS_KEY_ED448, 448, 0, "Ed448");
    assert_key(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), KS_KEY_X25519, 256, 0, "X25519");
    assert_key(EVP_PKEY_Q_keygen(NULL, NULL, "X448"), KS_KEY_X448, 448, 0, "X448");
    assert_key(parameter_key("DSA", 0, 1024), KS_KEY_DSA, 1024, 0, "DSA 1024");
    assert_key(parameter_key("DH", NID_ffdhe2048, 0), KS_KEY_DH, 2048, 0, "DH 2048");
}

static void keys_that_openssl_does_not_know_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *spki, *want;
        enum ks_key_alg alg;
        unsigned bits;
    } cases[] = {
        {"30{30{06=2.16.840.1.101.3.4.3.18} 03:00aa}", "ML-DSA-65", KS_KEY_OTHER, 0},
        {"30{30{06=2.16.840.1.101.3.4.4.1} 03:00aa}", "ML-KEM-512", KS_KEY_OTHER, 0},
        {"30{30{06=1.2.643.7.1.1.1.1 30{}} 03:00aa}", "GOST R 34.10-2012 (256)", KS_KEY_OTHER, 0},
        {"30{30{06=1.2.3.4} 03:00aa}", "1.2.3.4", KS_KEY_UNKNOWN, 0},
        {"30{30{06=1.2.840.10045.2.1 06=1.2.3.4} 03:000401020304}", "EC 1.2.3.4", KS_KEY_EC, 16},
        {"30{30{06=1.2.840.10045.2.1 06=1.3.132.0.35} 03:0003ff}", "EC P-521", KS_KEY_EC, 521},
        {"30{30{06=1.2.840.10045.2.1 05:} 03:000401020304}", "EC 16", KS_KEY_EC, 16},
        {"30{30{06=1.2.840.10045.2.1 30{}} 03:0004}", "EC explicit parameters 0", KS_KEY_EC, 0},
        {"30{30{06=1.2.840.113549.1.1.1} 03:00ff}", "RSA", KS_KEY_RSA, 0},
        {"30{30{06=1.2.840.113549.1.1.1} 03{}}", "(unreadable key)", KS_KEY_UNKNOWN, 0},
        {"30{06=1.2.3}", "(unreadable key)", KS_KEY_UNKNOWN, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf spki = der_text(cases[i].spki), text = KS_BUF_INIT;
        uint8_t alg;
        uint16_t bits;
        (void)ks_spki_skim(der_slice(&spki), &alg, &bits, NULL);
        assert_int_equal(alg, cases[i].alg);
        assert_int_equal(bits, cases[i].bits);
        ks_spki_describe(der_slice(&spki), &text);
        assert_string_equal(ks_buf_text(&text), cases[i].want);
        ks_buf_free(&spki);
        ks_buf_free(&text);
    }
}

static void details_of_a_key_are_one_fact_a_line(void **state)
{
    (void)state;
    struct ks_buf spki = der_text(SPKI), out = KS_BUF_INIT;
    ks_spki_details(der_slice(&spki), &out);
    assert_string_equal(ks_buf_text(&out), "algorithm: RSA (1.2.840.113549.1.1.1)\n"
                                           "modulus size: 12 bits\n"
                                           "exponent: 3\n"
                                           "modulus: 0F:FF");
    ks_buf_free(&spki);
    ks_buf_free(&out);

    EVP_PKEY *key = ec_key("P-256", "explicit");
    struct ks_blob *explicit_ec = spki_of(key);
    ks_spki_details(ks_blob_slice(explicit_ec), &out);
    assert_non_null(strstr(ks_buf_text(&out), "\ncurve: explicit parameters, not named\n"
                                              "field: prime-field (1.2.840.10045.1.1)\nprime: "));
    assert_non_null(strstr(ks_buf_text(&out), "\ncofactor: 1\nsize: 256 bits\npoint: 04:"));
    ks_buf_free(&out);
    ks_blob_unref(explicit_ec);
    EVP_PKEY_free(key);
}

static void the_key_id_is_what_openssl_computes(void **state)
{
    (void)state;
    struct ks_blob *blob = leaf_cert();
    struct ks_cert c;
    uint8_t id[20];
    assert_true(ks_cert_skim(ks_blob_slice(blob), &c));
    ks_spki_key_id(ks_cert_part(&c, c.spki), id);
    assert_int_equal(c.ski.len, 20);
    assert_memory_equal(id, ks_cert_part(&c, c.ski).data, 20);
    ks_spki_key_id(ks_slice("", 0), id);
    assert_int_equal(id[0], 0);
    ks_blob_unref(blob);
}

static void a_pem_block_is_what_openssl_writes(void **state)
{
    (void)state;
    struct ks_blob *blob = leaf_cert();
    const unsigned char *at = blob->data;
    X509 *cert = d2i_X509(NULL, &at, (long)blob->len);
    BIO *bio = BIO_new(BIO_s_mem());
    char *want;
    struct ks_buf out = KS_BUF_INIT;
    assert_true(PEM_write_bio_X509(bio, cert));
    long len = BIO_get_mem_data(bio, &want);
    ks_pem_write("CERTIFICATE", ks_blob_slice(blob), &out);
    assert_int_equal(out.len, len);
    assert_memory_equal(out.data, want, out.len);
    BIO_free(bio);
    X509_free(cert);
    ks_buf_free(&out);
    ks_blob_unref(blob);
}

/* ---- OpenSSL as the judge ---- */

static void assert_same_octets(struct ks_slice got, const ASN1_OCTET_STRING *want)
{
    assert_int_equal(got.len, want ? ASN1_STRING_length(want) : 0);
    if (want)
        assert_memory_equal(got.data, ASN1_STRING_get0_data(want), got.len);
}

static void assert_same_der(struct ks_slice got, unsigned char *want, int len)
{
    assert_int_equal(got.len, len);
    assert_memory_equal(got.data, want, got.len);
    OPENSSL_free(want);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    int days, seconds;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    assert_true(ASN1_TIME_diff(&days, &seconds, epoch, time));
    ASN1_TIME_free(epoch);
    return (int64_t)days * KS_DAY + seconds;
}

static bool count_extension(void *ctx, const struct ks_ext *ext)
{
    struct ks_buf text = KS_BUF_INIT;
    (*(int *)ctx)++;
    (void)ks_ext_text(ext, &text);
    assert_true(text.len > 0);
    ks_buf_free(&text);
    return true;
}

static void assert_same_serial(const struct ks_cert *c, const ASN1_INTEGER *serial)
{
    struct ks_buf text = KS_BUF_INIT;
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *want = BN_bn2dec(number);
    ks_cert_serial_dec(c, &text);
    assert_string_equal(ks_buf_text(&text), want);
    OPENSSL_free(want);
    BN_free(number);
    ks_buf_free(&text);
}

static void assert_same_cert(X509 *x, struct ks_slice der)
{
    struct ks_cert c;
    unsigned char *out = NULL, digest[EVP_MAX_MD_SIZE];
    uint8_t sha256[32];
    int extensions = 0;
    assert_true(ks_cert_skim(der, &c));
    assert_int_equal(c.version, X509_get_version(x) + 1);
    assert_same_serial(&c, X509_get0_serialNumber(x));
    int len = i2d_X509_NAME(X509_get_subject_name(x), &out);
    assert_same_der(ks_cert_part(&c, c.subject), out, len);
    out = NULL;
    len = i2d_X509_NAME(X509_get_issuer_name(x), &out);
    assert_same_der(ks_cert_part(&c, c.issuer), out, len);
    out = NULL;
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &out);
    assert_same_der(ks_cert_part(&c, c.spki), out, len);
    assert_int_equal(c.not_before, seconds_of(X509_get0_notBefore(x)));
    assert_int_equal(c.not_after, seconds_of(X509_get0_notAfter(x)));
    assert_int_equal(c.key_bits, EVP_PKEY_get_bits(X509_get0_pubkey(x)));
    assert_same_octets(ks_cert_part(&c, c.ski), X509_get0_subject_key_id(x));
    assert_same_octets(ks_cert_part(&c, c.aki), X509_get0_authority_key_id(x));
    bool ca =
        (X509_get_extension_flags(x) & (EXFLAG_CA | EXFLAG_BCONS)) == (EXFLAG_CA | EXFLAG_BCONS);
    assert_int_equal((c.flags & KS_CERT_CA) != 0, ca);
    ks_ext_each(ks_cert_part(&c, c.exts), count_extension, &extensions);
    assert_int_equal(extensions, X509_get_ext_count(x) > 0 ? X509_get_ext_count(x) : 0);
    ks_cert_sha256(&c, sha256);
    assert_true(X509_digest(x, EVP_sha256(), digest, NULL));
    assert_memory_equal(sha256, digest, 32);
    bool equal = X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
    assert_int_equal(ks_name_equal(ks_cert_part(&c, c.subject), ks_cert_part(&c, c.issuer)), equal);
    int good = X509_verify(x, X509_get0_pubkey(x));
    enum ks_verdict verdict = ks_cert_verify(&c, ks_cert_part(&c, c.spki));
    assert_int_equal(verdict, good == 1 ? KS_VERDICT_GOOD : KS_VERDICT_BAD);
}

static void the_roots_of_this_host_are_read_as_openssl_reads_them(void **state)
{
    (void)state;
    static const char bundle[] = "/etc/ssl/certs/ca-certificates.crt";
    BIO *in = BIO_new_file(bundle, "r");
    if (!in) {
        print_message("SKIPPED: there is no %s to compare with OpenSSL\n", bundle);
        skip();
    }
    size_t count = 0;
    for (X509 *x; (x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL; count++) {
        struct ks_blob *der = make_der(x);
        assert_same_cert(x, ks_blob_slice(der));
        ks_blob_unref(der);
        X509_free(x);
    }
    BIO_free(in);
    assert_true(count > 20);
}

static void generated_certificates_are_read_as_openssl_reads_them(void **state)
{
    (void)state;
    const struct make_cert cases[] = {
        {.cn = "rsa1024", .ca = true},
        {.cn = "p192", .san = "DNS:a"},
        {.cn = "ed25519", .digest = "none", .basic = true},
        {.cn = "J\xc3\xbcrgen", .o = "M\xc3\xbcller", .no_ids = true},
        {.cn = "\0J\0\xfc", .cn_len = 4, .string_type = V_ASN1_BMPSTRING, .key = make_key("bmp")},
        {.cn = "late", .from = "1951-01-01", .to = "9999-12-31"},
        {.cn = "signed by another", .issuer = "Some CA", .serial = 255},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_blob *der = make_cert(&cases[i]);
        const unsigned char *at = der->data;
        X509 *x = d2i_X509(NULL, &at, (long)der->len);
        assert_same_cert(x, ks_blob_slice(der));
        X509_free(x);
        ks_blob_unref(der);
    }
}

static void an_rsa_key_beyond_measure_is_not_given_a_size(void **state)
{
    (void)state;
    struct ks_buf digits = KS_BUF_INIT, numbers = KS_BUF_INIT, key = KS_BUF_INIT, text = KS_BUF_INIT;
    struct ks_buf alg = der_text("30{06=1.2.840.113549.1.1.1 05:}"), spki = KS_BUF_INIT;
    for (int i = 0; i < 9000; i++)
        ks_buf_byte(&digits, 0x7f);
    ks_der_put(&numbers, KS_DER_INTEGER, der_slice(&digits));
    ks_der_put(&numbers, KS_DER_INTEGER, ks_slice("\x03", 1));
    ks_buf_byte(&key, 0);
    ks_der_put(&key, KS_DER_SEQUENCE, der_slice(&numbers));
    ks_der_put(&alg, KS_DER_BIT_STRING, der_slice(&key));
    ks_der_put(&spki, KS_DER_SEQUENCE, der_slice(&alg));
    ks_spki_describe(der_slice(&spki), &text);
    assert_string_equal(ks_buf_text(&text), "RSA of 65535 bits or more");
    struct ks_buf *all[] = {&digits, &numbers, &key, &text, &alg, &spki};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ks_buf_free(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_taken_apart),
        cmocka_unit_test(versions_are_counted_from_one),
        cmocka_unit_test(serial_numbers_of_every_kind_are_shown),
        cmocka_unit_test(a_huge_serial_number_takes_no_time),
        cmocka_unit_test(dates_that_cannot_be_read_are_marked),
        cmocka_unit_test(what_is_no_certificate_stays_as_bytes),
        cmocka_unit_test(bytes_behind_a_certificate_are_noticed),
        cmocka_unit_test(a_certificate_in_ber_is_skimmed_where_it_is),
        cmocka_unit_test(damaged_extensions_do_no_harm),
        cmocka_unit_test(a_certificate_cut_anywhere_is_broken),
        cmocka_unit_test(a_certificate_with_any_octet_changed_does_no_harm),
        cmocka_unit_test(issuers_are_recognised_by_name_and_key_id),
        cmocka_unit_test(keys_of_every_algorithm_are_described),
        cmocka_unit_test(keys_that_openssl_does_not_know_are_named),
        cmocka_unit_test(details_of_a_key_are_one_fact_a_line),
        cmocka_unit_test(the_key_id_is_what_openssl_computes),
        cmocka_unit_test(a_pem_block_is_what_openssl_writes),
        cmocka_unit_test(the_roots_of_this_host_are_read_as_openssl_reads_them),
        cmocka_unit_test(generated_certificates_are_read_as_openssl_reads_them),
        cmocka_unit_test(an_rsa_key_beyond_measure_is_not_given_a_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
