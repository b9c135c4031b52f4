#include "format/jks_internal.h"
#include "format/javaser.h"
#include "make_cert.h"
#include "make_store.h"

#include <openssl/sha.h>

#define S16 "000102030405060708090a0b0c0d0e0f"
#define BYTE_ARRAY_CLASS                                                                           \
    "7572"                                                                                         \
    "00025b42"                                                                                     \
    "acf317f8060854e0"                                                                             \
    "020000"                                                                                       \
    "7870"

/* javax.crypto.spec.SecretKeySpec: algorithm AES, the key S16. */
#define INNER_AES                                                                                  \
    "aced00057372001f6a617661782e63727970746f2e737065632e5365637265744b6579537065635b470b66e23061" \
    "4d0200024c0009616c676f726974686d7400124c6a6176612f6c616e672f537472696e673b5b00036b6579740002" \
    "5b427870740003414553757200025b42acf317f8060854e0020000787000000010" S16

/* java.security.KeyRep: algorithm, then the class of byte[], then the encoded key, "RAW", SECRET.
 */
#define KEYREP_START                                                                               \
    "aced00057372"                                                                                 \
    "00146a6176612e73656375726974792e4b6579526570"                                                 \
    "bdf94fb3889aa543"                                                                             \
    "020004"                                                                                       \
    "4c0009616c676f726974686d"                                                                     \
    "7400124c6a6176612f6c616e672f537472696e673b"                                                   \
    "5b0007656e636f646564"                                                                         \
    "7400025b42"                                                                                   \
    "4c0006666f726d6174"                                                                           \
    "71007e0001"                                                                                   \
    "4c000474797065"                                                                               \
    "74001b4c6a6176612f73656375726974792f4b657952657024547970653b"                                 \
    "7870"
#define KEYREP_END                                                                                 \
    "740003524157"                                                                                 \
    "7e72"                                                                                         \
    "00196a6176612e73656375726974792e4b65795265702454797065"                                       \
    "0000000000000000"                                                                             \
    "120000"                                                                                       \
    "78"                                                                                           \
    "72"                                                                                           \
    "000e6a6176612e6c616e672e456e756d"                                                             \
    "0000000000000000"                                                                             \
    "120000"                                                                                       \
    "7870"                                                                                         \
    "740006534543524554"

static struct ks_blob *root;

static struct ks_slice der(void)
{
    return ks_blob_slice(root);
}

static struct opened open_jceks(const struct ks_buf *bytes, const char *password)
{
    return open_bytes(&ks_format_jceks, bytes, password);
}

static const struct ks_entry *entry(const struct opened *o, size_t i)
{
    assert_int_equal(o->rc, KS_OK);
    assert_true(i < ks_store_count(o->store));
    return ks_store_entry(o->store, i);
}

static void done(struct opened *o, struct ks_buf *bytes)
{
    ks_store_free(o->store);
    ks_buf_free(bytes);
}

/* A certificate, the stream as the secret key "s", another certificate. */
static struct ks_buf around(struct ks_slice stream)
{
    struct ks_buf b = jks_begin(JCEKS, 2, 3);
    jks_trusted(&b, "before", der());
    jks_head(&b, 3, "s", 1000000000000);
    ks_buf_slice(&b, stream);
    jks_trusted(&b, "after", der());
    jks_digest(&b, "changeit");
    return b;
}

static struct ks_buf around_hex(const char *hex)
{
    struct ks_buf stream = hex_bytes(hex), b = around(buf_slice(&stream));
    ks_buf_free(&stream);
    return b;
}

/* ---- known files ---- */

static void the_known_empty_store_verifies(void **state)
{
    (void)state;
    struct ks_buf b = hex_bytes("cececece0000000200000000f4922c1e8cc08b94e34d21fa489599303216d4c0");
    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 0);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_string_equal(o.store->type, "JCEKS");
    assert_int_equal(ks_format_jceks.sniff(buf_slice(&b), b.len), 100);
    assert_int_equal(ks_format_jks.sniff(buf_slice(&b), b.len), 0);
    done(&o, &b);
}

