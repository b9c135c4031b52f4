#include "tui/app_state.h"
#include "tui/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define NOW 1772323200 /* 2026-03-01 */

/* An application with files that are open already, as far as the tree looks at it. */
struct fixture {
    struct app app;
    struct ui_file files[2];
    struct ui_file *list[2];
    struct tree tree;
};

static struct ks_store *open_sample(const char *path)
{
    struct ks_secret *password = ks_secret_new("changeit", 8);
    struct ks_store *store = NULL;
    struct ks_error err = {0};
    assert_int_equal(ks_open(path, password, NULL, &store, &err), KS_OK);
    ks_secret_free(password);
    return store;
}

static void add(struct fixture *f, const char *path, char *name)
{
    struct ui_file *file = &f->files[f->app.file_count];
    *file = (struct ui_file){.id = (unsigned)f->app.file_count + 1,
                             .path = name,
                             .name = name,
                             .state = UI_FILE_OPEN,
                             .store = open_sample(path),
                             .generation = 1};
    f->list[f->app.file_count++] = file;
}

static int set_up(void **state)
{
    static char inbound[] = "inbound.p12", trust[] = "truststore.jks";
    struct fixture *f = calloc(1, sizeof *f);
    ks_clock_pin(NOW);
    f->app.files = f->list;
    add(f, KSX_DATA "/inbound.p12", inbound);
    add(f, KSX_DATA "/truststore.jks", trust);
    assert_true(tree_sync(&f->tree, &f->app));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    tree_free(&f->tree);
    ks_store_free(f->files[0].store);
    ks_store_free(f->files[1].store);
    free(f);
    return 0;
}

static const char *alias_at(const struct fixture *f, size_t row)
{
    const struct ks_entry *e = tree_entry(&f->tree, &f->tree.rows[row]);
    return e ? e->alias : "";
}

static size_t row_of(const struct fixture *f, const char *alias)
{
    for (size_t i = 0; i < f->tree.count; i++)
        if (strcmp(alias_at(f, i), alias) == 0)
            return i;
    fail_msg("no row shows %s", alias);
    return 0;
}

static void opened_files_show_their_entries_folded(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->tree.count, 1 + 5 + 1 + 143);
    assert_int_equal(f->tree.rows[0].entry, -1);
    assert_string_equal(alias_at(f, 1), "nexus-iq-server");
    assert_int_equal(f->tree.rows[6].entry, -1);
    assert_int_equal(f->tree.rows[6].file, 1);
    assert_false(tree_sync(&f->tree, &f->app)); /* nothing changed */
}

static void a_missing_issuer_has_a_row_of_its_own(void **state)
{
    struct fixture *f = *state;
    size_t row = row_of(f, "nexus-iq-server");
    tree_fold(&f->tree, &f->tree.rows[row], true);
    tree_rebuild(&f->tree);
    assert_int_equal(f->tree.rows[row + 1].cert, 0);
    assert_int_equal(f->tree.rows[row + 2].cert, TREE_MISSING);
    assert_int_equal(tree_parent(&f->tree, row + 2), row);
    assert_int_equal(tree_parent(&f->tree, row), 0);
}

static void a_folded_file_leaves_its_own_row(void **state)
{
    struct fixture *f = *state;
    tree_fold(&f->tree, &f->tree.rows[0], false);
    tree_rebuild(&f->tree);
    assert_int_equal(f->tree.count, 1 + 1 + 143);
    assert_int_equal(tree_find(&f->tree, (struct tree_row){0, 2, -1}), 0);
    assert_true(tree_reveal(&f->tree, (struct tree_row){0, 2, -1}));
    assert_int_equal(f->tree.count, 1 + 5 + 1 + 143);
}

static void entries_without_a_date_stay_last_in_both_directions(void **state)
{
    struct fixture *f = *state;
    f->tree.sort = SORT_EXPIRY;
    for (int reverse = 0; reverse < 2; reverse++) {
        f->tree.reverse = reverse;
        tree_resort(&f->tree);
        assert_string_equal(alias_at(f, 5), "aes-session");
        assert_string_equal(alias_at(f, reverse ? 4 : 1), "old-issuing-ca");
    }
}

static void an_identity_is_found_again_after_sorting(void **state)
{
    struct fixture *f = *state;
    struct tree_row id = f->tree.rows[row_of(f, "corp-root")];
    f->tree.sort = SORT_NAME;
    tree_resort(&f->tree);
    assert_string_equal(alias_at(f, tree_find(&f->tree, id)), "corp-root");
}

static void a_filter_keeps_the_files_rows(void **state)
{
    struct fixture *f = *state;
    struct ks_error err = {0};
    tree_set_filter(&f->tree, filter_parse("exp:<30d", &err), "exp:<30d");
    assert_int_equal(tree_entries_shown(&f->tree), 2);
    assert_int_equal(f->tree.count, 2 + 2);
    tree_set_filter(&f->tree, NULL, NULL);
    assert_int_equal(tree_entries_shown(&f->tree), tree_entries(&f->tree));
}

