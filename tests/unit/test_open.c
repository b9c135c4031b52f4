/* From a path to a store: what is opened, what is refused and in which words. */
#include "loose.h"

#include "base/alloc.h"
#include "file/open.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct loose_pki *pki;
static char directory[] = "/tmp/ksx-open-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static const char *file_with(const char *name, struct ks_slice bytes)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
    return path;
}

static const char *leaf_file(const char *name)
{
    struct ks_buf pem = KS_BUF_INIT;
    loose_put_cert(pki->leaf, &pem);
    const char *path = file_with(name, loose_bytes(&pem));
    ks_buf_free(&pem);
    return path;
}

static struct ks_error refused(const char *path, enum ks_code code, const char *slug)
{
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    enum ks_code rc = ks_open(path, NULL, NULL, &store, &err);
    assert_null(store);
    assert_int_equal(rc, code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.slug, slug);
    assert_true(err.next[0]);
    return err;
}

/* The words begin with the path as it was given: two files may have the same last part. */
static void assert_told(const struct ks_error *err, const char *path, const char *words)
{
    char expected[sizeof err->what];
    (void)snprintf(expected, sizeof expected, "%s%s", path, words);
    assert_string_equal(err->what, expected);
}

/* ---- what opens ---- */

static void a_store_knows_where_it_comes_from(void **state)
{
    (void)state;
    struct ks_error err = {.what = "untouched"};
    struct ks_store *store;
    struct stat st;
    const char *path = leaf_file("leaf.crt");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(ks_open(path, NULL, NULL, &store, &err), KS_OK);
    assert_string_equal(err.what, "untouched");
    assert_string_equal(store->path, path);
    assert_string_equal(store->type, "PEM");
    assert_ptr_equal(store->format, &ks_format_pem);
    assert_int_equal(store->mode, 0640);
    assert_int_equal(store->mtime, st.st_mtim.tv_sec);
    assert_int_equal(store->file->len, st.st_size);
    assert_null(store->password);
    ks_store_free(store);
}

static void the_name_of_a_file_says_nothing(void **state)
{
    (void)state;
    struct ks_store *store;
    assert_int_equal(ks_open(leaf_file("really.jks"), NULL, NULL, &store, NULL), KS_OK);
    assert_ptr_equal(store->format, &ks_format_pem);
    ks_store_free(store);
}

static void a_symbolic_link_to_a_file_is_followed(void **state)
{
    (void)state;
    struct ks_store *store;
    char link[256];
    (void)leaf_file("target.crt");
    (void)snprintf(link, sizeof link, "%s", path_of("link.crt"));
    assert_int_equal(symlink("target.crt", link), 0);
    assert_int_equal(ks_open(link, NULL, NULL, &store, NULL), KS_OK);
    ks_store_free(store);
}

static void a_date_far_away_is_kept_whole(void **state)
{
    (void)state;
    struct ks_store *store;
    const char *path = leaf_file("far.crt");
    const struct timespec far[2] = {{.tv_sec = 13569465600, .tv_nsec = 5}, /* the year 2400 */
                                    {.tv_sec = 13569465600, .tv_nsec = 5}};
    assert_int_equal(utimensat(AT_FDCWD, path, far, 0), 0);
    assert_int_equal(ks_open(path, NULL, NULL, &store, NULL), KS_OK);
    assert_int_equal(store->stamp.mtime, 13569465600);
    assert_int_equal(store->stamp.mtime_nsec, 5);
    ks_store_free(store);
}

static void a_rewrite_that_sets_the_date_back_is_noticed(void **state)
{
    (void)state;
    struct ks_store *before, *after;
    struct stat st;
    char path[256];
    (void)snprintf(path, sizeof path, "%s", leaf_file("rewritten.crt"));
    assert_int_equal(ks_open(path, NULL, NULL, &before, NULL), KS_OK);
    assert_int_equal(stat(path, &st), 0);
    do { /* the clock of the file system may be coarse */
        const struct timespec back[2] = {st.st_atim, st.st_mtim};
        (void)leaf_file("rewritten.crt");
        assert_int_equal(utimensat(AT_FDCWD, path, back, 0), 0);
        assert_int_equal(ks_open(path, NULL, NULL, &after, NULL), KS_OK);
        if (after->stamp.ctime == before->stamp.ctime &&
            after->stamp.ctime_nsec == before->stamp.ctime_nsec) {
            ks_store_free(after);
            after = NULL;
        }
    } while (!after);
    assert_true(ks_stamp_equal_but_ctime(&before->stamp, &after->stamp));
    assert_false(ks_stamp_equal(&before->stamp, &after->stamp));
    ks_store_free(before);
    ks_store_free(after);
}

