/* Making key pairs. */
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/keygen.h"
#include "x509/oid.h"
#include "x509/private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "der_text.h"
#include "hex.h"

static const struct ks_key_type *type_named(const char *word)
{
    const struct ks_key_type *type = ks_key_type_named(word);
    if (!type)
        fail_msg("no type is called %s", word);
    return type;
}

static struct ks_secret *make(const struct ks_key_type *type)
{
    struct ks_secret *key = NULL;
    struct ks_error err = {0};
    if (ks_keygen(type, NULL, &key, &err) != KS_OK)
        fail_msg("%s: %s", type->word, err.what);
    assert_non_null(key);
    return key;
}

/* OpenSSL's own view: consistent, and of the size that was asked for. */
static void assert_sound(const struct ks_key_type *type, const struct ks_secret *key)
{
    struct ks_private parts;
    assert_true(ks_private_parse(ks_secret_bytes(key), &parts));
    EVP_PKEY *pkey = ks_private_open(&parts);
    assert_non_null(pkey);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    assert_int_equal(EVP_PKEY_pairwise_check(ctx), 1);
    bool edwards = type->alg == KS_KEY_ED25519 || type->alg == KS_KEY_ED448;
    if (!edwards) /* of those OpenSSL counts the bits of the group */
        assert_int_equal(EVP_PKEY_get_bits(pkey), type->bits);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
}

/* AlgorithmIdentifiers that Java reads: named curves, nothing where nothing belongs. */
static void assert_plain(const struct ks_key_type *type, const struct ks_secret *key)
{
    struct ks_private parts;
    struct ks_slice in = ks_secret_bytes(key);
    struct ks_tlv outer, alg, part;
    uint64_t version;
    assert_true(ks_private_parse(in, &parts));
    assert_true(ks_der_expect(&in, KS_DER_SEQUENCE, &outer) && in.len == 0);
    assert_true(ks_der_uint(&outer.body, &version));
    assert_int_equal(version, 0);
    assert_true(ks_der_next(&outer.body, &alg) && ks_der_next(&outer.body, &part));
    assert_int_equal(outer.body.len, 0); /* neither attributes nor a public key */
    assert_true(ks_der_skip(&alg.body, KS_DER_OID));
    if (type->alg == KS_KEY_RSA)
        assert_true(ks_der_skip(&alg.body, KS_DER_NULL));
    if (type->alg == KS_KEY_EC)
        assert_true(ks_der_skip(&alg.body, KS_DER_OID));
    assert_int_equal(alg.body.len, 0);
}

static void assert_public(const struct ks_key_type *type, const struct ks_secret *key)
{
    struct ks_buf spki = KS_BUF_INIT, text = KS_BUF_INIT, details = KS_BUF_INIT;
    struct ks_error err = {0};
    if (ks_private_to_spki(key, &spki, &err) != KS_OK)
        fail_msg("%s: %s", type->word, err.what);
    ks_spki_describe(buf_slice(&spki), &text);
    assert_ptr_equal(ks_key_type_of(buf_slice(&spki)), type);
    assert_ptr_equal(ks_key_type_named(ks_buf_text(&text)), type);
    ks_spki_details(buf_slice(&spki), &details);
    if (type->alg == KS_KEY_EC)
        assert_non_null(strstr(ks_buf_text(&details), "(uncompressed)"));
    ks_buf_free(&spki);
    ks_buf_free(&text);
    ks_buf_free(&details);
}

static void every_type_on_offer_can_be_made(void **state)
{
    (void)state;
    for (const struct ks_key_type *t = ks_key_types; t->word; t++) {
        bool rsa = t->alg == KS_KEY_RSA || t->alg == KS_KEY_RSA_PSS;
        if (rsa && t->bits > 3072) /* takes too long here */
            continue;
        if (!ks_key_type_available(t))
            continue;
        struct ks_secret *key = make(t);
        assert_sound(t, key);
        assert_plain(t, key);
        assert_public(t, key);
        ks_secret_free(key);
    }
}

static void two_keys_differ(void **state)
{
    (void)state;
    struct ks_secret *a = make(type_named("ed25519")), *b = make(type_named("ed25519"));
    assert_false(ks_secret_equal(a, b));
    ks_secret_free(a);
    ks_secret_free(b);
}

