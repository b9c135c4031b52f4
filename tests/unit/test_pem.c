/* PEM files as people have them: joined, damaged, quoted, encrypted, renamed. */
#include "loose.h"

#include "base/alloc.h"
#include "format/format.h"
#include "format/pem_scan.h"

static struct ks_store *load(struct ks_slice text)
{
    struct ks_error err = {0};
    struct ks_store *store = ks_store_new("test.pem", ks_blob_copy(text));
    store->format = &ks_format_pem;
    store->format = &ks_format_pem;
    if (ks_format_pem.load(store, NULL, NULL, &err) != KS_OK)
        fail_msg("not loaded: %s", err.what);
    return store;
}

static struct ks_store *load_buf(struct ks_buf *text)
{
    struct ks_store *store = load(loose_bytes(text));
    ks_buf_free(text);
    return store;
}

static const struct ks_entry *named(const struct ks_store *store, const char *alias)
{
    size_t i;
    if (!ks_store_find(store, alias, &i))
        fail_msg("there is no %s", alias);
    return ks_store_entry(store, i);
}

static void assert_fact(const struct ks_store *store, const char *label, const char *text)
{
    for (size_t i = 0; i < store->fact_count; i++) {
        if (strcmp(store->facts[i].label, label) == 0) {
            assert_string_equal(store->facts[i].text, text);
            return;
        }
    }
    fail_msg("no fact %s", label);
}

static void assert_comment(const struct ks_entry *e, const char *words)
{
    if (!e->comment || !strstr(e->comment, words))
        fail_msg("%s has the comment '%s', not '%s'", e->alias, e->comment ? e->comment : "",
                 words);
}

/* ---- keys and their certificates ---- */

static void put_bundle(const struct loose_pki *p, struct ks_buf *out)
{
    loose_put_key(p->leaf_key, NULL, out);
    loose_put_cert(p->leaf, out);
    loose_put_cert(p->root, out);
}

static void assert_is_bundle(const struct ks_store *store)
{
    assert_int_equal(ks_store_count(store), 1);
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_string_equal(e->alias, "leaf.example");
    assert_int_equal(e->chain_len, 2);
    assert_int_equal(e->piece_count, 3);
    assert_string_equal(e->key_format, "PrivateKeyInfo");
    assert_true(e->notes & KS_NOTE_KEY_CLEAR);
    assert_false(e->notes & KS_NOTE_NO_CHAIN);
}

static void a_key_takes_its_leaf_and_the_issuers_in_the_file(void **state)
{
    struct ks_buf text = KS_BUF_INIT;
    put_bundle(*state, &text);
    struct ks_store *store = load_buf(&text);
    assert_is_bundle(store);
    assert_fact(store, "Contents", "2 certificates, 1 private key");
    assert_int_equal(store->integrity, KS_INTEGRITY_NONE);
    ks_store_free(store);
}

static void the_order_of_the_blocks_does_not_matter(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->other, &text);
    loose_put_cert(p->root, &text);
    loose_put_cert(p->leaf, &text);
    loose_put_key(p->leaf_key, NULL, &text);
    struct ks_store *store = load_buf(&text);

    assert_int_equal(ks_store_count(store), 2);
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_CERT);
    assert_string_equal(ks_store_entry(store, 0)->alias, "other.example");
    assert_int_equal(ks_store_entry(store, 1)->chain_len, 2);
    assert_int_equal(ks_store_entry(store, 1)->pieces[0].where, 4);
    ks_store_free(store);
}

static void two_keys_may_share_an_issuer(void **state)
{
    const struct loose_pki *p = *state;
    X509 *second = loose_cert("second.example", p->other_key, p->root, p->root_key);
    struct ks_buf text = KS_BUF_INIT;
    loose_put_key(p->leaf_key, NULL, &text);
    loose_put_cert(p->leaf, &text);
    loose_put_key(p->other_key, NULL, &text);
    loose_put_cert(second, &text);
    loose_put_cert(p->root, &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_count(store), 2);
    assert_int_equal(named(store, "leaf.example")->chain_len, 2);
    assert_int_equal(named(store, "second.example")->chain_len, 2);
    ks_store_free(store);
    X509_free(second);
}

static void a_key_of_another_certificate_stays_alone(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_key(p->other_key, NULL, &text);
    loose_put_cert(p->leaf, &text);
    struct ks_store *store = load_buf(&text);
    const struct ks_entry *key = ks_store_entry(store, 0);
    assert_int_equal(ks_store_count(store), 2);
    assert_int_equal(key->chain_len, 0);
    assert_true(key->notes & KS_NOTE_NO_CHAIN);
    assert_string_equal(key->alias, "private key 1");
    assert_string_equal(key->comment, "EC P-256");
    ks_store_free(store);
}

static void a_certificate_is_never_called_trusted(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->root, &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_CERT);
    assert_true(ks_store_entry(store, 0)->notes & KS_NOTE_ALIAS_INVENTED);
    assert_null(ks_store_entry(store, 0)->alias_raw.data);
    ks_store_free(store);
}

