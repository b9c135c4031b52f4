/* A CA's reply: for which entry it is, the chain that it gives, and what stands in its way. */
#include "op_store.h"

#include "op/import.h"
#include "store/diff.h"
#include "x509/cert.h"
#include "x509/name.h"

static struct ks_gather given;

static int set_up(void **state)
{
    (void)state;
    given = (struct ks_gather){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ks_gather_drop(&given);
    return 0;
}

#define CERT(...) make_cert(&(struct make_cert){__VA_ARGS__})

/* As one pasted PEM; takes over the blobs, which end with NULL. */
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
    if (ks_gather_text(&given, "reply.pem", ks_slice(pem.data, pem.len), NULL, &err) != KS_OK)
        fail_msg("%s", err.what);
    ks_buf_free(&pem);
}
#define GIVE(...) give(__VA_ARGS__, (struct ks_blob *)NULL)

/* One and the same each time: ECDSA signatures differ. */
static struct ks_blob *once(struct ks_blob **kept, const struct make_cert *m)
{
    if (!*kept)
        *kept = make_cert(m);
    return ks_blob_ref(*kept);
}

static struct ks_blob *kept_root, *kept_issuer;

static struct ks_blob *root(void)
{
    return once(&kept_root, &(struct make_cert){.cn = "root", .ca = true});
}
static struct ks_blob *issuer(void)
{
    return once(&kept_issuer, &(struct make_cert){.cn = "issuer", .issuer = "root", .ca = true});
}
static struct ks_blob *reply_for(const char *cn)
{
    return CERT(.cn = cn, .issuer = "issuer", .serial = 99, .from = "2026-02-01");
}

/* A key pair with a self-signed stand-in. */
static const struct ks_entry *add_new_key(struct ks_store *s, const char *cn)
{
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8(cn)};
    op_append(s, op_sealed(s, cn, &m, "changeit", CERT(.cn = cn, .from = "2026-02-20")));
    return op_entry(s, cn);
}

static struct ks_store *store_of(const struct ks_format *format, const char *cn)
{
    struct ks_store *s = op_store(format, "changeit");
    add_new_key(s, cn);
    return s;
}

static void add_trusted(struct ks_store *s, const char *alias, struct ks_blob *cert)
{
    op_add_trusted(s, alias, cert);
    ks_blob_unref(cert);
}

static struct ks_reply reply_to(struct ks_store *s, const char *alias)
{
    return (struct ks_reply){
        .store = s,
        .entry = alias ? op_entry(s, alias) : NULL,
        .given = &given,
        .now = MAKE_NOW,
    };
}

static struct ks_plan planned(const struct ks_reply *r)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    if (ks_op_reply(r, NULL, &plan, &err) != KS_OK)
        fail_msg("%s: %s", err.slug, err.what);
    return plan;
}

static struct ks_error refused(const struct ks_reply *r, const char *slug)
{
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    const struct ks_version *before = r->store->now;
    assert_int_equal(ks_op_reply(r, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, slug);
    assert_true(err.what[0] && err.next[0]);
    assert_null(plan.result);
    assert_ptr_equal(r->store->now, before);
    return err;
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in: %s", words, text);
}

/* The chain of an entry: the common names, "leaf issuer root". */
static void assert_chain(const struct ks_entry *e, const char *want)
{
    struct ks_buf got = KS_BUF_INIT;
    for (size_t i = 0; i < e->chain_len; i++) {
        if (i)
            ks_buf_byte(&got, ' ');
        ks_name_label(ks_cert_part(&e->chain[i], e->chain[i].subject), &got);
    }
    assert_string_equal(ks_buf_text(&got), want);
    ks_buf_free(&got);
}

/* Applied, written, read again: the chain is there and the key still fits. */
static void assert_imported(struct ks_store *s, struct ks_plan *plan, const char *alias,
                            const char *want)
{
    assert_null(ks_plan_apply(plan));
    ks_plan_drop(plan);
    assert_chain(op_entry(s, alias), want);
    s = op_reopened(s, "changeit");
    assert_chain(op_entry(s, alias), want);
    assert_true(op_opens(s, op_entry(s, alias), "changeit"));
    ks_store_free(s);
}

/* ---- what is imported ---- */

static void a_full_chain_is_imported_in_every_type(void **state)
{
    static const struct ks_format *const formats[] = {
        &ks_format_jks,  &ks_format_jceks, &ks_format_bks, &ks_format_pkcs12,
        &ks_format_uber, &ks_format_bcfks, &ks_format_pem};
    (void)state;
    GIVE(root(), reply_for("web"), issuer());
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct ks_store *s = store_of(formats[i], "web");
        struct ks_reply r = reply_to(s, "web");
        struct ks_plan plan = planned(&r);
        assert_imported(s, &plan, "web", "web issuer root");
    }
}