static void the_table_is_fit_for_forms(void **state)
{
    (void)state;
    const char *family = "";
    for (const struct ks_key_type *t = ks_key_types; t->word; t++) {
        assert_ptr_equal(type_named(t->word), t);
        assert_int_equal(t->first, strcmp(t->family, family) != 0);
        family = t->family;
        assert_non_null(t->openssl);
        assert_true(t->keytool || t->remark); /* why keytool cannot */
    }
    assert_string_equal(ks_key_types[0].word, "rsa:3072");
}

static void types_are_found_by_many_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"rsa", "rsa:3072"},
        {"RSA 2048", "rsa:2048"},
        {"rsa-4096", "rsa:4096"},
        {"RSA8192", "rsa:8192"},
        {"rsa-pss", "rsa-pss:3072"},
        {"RSASSA-PSS", "rsa-pss:3072"},
        {"RSASSA-PSS 2048", "rsa-pss:2048"},
        {"ec", "ec:p-256"},
        {"P-256", "ec:p-256"},
        {"p384", "ec:p-384"},
        {"secp256r1", "ec:p-256"},
        {"prime256v1", "ec:p-256"},
        {"SECP521R1", "ec:p-521"},
        {"EC P-521", "ec:p-521"},
        {"secp256k1", "ec:secp256k1"},
        {"brainpoolP384r1", "ec:brainpoolp384r1"},
        {"Ed25519", "ed25519"},
        {"ED448", "ed448"},
    };
    static const char *const others[] = {"",           " ",           "rsa:1024",      "rsa2",
                                         "3072",       "ecdsa",       "dsa",           "p-",
                                         "curve25519", "rsapss:8192", "rsassapss30722"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(type_named(names[i][0])->word, names[i][1]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (ks_key_type_named(others[i]))
            fail_msg("%s is taken for %s", others[i], ks_key_type_named(others[i])->word);
}

static void other_keys_are_of_no_type(void **state)
{
    (void)state;
    static const char *const spkis[] = {
        "30{30{06=1.2.840.113549.1.1.1 05:} 03{30{02:00ff 02:010001}}}", /* 8 bits */
        "30{30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.1} 03:000401}", /* P-192 */
        "30{30{06=1.3.101.110} 03:0001}",                                /* X25519 */
        "05:",
    };
    for (size_t i = 0; i < sizeof spkis / sizeof spkis[0]; i++) {
        struct ks_buf spki = der_text(spkis[i]);
        assert_null(ks_key_type_of(der_slice(&spki)));
        ks_buf_free(&spki);
    }
}

static void a_stopped_job_makes_no_key(void **state)
{
    (void)state;
    struct ks_job *job = ks_job_new();
    struct ks_secret *key = NULL;
    struct ks_error err = {0};
    ks_job_cancel(job);
    assert_int_equal(ks_keygen(type_named("ed25519"), job, &key, &err), KS_ERR_CANCELLED);
    assert_null(key);
    assert_int_equal(err.code, KS_ERR_CANCELLED);
    ks_job_free(job);
}

struct making {
    enum ks_code code;
    struct ks_secret *key;
};

static void make_a_large_key(struct ks_job *job, void *arg)
{
    struct making *m = arg;
    m->code = ks_keygen(type_named("rsa:8192"), job, &m->key, NULL);
}

/* Only a search that is interrupted ends: the worker is asked to stop when it has begun. */
static void a_large_key_can_be_stopped_half_way(void **state)
{
    (void)state;
    struct making m = {0};
    struct ks_job *job = ks_job_new();
    const char *what = NULL;
    uint64_t done, total;
    ks_job_start(job, make_a_large_key, &m);
    while (!what || strcmp(what, "making the key") != 0)
        ks_job_progress(job, &what, &done, &total);
    ks_job_free(job); /* cancels and waits */
    assert_int_equal(m.code, KS_ERR_CANCELLED);
    assert_null(m.key);
}

static void what_is_no_private_key_has_no_public_key(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "05:", "30{02:00 30{06=1.2.840.113549.1.1.1 05:} 04{05:}}", /* no RSA key inside */
        "30{02:00 30{06=2.16.840.1.101.3.4.1} 04:00112233}",        /* AES */
        "30{02:00 30{06=1.3.101.112} 04{04:0011}}",                 /* too short */
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct ks_buf der = der_text(keys[i]), spki = KS_BUF_INIT;
        struct ks_secret *key = ks_secret_new(der.data, der.len);
        struct ks_error err = {0};
        assert_int_equal(ks_private_to_spki(key, &spki, &err), KS_ERR_UNSUPPORTED);
        assert_int_equal(spki.len, 0);
        assert_true(strlen(err.what) > 0);
        ks_secret_free(key);
        ks_buf_free(&der);
    }
}

