/* The subcommands that change keystores, as a user runs them. */
#include "saving.h"

static const char *const changeit[] = {"KSX_P=changeit", "KSX_N=new secret", NULL};
static const struct run_options with_password = {.env = changeit};

#define KSX(...) RUN_WITH(&with_password, KSX_PROGRAM, __VA_ARGS__, "--pass", "env:KSX_P")

static void assert_says(struct run *r, int exit, const char *words)
{
    if (!strstr(r->err, words) && !strstr(r->out, words))
        fail_msg("not said: %s\n%s%s", words, r->out, r->err);
    assert_int_equal(r->exit, exit);
    run_free(r);
}

static void assert_same(const char *path, const struct ks_buf *before)
{
    struct ks_buf now = read_file(path);
    assert_true(ks_slice_equal(slice_of(&now), slice_of(before)));
    ks_buf_free(&now);
}

static void of_two_entries_of_one_name_the_one_that_java_shows_is_deleted(void **state)
{
    (void)state;
    const char *path = sample("jks-dup.jks", "a.jks");
    struct run r = KSX("delete", path, "twice");
    assert_says(&r, 0, "CN=Matrix Root CA"); /* the last of them */
    r = KSX("list", path);
    assert_says(&r, 0, "CN=Lone CA");
}

static void to_delete_the_only_copy_is_what_was_asked_for(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct run r = KSX("delete", path, "server");
    assert_says(&r, 0, "is written");
}

static void nothing_is_deleted_from_a_damaged_keystore(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    assert_int_equal(truncate(path, 5000), 0);
    struct ks_buf before = read_file(path);
    struct run r = KSX("delete", path, "root");
    assert_true(r.exit != 0);
    assert_non_null(strstr(r.err, "nothing was written: "));
    assert_non_null(strstr(r.err, "restore the file"));
    assert_null(strstr(r.err, "entry would be lost"));
    run_free(&r);
    assert_same(path, &before);
    ks_buf_free(&before);
}

static void a_limit_of_file_sizes_is_an_error(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_buf before = read_file(path);
    struct run r = RUN_WITH(&with_password, "sh", "-c",
                            "ulimit -f 1; exec \"$0\" rename \"$1\" server new --pass env:KSX_P",
                            KSX_PROGRAM, path);
    assert_says(&r, 6, "larger than is allowed");
    assert_same(path, &before);
    ks_buf_free(&before);
}

/* ---- passwords ---- */

static void the_keys_of_a_pkcs12_get_its_new_password(void **state)
{
    (void)state;
    const char *path = sample("p12-java17.p12", "a.p12");
    struct run r = KSX("passwd", path, "--new-pass", "env:KSX_N", "-q");
    assert_says(&r, 0, "");
    r = RUN_WITH(&with_password, "openssl", "pkcs12", "-in", path, "-passin", "env:KSX_N", "-nodes",
                 "-nocerts");
    assert_says(&r, 0, "PRIVATE KEY");
}

static void a_key_that_keeps_its_password_is_said_in_quiet_too(void **state)
{
    (void)state;
    const char *path = sample("jks-keypass.jks", "a.jks");
    struct run r = KSX("passwd", path, "--new-pass", "env:KSX_N", "-q");
    assert_string_equal(r.out, "");
    assert_says(&r, 0, "server: its key keeps the password that it has");
}

static void a_key_that_stays_locked_stops_the_change_of_all(void **state)
{
    (void)state;
    const char *path = sample("jks-keypass.jks", "a.jks");
    struct run r = KSX("passwd", path, "--new-pass", "env:KSX_N", "--all-entries", "-n");
    assert_says(&r, 4, "--key-pass gives the password of the key");
    r = KSX("passwd", path, "--entry", "server", "--new-key-pass", "env:KSX_N", "--key-pass",
            "env:KSX_P");
    assert_says(&r, 4, "the password of --key-pass does not fit");
}

static void none_is_no_new_password(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct ks_buf before = read_file(path);
    struct run r = KSX("passwd", path, "--new-pass", "none");
    assert_says(&r, 2, "--empty-password");
    r = KSX("passwd", path, "--empty-password", "--new-pass", "env:KSX_N");
    assert_says(&r, 2, "give one");
    assert_same(path, &before);
    ks_buf_free(&before);
    r = KSX("passwd", path, "--empty-password");
    assert_says(&r, 0, "the password is empty");
    r = RUN("sh", "-c", "KSX_E= exec \"$0\" list \"$1\" --pass env:KSX_E", KSX_PROGRAM, path);
    assert_says(&r, 0, "integrity verified");
}