static void assert_sha256(struct ks_slice bytes, const char *expected)
{
    uint8_t digest[KS_SHA256_LEN];
    ks_sha256(bytes, digest);
    char *hex = hex_of(digest, sizeof digest);
    assert_string_equal(hex, expected);
    free(hex);
}

static struct ks_buf known_file(void)
{
    struct ks_buf inner = hex_bytes(INNER_AES), b = jks_begin(JCEKS, 2, 1);
    jceks_secret(&b, "aes", buf_slice(&inner), "kpw");
    jks_digest(&b, "changeit");
    ks_buf_free(&inner);
    return b;
}

/* Java 17 returns the key of this file. */
static void the_known_secret_key_is_listed_and_unlocked(void **state)
{
    (void)state;
    struct ks_buf b = known_file(), text = KS_BUF_INIT;
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(b.len, 496);
    assert_sha256(buf_slice(&b),
                  "de47b562c147021db2862be76e33e0dc10ce81d7570e0a1199644f74c68f203d");

    struct opened o = open_jceks(&b, "changeit");
    const struct ks_entry *e = entry(&o, 0);
    assert_string_equal(e->alias, "aes");
    assert_int_equal(e->kind, KS_KIND_SECRET);
    assert_int_equal(e->notes, 0);
    assert_string_equal(e->key_format, "SealedObject");
    assert_true(e->created == 1000000000000);
    assert_int_equal(e->key.len, 447);
    assert_sha256(e->key, "49fb31ca48d90f7e53b6d7d2963e831d2a60163c0f1a8ca5b2b43653b9b9b47d");
    assert_string_equal(fact(o.store, "Entries"), "1 secret key");

    assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    assert_int_equal(out.matches_leaf, -1);
    o.store->format->protection(e, &text);
    assert_string_equal(ks_buf_text(&text), "3DES-CBC, Sun's MD5 derivation, 20 iterations");
    ks_buf_free(&text);
    done(&o, &b);
}

