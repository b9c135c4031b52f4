#include "format/jks_internal.h"
#include "der_text.h"
#include "make_cert.h"
#include "make_store.h"

#define DATE 1000000000000

static struct ks_blob *root_cert(void)
{
    static struct ks_blob *made;
    if (!made)
        made = make_cert(&(struct make_cert){.cn = "root"});
    return made;
}

static struct ks_slice root_der(void)
{
    return ks_blob_slice(root_cert());
}

/* PrivateKeyInfo of make_key(name). */
static struct ks_buf pkcs8_of(const char *name)
{
    struct ks_buf out = KS_BUF_INIT;
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(make_key(name));
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    ks_buf_append(&out, der, (size_t)len);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    return out;
}

/* A key with its certificate under "kpw" and two trusted certificates, sealed with "changeit". */
static struct ks_buf three_entries(uint32_t version)
{
    struct ks_buf b = jks_begin(JKS, version, 3), pkcs8 = pkcs8_of("root");
    jks_key(&b, "server", buf_slice(&pkcs8), "kpw", 1);
    jks_cert(&b, version, "X.509", root_der());
    jks_head(&b, 2, "first", DATE + 1);
    jks_cert(&b, version, "X.509", root_der());
    jks_head(&b, 2, "second", -1);
    jks_cert(&b, version, "X.509", root_der());
    jks_digest(&b, "changeit");
    ks_buf_free(&pkcs8);
    return b;
}

static struct opened open_jks(const struct ks_buf *bytes, const char *password)
{
    return open_bytes(&ks_format_jks, bytes, password);
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

/* ---- sound files ---- */

static void the_known_empty_stores_verify(void **state)
{
    (void)state;
    static const struct {
        const char *hex, *password;
    } cases[] = {
        {"feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792", "changeit"},
        {"feedfeed0000000200000000a1ea6ad898e6e0408cb1728eb9c1bf945b7bbbaa",
         "p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x98\x80"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf b = hex_bytes(cases[i].hex);
        struct opened o = open_jks(&b, cases[i].password);
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 0);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_int_equal(o.store->damage.code, KS_OK);
        assert_string_equal(o.store->type, "JKS");
        assert_string_equal(fact(o.store, "Entries"), "none");
        done(&o, &b);
    }
}

static void entries_come_in_file_order_with_their_bytes(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct ks_buf b = three_entries(version);
        struct opened o = open_jks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 3);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_string_equal(o.store->type, version == 1 ? "JKS v1" : "JKS");

        assert_string_equal(entry(&o, 0)->alias, "server");
        assert_int_equal(entry(&o, 0)->kind, KS_KIND_KEY);
        assert_string_equal(entry(&o, 0)->key_format, "EncryptedPrivateKeyInfo");
        assert_int_equal(entry(&o, 0)->chain_len, 1);
        assert_true(entry(&o, 0)->created == DATE);
        assert_int_equal(entry(&o, 1)->kind, KS_KIND_TRUSTED);
        assert_true(entry(&o, 2)->created == -1);
        assert_true(ks_slice_equal(ks_cert_der(&entry(&o, 2)->chain[0]), root_der()));

        /* The records lie one behind the other from the header to the digest. */
        const uint8_t *at = o.store->file->data + KS_JKS_HEADER;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(entry(&o, i)->notes, 0);
            assert_int_equal(entry(&o, i)->piece_count, 1);
            assert_ptr_equal(entry(&o, i)->pieces[0].raw.data, at);
            at += entry(&o, i)->pieces[0].raw.len;
        }
        assert_ptr_equal(at, o.store->file->data + o.store->file->len - KS_JKS_DIGEST);
        done(&o, &b);
    }
}

static void the_summary_says_what_is_inside(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2), text = KS_BUF_INIT;
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_string_equal(fact(o.store, "Entries"), "1 key pair, 2 trusted certificates");
    assert_non_null(strstr(fact(o.store, "Integrity"), "verified"));
    assert_non_null(strstr(fact(o.store, "Keys protected by"), "Sun's JKS key protector"));
    assert_true(o.store->notes & KS_STORE_WEAK);
    o.store->format->protection(entry(&o, 0), &text);
    assert_string_equal(ks_buf_text(&text), fact(o.store, "Keys protected by"));
    ks_buf_free(&text);
    done(&o, &b);
}

