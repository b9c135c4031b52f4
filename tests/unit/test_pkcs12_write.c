/* Writing PKCS#12: what was not touched stays, byte for byte, whoever wrote it; what was, is read
 * again as it was meant. */
#include "p12_builder.h"

#include "file/open.h"
#include "file/save.h"
#include "store/diff.h"
#include "x509/cert.h"

#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <dirent.h>
#include <unistd.h>

/* ---- saving and reading again ---- */

static struct ks_buf must_save(const struct ks_store *store)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    if (ks_format_pkcs12.save(store, store->now, NULL, &out, &err) != KS_OK)
        fail_msg("%s: %s", store->path, err.what);
    return out;
}

static struct ks_store *reload(struct ks_buf bytes, const struct ks_secret *password)
{
    struct ks_store *store = ks_store_new("again.p12", ks_blob_copy(view(&bytes)));
    struct ks_error err = {0};
    store->format = &ks_format_pkcs12;
    if (ks_format_pkcs12.load(store, password, NULL, &err) != KS_OK)
        fail_msg("not read again: %s", err.what);
    ks_buf_free(&bytes);
    return store;
}

static struct ks_store *save_and_reload(const struct ks_store *store)
{
    return reload(must_save(store), store->now->password);
}

/* ---- edits ---- */

static void push(struct ks_store *s, struct ks_entry **entries, size_t count)
{
    ks_store_push(s, ks_version_new("edited", entries, count, ks_secret_ref(s->now->password),
                                    s->now->protection));
}

static void delete_at(struct ks_store *s, size_t index)
{
    struct ks_entry **entries = ks_version_entries(s->now, 0);
    ks_entry_unref(entries[index]);
    for (size_t i = index; i + 1 < s->now->count; i++)
        entries[i] = entries[i + 1];
    push(s, entries, s->now->count - 1);
}

static void put_at(struct ks_store *s, size_t index, const struct ks_entry_draft *draft)
{
    struct ks_entry **entries = ks_version_entries(s->now, 0);
    ks_entry_unref(entries[index]);
    entries[index] = ks_entry_new(draft);
    push(s, entries, s->now->count);
}

static void add_entry(struct ks_store *s, const struct ks_entry_draft *draft)
{
    struct ks_entry **entries = ks_version_entries(s->now, 1);
    entries[s->now->count] = ks_entry_new(draft);
    push(s, entries, s->now->count + 1);
}

static void rename_at(struct ks_store *s, size_t index, const char *alias)
{
    struct ks_entry_draft d = ks_entry_draft_of(ks_store_entry(s, index));
    free(d.alias);
    d.alias = ks_strdup(alias);
    d.alias_raw = ks_slice(NULL, 0);
    d.edited |= KS_EDITED_ALIAS;
    d.notes &= ~(uint32_t)(KS_NOTE_ALIAS_INVENTED | KS_NOTE_ALIAS_ENCODING);
    put_at(s, index, &d);
}

static void set_password(struct ks_store *s, const char *password, enum ks_protection protection)
{
    ks_store_push(s, ks_version_new("password", ks_version_entries(s->now, 0), s->now->count,
                                    password ? ks_secret_new(password, strlen(password))
                                             : ks_secret_ref(s->now->password),
                                    protection));
}

static size_t index_of(const struct ks_store *s, const char *alias)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (strcmp(ks_store_entry(s, i)->alias, alias) == 0)
            return i;
    fail_msg("no entry '%s'", alias);
    return 0;
}

/* ---- every file that there is ---- */

/* Opens the store with whatever fits; NULL: nothing does, or it is damaged. */
static struct ks_store *open_sample(const char *path)
{
    static const char *const passwords[] = {"changeit", "", NULL};
    for (size_t i = 0; i < 3; i++) {
        struct ks_secret *secret =
            passwords[i] ? ks_secret_new(passwords[i], strlen(passwords[i])) : NULL;
        struct ks_store *store = NULL;
        enum ks_code rc = ks_open(path, secret, NULL, &store, NULL);
        ks_secret_free(secret);
        if (rc == KS_OK && store->integrity != KS_INTEGRITY_UNVERIFIED &&
            !(store->notes & KS_STORE_DAMAGED))
            return store;
        if (rc == KS_OK)
            ks_store_free(store);
    }
    return NULL;
}

typedef void (*sample_fn)(const char *path, struct ks_store *store);