static void a_wrong_key_password_is_called_that(void **state)
{
    (void)state;
    struct ks_buf b = known_file();
    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    for (int i = 0; i < 600; i++) { /* some of these leave a padding that looks right */
        char password[24];
        struct ks_unlocked out;
        struct ks_error err = {0};
        (void)snprintf(password, sizeof password, "wrong%d", i);
        assert_int_equal(unlock(o.store, 0, password, &out, &err), KS_ERR_PASSWORD);
        assert_string_equal(err.slug, "wrong-password");
    }
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(unlock(o.store, 0, "changeit", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    done(&o, &b);
}

static void secret_keys_of_both_shapes_are_described(void **state)
{
    (void)state;
    static const struct {
        const char *inner, *text;
    } cases[] = {
        {INNER_AES, "AES 128"},
        /* PBEWithMD5AndDES, what keytool -importpass writes: a, umlaut a, sharp s */
        {KEYREP_START "740010"
                      "5042455769746"
                      "84d4435416e64444553" BYTE_ARRAY_CLASS "00000005"
                      "61c3a4c39f" KEYREP_END,
         "password, 3 characters"},
        {KEYREP_START "740006"
                      "444553656465" BYTE_ARRAY_CLASS "00000018" S16 "0001020304050607" KEYREP_END,
         "DESede 168"},
        {KEYREP_START "740003"
                      "444553" BYTE_ARRAY_CLASS "00000008"
                      "0001020304050607" KEYREP_END,
         "DES 56"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf inner = hex_bytes(cases[i].inner), b = jks_begin(JCEKS, 2, 2);
        struct ks_unlocked out;
        struct ks_error err = {0};
        jceks_secret(&b, "s", buf_slice(&inner), "kpw");
        jks_trusted(&b, "after", der());
        jks_digest(&b, "changeit");
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(entry(&o, 0)->notes, 0);
        assert_string_equal(entry(&o, 1)->alias, "after");
        assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
        assert_string_equal(out.algorithm, cases[i].text);
        ks_buf_free(&inner);
        done(&o, &b);
    }
}

static void a_private_key_under_suns_3des_is_unlocked(void **state)
{
    (void)state;
    unsigned char *pkcs8 = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key("root"));
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &pkcs8);
    struct ks_buf params = sun_params(1000), body = KS_BUF_INIT, alg = KS_BUF_INIT,
                  epki = KS_BUF_INIT, b = jks_begin(JCEKS, 2, 1);
    struct ks_buf sealed = sun_encrypt(ks_slice(pkcs8, (size_t)len), "changeit", 1000);
    struct ks_unlocked out;
    struct ks_error err = {0};

    body = hex_bytes("06092b060104012a021301");
    ks_buf_slice(&body, buf_slice(&params));
    ks_der_put(&alg, KS_DER_SEQUENCE, buf_slice(&body));
    ks_der_put(&alg, KS_DER_OCTET_STRING, buf_slice(&sealed));
    ks_der_put(&epki, KS_DER_SEQUENCE, buf_slice(&alg));
    jks_head(&b, 1, "k", 0);
    put_block(&b, buf_slice(&epki));
    put_u32(&b, 1);
    jks_cert(&b, 2, "X.509", der());
    jks_digest(&b, "changeit");

    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_KEY);
    assert_string_equal(fact(o.store, "Keys protected by"),
                        "3DES-CBC, Sun's MD5 derivation, 1000 iterations");
    assert_int_equal(unlock(o.store, 0, "changeit", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "EC P-256");
    assert_int_equal(out.matches_leaf, 1);
    assert_int_equal(unlock(o.store, 0, "other", &out, &err), KS_ERR_PASSWORD);
    OPENSSL_free(pkcs8);
    PKCS8_PRIV_KEY_INFO_free(info);
    ks_buf_free(&params);
    ks_buf_free(&body);
    ks_buf_free(&alg);
    ks_buf_free(&epki);
    ks_buf_free(&sealed);
    done(&o, &b);
}

/* ---- unusual streams ---- */

static struct ks_buf sealed_stream(const char *start, const char *algorithm)
{
    struct ks_buf inner = hex_bytes(INNER_AES), params = sun_params(20);
    struct ks_buf content = sun_encrypt(buf_slice(&inner), "kpw", 20);
    struct ks_buf stream = jceks_seal(start, buf_slice(&params), buf_slice(&content), algorithm);
    ks_buf_free(&inner);
    ks_buf_free(&params);
    ks_buf_free(&content);
    return stream;
}

static void a_reference_for_the_second_name_is_followed(void **state)
{
    (void)state;
    struct ks_buf stream = sealed_stream(JCEKS_SEALED, "PBEWithMD5AndTripleDES");
    struct ks_unlocked out;
    struct ks_error err = {0};
    stream.len -= 25; /* the second copy of the name */
    ks_buf_append(&stream, "\x71\0\x7e\0\x08", 5);
    struct ks_buf b = around(buf_slice(&stream));
    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(ks_store_count(o.store), 3);
    assert_int_equal(entry(&o, 1)->notes, 0);
    assert_int_equal(unlock(o.store, 1, "kpw", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    ks_buf_free(&stream);
    done(&o, &b);
}

static void a_bare_sealed_object_is_passed_and_unlocked(void **state)
{
    (void)state;
    static const struct {
        const char *algorithm;
        enum ks_code rc;
    } cases[] = {{"PBEWithMD5AndTripleDES", KS_OK}, {"AES/GCM/NoPadding", KS_ERR_UNSUPPORTED}};
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf stream = sealed_stream(JCEKS_BARE_SEALED, cases[i].algorithm);
        struct ks_buf b = around(buf_slice(&stream));
        struct ks_unlocked out;
        struct ks_error err = {0};
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(ks_store_count(o.store), 3);
        assert_int_equal(entry(&o, 1)->kind, KS_KIND_SECRET);
        assert_int_equal(entry(&o, 1)->notes, KS_NOTE_KEYREP_UNKNOWN | KS_NOTE_JAVA_FATAL);
        assert_string_equal(entry(&o, 2)->alias, "after");
        assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
        assert_int_equal(o.store->damage.code, KS_OK);
        assert_int_equal(unlock(o.store, 1, "kpw", &out, &err), cases[i].rc);
        if (cases[i].rc != KS_OK)
            assert_non_null(strstr(err.what, "AES/GCM/NoPadding"));
        ks_buf_free(&stream);
        done(&o, &b);
    }
}

/* An instance of class X with a writeObject method: an int, a String, then block data, an array of
 * two objects (one a reference), a long string, a class, and the end mark. */
#define ODD_OBJECT                                                                                 \
    "aced0005"                                                                                     \
    "7372"                                                                                         \
    "000158"                                                                                       \
    "0000000000000001"                                                                             \
    "030002"                                                                                       \
    "490001"                                                                                       \
    "69"                                                                                           \
    "4c0001"                                                                                       \
    "73"                                                                                           \
    "7400124c6a6176612f6c616e672f537472696e673b"                                                   \
    "7870"                                                                                         \
    "00000007"                                                                                     \
    "740005"                                                                                       \
    "68656c6c6f"                                                                                   \
    "7703"                                                                                         \
    "010203"                                                                                       \
    "7a00000002"                                                                                   \
    "0405"                                                                                         \
    "7572"                                                                                         \
    "00135b4c6a6176612e6c616e672e4f626a6563743b"                                                   \
    "90ce589f1073296c"                                                                             \
    "020000"                                                                                       \
    "7870"                                                                                         \
    "00000002"                                                                                     \
    "70"                                                                                           \
    "71007e0003"                                                                                   \
    "7c0000000000000003"                                                                           \
    "616263"                                                                                       \
    "7671007e0000"                                                                                 \
    "78"

static void a_foreign_object_is_passed(void **state)
{
    (void)state;
    static const char *const streams[] = {
        ODD_OBJECT,
        "aced0005740005"
        "68656c6c6f", /* a String alone */
        "aced000570",
        /* an array of int */
        "aced00057572"
        "00025b49"
        "4dba602676eab2a5"
        "020000"
        "7870"
        "00000002"
        "0000000100000002",
    };
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct ks_buf b = around_hex(streams[i]);
        struct ks_unlocked out;
        struct ks_error err = {0};
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 3);
        assert_int_equal(entry(&o, 1)->kind, KS_KIND_OPAQUE);
        assert_int_equal(entry(&o, 1)->notes, KS_NOTE_KEYREP_UNKNOWN | KS_NOTE_JAVA_FATAL);
        assert_string_equal(entry(&o, 2)->alias, "after");
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(o.store->damage.code, KS_OK);
        assert_int_not_equal(unlock(o.store, 1, "kpw", &out, &err), KS_OK);
        done(&o, &b);
    }
}

