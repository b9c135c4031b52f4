#include "make_bks.h"

#include <nettle/twofish.h>

#define EMPTY                                                                                      \
    "0000000100000014" S20 "00000400"                                                              \
    "21c2871fb31b3e3bc25070d5eb3fec0c5c9b7158b4064898b8a588ea2a8402bf"

static struct ks_slice root_der(void)
{
    static struct ks_blob *made;
    if (!made)
        made = make_cert(&(struct make_cert){.cn = "root"});
    return ks_blob_slice(made);
}

static struct opened open_uber(const struct ks_buf *bytes, const char *password)
{
    return open_store(&ks_format_uber, bytes, password);
}

static struct ks_slice aes_key(void)
{
    return ks_slice("sixteen octets!!", 16);
}

/* ---- files made here ---- */

/* The end mark and SHA-1 behind some records. */
static void put_end(struct ks_buf *records)
{
    uint8_t digest[KS_SHA1_LEN];
    ks_buf_byte(records, 0);
    ks_sha1(buf_slice(records), digest);
    ks_buf_append(records, digest, sizeof digest);
}

static void put_padding(struct ks_buf *inner)
{
    size_t pad = 16 - inner->len % 16;
    for (size_t i = 0; i < pad; i++)
        ks_buf_byte(inner, (uint8_t)pad);
}

static void derive(uint8_t id, uint32_t rounds, const char *password, uint8_t *out, size_t len)
{
    struct ks_buf salt = hex_bytes(S20);
    struct ks_secret *pw = secret_of(password), *wide = ks_bks_password(pw);
    assert_int_equal(ks_kdf_pkcs12("SHA1", id, ks_secret_bytes(wide), buf_slice(&salt), rounds, out,
                                   len, NULL, NULL),
                     KS_OK);
    ks_secret_free(pw);
    ks_secret_free(wide);
    ks_buf_free(&salt);
}

/* Whole blocks under Twofish in CBC mode, written out; uses up `inner`. */
static struct ks_buf encrypted(struct ks_buf *inner, uint32_t rounds, const char *password)
{
    struct ks_buf out = bks_begin(1, rounds);
    struct twofish_ctx ctx;
    uint8_t key[32], block[16];

    assert_int_equal(inner->len % 16, 0);
    derive(1, rounds, password, key, sizeof key);
    derive(2, rounds, password, block, sizeof block);
    twofish_set_key(&ctx, sizeof key, key);
    for (size_t at = 0; at < inner->len; at += 16) {
        for (size_t i = 0; i < 16; i++)
            block[i] ^= inner->data[at + i];
        twofish_encrypt(&ctx, 16, block, block);
        ks_buf_append(&out, block, 16);
    }
    ks_buf_free(inner);
    return out;
}

static void put_records(struct ks_buf *b)
{
    bks_private(b, "server", "root", root_der(), "kpw");
    bks_trusted(b, "Root", root_der());
    bks_trusted(b, "root", root_der());
    bks_secret(b, "aes", "AES", aes_key(), "changeit");
}

static struct ks_buf four_entries(void)
{
    struct ks_buf inner = KS_BUF_INIT;
    put_records(&inner);
    put_end(&inner);
    put_padding(&inner);
    return encrypted(&inner, 1024, "changeit");
}

/* ---- sound files ---- */

static void the_known_empty_store_verifies(void **state)
{
    (void)state;
    struct ks_buf b = hex_bytes(EMPTY);
    struct opened o = open_uber(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 0);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_int_equal(o.store->damage.code, KS_OK);
    assert_string_equal(fact(o.store, "Encrypted with"),
                        "Twofish-256-CBC, PKCS#12 KDF-SHA1, 1024 iterations");
    done(&o, &b);
}

