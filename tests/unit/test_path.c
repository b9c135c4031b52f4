/* Paths from a certificate to a root, through pools that do not make it easy. */
#include "chain/path.h"

#include "make_cert.h"

#include <time.h>

#define POOL_BLOBS 6000

/* A pool, and what it borrows. */
struct fixture {
    struct ks_pool *pool;
    struct ks_cert *certs;
    struct ks_blob **blobs;
    size_t count;
};

static struct fixture begin(void)
{
    return (struct fixture){ks_pool_new(), calloc(POOL_BLOBS, sizeof(struct ks_cert)),
                            calloc(POOL_BLOBS, sizeof(struct ks_blob *)), 0};
}

static void end(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++)
        ks_blob_unref(f->blobs[i]);
    ks_pool_free(f->pool);
    free(f->certs);
    free(f->blobs);
}

static const struct ks_cert *made(struct fixture *f, const struct make_cert *m)
{
    assert_true(f->count < POOL_BLOBS);
    struct ks_cert *c = &f->certs[f->count];
    f->blobs[f->count] = make_cert(m);
    assert_true(ks_cert_skim(ks_blob_slice(f->blobs[f->count]), c));
    f->count++;
    return c;
}

static const struct ks_cert *put(struct fixture *f, unsigned rank, bool anchor,
                                 const struct make_cert *m)
{
    const struct ks_cert *c = made(f, m);
    ks_pool_add(f->pool, &(struct ks_pool_cert){.cert = c, .rank = rank, .anchor = anchor});
    return c;
}

#define CERT(...) (&(struct make_cert){__VA_ARGS__})
#define PUT(...) put(&f, 1, false, CERT(__VA_ARGS__))

static struct ks_path best(struct fixture *f, const struct ks_cert *leaf)
{
    struct ks_path paths[4];
    assert_true(ks_paths(f->pool, leaf, MAKE_NOW, paths, 4) > 0);
    return paths[0];
}

#define ASSERT_PATH(path, ...)                                                                     \
    do {                                                                                           \
        const struct ks_cert *const wanted[] = {__VA_ARGS__};                                      \
        assert_int_equal((path).len, sizeof wanted / sizeof wanted[0]);                            \
        for (size_t w = 0; w < (path).len; w++)                                                    \
            assert_ptr_equal((path).at[w]->cert, wanted[w]);                                       \
    } while (0)

static void a_chain_is_found_in_any_order(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    PUT(.cn = "unrelated", .ca = true);
    const struct ks_cert *lower = PUT(.cn = "lower", .issuer = "upper", .ca = true);
    const struct ks_cert *upper = PUT(.cn = "upper", .issuer = "root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "lower"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, lower, upper, root);
    assert_true(p.complete && !p.unverified && !p.leaf_is_root && !p.cut);
    assert_int_equal(p.faults, 0);
    assert_ptr_equal(ks_path_end(&p, leaf), root);
    end(&f);
}

static void a_gap_ends_the_path_and_is_named(void **state)
{
    struct fixture f = begin();
    (void)state;
    PUT(.cn = "root", .ca = true);
    const struct ks_cert *lower = PUT(.cn = "lower", .issuer = "upper", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "lower"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, lower);
    assert_false(p.complete);
    assert_ptr_equal(ks_path_end(&p, leaf), lower);
    const struct ks_cert *alone = made(&f, CERT(.cn = "alone", .issuer = "nobody"));
    p = best(&f, alone);
    assert_int_equal(p.len, 0);
    assert_false(p.complete);
    assert_ptr_equal(ks_path_end(&p, alone), alone);
    end(&f);
}

static void a_self_signed_leaf_needs_nobody(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *leaf = made(&f, CERT(.cn = "self"));
    struct ks_path p = best(&f, leaf);
    assert_true(p.complete && p.leaf_is_root);
    assert_int_equal(p.len, 0);
    end(&f);
}

static void a_name_alone_signs_nothing(void **state)
{
    struct fixture f = begin();
    (void)state;
    put(&f, 0, true,
        CERT(.cn = "issuer", .ca = true, .key = make_key("forged"), .signer = make_key("forged"),
             .no_ids = true));
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer", .no_ids = true));
    struct ks_path p = best(&f, leaf);
    assert_int_equal(p.len, 0);
    assert_false(p.complete);
    const struct ks_cert *right = PUT(.cn = "issuer", .ca = true);
    p = best(&f, leaf);
    ASSERT_PATH(p, right);
    end(&f);
}

/* Same subject and subject key id as the right one, in front of it. */
static void the_right_one_is_found_behind_a_thousand_forged_ones(void **state)
{
    struct fixture f = begin();
    (void)state;
    for (int i = 0; i < 1000; i++) {
        EVP_PKEY *key = EVP_EC_gen("prime256v1");
        put(&f, 0, true,
            CERT(.cn = "issuer", .ca = true, .key = key, .signer = key, .no_ids = true));
        EVP_PKEY_free(key);
    }
    const struct ks_cert *right = PUT(.cn = "issuer", .issuer = "root", .ca = true, .no_ids = true);
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer", .no_ids = true));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, right, root);
    assert_true(p.complete);
    end(&f);
}

static void more_forged_ones_than_are_tried_end_the_search_and_say_so(void **state)
{
    struct fixture f = begin();
    (void)state;
    EVP_PKEY *signer = make_key("forger");
    for (int i = 0; i < KS_PATH_TRIES + 10; i++) {
        EVP_PKEY *key = EVP_EC_gen("prime256v1");
        put(&f, 0, true,
            CERT(.cn = "issuer", .issuer = "root", .ca = true, .key = key, .signer = signer,
                 .no_ids = true));
        EVP_PKEY_free(key);
    }
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer", .no_ids = true));
    struct ks_path p = best(&f, leaf);
    assert_int_equal(p.len, 0);
    assert_true(p.cut && !p.complete);
    end(&f);
}

static void cas_that_certify_each_other_end(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *a = PUT(.cn = "a", .issuer = "b", .ca = true);
    const struct ks_cert *b = PUT(.cn = "b", .issuer = "a", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "a"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, a, b);
    assert_false(p.complete);
    const struct ks_cert *exit = PUT(.cn = "a", .issuer = "root", .ca = true);
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    p = best(&f, leaf);
    ASSERT_PATH(p, exit, root);
    end(&f);
}

/* Twelve CAs, each certified by all others: more ways than anybody could walk. */
static void a_mesh_of_cross_certificates_ends(void **state)
{
    struct fixture f = begin();
    char names[12][8];
    (void)state;
    for (size_t i = 0; i < 12; i++)
        (void)snprintf(names[i], sizeof names[i], "m%zu", i);
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < 12; k++)
            if (i != k)
                PUT(.cn = names[i], .issuer = names[k], .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "m0"));
    struct ks_path p = best(&f, leaf);
    assert_false(p.complete);
    assert_true(p.cut);
    end(&f);
}