static void entries_outlive_their_store(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    struct ks_entry *kept = ks_entry_ref(o.store->now->entries[1]);
    done(&o, &b);
    assert_true(ks_slice_equal(ks_cert_der(&kept->chain[0]), root_der()));
    ks_entry_unref(kept);
}

static void without_a_password_the_list_is_not_verified(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    struct opened o = open_jks(&b, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 3);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_UNVERIFIED);
    assert_null(o.store->password);
    done(&o, &b);
}

static void a_wrong_password_is_not_damage(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "changeme", "Changeit", "changeit\xc3\xa4"};
    struct ks_buf b = three_entries(2);
    for (size_t i = 0; i < 4; i++) {
        struct opened o = open_jks(&b, wrong[i]);
        assert_int_equal(o.rc, KS_ERR_PASSWORD);
        assert_string_equal(o.err.slug, "wrong-password");
        assert_non_null(strstr(o.err.what, "dir/test.ks is still locked"));
        assert_true(o.err.next[0] != '\0');
    }
    ks_buf_free(&b);
}

static void an_altered_byte_is_noticed(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    b.data[b.len - 40] ^= 1;
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    assert_non_null(strstr(o.err.what, "altered"));
    ks_buf_free(&b);
}

static void an_empty_password_is_a_password(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 0);
    jks_digest(&b, "");
    struct opened o = open_jks(&b, "");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    done(&o, &b);
}

/* ---- damaged files ---- */

static void a_store_cut_anywhere_lists_what_is_left(void **state)
{
    (void)state;
    struct ks_buf whole = three_entries(2);
    struct opened all = open_jks(&whole, NULL);
    size_t end[4] = {KS_JKS_HEADER};
    for (size_t i = 0; i < 3; i++)
        end[i + 1] = end[i] + entry(&all, i)->pieces[0].raw.len;

    for (size_t len = 0; len < whole.len; len++) {
        struct ks_buf cut = KS_BUF_INIT;
        ks_buf_append(&cut, whole.data, len);
        for (int with = 0; with < 2; with++) {
            struct opened o = open_jks(&cut, with ? "changeit" : NULL);
            if (len < KS_JKS_HEADER) {
                assert_int_equal(o.rc, KS_ERR_DAMAGED);
                assert_non_null(strstr(o.err.what, "test.ks"));
                continue;
            }
            assert_int_equal(o.rc, KS_OK);
            size_t readable = 0;
            while (readable < 3 && len >= end[readable + 1])
                readable++;
            assert_int_equal(ks_store_count(o.store), readable);
            assert_int_equal(o.store->damage.code, KS_ERR_DAMAGED);
            assert_string_equal(o.store->damage.slug, "truncated");
            assert_true(o.store->damage.next[0] != '\0');
            assert_true(o.store->notes & KS_STORE_DAMAGED);
            assert_int_not_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
            if (with)
                assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
            ks_store_free(o.store);
        }
        ks_buf_free(&cut);
    }
    done(&all, &whole);
}

static void damage_is_told_with_numbers(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 5);
    uint8_t der[500] = {0};
    for (int i = 0; i < 2; i++)
        jks_trusted(&b, "entry", ks_slice(der, sizeof der)); /* 530 bytes each */
    ks_buf_append(&b, "\0\0\0\2\0\7lo", 8);
    struct opened o = open_jks(&b, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_string_equal(o.store->damage.what,
                        "dir/test.ks is damaged: it should hold 5 entries and ends inside the 3rd "
                        "(1080 of about 2700 bytes). 2 entries can be read");
    done(&o, &b);
}

