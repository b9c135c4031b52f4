/* What JKS and JCEKS files become when they are written. */
#include "format/jks_internal.h"
#include "make_cert.h"
#include "make_store.h"

#include "base/text.h"

static struct ks_blob *root, *leaf;

static struct ks_slice der(void)
{
    return ks_blob_slice(root);
}

static struct ks_buf save(const struct ks_store *s)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    enum ks_code rc = s->format->save(s, s->now, NULL, &out, &err);
    if (rc != KS_OK)
        fail_msg("%s", err.what);
    return out;
}

static void assert_same_bytes(const struct ks_buf *a, const struct ks_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

static void assert_sha256(struct ks_slice bytes, const char *expected)
{
    uint8_t digest[KS_SHA256_LEN];
    ks_sha256(bytes, digest);
    char *hex = hex_of(digest, sizeof digest);
    assert_string_equal(hex, expected);
    free(hex);
}

/* A store that was never a file. */
static struct ks_store *fresh(const struct ks_format *format, const char *password)
{
    struct ks_store *s = ks_store_new("new.ks", ks_blob_copy(ks_slice(NULL, 0)));
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    s->format = format;
    ks_store_learn(s, pw);
    ks_secret_free(pw);
    return s;
}

/* The present with `e` (taken) in place of the entry at `index`, or behind all. */
static void put(struct ks_store *s, size_t index, struct ks_entry *e)
{
    struct ks_entry **list = ks_version_entries(s->now, 1);
    size_t count = s->now->count;
    if (index < count)
        ks_entry_unref(list[index]);
    else
        count++;
    list[index] = e;
    ks_store_push(s, ks_version_new("edited", list, count, ks_secret_ref(s->now->password),
                                    s->now->protection));
}

static struct ks_entry *renamed(const struct ks_entry *e, const char *alias)
{
    struct ks_entry_draft d = ks_entry_draft_of(e);
    free(d.alias);
    d.alias = ks_strdup(alias);
    d.alias_raw = ks_slice(NULL, 0);
    d.edited |= KS_EDITED_ALIAS;
    return ks_entry_new(&d);
}

static void delete_at(struct ks_store *s, size_t index)
{
    struct ks_entry **list = ks_version_entries(s->now, 0);
    ks_entry_unref(list[index]);
    for (size_t i = index; i + 1 < s->now->count; i++)
        list[i] = list[i + 1];
    ks_store_push(s, ks_version_new("deleted", list, s->now->count - 1,
                                    ks_secret_ref(s->now->password), KS_PROTECT_KEEP));
}

static struct opened again(const struct ks_store *s, const struct ks_buf *bytes)
{
    struct opened o = open_bytes(s->format, bytes, "changeit");
    if (o.rc != KS_OK)
        fail_msg("%s", o.err.what);
    assert_int_equal(o.store->integrity, KS_INTEGRITY_VERIFIED);
    return o;
}

/* ---- known answers ---- */

static void empty_stores_are_javas_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const struct ks_format *format;
        const char *want;
    } cases[] = {
        {&ks_format_jks, "feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792"},
        {&ks_format_jceks, "cececece0000000200000000f4922c1e8cc08b94e34d21fa489599303216d4c0"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = fresh(cases[i].format, "changeit");
        struct ks_buf want = hex_bytes(cases[i].want), got = save(s);
        assert_same_bytes(&want, &got);
        ks_buf_free(&want);
        ks_buf_free(&got);
        ks_store_free(s);
    }
}

static void the_digest_takes_any_password(void **state)
{
    (void)state;
    struct ks_store *s = fresh(&ks_format_jks, "p\xc3\xa4ss\xe2\x82\xac\xf0\x9f\x98\x80");
    struct ks_buf want = hex_bytes("a1ea6ad898e6e0408cb1728eb9c1bf945b7bbbaa"), got = save(s);
    assert_memory_equal(got.data + KS_JKS_HEADER, want.data, want.len);
    ks_buf_free(&want);
    ks_buf_free(&got);
    ks_store_free(s);
}

