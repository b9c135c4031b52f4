/* What is brought to a keystore from elsewhere: files and pasted text in any order. */
#include "saving.h"

#include "make_cert.h"
#include "op/gather.h"
#include "op/import.h"
#include "x509/cert.h"
#include "x509/der.h"

static struct ks_blob *root, *leaf, *other;

static int set_up(void **state)
{
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    other = make_cert(&(struct make_cert){.cn = "other"});
    return make_dir(state);
}

static int tear_down(void **state)
{
    ks_blob_unref(root);
    ks_blob_unref(leaf);
    ks_blob_unref(other);
    return remove_dir(state);
}

static void put_pem(struct ks_buf *out, struct ks_blob *cert)
{
    ks_pem_write("CERTIFICATE", ks_blob_slice(cert), out);
}

static const char *pem_file(const char *name, struct ks_blob *a, struct ks_blob *b)
{
    struct ks_buf pem = KS_BUF_INIT;
    put_pem(&pem, a);
    if (b)
        put_pem(&pem, b);
    const char *path = write_file(in_dir(name), slice_of(&pem));
    ks_buf_free(&pem);
    return path;
}

static void add_file(struct ks_gather *g, const char *path)
{
    struct ks_error err = {0};
    if (ks_gather_file(g, path, NULL, NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
}

static enum ks_code add_text(struct ks_gather *g, const char *text, struct ks_error *err)
{
    return ks_gather_text(g, "the pasted text", ks_slice_str(text), NULL, err);
}

static size_t count_of(const struct ks_gather *g)
{
    size_t count = 0, broken = 0;
    free(ks_gather_certs(g, &count, &broken));
    assert_int_equal(broken, 0);
    return count;
}

static void a_certificate_that_comes_again_is_counted_once(void **state)
{
    struct ks_gather g = {0};
    size_t count = 0;
    (void)state;
    add_file(&g, pem_file("a.pem", leaf, root));
    add_file(&g, pem_file("b.pem", root, other));
    struct ks_gathered *certs = ks_gather_certs(&g, &count, NULL);
    assert_int_equal(count, 3);
    assert_true(ks_slice_equal(ks_cert_der(certs[0].cert), ks_blob_slice(leaf)));
    assert_int_equal(certs[0].repeated, 0);
    assert_true(ks_slice_equal(ks_cert_der(certs[1].cert), ks_blob_slice(root)));
    assert_int_equal(certs[1].repeated, 1);
    assert_ptr_equal(certs[2].store, g.stores[1]);
    free(certs);
    ks_gather_drop(&g);
    assert_int_equal(g.count, 0);
}

static void a_file_that_was_added_already_is_passed_over(void **state)
{
    struct ks_gather g = {0};
    (void)state;
    add_file(&g, pem_file("a.pem", leaf, root));
    add_file(&g, pem_file("copy.pem", leaf, root));
    assert_int_equal(g.count, 1);
    ks_gather_drop(&g);
}

static void der_and_pem_and_stores_go_together(void **state)
{
    struct ks_gather g = {0};
    (void)state;
    add_file(&g, write_file(in_dir("leaf.cer"), ks_blob_slice(leaf)));
    add_file(&g, pem_file("root.pem", root, NULL));
    add_file(&g, KSX_DATA "/iq-reply.p7b");
    assert_int_equal(g.count, 3);
    assert_int_equal(count_of(&g), 5);
    ks_gather_drop(&g);
}

static void a_place_is_told_in_words(void **state)
{
    struct ks_gather g = {0};
    struct ks_buf words = KS_BUF_INIT;
    size_t count = 0;
    (void)state;
    add_file(&g, pem_file("a.pem", leaf, root));
    add_file(&g, pem_file("o.pem", other, NULL));
    struct ks_gathered *certs = ks_gather_certs(&g, &count, NULL);
    ks_gathered_where(&certs[1], &words);
    ks_buf_str(&words, "; ");
    ks_gathered_where(&certs[2], &words);
    assert_string_equal(ks_buf_text(&words), "a.pem, certificate 2 of 2; o.pem");
    ks_buf_free(&words);
    free(certs);
    ks_gather_drop(&g);
}

static void pasted_pem_may_have_anything_around_it(void **state)
{
    struct ks_gather g = {0};
    struct ks_buf text = KS_BUF_INIT, pem = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    put_pem(&pem, leaf);
    ks_buf_str(&text, "Dear customer,\r\n\r\nyour certificate:\r\n> ");
    for (size_t i = 0; i < pem.len; i++) {
        if (pem.data[i] == '\n' && i + 1 < pem.len)
            ks_buf_str(&text, "\r\n> ");
        else
            ks_buf_byte(&text, pem.data[i]);
    }
    ks_buf_str(&text, "\r\nregards -----\r\n");
    if (add_text(&g, ks_buf_text(&text), &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(count_of(&g), 1);
    assert_null(g.stores[0]->disk);
    ks_buf_free(&text);
    ks_buf_free(&pem);
    ks_gather_drop(&g);
}

/* Formats are told by the first 64 KiB. */
static void a_block_may_come_late_in_what_was_pasted(void **state)
{
    struct ks_gather g = {0};
    struct ks_buf text = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    for (int i = 0; i < 20000; i++)
        ks_buf_str(&text, "lines of a log\n");
    put_pem(&text, leaf);
    if (add_text(&g, ks_buf_text(&text), &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(count_of(&g), 1);
    ks_buf_free(&text);
    ks_gather_drop(&g);
}

static void bare_base64_is_taken(void **state)
{
    struct ks_gather g = {0};
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    put_pem(&pem, leaf);
    char *text = ks_buf_steal(&pem);
    char *begin = strchr(text, '\n') + 1;
    *strstr(begin, "-----END") = '\0';
    if (add_text(&g, begin, &err) != KS_OK)
        fail_msg("%s", err.what);
    assert_int_equal(count_of(&g), 1);
    free(text);
    ks_gather_drop(&g);
}

static void text_without_pem_is_refused(void **state)
{
    static const char *const texts[] = {"",         "dddqQ",      "hello world\n",
                                        "\x1b[31m", "-----BEGIN", "-----BEGIN CERTIFICATE----"};
    struct ks_gather g = {0};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ks_error err = {0};
        assert_int_equal(add_text(&g, texts[i], &err), KS_ERR_FORMAT);
        assert_string_equal(err.slug, "no-pem");
        assert_true(err.next[0]);
    }
    assert_int_equal(g.count, 0);
}

static void too_much_text_is_refused(void **state)
{
    struct ks_gather g = {0};
    struct ks_error err = {0};
    char *text = calloc(1, KS_PASTE_MAX + 1);
    (void)state;
    memset(text, 'A', KS_PASTE_MAX + 1);
    assert_int_equal(ks_gather_text(&g, "it", ks_slice(text, KS_PASTE_MAX + 1), NULL, &err),
                     KS_ERR_LIMIT);
    free(text);
}

static void what_cannot_be_opened_says_why(void **state)
{
    struct ks_gather g = {0};
    struct ks_error err = {0};
    (void)state;
    assert_int_equal(ks_gather_file(&g, in_dir("none.pem"), NULL, NULL, &err), KS_ERR_IO);
    const char *path = write_file(in_dir("notes.txt"), ks_slice_str("some notes"));
    assert_int_equal(ks_gather_file(&g, path, NULL, NULL, &err), KS_ERR_FORMAT);
    assert_string_equal(err.slug, "unknown-format");
    assert_int_equal(g.count, 0);
}

static void more_than_sixty_four_files_are_refused(void **state)
{
    struct ks_gather g = {0};
    struct ks_error err = {0};
    (void)state;
    for (long i = 0; i < KS_GATHER_SOURCES; i++) {
        struct ks_blob *c = make_cert(&(struct make_cert){.cn = "many", .serial = i + 1});
        add_file(&g, write_file(in_dir("many.cer"), ks_blob_slice(c)));
        ks_blob_unref(c);
    }
    assert_int_equal(g.count, KS_GATHER_SOURCES);
    assert_int_equal(ks_gather_file(&g, pem_file("a.pem", leaf, NULL), NULL, NULL, &err),
                     KS_ERR_LIMIT);
    ks_gather_drop(&g);
}

static void broken_certificates_are_counted_and_left_out(void **state)
{
    struct ks_gather g = {0};
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    size_t count = 0, broken = 0;
    (void)state;
    put_pem(&pem, leaf);
    ks_pem_write("CERTIFICATE", ks_slice("\x30\x07\x30\x05\xa0\x03\x02\x01\x02", 9), &pem);
    assert_int_equal(add_text(&g, ks_buf_text(&pem), &err), KS_OK);
    free(ks_gather_certs(&g, &count, &broken));
    assert_int_equal(count, 1);
    assert_int_equal(broken, 1);
    ks_buf_free(&pem);
    ks_gather_drop(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_comes_again_is_counted_once),
        cmocka_unit_test(a_file_that_was_added_already_is_passed_over),
        cmocka_unit_test(der_and_pem_and_stores_go_together),
        cmocka_unit_test(a_place_is_told_in_words),
        cmocka_unit_test(pasted_pem_may_have_anything_around_it),
        cmocka_unit_test(a_block_may_come_late_in_what_was_pasted),
        cmocka_unit_test(bare_base64_is_taken),
        cmocka_unit_test(text_without_pem_is_refused),
        cmocka_unit_test(too_much_text_is_refused),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(more_than_sixty_four_files_are_refused),
        cmocka_unit_test(broken_certificates_are_counted_and_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
