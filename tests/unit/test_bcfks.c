#include "make_cert.h"

#include "format/bcfks_internal.h"
#include "make_bcfks.h"

#include "base/crypto.h"

#include <openssl/x509.h>

#define S16 "0123456789abcdef"
#define CHANGED 1738555506000 /* BCFKS_NEW */

static struct ks_blob *root, *leaf;

static struct ks_slice der(void)
{
    return ks_blob_slice(root);
}

static struct ks_secret *secret_of(const char *text)
{
    return ks_secret_new(text, strlen(text));
}

static struct ks_secret *pkcs8_of(const char *name)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key(name));
    unsigned char *bytes = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &bytes);
    assert_true(len > 0);
    struct ks_secret *out = ks_secret_new(bytes, (size_t)len);
    OPENSSL_free(bytes);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

static struct opened open_bcfks(const struct ks_buf *bytes, const char *password)
{
    struct opened o = open_bytes(&ks_format_bcfks, bytes, password);
    if (o.rc == KS_OK && o.store->password)
        ks_store_learn(o.store, o.store->password);
    return o;
}

static const struct ks_entry *entry(const struct opened *o, size_t i)
{
    if (o->rc != KS_OK)
        print_error("%s: %s\n", o->err.slug, o->err.what);
    assert_int_equal(o->rc, KS_OK);
    assert_true(i < ks_store_count(o->store));
    return ks_store_entry(o->store, i);
}

static void done(struct opened *o, struct ks_buf *bytes)
{
    ks_store_free(o->store);
    ks_buf_free(bytes);
}

/* One object of each kind that is read, with comments, and one of a type to come. */
static struct ks_buf sample_data(void)
{
    struct ks_buf objects = KS_BUF_INIT;
    struct ks_secret *key = pkcs8_of("leaf");
    bcfks_object(&objects, 0, "Root", der(), "why it is trusted");
    bcfks_private(&objects, "leaf", ks_secret_bytes(key), ks_blob_slice(leaf), "its own");
    bcfks_secret(&objects, 2, "aes", LITERAL(S16), "changeit");
    bcfks_secret(&objects, 4, "protected", LITERAL(S16), "changeit");
    bcfks_object(&objects, 77, "future", LITERAL("whatever"), NULL);
    bcfks_object(&objects, 0, "root", ks_blob_slice(leaf), NULL);
    ks_secret_free(key);
    return bcfks_data(&objects, "a store by hand");
}

static struct ks_buf sample(void)
{
    struct ks_buf data = sample_data();
    return bcfks_file(&data, "changeit");
}

/* ---- known answers ---- */

static const struct {
    enum ks_bcfks_purpose purpose;
    const char *word, *key;
} known_keys[] = {
    {KS_BCFKS_FOR_STORE, "STORE_ENCRYPTION",
     "d8847eb48cbab46459708c7348518b391ace5796060935140bb09acd7b345072"},
    {KS_BCFKS_FOR_PRIVATE_KEY, "PRIVATE_KEY_ENCRYPTION",
     "43a96762738fa47fb6f5a2b963ba4e27745f5c327b74c63cc7eca35fe26cf32b"},
    {KS_BCFKS_FOR_SECRET_KEY, "SECRET_KEY_ENCRYPTION",
     "ba31024b9ebe8278995ba3fe288ed0cfd3f6d37d43d76a98c2ab0f094ffeb653"},
};

/* What was encrypted with `hex` decrypts under the algorithm; all are freed. */
static void check_decrypts(struct ks_buf alg, struct ks_buf ciphertext,
                           enum ks_bcfks_purpose purpose, const char *password)
{
    struct ks_secret *pw = secret_of(password);
    struct ks_blob *plain = NULL;
    struct ks_error err = {0};
    enum ks_code rc =
        ks_bcfks_decrypt(buf_slice(&alg), buf_slice(&ciphertext), purpose, pw, NULL, &plain, &err);
    if (rc != KS_OK)
        print_error("%s\n", err.what);
    assert_int_equal(rc, KS_OK);
    assert_true(ks_slice_equal(ks_blob_slice(plain), LITERAL("hello keystore")));
    ks_blob_unref(plain);
    ks_secret_free(pw);
    ks_buf_free(&alg);
    ks_buf_free(&ciphertext);
}

static void keys_are_derived_as_bouncy_castle_derives_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known_keys / sizeof known_keys[0]; i++) {
        struct ks_buf key = hex_bytes(known_keys[i].key);
        struct ks_buf sealed = ccm_encrypt(key.data, LITERAL("hello keystore"), 8);
        check_decrypts(bcfks_ccm(bcfks_pbkdf2(1024, 32), 8), sealed, known_keys[i].purpose,
                       "changeit");
        ks_buf_free(&key);
    }
}

/* And the tag has twelve octets when its length is left out. */
static void scrypt_is_tried_with_r_for_p_and_with_p(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "ab19c301bc60f8d49459ddafcf8614dd3ce834b32d1d59141eef92bd632f3cdb", /* p=8 */
        "dbdc88d7dbedbc6b7bc3ab6fc7291f615c0d965522e248b341e20345c8b8ef31", /* p=1 */
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct ks_buf key = hex_bytes(keys[i]);
        struct ks_buf sealed = ccm_encrypt(key.data, LITERAL("hello keystore"), 12);
        check_decrypts(bcfks_ccm(bcfks_scrypt(1024, 8, 1, 32), 0), sealed, KS_BCFKS_FOR_STORE,
                       "changeit");
        ks_buf_free(&key);
    }
}