static void two_roots_give_two_paths_the_shorter_first(void **state)
{
    struct fixture f = begin();
    struct ks_path paths[4];
    (void)state;
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    const struct ks_cert *crossed = PUT(.cn = "root", .issuer = "old root", .ca = true);
    const struct ks_cert *old = PUT(.cn = "old root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "root"));
    assert_int_equal(ks_paths(f.pool, leaf, MAKE_NOW, paths, 4), 2);
    ASSERT_PATH(paths[0], root);
    ASSERT_PATH(paths[1], crossed, old);
    assert_true(paths[0].complete && paths[1].complete);
    assert_int_equal(ks_paths(f.pool, leaf, MAKE_NOW, paths, 1), 1);
    ASSERT_PATH(paths[0], root);
    assert_int_equal(ks_paths(f.pool, leaf, MAKE_NOW, paths, 0), 0);
    end(&f);
}

static void an_anchored_root_is_preferred_to_one_that_nobody_trusts(void **state)
{
    struct fixture f = begin();
    (void)state;
    PUT(.cn = "issuer", .ca = true);
    const struct ks_cert *crossed = PUT(.cn = "issuer", .issuer = "trusted", .ca = true);
    const struct ks_cert *trusted = put(&f, 3, true, CERT(.cn = "trusted", .ca = true));
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, crossed, trusted);
    assert_true(p.anchored);
    end(&f);
}

static void an_expired_cross_certificate_is_avoided(void **state)
{
    struct fixture f = begin();
    (void)state;
    PUT(.cn = "x", .ca = true, .to = "2025-06-01");
    PUT(.cn = "issuer", .issuer = "x", .ca = true);
    const struct ks_cert *good = PUT(.cn = "issuer", .issuer = "r1", .ca = true);
    const struct ks_cert *r1 = PUT(.cn = "r1", .issuer = "r2", .ca = true);
    const struct ks_cert *r2 = PUT(.cn = "r2", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, good, r1, r2);
    assert_int_equal(p.faults, 0);
    end(&f);
}

static void a_renewed_issuer_is_preferred_to_the_expired_one(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *old =
        put(&f, 0, false, CERT(.cn = "issuer", .issuer = "root", .ca = true, .to = "2026-01-01"));
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, old, root);
    assert_true(p.complete);
    assert_int_equal(p.faults, 1);
    const struct ks_cert *renewed =
        put(&f, 5, false, CERT(.cn = "issuer", .issuer = "root", .ca = true, .serial = 2));
    p = best(&f, leaf);
    ASSERT_PATH(p, renewed, root);
    end(&f);
}