static void an_object_without_an_end_hides_the_rest(void **state)
{
    (void)state;
    static const char *const streams[] = {
        /* Externalizable, protocol 1 */
        "aced00057372"
        "000158"
        "0000000000000001"
        "040000"
        "7870"
        "01020304",
        "aced000579",               /* reset */
        "aced00057d00000000787070", /* a proxy class */
        "aced000573"
        "71007e0000", /* a handle that nobody made */
        "aced00057372"
        "000158"
        "0000000000000001"
        "020000"
        "78"
        "71007e0000", /* its own superclass */
        /* a class where a string has to be */
        "aced00057372"
        "000158"
        "0000000000000001"
        "020001"
        "4c0001"
        "73"
        "71007e0000"
        "7870"
        "70",
        /* a string where a class has to be */
        "aced00057572"
        "00135b4c6a6176612e6c616e672e4f626a6563743b"
        "90ce589f1073296c"
        "020000"
        "7870"
        "00000002"
        "740001"
        "61"
        "7371007e0002",
        "aced00067070", /* another version */
    };
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        struct ks_buf b = around_hex(streams[i]);
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 2);
        assert_string_equal(entry(&o, 0)->alias, "before");
        const struct ks_entry *e = entry(&o, 1);
        assert_string_equal(e->alias, "s");
        assert_int_equal(e->kind, KS_KIND_OPAQUE);
        assert_true(e->notes & KS_NOTE_UNREACHABLE);
        /* All that is left up to the digest is kept with it, and the digest still tells. */
        assert_ptr_equal(e->key.data + e->key.len,
                         o.store->file->data + o.store->file->len - KS_JKS_DIGEST);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(o.store->damage.code, KS_ERR_UNSUPPORTED);
        assert_string_equal(o.store->damage.slug, "unreachable");
        done(&o, &b);
    }
}