static void a_wrong_length_is_no_crash_and_never_verified(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, 0x7fffffff, 0xffffffff, 0x80000000, 1};
    struct ks_buf whole = three_entries(2);

    for (size_t at = 0; at + 4 <= whole.len; at++) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            struct ks_buf b = KS_BUF_INIT, field = KS_BUF_INIT;
            put_u32(&field, values[v]);
            ks_buf_append(&b, whole.data, whole.len);
            memcpy(b.data + at, field.data, 4);
            bool same = memcmp(b.data, whole.data, whole.len) == 0;
            struct opened o = open_jks(&b, "changeit");
            if (o.rc == KS_OK) {
                assert_true(same || o.store->integrity == KS_INTEGRITY_BAD);
                assert_true(same || o.store->damage.what[0] != '\0');
            } else {
                assert_true(o.err.what[0] != '\0' && o.err.next[0] != '\0');
            }
            ks_store_free(o.store);
            o = open_jks(&b, NULL);
            ks_store_free(o.store);
            ks_buf_free(&field);
            ks_buf_free(&b);
        }
    }
    ks_buf_free(&whole);
}

/* Offset 8 is the number of entries. */
static struct opened open_counted(struct ks_buf *b, uint32_t claimed, const char *password)
{
    struct ks_buf count = KS_BUF_INIT;
    *b = three_entries(2);
    put_u32(&count, claimed);
    memcpy(b->data + 8, count.data, 4);
    b->len -= KS_JKS_DIGEST;
    jks_digest(b, "changeit");
    ks_buf_free(&count);
    return open_jks(b, password);
}

static void a_wrong_number_of_entries_is_found_out(void **state)
{
    (void)state;
    static const uint32_t wrong[] = {0, 1, 2, 4, 100, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ks_buf b;
        struct opened o = open_counted(&b, wrong[i], "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 3);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        assert_string_equal(o.store->damage.slug, "bad-count");
        assert_non_null(strstr(o.store->damage.what, "and holds 3"));
        done(&o, &b);
    }
    struct ks_buf b;
    struct opened o = open_counted(&b, 2, "changeme");
    assert_int_equal(o.rc, KS_ERR_PASSWORD);
    ks_buf_free(&b);
}

static void the_right_password_shows_even_when_an_entry_is_broken(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 3);
    jks_trusted(&b, "good", root_der());
    put_u32(&b, 7); /* no such tag */
    jks_trusted(&b, "unreachable", root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 1);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_string_equal(o.store->damage.slug, "bad-entry");
    assert_non_null(strstr(o.store->damage.what, "the 2nd entry"));
    ks_store_free(o.store);
    o = open_jks(&b, "changeme");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
    done(&o, &b);
}

static void a_length_that_is_too_long_is_not_called_truncated(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 1);
    jks_head(&b, 1, "key", DATE);
    put_u32(&b, 100000);
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_string_equal(o.store->damage.slug, "bad-entry");
    assert_non_null(strstr(o.store->damage.what, "does not end"));
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(o.store);
    o = open_jks(&b, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_string_equal(o.store->damage.slug, "truncated");
    done(&o, &b);
}

static void a_negative_length_is_named(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 1);
    jks_head(&b, 1, "key", DATE);
    put_u32(&b, 0xfffffffb);
    ks_buf_append(&b, "0123456789012345678901234567890123456789", 40);
    struct opened o = open_jks(&b, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_non_null(strstr(o.store->damage.what, "negative length"));
    done(&o, &b);
}

static void bytes_after_the_digest_are_noted(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    ks_buf_append(&b, "0123456789012345678901234567890123456789", 40);
    for (int with = 0; with < 2; with++) {
        struct opened o = open_jks(&b, with ? "changeit" : NULL);
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(ks_store_count(o.store), 3);
        assert_int_equal(o.store->damage.code, KS_OK);
        assert_true(o.store->notes & KS_STORE_TRAILING);
        assert_non_null(strstr(fact(o.store, "Trailing bytes"), "40 after the digest"));
        if (with)
            assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        ks_store_free(o.store);
    }
    ks_buf_free(&b);
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 3, 0);
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_ERR_UNSUPPORTED);
    assert_non_null(strstr(o.err.what, "version 3"));
    ks_buf_free(&b);
}

