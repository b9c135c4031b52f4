/* Unsaved work that outlives the terminal: what is written, for whom, and what is offered. */
#include "saving.h"

#include "file/recover.h"

static void changes_are_written_beside_the_file(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_stamp when = {0};
    struct stat st;
    struct ks_store *s = edited(keystore("a.jks"));
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_string_equal(path, in_dir(".a.jks.ksx-recover"));
    assert_string_equal(listing(), ".a.jks.ksx-recover a.jks");
    assert_int_equal(mode_of(path), 0600);
    assert_alias(path, "new");
    assert_alias(in_dir("a.jks"), "other");
    assert_int_equal(ks_store_unsaved(s), 1);

    char *found = ks_recover_find(in_dir("a.jks"), &when);
    assert_string_equal(found, path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(when.mtime, st.st_mtim.tv_sec);
    assert_int_equal(ks_recover_remove(in_dir("a.jks"), NULL), KS_OK);
    assert_string_equal(listing(), "a.jks");
    assert_null(ks_recover_find(in_dir("a.jks"), &when));
    assert_int_equal(ks_recover_remove(in_dir("a.jks"), NULL), KS_OK);
    free(found);
    free(path);
    ks_store_free(s);
}

static void the_password_of_the_store_protects_it(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_error err = {0};
    struct ks_store *s = edited(keystore("a.jks")), *read = NULL;
    struct ks_secret *other = ks_secret_new("another", 7);
    struct ks_entry **entries = ks_version_entries(s->now, 0);
    ks_store_push(s, ks_version_new("password", entries, s->now->count, other, KS_PROTECT_KEEP));
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    struct ks_secret *old = ks_secret_new("changeit", 8);
    assert_int_equal(ks_open(path, old, NULL, &read, &err), KS_ERR_PASSWORD);
    assert_int_equal(ks_open(path, other, NULL, &read, &err), KS_OK);
    ks_secret_free(old);
    ks_store_free(read);
    free(path);
    ks_store_free(s);
}

static void without_changes_there_is_nothing_to_write(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_store *s = open_file(keystore("a.jks"));
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_null(path);
    assert_string_equal(listing(), "a.jks");
    ks_store_free(s);
}

static void keys_without_a_password_are_not_written_a_second_time(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_store *s = edited(keystore("a.jks"));
    ks_secret_free(s->now->password);
    s->now->password = NULL;
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_null(path);
    s->now->password = ks_secret_new("", 0);
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_null(path);
    assert_string_equal(listing(), "a.jks");
    ks_store_free(s);
}

static void an_older_recovery_file_is_replaced(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_store *s = edited(keystore("a.jks"));
    (void)write_file(in_dir(".a.jks.ksx-recover"), ks_slice_str("older"));
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_alias(path, "new");
    assert_string_equal(listing(), ".a.jks.ksx-recover a.jks");
    free(path);
    ks_store_free(s);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_store *s = edited(keystore("a.jks"));
    (void)write_file(in_dir("victim"), ks_slice_str("victim"));
    assert_int_equal(symlink("victim", in_dir(".a.jks.ksx-recover")), 0);
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    struct ks_buf victim = read_file(in_dir("victim"));
    assert_int_equal(victim.len, 6);
    assert_alias(path, "new");
    ks_buf_free(&victim);
    free(path);
    ks_store_free(s);
}

static void it_lies_beside_the_file_that_links_lead_to(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_stamp when;
    assert_int_equal(mkdir(in_dir("real"), 0700), 0);
    (void)keystore("real/a.jks");
    assert_int_equal(symlink("real/a.jks", in_dir("link.jks")), 0);
    struct ks_store *s = edited(in_dir("link.jks"));
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    assert_string_equal(path, in_dir("real/.a.jks.ksx-recover"));
    char *found = ks_recover_find(in_dir("real/a.jks"), &when);
    assert_string_equal(found, path);
    free(found);
    free(path);
    ks_store_free(s);
}

static void a_directory_that_is_gone_is_an_error(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_error err = {0};
    assert_int_equal(mkdir(in_dir("real"), 0700), 0);
    (void)keystore("real/a.jks");
    struct ks_store *s = edited(in_dir("real/a.jks"));
    assert_int_equal(unlink(in_dir("real/a.jks")), 0);
    assert_int_equal(rmdir(in_dir("real")), 0);
    assert_int_equal(ks_recover_write(s, &path, &err), KS_ERR_WRITE);
    assert_null(path);
    assert_string_equal(err.slug, "no-directory");
    ks_store_free(s);
}

/* Somebody else who may write the directory could put it there. */
static void only_a_private_file_of_this_user_is_offered(void **state)
{
    (void)state;
    struct ks_stamp when;
    (void)keystore("a.jks");
    const char *path = write_file(in_dir(".a.jks.ksx-recover"), ks_slice_str("x"));
    assert_int_equal(chmod(path, 0640), 0);
    assert_null(ks_recover_find(in_dir("a.jks"), &when));
    assert_int_equal(chmod(path, 0602), 0);
    assert_null(ks_recover_find(in_dir("a.jks"), &when));
    assert_int_equal(chmod(path, 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, NOBODY, NOBODY), 0);
        assert_null(ks_recover_find(in_dir("a.jks"), &when));
    }
    assert_int_equal(rename(path, in_dir("elsewhere")), 0);
    assert_int_equal(symlink("a.jks", in_dir(".a.jks.ksx-recover")), 0);
    assert_null(ks_recover_find(in_dir("a.jks"), &when));
    assert_int_equal(ks_recover_remove(in_dir("a.jks"), NULL), KS_OK); /* and is not removed */
    assert_string_equal(listing(), ".a.jks.ksx-recover a.jks elsewhere");
    assert_int_equal(unlink(in_dir(".a.jks.ksx-recover")), 0);
    assert_int_equal(mkfifo(in_dir(".a.jks.ksx-recover"), 0600), 0);
    assert_null(ks_recover_find(in_dir("a.jks"), &when));
}

static void what_was_found_is_what_is_opened(void **state)
{
    (void)state;
    char *path = NULL;
    struct ks_stamp found;
    struct ks_error err = {0};
    struct ks_store *s = edited(keystore("a.jks")), *opened = NULL;
    assert_int_equal(ks_recover_write(s, &path, NULL), KS_OK);
    free(ks_recover_find(in_dir("a.jks"), &found));
    assert_int_equal(ks_recover_open(path, &found, s->password, NULL, &opened, &err), KS_OK);
    ks_store_free(opened);
    opened = NULL;
    assert_int_equal(rename(in_dir("a.jks"), path), 0); /* somebody puts another one there */
    assert_int_equal(ks_recover_open(path, &found, s->password, NULL, &opened, &err),
                     KS_ERR_CONFLICT);
    assert_string_equal(err.slug, "recovery-changed");
    assert_null(opened);
    free(path);
    ks_store_free(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        T(changes_are_written_beside_the_file),
        T(the_password_of_the_store_protects_it),
        T(without_changes_there_is_nothing_to_write),
        T(keys_without_a_password_are_not_written_a_second_time),
        T(an_older_recovery_file_is_replaced),
        T(a_link_in_its_place_is_not_followed),
        T(it_lies_beside_the_file_that_links_lead_to),
        T(a_directory_that_is_gone_is_an_error),
        T(only_a_private_file_of_this_user_is_offered),
        T(what_was_found_is_what_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
