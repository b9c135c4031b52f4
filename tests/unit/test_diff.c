/* What differs between two lists of entries, and how they are paired. */
#include "store/diff.h"
#include "base/index.h"
#include "make_cert.h"

#include <stdio.h>

static struct ks_blob *one, *two;

/* An entry whose key is some text and whose chain is one certificate, or none. */
static struct ks_entry *item(const char *alias, const char *key, struct ks_blob *cert)
{
    struct ks_cert chain;
    struct ks_entry_draft d = {.kind = KS_KIND_KEY, .created = 1, .alias = ks_strdup(alias)};
    d.key = ks_slice_str(key);
    d.blobs = &cert;
    d.blob_count = cert != NULL;
    if (cert && ks_cert_skim(ks_blob_slice(cert), &chain))
        d.chain = &chain, d.chain_len = 1;
    return ks_entry_new(&d);
}

/* Takes over the entries; NULL ends. */
static struct ks_version *list(struct ks_entry *first, ...)
{
    struct ks_entry **entries = ks_alloc_array(64, sizeof(struct ks_entry *));
    size_t count = 0;
    va_list args;
    va_start(args, first);
    for (struct ks_entry *e = first; e; e = va_arg(args, struct ks_entry *))
        entries[count++] = e;
    va_end(args);
    return ks_version_new("", entries, count, NULL, KS_PROTECT_KEEP);
}

/* "=a ~b <c >d", with what changed as letters of "aTClkdo". */
static char *rows(const struct ks_version *a, const struct ks_version *b, enum ks_diff_by by)
{
    struct ks_diff d = ks_diff(a, b, by);
    struct ks_buf out = KS_BUF_INIT;
    size_t counts[4] = {0};
    for (size_t i = 0; i < d.count; i++) {
        const struct ks_diff_row *r = &d.rows[i];
        counts[r->kind]++;
        ks_buf_printf(&out, "%s%c%s", i ? " " : "", "=~<>"[r->kind], (r->b ? r->b : r->a)->alias);
        for (uint32_t bit = 0; r->what && bit < 7; bit++)
            if (r->what & 1u << bit)
                ks_buf_printf(&out, ":%c", "aTClkdo"[bit]);
    }
    assert_int_equal(d.same, counts[KS_DIFF_SAME]);
    assert_int_equal(d.changed, counts[KS_DIFF_CHANGED]);
    assert_int_equal(d.only_a, counts[KS_DIFF_ONLY_A]);
    assert_int_equal(d.only_b, counts[KS_DIFF_ONLY_B]);
    ks_diff_drop(&d);
    return ks_buf_steal(&out);
}

static void assert_rows(struct ks_version *a, struct ks_version *b, enum ks_diff_by by,
                        const char *want)
{
    char *got = rows(a, b, by);
    assert_string_equal(got, want);
    free(got);
    ks_version_unref(a);
    ks_version_unref(b);
}

static void the_same_list_has_no_difference(void **state)
{
    (void)state;
    struct ks_version *v = list(item("a", "1", one), item("b", "2", NULL), NULL);
    assert_rows(v, ks_version_ref(v), KS_DIFF_BY_ALIAS, "=a =b");
    assert_rows(list(NULL), list(NULL), KS_DIFF_BY_ALIAS, "");
}

static void equal_entries_of_two_files_are_the_same_in_any_order(void **state)
{
    (void)state;
    assert_rows(list(item("a", "1", one), item("b", "2", two), NULL),
                list(item("b", "2", two), item("a", "1", one), NULL), KS_DIFF_BY_ALIAS, "=b =a");
}

static void removed_entries_stand_where_they_were(void **state)
{
    (void)state;
    assert_rows(list(item("x", "x", NULL), item("a", "1", one), item("y", "y", NULL),
                     item("b", "2", NULL), item("z", "z", NULL), NULL),
                list(item("a", "1", one), item("n", "n", NULL), item("b", "2", NULL), NULL),
                KS_DIFF_BY_ALIAS, "<x =a <y >n =b <z");
}