static void what_is_made_here_is_the_known_store(void **state)
{
    (void)state;
    struct ks_buf inner = KS_BUF_INIT, want = hex_bytes(EMPTY);
    put_end(&inner);
    put_padding(&inner);
    struct ks_buf b = encrypted(&inner, 1024, "changeit");
    assert_true(ks_slice_equal(buf_slice(&b), buf_slice(&want)));
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static void nothing_is_listed_without_the_password(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct opened o = open_uber(&b, NULL);
    assert_int_equal(o.rc, KS_ERR_PASSWORD_NEEDED);
    assert_true(o.err.next[0]);
    static const char *const wrong[] = {"", "Changeit", "changeit ", "x"};
    for (size_t i = 0; i < 4; i++) {
        o = open_uber(&b, wrong[i]);
        assert_int_equal(o.rc, KS_ERR_PASSWORD);
        assert_string_equal(o.err.slug, "wrong-password");
    }
    ks_buf_free(&b);
}

static void entries_come_in_file_order_and_point_inside(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct opened o = open_uber(&b, "changeit");
    static const char *const aliases[] = {"server", "Root", "root", "aes"};
    static const enum ks_kind kinds[] = {KS_KIND_KEY, KS_KIND_TRUSTED, KS_KIND_TRUSTED,
                                         KS_KIND_SECRET};
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 4);
    assert_non_null(o.store->inner);
    const uint8_t *at = o.store->inner->data;
    for (size_t i = 0; i < 4; i++) {
        const struct ks_entry *e = entry(&o, i);
        assert_string_equal(e->alias, aliases[i]);
        assert_int_equal(e->kind, kinds[i]);
        assert_int_equal(e->notes, 0);
        assert_ptr_equal(e->pieces[0].raw.data, at);
        at += e->pieces[0].raw.len;
    }
    struct ks_unlocked out;
    struct ks_error err = {0};
    assert_int_equal(unlock(o.store, 0, "kpw", &out, &err), KS_OK);
    assert_int_equal(out.matches_leaf, 1);
    assert_int_equal(ks_unlock(o.store, entry(&o, 0), NULL, NULL, &out, &err), KS_ERR_PASSWORD);
    assert_string_equal(err.slug, "entry-password");
    assert_int_equal(ks_unlock(o.store, entry(&o, 3), NULL, NULL, &out, &err), KS_OK);
    assert_string_equal(out.algorithm, "AES 128");
    done(&o, &b);
}

static void entries_outlive_their_store(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct opened o = open_uber(&b, "changeit");
    struct ks_entry *kept = ks_entry_ref((struct ks_entry *)(uintptr_t)entry(&o, 1));
    done(&o, &b);
    assert_true(ks_slice_equal(ks_cert_der(&kept->chain[0]), root_der()));
    ks_entry_unref(kept);
}

/* ---- damaged and hostile files ---- */

static void iterations_have_a_bound(void **state)
{
    (void)state;
    static const struct {
        uint32_t rounds;
        enum ks_code rc;
    } cases[] = {{65537, KS_ERR_LIMIT},
                 {INT32_MAX, KS_ERR_LIMIT},
                 {0x80000000u, KS_ERR_DAMAGED},
                 {65536, KS_ERR_PASSWORD}};
    for (size_t i = 0; i < 4; i++) {
        struct ks_buf b = bks_begin(1, cases[i].rounds);
        ks_buf_append(&b, "0123456789abcdef", 16);
        struct opened o = open_uber(&b, "changeit");
        assert_int_equal(o.rc, cases[i].rc);
        ks_buf_free(&b);
    }
}

static void an_altered_digest_is_damage_not_a_wrong_password(void **state)
{
    (void)state;
    struct ks_buf inner = KS_BUF_INIT;
    put_records(&inner);
    put_end(&inner);
    inner.data[inner.len - 1] ^= 1;
    put_padding(&inner);
    struct ks_buf b = encrypted(&inner, 1024, "changeit");
    struct opened o = open_uber(&b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 4);
    assert_string_equal(o.store->damage.slug, "bad-digest");
    assert_int_equal(o.store->integrity, KS_INTEGRITY_BAD);
    assert_true(o.store->notes & KS_STORE_JAVA_REFUSES);
    done(&o, &b);
}

static void of_a_cut_file_the_whole_entries_are_listed(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    size_t before = 0;
    for (size_t len = 0; len < b.len; len++) {
        struct ks_buf cut = KS_BUF_INIT;
        ks_buf_append(&cut, b.data, len);
        struct opened o = open_uber(&cut, "changeit");
        if (len < 32 + 16)
            assert_int_equal(o.rc, KS_ERR_DAMAGED);
        if (o.rc != KS_OK) {
            assert_true(o.err.what[0]);
            assert_int_equal(before, 0);
        } else {
            /* All but the padding is all that counts. */
            if (o.store->integrity != KS_INTEGRITY_VERIFIED)
                assert_string_equal(o.store->damage.slug, "truncated");
            assert_true(ks_store_count(o.store) >= before);
            before = ks_store_count(o.store);
        }
        done(&o, &cut);
    }
    assert_int_equal(before, 4);
    ks_buf_free(&b);
}

static void bytes_behind_the_end_are_reported_and_ignored(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    ks_buf_append(&b, "0123456789abcdef", 16);
    struct opened o = open_uber(&b, "changeit");
    assert_int_equal(ks_store_count(o.store), 4);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    assert_int_equal(o.store->damage.code, KS_OK);
    assert_true(o.store->notes & KS_STORE_TRAILING);
    done(&o, &b);
}

