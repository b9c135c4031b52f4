/* Judging what a server sends by a truststore, and what is to be trusted so that it is accepted. */
#include "op_store.h"
#include "saving.h"

#include "op/outbound.h"
#include "x509/cert.h"

#define CERT(...) make_cert(&(struct make_cert){__VA_ARGS__})
#define SENT_MAX 16

/* A server's chain, the truststore, and where else certificates may be. */
static struct scene {
    struct ks_store *sent, *trust, *other, *public_cas;
    struct ks_pool *candidates;
    const struct ks_cert *chain[SENT_MAX];
    size_t count;
    struct ks_outbound out;
    struct ks_error err;
} scene;

static struct ks_blob *leaf_of(const char *issuer)
{
    return CERT(.cn = "www.bank.com", .issuer = issuer, .san = "DNS:www.bank.com");
}
static struct ks_blob *issuing(void)
{
    return CERT(.cn = "Issuing CA", .issuer = "Corp Root", .ca = true);
}
static struct ks_blob *root(void)
{
    return CERT(.cn = "Corp Root", .ca = true);
}

/* Takes over the blobs, which end with NULL. */
static struct ks_store *bundle(const char *path, struct ks_blob *first, va_list more)
{
    struct ks_store *s = ks_store_new(path, ks_blob_copy(ks_slice(NULL, 0)));
    s->format = &ks_format_pem;
    for (struct ks_blob *b = first; b; b = va_arg(more, struct ks_blob *))
        op_append(s, make_entry(KS_KIND_CERT, "cert", 0, 1, b));
    return s;
}

static void send_chain(struct ks_blob *first, ...)
{
    va_list more;
    va_start(more, first);
    scene.sent = bundle("www.bank.com:443", first, more);
    va_end(more);
    for (scene.count = 0; scene.count < ks_store_count(scene.sent); scene.count++)
        scene.chain[scene.count] = &ks_store_entry(scene.sent, scene.count)->chain[0];
}
#define SEND(...) send_chain(__VA_ARGS__, (struct ks_blob *)NULL)

static void offer(struct ks_blob *first, ...)
{
    va_list more;
    va_start(more, first);
    scene.other = bundle("corp.pem", first, more);
    va_end(more);
    scene.candidates = ks_pool_new();
    ks_pool_add_store(scene.candidates, scene.other, 2);
}
#define OFFER(...) offer(__VA_ARGS__, (struct ks_blob *)NULL)

static void trust(const char *alias, struct ks_blob *cert)
{
    op_add_trusted(scene.trust, alias, cert);
    ks_blob_unref(cert);
}

static int set_up(void **state)
{
    scene = (struct scene){0};
    ks_clock_pin(MAKE_NOW);
    scene.trust = op_store(&ks_format_jks, "changeit");
    scene.public_cas = op_store(&ks_format_jks, "changeit");
    struct ks_blob *ca = CERT(.cn = "Public Root", .ca = true);
    op_add_trusted(scene.trust, "public", ca);
    op_add_trusted(scene.public_cas, "public", ca);
    ks_blob_unref(ca);
    return make_dir(state);
}

static int tear_down(void **state)
{
    ks_outbound_drop(&scene.out);
    ks_pool_free(scene.candidates);
    ks_store_free(scene.sent);
    ks_store_free(scene.other);
    ks_store_free(scene.trust);
    ks_store_free(scene.public_cas);
    return remove_dir(state);
}

static enum ks_code judge_for(const char *host, const struct ks_store *truststore)
{
    return ks_outbound_judge(NULL,
                             &(struct ks_outbound_ask){.sent = scene.chain,
                                                       .count = scene.count,
                                                       .sent_store = scene.sent,
                                                       .trust = truststore,
                                                       .trust_name = "cacerts",
                                                       .host = host,
                                                       .candidates = scene.candidates,
                                                       .public_cas = scene.public_cas,
                                                       .now = MAKE_NOW},
                             NULL, &scene.out, &scene.err);
}

static const struct ks_outbound *judge(void)
{
    if (judge_for("www.bank.com", scene.trust) != KS_OK)
        fail_msg("%s", scene.err.what);
    return &scene.out;
}