static void both_ciphers_give_the_known_ciphertext(void **state)
{
    (void)state;
    struct ks_buf key =
        hex_bytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    struct ks_buf zero = {0};
    for (int i = 0; i < 32; i++)
        ks_buf_byte(&zero, 0);
    struct ks_buf ccm = ccm_encrypt(key.data, LITERAL("hello keystore"), 8);
    struct ks_buf kwp = kwp_encrypt(zero.data, LITERAL("hello keystore"));
    char *hex = hex_of(ccm.data, ccm.len);
    assert_string_equal(hex, "e2b0d47a510fa2f2d5bac54c7f55569f1636bda87653");
    free(hex);
    hex = hex_of(kwp.data, kwp.len);
    assert_string_equal(hex, "f2f492c21a28aa56d753804862db991ec8cee606ecde4b5d");
    free(hex);
    ks_buf_free(&key);
    ks_buf_free(&zero);
    ks_buf_free(&ccm);
    ks_buf_free(&kwp);
}

static void key_wrap_decrypts(void **state)
{
    (void)state;
    struct ks_buf key = hex_bytes(known_keys[0].key);
    struct ks_buf sealed = kwp_encrypt(key.data, LITERAL("hello keystore"));
    check_decrypts(bcfks_kwp(bcfks_pbkdf2(1024, 32)), sealed, KS_BCFKS_FOR_STORE, "changeit");
    ks_buf_free(&key);
}

/* INTEGRITY_CHECK, PBKDF2 with 1,024 rounds. */
static void check_mac(const char *key_hex, const char *password)
{
    struct ks_buf objects = KS_BUF_INIT, key = hex_bytes(key_hex);
    struct ks_buf data = bcfks_data(&objects, NULL);
    struct ks_buf mac = bcfks_mac(buf_slice(&data), bcfks_pbkdf2(1024, 64), buf_slice(&key));
    struct ks_buf file = bcfks_with_check(data, mac);
    struct opened o = open_bcfks(&file, password);
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    ks_buf_free(&key);
    done(&o, &file);
}

static void the_mac_key_is_the_known_one(void **state)
{
    (void)state;
    check_mac("a79d531098b8d46caf3f9e82883ea75cc1c857caf22e03a56eee718f33d2dea0437902fd30e54d03e67f"
              "d132141c3916e123d56e99ec9a2dfa7921a0c726c141",
              "changeit");
    check_mac("a02e3597b3e4097ea8e5d4145021d680c00393ae44e344a62f915ca3df722cba92774203c4f3dfacb6ab"
              "bd28f4bab47cd813679c86cbdcfc566e7d07e6e0cb08",
              "");
}

/* ---- reading ---- */

static void everything_in_a_file_is_listed(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct opened o = open_bcfks(&b, "changeit");
    static const struct {
        const char *alias;
        enum ks_kind kind;
        uint32_t chain_len;
        const char *comment;
    } expected[] = {
        {"Root", KS_KIND_TRUSTED, 1, "comment: why it is trusted"},
        {"leaf", KS_KIND_KEY, 1, NULL},
        {"aes", KS_KIND_SECRET, 0, NULL},
        {"protected", KS_KIND_SECRET, 0, "stored already encrypted"},
        {"future", KS_KIND_OPAQUE, 0, "an object of a type that ksx does not know"},
        {"root", KS_KIND_TRUSTED, 1, NULL},
    };
    assert_int_equal(ks_format_bcfks.sniff(buf_slice(&b), b.len), 92);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct ks_entry *e = entry(&o, i);
        assert_string_equal(e->alias, expected[i].alias);
        assert_int_equal(e->kind, expected[i].kind);
        assert_int_equal(e->chain_len, expected[i].chain_len);
        assert_int_equal(e->notes, 0);
        assert_true(e->created == CHANGED);
        if (expected[i].comment)
            assert_string_equal(e->comment, expected[i].comment);
        else
            assert_null(e->comment);
    }
    assert_int_equal(ks_store_count(o.store), 6);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_string_equal(o.store->type, "BCFKS");
    assert_string_equal(fact(o.store, "Integrity"),
                        "HMAC-SHA512, PBKDF2-HMAC-SHA512, 16 iterations, verified");
    assert_string_equal(fact(o.store, "Encryption"),
                        "AES-256-CCM, PBKDF2-HMAC-SHA512, 16 iterations");
    assert_string_equal(fact(o.store, "Created"), "2024-01-01 00:00:00 UTC");
    assert_string_equal(fact(o.store, "Last changed"), "2025-02-03 04:05:06 UTC");
    assert_string_equal(fact(o.store, "Comment"), "a store by hand");
    done(&o, &b);
}