static unsigned each_in(const char *directory, sample_fn fn)
{
    unsigned count = 0;
    DIR *dir = opendir(directory);
    if (!dir)
        return 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        size_t len = strlen(e->d_name);
        if (len < 4 || strcmp(e->d_name + len - 4, ".p12") != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        struct ks_store *store = open_sample(path);
        if (!store)
            continue;
        fn(path, store);
        ks_store_free(store);
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void each_sample(sample_fn fn)
{
    const char *more = getenv("KSX_P12_SAMPLES"); /* a directory of others */
    unsigned count = each_in(KSX_DATA, fn) + each_in(KSX_DATA "/dialects", fn);
    assert_true(count >= 25);
    if (more)
        assert_true(each_in(more, fn) > 0);
}

/* ---- comparing ---- */

static void assert_entry(const char *path, const struct ks_entry *a, const struct ks_entry *b,
                         uint32_t but)
{
    uint32_t what = ks_entry_difference(a, b) & ~but;
    if (what)
        fail_msg("%s: '%s' differs: %x", path, a->alias, what);
    if ((a->notes ^ b->notes) & ~(uint32_t)KS_NOTE_JAVA_REPLACED)
        fail_msg("%s: '%s' has other notes: %x, %x", path, a->alias, a->notes, b->notes);
}

static void assert_same_pieces(const char *path, const struct ks_entry *a, const struct ks_entry *b)
{
    if (a->piece_count != b->piece_count)
        fail_msg("%s: '%s' has other pieces", path, a->alias);
    for (size_t i = 0; i < a->piece_count; i++)
        if (!ks_slice_equal(a->pieces[i].raw, b->pieces[i].raw) ||
            a->pieces[i].where != b->pieces[i].where || a->pieces[i].flags != b->pieces[i].flags)
            fail_msg("%s: piece %zu of '%s' differs", path, i, a->alias);
}

static void assert_same_facts(const char *path, const struct ks_store *a, const struct ks_store *b)
{
    if (a->fact_count != b->fact_count)
        fail_msg("%s: other facts", path);
    for (size_t i = 0; i < a->fact_count; i++)
        if (strcmp(a->facts[i].text, b->facts[i].text) != 0)
            fail_msg("%s: %s: '%s' became '%s'", path, a->facts[i].label, a->facts[i].text,
                     b->facts[i].text);
}

static void check_untouched(const char *path, struct ks_store *store)
{
    struct ks_buf bytes = must_save(store);
    if (!(store->notes & (KS_STORE_BER | KS_STORE_TRAILING)) &&
        !ks_slice_equal(view(&bytes), ks_blob_slice(store->file)))
        fail_msg("%s is not the same", path);
    assert_true(ks_ber_is_der(view(&bytes)));
    struct ks_store *again = reload(bytes, store->now->password);
    assert_int_equal(ks_store_count(store), ks_store_count(again));
    for (size_t i = 0; i < ks_store_count(store); i++) {
        assert_entry(path, ks_store_entry(store, i), ks_store_entry(again, i), 0);
        assert_same_pieces(path, ks_store_entry(store, i), ks_store_entry(again, i));
    }
    assert_same_facts(path, store, again);
    assert_int_equal(store->integrity, again->integrity);
    ks_store_free(again);
}

static void a_file_that_nobody_touched_stays_the_same(void **state)
{
    (void)state;
    each_sample(check_untouched);
}

/* A bag that some entry of the version has, equal to this one. */
static bool has_bag(const struct ks_store *s, struct ks_slice raw)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        for (size_t k = 0; k < ks_store_entry(s, i)->piece_count; k++)
            if (ks_slice_equal(ks_store_entry(s, i)->pieces[k].raw, raw))
                return true;
    return false;
}

static bool is_piece_of(const struct ks_entry *e, struct ks_slice raw)
{
    for (size_t i = 0; i < e->piece_count; i++)
        if (e->pieces[i].raw.data == raw.data)
            return true;
    return false;
}

static void assert_other_bags(const char *path, const struct ks_store *before,
                              const struct ks_entry *edited, const struct ks_store *after)
{
    for (size_t i = 0; i < ks_store_count(before); i++) {
        const struct ks_entry *e = ks_store_entry(before, i);
        for (size_t k = 0; k < e->piece_count; k++)
            if (!is_piece_of(edited, e->pieces[k].raw) && !has_bag(after, e->pieces[k].raw))
                fail_msg("%s: a bag of '%s' was changed", path, e->alias);
    }
}

/* Each entry in turn is renamed, and everything but its key and its leaf stays. */
static void check_renamed(const char *path, struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *old = ks_store_entry(store, i);
        if (old->kind == KS_KIND_LOCKED || old->kind == KS_KIND_OPAQUE)
            continue;
        rename_at(store, i, "Neu \xe2\x82\xac \xf0\x9f\x98\x80");
        struct ks_store *again = save_and_reload(store);
        assert_int_equal(ks_store_count(store), ks_store_count(again));
        for (size_t k = 0; k < ks_store_count(store); k++) {
            const struct ks_entry *a = ks_store_entry(store, k), *b = ks_store_entry(again, k);
            if (k != i)
                assert_entry(path, a, b, a->notes & KS_NOTE_ALIAS_INVENTED ? KS_DIFF_ALIAS : 0);
            else if (ks_entry_difference(a, b)) /* the name, above all */
                fail_msg("%s: '%s' became '%s': %x", path, old->alias, b->alias,
                         ks_entry_difference(a, b));
        }
        assert_true(ks_store_undo(store));
        assert_other_bags(path, store, ks_store_entry(store, i), again);
        if (!(store->notes & KS_STORE_JAVA_REFUSES)) /* which a better name may have cured */
            assert_same_facts(path, store, again);
        ks_store_free(again);
    }
}

static void a_renamed_entry_changes_no_other(void **state)
{
    (void)state;
    each_sample(check_renamed);
}

static bool in_chain_of(const struct ks_entry *e, const struct ks_entry *cert)
{
    for (size_t i = 0; i < e->chain_len; i++)
        if (ks_slice_equal(ks_cert_der(&e->chain[i]), ks_cert_der(&cert->chain[0])))
            return true;
    return false;
}

static bool is_needed(const struct ks_store *s, const struct ks_entry *cert)
{
    for (size_t i = 0; i < ks_store_count(s); i++)
        if (ks_store_entry(s, i)->kind == KS_KIND_KEY && in_chain_of(ks_store_entry(s, i), cert))
            return true;
    return false;
}