static const struct ks_outbound_row *recommended(void)
{
    const struct ks_outbound_row *found = NULL;
    for (size_t i = 0; i < scene.out.count; i++)
        if (scene.out.rows[i].recommended) {
            assert_null(found);
            found = &scene.out.rows[i];
        }
    return found;
}

static void assert_roles(const char *roles)
{
    static const char letters[] = {[KS_OUTBOUND_ROOT] = 'R',
                                   [KS_OUTBOUND_ISSUER] = 'I',
                                   [KS_OUTBOUND_LEAF] = 'L',
                                   [KS_OUTBOUND_EXTRA] = 'X'};
    char got[SENT_MAX + 1] = "";
    assert_true(scene.out.count <= SENT_MAX);
    for (size_t i = 0; i < scene.out.count; i++)
        got[i] = letters[scene.out.rows[i].role];
    assert_string_equal(got, roles);
}

static void assert_in(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text ? text : "(nothing)");
}

/* ---- the verdict ---- */

static void a_chain_to_a_trusted_root_is_trusted_by_its_alias(void **state)
{
    (void)state;
    trust("corp", root());
    SEND(leaf_of("Issuing CA"), issuing());
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_TRUSTED);
    assert_string_equal(o->verdict_text, "trusted by cacerts: the chain ends at its entry corp");
    assert_roles("LIR");
    assert_string_equal(o->rows[2].already->alias, "corp");
    assert_null(recommended());
    assert_null(o->missing);
    assert_true(o->proof.proven);
}

static void a_root_that_was_not_sent_is_found_and_recommended(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing());
    OFFER(root());
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_string_equal(o->verdict_text, "not trusted by cacerts: Corp Root is missing there");
    assert_roles("LIR");
    assert_true(o->root_found && !o->root_sent);
    const struct ks_outbound_row *r = recommended();
    assert_ptr_equal(r, &o->rows[2]);
    assert_int_equal(r->sent, -1);
    assert_ptr_equal(r->found->store, scene.other);
    assert_string_equal(r->alias, "corp-root");
    assert_string_equal(r->means, "lasts: a renewed server certificate and a renewed intermediate "
                                  "are still trusted");
    assert_in(o->java.text, "PKIX path building failed");
    assert_null(o->missing);
}

static void a_root_that_was_sent_is_recommended_too(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing(), root());
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_true(o->root_sent && !o->root_found);
    assert_int_equal(recommended()->sent, 2);
    assert_null(recommended()->found);
}

static void without_a_root_the_issuer_is_recommended_and_the_root_named(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing());
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_roles("LI");
    assert_int_equal(recommended()->role, KS_OUTBOUND_ISSUER);
    assert_string_equal(recommended()->means, "works in Java; breaks when the CA replaces it");
    assert_in(o->missing, "Needed: the CA certificate of CN=Corp Root (key id ");
    assert_false(o->root_found || o->root_sent);
}

static void of_a_leaf_alone_only_itself_can_be_trusted(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"));
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_int_equal(recommended()->role, KS_OUTBOUND_LEAF);
    assert_string_equal(recommended()->means, "breaks at the next renewal; Java ignores the expiry "
                                              "of a trusted leaf");
    assert_in(o->missing, "CN=Issuing CA");
    assert_null(o->inspected); /* whose it is cannot be told */
}

static void a_self_signed_server_certificate_is_a_leaf(void **state)
{
    (void)state;
    SEND(CERT(.cn = "www.bank.com", .san = "DNS:www.bank.com"));
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_roles("L");
    assert_ptr_equal(recommended(), &o->rows[0]);
    assert_null(o->missing);
}

static void nothing_that_is_trusted_mends_an_expired_leaf(void **state)
{
    (void)state;
    SEND(CERT(.cn = "www.bank.com", .issuer = "Corp Root", .san = "DNS:www.bank.com",
              .to = "2026-01-01"),
         root());
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_OTHER);
    assert_in(o->verdict_text, "no trusted certificate changes that but the server's own");
    assert_in(o->verdict_text, "PKIX path building failed");
    assert_in(o->verdict_text, "and once Corp Root is trusted: PKIX path validation failed");
    assert_null(recommended());
    assert_false(o->rows[0].mends || o->rows[1].mends);
}