static void the_key_protector_gives_the_known_answer(void **state)
{
    (void)state;
    uint8_t plain[32];
    struct ks_sealed sealed;
    struct ks_secret *pw = ks_secret_new("changeit", 8);
    for (uint8_t i = 0; i < sizeof plain; i++)
        plain[i] = i;
    assert_true(ks_jks_protect(ks_slice(plain, 32), pw, plain, &sealed));
    struct ks_buf want = hex_bytes(
        "305a300e060a2b060104012a0211010105000448"
        "000102030405060708090a0b0c0d0e0f1011121300bb47e36875a1c29bb5ae018aca62984f6cb0810f696d7a"
        "7567f228cc49e32dceb10bf1d4feb125b126764fdbbb062d13811b96");
    assert_int_equal(sealed.key->len, want.len);
    assert_memory_equal(sealed.key->data, want.data, want.len);
    assert_int_equal(sealed.kind, KS_KIND_KEY);
    ks_blob_unref(sealed.key);
    ks_secret_free(pw);
    ks_buf_free(&want);
}

static struct ks_sealed seal_known(enum ks_material_type type, const char *algorithm,
                                   struct ks_slice bytes, const char *password)
{
    struct ks_sealed sealed = {0};
    struct ks_error err = {0};
    struct ks_material m = {.type = type, .bytes = ks_secret_new(bytes.data, bytes.len)};
    struct ks_secret *pw = ks_secret_new(password, strlen(password));
    struct ks_jceks_sealing how = {
        .password = pw, .salt = {1, 2, 3, 4, 5, 6, 7, 8}, .rounds = 20};
    memcpy(m.algorithm, algorithm, strlen(algorithm) + 1);
    assert_int_equal(ks_jceks_seal_with(&how, &m, &sealed, &err), KS_OK);
    ks_material_drop(&m);
    ks_secret_free(pw);
    return sealed;
}

static struct ks_entry *sealed_entry(const char *alias, struct ks_sealed sealed,
                                     const struct ks_format *home)
{
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){
        .kind = (uint8_t)sealed.kind,
        .home = home,
        .created = 1000000000000,
        .alias = ks_strdup(alias),
        .key = ks_blob_slice(sealed.key),
        .key_format = sealed.key_format,
        .blobs = &sealed.key,
        .blob_count = 1,
    });
    ks_blob_unref(sealed.key);
    return e;
}

static void a_secret_key_is_sealed_as_java_seals_it(void **state)
{
    (void)state;
    uint8_t key[16];
    for (uint8_t i = 0; i < sizeof key; i++)
        key[i] = i;
    struct ks_sealed sealed =
        seal_known(KS_MATERIAL_SECRET, "AES", ks_slice(key, sizeof key), "kpw");
    assert_int_equal(sealed.key->len, 447);
    assert_sha256(ks_blob_slice(sealed.key),
                  "49fb31ca48d90f7e53b6d7d2963e831d2a60163c0f1a8ca5b2b43653b9b9b47d");

    struct ks_store *s = fresh(&ks_format_jceks, "changeit");
    put(s, 0, sealed_entry("aes", sealed, &ks_format_jceks));
    struct ks_buf got = save(s);
    assert_int_equal(got.len, 496);
    assert_sha256(buf_slice(&got),
                  "de47b562c147021db2862be76e33e0dc10ce81d7570e0a1199644f74c68f203d");
    ks_buf_free(&got);
    ks_store_free(s);
}

/* ---- sealing and opening again ---- */

