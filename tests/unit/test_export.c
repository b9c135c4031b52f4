/* Exports: what leaves a store is read back here and by OpenSSL, and keys leave encrypted. */
#include "op_store.h"

#include "op/export.h"
#include "x509/cert.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

/* key "server" with the chain server, root; trusted "root" */
static struct ks_store *inbound(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    op_add_key(s, "server", "changeit");
    struct ks_blob *root = make_cert(&(struct make_cert){.cn = "root", .ca = 1});
    op_add_trusted(s, "root", root);
    ks_blob_unref(root);
    return op_reopened(s, "changeit");
}

/* The key entry with its issuer behind it. */
static struct ks_entry *with_chain(const struct ks_store *s)
{
    struct ks_entry_draft d = ks_entry_draft_of(s->now->entries[0]);
    struct ks_cert chain[2] = {s->now->entries[0]->chain[0], s->now->entries[1]->chain[0]};
    struct ks_blob *blobs[2] = {s->now->entries[0]->blobs[0], s->now->entries[1]->blobs[0]};
    d.chain = chain;
    d.chain_len = 2;
    d.blobs = blobs;
    d.blob_count = 2;
    return ks_entry_new(&d);
}

struct exported {
    enum ks_code rc;
    struct ks_buf bytes;
    struct ks_error err;
};

static struct exported export_of(const struct ks_store *s, const struct ks_entry *e,
                                 struct ks_export how)
{
    struct exported x = {0};
    how.store = s;
    if (e) {
        how.entries = &e;
        how.count = 1;
    }
    x.rc = ks_op_export(&how, NULL, &x.bytes, &x.err);
    return x;
}

static struct exported good(const struct ks_store *s, const struct ks_entry *e,
                            struct ks_export how)
{
    struct exported x = export_of(s, e, how);
    if (x.rc != KS_OK)
        fail_msg("%s", x.err.what);
    return x;
}

static void refused(const struct ks_store *s, const struct ks_entry *e, struct ks_export how,
                    const char *slug)
{
    struct exported x = export_of(s, e, how);
    assert_int_equal(x.rc, KS_ERR_REFUSED);
    assert_string_equal(x.err.slug, slug);
    assert_true(x.err.next[0] != '\0');
    assert_int_equal(x.bytes.len, 0);
    ks_buf_free(&x.bytes);
}

static BIO *bio_of(const struct ks_buf *b)
{
    return BIO_new_mem_buf(b->data, (int)b->len);
}

static bool is_cert(X509 *x, const struct ks_cert *c)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    bool same = len == (int)c->len && memcmp(der, c->der, c->len) == 0;
    OPENSSL_free(der);
    return same;
}

static void a_certificate_leaves_as_pem_and_der(void **state)
{
    struct ks_store *s = inbound();
    const struct ks_entry *e = s->now->entries[0];
    (void)state;

    struct exported pem = good(s, e, (struct ks_export){.what = KS_EXPORT_CERT, .with_text = true});
    assert_non_null(
        strstr(ks_buf_text(&pem.bytes), "subject=CN=server\nissuer=CN=root\n-----BEGIN"));
    BIO *in = bio_of(&pem.bytes);
    X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL);
    assert_non_null(x);
    assert_true(is_cert(x, &e->chain[0]));
    X509_free(x);
    BIO_free(in);

    struct exported der = good(s, e, (struct ks_export){.format = KS_EXPORT_DER});
    assert_int_equal(der.bytes.len, e->chain[0].len);
    assert_memory_equal(der.bytes.data, e->chain[0].der, e->chain[0].len);
    ks_buf_free(&pem.bytes);
    ks_buf_free(&der.bytes);
    ks_store_free(s);
}