static void a_key_opens_with_its_own_password_only(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct opened o = open_bcfks(&b, "changeit");
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(unlock(o.store, 1, "its own", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "EC P-256");
    assert_int_equal(out.matches_leaf, 1);
    assert_int_equal(unlock(o.store, 1, "changeit", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    assert_int_equal(unlock(o.store, 1, "neither", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "wrong-password");
    assert_int_equal(unlock(o.store, 2, "changeit", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    assert_int_equal(unlock(o.store, 3, "changeit", &out, &err), KS_OK);
    assert_int_equal(unlock(o.store, 0, "changeit", &out, &err), KS_ERR_USAGE);
    done(&o, &b);
}

static void a_stored_password_is_revealed(void **state)
{
    (void)state;
    static const char utf16[] = "\0p\0\xe4\0s\0s";
    struct ks_buf plain = KS_BUF_INIT, body = KS_BUF_INIT, objects = KS_BUF_INIT;
    struct ks_material m;
    struct ks_error err = {0};
    ks_der_put(&body, KS_DER_UTF8_STRING, LITERAL("PBKDF2"));
    ks_der_put(&body, KS_DER_OCTET_STRING, LITERAL(utf16));
    der_wrap(&plain, KS_DER_SEQUENCE, &body);
    struct ks_buf sealed = bcfks_seal(buf_slice(&plain), "SECRET_KEY_ENCRYPTION", "changeit");
    bcfks_object(&objects, 5, "words", buf_slice(&sealed), NULL);
    struct ks_buf data = bcfks_data(&objects, NULL), b = bcfks_file(&data, "changeit");
    struct opened o = open_bcfks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_PASSWORD);
    assert_int_equal(ks_format_bcfks.reveal(o.store, entry(&o, 0), NULL, NULL, &m, &err), KS_OK);
    assert_int_equal(m.type, KS_MATERIAL_PASSWORD);
    assert_string_equal(m.algorithm, "PBKDF2");
    assert_true(ks_slice_equal(ks_secret_bytes(m.bytes), LITERAL("p\xc3\xa4ss")));
    assert_null(ks_format_bcfks.refuses(entry(&o, 0)));
    ks_material_drop(&m);
    ks_buf_free(&sealed);
    ks_buf_free(&plain);
    done(&o, &b);
}

static void a_wrong_password_and_none_are_told_apart(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct opened o = open_bcfks(&b, "wrong");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    assert_string_equal(o.err.slug, "wrong-password");
    o = open_bcfks(&b, NULL);
    assert_int_equal(o.rc, KS_ERR_PASSWORD_NEEDED);
    o = open_bcfks(&b, "");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    ks_buf_free(&b);
}

static void contents_in_clear_are_listed_without_a_password(void **state)
{
    (void)state;
    struct ks_buf b = bcfks_checked(sample_data(), "changeit");
    struct opened o = open_bcfks(&b, NULL);
    assert_string_equal(entry(&o, 0)->alias, "Root");
    assert_int_equal(o.store->integrity, KS_INTEGRITY_UNVERIFIED);
    ks_store_free(o.store);
    o = open_bcfks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(o.store);
    o = open_bcfks(&b, "wrong");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    ks_buf_free(&b);
}

static void of_two_with_one_alias_java_keeps_the_last(void **state)
{
    (void)state;
    struct ks_buf objects = KS_BUF_INIT;
    bcfks_object(&objects, 0, "twice", der(), NULL);
    bcfks_object(&objects, 0, "Twice", der(), NULL);
    bcfks_object(&objects, 0, "twice", der(), NULL);
    struct ks_buf data = bcfks_data(&objects, NULL), b = bcfks_file(&data, "changeit");
    struct opened o = open_bcfks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_JAVA_REPLACED);
    assert_int_equal(entry(&o, 1)->notes, 0);
    assert_int_equal(entry(&o, 2)->notes, 0);
    done(&o, &b);
}

static void what_is_no_object_is_kept_and_java_refuses_it(void **state)
{
    (void)state;
    struct ks_buf objects = KS_BUF_INIT;
    ks_der_put(&objects, KS_DER_SEQUENCE, LITERAL("\x02\x01\x05"));
    bcfks_object(&objects, 1, "no key", LITERAL("\x30\0"), NULL);
    bcfks_object(&objects, 2, "no secret", LITERAL("\x30\0"), NULL);
    bcfks_object(&objects, 0, "\xff", LITERAL("no certificate"), NULL);
    struct ks_buf data = bcfks_data(&objects, NULL), b = bcfks_file(&data, "changeit");
    struct opened o = open_bcfks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_OPAQUE);
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_ALIAS_INVENTED | KS_NOTE_JAVA_FATAL);
    assert_int_equal(entry(&o, 1)->kind, KS_KIND_OPAQUE);
    assert_int_equal(entry(&o, 2)->kind, KS_KIND_OPAQUE);
    assert_int_equal(entry(&o, 3)->notes,
                     KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL | KS_NOTE_CERT_BROKEN);
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    done(&o, &b);
}

/* ---- damage ---- */

static void an_altered_check_is_told_from_a_wrong_password(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    b.data[b.len - 1] ^= 1;
    struct opened o = open_bcfks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
    assert_int_equal(o.store->damage.code, KS_ERR_DAMAGED);
    assert_int_equal(ks_store_count(o.store), 6);
    ks_store_free(o.store);
    b.data[300] ^= 1; /* in the ciphertext */
    o = open_bcfks(&b, "changeit");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    ks_buf_free(&b);
}

/* Of the ciphertext nothing can be read in parts; a file that lost its check alone is listed. */
static void a_file_cut_anywhere_is_listed_whole_or_not_at_all(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    size_t listed = 0;
    for (size_t len = 0; len < b.len; len++) {
        struct ks_buf part = {.data = b.data, .len = len};
        struct opened o = open_bcfks(&part, "changeit");
        if (o.rc == KS_OK) {
            assert_int_equal(o.store->damage.code, KS_ERR_DAMAGED);
            assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
            assert_int_equal(ks_store_count(o.store), 6);
            ks_store_free(o.store);
            listed++;
        } else {
            assert_int_equal(o.rc, KS_ERR_DAMAGED);
            assert_true(o.err.what[0]);
        }
    }
    assert_true(listed > 100); /* as long as the check is */
    ks_buf_free(&b);
}

static void contents_in_clear_are_listed_as_far_as_they_go(void **state)
{
    (void)state;
    struct ks_buf b = bcfks_checked(sample_data(), "changeit");
    size_t before = 0;
    for (size_t len = 0; len < b.len; len++) {
        struct ks_buf part = {.data = b.data, .len = len};
        struct opened o = open_bcfks(&part, "changeit");
        if (o.rc == KS_OK) {
            assert_int_equal(o.store->damage.code, KS_ERR_DAMAGED);
            assert_true(ks_store_count(o.store) >= before);
            before = ks_store_count(o.store);
            ks_store_free(o.store);
        } else {
            assert_int_equal(o.rc, KS_ERR_DAMAGED);
        }
    }
    assert_int_equal(before, 6);
    ks_buf_free(&b);
}

/* Each window of four octets set to what lengths and counts are misread with. */
static void overwrite_everywhere(struct ks_buf *b, const char *password)
{
    static const uint8_t values[][4] = {
        {0, 0, 0, 0}, {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xff}};
    for (size_t at = 0; at + 4 <= b->len; at++) {
        uint8_t kept[4];
        memcpy(kept, b->data + at, 4);
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            memcpy(b->data + at, values[v], 4);
            struct opened o = open_bcfks(b, password);
            if (o.rc == KS_OK)
                ks_store_free(o.store);
            else
                assert_true(o.err.what[0]);
        }
        memcpy(b->data + at, kept, 4);
    }
}

static void any_four_octets_may_be_wrong(void **state)
{
    (void)state;
    struct ks_buf objects = KS_BUF_INIT;
    struct ks_secret *key = pkcs8_of("leaf");
    bcfks_private(&objects, "k", ks_secret_bytes(key), LITERAL("\x30\0"), "x");
    bcfks_object(&objects, 0, "c", LITERAL("\x30\0"), "words");
    struct ks_buf data = bcfks_data(&objects, NULL), copy = KS_BUF_INIT;
    ks_buf_slice(&copy, buf_slice(&data));
    struct ks_buf clear = bcfks_checked(copy, "x"), b = bcfks_file(&data, "x");
    overwrite_everywhere(&clear, NULL);
    overwrite_everywhere(&b, "x");
    ks_secret_free(key);
    ks_buf_free(&b);
    ks_buf_free(&clear);
}

/* ---- hostile parameters ---- */

static struct opened open_with_kdf(struct ks_buf kdf)
{
    uint8_t key[64] = {0};
    struct ks_buf data = sample_data();
    struct ks_buf sealed = bcfks_seal(buf_slice(&data), "STORE_ENCRYPTION", "changeit");
    struct ks_buf mac = bcfks_mac(buf_slice(&sealed), kdf, ks_slice(key, sizeof key));
    struct ks_buf b = bcfks_with_check(sealed, mac);
    struct opened o = open_bcfks(&b, "changeit");
    ks_buf_free(&data);
    ks_buf_free(&b);
    return o;
}

static void a_derivation_that_takes_too_long_is_not_begun(void **state)
{
    (void)state;
    struct ks_buf kdfs[] = {
        bcfks_pbkdf2(5000001, 64),
        bcfks_pbkdf2(INT32_MAX, 64),
        bcfks_pbkdf2(UINT64_MAX, 64),
        bcfks_scrypt(1 << 22, 8, 1, 64),
        bcfks_scrypt(1 << 20, 1024, 1, 64),
        bcfks_scrypt(UINT64_C(1) << 63, 2, 2, 64),
        bcfks_scrypt(2, UINT64_C(1) << 62, 1, 64),
        bcfks_pbkdf2(16, 1025),
        bcfks_pbkdf2(16, UINT64_MAX),
    };
    for (size_t i = 0; i < sizeof kdfs / sizeof kdfs[0]; i++) {
        struct opened o = open_with_kdf(kdfs[i]);
        if (o.rc != KS_ERR_LIMIT)
            print_error("row %zu: %s\n", i, o.err.what);
        assert_int_equal(o.rc, KS_ERR_LIMIT);
    }
}

/* The contents prove themselves; that their check makes no sense is said. */
static void a_check_that_makes_no_sense_is_damage(void **state)
{
    (void)state;
    struct ks_buf kdfs[] = {bcfks_pbkdf2(0, 64), bcfks_scrypt(3, 8, 1, 64),
                            bcfks_scrypt(0, 0, 0, 64)};
    for (size_t i = 0; i < sizeof kdfs / sizeof kdfs[0]; i++) {
        struct opened o = open_with_kdf(kdfs[i]);
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
        assert_int_equal(o.store->damage.code, KS_ERR_DAMAGED);
        ks_store_free(o.store);
    }
    struct opened o = open_with_kdf(bcfks_pbkdf2(16, 0)); /* no length of the key */
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_UNKNOWN);
    ks_store_free(o.store);
}

