#include "make_bks.h"

static struct ks_slice root_der(void)
{
    static struct ks_blob *made;
    if (!made)
        made = make_cert(&(struct make_cert){.cn = "root"});
    return ks_blob_slice(made);
}

static struct opened open_bks(const struct ks_buf *bytes, const char *password)
{
    return open_store(&ks_format_bks, bytes, password);
}

static struct ks_slice aes_key(void)
{
    return ks_slice("sixteen octets!!", 16);
}

/* A key with its certificate under "kpw", two trusted certificates whose names differ in case, a
 * secret key; sealed with "changeit". */
static struct ks_buf four_entries(uint32_t version)
{
    struct ks_buf b = bks_begin(version, 1024);
    bks_private(&b, "server", "root", root_der(), "kpw");
    bks_trusted(&b, "Root", root_der());
    bks_trusted(&b, "root", root_der());
    bks_secret(&b, "aes", "AES", aes_key(), "changeit");
    bks_sign(&b, "changeit");
    return b;
}

/* ---- sound files ---- */

#define EMPTY_V2                                                                                   \
    "0000000200000014" S20 "0000040000"                                                            \
    "79979214b295c8244fd5669419a92d6aec79c03b"
#define EMPTY_V1                                                                                   \
    "0000000100000014" S20 "0000040000"                                                            \
    "22c7d23b0eede04317605b0c05857c5018b6627f"

static void the_known_empty_stores_verify(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *type;
    } cases[] = {{EMPTY_V2, "BKS"}, {EMPTY_V1, "BKS v1"}};
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf b = hex_bytes(cases[i].hex);
        struct opened o = open_bks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 0);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(o.store->damage.code, KS_OK);
        assert_string_equal(o.store->type, cases[i].type);
        assert_non_null(strstr(fact(o.store, "Integrity"), i ? "16 bits" : "verified"));
        done(&o, &b);
    }
}

static void a_wrong_password_is_told_and_none_lists(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct ks_buf b = four_entries(version);
        struct opened wrong = open_bks(&b, "Changeit"), none = open_bks(&b, NULL);
        assert_int_equal(wrong.rc, KS_ERR_PASSWORD);
        assert_string_equal(wrong.err.slug, "wrong-password");
        assert_int_equal(none.rc, KS_OK);
        assert_int_equal(ks_store_count(none.store), 4);
        assert_int_equal(none.store->integrity, KS_INTEGRITY_UNVERIFIED);
        done(&none, &b);
    }
}

static void entries_come_in_file_order_with_their_bytes(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct ks_buf b = four_entries(version);
        struct opened o = open_bks(&b, "changeit");
        static const struct {
            const char *alias;
            enum ks_kind kind;
            uint32_t chain_len;
        } want[] = {{"server", KS_KIND_KEY, 1},
                    {"Root", KS_KIND_TRUSTED, 1},
                    {"root", KS_KIND_TRUSTED, 1},
                    {"aes", KS_KIND_SECRET, 0}};
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 4);
        const uint8_t *at = o.store->file->data + BKS_HEADER;
        for (size_t i = 0; i < 4; i++) {
            const struct ks_entry *e = entry(&o, i);
            assert_string_equal(e->alias, want[i].alias);
            assert_int_equal(e->kind, want[i].kind);
            assert_int_equal(e->chain_len, want[i].chain_len);
            assert_int_equal(e->notes, 0);
            assert_true(e->created == BKS_DATE);
            assert_ptr_equal(e->home, &ks_format_bks);
            assert_int_equal(e->piece_count, 1);
            assert_ptr_equal(e->pieces[0].raw.data, at);
            at += e->pieces[0].raw.len;
        }
        assert_ptr_equal(at + 1 + KS_BKS_DIGEST, o.store->file->data + b.len);
        assert_non_null(strstr(entry(&o, 3)->comment, "its password tells"));
        done(&o, &b);
    }
}

static void the_empty_password_is_one(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    bks_secret(&b, "aes", "AES", aes_key(), "");
    bks_sign(&b, "");
    struct opened good = open_bks(&b, ""), wrong = open_bks(&b, "x");
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(good.rc, KS_OK);
    assert_int_equal(good.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_int_equal(unlock(good.store, 0, "", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    assert_int_equal(wrong.rc, KS_ERR_PASSWORD);
    done(&good, &b);
}

static void bytes_behind_the_mac_are_reported_and_ignored(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2);
    ks_buf_str(&b, "trailing");
    struct opened o = open_bks(&b, "changeit");
    assert_int_equal(ks_store_count(o.store), 4);
    assert_true(o.store->notes & KS_STORE_TRAILING);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_non_null(strstr(fact(o.store, "Trailing bytes"), "8 after"));
    done(&o, &b);
}

/* ---- names ---- */

static void names_are_java_s_and_their_case_counts(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *alias;
        uint32_t notes;
    } cases[] = {
        {"", "", 0},
        {"Root", "Root", 0},
        {"root", "root", KS_NOTE_JAVA_REPLACED},
        {"\xc3\xa9 \xe2\x82\xac", "\xc3\xa9 \xe2\x82\xac", 0},
        {"\xed\xa0\xbd\xed\xb8\x80", "\xf0\x9f\x98\x80", 0},
        {"\xf0\x9f\x98\x81", "\xf0\x9f\x98\x81", KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL},
        {"a\xc0\x80z", "a\xe2\x90\x80z", 0},
        {"root", "root", 0},
    };
    size_t count = sizeof cases / sizeof cases[0];
    struct ks_buf b = bks_begin(2, 1024);
    for (size_t i = 0; i < count; i++)
        bks_trusted(&b, cases[i].raw, root_der());
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, "changeit");
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(entry(&o, i)->alias, cases[i].alias);
        assert_int_equal(entry(&o, i)->notes, cases[i].notes);
    }
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    done(&o, &b);
}