static void a_chain_leaves_leaf_first_and_as_a_path_anchor_first(void **state)
{
    struct ks_store *s = inbound();
    struct ks_entry *e = with_chain(s);
    (void)state;

    struct exported p7 =
        good(s, e, (struct ks_export){.what = KS_EXPORT_CHAIN, .format = KS_EXPORT_PKCS7});
    const unsigned char *at = p7.bytes.data;
    PKCS7 *p = d2i_PKCS7(NULL, &at, (long)p7.bytes.len);
    assert_non_null(p);
    assert_int_equal(sk_X509_num(p->d.sign->cert), 2);
    assert_true(is_cert(sk_X509_value(p->d.sign->cert, 0), &e->chain[0]));
    PKCS7_free(p);

    struct exported path =
        good(s, e, (struct ks_export){.what = KS_EXPORT_CHAIN, .format = KS_EXPORT_PKIPATH});
    struct opened o = open_bytes(&ks_format_der, &path.bytes, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 2);
    size_t head = path.bytes.len - e->chain[0].len; /* the leaf is the last */
    assert_memory_equal(path.bytes.data + head, e->chain[0].der, e->chain[0].len);
    ks_store_free(o.store);
    ks_buf_free(&p7.bytes);
    ks_buf_free(&path.bytes);
    ks_entry_unref(e);
    ks_store_free(s);
}

static void several_entries_go_into_one_file_in_issuer_order_and_once_each(void **state)
{
    struct ks_store *s = inbound();
    struct ks_entry *chain = with_chain(s);
    const struct ks_entry *both[] = {s->now->entries[1], chain, s->now->entries[0]};
    struct ks_export how = {.entries = both, .count = 3, .what = KS_EXPORT_CHAIN};
    (void)state;

    struct exported x = good(s, NULL, how);
    struct opened o = open_bytes(&ks_format_pem, &x.bytes, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 2);
    struct ks_slice first = ks_cert_der(&ks_store_entry(o.store, 0)->chain[0]);
    assert_true(ks_slice_equal(first, ks_cert_der(&chain->chain[0])));
    how.format = KS_EXPORT_DER;
    how.what = KS_EXPORT_CERT;
    refused(s, NULL, how, "export-format");
    ks_store_free(o.store);
    ks_buf_free(&x.bytes);
    ks_entry_unref(chain);
    ks_store_free(s);
}

static int give_password(char *buf, int size, int rwflag, void *u)
{
    (void)rwflag;
    int len = (int)strlen(u);
    assert_true(len < size);
    memcpy(buf, u, (size_t)len);
    return len;
}

static void a_key_leaves_encrypted(void **state)
{
    struct ks_store *s = inbound();
    struct ks_secret *pw = op_secret("for the road");
    struct ks_export how = {.what = KS_EXPORT_KEY, .password = pw};
    (void)state;

    struct exported pem = good(s, s->now->entries[0], how);
    assert_non_null(strstr(ks_buf_text(&pem.bytes), "BEGIN ENCRYPTED PRIVATE KEY"));
    BIO *in = bio_of(&pem.bytes);
    char word[] = "for the road", wrong[] = "changeit";
    EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, give_password, word);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_eq(key, make_key("server")), 1);
    EVP_PKEY_free(key);
    BIO_free(in);
    in = bio_of(&pem.bytes);
    assert_null(PEM_read_bio_PrivateKey(in, NULL, give_password, wrong));
    BIO_free(in);

    how.format = KS_EXPORT_PKCS8;
    struct exported der = good(s, s->now->entries[0], how);
    struct opened o = open_bytes(&ks_format_der, &der.bytes, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_string_equal(ks_store_entry(o.store, 0)->key_format, "EncryptedPrivateKeyInfo");
    ks_store_free(o.store);
    ks_buf_free(&pem.bytes);
    ks_buf_free(&der.bytes);
    ks_secret_free(pw);
    ks_store_free(s);
}

