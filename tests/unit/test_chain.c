/* How the certificates of an entry hang together, judged by names and key ids. */
#include "make_cert.h"

#include "chain/chain.h"

static struct ks_blob *root(void)
{
    return make_cert(&(struct make_cert){.cn = "Root", .ca = true});
}

static struct ks_blob *middle(void)
{
    return make_cert(&(struct make_cert){.cn = "Middle", .issuer = "Root", .ca = true});
}

static struct ks_blob *leaf(void)
{
    return make_cert(&(struct make_cert){.cn = "leaf", .issuer = "Middle", .basic = true});
}

static struct ks_blob *stranger(void)
{
    return make_cert(&(struct make_cert){.cn = "Stranger", .issuer = "Elsewhere", .ca = true});
}

static struct ks_chain look(struct ks_entry *e)
{
    struct ks_chain c;
    ks_chain_look(e, &c);
    ks_entry_unref(e);
    return c;
}

static void a_chain_up_to_its_root_is_complete(void **state)
{
    (void)state;
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 3, leaf(), middle(), root()));
    assert_int_equal(c.present, 3);
    assert_int_equal(c.walked, 3);
    assert_true(c.complete);
    assert_true(c.ordered);
    assert_int_equal(c.extras, 0);
    assert_int_equal(c.missing_after, -1);
}

static void a_leaf_alone_misses_its_issuer(void **state)
{
    (void)state;
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 1, leaf()));
    assert_false(c.complete);
    assert_int_equal(c.walked, 1);
    assert_int_equal(c.missing_after, 0);
}

static void a_self_signed_certificate_is_a_complete_chain(void **state)
{
    (void)state;
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 1, root()));
    assert_true(c.complete);
    assert_true(c.ordered);
    assert_int_equal(c.walked, 1);
}

static void swapped_issuers_are_walked_but_not_in_order(void **state)
{
    (void)state;
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 3, leaf(), root(), middle()));
    assert_true(c.complete);
    assert_false(c.ordered);
    assert_int_equal(c.walked, 3);
    assert_int_equal(c.extras, 0);
}

static void a_root_first_chain_is_walked_from_its_leaf(void **state)
{
    (void)state;
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 3, root(), middle(), leaf()));
    assert_true(c.complete);
    assert_false(c.ordered);
    assert_int_equal(c.walked, 3);
}

static void certificates_off_the_walk_are_extras(void **state)
{
    (void)state;
    struct ks_chain c =
        look(make_entry(KS_KIND_KEY, "a", 0, 4, leaf(), stranger(), middle(), root()));
    assert_true(c.complete);
    assert_true(c.ordered);
    assert_int_equal(c.extras, 1);
    c = look(make_entry(KS_KIND_KEY, "a", 0, 4, leaf(), leaf(), middle(), root()));
    assert_true(c.complete);
    assert_int_equal(c.extras, 1);
}

static void a_key_id_that_does_not_fit_cuts_the_chain(void **state)
{
    (void)state;
    struct ks_blob *odd =
        make_cert(&(struct make_cert){.cn = "leaf", .issuer = "Root", .wrong_aki = true});
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 2, odd, root()));
    assert_false(c.complete);
    assert_int_equal(c.walked, 1);
    assert_int_equal(c.extras, 1);
}

static void certificates_that_issue_each_other_end_the_walk(void **state)
{
    (void)state;
    struct ks_blob *a = make_cert(&(struct make_cert){.cn = "A", .issuer = "B", .ca = true});
    struct ks_blob *b = make_cert(&(struct make_cert){.cn = "B", .issuer = "A", .ca = true});
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 2, a, b));
    assert_false(c.complete);
    assert_int_equal(c.walked, 2);
}

static void a_new_key_of_a_ca_is_self_issued_but_no_root(void **state)
{
    (void)state;
    struct ks_blob *rollover = make_cert(
        &(struct make_cert){.cn = "Root", .key = make_key("new root key"), .signer = make_key("Root"),
                            .ca = true});
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 2, rollover, root()));
    assert_true(c.complete);
    assert_int_equal(c.walked, 2);
}