static void the_longest_name_is_read(void **state)
{
    (void)state;
    static char name[65536];
    memset(name, 'n', sizeof name - 1);
    struct ks_buf b = bks_begin(2, 1024);
    bks_trusted(&b, name, root_der());
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, "changeit");
    assert_int_equal(strlen(entry(&o, 0)->alias), 65535);
    done(&o, &b);
}

/* ---- keys ---- */

static void a_key_opens_with_its_own_password(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2), text = KS_BUF_INIT;
    struct opened o = open_bks(&b, "changeit");
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "EC P-256");
    assert_int_equal(out.matches_leaf, 1);
    assert_int_equal(unlock(o.store, 0, "other", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    assert_int_equal(ks_unlock(o.store, entry(&o, 3), NULL, NULL, &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    assert_int_equal(ks_unlock(o.store, entry(&o, 1), NULL, NULL, &out, &err), KS_ERR_USAGE);
    ks_format_bks.protection(entry(&o, 0), &text);
    assert_string_equal(ks_buf_text(&text), "3DES-CBC, PKCS#12 KDF-SHA1, 1024 iterations");
    assert_non_null(strstr(fact(o.store, "Keys protected by"), "1024 iterations"));
    ks_buf_free(&text);
    done(&o, &b);
}

static void a_key_of_a_store_without_password_needs_one(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2);
    struct opened o = open_bks(&b, NULL);
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, &err),
                     KS_ERR_PASSWORD_NEEDED);
    done(&o, &b);
}

/* Encrypted by another program under "changeit" and under "", salt 00..13, 1,024 iterations. */
static void the_known_sealed_keys_open_and_are_made(void **state)
{
    (void)state;
    static const struct {
        const char *password, *ciphertext;
    } cases[] = {
        {"changeit", "590709dc94b7ee757f0ac6ca63c1ae610168201e94964240d65eab43c9624513"},
        {"", "b9e23754a94206b22ad5255c4e61c87ebd3875f5feeaf455c6d6a04cb5bc9191"},
    };
    struct ks_buf key = hex_bytes("000102030405060708090a0b0c0d0e0f");
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf want = hex_bytes("00000014" S20 "00000400"), b = bks_begin(2, 1024);
        struct ks_buf ciphertext = hex_bytes(cases[i].ciphertext);
        ks_buf_slice(&want, buf_slice(&ciphertext));
        struct ks_sealed made =
            bks_seal(KS_MATERIAL_SECRET, "AES", buf_slice(&key), cases[i].password);
        assert_true(ks_slice_equal(ks_blob_slice(made.key), buf_slice(&want)));
        assert_int_equal(made.kind, KS_KIND_SECRET);

        bks_head(&b, 4, "known", 0);
        put_block(&b, buf_slice(&want));
        bks_sign(&b, "changeit");
        struct opened o = open_bks(&b, NULL);
        struct ks_secret *pw = secret_of(cases[i].password);
        struct ks_material m;
        assert_int_equal(ks_format_bks.reveal(o.store, entry(&o, 0), pw, NULL, &m, NULL), KS_OK);
        assert_int_equal(m.type, KS_MATERIAL_SECRET);
        assert_string_equal(m.algorithm, "AES");
        assert_true(ks_slice_equal(ks_secret_bytes(m.bytes), buf_slice(&key)));
        ks_material_drop(&m);
        ks_secret_free(pw);
        ks_blob_unref(made.key);
        ks_buf_free(&want);
        ks_buf_free(&ciphertext);
        done(&o, &b);
    }
    ks_buf_free(&key);
}