static void what_changed_is_told_apart(void **state)
{
    (void)state;
    struct ks_entry *dated = item("a", "1", one);
    dated->created = 2;
    assert_rows(list(item("a", "1", one), NULL), list(dated, NULL), KS_DIFF_BY_ALIAS, "~a:d");
    assert_rows(list(item("a", "1", one), NULL), list(item("a", "2", one), NULL),
                KS_DIFF_BY_ALIAS, "~a:k");
    assert_rows(list(item("a", "1", one), NULL), list(item("a", "1", two), NULL),
                KS_DIFF_BY_ALIAS, "~a:C:l");
    assert_rows(list(item("a", "1", one), NULL), list(item("a", "1", NULL), NULL),
                KS_DIFF_BY_ALIAS, "~a:C:l");
    struct ks_entry *trusted = item("a", "1", one);
    trusted->kind = KS_KIND_TRUSTED;
    assert_rows(list(item("a", "1", one), NULL), list(trusted, NULL), KS_DIFF_BY_ALIAS, "~a:T");
}

static void a_longer_chain_is_a_chain_with_the_same_leaf(void **state)
{
    (void)state;
    struct ks_entry *a = make_entry(KS_KIND_KEY, "a", 0, 1, ks_blob_ref(one));
    struct ks_entry *b =
        make_entry(KS_KIND_KEY, "a", 0, 2, ks_blob_ref(one), ks_blob_ref(two));
    assert_int_equal(ks_entry_difference(a, b), KS_DIFF_CHAIN);
    ks_entry_unref(a);
    ks_entry_unref(b);
}

static void a_renamed_entry_is_found_by_its_content(void **state)
{
    (void)state;
    assert_rows(list(item("a", "1", one), item("b", "2", NULL), NULL),
                list(item("new", "1", one), item("b", "2", NULL), NULL), KS_DIFF_BY_ALIAS,
                "~new:a =b");
    /* by alias comes first */
    assert_rows(list(item("a", "1", one), item("b", "2", NULL), NULL),
                list(item("b", "1", one), NULL), KS_DIFF_BY_ALIAS, "<a ~b:C:l:k");
}

/* A repair renames it and makes it another kind: nothing is gone, and nothing is new. */
static void a_renamed_and_changed_entry_is_one_for_people(void **state)
{
    (void)state;
    struct ks_entry *trusted = item("new", "", one), *last = item("new", "", one);
    trusted->kind = last->kind = KS_KIND_TRUSTED;
    assert_rows(list(item("a", "", one), item("b", "2", NULL), NULL),
                list(trusted, item("b", "2", NULL), NULL), KS_DIFF_BY_ALIAS_THEN_LEAF,
                "~new:a:T =b");
    assert_rows(list(item("a", "", one), NULL), list(last, NULL), KS_DIFF_BY_ALIAS, "<a >new");
    /* by alias comes first */
    assert_rows(list(item("a", "1", one), item("b", "2", two), NULL),
                list(item("b", "1", one), NULL), KS_DIFF_BY_ALIAS_THEN_LEAF, "<a ~b:C:l:k");
}

static void by_fingerprint_names_do_not_matter(void **state)
{
    (void)state;
    assert_rows(list(item("a", "1", one), item("secret", "2", NULL), NULL),
                list(item("secret", "2", NULL), item("b", "3", one), NULL),
                KS_DIFF_BY_FINGERPRINT, "=secret ~b:a:k");
    assert_rows(list(item("a", "1", one), NULL), list(item("b", "3", one), NULL),
                KS_DIFF_BY_ALIAS, "<a >b");
}

static void duplicates_are_paired_one_by_one(void **state)
{
    (void)state;
    assert_rows(list(item("a", "1", NULL), item("a", "2", NULL), item("a", "3", NULL), NULL),
                list(item("a", "1", NULL), item("a", "2", NULL), NULL), KS_DIFF_BY_ALIAS,
                "=a =a <a");
}

static void identity_comes_before_names(void **state)
{
    (void)state;
    struct ks_entry *kept = item("a", "1", NULL);
    struct ks_version *a = list(item("a", "0", NULL), kept, NULL);
    struct ks_version *b = list(ks_entry_ref(kept), item("a", "9", NULL), NULL);
    assert_rows(a, b, KS_DIFF_BY_ALIAS, "=a ~a:k:o");
}

static void passwords_and_protection_are_compared(void **state)
{
    (void)state;
    struct ks_version *a = ks_version_new("", NULL, 0, ks_secret_new("x", 1), KS_PROTECT_KEEP);
    struct ks_version *b = ks_version_new("", NULL, 0, ks_secret_new("x", 1), KS_PROTECT_KEEP);
    struct ks_version *c = ks_version_new("", NULL, 0, ks_secret_new("y", 1), KS_PROTECT_LEGACY);
    struct ks_diff same = ks_diff(a, b, KS_DIFF_BY_ALIAS), other = ks_diff(a, c, KS_DIFF_BY_ALIAS);
    assert_false(same.password_changed || same.protection_changed);
    assert_true(other.password_changed && other.protection_changed);
    ks_diff_drop(&same);
    ks_diff_drop(&other);
    ks_version_unref(a);
    ks_version_unref(b);
    ks_version_unref(c);
}