static void unreadable_certificates_belong_to_no_walk(void **state)
{
    (void)state;
    struct ks_blob *junk = ks_blob_copy(ks_slice_str("no certificate"));
    struct ks_chain c = look(make_entry(KS_KIND_KEY, "a", 0, 3, leaf(), junk, middle()));
    assert_int_equal(c.walked, 2);
    assert_int_equal(c.extras, 1);
    junk = ks_blob_copy(ks_slice_str("no certificate"));
    c = look(make_entry(KS_KIND_KEY, "a", 0, 1, junk));
    assert_false(c.complete);
    c = look(make_entry(KS_KIND_KEY, "a", 0, 0));
    assert_int_equal(c.present, 0);
    assert_int_equal(c.missing_after, -1);
}

static void the_missing_issuer_is_found_by_key_id_in_another_store(void **state)
{
    (void)state;
    struct ks_blob *namesake = make_cert(&(struct make_cert){
        .cn = "Middle", .issuer = "Root", .key = make_key("namesake"), .ca = true});
    struct ks_store *own =
        make_store("own.jks", "JKS", 1, make_entry(KS_KIND_KEY, "server", 0, 1, leaf()));
    struct ks_store *other = make_store(
        "trust.jks", "JKS", 3, make_entry(KS_KIND_TRUSTED, "namesake", 0, 1, namesake),
        make_entry(KS_KIND_KEY, "other", 0, 2, stranger(), middle()),
        make_entry(KS_KIND_TRUSTED, "middle", 0, 1, middle()));
    struct ks_store *stores[] = {own, other};
    size_t store = 9, cert = 9;
    const struct ks_cert *child = &ks_store_entry(own, 0)->chain[0];

    const struct ks_entry *e = ks_chain_candidate(child, stores, 2, &store, &cert);

    assert_non_null(e);
    assert_string_equal(e->alias, "middle");
    assert_int_equal(store, 1);
    assert_int_equal(cert, 0);
    assert_null(ks_chain_candidate(child, stores, 1, &store, &cert));
    ks_store_free(own);
    ks_store_free(other);
}

static void a_chain_longer_than_anybody_needs_is_only_counted(void **state)
{
    (void)state;
    struct ks_cert chain[300];
    struct ks_blob *blob = stranger();
    for (size_t i = 0; i < 300; i++)
        assert_true(ks_cert_skim(ks_blob_slice(blob), &chain[i]));
    struct ks_entry *e = ks_entry_new(&(struct ks_entry_draft){
        .kind = KS_KIND_KEY, .alias = ks_strdup("a"), .chain = chain, .chain_len = 300,
        .blobs = &blob, .blob_count = 1});
    ks_blob_unref(blob);
    struct ks_chain c = look(e);
    assert_int_equal(c.present, 300);
    assert_int_equal(c.extras, 299);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_up_to_its_root_is_complete),
        cmocka_unit_test(a_leaf_alone_misses_its_issuer),
        cmocka_unit_test(a_self_signed_certificate_is_a_complete_chain),
        cmocka_unit_test(swapped_issuers_are_walked_but_not_in_order),
        cmocka_unit_test(a_root_first_chain_is_walked_from_its_leaf),
        cmocka_unit_test(certificates_off_the_walk_are_extras),
        cmocka_unit_test(a_key_id_that_does_not_fit_cuts_the_chain),
        cmocka_unit_test(certificates_that_issue_each_other_end_the_walk),
        cmocka_unit_test(a_new_key_of_a_ca_is_self_issued_but_no_root),
        cmocka_unit_test(unreadable_certificates_belong_to_no_walk),
        cmocka_unit_test(the_missing_issuer_is_found_by_key_id_in_another_store),
        cmocka_unit_test(a_chain_longer_than_anybody_needs_is_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