static void only_the_chain_changes(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    add_new_key(s, "other");
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, NULL);
    const struct ks_entry *before = op_entry(s, "web"), *other = op_entry(s, "other");
    struct ks_plan plan = planned(&r);
    const struct ks_entry *after = plan.result->entries[0];
    assert_int_equal(ks_entry_difference(before, after), KS_DIFF_CHAIN | KS_DIFF_LEAF);
    assert_int_equal(after->created, before->created);
    assert_ptr_equal(plan.result->entries[1], other);
    assert_no_remarks(&plan);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void the_order_and_what_is_twice_do_not_matter(void **state)
{
    struct ks_store *s = store_of(&ks_format_pkcs12, "web");
    (void)state;
    GIVE(issuer(), root(), issuer());
    GIVE(CERT(.cn = "stranger", .ca = true), reply_for("web"), root());
    struct ks_reply r = reply_to(s, NULL);
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "left-out", "web", KS_REMARK_NOTE);
    assert_says(op_remark(&plan, "left-out", "web")->text, "stranger");
    assert_imported(s, &plan, "web", "web issuer root");
}

static void the_entry_is_found_by_its_key_and_not_by_its_name(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_reply_look look;
    struct ks_error err = {0};
    (void)state;
    add_new_key(s, "a");
    add_new_key(s, "web");
    add_new_key(s, "z");
    GIVE(CERT(.cn = "a", .key = make_key("z"), .issuer = "root"), root());
    struct ks_reply r = reply_to(s, NULL);
    assert_int_equal(ks_reply_look(&r, NULL, &look, NULL, &err), KS_OK);
    assert_string_equal(look.entry->alias, "z");
    assert_int_equal(look.count, 2);
    assert_int_equal(look.rows[0].role, KS_REPLY_LEAF);
    assert_int_equal(look.rows[1].role, KS_REPLY_ISSUER);
    assert_int_equal(look.rows[1].position, 1);
    assert_true(look.complete);
    assert_null(look.missing);
    ks_reply_look_drop(&look);
    ks_store_free(s);
}

static void issuers_come_from_this_store_and_from_others(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_store *others[] = {op_store(&ks_format_jks, "changeit")};
    struct ks_reply_look look;
    struct ks_error err = {0};
    (void)state;
    free(others[0]->path);
    others[0]->path = ks_strdup("/etc/trust.jks");
    add_trusted(s, "the issuer", issuer());
    add_trusted(others[0], "the root", root());
    GIVE(reply_for("web"));
    struct ks_reply r = reply_to(s, NULL);
    r.others = others;
    r.other_count = 1;
    assert_int_equal(ks_reply_look(&r, NULL, &look, NULL, &err), KS_OK);
    assert_int_equal(look.count, 3);
    assert_null(look.rows[2].from.entry);
    assert_ptr_equal(look.rows[1].found->store, s);
    assert_ptr_equal(look.rows[2].found->store, others[0]);
    ks_reply_look_drop(&look);
    struct ks_plan plan = planned(&r);
    assert_says(op_remark(&plan, "issuer-found", "web")->text, "made.ks");
    ks_store_free(others[0]); /* nothing of it is needed any more */
    assert_imported(s, &plan, "web", "web issuer root");
}

static void the_present_chain_gives_issuers_for_a_renewal(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    ks_gather_drop(&given);
    GIVE(CERT(.cn = "web", .issuer = "issuer", .serial = 100, .from = "2026-02-25"));
    r = reply_to(s, "web");
    plan = planned(&r);
    assert_imported(s, &plan, "web", "web issuer root");
}