static void deep_nesting_ends_the_reading(void **state)
{
    (void)state;
    struct ks_buf stream = hex_bytes("aced0005");
    struct ks_java_object object;
    size_t used;
    for (int i = 0; i < 100000; i++)
        ks_buf_byte(&stream, i % 2 ? 0x72 : 0x73);
    assert_false(ks_java_read(buf_slice(&stream), &object, &used));
    ks_buf_clear(&stream);
    /* each array of Object holds an array of Object */
    struct ks_buf start = hex_bytes("aced0005"
                                    "75"
                                    "72"
                                    "00135b4c6a6176612e6c616e672e4f626a656374"
                                    "3b"
                                    "90ce589f1073296c"
                                    "020000"
                                    "7870"
                                    "00000001");
    struct ks_buf nested = hex_bytes("7571007e000000000001");
    ks_buf_slice(&stream, buf_slice(&start));
    for (int i = 0; i < 50000; i++)
        ks_buf_slice(&stream, buf_slice(&nested));
    assert_false(ks_java_read(buf_slice(&stream), &object, &used));
    ks_buf_free(&start);
    ks_buf_free(&nested);
    ks_buf_free(&stream);
}

static void iteration_counts_are_bounded(void **state)
{
    (void)state;
    static const struct {
        uint32_t rounds;
        enum ks_code rc;
    } cases[] = {{0, KS_ERR_DAMAGED},
                 {5000001, KS_ERR_LIMIT},
                 {0x7fffffff, KS_ERR_LIMIT},
                 {0xffffffff, KS_ERR_LIMIT}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf params = sun_params(cases[i].rounds);
        struct ks_buf stream = jceks_seal(JCEKS_SEALED, buf_slice(&params), ks_slice("01234567", 8),
                                          "PBEWithMD5AndTripleDES");
        struct ks_buf b = around(buf_slice(&stream));
        struct ks_unlocked out;
        struct ks_error err = {0};
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(unlock(o.store, 1, "kpw", &out, &err), cases[i].rc);
        ks_buf_free(&params);
        ks_buf_free(&stream);
        done(&o, &b);
    }
}

static void parameters_that_are_missing_are_damage(void **state)
{
    (void)state;
    struct ks_buf stream = jceks_seal(JCEKS_SEALED, ks_slice(NULL, 0), ks_slice("01234567", 8),
                                      "PBEWithMD5AndTripleDES");
    struct ks_buf b = around(buf_slice(&stream));
    struct ks_unlocked out;
    struct ks_error err = {0};
    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(unlock(o.store, 1, "kpw", &out, &err), KS_ERR_DAMAGED);
    ks_buf_free(&stream);
    done(&o, &b);
}

static void a_private_key_without_certificates_breaks_keytool(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JCEKS, 2, 1);
    jks_key(&b, "k", ks_slice_str("0123456789"), "kpw", 0);
    jks_digest(&b, "changeit");
    struct opened o = open_jceks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_NO_CHAIN);
    assert_non_null(strstr(entry(&o, 0)->comment, "keytool"));
    done(&o, &b);
}

