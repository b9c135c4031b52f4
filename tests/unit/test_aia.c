/* What the key entries of a keystore lack, and all of it fetched. */
#include "published.h"

#include "net/aia.h"
#include "net/dial.h"

#define MOST 8

static struct published ca;

struct asked {
    struct ks_store *store;
    struct ks_context context;
    struct ks_aia_store about;
    struct ks_sources sources;
    struct ks_aia aia;
    struct ks_error err;
    size_t urls; /* that were told before they were asked */
};

static int open_ca(void **state)
{
    (void)state;
    published_open(&ca);
    return 0;
}

static int close_ca(void **state)
{
    (void)state;
    published_close(&ca);
    return 0;
}

static struct asked *about(struct ks_store *s)
{
    struct asked *a = ks_alloc(sizeof *a);
    *a = (struct asked){.store = s, .context = {.now = MAKE_NOW}};
    a->about = (struct ks_aia_store){.doctor = ks_doctor_new(), .store = s, .context = &a->context};
    return a;
}

static void done_with(struct asked *a)
{
    ks_aia_drop(&a->aia);
    ks_sources_drop(&a->sources);
    ks_doctor_free(a->about.doctor);
    ks_store_free(a->store);
    free(a);
}

static void assert_lacking(const struct asked *a, const char *letters)
{
    const struct ks_cert *lacking[MOST];
    struct ks_buf got = KS_BUF_INIT;
    size_t count = ks_aia_lacking(&a->about, NULL, lacking, MOST);
    for (size_t i = 0; i < count; i++)
        broken_put_letter(&got, lacking[i]);
    assert_string_equal(ks_buf_text(&got), letters);
    ks_buf_free(&got);
}

static void count_url(void *ctx, const char *url)
{
    struct asked *a = ctx;
    assert_int_equal(strncmp(url, ca.url, strlen(ca.url)), 0);
    assert_int_equal(loopback_count(ca.server), a->urls); /* this one was not asked yet */
    a->urls++;
}

static enum ks_code fetch_all(struct asked *a, struct ks_job *job)
{
    struct ks_aia_ask ask = {
        .how = {.no_proxy = true, .private_too = true, .any_port = true, .seconds = 5},
        .asking = count_url,
        .ctx = a};
    return ks_aia_fetch_lacking(&a->about, &ask, &a->sources, job, &a->aia, &a->err);
}

/* ---- what is lacking ---- */

static void a_chain_lacks_what_issued_its_end(void **state)
{
    static const struct {
        const char *chain, *ends;
    } rows[] = {{"L", "L"}, {"L I", "I"}, {"L I R", ""}, {"L R", "L"}, {"S", ""}, {"D", "D"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ks_store *s = op_store(&ks_format_jks, "changeit");
        broken_add_key(s, "web", rows[i].chain);
        struct asked *a = about(s);
        assert_lacking(a, rows[i].ends);
        done_with(a);
    }
}

static struct ks_store *two_of_one_ca(void)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "L I");
    broken_add_key(s, "mail", "L I");
    broken_add_key(s, "old", "D");
    broken_add_key(s, "none", "");
    broken_add_trusted(s, "another", 'i');
    return s;
}

static void each_end_is_told_once_and_only_of_the_entries_that_are_meant(void **state)
{
    static const bool only[] = {false, false, true, true, true};
    (void)state;
    struct asked *a = about(two_of_one_ca());
    const struct ks_cert *lacking[1];
    assert_lacking(a, "I D");
    a->about.entry = op_entry(a->store, "mail");
    assert_lacking(a, "I");
    a->about.entry = NULL;
    a->about.only = only;
    assert_lacking(a, "D");
    a->about.only = NULL;
    assert_int_equal(ks_aia_lacking(&a->about, NULL, lacking, 1), 1);
    assert_int_equal(ks_aia_lacking(&a->about, NULL, lacking, 0), 0);
    done_with(a);
}

static void what_the_candidates_have_is_not_lacking(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_pool *pool = ks_pool_new();
    (void)state;
    broken_add_key(s, "web", "L");
    struct asked *a = about(s);
    broken_give(&a->sources, "I");
    ks_sources_fill(&a->sources, pool, 0);
    a->context.candidates = pool;
    assert_lacking(a, "I");
    broken_give(&a->sources, "R");
    ks_sources_fill(&a->sources, pool, 0);
    assert_lacking(a, "");
    ks_pool_free(pool);
    done_with(a);
}

