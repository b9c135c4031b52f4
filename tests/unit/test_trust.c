/* Trusted certificates out of what was brought: which are proposed, and under which names. */
#include "op_store.h"

#include "op/import.h"
#include "x509/cert.h"

static struct ks_gather given;

static int set_up(void **state)
{
    (void)state;
    given = (struct ks_gather){0};
    ks_clock_pin(MAKE_NOW);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ks_gather_drop(&given);
    return 0;
}

#define CERT(...) make_cert(&(struct make_cert){__VA_ARGS__})

/* Takes over the blobs. */
static void give(struct ks_blob *first, ...)
{
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    va_list args;
    va_start(args, first);
    for (struct ks_blob *b = first; b; b = va_arg(args, struct ks_blob *)) {
        ks_pem_write("CERTIFICATE", ks_blob_slice(b), &pem);
        ks_blob_unref(b);
    }
    va_end(args);
    if (ks_gather_text(&given, "bundle.pem", ks_slice(pem.data, pem.len), NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_buf_free(&pem);
}
#define GIVE(...) give(__VA_ARGS__, (struct ks_blob *)NULL)

struct rows {
    struct ks_trust_row *at;
    size_t count;
};

static struct rows rows_for(const struct ks_store *into, struct ks_store *open)
{
    struct rows r;
    r.at = ks_trust_rows(into, &given, &open, open ? 1 : 0, MAKE_NOW, &r.count);
    return r;
}

static void free_rows(struct rows *r)
{
    ks_trust_rows_free(r->at, r->count);
}

static struct ks_trust_pick pick_of(const struct ks_trust_row *row)
{
    return (struct ks_trust_pick){row->from.cert, row->from.store, row->from.entry, row->alias};
}

static void assert_row(const struct ks_trust_row *row, bool proposed, const char *why_not)
{
    if (why_not)
        assert_string_equal(row->why_not, why_not);
    else
        assert_null(row->why_not);
    assert_int_equal(row->proposed, proposed);
}

/* ---- what is proposed ---- */

static void the_root_of_a_bundle_is_proposed_and_what_it_issued_is_not(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    GIVE(CERT(.cn = "www.example", .issuer = "Issuing CA"),
         CERT(.cn = "Issuing CA", .issuer = "Example Root CA", .ca = true),
         CERT(.cn = "Example Root CA", .ca = true));
    struct rows r = rows_for(s, NULL);
    assert_int_equal(r.count, 3);
    assert_row(&r.at[0], false, "not needed with its issuer");
    assert_row(&r.at[1], false, "not needed with its issuer");
    assert_row(&r.at[2], true, NULL);
    assert_true(r.at[2].root && r.at[2].ca && !r.at[1].root && r.at[1].ca && !r.at[0].ca);
    assert_string_equal(r.at[2].alias, "example-root-ca");
    free_rows(&r);
    ks_store_free(s);
}

static void an_intermediate_without_its_root_is_proposed(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    GIVE(CERT(.cn = "Issuing CA", .issuer = "root", .ca = true), CERT(.cn = "leaf", .issuer = "x"));
    struct rows r = rows_for(s, NULL);
    assert_row(&r.at[0], true, NULL);
    assert_row(&r.at[1], false, "not a CA");
    free_rows(&r);
    ks_store_free(s);
}

static void a_self_signed_server_certificate_is_proposed(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    GIVE(CERT(.cn = "server", .basic = true));
    struct rows r = rows_for(s, NULL);
    assert_row(&r.at[0], true, NULL);
    assert_true(r.at[0].root && !r.at[0].ca);
    free_rows(&r);
    ks_store_free(s);
}

static void what_says_it_signed_itself_and_did_not_is_no_root(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    GIVE(CERT(.cn = "root", .signer = make_key("forged")));
    struct rows r = rows_for(s, NULL);
    assert_false(r.at[0].root);
    assert_row(&r.at[0], false, "not a CA");
    free_rows(&r);
    ks_store_free(s);
}

static void what_is_expired_is_not_proposed(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    GIVE(CERT(.cn = "old root", .ca = true, .to = "2026-01-01"));
    struct rows r = rows_for(s, NULL);
    assert_row(&r.at[0], false, "expired");
    free_rows(&r);
    ks_store_free(s);
}

static void what_is_here_already_says_under_which_name(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_blob *root = CERT(.cn = "root", .ca = true);
    (void)state;
    op_add_trusted(s, "corp", root);
    GIVE(root, CERT(.cn = "root", .ca = true, .serial = 2));
    struct rows r = rows_for(s, NULL);
    assert_row(&r.at[0], false, "already here");
    assert_string_equal(r.at[0].already->alias, "corp");
    assert_null(r.at[1].already);
    free_rows(&r);
    ks_store_free(s);
}

static void a_leaf_whose_key_is_in_a_key_pair_is_a_reply(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_store *other = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    op_add_key(s, "web", "changeit");
    op_add_key(other, "mail", "changeit");
    GIVE(CERT(.cn = "web", .issuer = "issuer", .serial = 5),
         CERT(.cn = "mail", .issuer = "issuer", .serial = 6), CERT(.cn = "issuer", .ca = true));
    struct rows r = rows_for(s, other);
    assert_row(&r.at[0], false, "its key is in a key pair: import it as a CA reply");
    assert_ptr_equal(r.at[0].key_store, s);
    assert_string_equal(r.at[0].key_entry->alias, "web");
    assert_ptr_equal(r.at[1].key_store, other);
    assert_string_equal(r.at[1].key_entry->alias, "mail");
    assert_row(&r.at[2], true, NULL);
    free_rows(&r);
    ks_store_free(other);
    ks_store_free(s);
}

/* A client must trust it, although the server's key is open beside it. */
static void a_self_signed_certificate_of_an_open_key_is_no_reply(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_store *other = op_store(&ks_format_pkcs12, "changeit");
    (void)state;
    op_add_key(other, "server", "changeit");
    GIVE(CERT(.cn = "server"));
    struct rows r = rows_for(s, other);
    assert_null(r.at[0].key_entry);
    assert_row(&r.at[0], true, NULL);
    free_rows(&r);
    ks_store_free(other);
    ks_store_free(s);
}

/* ---- names ---- */

static void names_are_made_unique_as_java_compares_them(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_blob *there = CERT(.cn = "x", .ca = true);
    (void)state;
    op_add_trusted(s, "Example-CA", there);
    ks_blob_unref(there);
    GIVE(CERT(.cn = "Example CA", .ca = true, .serial = 1),
         CERT(.cn = "EXAMPLE  ca", .ca = true, .serial = 2),
         CERT(.cn = "example-ca-3", .ca = true, .serial = 3));
    struct rows r = rows_for(s, NULL);
    assert_string_equal(r.at[0].alias, "example-ca-2");
    assert_string_equal(r.at[1].alias, "example-ca-3");
    assert_string_equal(r.at[2].alias, "example-ca-3-2");
    free_rows(&r);
    ks_store_free(s);
}

static void names_have_nothing_that_deceives(void **state)
{
    static const struct {
        const char *cn, *alias;
    } names[] = {
        {"a\x1b[31mb", "a-[31mb"},
        {" \t ", "certificate"},
        {"  Two   Words  ", "two-words"},
        {"M\xc3\xbcller CA", "m\xc3\xbcller-ca"},
        {"a\xe2\x80\xae"
         "b",
         "a-b"},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         "0123456789012345678901234567890123456789012345678901234567890123"},
    };
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ks_blob *b = CERT(.cn = names[i].cn, .key = make_key("k"));
        struct ks_cert c;
        assert_true(ks_cert_skim(ks_blob_slice(b), &c));
        char *alias = ks_op_propose_alias(s, &c, NULL, 0);
        assert_string_equal(alias, names[i].alias);
        char *again = ks_op_propose_alias(s, &c, &alias, 1);
        assert_string_not_equal(alias, again);
        free(again);
        free(alias);
        ks_blob_unref(b);
    }
    ks_store_free(s);
}