static void keys_in_clear_are_what_their_record_says(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024), pkcs8 = make_pkcs8("root");
    static const struct {
        uint8_t type;
        const char *format, *algorithm;
        enum ks_kind kind;
        const char *text;
    } cases[] = {
        {0, "PKCS#8", "EC", KS_KIND_KEY, "EC P-256"},
        {0, "PKCS8", "EC", KS_KIND_KEY, "EC P-256"},
        {2, "RAW", "HmacSHA256", KS_KIND_SECRET, "HmacSHA256 "},
        {2, "RAW", "PBEWithMD5AndDES", KS_KIND_PASSWORD, "password, "},
        {1, "X.509", "EC", KS_KIND_PUBLIC, NULL},
        {0, "RAW", "EC", KS_KIND_OPAQUE, NULL},
        {7, "PKCS#8", "EC", KS_KIND_OPAQUE, NULL},
    };
    size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        bks_head(&b, 2, "k", 0);
        bks_key_record(&b, cases[i].type, cases[i].format, cases[i].algorithm, buf_slice(&pkcs8));
    }
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, NULL);
    for (size_t i = 0; i < count; i++) {
        struct ks_unlocked out;
        bool secret = cases[i].text != NULL;
        assert_int_equal(entry(&o, i)->kind, cases[i].kind);
        assert_int_equal((entry(&o, i)->notes & KS_NOTE_KEY_CLEAR) != 0, secret);
        enum ks_code rc = ks_unlock(o.store, entry(&o, i), NULL, NULL, &out, NULL);
        assert_int_equal(rc, secret ? KS_OK : KS_ERR_USAGE);
        if (secret)
            assert_non_null(strstr(out.algorithm, cases[i].text));
    }
    ks_buf_free(&pkcs8);
    done(&o, &b);
}

static void bytes_of_an_application_are_kept_and_not_interpreted(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    bks_head(&b, 3, "bytes", 1);
    bks_cert(&b, "X.509", root_der());
    put_block(&b, ks_slice_str("anything"));
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_OPAQUE);
    assert_int_equal(entry(&o, 0)->chain_len, 1);
    assert_true(ks_slice_equal(entry(&o, 0)->key, ks_slice_str("anything")));
    done(&o, &b);
}

/* Sealed: a public key; a record of an unknown format; no record at all. */
static void what_a_seal_may_hide_is_told(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        const char *format;
        enum ks_code rc;
        const char *slug;
    } cases[] = {
        {1, "X.509", KS_ERR_UNSUPPORTED, "public-key"},
        {0, "OpenSSH", KS_ERR_UNSUPPORTED, "unsupported-alg"},
        {9, "RAW", KS_ERR_PASSWORD, "entry-password"},
    };
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf record = KS_BUF_INIT, alg = hex_bytes("3028060a2a864886f70d010c0103301a0414");
        struct ks_buf salt = hex_bytes(S20), b = bks_begin(2, 1024), blk = KS_BUF_INIT;
        struct ks_secret *pw = secret_of("changeit");
        struct ks_error err = {0};
        struct ks_unlocked out;
        bks_key_record(&record, cases[i].type, cases[i].format, "X", aes_key());
        ks_buf_slice(&alg, buf_slice(&salt));
        ks_buf_append(&alg, "\2\2\4\0", 4);
        put_block(&blk, buf_slice(&salt));
        put_u32(&blk, 1024);
        assert_int_equal(ks_pbe_encrypt(buf_slice(&alg), buf_slice(&record), pw, KS_EMPTY_NONE,
                                        NULL, &blk, NULL),
                         KS_OK);
        bks_head(&b, 4, "k", 0);
        put_block(&b, buf_slice(&blk));
        bks_sign(&b, "changeit");
        struct opened o = open_bks(&b, "changeit");
        assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, &err), cases[i].rc);
        assert_string_equal(err.slug, cases[i].slug);
        ks_secret_free(pw);
        ks_buf_free(&record);
        ks_buf_free(&alg);
        ks_buf_free(&salt);
        ks_buf_free(&blk);
        done(&o, &b);
    }
}

/* ---- hostile files ---- */

static void iterations_have_a_bound(void **state)
{
    (void)state;
    static const struct {
        uint32_t rounds;
        enum ks_code rc;
    } cases[] = {{(1u << 20) + 1, KS_ERR_LIMIT},
                 {INT32_MAX, KS_ERR_LIMIT},
                 {0x80000000u, KS_ERR_DAMAGED},
                 {UINT32_MAX, KS_ERR_DAMAGED}};
    for (size_t i = 0; i < 4; i++) {
        struct ks_buf b = bks_begin(2, cases[i].rounds);
        bks_trusted(&b, "a", root_der());
        ks_buf_append(&b,
                      "\0"
                      "01234567890123456789",
                      21);
        struct opened o = open_bks(&b, "changeit"), none = open_bks(&b, NULL);
        assert_int_equal(o.rc, cases[i].rc);
        assert_int_equal(none.rc, KS_OK);
        assert_int_equal(ks_store_count(none.store), 1);
        done(&none, &b);

        struct ks_buf sealed = bks_begin(2, 1);
        bks_head(&sealed, 4, "k", 0);
        put_u32(&sealed, 4 + 8);
        put_u32(&sealed, 0);
        put_u32(&sealed, cases[i].rounds);
        put_u32(&sealed, 0);
        bks_sign(&sealed, "changeit");
        o = open_bks(&sealed, "changeit");
        struct ks_unlocked out;
        assert_int_equal(o.rc, KS_OK);
        /* the ciphertext is cut as well: no seal at all */
        assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, NULL), KS_ERR_DAMAGED);
        done(&o, &sealed);

        sealed = bks_begin(2, 1);
        bks_head(&sealed, 4, "k", 0);
        put_u32(&sealed, 4 + 4 + 8);
        put_u32(&sealed, 0);
        put_u32(&sealed, cases[i].rounds);
        put_u64(&sealed, 0);
        bks_sign(&sealed, "changeit");
        o = open_bks(&sealed, "changeit");
        assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, NULL), cases[i].rc);
        done(&o, &sealed);
    }
}