/* Whatever was not deleted is there; names that Java counts are those of other entries then. */
static void check_deleted(const char *path, struct ks_store *store)
{
    for (size_t i = 0; i < ks_store_count(store); i++) {
        const struct ks_entry *gone = ks_store_entry(store, i);
        delete_at(store, i);
        struct ks_store *again = save_and_reload(store);
        if (ks_store_count(store) != ks_store_count(again))
            fail_msg("%s without '%s': %zu entries became %zu", path, gone->alias,
                     ks_store_count(store), ks_store_count(again));
        for (size_t k = 0; k < ks_store_count(store); k++) {
            const struct ks_entry *a = ks_store_entry(store, k), *b = ks_store_entry(again, k);
            uint32_t but = b->notes & KS_NOTE_ALIAS_INVENTED ? KS_DIFF_ALIAS : 0;
            uint32_t what = ks_entry_difference(a, b) & ~but;
            if (what)
                fail_msg("%s without '%s': '%s' differs: %x", path, gone->alias, a->alias, what);
        }
        assert_true(ks_store_undo(store));
        if (!is_needed(again, gone->chain_len ? gone : ks_store_entry(store, 0)))
            assert_other_bags(path, again, gone, store);
        ks_store_free(again);
    }
}

static void a_deleted_entry_takes_no_other_along(void **state)
{
    (void)state;
    each_sample(check_deleted);
}

/* ---- material ---- */

static struct ks_secret *secret(const char *text_of)
{
    return ks_secret_new(text_of, strlen(text_of));
}

/* A draft whose alias is owned by it; everything else is borrowed from `blobs`. */
struct fresh {
    struct ks_blob *blobs[8];
    size_t count;
    struct ks_cert chain[4];
    size_t chain_len;
};

static void fresh_cert(struct fresh *f, struct ks_buf der)
{
    struct ks_blob *blob = ks_blob_copy(view(&der));
    ks_buf_free(&der);
    f->blobs[f->count++] = blob;
    assert_true(ks_cert_skim(ks_blob_slice(blob), &f->chain[f->chain_len++]));
}

static void fresh_drop(struct fresh *f)
{
    for (size_t i = 0; i < f->count; i++)
        ks_blob_unref(f->blobs[i]);
}

static struct ks_entry_draft fresh_draft(const struct fresh *f, enum ks_kind kind,
                                         const char *alias, int64_t created)
{
    return (struct ks_entry_draft){.kind = (uint8_t)kind,
                                   .home = &ks_format_pkcs12,
                                   .alias = ks_strdup(alias),
                                   .created = created,
                                   .chain = f->chain,
                                   .chain_len = f->chain_len,
                                   .blobs = f->blobs,
                                   .blob_count = f->count};
}

static struct ks_secret *any_private_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(ks_crypto(), NULL, "ED25519");
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    unsigned char *der = NULL;
    int len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    assert_true(len > 0);
    struct ks_secret *out = ks_secret_new(der, (size_t)len);
    OPENSSL_free(der);
    PKCS8_PRIV_KEY_INFO_free(info);
    EVP_PKEY_free(key);
    return out;
}

static void add_sealed(struct ks_store *s, struct fresh *f, struct ks_material *m,
                       const char *alias, int64_t created, const char *password)
{
    struct ks_sealed sealed;
    struct ks_error err = {0};
    struct ks_secret *pw = secret(password);
    if (ks_format_pkcs12.seal(s, s->now, m, pw, NULL, &sealed, &err) != KS_OK)
        fail_msg("not sealed: %s", err.what);
    f->blobs[f->count++] = sealed.key;
    struct ks_entry_draft d = fresh_draft(f, sealed.kind, alias, created);
    d.key = ks_blob_slice(sealed.key);
    d.key_format = sealed.key_format;
    add_entry(s, &d);
    ks_secret_free(pw);
}

/* An own key with a leaf by `issuer` and, when `root` is not NULL, that. */
static void add_key(struct ks_store *s, const char *alias, int64_t created, const char *leaf,
                    const char *root, const char *password)
{
    struct fresh f = {0};
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = any_private_key()};
    fresh_cert(&f, signed_by(leaf, root ? root : leaf));
    if (root)
        fresh_cert(&f, ca(root));
    add_sealed(s, &f, &m, alias, created, password);
    ks_material_drop(&m);
    fresh_drop(&f);
}

static void add_trusted(struct ks_store *s, const char *alias, const char *subject)
{
    struct fresh f = {0};
    fresh_cert(&f, ca(subject));
    struct ks_entry_draft d = fresh_draft(&f, KS_KIND_TRUSTED, alias, KS_TIME_NONE);
    add_entry(s, &d);
    fresh_drop(&f);
}

static struct ks_store *empty_store(const char *password, enum ks_protection protection)
{
    struct ks_store *s = ks_store_new("new.p12", ks_blob_copy(ks_slice(NULL, 0)));
    s->format = &ks_format_pkcs12;
    ks_store_push(
        s, ks_version_new("created", NULL, 0, password ? secret(password) : NULL, protection));
    return s;
}

static size_t bags_in(const struct ks_store *s)
{
    size_t count = 0;
    for (size_t i = 0; i < ks_store_count(s); i++)
        for (size_t k = 0; k < ks_store_entry(s, i)->piece_count; k++) {
            const struct ks_piece *p = &ks_store_entry(s, i)->pieces[k];
            bool first = true;
            for (size_t j = 0; j < i && first; j++)
                first = !is_piece_of(ks_store_entry(s, j), p->raw);
            count += first;
        }
    return count;
}

static const char *how_protected(const struct ks_entry *e)
{
    static char room[200];
    struct ks_buf how = KS_BUF_INIT;
    ks_format_pkcs12.protection(e, &how);
    (void)snprintf(room, sizeof room, "%s", ks_buf_text(&how));
    ks_buf_free(&how);
    return room;
}