static void a_clear_key_leaves_only_when_it_is_said(void **state)
{
    struct ks_store *s = inbound();
    struct ks_secret *empty = op_secret("");
    const struct ks_entry *e = s->now->entries[0];
    (void)state;

    refused(s, e, (struct ks_export){.what = KS_EXPORT_KEY}, "unencrypted");
    refused(s, e, (struct ks_export){.what = KS_EXPORT_PAIR, .password = empty}, "unencrypted");
    refused(
        s, e,
        (struct ks_export){.what = KS_EXPORT_PAIR, .format = KS_EXPORT_PKCS12, .unencrypted = true},
        "unencrypted");
    struct exported x = good(s, e, (struct ks_export){.what = KS_EXPORT_PAIR, .unencrypted = true});
    assert_true(x.bytes.secret);
    assert_non_null(strstr(ks_buf_text(&x.bytes), "-----BEGIN PRIVATE KEY-----"));
    struct opened o = open_bytes(&ks_format_pem, &x.bytes, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_int_equal(ks_store_count(o.store), 1);
    assert_int_equal(ks_store_entry(o.store, 0)->kind, KS_KIND_KEY);
    assert_int_equal(ks_store_entry(o.store, 0)->chain_len, 1);
    ks_store_free(o.store);
    ks_buf_wipe_free(&x.bytes);
    ks_secret_free(empty);
    ks_store_free(s);
}

static void a_pair_leaves_as_a_pkcs12_that_openssl_opens(void **state)
{
    struct ks_store *s = inbound();
    struct ks_entry *e = with_chain(s);
    struct ks_secret *pw = op_secret("road");
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    STACK_OF(X509) *rest = NULL;
    (void)state;

    for (int legacy = 0; legacy < 2; legacy++) {
        struct exported x =
            good(s, e,
                 (struct ks_export){.what = KS_EXPORT_PAIR,
                                    .format = KS_EXPORT_PKCS12,
                                    .protection = legacy ? KS_PROTECT_LEGACY : KS_PROTECT_MODERN,
                                    .password = pw});
        const unsigned char *at = x.bytes.data;
        PKCS12 *p = d2i_PKCS12(NULL, &at, (long)x.bytes.len);
        assert_non_null(p);
        assert_int_equal(PKCS12_parse(p, "road", &key, &leaf, &rest), 1);
        assert_int_equal(EVP_PKEY_eq(key, make_key("server")), 1);
        assert_true(is_cert(leaf, &e->chain[0]));
        assert_int_equal(sk_X509_num(rest), 1);
        EVP_PKEY_free(key);
        X509_free(leaf);
        sk_X509_pop_free(rest, X509_free);
        key = NULL, leaf = NULL, rest = NULL;
        PKCS12_free(p);
        ks_buf_free(&x.bytes);
    }
    ks_secret_free(pw);
    ks_entry_unref(e);
    ks_store_free(s);
}

static void a_key_with_a_password_of_its_own_is_not_exported_without_it(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_secret *pw = op_secret("road");
    (void)state;
    op_add_key(s, "own", "another");
    s = op_reopened(s, "changeit");
    for (size_t i = 0; i < 2; i++) {
        struct exported x =
            export_of(s, s->now->entries[0],
                      (struct ks_export){.what = KS_EXPORT_PAIR,
                                         .format = i ? KS_EXPORT_PKCS12 : KS_EXPORT_PEM,
                                         .password = pw});
        assert_int_equal(x.rc, KS_ERR_PASSWORD);
        assert_int_equal(x.bytes.len, 0);
        ks_buf_free(&x.bytes);
    }
    ks_secret_free(pw);
    ks_store_free(s);
}

static void a_public_key_leaves_from_its_certificate(void **state)
{
    struct ks_store *s = inbound();
    (void)state;
    struct exported x = good(s, s->now->entries[0], (struct ks_export){.what = KS_EXPORT_PUBLIC});
    BIO *in = bio_of(&x.bytes);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(in, NULL, NULL, NULL);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_eq(key, make_key("server")), 1);
    EVP_PKEY_free(key);
    BIO_free(in);
    ks_buf_free(&x.bytes);
    ks_store_free(s);
}