/* ---- damage ---- */

static void a_secret_cut_anywhere_is_no_crash(void **state)
{
    (void)state;
    struct ks_buf stream = sealed_stream(JCEKS_SEALED, "PBEWithMD5AndTripleDES");
    struct ks_buf whole = around(buf_slice(&stream));
    for (size_t len = 12; len < whole.len; len++) {
        struct ks_buf cut = KS_BUF_INIT;
        ks_buf_append(&cut, whole.data, len);
        struct opened o = open_jceks(&cut, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_true(ks_store_count(o.store) < 3 || len >= whole.len - KS_JKS_DIGEST);
        assert_string_equal(o.store->damage.slug, "truncated");
        assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
        done(&o, &cut);
    }
    ks_buf_free(&stream);
    ks_buf_free(&whole);
}

static void a_wrong_length_in_a_secret_is_no_crash(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 0x7fffffff, 0xffffffff, 0x71007e00, 0x73727576};
    struct ks_buf stream = sealed_stream(JCEKS_SEALED, "PBEWithMD5AndTripleDES");
    struct ks_buf whole = around(buf_slice(&stream));
    for (size_t at = 8; at + 4 <= whole.len; at++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            struct ks_buf b = KS_BUF_INIT, field = KS_BUF_INIT;
            put_u32(&field, values[v]);
            ks_buf_append(&b, whole.data, whole.len);
            memcpy(b.data + at, field.data, 4);
            struct opened o = open_jceks(&b, NULL);
            assert_true(o.rc == KS_OK || o.err.what[0]);
            for (size_t i = 0; o.store && i < ks_store_count(o.store); i++) {
                struct ks_buf text = KS_BUF_INIT;
                o.store->format->protection(ks_store_entry(o.store, i), &text);
                ks_buf_free(&text);
            }
            ks_store_free(o.store);
            ks_buf_free(&field);
            ks_buf_free(&b);
        }
    }
    ks_buf_free(&stream);
    ks_buf_free(&whole);
}

static void what_is_inside_a_seal_may_be_anything(void **state)
{
    (void)state;
    static const struct {
        const char *inner;
        enum ks_code rc;
        const char *text;
    } cases[] = {
        {"", KS_ERR_PASSWORD, ""},
        {"aced", KS_ERR_PASSWORD, ""},
        {"aced000570", KS_ERR_PASSWORD, ""}, /* null */
        {ODD_OBJECT, KS_ERR_UNSUPPORTED, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf inner = hex_bytes(cases[i].inner), b = jks_begin(JCEKS, 2, 1);
        struct ks_unlocked out;
        struct ks_error err = {0};
        jceks_secret(&b, "s", buf_slice(&inner), "kpw");
        jks_digest(&b, "changeit");
        struct opened o = open_jceks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), cases[i].rc);
        assert_string_equal(out.algorithm, cases[i].text);
        ks_buf_free(&inner);
        done(&o, &b);
    }
}

/* ---- the tokenizer alone ---- */

static void fields_of_the_outermost_object_are_kept(void **state)
{
    (void)state;
    struct ks_buf stream = hex_bytes(INNER_AES "ffff");
    struct ks_java_object o;
    size_t used;
    assert_true(ks_java_read(buf_slice(&stream), &o, &used));
    assert_int_equal(used, stream.len - 2);
    assert_true(ks_java_is_class(&o, "javax.crypto.spec.SecretKeySpec"));
    assert_false(ks_java_is_class(&o, "javax.crypto.spec"));
    assert_int_equal(o.field_count, 2);
    const struct ks_java_value *name = ks_java_find(&o, "algorithm", KS_JAVA_STRING);
    const struct ks_java_value *key = ks_java_find(&o, "key", KS_JAVA_BYTES);
    assert_non_null(name);
    assert_true(ks_slice_equal(name->bytes, ks_slice_str("AES")));
    assert_non_null(key);
    assert_int_equal(key->bytes.len, 16);
    assert_null(ks_java_find(&o, "key", KS_JAVA_STRING));
    assert_null(ks_java_find(&o, "none", KS_JAVA_BYTES));
    ks_buf_free(&stream);
}