static void assert_equal_stores(const struct ks_store *a, const struct ks_store *b)
{
    assert_int_equal(ks_store_count(a), ks_store_count(b));
    for (size_t i = 0; i < ks_store_count(a); i++) {
        const struct ks_entry *e = ks_store_entry(a, i);
        uint32_t what = ks_entry_difference(e, must_find(b, e->alias));
        if (what)
            fail_msg("'%s' differs: %x", e->alias, what);
    }
}

/* ---- new files ---- */

static void a_new_file_is_as_java_writes_it(void **state)
{
    struct ks_store *s = empty_store("changeit", KS_PROTECT_KEEP);
    (void)state;
    add_trusted(s, "Trusted \xc3\xa9", "Root A");
    add_key(s, "Server", 1700000000123, "leaf one", "Root A", "changeit");
    add_key(s, "other", 1700000000124, "leaf two", "Root B", "changeit");
    add_key(s, "third", KS_TIME_NONE, "leaf three", "Root B", "own password");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    /* three keys, three leaves, Root B once, and Root A once: it is an entry */
    assert_int_equal(bags_in(again), 8);
    assert_int_equal(again->integrity, KS_INTEGRITY_VERIFIED);
    assert_string_equal(fact_of(again, "Integrity"), "HMAC-SHA256, 10000 iterations, verified");
    assert_string_equal(fact_of(again, "Certificates"),
                        "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations");
    assert_string_equal(fact_of(again, "Safes"), "2, 1 of them encrypted");
    assert_string_equal(how_protected(must_find(again, "Server")),
                        "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations");
    assert_int_equal(must_find(again, "Trusted \xc3\xa9")->kind, KS_KIND_TRUSTED);
    assert_false(again->notes & (KS_STORE_JAVA_REFUSES | KS_STORE_JAVA_EMPTY | KS_STORE_WEAK));
    ks_store_free(again);
    ks_store_free(s);
}

static void the_legacy_profile_is_triple_des_and_sha1(void **state)
{
    struct ks_store *s = empty_store("changeit", KS_PROTECT_LEGACY);
    (void)state;
    add_trusted(s, "ca", "Root A");
    add_key(s, "server", 5, "leaf one", "Root A", "changeit");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_string_equal(fact_of(again, "Integrity"), "HMAC-SHA1, 100000 iterations, verified");
    assert_string_equal(fact_of(again, "Certificates"),
                        "3DES-CBC, PKCS#12 KDF-SHA1, 50000 iterations");
    assert_string_equal(how_protected(must_find(again, "server")),
                        "3DES-CBC, PKCS#12 KDF-SHA1, 50000 iterations");
    ks_store_free(again);
    ks_store_free(s);
}

static void a_new_file_without_password_has_neither_encryption_nor_mac(void **state)
{
    struct ks_store *s = empty_store(NULL, KS_PROTECT_KEEP);
    (void)state;
    add_trusted(s, "ca", "Root A");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_string_equal(fact_of(again, "Integrity"), "none: the file has no MAC");
    assert_true(again->notes & KS_STORE_CLEAR_CERTS);
    ks_store_free(again);
    ks_store_free(s);
}

static void a_store_of_nothing_is_written_and_read(void **state)
{
    struct ks_store *s = empty_store("", KS_PROTECT_KEEP);
    (void)state;
    struct ks_store *again = save_and_reload(s);
    assert_int_equal(ks_store_count(again), 0);
    assert_int_equal(again->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(again);
    ks_store_free(s);
}

static void names_of_every_kind_come_back(void **state)
{
    static const char *const names[] = {
        "", "UPPER", "\xe6\x97\xa5\xe6\x9c\xac", "a\xcc\x81", "\xf0\x9f\x98\x80", "tab\there"};
    char *long_name = ks_alloc(65536);
    struct ks_store *s = empty_store("changeit", KS_PROTECT_KEEP);
    (void)state;
    memset(long_name, 'n', 65535);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char subject[20];
        (void)snprintf(subject, sizeof subject, "Root %zu", i);
        add_trusted(s, names[i], subject);
    }
    add_trusted(s, long_name, "Root with a long name");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    ks_store_free(again);
    ks_store_free(s);
    free(long_name);
}

/* ---- secrets ---- */

