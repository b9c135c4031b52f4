/* Where missing certificates may come from: files, directories, the host's own, pasted text. */
#include "saving.h"

#include "doctor/sources.h"
#include "op_store.h"
#include "x509/cert.h"

#include <unistd.h>

static struct ks_blob *root, *leaf, *other;
static struct ks_sources sources;
static struct ks_error err;

static int set_up(void **state)
{
    root = make_cert(&(struct make_cert){.cn = "root", .ca = true});
    leaf = make_cert(&(struct make_cert){.cn = "leaf", .issuer = "root"});
    other = make_cert(&(struct make_cert){.cn = "other"});
    sources = (struct ks_sources){0};
    err = (struct ks_error){0};
    (void)unsetenv("SSL_CERT_FILE");
    (void)unsetenv("JAVA_HOME");
    return make_dir(state);
}

static int tear_down(void **state)
{
    ks_sources_drop(&sources);
    ks_blob_unref(root);
    ks_blob_unref(leaf);
    ks_blob_unref(other);
    return remove_dir(state);
}

static const char *pem_file(const char *name, struct ks_blob *a, struct ks_blob *b)
{
    struct ks_buf pem = KS_BUF_INIT;
    ks_pem_write("CERTIFICATE", ks_blob_slice(a), &pem);
    if (b)
        ks_pem_write("CERTIFICATE", ks_blob_slice(b), &pem);
    const char *path = write_file(in_dir(name), slice_of(&pem));
    ks_buf_free(&pem);
    return path;
}

/* A keystore of one trusted certificate and one key pair. */
static const char *store_file(const char *name, const struct ks_format *format,
                              const char *password)
{
    struct ks_store *s = op_store(format, password);
    op_add_trusted(s, "the-root", root);
    op_add_key(s, "server", password);
    struct ks_buf bytes = op_written(s, s->now);
    const char *path = write_file(in_dir(name), slice_of(&bytes));
    ks_buf_free(&bytes);
    ks_store_free(s);
    return path;
}

static void add(const char *path, const char *password)
{
    struct ks_secret *pw = op_secret(password);
    enum ks_code rc = ks_sources_path(&sources, path, pw, NULL, &err);
    ks_secret_free(pw);
    if (rc != KS_OK)
        fail_msg("%s", err.what);
}

static struct ks_source last(void)
{
    assert_true(sources.count > 0);
    return sources.at[sources.count - 1];
}

static const struct ks_pool_cert *in_pool(const struct ks_pool *pool, const struct ks_blob *cert)
{
    for (size_t i = 0; i < ks_pool_count(pool); i++)
        if (ks_slice_equal(ks_cert_der(ks_pool_at(pool, i)->cert), ks_blob_slice(cert)))
            return ks_pool_at(pool, i);
    fail_msg("not in the pool");
    return NULL;
}

static void assert_where(const struct ks_pool_cert *cert, const struct ks_store *store,
                         const char *want)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_source_where(cert, store, &text);
    assert_string_equal(ks_buf_text(&text), want);
    ks_buf_free(&text);
}

/* ---- files ---- */

static void a_file_gives_its_certificates_and_says_where_they_are_from(void **state)
{
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    add(pem_file("chain.pem", leaf, root), NULL);
    add(store_file("trust.jks", &ks_format_jks, "changeit"), NULL);
    assert_int_equal(sources.at[0].kind, KS_SOURCE_FILE);
    assert_int_equal(sources.at[0].certs, 2);
    assert_int_equal(sources.at[1].certs, 2);
    assert_int_equal(sources.at[1].keys, 1);
    ks_sources_fill(&sources, pool, 5);
    assert_int_equal(ks_pool_count(pool), 3); /* the root is in both */
    assert_where(in_pool(pool, root), NULL, "chain.pem, certificate 2 of 2");
    assert_int_equal(in_pool(pool, root)->rank, 5);
    assert_true(in_pool(pool, root)->anchor); /* of the truststore */
    assert_false(in_pool(pool, leaf)->anchor);
    ks_pool_free(pool);
}

static void a_certificate_of_an_open_store_is_told_by_its_alias(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit"), *t;
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    op_add_trusted(s, "corp-root", root);
    t = op_store(&ks_format_jks, "changeit");
    ks_sources_open(&sources, s);
    assert_int_equal(last().kind, KS_SOURCE_OPEN);
    ks_sources_fill(&sources, pool, 0);
    assert_where(in_pool(pool, root), t, "made.ks \xe2\x80\xba corp-root");
    assert_where(in_pool(pool, root), s, "this keystore \xe2\x80\xba corp-root");
    ks_pool_free(pool);
    ks_sources_drop(&sources); /* borrowed: the store is still there */
    assert_int_equal(ks_store_count(s), 1);
    ks_store_free(s);
    ks_store_free(t);
}