static void opening_stops_when_it_is_cancelled(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct ks_error err = {0};
    struct ks_job *job = ks_job_new();
    struct ks_secret *pw = secret_of("changeit");
    struct ks_store *s = ks_store_new("x", ks_blob_copy(buf_slice(&b)));
    ks_job_cancel(job);
    assert_int_equal(ks_format_bcfks.load(s, pw, job, &err), KS_ERR_CANCELLED);
    ks_store_free(s);
    ks_job_free(job);
    ks_secret_free(pw);
    ks_buf_free(&b);
}

static void certificates_and_keys_are_no_bcfks(void **state)
{
    (void)state;
    assert_int_equal(ks_format_bcfks.sniff(der(), root->len), 0);
    struct ks_secret *key = pkcs8_of("leaf");
    struct ks_buf epki = bcfks_seal(ks_secret_bytes(key), "PRIVATE_KEY_ENCRYPTION", "x");
    assert_int_equal(ks_format_bcfks.sniff(buf_slice(&epki), epki.len), 0);
    assert_int_equal(ks_format_bcfks.sniff(ks_secret_bytes(key), 100), 0);
    ks_buf_free(&epki);
    ks_secret_free(key);
}

/* ---- writing ---- */

static struct ks_buf save(const struct ks_store *s)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    enum ks_code rc = s->format->save(s, s->now, NULL, &out, &err);
    if (rc != KS_OK)
        print_error("%s: %s\n", err.slug, err.what);
    assert_int_equal(rc, KS_OK);
    return out;
}

/* The present with another entry in place of one (taken), or behind all of them. */
static void put(struct ks_store *s, size_t index, struct ks_entry *e)
{
    struct ks_entry **entries = ks_version_entries(s->now, 1);
    size_t count = s->now->count;
    if (index < count)
        ks_entry_unref(entries[index]);
    else
        count++;
    entries[index] = e;
    ks_store_push(s, ks_version_new("edit", entries, count, ks_secret_ref(s->now->password),
                                    KS_PROTECT_KEEP));
}

