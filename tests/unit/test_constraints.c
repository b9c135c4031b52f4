/* What an issuer says of itself and of the names below it: name constraints, and the other faults
 * that clients find. */
#include "chain/issuer.h"

#include "make_cert.h"

struct pair {
    struct ks_blob *issuer_bytes, *leaf_bytes;
    struct ks_cert issuer, leaf;
    const struct ks_cert *below[1];
    struct ks_issuing x;
};

static void make_pair(struct pair *p, const struct make_cert *issuer, const struct make_cert *leaf)
{
    p->issuer_bytes = make_cert(issuer);
    p->leaf_bytes = make_cert(leaf);
    assert_true(ks_cert_skim(ks_blob_slice(p->issuer_bytes), &p->issuer));
    assert_true(ks_cert_skim(ks_blob_slice(p->leaf_bytes), &p->leaf));
    p->below[0] = &p->leaf;
    p->x = (struct ks_issuing){.cert = &p->issuer,
                               .below = p->below,
                               .below_count = 1,
                               .now = MAKE_NOW,
                               .purpose = KS_PURPOSE_SERVER};
}

static void drop_pair(struct pair *p)
{
    ks_blob_unref(p->issuer_bytes);
    ks_blob_unref(p->leaf_bytes);
}

static unsigned faults(const struct make_cert *issuer, const struct make_cert *leaf)
{
    struct pair p;
    make_pair(&p, issuer, leaf);
    unsigned found = ks_issuer_faults(&p.x);
    drop_pair(&p);
    return found;
}

static bool forbids(const char *constraints, const char *cn, const char *o, const char *san)
{
    unsigned found = faults(
        &(struct make_cert){.cn = "CA", .issuer = "Root", .ca = true, .constraints = constraints},
        &(struct make_cert){.cn = cn, .o = o, .issuer = "CA", .san = san});
    return (found & KS_ISSUER_NAMES) != 0;
}

static void dns_names_are_held_against_subtrees(void **state)
{
    (void)state;
    assert_false(forbids("permitted;DNS:example.com", "leaf", NULL, "DNS:example.com"));
    assert_false(forbids("permitted;DNS:example.com", "leaf", NULL, "DNS:a.b.EXAMPLE.com"));
    assert_true(forbids("permitted;DNS:example.com", "leaf", NULL, "DNS:badexample.com"));
    assert_true(forbids("permitted;DNS:example.com", "leaf", NULL, "DNS:example.org"));
    assert_true(
        forbids("permitted;DNS:example.com", "leaf", NULL, "DNS:a.example.com,DNS:example.org"));
    assert_true(forbids("excluded;DNS:example.com", "leaf", NULL, "DNS:a.example.com"));
    assert_false(forbids("excluded;DNS:example.com", "leaf", NULL, "DNS:example.org"));
    assert_false(forbids("permitted;DNS:a.example,permitted;DNS:b.example", "leaf", NULL,
                         "DNS:x.b.example"));
    assert_true(forbids("permitted;DNS:example.com,excluded;DNS:x.example.com", "leaf", NULL,
                        "DNS:x.example.com"));
}

static void names_of_another_kind_are_not_constrained(void **state)
{
    (void)state;
    assert_false(forbids("permitted;DNS:example.com", "leaf", NULL, "IP:192.0.2.1"));
    assert_false(forbids("permitted;IP:192.0.2.0/255.255.255.0", "leaf", NULL, "DNS:a.example"));
    assert_false(forbids("permitted;DNS:example.com", "leaf", NULL, "email:a@example.org"));
}

static void addresses_mail_and_uris_are_held_against_subtrees(void **state)
{
    (void)state;
    assert_false(forbids("permitted;IP:192.0.2.0/255.255.255.0", "leaf", NULL, "IP:192.0.2.7"));
    assert_true(forbids("permitted;IP:192.0.2.0/255.255.255.0", "leaf", NULL, "IP:192.0.3.7"));
    assert_true(forbids("permitted;IP:192.0.2.0/255.255.255.0", "leaf", NULL, "IP:2001:db8::1"));
    assert_true(forbids("excluded;IP:192.0.2.0/255.255.255.0", "leaf", NULL, "IP:192.0.2.7"));
    assert_false(forbids("permitted;email:example.com", "leaf", NULL, "email:a@example.com"));
    assert_true(forbids("permitted;email:example.com", "leaf", NULL, "email:a@x.example.com"));
    assert_false(forbids("permitted;email:.example.com", "leaf", NULL, "email:a@x.example.com"));
    assert_true(forbids("permitted;email:b@example.com", "leaf", NULL, "email:a@example.com"));
    assert_false(forbids("permitted;URI:.example.com", "leaf", NULL,
                         "URI:https://u@x.example.com:8443/path"));
    assert_true(forbids("permitted;URI:.example.com", "leaf", NULL, "URI:https://example.org/"));
}