static void all_entries_together_cost_no_more_than_is_allowed(void **state)
{
    const struct ks_cert *lacking[MOST];
    (void)state;
    struct asked *a = about(two_of_one_ca());
    struct ks_effort effort = {.left = 50, .asks = 500};
    a->context.effort = &effort;
    assert_lacking(a, "I D");
    size_t asks = 500 - effort.asks; /* of both chains of "I", and of the other one */
    assert_true(asks > 1 && effort.left < 50 && !effort.cut);
    effort = (struct ks_effort){.left = 50, .asks = 1};
    assert_int_equal(ks_aia_lacking(&a->about, NULL, lacking, MOST), 1);
    assert_true(effort.cut && effort.asks == 0);
    done_with(a);
}

static void nothing_is_looked_at_after_it_was_stopped(void **state)
{
    const struct ks_cert *lacking[MOST];
    struct ks_effort effort = {.left = 50, .asks = 500};
    (void)state;
    struct asked *a = about(two_of_one_ca());
    struct ks_job *job = ks_job_new();
    ks_job_cancel(job);
    a->context.effort = &effort;
    assert_int_equal(ks_aia_lacking(&a->about, job, lacking, MOST), 0);
    assert_int_equal(effort.asks, 500);
    ks_job_free(job);
    done_with(a);
}

/* ---- all of it ---- */

static void needs_network(void)
{
    if (!ks_network())
        skip();
}

static void all_that_is_lacking_is_fetched_and_told_before(void **state)
{
    (void)state;
    needs_network();
    struct ks_pool *pool = ks_pool_new();
    struct asked *a = about(broken_store(&ks_format_jks, "L"));
    assert_int_equal(fetch_all(a, NULL), KS_OK);
    assert_int_equal(a->aia.count, 2);
    assert_int_equal(a->urls, 2);
    assert_true(a->aia.at[0].fits && a->aia.at[1].fits);
    assert_int_equal(a->sources.count, 2);
    ks_sources_fill(&a->sources, pool, 0);
    a->context.candidates = pool;
    assert_lacking(a, "");
    ks_pool_free(pool);
    done_with(a);
}

static void a_place_that_several_name_is_asked_once(void **state)
{
    (void)state;
    needs_network();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    published_leaf_at(&ca, "/gone.crt");
    broken_add_key(s, "web", "L");
    ks_blob_unref(broken_known['V']);
    broken_known['V'] = ks_blob_ref(broken_known['L']);
    published_leaf_at(&ca, "/gone.crt"); /* another certificate, by its signature */
    broken_add_key(s, "mail", "L");
    struct asked *a = about(s);
    assert_lacking(a, "V L");
    assert_int_equal(fetch_all(a, NULL), KS_OK);
    assert_int_equal(a->aia.count, 1);
    assert_string_equal(a->aia.at[0].err.slug, "http-status");
    assert_int_equal(loopback_count(ca.server), 1);
    done_with(a);
}

static void what_fails_for_one_is_no_failure_for_the_others(void **state)
{
    char url[96];
    (void)state;
    needs_network();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    published_leaf_at(&ca, "/gone.crt");
    (void)snprintf(url, sizeof url, "%s/R.crt", ca.url);
    broken_known['D'] = published_cert(&(struct make_cert){.cn = "leaf", .issuer = "R"}, url);
    broken_add_key(s, "web", "L");
    broken_add_key(s, "mail", "D");
    broken_add_key(s, "old", "u"); /* says nothing about its issuer */
    struct asked *a = about(s);
    assert_int_equal(fetch_all(a, NULL), KS_OK);
    assert_int_equal(a->aia.count, 2);
    assert_int_equal(a->aia.at[0].code, KS_ERR_NETWORK);
    assert_true(a->aia.at[1].fits);
    assert_int_equal(a->sources.count, 1);
    done_with(a);
}