static void with_many_keys_none_is_computed(void **state)
{
    (void)state;
    struct ks_buf text = KS_BUF_INIT;
    EVP_PKEY *key = loose_ed_key();
    X509 *cert = loose_cert("ed.example", key, NULL, NULL);
    loose_put_cert(cert, &text);
    for (int i = 0; i < 17; i++)
        loose_put_key(key, NULL, &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_count(store), 18);
    for (size_t i = 1; i < 18; i++)
        assert_int_equal(ks_store_entry(store, i)->chain_len, 0);
    ks_store_free(store);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* ---- the shapes that text comes in ---- */

static void replaced(struct ks_slice in, const char *what, const char *with, struct ks_buf *out)
{
    size_t len = strlen(what);
    for (size_t i = 0; i < in.len;) {
        if (in.len - i >= len && memcmp(in.data + i, what, len) == 0) {
            ks_buf_str(out, with);
            i += len;
        } else {
            ks_buf_byte(out, in.data[i++]);
        }
    }
}

static void as_crlf(struct ks_slice in, struct ks_buf *out)
{
    replaced(in, "\n", "\r\n", out);
}

static void as_old_mac(struct ks_slice in, struct ks_buf *out)
{
    replaced(in, "\n", "\r", out);
}

static void as_indented(struct ks_slice in, struct ks_buf *out)
{
    ks_buf_str(out, "pem: |\n    ");
    replaced(in, "\n", "\n    ", out);
}

static void as_json(struct ks_slice in, struct ks_buf *out)
{
    ks_buf_str(out, "{\"tls\": \"");
    replaced(in, "\n", "\\n", out);
    ks_buf_str(out, "\"}");
}

static void as_bom(struct ks_slice in, struct ks_buf *out)
{
    ks_buf_str(out, "\xef\xbb\xbf");
    ks_buf_slice(out, in);
}

static void as_text_around(struct ks_slice in, struct ks_buf *out)
{
    ks_buf_str(out, "Certificate:\n    Data: 12:34\n--- not a block ---\n");
    replaced(in, "-----\n-----BEGIN", "-----\nsubject=CN = x\n\n-----BEGIN", out);
    ks_buf_str(out, "the end\n");
}

static void as_one_line(struct ks_slice in, struct ks_buf *out)
{
    for (size_t i = 0; i < in.len; i++)
        if (in.data[i] != '\n')
            ks_buf_byte(out, in.data[i]);
}

static void as_long_lines(struct ks_slice in, struct ks_buf *out)
{
    struct ks_pem_block b;
    for (size_t at = 0; ks_pem_next(in, &at, &b);) {
        ks_buf_printf(out, "-----BEGIN %.*s-----\n", (int)b.label.len, (const char *)b.label.data);
        as_one_line(b.body, out);
        ks_buf_printf(out, "\n-----END %.*s-----\n", (int)b.label.len, (const char *)b.label.data);
    }
}

static void as_headers(struct ks_slice in, struct ks_buf *out)
{
    replaced(in, "-----BEGIN CERTIFICATE-----\n",
             "-----BEGIN CERTIFICATE-----\nX-Comment: mine\nX-More: yes\n\n", out);
}

static void as_without_end(struct ks_slice in, struct ks_buf *out)
{
    replaced(in, "-----END CERTIFICATE-----\n", "", out);
}

static void as_unpadded(struct ks_slice in, struct ks_buf *out)
{
    replaced(in, "=", "", out);
}

static void every_shape_of_text_gives_the_same_entry(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct ks_slice in, struct ks_buf *out);
    } shapes[] = {
        {"CRLF", as_crlf},
        {"CR", as_old_mac},
        {"indented", as_indented},
        {"JSON string", as_json},
        {"BOM", as_bom},
        {"text around", as_text_around},
        {"one line", as_one_line},
        {"long lines", as_long_lines},
        {"headers", as_headers},
        {"END missing", as_without_end},
        {"padding missing", as_unpadded},
    };
    struct ks_buf text = KS_BUF_INIT;
    put_bundle(*state, &text);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct ks_buf shaped = KS_BUF_INIT;
        shapes[i].make(loose_bytes(&text), &shaped);
        if (ks_format_pem.sniff(loose_bytes(&shaped), shaped.len) < 50)
            fail_msg("%s is not recognised", shapes[i].name);
        struct ks_store *store = load_buf(&shaped);
        assert_is_bundle(store);
        ks_store_free(store);
    }
    ks_buf_free(&text);
}

static void a_missing_end_line_is_mentioned(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT, cut = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    as_without_end(loose_bytes(&text), &cut);
    ks_buf_free(&text);
    struct ks_store *store = load_buf(&cut);
    assert_comment(ks_store_entry(store, 0), "END line is missing");
    ks_store_free(store);
}