static void a_file_that_cannot_be_opened_is_an_error(void **state)
{
    static const char words[] = "no certificate at all";
    (void)state;
    assert_int_equal(ks_sources_path(&sources, in_dir("nothing.pem"), NULL, NULL, &err), KS_ERR_IO);
    const char *text = write_file(in_dir("a.txt"), ks_slice(words, sizeof words - 1));
    assert_int_equal(ks_sources_path(&sources, text, NULL, NULL, &err), KS_ERR_FORMAT);
    assert_int_equal(sources.count, 0);
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    (void)state;
    const char *path = pem_file("large.pem", root, NULL);
    assert_int_equal(truncate(path, (16 << 20) + 1), 0);
    assert_int_equal(ks_sources_path(&sources, path, NULL, NULL, &err), KS_ERR_LIMIT);
    assert_string_equal(err.slug, "too-large");
    assert_int_equal(truncate(path, 16 << 20), 0);
    add(path, NULL);
    assert_int_equal(last().certs, 1);
}

static void what_a_wrong_password_leaves_is_taken(void **state)
{
    (void)state;
    add(store_file("a.jks", &ks_format_jks, "changeit"), "another");
    assert_int_equal(last().certs, 2);
    const char *p12 = store_file("a.p12", &ks_format_pkcs12, "changeit");
    struct ks_secret *wrong = op_secret("another");
    assert_int_equal(ks_sources_path(&sources, p12, wrong, NULL, &err), KS_ERR_PASSWORD);
    ks_secret_free(wrong);
    add(p12, "changeit");
    assert_int_equal(last().certs, 3); /* a PKCS12 has one for the chain, too */
    assert_int_equal(last().locked, 0);
    add(p12, NULL);
    assert_int_equal(last().certs, 0);
    assert_int_equal(last().locked, 1);
}

/* ---- directories ---- */

static void of_a_directory_files_are_taken_and_the_rest_is_counted(void **state)
{
    static const char words[] = "text";
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    (void)pem_file("b.pem", root, NULL);
    (void)pem_file("a.crt", leaf, NULL);
    (void)pem_file(".hidden.pem", other, NULL);
    (void)write_file(in_dir("notes.txt"), ks_slice(words, sizeof words - 1));
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    (void)pem_file("sub/deep.pem", other, NULL);
    assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
    (void)store_file("locked.p12", &ks_format_pkcs12, "secret");
    add(saving_dir, "changeit");
    assert_int_equal(last().kind, KS_SOURCE_DIRECTORY);
    assert_int_equal(last().store_count, 2);
    assert_int_equal(last().certs, 2);
    assert_int_equal(last().skipped, 5);
    assert_int_equal(last().locked, 1);
    ks_sources_fill(&sources, pool, 0);
    assert_where(in_pool(pool, leaf), NULL, "a.crt");
    ks_pool_free(pool);
}

static void a_link_out_of_the_directory_is_not_followed(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("ca"), 0700), 0);
    assert_int_equal(mkdir(in_dir("ca2"), 0700), 0);
    (void)pem_file("outside.pem", other, NULL);
    (void)pem_file("ca2/near.pem", other, NULL);
    (void)pem_file("ca/root.pem", root, NULL);
    assert_int_equal(symlink("../outside.pem", in_dir("ca/out.pem")), 0);
    assert_int_equal(symlink("../ca2/near.pem", in_dir("ca/near.pem")), 0);
    assert_int_equal(symlink("root.pem", in_dir("ca/5f2a.0")), 0);
    assert_int_equal(symlink("nowhere", in_dir("ca/broken")), 0);
    add(in_dir("ca"), NULL);
    assert_int_equal(last().certs, 2); /* the root, and by its link */
    assert_int_equal(last().skipped, 3);
}

static void of_a_directory_no_more_than_2000_files_are_opened(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("many"), 0700), 0);
    char *first = ks_strdup(pem_file("many/0000.pem", root, NULL));
    for (int i = 1; i < 2003; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "many/%04d.pem", i);
        assert_int_equal(link(first, in_dir(name)), 0);
    }
    free(first);
    add(in_dir("many"), NULL);
    assert_int_equal(last().store_count, 2000);
    assert_int_equal(last().skipped, 3);
}

static void no_more_than_20000_certificates_are_taken(void **state)
{
    struct ks_buf pem = KS_BUF_INIT;
    (void)state;
    for (int i = 0; i < 10001; i++)
        ks_pem_write("CERTIFICATE", ks_blob_slice(root), &pem);
    const char *path = write_file(in_dir("bulk.pem"), slice_of(&pem));
    ks_buf_free(&pem);
    add(path, NULL);
    assert_int_equal(last().certs, 10001);
    assert_int_equal(ks_sources_path(&sources, path, NULL, NULL, &err), KS_ERR_LIMIT);
    assert_string_equal(err.slug, "too-many-certificates");
    assert_int_equal(sources.count, 1);
}

/* ---- the host's own ---- */

static void the_systems_bundle_is_made_of_anchors(void **state)
{
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    const char *path = pem_file("bundle.crt", root, other);
    assert_int_equal(setenv("SSL_CERT_FILE", path, 1), 0);
    char *found = ks_system_bundle();
    assert_string_equal(found, path);
    free(found);
    assert_int_equal(ks_sources_system(&sources, NULL, &err), KS_OK);
    assert_int_equal(last().kind, KS_SOURCE_SYSTEM);
    ks_sources_fill(&sources, pool, 9);
    assert_true(in_pool(pool, root)->anchor);
    assert_where(in_pool(pool, other), NULL, "the system's CAs");
    ks_pool_free(pool);
}

