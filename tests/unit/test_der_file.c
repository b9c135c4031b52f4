/* DER files: one value, several, something behind them, or not all of it. */
#include "loose.h"

#include "base/alloc.h"
#include "format/format.h"
#include "format/items.h"

static enum ks_code try_load(struct ks_slice der, struct ks_store **out, struct ks_error *err)
{
    uint8_t *exact = ks_alloc(der.len); /* its own allocation: reading past it is seen */
    if (der.len)
        memcpy(exact, der.data, der.len);
    struct ks_store *store = ks_store_new("test.der", ks_blob_take(exact, der.len, false));
    store->format = &ks_format_der;
    enum ks_code rc = ks_format_der.load(store, NULL, NULL, err);
    *out = store;
    if (rc != KS_OK) {
        ks_store_free(store);
        *out = NULL;
    }
    return rc;
}

static struct ks_store *load(struct ks_slice der)
{
    struct ks_error err = {0};
    struct ks_store *store;
    if (try_load(der, &store, &err) != KS_OK)
        fail_msg("not loaded: %s", err.what);
    return store;
}

static struct ks_store *load_buf(struct ks_buf *der)
{
    struct ks_store *store = load(loose_bytes(der));
    ks_buf_free(der);
    return store;
}

static void put_key_der(EVP_PKEY *key, bool traditional, struct ks_buf *out)
{
    if (traditional)
        LOOSE(i2d_PrivateKey_bio, key, out);
    else
        LOOSE(i2d_PKCS8PrivateKeyInfo_bio, key, out);
}

static void put_encrypted_der(EVP_PKEY *key, const char *password, struct ks_buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, EVP_aes_128_cbc(), password,
                                             (int)strlen(password), NULL, NULL),
                     1);
    loose_drain(bio, out);
}

/* A SEQUENCE around what is there. */
static void wrap(struct ks_slice body, struct ks_buf *out)
{
    assert_true(body.len > 255 && body.len < 65536);
    const uint8_t header[] = {0x30, 0x82, (uint8_t)(body.len >> 8), (uint8_t)body.len};
    ks_buf_append(out, header, sizeof header);
    ks_buf_slice(out, body);
}

/* ---- one value of each kind ---- */

struct sample {
    const char *name;
    struct ks_buf der;
    enum ks_item_type type;
    enum ks_kind kind;
    const char *alias, *looks, *key_format, *store_type;
};
#define SAMPLES 11

static void put_pkcs7(const struct loose_pki *p, struct ks_buf *out)
{
    X509 *const certs[] = {p->leaf, p->root};
    PKCS7 *p7 = loose_pkcs7(certs, 2);
    LOOSE(i2d_PKCS7_bio, p7, out);
    PKCS7_free(p7);
}

/* As Java writes it: anchor first. */
static void put_path(const struct loose_pki *p, struct ks_buf *out)
{
    struct ks_buf body = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, p->root, &body);
    LOOSE(i2d_X509_bio, p->leaf, &body);
    wrap(loose_bytes(&body), out);
    ks_buf_free(&body);
}

