/* Encrypting with a password: what is written decrypts again, here and with OpenSSL, and keeps
 * everything of the original's description but salt and IV. */
#include "p12_builder.h"

#include "format/pbe_scheme.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

static struct ks_buf salt_and_rounds(void)
{
    return SEQ(octets(raw("saltsalt", 8)), number(3));
}

static struct ks_buf prf(const char *arc)
{
    return SEQ(oid(arc), wrap(KS_DER_NULL, NOTHING));
}

static struct ks_buf pbkdf2(struct ks_buf rest)
{
    return SEQ(oid("1.2.840.113549.1.5.12"), SEQ(octets(raw("saltsalt", 8)), number(3), rest));
}

static struct ks_buf pbes2(struct ks_buf kdf, const char *cipher, size_t iv_len)
{
    return SEQ(oid("1.2.840.113549.1.5.13"),
               SEQ(kdf, SEQ(oid(cipher), octets(raw("0123456789abcdef", iv_len)))));
}

#define AES128 "2.16.840.1.101.3.4.1.2"
#define AES256_OID "2.16.840.1.101.3.4.1.42"

/* Every way that is written again; an empty buffer ends. */
static struct ks_buf scheme(size_t number_of, const char **name, bool *openssl)
{
    *openssl = true;
    switch (number_of) {
#define ROW(n, text, expression)                                                                   \
    case n:                                                                                        \
        *name = text;                                                                              \
        return expression;
        ROW(0, "RC4-128", SEQ(oid("1.2.840.113549.1.12.1.1"), salt_and_rounds()))
        ROW(1, "RC4-40", SEQ(oid("1.2.840.113549.1.12.1.2"), salt_and_rounds()))
        ROW(2, "3DES", SEQ(oid("1.2.840.113549.1.12.1.3"), salt_and_rounds()))
        ROW(3, "2-key 3DES", SEQ(oid("1.2.840.113549.1.12.1.4"), salt_and_rounds()))
        ROW(4, "RC2-128", SEQ(oid("1.2.840.113549.1.12.1.5"), salt_and_rounds()))
        ROW(5, "RC2-40", SEQ(oid("1.2.840.113549.1.12.1.6"), salt_and_rounds()))
        ROW(6, "MD5 and DES", SEQ(oid("1.2.840.113549.1.5.3"), salt_and_rounds()))
        ROW(7, "SHA-1 and RC2", SEQ(oid("1.2.840.113549.1.5.11"), salt_and_rounds()))
        ROW(8, "PBES2 as Java",
            pbes2(pbkdf2(PARTS(number(32), prf("1.2.840.113549.2.9"))), AES256_OID, 16))
        ROW(9, "PBES2 without a key length", pbes2(pbkdf2(prf("1.2.840.113549.2.11")), AES128, 16))
        ROW(10, "PBES2 with SHA-1 by default", pbes2(pbkdf2(NOTHING), AES256_OID, 16))
        ROW(11, "PBES2 with 3DES",
            pbes2(pbkdf2(prf("1.2.840.113549.2.7")), "1.2.840.113549.3.7", 8))
        ROW(12, "scrypt",
            pbes2(SEQ(oid("1.3.6.1.4.1.11591.4.11"),
                      SEQ(octets(raw("saltsalt", 8)), number(16), number(1), number(1))),
                  AES256_OID, 16))
    case 13: {
        struct ks_buf kdf = pbkdf2(prf("1.2.840.113549.2.9"));
        *name = "the doubled OID of JDK-8202837";
        *openssl = false;
        return SEQ(oid("1.2.840.113549.1.5.13"), pbes2(kdf, AES256_OID, 16));
    }
    default:
        return NOTHING;
    }
}

static const char pkcs8_shape[] = "\x30\x17\x02\x01\x00\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04"
                                  "\x01\x01\x04\x05\x68\x65\x6c\x6c\x6f";

static void check_openssl(const char *name, const struct ks_buf *epki, const char *password)
{
    const unsigned char *at = epki->data;
    X509_SIG *sig = d2i_X509_SIG(NULL, &at, (long)epki->len);
    assert_non_null(sig);
    PKCS8_PRIV_KEY_INFO *clear =
        PKCS8_decrypt_ex(sig, password, (int)strlen(password), ks_crypto(), NULL);
    if (!clear)
        fail_msg("OpenSSL does not read %s: %s", name, ks_crypto_reason());
    PKCS8_PRIV_KEY_INFO_free(clear);
    X509_SIG_free(sig);
}

static void check_round(const char *name, bool openssl, struct ks_slice alg, const char *typed,
                        enum ks_empty_password empty)
{
    struct ks_secret *password = ks_secret_new(typed, strlen(typed)), *clear = NULL;
    struct ks_buf out = KS_BUF_INIT;
    struct ks_slice plain = ks_slice(pkcs8_shape, sizeof pkcs8_shape - 1);