static void an_endless_chain_is_bounded(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {KS_JKS_MAX_CHAIN, KS_JKS_MAX_CHAIN + 1, 0x7fffffff};
    static const char *const slugs[] = {"", "limit", "bad-entry"};
    struct ks_buf pkcs8 = pkcs8_of("root");
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf b = jks_begin(JKS, 2, 1);
        jks_key(&b, "long", buf_slice(&pkcs8), "kpw", lengths[i]);
        for (size_t n = 0; n < KS_JKS_MAX_CHAIN + 10 && n < lengths[i]; n++)
            jks_cert(&b, 2, "X.509", ks_slice(NULL, 0));
        jks_digest(&b, "changeit");
        struct opened o = open_jks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_string_equal(o.store->damage.slug, slugs[i]);
        assert_int_equal(ks_store_count(o.store), i == 0);
        if (i == 0)
            assert_int_equal(entry(&o, 0)->chain_len, KS_JKS_MAX_CHAIN);
        done(&o, &b);
    }
    ks_buf_free(&pkcs8);
}

/* ---- aliases ---- */

static struct opened open_alias(struct ks_buf *b, const char *alias, size_t len)
{
    *b = jks_begin(JKS, 2, 1);
    jks_head_raw(b, 2, ks_slice(alias, len), DATE);
    jks_cert(b, 2, "X.509", root_der());
    jks_digest(b, "changeit");
    return open_jks(b, "changeit");
}

static void aliases_are_decoded_and_kept_raw(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        size_t len;
        const char *alias;
        uint32_t notes;
    } cases[] = {
        {"", 0, "", 0},
        {"plain name", 10, "plain name", 0},
        {"UPPER", 5, "UPPER", KS_NOTE_ALIAS_UPPER},
        {"\xc3\x89t\xc3\xa9", 5, "\xc3\x89t\xc3\xa9", KS_NOTE_ALIAS_UPPER},
        {"\xc3\xa9t\xc3\xa9", 5, "\xc3\xa9t\xc3\xa9", 0},
        /* a, U+0000, e acute, euro, U+1F600 as surrogates */
        {"a\xc0\x80\xc3\xa9\xe2\x82\xac\xed\xa0\xbd\xed\xb8\x80", 14,
         "a\xe2\x90\x80\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 0},
        {"a\0b", 3,
         "a\xe2\x90\x80"
         "b",
         0},
        /* UTF-8 of four bytes: not Java's */
        {"\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80", KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL},
        {"a\xff", 2, "a\xef\xbf\xbd", KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL},
        {"a\xc3", 2, "a\xef\xbf\xbd", KS_NOTE_ALIAS_ENCODING | KS_NOTE_JAVA_FATAL},
        /* half of a surrogate pair: Java takes it */
        {"\xed\xa0\xbd", 3, "\xef\xbf\xbd", KS_NOTE_ALIAS_ENCODING},
        {"\x1b[31m", 5, "\x1b[31m", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf b;
        struct opened o = open_alias(&b, cases[i].raw, cases[i].len);
        assert_string_equal(entry(&o, 0)->alias, cases[i].alias);
        assert_int_equal(entry(&o, 0)->notes, cases[i].notes);
        assert_true(ks_slice_equal(entry(&o, 0)->alias_raw, ks_slice(cases[i].raw, cases[i].len)));
        if (cases[i].notes & KS_NOTE_JAVA_FATAL)
            assert_non_null(strstr(fact(o.store, "Java"), "alias"));
        done(&o, &b);
    }
}

static void the_longest_alias_is_read(void **state)
{
    (void)state;
    char *alias = ks_alloc(65536);
    memset(alias, 'x', 65535);
    struct ks_buf b;
    struct opened o = open_alias(&b, alias, 65535);
    assert_string_equal(entry(&o, 0)->alias, alias);
    done(&o, &b);
    free(alias);
}

static void of_two_equal_aliases_java_keeps_the_later(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 4);
    jks_trusted(&b, "twice", root_der());
    jks_trusted(&b, "once", root_der());
    jks_trusted(&b, "twice", root_der());
    jks_trusted(&b, "Twice", root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_JAVA_REPLACED);
    assert_int_equal(entry(&o, 1)->notes, 0);
    assert_int_equal(entry(&o, 2)->notes, 0);
    assert_int_equal(entry(&o, 3)->notes, KS_NOTE_ALIAS_UPPER);
    done(&o, &b);
}