static void put_samples(const struct loose_pki *p, struct sample s[static SAMPLES])
{
    X509_REQ *request = loose_request("wanted.example", p->leaf_key);
    X509_CRL *crl = loose_crl(p->root, p->root_key);
    const struct sample blank[SAMPLES] = {
        {"certificate", KS_BUF_INIT, KS_ITEM_CERT, KS_KIND_CERT, "leaf.example",
         "certificate CN=leaf.example,O=Example", NULL, "DER"},
        {"pkcs7", KS_BUF_INIT, KS_ITEM_PKCS7, KS_KIND_CERT, NULL, "PKCS7, 2 certificates", NULL,
         "PKCS7"},
        {"path", KS_BUF_INIT, KS_ITEM_PATH, KS_KIND_CERT, "leaf.example", "PkiPath, 2 certificates",
         NULL, "PkiPath"},
        {"pkcs8", KS_BUF_INIT, KS_ITEM_PKCS8, KS_KIND_KEY, "private key 1",
         "PKCS8 private key, not encrypted", "PrivateKeyInfo", "DER"},
        {"epki", KS_BUF_INIT, KS_ITEM_EPKI, KS_KIND_KEY, "private key 1",
         "PKCS8 private key, encrypted", "EncryptedPrivateKeyInfo", "DER"},
        {"rsa", KS_BUF_INIT, KS_ITEM_RSA_KEY, KS_KIND_KEY, "private key 1",
         "RSA private key, not encrypted", "RSAPrivateKey", "DER"},
        {"ec", KS_BUF_INIT, KS_ITEM_EC_KEY, KS_KIND_KEY, "private key 1",
         "EC private key, not encrypted", "ECPrivateKey", "DER"},
        {"request", KS_BUF_INIT, KS_ITEM_REQUEST, KS_KIND_REQUEST, "wanted.example",
         "certificate request CN=wanted.example,O=Example", "CertificationRequest", "DER"},
        {"crl", KS_BUF_INIT, KS_ITEM_CRL, KS_KIND_CRL, "Test Root", "CRL of CN=Test Root,O=Example",
         "CertificateList", "DER"},
        {"spki", KS_BUF_INIT, KS_ITEM_SPKI, KS_KIND_PUBLIC, "public key 1", "public key, EC P-256",
         "SubjectPublicKeyInfo", "DER"},
        {"rsa public", KS_BUF_INIT, KS_ITEM_RSA_PUBLIC, KS_KIND_PUBLIC, "public key 1",
         "RSA public key", "SubjectPublicKeyInfo", "DER"},
    };
    memcpy(s, blank, sizeof blank);
    LOOSE(i2d_X509_bio, p->leaf, &s[0].der);
    put_pkcs7(p, &s[1].der);
    put_path(p, &s[2].der);
    put_key_der(p->leaf_key, false, &s[3].der);
    put_encrypted_der(p->leaf_key, "secret", &s[4].der);
    put_key_der(p->rsa_key, true, &s[5].der);
    put_key_der(p->leaf_key, true, &s[6].der);
    LOOSE(i2d_X509_REQ_bio, request, &s[7].der);
    LOOSE(i2d_X509_CRL_bio, crl, &s[8].der);
    LOOSE(i2d_PUBKEY_bio, p->leaf_key, &s[9].der);
    unsigned char *bare = NULL;
    int len = i2d_PublicKey(p->rsa_key, &bare);
    assert_true(len > 0);
    ks_buf_append(&s[10].der, bare, (size_t)len);
    OPENSSL_free(bare);
    X509_REQ_free(request);
    X509_CRL_free(crl);
}

static void free_samples(struct sample s[static SAMPLES])
{
    for (size_t i = 0; i < SAMPLES; i++)
        ks_buf_free(&s[i].der);
}

static void every_kind_is_told_by_its_structure(void **state)
{
    struct sample s[SAMPLES];
    put_samples(*state, s);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ks_buf looks = KS_BUF_INIT;
        assert_int_equal(ks_item_classify(loose_bytes(&s[i].der)), s[i].type);
        assert_true(ks_format_der.sniff(loose_bytes(&s[i].der), s[i].der.len) >= 60);
        ks_format_der.looks(loose_bytes(&s[i].der), s[i].der.len, &looks);
        assert_string_equal(ks_buf_text(&looks), s[i].looks);
        ks_buf_free(&looks);

        struct ks_store *store = load(loose_bytes(&s[i].der));
        const struct ks_entry *e = ks_store_entry(store, 0);
        assert_int_equal(e->kind, s[i].kind);
        assert_string_equal(store->type, s[i].store_type);
        if (s[i].alias)
            assert_string_equal(e->alias, s[i].alias);
        if (s[i].key_format)
            assert_string_equal(e->key_format, s[i].key_format);
        assert_int_equal(store->notes & (KS_STORE_TRAILING | KS_STORE_DAMAGED), 0);
        ks_store_free(store);
    }
    free_samples(s);
}

static void a_path_is_listed_leaf_first(void **state)
{
    struct ks_buf der = KS_BUF_INIT;
    put_path(*state, &der);
    struct ks_store *store = load_buf(&der);
    assert_int_equal(ks_store_count(store), 2);
    assert_string_equal(ks_store_entry(store, 0)->alias, "leaf.example");
    assert_string_equal(ks_store_entry(store, 1)->alias, "Test Root");
    ks_store_free(store);
}

static void a_public_key_of_pkcs1_is_shown_as_any_other(void **state)
{
    const struct loose_pki *p = *state;
    struct sample s[SAMPLES];
    struct ks_buf spki = KS_BUF_INIT;
    put_samples(p, s);
    LOOSE(i2d_PUBKEY_bio, p->rsa_key, &spki);
    struct ks_store *store = load(loose_bytes(&s[10].der));
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_true(ks_slice_equal(e->key, loose_bytes(&spki)));
    assert_true(ks_slice_equal(e->pieces[0].raw, loose_bytes(&s[10].der)));
    assert_string_equal(e->comment, "RSA 1024");
    ks_store_free(store);
    ks_buf_free(&spki);
    free_samples(s);
}