static void of_equal_ones_the_smaller_rank_wins(void **state)
{
    struct fixture f = begin();
    (void)state;
    put(&f, 4, false, CERT(.cn = "root", .ca = true, .serial = 1));
    const struct ks_cert *near = put(&f, 2, false, CERT(.cn = "root", .ca = true, .serial = 2));
    put(&f, 3, false, CERT(.cn = "root", .ca = true, .serial = 3));
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "root"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, near);
    end(&f);
}

static void an_issuer_that_is_no_ca_comes_last(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *wrong =
        put(&f, 0, false, CERT(.cn = "issuer", .basic = true, .serial = 1));
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, wrong);
    assert_int_equal(p.faults, 1);
    const struct ks_cert *right = PUT(.cn = "issuer", .ca = true, .serial = 2);
    p = best(&f, leaf);
    ASSERT_PATH(p, right);
    end(&f);
}

static void a_signature_proves_more_than_a_wrong_key_id(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "root", .wrong_aki = true));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, root);
    assert_true(p.complete);
    assert_int_equal(p.faults, 1);
    end(&f);
}

static void a_path_may_end_at_an_anchor_that_is_no_root(void **state)
{
    struct fixture f = begin();
    struct ks_path paths[4];
    (void)state;
    const struct ks_cert *issuer =
        put(&f, 1, true, CERT(.cn = "issuer", .issuer = "root", .ca = true));
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "issuer"));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, issuer);
    assert_true(p.anchored && !p.complete);
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    assert_int_equal(ks_paths(f.pool, leaf, MAKE_NOW, paths, 4), 2);
    ASSERT_PATH(paths[0], issuer, root);
    ASSERT_PATH(paths[1], issuer);
    end(&f);
}

static void a_path_is_at_most_sixteen_long(void **state)
{
    struct fixture f = begin();
    char names[22][8];
    (void)state;
    for (size_t i = 0; i < 22; i++)
        (void)snprintf(names[i], sizeof names[i], "d%zu", i);
    EVP_PKEY *key[22];
    for (size_t i = 0; i < 22; i++)
        key[i] = EVP_EC_gen("prime256v1");
    for (size_t i = 1; i < 22; i++)
        PUT(.cn = names[i], .issuer = i < 21 ? names[i + 1] : NULL, .ca = true, .key = key[i],
            .signer = i < 21 ? key[i + 1] : key[i]);
    const struct ks_cert *leaf =
        made(&f, CERT(.cn = "d0", .issuer = "d1", .key = key[0], .signer = key[1]));
    struct ks_path p = best(&f, leaf);
    assert_int_equal(p.len, KS_PATH_MAX);
    assert_false(p.complete);
    for (size_t i = 0; i < 22; i++)
        EVP_PKEY_free(key[i]);
    end(&f);
}

static void names_are_compared_as_people_read_them(void **state)
{
    struct fixture f = begin();
    (void)state;
    const struct ks_cert *root = PUT(.cn = "Alder  Root", .ca = true, .key = make_key("alder"));
    const struct ks_cert *leaf =
        made(&f, CERT(.cn = "leaf", .issuer = "ALDER root", .signer = make_key("alder")));
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, root);
    assert_true(p.complete);
    end(&f);
}

static void the_same_certificate_is_kept_once_from_its_best_place(void **state)
{
    struct fixture f = begin();
    (void)state;
    struct ks_entry *trusted =
        make_entry(KS_KIND_TRUSTED, "root", 0, 1, make_cert(CERT(.cn = "root", .ca = true)));
    struct ks_store *s = make_store("/t", "JKS", 1, trusted);
    ks_pool_add(f.pool, &(struct ks_pool_cert){.cert = &trusted->chain[0], .rank = 1});
    ks_pool_add_store(f.pool, s, 3);
    assert_int_equal(ks_pool_count(f.pool), 1);
    assert_int_equal(ks_pool_at(f.pool, 0)->rank, 1);
    assert_true(ks_pool_at(f.pool, 0)->anchor);
    ks_pool_add_store(f.pool, s, 0);
    assert_ptr_equal(ks_pool_at(f.pool, 0)->store, s);
    assert_int_equal(ks_pool_at(f.pool, 0)->rank, 0);
    ks_store_free(s);
    end(&f);
}

static void broken_certificates_are_no_part_of_it(void **state)
{
    struct fixture f = begin();
    struct ks_cert broken;
    (void)state;
    assert_false(ks_cert_skim(ks_slice("\x30\x03\x02\x01\x00", 5), &broken));
    ks_pool_add(f.pool, &(struct ks_pool_cert){.cert = &broken});
    assert_int_equal(ks_pool_count(f.pool), 0);
    struct ks_path p = best(&f, &broken);
    assert_int_equal(p.len, 0);
    assert_false(p.complete);
    end(&f);
}

