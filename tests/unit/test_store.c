/* Entries are shared between versions; undo and redo walk through them. */
#include "store/store.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ks_entry *entry_named(const char *alias)
{
    struct ks_entry_draft draft = {
        .kind = KS_KIND_OPAQUE, .created = KS_TIME_NONE, .alias = ks_strdup(alias)};
    return ks_entry_new(&draft);
}

static struct ks_store *store_of(const char *const *aliases, size_t count)
{
    struct ks_store *s = ks_store_new("memory", ks_blob_copy(ks_slice_str("file")));
    struct ks_loading loading = {0};
    for (size_t i = 0; i < count; i++)
        ks_loading_add(&loading, entry_named(aliases[i]));
    ks_loading_finish(&loading, s);
    return s;
}

static void an_edit_shares_what_it_does_not_touch(void **state)
{
    (void)state;
    static const char *const aliases[] = {"a", "b", "c"};
    struct ks_store *s = store_of(aliases, 3);
    struct ks_entry **next = ks_alloc_array(3, sizeof(struct ks_entry *));
    next[0] = ks_entry_ref(s->now->entries[0]);
    next[1] = entry_named("renamed");
    next[2] = ks_entry_ref(s->now->entries[2]);
    ks_store_push(s, ks_version_new("renamed b", next, 3, NULL, KS_PROTECT_KEEP));

    assert_ptr_equal(s->now->entries[0], s->past[0]->entries[0]);
    assert_string_equal(s->now->entries[1]->alias, "renamed");
    assert_true(ks_store_undo(s));
    assert_string_equal(s->now->entries[1]->alias, "b");
    assert_false(ks_store_undo(s));
    assert_true(ks_store_redo(s));
    assert_string_equal(s->now->entries[1]->alias, "renamed");
    assert_false(ks_store_redo(s));
    ks_store_free(s);
}

static void a_new_edit_drops_what_could_be_redone(void **state)
{
    (void)state;
    static const char *const aliases[] = {"a"};
    struct ks_store *s = store_of(aliases, 1);
    ks_store_push(s, ks_version_new("removed a", NULL, 0, NULL, KS_PROTECT_KEEP));
    assert_true(ks_store_undo(s));
    ks_store_push(s, ks_version_new("removed a again", NULL, 0, NULL, KS_PROTECT_KEEP));
    assert_false(ks_store_redo(s));
    assert_int_equal(ks_store_count(s), 0);
    ks_store_free(s);
}

static void an_alias_is_found_exactly_before_it_is_found_folded(void **state)
{
    (void)state;
    static const char *const aliases[] = {"SERVER", "server", "Other"};
    struct ks_store *s = store_of(aliases, 3);
    size_t at;
    assert_true(ks_store_find(s, "server", &at));
    assert_int_equal(at, 1);
    assert_true(ks_store_find(s, "other", &at));
    assert_int_equal(at, 2);
    assert_false(ks_store_find(s, "none", &at));
    ks_store_free(s);
}

/* Java shows the last of one name. */
static void of_several_entries_of_one_name_the_visible_one_is_found(void **state)
{
    (void)state;
    static const char *const aliases[] = {"Dup", "dup", "dup", "gone"};
    struct ks_store *s = store_of(aliases, 4);
    s->now->entries[1]->notes = s->now->entries[3]->notes = KS_NOTE_JAVA_REPLACED;
    static const struct {
        const char *alias;
        size_t at;
    } cases[] = {{"dup", 2}, {"Dup", 0}, {"GONE", 3}};
    struct ks_finder finder = ks_finder_new(s);
    size_t at;
    for (size_t i = 0; i < 3; i++) {
        assert_true(ks_store_find(s, cases[i].alias, &at));
        assert_int_equal(at, cases[i].at);
        assert_true(ks_finder_find(&finder, cases[i].alias, &at));
        assert_int_equal(at, cases[i].at);
    }
    assert_false(ks_finder_find(&finder, "none", &at));
    ks_finder_drop(&finder);
    ks_store_free(s);
}

static void an_entry_keeps_the_bytes_it_points_into(void **state)
{
    (void)state;
    struct ks_blob *blob = ks_blob_copy(ks_slice_str("raw bytes"));
    struct ks_piece piece = {.raw = ks_blob_slice(blob), .where = 7};
    struct ks_entry_draft draft = {.kind = KS_KIND_OPAQUE,
                                   .created = 5,
                                   .pieces = &piece,
                                   .piece_count = 1,
                                   .blobs = &blob,
                                   .blob_count = 1};
    struct ks_entry *e = ks_entry_new(&draft);
    ks_blob_unref(blob);
    assert_memory_equal(e->pieces[0].raw.data, "raw bytes", 9);
    assert_int_equal(e->pieces[0].where, 7);
    assert_string_equal(e->alias, "");
    assert_true(ks_entry_expires(e) == KS_TIME_NONE);
    ks_entry_unref(e);
}

static void the_chain_expires_with_its_first_certificate(void **state)
{
    (void)state;
    struct ks_cert chain[3] = {{.not_after = 300}, {.not_after = 100}, {.not_after = KS_TIME_NONE}};
    struct ks_entry_draft draft = {.kind = KS_KIND_KEY, .chain = chain, .chain_len = 3};
    struct ks_entry *e = ks_entry_new(&draft);
    assert_int_equal(ks_entry_expires(e), 100);
    ks_entry_unref(e);
}

static void words_name_a_file_by_its_path_and_of_a_long_one_by_its_end(void **state)
{
    (void)state;
    char path[400] = "";
    assert_string_equal(ks_path_shown("d1/server.p12"), "d1/server.p12");
    assert_string_equal(ks_path_shown("/"), "/");
    for (size_t i = 0; i < 30; i++)
        memcpy(path + 10 * i, "/directory", 11);
    const char *shown = ks_path_shown(path);
    assert_true(shown > path && strlen(shown) <= 160 && shown[-1] == '/');
    assert_true(strlen(shown) > 140);
    memset(path, 'x', 300);
    path[3] = '/';
    path[300] = '\0';
    assert_ptr_equal(ks_path_shown(path), path + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_name_a_file_by_its_path_and_of_a_long_one_by_its_end),
        cmocka_unit_test(an_edit_shares_what_it_does_not_touch),
        cmocka_unit_test(a_new_edit_drops_what_could_be_redone),
        cmocka_unit_test(an_alias_is_found_exactly_before_it_is_found_folded),
        cmocka_unit_test(of_several_entries_of_one_name_the_visible_one_is_found),
        cmocka_unit_test(an_entry_keeps_the_bytes_it_points_into),
        cmocka_unit_test(the_chain_expires_with_its_first_certificate),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