static void nothing_that_is_trusted_mends_another_name(void **state)
{
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    assert_int_equal(judge_for("other.bank.com", scene.trust), KS_OK);
    assert_int_equal(scene.out.verdict, KS_OUTBOUND_OTHER);
    assert_int_equal(scene.out.proof.host.state, KS_PROOF_BAD);
    assert_null(recommended());
}

static void a_server_that_is_trusted_under_another_name_is_refused_for_it(void **state)
{
    (void)state;
    trust("corp", root());
    SEND(leaf_of("Corp Root"));
    assert_int_equal(judge_for("other.bank.com", scene.trust), KS_OK);
    assert_int_equal(scene.out.verdict, KS_OUTBOUND_OTHER);
    assert_in(scene.out.verdict_text, "No subject alternative DNS name matching other.bank.com");
}

static void without_a_truststore_it_is_sorted_and_not_judged(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), root(), issuing());
    assert_int_equal(judge_for("www.bank.com", NULL), KS_OK);
    const struct ks_outbound *o = &scene.out;
    assert_int_equal(o->verdict, KS_OUTBOUND_UNJUDGED);
    assert_string_equal(o->verdict_text, "not judged: no truststore was named");
    assert_roles("LIR");
    assert_int_equal(o->rows[1].sent, 2);
    assert_int_equal(o->rows[2].sent, 1);
    assert_ptr_equal(recommended(), &o->rows[2]);
}

static void certificate_policies_are_not_judged(void **state)
{
    (void)state;
    trust("corp", root());
    SEND(leaf_of("Issuing CA"), CERT(.cn = "Issuing CA", .issuer = "Corp Root", .ca = true,
                                     .policies = "critical,requireExplicitPolicy:0"));
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_UNJUDGED);
    assert_in(o->verdict_text, "not judged: certificate policies");
}

/* ---- the rows ---- */

static void what_is_sent_beside_the_path_is_extra(void **state)
{
    (void)state;
    struct ks_blob *twice = issuing();
    SEND(leaf_of("Issuing CA"), CERT(.cn = "Stranger", .ca = true), twice, ks_blob_ref(twice));
    OFFER(root());
    const struct ks_outbound *o = judge();
    assert_roles("LIRX");
    assert_int_equal(o->rows[1].sent, 2); /* the first of the two */
    assert_int_equal(o->rows[3].sent, 1);
    assert_false(o->rows[3].mends || o->rows[3].recommended);
    assert_in(o->rows[3].means, "changes nothing here");
}

static void what_cannot_be_read_is_an_extra_that_is_refused(void **state)
{
    (void)state;
    SEND(leaf_of("Corp Root"), ks_blob_copy(ks_slice_str("no certificate")), root());
    const struct ks_outbound *o = judge();
    assert_roles("LRX");
    assert_true(o->rows[2].refused);
    assert_int_equal(o->verdict, KS_OUTBOUND_OTHER); /* Java does not read on */
}

/* The cross certificate was sent; the root itself is at hand, and serves longer. */
static void of_a_cross_signed_ca_its_own_root_is_recommended(void **state)
{
    (void)state;
    SEND(leaf_of("New Root"), CERT(.cn = "New Root", .issuer = "Old Root", .ca = true));
    OFFER(CERT(.cn = "Old Root", .ca = true, .to = "2026-02-01"),
          CERT(.cn = "New Root", .ca = true));
    const struct ks_outbound *o = judge();
    assert_roles("LRX");
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR);
    assert_string_equal(recommended()->alias, "new-root");
    assert_true(recommended()->cert->flags & KS_CERT_SELF_ISSUED);
}

static void an_expired_root_says_who_still_trusts_it(void **state)
{
    (void)state;
    SEND(leaf_of("Corp Root"));
    OFFER(CERT(.cn = "Corp Root", .ca = true, .to = "2026-02-01"));
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_NO_ANCHOR); /* of the JVM */
    assert_in(recommended()->means, "has expired");
}

