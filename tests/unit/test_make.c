/* Making certificates: what comes out is what was asked for, signed by whom it says, and what
 * cannot be is refused with a reason. */
#include "op_store.h"

#include "der_text.h"

#include "base/clock.h"
#include "op/make.h"
#include "x509/dn.h"
#include "x509/name.h"

/* ---- what is wanted ---- */

struct ask {
    struct ks_buf subject;
    struct ks_profile profile;
    struct ks_wanted wanted;
};

static struct ask ask_for(const char *dn, const char *use, int days)
{
    struct ask a = {0};
    assert_int_equal(ks_dn_parse(dn, &a.subject, NULL), KS_OK);
    ks_profile_from_template(&a.profile, ks_template_named(use), KS_KEY_EC);
    a.wanted.subject = ks_slice(a.subject.data, a.subject.len);
    a.wanted.not_before = MAKE_NOW;
    a.wanted.not_after = MAKE_NOW + days * (int64_t)KS_DAY - 1;
    return a;
}

static void drop_ask(struct ask *a)
{
    ks_buf_free(&a->subject);
    ks_profile_drop(&a->profile);
}

static enum ks_code generate(struct ks_store *s, const char *alias, const char *type, struct ask *a,
                             const struct ks_signer *signer, struct ks_plan *plan,
                             struct ks_error *err)
{
    struct ks_generate g = {.alias = alias, .type = ks_key_type_named(type), .wanted = a->wanted};
    assert_non_null(g.type);
    g.wanted.profile = &a->profile;
    g.wanted.signer = signer;
    return ks_op_generate(s, &g, NULL, plan, err);
}

static void apply(struct ks_plan *plan)
{
    assert_null(ks_plan_apply(plan));
    ks_plan_drop(plan);
}