static struct ks_version *many(size_t count, const char *key)
{
    struct ks_entry **entries = ks_alloc_array(count, sizeof(struct ks_entry *));
    for (size_t i = 0; i < count; i++)
        entries[i] = item("same name", key, NULL);
    return ks_version_new("", entries, count, NULL, KS_PROTECT_KEEP);
}

static void loose_files_are_compared_by_their_items(void **state)
{
    (void)state;
    struct ks_version *grouped = list(item("a", "1", one), item("b", "2", two), NULL);
    struct ks_version *apart =
        list(item("x", "2", NULL), item("y", "", one), item("z", "1", two), NULL);
    struct ks_version *less = list(item("a", "1", one), item("b", "2", NULL), NULL);
    assert_null(ks_items_difference(grouped, apart));
    assert_string_equal(ks_items_difference(grouped, less)->alias, "b");
    assert_string_equal(ks_items_difference(less, grouped)->alias, "b");
    ks_version_unref(grouped);
    ks_version_unref(apart);
    ks_version_unref(less);
}

/* Quadratic work would take minutes here. */
static void a_hundred_thousand_equal_names_take_no_time(void **state)
{
    (void)state;
    struct ks_version *a = many(100000, "1"), *b = many(100000, "1");
    struct ks_diff d = ks_diff(a, b, KS_DIFF_BY_ALIAS);
    assert_int_equal(d.same, 100000);
    ks_diff_drop(&d);
    ks_version_unref(a);
    ks_version_unref(b);
}

static void an_index_gives_places_in_order(void **state)
{
    (void)state;
    struct ks_index ix = ks_index_new(3);
    ks_index_add(&ix, ks_slice_str("a"), 0);
    ks_index_add(&ix, ks_slice_str(""), 1);
    ks_index_add(&ix, ks_slice_str("a"), 2);
    assert_int_equal(ks_index_first(&ix, ks_slice_str("a")), 0);
    assert_int_equal(ks_index_next(&ix, 0), 2);
    assert_true(ks_index_next(&ix, 2) == KS_NOWHERE);
    assert_int_equal(ks_index_first(&ix, ks_slice_str("")), 1);
    assert_true(ks_index_first(&ix, ks_slice_str("b")) == KS_NOWHERE);
    assert_int_equal(ks_index_pop(&ix, ks_slice_str("a")), 0);
    assert_int_equal(ks_index_pop(&ix, ks_slice_str("a")), 2);
    assert_true(ks_index_pop(&ix, ks_slice_str("a")) == KS_NOWHERE);
    assert_true(ks_index_pop(&ix, ks_slice_str("b")) == KS_NOWHERE);
    ks_index_drop(&ix);
}

static int make_certs(void **state)
{
    (void)state;
    one = make_cert(&(struct make_cert){.cn = "one"});
    two = make_cert(&(struct make_cert){.cn = "two"});
    return 0;
}

static int drop_certs(void **state)
{
    (void)state;
    ks_blob_unref(one);
    ks_blob_unref(two);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_list_has_no_difference),
        cmocka_unit_test(equal_entries_of_two_files_are_the_same_in_any_order),
        cmocka_unit_test(removed_entries_stand_where_they_were),
        cmocka_unit_test(what_changed_is_told_apart),
        cmocka_unit_test(a_longer_chain_is_a_chain_with_the_same_leaf),
        cmocka_unit_test(a_renamed_entry_is_found_by_its_content),
        cmocka_unit_test(a_renamed_and_changed_entry_is_one_for_people),
        cmocka_unit_test(by_fingerprint_names_do_not_matter),
        cmocka_unit_test(duplicates_are_paired_one_by_one),
        cmocka_unit_test(identity_comes_before_names),
        cmocka_unit_test(passwords_and_protection_are_compared),
        cmocka_unit_test(loose_files_are_compared_by_their_items),
        cmocka_unit_test(a_hundred_thousand_equal_names_take_no_time),
        cmocka_unit_test(an_index_gives_places_in_order),
    };
    return cmocka_run_group_tests_name("diff", tests, make_certs, drop_certs);
}