static void a_new_password_that_is_missing_is_asked_for_by_its_option(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct run r = KSX("passwd", path);
    assert_null(strstr(r.err, "--pass "));
    assert_says(&r, 4, "--new-pass env:VAR");
    r = KSX("passwd", path, "--entry", "server");
    assert_says(&r, 4, "--new-key-pass env:VAR");
}

static void a_key_that_is_not_opened_names_its_option(void **state)
{
    (void)state;
    const char *path = sample("jks-keypass.jks", "a.jks"), *out = in_dir("b.p12");
    struct run r = KSX("convert", path, "--to", "pkcs12", "-o", out);
    assert_says(&r, 4, "--key-pass gives the password of the key");
    r = KSX("convert", path, "--to", "pkcs12", "-o", out, "--key-pass", "env:KSX_P");
    assert_says(&r, 4, "the password of --key-pass does not fit");
    r = KSX("convert", path, "--to", "pkcs12", "-o", out, "--key-pass", "env:KSX_UNSET");
    assert_says(&r, 4, "that of --key-pass");
    assert_string_equal(listing(), "a.jks");
}

/* ---- nothing to do ---- */

static void what_changes_nothing_is_not_written(void **state)
{
    (void)state;
    const char *a = keystore("a.jks"), *b = keystore("b.jks");
    struct run r = KSX("copy", a, "server", "--to", b, "--clash", "skip");
    assert_says(&r, 0, "there is nothing to do");
    r = KSX("merge", a, "--to", b, "--clash", "replace", "--json");
    assert_says(&r, 0, "\"written\":false");
    r = KSX("rename", a, "server", "SERVER");
    assert_says(&r, 0, "server has that name already");
    assert_string_equal(listing(), "a.jks b.jks");
}

static void a_merge_says_what_it_left_out(void **state)
{
    (void)state;
    const char *a = keystore("a.jks"), *b = keystore("b.jks");
    struct run r = KSX("delete", a, "root", "-q");
    run_free(&r);
    r = KSX("rename", a, "lone", "root", "-q");
    run_free(&r);
    r = KSX("merge", a, "--to", b, "--clash", "skip", "-n");
    if (!strstr(r.out, "b.jks has another entry under that name"))
        fail_msg("%s%s", r.out, r.err);
    assert_says(&r, 0, "nothing was written");
    r = KSX("merge", a, "--to", b, "--clash", "skip", "--json");
    assert_non_null(strstr(r.out, "\"passwordChanged\""));
    assert_says(&r, 0, "\"slug\":\"skipped\"");
    r = KSX("merge", a, "--to", b, "--drop", "nope");
    assert_says(&r, 2, "no keystore has the entry nope");
}

static void a_key_is_replaced_when_that_is_asked_for(void **state)
{
    (void)state;
    const char *a = keystore("a.jks"), *b = keystore("b.jks");
    struct run r = KSX("delete", b, "server", "-q");
    run_free(&r);
    r = KSX("rename", b, "other", "server", "-q");
    run_free(&r);
    r = KSX("copy", a, "server", "--to", b, "--clash", "replace");
    if (!strstr(r.out, "the key that is replaced is in b.jks only"))
        fail_msg("%s%s", r.out, r.err);
    assert_says(&r, 0, "is written");
}

/* ---- a dry run ---- */

static void a_dry_run_foresees_what_stands_in_the_way(void **state)
{
    (void)state;
    const char *a = keystore("a.jks"), *b = keystore("b.jks");
    struct run r = KSX("convert", a, "--to", "jks", "-o", b, "-n");
    assert_says(&r, 6, "--force replaces it");
    r = KSX("convert", a, "--to", "jks", "-o", in_dir("none/c.jks"), "-n");
    assert_says(&r, 6, "there is no directory");
    r = KSX("create", b, "--type", "jks", "--new-pass", "env:KSX_N", "-n");
    assert_says(&r, 6, "there is a file of that name");
    r = KSX("create", b, "--type", "jks", "--new-pass", "env:KSX_N", "--force", "-n");
    assert_says(&r, 0, "this is a dry run");
    assert_string_equal(listing(), "a.jks b.jks");
}