static void the_name_of_a_class_is_decoded(void **state)
{
    (void)state;
    /* class "X\x1b" NUL "\xff", without fields or superclass */
    struct ks_buf b = around_hex("aced00057372" "0005581bc080ff" "0000000000000000" "020000" "7870");
    struct opened o = open_jceks(&b, "changeit");
    assert_string_equal(entry(&o, 1)->comment,
                        "Java object of class X\x1b\xe2\x90\x80\xef\xbf\xbd");
    done(&o, &b);
}

static void superclasses_come_after_the_class(void **state)
{
    (void)state;
    struct ks_buf stream = sealed_stream(JCEKS_SEALED, "PBEWithMD5AndTripleDES");
    struct ks_java_object o;
    size_t used;
    assert_true(ks_java_read(buf_slice(&stream), &o, &used));
    assert_int_equal(used, stream.len);
    assert_int_equal(o.class_count, 2);
    assert_true(ks_slice_equal(o.classes[1], ks_slice_str("javax.crypto.SealedObject")));
    assert_int_equal(o.field_count, 4);
    ks_buf_free(&stream);
}

static void enum_constants_are_values(void **state)
{
    (void)state;
    struct ks_buf stream = hex_bytes(KEYREP_START "740003"
                                                  "444553" BYTE_ARRAY_CLASS "00000001"
                                                  "00" KEYREP_END);
    struct ks_java_object o;
    size_t used;
    assert_true(ks_java_read(buf_slice(&stream), &o, &used));
    assert_int_equal(used, stream.len);
    const struct ks_java_value *type = ks_java_find(&o, "type", KS_JAVA_ENUM);
    assert_non_null(type);
    assert_true(ks_slice_equal(type->bytes, ks_slice_str("SECRET")));
    for (size_t len = 0; len < stream.len; len++)
        assert_false(ks_java_read(ks_slice(stream.data, len), &o, &used));
    ks_buf_free(&stream);
}

static int make_root(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root"});
    return 0;
}

static int drop_root(void **state)
{
    (void)state;
    ks_blob_unref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_empty_store_verifies),
        cmocka_unit_test(the_known_secret_key_is_listed_and_unlocked),
        cmocka_unit_test(a_wrong_key_password_is_called_that),
        cmocka_unit_test(secret_keys_of_both_shapes_are_described),
        cmocka_unit_test(a_private_key_under_suns_3des_is_unlocked),
        cmocka_unit_test(a_reference_for_the_second_name_is_followed),
        cmocka_unit_test(a_bare_sealed_object_is_passed_and_unlocked),
        cmocka_unit_test(a_foreign_object_is_passed),
        cmocka_unit_test(an_object_without_an_end_hides_the_rest),
        cmocka_unit_test(deep_nesting_ends_the_reading),
        cmocka_unit_test(iteration_counts_are_bounded),
        cmocka_unit_test(parameters_that_are_missing_are_damage),
        cmocka_unit_test(a_private_key_without_certificates_breaks_keytool),
        cmocka_unit_test(a_secret_cut_anywhere_is_no_crash),
        cmocka_unit_test(a_wrong_length_in_a_secret_is_no_crash),
        cmocka_unit_test(what_is_inside_a_seal_may_be_anything),
        cmocka_unit_test(fields_of_the_outermost_object_are_kept),
        cmocka_unit_test(superclasses_come_after_the_class),
        cmocka_unit_test(the_name_of_a_class_is_decoded),
        cmocka_unit_test(enum_constants_are_values),
    };
    return cmocka_run_group_tests(tests, make_root, drop_root);
}