static void other_structures_are_left_to_others(void **state)
{
    const struct loose_pki *p = *state;
    static const char dh[] = "\x30\x06\x02\x01\x05\x02\x01\x02";
    static const char version_3[] = "\x30\x08\x02\x01\x03\x30\x03\x06\x01\x2a";
    struct ks_buf p12_der = KS_BUF_INIT;
    PKCS12 *p12 = PKCS12_create("changeit", "a", p->leaf_key, p->leaf, NULL, 0, 0, 100, 100, 0);
    LOOSE(i2d_PKCS12_bio, p12, &p12_der);
    PKCS12_free(p12);
    const struct ks_slice others[] = {
        loose_bytes(&p12_der),
        ks_slice(dh, sizeof dh - 1),
        ks_slice(version_3, sizeof version_3 - 1),
        ks_slice_str("0\x80"),
        ks_slice_str("0"),
        ks_slice_str("text"),
        ks_slice("\x30\x00", 2),
        ks_slice("\x30\x82\xff\xff\x02\x01\x00", 7),
        ks_slice("", 0),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(ks_format_der.sniff(others[i], others[i].len), 0);
    assert_ptr_equal(ks_format_detect(loose_bytes(&p12_der), p12_der.len), &ks_format_pkcs12);
    ks_buf_free(&p12_der);
}

/* ---- several values, and more ---- */

static void values_back_to_back_are_all_listed_and_paired(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT, looks = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, p->leaf, &der);
    put_key_der(p->leaf_key, true, &der);
    LOOSE(i2d_PUBKEY_bio, p->other_key, &der);
    ks_format_der.looks(loose_bytes(&der), der.len, &looks);
    assert_string_equal(ks_buf_text(&looks), "1 certificate, 1 private key, 1 public key");
    ks_buf_free(&looks);
    struct ks_store *store = load_buf(&der);
    assert_int_equal(ks_store_count(store), 2);
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_KEY);
    assert_int_equal(ks_store_entry(store, 0)->chain_len, 1);
    assert_string_equal(store->type, "DER");
    ks_store_free(store);
}

static void bytes_behind_the_value_are_noted(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, p->leaf, &der);
    ks_buf_str(&der, "\n\n");
    struct ks_store *store = load_buf(&der);
    assert_true(store->notes & KS_STORE_TRAILING);
    assert_false(ks_store_entry(store, 0)->chain[0].flags & KS_CERT_TRAILING);
    assert_string_equal(store->facts[1].text, "2 bytes that belong to nothing");
    ks_store_free(store);
}

static void indefinite_lengths_are_walked_too(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT;
    /* ContentInfo, [0], SignedData, contentInfo and certificates with indefinite lengths */
    static const char before[] =
        "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
        "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x00\x00\xa0\x80";
    static const char after[] = "\x00\x00\x31\x00\x00\x00\x00\x00\x00\x00";
    ks_buf_append(&der, before, sizeof before - 1);
    LOOSE(i2d_X509_bio, p->leaf, &der);
    LOOSE(i2d_X509_bio, p->root, &der);
    ks_buf_append(&der, after, sizeof after - 1);
    assert_int_equal(ks_format_der.sniff(loose_bytes(&der), der.len), 80);
    struct ks_store *store = load_buf(&der);
    assert_int_equal(ks_store_count(store), 2);
    assert_string_equal(ks_store_entry(store, 0)->alias, "leaf.example");
    assert_false(store->notes & KS_STORE_DAMAGED);
    ks_store_free(store);
}

static void a_message_without_certificates_is_kept_unread(void **state)
{
    (void)state;
    static const char enveloped[] =
        "\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x02\x30\x00";
    struct ks_store *store = load(ks_slice(enveloped, sizeof enveloped - 1));
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_OPAQUE);
    assert_non_null(strstr(ks_store_entry(store, 0)->comment, "enveloped data"));
    ks_store_free(store);
}

/* ---- damage ---- */