static void assert_same_but(const struct ks_store *a, const struct ks_store *b, size_t except)
{
    assert_int_equal(ks_store_count(a), ks_store_count(b));
    for (size_t i = 0; i < ks_store_count(a); i++)
        if (i != except)
            assert_true(ks_slice_equal(ks_store_entry(a, i)->pieces[0].raw,
                                       ks_store_entry(b, i)->pieces[0].raw));
}

static void assert_same_tlv(struct ks_slice a, struct ks_slice b)
{
    assert_true(a.len > 0 && ks_slice_equal(a, b));
}

/* Everything but salts, nonces, MAC and the date of the last change. */
static void assert_same_frame(const struct ks_store *a, const struct ks_store *b)
{
    struct ks_bcfks_data x, y;
    struct ks_bcfks_file f, g;
    assert_true(ks_bcfks_open(ks_blob_slice(a->file), &f));
    assert_true(ks_bcfks_open(ks_blob_slice(b->file), &g));
    assert_true(ks_bcfks_data(f.clear ? f.data : ks_blob_slice(a->inner), &x));
    assert_true(ks_bcfks_data(g.clear ? g.data : ks_blob_slice(b->inner), &y));
    assert_same_tlv(x.version, y.version);
    assert_same_tlv(x.integrity, y.integrity);
    assert_same_tlv(x.created, y.created);
    assert_true(ks_slice_equal(x.comment, y.comment));
    assert_false(ks_slice_equal(x.modified, y.modified));
    assert_int_equal(f.clear, g.clear);
    assert_int_equal(f.alg.len, g.alg.len);
    assert_int_equal(f.kdf.len, g.kdf.len);
    assert_string_equal(fact(a, "Encryption"), fact(b, "Encryption"));
    assert_string_equal(fact(a, "Integrity"), fact(b, "Integrity"));
    assert_false(ks_slice_equal(f.mac, g.mac));
    assert_false(f.alg.len && ks_slice_equal(f.alg, g.alg)); /* another salt, another nonce */
    assert_false(ks_slice_equal(f.kdf, g.kdf));
}

static void check_untouched(struct ks_buf b)
{
    struct opened o = open_bcfks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    struct ks_buf out = save(o.store);
    struct opened again = open_bcfks(&out, "changeit");
    assert_int_equal(again.rc, KS_OK);
    assert_int_equal(again.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_same_but(o.store, again.store, SIZE_MAX);
    assert_same_frame(o.store, again.store);
    done(&o, &b);
    done(&again, &out);
}

static void an_untouched_store_is_the_same_inside(void **state)
{
    (void)state;
    check_untouched(sample());
    check_untouched(bcfks_checked(sample_data(), "changeit"));
    uint8_t key[32];
    struct ks_buf data = sample_data();
    bcfks_key("changeit", "STORE_ENCRYPTION", BCFKS_ROUNDS, key, sizeof key);
    check_untouched(bcfks_checked(
        bcfks_pair(bcfks_kwp(bcfks_pbkdf2(BCFKS_ROUNDS, 32)), kwp_encrypt(key, buf_slice(&data))),
        "changeit"));
    check_untouched(bcfks_checked(bcfks_pair(bcfks_ccm(bcfks_pbkdf2(BCFKS_ROUNDS, 0), 0),
                                             ccm_encrypt(key, buf_slice(&data), 12)),
                                  "changeit"));
    ks_buf_free(&data);
}

/* Both that take p for what it says and Bouncy Castle then derive the same. */
static void what_is_written_with_scrypt_has_p_equal_to_r(void **state)
{
    (void)state;
    struct ks_buf key =
        hex_bytes("ab19c301bc60f8d49459ddafcf8614dd3ce834b32d1d59141eef92bd632f3cdb");
    struct ks_buf data = sample_data();
    struct ks_buf b = bcfks_checked(bcfks_pair(bcfks_ccm(bcfks_scrypt(1024, 8, 1, 32), 8),
                                               ccm_encrypt(key.data, buf_slice(&data), 8)),
                                    "changeit");
    struct opened o = open_bcfks(&b, "changeit");
    assert_string_equal(entry(&o, 1)->alias, "leaf");
    assert_string_equal(fact(o.store, "Encryption"), "AES-256-CCM, scrypt N=1024 r=8 p=1");
    struct ks_buf out = save(o.store);
    struct opened again = open_bcfks(&out, "changeit");
    assert_int_equal(again.rc, KS_OK);
    assert_string_equal(fact(again.store, "Encryption"), "AES-256-CCM, scrypt N=1024 r=8 p=8");
    assert_same_but(o.store, again.store, SIZE_MAX);
    ks_buf_free(&key);
    ks_buf_free(&data);
    done(&o, &b);
    done(&again, &out);
}

static struct ks_entry *renamed(const struct ks_entry *e, const char *alias)
{
    struct ks_entry_draft draft = ks_entry_draft_of(e);
    free(draft.alias);
    draft.alias = ks_strdup(alias);
    draft.alias_raw = ks_slice(NULL, 0);
    draft.edited |= KS_EDITED_ALIAS;
    return ks_entry_new(&draft);
}

static void a_new_name_changes_the_name_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct ks_buf b = sample();
        struct opened o = open_bcfks(&b, "changeit");
        struct ks_bcfks_object before, after;
        assert_true(ks_bcfks_object(entry(&o, i)->pieces[0].raw, &before));
        put(o.store, i, renamed(entry(&o, i), "n\xc3\xa9w"));
        struct ks_buf out = save(o.store);
        struct opened again = open_bcfks(&out, "changeit");
        assert_string_equal(entry(&again, i)->alias, "n\xc3\xa9w");
        assert_true(ks_bcfks_object(entry(&again, i)->pieces[0].raw, &after));
        assert_same_tlv(before.type_tlv, after.type_tlv);
        assert_same_tlv(before.created, after.created);
        assert_same_tlv(before.modified, after.modified);
        assert_same_tlv(before.data, after.data);
        assert_true(ks_slice_equal(before.comment, after.comment));
        assert_same_but(o.store, again.store, i);
        done(&o, &b);
        done(&again, &out);
    }
}