/* Typing on narrows what is left; the result must be that of the whole. */
static void typing_a_filter_gives_what_the_whole_text_gives(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"payment", "ab",    "corp-root", "exp:<30d",
                                        "ca",      "!ca x", "de 1"};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        struct ks_error err = {0};
        char typed[32] = "";
        for (size_t i = 0; texts[t][i]; i++) {
            typed[i] = texts[t][i];
            typed[i + 1] = '\0';
            struct filter *filter = filter_parse(typed, &err);
            if (filter)
                tree_set_filter(&f->tree, filter, typed);
        }
        size_t narrowed = tree_entries_shown(&f->tree);
        tree_set_filter(&f->tree, NULL, NULL);
        tree_set_filter(&f->tree, filter_parse(texts[t], &err), texts[t]);
        assert_int_equal(narrowed, tree_entries_shown(&f->tree));
        tree_set_filter(&f->tree, NULL, NULL);
    }
}

static void the_flat_list_sorts_all_files_together(void **state)
{
    struct fixture *f = *state;
    f->tree.flat = true;
    f->tree.sort = SORT_EXPIRY;
    tree_resort(&f->tree);
    assert_int_equal(f->tree.count, 5 + 143);
    int64_t last = INT64_MIN;
    for (size_t i = 0; i + 1 < f->tree.count; i++) {
        int64_t expires = ks_entry_expires(tree_entry(&f->tree, &f->tree.rows[i]));
        assert_true(expires >= last);
        last = expires;
    }
    assert_string_equal(alias_at(f, f->tree.count - 1), "aes-session");
}

static void places_follow_the_order_shown(void **state)
{
    struct fixture *f = *state;
    for (int flat = 0; flat < 2; flat++) {
        f->tree.flat = flat;
        tree_rebuild(&f->tree);
        struct tree_place last = {-1, -1};
        for (size_t i = 0; i < tree_entries_shown(&f->tree); i++) {
            struct tree_place place = tree_place_of(&f->tree, tree_entry_at(&f->tree, i));
            assert_int_equal(place.ordinal, i);
            assert_true(tree_place_compare(last, place) < 0);
            last = place;
        }
    }
    f->tree.flat = false;
    tree_rebuild(&f->tree);
    struct tree_place file = tree_place_of(&f->tree, (struct tree_row){1, -1, -1});
    assert_int_equal(file.ordinal, 5);
    assert_true(tree_place_compare(file, tree_place_of(&f->tree, tree_entry_at(&f->tree, 5))) < 0);
}

static void marks_and_unfolded_chains_survive_a_reload(void **state)
{
    struct fixture *f = *state;
    size_t row = row_of(f, "ldap-client");
    tree_mark(&f->tree, &f->tree.rows[row], true);
    tree_fold(&f->tree, &f->tree.rows[row], true);
    ks_store_free(f->files[0].store);
    f->files[0].store = open_sample(KSX_DATA "/inbound.p12");
    f->files[0].generation++;
    assert_true(tree_sync(&f->tree, &f->app));
    row = row_of(f, "ldap-client");
    assert_int_equal(tree_marks(&f->tree), 1);
    assert_true(tree_marked(&f->tree, &f->tree.rows[row]));
    assert_int_equal(f->tree.rows[row + 1].cert, 0);
}

static void only_entries_are_marked(void **state)
{
    struct fixture *f = *state;
    tree_mark(&f->tree, &f->tree.rows[0], true);
    assert_int_equal(tree_marks(&f->tree), 0);
    tree_mark(&f->tree, &f->tree.rows[1], true);
    tree_mark(&f->tree, &f->tree.rows[1], true);
    assert_int_equal(tree_marks(&f->tree), 1);
    tree_unmark_all(&f->tree);
    assert_int_equal(tree_marks(&f->tree), 0);
}

static void a_closed_file_takes_its_rows_along(void **state)
{
    struct fixture *f = *state;
    ks_store_free(f->files[0].store);
    f->files[0].store = NULL;
    f->list[0] = &f->files[1];
    f->app.file_count = 1;
    assert_true(tree_sync(&f->tree, &f->app));
    assert_int_equal(f->tree.count, 1 + 143);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(opened_files_show_their_entries_folded),
        test(a_missing_issuer_has_a_row_of_its_own),
        test(a_folded_file_leaves_its_own_row),
        test(entries_without_a_date_stay_last_in_both_directions),
        test(an_identity_is_found_again_after_sorting),
        test(a_filter_keeps_the_files_rows),
        test(typing_a_filter_gives_what_the_whole_text_gives),
        test(the_flat_list_sorts_all_files_together),
        test(places_follow_the_order_shown),
        test(marks_and_unfolded_chains_survive_a_reload),
        test(only_entries_are_marked),
        test(a_closed_file_takes_its_rows_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