static const char *p12_file(const char *name)
{
    struct ks_buf der = KS_BUF_INIT;
    PKCS12 *p12 =
        PKCS12_create("changeit", "server", pki->leaf_key, pki->leaf, NULL, 0, 0, 100, 100, 0);
    LOOSE(i2d_PKCS12_bio, p12, &der);
    PKCS12_free(p12);
    const char *path = file_with(name, loose_bytes(&der));
    ks_buf_free(&der);
    return path;
}

/* Without a MAC; `cipher` -1 leaves the certificates in clear. */
static const char *p12_without_mac(const char *name, int cipher)
{
    struct ks_buf der = KS_BUF_INIT;
    PKCS12 *p12 = PKCS12_create("changeit", "server", pki->leaf_key, pki->leaf, NULL, 0, cipher,
                                100, -1, 0);
    LOOSE(i2d_PKCS12_bio, p12, &der);
    PKCS12_free(p12);
    const char *path = file_with(name, loose_bytes(&der));
    ks_buf_free(&der);
    return path;
}

static void a_password_that_nothing_proved_is_not_written_with(void **state)
{
    (void)state;
    struct ks_store *store;
    struct ks_secret *typed = ks_secret_new("changed", 7), *right = ks_secret_new("changeit", 8);
    assert_int_equal(ks_open(p12_without_mac("clear.p12", -1), typed, NULL, &store, NULL), KS_OK);
    assert_null(store->now->password);
    assert_null(store->saved->password);
    assert_true(ks_secret_equal(store->password, typed)); /* tried for the key all the same */
    ks_store_free(store);
    assert_int_equal(ks_open(p12_without_mac("sealed.p12", 0), right, NULL, &store, NULL), KS_OK);
    assert_true(ks_secret_equal(store->now->password, right));
    ks_store_free(store);
    ks_secret_free(typed);
    ks_secret_free(right);
}