static void secrets_are_held_if_java_knows_them(void **state)
{
    static const struct {
        const char *algorithm, *back;
    } rows[] = {{"AES", "AES"},
                {"HmacSHA256", "HmacSHA256"},
                {"HmacSHA1", "HmacSHA1"},
                {"DESede", "DESede"},
                {"DES", "DES"},
                {"ARCFOUR", "ARCFOUR"},
                {"HmacSHA512", "HmacSHA512"},
                {"1.2.3.4", "1.2.3.4"}};
    static const char *const refused[] = {"Blowfish", "RC2", "HmacMD5", "ChaCha20"};
    struct ks_store *s = empty_store("changeit", KS_PROTECT_KEEP);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fresh f = {0};
        struct ks_material m = {.type = KS_MATERIAL_SECRET, .bytes = secret("0123456789abcdef")};
        (void)snprintf(m.algorithm, sizeof m.algorithm, "%s", rows[i].algorithm);
        add_sealed(s, &f, &m, rows[i].algorithm, 1000 + (int64_t)i, "changeit");
        ks_material_drop(&m);
        fresh_drop(&f);
    }
    struct fresh f = {0};
    struct ks_material m = {.type = KS_MATERIAL_PASSWORD, .bytes = secret("pass phrase")};
    add_sealed(s, &f, &m, "phrase", KS_TIME_NONE, "changeit");
    ks_material_drop(&m);
    fresh_drop(&f);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(ks_format_pkcs12.reveal(again, must_find(again, rows[i].algorithm), NULL,
                                                 NULL, &m, NULL),
                         KS_OK);
        assert_string_equal(m.algorithm, rows[i].back);
        assert_int_equal(ks_secret_bytes(m.bytes).len, 16);
        ks_material_drop(&m);
    }
    assert_int_equal(
        ks_format_pkcs12.reveal(again, must_find(again, "phrase"), NULL, NULL, &m, NULL), KS_OK);
    assert_int_equal(m.type, KS_MATERIAL_PASSWORD);
    ks_material_drop(&m);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct ks_error err = {0};
        struct ks_sealed sealed;
        struct ks_secret *pw = secret("changeit");
        m = (struct ks_material){.type = KS_MATERIAL_SECRET, .bytes = secret("0123456789abcdef")};
        (void)snprintf(m.algorithm, sizeof m.algorithm, "%s", refused[i]);
        assert_int_equal(ks_format_pkcs12.seal(s, s->now, &m, pw, NULL, &sealed, &err),
                         KS_ERR_REFUSED);
        assert_string_equal(err.slug, "type-loss");
        assert_non_null(strstr(err.what, refused[i]));
        ks_material_drop(&m);
        ks_secret_free(pw);
    }
    ks_store_free(again);
    ks_store_free(s);
}

/* ---- edits ---- */

#define CLEAR_TWO_KEYS                                                                             \
    clear_safe(BAGS(key_bag(SET_OF(name_attr("one"), id_attr("Time 5"))),                          \
                    key_bag(SET_OF(name_attr("two"), id_attr("Time 6")))))

static struct ks_buf odd_attr(void)
{
    return attr("1.2.3.4.5", text(KS_DER_UTF8_STRING, "kept"));
}

static struct ks_buf two_keys(void)
{
    return pfx(
        SAFES(CLEAR_TWO_KEYS,
              encrypted_safe(
                  AES256, "secret",
                  BAGS(cert_bag(signed_by("L1", "CA"),
                                SET_OF(odd_attr(), name_attr("ONE"), id_attr("Time 5"))),
                       cert_bag(signed_by("L2", "CA"), SET_OF(id_attr("Time 6"), odd_attr())),
                       cert_bag(signed_by("CA", "Root"), NOTHING),
                       cert_bag(ca("Root"), SET_OF(name_attr("root"), trusted_attr())),
                       cert_bag(ca("Lone"), SET_OF(name_attr("lone")))))),
        mac_of("secret"));
}

static bool contains(struct ks_slice in, const struct ks_buf *part)
{
    for (size_t i = 0; i + part->len <= in.len; i++)
        if (memcmp(in.data + i, part->data, part->len) == 0)
            return true;
    return false;
}

static void a_deleted_key_takes_its_leaf_and_what_only_it_needs(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    (void)state;
    assert_int_equal(bags_in(s), 7);
    delete_at(s, index_of(s, "one"));
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(bags_in(again), 5);
    delete_at(s, index_of(s, "two"));
    struct ks_store *third = save_and_reload(s);
    assert_equal_stores(s, third);
    assert_int_equal(bags_in(third), 2); /* root and lone */
    ks_store_free(third);
    ks_store_free(again);
    ks_store_free(s);
}

static void a_deleted_trusted_certificate_stays_in_chains_and_nowhere_else(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    (void)state;
    delete_at(s, index_of(s, "root"));
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(must_find(again, "one")->chain_len, 3);
    ks_store_free(again);
    ks_store_free(s);
}

static void a_renamed_key_takes_its_leaf_along_and_keeps_its_attributes(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    (void)state;
    rename_at(s, index_of(s, "one"), "uno");
    struct ks_store *again = save_and_reload(s);
    const struct ks_entry *e = must_find(again, "uno");
    struct ks_buf name = name_attr("uno"), odd = odd_attr(), old = name_attr("ONE");
    assert_equal_stores(s, again);
    assert_int_equal(e->created, 5);
    assert_true(contains(e->pieces[1].raw, &name));
    assert_true(contains(e->pieces[1].raw, &odd));
    assert_false(contains(e->pieces[1].raw, &old));
    /* the leaf of the other key had no name, and has none */
    rename_at(s, index_of(s, "two"), "due");
    struct ks_store *third = save_and_reload(s);
    assert_true(ks_slice_equal(must_find(third, "due")->pieces[1].raw,
                               ks_store_entry(s, index_of(s, "due"))->pieces[1].raw));
    ks_buf_free(&name);
    ks_buf_free(&odd);
    ks_buf_free(&old);
    ks_store_free(third);
    ks_store_free(again);
    ks_store_free(s);
}

static void rechain(struct ks_store *s, const char *alias, struct fresh *f)
{
    size_t i = index_of(s, alias);
    const struct ks_entry *e = ks_store_entry(s, i);
    struct ks_entry_draft d = ks_entry_draft_of(e);
    struct ks_blob *blobs[16];
    size_t count = 0;
    for (; count < e->blob_count; count++)
        blobs[count] = e->blobs[count];
    for (size_t k = 0; k < f->count; k++)
        blobs[count++] = f->blobs[k];
    d.blobs = blobs;
    d.blob_count = count;
    d.chain = f->chain;
    d.chain_len = f->chain_len;
    d.edited |= KS_EDITED_CHAIN;
    put_at(s, i, &d);
    fresh_drop(f);
}