/* Java and OpenSSL do so where there is no DNS name. */
static void a_common_name_that_is_a_host_counts_without_dns_names(void **state)
{
    (void)state;
    assert_true(forbids("permitted;DNS:example.com", "a.example.org", NULL, NULL));
    assert_false(forbids("permitted;DNS:example.com", "a.example.com", NULL, NULL));
    assert_false(forbids("permitted;DNS:example.com", "a.example.org", NULL, "DNS:a.example.com"));
    assert_false(forbids("permitted;DNS:example.com", "Example Signing Key", NULL, NULL));
}

static bool forbids_email(const char *constraints, const char *san, bool java)
{
    struct pair p;
    make_pair(&p,
              &(struct make_cert){
                  .cn = "CA", .issuer = "Root", .ca = true, .constraints = constraints},
              &(struct make_cert){
                  .cn = "leaf", .email = "a@bad.example", .issuer = "CA", .san = san});
    p.x.java = java;
    unsigned found = ks_issuer_faults(&p.x);
    drop_pair(&p);
    return (found & KS_ISSUER_NAMES) != 0;
}

static void an_e_mail_address_in_the_subject_is_held_against_subtrees(void **state)
{
    (void)state;
    assert_true(forbids_email("permitted;email:good.example", NULL, false));
    assert_true(forbids_email("excluded;email:bad.example", NULL, false));
    assert_false(forbids_email("permitted;email:bad.example", NULL, false));
    assert_false(forbids_email("permitted;DNS:good.example", NULL, false));
    assert_true(forbids_email("permitted;email:good.example", "DNS:a.example", false));
    assert_true(forbids_email("permitted;email:good.example", NULL, true));
    assert_false(forbids_email("permitted;email:good.example", "DNS:a.example", true));
}

#define UPN "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:"

static void what_cannot_be_compared_is_refused_where_such_a_name_is(void **state)
{
    (void)state;
    assert_true(forbids("permitted;" UPN "a", "leaf", NULL, UPN "a"));
    assert_true(forbids("excluded;" UPN "a", "leaf", NULL, UPN "b"));
    assert_false(forbids("permitted;" UPN "a", "leaf", NULL, "DNS:a.example"));
    assert_false(forbids("permitted;DNS:a.example", "leaf", NULL, UPN "a"));
    assert_true(forbids("permitted;RID:1.2.3", "leaf", NULL, "RID:1.2.3"));
}

static void the_name_that_is_forbidden_is_said(void **state)
{
    struct pair p;
    struct ks_buf words = KS_BUF_INIT;
    (void)state;
    make_pair(&p,
              &(struct make_cert){.cn = "CA",
                                  .issuer = "Root",
                                  .ca = true,
                                  .constraints = "permitted;DNS:example.com"},
              &(struct make_cert){
                  .cn = "leaf", .issuer = "CA", .san = "DNS:example.com,DNS:other.example"});
    ks_issuer_say_names(&p.x, &words);
    assert_string_equal(ks_buf_text(&words),
                        "the DNS name other.example is under none of its permitted subtrees");
    ks_buf_free(&words);
    drop_pair(&p);
}

static void what_it_may_cost_is_bounded(void **state)
{
    struct pair p;
    size_t left = 1;
    (void)state;
    make_pair(&p,
              &(struct make_cert){.cn = "CA",
                                  .issuer = "Root",
                                  .ca = true,
                                  .constraints = "excluded;DNS:a.example,excluded;DNS:b.example"},
              &(struct make_cert){.cn = "leaf", .issuer = "CA", .san = "DNS:x,DNS:y"});
    p.x.names_left = &left;
    assert_int_equal(ks_issuer_faults(&p.x), KS_ISSUER_NAMES_COMPLEX);
    p.x.names_left = NULL;
    assert_int_equal(ks_issuer_faults(&p.x), 0);
    drop_pair(&p);
}

static const struct make_cert leaf = {.cn = "leaf", .issuer = "CA"};
#define CA .cn = "CA", .issuer = "Root"