static void no_iterations_are_one(void **state)
{
    (void)state;
    struct ks_buf zero = bks_begin(2, 0), one = bks_begin(2, 1);
    bks_sign(&zero, "changeit");
    bks_sign(&one, "changeit");
    assert_memory_equal(zero.data + BKS_HEADER, one.data + BKS_HEADER, 1 + KS_BKS_DIGEST);
    struct opened o = open_bks(&zero, "changeit");
    assert_int_equal(o.rc, KS_OK);
    ks_buf_free(&one);
    done(&o, &zero);
}

/* Whatever is wrong: an error in words, or a store whose damage is in words. */
static void expect_words(const struct ks_buf *bytes, const char *password)
{
    struct opened o = open_bks(bytes, password);
    if (o.rc != KS_OK) {
        assert_true(o.err.what[0] && o.err.slug[0]);
        return;
    }
    for (size_t i = 0; i < ks_store_count(o.store); i++) {
        struct ks_buf text = KS_BUF_INIT;
        ks_format_bks.protection(ks_store_entry(o.store, i), &text);
        ks_buf_free(&text);
    }
    if (o.store->damage.code != KS_OK)
        assert_true(o.store->damage.what[0] && o.store->notes & KS_STORE_DAMAGED);
    ks_store_free(o.store);
}

static struct ks_buf small(void)
{
    struct ks_buf b = bks_begin(2, 1);
    bks_trusted(&b, "a", ks_slice("0123", 4));
    bks_head(&b, 2, "b", 1);
    bks_cert(&b, "X.509", ks_slice("0123", 4));
    bks_key_record(&b, 2, "RAW", "AES", aes_key());
    bks_head(&b, 3, "c", 0);
    put_block(&b, ks_slice_str("bytes"));
    bks_secret(&b, "d", "AES", aes_key(), "changeit");
    bks_sign(&b, "changeit");
    return b;
}

static void a_file_may_end_anywhere(void **state)
{
    (void)state;
    struct ks_buf b = small();
    size_t before = 0;
    for (size_t len = 0; len < b.len; len++) {
        struct ks_buf cut = KS_BUF_INIT;
        ks_buf_append(&cut, b.data, len);
        expect_words(&cut, "changeit");
        struct opened o = open_bks(&cut, NULL);
        if (len < BKS_HEADER) {
            assert_int_equal(o.rc, KS_ERR_DAMAGED);
        } else {
            assert_int_equal(o.rc, KS_OK);
            assert_string_equal(o.store->damage.slug, "truncated");
            assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
            assert_true(ks_store_count(o.store) >= before);
            before = ks_store_count(o.store);
        }
        done(&o, &cut);
    }
    assert_int_equal(before, 4);
    ks_buf_free(&b);
}

static void every_length_may_lie(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, INT32_MAX, UINT32_MAX};
    struct ks_buf b = small();
    for (size_t at = 0; at + 4 <= b.len; at++) {
        uint8_t kept[4];
        memcpy(kept, b.data + at, 4);
        for (size_t v = 0; v < 3; v++) {
            for (size_t i = 0; i < 4; i++)
                b.data[at + i] = (uint8_t)(values[v] >> (24 - 8 * i));
            expect_words(&b, at % 8 ? NULL : "changeit");
        }
        memcpy(b.data + at, kept, 4);
    }
    ks_buf_free(&b);
}

static void the_damage_is_named(void **state)
{
    (void)state;
    static const struct {
        size_t back; /* from the end of the head of the second entry */
        uint32_t value;
        const char *slug;
    } cases[] = {{4, UINT32_MAX, "bad-entry"}, /* length of the chain */
                 {4, INT32_MAX, "truncated"},
                 {4, 0, NULL}};
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf b = bks_begin(2, 1024);
        bks_trusted(&b, "good", root_der());
        bks_head(&b, 1, "bad", cases[i].value);
        bks_cert(&b, "X.509", root_der());
        bks_sign(&b, "changeit");
        struct opened o = open_bks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        if (cases[i].slug) {
            assert_int_equal(ks_store_count(o.store), 1);
            assert_string_equal(o.store->damage.slug, cases[i].slug);
            assert_non_null(strstr(o.store->damage.what, "1 entry can be read"));
        } else {
            assert_int_equal(ks_store_count(o.store), 2);
        }
        done(&o, &b);
    }
    struct ks_buf b = bks_begin(2, 1024);
    ks_buf_append(&b, "\5\0\1a", 4);
    struct opened o = open_bks(&b, NULL);
    assert_string_equal(o.store->damage.slug, "bad-entry");
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    done(&o, &b);
}