/* Both are shown as the symbol of NUL, and Java keeps both. */
static void a_nul_and_its_symbol_are_two_aliases(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 3);
    jks_trusted(&b, "a\xc0\x80", root_der());
    jks_trusted(&b, "a\xe2\x90\x80", root_der());
    jks_trusted(&b, "a\xc0\x80", root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(entry(&o, i)->alias, "a\xe2\x90\x80");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_JAVA_REPLACED);
    assert_int_equal(entry(&o, 1)->notes, 0);
    assert_int_equal(entry(&o, 2)->notes, 0);
    done(&o, &b);
}

/* Quadratic work would take minutes here. */
static void a_hundred_thousand_duplicates_are_read_in_one_go(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct ks_buf b = jks_begin(JKS, 2, N);
    for (int i = 0; i < N; i++) {
        char alias[16];
        (void)snprintf(alias, sizeof alias, "a%d", i / 2);
        jks_trusted(&b, alias, ks_slice("0", 1));
    }
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), N);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(!!(entry(&o, i)->notes & KS_NOTE_JAVA_REPLACED), i % 2 == 0);
    done(&o, &b);
}

/* ---- certificates ---- */

static void certificates_of_other_types_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        uint32_t notes;
    } cases[] = {
        {"X.509", 0},
        {"X509", 0},
        {"PGP", KS_NOTE_CERT_TYPE | KS_NOTE_JAVA_FATAL},
        {"", KS_NOTE_CERT_TYPE | KS_NOTE_JAVA_FATAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf b = jks_begin(JKS, 2, 1);
        jks_head(&b, 2, "alias", DATE);
        jks_cert(&b, 2, cases[i].type, root_der());
        jks_digest(&b, "changeit");
        struct opened o = open_jks(&b, "changeit");
        assert_int_equal(entry(&o, 0)->notes, cases[i].notes);
        assert_true(ks_slice_equal(ks_cert_der(&entry(&o, 0)->chain[0]), root_der()));
        assert_int_equal(!!(o.store->notes & KS_STORE_JAVA_REFUSES), cases[i].notes != 0);
        if (i == 2)
            assert_non_null(strstr(entry(&o, 0)->comment, "PGP"));
        done(&o, &b);
    }
}

static void the_type_of_a_certificate_is_decoded(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 2), type = KS_BUF_INIT;
    jks_head(&b, 2, "odd", DATE);
    jks_cert(&b, 2, "P\xc0\x80G\xff\xed\xa0\xbd\xed\xb8\x80", root_der());
    for (int i = 0; i < 60000; i++)
        ks_buf_byte(&type, 'x');
    jks_head(&b, 2, "long", DATE);
    jks_cert(&b, 2, ks_buf_text(&type), root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_string_equal(entry(&o, 0)->comment, "certificate of type P\xe2\x90\x80G\xef\xbf\xbd"
                                               "\xf0\x9f\x98\x80");
    assert_true(strlen(entry(&o, 1)->comment) < 300);
    done(&o, &b);
    ks_buf_free(&type);
}

static void a_certificate_that_cannot_be_read_is_kept(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 2);
    jks_trusted(&b, "broken", ks_slice_str("no certificate"));
    jks_trusted(&b, "good", root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_CERT_BROKEN | KS_NOTE_JAVA_FATAL);
    assert_true(entry(&o, 0)->chain[0].flags & KS_CERT_BROKEN);
    assert_true(
        ks_slice_equal(ks_cert_der(&entry(&o, 0)->chain[0]), ks_slice_str("no certificate")));
    assert_int_equal(entry(&o, 1)->notes, 0);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_non_null(strstr(fact(o.store, "Java"), "broken"));
    done(&o, &b);
}

static void a_key_without_certificates_is_noted(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 1), pkcs8 = pkcs8_of("root");
    struct ks_unlocked out;
    struct ks_error err = {0};
    jks_key(&b, "lonely", buf_slice(&pkcs8), "kpw", 0);
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->notes, KS_NOTE_NO_CHAIN);
    assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
    assert_int_equal(out.matches_leaf, -1);
    ks_buf_free(&pkcs8);
    done(&o, &b);
}