/* A key pair in the store, without looking at the plan. */
static const struct ks_entry *made(struct ks_store *s, const char *alias, const char *dn,
                                   const char *use, const struct ks_signer *signer)
{
    struct ask a = ask_for(dn, use, 365);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (generate(s, alias, "ec:p-256", &a, signer, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    apply(&plan);
    drop_ask(&a);
    return op_entry(s, alias);
}

static void assert_subject(const struct ks_cert *c, const char *want)
{
    struct ks_buf text = KS_BUF_INIT;
    ks_name_text(ks_cert_part(c, c->subject), &text);
    assert_string_equal(ks_buf_text(&text), want);
    ks_buf_free(&text);
}

/* ---- key pairs ---- */

static void a_key_pair_has_a_certificate_that_signed_itself(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ask a = ask_for("CN=iq.example.com,O=Example,C=US", "server", 365);
    struct ks_plan plan = {0};
    assert_int_equal(ks_profile_add_name(&a.profile, "iq.example.com", NULL), KS_OK);
    assert_int_equal(generate(s, "iq", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    assert_int_equal(s->now->count, 0);
    assert_string_equal(plan.result->label, "made the key pair iq");
    assert_no_remarks(&plan);
    apply(&plan);
    s = op_reopened(s, "changeit");
    const struct ks_entry *e = op_entry(s, "iq");
    assert_int_equal(e->kind, KS_KIND_KEY);
    assert_int_equal(e->chain_len, 1);
    const struct ks_cert *c = &e->chain[0];
    assert_int_equal(c->version, 3);
    assert_subject(c, "CN=iq.example.com,O=Example,C=US");
    assert_int_equal(ks_cert_verify(c, ks_cert_part(c, c->spki)), KS_VERDICT_GOOD);
    assert_int_equal(c->not_before, MAKE_NOW);
    assert_int_equal(c->not_after, MAKE_NOW + 365 * (int64_t)KS_DAY - 1);
    assert_true(c->serial.len >= 15 && c->serial.len <= 16);
    assert_false(c->flags & KS_CERT_CA);
    assert_int_equal(c->ski.len, 20);
    assert_true(op_opens(s, e, NULL));
    drop_ask(&a);
    ks_store_free(s);
}

static void every_type_that_is_written_takes_a_key_pair(void **state)
{
    (void)state;
    static const struct ks_format *const formats[] = {
        &ks_format_jks,  &ks_format_jceks, &ks_format_pkcs12, &ks_format_bks,
        &ks_format_uber, &ks_format_bcfks, &ks_format_pem};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ks_store *s = op_store(formats[i], "changeit");
        (void)made(s, "made", "CN=made", "client", NULL);
        s = op_reopened(s, "changeit");
        bool found = false;
        for (size_t k = 0; k < ks_store_count(s); k++) {
            const struct ks_entry *e = ks_store_entry(s, k);
            found = found || (e->kind == KS_KIND_KEY && op_opens(s, e, "changeit"));
        }
        if (!found)
            fail_msg("%s has no key pair that opens", formats[i]->name);
        ks_store_free(s);
    }
}

static void a_ca_of_the_store_signs_in_one_step(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    const struct ks_entry *ca = made(s, "ca", "CN=Root,O=Example", "ca", NULL);
    struct ks_signer signer = {.store = s, .entry = ca};
    const struct ks_entry *e = made(s, "web", "CN=web", "server", &signer);
    assert_int_equal(e->chain_len, 2);
    assert_true(ks_cert_may_issue(&ca->chain[0], &e->chain[0]));
    assert_true(ks_slice_equal(ks_cert_part(&e->chain[0], e->chain[0].aki),
                               ks_cert_part(&ca->chain[0], ca->chain[0].ski)));
    assert_int_equal(ks_cert_verify(&e->chain[0], ks_cert_part(&ca->chain[0], ca->chain[0].spki)),
                     KS_VERDICT_GOOD);
    assert_true(ks_slice_equal(ks_cert_der(&e->chain[1]), ks_cert_der(&ca->chain[0])));
    assert_writable(s, s->now, "changeit");
    ks_store_free(s);
}

static void expect_no_signer(struct ks_store *s, const char *alias, const char *reason)
{
    struct ks_signer signer = {.store = s, .entry = op_entry(s, alias)};
    struct ask a = ask_for("CN=web", "server", 365);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(generate(s, "web", "ec:p-256", &a, &signer, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "not-a-ca");
    if (!strstr(err.what, reason))
        fail_msg("%s", err.what);
    assert_null(plan.result);
    assert_int_equal(plan.commands.count, 0);
    drop_ask(&a);
}

static void what_is_no_ca_does_not_sign(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_blob *root =
        make_cert(&(struct make_cert){.cn = "root", .issuer = NULL, .serial = 1, .ca = true});
    (void)made(s, "leaf", "CN=leaf", "server", NULL);
    op_add_trusted(s, "root", root);
    expect_no_signer(s, "leaf", "not that of a CA");
    expect_no_signer(s, "root", "no private key");
    struct ask a = ask_for("CN=crippled", "ca", 365);
    struct ks_plan plan = {0};
    a.profile.usage = 1; /* digitalSignature alone */
    assert_int_equal(generate(s, "crippled", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    apply(&plan);
    expect_no_signer(s, "crippled", "keyCertSign");
    drop_ask(&a);
    ks_blob_unref(root);
    ks_store_free(s);
}

static void a_name_that_is_taken_is_refused_before_a_key_is_made(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ask a = ask_for("CN=web", "server", 365);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)made(s, "web", "CN=web", "server", NULL);
    assert_int_equal(generate(s, "WEB", "rsa:8192", &a, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_int_equal(generate(s, "", "rsa:8192", &a, NULL, &plan, &err), KS_ERR_USAGE);
    assert_string_equal(err.slug, "alias");
    drop_ask(&a);
    ks_store_free(s);
}

static void a_store_whose_password_is_not_known_takes_no_key(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, NULL);
    struct ask a = ask_for("CN=web", "server", 365);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(generate(s, "web", "rsa:8192", &a, NULL, &plan, &err), KS_ERR_PASSWORD_NEEDED);
    assert_int_equal(s->now->count, 0);
    drop_ask(&a);
    ks_store_free(s);
}

static void what_should_be_known_is_said(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    const struct ks_entry *ca = made(s, "ca", "CN=Root", "ca", NULL);
    struct ks_signer signer = {.store = s, .entry = ca};
    struct ask a = ask_for("CN=web", "server", 826);
    struct ks_plan plan = {0};
    assert_int_equal(generate(s, "web", "rsa:2048", &a, &signer, &plan, NULL), KS_OK);
    assert_remark(&plan, "validity-long", "web", KS_REMARK_WARNING);
    assert_remark(&plan, "no-names", "web", KS_REMARK_WARNING);
    assert_remark(&plan, "beyond-issuer", "web", KS_REMARK_WARNING);
    assert_null(op_remark(&plan, "java-key", NULL));
    ks_plan_drop(&plan);
    drop_ask(&a);
    a = ask_for("CN=sub", "ca", 825);
    assert_int_equal(generate(s, "sub", "ed25519", &a, NULL, &plan, NULL), KS_OK);
    assert_null(op_remark(&plan, "validity-long", NULL));
    assert_null(op_remark(&plan, "no-names", NULL));
    assert_null(op_remark(&plan, "beyond-issuer", NULL));
    assert_remark(&plan, "java-key", "sub", KS_REMARK_NOTE);
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

static void a_server_whose_name_is_not_among_its_names_is_warned_of(void **state)
{
    (void)state;
    static const struct {
        const char *dn, *name;
        bool said;
    } cases[] = {
        {"CN=www.example.com", "www.example.com", false},
        {"CN=www.example.com", "WWW.example.com", false},
        {"CN=www.example.com", "*.example.com", false},
        {"CN=www.example.com", "old.example.com", true},
        {"CN=www.example.com", "*.com", true},
        {"CN=192.0.2.1", "ip:192.0.2.1", false},
        {"CN=192.0.2.1", "www.example.com", true},
        {"CN=The server of it all", "www.example.com", false},
        {"O=Example", "www.example.com", false},
    };
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ask a = ask_for(cases[i].dn, "server", 365);
        struct ks_plan plan = {0};
        assert_int_equal(ks_profile_add_name(&a.profile, cases[i].name, NULL), KS_OK);
        assert_int_equal(generate(s, "web", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
        assert_int_equal(op_remark(&plan, "no-cn-name", "web") != NULL, cases[i].said);
        ks_plan_drop(&plan);
        drop_ask(&a);
    }
    struct ask a = ask_for("CN=www.example.com", "client", 365);
    struct ks_plan plan = {0};
    assert_int_equal(ks_profile_add_name(&a.profile, "old.example.com", NULL), KS_OK);
    assert_int_equal(generate(s, "web", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    assert_null(op_remark(&plan, "no-cn-name", NULL));
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

static void a_certificate_that_is_over_already_is_warned_of_first(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ask a = ask_for("CN=web", "server", 365);
    struct ks_plan plan = {0};
    a.wanted.not_before = MAKE_NOW - 400 * (int64_t)KS_DAY;
    a.wanted.not_after = MAKE_NOW;
    assert_int_equal(generate(s, "web", "ed25519", &a, NULL, &plan, NULL), KS_OK);
    assert_string_equal(plan.remarks[0].slug, "expired");
    ks_plan_drop(&plan);
    a.wanted.not_after = MAKE_NOW + 1;
    assert_int_equal(generate(s, "web", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    assert_null(op_remark(&plan, "expired", NULL));
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

static void what_nobody_asked_for_does_not_outlive_its_issuer(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_signer signer = {.store = s, .entry = made(s, "ca", "CN=Root", "ca", NULL)};
    const int64_t end = signer.entry->chain[0].not_after;
    assert_int_equal(ks_op_until_within(&signer, MAKE_NOW, end + 1), end);
    assert_int_equal(ks_op_until_within(&signer, MAKE_NOW, end - 1), end - 1);
    assert_int_equal(ks_op_until_within(&signer, end, end + 5), end + 5);
    assert_int_equal(ks_op_until_within(NULL, MAKE_NOW, end + 1), end + 1);
    struct ask a = ask_for("CN=sub", "ca", 365);
    struct ks_plan plan = {0};
    a.wanted.not_after = end + 60; /* the same day: made a minute later */
    assert_int_equal(generate(s, "sub", "ec:p-256", &a, &signer, &plan, NULL), KS_OK);
    assert_null(op_remark(&plan, "beyond-issuer", NULL));
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

static void a_ca_below_one_that_allows_none_is_warned_of(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ask a = ask_for("CN=Root", "ca", 365);
    struct ks_plan plan = {0};
    a.profile.path_len = 0;
    assert_int_equal(generate(s, "root", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    apply(&plan);
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "root")};
    assert_int_equal(generate(s, "sub", "ec:p-256", &a, &signer, &plan, NULL), KS_OK);
    assert_remark(&plan, "path-length", "sub", KS_REMARK_WARNING);
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

/* ---- single values ---- */

static void dates_are_read_in_the_usual_forms(void **state)
{
    (void)state;
    static const char *const good[] = {"2026-03-01", " 2026-03-01 ", "2026-03-01 00:00:00",
                                       "2026-03-01T00:00:00", "2026-03-01T00:00:00Z"};
    static const char *const bad[] = {"",           "tomorrow",   "2026-13-01",
                                      "2026-02-30", "01.03.2026", "2026-03-01 25:00:00"};
    int64_t at = 0, want = 1772323200;
    struct ks_error err = {0};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(ks_op_date_parse(good[i], &at, NULL), KS_OK);
        assert_int_equal(at, want);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ks_op_date_parse(bad[i], &at, &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "date");
    }
}

static void an_end_is_a_number_of_days_or_a_last_day(void **state)
{
    (void)state;
    int64_t from = 1772323200, until = 0; /* 2026-03-01 00:00:00 */
    struct ks_error err = {0};
    static const char *const bad[] = {"0", "36501", "99999999999999999999", "-1",
                                      "",  "1w",    "2026-02-28",           "2026-03-01 00:00:00"};
    assert_int_equal(ks_op_until_parse("1095", from, &until, NULL), KS_OK);
    assert_int_equal(until, from + 1095 * (int64_t)KS_DAY - 1);
    assert_int_equal(ks_op_until_parse("2026-03-01", from, &until, NULL), KS_OK);
    assert_int_equal(until, from + KS_DAY - 1);
    assert_int_equal(ks_op_until_parse("2026-03-01 12:00:00", from, &until, NULL), KS_OK);
    assert_int_equal(until, from + KS_DAY / 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(ks_op_until_parse(bad[i], from, &until, &err), KS_ERR_USAGE);
        assert_string_equal(err.slug, "days");
    }
    assert_int_equal(ks_time_from_civil(9999, 6, 1, 0, 0, 0, &from), true);
    assert_int_equal(ks_op_until_parse("36500", from, &until, &err), KS_ERR_USAGE);
}

static void an_alias_is_checked_by_itself(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_error err = {0};
    op_add_key(s, "server", "changeit");
    char *name = ks_alloc(65537);
    memset(name, 'a', 65536);
    name[65536] = '\0';
    assert_int_equal(ks_op_alias_check(s, "other", NULL), KS_OK);
    assert_int_equal(ks_op_alias_check(s, "", &err), KS_ERR_USAGE);
    assert_int_equal(ks_op_alias_check(s, "Server", &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_int_equal(ks_op_alias_check(s, name, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias");
    free(name);
    ks_store_free(s);
}

/* ---- renewal ---- */

static enum ks_code renew(struct ks_store *s, const char *alias, const char *type, const char *to,
                          const struct ks_signer *signer, struct ks_plan *plan,
                          struct ks_error *err)
{
    struct ks_renew r = {.entry = op_entry(s, alias),
                         .type = type ? ks_key_type_named(type) : NULL,
                         .alias = to,
                         .not_before = MAKE_NOW + KS_DAY,
                         .not_after = MAKE_NOW + 400 * (int64_t)KS_DAY,
                         .signer = signer};
    return ks_op_renew(s, &r, NULL, plan, err);
}

static void a_renewed_certificate_differs_in_dates_and_serial_only(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)made(s, "web", "CN=web,O=Example", "server", NULL);
    s = op_reopened(s, "changeit");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (renew(s, "web", NULL, NULL, NULL, &plan, &err) != KS_OK)
        fail_msg("%s", err.what);
    const struct ks_cert *was = &op_entry(s, "web")->chain[0];
    const struct ks_cert *is = &plan.result->entries[0]->chain[0];
    assert_int_equal(plan.result->count, 1);
    assert_int_equal(plan.result->entries[0]->edited, KS_EDITED_CHAIN);
    assert_true(ks_slice_equal(ks_cert_part(was, was->subject), ks_cert_part(is, is->subject)));
    assert_true(ks_slice_equal(ks_cert_part(was, was->spki), ks_cert_part(is, is->spki)));
    assert_true(ks_slice_equal(ks_cert_part(was, was->exts), ks_cert_part(is, is->exts)));
    assert_false(ks_slice_equal(ks_cert_part(was, was->serial), ks_cert_part(is, is->serial)));
    assert_int_equal(is->not_before, MAKE_NOW + KS_DAY);
    assert_int_equal(is->not_after, MAKE_NOW + 400 * (int64_t)KS_DAY);
    assert_int_equal(ks_cert_verify(is, ks_cert_part(is, is->spki)), KS_VERDICT_GOOD);
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void what_another_ca_signed_is_not_renewed_here(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    const struct ks_entry *ca = made(s, "ca", "CN=Root", "ca", NULL);
    struct ks_signer signer = {.store = s, .entry = ca};
    (void)made(s, "web", "CN=web", "server", &signer);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(renew(s, "web", NULL, NULL, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "signed-by-other");
    assert_non_null(strstr(err.what, "Root"));
    assert_null(plan.result);
    assert_int_equal(renew(s, "web", NULL, NULL, &signer, &plan, &err), KS_OK);
    apply(&plan);
    assert_int_equal(op_entry(s, "web")->chain_len, 2);
    assert_int_equal(op_entry(s, "web")->chain[0].not_before, MAKE_NOW + KS_DAY);
    assert_writable(s, s->now, "changeit");
    ks_store_free(s);
}

static void a_new_key_takes_the_place_or_a_name_of_its_own(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)made(s, "web", "CN=web", "server", NULL);
    (void)made(s, "other", "CN=other", "server", NULL);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    assert_int_equal(renew(s, "web", "rsa:2048", "web-2", NULL, &plan, NULL), KS_OK);
    assert_aliases(plan.result, "web other web-2");
    assert_null(op_remark(&plan, "key-replaced", NULL));
    ks_plan_drop(&plan);
    assert_int_equal(renew(s, "web", "rsa:2048", "other", NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "alias-clash");
    assert_int_equal(renew(s, "web", NULL, "web-2", NULL, &plan, &err), KS_ERR_USAGE);
    assert_int_equal(renew(s, "web", "rsa:2048", NULL, NULL, &plan, NULL), KS_OK);
    assert_aliases(plan.result, "web other");
    assert_remark(&plan, "key-replaced", "web", KS_REMARK_WARNING);
    assert_int_equal(plan.result->entries[0]->chain[0].key_alg, KS_KEY_RSA);
    assert_writable(s, plan.result, "changeit");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

/* PKCS#12 keeps no chains: what the CA issued before finds its new certificate. */
static void a_renewed_ca_is_in_the_chains_of_what_it_issued(void **state)
{
    (void)state;
    static const struct ks_format *const formats[] = {&ks_format_pkcs12, &ks_format_jks};
    for (size_t i = 0; i < 2; i++) {
        struct ks_store *s = op_store(formats[i], "changeit");
        struct ks_signer signer = {.store = s, .entry = made(s, "ca", "CN=Root", "ca", NULL)};
        (void)made(s, "web", "CN=web", "server", &signer);
        s = op_reopened(s, "changeit");
        struct ks_plan plan = {0};
        struct ks_error err = {0};
        if (renew(s, "ca", NULL, NULL, NULL, &plan, &err) != KS_OK)
            fail_msg("%s", err.what);
        assert_remark(&plan, i == 0 ? "chain-shared" : "chain-former", i == 0 ? "web" : "ca",
                      KS_REMARK_NOTE);
        const struct ks_entry *web = plan.result->entries[1];
        assert_int_equal(ks_slice_equal(ks_cert_der(&web->chain[1]),
                                        ks_cert_der(&plan.result->entries[0]->chain[0])),
                         i == 0);
        assert_writable(s, plan.result, "changeit");
        ks_plan_drop(&plan);
        ks_store_free(s);
    }
}

static struct ks_blob *ca_without_ids(const char *key)
{
    return make_cert(&(struct make_cert){
        .cn = "Root", .key = make_key(key), .signer = make_key(key), .ca = true, .no_ids = true});
}

static void a_namesake_of_another_key_does_not_enter_chains(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_blob *leaf = make_cert(
        &(struct make_cert){.cn = "old", .issuer = "Root", .signer = make_key("first ca")});
    op_append(s, make_entry(KS_KIND_KEY, "old", 0, 2, leaf, ca_without_ids("first ca")));
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8("second ca")};
    op_append(s, op_sealed(s, "ca", &m, "changeit", ca_without_ids("second ca")));
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "ca")};
    struct ask a = ask_for("CN=new", "client", 365);
    struct ks_plan plan = {0};
    assert_int_equal(generate(s, "new", "ec:p-256", &a, &signer, &plan, NULL), KS_OK);
    assert_ptr_equal(plan.result->entries[0], op_entry(s, "old"));
    assert_null(op_remark(&plan, "chain-shared", NULL));
    assert_remark(&plan, "issuer-namesake", "old", KS_REMARK_WARNING);
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

/* ---- path lengths ---- */

static void make_ca(struct ks_store *s, const char *alias, const char *dn, int path_len,
                    const struct ks_signer *signer)
{
    struct ask a = ask_for(dn, "ca", 365);
    struct ks_plan plan = {0};
    a.profile.path_len = path_len;
    assert_int_equal(generate(s, alias, "ec:p-256", &a, signer, &plan, NULL), KS_OK);
    apply(&plan);
    drop_ask(&a);
}

static void assert_path(struct ks_store *s, const char *signer_alias, const char *use, bool fits)
{
    struct ks_signer signer = {.store = s, .entry = op_entry(s, signer_alias)};
    struct ask a = ask_for("CN=next", use, 30);
    struct ks_plan plan = {0};
    assert_int_equal(generate(s, "next", "ec:p-256", &a, &signer, &plan, NULL), KS_OK);
    if (fits)
        assert_null(op_remark(&plan, "path-length", NULL));
    else
        assert_remark(&plan, "path-length", "next", KS_REMARK_WARNING);
    ks_plan_drop(&plan);
    drop_ask(&a);
}

static void every_path_length_above_is_looked_at(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    make_ca(s, "root", "CN=Root", 1, NULL);
    struct ks_signer root = {.store = s, .entry = op_entry(s, "root")};
    make_ca(s, "sub", "CN=Sub", -1, &root);
    struct ks_signer sub = {.store = s, .entry = op_entry(s, "sub")};
    make_ca(s, "low", "CN=Low", -1, &sub);
    assert_path(s, "root", "ca", true);
    assert_path(s, "sub", "client", true);
    assert_path(s, "sub", "ca", false);
    assert_path(s, "low", "client", false);
    ks_store_free(s);
}

/* ---- requests ---- */

static struct ks_buf request_of(const struct ks_store *s, const char *alias, const char *challenge)
{
    struct ks_buf der = KS_BUF_INIT;
    struct ks_profile profile = {0};
    struct ks_error err = {0};
    struct ks_ask what = {.profile = &profile, .challenge = challenge};
    ks_op_ask_of(op_entry(s, alias), &what.subject, &profile);
    if (ks_op_request(s, op_entry(s, alias), &what, NULL, NULL, &der, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_profile_drop(&profile);
    return der;
}

static void a_request_says_what_the_certificate_says(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ask a = ask_for("CN=web,O=Example", "server", 365);
    struct ks_plan plan = {0};
    assert_int_equal(ks_profile_add_name(&a.profile, "web.example.com", NULL), KS_OK);
    assert_int_equal(generate(s, "web", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    apply(&plan);
    struct ks_buf der = request_of(s, "web", "geheim");
    struct ks_request r;
    struct ks_profile asked = {0};
    assert_true(ks_request_skim(ks_slice(der.data, der.len), &r));
    assert_int_equal(ks_request_verify(&r), KS_VERDICT_GOOD);
    const struct ks_cert *c = &op_entry(s, "web")->chain[0];
    assert_true(ks_slice_equal(r.subject, ks_cert_part(c, c->subject)));
    assert_true(ks_slice_equal(r.spki, ks_cert_part(c, c->spki)));
    assert_true(r.has_challenge);
    assert_false(ks_op_profile_of_request(&r, KS_KEY_EC, &asked));
    assert_int_equal(asked.usage, a.profile.usage);
    assert_int_equal(asked.extended, a.profile.extended);
    assert_int_equal(asked.name_count, 1);
    assert_string_equal(asked.names[0], "dns:web.example.com");
    ks_profile_drop(&asked);
    drop_ask(&a);
    ks_buf_free(&der);
    ks_store_free(s);
}

static void a_request_is_for_keys_only(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_blob *root = op_cert("root");
    struct ks_profile profile = {0};
    struct ks_ask what = {.profile = &profile};
    struct ks_buf der = KS_BUF_INIT;
    struct ks_error err = {0};
    op_add_trusted(s, "root", root);
    ks_op_ask_of(op_entry(s, "root"), &what.subject, &profile);
    assert_int_equal(ks_op_request(s, op_entry(s, "root"), &what, NULL, NULL, &der, &err),
                     KS_ERR_REFUSED);
    assert_string_equal(err.slug, "no-key");
    assert_int_equal(der.len, 0);
    ks_profile_drop(&profile);
    ks_blob_unref(root);
    ks_store_free(s);
}

/* The certificate is that of the public half, so that comparing tells nothing. */
static void a_torn_key_makes_no_request_and_matches_nothing(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_torn_pkcs8("torn", "whole")};
    op_append(s, op_sealed(s, "torn", &m, "changeit", op_cert("whole")));
    op_add_key(s, "whole", "changeit");
    struct ks_buf der = KS_BUF_INIT;
    struct ks_profile profile = {0};
    struct ks_ask what = {.profile = &profile};
    struct ks_unlocked told;
    struct ks_error err = {0};
    ks_op_ask_of(op_entry(s, "torn"), &what.subject, &profile);
    assert_int_equal(ks_op_request(s, op_entry(s, "torn"), &what, NULL, NULL, &der, &err),
                     KS_ERR_REFUSED);
    assert_string_equal(err.slug, "key-mismatch");
    assert_int_equal(der.len, 0);
    assert_int_equal(ks_unlock(s, op_entry(s, "torn"), NULL, NULL, &told, &err), KS_OK);
    assert_true(told.torn && !told.tested);
    assert_int_equal(told.matches_leaf, 0);
    assert_int_equal(ks_unlock(s, op_entry(s, "whole"), NULL, NULL, &told, &err), KS_OK);
    assert_true(told.tested && !told.torn);
    assert_int_equal(told.matches_leaf, 1);
    ks_profile_drop(&profile);
    ks_buf_free(&der);
    ks_store_free(s);
}

/* ---- signing ---- */

static void a_request_is_signed_by_a_ca(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    const struct ks_entry *ca = made(s, "ca", "CN=Root", "ca", NULL);
    (void)made(s, "web", "CN=web", "server", NULL);
    struct ks_buf der = request_of(s, "web", NULL), cert = KS_BUF_INIT;
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "ca")};
    struct ks_profile profile = {0};
    struct ks_request r;
    struct ks_error err = {0};
    assert_true(ks_request_skim(ks_slice(der.data, der.len), &r));
    (void)ks_op_profile_of_request(&r, KS_KEY_EC, &profile);
    struct ks_wanted wanted = {.subject = r.subject,
                               .profile = &profile,
                               .not_before = MAKE_NOW,
                               .not_after = MAKE_NOW + 900 * (int64_t)KS_DAY,
                               .signer = &signer};
    if (ks_op_sign(&r, &wanted, NULL, &cert, &err) != KS_OK)
        fail_msg("%s", err.what);
    struct ks_cert c;
    struct ks_plan remarks = {0};
    assert_true(ks_cert_skim(ks_slice(cert.data, cert.len), &c));
    assert_int_equal(ks_cert_verify(&c, ks_cert_part(&ca->chain[0], ca->chain[0].spki)),
                     KS_VERDICT_GOOD);
    assert_true(ks_slice_equal(ks_cert_part(&c, c.spki), r.spki));
    ks_op_sign_remarks(&r, &wanted, &remarks);
    assert_remark(&remarks, "beyond-issuer", NULL, KS_REMARK_WARNING);
    ks_plan_drop(&remarks);
    ks_profile_drop(&profile);
    ks_buf_free(&cert);
    ks_buf_free(&der);
    ks_store_free(s);
}

/* A request of the key `web` with these extensions, signed by `ca`. */
static enum ks_code sign_with(const char *exts, bool take_over, struct ks_buf *cert,
                              struct ks_plan *remarks, struct ks_error *err)
{
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)made(s, "ca", "CN=Root", "ca", NULL);
    struct ks_secret *key = op_pkcs8("web");
    struct ks_buf subject = KS_BUF_INIT, der = KS_BUF_INIT, ext = der_text(exts);
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "ca")};
    struct ks_profile profile = {.path_len = -1};
    struct ks_request r;
    assert_int_equal(ks_dn_parse("CN=web", &subject, NULL), KS_OK);
    assert_int_equal(
        ks_sign_request(der_slice(&subject), der_slice(&ext), NULL, key, NULL, &der, NULL), KS_OK);
    assert_true(ks_request_skim(ks_slice(der.data, der.len), &r));
    if (take_over)
        (void)ks_op_profile_of_request(&r, KS_KEY_EC, &profile);
    struct ks_wanted wanted = {.subject = r.subject,
                               .profile = &profile,
                               .not_before = MAKE_NOW,
                               .not_after = MAKE_NOW + KS_DAY,
                               .signer = &signer};
    enum ks_code rc = ks_op_sign(&r, &wanted, NULL, cert, err);
    if (remarks)
        ks_op_sign_remarks(&r, &wanted, remarks);
    ks_profile_drop(&profile);
    ks_secret_free(key);
    ks_buf_free(&subject);
    ks_buf_free(&der);
    ks_buf_free(&ext);
    ks_store_free(s);
    return rc;
}

static void no_request_becomes_a_ca_behind_the_profile(void **state)
{
    (void)state;
    static const char *const exts[] = {
        "30{06=2.5.29.19 01:ff 04{30{01:ff 02:0080000000}}}",
        "30{06=2.5.29.19 01:ff 04{30{01:ff 02:ff}}}",
        "30{06=2.5.29.19 01:ff 04{30{01:ff} 05:}}",
        "30{06=2.5.29.19 04{04:}} 30{06=2.5.29.19 01:ff 04{30{01:ff}}}",
    };
    for (size_t i = 0; i < sizeof exts / sizeof exts[0]; i++) {
        struct ks_buf cert = KS_BUF_INIT;
        struct ks_error err = {0};
        assert_int_equal(sign_with(exts[i], true, &cert, NULL, &err), KS_ERR_REFUSED);
        assert_string_equal(err.slug, "extension-unread");
        assert_int_equal(cert.len, 0);
        assert_int_equal(sign_with(exts[i], false, &cert, NULL, &err), KS_OK);
        ks_buf_free(&cert);
    }
}

static void what_is_taken_over_unseen_is_remarked(void **state)
{
    (void)state;
    struct ks_buf cert = KS_BUF_INIT;
    struct ks_plan plan = {0};
    struct ks_cert c;
    struct ks_ext ext;
    const char *exts = "30{06=2.5.29.37 04{30{06=1.3.6.1.5.5.7.3.2}}}"
                       "30{06=1.2.3.4 01:ff 04{05:}} 30{06=1.2.3.5 04{05:}}"
                       "30{06=1.2.3.5 04{0c'again'}}";
    assert_int_equal(sign_with(exts, true, &cert, &plan, NULL), KS_OK);
    assert_int_equal(plan.remark_count, 3);
    assert_int_equal(plan.remarks[0].level, KS_REMARK_WARNING);
    assert_non_null(strstr(plan.remarks[0].text, "1.2.3.4"));
    assert_int_equal(plan.remarks[1].level, KS_REMARK_NOTE);
    assert_non_null(strstr(plan.remarks[1].text, "1.2.3.5"));
    assert_remark(&plan, "extension-repeated", NULL, KS_REMARK_WARNING);
    assert_true(ks_cert_skim(ks_slice(cert.data, cert.len), &c));
    assert_true(ks_ext_find(ks_cert_part(&c, c.exts), ks_slice("\x2a\x03\x05", 3), &ext));
    assert_int_equal(ext.value.len, 2);
    ks_plan_drop(&plan);
    cert.len = 0;
    assert_int_equal(sign_with(exts, false, &cert, &plan, NULL), KS_OK);
    assert_no_remarks(&plan);
    ks_buf_free(&cert);
}

/* What a field of the certificate tells otherwise is not taken over. */
static void what_is_not_taken_over_is_not_remarked(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)made(s, "ca", "CN=Root", "ca", NULL);
    struct ks_buf ext = der_text("30{06=2.5.29.19 04{30{02:03}}}"), der = KS_BUF_INIT;
    struct ks_secret *key = op_pkcs8("web");
    struct ask a = ask_for("CN=web", "client", 30);
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "ca")};
    struct ks_profile profile = {0};
    struct ks_plan plan = {0};
    struct ks_request r;
    assert_int_equal(
        ks_sign_request(der_slice(&a.subject), der_slice(&ext), NULL, key, NULL, &der, NULL),
        KS_OK);
    assert_true(ks_request_skim(der_slice(&der), &r));
    assert_false(ks_op_profile_of_request(&r, KS_KEY_EC, &profile));
    ks_profile_from_template(&profile, ks_template_named("client"), KS_KEY_EC);
    a.wanted.profile = &profile;
    a.wanted.signer = &signer;
    ks_op_sign_remarks(&r, &a.wanted, &plan);
    assert_no_remarks(&plan);
    ks_plan_drop(&plan);
    ks_profile_drop(&profile);
    drop_ask(&a);
    ks_secret_free(key);
    ks_buf_free(&ext);
    ks_buf_free(&der);
    ks_store_free(s);
}

static void a_plain_request_is_for_a_server_and_never_for_a_ca(void **state)
{
    (void)state;
    static const struct {
        const char *exts;
        bool asks_for_ca;
        unsigned usage, extended;
    } cases[] = {
        {"", false, KS_USAGE_DIGITAL_SIGNATURE, KS_EXTENDED_SERVER},
        {"30{06=2.5.29.19 04{30{}}}", false, 0, 0},
        {"30{06=2.5.29.37 04{30{06=1.3.6.1.5.5.7.3.2}}}", false, 0, KS_EXTENDED_CLIENT},
        {"30{06=2.5.29.19 04{30{01:ff}}}", true, KS_USAGE_DIGITAL_SIGNATURE, KS_EXTENDED_SERVER},
        {"30{06=2.5.29.19 04{30{01:ff 02:00}}} 30{06=2.5.29.15 04{03:0186}}", true,
         KS_USAGE_DIGITAL_SIGNATURE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ks_buf exts = der_text(cases[i].exts);
        const struct ks_request r = {.exts = der_slice(&exts)};
        struct ks_profile p = {0};
        assert_int_equal(ks_op_profile_of_request(&r, KS_KEY_EC, &p), cases[i].asks_for_ca);
        assert_false(p.ca);
        assert_int_equal(p.path_len, -1);
        assert_int_equal(p.usage, cases[i].usage);
        assert_int_equal(p.extended, cases[i].extended);
        ks_profile_drop(&p);
        ks_buf_free(&exts);
    }
}

static void a_request_that_was_changed_is_not_signed(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    (void)made(s, "ca", "CN=Root", "ca", NULL);
    (void)made(s, "web", "CN=web", "server", NULL);
    struct ks_buf der = request_of(s, "web", NULL), cert = KS_BUF_INIT;
    struct ks_signer signer = {.store = s, .entry = op_entry(s, "ca")};
    struct ks_profile profile = {0};
    struct ks_request r;
    struct ks_error err = {0};
    assert_true(ks_request_skim(ks_slice(der.data, der.len), &r));
    der.data[(size_t)(r.subject.data - der.data) + r.subject.len - 1] ^= 1; /* CN=wec */
    struct ks_wanted wanted = {.subject = r.subject,
                               .profile = &profile,
                               .not_before = MAKE_NOW,
                               .not_after = MAKE_NOW + KS_DAY,
                               .signer = &signer};
    assert_int_equal(ks_op_sign(&r, &wanted, NULL, &cert, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "request-signature");
    assert_int_equal(cert.len, 0);
    wanted.signer = NULL;
    assert_int_equal(ks_op_sign(&r, &wanted, NULL, &cert, &err), KS_ERR_USAGE);
    ks_buf_free(&der);
    ks_store_free(s);
}

/* ---- commands ---- */

static bool has_words(const struct ks_commands *c, const char *words)
{
    for (size_t i = 0; i < c->count; i++)
        if (strstr(c->at[i], words))
            return true;
    return false;
}

static void the_commands_say_the_same_and_no_password(void **state)
{
    (void)state;
    struct ks_store *s = op_store(&ks_format_pkcs12, "changeit");
    struct ask a = ask_for("CN=it's,O=Example", "server", 365);
    struct ks_plan plan = {0};
    assert_int_equal(ks_profile_add_name(&a.profile, "web.example.com", NULL), KS_OK);
    assert_int_equal(generate(s, "web", "ec:p-256", &a, NULL, &plan, NULL), KS_OK);
    assert_true(has_words(&plan.commands, "keytool -genkeypair "));
    assert_true(has_words(&plan.commands, " -alias web -keyalg EC "));
    assert_true(has_words(&plan.commands, " -dname 'CN=it'\\''s,O=Example'"));
    assert_true(has_words(&plan.commands, " -ext SAN=dns:web.example.com"));
    assert_true(has_words(&plan.commands, " -ext EKU=serverAuth"));
    assert_true(has_words(&plan.commands, " -validity 365"));
    assert_false(has_words(&plan.commands, "-startdate"));
    assert_false(has_words(&plan.commands, "changeit"));
    ks_plan_drop(&plan);
    a.wanted.not_before += 10 * KS_DAY;
    assert_int_equal(generate(s, "web", "secp256k1", &a, NULL, &plan, NULL), KS_OK);
    assert_true(has_words(&plan.commands, "openssl genpkey "));
    assert_true(has_words(&plan.commands, " -addext subjectAltName=DNS:web.example.com"));
    assert_true(has_words(&plan.commands, "# openssl req always begins now"));
    ks_plan_drop(&plan);
    drop_ask(&a);
    ks_store_free(s);
}

static int pin_clock(void **state)
{
    (void)state;
    ks_clock_pin(MAKE_NOW);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_pair_has_a_certificate_that_signed_itself),
        cmocka_unit_test(every_type_that_is_written_takes_a_key_pair),
        cmocka_unit_test(a_ca_of_the_store_signs_in_one_step),
        cmocka_unit_test(what_is_no_ca_does_not_sign),
        cmocka_unit_test(a_name_that_is_taken_is_refused_before_a_key_is_made),
        cmocka_unit_test(a_store_whose_password_is_not_known_takes_no_key),
        cmocka_unit_test(what_should_be_known_is_said),
        cmocka_unit_test(a_server_whose_name_is_not_among_its_names_is_warned_of),
        cmocka_unit_test(a_certificate_that_is_over_already_is_warned_of_first),
        cmocka_unit_test(what_nobody_asked_for_does_not_outlive_its_issuer),
        cmocka_unit_test(a_ca_below_one_that_allows_none_is_warned_of),
        cmocka_unit_test(dates_are_read_in_the_usual_forms),
        cmocka_unit_test(an_end_is_a_number_of_days_or_a_last_day),
        cmocka_unit_test(an_alias_is_checked_by_itself),
        cmocka_unit_test(a_renewed_certificate_differs_in_dates_and_serial_only),
        cmocka_unit_test(what_another_ca_signed_is_not_renewed_here),
        cmocka_unit_test(a_new_key_takes_the_place_or_a_name_of_its_own),
        cmocka_unit_test(a_renewed_ca_is_in_the_chains_of_what_it_issued),
        cmocka_unit_test(a_request_says_what_the_certificate_says),
        cmocka_unit_test(a_request_is_for_keys_only),
        cmocka_unit_test(a_torn_key_makes_no_request_and_matches_nothing),
        cmocka_unit_test(a_request_is_signed_by_a_ca),
        cmocka_unit_test(a_namesake_of_another_key_does_not_enter_chains),
        cmocka_unit_test(every_path_length_above_is_looked_at),
        cmocka_unit_test(no_request_becomes_a_ca_behind_the_profile),
        cmocka_unit_test(what_is_taken_over_unseen_is_remarked),
        cmocka_unit_test(what_is_not_taken_over_is_not_remarked),
        cmocka_unit_test(a_plain_request_is_for_a_server_and_never_for_a_ca),
        cmocka_unit_test(a_request_that_was_changed_is_not_signed),
        cmocka_unit_test(the_commands_say_the_same_and_no_password),
    };
    return cmocka_run_group_tests(tests, pin_clock, NULL);
}