static void a_new_chain_and_date_leave_the_key(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct opened o = open_bcfks(&b, "changeit");
    struct ks_entry_draft draft = ks_entry_draft_of(entry(&o, 1));
    struct ks_cert chain[2] = {draft.chain[0]};
    assert_true(ks_cert_skim(der(), &chain[1]));
    draft.chain = chain;
    draft.chain_len = 2;
    draft.created = 1000000000999;
    draft.edited = KS_EDITED_CHAIN | KS_EDITED_DATE;
    put(o.store, 1, ks_entry_new(&draft));
    struct ks_buf out = save(o.store);
    struct opened again = open_bcfks(&out, "changeit");
    struct ks_unlocked u;
    assert_int_equal(entry(&again, 1)->chain_len, 2);
    assert_true(entry(&again, 1)->created == 1000000000000);
    assert_true(ks_slice_equal(entry(&again, 1)->key, draft.key));
    assert_int_equal(unlock(again.store, 1, "its own", &u, NULL), KS_OK);
    assert_same_but(o.store, again.store, 1);
    done(&o, &b);
    done(&again, &out);
}

static struct ks_store *fresh(const char *password)
{
    struct ks_store *s = ks_store_new("new.bcfks", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_secret *pw = secret_of(password);
    s->format = &ks_format_bcfks;
    ks_store_learn(s, pw);
    ks_secret_free(pw);
    return s;
}

static struct ks_entry *sealed_entry(struct ks_store *s, const char *alias,
                                     const struct ks_material *m, const char *password)
{
    struct ks_secret *pw = secret_of(password);
    struct ks_sealed sealed;
    struct ks_error err = {0};
    struct ks_cert cert;
    struct ks_blob *blobs[] = {NULL, leaf};
    assert_true(ks_cert_skim(ks_blob_slice(leaf), &cert));
    assert_int_equal(ks_format_bcfks.seal(s, s->now, m, pw, NULL, &sealed, &err), KS_OK);
    ks_secret_free(pw);
    blobs[0] = sealed.key;
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){
        .kind = (uint8_t)sealed.kind,
        .home = &ks_format_bcfks,
        .created = 1000000000000,
        .alias = ks_strdup(alias),
        .key = ks_blob_slice(sealed.key),
        .key_format = sealed.key_format,
        .chain = &cert,
        .chain_len = sealed.kind == KS_KIND_KEY,
        .blobs = blobs,
        .blob_count = 2,
    });
    ks_blob_unref(sealed.key);
    return e;
}

static void a_new_store_is_written_as_bouncy_castle_writes_one(void **state)
{
    (void)state;
    struct ks_store *s = fresh("");
    struct ks_material key = {.bytes = pkcs8_of("leaf")};
    struct ks_material hmac = {
        .type = KS_MATERIAL_SECRET, .algorithm = "HmacSHA256", .bytes = secret_of("12345")};
    struct ks_entry *trusted = make_entry(KS_KIND_TRUSTED, "", 0, 1, ks_blob_ref(root));
    struct ks_unlocked u;
    put(s, 0, trusted);
    put(s, 1, sealed_entry(s, "key", &key, "its own"));
    put(s, 2, sealed_entry(s, "\xf0\x9f\x98\x80", &hmac, ""));
    struct ks_buf out = save(s);
    struct opened o = open_bcfks(&out, "");
    assert_string_equal(entry(&o, 0)->alias, "");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_TRUSTED);
    assert_string_equal(entry(&o, 2)->alias, "\xf0\x9f\x98\x80");
    assert_true(entry(&o, 1)->created == 1000000000000);
    assert_int_equal(unlock(o.store, 1, "its own", &u, NULL), KS_OK);
    assert_int_equal(unlock(o.store, 1, "", &u, NULL), KS_ERR_PASSWORD);
    assert_int_equal(unlock(o.store, 2, "", &u, NULL), KS_OK);
    assert_string_equal(u.algorithm, "HmacSHA256 40");
    assert_string_equal(fact(o.store, "Integrity"),
                        "HMAC-SHA512, PBKDF2-HMAC-SHA512, 51200 iterations, verified");
    assert_string_equal(fact(o.store, "Encryption"),
                        "AES-256-CCM, PBKDF2-HMAC-SHA512, 51200 iterations");
    ks_material_drop(&key);
    ks_material_drop(&hmac);
    ks_store_free(s);
    done(&o, &out);
}

static void a_new_key_is_protected_the_way_of_the_file(void **state)
{
    (void)state;
    struct ks_buf b = sample(), text = KS_BUF_INIT;
    struct opened o = open_bcfks(&b, "changeit");
    struct ks_material key = {.bytes = pkcs8_of("leaf")};
    struct ks_entry *e = sealed_entry(o.store, "second", &key, "changeit");
    ks_format_bcfks.protection(e, &text);
    assert_string_equal(ks_buf_text(&text), "AES-256-CCM, PBKDF2-HMAC-SHA512, 16 iterations");
    ks_buf_free(&text);
    put(o.store, 6, e);
    struct ks_buf out = save(o.store);
    struct opened again = open_bcfks(&out, "changeit");
    assert_string_equal(entry(&again, 6)->alias, "second");
    ks_material_drop(&key);
    done(&o, &b);
    done(&again, &out);
}