static void what_an_entry_has_not_is_refused_by_name(void **state)
{
    struct ks_store *s = inbound();
    struct ks_secret *pw = op_secret("road");
    const struct ks_entry *two[] = {s->now->entries[0], s->now->entries[0]};
    (void)state;
    refused(s, s->now->entries[1], (struct ks_export){.what = KS_EXPORT_KEY, .password = pw},
            "export-what");
    refused(s, s->now->entries[0],
            (struct ks_export){.what = KS_EXPORT_KEY, .format = KS_EXPORT_DER, .password = pw},
            "export-format");
    refused(s, NULL,
            (struct ks_export){.entries = two, .count = 2, .what = KS_EXPORT_KEY, .password = pw},
            "export-what");
    ks_secret_free(pw);
    ks_store_free(s);
}

static void a_file_is_named_after_its_alias_without_what_names_must_not_have(void **state)
{
    static const struct {
        const char *alias, *name;
    } cases[] = {{"iq 2026", "iq-2026-chain.pem"},
                 {"../../etc/x", "_.-..-etc-x-chain.pem"},
                 {"-rf", "_rf-chain.pem"},
                 {"", "entry-chain.pem"},
                 {"a\x1b[31m", "a--31m-chain.pem"},
                 {"a\xe2\x80\xae"
                  "b",
                  "entry-chain.pem"},
                 {"sch\xc3\xb6n", "sch\xc3\xb6n-chain.pem"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_entry_draft d = {.kind = KS_KIND_KEY, .alias = ks_strdup(cases[i].alias)};
        struct ks_entry *e = ks_entry_new(&d);
        char *name = ks_export_name(e, KS_EXPORT_CHAIN, KS_EXPORT_PEM);
        assert_string_equal(name, cases[i].name);
        free(name);
        ks_entry_unref(e);
    }
}

static void the_commands_name_no_password_and_quote_what_needs_it(void **state)
{
    struct ks_store *s = inbound();
    struct ks_secret *pw = op_secret("road");
    const struct ks_entry *e = s->now->entries[0];
    struct ks_commands c = {0};
    (void)state;
    for (int what = 0; ks_export_whats[what].word; what++)
        for (int format = 0; ks_export_formats[format].word; format++)
            if (ks_export_fits((enum ks_export_what)what, (enum ks_export_format)format))
                ks_op_export_commands(&(struct ks_export){.store = s,
                                                          .entries = &e,
                                                          .count = 1,
                                                          .what = (enum ks_export_what)what,
                                                          .format = (enum ks_export_format)format,
                                                          .password = pw},
                                      "my file.pem", &c);
    assert_true(c.count > 8);
    for (size_t i = 0; i < c.count; i++) {
        assert_null(strstr(c.at[i], "road"));
        assert_null(strstr(c.at[i], " my file"));
    }
    ks_commands_drop(&c);
    ks_secret_free(pw);
    ks_store_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_leaves_as_pem_and_der),
        cmocka_unit_test(a_chain_leaves_leaf_first_and_as_a_path_anchor_first),
        cmocka_unit_test(several_entries_go_into_one_file_in_issuer_order_and_once_each),
        cmocka_unit_test(a_key_leaves_encrypted),
        cmocka_unit_test(a_clear_key_leaves_only_when_it_is_said),
        cmocka_unit_test(a_pair_leaves_as_a_pkcs12_that_openssl_opens),
        cmocka_unit_test(a_key_with_a_password_of_its_own_is_not_exported_without_it),
        cmocka_unit_test(a_public_key_leaves_from_its_certificate),
        cmocka_unit_test(what_an_entry_has_not_is_refused_by_name),
        cmocka_unit_test(a_file_is_named_after_its_alias_without_what_names_must_not_have),
        cmocka_unit_test(the_commands_name_no_password_and_quote_what_needs_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