static void a_value_that_ends_early_says_where(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT, looks = KS_BUF_INIT;
    struct ks_error err = {0};
    struct ks_store *store;
    char expected[128];
    LOOSE(i2d_X509_bio, p->leaf, &der);
    assert_int_equal(try_load(ks_slice(der.data, 200), &store, &err), KS_ERR_DAMAGED);
    assert_string_equal(err.slug, "truncated");
    (void)snprintf(expected, sizeof expected,
                   "the file is damaged: it should hold %zu bytes and ends after 200", der.len);
    assert_string_equal(err.what, expected);
    assert_true(err.next[0]);
    ks_format_der.looks(ks_slice(der.data, 200), 200, &looks);
    assert_string_equal(ks_buf_text(&looks), "certificate, damaged (ends early)");
    ks_buf_free(&looks);
    ks_buf_free(&der);
}

static void of_a_message_that_ends_early_whole_certificates_are_listed(void **state)
{
    struct ks_buf der = KS_BUF_INIT;
    put_pkcs7(*state, &der);
    struct ks_store *store = load(ks_slice(der.data, der.len - 100));
    assert_int_equal(ks_store_count(store), 1);
    assert_true(store->notes & KS_STORE_DAMAGED);
    assert_string_equal(store->damage.slug, "truncated");
    ks_store_free(store);
    ks_buf_free(&der);
}

static void a_second_value_that_ends_early_does_not_hide_the_first(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, p->leaf, &der);
    LOOSE(i2d_X509_bio, p->root, &der);
    struct ks_store *store = load(ks_slice(der.data, der.len - 1));
    assert_int_equal(ks_store_count(store), 1);
    assert_true(store->notes & KS_STORE_DAMAGED);
    ks_store_free(store);
    ks_buf_free(&der);
}

static void every_kind_cut_at_every_length_is_refused_or_partly_read(void **state)
{
    struct sample s[SAMPLES];
    put_samples(*state, s);
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t len = 0; len < s[i].der.len; len++) {
            struct ks_error err = {0};
            struct ks_buf looks = KS_BUF_INIT;
            struct ks_store *store;
            struct ks_slice cut = ks_slice(s[i].der.data, len);
            (void)ks_format_der.sniff(cut, len);
            ks_format_der.looks(cut, len, &looks);
            enum ks_code rc = try_load(cut, &store, &err);
            if (rc == KS_OK)
                assert_true(store->notes & KS_STORE_DAMAGED);
            else
                assert_true(rc == KS_ERR_DAMAGED || rc == KS_ERR_FORMAT);
            ks_store_free(store);
            ks_buf_free(&looks);
        }
    }
    free_samples(s);
}

static void any_octet_may_be_any_other(void **state)
{
    struct sample s[SAMPLES];
    put_samples(*state, s);
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t at = 0; at < s[i].der.len; at++) {
            struct ks_error err = {0};
            struct ks_store *store;
            uint8_t kept = s[i].der.data[at];
            s[i].der.data[at] = (uint8_t)(kept ^ (0x80 >> (at % 8)));
            if (try_load(loose_bytes(&s[i].der), &store, &err) != KS_OK)
                assert_true(err.what[0]);
            ks_store_free(store);
            s[i].der.data[at] = kept;
        }
    }
    free_samples(s);
}

static void a_nest_of_sequences_is_not_followed(void **state)
{
    (void)state;
    struct ks_buf der = KS_BUF_INIT;
    for (int i = 0; i < 20000; i++)
        ks_buf_append(&der, "\x30\x80", 2);
    assert_int_equal(ks_format_der.sniff(loose_bytes(&der), der.len), 0);
    ks_buf_free(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_told_by_its_structure),
        cmocka_unit_test(a_path_is_listed_leaf_first),
        cmocka_unit_test(a_public_key_of_pkcs1_is_shown_as_any_other),
        cmocka_unit_test(other_structures_are_left_to_others),
        cmocka_unit_test(values_back_to_back_are_all_listed_and_paired),
        cmocka_unit_test(bytes_behind_the_value_are_noted),
        cmocka_unit_test(indefinite_lengths_are_walked_too),
        cmocka_unit_test(a_message_without_certificates_is_kept_unread),
        cmocka_unit_test(a_value_that_ends_early_says_where),
        cmocka_unit_test(of_a_message_that_ends_early_whole_certificates_are_listed),
        cmocka_unit_test(a_second_value_that_ends_early_does_not_hide_the_first),
        cmocka_unit_test(every_kind_cut_at_every_length_is_refused_or_partly_read),
        cmocka_unit_test(any_octet_may_be_any_other),
        cmocka_unit_test(a_nest_of_sequences_is_not_followed),
    };
    return cmocka_run_group_tests(tests, loose_setup, loose_teardown);
}