static void without_a_bundle_it_is_said(void **state)
{
    (void)state;
    assert_int_equal(setenv("SSL_CERT_FILE", in_dir("none"), 1), 0);
    assert_null(ks_system_bundle());
    assert_int_equal(ks_sources_system(&sources, NULL, &err), KS_ERR_NOT_FOUND);
    assert_true(err.what[0] && err.next[0]);
}

static void the_jvm_of_java_home_is_asked_and_its_jssecacerts_first(void **state)
{
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    assert_int_equal(mkdir(in_dir("lib"), 0700), 0);
    assert_int_equal(mkdir(in_dir("lib/security"), 0700), 0);
    assert_int_equal(setenv("JAVA_HOME", saving_dir, 1), 0);
    (void)store_file("lib/security/cacerts", &ks_format_pkcs12, "changeit");
    assert_int_equal(ks_sources_cacerts(&sources, NULL, &err), KS_OK);
    assert_int_equal(last().kind, KS_SOURCE_CACERTS);
    assert_int_equal(last().keys, 1);
    ks_sources_fill(&sources, pool, 0);
    assert_true(in_pool(pool, root)->anchor);
    assert_where(in_pool(pool, root), NULL, "cacerts \xe2\x80\xba the-root");
    ks_pool_free(pool);
    (void)pem_file("lib/security/jssecacerts", other, NULL);
    assert_int_equal(ks_sources_cacerts(&sources, NULL, &err), KS_OK);
    assert_int_equal(last().certs, 1);
}

/* ---- text ---- */

static void pasted_text_is_a_source(void **state)
{
    struct ks_buf text = KS_BUF_INIT;
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    ks_buf_str(&text, "Hello,\nhere it is:\n");
    ks_pem_write("CERTIFICATE", ks_blob_slice(root), &text);
    assert_int_equal(ks_sources_text(&sources, slice_of(&text), NULL, &err), KS_OK);
    ks_sources_fill(&sources, pool, 0);
    assert_where(in_pool(pool, root), NULL, "the pasted text");
    ks_pool_free(pool);
    ks_buf_free(&text);
    assert_int_equal(ks_sources_text(&sources, ks_slice_str("hello"), NULL, &err), KS_ERR_FORMAT);
    assert_string_equal(err.slug, "no-pem");
    assert_int_equal(sources.count, 1);
}

/* Out of a JSON string, an e-mail, and a terminal that joined the lines. */
static void pasted_text_may_be_escaped_quoted_or_without_breaks(void **state)
{
    struct ks_buf pem = KS_BUF_INIT, json = KS_BUF_INIT, mail = KS_BUF_INIT, joined = KS_BUF_INIT;
    struct ks_buf *forms[] = {&json, &mail, &joined};
    (void)state;
    ks_pem_write("CERTIFICATE", ks_blob_slice(root), &pem);
    ks_buf_str(&json, "{\"ca\": \"");
    ks_buf_str(&mail, "> > ");
    for (const char *c = ks_buf_text(&pem); *c; c++) {
        ks_buf_str(&json, *c == '\n' ? "\\n" : (char[]){*c, 0});
        ks_buf_str(&mail, *c == '\n' ? "\r\n> > " : (char[]){*c, 0});
        ks_buf_str(&joined, *c == '\n' ? " " : (char[]){*c, 0});
    }
    ks_buf_str(&json, "\"}");
    for (size_t i = 0; i < 3; i++) {
        if (ks_sources_text(&sources, slice_of(forms[i]), NULL, &err) != KS_OK)
            fail_msg("%zu: %s", i, err.what);
        assert_int_equal(last().certs, 1);
        assert_false(ks_store_entry(last().stores[0], 0)->chain[0].flags & KS_CERT_BROKEN);
        ks_buf_free(forms[i]);
    }
    ks_buf_free(&pem);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_gives_its_certificates_and_says_where_they_are_from),
        TEST(a_certificate_of_an_open_store_is_told_by_its_alias),
        TEST(a_file_that_cannot_be_opened_is_an_error),
        TEST(a_file_that_is_too_large_is_not_read),
        TEST(what_a_wrong_password_leaves_is_taken),
        TEST(of_a_directory_files_are_taken_and_the_rest_is_counted),
        TEST(a_link_out_of_the_directory_is_not_followed),
        TEST(of_a_directory_no_more_than_2000_files_are_opened),
        TEST(no_more_than_20000_certificates_are_taken),
        TEST(the_systems_bundle_is_made_of_anchors),
        TEST(without_a_bundle_it_is_said),
        TEST(the_jvm_of_java_home_is_asked_and_its_jssecacerts_first),
        TEST(pasted_text_is_a_source),
        TEST(pasted_text_may_be_escaped_quoted_or_without_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