static void what_was_tried_for_one_keystore_is_not_tried_for_the_next(void **state)
{
    (void)state;
    needs_network();
    published_leaf_at(&ca, "/gone.crt");
    struct asked *a = about(broken_store(&ks_format_jks, "L"));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fetch_all(a, NULL), KS_OK);
        assert_int_equal(a->aia.count, 1);
    }
    assert_int_equal(loopback_count(ca.server), 1);
    done_with(a);
}

/* A certificate that names as many places as are asked for one. */
static struct ks_blob *leaf_of_many_places(int number)
{
    char access[1024] = "";
    for (int i = 0; i < KS_AIA_FETCHES; i++) {
        size_t len = strlen(access);
        (void)snprintf(access + len, sizeof access - len, "%scaIssuers;URI:%s/gone-%d-%d",
                       len ? "," : "", ca.url, number, i);
    }
    return make_cert(&(struct make_cert){.cn = "leaf", .issuer = "I", .access = access});
}

static void a_keystore_of_many_cas_asks_until_it_has_been_enough(void **state)
{
    (void)state;
    needs_network();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    for (int i = 0; i < 10; i++) {
        char alias[] = {(char)('0' + i), '\0'};
        ks_blob_unref(broken_known['L']);
        broken_known['L'] = leaf_of_many_places(i);
        broken_add_key(s, alias, "L");
    }
    struct asked *a = about(s);
    assert_int_equal(fetch_all(a, NULL), KS_OK);
    assert_int_equal(a->aia.count, KS_AIA_STORE_FETCHES);
    assert_int_equal(loopback_count(ca.server), KS_AIA_STORE_FETCHES);
    assert_int_equal(a->aia.left_out, 10 - KS_AIA_STORE_FETCHES / KS_AIA_FETCHES);
    done_with(a);
}

static void nothing_is_asked_after_it_was_stopped(void **state)
{
    (void)state;
    needs_network();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_job *job = ks_job_new();
    broken_add_key(s, "web", "L");
    broken_add_key(s, "mail", "L I");
    ks_job_cancel(job);
    struct asked *a = about(s);
    assert_int_equal(fetch_all(a, job), KS_ERR_CANCELLED);
    assert_string_equal(a->err.slug, "cancelled");
    assert_int_equal(a->aia.count, 0);
    assert_int_equal(loopback_count(ca.server), 0);
    ks_job_free(job);
    done_with(a);
}

static void what_lacks_nothing_asks_nobody(void **state)
{
    (void)state;
    struct asked *a = about(broken_store(&ks_format_jks, "L I R"));
    assert_int_equal(fetch_all(a, NULL), KS_OK);
    assert_int_equal(a->aia.count, 0);
    assert_int_equal(loopback_count(ca.server), 0);
    done_with(a);
}

/* Built without network, or on a host that has no libcurl. */
static void without_network_it_is_said_and_not_tried_again(void **state)
{
    (void)state;
    if (ks_network())
        skip();
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    broken_add_key(s, "web", "L");
    broken_add_key(s, "mail", "L I");
    struct asked *a = about(s);
    assert_int_equal(fetch_all(a, NULL), KS_ERR_UNSUPPORTED);
    assert_string_equal(a->err.slug, "no-network");
    assert_int_equal(a->aia.count, 1);
    done_with(a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ca, close_ca)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chain_lacks_what_issued_its_end),
        TEST(each_end_is_told_once_and_only_of_the_entries_that_are_meant),
        TEST(what_the_candidates_have_is_not_lacking),
        TEST(all_entries_together_cost_no_more_than_is_allowed),
        TEST(nothing_is_looked_at_after_it_was_stopped),
        TEST(all_that_is_lacking_is_fetched_and_told_before),
        TEST(a_place_that_several_name_is_asked_once),
        TEST(what_fails_for_one_is_no_failure_for_the_others),
        TEST(what_was_tried_for_one_keystore_is_not_tried_for_the_next),
        TEST(a_keystore_of_many_cas_asks_until_it_has_been_enough),
        TEST(nothing_is_asked_after_it_was_stopped),
        TEST(what_lacks_nothing_asks_nobody),
        TEST(without_network_it_is_said_and_not_tried_again),
    };
    ks_clock_pin(MAKE_NOW);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