static void the_root_can_be_left_out(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_reply_look look;
    struct ks_error err = {0};
    (void)state;
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    r.leave_root = true;
    assert_int_equal(ks_reply_look(&r, NULL, &look, NULL, &err), KS_OK);
    assert_int_equal(look.count, 3);
    assert_int_equal(look.rows[2].role, KS_REPLY_ROOT);
    assert_true(look.complete);
    ks_reply_look_drop(&look);
    struct ks_plan plan = planned(&r);
    assert_imported(s, &plan, "web", "web issuer");
}

static void of_several_certificates_of_the_key_the_newest_issued_one_is_the_reply(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(CERT(.cn = "web", .from = "2026-02-28"),
         CERT(.cn = "web", .issuer = "root", .serial = 1, .from = "2025-03-01"),
         CERT(.cn = "web", .issuer = "root", .serial = 2, .from = "2026-02-01"),
         CERT(.cn = "web", .issuer = "root", .serial = 3, .from = "2026-02-01", .to = "2026-02-02"),
         root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    const struct ks_cert *leaf = &plan.result->entries[0]->chain[0];
    assert_int_equal(leaf->not_after, make_time("2030-01-01"));
    assert_int_equal(leaf->not_before, make_time("2026-02-01"));
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_forged_issuer_of_the_right_name_is_left_out(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(CERT(.cn = "issuer", .key = make_key("forged"), .signer = make_key("forged"), .ca = true,
              .no_ids = true),
         reply_for("web"), root(), issuer());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "left-out", "web", KS_REMARK_NOTE);
    assert_chain(plan.result->entries[0], "web issuer root");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void expired_certificates_are_remarked(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(CERT(.cn = "web", .issuer = "old issuer", .from = "2026-04-01"),
         CERT(.cn = "old issuer", .ca = true, .to = "2026-01-01"));
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "not-yet-valid", "web", KS_REMARK_WARNING);
    assert_remark(&plan, "expired", "web", KS_REMARK_WARNING);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void issuers_that_clients_refuse_are_remarked(void **state)
{
    (void)state;
    const struct make_cert issuers[] = {
        {.cn = "poor", .issuer = "root", .basic = true},
        {.cn = "poor", .issuer = "root", .ca = true, .usage = "critical,digitalSignature"},
        {.cn = "poor", .issuer = "root", .ca = true, .usage = "critical,keyCertSign"},
    };
    static const char *const words[] = {"not that of a CA", "without keyCertSign", NULL};
    for (size_t i = 0; i < 3; i++) {
        struct ks_store *s = store_of(&ks_format_jks, "web");
        GIVE(CERT(.cn = "web", .issuer = "poor", .from = "2026-02-01"), make_cert(&issuers[i]),
             root());
        struct ks_reply r = reply_to(s, "web");
        struct ks_plan plan = planned(&r);
        if (words[i]) {
            assert_remark(&plan, "issuer-refused", "web", KS_REMARK_WARNING);
            assert_says(op_remark(&plan, "issuer-refused", "web")->text, words[i]);
        } else {
            assert_null(op_remark(&plan, "issuer-refused", NULL));
        }
        ks_plan_drop(&plan);
        ks_store_free(s);
        ks_gather_drop(&given);
    }
}

static void a_reply_that_became_a_trusted_entry_is_pointed_out(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    struct ks_blob *reply = reply_for("web");
    add_trusted(s, "web-reply", ks_blob_ref(reply));
    GIVE(reply, issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "reply-misplaced", "web-reply", KS_REMARK_NOTE);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void the_same_reply_again_changes_nothing(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    (void)ks_plan_apply(&plan);
    ks_plan_drop(&plan);
    r = reply_to(s, "web");
    plan = planned(&r);
    assert_remark(&plan, "known", "web", KS_REMARK_NOTE);
    assert_ptr_equal(plan.result->entries[0], s->now->entries[0]);
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void an_entry_without_a_certificate_is_found_by_its_private_key(void **state)
{
    struct ks_store *s = op_store(&ks_format_pem, NULL);
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8("bare")};
    (void)state;
    op_append(s, op_sealed(s, "bare", &m, "", NULL));
    GIVE(reply_for("bare"), issuer(), root());
    struct ks_reply r = reply_to(s, NULL);
    struct ks_plan plan = planned(&r);
    assert_chain(plan.result->entries[0], "bare issuer root");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void a_key_with_the_certificate_of_another_gets_its_own(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    struct ks_material m = {.type = KS_MATERIAL_PRIVATE, .bytes = op_pkcs8("web")};
    (void)state;
    op_append(s, op_sealed(s, "web", &m, "changeit", CERT(.cn = "somebody else's")));
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    assert_imported(s, &plan, "web", "web issuer root");
}

/* ---- what is refused ---- */

static void a_leaf_alone_is_incomplete_and_says_what_is_missing(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_reply_look look;
    struct ks_error err = {0};
    (void)state;
    GIVE(reply_for("web"));
    struct ks_reply r = reply_to(s, "web");
    err = refused(&r, "incomplete");
    assert_says(err.what, "issuer");
    assert_says(err.what, "key id");
    assert_int_equal(ks_reply_look(&r, NULL, &look, NULL, &err), KS_ERR_REFUSED);
    assert_int_equal(look.count, 1);
    assert_false(look.complete);
    assert_says(look.missing, "CN=issuer");
    ks_reply_look_drop(&look);
    r.incomplete = true;
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "chain-incomplete", "web", KS_REMARK_WARNING);
    assert_non_null(strstr(plan.commands.at[0], "# keytool refuses this one"));
    assert_imported(s, &plan, "web", "web");
}

static void a_gap_in_the_middle_is_not_written_as_if_complete(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(reply_for("web"), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_error err = refused(&r, "incomplete");
    assert_says(err.what, "issuer");
    assert_null(strstr(err.what, "If that is the root"));
    r.incomplete = true;
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "left-out", "web", KS_REMARK_NOTE);
    assert_imported(s, &plan, "web", "web");
}

static void a_missing_root_is_said_too(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    GIVE(reply_for("web"), issuer());
    struct ks_reply r = reply_to(s, "web");
    struct ks_error err = refused(&r, "incomplete");
    assert_says(err.what, "root");
    assert_says(err.what, "If that is the root, clients have it themselves");
    r.incomplete = r.leave_root = true;
    struct ks_plan plan = planned(&r);
    assert_remark(&plan, "root-missing", "web", KS_REMARK_NOTE);
    assert_imported(s, &plan, "web", "web issuer");
}

static void the_place_where_the_ca_publishes_it_is_named(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_reply_look look;
    struct ks_error err = {0};
    X509 *x = X509_new();
    (void)state;
    assert_true(X509_set_version(x, X509_VERSION_3) &&
                ASN1_INTEGER_set(X509_get_serialNumber(x), 5) &&
                X509_set_pubkey(x, make_key("web")));
    make_name(X509_get_subject_name(x), "web", 0, 0, NULL);
    make_name(X509_get_issuer_name(x), "issuer", 0, 0, NULL);
    make_dates(x, &(struct make_cert){.from = "2026-02-01"});
    make_ext(x, NID_info_access,
             "OCSP;URI:http://ocsp.example,caIssuers;URI:http://ca.example/i.cer");
    assert_true(X509_sign(x, make_key("issuer"), EVP_sha256()) > 0);
    GIVE(make_der(x));
    X509_free(x);
    struct ks_reply r = reply_to(s, "web");
    assert_int_equal(ks_reply_look(&r, NULL, &look, NULL, &err), KS_ERR_REFUSED);
    assert_says(look.missing, "http://ca.example/i.cer");
    ks_reply_look_drop(&look);
    ks_store_free(s);
}

static void a_reply_for_another_key_names_the_entry_it_fits_here(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_reply_look look;
    struct ks_reply_fit fit;
    struct ks_error err = {0};
    (void)state;
    add_new_key(s, "mail");
    GIVE(reply_for("mail"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    err = refused(&r, "key-mismatch");
    assert_says(err.what, "certifies another key (");
    assert_says(err.what, "than web (");
    assert_says(err.next, "it fits mail:");
    assert_int_equal(ks_reply_look(&r, NULL, &look, &fit, &err), KS_ERR_REFUSED);
    assert_ptr_equal(fit.store, s);
    assert_ptr_equal(fit.entry, op_entry(s, "mail"));
    ks_reply_look_drop(&look);
    ks_store_free(s);
}

static void a_reply_for_another_key_names_the_entry_it_fits_in_another_store(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_store *others[] = {s, store_of(&ks_format_pkcs12, "mail")};
    struct ks_reply_look look;
    struct ks_reply_fit fit;
    struct ks_error err = {0};
    (void)state;
    free(others[1]->path);
    others[1]->path = ks_strdup("/srv/mail.p12");
    GIVE(reply_for("mail"), issuer(), root());
    struct ks_reply r = reply_to(s, "web");
    r.others = others;
    r.other_count = 2;
    assert_says(refused(&r, "key-mismatch").next, "it fits mail in mail.p12");
    r.entry = NULL;
    assert_says(refused(&r, "no-entry").next, "it fits mail in mail.p12");
    assert_int_equal(ks_reply_look(&r, NULL, &look, &fit, &err), KS_ERR_REFUSED);
    assert_ptr_equal(fit.store, others[1]);
    assert_string_equal(fit.entry->alias, "mail");
    ks_reply_look_drop(&look);
    ks_store_free(others[1]);
    ks_store_free(s);
}

static void a_reply_that_fits_nothing_says_so(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_reply_look look;
    struct ks_reply_fit fit = {.store = s};
    struct ks_error err = {0};
    (void)state;
    GIVE(root(), issuer(), reply_for("nobody"));
    struct ks_reply r = reply_to(s, "web");
    err = refused(&r, "key-mismatch");
    assert_says(err.what, "reply.pem, certificate 3 of 3");
    assert_int_equal(ks_reply_look(&r, NULL, &look, &fit, &err), KS_ERR_REFUSED);
    assert_null(fit.entry);
    assert_null(fit.store);
    ks_reply_look_drop(&look);
    r.entry = NULL;
    (void)refused(&r, "no-entry");
    ks_store_free(s);
}

static void the_same_key_twice_must_be_named(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    (void)state;
    op_add_key_of(s, "web-copy", "web", "changeit");
    GIVE(reply_for("web"), issuer(), root());
    struct ks_reply r = reply_to(s, NULL);
    assert_says(refused(&r, "several-entries").what, "web-copy");
    r = reply_to(s, "web-copy");
    struct ks_plan plan = planned(&r);
    assert_chain(plan.result->entries[0], "web");
    assert_chain(plan.result->entries[1], "web issuer root");
    ks_plan_drop(&plan);
    ks_store_free(s);
}

static void an_older_reply_is_asked_about(void **state)
{
    struct ks_store *s = op_store(&ks_format_jks, "changeit");
    (void)state;
    op_add_key(s, "web", "changeit"); /* issued, from 2025-01-01 */
    GIVE(CERT(.cn = "web", .issuer = "root", .serial = 3, .from = "2024-06-01"), root());
    struct ks_reply r = reply_to(s, "web");
    struct ks_error err = refused(&r, "older");
    assert_says(err.what, "2024-06-01");
    assert_says(err.what, "2025-01-01");
    r.older = true;
    struct ks_plan plan = planned(&r);
    assert_imported(s, &plan, "web", "web root");
}

static void a_stand_in_is_never_newer_than_the_reply(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web"); /* from 2026-02-20 */
    (void)state;
    GIVE(reply_for("web"), issuer(), root()); /* from 2026-02-01 */
    struct ks_reply r = reply_to(s, "web");
    struct ks_plan plan = planned(&r);
    assert_imported(s, &plan, "web", "web issuer root");
}

static void nothing_given_is_nothing_imported(void **state)
{
    struct ks_store *s = store_of(&ks_format_jks, "web");
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    struct ks_reply r = reply_to(s, "web");
    assert_int_equal(ks_op_reply(&r, NULL, &plan, &err), KS_ERR_NOT_FOUND);
    assert_string_equal(err.slug, "no-certificate");
    ks_store_free(s);
}

static void a_file_that_is_only_read_is_not_changed(void **state)
{
    struct ks_store *s = op_store(&ks_format_der, NULL);
    struct ks_plan plan = {0};
    struct ks_error err = {0};
    (void)state;
    GIVE(root());
    struct ks_reply r = reply_to(s, NULL);
    assert_int_equal(ks_op_reply(&r, NULL, &plan, &err), KS_ERR_REFUSED);
    assert_string_equal(err.slug, "not-writable");
    ks_store_free(s);
}

/* ---- the same with keytool ---- */

static void the_commands_put_the_leaf_first(void **state)
{
    struct ks_store *s = store_of(&ks_format_pkcs12, "web");
    struct ks_store *others[] = {op_store(&ks_format_jks, "changeit"),
                                 op_store(&ks_format_jks, "changeit")};
    struct ks_buf all = KS_BUF_INIT;
    (void)state;
    free(others[0]->path);
    others[0]->path = ks_strdup("/srv/it's trust.jks");
    free(others[1]->path);
    others[1]->path = ks_strdup("/usr/lib/jvm/x/lib/security/cacerts");
    add_trusted(others[0], "the issuer", issuer());
    add_trusted(others[1], "the root", root());
    GIVE(reply_for("web"));
    given.stores[0]->disk = ks_blob_ref(given.stores[0]->file); /* as if it were a file */
    struct ks_reply r = reply_to(s, NULL);
    r.others = others;
    r.other_count = 2;
    struct ks_plan plan = planned(&r);
    for (size_t i = 0; i < plan.commands.count; i++)
        ks_buf_printf(&all, "%s\n", plan.commands.at[i]);
    assert_says(ks_buf_text(&all), "reply.pem > \"$tmp\"/reply.pem\n");
    assert_says(ks_buf_text(&all), "keytool -exportcert -rfc -keystore '/srv/it'\\''s trust.jks'");
    assert_says(ks_buf_text(&all), "-alias 'the issuer' >> \"$tmp\"/reply.pem");
    assert_says(ks_buf_text(&all), "keytool -importcert -noprompt");
    assert_says(ks_buf_text(&all), "-alias web -file \"$tmp\"/reply.pem -trustcacerts\n");
    assert_null(strstr(ks_buf_text(&all), "changeit"));
    ks_buf_free(&all);
    ks_plan_drop(&plan);
    ks_store_free(others[0]);
    ks_store_free(others[1]);
    ks_store_free(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_full_chain_is_imported_in_every_type),
        TEST(only_the_chain_changes),
        TEST(the_order_and_what_is_twice_do_not_matter),
        TEST(the_entry_is_found_by_its_key_and_not_by_its_name),
        TEST(issuers_come_from_this_store_and_from_others),
        TEST(the_present_chain_gives_issuers_for_a_renewal),
        TEST(the_root_can_be_left_out),
        TEST(of_several_certificates_of_the_key_the_newest_issued_one_is_the_reply),
        TEST(a_forged_issuer_of_the_right_name_is_left_out),
        TEST(expired_certificates_are_remarked),
        TEST(issuers_that_clients_refuse_are_remarked),
        TEST(a_reply_that_became_a_trusted_entry_is_pointed_out),
        TEST(the_same_reply_again_changes_nothing),
        TEST(an_entry_without_a_certificate_is_found_by_its_private_key),
        TEST(a_key_with_the_certificate_of_another_gets_its_own),
        TEST(a_leaf_alone_is_incomplete_and_says_what_is_missing),
        TEST(a_gap_in_the_middle_is_not_written_as_if_complete),
        TEST(a_missing_root_is_said_too),
        TEST(the_place_where_the_ca_publishes_it_is_named),
        TEST(a_reply_for_another_key_names_the_entry_it_fits_here),
        TEST(a_reply_for_another_key_names_the_entry_it_fits_in_another_store),
        TEST(a_reply_that_fits_nothing_says_so),
        TEST(the_same_key_twice_must_be_named),
        TEST(an_older_reply_is_asked_about),
        TEST(a_stand_in_is_never_newer_than_the_reply),
        TEST(nothing_given_is_nothing_imported),
        TEST(a_file_that_is_only_read_is_not_changed),
        TEST(the_commands_put_the_leaf_first),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ks_blob_unref(kept_root);
    ks_blob_unref(kept_issuer);
    return failed;
}