static void each_fault_is_told_from_the_others(void **state)
{
    (void)state;
    static const struct {
        struct make_cert issuer;
        unsigned faults;
    } cases[] = {
        {{CA, .ca = true}, 0},
        {{CA, .ca = true, .usage = "critical,keyCertSign", .purpose = "serverAuth"}, 0},
        {{CA}, KS_ISSUER_NO_CA},
        {{CA, .basic = true}, KS_ISSUER_NO_CA},
        {{CA, .version = 1}, KS_ISSUER_NO_CA},
        {{CA, .ca = true, .usage = "cRLSign"}, KS_ISSUER_NO_CERT_SIGN},
        {{CA, .ca = true, .purpose = "clientAuth"}, KS_ISSUER_EKU},
        {{CA, .ca = true, .purpose = "anyExtendedKeyUsage"}, KS_ISSUER_EKU}, /* OpenSSL */
        {{CA, .ca = true, .purpose = "nsSGC"}, 0},
        {{CA, .ca = true, .to = "2026-02-01"}, KS_ISSUER_EXPIRED},
        {{CA, .ca = true, .from = "2026-04-01"}, KS_ISSUER_NOT_YET_VALID},
        {{CA, .ca = true, .digest = "SHA1"}, KS_ISSUER_SHA1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (faults(&cases[i].issuer, &leaf) != cases[i].faults)
            fail_msg("case %zu: %x, not %x", i, faults(&cases[i].issuer, &leaf), cases[i].faults);
    assert_int_equal(faults(&(struct make_cert){CA, .ca = true},
                            &(struct make_cert){.cn = "leaf", .issuer = "CA", .wrong_aki = true}),
                     KS_ISSUER_OTHER_ID);
}

/* RFC 5280 4.2.1.9: self-issued ones do not count, and the last one neither. */
static void a_path_length_counts_the_cas_below(void **state)
{
    struct ks_blob *bytes[4] = {
        make_cert(&(struct make_cert){.cn = "leaf", .issuer = "Sub"}),
        make_cert(&(struct make_cert){.cn = "Sub", .issuer = "CA", .ca = true}),
        make_cert(&(struct make_cert){.cn = "CA", .issuer = "CA", .ca = true, .serial = 9}),
        make_cert(&(struct make_cert){CA, .basics = "critical,CA:TRUE,pathlen:0"}),
    };
    struct ks_cert certs[4];
    const struct ks_cert *below[2];
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(ks_cert_skim(ks_blob_slice(bytes[i]), &certs[i]));
    struct ks_issuing x = {.cert = &certs[3], .below = below, .below_count = 2, .now = MAKE_NOW};
    assert_int_equal(ks_issuer_path_len(&certs[3]), 0);
    assert_int_equal(ks_issuer_path_len(&certs[1]), -1);
    below[0] = &certs[0];
    below[1] = &certs[1];
    assert_int_equal(ks_issuer_faults(&x), KS_ISSUER_PATH_LEN);
    below[1] = &certs[2];
    assert_int_equal(ks_issuer_faults(&x), 0);
    x.below_count = 1;
    below[0] = &certs[1]; /* a CA as the last one */
    assert_int_equal(ks_issuer_faults(&x), 0);
    for (size_t i = 0; i < 4; i++)
        ks_blob_unref(bytes[i]);
}

static void a_roots_signature_does_not_matter_and_its_usage_does(void **state)
{
    struct pair p;
    (void)state;
    make_pair(&p,
              &(struct make_cert){
                  .cn = "CA", .ca = true, .digest = "SHA1", .purpose = "clientAuth"},
              &leaf);
    assert_int_equal(ks_issuer_faults(&p.x), KS_ISSUER_SHA1 | KS_ISSUER_EKU);
    p.x.self_signed = true;
    assert_int_equal(ks_issuer_faults(&p.x), KS_ISSUER_EKU);
    drop_pair(&p);
    make_pair(&p, &(struct make_cert){.cn = "CA", .version = 1}, &leaf);
    p.x.self_signed = true;
    assert_int_equal(ks_issuer_faults(&p.x), 0);
    drop_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_are_held_against_subtrees),
        cmocka_unit_test(names_of_another_kind_are_not_constrained),
        cmocka_unit_test(addresses_mail_and_uris_are_held_against_subtrees),
        cmocka_unit_test(a_common_name_that_is_a_host_counts_without_dns_names),
        cmocka_unit_test(an_e_mail_address_in_the_subject_is_held_against_subtrees),
        cmocka_unit_test(what_cannot_be_compared_is_refused_where_such_a_name_is),
        cmocka_unit_test(the_name_that_is_forbidden_is_said),
        cmocka_unit_test(what_it_may_cost_is_bounded),
        cmocka_unit_test(each_fault_is_told_from_the_others),
        cmocka_unit_test(a_path_length_counts_the_cas_below),
        cmocka_unit_test(a_roots_signature_does_not_matter_and_its_usage_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