static void a_bad_block_does_not_hide_the_good_ones(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    ks_buf_str(&text, "-----BEGIN CERTIFICATE-----\nMIIB!?garbage\n-----END CERTIFICATE-----\n");
    ks_buf_str(&text, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
    ks_buf_str(&text, "-----BEGIN CERTIFICATE-----\nMIIBIjAN\n-----END CERTIFICATE-----\n");
    ks_buf_str(&text, "-----BEGIN CERTIFICATE-----\nAAAAAAAA\n-----END CERTIFICATE-----\n");
    loose_put_cert(p->root, &text);
    struct ks_store *store = load_buf(&text);

    assert_int_equal(ks_store_count(store), 6);
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_CERT);
    assert_int_equal(ks_store_entry(store, 5)->kind, KS_KIND_CERT);
    static const char *const reasons[] = {"is not base64", "it is empty", "it ends early",
                                          "not ASN.1"};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ks_store_entry(store, i + 1)->kind, KS_KIND_OPAQUE);
        assert_comment(ks_store_entry(store, i + 1), reasons[i]);
    }
    assert_true(store->notes & KS_STORE_DAMAGED);
    assert_int_equal(store->damage.code, KS_ERR_DAMAGED);
    assert_string_equal(store->damage.what, "4 of 6 PEM blocks cannot be read");
    ks_store_free(store);
}

static void the_line_of_a_bad_block_is_told(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "first\nsecond\n-----BEGIN CERTIFICATE-----\nMIIB\nM*IB\n"
                      "-----END CERTIFICATE-----\n");
    loose_put_cert(p->root, &text);
    struct ks_store *store = load_buf(&text);
    assert_comment(ks_store_entry(store, 0), "CERTIFICATE in line 3 cannot be read: line 5");
    ks_store_free(store);
}

static void asn1_that_is_no_certificate_is_a_broken_one(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n");
    loose_put_cert(p->root, &text);
    struct ks_store *store = load_buf(&text);
    assert_true(ks_store_entry(store, 0)->notes & KS_NOTE_CERT_BROKEN);
    assert_string_equal(ks_store_entry(store, 1)->alias, "Test Root");
    ks_store_free(store);
}

static void characters_that_are_not_base64_are_skipped_when_the_rest_fits(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT, quoted = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    replaced(loose_bytes(&text), "\nM", "\n> M", &quoted);
    ks_buf_free(&text);
    struct ks_store *store = load_buf(&quoted);
    assert_string_equal(ks_store_entry(store, 0)->alias, "leaf.example");
    assert_comment(ks_store_entry(store, 0), "were skipped");
    ks_store_free(store);
}

static void a_commented_block_is_left_out(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT, commented = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    ks_buf_str(&commented, "# ");
    replaced(loose_bytes(&text), "\n", "\n# ", &commented);
    ks_buf_str(&commented, "\n");
    loose_put_cert(p->root, &commented);
    ks_buf_free(&text);
    struct ks_store *store = load_buf(&commented);
    assert_int_equal(ks_store_count(store), 1);
    assert_string_equal(ks_store_entry(store, 0)->alias, "Test Root");
    ks_store_free(store);
}

static void text_that_only_mentions_pem_is_not_pem(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "# Paste it between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----\n",
        "echo \"-----BEGIN CERTIFICATE-----\"\n",
        "-----BEGIN-----\n",
        "----- BEGIN CERTIFICATE -----\n",
        "no dashes at all, but long enough to be looked at more than once by anybody",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(ks_format_pem.sniff(ks_slice_str(texts[i]), strlen(texts[i])), 0);
}

static void a_file_with_nothing_readable_is_refused_in_words(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_store *store = ks_store_new("x", ks_blob_copy(ks_slice_str("-----BEGIN")));
    assert_int_equal(ks_format_pem.load(store, NULL, NULL, &err), KS_ERR_FORMAT);
    assert_string_equal(err.slug, "unknown-format");
    ks_store_free(store);
}

/* ---- labels ---- */

static void put_relabelled(struct ks_slice pem, const char *label, struct ks_buf *out)
{
    struct ks_pem_block b;
    size_t at = 0;
    assert_true(ks_pem_next(pem, &at, &b));
    ks_buf_printf(out, "-----BEGIN %s-----\n%.*s-----END %s-----\n", label, (int)b.body.len,
                  (const char *)b.body.data, label);
}