static void another_chain_replaces_what_nobody_else_needs(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    struct fresh renewed = {0}, completed = {0}, removed = {0};
    (void)state;
    fresh_cert(&renewed, signed_by("L1 renewed", "New CA"));
    fresh_cert(&renewed, ca("New CA"));
    rechain(s, "one", &renewed);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(bags_in(again), 8); /* one came, no other went: "two" needs them */
    struct ks_buf odd = odd_attr();
    const struct ks_piece *leaf = &must_find(again, "one")->pieces[1];
    assert_true(contains(leaf->raw, &odd));
    ks_buf_free(&odd);
    ks_store_free(again);

    rechain(s, "two", &removed);
    again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(bags_in(again), 6);
    ks_store_free(again);

    fresh_cert(&completed, signed_by("L2", "CA"));
    fresh_cert(&completed, signed_by("CA", "Root"));
    fresh_cert(&completed, ca("Root"));
    rechain(s, "two", &completed);
    again = save_and_reload(s);
    assert_equal_stores(s, again);
    ks_store_free(again);
    ks_store_free(s);
}

static void another_certificate_takes_the_place_of_a_trusted_one(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    struct fresh f = {0};
    (void)state;
    fresh_cert(&f, ca("Root 2"));
    rechain(s, "root", &f);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again); /* with chains that end in the old one */
    ks_store_free(again);
    ks_store_free(s);
}

/* The key in another protection: its bag changes and no other. */
static void a_key_under_another_password_changes_nothing_else(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = any_private_key()};
    struct ks_secret *own = secret("own");
    struct ks_sealed sealed;
    size_t i = index_of(s, "two");
    const struct ks_entry *e = ks_store_entry(s, i);
    struct ks_blob *blobs[8];
    (void)state;
    assert_int_equal(ks_format_pkcs12.seal(s, s->now, &m, own, NULL, &sealed, NULL), KS_OK);
    struct ks_entry_draft d = ks_entry_draft_of(e);
    for (size_t k = 0; k < e->blob_count; k++)
        blobs[k] = e->blobs[k];
    blobs[e->blob_count] = sealed.key;
    d.blobs = blobs;
    d.blob_count = e->blob_count + 1;
    d.key = ks_blob_slice(sealed.key);
    d.key_format = sealed.key_format;
    d.edited |= KS_EDITED_KEY;
    put_at(s, i, &d);
    struct ks_store *again = save_and_reload(s);
    struct ks_unlocked u;
    assert_equal_stores(s, again);
    assert_int_equal(ks_unlock(again, must_find(again, "two"), own, NULL, &u, NULL), KS_OK);
    assert_string_equal(how_protected(must_find(again, "two")), how_protected(e));
    assert_true(ks_store_undo(s));
    assert_other_bags("two keys", s, ks_store_entry(s, i), again);
    ks_store_free(again);
    ks_blob_unref(sealed.key);
    ks_material_drop(&m);
    ks_secret_free(own);
    ks_store_free(s);
}

static void a_copy_in_the_same_store_gets_bags_of_its_own(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    struct ks_entry_draft d = ks_entry_draft_of(ks_store_entry(s, index_of(s, "one")));
    (void)state;
    free(d.alias);
    d.alias = ks_strdup("copy");
    d.edited |= KS_EDITED_ALIAS;
    add_entry(s, &d);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(bags_in(again), 9);
    ks_store_free(again);
    ks_store_free(s);
}

static void what_comes_goes_where_its_like_are(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    (void)state;
    add_key(s, "three", 7, "L3", "Other Root", "secret");
    add_trusted(s, "more", "More");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_string_equal(fact_of(again, "Safes"), "2, 1 of them encrypted");
    assert_string_equal(fact_of(again, "Certificates"), fact_of(s, "Certificates"));
    assert_string_equal(how_protected(must_find(again, "three")),
                        how_protected(must_find(again, "one")));
    ks_store_free(again);
    ks_store_free(s);
}

/* ---- keys that are joined to their certificate without a localKeyID ---- */

static void a_key_without_id_keeps_its_certificate_when_others_come(void **state)
{
    struct ks_store *s =
        must_load(pfx(SAFES(clear_safe(BAGS(key_bag(SET_OF(name_attr("k"))))),
                            clear_safe(BAGS(cert_bag(signed_by("L", "CA"), NOTHING),
                                            cert_bag(ca("CA"), NOTHING)))),
                      mac_of("secret")),
                  "secret");
    (void)state;
    assert_int_equal(must_find(s, "k")->chain_len, 2);
    add_key(s, "new", 7, "L3", "Other Root", "secret");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_false(must_find(again, "k")->notes & KS_NOTE_JAVA_NO_KEYID);
    ks_store_free(again);
    ks_store_free(s);
}

/* ---- protection and passwords ---- */

static void another_password_is_that_of_certificates_and_mac(void **state)
{
    struct ks_store *s = must_load(two_keys(), "secret");
    enum ks_code code;
    (void)state;
    set_password(s, "p\xc3\xa4ss", KS_PROTECT_KEEP);
    struct ks_buf bytes = must_save(s), copy = raw(bytes.data, bytes.len);
    struct ks_store *again = reload(bytes, s->now->password);
    assert_equal_stores(s, again);
    assert_same_facts("another password", s, again);
    assert_null(load_p12(copy, "secret", &code, NULL));
    assert_int_equal(code, KS_ERR_PASSWORD);
    ks_store_free(again);

    /* once more, after the first save */
    ks_store_mark_saved(s, ks_blob_ref(s->file), &(struct ks_stamp){0});
    rename_at(s, index_of(s, "lone"), "alone");
    again = save_and_reload(s);
    assert_equal_stores(s, again);
    ks_store_free(again);
    ks_store_free(s);
}