static void create_replaces_a_file_by_force_only(void **state)
{
    (void)state;
    const char *path = keystore("a.jks");
    struct run r = KSX("create", path, "--type", "jks", "--new-pass", "env:KSX_N");
    assert_says(&r, 6, "--force replaces it");
    r = KSX("create", path, "--type", "jks", "--new-pass", "env:KSX_N", "--force");
    assert_says(&r, 0, "0 entries");
    assert_string_equal(listing(), "a.jks a.jks.bak");
}

static void a_pem_file_without_an_entry_is_refused_in_words(void **state)
{
    (void)state;
    struct run r = KSX("create", in_dir("e.pem"), "--type", "pem");
    assert_null(strstr(r.err, "fault"));
    assert_says(&r, 6, "a PEM without an entry is an empty file");
    r = KSX("create", in_dir("e.pem"), "--type", "pem", "--dry-run");
    assert_says(&r, 6, "a PEM without an entry is an empty file");
    assert_string_equal(listing(), "");
}

/* ---- diff ---- */

static void a_diff_counts_and_names_its_files(void **state)
{
    (void)state;
    const char *a = keystore("a.jks"), *b = sample("p12-java17.p12", "b.p12");
    struct run r = KSX("diff", a, b, "--json");
    assert_non_null(strstr(r.out, "a.jks"));
    assert_non_null(strstr(r.out, "\"onlyB\":0"));
    assert_says(&r, 0, "\"equal\":4");
    r = KSX("rename", a, "server", "web", "-q");
    run_free(&r);
    r = KSX("diff", a, b);
    assert_null(strstr(r.out, "date "));
    assert_says(&r, 1, "web");
}

static void of_a_damaged_keystore_what_can_be_read_is_converted(void **state)
{
    (void)state;
    const char *path = keystore("a.jks"), *out = in_dir("b.p12");
    assert_int_equal(truncate(path, 5000), 0);
    struct run r = KSX("convert", path, "--to", "PKCS12", "-o", out);
    assert_non_null(strstr(r.err, "give the new keystore a password"));
    run_free(&r);
    assert_int_equal(access(out, F_OK), -1);
    r = KSX("convert", path, "--to", "PKCS12", "-o", out, "--new-pass", "env:KSX_P");
    assert_non_null(strstr(r.out, "only what could be read"));
    run_free(&r);
    r = KSX("list", out);
    assert_says(&r, 0, "2 entries");
}

static void of_nothing_no_keystore_is_made(void **state)
{
    (void)state;
    const char *path = keystore("a.jks"), *out = in_dir("b.p12");
    assert_int_equal(truncate(path, 20), 0);
    struct run r = KSX("convert", path, "--to", "PKCS12", "-o", out);
    assert_non_null(strstr(r.err, "no entry"));
    run_free(&r);
    assert_int_equal(access(out, F_OK), -1);
}

static void a_keystore_is_not_written_to_a_stream(void **state)
{
    (void)state;
    struct run r = KSX("convert", keystore("a.jks"), "--to", "PKCS12", "-o", "-");
    assert_says(&r, 2, "not written to standard output");
    assert_int_equal(access("-", F_OK), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(of_two_entries_of_one_name_the_one_that_java_shows_is_deleted),
        TEST(to_delete_the_only_copy_is_what_was_asked_for),
        TEST(nothing_is_deleted_from_a_damaged_keystore),
        TEST(of_a_damaged_keystore_what_can_be_read_is_converted),
        TEST(of_nothing_no_keystore_is_made),
        TEST(a_keystore_is_not_written_to_a_stream),
        TEST(a_limit_of_file_sizes_is_an_error),
        TEST(the_keys_of_a_pkcs12_get_its_new_password),
        TEST(a_key_that_keeps_its_password_is_said_in_quiet_too),
        TEST(a_key_that_stays_locked_stops_the_change_of_all),
        TEST(none_is_no_new_password),
        TEST(a_new_password_that_is_missing_is_asked_for_by_its_option),
        TEST(a_key_that_is_not_opened_names_its_option),
        TEST(what_changes_nothing_is_not_written),
        TEST(a_merge_says_what_it_left_out),
        TEST(a_key_is_replaced_when_that_is_asked_for),
        TEST(a_dry_run_foresees_what_stands_in_the_way),
        TEST(create_replaces_a_file_by_force_only),
        TEST(a_pem_file_without_an_entry_is_refused_in_words),
        TEST(a_diff_counts_and_names_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