static void check_round_trip(const struct ks_format *format, const struct ks_material *m)
{
    struct ks_store *s = fresh(format, "changeit");
    struct ks_sealed sealed;
    struct ks_error err = {0};
    struct ks_secret *pw = ks_secret_new("its own", 7);
    struct ks_material back;

    assert_int_equal(format->seal(s, s->now, m, pw, NULL, &sealed, &err), KS_OK);
    struct ks_entry *e = sealed_entry("x", sealed, format);
    assert_int_equal(format->reveal(s, e, pw, NULL, &back, &err), KS_OK);
    assert_int_equal(back.type, m->type);
    assert_string_equal(back.algorithm, m->algorithm);
    assert_true(ks_secret_equal(back.bytes, m->bytes));
    ks_material_drop(&back);
    assert_int_equal(format->reveal(s, e, NULL, NULL, &back, &err), KS_ERR_PASSWORD);
    ks_secret_free(pw);
    ks_entry_unref(e);
    ks_store_free(s);
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

static void what_was_sealed_is_revealed_with_its_password_only(void **state)
{
    (void)state;
    struct ks_material private_key = {.bytes = pkcs8_of("leaf")};
    struct ks_material secret = {
        .type = KS_MATERIAL_SECRET, .algorithm = "HmacSHA256", .bytes = ks_secret_new("12345", 5)};
    struct ks_material password = {.type = KS_MATERIAL_PASSWORD,
                                   .algorithm = "PBEWithMD5AndDES",
                                   .bytes = ks_secret_new("p\xc3\xa4ss", 5)};
    check_round_trip(&ks_format_jks, &private_key);
    check_round_trip(&ks_format_jceks, &private_key);
    check_round_trip(&ks_format_jceks, &secret);
    check_round_trip(&ks_format_jceks, &password);
    ks_material_drop(&private_key);
    ks_material_drop(&secret);
    ks_material_drop(&password);
}

static void what_the_type_cannot_hold_is_not_sealed(void **state)
{
    (void)state;
    struct ks_store *s = fresh(&ks_format_jks, "changeit");
    struct ks_material m = {.type = KS_MATERIAL_SECRET, .bytes = ks_secret_new("1", 1)};
    struct ks_material empty = {.type = KS_MATERIAL_PASSWORD, .bytes = ks_secret_new("", 0)};
    struct ks_sealed sealed;
    struct ks_error err = {0};
    assert_int_equal(ks_format_jks.seal(s, s->now, &m, m.bytes, NULL, &sealed, &err),
                     KS_ERR_REFUSED);
    assert_string_equal(err.slug, "type-loss");
    assert_non_null(strstr(err.what, "JKS holds no secret keys"));
    assert_int_equal(ks_format_jceks.seal(s, s->now, &empty, m.bytes, NULL, &sealed, &err),
                     KS_ERR_REFUSED);
    ks_material_drop(&m);
    ks_material_drop(&empty);
    ks_store_free(s);
}

/* ---- nothing edited, nothing changed ---- */

static struct ks_buf sample(uint32_t magic, uint32_t version)
{
    struct ks_buf b = jks_begin(magic, version, 3);
    struct ks_secret *key = pkcs8_of("leaf");
    jks_head(&b, 2, "Upper Case", -5);
    jks_cert(&b, version, "X509", der());
    jks_key(&b, "leaf", ks_secret_bytes(key), "its own", 2);
    jks_cert(&b, version, "X.509", ks_blob_slice(leaf));
    jks_cert(&b, version, "PGP", der());
    jks_head_raw(&b, 2, ks_slice("\xf0\x9f\x98\x80\0", 5), 7);
    jks_cert(&b, version, "X.509", ks_slice_str("no certificate"));
    jks_digest(&b, "changeit");
    ks_secret_free(key);
    return b;
}

static void check_unchanged(struct ks_buf bytes, const struct ks_format *format)
{
    struct opened o = open_bytes(format, &bytes, "changeit");
    assert_int_equal(o.rc, KS_OK);
    struct ks_buf out = save(o.store);
    assert_same_bytes(&bytes, &out);
    ks_buf_free(&out);
    ks_buf_free(&bytes);
    ks_store_free(o.store);
}

static void an_untouched_store_is_written_byte_for_byte(void **state)
{
    (void)state;
    check_unchanged(sample(JKS, 2), &ks_format_jks);
    check_unchanged(sample(JKS, 1), &ks_format_jks);
    check_unchanged(sample(JCEKS, 2), &ks_format_jceks);
    check_unchanged(sample(JCEKS, 1), &ks_format_jceks);
}

static void bytes_behind_the_digest_stay(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2);
    ks_buf_str(&b, "and more");
    check_unchanged(b, &ks_format_jks);
}