/* Every length inside, which only somebody who knows the password can forge. */
static void lengths_inside_may_lie(void **state)
{
    (void)state;
    static const uint32_t values[] = {0, INT32_MAX, UINT32_MAX};
    struct ks_buf plain = KS_BUF_INIT;
    bks_trusted(&plain, "a", ks_slice("0123", 4));
    bks_head(&plain, 3, "c", 0);
    put_block(&plain, ks_slice_str("bytes"));
    put_end(&plain);
    for (size_t at = 0; at + 4 <= plain.len; at++) {
        for (size_t v = 0; v < 3; v++) {
            struct ks_buf inner = KS_BUF_INIT;
            ks_buf_slice(&inner, buf_slice(&plain));
            for (size_t i = 0; i < 4; i++)
                inner.data[at + i] = (uint8_t)(values[v] >> (24 - 8 * i));
            put_padding(&inner);
            struct ks_buf b = encrypted(&inner, 1, "changeit");
            struct opened o = open_uber(&b, "changeit");
            if (o.rc == KS_OK)
                assert_true(o.store->damage.what[0] || o.store->integrity == KS_INTEGRITY_VERIFIED);
            else
                assert_true(o.err.what[0]);
            done(&o, &b);
        }
    }
    ks_buf_free(&plain);
}

/* As to Bouncy Castle, which does not read that far. */
static void a_padding_that_is_none_does_not_matter(void **state)
{
    (void)state;
    static const uint8_t last[] = {0, 17, 255};
    for (size_t i = 0; i < 3; i++) {
        struct ks_buf inner = KS_BUF_INIT;
        put_end(&inner);
        while (inner.len % 16)
            ks_buf_byte(&inner, last[i]);
        struct ks_buf b = encrypted(&inner, 1, "changeit");
        struct opened o = open_uber(&b, "changeit");
        assert_int_equal(o.rc, KS_OK);
        assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
        done(&o, &b);
    }
}

static void other_versions_are_not_opened(void **state)
{
    (void)state;
    static const uint8_t versions[] = {0, 3};
    for (size_t i = 0; i < 2; i++) {
        struct ks_buf b = four_entries();
        b.data[3] = versions[i];
        struct opened o = open_uber(&b, "changeit");
        assert_int_equal(o.rc, KS_ERR_UNSUPPORTED);
        ks_buf_free(&b);
    }
}

static void opening_can_be_stopped(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct ks_job *job = ks_job_new();
    struct ks_secret *pw = secret_of("changeit");
    struct ks_store *s = ks_store_new("a", ks_blob_copy(buf_slice(&b)));
    struct ks_error err = {0};
    s->format = &ks_format_uber;
    ks_job_cancel(job);
    assert_int_equal(ks_format_uber.load(s, pw, job, &err), KS_ERR_CANCELLED);
    ks_store_free(s);
    ks_secret_free(pw);
    ks_job_free(job);
    ks_buf_free(&b);
}

/* ---- writing ---- */

static void saving_renews_the_salt_and_keeps_every_byte_inside(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct opened o = open_uber(&b, "changeit");
    struct ks_buf out = save_version(o.store, o.store->now);
    struct opened again = open_uber(&out, "changeit");
    assert_int_equal(again.rc, KS_OK);
    assert_int_equal(again.store->damage.code, KS_OK);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.data, b.data, 8); /* version, length of the salt */
    assert_memory_not_equal(out.data + 8, b.data + 8, KS_BKS_SALT);
    assert_memory_equal(out.data + 28, b.data + 28, 4); /* iterations */
    assert_memory_not_equal(out.data + 32, b.data + 32, 16);
    assert_true(ks_slice_equal(ks_blob_slice(again.store->inner), ks_blob_slice(o.store->inner)));
    done(&again, &out);
    done(&o, &b);
}

static void only_the_renamed_record_changes(void **state)
{
    (void)state;
    struct ks_buf b = four_entries();
    struct opened o = open_uber(&b, "changeit");
    rename_entry(o.store, 1, "ROOT");
    set_password(o.store, "");
    struct ks_buf out = save_version(o.store, o.store->now);
    struct opened again = open_uber(&out, "");
    assert_int_equal(ks_store_count(again.store), 4);
    assert_string_equal(entry(&again, 1)->alias, "ROOT");
    for (size_t i = 0; i < 4; i++)
        if (i != 1)
            assert_true(ks_slice_equal(entry(&again, i)->pieces[0].raw,
                                       ks_store_entry(o.store, i)->pieces[0].raw));
    struct ks_unlocked told;
    assert_int_equal(unlock(again.store, 3, "changeit", &told, NULL), KS_OK);
    done(&again, &out);
    done(&o, &b);
}