static void every_label_leads_to_its_kind(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf cert = KS_BUF_INIT, text = KS_BUF_INIT, request = KS_BUF_INIT;
    X509_REQ *req = loose_request("wanted.example", p->leaf_key);
    X509_CRL *crl = loose_crl(p->root, p->root_key);
    loose_put_cert(p->leaf, &cert);
    put_relabelled(loose_bytes(&cert), "X509 CERTIFICATE", &text);
    LOOSE(PEM_write_bio_X509_REQ, req, &request);
    ks_buf_slice(&text, loose_bytes(&request));
    LOOSE(PEM_write_bio_X509_REQ_NEW, req, &text);
    LOOSE(PEM_write_bio_X509_CRL, crl, &text);
    LOOSE(PEM_write_bio_PUBKEY, p->leaf_key, &text);
    ks_buf_str(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n"
                      "-----END OPENSSH PRIVATE KEY-----\n"
                      "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nmQENBF\n=abcd\n"
                      "-----END PGP PUBLIC KEY BLOCK-----\n"
                      "-----BEGIN TSS2 PRIVATE KEY-----\nMAMCAQU=\n-----END TSS2 PRIVATE KEY-----\n"
                      "-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n");
    struct ks_store *store = load_buf(&text);

    static const struct {
        uint8_t kind;
        const char *alias;
        const char *comment;
    } expected[] = {
        {KS_KIND_CERT, "leaf.example", NULL},
        {KS_KIND_REQUEST, "wanted.example", NULL},
        {KS_KIND_REQUEST, "wanted.example (2)", NULL},
        {KS_KIND_CRL, "Test Root", "1 revoked, next update"},
        {KS_KIND_PUBLIC, "public key 5", "EC P-256"},
        {KS_KIND_OPAQUE, "openssh private key 6", "OPENSSH PRIVATE KEY"},
        {KS_KIND_OPAQUE, "pgp public key block 7", "PGP PUBLIC KEY BLOCK"},
        {KS_KIND_OPAQUE, "tss2 private key 8", "TSS2 PRIVATE KEY"},
    };
    assert_int_equal(ks_store_count(store), 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(ks_store_entry(store, i)->alias, expected[i].alias);
        assert_int_equal(ks_store_entry(store, i)->kind, expected[i].kind);
        if (expected[i].comment)
            assert_comment(ks_store_entry(store, i), expected[i].comment);
    }
    assert_fact(store, "Not listed", "parameters (1)");
    ks_store_free(store);
    ks_buf_free(&cert);
    ks_buf_free(&request);
    X509_REQ_free(req);
    X509_CRL_free(crl);
}

static void parameters_alone_are_listed(void **state)
{
    (void)state;
    struct ks_store *store = load(
        ks_slice_str("-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n"));
    assert_int_equal(ks_store_count(store), 1);
    assert_int_equal(ks_store_entry(store, 0)->kind, KS_KIND_OPAQUE);
    ks_store_free(store);
}

static void the_content_rules_over_a_wrong_label(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf key = KS_BUF_INIT, text = KS_BUF_INIT;
    X509 *const certs[] = {p->leaf, p->root};
    PKCS7 *p7 = loose_pkcs7(certs, 2);
    struct ks_buf message = KS_BUF_INIT;
    LOOSE(PEM_write_bio_PKCS7, p7, &message);
    put_relabelled(loose_bytes(&message), "CERTIFICATE", &text);
    loose_put_traditional(p->leaf_key, NULL, NULL, &key);
    put_relabelled(loose_bytes(&key), "PRIVATE KEY", &text);
    struct ks_store *store = load_buf(&text);
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_int_equal(ks_store_count(store), 1);
    assert_string_equal(e->key_format, "ECPrivateKey");
    assert_int_equal(e->chain_len, 2);
    assert_comment(e, "labelled PRIVATE KEY");
    ks_store_free(store);
    ks_buf_free(&key);
    ks_buf_free(&message);
    PKCS7_free(p7);
}

static void a_pkcs7_block_gives_its_certificates_and_notes_duplicates(void **state)
{
    const struct loose_pki *p = *state;
    X509 *const certs[] = {p->leaf, p->root, p->leaf};
    PKCS7 *p7 = loose_pkcs7(certs, 3);
    struct ks_buf text = KS_BUF_INIT;
    LOOSE(PEM_write_bio_PKCS7, p7, &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_count(store), 3);
    assert_comment(named(store, "leaf.example (2)"), "same certificate as leaf.example");
    assert_null(named(store, "leaf.example")->comment);
    ks_store_free(store);
    PKCS7_free(p7);
}

static void a_trusted_certificate_keeps_its_openssl_alias_and_uses(void **state)
{
    const struct loose_pki *p = *state;
    X509 *x = X509_dup(p->leaf);
    struct ks_buf text = KS_BUF_INIT;
    assert_int_equal(X509_alias_set1(x, (const uint8_t *)"My Alias", 8), 1);
    ASN1_OBJECT *use = OBJ_nid2obj(NID_server_auth);
    assert_int_equal(X509_add1_trust_object(x, use), 1);
    LOOSE(PEM_write_bio_X509_AUX, x, &text);
    struct ks_store *store = load_buf(&text);
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_string_equal(e->alias, "My Alias");
    assert_false(e->notes & KS_NOTE_ALIAS_INVENTED);
    assert_int_equal(e->alias_raw.len, 8);
    assert_comment(e, "OpenSSL trusts it for serverAuth");
    assert_false(e->chain[0].flags & KS_CERT_TRAILING);
    ks_store_free(store);
    X509_free(x);
}

/* ---- bag attributes ---- */

static void an_encrypted_key_is_paired_by_the_local_key_id_in_the_text(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_str(&text, "Bag Attributes\n    friendlyName: Fancy Name\n    localKeyID: 01 02 \n"
                      "subject=CN = x\n");
    loose_put_cert(p->leaf, &text);
    ks_buf_str(&text, "Bag Attributes: <No Attributes>\n");
    loose_put_cert(p->root, &text);
    ks_buf_str(&text, "Bag Attributes\n    friendlyName: Fancy Name\n    localKeyID: 01 02 \n"
                      "Key Attributes: <No Attributes>\n");
    loose_put_key(p->leaf_key, "secret", &text);
    struct ks_store *store = load_buf(&text);
    const struct ks_entry *e = ks_store_entry(store, 0);
    assert_int_equal(ks_store_count(store), 1);
    assert_string_equal(e->alias, "Fancy Name");
    assert_string_equal(e->key_format, "EncryptedPrivateKeyInfo");
    assert_int_equal(e->chain_len, 2);
    assert_false(e->notes & (KS_NOTE_ALIAS_INVENTED | KS_NOTE_KEY_CLEAR));
    ks_store_free(store);
}