    assert_int_equal(ks_pbe_encrypt_epki(alg, plain, password, empty, NULL, &out, NULL), KS_OK);
    assert_int_equal(ks_pbe_decrypt_epki(view(&out), password, empty, NULL, &clear, NULL), KS_OK);
    assert_true(ks_slice_equal(ks_secret_bytes(clear), plain));
    if (openssl && empty == KS_EMPTY_BMP && *typed)
        check_openssl(name, &out, typed);
    ks_secret_free(clear);
    ks_secret_free(password);
    ks_buf_free(&out);
}

static void every_scheme_encrypts_what_it_and_openssl_decrypt(void **state)
{
    const char *name;
    bool openssl;
    (void)state;
    for (size_t i = 0;; i++) {
        struct ks_buf alg = scheme(i, &name, &openssl);
        if (alg.len == 0)
            break;
        if (ks_pbe_can_encrypt(view(&alg))) {
            check_round(name, openssl, view(&alg), "secret", KS_EMPTY_BMP);
            check_round(name, openssl, view(&alg), "p\xc3\xa4ss\xf0\x9f\x98\x80", KS_EMPTY_BMP);
            check_round(name, openssl, view(&alg), "", KS_EMPTY_BMP);
            check_round(name, openssl, view(&alg), "", KS_EMPTY_NONE);
        } else {
            assert_false(ks_crypto_has_legacy());
        }
        ks_buf_free(&alg);
    }
}

/* Where two descriptions of the same length differ. */
static size_t differing(struct ks_slice a, struct ks_slice b)
{
    size_t count = 0;
    assert_int_equal(a.len, b.len);
    for (size_t i = 0; i < a.len; i++)
        count += a.data[i] != b.data[i];
    return count;
}

static void renewing_changes_salt_and_iv_and_nothing_else(void **state)
{
    const char *name;
    bool openssl;
    (void)state;
    for (size_t i = 0;; i++) {
        struct ks_buf alg = scheme(i, &name, &openssl), again = KS_BUF_INIT, words = KS_BUF_INIT,
                      same = KS_BUF_INIT;
        struct ks_pbe_scheme before, after;
        if (alg.len == 0)
            break;
        if (ks_pbe_can_encrypt(view(&alg))) {
            assert_int_equal(ks_pbe_renew(view(&alg), &again, NULL), KS_OK);
            assert_true(ks_pbe_scheme_parse(view(&alg), &before));
            assert_true(ks_pbe_scheme_parse(view(&again), &after));
            assert_int_equal(after.salt.len, before.salt.len);
            assert_false(ks_slice_equal(after.salt, before.salt));
            assert_true(before.iv.len == 0 || !ks_slice_equal(after.iv, before.iv));
            assert_true(differing(view(&alg), view(&again)) <= before.salt.len + before.iv.len);
            ks_pbe_describe(view(&alg), &words, NULL);
            ks_pbe_describe(view(&again), &same, NULL);
            assert_string_equal(ks_buf_text(&words), ks_buf_text(&same));
        }
        ks_buf_free(&alg);
        ks_buf_free(&again);
        ks_buf_free(&words);
        ks_buf_free(&same);
    }
}

static void the_profiles_are_those_of_java(void **state)
{
    static const char *const words[] = {"AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations",
                                        "3DES-CBC, PKCS#12 KDF-SHA1, 50000 iterations"};
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct ks_buf alg = KS_BUF_INIT, text_of = KS_BUF_INIT;
        struct ks_pbe_scheme s;
        assert_int_equal(ks_pbe_make((enum ks_pbe_profile)i, &alg, NULL), KS_OK);
        assert_true(ks_pbe_describe(view(&alg), &text_of, NULL));
        assert_string_equal(ks_buf_text(&text_of), words[i]);
        assert_true(ks_pbe_scheme_parse(view(&alg), &s));
        assert_int_equal(s.salt.len, 20);
        check_round(words[i], true, view(&alg), "secret", KS_EMPTY_BMP);
        ks_buf_free(&alg);
        ks_buf_free(&text_of);
    }
}

static void what_cannot_be_written_is_refused_by_name(void **state)
{
    struct ks_buf unknown = pbes2(pbkdf2(NOTHING), "1.2.3.4", 16);
    struct ks_buf sun = SEQ(oid("1.3.6.1.4.1.42.2.17.1.1"), wrap(KS_DER_NULL, NOTHING));
    struct ks_buf out = KS_BUF_INIT;
    struct ks_secret *password = ks_secret_new("secret", 6);
    struct ks_error err = {0};
    (void)state;
    assert_int_equal(ks_pbe_renew(view(&unknown), &out, &err), KS_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "1.2.3.4"));
    assert_false(ks_pbe_can_encrypt(view(&unknown)));
    assert_int_equal(
        ks_pbe_encrypt(view(&sun), ks_slice_str("x"), password, KS_EMPTY_BMP, NULL, &out, &err),
        KS_ERR_UNSUPPORTED);
    assert_int_equal(out.len, 0);
    ks_secret_free(password);
    ks_buf_free(&unknown);
    ks_buf_free(&sun);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheme_encrypts_what_it_and_openssl_decrypt),
        cmocka_unit_test(renewing_changes_salt_and_iv_and_nothing_else),
        cmocka_unit_test(the_profiles_are_those_of_java),
        cmocka_unit_test(what_cannot_be_written_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