static void a_certificate_that_is_none_is_noted(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    bks_trusted(&b, "bad", ks_slice_str("no certificate"));
    bks_head(&b, 1, "pgp", 0);
    bks_cert(&b, "PGP", root_der());
    bks_head(&b, 1, "short", 0);
    bks_cert(&b, "X509", root_der());
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, "changeit");
    assert_true(entry(&o, 0)->notes & KS_NOTE_CERT_BROKEN);
    assert_true(entry(&o, 1)->notes & KS_NOTE_CERT_TYPE);
    assert_int_equal(entry(&o, 2)->notes, 0);
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    done(&o, &b);
}

static void reading_can_be_stopped(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    for (int i = 0; i < 300; i++)
        bks_trusted(&b, "a", ks_slice_str("x"));
    bks_sign(&b, "changeit");
    struct ks_job *job = ks_job_new();
    struct ks_error err = {0};
    struct ks_store *s = ks_store_new("a", ks_blob_copy(buf_slice(&b)));
    s->format = &ks_format_bks;
    ks_job_cancel(job);
    assert_int_equal(ks_format_bks.load(s, NULL, job, &err), KS_ERR_CANCELLED);
    ks_store_free(s);
    ks_job_free(job);
    ks_buf_free(&b);
}

/* ---- writing ---- */

static void what_was_not_edited_is_written_as_it_was(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        for (int trailing = 0; trailing < 2; trailing++) {
            struct ks_buf b = four_entries(version);
            if (trailing)
                ks_buf_str(&b, "trailing");
            struct opened o = open_bks(&b, "changeit");
            struct ks_buf out = save_version(o.store, o.store->now);
            assert_int_equal(out.len, b.len);
            assert_memory_equal(out.data, b.data, b.len);
            ks_buf_free(&out);
            done(&o, &b);
        }
    }
}

static void odd_records_are_written_as_they_were(void **state)
{
    (void)state;
    struct ks_buf b = small();
    struct opened o = open_bks(&b, "changeit");
    struct ks_buf out = save_version(o.store, o.store->now);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.data, b.data, b.len);
    ks_buf_free(&out);
    done(&o, &b);
}

static void another_password_brings_another_salt_and_the_same_entries(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct ks_buf b = four_entries(version);
        struct opened o = open_bks(&b, "changeit");
        set_password(o.store, "n\xc3\xa4"
                              "chstes");
        struct ks_buf out = save_version(o.store, o.store->now);
        struct opened again = open_bks(&out, "n\xc3\xa4"
                                             "chstes"),
                      old = open_bks(&out, "changeit");
        assert_int_equal(again.rc, KS_OK);
        assert_int_equal(old.rc, KS_ERR_PASSWORD);
        assert_int_equal(out.len, b.len);
        assert_memory_not_equal(out.data + 8, b.data + 8, KS_BKS_SALT);
        size_t records = b.len - BKS_HEADER - KS_BKS_DIGEST;
        assert_memory_equal(out.data + 8 + KS_BKS_SALT, b.data + 8 + KS_BKS_SALT, 4 + records);
        done(&again, &out);
        done(&o, &b);
    }
}

static void only_the_renamed_record_changes(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2);
    struct opened o = open_bks(&b, "changeit");
    for (size_t renamed = 0; renamed < 4; renamed++) {
        rename_entry(o.store, renamed, "\xf0\x9f\x98\x80 \xc3\x9cX");
        struct ks_buf out = save_version(o.store, o.store->now);
        struct opened again = open_bks(&out, "changeit");
        assert_int_equal(ks_store_count(again.store), 4);
        for (size_t i = 0; i < 4; i++) {
            const struct ks_entry *was = ks_store_entry(o.store, i), *is = entry(&again, i);
            assert_string_equal(is->alias, ks_store_entry(o.store, i)->alias);
            assert_true(is->created == was->created && is->kind == was->kind);
            assert_true(ks_slice_equal(is->key, was->key));
            if (i != renamed)
                assert_true(ks_slice_equal(is->pieces[0].raw, was->pieces[0].raw));
        }
        assert_true(ks_slice_equal(entry(&again, renamed)->alias_raw,
                                   ks_slice_str("\xed\xa0\xbd\xed\xb8\x80 \xc3\x9cX")));
        done(&again, &out);
        (void)ks_store_undo(o.store);
    }
    done(&o, &b);
}

/* An edit keeps of the record what it does not name: the chain that a certificate has here, names
 * of types, the kind of a clear key. */