static void a_nul_in_a_name_is_shown(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    ks_buf_append(&text, "Bag Attributes\n    friendlyName: a\0b\n", 38);
    loose_put_cert(p->leaf, &text);
    struct ks_store *store = load_buf(&text);
    assert_string_equal(ks_store_entry(store, 0)->alias, "a\xe2\x90\x80" "b");
    ks_store_free(store);
}

static void a_local_key_id_that_two_certificates_have_pairs_nothing(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    for (int i = 0; i < 2; i++) {
        ks_buf_str(&text, "localKeyID: 01\n");
        loose_put_cert(i ? p->leaf : p->other, &text);
    }
    ks_buf_str(&text, "localKeyID: 01\n");
    loose_put_key(p->leaf_key, "secret", &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_count(store), 3);
    assert_int_equal(ks_store_entry(store, 2)->chain_len, 0);
    ks_store_free(store);
}

/* ---- unlocking ---- */

struct
try {
    enum ks_code code;
    struct ks_unlocked unlocked;
    struct ks_error err;
    char protection[128];
};

static struct try unlock(struct ks_store *store, const char *password)
{
    struct try t = {0};
    struct ks_buf words = KS_BUF_INIT;
    const struct ks_entry *e = ks_store_entry(store, 0);
    struct ks_secret *secret = password ? ks_secret_new(password, strlen(password)) : NULL;
    t.code = ks_unlock(store, e, secret, NULL, &t.unlocked, &t.err);
    store->format->protection(e, &words);
    (void)snprintf(t.protection, sizeof t.protection, "%s", ks_buf_text(&words));
    ks_secret_free(secret);
    ks_buf_free(&words);
    return t;
}

static void a_clear_key_of_any_kind_is_described_and_compared(void **state)
{
    const struct loose_pki *p = *state;
    X509 *rsa = loose_cert("rsa.example", p->rsa_key, NULL, NULL);
    for (int shape = 0; shape < 4; shape++) {
        struct ks_buf text = KS_BUF_INIT;
        EVP_PKEY *key = shape < 2 ? p->leaf_key : p->rsa_key;
        loose_put_cert(shape < 2 ? p->leaf : rsa, &text);
        if (shape % 2)
            loose_put_traditional(key, NULL, NULL, &text);
        else
            loose_put_key(key, NULL, &text);
        struct ks_store *store = load_buf(&text);
        struct try t = unlock(store, NULL);
        assert_int_equal(t.code, KS_OK);
        assert_int_equal(t.unlocked.matches_leaf, 1);
        assert_string_equal(t.unlocked.algorithm, shape < 2 ? "EC P-256" : "RSA 1024");
        assert_non_null(strstr(t.protection, "in clear"));
        ks_store_free(store);
    }
    X509_free(rsa);
}

static void an_encrypted_pkcs8_key_opens_with_its_password_alone(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_key(p->leaf_key, "secret", &text);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(unlock(store, NULL).code, KS_ERR_PASSWORD_NEEDED);
    struct try wrong = unlock(store, "Secret");
    assert_int_equal(wrong.code, KS_ERR_PASSWORD);
    assert_string_equal(wrong.err.slug, "wrong-password");
    struct try right = unlock(store, "secret");
    assert_int_equal(right.code, KS_OK);
    assert_string_equal(right.unlocked.algorithm, "EC P-256");
    assert_int_equal(right.unlocked.matches_leaf, -1);
    assert_non_null(strstr(right.protection, "AES-256-CBC, PBKDF2"));
    ks_store_free(store);
}

static void a_traditional_key_opens_under_every_cipher_of_dek_info(void **state)
{
    const struct loose_pki *p = *state;
    static const char *const ciphers[] = {"AES-128-CBC", "AES-256-CBC", "DES-EDE3-CBC",
                                          "CAMELLIA-256-CBC"};
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        struct ks_buf text = KS_BUF_INIT;
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, ciphers[i], NULL);
        loose_put_traditional(p->rsa_key, cipher, "secret", &text);
        struct ks_store *store = load_buf(&text);
        assert_true(store->notes & KS_STORE_WEAK);
        assert_int_equal(unlock(store, NULL).code, KS_ERR_PASSWORD_NEEDED);
        struct try right = unlock(store, "secret");
        assert_int_equal(right.code, KS_OK);
        assert_string_equal(right.unlocked.algorithm, "RSA 1024");
        assert_non_null(strstr(right.protection, ciphers[i]));
        assert_int_equal(unlock(store, "wrong").code, KS_ERR_PASSWORD);
        assert_int_equal(unlock(store, "").code, KS_ERR_PASSWORD);
        ks_store_free(store);
        EVP_CIPHER_free(cipher);
    }
}