static void thousands_of_one_name_are_numbered_at_once(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_buf pem = KS_BUF_INIT;
    struct ks_error err = {0};
    (void)state;
    for (long i = 0; i < 600; i++) {
        struct ks_blob *b = CERT(.cn = i % 2 ? "one" : "two", .serial = i + 1, .no_ids = true);
        ks_pem_write("CERTIFICATE", ks_blob_slice(b), &pem);
        ks_blob_unref(b);
    }
    assert_int_equal(ks_gather_text(&given, "many", ks_slice(pem.data, pem.len), NULL, &err),
                     KS_OK);
    ks_buf_free(&pem);
    struct rows r = rows_for(s, NULL);
    assert_int_equal(r.count, 600);
    assert_string_equal(r.at[598].alias, "two-300");
    assert_string_equal(r.at[599].alias, "one-300");
    free_rows(&r);
    ks_store_free(s);
}

/* ---- the operation ---- */

static void picks_become_trusted_entries_of_every_type(void **state)
{
    static const struct ks_format *const formats[] = {
        &ks_format_jks,  &ks_format_jceks, &ks_format_bks, &ks_format_pkcs12,
        &ks_format_uber, &ks_format_bcfks, &ks_format_pem};
    (void)state;
    GIVE(CERT(.cn = "root a", .ca = true), CERT(.cn = "root b", .ca = true));
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ks_store *s = op_store(formats[i], "changeit");
        struct ks_plan plan = {0};
        struct ks_error err = {0};
        struct rows r = rows_for(s, NULL);
        struct ks_trust_pick picks[] = {pick_of(&r.at[0]), pick_of(&r.at[1])};
        if (ks_op_trust(s, picks, 2, KS_CLASH_ASK, &plan, &err) != KS_OK)
            fail_msg("%s: %s", formats[i]->name, err.what);
        assert_null(ks_plan_apply(&plan));
        ks_plan_drop(&plan);
        assert_int_equal(s->past_count, 1); /* one step to undo */
        free_rows(&r);
        s = op_reopened(s, "changeit");
        const struct ks_entry *e = op_entry(s, "root-b");
        assert_int_equal(e->kind, formats[i]->caps & KS_CAP_STORE ? KS_KIND_TRUSTED : KS_KIND_CERT);
        assert_int_equal(e->chain_len, 1);
        ks_store_free(s);
    }
}