static void an_edit_keeps_the_rest_of_its_record(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    bks_head(&b, 1, "a", 1);
    bks_cert(&b, "X509", root_der());
    bks_cert(&b, "X509", root_der());
    bks_head(&b, 2, "b", 0);
    bks_key_record(&b, 7, "odd", "odd", aes_key());
    bks_sign(&b, "changeit");
    struct opened o = open_bks(&b, "changeit");
    rename_entry(o.store, 0, "A");
    rename_entry(o.store, 1, "B");
    struct ks_buf out = save_version(o.store, o.store->now);
    assert_int_equal(out.len, b.len);
    size_t changed = 0;
    for (size_t i = BKS_HEADER; i < b.len - KS_BKS_DIGEST; i++)
        changed += out.data[i] != b.data[i];
    assert_int_equal(changed, 2);
    ks_buf_free(&out);
    done(&o, &b);
}

static void dates_chains_and_keys_can_be_replaced(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2);
    struct opened o = open_bks(&b, "changeit");
    struct ks_blob *leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    struct ks_cert chain[2];
    struct ks_blob *blobs[] = {o.store->file, leaf};
    assert_true(ks_cert_skim(ks_blob_slice(leaf), &chain[0]));
    assert_true(ks_cert_skim(root_der(), &chain[1]));
    struct ks_sealed key = bks_seal(KS_MATERIAL_SECRET, "DESede", aes_key(), "new");

    struct ks_entry_draft draft = ks_entry_draft_of(entry(&o, 0));
    draft.chain = chain;
    draft.chain_len = 2;
    draft.blobs = blobs;
    draft.blob_count = 2;
    draft.edited = KS_EDITED_CHAIN;
    put_entry_draft(o.store, 0, &draft);
    draft = ks_entry_draft_of(entry(&o, 1));
    draft.chain = chain;
    draft.blobs = blobs;
    draft.blob_count = 2;
    draft.created = 5;
    draft.edited = KS_EDITED_CHAIN | KS_EDITED_DATE;
    put_entry_draft(o.store, 1, &draft);
    draft = ks_entry_draft_of(entry(&o, 3));
    blobs[1] = key.key;
    draft.blobs = blobs;
    draft.blob_count = 2;
    draft.key = ks_blob_slice(key.key);
    draft.edited = KS_EDITED_KEY;
    put_entry_draft(o.store, 3, &draft);

    struct ks_buf out = save_version(o.store, o.store->now);
    struct opened again = open_bks(&out, "changeit");
    struct ks_unlocked told;
    assert_int_equal(entry(&again, 0)->chain_len, 2);
    assert_true(ks_slice_equal(ks_cert_der(&entry(&again, 0)->chain[0]), ks_blob_slice(leaf)));
    assert_int_equal(unlock(again.store, 0, "kpw", &told, NULL), KS_OK);
    assert_int_equal(told.matches_leaf, 0);
    assert_true(entry(&again, 1)->created == 5);
    assert_true(ks_slice_equal(ks_cert_der(&entry(&again, 1)->chain[0]), ks_blob_slice(leaf)));
    assert_true(
        ks_slice_equal(entry(&again, 2)->pieces[0].raw, ks_store_entry(o.store, 2)->pieces[0].raw));
    assert_int_equal(unlock(again.store, 3, "new", &told, NULL), KS_OK);
    assert_string_equal(told.algorithm, "DESede 112");
    done(&again, &out);
    done(&o, &b);
    ks_blob_unref(leaf);
    ks_blob_unref(key.key);
}

static struct ks_entry_draft sealed_draft(enum ks_material_type type, const char *alias,
                                          const struct ks_store *into)
{
    struct ks_buf pkcs8 = make_pkcs8("root");
    bool private = type == KS_MATERIAL_PRIVATE;
    struct ks_slice bytes = private ? buf_slice(&pkcs8) : ks_slice_str("a passphrase");
    struct ks_material m = {.type = type, .bytes = ks_secret_new(bytes.data, bytes.len)};
    struct ks_sealed sealed;
    struct ks_secret *pw = secret_of("kpw");

    if (!private)
        memcpy(m.algorithm, "PBEWithMD5AndDES", 17);
    assert_int_equal(into->format->seal(into, into->now, &m, pw, NULL, &sealed, NULL), KS_OK);
    ks_material_drop(&m);
    ks_secret_free(pw);
    ks_buf_free(&pkcs8);
    struct ks_blob **blobs = ks_alloc(sizeof(struct ks_blob *));
    blobs[0] = sealed.key;
    return (struct ks_entry_draft){
        .kind = (uint8_t)sealed.kind,
        .created = KS_TIME_NONE,
        .alias = ks_strdup(alias),
        .key = ks_blob_slice(sealed.key),
        .key_format = sealed.key_format,
        .blobs = blobs,
        .blob_count = 1,
    };
}

static void drop_blobs(struct ks_entry_draft *draft)
{
    ks_blob_unref(draft->blobs[0]);
    free((void *)(uintptr_t)draft->blobs);
}