static void a_dek_info_that_makes_no_sense_is_refused(void **state)
{
    const struct loose_pki *p = *state;
    static const struct {
        const char *dek;
        enum ks_code code;
    } cases[] = {
        {"DEK-Info: AES-256-CBC,0011", KS_ERR_DAMAGED},
        {"DEK-Info: AES-256-CBC", KS_ERR_DAMAGED},
        {"DEK-Info: AES-256-CBC,zz112233445566778899aabbccddeeff", KS_ERR_DAMAGED},
        {"DEK-Info: ROT-13,00112233445566778899aabbccddeeff", KS_ERR_UNSUPPORTED},
        {"DEK-Info: AES-256-GCM,00112233445566778899aabb", KS_ERR_UNSUPPORTED},
        {"DEK-Info: AES-256-CBC,0011223344556677", KS_ERR_DAMAGED},
        {"DEK-Info: a%n/b,0011223344556677", KS_ERR_DAMAGED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf key = KS_BUF_INIT, text = KS_BUF_INIT, header = KS_BUF_INIT;
        loose_put_traditional(p->rsa_key, NULL, NULL, &key);
        ks_buf_printf(&header, "KEY-----\nProc-Type: 4,ENCRYPTED\n%s\n\nMI", cases[i].dek);
        replaced(loose_bytes(&key), "KEY-----\nMI", ks_buf_text(&header), &text);
        struct ks_store *store = load_buf(&text);
        assert_int_equal(unlock(store, "secret").code, cases[i].code);
        ks_store_free(store);
        ks_buf_free(&key);
        ks_buf_free(&header);
    }
}

static void a_certificate_has_no_key_to_unlock(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    struct ks_store *store = load_buf(&text);
    struct try t = unlock(store, "x");
    assert_int_equal(t.code, KS_ERR_USAGE);
    assert_string_equal(t.protection, "");
    ks_store_free(store);
}

/* ---- base64 alone ---- */

static void put_base64(struct ks_slice bytes, struct ks_buf *out)
{
    char *text = ks_alloc(bytes.len / 3 * 4 + 8);
    EVP_EncodeBlock((unsigned char *)text, bytes.data, (int)bytes.len);
    ks_buf_str(out, text);
    ks_buf_byte(out, '\n');
    free(text);
}

static void bare_base64_is_decoded_once(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf der = KS_BUF_INIT, text = KS_BUF_INIT, twice = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, p->leaf, &der);
    put_base64(loose_bytes(&der), &text);
    put_base64(loose_bytes(&text), &twice);
    assert_true(ks_format_pem.sniff(loose_bytes(&text), text.len) > 0);
    assert_int_equal(ks_format_pem.sniff(loose_bytes(&twice), twice.len), 0);
    struct ks_store *store = load_buf(&text);
    assert_ptr_equal(store->format, &ks_format_der);
    assert_string_equal(ks_store_entry(store, 0)->alias, "leaf.example");
    assert_fact(store, "Encoding", "base64 without PEM lines");
    ks_store_free(store);
    ks_buf_free(&der);
    ks_buf_free(&twice);
}

static void put_p12(const struct loose_pki *p, struct ks_buf *out)
{
    PKCS12 *p12 =
        PKCS12_create("changeit", "server", p->leaf_key, p->leaf, NULL, 0, 0, 100, 100, 0);
    assert_non_null(p12);
    LOOSE(i2d_PKCS12_bio, p12, out);
    PKCS12_free(p12);
}

static void a_keystore_in_base64_or_pem_opens_as_the_keystore(void **state)
{
    struct ks_buf der = KS_BUF_INIT, bare = KS_BUF_INIT, armoured = KS_BUF_INIT;
    put_p12(*state, &der);
    put_base64(loose_bytes(&der), &bare);
    ks_buf_printf(&armoured, "-----BEGIN PKCS12-----\n%s-----END PKCS12-----\n",
                  ks_buf_text(&bare));
    const struct ks_buf *const texts[] = {&bare, &armoured};
    struct ks_secret *password = ks_secret_new("changeit", 8);
    for (size_t i = 0; i < 2; i++) {
        struct ks_error err = {0};
        struct ks_store *store = ks_store_new("x.b64", ks_blob_copy(loose_bytes(texts[i])));
        store->format = &ks_format_pem;
        assert_int_equal(ks_format_pem.load(store, password, NULL, &err), KS_OK);
        assert_ptr_equal(store->format, &ks_format_pkcs12);
        assert_int_equal(named(store, "server")->kind, KS_KIND_KEY);
        assert_int_equal(store->file->len, texts[i]->len);
        ks_store_free(store);
    }
    ks_secret_free(password);
    ks_buf_free(&der);
    ks_buf_free(&bare);
    ks_buf_free(&armoured);
}

/* ---- sizes and damage ---- */

