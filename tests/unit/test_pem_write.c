/* What PEM files become when they are written: text around the blocks, names, line breaks. */
#include "format/format.h"
#include "op_store.h"

#include <openssl/pem.h>

static struct ks_blob *root, *leaf, *other;
static struct ks_buf sealed_key; /* of leaf, under "changeit" */

/* ---- texts ---- */

static void put_pem(struct ks_buf *b, const char *label, struct ks_slice der)
{
    char *text = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_true(PEM_write_bio(bio, label, "", der.data, (long)der.len) > 0);
    long len = BIO_get_mem_data(bio, &text);
    ks_buf_append(b, text, (size_t)len);
    BIO_free(bio);
}

static void put_cert(struct ks_buf *b, struct ks_blob *cert)
{
    put_pem(b, "CERTIFICATE", ks_blob_slice(cert));
}

static void put_key(struct ks_buf *b, const char *name)
{
    struct ks_secret *key = op_pkcs8(name);
    put_pem(b, "PRIVATE KEY", ks_secret_bytes(key));
    ks_secret_free(key);
}

static void put_sealed_key(struct ks_buf *b, const char *name, const char *password)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_true(PEM_write_bio_PKCS8PrivateKey(bio, make_key(name), EVP_aes_128_cbc(), password,
                                              (int)strlen(password), NULL, NULL));
    long len = BIO_get_mem_data(bio, &text);
    ks_buf_append(b, text, (size_t)len);
    BIO_free(bio);
}

static struct ks_buf with_crlf(struct ks_buf *b)
{
    struct ks_buf out = KS_BUF_INIT;
    for (size_t i = 0; i < b->len; i++) {
        if (b->data[i] == '\n')
            ks_buf_byte(&out, '\r');
        ks_buf_byte(&out, b->data[i]);
    }
    ks_buf_free(b);
    return out;
}

static struct ks_store *open_pem(const struct ks_buf *b)
{
    struct opened o = open_bytes(&ks_format_pem, b, NULL);
    if (o.rc != KS_OK)
        fail_msg("%s", o.err.what);
    return o.store;
}

static void assert_text(const struct ks_store *s, const struct ks_version *v,
                        const struct ks_buf *want)
{
    struct ks_buf got = op_written(s, v);
    assert_string_equal(ks_buf_text(&got), ks_buf_text(want));
    assert_int_equal(got.len, want->len);
    ks_buf_free(&got);
}

/* Everything is there again after writing and reading. */
static void assert_items(const struct ks_store *s, const struct ks_version *v)
{
    struct ks_buf got = op_written(s, v);
    struct opened o = open_bytes(&ks_format_pem, &got, NULL);
    assert_int_equal(o.rc, KS_OK);
    assert_null(ks_items_difference(v, o.store->now));
    ks_store_free(o.store);
    ks_buf_free(&got);
}

static struct ks_plan deleted(struct ks_store *s, const char *alias)
{
    struct ks_plan plan = {0};
    const struct ks_entry *gone = op_entry(s, alias);
    assert_int_equal(ks_op_delete(s, &gone, 1, NULL, 0, &plan, NULL), KS_OK);
    return plan;
}

/* ---- nothing edited ---- */

static void an_untouched_file_is_written_byte_for_byte(void **state)
{
    (void)state;
    for (int crlf = 0; crlf <= 1; crlf++) {
        struct ks_buf b = KS_BUF_INIT;
        ks_buf_str(&b, "\xef\xbb\xbf# a bundle\n\nRoot\n====\n");
        put_cert(&b, root);
        ks_buf_str(&b, "   \nsome words\n");
        put_key(&b, "leaf");
        put_cert(&b, leaf);
        ks_buf_str(&b, "#-----BEGIN CERTIFICATE-----\n# the end, without a line break");
        if (crlf)
            b = with_crlf(&b);
        struct ks_store *s = open_pem(&b);
        assert_text(s, s->now, &b);
        ks_store_free(s);
        ks_buf_free(&b);
    }
}

/* ---- delete ---- */

static void a_deleted_certificate_goes_with_its_heading(void **state)
{
    (void)state;
    for (int crlf = 0; crlf <= 1; crlf++) {
        struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
        ks_buf_str(&b, "# a bundle\n\nRoot\n====\n");
        put_cert(&b, root);
        ks_buf_str(&b, "\nOther\n=====\n");
        put_cert(&b, other);
        ks_buf_str(&b, "\nthe end\n");
        ks_buf_str(&want, "# a bundle\n\n\nOther\n=====\n");
        put_cert(&want, other);
        ks_buf_str(&want, "\nthe end\n");
        if (crlf) {
            b = with_crlf(&b);
            want = with_crlf(&want);
        }
        struct ks_store *s = open_pem(&b);
        struct ks_plan plan = deleted(s, "root");
        assert_text(s, plan.result, &want);
        assert_no_remarks(&plan);
        ks_plan_drop(&plan);
        ks_store_free(s);
        ks_buf_free(&b);
        ks_buf_free(&want);
    }
}