static struct ks_buf with_secret(void)
{
    struct ks_buf b = jks_begin(JCEKS, 2, 2);
    jks_head(&b, 3, "s", 5);
    struct ks_sealed sealed =
        seal_known(KS_MATERIAL_SECRET, "AES", ks_slice_str("0123456789abcdef"), "kpw");
    ks_buf_slice(&b, ks_blob_slice(sealed.key));
    ks_blob_unref(sealed.key);
    jks_trusted(&b, "root", der());
    jks_digest(&b, "changeit");
    return b;
}

static void secret_keys_stay_as_they_are_sealed(void **state)
{
    (void)state;
    check_unchanged(with_secret(), &ks_format_jceks);
}

/* An Externalizable object of the old protocol: its data has no visible end. */
static struct ks_buf with_endless_object(void)
{
    struct ks_buf b = jks_begin(JCEKS, 2, 4);
    struct ks_buf object = hex_bytes("aced0005737200036f6c640000000000000001040000787000010203");
    jks_trusted(&b, "first", der());
    jks_head(&b, 3, "endless", 5);
    ks_buf_slice(&b, buf_slice(&object));
    jks_trusted(&b, "hidden", der());
    jks_trusted(&b, "hidden too", der());
    jks_digest(&b, "changeit");
    ks_buf_free(&object);
    return b;
}

static void what_an_endless_object_hides_stays_behind_it(void **state)
{
    (void)state;
    struct ks_buf b = with_endless_object();
    struct opened o = open_bytes(&ks_format_jceks, &b, "changeit");
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 2);
    struct ks_buf out = save(o.store);
    assert_same_bytes(&b, &out);
    ks_buf_free(&out);

    struct ks_entry *more = make_entry(KS_KIND_TRUSTED, "more", 0, 1, ks_blob_ref(root));
    put(o.store, 2, more);
    out = save(o.store);
    struct opened back = open_bytes(&ks_format_jceks, &out, "changeit");
    assert_int_equal(back.rc, KS_OK);
    assert_int_equal(ks_store_count(back.store), 3);
    assert_string_equal(ks_store_entry(back.store, 1)->alias, "more");
    assert_true(ks_store_entry(back.store, 2)->notes & KS_NOTE_UNREACHABLE);
    assert_int_equal(out.data[11], 5); /* what is hidden is still counted */
    ks_store_free(back.store);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

/* ---- edits ---- */

static void a_renamed_entry_keeps_everything_else(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2);
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    put(o.store, 1, renamed(ks_store_entry(o.store, 1), "le\xc3\xa4\xf0\x9f\x98\x80"));
    struct ks_buf out = save(o.store);
    struct opened back = again(o.store, &out);
    const struct ks_entry *was = o.store->saved->entries[1], *is = ks_store_entry(back.store, 1);
    assert_string_equal(is->alias, "le\xc3\xa4\xf0\x9f\x98\x80");
    assert_int_equal(is->alias_raw.len, 10); /* a pair of surrogates, each three bytes */
    assert_int_equal(is->created, was->created);
    size_t head = 4 + 2 + 8;
    struct ks_slice a = ks_slice_part(was->pieces[0].raw, head + was->alias_raw.len, SIZE_MAX / 2);
    struct ks_slice c = ks_slice_part(is->pieces[0].raw, head + is->alias_raw.len, SIZE_MAX / 2);
    assert_true(ks_slice_equal(a, c)); /* with the odd certificate type */
    for (size_t i = 0; i < 3; i += 2)
        assert_true(ks_slice_equal(o.store->saved->entries[i]->pieces[0].raw,
                                   ks_store_entry(back.store, i)->pieces[0].raw));
    ks_store_free(back.store);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