static void the_new_password_is_the_one_that_opens(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    struct opened o = open_bcfks(&b, "changeit");
    struct ks_unlocked u;
    ks_store_push(o.store, ks_version_new("password", ks_version_entries(o.store->now, 0), 6,
                                          secret_of("n\xc3\xa9w"), KS_PROTECT_KEEP));
    struct ks_buf out = save(o.store);
    struct opened old = open_bcfks(&out, "changeit");
    assert_int_equal(old.rc, KS_ERR_PASSWORD);
    struct opened again = open_bcfks(&out, "n\xc3\xa9w");
    assert_same_but(o.store, again.store, SIZE_MAX);
    assert_int_equal(unlock(again.store, 2, "changeit", &u, NULL), KS_OK);
    assert_int_equal(unlock(again.store, 1, "its own", &u, NULL), KS_OK);
    done(&o, &b);
    done(&again, &out);
}

static void bytes_behind_the_end_stay(void **state)
{
    (void)state;
    struct ks_buf b = sample();
    ks_buf_str(&b, "and more");
    struct opened o = open_bcfks(&b, "changeit");
    assert_true(entry(&o, 0) && (o.store->notes & KS_STORE_TRAILING));
    struct ks_buf out = save(o.store);
    assert_memory_equal(out.data + out.len - 8, "and more", 8);
    done(&o, &b);
    ks_buf_free(&out);
}