static void an_issuer_that_another_key_needs_stays(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    put_key(&b, "leaf");
    put_cert(&b, leaf);
    put_key(&b, "second");
    struct ks_blob *second = op_cert("second");
    put_cert(&b, second);
    put_cert(&b, root);
    put_key(&want, "second");
    put_cert(&want, second);
    put_cert(&want, root);
    struct ks_store *s = open_pem(&b);
    assert_int_equal(ks_store_count(s), 2);
    struct ks_plan plan = deleted(s, "leaf");
    assert_remark(&plan, "only-copy", "leaf", KS_REMARK_WARNING);
    assert_text(s, plan.result, &want);
    ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    /* what was deleted stays so when the next edit is written, although the file is the old one */
    struct ks_stamp stamp = {0};
    ks_store_mark_saved(s, ks_blob_copy(buf_slice(&want)), &stamp);
    assert_text(s, s->now, &want);
    ks_blob_unref(second);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static void parameters_go_with_their_key(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    put_pem(&b, "EC PARAMETERS", ks_slice("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10));
    put_key(&b, "leaf");
    put_cert(&b, other);
    put_cert(&want, other);
    struct ks_store *s = open_pem(&b);
    struct ks_plan plan = deleted(s, "private key 2");
    assert_text(s, plan.result, &want);
    ks_plan_drop(&plan);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static struct ks_blob *pkcs7_of(struct ks_blob *a, struct ks_blob *b)
{
    PKCS7 *p7 = PKCS7_new();
    struct ks_blob *const certs[] = {a, b};
    assert_true(PKCS7_set_type(p7, NID_pkcs7_signed) && PKCS7_content_new(p7, NID_pkcs7_data));
    for (size_t i = 0; i < 2; i++) {
        const unsigned char *at = certs[i]->data;
        X509 *cert = d2i_X509(NULL, &at, (long)certs[i]->len);
        assert_true(PKCS7_add_certificate(p7, cert));
        X509_free(cert);
    }
    unsigned char *der = NULL;
    int len = i2d_PKCS7(p7, &der);
    assert_true(len > 0);
    struct ks_blob *out = ks_blob_copy(ks_slice(der, (size_t)len));
    OPENSSL_free(der);
    PKCS7_free(p7);
    return out;
}

static void one_of_several_in_a_block_can_go(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    struct ks_blob *p7 = pkcs7_of(root, other);
    ks_buf_str(&b, "two\n");
    put_pem(&b, "PKCS7", ks_blob_slice(p7));
    ks_buf_str(&want, "two\n");
    put_cert(&want, other);
    struct ks_store *s = open_pem(&b);
    assert_int_equal(ks_store_count(s), 2);
    assert_text(s, s->now, &b);
    struct ks_plan plan = deleted(s, "root");
    assert_text(s, plan.result, &want);
    ks_plan_drop(&plan);
    ks_blob_unref(p7);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

/* ---- names ---- */

static void put_named(struct ks_buf *b, const char *name)
{
    ks_buf_printf(b, "Bag Attributes\n    friendlyName: %s\n    localKeyID: 01 02 \n", name);
    ks_buf_str(b, "subject=CN = leaf\n");
    put_cert(b, leaf);
    ks_buf_printf(b, "Bag Attributes\n    friendlyName: %s\n    localKeyID: 01 02 \n", name);
    ks_buf_str(b, "Key Attributes: <No Attributes>\n");
    ks_buf_append(b, sealed_key.data, sealed_key.len);
    ks_buf_str(b, "Bag Attributes\n    friendlyName: Fancy Root\n");
    put_cert(b, root);
}

static void a_name_line_is_changed_where_it_stands(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    put_named(&b, "Fancy Name");
    put_named(&want, "n\xc3\xa4me, another");
    struct ks_store *s = open_pem(&b);
    struct ks_plan plan = {0};
    assert_text(s, s->now, &b);
    assert_int_equal(
        ks_op_rename(s, op_entry(s, "Fancy Name"), "n\xc3\xa4me, another", &plan, NULL), KS_OK);
    assert_text(s, plan.result, &want);
    ks_plan_drop(&plan);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static void without_a_name_line_there_is_nothing_to_rename(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    put_cert(&b, root);
    put_named(&b, "Fancy Name");
    struct ks_store *s = open_pem(&b);
    assert_int_equal(ks_op_rename(s, ks_store_entry(s, 0), "x", &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias");
    assert_non_null(strstr(err.what, "PEM has no aliases"));
    static const char *const bad[] = {"", " x", "x ", "a\nb", "<a", "-----BEGIN X-----"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ks_op_rename(s, op_entry(s, "Fancy Name"), bad[i], &plan, &err),
                         KS_ERR_REFUSED);
    ks_store_free(s);
    ks_buf_free(&b);
}

/* ---- new entries ---- */

static void new_entries_stand_at_the_end(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    put_cert(&b, root);
    ks_buf_str(&b, "the end");
    ks_buf_append(&want, b.data, b.len);
    ks_buf_str(&want, "\n");
    put_cert(&want, other);
    struct ks_store *s = open_pem(&b), *from = op_store(&ks_format_jks, "changeit");
    op_add_trusted(from, "a name", other);
    struct ks_copy copy = {.from = from,
                           .entries = (const struct ks_entry *const *)from->now->entries,
                           .count = 1};
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_copy(s, &copy, NULL, &plan, NULL), KS_OK);
    assert_remark(&plan, "date-loss", "a name", KS_REMARK_NOTE);
    assert_int_equal(plan.result->entries[1]->kind, KS_KIND_CERT);
    assert_text(s, plan.result, &want);
    ks_plan_drop(&plan);
    ks_store_free(from);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static struct ks_store *converted(struct ks_store *from, const char *password, struct ks_plan *plan)
{
    struct ks_secret *pw = op_secret(password);
    struct ks_error err = {0};
    struct ks_convert how = {.format = &ks_format_pem, .path = "a.pem", .password = pw};
    if (ks_op_convert(from, &how, NULL, plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    struct ks_store *s = ks_plan_apply(plan);
    ks_secret_free(pw);
    ks_store_free(from);
    return s;
}

static struct ks_store *jks_with_key(void)
{
    struct ks_store *from = op_store(&ks_format_jks, "changeit");
    op_add_key(from, "server", "changeit");
    op_add_trusted(from, "my root", root);
    return from;
}

static void a_converted_store_keeps_names_keys_and_pairs(void **state)
{
    (void)state;
    struct ks_plan plan = {0};
    struct ks_store *s = converted(jks_with_key(), "new password", &plan);
    struct ks_buf text = op_written(s, s->now);
    assert_non_null(strstr(ks_buf_text(&text), "friendlyName: server\n"));
    assert_non_null(strstr(ks_buf_text(&text), "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    struct ks_store *back = open_pem(&text);
    assert_int_equal(ks_store_entry(back, 0)->kind, KS_KIND_KEY);
    assert_string_equal(ks_store_entry(back, 0)->alias, "server");
    assert_true(ks_store_entry(back, 0)->chain_len >= 1);
    assert_true(op_opens(back, ks_store_entry(back, 0), "new password"));
    assert_items(s, s->now);
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "new password");
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_eq(key, make_key("server")), 1);
    EVP_PKEY_free(key);
    BIO_free(bio);
    ks_store_free(back);
    ks_buf_free(&text);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void without_a_password_keys_are_in_clear_and_that_is_said(void **state)
{
    (void)state;
    struct ks_plan plan = {0};
    struct ks_store *s = converted(jks_with_key(), "", &plan);
    assert_remark(&plan, "key-clear", "server", KS_REMARK_WARNING);
    struct ks_buf text = op_written(s, s->now);
    assert_non_null(strstr(ks_buf_text(&text), "-----BEGIN PRIVATE KEY-----\n"));
    assert_items(s, s->now);
    ks_buf_free(&text);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void secret_keys_have_no_place_in_pem(void **state)
{
    (void)state;
    struct ks_store *from = op_store(&ks_format_jceks, "changeit");
    struct ks_plan plan = {0};
    op_add_secret(from, "aes", "AES", "changeit");
    struct ks_store *s = converted(from, "changeit", &plan);
    assert_remark(&plan, "type-loss", "aes", KS_REMARK_LOSS);
    assert_int_equal(ks_store_count(s), 0);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

/* ---- keys ---- */

static void a_key_gets_a_password_where_it_stands(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    ks_buf_str(&b, "the key\n");
    put_key(&b, "leaf");
    ks_buf_str(&b, "its certificate\n");
    put_cert(&b, leaf);
    b = with_crlf(&b);
    struct ks_store *s = open_pem(&b);
    struct ks_secret *pw = op_secret("a password");
    struct ks_passwd how = {.entry = ks_store_entry(s, 0), .entry_password = pw};
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_passwd(s, &how, NULL, &plan, NULL), KS_OK);
    struct ks_buf text = op_written(s, plan.result);
    const char *key = strstr(ks_buf_text(&text), "-----BEGIN ENCRYPTED PRIVATE KEY-----\r\n");
    const char *cert = strstr(ks_buf_text(&text), "-----END ENCRYPTED PRIVATE KEY-----\r\n"
                                                  "its certificate\r\n-----BEGIN CERT");
    assert_int_equal(strncmp(ks_buf_text(&text), "the key\r\n", 9), 0);
    assert_true(key && cert && key < cert);
    assert_null(strstr(ks_buf_text(&text), "BEGIN PRIVATE KEY"));
    ks_plan_apply(&plan);
    assert_true(op_opens(s, ks_store_entry(s, 0), "a password"));
    ks_secret_free(pw);
    ks_plan_drop(&plan);
    ks_buf_free(&text);
    ks_store_free(s);
    ks_buf_free(&b);
}

static void a_key_under_old_encryption_goes_over_with_its_headers(void **state)
{
    (void)state;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_true(PEM_write_bio_PrivateKey_traditional(bio, make_key("leaf"), EVP_aes_128_cbc(),
                                                     (const unsigned char *)"old", 3, NULL, NULL));
    long len = BIO_get_mem_data(bio, &text);
    struct ks_buf b = KS_BUF_INIT, target = KS_BUF_INIT;
    ks_buf_append(&b, text, (size_t)len);
    put_cert(&target, root);
    struct ks_store *from = open_pem(&b), *s = open_pem(&target);
    struct ks_copy copy = {.from = from,
                           .entries = (const struct ks_entry *const *)from->now->entries,
                           .count = 1};
    struct ks_plan plan = {0};
    assert_int_equal(ks_op_copy(s, &copy, NULL, &plan, NULL), KS_OK);
    ks_buf_append(&target, b.data, b.len);
    assert_text(s, plan.result, &target);
    ks_plan_drop(&plan);
    ks_store_free(from);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&target);
    BIO_free(bio);
}

static void a_new_chain_takes_the_place_of_the_old(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT, want = KS_BUF_INIT;
    ks_buf_str(&b, "my certificate\n");
    put_cert(&b, leaf);
    put_key(&b, "leaf");
    ks_buf_str(&b, "\nits issuer\n");
    put_cert(&b, root);
    ks_buf_str(&want, "my certificate\n");
    put_cert(&want, leaf);
    put_cert(&want, other);
    put_key(&want, "leaf");
    ks_buf_str(&want, "\n");
    struct ks_store *s = open_pem(&b);
    struct ks_entry *with = make_entry(KS_KIND_KEY, "x", 0, 2, ks_blob_ref(leaf),
                                       ks_blob_ref(other));
    struct ks_entry_draft d = ks_entry_draft_of(ks_store_entry(s, 0));
    d.chain = with->chain;
    d.chain_len = 2;
    d.edited = KS_EDITED_CHAIN;
    struct ks_entry *edited = ks_entry_new(&d);
    struct ks_entry **entries = ks_alloc_array(1, sizeof(struct ks_entry *));
    entries[0] = edited;
    struct ks_version *v = ks_version_new("", entries, 1, NULL, KS_PROTECT_KEEP);
    assert_text(s, v, &want);
    ks_version_unref(v);
    ks_entry_unref(with);
    ks_store_free(s);
    ks_buf_free(&b);
    ks_buf_free(&want);
}

static int make_certs(void **state)
{
    (void)state;
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    other = make_cert(&(struct make_cert){.cn = "other", .ca = true});
    put_sealed_key(&sealed_key, "leaf", "changeit");
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(root);
    ks_blob_unref(leaf);
    ks_blob_unref(other);
    ks_buf_free(&sealed_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_untouched_file_is_written_byte_for_byte),
        cmocka_unit_test(a_deleted_certificate_goes_with_its_heading),
        cmocka_unit_test(an_issuer_that_another_key_needs_stays),
        cmocka_unit_test(parameters_go_with_their_key),
        cmocka_unit_test(one_of_several_in_a_block_can_go),
        cmocka_unit_test(a_name_line_is_changed_where_it_stands),
        cmocka_unit_test(without_a_name_line_there_is_nothing_to_rename),
        cmocka_unit_test(new_entries_stand_at_the_end),
        cmocka_unit_test(a_converted_store_keeps_names_keys_and_pairs),
        cmocka_unit_test(without_a_password_keys_are_in_clear_and_that_is_said),
        cmocka_unit_test(secret_keys_have_no_place_in_pem),
        cmocka_unit_test(a_key_gets_a_password_where_it_stands),
        cmocka_unit_test(a_key_under_old_encryption_goes_over_with_its_headers),
        cmocka_unit_test(a_new_chain_takes_the_place_of_the_old),
    };
    return cmocka_run_group_tests_name("pem_write", tests, make_certs, drop_certs);
}