static void five_thousand_equal_names_become_unique(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf one = KS_BUF_INIT, text = KS_BUF_INIT;
    loose_put_cert(p->leaf, &one);
    for (int i = 0; i < 5000; i++)
        ks_buf_slice(&text, loose_bytes(&one));
    ks_buf_free(&one);
    struct ks_store *store = load_buf(&text);
    assert_int_equal(ks_store_count(store), 5000);
    assert_string_equal(ks_store_entry(store, 0)->alias, "leaf.example");
    assert_string_equal(ks_store_entry(store, 1)->alias, "leaf.example (2)");
    assert_string_equal(ks_store_entry(store, 4999)->alias, "leaf.example (5000)");
    ks_store_free(store);
}

static void an_invented_number_never_meets_a_real_name(void **state)
{
    const struct loose_pki *p = *state;
    X509 *two = loose_cert("leaf.example (2)", p->other_key, NULL, NULL);
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(two, &text);
    loose_put_cert(p->leaf, &text);
    loose_put_cert(p->leaf, &text);
    struct ks_store *store = load_buf(&text);
    assert_string_equal(ks_store_entry(store, 2)->alias, "leaf.example (3)");
    ks_store_free(store);
    X509_free(two);
}

static void a_file_cut_at_any_place_gives_what_is_whole(void **state)
{
    struct ks_buf text = KS_BUF_INIT;
    put_bundle(*state, &text);
    for (size_t len = 0; len < text.len; len++) {
        struct ks_error err = {0};
        uint8_t *exact = ks_alloc(len); /* its own allocation: reading past it is seen */
        memcpy(exact, text.data, len);
        struct ks_store *store = ks_store_new("cut.pem", ks_blob_take(exact, len, false));
        store->format = &ks_format_pem;
        enum ks_code rc = ks_format_pem.load(store, NULL, NULL, &err);
        assert_true(rc == KS_OK || rc == KS_ERR_FORMAT);
        if (rc == KS_OK)
            assert_int_equal(ks_store_entry(store, 0)->pieces[0].where, 1);
        ks_store_free(store);
    }
    ks_buf_free(&text);
}

static void a_job_that_is_cancelled_stops(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_error err = {0};
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    struct ks_store *store = ks_store_new("x.pem", ks_blob_copy(loose_bytes(&text)));
    assert_int_equal(ks_format_pem.load(store, NULL, job, &err), KS_ERR_CANCELLED);
    ks_store_free(store);
    ks_job_free(job);
    ks_buf_free(&text);
}

/* ---- the scanner and base64 ---- */

static void base64_is_decoded_leniently(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        size_t skipped;
    } cases[] = {
        {"TWFu", "Man", 0},
        {"TWE=", "Ma", 0},
        {"TWE", "Ma", 0},
        {"TQ==", "M", 0},
        {"TQ", "M", 0},
        {"T", "", 0},
        {" T W\r\n F\tu ", "Man", 0},
        {"TQ==TWFu", "MMan", 0},
        {"T*WFu", "Man", 1},
        {"TWFu\\nTWFu", "ManMan", 0},
        {"", "", 0},
        {"====", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[32];
        struct ks_base64 r = ks_base64_decode(ks_slice_str(cases[i].in), out);
        assert_int_equal(r.len, strlen(cases[i].out));
        assert_memory_equal(out, cases[i].out, r.len);
        assert_int_equal(r.skipped, cases[i].skipped);
    }
}

static void base64_of_every_length_comes_back(void **state)
{
    (void)state;
    uint8_t data[200], out[256];
    char text[300];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + 11);
    for (size_t len = 0; len <= sizeof data; len++) {
        EVP_EncodeBlock((unsigned char *)text, data, (int)len);
        struct ks_base64 r = ks_base64_decode(ks_slice_str(text), out);
        assert_int_equal(r.len, len);
        assert_memory_equal(out, data, len);
        assert_true(r.len <= ks_base64_room(strlen(text)));
    }
}

static void the_scanner_tells_text_headers_and_body_apart(void **state)
{
    (void)state;
    struct ks_pem_block b;
    struct ks_slice value;
    size_t at = 0;
    struct ks_slice text = ks_slice_str("hello\n-----BEGIN A KEY-----\nProc-Type: 4,ENCRYPTED\r\n"
                                        "DEK-Info: X,00 \n\nAAAA\n-----END B-----\n"
                                        "-----BEGIN C-----\nBBBB");
    assert_true(ks_pem_next(text, &at, &b));
    assert_true(ks_slice_equal(b.before, ks_slice_str("hello\n")));
    assert_true(ks_slice_equal(b.label, ks_slice_str("A KEY")));
    assert_true(ks_pem_header(b.headers, "DEK-Info", &value));
    assert_true(ks_slice_equal(value, ks_slice_str("X,00")));
    assert_false(ks_pem_header(b.headers, "DEK", &value));
    assert_true(ks_slice_equal(ks_trim(b.body), ks_slice_str("AAAA")));
    assert_true(b.end_differs);
    assert_false(b.no_end);
    assert_true(ks_pem_next(text, &at, &b));
    assert_true(b.no_end);
    assert_true(ks_slice_equal(ks_trim(b.body), ks_slice_str("BBBB")));
    assert_false(ks_pem_next(text, &at, &b));
    assert_false(ks_pem_next(text, &at, &b));
}

/* ---- words ---- */