static void an_upgrade_makes_certificates_and_mac_anew(void **state)
{
    static const struct {
        enum ks_protection protection;
        const char *certs, *mac;
    } rows[] = {{KS_PROTECT_MODERN, "AES-256-CBC, PBKDF2-HMAC-SHA256, 10000 iterations",
                 "HMAC-SHA256, 10000 iterations, verified"},
                {KS_PROTECT_LEGACY, "3DES-CBC, PKCS#12 KDF-SHA1, 50000 iterations",
                 "HMAC-SHA1, 100000 iterations, verified"}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = must_load(two_keys(), "secret");
        set_password(s, NULL, rows[i].protection);
        struct ks_store *again = save_and_reload(s);
        assert_equal_stores(s, again); /* keys keep theirs */
        assert_string_equal(fact_of(again, "Certificates"), rows[i].certs);
        assert_string_equal(fact_of(again, "Integrity"), rows[i].mac);
        assert_string_equal(how_protected(must_find(again, "one")),
                            how_protected(must_find(s, "one")));
        ks_store_free(again);
        ks_store_free(s);
    }
}

static void both_empty_passwords_stay_what_they_were(void **state)
{
    static const char *const files[] = {"p12-null.p12", "p12-empty.p12", "p12-bc-emptypass.p12"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[300];
        (void)snprintf(path, sizeof path, KSX_DATA "/dialects/%s", files[i]);
        struct ks_store *s = open_sample(path);
        assert_non_null(s);
        add_trusted(s, "new", "New Root");
        add_key(s, "key", 9, "New leaf", "New Root", "");
        struct ks_store *again = save_and_reload(s);
        struct ks_unlocked u;
        assert_equal_stores(s, again);
        assert_same_facts(files[i], s, again);
        assert_int_equal(ks_unlock(again, must_find(again, "key"), NULL, NULL, &u, NULL), KS_OK);
        ks_store_free(again);
        ks_store_free(s);
    }
}

static void no_mac_stays_no_mac_and_pbmac1_pbmac1(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))))),
            no_mac),
        NULL);
    (void)state;
    rename_at(s, 0, "b");
    add_trusted(s, "c", "C");
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(again->integrity, KS_INTEGRITY_NONE);
    assert_same_facts("no MAC", s, again);
    ks_store_free(again);
    ks_store_free(s);

    s = open_sample(KSX_DATA "/dialects/p12-pbmac1.p12");
    assert_non_null(s);
    add_trusted(s, "c", "C");
    again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_same_facts("PBMAC1", s, again);
    assert_int_equal(again->integrity, KS_INTEGRITY_VERIFIED);
    ks_store_free(again);
    ks_store_free(s);
}

static void a_password_for_what_had_none_protects_it(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(clear_safe(BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))))),
            no_mac),
        NULL);
    (void)state;
    set_password(s, "new", KS_PROTECT_KEEP);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    assert_int_equal(again->integrity, KS_INTEGRITY_VERIFIED);
    assert_false(again->notes & KS_STORE_CLEAR_CERTS);
    ks_store_free(again);
    ks_store_free(s);
}

static void contents_that_were_not_opened_stay_closed(void **state)
{
    struct ks_store *s = must_load(
        pfx(SAFES(encrypted_safe(DES3, "other", BAGS(cert_bag(ca("B"), NOTHING))),
                  encrypted_safe(AES256, "secret",
                                 BAGS(cert_bag(ca("A"), SET_OF(name_attr("a"), trusted_attr()))))),
            mac_of("secret")),
        "secret");
    (void)state;
    assert_int_equal(ks_store_entry(s, 0)->kind, KS_KIND_LOCKED);
    rename_at(s, 1, "b");
    set_password(s, "changed", KS_PROTECT_MODERN);
    struct ks_store *again = save_and_reload(s);
    assert_equal_stores(s, again);
    ks_store_free(again);
    delete_at(s, 0);
    again = save_and_reload(s);
    assert_int_equal(ks_store_count(again), 1);
    ks_store_free(again);
    ks_store_free(s);
}

static void assert_refused(struct ks_store *s, enum ks_code code, const char *slug)
{
    struct ks_buf out = KS_BUF_INIT;
    struct ks_error err = {0};
    assert_int_equal(ks_format_pkcs12.save(s, s->now, NULL, &out, &err), code);
    assert_string_equal(err.slug, slug);
    assert_true(err.next[0] != '\0');
    assert_int_equal(out.len, 0);
    ks_buf_free(&out);
}

static void a_file_opened_without_its_password_asks_for_it(void **state)
{
    struct ks_store *s = must_load(two_keys(), NULL);
    struct ks_secret *wrong = secret("wrong"), *right = secret("secret");
    (void)state;
    rename_at(s, index_of(s, "one"), "uno");
    assert_refused(s, KS_ERR_PASSWORD_NEEDED, "password-needed");
    set_password(s, "new", KS_PROTECT_KEEP);
    assert_refused(s, KS_ERR_PASSWORD_NEEDED, "password-needed");
    ks_store_undo(s);
    ks_store_learn(s, wrong);
    assert_refused(s, KS_ERR_PASSWORD, "wrong-password");
    ks_store_free(s);

    s = must_load(two_keys(), NULL);
    ks_store_learn(s, right);
    rename_at(s, index_of(s, "one"), "uno");
    struct ks_store *again = save_and_reload(s);
    assert_non_null(must_find(again, "uno"));
    assert_int_equal(bags_in(again), 7);
    ks_store_free(again);
    set_password(s, "new", KS_PROTECT_KEEP);
    assert_refused(s, KS_ERR_REFUSED, "locked-parts");
    ks_store_free(s);
    ks_secret_free(wrong);
    ks_secret_free(right);
}

