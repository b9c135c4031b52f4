/* The words of a file listing, from the first 64 KiB and without waiting for anything. */
#include "loose.h"

#include "file/open.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct loose_pki *pki;
static char directory[] = "/tmp/ksx-probe-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static struct ks_probe probe_of(struct ks_buf *bytes)
{
    struct ks_probe probe;
    const char *path = path_of("file");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, f), bytes->len);
    assert_int_equal(fclose(f), 0);
    ks_probe(path, &probe);
    assert_int_equal(probe.size, bytes->len);
    ks_buf_free(bytes);
    return probe;
}

static void assert_looks(struct ks_buf *bytes, const char *words)
{
    struct ks_probe probe = probe_of(bytes);
    assert_string_equal(probe.looks, words);
    assert_true(probe.openable);
    assert_false(probe.wants_password);
    assert_false(probe.directory);
    assert_true(probe.mtime > 0);
}

static void loose_files_are_described_without_a_format_name(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    loose_put_cert(pki->leaf, &b);
    assert_looks(&b, "certificate CN=leaf.example,O=Example");
    LOOSE(i2d_X509_bio, pki->leaf, &b);
    assert_looks(&b, "certificate CN=leaf.example,O=Example");
    loose_put_key(pki->leaf_key, "secret", &b);
    assert_looks(&b, "PKCS8 private key, encrypted");
    X509 *const certs[] = {pki->leaf, pki->root, pki->other};
    PKCS7 *p7 = loose_pkcs7(certs, 3);
    LOOSE(i2d_PKCS7_bio, p7, &b);
    PKCS7_free(p7);
    assert_looks(&b, "PKCS7, 3 certificates");
    for (int i = 0; i < 3; i++)
        loose_put_cert(pki->root, &b);
    loose_put_key(pki->leaf_key, NULL, &b);
    assert_looks(&b, "3 certificates, 1 private key");
}

static void a_keystore_is_named_and_wants_a_password(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    PKCS12 *p12 =
        PKCS12_create("changeit", "server", pki->leaf_key, pki->leaf, NULL, 0, 0, 100, 100, 0);
    LOOSE(i2d_PKCS12_bio, p12, &b);
    PKCS12_free(p12);
    struct ks_probe probe = probe_of(&b);
    assert_ptr_equal(probe.format, &ks_format_pkcs12);
    assert_int_equal(strncmp(probe.looks, "PKCS12", 6), 0);
    assert_true(probe.openable);
    assert_true(probe.wants_password);
}

static void only_the_first_64_kib_are_looked_at(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    for (size_t i = 0; i < KS_PROBE_BYTES + 100; i++)
        ks_buf_byte(&b, 'x');
    ks_buf_byte(&b, '\n');
    loose_put_cert(pki->leaf, &b);
    struct ks_probe probe = probe_of(&b);
    assert_null(probe.format);
    for (int i = 0; i < 200; i++)
        loose_put_cert(pki->leaf, &b);
    probe = probe_of(&b);
    assert_int_equal(strncmp(probe.looks, "more than ", 10), 0);
    assert_non_null(strstr(probe.looks, " certificates"));
}

static void a_file_of_another_kind_is_said_to_have_no_key(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    ks_buf_str(&b, "dear diary\n");
    struct ks_probe probe = probe_of(&b);
    assert_string_equal(probe.looks, "no key or certificate");
    assert_null(probe.format);
    assert_false(probe.openable);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    static const char wide[] = "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5"
                               "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5"
                               "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5"
                               "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5"
                               "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5"
                               "\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5";
    X509 *x = loose_cert(wide, pki->leaf_key, NULL, NULL);
    loose_put_cert(x, &b);
    X509_free(x);
    struct ks_probe probe = probe_of(&b);
    size_t len = strlen(probe.looks);
    assert_true(len > 80 && len < sizeof probe.looks);
    assert_int_equal((len - strlen("certificate CN=")) % 3, 0);
}

static void what_is_no_regular_file_is_named(void **state)
{
    (void)state;
    struct ks_probe probe;
    ks_probe(directory, &probe);
    assert_string_equal(probe.looks, "directory");
    assert_true(probe.directory);
    assert_false(probe.openable);

    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    ks_probe(path_of("pipe"), &probe);
    assert_string_equal(probe.looks, "FIFO");
    ks_probe("/dev/zero", &probe);
    assert_string_equal(probe.looks, "character device");
    ks_probe(path_of("missing"), &probe);
    assert_string_equal(probe.looks, "not readable: no such file");
    assert_int_equal(probe.size, 0);
    assert_false(probe.openable);
}

static void an_empty_file_is_called_empty(void **state)
{
    (void)state;
    struct ks_buf b = KS_BUF_INIT;
    ks_buf_str(&b, "");
    struct ks_probe probe = probe_of(&b);
    assert_string_equal(probe.looks, "empty file");
    assert_false(probe.openable);
}

static void a_file_without_permission_says_so(void **state)
{
    (void)state;
    struct ks_probe probe;
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    int fd = open(path_of("locked"), O_CREAT | O_WRONLY, 0200);
    assert_true(fd >= 0);
    (void)close(fd);
    ks_probe(path_of("locked"), &probe);
    assert_string_equal(probe.looks, "not readable: permission denied");
}

static int setup(void **state)
{
    (void)state;
    pki = loose_pki_new();
    return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path_of("file"));
    (void)unlink(path_of("pipe"));
    (void)unlink(path_of("locked"));
    loose_pki_free(pki);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loose_files_are_described_without_a_format_name),
        cmocka_unit_test(a_keystore_is_named_and_wants_a_password),
        cmocka_unit_test(only_the_first_64_kib_are_looked_at),
        cmocka_unit_test(a_file_of_another_kind_is_said_to_have_no_key),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(what_is_no_regular_file_is_named),
        cmocka_unit_test(an_empty_file_is_called_empty),
        cmocka_unit_test(a_file_without_permission_says_so),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
