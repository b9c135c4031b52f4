/* The subcommands that change keystores, as a user runs them. */
#include "saving.h"

static const char *const changeit[] = {"KSX_P=changeit", NULL};
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(of_two_entries_of_one_name_the_one_that_java_shows_is_deleted),
        TEST(to_delete_the_only_copy_is_what_was_asked_for),
        TEST(nothing_is_deleted_from_a_damaged_keystore),
        TEST(a_limit_of_file_sizes_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