/* One CA with thousands of certificates for one key: one signature to check, one way to go. */
static void thousands_of_certificates_of_one_ca_cost_one_signature(void **state)
{
    struct fixture f = begin();
    (void)state;
    for (int i = 0; i < KS_PATH_TRIES + 10; i++)
        PUT(.cn = "busy", .issuer = "lost", .ca = true, .serial = i + 1, .no_ids = true);
    const struct ks_cert *good = PUT(.cn = "busy", .issuer = "root", .ca = true, .no_ids = true);
    const struct ks_cert *root = PUT(.cn = "root", .ca = true);
    const struct ks_cert *leaf = made(&f, CERT(.cn = "leaf", .issuer = "busy"));
    assert_int_equal(ks_pool_count(f.pool), KS_PATH_TRIES + 12);
    struct ks_path p = best(&f, leaf);
    ASSERT_PATH(p, good, root);
    assert_true(p.complete && !p.cut);
    end(&f);
}

static void a_leaf_is_found_among_five_thousand_cas(void **state)
{
    struct fixture f = begin();
    char name[16];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "ca %d", i);
        PUT(.cn = name, .ca = true, .key = make_key("one for all"), .no_ids = true,
            .signer = make_key("one for all"));
    }
    const struct ks_cert *leaf =
        made(&f, CERT(.cn = "leaf", .issuer = "ca 4321", .signer = make_key("one for all")));
    struct ks_path p = best(&f, leaf);
    assert_true(p.complete);
    assert_int_equal(p.len, 1);
    assert_ptr_equal(p.at[0]->cert, &f.certs[4321]);
    end(&f);
}

static void a_stopped_search_verifies_nothing_more(void **state)
{
    struct fixture f = begin();
    struct ks_path path;
    struct ks_job *job = ks_job_new();
    struct ks_effort effort = {.left = 10, .asks = 10};
    const struct ks_pool *pools[] = {f.pool};
    (void)state;
    const struct ks_cert *leaf = PUT(.cn = "leaf", .issuer = "a");
    PUT(.cn = "a", .issuer = "root", .ca = true);
    PUT(.cn = "root", .ca = true);
    struct ks_path_ask ask = {.pools = pools,
                              .pool_count = 1,
                              .leaf = leaf,
                              .now = MAKE_NOW,
                              .effort = &effort,
                              .job = job};
    assert_int_equal(ks_paths_find(&ask, &path, 1), 1);
    assert_true(path.complete && !path.cut && effort.left < 10);
    effort.left = 10;
    ks_job_cancel(job);
    assert_int_equal(ks_paths_find(&ask, &path, 1), 1);
    assert_true(path.cut && !path.complete);
    assert_int_equal(effort.left, 10);
    ks_job_free(job);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_search_verifies_nothing_more),
        cmocka_unit_test(a_chain_is_found_in_any_order),
        cmocka_unit_test(a_gap_ends_the_path_and_is_named),
        cmocka_unit_test(a_self_signed_leaf_needs_nobody),
        cmocka_unit_test(a_name_alone_signs_nothing),
        cmocka_unit_test(the_right_one_is_found_behind_a_thousand_forged_ones),
        cmocka_unit_test(more_forged_ones_than_are_tried_end_the_search_and_say_so),
        cmocka_unit_test(cas_that_certify_each_other_end),
        cmocka_unit_test(a_mesh_of_cross_certificates_ends),
        cmocka_unit_test(two_roots_give_two_paths_the_shorter_first),
        cmocka_unit_test(an_anchored_root_is_preferred_to_one_that_nobody_trusts),
        cmocka_unit_test(an_expired_cross_certificate_is_avoided),
        cmocka_unit_test(a_renewed_issuer_is_preferred_to_the_expired_one),
        cmocka_unit_test(of_equal_ones_the_smaller_rank_wins),
        cmocka_unit_test(an_issuer_that_is_no_ca_comes_last),
        cmocka_unit_test(a_signature_proves_more_than_a_wrong_key_id),
        cmocka_unit_test(a_path_may_end_at_an_anchor_that_is_no_root),
        cmocka_unit_test(a_path_is_at_most_sixteen_long),
        cmocka_unit_test(names_are_compared_as_people_read_them),
        cmocka_unit_test(the_same_certificate_is_kept_once_from_its_best_place),
        cmocka_unit_test(broken_certificates_are_no_part_of_it),
        cmocka_unit_test(thousands_of_certificates_of_one_ca_cost_one_signature),
        cmocka_unit_test(a_leaf_is_found_among_five_thousand_cas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