static void a_new_store_takes_new_entries(void **state)
{
    (void)state;
    struct ks_store *s = new_store(&ks_format_bks, "changeit");
    struct ks_cert cert;
    assert_true(ks_cert_skim(root_der(), &cert));
    ks_clock_pin(1234);
    struct ks_entry_draft key = sealed_draft(KS_MATERIAL_PRIVATE, "server", s);
    key.chain = &cert;
    key.chain_len = 1;
    put_entry_draft(s, 0, &key);
    struct ks_entry_draft pass = sealed_draft(KS_MATERIAL_PASSWORD, "pass", s);
    put_entry_draft(s, 1, &pass);
    struct ks_entry_draft trusted = {.kind = KS_KIND_TRUSTED,
                                     .created = 77,
                                     .alias = ks_strdup("Root"),
                                     .chain = &cert,
                                     .chain_len = 1};
    put_entry_draft(s, 2, &trusted);

    struct ks_buf out = save_version(s, s->now);
    struct opened o = open_bks(&out, "changeit");
    struct ks_unlocked told;
    assert_string_equal(o.store->type, "BKS");
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_int_equal(ks_store_count(o.store), 3);
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_KEY);
    assert_true(entry(&o, 0)->created == 1234000);
    assert_int_equal(unlock(o.store, 0, "kpw", &told, NULL), KS_OK);
    assert_int_equal(told.matches_leaf, 1);
    assert_int_equal(entry(&o, 1)->kind, KS_KIND_SECRET);
    assert_int_equal(unlock(o.store, 1, "kpw", &told, NULL), KS_OK);
    assert_string_equal(told.algorithm, "password, 12 characters");
    assert_int_equal(entry(&o, 2)->kind, KS_KIND_TRUSTED);
    assert_true(entry(&o, 2)->created == 77);
    ks_clock_pin(KS_TIME_NONE);
    drop_blobs(&key);
    drop_blobs(&pass);
    ks_store_free(s);
    done(&o, &out);
}

static void two_seals_of_one_key_differ(void **state)
{
    (void)state;
    struct ks_store *s = new_store(&ks_format_bks, "changeit");
    struct ks_entry_draft a = sealed_draft(KS_MATERIAL_PASSWORD, "a", s);
    struct ks_entry_draft b = sealed_draft(KS_MATERIAL_PASSWORD, "a", s);
    struct ks_bks_seal seal;
    assert_true(ks_bks_seal_parts(a.key, &seal));
    assert_int_equal(seal.salt.len, KS_BKS_SALT);
    assert_in_range(seal.rounds, 1024, 2047);
    assert_false(ks_slice_equal(a.key, b.key));
    drop_blobs(&a);
    drop_blobs(&b);
    free(a.alias);
    free(b.alias);
    ks_store_free(s);
}