static void assert_looks(struct ks_buf *text, const char *words)
{
    struct ks_buf out = KS_BUF_INIT;
    ks_format_pem.looks(loose_bytes(text), text->len, &out);
    assert_string_equal(ks_buf_text(&out), words);
    ks_buf_free(&out);
    ks_buf_free(text);
}

static void a_listing_says_what_is_inside(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT;
    loose_put_cert(p->leaf, &text);
    assert_looks(&text, "certificate CN=leaf.example,O=Example");
    put_bundle(p, &text);
    assert_looks(&text, "2 certificates, 1 private key");
    loose_put_key(p->leaf_key, "secret", &text);
    assert_looks(&text, "PKCS8 private key, encrypted");
    loose_put_key(p->leaf_key, NULL, &text);
    assert_looks(&text, "PKCS8 private key, not encrypted");
    loose_put_traditional(p->rsa_key, EVP_aes_128_cbc(), "secret", &text);
    assert_looks(&text, "RSA private key, encrypted");
    loose_put_traditional(p->leaf_key, NULL, NULL, &text);
    assert_looks(&text, "EC private key, not encrypted");
    X509 *const certs[] = {p->leaf, p->root, p->other};
    PKCS7 *p7 = loose_pkcs7(certs, 3);
    LOOSE(PEM_write_bio_PKCS7, p7, &text);
    PKCS7_free(p7);
    assert_looks(&text, "PKCS7, 3 certificates");
    LOOSE(PEM_write_bio_PUBKEY, p->leaf_key, &text);
    assert_looks(&text, "public key, EC P-256");
}

static void the_head_of_a_long_file_is_counted_as_such(void **state)
{
    const struct loose_pki *p = *state;
    struct ks_buf text = KS_BUF_INIT, out = KS_BUF_INIT;
    for (int i = 0; i < 5; i++)
        loose_put_cert(p->leaf, &text);
    ks_format_pem.looks(ks_slice(text.data, text.len - 100), text.len, &out);
    assert_string_equal(ks_buf_text(&out), "more than 4 certificates");
    ks_buf_free(&text);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_takes_its_leaf_and_the_issuers_in_the_file),
        cmocka_unit_test(the_order_of_the_blocks_does_not_matter),
        cmocka_unit_test(two_keys_may_share_an_issuer),
        cmocka_unit_test(a_key_of_another_certificate_stays_alone),
        cmocka_unit_test(a_certificate_is_never_called_trusted),
        cmocka_unit_test(with_many_keys_none_is_computed),
        cmocka_unit_test(every_shape_of_text_gives_the_same_entry),
        cmocka_unit_test(a_missing_end_line_is_mentioned),
        cmocka_unit_test(a_bad_block_does_not_hide_the_good_ones),
        cmocka_unit_test(the_line_of_a_bad_block_is_told),
        cmocka_unit_test(asn1_that_is_no_certificate_is_a_broken_one),
        cmocka_unit_test(characters_that_are_not_base64_are_skipped_when_the_rest_fits),
        cmocka_unit_test(a_commented_block_is_left_out),
        cmocka_unit_test(text_that_only_mentions_pem_is_not_pem),
        cmocka_unit_test(a_file_with_nothing_readable_is_refused_in_words),
        cmocka_unit_test(every_label_leads_to_its_kind),
        cmocka_unit_test(parameters_alone_are_listed),
        cmocka_unit_test(the_content_rules_over_a_wrong_label),
        cmocka_unit_test(a_pkcs7_block_gives_its_certificates_and_notes_duplicates),
        cmocka_unit_test(a_trusted_certificate_keeps_its_openssl_alias_and_uses),
        cmocka_unit_test(an_encrypted_key_is_paired_by_the_local_key_id_in_the_text),
        cmocka_unit_test(a_local_key_id_that_two_certificates_have_pairs_nothing),
        cmocka_unit_test(a_nul_in_a_name_is_shown),
        cmocka_unit_test(a_clear_key_of_any_kind_is_described_and_compared),
        cmocka_unit_test(an_encrypted_pkcs8_key_opens_with_its_password_alone),
        cmocka_unit_test(a_traditional_key_opens_under_every_cipher_of_dek_info),
        cmocka_unit_test(a_dek_info_that_makes_no_sense_is_refused),
        cmocka_unit_test(a_certificate_has_no_key_to_unlock),
        cmocka_unit_test(bare_base64_is_decoded_once),
        cmocka_unit_test(a_keystore_in_base64_or_pem_opens_as_the_keystore),
        cmocka_unit_test(five_thousand_equal_names_become_unique),
        cmocka_unit_test(an_invented_number_never_meets_a_real_name),
        cmocka_unit_test(a_file_cut_at_any_place_gives_what_is_whole),
        cmocka_unit_test(a_job_that_is_cancelled_stops),
        cmocka_unit_test(base64_is_decoded_leniently),
        cmocka_unit_test(base64_of_every_length_comes_back),
        cmocka_unit_test(the_scanner_tells_text_headers_and_body_apart),
        cmocka_unit_test(a_listing_says_what_is_inside),
        cmocka_unit_test(the_head_of_a_long_file_is_counted_as_such),
    };
    return cmocka_run_group_tests(tests, loose_setup, loose_teardown);
}
