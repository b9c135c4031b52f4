/* Microsoft's file for a private key: in clear, strong and weak, and damaged. */
#include "loose.h"
#include "make_store.h"

#include "base/crypto.h"
#include "format/format.h"

#include <openssl/dsa.h>

#define HEADER 24
#define SALT "000102030405060708090a0b0c0d0e0f"

static int answer(char *buf, int size, int rwflag, void *password)
{
    int len = (int)strlen(password);
    (void)rwflag;
    assert_true(len <= size);
    memcpy(buf, password, (size_t)len);
    return len;
}

/* 0: in clear, 1: weak, 2: strong. */
static struct ks_buf pvk_of(EVP_PKEY *key, int level, const char *password)
{
    struct ks_buf out = KS_BUF_INIT;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(level == 0 || ks_crypto_has_legacy()); /* RC4 */
    assert_true(i2b_PVK_bio_ex(bio, key, level, answer, (void *)(uintptr_t)password, ks_crypto(),
                               NULL) > 0);
    loose_drain(bio, &out);
    return out;
}

static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    assert_true(
        EVP_PKEY_paramgen_init(ctx) > 0 && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) > 0 &&
        EVP_PKEY_CTX_set_dsa_paramgen_q_bits(ctx, 160) > 0 && EVP_PKEY_paramgen(ctx, &params) > 0);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, params, NULL);
    assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_keygen(ctx, &key) > 0);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static struct opened opened_of(const struct ks_buf *bytes)
{
    assert_ptr_equal(ks_format_detect(buf_slice(bytes), bytes->len), &ks_format_pvk);
    return open_bytes(&ks_format_pvk, bytes, NULL);
}

static enum ks_code reveal(const struct ks_store *s, const char *password, struct ks_material *out,
                           struct ks_error *err)
{
    struct ks_secret *pw = password ? ks_secret_new(password, strlen(password)) : NULL;
    enum ks_code rc = s->format->reveal(s, ks_store_entry(s, 0), pw, NULL, out, err);
    ks_secret_free(pw);
    return rc;
}

/* What comes out is this very key. */
static void assert_key(const struct ks_store *s, const char *password, EVP_PKEY *want)
{
    struct ks_material m = {0};
    struct ks_error err = {0};
    if (reveal(s, password, &m, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(m.type, KS_MATERIAL_PRIVATE);
    struct ks_slice der = ks_secret_bytes(m.bytes);
    const unsigned char *at = der.data;
    PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.len);
    assert_non_null(p8);
    assert_ptr_equal(at, der.data + der.len);
    EVP_PKEY *got = EVP_PKCS82PKEY(p8);
    assert_non_null(got);
    assert_int_equal(EVP_PKEY_eq(got, want), 1);
    EVP_PKEY_free(got);
    PKCS8_PRIV_KEY_INFO_free(p8);
    ks_material_drop(&m);
}

static void assert_fails(const struct ks_store *s, const char *password, enum ks_code code,
                         const char *slug)
{
    struct ks_material m = {0};
    struct ks_error err = {0};
    assert_int_equal(reveal(s, password, &m, &err), code);
    assert_string_equal(err.slug, slug);
    assert_true(err.next[0]);
    ks_material_drop(&m);
}

static void keys_in_clear_are_read(void **state)
{
    EVP_PKEY *keys[] = {EVP_RSA_gen(2048), EVP_RSA_gen(1024), dsa_key()};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf b = pvk_of(keys[i], 0, NULL);
        struct opened o = opened_of(&b);
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 1);
        const struct ks_entry *e = ks_store_entry(o.store, 0);
        assert_int_equal(e->kind, KS_KIND_KEY);
        assert_true(e->notes & KS_NOTE_KEY_CLEAR && e->notes & KS_NOTE_NO_CHAIN);
        assert_key(o.store, NULL, keys[i]);
        ks_store_free(o.store);
        ks_buf_free(&b);
        EVP_PKEY_free(keys[i]);
    }
}

static void encrypted_keys_are_read_strong_and_weak(void **state)
{
    EVP_PKEY *keys[] = {EVP_RSA_gen(2048), dsa_key()};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (int level = 1; level <= 2; level++) {
            struct ks_buf b = pvk_of(keys[i], level, "changeit"), words = KS_BUF_INIT;
            struct opened o = opened_of(&b);
            assert_int_equal(o.rc, KS_OK);
            assert_true(o.store->notes & KS_STORE_WEAK);
            assert_key(o.store, "changeit", keys[i]);
            assert_fails(o.store, "Changeit", KS_ERR_PASSWORD, "wrong-password");
            assert_fails(o.store, "", KS_ERR_PASSWORD, "wrong-password");
            assert_fails(o.store, NULL, KS_ERR_PASSWORD_NEEDED, "password-needed");
            ks_format_pvk.protection(ks_store_entry(o.store, 0), &words);
            assert_non_null(strstr(ks_buf_text(&words), "RC4"));
            ks_buf_free(&words);
            ks_store_free(o.store);
            ks_buf_free(&b);
        }
        EVP_PKEY_free(keys[i]);
    }
}