static void a_new_chain_keeps_the_key_and_a_new_key_the_chain(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct ks_buf b = sample(JKS, version);
        struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
        struct ks_slice key = ks_slice_str("a key"), old_key = ks_store_entry(o.store, 1)->key;
        struct ks_entry_draft d = ks_entry_draft_of(ks_store_entry(o.store, 1));
        d.chain_len = 1;
        d.edited = KS_EDITED_CHAIN | KS_EDITED_DATE;
        d.created = 99;
        put(o.store, 1, ks_entry_new(&d));
        struct ks_buf out = save(o.store);
        struct opened back = again(o.store, &out);
        const struct ks_entry *is = ks_store_entry(back.store, 1);
        assert_true(ks_slice_equal(is->key, old_key));
        assert_int_equal(is->chain_len, 1);
        assert_int_equal(is->created, 99);
        assert_string_equal(back.store->type, version == 1 ? "JKS v1" : "JKS");
        ks_store_free(back.store);
        ks_buf_free(&out);

        d = ks_entry_draft_of(o.store->saved->entries[1]);
        d.key = key;
        d.edited = KS_EDITED_KEY;
        put(o.store, 1, ks_entry_new(&d));
        out = save(o.store);
        back = again(o.store, &out);
        is = ks_store_entry(back.store, 1);
        assert_true(ks_slice_equal(is->key, key));
        assert_int_equal(is->chain_len, 2);
        assert_true(version == 1 || is->notes & KS_NOTE_CERT_TYPE);
        ks_store_free(back.store);
        ks_buf_free(&out);
        ks_store_free(o.store);
        ks_buf_free(&b);
    }
}

static void a_deleted_entry_is_gone_and_the_others_are_not(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2);
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    delete_at(o.store, 1);
    struct ks_buf out = save(o.store);
    struct opened back = again(o.store, &out);
    assert_int_equal(ks_store_count(back.store), 2);
    assert_true(ks_slice_equal(o.store->saved->entries[2]->pieces[0].raw,
                               ks_store_entry(back.store, 1)->pieces[0].raw));
    ks_store_free(back.store);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

static void new_entries_are_made_from_their_fields(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 1);
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    ks_clock_pin(MAKE_NOW);
    put(o.store, 3, make_entry(KS_KIND_TRUSTED, "new", 0, 1, ks_blob_ref(root)));
    struct ks_buf out = save(o.store);
    ks_clock_pin(KS_TIME_NONE);
    struct opened back = again(o.store, &out);
    const struct ks_entry *is = ks_store_entry(back.store, 3);
    assert_string_equal(is->alias, "new");
    assert_int_equal(is->kind, KS_KIND_TRUSTED);
    assert_int_equal(is->created, MAKE_NOW * 1000);
    assert_true(ks_slice_equal(ks_cert_der(&is->chain[0]), der()));
    assert_string_equal(back.store->type, "JKS v1");
    ks_store_free(back.store);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

