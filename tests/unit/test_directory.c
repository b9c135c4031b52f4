/* Paths as people type them, and directories as the open box shows them. */
#include "tui/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/ksx-directory-XXXXXX";

static void make_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int make_tree(void **state)
{
    char path[128];
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/sub", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    make_file("inbound.p12", "0123456789");
    make_file("inbound.jks", "");
    make_file(".hidden", "x");
    make_file("notes.txt", "these are notes");
    assert_int_equal(setenv("HOME", dir, 1), 0);
    return 0;
}

static int drop_tree(void **state)
{
    static const char *const names[] = {"inbound.p12", "inbound.jks", ".hidden", "notes.txt", "sub"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        assert_int_equal(remove(path), 0);
    }
    return rmdir(dir);
}

static void paths_are_made_absolute(void **state)
{
    (void)state;
    static const struct {
        const char *base, *path, *result;
    } cases[] = {
        {"/a/b", "c", "/a/b/c"},     {"/a/b", "../c", "/a/c"},    {"/a/b", "../../../c", "/c"},
        {"/a/b", "/x//y/./z", "/x/y/z"}, {"/a/b", "", "/a/b"},    {"/", "..", "/"},
        {"/a/b", ".", "/a/b"},       {"/a/b", "~x", "/a/b/~x"},   {"/a", "b/", "/a/b"},
        {"/a", "...", "/a/..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *result = directory_resolve(cases[i].base, cases[i].path);
        assert_string_equal(result, cases[i].result);
        free(result);
    }
    char *home = directory_resolve("/a", "~/sub");
    assert_int_equal(strncmp(home, dir, strlen(dir)), 0);
    assert_string_equal(home + strlen(dir), "/sub");
    free(home);
}

static void joining_knows_the_parent(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *result;
    } cases[] = {
        {"/a/b", "c", "/a/b/c"}, {"/", "c", "/c"}, {"/a/b", "..", "/a"}, {"/a", "..", "/"}, {"/", "..", "/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *result = directory_join(cases[i].path, cases[i].name);
        assert_string_equal(result, cases[i].result);
        free(result);
    }
}

static void assert_completes(const char *path, const char *expected)
{
    char *result = directory_complete(dir, path);
    if (expected)
        assert_string_equal(result, expected);
    else
        assert_null(result);
    free(result);
}

static void completion_goes_as_far_as_the_names_agree(void **state)
{
    (void)state;
    assert_completes("inb", "inbound.");
    assert_completes("inbound.", NULL);
    assert_completes("inbound.p", "inbound.p12");
    assert_completes("su", "sub/");
    assert_completes("./su", "./sub/");
    assert_completes(".h", ".hidden");
    assert_completes("zzz", NULL);
    assert_completes("nowhere/x", NULL);
    assert_completes("~/n", "~/notes.txt");
}

static void directories_come_first_then_names(void **state)
{
    (void)state;
    static const char *const names[] = {"sub", ".hidden", "inbound.jks", "inbound.p12", "notes.txt"};
    char open[128];
    snprintf(open, sizeof open, "%s/inbound.p12", dir);
    char *const open_paths[] = {open, NULL};
    struct directory *d = directory_read(dir, open_paths, NULL);
    assert_int_equal(d->error, 0);
    assert_int_equal(d->count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(d->rows[i].name, names[i]);
    assert_true(d->rows[0].directory);
    assert_true(d->rows[3].is_open);
    assert_false(d->rows[2].is_open);
    assert_int_equal(d->rows[3].size, 10);
    assert_false(d->rows[3].probed);
    directory_free(d);
}

static void a_directory_that_cannot_be_read_says_so(void **state)
{
    (void)state;
    char *const none[] = {NULL};
    struct directory *d = directory_read("/nowhere/at/all", none, NULL);
    assert_int_not_equal(d->error, 0);
    assert_int_equal(d->count, 0);
    directory_free(d);
}

static void only_files_without_keys_are_others(void **state)
{
    (void)state;
    struct directory_row row = {.regular = true};
    assert_false(directory_row_is_other(&row));
    row.probed = true;
    snprintf(row.probe.looks, sizeof row.probe.looks, "no key or certificate");
    assert_true(directory_row_is_other(&row));
    snprintf(row.probe.looks, sizeof row.probe.looks, "not readable: permission denied");
    assert_false(directory_row_is_other(&row));
}

static void the_home_directory_is_shortened(void **state)
{
    (void)state;
    struct ks_buf out = KS_BUF_INIT;
    char path[128];
    snprintf(path, sizeof path, "%s/tls", dir);
    directory_short(path, &out);
    assert_string_equal(ks_buf_text(&out), "~/tls");
    ks_buf_clear(&out);
    snprintf(path, sizeof path, "%s-other", dir);
    directory_short(path, &out);
    assert_string_equal(ks_buf_text(&out), path);
    ks_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_made_absolute),
        cmocka_unit_test(joining_knows_the_parent),
        cmocka_unit_test(completion_goes_as_far_as_the_names_agree),
        cmocka_unit_test(directories_come_first_then_names),
        cmocka_unit_test(a_directory_that_cannot_be_read_says_so),
        cmocka_unit_test(only_files_without_keys_are_others),
        cmocka_unit_test(the_home_directory_is_shortened),
    };
    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