/* SHA-1(00..0f, "changeit"), computed by hand. */
static void the_key_is_sha1_of_salt_and_password(void **state)
{
    static const char *const rc4_keys[] = {"f08ecf45b03987e130b751aa477a2b32",
                                           "f08ecf45b00000000000000000000000"};
    EVP_PKEY *key = EVP_RSA_gen(1024);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf clear = pvk_of(key, 0, NULL), rc4 = hex_bytes(rc4_keys[i]);
        struct ks_buf file = hex_bytes("1ef1b5b0000000000100000001000000"
                                       "10000000");
        ks_buf_append(&file, clear.data + 20, 4);
        struct ks_buf salt = hex_bytes(SALT);
        ks_buf_slice(&file, buf_slice(&salt));
        ks_buf_append(&file, clear.data + HEADER, 8);
        size_t len = clear.len - HEADER - 8;
        uint8_t *sealed = calloc(1, len);
        int done = 0;
        EVP_CIPHER *cipher = ks_crypto_cipher("RC4");
        EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
        assert_true(EVP_EncryptInit_ex2(ctx, cipher, rc4.data, NULL, NULL) == 1 &&
                    EVP_EncryptUpdate(ctx, sealed, &done, clear.data + HEADER + 8, (int)len) == 1);
        ks_buf_append(&file, sealed, len);
        struct opened o = opened_of(&file);
        assert_int_equal(o.rc, KS_OK);
        assert_key(o.store, "changeit", key);
        ks_store_free(o.store);
        EVP_CIPHER_CTX_free(ctx);
        EVP_CIPHER_free(cipher);
        free(sealed);
        ks_buf_free(&salt);
        ks_buf_free(&file);
        ks_buf_free(&rc4);
        ks_buf_free(&clear);
    }
    EVP_PKEY_free(key);
}

static void a_file_that_ends_early_is_damaged(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    struct ks_buf b = pvk_of(key, 2, "changeit");
    (void)state;
    for (size_t len = 8; len < b.len; len += len < 64 ? 1 : 61) {
        struct ks_buf cut = KS_BUF_INIT;
        ks_buf_append(&cut, b.data, len);
        struct opened o = opened_of(&cut);
        assert_int_equal(o.rc, KS_ERR_DAMAGED);
        assert_string_equal(o.err.slug, "truncated");
        ks_buf_free(&cut);
    }
    ks_buf_free(&b);
    EVP_PKEY_free(key);
}

static void bytes_behind_the_end_are_noted(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    struct ks_buf b = pvk_of(key, 0, NULL);
    (void)state;
    ks_buf_str(&b, "more");
    struct opened o = opened_of(&b);
    assert_int_equal(o.rc, KS_OK);
    assert_true(o.store->notes & KS_STORE_TRAILING);
    assert_key(o.store, NULL, key);
    ks_store_free(o.store);
    ks_buf_free(&b);
    EVP_PKEY_free(key);
}

/* Every byte of the header and of the key's own header, set to what it should not be. */
static void lengths_that_lie_are_refused(void **state)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    EVP_PKEY *key = EVP_RSA_gen(1024);
    struct ks_buf b = pvk_of(key, 0, NULL);
    (void)state;
    for (size_t at = 8; at < HEADER + 20; at++) {
        for (size_t v = 0; v < sizeof values; v++) {
            uint8_t kept = b.data[at];
            b.data[at] = values[v];
            struct opened o = opened_of(&b);
            struct ks_material m = {0};
            struct ks_error err = {0};
            if (o.rc == KS_OK && reveal(o.store, "changeit", &m, &err) != KS_OK)
                assert_true(err.slug[0] && err.what[0]);
            ks_material_drop(&m);
            ks_store_free(o.store);
            b.data[at] = kept;
        }
    }
    ks_buf_free(&b);
    EVP_PKEY_free(key);
}

static void what_is_no_key_is_damaged(void **state)
{
    (void)state;
    struct ks_buf b = hex_bytes("1ef1b5b0000000000100000000000000"
                                "0000000014000000"
                                "07020000 00a40000 44414d4e 00000000 00000000");
    struct opened o = opened_of(&b);
    assert_int_equal(o.rc, KS_OK);
    assert_fails(o.store, NULL, KS_ERR_DAMAGED, "damaged");
    ks_store_free(o.store);
    ks_buf_free(&b);
    b = hex_bytes("1ef1b5b0000000000100000000000000"
                  "0000000000000000");
    o = opened_of(&b);
    assert_int_equal(o.rc, KS_OK);
    assert_fails(o.store, NULL, KS_ERR_DAMAGED, "damaged");
    ks_store_free(o.store);
    ks_buf_free(&b);
}

static void a_listing_says_what_it_is(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    struct ks_buf b = pvk_of(key, 2, "changeit"), words = KS_BUF_INIT;
    (void)state;
    ks_format_pvk.looks(buf_slice(&b), b.len, &words);
    assert_string_equal(ks_buf_text(&words), "PVK private key, encrypted");
    ks_buf_clear(&words);
    ks_format_pvk.looks(ks_slice(b.data, 100), 100, &words);
    assert_string_equal(ks_buf_text(&words), "PVK private key, encrypted, damaged (ends early)");
    ks_buf_free(&words);
    ks_buf_free(&b);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_in_clear_are_read),
        cmocka_unit_test(encrypted_keys_are_read_strong_and_weak),
        cmocka_unit_test(the_key_is_sha1_of_salt_and_password),
        cmocka_unit_test(a_file_that_ends_early_is_damaged),
        cmocka_unit_test(bytes_behind_the_end_are_noted),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(what_is_no_key_is_damaged),
        cmocka_unit_test(a_listing_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