static void another_password_gives_another_digest_and_nothing_else(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2);
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    ks_store_push(o.store,
                  ks_version_new("password", ks_version_entries(o.store->now, 0), 3,
                                 ks_secret_new("other", 5), KS_PROTECT_KEEP));
    struct ks_buf out = save(o.store);
    assert_int_equal(out.len, b.len);
    assert_memory_equal(out.data, b.data, b.len - KS_JKS_DIGEST);
    struct opened back = open_bytes(&ks_format_jks, &out, "other");
    assert_int_equal(back.rc, KS_OK);
    assert_int_equal(back.store->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(back.store);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

/* ---- refusals ---- */

static void a_store_is_not_written_without_its_password(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2), out = KS_BUF_INIT;
    struct opened o = open_bytes(&ks_format_jks, &b, NULL);
    struct ks_error err = {0};
    assert_int_equal(ks_format_jks.save(o.store, o.store->now, NULL, &out, &err),
                     KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(out.len, 0);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

static char *name_of(const char *unit, size_t bytes)
{
    struct ks_buf out = KS_BUF_INIT;
    while (out.len < bytes)
        ks_buf_str(&out, unit);
    return ks_buf_steal(&out);
}

static void what_cannot_be_held_is_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        enum ks_kind kind;
        size_t chain;
        bool jks, jceks;
    } cases[] = {
        {KS_KIND_KEY, 1, true, true},       {KS_KIND_KEY, 0, true, false},
        {KS_KIND_TRUSTED, 1, true, true},   {KS_KIND_SECRET, 0, false, true},
        {KS_KIND_PASSWORD, 0, false, true}, {KS_KIND_CERT, 1, false, false},
        {KS_KIND_REQUEST, 0, false, false}, {KS_KIND_CRL, 0, false, false},
        {KS_KIND_PUBLIC, 0, false, false},  {KS_KIND_OPAQUE, 0, false, false},
        {KS_KIND_LOCKED, 0, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_entry *e = make_entry(cases[i].kind, "a", 0, cases[i].chain, ks_blob_ref(root));
        if (cases[i].chain == 0)
            ks_blob_unref(root);
        assert_int_equal(ks_format_jks.refuses(e) == NULL, cases[i].jks);
        assert_int_equal(ks_format_jceks.refuses(e) == NULL, cases[i].jceks);
        ks_entry_unref(e);
    }
}

static void a_name_of_65535_bytes_fits_and_no_longer_one(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t bytes;
        bool fits;
    } cases[] = {
        {"a", 65535, true},
        {"a", 65536, false},
        {"\xf0\x9f\x98\x80", 43688, true}, /* six bytes each in modified UTF-8 */
        {"\xf0\x9f\x98\x80", 43692, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_store *s = fresh(&ks_format_jks, "changeit");
        char *name = name_of(cases[i].unit, cases[i].bytes);
        put(s, 0, make_entry(KS_KIND_TRUSTED, name, 0, 1, ks_blob_ref(root)));
        struct ks_buf out = KS_BUF_INIT;
        struct ks_error err = {0};
        enum ks_code rc = ks_format_jks.save(s, s->now, NULL, &out, &err);
        assert_int_equal(rc, cases[i].fits ? KS_OK : KS_ERR_REFUSED);
        if (cases[i].fits) {
            struct opened back = again(s, &out);
            assert_string_equal(ks_store_entry(back.store, 0)->alias, name);
            ks_store_free(back.store);
        }
        free(name);
        ks_buf_free(&out);
        ks_store_free(s);
    }
}

static void a_cancelled_job_stops_the_writing(void **state)
{
    (void)state;
    struct ks_buf b = sample(JKS, 2), out = KS_BUF_INIT;
    struct opened o = open_bytes(&ks_format_jks, &b, "changeit");
    struct ks_job *job = ks_job_new();
    struct ks_error err = {0};
    ks_job_cancel(job);
    assert_int_equal(ks_format_jks.save(o.store, o.store->now, job, &out, &err),
                     KS_ERR_CANCELLED);
    ks_job_free(job);
    ks_store_free(o.store);
    ks_buf_free(&out);
    ks_buf_free(&b);
}

static int make_certs(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(leaf);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_stores_are_javas_byte_for_byte),
        cmocka_unit_test(the_digest_takes_any_password),
        cmocka_unit_test(the_key_protector_gives_the_known_answer),
        cmocka_unit_test(a_secret_key_is_sealed_as_java_seals_it),
        cmocka_unit_test(what_was_sealed_is_revealed_with_its_password_only),
        cmocka_unit_test(what_the_type_cannot_hold_is_not_sealed),
        cmocka_unit_test(an_untouched_store_is_written_byte_for_byte),
        cmocka_unit_test(bytes_behind_the_digest_stay),
        cmocka_unit_test(secret_keys_stay_as_they_are_sealed),
        cmocka_unit_test(what_an_endless_object_hides_stays_behind_it),
        cmocka_unit_test(a_renamed_entry_keeps_everything_else),
        cmocka_unit_test(a_new_chain_keeps_the_key_and_a_new_key_the_chain),
        cmocka_unit_test(a_deleted_entry_is_gone_and_the_others_are_not),
        cmocka_unit_test(new_entries_are_made_from_their_fields),
        cmocka_unit_test(another_password_gives_another_digest_and_nothing_else),
        cmocka_unit_test(a_store_is_not_written_without_its_password),
        cmocka_unit_test(what_cannot_be_held_is_refused_in_words),
        cmocka_unit_test(a_name_of_65535_bytes_fits_and_no_longer_one),
        cmocka_unit_test(a_cancelled_job_stops_the_writing),
    };
    return cmocka_run_group_tests_name("jks_write", tests, make_certs, drop_certs);
}