static void an_issuer_that_is_no_ca_is_refused(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), CERT(.cn = "Issuing CA", .issuer = "Corp Root", .basic = true));
    const struct ks_outbound *o = judge();
    assert_true(o->rows[1].refused);
    assert_ptr_equal(recommended(), &o->rows[0]);
}

static void aliases_are_unique_in_the_truststore(void **state)
{
    (void)state;
    trust("Corp-Root", CERT(.cn = "something else", .ca = true));
    SEND(leaf_of("Corp Root"), root(), CERT(.cn = "Corp Root", .ca = true, .serial = 9));
    const struct ks_outbound *o = judge();
    assert_string_equal(o->rows[0].alias, "www.bank.com");
    assert_string_equal(o->rows[1].alias, "corp-root-2");
    assert_string_equal(o->rows[2].alias, "corp-root-3");
}

/* ---- whose CA ---- */

static void a_private_ca_for_a_public_name_is_said(void **state)
{
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    assert_string_equal(judge()->inspected,
                        "issued by CN=Corp Root, which is no public CA: a company's own CA, or a "
                        "proxy that inspects TLS");
}

static void a_private_ca_whose_root_is_nowhere_is_named_as_the_issuer(void **state)
{
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing());
    assert_in(judge()->inspected, "issued by CN=Corp Root, ");
}

static void of_a_public_ca_nothing_is_said(void **state)
{
    (void)state;
    SEND(leaf_of("Public Root"));
    const struct ks_outbound *o = judge();
    assert_int_equal(o->verdict, KS_OUTBOUND_TRUSTED);
    assert_null(o->inspected);
}

static void of_names_that_the_public_cannot_reach_nothing_is_said(void **state)
{
    static const char *const names[] = {"intranet",     "ldap.corp", "db.local.",
                                        "a.b.internal", "x.example", "router.home.arpa",
                                        "10.1.2.3",     "::1"};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(judge_for(names[i], scene.trust), KS_OK);
        if (scene.out.inspected)
            fail_msg("%s: %s", names[i], scene.out.inspected);
        ks_outbound_drop(&scene.out);
    }
    assert_int_equal(judge_for("notlocal.com.", scene.trust), KS_OK);
    assert_non_null(scene.out.inspected);
    ks_outbound_drop(&scene.out);
    assert_int_equal(judge_for("93.184.216.34", scene.trust), KS_OK);
    assert_non_null(scene.out.inspected);
}

static void an_inspecting_proxy_is_named_by_two_captures(void **state)
{
    struct ks_cert direct, same, other;
    struct ks_blob *a = leaf_of("Public Root"), *b = leaf_of("Proxy CA");
    struct ks_blob *c = CERT(.cn = "www.bank.com", .issuer = "Public Root", .serial = 9);
    (void)state;
    (void)ks_cert_skim(ks_blob_slice(a), &direct);
    (void)ks_cert_skim(ks_blob_slice(b), &other);
    (void)ks_cert_skim(ks_blob_slice(c), &same);
    assert_null(ks_outbound_compare(&direct, &direct, "proxy:3128"));
    assert_null(ks_outbound_compare(NULL, &direct, "proxy:3128"));
    char *text = ks_outbound_compare(&direct, &other, "proxy:3128");
    assert_string_equal(text, "through proxy:3128 comes another certificate than directly, issued "
                              "by CN=Proxy CA instead of CN=Public Root: the proxy, or what is "
                              "behind it, inspects TLS");
    free(text);
    text = ks_outbound_compare(&direct, &same, "proxy:3128");
    assert_in(text, "of the same issuer: probably another server");
    free(text);
    ks_blob_unref(a);
    ks_blob_unref(b);
    ks_blob_unref(c);
}

/* ---- failures ---- */

static void nothing_sent_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(judge_for("www.bank.com", scene.trust), KS_ERR_FORMAT);
    assert_string_equal(scene.err.slug, "no-certificate");
}