static void what_cannot_be_held_is_refused_in_words(void **state)
{
    (void)state;
    static char longest[65536], longer[65537], wide[65535];
    memset(longest, 'n', sizeof longest - 1);
    memset(longer, 'n', sizeof longer - 1);
    for (size_t i = 0; i + 4 < sizeof wide; i += 4)
        memcpy(wide + i, "\xf0\x9f\x98\x80", 4); /* six bytes each in Java's encoding */
    const struct {
        struct ks_entry e;
        const char *why;
    } cases[] = {
        {{.kind = KS_KIND_KEY, .alias = longest, .chain_len = 1}, NULL},
        {{.kind = KS_KIND_KEY, .alias = longest}, "without a certificate"},
        {{.kind = KS_KIND_TRUSTED, .alias = longer}, "65,535 bytes"},
        {{.kind = KS_KIND_TRUSTED, .alias = wide}, "65,535 bytes"},
        {{.kind = KS_KIND_SECRET, .alias = longest}, NULL},
        {{.kind = KS_KIND_PASSWORD, .alias = longest}, NULL},
        {{.kind = KS_KIND_TRUSTED, .alias = longest}, NULL},
        {{.kind = KS_KIND_CERT, .alias = longest}, "not loose"},
        {{.kind = KS_KIND_REQUEST, .alias = longest}, "requests"},
        {{.kind = KS_KIND_CRL, .alias = longest}, "revocation"},
        {{.kind = KS_KIND_PUBLIC, .alias = longest}, "public keys"},
        {{.kind = KS_KIND_OPAQUE, .alias = longest}, "can read"},
        {{.kind = KS_KIND_OPAQUE, .alias = longest, .home = &ks_format_bks, .piece_count = 1},
         NULL},
        {{.kind = KS_KIND_LOCKED, .alias = longest}, "locked"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *why = ks_format_bks.refuses(&cases[i].e);
        if (!cases[i].why)
            assert_null(why);
        else
            assert_non_null(strstr(why, cases[i].why));
    }
    /* And save says it with the alias. */
    struct ks_store *s = new_store(&ks_format_bks, "changeit");
    struct ks_entry_draft crl = {.kind = KS_KIND_CRL, .alias = ks_strdup("revoked")};
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    put_entry_draft(s, 0, &crl);
    assert_int_equal(ks_format_bks.save(s, s->now, NULL, &out, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "type-loss");
    assert_non_null(strstr(err.what, "revoked"));
    ks_buf_free(&out);
    ks_store_free(s);
}

static void nothing_is_written_without_a_password(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(2), out = KS_BUF_INIT;
    struct opened o = open_bks(&b, NULL);
    struct ks_error err = {0};
    assert_int_equal(ks_format_bks.save(o.store, o.store->now, NULL, &out, &err),
                     KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(out.len, 0);
    done(&o, &b);
}

/* Listed without its password, since no program would derive that much. */
static void a_file_with_too_many_iterations_can_be_rescued(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, INT32_MAX);
    bks_trusted(&b, "a", root_der());
    ks_buf_append(&b,
                  "\0"
                  "01234567890123456789",
                  21);
    struct opened o = open_bks(&b, NULL);
    assert_int_equal(o.rc, KS_OK);
    set_password(o.store, "changeit");
    struct ks_buf out = save_version(o.store, o.store->now);
    struct opened again = open_bks(&out, "changeit");
    assert_int_equal(ks_store_count(again.store), 1);
    assert_int_equal(again.store->integrity, KS_INTEGRITY_VERIFIED);
    done(&again, &out);
    done(&o, &b);
}

static void the_empty_store_is_written(void **state)
{
    (void)state;
    struct ks_store *s = new_store(&ks_format_bks, "");
    struct ks_buf out = save_version(s, s->now);
    struct opened o = open_bks(&out, "");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(out.len, BKS_HEADER + 1 + KS_BKS_DIGEST);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(s);
    done(&o, &out);
}

/* ---- detection ---- */

static void a_head_is_recognised_whatever_its_salt(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    put_u32(&b, 2);
    put_block(&b, ks_slice_str("eight by"));
    put_u32(&b, 1024);
    assert_int_equal(ks_format_bks.sniff(buf_slice(&b), b.len), 0);
    bks_trusted(&b, "a", root_der());
    bks_sign(&b, "changeit");
    assert_true(ks_format_bks.sniff(buf_slice(&b), b.len) > 0);
    struct opened o = open_bks(&b, "changeit");
    struct ks_buf out = save_version(o.store, o.store->now);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.data, b.data, b.len);
    ks_buf_free(&out);
    done(&o, &b);
}

static void a_truncated_version_1_is_no_uber(void **state)
{
    (void)state;
    struct ks_buf b = four_entries(1);
    for (size_t len = BKS_HEADER + root_der().len + 400; len < b.len; len++) {
        assert_true(ks_format_bks.sniff(ks_slice(b.data, len), len) > 0);
        assert_int_equal(ks_format_uber.sniff(ks_slice(b.data, len), len), 0);
    }
    ks_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_empty_stores_verify),
        cmocka_unit_test(a_wrong_password_is_told_and_none_lists),
        cmocka_unit_test(entries_come_in_file_order_with_their_bytes),
        cmocka_unit_test(the_empty_password_is_one),
        cmocka_unit_test(bytes_behind_the_mac_are_reported_and_ignored),
        cmocka_unit_test(names_are_java_s_and_their_case_counts),
        cmocka_unit_test(the_longest_name_is_read),
        cmocka_unit_test(a_key_opens_with_its_own_password),
        cmocka_unit_test(a_key_of_a_store_without_password_needs_one),
        cmocka_unit_test(the_known_sealed_keys_open_and_are_made),
        cmocka_unit_test(keys_in_clear_are_what_their_record_says),
        cmocka_unit_test(bytes_of_an_application_are_kept_and_not_interpreted),
        cmocka_unit_test(what_a_seal_may_hide_is_told),
        cmocka_unit_test(iterations_have_a_bound),
        cmocka_unit_test(no_iterations_are_one),
        cmocka_unit_test(a_file_may_end_anywhere),
        cmocka_unit_test(every_length_may_lie),
        cmocka_unit_test(the_damage_is_named),
        cmocka_unit_test(a_certificate_that_is_none_is_noted),
        cmocka_unit_test(reading_can_be_stopped),
        cmocka_unit_test(what_was_not_edited_is_written_as_it_was),
        cmocka_unit_test(odd_records_are_written_as_they_were),
        cmocka_unit_test(another_password_brings_another_salt_and_the_same_entries),
        cmocka_unit_test(only_the_renamed_record_changes),
        cmocka_unit_test(an_edit_keeps_the_rest_of_its_record),
        cmocka_unit_test(dates_chains_and_keys_can_be_replaced),
        cmocka_unit_test(a_new_store_takes_new_entries),
        cmocka_unit_test(two_seals_of_one_key_differ),
        cmocka_unit_test(what_cannot_be_held_is_refused_in_words),
        cmocka_unit_test(nothing_is_written_without_a_password),
        cmocka_unit_test(a_file_with_too_many_iterations_can_be_rescued),
        cmocka_unit_test(the_empty_store_is_written),
        cmocka_unit_test(a_head_is_recognised_whatever_its_salt),
        cmocka_unit_test(a_truncated_version_1_is_no_uber),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