static void without_a_password_nothing_is_written(void **state)
{
    (void)state;
    struct ks_store *s = ks_store_new("new.bcfks", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    assert_int_equal(ks_format_bcfks.save(s, s->now, NULL, &out, &err), KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(out.len, 0);
    ks_store_free(s);
}

static void what_the_type_cannot_hold_is_refused(void **state)
{
    (void)state;
    struct ks_store *s = fresh("changeit");
    struct ks_error err = {0};
    struct ks_sealed sealed;
    struct ks_material words = {.type = KS_MATERIAL_PASSWORD, .bytes = secret_of("x")};
    struct ks_material des = {
        .type = KS_MATERIAL_SECRET, .algorithm = "Blowfish", .bytes = secret_of("12345678")};
    assert_int_equal(ks_format_bcfks.seal(s, s->now, &words, words.bytes, NULL, &sealed, &err),
                     KS_ERR_REFUSED);
    assert_string_equal(err.slug, "type-loss");
    assert_int_equal(ks_format_bcfks.seal(s, s->now, &des, des.bytes, NULL, &sealed, &err),
                     KS_ERR_REFUSED);
    assert_non_null(strstr(err.what, "Blowfish"));

    struct ks_entry *bare = make_entry(KS_KIND_KEY, "bare", 0, 0);
    struct ks_entry *crl = make_item(KS_KIND_CRL, "crl", 0, ks_blob_ref(root));
    struct ks_buf out = KS_BUF_INIT;
    assert_non_null(ks_format_bcfks.refuses(bare));
    assert_string_equal(ks_format_bcfks.refuses(crl), "BCFKS holds no revocation lists");
    put(s, 0, crl);
    assert_int_equal(ks_format_bcfks.save(s, s->now, NULL, &out, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "type-loss");
    ks_entry_unref(bare);
    ks_buf_free(&out);
    ks_material_drop(&words);
    ks_material_drop(&des);
    ks_store_free(s);
}

/* Past 16 MiB a nonce of twelve octets leaves no room to count them. */
static void a_large_store_gets_a_shorter_nonce(void **state)
{
    (void)state;
    struct ks_buf plain = KS_BUF_INIT, out = KS_BUF_INIT, like = bcfks_ccm(bcfks_pbkdf2(16, 32), 8);
    struct ks_error err = {0};
    struct ks_pbe_scheme scheme;
    struct ks_slice alg, content;
    struct ks_blob *back = NULL;
    struct ks_secret *pw = secret_of("x");
    ks_buf_printf(&plain, "%*s", (16 << 20), "");
    assert_int_equal(ks_bcfks_encrypt(buf_slice(&like), buf_slice(&plain), KS_BCFKS_FOR_STORE, pw,
                                      NULL, &out, &err),
                     KS_OK);
    assert_true(ks_pbe_epki_parts(buf_slice(&out), &alg, &content));
    assert_true(ks_pbe_scheme_parse(alg, &scheme));
    assert_int_equal(scheme.iv.len, 11);
    assert_int_equal(scheme.rounds, 16);
    assert_int_equal(ks_bcfks_decrypt(alg, content, KS_BCFKS_FOR_STORE, pw, NULL, &back, &err),
                     KS_OK);
    assert_true(ks_slice_equal(ks_blob_slice(back), buf_slice(&plain)));
    ks_blob_unref(back);
    ks_secret_free(pw);
    ks_buf_free(&like);
    ks_buf_free(&plain);
    ks_buf_free(&out);
}

/* ---- signed stores ---- */

/* Signed by the key of `signer`; with the certificate `cert` if it is not NULL. */
static struct ks_buf signed_file(const char *password, EVP_PKEY *signer, struct ks_blob *cert)
{
    struct ks_buf data = sample_data(), check = KS_BUF_INIT, body = KS_BUF_INIT, tag = KS_BUF_INIT;
    struct ks_buf sealed = bcfks_seal(buf_slice(&data), "STORE_ENCRYPTION", password);
    uint8_t signature[256] = {0}; /* the first octet counts unused bits */
    size_t len = sizeof signature - 1;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha512(), NULL, signer), 1);
    assert_int_equal(EVP_DigestSign(ctx, signature + 1, &len, sealed.data, sealed.len), 1);
    EVP_MD_CTX_free(ctx);
    ks_der_put(&body, KS_DER_SEQUENCE, LITERAL("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"));
    if (cert) {
        ks_der_put(&tag, KS_DER_SEQUENCE, ks_blob_slice(cert));
        der_wrap(&body, KS_DER_CONTEXT_CONS(0), &tag);
    }
    ks_der_put(&body, KS_DER_BIT_STRING, ks_slice(signature, len + 1));
    der_wrap(&check, KS_DER_SEQUENCE, &body);
    der_wrap(&tag, KS_DER_CONTEXT_CONS(0), &check);
    ks_buf_free(&data);
    return bcfks_with_check(sealed, tag);
}

static void a_signature_is_checked_with_the_certificate_in_the_file(void **state)
{
    (void)state;
    const struct {
        EVP_PKEY *signer;
        struct ks_blob *cert;
        enum ks_integrity integrity;
    } rows[] = {
        {make_key("leaf"), leaf, KS_INTEGRITY_VERIFIED},
        {make_key("leaf"), NULL, KS_INTEGRITY_UNKNOWN},
        {make_key("other"), leaf, KS_INTEGRITY_BAD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_buf b = signed_file("changeit", rows[i].signer, rows[i].cert);
        struct opened o = open_bcfks(&b, "changeit");
        assert_string_equal(entry(&o, 1)->alias, "leaf");
        assert_int_equal(o.store->integrity, rows[i].integrity);
        assert_non_null(strstr(fact(o.store, "Integrity"), "signature SHA512withECDSA"));
        done(&o, &b);
    }
}

static void a_signed_store_is_read_only(void **state)
{
    (void)state;
    struct ks_buf b = signed_file("changeit", make_key("leaf"), leaf), out = KS_BUF_INIT;
    struct opened o = open_bcfks(&b, "changeit");
    struct ks_error err = {0};
    assert_int_equal(ks_store_count(o.store), 6);
    assert_non_null(strstr(fact(o.store, "Read-only"), "password-protected copy"));
    assert_int_equal(ks_format_bcfks.save(o.store, o.store->now, NULL, &out, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "signed");
    assert_non_null(strstr(err.next, "password-protected copy"));
    assert_int_equal(out.len, 0);

    /* the copy: the same entries in a store without a file */
    struct ks_store *copy = fresh("another");
    ks_store_push(copy, ks_version_new("copy", ks_version_entries(o.store->now, 0), 6,
                                       secret_of("another"), KS_PROTECT_KEEP));
    out = save(copy);
    struct opened again = open_bcfks(&out, "another");
    assert_same_but(o.store, again.store, SIZE_MAX);
    ks_store_free(copy);
    done(&again, &out);
    done(&o, &b);
}

/* Bouncy Castle encrypts what it signs with the empty password. */
static void a_signed_store_with_the_empty_password_needs_none(void **state)
{
    (void)state;
    struct ks_buf b = signed_file("", make_key("leaf"), leaf);
    struct opened o = open_bcfks(&b, NULL);
    assert_string_equal(entry(&o, 1)->alias, "leaf");
    assert_true(o.store->password && ks_secret_is_empty(o.store->password));
    ks_store_free(o.store);
    o = open_bcfks(&b, "changeit");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    assert_non_null(strstr(o.err.next, "empty password"));
    ks_buf_free(&b);
    b = signed_file("changeit", make_key("leaf"), leaf);
    o = open_bcfks(&b, NULL);
    assert_int_equal(o.rc, KS_ERR_PASSWORD_NEEDED);
    ks_buf_free(&b);
}

static int setup(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(leaf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_derived_as_bouncy_castle_derives_them),
        cmocka_unit_test(scrypt_is_tried_with_r_for_p_and_with_p),
        cmocka_unit_test(both_ciphers_give_the_known_ciphertext),
        cmocka_unit_test(key_wrap_decrypts),
        cmocka_unit_test(the_mac_key_is_the_known_one),
        cmocka_unit_test(everything_in_a_file_is_listed),
        cmocka_unit_test(a_key_opens_with_its_own_password_only),
        cmocka_unit_test(a_stored_password_is_revealed),
        cmocka_unit_test(a_wrong_password_and_none_are_told_apart),
        cmocka_unit_test(contents_in_clear_are_listed_without_a_password),
        cmocka_unit_test(of_two_with_one_alias_java_keeps_the_last),
        cmocka_unit_test(what_is_no_object_is_kept_and_java_refuses_it),
        cmocka_unit_test(an_altered_check_is_told_from_a_wrong_password),
        cmocka_unit_test(a_file_cut_anywhere_is_listed_whole_or_not_at_all),
        cmocka_unit_test(contents_in_clear_are_listed_as_far_as_they_go),
        cmocka_unit_test(any_four_octets_may_be_wrong),
        cmocka_unit_test(a_derivation_that_takes_too_long_is_not_begun),
        cmocka_unit_test(a_check_that_makes_no_sense_is_damage),
        cmocka_unit_test(opening_stops_when_it_is_cancelled),
        cmocka_unit_test(certificates_and_keys_are_no_bcfks),
        cmocka_unit_test(an_untouched_store_is_the_same_inside),
        cmocka_unit_test(what_is_written_with_scrypt_has_p_equal_to_r),
        cmocka_unit_test(a_new_name_changes_the_name_alone),
        cmocka_unit_test(a_new_chain_and_date_leave_the_key),
        cmocka_unit_test(a_new_store_is_written_as_bouncy_castle_writes_one),
        cmocka_unit_test(a_new_key_is_protected_the_way_of_the_file),
        cmocka_unit_test(the_new_password_is_the_one_that_opens),
        cmocka_unit_test(bytes_behind_the_end_stay),
        cmocka_unit_test(without_a_password_nothing_is_written),
        cmocka_unit_test(what_the_type_cannot_hold_is_refused),
        cmocka_unit_test(a_large_store_gets_a_shorter_nonce),
        cmocka_unit_test(a_signature_is_checked_with_the_certificate_in_the_file),
        cmocka_unit_test(a_signed_store_is_read_only),
        cmocka_unit_test(a_signed_store_with_the_empty_password_needs_none),
    };
    return cmocka_run_group_tests_name("bcfks", tests, setup, teardown);
}