static void a_damaged_file_is_not_written_over(void **state)
{
    struct ks_buf bytes = two_keys();
    (void)state;
    bytes.len -= 100;
    struct ks_store *s = must_load(bytes, NULL);
    assert_refused(s, KS_ERR_REFUSED, "damaged");
    ks_store_free(s);
}

/* ---- through the whole save, which reads back ---- */

static void save_in_place(struct ks_buf bytes, void (*edit)(struct ks_store *))
{
    char path[] = "/tmp/ksx-p12-XXXXXX";
    struct ks_secret *password = secret("secret");
    struct ks_store *s = NULL;
    struct ks_error err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
    assert_int_equal(close(fd), 0);
    ks_buf_free(&bytes);
    assert_int_equal(ks_open(path, password, NULL, &s, NULL), KS_OK);
    edit(s);
    struct ks_save how = {.no_backup = true};
    if (ks_save(s, &how, NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_store_free(s);
    ks_secret_free(password);
    assert_int_equal(unlink(path), 0);
}

static void delete_first(struct ks_store *s)
{
    delete_at(s, 0);
}

static void adopt_lone(struct ks_store *s)
{
    add_key(s, "child", 7, "Child", "Lone", "secret");
}

static void what_is_counted_or_joined_anew_is_no_fault_of_the_save(void **state)
{
    (void)state;
    save_in_place(pfx(SAFES(clear_safe(BAGS(cert_bag(ca("A"), SET_OF(trusted_attr())),
                                            cert_bag(ca("B"), SET_OF(trusted_attr())),
                                            cert_bag(ca("C"), SET_OF(trusted_attr())),
                                            cert_bag(ca("D"), NOTHING)))),
                      mac_of("secret")),
                  delete_first);
    save_in_place(two_keys(), adopt_lone);
}

/* ---- what it cannot hold ---- */

static void other_kinds_are_refused_in_words(void **state)
{
    static const struct {
        enum ks_kind kind;
        const char *words;
    } rows[] = {{KS_KIND_REQUEST, "PKCS12 holds no certificate requests"},
                {KS_KIND_PUBLIC, "PKCS12 holds no public keys without a certificate"},
                {KS_KIND_KEY, NULL},
                {KS_KIND_TRUSTED, NULL},
                {KS_KIND_SECRET, NULL},
                {KS_KIND_PASSWORD, NULL},
                {KS_KIND_CRL, NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char alias[] = "a";
        struct ks_entry e = {.kind = (uint8_t)rows[i].kind, .alias = alias};
        const char *words = ks_format_pkcs12.refuses(&e);
        if (rows[i].words)
            assert_string_equal(words, rows[i].words);
        else
            assert_null(words);
    }
    assert_true(ks_format_pkcs12.caps & KS_CAP_WRITE);
    assert_false(ks_format_pkcs12.caps & KS_CAP_DATES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_nobody_touched_stays_the_same),
        cmocka_unit_test(a_renamed_entry_changes_no_other),
        cmocka_unit_test(a_deleted_entry_takes_no_other_along),
        cmocka_unit_test(a_new_file_is_as_java_writes_it),
        cmocka_unit_test(the_legacy_profile_is_triple_des_and_sha1),
        cmocka_unit_test(a_new_file_without_password_has_neither_encryption_nor_mac),
        cmocka_unit_test(a_store_of_nothing_is_written_and_read),
        cmocka_unit_test(names_of_every_kind_come_back),
        cmocka_unit_test(secrets_are_held_if_java_knows_them),
        cmocka_unit_test(a_deleted_key_takes_its_leaf_and_what_only_it_needs),
        cmocka_unit_test(a_deleted_trusted_certificate_stays_in_chains_and_nowhere_else),
        cmocka_unit_test(a_renamed_key_takes_its_leaf_along_and_keeps_its_attributes),
        cmocka_unit_test(another_chain_replaces_what_nobody_else_needs),
        cmocka_unit_test(another_certificate_takes_the_place_of_a_trusted_one),
        cmocka_unit_test(a_key_under_another_password_changes_nothing_else),
        cmocka_unit_test(a_copy_in_the_same_store_gets_bags_of_its_own),
        cmocka_unit_test(what_comes_goes_where_its_like_are),
        cmocka_unit_test(a_key_without_id_keeps_its_certificate_when_others_come),
        cmocka_unit_test(another_password_is_that_of_certificates_and_mac),
        cmocka_unit_test(an_upgrade_makes_certificates_and_mac_anew),
        cmocka_unit_test(both_empty_passwords_stay_what_they_were),
        cmocka_unit_test(no_mac_stays_no_mac_and_pbmac1_pbmac1),
        cmocka_unit_test(a_password_for_what_had_none_protects_it),
        cmocka_unit_test(contents_that_were_not_opened_stay_closed),
        cmocka_unit_test(a_file_opened_without_its_password_asks_for_it),
        cmocka_unit_test(a_damaged_file_is_not_written_over),
        cmocka_unit_test(what_is_counted_or_joined_anew_is_no_fault_of_the_save),
        cmocka_unit_test(other_kinds_are_refused_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