/* "the file is damaged" does not name it. */
static void a_file_with_a_short_name_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"t", "the"};
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(directory), 0);
    for (size_t i = 0; i < 2; i++) {
        struct ks_error err = {0};
        struct ks_store *store = NULL;
        (void)file_with(names[i], ks_slice("\x30\x80\x02\x01\x03\x30\x00", 7));
        assert_int_not_equal(ks_open(names[i], NULL, NULL, &store, &err), KS_OK);
        assert_null(store);
        if (strncmp(err.what, names[i], strlen(names[i])) != 0 ||
            strncmp(err.what, "the file", 8) == 0)
            fail_msg("%s: %s", names[i], err.what);
        assert_int_equal(unlink(names[i]), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void the_password_that_opened_it_is_remembered(void **state)
{
    (void)state;
    struct ks_store *store;
    struct ks_secret *right = ks_secret_new("changeit", 8);
    const char *path = p12_file("server.p12");
    assert_int_equal(ks_open(path, right, NULL, &store, NULL), KS_OK);
    assert_true(ks_secret_equal(store->password, right));
    ks_store_free(store);
    assert_int_equal(ks_open(path, NULL, NULL, &store, NULL), KS_OK);
    assert_null(store->password);
    ks_store_free(store);
    ks_secret_free(right);
}

static void a_password_that_does_not_fit_names_the_file(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    struct ks_secret *wrong = ks_secret_new("wrong", 5);
    const char *path = p12_file("server.p12");
    assert_int_equal(ks_open(path, wrong, NULL, &store, &err), KS_ERR_PASSWORD);
    assert_null(store);
    assert_string_equal(err.slug, "wrong-password");
    assert_ptr_equal(strstr(err.what, path), err.what);
    ks_secret_free(wrong);
}

static void a_file_of_several_megabytes_is_read_whole(void **state)
{
    (void)state;
    struct ks_buf one = KS_BUF_INIT, pem = KS_BUF_INIT;
    struct ks_store *store;
    struct ks_job *job = ks_job_new();
    const char *what;
    uint64_t done, total;
    loose_put_cert(pki->leaf, &one);
    for (int i = 0; i < 5000; i++)
        ks_buf_slice(&pem, loose_bytes(&one));
    assert_true(pem.len > 2u << 20);
    assert_int_equal(ks_open(file_with("many.pem", loose_bytes(&pem)), NULL, job, &store, NULL),
                     KS_OK);
    assert_int_equal(ks_store_count(store), 5000);
    assert_true(ks_slice_equal(ks_blob_slice(store->file), loose_bytes(&pem)));
    ks_job_progress(job, &what, &done, &total);
    assert_true(done > 0);
    ks_store_free(store);
    ks_job_free(job);
    ks_buf_free(&one);
    ks_buf_free(&pem);
}

static void a_cancelled_job_opens_nothing(void **state)
{
    (void)state;
    struct ks_error err = {0};
    struct ks_store *store = NULL;
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    assert_int_equal(ks_open(leaf_file("leaf.crt"), NULL, job, &store, &err), KS_ERR_CANCELLED);
    assert_null(store);
    ks_job_free(job);
}

/* ---- what is refused ---- */

static void a_file_that_is_not_there(void **state)
{
    (void)state;
    struct ks_error err = refused(path_of("missing.jks"), KS_ERR_IO, "not-found");
    assert_told(&err, path_of("missing.jks"), " was not opened: no such file");
}

static void a_directory_is_no_file(void **state)
{
    (void)state;
    struct ks_error err = refused(directory, KS_ERR_IO, "is-directory");
    assert_non_null(strstr(err.what, "it is a directory"));
}

static void a_fifo_without_a_writer_does_not_block(void **state)
{
    (void)state;
    const char *path = path_of("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    struct ks_error err = refused(path, KS_ERR_IO, "not-a-file");
    assert_told(&err, path, " was not opened: it is a FIFO, not a file");
}

static void a_device_is_not_read(void **state)
{
    (void)state;
    struct ks_error err = refused("/dev/zero", KS_ERR_IO, "not-a-file");
    assert_string_equal(err.what, "/dev/zero was not opened: it is a character device, not a file");
}

static void a_socket_is_not_read(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of("socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    (void)refused(address.sun_path, KS_ERR_IO, "not-a-file");
    (void)close(fd);
}

static void a_link_to_itself_ends(void **state)
{
    (void)state;
    const char *path = path_of("loop");
    assert_int_equal(symlink("loop", path), 0);
    struct ks_error err = refused(path, KS_ERR_IO, "read-error");
    assert_non_null(strstr(err.what, "symbolic links"));
    assert_string_equal(err.next, "check where its symbolic links lead");
}

static void a_file_without_read_permission_names_mode_and_owner(void **state)
{
    (void)state;
    if (geteuid() == 0) {
        print_message("skipped: root may read everything\n");
        skip();
    }
    const char *path = leaf_file("secret.crt");
    assert_int_equal(chmod(path, 0200), 0);
    struct ks_error err = refused(path, KS_ERR_IO, "permission-read");
    assert_non_null(strstr(err.what, "no read permission (mode 0200, owner "));
    assert_non_null(strstr(err.next, "chmod u+r"));
}

static void an_empty_file_is_called_empty(void **state)
{
    (void)state;
    const char *path = file_with("empty.jks", ks_slice("", 0));
    struct ks_error err = refused(path, KS_ERR_FORMAT, "empty-file");
    assert_told(&err, path, " was not opened: the file is empty");
}

static void a_file_that_nobody_knows_says_what_it_begins_with(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *words;
    } cases[] = {
        {"just some notes\n", 16, "begins with text"},
        {"caf\xc3\xa9 notes\n", 12, "begins with text"},
        {"\0\0\0\0\0\0\0\0\0\0\0\0", 12, "begins with zero bytes"},
        {"\x01\x02\x03\xff\xfe\x00\x01", 7, "begins with binary data"},
        {"caf\xe9 notes\n", 11, "begins with text"},
        {"\x30\x80\x30\x80\x30\x80\x30\x80", 8, "begins with binary data"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = file_with("notes", ks_slice(cases[i].bytes, cases[i].len));
        struct ks_error err = refused(path, KS_ERR_FORMAT, "unknown-format");
        assert_ptr_equal(strstr(err.what, path), err.what);
        assert_non_null(strstr(err.what, "/notes was not opened"));
        assert_non_null(strstr(err.what, cases[i].words));
        assert_non_null(strstr(err.next, "its first bytes are "));
    }
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
    (void)state;
    const char *path = path_of("huge.p12");
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)KS_FILE_MAX + 1), 0); /* sparse */
    (void)close(fd);
    struct ks_error err = refused(path, KS_ERR_IO, "too-large");
    assert_non_null(strstr(err.what, "at most 256 MiB"));
    assert_int_equal(unlink(path), 0);
}

static void a_loader_that_knows_no_path_still_names_the_file(void **state)
{
    (void)state;
    struct ks_buf der = KS_BUF_INIT;
    LOOSE(i2d_X509_bio, pki->leaf, &der);
    const char *path = file_with("cut.crt", ks_slice(der.data, 100));
    struct ks_error err = refused(path, KS_ERR_DAMAGED, "truncated");
    assert_ptr_equal(strstr(err.what, path), err.what);
    assert_non_null(strstr(err.what, "/cut.crt: the file is damaged: it should hold "));
    ks_buf_free(&der);
}

static void a_long_name_is_said_once(void **state)
{
    (void)state;
    char name[240];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const char *path = file_with(name, ks_slice("\xfe\xed\xfe\xed\0", 5));
    struct ks_error err = refused(path, KS_ERR_DAMAGED, "truncated");
    assert_null(strstr(err.what, "n: n"));
    assert_non_null(strstr(err.what, "n is damaged: it ends inside its header"));
    assert_int_equal(unlink(path_of(name)), 0);
}

/* It opens, so nobody but the store's own words about the damage names the file. */
static void damage_names_the_file(void **state)
{
    (void)state;
    struct ks_store *store;
    struct ks_buf pem = KS_BUF_INIT;
    loose_put_cert(pki->leaf, &pem);
    ks_buf_str(&pem, "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n");
    const char *path = file_with("half.pem", loose_bytes(&pem));
    assert_int_equal(ks_open(path, NULL, NULL, &store, NULL), KS_OK);
    assert_told(&store->damage, path, ": 1 of 2 PEM blocks cannot be read");
    ks_store_free(store);
    ks_buf_free(&pem);
}

static void a_file_that_the_kernel_makes_up_is_no_file(void **state)
{
    (void)state;
    if (access("/proc/version", R_OK) != 0)
        skip();
    struct ks_error err = refused("/proc/version", KS_ERR_IO, "not-a-file");
    assert_string_equal(err.next, "copy its contents into a file first");
}

static void nobody_has_to_ask_for_the_reason(void **state)
{
    (void)state;
    struct ks_store *store = NULL;
    assert_int_equal(ks_open(path_of("missing"), NULL, NULL, &store, NULL), KS_ERR_IO);
    assert_null(store);
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
    static const char *const names[] = {
        "leaf.crt",  "really.jks", "target.crt", "link.crt", "server.p12",
        "many.pem",  "pipe",       "socket",     "loop",     "secret.crt",
        "empty.jks", "notes",      "huge.p12",   "cut.crt",  "half.pem",
        "far.crt",   "clear.p12",  "sealed.p12", "rewritten.crt",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)unlink(path_of(names[i]));
    loose_pki_free(pki);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_knows_where_it_comes_from),
        cmocka_unit_test(the_name_of_a_file_says_nothing),
        cmocka_unit_test(a_date_far_away_is_kept_whole),
        cmocka_unit_test(a_rewrite_that_sets_the_date_back_is_noticed),
        cmocka_unit_test(a_symbolic_link_to_a_file_is_followed),
        cmocka_unit_test(a_file_with_a_short_name_is_named),
        cmocka_unit_test(the_password_that_opened_it_is_remembered),
        cmocka_unit_test(a_password_that_nothing_proved_is_not_written_with),
        cmocka_unit_test(a_password_that_does_not_fit_names_the_file),
        cmocka_unit_test(a_file_of_several_megabytes_is_read_whole),
        cmocka_unit_test(a_cancelled_job_opens_nothing),
        cmocka_unit_test(a_file_that_is_not_there),
        cmocka_unit_test(a_directory_is_no_file),
        cmocka_unit_test(a_fifo_without_a_writer_does_not_block),
        cmocka_unit_test(a_device_is_not_read),
        cmocka_unit_test(a_socket_is_not_read),
        cmocka_unit_test(a_link_to_itself_ends),
        cmocka_unit_test(a_file_without_read_permission_names_mode_and_owner),
        cmocka_unit_test(an_empty_file_is_called_empty),
        cmocka_unit_test(a_file_that_nobody_knows_says_what_it_begins_with),
        cmocka_unit_test(a_file_that_is_too_large_is_not_read),
        cmocka_unit_test(a_loader_that_knows_no_path_still_names_the_file),
        cmocka_unit_test(a_long_name_is_said_once),
        cmocka_unit_test(damage_names_the_file),
        cmocka_unit_test(a_file_that_the_kernel_makes_up_is_no_file),
        cmocka_unit_test(nobody_has_to_ask_for_the_reason),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