/* As other programs write them: RFC 5958 with the public key, RFC 5915 without it. */
static void keys_of_other_programs_have_the_same_public_key(void **state)
{
    (void)state;
    static const char scalar[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    static const char *const shapes[] = {
        "30{02:00 30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.7} 04{30{02:01 04:%s}}}",
        "30{02:01 30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.7} 04{30{02:01 04:%s}}"
        " 81:000400}",
        "30{02:00 30{06=1.2.840.10045.2.1 06=1.2.840.10045.3.1.7}"
        " 04{30{02:01 04:%s a0{06=1.2.840.10045.3.1.7}}}}",
    };
    struct ks_buf first = KS_BUF_INIT;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct ks_buf notation = KS_BUF_INIT, spki = KS_BUF_INIT;
        for (const char *at = shapes[i]; *at; at++) {
            if (*at == '%') {
                ks_buf_str(&notation, scalar);
                at++;
            } else {
                ks_buf_byte(&notation, (uint8_t)*at);
            }
        }
        struct ks_buf der = der_text(ks_buf_text(&notation));
        struct ks_secret *key = ks_secret_new(der.data, der.len);
        struct ks_error err = {0};
        if (ks_private_to_spki(key, &spki, &err) != KS_OK)
            fail_msg("%s: %s", shapes[i], err.what);
        assert_string_equal(ks_key_type_of(buf_slice(&spki))->word, "ec:p-256");
        if (i == 0)
            ks_buf_slice(&first, buf_slice(&spki));
        assert_true(ks_slice_equal(buf_slice(&first), buf_slice(&spki)));
        ks_secret_free(key);
        ks_buf_free(&der);
        ks_buf_free(&notation);
        ks_buf_free(&spki);
    }
    ks_buf_free(&first);
}

/* ---- RSA by arithmetic ---- */

static struct ks_buf rsa_pkcs8(EVP_PKEY *key)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    struct ks_buf out = KS_BUF_INIT;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

static bool is_sound(struct ks_buf *pkcs8, struct ks_buf *spki)
{
    struct ks_private parts;
    return ks_private_parse(buf_slice(pkcs8), &parts) && ks_private_rsa_sound(&parts, spki);
}

static void an_rsa_key_is_sound_as_long_as_no_byte_of_it_changes(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_RSA_gen(1024);
    struct ks_buf pkcs8 = rsa_pkcs8(key), spki = KS_BUF_INIT;
    unsigned char *want = NULL;
    int len = i2d_PUBKEY(key, &want);
    assert_true(is_sound(&pkcs8, &spki));
    assert_true(ks_slice_equal(buf_slice(&spki), ks_slice(want, (size_t)len)));
    for (size_t i = 26; i < pkcs8.len; i++) { /* behind the OCTET STRING's header */
        pkcs8.data[i] ^= 1;
        if (is_sound(&pkcs8, NULL))
            fail_msg("byte %zu does not count", i);
        pkcs8.data[i] ^= 1;
    }
    OPENSSL_free(want);
    EVP_PKEY_free(key);
    ks_buf_free(&pkcs8);
    ks_buf_free(&spki);
}

static void other_keys_than_plain_rsa_are_left_to_openssl(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("prime256v1");
    struct ks_buf pkcs8 = rsa_pkcs8(key);
    assert_false(is_sound(&pkcs8, NULL));
    EVP_PKEY_free(key);
    ks_buf_free(&pkcs8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_on_offer_can_be_made),
        cmocka_unit_test(two_keys_differ),
        cmocka_unit_test(the_table_is_fit_for_forms),
        cmocka_unit_test(types_are_found_by_many_names),
        cmocka_unit_test(other_keys_are_of_no_type),
        cmocka_unit_test(a_stopped_job_makes_no_key),
        cmocka_unit_test(a_large_key_can_be_stopped_half_way),
        cmocka_unit_test(keys_of_other_programs_have_the_same_public_key),
        cmocka_unit_test(what_is_no_private_key_has_no_public_key),
        cmocka_unit_test(an_rsa_key_is_sound_as_long_as_no_byte_of_it_changes),
        cmocka_unit_test(other_keys_than_plain_rsa_are_left_to_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