static void bytes_behind_the_digest_stay(void **state)
{
    (void)state;
    struct ks_buf inner = KS_BUF_INIT;
    put_records(&inner);
    put_end(&inner);
    ks_buf_str(&inner, "trailing");
    put_padding(&inner);
    struct ks_buf b = encrypted(&inner, 1, "changeit");
    struct opened o = open_uber(&b, "changeit");
    assert_true(o.store->notes & KS_STORE_TRAILING);
    struct ks_buf out = save_version(o.store, o.store->now);
    struct opened again = open_uber(&out, "changeit");
    assert_true(ks_slice_equal(ks_blob_slice(again.store->inner), ks_blob_slice(o.store->inner)));
    done(&again, &out);
    done(&o, &b);
}

static void a_new_store_is_written_and_needs_a_password(void **state)
{
    (void)state;
    struct ks_store *s = new_store(&ks_format_uber, "p\xc3\xa4ss");
    struct ks_cert cert;
    assert_true(ks_cert_skim(root_der(), &cert));
    struct ks_entry_draft trusted = {.kind = KS_KIND_TRUSTED,
                                     .created = 77,
                                     .alias = ks_strdup("Root"),
                                     .chain = &cert,
                                     .chain_len = 1};
    put_entry_draft(s, 0, &trusted);
    struct ks_buf out = save_version(s, s->now), none = KS_BUF_INIT;
    struct opened o = open_uber(&out, "p\xc3\xa4ss");
    assert_int_equal(ks_store_count(o.store), 1);
    assert_true(entry(&o, 0)->created == 77);
    assert_ptr_equal(ks_format_detect(buf_slice(&out), out.len), &ks_format_uber);

    struct ks_version *locked =
        ks_version_new("", ks_version_entries(s->now, 0), 1, NULL, KS_PROTECT_KEEP);
    struct ks_error err = {0};
    assert_int_equal(ks_format_uber.save(s, locked, NULL, &none, &err), KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(none.len, 0);
    ks_version_unref(locked);
    ks_store_free(s);
    done(&o, &out);
}

/* Records of a BKS are the same bytes, but only what was sealed for this type is taken. */
static void an_entry_of_a_bks_is_made_anew(void **state)
{
    (void)state;
    struct ks_buf b = bks_begin(2, 1024);
    put_records(&b);
    bks_head(&b, 3, "bytes", 0);
    put_block(&b, ks_slice_str("bytes"));
    bks_sign(&b, "changeit");
    struct opened bks = open_store(&ks_format_bks, &b, "changeit");
    struct ks_store *s = new_store(&ks_format_uber, "changeit");
    for (size_t i = 0; i < 4; i++) {
        struct ks_entry_draft draft = ks_entry_draft_of(entry(&bks, i));
        draft.pieces = NULL;
        draft.piece_count = 0;
        put_entry_draft(s, i, &draft);
    }
    assert_non_null(ks_format_uber.refuses(entry(&bks, 4)));
    struct ks_buf out = save_version(s, s->now);
    struct opened o = open_uber(&out, "changeit");
    struct ks_unlocked told;
    assert_int_equal(ks_store_count(o.store), 4);
    assert_int_equal(unlock(o.store, 0, "kpw", &told, NULL), KS_OK);
    assert_int_equal(told.matches_leaf, 1);
    assert_int_equal(unlock(o.store, 3, "changeit", &told, NULL), KS_OK);
    ks_store_free(s);
    done(&o, &out);
    done(&bks, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_empty_store_verifies),
        cmocka_unit_test(what_is_made_here_is_the_known_store),
        cmocka_unit_test(nothing_is_listed_without_the_password),
        cmocka_unit_test(entries_come_in_file_order_and_point_inside),
        cmocka_unit_test(entries_outlive_their_store),
        cmocka_unit_test(iterations_have_a_bound),
        cmocka_unit_test(an_altered_digest_is_damage_not_a_wrong_password),
        cmocka_unit_test(of_a_cut_file_the_whole_entries_are_listed),
        cmocka_unit_test(bytes_behind_the_end_are_reported_and_ignored),
        cmocka_unit_test(lengths_inside_may_lie),
        cmocka_unit_test(a_padding_that_is_none_does_not_matter),
        cmocka_unit_test(other_versions_are_not_opened),
        cmocka_unit_test(opening_can_be_stopped),
        cmocka_unit_test(saving_renews_the_salt_and_keeps_every_byte_inside),
        cmocka_unit_test(only_the_renamed_record_changes),
        cmocka_unit_test(bytes_behind_the_digest_stay),
        cmocka_unit_test(a_new_store_is_written_and_needs_a_password),
        cmocka_unit_test(an_entry_of_a_bks_is_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