static void a_server_certificate_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    SEND(ks_blob_copy(ks_slice_str("no certificate")), root());
    assert_int_equal(judge_for("www.bank.com", scene.trust), KS_ERR_FORMAT);
    assert_string_equal(scene.err.slug, "unreadable");
}

static void a_cancelled_job_ends_it(void **state)
{
    struct ks_job *job = ks_job_new();
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing());
    ks_job_cancel(job);
    assert_int_equal(ks_outbound_judge(NULL,
                                       &(struct ks_outbound_ask){.sent = scene.chain,
                                                                 .count = scene.count,
                                                                 .trust = scene.trust,
                                                                 .now = MAKE_NOW},
                                       job, &scene.out, &scene.err),
                     KS_ERR_CANCELLED);
    ks_job_free(job);
}

/* ---- the copy ---- */

static struct ks_trust_pick pick_recommended(void)
{
    const struct ks_outbound_row *r = recommended();
    assert_non_null(r);
    return (struct ks_trust_pick){.cert = r->cert,
                                  .from = r->found ? r->found->store : scene.sent,
                                  .entry = r->found ? r->found->entry : NULL,
                                  .alias = r->alias};
}

static const struct ks_remark *remark_of(const struct ks_plan *plan, const char *slug)
{
    for (size_t i = 0; i < plan->remark_count; i++)
        if (strcmp(plan->remarks[i].slug, slug) == 0)
            return &plan->remarks[i];
    return NULL;
}

static void the_copy_has_what_the_base_has_and_the_root(void **state)
{
    struct ks_secret *password = op_secret("changeit");
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Issuing CA"), issuing());
    OFFER(root());
    (void)judge();
    const struct ks_trust_pick pick = pick_recommended();
    const struct ks_outbound_trust how = {.picks = &pick,
                                          .count = 1,
                                          .base = scene.trust,
                                          .path = in_dir("outbound.p12"),
                                          .password = password};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_OK);
    assert_null(remark_of(&plan, "no-public-cas"));
    assert_non_null(remark_of(&plan, "date-loss"));
    assert_int_equal(plan.remark_count, 1);
    assert_int_equal(ks_store_count(plan.made), 0); /* until it is applied */
    assert_non_null(ks_plan_made(&plan, "corp-root"));
    assert_in(plan.commands.at[plan.commands.count - 1], "-alias corp-root");

    struct ks_store *made = ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    assert_int_equal(ks_store_count(made), 2);
    assert_int_equal(made->past_count, 0);
    assert_int_equal(ks_store_count(scene.trust), 1); /* the base is as it was */
    ks_outbound_drop(&scene.out);
    assert_int_equal(judge_for("www.bank.com", made), KS_OK);
    assert_int_equal(scene.out.verdict, KS_OUTBOUND_TRUSTED);

    if (ks_save(made, &(struct ks_save){0}, NULL, &scene.err) != KS_OK)
        fail_msg("%s", scene.err.what);
    struct run r =
        RUN("keytool", "-list", "-keystore", in_dir("outbound.p12"), "-storepass", "changeit");
    assert_in(r.out, "Your keystore contains 2 entries");
    assert_in(r.out, "corp-root, ");
    run_free(&r);
    ks_store_free(made);
    ks_secret_free(password);
}

static void the_picks_alone_come_with_a_warning(void **state)
{
    struct ks_secret *password = op_secret("changeit");
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    (void)judge();
    const struct ks_trust_pick pick = pick_recommended();
    const struct ks_outbound_trust how = {
        .picks = &pick, .count = 1, .path = in_dir("alone.p12"), .password = password};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_OK);
    assert_in(remark_of(&plan, "no-public-cas")->text, "public CAs stop working");
    assert_int_equal(plan.result->count, 1);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

static void an_open_store_gets_them_like_an_import(void **state)
{
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    (void)judge();
    const struct ks_trust_pick pick = pick_recommended();
    const struct ks_outbound_trust how = {.picks = &pick, .count = 1, .into = scene.trust};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_OK);
    assert_null(plan.made);
    assert_int_equal(plan.result->count, 2);
    ks_plan_drop(&plan);
}