static enum ks_code trust(struct ks_store *s, const struct ks_trust_row *row, const char *alias,
                          enum ks_clash clash, struct ks_plan *plan, struct ks_error *err)
{
    struct ks_trust_pick pick = pick_of(row);
    pick.alias = alias;
    return ks_op_trust(s, &pick, 1, clash, plan, err);
}

static void a_name_that_is_taken_is_refused_replaced_or_renamed(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_blob *old = CERT(.cn = "old", .ca = true);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    op_add_trusted(s, "corp", old);
    ks_blob_unref(old);
    GIVE(CERT(.cn = "new", .ca = true));
    struct rows r = rows_for(s, NULL);
    assert_int_equal(trust(s, &r.at[0], "Corp", KS_CLASH_ASK, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_non_null(strstr(err.what, "Corp was not imported: there is an entry corp in made.ks"));
    assert_null(plan.result);
    assert_int_equal(trust(s, &r.at[0], "corp", KS_CLASH_REPLACE, &plan, &err), KS_OK);
    assert_aliases(plan.result, "corp");
    assert_true(plan.result->entries[0] != s->now->entries[0]);
    ks_plan_drop(&plan);
    assert_int_equal(trust(s, &r.at[0], "corp", KS_CLASH_RENAME, &plan, &err), KS_OK);
    assert_aliases(plan.result, "corp corp-2");
    ks_plan_drop(&plan);
    free_rows(&r);
    ks_store_free(s);
}

static void what_people_should_know_is_remarked(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_blob *known = CERT(.cn = "known", .ca = true);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    op_add_key(s, "web", "changeit");
    op_add_trusted(s, "corp", known);
    GIVE(CERT(.cn = "leaf", .issuer = "x"), CERT(.cn = "web", .issuer = "x", .serial = 9),
         CERT(.cn = "old", .ca = true, .to = "2026-01-01"), known);
    struct rows r = rows_for(s, NULL);
    struct ks_trust_pick picks[4];
    for (size_t i = 0; i < 4; i++)
        picks[i] = pick_of(&r.at[i]);
    picks[1].alias = "reply";
    assert_int_equal(ks_op_trust(s, picks, 4, KS_CLASH_ASK, &plan, &err), KS_OK);
    assert_remark(&plan, "not-a-ca", "leaf", KS_REMARK_WARNING);
    assert_remark(&plan, "use-reply", "reply", KS_REMARK_WARNING);
    assert_remark(&plan, "expired", "old", KS_REMARK_WARNING);
    assert_remark(&plan, "already", "known", KS_REMARK_NOTE);
    assert_int_equal(plan.remark_count, 4);
    ks_plan_drop(&plan);
    free_rows(&r);
    ks_store_free(s);
}

static void nothing_chosen_is_nothing_done(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    assert_int_equal(ks_op_trust(s, NULL, 0, KS_CLASH_ASK, &plan, &err), KS_ERR_USAGE);
    assert_null(plan.result);
    ks_store_free(s);
}

static void a_name_that_the_type_cannot_hold_is_refused(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    char *name = calloc(1, 70001);
    (void)state;
    memset(name, 'a', 70000);
    GIVE(CERT(.cn = "root", .ca = true));
    struct rows r = rows_for(s, NULL);
    assert_int_equal(trust(s, &r.at[0], name, KS_CLASH_ASK, &plan, &err), KS_ERR_REFUSED);
    assert_null(plan.result);
    assert_int_equal(s->now->count, 0);
    free(name);
    free_rows(&r);
    ks_store_free(s);
}

static void the_commands_are_those_of_keytool(void **state)
{
    struct ks_store *s = op_store(&ks_format_bks, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    GIVE(CERT(.cn = "Root CA", .ca = true));
    struct rows r = rows_for(s, NULL);
    given.stores[0]->disk = ks_blob_ref(given.stores[0]->file);
    assert_int_equal(trust(s, &r.at[0], "my root", KS_CLASH_ASK, &plan, &err), KS_OK);
    assert_int_equal(plan.commands.count, 2);
    assert_non_null(strstr(plan.commands.at[0], "# STOREPASS: the password of made.ks"));
    assert_non_null(strstr(plan.commands.at[1], "keytool -importcert -noprompt -keystore /"));
    assert_non_null(strstr(plan.commands.at[1], "BouncyCastleProvider"));
    assert_non_null(strstr(plan.commands.at[1], " -alias 'my root' -file /"));
    ks_plan_drop(&plan);
    free_rows(&r);
    ks_store_free(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_root_of_a_bundle_is_proposed_and_what_it_issued_is_not),
        TEST(an_intermediate_without_its_root_is_proposed),
        TEST(a_self_signed_server_certificate_is_proposed),
        TEST(what_says_it_signed_itself_and_did_not_is_no_root),
        TEST(what_is_expired_is_not_proposed),
        TEST(what_is_here_already_says_under_which_name),
        TEST(a_leaf_whose_key_is_in_a_key_pair_is_a_reply),
        TEST(a_self_signed_certificate_of_an_open_key_is_no_reply),
        TEST(names_are_made_unique_as_java_compares_them),
        TEST(names_have_nothing_that_deceives),
        TEST(thousands_of_one_name_are_numbered_at_once),
        TEST(picks_become_trusted_entries_of_every_type),
        TEST(a_name_that_is_taken_is_refused_replaced_or_renamed),
        TEST(what_people_should_know_is_remarked),
        TEST(nothing_chosen_is_nothing_done),
        TEST(a_name_that_the_type_cannot_hold_is_refused),
        TEST(the_commands_are_those_of_keytool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