static void a_secret_key_in_a_jks_is_listed(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 2);
    jceks_secret(&b, "aes", ks_slice_str("inner"), "kpw");
    jks_trusted(&b, "after", root_der());
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_int_equal(entry(&o, 0)->kind, KS_KIND_SECRET);
    assert_true(entry(&o, 0)->notes & KS_NOTE_JAVA_FATAL);
    assert_non_null(strstr(entry(&o, 0)->comment, "JCEKS"));
    assert_string_equal(entry(&o, 1)->alias, "after");
    done(&o, &b);
}

/* ---- keys ---- */

static void a_key_is_described_and_compared_with_its_leaf(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text;
        int matches;
    } cases[] = {{"root", "EC P-256", 1}, {"other", "EC P-256", 0}, {"rsa2048", "RSA 2048", 0}};
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf b = jks_begin(JKS, 2, 1), pkcs8 = pkcs8_of(cases[i].key);
        struct ks_unlocked out;
        struct ks_error err = {0};
        jks_key(&b, "k", buf_slice(&pkcs8), "kpw", 1);
        jks_cert(&b, 2, "X.509", root_der());
        jks_digest(&b, "changeit");
        struct opened o = open_jks(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
        assert_string_equal(out.algorithm, cases[i].text);
        assert_int_equal(out.matches_leaf, cases[i].matches);
        assert_true(out.has_key_id);
        ks_buf_free(&pkcs8);
        done(&o, &b);
    }
}