static void the_base_is_never_written_over(void **state)
{
    struct ks_secret *password = op_secret("changeit");
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    (void)judge();
    const struct ks_trust_pick pick = pick_recommended();
    free(scene.trust->path);
    scene.trust->path = ks_strdup(in_dir("cacerts"));
    (void)write_file(in_dir("cacerts"), ks_slice_str("x"));
    assert_int_equal(symlink("cacerts", in_dir("link")), 0);
    struct ks_outbound_trust how = {.picks = &pick,
                                    .count = 1,
                                    .base = scene.trust,
                                    .path = in_dir("link"),
                                    .password = password};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_ERR_REFUSED);
    assert_string_equal(scene.err.slug, "same-file");
    how.path = in_dir("other");
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_OK);
    ks_plan_drop(&plan);
    ks_secret_free(password);
}

static void a_pkcs12_without_a_password_is_refused(void **state)
{
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    (void)judge();
    const struct ks_trust_pick pick = pick_recommended();
    const struct ks_outbound_trust how = {.picks = &pick, .count = 1, .path = in_dir("a.p12")};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_ERR_PASSWORD_NEEDED);
    assert_in(scene.err.what, "Java takes a PKCS12 without a password for empty");
}

static void a_name_that_is_taken_is_asked_about(void **state)
{
    struct ks_secret *password = op_secret("changeit");
    struct ks_plan plan = {0};
    (void)state;
    SEND(leaf_of("Corp Root"), root());
    (void)judge();
    struct ks_trust_pick pick = pick_recommended();
    pick.alias = "public";
    const struct ks_outbound_trust how = {.picks = &pick,
                                          .count = 1,
                                          .base = scene.trust,
                                          .path = in_dir("b.p12"),
                                          .password = password};
    assert_int_equal(ks_op_outbound(&how, NULL, &plan, &scene.err), KS_ERR_REFUSED);
    assert_string_equal(scene.err.slug, "alias-clash");
    assert_null(plan.made);
    ks_secret_free(password);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_chain_to_a_trusted_root_is_trusted_by_its_alias),
        TEST(a_root_that_was_not_sent_is_found_and_recommended),
        TEST(a_root_that_was_sent_is_recommended_too),
        TEST(without_a_root_the_issuer_is_recommended_and_the_root_named),
        TEST(of_a_leaf_alone_only_itself_can_be_trusted),
        TEST(a_self_signed_server_certificate_is_a_leaf),
        TEST(nothing_that_is_trusted_mends_an_expired_leaf),
        TEST(nothing_that_is_trusted_mends_another_name),
        TEST(a_server_that_is_trusted_under_another_name_is_refused_for_it),
        TEST(without_a_truststore_it_is_sorted_and_not_judged),
        TEST(certificate_policies_are_not_judged),
        TEST(what_is_sent_beside_the_path_is_extra),
        TEST(what_cannot_be_read_is_an_extra_that_is_refused),
        TEST(of_a_cross_signed_ca_its_own_root_is_recommended),
        TEST(an_expired_root_says_who_still_trusts_it),
        TEST(an_issuer_that_is_no_ca_is_refused),
        TEST(aliases_are_unique_in_the_truststore),
        TEST(a_private_ca_for_a_public_name_is_said),
        TEST(a_private_ca_whose_root_is_nowhere_is_named_as_the_issuer),
        TEST(of_a_public_ca_nothing_is_said),
        TEST(of_names_that_the_public_cannot_reach_nothing_is_said),
        TEST(an_inspecting_proxy_is_named_by_two_captures),
        TEST(nothing_sent_is_an_error),
        TEST(a_server_certificate_that_cannot_be_read_is_an_error),
        TEST(a_cancelled_job_ends_it),
        TEST(the_copy_has_what_the_base_has_and_the_root),
        TEST(the_picks_alone_come_with_a_warning),
        TEST(an_open_store_gets_them_like_an_import),
        TEST(the_base_is_never_written_over),
        TEST(a_pkcs12_without_a_password_is_refused),
        TEST(a_name_that_is_taken_is_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