static void a_key_with_its_own_password_says_so(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    struct opened o = open_jks(&b, "changeit");
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(unlock(o.store, 0, "changeit", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    assert_non_null(strstr(err.what, "server"));
    assert_int_equal(unlock(o.store, 0, "nonsense", &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "wrong-password");
    assert_int_equal(unlock(o.store, 1, "changeit", &out, &err), KS_ERR_USAGE);
    assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password"); /* the keystore's own was tried */
    done(&o, &b);
}

static void a_key_that_is_no_key_is_damaged(void **state)
{
    (void)state;
    struct ks_buf b = jks_begin(JKS, 2, 1);
    struct ks_unlocked out;
    struct ks_error err = {0};
    jks_head(&b, 1, "k", DATE);
    put_block(&b, ks_slice_str("no EncryptedPrivateKeyInfo"));
    put_u32(&b, 0);
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_non_null(entry(&o, 0)->comment);
    assert_int_equal(unlock(o.store, 0, "changeit", &out, &err), KS_ERR_DAMAGED);
    done(&o, &b);
}

/* ---- listing, jobs ---- */

static char *looks(const struct ks_buf *b, size_t head, uint64_t size)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_format_jks.looks(ks_slice(b->data, head), size, &out);
    return ks_buf_steal(&out);
}

static void a_file_listing_tells_version_and_count(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2), v1 = three_entries(1);
    const struct {
        const struct ks_buf *bytes;
        size_t head;
        uint64_t size;
        const char *text;
    } cases[] = {
        {&b, b.len, b.len, "v2, 3 entries"},
        {&v1, v1.len, v1.len, "v1, 3 entries"},
        {&b, 100, b.len, "v2, 3 entries"}, /* only the head is there */
        {&b, b.len - 1, b.len - 1, "damaged (ends early)"},
        {&b, 300, 300, "damaged (ends early)"},
        {&b, 12, 12, "damaged (ends early)"},
        {&b, 9, 9, "damaged (ends early)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = looks(cases[i].bytes, cases[i].head, cases[i].size);
        assert_string_equal(text, cases[i].text);
        free(text);
        assert_true(ks_format_jks.sniff(ks_slice(cases[i].bytes->data, cases[i].head),
                                        cases[i].size) == 100);
    }
    ks_buf_free(&b);
    ks_buf_free(&v1);
}

static void a_cancelled_load_stops(void **state)
{
    (void)state;
    struct ks_buf b = three_entries(2);
    struct ks_secret *pw = ks_secret_new("changeit", 8);
    struct ks_store *store = ks_store_new("test.ks", ks_blob_copy(buf_slice(&b)));
    struct ks_job *job = ks_job_new();
    struct ks_error err = {0};
    ks_job_cancel(job);
    assert_int_equal(ks_format_jks.load(store, pw, job, &err), KS_ERR_CANCELLED);
    ks_job_free(job);
    ks_store_free(store);
    ks_secret_free(pw);
    ks_buf_free(&b);
}

static int clean_up(void **state)
{
    (void)state;
    ks_blob_unref(root_cert());
    return 0;
}

/* Version 1 with an extension. */
static void a_certificate_that_java_refuses_is_noted(void **state)
{
    (void)state;
    struct ks_buf cert = der_text("30{30{02:05 30{06=1.3.101.112} 30{31{30{06=2.5.4.3 0c'n'}}}"
                                  "30{17'250101000000Z' 17'300101000000Z'}"
                                  "30{31{30{06=2.5.4.3 0c'n'}}} 30{30{06=1.3.101.112} 03:00aa}"
                                  "a3{30{30{06=2.5.29.19 04{30{}}}}}} 30{06=1.3.101.112} 03:0011}");
    struct ks_buf b = jks_begin(JKS, 2, 2);
    jks_trusted(&b, "sound", root_der());
    jks_trusted(&b, "odd", der_slice(&cert));
    jks_digest(&b, "changeit");
    struct opened o = open_jks(&b, "changeit");
    assert_false(entry(&o, 0)->notes & KS_NOTE_JAVA_FATAL);
    assert_true(entry(&o, 1)->notes & KS_NOTE_JAVA_FATAL);
    assert_false(entry(&o, 1)->notes & KS_NOTE_CERT_BROKEN);
    assert_string_equal(entry(&o, 1)->comment, "a certificate that Java refuses: it has extensions,"
                                               " but is not of version 3");
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    assert_string_equal(fact(o.store, "Java"),
                        "refuses the whole file: entry odd has a certificate that Java refuses");
    ks_buf_free(&cert);
    done(&o, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_java_refuses_is_noted),
        cmocka_unit_test(the_known_empty_stores_verify),
        cmocka_unit_test(entries_come_in_file_order_with_their_bytes),
        cmocka_unit_test(the_summary_says_what_is_inside),
        cmocka_unit_test(entries_outlive_their_store),
        cmocka_unit_test(without_a_password_the_list_is_not_verified),
        cmocka_unit_test(a_wrong_password_is_not_damage),
        cmocka_unit_test(an_altered_byte_is_noticed),
        cmocka_unit_test(an_empty_password_is_a_password),
        cmocka_unit_test(a_store_cut_anywhere_lists_what_is_left),
        cmocka_unit_test(damage_is_told_with_numbers),
        cmocka_unit_test(a_wrong_length_is_no_crash_and_never_verified),
        cmocka_unit_test(a_wrong_number_of_entries_is_found_out),
        cmocka_unit_test(the_right_password_shows_even_when_an_entry_is_broken),
        cmocka_unit_test(a_length_that_is_too_long_is_not_called_truncated),
        cmocka_unit_test(a_negative_length_is_named),
        cmocka_unit_test(bytes_after_the_digest_are_noted),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(an_endless_chain_is_bounded),
        cmocka_unit_test(aliases_are_decoded_and_kept_raw),
        cmocka_unit_test(the_longest_alias_is_read),
        cmocka_unit_test(of_two_equal_aliases_java_keeps_the_later),
        cmocka_unit_test(a_nul_and_its_symbol_are_two_aliases),
        cmocka_unit_test(a_hundred_thousand_duplicates_are_read_in_one_go),
        cmocka_unit_test(certificates_of_other_types_are_kept),
        cmocka_unit_test(the_type_of_a_certificate_is_decoded),
        cmocka_unit_test(a_certificate_that_cannot_be_read_is_kept),
        cmocka_unit_test(a_key_without_certificates_is_noted),
        cmocka_unit_test(a_secret_key_in_a_jks_is_listed),
        cmocka_unit_test(a_key_is_described_and_compared_with_its_leaf),
        cmocka_unit_test(a_key_with_its_own_password_says_so),
        cmocka_unit_test(a_key_that_is_no_key_is_damaged),
        cmocka_unit_test(a_file_listing_tells_version_and_count),
        cmocka_unit_test(a_cancelled_load_stops),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
